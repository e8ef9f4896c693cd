"""Normal forms of special functions: what their recurrences and reflections say.

* log Γ(v + k) = log Γ(v) + Σ log|v + i|, ψ(v + k) = ψ(v) + Σ 1/(v + i), ψ⁽ᵐ⁾(v + k) = ψ⁽ᵐ⁾(v) + (-1)ᵐ m! Σ 1/(v + i)ᵐ⁺¹, for i = 0 … k - 1
  (DLMF 5.5.1, 5.5.2, 5.15.5); one atom stands for all arguments that differ by an integer;
* Γ(u) = exp(log Γ(u)) for u > 0;
* Bessel functions C of orders that differ by integers are combinations of two of them by their three-term recurrences
  (DLMF 10.6.1, 10.29.1).

These identities are cited, not proved here: a certificate that uses one lists it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import factorial
from typing import Any

from micrograd.prove.normal.cell import Terms
from micrograd.prove.normal.exponentials import exponential, logarithm
from micrograd.prove.normal.opaque import maker, opaque
from micrograd.prove.normal.ring import Element
from micrograd.prove.normal.rule import Rule, Rules, Step
from micrograd.prove.normal.signs import NONZERO, POSITIVE, ZERO
from micrograd.verified.expr import Expr

MAX_SHIFT = 64


def _neighbours(n: Terms, kind: str, first: Element, *others: Element) -> Iterator[tuple[int, int]]:
    """The generators of a kind whose first argument differs from this one by an integer, with equal others; and the distance from there."""
    for i, atom in n.of_kind(kind):
        if not all(a == b for a, b in zip(atom.arguments[1:], others, strict=True)):
            continue
        distance = (first - atom.arguments[0]).number()
        if distance is not None and distance.denominator == 1 and abs(distance) <= MAX_SHIFT:
            yield i, int(distance)


def _small_positive(u: Element) -> int:
    """The number that u is, if it is a positive integer and not too large, else 0."""
    number = u.number()
    return int(number) if number is not None and number.denominator == 1 and 0 < number <= MAX_SHIFT else 0


# --- the gamma function ----------------------------------------------------------------------------------------------


def _shifted(n: Terms, kind: str, u: Element, make: Callable[[Expr], Expr], step: Callable[[Terms, Element], Element]) -> Element:
    """The atom of an argument that differs from u by an integer, and the steps from there: f(v + 1) = f(v) + step(v)."""
    for i, distance in _neighbours(n, kind, u):
        total, v = n.element(i), n.atoms[i].arguments[0]
        for _ in range(distance):
            total = total + step(n, v)
            v = v + n.one
        for _ in range(-distance):
            v = v - n.one
            total = total - step(n, v)
        return total
    return opaque(n, kind, (u,), make)


def _lgamma(n: Terms, node: Any, u: Element) -> Element:
    if k := _small_positive(u):
        return logarithm(n, n.number(factorial(k - 1)))
    return _shifted(n, "lgamma", u, maker("lgamma"), logarithm)


def _gamma(n: Terms, node: Any, u: Element) -> Element:
    if k := _small_positive(u):
        return n.number(factorial(k - 1))
    if n.know.of(u) == POSITIVE:
        return exponential(n, _lgamma(n, node, u))
    for i, distance in _neighbours(n, "gamma", u):
        total, v = n.element(i), n.atoms[i].arguments[0]
        for _ in range(distance):
            total, v = total * v, v + n.one
        for _ in range(-distance):
            v = v - n.one
            total = total * v.inverse()
        return total
    return opaque(n, "gamma", (u,), maker("gamma"))


def _digamma(n: Terms, node: Any, u: Element) -> Element:
    return _shifted(n, "digamma", u, maker("digamma"), lambda n, v: v.inverse())


def _trigamma(n: Terms, node: Any, u: Element) -> Element:
    return _shifted(n, "trigamma", u, maker("trigamma"), lambda n, v: -(v**-2))


def _polygamma(n: Terms, node: Any, order: Element, u: Element) -> Element:
    m = order.number()
    if m in (0, 1):
        return _trigamma(n, node, u) if m else _digamma(n, node, u)
    make = maker("polygamma")
    if m is None or m.denominator != 1 or not 1 < m <= MAX_SHIFT:
        return opaque(n, "polygamma", (order, u), make)
    k = int(m)
    factor = Fraction(factorial(k) * (-1) ** k)
    return _shifted(n, f"polygamma {k}", u, lambda v: make(n.express(order), v), lambda n, v: (v ** -(k + 1)).scaled(factor))


# --- Bessel functions ------------------------------------------------------------------------------------------------

_BESSEL = {"besselj": (1, -1), "bessely": (1, -1), "besseli": (-1, 1), "besselk": (1, 1)}
"""(a, b) of C(n + 1) = a·(2n/x)·C(n) + b·C(n - 1)."""


def _bessel(name: str) -> Step:
    recurrence = _BESSEL[name]

    def step(n: Terms, node: Any, order: Element, x: Element) -> Element:
        if not x:
            return _bessel_at_zero(n, name, order, x)
        for i, distance in _neighbours(n, name, order, x):
            if not distance:
                return n.element(i)
            if 0 in n.know.of(x) and n.decide(x, ZERO):
                return _bessel_at_zero(n, name, order, x)
            return _climb(n, name, i, distance, recurrence)
        return opaque(n, name, (order, x), maker(name))

    return step


def _bessel_at_zero(n: Terms, name: str, order: Element, x: Element) -> Element:
    """C(0): the recurrences divide by the argument.  J and I are 1 there for order 0, and 0 for other orders that have a value."""
    if name not in ("besselj", "besseli"):
        return opaque(n, name, (order, x), maker(name))
    return n.one if n.decide(order, ZERO) else n.zero


def _climb(n: Terms, name: str, start: int, steps: int, recurrence: tuple[int, int]) -> Element:
    """C some steps above a generator's order, from the generator and its neighbour above."""
    a, b = recurrence
    order, x = n.atoms[start].arguments
    low, high = n.element(start), opaque(n, f"{name} next", (order, x), lambda o, z: maker(name)(o + 1, z))
    while steps > 1:
        order = order + n.one
        low, high = high, (order * x.inverse() * high).scaled(2 * a) + low.scaled(b)
        steps -= 1
    while steps < 0:
        # C(n - 1) = (C(n + 1) - a·(2n/x)·C(n))/b
        low, high = (high - (order * x.inverse() * low).scaled(2 * a)).scaled(Fraction(1, b)), low
        order = order - n.one
        steps += 1
        if steps == 0:
            return low
    return high


