"""Floats rounded from balls: what floats compute where they have no function of their own, and whole expressions.

A ball that is narrow enough tells the float nearest to the value; so these floats are right to the last place, but slow (some
microseconds each).  A value beyond the range of floats becomes an infinity or zero, as everywhere; where there is no value,
NaN.  At infinite operands it is the limit, where `LIMITS` knows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from flint import arb

from micrograd.carriers.arb.carrier import arb_carrier
from micrograd.carriers.arb.precision import precision
from micrograd.carriers.arb.special_values import LIMITS
from micrograd.carriers.walk import values
from micrograd.verified.errors import MicrogradError, UnsupportedPrimitive
from micrograd.verified.expr import HEADS

_MAX_BITS = 3000
_NO_LONGER_A_FLOAT = arb(2) ** -1080
_LARGEST = arb(2) ** 1024


def nearest_function(name: str) -> Callable[..., float]:
    """A primitive over floats, NaN where there is no value.

    Raises:
        UnsupportedPrimitive: there is nothing to round.
    """
    row = HEADS[name].row
    function = None if row is None else arb_carrier().function(row)
    if function is None:
        raise UnsupportedPrimitive(f"{name} has no value as a float, since it has none as an Arb ball")

    def apply(*arguments: Any) -> float:
        floats = [float(a) for a in arguments]
        return _nearest(function, floats) if all(map(math.isfinite, floats)) else _limit(name, floats)

    return apply


def _limit(name: str, operands: list[float]) -> float:
    *parameters, last = operands
    known = LIMITS.get(name, {}).get(last, math.nan)
    positive = name not in ("gammainc", "gammaincc") or parameters[0] > 0
    return known if positive and all(map(math.isfinite, parameters)) else math.nan


def _nearest(function: Callable[..., arb], operands: list[float]) -> float:
    """The value as a float, with as many bits as that takes."""
    bits = 80
    while bits <= _MAX_BITS:
        with precision(bits):
            value = function(*[arb(a) for a in operands])
        if value.is_finite():
            if value.rel_accuracy_bits() > 55 or value.is_zero():
                try:
                    return float(value.mid())
                except OverflowError:
                    return math.inf if value > 0 else -math.inf
            if abs(value) < _NO_LONGER_A_FLOAT:
                return 0.0
        elif bits > 500:
            break
        bits *= 3
    return math.nan


def nearest(expression: Any, env: Mapping[str, float]) -> float | None:
    """The float nearest to the value of an expression at floats; None where balls do not tell (an exact zero, an undecided condition), or
    where they tell that there is no value."""
    balls = {name: arb(x) for name, x in env.items()}
    for bits in (80, 240, 720, 2160):
        with precision(bits):
            try:
                value = values(arb_carrier(), [expression], balls)[0]
            except MicrogradError:
                return None
            if value.is_finite() and value.rel_accuracy_bits() > 55:
                return float(value.mid()) if abs(value) < _LARGEST else None
            if value.is_finite() and abs(value) < _NO_LONGER_A_FLOAT and not value.contains(0):
                return 0.0
    return None
