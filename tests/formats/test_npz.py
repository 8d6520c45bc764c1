"""npz files: which array holds the labels, and the voxel size beside it."""

import numpy as np
import pytest

from kimimaro.formats import FormatError, FormatWarning, read_volume

from .conftest import truncate


def test_reads_labels_and_voxel_size(tmp_path, labels):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, labels=labels, anisotropy=[16, 16, 40], unit="nm", other=np.ones(3))
    volume = read_volume(path)
    assert np.array_equal(volume.labels, labels)
    assert volume.anisotropy == (16, 16, 40)
    assert volume.unit == "nm"


def test_takes_the_only_array_whatever_its_name(tmp_path, labels):
    np.savez(tmp_path / "a.npz", segmentation=labels)
    np.savez(tmp_path / "b.npz", segmentation=labels, resolution=[16, 16, 40], unit="nm")
    for name, anisotropy in (("a.npz", None), ("b.npz", (16, 16, 40))):
        volume = read_volume(tmp_path / name)
        assert np.array_equal(volume.labels, labels)
        assert volume.anisotropy == anisotropy


def test_asks_which_of_several_arrays(tmp_path, labels):
    path = tmp_path / "a.npz"
    np.savez(path, one=labels, two=labels + 1)
    with pytest.raises(FormatError, match="one, two; name the labels"):
        read_volume(path)
    assert np.array_equal(read_volume(f"{path}::two").labels, labels + 1)
    with pytest.raises(FormatError, match="no array 'three'; it holds one, two"):
        read_volume(f"{path}::three")


@pytest.mark.parametrize(
    "size", [[16, 16], [16, 16, 0], [1, 1, float("nan")], [1, float("inf"), 1], ["a"] * 3, 16]
)
def test_a_voxel_size_that_is_none_is_left_out(tmp_path, labels, size):
    np.savez(tmp_path / "a.npz", labels=labels, anisotropy=size, unit="nm")
    words = r"a\.npz has no usable voxel size: the array 'anisotropy' is .*; it is left out\."
    with pytest.warns(FormatWarning, match=words):
        volume = read_volume(tmp_path / "a.npz")
    assert np.array_equal(volume.labels, labels)
    assert (volume.anisotropy, volume.unit) == (None, None)
    assert volume.source.endswith("; no usable voxel size in the file")


@pytest.mark.parametrize("share", [0, 0.5, 0.98])
def test_damaged_files_give_one_sentence(tmp_path, labels, share):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, labels=labels)
    truncate(path, share)
    with pytest.raises(FormatError, match=r"a\.npz cannot be read as NumPy archive"):
        read_volume(path)
