"""Zarr 2 and 3 and OME-Zarr: axes, levels, voxel size, position, parts, damage."""

import numpy as np
import pytest

from kimimaro.formats import FormatError, read_volume

zarr = pytest.importorskip("zarr", minversion="3")


def array(group, name, data, **options):
    return group.create_array(name, data=data, chunks=tuple([4] * data.ndim), **options)


def multiscale(version, axes, scales, translation=None):
    """OME metadata as the specification of that version lays them out."""
    names = [{"name": name, "type": "space", "unit": "nanometer"} for name in axes[-3:]]
    names = [{"name": name, "type": "other", "unit": "any"} for name in axes[:-3]] + names
    datasets = []
    for path, scale in scales.items():
        steps = [{"type": "scale", "scale": scale}]
        if translation is not None:
            steps.append({"type": "translation", "translation": translation})
        datasets.append({"path": path, "coordinateTransformations": steps})
    content = {"multiscales": [{"axes": names, "datasets": datasets}]}
    if version == "0.4":
        content["multiscales"][0]["version"] = version
        return content
    return {"ome": {"version": version, **content}}


@pytest.fixture(params=["0.4", "0.5"])
def ome(request, tmp_path, labels):
    """An OME-Zarr label image of two levels, with time and channel axes."""
    path = tmp_path / "cells.zarr"
    group = zarr.open_group(path, mode="w", zarr_format=2 if request.param == "0.4" else 3)
    array(group, "s0", labels.T[np.newaxis, np.newaxis])
    array(group, "s1", labels.T[np.newaxis, np.newaxis, ::2, ::2, ::2])
    scales = {"s0": [1, 1, 40, 4, 8], "s1": [1, 1, 80, 8, 16]}
    group.attrs.update(multiscale(request.param, "tczyx", scales, [0, 0, 400, 20, 8]))
    return path


@pytest.mark.parametrize("version", [2, 3])
def test_a_plain_array_is_z_y_x(tmp_path, labels, version):
    path = tmp_path / "a.zarr"
    zarr.create_array(path, data=labels.T, chunks=(4, 4, 4), zarr_format=version)
    volume = read_volume(path)
    assert np.array_equal(volume.labels, labels)
    assert volume.anisotropy is None
    assert np.array_equal(read_volume(path, axes="xyz").labels, labels.T)
    with pytest.raises(FormatError, match=r"level is 1, but .* has one level only"):
        read_volume(path, level=1)
    with pytest.raises(FormatError, match=r"no array or group 'x'; it holds one array"):
        read_volume(f"{path}::x")


def test_names_of_the_axes_in_the_metadata_win(tmp_path, labels):
    three = zarr.open_group(tmp_path / "3.zarr", mode="w", zarr_format=3)
    array(three, "a", labels, dimension_names=("x", "y", "z"))
    assert np.array_equal(read_volume(tmp_path / "3.zarr").labels, labels)
    array(three, "b", labels, dimension_names=("X position", "Y position", "Z position"))
    assert np.array_equal(read_volume(f"{tmp_path / '3.zarr'}::b").labels, labels)
    array(three, "c", labels.T, dimension_names=("plane", None, "column"))
    assert np.array_equal(read_volume(f"{tmp_path / '3.zarr'}::c").labels, labels)
    array(three, "d", labels[:, :, 1], dimension_names=("x", "y"))
    assert np.array_equal(read_volume(f"{tmp_path / '3.zarr'}::d").labels, labels[:, :, 1])
    two = zarr.open_group(tmp_path / "2.zarr", mode="w", zarr_format=2)
    array(two, "a", labels).attrs["_ARRAY_DIMENSIONS"] = ["x", "y", "z"]
    assert np.array_equal(read_volume(tmp_path / "2.zarr").labels, labels)


@pytest.mark.parametrize("version", [2, 3])
def test_arrays_in_groups(tmp_path, labels, version):
    path = tmp_path / "folder"
    group = zarr.open_group(path, mode="w", zarr_format=version)
    array(group, "inner/labels", labels.T)
    assert np.array_equal(read_volume(path).labels, labels)
    assert np.array_equal(read_volume(path / "inner" / "labels").labels, labels)
    array(group, "raw", labels.T)
    with pytest.raises(FormatError, match=r"inner/labels, raw; name the labels"):
        read_volume(path)
    for inner in ("inner/labels", "/inner/labels/"):
        assert np.array_equal(read_volume(f"{path}::{inner}").labels, labels)
    with pytest.raises(FormatError, match=r"no array or group 'nothing'; it holds inner/labels"):
        read_volume(f"{path}::nothing")


def test_a_zip_file(tmp_path, labels):
    path = tmp_path / "a.zarr.zip"
    with zarr.storage.ZipStore(path, mode="w") as store:
        zarr.create_array(store, data=labels.T, chunks=(4, 4, 4))
    assert np.array_equal(read_volume(path).labels, labels)


def test_ome_takes_the_finest_level_unless_told(ome, labels):
    volume = read_volume(ome)
    assert np.array_equal(volume.labels, labels)
    assert volume.anisotropy == (8, 4, 40)
    assert volume.unit == "nm"
    assert volume.translation == (8, 20, 400)
    coarse = read_volume(ome, level=1)
    assert np.array_equal(coarse.labels, labels[::2, ::2, ::2])
    assert coarse.anisotropy == (16, 8, 80)
    with pytest.raises(FormatError, match="levels 0 to 1"):
        read_volume(ome, level=2)


def test_ome_level_named_as_an_array(ome, labels):
    for volume in (read_volume(ome / "s1"), read_volume(f"{ome}::s1")):
        assert np.array_equal(volume.labels, labels[::2, ::2, ::2])
        assert volume.anisotropy == (16, 8, 80)


