import numpy as np
import pytest
from graph_oracles import forests, graphs, line, pieces, places, segments, skeleton, ticks_removed
from hypothesis import given
from hypothesis import strategies as st

from kimimaro.errors import InputError, InputTypeError
from kimimaro.postprocess import remove_ticks


@given(st.one_of(forests(), graphs()), st.integers(0, 30))
def test_the_shortest_goes_first_and_the_rest_is_judged_anew(skel, threshold):
    assert segments(remove_ticks(skel, threshold)) == ticks_removed(skel, threshold)


@given(st.integers(0, 2**32 - 1), st.floats(0, 3000))
def test_the_same_on_trees_whose_branches_differ_in_length(seed, threshold):
    rng = np.random.default_rng(seed)
    parents = [int(rng.integers(max(0, i - 6), i)) for i in range(1, 60)]
    skel = skeleton(rng.uniform(0, 1000, (60, 3)), [(p, i + 1) for i, p in enumerate(parents)])
    assert segments(remove_ticks(skel, threshold)) == ticks_removed(skel, threshold)


@given(forests(), st.sampled_from([0, 3, 1e9]))
def test_no_component_disappears_or_falls_apart(skel, threshold):
    before, after = pieces(skel), pieces(remove_ticks(skel, threshold))
    assert len(after) == len(before)
    assert all(any(piece <= whole for whole in before) for piece in after)


def star(*lengths, radii=1.0):
    directions = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1)]
    tips = [tuple(np.multiply(d, n)) for d, n in zip(directions, lengths, strict=False)]
    return skeleton([(0, 0, 0), *tips], [(0, i + 1) for i in range(len(tips))], radii)


@pytest.mark.parametrize(
    ("lengths", "left"),
    [
        ((5000, 5000, 100), 10000),
        ((5000, 5000, 3000), 13000),  # as long as the threshold: stays
        ((10, 20, 30), 50),  # the last two are one path then
        ((5000, 100, 110), 5110),
        ((5000, 2000, 2000, 2500), 7500),
        ((1, 2, 3, 4, 5), 9),
    ],
)
def test_a_star_keeps_its_longest_path(lengths, left):
    assert remove_ticks(star(*lengths), 3000).cable_length() == left


def test_a_tick_that_grows_by_a_merge_stays():
    # A side branch of 2000 that forks into twigs of 1500 and 1200: without the shorter one it is
    # a branch of 3500.
    skel = skeleton(
        [(0, 0, 0), (9000, 0, 0), (-9000, 0, 0), (0, 2000, 0), (0, 3500, 0), (1200, 2000, 0)],
        [(0, 1), (0, 2), (0, 3), (3, 4), (3, 5)],
    )
    assert places(skel) - places(remove_ticks(skel, 3000)) == {(1200, 2000, 0)}


def test_equal_ticks_go_by_place():
    skel = star(5, 5, 5, 5)
    assert places(skel) - places(remove_ticks(skel, 6)) == {(-5, 0, 0), (0, -5, 0)}


def test_a_stick_and_a_lone_vertex_stay():
    assert len(remove_ticks(line((0, 0, 0), (100, 0, 0), 11), 3000).vertices) == 11
    assert len(remove_ticks(line((0, 0, 0), (0, 0, 0), 1), 3000).vertices) == 1


def test_the_stem_of_a_ring_is_a_tick():
    skel = skeleton(
        [(0, 0, 0), (1, 1, 0), (1, -1, 0), (-5, 0, 0)], [(0, 1), (1, 2), (0, 2), (0, 3)]
    )
    assert places(skel) - places(remove_ticks(skel, 6)) == {(-5, 0, 0)}


def test_ticks_among_thousands_at_one_branch_point():
    count = 20_000
    angle = np.linspace(0, 6, count)
    length = 100.0 + np.arange(count)
    tips = np.stack([length * np.cos(angle), length * np.sin(angle), 0 * angle], axis=1)
    skel = skeleton(np.concatenate([[(0, 0, 0)], tips]), [(0, i) for i in range(1, count + 1)])
    got = remove_ticks(skel, 1e9)
    assert len(got.vertices) == 3
    np.testing.assert_allclose(got.cable_length(), length[-2:].sum(), rtol=1e-6)


def test_attributes_stay_with_their_vertices_and_the_input_as_it_was():
    skel = star(10, 9, 1, 8, radii=[5, 4, 3, 2, 1])
    skel.add_vertex_attribute("area", np.array([50, 40, 30, 20, 10], np.float32))
    before = [a.copy() for a in (skel.vertices, skel.edges, skel.radii, skel.area)]
    got = remove_ticks(skel, 2)
    assert sorted(zip(got.area, got.radii, got.vertex_types, strict=True)) == [
        (10, 1, 4),
        (30, 3, 2),
        (40, 4, 1),
        (50, 5, 0),
    ]
    for kept, array in zip(before, (skel.vertices, skel.edges, skel.radii, skel.area), strict=True):
        np.testing.assert_array_equal(kept, array)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="threshold is nan"):
        remove_ticks(star(1, 2, 3), float("nan"))
    with pytest.raises(InputTypeError, match="skeleton is a list"):
        remove_ticks([star(1, 2, 3)], 1)
