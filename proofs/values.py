"""What primitives mean: their definitions, and the values that they have where these say nothing.

At the ends of closed domains a primitive has the value that makes it continuous: ``asin(1) = pi/2``.  ``x**y`` has the values of integer
powers at negative x.  ``beta`` and ``betaln`` are taken for positive operands only, although lgamma has values elsewhere.  The registry
says so in the columns ``values`` and ``within``; `proofs.hypotheses` proves that these are all exceptions; `proofs.rules`, that normal
forms know the values; and Arb has the same values (`proofs.cited`).
"""

from __future__ import annotations

from typing import Any

from micrograd.verified.expr import Expr, build, postorder, substitute, where
from micrograd.verified.row import Definition, Primitive


def meaning(root: Any) -> Any:
    """The term with primitives replaced by what they are said to be, until only base functions are left."""
    while True:
        done: dict[Any, Any] = {}
        changed = False
        for node in postorder([root]):
            head, *children = node.key
            if not head.arity:
                done[node] = node
                continue
            done[node] = new = build(head, *[done[c] for c in children])
            row = head.row
            if row is not None and isinstance(row.evidence, Definition):
                done[node] = substitute(_extended(row), dict(zip(row.variables, new.args, strict=True)))
                changed = True
        root = done[root]
        if not changed:
            return root


def _extended(row: Primitive) -> Expr:
    assert row.definition is not None
    total = row.definition
    for condition, value in row.stated:
        total = where(condition, value, total)
    return total
