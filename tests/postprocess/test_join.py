from fractions import Fraction

import numpy as np
import pytest
from graph_oracles import as_graph, forests, graphs, joins, line, merged, pieces, skeleton
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from kimimaro.errors import InputError, InputTypeError
from kimimaro.postprocess import join_close_components
from kimimaro.postprocess.join import new_edges


@given(
    st.one_of(forests(), graphs()),
    st.sampled_from([1.0, np.sqrt(3), 2.5, 40.0, np.inf]),
    st.booleans(),
)
def test_the_nearest_pairs_are_joined_in_order_of_distance(skel, radius, within_radii):
    skel = merged(skel)
    got = new_edges(skel, radius, within_radii).tolist()
    assert [tuple(edge) for edge in got] == joins(skel, radius, within_radii)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.3, 3.0, np.inf]), st.booleans())
def test_the_same_among_scattered_sticks(seed, radius, within_radii):
    rng = np.random.default_rng(seed)
    starts = rng.uniform(0, 4, (30, 3))
    vertices = np.repeat(starts, 3, axis=0) + rng.normal(0, 0.3, (90, 3))
    edges = [(i, i + 1) for i in range(89) if i % 3 != 2]
    skel = merged(skeleton(vertices, edges, rng.uniform(0, 0.6, 90)))
    got = new_edges(skel, radius, within_radii).tolist()
    assert [tuple(edge) for edge in got] == joins(skel, radius, within_radii)


@pytest.mark.parametrize("seed", range(5))
def test_equal_distances_go_by_vertex(seed):
    rng = np.random.default_rng(seed)
    lattice = np.stack(np.meshgrid(range(5), range(5), range(5)), axis=-1).reshape(-1, 3)
    lattice = lattice[rng.random(len(lattice)) < 0.8]
    edges = [(i, i + 1) for i in range(len(lattice) - 1) if rng.random() < 0.2]
    skel = merged(skeleton(lattice, edges))
    got = new_edges(skel, np.inf, False).tolist()
    assert [tuple(edge) for edge in got] == joins(skel, np.inf, False)


def test_the_new_cable_is_that_of_a_minimum_spanning_tree():
    rng = np.random.default_rng(5)
    points = rng.uniform(0, 1000, (400, 3)).astype(np.float32)
    got = join_close_components(skeleton(points, []))
    weights = minimum_spanning_tree(csr_array(cdist(points, points)))
    np.testing.assert_allclose(got.cable_length(), weights.sum(), rtol=1e-5)
    assert len(pieces(got)) == 1


def test_the_radius_is_a_limit_that_may_be_reached():
    parts = [line((0, 0, 0), (100, 0, 0), 11), line((110, 0, 0), (200, 0, 0), 10)]
    assert len(pieces(join_close_components(parts, radius=9.99))) == 2
    assert len(pieces(join_close_components(parts, radius=10))) == 1
    assert len(pieces(join_close_components(parts, radius=Fraction(10)))) == 1
    assert len(pieces(join_close_components(parts, radius=None))) == 1
    near = [line((0, 0, 0), (1, 0, 0), 2), line((1.5, 0, 0), (2, 0, 0), 2)]
    assert len(pieces(join_close_components(near, radius=0.5))) == 1
    assert len(pieces(join_close_components(parts))) == 1


def test_radii_must_overlap_if_asked_for():
    apart = [line((0, 0, 0), (1, 0, 0), 2, radii=4.0), line((11, 0, 0), (12, 0, 0), 2, radii=5.9)]
    assert len(pieces(join_close_components(apart, restrict_by_radius=True))) == 2
    apart[1].radii = np.float32([6, 6])
    assert len(pieces(join_close_components(apart, restrict_by_radius=True))) == 1
    assert len(pieces(join_close_components(apart, 9.9, restrict_by_radius=True))) == 2


def test_a_farther_pair_joins_where_the_nearest_has_too_small_radii():
    parts = [
        line((0, 0, 0), (10, 0, 0), 2, radii=[20, 1]),
        line((15, 0, 0), (25, 0, 0), 2, radii=[1, 1]),
    ]
    got = join_close_components(parts, restrict_by_radius=True)
    new = {frozenset(edge) for edge in got.edges.tolist()} - {frozenset({0, 1}), frozenset({2, 3})}
    assert new == {frozenset({0, 2})}


def test_unknown_radii_join_nothing_if_radii_restrict():
    parts = [line((0, 0, 0), (1, 0, 0), 2, radii=-1), line((2, 0, 0), (3, 0, 0), 2, radii=-1)]
    assert len(pieces(join_close_components(parts, restrict_by_radius=True))) == 2


def test_shared_places_are_one_vertex_and_lone_vertices_are_joined():
    parts = [
        line((0, 0, 0), (100, 0, 0), 11),
        line((100, 0, 0), (200, 0, 0), 11),
        line((300, 0, 0), (300, 0, 0), 1),
    ]
    got = join_close_components(parts)
    assert len(got.vertices) == 22
    assert len(pieces(got)) == 1
    assert got.cable_length() == 300


def test_attributes_survive_and_the_input_stays():
    first = line((0, 0, 0), (2, 0, 0), 3, radii=[1, 2, 3], area=np.array([1.0, 2.0, 3.0]))
    second = line((5, 0, 0), (6, 0, 0), 2, radii=[4, 5], area=np.array([4.0, 5.0]))
    second.id = 8
    got = join_close_components((first, second))
    assert got.area.tolist() == [1, 2, 3, 4, 5]
    assert got.radii.tolist() == [1, 2, 3, 4, 5]
    assert got.vertex_types.tolist() == [0, 1, 2, 0, 1]
    assert got.id == 7
    assert first.edges.tolist() == [[0, 1], [1, 2]]
    assert second.edges.tolist() == [[0, 1]]


def test_one_skeleton_none_or_an_empty_one():
    both = skeleton([(0, 0, 0), (1, 0, 0), (3, 0, 0), (4, 0, 0)], [(0, 1), (2, 3)])
    assert len(join_close_components(both).edges) == 3
    assert len(join_close_components([]).vertices) == 0
    assert join_close_components([]).space == "physical"
    empty = skeleton([], [])
    assert len(join_close_components([empty, both]).edges) == 3
    assert len(join_close_components(iter([both])).edges) == 3


def test_thousands_of_components_become_one_tree():
    rng = np.random.default_rng(3)
    count = 3000
    starts = rng.uniform(0, 1e5, (count, 3))
    vertices = (starts[:, None] + rng.normal(0, 50, (count, 10, 3)).cumsum(axis=1)).reshape(-1, 3)
    edges = [(i, i + 1) for i in range(10 * count - 1) if i % 10 != 9]
    got = join_close_components(skeleton(vertices, edges))
    graph = as_graph(got)
    assert graph.number_of_edges() == len(vertices) - 1
    assert len(pieces(got)) == 1


@pytest.mark.parametrize("radius", [0, -1, float("nan"), "10", True, [1]])
def test_the_radius_is_above_zero(radius):
    with pytest.raises(InputError, match=r"radius is .*; use a number above 0, or None"):
        join_close_components([line((0, 0, 0), (1, 0, 0), 2)], radius)


@pytest.mark.parametrize("skeletons", [3, None, "skeletons"])
def test_what_is_no_list_is_refused(skeletons):
    with pytest.raises(InputTypeError, match=r"skeletons is a \w+; pass"):
        join_close_components(skeletons)


def test_the_bad_skeleton_of_a_list_is_named():
    with pytest.raises(InputTypeError, match=r"skeletons\[1\] is a int"):
        join_close_components([line((0, 0, 0), (1, 0, 0), 2), 4])
