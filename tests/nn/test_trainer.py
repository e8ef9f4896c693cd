"""Batches, steps and trainers: the same numbers as by hand, the same bits from the same seed, and after a continuation."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd.engine import ShapeError, Value
from micrograd.nn import (
    SGD,
    Adam,
    AdamW,
    ArrayModule,
    Batches,
    Cosine,
    Dropout,
    Linear,
    ReLU,
    Sequential,
    StateError,
    Tanh,
    Trainer,
    accuracy,
    batches,
    cross_entropy,
    evaluate,
    glorot_uniform,
    hinge,
    load,
    make_step,
    mse,
    multilayer,
    save,
)
from micrograd.nn.trainer import generator_state, set_generator_state

XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), np.array([0, 1, 1, 0])


def data(count: int = 50, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 12), dtype=np.uint8), rng.integers(0, 3, count)


# --- batches


def test_a_pass_meets_every_example_once() -> None:
    images = np.arange(50, dtype=np.uint8).reshape(50, 1)
    passes = batches(images, np.arange(50), 16, np.random.default_rng(0), scale=1.0)
    assert len(passes) == 4
    for _ in range(2):
        pairs = [(x.copy(), y.copy()) for x, y in passes]
        assert [len(x) for x, _ in pairs] == [16, 16, 16, 2]
        assert sorted(np.concatenate([y for _, y in pairs]).tolist()) == list(range(50))
        assert all(np.array_equal(x[:, 0], y) for x, y in pairs)
        assert pairs[0][1].tolist() != list(range(16))


def test_scaling_is_one_product_in_the_dtype() -> None:
    images, labels = data()
    for dtype in (np.float32, np.float64):
        ((x, y),) = Batches(images, labels, 50, None, dtype=dtype)
        assert x.dtype == dtype
        assert np.array_equal(x, images.astype(dtype) * dtype(1 / 255))
        assert np.array_equal(y, labels)


def test_buffers_are_used_again_and_the_data_are_not_copied() -> None:
    images, labels = np.zeros((20_000, 100), np.uint8), np.zeros(20_000, np.int64)
    passes = Batches(images, labels, 32, np.random.default_rng(0))
    assert len({x.ctypes.data for x, _ in passes}) == 1
    tracemalloc.start()
    for _ in passes:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < images.nbytes / 4


def test_floats_are_taken_as_they_are() -> None:
    images = np.random.default_rng(0).standard_normal((10, 3)).astype(np.float32)
    ((x, _),) = Batches(images, np.zeros(10), 10, None, scale=None)
    assert np.array_equal(x, images)


def test_wrong_data_are_refused() -> None:
    images, labels = data()
    with pytest.raises(ShapeError, match="50 images and 49 labels"):
        Batches(images, labels[1:], 8, None)
    with pytest.raises(ShapeError, match="at least one"):
        Batches(images[:0], labels[:0], 8, None)
    with pytest.raises(ValueError, match="not 0"):
        Batches(images, labels, 0, None)
    with pytest.raises(ValueError, match="gaps in memory"):
        Batches(images[:, ::2], labels, 8, None)
    with pytest.raises(ValueError, match="images of uint8 need a scale"):
        Batches(images, labels, 8, None, scale=None)


@pytest.mark.parametrize("done", range(8))
def test_a_pass_continues_where_it_was_saved(done: int) -> None:
    """Saved while the pair number `done` (0: none) is being worked on, in the second pass; and the pass after that."""
    images, labels = data()
    rng = np.random.default_rng(3)
    first = Batches(images, labels, 8, rng)
    list(first)
    rest = iter(first)
    for _ in range(done):
        next(rest)
    state, draws = first.state_dict(), rng.bit_generator.state
    expected = [x.copy() for x, _ in rest] + [x.copy() for x, _ in first]
    second = Batches(images, labels, 8, np.random.default_rng(99))
    second.load_state_dict(state)
    assert second.rng is not None
    assert second.rng.bit_generator.state == draws
    found = [x.copy() for x, _ in second]
    if done:
        found += [x.copy() for x, _ in second]
    else:
        expected = expected[: len(found)]
    assert [x.tobytes() for x in found] == [x.tobytes() for x in expected]


def test_wrong_states_of_batches_change_nothing() -> None:
    images, labels = data()
    passes = Batches(images, labels, 8, np.random.default_rng(0))
    assert passes.rng is not None
    before = passes.state_dict()
    for wrong in ({}, before | {"position": 99}, before | {"now": None}, before | {"now": "{}"}, before | {"started": "nonsense"}):
        with pytest.raises(StateError):
            passes.load_state_dict(wrong)
        assert passes.state_dict() == before


@pytest.mark.parametrize("kind", ["PCG64", "MT19937", "Philox", "SFC64", "PCG64DXSM"])
def test_states_of_generators(kind: str) -> None:
    make = getattr(np.random, kind)
    rng, other = np.random.Generator(make(1)), np.random.Generator(make(2))
    rng.random(7, dtype=np.float32)
    set_generator_state(other, generator_state(rng))
    assert np.array_equal(rng.random(9, dtype=np.float32), other.random(9, dtype=np.float32))
    assert np.array_equal(rng.permutation(9), other.permutation(9))
    with pytest.raises(StateError, match="generator"):
        set_generator_state(other, "{}")
    if kind != "PCG64":
        with pytest.raises(StateError, match="the state is one of a PCG64 generator"):
            set_generator_state(other, generator_state(np.random.default_rng()))


# --- steps


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-4), (np.float64, 1e-10)])
def test_training_is_what_it_is_by_hand(dtype: Any, tolerance: float) -> None:
    from benchmarks.tape_mnist import gradients

    images, labels = data(64)
    model = multilayer([12, 8, 3], ReLU, rng=np.random.default_rng(1), dtype=dtype)
    weights = [p.copy() for p in model.arrays().values()]
    optimiser = SGD(model, lr=0.1)
    step = make_step(model, cross_entropy, optimiser, (16, 12))
    for x, y in Batches(images, labels, 16, np.random.default_rng(2), dtype=dtype):
        expected, found = gradients(weights, x, y)
        for p, g in zip(weights, found, strict=True):
            p -= 0.1 * g
        assert step(x, y) == pytest.approx(expected, rel=tolerance)
    for p, q in zip(model.arrays().values(), weights, strict=True):
        assert p.dtype == dtype
        assert np.abs(p - q).max() <= tolerance
    assert optimiser.steps == 4


def test_compiled_steps_have_the_bits_of_the_tape() -> None:
    images, labels = data()
    results = []
    for compiled in (True, False):
        rng = np.random.default_rng(5)
        model = Sequential(Linear(12, 8, rng=rng), Dropout(0.3, rng), Tanh(), Linear(8, 3, rng=rng))
        step = make_step(model, cross_entropy, Adam(model, lr=0.01), (16, 12), compiled=compiled)
        losses = [float(step(x, y)) for _ in range(3) for x, y in Batches(images, labels, 16, rng)]
        results.append((losses, [p.tobytes() for p in model.arrays().values()], rng.random()))
    assert results[0] == results[1]


@pytest.mark.parametrize(("loss", "targets"), [(mse, np.ones((4, 2), np.float32)), (hinge, np.array([[1, -1]] * 4, np.float32))])
def test_other_losses(loss: Any, targets: Any) -> None:
    model = multilayer([2, 8, 2], Tanh, rng=np.random.default_rng(0))
    step = make_step(model, loss, SGD(model, lr=0.1))
    losses = [float(step(XOR[0], targets)) for _ in range(100)]
    assert losses[-1] < 0.2 * losses[0]


def test_masks_are_new_at_each_step_and_end_with_training() -> None:
    rng = np.random.default_rng(0)
    model = Sequential(Linear(2, 64, rng=rng), Dropout(0.5, rng), Linear(64, 2, rng=rng))
    step = make_step(model, cross_entropy, SGD(model, lr=0.0))
    assert len({float(step(*XOR)) for _ in range(10)}) == 10
    model.eval()
    assert len({float(step(*XOR)) for _ in range(10)}) == 1
    model.train()
    assert len({float(step(*XOR)) for _ in range(10)}) == 10


def test_changed_arrays_of_the_same_name_are_seen() -> None:
    """A step remembers the last arrays; others of another shape or kind must not meet their program."""
    model = multilayer([2, 4, 2], Tanh, rng=np.random.default_rng(0), dtype=np.float64)
    step, x = make_step(model, cross_entropy, SGD(model, lr=0.0)), XOR[0].astype(np.float64)
    all_of_them = float(step(x, XOR[1]))
    parts = [float(step(x[i : i + 1], XOR[1][i : i + 1])) for i in range(4)]
    assert np.mean(parts) == pytest.approx(all_of_them, rel=1e-14)
    assert float(step(x, XOR[1].astype(np.uint8))) == all_of_them
    assert float(step(XOR[0], XOR[1])) == all_of_them
    assert float(step(x[::-1], XOR[1][::-1])) == pytest.approx(all_of_them, rel=1e-14)


@pytest.mark.parametrize("compiled", [True, False])
def test_parameters_that_are_added_move_alike(compiled: bool) -> None:
    """Their gradients are one array, which must be scaled once."""

    class Sum(ArrayModule):
        def __init__(self) -> None:
            self.a, self.b = Value(np.zeros(2)), Value(np.zeros(2))

        def apply(self, params: Any, x: Any, f: Any = None) -> Any:
            return x + (params["a"] + params["b"])

    model = Sum()
    step = make_step(model, mse, SGD(model, lr=0.5), compiled=compiled)
    x, target = np.array([[1.0, 2.0]]), np.zeros((1, 2))
    for _ in range(2):
        step(x, target)
    a, b = model.arrays().values()
    assert np.array_equal(a, b)
    # each step takes s = a + b to s - (x + s): to -x in the first, and there it stays
    assert (a + b).tolist() == [-1.0, -2.0]


def test_errors_of_steps() -> None:
    model, other = (multilayer([2, 4, 2], Tanh, rng=np.random.default_rng(i)) for i in range(2))
    with pytest.raises(StateError, match="made from parameters other"):
        make_step(model, cross_entropy, SGD(other, lr=0.1))
    with pytest.raises(ShapeError, match=r"Linear\(2, 4\): the input must have rows of 2"):
        make_step(model, cross_entropy, SGD(model, lr=0.1), (4, 3))
    rng = np.random.default_rng(0)

    class Twice(ArrayModule):
        def __init__(self) -> None:
            self.drop, self.layer = Dropout(0.5, rng), Linear(2, 2, rng=rng)

        def apply(self, params: Any, x: Any, f: Any = None) -> Any:
            return self.drop.apply({}, self.layer.apply({k[6:]: v for k, v in params.items()}, self.drop.apply({}, x)))

    twice = Twice()
    with pytest.raises(StateError, match=r"Dropout\(0.5\) is applied 2 times"):
        make_step(twice, cross_entropy, SGD(twice, lr=0.1))(*XOR)


@pytest.mark.parametrize("seed", range(8))
def test_xor_is_learned(seed: int) -> None:
    """Glorot's weights, rate 0.5: of a hundred seeds the slowest needed 50 epochs."""
    model = multilayer([2, 8, 8, 2], Tanh, rng=np.random.default_rng(seed), init=glorot_uniform)
    step = make_step(model, cross_entropy, SGD(model, lr=0.5), (4, 2))
    for _ in range(200):
        step(*XOR)
    assert accuracy(model.predict(XOR[0]), XOR[1]) == 1.0


