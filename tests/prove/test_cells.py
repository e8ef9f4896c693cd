"""Cells: what is taken in, what follows from an equation, and what a report says that a proof rests on."""

from __future__ import annotations

import pytest

import micrograd as mg
from micrograd.prove.cells import Cell, Prover, vanishing
from micrograd.prove.limits import within
from micrograd.prove.normal.cell import NeedSplit, Plan
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.prove.solver import one_session

VANISHING = {
    # an equation, and what follows from it
    "x*exp(y) == 0": ["x == 0"],
    "x**2 == 0": ["x == 0"],
    "x*y == 0": [],
    "x*log(x)*y == 0": [],
    "x*y + 0*sqrt(-y) == 0": [],
    "x**2 + y**2 == 0": ["x == 0", "y == 0"],
    "-x**2 - y**4 == 0": ["x == 0", "y == 0"],
    "x**2*y**2 + z**2 == 0": ["x*y == 0", "z == 0"],
    "x**2 - y**2 == 0": [],
    "x**2 + y == 0": [],
    "x - x == 0": [],
}


@pytest.mark.parametrize("equation", VANISHING)
def test_what_follows_from_an_equation(equation: str) -> None:
    with one_session():
        found = vanishing(Normaliser(Plan()), mg.parse_condition(equation))
    assert sorted(map(str, found)) == VANISHING[equation]


def test_a_literal_that_waits_for_a_sign_asks_for_it() -> None:
    literals = [mg.parse_condition("abs(x*y) > 1")]
    with within(60), one_session(), pytest.raises(NeedSplit) as need:
        Prover().learn(Normaliser(Plan()), literals)
    assert str(need.value.expression) in ("x", "y")


def test_a_literal_that_waits_is_taken_in_when_another_has_said_the_sign() -> None:
    n = Normaliser(Plan())
    with within(60), one_session():
        Prover().learn(n, [mg.parse_condition("abs(x)*y > 1"), mg.parse_condition("x + 0*y + 0*z > 0")])
        assert n.know.of(n(mg.parse("y"))) == {1}


@pytest.mark.parametrize("relation", ["<", ">", "=="])
def test_a_sign_that_stays_open_is_a_failure(relation: str) -> None:
    prover = Prover()
    assert prover.cut(Cell([mg.parse_condition(f"x {relation} 0")], None), mg.var("x")) == []
    assert prover.report.failures == ["the sign of x remains open"]


def test_a_cut_has_a_case_for_what_has_no_value() -> None:
    cells = Prover().cut(Cell([], None), mg.parse("log(x)"))
    assert [[str(c) for c in cell.conditions] for cell in cells] == [["log(x) == 0"], ["log(x) < 0"], ["log(x) > 0"], ["x <= 0"]]


AGREE = {
    # literals, two sides, and whether the second has the value of the first there
    "a cell that Z3 shows to be empty, where the first side is undefined": (["x**2 - x + 1 < 0"], "log(x - x - 1)", "y", True),
    "a cell that Z3 shows to be empty, where the second side is undefined": (["x**2 - x + 1 < 0"], "y", "log(x - x - 1)", True),
    "a cell that is not empty, where the first side is undefined": (["x < 0"], "log(x - x - 1)", "y", False),
    "the root of what is negative is not that of its absolute value": (["x < 0"], "sqrt(-x)", "sqrt(x)", False),
    "the root of what may be negative": ([], "sqrt(abs(x))", "sqrt(x)", False),
    "the root of an absolute value": (["x < 0"], "sqrt(-x)", "sqrt(abs(x))", True),
    "exponentials are in the order of their exponents": (["x > y"], "abs(exp(x) - exp(y))", "exp(x) - exp(y)", True),
    "exponentials of what is in no order": ([], "abs(exp(x) - exp(y))", "exp(x) - exp(y)", False),
}


@pytest.mark.parametrize(("literals", "a", "b", "agree"), AGREE.values(), ids=AGREE)
def test_sides_agree_where_the_second_has_the_value_of_the_first(literals: list[str], a: str, b: str, agree: bool) -> None:
    prover = Prover()
    with within(60), one_session():
        found = prover.agree(Cell([mg.parse_condition(text) for text in literals], (mg.parse(a), mg.parse(b))))
    assert found == agree == (not prover.report.failures)
