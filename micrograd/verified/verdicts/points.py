"""Points where pieces meet: kinks, jumps, edges, and joins.

At each point of the cell the function is looked at along x, the other variables being fixed.  Close to the point, on one side, every
comparison has one truth value, so the function is there a term without conditions, its *piece*.  Lines of such a cell:

* ``beside k F₀ … Fₖ``: for u = a - b of the first comparison on which the pieces depend, u and its first k - 1 derivatives are 0 at the
  point and the k-th is not (or is the number 0): the signs of u on both sides follow;
* ``kink F``: the slopes of the left and the right piece, both smooth at the point, differ: no derivative there;
* ``jump side F``: the value of a piece, smooth at the point, is not that of the function: no derivative there;
* ``edge side``: on that side the function has no value: no derivative there;
* ``power F F``: x**p at 0 with p > 1;
* ``join F F F``: both pieces are smooth at the point and have the function's value and one slope: that is the derivative, and a new goal
  asks whether the claim is.

A piece need not be smooth in terms that are small (`micrograd.verified.verdicts.smallness`).

A term without x stands still: it is put away under a name that is no variable's, so nothing is asked of it but a value.  So does ⌊u⌋ beside
the point: it is n = ⌊u⌋ at the point, or n - 1 on a side where u < n, for u is continuous there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from micrograd.verified.check_table import ARITY, BOOLEAN, definition_of, template
from micrograd.verified.errors import CertificateError
from micrograd.verified.parsing import parse
from micrograd.verified.registry import REGISTRY
from micrograd.verified.verdicts.cell import Cell
from micrograd.verified.verdicts.goals import Goal, Goals, Problem
from micrograd.verified.verdicts.polynomials import ONE, POSITIVE, RELATION, ZERO, Signs, Value, require, sign_power, sign_times

MAX_ORDER = 8
PIECEWISE = frozenset(("abs", "sign", "relu", "max", "min", "ceil", "trunc", "copysign", "remainder"))
"""Functions that are written with ``where`` and ``floor``; their definitions mention none of them but ``abs``."""


ATAN2 = template(
    parse("where(x < 0 and x < 8*y and 8*y < -x, where(y >= 0, atan(y/x) + pi, atan(y/x) - pi), atan2(y, x))"), REGISTRY["atan2"].params
)
"""atan2(y, x), close to its cut y = 0, x < 0 by what is smooth on either side."""


class OpenComparison(CertificateError):
    """The truth of a comparison beside the point is not shown yet."""

    def __init__(self, comparison: int) -> None:
        self.comparison = comparison
        super().__init__("the truth of a comparison beside the point is not shown")


@dataclass(frozen=True)
class Apart:
    """A piece at the point, with 0 for terms that tend to 0: its value, its slopes along x and along these, and when they are right."""

    term: int
    slope: int
    along: Mapping[int, int]
    hypotheses: list[int]


@dataclass
class Point:
    """The points of a cell, as far as a problem is concerned; ``truths`` are those of comparisons by side."""

    goals: Goals
    cell: Cell
    problem: Problem

    # --- terms along x

    def moving(self, root: int, x: int | None = None) -> set[int]:
        """The nodes at a term and below that mention x."""
        found = {self.problem.x if x is None else x}
        for node in self.goals.below([root]):
            name, *operands = self.goals.table.keys[node]
            if ARITY[name] and any(operand in found for operand in operands):
                found.add(node)
        return found

    def slope(self, term: int, x: int | None = None) -> tuple[int, int]:
        """The derivative of a term without conditions along x, and where it is right; what does not mention x stands still."""
        goals, table = self.goals, self.goals.table
        x = self.problem.x if x is None else x
        moving = self.moving(term, x)
        still = {node: table.node(("var", node)) for node in goals.below([term]) if node not in moving and ARITY[table.keys[node][0]]}
        derivative, hypothesis = goals.derived(goals.put(term, dict(still)), x)
        back = {name: node for node, name in still.items()}
        return goals.put(derivative, back), goals.put(hypothesis, back)

    def here(self, root: int) -> int:
        """A term at the point: what stands still under a name is what it is a name for."""
        keys = self.goals.table.keys
        names = [node for node in self.goals.below([root]) if keys[node][0] == "var" and keys[node][1].__class__ is int]
        return self.goals.put(root, {name: keys[name][1] for name in names}) if names else root

    def value(self, term: int) -> Value:
        """The value of a term at the point."""
        return self.cell.value_of(self.here(term))

    def smooth(self, term: int) -> int:
        """The slope of a term that is smooth at the point and has a value there."""
        self.value(term)
        derivative, hypothesis = self.slope(term)
        require(self.cell.truth(self.here(hypothesis)) is True, "a piece may not be smooth at the point")
        return derivative

    def local(self, piece: int, side: int) -> tuple[Value, int]:
        """Value and slope of a piece on a side: of what is small there, both are 0."""
        apart = self.apart(piece, side)
        require(all(self.cell.truth(h) is True for h in apart.hypotheses), "a piece may not be smooth at the point")
        return self.value(apart.term), apart.slope

    def apart(self, piece: int, side: int, other: int = -1) -> Apart:
        """A piece on a side as a smooth function of x, of what is small there, and of another term, at 0 for these."""
        goals, table = self.goals, self.goals.table
        names = {n: table.node(("var", ("small", n))) for n in goals.below([piece]) if n == other or (n, side) in self.cell.small}

        def at(term: int) -> int:
            return self.here(goals.put(term, dict.fromkeys(names.values(), table.zero)) if names else term)

        term = goals.put(piece, dict(names)) if names else piece
        slope, hypothesis = self.slope(term)
        along = {node: self.slope(term, name) for node, name in names.items()}
        hypotheses = [at(hypothesis), *[at(h) for _, h in along.values()]]
        return Apart(at(term), at(slope), {node: at(d) for node, (d, _) in along.items()}, hypotheses)

    def opened(self, root: int) -> int:
        """A term with ``abs``, ``max``, ``ceil`` and the like written with ``where`` and ``floor``; ``atan2`` close to its cut."""
        return self.opened_once(self.opened_once(root))

    def opened_once(self, root: int) -> int:
        """A term with definitions put for such functions; ``copysign`` is written with ``abs``."""
        table, made = self.goals.table, dict[int, int]()
        for node in self.goals.below([root]):
            name, *operands = table.keys[node]
            if not ARITY[name]:
                made[node] = node
            elif name == "atan2":
                self.cell.used.add("atan2 beside")
                made[node] = ATAN2(table, [made[operand] for operand in operands])
            elif name in PIECEWISE:
                made[node] = definition_of(name)(table, [made[operand] for operand in operands])
            else:
                made[node] = table.make(name, *[made[operand] for operand in operands])
        return made[root]

    def piece(self, root: int, side: int) -> int:
        """The term without conditions that a term is on a side; for a condition, ``true`` or ``false``.

        Raises:
            OpenComparison: a comparison that decides is not settled.
        """
        table, done, moving = self.goals.table, dict[int, int](), self.moving(root)
        stack = [root]
        while stack:
            node = stack[-1]
            waiting = [] if node in done else [part for part in self.parts(node, done) if part not in done]
            if waiting:
                self.goals.ring.spend(1)
                stack += waiting
                continue
            stack.pop()
            if node in done:
                continue
            name, *operands = table.keys[node]
            if not ARITY[name]:
                done[node] = node
            elif name in ("where", "and", "or"):
                done[node] = done[self.parts(node, done)[-1]]
            elif name == "not":
                done[node] = table.false if done[operands[0]] == table.true else table.true
            else:
                new = [done[operand] for operand in operands]
                if name == "floor" and node in moving:
                    done[node] = self.step(new[0], side)
                    continue
                if name == "pow" and operands[0] not in moving and operands[1] in moving and self.zero_to_a_power(new[0], new[1], side):
                    done[node] = table.zero
                    continue
                made = table.make(name, *new)
                done[node] = self.side_truth(made, side) if name in RELATION else made
        return done[root]

    def step(self, u: int, side: int) -> int:
        """⌊u⌋ on a side of the point: as it is there, or one less."""
        table = self.goals.table
        self.cell.used.add("floor facts")
        here = table.make("floor", self.here(u))
        if u not in self.moving(u):
            return table.make("floor", u)
        level = table.node(("var", here))
        below = self.side_truth(table.make("lt", u, level), side) == table.true
        return table.make("sub", level, table.one) if below else level

    def zero_to_a_power(self, base: int, exponent: int, side: int) -> bool:
        """Whether a power is 0**u on a side where u > 0, so 0 there; other powers are as they are."""
        table = self.goals.table
        if self.cell.truth(table.make("eq", base, table.zero)) is not True:
            return False
        require(self.side_truth(table.make("gt", exponent, table.zero), side) == table.true, "0 to a power that may be negative")
        return True

    def parts(self, node: int, done: Mapping[int, int]) -> list[int]:
        """What is needed of a node's operands: the last is what it is, of those that look at later ones only if the first asks for them."""
        name, *operands = self.goals.table.keys[node]
        if not ARITY[name]:
            return []
        if name not in ("where", "and", "or") or operands[0] not in done:
            return operands[:1] if name in ("where", "and", "or") else operands
        truth = done[operands[0]] == self.goals.table.true
        if name == "where":
            return [operands[0], operands[1 if truth else 2]]
        return operands if truth is (name == "and") else operands[:1]

    def side_truth(self, comparison: int, side: int) -> int:
        """The truth of a comparison on a side, as a node."""
        table = self.goals.table
        if table.keys[comparison][0] == "bool":
            return comparison
        truth = self.cell.beside.get((comparison, side))
        if truth is None:
            raise OpenComparison(comparison)
        return table.true if truth else table.false

    # --- lines

    def open(self) -> int:
        """The first comparison on which it depends where there are values, and which pieces there are."""
        for root in (self.existence(), self.opened(self.problem.function)):
            for side in (-1, 1):
                try:
                    self.piece(root, side)
                except OpenComparison as need:
                    return need.comparison
        raise CertificateError("no comparison is open")

    def beside(self, data: list[Any]) -> None:
        """The truth of the comparison that is open on both sides, from the first derivative that is not 0."""
        order, *factors = data
        comparison, table = self.open(), self.goals.table
        difference, allowed = self.cell.difference(self.here(comparison))
        require(order.__class__ is int and 0 <= order <= MAX_ORDER, "the order of a derivative")
        u = table.make("sub", *table.keys[comparison][1:])
        require(not any(table.keys[node][0] in (*BOOLEAN, "where", "floor", *PIECEWISE) for node in self.moving(u)), "conditions")
        signs: Signs = self.cell.sign_by(difference, self.cell.factored(factors[0]))
        derivative, hypothesis = self.slope(u)
        require(self.cell.truth(self.here(hypothesis)) is True, "the difference may not be smooth at the point")
        for k in range(1, order + 1):
            require(signs <= ZERO, "a lower derivative may be other than 0")
            if derivative == table.zero:
                break
            signs = self.cell.sign_by(self.value(derivative), self.cell.factored(factors[k]))
            if k < order:
                derivative = self.smooth(derivative)
        known = (signs <= ZERO and derivative == table.zero) or (len(signs) == 1 and 0 not in signs)
        require(known, "the sign beside the point remains open")
        for side in (-1, 1):
            there = sign_times(signs, sign_power(frozenset((side,)), order)) if order else signs
            self.cell.beside[comparison, side] = there <= allowed

    def existence(self) -> int:
        """The condition that the function has a value."""
        return self.opened(self.goals.defined(self.problem.function))

    def pieces(self) -> tuple[int, int]:
        """The left and the right piece of the function."""
        function = self.opened(self.problem.function)
        return self.piece(function, -1), self.piece(function, 1)

    def kink(self, data: list[Any]) -> list[Goal]:
        """The slopes differ."""
        left, right = (self.value(self.local(piece, side)[1]) for side, piece in zip((-1, 1), self.pieces(), strict=True))
        signs = self.cell.sign_by(self.cell.ring.sum(left, right, -1), self.cell.factored(data[0]))
        require(0 not in signs, "the slopes may be equal")
        return []

    def jump(self, data: list[Any]) -> list[Goal]:
        """A value differs."""
        side, factors = data
        require(side.__class__ is int and side in (-1, 1), "a side is -1 or 1")
        value, _ = self.local(self.pieces()[side == 1], side)
        gap = self.cell.ring.sum(value, self.value(self.problem.function), -1)
        require(0 not in self.cell.sign_by(gap, self.cell.factored(factors)), "the values may be equal")
        return []

    def edge(self, data: list[Any]) -> list[Goal]:
        """On one side there is no value."""
        require(data[0].__class__ is int and data[0] in (-1, 1), "a side is -1 or 1")
        require(self.piece(self.existence(), data[0]) == self.goals.table.false, "there may be values on this side")
        return []

    def power(self, data: list[Any]) -> list[Goal]:
        """x**p at x = 0 with p > 1 that stands still: a derivative there is 0, for x**p/x tends to 0 where it has values."""
        name, *operands = self.goals.table.keys[self.problem.function]
        require(name == "pow" and operands[0] == self.problem.x and operands[1] not in self.moving(operands[1]), "no power of x")
        p = self.cell.ring.sum(self.cell.value_of(operands[1]), (ONE, ONE), -1)
        require(self.cell.sign_by(self.cell.value_of(self.problem.x), self.cell.factored(data[0])) <= ZERO, "x may not be 0")
        require(self.cell.sign_by(p, self.cell.factored(data[1])) <= POSITIVE, "the power may not be above 1")
        return [Goal(tuple(self.cell.literals), (self.goals.table.zero, self.problem.claim))]

    def join(self, data: list[Any]) -> list[Goal]:
        """One value and one slope."""
        cell, here = self.cell, self.value(self.problem.function)
        (left, slope), (right, other) = (self.local(piece, side) for side, piece in zip((-1, 1), self.pieces(), strict=True))
        for (a, b), factors in zip(((left, here), (right, here), (self.value(slope), self.value(other))), data, strict=True):
            difference = cell.ring.sum(a, b, -1)
            require(cell.sign_by(difference, cell.factored(factors)) <= ZERO, "the pieces may differ in value or slope")
        return [Goal(tuple(cell.literals), (self.here(slope), self.problem.claim))]


LINES: Mapping[str, Callable[[Point, list[Any]], list[Goal] | None]] = {
    "beside": Point.beside,
    "kink": Point.kink,
    "jump": Point.jump,
    "edge": Point.edge,
    "join": Point.join,
    "power": Point.power,
}
"""Lines about points: the goals that take the place of the cell's, or None where the cell goes on."""
