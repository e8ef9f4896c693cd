"""Values of special functions for the oracle (`tests.prove.oracle.Numbers`), by mpmath.

Where textbooks differ about an edge (E_n at 0, P(a, 0), a Bessel function of fractional order at 0), `OutOfReach` is raised: no verdict is
judged there.
"""

from __future__ import annotations

from typing import Any

from mpmath import mp

from tests.prove.oracle import Numbers, OutOfReach, Undefined


def _need(condition: Any) -> None:
    if not condition:
        raise Undefined


def _off_poles(n: Numbers, x: Any) -> None:
    _need(not n.whole(x) or (x > 0 and not n.zero(x)))


def _gamma(n: Numbers, x: Any) -> Any:
    _off_poles(n, x)
    return n.c.gamma(x)


def _lgamma(n: Numbers, x: Any) -> Any:
    _off_poles(n, x)
    return n.c.loggamma(x).real if x > 0 else n.c.log(abs(n.c.gamma(x)))


def _polygamma(n: Numbers, order: Any, x: Any) -> Any:
    _need(n.whole(order) and order > -0.5)
    _off_poles(n, x)
    return mp.re(mp.polygamma(int(mp.floor(order + 0.5)), x))


def _betaln(n: Numbers, a: Any, b: Any) -> Any:
    _need(a > 0 and b > 0)
    return _lgamma(n, a) + _lgamma(n, b) - _lgamma(n, a + b)


def _bessel(name: str, first_kind: bool) -> Any:
    def evaluate(n: Numbers, order: Any, x: Any) -> Any:
        if x > 0:
            return mp.re(getattr(mp, name)(order, x))
        if first_kind and n.whole(order):
            return mp.re(getattr(mp, name)(int(mp.floor(order + 0.5)), x))
        raise OutOfReach if first_kind else Undefined

    return evaluate


def _expint(n: Numbers, order: Any, x: Any) -> Any:
    if x <= 0:
        raise Undefined if n.whole(order) and order > (0.5 if x < 0 else -0.5) and order < 1.5 else OutOfReach
    return mp.re(mp.expint(order, x))


def _lambertw(n: Numbers, x: Any) -> Any:
    edge = -mp.exp(-1)
    if n.same(x, edge):
        raise OutOfReach
    _need(x > edge)
    return mp.re(mp.lambertw(x))


def _ndtri(n: Numbers, p: Any) -> Any:
    _need(0 < p < 1)
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def _owens_t(n: Numbers, h: Any, a: Any) -> Any:
    return mp.quad(lambda t: mp.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]) / (2 * mp.pi)


def _incomplete(upper: bool) -> Any:
    def evaluate(n: Numbers, a: Any, x: Any) -> Any:
        if n.zero(x) or n.zero(a):
            raise OutOfReach
        _need(a > 0 and x > 0)
        return mp.gammainc(a, x, regularized=True) if upper else mp.gammainc(a, 0, x, regularized=True)

    return evaluate


def _betainc(n: Numbers, a: Any, b: Any, c: Any) -> Any:
    _need(a > 0 and b > 0)
    if n.zero(c) or n.same(c, 1):
        raise OutOfReach
    _need(0 < c < 1)
    return mp.betainc(a, b, 0, c, regularized=True)


SPECIAL_VALUES = {
    "gamma": _gamma,
    "lgamma": _lgamma,
    "digamma": lambda n, x: _polygamma(n, mp.mpf(0), x),
    "trigamma": lambda n, x: _polygamma(n, mp.mpf(1), x),
    "polygamma": _polygamma,
    "betaln": _betaln,
    "beta": lambda n, a, b: mp.exp(_betaln(n, a, b)),
    "airyai": lambda n, x: mp.airyai(x),
    "airyaiprime": lambda n, x: mp.airyai(x, derivative=1),
    "airybi": lambda n, x: mp.airybi(x),
    "airybiprime": lambda n, x: mp.airybi(x, derivative=1),
    "besselj": _bessel("besselj", True),
    "bessely": _bessel("bessely", False),
    "besseli": _bessel("besseli", True),
    "besselk": _bessel("besselk", False),
    "expint": _expint,
    "fresnels": lambda n, x: mp.fresnels(x),
    "fresnelc": lambda n, x: mp.fresnelc(x),
    "lambertw": _lambertw,
    "ndtri": _ndtri,
    "owens_t": _owens_t,
    "gammainc": _incomplete(False),
    "gammaincc": _incomplete(True),
    "betainc": _betainc,
}
for _name, _value in SPECIAL_VALUES.items():
    setattr(Numbers, f"_{_name}", _value)
