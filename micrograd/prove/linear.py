"""Whether an expression is c·x + rest for a number c and a rest without x."""

from __future__ import annotations

from fractions import Fraction

from micrograd.verified.expr import CONST, VAR, Expr, const, postorder

_Parts = tuple[Fraction, Expr]


def linear_in(h: Expr, name: str) -> _Parts | None:
    """(c, rest) with h = c·x + rest, read off sums, differences, numerical multiples and quotients; else None."""
    zero = const(0)
    table: dict[Expr, _Parts | None] = {}
    for node in postorder([h]):
        which, *children = node.key
        if which is VAR:
            table[node] = (Fraction(1), zero) if children[0] == name else (Fraction(0), node)
        elif not which.arity:
            table[node] = (Fraction(0), node)
        else:
            parts = [table[c] for c in children]
            if all(p is not None and not p[0] for p in parts):
                table[node] = (Fraction(0), node)
            else:
                table[node] = _combine(which.name, children, parts)
    return table[h]


def _combine(name: str, children: list[Expr], parts: list[_Parts | None]) -> _Parts | None:
    if any(p is None for p in parts):
        return None
    known = [p for p in parts if p is not None]
    if name == "add":
        return known[0][0] + known[1][0], known[0][1] + known[1][1]
    if name == "sub":
        return known[0][0] - known[1][0], known[0][1] - known[1][1]
    if name == "neg":
        return -known[0][0], -known[0][1]
    if name == "mul":
        for i in (0, 1):
            if children[i].head is CONST:
                c = Fraction(children[i].key[1])
                return c * known[1 - i][0], const(c) * known[1 - i][1]
    if name == "div" and children[1].head is CONST and children[1].key[1]:
        c = Fraction(children[1].key[1])
        return known[0][0] / c, known[0][1] / const(c)
    return None
