"""Rational bounds of constants, from Arb, for Z3."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from micrograd.carriers.arb.enclosures import Enclosures
from micrograd.carriers.arb.precision import precision
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import Expr

MAX_EXPONENT = 2000
"""Constants beyond two to this power, or closer to 0, have a sign and no bounds."""
CONSTANT_BITS = 64


def enclosure(constant: Expr) -> Any:
    """A finite ball around a constant; None if there is none."""
    try:
        value = Enclosures({})(constant, CONSTANT_BITS)
    except (ArithmeticError, UnsupportedPrimitive):
        return None
    return value if value.is_finite() else None


def bounds(value: Any) -> tuple[Fraction, Fraction] | None:
    """Rational bounds of a ball, if they are neither very large nor very close to 0."""
    with precision(CONSTANT_BITS):
        ends = [bound.man_exp() for bound in (value.lower(), value.upper())]
    if any(abs(exponent) > MAX_EXPONENT for _, exponent in ends):
        return None
    low, high = (Fraction(int(mantissa)) * Fraction(2) ** int(exponent) for mantissa, exponent in ends)
    return _coarse(low, -1), _coarse(high, 1)


def _coarse(value: Fraction, direction: int) -> Fraction:
    """The value rounded outward to about nine digits."""
    scale = 10**9
    scaled = value * scale
    return Fraction(scaled.numerator // scaled.denominator + (1 if direction > 0 else 0) - (1 if direction < 0 else 0), scale)
