import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from osteoid import Skeleton

from kimimaro.view.lines import as_lines, thin


def random_skeleton(rng, count=60):
    edges = rng.integers(0, count, (40, 2)).astype(np.uint32)
    return Skeleton(rng.random((count, 3)).astype(np.float32) * 100, edges, space="physical")


@given(st.integers(0, 2**32 - 1))
def test_components_are_those_of_networkx(seed):
    rng = np.random.default_rng(seed)
    skeletons = [random_skeleton(rng) for _ in range(3)]
    lines = as_lines(skeletons)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(lines.points)))
    graph.add_edges_from(lines.edges.tolist())
    component = lines.component()
    groups = {frozenset(np.flatnonzero(component == c).tolist()) for c in np.unique(component)}
    assert groups == {frozenset(nodes) for nodes in nx.connected_components(graph)}


def test_component_of_a_long_line():
    order = np.random.default_rng(0).permutation(100_000)
    edges = np.stack([order[:-1], order[1:]], axis=1).astype(np.uint32)
    skeleton = Skeleton(np.zeros((100_000, 3), dtype=np.float32), edges, space="physical")
    assert not as_lines(skeleton).component().any()


def test_skeletons_are_numbered_and_sorted():
    rng = np.random.default_rng(1)
    lines = as_lines({9: random_skeleton(rng, 60), 3: random_skeleton(rng, 70)})
    assert lines.names == [3, 9]
    assert np.bincount(lines.owner).tolist() == [70, 60]
    assert (lines.owner[lines.edges[:40]] == 0).all()
    assert (lines.owner[lines.edges[40:]] == 1).all()
    assert as_lines(random_skeleton(rng)).names == [1]


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 5.0, 30.0]))
def test_thinned_edges_run_where_the_old_ones_did(seed, cell):
    rng = np.random.default_rng(seed)
    lines = as_lines([random_skeleton(rng) for _ in range(2)])
    flat = lines.points[:, :2]
    kept, lone = thin(flat, lines.edges, lines.owner, cell, 10**6)
    assert (lines.owner[kept[:, 0]] == lines.owner[kept[:, 1]]).all()
    assert len(np.unique(np.sort(kept, axis=1), axis=0)) == len(kept)
    bins = np.floor((flat - flat.min(axis=0)) / cell)

    def name(edge):
        return frozenset((int(lines.owner[v]), *map(int, bins[v])) for v in edge)

    expected = {name(edge) for edge in lines.edges}
    assert {name(edge) for edge in kept} == {edge for edge in expected if len(edge) == 2}
    assert set(lone.tolist()) == set(range(len(flat))) - set(lines.edges.ravel().tolist())


def test_cells_grow_until_few_edges_are_left():
    rng = np.random.default_rng(2)
    points = rng.random((5000, 2))
    edges = np.stack([np.arange(4999), np.arange(1, 5000)], axis=1)
    kept, _ = thin(points, edges, np.zeros(5000, dtype=np.int64), 1e-3, 700)
    assert 100 < len(kept) <= 700
