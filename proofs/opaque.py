"""Opaque parts: what a rule of the kernel is run on to show it for all expressions.

An opaque operand is a variable, an opaque condition the comparison ``p > 0`` with a variable p of its own.  A sentence about a point and
all nearby points is written with two copies of the variables: ``u`` is the value at the point, ``u_near`` that at any point of a
neighbourhood, which is small enough for all that is assumed.  So "C holds on an open set" reads ``C at the point implies C near it``.

`premise` makes theorems without a proof.  They exist only here, to be handed to the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from micrograd.verified import kernel
from micrograd.verified.expr import (
    EQ,
    GE,
    GT,
    LE,
    LT,
    NE,
    VAR,
    Condition,
    Expr,
    Node,
    all_of,
    disjunction,
    eq,
    negate,
    postorder,
    substitute,
    var,
)
from micrograd.verified.functions import absolute

COMPARISONS = (LT, LE, GT, GE, EQ, NE)
X, H, K = var("t"), var("h"), var("K")
"""The variable of differentiation, its increment, and the constant of the quadratic remainder (the larger one of two)."""


def flag(name: str) -> Condition:
    """An opaque condition."""
    return var(name) > 0


def near(node: Any, still: Iterable[Expr] = ()) -> Any:
    """The same at a nearby point; variables listed in ``still`` do not move."""
    fixed = {*still, H, K}
    moving = [n for n in postorder([node]) if n.head is VAR and n not in fixed]
    return substitute(node, {v: var(f"{v}_near") for v in moving})


def implies(given: Condition, then: Condition) -> Condition:
    """If the one, then the other."""
    return disjunction(negate(given), then)


def same(a: Condition, b: Condition) -> Condition:
    """Both hold or neither."""
    return implies(a, b) & implies(b, a)


def stays(condition: Condition) -> Condition:
    """It holds on an open set."""
    return implies(condition, near(condition))


def transfer(u: Expr, v: Expr) -> Condition:
    """What continuity of u and v gives (theorem calculus.open_gt): strict inequalities between them still hold nearby."""
    return implies(u < v, near(u) < near(v)) & implies(u > v, near(u) > near(v))


def premise(statement: kernel.Statement) -> kernel.Theorem:
    """A theorem that is assumed."""
    return kernel._make(statement, ("assumed",), ())


def derivative_of(f: Expr, slope: Expr, where: Condition) -> kernel.Theorem:
    """The assumption that f has this derivative where the condition holds."""
    return premise(kernel.HasDeriv(f, X, slope, where))


def remainder(value: Node, moved: Node, slope: Node) -> Condition:
    """|f(a+h) - f(a) - f′·h| <= K·h²."""
    here: Any = value
    beside: Any = moved
    steep: Any = slope
    return absolute(beside - here - steep * H) <= K * H**2


def meaning(theorem: kernel.Theorem) -> Condition:
    """What a theorem about a derivative says about a point and the points close to it (its function's and operands' values opaque)."""
    statement: Any = theorem.statement
    return implies(
        statement.hypothesis,
        near(statement.hypothesis) & remainder(statement.function, near(statement.function), statement.derivative),
    )


def equal(pairs: Sequence[tuple[Expr, Expr]]) -> Condition:
    """All pairs are equal."""
    return all_of(*[eq(a, b) for a, b in pairs])
