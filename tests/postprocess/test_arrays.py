import numpy as np
import pytest
from graph_oracles import graphs, line, merged, places, segments, skeleton
from hypothesis import given
from osteoid import Skeleton

from kimimaro.errors import InputError, InputTypeError
from kimimaro.postprocess import arrays


@given(graphs())
def test_consolidate_gives_each_place_one_vertex(skel):
    got, want = arrays.consolidate(skel), merged(skel)
    np.testing.assert_array_equal(got.vertices, want.vertices)
    np.testing.assert_array_equal(got.edges, want.edges)
    np.testing.assert_array_equal(got.radii, want.radii)


@given(graphs())
def test_consolidate_does_not_depend_on_the_order_of_the_vertices(skel):
    turned = skeleton(skel.vertices[::-1], len(skel.vertices) - 1 - skel.edges.astype(np.int64))
    got, want = arrays.consolidate(turned), arrays.consolidate(skel)
    np.testing.assert_array_equal(got.vertices, want.vertices)
    np.testing.assert_array_equal(got.edges, want.edges)


def test_take_carries_every_attribute_whether_registered_or_not():
    skel = line((0, 0, 0), (3, 0, 0), 4, cross_sectional_area=[10.0, 11.0, 12.0, 13.0])
    skel.segments = np.array([5, 6, 7, 8], dtype=np.uint64)
    skel.directions = np.arange(12).reshape(4, 3)
    skel.note, skel.scale, skel.centre = "not per vertex", np.array(4), np.zeros(3)
    got = arrays.take(skel, np.array([3, 1], np.uint32), np.array([[0, 1]], np.uint32))
    assert got.vertices.tolist() == [[3, 0, 0], [1, 0, 0]]
    assert got.cross_sectional_area.tolist() == [13, 11]
    assert got.segments.tolist() == [8, 6]
    assert got.directions.tolist() == [[9, 10, 11], [3, 4, 5]]
    assert got.vertex_types.tolist() == [3, 1]
    assert got.id == 7
    assert got.space == "physical"
    assert got.extra_attributes == skel.extra_attributes
    got.extra_attributes.clear()
    assert len(skel.extra_attributes) == 3
    got.transform[0, 0] = 9
    assert skel.transform[0, 0] == 1
    assert not any(hasattr(got, name) for name in ("note", "scale", "centre"))


def test_a_skeleton_in_voxels_is_measured_in_physical_units():
    transform = [[2, 0, 0, 10], [0, 3, 0, 0], [0, 0, 4, 0]]
    skel = Skeleton(np.array([[1, 1, 1]], np.float32), space="voxel", transform=transform)
    assert arrays.physical_vertices(skel).tolist() == [[12, 3, 4]]
    skel.space = "physical"
    assert arrays.physical_vertices(skel).tolist() == [[1, 1, 1]]


