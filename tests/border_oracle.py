"""The border targets of a labeled volume, in the plainest form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Doubles = NDArray[np.float64]
Pixels = NDArray[np.int64]


def border_targets(
    components: NDArray[Any], anisotropy: Sequence[float]
) -> list[tuple[int, tuple[int, int, int]]]:
    """One target (component, voxel) for each 2D piece of a component on each of the faces.

    An axis along which the volume is one voxel thick has no faces. A voxel on an edge of the
    volume may occur twice.
    """
    found = []
    for axis in range(3):
        if components.shape[axis] == 1:
            continue
        voxel = np.delete(np.array(anisotropy, dtype=float), axis)
        for position in (0, components.shape[axis] - 1):
            plane = np.take(components, position, axis=axis)
            for component in np.unique(plane[plane != 0]):
                for pixel in plane_targets(plane == component, voxel):
                    x, y, z = np.insert(pixel, axis, position).tolist()
                    found.append((int(component), (x, y, z)))
    return found


def plane_targets(mask: NDArray[np.bool_], voxel: Doubles) -> list[Pixels]:
    """The target pixel of each 8-connected piece of a plane."""
    pieces, count = ndimage.label(mask, structure=np.ones((3, 3)))
    targets = []
    for piece in range(1, count + 1):
        # The pad makes the edges of the plane a boundary like any other.
        padded = np.pad(pieces == piece, 1)
        depth = ndimage.distance_transform_edt(padded, sampling=voxel)[1:-1, 1:-1]
        depth = depth.astype(np.float32)
        deepest = np.argwhere(depth == depth.max())
        middle = np.argwhere(pieces == piece).mean(axis=0)
        targets.append(break_ties(deepest, middle, np.array(mask.shape), voxel))
    return targets


def break_ties(ties: Pixels, middle: Doubles, shape: Pixels, voxel: Doubles) -> Pixels:
    """The pixel that Kimimaro 5 takes of several ones, its slips included.

    The nearest to the middle of the piece (its pixel towards the centre of the plane), then to the
    centre of the plane, to a corner, to an edge, then the first in Fortran order.
    """
    width, height = shape
    pixel = np.floor(middle) + (middle < shape / 2)
    centre = shape / 2 * voxel  # a slip: in physical units, but compared with pixels
    # Another one: the third corner is at (0, width), not at (0, height).
    corners = np.array([(0, 0), (width, 0), (0, width), (width, height)]) - 0.5
    costs = (
        lambda p: (((p - pixel) * voxel) ** 2).sum(axis=1),
        lambda p: (((p - centre) * voxel) ** 2).sum(axis=1),
        lambda p: ((p[:, None] - corners) ** 2).sum(axis=2).min(axis=1),
        lambda p: np.hstack([p, shape - p]).min(axis=1),
    )
    for cost in costs:
        values = cost(ties)
        ties = ties[values <= values.min() * (1 + 1e-9)]
    first: Pixels = ties[np.lexsort((ties[:, 0], ties[:, 1]))][0]
    return first
