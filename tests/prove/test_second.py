"""Second derivatives are those of f', not of the symbolic derivative; the prover is asked alone and with its search."""

from __future__ import annotations

import pytest

import micrograd as mg
from micrograd.prove.cells import Prover
from micrograd.prove.decide import EmptyDomain
from micrograd.prove.points.boundary import Part
from micrograd.prove.refute import without_search
from micrograd.prove.second import NOWHERE, Slopes, decide_second
from micrograd.prove.solver import one_session
from micrograd.prove.verdicts import AnyVerdict, Proved, Refuted, Unknown
from micrograd.verified.differentiation import defined

RIGHT = {
    # function, first, second, claim, domain
    "smooth": ("x**2*y", "x", "y", "2*x", "True"),
    "guard that changes nothing": ("where(x == 0, 0, x*log(y))", "x", "y", "1/y", "y > 0"),
    "guard, twice by x": ("where(x == 0, 0, sin(x))", "x", "x", "-sin(x)", "True"),
    "kinks that cancel": ("y*(max(x, 0) + min(x, 0))", "x", "y", "1", "True"),
    "kinks that cancel, twice by x": ("y*(max(x, 0) + min(x, 0))", "x", "x", "0", "True"),
    "no derivative at the kink": ("abs(x)*x", "x", "x", "2*sign(x)", "True"),
    "cube of a modulus": ("abs(x)**3", "x", "x", "6*abs(x)", "True"),
    "kink on a line": ("abs(x - y)*x", "y", "x", "-sign(x - y)", "x != y"),
    "guard on a curve": ("where(y == x**2, x**3*y, x**3*y)", "y", "x", "3*x**2", "True"),
    "by the other variable of a guard": ("where(x == 0, y, y + x*z)", "x", "z", "1", "True"),
    "domain left out": ("abs(x)", "x", "x", "0", None),
    "floor stands still": ("floor(y)*x**2", "x", "x", "2*floor(y)", "True"),
    "join of the second order": ("where(x > 0, x**3, 0)", "x", "x", "where(x > 0, 6*x, 0)", "True"),
    "on a line that the guard leaves": ("where(x == 0, 0, x*y)", "x", "y", "1", "y == 0"),
    "no derivative at a jump, whatever is said of it": ("floor(x)", "x", "x", "where(x == 3, 7, 0)", "True"),
    "on one side of a jump in the domain": ("where(x == 0, 0, x*y)", "x", "y", "1", "floor(y) > 0"),
    "two guards": ("where(x == 0, 0, x*y)*where(y == 0, 1, exp(y))", "x", "y", "exp(y) + y*exp(y)", "y != 0"),
}

WRONG = {
    "at the guard": ("where(x == 0, 0, sin(x))", "x", "x", "where(x == 0, 5, -sin(x))", "True"),
    "at the guard, mixed": ("where(x == 0, 0, x*log(y))", "x", "y", "where(x == 0, 5, 1/y)", "y > 0"),
    "at cancelling kinks": ("y*(max(x, 0) + min(x, 0))", "x", "y", "where(x == 0, 2, 1)", "True"),
    "at the join": ("where(x > 0, x**3, 0)", "x", "x", "where(x == 0, 1, where(x > 0, 6*x, 0))", "True"),
    "at a guard out of reach": ("where(x**3 == 5, 5**(1/3), x)*y", "x", "y", "where(x**3 == 5, 2, 1)", "True"),
    "in a tail": ("where(x == 0, 0, sin(x))", "x", "x", "where(x > 10**9, 5, -sin(x))", "True"),
    "on the guard's curve": ("where(y == x**3 - 5, x*y, x*y)", "y", "x", "where(y == x**3 - 5, 7, 1)", "True"),
    "the symbolic derivative's": ("where(x == 0, 0, x**2 + y*x)", "x", "y", "where(x == 0, 0, 1)", "True"),
    "square of a modulus": ("abs(x)**2", "x", "x", "where(x == 0, 0, 2)", "True"),
    "on a line that the guard leaves": ("where(x == 0, 0, x*y)", "x", "y", "where(x == 0, 5, 1)", "y == 0"),
    "without a value at the guard": ("where(x == 0, 0, x*y)", "x", "y", "x/x", "True"),
    # the neighbours of y == 1 that are outside of the domain have slopes at the guard as well
    "on one side of a jump in the domain": ("where(x == 0, 0, x*y)", "x", "y", "where(x == 0, where(y == 1, 7, 1), 1)", "floor(y) > 0"),
}


def verdict(function: str, first: str, second: str, claim: str, domain: str | None) -> AnyVerdict:
    stated = None if domain is None else mg.parse_condition(domain)
    return decide_second(mg.parse(function), mg.var(first), mg.var(second), mg.parse(claim), stated)


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str) -> None:
    assert verdict(*RIGHT[name]).verdict == "proved"


