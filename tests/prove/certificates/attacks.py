"""False claims, and a prover that is broken on purpose: what the checker must never accept.

A claim whose defect hides (`tests.prove.bed`) goes straight to the writer of certificates, without any search for a counterexample, and
with one of the errors below in the prover.  Whatever the prover then believes, the checker is the real one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from micrograd.prove import cells
from micrograd.prove.certificates import hints, leaf, sums, writer
from micrograd.prove.certificates.certify import derivative_certificate, equality_certificate, second_certificate
from micrograd.prove.certificates.strict import Found, Tracing
from micrograd.prove.limits import within
from micrograd.prove.normal import cell as normal
from micrograd.prove.normal import exponentials, opaque, pieces, special
from micrograd.prove.normal.cell import Terms
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.prove.normal.ring import Element, Ring
from micrograd.prove.normal.signs import ANY, NEGATIVE, NONNEGATIVE, NONZERO, POSITIVE, ZERO, Infeasible, Knowledge
from micrograd.prove.verdicts import NoCertificate
from micrograd.verified import diff, domain, parse, var
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import EQ, TRUE, compare, const, variables
from micrograd.verified.parsing import parse_condition
from micrograd.verified.row import compile_template
from tests.prove.bed import Claim, made

SECONDS = 2.0


def accepted(claim: Claim) -> bool:
    """Whether the checker accepts a certificate of the claim."""
    f = parse(claim.function)
    stated = domain(f) if claim.domain is None else parse_condition(claim.domain)
    try:
        with within(SECONDS):
            if claim.call == "equal":
                equality_certificate(f, parse(claim.claim), TRUE if claim.domain is None else stated)
            elif claim.call == "hessian":
                first, second = list("xxxyyxyy")[2 * claim.place :][:2] if claim.entries else [claim.wrt, claim.wrt]
                slope = diff(f, var(first))
                second_certificate(f, [var(first), var(second)], parse(claim.claim), stated, slope, domain(f))
            else:
                derivative_certificate(f, var(claim.wrt), parse(claim.claim), stated)
    except NoCertificate:
        return False
    except (MicrogradError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, AssertionError):
        return False  # a prover that is broken may break down
    except (normal.NeedSplit, normal.Refine, Infeasible):
        return False
    return True


def false_claims(seed: int, count: int) -> list[Claim]:
    """Claims that are false at a point that no search finds."""
    r = random.Random(seed)
    return [claim for claim in (made(r) for _ in range(count)) if claim is not None]


# --- errors -----------------------------------------------------------------------------------------------------------------


def _constant(value: Any) -> Callable[..., Any]:
    return lambda *arguments, **options: value


def _narrower(real: Callable[..., Any], *keep: Any) -> Callable[..., Any]:
    """Signs with some left out, if that leaves any."""

    def wrong(*arguments: Any) -> Any:
        signs = real(*arguments)
        return next((signs & part for part in keep if signs & part), signs)

    return wrong


def _looks_away(self: Found, sides: Any) -> None:
    self.n.obligations = []
    for side in sides:
        self.n(side)
    self.n.obligations = None


def _same_value(self: leaf.Leaf, sides: Any) -> None:
    """Claim that the second side has the value of the first."""
    self.n.memo[sides[1]] = self.n.memo[sides[0]]
    _REAL_FINISH(self, sides)


_REAL_FINISH = leaf.Leaf.finish
_REAL_STEP = special._shifted
_REAL_SOLUTION = cells.solution
_REAL_FLOOR = pieces.RULES["floor"].step
_REAL_LEARN = Knowledge.learn


def _one_too_far(n: Any, kind: str, u: Element, make: Any, step: Any) -> Any:
    return _REAL_STEP(n, kind, u, make, lambda n, v: step(n, v + n.one))


def _opposite_solution(h: Any, name: str) -> Any:
    found = _REAL_SOLUTION(h, name)
    return None if found is None else -found


def _learns_strictly(self: Knowledge, element: Element, allowed: Any) -> None:
    _REAL_LEARN(self, element, allowed - ZERO if len(allowed) == 2 else allowed)


def _floor_above(n: Any, node: Any, u: Element) -> Any:
    return _REAL_FLOOR(n, node, u) + n.one


def _each_is_zero(n: Any, equation: Any) -> list[Any]:
    return [compare(EQ, x, const(0)) for x in variables(equation)]


def _first_stated(n: Any, node: Any) -> Any:
    for case in node.head.row.stated:
        condition, expression = (compile_template(template, node.head.row.params)(node.key) for template in case)
        n(expression)
        return 0, condition, expression
    return None


ERRORS: dict[str, list[tuple[Any, str, Any]]] = {
    "what a term requires is not asked for": [(Tracing, "require", lambda self, element, allowed, text: None)],
    "every sign that is open is positive": [(Knowledge, "of_polynomial", _narrower(Knowledge.of_polynomial, POSITIVE, NONZERO))],
    "nothing is ever 0": [(Knowledge, "quick", _narrower(Knowledge.quick, NONZERO))],
    "every factor is negative": [(Knowledge, "of_polynomial", _narrower(Knowledge.of_polynomial, NEGATIVE))],
    "the solver refutes everything": [(Knowledge, "_impossible", _constant(True))],
    "sides are not compared": [(Found, "compare", _looks_away)],
    "the claim has the value of the derivative": [(Found, "compare", _looks_away), (leaf.Leaf, "finish", _same_value)],
    "every cell is empty": [(Found, "look", lambda self, literals, sides: setattr(self, "empty", True))],
    "weak inequalities are strict": [(Knowledge, "learn", _learns_strictly)],
    "special functions have values everywhere": [(Normaliser, "_defined", lambda self, node: TRUE)],
    "the recurrence is one step ahead": [(special, "_shifted", _one_too_far)],
    "solutions have the wrong sign": [(writer, "solution", _opposite_solution)],
    "floors are one too high": [(pieces.RULES["floor"], "step", _floor_above)],
    "roots of squares forget the sign": [(Terms, "sign_of_product", lambda self, factors: 1)],
    "|p| is p": [(Terms, "weak", lambda self, p: 1)],
    "conditions are true": [(Terms, "decide", lambda self, element, wanted: True)],
    "relations are forgotten": [(Ring, "relate", lambda self, index, degree, lower: None)],
    "odd functions are even": [(opaque, "ODD", {**opaque.ODD, "lgamma": opaque.ODD["erf"], "besselk": opaque.ODD["erf"]})],
    "denominators are lost": [(Element, "inverse", lambda self: self)],
    "squares are their bases": [(Element, "__pow__", lambda self, n: self)],
    "the argument of a logarithm is not looked at": [(exponentials.RULES["log"], "step", lambda n, node, u: exponentials.logarithm(n, u))],
    "parts of sums are lost": [(sums, "FEWEST", 1), (sums, "total", lambda found: found[0][1])],
    "sums of anything are 0 only if each term is": [(writer, "vanishing", _each_is_zero)],
    "roots are 0": [(writer, "without_roots", lambda f, plan: const(0))],
    "every value is the first that the row states": [(leaf, "stated", _first_stated), (hints, "stated", _first_stated)],
    "what is unknown is not negative": [(Knowledge, "of", _narrower(Knowledge.of, NONNEGATIVE, ANY))],
}
"""Errors of the prover: what is replaced by what."""


@contextmanager
def broken(name: str) -> Iterator[None]:
    """The prover with an error; the checker is as it is."""
    with ExitStack() as stack:
        for owner, attribute, wrong in ERRORS[name]:
            stack.enter_context(patch.object(owner, attribute, wrong))
        yield
