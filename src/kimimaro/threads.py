"""How many threads work."""

from __future__ import annotations

import operator
import os
from typing import Any

from kimimaro.errors import InputTypeError


def check_threads(parallel: Any) -> int:
    """Return a number of threads, that of the cores for 0 or less."""
    try:
        threads = operator.index(parallel)
    except TypeError as error:
        raise InputTypeError(
            f"parallel is {parallel!r}; pass a number of threads, or 0 for all cores."
        ) from error
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return threads if threads > 0 else cores or 1
