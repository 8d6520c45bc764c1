import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from osteoid import Skeleton

from kimimaro.errors import InputError, InputTypeError
from kimimaro.view.lines import as_lines, numbers_of, thin


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


def broken(**change):
    """A line of three vertices in which something is not right."""
    vertices = np.float32([[0, 0, 0], [1, 0, 0], [2, 0, 0]])
    edges = np.array([[0, 1], [1, 2]], dtype=np.uint32)
    skeleton = Skeleton(vertices, edges, space="physical")
    for name, value in change.items():
        setattr(skeleton, name, value)
    return skeleton


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vertices": np.float32([[0, 0, 0], [1, np.nan, 0], [2, 0, 0]])}, r"vertices\[1\] is \[1"),
        ({"vertices": np.float32([[0, 0, 0], [1, 0, 0], [2, 0, np.inf]])}, r"vertices\[2\] is \[2"),
        ({"space": "voxel", "transform": np.full((3, 4), np.nan)}, r"vertices\[0\] is \[nan"),
        ({"edges": np.array([[0, 1], [1, 3]])}, "edges names vertex 3; there are 3"),
        ({"edges": np.array([[0, 1], [1, -1]])}, "edges names vertex -1"),
        ({"radius": np.zeros(2, dtype=np.float32)}, "radius has 2 entries for 3"),
    ],
)
def test_a_skeleton_that_contradicts_itself_is_named(change, said):
    for skeletons, name in (
        ({9: broken(**change), 3: broken()}, r"skeletons\[9\]"),
        ([broken(), broken(**change)], r"skeletons\[1\]"),
    ):
        with pytest.raises(InputError, match=rf"{name}\.{said}"):
            as_lines(skeletons)


def test_an_edge_does_not_lead_into_the_next_skeleton():
    with pytest.raises(InputError, match=r"skeletons\[1\]\.edges names vertex 4"):
        as_lines({1: broken(edges=np.array([[0, 4]])), 2: broken()})


@pytest.mark.parametrize("label", ["a", 1.5, None])
def test_labels_are_whole_numbers(label):
    with pytest.raises(InputTypeError, match=r"has the label .*; use whole numbers"):
        as_lines({label: broken(), 2: broken()})


def test_labels_of_numpy_are_labels():
    lines = as_lines({np.uint64(2**63): broken(), np.int8(-3): broken()})
    assert lines.names == [-3, 2**63]
    assert all(type(name) is int for name in lines.names)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("radius", [0, 5]),
        ("radii", [0, 5]),
        ("cross_sectional_area", [5]),
        ("cross_sectional_area_contacts", [-1, 0, 5]),
        ("depth", [-1, 0, 5]),
    ],
)
def test_what_is_unknown_is_nan(name, known):
    given = np.array([-1, 0, 5, np.nan, np.inf], dtype=np.float32)
    skeleton = Skeleton(np.zeros((5, 3), dtype=np.float32), space="physical")
    setattr(skeleton, name, given)
    found = numbers_of(skeleton, name)
    assert found.dtype == np.float64
    assert found[~np.isnan(found)].tolist() == known
    assert given[0] == -1


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
    cells = [name([v]) for v in range(len(flat))]
    bare = set(cells).difference(*([cells[a], cells[b]] for a, b in kept))
    assert {cells[v] for v in lone} == bare
    assert len(lone) == len(bare)


def test_cells_grow_until_few_edges_are_left():
    rng = np.random.default_rng(2)
    points = rng.random((5000, 2))
    edges = np.stack([np.arange(4999), np.arange(1, 5000)], axis=1)
    kept, _ = thin(points, edges, np.zeros(5000, dtype=np.int64), 1e-3, 700)
    assert 100 < len(kept) <= 700


def test_pieces_smaller_than_a_cell_become_points():
    """Three of one group and one of another, two of the four in one cell."""
    starts = np.array([[0.1, 0.1], [0.3, 0.3], [8.1, 0.1], [0.1, 0.1]])
    flat = np.repeat(starts, 3, axis=0) + np.tile([[0, 0], [0.1, 0], [0.1, 0.1]], (4, 1))
    edges = np.concatenate([[[3 * i, 3 * i + 1], [3 * i + 1, 3 * i + 2]] for i in range(4)])
    kept, lone = thin(flat, edges, np.repeat([0, 0, 0, 1], 3), 1.0, 100)
    assert len(kept) == 0
    assert lone.tolist() == [0, 6, 9]


def test_no_points():
    none = np.empty((0, 2), dtype=np.int64)
    kept, lone = thin(np.empty((0, 2)), none, none[:, 0], 1.0, 10)
    assert len(kept) == len(lone) == 0
