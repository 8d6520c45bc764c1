"""CrackleArrays wherever labels are taken."""

import numpy as np
import pytest

import kimimaro
from reference import components
from volumes import tissue
from voxel_graphs import graph_of

crackle = pytest.importorskip("crackle")

ODD = 2**60 + 1
"""No multiple of it up to 9 is a number of 64-bit floating point."""
OPTIONS = {"teasar_params": {"const": 3}, "dust_threshold": 30, "progress": False}


class Watched(crackle.CrackleArray):
    """A CrackleArray that notes what of it is decompressed."""

    def __init__(self, binary):
        super().__init__(binary)
        self.decompressed, self.planes = [], set()

    def numpy(self, *args, **kwargs):
        self.decompressed.append("all")
        return super().numpy(*args, **kwargs)

    def __getitem__(self, slices):
        self.planes.update(range(*slices[2].indices(self.shape[2])))
        return super().__getitem__(slices)

    def decompress(self, label=None, crop=False):
        self.decompressed.append(label)
        return super().decompress(label=label, crop=crop)


def packed(labels):
    return Watched(crackle.compress(np.asfortranarray(labels)))


@pytest.fixture(scope="module")
def labels():
    return tissue((40, 35, 30), 9, seed=3).astype(np.uint64) * ODD


def assert_equal(found, expected):
    assert found.keys() == expected.keys()
    for label, skeleton in expected.items():
        assert found[label].id == skeleton.id == label
        np.testing.assert_array_equal(found[label].vertices, skeleton.vertices)
        np.testing.assert_array_equal(found[label].edges, skeleton.edges)
        np.testing.assert_array_equal(found[label].radii, skeleton.radii)


def test_all_labels_are_skeletonized(labels):
    array = packed(labels)
    expected = kimimaro.skeletonize(labels, **OPTIONS)
    assert_equal(kimimaro.skeletonize(array, **OPTIONS), expected)
    assert "all" in array.decompressed


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"fill_holes": True, "fix_borders": False},
        {"fix_avocados": True},
        {"anisotropy": (16, 16, 40)},
    ],
)
def test_one_label_is_decompressed_alone(labels, more):
    label = 3 * ODD
    array = packed(labels)
    options = {**OPTIONS, **more, "object_ids": [label]}
    assert_equal(kimimaro.skeletonize(array, **options), kimimaro.skeletonize(labels, **options))
    assert array.decompressed == [label]


def test_the_report_names_the_one_label(labels):
    label = 3 * ODD
    _, report = kimimaro.skeletonize(
        packed(labels), object_ids=[label], return_report=True, **OPTIONS
    )
    assert {component.label for component in report.components} == {label}
    assert report.missing == ()


@pytest.mark.parametrize("label", [7, -1, 2**70, 2**64 + 3 * ODD])
def test_a_label_that_is_not_there_is_missing(labels, label):
    with pytest.warns(UserWarning, match="object_ids has labels that the image has not"):
        found = kimimaro.skeletonize(packed(labels), object_ids=[label], **OPTIONS)
    assert found == {}


def test_background_is_no_label(labels):
    assert kimimaro.skeletonize(packed(labels), object_ids=[0], **OPTIONS) == {}


