import numpy as np
import pytest
from graph_oracles import (
    as_graph,
    forests,
    graphs,
    line,
    loops_broken,
    merged,
    pieces,
    places,
    ring,
    segments,
    skeleton,
)
from hypothesis import given
from hypothesis import strategies as st

from kimimaro.errors import InputTypeError
from kimimaro.postprocess import remove_loops


@given(graphs())
def test_knot_by_knot_as_the_words_say(skel):
    got = remove_loops(skel)
    want_places, want_segments = loops_broken(skel)
    assert places(got) == want_places
    assert segments(got) == want_segments


@given(graphs(max_vertices=60))
def test_each_component_becomes_a_tree_and_stays_one(skel):
    before, got = pieces(merged(skel)), remove_loops(skel)
    after = pieces(got)
    assert len(after) == len(before)
    assert all(any(piece <= whole for whole in before) for piece in after)
    assert len(got.edges) == len(got.vertices) - len(after)


@given(graphs(max_vertices=60))
def test_what_goes_is_explained_by_what_stays(skel):
    skel = merged(skel)
    graph = as_graph(skel)
    got = remove_loops(skel)
    left = places(got)
    for v in graph:
        if tuple(skel.vertices[v].tolist()) in left:
            continue
        # Dropped with a way: inside a ball that stays. Collapsed: its ball meets a ball that
        # stays, the middle's.
        apart = np.sqrt(((got.vertices - skel.vertices[v]) ** 2).sum(axis=1))
        assert (apart <= np.maximum(got.radii, 0) + max(skel.radii[v], 0) + 1e-5).any()


@given(forests())
def test_trees_stay_as_they_are(skel):
    got = remove_loops(skel)
    assert places(got) == places(skel)
    assert segments(got) == segments(skel)


def test_a_ring_inside_the_lumen_collapses_to_its_middle():
    skel = ring(12, 10, tails=[(0, 100), (6, 100), (3, 50)], radii=10.5)
    got = remove_loops(skel)
    # Three branch points, one of which becomes the hub, and three tips.
    assert len(got.vertices) == 6
    assert len(got.edges) == 5
    assert len(pieces(got)) == 1


@pytest.mark.parametrize(("radii", "edges"), [(5, 4), (4.999, 5)])
def test_the_lumen_reaches_as_far_as_the_radius(radii, edges):
    corners = [(3, 4, 0), (-3, 4, 0), (-3, -4, 0), (3, -4, 0), (90, 4, 0), (-3, 90, 0)]
    skel = skeleton(corners, [(0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (1, 5)], radii)
    skel.radii[4:] = 0
    assert len(remove_loops(skel).edges) == edges


def test_a_ring_just_outside_the_lumen_is_opened():
    skel = ring(12, 10, tails=[(0, 100), (5, 100), (3, 50)], radii=9.5)
    skel.radii[12:] = 0
    got = remove_loops(skel)
    # The longest way runs from vertex 5 to 12 and all of it is out of reach of the rest.
    gone = segments(skel) - segments(got)
    assert places(got) == places(skel)
    assert gone == {frozenset(tuple(skel.vertices[v].tolist()) for v in (8, 9))}


def test_the_longer_of_two_ways_is_opened_half_way():
    skel = ring(40, 10_000, tails=[(0, 5000), (10, 5000)], radii=1.0)
    got = remove_loops(skel)
    gone = segments(skel) - segments(got)
    assert places(got) == places(skel)
    assert len(gone) == 1
    assert gone <= {
        frozenset(tuple(skel.vertices[v].tolist()) for v in pair) for pair in [(24, 25), (25, 26)]
    }


@pytest.mark.parametrize(("radius", "goes"), [(15, True), (4, True), (3.999, False)])
def test_of_two_parallel_ways_in_one_lumen_the_longer_goes_entirely(radius, goes):
    # Two lines 4 apart, 1000 long: too long to be seen from one middle.
    upper = [(x, 4, 0) for x in range(0, 1001, 20)]
    lower = [(x, 0, 0) for x in range(0, 1001, 20)]
    middle = [(-100, 2, 0), (1100, 2, 0), (500, 6, 0)]
    count = len(upper)
    edges = [(i, i + 1) for i in range(2 * count - 1) if i != count - 1]
    edges += [(0, count), (count - 1, 2 * count - 1), (0, 2 * count), (count - 1, 2 * count + 1)]
    skel = skeleton(upper + lower + middle[:2], edges, radius)
    got = remove_loops(skel)
    assert places(got) == set(upper) | set(middle[:2]) | (set() if goes else set(lower))
    assert len(got.edges) == len(got.vertices) - 1


def test_a_ring_at_one_point_keeps_its_far_side():
    skel = ring(40, 1000, tails=[(0, 5000)], radii=1.0)
    got = remove_loops(skel)
    assert places(got) == places(skel)
    gone = segments(skel) - segments(got)
    assert gone <= {
        frozenset(tuple(skel.vertices[v].tolist()) for v in pair) for pair in [(19, 20), (20, 21)]
    }


@pytest.mark.parametrize("radii", [1.0, 100.0])
def test_a_component_that_is_a_ring_is_opened_never_dropped(radii):
    skel = ring(12, 10, radii=radii)
    got = remove_loops(skel)
    assert places(got) == places(skel)
    assert len(got.edges) == 11


@pytest.mark.parametrize("radii", [1.0, 100.0])
def test_two_rings_at_one_vertex_keep_all_their_vertices(radii):
    square = [(0, 0, 0), (1, 1, 0), (2, 0, 0), (1, -1, 0), (-1, 1, 0), (-2, 0, 0), (-1, -1, 0)]
    edges = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (4, 5), (5, 6), (6, 0)]
    got = remove_loops(skeleton(square, edges, radii))
    assert places(got) == set(square)
    assert len(got.edges) == 6


