"""Skeletons as NetworkX graphs."""

import networkx
import numpy as np
import pytest

from kimimaro.errors import InputError, InputTypeError
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


def points(kind, **tip):
    """A graph of two nodes and an edge."""
    graph = kind()
    graph.add_node("base", x=0, y=0, z=0)
    graph.add_node("tip", **{"x": 1, "y": 2, "z": 3, **tip})
    graph.add_edge("base", "tip")
    return graph


@pytest.mark.parametrize("kind", [networkx.MultiGraph, networkx.DiGraph, networkx.MultiDiGraph])
def test_an_edge_counts_once(kind):
    graph = points(kind)
    graph.add_edge("tip", "base")
    assert from_networkx(graph).edges.tolist() == [[0, 1]]
    plain = points(networkx.Graph)
    assert from_networkx(plain.to_directed()).edges.tolist() == [[0, 1]]


def test_what_is_not_known_of_a_node():
    skeleton = from_networkx(points(networkx.Graph, radius=None, type=None))
    assert skeleton.radii.tolist() == [-1, -1]
    assert skeleton.vertex_types.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("tip", "said"),
    [
        ({"z": None}, "None as z of the node 'tip'; make it a number"),
        ({"x": "far"}, "'far' as x of the node 'tip'"),
        ({"radius": [5]}, r"\[5\] as radius of the node 'tip'"),
        ({"type": 300}, "300 as type of the node 'tip'; use whole numbers from 0 to 255"),
        ({"type": -1}, "-1 as type"),
        ({"type": 2.5}, r"2\.5 as type"),
        ({"type": float("nan")}, "nan as type"),
    ],
)
def test_graphs_that_are_no_skeletons(tip, said):
    with pytest.raises(InputError, match=f"graph has {said}"):
        from_networkx(points(networkx.Graph, **tip))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: to_networkx({}), r"skeleton is a dict; pass an osteoid\.Skeleton"),
        (lambda: from_networkx(None), r"graph is a NoneType; pass a networkx\.Graph"),
    ],
)
def test_refuses_what_is_neither_skeleton_nor_graph(make, words):
    with pytest.raises(InputTypeError, match=words):
        make()


def test_an_edge_to_nowhere(skeletons):
    skeletons[5].edges = np.array([[0, 1], [1, 5]], dtype=np.uint32)
    with pytest.raises(InputError, match="edges names vertex 5; there are 5 vertices"):
        to_networkx(skeletons[5])
