"""Equality of two functions: what a counterexample says, and where nothing is said."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from micrograd.prove import equal, prove_equal
from micrograd.prove.decide import EmptyDomain
from micrograd.prove.limits import OutOfTime
from micrograd.prove.refute import Counterexample, Refuter
from micrograd.prove.verdicts import NoCertificate, Refuted, Statement, Unknown


def test_a_counterexample_has_the_variables_of_the_claim_and_no_others() -> None:
    found = prove_equal("x*y", "x + y", "x == 1")
    assert isinstance(found, Refuted)
    assert set(found.point) == {"x", "y"}
    assert found.point["x"] == Fraction(1)
    nothing = prove_equal("1", "2")
    assert isinstance(nothing, Refuted)
    assert nothing.point == {}


def test_what_is_missing_is_named() -> None:
    nothing: Any = None
    with pytest.raises(TypeError, match="b: an expression, its text or a number is needed, not None"):
        prove_equal("x", nothing)
    with pytest.raises(TypeError, match="a: an expression, its text or a number is needed, not None"):
        prove_equal(nothing, "x")
    with pytest.raises(TypeError, match="b: an expression, its text or a number is needed, not None"):
        prove_equal(lambda x: x, nothing)


def test_the_search_and_the_clock_have_their_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes of the attempt, the verdict is on the claim: a counterexample refutes, the end of the time says nothing."""

    def found(*_: object, **__: object) -> Counterexample:
        return Counterexample({"x": Fraction(2)}, "4", "3", "they differ")

    def late(*_: object, **__: object) -> None:
        raise OutOfTime

    statement = Statement("x + 1", None, "x + 2", "x > 0")
    monkeypatch.setattr(Refuter, "search", found)
    refuted = prove_equal("x + 1", "x + 2", "x > 0")
    assert isinstance(refuted, Refuted)
    assert refuted.theorem == statement
    assert refuted.point == {"x": 2}
    assert (refuted.claimed, refuted.true, refuted.reason) == ("4", "3", "they differ")
    monkeypatch.setattr(equal, "_proof", late)
    monkeypatch.setattr(Refuter, "search", lambda *_, **__: None)
    monkeypatch.setattr(equal, "_about_something", lambda verdict, *_: verdict)
    unknown = prove_equal("x + 1", "x + 2", "x > 0")
    assert isinstance(unknown, Unknown)
    assert unknown.theorem == statement
    assert "time is over" in unknown.reason


def test_of_what_has_a_value_nowhere_nothing_is_said() -> None:
    # exp(log(x)) is x, but no precision tells, so that the condition is neither true nor false: it is undefined
    with pytest.raises(EmptyDomain):
        prove_equal("where(1/(exp(log(x)) - x) > 0, 1, 2)", "5")


@pytest.mark.uncertified
def test_a_proof_without_a_certificate_is_unknown_and_the_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise NoCertificate("line 7 is refused")

    monkeypatch.setattr(equal, "equality_certificate", refuse)
    verdict = prove_equal("x + x", "2*x")
    assert isinstance(verdict, Unknown)
    assert verdict.reason == "a proof was found, but it has no certificate: line 7 is refused"


@pytest.mark.parametrize(
    ("a", "b", "wrong"),
    [
        ("sin(5*pi/7)", "sin(2*pi/7)", "sin(3*pi/7)"),
        ("sin(3*pi/8)", "cos(pi/8)", "cos(pi/7)"),
        ("cos(6*pi/7)", "-cos(pi/7)", "cos(pi/7)"),
        ("sin(pi/12)", "(sqrt(6) - sqrt(2))/4", "(sqrt(6) - sqrt(2))/4 + 1/10**40"),
        ("cos(5*pi/12)", "(sqrt(6) - sqrt(2))/4", "(sqrt(6) + sqrt(2))/4"),
        ("tan(-11*pi/12)", "2 - sqrt(3)", "2 + sqrt(3)"),
        ("sin(x + 5*pi/7)", "cos(x + 3*pi/14)", "cos(x - 3*pi/14)"),
        ("4*sin(x + pi/12)", "sin(x)*(sqrt(6) + sqrt(2)) + cos(x)*(sqrt(6) - sqrt(2))", "4*sin(x) + pi/3*cos(x)"),
    ],
)
def test_angles_that_are_fractions_of_a_turn(a: str, b: str, wrong: str) -> None:
    assert prove_equal(a, b).verdict == "proved"
    assert prove_equal(a, wrong).verdict == "refuted"
