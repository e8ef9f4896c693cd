"""Whether two expressions are equal: by the same cells and the same search as derivatives."""

from __future__ import annotations

import time

from micrograd.prove.cells import Cell, Prover
from micrograd.prove.certificates.certify import Certified, equality_certificate, uncertified
from micrograd.prove.decide import DEFAULT_TIMEOUT, EmptyDomain, decide
from micrograd.prove.limits import TIME_IS_OVER, OutOfTime, within
from micrograd.prove.refute import Refuter
from micrograd.prove.solver import one_session
from micrograd.prove.verdicts import AnyVerdict, NoCertificate, Proved, Refuted, Statement, Unknown
from micrograd.verified.differentiation import defined
from micrograd.verified.expr import TRUE, ZERO, Condition, Expr, all_of, fresh_variable, var


def decide_equality(a: Expr, b: Expr, domain: Condition = TRUE, *, timeout: float = DEFAULT_TIMEOUT) -> AnyVerdict:
    """Whether b is defined and equal to a wherever a is defined, on the domain.

    Raises:
        EmptyDomain: no point of the domain is known at which a is defined.
    """
    verdict = _compared(a, b, domain, timeout)
    return verdict if isinstance(verdict, Refuted) else _about_something(verdict, a, domain, timeout)


def _compared(a: Expr, b: Expr, domain: Condition, timeout: float) -> AnyVerdict:
    start = time.monotonic()
    with within(timeout), one_session():
        exists = defined(a)
        statement = Statement(str(a), None, str(b), str(domain))
        still = fresh_variable("_", a, b, domain)
        refuter = Refuter(a, still, b, domain, a, exists)
        refuter.derivative = lambda here: a  # type: ignore[method-assign]
        proof: Certified | None = None
        failures: list[str] = []
        try:
            found = refuter.first_look()
            if found is None:
                proof, failures = _proof(a, b, domain, statement)
            if found is None and proof is None:
                found = refuter.search(refuter.critical_points(6)) or refuter.search(refuter.random_points(300))
                found = found or refuter.search(refuter.points_between(2), closely=True) or refuter.search_roots()
        except OutOfTime:
            found, failures = None, failures or [f"{TIME_IS_OVER}: no proof yet"]
    seconds = time.monotonic() - start
    if found is not None:
        reason = found.reason.replace(", and the function is differentiable", "")
        point = {name: value for name, value in found.point.items() if name != still.key[1]}
        return Refuted(statement, seconds, point, found.claimed, found.true, reason)
    if proof is None:
        return Unknown(statement, seconds, "; ".join(failures[:3]), f"no difference at {len(refuter.inside)} points")
    return Proved(statement, seconds, proof.axioms, proof.oracles, certificate=proof.data)


def _proof(a: Expr, b: Expr, domain: Condition, statement: Statement) -> tuple[Certified | None, list[str]]:
    """The certificate, or what the prover says is missing."""
    try:
        return equality_certificate(a, b, domain), []
    except NoCertificate as refusal:
        prover = Prover()
        prover.agree(Cell([domain, defined(a)], (a, b)))
        return None, prover.report.failures or [uncertified(statement, refusal)]


def _about_something(verdict: Proved | Unknown, a: Expr, domain: Condition, timeout: float) -> AnyVerdict:
    """The verdict, if a point is known of the domain at which a is defined: there the function 0 has the derivative 0."""
    region = all_of(domain, defined(a))
    if region is TRUE:
        return verdict
    try:
        found = decide(ZERO, var("x"), ZERO, region, timeout=timeout)
    except EmptyDomain as reason:
        raise EmptyDomain(f"nothing is said to be equal: {reason}") from None
    if isinstance(found, Unknown):
        return Unknown(verdict.theorem, verdict.seconds, found.reason, found.evidence)
    return verdict
