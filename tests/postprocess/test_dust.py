import networkx as nx
import numpy as np
import pytest
from graph_oracles import as_graph, forests, graphs, line, pieces
from hypothesis import given
from hypothesis import strategies as st

from kimimaro.errors import InputError
from kimimaro.postprocess import remove_dust


@given(st.one_of(forests(), graphs()), st.integers(0, 12))
def test_components_stay_if_their_cable_is_longer(skel, threshold):
    graph = as_graph(skel)
    want = set()
    for component in nx.connected_components(graph):
        cable = graph.subgraph(component).size("length")
        if skel.edges.tolist() and cable > threshold:
            want.add(frozenset(tuple(skel.vertices[v].tolist()) for v in component))
    simple = {tuple(sorted(edge)) for edge in skel.edges.tolist()}
    if len(simple) == len(skel.edges) and all(a != b for a, b in simple):
        assert pieces(remove_dust(skel, threshold)) == want


def test_a_cable_equal_to_the_threshold_is_dust():
    skel = line((0, 0, 0), (100, 0, 0), 11)
    assert len(remove_dust(skel, 100).vertices) == 0
    assert len(remove_dust(skel, 99.99).vertices) == 11


def test_a_lone_vertex_is_dust():
    assert len(remove_dust(line((0, 0, 0), (0, 0, 0), 1), 0).vertices) == 0


def test_everything_is_dust_below_infinity():
    assert len(remove_dust(line((0, 0, 0), (100, 0, 0), 11), np.inf).vertices) == 0


def test_a_negative_threshold_is_refused():
    with pytest.raises(InputError, match=r"^threshold is -1"):
        remove_dust(line((0, 0, 0), (1, 0, 0), 2), -1)
