"""Primitives over Python floats, with a stated error bound each.

`FUNCTIONS` maps the name of a primitive to its function, floats to float; ``powi`` takes an int as its exponent.

No function raises on floats.  Outside of the domain the result is NaN, at a pole ±inf, and ±inf where the value exceeds the
largest float.  So whatever is undefined is not finite.

`ULPS` bounds the error in units in the last place of the exact value (``math.ulp``; subnormal results included);
`ABSOLUTE` gives, where a function crosses zero with a slope that no float formula can resolve, the absolute error that is
allowed instead when it is the larger of the two.

Methods, where the C library is not simply asked: arguments of the functions of degrees and half-turns are reduced
exactly, and multiplied by pi to twice the precision; roundings inside of a formula are recovered with Dekker's and Knuth's
error-free products and sums where they would be amplified; erfc and erfcx use Taylor series of erfcx, whose
coefficients are computed in integers on first use.

Trust: the standard library's ``math``.  The bounds were measured against Arb on glibc 2.36 (see
``tests/verified/test_carriers.py``, ``CARRIER_POINTS``), and cover the largest errors published for it; the C library of
another system may be worse.

References: T. J. Dekker, A floating-point technique for extending the available precision (1971); S. L. Moshier, Cephes
(tanh); V. Innocente and P. Zimmermann, Accuracy of Mathematical Functions (errors of glibc); DLMF 7.10.2, 7.12.1.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from functools import cache
from math import copysign, inf, nan
from typing import Any

_PI = (3.141592653589793, 1.2246467991473532e-16)
_DEGREE = (0.017453292519943295, 2.9486522708701687e-19)
_RADIAN = (57.29577951308232, -1.9878495670576283e-15)
_LN2 = 0.6931471805599453
_ONE_OVER_ROOT_PI = (0.5641895835477563, 7.66772980658294e-18)


# Error-free products and sums


def _product_error(a: float, b: float, product: float) -> float:
    """The rounding error of ``product = a*b``, exactly (Dekker), for moderate magnitudes."""
    t = 134217729.0 * a
    a_high = t - (t - a)
    a_low = a - a_high
    t = 134217729.0 * b
    b_high = t - (t - b)
    b_low = b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _times(x: float, constant: tuple[float, float]) -> tuple[float, float]:
    """x times a constant given to twice the precision, likewise; for |x| < 1e290."""
    high, low = constant
    product = x * high
    if abs(product) < 1e-280:
        return product, x * low
    return product, _product_error(x, high, product) + x * low


def _scaled(x: float, constant: tuple[float, float]) -> float:
    """x times a constant given to twice the precision, rounded once."""
    if abs(x) >= 1e290:
        return x if x - x else _scaled(x * 2.0**-64, constant) * 2.0**64
    high, low = _times(x, constant)
    return high + low


def _root_of_square_minus_one(x: float) -> tuple[float, float]:
    """sqrt(abs(x**2 - 1)) to about twice the precision, for x > 0."""
    if x > 1e8:
        return x, -0.5 / x
    square = x * x
    error = _product_error(x, x, square)
    if square < 1.0:
        high = 1.0 - square
        low = (1.0 - high) - square - error
    else:
        high = square - 1.0
        low = (square - high) - 1.0 + error
    total = high + low
    low += high - total
    if total <= 0.0:
        return 0.0, 0.0
    root = math.sqrt(total)
    return root, (total - root * root - _product_error(root, root, root * root) + low) / (2.0 * root)


def _log1p_of_quotient(high: float, low: float, x: float) -> float:
    """log(1 + (high + low)/x)."""
    q = high / x
    rest = (high - q * x - _product_error(q, x, q * x) + low) / x
    return math.log1p(q) + rest / (1.0 + q)


# Arithmetic and roots


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
    error = _product_error(square, y, cube) + _product_error(y, y, square) * y
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


# Exponentials and logarithms


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
    return e / (1.0 + e)


def _softplus(x: float) -> float:
    return x + math.log1p(math.exp(-x)) if x > 0.0 else math.log1p(math.exp(x))


def _logaddexp(x: float, y: float) -> float:
    if x == y:
        return x + _LN2
    return x + math.log1p(math.exp(y - x)) if x > y else y + math.log1p(math.exp(x - y))


# Trigonometric functions, of radians


def _sin(x: float) -> float:
    try:
        return math.sin(x)
    except ValueError:
        return nan


def _cos(x: float) -> float:
    try:
        return math.cos(x)
    except ValueError:
        return nan


def _tan(x: float) -> float:
    try:
        return math.tan(x)
    except ValueError:
        return nan


def _asin(x: float) -> float:
    try:
        return math.asin(x)
    except ValueError:
        return nan


def _acos(x: float) -> float:
    try:
        return math.acos(x)
    except ValueError:
        return nan


def _acot(x: float) -> float:
    return copysign(math.atan2(1.0, abs(x)), x) if x else nan


def _asec(x: float) -> float:
    if not abs(x) >= 1.0:
        return nan
    high, low = _root_of_square_minus_one(abs(x))
    correction = low / x / x
    return math.atan2(high, 1.0) + correction if x > 0.0 else math.atan2(high, -1.0) - correction


def _acsc(x: float) -> float:
    if not abs(x) >= 1.0:
        return nan
    return copysign(math.atan2(1.0, _root_of_square_minus_one(abs(x))[0]), x)


def _atan2(y: float, x: float) -> float:
    return math.atan2(y, x) if x or y else nan


# Trigonometric functions, of degrees and half-turns


def _reduce(x: float, turn: float) -> tuple[float, int]:
    """x = r + q*turn/4 modulo the turn, exactly, with |r| <= turn/8."""
    x = math.fmod(x, turn)
    r = math.remainder(x, turn / 4.0)
    return r, int((x - r) / (turn / 4.0)) & 3


def _sine(x: float, quadrants: int, turn: float, unit: tuple[float, float]) -> float:
    """sin(x*unit + quadrants*pi/2), where a turn is 2*pi/unit."""
    if x - x != 0.0:
        return nan
    r, q = _reduce(x, turn)
    q += quadrants
    angle, low = _times(r, unit)
    if q & 1:
        value = math.cos(angle) - low * math.sin(angle)
    elif r == 0.0:
        return 0.0 if quadrants else copysign(0.0, x)
    elif abs(r) == 30.0:
        value = copysign(0.5, r)
    else:
        value = math.sin(angle) + low * math.cos(angle)
    return -value if q & 2 else value


def _sinpi(x: float) -> float:
    return _sine(x, 0, 2.0, _PI)


def _cospi(x: float) -> float:
    return _sine(x, 1, 2.0, _PI)


def _sind(x: float) -> float:
    return _sine(x, 0, 360.0, _DEGREE)


def _cosd(x: float) -> float:
    return _sine(x, 1, 360.0, _DEGREE)


def _tangent(r: float) -> float:
    """Tangent of a reduced angle in degrees."""
    if abs(r) == 45.0:
        return copysign(1.0, r)
    angle, low = _times(r, _DEGREE)
    t = math.tan(angle)
    return t + low * (1.0 + t * t)


def _tand(x: float) -> float:
    if x - x != 0.0:
        return nan
    r, q = _reduce(x, 360.0)
    if q & 1:
        return -1.0 / _tangent(r) if r else (inf if q == 1 else -inf)
    return _tangent(r)


def _cotd(x: float) -> float:
    if x - x != 0.0:
        return nan
    r, q = _reduce(x, 360.0)
    return -_tangent(r) if q & 1 else _reciprocal(_tangent(r))


def _secd(x: float) -> float:
    return _reciprocal(_cosd(x))


def _cscd(x: float) -> float:
    return _reciprocal(_sind(x))


def _in_degrees(inverse: Callable[[float], float]) -> Callable[[float], float]:
    def apply(x: float) -> float:
        high, low = _times(inverse(x), _RADIAN)
        return high + low

    return apply


# Hyperbolic functions


def _sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return copysign(inf, x)


def _cosh(x: float) -> float:
    try:
        return math.cosh(x)
    except OverflowError:
        return inf


def _tanh(x: float) -> float:
    if abs(x) >= 0.625:
        if abs(x) > 22.0:
            return copysign(1.0, x)
        return copysign(1.0 - 2.0 / (math.exp(2.0 * abs(x)) + 1.0), x)
    z = x * x
    p = (-9.64399179425052238628e-1 * z - 9.92877231001918586564e1) * z - 1.61468768441708447952e3
    q = ((z + 1.12811678491632931402e2) * z + 2.23548839060100448583e3) * z + 4.84406305325125486048e3
    return x + x * z * (p / q)


def _coth(x: float) -> float:
    if abs(x) >= 0.625:
        return copysign(1.0 + 2.0 / math.expm1(2.0 * min(abs(x), 22.0)), x)
    return _reciprocal(_tanh(x))


def _sech(x: float) -> float:
    e = math.exp(-abs(x))
    return 2.0 * e / (1.0 + e * e)


def _csch(x: float) -> float:
    e = math.exp(-abs(x))
    return copysign(2.0 * e / (1.0 - e * e), x) if abs(x) >= 1.0 else _reciprocal(math.sinh(x))


def _acosh(x: float) -> float:
    if not 1.0 <= x < 1e8:
        return _log(x) + _LN2 if x > 1.0 else nan
    root, low = _root_of_square_minus_one(x)
    t = x - 1.0
    total = t + root
    low += (x - t) - 1.0
    low += (root - total) + t if root > t else (t - total) + root
    return math.log1p(total) + low / (1.0 + total)


def _atanh(x: float) -> float:
    try:
        return math.atanh(x)
    except ValueError:
        return copysign(inf, x) if abs(x) == 1.0 else nan


def _acoth(x: float) -> float:
    size = abs(x)
    if not 1.0 < size < 1e9:
        return 1.0 / x if size > 1.0 else copysign(inf, x) if size == 1.0 else nan
    t = size - 1.0
    q = 2.0 / t
    rest = (2.0 - q * t - _product_error(q, t, q * t) - q * ((size - t) - 1.0)) / t
    return copysign(0.5 * (math.log1p(q) + rest / (1.0 + q)), x)


def _asech(x: float) -> float:
    if not 1e-9 < x <= 1.0:
        return _LN2 - _log(x) if 0.0 <= x < 1.0 else nan
    root, low = _root_of_square_minus_one(x)
    t = 1.0 - x
    total = root + t
    return _log1p_of_quotient(total, (root - total) + t + ((1.0 - t) - x) + low, x)


def _acsch(x: float) -> float:
    size = abs(x)
    if not 1e-9 < size < 1e9:
        return copysign(_LN2 - _log(size), x) if size < 1.0 else 1.0 / x
    t = 1.0 / (size + math.sqrt(1.0 + size * size))
    return copysign(_log1p_of_quotient(1.0 + t, 1.0 - (1.0 + t) + t, size), x)


# Error functions


@cache
def _erfcx_series() -> list[tuple[float, tuple[float, ...]]]:
    """Taylor coefficients of erfcx around j/8 for j = -16, ..., 64.

    y = erfcx solves y' = 2*x*y - 2/sqrt(pi), so the coefficients around a obey (n+1)*c[n+1] = 2*a*c[n] + 2*c[n-1].  From
    y(0) = 1 one series leads to the next, in integers over 2**320: errors grow like exp(8**2) < 2**93 on the way.  The
    coefficients come last first; of c[0] the part beyond double precision comes apart.
    """
    one = 1 << 320
    slope = 2 * 56418958354775628694807945156077258584405062932899885684408572171064246844149341448674366 * one // 10**89
    series = {}
    for sign, count in ((1, 65), (-1, 17)):
        value = one
        for j in range(count):
            coefficients = [value, (sign * j * value >> 2) - slope]
            for n in range(1, 64):
                c = (sign * j * coefficients[n] >> 2) + 2 * coefficients[n - 1]
                coefficients.append(c // (n + 1))
            floats = tuple(c / one for c in reversed(coefficients[:15]))
            series[sign * j] = ((value - int(floats[-1] * 2.0**64) * 2**256) / one, floats)
            value = sum(c * sign**n >> 3 * n for n, c in enumerate(coefficients))
    return [series[j] for j in range(-16, 65)]


def _erfcx_pair(x: float) -> tuple[float, float]:
    """erfcx for x >= -2 as a float and a correction."""
    if x < 8.0:
        j = round(8.0 * x)
        low, coefficients = _erfcx_series()[j + 16]
        x -= j / 8.0
        total = 0.0
        for c in coefficients[:-1]:
            total = (total + c) * x
        return coefficients[-1], total + low
    high, low = _ONE_OVER_ROOT_PI
    if x > 1e8:
        return high / x, low / x
    z = 0.5 / (x * x)
    total = 0.0
    for n in range(37, 0, -2):
        total = (1.0 - total) * n * z
    quotient = high / x
    return quotient, (high - quotient * x - _product_error(quotient, x, quotient * x) + low - high * total) / x


def _erfcx(x: float) -> float:
    if x >= -2.0:
        high, low = _erfcx_pair(x)
        return high + low
    if x < -27.0:
        return inf
    square = x * x
    e = _exp(square)
    return 2.0 * (e + e * _product_error(x, x, square)) - _erfcx(-x) if x < 0.0 and e < inf else e


def _erfc(x: float) -> float:
    if not 0.5 < x < 28.0:
        return math.erfc(x)
    square = x * x
    high, low = _erfcx_pair(x)
    return math.exp(-square) * (high + (low - high * _product_error(x, x, square)))


# Piecewise functions


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
    "sin":        (_sin, 2.0),
    "cos":        (_cos, 2.0),
    "tan":        (_tan, 2.0),
    "cot":        (lambda x: _reciprocal(_tan(x)), 2.0),
    "sec":        (lambda x: _reciprocal(_cos(x)), 2.0),
    "csc":        (lambda x: _reciprocal(_sin(x)), 2.0),
    "asin":       (_asin, 2.0),
    "acos":       (_acos, 2.0),
    "atan":       (math.atan, 2.0),
    "atan2":      (_atan2, 2.0),
    "acot":       (_acot, 2.0),
    "asec":       (_asec, 2.0),
    "acsc":       (_acsc, 2.0),
    "sinpi":      (_sinpi, 2.0),
    "cospi":      (_cospi, 2.0),
    "deg2rad":    (lambda x: _scaled(x, _DEGREE), 2.0),
    "rad2deg":    (lambda x: _scaled(x, _RADIAN), 2.0),
    "sind":       (_sind, 2.0),
    "cosd":       (_cosd, 2.0),
    "tand":       (_tand, 2.0),
    "cotd":       (_cotd, 2.0),
    "secd":       (_secd, 2.0),
    "cscd":       (_cscd, 2.0),
    "asind":      (_in_degrees(_asin), 2.0),
    "acosd":      (_in_degrees(_acos), 2.0),
    "atand":      (_in_degrees(math.atan), 2.0),
    "acotd":      (_in_degrees(_acot), 2.0),
    "asecd":      (_in_degrees(_asec), 2.0),
    "acscd":      (_in_degrees(_acsc), 2.0),
    "sinh":       (_sinh, 2.0),
    "cosh":       (_cosh, 2.0),
    "tanh":       (_tanh, 2.0),
    "coth":       (_coth, 2.0),
    "sech":       (_sech, 2.0),
    "csch":       (_csch, 2.0),
    "asinh":      (math.asinh, 2.0),
    "acosh":      (_acosh, 2.0),
    "atanh":      (_atanh, 2.0),
    "acoth":      (_acoth, 2.0),
    "asech":      (_asech, 2.0),
    "acsch":      (_acsch, 2.0),
    "sigmoid":    (_sigmoid, 2.0),
    "softplus":   (_softplus, 2.0),
    "logaddexp":  (_logaddexp, 2.0),
    "erf":        (math.erf, 2.0),
    "erfc":       (_erfc, 2.0),
    "erfcx":      (_erfcx, 2.0),
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

ABSOLUTE: Mapping[str, float] = {"logaddexp": 3e-16}
"""Absolute errors allowed near a zero, where they exceed the bound in ulps."""
