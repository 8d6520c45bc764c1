"""A picture of skeletons: three projections to one scale and a view in space."""

from __future__ import annotations

import contextlib
import functools
import io
import numbers
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kimimaro.errors import DimensionError, InputError
from kimimaro.formats.atomic import replacing
from kimimaro.view.backdrop import backdrops
from kimimaro.view.checks import check_text
from kimimaro.view.colors import color_lines
from kimimaro.view.lines import Floats, Lines, Skeletons, as_lines
from kimimaro.view.page import plan_page
from kimimaro.view.panels import (
    draw_backdrop,
    draw_key,
    draw_note,
    draw_projection,
    draw_scale_bar,
    draw_space,
)
from kimimaro.volume import check_anisotropy, check_image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = {".png", ".pdf", ".svg"}
_COARSEST = 6  # pixels per inch at which a letter is one pixel high
_FINEST = 2400  # pixels per inch of the finest printers; the page takes a gigabyte then

_TURN = threading.RLock()


@contextlib.contextmanager
def _own_style() -> Iterator[None]:
    """Draw and save by matplotlib's defaults, whatever the user's style is.

    Styles belong to the whole process, so that threads take turns.
    """
    _require_matplotlib()
    import matplotlib.style

    # Journals want TrueType outlines; a fixed salt makes the ids in an SVG repeat.
    ours = {"pdf.fonttype": 42, "svg.hashsalt": "kimimaro"}
    with _TURN, matplotlib.style.context(["default", ours]):
        yield


@_own_style()
def figure(
    skeletons: Skeletons,
    labels: NDArray[Any] | None = None,
    anisotropy: Sequence[float] | None = None,
    color: str = "label",
    unit: str = "nm",
) -> Figure:
    """Draw skeletons in three orthogonal projections, which share their scale, and in space.

    Plane data get one panel. Axis 1 (y) points down, as in image viewers; of three axes, the
    shortest is the one that the main panel looks along.

    Parameters
    ----------
    skeletons : dict of {label: Skeleton}, several Skeletons, or one
        In physical units. May be empty.
    labels : (X, Y, Z) or (X, Y) array of integers or bool, optional
        Drawn in gray beneath: the silhouette of the skeletons' labels (of all labels, if they are
        more than eight), or the borders in the middle slice, where a silhouette would be full.
    anisotropy : sequence of 3 float, optional
        Voxel size of ``labels``, in the units of the skeletons. By default, that in the
        skeletons' ``transform``, which must not turn or flip axes then.
    color : str
        ``"label"``, ``"component"`` (connected pieces), ``"radius"``, or the name of a vertex
        attribute with one number per vertex, such as ``"cross_sectional_area"``.
    unit : str
        Unit of the skeletons. The scale bar is converted between nm, µm (um) and mm; any other
        text is printed as it is.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputTypeError
        ``skeletons`` is something else, or ``labels`` are no whole numbers.
    InputError
        ``anisotropy`` is not three positive numbers, ``color`` no attribute of a skeleton, or a
        skeleton contradicts itself.
    DimensionError
        ``labels`` has neither two nor three dimensions.
    ImportError
        matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    check_text(color=color, unit=unit)
    unit = {"um": "µm", "\u03bcm": "µm"}.get(unit, unit)
    lines = as_lines(skeletons)
    volume, voxel = _check_volume(labels, anisotropy, lines)
    coloring = color_lines(lines, color)
    low, high = _bounds(lines, volume, voxel)
    page = plan_page(high - low, flat=_is_flat(lines, volume))

    result = Figure(figsize=(page.width, page.height), dpi=150, facecolor="white")
    for panel in page.panels:
        axes = page.add_axes(result, panel.box)
        draw_projection(axes, lines, coloring, panel.plane, low, high)
    if volume is not None:
        beneath = backdrops(volume, lines.names, [panel.plane for panel in page.panels])
        for axes, panel, backdrop in zip(result.axes, page.panels, beneath, strict=True):
            draw_backdrop(axes, backdrop, panel.plane, voxel)
    if page.space is not None:
        axes = page.add_axes(result, page.space)
        draw_space(axes, lines, coloring, page.panels[0].plane, low, high)
    start = 0.0
    if len(lines.points) or volume is not None:
        start = draw_scale_bar(result, page, unit)
    if not len(lines.points):
        draw_note(result.axes[0], "no skeletons")
    draw_key(result, page, coloring, color, unit, start)
    # A figure made without pyplot shows in a notebook only if it says how.
    result._repr_png_ = functools.partial(_as_png, result)  # type: ignore[attr-defined]
    return result


def save_figure(
    path: str | os.PathLike[str],
    skeletons: Skeletons,
    labels: NDArray[Any] | None = None,
    anisotropy: Sequence[float] | None = None,
    color: str = "label",
    unit: str = "nm",
    dpi: float = 300,
) -> None:
    """Write `figure` of the other arguments to a PNG, PDF or SVG file.

    The file appears under its name when it is complete; an interrupted run leaves none, and the
    same skeletons give the same bytes, whatever matplotlib's style is. Threads may call it, but
    take turns.

    Parameters
    ----------
    path : path
        Its suffix, .png, .pdf or .svg, is the format. Folders are made where they are missing.
    dpi : float
        Pixels per inch of a PNG, and of lines too many for a PDF or SVG to keep as lines; from 6
        to 2400.

    Raises
    ------
    InputError
        The suffix is another one, or dpi is out of range; and what `figure` raises.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise InputError(f"path is {str(path)!r}; end it in .png, .pdf or .svg.")
    if not isinstance(dpi, numbers.Real) or not _COARSEST <= dpi <= _FINEST:
        raise InputError(f"dpi is {dpi!r}; use a number from {_COARSEST} to {_FINEST}.")
    dates = {".png": {}, ".pdf": {"CreationDate": None}, ".svg": {"Date": None}}[suffix]
    with _own_style():
        drawn = figure(skeletons, labels, anisotropy, color, unit)
        with replacing(path) as part:
            drawn.savefig(part, format=suffix[1:], dpi=dpi, metadata=dates)


