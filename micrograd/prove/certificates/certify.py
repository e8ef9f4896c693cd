"""Certificates for verdicts: by what a claim is about, and the verdict that insists on one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from micrograd.prove.certificates.writer import Writer
from micrograd.prove.limits import TIME_IS_OVER, OutOfTime
from micrograd.prove.solver import one_session
from micrograd.prove.verdicts import AnyVerdict, NoCertificate, Proved, Unknown
from micrograd.verified.errors import CertificateError
from micrograd.verified.expr import Condition, Expr


def derivative_certificate(f: Expr, x: Expr, claim: Expr, domain: Condition) -> dict[str, Any]:
    """The certificate that the claim is the derivative of f with respect to x on the domain.

    Raises:
        NoCertificate: there is none, and why.
    """
    return _made(lambda writer: writer.derivative(f, x, claim, domain))


def second_certificate(f: Expr, xs: Sequence[Expr], claim: Expr, domain: Condition, slope: Expr, around: Condition) -> dict[str, Any]:
    """The certificate that the claim is the derivative of a derivative of f, which is the slope on an open set around the domain.

    Raises:
        NoCertificate: there is none, and why.
    """
    return _made(lambda writer: writer.second(f, xs, claim, domain, slope, around))


def equality_certificate(a: Expr, b: Expr, domain: Condition) -> dict[str, Any]:
    """The certificate that b has the value of a wherever a has one, on the domain.

    Raises:
        NoCertificate: there is none, and why.
    """
    return _made(lambda writer: writer.equality(a, b, domain))


def _made(write: Any) -> dict[str, Any]:
    try:
        with one_session():
            found: dict[str, Any] = write(Writer())
            return found
    except OutOfTime:
        raise NoCertificate(TIME_IS_OVER) from None
    except RecursionError:
        raise NoCertificate("terms that are nested too deeply") from None
    except CertificateError as refusal:
        raise NoCertificate(str(refusal)) from None


def certified(verdict: AnyVerdict) -> AnyVerdict:
    """The verdict; of a proof without a certificate that the checker accepts, `Unknown` with the reason."""
    if not isinstance(verdict, Proved) or verdict.certificate is not None:
        return verdict
    return Unknown(verdict.theorem, verdict.seconds, f"a proof without a certificate: {verdict.uncertified}", "the proof has none yet")
