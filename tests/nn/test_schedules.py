"""Schedules: values in closed form, pickles, and PyTorch's where it is installed."""

from __future__ import annotations

import math
import pickle
import warnings
from typing import Any

import pytest

from micrograd.nn import Constant, Cosine, OneCycle, StepDecay, WarmUp

EPS = 2.0**-52


@pytest.mark.parametrize(
    ("schedule", "values"),
    [
        pytest.param(Constant(), {0: 1.0, 10**9: 1.0}, id="constant"),
        pytest.param(StepDecay(3, 0.5), {0: 1.0, 2: 1.0, 3: 0.5, 9: 0.125}, id="steps"),
        pytest.param(Cosine(8, 0.25), {0: 1.0, 4: 0.625, 8: 0.25, 100: 0.25}, id="cosine"),
        pytest.param(WarmUp(4, Cosine(8)), {0: 0.25, 3: 1.0, 4: 1.0, 8: 0.5, 12: 0.0}, id="warm-up"),
        pytest.param(OneCycle(20), {0: 0.04, 5: 1.0, 19: 4e-6, 50: 4e-6}, id="one cycle"),
    ],
)
def test_values(schedule: Any, values: dict[int, float]) -> None:
    for step, value in values.items():
        assert schedule(step) == pytest.approx(value, rel=4 * EPS, abs=EPS)
    assert pickle.loads(pickle.dumps(schedule)) == schedule


def test_one_cycle_has_one_top() -> None:
    cycle = OneCycle(50)
    values = [cycle(t) for t in range(50)]
    top = values.index(max(values))
    assert top == 14
    assert values[:top] == sorted(values[:top])
    assert values[top:] == sorted(values[top:], reverse=True)
    assert max(values) == 1.0


@pytest.mark.parametrize(
    ("ours", "name", "arguments"),
    [
        pytest.param(OneCycle(30), "OneCycleLR", {"max_lr": 1.0, "total_steps": 30}, id="one cycle"),
        pytest.param(Cosine(30, 0.1), "CosineAnnealingLR", {"T_max": 30, "eta_min": 0.1}, id="cosine"),
        pytest.param(StepDecay(7, 0.3), "StepLR", {"step_size": 7, "gamma": 0.3}, id="steps"),
    ],
)
def test_against_torch(ours: Any, name: str, arguments: dict[str, float]) -> None:
    """torch computes some of them by recurrence: a few roundings for each step."""
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own deprecations are not ours to fix
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        theirs = getattr(torch.optim.lr_scheduler, name)(optimiser, **arguments)
        for step in range(30):
            assert ours(step) == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-12, abs=1e-12)
            optimiser.step()
            if step < 29:
                theirs.step()


@pytest.mark.parametrize("make", [StepDecay, Cosine, WarmUp, OneCycle])
def test_no_steps_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=f"{make.__name__}: the number of steps must be positive, not 0"):
        make(0)
    assert math.isfinite(make(1)(0))


def test_one_cycle_needs_both_parts() -> None:
    with pytest.raises(ValueError, match="rising"):
        OneCycle(10, rising=1.0)
