"""The benchmarks know the engine by names in its source, which change, and need volumes."""

from __future__ import annotations

import re
from pathlib import Path

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
    case = CASES[0]
    with pytest.raises(SystemExit, match=f"{case.source} is missing: name the"):
        case.check(tmp_path)
    (tmp_path / case.source).parent.mkdir(exist_ok=True)
    (tmp_path / case.source).touch()
    case.check(tmp_path)
