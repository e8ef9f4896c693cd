"""Counterexamples: exact rational points where the claim is not the derivative, checked with Arb.

A point counts if the domain's conditions are true there beyond doubt, the derivative exists and has a known enclosure, and the claim's
enclosure is disjoint from it or the claim is certainly undefined.  Points are random, drawn within simple bounds that the domain states,
and *critical*: where two sides of a comparison, or a denominator, meet.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any

from micrograd.carriers.carrier import COMPARE
from micrograd.prove.at_point import PRECISIONS, AtPoint, Point
from micrograd.prove.at_root import PRECISIONS as ROOT_PRECISIONS
from micrograd.prove.at_root import AtRoot, known_true, roots
from micrograd.prove.cells import flatten
from micrograd.prove.limits import tick
from micrograd.prove.meetings import Meetings
from micrograd.prove.normal.ring import Unsupported
from micrograd.prove.normal.signs import Infeasible
from micrograd.prove.points.beside import Undecided
from micrograd.prove.points.onesided import derivative_at
from micrograd.prove.verdicts import Root
from micrograd.verified.differentiation import defined
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import (
    CONST,
    EQ,
    GE,
    GT,
    LE,
    LT,
    OR,
    VAR,
    Condition,
    Expr,
    const,
    named,
    paused_collection,
    postorder,
    substitute,
    variables,
)

FIRST_MEETINGS = 12
"""Critical points that are tried before a proof is."""

_searching: ContextVar[bool] = ContextVar("_searching", default=True)


@contextmanager
def without_search() -> Iterator[None]:
    """No counterexample is reported inside: the prover is on its own, which is how it is tested."""
    token = _searching.set(False)
    try:
        yield
    finally:
        _searching.reset(token)


@dataclass
class Counterexample:
    """A point, and what the claim and the derivative are there."""

    point: Mapping[str, Fraction | Root]
    claimed: str
    true: str
    reason: str


class Refuter:
    """Looks for a counterexample to d/dx f = claim on a domain."""

    def __init__(self, f: Expr, x: Expr, claim: Expr, domain: Condition, truth: Expr, smooth: Condition) -> None:
        self.f, self.x, self.claim, self.domain = f, x, claim, domain
        self.truth, self.smooth = truth, smooth
        self.names = [v.key[1] for v in variables(f, claim, domain, x)]
        self.meet = Meetings(self.names)
        self.random = random.Random(20011)
        self.inside: list[Point] = []
        self.differentiable = self.closely = False
        self.not_smooth: list[tuple[Point, str]] = []
        self.values = self._constants()
        self.alternatives = [(self._simple_bounds(c), [e for e in c if e.head is EQ]) for c in _alternatives(domain)] or [({}, [])]
        self.bounds, self.equations = self.alternatives[0]
        self.seen: set[tuple[Fraction, ...]] = set()

    # --- points

    def _constants(self) -> list[Fraction]:
        """Interesting numbers: small ones, and those in the expressions with their neighbours."""
        small = [Fraction(v) for v in (0, 1, -1, 2, -2, 3, -3)] + [Fraction(1, 2), Fraction(-1, 2)]
        found = {n.key[1] for n in postorder([self.f, self.claim, self.domain]) if n.key[0] is CONST}
        more = [Fraction(v) + d for v in sorted(found) if abs(v) < 10**6 for d in (0, 1, -1)]
        return list(dict.fromkeys([*small, *more, *(-v for v in more)]))[:40]

    def _simple_bounds(self, literals: list[Condition]) -> dict[str, tuple[Fraction | None, Fraction | None]]:
        """Bounds of single variables by numbers that the domain states."""
        bounds: dict[str, tuple[Fraction | None, Fraction | None]] = {}
        for literal in literals:
            which, a, b = literal.key
            if a.head is CONST and b.head is VAR:
                which, a, b = {LT: GT, LE: GE, GT: LT, GE: LE}.get(which, which), b, a
            if a.head is not VAR or b.head is not CONST:
                continue
            low, high = bounds.get(a.key[1], (None, None))
            value = Fraction(b.key[1])
            if which in (GT, GE):
                low = value if low is None else max(low, value)
            elif which in (LT, LE):
                high = value if high is None else min(high, value)
            bounds[a.key[1]] = (low, high)
        return bounds

    def _draw(self, name: str) -> Fraction:
        pick = self.random
        low, high = self.bounds.get(name, (None, None))
        if low is not None and high is not None:
            return low + (high - low) * Fraction(pick.randint(1, 63), 64)
        choice = pick.random()
        if choice < 0.3:
            value = pick.choice(self.values)
        else:
            value = Fraction(pick.randint(-400, 400), pick.choice((7, 16, 50, 100))) * pick.choice((1, 1, 1, 8))
        if low is not None:
            return low + abs(value - low) if value < low else value
        if high is not None:
            return high - abs(value - high) if value > high else value
        return value

    def random_points(self, count: int) -> Iterator[Point]:
        """Points drawn at random."""
        for i in range(count):
            self.bounds, self.equations = self.alternatives[i % len(self.alternatives)]
            point = {name: self._draw(name) for name in self.names}
            yield from self._on_equations(point)

    def _on_equations(self, point: Point) -> Iterator[Point]:
        """The point, and points near it on the surfaces that the domain's equations describe."""
        if not self.equations:
            yield point
            return
        yield point
        for equation in self.equations:
            yield from self.meet(equation.key[1] - equation.key[2], point)
        merged = dict(point)
        for equation in self.equations:
            merged = next(self.meet(equation.key[1] - equation.key[2], merged), merged)
        yield merged

    def critical_points(self, rounds: int) -> Iterator[Point]:
        """Points where the two sides of a comparison meet, with the other variables at random."""
        differences = self._differences()
        for base in self._bases(rounds):
            whole = {name: Fraction(self.random.randint(-2, 4)) for name in self.names}
            for start in (base, whole):
                for h in differences:
                    for point in self.meet(h, start):
                        yield point
                        for other in differences:
                            if other is not h:
                                yield from self.meet(other, point, limit=1)

    def points_between(self, rounds: int) -> Iterator[Point]:
        """Points on lines along which one variable moves, between those where the sides of comparisons meet, and beyond the last."""
        differences = self._differences()
        for base in self._bases(rounds):
            yield base
            for name in self.names:
                others = [n for n in base if n != name]
                met = {p[name] for h in differences for p in self.meet(h, base) if all(p[n] == base[n] for n in others)}
                ends = sorted(met)
                found = [a + (b - a) * Fraction(part, 7) for a, b in pairwise(ends) for part in (2, 6)]
                found += [end + step for end, step in ((ends[0], Fraction(-1, 3)), (ends[-1], Fraction(1, 3)))] if ends else []
                yield from ({**base, name: value} for value in found)

    def _differences(self) -> dict[Expr, None]:
        """The differences of the sides of all comparisons."""
        nodes = postorder([self.claim, self.f, self.domain, defined(self.claim), self.smooth, self.truth])
        return dict.fromkeys(node.key[1] - node.key[2] for node in nodes if node.key[0] in COMPARE)

    def _bases(self, rounds: int) -> Iterator[Point]:
        """Points at random, for each alternative of the domain."""
        for i in range(rounds * len(self.alternatives)):
            self.bounds, self.equations = self.alternatives[i % len(self.alternatives)]
            yield {name: self._draw(name) for name in self.names}

    # --- judging

    def first_look(self) -> Counterexample | None:
        """A short search, before a proof is tried: most wrong claims are wrong almost everywhere, or where pieces meet."""
        return self.search(self.random_points(6)) or self.search(islice(self.critical_points(1), FIRST_MEETINGS))

    def search(self, points: Iterable[Point], *, closely: bool = False) -> Counterexample | None:
        """The first counterexample among the points; closely, with all digits, as if the claim were an approximation."""
        self.closely = closely
        with paused_collection():
            for point in points:
                tick()
                if self.differentiable and not _searching.get():
                    return None  # a point of the domain is known, and nothing else is looked for
                key = tuple(point[name] for name in self.names)
                if key in self.seen and not closely:
                    continue
                self.seen.add(key)
                found = self.judge(AtPoint(point))
                if found is not None:
                    return found
        return None

    def search_roots(self) -> Counterexample | None:
        """The first counterexample among points of which one coordinate is an irrational root of an equation of the domain."""
        places = [*self.values, *(Fraction(k, 3) for k in range(-31, 32))]
        small = [dict.fromkeys(self.names, value) for value in (Fraction(1), Fraction(1, 2), Fraction(-1), Fraction(2))]
        for literals in _alternatives(self.domain):
            for equation in (c for c in literals if c.head is EQ):
                rest = known_true(self.domain, equation)
                for base in (*small, *islice(self._bases(2), 4)):
                    for here in islice(roots(equation, base, places), 4):
                        if here.surely(rest) and here.surely(self.smooth):
                            self.differentiable = True
                            found = self.differs_at_root(here) if _searching.get() else None
                            if found is not None:
                                return found
        return None

    def differs_at_root(self, here: AtRoot) -> Counterexample | None:
        """Whether the claim certainly has another value."""
        for bits in ROOT_PRECISIONS:
            try:
                value, claimed = here.ball(self.truth, bits), here.ball(self.claim, bits)
            except (MicrogradError, Undecided, ArithmeticError):
                return None
            if value.is_finite() and claimed.is_finite() and not claimed.overlaps(value):
                return Counterexample(here.point, _show(claimed), _show(value), "the enclosures are disjoint")
        return None

    def judge(self, here: AtPoint) -> Counterexample | None:
        """The point as a counterexample, if it is one."""
        if here.surely(self.domain) is not True:
            return None
        self.inside.append(here.point)
        true = self.derivative(here)
        if true is None:
            return None
        self.differentiable = True
        return self.differs(true, here) if _searching.get() else None

    def derivative(self, here: AtPoint) -> Expr | None:
        """An expression for the derivative, right at this point."""
        if here.surely(self.smooth) is True:
            return self.truth
        others: dict[Expr, Any] = {named(n): const(v) for n, v in here.point.items() if n != self.x.key[1]}
        try:
            f = substitute(self.f, others)
            slope = derivative_at(f, self.x, const(here.point[self.x.key[1]]), here)
        except (Undecided, MicrogradError):
            return None
        if isinstance(slope, str):
            self.not_smooth.append((here.point, slope))
            return None
        return slope

    def differs(self, true: Expr, here: AtPoint) -> Counterexample | None:
        """Whether the claim is undefined or has another value."""
        for bits in PRECISIONS:
            try:
                value = here.ball(true, bits)
            except MicrogradError:
                return None
            if not value.is_finite():
                continue
            try:
                claimed = here.ball(self.claim, bits)
            except ArithmeticError as reason:
                text = f"the claim is undefined there ({reason}), and the function is differentiable"
                return Counterexample(here.point, "undefined", _show(value), text)
            if claimed.is_finite() and not claimed.overlaps(value):
                return Counterexample(here.point, _show(claimed), _show(value), "the enclosures are disjoint")
            if not self.closely and claimed.is_finite() and value.rel_accuracy_bits() > 30 and claimed.rel_accuracy_bits() > 30:
                return None
        return None


def _alternatives(domain: Condition, limit: int = 8) -> list[list[Condition]]:
    """The literals of the first few alternatives of a condition in disjunctive normal form."""
    found: list[list[Condition]] = []
    stack: list[list[Condition]] = [[domain]]
    while stack and len(found) < limit:
        try:
            literals = list(flatten(stack.pop()))
        except (Infeasible, Unsupported):
            continue
        choice = next((c for c in literals if c.head is OR), None)
        if choice is None:
            found.append([c for c in literals if c.head in COMPARE])
            continue
        rest = [c for c in literals if c is not choice]
        stack.extend([*rest, side] for side in reversed(choice.args))
    return found


def _show(value: Any) -> str:
    return str(value.str(20)) if hasattr(value, "str") else str(value)
