"""Primitives over NumPy arrays, elementwise with broadcasting.

`FUNCTIONS` maps the name of a primitive to its function; ``powi`` takes an int as its exponent.  Floating dtypes are kept.
Python floats stay Python floats, so that a constant subterm does not widen the arrays it meets.

The formulas are in `micrograd.carriers.arrays.formulas`; here is what only NumPy needs.  Primitives without a formula, such as erf, and
powers with an exponent that the dtype cannot represent, go through the float carrier element by element (`elementwise`).

Trust: NumPy's ufuncs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from micrograd.carriers.arrays import activations
from micrograd.carriers.arrays.formulas import elementwise_functions, is_exact
from micrograd.carriers.carrier import Table
from micrograd.carriers.floats.double_double import sum_error
from micrograd.carriers.floats.functions import FUNCTIONS as FLOAT_FUNCTIONS


def elementwise(on_floats: Callable[..., float]) -> Callable[..., Any]:
    """A function of floats, element by element in double precision, in the dtype of its operands that are arrays of floats."""

    def apply(*operands: Any) -> Any:
        doubles = [np.asarray(x, dtype=np.float64) for x in operands]
        kinds = [x.dtype for x in operands if isinstance(x, np.ndarray | np.floating) and x.dtype.kind == "f"]
        return np.asarray(np.frompyfunc(on_floats, len(operands), 1)(*doubles), dtype=np.result_type(*(kinds or [np.float64])))

    return apply


def _powi(x: Any, n: int) -> Any:
    if abs(n) >> (np.finfo(x.dtype).nmant + 1) == 0:
        return np.power(x, float(n))
    power = FLOAT_FUNCTIONS["powi"]
    return elementwise(lambda value: power(value, n))(x)


def _cbrt(x: Any) -> Any:
    """One step of Newton's method after NumPy's function, which errs by almost four ulps."""
    y = np.cbrt(x)
    if not is_exact(np, x):
        return y
    square = y * y
    with np.errstate(invalid="ignore"):
        rest = (square * y - x) / (3.0 * square)
    usual = np.abs(x) > 1e-290
    if np.all(usual):
        return np.where(np.isfinite(rest), y - rest, y)
    return np.where(usual & np.isfinite(rest), y - rest, np.where(usual, y, elementwise(FLOAT_FUNCTIONS["cbrt"])(x)))


def _logaddexp(x: Any, y: Any) -> Any:
    high, low = np.maximum(x, y), np.minimum(x, y)
    d: Any = np.where(high == low, 0.0, low - high)
    e = np.exp(d)
    rest = np.where((e > 0.0) & (d != 0.0), sum_error(low, -high, d) * (e / (1.0 + e)), 0.0)
    value = high + (np.log1p(e) + rest)
    cancelled = (0.75 * high < value) & (value < -1.5 * high)
    if not np.any(cancelled):
        return value
    near_zero = np.frompyfunc(FLOAT_FUNCTIONS["logaddexp"], 2, 1)
    value = np.asarray(value).copy()
    value[cancelled] = near_zero(high[cancelled].astype(np.float64), low[cancelled].astype(np.float64))
    return value


@cache
def through_floats(name: str) -> Callable[..., Any]:
    """A primitive by the float carrier's function, element by element."""
    return elementwise(FLOAT_FUNCTIONS[name])


ARRAYS = Table(
    {**elementwise_functions(np), **activations.FUNCTIONS, "powi": _powi, "cbrt": _cbrt, "logaddexp": _logaddexp}, through_floats
)
"""The functions for operands of which at least one is an array."""


def mixed(of_floats: Callable[..., Any], of_arrays: Callable[..., Any]) -> Callable[..., Any]:
    """A function that chooses by its operands: Python numbers alone, or arrays among them."""

    def apply(*operands: Any) -> Any:
        for operand in operands:
            if type(operand) is not float and type(operand) is not int:
                return of_arrays(*operands)
        return of_floats(*operands)

    return apply


@cache
def _either(name: str) -> Callable[..., Any]:
    return mixed(FLOAT_FUNCTIONS[name], ARRAYS[name])


FUNCTIONS = Table({name: _either(name) for name in FLOAT_FUNCTIONS}, _either)
"""The functions over any mixture of arrays and Python numbers; of numbers alone a float."""

ULPS = 6.0
"""Bound of every error, in ulps of the exact value in the dtype (measured: 5)."""
