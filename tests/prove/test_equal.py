"""Equality of two functions: what a counterexample says."""

from __future__ import annotations

from fractions import Fraction

from micrograd.prove import prove_equal
from micrograd.prove.verdicts import Refuted


def test_a_counterexample_has_the_variables_of_the_claim_and_no_others() -> None:
    found = prove_equal("x*y", "x + y", "x == 1")
    assert isinstance(found, Refuted)
    assert set(found.point) == {"x", "y"}
    assert found.point["x"] == Fraction(1)
    nothing = prove_equal("1", "2")
    assert isinstance(nothing, Refuted)
    assert nothing.point == {}
