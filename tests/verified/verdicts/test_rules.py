"""Every rule has its theorem, and every rule that the checker has is in the table."""

from __future__ import annotations

from fnmatch import fnmatchcase
from importlib import import_module

import pytest

from micrograd.verified.axioms import AXIOMS
from micrograd.verified.checker import rows_axioms
from micrograd.verified.cited import CITED
from micrograd.verified.registry import REGISTRY
from micrograd.verified.verdicts import cell, check, smallness, special, values
from micrograd.verified.verdicts.rules import RULES, Rule
from micrograd.verified.verdicts.solvers import z3_refutes
from proofs.obligation import Obligation

FAMILIES = ("verdict_rules", "normal_forms", "cited", "hypotheses", "calculus", "induction", "columns")


@pytest.fixture(scope="module")
def theorems() -> dict[str, Obligation]:
    return {obligation.name: obligation for family in FAMILIES for obligation in import_module(f"proofs.{family}").obligations()}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_every_rule_has_its_theorems(rule: Rule, theorems: dict[str, Obligation]) -> None:
    for pattern in rule.theorems:
        assert any(fnmatchcase(name, pattern) for name in theorems), f"{pattern}: there is no such theorem"
    assert set(rule.axioms) <= AXIOMS.keys() | CITED.keys()


def test_every_rule_is_in_the_table() -> None:
    lines = {*check.CUTS, *check.PLAIN, *check.AT_POINTS, "val", "hyp", "def", "cmp", "gen", "have", "end", "unfold", "app"}
    lines |= {f"bounded {name}" for name in smallness.BOUNDED}
    assert {*lines, *values.RULES, *(f"special {how}" for how in special.HOW)} <= set(RULES)


def test_a_rule_without_a_theorem_says_why() -> None:
    assert {rule.name for rule in RULES.values() if not rule.theorems} <= {"const", "var", "pi", "gen"}


def test_a_rule_lists_the_axioms_of_its_theorems(theorems: dict[str, Obligation]) -> None:
    """Those of a row's definition and of a generator are listed where the row or the generator is used."""
    elsewhere = {
        "def": rows_axioms(set(REGISTRY), set()),
        "unfold": rows_axioms(set(REGISTRY), set()),
        "ask": {axiom for kind in (*cell.GENERATORS, "atan", "erf", "sqrt") if kind in RULES for axiom in RULES[kind].axioms},
        "about": {"floor_def"},
    }
    elsewhere["empty"] = elsewhere["ask"]
    for rule in RULES.values():
        behind = {axiom for pattern in rule.theorems for name in theorems if fnmatchcase(name, pattern) for axiom in theorems[name].axioms}
        assert behind <= {*rule.axioms, *elsewhere.get(rule.name, ())}, rule.name


def test_the_limit_of_an_oracle_step_is_its_own() -> None:
    """A limit that Z3 keeps for the whole process would make other solvers of the program give up."""
    z3 = pytest.importorskip("z3")
    assert z3_refutes("(set-logic QF_NRA)\n(declare-const x Real)\n(assert (< (* x x) 0))\n(check-sat)\n")
    assert not z3_refutes("(set-logic QF_NRA)\n(declare-const x Real)\n(assert (< x 0))\n(check-sat)\n")
    assert int(z3.get_param("rlimit")) == 0
