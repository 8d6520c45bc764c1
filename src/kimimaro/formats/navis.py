"""Skeletons as navis neurons, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from osteoid import Skeleton

from kimimaro.formats import trees
from kimimaro.formats.attributes import attribute, build, check_mapping, edges_of, physical
from kimimaro.formats.base import Skeletons, Triple, require, warn

_SOMA = 1


def to_navis(
    skeletons: Skeletons, unit: str | None = None, roots: dict[int, Triple] | None = None
) -> Any:
    """Return skeletons as a navis NeuronList of TreeNeurons.

    Parameters
    ----------
    skeletons : mapping of label to osteoid.Skeleton
    unit : str, optional
        Unit of the coordinates, such as "nm".
    roots : mapping of label to (x, y, z), optional
        Where to root the tree of a label; by default as in an SWC file.

    Returns
    -------
    navis.NeuronList
        Each neuron has its label as ``id``. Edges that close loops are left out with a warning.
    """
    check_mapping(skeletons)
    navis = require("navis", "navis", "Making navis neurons")
    pandas = require("pandas", "navis", "Making navis neurons")
    neurons = []
    for label, skeleton in skeletons.items():
        nodes = pandas.DataFrame(_nodes(label, skeleton, (roots or {}).get(label)))
        neurons.append(navis.TreeNeuron(nodes, id=label, units=unit, name=str(label)))
    return navis.NeuronList(neurons)


def from_navis(neurons: Any) -> dict[int, Skeleton]:
    """Return the skeletons of a navis TreeNeuron or NeuronList, by the neurons' ids."""
    navis = require("navis", "navis", "Reading navis neurons")
    made = {}
    for neuron in navis.NeuronList(neurons):
        nodes = neuron.nodes
        index = {node: position for position, node in enumerate(nodes.node_id.tolist())}
        edges = [
            (index[parent], child)
            for child, parent in enumerate(nodes.parent_id.tolist())
            if parent >= 0
        ]
        types = nodes.label.to_numpy() if "label" in nodes else np.zeros(len(nodes))
        made[int(neuron.id)] = build(
            int(neuron.id),
            nodes[["x", "y", "z"]].to_numpy(dtype=np.float32),
            np.array(edges, dtype=np.uint32).reshape(-1, 2),
            {
                "radius": nodes.radius.to_numpy(dtype=np.float32),
                "vertex_types": types.astype(np.uint8),
            },
        )
    return made


def _nodes(label: int, skeleton: Skeleton, wanted: Triple | None) -> dict[str, Any]:
    vertices = physical(skeleton)
    radii = attribute(skeleton, "radius", np.float32, -1)
    types = attribute(skeleton, "vertex_types", np.uint8, 0)
    preferred = trees.root_preference(vertices, radii, types == _SOMA, wanted)
    order, parents, loops = trees.spanning_forest(len(vertices), edges_of(skeleton), preferred)
    if loops:
        warn(f"label {label}: {loops} edge(s) that close a loop were left out of the neuron.")
    x, y, z = vertices[order].T
    return {
        "node_id": order,
        "parent_id": parents,
        "label": types[order],
        "x": x,
        "y": y,
        "z": z,
        "radius": radii[order],
    }
