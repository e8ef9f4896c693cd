"""Points where pieces meet, looked at from both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from micrograd.prove.certificates.leaf import Closed, Leaf
from micrograd.prove.certificates.smallness import show_small, show_steep
from micrograd.prove.certificates.strict import Found, Tracing
from micrograd.prove.normal.cell import NeedSplit
from micrograd.prove.normal.ring import Element, ZeroDenominator
from micrograd.prove.normal.signs import NONZERO, POSITIVE, ZERO, Infeasible, Signs
from micrograd.prove.verdicts import NoCertificate
from micrograd.verified.expr import OR, POW, postorder
from micrograd.verified.verdicts.goals import Goal
from micrograd.verified.verdicts.points import MAX_ORDER, OpenComparison, Point
from micrograd.verified.verdicts.quotients import fraction

T = TypeVar("T")


def examine(leaf: Leaf, goal: Goal) -> None:
    """Show that the function has no derivative at the points of the cell, or make a goal of what it is."""
    leaf.start()
    if leaf.closed:
        return
    assert goal.problem is not None
    look = Look(leaf, Point(leaf.draft.verdict.forms, leaf.cell, goal.problem))
    try:
        look.examine()
    except Closed:
        return


class Look:
    """One cell, seen along x."""

    def __init__(self, leaf: Leaf, point: Point) -> None:
        self.leaf, self.point, self.n = leaf, point, leaf.n

    def examine(self) -> None:
        """An edge, else values and slopes of the pieces."""
        leaf, point = self.leaf, self.point
        exists = point.existence()
        for side in (-1, 1):
            if self.resolved(lambda side=side: point.piece(exists, side)) == point.goals.table.false:  # type: ignore[misc]
                leaf.line("edge", side)
                return
        if self.power():
            return
        pieces = self.resolved(point.pieces)
        here = self.form(self.node(point.problem.function))
        if pieces[0] == pieces[1] and self.quotient(pieces[0], here):
            return
        if any(show_steep(self, piece, side) for side, piece in zip((-1, 1), pieces, strict=True)):
            return
        values = [self.local(piece, side) for side, piece in zip((-1, 1), pieces, strict=True)]
        for side, (value, _) in zip((-1, 1), values, strict=True):
            if self.sign(value - here) == NONZERO:
                leaf.line("jump", side, leaf.factored(value - here))
                return
        left, right = (slope for _, slope in values)
        if self.sign(left - right) == NONZERO:
            leaf.line("kink", leaf.factored(left - right))
            return
        leaf.line("join", *[leaf.factored(element) for element in (values[0][0] - here, values[1][0] - here, left - right)])

    def quotient(self, piece: int, here: Element) -> bool:
        """Whether the piece is a quotient whose denominator is 0 at the point; then its limit or that there is none is written."""
        n, d = fraction(self.point, piece)
        if d == self.point.goals.table.one or not self.sign(self.form(self.node(d))) <= ZERO:
            return False
        pairs = []
        for _ in range(MAX_ORDER + 1):
            above, below = self.form(self.node(n)), self.form(self.node(d))
            pairs.append([self.leaf.factored(above), self.leaf.factored(below)])
            next_n, next_d = self.differentiated(n), self.differentiated(d)
            if not self.sign(below) <= ZERO:
                gap = here - above * below.inverse()
                self.sign(gap)
                self.leaf.line("quotient", pairs, self.leaf.factored(gap))
                return True
            if not self.sign(above) <= ZERO:
                self.leaf.line("quotient", pairs, ["0", []])
                return True
            n, d = next_n, next_d
        raise NoCertificate("no derivative of a denominator is known not to be 0")

    def differentiated(self, term: int) -> int:
        """The slope of a term that is smooth at the point."""
        slope, hypothesis = self.point.slope(term)
        self.holds(hypothesis)
        return slope

    def power(self) -> bool:
        """Whether the function is a power of x that needs no pieces."""
        f, x, leaf = self.node(self.point.problem.function), self.node(self.point.problem.x), self.leaf
        if f.head is not POW or f.args[0] is not x or x in postorder([f.args[1]]):
            return False
        above = self.form(f.args[1]) - self.n.one
        if not self.n.know.of(self.form(x)) <= ZERO or not self.n.know.of(above) <= POSITIVE:
            return False
        leaf.ensure_element(self.n.memo[x], ZERO)
        leaf.ensure_element(above, POSITIVE)
        leaf.line("power", leaf.factored(self.n.memo[x]), leaf.factored(above))
        return True

    def node(self, number: int) -> Any:
        """A node of the checker's table, at the point."""
        return self.leaf.draft.expressions([self.point.here(number)])[0]

    def form(self, node: Any) -> Element:
        """The normal form of what must have a value; it is written."""
        n = self.n
        n.obligations = []
        n(node)
        if n.obligations:
            raise NoCertificate(f"not shown: {n.obligations[0].text}")
        self.leaf.value(node)
        if self.leaf.closed:
            raise Closed
        found: Element = n.memo[node]
        return found

    def sign(self, element: Element) -> Signs:
        """Zero or not; asks for a cut if that is open."""
        signs = self.n.know.of(element)
        if signs <= ZERO:
            self.leaf.ensure_element(element, ZERO)
            return ZERO
        if 0 in signs:
            _, factors = self.n.know.factor(element)
            unknown = [p for p, _ in factors if 0 in self.n.know.of_polynomial(p)]
            raise NeedSplit(self.n.to_expression(unknown[0]))
        self.leaf.ensure_element(element, NONZERO)
        return NONZERO

    def resolved(self, find: Callable[[], T]) -> T:
        """What is found once the comparisons on which it depends are settled."""
        while True:
            try:
                return find()
            except OpenComparison as need:
                self.beside(need.comparison)

    def local(self, piece: int, side: int) -> tuple[Element, Element]:
        """Value and slope of a piece that is smooth at the point but for what is small there, which is shown."""
        if not self.is_smooth(piece):
            show_small(self, piece, side)
        apart = self.point.apart(piece, side)
        value = self.form(self.node(apart.term))
        for hypothesis in apart.hypotheses:
            self.holds(hypothesis)
        return value, self.form(self.node(apart.slope))

    def is_smooth(self, piece: int) -> bool:
        """Whether a piece has a value at the point and is smooth there, or whether a sign has to be known first."""
        hypothesis = self.point.slope(piece)[1]
        if hypothesis == self.point.goals.table.true:
            return True
        n = Tracing(self.n.plan)  # what is asked of a term that has no value must not be learnt
        try:
            Found(n).learn([c for c in self.leaf.draft.expressions(self.point.cell.literals) if c.head is not OR])
            n.obligations = []
            n(self.node(piece))
            return bool(n(self.node(hypothesis))) and not n.obligations
        except NeedSplit:
            return True
        except (Infeasible, ZeroDenominator):
            return False

    def holds(self, hypothesis: int) -> None:
        """A condition of smoothness."""
        condition = self.node(hypothesis)
        self.n.obligations = []
        if not self.n(condition):
            raise NoCertificate(f"{condition} is false")
        for c in self.leaf.comparisons(condition):
            for side in c.args:
                self.form(side)
        self.leaf.decide(condition)

    def beside(self, comparison: int) -> None:
        """The signs of a difference on both sides, by its first derivative that is not 0."""
        c, leaf, table = self.node(comparison), self.leaf, self.point.goals.table
        elements = [self.form(c.args[0]) - self.form(c.args[1])]
        last = table.make("sub", *table.keys[comparison][1:])
        for order in range(MAX_ORDER + 1):
            slope, hypothesis = self.point.slope(last)
            if self.strict(elements[-1]) or slope == table.zero:
                if order == 0:
                    self.holds(hypothesis)
                leaf.line("beside", order, *[leaf.factored(element) for element in elements])
                return
            self.holds(hypothesis)
            elements.append(self.form(self.node(slope)))
            last = slope
        raise NoCertificate(f"the truth of {c} beside the point")

    def strict(self, element: Element) -> bool:
        """Whether it is not 0; its sign is then known."""
        signs = self.n.know.of(element)
        if len(signs) > 1:
            _, factors = self.n.know.factor(element)
            unknown = [p for p, _ in factors if len(self.n.know.of_polynomial(p)) > 1]
            raise NeedSplit(self.n.to_expression(unknown[0]))
        self.leaf.ensure_element(element, signs)
        return signs != ZERO
