"""What all commands that write skeletons have in common."""

import json

import numpy as np
import pytest

from kimimaro.formats import read_skeletons, read_unit, write_skeletons

from .conftest import ANISOTROPY, assert_refused

OF_VOLUMES = {
    "forge": "forge {volume} --const 60 --dust-threshold 30 -o {dest}",
    "connect": "connect {volume} --start 2,15,12 --end 30,2,12 -o {dest}",
    "cross-section": "cross-section {volume} {source} -o {dest}",
}
OF_SKELETONS = {
    "postprocess": "postprocess {source} --dust-threshold 0 -o {dest}",
    "join": "join {source} -o {dest}",
    "convert": "convert {source} {dest}",
}
ALL = {**OF_VOLUMES, **OF_SKELETONS}


@pytest.fixture
def places(tmp_path, labels, skeletons):
    """A volume and its skeletons, both in nm, and where the result is to go."""
    places = {"volume": tmp_path / "a.npz", "source": tmp_path / "b.npz", "dest": tmp_path / "new"}
    np.savez(places["volume"], labels=labels, anisotropy=ANISOTROPY, unit="nm")
    write_skeletons(skeletons, places["source"], unit="nm")
    return places


@pytest.mark.parametrize("words", ALL.values(), ids=ALL)
@pytest.mark.parametrize(("given", "unit"), [([], "nm"), (["--unit", "um"], "um")])
def test_format_and_unit(run, places, words, given, unit):
    args = words.format(**places).split()
    assert run(*args, "--format", "npz", *given)[0] == 0
    assert read_unit(places["dest"], format="npz") == unit


@pytest.mark.parametrize("words", ALL.values(), ids=ALL)
def test_shards(run, places, words):
    pytest.importorskip("cloudvolume")
    args = words.format(**places).split()
    assert run(*args, "--format", "precomputed", "--shard")[0] == 0
    assert "sharding" in json.loads((places["dest"] / "info").read_text())
    assert 7 in read_skeletons(places["dest"])


@pytest.mark.parametrize("words", OF_VOLUMES.values(), ids=OF_VOLUMES)
def test_a_volume_in_a_folder_is_no_place_for_skeletons(run, places, labels, words):
    tifffile = pytest.importorskip("tifffile")
    places["volume"] = places["dest"]
    places["dest"].mkdir()
    tifffile.imwrite(places["dest"] / "0.tif", labels[:, :, 12].T.astype("u2"))
    args = words.format(**places).split()
    result = run(*args, "--format", "precomputed", "-q")
    assert_refused(result, f"{places['dest']} is the volume itself")


@pytest.mark.parametrize("name", ["cross-section", *OF_SKELETONS])
def test_labels_without_a_place_are_refused_before_the_work(run, places, skeletons, name):
    write_skeletons({-5: skeletons[7]}, places["source"])
    before = sorted(places["dest"].parent.iterdir())
    args = ALL[name].format(**places).split()
    assert_refused(run(*args, "--format", "precomputed", "-q"), "negative labels, such as -5")
    assert sorted(places["dest"].parent.iterdir()) == before


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("forge", {"components", "paths"}),
        ("connect", set()),
        ("cross-section", {"sections"}),
        ("postprocess", {"cleaning"}),
        ("join", {"joining"}),
        ("convert", set()),
    ],
)
def test_progress_is_shown_unless_it_is_unwanted(run, monkeypatch, places, name, stages):
    monkeypatch.setattr("kimimaro.cli.progress.LINE_SECONDS", 0)
    args = [*ALL[name].format(**places).split(), "--format", "npz"]
    code, _, err = run(*args)
    assert code == 0
    assert {line.partition(":")[0] for line in err.splitlines()} >= {*stages, "writing"}
    for option in ["-q", *(["--no-progress"] if name in ("forge", "cross-section") else [])]:
        assert run(*args, option)[::2] == (0, "")


@pytest.mark.parametrize(
    ("name", "work", "words"),
    [
        ("forge", "volumes.read_volume", "reading"),
        ("forge", "forge.skeletonize", "skeletonizing"),
        ("connect", "connect.connect_points", "connecting"),
        ("cross-section", "cross_section.cross_sectional_area", "measuring"),
        ("postprocess", "postprocess.postprocess", "cleaning"),
        ("join", "join.join_close_components", "joining"),
    ],
)
def test_ctrl_c_says_that_nothing_was_written(run, monkeypatch, places, name, work, words):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"kimimaro.cli.{work}", stop)
    code, _, err = run(*ALL[name].format(**places).split(), "--format", "npz")
    assert (code, err) == (130, f"Interrupted while {words}; nothing was written.\n")
    assert not places["dest"].exists()
