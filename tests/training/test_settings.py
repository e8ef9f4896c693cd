"""Settings: what is refused, and that they survive being written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from micrograd.training import DEFAULTS, Settings, TrainingError

BAD: list[dict[str, Any]] = [
    {"epochs": 0},
    {"epochs": 1.5},
    {"epochs": float("nan")},
    {"epochs": "10"},
    {"epochs": True},
    {"epochs": 10**400},
    {"batch": -1},
    {"seed": -1},
    {"receipts": -1},
    {"lr": 0.0},
    {"lr": -1.0},
    {"lr": float("nan")},
    {"lr": float("inf")},
    {"lr": "fast"},
    {"hidden": ()},
    {"hidden": (0,)},
    {"hidden": (8, -1)},
    {"hidden": (1.5,)},
    {"hidden": (True,)},
    {"hidden": "abc"},
    {"dropout": 1.0},
    {"dropout": -0.1},
    {"dropout": float("nan")},
    {"momentum": 1.0},
    {"momentum": -0.5},
    {"momentum": float("nan")},
    {"weight_decay": -1.0},
    {"weight_decay": float("inf")},
    {"nesterov": True, "optimiser": "sgd"},
    {"nesterov": 1},
    {"optimiser": "magic"},
    {"optimiser": ["sgd"]},
    {"activation": "magic"},
    {"schedule": "magic"},
    {"dtype": "float16"},
    {"data": 5},
    {"receipts": 1, "dropout": 0.5},
    {"receipts": 1, "activation": "gelu"},
]


@pytest.mark.parametrize("given", BAD, ids=str)
def test_bad_settings(given: dict[str, Any]) -> None:
    name = next(iter(given))
    with pytest.raises(TrainingError) as caught:
        Settings.of("xor", **given)
    text = str(caught.value)
    assert caught.value.code == 2
    assert "\n" not in text
    assert name.replace("_", " ") in text.replace("_", " ") or "widths" in text or "learning rate" in text


def test_an_unknown_task() -> None:
    for make in (Settings.of, Settings):
        with pytest.raises(TrainingError, match="task is one of xor, linear"):
            make("cifar")


@pytest.mark.parametrize("task", DEFAULTS)
def test_settings_survive_being_written(task: str) -> None:
    settings = Settings.of(task, hidden=(3, 4), data="somewhere", seed=7)
    assert Settings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({}, "no task"),
        ({"task": "xor", "colour": 1, "size": 2}, "colour, size"),
        ({"task": "xor", "hidden": 5}, "hidden cannot be 5"),
        ({"task": "xor", "hidden": None}, "hidden cannot be None"),
        ({"task": "xor", "lr": None}, "lr cannot be None"),
        ({"task": ["xor"]}, "task cannot be"),
    ],
)
def test_data_that_are_no_settings(data: dict[str, Any], wanted: str) -> None:
    with pytest.raises(TrainingError, match=wanted) as caught:
        Settings.from_dict(data)
    assert caught.value.code == 2


def test_another_optimiser_has_a_rate_of_its_own() -> None:
    assert Settings.of("mnist").lr == 0.1
    assert Settings.of("mnist", optimiser="adam").lr == 0.002
    assert Settings.of("mnist", optimiser="sgd").lr == 0.1
    assert Settings.of("mnist", optimiser="adam", lr=0.5).lr == 0.5
    assert Settings.of("xor", optimiser="adam").lr == 0.02
    assert Settings.of("xor", optimiser="sgd").lr == 0.1