def test_concatenate_brings_skeletons_of_two_spaces_together():
    physical = line((0, 0, 0), (4, 0, 0), 2)
    voxel = line((3, 0, 0), (4, 0, 0), 2)
    for skel in (physical, voxel):
        skel.transform = [[2, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
    voxel.space, voxel.id = "voxel", 8
    got = arrays.concatenate([voxel, physical])
    assert got.space == "physical"
    assert got.id == 8
    assert places(got) == {(6, 0, 0), (8, 0, 0), (0, 0, 0), (4, 0, 0)}
    assert segments(got) == {
        frozenset({(6, 0, 0), (8, 0, 0)}),
        frozenset({(0, 0, 0), (4, 0, 0)}),
    }
    assert voxel.space == "voxel"


def test_concatenate_keeps_a_space_that_all_share():
    parts = [line((x, 0, 0), (x + 1, 0, 0), 2) for x in (0, 5, 9)]
    for part in parts:
        part.space, part.transform = "voxel", np.diag([2, 3, 4, 0])[:3]
    got = arrays.concatenate(parts)
    assert got.space == "voxel"
    np.testing.assert_array_equal(got.transform, parts[0].transform)
    ends = [(0, 1), (5, 6), (9, 10)]
    assert segments(got) == {frozenset({(a, 0, 0), (b, 0, 0)}) for a, b in ends}
    parts[1].transform = np.eye(4)[:3]
    got = arrays.concatenate(parts)
    assert got.space == "physical"
    ends = [(0, 2), (5, 6), (18, 20)]
    assert segments(got) == {frozenset({(a, 0, 0), (b, 0, 0)}) for a, b in ends}


def test_concatenate_refuses_different_attributes():
    plain, measured = (line((0, 0, 0), (1, 0, 0), 2) for _ in range(2))
    measured.add_vertex_attribute("area", np.ones(2, np.float32))
    with pytest.raises(InputError, match=r"skeletons\[1\] and .* 'area'; add it"):
        arrays.concatenate([plain, measured])


def test_unknown_radii_count_as_zero():
    skel = line((0, 0, 0), (2, 0, 0), 3)
    skel.radii = np.array([-1, np.nan, 0.5], np.float32)
    assert arrays.known_radii(skel).tolist() == [0, 0, 0.5]
    del skel.radius
    assert arrays.known_radii(skel).tolist() == [0, 0, 0]
    skel.radius = np.ones(2, np.float32)
    with pytest.raises(InputError, match=r"skeleton.radii has shape \(2,\) for 3 vertices"):
        arrays.known_radii(skel)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vertices": np.zeros((3, 2), np.float32)}, r"s.vertices .* shape \(3, 2\)"),
        ({"vertices": np.zeros(9, np.float32)}, r"s.vertices .* shape \(9,\)"),
        ({"vertices": np.zeros((3, 3, 1), np.float32)}, r"s.vertices .* shape \(3, 3, 1\)"),
        ({"vertices": np.array([["a"] * 3] * 3)}, "s.vertices is an array of <U1"),
        ({"vertices": np.diag([1, np.inf, np.nan])}, r"s.vertices\[1\] is \[0.0, inf, 0.0\]"),
        ({"edges": np.array([[0, 3]], np.uint32)}, "s.edges names vertex 3; there are 3"),
        ({"edges": np.array([[0, -1]])}, "s.edges names vertex -1"),
        ({"edges": np.array([0, 1], np.uint32)}, r"s.edges .* shape \(2,\)"),
        ({"edges": np.array([[0, 1, 2]], np.uint32)}, r"s.edges .* shape \(1, 3\)"),
        ({"edges": np.array([[[0], [1]]], np.uint32)}, r"s.edges .* shape \(1, 2, 1\)"),
        ({"edges": np.array([[0.0, 1.0]])}, "s.edges is an array of float64"),
        ({"radius": None}, "s.radius is None; give it one entry per vertex"),
        ({"vertex_types": np.array(5)}, r"s.vertex_types is array\(5\)"),
        ({"radius": np.zeros(2, np.float32)}, "s.radius has 2 entries for 3 vertices"),
    ],
)
def test_a_skeleton_that_contradicts_itself_is_refused(change, message):
    skel = line((0, 0, 0), (2, 0, 0), 3)
    for name, value in change.items():
        setattr(skel, name, value)
    with pytest.raises(InputError, match=message):
        arrays.check_skeleton("s", skel)


def test_what_is_no_skeleton_is_refused():
    with pytest.raises(InputTypeError, match="s is a dict; pass an osteoid"):
        arrays.check_skeleton("s", {})


def test_wide_arrays_are_narrowed():
    skel = line((0, 0, 0), (2, 0, 0), 3)
    checked = arrays.check_skeleton("s", skel)
    assert np.shares_memory(checked.vertices, skel.vertices)
    assert np.shares_memory(checked.edges, skel.edges)
    skel.vertices, skel.edges = skel.vertices.astype(float), skel.edges.astype(np.int64)
    checked = arrays.check_skeleton("s", skel)
    assert (checked.vertices.dtype, checked.edges.dtype) == (np.float32, np.uint32)
    assert skel.vertices.dtype == float
    skel.vertices, skel.edges = skel.vertices.tolist(), skel.edges.tolist()
    checked = arrays.check_skeleton("s", skel)
    assert (checked.vertices.dtype, checked.edges.dtype) == (np.float32, np.uint32)
    skel.edges = np.zeros((0, 2))
    assert arrays.check_skeleton("s", skel).edges.dtype == np.uint32


@pytest.mark.parametrize(
    "value", [-1, -0.5, float("nan"), None, "3", b"3", True, [1], np.array([1]), np.complex64(1)]
)
def test_a_length_is_a_number_of_at_least_zero(value):
    with pytest.raises(InputError, match=r"dust is .*; use a number of at least 0\."):
        arrays.check_length("dust", value)
