"""Conditions: truth values that depend on variables; comparisons and ``and``, ``or``, ``not``.

Comparisons of constants are settled, and settled conditions are left out of the connectives; nothing else is rewritten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from micrograd.verified.heads import AND, BOOL, CONST, EQ, GE, GT, LE, LT, NE, NOT, OR, Head
from micrograd.verified.interning import file_node
from micrograd.verified.nodes import Node, ill_sorted


class Condition(Node):
    """A truth value that depends on variables: a comparison, or ``&``, ``|``, ``~`` of conditions."""

    __slots__ = ()

    def __and__(self, other: Condition) -> Condition:
        return all_of(self, other) if isinstance(other, Condition) else NotImplemented

    def __or__(self, other: Condition) -> Condition:
        return any_of(self, other) if isinstance(other, Condition) else NotImplemented

    def __invert__(self) -> Condition:
        return negate(self)

    def __bool__(self) -> bool:
        if self.key[0] is BOOL:
            return bool(self.key[1])
        raise TypeError(
            f"the truth of `{self!r}` depends on its variables: use where(condition, a, b) to choose, "
            "& | ~ to combine, and write a < b < c as (a < b) & (b < c)"
        )


TRUE: Condition = file_node(Condition, (BOOL, True))
FALSE: Condition = file_node(Condition, (BOOL, False))
_COMPARISONS: dict[Head, Callable[[Any, Any], bool]] = {
    LT: lambda a, b: a < b,
    LE: lambda a, b: a <= b,
    GT: lambda a, b: a > b,
    GE: lambda a, b: a >= b,
    EQ: lambda a, b: a == b,
    NE: lambda a, b: a != b,
}


def compare(which: Head, a: Node, b: Node) -> Condition:
    """The comparison, settled at once between constants."""
    if a.key[0] is CONST and b.key[0] is CONST:
        return TRUE if _COMPARISONS[which](a.key[1], b.key[1]) else FALSE
    if type(a) is not type(b) or type(a) is Condition or not isinstance(a, Node):
        raise ill_sorted(which, a, b)
    return file_node(Condition, (which, a, b))


def conjunction(a: Condition, b: Condition) -> Condition:
    """a and b; b is looked at only where a holds."""
    if type(a) is not Condition or type(b) is not Condition:
        raise ill_sorted(AND, a, b)
    if a is TRUE or a is b:
        return b
    if b is TRUE or a is FALSE:
        return a
    return file_node(Condition, (AND, a, b))


def disjunction(a: Condition, b: Condition) -> Condition:
    """a or b; b is looked at only where a fails."""
    if type(a) is not Condition or type(b) is not Condition:
        raise ill_sorted(OR, a, b)
    if a is FALSE or a is b:
        return b
    if b is FALSE or a is TRUE:
        return a
    return file_node(Condition, (OR, a, b))


def all_of(*conditions: Condition) -> Condition:
    """The conjunction, left to right."""
    result = TRUE
    for condition in conditions:
        result = conjunction(result, condition)
    return result


def any_of(*conditions: Condition) -> Condition:
    """The disjunction, left to right."""
    result = FALSE
    for condition in conditions:
        result = disjunction(result, condition)
    return result


def negate(condition: Condition) -> Condition:
    """not c."""
    if type(condition) is not Condition:
        raise ill_sorted(NOT, condition)
    if condition is TRUE or condition is FALSE:
        return FALSE if condition is TRUE else TRUE
    return file_node(Condition, (NOT, condition))
