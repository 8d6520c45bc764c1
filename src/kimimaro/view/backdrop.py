"""The volume under the skeletons: its silhouette, or a slice where that would fill everything."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW = 8
"""Up to this many labels are looked for one by one."""
CROWDED = 0.9
"""A silhouette that fills more than this of its panel says nothing."""
FINEST = 1000
"""Pixels along a panel; those of larger images stand for two, three or more voxels a side."""


@dataclasses.dataclass(frozen=True)
class Backdrop:
    """What lies beneath one projection, in pixels of ``step`` voxels; both begin in one corner."""

    fill: NDArray[np.bool_]
    """(down, across), the silhouette; False everywhere in a slice."""
    borders: NDArray[np.float64]
    """(K, 2, 2), straight lines between pixels of different labels: (across, down) of both ends.
    The middle of the first pixel is at 0."""
    step: int


def backdrops(
    labels: NDArray[Any], wanted: Sequence[int], planes: Sequence[tuple[int, int]]
) -> list[Backdrop]:
    """Return the silhouette of a volume, or the middle slice of a crowded one, for each plane.

    Parameters
    ----------
    labels : (X, Y, Z)
    wanted : sequence of int
        The labels whose skeletons are drawn; with more than a few, all labels are shown.
    planes : sequence of (axis across, axis down)
        The first is the main one.
    """
    masks = _silhouettes(labels, wanted)
    crowded = masks[3 - sum(planes[0])].mean() > CROWDED
    found = []
    for across, down in planes:
        axis = 3 - across - down
        flat = _plane(labels, axis, labels.shape[axis] // 2) if crowded else masks[axis]
        step = -(-max(flat.shape) // FINEST)
        flat = (_sample if crowded else _any)(flat.T if across < down else flat, step)
        fill = np.zeros(flat.shape, dtype=bool) if crowded else flat.astype(bool)
        upright, level = _borders(flat), _borders(flat.T)[:, :, ::-1]
        found.append(Backdrop(fill, np.concatenate([upright, level]), step))
    return found


def _silhouettes(labels: NDArray[Any], wanted: Sequence[int]) -> list[NDArray[np.bool_]]:
    """Return, for each axis, where any of the wanted voxels lies along it."""
    masks = [np.zeros(np.delete(labels.shape, axis), dtype=bool) for axis in range(3)]
    # One plane at a time, as a mask of the whole volume may not fit into memory; planes that
    # lie in one piece, as a volume in Fortran order is read ten times slower across them.
    axis = int(np.argmax(np.abs(labels.strides)))
    other, third = (a for a in range(3) if a != axis)
    for i in range(labels.shape[axis]):
        plane = _plane(labels, axis, i)
        if 0 < len(wanted) <= FEW:
            plane = np.logical_or.reduce([plane == label for label in wanted])
        else:
            plane = plane != 0
        masks[axis] |= plane
        for dropped, kept in ((other, third), (third, other)):
            line = plane.any(axis=0 if dropped < kept else 1)
            masks[dropped][(i, slice(None)) if axis < kept else (slice(None), i)] = line
    return masks


def _plane(labels: NDArray[Any], axis: int, index: int) -> NDArray[Any]:
    # labels.take would copy a whole volume in Fortran order first.
    plane: NDArray[Any] = np.moveaxis(labels, axis, 0)[index]
    return plane


def _any(mask: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    """Make one pixel of each step x step, so that what is thin stays visible."""
    for axis in (0, 1):
        mask = np.logical_or.reduceat(mask, np.arange(0, mask.shape[axis], step), axis=axis)
    return mask


def _sample(flat: NDArray[Any], step: int) -> NDArray[Any]:
    """Keep the middle pixel of each step x step, as labels have no mean."""
    middles = (np.minimum(np.arange(0, n, step) + step // 2, n - 1) for n in flat.shape)
    return flat[np.ix_(*middles)]


def _borders(flat: NDArray[Any]) -> NDArray[np.float64]:
    """Return the upright lines between pixels that differ from the next one across: (K, 2, 2)."""
    differ = np.pad((flat[:, 1:] != flat[:, :-1]).T, ((0, 0), (1, 1))).astype(np.int8)
    turns = np.diff(differ, axis=1)
    column, first = np.nonzero(turns == 1)
    _, last = np.nonzero(turns == -1)
    starts, ends = (np.stack([column + 0.5, row - 0.5], axis=1) for row in (first, last))
    return np.stack([starts, ends], axis=1)
