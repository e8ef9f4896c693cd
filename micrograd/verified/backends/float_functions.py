"""Primitives over Python floats, with a stated error bound each.

`FUNCTIONS` maps the name of a primitive to its function, floats to float; ``powi`` takes an int as its exponent.

No function raises on floats.  Outside of the domain the result is NaN, at a pole ±inf, and ±inf where the value exceeds the
largest float.  So whatever is undefined is not finite.

`ULPS` bounds the error in units in the last place of the exact value (``math.ulp``; subnormal results included).
`ABSOLUTE` gives, for a function with zeros that floats miss, the absolute error that is allowed instead where it is larger.

Trust: the standard library's ``math``.  The bounds were measured against Arb on glibc 2.36 (how:
``tests/verified/test_carriers.py``) and cover the largest errors published for it; another system's C library may be worse.

References: B. Gladman, V. Innocente, J. Mather, P. Zimmermann, Accuracy of Mathematical Functions in Single, Double, ...
Precision (errors of glibc).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from math import copysign, inf, nan
from typing import Any

from micrograd.verified.backends import float_error_functions as errors
from micrograd.verified.backends import float_hyperbolic as hyperbolic
from micrograd.verified.backends import float_trigonometry as trigonometry
from micrograd.verified.backends.double_double import DEGREE, LN2, RADIAN, product_error, scaled, sum_error


def _div(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        return copysign(inf, x) * copysign(1.0, y) if x else nan


def _reciprocal(x: float) -> float:
    return 1.0 / x if x else copysign(inf, x)


def _square(x: float) -> float:
    return x * x


def _sqrt(x: float) -> float:
    try:
        return math.sqrt(x)
    except ValueError:
        return nan


def _cbrt(x: float) -> float:
    if not 1e-200 < abs(x) < inf:
        return _cbrt(x * 2.0**300) * 2.0**-100 if x and x - x == 0.0 else x
    y = math.cbrt(x)
    square = y * y
    cube = square * y
    error = product_error(square, y, cube) + product_error(y, y, square) * y
    return y - (cube - x + error) / (3.0 * square)


def _pow(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0.0 and math.fmod(y, 2.0) else inf
    except ValueError:
        if x:
            return nan
        return copysign(inf, x) if math.fmod(y, 2.0) in (1.0, -1.0) else inf


def _powi(x: float, n: int) -> float:
    if -(2**53) <= n <= 2**53:
        return _pow(x, float(n))
    if x != x:
        return nan
    n_high = float(max(-(2**70), min(2**70, n)))
    size = _pow(abs(x), n_high)
    if 0.0 < size < inf:
        size *= _pow(abs(x), float(n - int(n_high)))
    return -size if n & 1 and copysign(1.0, x) < 0.0 else size


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return inf


def _exp2(x: float) -> float:
    try:
        return math.exp2(x)
    except OverflowError:
        return inf


def _exp10(x: float) -> float:
    try:
        return math.pow(10.0, x)
    except OverflowError:
        return inf


def _expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return inf


def _log(x: float) -> float:
    try:
        return math.log(x)
    except ValueError:
        return nan if x else -inf


def _log2(x: float) -> float:
    try:
        return math.log2(x)
    except ValueError:
        return nan if x else -inf


def _log10(x: float) -> float:
    try:
        return math.log10(x)
    except ValueError:
        return nan if x else -inf


def _log1p(x: float) -> float:
    try:
        return math.log1p(x)
    except ValueError:
        return -inf if x == -1.0 else nan


def _sigmoid(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e - e * (e / (1.0 + e))


def _softplus(x: float) -> float:
    return x + math.log1p(math.exp(-x)) if x > 0.0 else math.log1p(math.exp(x))


def _logaddexp(x: float, y: float) -> float:
    if x == y:
        return x + LN2
    if x < y:
        x, y = y, x
    d = y - x
    e = math.exp(d)
    rest = sum_error(y, -x, d) * (e / (1.0 + e)) if d > -750.0 else 0.0
    return x + (math.log1p(e) + rest)


def _sign(x: float) -> float:
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x


def _relu(x: float) -> float:
    return 0.0 if x <= 0.0 else x


def _max(x: float, y: float) -> float:
    return x if x > y or x != x else y


def _min(x: float, y: float) -> float:
    return x if x < y or x != x else y


def _floor(x: float) -> float:
    return copysign(float(math.floor(x)), x) if abs(x) < 2.0**52 else x


def _ceil(x: float) -> float:
    return copysign(float(math.ceil(x)), x) if abs(x) < 2.0**52 else x


def _trunc(x: float) -> float:
    return copysign(float(math.trunc(x)), x) if abs(x) < 2.0**52 else x


# fmt: off
_TABLE: dict[str, tuple[Callable[..., Any], float]] = {
    # name: function, bound of its error in ulps (0: exact, 0.5: correctly rounded)
    "add":        (operator.add, 0.5),
    "sub":        (operator.sub, 0.5),
    "mul":        (operator.mul, 0.5),
    "div":        (_div, 0.5),
    "neg":        (operator.neg, 0.0),
    "powi":       (_powi, 2.0),
    "pow":        (_pow, 2.0),
    "reciprocal": (_reciprocal, 0.5),
    "square":     (_square, 0.5),
    "sqrt":       (_sqrt, 0.5),
    "cbrt":       (_cbrt, 2.0),
    "hypot":      (math.hypot, 2.0),
    "exp":        (_exp, 2.0),
    "exp2":       (_exp2, 2.0),
    "exp10":      (_exp10, 2.0),
    "expm1":      (_expm1, 2.0),
    "log":        (_log, 2.0),
    "log2":       (_log2, 2.0),
    "log10":      (_log10, 2.0),
    "log1p":      (_log1p, 2.0),
    "sin":        (trigonometry.sin, 2.0),
    "cos":        (trigonometry.cos, 2.0),
    "tan":        (trigonometry.tan, 2.0),
    "cot":        (trigonometry.cot, 2.0),
    "sec":        (trigonometry.sec, 2.0),
    "csc":        (trigonometry.csc, 2.0),
    "asin":       (trigonometry.asin, 2.0),
    "acos":       (trigonometry.acos, 2.0),
    "atan":       (math.atan, 2.0),
    "atan2":      (trigonometry.atan2, 2.0),
    "acot":       (trigonometry.acot, 2.0),
    "asec":       (trigonometry.asec, 2.0),
    "acsc":       (trigonometry.acsc, 2.0),
    "sinpi":      (trigonometry.sinpi, 2.0),
    "cospi":      (trigonometry.cospi, 2.0),
    "deg2rad":    (lambda x: scaled(x, DEGREE), 2.0),
    "rad2deg":    (lambda x: scaled(x, RADIAN), 2.0),
    "sind":       (trigonometry.sind, 2.0),
    "cosd":       (trigonometry.cosd, 2.0),
    "tand":       (trigonometry.tand, 2.0),
    "cotd":       (trigonometry.cotd, 2.0),
    "secd":       (trigonometry.secd, 2.0),
    "cscd":       (trigonometry.cscd, 2.0),
    "asind":      (trigonometry.asind, 2.0),
    "acosd":      (trigonometry.acosd, 2.0),
    "atand":      (trigonometry.atand, 2.0),
    "acotd":      (trigonometry.acotd, 2.0),
    "asecd":      (trigonometry.asecd, 2.0),
    "acscd":      (trigonometry.acscd, 2.0),
    "sinh":       (hyperbolic.sinh, 2.0),
    "cosh":       (hyperbolic.cosh, 2.0),
    "tanh":       (hyperbolic.tanh, 2.0),
    "coth":       (hyperbolic.coth, 2.0),
    "sech":       (hyperbolic.sech, 2.0),
    "csch":       (hyperbolic.csch, 2.0),
    "asinh":      (math.asinh, 2.0),
    "acosh":      (hyperbolic.acosh, 2.0),
    "atanh":      (hyperbolic.atanh, 2.0),
    "acoth":      (hyperbolic.acoth, 2.0),
    "asech":      (hyperbolic.asech, 2.0),
    "acsch":      (hyperbolic.acsch, 2.0),
    "sigmoid":    (_sigmoid, 2.0),
    "softplus":   (_softplus, 2.0),
    "logaddexp":  (_logaddexp, 2.0),
    "erf":        (math.erf, 2.0),
    "erfc":       (errors.erfc, 2.0),
    "erfcx":      (errors.erfcx, 2.0),
    "abs":        (operator.abs, 0.0),
    "sign":       (_sign, 0.0),
    "relu":       (_relu, 0.0),
    "max":        (_max, 0.0),
    "min":        (_min, 0.0),
    "floor":      (_floor, 0.0),
    "ceil":       (_ceil, 0.0),
    "trunc":      (_trunc, 0.0),
}
# fmt: on

FUNCTIONS: Mapping[str, Callable[..., Any]] = {name: function for name, (function, _) in _TABLE.items()}
"""The function of each primitive."""

ULPS: Mapping[str, float] = {name: bound for name, (_, bound) in _TABLE.items()}
"""The bound of each error, in ulps of the exact value."""

ABSOLUTE: Mapping[str, float] = {"logaddexp": 1.7e-16}
"""Absolute errors allowed near a zero, where they exceed the bound in ulps."""
