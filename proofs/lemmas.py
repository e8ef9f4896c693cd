"""Lemmas: what follows from the axioms and is used again and again.

Each is proved from axioms and from earlier lemmas; an instance of a lemma in a later proof brings along the axioms behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from micrograd.verified.axioms import AXIOMS
from micrograd.verified.parsing import parse_condition
from proofs.language import sentence, split_call
from proofs.obligation import Mutant, Obligation


@dataclass(frozen=True, slots=True)
class Lemma:
    """For all real ``params`` with ``hypothesis``: ``statement``, by the instances in ``uses`` and then ``steps``."""

    name: str
    params: tuple[str, ...]
    hypothesis: str
    statement: str
    uses: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


# fmt: off
_ROWS = [
    # name            params  hypothesis             statement                                            from
    ("exp_zero",       "",    "True",                "exp(0) == 1",                                       "exp_add(0, 0); exp_ge(0)"),
    ("exp_neg",        "x",   "True",                "exp(x)*exp(-x) == 1",                               "exp_add(x, -x); exp_zero()"),
    ("exp_pos",        "x",   "True",                "exp(x) > 0",                                        "exp_add(x/2, x/2); exp_neg(x)"),
    ("exp_strict",     "x y", "x < y",               "exp(x) < exp(y)",                                   "exp_add(x, y - x); exp_ge(y - x); exp_pos(x)"),
    ("exp_injective",  "x y", "exp(x) == exp(y)",    "x == y",                                            "exp_strict(x, y); exp_strict(y, x)"),
    ("exp_near_zero",  "h",   "abs(h) <= 1/2",       "abs(exp(h) - 1 - h) <= 2*h**2",                     "exp_ge(h); exp_ge(-h); exp_neg(h)"),
    ("log_mul",        "x t", "x > 0 and t > 0",     "log(x*t) == log(x) + log(t)",
     "exp_log(x); exp_log(t); exp_log(x*t); exp_add(log(x), log(t)); exp_injective(log(x*t), log(x) + log(t))"),
    ("log_near_one",   "t",   "abs(t - 1) <= 1/2",   "abs(log(t) - (t - 1)) <= 2*(t - 1)**2",
     "exp_log(t); exp_ge(log(t)); exp_ge(-log(t)); exp_neg(log(t))"),
    ("log_pos",        "t",   "t > 1",               "log(t) > 0",                                        "exp_log(t); exp_ge(-log(t)); exp_neg(log(t))"),
    ("sinh_nonzero",   "x",   "x != 0",              "exp(x) - exp(-x) != 0",                             "exp_injective(x, -x)"),
    ("trig_zero",      "",    "True",                "sin(0) == 0 and cos(0) == 1",                       "sin_add(0, 0); cos_add(0, 0); sin_cos_norm(0)"),
    ("trig_neg",       "x",   "True",                "sin(-x) == -sin(x) and cos(-x) == cos(x)",
     "sin_add(x, -x); cos_add(x, -x); trig_zero(); sin_cos_norm(x)"),
    ("trig_near_zero", "h",   "abs(h) <= 1",         "abs(sin(h) - h) <= h**2 and 1 - cos(h) >= 0 and 1 - cos(h) <= h**2",
     "sin_bounds(h); sin_bounds(-h); trig_neg(h); sin_cos_norm(h)"),
    ("atan_near_zero", "t",   "True",                "abs(atan(t) - t) <= t**2",                          "atan_bounds(t); atan_bounds(-t); atan_bounds(0); atan_sub(0, t)"),
]
# fmt: on

DEFINITIONS = ("powi_succ",)
"""Facts that are definitions (of integer powers), not proved."""

LEMMAS: Mapping[str, Lemma] = {
    **{
        name: Lemma(name, tuple(params.split()), hypothesis, statement, tuple(uses.split("; ")))
        for name, params, hypothesis, statement, uses in _ROWS
    },
    "powi_succ": Lemma("powi_succ", ("a", "n"), "n >= 0", "a**(n + 1) == a**n*a"),
}
"""Every lemma by name."""


@cache
def axioms_behind(name: str) -> frozenset[str]:
    """The axioms on which a lemma rests."""
    names: set[str] = set()
    for use in LEMMAS[name].uses:
        used = split_call(use)[0]
        names |= {used} if used in AXIOMS else axioms_behind(used)
    return frozenset(names)


def prove(lemma: Lemma, family: str = "lemmas") -> Iterator[Obligation]:
    """The obligation of one lemma."""
    goal, hypothesis = parse_condition(lemma.statement), parse_condition(lemma.hypothesis)
    given = "" if lemma.hypothesis == "True" else f"{lemma.hypothesis}  ⊢  "
    text = f"for all {', '.join(lemma.params)}: {given}{lemma.statement}" if lemma.params else lemma.statement
    yield sentence(f"{family}.{lemma.name}", text, goal, hypotheses=[hypothesis], uses=lemma.uses)


def obligations() -> Iterator[Obligation]:
    """All lemmas."""
    for name, lemma in LEMMAS.items():
        if name not in DEFINITIONS:
            yield from prove(lemma)


def mutants() -> Iterator[Mutant]:
    """Each lemma with one of its reasons left out."""
    for lemma in LEMMAS.values():
        yield from weakened(lemma)


def weakened(lemma: Lemma, family: str = "lemmas") -> Iterator[Mutant]:
    """The lemma with one of its reasons left out."""
    for dropped in lemma.uses:
        rest = tuple(use for use in lemma.uses if use != dropped)
        changed = Lemma(lemma.name, lemma.params, lemma.hypothesis, lemma.statement, rest)
        yield Mutant(f"{family}.{lemma.name}", f"without {dropped}", tuple(prove(changed, family)))
