"""Where the panels of a figure stand: sizes in inches, positions from the upper left corner."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from kimimaro.view.lines import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, TALLEST = 7.2, 7.0
"""Two columns of a journal, and what leaves room for a caption."""
NARROWEST = 3.2
"""What scale bar and color bar need side by side."""
CORNER = 0.28
"""Least share of the page's width for the view in space in the corner of the others."""
GAP, STRIP = 0.1, 0.56
"""Between panels, and under them for the scale bar and the key."""

Box = tuple[float, float, float, float]
"""Left, top, width, height in inches, from the upper left corner."""


@dataclasses.dataclass(frozen=True)
class Panel:
    """A projection along one axis."""

    plane: tuple[int, int]
    """Axes across and down."""
    box: Box


@dataclasses.dataclass(frozen=True)
class Page:
    """Where everything of a figure stands; lengths are in inches."""

    width: float
    height: float
    per_inch: float
    """Physical length per inch of the projections."""
    panels: list[Panel]
    space: Box | None

    def add_axes(self, drawn: Figure, box: Box) -> Axes:
        """Add axes that fill a box of this page to the figure that is drawn."""
        left, top, width, height = box
        return drawn.add_axes(
            (
                left / self.width,
                1 - (top + height) / self.height,
                width / self.width,
                height / self.height,
            )
        )


def plan_page(extent: Floats, flat: bool) -> Page:
    """Choose the planes and the scale so that all panels fit the page."""
    if flat:
        per_inch = max(extent[0] / (WIDTH - 2 * GAP), extent[1] / (TALLEST - STRIP - 2 * GAP))
        box = (GAP, GAP, extent[0] / per_inch, extent[1] / per_inch)
        width = max(box[2] + 2 * GAP, NARROWEST)
        return Page(width, box[3] + STRIP + 2 * GAP, per_inch, [Panel((0, 1), box)], None)
    # Rounded, so that a hair's breadth does not turn the page.
    shortest = int(np.argmin(np.round(extent / extent.max(), 2)))
    away = 2 if extent[2] <= 1.25 * extent[:2].min() else shortest
    across, down = {0: (2, 1), 1: (0, 2), 2: (0, 1)}[away]
    a, d, w = extent[across], extent[down], extent[away]
    # The view in space stands in the free corner if that is large enough, else at the right.
    high = TALLEST - STRIP - 3 * GAP
    corner = w >= CORNER * (a + w) and (a + w) * high >= (NARROWEST - 3 * GAP) * (d + w)
    wide = (1.0 if corner else 0.58) * WIDTH - 3 * GAP
    per_inch = max((a + w) / wide, (d + w) / high)
    a, d, w = a / per_inch, d / per_inch, w / per_inch
    left, top = 2 * GAP + a, 2 * GAP + d
    bottom = top + w
    panels = [
        Panel((across, down), (GAP, GAP, a, d)),
        Panel((away, down), (left, GAP, w, d)),
        Panel((across, away), (GAP, top, a, w)),
    ]
    if corner:
        return Page(left + w + GAP, bottom + STRIP, per_inch, panels, (left, top, w, w))
    right = left + w + GAP
    # What stands upright needs no more room turned a little than its two sides.
    room = min(WIDTH - GAP - right, (a + w) * (bottom - GAP) / d)
    width = max(right + room + GAP, NARROWEST)
    room = width - GAP - right
    tall = max(bottom - GAP, 0.75 * room)
    return Page(width, GAP + tall + STRIP, per_inch, panels, (right, GAP, room, tall))
