"""Bounds of constants: they hold, or there are none."""

from __future__ import annotations

from fractions import Fraction

import pytest

import micrograd as mg
from micrograd.carriers.arb.carrier import ball
from micrograd.prove.normal.bounds import MAX_EXPONENT, bounds, enclosure


@pytest.mark.parametrize("text", ["1/0", "log(-1)", "sqrt(-2)", "asin(2)", "log(0)", "exp(exp(exp(10)))"])
def test_what_has_no_known_value_has_no_enclosure(text: str) -> None:
    assert enclosure(mg.parse(text)) is None


@pytest.mark.parametrize(("text", "low", "high"), [("pi", 3, 4), ("-exp(1)", -3, -2), ("sqrt(2)", 1, 2), ("1/3", 0, 1), ("-7", -8, -6)])
def test_bounds_are_on_both_sides_and_close(text: str, low: int, high: int) -> None:
    found = bounds(enclosure(mg.parse(text)))
    assert found is not None
    assert low < found[0] < found[1] < high
    assert found[1] - found[0] < Fraction(1, 10**8)
    assert ball(found[0]) < enclosure(mg.parse(text)) < ball(found[1])


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_of_all_sizes_have_bounds_but_the_largest_and_those_closest_to_0(sign: int) -> None:
    for exponent, there in ((MAX_EXPONENT, True), (MAX_EXPONENT + 1, False)):
        for value in (Fraction(2) ** exponent, Fraction(1, 2**exponent)):
            assert (bounds(ball(sign * value)) is not None) == there
