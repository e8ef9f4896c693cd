"""The tape benchmark measures right answers: references against results by hand, engines against each other, failures that show."""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import closures, tape, tape_chain, tape_harness, tape_literals, tape_mnist, tape_moons
from benchmarks.closures import Value
from benchmarks.tape_harness import Array, Case, Checked, Engine, Outcome, Part, difference, disagreement, is_installed, measure

EPS = 2.0**-52


def checked(engine: Engine, settings: Any) -> list[Array]:
    """What an engine computes; skips if it is not installed."""
    if not is_installed(engine):
        pytest.skip(f"there is no module {engine.needs}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peers' own deprecations are not ours to fix
        return engine.start(settings).check().values


def engines_of(part: Part) -> list[Any]:
    return [pytest.param(engine, id=engine.name) for engine in part.engines]


# The reference engine


CASES: list[tuple[str, Callable[[Any, Any], Any], float, float, float, float, float]] = [
    ("add", lambda x, y: x + y, 3.0, 5.0, 8.0, 1.0, 1.0),
    ("add number", lambda x, y: x + 2 + y * 0, 3.0, 5.0, 5.0, 1.0, 0.0),
    ("number add", lambda x, y: 2 + x + 0 * y, 3.0, 5.0, 5.0, 1.0, 0.0),
    ("sub", lambda x, y: x - y, 3.0, 5.0, -2.0, 1.0, -1.0),
    ("number sub", lambda x, y: 7 - x - y, 3.0, 5.0, -1.0, -1.0, -1.0),
    ("mul", lambda x, y: x * y, 3.0, 5.0, 15.0, 5.0, 3.0),
    ("number mul", lambda x, y: 4 * x * y, 3.0, 5.0, 60.0, 20.0, 12.0),
    ("div", lambda x, y: x / y, 3.0, 4.0, 0.75, 0.25, -0.1875),
    ("number div", lambda x, y: 8 / x + y, 4.0, 1.0, 3.0, -0.5, 1.0),
    ("neg", lambda x, y: -x + y, 3.0, 5.0, 2.0, -1.0, 1.0),
    ("pow", lambda x, y: x**3 * y, 2.0, 5.0, 40.0, 60.0, 8.0),
    ("relu above", lambda x, y: (x * y).relu(), 3.0, 5.0, 15.0, 5.0, 3.0),
    ("relu below", lambda x, y: (x * y).relu(), -3.0, 5.0, 0.0, 0.0, 0.0),
    ("relu at 0", lambda x, y: (x * y).relu(), 0.0, 5.0, 0.0, 0.0, 0.0),
    ("operand twice", lambda x, y: x * x + (y + y), 3.0, 5.0, 19.0, 6.0, 2.0),
    ("shared", lambda x, y: (lambda s: s * s + s)(x * y), 3.0, 5.0, 240.0, 155.0, 93.0),
]


@pytest.mark.parametrize(("f", "x", "y", "value", "dx", "dy"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_reference_gradients(f: Callable[[Any, Any], Any], x: float, y: float, value: float, dx: float, dy: float) -> None:
    a, b = Value(x), Value(y)
    result = f(a, b)
    result.backward()
    assert (result.data, a.grad, b.grad) == (value, dx, dy)


def test_reference_order_has_operands_first() -> None:
    a, b = Value(1.0), Value(2.0)
    product = a * b
    result = product + a
    order = closures.ordered(result)
    assert len(order) == 4
    assert order.index(product) > max(order.index(a), order.index(b))
    assert order[-1] is result


def test_reference_network_by_hand() -> None:
    """relu(2·3 + 1) = 7 times -1, plus ½."""
    model = closures.MLP(1, [1, 1])
    for p, number in zip(model.parameters(), (2.0, 1.0, -1.0, 0.5), strict=True):
        p.data = number
    result = model([3.0])
    result.backward()
    assert result.data == -6.5
    assert [p.grad for p in model.parameters()] == [-3.0, -1.0, 7.0, 1.0]
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0, 0, 0, 0]


def test_reference_weights_are_drawn_neuron_by_neuron() -> None:
    random.seed(3)
    weights = [p.data for p in closures.MLP(2, [2, 1]).parameters()]
    random.seed(3)
    expected = [random.uniform(-1, 1) if place not in (2, 5, 8) else 0 for place in range(9)]
    assert weights == expected


# Moons


def test_moons_are_half_circles_without_noise() -> None:
    """cos² + sin² of computed cosines and sines is 1 up to a few roundings of numbers below 4."""
    points, labels = tape_moons.two_moons(21, noise=0.0)
    assert labels == [-1.0] * 10 + [1.0] * 11
    for (x, y), label in zip(points, labels, strict=True):
        left, top = (0.0, 0.0) if label < 0 else (1.0, 0.5)
        assert math.hypot(x - left, y - top) == pytest.approx(1.0, abs=8 * EPS)
        assert (y - top) * label <= EPS


def test_moons_are_the_same_each_time_and_noisy() -> None:
    assert tape_moons.two_moons(10) == tape_moons.two_moons(10)
    assert tape_moons.two_moons(10) != tape_moons.two_moons(10, noise=0.0)
    assert tape_moons.two_moons(10) != tape_moons.two_moons(10, seed=0)


def test_moons_nodes_grow_linearly() -> None:
    counts = [tape_moons.count_nodes(points) for points in (1, 2, 3)]
    assert counts[2] - counts[1] == counts[1] - counts[0] > 600


def test_loss_of_plain_weights_is_the_models() -> None:
    rows, labels = tape_moons.two_moons(6)
    random.seed(tape_moons.SEED)
    model = closures.MLP(2, tape_moons.WIDTHS)
    weights = list(map(Value, tape_moons.initial_weights()))
    assert [p.data for p in model.parameters()] == [w.data for w in weights]
    by_model = tape_moons.total_loss(Value, model, rows, labels)
    by_weights = tape_moons.loss_of_weights(weights, rows, labels)
    by_model.backward()
    by_weights.backward()
    gradients = [np.array([p.grad for p in parameters]) for parameters in (model.parameters(), weights)]
    assert difference([np.array([by_model.data])], [np.array([by_weights.data])]) <= tape_moons.TOLERANCE
    assert difference(gradients[:1], gradients[1:]) <= tape_moons.TOLERANCE


@pytest.mark.parametrize("engine", engines_of(tape_moons.PART))
def test_moons_engines_agree(engine: Engine) -> None:
    reference = tape_moons.Closures(8).check().values
    assert np.abs(reference[1]).max() > 0.01
    assert difference(reference, checked(engine, 8)) <= tape_moons.TOLERANCE


# MNIST


def small_problem() -> tuple[list[Array], Array, Array]:
    rng = np.random.default_rng(1)
    return tape_mnist.initial_weights("float64", (5, 4, 3)), rng.uniform(-1, 1, (6, 5)), np.array([0, 2, 1, 1, 0, 2])


def test_gradients_by_hand_in_an_exact_case() -> None:
    """Two classes, all logits 0: each probability is ½, the loss log 2."""
    weights = [np.zeros((2, 1)), np.ones(1), np.zeros((1, 2)), np.zeros(2)]
    loss, found = tape_mnist.gradients(weights, np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 0]))
    assert loss == math.log(2)
    assert [g.tolist() for g in found] == [[[0.0], [0.0]], [0.0], [[-0.5, 0.5]], [-0.5, 0.5]]


