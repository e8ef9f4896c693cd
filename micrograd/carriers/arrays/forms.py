"""Composite forms (`micrograd.carriers.forms`) over NumPy arrays: a quick formula for all elements, and the float carrier's for the few
where it would pass through a subnormal number, zero or infinity.

Floating dtypes are kept; float32 and float16 go through float64 where that is simpler.  `FORMS` give no warnings: an overflow on the way
says nothing about the value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from micrograd.carriers.arrays import activations
from micrograd.carriers.arrays.activations import careful
from micrograd.carriers.arrays.functions import FUNCTIONS, elementwise, mixed
from micrograd.carriers.floats import forms as on_floats
from micrograd.carriers.floats.double_double import LN2, product_error, sum_error
from micrograd.carriers.floats.error_functions import erfcx_slope

_float64 = np.dtype(np.float64)
_MARGIN = 2.0**60


def _outside(x: Any, margin: float = 1.0) -> Any:
    """Where x has lost digits to underflow or overflow, by more than a margin from the edges of the normal numbers; False for nowhere."""
    size = np.abs(x)
    info = np.finfo(size.dtype)
    low, high = float(info.tiny) * margin, float(info.max)
    if not size.size or (size.min() >= low and size.max() <= high):
        return False
    return ~((size >= low) & (size <= high))


def _gaussian(x: Any) -> Any:
    if x.dtype != _float64:
        return np.exp(-np.square(x, dtype=np.float64)).astype(x.dtype)
    square = x * x
    value = np.exp(-square)
    return np.where(square < 750.0, value - value * product_error(x, x, square), value)


def _half_gaussian(x: Any) -> Any:
    if x.dtype != _float64:
        return np.exp(-0.5 * np.square(x, dtype=np.float64)).astype(x.dtype)
    square = x * x
    value = np.exp(-0.5 * square)
    return np.where(square < 1500.0, value - value * (0.5 * product_error(x, x, square)), value)


def _sigmoid_of_difference(x: Any, y: Any) -> Any:
    difference = x - y
    value = FUNCTIONS["sigmoid"](difference)
    return np.where(np.abs(difference) < 800.0, value + value * ((1.0 - value) * sum_error(x, -y, difference)), value)


def _quotient_slope(x: Any, y: Any, quotient: Any = None) -> Any:
    q = x / y if quotient is None else quotient
    value = -(q / y)
    bad = _outside(q)
    return value if bad is False else careful(on_floats.quotient_slope, value, bad & (x != 0.0), x, y)


def _exp2_slope(x: Any, power: Any = None) -> Any:
    power = np.exp2(x) if power is None else power
    value = LN2 * power
    overflow = np.isinf(power)
    return np.where(overflow, 2.0 * (LN2 * np.exp2(x - 1.0)), value) if np.any(overflow) else value


def _power_slope(x: Any, y: Any) -> Any:
    exponent = y - 1.0
    power = np.power(x, exponent)
    value = y * power
    rest = sum_error(y, -1.0, exponent)
    if np.any(rest):
        value = np.where((rest != 0.0) & (x > 0.0), value + value * (rest * FUNCTIONS["log"](x)), value)
    bad = _outside(power)
    return value if bad is False else careful(on_floats.power_slope, value, bad & (x != 0.0), x, y)


def _power_rate(x: Any, y: Any, power: Any = None) -> Any:
    power = np.power(x, y) if power is None else power
    value = FUNCTIONS["log"](x) * power
    bad = _outside(power)
    return value if bad is False else careful(on_floats.power_rate, value, bad & (x > 0.0), x, y)


def _integer_power_slope(x: Any, n: int) -> Any:
    if abs(n) > on_floats.LARGEST_FACTOR:
        return elementwise(lambda each: on_floats.integer_power_slope(each, n))(x)
    power = FUNCTIONS["powi"](x, n - 1)
    value = float(n) * power
    bad = _outside(power)
    return value if bad is False else careful(lambda each: on_floats.integer_power_slope(each, n), value, bad & (x != 0.0), x)


def _direction(x: Any, y: Any, length: Any = None) -> Any:
    length = np.hypot(x, y) if length is None else length
    value = x / length
    bad = _outside(length, _MARGIN)
    return value if bad is False else careful(on_floats.direction, value, bad, x, y)


def _inverse_direction(x: Any, y: Any) -> Any:
    square = x * x + y * y
    value = x / square
    bad = _outside(square, _MARGIN)
    return value if bad is False else careful(on_floats.inverse_direction, value, bad, x, y)


def _root_of_square_minus_one(x: Any) -> Any:
    root = np.sqrt((x - 1.0) * (x + 1.0))
    return np.where(np.isinf(root), np.abs(x), root)


ARRAYS: Mapping[str, Callable[..., Any]] = {
    "gaussian": _gaussian,
    "half_gaussian": _half_gaussian,
    "gaussian_of_radius": elementwise(on_floats.gaussian_of_radius),
    "sinpi_of_half_square": elementwise(on_floats.sinpi_of_half_square),
    "cospi_of_half_square": elementwise(on_floats.cospi_of_half_square),
    "sigmoid_of_difference": _sigmoid_of_difference,
    "quotient_slope": _quotient_slope,
    "exp2_slope": _exp2_slope,
    "power_slope": _power_slope,
    "power_rate": _power_rate,
    "integer_power_slope": _integer_power_slope,
    "direction": _direction,
    "direction_of_second": _direction,
    "inverse_direction": _inverse_direction,
    "inverse_direction_of_second": _inverse_direction,
    "root_of_square_minus_one": _root_of_square_minus_one,
    "erfcx_slope": elementwise(erfcx_slope),
    **activations.FORMS,
}
"""The functions for operands of which at least one is an array; those with a shared part take it as one more operand."""


def _quietly(of_arrays: Callable[..., Any]) -> Callable[..., Any]:
    def apply(*operands: Any) -> Any:
        with np.errstate(all="ignore"):
            return of_arrays(*operands)

    return apply


FORMS: Mapping[str, Callable[..., Any]] = {name: mixed(on_floats.FORMS[name], _quietly(of_arrays)) for name, of_arrays in ARRAYS.items()}
"""The function of each form over any mixture of arrays and Python numbers; a form of numbers alone is a float."""
