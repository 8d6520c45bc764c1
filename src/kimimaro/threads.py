"""How many threads work."""

from __future__ import annotations

import os
from typing import Any

from kimimaro.errors import InputTypeError
from kimimaro.numbers import as_whole

MOST_THREADS = 64
"""On machines with fewer cores; more threads than cores only wait for each other."""


def check_threads(parallel: Any) -> int:
    """Return a number of threads: that of the cores for 0 or less, no more than bring anything."""
    threads = as_whole(parallel)
    if threads is None:
        raise InputTypeError(
            f"parallel is {parallel!r}; pass a number of threads, or 0 for all cores."
        )
    affinity = hasattr(os, "sched_getaffinity")
    cores = (len(os.sched_getaffinity(0)) if affinity else os.cpu_count()) or 1
    return min(threads, max(cores, MOST_THREADS)) if threads > 0 else cores
