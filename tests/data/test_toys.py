"""Points of the plane: shapes, balance, the same seed gives the same points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd.data import linear, moons, spirals, xor

RANDOM: dict[str, tuple[Callable[..., Any], int]] = {"linear": (linear, 2), "moons": (moons, 2), "spirals": (spirals, 3)}


def test_xor() -> None:
    inputs, labels = xor()
    assert inputs.dtype == np.float64
    assert labels.dtype == np.int64
    assert [int(a) ^ int(b) for a, b in inputs.tolist()] == labels.tolist()


@pytest.mark.parametrize("n", [2, 3, 7, 200, 1001])
@pytest.mark.parametrize("name", RANDOM)
def test_shapes_and_determinism(name: str, n: int) -> None:
    make, classes = RANDOM[name]
    if n < classes:
        with pytest.raises(ValueError, match=f"at least {classes} points"):
            make(n, rng=np.random.default_rng(0))
        return
    inputs, labels = make(n, rng=np.random.default_rng(5))
    assert (inputs.shape, inputs.dtype, labels.shape, labels.dtype) == ((n, 2), np.float64, (n,), np.int64)
    assert np.isfinite(inputs).all()
    assert set(labels.tolist()) <= set(range(classes))
    again, labels_again = make(n, rng=np.random.default_rng(5))
    np.testing.assert_array_equal(inputs, again)
    np.testing.assert_array_equal(labels, labels_again)
    assert not np.array_equal(inputs, make(n, rng=np.random.default_rng(6))[0])


@pytest.mark.parametrize("n", [30, 301])
@pytest.mark.parametrize(("name", "classes"), [("moons", 2), ("spirals", 3)])
def test_classes_are_balanced(name: str, classes: int, n: int) -> None:
    counts = np.bincount(RANDOM[name][0](n, rng=np.random.default_rng(0))[1], minlength=classes)
    assert counts.max() - counts.min() <= 1


def test_more_spirals() -> None:
    labels = spirals(100, rng=np.random.default_rng(0), classes=5)[1]
    assert np.bincount(labels).tolist() == [20] * 5


@pytest.mark.parametrize("seed", range(5))
def test_linear_can_be_separated_with_the_margin(seed: int) -> None:
    inputs, labels = linear(100, rng=np.random.default_rng(seed), margin=0.2)
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi)
    distance = inputs @ [np.cos(angle), np.sin(angle)]
    assert np.abs(distance).min() >= 0.2
    assert ((distance > 0) == labels).all()


@pytest.mark.parametrize("margin", [-0.1, 1.0, 2.0, float("nan")])
def test_margins_that_are_impossible(margin: float) -> None:
    with pytest.raises(ValueError, match="the margin"):
        linear(10, rng=np.random.default_rng(0), margin=margin)


def test_moons_without_noise_lie_on_half_circles() -> None:
    inputs, labels = moons(50, rng=np.random.default_rng(0), noise=0)
    centres = np.array([[0.0, 0.0], [1.0, 0.5]])[labels]
    np.testing.assert_allclose(np.linalg.norm(inputs - centres, axis=1), 1, rtol=1e-14)
