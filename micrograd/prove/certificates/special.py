"""How values of special functions follow from others: recurrences, closed forms, other names."""

from __future__ import annotations

from fractions import Fraction
from math import factorial
from typing import Any

from micrograd.prove.certificates.leaf import Closed, Leaf
from micrograd.prove.normal.ring import Element
from micrograd.prove.normal.signs import NONZERO, POSITIVE, ZERO
from micrograd.prove.verdicts import NoCertificate
from micrograd.verified.expr import HEADS, build
from micrograd.verified.functions import exp
from micrograd.verified.verdicts.special import BESSEL, MAX_SHIFT
from micrograd.verified.wengert import number_text


def special(leaf: Leaf, node: Any, name: str, operands: list[Any], element: Element) -> list[Any]:
    """How the value of a special function follows from others."""
    n, u = leaf.n, operands[-1]
    if name in BESSEL:
        return bessel_hints(leaf, node, name, *operands)
    if name == "expint":
        return expint_hints(leaf, node, *operands)
    if name == "atan" and (not element or (element * n.pi().inverse()).number() is not None):
        turn = (element * n.pi().inverse()).number() or Fraction(0)
        if turn:
            leaf.generator(next(i for i, _ in n.of_kind("pi")))
        if turn.denominator in (3, 6):
            leaf.generator(next(i for i, atom in n.of_kind("root") if atom.polynomial == n.ring.constant(3)))
        return ["turn", number_text(turn)]
    if name == "lambertw" and not u:
        return ["origin", leaf.factored(u)]
    if name == "polygamma" and operands[0].number() in (0, 1):
        return ["same", known(leaf, build(HEADS["trigamma" if operands[0].number() else "digamma"], node.args[1]))]
    whole = u.number()
    if name in ("gamma", "lgamma") and whole is not None and whole.denominator == 1 and 0 < whole <= MAX_SHIFT:
        value = Element(n.ring, n.ring.constant(factorial(int(whole) - 1)), n.ring.one)
        leaf.prepare(value)
        return ["number", leaf.primes(value)]
    if name == "gamma" and n.know.of(u) == POSITIVE:
        logarithm = known(leaf, build(HEADS["lgamma"], node.args[0]))
        leaf.ensure_element(u, POSITIVE)
        leaf.prepare(element)
        leaf.ensure_element(element, POSITIVE)
        return ["exp", logarithm, leaf.factored(u), leaf.factored(element), leaf.primes(element)]
    for atom in n.atoms:
        kind, *order = atom.kind.split()
        if kind == name and (not order or operands[0].number() == int(order[0])):
            distance = (u - atom.arguments[-1]).number()
            if distance is not None and distance.denominator == 1:
                return ["step", known(leaf, atom.expression), steps(leaf, name, u, int(distance))]
    raise NoCertificate(f"a recurrence or a value of {name}")


def known(leaf: Leaf, node: Any) -> int:
    """The place of another term, whose value is written first."""
    leaf.n(node)
    leaf.value(node)
    if leaf.closed:
        raise Closed
    return leaf.draft.place(node)


def steps(leaf: Leaf, name: str, u: Element, distance: int) -> list[Any]:
    """The factors whose logarithms lgamma sums."""
    found = []
    low = u - leaf.n.number(max(distance, 0))
    for i in range(abs(distance) if name == "lgamma" else 0):
        w = low + leaf.n.number(i)
        leaf.prepare(w)
        found.append([leaf.factored(w), leaf.primes(w)])
    return found


def bessel_hints(leaf: Leaf, node: Any, name: str, order: Element, x: Element) -> list[Any]:
    """By two neighbours on the side of those that are known."""
    if not x or leaf.n.know.of(x) == ZERO:
        leaf.ensure_element(x, ZERO)
        leaf.ensure_element(order, ZERO if leaf.n.know.of(order) == ZERO else NONZERO)
        return ["zero", leaf.factored(x), leaf.factored(order)]
    for atom in leaf.n.atoms:
        if atom.kind == name and atom.arguments[1] == x:
            distance = (order - atom.arguments[0]).number()
            if distance is not None and distance.denominator == 1:
                side = -1 if distance > 0 else 1
                n, operand = node.args
                near, far = (known(leaf, build(node.head, n + side * k, operand)) for k in (1, 2))
                leaf.ensure_element(x, NONZERO)
                return ["three", near, far, leaf.factored(x)]
    raise NoCertificate(f"a recurrence of {name}")


def expint_hints(leaf: Leaf, node: Any, order: Element, x: Element) -> list[Any]:
    """By the neighbour on the side of the one that is known."""
    n, operand = node.args
    exponential = known(leaf, exp(-operand))
    if not order:
        return ["expint", exponential]
    for atom in leaf.n.atoms:
        if atom.kind == "expint" and atom.arguments[1] == x:
            distance = (order - atom.arguments[0]).number()
            if distance is not None and distance.denominator == 1:
                neighbour = n - 1 if distance > 0 else n + 1
                near = known(leaf, build(node.head, neighbour, operand))
                divisor = leaf.n.memo[neighbour]
                if distance > 0:
                    leaf.ensure_element(divisor, NONZERO)
                return ["expint", exponential, near, *([leaf.factored(divisor)] if distance > 0 else [])]
    raise NoCertificate("a recurrence of expint")
