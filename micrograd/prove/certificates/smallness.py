"""Which terms of a piece are small next to a point, and the hints by which the checker sees it.

The rules are those of `micrograd.verified.verdicts.smallness`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

from micrograd.prove.certificates.leaf import Leaf
from micrograd.prove.normal.ring import Element
from micrograd.prove.normal.signs import NEGATIVE, POSITIVE, ZERO, Signs
from micrograd.prove.verdicts import NoCertificate
from micrograd.verified.expr import const
from micrograd.verified.verdicts.points import MAX_ORDER, Point
from micrograd.verified.verdicts.polynomials import sign_power, sign_times
from micrograd.verified.verdicts.quotients import fraction
from micrograd.verified.verdicts.smallness import BOUNDED, MAX_TIMES, ONCE, ROOTS, Order

ENOUGH = Fraction(MAX_ORDER // 2)
"""The order of what tends to 0 faster than every power."""
Hint = list[Any]


class View(Protocol):
    """A cell, seen along x (`micrograd.prove.certificates.points`)."""

    leaf: Leaf
    point: Point
    n: Any

    def node(self, number: int) -> Any: ...

    def form(self, node: Any) -> Element: ...

    def sign(self, element: Element) -> Signs: ...

    def strict(self, element: Element) -> bool: ...

    def holds(self, hypothesis: int) -> None: ...

    def is_smooth(self, piece: int) -> bool: ...

    def differentiated(self, term: int) -> int: ...


def show_small(look: View, piece: int, side: int) -> None:
    """Write which of the largest terms of a piece that are not smooth are small on a side.

    Raises:
        NoCertificate: one of them is not known to be.
    """
    found = _Orders(look, side)
    moving, stack, seen = look.point.moving(piece), [piece], set[int]()
    while stack:
        node = stack.pop()
        if node in seen or node not in moving or look.is_smooth(node):
            continue
        seen.add(node)
        try:
            order, hint = found.of(node)
        except NoCertificate:
            order, hint = (Fraction(0), 0), []
        if order > ONCE:
            look.leaf.line("small", side, look.leaf.draft.place(look.node(node)), hint)
            continue
        stack += look.point.goals.table.keys[node][1:]


def show_steep(look: View, piece: int, side: int) -> bool:
    """Whether a term of a piece is so steep on a side that there is no derivative; then that is written."""
    if look.is_smooth(piece):
        return False
    found = _Orders(look, side)
    for node in reversed(look.point.goals.below([piece])):
        if node not in look.point.moving(piece) or look.is_smooth(node):
            continue
        try:
            (r, s), size = found.size(node)
            if r < 1 or (r == 1 and s == 1):
                order, hint = found.of(node)
                if order > (Fraction(0), 0):
                    return _is_steep(look, piece, side, node, (hint, size))
        except NoCertificate:
            continue
    return False


def _is_steep(look: View, piece: int, side: int, node: int, hints: tuple[Hint, Hint]) -> bool:
    apart = look.point.apart(piece, side, node)
    for hypothesis in apart.hypotheses:
        look.holds(hypothesis)
    slope = look.form(look.node(apart.along[node]))
    if look.sign(slope) <= ZERO:
        return False
    look.leaf.line("steep", side, look.leaf.draft.place(look.node(node)), *hints, look.leaf.factored(slope))
    return True


class _Orders:
    """The orders of terms on one side of a point, with hints for the checker."""

    def __init__(self, look: View, side: int) -> None:
        self.look, self.side = look, side

    def of(self, node: int) -> tuple[Order, Hint]:
        """The order of a term, and its hint."""
        name, *operands = self.look.point.goals.table.keys[node]
        if self.look.is_smooth(node):
            return self.smooth(node)
        if name in BOUNDED:
            return (Fraction(0), 0), ["bounded"]
        if name in ("add", "sub", "mul"):
            ((a, b), first), ((c, d), second) = map(self.of, operands)
            return ((a + c, max(b, d)) if name == "mul" else min((a, b), (c, d))), ["by", first, second]
        if name == "neg":
            order, hint = self.of(operands[0])
            return order, ["by", hint]
        if name == "div":
            (r, s), hint = self.of(operands[0])
            k, _, factors = self.first(operands[1])
            return (r - k, s), ["over", hint, factors]
        if name == "log":
            return (Fraction(0), 0), ["log", self.first(operands[0])[2]]
        if name == "exp":
            return self.flat(operands[0])
        return self.power(name, operands)

    def smooth(self, node: int) -> tuple[Order, Hint]:
        """Of a smooth term: how many of its derivatives are 0."""
        look, factors = self.look, list[Any]()
        while len(factors) < MAX_ORDER:
            element = look.form(look.node(node))
            if not look.sign(element) <= ZERO:
                break
            factors.append(look.leaf.factored(element))
            node = look.differentiated(node)
        return (Fraction(len(factors)), 0), ["zero", factors]

    def first(self, node: int) -> tuple[int, Signs, list[Any]]:
        """The first derivative of a smooth term that is not 0: its number, its sign, and the hint."""
        look, factors = self.look, list[Any]()
        while len(factors) < MAX_ORDER:
            element = look.form(look.node(node))
            factors.append(look.leaf.factored(element))
            if not look.sign(element) <= ZERO:
                look.strict(element)
                look.differentiated(node)
                return len(factors) - 1, look.n.know.of(element), factors
            node = look.differentiated(node)
        raise NoCertificate("no derivative is known that is not 0")

    def size(self, node: int) -> tuple[Order, Hint]:
        """The size of a term, and its hint."""
        name, *operands = self.look.point.goals.table.keys[node]
        if self.look.is_smooth(node):
            k, _, factors = self.first(node)
            return (Fraction(k), 0), ["first", *factors]
        if name == "log":
            k, _, factors = self.first(operands[0])
            if k:
                return (Fraction(0), 1), ["log", factors]
        if name == "div":
            (r, s), hint = self.size(operands[0])
            k, _, factors = self.first(operands[1])
            return (r - k, s), ["over", hint, factors]
        if name == "mul":
            ((a, b), one), ((c, d), two) = map(self.size, operands)
            return (a + c, max(b, d)), ["by", one, two]
        if name == "neg":
            order, hint = self.size(operands[0])
            return order, ["by", hint]
        q = self.exponent(name, operands)
        if q is None or not 0 < q <= MAX_TIMES:
            raise NoCertificate(f"how large {name} is next to the point")
        (r, s), hint = self.size(operands[0])
        return (q * r, s), ["by", hint]

    def exponent(self, name: str, operands: list[int]) -> Fraction | None:
        """The number q of a power u^q."""
        keys = self.look.point.goals.table.keys
        if name in ROOTS:
            return ROOTS[name]
        return Fraction(keys[operands[1]][1]) if name in ("pow", "powi") and keys[operands[1]][0] == "const" else None

    def flat(self, operand: int) -> tuple[Order, Hint]:
        """exp of what tends to minus infinity."""
        look = self.look
        top, bottom = fraction(look.point, operand)
        element = look.form(look.node(top))
        look.strict(element)
        look.differentiated(top)
        m, signs, factors = self.first(bottom)
        sign = sign_times(sign_times(look.n.know.of(element), signs), sign_power(frozenset((self.side,)), m))
        if m == 0 or not sign <= NEGATIVE:
            raise NoCertificate("an exponential that is not known to tend to 0")
        times = min(int(ENOUGH), MAX_TIMES)
        return (Fraction(times * m), 0), ["exp", times, look.leaf.factored(element), factors]

    def power(self, name: str, operands: list[int]) -> tuple[Order, Hint]:
        """A power or a root."""
        look, q = self.look, self.exponent(name, operands)
        if q is not None:
            if q < 0:
                k, _, factors = self.first(operands[0])
                return (q * k, 0), ["inverse", factors]
            (r, s), hint = self.of(operands[0])
            if 0 < q <= MAX_TIMES:
                return (q * r, s), ["by", hint]
        if name == "pow" and operands[1] not in look.point.moving(operands[1]):
            order, hint = self.of(operands[0])
            for whole in (1, 0) if order >= ONCE else ():
                above = look.form(look.node(operands[1])) - look.form(const(whole))
                if look.n.know.of(above) <= POSITIVE:
                    look.leaf.ensure_element(above, POSITIVE)
                    return (Fraction(whole), 1), ["above", whole, look.leaf.factored(above), hint]
        raise NoCertificate(f"how small {name} is next to the point")
