"""A real browser, and skeletons to look at in it."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from osteoid import Skeleton

import kimimaro
from kimimaro.testing import shapes
from kimimaro.testing.neuropil import neuropil

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
SIZE = {"width": 1200, "height": 760}
FLAGS = ["--headless", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
HARMLESS = ("favicon.ico", "412 (Precondition Failed)")
"""What a browser reports as errors of Neuroglancer: its server has no icon; and where a test and
the page change the view at once, the page is told to fetch the test's change first."""


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, which draws in software; skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright")
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium: `chromium` is not on the path; make test-browser installs it")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Open an address in a new window; the test fails if the page reports an error.

    ``fails`` is part of the one error that the page is to report.
    """
    contexts, troubles, expected = [], [], []

    def note(message):
        said = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and not any(part in said for part in HARMLESS):
            troubles.append(said)

    def open_page(address, fails=None, **settings):
        expected.extend([] if fails is None else [fails])
        context = chromium.new_context(**{"viewport": SIZE, **settings})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", note)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(str(address))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in troubles if not any(part in text for part in expected)] == []
    assert len(troubles) >= len(expected)


@pytest.fixture
def keep():
    """Keep a picture of a page for people to look at; return its pixels."""
    from PIL import Image

    def shoot(page, name=None, of="body"):
        # A canvas alone, without what is written over it.
        alone = "#canvas { outline: none !important } #canvas ~ * { visibility: hidden }"
        content = page.locator(of).screenshot(style=alone if of == "#canvas" else None)
        if name is not None:
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            (SCREENSHOTS / f"{name}.png").write_bytes(content)
        return np.array(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)

    return shoot


@pytest.fixture(scope="session")
def tissue():
    """Synthetic tissue and its skeletons."""
    grown = neuropil((96, 96, 48), seed=2)
    skeletons = kimimaro.skeletonize(
        grown.labels,
        {"scale": 1.5, "const": 200},
        anisotropy=grown.anisotropy,
        dust_threshold=200,
        progress=False,
    )
    assert len(skeletons) > 10
    return grown, skeletons


@pytest.fixture(scope="session")
def helix():
    """A solid with its centerline."""
    return shapes.helix()


def line(label, start, stop, count=50, radius=20.0):
    """Return a straight skeleton."""
    vertices = np.linspace(start, stop, count, dtype=np.float32)
    steps = np.arange(count - 1, dtype=np.uint32)
    return Skeleton(
        vertices,
        np.stack([steps, steps + 1], axis=1),
        radii=np.full(count, radius, dtype=np.float32),
        vertex_types=np.zeros(count, dtype=np.uint8),
        segid=label,
        space="physical",
    )


@pytest.fixture
def pair():
    """Two upright lines, 3,000 apart and 2,000 long, on the left and on the right."""
    left, right = 2**64 - 1, 2**63 + 1
    return {
        left: line(left, (1000, 500, 0), (1000, 2500, 0), radius=20),
        right: line(right, (4000, 500, 0), (4000, 2500, 0), radius=60),
    }
