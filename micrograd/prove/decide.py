"""The verdict on one claim: a short search for a counterexample, a proof with its certificate, a long search.

``decide(f, x, claim, domain)`` works on expressions; `micrograd.prove.api` takes strings and Python functions as well.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from micrograd.prove.cells import Cell, Prover
from micrograd.prove.certificates.certify import Certified, Recipe, derivative_certificate, uncertified
from micrograd.prove.limits import TIME_IS_OVER, OutOfTime, within
from micrograd.prove.points.boundary import Boundary, Part
from micrograd.prove.refute import Counterexample, Refuter
from micrograd.prove.solver import one_session
from micrograd.prove.verdicts import AnyVerdict, NoCertificate, NotAsked, Proved, Refuted, Statement, Unknown
from micrograd.verified.differentiation import diff
from micrograd.verified.differentiation import domain as smooth_domain
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import ZERO, Condition, Expr, variables

DEFAULT_TIMEOUT = 20.0
FEW_CELLS = 60
"""How many cases may be used to find out why no point of a domain is known."""


class EmptyDomain(MicrogradError, ValueError):
    """The stated domain has no points at all, or none at which the function is differentiable."""


class ForeignVariable(MicrogradError, ValueError):
    """The claim mentions a variable that neither the function nor the domain has."""


def names_in(*nodes: Expr | Condition) -> set[str]:
    """Names of the variables."""
    return {x.key[1] for x in variables(*nodes)}


def decide(
    f: Expr,
    x: Expr,
    claim: Expr,
    domain: Condition | None = None,
    *,
    known: Iterable[str] = (),
    timeout: float = DEFAULT_TIMEOUT,
    recipe: Recipe | None = None,
) -> AnyVerdict:
    """Whether ``claim`` is the derivative of f with respect to x all over the domain.

    Args:
        f: the function.
        x: the variable.
        claim: what is said to be the derivative.
        domain: for which points; None for the open set on which f is smooth.
        known: names of variables on which f might depend, besides those that it and the domain mention.
        timeout: seconds, after which the verdict is `Unknown`.
        recipe: makes the certificate, if it is to say more than that.

    Raises:
        EmptyDomain: nothing is claimed.  ForeignVariable: the claim mentions a variable that is none of these.
    """
    start = time.monotonic()
    with within(timeout), one_session():
        truth, smooth = diff(f, x), smooth_domain(f)
        stated = smooth if domain is None else domain
        foreign = names_in(claim) - names_in(f, stated, x).union(known)
        if foreign:
            raise ForeignVariable(f"the claim mentions {', '.join(sorted(foreign))}, which neither the function nor the domain does")
        recipe = recipe or partial(derivative_certificate, f, x, claim, stated)
        problem = _Problem(f, x, claim, stated, truth, smooth, start, recipe)
        try:
            return problem.verdict()
        except OutOfTime:
            return Unknown(problem.statement, problem.seconds(), f"{TIME_IS_OVER}: {problem.doing}", problem.evidence())


class _Problem:
    """One claim on its way to a verdict."""

    def __init__(
        self, f: Expr, x: Expr, claim: Expr, domain: Condition, truth: Expr, smooth: Condition, start: float, recipe: Recipe
    ) -> None:
        self.f, self.x, self.claim, self.domain, self.truth, self.smooth = f, x, claim, domain, truth, smooth
        self.start, self.recipe = start, recipe
        self.doing = "no proof yet"
        self.late: Counterexample | None = None
        """A counterexample that turned up in the search for any point at all."""
        self.refuter = Refuter(f, x, claim, domain, truth, smooth)
        self.statement = Statement(str(f), str(x), str(claim), str(domain))

    def seconds(self) -> float:
        return time.monotonic() - self.start

    def verdict(self) -> AnyVerdict:
        """Short search, proof, long search."""
        refuter = self.refuter
        found = refuter.first_look()
        if found is None:
            try:
                return self.proved(self.recipe())
            except NoCertificate as refusal:
                failures = self.failures(refusal)
            found = (
                refuter.search(refuter.random_points(60))
                or refuter.search(refuter.critical_points(6))
                or refuter.search(refuter.points_between(2), closely=True)
                or refuter.search(refuter.random_points(300))
                or refuter.search_roots()
            )
        if found is not None:
            return self.refuted(found)
        self.doing = "; ".join(failures[:3])
        reasons = "; ".join(reason for reason in (self.doing, self.no_point()) if reason)
        return self.refuted(self.late) if self.late else Unknown(self.statement, self.seconds(), reasons, self.evidence())

    def contradictory(self, found: Counterexample) -> Unknown:
        """The verdict that must never be seen."""
        reason = "a proof and a counterexample were found: one of them is wrong, and this is an error of the program"
        return Unknown(self.statement, self.seconds(), reason, str(self.refuted(found)))

    def evidence(self) -> str:
        """What the search saw."""
        return f"no difference at {len(self.refuter.inside)} points of the domain"

    def failures(self, refusal: NoCertificate) -> list[str]:
        """Why there is no certificate, in the prover's words: it can say more than that a step was refused."""
        if isinstance(refusal, NotAsked):
            return [str(refusal)]
        prover = Prover()
        if prover.agree(Cell([self.domain, self.smooth], (self.truth, self.claim))) and self.domain is not self.smooth:
            self.boundary(prover)
        return prover.report.failures or [uncertified(self.statement, refusal)]

    def boundary(self, prover: Prover) -> tuple[str, ...]:
        """Notes about points of the domain at which the function may have no derivative; the prover's report says what is missing."""
        boundary = Boundary(prover, self.x, self.f, self.claim, self.domain)
        boundary.settle(self.f, self.claim, self.domain, self.smooth)
        return tuple(dict.fromkeys(boundary.notes))

    def proved(self, proof: Certified) -> Proved | Unknown:
        """The verdict with its proof, if a point is known about which it says something."""
        self.doing = "no point of the domain was found yet"
        reason = self.no_point()
        if self.late:
            return self.contradictory(self.late)
        if reason:
            return Unknown(self.statement, self.seconds(), reason, self.evidence())
        notes: tuple[str, ...] = ()
        if proof.looks_at_points():
            with suppress(OutOfTime):
                notes = self.boundary(Prover())
        return Proved(self.statement, self.seconds(), proof.axioms, proof.oracles, notes, proof.data)

    def refuted(self, found: Counterexample) -> Refuted:
        return Refuted(self.statement, self.seconds(), found.point, found.claimed, found.true, found.reason)

    def no_point(self) -> str:
        """Why no point of the domain is known at which the function is differentiable; nothing if one is.

        Raises:
            EmptyDomain: it is shown that there is none.
        """
        refuter = self.refuter
        if not refuter.differentiable:
            self.late = refuter.search(refuter.critical_points(4))
        if not refuter.differentiable:
            self.late = refuter.search_roots()
        if not refuter.differentiable:
            self.late = refuter.search(refuter.points_between(2))
        if not refuter.differentiable:
            self.late = refuter.search(refuter.random_points(1500))
        if refuter.differentiable:
            return ""
        if refuter.inside and len(refuter.not_smooth) == len(refuter.inside) and self.nowhere():
            raise EmptyDomain(f"at no point of the domain {self.domain} is the function differentiable: nothing is claimed")
        if not refuter.inside and Prover(FEW_CELLS).agree(Cell([self.domain], None)):
            raise EmptyDomain(f"the domain {self.domain} is empty")
        return f"no point of the domain {self.domain} is known at which the function is differentiable: there may be none"

    def nowhere(self) -> bool:
        """Whether it is shown that the function is differentiable at no point of the domain: that none was found says little."""
        prover = Prover(FEW_CELLS)
        if not prover.agree(Cell([self.domain, self.smooth], None)):
            return False
        outside = _Nowhere(prover, self.x, self.f, self.domain)
        outside.settle(self.f, ZERO, self.domain, self.smooth)
        return not prover.report.failures


class _Nowhere(Boundary):
    """Fails where the function is differentiable outside of its smooth domain."""

    def smooth_part(self, part: Part, slope: Expr) -> None:
        self.prover.agree(Cell(part.conditions, None))

    def joined(self, part: Part, slope: Expr) -> None:
        self.fail(part, "it is")
