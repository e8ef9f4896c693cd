"""Primitives over JAX arrays: the carrier of `micrograd.nn.export`.

`functions` maps the name of a primitive to its function, as `micrograd.carriers.arrays.functions` does for NumPy, with the same
formulas; none of JAX's own derivatives is used.  Outside of a domain, and at poles, NaN and infinities come out as in IEEE arithmetic.

JAX (``pip install 'micrograd-verified[jax]'``) is imported when a function is first needed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np


class _Later:
    """A module that is imported when it is first used."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self.name), attribute)


jnp: Any = _Later("jax.numpy")
special: Any = _Later("jax.scipy.special")
lax: Any = _Later("jax.lax")

_DEGREE = np.pi / 180.0


def _sigmoid(x: Any) -> Any:
    e = jnp.exp(-jnp.abs(x))
    return jnp.where(x < 0.0, e / (1.0 + e), 1.0 / (1.0 + e))


def _softplus(x: Any) -> Any:
    return jnp.maximum(x, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


def _acot(x: Any) -> Any:
    return jnp.where(x == 0.0, jnp.nan, jnp.copysign(jnp.arctan2(1.0, jnp.abs(x)), x))


def _root_of_square_minus_one(x: Any) -> Any:
    return jnp.sqrt(jnp.abs(x) - 1.0) * jnp.sqrt(jnp.abs(x) + 1.0)


def _asec(x: Any) -> Any:
    return jnp.arctan2(_root_of_square_minus_one(x), jnp.copysign(1.0, x))


def _acsc(x: Any) -> Any:
    return jnp.copysign(jnp.arctan2(1.0, _root_of_square_minus_one(x)), x)


def _atan2(y: Any, x: Any) -> Any:
    return jnp.where((x == 0.0) & (y == 0.0), jnp.nan, jnp.arctan2(y + 0.0, x))


def _reduce(x: Any, turn: float) -> tuple[Any, Any]:
    """x = r + q*turn/4 modulo the turn, exactly, with |r| <= turn/8."""
    x = jnp.fmod(x, turn)
    q = jnp.rint(x * (4.0 / turn))
    return x - q * (turn / 4.0), jnp.mod(q, 4.0)


def _sine(x: Any, quadrants: float, turn: float, unit: float) -> Any:
    """sin(x*unit + quadrants*pi/2), where a turn is 2*pi/unit."""
    r, q = _reduce(x, turn)
    q = jnp.mod(q + quadrants, 4.0)
    sine = jnp.where(jnp.abs(r) * (360.0 / turn) == 30.0, jnp.copysign(0.5, r), jnp.sin(r * unit))
    value = jnp.where(q % 2.0 == 1.0, jnp.cos(r * unit), sine)
    return jnp.where(value == 0.0, 0.0, jnp.where(q >= 2.0, -value, value))


def _sind(x: Any) -> Any:
    return _sine(x, 0.0, 360.0, _DEGREE)


def _cosd(x: Any) -> Any:
    return _sine(x, 1.0, 360.0, _DEGREE)


def _tand(x: Any) -> Any:
    r, q = _reduce(x, 360.0)
    t = jnp.where(jnp.abs(r) == 45.0, jnp.copysign(1.0, r), jnp.tan(r * _DEGREE))
    return jnp.where(q % 2.0 == 1.0, jnp.where(r == 0.0, jnp.copysign(jnp.inf, 2.0 - q), -1.0 / t), t)


def _cotd(x: Any) -> Any:
    r, q = _reduce(x, 360.0)
    t = jnp.where(jnp.abs(r) == 45.0, jnp.copysign(1.0, r), jnp.tan(r * _DEGREE))
    return jnp.where(q % 2.0 == 1.0, -t, 1.0 / t)


def _sech(x: Any) -> Any:
    e = jnp.exp(-jnp.abs(x))
    return 2.0 * e / (1.0 + e * e)


def _csch(x: Any) -> Any:
    size = jnp.abs(x)
    return jnp.copysign(-2.0 * jnp.exp(-size) / jnp.expm1(-2.0 * size), x)


def _acoth(x: Any) -> Any:
    return jnp.copysign(0.5 * jnp.log1p(2.0 / (jnp.abs(x) - 1.0)), x)


def _asech(x: Any) -> Any:
    root = jnp.sqrt((1.0 - x) * (1.0 + x))
    return jnp.where(x < 0.5, jnp.log1p(root) - jnp.log(x), jnp.log1p((1.0 - x + root) / x))


def _acsch(x: Any) -> Any:
    size = jnp.abs(x)
    small = jnp.log1p(jnp.sqrt(1.0 + x * x)) - jnp.log(size)
    return jnp.where(size < 0.5, jnp.copysign(small, x), jnp.arcsinh(1.0 / x))


def _erfcx(x: Any) -> Any:
    """exp(x²)·erfc(x); beyond 5 by forty levels of its continued fraction, which settles there to double precision."""
    large = jnp.maximum(x, 5.0)
    fraction = large
    for n in range(40, 0, -1):
        fraction = large + (n / 2.0) / fraction
    return jnp.where(x > 5.0, 1.0 / (fraction * np.sqrt(np.pi)), jnp.exp(jnp.minimum(x, 5.0) ** 2) * special.erfc(jnp.minimum(x, 5.0)))


def _powi(x: Any, n: int) -> Any:
    return lax.integer_pow(x, n) if abs(n) < 2**31 else jnp.power(x, float(n))


@cache
def functions() -> Mapping[str, Callable[..., Any]]:
    """The function of each primitive."""
    return {
        "add": jnp.add,
        "sub": jnp.subtract,
        "mul": jnp.multiply,
        "div": jnp.divide,
        "neg": jnp.negative,
        "powi": _powi,
        "pow": jnp.power,
        "reciprocal": lambda x: 1.0 / x,
        "square": jnp.square,
        "sqrt": jnp.sqrt,
        "cbrt": jnp.cbrt,
        "hypot": jnp.hypot,
        "exp": jnp.exp,
        "exp2": jnp.exp2,
        "exp10": lambda x: jnp.power(10.0, x),
        "expm1": jnp.expm1,
        "log": jnp.log,
        "log2": jnp.log2,
        "log10": jnp.log10,
        "log1p": jnp.log1p,
        "sin": jnp.sin,
        "cos": jnp.cos,
        "tan": jnp.tan,
        "cot": lambda x: 1.0 / jnp.tan(x),
        "sec": lambda x: 1.0 / jnp.cos(x),
        "csc": lambda x: 1.0 / jnp.sin(x),
        "asin": jnp.arcsin,
        "acos": jnp.arccos,
        "atan": jnp.arctan,
        "atan2": _atan2,
        "acot": _acot,
        "asec": _asec,
        "acsc": _acsc,
        "sinpi": lambda x: _sine(x, 0.0, 2.0, np.pi),
        "cospi": lambda x: _sine(x, 1.0, 2.0, np.pi),
        "deg2rad": lambda x: x * _DEGREE,
        "rad2deg": lambda x: x * (180.0 / np.pi),
        "sind": _sind,
        "cosd": _cosd,
        "tand": _tand,
        "cotd": _cotd,
        "secd": lambda x: 1.0 / _cosd(x),
        "cscd": lambda x: 1.0 / _sind(x),
        "asind": lambda x: jnp.arcsin(x) * (180.0 / np.pi),
        "acosd": lambda x: jnp.arccos(x) * (180.0 / np.pi),
        "atand": lambda x: jnp.arctan(x) * (180.0 / np.pi),
        "acotd": lambda x: _acot(x) * (180.0 / np.pi),
        "asecd": lambda x: _asec(x) * (180.0 / np.pi),
        "acscd": lambda x: _acsc(x) * (180.0 / np.pi),
        "sinh": jnp.sinh,
        "cosh": jnp.cosh,
        "tanh": jnp.tanh,
        "coth": lambda x: 1.0 / jnp.tanh(x),
        "sech": _sech,
        "csch": _csch,
        "asinh": jnp.arcsinh,
        "acosh": jnp.arccosh,
        "atanh": jnp.arctanh,
        "acoth": _acoth,
        "asech": _asech,
        "acsch": _acsch,
        "sigmoid": _sigmoid,
        "softplus": _softplus,
        "logaddexp": jnp.logaddexp,
        "erf": special.erf,
        "erfc": special.erfc,
        "erfcx": _erfcx,
        "abs": jnp.abs,
        "sign": jnp.sign,
        "relu": lambda x: jnp.maximum(x, 0.0),
        "max": jnp.maximum,
        "min": jnp.minimum,
        "floor": jnp.floor,
        "ceil": jnp.ceil,
        "trunc": jnp.trunc,
    }
