"""A chain of scalar operations, forward and backward: does the cost per operation stay flat, and how much memory does one take?

Four operations a turn, y ← y·x + z and y ← (y - w)·x, at x = 1 - 2⁻²⁰, z = 2⁻²⁰, w = 2⁻²¹: in a million operations neither y nor its
derivatives over- or underflow, and each derivative is a sum of terms of one sign.  The reference engine recurses, so it gets a
recursion limit that suffices.

Memory is the peak of the process over what it held before, divided by the number of operations, in the first run of a fresh process;
only where /proc tells it.  The chains add the same numbers in the same order, up to rounding in each of n operations: gradients must
agree to n·2⁻⁵² relative.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tape_harness import Case, Checked, Engine, Part, seconds_per_call

SIZES = (1_000, 10_000, 100_000, 1_000_000)
POINT = (1.0 - 2.0**-20, 2.0**-20, 2.0**-21)
SECONDS_PER_RUN = 0.1
STATUS = Path("/proc/self/status")


def chain(operations: int, x: Any, z: Any, w: Any) -> Any:
    """A chain of additions, subtractions and multiplications, four a turn."""
    y = x
    for _ in range(operations // 4):
        y = y * x + z
        y = (y - w) * x
    return y


def memory(field: str) -> float | None:
    """A field of /proc/self/status in bytes."""
    if not STATUS.exists():
        return None
    sizes = (line.split() for line in STATUS.read_text(encoding="ascii", errors="replace").splitlines())
    return next((1024.0 * float(words[1]) for words in sizes if words[:1] == [f"{field}:"]), None)


class Chain:
    """The runner; an engine says how to differentiate the chain at `POINT`."""

    module = ""

    def __init__(self, operations: int) -> None:
        self.api: Any = importlib.import_module(self.module)
        self.operations = operations

    def derivatives(self) -> list[float]:
        """y, ∂y/∂x, ∂y/∂z and ∂y/∂w."""
        variables = [self.api.Value(number) for number in POINT]
        y = chain(self.operations, *variables)
        y.backward()
        return [y.data, *(v.grad for v in variables)]

    def check(self) -> Checked:
        gc.collect()
        before = memory("VmRSS")
        values = self.derivatives()
        peak = memory("VmHWM")
        used = (peak - before) / self.operations if peak is not None and before is not None else None
        return Checked([np.array([value]) for value in values], used)

    def run(self) -> float:
        gc.collect()
        return seconds_per_call(self.derivatives, SECONDS_PER_RUN)


class Ours(Chain):
    module = "micrograd.engine"


class Closures(Chain):
    module = "benchmarks.closures"

    def __init__(self, operations: int) -> None:
        super().__init__(operations)
        sys.setrecursionlimit(10 * operations + 10_000)


class Autograd(Chain):
    module = "autograd"

    def derivatives(self) -> list[float]:
        y, gradient = self.api.value_and_grad(chain, (1, 2, 3))(self.operations, *POINT)
        return [y, *gradient]


class Torch(Chain):
    module = "torch"

    def __init__(self, operations: int) -> None:
        super().__init__(operations)
        self.api.set_num_threads(1)

    def derivatives(self) -> list[float]:
        variables = [self.api.tensor(number, dtype=self.api.float64, requires_grad=True) for number in POINT]
        y = chain(self.operations, *variables)
        y.backward()
        return [y.item(), *(v.grad.item() for v in variables)]


def cases(sizes: Sequence[int] = SIZES) -> list[Case]:
    return [Case(f"n = {size}", (("ns/operation", 1e9 / size),), size * 2.0**-52, size) for size in sizes]


PART = Part(
    "chain",
    "chain of n scalar operations, forward and backward",
    (
        Engine("ours", "micrograd.engine", Ours),
        Engine("closures", "benchmarks.closures", Closures),
        Engine("closures-nogc", "benchmarks.closures", Closures, collected=False),
        Engine("autograd", "autograd", Autograd),
        Engine("torch", "torch", Torch),
    ),
)
