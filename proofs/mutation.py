"""Deliberate errors in formulas: the test of the proofs.

`mutations` yields variants of an expression with one thing wrong: a sign, swapped operands, a dropped term or factor, a sum for a product,
a neighbour function, a constant off by one.  Variants that have the same value as the original at all sample points of the domain
are no errors (swapped operands of a product) and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from micrograd.carriers.evaluation import evaluate
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import (
    ADD,
    CONST,
    DIV,
    HEADS,
    MUL,
    NEG,
    POW,
    POWI,
    SUB,
    WHERE,
    Condition,
    Expr,
    Node,
    build,
    constant,
    postorder,
    variables,
)

_NEIGHBOURS = [
    ("sin", "cos"), ("sinh", "cosh"), ("tan", "cot"), ("sec", "csc"), ("sech", "csch"), ("tanh", "coth"), ("sind", "cosd"),
    ("sinpi", "cospi"), ("tand", "cotd"), ("secd", "cscd"), ("exp", "expm1"), ("log", "log1p"), ("sqrt", "cbrt"), ("abs", "sign"),
    ("sigmoid", "tanh"), ("erf", "erfc"), ("max", "min"), ("floor", "ceil"), ("ge", "le"), ("gt", "lt"),
]  # fmt: skip
_SAMPLES = [Fraction(n, 16) for n in (-37, -21, -11, -5, 3, 7, 13, 26, 43)]


def _variants(node: Any) -> Iterator[Any]:
    """Wrong versions of one node (not of its operands)."""
    key = node.key
    which = key[0]
    if which is CONST:
        yield constant(key[1] + 1)
        yield constant(-key[1])
    elif which in (ADD, SUB, MUL, DIV, POW):
        a, b = key[1:]
        for other in (ADD, SUB, MUL, DIV):
            if other is not which:
                yield build(other, a, b)
        yield build(which, b, a)
        yield a
        yield b
    elif which is POWI:
        yield key[1]
        yield build(POWI, key[1], constant(key[2].key[1] + 1))
        yield build(POWI, key[1], constant(key[2].key[1] - 1))
    elif which is WHERE:
        yield build(WHERE, key[1], key[3], key[2])
        yield key[2]
        yield key[3]
    elif which.arity == 1 and not which.boolean:
        yield key[1]
        if which is not NEG:
            yield build(NEG, node)
    for pair in _NEIGHBOURS:
        if which.name in pair:
            yield build(HEADS[pair[1 - pair.index(which.name)]], *key[1:])


def _rebuilt(root: Node, old: Node, new: Node) -> Any:
    done: dict[Any, Any] = {old: new}
    for node in postorder([root]):
        if node not in done:
            key = node.key
            done[node] = build(key[0], *[done[c] for c in key[1:]]) if key[0].arity else node
    return done[root]


def differs(a: Expr, b: Expr, given: Condition) -> bool:
    """Whether the expressions have different values at some sample point where the condition holds and a is defined."""
    names = [str(v.key[1]) for v in variables(a, b, given)]
    for values in product(_SAMPLES, repeat=min(len(names), 3)):
        point = {name: float(values[i % len(values)]) for i, name in enumerate(names)}
        try:
            if not evaluate(given, point):
                continue
            expected = evaluate(a, point)
        except MicrogradError:
            continue
        try:
            found = evaluate(b, point)
        except MicrogradError:
            return True
        if not abs(expected - found) <= 1e-9 * (1 + abs(expected)):
            return True
    return False


def mutations(expression: Expr, given: Condition) -> Iterator[Expr]:
    """Variants that are wrong somewhere under the condition, each once."""
    seen: set[Expr] = {expression}
    candidates = [build(NEG, expression)]
    for node in postorder([expression]):
        candidates.extend(_rebuilt(expression, node, variant) for variant in _variants(node))
    for candidate in candidates:
        if candidate not in seen and isinstance(candidate, Expr):
            seen.add(candidate)
            if differs(expression, candidate, given):
                yield candidate
