"""Points where expressions are 0, and what is known at a point."""

from __future__ import annotations

from fractions import Fraction

import pytest

from micrograd.prove.at_point import AtPoint
from micrograd.prove.meetings import Meetings, _Zeros
from micrograd.prove.points.beside import Undecided
from micrograd.verified.expr import TRUE
from micrograd.verified.parsing import parse, parse_condition

START = {"x": Fraction(7, 3), "y": Fraction(-2)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x - 3", [{"x": 3}]),
        ("2*x - y", [{"x": -1}, {"y": Fraction(14, 3)}]),
        ("x**2 - 9", [{"x": 3}, {"x": -3}]),
        ("x**2 + 1", []),
        ("(x + y) - x", [{"y": 0}]),
        ("x/3 + y**2 - 4", [{"x": 0}]),
        ("exp(x) - 1", [{"x": 0}]),
        ("x - exp(y)", []),
        ("1/(x - 1)", []),
    ],
)
def test_meetings(text: str, expected: list[dict[str, object]]) -> None:
    found = list(Meetings(["x", "y"])(parse(text), START))
    wanted = [
        {**START, **{name: Fraction(str(value)) for name, value in point.items()}} for point in expected if None not in point.values()
    ]
    assert found == wanted


@pytest.mark.parametrize("text", ["x - 3", "2*x - y", "-x/5 + 1", "y*y - 3*x", "(x + y) - x/2", "x + 1/y", "x + sqrt(y)"])
def test_a_linear_equation_is_solved_as_interpolation_solves_it(text: str) -> None:
    for y in (-2, 0, 9):
        direct, other = _Zeros(parse(text), "x"), _Zeros(parse(text), "x")
        other.__dict__["solution"] = None
        assert direct.solution is not None
        assert direct({**START, "y": Fraction(y)}) == other({**START, "y": Fraction(y)})


def test_the_number_of_meetings_is_limited() -> None:
    assert len(list(Meetings(["x", "y"])(parse("x**2 - y**2"), START, 1))) == 1
    assert list(Meetings(["x"])(parse("x - 2**3000"), START)) == []


def test_what_is_known_at_a_point() -> None:
    here = AtPoint({"x": Fraction(1, 3)})
    assert here.surely(TRUE) is True
    assert here.surely(parse_condition("3*x == 1")) is True
    assert here.surely(parse_condition("log(x - 1) > 0")) is False
    assert here.surely(parse_condition("exp(log(x)) == 1/3")) is None
    assert here.sign(parse("exp(log(x)) - 1/3")) == 0
    assert here.sign(parse("sin(x) - 1/3")) == -1
    with pytest.raises(Undecided):
        here.sign(parse("1/(3*x - 1)"))
    assert here.ball(parse("exp(x)"), 64).rad() > here.ball(parse("exp(x)"), 192).rad()
