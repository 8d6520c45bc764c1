"""How many threads work."""

from __future__ import annotations

import operator
import os
from typing import Any

from kimimaro.errors import InputTypeError

MOST_THREADS = 64
"""On machines with fewer cores; more threads than cores only wait for each other."""


def check_threads(parallel: Any) -> int:
    """Return a number of threads: that of the cores for 0 or less, no more than bring anything."""
    try:
        threads = operator.index(parallel)
    except TypeError as error:
        raise InputTypeError(
            f"parallel is {parallel!r}; pass a number of threads, or 0 for all cores."
        ) from error
    affinity = hasattr(os, "sched_getaffinity")
    cores = (len(os.sched_getaffinity(0)) if affinity else os.cpu_count()) or 1
    return min(threads, max(cores, MOST_THREADS)) if threads > 0 else cores
