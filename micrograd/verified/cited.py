"""Facts that are cited, not proved here: derivatives and recurrences of special functions, and a few values.

A theorem that rests on one of them lists its name among its axioms, beside those of `micrograd.verified.axioms`.  Each is checked against
Arb at many points (``tests/verified/test_special_functions.py``).  "DLMF" is the NIST Digital Library of Mathematical Functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from micrograd.verified.axioms import Axiom
from micrograd.verified.sealing import set_once


@set_once
@dataclass(frozen=True, slots=True)
class Citation:
    """One fact.

    Attributes:
        name: as theorems list it.
        statement: in words of the expression language.
        source: where it can be looked up.
    """

    name: str
    statement: str
    source: str

    def __str__(self) -> str:
        return f"{self.name}:  {self.statement}  [{self.source}]"


_ROWS = [
    # --- derivatives
    ("gamma_deriv", "d/dx gamma(x) = gamma(x)*digamma(x)", "DLMF 5.2.2"),
    ("lgamma_deriv", "d/dx lgamma(x) = digamma(x); lgamma is log|gamma|", "DLMF 5.2.2"),
    ("digamma_deriv", "d/dx digamma(x) = trigamma(x)", "DLMF 5.15; the definition of trigamma"),
    ("trigamma_deriv", "d/dx trigamma(x) = polygamma(2, x)", "DLMF 5.15; the definition of polygamma"),
    ("polygamma_deriv", "d/dx polygamma(n, x) = polygamma(n + 1, x)", "DLMF 5.15; the definition of polygamma"),
    ("airy_deriv", "airyai'' = x*airyai, airybi'' = x*airybi", "DLMF 9.2.1"),
    ("bessel_deriv", "2*besselj' = J(n-1) - J(n+1), and so for bessely; 2*besseli' = I(n-1) + I(n+1); -2*besselk' = K(n-1) + K(n+1)",
     "DLMF 10.6.1; 10.29.1"),
    ("expint_deriv", "d/dx expint(n, x) = -expint(n - 1, x)", "DLMF 8.19.13"),
    ("fresnel_deriv", "fresnels' = sinpi(x**2/2), fresnelc' = cospi(x**2/2)", "DLMF 7.2.7; 7.2.8: the definitions"),
    ("lambertw_deriv", "d/dx lambertw(x) = 1/(x + exp(lambertw(x)))", "DLMF 4.13.4"),
    ("ndtri_deriv", "d/dp ndtri(p) = sqrt(2*pi)*exp(ndtri(p)**2/2); ndtri is the inverse of erfc(-x/sqrt(2))/2", "DLMF 7.17; the inverse function rule"),
    ("owens_t_deriv", "the partial derivatives of Owen's T", "D. B. Owen, Ann. Math. Statist. 27 (1956) 1075-1090"),
    ("incomplete_gamma_deriv", "d/dx gammaincc(a, x) = -exp(-x)*x**(a - 1)/gamma(a)", "DLMF 8.8.13"),
    ("incomplete_beta_deriv", "d/dc betainc(a, b, c) = c**(a - 1)*(1 - c)**(b - 1)/beta(a, b)", "DLMF 8.17.1; 8.17.2"),
    # --- identities that normal forms use
    ("beta_def", "beta(a, b) = exp(betaln(a, b)), betaln(a, b) = lgamma(a) + lgamma(b) - lgamma(a + b)", "DLMF 5.12.1"),
    ("lgamma_def", "gamma(x) = exp(lgamma(x)) for x > 0", "DLMF 5.2"),
    ("gamma_recurrence", "gamma(x + 1) = x*gamma(x), and what follows for lgamma, digamma, polygamma; gamma(1) = 1", "DLMF 5.5.1; 5.5.2; 5.15.5; 5.4.1"),
    ("bessel_recurrence", "C(n + 1) = 2*n/x*C(n) - C(n - 1) for J and Y; I(n + 1) = I(n - 1) - 2*n/x*I(n); K(n + 1) = K(n - 1) + 2*n/x*K(n)",
     "DLMF 10.6.1; 10.29.1"),
    ("expint_recurrence", "n*expint(n + 1, x) = exp(-x) - x*expint(n, x); expint(0, x) = exp(-x)/x", "DLMF 8.19.12; 8.19.1"),
    ("lambertw_def", "lambertw(x)*exp(lambertw(x)) = x", "DLMF 4.13.1"),
    ("lambertw_range", "lambertw(x) > -1 for x > -exp(-1): the principal branch", "DLMF 4.13.1"),
    ("gamma_positive", "gamma(x) > 0 for x > 0", "DLMF 5.2.1: the integral of a positive function"),
    ("mean_value", "the mean value theorem: with k derivatives near a point, the first of which that is not 0 is the k-th, f has the sign of c*h**k beside it", "DLMF 1.4(iii); 1.4(vi)"),
    ("taylor", "Taylor's theorem: with derivatives near a point, of which those below the k-th are 0 there, f(h) = (c + d*h + e)*h**k with abs(e) <= K*h**2, where c = f^(k)/k! and d = f^(k+1)/(k+1)!", "DLMF 1.4(vi)"),
    ("pi_angles", "sin(pi/6) = 1/2, sin(pi/4) = sqrt(2)/2, sin(pi/3) = sqrt(3)/2, sin(pi/2) = 1", "DLMF 4.17"),
    ("polygamma_def", "polygamma(0, x) = digamma(x), polygamma(1, x) = trigamma(x)", "DLMF 5.15: the definition of polygamma"),
    ("atan_def", "sin(atan(x)) = x*cos(atan(x)), cos(atan(x)) > 0, -pi/2 < atan(x) < pi/2, and pi/2 < 8/5; atan(1) = pi/4", "DLMF 4.23.3; 3.12.1"),
    ("erf_bounds", "erf is odd, -1 < erf(x) < 1, and erf(x) has the sign of x", "DLMF 7.2.1; 7.2.2"),
]  # fmt: skip

CITED: Mapping[str, Citation] = MappingProxyType({name: Citation(name, statement, source) for name, statement, source in _ROWS})
"""Every cited fact by name."""

_POLES = "x > 0 or x != floor(x)"
_OFF_ZERO = "x > 0 or x < 0 and n == floor(n)"
_FORMAL = [
    # name                params  hypothesis      statement                                                                   cited as
    ("lambertw_def",      "x",    "x > -exp(-1)", "lambertw(x)*exp(lambertw(x)) == x",                                        "lambertw_def"),
    ("lambertw_range",    "x",    "x > -exp(-1)", "lambertw(x) > -1",                                                         "lambertw_range"),
    ("gamma_positive",    "x",    "x > 0",        "gamma(x) > 0",                                                             "gamma_positive"),
    ("lgamma_def",        "x",    "x > 0",        "gamma(x) == exp(lgamma(x))",                                               "lgamma_def"),
    ("gamma_one",         "",     "True",         "gamma(1) == 1 and lgamma(1) == 0",                                         "gamma_recurrence"),
    ("gamma_step",        "x",    _POLES,         "gamma(x + 1) == x*gamma(x)",                                               "gamma_recurrence"),
    ("lgamma_step",       "x",    _POLES,         "lgamma(x + 1) == lgamma(x) + log(abs(x))",                                 "gamma_recurrence"),
    ("digamma_step",      "x",    _POLES,         "digamma(x + 1) == digamma(x) + 1/x",                                       "gamma_recurrence"),
    ("trigamma_step",     "x",    _POLES,         "trigamma(x + 1) == trigamma(x) - 1/x**2",                                  "gamma_recurrence"),
    ("polygamma_2_step",  "x",    _POLES,         "polygamma(2, x + 1) == polygamma(2, x) + 2/x**3",                          "gamma_recurrence"),
    ("polygamma_3_step",  "x",    _POLES,         "polygamma(3, x + 1) == polygamma(3, x) - 6/x**4",                          "gamma_recurrence"),
    ("polygamma_def",     "x",    _POLES,         "polygamma(0, x) == digamma(x) and polygamma(1, x) == trigamma(x)",         "polygamma_def"),
    ("besselj_step",      "n x",  _OFF_ZERO,     "besselj(n + 1, x) == 2*n/x*besselj(n, x) - besselj(n - 1, x)",             "bessel_recurrence"),
    ("bessely_step",      "n x",  "x > 0",        "bessely(n + 1, x) == 2*n/x*bessely(n, x) - bessely(n - 1, x)",             "bessel_recurrence"),
    ("besseli_step",      "n x",  _OFF_ZERO,     "besseli(n + 1, x) == besseli(n - 1, x) - 2*n/x*besseli(n, x)",             "bessel_recurrence"),
    ("besselk_step",      "n x",  "x > 0",        "besselk(n + 1, x) == besselk(n - 1, x) + 2*n/x*besselk(n, x)",             "bessel_recurrence"),
    ("besselj_zero",      "n",    "n >= 0 or n == floor(n)", "besselj(n, 0) == where(n == 0, 1, 0)",                         "bessel_recurrence"),
    ("besseli_zero",      "n",    "n >= 0 or n == floor(n)", "besseli(n, 0) == where(n == 0, 1, 0)",                         "bessel_recurrence"),
    ("expint_step",       "n x",  "x > 0",        "n*expint(n + 1, x) == exp(-x) - x*expint(n, x)",                           "expint_recurrence"),
    ("expint_zero",       "x",    "x > 0",        "expint(0, x) == exp(-x)/x",                                                "expint_recurrence"),
    ("angle_30",          "",     "True",         "sin(pi/6) == 1/2 and cos(pi/6) == sqrt(3)/2",                              "pi_angles"),
    ("angle_45",          "",     "True",         "sin(pi/4) == sqrt(2)/2 and cos(pi/4) == sqrt(2)/2",                        "pi_angles"),
    ("angle_60",          "",     "True",         "sin(pi/3) == sqrt(3)/2 and cos(pi/3) == 1/2",                              "pi_angles"),
    ("angle_90",          "",     "True",         "sin(pi/2) == 1 and cos(pi/2) == 0",                                        "pi_angles"),
    ("atan_def",          "x",    "True",         "sin(atan(x)) == x*cos(atan(x)) and cos(atan(x)) > 0",                      "atan_def"),
    ("atan_range",        "x",    "True",         "-pi/2 < atan(x) and atan(x) < pi/2 and pi/2 < 8/5",                        "atan_def"),
    ("atan_one",          "",     "True",         "atan(1) == pi/4",                                                          "atan_def"),
    ("erf_odd",           "x",    "True",         "erf(-x) == -erf(x)",                                                       "erf_bounds"),
    ("erf_bounds",        "x",    "True",         "-1 < erf(x) and erf(x) < 1 and (x <= 0 or erf(x) > 0) and (x >= 0 or erf(x) < 0) and (x != 0 or erf(x) == 0)",
     "erf_bounds"),
]  # fmt: skip

FACTS: Mapping[str, Axiom] = MappingProxyType(
    {
        name: Axiom(name, tuple(params.split()), statement, hypothesis, f"cited, not proved here: {cited}; {CITED[cited].source}")
        for name, params, hypothesis, statement, cited in _FORMAL
    }
)
"""The facts that proofs use, in the form of axioms; theorems list them under the names in the last column, which are names of `CITED`."""

CITED_AS: Mapping[str, str] = MappingProxyType({name: cited for name, *_, cited in _FORMAL})
"""The name in `CITED` under which theorems list each fact."""


__all__ = ["CITED"]
