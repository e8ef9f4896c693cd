"""Two expressions on a set, by cells: cut until every sign that matters is known, then compare normal forms.

A cell is a list of literals (comparisons).  A disjunction makes two cells, an unknown sign three, an equation that can be solved for a
variable one, with the solution put in.  The two sides agree on the set if they agree in every cell; a cell whose literals contradict each
other agrees for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from micrograd.prove.limits import OutOfTime as OutOfTime
from micrograd.prove.limits import tick
from micrograd.prove.linear import linear_in
from micrograd.prove.normal.cell import NeedSplit, Plan, Refine
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.prove.normal.ring import Unsupported, ZeroDenominator
from micrograd.prove.normal.signs import NONNEGATIVE, RELATION, ZERO, Infeasible
from micrograd.verified.differentiation import defined
from micrograd.verified.expr import (
    AND,
    BOOL,
    EQ,
    FALSE,
    GE,
    GT,
    LE,
    LT,
    NE,
    NOT,
    OR,
    TRUE,
    VAR,
    Condition,
    Expr,
    compare,
    const,
    negate,
    postorder,
    substitute,
    variables,
)

MAX_CELLS = 400
MAX_STARTS = 24
_OPPOSITE = {LT: GE, LE: GT, GT: LE, GE: LT, EQ: NE, NE: EQ}


def opposite(condition: Condition) -> Condition:
    """The negation, with ``not`` pushed down to the comparisons."""
    which, *operands = condition.key
    if which in _OPPOSITE:
        return compare(_OPPOSITE[which], *operands)
    if which is NOT:
        first: Condition = operands[0]
        return first
    if which is AND:
        return opposite(operands[0]) | opposite(operands[1])
    if which is OR:
        return opposite(operands[0]) & opposite(operands[1])
    return negate(condition)


def by_sign(p: Expr) -> list[Condition]:
    """Conditions of which one holds at every point: p is 0, negative, positive, or without a value."""
    zero = const(0)
    without = opposite(defined(p))
    return [compare(which, p, zero) for which in (EQ, LT, GT)] + ([] if without is FALSE else [without])


def flatten(conditions: Sequence[Condition]) -> Iterator[Condition]:
    """Literals and disjunctions of a conjunction, without repetitions.

    Raises:
        Infeasible: one of them is false.
    """
    seen = set()
    stack = list(reversed(conditions))
    while stack:
        condition = stack.pop()
        which, *operands = condition.key
        if which is AND:
            stack.extend(reversed(operands))
        elif which is NOT:
            pushed = opposite(operands[0])
            if pushed is condition:
                raise Unsupported(f"the condition {condition}")
            stack.append(pushed)
        elif which is BOOL:
            if not operands[0]:
                raise Infeasible
        elif condition not in seen:
            seen.add(condition)
            yield condition


@dataclass
class Report:
    """What was found out.

    Attributes:
        failures: why it is not proved; empty if it is.
        doubtful: cells in which the sides differ or the second may be undefined, as literals: where to look for a counterexample.
    """

    failures: list[str] = field(default_factory=list)
    doubtful: list[list[Condition]] = field(default_factory=list)
    cells: int = 0

    def fail(self, reason: str, literals: Sequence[Condition] = ()) -> None:
        """Record a failure."""
        if reason not in self.failures:
            self.failures.append(reason)
        self.doubtful.append(list(literals))


@dataclass
class Cell:
    """Literals, and the two expressions to compare there; without them only emptiness is asked."""

    conditions: list[Condition]
    sides: tuple[Expr, Expr] | None
    plan: Plan = field(default_factory=Plan.small)

    def with_conditions(self, *more: Condition) -> Cell:
        """A smaller cell."""
        return Cell([*self.conditions, *more], self.sides, self.plan)

    def put(self, x: Expr, value: Expr) -> Cell:
        """The cell with a variable replaced."""
        table: dict[Expr, Any] = {x: value}
        sides = None if self.sides is None else (substitute(self.sides[0], table), substitute(self.sides[1], table))
        return Cell([substitute(c, table) for c in self.conditions], sides)


class Prover:
    """Works through cells until none is left, or there are too many."""

    def __init__(self, cells: int = MAX_CELLS) -> None:
        self.max_cells = cells
        self.report = Report()

    def agree(self, cell: Cell) -> bool:
        """Whether the sides are proved equal, and the second defined, all over the cell; for a cell without sides: that it is empty."""
        before = len(self.report.doubtful)
        stack = [cell]
        while stack:
            tick()
            current = stack.pop()
            self.report.cells += 1
            if self.report.cells > self.max_cells:
                self.report.fail(f"more than {self.max_cells} cases")
                break
            stack.extend(self.step(current))
            if len(self.report.doubtful) - before > 3:
                break
        return len(self.report.doubtful) == before

    def step(self, cell: Cell) -> list[Cell]:
        """Settle a cell, or cut it."""
        for _ in range(MAX_STARTS):
            tick()
            n = Normaliser(cell.plan)
            try:
                return self.settle(n, cell)
            except Refine:
                continue
            except Infeasible:
                return []
            except NeedSplit as need:
                return self.cut(cell, need.expression)
            except Unsupported as reason:
                self.report.fail(str(reason) + " " + _where(cell.conditions), cell.conditions)
                return []
        self.report.fail("the terms do not get a common basis", cell.conditions)
        return []

    def cut(self, cell: Cell, p: Expr) -> list[Cell]:
        """The cells by the sign of an expression."""
        zero = const(0)
        if any(c.head in (LT, GT, EQ) and p in c.args and zero in c.args for c in cell.conditions):
            self.report.fail(f"the sign of {p} remains open", cell.conditions)
            return []
        return [cell.with_conditions(literal) for literal in by_sign(p)]

    def assume(self, n: Normaliser, cell: Cell) -> list[Cell] | None:
        """Take the literals in; returns smaller cells instead where a literal is a disjunction or can be solved."""
        literals = list(flatten(cell.conditions))
        equations = [c for c in literals if c.head is EQ]
        for equation in equations:
            squares = vanishing(n, equation)
            if squares:
                rest = [c for c in literals if c is not equation]
                return [Cell([*rest, *squares], cell.sides, cell.plan)]
            solved = self.solve(cell, literals, equation)
            if solved is not None:
                return solved
        self.learn(n, [c for c in literals if c.head is not OR])
        for literal in literals:
            if literal.head is OR:
                rest = [c for c in literals if c is not literal]
                return [Cell([*rest, side], cell.sides, cell.plan) for side in literal.args]
        return None

    def learn(self, n: Normaliser, literals: list[Condition]) -> None:
        """Take comparisons in, simple ones first; one that needs a sign waits for what the others say."""
        waiting = sorted(literals, key=_weight)
        while waiting:
            stuck: list[Condition] = []
            need: NeedSplit | None = None
            for literal in waiting:
                which, a, b = literal.key
                try:
                    n.know.learn(n(a) - n(b), RELATION[which])
                except NeedSplit as open_sign:
                    need = need or open_sign
                    stuck.append(literal)
            if need is not None and len(stuck) == len(waiting):
                raise need
            waiting = stuck

    def solve(self, cell: Cell, literals: list[Condition], equation: Condition) -> list[Cell] | None:
        """The cell with the solution of an equation put in, if it is linear in a variable with a constant coefficient."""
        _, a, b = equation.key
        for x in variables(equation):
            value = solution(a - b, x.key[1])
            if value is not None:
                rest = [c for c in literals if c is not equation]
                return [Cell(rest, cell.sides).put(x, value)]
        return None

    def settle(self, n: Normaliser, cell: Cell) -> list[Cell]:
        """Compare the sides in a cell whose literals are taken in."""
        smaller = self.assume(n, cell)
        if smaller is not None:
            return smaller
        if cell.sides is None:
            if not n.know.contradictory():
                self.report.fail("there may be points " + _where(cell.conditions), cell.conditions)
            return []
        self.compare(n, cell)
        return []

    def compare(self, n: Normaliser, cell: Cell) -> None:
        """The sides' normal forms, and the second's obligations."""
        assert cell.sides is not None
        try:
            truth = n(cell.sides[0])
        except (ZeroDenominator, Infeasible):
            # that the first side has a value is a theorem; so the cell should be empty, but that has to be shown
            if not self.empty(cell):
                self.report.fail("the first side is undefined " + _where(cell.conditions), cell.conditions)
            return
        n.obligations = []
        try:
            difference = truth - n(cell.sides[1])
        except (ZeroDenominator, Infeasible):
            # what contradicts the claim's own requirements says that the claim is undefined, not that the cell is empty
            if not self.empty(cell):
                self.report.fail("the claim is undefined " + _where(cell.conditions), cell.conditions)
            return
        pending = n.obligations
        n.obligations = None
        if not pending and not difference:
            return
        if not pending and (n.know.contradictory() or self.vanishes(n, difference)):
            return
        if pending and self.empty(cell):
            return
        if pending:
            self.report.fail(f"not shown: {pending[0].text} " + _where(cell.conditions), [*cell.conditions])
        else:
            self.report.fail("a difference remains " + _where(cell.conditions), cell.conditions)

    def vanishes(self, n: Normaliser, difference: Any) -> bool:
        """Whether Z3 shows that the difference is 0."""
        return bool(n.know.of(difference) == ZERO)

    def empty(self, cell: Cell) -> bool:
        """Whether the cell is empty."""
        n = Normaliser(cell.plan)
        try:
            return self.assume(n, cell) is None and n.know.contradictory()
        except Infeasible:
            return True
        except (NeedSplit, Refine, Unsupported):
            return False


def vanishing(n: Normaliser, equation: Condition) -> list[Condition]:
    """Simpler equations that follow from one: of a sum of squares one for each term, of a product whose only factor that can
    be 0 is a variable, that variable."""
    try:
        h = n(equation.key[1]) - n(equation.key[2])
    except (NeedSplit, ZeroDenominator):
        return []
    if not h:
        return []
    factors = [(p, e) for p, e in n.know.factor(h)[1] if e > 0]
    zeros = [(p, e) for p, e in factors if 0 in n.know.quick(p)]
    if len(zeros) == 1 and (zeros[0][1] > 1 or len(factors) > 1) and n.to_expression(zeros[0][0]).head is VAR:
        return [compare(EQ, n.to_expression(zeros[0][0]), const(0))]
    if len(h.num) < 2:
        return []
    found = []
    for sign in (1, -1):
        terms = n.ring.terms(h.num)
        if all(sign * c > 0 and all(e % 2 == 0 or n.know.generator_signs[g] <= NONNEGATIVE for g, e in monomial) for c, monomial in terms):
            for _, monomial in terms:
                product = const(1)
                for g, _ in monomial:
                    product = product * n.atoms[g].expression if product.key[-1] != 1 else n.atoms[g].expression
                found.append(compare(EQ, product, const(0)))
    return found


def _weight(literal: Condition) -> int:
    return len(postorder([literal]))


def _where(conditions: Sequence[Condition]) -> str:
    """For messages: "where x > 0", or "everywhere"."""
    text = " and ".join(str(c) for c in conditions if c is not TRUE)
    text = f"where {text}" if text else "everywhere"
    return text if len(text) < 300 else text[:297] + "..."


def solution(h: Expr, name: str) -> Expr | None:
    """The expression t without the variable such that h = 0 exactly for variable = t; h is c·variable + rest with a number c."""
    parts = linear_in(h, name)
    if parts is None:
        return None
    slope, rest = parts
    return -rest / const(slope) if slope else None
