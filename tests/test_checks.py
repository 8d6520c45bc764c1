"""Parts of the engine that no image alone puts to the test, each by a C++ program of its own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COMPILER = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")


def checked(name: str, folder: Path) -> int:
    """Build and run a program, and return how much it says it compared."""
    program = folder / name
    source = HERE / f"{name}.cpp"
    options = ["-std=c++20", "-O1", "-pthread"]
    subprocess.run([COMPILER, *options, str(source), "-o", str(program)], check=True)
    run = subprocess.run([program], capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, f"check {run.returncode} failed"
    return int(run.stdout)


@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")
def test_sums_by_row_are_those_of_64_bits(tmp_path):
    # Beyond 2^32, which no image that fits a test's memory has.
    assert checked("rows_check", tmp_path) > 5000


@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")
def test_rounds_do_each_share_once(tmp_path):
    assert checked("rounds_check", tmp_path) > 100_000


@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")
def test_queues_and_bins_are_those_of_plain_lists(tmp_path):
    assert checked("queue_check", tmp_path) > 1_000_000


@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")
def test_vectors_hold_what_plain_loops_do(tmp_path):
    assert checked("vectors_check", tmp_path) > 100_000


@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")
def test_boxes_are_within_reach_of_the_nearest_site(tmp_path):
    assert checked("boxes_check", tmp_path) > 500_000
