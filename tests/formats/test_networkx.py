"""Skeletons as NetworkX graphs."""

import networkx
import numpy as np
import pytest

from kimimaro.formats import from_networkx, to_networkx


def test_a_graph_has_what_the_skeleton_has(measured):
    skeleton = measured[5]
    graph = to_networkx(skeleton)
    assert graph.graph["label"] == 5
    assert graph.nodes[4] == {
        "x": 48,
        "y": 0,
        "z": pytest.approx(40.1),
        "radius": 2,
        "type": 2,
        "depth": 6,
        "cross_sectional_area": 4.5,
        "cross_sectional_area_contacts": 4,
    }
    assert networkx.is_tree(graph)
    assert graph.size(weight="length") == pytest.approx(skeleton.cable_length())


def test_vertices_without_edges_are_kept(skeletons):
    skeletons[5].edges = np.zeros((0, 2), dtype=np.uint32)
    assert to_networkx(skeletons[5]).number_of_nodes() == 5


def test_there_and_back(skeletons):
    for label, skeleton in skeletons.items():
        back = from_networkx(to_networkx(skeleton))
        assert back.id == label
        assert np.array_equal(back.vertices, skeleton.vertices)
        assert np.array_equal(np.sort(back.edges), np.sort(skeleton.edges))
        assert np.array_equal(back.radii, skeleton.radii)
        assert np.array_equal(back.vertex_types, skeleton.vertex_types)


def test_nodes_of_any_name_and_no_nodes():
    graph = networkx.Graph()
    graph.add_node("tip", x=1, y=2, z=3)
    graph.add_node("base", x=0, y=0, z=0)
    graph.add_edge("base", "tip")
    skeleton = from_networkx(graph, label=3)
    assert skeleton.vertices.tolist() == [[1, 2, 3], [0, 0, 0]]
    assert skeleton.edges.tolist() in ([[1, 0]], [[0, 1]])
    assert len(from_networkx(networkx.Graph()).vertices) == 0
