"""Colors that readers who see few colors can tell apart, too."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from kimimaro.view.lines import Floats, Ints, Lines

# Okabe and Ito, Color Universal Design (2008), without the yellow that white paper swallows.
BASE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
# Further rounds mix the base with black or white: apart in lightness where hues repeat.
ROUNDS = ((0.0, 0.0), (0.4, 0.0), (0.35, 1.0))
UNKNOWN = (0.7, 0.7, 0.7)


@dataclasses.dataclass(frozen=True)
class Coloring:
    """A color for each point, and how to explain it."""

    table: Floats
    """(K, 3) red, green and blue, 0 to 1."""
    position: Floats
    """(N,), each point's row of the table; NaN where its value is unknown."""
    group: Ints
    """(N,), points of different groups are drawn apart."""
    entries: tuple[tuple[str, Floats], ...] = ()
    """Name and color, for a legend of few categories."""
    limits: tuple[float, float] | None = None
    """Values at the ends of a color bar; None for categories."""
    beyond: tuple[bool, bool] = (False, False)
    """Whether values lie below and above the limits."""

    def rgb(self, points: Ints) -> Floats:
        """Return the color (L, 3) of points (L,), or of edges (L, 2) between points.

        An edge has the color of the mean value, which is not the mean of the colors; where one end
        is unknown, that of the other, so that what was measured here and there is seen.
        """
        position = self.position[points]
        if points.ndim == 2:
            a, b = position.T
            mean = (np.where(np.isnan(a), b, a) + np.where(np.isnan(b), a, b)) / 2
            position = a if self.limits is None else mean
        colors: Floats = self.table[np.nan_to_num(position).astype(np.int64)]
        colors[np.isnan(position)] = UNKNOWN
        return colors


def palette(count: int) -> Floats:
    """Return ``count`` colors (count, 3); they repeat after 21."""
    base = np.array([[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in BASE])
    rounds = [base + share * (target - base) for share, target in ROUNDS]
    # Black mixed with black is black again: the second round gets a gray there.
    rounds[1][-1] = 0.45
    colors = np.concatenate(rounds)
    return colors[np.arange(count) % len(colors)]


def color_lines(lines: Lines, color: str) -> Coloring:
    """Color the points by label, by component, by radius or by another vertex attribute."""
    if color == "label":
        return _categories(lines.owner, [f"{name}" for name in lines.names])
    if color == "component":
        component = lines.component()
        count = int(component.max(initial=-1)) + 1
        return _categories(component, [f"piece {i + 1}" for i in range(count)])
    return _continuous(lines.attribute(color), lines.owner)


def _categories(index: Ints, names: list[str]) -> Coloring:
    table = palette(len(names))
    entries = tuple(zip(names, table, strict=True)) if len(names) <= len(BASE) else ()
    return Coloring(table, index.astype(np.float64), index, entries)


def _continuous(values: Floats, group: Ints) -> Coloring:
    """Map values to a scale of growing lightness; a hundredth at each end may lie beyond it."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Coloring(scale(), values, group)
    low, high = (float(v) for v in np.percentile(known, [1, 99]))
    if high <= low:
        low, high = float(known.min()), float(known.max())
    position = np.clip((values - low) / ((high - low) or 1.0), 0, 1) * (len(scale()) - 1)
    beyond = bool((known < low).any()), bool((known > high).any())
    return Coloring(scale(), position, group, limits=(low, high), beyond=beyond)


def scale() -> NDArray[np.float64]:
    """Return 256 colors from dark to light: viridis without its end that white paper swallows."""
    import matplotlib

    colors: Floats = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, 256))[:, :3]
    return colors
