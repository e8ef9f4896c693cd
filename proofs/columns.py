"""What the registry says of the values of functions: their range, and whether they are even or odd.

For a row with the column ``range``: wherever the function has a value, the value satisfies the condition.  For one with ``parity``:
wherever it has a value at x, it has one at -x, the same or the opposite.  Values at the ends of domains count (`proofs.values`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from micrograd.verified.expr import GE, GT, LE, LT, NE, Condition, all_of, build, eq, postorder, substitute, var
from micrograd.verified.parsing import parse_condition
from micrograd.verified.registry import REGISTRY
from micrograd.verified.row import Primitive
from proofs.language import sentence
from proofs.obligation import Mutant, Obligation
from proofs.values import meaning

FAMILY = "columns"
VALUE = var("value")


def prove(row: Primitive) -> Iterator[Obligation]:
    """The obligations of one row."""
    given = "" if row.defined_template.key[-1] is True else f"{row.defined_template}  ⊢  "
    if row.range is not None:
        yield sentence(
            f"{FAMILY}.{row.name}.range",
            f"{given}value = {row.application}: {row.range}",
            substitute(parse_condition(row.range), {VALUE: meaning(row.application)}),
            hypotheses=[row.defined_template],
            uses=row.by,
        )
    if row.parity is not None:
        (x,) = row.variables
        there, here = (meaning(substitute(row.application, {x: point})) for point in (-x, x))
        yield sentence(
            f"{FAMILY}.{row.name}.parity",
            f"{given}{row.name}(-x) = {'-' if row.parity == 'odd' else ''}{row.name}(x)",
            all_of(substitute(row.defined_template, {x: -x}), eq(there, -here if row.parity == "odd" else here)),
            hypotheses=[row.defined_template],
            uses=row.by,
        )


def obligations() -> Iterator[Obligation]:
    """All rows."""
    for row in REGISTRY.values():
        yield from prove(row)


def mutants() -> Iterator[Mutant]:
    """Every range a little narrower on one side, and every parity exchanged."""
    for row in REGISTRY.values():
        for narrower in _narrower(row):
            wrong = [o for o in prove(dataclasses.replace(row, range=str(narrower))) if o.name.endswith(".range")]
            yield Mutant(f"{FAMILY}.{row.name}.range", f"{row.range}  ->  {narrower}", tuple(wrong))
        if row.parity is not None:
            other = "even" if row.parity == "odd" else "odd"
            wrong = [o for o in prove(dataclasses.replace(row, parity=other)) if o.name.endswith(".parity")]
            yield Mutant(f"{FAMILY}.{row.name}.parity", f"{row.parity}  ->  {other}", tuple(wrong))


def _narrower(row: Primitive) -> Iterator[Condition]:
    """The row's range with one bound moved inwards by 1/8."""
    order = postorder([parse_condition(row.range or "True")])
    for bound in order:
        if bound.head in (LT, LE, GT, GE, NE):
            inwards = (bound.args[0] is VALUE) is (bound.head in (GT, GE))
            moved = VALUE - Fraction(1, 8) if inwards else VALUE + Fraction(1, 8)
            made: dict[Any, Any] = {}
            for node in order:
                made[node] = build(node.head, *[made[child] for child in node.args]) if node.head.arity else node
                if node is bound:
                    made[node] = substitute(bound, {VALUE: moved})
            yield made[order[-1]]
