"""Special functions as SymPy expressions, and SymPy's special functions as ours.

The operands are meant to be real.  Some have no name on the other side and go by a definition or an identity: lgamma is log|Γ|, ndtri and
SymPy's erfinv are scaled versions of each other, SymPy's incomplete gamma functions lack the factor 1/Γ(a), and Owen's T is an integral
(which is not read back).  What comes back has the same value wherever both have one.  Ours can be narrower: Bessel functions are
defined here for x > 0 only (those of the first kind of integer order everywhere, of other positive orders at 0 too), and polygamma for
natural n.

References: DLMF 5.2, 7.17, 8.2.4, 8.17.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy import Abs, Dummy, Integer, Integral, exp, log, pi, sqrt

from micrograd.verified.expr import HEADS, Expr, build, choose, compare, constant
from micrograd.verified.heads import GT


def _owens_t(h: Any, a: Any) -> Any:
    t = Dummy("t", real=True)
    return Integral(exp(-(h**2) * (1 + t**2) / 2) / (1 + t**2), (t, 0, a)) / (2 * pi)


TO: Mapping[str, Callable[..., Any]] = {
    "gamma": sympy.gamma,
    "lgamma": lambda x: log(Abs(sympy.gamma(x))),
    "digamma": sympy.digamma,
    "trigamma": sympy.trigamma,
    "polygamma": sympy.polygamma,
    "betaln": lambda a, b: log(sympy.beta(a, b)),
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
    "ndtri": lambda p: sqrt(2) * sympy.erfinv(2 * p - 1),
    "owens_t": _owens_t,
    "gammainc": lambda a, x: sympy.lowergamma(a, x) / sympy.gamma(a),
    "gammaincc": lambda a, x: sympy.uppergamma(a, x) / sympy.gamma(a),
    "betainc": lambda a, b, c: sympy.betainc_regularized(a, b, Integer(0), c),
}
"""The function of each special function."""


def _call(name: str, *operands: Any) -> Any:
    return build(HEADS[name], *operands)


def _polygamma(n: Expr, x: Expr) -> Any:
    name = {constant(0): "digamma", constant(1): "trigamma"}.get(n)
    return _call("polygamma", n, x) if name is None else _call(name, x)


def _betainc(a: Expr, b: Expr, low: Expr, high: Expr) -> Any:
    upper = _call("betainc", a, b, high)
    return upper if low is constant(0) else upper - _call("betainc", a, b, low)


_ROOT = _call("sqrt", constant(2))
_SAME = ("gamma", "beta", "airyai", "airyaiprime", "airybi", "airybiprime", "besselj", "bessely", "besseli", "besselk", "expint",
         "fresnels", "fresnelc")  # fmt: skip
FROM: Mapping[tuple[str, int], Callable[..., Any]] = {
    **{(name, HEADS[name].arity): lambda *parts, name=name: _call(name, *parts) for name in _SAME},
    ("polygamma", 2): _polygamma,
    ("LambertW", 1): lambda x: _call("lambertw", x),
    ("erfinv", 1): lambda y: _call("ndtri", (y + 1) / 2) / _ROOT,
    ("erfcinv", 1): lambda y: -_call("ndtri", y / 2) / _ROOT,
    ("erf2", 2): lambda x, y: _call("erf", y) - _call("erf", x),
    ("lowergamma", 2): lambda a, x: _call("gammainc", a, x) * _call("gamma", a),
    ("uppergamma", 2): lambda a, x: _call("gammaincc", a, x) * _call("gamma", a),
    ("betainc_regularized", 4): _betainc,
    ("betainc", 4): lambda a, b, low, high: _betainc(a, b, low, high) * _call("beta", a, b),
}
"""By SymPy's name and the number of arguments."""


def from_special(node: Any, parts: list[Any]) -> Any:
    """The expression for a special function of SymPy over converted arguments; None if it is not one of these."""
    kind = type(node).__name__
    if kind == "loggamma":
        # Complex for x < 0, where ours is log|Γ|.
        found = _call("lgamma", *parts)
        return found if node.args[0].is_positive else choose(compare(GT, parts[0], constant(0)), found, _UNDEFINED)
    make = FROM.get((kind, len(parts)))
    return None if make is None else make(*parts)


def log_of(argument: Any) -> Any:
    """lgamma(x) for log|Γ(x)| and betaln(a, b) for log B(a, b); None for other arguments."""
    name = argument.head.name
    if name == "abs" and argument.key[1].head.name == "gamma":
        return _call("lgamma", argument.key[1].key[1])
    return _call("betaln", *argument.args) if name == "beta" else None


_UNDEFINED = _call("div", constant(0), constant(0))
