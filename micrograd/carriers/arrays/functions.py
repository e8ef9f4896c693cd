"""Primitives over NumPy arrays, elementwise with broadcasting.

`FUNCTIONS` maps the name of a primitive to its function; ``powi`` takes an int as its exponent.  Floating dtypes are kept.
Python floats stay Python floats, so that a constant subterm does not widen the arrays it meets.

As over floats, what is undefined is not finite: NaN outside of the domain, ±inf at poles.  Warnings of NumPy are left to
the caller: wrap calls in ``np.errstate(all="ignore")``.

The formulas are those of the float carrier, mostly without its corrections of roundings.  NumPy has no erf, erfc and erfcx:
these, and powers that the dtype cannot represent, go through the float carrier element by element.

Trust: NumPy's ufuncs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from micrograd.carriers.floats.double_double import DEGREE, PI, Pair, product_error, sum_error
from micrograd.carriers.floats.functions import FUNCTIONS as FLOAT_FUNCTIONS

_double = np.dtype(np.float64)


def _elementwise(name: str) -> Callable[..., Any]:
    """The float carrier's function, element by element in double precision."""
    apply_to_objects = np.frompyfunc(FLOAT_FUNCTIONS[name], 1, 1)

    def apply(x: Any) -> Any:
        return np.asarray(apply_to_objects(np.asarray(x, dtype=np.float64)), dtype=x.dtype)

    return apply


def _powi(x: Any, n: int) -> Any:
    if abs(n) >> (np.finfo(x.dtype).nmant + 1) == 0:
        return np.power(x, float(n))
    power = FLOAT_FUNCTIONS["powi"]
    values = [power(value, n) for value in np.asarray(x, dtype=np.float64).ravel().tolist()]
    return np.array(values, dtype=np.float64).astype(x.dtype).reshape(x.shape)


def _cbrt(x: Any) -> Any:
    """One step of Newton's method after NumPy's function, which errs by almost four ulps."""
    y = np.cbrt(x)
    if x.dtype != _double:
        return y
    square = y * y
    with np.errstate(invalid="ignore"):
        rest = (square * y - x) / (3.0 * square)
    usual = np.abs(x) > 1e-290
    if np.all(usual):
        return np.where(np.isfinite(rest), y - rest, y)
    return np.where(usual & np.isfinite(rest), y - rest, np.where(usual, y, _elementwise("cbrt")(x)))


