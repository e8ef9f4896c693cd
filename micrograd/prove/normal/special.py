"""Normal forms of special functions: what their recurrences and reflections say.

* log Γ(v + k) = log Γ(v) + Σ log|v + i|, ψ(v + k) = ψ(v) + Σ 1/(v + i), ψ⁽ᵐ⁾(v + k) = ψ⁽ᵐ⁾(v) + (-1)ᵐ m! Σ 1/(v + i)ᵐ⁺¹, for i = 0 … k - 1
  (DLMF 5.5.1, 5.5.2, 5.15.5); one atom stands for all arguments that differ by an integer;
* Γ(u) = exp(log Γ(u)) for u > 0;
* Bessel functions C of orders that differ by integers are combinations of two of them by their three-term recurrences
  (DLMF 10.6.1, 10.29.1).

These identities are cited, not proved here: a theorem that uses one lists it among its axioms.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import factorial
from typing import TYPE_CHECKING, Any

from micrograd.prove.normal.ring import Element
from micrograd.prove.normal.signs import NONZERO, POSITIVE, ZERO
from micrograd.verified.expr import HEADS, Expr, build

if TYPE_CHECKING:
    from micrograd.prove.normal.cell import Normaliser

MAX_SHIFT = 64
Step = Callable[["Normaliser", Element], Element]


def _make(name: str) -> Callable[..., Expr]:
    return lambda *arguments: build(HEADS[name], *arguments)


def _shifted(n: Normaliser, kind: str, u: Element, make: Callable[[Expr], Expr], step: Step) -> Element:
    """The atom of an argument that differs from u by an integer, and the steps from there: f(v + 1) = f(v) + step(v)."""
    for i, atom in enumerate(n.atoms):
        if atom.kind != kind:
            continue
        distance = (u - atom.arguments[0]).number()
        if distance is None or distance.denominator != 1 or abs(distance) > MAX_SHIFT:
            continue
        if distance:
            n.axioms.add("gamma_recurrence")
        total, v = n.element(i), atom.arguments[0]
        for _ in range(int(distance)):
            total = total + step(n, v)
            v = v + n.one
        for _ in range(int(-distance)):
            v = v - n.one
            total = total - step(n, v)
        return total
    return n.opaque(kind, (u,), make)


def _lgamma(n: Normaliser, node: Any, u: Element) -> Element:
    number = u.number()
    if number is not None and number.denominator == 1 and 0 < number <= MAX_SHIFT:
        n.axioms.add("gamma_recurrence")
        return n.logarithm(n.number(factorial(int(number) - 1)))
    return _shifted(n, "lgamma", u, _make("lgamma"), lambda n, v: n.logarithm(v))


def _gamma(n: Normaliser, node: Any, u: Element) -> Element:
    number = u.number()
    if number is not None and number.denominator == 1 and 0 < number <= MAX_SHIFT:
        n.axioms.add("gamma_recurrence")
        return n.number(factorial(int(number) - 1))
    if n.know.of(u) == POSITIVE:
        n.axioms.add("lgamma_def")
        return n.exponential(_lgamma(n, node, u))
    for i, atom in enumerate(n.atoms):
        distance = (u - atom.arguments[0]).number() if atom.kind == "gamma" else None
        if distance is None or distance.denominator != 1 or not abs(distance) <= MAX_SHIFT:
            continue
        n.axioms.add("gamma_recurrence")
        total, v = n.element(i), atom.arguments[0]
        for _ in range(int(distance)):
            total, v = total * v, v + n.one
        for _ in range(int(-distance)):
            v = v - n.one
            total = total * v.inverse()
        return total
    return n.opaque("gamma", (u,), _make("gamma"))


def _digamma(n: Normaliser, node: Any, u: Element) -> Element:
    return _shifted(n, "digamma", u, _make("digamma"), lambda n, v: v.inverse())


def _trigamma(n: Normaliser, node: Any, u: Element) -> Element:
    return _shifted(n, "trigamma", u, _make("trigamma"), lambda n, v: -(v**-2))


def _polygamma(n: Normaliser, node: Any, order: Element, u: Element) -> Element:
    m = order.number()
    if m in (0, 1):
        n.axioms.add("polygamma_def")
        return _trigamma(n, node, u) if m else _digamma(n, node, u)
    if m is None or m.denominator != 1 or not 1 < m <= MAX_SHIFT:
        return n.opaque("polygamma", (order, u), _make("polygamma"))
    k = int(m)
    factor = Fraction(factorial(k) * (-1) ** k)
    make = _make("polygamma")
    return _shifted(n, f"polygamma {k}", u, lambda v: make(n.express(order), v), lambda n, v: (v ** -(k + 1)).scaled(factor))


_BESSEL = {"besselj": (1, -1), "bessely": (1, -1), "besseli": (-1, 1), "besselk": (1, 1)}
"""(a, b) of C(n + 1) = a·(2n/x)·C(n) + b·C(n - 1)."""


def _bessel(name: str) -> Callable[[Normaliser, Any, Element, Element], Element]:
    a, b = _BESSEL[name]

    def evaluate(n: Normaliser, node: Any, order: Element, x: Element) -> Element:
        if not x:
            return at_zero(n, order, x)
        for i, atom in enumerate(n.atoms):
            if atom.kind != name or atom.arguments[1] != x:
                continue
            distance = (order - atom.arguments[0]).number()
            if distance is None or distance.denominator != 1 or abs(distance) > MAX_SHIFT:
                continue
            if not distance:
                return n.element(i)
            if 0 in n.know.of(x) and n.decide(x, ZERO):
                return at_zero(n, order, x)
            return climb(n, atom.arguments[0], x, int(distance), n.element(i))
        return n.opaque(name, (order, x), _make(name))

    def at_zero(n: Normaliser, order: Element, x: Element) -> Element:
        """C(0): the recurrences divide by the argument.  J and I are 1 there for order 0, and 0 for other orders that have a value."""
        if name not in ("besselj", "besseli"):
            return n.opaque(name, (order, x), _make(name))
        n.axioms.add("bessel_recurrence")
        return n.one if n.decide(order, ZERO) else n.zero

    def climb(n: Normaliser, start: Element, x: Element, steps: int, first: Element) -> Element:
        """C(start + steps) from C(start) and its neighbour above."""
        n.axioms.add("bessel_recurrence")
        low, high, order = first, n.opaque(f"{name} next", (start, x), lambda o, z: _make(name)(o + 1, z)), start
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

    return evaluate


def _expint(n: Normaliser, node: Any, order: Element, x: Element) -> Element:
    """E(0) = exp(-x)/x; E(n + 1) = (exp(-x) - x·E(n))/n, n not 0, from the atom of an order that differs by an integer.

    The function has values for x > 0 only, so x is not 0.
    """
    if not order:
        n.axioms.add("expint_recurrence")
        return n.exponential(-x) * x.inverse()
    for i, atom in enumerate(n.atoms):
        if atom.kind != "expint" or atom.arguments[1] != x:
            continue
        distance = (order - atom.arguments[0]).number()
        if distance is None or distance.denominator != 1 or abs(distance) > MAX_SHIFT:
            continue
        if distance:
            n.axioms.add("expint_recurrence")
        value, at = n.element(i), atom.arguments[0]
        if not all(n.decide(at + n.number(k), NONZERO) for k in range(int(distance))):
            continue  # the way there passes by order 0, where the recurrence says nothing of the next
        for _ in range(int(distance)):
            value, at = (n.exponential(-x) - x * value) * at.inverse(), at + n.one
        for _ in range(int(-distance)):
            at = at - n.one
            value = (n.exponential(-x) - at * value) * x.inverse()
        return value
    return n.opaque("expint", (order, x), _make("expint"))


def special_exponential(n: Normaliser, u: Element) -> tuple[Element, Element]:
    """u without its integer multiples of Lambert's W, and exp of these: exp(W(v)) = v/W(v) for v not 0."""
    rest, products = n.split(u, "lambertw")
    factor = n.one
    for q, index in products:
        v = n.atoms[index].arguments[0]
        if q.denominator == 1 and n.decide(v, NONZERO):
            factor = factor * (v * n.element(index).inverse()) ** int(q)
        else:
            rest = rest + n.element(index).scaled(q)
    return rest, factor


def _lambertw(n: Normaliser, node: Any, u: Element) -> Element:
    """Lambert's W on its principal branch: W > -1 inside of its domain, with the sign of u."""
    n.axioms.add("lambertw_def")
    if not u:
        return n.zero
    known = len(n.atoms)
    result = n.opaque("lambertw", (u,), _make("lambertw"))
    if len(n.atoms) > known:
        n.know.learn(result + n.one, POSITIVE)
        signs = n.know.of(u)
        if len(signs) == 1:
            n.know.learn(result, signs)
    return result


SPECIAL: dict[str, Callable[..., Element]] = {
    "lgamma": _lgamma,
    "gamma": _gamma,
    "digamma": _digamma,
    "trigamma": _trigamma,
    "polygamma": _polygamma,
    "expint": _expint,
    "lambertw": _lambertw,
    **{name: _bessel(name) for name in _BESSEL},
}
"""By primitive; what the registry does not have is never asked for."""
