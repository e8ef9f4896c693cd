"""What a primitive means, by its row: its definition, and the values that it has where the definition has none.

That is what carriers fall back on.  `proofs.hypotheses` proves that the columns ``values`` and ``within`` name all exceptions.
"""

from __future__ import annotations

from functools import cache

from micrograd.verified.expr import Expr, where
from micrograd.verified.parsing import parse, parse_condition
from micrograd.verified.row import Primitive


@cache
def meaning(row: Primitive) -> Expr | None:
    """The definition over the row's variables, with its exceptions; None if there is none, or not everywhere."""
    body = row.definition
    if body is None or any(value is None for _, value in row.values):
        return None
    if row.within is not None:
        body = where(parse_condition(row.within), body, parse("0/0"))
    for condition, value in reversed(row.stated):
        body = where(condition, value, body)
    return body
