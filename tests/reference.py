"""TEASAR in the plainest form that is right: NumPy and SciPy in double precision, no cleverness."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]

NORMALISER = 1.06
"""The penalty's normaliser is so many times the largest distance to boundary."""

LEVELS = np.float32(61)
"""So many levels of distance make up the longest step."""

PLAIN = np.float32(2)
"""What is no farther from the nearest vertex than so many times its distance to boundary is taken
to be connected to it, if it is to the path."""


def distance_to_boundary(labels: NDArray[Any], anisotropy: Sequence[float]) -> Doubles:
    """Distance of each voxel of a label to the nearest voxel of another; background is 0.

    The edge of the image is no boundary, unless one label fills the image: then it is, but not
    along axes that are one voxel thick.
    """
    values = np.unique(labels)
    if len(values) == 1 and values[0] != 0:
        pads = [(int(n > 1 or labels.size == 1),) * 2 for n in labels.shape]
        inner = tuple(slice(p, p + n) for (p, _), n in zip(pads, labels.shape, strict=True))
        padded = np.pad(np.ones(labels.shape, dtype=bool), pads)
        return ndimage.distance_transform_edt(padded, sampling=anisotropy)[inner]
    result = np.zeros(labels.shape)
    for value in values[values != 0]:
        mask = labels == value
        distance = ndimage.distance_transform_edt(mask, sampling=anisotropy)
        result[mask] = distance[mask]
    return result


def components(labels: NDArray[Any]) -> tuple[NDArray[np.int64], int]:
    """Number the 26-connected components of each label from 1, by their first voxels."""
    numbers = np.zeros(labels.shape, dtype=np.int64)
    count = 0
    for value in np.unique(labels[labels != 0]):
        found, more = ndimage.label(labels == value, structure=np.ones((3, 3, 3)))
        numbers[found > 0] = found[found > 0] + count
        count += more
    # The first voxel is that of the least z, then y, then x.
    values, firsts = np.unique(numbers.ravel(order="F"), return_index=True)
    order = values[np.argsort(firsts)]
    renumbered = np.zeros(count + 1, dtype=np.int64)
    renumbered[order[order > 0]] = np.arange(1, count + 1)
    return renumbered[numbers], count


