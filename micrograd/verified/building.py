"""Making nodes by their heads, and telling which keys are those of nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from micrograd.verified.arithmetic import Expr, N, add, choose, constant, div, mul, neg, power, sub
from micrograd.verified.conditions import Condition, compare, conjunction, disjunction, negate
from micrograd.verified.heads import (
    ADD,
    AND,
    BOOL,
    CONST,
    DIV,
    EQ,
    GE,
    GT,
    HEADS,
    LE,
    LT,
    MUL,
    NE,
    NEG,
    NOT,
    OR,
    POW,
    POWI,
    SUB,
    VAR,
    WHERE,
    Head,
)
from micrograd.verified.interning import file_node
from micrograd.verified.names import is_variable_name

CONSTRUCTORS: Mapping[Head, Callable[..., Any]] = MappingProxyType(
    {
        ADD: add,
        SUB: sub,
        MUL: mul,
        DIV: div,
        NEG: neg,
        POW: power,
        POWI: power,
        WHERE: choose,
        AND: conjunction,
        OR: disjunction,
        NOT: negate,
        **{h: (lambda a, b, h=h: compare(h, a, b)) for h in (LT, LE, GT, GE, EQ, NE)},
    }
)


def build(which: Head, *children: Any) -> Any:
    """The node with this head over these children, as the constructor functions make it."""
    make = CONSTRUCTORS.get(which)
    if make is not None:
        return make(*children)
    cls: Any = Condition if which.boolean else Expr
    return intern_node(cls, (which, *children))


def is_well_formed(key: Any) -> bool:
    """Whether a key says what a node may be: a registered head over as many operands as it takes, of the right sorts; the exponent of
    ``powi`` an integer; a constant an exact number in lowest terms; a variable with a name that variables have."""
    which = key[0]
    if type(which) is not Head or HEADS.get(which.name) is not which:
        return False
    if which.leaf:
        return len(key) == 2 and _PAYLOADS[which](key[1])
    if [type(operand) for operand in key[1:]] != (_SORTS.get(which) or [Expr] * which.arity):
        return False
    return which is not POWI or (key[2].key[0] is CONST and type(key[2].key[1]) is int)


_SORTS: Mapping[Head, list[type]] = {
    WHERE: [Condition, Expr, Expr],
    AND: [Condition, Condition],
    OR: [Condition, Condition],
    NOT: [Condition],
}
"""The sorts of operands, where they are not all expressions."""
_PAYLOADS: dict[Head, Callable[[Any], bool]] = {
    VAR: is_variable_name,
    CONST: lambda value: type(value) is int or (type(value) is Fraction and value.denominator != 1),
    BOOL: lambda value: value is True or value is False,
}


def intern_node(cls: type[N], key: tuple[Any, ...]) -> N:
    """The one node with this key ``(head, *children)`` or ``(head, payload)``, as it stands: nothing is folded.

    Raises:
        TypeError: the key is not that of a well-formed node of this class.
    """
    if type(key) is not tuple or not key or not is_well_formed(key) or key[0].boolean is not (cls is Condition):
        raise TypeError(f"{key!r:.200} is not the key of a node")
    if key[0] is CONST:
        return constant(key[1])  # type: ignore[return-value]
    return file_node(cls, key)
