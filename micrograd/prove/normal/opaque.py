"""Functions without a definition: one atom for each distinct argument; of odd functions, up to the sign.

Of atan and erf Z3 is told bounds and the sign: |atan u| < 8/5, |erf u| < 1, and both have the sign of u.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from micrograd.prove.normal.cell import Atom, Terms
from micrograd.prove.normal.ring import Element
from micrograd.prove.normal.rule import Rule, Rules
from micrograd.verified.expr import HEADS, Expr, build

ODD = {"atan": Fraction(8, 5), "erf": Fraction(1)}
"""Odd functions with the sign of their argument: a bound."""


def maker(name: str) -> Callable[..., Expr]:
    """What makes expressions with a function."""
    return lambda *arguments: build(HEADS[name], *arguments)


def opaque(n: Terms, kind: str, arguments: tuple[Element, ...], make: Callable[..., Expr]) -> Element:
    """A term of which nothing is known but its arguments."""
    if kind in ODD and arguments[0].num.leading_coefficient() < 0:
        return -opaque(n, kind, (-arguments[0],), make)
    for i, atom in n.of_kind(kind):
        if all(a == b for a, b in zip(atom.arguments, arguments, strict=True)):
            return n.element(i)
        if kind in ODD and atom.arguments[0] == -arguments[0]:  # with roots, equal fractions may begin with other signs
            return -n.element(i)
    index = n.generator(Atom(kind, make(*[n.express(a) for a in arguments]), arguments))
    if kind in ODD:
        n.know.background.append(lambda: _odd_facts(n, index, ODD[kind]))
    return n.element(index)


def _odd_facts(n: Terms, index: int, bound: Fraction) -> list[Any]:
    z = n.know.real(index)
    value, defining = n.for_z3(n.atoms[index].arguments[0])
    return [*defining, z < bound, z > -bound, (value > 0) == (z > 0), (value < 0) == (z < 0)]


RULES: Rules = {"erf": Rule(lambda n, node, u: opaque(n, "erf", (u,), maker("erf")), "erf erf_odd")}
