"""Optimisers: first steps in closed form, PyTorch's updates where it is installed, no allocation, states, errors."""

from __future__ import annotations

import math
import tracemalloc
import warnings
from typing import Any

import numpy as np
import pytest

from micrograd.nn import OPTIMISERS, SGD, Adam, AdamW, Cosine, Linear, Optimiser, Sequential, StateError, Tanh, cross_entropy

EPS = 2.0**-52
P, G = 2.0, 0.5
VARIANTS: list[Any] = [
    ("plain", SGD, {"lr": 0.1}),
    ("weight decay", SGD, {"lr": 0.1, "weight_decay": 0.2}),
    ("momentum", SGD, {"lr": 0.1, "momentum": 0.9}),
    ("momentum and decay", SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.2}),
    ("nesterov", SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("nesterov and decay", SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.2}),
    ("adam", Adam, {"lr": 0.1}),
    ("adam and decay", Adam, {"lr": 0.1, "weight_decay": 0.2, "betas": (0.8, 0.95), "eps": 1e-3}),
    ("adamw", AdamW, {"lr": 0.1}),
    ("adamw and decay", AdamW, {"lr": 0.1, "weight_decay": 0.3}),
]
EACH = pytest.mark.parametrize(("kind", "settings"), [pytest.param(*row[1:], id=row[0]) for row in VARIANTS])
DECAYED = G + 0.2 * P
FIRST = {
    "plain": P - 0.1 * G,
    "weight decay": P - 0.1 * DECAYED,
    "momentum": P - 0.1 * G,
    "momentum and decay": P - 0.1 * DECAYED,
    "nesterov": P - 0.1 * 1.9 * G,
    "nesterov and decay": P - 0.1 * 1.9 * DECAYED,
    "adam": P - 0.1 * G / (G + 1e-8),
    "adam and decay": P - 0.1 * DECAYED / (DECAYED + 1e-3),
    "adamw": P * (1 - 0.1 * 0.01) - 0.1 * G / (G + 1e-8),
    "adamw and decay": P * (1 - 0.1 * 0.3) - 0.1 * G / (G + 1e-8),
}


@pytest.mark.parametrize(("kind", "settings", "expected"), [pytest.param(k, s, FIRST[n], id=n) for n, k, s in VARIANTS])
def test_first_step_in_closed_form(kind: Any, settings: dict[str, Any], expected: float) -> None:
    p = np.array([P])
    kind({"p": p}, **settings).step({"p": np.array([G])})
    assert p[0] == pytest.approx(expected, rel=20 * EPS)


def test_second_step_of_momentum_in_closed_form() -> None:
    """v = g₂ + μ·g₁."""
    p = np.array([0.0])
    optimiser = SGD({"p": p}, lr=1.0, momentum=0.5)
    for g in (4.0, 1.0):
        optimiser.step({"p": np.array([g])})
    assert p[0] == -(4.0 + 1.0 + 2.0)


