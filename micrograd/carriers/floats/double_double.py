"""Arithmetic with about twice the precision of a float: a value as an unevaluated sum of two floats.

The rounding error of a sum or a product is itself a float (Knuth, Dekker), and is recovered here where a formula would
amplify it.  Magnitudes have to be moderate: within 1e±140 unless said otherwise; the callers see to that.

References: T. J. Dekker, A floating-point technique for extending the available precision (1971).
"""

from __future__ import annotations

import math
from typing import TypeAlias

Pair: TypeAlias = tuple[float, float]

PI: Pair = (3.141592653589793, 1.2246467991473532e-16)
DEGREE: Pair = (0.017453292519943295, 2.9486522708701687e-19)
RADIAN: Pair = (57.29577951308232, -1.9878495670576283e-15)
ONE_OVER_ROOT_PI: Pair = (0.5641895835477563, 7.66772980658294e-18)
ONE_OVER_ROOT_TWO: Pair = (0.7071067811865476, -4.833646656726457e-17)
LN2 = 0.6931471805599453


def product_error(a: float, b: float, product: float) -> float:
    """What ``product = a*b`` lost in rounding; for |a|, |b| < 1e290 and 1e-280 < |a*b| exactly."""
    t = 134217729.0 * a
    a_high = t - (t - a)
    a_low = a - a_high
    t = 134217729.0 * b
    b_high = t - (t - b)
    b_low = b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def sum_error(a: float, b: float, total: float) -> float:
    """What ``total = a + b`` lost in rounding, exactly."""
    b_seen = total - a
    return (a - (total - b_seen)) + (b - b_seen)


def times(x: float, constant: Pair) -> Pair:
    """x*constant, for |x| < 1e290."""
    high, low = constant
    product = x * high
    if abs(product) < 1e-280:
        return product, 0.0
    return product, product_error(x, high, product) + x * low


def scaled(x: float, constant: Pair) -> float:
    """x*constant for any x, rounded once (twice if tiny)."""
    if abs(x) >= 1e290:
        return x if x - x else scaled(x * 2.0**-64, constant) * 2.0**64
    high, low = times(x, constant)
    return high + low


def product(a: Pair, b: Pair) -> float:
    """a*b, rounded once."""
    high = a[0] * b[0]
    return high + (product_error(a[0], b[0], high) + (a[0] * b[1] + a[1] * b[0]))


def quotient(high: float, low: float, x: float) -> Pair:
    """(high + low)/x."""
    q = high / x
    return q, (high - q * x - product_error(q, x, q * x) + low) / x


def reciprocal(high: float, low: float) -> float:
    """1/(high + low), rounded once; ±inf for zero.  ``low`` is small compared to ``high``."""
    if not low or not 1e-290 < abs(high) < 1e290:
        return 1.0 / high if high else math.copysign(math.inf, high)
    q = 1.0 / high
    return q + ((1.0 - q * high - product_error(q, high, q * high)) - q * low) * q


def root_of_square_minus_one(x: float) -> Pair:
    """sqrt(abs(x**2 - 1)), for x > 0 of any magnitude."""
    if x > 1e8:
        return x, -0.5 / x
    square = x * x
    error = product_error(x, x, square)
    if square < 1.0:
        high = 1.0 - square
        low = (1.0 - high) - square - error
    else:
        high = square - 1.0
        low = (square - high) - 1.0 + error
    total = high + low
    if total <= 0.0:
        return 0.0, 0.0
    low += high - total
    root = math.sqrt(total)
    square = root * root
    return root, (total - square - product_error(root, root, square) + low) / (2.0 * root)
