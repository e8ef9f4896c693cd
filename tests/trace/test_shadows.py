"""Constants at jumps: refused where rounding errors decide on which side they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from micrograd.trace.shadows import check_jump
from micrograd.verified.errors import UnsupportedPrimitive

CELL = Fraction(1, 10_000)


@pytest.mark.parametrize(
    ("name", "function", "shadows", "numbers"),
    [
        ("floor", math.floor, [3.0], [None]),
        ("floor", math.floor, [3.0 + 1e-10], [None]),
        ("floor", math.floor, [3.0 - 1e-10], [None]),
        ("floor", math.floor, [-3.0 + 1e-10], [None]),
        ("floor", math.floor, [1e-13], [None]),
        ("floor", math.floor, [2.9999999999999996], [Fraction(3)]),
        ("fmod", math.fmod, [3e-4, float(CELL)], [None, CELL]),
        ("atan2", math.atan2, [-1e-15, -1.0], [None, Fraction(-1)]),
    ],
)
def test_what_is_near_a_jump(name: str, function: Callable[..., Any], shadows: list[float], numbers: list[Fraction | None]) -> None:
    with pytest.raises(UnsupportedPrimitive, match=f"{name} of .* rounding errors decide"):
        check_jump(name, function, shadows, numbers)


def test_what_is_not() -> None:
    check_jump("floor", math.floor, [3.0 + 1e-6], [None])
    check_jump("floor", math.floor, [3.0], [Fraction(3)])
    check_jump("floor", math.floor, [math.inf], [None])
    check_jump("fmod", math.fmod, [3.5e-4, float(CELL)], [None, CELL])
