"""Receipts: at some steps of a run the gradient of the loss is enclosed rigorously, and the engine's gradient compared with it.

The enclosure is computed with Arb from the exact binary values of the weights and inputs, by the chain rule through the layers (affine
maps, activations, softmax with cross-entropy), at a precision at which the enclosures are far narrower than a unit in the last place.
For each array of weights a receipt states the largest distance of the engine's gradient from the truth: in units in the last place
of the entry itself, and relative to the largest entry of that array.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import flint
import numpy as np
import numpy.typing as npt

from micrograd.engine import value_and_grad
from micrograd.nn import Linear, Trainer
from micrograd.training.errors import TrainingError
from micrograd.training.settings import Settings

Array = npt.NDArray[Any]
BITS = 192
EVERY_STEP = 200
"""Networks with at most so many weights get a receipt at every step, if receipts are asked for."""


@contextmanager
def _precision(bits: int) -> Iterator[None]:
    old = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = old


class Receipts:
    """Which steps get a receipt, and those made so far."""

    def __init__(self, settings: Settings, steps: int) -> None:
        rng = np.random.default_rng([settings.seed, 0xA5B])
        wanted = min(settings.receipts, steps)
        self.steps = set(rng.choice(steps, wanted, replace=False).tolist()) if wanted else set()
        self.wanted = bool(settings.receipts) and settings.planar
        self.found: list[dict[str, Any]] = []
        self._small: bool | None = None

    def due(self, step: int) -> bool:
        """Whether the step (counted from 1) gets one."""
        return self.wanted or step - 1 in self.steps

    def read(self, run: Any) -> list[dict[str, Any]]:
        """Those that a run's folder holds."""
        from micrograd.training.runs import _lines

        return _lines(run.path("receipts.jsonl"))

    def take(self, trainer: Trainer, x: Array, labels: Array, epoch: int, step: int) -> dict[str, Any]:
        """The receipt of the step that is about to be made with these examples."""
        model, loss = trainer.model, trainer.loss
        arrays = model.arrays()

        def of_parameters(params: dict[str, Any]) -> Any:
            return loss(model.apply(params, x), labels)

        value, gradients = value_and_grad(of_parameters)(dict(arrays))
        with _precision(BITS):
            truth_value, truth = enclose(model, arrays, x, labels)
            rows = {name: compare(gradients[name], truth[name]) for name in arrays}
            entry: dict[str, Any] = {
                "epoch": epoch,
                "step": step,
                "loss": float(value),
                "loss_relative_error": _relative(float(value), truth_value),
                "weights": int(sum(a.size for a in arrays.values())),
                "max_ulps": max(row["max_ulps"] for row in rows.values()),
                "max_relative_error": max(row["max_relative_error"] for row in rows.values()),
                "arrays": rows,
            }
        self.found.append(entry)
        return entry


# --- enclosures --------------------------------------------------------------------------------------------------------


def exact(array: Array) -> Any:
    """An array of floats as a matrix of exact balls."""
    rows = np.atleast_2d(np.asarray(array, np.float64))
    return flint.arb_mat(rows.shape[0], rows.shape[1], [flint.arb(v) for v in rows.ravel().tolist()])


def enclose(model: Any, arrays: dict[str, Array], x: Array, labels: Array) -> tuple[Any, dict[str, Any]]:
    """The loss, and by parameter a matrix of enclosures of its gradient.

    Raises:
        TrainingError: the model has a layer that is not covered here.
    """
    layers = [(name, part) for name, part in model.modules() if not list(part.children())]
    value = exact(x)
    trail: list[tuple[str, Any, Any]] = []
    for name, layer in layers:
        trail.append((name, layer, value))
        value = _forward(name, layer, value, arrays)
    loss, ct = _cross_entropy(value, labels)
    gradients: dict[str, Any] = {}
    for name, layer, inputs in reversed(trail):
        if isinstance(layer, Linear):
            gradients[_key(name, "weight", arrays)] = inputs.transpose() * ct
            bias = _key(name, "bias", arrays)
            if bias in arrays:
                gradients[bias] = flint.arb_mat(1, ct.nrows(), [flint.arb(1)] * ct.nrows()) * ct
            ct = ct * exact(arrays[_key(name, "weight", arrays)]).transpose()
        else:
            ct = _entrywise(lambda g, u, layer=layer: g * _slope(layer, u), ct, inputs)
    return loss, gradients


