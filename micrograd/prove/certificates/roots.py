"""Functions with the same values whose pieces are smooth: √(x² + 0) is |x|, and xⁿ at negative x is cos(πn)·(-x)ⁿ."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from micrograd.prove.certificates.leaf import unfolded
from micrograd.prove.normal.cell import NeedSplit, Plan, Refine
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.prove.normal.ring import Unsupported, ZeroDenominator
from micrograd.prove.normal.signs import Infeasible
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import CONST, EQ, POW, Expr, build, compare, const, pi, postorder, where
from micrograd.verified.functions import absolute, cos, floor
from micrograd.verified.parsing import parse


def without_roots(f: Expr, plan: Plan) -> Expr:
    """The function with a product of |p|ᵉ in place of each root of one of p²ᵉ."""
    done: dict[Any, Any] = {}
    for node in postorder([f]):
        made: Any = build(node.head, *[done[child] for child in node.args]) if node.head.arity else node
        if node.head.name == "hypot":
            made = unfolded(made)
        done[node] = _squares(made, plan)
    return done[f]  # type: ignore[no-any-return]


def with_integral_powers(f: Expr) -> Expr:
    """The function with x**y at negative x, where y is an integer, as cos(πy)·(-x)**y."""
    done: dict[Any, Any] = {}
    for node in postorder([f]):
        made: Any = build(node.head, *[done[child] for child in node.args]) if node.head.arity else node
        if node.head is POW and node.args[1].head is not CONST:
            base, exponent = made.args
            integral = compare(EQ, exponent, floor(exponent))
            made = where(base < 0, where(integral, cos(pi * exponent) * (-base) ** exponent, _NOWHERE), made)
        done[node] = made
    return done[f]  # type: ignore[no-any-return]


_NOWHERE = parse("0/0")


def _squares(node: Any, plan: Plan) -> Any:
    """A root, or a power of one, of a square as a product; other terms as they are."""
    if node.head.name != "sqrt" and (node.head is not POW or node.args[1].head is not CONST):
        return node
    q = Fraction(1, 2) if node.head is not POW else Fraction(node.args[1].key[1])
    n = Normaliser(plan)
    try:
        element = n(node.args[0])
        content, factors = n.know.factor(element)
    except (NeedSplit, Refine, Unsupported, ZeroDenominator, Infeasible, MicrogradError):
        return node
    if not element.den.is_one() or content < 0 or any((e * q).denominator != 1 for _, e in factors):
        return node
    total: Expr = const(content) ** const(q)
    for p, e in factors:
        total = total * absolute(n.to_expression(p)) ** int(e * q)
    return total