def epochs_to_learn_xor(seed: int, optimiser: Any) -> int:
    model = multilayer([2, 8, 8, 2], Tanh, rng=np.random.default_rng(seed), init=glorot_uniform)
    step = make_step(model, cross_entropy, optimiser(model), (4, 2))
    for epoch in range(1, 2001):
        step(*XOR)
        if accuracy(model.predict(XOR[0]), XOR[1]) == 1.0:
            return epoch
    raise AssertionError(f"seed {seed} did not learn")


SLOWEST: list[Any] = [
    ("SGD", lambda model: SGD(model, lr=0.5), 50),
    ("momentum", lambda model: SGD(model, lr=0.1, momentum=0.9), 60),
    ("Adam", lambda model: Adam(model, lr=0.01), 70),
]
"""How many epochs the slowest of a hundred seeds may need: what docs/nn.md says."""


@pytest.mark.slow
@pytest.mark.parametrize(("optimiser", "most"), [pytest.param(*row[1:], id=row[0]) for row in SLOWEST])
def test_a_hundred_seeds_learn_xor(optimiser: Any, most: int) -> None:
    assert max(epochs_to_learn_xor(seed, optimiser) for seed in range(100)) <= most


# --- trainers


def trainer(seed: int, optimiser: Any = AdamW) -> Trainer:
    images, labels = data()
    rng = np.random.default_rng(seed)
    model = Sequential(Linear(12, 8, rng=rng), ReLU(), Dropout(0.25, rng), Linear(8, 3, rng=rng))
    made = optimiser(model, lr=0.01, schedule=Cosine(100))
    return Trainer(model, cross_entropy, made, Batches(images, labels, 8, rng))


