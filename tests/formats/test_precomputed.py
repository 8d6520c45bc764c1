"""Precomputed volumes: levels, frame, parts, absent chunks, damage."""

import json

import numpy as np
import pytest

from kimimaro.errors import OutOfMemoryError
from kimimaro.formats import FormatError, FormatWarning, precomputed, read_volume

pytestmark = pytest.mark.filterwarnings("default")
cloudvolume = pytest.importorskip("cloudvolume")


@pytest.fixture
def path(tmp_path, labels):
    """A volume of one level whose first voxel is 100, -20, 3."""
    path = tmp_path / "volume"
    cloudvolume.CloudVolume.from_numpy(
        labels,
        f"file://{path}",
        resolution=(16, 16, 40),
        voxel_offset=(100, -20, 3),
        chunk_size=(4, 4, 4),
        layer_type="segmentation",
    )
    return path


def test_reads_by_folder_and_by_address(path, labels, monkeypatch):
    monkeypatch.chdir(path.parent)
    for source in ("volume", path, f"file://{path}", f"precomputed://file://{path}"):
        volume = read_volume(source)
        assert np.array_equal(volume.labels, labels)
        assert volume.anisotropy == (16, 16, 40)
        assert volume.unit == "nm"
        assert volume.origin == (100, -20, 3)


def test_a_voxel_size_that_is_none_is_left_out(path, labels):
    info = json.loads((path / "info").read_text())
    info["scales"][0]["resolution"] = [0, 16, 40]
    (path / "info").write_text(json.dumps(info))
    with pytest.warns(FormatWarning, match="volume has no usable voxel size: the resolution is"):
        volume = read_volume(path)
    assert np.array_equal(volume.labels, labels)
    assert (volume.anisotropy, volume.unit) == (None, None)


def test_reads_a_level(path, labels):
    volume = cloudvolume.CloudVolume(f"file://{path}")
    volume.add_scale((2, 2, 1))
    volume.commit_info()
    coarse = cloudvolume.CloudVolume(
        f"file://{path}", mip=1, non_aligned_writes=True, fill_missing=True
    )
    image = labels[:10:2, :6:2]
    start = coarse.bounds.minpt
    box = tuple(slice(int(a), int(a) + size) for a, size in zip(start, image.shape, strict=True))
    coarse[box] = image
    read = read_volume(path, level=1, fill_missing=True)
    assert read.anisotropy == (32, 32, 40)
    assert np.array_equal(read.labels[:5, :3], image)
    with pytest.raises(FormatError, match="levels 0 to 1"):
        read_volume(path, level=2)


def test_a_part_is_named_in_the_frame_of_the_volume(path, labels):
    volume = read_volume(path, crop=(slice(102, 109), slice(-19, None), slice(None, 6)))
    assert np.array_equal(volume.labels, labels[2:9, 1:, :3])
    assert volume.origin == (102, -19, 3)
    with pytest.raises(FormatError, match="x runs from 100 to 111"):
        read_volume(path, crop=(slice(0, 5), slice(None), slice(None)))


def test_is_read_in_layers_of_whole_chunks(path, labels, monkeypatch):
    monkeypatch.setattr("kimimaro.formats.precomputed.SLAB_VOXELS", 300)
    read, told = [], []
    cutout = precomputed._cutout

    def noted(volume, box, name):
        read.append((box[2].start, box[2].stop))
        return cutout(volume, box, name)

    monkeypatch.setattr(precomputed, "_cutout", noted)
    volume = read_volume(
        path,
        crop=(slice(103, None), slice(None), slice(5, 8)),
        advance=lambda *counts: told.append(counts),
    )
    assert np.array_equal(volume.labels, labels[3:, :, 2:])
    assert read == [(5, 7), (7, 8)]
    assert told == [(2 * 8 * 7, 3 * 8 * 7), (3 * 8 * 7, 3 * 8 * 7)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"axes": "zyx"}, "axes is 'zyx', but Precomputed volumes are x, y, z"),
        ({"crop": (slice(105, 105),)}, "x from 105 to 105, but x runs from 100 to 111"),
        ({"level": 1}, "level is 1, but .* has levels 0 to 0"),
    ],
)
def test_refuses_what_it_cannot_read_so(path, options, words):
    with pytest.raises(FormatError, match=words):
        read_volume(path, **options)


def test_what_is_read_must_fit_into_the_free_memory(path, labels, monkeypatch):
    part = 2 * 3 * 5 * labels.itemsize
    monkeypatch.setattr("kimimaro.memory.free_memory", lambda: part)
    crop = (slice(109, 111), slice(-16, -13))
    assert read_volume(path, crop=crop).labels.nbytes == part
    with pytest.raises(OutOfMemoryError, match="volume takes"):
        read_volume(path)


def test_refuses_an_image_of_several_channels(tmp_path):
    image = np.zeros((4, 4, 4, 2), dtype=np.uint8)
    cloudvolume.CloudVolume.from_numpy(image, f"file://{tmp_path}/image", layer_type="image")
    with pytest.raises(FormatError, match="image has 2 channels; Kimimaro reads one label"):
        read_volume(tmp_path / "image")


def test_absent_chunks_are_background_only_when_told(path, labels):
    next((path / "16_16_40").glob("100-104_-20--16_3-7*")).unlink()
    with pytest.raises(FormatError, match=r"lacks the chunk.*--fill-missing"):
        read_volume(path)
    left = labels.copy()
    left[:4, :4, :4] = 0
    assert np.array_equal(read_volume(path, fill_missing=True).labels, left)


@pytest.mark.parametrize("part", ["info", "16_16_40/100-104_-20--16_3-7.gz"])
@pytest.mark.parametrize("share", [0, 0.5])
def test_damaged_files_give_one_sentence(path, part, share):
    file = path / part
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FormatError, match="cannot be read as a Precomputed volume") as caught:
        read_volume(path)
    assert "\n" not in str(caught.value)
