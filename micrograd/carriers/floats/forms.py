"""Composite forms (`micrograd.carriers.forms`) over Python floats, each within 4 ulps wherever its value is a normal number.

Where the quick formula would pass through a subnormal number, zero or infinity, operands are scaled by powers of two, or a power is
taken in two halves.  No function raises; what is undefined is not finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from math import copysign, inf, nan
from typing import Any

from micrograd.carriers.floats import activations, trigonometry
from micrograd.carriers.floats.double_double import LN2, product_error, sum_error
from micrograd.carriers.floats.error_functions import erfcx_slope
from micrograd.carriers.floats.functions import FUNCTIONS

_TINY, _HUGE = 1e-290, 1e300
"""Between these the quick formulas keep their digits."""
LARGEST_FACTOR = 2**1023
"""Longer integers are not floats."""
_div, _exp2, _hypot, _log, _pow, _sigmoid = (FUNCTIONS[name] for name in ("div", "exp2", "hypot", "log", "pow", "sigmoid"))


def _ldexp(x: float, n: int) -> float:
    try:
        return math.ldexp(x, n)
    except OverflowError:
        return copysign(inf, x)


def gaussian(x: float) -> float:
    """exp(-x**2)."""
    square = x * x
    if not square < 750.0:
        return math.exp(-square)
    value = math.exp(-square)
    return value - value * product_error(x, x, square)


def half_gaussian(x: float) -> float:
    """exp(-x**2/2)."""
    square = x * x
    value = math.exp(-0.5 * square)
    return value - value * (0.5 * product_error(x, x, square)) if square < 1500.0 else value


def gaussian_of_radius(x: float, y: float) -> float:
    """exp(-(x**2 + (y*x)**2)/2)."""
    if abs(y) > 1e200 and y - y == 0.0:
        return gaussian_of_radius(x * 2.0**200, y * 2.0**-200)  # then x**2 is negligible
    side = x * y
    if not (abs(side) < 40.0 and abs(x) < 40.0):
        return math.exp(-0.5 * (side * side + x * x))
    side_square, square = side * side, x * x
    rest = product_error(side, side, side_square) + 2.0 * side * product_error(x, y, side) + product_error(x, x, square)
    total = side_square + square
    value = math.exp(-0.5 * total)
    return value - value * (0.5 * (rest + sum_error(side_square, square, total)))


def _half_square(x: float, quadrants: int) -> float:
    """sin(pi/2*(x**2 + quadrants))."""
    if not abs(x) < 2.0**54:
        return 0.0 * x if x - x else float(quadrants)  # x is a multiple of 4
    square = math.fmod(x * x, 4.0)
    rest = math.fmod(product_error(x, x, x * x), 4.0) if x * x > 1e-200 else 0.0
    turns = 0.5 * math.remainder(square, 4.0)
    total = turns + 0.5 * rest
    rest = sum_error(turns, 0.5 * rest, total)
    if quadrants:
        return trigonometry.cospi(total) - math.pi * rest * trigonometry.sinpi(total)
    return trigonometry.sinpi(total) + math.pi * rest * trigonometry.cospi(total)


def sinpi_of_half_square(x: float) -> float:
    """sin(pi/2*x**2)."""
    return _half_square(x, 0)


def cospi_of_half_square(x: float) -> float:
    """cos(pi/2*x**2)."""
    return _half_square(x, 1)


def sigmoid_of_difference(x: float, y: float) -> float:
    """sigmoid(x - y)."""
    difference = x - y
    value: float = _sigmoid(difference)
    if not -800.0 < difference < 800.0:
        return value
    return value + value * ((1.0 - value) * sum_error(x, -y, difference))


def quotient_slope(x: float, y: float) -> float:
    """-(x/y/y)."""
    if not y or y - y or x - x:
        return -float(_div(_div(x, y), y))
    q = x / y
    if _TINY < abs(q) < _HUGE or not x:
        return -(q / y)
    (a, m), (b, n) = math.frexp(x), math.frexp(y)
    return -_ldexp(a / b / b, m - 2 * n)


def exp2_slope(x: float) -> float:
    """log(2)*exp2(x)."""
    value: float = 2.0 * (LN2 * _exp2(x - 1.0)) if x >= 1024.0 else LN2 * _exp2(x)
    return value


def _parity(x: float, odd: bool) -> float:
    """The sign of x**n."""
    return -1.0 if odd and x < 0.0 else 1.0


def power_slope(x: float, y: float) -> float:
    """y*x**(y - 1)."""
    exponent = y - 1.0
    power: float = _pow(x, exponent)
    if not x or x - x or y - y or power != power:
        return y * power
    value = y * power
    if not _TINY < abs(power) < _HUGE:
        half = _pow(abs(x), 0.5 * exponent)
        value = _parity(x, not math.fmod(y, 2.0)) * (y * half * half)
    rest = sum_error(y, -1.0, exponent)
    return value + value * (rest * math.log(abs(x))) if rest and value - value == 0.0 else value


def power_rate(x: float, y: float) -> float:
    """log(x)*x**y."""
    power: float = _pow(x, y)
    if _TINY < power < _HUGE or not x > 0.0 or x - x or y - y:
        return float(_log(x)) * power
    half: float = _pow(x, 0.5 * y)
    return math.log(x) * half * half


def integer_power_slope(x: float, n: int) -> float:
    """n*x**(n - 1)."""
    power: float = FUNCTIONS["powi"](x, n - 1)
    if abs(n) > LARGEST_FACTOR:
        return (power * inf if power else power) * (1 if n > 0 else -1)
    if _TINY < abs(power) < _HUGE or not x or x - x or abs(n) > 2**52:
        return n * power if power == power else nan
    half: float = _pow(abs(x), 0.5 * (n - 1))
    return _parity(x, not n & 1) * (half * (half * n))


def direction(x: float, y: float) -> float:
    """x/hypot(x, y)."""
    length = _hypot(x, y)
    if _TINY < length < _HUGE or x - x or y - y or not length:
        return float(_div(x, length))
    n = -math.frexp(max(abs(x), abs(y)))[1]
    x = math.ldexp(x, n)
    return x / math.hypot(x, math.ldexp(y, n))


def inverse_direction(x: float, y: float) -> float:
    """x/hypot(x, y)**2."""
    square = x * x + y * y
    if _TINY < square < _HUGE or x - x or y - y or (not x and not y):
        return float(_div(x, square))
    n = -math.frexp(max(abs(x), abs(y)))[1]
    x, y = math.ldexp(x, n), math.ldexp(y, n)
    return _ldexp(x / (x * x + y * y), n)


def root_of_square_minus_one(x: float) -> float:
    """sqrt(x**2 - 1)."""
    return abs(x) if abs(x) > 1e100 else float(FUNCTIONS["sqrt"]((x - 1.0) * (x + 1.0)))


FORMS: Mapping[str, Callable[..., Any]] = {
    "gaussian": gaussian,
    "half_gaussian": half_gaussian,
    "gaussian_of_radius": gaussian_of_radius,
    "sinpi_of_half_square": sinpi_of_half_square,
    "cospi_of_half_square": cospi_of_half_square,
    "sigmoid_of_difference": sigmoid_of_difference,
    "quotient_slope": quotient_slope,
    "exp2_slope": exp2_slope,
    "power_slope": power_slope,
    "power_rate": power_rate,
    "integer_power_slope": integer_power_slope,
    "direction": direction,
    "direction_of_second": direction,
    "inverse_direction": inverse_direction,
    "inverse_direction_of_second": inverse_direction,
    "root_of_square_minus_one": root_of_square_minus_one,
    "erfcx_slope": erfcx_slope,
    "silu_slope": activations.silu_slope,
    "gelu_slope": activations.gelu_slope,
    "mish_slope": activations.mish_slope,
    "normal_hazard": activations.normal_hazard,
    "sinc_slope": activations.sinc_slope,
    "exp_of_quotient": activations.exp_of_quotient,
    "celu_rate": activations.celu_rate,
    "one_plus_log": activations.one_plus_log,
    "floor_of_quotient": activations.floor_of_quotient,
}
"""The function of each form."""
