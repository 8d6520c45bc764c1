import warnings

import crackle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimimaro import synapses as subject
from kimimaro.errors import DimensionError, InputError, InputTypeError
from kimimaro.synapses import synapses_to_targets


def brute_force(labels, label, centroid):
    """Look at every voxel of the label."""
    voxels = np.argwhere((labels == label).T)[:, ::-1]
    squared = ((voxels - np.array(centroid)) ** 2).sum(axis=1)
    return tuple(voxels[int(np.argmin(squared))].tolist())


def blobs(shape=(40, 30, 20), count=60, seed=0, dtype=np.uint32):
    """Return an image with small blocks of labels 1 to 9 on background."""
    rng = np.random.default_rng(seed)
    labels = np.zeros(shape, dtype)
    for i in range(count):
        at = rng.integers(0, shape)
        labels[tuple(slice(c, c + 3) for c in at)] = 1 + i % 9
    return labels


@settings(deadline=None)
@given(
    st.integers(0, 5),
    st.lists(
        st.tuples(
            st.integers(1, 9),
            st.tuples(*[st.one_of(st.integers(-30, 60), st.floats(-30, 60))] * 3),
        ),
        max_size=5,
    ),
    st.sampled_from("CF"),
    st.sampled_from([0.5, 2, 8]),
)
def test_the_nearest_voxel_of_the_label(seed, entries, order, near):
    labels = np.asarray(blobs(seed=seed), order=order)
    synapses, want = {}, {}
    for label, centroid in entries:
        synapses.setdefault(label, []).append((centroid, label + 100))
    for label, of_label in synapses.items():
        for centroid, kind in of_label:
            want[brute_force(labels, label, centroid)] = kind
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subject, "_NEAR", near)
        patch.setattr(subject, "_FAR", 3 * near)
        assert synapses_to_targets(labels, synapses) == want


def test_far_labels_and_ties():
    labels = np.zeros((300, 20, 30), np.uint8)
    labels[[0, 299, 150, 150], [10, 10, 0, 19], [15, 15, 15, 15]] = 1
    labels[0, 0, [1, 29]] = 2
    got = synapses_to_targets(
        labels,
        {1: [((150, 9.5, 15), 1), ((75, 10, 15), 2)], 2: [((290, 0, 15), 3), ((0, 0, 15), 4)]},
    )
    assert got == {(150, 0, 15): 1, (0, 10, 15): 2, (0, 0, 1): 4}
    equal = np.zeros((21, 21, 21), np.uint8)
    equal[[0, 20, 10, 10, 10, 10], [10, 10, 0, 20, 10, 10], [10, 10, 10, 10, 0, 20]] = 1
    assert synapses_to_targets(equal, {1: [((10, 10, 10), 1)]}) == {(10, 10, 0): 1}


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, ">i4", np.int64, np.uint64])
def test_any_integers_and_the_types_that_come_out(dtype):
    labels = blobs(dtype=dtype)
    got = synapses_to_targets(labels, {np.uint64(3): [(np.array([1.0, 2, 3]), np.uint8(9))]})
    ((at, kind),) = got.items()
    assert labels[at] == 3
    assert {type(n) for n in (*at, kind)} == {int}
    for kind in (0, 255):
        assert synapses_to_targets(labels, {3: [((1, 2, 3), kind)]}) == {at: kind}


def test_extreme_labels():
    labels = np.zeros((4, 4, 4), np.uint64)
    labels[3, 2, 1] = 2**64 - 1
    assert synapses_to_targets(labels, {2**64 - 1: [((0, 0, 0), 5)]}) == {(3, 2, 1): 5}
    signed = np.zeros((4, 4, 4), np.int8)
    signed[1, 2, 3] = -3
    assert synapses_to_targets(signed, {-3: [((0, 0, 0), 5)]}) == {(1, 2, 3): 5}
    assert synapses_to_targets(signed != 0, {1: [((0, 0, 0), 5)]}) == {(1, 2, 3): 5}


def test_two_dimensions():
    assert synapses_to_targets(blobs()[:, :, 9], {4: [((0, 0, 0), 1)]}) == {
        brute_force(blobs()[:, :, 9:10], 4, (0, 0, 0)): 1
    }


def test_trailing_axes_of_length_one_are_dropped():
    synapses = {4: [((0, 0, 0), 1)]}
    expected = synapses_to_targets(blobs(), synapses)
    assert synapses_to_targets(blobs()[..., np.newaxis, np.newaxis], synapses) == expected


def test_a_crackle_array_is_read_like_any_other():
    labels = blobs(count=20)
    synapses = {1: [((0, 0, 0), 1), ((39.0, 29, 19), 2)], 5: [((500, 1, 1), 3)]}
    packed = crackle.CrackleArray(crackle.compress(labels))
    assert synapses_to_targets(packed, synapses) == synapses_to_targets(labels, synapses)


def as_dask(labels):
    array = pytest.importorskip("dask.array", reason="no Dask")
    return array.from_array(labels, chunks=8)


def as_xarray(labels):
    return pytest.importorskip("xarray", reason="no xarray").DataArray(labels)


def as_tensorstore(labels):
    return pytest.importorskip("tensorstore", reason="no TensorStore").array(labels)


