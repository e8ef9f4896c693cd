"""What the normal forms of `micrograd.prove` rely on: inequalities told to Z3, and identities by which terms are rewritten.

A proof of a hand-written derivative rewrites exponentials, logarithms, roots and angles by the identities below, and tells Z3 the inequalities
below about each atom.  Each is proved here from the axioms that such a proof then lists.
"""

from __future__ import annotations

from collections.abc import Iterator

from proofs.lemmas import Lemma, prove, weakened
from proofs.obligation import Mutant, Obligation

# fmt: off
_ROWS = [
    # name                params   hypothesis                      statement                                          from
    # --- inequalities about exponentials and logarithms
    ("exp_above",          "u",     "u > 0",                       "exp(u) > 1",                                      "exp_ge(u)"),
    ("exp_below",          "u",     "u < 0",                       "exp(u) < 1",                                      "exp_ge(-u); exp_neg(u)"),
    ("exp_order",          "u v",   "u < v",                       "exp(u) < exp(v)",                                 "exp_strict(u, v)"),
    ("exp_order_back",     "u v",   "exp(u) < exp(v)",             "u < v",                                           "exp_strict(v, u)"),
    ("log_size",           "x",     "x > 0",                       "log(x) <= x - 1",                                 "exp_log(x); exp_ge(log(x))"),
    ("log_above",          "x",     "x > 1",                       "log(x) > 0",                                      "exp_log(x); exp_ge(-log(x)); exp_neg(log(x))"),
    ("log_below",          "x",     "0 < x and x < 1",             "log(x) < 0",                                      "exp_log(x); exp_ge(log(x))"),
    ("log_exp_order",      "u x",   "x > 0 and u < log(x)",        "exp(u) < x",                                      "exp_log(x); exp_strict(u, log(x))"),
    # --- identities of exponentials, logarithms and powers
    ("exp_sub",            "u v",   "True",                        "exp(u - v) == exp(u)/exp(v)",                     "exp_add(u - v, v); exp_pos(v)"),
    ("exp_double",         "u",     "True",                        "exp(2*u) == exp(u)**2",                           "exp_add(u, u)"),
    ("exp_log_factor",     "u x",   "x > 0",                       "exp(u + log(x)) == x*exp(u)",                     "exp_log(x); exp_add(u, log(x))"),
    ("log_of_exp",         "u",     "True",                        "log(exp(u)) == u",
     "exp_pos(u); exp_log(exp(u)); exp_injective(log(exp(u)), u)"),
    ("log_product",        "x y",   "x != 0 and y != 0 and x*y > 0", "log(x*y) == log(abs(x)) + log(abs(y))",
     "log_mul(abs(x), abs(y))"),
    ("log_quotient",       "x y",   "x > 0 and y > 0",             "log(x/y) == log(x) - log(y)",                     "log_mul(x/y, y)"),
    ("log_of_root",        "x",     "x > 0",                       "log(sqrt(x)) == log(x)/2",
     "log_mul(sqrt(x), sqrt(x))"),
    ("sqrt_as_power",      "x",     "x > 0",                       "exp(log(x)/2) == sqrt(x)",
     "exp_log(x); exp_add(log(x)/2, log(x)/2); exp_pos(log(x)/2)"),
    ("cbrt_as_power",      "x",     "x > 0",                       "exp(log(x)/3)**3 == x",
     "exp_log(x); exp_add(log(x)/3, log(x)/3); exp_add(log(x)/3, 2*log(x)/3)"),
    ("sqrt_product",       "x y",   "x*y >= 0",                    "sqrt(x*y) == sqrt(abs(x))*sqrt(abs(y))",
     ""),
    ("sqrt_square",        "x",     "True",                        "sqrt(x**2) == abs(x)",                            ""),
    ("cbrt_product",       "x y",   "True",                        "cbrt(x*y) == cbrt(x)*cbrt(y)",                    ""),
    # --- angles
    ("sin_double",         "u",     "True",                        "sin(2*u) == 2*sin(u)*cos(u)",                     "sin_add(u, u)"),
    ("cos_double",         "u",     "True",                        "cos(2*u) == 1 - 2*sin(u)**2",                     "cos_add(u, u); sin_cos_norm(u)"),
    ("sin_odd",            "u",     "True",                        "sin(-u) == -sin(u)",                              "trig_neg(u)"),
    ("cos_even",           "u",     "True",                        "cos(-u) == cos(u)",                               "trig_neg(u)"),
    ("trig_size",          "u",     "True",                        "abs(sin(u)) <= 1 and abs(cos(u)) <= 1",           "sin_cos_norm(u)"),
    ("atan_odd",           "u",     "True",                        "atan(-u) == -atan(u)",
     "atan_sub(0, u); atan_bounds(0)"),
    ("atan_sign",          "u",     "u > 0",                       "atan(u) > 0",                                     "atan_bounds(u)"),
    # --- steps
    ("floor_between",      "u",     "True",                        "floor(u) <= u and u < floor(u) + 1",              "floor_def(u, u)"),
]
# fmt: on

LEMMAS = [
    Lemma(name, tuple(params.split()), hypothesis, statement, tuple(use for use in uses.split("; ") if use))
    for name, params, hypothesis, statement, uses in _ROWS
]


def obligations() -> Iterator[Obligation]:
    """Every fact."""
    for lemma in LEMMAS:
        yield from prove(lemma, "normal_forms")


def mutants() -> Iterator[Mutant]:
    """Each fact with one of its reasons left out."""
    for lemma in LEMMAS:
        yield from weakened(lemma, "normal_forms")
