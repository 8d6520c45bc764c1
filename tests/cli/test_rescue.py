"""What is drawn is not lost, whatever is the matter with the place that it was to go to."""

import dataclasses
import os

import numpy as np
import pytest

import kimimaro
from kimimaro.cli import forge
from kimimaro.errors import TracingInterrupted
from kimimaro.formats import FormatError, read_skeletons, read_unit, write_skeletons

from .conftest import PARAMETERS, assert_refused

SIZE = ["-a", "16,16,40"]


def interrupt_at_one(monkeypatch):
    """Let Ctrl-C come when one skeleton is done."""

    def draw(*args, **keywords):
        skeletons, report = kimimaro.skeletonize(*args, **keywords)
        rows = [
            dataclasses.astuple(dataclasses.replace(component, status="interrupted"))
            for component in report.components
        ]
        report = dataclasses.replace(report, rows=rows)
        raise TracingInterrupted({7: skeletons[7]}, report)

    monkeypatch.setattr(forge, "skeletonize", draw)


def test_too_many_merged_labels_are_drawn_and_rescued(tmp_path, volume, run, skeletons):
    args = ["-q", "--fill-holes", *SIZE, *PARAMETERS]
    result = run("forge", volume, "-o", tmp_path / "o.swc", *args)
    assert_refused(result, "there are 2 labels", f"went to {tmp_path / 'o.rescued.npz'} instead")
    assert set(read_skeletons(tmp_path / "o.rescued.npz")) == set(skeletons)


def test_skeletons_without_a_place_go_to_an_archive(tmp_path, volume, run, skeletons):
    # Precomputed skeletons of one folder have the same attributes, which is seen on writing.
    other = skeletons[7].clone()
    other.cross_sectional_area = np.ones(len(other.vertices), dtype=np.float32)
    write_skeletons({1: other}, tmp_path / "layer", format="precomputed")
    places = (("", "layer.rescued.npz"), ("precomputed://file://", "layer.rescued2.npz"))
    for scheme, name in places:
        dest = f"{scheme}{tmp_path}/layer"
        code, _, err = run("forge", volume, "-o", dest, "-q", *SIZE, *PARAMETERS)
        assert code == 2
        assert "holds skeletons with other vertex attributes" in err
        assert f"2 skeletons went to {tmp_path / name} instead" in err
        assert set(read_skeletons(tmp_path / name)) == set(skeletons)


def test_what_was_only_read_is_not_rescued(tmp_path, monkeypatch, run, skeletons):
    def full(drawn, dest, **options):
        if dest.endswith("b.npz"):
            raise OSError(28, "No space left on device", dest)
        write_skeletons(drawn, dest, **options)

    write_skeletons(skeletons, tmp_path / "a.npz")
    write_skeletons({}, tmp_path / "none.npz")
    monkeypatch.setattr("kimimaro.cli.skeletons.write_skeletons", full)
    for words in ("convert a.npz b.npz", "join none.npz -o b.npz"):
        args = [tmp_path / word if word.endswith("npz") else word for word in words.split()]
        _, _, err = run(*args)
        assert err.splitlines()[-1] == f"Error: {tmp_path / 'b.npz'}: No space left on device."
    assert not list(tmp_path.glob("*rescued*"))


def test_what_cannot_go_to_a_cloud_is_rescued_here(tmp_path, monkeypatch, volume, run, skeletons):
    pytest.importorskip("cloudvolume")
    place = "mem://refusing/refused"
    other = skeletons[7].clone()
    other.cross_sectional_area = np.ones(len(other.vertices), dtype=np.float32)
    write_skeletons({1: other}, place, format="precomputed")
    monkeypatch.chdir(tmp_path)
    args = ["--format", "precomputed", "--unit", "nm", "-q", *SIZE, *PARAMETERS]
    code, _, err = run("forge", volume, "-o", place, *args)
    assert code == 2
    assert "2 skeletons went to refused.rescued.npz instead" in err
    assert read_unit(tmp_path / "refused.rescued.npz") == "nm"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "labels.npy",
        "refused.rescued.npz",
    ]


@pytest.mark.parametrize("dest", [".", ".."])
def test_a_folder_without_a_name_is_rescued_too(
    tmp_path, monkeypatch, volume, run, skeletons, dest
):
    (tmp_path / "out" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "out" if dest == "." else tmp_path / "out" / "deep")
    (tmp_path / "out" / "7.swc").mkdir()
    result = run("forge", volume, "-o", dest, "-q", *SIZE, *PARAMETERS)
    place = tmp_path / "out.rescued.npz"
    assert_refused(result, f"2 skeletons went to {place} instead")
    assert set(read_skeletons(place)) == set(skeletons)


