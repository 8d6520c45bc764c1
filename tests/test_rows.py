"""Sums by row beyond 2^32, which no image that fits a test's memory has."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COMPILER = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")


@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")
def test_sums_are_those_of_64_bits(tmp_path):
    program = tmp_path / "rows_check"
    source = HERE / "rows_check.cpp"
    subprocess.run([COMPILER, "-std=c++20", "-O1", str(source), "-o", str(program)], check=True)
    run = subprocess.run([program], capture_output=True, text=True)
    assert run.returncode == 0, f"check {run.returncode} failed"
    assert int(run.stdout) > 5000
