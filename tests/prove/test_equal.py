"""Equality of two expressions: points where they differ, and where nothing is said."""

from __future__ import annotations

import pytest

import micrograd as mg
from micrograd.prove.decide import EmptyDomain
from micrograd.prove.equal import decide_equality
from micrograd.prove.verdicts import Refuted


@pytest.mark.parametrize("names", [{"x"}, {"x", "y"}, {"_", "x"}])
def test_a_point_has_the_coordinates_of_the_claim_alone(names: set[str]) -> None:
    a = mg.parse(" + ".join(sorted(names)))
    verdict = decide_equality(a, a + 1)
    assert isinstance(verdict, Refuted)
    assert set(verdict.point) == names


def test_of_what_has_a_value_nowhere_nothing_is_said() -> None:
    # exp(log(x)) is x, but no precision tells, so that the condition is neither true nor false: it is undefined
    a = mg.parse("where(1/(exp(log(x)) - x) > 0, 1, 2)")
    with pytest.raises(EmptyDomain):
        decide_equality(a, mg.const(5))
