"""Heads: what can stand at the root of an expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

Maker: TypeAlias = Callable[[tuple[Any, ...]], Any]
"""Makes an instance of a template from a node's key ``(head, *operands)``."""

Rules: TypeAlias = tuple[tuple[int, Any, int, Maker], ...]
"""See `micrograd.verified.row.Primitive.rules`."""


class Head:
    """What stands at the root of a node: a leaf kind, a primitive or a connective.

    Attributes:
        name: as it is written.
        arity: number of children; 0 for leaves and symbolic constants.
        boolean: whether the node is a `Condition`.
        row: the registry's row, a `micrograd.verified.row.Primitive`; None for leaves and connectives.
        rules: the row's `rules`, at hand for the walks that differentiate.
    """

    __slots__ = ("arity", "boolean", "leaf", "name", "row", "rules")
    name: str
    arity: int
    boolean: bool
    leaf: bool
    row: Any
    rules: Rules

    def __init__(self) -> None:
        raise TypeError("heads are made by head()")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a head does not change: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a head does not change: {name!r} cannot be deleted")

    def __repr__(self) -> str:
        return f"<head {self.name}>"

    def __reduce__(self) -> tuple[Callable[[str], Head], tuple[str]]:
        return _named, (self.name,)


_SLOTS = {name: Head.__dict__[name].__set__ for name in Head.__slots__}
_heads: dict[str, Head] = {}
HEADS: Mapping[str, Head] = MappingProxyType(_heads)
"""Every head by name."""


def _named(name: str) -> Head:
    return HEADS[name]


def _give(which: Head, **values: object) -> Head:
    for name, value in values.items():
        _SLOTS[name](which, value)
    return which


def head(name: str, arity: int, *, boolean: bool = False, leaf: bool = False) -> Head:
    """Return the head of that name, made on first use; a name has one arity."""
    made = _give(object.__new__(Head), name=name, arity=arity, boolean=boolean, leaf=leaf, row=None, rules=())
    found = _heads.setdefault(name, made)
    if (found.arity, found.boolean) != (arity, boolean):
        raise ValueError(f"head {name!r} already exists with arity {found.arity}")
    return found


def give_row(which: Head, row: object, rules: Rules = ()) -> None:
    """Tell a head its row, and then the row's rules, once."""
    if which.row not in (None, row) or which.rules:
        raise ValueError(f"{which.name} already has a row")
    _give(which, row=row, rules=rules)


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
