"""Functions of networks and of statistics over NumPy arrays, as `micrograd.carriers.floats.activations` has them for floats.

Each function takes arrays of any floating dtype and computes in double precision.  The few elements whose formula would pass through
a number that has lost its digits, or cancels, go through the function over floats.  No function gives warnings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np

from micrograd.carriers.arrays.formulas import FORMULAS
from micrograd.carriers.floats import activations as on_floats
from micrograd.carriers.floats import error_functions as errors
from micrograd.carriers.floats.double_double import ONE_OVER_ROOT_PI, ONE_OVER_ROOT_TWO, product_error

_Array = Any
_ROOT_HALF = ONE_OVER_ROOT_TWO[0]


def in_doubles(of_doubles: Callable[..., _Array]) -> Callable[..., _Array]:
    """A function of arrays of doubles, for operands of which at least one is an array; in the dtype of those that are."""

    def apply(*operands: Any) -> _Array:
        kinds = [x.dtype for x in operands if isinstance(x, np.ndarray | np.floating) and x.dtype.kind == "f"]
        with np.errstate(all="ignore"):
            value = of_doubles(*[np.asarray(x, dtype=np.float64) for x in operands])
            return value.astype(np.result_type(*(kinds or [np.float64])), copy=False)

    return apply


def careful(function: Callable[..., float], value: _Array, bad: _Array, *operands: Any) -> _Array:
    """The value, with that of the function over floats where ``bad``."""
    value, bad = np.asarray(value), np.asarray(bad)
    if not bad.any():
        return value
    columns = [np.broadcast_to(x, value.shape)[bad].astype(np.float64).tolist() for x in operands]
    value = value.copy()
    value[bad] = [function(*row) for row in zip(*columns, strict=True)]
    return value


def _zero_distance(x: _Array, zero: tuple[float, float]) -> _Array:
    return x - zero[0] - zero[1]


def _times_exp(factor: _Array, x: _Array, e: _Array) -> _Array:
    """factor*exp(x) for x <= 0, where e is exp(x), also where that is no normal number."""
    half = np.exp(0.5 * np.minimum(x, 0.0))
    return np.where(x < -700.0, factor * half * half, factor * e)


def _silu_slope(x: _Array) -> _Array:
    y = np.maximum(x, -800.0)
    e = np.exp(-np.abs(y))
    d = _zero_distance(y, on_floats.SILU_ZERO)
    below = np.where(y > -2.0, d + on_floats.SILU_RATE * np.expm1(np.minimum(d, 2.0)), 1.0 + y + e)
    below, square = _times_exp(below, y, e), (1.0 + e) * (1.0 + e)
    below = np.where(y > -1.0, below / square, below - below * (e * (2.0 + e) / square))
    return np.where(x > 0.0, (1.0 + np.maximum(x, 0.0) * (e / (1.0 + e))) / (1.0 + e), below)


def _mish_slope(x: _Array) -> _Array:
    y = np.minimum(np.maximum(x, -800.0), 800.0)
    e = np.exp(-np.abs(y))
    rest = e * (2.0 + e)
    root = np.where(x > 0.0, 1.0 + 2.0 * e * (1.0 + e), 2.0 + rest)
    d = _zero_distance(y, on_floats.MISH_ZERO)
    u = np.expm1(np.minimum(d, 2.0))
    b, c, linear = on_floats.MISH_RATES
    below = 4.0 * d * (1.0 + e) + u * (b * (2.0 + u) + c * (3.0 + u * (3.0 + u)) + linear)
    below, square = _times_exp(below, y, e), root * root
    below = np.where(
        y > -1.0, below / square * (1.0 - 2.0 * (2.0 - root + rest) / root), 0.25 * (below - below * (rest * (4.0 + rest) / square))
    )
    return np.where(x > 0.0, 1.0 + e * e * (4.0 * y - 2.0 + 4.0 * e * (y - 1.0 - e)) / square, below)


# --- the normal distribution


@cache
def _table() -> tuple[_Array, _Array]:
    """The series of erfcx around j/8 for 0 <= j: the coefficients, a row for each power, and the rest of the first ones."""
    upper = errors.series()[-errors.FIRST :]
    return np.array([floats for _, floats in upper]).T.copy(), np.array([rest for rest, _ in upper])


def _scaled(x: _Array) -> tuple[_Array, _Array]:
    """erfcx(x) for x >= 0, and what it lost in rounding."""
    j = np.rint(8.0 * np.fmin(x, 8.0)).astype(np.intp)
    table, rest = _table()
    d = np.minimum(x, 8.0) - j / 8.0
    total: Any = 0.0
    for row in table[:-1]:
        total = (total + row[j]) * d
    high, low = table[-1][j], total + rest[j]
    far = x >= 8.0
    if far.any():
        high[far], low[far] = _asymptotic(x[far])
    return high, low


def _asymptotic(x: _Array) -> tuple[_Array, _Array]:
    z = 0.5 / x / x
    total: Any = 0.0
    for n in range(37, 0, -2):
        total = (1.0 - total) * n * z
    high, low = ONE_OVER_ROOT_PI
    q = high / x
    near = np.minimum(x, 1e100)
    q_near = high / near
    return q, np.where(x > 1e8, low / x, (high - q_near * near - product_error(q_near, near, q_near * near) + (low - high * total)) / near)


def _erfcx(x: _Array) -> _Array:
    high, low = _scaled(x)
    return high + low


def _scaled_tail(x: _Array) -> tuple[_Array, _Array]:
    """erfcx(x/sqrt(2)) for 0 <= x < 1e140, and what it lost in rounding."""
    t = x * _ROOT_HALF
    high, low = _scaled(t)
    rest = (2.0 * t * high - 2.0 * ONE_OVER_ROOT_PI[0]) * (product_error(x, _ROOT_HALF, t) + x * ONE_OVER_ROOT_TWO[1])
    return high, low + np.where(t > 1e-140, rest, 0.0)


def _upper_tail(x: _Array, unit: float = 1.0) -> _Array:
    x = np.minimum(x, 39.0)
    high, low = _scaled_tail(x)
    square = x * x
    e = np.exp(-0.5 * square) * (0.5 * 2.0**200)
    product = e * high
    low = low - np.where(square > 1e-280, high * (0.5 * product_error(x, x, square)), 0.0)
    return (product + (product_error(e, high, product) + e * low)) * (2.0**-200 * unit)


def _gelu(x: _Array) -> _Array:
    tail = _upper_tail(np.abs(x), 2.0**200)
    return np.where(x >= 0.0, x * (1.0 - tail * 2.0**-200), np.maximum(x, -40.0) * tail * 2.0**-200)


def _gelu_slope(x: _Array) -> _Array:
    y = np.minimum(np.maximum(x, -45.0), 45.0)
    square = y * y
    half = np.exp(-0.25 * square)
    gauss = half * half
    size = np.abs(y)
    high, low = _scaled_tail(size)
    scaled = 0.5 * (high + low)
    density, linear = on_floats.DENSITY, on_floats.DENSITY[0] * y
    left = (linear + 0.5 * high + (product_error(density[0], y, linear) + density[1] * y + 0.5 * low)) * half * half
    left = left - left * (0.5 * product_error(y, y, square))
    tail = scaled * gauss
    right = np.where(y < 0.0, tail, 1.0 - tail) + linear * gauss
    middle = on_floats.polynomial(on_floats.GELU_SERIES, np.maximum(np.minimum(_zero_distance(y, on_floats.GELU_ZERO), 1.0), -1.0))
    return np.where(x < -1.25, left, np.where(x <= -0.25, middle, right))


def _log_ndtr(x: _Array) -> _Array:
    size = np.abs(x)
    tail = _upper_tail(size)
    far = np.log(0.5 * _erfcx(_ROOT_HALF * np.maximum(size, 0.5))) - 0.5 * x * x
    return np.where(x > -1.0, np.where(x < 0.0, np.log(tail), np.log1p(-tail)), far)


def _normal_hazard(x: _Array) -> _Array:
    size = np.abs(x)
    y = np.minimum(size, 45.0)
    square = y * y
    e = np.exp(-0.5 * square)
    e = e - e * np.where(e > 0.0, 0.5 * product_error(y, y, square), 0.0)
    right = on_floats.DENSITY[0] * e / (1.0 - _upper_tail(y))
    return np.where(x >= 0.0, right, np.where(x > -1e10, on_floats.HAZARD / _erfcx(_ROOT_HALF * np.minimum(size, 1e11)), -x))


# --- quotients


def _ratio(x: _Array, y: _Array) -> tuple[_Array, _Array, _Array]:
    """x/y, what it lost in rounding, and where that is not known."""
    t = x / y
    low = (x - t * y - product_error(t, y, t * y)) / y
    sizes = np.abs(x), np.abs(y), np.abs(t)
    return t, low, ~((sizes[0] > 1e-140) & (sizes[0] < 1e140) & (sizes[1] > 1e-140) & (sizes[1] < 1e140) & (sizes[2] < 700.0))


def _celu(x: _Array, alpha: _Array) -> _Array:
    t, low, bad = _ratio(x, alpha)
    e = np.expm1(t)
    value = np.where(x > 0.0, x, np.where(alpha > 0.0, alpha * (e + low * (e + 1.0)), np.nan))
    return careful(on_floats.celu, value, bad & ~(x > 0.0), x, alpha)


def _exp_of_quotient(x: _Array, y: _Array) -> _Array:
    t, low, bad = _ratio(x, y)
    value = np.exp(t)
    return careful(on_floats.exp_of_quotient, value + value * low, bad, x, y)


def _celu_rate(x: _Array, y: _Array) -> _Array:
    t, low, bad = _ratio(x, y)
    e = np.exp(t)
    near = (t > -1.5) & (t < 1.0)
    value = 1.0 + ((t - 1.0) * e + low * t * e)
    if near.any():
        small = np.where(near, t, 0.0)
        value = np.where(near, on_floats.polynomial(on_floats.CELU_SERIES, small) * small + low * t * e, value)
    return careful(on_floats.celu_rate, value, bad, x, y)


def _one_plus_log(x: _Array) -> _Array:
    near = (x > 0.2) & (x < 0.6)
    return np.where(near, np.log1p(np.e * _zero_distance(np.where(near, x, 0.3), on_floats.ONE_OVER_E)), 1.0 + np.log(x))


def _sinc_slope(x: _Array) -> _Array:
    y = np.where(np.abs(x) < 0.5, x, 0.0)
    series = y * (on_floats.polynomial(on_floats.SINC_SERIES[:-1], y * y) + on_floats.SINC_SERIES[-1])
    cosine = FORMULAS["cospi"](np, x)
    difference = cosine - _sinc(x)
    far = ~(np.abs(x) < 0.5)
    value = np.where(far, difference / x, series)
    return careful(on_floats.sinc_slope, value, far & (np.abs(difference) < 0.6 * np.abs(cosine)), x)


def _sinc(x: _Array) -> _Array:
    angle = np.pi * x
    value = FORMULAS["sinpi"](np, x) / angle
    rest = np.where(np.abs(x) < 1e200, value * ((product_error(np.pi, x, angle) + 1.2246467991473532e-16 * x) / angle), 0.0)
    return np.where(np.abs(x) < 1e-9, 1.0, value - rest)


FUNCTIONS: Mapping[str, Callable[..., _Array]] = {
    "gelu": in_doubles(_gelu),
    "log_ndtr": in_doubles(_log_ndtr),
    "celu": in_doubles(_celu),
    "sinc": in_doubles(_sinc),
    **{name: in_doubles(partial(FORMULAS[name], np)) for name in ("xlogy", "xlog1py", "entr", "copysign")},
}
"""Primitives for which NumPy needs more than a formula."""
FORMS: Mapping[str, Callable[..., _Array]] = {
    "silu_slope": in_doubles(_silu_slope),
    "gelu_slope": in_doubles(_gelu_slope),
    "mish_slope": in_doubles(_mish_slope),
    "normal_hazard": in_doubles(_normal_hazard),
    "sinc_slope": in_doubles(_sinc_slope),
    "exp_of_quotient": in_doubles(_exp_of_quotient),
    "celu_rate": in_doubles(_celu_rate),
    "one_plus_log": in_doubles(_one_plus_log),
    "floor_of_quotient": in_doubles(np.floor_divide),
}
"""Composite forms."""
