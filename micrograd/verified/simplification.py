"""Simplification by proved rewriting.

`simplify` walks the graph once, operands first, and applies the rows of `micrograd.verified.rewrites` at each node until none fits.
`refinement` does the same through the kernel, so that the result comes with its theorem ``Refines(e, simplify(e))``.
"""

from __future__ import annotations

from typing import Any, TypeVar

from micrograd.verified import kernel
from micrograd.verified.expr import DIV, ZERO, Condition, Expr, paused_collection, postorder
from micrograd.verified.rewrites import BY_HEAD, Rewrite

MAX_STEPS = 64
"""Rewrites in a row at one node; the rules shrink or order terms, so this is not reached in practice."""

N = TypeVar("N", Expr, Condition)


def _step(node: Any) -> tuple[Rewrite, dict[str, Any]] | None:
    if node.key[0] is DIV and node.key[2] is ZERO:
        return None  # defined nowhere: any rule would be sound, and none would be an answer
    for rule in BY_HEAD.get(node.key[0], ()):
        binding = rule.match(node)
        if binding is not None:
            return rule, binding
    return None


def simplify(expression: N) -> N:
    """An equal expression, usually smaller; defined at least where the given one is.

    >>> from micrograd.verified import var, diff
    >>> x = var("x"); simplify(diff(x * x * x, x))
    3*x**2
    """
    theorem = refinement(expression)
    return theorem.statement.b  # type: ignore[union-attr, no-any-return]


def _normalise(start: kernel.Theorem, known: dict[Any, kernel.Theorem]) -> kernel.Theorem:
    """Rewrite the right side of a refinement at its root until no rule fits; new parts are looked up or rewritten too."""
    theorem = start
    for _ in range(MAX_STEPS):
        node: Any = theorem.statement.b  # type: ignore[union-attr]
        if node in known:
            return kernel.transitive(theorem, known[node])
        found = _step(node)
        if found is None:
            return theorem
        rule, binding = found
        theorem = kernel.transitive(theorem, kernel.rewrite(rule.name, binding))
        theorem = _inner(theorem, known)
    return theorem


def _inner(theorem: kernel.Theorem, known: dict[Any, kernel.Theorem]) -> kernel.Theorem:
    """Simplify the operands that a rewrite has just made (patterns are two levels deep, so one level suffices)."""
    node: Any = theorem.statement.b  # type: ignore[union-attr]
    if not node.key[0].arity:
        return theorem
    changes = []
    for child in node.key[1:]:
        change = known.get(child)
        if change is None:
            found = _step(child)
            change = kernel.reflexive(child) if found is None else kernel.rewrite(found[0].name, found[1])
        changes.append(change)
    if all(change.statement.a is change.statement.b for change in changes):  # type: ignore[union-attr]
        return theorem
    return kernel.transitive(theorem, kernel.congruence(node, changes))


@paused_collection()
def refinement(expression: N) -> kernel.Theorem:
    """The theorem ``Refines(expression, simplify(expression))``."""
    known: dict[Any, kernel.Theorem] = {}
    for node in postorder([expression]):
        key = node.key
        if not key[0].arity:
            known[node] = kernel.reflexive(node)
            continue
        children = [known[child] for child in key[1:]]
        moved = any(child.statement.b is not old for child, old in zip(children, key[1:], strict=True))  # type: ignore[union-attr]
        start = kernel.congruence(node, children) if moved else kernel.reflexive(node)
        known[node] = _normalise(start, known)
    return known[expression]


def derive_simplified(expression: Expr, x: Expr) -> kernel.Theorem:
    """`derive` followed by simplification of the derivative, all in one theorem."""
    theorem = kernel.derive(expression, x)
    return kernel.replace(theorem, refinement(theorem.derivative))


__all__ = ["derive_simplified", "simplify"]
