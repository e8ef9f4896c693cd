"""Numbers of other kinds than Python's floats: which are read, and which may stand for another one."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import micrograd as mg
from micrograd.trace.numerals import numeral
from micrograd.trace.readings import UNDEFINED, UncertainConstant
from micrograd.verified.errors import UnsupportedPrimitive


@pytest.mark.parametrize("name", ["float16", "float32", "longdouble"])
def test_halves_of_other_precision(name: str) -> None:
    assert numeral(getattr(np, name)("0.5")) is mg.const(Fraction(1, 2))


@pytest.mark.parametrize("name", ["float16", "float32", "longdouble"])
def test_what_is_rounded_in_another_way(name: str) -> None:
    with pytest.raises(UncertainConstant, match="is rounded in another way"):
        numeral(getattr(np, name)("0.1"))


def test_decimals_that_are_no_numbers() -> None:
    for text in ("NaN", "Infinity", "-Infinity"):
        assert numeral(Decimal(text)) is UNDEFINED


def test_long_decimals() -> None:
    assert numeral(Decimal("1e4000")) is mg.const(10**4000)
    for text in ("1e4001", "1e-4001"):
        with pytest.raises(UnsupportedPrimitive, match="too long"):
            numeral(Decimal(text))
