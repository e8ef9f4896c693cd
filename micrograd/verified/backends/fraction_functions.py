"""Primitives over exact rational numbers.

`FUNCTIONS` maps the name of a primitive to its function, ``Fraction`` to ``Fraction``; ``powi`` takes an int as its
exponent.  It has the primitives that are rational wherever they are defined, and roots and powers, which raise
``ArithmeticError`` where their value is irrational or undefined.  Division by zero raises ``ZeroDivisionError``.  There is
no sin: of a rational number it is never rational, but at 0.

Trust: Python's integers and ``fractions``.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

MAX_BITS = 1 << 24
"""Powers whose value has more bits than this are refused."""


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


def _hypot(x: Fraction, y: Fraction) -> Fraction:
    root = _root(x * x + y * y, 2)
    if root is None:
        raise _irrational("hypot", x, y)
    return root


def _powi(x: Fraction, n: int) -> Fraction:
    bits = max(x.numerator.bit_length(), x.denominator.bit_length()) - 1
    if bits * abs(n) > MAX_BITS:
        raise ArithmeticError(f"a power with an exponent of {n.bit_length()} bits is too large to write out")
    return Fraction(x) ** n


def _pow(x: Fraction, y: Fraction) -> Fraction:
    if y.denominator == 1:
        return _powi(x, y.numerator)
    if x == 0 and y < 0:
        raise ZeroDivisionError(f"pow({x}, {y})")
    root = _root(x, y.denominator) if x >= 0 else None
    if root is None:
        raise _irrational("pow", x, y)
    return _powi(root, y.numerator)


def _sign(x: Fraction) -> Fraction:
    return Fraction((x > 0) - (x < 0))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "powi": _powi,
    "pow": _pow,
    "reciprocal": lambda x: 1 / x,
    "square": lambda x: x * x,
    "sqrt": _sqrt,
    "cbrt": _cbrt,
    "hypot": _hypot,
    "abs": operator.abs,
    "sign": _sign,
    "relu": lambda x: max(x, Fraction(0)),
    "max": max,
    "min": min,
    "floor": lambda x: Fraction(math.floor(x)),
    "ceil": lambda x: Fraction(math.ceil(x)),
    "trunc": lambda x: Fraction(math.trunc(x)),
}
"""The function of each primitive."""
