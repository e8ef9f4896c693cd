"""Values of the special functions: rigorous Arb balls, and floats and arrays rounded from them.

The floats are right to the last place but slow (some microseconds each): they come from balls that are narrow enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import flint
from flint import acb, arb

_NAN = arb("nan")
_MAX_BITS = 3000


def _lgamma(x: arb) -> arb:
    """log|Γ(x)|; for x < 0 by reflection: Γ(x)·Γ(1 - x) = π/sin(πx)."""
    if x > 0:
        return x.lgamma()
    if not x.is_finite() or x.contains_integer():
        return _NAN
    return (arb.pi() / abs(arb.sin_pi(x))).log() - (1 - x).lgamma()


def _polygamma(n: arb, x: arb) -> arb:
    if not (n.is_exact() and n.is_integer() and n >= 0) or not x.is_finite() or (not x > 0 and x.contains_integer()):
        return _NAN
    return acb(x).polygamma(acb(n)).real if n > 0 else x.digamma()


def _log_beta(a: arb, b: arb) -> arb:
    return a.lgamma() + b.lgamma() - (a + b).lgamma() if a > 0 and b > 0 else _NAN


def _bessel(name: str) -> Callable[[arb, arb], arb]:
    method = getattr(arb, name)
    return lambda n, x: method(x, n) if x > 0 else _NAN


def _expint(n: arb, x: arb) -> arb:
    return x.expint(n) if x > 0 else _NAN


def _ndtri(p: arb) -> arb:
    return arb(2).sqrt() * (2 * p - 1).erfinv() if p > 0 and p < 1 else _NAN


def _owens_t(h: arb, a: arb) -> arb:
    if not (h.is_finite() and a.is_finite()):
        return _NAN
    square = acb(h * h / 2)

    def integrand(t: acb, analytic: bool) -> acb:
        scaled = 1 + (acb(a) * t) ** 2
        return (-square * scaled).exp() / scaled

    total = acb.integral(integrand, 0, 1)
    return a * total.real / (2 * arb.pi())


def _gamma_upper(a: arb, x: arb) -> arb:
    return x.gamma_upper(a, regularized=1) if a > 0 and x > 0 else _NAN


def _gamma_lower(a: arb, x: arb) -> arb:
    return x.gamma_lower(a, regularized=1) if a > 0 and x > 0 else _NAN


def _betainc(a: arb, b: arb, c: arb) -> arb:
    return c.beta_lower(a, b, regularized=1) if a > 0 and b > 0 and c > 0 and c < 1 else _NAN


ARB: Mapping[str, Callable[..., arb]] = {
    "gamma": lambda x: x.gamma(),
    "lgamma": _lgamma,
    "digamma": lambda x: x.digamma(),
    "trigamma": lambda x: _polygamma(arb(1), x),
    "polygamma": _polygamma,
    "betaln": _log_beta,
    "beta": lambda a, b: _log_beta(a, b).exp(),
    "airyai": lambda x: x.airy_ai(),
    "airyaiprime": lambda x: x.airy_ai(derivative=1),
    "airybi": lambda x: x.airy_bi(),
    "airybiprime": lambda x: x.airy_bi(derivative=1),
    "besselj": _bessel("bessel_j"),
    "bessely": _bessel("bessel_y"),
    "besseli": _bessel("bessel_i"),
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


def _rounded(name: str) -> Callable[..., float]:
    function = ARB[name]

    def apply(*arguments: Any) -> float:
        floats = [float(a) for a in arguments]
        if any(not math.isfinite(a) for a in floats):
            return math.nan
        old = flint.ctx.prec
        try:
            bits = 80
            while bits <= _MAX_BITS:
                flint.ctx.prec = bits
                value = function(*[arb(a) for a in floats])
                if value.is_finite() and (value.rel_accuracy_bits() > 55 or value.is_zero()):
                    return float(value.mid())
                if not value.is_finite() and bits > 500:
                    return math.nan
                bits *= 3
            return math.nan
        except OverflowError:
            return math.inf if value > 0 else -math.inf
        finally:
            flint.ctx.prec = old

    return apply


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


def sympy_functions() -> Mapping[str, Callable[..., Any]]:
    """The functions that SymPy has."""
    import sympy

    normal = sympy.sqrt(2)
    return {
        "gamma": sympy.gamma,
        "lgamma": lambda x: sympy.log(sympy.Abs(sympy.gamma(x))),
        "digamma": sympy.digamma,
        "trigamma": sympy.trigamma,
        "polygamma": sympy.polygamma,
        "betaln": lambda a, b: sympy.log(sympy.beta(a, b)),
        "beta": sympy.beta,
        "airyai": sympy.airyai,
        "airyaiprime": sympy.airyaiprime,
        "airybi": sympy.airybi,
        "airybiprime": sympy.airybiprime,
        "besselj": sympy.besselj,
        "bessely": sympy.bessely,
        "besseli": sympy.besseli,
        "besselk": sympy.besselk,
        "expint": sympy.expint,
        "fresnels": sympy.fresnels,
        "fresnelc": sympy.fresnelc,
        "lambertw": sympy.LambertW,
        "ndtri": lambda p: normal * sympy.erfinv(2 * p - 1),
        "gammainc": lambda a, x: sympy.lowergamma(a, x) / sympy.gamma(a),
        "gammaincc": lambda a, x: sympy.uppergamma(a, x) / sympy.gamma(a),
    }
