"""Which real number a float in somebody's program stands for.

A *literal* means the decimal that is written: 0.1 is 1/10, and 0.7071067811865476 is that decimal and not √2/2.  Arithmetic of literals
means the exact result: 1/3600 is that quotient, whether Python computes it in each call, once at import, or the compiler did.  What is
irrational is so by name or by a function: ``math.pi``, ``math.sqrt(2)``, ``7**0.5``.

`certain` reads a float of which only the value is known, such as an entry of an array or of an instance:

1. as what the source of the program says, if an expression of constants there has this value (`micrograd.trace.constants`);
2. as a whole number, or a power of two times a small one;
3. as its shortest decimal, if that has at most `DIGITS` digits.

Any other float was computed from what cannot be seen, and nothing is said about it: `UncertainConstant`.  `nearest` is the reading that
is asked for by ``constants="nearest"``: a literal within two units in the last place of a multiple of a constant of `CONSTANTS`, or of a
fraction p/q, is that number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import CONST, ONE, ZERO, Condition, Expr, constant, div, postorder, substitute
from micrograd.verified.parsing import parse

DIGITS = 12
"""How many digits the decimal of a float of unknown origin has at most.  Of the floats that arithmetic gives, one in 20,000 has so few."""

MODES = ("exact", "nearest")
"""What ``constants=`` may be."""

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


N = TypeVar("N", Expr, Condition)


class UncertainConstant(UnsupportedPrimitive):
    """A float of which it is not certain which number it stands for."""


class Reading:
    """How constants are read, and which were read as a number other than the one that is written.

    Attributes:
        nearest: whether literals are read as the constants that they are nearest to.
        notes: such readings in words, in the order in which they were met.
    """

    def __init__(self, mode: str = "exact") -> None:
        if mode not in MODES:
            raise ValueError(f"constants is one of {', '.join(map(repr, MODES))}, not {mode!r}")
        self.nearest = mode == "nearest"
        self.notes: dict[str, None] = {}

    def literal(self, text: str) -> Expr:
        """The number that a literal stands for.

        Raises:
            UncertainConstant: a literal so small that Python reads it as 0.
        """
        if float(text) == 0 and any(digit in text.lower().split("e")[0] for digit in "123456789"):
            raise UncertainConstant(f"the constant {text} is less than any float, and 0 in Python")
        written = Fraction(text.replace("_", ""))
        found = nearest(float(text)) if self.nearest and _digits(text) >= 15 else None
        return constant(written) if found is None else self._noted(text, found)

    def of_text(self, expression: N) -> N:
        """The expression or condition with its decimals read in this way."""
        if not self.nearest:
            return expression
        numbers = [node for node in postorder([expression]) if node.head is CONST]
        return substitute(expression, {node: self._decimal(node) for node in numbers})

    def of_float(self, value: float, what: str) -> Expr:
        """The number that a float stands for, if only its value is known.

        Raises:
            UncertainConstant: that is not certain; the message begins with ``what``.
        """
        number = nearest(value) if self.nearest else None
        if number is not None:
            return self._noted(repr(value), number)
        number = certain(value)
        if number is None:
            raise UncertainConstant(
                f"{what}: which number the constant {value!r} stands for is not certain; write it as text, or as a fractions.Fraction"
            )
        return number

    def found(self, value: float, number: Expr) -> None:
        """Note how a float was read whose value alone was known, if literals are not read as they are written."""
        if self.nearest and nearest(value) is number:
            self._noted(repr(value), number)

    def _decimal(self, node: Expr) -> Expr:
        value = Fraction(node.key[1])
        size = float(value) if abs(value) < 10**300 else math.inf
        if not (size and math.isfinite(size) and _is_float(value, size)):
            return node
        found = nearest(size) if _digits(repr(size)) >= 15 else None
        return node if found is None else self._noted(repr(size), found)

    def _noted(self, text: str, found: Expr) -> Expr:
        self.notes[f"the constant {text} is read as {found}"] = None
        return found


def _is_float(value: Fraction, size: float) -> bool:
    """Whether a number is a decimal that was written for this float."""
    denominator = value.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1 and abs(value - Fraction(size)) <= Fraction(math.ulp(size)) / 2


_reading: ContextVar[Reading | None] = ContextVar("_reading", default=None)


def current_reading() -> Reading:
    """The reading that holds in this thread; as constants are written, if none was asked for."""
    return _reading.get() or Reading()


@contextmanager
def reading(mode: str) -> Iterator[Reading]:
    """Read constants in this way.

    Raises:
        ValueError: there is no such way.
    """
    made = Reading(mode)
    token = _reading.set(made)
    try:
        yield made
    finally:
        _reading.reset(token)


def _digits(text: str) -> int:
    return len(Decimal(text.replace("_", "")).normalize().as_tuple().digits)


def shortest(value: float) -> Fraction:
    """The shortest decimal that gives this float."""
    return Fraction(repr(value))


def certain(value: float) -> Expr | None:
    """The number that a float stands for by rules 2 and 3; None if that is not certain.

    >>> certain(0.1), certain(1 / 3), certain(2.0**-40)
    (1/10, None, 1/1099511627776)
    """
    if _digits(repr(value)) <= DIGITS:
        return constant(shortest(value))
    exact = Fraction(value)
    if value.is_integer() or abs(exact.numerator) < 2**20:
        return constant(exact)
    return None


@lru_cache(maxsize=4096)
def nearest(value: float) -> Expr | None:
    """The fraction, or the multiple of a constant, that a float of many digits is nearest to; None if there is none.

    >>> nearest(1 / 3), nearest(math.pi / 2), nearest(1.4142135623730951), nearest(0.1234567890123456)
    (1/3, pi/2, sqrt(2), None)
    """
    if not math.isfinite(value) or certain(value) is not None:
        return None
    simple = Fraction(value).limit_denominator(1000)
    if simple and abs(simple.numerator) <= 10**6 and _near(float(simple), value):
        return constant(simple)
    return _multiple(value)


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
