"""A thinned image as a skeleton."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
from osteoid import Skeleton

from kimimaro.errors import DimensionError, InputError, InputTypeError
from kimimaro.volume import as_array, drop_trailing_axes

# Half of the 26 directions: the other half is met from the neighbour's side.
_DIRECTIONS = [d for d in itertools.product((-1, 0, 1), repeat=3) if d > (0, 0, 0)]


def extract_skeleton_from_binary_image(image: npt.ArrayLike) -> Skeleton:
    """Turn an image that was thinned to centerlines into a graph.

    Every foreground voxel becomes a vertex, every pair of them that touch by face, edge or corner
    an edge. At bends and branch points such pairs form triangles;
    :func:`kimimaro.postprocess` breaks them.

    Parameters
    ----------
    image : (X, Y) or (X, Y, Z) array of bool or integers
        Foreground is what differs from 0. More axes are fine if they have length 1.

    Returns
    -------
    Skeleton
        Vertices are voxel indices, in voxel space, sorted by x, y and z; radii are unknown (-1).

    Raises
    ------
    DimensionError
        ``image`` has neither two nor three dimensions.
    InputError
        ``image`` has 2^32 - 1 foreground voxels or more.
    InputTypeError
        ``image`` holds neither bool nor integers.
    """
    voxels = _foreground(image)
    if len(voxels) == 0:
        return Skeleton(space="voxel")
    if len(voxels) >= 2**32 - 1:
        raise InputError(
            f"image has {len(voxels)} foreground voxels; thin it to fewer than 2^32 - 1."
        )
    # One more voxel on either side: no neighbour's index wraps around to another row.
    size_y, size_z = (int(n) + 2 for n in voxels[:, 1:].max(axis=0))
    rank = np.array([size_y * size_z, size_z, 1], dtype=np.int64)
    indices = voxels @ rank  # ascending, as the voxels are sorted
    edges = []
    for direction in _DIRECTIONS:
        neighbours = indices + np.array(direction, dtype=np.int64) @ rank
        at = np.searchsorted(indices, neighbours)
        at[at == len(indices)] = 0
        found = np.flatnonzero(indices[at] == neighbours)
        edges.append(np.stack([found, at[found]], axis=1))
    pairs = np.concatenate(edges)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return Skeleton(voxels.astype(np.float32), pairs.astype(np.uint32), space="voxel")


def _foreground(image: npt.ArrayLike) -> npt.NDArray[np.int64]:
    array = drop_trailing_axes(as_array(image, "image"))
    if array.ndim not in (2, 3):
        raise DimensionError(
            f"image has {array.ndim} dimensions (shape {array.shape}); use 2 or 3."
        )
    if array.dtype.kind not in "bui":
        raise InputTypeError(f"image is an array of {array.dtype}; use bool or integers.")
    voxels = np.argwhere(array)
    if array.ndim == 2:
        voxels = np.pad(voxels, ((0, 0), (0, 1)))
    return voxels.astype(np.int64, copy=False)
