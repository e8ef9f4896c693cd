"""Numbers as operands: what does y ← y·0.9999 cost beside y ← y·w, where w is a value?

A turn multiplies by a literal and adds one; the other engine does the same with values.  Once y is a number, once an array of a few
entries, for which the recording is nearly all of the time.  What is timed is the recording; the results and the derivative with
respect to the start must be equal.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from benchmarks.tape_harness import Case, Checked, Engine, Part, seconds_per_call

STARTS: dict[str, Any] = {"number": 0.5, "array": np.linspace(0.0, 1.0, 8)}
FACTOR, TERM = 0.9999, 0.001
TURNS = 500
SECONDS_PER_RUN = 0.1


class Literals:
    """Operands as Python numbers."""

    def __init__(self, start: str) -> None:
        self.value: Any = importlib.import_module("micrograd.engine").Value
        self.start = STARTS[start]

    def operands(self) -> tuple[Any, Any]:
        return FACTOR, TERM

    def record(self) -> tuple[Any, Any]:
        x = y = self.value(self.start)
        factor, term = self.operands()
        for _ in range(TURNS):
            y = y * factor + term
        return x, y

    def check(self) -> Checked:
        x, y = self.record()
        y.backward(np.ones_like(self.start) if np.ndim(self.start) else None)
        return Checked([np.asarray(y.data), np.asarray(x.grad)])

    def run(self) -> float:
        return seconds_per_call(self.record, SECONDS_PER_RUN)


class Values(Literals):
    """Operands as values."""

    def operands(self) -> tuple[Any, Any]:
        return self.value(FACTOR), self.value(TERM)


def cases() -> list[Case]:
    return [Case(name, (("ns/operation", 1e9 / (2 * TURNS)),), 0.0, name) for name in STARTS]


PART = Part(
    "literals",
    f"recording {2 * TURNS} products and sums with a literal number, or with a value",
    (Engine("ours", "micrograd.engine", Literals), Engine("values", "micrograd.engine", Values)),
)
