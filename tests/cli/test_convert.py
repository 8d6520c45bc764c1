"""kimimaro convert, between all formats."""

import itertools

import numpy as np
import pytest

import kimimaro
from kimimaro.formats import read_skeletons, read_unit, write_skeletons

from .conftest import ANISOTROPY, KEYWORDS

KINDS = {
    "swc": ("swc", []),
    "npz": ("a.npz", []),
    "parquet": ("a.parquet", []),
    "precomputed": ("layer", ["--format", "precomputed"]),
    "sharded": ("shards", ["--format", "precomputed", "--shard"]),
}


@pytest.fixture(scope="module")
def skeletons(labels):
    return kimimaro.skeletonize(labels, anisotropy=ANISOTROPY, progress=False, **KEYWORDS)


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(KINDS, 2)))
def test_from_each_to_each(tmp_path, run_json, skeletons, first, second):
    pytest.importorskip("cloudvolume")
    pytest.importorskip("pyarrow")
    (source, options), (dest, more) = KINDS[first], KINDS[second]
    write_skeletons(
        skeletons,
        tmp_path / source,
        format="precomputed" if options else None,
        shard="--shard" in options,
    )
    summary = run_json("convert", tmp_path / source, tmp_path / dest, *more)
    assert summary["skeletons"] == len(skeletons)
    assert 0 <= summary["seconds"] < 100
    found = read_skeletons(tmp_path / dest)
    assert set(found) == set(skeletons)
    for label, skeleton in skeletons.items():
        assert found[label].cable_length() == pytest.approx(skeleton.cable_length(), rel=1e-5)
        assert np.array_equal(np.sort(found[label].radii), np.sort(skeleton.radii))


def test_a_missing_or_damaged_source(tmp_path, run):
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 no archive")
    for source in ("nothing.npz", "a.npz"):
        code, _, err = run("convert", tmp_path / source, tmp_path / "out")
        assert code == 2
        assert source in err
        assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words", ["convert {src} {out}", "postprocess {src} -o {out}", "join {src} -o {out}"]
)
def test_the_unit_is_carried_over(tmp_path, run, run_json, skeletons, words):
    pytest.importorskip("pyarrow")
    source = tmp_path / "start.npz"
    write_skeletons(skeletons, source, unit="nm")
    for name in ("swc", "a.parquet", "a.npz"):
        args = words.format(src=source, out=tmp_path / name).split()
        run_json(*args)
        assert read_unit(tmp_path / name) == "nm"
        assert run_json("info", tmp_path / name)["unit"] == "nm"
        source = tmp_path / name
    assert "unit: nm" in run("info", source)[1]
    run_json(*words.format(src=source, out=tmp_path / "other.npz").split(), "--unit", "um")
    assert read_unit(tmp_path / "other.npz") == "um"


def test_no_unit_is_made_up(tmp_path, run, run_json, skeletons):
    write_skeletons(skeletons, tmp_path / "a.npz")
    run_json("convert", tmp_path / "a.npz", tmp_path / "out")
    assert read_unit(tmp_path / "out") is None
    assert "unit: not in the file" in run("info", tmp_path / "out")[1]


def test_joining_different_units_is_refused(tmp_path, run, run_json, skeletons):
    for name, unit in (("a.npz", "nm"), ("b.npz", "um"), ("c.npz", None)):
        write_skeletons(skeletons, tmp_path / name, unit=unit)
    args = ["join", tmp_path / "a.npz", tmp_path / "c.npz", "-o", tmp_path / "out.npz"]
    run_json(*args)
    assert read_unit(tmp_path / "out.npz") == "nm"
    code, _, err = run(*args, tmp_path / "b.npz")
    assert code == 2
    assert f"different units: {tmp_path / 'a.npz'} in nm and {tmp_path / 'b.npz'} in um" in err
    run_json(*args, tmp_path / "b.npz", "--unit", "nm")


def test_one_unit_in_two_spellings_is_one(tmp_path, run_json, skeletons):
    for name, unit in (("a.npz", "µm"), ("b.npz", "um"), ("c.npz", "μm")):
        write_skeletons(skeletons, tmp_path / name, unit=unit)
    sources = [tmp_path / name for name in ("a.npz", "b.npz", "c.npz")]
    run_json("join", *sources, "-o", tmp_path / "out.npz")
    assert read_unit(tmp_path / "out.npz") == "µm"
