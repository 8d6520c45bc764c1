"""The centerline between two voxels, against the cheapest path that SciPy finds."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kimimaro
import reference
from engine import Failing
from kimimaro.testing import strategies


def tube(x=40):
    """A square tube of label 7, and a thin one of label 9 that does not touch it."""
    labels = np.zeros((x, 20, 20), dtype=np.uint32)
    labels[2 : x - 2, 5:15, 5:15] = 7
    labels[2 : x - 2, 0:3, 0:3] = 9
    return labels


def as_voxels(skeleton, anisotropy):
    return np.rint(skeleton.vertices / np.array(anisotropy)).astype(int)


def assert_is_path(skeleton, voxels, labels, label):
    n = len(voxels)
    np.testing.assert_array_equal(skeleton.edges, np.stack([np.arange(n - 1), np.arange(1, n)], 1))
    assert (np.abs(np.diff(voxels, axis=0)).max(axis=1) == 1).all()
    assert (labels[tuple(voxels.T)] == label).all()


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_no_path_is_cheaper(data):
    labels = data.draw(
        strategies.label_volumes(
            max_side=9, ndims=(3,), dtypes=st.just(np.dtype(np.uint8)), any_layout=False
        )
    )
    anisotropy = data.draw(st.sampled_from([(1, 1, 1), (16, 16, 40), (3, 5, 7)]))
    exponent = data.draw(st.sampled_from([1.0, 4.0]))
    numbers, _ = reference.components(labels)
    foreground = np.argwhere(numbers)
    if not len(foreground):
        return
    start = foreground[data.draw(st.integers(0, len(foreground) - 1))]
    mask = numbers == numbers[tuple(start)]
    inside = np.argwhere(mask)
    end = inside[data.draw(st.integers(0, len(inside) - 1))]
    distance = reference.distance_to_boundary(
        np.where(labels == labels[tuple(start)], labels, 0), anisotropy
    )
    whole = reference.Object.of(mask, distance, anisotropy)
    first, last = whole.nodes([start, end])
    penalty = whole.penalties(whole.distances_from(first), 1000, exponent)
    least = whole.cheapest_cost(whole.path_graph(penalty), np.arange(len(inside)) == first, last)

    skeleton = kimimaro.connect_points(
        labels, start, end, anisotropy, pdrf_scale=1000, pdrf_exponent=exponent
    )
    path = as_voxels(skeleton, anisotropy)
    assert_is_path(skeleton, path, labels, labels[tuple(start)])
    np.testing.assert_array_equal(path[[0, -1]], [start, end])
    np.testing.assert_allclose(skeleton.radii, distance[tuple(path.T)], rtol=1e-5)
    cost = penalty[whole.nodes(path[1:])].sum()
    assert cost == pytest.approx(least, rel=1e-3)


def test_a_mask_and_labels_give_the_same_path():
    labels = tube()
    of_labels = kimimaro.connect_points(labels, (2, 5, 5), (37, 14, 14), (4, 4, 40))
    of_mask = kimimaro.connect_points(labels == 7, (2, 5, 5), (37, 14, 14), (4, 4, 40))
    np.testing.assert_array_equal(of_labels.vertices, of_mask.vertices)
    assert of_labels.id == 7
    assert of_labels.space == "physical"
    np.testing.assert_array_equal(of_labels.transform[:, :3], np.diag([4, 4, 40]))


def test_works_on_numpy_2_with_whole_and_broken_voxel_sizes():
    # Version 5 raises: it multiplies integers in place by floats.
    for anisotropy in [(1, 1, 1), (0.5, 0.5, 1.5), np.array([4, 4, 40], np.float32)]:
        skeleton = kimimaro.connect_points(tube(), (2, 5, 5), (37, 14, 14), anisotropy)
        np.testing.assert_allclose(skeleton.vertices[-1], np.multiply((37, 14, 14), anisotropy))


@pytest.mark.parametrize("fill_holes", [False, True])
def test_one_voxel_twice_is_a_path_of_one_vertex(fill_holes):
    alone = np.zeros((7, 12, 12), dtype=bool)
    alone[5, 9, 9] = True
    for labels in (tube(), alone):
        skeleton = kimimaro.connect_points(labels, (5, 9, 9), (5, 9, 9), fill_holes=fill_holes)
        np.testing.assert_array_equal(skeleton.vertices, [(5, 9, 9)])
        assert len(skeleton.edges) == 0


def test_a_soma_does_not_swallow_the_path():
    ball = np.zeros((60, 60, 60), dtype=bool)
    x, y, z = np.ogrid[:60, :60, :60]
    ball[(x - 30) ** 2 + (y - 30) ** 2 + (z - 30) ** 2 < 28**2] = True
    skeleton = kimimaro.connect_points(ball, (3, 30, 30), (57, 30, 30), (1000, 1000, 1000))
    assert_is_path(skeleton, as_voxels(skeleton, (1000, 1000, 1000)), ball, True)


def test_filling_holes_leads_the_path_through_them():
    labels = tube()
    labels[8:30, 7:13, 7:13] = 0
    around = kimimaro.connect_points(labels, (2, 9, 9), (37, 9, 9))
    through = kimimaro.connect_points(labels, (2, 9, 9), (37, 9, 9), fill_holes=True)
    assert (labels[tuple(as_voxels(around, (1, 1, 1)).T)] == 7).all()
    size = (1000, 1000, 1000)  # as thick as a soma, whose holes are filled elsewhere
    around = kimimaro.connect_points(labels, (2, 9, 9), (37, 9, 9), size)
    assert (labels[tuple(as_voxels(around, size).T)] == 7).all()
    assert (labels[tuple(as_voxels(through, (1, 1, 1)).T)] == 0).sum() >= 22


def test_other_pieces_of_the_label_are_left_alone():
    labels = tube(200)
    labels[100] = 0
    skeleton = kimimaro.connect_points(labels, (120, 9, 9), (180, 9, 9))
    assert skeleton.vertices[:, 0].min() >= 101


def test_memory_order_and_writability_do_not_matter():
    expected = kimimaro.connect_points(tube(), (2, 5, 5), (37, 14, 14)).vertices
    for labels in [np.asfortranarray(tube()), np.repeat(tube(), 2, axis=1)[:, ::2]]:
        before = labels.copy()
        labels.flags.writeable = False
        found = kimimaro.connect_points(labels, (2, 5, 5), (37, 14, 14), in_place=True)
        np.testing.assert_array_equal(found.vertices, expected)
        np.testing.assert_array_equal(labels, before)


def test_2d_images_take_points_of_two_numbers():
    skeleton = kimimaro.connect_points(tube()[:, :, 8], (2, 5), (37, 14), (1, 1))
    np.testing.assert_array_equal(skeleton.vertices[[0, -1]], [(2, 5, 0), (37, 14, 0)])


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ((2, 5, 5), (99, 5, 5), r"end has the point \(99, 5, 5\), which lies outside"),
        ((-1, 5, 5), (2, 5, 5), r"start has the point \(-1, 5, 5\), which lies outside"),
        ((2, 5, 5), (0, 0, 0), r"end has the point \(0, 0, 0\), which lies on background"),
        ((2, 5, 5), (2, 0, 0), r"start \(2, 5, 5\) lies on label 7 and end \(2, 0, 0\) on label 9"),
        ((2, 5.5, 5), (2, 5, 5), "start has the point .* whole numbers"),
        (5, (2, 5, 5), r"^start is 5; pass one point \(x, y, z\) in whole numbers\.$"),
        ((1, 2), (2, 5, 5), r"^start is \(1, 2\); pass one point \(x, y, z\)"),
        ((2, 5, 5), [(2, 5, 5)], r"^end is \[\(2, 5, 5\)\]; pass one point \(x, y, z\)"),
        (np.array([[2], [5]]), (2, 5, 5), r"^start is array\(\[\[2\], \[5\]\]\); pass one point"),
        ((2**70, 5, 5), (2, 5, 5), r"^start is \(\d+, 5, 5\), where a number is beyond"),
    ],
)
def test_bad_points_are_named(start, end, message):
    with pytest.raises(kimimaro.InputError, match=message):
        kimimaro.connect_points(tube(), start, end)


def test_points_on_pieces_that_do_not_touch_are_refused():
    labels = tube()
    labels[20] = 0
    with pytest.raises(kimimaro.InputError, match="pieces of it that do not touch"):
        kimimaro.connect_points(labels, (2, 5, 5), (37, 5, 5))


def test_a_path_that_fails_is_an_error(monkeypatch):
    monkeypatch.setattr("kimimaro._engine.Image", Failing)
    with pytest.raises(kimimaro.KimimaroError, match=r"^label 7 was not traced: no more\.$"):
        kimimaro.connect_points(tube(), (2, 5, 5), (37, 14, 14))


def test_other_bad_values_are_refused():
    points = (2, 5, 5), (37, 5, 5)
    with pytest.raises(kimimaro.InputTypeError, match="labels is of type float32"):
        kimimaro.connect_points(tube().astype(np.float32), *points)
    with pytest.raises(kimimaro.DimensionError, match="labels has shape"):
        kimimaro.connect_points(tube()[0, 0], *points)
    with pytest.raises(kimimaro.InputError, match="anisotropy is"):
        kimimaro.connect_points(tube(), *points, anisotropy=(1, 1, 0))
    with pytest.raises(kimimaro.InputError, match=r"^pdrf_scale is -1; use a number"):
        kimimaro.connect_points(tube(), *points, pdrf_scale=-1)
    with pytest.raises(kimimaro.InputError, match=r"^pdrf_exponent is None; use a number"):
        kimimaro.connect_points(tube(), *points, pdrf_exponent=None)
    for value in (None, "abc", ("a", "b", "c"), [1, [2, 3], 4]):
        named = rf"^start is {re.escape(repr(value))}; pass one point \(x, y, z\)\.$"
        with pytest.raises(kimimaro.InputTypeError, match=named):
            kimimaro.connect_points(tube(), value, (2, 5, 5))
