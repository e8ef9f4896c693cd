"""What is linear in a variable, and that it is what it is said to be."""

from __future__ import annotations

from fractions import Fraction

import pytest

import micrograd as mg
from micrograd.prove.cells import solution
from micrograd.prove.linear import linear_in

LINEAR = {
    "x": 1,
    "y": 0,
    "3": 0,
    "pi": 0,
    "x + y": 1,
    "y + x": 1,
    "x - y": 1,
    "y - x": -1,
    "-x": -1,
    "-(y - 2*x)": 2,
    "3*x": 3,
    "x*3": 3,
    "2*(x - y)*3": 6,
    "x/4": Fraction(1, 4),
    "(x - y)/4": Fraction(1, 4),
    "(2*x + y)/4 - 3*(y - x)": Fraction(7, 2),
    "x - x": 0,
    "y**2 + x": 1,
    "x + where(y > 0, y, 2)": 1,
    "0*x + y": 0,
}
NOT_LINEAR = ["x*y", "y*x", "x/y", "3/x", "x/0", "x**2", "x**1*x", "exp(x)", "y + sin(x)", "exp(x) - 2", "-exp(x)", "2*exp(x)", "abs(x)/2"]


@pytest.mark.parametrize("text", LINEAR)
def test_coefficients_and_rests(text: str) -> None:
    h = mg.parse(text)
    parts = linear_in(h, "x")
    assert parts is not None
    slope, rest = parts
    assert slope == LINEAR[text]
    assert "x" not in {v.key[1] for v in mg.variables(rest)} or slope == 0
    for x, y in ((0.5, 3.25), (-7.0, -2.0), (16.0, 0.125)):
        assert mg.evaluate(h, x=x, y=y) == pytest.approx(float(slope) * x + mg.evaluate(rest, x=x, y=y), rel=1e-12)


@pytest.mark.parametrize("text", NOT_LINEAR)
def test_what_is_not_linear(text: str) -> None:
    assert linear_in(mg.parse(text), "x") is None


def test_solutions() -> None:
    found = solution(mg.parse("2*x - 4*y + 6"), "x")
    assert found is not None
    assert mg.evaluate(found, y=5.0) == 7.0
    assert solution(mg.parse("x*y - 1"), "x") is None
    assert solution(mg.parse("y - 1 + 0*x"), "x") is None
