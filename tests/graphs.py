"""Questions to ask of a skeleton's graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from osteoid import Skeleton
from scipy import sparse
from scipy.sparse import csgraph


def pieces(skeleton: Skeleton) -> NDArray[np.int32]:
    """The connected piece of each vertex, numbered from 0."""
    n = len(skeleton.vertices)
    graph = sparse.coo_matrix((np.ones(len(skeleton.edges)), skeleton.edges.T), shape=(n, n))
    found: NDArray[np.int32] = csgraph.connected_components(graph, directed=False)[1]
    return found


def is_forest(skeleton: Skeleton) -> bool:
    """Whether the skeleton has no loop, no double edge and no edge from a vertex to itself."""
    return len(skeleton.edges) == len(skeleton.vertices) - len(np.unique(pieces(skeleton)))


def degrees(skeleton: Skeleton) -> NDArray[np.intp]:
    """The number of edges at each vertex."""
    return np.bincount(skeleton.edges.ravel(), minlength=len(skeleton.vertices))


def tips(skeleton: Skeleton) -> NDArray[np.float32]:
    """The vertices (N, 3) with one edge."""
    return skeleton.vertices[degrees(skeleton) == 1]


def cable(skeletons: Any) -> float:
    """The total length of the edges of all skeletons of a dict."""
    return float(sum(skeleton.cable_length() for skeleton in skeletons.values()))


def voxels(skeleton: Skeleton, anisotropy: Any) -> NDArray[np.int64]:
    """The vertices (N, 3) as voxel indices."""
    return np.rint(skeleton.vertices / np.array(anisotropy)).astype(np.int64)


def assert_same(found: dict[int, Skeleton], expected: dict[int, Skeleton]) -> None:
    """Assert that two results are equal to the last bit."""
    assert found.keys() == expected.keys()
    for label in expected:
        for name in ("vertices", "edges", "radii", "vertex_types", "transform"):
            mine, other = (getattr(some[label], name) for some in (found, expected))
            np.testing.assert_array_equal(mine, other, err_msg=f"{name} of label {label}")
        assert found[label].id == expected[label].id


def canonical(skeleton: Skeleton) -> tuple[set[Any], set[Any]]:
    """The vertices with radii and the edges as sets, whatever their order."""
    points = [tuple(vertex) for vertex in skeleton.vertices.tolist()]
    edges = {frozenset((points[a], points[b])) for a, b in skeleton.edges.tolist()}
    return set(zip(points, skeleton.radii.tolist(), strict=True)), edges
