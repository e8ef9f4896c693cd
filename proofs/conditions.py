"""Conditions in the hypothesis of a theorem: the interiors of each, how they are put together, and where a node has a value.

* ``interiors``: of a condition, strict ones that imply it and its negation, and hold on open sets;
* ``connectives``, ``conjuncts``: conjunction, disjunction, negation and choice mean what they say;
* ``defined``: where each constructor has a value.

These obligations belong to the family of `proofs.hypotheses`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from micrograd.verified import differentiation
from micrograd.verified.differentiation import conjuncts
from micrograd.verified.expr import (
    AND,
    BOOL,
    FALSE,
    NOT,
    OR,
    TRUE,
    WHERE,
    Condition,
    Expr,
    all_of,
    as_expr,
    build,
    choose,
    compare,
    conjunction,
    const,
    disjunction,
    eq,
    negate,
    substitute,
    var,
    where,
)
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import Primitive
from micrograd.verified.special_functions import SPECIAL
from proofs.language import sentence
from proofs.obligation import Obligation
from proofs.opaque import COMPARISONS, flag, implies, same, stays, transfer

FAMILY = "hypotheses"
ROWS = {**PRIMITIVES, **SPECIAL}
U, V, F, G, P, Q = (var(name) for name in "uvfgpq")


def opaquely(name: str, statement: str, goal: Condition, *hypotheses: Condition) -> Obligation:
    """A sentence in which functions are opaque and everything has a value."""
    return sentence(f"{FAMILY}.{name}", statement, goal, hypotheses=hypotheses, definitions=False, partial=False)


def opaque_operands(row: Primitive) -> list[Expr]:
    """Opaque operands; the exponent of ``powi`` is a number."""
    return [as_expr(-3) if row.name == "powi" and p == "n" else var(f"{p}_") for p in row.params]


def interior_of_comparison(which: Any) -> Iterator[Obligation]:
    """A comparison of opaque operands."""
    condition = compare(which, U, V)
    holds, fails = differentiation.interiors(condition, {})
    name = f"interiors.{which.name}"
    shown = f"interiors({condition}) = ({holds}, {fails})"
    yield opaquely(f"{name}.implies", f"{shown} imply it and its negation", implies(holds, condition) & implies(fails, negate(condition)))
    yield opaquely(f"{name}.open", f"{shown} are open where both sides are continuous", stays(holds) & stays(fails), transfer(U, V))
    meet = eq(U, V)
    rest = implies(condition, holds | meet) & implies(negate(condition), fails | meet)
    yield opaquely(f"{name}.reach", f"{shown} leave out at most the points where the sides meet", rest)


def interior_of_connective(which: Any) -> Iterator[Obligation]:
    """``and``, ``or``, ``not`` and the truth values, from the interiors of their operands."""
    parts = [P > 0, Q > 0][: which.arity]
    inside = {P > 0: (flag("p_in"), flag("p_out")), Q > 0: (flag("q_in"), flag("q_out"))}
    conditions: list[Condition] = [build(which, *parts)] if parts else [TRUE, FALSE]
    given = []
    for part in parts:
        holds, fails = inside[part]
        given += [implies(holds, part), implies(fails, negate(part)), stays(holds), stays(fails)]
    for condition in conditions:
        holds, fails = differentiation.interiors(condition, dict(inside))
        name = f"interiors.{which.name if parts else condition}"
        yield opaquely(f"{name}.implies", f"interiors({condition}) imply it and its negation",
                     implies(holds, condition) & implies(fails, negate(condition)), *given)  # fmt: skip
        yield opaquely(f"{name}.open", f"interiors({condition}) are open if those of its parts are", stays(holds) & stays(fails), *given)
        sure = all_of(*[inside[part][0] | inside[part][1] for part in parts])
        yield opaquely(f"{name}.reach", f"interiors({condition}) cover what those of its parts cover", implies(sure, holds | fails), *given)


def all_interiors() -> Iterator[Obligation]:
    """Every kind of condition."""
    for which in COMPARISONS:
        yield from interior_of_comparison(which)
    for which in (AND, OR, NOT, BOOL):
        yield from interior_of_connective(which)


def connectives() -> Iterator[Obligation]:
    """Conjunction, disjunction, negation and choice mean what they say, whatever they leave out."""
    kinds = {"true": TRUE, "false": FALSE, "p": P > 0, "q": Q > 0}
    for (first, a), (second, b) in product(kinds.items(), repeat=2):
        both, either = conjunction(a, b), disjunction(a, b)
        chosen = [eq(choose(b, F, G), where_meaning(b))] if first == "p" else []
        yield opaquely(
            f"connectives.{first}_{second}",
            f"conjunction, disjunction of {a} and {b}; negation and choice",
            same(both, _and(a, b)) & same(either, negate(_and(negate(a), negate(b)))) & all_of(*chosen) & same(negate(negate(b)), b),
        )
    nested = conjunction(conjunction(P > 0, Q > 0), conjunction(F > 0, conjunction(P > 0, G > 0)))
    for label, condition in (("nested", nested), ("single", P > 0), ("true", TRUE), ("false", FALSE), ("or", (P > 0) | (Q > 0))):
        yield opaquely(
            f"conjuncts.{label}", f"the conjuncts of {condition} say together what it says", same(all_of(*conjuncts(condition)), condition)
        )


def _and(a: Condition, b: Condition) -> Condition:
    """a and b by a choice of numbers, which does not go through the connectives."""
    return eq(truth(a) * truth(b), 1)


def truth(condition: Condition) -> Expr:
    """1 where it holds, else 0, from its own comparison."""
    if condition is TRUE:
        return const(1)
    return const(0) if condition is FALSE else build(WHERE, condition, const(1), const(0))


def where_meaning(condition: Condition) -> Expr:
    """The choice between f and g by arithmetic."""
    return truth(condition) * F + (1 - truth(condition)) * G


def definedness() -> Iterator[Obligation]:
    """Where a node has a value: all operands have one and the row's condition holds; later operands only if they are looked at."""
    condition, has_c = P > 0, flag("has_c")
    for first, second in product((TRUE, flag("has_f")), (TRUE, flag("has_g"))):
        label = f"{'always' if first is TRUE else 'f'}_{'always' if second is TRUE else 'g'}"
        step = differentiation.defined_step(where(condition, F, G).key, {condition: has_c, F: first, G: second})
        wanted = has_c & ((condition & first) | (negate(condition) & second))
        yield opaquely(
            f"defined.where_{label}", "a choice has a value where its condition and the chosen branch have one", same(step, wanted)
        )
    for ok in (TRUE, flag("has_q")):
        for which, looked in ((AND, condition), (OR, negate(condition))):
            step = differentiation.defined_step(build(which, condition, Q > 0).key, {condition: has_c, Q > 0: ok})
            wanted = has_c & implies(looked, ok)
            words = f"``{which.name}`` looks at its second operand only if asked"
            yield opaquely(f"defined.{which.name}_{'always' if ok is TRUE else 'q'}", words, same(step, wanted))
    for row in ROWS.values():
        operands = opaque_operands(row)
        flags = {operand: flag(f"has_{p}") for operand, p in zip(operands, row.params, strict=True)}
        binding: dict[Expr, Any] = dict(zip(row.variables, operands, strict=True))
        wanted = all_of(*flags.values(), substitute(row.defined_template, binding))
        step = differentiation.defined_step(build(row.head, *operands).key, flags)
        yield opaquely(
            f"defined.{row.name}", f"{row.name} has a value where its operands have one and {row.defined or row.domain}", same(step, wanted)
        )


def obligations() -> Iterator[Obligation]:
    """All about conditions."""
    yield from all_interiors()
    yield from connectives()
    yield from definedness()
