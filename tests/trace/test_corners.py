"""Points in the regions that comparisons make."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import micrograd as mg
from micrograd.trace import corners, sampling
from micrograd.trace.sampling import disagreement
from micrograd.trace.tracing import trace

BASE = {"x": 0.739, "y": 1.3247}


def _points(*texts: str, names: tuple[str, ...] = ("x", "y")) -> list[dict[str, float]]:
    conditions: list[Any] = [mg.parse(f"where({text}, 1, 0)").args[0] for text in texts]
    return list(corners.corners(conditions, names, [BASE]))


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("(x - 30.3)**2 < 0.01", lambda x, y: abs(x - 30.3) < 0.1),
        ("x > 30.2 and x < 30.4", lambda x, y: 30.2 < x < 30.4),
        ("abs(x - 1000.5) < 1e-6", lambda x, y: abs(x - 1000.5) < 1e-6),
        ("x > 10**9", lambda x, y: x > 10**9),
        ("x**3 - 3*x < -1.999", lambda x, y: 0.9 < x < 1.1),
        ("exp(x) > 10**6", lambda x, y: x > 13.9),
        ("log(x) > 3", lambda x, y: x > 20.1),
        ("sin(x) > 0.9999", lambda x, y: x == x),
        ("(x - y)**2 < 0.0001", lambda x, y: abs(x - y) < 0.01),
        ("x*y > 50", lambda x, y: x * y > 50),
        ("x - 3 < 0.01 and x - 3 > 0 and (y + 7)**2 < 0.0004", lambda x, y: 0 < x - 3 < 0.01 and abs(y + 7) < 0.02),
        ("1/(x - 5) > 10**4", lambda x, y: 5 < x < 5.0001),
    ],
)
def test_a_point_lies_in_each_region(text: str, inside: Any) -> None:
    points = _points(text)
    assert any(inside(**point) for point in points)
    assert any(not inside(**point) for point in points) or text.startswith("sin")


def test_what_has_no_zeros_makes_no_points() -> None:
    assert _points("x**2 + 1 > 0", "log(-x**2 - 1) > 0", "y**4 + 0.1 < 0") == []


def test_the_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    names = tuple(f"x{i}" for i in range(100))
    lines: list[str] = []
    line = corners._line
    monkeypatch.setattr(corners, "_line", lambda h, name, base: lines.append(name) or line(h, name, base))  # type: ignore[func-returns-value]
    conditions = [mg.var(name) > 5 for name in names]
    made = list(corners.corners(conditions, names, [dict.fromkeys(names, 0.3)] * 2))
    assert len(made) == corners.POINTS
    assert len(lines) <= corners.LINES


def test_a_branch_is_seen_however_narrow_it_is() -> None:
    condition: Any = mg.parse("where((x - 30.3)**2 < 0.01, 1, 0)").args[0]

    def call(values: Any) -> float:
        return float(values["x"]) * (2 if (values["x"] - 30.3) ** 2 < 0.01 else 1)

    assert disagreement(call, ["x"], mg.var("x")) == ""
    assert "instead of" in disagreement(call, ["x"], mg.var("x"), None, [condition])
    assert "instead of" in disagreement(call, ["x"], mg.var("x"), condition)


def test_what_a_function_asks_and_chooses_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def noted(conditions: Any, *others: Any) -> tuple[()]:
        seen.extend(conditions)
        return ()

    monkeypatch.setattr(sampling, "corners", noted)

    def f(x: Any) -> Any:
        unused = 1.0 if x > 7 else math.cos(0)
        return np.where(x < 8, x, 2 * x) * unused

    trace(f)
    assert {str(condition) for condition in seen} == {"x > 7", "x < 8"}
