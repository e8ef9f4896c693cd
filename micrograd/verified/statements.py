"""The text of a statement, for people: shared by the kernel, certificates and their checker."""

from __future__ import annotations

from collections.abc import Sequence

from micrograd.verified.differentiation import conjuncts
from micrograd.verified.expr import Condition, Node


def derivative_text(function: Node, x: Node, derivative: Node, hypothesis: Condition) -> str:
    """``H ⊢ d/dx f = f′``."""
    return _sequent(conjuncts(hypothesis), f"d/d{x} {function} = {derivative}")


def continuity_text(condition: Condition, x: Node, hypothesis: Condition) -> str:
    """``H ⊢ the operands of c are continuous in x``."""
    return _sequent(conjuncts(hypothesis), f"the operands of {condition} are continuous in {x}")


def refinement_text(a: Node, b: Node) -> str:
    """``⊢ a ⊑ b``: wherever a is defined, b is defined and equal."""
    return _sequent([], f"{a} ⊑ {b}")


def _sequent(hypotheses: Sequence[Node], conclusion: str) -> str:
    given = ", ".join(map(str, hypotheses))
    return f"{given} ⊢ {conclusion}" if given else f"⊢ {conclusion}"
