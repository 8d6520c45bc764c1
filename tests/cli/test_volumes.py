"""What the commands make of a volume's own voxel size and position."""

import numpy as np
import pytest

from kimimaro.cli.volumes import sized
from kimimaro.errors import InputError
from kimimaro.formats import LabelVolume, read_skeletons

from .conftest import PARAMETERS

PLACED = LabelVolume(
    np.ones((4, 4, 4), dtype=np.uint8),
    (16.0, 16.0, 40.0),
    "nm",
    source="a test",
    translation=(160.0, 0.0, 400.0),
)


@pytest.fixture
def placed(tmp_path, labels):
    """The volume as OME-Zarr that says its voxel size and where it lies."""
    zarr = pytest.importorskip("zarr", minversion="3")
    path = tmp_path / "placed.zarr"
    axes = [{"name": name, "type": "space", "unit": "nanometer"} for name in "xyz"]
    steps = [
        {"type": "scale", "scale": [16, 16, 40]},
        {"type": "translation", "translation": [160, 80, 400]},
    ]
    group = zarr.open_group(path, mode="w")
    dataset = {"path": "0", "coordinateTransformations": steps}
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": [dataset]}]
    array = group.create_array("0", shape=labels.shape, chunks=labels.shape, dtype=labels.dtype)
    array[:] = labels
    return path


@pytest.mark.parametrize("anisotropy", [(16, 16, 40), (16, 16.00001, np.float32(40.0001))])
def test_the_same_voxel_size_keeps_unit_and_position(capsys, anisotropy):
    volume = sized(PLACED, anisotropy, "a.zarr")
    assert volume.anisotropy == pytest.approx(anisotropy)
    assert (volume.unit, volume.translation) == (PLACED.unit, PLACED.translation)
    assert capsys.readouterr().err == ""


def test_another_voxel_size_has_no_position(capsys):
    volume = sized(PLACED, (0.016, 0.016, 0.04), "a.zarr")
    assert (volume.unit, volume.translation) == (None, (0, 0, 0))
    err = capsys.readouterr().err
    assert err.startswith("Warning: a.zarr lies at (160.0, 0.0, 400.0)")
    assert err.count("\n") == 1


def test_a_volume_at_the_origin_needs_no_warning(capsys):
    unplaced = LabelVolume(PLACED.labels, (1.0, 1.0, 1.0), None, source="a test")
    assert sized(unplaced, (2, 2, 2), "a.zarr").translation == (0, 0, 0)
    assert capsys.readouterr().err == ""


def test_without_a_voxel_size_lengths_are_in_voxels(capsys):
    unplaced = LabelVolume(PLACED.labels, None, None, source="a test")
    volume = sized(unplaced, None, "a.npy")
    assert (volume.anisotropy, volume.unit) == ((1, 1, 1), "voxel")
    assert capsys.readouterr().err.startswith("Warning: a.npy does not say its voxel size")


def test_every_option_reaches_the_reader(monkeypatch, run):
    asked = {}

    def read(src, *, advance, **options):
        asked.update(options)
        return PLACED

    monkeypatch.setattr("kimimaro.cli.volumes.read_volume", read)
    args = ["--input-format", "npy", "--axes", "zyx", "--level", "2", "--crop", "1:9,:,:"]
    args += ["--fill-missing", "--cast-floats", "--no-check-labels"]
    assert run("info", "a.npy", *args)[0] == 0
    assert asked == {
        "format": "npy",
        "axes": "zyx",
        "level": 2,
        "crop": (slice(1, 9), slice(None), slice(None)),
        "fill_missing": True,
        "cast_floats": True,
        "check": False,
    }


@pytest.mark.parametrize("anisotropy", [(np.nan, 1, 1), (0, 1, 1), (1, np.inf, 1)])
def test_wrong_voxel_sizes(anisotropy):
    with pytest.raises(InputError, match="anisotropy is"):
        sized(PLACED, anisotropy, "a.zarr")


def test_saved_parameters_leave_skeletons_where_they_were(tmp_path, run, placed):
    first, second, used = (tmp_path / name for name in ("a.npz", "b.npz", "used.toml"))
    assert run("forge", placed, "-o", first, *PARAMETERS, "--save-params", used)[0] == 0
    assert run("forge", placed, "-o", second, "--params", used)[0] == 0
    assert first.read_bytes() == second.read_bytes()
    assert read_skeletons(first)[7].vertices.min(axis=0)[2] >= 400


@pytest.mark.parametrize("offset", ["--offset", "--no-offset"])
def test_sections_are_found_where_the_skeletons_lie(tmp_path, run_json, placed, offset):
    drawn, measured = tmp_path / "a.npz", tmp_path / "b.npz"
    run_json("forge", placed, "-o", drawn, *PARAMETERS, offset)
    run_json("cross-section", placed, drawn, "-o", measured, "-a", "16,16,40", offset)
    given = read_skeletons(drawn)
    for label, skeleton in read_skeletons(measured).items():
        assert (skeleton.cross_sectional_area > 0).all()
        assert np.array_equal(skeleton.vertices, given[label].vertices)
