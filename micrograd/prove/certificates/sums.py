"""Sides that are sums, taken apart: which terms of one side are together what terms of the other are.

A guess, by values at points: the checker looks at the terms, and each part is a goal of its own.  What kinks a part has are its own then: n
terms with two pieces each make 2·n cells, not 2ⁿ.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from micrograd.carriers.evaluation import evaluate
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import CONST, HEADS, Condition, Expr, build, const, postorder, variables

MAX_TERMS = 300
MAX_BITS = 2000
FEWEST = 3
"""Fewer parts are not worth it."""
POINTS = 3
ATTEMPTS = 12
CLOSE = 1e-9

Term: TypeAlias = tuple[Fraction, Any]
"""A number and what it multiplies."""
Values: TypeAlias = tuple[float, ...]
_SIGNS = {"add": (1, 1), "sub": (1, -1), "neg": (-1,)}


def parts(a: Expr, c: Expr) -> list[tuple[Expr, Expr]]:
    """Sums of terms of the two sides that seem to be equal; nothing if there are fewer than `FEWEST`."""
    ours, theirs = terms(a), terms(c)
    if not FEWEST <= min(len(ours), len(theirs)) <= max(len(ours), len(theirs)) <= MAX_TERMS:
        return []
    valued = at_points([*ours, *theirs])
    if valued is None:
        return []
    pairs = _matched(list(zip(ours, valued, strict=False)), list(zip(theirs, valued[len(ours) :], strict=True)))
    return [(total(left), total(right)) for left, right in pairs] if len(pairs) >= FEWEST else []


def terms(root: Expr) -> list[Term]:
    """The terms of a sum of sums with their factors, in order; too many end with what there is, and none are given for long factors."""
    found: list[Term] = []
    stack: list[Term] = [(Fraction(1), root)]
    while stack and len(found) <= MAX_TERMS:
        factor, node = stack.pop()
        below = _added(node)
        if factor.numerator.bit_length() + factor.denominator.bit_length() > MAX_BITS:
            return []
        if below is None:
            found.append((factor, node))
        else:
            stack += [(factor * own, part) for part, own in reversed(below)]
    return found


def _added(node: Any) -> list[tuple[Any, Fraction]] | None:
    """Of what a node is the sum, with factors; None for a term."""
    head, *args = node.key
    if head.name in _SIGNS:
        return [(part, Fraction(sign)) for part, sign in zip(args, _SIGNS[head.name], strict=True)]
    if head.name == "mul":
        for number, other in (args, args[::-1]):
            if number.key[0] is CONST:
                return [(other, Fraction(number.key[1]))]
    if head.name == "div" and args[1].key[0] is CONST and args[1].key[1]:
        return [(args[0], 1 / Fraction(args[1].key[1]))]
    return None


def total(found: Sequence[Term]) -> Expr:
    """The sum of terms."""
    result: Any = None
    for factor, term in found:
        part = term if abs(factor) == 1 else build(HEADS["mul"], const(abs(factor)), term)
        if result is None:
            result = part if factor > 0 else build(HEADS["neg"], part)
        else:
            result = build(HEADS["add" if factor > 0 else "sub"], result, part)
    return result  # type: ignore[no-any-return]


def relevant(literals: Sequence[Condition], sides: Sequence[Expr]) -> list[Condition]:
    """The literals about variables by themselves, and those that mention a term of the sides."""
    there = {node for node in postorder(sides) if node.args}
    found = []
    for literal in literals:
        mentioned = [node for node in postorder([literal])[:-1] if node.args]
        if not mentioned or not there.isdisjoint(mentioned):
            found.append(literal)
    return found


def at_points(found: Sequence[Term]) -> list[Values] | None:
    """The terms at a few points at which all have values; None if no such points are found."""
    roots = [term for _, term in found]
    names = [x.key[1] for x in variables(*roots)]
    pick = random.Random(20011)
    columns: list[list[float]] = []
    for attempt in range(ATTEMPTS):
        width = Fraction(1 + attempt % 4, 2)
        point = {
            name: float(width * Fraction(pick.randint(40, 400), 200)) * (-1 if attempt % 3 == 2 and pick.random() < 0.5 else 1)
            for name in names
        }
        try:
            column = [float(factor) * float(value) for (factor, _), value in zip(found, evaluate(roots, point), strict=True)]
        except (MicrogradError, ArithmeticError):  # a number may be too large for a float
            continue
        if all(abs(value) < 1e100 for value in column):
            columns.append(column)
        if len(columns) == POINTS:
            return list(zip(*columns, strict=True))
    return None


def _matched(ours: list[tuple[Term, Values]], theirs: list[tuple[Term, Values]]) -> list[tuple[list[Term], list[Term]]]:
    """Terms that are equal by themselves, then stretches with equal sums, then the rest."""
    found: list[tuple[list[Term], list[Term]]] = []
    left = []
    for term, value in ours:
        equal = [i for i, (_, other) in enumerate(theirs) if _close(value, other)]
        if equal:
            same = variables(term[1])
            place = next((i for i in equal if variables(theirs[i][0][1]) == same), equal[0])
            found.append(([term], [theirs.pop(place)[0]]))
        else:
            left.append((term, value))
    first, second = _running(left), _running(theirs)
    i = j = 0
    for k, right in enumerate(second):
        end = next((n for n in range(i, len(left)) if _close(first[n], right)), None)
        if end is not None:
            found.append(([term for term, _ in left[i : end + 1]], [term for term, _ in theirs[j : k + 1]]))
            i, j = end + 1, k + 1
    rest = [term for term, _ in left[i:]], [term for term, _ in theirs[j:]]
    if all(rest):
        found.append(rest)
    elif found:
        found[-1][0].extend(rest[0])
        found[-1][1].extend(rest[1])
    return found


def _running(side: list[tuple[Term, Values]]) -> list[Values]:
    """Sums of the first ones."""
    found: list[Values] = []
    for _, value in side:
        found.append(tuple(x + y for x, y in zip(found[-1], value, strict=True)) if found else value)
    return found


def _close(a: Values, b: Values) -> bool:
    return all(abs(x - y) <= CLOSE * (1 + abs(x)) for x, y in zip(a, b, strict=True))
