"""Points of the stated domain that the rules of differentiation do not cover: kinks, edges, joins, and where there is no value.

Where the function's smooth domain S ends inside the stated domain D, each part of D and not S is settled in one of these ways: there are no
such points; the function has no value there; it has one and is not differentiable (kink, jump, edge), which is reported; or it is
differentiable after all (two pieces that join smoothly, a condition that does not depend on the variable), and then the claim must be
right there too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from micrograd.prove.cells import Cell, Prover, by_sign, flatten, opposite, solution, vanishing
from micrograd.prove.limits import tick
from micrograd.prove.normal.cell import NeedSplit, Plan, Refine
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.prove.normal.ring import Unsupported, ZeroDenominator
from micrograd.prove.normal.shape import always
from micrograd.prove.normal.signs import Infeasible
from micrograd.prove.points.beside import Undecided
from micrograd.prove.points.onesided import derivative_at
from micrograd.verified.differentiation import conjuncts, defined, diff
from micrograd.verified.differentiation import domain as smooth_domain
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import (
    EQ,
    GE,
    GT,
    LE,
    LT,
    OR,
    TRUE,
    Condition,
    Expr,
    Node,
    all_of,
    compare,
    const,
    fresh_variable,
    named,
    substitute,
    variables,
)

MAX_PARTS = 200
MAX_STARTS = 24


@dataclass
class Part:
    """A part of the domain outside the smooth one: literals, of which some are equations, and the problem there."""

    conditions: list[Condition]
    f: Expr
    claim: Expr
    at: Expr
    plan: Plan = field(default_factory=Plan.small)
    examined: frozenset[Condition] = frozenset()
    """Equations from which nothing simpler follows."""
    given: tuple[Condition, ...] = ()
    """Equations that were solved and put in: with the conditions they say where the part is."""

    def less(self, conditions: list[Condition]) -> Part:
        """The part with other conditions, to be looked at afresh."""
        return replace(self, conditions=conditions, examined=frozenset())


class CellJudge:
    """Signs and truth in a cell, by normal forms."""

    def __init__(self, n: Normaliser) -> None:
        self.n = n

    def form(self, expression: Any) -> Any:
        """The normal form of what must have a value all over the cell: that it has one is to be shown, not a fact to learn from."""
        self.n.obligations = []
        try:
            form = self.n(expression)
        except (ZeroDenominator, Infeasible):
            raise Undecided(f"{expression} may be undefined") from None
        if self.n.obligations:
            raise Undecided(f"{expression} may be undefined: {self.n.obligations[0].text} is not shown")
        self.n.obligations = None
        return form

    def sign(self, expression: Expr) -> int:
        element = self.form(expression)
        signs = self.n.know.of(element)
        if len(signs) > 1:
            _, factors = self.n.know.factor(element)
            open_factors = [p for p, _ in factors if len(self.n.know.of_polynomial(p)) > 1]
            if not open_factors:
                raise Undecided(f"the sign of {expression}")
            raise NeedSplit(self.n.to_expression(open_factors[0]))
        return next(iter(signs))

    def holds(self, condition: Condition) -> bool:
        return bool(self.form(condition))


class Boundary:
    """Settles the parts of a stated domain outside the smooth one.

    Args:
        prover: what its failures go to.
        x: the variable of differentiation.
        nodes: all that is spoken of: the point gets a name that does not occur there.

    Attributes:
        notes: what was found there, for people.
    """

    def __init__(self, prover: Prover, x: Expr, *nodes: Node) -> None:
        self.prover = prover
        self.x = x
        self.here = fresh_variable(x.key[1], x, *nodes)
        self.notes: list[str] = []
        self.parts = 0

    def settle(self, f: Expr, claim: Expr, domain: Condition, smooth: Condition, given: tuple[Condition, ...] = ()) -> None:
        """Go through the domain outside the smooth domain; failures go to the prover's report."""
        stated = set(conjuncts(domain))
        for condition in conjuncts(smooth):
            if condition not in stated and not always(condition) and not self.excluded(domain, opposite(condition)):
                self.work(Part([domain, opposite(condition)], f, claim, self.x, given=given))

    def excluded(self, *conditions: Condition) -> bool:
        """Whether the conditions contradict each other at first sight."""
        n = Normaliser(Plan())
        try:
            self.prover.learn(n, [c for c in flatten(conditions) if c.head is not OR])
            return n.know.contradictory()
        except Infeasible:
            return True
        except (Refine, NeedSplit, Unsupported, MicrogradError):
            return False

    def work(self, part: Part) -> None:
        """Settle one part, cutting it as needed."""
        stack = [part]
        self.parts = 0
        while stack:
            tick()
            self.parts += 1
            if self.parts > MAX_PARTS:
                self.prover.report.fail(f"more than {MAX_PARTS} cases at the edges of the domain")
                return
            stack.extend(self.settled(stack.pop()))

    def settled(self, part: Part) -> list[Part]:
        """What is left of a part to be looked at: the pieces that it was cut into."""
        for _ in range(MAX_STARTS):
            n = Normaliser(part.plan)
            try:
                return self.step(n, part)
            except Refine:
                continue
            except Infeasible:
                return []
            except NeedSplit as need:
                return self.cut(part, need.expression)
            except (Unsupported, Undecided, MicrogradError) as reason:
                self.fail(part, str(reason))
                return []
        self.fail(part, "the terms do not get a common basis")
        return []

    def fail(self, part: Part, reason: str) -> None:
        """The part stays open."""
        named: dict[Expr, Any] = {self.here: self.x}
        where = " and ".join(str(substitute(c, named)) for c in part.conditions if c is not TRUE)
        if part.at is not self.x and part.at is not self.here:
            where = f"{self.x} = {part.at}" + (f" and {where}" if where else "")
        reason = reason.replace(str(self.here), str(self.x))
        self.prover.report.fail(f"whether the function is differentiable where {where[:300]}: {reason}", part.conditions)

    def cut(self, part: Part, p: Expr) -> list[Part]:
        """The part by the sign of an expression."""
        zero = const(0)
        if any(c.head in (LT, GT, EQ) and p in c.args and zero in c.args for c in part.conditions):
            self.fail(part, f"the sign of {p} remains open")
            return []
        return [replace(part, conditions=[*part.conditions, literal]) for literal in by_sign(p)]

    def step(self, n: Normaliser, part: Part) -> list[Part]:
        """Settle a part, or cut it."""
        literals = list(flatten(part.conditions))
        for literal in literals:
            if literal.head in (LE, GE):
                which, a, b = literal.key
                rest = [c for c in literals if c is not literal]
                strict = LT if which is LE else GT
                return [part.less([*rest, compare(w, a, b)]) for w in (EQ, strict)]
            if literal.head is OR:
                rest = [c for c in literals if c is not literal]
                return [part.less([*rest, side]) for side in literal.args]
        for literal in literals:
            if literal.head is EQ and literal not in part.examined:
                squares = vanishing(n, literal)
                if squares:
                    rest = [c for c in literals if c is not literal]
                    return [part.less([*rest, *squares])]
                solved = self.solve(part, literals, literal)
                if solved is not None:
                    return solved
        part.examined = frozenset(c for c in literals if c.head is EQ)
        self.prover.learn(n, literals)
        if n.know.contradictory():
            return []
        if part.at is self.x:
            if not any(c.head is EQ for c in literals) and self.without_value(part):
                return []
            # from here on the point is fixed and has a name of its own, and x moves
            still: dict[Expr, Any] = {self.x: self.here}
            examined = frozenset(substitute(c, still) for c in part.examined)
            moved = [substitute(c, still) for c in literals]
            return [replace(part, conditions=moved, at=self.here, plan=Plan.small(), examined=examined)]
        self.look(n, replace(part, conditions=literals))
        return []

    def solve(self, part: Part, literals: list[Condition], equation: Condition) -> list[Part] | None:
        """The part with an equation solved: for the variable of differentiation, or for one that can be fixed."""
        _, a, b = equation.key
        mentioned = [x.key[1] for x in variables(equation)]
        own = self.x.key[1]
        rest = [c for c in literals if c is not equation]
        if own in mentioned:
            value = solution(a - b, own)
            if value is None or part.at is not self.x:
                return None
            table: dict[Expr, Any] = {self.x: value}
            return [replace(part.less([substitute(c, table) for c in rest]), at=value, plan=Plan.small())]
        for name in mentioned:
            value = solution(a - b, name)
            if value is not None:
                fixed = named(name)
                table = {fixed: value}
                conditions = [substitute(c, table) for c in rest]
                f, claim, at = (substitute(e, table) for e in (part.f, part.claim, part.at))
                given = (*part.given, compare(EQ, fixed, value))
                if at is self.x:
                    self.again(f, claim, conditions, given)
                    return []
                return [Part(conditions, f, claim, at, given=given)]
        return None

    def again(self, f: Expr, claim: Expr, conditions: list[Condition], given: tuple[Condition, ...]) -> None:
        """The problem anew with a variable fixed, which does not change what moves."""
        smooth = smooth_domain(f)
        domain = all_of(*conditions)
        self.smooth_part(Part([domain, smooth], f, claim, self.x, given=given), diff(f, self.x))
        self.settle(f, claim, domain, smooth, given)

    def smooth_part(self, part: Part, slope: Expr) -> None:
        """Compare where the function is smooth once a variable is fixed."""
        self.prover.agree(Cell(part.conditions, (slope, part.claim)))

    def look(self, n: Normaliser, part: Part) -> None:
        """What the function does at the points of a part that is not empty as far as is known."""
        found = derivative_at(part.f, self.x, part.at, CellJudge(n), same_at(part.conditions))
        if isinstance(found, str):
            text = "has no value" if found == "undefined" else f"is not differentiable ({found})"
            self.notes.append(f"{self.describe(part)}: the function {text}")
            return
        self.joined(part, found)

    def joined(self, part: Part, slope: Expr) -> None:
        """Compare where the function is differentiable after all."""
        back: dict[Expr, Any] = {self.here: self.x}
        claimed = substitute(part.claim, {self.x: part.at})
        conditions = [substitute(c, back) for c in part.conditions]
        if self.prover.agree(Cell(conditions, (substitute(slope, back), substitute(claimed, back)), part.plan)):
            self.notes.append(f"{self.describe(part)}: the pieces join smoothly, and the claim is right")

    def without_value(self, part: Part) -> bool:
        """Whether the function has no value in the part."""
        if not Prover().agree(Cell([*part.conditions, defined(part.f)], None)):
            return False
        self.notes.append(f"{self.describe(part)}: the function has no value")
        return True

    def describe(self, part: Part) -> str:
        """The part in words."""
        named: dict[Expr, Any] = {self.here: self.x}
        words = [str(substitute(c, named)) for c in part.given if c.key[1] is not self.here]
        words += [f"{self.x} = {part.at}"] if part.at is not self.x and part.at is not self.here else []
        words += [str(substitute(c, named)) for c in part.conditions if c is not TRUE]
        text = " and ".join(dict.fromkeys(words)) or "everywhere"
        return text if len(text) <= 200 else text[:197] + "..."


def same_at(conditions: list[Condition]) -> dict[Expr, Expr]:
    """From equations between an inner term and a number or a variable: the terms and what they are."""
    found: dict[Expr, Expr] = {}
    for condition in conditions:
        if condition.head is EQ:
            _, a, b = condition.key
            if a.head.arity and not b.head.arity:
                found[a] = b
            elif b.head.arity and not a.head.arity:
                found[b] = a
    return found
