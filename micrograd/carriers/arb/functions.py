"""Primitives over Arb balls: rigorous enclosures at the precision of ``flint.ctx``.

`FUNCTIONS` maps the name of a primitive to its function, balls to a ball; ``powi`` takes an int as its exponent.  Primitives that are
left out are enclosed by their definition (`micrograd.carriers.arb.carrier`).  For all points of the argument balls the value lies in the
result.  Where the function is undefined somewhere in the balls, or where that cannot be told at this precision, the result is the ball that
is not a number.

Angles in degrees that are exact are reduced as rational numbers, so that ``sind(180)`` is exactly 0 and ``tand(90)`` undefined.
Where a formula would lose the domain or the accuracy to rounding (asec just above 1, erfcx of a wide ball, log_ndtr near 0), another one
that is equal there is used; erfcx, log_ndtr, trunc and cbrt are monotone, and a wide ball is enclosed by the values at its ends.

Trust: Arb, as python-flint calls it, and the identities in this file.

References: F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic (2017); DLMF 7.11.5, 13.6.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import flint
from flint import arb

from micrograd.carriers.arb.precision import precision

_UNDEFINED = arb("nan")
_ONE = arb(1)
_LONGEST_EXPONENT = arb(2) ** 20000
"""Larger exact integers are not written out."""


def _ends(function: Callable[[arb], arb]) -> Callable[[arb], arb]:
    """A monotone function of a ball, from its values at exact arguments."""

    def apply(x: arb) -> arb:
        if x.is_exact() or not x.is_finite():
            return function(x)
        return function(x.lower()).union(function(x.upper()))

    return apply


# Arithmetic, powers and roots


def _abs(x: arb) -> arb:
    return arb(0).union(x.abs_upper()) if not x.is_exact() and x.contains(0) else abs(x)


def _square(x: arb) -> arb:
    return arb(0).union(x.abs_upper() ** 2) if not x.is_exact() and x.contains(0) else x * x


def _powi(x: arb, n: int) -> arb:
    if not x.is_finite():
        return _UNDEFINED
    if n == 0:
        return _ONE
    exponent = arb(flint.fmpz(n))
    if n < 0 or x.is_exact() or not x.contains(0):
        return x**exponent
    if n % 2:
        return (x.lower() ** exponent).union(x.upper() ** exponent)
    return arb(0).union(x.abs_upper() ** exponent)


def _pow(x: arb, y: arb) -> arb:
    if y.is_integer() and abs(y) < _LONGEST_EXPONENT:
        return _powi(x, int(y.unique_fmpz()))
    if x.is_finite() and y > 0 and x.contains(0) and x.lower() >= 0:
        return x if x.is_zero() else arb(0).union(x.upper() ** y)
    return x**y if x > 0 else _UNDEFINED


@_ends
def _cbrt(x: arb) -> arb:
    if x.is_zero():
        return x
    return x.root(3) if x > 0 else -(-x).root(3)


def _hypot(x: arb, y: arb) -> arb:
    total = _square(x) + _square(y)
    if total > 0 or total.is_exact():
        return total.sqrt()
    return arb(0).union(total.upper().sqrt()) if total.is_finite() else _UNDEFINED


# Exponentials and logarithms


def _sigmoid(x: arb) -> arb:
    if x < -(2**20):
        e = x.exp()
        return e / (1 + e)
    return 1 / (1 + (-x).exp())


def _softplus(x: arb) -> arb:
    return x + (-x).exp().log1p() if x > 0 else x.exp().log1p()


def _logaddexp(x: arb, y: arb) -> arb:
    if not (x.is_finite() and y.is_finite()):
        return _UNDEFINED
    if y.mid() > x.mid():
        x, y = y, x
    m = x.mid()
    return m + ((x - m).expm1() + (y - m).exp()).log1p()


# Trigonometric functions and inverses


def _root_of_square_minus_one(x: arb) -> arb:
    return ((x - 1) * (x + 1)).sqrt()


def _atan2(y: arb, x: arb) -> arb:
    if not (x.is_finite() and y.is_finite()) or (x.contains(0) and y.contains(0)):
        return _UNDEFINED
    return arb.atan2(y, x)


def _asec(x: arb) -> arb:
    return _atan2(_root_of_square_minus_one(x), _ONE if x > 0 else -_ONE)


def _acsc(x: arb) -> arb:
    angle = _atan2(_ONE, _root_of_square_minus_one(x))
    return angle if x > 0 else -angle


def _rational(x: arb) -> flint.fmpq | None:
    """An exact ball of moderate exponent as a rational number."""
    return x.fmpq() if x.is_exact() and x.is_finite() and abs(x.man_exp()[1]) <= 5000 else None


def _sind(x: arb) -> arb:
    exact = _rational(x)
    return (x / 180).sin_pi() if exact is None else arb.sin_pi_fmpq(exact / 180)


def _cosd(x: arb) -> arb:
    exact = _rational(x)
    return (x / 180).cos_pi() if exact is None else arb.cos_pi_fmpq(exact / 180)


def _tand(x: arb) -> arb:
    return (x / 180).tan_pi() if _rational(x) is None else _sind(x) / _cosd(x)


def _cotd(x: arb) -> arb:
    return (x / 180).cot_pi() if _rational(x) is None else _cosd(x) / _sind(x)


# Hyperbolic functions


def _asech(x: arb) -> arb:
    if not x > 0:
        return _UNDEFINED
    return ((1 - x + ((1 - x) * (1 + x)).sqrt()) / x).log1p()


def _sinc(x: arb) -> arb:
    return x.sinc_pi() if x.contains(0) else x.sin_pi() / (arb.pi() * x)


def _gudermannian(x: arb) -> arb:
    return 2 * (x / 2).tanh().atan()


# Error functions


def _erfcx_at(x: arb) -> arb:
    """erfcx of an exact argument: U(1/2, 1/2, x**2)/sqrt(pi) for x > 0, where exp(x**2) may be too large."""
    if x > 1:
        return (x * x).hypgeom_u(0.5, 0.5) / arb.pi().sqrt()
    if not x > -(2**20):
        return (x * x).exp() * x.erfc()
    with precision(flint.ctx.prec + 60):
        value = (x * x).exp() * x.erfc()
    return +value


_erfcx = _ends(_erfcx_at)


@_ends
def _log_ndtr(x: arb) -> arb:
    """By erfcx below, by the complement above, where each keeps its accuracy."""
    t = x / arb(2).sqrt()
    if x < -1:
        return (_erfcx(-t) / 2).log() - x * x / 2
    return (-t.erfc() / 2).log1p() if x > 1 else ((-t).erfc() / 2).log()


# Piecewise functions


def _remainder(x: arb, y: arb) -> arb:
    """With as many bits more as the quotient has before the point."""
    q = x / y
    if not q.is_finite() or abs(q) > _LONGEST_EXPONENT:
        return _UNDEFINED
    mantissa, exponent = q.abs_upper().man_exp()
    with precision(flint.ctx.prec + max(0, int(mantissa).bit_length() + int(exponent))):
        value = x - y * (x / y).floor()
    return +value


@_ends
def _trunc(x: arb) -> arb:
    return x.floor() if x > 0 else x.ceil()


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "powi": _powi,
    "pow": _pow,
    "square": _square,
    "sqrt": arb.sqrt,
    "cbrt": _cbrt,
    "hypot": _hypot,
    "exp": arb.exp,
    "exp2": lambda x: arb(2) ** x,
    "exp10": lambda x: arb(10) ** x,
    "expm1": arb.expm1,
    "log": arb.log,
    "log2": lambda x: x.log_base(2),
    "log10": lambda x: x.log_base(10),
    "log1p": arb.log1p,
    "sin": arb.sin,
    "cos": arb.cos,
    "tan": arb.tan,
    "cot": arb.cot,
    "sec": arb.sec,
    "csc": arb.csc,
    "asin": arb.asin,
    "acos": arb.acos,
    "atan": arb.atan,
    "atan2": _atan2,
    "asec": _asec,
    "acsc": _acsc,
    "sinpi": arb.sin_pi,
    "cospi": arb.cos_pi,
    "sind": _sind,
    "cosd": _cosd,
    "tand": _tand,
    "cotd": _cotd,
    "secd": lambda x: 1 / _cosd(x),
    "cscd": lambda x: 1 / _sind(x),
    "sinh": arb.sinh,
    "cosh": arb.cosh,
    "tanh": arb.tanh,
    "coth": arb.coth,
    "sech": arb.sech,
    "csch": arb.csch,
    "asinh": arb.asinh,
    "acosh": arb.acosh,
    "atanh": arb.atanh,
    "asech": _asech,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "logaddexp": _logaddexp,
    "sinc": _sinc,
    "gudermannian": _gudermannian,
    "log_ndtr": _log_ndtr,
    "log_sigmoid": lambda x: -_softplus(-x),
    "erf": arb.erf,
    "erfc": arb.erfc,
    "erfcx": _erfcx,
    "abs": _abs,
    "relu": lambda x: x.max(arb(0)),
    "max": arb.max,
    "min": arb.min,
    "floor": arb.floor,
    "remainder": _remainder,
    "trunc": _trunc,
}
"""The function of each primitive that its definition would enclose less well, or too slowly."""
