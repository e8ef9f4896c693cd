"""What the rules for values need to be told: factored forms, primes, angles, generators."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from micrograd.prove.certificates.leaf import Leaf, arguments_of, defined, head_defined, is_integral_power, stated, unfolds
from micrograd.prove.certificates.special import special
from micrograd.prove.normal.powers import rational_power
from micrograd.prove.normal.ring import Element, coordinates
from micrograd.prove.normal.signs import NEGATIVE, NONNEGATIVE, NONPOSITIVE, NONZERO, POSITIVE, ZERO
from micrograd.prove.verdicts import NoCertificate
from micrograd.verified.expr import CONST, WHERE
from micrograd.verified.verdicts.rules import ODD
from micrograd.verified.wengert import number_text


def hints_for(leaf: Leaf, node: Any, element: Element) -> list[Any]:
    """The hints of the rule for a term."""
    (head, *children), n = node.key, leaf.n
    name = head.name
    operands: list[Any] = [n.memo.get(child) for child in children] if head.arity else []
    if name in ("e", "exp"):
        leaf.prepare(element)
        leaf.ensure_element(element, POSITIVE)
        return [leaf.factored(element), leaf.primes(element)]
    if name == "div":
        leaf.ensure_element(operands[1], NONZERO)
        return [leaf.factored(operands[1])]
    if name in ("sqrt", "cbrt", "pow", "powi") and not is_integral_power(n, node):
        return power_hints(leaf, node, name, operands, element)
    if name == "log":
        leaf.prepare(operands[0])
        leaf.ensure_element(operands[0], POSITIVE)
        return [leaf.factored(operands[0]), leaf.primes(operands[0])]
    if name in ("sin", "cos"):
        return angle_hints(leaf, operands[0])
    if name == "floor":
        return floor_hints(leaf, operands[0], element)
    if name == "abs":
        leaf.ensure_element(operands[0], NONNEGATIVE if element == operands[0] else NONPOSITIVE)
        return [leaf.factored(operands[0])]
    if head is WHERE:
        leaf.decide(node.args[0])
        return []
    if unfolds(head) or name == "pow":
        known = stated(n, node)
        if known is not None:
            leaf.decide(known[1])
            leaf.decide(defined(node))
            return ["stated", known[0]]
        if head.row.within is not None:
            leaf.decide(defined(node))
        return []
    if name in ("add", "sub"):
        return sum_hints(leaf, operands[0], operands[1], element)
    if name in ("var", "const", "pi", "mul", "neg"):
        return []
    return function_hints(leaf, node, name, operands, element)


def sum_hints(leaf: Leaf, a: Element, b: Element, element: Element) -> list[Any]:
    """By what the denominators must be multiplied to be that of the sum, if they divide it."""
    if a.den == b.den:
        return []
    found = [divmod(element.den, part.den) for part in (a, b)]
    return [] if any(not rest.is_zero() for _, rest in found) else [leaf.polynomial(quotient) for quotient, _ in found]


def power_hints(leaf: Leaf, node: Any, name: str, operands: list[Any], element: Element) -> list[Any]:
    """Roots and powers."""
    u = operands[0]
    if name == "pow" and node.args[1].head is not CONST:
        number = operands[1].number()
        if number is not None:
            return ["number", number_text(number), *rational_power_hints(leaf, u, number, element)]
        if leaf.n.know.of(u) == ZERO:
            leaf.ensure_element(u, ZERO)
            leaf.ensure_element(operands[1], ZERO if leaf.n.know.of(operands[1]) == ZERO else POSITIVE)
            return [leaf.factored(u), leaf.factored(operands[1])]
        leaf.ensure_element(u, POSITIVE)
        leaf.ensure_element(element, POSITIVE)
        leaf.prepare(u)
        leaf.prepare(element)
        return [leaf.factored(u), leaf.primes(u), leaf.factored(element), leaf.primes(element)]
    if name == "cbrt":
        return [leaf.factored(u), leaf.factored(element)]
    return rational_power_hints(leaf, u, Fraction(1, 2) if name == "sqrt" else Fraction(node.args[1].key[1]), element)


def rational_power_hints(leaf: Leaf, u: Element, q: Fraction, element: Element) -> list[Any]:
    """A power whose exponent is a number."""
    if q.denominator > 1:
        leaf.ensure_element(u, NONNEGATIVE if q > 0 else POSITIVE)
        leaf.ensure_element(element, NONNEGATIVE)
    elif q < 0:
        leaf.ensure_element(u, NONZERO)
    elif q.denominator == 1:
        return []
    return [leaf.factored(u), leaf.factored(element)]


def angle_hints(leaf: Leaf, u: Element) -> list[Any]:
    """An angle by the basis, and a multiple of π whose sine is known."""
    n = leaf.n
    turn, angles = Fraction(0), list[list[Any]]()
    for q, index in n.split(u, "atan")[1]:
        if q.denominator == 1:
            angles.append([leaf.generator(index), int(q), *arc_root(leaf, n.atoms[index].arguments[0])])
            u = u - n.element(index).scaled(q)
    for q, index in n.split(u, "pi")[1]:
        known = q if q.denominator in (1, 2, 3, 4, 6, 12) else Fraction(round(2 * q), 2)
        turn += known
        u = u - n.element(index).scaled(known)
    found = coordinates(n.ring, u, [basis for basis, _, _ in n.angles])
    if found is None or any(q.denominator != 1 for q in found):
        raise NoCertificate("an angle with an arc")
    angles += [[leaf.generator(c), int(q)] for (_, c, _), q in zip(n.angles, found, strict=True) if q]
    hints: list[Any] = [angles]
    if turn:
        leaf.generator(next(i for i, _ in n.of_kind("pi")))
        for i, atom in n.of_kind("root"):
            if atom.polynomial.is_constant():
                leaf.generator(i)
        hints.append(number_text(turn))
    return hints


def arc_root(leaf: Leaf, v: Element) -> list[Any]:
    """The root of N² + D² with v = N/D, and that it is not negative; the sign of D."""
    n = leaf.n
    below = Element(n.ring, v.den, n.ring.one)
    root = rational_power(n, Element.make(n.ring, v.num * v.num + v.den * v.den, n.ring.one), Fraction(1, 2))
    if not root.den.is_one():
        raise NoCertificate("an angle with an arc whose root is a fraction")
    leaf.ensure_element(root, NONNEGATIVE)
    leaf.ensure_element(below, POSITIVE if n.know.of(below) <= POSITIVE else NEGATIVE)
    return [leaf.polynomial(root.num), leaf.factored(root), leaf.factored(below)]


def floor_hints(leaf: Leaf, u: Element, element: Element) -> list[Any]:
    """The floor as an integer."""
    n = leaf.n
    g = next((i for i in n.ring.used(element.num) if n.atoms[i].kind == "floor"), None)
    slope, rest = 0, element
    if g is not None:
        slope = 1 if (element - n.element(g)).number() is not None else -1
        rest = element - n.element(g).scaled(slope)
    whole = rest.number()
    if whole is None or whole.denominator != 1:
        raise NoCertificate("a floor that is no floor and an integer")
    place = 0 if g is None else leaf.generator(g)
    if g is not None and slope == 1 and (u - n.atoms[g].arguments[0]).number() == whole:
        return [place, 1, int(whole)]
    over, under = u - element, element + n.one - u
    leaf.ensure_element(over, NONNEGATIVE)
    leaf.ensure_element(under, POSITIVE)
    return [place, slope, int(whole), leaf.factored(over), leaf.factored(under)]


def function_hints(leaf: Leaf, node: Any, name: str, operands: list[Any], element: Element) -> list[Any]:
    """An opaque function: its generator."""
    n = leaf.n
    if head_defined(node):
        leaf.decide(defined(node))
    for g in n.ring.used(element.num):
        if n.atoms[g].kind.split()[0] == name:
            for sign in (1, -1) if name in ODD else (1,):
                same = all(a == b.scaled(sign) for a, b in zip(arguments_of(n, n.atoms[g]), operands, strict=True))
                if same and element == n.element(g).scaled(sign):
                    return ["app", leaf.generator(g), sign]
    return ["by", *special(leaf, node, name, operands, element)]
