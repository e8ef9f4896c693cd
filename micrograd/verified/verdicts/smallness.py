"""Terms that are small next to a point: |x|**(3/2), x²·log|x|, x²·sin(1/x), exp(-1/x²) next to 0.

An *order* (r, s) of a term on a side of the point says: close to the point, where the term has a value, it is at most C·|h|^ρ for every
ρ < r; and if s is 1, for some ρ > r.  Orders are found from the term and a hint of the same shape:

* ``["zero", [F, …]]``: the term is smooth at the point and its first derivatives, as many as there are F, are 0 there;
* ``["by", hint, …]``: a sum has the lesser order, a product the sum; |u|^q has q times that of u, for a number q > 0;
* ``["bounded"]``: sin, cos, atan, tanh, erf of anything;
* ``["over", hint, [F, …]]``, ``["inverse", [F, …]]``: a/b, u^-q; the last F belongs to the first derivative of b or u that is not 0;
* ``["log", [F, …]]``: log of such a u;
* ``["above", n, F, hint]``: u^p for p > n that stands still, n = 0 or 1, where u has an order of 1 or more;
* ``["exp", n, F, [F, …]]``: exp(a/b) with a/b negative and unbounded: of each order; n times that of b is taken.

A line ``small side e hint`` says that e has an order above 1: |e| <= q·|h| with q as small as wanted.  Then a piece that depends on x and
on e in a smooth way has, on that side, the value and the slope that it has with 0 for e.

A *size* (r, s) says: close to the point, where the term has a value, it is at least c·|h|^r with c > 0, and if s is 1, times something
that grows without bound.  Its hints are ``["first", F, …]``, ``["by", hint, …]``, ``["over", hint, [F, …]]`` and ``["log", [F, …]]``.  A
line ``steep side e hint size F`` says that e tends to 0 on the side, but |e|/|h| is unbounded, and that the slope of the piece along e is
not 0: then there is no derivative.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from micrograd.verified.errors import CertificateError
from micrograd.verified.verdicts.goals import Goal
from micrograd.verified.verdicts.points import MAX_ORDER, Point
from micrograd.verified.verdicts.polynomials import NEGATIVE, ONE, POSITIVE, ZERO, Signs, constant, require, sign_power, sign_times
from micrograd.verified.verdicts.quotients import fraction

Order = tuple[Fraction, int]

BOUNDED = frozenset(("sin", "cos", "atan", "tanh", "erf"))
ROOTS = {"sqrt": Fraction(1, 2), "cbrt": Fraction(1, 3)}
ONCE = Fraction(1), 0
MAX_TIMES = 16


def small(point: Point, data: list[Any]) -> None:
    """One line; see the module's text."""
    side, number, hint = data
    node = point.cell.place(number)
    require(side.__class__ is int and side in (-1, 1), "a side is -1 or 1")
    require(order(point, node, side, hint) > ONCE, "the term may not be small")
    point.cell.small.add((node, side))


def order(point: Point, term: int, side: int, hint: Any) -> Order:
    """The order of a term on a side."""
    point.goals.ring.spend(1)
    kind, *data = hint
    name, *operands = point.goals.table.keys[term]
    if kind == "zero":
        return Fraction(_zeros(point, term, data[0])), 0
    if kind == "bounded":
        require(name in BOUNDED, f"{name} may be unbounded")
        point.cell.used.add(f"bounded {name}")
        return Fraction(0), 0
    if kind == "by":
        return _joined(point, name, operands, side, data)
    if kind == "over":
        require(name == "div", "not a quotient")
        r, s = order(point, operands[0], side, data[0])
        return r - first(point, operands[1], data[1])[0], s
    if kind == "inverse":
        q = exponent(point, name, operands)
        require(q < 0, "not a negative power")
        return q * first(point, operands[0], data[0])[0], 0
    if kind == "log":
        require(name == "log", "not a logarithm")
        first(point, operands[0], data[0])
        return Fraction(0), 0
    if kind == "above":
        return _above(point, name, operands, side, data)
    require(kind == "exp" and name == "exp", "no rule for an order")
    return _flat(point, operands[0], side, data)


def steep(point: Point, data: list[Any]) -> list[Goal]:
    """One line; see the module's text."""
    side, number, hint, size_hint, factors = data
    node = point.cell.place(number)
    require(side.__class__ is int and side in (-1, 1), "a side is -1 or 1")
    require(order(point, node, side, hint) > (Fraction(0), 0), "the term may not tend to 0")
    r, s = size(point, node, size_hint)
    require(r < 1 or (r == 1 and s == 1), "the term may not be steep")
    apart = point.apart(point.pieces()[side == 1], side, node)
    require(all(point.cell.truth(h) is True for h in apart.hypotheses), "the piece may not be smooth but for this term")
    slope = point.value(apart.along[node])
    require(0 not in point.cell.sign_by(slope, point.cell.factored(factors)), "the piece may not depend on the term")
    return []


