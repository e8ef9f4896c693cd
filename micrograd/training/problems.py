"""From settings to what is trained: data, model, optimiser, trainer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from micrograd import data as sets
from micrograd.nn import (
    ACTIVATIONS,
    OPTIMISERS,
    Batches,
    Cosine,
    Dropout,
    OneCycle,
    Sequential,
    Trainer,
    cross_entropy,
    evaluate,
    multilayer,
)
from micrograd.training.settings import Settings

Array = npt.NDArray[Any]
ROWS = 1000
"""How many examples are evaluated at a time."""


@dataclass
class Problem:
    """Everything that one run works with.

    Attributes:
        trainer: model, optimiser and training data.
        inputs, labels: the test set; for points of the plane, the training set again.
        note: where the data come from, in words.
        scale: what inputs are multiplied by.
    """

    settings: Settings
    trainer: Trainer
    inputs: Array
    labels: Array
    note: str
    scale: float | None

    def test(self) -> tuple[float, float]:
        """Mean loss and accuracy on the test set."""
        model = self.trainer.model
        return evaluate(model, cross_entropy, self.inputs, self.labels, batch=ROWS, scale=self.scale, dtype=self.settings.dtype)

    def probabilities(self, inputs: Array) -> Array:
        """What the model makes of inputs."""
        return probabilities(self.trainer.model, inputs, self.scale, self.settings.dtype)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the training and the test set."""
        found = hashlib.sha256()
        for array in (self.trainer.data.images, self.trainer.data.labels, self.inputs, self.labels):
            found.update(f"{array.dtype} {array.shape} ".encode())
            found.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        return found.hexdigest()


def probabilities(model: Any, inputs: Array, scale: float | None, dtype: str) -> Array:
    """The classes' probabilities by a model, a row for each input; never more than `ROWS` inputs are floats at a time."""
    found = []
    for start in range(0, len(inputs), ROWS):
        rows = inputs[start : start + ROWS].astype(dtype)
        if scale is not None:
            rows *= np.asarray(scale, dtype)
        scores = np.asarray(model.predict(rows), np.float64)
        weights = np.exp(scores - scores.max(1, keepdims=True))
        found.append(weights / weights.sum(1, keepdims=True))
    return np.concatenate(found)


def build_model(settings: Settings, n_in: int, n_out: int, rng: np.random.Generator) -> Sequential:
    """The network of the settings, with fresh weights."""
    activation = ACTIVATIONS[settings.activation]
    model = multilayer([n_in, *settings.hidden, n_out], activation, rng=rng, dtype=np.dtype(settings.dtype))
    if not settings.dropout:
        return model
    parts: list[Any] = []
    for i in range(len(model)):
        parts.append(model[i])
        if i % 2:
            parts.append(Dropout(settings.dropout, rng))
    return Sequential(*parts)


def prepare(settings: Settings) -> Problem:
    """Load the data and make the trainer.

    Raises:
        DataError: the data cannot be used.
    """
    rng = np.random.default_rng(settings.seed)
    inputs, labels, test_inputs, test_labels, note = _load(settings, rng)
    classes = int(max(labels.max(), test_labels.max())) + 1
    scale = None if settings.planar else 1 / 255
    model = build_model(settings, inputs.shape[1], max(classes, 10) if not settings.planar else classes, rng)
    batch = settings.batch or len(inputs)
    data = Batches(inputs, labels, batch, rng if batch < len(inputs) else None, scale, np.dtype(settings.dtype))
    steps = settings.epochs * len(data)
    schedule = {"constant": None, "cosine": Cosine(steps), "onecycle": OneCycle(steps) if settings.schedule == "onecycle" else None}
    given: dict[str, Any] = {"lr": settings.lr, "schedule": schedule[settings.schedule], "weight_decay": settings.weight_decay}
    if settings.optimiser == "sgd":
        given |= {"momentum": settings.momentum, "nesterov": settings.nesterov}
    optimiser = OPTIMISERS[settings.optimiser](model, **given)
    return Problem(settings, Trainer(model, cross_entropy, optimiser, data), test_inputs, test_labels, note, scale)


def _load(settings: Settings, rng: np.random.Generator) -> tuple[Array, Array, Array, Array, str]:
    """Training inputs and labels, test inputs and labels, and a note."""
    if settings.planar:
        make = {"xor": lambda: sets.xor(), "linear": lambda: sets.linear(200, rng=rng), "moons": lambda: sets.moons(200, rng=rng)}
        inputs, labels = make[settings.task]() if settings.task in make else sets.spirals(300, rng=rng)
        points = np.ascontiguousarray(inputs, dtype=settings.dtype)
        return points, labels, points, labels, f"{len(points)} points"
    found = sets.load_mnist(settings.data, name=settings.task, mmap=None)
    images, test_images = (a.reshape(len(a), -1) for a in (found.train_images, found.test_images))
    note = f"{len(images)} training and {len(test_images)} test images from {found.source}"
    if found.sample:
        note += " (a sample: `micrograd data mnist` fetches the whole set)"
    return images, found.train_labels, test_images, found.test_labels, note
