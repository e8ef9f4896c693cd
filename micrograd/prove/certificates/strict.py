"""A cell as the prover sees it, where nothing is taken for granted: both sides must be shown to have values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from micrograd.prove.certificates.draft import NotShown
from micrograd.prove.normal.cell import NeedSplit, Plan
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.prove.normal.ring import Element, ZeroDenominator
from micrograd.prove.normal.signs import RELATION, ZERO, Infeasible, Signs
from micrograd.prove.verdicts import NoCertificate
from micrograd.verified.expr import OR, Expr, postorder


class Tracing(Normaliser):
    """Normal forms that remember which term required what, and below which literal."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.current: Any = None
        self.literal: Any = None
        self.learnt: dict[Any, list[tuple[Any, Element]]] = defaultdict(list)

    def _apply(self, node: Any) -> Any:
        before, self.current = self.current, node
        try:
            return super()._apply(node)
        finally:
            self.current = before

    def require(self, element: Element, allowed: Signs, text: Callable[[], str]) -> None:
        if self.obligations is None:
            self.learnt[self.current].append((self.literal, element))
        super().require(element, allowed, text)


class Found:
    """What is found out about a cell: the literals in the order in which they were taken in, and whether they contradict each other."""

    def __init__(self, n: Tracing) -> None:
        self.n = n
        self.order: list[Any] = []
        self.empty = False
        self.reason = ""

    def look(self, literals: list[Any], sides: Any) -> None:
        """Take the literals in, and compare the sides."""
        try:
            self.learn([c for c in literals if c.head is not OR])
            if sides is not None and any(c.head is OR for c in literals):
                raise NoCertificate("a disjunction")
            if sides is not None:
                self.compare(sides)
        except (Infeasible, ZeroDenominator):
            self.empty = True

    def learn(self, literals: list[Any]) -> None:
        """Simple ones first; one that needs a sign waits for what the others say."""
        n, waiting = self.n, sorted(literals, key=lambda c: len(postorder([c])))
        while waiting:
            stuck: list[Any] = []
            need: NeedSplit | None = None
            for literal in waiting:
                n.literal = literal
                a, b = literal.args
                self.order.append(literal)
                try:
                    n.know.learn(n(a) - n(b), RELATION[literal.head])
                except ZeroDenominator:
                    raise Infeasible from None
                except NeedSplit as open_sign:
                    self.order.pop()
                    need = need or open_sign
                    stuck.append(literal)
            if need is not None and len(stuck) == len(waiting):
                raise need
            waiting = stuck

    def compare(self, sides: Any) -> None:
        """Both sides must be shown to have values, and the same."""
        n = self.n
        n.obligations = []
        truth = n(sides[0])
        difference = truth - n(sides[1])
        if n.obligations:
            raise NotShown(f"not shown: {n.obligations[0].text}", self.open_sign(n.obligations[0].element))
        if difference and n.know.of(difference) != ZERO:
            self.empty, self.reason = True, "a difference remains"  # unless there are no points at all

    def open_sign(self, element: Element) -> Expr | None:
        """Of what the sign would help to know that of an element."""
        n = self.n
        for p, _ in n.know.factor(element)[1] if element else ():
            if len(n.know.of_polynomial(p)) > 1:
                g = n.as_generator(p)
                if g is not None and n.atoms[g].kind == "lambertw":
                    return n.to_expression(n.atoms[g].arguments[0].num)
                return n.to_expression(p)
        return None
