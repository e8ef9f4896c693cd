"""Initialisers: the variances they promise, dtypes, seeds."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest

from micrograd.nn import INITIALISERS, glorot_normal, glorot_uniform, he_normal, he_uniform, normal, uniform, zeros

SHAPE = (300, 200)
VARIANCES: list[Any] = [
    ("he_normal", he_normal, 2 / 300, 3.0),
    ("he_uniform", he_uniform, 2 / 300, 1.8),
    ("glorot_normal", glorot_normal, 2 / 500, 3.0),
    ("glorot_uniform", glorot_uniform, 2 / 500, 1.8),
    ("uniform", uniform(0.3), 0.03, 1.8),
    ("normal", normal(0.3), 0.09, 3.0),
]


@pytest.mark.parametrize(("init", "variance", "kurtosis"), [pytest.param(*row[1:], id=row[0]) for row in VARIANCES])
def test_mean_and_variance(init: Any, variance: float, kurtosis: float) -> None:
    """Within five standard deviations of the mean and of the variance of n numbers: √(v/n) and v·√((kurtosis - 1)/n)."""
    numbers = init(np.random.default_rng(0), SHAPE, np.float64)
    n = numbers.size
    assert numbers.shape == SHAPE
    assert abs(numbers.mean()) < 5 * math.sqrt(variance / n)
    assert abs(numbers.var() - variance) < 5 * variance * math.sqrt((kurtosis - 1) / n)


@pytest.mark.parametrize("init", [pytest.param(row[1], id=row[0]) for row in VARIANCES])
def test_seeds_dtypes_and_pickles(init: Any) -> None:
    first, narrow = (init(np.random.default_rng(5), (4, 3), dtype) for dtype in (np.float64, np.float32))
    assert narrow.dtype == np.float32
    assert np.array_equal(first.astype(np.float32), narrow)
    assert np.array_equal(pickle.loads(pickle.dumps(init))(np.random.default_rng(5), (4, 3), np.float64), first)
    assert not np.array_equal(init(np.random.default_rng(6), (4, 3), np.float64), first)


def test_zeros_draw_nothing() -> None:
    rng = np.random.default_rng(0)
    assert not zeros(rng, (3,), np.float32).any()
    assert rng.random() == np.random.default_rng(0).random()


def test_errors() -> None:
    with pytest.raises(ValueError, match="uniform: the width must be positive"):
        uniform(0.0)
    with pytest.raises(ValueError, match="not for shape"):
        he_normal(np.random.default_rng(0), (3,))
    assert set(INITIALISERS) == {"he_normal", "he_uniform", "glorot_normal", "glorot_uniform", "zeros"}