def _key(name: str, what: str, arrays: dict[str, Array]) -> str:
    return f"{name}.{what}" if name else what


def _forward(name: str, layer: Any, value: Any, arrays: dict[str, Array]) -> Any:
    if isinstance(layer, Linear):
        result = value * exact(arrays[_key(name, "weight", arrays)])
        bias = _key(name, "bias", arrays)
        if bias in arrays:
            ones = flint.arb_mat(result.nrows(), 1, [flint.arb(1)] * result.nrows())
            result = result + ones * exact(arrays[bias])
        return result
    return _entrywise(lambda u: _activation(layer, u), value)


def _activation(layer: Any, u: Any) -> Any:
    kind = type(layer).__name__
    if kind == "ReLU":
        return u if u > 0 else flint.arb(0) if u <= 0 else u.union(flint.arb(0))
    if kind == "Tanh":
        return u.tanh()
    if kind == "Sigmoid":
        return 1 / (1 + (-u).exp())
    if kind == "Softplus":
        return (1 + u.exp()).log()
    if kind == "Identity":
        return u
    raise TrainingError(f"receipts know no {kind}", 2)


def _slope(layer: Any, u: Any) -> Any:
    kind = type(layer).__name__
    if kind == "ReLU":
        return flint.arb(1) if u > 0 else flint.arb(0) if u <= 0 else flint.arb(0).union(flint.arb(1))
    if kind == "Tanh":
        return 1 - u.tanh() ** 2
    if kind in ("Sigmoid", "Softplus"):
        s = 1 / (1 + (-u).exp())
        return s * (1 - s) if kind == "Sigmoid" else s
    return flint.arb(1)


def _entrywise(f: Any, *matrices: Any) -> Any:
    first = matrices[0]
    entries = zip(*(m.entries() for m in matrices), strict=True)
    return flint.arb_mat(first.nrows(), first.ncols(), [f(*row) for row in entries])


def _cross_entropy(scores: Any, labels: Array) -> tuple[Any, Any]:
    """Mean cross-entropy of softmax, and its derivative by the scores."""
    rows, columns = scores.nrows(), scores.ncols()
    total, slopes = flint.arb(0), []
    for i, label in enumerate(np.asarray(labels).tolist()):
        weights = [scores[i, j].exp() for j in range(columns)]
        norm = sum(weights, flint.arb(0))
        total += norm.log() - scores[i, label]
        slopes += [(w / norm - (1 if j == label else 0)) / rows for j, w in enumerate(weights)]
    return total / rows, flint.arb_mat(rows, columns, slopes)


# --- comparison --------------------------------------------------------------------------------------------------------


def compare(gradient: Array, truth: Any) -> dict[str, float]:
    """Upper bounds of the distance of an array of floats from a matrix of enclosures."""
    floats = np.atleast_2d(np.asarray(gradient))
    entries = truth.entries()
    largest = max((abs(t).upper() for t in entries), default=flint.arb(0))
    worst_ulps, worst = 0.0, 0.0
    ulps = np.spacing(np.abs(floats)).ravel().tolist()
    for value, t, ulp in zip(floats.ravel().tolist(), entries, ulps, strict=True):
        distance = abs(flint.arb(value) - t).upper()
        worst = max(worst, _up(distance / largest) if largest > 0 else 0.0)
        worst_ulps = max(worst_ulps, _up(distance / flint.arb(ulp)))
    return {"max_ulps": worst_ulps, "max_relative_error": worst, "entries": float(len(entries))}


def _relative(value: float, truth: Any) -> float:
    return _up(abs(flint.arb(value) - truth) / abs(truth)) if truth != 0 else 0.0


def _up(value: Any) -> float:
    """A float that is not below the ball's numbers."""
    return math.nextafter(float(value.upper()), math.inf)
