"""Evaluation over exact rational numbers.

`FUNCTIONS` maps the name of a primitive to its function, ``Fraction`` to ``Fraction``; ``powi`` takes an int as its
exponent.  It has the primitives that are rational wherever they are defined, and roots and powers, which raise
``ArithmeticError`` where their value is irrational or undefined.  Division by zero raises ``ZeroDivisionError``.  A primitive
that is defined by these, as hypot is, has the value of its definition.  There is no sin: its values at rational
numbers other than 0 are irrational.

Trust: Python's integers and ``fractions``.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from micrograd.carriers.carrier import Carrier
from micrograd.carriers.definitions import meaning
from micrograd.carriers.walk import by_definition
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import CONST, VAR, WHERE, Node, as_expr, postorder
from micrograd.verified.row import Primitive

MAX_BITS = 1 << 24
"""Fractions with a longer numerator or denominator are refused, unless another limit is given."""
MAX_GCD = 1 << 36
"""The largest product of the lengths of two numbers, in bits, whose common divisor is looked for; that takes some seconds."""


def _irrational(name: str, *operands: Fraction) -> ArithmeticError:
    """The error; numbers with very many digits are not written out, which Python would refuse."""
    short = all(max(x.numerator.bit_length(), x.denominator.bit_length()) < 4096 for x in operands)
    shown = f"{name}({', '.join(map(str, operands))})" if short else f"{name} of a long number"
    return ArithmeticError(f"{shown} has no exact rational value")


def _integer_root(value: int, n: int) -> int | None:
    """The n-th root of a natural number, if it is one; by Newton's method from above."""
    if value < 2 or n == 1:
        return value
    if n >= value.bit_length():
        return None
    root = 1 << -(-value.bit_length() // n)
    while True:
        smaller = ((n - 1) * root + value // root ** (n - 1)) // n
        if smaller >= root:
            return root if root**n == value else None
        root = smaller


def _root(x: Fraction, n: int) -> Fraction | None:
    """The n-th root of x >= 0, if it is rational."""
    numerator, denominator = _integer_root(x.numerator, n), _integer_root(x.denominator, n)
    return None if numerator is None or denominator is None else Fraction(numerator, denominator)


def _sqrt(x: Fraction) -> Fraction:
    root = _root(x, 2) if x >= 0 else None
    if root is None:
        raise _irrational("sqrt", x)
    return root


def _cbrt(x: Fraction) -> Fraction:
    root = _root(abs(x), 3)
    if root is None:
        raise _irrational("cbrt", x)
    return root if x >= 0 else -root


def _lengths(x: Fraction) -> tuple[int, int]:
    return x.numerator.bit_length(), x.denominator.bit_length()


def _within(limit: int, operation: Callable[[Fraction, Fraction], Fraction]) -> Callable[[Fraction, Fraction], Fraction]:
    """Sums, products and quotients; the length of the result is bounded before it is computed."""

    def apply(x: Fraction, y: Fraction) -> Fraction:
        a, b, c, d = *_lengths(x), *_lengths(y)
        if a + b + c + d > 4096 and (max(a, b) + max(c, d) > limit or ((b > 1 or d > 1) and max(a, b) * max(c, d) > MAX_GCD)):
            raise ArithmeticError("a number that is too long to write out")
        return operation(x, y)

    return apply


def _powi_within(limit: int) -> Callable[[Fraction, int], Fraction]:
    def powi(x: Fraction, n: int) -> Fraction:
        if (max(_lengths(x)) - 1) * abs(n) > limit:
            raise ArithmeticError(f"a power with an exponent of {n.bit_length()} bits is too large to write out")
        return Fraction(x) ** n

    return powi


def _pow(powi: Callable[[Fraction, int], Fraction], x: Fraction, y: Fraction) -> Fraction:
    if y.denominator == 1:
        return powi(x, y.numerator)
    if x == 0 and y < 0:
        raise ZeroDivisionError("pow of 0 with a negative exponent")
    root = _root(x, y.denominator) if x >= 0 else None
    if root is None:
        raise _irrational("pow", x, y)
    return powi(root, y.numerator)


def _sign(x: Fraction) -> Fraction:
    return Fraction((x > 0) - (x < 0))


_UNBOUNDED: Mapping[str, Callable[..., Any]] = {
    "neg": operator.neg,
    "reciprocal": lambda x: 1 / x,
    "sqrt": _sqrt,
    "cbrt": _cbrt,
    "abs": operator.abs,
    "sign": _sign,
    "relu": lambda x: max(x, Fraction(0)),
    "max": max,
    "min": min,
    "floor": lambda x: Fraction(math.floor(x)),
    "ceil": lambda x: Fraction(math.ceil(x)),
    "trunc": lambda x: Fraction(math.trunc(x)),
}
"""The functions whose values are no longer than their operands."""


def functions_within(limit: int) -> Mapping[str, Callable[..., Any]]:
    """The functions by primitive; they refuse to compute a number with more bits than the limit, by ``ArithmeticError``."""
    add, mul = _within(limit, operator.add), _within(limit, operator.mul)
    powi = _powi_within(limit)
    return {
        **_UNBOUNDED,
        "add": add,
        "sub": _within(limit, operator.sub),
        "mul": mul,
        "div": _within(limit, operator.truediv),
        "powi": powi,
        "pow": lambda x, y: _pow(powi, x, y),
        "square": lambda x: mul(x, x),
    }


FUNCTIONS: Mapping[str, Callable[..., Any]] = functions_within(MAX_BITS)


class FractionCarrier(Carrier):
    """Exact rational numbers of bounded length, for the operations that stay rational."""

    name = "Fraction"

    def __init__(self, bits: int) -> None:
        super().__init__(functions_within(bits))

    def fallback(self, row: Primitive) -> Callable[..., Any] | None:
        body = meaning(row)
        return by_definition(self, row, "raise") if body is not None and self._is_rational(body) else None

    def _is_rational(self, body: Node) -> bool:
        """Whether every part of a definition has a function here, or a rational definition."""
        return all(
            node.head in (VAR, CONST) or node.head.boolean or node.head is WHERE or (node.head.row and self.function(node.head.row))
            for node in postorder([body])
        )

    def number(self, value: Any) -> Fraction:
        if value.__class__ is Fraction:
            return value  # of any length: results are passed on
        node = as_expr(value)
        if node.head is not CONST:
            raise TypeError(f"{value!r} is not a number")
        return Fraction(node.key[1])

    def symbol(self, which: Any) -> Any:
        raise UnsupportedPrimitive(f"{which.name} is not a rational number")

    def suspicious(self, value: Any) -> bool:
        return False

    def is_nan(self, value: Any) -> bool:
        return False


@cache
def fraction_carrier(bits: int = MAX_BITS) -> FractionCarrier:
    """The carrier of fractions of at most this many bits."""
    return FractionCarrier(bits)
