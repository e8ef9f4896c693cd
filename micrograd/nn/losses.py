"""Losses: the engine's `cross_entropy`, `mse` and `hinge`, each a mean over the examples; and `accuracy`.

cross_entropy(logits, labels)   mean of -log softmax(logits)[label]; labels are integers, one for each row
mse(prediction, target)         mean of (prediction - target)²
hinge(scores, targets)          mean of max(0, 1 - target·score); targets are ±1
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from micrograd.engine import ShapeError, Value
from micrograd.engine import cross_entropy as cross_entropy
from micrograd.engine import hinge as hinge
from micrograd.engine import mse as mse

LOSSES: Mapping[str, Callable[[Any, Any], Any]] = {"cross_entropy": cross_entropy, "mse": mse, "hinge": hinge}
"""The losses by name."""


def accuracy(scores: Any, labels: Any) -> float:
    """The fraction of rows whose largest score (the first of them, if there are several) is the label's; NaN counts as wrong.

    One score for each example, with labels ±1, is right if its sign is the label's.

    >>> accuracy(np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([1, 1]))
    0.5

    Raises:
        ShapeError: not one label for each row, or no rows.
    """
    scores = np.asarray(scores.data if isinstance(scores, Value) else scores)
    labels = np.asarray(labels)
    if labels.ndim != 1 or scores.ndim not in (1, 2) or len(scores) != len(labels) or not scores.size:
        raise ShapeError(f"accuracy: scores {scores.shape} for labels {labels.shape}; one label is needed for each row")
    if scores.ndim == 1 or scores.shape[1] == 1:
        right = scores.reshape(-1) * labels > 0
    else:
        right = (scores.argmax(axis=1) == labels) & ~np.isnan(scores).any(axis=1)
    return float(np.count_nonzero(right) / len(labels))
