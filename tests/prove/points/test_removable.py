"""Removable singularities: values and slopes where a quotient is 0/0 and the function is given a value of its own."""

from __future__ import annotations

from fractions import Fraction

import pytest

import micrograd as mg
from micrograd.prove import Proved, prove_derivative
from micrograd.prove.at_point import AtPoint
from micrograd.prove.points.beside import Beside
from micrograd.prove.points.removable import extension

SINC = "where(x == 0, 1, sin(x)/x)"
CASES = [
    (SINC, "x", "where(x == 0, 0, (x*cos(x) - sin(x))/x**2)", "proved"),
    (SINC, "x", "where(x == 0, 1, (x*cos(x) - sin(x))/x**2)", "refuted"),
    ("where(x == 0, 1, sin(pi*x)/(pi*x))", "x", "where(x == 0, 0, (cos(pi*x) - sin(pi*x)/(pi*x))/x)", "proved"),
    ("where(x == 0, 1, expm1(x)/x)", "x", "where(x == 0, 1/2, (exp(x)*(x - 1) + 1)/x**2)", "proved"),
    ("where(x == 0, 1, expm1(x)/x)", "x", "where(x == 0, 1, (exp(x)*(x - 1) + 1)/x**2)", "refuted"),
    ("where(t == 0, 1/2, (1 - cos(t))/t**2)", "t", "where(t == 0, 0, (t*sin(t) - 2*(1 - cos(t)))/t**3)", "proved"),
    ("where(x == y, exp(x), (exp(x) - exp(y))/(x - y))", "x",
     "where(x == y, exp(x)/2, (exp(x)*(x - y) - exp(x) + exp(y))/(x - y)**2)", "proved"),
    ("where(x == y, exp(x), (exp(x) - exp(y))/(x - y))", "x",
     "where(x == y, exp(x), (exp(x)*(x - y) - exp(x) + exp(y))/(x - y)**2)", "refuted"),
    ("where(x == 0, -1, -(sin(x)/x))", "x", "where(x == 0, 0, -(x*cos(x) - sin(x))/x**2)", "proved"),
    ("where(x == 0, 1, sin(x)/x*(sin(x)/x))", "x", "where(x == 0, 0, 2*sin(x)/x*(x*cos(x) - sin(x))/x**2)", "proved"),
    ("where(x == 0, 1, (expm1(x)/x)**2)", "x", "where(x == 0, 1, 2*expm1(x)/x*(x*exp(x) - expm1(x))/x**2)", "proved"),
    ("where(x == 0, 1, (1 - cos(x))/x + sin(x)/x)", "x",
     "where(x == 0, 1/2, (x*sin(x) - (1 - cos(x)))/x**2 + (x*cos(x) - sin(x))/x**2)", "proved"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "x", "claim", "verdict"), CASES)
def test_extensions(f: str, x: str, claim: str, verdict: str) -> None:
    found = prove_derivative(f, claim, "True", wrt=x)
    assert found.verdict == verdict
    assert not any("jump" in note for note in getattr(found, "notes", ()))


@pytest.mark.parametrize(
    ("piece", "value", "slope"),
    [("(2*sin(x)/x)**2", 4, 0), ("(2*sin(x)/x)**-2", 1 / 4, 0), ("(2*expm1(x)/x)**2", 4, 4), ("(2*expm1(x)/x)**-1", 1 / 2, -1 / 4)],
)
def test_powers_of_quotients(piece: str, value: float, slope: float) -> None:
    found = extension(Beside(mg.var("x"), mg.const(0), AtPoint({"x": Fraction(0)})), mg.parse(piece))
    assert found is not None
    assert [float(mg.evaluate(part)) for part in found] == [value, slope]


def test_a_denominator_of_which_all_that_is_computed_is_0() -> None:
    assert extension(Beside(mg.var("x"), mg.const(0), AtPoint({"x": Fraction(0)})), mg.parse("sin(x)/x**9")) is None


def test_another_value_is_a_jump() -> None:
    verdict = prove_derivative("where(x == 0, 2, sin(x)/x)", "(x*cos(x) - sin(x))/x**2", "True", wrt="x")
    assert isinstance(verdict, Proved)
    assert any("jump" in note for note in verdict.notes)
