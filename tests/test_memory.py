"""The need for memory is estimated before the work starts."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from osteoid import Skeleton

import kimimaro
from kimimaro import memory


def rods():
    """Three objects: 90, 60 and 30 voxels."""
    labels = np.zeros((30, 7, 3), dtype=np.uint8)
    labels[:, 0, :], labels[:20, 3, :], labels[:10, 6, :] = 1, 2, 3
    return labels


LINE = Skeleton(
    np.array([[0, 0, 0], [9, 0, 0]], dtype=np.float32),
    np.array([[0, 1]], dtype=np.uint32),
    segid=1,
    space="physical",
)


@pytest.mark.parametrize(
    ("call", "need"),
    [
        (lambda labels: kimimaro.skeletonize(labels, dust_threshold=0), 4 * 180 + 10 * 90),
        (lambda labels: kimimaro.skeletonize(labels, dust_threshold=30), 4 * 150 + 10 * 90),
        (lambda labels: kimimaro.skeletonize(labels, dust_threshold=0, object_ids=[3]), 14 * 30),
        (
            lambda labels: kimimaro.skeletonize(labels, dust_threshold=0, parallel=2),
            4 * 180 + 10 * 150,
        ),
        (lambda labels: kimimaro.oversegment(labels, LINE), 14 * 90),
        (lambda labels: kimimaro.connect_points(labels, (0, 3, 0), (9, 3, 0)), 14 * 60),
    ],
)
def test_too_little_memory_is_said_before_it_starts(monkeypatch, call, need):
    monkeypatch.setattr(memory, "free_memory", lambda: need)
    call(rods())
    monkeypatch.setattr(memory, "free_memory", lambda: need - 1)
    with pytest.raises(kimimaro.OutOfMemoryError, match=r"labels has \d+ voxels .* GiB"):
        call(rods())
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    call(rods())


def test_the_image_is_named_as_the_parameter(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 0)
    with pytest.raises(kimimaro.OutOfMemoryError, match=r"^all_labels has 180 voxels"):
        kimimaro.skeletonize(rods(), dust_threshold=0)
    with pytest.raises(kimimaro.OutOfMemoryError, match=r"^labels has 60 voxels"):
        kimimaro.connect_points(rods(), (0, 3, 0), (9, 3, 0))


def test_what_linux_says_is_free(monkeypatch, tmp_path):
    told = tmp_path / "meminfo"
    told.write_text("MemTotal:       9000 kB\nMemFree:        1000 kB\nMemAvailable:   7000 kB\n")
    monkeypatch.setattr(memory, "Path", lambda _: told)
    assert memory.free_memory() == 7000 * 1024


@pytest.mark.parametrize("told", ["MemTotal: 9000 kB\n", None])
def test_what_other_systems_say_is_free(monkeypatch, tmp_path, told):
    if told is not None:
        (tmp_path / "meminfo").write_text(told)
    monkeypatch.setattr(memory, "Path", lambda _: tmp_path / "meminfo")
    pages = {"SC_AVPHYS_PAGES": 30, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(os, "sysconf", pages.__getitem__, raising=False)
    assert memory.free_memory() == 30 * 4096

    def unknown(name):
        raise ValueError(name)

    monkeypatch.setattr(os, "sysconf", unknown)
    assert memory.free_memory() is None
    monkeypatch.delattr(os, "sysconf")
    assert memory.free_memory() is None


FIRST_CALL = """
import sys
import numpy as np
import kimimaro

before = set(sys.modules)
kimimaro.skeletonize(np.ones((8, 8, 32), np.uint8), progress=False)
print(sorted(set(sys.modules) - before))
"""


def test_the_first_call_imports_nothing():
    run = subprocess.run([sys.executable, "-c", FIRST_CALL], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")
