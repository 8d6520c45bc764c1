"""Skeletons as NetworkX graphs, and back."""

from __future__ import annotations

from typing import Any

import networkx
import numpy as np
from numpy.typing import NDArray
from osteoid import Skeleton

from kimimaro.errors import InputError, InputTypeError
from kimimaro.formats.attributes import build, columns, edges_of, physical, values_of
from kimimaro.postprocess.arrays import check_type

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

    Raises
    ------
    InputError
        An edge names a vertex that the skeleton does not have, or a coordinate is not finite.
    InputTypeError
        ``skeleton`` is no osteoid.Skeleton.
    """
    check_type("skeleton", skeleton)
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
        Nodes may be named as they like; where one has no ``radius`` it is -1, where it has no
        ``type`` that is 0. Of parallel edges and of both directions one edge is made.
    label : int, optional
        By default the graph's own ``label``.

    Raises
    ------
    InputError
        A node lacks a coordinate, or has something else than numbers.
    InputTypeError
        ``graph`` is no networkx.Graph.
    """
    if not isinstance(graph, networkx.Graph):
        raise InputTypeError(f"graph is a {type(graph).__name__}; pass a networkx.Graph.")
    if graph.is_directed() or graph.is_multigraph():
        graph = networkx.Graph(graph)
    index = {node: position for position, node in enumerate(graph.nodes)}
    vertices = np.array([_column(graph, axis) for axis in "xyz"], dtype=np.float32).T
    edges = np.array([(index[a], index[b]) for a, b in graph.edges], dtype=np.uint32)
    radii = np.array(_column(graph, "radius", -1), dtype=np.float32)
    return build(
        graph.graph.get("label") if label is None else label,
        vertices,
        edges.reshape(-1, 2),
        {"radius": radii, "vertex_types": _types(graph)},
    )


def _column(graph: Any, name: str, missing: Any = None) -> list[float]:
    """Return what each node has under a name, or ``missing`` where it has nothing."""
    column = []
    for node, data in graph.nodes(data=True):
        value = data.get(name)
        value = missing if value is None else value
        try:
            column.append(float(value))
        except (TypeError, ValueError):
            raise InputError(
                f"graph has {value!r} as {name} of the node {node!r}; make it a number."
            ) from None
    return column


def _types(graph: Any) -> NDArray[np.uint8]:
    types = np.array(_column(graph, "type", 0))
    wrong = np.flatnonzero(~((types >= 0) & (types <= 255) & (types == np.floor(types))))
    if len(wrong):
        node = list(graph.nodes)[wrong[0]]
        raise InputError(
            f"graph has {types[wrong[0]]:g} as type of the node {node!r}; use whole numbers from "
            "0 to 255."
        )
    return types.astype(np.uint8)