def bits(t: Trainer) -> Any:
    tensors, metadata = t.state_dict()
    return {name: tensor.tobytes() for name, tensor in tensors.items()}, metadata


def test_the_same_seed_gives_the_same_bits() -> None:
    one, other, third = trainer(1), trainer(1), trainer(2)
    assert [one.epoch() for _ in range(3)] == [other.epoch() for _ in range(3)]
    third.epoch()
    assert bits(one) == bits(other)
    assert bits(one)[0]["model.0.weight"] != bits(third)[0]["model.0.weight"]


@pytest.mark.parametrize("optimiser", [SGD, Adam, AdamW])
@pytest.mark.parametrize("steps", [0, 7, 10, 14])
def test_training_continues_bit_for_bit(tmp_path: Path, optimiser: Any, steps: int) -> None:
    """Seven steps are an epoch; the state goes through a file."""
    pytest.importorskip("safetensors")
    first = trainer(1, optimiser)
    done, pairs = 0, iter(first.data)
    while done < steps:
        pair = next(pairs, None)
        if pair is None:
            pairs = iter(first.data)
            continue
        first.step(*pair)
        done += 1
    save(tmp_path / "state", *first.state_dict())
    if steps:
        for pair in pairs:
            first.step(*pair)
    first.epoch()
    second = trainer(2, optimiser)
    second.load_state_dict(*load(tmp_path / "state"))
    if steps:
        second.epoch()
    second.epoch()
    assert bits(first) == bits(second)
    assert first.optimiser.steps == (21 if steps > 7 else 14 if steps else 7)


