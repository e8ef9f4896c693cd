"""Roots: |p|^(1/m) of an irreducible polynomial p is one generator R for all orders m, with the relation R^order = ±p."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm
from typing import Any

from micrograd.prove import solver
from micrograd.prove.limits import shown
from micrograd.prove.normal.cell import Atom, Terms
from micrograd.prove.normal.ring import MAX_POWER, Element, TooLarge
from micrograd.prove.normal.signs import MAX_DEGREE, NONNEGATIVE, POSITIVE


def root(n: Terms, p: Any, m: int) -> Element:
    """|p|^(1/m) for an irreducible p."""
    if m > MAX_POWER:
        raise TooLarge(f"a root of order {shown(m)}")
    for i, atom in n.of_kind("root"):
        if atom.polynomial == p:
            if atom.order % m:
                raise n.plan.divide(atom.key, lcm(atom.order, m))
            return n.element(i) ** (atom.order // m)
    sign = n.weak(p)
    inner = n.to_expression(p * sign)
    key = f"root {inner}"
    order = lcm(m, n.plan.parts.get(key, m))
    signs = NONNEGATIVE if 0 in n.know.quick(p) else POSITIVE
    index = n.generator(Atom("root", inner ** Fraction(1, order), polynomial=p, order=order, key=key), signs)
    n.ring.relate(index, order, p * sign)

    def facts() -> Iterable[Any]:
        z, value = n.know.real(index), n.know.translate(p)
        size = solver.absolute(value)
        return [z >= 0, n.know.session().product([z] * order) == size] if order <= MAX_DEGREE else [z >= 0]

    n.know.background.append(facts)
    return n.element(index) ** (order // m)
