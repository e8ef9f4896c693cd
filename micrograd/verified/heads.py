"""Heads: what can stand at the root of an expression."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from micrograd.verified.row import Primitive, Rules


class Head:
    """What stands at the root of a node: a leaf kind, a primitive or a connective.

    Attributes:
        name: as it is written.
        arity: number of children; 0 for leaves and symbolic constants.
        boolean: whether the node is a `Condition`.
        row: the registry's row (`micrograd.verified.primitives`), None for leaves and connectives.
        rules: the row's `rules`, at hand for the walks that differentiate.
    """

    __slots__ = ("arity", "boolean", "leaf", "name", "row", "rules")

    def __init__(self, name: str, arity: int, *, boolean: bool = False, leaf: bool = False) -> None:
        self.name = name
        self.arity = arity
        self.boolean = boolean
        self.leaf = leaf
        self.row: Primitive | None = None
        self.rules: Rules = ()

    def __repr__(self) -> str:
        return f"<head {self.name}>"

    def __reduce__(self) -> tuple[Callable[[str], Head], tuple[str]]:
        return HEADS.__getitem__, (self.name,)


HEADS: dict[str, Head] = {}
"""Every head by name."""


def head(name: str, arity: int, *, boolean: bool = False, leaf: bool = False) -> Head:
    """Return the head of that name, made on first use; a name has one arity."""
    found = HEADS.setdefault(name, Head(name, arity, boolean=boolean, leaf=leaf))
    if (found.arity, found.boolean) != (arity, boolean):
        raise ValueError(f"head {name!r} already exists with arity {found.arity}")
    return found


VAR = head("var", 0, leaf=True)
CONST = head("const", 0, leaf=True)
PI = head("pi", 0)
EULER = head("e", 0)
ADD, SUB, MUL, DIV = head("add", 2), head("sub", 2), head("mul", 2), head("div", 2)
NEG, POW, POWI, WHERE = head("neg", 1), head("pow", 2), head("powi", 2), head("where", 3)
LT, LE = head("lt", 2, boolean=True), head("le", 2, boolean=True)
GT, GE = head("gt", 2, boolean=True), head("ge", 2, boolean=True)
EQ, NE = head("eq", 2, boolean=True), head("ne", 2, boolean=True)
AND, OR, NOT = head("and", 2, boolean=True), head("or", 2, boolean=True), head("not", 1, boolean=True)
BOOL = head("bool", 0, boolean=True, leaf=True)
