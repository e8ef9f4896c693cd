"""Writes certificates: one goal after the other is settled in one cell, or cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from micrograd.prove.cells import solution, vanishing
from micrograd.prove.certificates.draft import Draft
from micrograd.prove.certificates.hints import hints_for
from micrograd.prove.certificates.leaf import Leaf
from micrograd.prove.certificates.points import examine
from micrograd.prove.certificates.roots import with_integral_powers, without_roots
from micrograd.prove.certificates.strict import Found, Tracing
from micrograd.prove.certificates.sums import parts, relevant
from micrograd.prove.normal.cell import NeedSplit, Plan, Refine
from micrograd.prove.normal.ring import Unsupported, ZeroDenominator
from micrograd.prove.normal.signs import ZERO, Infeasible
from micrograd.prove.verdicts import NoCertificate
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import EQ, GE, GT, LE, LT, MUL, OR, VAR, Condition, Expr, Node, all_of, const, postorder, var
from micrograd.verified.verdicts.check import FORMAT, VERSION, rows_digest
from micrograd.verified.verdicts.goals import Goal

MAX_STARTS = 24
MAX_GOALS = 1000
_MISHAPS = (Unsupported, ZeroDenominator, Infeasible, MicrogradError, KeyError)
"""What ends the attempt at a cell."""


class Writer(Draft):
    """A certificate that writes itself."""

    count = 0
    """Goals so far."""

    def derivative(self, f: Expr, x: Expr, claim: Expr, domain: Condition) -> dict[str, Any]:
        """The certificate that the claim is the derivative of f with respect to x."""
        return self.claimed("derivative", [x], function=f, claim=claim, domain=domain)

    def second(self, f: Expr, xs: Sequence[Expr], claim: Expr, domain: Condition, slope: Expr, around: Condition) -> dict[str, Any]:
        """The certificate that the claim is the derivative of a derivative, which the slope is around the domain."""
        return self.claimed("second", xs, function=f, claim=claim, domain=domain, slope=slope, around=around)

    def equality(self, a: Expr, b: Expr, domain: Condition) -> dict[str, Any]:
        """The certificate that b has the value of a wherever a has one."""
        return self.claimed("equality", (), a=a, b=b, domain=domain)

    def claimed(self, kind: str, xs: Sequence[Expr], **parts: Node) -> dict[str, Any]:
        """The certificate of a claim with these parts."""
        variables = {"wrt": [self.place(x) for x in xs]} if xs else {}
        return self.certificate({"kind": kind, **variables, **{name: self.place(node) for name, node in parts.items()}})

    def certificate(self, claim: dict[str, Any]) -> dict[str, Any]:
        """All lines that the claim takes.

        Raises:
            NoCertificate: there is a step for which there is no rule.
        """
        self.verdict.claim(claim)
        self.settle(0, Plan.small())
        return {
            "format": FORMAT,
            "version": VERSION,
            "registry": rows_digest(),
            "nodes": self.nodes,
            "claim": claim,
            "lines": self.lines,
        }

    def settle(self, left: int, plan: Plan) -> None:
        """Goals until so many are left."""
        while len(self.verdict.goals) > left:
            self.count += 1
            if self.count > MAX_GOALS:
                raise NoCertificate(f"more than {MAX_GOALS} cases")
            self.goal(self.verdict.goals[-1], plan)

    def goal(self, goal: Goal, plan: Plan) -> None:
        """One goal: settled, or cut."""
        literals: list[Any] = self.expressions(goal.literals or ())
        sides: Any = None if goal.sides is None else self.expressions(goal.sides)
        if sides is not None and self.by_terms(literals, sides):
            return
        state = self.state()
        try:
            self.settled(literals, sides, plan)
            return
        except NoCertificate as refusal:
            reason = refusal
            self.restore(state)
        if self.at_once(literals, sides, plan):
            return
        if goal.problem is not None:
            self.at_the_edge(goal, literals, plan)
        elif not self.cut(literals, plan) and not self.by_sign(literals, getattr(reason, "expression", None)):
            raise reason

    def by_terms(self, literals: list[Any], sides: Any) -> bool:
        """Whether the sides agree part by part, as sums; each part needs the literals that mention a term of it."""
        pairs = parts(*sides)
        if not pairs:
            return False
        state, count = self.state(), self.count
        left = len(self.verdict.goals) - 1
        try:
            self.write("sum", *[self.place(side) for pair in pairs for side in pair])
            for k, pair in enumerate(pairs):
                needed = relevant(literals, pair)
                if len(needed) < len(literals):
                    self.write("keep", *[self.place(literal) for literal in needed])
                self.settle(left + len(pairs) - 1 - k, Plan.small())
        except NoCertificate:
            self.restore(state)
            self.count = count
            return False
        return True

    def at_once(self, literals: list[Any], sides: Any, plan: Plan) -> bool:
        """Whether two sides that are one term have a value whatever the literals say: it spares their cuts."""
        if not literals or sides is None or sides[0] is not sides[1]:
            return False
        state = self.state()
        try:
            found = Found(Tracing(plan))
            found.look([], sides)
            Leaf(self, found.n, found, hints_for).write(sides)
        except (*_MISHAPS, NoCertificate, NeedSplit, Refine):
            self.restore(state)
            return False
        return True

    def at_the_edge(self, goal: Goal, literals: list[Any], plan: Plan) -> None:
        """A goal about points at which the function may have no derivative: cut, or looked at from both sides."""
        assert goal.problem is not None
        x: Any = self.expressions([goal.problem.x])[0]
        for literal in literals:
            if literal.head in (LE, GE) and self.by_sign(literals, literal.args[0] - literal.args[1]):
                return
            if literal.head is OR:
                self.write("or", self.place(literal))
                return
        if self.by_squares(literals, plan):
            return
        for literal in literals:
            for name in sorted({node.key[1] for node in postorder([literal]) if node.head is VAR}) if literal.head is EQ else ():
                value = solution(literal.args[0] - literal.args[1], name)
                if var(name) is not x and value is not None and self.tried("fix", literal, var(name), value):
                    return
        state = self.state()
        try:
            left = len(self.verdict.goals)
            self.write("none")
            if len(self.verdict.goals) == left:  # else the function has a value nowhere
                self.settled(self.expressions(self.verdict.goals[-1].literals or ()), None, plan)
            return
        except NoCertificate:
            self.restore(state)
        try:
            self.settled(literals, None, plan, goal)
        except NoCertificate:
            self.restore(state)
            f: Any = self.expressions([goal.problem.function])[0]
            for other in (without_roots(f, plan), with_integral_powers(f)):
                if other is not f and self.tried("same", other):
                    return
            self.write("none")  # it may take cuts to show that there is no value

    def by_squares(self, literals: list[Any], plan: Plan) -> bool:
        """Whether an equation was replaced by simpler ones: of a sum of squares that is 0, each is 0."""
        for literal in literals:
            n = Tracing(plan)
            state, found = self.state(), Found(n)
            try:
                zeros: list[Any] = vanishing(n, literal) if literal.head is EQ else []
                simpler = [c for c in zeros if c not in literals and c.head is EQ and c.args[0].head is not MUL]
                if not simpler:
                    continue
                found.learn([literal])
                leaf = Leaf(self, n, found, hints_for)
                leaf.start()
                _vanish(leaf, literal, simpler)
                if not leaf.closed:
                    self.write("have", self.place(all_of(*simpler)))
                return True
            except (*_MISHAPS, NoCertificate, NeedSplit, Refine):
                self.restore(state)
        return False

    def cut(self, literals: list[Any], plan: Plan) -> bool:
        """Cut a goal by an equation that can be solved, or by a disjunction."""
        for literal in literals:
            if literal.head is EQ:
                for name in sorted({node.key[1] for node in postorder([literal]) if node.head is VAR}):
                    value = solution(literal.args[0] - literal.args[1], name)
                    if value is not None and self.tried("put", literal, var(name), value):
                        return True
        if self.by_squares(literals, plan):
            return True
        for literal in literals:
            if literal.head is OR:
                self.write("or", self.place(literal))
                return True
        return False

    def by_sign(self, literals: list[Any], p: Expr | None) -> bool:
        """Cut a goal by the sign of an expression, unless it was."""
        if p is None or any(c.head in (LT, GT, EQ) and p in c.args and const(0) in c.args for c in literals):
            return False
        self.write("sign", self.place(p))
        return True

    def settled(self, literals: list[Any], sides: Any, plan: Plan, at: Goal | None = None) -> None:
        """Settle a goal in one cell, or cut it by a sign that is asked for; with ``at``, look at the function from both sides."""
        for _ in range(MAX_STARTS):
            n = Tracing(plan)
            found = Found(n)
            state = self.state()
            try:
                found.look(literals, sides)
                leaf = Leaf(self, n, found, hints_for)
                if at is None:
                    leaf.write(sides)
                else:
                    examine(leaf, at)
                return
            except Refine:
                self.restore(state)
            except NeedSplit as need:
                self.restore(state)
                if not self.at_once(literals, sides, plan) and not self.by_sign(literals, need.expression):
                    raise NoCertificate(f"the sign of {need.expression} remains open") from None
                return
            except _MISHAPS as reason:
                raise NoCertificate(f"{type(reason).__name__}: {reason}") from None
        raise NoCertificate("the terms do not get a common basis")


def _vanish(leaf: Leaf, equation: Any, simpler: list[Any]) -> None:
    """That simpler equations hold too: of a sum of terms with one sign that is 0, each term is."""
    n = leaf.n
    difference = n.memo[equation.args[0]] - n.memo[equation.args[1]]
    if len(difference.num) > 1:
        leaf.line("terms", leaf.polynomial(difference.num))
    for c in simpler:
        if not leaf.closed:
            n.know.learn(n(c.args[0]) - n(c.args[1]), ZERO)
            n(c)
            leaf.value(c.args[0])
            leaf.value(c.args[1])
            leaf.decide(c)