def test_gradients_by_hand_against_central_differences() -> None:
    """Along one parameter, the logits move by t·v; with R the range of v over the classes, and away from the kinks of relu:

    the third derivative of logsumexp is a third central moment of v, at most R³·√3/18, so truncation is at most h²/6 of that;
    each loss is computed to 2·(5 + 4 + 3 + 10) roundings of numbers not above the size S, twice, and divided by 2h.
    """
    weights, x, labels = small_problem()
    w1, b1, w2, b2 = weights
    h = 1e-4
    before = x @ w1 + b1
    assert np.abs(before).min() > 2 * h * max(1.0, np.abs(x).max())
    size = float(((np.abs(x) @ np.abs(w1) + np.abs(b1)) @ np.abs(w2) + np.abs(b2)).max()) + math.log(3)
    spread = max(1.0, float(np.maximum(before, 0).max()), float((w2.max(axis=1) - w2.min(axis=1)).max()) * max(1.0, float(np.abs(x).max())))
    bound = h**2 / 6 * spread**3 * math.sqrt(3) / 18 + 44 * EPS * size / h
    assert bound < 1e-7
    _, found = tape_mnist.gradients(weights, x, labels)
    for w, g in zip(weights, found, strict=True):
        for index in np.ndindex(w.shape):
            kept, losses = w[index], []
            for moved in (kept + h, kept - h):
                w[index] = moved
                losses.append(tape_mnist.gradients(weights, x, labels)[0])
            w[index] = kept
            assert abs((losses[0] - losses[1]) / (2 * h) - g[index]) <= bound