def size(point: Point, term: int, hint: Any) -> Order:
    """The size of a term."""
    point.goals.ring.spend(1)
    kind, *data = hint
    name, *operands = point.goals.table.keys[term]
    if kind == "first":
        return Fraction(first(point, term, data)[0]), 0
    if kind == "log":
        require(name == "log" and first(point, operands[0], data[0])[0] > 0, "the logarithm may be bounded")
        return Fraction(0), 1
    if kind == "over":
        require(name == "div", "not a quotient")
        r, s = size(point, operands[0], data[0])
        return r - first(point, operands[1], data[1])[0], s
    require(kind == "by", "no rule for a size")
    if name == "mul":
        (a, b), (c, d) = (size(point, operand, part) for operand, part in zip(operands, data, strict=True))
        return a + c, max(b, d)
    r, s = size(point, operands[0], data[0])
    if name == "neg":
        return r, s
    q = exponent(point, name, operands)
    require(0 < q <= MAX_TIMES, "not a positive power")
    return q * r, s


def _zeros(point: Point, term: int, factors: list[Any]) -> int:
    """How many derivatives of a smooth term, from the 0th on, are shown to be 0."""
    require(len(factors) <= MAX_ORDER, "the order of a derivative")
    slope = point.smooth(term)
    for k, shown in enumerate(factors):
        require(point.cell.sign_by(point.value(term), point.cell.factored(shown)) <= ZERO, "a derivative may be other than 0")
        term = slope
        slope = point.smooth(term) if k + 1 < len(factors) else term
    return len(factors)


def first(point: Point, term: int, factors: list[Any]) -> tuple[int, Signs]:
    """Of a smooth term, the number of the first derivative that is not 0 at the point, and its sign."""
    require(0 < len(factors) <= MAX_ORDER, "the order of a derivative")
    for k, shown in enumerate(factors):
        signs = point.cell.sign_by(point.value(term), point.cell.factored(shown))
        if k == len(factors) - 1:
            require(0 not in signs, "the derivative may be 0")
            if not k:
                point.smooth(term)
            return k, signs
        require(signs <= ZERO, "a lower derivative may be other than 0")
        term = point.smooth(term)
    raise CertificateError("no derivative is shown that is not 0")


def exponent(point: Point, name: str, operands: list[int]) -> Fraction:
    """The number q of a power u^q."""
    if name in ROOTS:
        return ROOTS[name]
    require(name in ("pow", "powi"), f"{name} is not a power")
    kind, *value = point.goals.table.keys[operands[1]]
    require(kind == "const", "the exponent is no number")
    return Fraction(value[0])


def _joined(point: Point, name: str, operands: list[int], side: int, hints: list[Any]) -> Order:
    """The order of a sum, a product or a power by those of its operands."""
    if name in ("add", "sub", "mul"):
        (a, b), (c, d) = (order(point, operand, side, hint) for operand, hint in zip(operands, hints, strict=True))
        return (a + c, max(b, d)) if name == "mul" else min((a, b), (c, d))
    r, s = order(point, operands[0], side, hints[0])
    if name == "neg":
        return r, s
    q = exponent(point, name, operands)
    require(0 < q <= MAX_TIMES, "not a positive power")
    return q * r, s


def _above(point: Point, name: str, operands: list[int], side: int, data: list[Any]) -> Order:
    """u^p with |u| <= C·|h|^ρ for each ρ < 1, and p > n that stands still."""
    whole, factors, hint = data
    require(name == "pow" and operands[1] not in point.moving(operands[1]), "the exponent does not stand still")
    require(whole.__class__ is int and whole in (0, 1), "above 0 or 1")
    above = point.cell.ring.sum(point.value(operands[1]), (constant(whole), ONE), -1)
    require(point.cell.sign_by(above, point.cell.factored(factors)) <= POSITIVE, "the exponent may not be above this")
    require(order(point, operands[0], side, hint) >= ONCE, "the base may not be small enough")
    return Fraction(whole), 1


def _flat(point: Point, operand: int, side: int, data: list[Any]) -> Order:
    """exp(a/b) with a smooth, b of order m, a/b < 0: at most C·|h|^(n·m)."""
    times, above, below = data
    require(times.__class__ is int and 0 < times <= MAX_TIMES, "how many times the order of the denominator")
    top, bottom = fraction(point, operand)
    point.smooth(top)
    m, signs = first(point, bottom, below)
    require(m > 0, "the denominator is not 0")
    sign = sign_times(point.cell.sign_by(point.value(top), point.cell.factored(above)), signs)
    require(sign_times(sign, sign_power(frozenset((side,)), m)) <= NEGATIVE, "the operand may not tend to minus infinity")
    return Fraction(times * m), 0
