"""Labeled volumes for the tests: random tissue of blobs, and ways to lay it out in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Labels = NDArray[Any]


def tissue(
    shape: Sequence[int], labels: int, seed: int, background: float = 0.2, smooth: float = 2.0
) -> NDArray[np.uint32]:
    """Smooth random cells that fill the volume but for a share of background, numbered from 1."""
    random = np.random.default_rng(seed)
    # Each cell is where its own smooth noise is the largest.
    best = np.full(shape, -np.inf)
    cells = np.zeros(shape, dtype=np.uint32)
    for label in range(1, labels + 1):
        noise = ndimage.gaussian_filter(random.standard_normal(shape), smooth, mode="nearest")
        cells[noise > best] = label
        best = np.maximum(best, noise)
    if background:
        noise = ndimage.gaussian_filter(random.standard_normal(shape), smooth, mode="nearest")
        cells[noise < np.quantile(noise, background)] = 0
    return cells


def strided(labels: Labels) -> Labels:
    """The same labels as every second, third and second element of a larger array."""
    larger = np.full([2 * labels.shape[0], 3 * labels.shape[1], 2 * labels.shape[2]], 77)
    view = larger.astype(labels.dtype)[::2, ::3, ::2]
    view[...] = labels
    return view


def reversed_axes(labels: Labels) -> Labels:
    """The same labels with negative strides."""
    return np.ascontiguousarray(labels[::-1, ::-1, ::-1])[::-1, ::-1, ::-1]


LAYOUTS: dict[str, Callable[[Labels], Labels]] = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "yxz": lambda labels: np.ascontiguousarray(labels.transpose(1, 0, 2)).transpose(1, 0, 2),
    "strided": strided,
    "reversed": reversed_axes,
}
"""Memory layouts by name: each makes an equal array that lies otherwise in memory."""
