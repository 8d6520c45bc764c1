"""The benchmarks know the engine by names in its source, which change, and need volumes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import counters
from cases import CASES

CPP = Path(__file__).resolve().parent.parent / "cpp"


@pytest.mark.parametrize("file", counters.SEARCHES.values())
def test_where_a_search_looks_around_a_voxel_is_found(file):
    lines = (CPP / file).read_text().splitlines()
    assert sum(bool(counters.AROUND.search(line)) for line in lines) == 1


@pytest.mark.parametrize("pattern", [pattern for _, pattern in counters.STAGES])
def test_functions_of_a_stage_exist(pattern):
    source = "".join(path.read_text() for path in CPP.glob("*.hpp"))
    for name in re.findall(r"[A-Za-z_]{4,}", pattern):
        assert re.search(rf"\b{name}\b", source), name


def test_a_missing_volume_is_named(tmp_path):
    case = replace(CASES[0], source="a.npz", crop=None)
    with pytest.raises(SystemExit, match=r"a\.npz is missing: name the volumes' folder by --data"):
        case.load(tmp_path)
    labels = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    np.savez(tmp_path / "a.npz", labels=labels)
    assert np.array_equal(case.load(tmp_path), labels)
