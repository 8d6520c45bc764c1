"""What stands in the panels of a figure: lines, the volume beneath, scale bar and key."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kimimaro.view.backdrop import Backdrop
from kimimaro.view.colors import Coloring, scale
from kimimaro.view.lines import Floats, Lines, thin
from kimimaro.view.page import GAP, STRIP, Page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FRAME, INK = "#b0b0b0", "#222222"
FILL, OUTLINE = 0.93, "#b4b4b4"
SMALL = 7
"""Font size in points."""
MOST_EDGES = 150_000
"""Per panel; drawing time grows with it."""
MOST_VECTORS = 20_000
"""Panels with more lines are pixels in PDF and SVG files."""
FINE = 1 / 900
"""Detail finer than this part of a panel is left out."""
YAW, PITCH = math.radians(-35), math.radians(24)
HAZE = 0.55
"""How much of white the farthest line is mixed with."""
SHORTEST = 0.6
"""Inches of a scale bar, rounded down, under a panel that is narrower than two."""
METERS = {"nm": 1e-9, "µm": 1e-6, "mm": 1e-3}


def draw_projection(
    axes: Axes, lines: Lines, coloring: Coloring, plane: tuple[int, int], low: Floats, high: Floats
) -> None:
    """Draw the skeletons as seen along the axis that is not in ``plane`` (across, down)."""
    across, down = plane
    _frame(axes)
    axes.set_xlim(low[across], high[across])
    axes.set_ylim(high[down], low[down])
    _name(axes, "xyz"[across] + "xyz"[down])
    depth = lines.points[:, 3 - across - down]
    _draw_lines(axes, lines, coloring, lines.points[:, plane], depth)


def draw_space(
    axes: Axes, lines: Lines, coloring: Coloring, plane: tuple[int, int], low: Floats, high: Floats
) -> None:
    """Draw the skeletons in their box, the main projection turned a little; far ones paler."""
    axis = [*plane, 3 - sum(plane)]
    corners = np.array([[bool(i & bit) for bit in (1, 2, 4)] for i in range(8)])
    box, box_depth = _turn(np.where(corners, high[axis], low[axis]))
    middle, extent = (box.max(axis=0) + box.min(axis=0)) / 2, np.ptp(box, axis=0)
    _frame(axes, visible=False)
    page = axes.get_window_extent()
    per_pixel = 1.12 * float(np.max(extent / [page.width, page.height]))
    width, height = per_pixel * page.width / 2, per_pixel * page.height / 2
    axes.set_xlim(middle[0] - width, middle[0] + width)
    axes.set_ylim(middle[1] + height, middle[1] - height)
    for a in range(8):
        for b in (a | 1, a | 2, a | 4):
            if a != b:
                axes.plot(*box[[a, b]].T, color=FRAME, linewidth=0.5, zorder=1)
    # The three edges at the rim of the box carry the names of the axes.
    for name, (a, b) in zip(axis, ((2, 3), (0, 2), (3, 7)), strict=True):
        at = (box[a] + box[b]) / 2
        out = (at - middle) / np.hypot(*(at - middle))
        x, y = at + 10 * per_pixel * out
        axes.text(x, y, "xyz"[name], fontsize=SMALL, color=INK, ha="center", va="center")
    flat, depth = _turn(lines.points[:, axis])
    haze = HAZE * (depth - box_depth.min()) / np.ptp(box_depth)
    _draw_lines(axes, lines, coloring, flat, depth, haze)


def _turn(points: Floats) -> tuple[Floats, Floats]:
    """Turn points (N, 3) = (across, down, away); return them flat (N, 2), and their depth (N,)."""
    across, down, away = points.T
    right = across * math.cos(YAW) - away * math.sin(YAW)
    back = across * math.sin(YAW) + away * math.cos(YAW)
    flat = np.stack([right, down * math.cos(PITCH) - back * math.sin(PITCH)], axis=1)
    return flat, back * math.cos(PITCH) + down * math.sin(PITCH)


def _draw_lines(
    axes: Axes,
    lines: Lines,
    coloring: Coloring,
    flat: Floats,
    depth: Floats,
    haze: Floats | None = None,
) -> None:
    """Draw the edges, the nearest last, each point as pale as ``haze`` (N,), 0 to 1, says."""
    from matplotlib.collections import LineCollection

    haze = np.zeros(len(flat)) if haze is None else haze
    sides = [abs(b - a) for a, b in (axes.get_xlim(), axes.get_ylim())]
    edges, lone = thin(flat, lines.edges, coloring.group, FINE * max(sides), MOST_EDGES)
    edges = edges[np.argsort(-depth[edges].sum(axis=1), kind="stable")]
    width = float(np.clip(2.3 - 0.39 * math.log10(len(edges) + 1), 0.35, 1.4))
    rgb = coloring.rgb(edges)
    rgb += haze[edges].mean(axis=1)[:, None] * (1 - rgb)
    drawn = LineCollection(
        list(flat[edges]),
        colors=rgb,
        linewidths=width,
        capstyle="round",
        zorder=2,
        rasterized=len(edges) > MOST_VECTORS,
    )
    axes.add_collection(drawn, autolim=False)
    if len(lone):
        rgb = coloring.rgb(lone)
        rgb += haze[lone, None] * (1 - rgb)
        # What was an edge looks like the shortest edges; a vertex by itself is easier to see.
        size = width * np.where(np.isin(lone, lines.edges), 1, 2)
        x, y = flat[lone].T
        many = len(lone) > MOST_VECTORS
        axes.scatter(x, y, s=size**2, c=rgb, linewidths=0, rasterized=many)


def _frame(axes: Axes, visible: bool = True) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(visible=visible, color=FRAME, linewidth=0.5)


def _name(axes: Axes, name: str) -> None:
    box = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1}
    axes.annotate(
        name, (0, 1), (3, -3), "axes fraction", "offset points",
        fontsize=SMALL, color=INK, va="top", bbox=box, zorder=4,
    )  # fmt: skip


def draw_backdrop(axes: Axes, backdrop: Backdrop, plane: tuple[int, int], voxel: Floats) -> None:
    """Lay the volume under a projection: its silhouette in pale gray, borders as thin lines."""
    from matplotlib.collections import LineCollection

    size = voxel[list(plane)]
    corner, pixel = -0.5 * size, backdrop.step * size
    right, bottom = corner + backdrop.fill.shape[::-1] * pixel
    sides = (corner[0], right, bottom, corner[1])
    limits = axes.get_xlim(), axes.get_ylim()
    shade = np.where(backdrop.fill, FILL, 1.0)
    axes.imshow(shade, cmap="gray", vmin=0, vmax=1, extent=sides, aspect="auto", zorder=0)
    axes.set(xlim=limits[0], ylim=limits[1])
    many = len(backdrop.borders) > MOST_VECTORS
    borders = LineCollection(
        list(corner + (backdrop.borders + 0.5) * pixel), colors=OUTLINE, linewidths=0.4,
        capstyle="projecting", zorder=1, rasterized=many,
    )  # fmt: skip
    axes.add_collection(borders, autolim=False)


def draw_note(axes: Axes, text: str) -> None:
    """Write a text into the middle of a panel."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=INK)


