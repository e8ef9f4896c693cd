"""The complementary error function over Python floats, plain and scaled (erfc(x) = exp(-x**2)*erfcx(x)), and erfcx's derivative.

erfcx is a Taylor series around the nearest multiple of 1/8 up to 8, and beyond that the asymptotic series (DLMF 7.12.1).
The coefficients are computed in integers on first use, from the differential equation alone.  x**2 is carried to twice
the precision, since exp would amplify its rounding.
"""

from __future__ import annotations

import math
from functools import cache
from math import inf

from micrograd.carriers.floats.double_double import ONE_OVER_ROOT_PI, ONE_OVER_ROOT_TWO, Pair, product_error, quotient

_LAST = 64
FIRST = -16
_ORDER = 15
_ONE_OVER_ROOT_PI_DIGITS = 56418958354775628694807945156077258584405062932899885684408572171064246844149341448674366


@cache
def series() -> list[tuple[float, tuple[float, ...]]]:
    """Taylor coefficients of erfcx around j/8, and the part of the first one beyond double precision.

    y = erfcx solves y' = 2*x*y - 2/sqrt(pi), so the coefficients around a obey (n+1)*c[n+1] = 2*a*c[n] + 2*c[n-1].  From
    y(0) = 1 one series leads to the next, in integers over 2**320: errors grow like exp(8**2) < 2**93 on the way.  The
    coefficients come in the order of Horner's rule.
    """
    one = 1 << 320
    slope = 2 * _ONE_OVER_ROOT_PI_DIGITS * one // 10**89
    series = {}
    for sign, end in ((1, _LAST), (-1, -FIRST)):
        value = one
        for j in range(end + 1):
            coefficients = [value, (sign * j * value >> 2) - slope]
            for n in range(1, 64):
                c = (sign * j * coefficients[n] >> 2) + 2 * coefficients[n - 1]
                coefficients.append(c // (n + 1))
            floats = tuple(c / one for c in reversed(coefficients[:_ORDER]))
            rest = value - int(math.ldexp(floats[-1], 64)) * 2**256
            series[sign * j] = (rest / one, floats)
            value = sum(c * sign**n >> 3 * n for n, c in enumerate(coefficients))
    return [series[j] for j in range(FIRST, _LAST + 1)]


def _asymptotic_rest(x: float) -> float:
    """1 - sqrt(pi)*x*erfcx(x) for x >= 8: z - 3*z**2 + 15*z**3 - ..., where z = 1/(2*x**2)."""
    z = 0.5 / x / x
    total = 0.0
    for n in range(37, 0, -2):
        total = (1.0 - total) * n * z
    return total


def _asymptotic(x: float) -> Pair:
    """erfcx(x) for x >= 8."""
    high, low = ONE_OVER_ROOT_PI
    if x > 1e8:
        return high / x, low / x
    return quotient(high, low - high * _asymptotic_rest(x), x)


def _pair(x: float) -> Pair:
    """erfcx(x) for x >= -2."""
    if x >= 8.0:
        return _asymptotic(x)
    j = round(8.0 * x)
    low, coefficients = series()[j - FIRST]
    x -= j / 8.0
    total = 0.0
    for c in coefficients[:-1]:
        total = (total + c) * x
    return coefficients[-1], total + low


def erfcx(x: float) -> float:
    """exp(x**2)*erfc(x); inf on overflow (below about -26.6)."""
    if x >= -2.0:
        high, low = _pair(x)
        return high + low
    if not x > -26.7:
        return x * x if x != x else inf
    square = x * x
    high, low = 2.0 * _exp(square), product_error(x, x, square)
    return high + (high * low - erfcx(-x)) if high < inf else high


def erfcx_slope(x: float) -> float:
    """The derivative of erfcx, 2*x*erfcx(x) - 2/sqrt(pi), which cancels for x > 0."""
    if x >= 8.0:
        return -2.0 * ONE_OVER_ROOT_PI[0] * _asymptotic_rest(x)
    if not x >= 0.0:
        return 2.0 * x * erfcx(x) - 2.0 * ONE_OVER_ROOT_PI[0]
    j = round(8.0 * x)
    coefficients = series()[j - FIRST][1]
    x -= j / 8.0
    total = 0.0
    for n, c in zip(range(_ORDER - 1, 1, -1), coefficients, strict=False):
        total = (total + n * c) * x
    return coefficients[-2] + total


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return inf


def erfc(x: float) -> float:
    """1 - erf(x); better than the C library's, which errs by five ulps for large x."""
    if not 0.5 < x < 28.0:
        return math.erfc(x)
    square = x * x
    high, low = _pair(x)
    e = math.exp(-square) * 2.0**200
    product = e * high
    low -= high * product_error(x, x, square)
    return (product + (product_error(e, high, product) + e * low)) * 2.0**-200


def scaled_tail(x: float) -> Pair:
    """erfcx(x/sqrt(2)), for x >= 0."""
    t = x * ONE_OVER_ROOT_TWO[0]
    high, low = _pair(t)
    if 1e-140 < t < 1e140:
        low += (2.0 * t * high - 2.0 * ONE_OVER_ROOT_PI[0]) * (product_error(x, ONE_OVER_ROOT_TWO[0], t) + x * ONE_OVER_ROOT_TWO[1])
    return high, low


def upper_tail(x: float, unit: float = 1.0) -> float:
    """erfc(x/sqrt(2))/2 for x >= 0, the probability that a normal number is above x; ``unit`` times that, which may be what is no float."""
    if not x < 39.0:
        return 0.0 if x == x else x
    high, low = scaled_tail(x)
    square = x * x
    e = math.exp(-0.5 * square) * (0.5 * 2.0**200)
    product = e * high
    if square > 1e-280:
        low -= high * (0.5 * product_error(x, x, square))
    return (product + (product_error(e, high, product) + e * low)) * (2.0**-200 * unit)
