"""What is trained and how: `Settings`, with defaults for each task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from micrograd.nn import ACTIVATIONS, OPTIMISERS
from micrograd.training.errors import TrainingError

SCHEDULES = ("constant", "cosine", "onecycle")
DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Settings:
    """The settings of one run.

    Attributes:
        task: the data set: ``xor``, ``linear``, ``moons``, ``spirals``, ``mnist`` or ``fashion-mnist``.
        hidden: widths of the hidden layers.
        activation: between the layers.
        epochs: passes over the training set.
        batch: examples in a step; 0 for all of them.
        lr: the learning rate (of SGD, Adam or AdamW).
        optimiser: ``sgd``, ``adam`` or ``adamw``.
        momentum, nesterov: of SGD.
        weight_decay: of the optimiser.
        schedule: how the learning rate goes over the run: ``constant``, ``cosine`` or ``onecycle``.
        dropout: probability that a hidden number is dropped in training.
        dtype: ``float32`` or ``float64``.
        seed: of everything random.
        data: a folder with the files of the data set; None for where they are usually found.
        receipts: at so many random steps the gradient is enclosed rigorously.
    """

    task: str
    hidden: tuple[int, ...] = (32,)
    activation: str = "relu"
    epochs: int = 10
    batch: int = 64
    lr: float = 0.1
    optimiser: str = "sgd"
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    schedule: str = "constant"
    dropout: float = 0.0
    dtype: str = "float32"
    seed: int = 0
    data: str | None = None
    receipts: int = 0

    def __post_init__(self) -> None:
        self._at_least("epochs", 1)
        self._at_least("batch", 0)
        self._at_least("seed", 0)
        self._at_least("receipts", 0)
        if not self.hidden or any(width < 1 for width in self.hidden):
            raise TrainingError(f"the widths of the hidden layers are positive, not {self.hidden}", 2)
        if not (np.isfinite(self.lr) and self.lr > 0):
            raise TrainingError(f"the learning rate is positive, not {self.lr}", 2)
        if not 0 <= self.dropout < 1:
            raise TrainingError(f"the dropout is at least 0 and less than 1, not {self.dropout}", 2)
        if self.receipts and self.dropout:
            raise TrainingError("receipts are for networks without dropout", 2)
        for name, choices in self._choices().items():
            if getattr(self, name) not in choices:
                raise TrainingError(f"{name} is one of {', '.join(choices)}, not {getattr(self, name)!r}", 2)

    def _at_least(self, name: str, bound: int) -> None:
        if getattr(self, name) < bound:
            raise TrainingError(f"{name} is at least {bound}, not {getattr(self, name)}", 2)

    @staticmethod
    def _choices() -> dict[str, tuple[str, ...]]:
        return {
            "task": tuple(DEFAULTS),
            "activation": tuple(sorted(ACTIVATIONS)),
            "optimiser": tuple(sorted(OPTIMISERS)),
            "schedule": SCHEDULES,
            "dtype": DTYPES,
        }

    @property
    def planar(self) -> bool:
        """Whether the inputs are points of the plane."""
        return self.task in PLANAR

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "hidden": list(self.hidden)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Settings:
        """From plain data.

        Raises:
            TrainingError: a field is unknown or of the wrong kind.
        """
        names = {f.name for f in fields(cls)}
        unknown = sorted(set(data) - names)
        if unknown or "task" not in data:
            raise TrainingError(f"these are not settings of a run: {', '.join(unknown) or 'no task'}")
        try:
            return cls(**{**data, "hidden": tuple(data.get("hidden", (32,)))})
        except TypeError as reason:
            raise TrainingError(f"these are not settings of a run: {reason}") from None

    @classmethod
    def of(cls, task: str, **given: Any) -> Settings:
        """The defaults of a task, with what is given and not None instead."""
        if task not in DEFAULTS:
            raise TrainingError(f"task is one of {', '.join(DEFAULTS)}, not {task!r}", 2)
        return replace(DEFAULTS[task], **{name: value for name, value in given.items() if value is not None})


PLANAR = ("xor", "linear", "moons", "spirals")
DEFAULTS: dict[str, Settings] = {}
_BASE = object.__new__(Settings)


def _defaults() -> None:
    rows: dict[str, dict[str, Any]] = {
        "xor": {"hidden": (8, 8), "activation": "tanh", "epochs": 2000, "batch": 0, "lr": 0.02, "optimiser": "adam"},
        "linear": {"hidden": (8,), "activation": "tanh", "epochs": 200, "batch": 0, "lr": 0.05, "optimiser": "adam"},
        "moons": {"hidden": (16, 16), "activation": "tanh", "epochs": 500, "batch": 0, "lr": 0.02, "optimiser": "adam"},
        "spirals": {"hidden": (32, 32), "activation": "tanh", "epochs": 1500, "batch": 0, "lr": 0.01, "optimiser": "adam"},
        "mnist": {"hidden": (32,), "lr": 0.1, "momentum": 0.9, "schedule": "cosine"},
        "fashion-mnist": {"hidden": (32,), "lr": 0.1, "momentum": 0.9, "schedule": "cosine"},
    }
    DEFAULTS.update(dict.fromkeys(rows, _BASE))
    for task, row in rows.items():
        DEFAULTS[task] = Settings(task=task, **row)


_defaults()