def test_two_rings_at_one_vertex_collapse_each_to_its_own_middle():
    square = [(0, 0, 0), (1, 1, 0), (2, 0, 0), (1, -1, 0), (-1, 1, 0), (-2, 0, 0), (-1, -1, 0)]
    edges = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (4, 5), (5, 6), (6, 0), (2, 7), (5, 8)]
    got = remove_loops(skeleton([*square, (50, 0, 0), (-50, 0, 0)], edges, 10.0))
    # What is attached stays: the shared vertex, and those that the tails begin at.
    assert {(0, 0, 0), (2, 0, 0), (-2, 0, 0), (50, 0, 0), (-50, 0, 0)} <= places(got)
    assert len(got.vertices) <= 7
    assert len(pieces(got)) == 1


def test_without_radii_nothing_is_known_to_be_inside():
    skel = ring(12, 10, tails=[(0, 100), (6, 100)], radii=10.5)
    del skel.radius
    skel.extra_attributes = [a for a in skel.extra_attributes if a["id"] != "radius"]
    got = remove_loops(skel)
    assert places(got) == places(skel)
    assert len(got.edges) == len(skel.edges) - 1


def test_a_grid_of_loops_becomes_a_tree():
    size = 120
    number = np.arange(size * size).reshape(size, size)
    edges = np.concatenate(
        [
            np.stack([number[1:].ravel(), number[:-1].ravel()], axis=1),
            np.stack([number[:, 1:].ravel(), number[:, :-1].ravel()], axis=1),
        ]
    )
    places_ = np.stack(np.meshgrid(range(size), range(size), [0]), axis=-1).reshape(-1, 3)
    got = remove_loops(skeleton(places_, edges, 0.1))
    assert len(got.vertices) == size * size
    assert len(got.edges) == size * size - 1
    assert len(pieces(got)) == 1


def test_attributes_survive_and_the_input_stays():
    skel = ring(12, 10, tails=[(0, 100), (6, 100)], radii=10.5)
    skel.add_vertex_attribute("area", np.arange(14, dtype=np.float32) * 10)
    before = skel.edges.copy()
    got = remove_loops(skel)
    np.testing.assert_array_equal(got.area, 10.0 * got.vertex_types)
    for place, number in zip(got.vertices, got.vertex_types, strict=True):
        np.testing.assert_array_equal(place, skel.vertices[number])
    np.testing.assert_array_equal(skel.edges, before)


def test_what_is_no_skeleton_is_refused():
    with pytest.raises(InputTypeError, match="skeleton is a NoneType"):
        remove_loops(None)


@given(st.integers(3, 30))
def test_a_long_line_has_no_loop(count):
    skel = line((0, 0, 0), (count, 0, 0), count)
    assert segments(remove_loops(skel)) == segments(skel)
