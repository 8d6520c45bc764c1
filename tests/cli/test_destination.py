"""A place that skeletons cannot go to is refused before anything is drawn."""

import itertools
import json
import os
import shutil
import sys

import numpy as np
import pytest

from kimimaro.cli import forge
from kimimaro.formats import read_skeletons, write_skeletons

from .conftest import PARAMETERS, assert_refused

SIZE = ["-a", "16,16,40"]


@pytest.fixture
def no_drawing(monkeypatch):
    """Fail where skeletons are drawn."""

    def draw(*_, **__):
        raise AssertionError("drawn")

    monkeypatch.setattr(forge, "skeletonize", draw)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (
            ["-o", "o.swc"],
            "o.swc holds one skeleton, but there are 2 labels (7, 1099511627776); name",
        ),
        (["-o", "o.txt"], "o.txt is of no known kind of skeletons; name a folder, or"),
        (["-o", "labels.npy"], "ends in .swc, .npz or .parquet"),
        (["-o", "x.n5"], "no known kind"),
        (["-o", "plainfile"], "plainfile is a file and no folder"),
        (["-o", "plainfile", "--format", "precomputed"], "plainfile is a file and no folder"),
        (["-o", "plainfile/sub"], "plainfile/sub cannot be written, as plainfile is"),
        (["-o", "plainfile/sub/o.npz"], "o.npz cannot be written, as plainfile is a file"),
        (["-o", "o.npz", "--format", "swc"], "o.npz is a file and no folder"),
        (["-o", "gs://bucket/o.npz"], "gs://bucket/o.npz is an address, where only Precomputed"),
        (["-o", "s3://bucket/one.swc"], "s3://bucket/one.swc is an address"),
        (["-o", "file:///tmp/o.npz"], "file:///tmp/o.npz is an address"),
        (["-o", "gs://bucket/o", "--format", "swc"], "gs://bucket/o is an address"),
        (["-o", "https://host/o"], "https://host/o is an address"),
        (["-o", "out", "--report", "gs://bucket/r.json"], "gs://bucket/r.json is an address"),
        (["-o", "folder", "--format", "npz"], "folder is a folder; name a file"),
        (["-o", "signed", "--format", "precomputed"], "negative labels, such as -5"),
        (["-o", "out", "--report", "plainfile/r.json"], "plainfile is a file"),
        (["-o", "out", "--report", "folder"], "folder is a folder; name a file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_forge_refuses_a_place_before_it_draws(
    tmp_path, monkeypatch, labels, run, no_drawing, args, words
):
    monkeypatch.chdir(tmp_path)
    image = labels.astype(np.int64)
    image[:, 40, :] = -5
    np.save("labels.npy", image if "signed" in args else labels)
    (tmp_path / "plainfile").write_text("mine")
    (tmp_path / "folder").mkdir()
    np.savez("o.npz", labels=labels)
    before = sorted(tmp_path.rglob("*"))
    assert_refused(run("forge", "labels.npy", "-q", *SIZE, *PARAMETERS, *args), words)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "plainfile").read_text() == "mine"


