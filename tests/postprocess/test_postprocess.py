"""The whole of postprocess, and its steps in their order."""

import networkx as nx
import numpy as np
import pytest
from graph_oracles import (
    as_graph,
    forests,
    graphs,
    line,
    merged,
    pieces,
    places,
    segments,
    skeleton,
)
from hypothesis import given
from hypothesis import strategies as st
from osteoid import Skeleton

from kimimaro.errors import InputError, InputTypeError
from kimimaro.postprocess import (
    join_close_components,
    postprocess,
    remove_dust,
    remove_loops,
    remove_ticks,
)


@given(st.one_of(forests(), graphs()), st.integers(0, 8), st.integers(0, 20))
def test_the_steps_in_their_order(skel, dust, tick):
    want = remove_dust(merged(skel), dust)
    want = remove_loops(want)
    want = join_close_components(want, restrict_by_radius=True)
    want = remove_ticks(want, tick)
    got = postprocess(skel, dust, tick)
    assert places(got) == places(want)
    assert segments(got) == segments(want)


@given(graphs(max_vertices=60), st.integers(0, 8), st.integers(0, 20))
def test_a_forest_of_given_vertices_comes_out(skel, dust, tick):
    got = postprocess(skel, dust, tick)
    assert places(got) <= places(skel)
    assert len(places(got)) == len(got.vertices)
    assert not len(got.vertices) or nx.is_forest(as_graph(got))


@given(st.one_of(forests(), graphs()), st.randoms())
def test_the_order_of_vertices_and_edges_does_not_matter(skel, random):
    skel = merged(skel)  # vertices at one place may differ in radius
    order = list(range(len(skel.vertices)))
    random.shuffle(order)
    number = np.argsort(order)
    edges = [tuple(number[list(edge)]) for edge in skel.edges.tolist()]
    random.shuffle(edges)
    shuffled = skeleton(skel.vertices[order], edges, skel.radii[order])
    want, got = postprocess(skel, 2, 5), postprocess(shuffled, 2, 5)
    np.testing.assert_array_equal(got.vertices, want.vertices)
    np.testing.assert_array_equal(got.edges, want.edges)


def test_the_defaults_are_those_of_the_documentation():
    sticks = [
        line((0, 0, 0), (1500, 0, 0), 16),
        line((0, 9000, 0), (1501, 9000, 0), 16),
    ]
    fork = skeleton(
        [(0, 20_000, 0), (9000, 20_000, 0), (-9000, 20_000, 0), (0, 22_999, 0), (0, 20_000, 3000)],
        [(0, 1), (0, 2), (0, 3), (0, 4)],
    )
    got = postprocess(Skeleton.simple_merge([*sticks, fork]))
    assert places(got) == places(sticks[1]) | (places(fork) - {(0, 22_999, 0)})


def test_two_halves_that_share_a_plane_become_one():
    halves = [line((0, 0, 0), (5000, 0, 0), 51), line((5000, 0, 0), (9000, 0, 0), 41)]
    got = postprocess(Skeleton.simple_merge(halves))
    assert len(got.vertices) == 91
    assert len(pieces(got)) == 1


def test_halves_with_a_gap_are_joined_if_their_radii_bridge_it():
    halves = [
        line((0, 0, 0), (5000, 0, 0), 51, radii=60),
        line((5100, 0, 0), (9000, 0, 0), 40, radii=41),
    ]
    assert len(pieces(postprocess(Skeleton.simple_merge(halves)))) == 1
    halves[1].radii[:] = 39
    assert len(pieces(postprocess(Skeleton.simple_merge(halves)))) == 2


def test_a_branch_between_two_forks_is_no_tick():
    # When the twigs of 43, 129 and 1362 are gone, 449 of cable lie between forks that are left.
    # It joins the two long branches and has to stay, although it is shorter than the threshold.
    along = np.cumsum([0, 2253, 227, 222]).tolist()
    vertices = [(x, 0, 0) for x in along]
    twigs = [
        (0, (0, 43, 0)),
        (0, (-2027, 0, 0)),
        (1, (2253, 1395, 0)),
        (2, (2480, 129, 0)),
        (3, (2702, 3159, 0)),
        (3, (2702, 0, 1362)),
    ]
    edges = [(0, 1), (1, 2), (2, 3), *((at, 4 + i) for i, (at, _) in enumerate(twigs))]
    got = postprocess(skeleton(vertices + [tip for _, tip in twigs], edges))
    assert len(pieces(got)) == 1
    assert places(got) == {*vertices, (-2027, 0, 0), (2702, 3159, 0)}


def test_everything_may_be_dust_and_nothing_may_be_there():
    for skel in (line((0, 0, 0), (100, 0, 0), 11), Skeleton(space="physical", segid=7)):
        got = postprocess(skel)
        assert got.vertices.shape == (0, 3)
        assert got.edges.shape == (0, 2)
        assert got.radii.shape == (0,)
        assert got.id == 7


def test_thresholds_are_physical_in_any_space():
    skel = line((0, 0, 0), (100, 0, 0), 11)
    skel.space, skel.transform = "voxel", np.diag([16, 16, 40, 1])[:3]
    got = postprocess(skel)
    assert len(got.vertices) == 11
    assert got.space == "voxel"
    np.testing.assert_array_equal(got.transform, skel.transform)


def test_attributes_survive_and_the_input_stays():
    skel = line((0, 0, 0), (5000, 0, 0), 51, area=np.arange(51, dtype=np.float32))
    skel.segments = np.arange(51)[::-1].copy()
    skel.edges = np.concatenate([skel.edges, [[0, 2], [1, 1], [3, 2]]]).astype(np.uint32)
    before = {name: np.copy(a) for name, a in vars(skel).items() if isinstance(a, np.ndarray)}
    got = postprocess(skel)
    np.testing.assert_array_equal(got.area, got.vertices[:, 0] / 100)
    np.testing.assert_array_equal(got.segments, 50 - got.area)
    np.testing.assert_array_equal(got.vertex_types, got.area)
    for name, array in before.items():
        np.testing.assert_array_equal(getattr(skel, name), array)


@pytest.mark.parametrize("name", ["dust_threshold", "tick_threshold"])
@pytest.mark.parametrize("value", [-1, float("nan"), None, "1500"])
def test_a_bad_threshold_is_named(name, value):
    with pytest.raises(InputError, match=rf"{name} is .*; use a number of at least 0"):
        postprocess(line((0, 0, 0), (1, 0, 0), 2), **{name: value})


def test_what_is_no_skeleton_is_refused():
    with pytest.raises(InputTypeError, match="skeleton is a dict; pass an osteoid"):
        postprocess({1: line((0, 0, 0), (1, 0, 0), 2)})


def test_real_skeletons_become_forests_in_no_more_pieces(data):
    with np.load(data / "peer" / "connectomics_published.npz") as file:
        arrays = dict(file)
    labels = sorted({name[:-2] for name in arrays}, key=int)
    loops = 0
    for label in [*labels[::10], "25024949"]:  # the latter has hundreds of loops
        skel = Skeleton(
            arrays[f"{label}_v"], arrays[f"{label}_e"], arrays[f"{label}_r"], space="physical"
        )
        graph, cleaned = as_graph(skel), as_graph(postprocess(skel, 0, 3000))
        pieces_before = nx.number_connected_components(graph)
        loops += graph.number_of_edges() - len(graph) + pieces_before
        assert nx.is_forest(cleaned)
        assert 1 <= nx.number_connected_components(cleaned) <= pieces_before
    assert loops > 400