def test_a_wrong_state_changes_nothing() -> None:
    t, other = trainer(1), trainer(2)
    t.epoch()
    before = bits(t)
    tensors, metadata = other.state_dict()
    for wrong_tensors, wrong_metadata in (
        ({k: v for k, v in tensors.items() if k != "optimiser.first.0.bias"}, metadata),
        (tensors | {"else": np.ones(1)}, metadata),
        (tensors, {}),
        (tensors, metadata | {"generator.0": "{}"}),
        (tensors, metadata | {"batches": "[]"}),
        (tensors, metadata | {"batches": "?"}),
    ):
        with pytest.raises(StateError):
            t.load_state_dict(wrong_tensors, wrong_metadata)
        assert bits(t) == before
    t.load_state_dict(tensors, metadata | {"note": "others are ignored"})
    assert bits(t) == bits(other)


def test_evaluation_is_of_all_examples_and_without_dropout() -> None:
    t = trainer(1)
    images, labels = data()
    scores = t.model.predict(images.astype(np.float32) * np.float32(1 / 255))
    for batch in (7, 1000):
        loss, right = evaluate(t.model, cross_entropy, images, labels, batch=batch)
        assert loss == pytest.approx(float(cross_entropy(scores, labels)), rel=1e-5)
        assert right == accuracy(scores, labels)
    assert all(part.training for _, part in t.model.modules())


# --- digits

FOLDERS = [os.environ.get("MICROGRAD_DATA"), Path(__file__).resolve().parents[3] / "shared" / "data"]
MNIST = next((Path(folder) / "mnist" for folder in FOLDERS if folder and (Path(folder) / "mnist").is_dir()), None)


def digits(kind: str) -> tuple[Any, Any]:
    assert MNIST is not None
    images = gzip.decompress((MNIST / f"{kind}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((MNIST / f"{kind}-labels-idx1-ubyte.gz").read_bytes())
    return np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784), np.frombuffer(labels, np.uint8, offset=8).astype(np.int64)


@pytest.mark.slow
@pytest.mark.skipif(MNIST is None, reason="there are no MNIST files")
def test_digits_are_learned() -> None:
    """Ten epochs at rate 0.1 give 0.9675 in other libraries."""
    rng = np.random.default_rng(0)
    model = multilayer([784, 32, 10], ReLU, rng=rng)
    t = Trainer(model, cross_entropy, SGD(model, lr=0.1), Batches(*digits("train"), 64, rng))
    t.epoch()
    assert evaluate(model, cross_entropy, *digits("t10k"))[1] > 0.9
    for _ in range(9):
        t.epoch()
    assert evaluate(model, cross_entropy, *digits("t10k"))[1] > 0.96
