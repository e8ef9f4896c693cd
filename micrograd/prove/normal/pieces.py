"""Signs and integer parts: |u| is u or -u; floor(u) is one atom for all u that differ by an integer, and floor(-u) is expressed by it."""

from __future__ import annotations

from typing import Any

from micrograd.prove.normal.cell import Atom, Terms
from micrograd.prove.normal.ring import Element
from micrograd.prove.normal.rule import Rule, Rules
from micrograd.prove.normal.signs import NONNEGATIVE, NONPOSITIVE, POSITIVE, ZERO
from micrograd.verified.functions import floor


def _absolute(n: Terms, node: Any, u: Element) -> Element:
    signs = n.know.of(u)
    if signs <= NONNEGATIVE:
        return u
    if signs <= NONPOSITIVE:
        return -u
    return u if n.decide(u, NONNEGATIVE) else -u


def _floor(n: Terms, node: Any, u: Element) -> Element:
    number = u.number()
    if number is not None:
        return n.number(number.numerator // number.denominator)
    if u.num.leading_coefficient() < 0:
        below = _floor(n, node, -u)
        whole = n.decide(-u - below, ZERO)
        return -below if whole else -below - n.one
    for i, atom in n.of_kind("floor"):
        distance = (u - atom.arguments[0]).number()
        if distance is not None and distance.denominator == 1:
            return n.element(i) + n.number(distance)
    result = n.element(n.generator(Atom("floor", floor(n.express(u)), (u,))))
    n.know.learn(u - result, NONNEGATIVE)
    n.know.learn(result + n.one - u, POSITIVE)
    return result


RULES: Rules = {
    "abs": Rule(_absolute, "abs"),
    "floor": Rule(_floor, "floor floor_shift floor_opposite floor_number"),
}
