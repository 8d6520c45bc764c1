"""kimimaro convert, between all formats."""

import itertools

import numpy as np
import pytest

import kimimaro
from kimimaro.formats import read_skeletons, write_skeletons

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
