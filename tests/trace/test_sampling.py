"""A formula that is not the function is noticed by running the function, whatever the trace has missed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import micrograd as mg
from micrograd.trace import tracing
from micrograd.trace.sampling import disagreement
from micrograd.trace.tracing import trace
from micrograd.verified.errors import UnsupportedPrimitive


def _difference(function: Callable[..., Any], formula: Any, names: tuple[str, ...] = ("x",)) -> str:
    def call(point: Mapping[str, float]) -> Any:
        return function(*point.values())

    return disagreement(call, names, mg.parse(formula) if isinstance(formula, str) else [mg.parse(x) for x in formula])


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda x: x * x, "x**2"),
        (lambda x: math.log(x), "log(x)"),
        (lambda x: math.floor(x), "floor(x)"),
        (lambda x: x**0.5, "x**(1/2)"),
        (lambda x: (1 - math.cos(x)) / x**2, "(1 - cos(x))/x**2"),
        (lambda x: math.exp(1000 * x), "exp(1000*x)"),
        (lambda x: np.exp(np.log(x)), "exp(log(x))"),
        (lambda x: 1 / (1 + math.exp(-50 * x)), "1/(1 + exp(-50*x))"),
        (lambda x: math.tan(x), "tan(x)"),
        (lambda x: 1.0 if x == 3.0 else x, "where(x == 3, 1, x)"),
        (lambda x: [x, 2], ["x", "2"]),
        (lambda x: np.array([x, x > 0]), ["x", "where(x > 0, 1, 0)"]),
        (lambda x: x.item() * 2, "2*x"),  # a method of NumPy's floats
    ],
)
def test_agreement(function: Callable[..., Any], formula: Any) -> None:
    assert _difference(function, formula) == ""


@pytest.mark.parametrize(
    ("function", "formula", "reason"),
    [
        (lambda x: x * x, "x**3", "instead of"),
        (lambda x: abs(x), "x", "0.7390851332151607 instead of -0.7390851332151607"),
        (lambda x: round(x, 2), "x", "instead of"),
        (lambda x: abs(x**0.5), "abs(x**(1/2))", "where the formula has no value"),
        (lambda x: x if x > 0 else math.nan, "x", "nan instead of"),
        (lambda x: [x, 2], ["x"], "2 numbers instead of 1"),
        (lambda x: x.nonsense, "x", "it raises AttributeError at each point that was tried"),
        (lambda x: np.float32(x) / 3 * 1000, "x/3*1000 + 1/100", "instead of"),
    ],
)
def test_disagreement(function: Callable[..., Any], formula: Any, reason: str) -> None:
    assert reason in _difference(function, formula)


def test_many_variables() -> None:
    names = tuple(f"x{i}" for i in range(40))
    assert _difference(lambda *xs: sum(xs), " + ".join(names), names) == ""
    assert _difference(lambda *xs: sum(xs) + xs[30], " + ".join(names), names) != ""
    assert _difference(lambda: 3, "3", ()) == ""
    assert _difference(lambda: 3, "4", ()) == "3.0 instead of 4.0"


def test_what_was_missed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-alike that is wrong does not get through."""
    from micrograd.trace.lookalikes.mathematics import MATH

    def f(x: float) -> float:
        return math.sin(x)

    assert str(trace(f).result) == "sin(x)"
    monkeypatch.setitem(MATH, "sin", MATH["cos"])
    with pytest.raises(UnsupportedPrimitive, match="f computes something else than what was read"):
        trace(f)


def test_a_function_that_prints_is_not_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: float) -> float:
        print(f"x is {x:.3f}")
        return x * x

    assert str(trace(f).result) == "x*x"
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(tracing, "disagreement", lambda *arguments: "always")
    assert trace(f).cases == 1
