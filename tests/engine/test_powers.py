"""Powers at the edge of their domain, and slopes that meet what does not move: by mathematics, in every way to differentiate.

At (x, y): x**0 = 1 for all x, so ∂/∂x = 0 at y = 0; 0**y = 0 for all y > 0, so ∂/∂y = 0 at x = 0 < y; for whole y, x**y is a polynomial or
its reciprocal; for 0 < y < 1 the slope at x = 0 is infinite; for x < 0 there is no derivative with respect to y, nor is there one at
0**0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import micrograd.engine as me
from micrograd.engine import Value, compile, grad, hessian, jvp

INF, NAN = math.inf, math.nan
PARTIALS = [
    (0.0, 2.0, 0.0, 0.0),
    (0.0, 1.0, 1.0, 0.0),
    (0.0, 0.5, INF, 0.0),
    (0.0, 1.5, 0.0, 0.0),
    (0.0, 1e-300, INF, 0.0),
    (0.0, 0.0, 0.0, -INF),
    (-2.0, 2.0, -4.0, NAN),
    (-2.0, 3.0, 12.0, NAN),
    (-2.0, -1.0, -0.25, NAN),
    (-2.0, 0.0, 0.0, NAN),
    (2.0, 0.0, 0.0, math.log(2)),
    (1.0, 5.0, 5.0, 0.0),
    (2.0, 3.0, 12.0, 8 * math.log(2)),
    (1e-200, 2.0, 2e-200, 0.0),
]


def same(found: Any, expected: Any) -> bool:
    return bool(np.allclose(found, expected, rtol=1e-14, atol=0, equal_nan=True))


def backward(f: Callable[..., Any], *data: Any) -> list[Any]:
    values = [Value(x) for x in data]
    me.sum(f(*values)).backward()
    return [v.grad for v in values]


def pushed(f: Callable[..., Any], *data: Any) -> list[Any]:
    """The partials by forward mode; of functions that work entry by entry."""
    moves = [[np.ones_like(x) if k == place else np.zeros_like(x) for k, x in enumerate(data)] for place in range(len(data))]
    if not np.ndim(data[0]):
        moves = [[float(t) for t in move] for move in moves]
    return [jvp(f, data, move)[1] for move in moves]


def pulled(f: Callable[..., Any], *data: Any) -> list[Any]:
    return list(grad(lambda *x: me.sum(f(*x)), tuple(range(len(data))))(*data))


def compiled(f: Callable[..., Any], *data: Any) -> list[Any]:
    step = compile(grad(lambda *x: me.sum(f(*x)), tuple(range(len(data)))))
    step(*data)
    return list(step(*data))


WAYS: dict[str, Callable[..., list[Any]]] = {
    "backward": backward,
    "grad": pulled,
    "compiled": compiled,
    "forward": pushed,
}


@pytest.mark.parametrize("way", WAYS)
def test_powers_of_numbers(way: str) -> None:
    for x, y, dx, dy in PARTIALS:
        found = WAYS[way](me.pow, x, y)
        if way == "forward" and math.isnan(dy):  # 0 in the direction of y alone
            found[1] = WAYS[way](me.pow, x, y)[1]
        assert same(found, [dx, dy]), (x, y, found)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_powers_of_arrays(way: str, dtype: Any) -> None:
    table = np.array([row for row in PARTIALS if row[0] != 1e-200 and row[1] != 1e-300]).T
    x, y, dx, dy = table.astype(dtype)
    found = WAYS[way](me.pow, x, y)
    assert np.allclose(found[0], dx, rtol=1e-6, atol=0, equal_nan=True)
    assert np.allclose(found[1], dy, rtol=1e-6, atol=0, equal_nan=True)
    assert {g.dtype for g in found} == {np.dtype(dtype)}


def test_a_constant_base_or_exponent() -> None:
    assert grad(lambda y: np.power(0.0, y))(2.0) == 0
    assert grad(lambda y: 0.0**y)(0.5) == 0
    assert grad(lambda x: x**0.0)(0.0) == 0
    assert grad(lambda x: me.pow(x, 0.0))(0.0) == 0
    assert grad(lambda x: x**0.5)(0.0) == INF
    assert grad(lambda y: np.power(np.zeros(2), y).sum())(np.array([1.0, 3.0])).tolist() == [0.0, 0.0]
    assert hessian(lambda x: me.pow(x, 2.0))(0.0) == 2
    assert hessian(lambda x: me.pow(x, 1.0))(0.0) == 0
    assert hessian(lambda y: np.power(0.0, y))(2.0) == 0


STILL: dict[str, tuple[Callable[[Any], Any], float]] = {
    "clipped below, root": (lambda x: me.clip(x, 0.0, 1.0) ** (1 / 2.4), -0.5),
    "relu, root": (lambda x: me.sqrt(me.relu(x)), -1.0),
    "maximum, cube root": (lambda x: me.cbrt(me.maximum(x, 0.0)), -2.0),
    "minimum, logarithm": (lambda x: me.log(me.minimum(0.0, x)), 3.0),
    "choice, reciprocal": (lambda x: me.sqrt(me.where(x > 0, x, 0.0)), -3.0),
    "power, root": (lambda x: me.sqrt(np.power(0.0, x)), 2.0),
    "power 0, root": (lambda x: me.sqrt(me.pow(x, 0.0) - 1.0), 2.0),
    "choice outside": (lambda x: me.where(x > 0, me.sqrt(x), 0.0), 0.0),
    "clip outside": (lambda x: me.maximum(me.sqrt(x), 1.0), 0.0),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", STILL)
def test_what_stands_still_has_slope_0(name: str, way: str) -> None:
    f, x = STILL[name]
    with np.errstate(all="ignore"):
        assert WAYS[way](f, x)[0] == 0, x
        (found,) = WAYS[way](f, np.array([x, x]))
        assert found.tolist() == [0.0, 0.0]


def test_slopes_that_do_not_exist_are_not_0() -> None:
    """Where the inner slope is 0 at a single point, nothing is known."""
    assert math.isnan(grad(lambda x: me.sqrt(x * x))(0.0))
    assert math.isnan(grad(lambda x: me.cbrt(x**3))(0.0))
    assert grad(lambda x: me.sqrt(me.relu(x)))(0.0) == 0  # the registry's choice at the kink
    assert grad(lambda x: me.sqrt(me.maximum(x, 0.0)))(0.0) == INF


# --- counts ------------------------------------------------------------------------------------------------------------

MANY = 70_000
"""More than a float16 holds."""


@pytest.mark.parametrize("way", ["backward", "grad", "compiled"])
@pytest.mark.parametrize("name", ["max", "min", "mean", "logsumexp"])
def test_counts_beyond_float16(name: str, way: str) -> None:
    f = {"max": me.max, "min": me.min, "mean": me.mean, "logsumexp": me.logsumexp}[name]
    (found,) = WAYS[way](lambda x: f(x) * 1_000.0, np.zeros(MANY, np.float16))
    assert found.dtype == np.float16
    assert np.allclose(found, 1_000 / MANY, rtol=2e-3)


def test_values_of_float16() -> None:
    ones = np.ones(MANY, np.float16)
    labels = np.zeros(MANY, int)
    for found, expected in [
        (me.mean(ones), 1.0),
        (me.logsumexp(ones), 1 + math.log(MANY)),
        (me.log_softmax(ones)[0], -math.log(MANY)),
        (me.softmax(ones)[0], 1 / MANY),
        (me.mse(Value(ones), 0 * ones).data, 1.0),
        (me.hinge(Value(0 * ones), ones).data, 1.0),
        (me.cross_entropy(np.zeros((MANY, 2), np.float16), labels=labels), math.log(2)),
    ]:
        assert found.dtype == np.float16
        assert math.isclose(found, expected, rel_tol=5e-3)
    assert grad(lambda x: me.cross_entropy(x, labels) * 10_000.0)(np.zeros((MANY, 2), np.float16))[0, 0] == np.float16(-5_000 / MANY)
    (_, tangent), (_, mean) = (jvp(f, (ones,), (ones,)) for f in (me.max, me.mean))
    assert (tangent, mean) == (1.0, 1.0)
    assert tangent.dtype == mean.dtype == np.float16


def test_ties_share_equally_along_axes() -> None:
    x = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    assert grad(lambda x: me.max(x, 1).sum())(x).tolist() == [[0.0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3]]
    assert grad(lambda x: me.sqrt(me.max(x)))(np.array([-1.0, 0.0])).tolist() == [0.0, INF]
