"""npz files: which array holds the labels, and the voxel size beside it."""

import numpy as np
import pytest

from kimimaro.formats import FormatError, read_volume

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


@pytest.mark.parametrize("size", [[16, 16], [16, 16, 0], [1, 1, float("nan")]])
def test_refuses_a_voxel_size_that_is_none(tmp_path, labels, size):
    np.savez(tmp_path / "a.npz", labels=labels, anisotropy=size)
    with pytest.raises(FormatError, match="array 'anisotropy' is"):
        read_volume(tmp_path / "a.npz")


@pytest.mark.parametrize("share", [0, 0.5, 0.98])
def test_damaged_files_give_one_sentence(tmp_path, labels, share):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, labels=labels)
    truncate(path, share)
    with pytest.raises(FormatError, match=r"a\.npz cannot be read as NumPy archive"):
        read_volume(path)
