"""What proofs list as axioms and oracles exists."""

from __future__ import annotations

import pytest

from micrograd.verified import CITED
from micrograd.verified.axioms import AXIOMS
from micrograd.verified.prove import Proved, prove_derivative, prove_equal

CLAIMS = [
    ("tan(pi*(p - 1/2))", "p", "pi*(1 + tan(pi*(p - 1/2))**2)", "p > 0 and p < 1"),
    ("sin(x + pi/4)", "x", "(cos(x) - sin(x))*sqrt(2)/2", "True"),
    ("sin(2*atan(x))", "x", "2*(1 - x**2)/(1 + x**2)**2", "True"),
    ("log(erfc(x))", "x", "-2/sqrt(pi)*exp(-x**2)/erfc(x)", "True"),
    ("x**(2/5)", "x", "2/5*x**(-3/5)", "x > 0"),
    ("cbrt(x)", "x", "1/(3*cbrt(x)**2)", "x != 0"),
    ("gamma(a + 1)/a", "a", "gamma(a)*digamma(a)", "a > 0"),
    ("besselj(0, x)", "x", "-besselj(1, x)", "x > 0"),
    ("expint(1, x)", "x", "-exp(-x)/x", "x > 0"),
    ("floor(x)*x", "x", "floor(x)", "x != floor(x)"),
]


@pytest.mark.parametrize(("f", "x", "claim", "domain"), CLAIMS)
def test_names_are_known(f: str, x: str, claim: str, domain: str) -> None:
    verdict = prove_derivative(f, x, claim, domain)
    assert isinstance(verdict, Proved), verdict
    assert set(verdict.axioms) <= set(AXIOMS) | set(CITED)
    assert set(verdict.oracles) <= {"z3", "flint", "arb"}


@pytest.mark.parametrize(
    ("a", "b", "fact"),
    [
        ("sin(pi/6)", "1/2", "pi_angles"),
        ("sin(atan(x))", "x/sqrt(1 + x**2)", "atan_def"),
        ("erf(-x)", "-erf(x)", "erf_bounds"),
        ("gamma(5)", "24", "gamma_recurrence"),
    ],
)
def test_cited_facts_are_listed(a: str, b: str, fact: str) -> None:
    verdict = prove_equal(a, b)
    assert isinstance(verdict, Proved), verdict
    assert fact in verdict.axioms
