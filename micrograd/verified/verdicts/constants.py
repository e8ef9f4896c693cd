"""Rational bounds of exp(q) and log(p) for numbers q and p, by halving and squaring.

1 + h <= exp(h) gives (1 + q/n)ⁿ <= exp(q) and, for -q, exp(q) <= 1/(1 - q/n)ⁿ, where |q| < n = 2ᵏ; both are found by squaring k times.
Each square is rounded outward, so that numbers stay short.  log(p) lies between a and b if exp(a) < p < exp(b).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from micrograd.verified.verdicts.cell import Cell
from micrograd.verified.verdicts.polynomials import NEGATIVE, ONE, POSITIVE, UNIT, constant, generator, index, plus, read_number, require

HALVINGS = 64
BITS = 160
MAX_EXPONENT = 1000


def _coarse(value: Fraction, up: bool) -> Fraction:
    """The value rounded to `BITS` bits."""
    shift = BITS - value.numerator.bit_length() + value.denominator.bit_length()
    scale = Fraction(2) ** shift
    scaled = value * scale
    return Fraction(-(-scaled.numerator // scaled.denominator) if up else scaled.numerator // scaled.denominator) / scale


def _squared(value: Fraction, up: bool) -> Fraction:
    for _ in range(HALVINGS):
        value = _coarse(value * value, up)
    return value


def below_exp(q: Fraction) -> Fraction:
    """A number below exp(q), or the same."""
    require(abs(q) <= MAX_EXPONENT, "an exponent that is too large")
    return _squared(_coarse(1 + q / 2**HALVINGS, False), False)


def above_exp(q: Fraction) -> Fraction:
    """A number above exp(q), or the same."""
    return 1 / below_exp(-q)


def bound(cell: Cell, number: Any, low: Any, high: Any) -> None:
    """A generator that stands for exp(q) or log(p) lies between two numbers."""
    g = index(number, len(cell.atoms))
    atom, a, b = cell.atoms[g], Fraction(read_number(low)), Fraction(read_number(high))
    if atom.kind == "exp":
        top, bottom = atom.arguments[0]
        require(bottom == ONE and set(top) <= {UNIT}, "not a constant")
        q = Fraction(top.get(UNIT, 0))
        require(a < below_exp(q) and above_exp(q) < b, "the bounds are not shown")
    else:
        require(atom.kind == "log" and atom.inner is not None and set(atom.inner) == {UNIT}, "not a constant")
        assert atom.inner is not None
        p = abs(Fraction(atom.inner[UNIT]))
        require(above_exp(a) < p < below_exp(b), "the bounds are not shown")
    cell.record(plus(generator(g), constant(a), -1), POSITIVE)
    cell.record(plus(generator(g), constant(b), -1), NEGATIVE)
