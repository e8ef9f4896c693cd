"""Expressions to text that parses back to the same expression.

Parentheses are written where the parser needs them.  A graph whose tree would be much larger than itself is written with its
shared parts named first, ``t1 = …; t2 = …; t1*t2``, so that text is linear in the graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from micrograd.verified.expr import BOOL, CONST, NEG, NOT, VAR, Node, paused_collection, postorder
from micrograd.verified.nodes import text_of
from micrograd.verified.wengert import number_text

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(1, 10)

_INFIX: dict[str, tuple[str, int, int, int]] = {
    "add": (" + ", _SUM, _SUM, _PRODUCT),
    "sub": (" - ", _SUM, _SUM, _PRODUCT),
    "mul": ("*", _PRODUCT, _PRODUCT, _SIGN),
    "div": ("/", _PRODUCT, _PRODUCT, _SIGN),
    "pow": ("**", _POWER, _ATOM, _SIGN),
    "powi": ("**", _POWER, _ATOM, _SIGN),
    "lt": (" < ", _COMPARE, _SUM, _SUM),
    "le": (" <= ", _COMPARE, _SUM, _SUM),
    "gt": (" > ", _COMPARE, _SUM, _SUM),
    "ge": (" >= ", _COMPARE, _SUM, _SUM),
    "eq": (" == ", _COMPARE, _SUM, _SUM),
    "ne": (" != ", _COMPARE, _SUM, _SUM),
    "and": (" and ", _AND, _AND, _NOT),
    "or": (" or ", _OR, _OR, _AND),
}
"""Per infix head: symbol, own precedence, least precedence that its left and its right operand have without parentheses."""

_SWELL = 4
_FREE = 400


def _precedence(node: Any) -> int:
    key = node.key
    which = key[0]
    if which is CONST:
        if key[1].denominator != 1:
            return _PRODUCT
        return _SIGN if key[1] < 0 else _ATOM
    if which is NEG:
        return _SIGN
    if which.name in _INFIX:
        return _INFIX[which.name][1]
    return _NOT if which is NOT else _ATOM


def _leaf_text(node: Any) -> str:
    key = node.key
    if key[0] is CONST:
        return number_text(key[1])
    if key[0] is VAR or key[0] is BOOL:
        return str(key[1])
    return str(key[0].name)


def _pieces(node: Any, least: int, names: Mapping[Any, str]) -> list[Any]:
    """The text of one node as strings and ``(child, least precedence)`` pairs, in reverse order for a stack."""
    name = names.get(node)
    if name is not None:
        return [name]
    key = node.key
    which = key[0]
    if not which.arity:
        text = _leaf_text(node)
        return [text if _precedence(node) >= least else f"({text})"]
    infix = _INFIX.get(which.name)
    if infix is not None:
        symbol, own, left, right = infix
        pieces = [(key[2], right), symbol, (key[1], left)]
    elif which is NEG:
        own = _SIGN
        pieces = [(key[1], _POWER), "-"]
    elif which is NOT:
        own = _NOT
        pieces = [(key[1], _NOT), "not "]
    else:
        own = _ATOM
        pieces = [")"]
        for child in key[:0:-1]:
            pieces += [(child, 0), ", "]
        pieces[-1] = f"{which.name}("
    return [")", *pieces, "("] if own < least else pieces


def write(root: Any, names: Mapping[Any, str], unnamed: Any = None) -> Iterator[str]:
    """The text of an expression, piece by piece, with these names for parts of it; linear in its length.

    If the expression itself has a name, that is written, unless it is ``unnamed``.
    """
    stack: list[Any] = _pieces(root, 0, {} if root is unnamed else names)
    while stack:
        item = stack.pop()
        if item.__class__ is str:
            yield item
        else:
            node, least = item
            stack.extend(_pieces(node, least, names))


def shared_parts(order: list[Any], roots: Sequence[Any] | None = None) -> list[Any]:
    """The inner nodes with more than one parent, in postorder; empty where plain text is short enough.

    The roots, by default the last node, count as parents of themselves.
    """
    roots = order[-1:] if roots is None else roots
    size: dict[Any, int] = {}
    uses: dict[Any, int] = dict.fromkeys(roots, 1)
    for node in order:
        total = 1
        for child in node.args:
            total += size[child]
            uses[child] = uses.get(child, 0) + 1
        size[node] = min(total, 1 << 62)
    if sum(size[root] for root in roots) <= max(_FREE, _SWELL * len(order)):
        return []
    return [node for node in order if uses.get(node, 0) > 1 and node.head.arity]


@paused_collection()
def to_text(root: Node) -> str:
    """Text that the parser reads back to the same object.  Linear in the length of the text."""
    names: dict[Any, str] = {}
    parts: list[str] = []
    for node, name in shared_names([root]).items():
        parts.extend((f"{name} = ", *write(node, names), "; "))
        names[node] = name
    parts.extend(write(root, names))
    return "".join(parts)


def shared_names(roots: Sequence[Node]) -> dict[Any, str]:
    """Names ``t1``, ``t2``, … for the parts that the roots share, each after those that occur in it; no variable has such a name."""
    order = postorder(roots)
    taken = {node.key[1] for node in order if node.head is VAR}
    names: dict[Any, str] = {}
    counter = 0
    for node in shared_parts(order, roots):
        counter += 1
        while f"t{counter}" in taken:
            counter += 1
        names[node] = f"t{counter}"
    return names


text_of.give(to_text)
