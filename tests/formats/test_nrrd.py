"""NRRD: encodings, byte orders, detached headers, voxel sizes, color and damage."""

import numpy as np
import pytest

from kimimaro.formats import FormatError, read_volume

from .conftest import truncate

nrrd = pytest.importorskip("nrrd")


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "ascii"])
@pytest.mark.parametrize("endian", ["big", "little"])
def test_reads_encodings_and_byte_orders(tmp_path, labels, encoding, endian):
    image = labels.astype(">u4" if endian == "big" else "<u4")
    nrrd.write(str(tmp_path / "a.nrrd"), image, {"encoding": encoding, "spacings": [0.5, 0.5, 2.0]})
    volume = read_volume(tmp_path / "a.nrrd")
    assert np.array_equal(volume.labels, labels)
    assert volume.anisotropy == (0.5, 0.5, 2.0)
    if encoding != "ascii":
        assert f"endian: {endian}".encode() in (tmp_path / "a.nrrd").read_bytes()


def test_reads_a_detached_header(tmp_path, labels):
    nrrd.write(str(tmp_path / "a.nhdr"), labels)
    volume = read_volume(tmp_path / "a.nhdr")
    assert np.array_equal(volume.labels, labels)
    assert volume.anisotropy is None


def test_voxel_size_from_oblique_directions(tmp_path, labels):
    header = {
        "space": "left-posterior-superior",
        "space directions": [[0.3, 0.4, 0], [-0.8, 0.6, 0], [0, 0, 2]],
        "space units": ["mm"] * 3,
        "kinds": ["domain"] * 3,
    }
    nrrd.write(str(tmp_path / "a.nrrd"), labels, header)
    volume = read_volume(tmp_path / "a.nrrd")
    assert volume.anisotropy == pytest.approx((0.5, 1.0, 2.0))
    assert volume.unit == "mm"


def test_a_single_channel_before_the_axes(tmp_path, labels):
    header = {"kinds": ["list", "domain", "domain", "domain"], "spacings": [np.nan, 1, 2, 3]}
    nrrd.write(str(tmp_path / "a.nrrd"), labels[np.newaxis], header)
    volume = read_volume(tmp_path / "a.nrrd")
    assert np.array_equal(volume.labels, labels)
    assert volume.anisotropy == (1, 2, 3)


def test_a_flat_image_with_a_channel_and_a_unit(tmp_path, labels):
    header = {
        "kinds": ["list", "domain", "domain"],
        "spacings": [np.nan, 0.5, 2],
        "units": ["", "microns", "microns"],
    }
    nrrd.write(str(tmp_path / "a.nrrd"), labels[np.newaxis, :, :, 1], header)
    volume = read_volume(tmp_path / "a.nrrd")
    assert np.array_equal(volume.labels, labels[:, :, 1])
    assert (volume.anisotropy, volume.unit) == ((0.5, 2, 1), "um")


def test_a_size_along_some_axes_is_none(tmp_path, labels):
    header = {"spacings": [0.5, 0.5, np.nan], "units": ["mm", "mm", "s"]}
    nrrd.write(str(tmp_path / "a.nrrd"), labels, header)
    volume = read_volume(tmp_path / "a.nrrd")
    assert (volume.anisotropy, volume.unit) == (None, None)


def test_refuses_color(tmp_path):
    image = np.zeros((3, 5, 6), dtype=np.uint8)
    nrrd.write(str(tmp_path / "a.nrrd"), image, {"kinds": ["RGB-color", "domain", "domain"]})
    with pytest.raises(FormatError, match="RGB image"):
        read_volume(tmp_path / "a.nrrd")


@pytest.mark.parametrize("encoding", ["raw", "gzip"])
@pytest.mark.parametrize("share", [0, 0.02, 0.1, 0.5, 0.95])
def test_damaged_files_give_one_sentence(tmp_path, labels, encoding, share):
    path = tmp_path / "a.nrrd"
    nrrd.write(str(path), labels, {"encoding": encoding})
    truncate(path, share)
    with pytest.raises(FormatError, match="cannot be read as NRRD") as caught:
        read_volume(path)
    assert "\n" not in str(caught.value)
