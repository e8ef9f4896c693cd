"""Every rule of the simplifier: wherever the left side is defined, the right side is defined and equal.

The constants p, q, n of a rule are real variables here, under the rule's condition; integer powers with a symbolic exponent use their
definition, a**(n+1) = a**n·a.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from micrograd.carriers.smtlib import unfold
from micrograd.verified.differentiation import conjuncts, defined
from micrograd.verified.expr import POW, eq, postorder
from micrograd.verified.rewrites import REWRITES, Rewrite
from proofs.language import sentence
from proofs.mutation import mutations
from proofs.obligation import Mutant, Obligation

BY_ORDER = frozenset(("exp_zero", "sqrt_zero", "sqrt_one"))
"""Rules that follow from inequalities (the root is not negative), so that algebra alone cannot confirm them."""


def prove(rule: Rewrite) -> Iterator[Obligation]:
    """The obligation of one rule."""
    left, right = rule.pattern, rule.replacement
    symbolic = any(node.head is POW for node in postorder([left]))
    meaning = left if symbolic else unfold(left)
    given = [*conjuncts(rule.guard), *conjuncts(defined(meaning))] if not symbolic else conjuncts(rule.guard)
    yield sentence(
        f"rewrites.{rule.name}",
        f"{rule.left}  →  {rule.right}" + (f"   if {rule.condition}" if rule.condition != "True" else ""),
        eq(left, right),
        hypotheses=given,
        uses=rule.uses,
        identity=None if symbolic or rule.name in BY_ORDER else (left, right),
        definitions=not symbolic,
        partial=not symbolic,
    )


def obligations() -> Iterator[Obligation]:
    """All rules."""
    for rule in REWRITES.values():
        yield from prove(rule)


def mutants() -> Iterator[Mutant]:
    """Every rule with its right side changed."""
    for rule in REWRITES.values():
        for changed in mutations(rule.replacement, rule.guard & defined(rule.pattern)):
            wrong = dataclasses.replace(rule, right=str(changed))
            yield Mutant(f"rewrites.{rule.name}", f"{rule.right}  ->  {changed}", tuple(prove(wrong)))
