"""Where everything of a figure stands, and what is written under its panels."""

import numpy as np
import pytest

from kimimaro import view
from kimimaro.testing import shapes

from .conftest import line
from .pictures import as_pixels, as_skeleton, colored


def test_projections_share_their_scale(helix):
    skeleton = as_skeleton(helix)
    drawn = view.figure(skeleton, helix.labels)
    width, height = drawn.get_size_inches()
    scales = []
    for axes in drawn.axes[:3]:
        box = axes.get_position()
        scales.append(np.ptp(axes.get_xlim()) / (box.width * width))
        scales.append(np.ptp(axes.get_ylim()) / (box.height * height))
    assert scales == pytest.approx([scales[0]] * 6)


@pytest.mark.parametrize(
    ("size", "unit", "text"),
    [
        (1, "nm", "20 nm"),
        (100, "nm", "2 µm"),
        (0.001, "mm", "20 µm"),
        (100, "um", "2 mm"),
        (1, "mm", "20 mm"),
        (1, "px", "20 px"),
    ],
)
def test_scale_bar_is_as_long_as_it_says(size, unit, text):
    shape = shapes.rod(80 * size, 5 * size, (1, 1, 0), anisotropy=(size,) * 3)
    drawn = view.figure(as_skeleton(shape), shape.labels, unit=unit)
    assert drawn.texts[0].get_text() == text
    (bar,) = (artist for artist in drawn.artists if artist.get_gid() == "scale bar")
    axes = drawn.axes[0]
    per_inch = np.ptp(axes.get_xlim()) / (axes.get_position().width * drawn.get_figwidth())
    assert np.ptp(bar.get_xdata()) * per_inch == pytest.approx(20 * size)


def test_elongated_and_slab_shaped_data_fit_the_page():
    for direction in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 5, 0.2), (1, 1, 0.1)):
        drawn = view.figure(as_skeleton(shapes.rod(900, 3, direction)))
        assert drawn.get_figwidth() <= 7.21
        assert drawn.get_figheight() <= 7.21
        for axes in drawn.axes:
            box = axes.get_position()
            assert box.x0 >= 0
            assert box.x1 <= 1.001
            assert box.y0 >= 0
            assert box.y1 <= 1.001
        assert colored(as_pixels(drawn)).any()


@pytest.mark.parametrize(
    ("size", "color", "unit", "radius"),
    [
        ((500, 400, 10_000), "radius", "nm", 50),
        ((500, 10_000, 400), "cross_sectional_area", "nm", 345_678),
        ((500, 10_000, 3000), "radius", "nm", 50_000_000),
        ((300, 1000, 0), "cross_sectional_area_contacts", "nm", 63),
        ((300, 1000, 0), "radius", "hundreds of voxels of a kind", 1e-3),
        ((9000, 10_000, 3000), "a_name_that_somebody_made_very_long_indeed", "nm", -654_321),
    ],
)
def test_texts_keep_apart_and_on_the_page(size, color, unit, radius):
    long = line(1, (0, 0, 0), size)
    long.radii = np.linspace(radius / 20, radius, 50).astype(np.float32)
    long.cross_sectional_area = long.radii
    if color not in ("radius", "cross_sectional_area"):
        long.add_vertex_attribute(color, long.radii)
    drawn = view.figure(long, color=color, unit=unit)
    drawn.draw_without_rendering()
    width, height = drawn.bbox.size
    bar = drawn.axes[-1]
    low, high = bar.get_xlim()
    numbers = [t for t in bar.get_xticklabels() if low <= t.get_position()[0] <= high]
    boxes = [t.get_window_extent() for t in [*drawn.texts, *numbers]]
    boxes += [axes.bbox for axes in drawn.axes]
    assert len(numbers) >= 2
    assert not bar.xaxis.offsetText.get_visible()
    for i, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_what_is_long_and_upright_has_a_legible_page():
    drawn = view.figure(line(1, (0, 0, 0), (500, 10_000, 400)))
    assert drawn.get_figwidth() >= 3.2
    (bar,) = (artist for artist in drawn.artists if artist.get_gid() == "scale bar")
    assert np.ptp(bar.get_xdata()) > 0.2
    main, space = (drawn.axes[number].get_position() for number in (0, 3))
    assert space.height > 0.9 * main.height


def test_a_power_of_ten_stands_in_the_title():
    long = line(1, (0, 0, 0), (500, 400, 10_000))
    long.radii = np.linspace(1e5, 5e7, 50).astype(np.float32)
    drawn = view.figure(long, color="radius")
    assert drawn.texts[-1].get_text() == "radius (nm) \u00d7 1e7"


def test_texts_are_printed_as_they_are():
    """Neither read as mathematics, nor an error where a shell gave no UTF-8."""
    long = line(1, (0, 0, 0), (50, 40, 100))
    long.add_vertex_attribute("$a_{$", long.radii)
    drawn = view.figure(long, color="$a_{$", unit="$x^{$\udcb5")
    assert [text.get_text() for text in drawn.texts] == ["10 $x^{$?", "$a {$"]
    assert (as_pixels(drawn) < 128).any()