def test_narrow_labels_are_decompressed_as_they_are(labels):
    narrow = (labels // ODD).astype(np.uint8)
    array = packed(narrow)
    options = {**OPTIONS, "object_ids": [3]}
    assert_equal(kimimaro.skeletonize(array, **options), kimimaro.skeletonize(narrow, **options))
    assert "all" in array.decompressed


def test_targets_and_graphs_go_with_it(labels):
    points = np.argwhere(labels == 3 * ODD)[[0, 10, -1]]
    others = np.argwhere(labels == 4 * ODD)[:1]
    options = {
        **OPTIONS,
        "object_ids": [3 * ODD],
        "extra_targets_before": np.concatenate([points[:2], others]),
        "roots": {3 * ODD: points[2]},
        "voxel_graph": graph_of(tissue((40, 35, 30), 3, seed=4)),
    }
    assert_equal(
        kimimaro.skeletonize(packed(labels), **options), kimimaro.skeletonize(labels, **options)
    )
    background = np.argwhere(labels == 0)[:1]
    with pytest.raises(kimimaro.InputError, match="lies on background"):
        kimimaro.skeletonize(packed(labels), extra_targets_after=background, **OPTIONS)
    with pytest.raises(kimimaro.InputError, match="belongs to label"):
        kimimaro.skeletonize(packed(labels), roots={4 * ODD: points[0]}, **OPTIONS)


def test_connect_points_decompresses_one_label(labels):
    array = packed(labels)
    label = 3 * ODD
    start, end = np.argwhere(components(labels == label)[0] == 1)[[0, -1]]
    expected = kimimaro.connect_points(labels, start, end)
    found = kimimaro.connect_points(array, start, end)
    np.testing.assert_array_equal(found.vertices, expected.vertices)
    assert found.id == label
    assert array.decompressed == [label]
    assert array.planes == {start[2], end[2]}


def test_an_array_that_loses_its_label_is_refused(labels):
    class Changing(Watched):
        def decompress(self, label=None, crop=False):
            return np.zeros(self.shape, dtype=bool)

    label = 3 * ODD
    start, end = np.argwhere(components(labels == label)[0] == 1)[[0, -1]]
    array = Changing(crackle.compress(np.asfortranarray(labels)))
    with pytest.raises(kimimaro.InputError, match=f"labels had label {label} at start"):
        kimimaro.connect_points(array, start, end)


def test_oversegment_takes_them(labels):
    skeletons = kimimaro.skeletonize(labels, **OPTIONS)
    expected, _ = kimimaro.oversegment(labels, skeletons)
    np.testing.assert_array_equal(kimimaro.oversegment(packed(labels), skeletons)[0], expected)
    label, skeleton = next(iter(skeletons.items()))
    array = packed(labels)
    alone, copy = kimimaro.oversegment(array, skeleton)
    np.testing.assert_array_equal(alone, kimimaro.oversegment(labels, skeleton)[0])
    assert copy.id == label
    assert array.decompressed == [label]


def test_synapses_find_their_targets(labels):
    label = 3 * ODD
    centroid = np.argwhere(labels == label).mean(axis=0)
    synapses = {label: [(centroid, 5)]}
    assert kimimaro.synapses_to_targets(packed(labels), synapses) == kimimaro.synapses_to_targets(
        labels, synapses
    )


def test_synapses_of_labels_that_are_not_there(labels):
    small = (labels[:6, :5, :5] // ODD).astype(np.uint8)
    with pytest.warns(UserWarning, match="have no target"):
        assert kimimaro.synapses_to_targets(packed(small), {200: [((0, 0, 0), 5)]}) == {}


@pytest.mark.parametrize("shape", [(0, 5, 5), (5, 5, 0), (0, 0, 0)])
def test_arrays_without_voxels(shape):
    array = packed(np.zeros(shape, dtype=np.uint32))
    with pytest.warns(UserWarning, match="image has not: 3"):
        assert kimimaro.skeletonize(array, object_ids=[3], **OPTIONS) == {}
    assert kimimaro.skeletonize(array, **OPTIONS) == {}
    assert kimimaro.oversegment(array, [])[0].shape == shape
    assert kimimaro.cross_sectional_area(array, {}) == {}


def test_bad_calls_are_refused_before_anything_is_decompressed(labels):
    array = packed(labels)
    with pytest.raises(kimimaro.InputError, match="anisotropy"):
        kimimaro.skeletonize(array, anisotropy=(1, 1), **OPTIONS)
    with pytest.raises(kimimaro.InputError, match="lies outside the image"):
        kimimaro.connect_points(array, (99, 0, 0), (1, 1, 1))
    assert array.decompressed == []
