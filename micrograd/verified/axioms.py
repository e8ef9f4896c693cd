"""The axioms: few, weak, true statements of elementary analysis.

Everything else is proved from these, from the axioms of the real numbers (as Z3 decides them) and from definitions.  No
axiom is a derivative rule, except that erf is *defined* by its derivative: ``erf_def`` says so in the form of a remainder.
Each is checked against Arb balls at many points, edges included, and every theorem lists the ones it used.

An axiom reads: for all real ``params`` with ``hypothesis``, ``statement``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from micrograd.verified.sealing import set_once


@set_once
@dataclass(frozen=True, slots=True)
class Axiom:
    """One axiom.

    Attributes:
        name: as theorems list it.
        params: the universally quantified real variables.
        statement: a condition in the expression language.
        hypothesis: a condition; the statement is claimed where it holds.
        citation: where a textbook proves it.
    """

    name: str
    params: tuple[str, ...]
    statement: str
    hypothesis: str
    citation: str

    def __str__(self) -> str:
        given = "" if self.hypothesis == "True" else f"{self.hypothesis}  ⊢  "
        return f"{self.name}({', '.join(self.params)}):  {given}{self.statement}"


_ROWS = [
    # name            params  hypothesis           statement                                     citation
    ("exp_add",       "x y",  "True",              "exp(x + y) == exp(x)*exp(y)",                "DLMF 4.8.8"),
    ("exp_ge",        "x",    "True",              "1 + x <= exp(x)",                            "DLMF 4.5.7"),
    ("exp_log",       "x",    "x > 0",             "exp(log(x)) == x",                           "DLMF 4.2.20; log is the inverse of exp"),
    ("e_def",         "",     "True",              "exp(1) == e",                                "DLMF 4.2.11; the definition of e"),
    ("sin_add",       "x y",  "True",              "sin(x + y) == sin(x)*cos(y) + cos(x)*sin(y)", "DLMF 4.21.2"),
    ("cos_add",       "x y",  "True",              "cos(x + y) == cos(x)*cos(y) - sin(x)*sin(y)", "DLMF 4.21.3"),
    ("sin_cos_norm",  "x",    "True",              "sin(x)**2 + cos(x)**2 == 1",                 "DLMF 4.21.12"),
    ("sin_bounds",    "x",    "0 <= x and x <= 1", "x*cos(x) <= sin(x) and sin(x) <= x and cos(x) > 0", "DLMF 4.18; arc, chord and tangent of the circle"),
    ("pi_bounds",     "",     "True",              "3 < pi and pi < 4",                          "DLMF 3.12.1"),
    ("atan_sub",      "x y",  "1 + x*y > 0",       "atan(x) - atan(y) == atan((x - y)/(1 + x*y))", "DLMF 4.24.15"),
    ("atan_bounds",   "x",    "x >= 0",            "x/(1 + x**2) <= atan(x) and atan(x) <= x",   "DLMF 4.24.3 and 4.18: sin t cos t <= t <= tan t at t = atan x"),
    ("sqrt_def",      "x",    "x >= 0",            "sqrt(x) >= 0 and sqrt(x)**2 == x",           "the definition of the square root"),
    ("cbrt_def",      "x",    "True",              "cbrt(x)**3 == x",                            "the definition of the real cube root"),
    ("floor_def",     "x y",  "True",              "floor(0) == 0 and floor(x) <= x and x < floor(x) + 1 and "
                                                   "(y < floor(x) or y >= floor(x) + 1 or floor(y) == floor(x))", "the definition of the floor"),
    ("erf_def",       "x y",  "True",              "abs(erf(y) - erf(x) - 2/sqrt(pi)*exp(-x**2)*(y - x)) <= (y - x)**2",
                                                   "DLMF 7.2.1: erf is defined by its derivative; |erf''| < 2"),
]  # fmt: skip

AXIOMS: Mapping[str, Axiom] = MappingProxyType(
    {name: Axiom(name, tuple(params.split()), statement, hypothesis, citation) for name, params, hypothesis, statement, citation in _ROWS}
)
"""Every axiom by name."""
