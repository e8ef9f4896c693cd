"""Receipts: the enclosures hold the gradient as computed in another way, and the stated bounds hold for the engine's numbers."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import flint
import mpmath
import numpy as np
import pytest

from micrograd.nn import Optimiser
from micrograd.training import Run, Settings, TrainingError, train
from micrograd.training.enclosures import BITS, enclose, precision
from micrograd.training.loop import Loop
from micrograd.training.problems import Problem, prepare
from micrograd.training.receipts import compare, summary, table
from tests.commands.running import command, tensors

ACTIVATIONS = ["identity", "relu", "sigmoid", "softplus", "tanh"]
MP = mpmath.mp.clone()
MP.dps = 60
BY_HAND: dict[str, Any] = {
    "identity": lambda u: u,
    "relu": lambda u: max(u, MP.mpf(0)),
    "sigmoid": lambda u: 1 / (1 + MP.exp(-u)),
    "softplus": lambda u: MP.log(1 + MP.exp(u)),
    "tanh": MP.tanh,
}


def small(activation: str, dtype: str = "float64", size: float = 1.0) -> Problem:
    """Three points and a network of 2-3-2 with biases that are not 0."""
    problem = prepare(Settings.of("xor", hidden=(3,), activation=activation, dtype=dtype, seed=1))
    rng = np.random.default_rng(5)
    for array in problem.trainer.model.arrays().values():
        array[...] = size * rng.standard_normal(array.shape)
    return problem


def loss_in_mpmath(problem: Problem, parameters: dict[str, list[Any]]) -> Any:
    """The mean cross-entropy, number by number, from flat lists of parameters."""
    w1, b1, w2, b2 = parameters.values()
    act, total = BY_HAND[problem.settings.activation], MP.mpf(0)
    for row, label in zip(problem.inputs.tolist(), problem.labels.tolist(), strict=True):
        hidden = [act(sum(row[i] * w1[3 * i + j] for i in range(2)) + b1[j]) for j in range(3)]
        scores = [sum(hidden[i] * w2[2 * i + j] for i in range(3)) + b2[j] for j in range(2)]
        total += MP.log(sum(MP.exp(s - scores[label]) for s in scores))
    return total / len(problem.labels)


def as_fraction(number: Any) -> Fraction:
    """An exact ball's number."""
    mantissa, exponent = number.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


@pytest.mark.parametrize("size", [1.0, 5.0])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_enclosures_hold_difference_quotients(activation: str, size: float) -> None:
    problem = small(activation, size=size)
    arrays = problem.trainer.model.arrays()
    exact = {name: [MP.mpf(v) for v in a.ravel().tolist()] for name, a in arrays.items()}
    with precision(BITS):
        value, gradients = enclose(problem.trainer.model, arrays, problem.inputs, problem.labels)
        assert abs(MP.mpf(value.str(50, radius=False)) - loss_in_mpmath(problem, exact)) < MP.mpf(10) ** -40
        for name, numbers in exact.items():
            for place in range(len(numbers)):

                def along(t: Any, name: str = name, place: int = place) -> Any:
                    changed = [*exact[name][:place], t, *exact[name][place + 1 :]]
                    return loss_in_mpmath(problem, {**exact, name: changed})

                h = MP.mpf(10) ** -15
                quotient = (along(numbers[place] + h) - along(numbers[place] - h)) / (2 * h)
                found = MP.mpf(gradients[name].entries()[place].str(50, radius=False))
                assert abs(found - quotient) < MP.mpf(10) ** -25  # the truncation error is of size h² times a third derivative


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_enclosures_are_narrower_than_the_last_place(activation: str, dtype: str) -> None:
    problem = small(activation, dtype, size=8.0)
    with precision(BITS):
        _, gradients = enclose(problem.trainer.model, problem.trainer.model.arrays(), problem.inputs, problem.labels)
        for truth in gradients.values():
            for entry in truth.entries():
                assert entry.rad() <= abs(entry).upper() * flint.arb(2) ** -100


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_stated_bounds_hold(activation: str, dtype: str) -> None:
    settings = Settings.of("moons", epochs=3, hidden=(5,), activation=activation, dtype=dtype, batch=50, receipts=1, seed=2)
    loop = Loop(settings)
    x, labels = next(iter(loop.trainer.data))
    _, gradients = loop.receipts.gradient(x, labels)
    entry = loop.receipts.take(x, labels, 1, 1)
    assert entry is not None
    json.dumps(entry, allow_nan=False)
    with precision(2 * BITS):
        _, truth = enclose(loop.trainer.model, loop.trainer.model.arrays(), x, labels)
        for name, gradient in gradients.items():
            row, exact = entry["arrays"][name], [as_fraction(t) for t in truth[name].entries()]
            slack = 1 + Fraction(1, 10**9)  # the midpoints are the exact numbers to far more digits than that
            errors = [abs(Fraction(v) - t) for v, t in zip(gradient.ravel().tolist(), exact, strict=True)]
            spacings = [Fraction(s) for s in np.spacing(np.abs(gradient)).ravel().tolist()]
            relative = max(errors) / max(map(abs, exact))
            assert relative <= Fraction(row["max_relative_error"]) * slack
            assert Fraction(row["max_relative_error"]) <= relative * slack
            assert max(e / s for e, s in zip(errors, spacings, strict=True)) <= Fraction(row["max_ulps"]) * slack
            for key, bound in (("within_1_ulp", 1), ("within_4_ulps", 4), ("within_16_ulps", 16)):
                assert row[key] == pytest.approx(sum(e <= bound * s for e, s in zip(errors, spacings, strict=True)) / len(errors))
            assert row["max_roundoffs"] == pytest.approx(row["max_relative_error"] * 2 ** (24 if dtype == "float32" else 53))
            assert 0 <= row["max_roundoffs"] < 500