# --- others ----------------------------------------------------------------------------------------------------------


def _expint(n: Terms, node: Any, order: Element, x: Element) -> Element:
    """E(0) = exp(-x)/x; E(n + 1) = (exp(-x) - x·E(n))/n, n not 0, from the atom of an order that differs by an integer.

    The function has values for x > 0 only, so x is not 0.
    """
    if not order:
        return exponential(n, -x) * x.inverse()
    for i, distance in _neighbours(n, "expint", order, x):
        value, at = n.element(i), n.atoms[i].arguments[0]
        if not all(n.decide(at + n.number(k), NONZERO) for k in range(distance)):
            continue  # the way there passes order 0, where the recurrence says nothing about the next one
        for _ in range(distance):
            value, at = (exponential(n, -x) - x * value) * at.inverse(), at + n.one
        for _ in range(-distance):
            at = at - n.one
            value = (exponential(n, -x) - at * value) * x.inverse()
        return value
    return opaque(n, "expint", (order, x), maker("expint"))


def _lambertw(n: Terms, node: Any, u: Element) -> Element:
    """Lambert's W on its principal branch: W > -1 inside of its domain, with the sign of u."""
    if not u:
        return n.zero
    known = len(n.atoms)
    result = opaque(n, "lambertw", (u,), maker("lambertw"))
    if len(n.atoms) > known:
        n.know.learn(result + n.one, POSITIVE)
        signs = n.know.of(u)
        if len(signs) == 1:
            n.know.learn(result, signs)
    return result


def _cited(step: Step, theorems: str) -> Rule:
    """A rule that assumes that the function has a value."""
    return Rule(step, theorems, total=False)


RULES: Rules = {
    "lgamma": _cited(_lgamma, "lgamma lgamma_up lgamma_down lgamma_anywhere lgamma_number"),
    "gamma": _cited(_gamma, "gamma gamma_up gamma_down gamma_number"),
    "digamma": _cited(_digamma, "digamma digamma_up digamma_down"),
    "trigamma": _cited(_trigamma, "trigamma trigamma_up trigamma_down"),
    "polygamma": _cited(_polygamma, "polygamma polygamma_0 polygamma_1 polygamma_2_up polygamma_3_down"),
    "expint": _cited(_expint, "expint expint_0 expint_up expint_up_2 expint_down"),
    "lambertw": _cited(_lambertw, "lambertw lambertw_zero"),
    **{name: _cited(_bessel(name), f"{name} {name}_up {name}_up_2 {name}_up_3 {name}_down {name}_down_2") for name in _BESSEL},
}
"""By primitive; what the registry does not have is never asked for."""
