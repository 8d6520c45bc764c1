"""TIFF: single, stack, hyperstack, folder; voxel sizes of ImageJ and OME; color and damage."""

import numpy as np
import pytest

from kimimaro.formats import FormatError, read_volume

from .conftest import truncate

tifffile = pytest.importorskip("tifffile")
pytest.importorskip("imagecodecs")


def test_a_flat_image_is_y_x_in_the_file(tmp_path, labels):
    tifffile.imwrite(tmp_path / "a.tif", labels[:, :, 1].T)
    volume = read_volume(tmp_path / "a.tif")
    assert np.array_equal(volume.labels, labels[:, :, 1])
    assert volume.anisotropy is None


@pytest.mark.parametrize("dtype", ["u1", ">u2", "<u4", "i4", "u8"])
@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
def test_a_stack_is_z_y_x_in_the_file(tmp_path, labels, dtype, compression):
    image = (labels % 120).astype(dtype)
    tifffile.imwrite(
        tmp_path / "a.tif", image.T, compression=compression, byteorder=np.dtype(dtype).byteorder
    )
    assert np.array_equal(read_volume(tmp_path / "a.tif").labels, image)


def test_a_big_uncompressed_stack_is_mapped(tmp_path, labels):
    tifffile.imwrite(tmp_path / "a.tif", labels.T, bigtiff=True)
    volume = read_volume(tmp_path / "a.tif")
    base = volume.labels
    while not isinstance(base, np.memmap):
        base = base.base
    volume.labels[:] = 0
    assert np.array_equal(tifffile.imread(tmp_path / "a.tif"), labels.T)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_pages_written_one_by_one_are_slices(tmp_path, labels, compression):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for page in labels.T:
            file.write(page, contiguous=False, compression=compression)
    assert np.array_equal(read_volume(tmp_path / "a.tif").labels, labels)


def test_the_voxel_size_of_imagej(tmp_path, labels):
    tifffile.imwrite(
        tmp_path / "a.tif",
        labels.T.astype(np.uint16),
        imagej=True,
        resolution=(1 / 0.25, 1 / 0.5),
        metadata={"spacing": 2.0, "unit": "\\u00B5m", "axes": "ZYX"},
    )
    volume = read_volume(tmp_path / "a.tif")
    assert np.array_equal(volume.labels, labels.astype(np.uint16))
    assert volume.anisotropy == pytest.approx((0.25, 0.5, 2.0))
    assert volume.unit == "um"
    assert volume.source.endswith("voxel size from the ImageJ metadata")


@pytest.mark.parametrize(
    ("resolution", "unit", "expected"),
    [
        ((4, 2), " Micron", (0.25, 0.5, 1)),
        ((4, 2), "pixel", None),
        ((0, 2), "um", None),
    ],
)
def test_an_imagej_file_may_lack_sizes(tmp_path, labels, resolution, unit, expected):
    metadata = {"unit": unit, "axes": "ZYX"}
    image = labels.T.astype(np.uint16)
    tifffile.imwrite(
        tmp_path / "a.tif", image, imagej=True, resolution=resolution, metadata=metadata
    )
    volume = read_volume(tmp_path / "a.tif")
    assert (volume.anisotropy, volume.unit) == (expected, "um" if expected else None)
    assert ("lack the spacing" in volume.source) is (expected is not None)


def test_an_imagej_file_without_calibration_has_no_voxel_size(tmp_path, labels):
    tifffile.imwrite(
        tmp_path / "a.tif", labels.T.astype("u2"), imagej=True, metadata={"axes": "ZYX"}
    )
    assert read_volume(tmp_path / "a.tif").anisotropy is None


def test_the_voxel_size_of_ome(tmp_path, labels):
    sizes = {"PhysicalSizeX": 0.3, "PhysicalSizeY": 0.4, "PhysicalSizeZ": 1.5}
    tifffile.imwrite(tmp_path / "a.ome.tif", labels.T, metadata={"axes": "ZYX", **sizes})
    volume = read_volume(tmp_path / "a.ome.tif")
    assert np.array_equal(volume.labels, labels)
    assert volume.anisotropy == (0.3, 0.4, 1.5)
    assert volume.unit == "um"


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"X": 0.3, "Y": 0.4}, (0.3, 0.4, 1)),
        ({"X": 0.3, "Z": 1.5}, None),
        ({"Y": 0.4, "Z": 1.5}, None),
        ({}, None),
    ],
)
def test_an_ome_image_may_lack_sizes(tmp_path, labels, sizes, expected):
    sizes = {f"PhysicalSize{axis}": size for axis, size in sizes.items()}
    units = {f"{name}Unit": "nm" for name in sizes}  # µm where nothing is said
    tifffile.imwrite(tmp_path / "a.ome.tif", labels.T, metadata={"axes": "ZYX", **sizes, **units})
    volume = read_volume(tmp_path / "a.ome.tif")
    assert (volume.anisotropy, volume.unit) == (expected, "nm" if expected else None)
    assert ("lack the size along z" in volume.source) is (expected is not None)


