"""kimimaro info tells volumes from skeletons and says what is in them."""

import numpy as np
import pytest

import kimimaro
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
    assert f"  7: {(labels == 7).sum():,} voxels" in out


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


@pytest.mark.parametrize("name", ["out", "o.npz"])
def test_no_skeletons(tmp_path, run, run_json, name):
    np.save(tmp_path / "empty.npy", np.zeros((9, 9, 9), dtype=np.uint8))
    assert run("forge", tmp_path / "empty.npy", "-o", tmp_path / name, "-a", "1,1,1")[0] == 0
    assert run_json("info", tmp_path / name)["skeletons"] == 0
    _, out, _ = run("info", tmp_path / name)
    assert "0 skeletons of 0 vertices" in out


def test_a_precomputed_volume_is_a_volume(tmp_path, labels, run_json):
    cloudvolume = pytest.importorskip("cloudvolume")
    cloudvolume.CloudVolume.from_numpy(
        labels, f"file://{tmp_path}/v", resolution=(16, 16, 40), layer_type="segmentation"
    )
    for source in (tmp_path / "v", f"file://{tmp_path}/v", f"precomputed://file://{tmp_path}/v"):
        assert run_json("info", source)["kind"] == "volume"


def test_what_is_neither(tmp_path, run):
    (tmp_path / "a.txt").write_text("hello")
    for name in ("a.txt", "nothing"):
        code, _, err = run("info", tmp_path / name)
        assert code == 2
        assert err.count("\n") == 1
