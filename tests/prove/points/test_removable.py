"""Removable singularities: values and slopes where a quotient is 0/0 and the function is given a value of its own."""

from __future__ import annotations

import pytest

from micrograd.prove import Proved, prove_derivative

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
    found = prove_derivative(f, x, claim, "True")
    assert found.verdict == verdict
    assert not any("jump" in note for note in getattr(found, "notes", ()))


def test_another_value_is_a_jump() -> None:
    verdict = prove_derivative("where(x == 0, 2, sin(x)/x)", "x", "(x*cos(x) - sin(x))/x**2", "True")
    assert isinstance(verdict, Proved)
    assert any("jump" in note for note in verdict.notes)
