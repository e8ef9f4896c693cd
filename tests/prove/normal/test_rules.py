"""Every rule of the normal forms names theorems that `python -m proofs` states, and every theorem about a rule is named by one."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from micrograd.prove.normal import shape, signs
from micrograd.prove.normal.normaliser import RULES
from micrograd.prove.normal.rule import Rule
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.special_functions import SPECIAL
from proofs import rules
from proofs import signs as sign_rules

pytestmark = pytest.mark.xdist_group("theorems of rules")  # one process states them


@cache
def stated() -> frozenset[str]:
    """Names of the obligations without their last parts, of all lengths."""
    names = [o.name.split(".") for family in (rules, sign_rules) for o in family.obligations()]
    return frozenset(".".join(parts[:k]) for parts in names for k in range(2, len(parts)))


@pytest.mark.parametrize("name", RULES)
def test_the_theorems_of_a_rule_are_stated(name: str) -> None:
    assert [theorem for theorem in RULES[name].theorems if theorem not in stated()] == []


def test_every_row_of_the_table_of_theorems_belongs_to_a_rule() -> None:
    named = {theorem for rule in RULES.values() for theorem in rule.theorems}
    assert [label for label, *_ in rules._TABLE if f"rules.{label}" not in named] == []


def test_rules_are_of_functions_that_exist_and_each_is_in_one_table() -> None:
    from micrograd.prove.normal import angles, exponentials, opaque, pieces, powers, special

    assert [name for name in RULES if name not in PRIMITIVES and name not in SPECIAL] == []
    assert sum(len(part.RULES) for part in (angles, exponentials, opaque, pieces, powers, special)) == len(RULES)


def test_a_rule_without_a_theorem_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="theorem"):
        Rule(lambda n, node, u: u, "")


def test_the_theorems_about_signs_are_stated() -> None:
    for name, theorem in signs.THEOREMS.items():
        owner: Any = signs
        for part in name.split("."):
            owner = getattr(owner, part)
        assert theorem in stated(), name
    assert [name for name in shape.SHAPES if f"signs.shape.{name}" not in {o.name for o in sign_rules.shapes()}] == []
