"""Rational bounds of exp(q), log(p), sin(q) and cos(q) for numbers q and p, by halving and doubling.

1 + h <= exp(h) gives (1 + q/n)ⁿ <= exp(q) and, for -q, exp(q) <= 1/(1 - q/n)ⁿ, where |q| < n = 2ᵏ; both are found by squaring k times.
Each square is rounded outward, so that numbers stay short.  log(p) lies between a and b if exp(a) < p < exp(b).

h·(1 - h²) <= sin(h) <= h and 1 - h² <= cos(h) <= 1 for 0 <= h <= 1 give bounds for h = |q|/n, and sin(2h) = 2·sin(h)·cos(h) and
cos(2h) = 1 - 2·sin(h)² those for |q|.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from micrograd.verified.verdicts.cell import Cell
from micrograd.verified.verdicts.polynomials import NEGATIVE, ONE, POSITIVE, UNIT, constant, generator, index, plus, read_number, require

HALVINGS = 64
BITS = 160
MAX_EXPONENT = 1000
Interval: TypeAlias = tuple[Fraction, Fraction]


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


def _product(a: Interval, b: Interval) -> Interval:
    ends = [x * y for x in a for y in b]
    return _coarse(min(ends), False), _coarse(max(ends), True)


def sine_and_cosine(q: Fraction) -> tuple[Interval, Interval]:
    """Intervals in which sin(q) and cos(q) lie."""
    require(abs(q) <= MAX_EXPONENT, "an angle that is too large")
    h = abs(q) / 2**HALVINGS
    s, c = (h * (1 - h * h), h), (1 - h * h, Fraction(1))
    for _ in range(HALVINGS):
        low, high = _product(s, s)
        s, c = _product((2 * s[0], 2 * s[1]), c), (1 - 2 * high, 1 - 2 * low)
    return s if q >= 0 else (-s[1], -s[0]), c


def bound(cell: Cell, number: Any, low: Any, high: Any) -> None:
    """A generator that stands for exp(q), log(p), sin(q) or cos(q) lies between two numbers."""
    g = index(number, len(cell.atoms))
    atom, a, b = cell.atoms[g], Fraction(read_number(low)), Fraction(read_number(high))
    if atom.kind in ("exp", "sin", "cos"):
        top, bottom = atom.arguments[0]
        require(bottom == ONE and set(top) <= {UNIT}, "not a constant")
        q = Fraction(top.get(UNIT, 0))
        if atom.kind == "exp":
            least, greatest = below_exp(q), above_exp(q)
        else:
            cell.used.add("angle bounds")
            least, greatest = sine_and_cosine(q)[atom.kind == "cos"]
        require(a < least and greatest < b, "the bounds are not shown")
    else:
        require(atom.kind == "log" and atom.inner is not None and set(atom.inner) == {UNIT}, "not a constant")
        assert atom.inner is not None
        p = abs(Fraction(atom.inner[UNIT]))
        require(above_exp(a) < p < below_exp(b), "the bounds are not shown")
    cell.record(plus(generator(g), constant(a), -1), POSITIVE)
    cell.record(plus(generator(g), constant(b), -1), NEGATIVE)
