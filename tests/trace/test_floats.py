"""Signs of zeros: what Python and NumPy compute is read, or refused, at the points where something is 0."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import micrograd as mg
from micrograd.prove import prove_derivative, prove_equal
from micrograd.trace.tracing import trace
from micrograd.verified.errors import DomainError, UnsupportedPrimitive

Function = Callable[[Any], Any]

ZEROS: dict[str, Function] = {
    "x": lambda x: x,
    "-x": lambda x: -x,
    "2*x": lambda x: 2 * x,
    "x*2": lambda x: x * 0.5,
    "-2*x": lambda x: -2 * x,
    "x/2": lambda x: x / 2,
    "x/-2": lambda x: x / -2,
    "0*x": lambda x: 0 * x,
    "x*x": lambda x: x * x,
    "-x*x": lambda x: -x * x,
    "x**2": lambda x: x**2,
    "x**3": lambda x: x**3,
    "(-x)**3": lambda x: (-x) ** 3,
    "x - 1": lambda x: x - 1,
    "1 - x": lambda x: 1 - x,
    "-x - 1": lambda x: -x - 1,
    "0.0 - x": lambda x: 0.0 - x,
    "0.0 - -x": lambda x: 0.0 - (-x),
    "-0.0 + -x": lambda x: -0.0 + -x,
    "x - x": lambda x: x - x,
    "-x + x": lambda x: -x + x,
    "-x - -x": lambda x: -x - (-x),
    "-abs": lambda x: -abs(x),
    "2*(x - 1)": lambda x: 2 * (x - 1),
    "-(x - 1)": lambda x: -(x - 1),
    "x % 1": lambda x: x % 1,
    "x % 0.5": lambda x: x % 0.5,
    "x % -0.5": lambda x: x % -0.5,
    "-x % 0.5": lambda x: -x % 0.5,
    "(x + 0.25) % -0.25": lambda x: (x + 0.25) % -0.25,
    "0.5 - x % -0.5": lambda x: x % -0.5 + 0.5,
    "divmod": lambda x: divmod(x, -0.5)[1],
    "np.mod": lambda x: np.mod(x, -0.5),
    "np.remainder": lambda x: np.remainder(x, 0.5),
    "fmod": lambda x: math.fmod(x, 0.5),
    "np.fmod": lambda x: np.fmod(x, 0.5),
    "fmod and -": lambda x: -math.fmod(x, 0.5),
    "fmod and +": lambda x: math.fmod(x, 0.5) + x - x,
    "x // 3": lambda x: x // 3,
    "x // -3": lambda x: x // -3,
    "floor": lambda x: math.floor(x),
    "np.floor": lambda x: np.floor(x),
    "np.ceil": lambda x: np.ceil(x / 3),
    "np.trunc": lambda x: np.trunc(x / 3),
    "x - floor": lambda x: x - math.floor(x),
    "-x - floor": lambda x: -x - 2 * np.floor(-x / 2),
    "min": lambda x: min(x, -0.0),
    "np.maximum": lambda x: np.maximum(-x, 0.0),
    "np.clip": lambda x: np.clip(x, -0.0, 1.0),
    "if": lambda x: x if x > 0 else -x,
    "np.where": lambda x: np.where(x > 0, x, -x),
    "copysign": lambda x: math.copysign(x, -1.0),
    "copysign of x": lambda x: math.copysign(0.0, -x),
    "sqrt": lambda x: math.sqrt(abs(x)),
    "sin": lambda x: math.sin(x),
    "exp": lambda x: math.exp(x),
    "sum from 0.0": lambda x: sum([-x], 0.0),
    "np.sum": lambda x: np.sum(np.array([-x, -x])),
    "np.mean": lambda x: np.mean([x, x]),
    "np.dot": lambda x: np.dot([x, 0.0], [2.0, 1.0]),
    "np.dot of -": lambda x: np.dot([-x], [1.0]),
    "np.prod": lambda x: np.prod([x, 3.0]),
    "np.diff": lambda x: np.diff([x, 1.0])[0],
    "np.cross": lambda x: np.cross([x, 1.0, 0.0], [1.0, x, 0.0])[2],
    "np.polyval": lambda x: np.polyval([2.0, 0.0], x),
    "det": lambda x: np.linalg.det([[x, 1.0], [1.0, 1.0]]),
    "det of a column": lambda x: np.linalg.det([[0.0, 1.0], [x, 2.0]]),
    "det of rows that LAPACK exchanges": lambda x: np.linalg.det([[0.5, x], [1.0, 2.0]]),
    "solve": lambda x: np.linalg.solve([[1.0, 1.0], [1.0, 0.5]], [x, 1.0])[1],
    "inv": lambda x: np.linalg.inv([[1.0, x], [0.0, 2.0]])[0, 1],
}
"""Numbers that are 0 at some of the points."""

SEEN: dict[str, Callable[[Function], Function]] = {
    "copysign": lambda g: lambda x: math.copysign(1.0, g(x)),
    "np.copysign": lambda g: lambda x: np.copysign(x, g(x)),
    "atan2 left": lambda g: lambda x: math.atan2(g(x), -1.0),
    "atan2 right": lambda g: lambda x: math.atan2(g(x), 2.0),
    "atan2 above": lambda g: lambda x: math.atan2(1.0, g(x)),
    "atan2 at the origin": lambda g: lambda x: math.atan2(x, g(x)),
    "atan2 of both": lambda g: lambda x: math.atan2(g(x), g(x)),
    "atan2 along": lambda g: lambda x: math.atan2(0.0, g(x)),
    "atan2 along from below": lambda g: lambda x: np.arctan2(-0.0, g(x)),
}
"""Functions to which the sign of a zero matters."""

POINTS = tuple(map(Fraction, ("0", "1", "-1", "2", "-2", "1/2", "-1/2", "3", "-3")))


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("name", ZEROS)
def test_a_zero_has_the_sign_that_python_gives_it_or_is_refused(name: str, seen: str) -> None:
    function = SEEN[seen](ZEROS[name])
    try:
        formula = trace(function).result
    except UnsupportedPrimitive:
        return
    for point in POINTS:
        try:
            value = float(mg.evaluate(formula, {"x": float(point)}))
        except DomainError:
            value = math.nan
        assert value == pytest.approx(float(function(float(point))), abs=1e-12), (name, point, formula)


READ = (
    "exp",
    "x",
    "-x",
    "2*x",
    "x/2",
    "x*x",
    "x**3",
    "x - 1",
    "1 - x",
    "-(x - 1)",
    "x % 0.5",
    "x - floor",
    "-abs",
    "np.mean",
    "2*(x - 1)",
    "if",
)


@pytest.mark.parametrize("name", READ)
def test_what_can_be_told_is_read(name: str) -> None:
    for seen in ("copysign", "atan2 left"):
        trace(SEEN[seen](ZEROS[name]))


REFUSED = ("0*x", "-2*x", "fmod", "np.fmod", "x % -0.5", "np.mod", "divmod", "floor", "min", "np.maximum", "sin", "det", "solve", "x // 3")


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_told_is_refused(name: str) -> None:
    for seen in ("copysign", "atan2 left"):
        with pytest.raises(UnsupportedPrimitive, match="sign"):
            trace(SEEN[seen](ZEROS[name]))


def test_a_remainder_that_is_no_float_of_a_sampled_point() -> None:
    # the zeros are met at points that no sample is
    for f in (
        lambda x: math.copysign(1, math.fmod(x, 0.37)),
        lambda x: x * np.copysign(1, (x + 0.1) % -0.37),
        lambda x: math.atan2(math.fmod(x, 0.37), -1.0),
    ):
        with pytest.raises(UnsupportedPrimitive, match="its sign in floats cannot be told"):
            prove_derivative(f, "0", "True", wrt="x")
    assert prove_equal(lambda x: math.copysign(1, x % 0.37), "1", "True").verdict == "proved"


def test_an_angle_beside_what_is_not_0_is_read_as_it_is_written() -> None:
    assert str(trace(lambda x: math.atan2(abs(x), -1.0)).result) == "atan2(abs(x), -1)"
    assert str(trace(lambda x: math.atan2(1.0, x)).result) == "atan2(1, x)"


def test_the_cut_of_atan2_is_seen_from_the_side_of_its_zero() -> None:
    assert math.atan2(-abs(0.0), -1.0) == -math.pi
    assert prove_equal(lambda x: math.atan2(-abs(x), -1.0), "where(x == 0, -pi, 0)", "x == 0").verdict == "proved"
    assert prove_equal(lambda x: math.atan2(abs(x), -1.0), "where(x == 0, pi, 0)", "x == 0").verdict == "proved"
    assert prove_equal(lambda x: math.atan2(-abs(x), -1.0), "where(x == 0, pi, 0)", "x == 0").verdict == "refuted"


@pytest.mark.parametrize("shift", [0, 0.25])
def test_fractional_parts_have_the_sign_of_the_number(shift: float) -> None:
    with pytest.raises(UnsupportedPrimitive, match="its sign in floats cannot be told"):
        trace(lambda x: math.copysign(1.0, math.modf(x + shift)[0]))  # modf(-2.0) is (-0.0, -2.0)
