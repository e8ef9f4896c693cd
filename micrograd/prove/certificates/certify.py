"""Certificates for verdicts, by what a claim is about: written, then replayed by the checker from the first line to the last.

What counts is the statement that the checker has read: if that is not the claim, letter for letter, there is no certificate of the claim.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from micrograd.prove.certificates.writer import Writer
from micrograd.prove.limits import TIME_IS_OVER, OutOfTime
from micrograd.prove.solver import one_session
from micrograd.prove.verdicts import NoCertificate, Statement
from micrograd.verified.check_statement import digest
from micrograd.verified.errors import CertificateError
from micrograd.verified.expr import Condition, Expr, Node
from micrograd.verified.verdicts.check import check_verdict
from micrograd.verified.verdicts.solvers import settle

LOG = logging.getLogger("micrograd.prove.certificates")
"""Where proofs are named that have no certificate, with the rule that was refused."""


@dataclass(frozen=True)
class Certified:
    """A certificate that the checker has accepted, and what it rests on."""

    data: dict[str, Any]
    axioms: tuple[str, ...]
    oracles: tuple[str, ...]

    def looks_at_points(self) -> bool:
        """Whether it has a step about points at which the function may have no derivative."""
        return any(line[0] in AT_POINTS for line in self.data["lines"])


AT_POINTS = frozenset(("none", "fix", "kink", "jump", "edge", "join", "power", "quotient"))
Recipe = Callable[[], Certified]
"""Makes a certificate, or raises `NoCertificate`."""


def derivative_certificate(f: Expr, x: Expr, claim: Expr, domain: Condition) -> Certified:
    """The certificate that the claim is the derivative of f with respect to x on the domain.

    Raises:
        NoCertificate: there is none, and why.
    """
    return _made(lambda writer: writer.derivative(f, x, claim, domain), (f, x, claim, domain))


def second_certificate(f: Expr, xs: Sequence[Expr], claim: Expr, domain: Condition, slope: Expr, around: Condition) -> Certified:
    """The certificate that the claim is the derivative of a derivative of f, which is the slope on an open set around the domain.

    Raises:
        NoCertificate: there is none, and why.
    """
    return _made(lambda writer: writer.second(f, xs, claim, domain, slope, around), (f, *xs, claim, domain))


def equality_certificate(a: Expr, b: Expr, domain: Condition) -> Certified:
    """The certificate that b has the value of a wherever a has one, on the domain.

    Raises:
        NoCertificate: there is none, and why.
    """
    return _made(lambda writer: writer.equality(a, b, domain), (a, b, domain))


def _made(write: Callable[[Writer], dict[str, Any]], statement: Sequence[Node]) -> Certified:
    try:
        with one_session():
            solver = cache(settle)
            data = write(Writer(solver))
            found = check_verdict(data, solver)
            if found["statement"]["digest"] != digest(statement):
                raise NoCertificate("it proves another statement")
            return Certified(data, tuple(found["axioms"]), tuple(found["oracles"]) if found["sentences"] else ())
    except OutOfTime:
        raise NoCertificate(TIME_IS_OVER) from None
    except RecursionError:
        raise NoCertificate("terms that are nested too deeply") from None
    except CertificateError as refusal:
        raise NoCertificate(str(refusal)) from None


def uncertified(statement: Statement, refusal: NoCertificate) -> str:
    """The reason of a verdict that is unknown although the prover has found a proof; it is logged."""
    LOG.info("%s: %s", statement, refusal)
    return f"a proof was found, but it has no certificate: {refusal}"
