"""NIfTI: plain and gzipped, voxel size and unit, scaled values, damage."""

import numpy as np
import pytest

from kimimaro.formats import FormatError, read_volume

from .conftest import truncate

nibabel = pytest.importorskip("nibabel")


def save(path, array, affine=(-0.5, 0.5, 2.0, 1.0), unit="mm"):
    image = nibabel.Nifti1Image(array, np.diag(affine))
    image.header.set_xyzt_units(unit)
    nibabel.save(image, path)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_reads_labels_voxel_size_and_unit(tmp_path, labels, suffix):
    path = tmp_path / f"a{suffix}"
    save(path, labels)
    volume = read_volume(path)
    assert np.array_equal(volume.labels, labels)
    assert volume.labels.dtype == labels.dtype
    assert volume.anisotropy == (0.5, 0.5, 2.0)
    assert volume.unit == "mm"


def test_reads_big_endian_and_flat_images(tmp_path, labels):
    header = nibabel.Nifti1Header(endianness=">")
    header.set_data_dtype(np.uint32)
    image = nibabel.Nifti1Image(labels[:, :, 1].astype(">u4"), np.eye(4), header)
    nibabel.save(image, tmp_path / "a.nii")
    volume = read_volume(tmp_path / "a.nii")
    assert np.array_equal(volume.labels, labels[:, :, 1])
    assert volume.anisotropy == (1, 1, 1)


def test_reads_a_single_time_point(tmp_path, labels):
    save(tmp_path / "a.nii", labels[..., np.newaxis])
    assert np.array_equal(read_volume(tmp_path / "a.nii").labels, labels)
    save(tmp_path / "b.nii", np.stack([labels] * 2, axis=-1))
    with pytest.raises(FormatError, match="2 time points"):
        read_volume(tmp_path / "b.nii")


def test_labels_stored_as_floats_need_a_word(tmp_path, labels):
    save(tmp_path / "a.nii.gz", labels.astype(np.float32))
    with pytest.raises(FormatError, match="--cast-floats"):
        read_volume(tmp_path / "a.nii.gz")
    assert np.array_equal(read_volume(tmp_path / "a.nii.gz", cast_floats=True).labels, labels)


def test_scaled_values_are_no_labels(tmp_path, labels):
    image = nibabel.Nifti1Image((labels % 100).astype(np.int16), np.eye(4))
    image.header.set_slope_inter(0.5, 0)
    nibabel.save(image, tmp_path / "a.nii")
    with pytest.raises(FormatError, match="floating-point"):
        read_volume(tmp_path / "a.nii")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("share", [0, 0.02, 0.4, 0.9])
def test_damaged_files_give_one_sentence(tmp_path, labels, suffix, share):
    path = tmp_path / f"a{suffix}"
    save(path, labels)
    truncate(path, share)
    with pytest.raises(FormatError, match="cannot be read as NIfTI") as caught:
        read_volume(path)
    assert "\n" not in str(caught.value)
