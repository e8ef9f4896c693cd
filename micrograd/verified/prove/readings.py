"""Which real number a float in somebody's program stands for.

A program says ``0.1`` and means 1/10, says ``1/3`` and holds 0.3333333333333333, says ``math.pi`` and holds 3.141592653589793.  A float
is read as the first of these that it is:

1. a decimal of at most 15 significant digits, the shortest that gives this float: ``0.1`` is 1/10;
2. a whole number, or a power of two times a small one;
3. within two units in the last place of a fraction p/q, q <= 1000 and \\|p\\| <= 10**6: ``1/3``, ``0.1 + 0.2``;
4. within two units in the last place of a constant of `CONSTANTS`, or of a simple multiple p/q or p/q of its reciprocal: ``math.pi/180``;
5. the shortest decimal that gives this float, of 16 or 17 digits.

A float of 16 or 17 digits lies that near to one of these numbers by chance about once in ten million times.  Readings by rules 3 and 4 are
named in the result of a trace, so that nothing is read in silence.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from micrograd.verified.expr import ONE, ZERO, Expr, constant, div
from micrograd.verified.parsing import parse

CONSTANTS: tuple[tuple[str, float, int], ...] = (
    ("pi", math.pi, 360),
    ("e", math.e, 12),
    ("sqrt(2)", math.sqrt(2), 12),
    ("sqrt(3)", math.sqrt(3), 12),
    ("sqrt(pi)", math.sqrt(math.pi), 12),
    ("sqrt(2*pi)", math.sqrt(2 * math.pi), 12),
    ("log(2)", math.log(2), 12),
    ("log(10)", math.log(10), 12),
    ("log(2*pi)", math.log(2 * math.pi), 12),
)
"""Text, float, and how large p and q of a multiple may be."""

UNDEFINED: Expr = div(ONE, ZERO)
"""What has no value: NaN, infinities, and calls that raise."""


@lru_cache(maxsize=4096)
def read(value: float) -> Expr:
    """The real number that a float stands for; `UNDEFINED` for NaN and infinities.

    >>> read(0.1), read(1 / 3), read(math.pi / 2), read(1.4142135623730951)
    (1/10, 1/3, pi/2, sqrt(2))
    """
    if not math.isfinite(value):
        return UNDEFINED
    shortest, exact = Decimal(repr(value)), Fraction(value)
    if len(shortest.normalize().as_tuple().digits) <= 15:
        return constant(Fraction(shortest))
    if value.is_integer() or abs(exact.numerator) < 2**20:
        return constant(exact)
    simple = exact.limit_denominator(1000)
    if abs(simple.numerator) <= 10**6 and _near(float(simple), value):
        return constant(simple)
    multiple = _multiple(value)
    return constant(Fraction(shortest)) if multiple is None else multiple


def _near(candidate: float, value: float) -> bool:
    return abs(candidate - value) <= 2 * math.ulp(value)


def _multiple(value: float) -> Expr | None:
    for text, known, limit in CONSTANTS:
        for ratio, form, back in ((value / known, "{}*{}", known), (value * known, "{}/{}", 1 / known)):
            simple = Fraction(ratio).limit_denominator(limit)
            if 0 < abs(simple.numerator) <= limit and _near(float(simple) * back, value):
                if simple == 1 and form == "{}*{}":
                    return parse(text)
                if abs(simple.numerator) == 1 and form == "{}*{}":
                    return parse(f"{'-' if simple < 0 else ''}{text}/{simple.denominator}")
                return parse(form.format(f"({simple})", text))
    return None


def is_inferred(value: float) -> bool:
    """Whether the reading of a float is another number than its shortest decimal."""
    if not math.isfinite(value):
        return False
    expression = read(value)
    return expression is not constant(Fraction(Decimal(repr(value)))) and expression is not constant(Fraction(value))
