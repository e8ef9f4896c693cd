"""Certificates that are forged: each breaks one side condition, and is refused there."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import flint
import pytest

from micrograd.carriers.arb.precision import precision
from micrograd.verified.errors import CertificateError
from micrograd.verified.registry import REGISTRY
from micrograd.verified.verdicts.check import Verdict, check_verdict, rows_digest
from micrograd.verified.verdicts.constants import sine_and_cosine
from micrograd.verified.verdicts.goals import Goal, Goals, Problem
from tests.verified.verdicts.forging import ONE, Forger, factors, value

X = [["gen", "var", "@x"], value("x", "g0")]
ZERO = value("0", "0")
XY = [*X, ["gen", "var", "@y"], value("y", "g1")]


def refused(certificate: dict[str, Any], words: str, step: int | None = None) -> None:
    with pytest.raises(CertificateError, match=words) as found:
        check_verdict(certificate)
    if step is not None:
        assert found.value.step == step


def equal(a: str, b: str, domain: str = "True") -> Forger:
    return Forger(a=a, b=b, domain=domain)


def test_a_certificate_by_hand() -> None:
    lines = [["gen", "var", "@y"], value("y", "g0"), value("-1", "-1"), ["hyp", "@y > -1", factors("g0 + 1")], value("1", "1")]
    lines += [value("1 + y", "g0 + 1"), ["gen", "log", "=g0 + 1"], value("log(1 + y)", "g1", "1", (), factors("g0 + 1"), [])]
    lines += [value("log1p(y)", "g1"), ["end"]]
    found = check_verdict(Forger(function="x*log1p(y)", wrt=["x"], claim="log1p(y)", domain="y > -1").made(*lines))
    assert found["statement"]["function"] == "x*log1p(y)"
    assert found["statement"]["hypotheses"] == ["y > -1"]
    assert found["axioms"] == ["exp_add", "exp_ge", "exp_log"]
    assert not found["sentences"]


def test_sides_that_differ() -> None:
    refused(equal("x + 1", "x").made(*X, value("1", "1"), value("x + 1", "g0 + 1"), ["end"]), "the sides differ", 4)


def test_a_value_that_is_another() -> None:
    refused(equal("x + 1", "x").made(*X, value("1", "1"), value("x + 1", "g0"), ["end"]), "not the value of add", 3)


def test_a_factor_that_cancels_is_not_known_to_be_other_than_0() -> None:
    lines = [*X, ZERO, ["hyp", "@x >= 0", factors(("g0", 2), ("g0", -1))]]
    refused(equal("x/x", "1", "x >= 0").made(*lines), "the factor|factor of a denominator may be 0", 3)


def test_a_literal_that_is_none() -> None:
    refused(equal("x", "x", "x >= 0").made(*X, ZERO, ["hyp", "@x > 0", factors("g0")]), "not a literal", 3)


def test_factors_that_do_not_multiply() -> None:
    refused(equal("x", "x", "x > 0").made(*X, ZERO, ["hyp", "@x > 0", factors("g0", "g0")]), "do not multiply", 3)


def test_a_solution_with_a_foreign_term() -> None:
    lines = [["put", "@x == 5", "@x", "@5 + log(y) - log(y)"]]
    refused(equal("x + log(y) - log(y)", "5", "x == 5").made(*lines), "terms that the equation does not have", 0)


def test_a_solution_that_mentions_the_variable() -> None:
    refused(equal("x", "1", "x == 5").made(["put", "@x == 5", "@x", "@x + 5 - x"]), "terms that|mentions", 0)
    refused(equal("x", "1", "x == sin(x)").made(["put", "@x == sin(x)", "@x", "@sin(x)"]), "mentions the variable", 0)


def test_a_solution_of_something_else() -> None:
    refused(equal("x", "1", "2*x == 5").made(["put", "@2*x == 5", "@x", "@5"]), "not solved by this", 0)


def test_a_sum_part_by_part() -> None:
    lines = [["sum", "@x + y", "@y + x", "@log(z)", "@log(z)"], *XY, value("x + y", "g0 + g1"), value("y + x", "g0 + g1"), ["end"]]
    refused(equal("x + log(z) + y", "y + log(z) + x").made(*lines), "1 cases are left open")
    parts = ["sum", "@2*x", "@2*x", "@y/2", "@y/2"]
    refused(equal("2*(x + y/4)", "x*2 - (-y)/2").made(parts), "2 cases are left open")
    refused(equal("2*(x + y/4)", "x*2 - y/2").made(parts), "terms of their side", 0)


@pytest.mark.parametrize(
    ("a", "b", "parts"),
    [
        ("x + y", "y + x", ["@x", "@y", "@y", "@y"]),
        ("x + y", "y + x", ["@x", "@x"]),
        ("x - y", "x - y", ["@x", "@x", "@y", "@y"]),
        ("x + x", "x + x", ["@x", "@x"]),
        ("x + log(y) - log(y)", "x + 0", ["@x", "@x", "@0 + 0", "@0 + 0"]),
        ("x + 0", "x + log(y) - log(y)", ["@x", "@x", "@0", "@0"]),
        ("x + y", "2*x + 2*y", ["@x", "@x", "@y", "@y"]),
        ("x + 0*log(y)", "x + 0", ["@x", "@x", "@0 + 0", "@0 + 0"]),
        ("x*y + x", "x*(y + 1)", ["@x*y", "@x*y", "@x", "@x"]),
        ("x/y + 1/y", "x/y + 1/y", ["@(x + 1)/y", "@(x + 1)/y"]),
        ("x", "x + x/0", ["@x", "@x"]),
        ("where(z > 0, x + y, x)", "x + y", ["@x", "@x", "@y", "@y"]),
    ],
)
def test_parts_that_are_not_those_of_the_sum(a: str, b: str, parts: list[str]) -> None:
    refused(equal(a, b).made(["sum", *parts]), "terms of their side", 0)


@pytest.mark.parametrize("parts", [[], ["@x"], ["@x", "@x", "@y"]])
def test_parts_without_their_partners(parts: list[str]) -> None:
    refused(equal("x + y", "x + y").made(["sum", *parts]), "a part of each side", 0)


def test_parts_of_a_goal_without_sides() -> None:
    verdict = Verdict()
    with pytest.raises(CertificateError, match="a part of each side"):
        Goals(verdict.replay, [1000]).summed(Goal((), None), 0, 0)


def test_a_literal_that_is_not_kept_cannot_be_used() -> None:
    lines = [["keep", "@y > 0"], *X, ZERO, ["hyp", "@x > 0", factors("g0")]]
    refused(equal("x/x", "1", "x > 0 and y > 0").made(*lines), "not a literal of this cell", 4)
    refused(equal("x/x", "1", "x > 0").made(["keep", "@x > 1"]), "not literals of this cell", 0)


def test_another_function_with_more_values() -> None:
    """√x·√x is x where it has a value, but x has others."""
    claim = Forger(function="sqrt(x)*sqrt(x)", wrt=["x"], claim="1", domain="x <= 0")
    smooth = [*X, ZERO, ["hyp", "@x <= 0", factors("g0")], ["hyp", "@x > 0", factors("g0")]]
    root = ["gen", "root", "=g0", 2]
    one = [*X, ZERO, ["hyp", "@x >= 0", factors("g0")], root, value("sqrt(x)", "g1", "1", (), factors("g0"), factors("g1"))]
    one += [value("sqrt(x)*sqrt(x)", "g0"), ["end"]]
    refused(claim.made(*smooth, ["same", "@x"], *one, *X, root), "either sign", 16)
    refused(equal("x", "x").made(["same", "@x"]), "no problem here", 0)


def test_an_arc_with_another_root() -> None:
    """sin(atan(x)) = x/r for r = √(1 + x²), which is not negative."""
    arc = [*X, value("atan(x)", "g1", "1", (), "app", 1, 1)]
    arc[2:2] = [["gen", "atan", ["=g0", ONE, []]]]
    root = [*arc, ["gen", "root", "=g0**2 + 1", 2]]
    good = value("sin(atan(x))", "g0", "g2", factors("g2"), [[1, 1, "=g2", factors("g2"), factors(c="1")]])
    goal = equal("sin(atan(x))", "sin(atan(x))")
    assert check_verdict(goal.made(*root, ["ask", "=g2", [1], False], good, ["end"]))["steps"] == 8
    bad = value("sin(atan(x))", "-g0", "g2", factors("g2"), [[1, 1, "=-g2", factors("g2", c="-1"), factors(c="1")]])
    refused(goal.made(*root, ["ask", "=g2", [1], False], bad), "may be negative", 6)
    other = value("sin(atan(x))", "g0", "1", (), [[1, 1, ONE, factors(c="1"), factors(c="1")]])
    refused(goal.made(*root, other), "not the root for this arc", 5)


def test_an_angle_with_another_tangent() -> None:
    lines, goal = [["gen", "pi"], value("1", "1")], equal("atan(1)", "pi/4")
    end = [value("pi", "g0"), value("4", "4"), value("pi/4", "1/4*g0", "1", (), factors(c="4")), ["end"]]
    assert check_verdict(goal.made(*lines, value("atan(1)", "1/4*g0", "1", (), "by", "turn", "1/4"), *end))["steps"] == 7
    refused(goal.made(*lines, value("atan(1)", "-1/4*g0", "1", (), "by", "turn", "-1/4")), "not the tangent", 2)
    refused(goal.made(*lines, value("atan(1)", "5/4*g0", "1", (), "by", "turn", "5/4")), "not an angle that atan gives", 2)
    refused(goal.made(*lines, value("atan(1)", "1/5*g0", "1", (), "by", "turn", "1/5")), "not a multiple of", 2)
    refused(
        equal("erf(1)", "pi/4").made(*lines, value("erf(1)", "1/4*g0", "1", (), "by", "turn", "1/4")), "not an angle that atan gives", 2
    )


def test_a_value_that_is_not_stated() -> None:
    """asin(1) is π/2, by the first of the values that the row states."""
    pi = [["gen", "pi"], value("pi", "g0"), value("2", "2"), value("pi/2", "1/2*g0", "1", (), factors(c="2")), value("1", "1")]
    goal = equal("asin(1)", "pi/2")
    assert check_verdict(goal.made(*pi, value("asin(1)", "1/2*g0", "1", (), "stated", 0), ["end"]))["steps"] == 7
    refused(goal.made(*pi, value("asin(1)", "1/2*g0", "1", (), "stated", 1)), "is not shown", 5)
    refused(goal.made(*pi, value("asin(1)", "1/2*g0", "1", (), "stated", 2)), "not a number below 2", 5)
    refused(goal.made(*pi, value("asin(1)", "g0", "1", (), "stated", 0)), "not the value of asin", 5)
    some = [*X, ["gen", "pi"], value("asin(x)", "1/2*g1", "1", (), "stated", 0)]
    refused(equal("asin(x)", "pi/2", "-1 <= x and x <= 1").made(*some), "is not shown", 3)


@pytest.mark.parametrize(
    ("domain", "term"),
    [("x**y > 5", "log(x)"), ("where(y > 0, log(x), 1) > 0", "log(x)"), ("atan2(y, x) > 3", "y/(hypot(y, x) + x)")],
)
def test_terms_that_need_not_have_a_value(domain: str, term: str) -> None:
    lines = [*XY, ["def", f"@{domain}", f"@{term}", factors("g0")]]
    refused(equal("x", "x", domain).made(*lines), "not a term below", 4)


def test_a_term_below_a_literal_has_a_value() -> None:
    lines = [
        *X,
        ["def", "@log(x) == y", "@log(x)", factors("g0")],
        ["gen", "log", "=g0"],
        value("log(x)", "g1", "1", (), factors("g0"), []),
    ]
    certificate = equal("log(x)", "log(x)", "log(x) == y").made(*lines, ["end"])
    assert check_verdict(certificate)["steps"] == 6


def test_a_part_of_a_disjunction_need_not_have_a_value() -> None:
    either = "x == 2 or log(-1) > 0"
    first = [*X, value("-1", "-1"), ["def", f"@{either}", "@log(-1)", factors(c="-1")]]
    refused(equal("x", "x", either).made(*first), "not a comparison", 3)
    have = [*X, value("2", "2"), ["hyp", "@x == 2", factors("g0 - 2")], ["cmp", "@x == 2", factors("g0 - 2")], ["have", f"@{either}"]]
    refused(equal("x", "2", "x == 2").made(*have, *first), "not a comparison", 9)


def test_a_division_by_what_may_be_0() -> None:
    lines = [*X, value("1", "1"), value("1/x", "1", "g0", factors("g0"), factors("g0"))]
    refused(equal("1", "x*(1/x)").made(*lines), "denominator may be 0", 3)
    refused(equal("1", "x/x").made(*X, value("1", "1"), value("x/x", "1", "1", (), factors("g0"))), "divisor may be 0", 3)


def test_a_root_with_the_wrong_sign() -> None:
    lines = [*X, ZERO, ["hyp", "@x < 0", factors("g0")], value("2", "2"), value("x**2", "g0**2")]
    lines += [value("sqrt(x**2)", "g0", "1", (), factors(("g0", 2)), factors("g0"))]
    refused(equal("x", "sqrt(x**2)", "x < 0").made(*lines), "a root is not negative", 6)


TWO = [value("4", "4"), value("sqrt(4)", "2", "1", (), factors(c="4"), factors(c="2"))]
"""That sqrt(4) is 2."""


def test_a_power_whose_exponent_is_a_number() -> None:
    lines = [*X, *TWO, value("x*x", "g0**2"), value("x**sqrt(4)", "g0**2", "1", (), "number", "2"), ["end"]]
    found = check_verdict(equal("x**sqrt(4)", "x*x").made(*lines))
    assert {"exp_log", "pi_angles", "sqrt_def"} <= set(found["axioms"])


@pytest.mark.parametrize(
    ("term", "number", "top", "bottom", "message"),
    [
        ("x**sqrt(4)", "3", "g0**3", "1", "exponent may be another number"),
        ("x**sqrt(4)", "1/2", "g0", "1", "exponent may be another number"),
        ("x**x", "1", "g0", "1", "exponent may be another number"),
        ("x**sqrt(4)", "2", "g0**3", "1", "not the value of pow"),
        ("x**-sqrt(4)", "-2", "1", "g0**2", "denominator may be 0"),
        ("x**-sqrt(4)", "-2", "1", "1", "base of a negative power may be 0"),
        ("(x*x)**(1/sqrt(4))", "1/2", "g0", "1", "root is not negative"),
        ("x**(1/sqrt(4))", "1/2", "g0", "1", "root of what may be negative"),
    ],
)
def test_what_is_no_power_with_such_an_exponent(term: str, number: str, top: str, bottom: str, message: str) -> None:
    lines = [*X, *TWO, value("1", "1"), value("-sqrt(4)", "-2"), value("1/sqrt(4)", "1/2", "1", (), factors(c="2")), value("x*x", "g0**2")]
    base = factors(("g0", 2)) if "x*x" in term else factors("g0")
    below = factors(("g0", 2)) if bottom != "1" else ()
    refused(equal(term, "x").made(*lines, value(term, top, bottom, below, "number", number, base, factors("g0"))), message, len(lines))


@pytest.mark.parametrize(
    ("domain", "top", "message"),
    [
        ("x == 0 and y > 0", "0", None),
        ("x == 0 and y == 0", "1", None),
        ("x == 0 and y > 0", "1", "not the value of pow"),
        ("x == 0 and y == 0", "0", "not the value of pow"),
        ("x == 0 and y >= 0", "0", "power that may be negative"),
        ("x == 0 and y < 0", "0", "power that may be negative"),
    ],
)
def test_powers_of_0(domain: str, top: str, message: str | None) -> None:
    lines = [*XY, ZERO, ["hyp", "@x == 0", factors("g0")], ["hyp", "@" + domain.partition(" and ")[2], factors("g1")]]
    lines += [value("x**y", top, "1", (), factors("g0"), factors("g1"))]
    claim = equal("x**y", "x**y", domain)
    if message is None:
        assert check_verdict(claim.made(*lines, ["end"]))
    else:
        refused(claim.made(*lines), message, len(lines) - 1)


def test_a_power_of_what_may_not_be_positive() -> None:
    known = [*XY, ZERO, ["hyp", "@x != 0", factors("g0")], ["gen", "log", "=g0"], ["gen", "exp", "=g1*g2", ONE, []]]
    lines = [*known, value("x**y", "g3", "1", (), factors("g0"), [], factors("g3"), [])]
    refused(equal("x**y", "x**y", "x != 0").made(*lines), "power of what may not be positive", len(lines) - 1)


def test_a_cell_without_points_by_the_terms_of_a_fact() -> None:
    """x > 3 and x < -1/2: once the solver has said that x > 0, the sum 2*x + 1 has no sign left."""
    lines = [*X, value("3", "3"), ["hyp", "@x > 3", factors("g0 - 3")], value("-1/2", "-1/2")]
    lines += [["hyp", "@x < -1/2", factors("2*g0 + 1", c="1/2")], ["ask", "=g0", [1], False]]
    claim = equal("x", "7", "x > 3 and x < -1/2")
    refused(claim.made(*lines), "left open")
    assert check_verdict(claim.made(*lines, ["use", 1]))["steps"] == len(lines) + 1
    refused(equal("x", "7", "x > 3").made(*lines[:4], ["ask", "=g0", [1], False], ["use", 0]), "left open")


def test_a_root_of_either_sign() -> None:
    refused(equal("x", "x").made(*X, ["gen", "root", "=g0", 2]), "either sign", 2)


def test_a_logarithm_of_what_may_be_negative() -> None:
    lines = [*X, ZERO, ["hyp", "@x != 0", factors("g0")], ["gen", "log", "=g0"], value("log(x)", "g1", "1", (), factors("g0"), [])]
    refused(equal("log(x)", "log(x)", "x != 0").made(*lines), "not be positive", 5)


def test_a_logarithm_of_what_may_be_0() -> None:
    refused(equal("x", "x").made(*X, ["gen", "log", "=g0"]), "logarithm of 0", 2)


def test_an_exponential_is_not_its_opposite() -> None:
    lines = [*X, ["gen", "exp", "=g0", ONE, []], value("exp(x)", "-g1", "1", (), factors("g1", c="-1"), [])]
    refused(equal("exp(x)", "-exp(x)").made(*lines), "positive", 3)
    lines[-1] = value("exp(x)", "g1**2", "1", (), factors(("g1", 2)), [])
    refused(equal("exp(x)", "exp(2*x)").made(*lines), "not the exponent", 3)


def test_only_odd_functions_are_odd() -> None:
    lines = [*X, ["gen", "lgamma", ["=-g0", ONE, []]], value("lgamma(x)", "-g1", "1", (), "app", 1, -1)]
    refused(equal("lgamma(x)", "-lgamma(-x)", "x > 0").made(*lines), "only an odd function", 3)


def test_a_function_where_it_has_no_value() -> None:
    lines = [*X, ["gen", "lgamma", ["=g0", ONE, []]], value("lgamma(x)", "g1", "1", (), "app", 1, 1)]
    refused(equal("x", "x + 0*lgamma(x)").made(*lines), "may have no value", 3)


def test_a_definition_that_has_more_values() -> None:
    domain = "x > -1/2 and x < 0"
    lines = [*X, ["gen", "var", "@y"], value("betaln(x, 2)", "g1")]
    refused(equal("x", "betaln(x, 2)", domain).made(*lines), "may have no", 3)


def test_a_condition_that_remains_open() -> None:
    lines = [*X, ZERO, ["cmp", "@x > 0", factors("g0")]]
    refused(equal("x", "where(x > 0, x, x)").made(*lines), "remains open", 3)
    refused(equal("x", "where(x > 0, x, x)").made(*X, value("where(x > 0, x, x)", "g0")), "remains open", 2)


def test_the_size_of_what_may_have_either_sign() -> None:
    refused(equal("x", "abs(x)").made(*X, value("abs(x)", "g0", "1", (), factors("g0"))), "remains open", 2)


def test_angles_that_do_not_add_up() -> None:
    lines = [*X, ["gen", "cos", "=g0", ONE, []], value("sin(x)", "g2", "1", (), [[1, 2]])]
    refused(equal("sin(x)", "sin(2*x)").made(*lines), "do not add up", 3)


def test_a_floor_that_is_another() -> None:
    lines = [*X, ["gen", "floor", ["=g0", ONE, []]], value("floor(x)", "g1 + 1", "1", (), 1, 1, 1)]
    refused(equal("floor(x)", "floor(x) + 1").made(*lines), "not the argument", 3)
    lines[-1] = value("floor(x)", "g1 + 1/2", "1", (), 1, 1, "1/2", factors("g0 - g1"), factors("1"))
    refused(equal("floor(x)", "floor(x) + 1").made(*lines), "integer", 3)


def test_special_values_need_their_terms() -> None:
    for hints in (["step", 0, []], ["three", 0, 0, factors("g0")], ["exp", 0, factors("g0"), factors("g0"), []], ["nonsense"]):
        lines = [*X, value("gamma(x)", "g0", "1", (), "by", *hints)]
        refused(equal("gamma(x)", "x", "x > 0").made(*lines), "step", 2)


def test_terms_of_both_signs() -> None:
    lines = [*XY, ZERO, value("x + y", "g0 + g1"), ["hyp", "@x + y == 0", factors("g0 + g1")], ["terms", "=g0 + g1"]]
    refused(equal("x", "0", "x + y == 0").made(*lines), "both signs", 7)


def test_a_solver_that_does_not_agree() -> None:
    refused(equal("x", "x").made(*X, ["ask", "=g0", [1], False]), "the solver does not show it", 2)
    refused(equal("x", "x").made(*X, ["empty", False]), "the solver does not show it", 2)


@pytest.mark.parametrize("ordered", [True, False])
def test_a_solver_is_told_that_exp_is_increasing_if_it_is_to_be(ordered: bool) -> None:
    lines = [*XY, ["hyp", "@x < y", factors("g0 - g1")], ["gen", "exp", "=g0", ONE, []], ["gen", "exp", "=g1", ONE, []]]
    certificate = equal("where(exp(x) < exp(y), 1, 2)", "1", "x < y").made(*lines, ["ask", "=g2 - g3", [-1], ordered])
    refused(certificate, "left open" if ordered else "the solver does not show it", None if ordered else 7)


def test_sentences_are_such_that_every_solver_reads_them() -> None:
    """Z3 reads -3 and -1/2; the standard knows (- 3) and (/ 1 2) only."""
    lines = [*X, ["ask", "=-3*g0**2 + 6*g0 - 7/2", [-1], False], value("0", "0"), ["end"]]
    (sentence,) = check_verdict(equal("0", "0").made(*lines))["sentences"]
    assert "(+ (* (- 3) g0 g0) (* 6 g0) (- (/ 7 2)))" in sentence


def test_conditions_that_are_not_shown() -> None:
    refused(equal("x", "0").made(*X, ["have", "@x == 0"]), "not shown", 2)
    refused(equal("x", "0").made(["or", "@x > 0 or x < 0"]), "not a disjunction", 0)


@pytest.mark.parametrize("wrt", [["x + 1"], ["2"], [], ["x", "y"]])
def test_what_is_no_list_of_variables(wrt: list[str]) -> None:
    with pytest.raises(CertificateError, match=r"^wrt lists the variables"):
        check_verdict(Forger(function="x*y", wrt=wrt, claim="y", domain="True").made())


def test_a_case_that_is_left_out() -> None:
    lines = [*X, value("1", "1"), ZERO]
    certificate = Forger(function="abs(x)", wrt=["x"], claim="where(x > 0, 1, -1)", domain="True").made(["sign", "@x"], *lines)
    refused(certificate, "left open")


def test_lines_after_the_end() -> None:
    refused(equal("x", "x").made(*X, ["end"], ["end"]), "nothing is left", 3)


@pytest.mark.parametrize(("low", "high"), [("2", "2.7"), ("2.72", "3"), ("3", "2")])
def test_bounds_that_are_wrong(low: str, high: str) -> None:
    lines = [["gen", "exp", ONE, ONE, []], ["bound", 0, str(Fraction(low)), str(Fraction(high))]]
    refused(equal("x", "x").made(*lines), "not shown", 1)


ANGLE = ["gen", "cos", "=3/2", ONE, []]
"""cos(3/2) = 0.0707… and sin(3/2) = 0.9974…"""


@pytest.mark.parametrize(
    ("angle", "g", "low", "high"),
    [
        ("3/2", 0, "7/100", "8/100"),
        ("3/2", 1, "99/100", "1"),
        ("-3/2", 0, "7/100", "8/100"),
        ("-3/2", 1, "-1", "-99/100"),
        ("100", 1, "-51/100", "-1/2"),
    ],
)
def test_bounds_of_sines_and_cosines(angle: str, g: int, low: str, high: str) -> None:
    lines = [["gen", "cos", f"={angle}", ONE, []], ["bound", g, low, high], value("1", "1"), ["end"]]
    assert {"sin_bounds", "cos_add"} <= set(check_verdict(equal("1", "1").made(*lines))["axioms"])


@pytest.mark.parametrize(
    ("g", "low", "high"),
    [(0, "0", "7/100"), (0, "8/100", "1"), (1, "0", "99/100"), (1, "998/1000", "1"), (0, "99/100", "1"), (1, "7/100", "8/100")],
)
def test_bounds_of_sines_and_cosines_that_are_wrong(g: int, low: str, high: str) -> None:
    refused(equal("x", "x").made(ANGLE, ["bound", g, low, high]), "not shown", 1)


def test_bounds_of_angles_that_are_not_known() -> None:
    refused(equal("x", "x").made(*X, ["gen", "cos", "=g0", ONE, []], ["bound", 1, "-1", "1"]), "not a constant", 3)
    refused(equal("x", "x").made(["gen", "cos", "=1001", ONE, []], ["bound", 0, "-2", "2"]), "an angle that is too large", 1)


@pytest.mark.parametrize("q", ["0", "1/1000000000", "22/7", "-355/113", "1048576/19683", "-1000"])
def test_sines_and_cosines_lie_in_their_intervals(q: str) -> None:
    with precision(400):
        for interval, exact in zip(
            sine_and_cosine(Fraction(q)), flint.arb(flint.fmpq(*Fraction(q).as_integer_ratio())).sin_cos(), strict=True
        ):
            low, high = (flint.arb(flint.fmpq(*end.as_integer_ratio())) for end in interval)
            assert low <= exact <= high
            assert interval[1] - interval[0] < Fraction(1, 10**20)


def test_generators_that_do_not_exist() -> None:
    refused(equal("x", "x").made(*X, ["terms", "=g7"]), "not a number below", 2)
    refused(equal("x", "x").made(["gen", "var", "@x + 1"]), "not a variable", 0)


# --- points -----------------------------------------------------------------------------------------------------------------


def test_points_have_a_function() -> None:
    refused(equal("x", "x").made(["fix", "@x == 0", "@x", "@0"]), "no problem", 0)
    refused(equal("x", "x").made(["none"]), "no problem", 0)
    refused(equal("x", "x").made(["kink", factors("1")]), "no function", 0)


def test_a_sign_is_no_float() -> None:
    """1.0 times an integer of more than 53 bits is another one: the operands would be equal."""
    big = 2**53
    lines = [*X, value(str(big), str(big)), value(str(big + 1), str(big + 1))]
    lines += [value(f"{big}*x", f"{big}*g0"), value(f"{big + 1}*x", f"{big + 1}*g0"), ["gen", "atan", [f"={big + 1}*g0", "=1", []]]]
    lines += [value(f"atan({n}*x)", "g1", "1", [], "app", 1, 1.0) for n in (big + 1, big)]
    refused(equal(f"atan({big + 1}*x)", f"atan({big}*x)").made(*lines, ["end"]), "only an odd function", 7)


def test_a_sum_is_not_a_power() -> None:
    """(a + b)**1 is a + b: of a sum, nothing is known by the rule about 0**u, though its first term is 0."""
    f, half, domain = "(a + b)**where(x > 0, 1, 2)", "x > 0 or x < 0", "a == 0 and b == 1"
    names = [["gen", "var", "@x"], ["gen", "var", "@a"], ["gen", "var", "@b"], value("x", "g0"), value("a", "g1"), value("b", "g2")]
    known = [*names, ZERO, value("1", "1"), value("2", "2"), value("a + b", "g1 + g2")]
    known += [["hyp", "@a == 0", factors("g1")], ["hyp", "@b == 1", factors("g2 - 1")], ["terms", "=g1"]]
    sides: list[Any] = []
    for beside in ("x > 0", "x < 0"):
        sides += [
            *known,
            ["hyp", f"@{beside}", factors("g0")],
            ["cmp", "@x == 0", factors("g0")],
            value("where(x == 0, 7, 0)", "0"),
            ["end"],
        ]
    at = [*known, ["ask", "=g2", [1], False], ["hyp", "@x <= 0", factors("g0")], ["hyp", "@x >= 0", factors("g0")]]
    at += [["cmp", "@a == 0", factors("g1")], ["cmp", "@b > 0", factors("g2")], ["ask", "=g1 + g2", [1], False]]
    at += [["cmp", "@x > 0", factors("g0")], ["beside", 0, factors("g1 + g2")], ["beside", 1, factors("g0"), factors()]]
    square, both = "g1**2 + 2*g1*g2 + g2**2", ("g1 + g2", 2)
    at += [value("where(x > 0, 1, 2)", "2"), ["gen", "log", "=g1 + g2"]]
    at += [
        value(f, square, "1", (), factors("g1 + g2"), [], factors(both), []),
        value("(a + b)**2", square),
        ["jump", 1, factors(both, c="-1")],
    ]
    at += [*known, ["hyp", "@a + b <= 0", factors("g1 + g2")], ["empty", False]]
    problem = Forger(function=f, wrt=["x"], claim="where(x == 0, 7, 0)", domain=domain)
    refused(problem.made(["or", f"@{half}"], *sides, *at), "do not multiply", 61)


def test_axioms_of_what_the_solver_is_told() -> None:
    lines = [["gen", "log", "=2"], value("3", "3"), value("1", "1"), ZERO, value("lgamma(3)", "g0", "1", (), "by", "number", [["2", 1]])]
    lines += [["ask", "=g0 - 1", [-1, 0], False], ["cmp", "@lgamma(3) <= 1", factors("g0 - 1")]]
    lines += [value("where(lgamma(3) <= 1, 1, 0)", "1"), ["end"]]
    found = check_verdict(equal("where(lgamma(3) <= 1, 1, 0)", "1").made(*lines))
    assert found["axioms"] == ["exp_add", "exp_ge", "exp_log", "gamma_recurrence"]


# --- at a point: the pieces of a function whose goal is this cell -------------------------------------------------------------


def at(function: str, domain: str, *lines: Any) -> list[Goal]:
    """The goals that are left after lines about a point of the domain."""
    return after(function, domain, *lines).goals


def after(function: str, domain: str, *lines: Any) -> Verdict:
    """The verdict after lines about a point of the domain."""
    made = Forger(function=function, wrt=["x"], claim="7", domain=domain).made(*lines)
    verdict = Verdict()
    for entry in made["nodes"]:
        verdict.add_node(entry)
    f, claim, d = (verdict.node(made["claim"][part]) for part in ("function", "claim", "domain"))
    verdict.push([Goal(verdict.forms.literals([d]), None, Problem(f, verdict.node(made["claim"]["wrt"][0]), claim))])
    for line in made["lines"]:
        verdict.line(line)
    return verdict


NOTHING: list[Any] = ["0", []]
HERE = [*X, ZERO, value("1", "1"), ["hyp", "@x == 0", factors("g0")]]
RISING = ["beside", 1, factors("g0"), factors()]


def test_slopes_that_are_equal_make_no_kink() -> None:
    with pytest.raises(CertificateError, match="slopes may be equal"):
        at("where(x > 0, x, x)", "x == 0", *HERE, RISING, ["kink", NOTHING])
    assert not at("where(x > 0, x, -x)", "x == 0", *HERE, RISING, value("-x", "-g0"), value("-1", "-1"), ["kink", factors(c="-2")])


def test_values_that_are_equal_make_no_jump() -> None:
    function = "where(x > 0, x, x)"
    known = [*HERE, RISING, ["cmp", "@x > 0", factors("g0")], value(function, "g0")]
    with pytest.raises(CertificateError, match="values may be equal"):
        at(function, "x == 0", *known, ["jump", 1, NOTHING])
    for side in (0, True, 1.0):
        with pytest.raises(CertificateError, match="side is -1 or 1"):
            at(function, "x == 0", *known, ["jump", side, NOTHING])


def test_a_side_with_values_makes_no_edge() -> None:
    assert not at("sqrt(x)", "x == 0", *HERE, RISING, ["edge", -1])
    with pytest.raises(CertificateError, match="may be values on this side"):
        at("sqrt(x)", "x == 0", *HERE, RISING, ["edge", 1])
    for side in (0, True, -1.0):
        with pytest.raises(CertificateError, match="side is -1 or 1"):
            at("sqrt(x)", "x == 0", *HERE, RISING, ["edge", side])


def test_a_piece_that_is_not_smooth_makes_no_jump() -> None:
    function = "where(x > 0, sqrt(x) + 1, 0)"
    known = [*HERE, RISING, ["cmp", "@x > 0", factors("g0")], value(function, "0"), ["gen", "root", "=g0", 2]]
    known += [value("sqrt(x)", "g1", "1", (), factors("g0"), factors("g1")), value("sqrt(x) + 1", "g1 + 1")]
    with pytest.raises(CertificateError, match="may not be smooth"):
        at(function, "x == 0", *known, ["jump", 1, factors("g1 + 1")])


def test_quotients() -> None:
    function, beside = "where(x == 0, 0, x/x)", [*HERE, RISING, ["cmp", "@x == 0", factors("g0")]]
    pairs = [[factors("g0"), factors("g0")], [factors(), factors()]]
    assert not at(function, "x == 0", *beside, value(function, "0"), ["quotient", pairs, factors(c="-1")])
    with pytest.raises(CertificateError, match="no derivative is shown that is not 0"):
        at(function, "x == 0", *beside, value(function, "0"), ["quotient", pairs[:1], factors(c="-1")])


def test_a_quotient_whose_value_may_be_the_limit() -> None:
    function = "where(x == 0, y, x/x)"
    known = [
        *XY,
        ZERO,
        value("1", "1"),
        ["hyp", "@x == 0", factors("g0")],
        RISING,
        ["cmp", "@x == 0", factors("g0")],
        value(function, "g1"),
    ]
    with pytest.raises(CertificateError, match="may or may not be the limit"):
        at(function, "x == 0", *known, ["quotient", [[factors("g0"), factors("g0")], [factors(), factors()]], factors("g1 - 1")])


def test_a_quotient_whose_denominator_may_be_0() -> None:
    function = "where(x == 0, 0, x/y)"
    known = [*XY, ZERO, value("1", "1"), ["hyp", "@x == 0", factors("g0")], RISING, ["cmp", "@x == 0", factors("g0")], value(function, "0")]
    with pytest.raises(CertificateError, match="remains open"):
        at(function, "x == 0", *known, ["quotient", [[factors("g0"), factors("g1")], [factors(), NOTHING]], NOTHING])


# --- what is small or steep beside a point --------------------------------------------------------------------------------------

ONCE = ["zero", [factors("g0")]]
"""That x = 0."""
FIRST = [factors("g0"), factors()]
"""That x = 0 and its derivative is 1."""


@pytest.mark.parametrize(
    ("term", "side", "hint", "message"),
    [
        ("x", 1, ONCE, "may not be small"),
        ("x", 0, ONCE, "side is -1 or 1"),
        ("x", True, ONCE, "side is -1 or 1"),
        ("x", 1.0, ONCE, "side is -1 or 1"),
        ("x**y", 1, ["above", 1.0, factors("g0"), ONCE], "above 0 or 1"),
        ("x**y", 1, ["above", True, factors("g0"), ONCE], "above 0 or 1"),
        ("x", 1, ["zero", [factors("g0")] * 9], "order of a derivative"),
        ("x", 1, ["zero", [factors("g0"), factors()]], "may be other than 0"),
        ("x", 1, ["first", *FIRST], "no rule"),
        ("x**(1/2)", 1, ["by", ONCE], "may not be small"),
        ("sqrt(x)", 1, ["by", ONCE], "may not be small"),
        ("x**y", 1, ["by", ONCE], "exponent is no number"),
        ("x**-2", 1, ["by", ONCE], "not a positive power"),
        ("x**2", 1, ["inverse", FIRST], "not a negative power"),
        ("x**-2", 1, ["inverse", FIRST], "may not be small"),
        ("x**17", 1, ["by", ONCE], "not a positive power"),
        ("x*log(x)", 1, ["by", ONCE, ["log", FIRST]], "may not be small"),
        ("x*log(x)", 1, ["by", ONCE, ["bounded"]], "log may be unbounded"),
        ("x*x", 1, ["by", ONCE, ["log", FIRST]], "not a logarithm"),
        ("x*sin(1/x)", 1, ["by", ONCE, ["bounded"]], "may not be small"),
        ("x*x + x", 1, ["by", ["by", ONCE, ONCE], ONCE], "may not be small"),
        ("x*x/x", 1, ["over", ["by", ONCE, ONCE], FIRST], "may not be small"),
        ("x*x*x", 1, ["over", ["by", ONCE, ONCE], FIRST], "not a quotient"),
        ("x*x/x", 1, ["over", ["by", ONCE, ONCE], FIRST[:1]], "derivative may be 0"),
        ("x*x/x", 1, ["over", ["by", ONCE, ONCE], []], "order of a derivative"),
        ("exp(1/x)", 1, ["exp", 2, factors(), FIRST], "may not tend to minus infinity"),
        ("exp(1/x)", -1, ["exp", 1, factors(), FIRST], "may not be small"),
        ("exp(1/x)", -1, ["exp", 17, factors(), FIRST], "how many times"),
        ("exp(1/x)", -1, ["exp", 2.5, factors(), FIRST], "how many times"),
        ("exp(-1)", 1, ["exp", 2, factors(c="-1"), [factors()]], "denominator is not 0"),
        ("x**y", 1, ["above", 1, factors("g1 - 1"), ONCE], "may not be above"),
        ("x**y", 1, ["above", 0, factors("g1"), ONCE], "may not be above"),
        ("x**y", 1, ["above", 7, factors("g1"), ONCE], "above 0 or 1"),
        ("x**x", 1, ["above", 0, factors("g0"), ONCE], "does not stand still"),
        ("x*x", 1, ["above", 0, factors("g0"), ONCE], "does not stand still"),
    ],
)
def test_what_may_not_be_small(term: str, side: int, hint: Any, message: str) -> None:
    known = [*XY, ZERO, value("1", "1"), value("-1", "-1"), ["hyp", "@x == 0", factors("g0")]]
    with pytest.raises(CertificateError, match=message):
        at(f"where(x == 0, 0, {term})", "x == 0", *known, ["small", side, f"@{term}", hint])


SIZE = ["first", *FIRST]
"""That x is not smaller than itself."""
LATER = [factors("g0 + 1"), factors()]
"""That 1 + x is 1, and its derivative too."""
SQUARE, CUBE = ["by", ONCE, ONCE], ["by", ["by", ONCE, ONCE], ONCE]
"""That x*x and x*x*x have the orders 2 and 3."""
TWICE = [factors(("g0", 2)), factors("g0", c="2"), factors(c="2")]
"""That x**2 = 0 and 2*x = 0, and that the derivative of that is 2."""
ABOVE = ["above", 1, factors("g1 - 1"), ONCE]
"""That y > 1."""
LONGER = [*XY, ZERO, value("1", "1"), value("-1", "-1"), value("2", "2"), ["hyp", "@x == 0", factors("g0")]]
LONGER += [
    ["hyp", "@y > 1", factors("g1 - 1")],
    value("x*x", "g0**2"),
    value("x + x", "2*g0"),
    value("x**2", "g0**2"),
    value("2*x", "2*g0"),
]
LONGER += [["gen", "root", "=g0", 2], value("sqrt(x)", "g2", "1", (), factors("g0"), factors("g2"))]
LONGER += [value("1 + sqrt(x)", "1 + g2"), value("-(1 + sqrt(x))", "-1 - g2"), ["ask", "=1 + g2", [1], False]]
"""Where x = 0 and y > 1: g2 is the root of x."""


@pytest.mark.parametrize(
    ("term", "side", "hint"),
    [
        ("0", 1, ["zero", [NOTHING] * 8]),
        ("x*x", 1, ["zero", TWICE[:2]]),
        ("x*x", 1, SQUARE),
        ("x*x*sin(1/x)", 1, ["by", SQUARE, ["bounded"]]),
        ("x*x*cos(1/x)", 1, ["by", SQUARE, ["bounded"]]),
        ("x*x*atan(1/x)", 1, ["by", SQUARE, ["bounded"]]),
        ("x*x*tanh(1/x)", 1, ["by", SQUARE, ["bounded"]]),
        ("x*x*erf(1/x)", 1, ["by", SQUARE, ["bounded"]]),
        ("x*x*log(x)", 1, ["by", SQUARE, ["log", FIRST]]),
        ("x*x*x/x", 1, ["over", CUBE, FIRST]),
        ("x*x*x*(x*x)**(-1/2)", 1, ["by", CUBE, ["inverse", TWICE]]),
        ("x*x + x*x", 1, ["by", SQUARE, SQUARE]),
        ("x*x - x*x", 1, ["by", SQUARE, SQUARE]),
        ("-(x*x)", 1, ["by", SQUARE]),
        ("x**16", 1, ["by", ONCE]),
        ("(x*x*x)**(1/2)", 1, ["by", CUBE]),
        ("sqrt(x*x*x)", 1, ["by", CUBE]),
        ("cbrt(x*x*x*x)", 1, ["by", ["by", CUBE, ONCE]]),
        ("x**y", 1, ABOVE),
        ("exp(-1/x**2)", 1, ["exp", 1, factors(c="-1"), TWICE]),
        ("exp(1/x)", -1, ["exp", 16, factors(), FIRST]),
    ],
)
def test_what_is_small(term: str, side: int, hint: Any) -> None:
    assert at(f"where(x == 0, 0, {term})", "x == 0 and y > 1", *LONGER, ["small", side, f"@{term}", hint])


@pytest.mark.parametrize(
    ("term", "hint", "message"),
    [
        ("x**2/x", ["over", ["zero", [*TWICE[:2], TWICE[1]]], FIRST], "do not multiply"),
        ("x*x*(x*x)**-1", ["by", SQUARE, ["inverse", TWICE]], "may not be small"),
        ("x*x*x*x**-2", ["by", CUBE, ["inverse", FIRST]], "may not be small"),
        ("x*x*x**0", ["by", SQUARE, ["inverse", FIRST]], "not a negative power"),
        ("x**(1/2)", ["inverse", FIRST], "not a negative power"),
        ("x*x*log(exp(-1/x))", ["by", SQUARE, ["log", FIRST]], "no value of exp"),
        ("x*x*log(x)", ["by", SQUARE, ["log", FIRST[:1]]], "derivative may be 0"),
        ("sin(-1/x)", ["exp", 2, factors(c="-1"), FIRST], "no rule for an order"),
        ("exp(-1/x)", ["flat", 2, factors(c="-1"), FIRST], "no rule for an order"),
        ("exp(-1/x)", ["exp", 0, factors(c="-1"), FIRST], "how many times"),
        ("exp(-(1 + sqrt(x))/x)", ["exp", 2, factors("1 + g2", c="-1"), FIRST], "not be smooth"),
        ("x*x/(1 + sqrt(x))", ["over", SQUARE, [factors("1 + g2")]], "not be smooth"),
        ("hypot(x, 2)", ["by", ONCE], "hypot is not a power"),
        ("hypot(x, y)", ABOVE, "does not stand still"),
        ("cbrt(x)", ["by", ONCE], "may not be small"),
        ("cbrt(x*x)", ["by", SQUARE], "may not be small"),
        ("x*(x**y)**0", ["by", ONCE, ["by", ABOVE]], "not a positive power"),
        ("sqrt(x)**y", ["above", 1, factors("g1 - 1"), ["by", ONCE]], "not be small enough"),
    ],
)
def test_what_may_not_be_small_where_more_is_known(term: str, hint: Any, message: str) -> None:
    with pytest.raises(CertificateError, match=message):
        at(f"where(x == 0, 0, {term})", "x == 0 and y > 1", *LONGER, ["small", 1, f"@{term}", hint])


@pytest.mark.parametrize("name", ["sin", "cos", "atan", "tanh", "erf"])
def test_bounds_of_a_function_count_as_used(name: str) -> None:
    """They are theorems, some of which are cited."""
    term = f"x*x*{name}(1/x)"
    line = ["small", 1, f"@{term}", ["by", SQUARE, ["bounded"]]]
    assert f"bounded {name}" in after(f"where(x == 0, 0, {term})", "x == 0", *HERE, line).used


def test_what_is_small_in_a_piece_that_is_not_smooth_in_it() -> None:
    function, cube = "where(x > 0, cbrt(x**3), 0)", "x**3"
    known = [*HERE, RISING, ["cmp", "@x > 0", factors("g0")], value(function, "0"), value(cube, "g0**3"), value("3", "3")]
    small = ["small", 1, "@" + cube, ["by", ONCE]]
    with pytest.raises(CertificateError, match="may not be smooth"):
        at(function, "x == 0", *known, small, ["join", NOTHING, NOTHING, NOTHING])


def test_what_is_small_on_the_other_side() -> None:
    function, term = "where(x > 0, x**(3/2), 0)", "x**(3/2)"
    known = [*HERE, RISING, ["cmp", "@x > 0", factors("g0")], value(function, "0"), value("3/2", "3/2")]
    joined = ["join", NOTHING, NOTHING, NOTHING]
    assert len(at(function, "x == 0", *known, ["small", 1, "@" + term, ["by", ONCE]], joined)) == 1
    with pytest.raises(CertificateError, match="may not be smooth"):
        at(function, "x == 0", *known, ["small", -1, "@" + term, ["by", ONCE]], joined)


@pytest.mark.parametrize(
    ("term", "hints", "slope", "message"),
    [
        ("x", [ONCE, ["first", *FIRST]], factors(), "may not be steep"),
        ("x**2", [["by", ONCE], ["by", ["first", *FIRST]]], factors(), "may not be steep"),
        ("log(x)", [["log", FIRST], ["log", FIRST]], factors(), "may not tend to 0"),
        ("sqrt(x)", [["by", ONCE], ["log", FIRST]], factors(), "may be bounded"),
        ("sqrt(x)", [["by", ONCE], ["by", ["first", factors("g0")]]], factors(), "derivative may be 0"),
        ("x*sqrt(x)", [["by", ONCE, ["by", ONCE]], ["by", ["first", *FIRST], ["by", ["first", *FIRST]]]], factors(), "may not be steep"),
    ],
)
def test_what_may_not_be_steep(term: str, hints: list[Any], slope: Any, message: str) -> None:
    function = f"where(x > 0, {term}, 0)"
    known = [*HERE, RISING, ["cmp", "@x > 0", factors("g0")], value(function, "0")]
    with pytest.raises(CertificateError, match=message):
        at(function, "x == 0", *known, ["steep", 1, f"@{term}", *hints, slope])


@pytest.mark.parametrize(
    ("term", "hints"),
    [
        ("sqrt(x)", [["by", ONCE], ["by", SIZE]]),
        ("x**(1/2)", [["above", 0, factors(c="1/2"), ONCE], ["by", SIZE]]),
        ("-sqrt(x)", [["by", ["by", ONCE]], ["by", ["by", SIZE]]]),
        ("x*log(x)", [["by", ONCE, ["log", FIRST]], ["by", SIZE, ["log", FIRST]]]),
        ("sqrt(x)*x/x", [["over", ["by", ["by", ONCE], ONCE], FIRST], ["over", ["by", ["by", SIZE], SIZE], FIRST]]),
        ("(x**(1/32))**16", [["by", ["by", ONCE]], ["by", ["by", SIZE]]]),
    ],
)
def test_what_is_steep_by_its_size(term: str, hints: list[Any]) -> None:
    function = f"where(x > 0, {term}, 0)"
    known = [*HERE, RISING, ["cmp", "@x > 0", factors("g0")], value(function, "0"), value("1/2", "1/2")]
    assert not at(function, "x == 0", *known, ["steep", 1, f"@{term}", *hints, factors()])


@pytest.mark.parametrize(
    ("term", "hints", "message"),
    [
        ("x*x*log(x)", [["by", SQUARE, ["log", FIRST]], ["by", ["by", SIZE, SIZE], ["log", FIRST]]], "may not be steep"),
        ("x*x*x/x", [["over", CUBE, FIRST], ["over", ["by", ["by", SIZE, SIZE], SIZE], FIRST]], "may not be steep"),
        ("(x*x)**(1/2)", [["by", SQUARE], ["by", ["by", SIZE, SIZE]]], "may not be steep"),
        ("x*log(1 + x)", [["by", ONCE, ["log", LATER[:1]]], ["by", SIZE, ["log", LATER[:1]]]], "may be bounded"),
        ("x*log(1 + x)", [["by", ONCE, ["log", LATER[:1]]], ["by", SIZE, ["log", LATER]]], "lower derivative may be other than 0"),
        ("x*x", [SQUARE, ["over", SIZE, FIRST]], "not a quotient"),
        ("sqrt(x)", [["by", ONCE], ["root", SIZE]], "no rule for a size"),
        ("x*x**(-1/2)", [["by", ONCE, ["inverse", FIRST]], ["by", SIZE, ["by", SIZE]]], "not a positive power"),
        ("sqrt(x)*x**0", [["by", ["by", ONCE], ["zero", []]], ["by", ["by", SIZE], ["by", SIZE]]], "not a positive power"),
    ],
)
def test_what_may_not_be_steep_by_its_size(term: str, hints: list[Any], message: str) -> None:
    function = f"where(x > 0, {term}, 0)"
    known = [*HERE, RISING, ["cmp", "@x > 0", factors("g0")], value(function, "0"), value("1 + x", "1 + g0"), value("x**0", "1")]
    with pytest.raises(CertificateError, match=message):
        at(function, "x == 0", *known, ["steep", 1, f"@{term}", *hints, factors()])


def test_what_is_steep_on_the_left() -> None:
    function, opposite = "where(x < 0, sqrt(-x), 0)", factors("g0", c="-1")
    known = [*HERE, RISING, ["cmp", "@x < 0", factors("g0")], value(function, "0"), value("-x", "-g0"), value("-1", "-1")]
    hints = [["by", ["zero", [opposite]]], ["by", ["first", opposite, factors(c="-1")]]]
    assert not at(function, "x == 0", *known, ["steep", -1, "@sqrt(-x)", *hints, factors()])


def test_what_is_steep_and_may_cancel() -> None:
    function = "where(x > 0, sqrt(x) - x**(1/2), 0)"
    known = [*HERE, RISING, ["cmp", "@x > 0", factors("g0")], value(function, "0")]
    with pytest.raises(CertificateError, match="not be smooth but for this term"):
        at(function, "x == 0", *known, ["steep", 1, "@sqrt(x)", ["by", ONCE], ["by", SIZE], factors()])


def test_what_is_steep_and_may_be_multiplied_by_0() -> None:
    function = "where(x > 0, y*sqrt(x), 0)"
    known = [*XY, ZERO, value("1", "1"), ["hyp", "@x == 0", factors("g0")], RISING, ["cmp", "@x > 0", factors("g0")], value(function, "0")]
    line = ["steep", 1, "@sqrt(x)", ["by", ONCE], ["by", ["first", *FIRST]], factors("g1")]
    with pytest.raises(CertificateError, match="may not depend on the term"):
        at(function, "x == 0", *known, line)


def test_what_is_steep() -> None:
    function = "where(x > 0, 2*sqrt(x), 0)"
    known = [*HERE, RISING, ["cmp", "@x > 0", factors("g0")], value(function, "0"), value("2", "2")]
    line = ["steep", 1, "@sqrt(x)", ["by", ONCE], ["by", ["first", *FIRST]], factors(c="2")]
    assert not at(function, "x == 0", *known, line)
    for side in (2, True, 1.0):
        with pytest.raises(CertificateError, match="side is -1 or 1"):
            at(function, "x == 0", *known, [line[0], side, *line[2:]])


# --- more values --------------------------------------------------------------------------------------------------------------


def test_bounds_of_what_is_no_exponential_or_logarithm() -> None:
    refused(equal("x", "x").made(["gen", "root", "=2", 2], ["bound", 0, "69/100", "7/10"]), "not a constant", 1)
    refused(equal("x", "x").made(*X, ["gen", "exp", "=g0", ONE, []], ["bound", 1, "0", "1"]), "not a constant", 3)
    refused(equal("x", "x").made(["gen", "exp", "=0", ONE, []], ["bound", 0, "27/10", "28/10"]), "not shown", 1)


def test_bounds_by_exponents_that_are_too_large() -> None:
    """(1 - q/n)ⁿ says nothing of exp(-q) where q > n: for q = 2n it is 1."""
    lines = [["gen", "log", "=2"], ["bound", 0, str(2**65), "1"]]
    refused(equal("0", "1").made(*lines), "an exponent that is too large", 1)


@pytest.mark.parametrize(("shift", "given", "wrong"), [("x + 1", "g0*g1", "g0*g1 + g1"), ("x - 1", "g1", "g0*g1")])
def test_a_recurrence_with_the_factor_of_its_neighbour(shift: str, given: str, wrong: str) -> None:
    lines = [*X, value("2", "2"), ["hyp", "@x > 2", factors("g0 - 2")], ZERO, value("1", "1"), ["gen", "gamma", ["=g0", ONE, []]]]
    lines += [["ask", "=g0", [1], False], ["cmp", "@x > 0", factors("g0")], value("gamma(x)", "g1", "1", (), "app", 1, 1)]
    lines += [value("x + 1", "g0 + 1"), value("x - 1", "g0 - 1"), ["ask", "=g0 - 1", [1], False]]
    for comparison, form in (("x + 1 > 0", "g0 + 1"), ("x - 1 > 0", "g0 - 1")):
        lines += [["ask", f"={form}", [1], False], ["cmp", f"@{comparison}", factors(form)]]
    below = () if shift == "x + 1" else ("g0 - 1", factors("g0 - 1"))
    claim = equal(f"gamma({shift})", f"gamma({shift})", "x > 2")
    good = value(f"gamma({shift})", given, *(below or ("1", ())), "by", "step", "@gamma(x)", [])
    assert check_verdict(claim.made(*lines, good, ["end"]))
    bad = value(f"gamma({shift})", wrong, "1", (), "by", "step", "@gamma(x)", [])
    refused(claim.made(*lines, bad), "not the value of gamma")


def test_the_registry_is_known_by_every_column() -> None:
    columns = ("name", "params", "partials", "domain", "defined", "evidence", "values", "within")
    row = REGISTRY["lgamma"]
    found = set()
    for column in (None, *columns):
        changed = SimpleNamespace(**{name: "something else" if name == column else getattr(row, name) for name in columns})
        with patch("micrograd.verified.verdicts.check.REGISTRY", {"lgamma": changed}):
            found.add(rows_digest.__wrapped__())
    assert len(found) == 1 + len(columns)


def test_the_opposite_of_a_quotient() -> None:
    function = "where(x == 0, -1, -(x/x))"
    known = [*HERE, RISING, ["cmp", "@x == 0", factors("g0")], value("-1", "-1"), value("-x", "-g0"), value(function, "-1")]
    pairs = [[factors("g0", c="-1"), factors("g0")], [factors(c="-1"), factors()]]
    assert len(at(function, "x == 0", *known, ["quotient", pairs, NOTHING])) == 1


def test_an_arc_by_the_sign_of_its_denominator() -> None:
    lines = [*XY, ZERO, ["hyp", "@x != 0", factors("g0")], ["gen", "atan", ["=g1", "=g0", factors("g0")]]]
    lines += [["gen", "root", "=g0**2 + g1**2", 2], ["ask", "=g3", [1], False], value("y/x", "g1", "g0", factors("g0"), factors("g0"))]
    lines += [
        value("atan(y/x)", "g2", "1", (), "app", 2, 1),
        value("sin(atan(y/x))", "g1", "g3", factors("g3"), [[2, 1, "=g3", factors("g3"), factors("g0")]]),
    ]
    refused(equal("sin(atan(y/x))", "y/sqrt(x**2 + y**2)", "x != 0").made(*lines), "sign of the denominator remains open")


def test_a_recurrence_needs_a_term_of_its_function() -> None:
    lines = [*X, ZERO, ["hyp", "@x > 0", factors("g0")], ["gen", "digamma", ["=g0", ONE, []]], ["cmp", "@x > 0", factors("g0")]]
    lines += [value("1", "1"), value("x + 1", "g0 + 1"), ["cmp", "@x + 1 > 0", factors("g0 + 1")]]
    lines += [value("digamma(x)", "g1", "1", (), "app", 1, 1), value("gamma(x + 1)", "g0*g1", "1", (), "by", "step", "@digamma(x)", [])]
    refused(equal("x", "gamma(x + 1)", "x > 0").made(*lines), "not a term with gamma")