def test_a_full_disk_loses_nothing(tmp_path, monkeypatch, volume, run, skeletons):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    savez = np.savez_compressed

    def full(file, **arrays):
        if "elsewhere" not in str(elsewhere / file.name):
            raise OSError(28, "No space left on device", file.name)
        savez(file, **arrays)

    monkeypatch.setattr(np, "savez_compressed", full)
    result = run("forge", volume, "-o", tmp_path / "o.npz", "-q", *SIZE, *PARAMETERS)
    assert_refused(result, f"{tmp_path / 'o.npz'}: No space left", "went to o.rescued.npz instead")
    assert set(read_skeletons(elsewhere / "o.rescued.npz")) == set(skeletons)


@pytest.mark.parametrize("foreign", ["text", "folder", "link"])
def test_what_somebody_else_put_there_costs_no_skeletons(tmp_path, volume, run, foreign):
    place = tmp_path / "out" / "foreign.swc"
    place.parent.mkdir()
    if foreign == "text":
        place.write_text("not mine", encoding="utf-16")
    elif foreign == "folder":
        place.mkdir()
    else:
        place.symlink_to(tmp_path / "nowhere")
    code, _, err = run("forge", volume, "-o", tmp_path / "out", "-q", *SIZE, *PARAMETERS)
    assert (code, err) == (0, "")
    assert (tmp_path / "out" / "7.swc").is_file()


def test_a_place_that_can_no_longer_be_read_costs_no_skeletons(tmp_path, monkeypatch, volume, run):
    def unread(*_, **__):
        raise FormatError("the network is gone.")

    args = ["forge", volume, "-o", tmp_path / "o.npz", "-q", *SIZE, *PARAMETERS]
    assert run(*args)[0] == 0
    monkeypatch.setattr("kimimaro.cli.skeletons.existing_labels", unread)
    assert run("forge", volume, "-o", tmp_path / "out", "-q", *SIZE, *PARAMETERS)[0] == 0
    assert (tmp_path / "out" / "7.swc").is_file()
    interrupt_at_one(monkeypatch)
    assert run(*args)[0] == 130
    assert set(read_skeletons(tmp_path / "o.npz")) == {7, 2**40}
    assert set(read_skeletons(tmp_path / "o.partial.npz")) == {7}


def test_a_part_of_a_folder_without_a_name_goes_beside(
    tmp_path, monkeypatch, volume, run, skeletons
):
    pytest.importorskip("cloudvolume")
    args = ["forge", volume, "--format", "precomputed", "--shard", "-q", *SIZE, *PARAMETERS]
    assert run(*args, "-o", tmp_path / "out")[0] == 0
    monkeypatch.chdir(tmp_path / "out")
    interrupt_at_one(monkeypatch)
    code, _, err = run(*args, "-o", ".")
    assert code == 130
    assert f"is in {tmp_path / 'out.partial'}, as . holds older ones" in err
    assert list(read_skeletons(tmp_path / "out.partial")) == [7]


@pytest.mark.parametrize("name", ["o.npz", "o.parquet", "layer"])
def test_a_part_does_not_replace_a_whole(tmp_path, monkeypatch, volume, run, name):
    pytest.importorskip("pyarrow")
    pytest.importorskip("cloudvolume")
    options = ["--format", "precomputed", "--shard"] if name == "layer" else []
    args = ["forge", volume, *options, *SIZE, *PARAMETERS]
    assert run(*args, "-o", tmp_path / name)[0] == 0
    stem, suffix = os.path.splitext(name)
    parts = [tmp_path / f"{stem}.{word}{suffix}" for word in ("partial", "partial2")]
    with monkeypatch.context() as patch:
        interrupt_at_one(patch)
        for part in parts:
            code, out, err = run(*args, "-o", tmp_path / name)
            assert code == 130
            assert f"1 skeleton that was done is in {part}, as {tmp_path / name} holds" in err
            assert f"--resume -o {part} draws the others" in err
            assert str(part) in out
            assert list(read_skeletons(part)) == [7]
    assert len(read_skeletons(tmp_path / name)) == 2
    assert run(*args, "--resume", "-o", parts[0])[0] == 0
    assert set(read_skeletons(parts[0])) == {7, 2**40}


def test_a_part_goes_where_nothing_is_lost(tmp_path, monkeypatch, volume, run):
    args = ["forge", volume, "-o", tmp_path / "o.npz", *SIZE, *PARAMETERS]
    with monkeypatch.context() as patch:
        interrupt_at_one(patch)
        code, _, err = run(*args)
        assert code == 130
        assert f"1 skeleton that was done is in {tmp_path / 'o.npz'}, and --resume draws" in err
    assert run(*args, "--resume")[0] == 0
    assert len(read_skeletons(tmp_path / "o.npz")) == 2
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["labels.npy", "o.npz"]
