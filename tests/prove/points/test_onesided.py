"""Slopes at a point by the pieces on its sides, and pieces whose slope the rules do not give."""

from __future__ import annotations

from fractions import Fraction

import pytest

import micrograd as mg
from micrograd.prove.at_point import AtPoint
from micrograd.prove.points.beside import Beside, Undecided
from micrograd.prove.points.onesided import derivative_at

X = mg.var("x")


def at(text: str, point: int, **others: int) -> float | str:
    """The slope at the point, for these values of the other variables."""
    judge = AtPoint({name: Fraction(value) for name, value in {"x": point, **others}.items()})
    found = derivative_at(mg.parse(text), X, mg.const(point), judge)
    return found if isinstance(found, str) else float(mg.evaluate(found, others))


def test_a_piece_that_is_joined_from_smooth_ones() -> None:
    assert at("where(x > 0, celu(x, 1), x)", 0) == 1
    assert at("where(x > 0, 2*celu(x, 1), x)", 0) == "kink"


def test_a_power_that_stands_still() -> None:
    assert at("x**p", 0, p=3) == 0
    assert at("x**p", 1, p=3) == 3
    with pytest.raises(Undecided):
        at("x**p", 0, p=1)


def test_powers_of_0_with_an_exponent_that_moves() -> None:
    near = Beside(X, mg.const(0), AtPoint({"x": Fraction(0), "y": Fraction(0)}))
    assert near.piece(mg.parse("y**x"), 1) is mg.const(0)
    near.continuous(mg.parse("y**x"))
    with pytest.raises(Undecided):
        near.continuous(mg.parse("x**x"))


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("abs(x)**(3/2)", 0),
        ("x + x*sqrt(abs(x))", 1),
        ("where(x == 0, 0, x**2*log(abs(x)))", 0),
        ("where(x == 0, 0, x**2*sin(1/x))", 0),
        ("where(x > 0, exp(-1/x), 0)", 0),
        ("where(x == 0, 0, exp(-(1/x**2)))", 0),
        ("exp(x*sqrt(abs(x)))*cos(x)", 0),
        ("where(x > 0, cbrt(x)**4/x**(1/6), 0)", "Undecided"),
        ("abs(x)**p", 0),
        ("where(x == 0, 0, x**-2*abs(x)**(7/2))", 0),
        ("where(x == 0, 1, x**2*sin(1/x))", "jump"),
        ("where(x > 0, x**2*log(x), x)", "kink"),
        ("where(x > 0, x*(x**pi)**0, 0)", "kink"),
        ("where(x > 0, x*(x**pi)**0 + x, x)", "kink"),
        ("where(x == 0, 0, x*sin(1/x))", "Undecided"),
        ("where(x == 0, 0, exp(1/x**2)*x**9)", "Undecided"),
        ("where(x == 0, 0, x**2/x)", 1),
        ("sqrt(abs(x))", "Undecided"),
    ],
)
def test_what_is_small_beside_the_point(text: str, slope: float | str) -> None:
    if slope == "Undecided":
        with pytest.raises(Undecided):
            at(text, 0, p=2)
    else:
        assert at(text, 0, p=2) == slope
