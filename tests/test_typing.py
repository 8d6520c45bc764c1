"""What a type checker makes of calls that run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CALLS = """
import numpy as np
from osteoid import Skeleton

from kimimaro import Report, skeletonize

Alone = dict[int, Skeleton]
Pair = tuple[Alone, Report]

labels = np.zeros((3, 3, 3), dtype=np.uint8)
flag = bool(labels.any())
alone: Alone = skeletonize(labels)
named: Pair = skeletonize(labels, return_report=True)
either: Alone | Pair = skeletonize(labels, return_report=flag)
placed: Pair = skeletonize(
    labels, {}, (1, 1, 1), None, 0, False, True, False, True, 1, 100, (), (), False, False, None,
    None, True,
)
last: Alone | Pair = skeletonize(
    labels, {}, (1, 1, 1), None, 0, False, True, False, True, 1, 100, (), (), False, False, None,
    None, flag,
)
wrong: Alone = skeletonize(labels, return_report=True)  # type: ignore[assignment]
"""


@pytest.mark.slow
def test_every_way_to_ask_for_a_report(tmp_path, monkeypatch):
    api = pytest.importorskip("mypy.api")
    root = Path(__file__).parent.parent
    (tmp_path / "calls.py").write_text(CALLS)
    monkeypatch.setenv("MYPYPATH", os.fspath(root / "src"))
    monkeypatch.chdir(tmp_path)
    config = os.fspath(root / "pyproject.toml")
    shown, errors, code = api.run(["--config-file", config, "calls.py"])
    assert code == 0, shown + errors
