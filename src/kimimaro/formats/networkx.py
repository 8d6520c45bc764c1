"""Skeletons as NetworkX graphs, and back."""

from __future__ import annotations

from typing import Any

import networkx
import numpy as np
from osteoid import Skeleton

from kimimaro.formats.attributes import build, columns, edges_of, physical, values_of

_NAMES = {"vertex_types": "type"}


def to_networkx(skeleton: Skeleton) -> Any:
    """Return a skeleton as an undirected graph.

    Parameters
    ----------
    skeleton : osteoid.Skeleton

    Returns
    -------
    networkx.Graph
        A node per vertex, numbered as there, with ``x``, ``y``, ``z``, ``radius``, ``type`` and
        what else the skeleton carries; each edge has its ``length``. The graph itself has the
        ``label``.
    """
    vertices, edges = physical(skeleton), edges_of(skeleton)
    graph = networkx.Graph(label=skeleton.id)
    table = {axis: vertices[:, index].tolist() for index, axis in enumerate("xyz")}
    for column in columns([skeleton]):
        name = _NAMES.get(column.name, column.name)
        table[name] = values_of(skeleton, column).tolist()
    for node, row in enumerate(zip(*table.values(), strict=True)):
        graph.add_node(node, **dict(zip(table, row, strict=True)))
    ends = vertices.astype(np.float64)
    lengths = np.linalg.norm(ends[edges[:, 0]] - ends[edges[:, 1]], axis=1)
    graph.add_weighted_edges_from(
        zip(edges[:, 0].tolist(), edges[:, 1].tolist(), lengths.tolist(), strict=True),
        weight="length",
    )
    return graph


def from_networkx(graph: Any, label: int | None = None) -> Skeleton:
    """Return the skeleton of a graph whose nodes have ``x``, ``y`` and ``z``.

    Parameters
    ----------
    graph : networkx.Graph
        Nodes may be named as they like; ``radius`` and ``type`` are taken where all nodes have
        them.
    label : int, optional
        By default the graph's own ``label``.
    """
    index = {node: position for position, node in enumerate(graph.nodes)}
    rows = [graph.nodes[node] for node in index]
    vertices = np.array([[row[axis] for axis in "xyz"] for row in rows], dtype=np.float32)
    edges = np.array([(index[a], index[b]) for a, b in graph.edges], dtype=np.uint32)
    radii = np.array([row.get("radius", -1) for row in rows], dtype=np.float32)
    types = np.array([row.get("type", 0) for row in rows], dtype=np.uint8)
    return build(
        graph.graph.get("label") if label is None else label,
        vertices.reshape(-1, 3),
        edges.reshape(-1, 2),
        {"radius": radii, "vertex_types": types},
    )
