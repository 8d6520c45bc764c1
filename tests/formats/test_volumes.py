"""What the formats of volumes have in common: axis orders from the caller, parts, positions."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from kimimaro.errors import InputError, InputTypeError, KimimaroError
from kimimaro.formats import (
    FormatError,
    FormatWarning,
    holds_skeletons,
    read_skeletons,
    read_volume,
    write_skeletons,
)


def save_npz(path, array):
    np.savez(path, labels=array)


def save_tiff(path, array):
    pytest.importorskip("tifffile").imwrite(path, array)


def save_nifti(path, array):
    nibabel = pytest.importorskip("nibabel")
    nibabel.save(nibabel.Nifti1Image(array, np.eye(4)), path)


def save_nrrd(path, array):
    pytest.importorskip("nrrd").write(str(path), array)


def save_hdf5(path, array):
    with pytest.importorskip("h5py").File(path, "w") as file:
        file["labels"] = array
        file["numbers"] = np.arange(3)


def save_zarr(path, array):
    group = pytest.importorskip("zarr", minversion="3").open_group(path, mode="w")
    for name, data in (("labels", array), ("numbers", np.arange(3))):
        group.create_array(name, data=data)


def save_n5(path, array):
    tensorstore = pytest.importorskip("tensorstore")
    spec = {"driver": "n5", "kvstore": {"driver": "file", "path": str(path)}}
    tensorstore.open(spec, create=True, dtype=array.dtype, shape=array.shape).result()[...] = array


def save_crackle(path, array):
    pytest.importorskip("crackle").save(array, str(path))


FORMATS = {
    "a.npy": (np.save, "xyz"),
    "a.npz": (save_npz, "xyz"),
    "a.ckl": (save_crackle, "xyz"),
    "a.tif": (save_tiff, "zyx"),
    "a.nii": (save_nifti, "xyz"),
    "a.nrrd": (save_nrrd, "xyz"),
    "a.h5": (save_hdf5, "zyx"),
    "a.zarr": (save_zarr, "zyx"),
    "a.n5": (save_n5, "xyz"),
}


@pytest.mark.parametrize(("name", "save", "usual"), [(n, *how) for n, how in FORMATS.items()])
@pytest.mark.parametrize("axes", [None, "yxz"])
def test_a_part_in_the_usual_or_another_order(tmp_path, labels, name, save, usual, axes):
    order = ["xyz".index(axis) for axis in axes or usual]
    save(tmp_path / name, np.ascontiguousarray(labels.transpose(order)))
    crop = (slice(2, 9), slice(1, None), slice(None, 3))
    volume = read_volume(tmp_path / name, axes=axes, crop=crop)
    assert np.array_equal(volume.labels, labels[crop])
    assert volume.origin == (2, 1, 0)
    assert volume.translation == (0, 0, 0)


@pytest.mark.parametrize("name", sorted({*FORMATS} - {"a.ckl", "a.npz"}))
def test_flat_images_in_the_usual_order(tmp_path, labels, name):
    save, usual = FORMATS[name]
    flat = labels[:, :, 1]
    save(tmp_path / name, np.ascontiguousarray(flat if usual == "xyz" else flat.T))
    assert np.array_equal(read_volume(tmp_path / name).labels, flat)


def give_tiff_size(path, array):
    sizes = {"PhysicalSizeX": 0, "PhysicalSizeY": 1}
    metadata = {"axes": "ZYX", **sizes}
    pytest.importorskip("tifffile").imwrite(path, array.T, ome=True, metadata=metadata)


def give_nifti_size(path, array):
    save_nifti(path, array)
    header = bytearray(path.read_bytes())
    header[80:84] = np.float32(np.nan).tobytes()  # pixdim[1]; the library makes 1 of 0
    path.write_bytes(header)


def give_nrrd_size(path, array):
    pytest.importorskip("nrrd").write(str(path), array, {"spacings": [0, 1, 1]})


def give_hdf5_size(path, array):
    save_hdf5(path, array.T)
    with pytest.importorskip("h5py").File(path, "a") as file:
        file["labels"].attrs["resolution"] = [1, 1, 0]


def give_hdf5_one_number(path, array):
    save_hdf5(path, array.T)
    with pytest.importorskip("h5py").File(path, "a") as file:
        file["labels"].attrs["resolution"] = 4.0


def give_zarr_size(path, array):
    zarr = pytest.importorskip("zarr", minversion="3")
    group = zarr.open_group(path, mode="w")
    group.create_array("labels", data=array)
    steps = [
        {"type": "scale", "scale": [0, 1, 1]},
        {"type": "translation", "translation": [10, 20, 30]},
    ]
    dataset = {"path": "labels", "coordinateTransformations": steps}
    group.attrs["multiscales"] = [{"axes": ["x", "y", "z"], "datasets": [dataset]}]


def give_n5_size(path, array):
    save_n5(path, array)
    attributes = json.loads((path / "attributes.json").read_text())
    (path / "attributes.json").write_text(json.dumps({**attributes, "resolution": [0, 1, 1]}))


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("name", "save"),
    [
        ("a.tif", give_tiff_size),
        ("a.nii", give_nifti_size),
        ("a.nrrd", give_nrrd_size),
        ("a.h5", give_hdf5_size),
        ("a.h5", give_hdf5_one_number),
        ("a.zarr", give_zarr_size),
        ("a.n5", give_n5_size),
    ],
)
def test_a_voxel_size_that_is_none_is_left_out(tmp_path, labels, name, save):
    save(tmp_path / name, labels)
    with pytest.warns(FormatWarning, match=rf"{re.escape(name)} has no usable voxel size: .*; it"):
        volume = read_volume(tmp_path / name)
    assert np.array_equal(volume.labels, labels)
    assert (volume.anisotropy, volume.unit, volume.translation) == (None, None, (0, 0, 0))
    assert "no usable voxel size in the file" in volume.source


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.h5", "a.zarr"])
@pytest.mark.parametrize("image", [np.array(5), np.arange(5)], ids=["scalar", "line"])
def test_what_has_fewer_than_two_dimensions_is_no_image(tmp_path, name, image):
    FORMATS[name][0](tmp_path / name, image)
    inner = "" if name.endswith("npy") else "::labels"
    words = r"2 or 3 were expected|has no image 'labels'; it holds no image"
    with pytest.raises(FormatError, match=words):
        read_volume(f"{tmp_path / name}{inner}")


@pytest.mark.parametrize("path", [None, np.zeros(3), b"a.npy", [b"a.npy"], 5])
@pytest.mark.parametrize(
    "use", [read_volume, read_skeletons, holds_skeletons, lambda path: write_skeletons({}, path)]
)
def test_names_are_text_or_paths(path, use):
    words = rf"name of a file or folder is a {type(path).__name__}; pass text or a Path\."
    with pytest.raises(InputTypeError, match=words):
        use(path)


X = slice(0, 5)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"axes": ["z", "y", "x"]}, "axes is ['z', 'y', 'x']; pass the order as text"),
        ({"level": "x"}, "level is 'x'; pass a whole number."),
        ({"level": 0.5}, "level is 0.5; pass a whole number."),
        ({"level": -1}, "level is -1; use a number of at least 0."),
        ({"crop": [(0, 5), (0, 5), (0, 5)]}, "crop is [(0, 5), (0, 5), (0, 5)]; pass a slice for"),
        ({"crop": X}, "crop is slice(0, 5, None); pass a slice for each of x, y and z, such as"),
        ({"crop": "0:5,0:5,0:5"}, "crop is '0:5,0:5,0:5'; pass a slice"),
        ({"crop": (X, X, X, X)}, "pass a slice for each"),
        ({"crop": (X, slice(0, 5, 2), X)}, "crop has the step 2 along y; leave it out."),
        ({"crop": (X, X, slice(0, 2.5))}, "an end of crop along z is 2.5; pass a whole number."),
    ],
)
def test_a_wrong_argument_is_not_laid_to_the_file(tmp_path, labels, wrong, words):
    np.save(tmp_path / "a.npy", labels)
    with pytest.raises(KimimaroError, match=re.escape(words)) as caught:
        read_volume(tmp_path / "a.npy", **wrong)
    assert isinstance(caught.value, (InputError, InputTypeError))
    assert "a.npy" not in str(caught.value)


def test_numbers_of_any_type_are_ends_and_levels(tmp_path, labels):
    np.save(tmp_path / "a.npy", labels)
    crop = [slice(np.uint8(2), 9.0, 1), slice(None)]
    volume = read_volume(tmp_path / "a.npy", crop=crop, level=np.int64(0))
    assert np.array_equal(volume.labels, labels[2:9])
    assert volume.origin == (2, 0, 0)


def test_the_listing_in_the_docs_runs_without_a_voxel_size(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text()
    listing = page.partition("```python\n")[2].partition("```")[0]
    lines = [line for line in listing.splitlines() if "to_navis(" not in line]
    image = np.zeros((9, 9, 30), dtype=np.uint32)
    image[1:8, 1:8, 1:29] = 5
    monkeypatch.chdir(tmp_path)
    np.save("image.npy", image)
    code = "\n".join(lines).replace('"image.zarr", level=1', '"image.npy"')
    names = {}
    exec(code, names)
    assert names["volume"].anisotropy is None
    assert names["graph"].number_of_nodes() > 1


def test_progress_of_a_folder_of_slices(tmp_path, labels):
    for z in range(5):
        save_tiff(tmp_path / f"{z}.tif", labels[:, :, z].T)
    told = []
    crop = (slice(2, 9), slice(None), slice(1, 3))
    read_volume(tmp_path, crop=crop, advance=lambda *counts: told.append(counts))
    assert told == [(49, 98), (98, 98)]


def test_levels_in_the_order_of_their_numbers(tmp_path, labels):
    for level in range(11):
        save_n5(tmp_path / f"s{level}", labels[: 11 - level])
    pixel = {"dimensions": [4, 4, 40], "unit": "nm"}
    (tmp_path / "attributes.json").write_text(json.dumps({"pixelResolution": pixel}))
    assert read_volume(tmp_path, level=2).labels.shape[0] == 9
    assert read_volume(tmp_path, level=10).labels.shape[0] == 1