@dataclass
class Object:
    """One component as a graph of voxels: nodes are numbered as in ``voxels``."""

    voxels: NDArray[np.int64]
    """(N, 3), in Fortran order."""
    node: NDArray[np.int64]
    """The node of each voxel of the image, -1 outside."""
    tails: NDArray[np.int64]
    heads: NDArray[np.int64]
    lengths: Doubles
    """One step in each direction between every two neighbours."""
    dbf: Doubles
    size: Doubles

    @classmethod
    def of(
        cls,
        mask: Mask,
        distance: Doubles,
        anisotropy: Sequence[float],
        allowed: Mask | None = None,
    ) -> Object:
        """Take the voxels of a mask with their distances to boundary.

        ``allowed[dx + 1, dy + 1, dz + 1]`` is a mask of the voxels from which this step is allowed.
        """
        voxels = np.argwhere(mask)
        voxels = voxels[np.lexsort(voxels.T)]
        node = np.full(np.array(mask.shape) + 2, -1)
        node[tuple((voxels + 1).T)] = np.arange(len(voxels))
        size = np.array(anisotropy, dtype=float)
        tails, heads, lengths = [], [], []
        for step in itertools.product((-1, 0, 1), repeat=3):
            there = node[tuple((voxels + 1 + step).T)]
            here = np.flatnonzero((there >= 0) & (np.array(step) != 0).any())
            if allowed is not None:
                here = here[allowed[tuple(np.array(step) + 1)][tuple(voxels[here].T)]]
            tails.append(here)
            heads.append(there[here])
            lengths.append(np.full(len(here), np.linalg.norm(step * size)))
        return cls(
            voxels,
            node[1:-1, 1:-1, 1:-1],
            np.concatenate(tails),
            np.concatenate(heads),
            np.concatenate(lengths),
            distance[tuple(voxels.T)],
            size,
        )

    def nodes(self, voxels: Any) -> NDArray[np.int64]:
        """The nodes of some voxels."""
        return self.node[tuple(np.asarray(voxels, dtype=np.int64).T)]

    def graph(self, weights: Doubles) -> Any:
        """Return the matrix of these step weights (none is zero) for csgraph."""
        n = len(self.voxels)
        return sparse.csr_matrix((weights, (self.tails, self.heads)), shape=(n, n))

    def distances_from(self, node: int) -> Doubles:
        """Geodesic distances from a node."""
        return csgraph.dijkstra(self.graph(self.lengths), indices=node)

    def penalties(self, daf: Doubles, scale: float, exponent: float) -> Doubles:
        """What each voxel costs, given its distance from the root."""
        off_center = 1 - self.dbf / (NORMALISER * self.dbf.max())
        return scale * np.maximum(off_center, 0) ** exponent + daf / max(daf.max(), 1e-300)

    def path_graph(self, penalty: Doubles) -> Any:
        """Return the graph in which a step costs what the voxel does that it leads to."""
        # csgraph takes zeros for missing edges.
        return self.graph(penalty[self.heads] + 1e-300)

    def cheapest_cost(self, graph: Any, rails: Mask, target: int) -> float:
        """Least sum of the penalties of the voxels from any rail (left out) to the target."""
        starts = np.flatnonzero(rails)
        return float(csgraph.dijkstra(graph, indices=starts, min_only=True)[target])

    def ball(self, path: NDArray[np.int64], radii: Doubles, valid: Mask) -> Mask:
        """Valid voxels that the balls around a path's valid vertices explain."""
        if not len(path):
            return np.zeros_like(valid)
        reach = np.asarray(radii, dtype=np.float32)
        size = self.size.astype(np.float32)
        offsets = (self.voxels[:, None] - self.voxels[None, path]).astype(np.float32) * size
        distance = np.sqrt((offsets**2).sum(axis=2))
        least = reach.min()
        nearest = np.argmin(distance, axis=1)
        plain = np.minimum(reach, PLAIN * self.dbf[path].astype(np.float32))
        inside = valid & (distance.min(axis=1) < np.maximum(least, plain[nearest]))
        keep = inside[self.tails] & inside[self.heads]
        n = len(self.voxels)
        graph = sparse.csr_matrix(
            (np.ones(keep.sum()), (self.tails[keep], self.heads[keep])), shape=(n, n)
        )
        _, pieces = csgraph.connected_components(graph, directed=False)
        inside &= np.isin(pieces, pieces[path])
        # From there on who is explained passes on the vertex it belongs to, by levels: first those
        # that were queued for a level, in their order, then those of the rim.
        levels = LEVELS / np.sqrt((size**2).sum())
        queued: dict[int, list[tuple[int, int]]] = {}
        rim: dict[int, list[tuple[int, int]]] = {}
        for node in np.flatnonzero(inside):
            level = max(int((distance[node].min() - least) * levels), 0)
            rim.setdefault(level, []).append((int(node), int(nearest[node])))
        while queued or rim:
            level = min([*queued, *rim])
            turn = []
            for node, vertex in queued.pop(level, []):
                if not inside[node]:
                    inside[node] = True
                    turn.append((node, vertex))
            for node, vertex in turn + rim.pop(level, []):
                for other in self.beside[node]:
                    away = distance[other, vertex]
                    if valid[other] and not inside[other] and away < reach[vertex]:
                        to = max(int((away - least) * levels), level)
                        queued.setdefault(to, []).append((other, vertex))
        return inside

    @functools.cached_property
    def beside(self) -> list[list[int]]:
        """The neighbours of each voxel, in Fortran order."""
        order = np.lexsort((self.heads, self.tails))
        ends = np.searchsorted(self.tails[order], np.arange(1, len(self.voxels)))
        return [part.tolist() for part in np.split(self.heads[order], ends)]

    def cube(self, path: NDArray[np.int64], radii: Doubles, valid: Mask) -> Mask:
        """Valid voxels in the cubes around a path's vertices."""
        inside = np.zeros(len(self.voxels), dtype=bool)
        for vertex, radius in zip(path, radii, strict=True):
            offsets = np.abs((self.voxels - self.voxels[vertex]) * self.size)
            inside |= (offsets <= radius).all(axis=1)
        return inside & valid
