"""HDF5: which dataset, axis order and voxel size from attributes, parts, damage."""

import json

import numpy as np
import pytest

from kimimaro.formats import FormatError, read_volume

from .conftest import truncate

h5py = pytest.importorskip("h5py")


@pytest.fixture
def path(tmp_path, labels):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("volumes/labels", data=labels.T, chunks=(2, 3, 4))
        dataset.attrs["resolution"] = [40.0, 4.0, 5.0]
        file["table"] = np.arange(5)
    return path


def test_reads_the_only_image_as_z_y_x(path, labels):
    volume = read_volume(path)
    assert np.array_equal(volume.labels, labels)
    assert volume.anisotropy == (5, 4, 40)
    assert volume.unit == "nm"
    assert "/volumes/labels" in volume.source


@pytest.mark.parametrize("name", ["/volumes/labels", "volumes/labels"])
def test_reads_a_named_dataset(path, labels, name):
    assert np.array_equal(read_volume(f"{path}::{name}").labels, labels)


@pytest.mark.parametrize("name", ["/volumes", "/nothing"])
def test_names_what_is_there(path, name):
    with pytest.raises(FormatError, match="it holds /volumes/labels"):
        read_volume(f"{path}::{name}")


def test_asks_which_of_several(path, labels):
    with h5py.File(path, "a") as file:
        file["raw"] = labels.T
    with pytest.raises(FormatError, match=r"/raw, /volumes/labels.*a\.h5::/PATH"):
        read_volume(path)


def test_axes_from_the_caller_tags_and_dimension_labels(tmp_path, labels):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["plain"] = labels
        tagged = file.create_dataset("tagged", data=labels.transpose(1, 0, 2)[..., np.newaxis])
        tagged.attrs["axistags"] = json.dumps({"axes": [{"key": key} for key in "yxzc"]})
        labeled = file.create_dataset("labeled", data=labels.transpose(2, 0, 1))
        for dimension, label in zip(labeled.dims, "zxy", strict=True):
            dimension.label = label
    assert np.array_equal(read_volume(f"{path}::plain", axes="xyz").labels, labels)
    assert np.array_equal(read_volume(f"{path}::tagged").labels, labels)
    assert np.array_equal(read_volume(f"{path}::labeled").labels, labels)


def test_names_that_are_no_axes_are_passed_over(tmp_path, labels):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["upper"], file["rows"], file["flat"] = labels, labels.T, labels[:, :, 1]
        for name, axes in (("upper", "XYZ"), ("rows", "abc"), ("flat", "xy")):
            for dimension, label in zip(file[name].dims, axes, strict=True):
                dimension.label = f"{label} axis"
        file["flat"].attrs["resolution"] = [4.0, 5.0, 40.0]
        file["flat"].attrs["voxel_size"] = [8.0, 10.0]
    for name in ("upper", "rows"):
        assert np.array_equal(read_volume(f"{path}::{name}").labels, labels)
    flat = read_volume(f"{path}::flat")
    assert np.array_equal(flat.labels, labels[:, :, 1])
    assert (flat.anisotropy, flat.unit) == ((8, 10, 1), None)


def test_reads_a_part(path, labels):
    crop = (slice(2, 9), slice(1, None), slice(None, 3))
    volume = read_volume(path, crop=crop)
    assert np.array_equal(volume.labels, labels[crop])
    assert volume.origin == (2, 1, 0)


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.95])
def test_damaged_files_give_one_sentence(path, share):
    truncate(path, share)
    with pytest.raises(FormatError, match="cannot be read as HDF5") as caught:
        read_volume(path)
    assert "\n" not in str(caught.value)
