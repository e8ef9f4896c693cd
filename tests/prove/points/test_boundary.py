"""Points outside of the smooth domain: what is known at sight, and what is asked for."""

from __future__ import annotations

import pytest

import micrograd as mg
from micrograd.prove.cells import Prover
from micrograd.prove.normal.cell import NeedSplit, Plan
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.prove.normal.shape import always, shape
from micrograd.prove.normal.signs import ANY, NEGATIVE, NONNEGATIVE, NONPOSITIVE, POSITIVE, ZERO, Signs
from micrograd.prove.points.beside import Undecided
from micrograd.prove.points.boundary import Boundary, CellJudge, Part, same_at
from micrograd.prove.solver import one_session

SHAPES: dict[str, Signs] = {
    "x": ANY,
    "3": POSITIVE,
    "-3": NEGATIVE,
    "0": ZERO,
    "pi": POSITIVE,
    "exp(x)": POSITIVE,
    "exp(x) + 1": POSITIVE,
    "exp(x) - 1": ANY,
    "1 - exp(x)": ANY,
    "-1 - exp(x)": NEGATIVE,
    "2*exp(x)": POSITIVE,
    "-2/exp(x)": NEGATIVE,
    "-exp(x)": NEGATIVE,
    "-abs(x)": NONPOSITIVE,
    "abs(x)": NONNEGATIVE,
    "abs(x) + 1": POSITIVE,
    "square(x)": NONNEGATIVE,
    "x**2": NONNEGATIVE,
    "x**3": ANY,
    "x**0": POSITIVE,
    "exp(x)**3": POSITIVE,
    "sqrt(x)": NONNEGATIVE,
    "sqrt(abs(x))": NONNEGATIVE,
    "sqrt(exp(x))": POSITIVE,
    "hypot(x, y)": NONNEGATIVE,
    "hypot(exp(x), y)": NONNEGATIVE,
    "sin(x)": ANY,
    "log(2)": ANY,
}


@pytest.mark.parametrize("text", SHAPES)
def test_signs_at_sight(text: str) -> None:
    assert shape(mg.parse(text)) == SHAPES[text]


def test_what_always_holds() -> None:
    for text in ("abs(x) + 1 > 0", "sqrt(x) >= 0", "exp(x) != 0", "-exp(x) < 0", "0 <= x**2"):
        assert always(mg.parse_condition(text)), text
    for text in ("abs(x) > 0", "sqrt(x) != 0", "exp(x) > 1", "x >= 0", "exp(x) > 0 or x > 0", "exp(x) == 0"):
        assert not always(mg.parse_condition(text)), text


def test_a_sign_that_is_open_is_asked_for() -> None:
    n = Normaliser(Plan())
    judge = CellJudge(n)
    with one_session():
        with pytest.raises(NeedSplit):
            judge.sign(mg.parse("y*exp(z)"))
        n.know.learn(n(mg.parse("y")), NEGATIVE)
        assert judge.sign(mg.parse("y*exp(z)")) == -1
        with pytest.raises(Undecided, match="z > 0 is not shown"):
            judge.sign(mg.parse("exp(log(z))"))
        with pytest.raises(Undecided, match="may be undefined"):
            judge.sign(mg.parse("1/(z - z)"))


@pytest.mark.parametrize("relation", ["<", ">", "=="])
def test_a_sign_that_stays_open_is_a_failure(relation: str) -> None:
    prover, x = Prover(), mg.var("x")
    assert Boundary(prover, x).cut(Part([mg.parse_condition(f"y {relation} 0")], x, x, x), mg.var("y")) == []
    assert len(prover.report.failures) == 1
    assert "the sign of y remains open" in prover.report.failures[0]


@pytest.mark.parametrize(
    ("conditions", "excluded"),
    [
        (["x > 1", "x < 0"], True),
        (["x*y > 0 and x > 0", "y <= 0"], True),
        (["x > 1", "x > 2"], False),
        (["x > 1", "x < 0 or y > 0"], False),
        (["exp(x) > 1", "exp(x/2) > 3"], False),
        (["abs(x*y) > 1"], False),
        (["1/(x - x) > 1"], True),
        (["(x + y)**100000 > 1"], False),
    ],
)
def test_contradictions_at_first_sight(conditions: list[str], excluded: bool) -> None:
    """What cannot be taken in at once excludes nothing."""
    with one_session():
        assert Boundary(Prover(), mg.var("x")).excluded(*map(mg.parse_condition, conditions)) == excluded


def test_a_sum_of_squares_that_is_0_is_cut_into_its_terms() -> None:
    x = mg.var("x")
    part = Part([mg.parse_condition("x**2 + y**2 == 0"), mg.parse_condition("z > 1")], x, x, x)
    with one_session():
        pieces = Boundary(Prover(), x).step(Normaliser(Plan()), part)
    assert [sorted(map(str, piece.conditions)) for piece in pieces] == [["x == 0", "y == 0", "z > 1"]]


def test_terms_that_an_equation_gives_a_value() -> None:
    conditions = [mg.parse_condition(text) for text in ("exp(x) == 2", "y == sin(z)", "x**2 < 3", "x == y", "exp(z) == sin(z)")]
    assert {str(a): str(b) for a, b in same_at(conditions).items()} == {"exp(x)": "2", "sin(z)": "y"}