@pytest.mark.parametrize("name", WRONG)
def test_wrong_is_not_proved_by_the_prover_alone(name: str) -> None:
    with without_search():
        assert verdict(*WRONG[name]).verdict == "unknown"


@pytest.mark.parametrize("name", sorted(set(WRONG) - {"at a guard out of reach", "in a tail", "on the guard's curve"}))
def test_wrong_is_refuted(name: str) -> None:
    found = verdict(*WRONG[name])
    assert isinstance(found, Refuted), found


def test_the_statement_speaks_of_the_function() -> None:
    found = verdict(*RIGHT["kinks that cancel"])
    assert found.theorem.function == "d/dx [y*(max(x, 0) + min(x, 0))]"
    assert found.theorem.wrt == "y"


def test_where_the_slope_is_not_known_nothing_is_proved() -> None:
    function = "where(x == 0, 0, x*sin(1/x))"
    with without_search():
        found = verdict(function, "x", "x", "where(x == 0, 0, -sin(1/x)/x**3)", "True")
    assert found.verdict == "unknown"
    assert "the first derivative is not known" in found.reason  # type: ignore[union-attr]


def test_a_wrong_claim_where_the_function_is_smooth_is_refuted_all_the_same() -> None:
    assert verdict("where(x == 0, 0, x**2*sin(1/x))", "x", "x", "7", "True").verdict == "refuted"


def test_a_domain_without_derivatives_claims_nothing() -> None:
    with pytest.raises(EmptyDomain):
        verdict("abs(x)", "x", "x", "0", "x == 0")


def test_a_symbolic_derivative_where_there_is_none_claims_nothing() -> None:
    with pytest.raises(EmptyDomain):
        verdict("floor(x)", "x", "x", "0", "x == 3")


def test_notes_name_what_they_speak_of() -> None:
    found = verdict("abs(x)*(y**3 - 5)", "x", "y", "3*y**2*sign(x)", "True")
    assert isinstance(found, Proved)
    assert any("no value" in note for note in found.notes)
    assert all("the first derivative" in note for note in found.notes)
    jump = verdict("floor(x) + x**2*abs(x)", "x", "x", "6*abs(x)", "True")
    assert isinstance(jump, Proved)
    assert not any("join smoothly" in note for note in jump.notes)


def test_notes_do_not_show_the_point_that_stands_still() -> None:
    found = verdict("where(x**3 == 5, x**2, x**2)", "x", "x", "2", "True")
    assert isinstance(found, Proved)
    assert found.notes == ("x**3 == 5: the pieces join smoothly, and the claim is right",)


def test_only_points_with_a_first_derivative_are_spoken_of() -> None:
    """At 3 the symbolic derivative of the function is right, and the derivative does not exist."""
    assert verdict("floor(x) + x", "x", "x", "0", "x == 3 or x > 7 and x < 8").verdict == "proved"
    with pytest.raises(EmptyDomain):
        verdict("floor(x) + x", "x", "x", "0", "x == 3")


def test_nowhere_has_no_value() -> None:
    assert str(defined(NOWHERE)) == "False"


def test_a_part_that_is_empty_needs_no_piece() -> None:
    x, prover = mg.var("x"), Prover()
    with one_session():
        slopes = Slopes(prover, x)
        slopes.record(Part([mg.parse_condition("exp(x) <= 0")], x, x, x), x)
    assert not slopes.pieces


def test_a_slope_at_one_point_holds_there_only() -> None:
    """Beside it the conditions of the part may hold as well."""
    x, y, prover = mg.var("x"), mg.var("y"), Prover()
    with one_session():
        for at, where in ((y, "x == y and y > 0"), (x, "y > 0")):
            slopes = Slopes(prover, x)
            slopes.record(Part([mg.parse_condition("y > 0")], x, x, at), x)
            assert [str(condition) for condition, _ in slopes.pieces] == [where]


def test_what_shows_that_the_domain_is_smooth_is_listed() -> None:
    """That erfc(x) > 0 is needed for the first derivative to exist, and does not occur in it."""
    found = verdict("log(erfc(x)) + y**2", "y", "y", "2", "True")
    assert isinstance(found, Proved)
    assert "erf_bounds" in found.axioms


@pytest.mark.parametrize("second", ["x", "y"])
def test_a_derivative_that_is_not_found_is_not_nowhere(second: str) -> None:
    # it is 0 for x twice and -1 for x and y, but f' beside the point is not put together
    f = mg.parse("where(x == 0 and y == 0, 0, x*y*(x**2 - y**2)/(x**2 + y**2))")
    x, domain = mg.var("x"), mg.parse_condition("x == 0 and y == 0")
    verdict = decide_second(f, x, mg.var(second), mg.const(0 if second == "x" else -1), domain)
    assert isinstance(verdict, Unknown | Proved)
