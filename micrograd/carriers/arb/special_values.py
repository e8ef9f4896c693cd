"""Values of the special functions: rigorous Arb balls, and floats and arrays rounded from them.

The floats are right to the last place but slow (some microseconds each): they come from balls that are narrow enough.  So do the
values of expressions in which special functions occur: as a whole, since their derivatives cancel and overflow where operations are
rounded one by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import flint
from flint import acb, arb

from micrograd.carriers.arb.precision import precision
from micrograd.verified.errors import MicrogradError

_NAN = arb("nan")
_ONE = arb(1)
_MAX_BITS = 3000


def _lgamma(x: arb) -> arb:
    """log|Γ(x)|; for x < 0 by reflection: Γ(x)·Γ(1 - x) = π/sin(πx)."""
    if x > 0:
        return x.lgamma()
    if not x.is_finite() or x.contains_integer():
        return _NAN
    return (arb.pi() / abs(arb.sin_pi(x))).log() - (1 - x).lgamma()


def _moderate(limit: float, *parameters: arb) -> bool:
    """Whether Arb's sums are of a length that ends: they grow with some parameters, and nothing interrupts them."""
    return all(abs(p) < limit for p in parameters)


def _trigamma(x: arb) -> arb:
    return _polygamma(_ONE, x)


def _polygamma(n: arb, x: arb) -> arb:
    if not _moderate(2**20, n):
        return _NAN
    if not (n.is_exact() and n.is_integer() and n >= 0) or not x.is_finite() or (not x > 0 and x.contains_integer()):
        return _NAN
    if n > 0 and x < 0 and n < 1000:
        return _reflected_polygamma(int(n.unique_fmpz()), x)
    return acb(x).polygamma(acb(n)).real if n > 0 else x.digamma()


def _reflected_polygamma(n: int, x: arb) -> arb:
    """For x < 0, DLMF 5.15.6: the n-th derivative of ψ(1 - x) - ψ(x) = π·cot(πx)."""
    cotangent = flint.arb_series([x, 1], n + 1).cot_pi()
    slope = arb.pi() * cotangent[n] * flint.fmpz(math.factorial(n))
    return (-1) ** n * acb(1 - x).polygamma(acb(n)).real - slope


def _log_beta(a: arb, b: arb) -> arb:
    return a.lgamma() + b.lgamma() - (a + b).lgamma() if a > 0 and b > 0 else _NAN


def _bessel(name: str) -> Callable[[arb, arb], arb]:
    method = getattr(arb, name)
    return lambda n, x: method(x, n) if x > 0 and _moderate(2**24, n) else _NAN


def _entire_bessel(name: str) -> Callable[[arb, arb], arb]:
    """J or I: of integer order on the whole line; of other orders for x > 0, and 0 at 0 where the order is positive."""
    method = getattr(arb, name)

    def value(n: arb, x: arb) -> arb:
        if not _moderate(2**24, n) or not x.is_finite():
            return _NAN
        if x > 0 or (n.is_exact() and n.is_integer()):
            return method(x, n)
        return arb(0) if x.is_zero() and n > 0 else _NAN

    return value


def _expint(n: arb, x: arb) -> arb:
    return x.expint(n) if x > 0 and _moderate(2**30, n) else _NAN


def _ndtri(p: arb) -> arb:
    if not (p > 0 and p < 1):
        return _NAN
    return arb(2).sqrt() * (-(2 * p).erfcinv() if p < 0.5 else (2 * p - 1).erfinv())


def _owens_t(h: arb, a: arb) -> arb:
    """Owen's T: exp(-h²/2)·∫ a·exp(-(a·h·t)²/2)/(1 + (a·t)²) dt/(2π) from 0 to 1.

    For |a| > 1 by T(h, a) = (Q(h) + Q(k))/2 - Q(h)·Q(k) - T(k, 1/a) with k = a·h >= 0 and Q the upper tail of the normal law.
    """
    if not (h.is_finite() and a.is_finite()):
        return _NAN
    if a < -1:
        return -_owens_t(h, -a)
    if a > 1 and (h >= 0 or h < 0):
        low, high = abs(h), a * abs(h)
        p, q = ((x / arb(2).sqrt()).erfc() / 2 for x in (low, high))
        return (p + q) / 2 - p * q - _owens_t(high, 1 / a)
    scale = acb(a)
    rate = acb(h * h / 2)

    def integrand(t: acb, analytic: bool) -> acb:
        square = (scale * t) ** 2
        return (-rate * square).exp() / (1 + square)

    total = acb.integral(integrand, 0, 1)
    return a * (-h * h / 2).exp() * total.real / (2 * arb.pi())


def _gamma_upper(a: arb, x: arb) -> arb:
    return x.gamma_upper(a, regularized=1) if a > 0 and x > 0 else _NAN


def _gamma_lower(a: arb, x: arb) -> arb:
    if x > a / 2:
        return 1 - _gamma_upper(a, x)
    return x.gamma_lower(a, regularized=1) if a > 0 and x > 0 else _NAN


def _betainc(a: arb, b: arb, c: arb) -> arb:
    """By the symmetry of a and b, DLMF 8.17.4, above the mean."""
    if not (a > 0 and b > 0 and c > 0 and c < 1 and _moderate(2**24, a, b)):
        return _NAN
    if c * (a + b) > a:
        return 1 - (1 - c).beta_lower(b, a, regularized=1)
    return c.beta_lower(a, b, regularized=1)


