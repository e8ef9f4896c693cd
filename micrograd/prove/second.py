"""Second derivatives: what is differentiated once more is f′ itself, at guards, kinks and removable points too.

The symbolic derivative T of f is f′ on the open set S where f is smooth.  If the stated domain lies in S, the second derivative is that
of T.  Else f′ is put together: T on S; at each part outside of S the slope that the pieces have there, or no value where f is not
differentiable.  This is done on an open set around the domain, so that the neighbours of each of its points have their slopes as
well.  Where it cannot be done the verdict is `Unknown`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from micrograd.prove.cells import Cell, Prover, opposite
from micrograd.prove.certificates.certify import Certified, Recipe, second_certificate
from micrograd.prove.decide import DEFAULT_TIMEOUT, EmptyDomain, decide, names_in
from micrograd.prove.limits import TIME_IS_OVER, OutOfTime, remaining, within
from micrograd.prove.normal.shape import always
from micrograd.prove.points.boundary import Boundary, Part
from micrograd.prove.solver import one_session
from micrograd.prove.verdicts import AnyVerdict, NotAsked, Proved, Statement, Unknown
from micrograd.verified.differentiation import conjuncts, defined, diff
from micrograd.verified.differentiation import domain as smooth_domain
from micrograd.verified.expr import EQ as EQUAL
from micrograd.verified.expr import GT, LT, NE, TRUE, Condition, Expr, Node, all_of, choose, compare, conjunction, const, substitute
from micrograd.verified.functions import log

FEW_CELLS = 20
"""How many cases may be used to show that a part has no points, so that it needs no piece."""

NOWHERE = log(const(-1))
"""An expression without a value."""


class Slopes(Boundary):
    """Collects where f is differentiable outside of its smooth domain, and the slopes there."""

    def __init__(self, prover: Prover, x: Expr, *nodes: Node) -> None:
        super().__init__(prover, x, *nodes)
        self.pieces: list[tuple[Condition, Expr]] = []

    def smooth_part(self, part: Part, slope: Expr) -> None:
        self.record(part, slope)

    def joined(self, part: Part, slope: Expr) -> None:
        self.record(part, slope)

    def record(self, part: Part, slope: Expr) -> None:
        """Remember the slope and where it holds: a condition that is false, not undefined, everywhere else."""
        if Prover(FEW_CELLS).agree(Cell(part.conditions, None)):
            return
        where = all_of(*part.given, *part.conditions)
        if part.at is not self.x and part.at is not self.here:
            where = conjunction(compare(EQUAL, self.x, part.at), where)
        back: dict[Expr, Any] = {self.here: self.x}
        where, slope = substitute(where, back), substitute(slope, back)
        self.pieces.append((conjunction(defined(where), where), slope))

    def slope(self, smooth: Condition, truth: Expr) -> Expr:
        """f′ as one expression."""
        total = NOWHERE
        for where, slope in reversed(self.pieces):
            total = choose(where, slope, total)
        return choose(smooth, truth, total)


def decide_second(
    f: Expr,
    first: Expr,
    second: Expr,
    claim: Expr,
    domain: Condition | None = None,
    *,
    known: Iterable[str] = (),
    timeout: float = DEFAULT_TIMEOUT,
) -> AnyVerdict:
    """Whether ``claim`` is the derivative with respect to ``second`` of the derivative of f with respect to ``first``.

    Args:
        f: the function.
        first: the variable of the first derivative.
        second: the variable of the second.
        claim: what is said to be the second derivative.
        domain: for which points; None for the open set on which f and its derivative are smooth.  At points where f′ or f″ does not exist
            nothing is claimed.
        known: names of variables on which f might depend, besides those that it and the domain mention.
        timeout: seconds, after which the verdict is `Unknown`.

    Raises:
        EmptyDomain: nothing is claimed.  ForeignVariable: the claim mentions a variable that is none of these.
    """
    with within(timeout), one_session():
        return _Second(f, first, second, claim, domain, names_in(f, first).union(known)).verdict()


@dataclass
class _Second:
    f: Expr
    first: Expr
    second: Expr
    claim: Expr
    stated: Condition | None
    known: set[str]

    def __post_init__(self) -> None:
        self.start = time.monotonic()
        self.truth, self.smooth = diff(self.f, self.first), smooth_domain(self.f)
        self.domain = all_of(self.smooth, smooth_domain(self.truth)) if self.stated is None else self.stated
        self.prover = Prover()

    def verdict(self) -> AnyVerdict:
        """By f's symbolic derivative where it is f′ all over the domain, else by f′ put together."""
        both = all_of(self.domain, self.smooth)
        try:
            if self.inside():
                return self.of(self.truth, self.domain, self.recipe(self.truth, self.smooth))
            slopes = self.slopes()
            if slopes is not None:
                slope = slopes.slope(self.smooth, self.truth)
                recipe = self.recipe(slope, self.around())
                return self.of(slope, self.domain, recipe) if slopes.pieces else self.on_smooth_part(both, slopes, recipe)
        except OutOfTime:
            self.prover.report.failures = [TIME_IS_OVER]
        reason = f"{'; '.join(self.prover.report.failures[:2])}: the first derivative is not known all over the domain"

        def refused() -> Certified:
            raise NotAsked(reason)

        try:
            return self.of(self.truth, both, refused)
        except EmptyDomain:  # what has no points may be the smooth part alone
            return Unknown(self.statement(), time.monotonic() - self.start, reason)

    def inside(self) -> bool:
        """Whether the domain is shown to lie in the set on which f is smooth."""
        stated = set(conjuncts(self.domain))
        for condition in conjuncts(self.smooth):
            if condition in stated or always(condition):
                continue
            quiet = Prover()
            if not quiet.agree(Cell([self.domain, opposite(condition)], None)):
                return False
        return True

    def slopes(self) -> Slopes | None:
        """The slopes outside of the smooth domain, on an open set around the stated one; None where they are not all found."""
        slopes = Slopes(self.prover, self.first, self.f, self.domain)
        slopes.settle(self.f, const(0), self.around(), self.smooth)
        return None if self.prover.report.failures else slopes

    def around(self) -> Condition:
        """An open set that contains the domain: its strict inequalities between expressions that are continuous everywhere."""
        strict = (c for c in conjuncts(self.domain) if c.head in (LT, GT, NE))
        return all_of(*(c for c in strict if smooth_domain(c) is TRUE))

    def on_smooth_part(self, both: Condition, slopes: Slopes, recipe: Recipe) -> AnyVerdict:
        """Where f′ does not exist outside of the smooth domain."""
        found = self.of(self.truth, both, recipe)
        # what was noted of the symbolic derivative outside of the smooth domain says nothing of f′, which is not there
        return replace(found, notes=tuple(dict.fromkeys(slopes.notes))) if isinstance(found, Proved) else found

    def of(self, slope: Expr, domain: Condition, recipe: Recipe) -> AnyVerdict:
        """The verdict on the derivative of f′, said of f."""
        found = decide(slope, self.second, self.claim, domain, known=self.known, timeout=remaining(), recipe=recipe)
        found = replace(found, theorem=self.statement(), seconds=time.monotonic() - self.start)
        if isinstance(found, Proved):
            return replace(found, notes=tuple(note.replace("the function", "the first derivative") for note in found.notes))
        return found

    def recipe(self, slope: Expr, around: Condition) -> Recipe:
        """Makes the certificate that goes with f′ on an open set around the domain."""
        return partial(second_certificate, self.f, (self.first, self.second), self.claim, self.domain, slope, around)

    def statement(self) -> Statement:
        """In terms of f."""
        return Statement(f"d/d{self.first} [{self.f}]", str(self.second), str(self.claim), str(self.domain))
