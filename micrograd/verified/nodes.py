"""Nodes: what expressions and conditions are made of; immutable and interned.

A node's ``key`` is ``(head, *children)``; a leaf's key is ``(head, payload)``.  Two nodes of the same structure are the same object
(`micrograd.verified.interning`).  There are two sorts: `micrograd.verified.conditions.Condition`, a truth value, and
`micrograd.verified.arithmetic.Expr`, a real number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from micrograd.verified.given import Given
from micrograd.verified.heads import Head
from micrograd.verified.interning import Interned

text_of = Given("the text of a node")
latex_of = Given("the LaTeX of a node")
pickled = Given("what a node is pickled as")
_SORTS = ("micrograd.verified.conditions.Condition", "micrograd.verified.arithmetic.Expr")


class Node(Interned):
    """A node of the expression graph; see the module's text.  Made by the constructor functions only, and never changed."""

    __slots__ = ()

    def __init__(self) -> None:
        raise TypeError("expressions are made by var(), const(), parse() and operators")

    def __init_subclass__(cls) -> None:
        if f"{cls.__module__}.{cls.__qualname__}" not in _SORTS:
            raise TypeError("there are no expressions but those of this package: Node, Expr and Condition have no further subclasses")

    @property
    def head(self) -> Head:
        """The head at the root."""
        return self.key[0]  # type: ignore[no-any-return]

    @property
    def args(self) -> tuple[Any, ...]:
        """The children; empty for leaves."""
        return () if self.key[0].leaf else self.key[1:]

    def __copy__(self) -> Node:
        return self

    def __deepcopy__(self, memo: object) -> Node:
        return self

    def __str__(self) -> str:
        return text_of(self)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        text = str(self)
        return text if len(text) <= 2000 else f"{text[:2000]}… ({len(text)} characters)"

    def __reduce__(self) -> tuple[Any, ...]:
        return pickled(self)  # type: ignore[no-any-return]

    def _repr_latex_(self) -> str:
        return f"${latex_of(self)}$"


def postorder(roots: Iterable[Node]) -> list[Any]:
    """All distinct nodes below the roots, children before parents.  Linear in the number of nodes; no recursion."""
    order: list[Any] = []
    seen: set[Any] = set()
    stack: list[Any] = list(roots)
    stack.reverse()
    pop, push, emit, mark = stack.pop, stack.append, order.append, seen.add
    while stack:
        node = pop()
        if node is None:
            emit(pop())
        elif node not in seen:
            mark(node)
            key = node.key
            if key[0].arity:
                push(node)
                push(None)
                stack.extend(key[:0:-1])
            else:
                emit(node)
    return order


def ill_sorted(which: Head, *operands: Any) -> TypeError:
    """The error of a constructor whose operands are of the wrong sort."""
    return TypeError(f"{which.name} cannot stand over ({', '.join(type(operand).__name__ for operand in operands)})")
