"""Primitives over arrays, elementwise with broadcasting: one table for NumPy and for JAX.

`elementwise_functions` makes it over a namespace ``xp``, ``numpy`` or ``jax.numpy``.  At least one operand is an array of a floating dtype,
which is kept; the others may be Python numbers.  As over floats, what is undefined is not finite: NaN outside of the domain, ±inf at
poles; warnings are left to the caller.

The formulas are those of the float carrier, mostly without its corrections of roundings.  Where these are made, it is for NumPy's float64
only: a compiler may contract a product and a sum, and then what was lost in rounding is not what is computed here.

Trust: the namespace's functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from micrograd.carriers.floats.double_double import DEGREE, PI, Pair, product_error
from micrograd.verified.registry import REGISTRY

_double = np.dtype(np.float64)


def is_exact(xp: Any, x: Any) -> bool:
    """Whether what a product or a sum lost in rounding is worth computing, and can be."""
    return xp is np and x.dtype == _double


def _sigmoid(xp: Any, x: Any) -> Any:
    e = xp.exp(-xp.abs(x))
    return xp.where(x < 0.0, e - e * (e / (1.0 + e)), 1.0 / (1.0 + e))


def _softplus(xp: Any, x: Any) -> Any:
    return xp.maximum(x, 0.0) + xp.log1p(xp.exp(-xp.abs(x)))


def _times_exp(xp: Any, x: Any, value: Any) -> Any:
    """The value; far below zero, where exp(x) is no normal number before x*exp(x) is none, that product, in two halves."""
    half = xp.exp(0.5 * x)
    return xp.where(x < 0.9 * float(np.log(float(xp.finfo(x.dtype).tiny))), (x * half) * half, value)


def _silu(xp: Any, x: Any) -> Any:
    return _times_exp(xp, x, x * _sigmoid(xp, x))


def _mish(xp: Any, x: Any) -> Any:
    """With e = exp(-|x|), tanh(softplus(x)) is (1 + 2e)/(1 + 2e + 2e²) for x > 0, and e(e + 2)/(e(e + 2) + 2) for x < 0."""
    e = xp.exp(-xp.abs(x))
    n = e * (e + 2.0)
    return _times_exp(xp, x, x * xp.where(x < 0.0, n / (n + 2.0), (1.0 + 2.0 * e) / (1.0 + 2.0 * e * (1.0 + e))))


def _hardswish(xp: Any, x: Any) -> Any:
    return xp.where(x > 3.0, x, xp.where(x < -3.0, 0.0, x * ((x + 3.0) / 6.0)))


def _selu(xp: Any, x: Any) -> Any:
    return 1.0507009873554805 * xp.where(x > 0.0, x, 1.6732632423543772 * xp.expm1(xp.minimum(x, 0.0)))


def _smoothstep(xp: Any, x: Any) -> Any:
    inside = xp.minimum(xp.maximum(x, 0.0), 1.0)
    return inside * (inside * (3.0 - 2.0 * inside))


def _logit(xp: Any, x: Any) -> Any:
    """Around 1/2, where it has its zero, 2*artanh(2*x - 1)."""
    near = (x >= 0.25) & (x <= 0.75)
    return xp.where(near, 2.0 * xp.arctanh(xp.where(near, 2.0 * x - 1.0, 0.0)), xp.log(xp.where(near, 0.25, x / (1.0 - x))))


def _xlogy(xp: Any, x: Any, y: Any) -> Any:
    nothing = (x == 0.0) & (y <= 0.0)
    return xp.where(nothing, 0.0, x * xp.log(xp.where(nothing, 1.0, y)))


def _xlog1py(xp: Any, x: Any, y: Any) -> Any:
    nothing = (x == 0.0) & (y <= -1.0)
    return xp.where(nothing, 0.0, x * xp.log1p(xp.where(nothing, 0.0, y)))


# Trigonometric functions


def _sinc(xp: Any, x: Any) -> Any:
    return xp.where(x == 0.0, 1.0, _sine(0.0, 2.0, PI)(xp, x) / (PI[0] * x))


def _acot(xp: Any, x: Any) -> Any:
    return xp.where(x == 0.0, xp.nan, xp.copysign(xp.arctan2(1.0, xp.abs(x)), x))


def _root_of_square_minus_one(xp: Any, x: Any) -> Any:
    return xp.sqrt(xp.abs(x) - 1.0) * xp.sqrt(xp.abs(x) + 1.0)


def _asec(xp: Any, x: Any) -> Any:
    return xp.arctan2(_root_of_square_minus_one(xp, x), xp.copysign(1.0, x))


def _acsc(xp: Any, x: Any) -> Any:
    return xp.copysign(xp.arctan2(1.0, _root_of_square_minus_one(xp, x)), x)


def _atan2(xp: Any, y: Any, x: Any) -> Any:
    return xp.where((x == 0.0) & (y == 0.0), xp.nan, xp.arctan2(y + 0.0, x))


def _reduce(xp: Any, x: Any, turn: float) -> tuple[Any, Any]:
    """x = r + q*turn/4 modulo the turn, exactly, with |r| <= turn/8."""
    x = xp.fmod(x, turn)
    q = xp.rint(x * (4.0 / turn))
    return x - q * (turn / 4.0), xp.mod(q, 4.0)


def _angle(xp: Any, r: Any, unit: Pair) -> tuple[Any, Any]:
    """r*unit for |r| <= 45, and what that lost in rounding."""
    angle = r * unit[0]
    if not is_exact(xp, r):
        return angle, 0.0
    return angle, xp.where(xp.abs(angle) > 1e-280, product_error(r, unit[0], angle) + r * unit[1], 0.0)


def _reciprocal(xp: Any, high: Any, low: Any) -> Any:
    """1/(high + low), where low is small compared to high."""
    q = 1.0 / high
    if not is_exact(xp, q):
        return q
    with np.errstate(invalid="ignore"):
        rest = (1.0 - q * high - product_error(q, high, q * high)) - q * low
    return xp.where(xp.isfinite(rest), q + rest * q, q)


def _sine_pair(xp: Any, x: Any, quadrants: float, turn: float, unit: Pair) -> tuple[Any, Any]:
    """sin(x*unit + quadrants*pi/2), where a turn is 2*pi/unit, as a value and what it lost in rounding."""
    r, q = _reduce(xp, x, turn)
    q = xp.mod(q + quadrants, 4.0)
    angle, low = _angle(xp, r, unit)
    sine, cosine, odd = xp.sin(angle), xp.cos(angle), q % 2.0 == 1.0
    exact = xp.abs(r) == 30.0
    high = xp.where(odd, cosine, xp.where(exact, xp.copysign(0.5, r), sine))
    low = xp.where(odd, -low * sine, xp.where(exact, 0.0, low * cosine))
    sign = xp.where(q >= 2.0, -1.0, 1.0).astype(x.dtype)
    return xp.where(high == 0.0, 0.0 if quadrants else xp.copysign(0.0, x), sign * high), sign * low


def _sine(quadrants: float, turn: float, unit: Pair) -> Callable[..., Any]:
    """The same, rounded."""

    def apply(xp: Any, x: Any) -> Any:
        high, low = _sine_pair(xp, x, quadrants, turn, unit)
        return xp.where(high == 0.0, high, high + low)

    return apply


def _tangent(xp: Any, x: Any) -> tuple[Any, Any, Any, Any]:
    """Tangent of x degrees without its quadrant, as a value and what it lost in rounding; whether the quadrant is odd, and which it is."""
    r, q = _reduce(xp, x, 360.0)
    angle, low = _angle(xp, r, DEGREE)
    t = xp.tan(angle)
    exact = xp.abs(r) == 45.0
    return xp.where(exact, xp.copysign(1.0, r), t), xp.where(exact, 0.0, low * (1.0 + t * t)), q % 2.0 == 1.0, q


def _tand(xp: Any, x: Any) -> Any:
    t, low, odd, q = _tangent(xp, x)
    pole = xp.where(t == 0.0, xp.copysign(xp.inf, 2.0 - q), -_reciprocal(xp, xp.where(odd & (t != 0.0), t, 1.0), low))
    return xp.where(odd, pole, t + low).astype(x.dtype)


def _cotd(xp: Any, x: Any) -> Any:
    t, low, odd, _ = _tangent(xp, x)
    return xp.where(odd, -(t + low), _reciprocal(xp, xp.where(odd, 1.0, t), low)).astype(x.dtype)


def _in_degrees(inverse: Callable[..., Any]) -> Callable[..., Any]:
    return lambda xp, x: xp.rad2deg(inverse(xp, x))


# Hyperbolic functions


def _sech(xp: Any, x: Any) -> Any:
    e = xp.exp(-xp.abs(x))
    w = e * e
    return 2.0 * (e - e * (w / (1.0 + w)))


def _csch(xp: Any, x: Any) -> Any:
    size = xp.abs(x)
    return xp.copysign(-2.0 * xp.exp(-size) / xp.expm1(-2.0 * size), x)


def _acoth(xp: Any, x: Any) -> Any:
    return xp.copysign(0.5 * xp.log1p(2.0 / (xp.abs(x) - 1.0)), x)


def _asech(xp: Any, x: Any) -> Any:
    root = xp.sqrt((1.0 - x) * (1.0 + x))
    return xp.where(x < 0.5, xp.log1p(root) - xp.log(x), xp.log1p((1.0 - x + root) / x))


def _acsch(xp: Any, x: Any) -> Any:
    size = xp.abs(x)
    small = xp.log1p(xp.sqrt(1.0 + x * x)) - xp.log(size)
    return xp.where(size < 0.5, xp.copysign(small, x), xp.arcsinh(1.0 / x))


FORMULAS: Mapping[str, Callable[..., Any]] = {
    "exp10": lambda xp, x: xp.power(10.0, x),
    "cot": lambda xp, x: 1.0 / xp.tan(x),
    "sec": lambda xp, x: 1.0 / xp.cos(x),
    "csc": lambda xp, x: 1.0 / xp.sin(x),
    "atan2": _atan2,
    "acot": _acot,
    "asec": _asec,
    "acsc": _acsc,
    "sinpi": _sine(0.0, 2.0, PI),
    "cospi": _sine(1.0, 2.0, PI),
    "sind": _sine(0.0, 360.0, DEGREE),
    "cosd": _sine(1.0, 360.0, DEGREE),
    "tand": _tand,
    "cotd": _cotd,
    "secd": lambda xp, x: _reciprocal(xp, *_sine_pair(xp, x, 1.0, 360.0, DEGREE)),
    "cscd": lambda xp, x: _reciprocal(xp, *_sine_pair(xp, x, 0.0, 360.0, DEGREE)),
    "asind": _in_degrees(lambda xp, x: xp.arcsin(x)),
    "acosd": _in_degrees(lambda xp, x: xp.arccos(x)),
    "atand": _in_degrees(lambda xp, x: xp.arctan(x)),
    "acotd": _in_degrees(_acot),
    "asecd": _in_degrees(_asec),
    "acscd": _in_degrees(_acsc),
    "coth": lambda xp, x: 1.0 / xp.tanh(x),
    "sech": _sech,
    "csch": _csch,
    "acoth": _acoth,
    "asech": _asech,
    "acsch": _acsch,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "relu": lambda xp, x: xp.maximum(x, 0.0),
    "softsign": lambda xp, x: x / (1.0 + xp.abs(x)),
    "log_sigmoid": lambda xp, x: -_softplus(xp, -x),
    "hardtanh": lambda xp, x: xp.minimum(xp.maximum(x, -1.0), 1.0),
    "hardsigmoid": lambda xp, x: (xp.minimum(xp.maximum(x, -3.0), 3.0) + 3.0) / 6.0,
    "hardswish": _hardswish,
    "smoothstep": _smoothstep,
    "silu": _silu,
    "mish": _mish,
    "elu": lambda xp, x: xp.where(x > 0.0, x, xp.expm1(xp.minimum(x, 0.0))),
    "selu": _selu,
    "gudermannian": lambda xp, x: 2.0 * xp.arctan(xp.tanh(0.5 * x)),
    "sinc": _sinc,
    "logit": _logit,
    "xlogy": _xlogy,
    "xlog1py": _xlog1py,
    "entr": lambda xp, x: -_xlogy(xp, x, x),
    "remainder": lambda xp, x, y: xp.remainder(x, y),
    "copysign": lambda xp, x, y: xp.where(y == y, xp.copysign(x, y + 0.0), xp.nan),
}
"""What the namespace does not have, or not with our values, over the namespace and the operands."""


def elementwise_functions(xp: Any) -> dict[str, Callable[..., Any]]:
    """The functions by primitive, over arrays of a namespace: its own, by the registry's column ``numpy``, and `FORMULAS`."""
    own = {row.name: getattr(xp, row.numpy) for row in REGISTRY.values() if row.numpy is not None and hasattr(xp, row.numpy)}
    return own | {name: partial(formula, xp) for name, formula in FORMULAS.items()}