@pytest.mark.parametrize("named", [{}, {"axes": ["z", "y", "x"]}])
def test_older_ome_metadata_know_neither_units_nor_sizes(tmp_path, labels, named):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
    array(group, "0", labels.T)
    group.attrs["multiscales"] = [{"datasets": [{"path": "0"}], **named}]
    volume = read_volume(tmp_path / "a.zarr")
    assert np.array_equal(volume.labels, labels)
    assert (volume.anisotropy, volume.unit, volume.translation) == ((1, 1, 1), None, (0, 0, 0))


def test_a_flat_ome_image(tmp_path, labels):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
    array(group, "0", labels[:, :, 1].T)
    content = multiscale("0.4", "yx", {"0": [3, 2]}, [30, 20])
    step = {"type": "identity"}
    content["multiscales"][0]["datasets"][0]["coordinateTransformations"].append(step)
    group.attrs.update(content)
    volume = read_volume(tmp_path / "a.zarr")
    assert np.array_equal(volume.labels, labels[:, :, 1])
    assert (volume.anisotropy, volume.translation) == ((2, 3, 1), (20, 30, 0))


@pytest.mark.parametrize(
    "step", [{"type": "affine", "affine": [1]}, {"type": "scale", "path": "scales"}]
)
def test_ome_transformations_that_are_not_known_are_refused(tmp_path, labels, step):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
    array(group, "0", labels.T)
    content = multiscale("0.4", "zyx", {"0": [3, 2, 1]})
    content["multiscales"][0]["coordinateTransformations"] = [step]
    group.attrs.update(content)
    with pytest.raises(FormatError, match=f"use a transformation '{step['type']}' that is not"):
        read_volume(tmp_path / "a.zarr")


@pytest.mark.parametrize("values", [[1, 2], [1, 2, "wide"], [1, 2, float("nan")], 3, None])
@pytest.mark.parametrize("kind", ["scale", "translation"])
def test_ome_steps_without_a_number_for_each_axis_are_refused(tmp_path, labels, kind, values):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
    array(group, "0", labels.T)
    content = multiscale("0.4", "zyx", {"0": [3, 2, 1]})
    content["multiscales"][0]["coordinateTransformations"] = [{"type": kind, kind: values}]
    group.attrs.update(content)
    with pytest.raises(FormatError, match=f"a {kind} of .*; a number for each of the axes zyx is"):
        read_volume(tmp_path / "a.zarr")


def test_ome_units_that_differ_are_refused(tmp_path, labels):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
    array(group, "0", labels.T)
    content = multiscale("0.4", "zyx", {"0": [3, 2, 1]})
    content["multiscales"][0]["axes"][0]["unit"] = "micrometer"
    group.attrs.update(content)
    with pytest.raises(FormatError, match="mix the units micrometer, nanometer"):
        read_volume(tmp_path / "a.zarr")


def test_ome_transformations_apply_one_after_another(tmp_path, labels):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
    array(group, "0", labels.T)
    content = multiscale("0.4", "zyx", {"0": [4, 2, 1]}, [10, 20, 30])
    content["multiscales"][0]["coordinateTransformations"] = [{"type": "scale", "scale": [3, 3, 3]}]
    group.attrs.update(content)
    volume = read_volume(tmp_path / "a.zarr")
    assert volume.anisotropy == (3, 6, 12)
    assert volume.translation == (90, 60, 30)


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_an_image_with_labels_beside_it_leads_to_them(tmp_path, labels, version):
    path = tmp_path / "image.zarr"
    root = zarr.open_group(path, mode="w", zarr_format=2 if version == "0.4" else 3)
    array(root, "0", labels.T)
    root.attrs.update(multiscale(version, "zyx", {"0": [1, 1, 1]}))
    sets = root.create_group("labels")
    names = {"labels": ["cells"]}
    sets.attrs.update(names if version == "0.4" else {"ome": {"version": version, **names}})
    cells = sets.create_group("cells")
    array(cells, "0", labels.T + 1)
    content = multiscale(version, "zyx", {"0": [3, 2, 1]})
    (content if version == "0.4" else content["ome"])["image-label"] = {}
    cells.attrs.update(content)
    with pytest.raises(FormatError, match=r"read .*image\.zarr::labels/cells"):
        read_volume(path)
    for source in (f"{path}::labels/cells", path / "labels", path / "labels" / "cells"):
        volume = read_volume(source)
        assert np.array_equal(volume.labels, labels + 1)
        assert volume.anisotropy == (1, 2, 3)


def test_reads_a_part(ome, labels):
    crop = (slice(2, 9), slice(1, None), slice(None, 3))
    volume = read_volume(ome, crop=crop)
    assert np.array_equal(volume.labels, labels[crop])
    assert volume.origin == (2, 1, 0)


def test_more_than_the_memory_is_refused_before_reading(tmp_path):
    zarr.create_array(
        tmp_path / "a.zarr", shape=(1 << 20, 1 << 20, 1 << 20), chunks=(64, 64, 64), dtype="u8"
    )
    with pytest.raises(MemoryError, match="GiB of memory are free; read a part"):
        read_volume(tmp_path / "a.zarr")


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("part", ["metadata", "chunk"])
@pytest.mark.parametrize("share", [0, 0.5])
def test_damaged_files_give_one_sentence(tmp_path, labels, version, part, share):
    path = tmp_path / "a.zarr"
    zarr.create_array(path, data=labels.T, chunks=(5, 7, 11), zarr_format=version)
    names = {(2, "metadata"): ".zarray", (2, "chunk"): "0.0.0", (3, "metadata"): "zarr.json"}
    file = path / names.get((version, part), "c/0/0/0")
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FormatError, match="cannot be read as Zarr") as caught:
        read_volume(path)
    assert "\n" not in str(caught.value)
