"""Trigonometric functions over Python floats: of radians, of degrees and of half-turns, and their inverses.

Degrees and half-turns are reduced to an eighth of a turn exactly, then multiplied by pi/180 or pi to twice the precision.
So ``sind(30)`` is 0.5, ``sind(180)`` is 0.0, and ``asind(0.5)`` is 30.0.  Poles give ±inf with the signs of IEEE 754's tanPi.

Just above 1 a rounded 1/x would ruin acos(1/x) and asin(1/x): asec and acsc use the angle of the point (1, sqrt(x**2 - 1)).
"""

from __future__ import annotations

import math
from math import copysign, inf, nan

from micrograd.carriers.floats.double_double import (
    DEGREE,
    PI,
    RADIAN,
    Pair,
    product,
    reciprocal,
    root_of_square_minus_one,
    scaled,
    times,
)


def sin(x: float) -> float:
    """NaN for ±inf."""
    try:
        return math.sin(x)
    except ValueError:
        return nan


def cos(x: float) -> float:
    """NaN for ±inf."""
    try:
        return math.cos(x)
    except ValueError:
        return nan


def tan(x: float) -> float:
    """NaN for ±inf."""
    try:
        return math.tan(x)
    except ValueError:
        return nan


def cot(x: float) -> float:
    """1/tan(x)."""
    return reciprocal(tan(x), 0.0)


def sec(x: float) -> float:
    """1/cos(x)."""
    return reciprocal(cos(x), 0.0)


def csc(x: float) -> float:
    """1/sin(x)."""
    return reciprocal(sin(x), 0.0)


def asin(x: float) -> float:
    """NaN unless |x| <= 1."""
    try:
        return math.asin(x)
    except ValueError:
        return nan


def acos(x: float) -> float:
    """NaN unless |x| <= 1."""
    try:
        return math.acos(x)
    except ValueError:
        return nan


def acot(x: float) -> float:
    """atan(1/x); NaN at 0, where it jumps."""
    return copysign(math.atan2(1.0, abs(x)), x) if x else nan


def _asec(x: float) -> Pair:
    if not abs(x) >= 1.0:
        return nan, nan
    high, low = root_of_square_minus_one(abs(x))
    return math.atan2(high, copysign(1.0, x)), low / x / abs(x)


def _acsc(x: float) -> Pair:
    if not abs(x) >= 1.0:
        return nan, nan
    high, low = root_of_square_minus_one(abs(x))
    return copysign(math.atan2(1.0, high), x), -low / x / abs(x)


def asec(x: float) -> float:
    """acos(1/x); NaN unless |x| >= 1."""
    high, low = _asec(x)
    return high + low


def acsc(x: float) -> float:
    """asin(1/x); NaN unless |x| >= 1."""
    high, low = _acsc(x)
    return high + low


def atan2(y: float, x: float) -> float:
    """The angle of the point (x, y); NaN at the origin."""
    return math.atan2(y + 0.0, x) if x or y else nan  # -0.0 is the number 0: the angle of (-1, 0) is pi


def _reduce(x: float, turn: float) -> tuple[float, int]:
    """x = r + q*turn/4 modulo the turn, exactly, with |r| <= turn/8."""
    x = math.fmod(x, turn)
    r = math.remainder(x, turn / 4.0)
    return r, int((x - r) / (turn / 4.0)) & 3


def _sine(x: float, quadrants: int, turn: float, unit: Pair) -> Pair:
    """sin(x*unit + quadrants*pi/2), where a turn is 2*pi/unit."""
    if x - x != 0.0:
        return nan, nan
    r, q = _reduce(x, turn)
    q += quadrants
    angle, low = times(r, unit)
    if q & 1:
        high, low = math.cos(angle), -low * math.sin(angle)
    elif r == 0.0:
        return (0.0 if quadrants else copysign(0.0, x)), 0.0
    elif abs(r) == 30.0:
        high, low = copysign(0.5, r), 0.0
    else:
        high, low = math.sin(angle), low * math.cos(angle)
    return (-high, -low) if q & 2 else (high, low)


def sinpi(x: float) -> float:
    """sin(pi*x)."""
    high, low = _sine(x, 0, 2.0, PI)
    return high + low


def cospi(x: float) -> float:
    """cos(pi*x)."""
    high, low = _sine(x, 1, 2.0, PI)
    return high + low


def sind(x: float) -> float:
    """Sine of x degrees."""
    high, low = _sine(x, 0, 360.0, DEGREE)
    return high + low


def cosd(x: float) -> float:
    """Cosine of x degrees."""
    high, low = _sine(x, 1, 360.0, DEGREE)
    return high + low


def _small_reciprocal(x: float) -> float:
    """1/(x*pi/180), where the product may be subnormal."""
    return RADIAN[0] / x if x else copysign(inf, x)


def cscd(x: float) -> float:
    """1/sind(x)."""
    if abs(x) < 1e-270:
        return _small_reciprocal(x)
    return reciprocal(*_sine(x, 0, 360.0, DEGREE))


def secd(x: float) -> float:
    """1/cosd(x)."""
    return reciprocal(*_sine(x, 1, 360.0, DEGREE))


def _tangent(x: float) -> tuple[Pair, int]:
    """Tangent of x degrees without its quadrant, and the quadrant."""
    if x - x != 0.0:
        return (nan, nan), 0
    r, q = _reduce(x, 360.0)
    if abs(r) == 45.0:
        return (copysign(1.0, r), 0.0), q
    angle, low = times(r, DEGREE)
    t = math.tan(angle)
    return (t, low * (1.0 + t * t)), q


def tand(x: float) -> float:
    """Tangent of x degrees."""
    (high, low), q = _tangent(x)
    if not q & 1:
        return high + low
    return -reciprocal(high, low) if high else inf if q == 1 else -inf


def cotd(x: float) -> float:
    """1/tand(x)."""
    if abs(x) < 1e-270:
        return _small_reciprocal(x)
    (high, low), q = _tangent(x)
    return -(high + low) if q & 1 else reciprocal(high, low)


def asind(x: float) -> float:
    """asin(x) in degrees."""
    return copysign(30.0, x) if abs(x) == 0.5 else scaled(asin(x), RADIAN)


def acosd(x: float) -> float:
    """acos(x) in degrees."""
    return 90.0 - 60.0 * x if abs(x) == 0.5 else scaled(acos(x), RADIAN)


def atand(x: float) -> float:
    """atan(x) in degrees."""
    return scaled(math.atan(x), RADIAN)


def acotd(x: float) -> float:
    """acot(x) in degrees."""
    return RADIAN[0] / x if abs(x) > 1e100 else scaled(acot(x), RADIAN)


def asecd(x: float) -> float:
    """asec(x) in degrees."""
    return 90.0 - 15.0 * x if abs(x) == 2.0 else product(_asec(x), RADIAN)


def acscd(x: float) -> float:
    """acsc(x) in degrees."""
    return RADIAN[0] / x if abs(x) > 1e100 else product(_acsc(x), RADIAN)
