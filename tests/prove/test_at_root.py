"""Points with an irrational coordinate: known to exist by a change of sign, and what is said of them holds on an interval around."""

from __future__ import annotations

from fractions import Fraction

import pytest

import micrograd as mg
from micrograd.prove import EmptyDomain, Refuted, prove_derivative, prove_equal
from micrograd.prove.at_root import AtRoot, roots
from micrograd.prove.verdicts import Root

PLACES = [Fraction(k, 2) for k in range(-21, 22)]


def on(text: str, **start: int) -> list[AtRoot]:
    return list(roots(mg.parse_condition(text), {name: Fraction(value) for name, value in start.items()}, PLACES))


def test_roots_between_places() -> None:
    first, second = on("x**2 == 2", x=0)
    assert float(first.point["x"]) == pytest.approx(-(2**0.5))
    assert float(second.point["x"]) == pytest.approx(2**0.5)
    assert [here.name for here in on("x**2 + y**2 == 3", x=1, y=1)] == ["x", "x", "y", "y"]
    assert len(on("sin(x) == 1/2", x=0)) > 5
    assert on("x**2 == -2", x=0) == []
    assert on("x**2 == 4", x=0) == [], "that one is rational"
    assert on("floor(x) == 1/2", x=0) == [], "a step has no root"
    assert on("1/x == 0", x=1) == [], "nor has a pole"


def test_what_holds_on_the_interval() -> None:
    here = on("x**3 == 5", x=0, y=2)[0]
    assert here.surely(mg.parse_condition("x > 170997/100000 and x < 171/100 and y == 2"))
    assert not here.surely(mg.parse_condition("x > 171/100"))
    assert not here.surely(mg.parse_condition("x**3 == 5"))
    assert not here.surely(mg.parse_condition("log(x - 10) > 0"))
    assert float(here.ball(mg.parse("x**3"), 192)) == pytest.approx(5)


@pytest.mark.parametrize(
    ("f", "right", "wrong", "domain"),
    [
        ("x**4", "8*x", "7*x", "x**2 == 2"),
        ("sin(x)", "-1", "1", "x == pi"),
        ("cos(x)", "-1/2", "1/2", "sin(x) == 1/2"),
        ("exp(x)", "2", "2 + 1e-30", "exp(x) == 2"),
        ("log(x)", "e", "271828182845904/10**14", "x == exp(-1)"),
        ("x**2*y", "2*x*y", "2*x*y + (x - y)*(x**2 - 3) + 1e-40", "x**2 == 3 and y > 1"),
        ("abs(x)", "1", "-1", "x**2 == 2 and x > 0"),
        ("x*y", "y", "2*y", "x**2 + y**2 == 3"),
    ],
)
def test_claims_on_irrational_points(f: str, right: str, wrong: str, domain: str) -> None:
    assert prove_derivative(f, right, domain, wrt="x").verdict == "proved"
    verdict = prove_derivative(f, wrong, domain, wrt="x")
    assert isinstance(verdict, Refuted)
    assert any(isinstance(value, Root) and domain.startswith(value.equation) for value in verdict.point.values()) or "y" in f
    assert all(isinstance(text, str) for text in verdict.to_dict()["witness"].values())


def test_a_root_in_words() -> None:
    verdict = prove_derivative("x**4", "7*x", "x**2 == 2 and x > 0", wrt="x")
    assert "at       x = 1.414213562373095… with x**2 == 2" in str(verdict).replace("0951…", "095…")


def test_domains_without_points_stay_empty() -> None:
    with pytest.raises(EmptyDomain):
        prove_derivative("x**2", "2*x", "x**2 == -2", wrt="x")
    assert prove_derivative("x**2", "2*x", "sin(x) == 1", wrt="x").verdict == "unknown"


def test_equalities_on_irrational_points() -> None:
    assert prove_equal("x**4", "4", "x**2 == 2").verdict == "proved"


@pytest.mark.parametrize(
    ("claim", "domain"),
    [
        ("where(x < 0, 6, 0)", "(log(-x) < 1 or x > 0) and x**2 == 2"),
        ("where(x < 0, 3*x**2, 0)", "log(-x) < -5 or x**2 == 2"),
        ("where(x < 0, 6, 0)", "not (log(-x) > 50 and x**2 != 2) and x**2 == 2"),
    ],
)
def test_points_at_which_the_domain_has_no_truth_are_outside(claim: str, domain: str) -> None:
    assert prove_derivative("x**3", claim, domain, wrt="x").verdict != "refuted"
