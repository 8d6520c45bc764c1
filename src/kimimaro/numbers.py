"""Numbers as callers have them: of Python, of NumPy, decimal numbers, fractions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kimimaro.errors import InputTypeError


def as_number(value: Any) -> float:
    """Return a number, NaN for what is none, as booleans are, and for what no float holds."""
    if not _may_be_one(value) or isinstance(value, (bool, np.bool_)):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def as_whole(value: Any) -> int | None:
    """Return a whole number, which 3.0 and booleans are, too; None for anything else."""
    if not _may_be_one(value):
        return None
    try:
        whole = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return whole if whole == value else None


def check_whole(name: str, value: Any) -> int:
    """Return a whole number; refuse anything else by its name."""
    whole = as_whole(value)
    if whole is None:
        raise InputTypeError(f"{name} is {value!r}; pass a whole number.")
    return whole


def _may_be_one(value: Any) -> bool:
    """Tell numbers from what float and int take besides: text, complex numbers, arrays of one."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.ndim == 0 and value.dtype.kind in "biufO"
    return not isinstance(value, (str, bytes, bytearray))