def draw_scale_bar(drawn: Figure, page: Page, unit: str) -> float:
    """Draw a bar of a round length, about a quarter as long as the main panel; return its end."""
    from matplotlib.lines import Line2D

    about = max(0.3 * page.panels[0].box[2], SHORTEST)
    length = _round_length(about * page.per_inch)
    end, height = GAP + length / page.per_inch, STRIP - 0.27
    inches = drawn.dpi_scale_trans
    bar = Line2D([GAP, end], [height, height], color=INK, linewidth=2, transform=inches)
    bar.set(solid_capstyle="butt", gid="scale bar")
    drawn.add_artist(bar)
    text, room = _in_words(length, unit), 0.6 * page.width - 4 * GAP
    return max(end, GAP + _write(drawn, text, (GAP, height - 0.06), room, "left"))


def _write(drawn: Figure, text: str, at: tuple[float, float], room: float, side: str) -> float:
    """Write under the panels, in small print if need be; return the width.

    Lengths are inches, ``at`` is the text's upper end at its left or right ``side``, seen from the
    lower left corner of the page.
    """
    text = text.encode(errors="replace").decode()  # words from a shell need not be UTF-8
    written = drawn.text(*at, text, ha=side, va="top", fontsize=SMALL + 1, color=INK)
    written.set(transform=drawn.dpi_scale_trans, parse_math=False)
    width = written.get_window_extent().width / drawn.dpi
    if width > room:
        written.set_fontsize((SMALL + 1) * room / width)
    return min(width, room)