def _sigmoid(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return np.where(x < 0.0, e - e * (e / (1.0 + e)), 1.0 / (1.0 + e))


def _softplus(x: Any) -> Any:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


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


# Trigonometric functions


def _acot(x: Any) -> Any:
    return np.where(x == 0.0, np.nan, np.copysign(np.arctan2(1.0, np.abs(x)), x))


def _root_of_square_minus_one(x: Any) -> Any:
    return np.sqrt(np.abs(x) - 1.0) * np.sqrt(np.abs(x) + 1.0)


def _asec(x: Any) -> Any:
    return np.arctan2(_root_of_square_minus_one(x), np.copysign(1.0, x))


def _acsc(x: Any) -> Any:
    return np.copysign(np.arctan2(1.0, _root_of_square_minus_one(x)), x)


def _atan2(y: Any, x: Any) -> Any:
    return np.where((x == 0.0) & (y == 0.0), np.nan, np.arctan2(y + 0.0, x))


def _reduce(x: Any, turn: float) -> tuple[Any, Any]:
    """x = r + q*turn/4 modulo the turn, exactly, with |r| <= turn/8."""
    x = np.fmod(x, turn)
    q = np.rint(x * (4.0 / turn))
    return x - q * (turn / 4.0), np.mod(q, 4.0)


def _angle(r: Any, unit: Pair) -> tuple[Any, Any]:
    """r*unit for |r| <= 45, and what that lost in rounding."""
    angle = r * unit[0]
    if r.dtype != _double:
        return angle, 0.0
    return angle, np.where(np.abs(angle) > 1e-280, product_error(r, unit[0], angle) + r * unit[1], 0.0)


def _reciprocal(high: Any, low: Any) -> Any:
    """1/(high + low), where low is small compared to high."""
    q = 1.0 / high
    if q.dtype != _double:
        return q
    with np.errstate(invalid="ignore"):
        rest = (1.0 - q * high - product_error(q, high, q * high)) - q * low
    return np.where(np.isfinite(rest), q + rest * q, q)


def _sine_pair(x: Any, quadrants: float, turn: float, unit: Pair) -> tuple[Any, Any]:
    """sin(x*unit + quadrants*pi/2), where a turn is 2*pi/unit, as a value and what it lost in rounding."""
    r, q = _reduce(x, turn)
    q = np.mod(q + quadrants, 4.0)
    angle, low = _angle(r, unit)
    sine, cosine, odd = np.sin(angle), np.cos(angle), q % 2.0 == 1.0
    exact = np.abs(r) == 30.0
    high = np.where(odd, cosine, np.where(exact, np.copysign(0.5, r), sine))
    low = np.where(odd, -low * sine, np.where(exact, 0.0, low * cosine))
    sign = np.where(q >= 2.0, -1.0, 1.0).astype(x.dtype)
    return np.where(high == 0.0, 0.0 if quadrants else np.copysign(0.0, x), sign * high), sign * low


def _sine(x: Any, quadrants: float, turn: float, unit: Pair) -> Any:
    """The same, rounded."""
    high, low = _sine_pair(x, quadrants, turn, unit)
    return np.where(high == 0.0, high, high + low)


def _tangent(x: Any) -> tuple[Any, Any, Any, Any]:
    """Tangent of x degrees without its quadrant, as a value and what it lost in rounding; whether the quadrant is odd, and which it is."""
    r, q = _reduce(x, 360.0)
    angle, low = _angle(r, DEGREE)
    t = np.tan(angle)
    exact = np.abs(r) == 45.0
    return np.where(exact, np.copysign(1.0, r), t), np.where(exact, 0.0, low * (1.0 + t * t)), q % 2.0 == 1.0, q


def _tand(x: Any) -> Any:
    t, low, odd, q = _tangent(x)
    pole = np.where(t == 0.0, np.copysign(np.inf, 2.0 - q), -_reciprocal(np.where(odd & (t != 0.0), t, 1.0), low))
    return np.where(odd, pole, t + low).astype(x.dtype)


def _cotd(x: Any) -> Any:
    t, low, odd, _ = _tangent(x)
    return np.where(odd, -(t + low), _reciprocal(np.where(odd, 1.0, t), low)).astype(x.dtype)


def _sind(x: Any) -> Any:
    return _sine(x, 0.0, 360.0, DEGREE)


def _cosd(x: Any) -> Any:
    return _sine(x, 1.0, 360.0, DEGREE)


# Hyperbolic functions


def _sech(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    w = e * e
    return 2.0 * (e - e * (w / (1.0 + w)))


def _csch(x: Any) -> Any:
    size = np.abs(x)
    return np.copysign(-2.0 * np.exp(-size) / np.expm1(-2.0 * size), x)


def _acoth(x: Any) -> Any:
    return np.copysign(0.5 * np.log1p(2.0 / (np.abs(x) - 1.0)), x)


def _asech(x: Any) -> Any:
    root = np.sqrt((1.0 - x) * (1.0 + x))
    return np.where(x < 0.5, np.log1p(root) - np.log(x), np.log1p((1.0 - x + root) / x))


def _acsch(x: Any) -> Any:
    size = np.abs(x)
    small = np.log1p(np.sqrt(1.0 + x * x)) - np.log(size)
    return np.where(size < 0.5, np.copysign(small, x), np.arcsinh(1.0 / x))


ARRAYS: Mapping[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "powi": _powi,
    "pow": np.power,
    "reciprocal": np.reciprocal,
    "square": np.square,
    "sqrt": np.sqrt,
    "cbrt": _cbrt,
    "hypot": np.hypot,
    "exp": np.exp,
    "exp2": np.exp2,
    "exp10": lambda x: np.power(10.0, x),
    "expm1": np.expm1,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "cot": lambda x: 1.0 / np.tan(x),
    "sec": lambda x: 1.0 / np.cos(x),
    "csc": lambda x: 1.0 / np.sin(x),
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": _atan2,
    "acot": _acot,
    "asec": _asec,
    "acsc": _acsc,
    "sinpi": lambda x: _sine(x, 0.0, 2.0, PI),
    "cospi": lambda x: _sine(x, 1.0, 2.0, PI),
    "deg2rad": np.deg2rad,
    "rad2deg": np.rad2deg,
    "sind": _sind,
    "cosd": _cosd,
    "tand": _tand,
    "cotd": _cotd,
    "secd": lambda x: _reciprocal(*_sine_pair(x, 1.0, 360.0, DEGREE)),
    "cscd": lambda x: _reciprocal(*_sine_pair(x, 0.0, 360.0, DEGREE)),
    "asind": lambda x: np.rad2deg(np.arcsin(x)),
    "acosd": lambda x: np.rad2deg(np.arccos(x)),
    "atand": lambda x: np.rad2deg(np.arctan(x)),
    "acotd": lambda x: np.rad2deg(_acot(x)),
    "asecd": lambda x: np.rad2deg(_asec(x)),
    "acscd": lambda x: np.rad2deg(_acsc(x)),
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "coth": lambda x: 1.0 / np.tanh(x),
    "sech": _sech,
    "csch": _csch,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "acoth": _acoth,
    "asech": _asech,
    "acsch": _acsch,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "logaddexp": _logaddexp,
    "erf": _elementwise("erf"),
    "erfc": _elementwise("erfc"),
    "erfcx": _elementwise("erfcx"),
    "abs": np.abs,
    "sign": np.sign,
    "relu": lambda x: np.maximum(x, 0.0),
    "max": np.maximum,
    "min": np.minimum,
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
}
"""The functions for operands of which at least one is an array."""


def _on_arrays_and_floats(name: str, on_arrays: Callable[..., Any]) -> Callable[..., Any]:
    on_floats = FLOAT_FUNCTIONS[name]

    def apply(*operands: Any) -> Any:
        for operand in operands:
            if type(operand) is not float and type(operand) is not int:
                return on_arrays(*operands)
        return on_floats(*operands)

    return apply


FUNCTIONS: Mapping[str, Callable[..., Any]] = {name: _on_arrays_and_floats(name, f) for name, f in ARRAYS.items()}
"""The function of each primitive."""

ULPS = 6.0
"""Bound of every error, in ulps of the exact value in the dtype (measured: 5)."""