@EACH
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_against_torch(kind: Any, settings: dict[str, Any], dtype: Any) -> None:
    """Ten steps of about fifteen roundings each, on numbers near 1; Adam's first steps divide numbers of like errors."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    ours = {"w": rng.standard_normal((4, 3)).astype(dtype), "b": rng.standard_normal(3).astype(dtype)}
    theirs = [torch.tensor(p.copy(), requires_grad=True) for p in ours.values()]
    optimiser = kind(ours, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own deprecations are not ours to fix
        reference = getattr(torch.optim, kind.__name__)(theirs, **settings)
        for _ in range(10):
            gradients = {name: rng.standard_normal(p.shape).astype(dtype) for name, p in ours.items()}
            for tensor, g in zip(theirs, gradients.values(), strict=True):
                tensor.grad = torch.tensor(g)
            reference.step()
            optimiser.step(gradients)
    eps = float(np.finfo(dtype).eps)
    for p, tensor in zip(ours.values(), theirs, strict=True):
        assert p.dtype == dtype
        assert np.abs(p - tensor.detach().numpy()).max() <= 150 * eps * 4


@EACH
def test_steps_do_not_allocate_arrays(kind: Any, settings: dict[str, Any]) -> None:
    p, g = np.ones(100_000, np.float32), np.full(100_000, 0.5, np.float32)
    optimiser = kind({"p": p}, **settings)
    optimiser.step({"p": g})
    tracemalloc.start()
    optimiser.step({"p": g})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < p.nbytes / 20
    assert p.dtype == np.float32
    assert np.all(g == 0.5), "gradients are not changed"
    assert all(b.dtype == np.float32 for buffers in optimiser.buffers.values() for b in buffers.values())


@EACH
def test_continuing_from_a_state_gives_the_same_bits(kind: Any, settings: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((8, 5)).astype(np.float32)
    p = np.ones(5, np.float32)
    optimiser = kind({"p": p}, **settings, schedule=Cosine(8))
    for g in gradients[:4]:
        optimiser.step({"p": g})
    state, q = optimiser.state_dict(), p.copy()
    other = kind({"p": q}, **settings, schedule=Cosine(8))
    other.load_state_dict(state)
    for g in gradients[4:]:
        optimiser.step({"p": g})
        other.step({"p": g})
    assert np.array_equal(p, q)
    assert other.steps == 8
    assert int(state["steps"]) == 4
    assert all(np.array_equal(optimiser.state_dict()[name], array) for name, array in other.state_dict().items())


def test_a_wrong_state_changes_nothing() -> None:
    optimiser = Adam({"p": np.ones(3)})
    optimiser.step({"p": np.ones(3)})
    before = optimiser.state_dict()
    with pytest.raises(StateError, match=r"does not fit this Adam: first.p is missing, second.p is missing, momentum.p is not expected"):
        optimiser.load_state_dict({"steps": np.array(7), "momentum.p": np.ones(3)})
    with pytest.raises(StateError, match=r"second.p has shape \(4,\)"):
        optimiser.load_state_dict(before | {"second.p": np.ones(4)})
    assert all(np.array_equal(before[name], array) for name, array in optimiser.state_dict().items())


def test_the_schedule_multiplies_the_rate() -> None:
    p = np.zeros(1)
    optimiser = SGD({"p": p}, lr=2.0, schedule=lambda step: 1.0 / (step + 1))
    moves = []
    for _ in range(3):
        before = p.copy()
        optimiser.step({"p": np.ones(1)})
        moves.append(float((before - p)[0]))
    assert moves == pytest.approx([2.0, 1.0, 2 / 3], rel=4 * EPS)


def test_eager_training_by_backward() -> None:
    rng = np.random.default_rng(0)
    model = Sequential(Linear(2, 8, rng=rng), Tanh(), Linear(8, 2, rng=rng))
    optimiser = SGD(model, lr=0.5)
    x, labels = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), np.array([0, 1, 1, 0])
    losses = []
    for _ in range(300):
        optimiser.zero_grad()
        loss = cross_entropy(model(x), labels)
        loss.backward()
        optimiser.step()
        losses.append(float(loss.data))
    assert losses[-1] < 0.05 < 0.5 < losses[0]


def test_a_parameter_without_gradient_stays() -> None:
    rng = np.random.default_rng(0)
    model = Sequential(Linear(2, 2, rng=rng), Linear(2, 2, rng=rng))
    before = model.state_dict()
    model[0](np.ones((1, 2), np.float32)).sum().backward()
    SGD(model, lr=0.5).step()
    after = model.arrays()
    assert np.array_equal(before["1.weight"], after["1.weight"])
    assert not np.array_equal(before["0.weight"], after["0.weight"])


def test_errors_name_the_parameter() -> None:
    optimiser = SGD({"w": np.ones((2, 2))}, lr=0.1)
    with pytest.raises(StateError, match=r"the gradient of w has shape \(2,\), not \(2, 2\)"):
        optimiser.step({"w": np.ones(2)})
    with pytest.raises(StateError, match="different names: v, w"):
        optimiser.step({"v": np.ones((2, 2))})
    with pytest.raises(StateError, match="give the gradients by name"):
        optimiser.step()
    model = Linear(2, 2, rng=np.random.default_rng(0))
    trained = SGD(model, lr=0.1)
    model.weight.data = np.zeros((2, 2), np.float32)
    with pytest.raises(StateError, match="parameter weight was given another array"):
        trained.step()
    locked = np.ones(2)
    locked.flags.writeable = False
    for wrong in (np.ones(2, np.int64), locked, [1.0]):
        with pytest.raises(TypeError, match="SGD: parameter p must be"):
            SGD({"p": wrong}, lr=0.1)
    with pytest.raises(ValueError, match="SGD: there are no parameters"):
        SGD(Tanh(), lr=0.1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda p: SGD(p, lr=-1.0), "SGD: lr must be at least 0", id="rate"),
        pytest.param(lambda p: SGD(p, lr=math.nan), "SGD: lr must be", id="nan"),
        pytest.param(lambda p: SGD(p, lr=1.0, nesterov=True), "nesterov needs a momentum", id="nesterov"),
        pytest.param(lambda p: Adam(p, betas=(0.9, 1.0)), "Adam: betas", id="betas"),
        pytest.param(lambda p: AdamW(p, weight_decay=-1.0), "AdamW: weight_decay", id="decay"),
    ],
)
def test_wrong_settings(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make({"p": np.ones(1)})


def test_reprs_tell_the_settings() -> None:
    p = {"p": np.ones(1)}
    assert repr(SGD(p, lr=0.1)) == "SGD(lr=0.1, momentum=0.0, nesterov=False, weight_decay=0.0, schedule=Constant())"
    assert "betas=(0.9, 0.999)" in repr(AdamW(p))
    assert all(issubclass(kind, Optimiser) for kind in OPTIMISERS.values())