ARB: Mapping[str, Callable[..., arb]] = {
    "gamma": lambda x: x.gamma(),
    "lgamma": _lgamma,
    "digamma": lambda x: x.digamma(),
    "trigamma": _trigamma,
    "polygamma": _polygamma,
    "betaln": _log_beta,
    "beta": lambda a, b: _log_beta(a, b).exp(),
    "airyai": lambda x: x.airy_ai(),
    "airyaiprime": lambda x: x.airy_ai(derivative=1),
    "airybi": lambda x: x.airy_bi(),
    "airybiprime": lambda x: x.airy_bi(derivative=1),
    "besselj": _entire_bessel("bessel_j"),
    "bessely": _bessel("bessel_y"),
    "besseli": _entire_bessel("bessel_i"),
    "besselk": _bessel("bessel_k"),
    "expint": _expint,
    "fresnels": lambda x: arb.fresnel_s(x),
    "fresnelc": lambda x: arb.fresnel_c(x),
    "lambertw": lambda x: x.lambertw() if x > -(arb(-1).exp()) else _NAN,
    "ndtri": _ndtri,
    "owens_t": _owens_t,
    "gammainc": _gamma_lower,
    "gammaincc": _gamma_upper,
    "betainc": _betainc,
}
"""Enclosures at the precision of ``flint.ctx``; NaN outside of the domain or where it cannot be told."""


_LIMITS: Mapping[str, Mapping[float, float]] = {
    "gamma": {math.inf: math.inf},
    "lgamma": {math.inf: math.inf},
    "digamma": {math.inf: math.inf},
    "trigamma": {math.inf: 0.0},
    "airyai": {math.inf: 0.0, -math.inf: 0.0},
    "airyaiprime": {math.inf: -0.0},
    "airybi": {math.inf: math.inf, -math.inf: 0.0},
    "airybiprime": {math.inf: math.inf},
    "besselj": {math.inf: 0.0},
    "bessely": {math.inf: 0.0},
    "besseli": {math.inf: math.inf},
    "besselk": {math.inf: 0.0},
    "expint": {math.inf: 0.0},
    "fresnels": {math.inf: 0.5, -math.inf: -0.5},
    "fresnelc": {math.inf: 0.5, -math.inf: -0.5},
    "lambertw": {math.inf: math.inf},
    "gammainc": {math.inf: 1.0},
    "gammaincc": {math.inf: 0.0},
}
"""What the functions tend to as their last operand does, the others being finite."""
_NO_LONGER_A_FLOAT = arb(2) ** -1080
_LARGEST = arb(2) ** 1024


def _limit(name: str, operands: list[float]) -> float:
    *parameters, last = operands
    known = _LIMITS.get(name, {}).get(last, math.nan)
    positive = name not in ("gammainc", "gammaincc") or parameters[0] > 0
    return known if positive and all(map(math.isfinite, parameters)) else math.nan


def _rounded(name: str) -> Callable[..., float]:
    function = ARB[name]

    def apply(*arguments: Any) -> float:
        floats = [float(a) for a in arguments]
        if not all(map(math.isfinite, floats)):
            return _limit(name, floats)
        return _nearest(function, floats)

    return apply


def _nearest(function: Callable[..., arb], operands: list[float]) -> float:
    """The value as a float, with as many bits as that takes."""
    bits = 80
    while bits <= _MAX_BITS:
        with precision(bits):
            value = function(*[arb(a) for a in operands])
        if value.is_finite():
            if value.rel_accuracy_bits() > 55 or value.is_zero():
                try:
                    return float(value.mid())
                except OverflowError:
                    return math.inf if value > 0 else -math.inf
            if abs(value) < _NO_LONGER_A_FLOAT:
                return 0.0
        elif bits > 500:
            break
        bits *= 3
    return math.nan


def nearest(expression: Any, env: Mapping[str, float]) -> float | None:
    """The float nearest to the value of an expression at floats; None where balls do not tell (an exact zero, an undecided condition), or
    where they tell that there is no value."""
    from micrograd.carriers.evaluation import evaluate

    balls = {"_": arb(0), **{name: arb(x) for name, x in env.items()}}
    for bits in (80, 240, 720, 2160):
        with precision(bits):
            try:
                value = evaluate(expression, balls)
            except MicrogradError:
                return None
            if value.is_finite() and value.rel_accuracy_bits() > 55:
                return float(value.mid()) if abs(value) < _LARGEST else None
            if value.is_finite() and abs(value) < _NO_LONGER_A_FLOAT and not value.contains(0):
                return 0.0
    return None


FLOAT: Mapping[str, Callable[..., float]] = {name: _rounded(name) for name in ARB}
"""Floats, NaN where there is no value."""


def _on_arrays(name: str) -> Callable[..., Any]:
    function = FLOAT[name]

    def apply(*arguments: Any) -> Any:
        import numpy as np

        result = np.frompyfunc(function, len(arguments), 1)(*arguments)
        kinds = [a.dtype for a in arguments if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
        return np.asarray(result).astype(np.result_type(*kinds) if kinds else np.float64)

    return apply


NUMPY: Mapping[str, Callable[..., Any]] = {name: _on_arrays(name) for name in ARB}
"""Elementwise over arrays."""
