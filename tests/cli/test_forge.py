"""kimimaro forge does what the library does, and keeps what is done."""

import dataclasses
import inspect
import json
import os
import signal
import subprocess
import time

import click
import numpy as np
import pytest

import kimimaro
from kimimaro.cli import forge, older, params_file, volumes
from kimimaro.formats import read_skeletons, read_unit

from .conftest import ANISOTROPY, KEYWORDS, PARAMETERS, PROGRAM

SIZE = ["--anisotropy", "16,16,40"]


def assert_same(found, expected):
    assert set(found) == set(expected)
    for label, skeleton in expected.items():
        other = found[label]
        order = np.lexsort(np.asarray(skeleton.vertices).T)
        other_order = np.lexsort(np.asarray(other.vertices).T)
        assert np.array_equal(other.vertices[other_order], skeleton.vertices[order])
        assert np.array_equal(other.radii[other_order], skeleton.radii[order])
        assert other.cable_length() == pytest.approx(skeleton.cable_length())


def options_of(command):
    return {option.name: option for option in command.params if isinstance(option, click.Option)}


def test_every_parameter_of_the_library_is_an_option():
    options = options_of(forge.command)
    parameters = inspect.signature(kimimaro.skeletonize).parameters
    assert set(parameters) - set(options) == {"all_labels", "teasar_params", "return_report"}
    assert {field.name for field in dataclasses.fields(kimimaro.TeasarParams)} <= set(options)
    assert all(option.help for option in options.values())


def test_defaults_are_those_of_the_library(tmp_path, volume, labels, run):
    code, _, err = run("forge", volume, "-o", tmp_path / "out.npz")
    assert code == 0
    assert "does not say its voxel size" in err
    assert_same(read_skeletons(tmp_path / "out.npz"), kimimaro.skeletonize(labels, progress=False))


