"""An estimate of the memory that a call needs, compared with what is free before it starts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from kimimaro import _engine
from kimimaro.errors import OutOfMemoryError

PER_VOXEL = 4
"""Bytes of each voxel of an object: its distance to boundary."""
PER_TRACED_VOXEL = 10
"""Bytes of each voxel of an object that is being traced: record, order, bits and queue."""


def check_memory(objects: _engine.Image, threads: int, name: str = "all_labels") -> None:
    """Raise OutOfMemoryError if the objects cannot be worked on in the memory that is free."""
    _, voxels = objects.components()
    largest = np.sort(voxels)[-threads:]
    check_free(
        PER_VOXEL * int(voxels.sum()) + PER_TRACED_VOXEL * int(largest.sum()),
        f"{name} has {int(voxels.sum()):,} voxels to work on, which takes about",
        "cut it into pieces that overlap by a voxel, or work on fewer labels",
    )


def check_free(need: int, what: str, advice: str) -> None:
    """Raise OutOfMemoryError if so many bytes are not free, or more than any machine has."""
    free = free_memory()
    if need > (sys.maxsize if free is None else free):
        there = "" if free is None else f", but {free / 2**30:.1f} GiB of memory are free"
        raise OutOfMemoryError(f"{what} {need / 2**30:.1f} GiB{there}; {advice}.")


def free_memory() -> int | None:
    """Bytes that can be had without swapping; None where the system does not tell."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
