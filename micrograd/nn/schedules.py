"""Learning-rate schedules: functions of the number of steps done to a multiplier of the learning rate.

    Constant()             1
    StepDecay(n, q)        q^⌊t/n⌋
    Cosine(n, f)           f + (1 - f)·(1 + cos(π·t/n))/2 until n, then f
    WarmUp(n, then)        (t + 1)/n until n, then ``then`` of the steps since
    OneCycle(n)            from 1/25 up to 1 and down to 4e-7, both along half a cosine, as PyTorch's OneCycleLR

They are frozen records: equal if their numbers are, and picklable.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

Schedule = Callable[[int], float]


def _check_steps(name: str, steps: int) -> None:
    if steps < 1:
        raise ValueError(f"{name}: the number of steps must be positive, not {steps}")


@dataclass(frozen=True)
class Constant:
    """Always 1."""

    def __call__(self, step: int) -> float:
        return 1.0


@dataclass(frozen=True)
class StepDecay:
    """Multiply by a factor after every ``steps`` steps.

    >>> [StepDecay(2, 0.5)(t) for t in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        _check_steps("StepDecay", self.every)

    def __call__(self, step: int) -> float:
        return float(self.factor ** (step // self.every))


@dataclass(frozen=True)
class Cosine:
    """Down along half a cosine.

    >>> [round(Cosine(4)(t), 3) for t in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """

    steps: int
    final: float = 0.0

    def __post_init__(self) -> None:
        _check_steps("Cosine", self.steps)

    def __call__(self, step: int) -> float:
        if step >= self.steps:
            return self.final
        return self.final + (1.0 - self.final) * 0.5 * (1.0 + math.cos(math.pi * step / self.steps))


@dataclass(frozen=True)
class WarmUp:
    """Up along a line, then another schedule from its start.

    >>> [WarmUp(4)(t) for t in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    steps: int
    then: Schedule = field(default_factory=Constant)

    def __post_init__(self) -> None:
        _check_steps("WarmUp", self.steps)

    def __call__(self, step: int) -> float:
        return (step + 1) / self.steps if step < self.steps else self.then(step - self.steps)


@dataclass(frozen=True)
class OneCycle:
    """Up to 1 in the first part of the steps and down in the rest.

    >>> [round(OneCycle(10)(t), 3) for t in (0, 2, 9)]
    [0.04, 1.0, 0.0]

    Attributes:
        steps: of the whole cycle; later steps get the last multiplier.
        rising: the fraction of them that goes up.
        start: the first multiplier is 1/start.
        final: the last one is 1/(start·final).
    """

    steps: int
    rising: float = 0.3
    start: float = 25.0
    final: float = 1e4

    def __post_init__(self) -> None:
        _check_steps("OneCycle", self.steps)
        if not 0 < self.rising < 1:
            raise ValueError(f"OneCycle: rising must be between 0 and 1, not {self.rising}")

    def __call__(self, step: int) -> float:
        low, last, peak = 1 / self.start, 1 / (self.start * self.final), self.rising * self.steps - 1
        if step <= peak:
            return _between(low, 1.0, step / peak if peak else 1.0)
        return _between(1.0, last, min(1.0, (step - peak) / (self.steps - 1 - peak)))


def _between(a: float, b: float, part: float) -> float:
    """From a to b along half a cosine."""
    return b + (a - b) * 0.5 * (1.0 + math.cos(math.pi * part))
