"""Which functions can step: have values, arbitrarily close to a point where they have one, that are not close to the value there.

It is read off the registry's rows.  A row is known to be continuous wherever it has a value if

* it is smooth there (`domain` is all of `defined`),
* it is one of `UP_TO_THE_EDGE`, or
* it abbreviates an expression of such rows, without cases, that has a value wherever the row has one.

Every other row may step.  Those that are defined by cases, or by others that are, are taken apart (`taken_apart`), so that
what steps is a comparison or ``floor``.  A function that depends on a parameter in a way of which nothing is said (no partial) may step
there, whatever its domain is.
"""

from __future__ import annotations

from functools import cache

from micrograd.carriers.carrier import COMPARE
from micrograd.verified.expr import WHERE, Head, postorder
from micrograd.verified.registry import REGISTRY
from micrograd.verified.row import Definition, Joined, Primitive

UP_TO_THE_EDGE = frozenset(("sqrt", "cbrt", "asin"))
"""Inverses of monotone continuous functions on intervals: continuous on all of their images, though smooth in the interior only."""


def _heads_in(row: Primitive) -> set[Head]:
    """The heads of a row's definition; none if it has no definition."""
    return set() if row.definition is None else {node.head for node in postorder([row.definition])}


def _rows_in(row: Primitive) -> list[Primitive]:
    """The rows of the functions in a row's definition."""
    return [REGISTRY[head.name] for head in _heads_in(row) if head.row is not None]


@cache
def taken_apart(row: Primitive) -> bool:
    """Whether a function is looked at by its definition, since that has cases or steps.

    Not so where pieces meet smoothly: of `Joined` functions value and slope are known at the joins.
    """
    if not isinstance(row.evidence, Definition) or isinstance(row.evidence, Joined) or row.values or row.within is not None:
        return False
    heads = _heads_in(row)
    return WHERE in heads or not heads.isdisjoint(COMPARE) or any(r.name == "floor" or taken_apart(r) for r in _rows_in(row))


@cache
def may_step(row: Primitive) -> bool:
    """Whether a function is not known to be continuous wherever it has a value."""
    if None in row.partials and row.name != "powi":
        return True
    if row.domain_template is row.defined_template or row.name in UP_TO_THE_EDGE:
        return False
    if not isinstance(row.evidence, Definition) or row.values or row.within is not None or taken_apart(row):
        return True
    return any(may_step(r) for r in _rows_in(row))