def test_units_of_ome_that_differ_are_not_mixed(tmp_path, labels):
    sizes = {"PhysicalSizeX": 300.0, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 0.4}
    tifffile.imwrite(tmp_path / "a.ome.tif", labels.T, metadata={"axes": "ZYX", **sizes})
    volume = read_volume(tmp_path / "a.ome.tif")
    assert volume.anisotropy is None
    assert "mix the units" in volume.source


def test_the_caller_may_name_the_axes(tmp_path, labels):
    tifffile.imwrite(tmp_path / "a.tif", labels)
    assert np.array_equal(read_volume(tmp_path / "a.tif", axes="xyz").labels, labels)


def test_a_folder_of_slices_in_the_order_of_their_numbers(tmp_path, labels):
    for z in range(labels.shape[2]):
        tifffile.imwrite(tmp_path / f"slice{z * 5}.tif", labels[:, :, z].T)
    (tmp_path / "notes.txt").write_text("not a slice")
    assert np.array_equal(read_volume(tmp_path).labels, labels)
    crop = (slice(1, 4), slice(0, 5), slice(2, 4))
    volume = read_volume(tmp_path, crop=crop)
    assert np.array_equal(volume.labels, labels[crop])
    assert volume.origin == (1, 0, 2)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (np.zeros((7, 10), np.uint32), r"2\.tif is of shape \(7, 10\) and type uint32"),
        (np.zeros((7, 11), np.uint8), r"2\.tif is of shape \(7, 11\) and type uint8"),
        (np.zeros((2, 7, 11), np.uint32), r"2\.tif is not a flat image .* \(2, 7, 11\)"),
    ],
)
def test_slices_that_differ_are_named(tmp_path, labels, other, words):
    tifffile.imwrite(tmp_path / "1.tif", labels[:, :, 0].T)
    tifffile.imwrite(tmp_path / "2.tif", other, photometric="minisblack")
    with pytest.raises(FormatError, match=words):
        read_volume(tmp_path)


@pytest.mark.parametrize(("start", "stop"), [(1, 3), (0, 2)])
def test_a_part_beyond_the_slices_is_refused(tmp_path, labels, start, stop):
    tifffile.imwrite(tmp_path / "1.tif", labels[:, :, 0].T)
    words = f"crop asks for z from {start} to {stop}, but z runs from 0 to 1"
    with pytest.raises(FormatError, match=words):
        read_volume(tmp_path, crop=(slice(None), slice(None), slice(start, stop)))


def test_endings_of_slices(tmp_path, labels):
    tifffile.imwrite(tmp_path / "1.TIF", labels[:, :, 0].T)
    (tmp_path / "._1.tif").write_bytes(b"\0")  # as macOS leaves them
    assert np.array_equal(read_volume(tmp_path).labels, labels[:, :, :1])


@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_refuses_color(tmp_path, planes):
    shape = (9, 8, 3) if planes == "contig" else (3, 9, 8)
    tifffile.imwrite(
        tmp_path / "a.tif", np.zeros(shape, np.uint8), photometric="rgb", planarconfig=planes
    )
    with pytest.raises(FormatError, match="RGB image"):
        read_volume(tmp_path / "a.tif")


def test_refuses_several_channels(tmp_path, labels):
    image = np.stack([labels.T, labels.T], axis=1).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", image, imagej=True, metadata={"axes": "ZCYX"})
    with pytest.raises(FormatError, match="2 channels"):
        read_volume(tmp_path / "a.tif")


def test_a_file_cut_between_pages_is_noticed(tmp_path, labels):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as file:
        for page in labels.T:
            file.write(page, contiguous=False)
    with tifffile.TiffFile(path) as file:
        whole = file.pages[2].offset
    path.write_bytes(path.read_bytes()[:whole])
    with pytest.raises(FormatError, match="damaged or cut off"):
        read_volume(path)


@pytest.mark.parametrize("kind", ["stack", "compressed", "pages", "tiled"])
@pytest.mark.parametrize("share", [0, 0.003, 0.1, 0.4, 0.6, 0.8, 0.884, 0.97])
def test_damaged_files_give_one_sentence(tmp_path, labels, kind, share, capfd):
    path = tmp_path / "a.tif"
    image = np.random.default_rng(0).integers(0, 2**30, labels.T.shape, dtype=np.uint32)
    if kind == "pages":
        with tifffile.TiffWriter(path) as file:
            for page in image:
                file.write(page, contiguous=False)
    else:
        options = {"compressed": {"compression": "zlib"}, "tiled": {"tile": (16, 16)}}
        tifffile.imwrite(path, image, **options.get(kind, {}))
    truncate(path, share)
    with pytest.raises(FormatError, match=r"a\.tif (cannot be read as TIFF|is)") as caught:
        read_volume(path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
