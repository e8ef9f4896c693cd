"""What proofs list as axioms and oracles exists."""

from __future__ import annotations

import pytest

from micrograd.prove import Proved, prove_derivative, prove_equal
from micrograd.verified import CITED
from micrograd.verified.axioms import AXIOMS

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
    verdict = prove_derivative(f, claim, domain, wrt=x)
    assert isinstance(verdict, Proved), verdict
    assert set(verdict.axioms) <= set(AXIOMS) | set(CITED)
    assert set(verdict.oracles) <= {"z3", "flint", "arb"}


USED = [
    ("where(pi > 3, x, 0)", "x", "True", "pi_bounds"),
    ("log(2*exp(x))", "log(2) + x", "True", "exp_log"),
    ("log(2*x)", "log(2) + log(x)", "x > 0", "exp_add"),
    ("sqrt(x)**2", "x", "x >= 0", "sqrt_def"),
    ("cbrt(x)**3", "x", "x > 0", "cbrt_def"),
    ("(x**(1/5))**5", "x", "x > 0", "exp_log"),
    ("exp(x)*exp(-x)", "1", "True", "exp_add"),
    ("where(exp(x) > 0, x, 0)", "x", "True", "exp_ge"),
    ("sin(x)**2 + cos(x)**2", "1", "True", "sin_cos_norm"),
    ("sin(2*x)", "2*sin(x)*cos(x)", "True", "sin_add"),
    ("cos(2*x)", "cos(x)**2 - sin(x)**2", "True", "cos_add"),
    ("sin(pi/6)", "1/2", "True", "pi_angles"),
    ("atan(1)", "pi/4", "True", "atan_def"),
    ("sin(atan(x))", "x/sqrt(1 + x**2)", "True", "atan_def"),
    ("atan(-x)", "-atan(x)", "True", "atan_def"),
    ("erf(-x)", "-erf(x)", "True", "erf_bounds"),
    ("floor(x + 1)", "floor(x) + 1", "True", "floor_def"),
    ("gamma(5)", "24", "True", "gamma_recurrence"),
    ("lgamma(3)", "log(2)", "True", "gamma_recurrence"),
    ("lgamma(x + 1)", "lgamma(x) + log(x)", "x > 0", "gamma_recurrence"),
    ("digamma(x + 1)", "digamma(x) + 1/x", "x > 0", "gamma_recurrence"),
    ("gamma(x + 1)", "x*gamma(x)", "x < -1 and x != floor(x)", "gamma_recurrence"),
    ("gamma(x)", "exp(lgamma(x))", "x > 0", "lgamma_def"),
    ("polygamma(0, x)", "digamma(x)", "x > 0", "polygamma_def"),
    ("polygamma(1, x)", "trigamma(x)", "x > 0", "polygamma_def"),
    ("besselj(2, x)", "2/x*besselj(1, x) - besselj(0, x)", "x > 0", "bessel_recurrence"),
    ("besselj(0, x)", "2/x*besselj(1, x) - besselj(2, x)", "x > 0", "bessel_recurrence"),
    ("bessely(0, x) + bessely(1, x)", "bessely(0, x) + 4/x*bessely(2, x) - bessely(3, x)", "x > 0", "bessel_recurrence"),
    ("besseli(n, x)", "2*(n + 1)/x*besseli(n + 1, x) + besseli(n + 2, x)", "x > 0", "bessel_recurrence"),
    ("besselk(0, x)", "besselk(2, x) - 2/x*besselk(1, x)", "x > 0", "bessel_recurrence"),
    ("besselj(x, 0)", "1", "x == 0", "bessel_recurrence"),
    ("expint(0, x)", "exp(-x)/x", "x > 0", "expint_recurrence"),
    ("expint(2, x)", "exp(-x) - x*expint(1, x)", "x > 0", "expint_recurrence"),
    ("lambertw(x)*exp(lambertw(x))", "x", "x > 0", "lambertw_def"),
]
"""Equalities, and a fact that each rests on; no derivative is taken, whose proof would list it as well."""


@pytest.mark.parametrize(("a", "b", "domain", "fact"), USED)
def test_facts_that_are_used_are_listed(a: str, b: str, domain: str, fact: str) -> None:
    verdict = prove_equal(a, b, domain)
    assert isinstance(verdict, Proved), verdict
    assert fact in verdict.axioms


@pytest.mark.parametrize(("a", "domain"), [("where(x**2 - x*y + y**2 + 1 > 0, x, 0)", "True"), ("where(x**3 > 1, x, 0)", "x**5 > 1")])
def test_the_solver_is_listed(a: str, domain: str) -> None:
    verdict = prove_equal(a, "x", domain)
    assert isinstance(verdict, Proved), verdict
    assert "z3" in verdict.oracles
