"""Terms that are small next to a point: the value and the slope of what depends on them.

The rules are those of `micrograd.verified.verdicts.smallness`, where orders are explained; signs are asked of the judge.
"""

from __future__ import annotations

from fractions import Fraction

from micrograd.prove.points.beside import MAX_ORDER, Beside, Undecided, mentioning, moves_a_parameter
from micrograd.verified.differentiation import diff, domain
from micrograd.verified.expr import CONST, DIV, NEG, Expr, const, named, substitute
from micrograd.verified.verdicts.smallness import BOUNDED, ONCE, ROOTS, Order

NOTHING: Order = (Fraction(0), 0)


def apart_from_small(near: Beside, piece: Expr, side: int) -> tuple[Expr, Expr]:
    """Value and slope of a piece on a side, where it is smooth but for terms that are small.

    Raises:
        Undecided: it is not known to be.
    """
    names: dict[Expr, Expr] = {}
    stack, seen = [piece], set[Expr]()
    while stack:
        node = stack.pop()
        if node in seen or not near.moves(node) or near.smooth(node):
            continue
        seen.add(node)
        if _is_small(near, node, side):
            names[node] = named(f"small@{len(names) + 1}")
        else:
            stack += [child for child in node.args if isinstance(child, Expr)]
    rest = substitute(piece, dict(names))
    moving = mentioning(rest, {near.x, *names.values()})
    if any(moves_a_parameter(node, moving) for node in moving):
        raise Undecided(f"how {piece} depends on what is small")
    zeros = {name: const(0) for name in names.values()}
    if not near.judge.holds(near.put(substitute(domain(rest), dict(zeros)))):
        raise Undecided(f"whether {piece} is smooth at the point")
    return near.put(substitute(rest, dict(zeros))), near.put(substitute(diff(rest, near.x), dict(zeros)))


def _is_small(near: Beside, term: Expr, side: int) -> bool:
    """Whether the order of a term is known to be above 1."""
    try:
        return _order(near, term, side) > ONCE
    except Undecided:
        return False


def _order(near: Beside, term: Expr, side: int) -> Order:
    """The order of a term on a side."""
    if not near.moves(term) or near.smooth(term):
        return Fraction(_zeros(near, term)), 0
    name, operands = term.head.name, term.args
    if name in BOUNDED:
        return NOTHING
    if name in ("add", "sub", "mul"):
        (a, b), (c, d) = (_order(near, operand, side) for operand in operands)
        return (a + c, max(b, d)) if name == "mul" else min((a, b), (c, d))
    if name == "neg":
        return _order(near, operands[0], side)
    if name == "div":
        r, s = _order(near, operands[0], side)
        return r - _first(near, operands[1])[0], s
    if name == "log":
        _first(near, operands[0])
        return NOTHING
    if name == "exp":
        return _flat(near, operands[0], side)
    return _power(near, term, side)


def _zeros(near: Beside, term: Expr) -> int:
    """How many derivatives of a smooth term, from the 0th on, are 0."""
    for k in range(MAX_ORDER):
        if near.judge.sign(near.put(term)):
            return k
        if not near.smooth(term):
            raise Undecided(f"whether {term} is smooth at the point")
        term = diff(term, near.x)
    return MAX_ORDER


def _first(near: Beside, term: Expr) -> tuple[int, int]:
    """Of a smooth term, the number of the first derivative that is not 0, and its sign."""
    for k in range(MAX_ORDER):
        if not near.smooth(term):
            break
        sign = near.judge.sign(near.put(term))
        if sign:
            return k, sign
        term = diff(term, near.x)
    raise Undecided(f"the first derivative of {term} that is not 0")


def _flat(near: Beside, operand: Expr, side: int) -> Order:
    """exp of what tends to minus infinity."""
    opposite = operand.head is NEG
    quotient = operand.args[0] if opposite else operand
    if quotient.head is DIV and near.smooth(quotient.args[0]):
        m, below = _first(near, quotient.args[1])
        above = near.judge.sign(near.put(quotient.args[0])) * (-1 if opposite else 1)
        if m and above * below * side**m < 0:
            return Fraction(MAX_ORDER * m), 0
    raise Undecided(f"whether exp({operand}) tends to 0")


def _power(near: Beside, term: Expr, side: int) -> Order:
    """A power or a root."""
    name, operands = term.head.name, term.args
    if name in ROOTS or (name in ("pow", "powi") and operands[1].head is CONST):
        q = ROOTS[name] if name in ROOTS else Fraction(operands[1].key[1])
        if q < 0:
            return q * _first(near, operands[0])[0], 0
        if q > 0:
            r, s = _order(near, operands[0], side)
            return q * r, s
    if name == "pow" and not near.moves(operands[1]) and _order(near, operands[0], side) >= ONCE:
        for whole in (1, 0):
            if near.judge.sign(near.put(operands[1]) - whole) > 0:
                return Fraction(whole), 1
    raise Undecided(f"how small {term} is next to the point")