def as_zarr(labels):
    return pytest.importorskip("zarr", reason="no Zarr").array(labels)


class Lazy:
    """Knows its voxels only once it is turned into an array."""

    def __init__(self, labels):
        self.labels, self.shape, self.dtype = labels, labels.shape, labels.dtype

    def __getitem__(self, part):
        return Lazy(self.labels[part])

    def __array__(self, dtype=None, copy=None):
        return self.labels


@pytest.mark.parametrize("lazy", [as_dask, as_xarray, as_tensorstore, as_zarr, Lazy])
def test_lazy_arrays_are_read_like_any_other(lazy):
    labels = blobs(count=20)
    synapses = {1: [((0, 0, 0), 1), ((39.0, 29, 19), 2)], 5: [((500, 1, 1), 3)]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subject, "_FAR", 10)  # so that some are left for the pass over the image
        assert synapses_to_targets(lazy(labels), synapses) == synapses_to_targets(labels, synapses)
    flat, near = labels[:, :, np.argwhere(labels == 1)[0, 2]], {1: synapses[1]}
    assert synapses_to_targets(lazy(flat), near) == synapses_to_targets(flat, near)
    with pytest.raises(InputTypeError, match=r"^labels is an array of .*float64.*; use integers\."):
        synapses_to_targets(lazy(np.zeros((2, 2, 2))), synapses)


def test_lost_labels_are_named_once():
    synapses = {5: [((0, 0, 0), 1)] * 3, 77: [((0, 0, 0), 1)], 0: [((0, 0, 0), 1)], 700: []}
    labels = blobs(dtype=np.uint8)
    with pytest.warns(UserWarning, match=r"has 2 labels .* \(0, 77\); their synapses") as seen:
        got = synapses_to_targets(labels, {**synapses, 6: [((1, 1, 1), 2)]})
    assert [warning.filename for warning in seen] == [__file__]
    assert sorted(got.values()) == [1, 2]
    for count, more in ((5, ""), (6, r", \.\.\.")):
        said = rf"has {count} labels .* \(300, 301, 302, 303, 304{more}\)"
        with pytest.warns(UserWarning, match=said):
            synapses_to_targets(labels, {300 + i: [((0, 0, 0), 1)] for i in range(count)})


def test_nothing_to_find_and_how_far_the_work_is():
    assert synapses_to_targets(blobs(), {}) == {}
    assert synapses_to_targets(blobs(), {3: []}, progress=True) == {}
    seen = []
    synapses = {3: [((0, 0, 0), 1)] * 2, 4: [((0, 0, 0), 1)]}
    synapses_to_targets(blobs(), synapses, progress=lambda *report: seen.append(report))
    assert seen == [("synapses", i, 3) for i in (1, 2, 3)]
    with pytest.raises(InputTypeError, match="progress is 'yes'"):
        synapses_to_targets(blobs(), synapses, progress="yes")


def test_centroids_far_away():
    labels = np.zeros((9, 9, 9), np.uint8)
    labels[2, 3, 4] = 1
    for far in (1e6, 1e10, 9e15):
        assert synapses_to_targets(labels, {1: [((far, -far, 0), 2)]}) == {(2, 3, 4): 2}


def test_labels_that_are_no_image_are_refused():
    synapses = {1: [((0, 0, 0), 1)]}
    with pytest.raises(InputTypeError, match="labels is a list"):
        synapses_to_targets([[1]], synapses)
    with pytest.raises(InputTypeError, match="labels is an array of float64; use integers"):
        synapses_to_targets(np.zeros((2, 2, 2)), synapses)
    with pytest.raises(DimensionError, match="labels has 4 dimensions"):
        synapses_to_targets(np.zeros((2, 2, 2, 2), int), synapses)


@pytest.mark.parametrize(
    ("synapses", "error", "message"),
    [
        ([], InputTypeError, "synapses is a list; pass a dict"),
        ({"a": []}, InputTypeError, "synapses has the label 'a'"),
        ({1: 5}, InputTypeError, r"synapses\[1\] is a int; use a list"),
        ({1: ((0, 0, 0), 1)}, InputError, r"synapses\[1\]\[0\] is \(0, 0, 0\); use"),
        ({1: [((0, 0), 1)]}, InputError, r"synapses\[1\]\[0\] is"),
        ({1: [((0, 0, float("nan")), 1)]}, InputError, "finite coordinates"),
        ({1: [((0, 0, "x"), 1)]}, InputError, "finite coordinates"),
        ({1: [((1e17, 0, 0), 1)]}, InputError, "finite coordinates"),
        ({1: [((0, -1e300, 0), 1)]}, InputError, "finite coordinates"),
        ({1: [((0, 0, 0), 256)]}, InputError, "a type from 0 to 255"),
        ({1: [((0, 0, 0), 1), ((0, 0, 0), 1.5)]}, InputError, r"synapses\[1\]\[1\] is"),
    ],
)
def test_bad_synapses_are_refused(synapses, error, message):
    with pytest.raises(error, match=message):
        synapses_to_targets(blobs(), synapses)


def test_the_image_is_not_changed():
    labels = blobs()
    labels.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        synapses_to_targets(labels, {1: [((0, 0, 0), 1)]})