@pytest.mark.parametrize(
    ("args", "keywords"),
    [
        ([], {}),
        (["--no-fix-branching"], {"fix_branching": False}),
        (["--no-fix-borders"], {"fix_borders": False}),
        (["--fill-holes"], {"fill_holes": True}),
        (["--fix-avocados"], {"fix_avocados": True}),
        (["--object-ids", "7"], {"object_ids": [7]}),
        (["--dust", "100000"], {"dust_threshold": 100000}),
        (["--parallel", "2"], {"parallel": 2}),
        (["--extra-targets-before", "30,29,12"], {"extra_targets_before": [(30, 29, 12)]}),
        (["--extra-targets-after", "20,16,12"], {"extra_targets_after": [(20, 16, 12)]}),
        (["--roots", "7:30,29,12"], {"roots": {7: (30, 29, 12)}}),
        (["--max-paths", "1"], {"teasar_params": {**KEYWORDS["teasar_params"], "max_paths": 1}}),
        (
            ["--invalidation", "cube", "--soma-accept", "10", "--soma-detect", "5"],
            {
                "teasar_params": {
                    **KEYWORDS["teasar_params"],
                    "invalidation": "cube",
                    "soma_acceptance_threshold": 10,
                    "soma_detection_threshold": 5,
                }
            },
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_option_is_the_parameter(tmp_path, volume, labels, run, args, keywords):
    code, _, err = run("forge", volume, "-o", tmp_path / "o.npz", *SIZE, *PARAMETERS, *args)
    assert (code, err) == (0, "")
    expected = kimimaro.skeletonize(
        labels, anisotropy=ANISOTROPY, progress=False, **{**KEYWORDS, **keywords}
    )
    assert_same(read_skeletons(tmp_path / "o.npz"), expected)


@pytest.mark.parametrize("box", [None, np.s_[3:58, 4:50, 2:20]])
def test_a_voxel_graph_comes_from_a_file(tmp_path, volume, labels, run, box):
    graph = np.full(labels.shape, 0x3FFFFFF, dtype=np.uint32)
    graph[30] = 0
    np.save(tmp_path / "graph.npy", graph)
    args = ["--voxel-graph", tmp_path / "graph.npy", "--no-offset"]
    if box is None:
        box = np.s_[:, :, :]
    else:
        args += ["--crop", ",".join(f"{part.start}:{part.stop}" for part in box)]
    code, _, err = run("forge", volume, "-o", tmp_path / "o.npz", *SIZE, *PARAMETERS, *args)
    assert (code, err) == (0, "")
    found = read_skeletons(tmp_path / "o.npz")
    keywords = {"anisotropy": ANISOTROPY, "progress": False, **KEYWORDS}
    assert_same(found, kimimaro.skeletonize(labels[box], voxel_graph=graph[box], **keywords))
    whole = kimimaro.skeletonize(labels[box], **keywords)
    assert any(len(found[n].vertices) != len(whole[n].vertices) for n in whole)


def test_says_what_it_did(tmp_path, volume, labels, run, run_json):
    code, out, err = run("forge", volume, "-o", tmp_path / "out", *SIZE, *PARAMETERS)
    assert (code, err) == (0, "")
    assert "60 x 50 x 24 voxels of uint64" in out
    assert "voxel size 16 x 16 x 40" in out
    assert "2 skeletons of" in out
    summary = run_json("forge", volume, "-o", tmp_path / "out", *SIZE, *PARAMETERS)
    assert summary["shape"] == [60, 50, 24]
    assert summary["anisotropy"] == [16, 16, 40]
    assert summary["skeletons"] == 2
    assert summary["components"] == {"traced": 2, "dust": 1}
    expected = kimimaro.skeletonize(labels, anisotropy=ANISOTROPY, progress=False, **KEYWORDS)
    cable = sum(skeleton.cable_length() for skeleton in expected.values())
    assert summary["cable_length"] == pytest.approx(cable)
    code, out, err = run("forge", volume, "-o", tmp_path / "out", *SIZE, *PARAMETERS, "--quiet")
    assert (code, out, err) == (0, "", "")


def test_says_which_components_are_incomplete(tmp_path, volume, run):
    # The cross has four ends; the straight tube is done after one path, or two.
    args = [*SIZE, *PARAMETERS, "--max-paths", "1", "--report", tmp_path / "report.json"]
    _, out, _ = run("forge", volume, "-o", tmp_path / "out", *args)
    components = json.loads((tmp_path / "report.json").read_text())["components"]
    statuses = {component["label"]: component["status"] for component in components}
    assert (statuses[7], statuses[9]) == ("truncated", "dust")
    count = list(statuses.values()).count("truncated")
    assert f"{count} component" in out
    assert "cut short by --max-paths" in out


def test_voxel_size_and_position_from_the_file(tmp_path, labels, run):
    np.savez(tmp_path / "labels.npz", labels=labels, anisotropy=ANISOTROPY, unit="nm")
    args = ["forge", tmp_path / "labels.npz", "-o"]
    crop = ["--crop", "10:60,:,2:24"]
    assert run(*args, tmp_path / "a.npz", *PARAMETERS, *crop)[0] == 0
    assert run(*args, tmp_path / "b.npz", *PARAMETERS, *crop, "--no-offset")[0] == 0
    placed, unplaced = (read_skeletons(tmp_path / f"{name}.npz") for name in "ab")
    expected = kimimaro.skeletonize(
        labels[10:, :, 2:], anisotropy=ANISOTROPY, progress=False, **KEYWORDS
    )
    assert_same(unplaced, expected)
    for label, skeleton in placed.items():
        assert np.array_equal(skeleton.vertices, unplaced[label].vertices + np.array([160, 0, 80]))


def test_targets_and_roots_are_voxels_of_the_file(tmp_path, volume, run):
    args = ["--crop", "10:60,:,2:24", "--roots", "7:30,29,12", "--max-paths", "1"]
    assert run("forge", volume, "-o", tmp_path / "out", *SIZE, *PARAMETERS, *args)[0] == 0
    rows = (tmp_path / "out" / "7.swc").read_text().splitlines()
    first = next(row for row in rows if not row.startswith("#")).split()
    assert [float(value) for value in first[2:5]] == [30 * 16, 29 * 16, 12 * 40]


def test_the_root_of_a_soma_is_typed_so(tmp_path, volume, run):
    args = ["--soma-acceptance-threshold", "60", "--soma-detection-threshold", "50"]
    assert run("forge", volume, "-o", tmp_path / "out", *SIZE, *PARAMETERS, *args)[0] == 0
    rows = (tmp_path / "out" / f"{2**40}.swc").read_text().splitlines()
    first = next(row for row in rows if not row.startswith("#")).split()
    assert first[1] == "1"


def test_parameters_are_saved_and_read(tmp_path, volume, run):
    used = tmp_path / "used.toml"
    args = ["--no-fix-branching", "--object-ids", "7", "--roots", "7:30,29,12", *PARAMETERS]
    first = ["forge", volume, "-o", tmp_path / "a.npz", *SIZE, *args, "--save-params", used]
    assert run(*first)[0] == 0
    code, _, err = run("forge", volume, "-o", tmp_path / "b.npz", "--params", used)
    assert (code, err) == (0, "")
    assert_same(read_skeletons(tmp_path / "b.npz"), read_skeletons(tmp_path / "a.npz"))


@pytest.mark.parametrize("name", ["used.toml", "used.json"])
def test_how_the_volume_was_read_is_saved(tmp_path, labels, run, name):
    np.save(tmp_path / "zyx.npy", labels.T)
    used = tmp_path / name
    args = ["--axes", "zyx", "--crop", "10:60,:,2:24", "--no-offset", "--no-check-labels"]
    first = ["-o", tmp_path / "a.npz", *SIZE, *PARAMETERS, *args, "--save-params", used]
    assert run("forge", tmp_path / "zyx.npy", *first)[0] == 0
    saved = params_file.load(used)
    assert (saved["axes"], saved["crop"]) == ("zyx", "10:60,:,2:24")
    assert (saved["offset"], saved["check_labels"]) == (False, False)
    assert not {"level", "input_format", "fill_missing"} & set(saved)
    code, _, err = run("forge", tmp_path / "zyx.npy", "-o", tmp_path / "b.npz", "--params", used)
    assert (code, err) == (0, "")
    assert_same(read_skeletons(tmp_path / "b.npz"), read_skeletons(tmp_path / "a.npz"))


def test_what_is_usual_about_reading_is_not_saved(tmp_path, volume, run):
    used = tmp_path / "used.toml"
    assert run("forge", volume, "-o", tmp_path / "a.npz", *SIZE, "--save-params", used)[0] == 0
    assert not {*volumes.READING, "offset"} & set(params_file.load(used))


def test_resume_leaves_what_is_there(tmp_path, volume, run, run_json):
    args = ["forge", volume, "-o", tmp_path / "out", *SIZE, *PARAMETERS]
    run(*args)
    (tmp_path / "out" / "7.swc").unlink()
    mark = tmp_path / "out" / f"{2**40}.swc"
    mark.write_text("1 0 0 0 0 1 -1\n")
    summary = run_json(*args, "--resume")
    assert (summary["skeletons"], summary["kept"]) == (1, 1)
    assert mark.read_text() == "1 0 0 0 0 1 -1\n"
    assert len(read_skeletons(tmp_path / "out")[7].vertices) > 10


def test_resume_does_not_draw_a_nucleus_that_was_merged_with_its_cell(tmp_path, run, run_json):
    away = np.linalg.norm(np.indices((40, 40, 40)) - 20, axis=0)
    labels = np.where(away < 10, 7, np.where(away < 17, 5, 0)).astype(np.uint8)
    labels[2:38, 0:2, 0:2] = 3
    np.save(tmp_path / "cells.npy", labels)
    args = ["forge", tmp_path / "cells.npy", "-o", tmp_path / "out", "-a", "1,1,1", "--const", "3",
            "--dust-threshold", "0", "--soma-detect", "8", "--fix-avocados"]  # fmt: skip
    run(*args)
    assert set(read_skeletons(tmp_path / "out")) == {3, 5}
    (tmp_path / "out" / "3.swc").unlink()
    assert run_json(*args, "--resume")["skeletons"] == 1
    assert set(read_skeletons(tmp_path / "out")) == {3, 5}


def test_many_labels_are_counted_once_and_told_apart_soon(tmp_path, monkeypatch, run_json):
    counted = []
    count = volumes.voxels_of_labels
    monkeypatch.setattr(volumes, "voxels_of_labels", lambda n: counted.append(n) or count(n))
    labels = np.zeros((400, 400, 3), dtype=np.int32)
    labels[::2, ::2, 1] = np.arange(1, 40_001).reshape(200, 200)
    np.save(tmp_path / "a.npy", labels)
    done = set(range(2, 40_001))
    monkeypatch.setattr(older, "existing_labels", lambda *_, **__: done)
    args = ["forge", tmp_path / "a.npy", "-a", "1,1,1", "--dust", "0"]
    begun = time.monotonic()
    for place in (["layer", "--format", "precomputed"], ["out"]):
        (tmp_path / place[0]).mkdir()
        assert run_json(*args, "--resume", "-o", tmp_path / place[0], *place[1:])["skeletons"] == 1
    assert time.monotonic() - begun < 10  # a fraction of a second, against minutes
    assert len(counted) == 2


@pytest.mark.parametrize("extra", [["out.npz"], ["out", "--format", "precomputed", "--shard"]])
def test_resume_into_a_single_file(tmp_path, volume, run, extra):
    if "--shard" in extra:
        pytest.importorskip("cloudvolume")
    args = ["forge", volume, "-o", tmp_path / extra[0], *extra[1:], *SIZE, *PARAMETERS]
    run(*args, "--object-ids", "7")
    assert list(read_skeletons(tmp_path / extra[0])) == [7]
    _, out, _ = run(*args, "--resume")
    assert list(read_skeletons(tmp_path / extra[0])) == [7, 2**40]
    assert "1 skeleton left as before" in out


def test_resume_of_a_kind_that_the_name_does_not_tell(tmp_path, volume, run, run_json):
    dest = ["-o", tmp_path / "cells", "--format", "npz", "--unit", "um"]
    args = ["forge", volume, *dest, *SIZE, *PARAMETERS]
    assert run(*args, "--object-ids", "7")[0] == 0
    assert run_json(*args, "--resume")["kept"] == 1
    assert list(read_skeletons(tmp_path / "cells", format="npz")) == [7, 2**40]
    assert read_unit(tmp_path / "cells", format="npz") == "um"
    run_json("join", tmp_path / "cells", "--input-format", "npz", "-o", tmp_path / "joined.npz")
    assert read_unit(tmp_path / "joined.npz") == "um"


@pytest.mark.parametrize(
    ("name", "same"),
    [("o.npz", []), ("o.parquet", ["--unit", "um"]), ("out", ["--unit", "µm"])],
)
def test_resume_keeps_the_unit(tmp_path, volume, run, name, same):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    dest = tmp_path / name
    args = ["forge", volume, "-o", dest, *SIZE, *PARAMETERS]
    assert run(*args, "--object-ids", "7", "--unit", "um")[0] == 0
    code, _, err = run(*args, "--resume", "--unit", "nm", "-q")
    assert code == 2
    assert f"{dest} holds skeletons in um, but those to come are in nm; name" in err
    assert list(read_skeletons(dest)) == [7]
    code, out, _ = run(*args, "--resume", *same)
    assert code == 0
    assert "um of cable" in out
    assert read_unit(dest) == "um"
    if name == "out":
        assert "# unit um\n" in (dest / f"{2**40}.swc").read_text()


def test_skeletons_of_other_labels_are_pointed_out(tmp_path, volume, run):
    args = ["forge", volume, "-o", tmp_path / "out", *SIZE, *PARAMETERS]
    run(*args)
    _, _, err = run(*args, "--object-ids", "7")
    assert "holds 1 other skeletons, which stay" in err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--anisotropy", "16,16"], "is not three numbers"),
        (["--anisotropy", "16,16,0"], "anisotropy"),
        (["--anisotropy", "nan,1,1"], "anisotropy"),
        (["--scale", "-1"], "scale"),
        (["--extra-targets-before", "500,0,0"], "extra_targets_before"),
        (["--extra-targets-before", "0,0,5"], "background"),
        (["--axes", "xy"], "axes is 'xy'"),
        (["--params", "nothing.toml"], "nothing.toml"),
        (["--save-params", "used.yaml"], "*.toml or *.json"),
        (["--format", "obj"], "obj"),
        (["--crop", "0:600,:,:"], "x runs from 0 to 60"),
        (["--roots", "7:1,1,1", "--roots", "7:2,1,1"], "--roots names label 7 more than once"),
        (
            ["--crop", "5:60,:,2:", "--extra-targets-before", "9,0,5"],
            "extra_targets_before has the point (9, 0, 5), which lies on background",
        ),
    ],
    ids=" ".join,
)
def test_wrong_values_give_one_sentence(tmp_path, volume, run, args, words):
    code, out, err = run("forge", volume, "-o", tmp_path / "out", "--quiet", *args)
    assert code == 2
    assert out == ""
    assert words in err
    assert "Traceback" not in err
    assert ("begins at the voxel (5, 0, 2)" in err) == ("9,0,5" in args)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("crop", [[], ["--crop", "5:60,:,2:"]])
@pytest.mark.parametrize("points", [[], ["--extra-targets-before", "9,15,12"]])
def test_errors_that_name_no_voxel_do_not_speak_of_one(tmp_path, volume, run, crop, points):
    np.save(tmp_path / "graph.npy", np.zeros((60, 50, 25), dtype=np.uint32))
    args = ["--voxel-graph", tmp_path / "graph.npy", *SIZE, *crop, *points]
    code, _, err = run("forge", volume, "-o", tmp_path / "out", "-q", *args)
    assert code == 2
    assert err.startswith("Error: ")
    assert "begins" not in err


@pytest.mark.parametrize("array", [np.random.default_rng(0).random((9, 9, 9)), np.zeros(5, int)])
def test_what_is_no_labels_gives_one_sentence(tmp_path, run, array):
    np.save(tmp_path / "a.npy", array)
    code, _, err = run("forge", tmp_path / "a.npy", "-o", tmp_path / "out", *SIZE)
    assert code == 2
    assert err.startswith("Error: ")
    assert err.count("\n") == 1


def test_an_unknown_label_is_a_warning(tmp_path, volume, run):
    args = ["forge", volume, "-o", tmp_path / "out", *SIZE, *PARAMETERS, "--object-ids", "7,8"]
    code, _, err = run(*args)
    assert code == 0
    assert err.startswith("Warning: object_ids has labels that the image has not: 8")


def test_a_place_that_cannot_be_written(tmp_path, volume, run):
    (tmp_path / "file").write_text("")
    code, _, err = run("forge", volume, "-o", tmp_path / "file" / "out", *SIZE, *PARAMETERS)
    assert code == 2
    assert "Traceback" not in err


def interrupted_forge(image, tmp_path, wait=1):
    """Send Ctrl-C to a call in the middle of it; return its messages and how long it went on."""
    path, options = tmp_path / "a.npy", "-a 4,4,4 --scale 0 --const 1"
    np.save(path, image.astype(np.uint32))
    process = subprocess.Popen(
        [*PROGRAM, "forge", path, "-o", tmp_path / "out", *options.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while "voxel size" not in process.stdout.readline():
        assert process.poll() is None
    time.sleep(wait)
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    return err, time.monotonic() - sent


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise on Windows")
def test_ctrl_c_stops_soon(tmp_path):
    cube = np.ones((220, 220, 220))
    cube[0, 0, 0] = 0
    err, seconds = interrupted_forge(cube, tmp_path)
    assert err == "Interrupted while skeletonizing; nothing was written.\n"
    # It takes a fraction of a second; the call itself would go on for hours.
    assert seconds < 10
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise on Windows")
def test_ctrl_c_keeps_what_is_done(tmp_path, run):
    # Small cubes, largest first, of which each takes a moment.
    image = np.kron(np.arange(1, 4097).reshape(16, 16, 16), np.ones((16, 16, 16)))
    # A slow machine has nothing done at first.
    for wait in (1, 2, 4, 8, 16, 32):
        err, _ = interrupted_forge(image, tmp_path, wait)
        if "nothing" not in err:
            break
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert 0 < len(names) < 4096
    told = "skeleton that was done is" if len(names) == 1 else "skeletons that were done are"
    assert f"; {len(names):,} {told} in" in err
    assert all(name.endswith(".swc") for name in names)
    # What is there is whole, and the others can be drawn later.
    first = sorted(int(name.removesuffix(".swc")) for name in names)[:2]
    missing = next(label for label in range(1, 4097) if f"{label}.swc" not in names)
    code, _, _ = run(
        *("forge", tmp_path / "a.npy", "-o", tmp_path / "out", "--resume", "-a", "4,4,4"),
        *("--scale", 0, "--const", 1, "--object-ids", ",".join(map(str, [*first, missing]))),
    )
    assert code == 0
    assert (tmp_path / "out" / f"{missing}.swc").is_file()
