"""npy files: memory-mapped, any order of memory and bytes, refused when damaged."""

import numpy as np
import pytest

from kimimaro.formats import FormatError, read_volume

from .conftest import truncate


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<u4", ">u4", ">i8", "u2"])
def test_reads_any_order_of_memory_and_bytes(tmp_path, labels, order, dtype):
    image = (labels % 60000).astype(dtype, order=order)
    np.save(tmp_path / "a.npy", image)
    volume = read_volume(tmp_path / "a.npy")
    assert volume.labels.dtype == image.dtype
    assert np.array_equal(volume.labels, image)
    assert volume.anisotropy is None


def test_maps_the_file_and_never_changes_it(tmp_path, labels):
    np.save(tmp_path / "a.npy", labels)
    volume = read_volume(tmp_path / "a.npy")
    assert isinstance(volume.labels, np.memmap)
    volume.labels[:] = 9
    assert np.array_equal(np.load(tmp_path / "a.npy"), labels)


def test_takes_the_axis_order_from_the_caller(tmp_path, labels):
    np.save(tmp_path / "zyx.npy", labels.T)
    volume = read_volume(tmp_path / "zyx.npy", axes="zyx")
    assert np.array_equal(volume.labels, labels)


def test_refuses_an_axis_order_that_is_none(tmp_path, labels):
    np.save(tmp_path / "a.npy", labels)
    with pytest.raises(FormatError, match="axes is 'zy', but the image has 3 dimensions"):
        read_volume(tmp_path / "a.npy", axes="zy")


def test_reads_a_part_and_says_where_it_lies(tmp_path, labels):
    np.save(tmp_path / "a.npy", labels)
    crop = (slice(2, 9), slice(None), slice(1, 4))
    volume = read_volume(tmp_path / "a.npy", crop=crop)
    assert np.array_equal(volume.labels, labels[crop])
    assert volume.origin == (2, 0, 1)


@pytest.mark.parametrize("bounds", [(3, 3), (0, 12), (-1, 4)])
def test_refuses_a_part_outside(tmp_path, labels, bounds):
    np.save(tmp_path / "a.npy", labels)
    with pytest.raises(FormatError, match="x runs from 0 to 11"):
        read_volume(tmp_path / "a.npy", crop=(slice(*bounds), slice(None), slice(None)))


def test_reads_flat_images_and_a_single_channel(tmp_path, labels):
    np.save(tmp_path / "flat.npy", labels[:, :, 1])
    np.save(tmp_path / "channel.npy", labels[..., np.newaxis])
    assert np.array_equal(read_volume(tmp_path / "flat.npy").labels, labels[:, :, 1])
    assert np.array_equal(read_volume(tmp_path / "channel.npy").labels, labels)


def test_refuses_several_channels(tmp_path, labels):
    np.save(tmp_path / "a.npy", np.stack([labels, labels], axis=-1))
    with pytest.raises(FormatError, match="2 channels"):
        read_volume(tmp_path / "a.npy")


@pytest.mark.parametrize("share", [0, 0.05, 0.9])
def test_damaged_files_give_one_sentence(tmp_path, labels, share):
    path = tmp_path / "a.npy"
    np.save(path, labels)
    truncate(path, share)
    with pytest.raises(FormatError, match=r"a\.npy cannot be read as NumPy array") as caught:
        read_volume(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_text_is_refused_without_advice_to_unpickle_it(tmp_path, name):
    (tmp_path / name).write_text("hello, this is some text")
    with pytest.raises(FormatError, match=rf"{name} cannot be read.*no such file") as caught:
        read_volume(tmp_path / name)
    assert "pickle" not in str(caught.value)


def test_an_empty_image_is_said_to_be_empty(tmp_path):
    np.save(tmp_path / "zero.npy", np.zeros((0, 20, 20), dtype=np.uint8))
    with pytest.raises(FormatError, match=r"is empty: its shape is \(0, 20, 20\)"):
        read_volume(tmp_path / "zero.npy")
