"""Signs by the shape of an expression."""

from __future__ import annotations

import pytest

import micrograd as mg
from micrograd.prove.normal.shape import SHAPES, always, shape
from micrograd.prove.normal.signs import ANY, NEGATIVE, NONNEGATIVE, NONPOSITIVE, POSITIVE, ZERO, Signs

EXPECTED: dict[str, Signs] = {
    **dict.fromkeys(("1/2", "1", "2", "pi", "e", "x**0", "sqrt(pi)", "abs(x) + 1", "pi*2", "x**2 + 1/2", "-(-1/2)", "1/pi"), POSITIVE),
    **dict.fromkeys(("-1/2", "-1", "-2", "-pi", "-exp(x) - 1", "-1/2/pi", "(-1/2)**3"), NEGATIVE),
    **dict.fromkeys(("0*1", "square(0)"), ZERO),
    **dict.fromkeys(("x**2", "abs(x)", "square(x)", "sqrt(x)", "hypot(x, y)", "x**2 + abs(y)"), NONNEGATIVE),
    **dict.fromkeys(("-abs(x)", "-x**2 - y**2"), NONPOSITIVE),
    **dict.fromkeys(("x", "x**3", "sin(x)", "exp(x) - 1", "x**2 - 1/2", "pi - 1/2", "x*y"), ANY),
}


@pytest.mark.parametrize("text", EXPECTED)
def test_signs_by_shape(text: str) -> None:
    assert shape(mg.parse(text)) == EXPECTED[text]


def test_functions_that_are_greater_than_0() -> None:
    for name in ("exp", "cosh", "sech", "sigmoid", "softplus", "exp2", "exp10"):
        assert shape(mg.parse(f"{name}(x)")) == POSITIVE
        assert name in SHAPES


def test_what_always_holds() -> None:
    for text, holds in (
        ("abs(x) + 1/2 > 0", True),
        ("x**2 >= 0", True),
        ("-1/2 > 0*x", False),
        ("1/2 == 0*x", False),
        ("1 > abs(x)", False),
        ("x**2 >= 0 and 1 > 0*x", False),
    ):
        assert always(mg.parse_condition(text)) == holds
