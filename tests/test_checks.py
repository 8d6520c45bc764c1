"""Parts of the engine that no image alone puts to the test, each by a C++ program of its own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COMPILER = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
SANITIZE = os.environ.get("KIMIMARO_SANITIZE")
"""The sanitizers that the engine was built with, if any."""


@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")
@pytest.mark.parametrize(
    ("name", "least"),
    [
        # Sums by row beyond 2^32, which no image that fits a test's memory has.
        ("rows_check", 5000),
        ("rounds_check", 100_000),
        ("queue_check", 1_000_000),
        ("vectors_check", 100_000),
        ("nearest_check", 20_000),
        ("middle_check", 500_000),
        ("order_check", 5000),
        ("paths_check", 10_000),
        ("bounds_check", 3_500_000),
        ("thick_check", 1000),
        ("memory_check", 100),
    ],
)
def test_the_engine_agrees_with_something_plain(name, least, tmp_path):
    """Build and run a program, which says how much it compared."""
    program = tmp_path / name
    source = HERE / f"{name}.cpp"
    options = ["-std=c++20", "-O1", "-pthread"]
    if SANITIZE:
        options += [f"-fsanitize={SANITIZE}", "-fno-sanitize-recover=all", "-g1"]
    subprocess.run([COMPILER, *options, str(source), "-o", str(program)], check=True)
    run = subprocess.run([program], capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, f"check {run.returncode} failed"
    assert int(run.stdout) > least
