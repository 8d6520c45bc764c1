"""From the edges of a skeleton to rooted trees, parents before children."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kimimaro.formats.base import Triple


def root_preference(
    vertices: NDArray[np.float32],
    radii: NDArray[np.float32],
    soma: NDArray[np.bool_],
    wanted: Triple | None,
) -> NDArray[np.int64]:
    """Order vertices by how well they suit as a root.

    The one nearest to ``wanted`` comes first, then those of a soma, then all by falling radius.
    Ties are resolved by index.
    """
    order = np.lexsort((-radii.astype(np.float64), ~soma))
    if wanted is None or not len(vertices):
        return order
    nearest = np.argmin(((vertices.astype(np.float64) - np.asarray(wanted)) ** 2).sum(axis=1))
    return np.concatenate([[nearest], order[order != nearest]])


def spanning_forest(
    count: int, edges: NDArray[np.uint32], preferred: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Span the pieces of a graph by trees, depth first.

    Parameters
    ----------
    count : int
        Number of vertices.
    edges : array (M, 2)
    preferred : array (count,)
        The vertices in the order in which they are to be tried as roots.

    Returns
    -------
    order : array (count,)
        The vertices, each after its parent.
    parents : array (count,)
        The parent of each vertex of ``order``, -1 for a root.
    loops : int
        How many edges close a loop and belong to no tree.
    """
    starts, neighbors, distinct = _adjacency(count, edges)
    first, around = starts.tolist(), neighbors.tolist()
    seen = bytearray(count)
    order: list[int] = []
    parents: list[int] = []
    trees = 0
    for root in preferred.tolist():
        if seen[root]:
            continue
        trees += 1
        stack = [(root, -1)]
        while stack:
            vertex, parent = stack.pop()
            if seen[vertex]:
                continue
            seen[vertex] = 1
            order.append(vertex)
            parents.append(parent)
            for neighbor in around[first[vertex] : first[vertex + 1]]:
                if not seen[neighbor]:
                    stack.append((neighbor, vertex))
    loops = distinct - (count - trees)
    return np.array(order, dtype=np.int64), np.array(parents, dtype=np.int64), loops


def _adjacency(
    count: int, edges: NDArray[np.uint32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    pairs = np.sort(edges[edges[:, 0] != edges[:, 1]].astype(np.int64), axis=1)
    pairs = np.unique(pairs, axis=0)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    starts = np.searchsorted(both[:, 0], np.arange(count + 1))
    return starts, both[:, 1], len(pairs)
