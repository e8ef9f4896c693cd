"""Hyperbolic functions over Python floats, and their inverses.

The reciprocal ones are written with exp(-|x|), which cannot overflow.  The inverse ones are log1p of an argument whose
roundings are carried along: asech(x) = log(1 + (1 - x + sqrt(1 - x**2))/x), and so on.
"""

from __future__ import annotations

import math
from math import copysign, inf, nan

from micrograd.carriers.floats.double_double import (
    LN2,
    Pair,
    quotient,
    reciprocal,
    root_of_square_minus_one,
    sum_error,
)

_SINH_SERIES = tuple(1.0 / math.factorial(n) for n in range(19, 2, -2))
# S. L. Moshier, Cephes: tanh(x) = x + x**3*P(x**2)/Q(x**2) for |x| < 5/8
_P = (-9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3)
_Q = (1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3)


def sinh(x: float) -> float:
    """±inf on overflow."""
    try:
        return math.sinh(x)
    except OverflowError:
        return copysign(inf, x)


def cosh(x: float) -> float:
    """inf on overflow."""
    try:
        return math.cosh(x)
    except OverflowError:
        return inf


def tanh(x: float) -> float:
    """Better than the C library's, which errs by more than two ulps."""
    if abs(x) >= 0.625:
        return copysign(1.0 - 2.0 / (math.exp(2.0 * min(abs(x), 22.0)) + 1.0), x)
    if not x:
        return x  # with its sign, which coth needs
    z = x * x
    p = (_P[0] * z + _P[1]) * z + _P[2]
    q = ((z + _Q[0]) * z + _Q[1]) * z + _Q[2]
    return x + x * (z * p / q)


def coth(x: float) -> float:
    """1/tanh(x)."""
    if abs(x) >= 0.625:
        return copysign(1.0 + 2.0 / math.expm1(2.0 * min(abs(x), 22.0)), x)
    return reciprocal(tanh(x), 0.0)


def sech(x: float) -> float:
    """1/cosh(x), where cosh(x) may overflow."""
    e = math.exp(-abs(x))
    w = e * e
    return 2.0 * (e - e * (w / (1.0 + w)))


def csch(x: float) -> float:
    """1/sinh(x), where sinh(x) may overflow."""
    if abs(x) >= 1.0:
        e = math.exp(-abs(x))
        return copysign(2.0 * e / (1.0 - e * e), x)
    z = x * x
    total = 0.0
    for c in _SINH_SERIES:
        total = (total + c) * z
    total *= x
    high = x + total
    return reciprocal(high, x - high + total)


def _log1p(pair: Pair) -> float:
    high, low = pair
    return math.log1p(high) + low / (1.0 + high)


def acosh(x: float) -> float:
    """log(1 + (x - 1) + sqrt(x**2 - 1)); NaN unless x >= 1."""
    if x >= 1e8:
        return math.log(x) + LN2
    if not x >= 1.0:
        return nan
    root, low = root_of_square_minus_one(x)
    t = x - 1.0
    total = t + root
    return _log1p((total, sum_error(t, root, total) + low))


def atanh(x: float) -> float:
    """±inf at ±1, NaN beyond."""
    try:
        return math.atanh(x)
    except ValueError:
        return copysign(inf, x) if abs(x) == 1.0 else nan


def acoth(x: float) -> float:
    """atanh(1/x) = log(1 + 2/(x - 1))/2; ±inf at ±1, NaN between."""
    size = abs(x)
    if size >= 1e9:
        return 1.0 / x
    if not size > 1.0:
        return copysign(inf, x) if size == 1.0 else nan
    return copysign(0.5 * _log1p(quotient(2.0, 0.0, size - 1.0)), x)


def asech(x: float) -> float:
    """acosh(1/x); inf at 0, NaN unless 0 <= x <= 1."""
    if not 1e-9 < x <= 1.0:
        return nan if not 0.0 <= x <= 1.0 else LN2 - math.log(x) if x else inf
    root, low = root_of_square_minus_one(x)
    t = 1.0 - x
    total = root + t
    return _log1p(quotient(total, sum_error(root, t, total) + low, x))


def acsch(x: float) -> float:
    """asinh(1/x) = log(1 + (1 + 1/(x + sqrt(1 + x**2)))/x) for x > 0; ±inf at 0."""
    size = abs(x)
    if size >= 1e9 or size != size:
        return 1.0 / x
    if size <= 1e-9:
        return copysign(LN2 - math.log(size) if size else inf, x)
    t = 1.0 / (size + math.sqrt(1.0 + size * size))
    total = 1.0 + t
    return copysign(_log1p(quotient(total, sum_error(1.0, t, total), size)), x)