def test_a_wrong_gradient_is_seen() -> None:
    problem = small("tanh")
    arrays = problem.trainer.model.arrays()
    with precision(BITS):
        _, truth = enclose(problem.trainer.model, arrays, problem.inputs, problem.labels)
        entries = truth["0.weight"]
        right = np.array([float(t) for t in entries.entries()]).reshape(2, 3)
        assert compare(right, entries)["max_ulps"] < 1
        assert compare(right, entries)["within_1_ulp"] == 1.0
        wrong = right.copy()
        wrong[1, 2] += 100 * np.spacing(np.abs(wrong[1, 2]))
        found = compare(wrong, entries)
        assert 99 < found["max_ulps"] < 101
        assert found["within_16_ulps"] == pytest.approx(5 / 6)
        assert compare(np.zeros((2, 3)), entries)["max_relative_error"] == pytest.approx(1)
        assert compare(np.zeros((1, 2)), flint.arb_mat(1, 2))["max_relative_error"] == 0


def test_the_gradient_is_the_one_that_the_step_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = Loop(Settings.of("spirals", batch=64, receipts=1, epochs=2))
    used: list[list[Any]] = []
    update = Optimiser.update

    def spy(self: Optimiser, gradients: Any, own: bool = False) -> None:
        used.append([np.array(g) for g in gradients])
        update(self, gradients, own)

    monkeypatch.setattr(Optimiser, "update", spy)
    count = 0
    for x, labels in loop.trainer.data:
        value, gradients = loop.receipts.gradient(x, labels)
        copies = [np.array(g) for g in gradients.values()]
        assert float(loop.trainer.step(x, labels)) == value
        assert [g.tobytes() for g in used[-1]] == [g.tobytes() for g in copies]
        count += 1
    assert count == len(used) == 5


def test_receipts_do_not_change_the_run(tmp_path: Path) -> None:
    for name, receipts in (("with", 4), ("without", 0)):
        settings = Settings.of("spirals", batch=100, epochs=4, hidden=(12, 12), receipts=receipts)
        train(settings, Run.create(tmp_path / name, settings))
    first, second = (tensors(tmp_path / name / "last.safetensors") for name in ("with", "without"))
    assert all(first[key].tobytes() == second[key].tobytes() for key in first)
    assert len(Run(tmp_path / "with").receipts()) == 4


def test_which_steps_get_one() -> None:
    settings = Settings.of("xor", epochs=5, receipts=1)
    assert [entry["step"] for entry in train(settings).receipts] == [1, 2, 3, 4, 5]  # a small network: every step
    settings = Settings.of("moons", epochs=5, batch=50, receipts=3)
    steps = [entry["step"] for entry in train(settings).receipts]
    assert len(steps) == 3
    assert steps == sorted(set(steps))
    assert [entry["step"] for entry in train(settings).receipts] == steps
    assert len(train(Settings.of("moons", epochs=2, batch=0, receipts=50)).receipts) == 2


def test_the_table() -> None:
    outcome = train(Settings.of("xor", epochs=5, receipts=1))
    lines = table(outcome.receipts)
    assert [line.split()[0] for line in lines[2:]] == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias", "all"]
    assert len({len(line) for line in lines}) == 1
    assert summary(outcome.receipts)["entries"] == 5 * 114


@pytest.mark.slow
def test_mnist_with_receipts(tmp_path: Path) -> None:
    done = command("train", "mnist", "--epochs", "1", "--receipts", "2", "--batch", "20", "--out", str(tmp_path / "run"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "receipts  2 steps" in done.stdout
    entries = Run(tmp_path / "run").receipts()
    assert [entry["entries"] for entry in entries] == [25450, 25450]
    for entry in entries:
        assert entry["max_roundoffs"] < 500
        assert entry["within_16_ulps"] > 0.5


@pytest.mark.parametrize(("given", "wanted"), [(["--activation", "gelu"], "gelu"), (["--dropout", "0.1"], "dropout")])
def test_what_is_not_covered_is_said_before_the_run(given: list[str], wanted: str, tmp_path: Path) -> None:
    done = command("train", "xor", "--receipts", "1", *given, "--out", str(tmp_path / "run"))
    assert done.returncode == 2
    assert wanted in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_layer_that_is_not_covered() -> None:
    problem = prepare(Settings.of("xor", activation="gelu"))
    with pytest.raises(TrainingError, match="receipts know no GELU"):
        enclose(problem.trainer.model, problem.trainer.model.arrays(), problem.inputs, problem.labels)