def _require_matplotlib() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "kimimaro.view.figure needs matplotlib; run: pip install 'kimimaro[plot]'"
        ) from error


def _check_volume(
    labels: NDArray[Any] | None, anisotropy: Sequence[float] | None, lines: Lines
) -> tuple[NDArray[Any] | None, Floats]:
    """Return the labels as (X, Y, Z) and the voxel size (3,)."""
    if labels is None:
        return None, np.array(check_anisotropy((1, 1, 1) if anisotropy is None else anisotropy))
    image = check_image(labels, lines.voxel_size() if anisotropy is None else anisotropy, "labels")
    if 0 in image.shape:
        raise DimensionError(f"labels has shape {image.shape}; pass an image that has voxels.")
    return image.unpacked(None).labels, np.array(image.voxel_size)


def _bounds(lines: Lines, volume: NDArray[Any] | None, voxel: Floats) -> tuple[Floats, Floats]:
    """Return the corners of what is drawn, with a margin, and with breadth where it has none."""
    points = lines.points
    if volume is not None:
        sides = np.array([[-0.5], [0.5]]) * voxel + [
            [0, 0, 0],
            (np.array(volume.shape) - 1) * voxel,
        ]
        points = np.concatenate([points, sides])
    if not len(points):
        points = np.array([[0.0, 0, 0], [1, 1, 1]])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.015 * float((high - low).max()) or 0.5
    return low - margin, high + margin


def _is_flat(lines: Lines, volume: NDArray[Any] | None) -> bool:
    if volume is not None:
        return bool(volume.shape[2] == 1)
    return not len(lines.points) or bool(np.ptp(lines.points[:, 2]) == 0)


def _as_png(drawn: Figure) -> bytes:
    buffer = io.BytesIO()
    with _own_style():
        drawn.savefig(buffer, format="png")
    return buffer.getvalue()
