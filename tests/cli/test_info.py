"""kimimaro info tells volumes from skeletons and says what is in them."""

import numpy as np
import pytest

import kimimaro
from kimimaro.cli.terminal import numbers
from kimimaro.formats import write_skeletons

from .conftest import ANISOTROPY, KEYWORDS


def test_a_volume(tmp_path, labels, run, run_json):
    path = tmp_path / "a.npz"
    np.savez(path, labels=labels, anisotropy=ANISOTROPY, unit="nm")
    content = run_json("info", path)
    assert content["kind"] == "volume"
    assert content["shape"] == [60, 50, 24]
    assert content["anisotropy"] == [16, 16, 40]
    assert content["labels"] == 3
    assert content["foreground_voxels"] == np.count_nonzero(labels)
    code, out, _ = run("info", path)
    assert code == 0
    assert "voxel size: 16 x 16 x 40 nm" in out
    assert f"3 labels in {100 * np.count_nonzero(labels) / labels.size:.1f} % of the" in out
    found, counts = np.unique(labels[labels > 0], return_counts=True)
    rows = [f"  {found[i]}: {counts[i]:,} voxels" for i in np.argsort(-counts)]
    assert out.splitlines()[-3:] == rows
    assert "first voxel" not in out


def test_a_part_of_a_volume_says_where_it_lies(volume, run, run_json):
    assert run_json("info", volume, "--crop", "10:60,:,2:24")["origin"] == [10, 0, 2]
    assert "first voxel: (10, 0, 2), moved by" in run("info", volume, "--crop", "10:,:,2:")[1]


def test_the_largest_labels_are_listed(tmp_path, run):
    np.save(tmp_path / "a.npy", np.repeat(np.arange(9), np.arange(9) + 1).reshape(9, 5))
    _, out, _ = run("info", tmp_path / "a.npy")
    listed = [line.split(":")[0].strip() for line in out.splitlines() if line.startswith("  ")]
    assert listed == ["8", "7", "6", "5", "4"]


def test_a_volume_without_voxel_size(volume, run):
    code, out, err = run("info", volume)
    assert (code, err) == (0, "")
    assert "voxel size: not in the file" in out


@pytest.mark.parametrize("name", ["a.npz", "a.parquet", "a.swc", "folder", "layer"])
def test_skeletons(tmp_path, labels, run, run_json, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    skeletons = kimimaro.skeletonize(
        labels, anisotropy=ANISOTROPY, progress=False, object_ids=[7], **KEYWORDS
    )
    kind = "precomputed" if name == "layer" else None
    write_skeletons(skeletons, tmp_path / name, format=kind)
    content = run_json("info", tmp_path / name)
    assert content["kind"] == "skeletons"
    assert content["skeletons"] == 1
    assert content["vertices"] == len(skeletons[7].vertices)
    assert content["cable_length"] == pytest.approx(skeletons[7].cable_length(), rel=1e-5)
    assert content["bounds"][0] == skeletons[7].vertices.min(axis=0).tolist()
    assert content["attributes"] == ["radius", "vertex_types"]
    _, out, _ = run("info", tmp_path / name)
    assert "1 skeleton of" in out
    assert f"from {numbers(content['bounds'][0])} to {numbers(content['bounds'][1])}" in out


@pytest.mark.parametrize("name", ["out", "o.npz"])
def test_no_skeletons(tmp_path, run, run_json, name):
    np.save(tmp_path / "empty.npy", np.zeros((9, 9, 9), dtype=np.uint8))
    assert run("forge", tmp_path / "empty.npy", "-o", tmp_path / name, "-a", "1,1,1")[0] == 0
    assert run_json("info", tmp_path / name)["skeletons"] == 0
    _, out, err = run("info", tmp_path / name)
    assert "0 skeletons of 0 vertices" in out
    assert err == f"Warning: {tmp_path / name} holds no skeletons.\n"


def test_a_precomputed_volume_is_a_volume(tmp_path, labels, run_json):
    cloudvolume = pytest.importorskip("cloudvolume")
    cloudvolume.CloudVolume.from_numpy(
        labels, f"file://{tmp_path}/v", resolution=(16, 16, 40), layer_type="segmentation"
    )
    for source in (tmp_path / "v", f"file://{tmp_path}/v", f"precomputed://file://{tmp_path}/v"):
        assert run_json("info", source)["kind"] == "volume"


@pytest.mark.parametrize("foreign", ["7.swc", ".hidden"])
def test_a_zarr_array_is_a_volume(tmp_path, run_json, foreign):
    zarr = pytest.importorskip("zarr")
    path = str(tmp_path / "background")
    zarr.open_array(path, mode="w", shape=(9, 9, 9), dtype="u4", chunks=(9, 9, 9))
    (tmp_path / "background" / foreign).write_text("1 0 0 0 0 1 -1\n")
    assert run_json("info", tmp_path / "background")["kind"] == "volume"


def test_slices_and_swc_files_in_a_folder_are_skeletons(tmp_path, run_json):
    (tmp_path / "a.tif").touch()
    (tmp_path / "7.swc").write_text("1 0 0 0 0 1 -1\n")
    assert run_json("info", tmp_path)["kind"] == "skeletons"


@pytest.mark.parametrize("words", ["info {}", "join {} -o {}/o", "postprocess {} -o {}/o"])
def test_a_folder_of_something_hidden_holds_no_skeletons(tmp_path, run, words):
    (tmp_path / "mine" / ".git").mkdir(parents=True)
    code, _, err = run(*words.replace("{}", str(tmp_path / "mine")).split())
    assert code == 2
    assert "mine is of no known kind" in err


def test_what_is_neither(tmp_path, run):
    (tmp_path / "a.txt").write_text("hello")
    for name in ("a.txt", "nothing"):
        code, _, err = run("info", tmp_path / name)
        assert code == 2
        assert err.count("\n") == 1
