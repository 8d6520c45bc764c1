"""The area that a plane cuts out of an object, by the definition and nothing else.

A voxel is a cube; it is cut if the plane passes through its inside. The section is what is cut of
the voxels that hang together, by face, edge or corner, with the voxel that the plane was laid
through. Written for judging others: it shares no code and no formula with the engine.
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

TOUCH = 1e-6  # a cube is not cut by a plane that goes less deep, in voxels; normals are float32
CORNERS = np.array(list(itertools.product((-0.5, 0.5), repeat=3)))
EDGES = np.array(
    [(i, j) for i, j in itertools.combinations(range(8), 2) if (i ^ j).bit_count() == 1]
)
HALF_OF_THE_NEIGHBOURS = [d for d in itertools.product((-1, 0, 1), repeat=3) if d > (0, 0, 0)]


class Shadows:
    """Which columns of an image have any of the object; those of the last image are kept."""

    def __init__(self) -> None:
        self.image: np.ndarray | None = None
        self.columns: list[np.ndarray] = []

    def of(self, image: np.ndarray) -> list[np.ndarray]:
        if self.image is not image:
            self.image = image
            self.columns = [np.array(np.nonzero((image != 0).any(axis=w))) for w in range(3)]
        return self.columns


SHADOWS = Shadows()


def exact_section(image: np.ndarray, at: np.ndarray, normal: np.ndarray, size: np.ndarray) -> float:
    """Return the physical area of the section of image != 0 through the voxel at; 0 outside."""
    normal = np.array(normal, dtype=float) / np.linalg.norm(normal)
    at = np.rint(np.array(at, dtype=float)).astype(np.int64)
    if (at < 0).any() or (at >= image.shape).any() or not image[tuple(at)]:
        return 0.0
    voxels = cut_voxels(image, at, normal)
    piece = pieces(voxels)
    voxels = voxels[piece == piece[(voxels == at).all(axis=1)]]
    # What is cut out of a cube depends on the distance of its centre from the plane alone.
    distances = np.round((voxels - at) @ normal, 12)
    _, first, counts = np.unique(distances, return_index=True, return_counts=True)
    areas = polygons(voxels[first] - at, normal, np.array(size, dtype=float))
    return float(areas @ counts)


def cut_voxels(image: np.ndarray, at: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """List the voxels of the object that the plane cuts, column by column along its main axis."""
    w = int(np.argmax(np.abs(normal)))
    u, v = (axis for axis in range(3) if axis != w)
    sides = SHADOWS.of(image)[w]
    middle = at[w] - ((sides[0] - at[u]) * normal[u] + (sides[1] - at[v]) * normal[v]) / normal[w]
    reach = int(np.ceil(np.abs(normal).sum() / 2 / abs(normal[w])))
    voxels = np.empty((2 * reach + 1, sides.shape[1], 3), dtype=np.int64)
    for i in range(2 * reach + 1):
        voxels[i, :, u], voxels[i, :, v] = sides
        voxels[i, :, w] = np.rint(middle).astype(np.int64) + i - reach
    voxels = voxels.reshape(-1, 3)
    voxels = voxels[(voxels[:, w] >= 0) & (voxels[:, w] < image.shape[w])]
    depth = np.abs(normal).sum() / 2 - np.abs((voxels - at) @ normal)
    voxels = voxels[depth > TOUCH]
    return voxels[image[tuple(voxels.T)] != 0]


def pieces(voxels: np.ndarray) -> np.ndarray:
    """Number the pieces that voxels form where they share a face, an edge or a corner."""
    low = voxels.min(axis=0) - 1
    stride = np.cumprod([1, *(voxels.max(axis=0) - low + 2)[:2]])
    place = (voxels - low) @ stride
    order = np.argsort(place)
    ordered = place[order]
    pairs = []
    for step in HALF_OF_THE_NEIGHBOURS:
        found = np.searchsorted(ordered, place + np.array(step) @ stride)
        found[found == len(place)] = 0
        there = np.flatnonzero(ordered[found] == place + np.array(step) @ stride)
        pairs.append(np.stack([there, order[found[there]]]))
    joined = np.concatenate(pairs, axis=1)
    graph = sparse.coo_matrix((np.ones(joined.shape[1], "u1"), joined), shape=(len(place),) * 2)
    return np.asarray(csgraph.connected_components(graph, directed=False)[1])


def polygons(centres: np.ndarray, normal: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return the physical area of the plane through the origin in the unit cube at each centre."""
    corners = centres[:, None] + CORNERS
    height = corners @ normal
    a, b = height[:, EDGES[:, 0]], height[:, EDGES[:, 1]]
    crosses = (a * b <= 0) & (a != b)
    share = np.where(crosses, a / np.where(crosses, a - b, 1), 0)[..., None]
    points = corners[:, EDGES[:, 0]] * (1 - share) + corners[:, EDGES[:, 1]] * share
    # What is no point of the polygon stands in for one that is, and encloses nothing with it.
    first = points[np.arange(len(points)), crosses.argmax(axis=1)][:, None]
    points = np.where(crosses[..., None], points, first) * size
    normal = normal / size
    normal = normal / np.linalg.norm(normal)
    across = np.cross(normal, np.eye(3)[np.argmin(np.abs(normal))])
    across /= np.linalg.norm(across)
    middle = (points * crosses[..., None]).sum(axis=1) / crosses.sum(axis=1)[:, None]
    flat = (points - middle[:, None]) @ np.column_stack([across, np.cross(normal, across)])
    around = np.argsort(np.arctan2(flat[..., 1], flat[..., 0]), axis=1)
    x, y = np.moveaxis(np.take_along_axis(flat, around[..., None], axis=1), 2, 0)
    areas: np.ndarray = np.abs((x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)).sum(axis=1)) / 2
    return areas
