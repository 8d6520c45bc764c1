"""Neuroglancer in a real browser, without a network."""

from __future__ import annotations

import time

import numpy as np
import pytest

from kimimaro.view import neuroglancer as ours

from .conftest import line

pytest.importorskip("neuroglancer")
pytestmark = pytest.mark.browser
PANELS = ["xy", "xz", "3d", "yz"]


@pytest.fixture
def look(visit):
    """Show skeletons and open the page; return the viewer and the page when it has drawn."""
    requests, pages = [], []

    def open_viewer(*args, **settings):
        ours.start_server()
        shown = ours.viewer(*args, **settings)
        page = visit("about:blank")
        pages.append(page)
        page.on("request", lambda request: requests.append(request.url))
        page.goto(shown.get_viewer_url())
        page.wait_for_selector(".neuroglancer-segment-list-entry")
        return shown, page

    yield open_viewer
    for page in pages:  # before its server goes away
        page.context.close()
    ours.stop_server()
    assert requests
    elsewhere = [url for url in requests if not url.startswith(("http://127.0.0.1", "blob:"))]
    assert elsewhere == []


def eventually(check, seconds=30):
    """Wait until something holds, as Neuroglancer loads and draws in its own time."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.3)


def panel(page, pixels, name):
    """Cut one of the four panels out of a picture, without its corners where buttons are."""
    box = page.locator(".neuroglancer-rendered-data-panel").nth(PANELS.index(name)).bounding_box()
    x, y, width, height = (round(box[key]) for key in ("x", "y", "width", "height"))
    part = pixels[y : y + height, x : x + width]
    return part[100:-60, 60:-60]


def colored(pixels):
    """Return where neither black nor gray is."""
    return np.ptp(pixels, axis=-1) > 60


def segments(shown, layer="labels"):
    return set(shown.state.layers[layer].segments)


def test_volume_and_skeletons_are_drawn(look, keep, tissue):
    grown, skeletons = tissue
    _, page = look(skeletons, grown.labels, grown.anisotropy)
    assert eventually(
        lambda: all(
            colored(panel(page, keep(page), name)).mean() > least
            for name, least in [("xy", 0.2), ("xz", 0.2), ("yz", 0.05), ("3d", 0.01)]
        )
    )
    page.wait_for_timeout(2000)
    keep(page, "neuroglancer")


def test_a_label_is_picked_in_the_list(look, tissue):
    grown, skeletons = tissue
    label, other = sorted(skeletons)[:2]
    shown, page = look(skeletons, grown.labels, grown.anisotropy, labels=[label, other])
    row = page.locator(f'.neuroglancer-segment-list-entry[data-id="{label}"]')
    row.locator('[title="Toggle segment visibility"]').click()
    assert eventually(lambda: segments(shown) == {other})


def test_a_label_is_picked_in_the_view(look, keep):
    """A double click on the right half of the volume adds the label that is there."""
    volume = np.zeros((60, 60, 20), dtype=np.uint64)
    volume[:30], volume[30:] = 2**63 + 1, 2**64 - 1
    skeletons = {
        2**63 + 1: line(2**63 + 1, (10, 10, 10), (10, 50, 10)),
        2**64 - 1: line(2**64 - 1, (45, 10, 10), (45, 50, 10)),
    }
    shown, page = look(skeletons, volume, (1, 1, 1), labels=[2**63 + 1])
    box = page.locator(".neuroglancer-rendered-data-panel").first.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    assert eventually(lambda: colored(panel(page, keep(page), "xy")).mean() > 0.05)

    def picked():
        page.mouse.dblclick(middle[0] + 40, middle[1])
        return eventually(lambda: segments(shown) == set(skeletons), seconds=3)

    assert eventually(picked)
    keep(page, "neuroglancer-picked")


def test_a_skeleton_lies_in_the_middle_of_its_voxels(look, keep):
    volume = np.zeros((60, 41, 11), dtype=np.uint8)
    volume[5:55, 20, 5] = 9
    skeleton = line(9, (50, 200, 50), (540, 200, 50), radius=4)
    shown, page = look({9: skeleton}, volume, (10, 10, 10), color="radius")

    def rows(visible):
        with shown.txn() as state:
            state.layers["skeletons"].visible = visible
            state.position = [30.5, 20.5, 5.5]
            state.layout = "xy"
            state.cross_section_scale = 0.1
            state.show_axis_lines = state.show_default_annotations = False
        page.wait_for_timeout(1500)
        return keep(page)[100:-60, 60:600]

    assert eventually(lambda: colored(rows(False)).sum() > 500)
    strip, both = rows(False), rows(True)
    drawn = abs(strip - both).max(axis=-1) > 40
    assert drawn.sum() > 300
    middle = [np.flatnonzero(where.any(axis=1)).mean() for where in (colored(strip), drawn)]
    height = colored(strip).any(axis=1).sum()
    assert height > 8
    assert abs(middle[0] - middle[1]) < height / 4


def test_skeletons_alone_colored_by_radius(look, keep):
    thin, thick = line(1, (0, 0, 0), (900, 0, 0), radius=5), line(2, (0, 300, 0), (900, 300, 0))
    thick.radii[:] = 80
    shown, page = look({1: thin, 2: thick}, color="radius")

    def hues():
        pixels = keep(page)[100:-60, 60:700]
        found = pixels[colored(pixels)]
        yellow, blue = found[:, 0] > found[:, 2] + 60, found[:, 2] > found[:, 0] + 60
        return yellow.sum() > 50 and blue.sum() > 50

    assert eventually(hues)
    keep(page, "neuroglancer-radius")
    with shown.txn() as state:
        assert "radius" in state.layers["skeletons"].skeleton_shader
