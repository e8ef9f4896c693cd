"""Equality of two functions: what a counterexample says, and where nothing is said."""

from __future__ import annotations

from fractions import Fraction

import pytest

from micrograd.prove import prove_equal
from micrograd.prove.decide import EmptyDomain
from micrograd.prove.verdicts import Refuted


def test_a_counterexample_has_the_variables_of_the_claim_and_no_others() -> None:
    found = prove_equal("x*y", "x + y", "x == 1")
    assert isinstance(found, Refuted)
    assert set(found.point) == {"x", "y"}
    assert found.point["x"] == Fraction(1)
    nothing = prove_equal("1", "2")
    assert isinstance(nothing, Refuted)
    assert nothing.point == {}


def test_of_what_has_a_value_nowhere_nothing_is_said() -> None:
    # exp(log(x)) is x, but no precision tells, so that the condition is neither true nor false: it is undefined
    with pytest.raises(EmptyDomain):
        prove_equal("where(1/(exp(log(x)) - x) > 0, 1, 2)", "5")
