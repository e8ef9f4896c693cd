"""Every rule of the normal forms names theorems that `python -m proofs` states, and every theorem about a rule is named by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

import pytest

from micrograd.prove.normal import shape, signs
from micrograd.prove.normal.normaliser import RULES
from micrograd.prove.normal.rule import Rule
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.special_functions import SPECIAL
from proofs import rules
from proofs import signs as sign_rules
from proofs.obligation import Obligation


def _first_of_each() -> Iterator[Obligation]:
    """The first theorem about each function and each row of the table, and all that bear other names: to state all takes ten seconds."""
    for name in rules.ROWS:
        yield from rules.of_rows(name) if name == "powi" else islice(rules.of_rows(name), 1)
    for label, *_ in rules._TABLE:
        yield from islice(rules.of_labels(label), 1)
    yield from rules.of_angles()


def missing(theorems: set[str], stated: Iterable[Obligation]) -> set[str]:
    """Those with whose names no obligation's name begins; none is stated after the last that is sought."""
    left = set(theorems)
    for obligation in stated:
        parts = obligation.name.split(".")
        left -= {".".join(parts[:k]) for k in range(2, len(parts))}
        if not left:
            break
    return left


def test_the_theorems_of_every_rule_are_stated() -> None:
    """One test for all of them, since it is stating the theorems that takes long."""
    left = missing({theorem for rule in RULES.values() for theorem in rule.theorems}, _first_of_each())
    assert {name: sorted(left & set(rule.theorems)) for name, rule in RULES.items() if left & set(rule.theorems)} == {}


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
    for name in signs.THEOREMS:
        owner: Any = signs
        for part in name.split("."):
            owner = getattr(owner, part)
    assert missing(set(signs.THEOREMS.values()), chain(sign_rules.tables(), sign_rules.knowledge())) == set()
    assert [name for name in shape.SHAPES if f"signs.shape.{name}" not in {o.name for o in sign_rules.shapes()}] == []
