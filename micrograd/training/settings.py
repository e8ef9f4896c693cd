"""What is trained and how: `Settings`, with defaults for each task."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from micrograd.nn import ACTIVATIONS, OPTIMISERS
from micrograd.training.errors import TrainingError

PLANAR = ("xor", "linear", "moons", "spirals")
TASKS = (*PLANAR, "mnist", "fashion-mnist")
SCHEDULES = ("constant", "cosine", "onecycle")
DTYPES = ("float32", "float64")
ENCLOSED = ("identity", "relu", "sigmoid", "softplus", "tanh")
"""Activations that receipts cover."""
RATES = {"sgd": 0.1, "adam": 0.002, "adamw": 0.002}
"""The learning rate if an optimiser other than the task's own is asked for, without a rate."""

_KINDS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
    "str | None": (str, type(None)),
    "tuple[int, ...]": (tuple,),
}
_LEAST = {"epochs": 1, "batch": 0, "seed": 0, "receipts": 0}
_LARGEST = 10**9


@dataclass(frozen=True)
class Settings:
    """The settings of one run.

    Attributes:
        task: the data set: ``xor``, ``linear``, ``moons``, ``spirals``, ``mnist`` or ``fashion-mnist``.
        hidden: widths of the hidden layers.
        activation: between the layers.
        epochs: passes over the training set.
        batch: examples in a step; 0 for all of them.
        lr: the learning rate.
        optimiser: ``sgd``, ``adam`` or ``adamw``.
        momentum, nesterov: of SGD.
        weight_decay: of the optimiser.
        schedule: how the learning rate goes over the run: ``constant``, ``cosine`` or ``onecycle``.
        dropout: probability that a hidden number is dropped in training.
        dtype: ``float32`` or ``float64``.
        seed: of everything random.
        data: a folder with the files of the data set; None for where they are usually found.
        receipts: at how many random steps the gradient is enclosed rigorously; if not 0, for very small networks at every step.
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
        self._check_kinds()
        for name, choices in self._choices().items():
            if getattr(self, name) not in choices:
                raise TrainingError(f"{name} is one of {', '.join(choices)}, not {getattr(self, name)!r}", 2)
        for name, least in _LEAST.items():
            if not least <= getattr(self, name) <= _LARGEST:
                raise TrainingError(f"{name} is at least {least} and at most {_LARGEST}, not {getattr(self, name)}", 2)
        if not self.hidden or any(not 1 <= width <= _LARGEST for width in self.hidden):
            raise TrainingError(f"the widths of the hidden layers are positive, not {self.hidden}", 2)
        if not 0 < self.lr < math.inf:
            raise TrainingError(f"the learning rate is positive, not {self.lr}", 2)
        if not 0 <= self.weight_decay < math.inf:
            raise TrainingError(f"the weight decay is at least 0, not {self.weight_decay}", 2)
        for name in ("dropout", "momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise TrainingError(f"the {name} is at least 0 and less than 1, not {getattr(self, name)}", 2)
        if self.nesterov and self.optimiser == "sgd" and not self.momentum:
            raise TrainingError("nesterov needs a momentum above 0", 2)
        self._check_receipts()

    def _check_kinds(self) -> None:
        for field in fields(self):
            value, kinds = getattr(self, field.name), _KINDS[str(field.type)]
            numbers = value if isinstance(value, tuple) else ()
            right = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
            if not right or any(type(width) is not int for width in numbers):
                raise TrainingError(f"{field.name} cannot be {value!r}", 2)

    def _check_receipts(self) -> None:
        if self.receipts and self.dropout:
            raise TrainingError("receipts are for networks without dropout", 2)
        if self.receipts and self.activation not in ENCLOSED:
            raise TrainingError(f"receipts cover the activations {', '.join(ENCLOSED)}, not {self.activation}", 2)

    @staticmethod
    def _choices() -> dict[str, tuple[str, ...]]:
        return {
            "task": TASKS,
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
            raise TrainingError(f"these are not settings of a run: {', '.join(unknown) or 'no task'}", 2)
        hidden = data.get("hidden", [32])
        return cls(**{**data, "hidden": tuple(hidden) if isinstance(hidden, list) else hidden})

    @classmethod
    def of(cls, task: str, **given: Any) -> Settings:
        """The defaults of a task, with what is given and not None instead.

        >>> Settings.of("mnist", optimiser="adam").lr
        0.002
        """
        if task not in DEFAULTS:
            raise TrainingError(f"task is one of {', '.join(TASKS)}, not {task!r}", 2)
        default, chosen = DEFAULTS[task], {name: value for name, value in given.items() if value is not None}
        optimiser = chosen.get("optimiser", default.optimiser)
        if optimiser != default.optimiser and optimiser in tuple(RATES):
            chosen = {"lr": RATES[optimiser], **chosen}
        return replace(default, **chosen)


def _defaults() -> dict[str, Settings]:
    rows: dict[str, dict[str, Any]] = {
        "xor": {"hidden": (8, 8), "activation": "tanh", "epochs": 2000, "batch": 0, "lr": 0.02, "optimiser": "adam"},
        "linear": {"hidden": (8,), "activation": "tanh", "epochs": 200, "batch": 0, "lr": 0.05, "optimiser": "adam"},
        "moons": {"hidden": (16, 16), "activation": "tanh", "epochs": 500, "batch": 0, "lr": 0.02, "optimiser": "adam"},
        "spirals": {"hidden": (32, 32), "activation": "tanh", "epochs": 1500, "batch": 0, "lr": 0.01, "optimiser": "adam"},
        "mnist": {"hidden": (32,), "lr": 0.1, "momentum": 0.9, "schedule": "cosine"},
        "fashion-mnist": {"hidden": (32,), "lr": 0.1, "momentum": 0.9, "schedule": "cosine"},
    }
    return {task: Settings(task=task, **row) for task, row in rows.items()}


DEFAULTS = _defaults()
"""The settings of each task if nothing else is said."""