def _round_length(about: float) -> float:
    """Return the largest 1, 2 or 5 times a power of ten that is at most ``about``."""
    power = 10.0 ** math.floor(math.log10(about))
    return max(step * power for step in (1, 2, 5) if step * power <= about * (1 + 1e-9))


def _in_words(length: float, unit: str) -> str:
    if unit in METERS:
        meters = length * METERS[unit] * (1 + 1e-9)
        fitting = [name for name, size in METERS.items() if meters >= size]
        best = fitting[-1] if fitting else "nm"
        length, unit = length * METERS[unit] / METERS[best], best
    return f"{length:.6g} {unit}".rstrip()


def draw_key(
    drawn: Figure, page: Page, coloring: Coloring, color: str, unit: str, start: float
) -> None:
    """Explain the colors, right of ``start``: a color bar, or a legend where it has room."""
    room = page.width - start - 3 * GAP
    if coloring.limits is not None:
        _draw_color_bar(drawn, page, coloring, coloring.limits, _title(color, unit), room)
        return
    from matplotlib.lines import Line2D

    needed = sum(0.42 + 0.062 * len(name) for name, _ in coloring.entries)
    if not coloring.entries or needed > room:
        return
    handles = [
        Line2D([], [], color=(*rgb,), linewidth=2, label=name) for name, rgb in coloring.entries
    ]
    drawn.legend(
        handles=handles, ncols=len(handles), loc="lower right", frameon=False, fontsize=SMALL,
        bbox_to_anchor=(page.width - GAP, 0.02), bbox_transform=drawn.dpi_scale_trans,
        borderaxespad=0, handlelength=1.2, handletextpad=0.4, columnspacing=1.0,
    )  # fmt: skip


def _title(color: str, unit: str) -> str:
    units = {"radius": f" ({unit})", "cross_sectional_area": f" ({unit}²)"}
    return color.replace("_", " ") + units.get(color, "")


def _draw_color_bar(
    drawn: Figure,
    page: Page,
    coloring: Coloring,
    limits: tuple[float, float],
    title: str,
    room: float,
) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize
    from matplotlib.ticker import MaxNLocator

    low, high = limits
    if low == high:
        low, high = low - 0.5, high + 0.5
    width = min(1.9, 0.4 * page.width)
    right = page.width - 2 * GAP
    axes = page.add_axes(drawn, (right - width, page.height - STRIP + 0.225, width, 0.09))
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[coloring.beyond]
    bar = drawn.colorbar(
        ScalarMappable(Normalize(low, high), ListedColormap(scale())), cax=axes,
        orientation="horizontal", extend=extend, ticks=MaxNLocator(int(width / 0.5)),
    )  # fmt: skip
    bar.outline.set(linewidth=0.4, edgecolor=FRAME)
    axes.tick_params(labelsize=SMALL, width=0.4, length=2, pad=1.5, colors=INK)
    # What all numbers are to be multiplied by, or added to, would stand under them, off the page.
    numbers = axes.xaxis.get_major_formatter()
    numbers.set_locs(bar.get_ticks().tolist())
    axes.xaxis.offsetText.set_visible(False)
    rest = numbers.get_offset()
    title += f" \u00d7 {rest}" if rest[:1].isdigit() else f" {rest}".rstrip()
    _write(drawn, title, (right, STRIP - 0.08), room, "right")
