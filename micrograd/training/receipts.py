"""Receipts: at some steps of a run the gradient is enclosed rigorously, and the gradient that the step uses is compared with it.

The step's gradient comes from the same compiled program as the step itself, bit for bit; the enclosure from `enclosures`.  A receipt
states, for each array of weights, upper bounds of the distance of the engine's numbers from the exact ones:

* ``max_relative_error``: the largest distance, divided by the largest entry of the exact gradient of that array;
* ``max_roundoffs``: the same in units of the roundoff of the array's type, 2⁻²⁴ for float32 and 2⁻⁵³ for float64;
* ``max_ulps``: the largest distance in units in the last place of the entry itself.  An entry in which large terms cancel may be many such
  units away although it is as exact as a sum of floats can be; so there are also
* ``within_1_ulp``, ``within_4_ulps``, ``within_16_ulps``: the fractions of entries that are proved to be so close.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import flint
import numpy as np
import numpy.typing as npt

from micrograd.engine import compile, value_and_grad
from micrograd.nn import Trainer
from micrograd.training.enclosures import BITS, enclose, precision
from micrograd.training.settings import Settings

Array = npt.NDArray[Any]
EVERY_STEP = 200
"""Networks with at most this many weights get a receipt at every step, if receipts are asked for."""
WITHIN = {"within_1_ulp": 1, "within_4_ulps": 4, "within_16_ulps": 16}


class Receipts:
    """Which steps get a receipt, and those made so far."""

    def __init__(self, settings: Settings, trainer: Trainer) -> None:
        self.trainer = trainer
        steps = settings.epochs * len(trainer.data)
        wanted = min(settings.receipts, steps)
        self.every = bool(wanted) and trainer.model.num_parameters <= EVERY_STEP
        rng = np.random.default_rng([settings.seed, 0xA5B])
        self.steps = set() if self.every or not wanted else set(rng.choice(steps, wanted, replace=False).tolist())
        self.found: list[dict[str, Any]] = []
        self._gradient: Any = None

    def due(self, step: int) -> bool:
        """Whether the step (counted from 1) gets one."""
        return self.every or step - 1 in self.steps

    def gradient(self, x: Array, labels: Array) -> tuple[float, dict[str, Array]]:
        """Loss and gradients for these examples, as the next step will compute them."""
        model, loss = self.trainer.model, self.trainer.loss
        arrays = model.arrays()
        if self._gradient is None:

            def of_leaves(*leaves: Any) -> Any:
                return loss(model.apply(dict(zip(arrays, leaves, strict=False)), leaves[-2]), leaves[-1])

            self._gradient = compile(value_and_grad(of_leaves, tuple(range(len(arrays)))))
        value, gradients = self._gradient(*arrays.values(), x, labels)
        return float(value), dict(zip(arrays, gradients, strict=True))

    def take(self, x: Array, labels: Array, epoch: int, step: int) -> dict[str, Any] | None:
        """The receipt of the step that is about to be made with these examples; None if its gradient is not finite."""
        value, gradients = self.gradient(x, labels)
        if not math.isfinite(value) or not all(np.isfinite(g).all() for g in gradients.values()):
            return None
        model = self.trainer.model
        arrays = model.arrays()
        with precision(BITS):
            truth_value, truth = enclose(model, arrays, x, labels)
            rows = {name: compare(gradients[name], truth[name]) for name in arrays}
            loss_error = _quotient(abs(flint.arb(value) - truth_value).upper(), abs(truth_value).lower())
        entry: dict[str, Any] = {"epoch": epoch, "step": step, "loss": value, "loss_relative_error": loss_error}
        entry |= {"dtype": str(gradients[next(iter(arrays))].dtype), "weights": model.num_parameters}
        entry |= {**summary(rows.values()), "arrays": rows}
        self.found.append(entry)
        return entry


def compare(gradient: Array, truth: Any) -> dict[str, Any]:
    """Upper bounds of the distance of an array of floats from a matrix of enclosures."""
    floats = np.asarray(gradient)
    entries = truth.entries()
    distances = [abs(flint.arb(value) - t).upper() for value, t in zip(floats.ravel().tolist(), entries, strict=True)]
    largest = max((abs(t).lower() for t in entries), default=flint.arb(0))
    spacings = np.spacing(np.abs(floats)).ravel().tolist()
    ulps = [_up(distance / spacing) if distance > 0 else 0.0 for distance, spacing in zip(distances, spacings, strict=True)]
    relative = _quotient(max(distances, default=flint.arb(0)), largest)
    roundoff = float(np.finfo(floats.dtype).eps) / 2
    found = {
        "entries": len(entries),
        "max_relative_error": relative,
        "max_roundoffs": relative / roundoff,
        "max_ulps": max(ulps, default=0.0),
    }
    return found | {name: sum(u <= bound for u in ulps) / max(len(ulps), 1) for name, bound in WITHIN.items()}


def summary(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What holds of all entries of several arrays, or of several receipts."""
    rows = list(rows)
    count = sum(row["entries"] for row in rows)
    found = {name: max(row[name] for row in rows) for name in ("max_relative_error", "max_roundoffs", "max_ulps")}
    return {"entries": count} | found | {name: sum(row[name] * row["entries"] for row in rows) / count for name in WITHIN}


def table(receipts: Sequence[dict[str, Any]]) -> list[str]:
    """A small table of several receipts, a line for each array of weights."""
    names = list(receipts[0]["arrays"])
    rows = {name: summary(entry["arrays"][name] for entry in receipts) for name in names}
    rows["all"] = summary(receipts)
    width = max(map(len, rows))
    lines = [f"{'':{width}}  {'largest error':>22}  {'entries within':^25}  {'farthest':>9}"]
    lines.append(f"{'':{width}}  {'relative':>10}  {'roundoffs':>10}  {'1':>7}  {'4':>7}  {'16 ulps':>7}  {'ulps':>9}")
    for name, row in rows.items():
        within = "  ".join(f"{100 * math.floor(1000 * row[key]) / 1000:6.1f}%" for key in WITHIN)
        lines.append(f"{name:{width}}  {row['max_relative_error']:10.2g}  {row['max_roundoffs']:10.3g}  {within}  {row['max_ulps']:9.3g}")
    return lines


def _quotient(above: Any, below: Any) -> float:
    """An upper bound of a quotient of bounds; 0/0 is 0, and where nothing can be said it is the largest float."""
    if above == 0:
        return 0.0
    return min(_up(above / below), float(np.finfo(float).max)) if below > 0 else float(np.finfo(float).max)


def _up(value: Any) -> float:
    """A float that is not below the ball's numbers."""
    return math.nextafter(float(value.upper()), math.inf)
