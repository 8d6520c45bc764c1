"""From the axis order of a file to labels[x, y, z]."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kimimaro.formats.base import Advance, FormatError
from kimimaro.memory import check_free
from kimimaro.volume import dtype_of

SLAB_VOXELS = 1 << 24
_NAMES = {"t": "time points", "c": "channels", "s": "samples per pixel"}


def check_axes(axes: str, ndim: int) -> str:
    """Check a user's axis order such as ``"zyx"`` and return it in lower case.

    Raises
    ------
    FormatError
        A letter is unknown or doubled, or their number is not the image's number of dimensions.
    """
    axes = axes.lower()
    if len(axes) != ndim:
        raise FormatError(f"axes is {axes!r}, but the image has {ndim} dimensions.")
    if len(set(axes)) != len(axes) or not set(axes) <= set("xyztc") or not set("xy") <= set(axes):
        raise FormatError(
            f"axes is {axes!r}; use each of x, y, z, t, c at most once, x and y among them."
        )
    return axes


def usual_axes(ndim: int, last: str) -> str:
    """Return the axis order of a file that names none: ``last`` is the habit, such as "zyx"."""
    if ndim == 4 and last == "xyz":
        return "xyzc"
    if ndim > 3:
        return "tczyx"[-ndim:]
    return last.replace("z", "") if ndim == 2 else last[-ndim:]


def take(
    array: Any,
    axes: str,
    crop: tuple[slice, ...] | None = None,
    advance: Advance | None = None,
) -> NDArray[Any]:
    """Read an array, or a part of it, as labels[x, y, z] or labels[x, y].

    Parameters
    ----------
    array : array-like
        A NumPy array, or anything that has a shape and reads what it is indexed with.
    axes : str
        A letter for each axis. Axes other than x, y, z must have one entry and are dropped.
    crop : tuple of slices or None
        The part to read, in the order x, y, z.
    advance : callable or None
        Called as ``advance(done, total)`` in voxels. What is no NumPy array is read slab by slab,
        so that this is called, and Ctrl-C heard, every second or so.

    Raises
    ------
    FormatError
        There is more than one time point or channel, or the image or the crop holds no voxel.
    """
    shape = tuple(int(size) for size in array.shape)
    if len(axes) != len(shape):
        raise FormatError(
            f"the image has {len(shape)} dimensions, of shape {shape}; 2 or 3 were expected."
        )
    if 0 in shape:
        raise FormatError(f"the image is empty: its shape is {shape}.")
    wanted = dict(zip("xyz", crop or (), strict=False))
    index: list[int | slice] = []
    for axis, size in zip(axes, shape, strict=True):
        if axis in "xyz":
            index.append(cut(axis, size, wanted.pop(axis, slice(None))))
        elif size == 1:
            index.append(0)
        else:
            raise FormatError(
                f"the image has {size} {_NAMES.get(axis, f'entries along {axis!r}')}; "
                f"Kimimaro reads one label per voxel, so save one of them as a file of its own, or "
                f"name the axes (such as zyx) if these are slices."
            )
    for axis, part in wanted.items():
        cut(axis, 1, part)  # a flat image is one voxel deep
    kept = [axis for axis in axes if axis in "xyz"]
    labels: NDArray[Any]
    if isinstance(array, np.ndarray):
        labels = array[tuple(index)]
    else:
        labels = _read_slabs(array, index, advance)
    return labels.transpose([kept.index(axis) for axis in "xyz" if axis in kept])


def check_room(array: Any, axes: str, crop: tuple[slice, ...] | None, path: str) -> None:
    """Check that the part to be read fits into the memory that is free, where that is known.

    Raises
    ------
    OutOfMemoryError
        It does not fit.
    """
    cuts = dict(zip("xyz", crop or (), strict=False))
    need = dtype_of(array).itemsize
    for axis, size in zip(axes, array.shape, strict=False):  # take() compares their numbers
        start, stop, _ = cuts.get(axis, slice(None)).indices(int(size))
        need *= max(stop - start, 0)
    check_free(need, f"{path} takes", "read a part of it (crop) or a coarser level")


def crop_start(crop: tuple[slice, ...] | None) -> tuple[int, int, int]:
    """Return the voxel at which a crop begins."""
    starts = [part.start or 0 for part in crop or ()]
    x, y, z = [*starts, 0, 0, 0][:3]
    return x, y, z


def _read_slabs(array: Any, index: list[int | slice], advance: Advance | None) -> NDArray[Any]:
    """Read along the first axis that is kept, in slabs that end where chunks end."""
    first = next(place for place, part in enumerate(index) if isinstance(part, slice))
    parts = [part for part in index if isinstance(part, slice)]
    shape = [part.stop - part.start for part in parts]
    chunk = (getattr(array, "chunks", None) or [1] * len(index))[first]
    step = max(SLAB_VOXELS // max(math.prod(shape[1:]), 1) // chunk, 1) * chunk
    labels = np.empty(shape, dtype=dtype_of(array))
    begin = parts[0].start
    for start in range(begin - begin % step, parts[0].stop, step):
        low, high = max(start, begin), min(start + step, parts[0].stop)
        index[first] = slice(low, high)
        labels[low - begin : high - begin] = array[tuple(index)]
        if advance is not None:
            advance((high - begin) * math.prod(shape[1:]), labels.size)
    return labels


def cut(axis: str, size: int, part: slice) -> slice:
    """Return a part of an axis with both of its ends.

    Raises
    ------
    FormatError
        It is empty or reaches beyond the axis.
    """
    start = part.start or 0
    stop = size if part.stop is None else part.stop
    if not 0 <= start < stop <= size:
        raise FormatError(
            f"crop asks for {axis} from {start} to {stop}, but {axis} runs from 0 to {size}."
        )
    return slice(start, stop)