@pytest.mark.parametrize(
    ("place", "module", "extra"),
    [
        (["o.parquet"], "pyarrow", "parquet"),
        (
            ["layer", "--format", "precomputed", "--shard"],
            "cloudvolume.datasource.precomputed.sharding",
            "precomputed",
        ),
    ],
    ids=["parquet", "precomputed"],
)
def test_forge_asks_for_a_missing_package_before_it_draws(
    tmp_path, monkeypatch, volume, run, no_drawing, place, module, extra
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    result = run("forge", volume, "-o", *place, "-q", *SIZE)
    assert_refused(result, f"pip install 'kimimaro[{extra}]'")


def test_forge_refuses_a_folder_of_somebody_else(tmp_path, monkeypatch, volume, run, no_drawing):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    for name in ("out", "o.npz"):
        result = run("forge", volume, "-o", tmp_path / "deep" / name, "-q", *SIZE)
        assert_refused(result, f"{tmp_path} is not yours to write to")


def test_forge_refuses_to_mix_shards_with_files(tmp_path, volume, run, skeletons, no_drawing):
    pytest.importorskip("cloudvolume")
    write_skeletons(skeletons, tmp_path / "layer", format="precomputed", shard=True)
    result = run("forge", volume, "-o", tmp_path / "layer", "-q", *SIZE)
    assert_refused(result, "holds sharded skeletons")


@pytest.mark.parametrize(
    ("option", "name", "words"),
    [
        ("--report", "plainfile/r.json", "plainfile is a file"),
        ("--save-params", "plainfile/used.toml", "plainfile is a file"),
        ("--save-params", "folder.toml", "folder.toml is a folder; name a file"),
        ("--save-params", "used.yaml", "name a parameter file *.toml or *.json"),
        ("--save-params", "gs://bucket/used.toml", "gs://bucket/used.toml is an address"),
    ],
)
def test_forge_refuses_other_files_before_it_reads(tmp_path, monkeypatch, run, option, name, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plainfile").write_text("mine")
    (tmp_path / "folder.toml").mkdir()
    assert_refused(run("forge", "nothing.npy", "-o", "out", option, name, "-q", *SIZE), words)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--report", "labels.npy"], "--report names labels.npy, which holds something else than"),
        (["--report", "old.json"], "--report names old.json, which holds something else than"),
        (["-o", "o.npz", "--report", "./o.npz"], "--report names ./o.npz, as DEST does"),
        (["--report", "a.json", "--save-params", "a.json"], "a.json, as --report does"),
        (["--voxel-graph", "graph.json", "--report", "graph.json"], "as --voxel-graph does"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_forge_writes_no_file_over_another(tmp_path, monkeypatch, volume, run, args, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.json").write_text('{"mine": 1}')
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert_refused(run("forge", "labels.npy", "-q", *SIZE, *args), words)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
@pytest.mark.parametrize("args", [["--report", "pipe"], ["-o", "pipe", "--format", "npz"]])
def test_forge_replaces_no_pipe(tmp_path, monkeypatch, volume, run, args):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    result = run("forge", volume, "-q", *SIZE, *args)
    assert_refused(result, "pipe is a device or a pipe; name a file.")


def test_a_report_is_replaced_by_the_next_one(tmp_path, volume, run):
    for labels in ("7", "9"):
        args = ["-o", tmp_path / labels, "--report", tmp_path / "r.json", "--object-ids", labels]
        code, _, err = run("forge", volume, "-q", *SIZE, *PARAMETERS, *args)
        assert (code, err) == (0, "")
    components = json.loads((tmp_path / "r.json").read_text())["components"]
    assert [component["label"] for component in components] == [9]


@pytest.mark.parametrize("name", ["o.npz", "o.parquet", "one.swc"])
def test_files_get_their_folder(tmp_path, volume, run, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    dest, report = tmp_path / "new" / "deep" / name, tmp_path / "reports" / "r.json"
    used = tmp_path / "params" / "used.toml"
    args = ["--report", report, "--save-params", used, "--object-ids", "7", *SIZE, *PARAMETERS]
    code, _, err = run("forge", volume, "-o", dest, *args)
    assert (code, err) == (0, "")
    assert len(read_skeletons(dest)) == 1
    assert report.is_file()
    assert used.is_file()


def test_one_object_beside_dust_fits_a_single_file(tmp_path, volume, run):
    # The speck, label 9, is dust.
    args = ["--object-ids", "7,9", *SIZE, *PARAMETERS]
    assert run("forge", volume, "-o", tmp_path / "one.swc", *args)[0] == 0


def test_a_label_of_nothing_but_specks_is_no_second_skeleton(tmp_path, labels, run):
    image = labels.copy()
    image[::3, 0, ::3] = 9  # more voxels than the threshold, but none touches another
    np.save(tmp_path / "specks.npy", image)
    args = ["forge", tmp_path / "specks.npy", "-o", tmp_path / "one.swc", *SIZE, *PARAMETERS]
    assert run(*args, "--object-ids", "7,9")[0] == 0
    assert set(read_skeletons(tmp_path / "one.swc")) == {7}


@pytest.mark.parametrize("place", [["one.swc"], ["layer", "--format", "precomputed"]])
def test_merged_labels_are_one_skeleton(tmp_path, run, place):
    image = np.zeros((30, 30, 30), dtype=np.int32)
    image[5:25, 5:25, 5:25] = 7
    image[12:18, 12:18, 12:18] = -2  # in a hole of the other
    np.save(tmp_path / "cell.npy", image)
    dest = [tmp_path / place[0], *place[1:]]
    args = ["forge", tmp_path / "cell.npy", "-a", "1,1,1", "--dust-threshold", "30", "-q"]
    assert_refused(run(*args, "-o", *dest), "-2")
    assert run(*args, "--fill-holes", "-o", *dest) == (0, "", "")
    assert set(read_skeletons(tmp_path / place[0])) == {7}


def test_negative_dust_needs_no_place(tmp_path, labels, run):
    image = labels.astype(np.int64)
    image[0, 0, 0] = -9
    np.save(tmp_path / "signed.npy", image)
    dest = ["-o", tmp_path / "layer", "--format", "precomputed"]
    assert run("forge", tmp_path / "signed.npy", *dest, *SIZE, *PARAMETERS)[0] == 0
    assert len(read_skeletons(tmp_path / "layer")) == 2


def test_no_skeleton_is_not_one(tmp_path, volume, run, no_drawing):
    result = run("forge", volume, "-o", tmp_path / "o.swc", "--dust", 10**6, "-q", *SIZE)
    assert_refused(result, "o.swc holds one skeleton, but there is none to write; name a folder")


def test_postprocess_may_leave_one(tmp_path, run, skeletons):
    write_skeletons(skeletons, tmp_path / "in.npz")
    short, long = sorted(skeletons.values(), key=lambda skeleton: skeleton.cable_length())
    args = ["postprocess", tmp_path / "in.npz", "-o", tmp_path / "one.swc", "-q"]
    limit = (short.cable_length() + long.cable_length()) / 2
    assert run(*args, "--dust-threshold", limit)[0] == 0
    assert set(read_skeletons(tmp_path / "one.swc")) == {long.id}
    result = run(*args, "--dust-threshold", 10 * limit)
    assert_refused(result, "one.swc holds one skeleton, but there is none to write")


@pytest.mark.parametrize(
    "words",
    [
        "connect {volume} --start 2,15,12 --end 30,2,12 -o {dest}",
        "cross-section {volume} {skeletons} -o {dest}",
        "postprocess {skeletons} -o {dest}",
        "join {skeletons} -o {dest}",
        "convert {skeletons} {dest}",
    ],
)
def test_every_command_refuses_a_place_before_it_reads(tmp_path, run, words):
    # Neither of the sources is there.
    args = words.format(volume="no.npy", skeletons="no.npz", dest=tmp_path / "o.txt").split()
    assert_refused(run(*args), "o.txt is of no known kind of skeletons")


@pytest.mark.parametrize(
    "words", ["postprocess {} --dust-threshold 0 -o", "join {} -o", "convert {}"]
)
def test_many_skeletons_do_not_go_into_one_file(tmp_path, run, skeletons, words):
    write_skeletons(skeletons, tmp_path / "in.npz")
    args = words.format(tmp_path / "in.npz").split()
    assert_refused(run(*args, tmp_path / "o.swc"), "holds one skeleton, but there are 2 labels")
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.npz"]


def test_demo_refuses_a_place_and_a_missing_package_first(tmp_path, monkeypatch, run):
    (tmp_path / "plainfile").write_text("mine")
    assert_refused(run("demo", "-o", tmp_path / "plainfile", "-q"), "plainfile is a file")
    assert_refused(run("demo", "-o", "gs://bucket/demo", "-q"), "gs://bucket/demo is an address")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run("demo", "-o", tmp_path / "out", "-q")
    assert_refused(result, "pip install 'kimimaro[plot]'")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("dest", ["out", "o.npz", "o.parquet", "one.swc"])
def test_shards_are_for_precomputed(tmp_path, volume, run, no_drawing, dest):
    pytest.importorskip("pyarrow")
    result = run("forge", volume, "-o", tmp_path / dest, "--shard", "-q", *SIZE)
    assert_refused(result, "shard packs Precomputed skeletons", "choose the format precomputed")


@pytest.mark.parametrize("dest", ["labels.npz", "other.npz", "table.parquet", "a.parquet"])
def test_what_holds_no_skeletons_is_not_replaced(
    tmp_path, monkeypatch, labels, run, no_drawing, dest
):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.chdir(tmp_path)
    for name in ("labels.npz", "other.npz"):
        np.savez(name, labels=labels)
    for name in ("table.parquet", "a.edges.parquet"):
        parquet.write_table(pyarrow.table({"label": [1], "price": [2]}), name)
    before = {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()}
    assert_refused(run("forge", "labels.npz", "-o", dest, "-q", *SIZE), "holds something else")
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["o.npz", "o.parquet", "one.swc"])
@pytest.mark.parametrize("resume", ["--resume", "--no-resume"])
def test_a_file_of_0_bytes_is_none(tmp_path, volume, run, name, resume):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
        (tmp_path / "o.edges.parquet").touch()
    (tmp_path / name).touch()
    args = ["-q", "--object-ids", "7", resume, *SIZE, *PARAMETERS]
    assert run("forge", volume, "-o", tmp_path / name, *args) == (0, "", "")
    assert len(read_skeletons(tmp_path / name)) == 1


@pytest.mark.parametrize("name", ["o.npz", "o.parquet"])
def test_a_damaged_file_is_called_so(tmp_path, volume, run, skeletons, no_drawing, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    place = tmp_path / name
    write_skeletons(skeletons, place)
    content = place.read_bytes()[:-40]
    place.write_bytes(content)
    result = run("forge", volume, "-o", place, "-q", *SIZE)
    assert_refused(result, f"{place} is damaged or no ", "remove it, or name another place")
    assert place.read_bytes() == content


def test_skeletons_are_replaced(tmp_path, volume, run, skeletons):
    pytest.importorskip("pyarrow")
    for name in ("o.npz", "o.parquet"):
        write_skeletons({1: skeletons[7]}, tmp_path / name)
        assert run("forge", volume, "-o", tmp_path / name, *SIZE, *PARAMETERS)[0] == 0
        assert set(read_skeletons(tmp_path / name)) == set(skeletons)


@pytest.mark.parametrize("name", ["swc", "precomputed"])
def test_a_volume_in_a_folder_is_no_place_for_skeletons(tmp_path, labels, run, no_drawing, name):
    tifffile = pytest.importorskip("tifffile")
    (tmp_path / "slices").mkdir()
    for z in range(labels.shape[2]):
        tifffile.imwrite(tmp_path / "slices" / f"{z:02}.tif", labels[:, :, z].T.astype("u2"))
    args = ["--format", name, "-q", *SIZE]
    result = run("forge", tmp_path / "slices", "-o", f"{tmp_path}/./slices", *args)
    assert_refused(result, "is the volume itself")


def test_a_precomputed_volume_takes_its_skeletons(tmp_path, labels, run):
    cloudvolume = pytest.importorskip("cloudvolume")
    cloudvolume.CloudVolume.from_numpy(
        labels, f"file://{tmp_path}/v", resolution=(16, 16, 40), layer_type="segmentation"
    )
    spellings = [f"{scheme}{tmp_path}/v" for scheme in ("", "file://", "precomputed://file://")]
    for source, dest in itertools.product(spellings, spellings):
        shutil.rmtree(tmp_path / "v" / "skeletons", ignore_errors=True)
        args = ["-q", "-o", dest, "--format", "precomputed", *PARAMETERS]
        assert run("forge", source, *args) == (0, "", "")
        assert len(read_skeletons(tmp_path / "v")) == 2
        args = ["-q", "-o", tmp_path / "v", "--format", "swc"]
        assert_refused(run("forge", source, *args), "is the volume itself")


def test_a_volume_in_the_cloud_takes_its_skeletons(labels, run):
    cloudvolume = pytest.importorskip("cloudvolume")
    place = "mem://bucket/cells"  # a cloud that is a dict in memory
    cloudvolume.CloudVolume.from_numpy(
        labels, place, resolution=(16, 16, 40), layer_type="segmentation"
    )
    for source in (place, f"precomputed://{place}"):
        args = ["-q", "-o", f"{place}/", "--format", "precomputed", *PARAMETERS]
        assert run("forge", source, "--input-format", "precomputed", *args)[0] == 0
    assert len(read_skeletons(place, format="precomputed")) == 2


@pytest.mark.parametrize("args", [["--shard"], []])
def test_precomputed_skeletons_replace_nothing_else(tmp_path, volume, run, no_drawing, args):
    pytest.importorskip("cloudvolume")
    (tmp_path / "mine").mkdir()
    mine = tmp_path / "mine" / ("thesis.txt" if args else "info")
    mine.write_text('{"@type": "neuroglancer_legacy_mesh"}')
    dest = ["-o", tmp_path / "mine", "--format", "precomputed"]
    assert_refused(run("forge", volume, *dest, *args, "-q", *SIZE), "mine holds something else")
    assert mine.read_text() == '{"@type": "neuroglancer_legacy_mesh"}'


def test_resume_keeps_the_skeleton_of_a_single_file(tmp_path, volume, run):
    args = ["forge", volume, "-o", tmp_path / "one.swc", *SIZE, *PARAMETERS]
    assert run(*args, "--object-ids", "7")[0] == 0
    text = (tmp_path / "one.swc").read_text()
    result = run(*args, "--object-ids", 2**40, "--resume", "-q")
    assert_refused(
        result, "one.swc holds one skeleton, but there are 2 labels (7, 1099511627776); name"
    )
    code, out, err = run(*args, "--object-ids", "7", "--resume")
    assert (code, err) == (0, "")
    assert "1 skeleton left as before" in out
    assert (tmp_path / "one.swc").read_text() == text
