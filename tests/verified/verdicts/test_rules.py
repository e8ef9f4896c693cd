"""Every rule has its theorem, and every rule that the checker has is in the table."""

from __future__ import annotations

from fnmatch import fnmatchcase
from importlib import import_module

import pytest

from micrograd.verified.axioms import AXIOMS
from micrograd.verified.cited import CITED
from micrograd.verified.verdicts import check, points, special, values
from micrograd.verified.verdicts.rules import RULES, Rule

FAMILIES = ("verdict_rules", "normal_forms", "cited", "hypotheses", "calculus", "induction")


@pytest.fixture(scope="module")
def theorems() -> set[str]:
    return {obligation.name for family in FAMILIES for obligation in import_module(f"proofs.{family}").obligations()}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_every_rule_has_its_theorems(rule: Rule, theorems: set[str]) -> None:
    for pattern in rule.theorems:
        assert any(fnmatchcase(name, pattern) for name in theorems), f"{pattern}: there is no such theorem"
    assert set(rule.axioms) <= AXIOMS.keys() | CITED.keys()


def test_every_rule_is_in_the_table() -> None:
    lines = {*check.CUTS, *check.PLAIN, *points.LINES, "val", "hyp", "def", "cmp", "gen", "have", "end", "unfold", "app"}
    assert {*lines, *values.RULES, *(f"special {how}" for how in special.HOW)} <= set(RULES)


def test_a_rule_without_a_theorem_says_why() -> None:
    assert {rule.name for rule in RULES.values() if not rule.theorems} <= {"const", "var", "pi"}