def test_gradients_in_buffers_are_those_by_hand() -> None:
    """Softmax and sums differ by roundings only: a hundred at most."""
    weights, x, labels = small_problem()
    buffers = tape_mnist.Buffers(weights, len(x))
    loss, found = tape_mnist.gradients(weights, x, labels)
    for _ in range(2):  # again, with what the first time left in the buffers
        loss_in_buffers, found_in_buffers = buffers(weights, x, labels)
        assert loss_in_buffers == pytest.approx(loss, rel=100 * EPS)
        assert difference(found, found_in_buffers) <= 100 * EPS


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in tape_mnist.cases(images=512)])
@pytest.mark.parametrize("engine", engines_of(tape_mnist.PART))
def test_mnist_engines_agree(engine: Engine, case: Case) -> None:
    reference = tape_mnist.NumPy(case.settings).check().values
    assert min(np.abs(change).max() for change in reference) > 1e-4
    found = checked(engine, case.settings)
    assert {change.dtype.name for change in found} == {case.settings.dtype}
    assert difference(reference, found) <= case.tolerance


def test_mnist_data_looks_like_images() -> None:
    images, labels = tape_mnist.dataset(tape_mnist.Settings("float32", 16, 1, images=300))
    assert images.shape == (300, 784)
    assert images.dtype == np.float32
    assert images.min() == 0.0 < images.max() <= 1.0
    assert set(labels.tolist()) == set(range(10))


def test_mnist_batches_are_shuffled_passes() -> None:
    training = tape_mnist.NumPy(tape_mnist.Settings("float32", 16, 1, images=64))
    table = training.shuffled(8)
    assert table.shape == (8, 16)
    assert sorted(table[:4].ravel()) == sorted(table[4:].ravel()) == list(range(64))
    assert table[0].tolist() != list(range(16))


# Chain


@pytest.mark.parametrize("engine", engines_of(tape_chain.PART))
def test_chain_of_four_in_closed_form(engine: Engine) -> None:
    """y = (x² + z - w)·x; each of these numbers takes at most eight roundings."""
    x, z, w = tape_chain.POINT
    expected = [(x * x + z - w) * x, 3 * x * x + z - w, x, -x]
    values = [float(value[0]) for value in checked(engine, 4)]
    assert values == pytest.approx(expected, rel=8 * EPS)


@pytest.mark.parametrize("engine", engines_of(tape_chain.PART))
def test_chain_engines_agree(engine: Engine) -> None:
    (case,) = tape_chain.cases([400])
    assert difference(tape_chain.Closures(400).check().values, checked(engine, 400)) <= case.tolerance


def test_memory_is_told_in_bytes() -> None:
    held = tape_chain.memory("VmRSS")
    assert held is None or held > 1e6
    assert tape_chain.memory("NoSuchField") is None


# Child processes and comparison


@pytest.mark.parametrize(
    ("other", "worst"),
    [([1.0, 2.0], 0.0), ([1.0, 4.0], 0.5), ([2.0, 2.0], 0.5), ([1.0], math.inf), ([1.0, math.nan], math.inf), ([1.0, -2.0], 2.0)],
)
def test_difference(other: list[float], worst: float) -> None:
    assert difference([np.array([1.0, 2.0])], [np.array(other)]) == worst


def test_difference_of_zeros_is_none() -> None:
    assert difference([np.zeros(3)], [np.zeros(3)]) == 0.0


def test_disagreement_is_with_the_first() -> None:
    outcomes = {str(v): Outcome("ok", "", [1.0], Checked([np.array([v])])) for v in (4.0, 4.0, 3.0)}
    outcomes["failed"] = Outcome("fails")
    assert disagreement(outcomes) == 0.25


