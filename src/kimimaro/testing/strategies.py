"""Hypothesis strategies: label volumes of every kind that users bring, and voxel sizes."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError(
        "kimimaro.testing.strategies needs Hypothesis; run: pip install 'kimimaro[test]'"
    ) from error

Labels = NDArray[Any]

LABEL_DTYPES = (
    "?",
    *(f"{order}{kind}" for kind in ("u2", "u4", "u8", "i2", "i4", "i8") for order in "<>"),
    "u1",
    "i1",
)
"""Every dtype that labels may have, in both byte orders."""


def label_dtypes() -> st.SearchStrategy[np.dtype[Any]]:
    """Draw a dtype of labels: bool, signed and unsigned integers of 8 to 64 bit, any byte order."""
    return st.sampled_from([np.dtype(code) for code in LABEL_DTYPES])


def anisotropies(
    smallest: float = 0.1, largest: float = 64.0
) -> st.SearchStrategy[tuple[float, float, float]]:
    """Draw a voxel size: isotropic, like those of real microscopes, or any three numbers."""
    known = [(1.0, 1.0, 1.0), (16.0, 16.0, 40.0), (4.0, 4.0, 40.0), (0.55, 0.55, 0.7)]
    known = [sizes for sizes in known if smallest <= min(sizes) and max(sizes) <= largest]
    any_size = st.floats(smallest, largest, allow_nan=False)
    drawn = st.tuples(any_size, any_size, any_size)
    return st.one_of(st.sampled_from(known), drawn) if known else drawn


@st.composite
def layouts(draw: st.DrawFn, array: Labels) -> Labels:
    """Draw an array that equals ``array`` but lies otherwise in memory.

    In C or Fortran order, with axes swapped, as every second element of a larger array, reversed
    along some axes, or read-only.
    """
    kind = draw(st.sampled_from(["C", "F", "swapped", "strided", "reversed", "readonly"]))
    if kind == "swapped":
        axes = draw(st.permutations(range(array.ndim)))
        return np.ascontiguousarray(array.transpose(axes)).transpose(np.argsort(axes))
    if kind == "strided":
        steps = [draw(st.integers(1, 3)) for _ in array.shape]
        larger = np.zeros([n * s for n, s in zip(array.shape, steps, strict=True)], array.dtype)
        view = larger[tuple(slice(None, None, s) for s in steps)]
        view[...] = array
        return view
    if kind == "reversed":
        flips = tuple(slice(None, None, draw(st.sampled_from([1, -1]))) for _ in array.shape)
        return array[flips].copy()[flips]
    copy = array.copy(order="F" if kind == "F" else "C")
    copy.flags.writeable = kind != "readonly"
    return copy


@st.composite
def label_volumes(
    draw: st.DrawFn,
    min_side: int = 1,
    max_side: int = 14,
    ndims: Sequence[int] = (2, 3),
    dtypes: st.SearchStrategy[np.dtype[Any]] | None = None,
    max_blobs: int = 6,
    any_layout: bool = True,
) -> Labels:
    """Draw a small volume of labeled blobs and tubes, some of them merged, on background 0.

    Parameters
    ----------
    min_side, max_side : int
        Bounds of each side, in voxels.
    ndims : sequence of int
        Numbers of dimensions to draw from.
    dtypes : strategy for dtypes, optional
        Default: `label_dtypes`.
    max_blobs : int
        At most this many blobs or tubes; none gives an empty volume.
    any_layout : bool
        Draw the memory layout as well (see `layouts`); else C order.

    Returns
    -------
    strategy for ndarrays
        The labels reach to the ends of what the dtype holds, negative ones included.
    """
    ndim = draw(st.sampled_from(list(ndims)))
    dtype = draw(label_dtypes() if dtypes is None else dtypes)
    shape = tuple(draw(st.integers(min_side, max_side)) for _ in range(ndim))
    labels = np.zeros(shape, dtype=dtype)
    names = draw(st.lists(_label_values(dtype), min_size=1, max_size=4, unique=True))
    if draw(st.booleans()):
        labels[...] = names[0]
    for _ in range(draw(st.integers(0, max_blobs))):
        start, end = ([draw(st.integers(0, n - 1)) for n in shape] for _ in range(2))
        radius = draw(st.sampled_from([0.5, 1.0, 1.5, 2.5, 4.0]))
        labels[_capsule(shape, start, end, radius)] = draw(st.sampled_from([*names, 0]))
    return draw(layouts(labels)) if any_layout else labels


def _label_values(dtype: np.dtype[Any]) -> st.SearchStrategy[int]:
    if dtype.kind == "b":
        return st.just(1)
    limits = np.iinfo(dtype)
    low, high = int(limits.min), int(limits.max)
    edges = [v for v in (1, 2, high, high - 1, low, -1) if v != 0 and low <= v <= high]
    return st.one_of(st.sampled_from(edges), st.integers(low, high).filter(bool))


def _capsule(
    shape: tuple[int, ...], start: list[int], end: list[int], radius: float
) -> NDArray[np.bool_]:
    """Return the voxels within ``radius`` of the line between two voxels (a ball if they agree)."""
    offsets = [
        np.arange(n, dtype=np.float64).reshape([-1 if d == axis else 1 for d in range(len(shape))])
        - start[axis]
        for axis, n in enumerate(shape)
    ]
    along = [e - s for s, e in zip(start, end, strict=True)]
    length2 = max(1, sum(a * a for a in along))
    dot = functools.reduce(np.add, [o * a for o, a in zip(offsets, along, strict=True)])
    t = np.clip(dot / length2, 0, 1)
    squares = [(o - t * a) ** 2 for o, a in zip(offsets, along, strict=True)]
    inside: NDArray[np.bool_] = functools.reduce(np.add, squares) <= radius * radius
    return inside
