"""Losses in closed form, and accuracy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from micrograd.engine import ShapeError, Value
from micrograd.nn import LOSSES, accuracy, cross_entropy, hinge, mse


def test_losses_in_closed_form() -> None:
    assert float(cross_entropy(np.zeros((3, 4)), np.array([0, 1, 3]))) == pytest.approx(math.log(4), rel=4 * 2.0**-52)
    assert float(mse(np.array([1.0, 3.0]), np.array([0.0, 1.0]))) == 2.5
    assert float(hinge(np.array([0.5, 2.0, -1.0]), np.array([1.0, 1.0, 1.0]))) == 2.5 / 3
    assert set(LOSSES) == {"cross_entropy", "mse", "hinge"}


@pytest.mark.parametrize(
    ("scores", "labels", "expected"),
    [
        pytest.param([[1.0, 2.0], [2.0, 1.0], [0.0, 5.0]], [1, 0, 0], 2 / 3, id="classes"),
        pytest.param([[1.0, 1.0]], [0], 1.0, id="first of equals"),
        pytest.param([[math.nan, 1.0], [0.0, math.nan]], [0, 1], 0.0, id="nan is wrong"),
        pytest.param([0.5, -2.0, 0.0], [1.0, -1.0, 1.0], 2 / 3, id="signs"),
        pytest.param([[0.5], [-2.0]], [1.0, 1.0], 0.5, id="a column of signs"),
    ],
)
def test_accuracy(scores: Any, labels: Any, expected: float) -> None:
    assert accuracy(np.array(scores), np.array(labels)) == expected
    assert accuracy(Value(np.array(scores)), labels) == expected


@pytest.mark.parametrize(("scores", "labels"), [(np.ones((2, 3)), [1]), (np.ones((0, 3)), []), (np.ones((1, 1, 1)), [1]), (np.ones(1), 1)])
def test_accuracy_of_wrong_shapes(scores: Any, labels: Any) -> None:
    with pytest.raises(ShapeError, match="one label is needed for each row"):
        accuracy(scores, labels)