def test_the_environment_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with tape_harness.one_thread():
        assert os.environ["OMP_NUM_THREADS"] == os.environ["OPENBLAS_NUM_THREADS"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "5"
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def ask_one(engine: Engine, settings: Any, limit: float = 60.0) -> Outcome:
    return measure([engine], Case("case", (("s", 1.0),), 0.0, settings), repeats=1, limit=limit)[engine.name]


def test_an_engine_that_raises_fails() -> None:
    outcome = ask_one(tape_chain.PART.engines[1], None)
    assert outcome.status == "fails"
    assert outcome.detail.startswith("TypeError")


def test_an_engine_that_dies_fails() -> None:
    outcome = ask_one(Engine("gone", "os", os._exit), 3)
    assert (outcome.status, outcome.detail) == ("fails", "exit status 3")


def test_an_engine_that_exceeds_the_limit_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tape_harness, "STARTUP_SECONDS", 0.0)
    outcome = ask_one(Engine("slow", "time", time.sleep), 60.0, limit=0.2)  # type: ignore[arg-type]
    assert (outcome.status, outcome.detail) == ("timeout", "over 0.2 s")
    assert tape.cell(outcome, 1.0, 0.2) == "> 0.2 s"


def test_missing_modules_are_not_installed() -> None:
    assert not is_installed(Engine("none", "no_such_module", os._exit))
    assert not is_installed(Engine("none", "no_such_module.inside", os._exit))
    assert is_installed(tape_moons.PART.engines[-1])


# Command line


def small_cases(part: Part, options: argparse.Namespace) -> list[Case]:
    if part.name == "mnist":
        return tape_mnist.cases(steps=2, images=512)[:1]
    if part.name == "literals":
        return tape_literals.cases()
    return tape_chain.cases([8, 40]) if part.name == "chain" else tape_moons.cases(4)


SMOKE = {
    "moons": ["ours", "closures", "closures-nogc"],
    "mnist": ["ours", "numpy", "numpy-out"],
    "chain": ["ours", "closures"],
    "literals": ["ours", "values"],
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in ("moons", "mnist") else [pytest.mark.slow]) for name in tape.PARTS]
)
def test_command_line_writes_json(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tape, "cases_of", small_cases)
    path = tmp_path / "figures.json"
    assert tape.main(["--only", name, "--engines", *SMOKE[name], "--repeats", "1", "--json", str(path)]) == 0
    figures = json.loads(path.read_text())
    assert figures["versions"]["numpy"] == np.__version__
    cases = figures["parts"][name]
    assert len(cases) == (2 if name in ("chain", "literals") else 1)
    for case in cases.values():
        for engine in set(SMOKE[name]) & set(case):
            assert case[engine]["status"] == "ok", case[engine]
            assert case[engine]["seconds"] > 0
    text = capsys.readouterr().out
    assert tape.PARTS[name].title in text
    assert "theirs / ours" in text or "without ours" in text


def test_engines_that_are_missing_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    part = Part("part", "title", (Engine("none", "no_such_module", os._exit),))
    assert tape.chosen_engines(part, ["none"]) == []
    assert "without none: there is no module no_such_module" in capsys.readouterr().out


def outcome_of(seconds: float, value: float) -> Outcome:
    return Outcome("ok", "", [seconds], Checked([np.array([value])], 100.0))


def test_ratios_are_theirs_over_ours(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = {"ours": outcome_of(0.5, 1.0), "closures": outcome_of(2.0, 1.0)}
    monkeypatch.setattr(tape, "measure", lambda *_: found)
    assert tape.main(["--only", "chain", "--engines", *found, "--sizes", "8"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["n", "=", "8", "bytes/op.", "100", "100"] in lines
    assert lines[-1] == ["n", "=", "8", "4.00"]


def test_disagreement_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = {"ours": outcome_of(1.0, 1.0), "closures": outcome_of(1.0, 1.0 + 1e-8)}
    monkeypatch.setattr(tape, "measure", lambda *_: found)
    assert tape.main(["--only", "moons", "--engines", *found]) == 1
    assert "DISAGREE" in capsys.readouterr().out


def test_failures_are_explained(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = {"ours": outcome_of(1.0, 1.0), "closures": Outcome("fails", "RecursionError: too deep")}
    monkeypatch.setattr(tape, "measure", lambda *_: found)
    assert tape.main(["--only", "moons", "--engines", *found]) == 0
    assert "closures: RecursionError: too deep" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--repeats", "0"], ["--limit", "0"], ["--steps", "0"], ["--sizes", "2"], ["--only", "nothing"]])
def test_bad_options_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        tape.main(arguments)
    assert stopped.value.code == 2
    assert "error" in capsys.readouterr().err


def test_help_names_every_part_and_engine(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        tape.main(["--help"])
    assert stopped.value.code == 0
    text = "".join(capsys.readouterr().out.split())  # lines are wrapped anywhere
    assert all(name in text for name in [*tape.PARTS, *tape.ENGINES, "examples:"])
