"""Walks over the graph of an expression: its variables, substitution, and its size.  All are linear, and none is recursive."""

from __future__ import annotations

from typing import Any

from micrograd.verified.arithmetic import Expr, ExprLike, N, as_expr
from micrograd.verified.building import build
from micrograd.verified.heads import VAR
from micrograd.verified.interning import file_node, paused_collection
from micrograd.verified.names import is_fresh, is_name
from micrograd.verified.nodes import Node, postorder


def variables(*roots: Node) -> list[Expr]:
    """The variables that occur, sorted by name."""
    return sorted((n for n in postorder(roots) if n.key[0] is VAR), key=lambda n: str(n.key[1]))


@paused_collection()
def substitute(root: N, replacements: dict[Expr, ExprLike]) -> N:
    """Replace subexpressions (usually variables) all at once.  Linear; shared parts stay shared.

    >>> from micrograd.verified import var
    >>> x, y = var("x"), var("y"); substitute(x / y, {x: y, y: 2})
    y/2
    """
    done: dict[Any, Any] = {key: as_expr(value) for key, value in replacements.items()}
    for node in postorder([root]):
        if node not in done:
            key = node.key
            done[node] = build(key[0], *[done[c] for c in key[1:]]) if key[0].arity else node
    return done[root]  # type: ignore[no-any-return]


def count_nodes(*roots: Node) -> int:
    """Number of distinct nodes of the graph."""
    return len(postorder(roots))


def fresh_variable(stem: str, *nodes: Node) -> Expr:
    """A variable that occurs in none of the nodes, and whose name no user can have written: ``stem@1``, ``stem@2``, ….

    Linear in the graph of the nodes.  The same stem and nodes give the same variable.  It can be evaluated, substituted and printed; what
    reads text, JSON, pickles and certificates refuses it.  `named` gives it back by its name.

    >>> from micrograd.verified import var
    >>> x = var("x"); fresh_variable("x", x**2)
    x@1

    Raises:
        ValueError: the stem is neither an identifier nor the name of a fresh variable.
    """
    if is_fresh(stem):
        stem = stem[: stem.index("@")]
    if not is_name(stem):
        raise ValueError(f"{stem!r} is not a variable name: ASCII letters, digits and _, no digit first")
    taken = {node.key[1] for node in postorder(nodes) if node.key[0] is VAR}
    number = 1
    while f"{stem}@{number}" in taken:
        number += 1
    return file_node(Expr, (VAR, f"{stem}@{number}"))
