"""Primitives over Python floats, with a stated error bound each.

`FUNCTIONS` maps the name of a primitive to its function, floats to float; ``powi`` takes an int as its exponent.  Others are rounded
from balls.

No function raises on floats.  Outside of the domain the result is NaN, at a pole ±inf, and ±inf where the value exceeds the
largest float.  So whatever is undefined is not finite.  Zeros are signed as in IEEE 754: 1/-0.0 is -inf.
Only atan2 takes -0.0 for the real number 0, which has no sign: atan2(-0.0, -1.0) is pi.

`ULPS` bounds the error in units in the last place of the exact value (``math.ulp``; subnormal results included).

Trust: the standard library's ``math``.  The bounds are not proved: they are the largest errors seen at a million points
each, against Arb, on glibc 2.36, rounded up (``tests/carriers/test_carriers.py`` says how to measure again).  The C library
of another system may be worse.

References: P. Zimmermann, Accuracy of Mathematical Functions in Single, Double, Extended Double and Quadruple Precision
(2021), which compares C libraries.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from functools import cache
from math import copysign, inf, nan
from typing import Any

from micrograd.carriers.carrier import Table
from micrograd.carriers.floats import activations, hyperbolic, trigonometry
from micrograd.carriers.floats import error_functions as errors
from micrograd.carriers.floats.double_double import DEGREE, LN2, RADIAN, product_error, scaled, sum_error
from micrograd.verified.errors import UnsupportedPrimitive


def _div(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        return copysign(inf, x) * copysign(1.0, y) if x and x == x else nan


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
    if not 1e-200 < abs(x) < 1e200:
        if not x or x - x != 0.0:
            return x
        return _cbrt(x * 2.0**-300) * 2.0**100 if abs(x) > 1.0 else _cbrt(x * 2.0**300) * 2.0**-100
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
    bounded = max(-(2**70), min(2**70, n))
    n_high = float(bounded)
    size = _pow(abs(x), n_high)
    if 0.0 < size < inf:
        size += size * math.expm1((bounded - int(n_high)) * math.log(abs(x)))
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


def _fixed_exp(x: float, bits: int) -> int:
    """exp(x) for x < 0, in units of 2**-bits: a Taylor series for a small part of x, squared again and again."""
    halvings = max(0, math.frexp(x)[1]) + 8
    numerator, denominator = x.as_integer_ratio()
    part = (numerator << bits) // (denominator << halvings)
    total = term = 1 << bits
    n = 1
    while term not in (0, -1):
        term = (term * part >> bits) // n
        total += term
        n += 1
    for _ in range(halvings):
        total = total * total >> bits
    return total


def logaddexp_near_zero(x: float, y: float) -> float:
    """logaddexp of two negative numbers, of which x is the larger, where it is close to zero: log1p((exp(x) - 1) + exp(y))."""
    bits = 256 - 2 * math.frexp(x)[1]
    return math.log1p((_fixed_exp(x, bits) - (1 << bits) + _fixed_exp(y, bits)) / (1 << bits))


def _logaddexp(x: float, y: float) -> float:
    if x == y:
        return x + LN2
    if x < y:
        x, y = y, x
    d = y - x
    if not d > -750.0:
        return x if d < 0.0 else d
    e = math.exp(d)
    log1p = math.log1p(e)
    total = x + log1p
    if 0.75 * x < total < -1.5 * x:
        return logaddexp_near_zero(x, y)
    return total + (sum_error(x, log1p, total) + sum_error(y, -x, d) * (e / (1.0 + e)))


def _sign(x: float) -> float:
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x + 0.0


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
    "powi":       (_powi, 1.2),
    "pow":        (_pow, 0.6),
    "reciprocal": (_reciprocal, 0.5),
    "square":     (_square, 0.5),
    "sqrt":       (_sqrt, 0.5),
    "cbrt":       (_cbrt, 0.6),
    "hypot":      (math.hypot, 1.0),
    "exp":        (_exp, 0.6),
    "exp2":       (_exp2, 0.6),
    "exp10":      (_exp10, 0.6),
    "expm1":      (_expm1, 1.0),
    "log":        (_log, 0.6),
    "log2":       (_log2, 0.6),
    "log10":      (_log10, 1.7),
    "log1p":      (_log1p, 1.0),
    "sin":        (trigonometry.sin, 0.6),
    "cos":        (trigonometry.cos, 0.6),
    "tan":        (trigonometry.tan, 0.8),
    "cot":        (trigonometry.cot, 2.0),
    "sec":        (trigonometry.sec, 1.6),
    "csc":        (trigonometry.csc, 1.6),
    "asin":       (trigonometry.asin, 0.6),
    "acos":       (trigonometry.acos, 0.6),
    "atan":       (math.atan, 0.6),
    "atan2":      (trigonometry.atan2, 0.6),
    "acot":       (trigonometry.acot, 0.6),
    "asec":       (trigonometry.asec, 1.1),
    "acsc":       (trigonometry.acsc, 1.1),
    "sinpi":      (trigonometry.sinpi, 1.1),
    "cospi":      (trigonometry.cospi, 1.1),
    "deg2rad":    (lambda x: scaled(x, DEGREE), 0.8),
    "rad2deg":    (lambda x: scaled(x, RADIAN), 0.9),
    "sind":       (trigonometry.sind, 1.1),
    "cosd":       (trigonometry.cosd, 1.1),
    "tand":       (trigonometry.tand, 1.7),
    "cotd":       (trigonometry.cotd, 1.7),
    "secd":       (trigonometry.secd, 1.6),
    "cscd":       (trigonometry.cscd, 1.6),
    "asind":      (trigonometry.asind, 1.5),
    "acosd":      (trigonometry.acosd, 1.5),
    "atand":      (trigonometry.atand, 1.5),
    "acotd":      (trigonometry.acotd, 1.5),
    "asecd":      (trigonometry.asecd, 1.5),
    "acscd":      (trigonometry.acscd, 1.5),
    "sinh":       (hyperbolic.sinh, 2.0),
    "cosh":       (hyperbolic.cosh, 2.0),
    "tanh":       (hyperbolic.tanh, 1.5),
    "coth":       (hyperbolic.coth, 2.0),
    "sech":       (hyperbolic.sech, 2.0),
    "csch":       (hyperbolic.csch, 2.0),
    "asinh":      (math.asinh, 2.0),
    "acosh":      (hyperbolic.acosh, 1.4),
    "atanh":      (hyperbolic.atanh, 1.8),
    "acoth":      (hyperbolic.acoth, 1.4),
    "asech":      (hyperbolic.asech, 1.4),
    "acsch":      (hyperbolic.acsch, 1.6),
    "sigmoid":    (_sigmoid, 1.8),
    "softplus":   (_softplus, 1.6),
    "logaddexp":  (_logaddexp, 2.1),
    "erf":        (math.erf, 1.5),
    "erfc":       (errors.erfc, 1.8),
    "erfcx":      (errors.erfcx, 1.8),
    "abs":        (operator.abs, 0.0),
    "sign":       (_sign, 0.0),
    "relu":       (_relu, 0.0),
    "max":        (_max, 0.0),
    "min":        (_min, 0.0),
    "floor":      (_floor, 0.0),
    "ceil":       (_ceil, 0.0),
    "trunc":      (_trunc, 0.0),
    "gudermannian": (activations.gudermannian, 2.5),
    "softsign":   (activations.softsign, 1.5),
    "log_sigmoid": (lambda x: -_softplus(-x), 1.6),
    "logit":      (activations.logit, 2.5),
    "hardtanh":   (activations.hardtanh, 0.0),
    "hardsigmoid": (activations.hardsigmoid, 1.0),
    "smoothstep": (activations.smoothstep, 2.5),
    "silu":       (activations.silu, 2.5),
    "gelu":       (activations.gelu, 2.5),
    "mish":       (activations.mish, 3.5),
    "elu":        (activations.elu, 1.0),
    "celu":       (activations.celu, 3.0),
    "selu":       (activations.selu, 2.5),
    "hardswish":  (activations.hardswish, 2.0),
    "xlogy":      (activations.xlogy, 1.5),
    "xlog1py":    (activations.xlog1py, 2.0),
    "entr":       (activations.entr, 1.5),
    "log_ndtr":   (activations.log_ndtr, 3.0),
    "sinc":       (activations.sinc, 3.0),
    "copysign":   (activations.copysign, 0.0),
    "remainder":  (activations.remainder, 0.5),
}
# fmt: on

ULPS: Mapping[str, float] = {name: bound for name, (_, bound) in _TABLE.items()}
"""The bound of each error, in ulps of the exact value."""


@cache
def rounded(name: str) -> Callable[..., float]:
    """A primitive rounded from a ball, within an ulp.

    Raises:
        UnsupportedPrimitive: balls do not have it either, or there is no python-flint.
    """
    try:
        from micrograd.carriers.arb.rounding import nearest_function
    except ImportError:  # pragma: no cover - python-flint is a declared dependency
        raise UnsupportedPrimitive(f"{name} has no value as a float without python-flint") from None
    return nearest_function(name)


FUNCTIONS = Table({name: function for name, (function, _) in _TABLE.items()}, rounded)
"""The function of each primitive; `rounded` where none is entered."""
