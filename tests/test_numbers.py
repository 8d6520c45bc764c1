"""What counts as a number, and as a whole one."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from kimimaro.numbers import as_number, as_whole

NONE = [None, "3", "3.5", b"3", bytearray(b"3"), np.str_("3"), [3], 3j, np.complex64(3), math.nan,
        np.datetime64("2000-01-01"), np.array([3]), np.array("3"), np.array("x", dtype=object),
        Decimal("nan"), Decimal("snan")]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [3, 3.0, np.uint8(3), np.float16(3), Decimal(3), Fraction(3), np.array(3), np.array(3.0),
     np.array(3, dtype=object)],
)  # fmt: skip
def test_three(value):
    assert as_number(value) == 3
    assert type(as_number(value)) is float
    assert as_whole(value) == 3
    assert type(as_whole(value)) is int


@pytest.mark.parametrize("value", [3.5, Decimal("3.5"), Fraction(7, 2), np.float32(3.5)])
def test_halves_are_no_whole_numbers(value):
    assert as_number(value) == 3.5
    assert as_whole(value) is None


@pytest.mark.parametrize("value", NONE)
def test_what_is_no_number(value):
    assert math.isnan(as_number(value))
    assert as_whole(value) is None


@pytest.mark.parametrize("value", [True, np.True_])
def test_booleans_are_whole_numbers_only(value):
    assert math.isnan(as_number(value))
    assert as_whole(value) == 1


def test_beyond_what_a_float_holds():
    assert math.isnan(as_number(10**400))
    assert as_whole(10**400) == 10**400
    assert as_number(math.inf) == math.inf
    assert as_whole(math.inf) is None
