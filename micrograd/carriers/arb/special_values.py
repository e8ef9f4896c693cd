"""The special functions over Arb balls: rigorous enclosures; NaN outside of the domain, or where it cannot be told.

Trust: Arb, as python-flint calls it, and the identities in this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import flint
from flint import acb, arb

_NAN = arb("nan")
_ONE = arb(1)


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


SPECIAL: Mapping[str, Callable[..., arb]] = {
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


LIMITS: Mapping[str, Mapping[float, float]] = {
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
"""What the functions tend to as their last operand does, the others being finite; for floats, which have infinities."""
