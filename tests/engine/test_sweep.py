"""The sweep over arrays: gradients are the same, bit for bit, at every step of a loop, on every kind of tape, and compiled."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import micrograd.engine as mg
from micrograd.engine import Tape, TapeError, Value, elementwise, scaling
from micrograd.engine.functions import FUNCTIONS as FUNCTIONS_BY_NAME
from micrograd.engine.functions import NAMES
from micrograd.verified import PRIMITIVES
from tests.carriers.carrier_samples import operands as samples
from tests.engine.programs import COMMON, MIXING, Program, programs

Function = Callable[..., Value]
RNG = np.random.default_rng(11)
X, W, B = RNG.standard_normal((5, 3)), RNG.standard_normal((3, 4)), RNG.standard_normal(4)
LABELS = np.array([0, 3, 1, 1, 2])


def gradients(f: Function, *data: Any, constants: Sequence[int] = ()) -> list[Any]:
    """What one backward() gives to each operand that is not a constant."""
    operands = [x if i in constants else Value(x) for i, x in enumerate(data)]
    f(*operands).backward()
    return [v.grad for v in operands if isinstance(v, Value)]


def same(found: Sequence[Any], expected: Sequence[Any]) -> bool:
    return all(np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in zip(found, expected, strict=True))


def network(x: Any, w: Any, b: Any) -> Any:
    return mg.cross_entropy(mg.relu(x @ w + b), LABELS)


FUNCTIONS: dict[str, Function] = {
    "network": network,
    "linear": lambda x, w, b: mg.cross_entropy(mg.linear(x, w, b), LABELS),
    "broadcasting": lambda x, w, b: ((x @ w) * b - w.T @ np.ones(3, w.dtype)).sum(),
    "operand twice": lambda x, w, b: ((x * x) @ w + b).sum(),
    "shared": lambda x, w, b: (mg.tanh(y := x @ w) * y + mg.exp(-y) / (1 + y * y)).mean() + (b * b).sum(),
    "shapes": lambda x, w, b: mg.concatenate([x.T @ x, w.reshape(3, 4)], 1)[:, 1:].sum() + mg.stack([b, b]).max(),
    "where": lambda x, w, b: mg.where(x @ w > 0, x @ w, b).sum(),
    "stacks": lambda x, w, b: mg.logsumexp(mg.reshape(x, (5, 1, 3)) @ w + b),
    "powers": lambda x, w, b: (x**2 @ w**3).sum() + (b**0).sum(),
}


def on_a_tape(f: Function, *data: Any, constants: Sequence[int] = ()) -> list[Any]:
    with Tape():
        return gradients(f, *data, constants=constants)


def compiled(f: Function, *data: Any, constants: Sequence[int] = ()) -> list[Any]:
    """The function's gradient, replayed."""
    step = mg.compile(mg.grad(f, tuple(i for i in range(len(data)) if i not in constants)))
    step(*data)
    return list(step(*data))


@pytest.mark.parametrize("way", [gradients, on_a_tape, compiled])
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("constants", [(), (0,), (1, 2)])
def test_the_same_gradients_in_every_way(way: Callable[..., Any], name: str, dtype: Any, constants: Sequence[int]) -> None:
    data = [x.astype(dtype) for x in (X, W, B)]
    expected = gradients(FUNCTIONS[name], *data, constants=constants)
    found = way(FUNCTIONS[name], *data, constants=constants)
    assert all(np.all(a == b) for a, b in zip(found, expected, strict=True))  # of x**0, grad() gives an array of zeros, backward() a 0
    assert {np.asarray(g).dtype for g in found} <= {np.dtype(dtype), np.dtype(int)}


@pytest.mark.parametrize("name", [name for name in PRIMITIVES if name != "powi"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_functions_keep_their_dtype(name: str, dtype: Any) -> None:
    """One operand is broadcast, if there are two."""
    columns = np.array(list(samples(name, 8))[:6]).clip(-1000, 1000).astype(dtype).T
    data = [columns[0]] if len(columns) == 1 else [np.stack([columns[0]] * 2), columns[1]]
    function = FUNCTIONS_BY_NAME[NAMES.get(name, name)]
    with np.errstate(all="ignore"):
        found = gradients(lambda *x: function(*x).sum(), *data)
    assert {np.asarray(g).dtype for g in found} <= {np.dtype(dtype), np.dtype(int)}


@settings(max_examples=150)
@given(programs([*COMMON, *MIXING, *MIXING], shapes=[(3,), (2, 2), (2, 1), (2, 3)], size=10))
def test_random_programs(program: Program) -> None:
    leaves = [np.asarray(leaf) for leaf in program.leaves]
    rest = range(program.inputs, len(leaves))
    assert same(on_a_tape(program, *leaves, constants=rest), gradients(program, *leaves, constants=rest))


def test_a_cotangent_of_another_dtype() -> None:
    """Shares get the dtype of their operands, as in the general sweep."""
    for dtype in (np.float32, np.float64):
        x = Value(X.astype(np.float32))
        mg.tanh(x).backward(np.full(X.shape, 1 / 3, dtype))
        assert x.grad.dtype == np.float32
    with Tape():
        y = Value(X.astype(np.float32))
        mg.tanh(y).backward(np.full(X.shape, 1 / 3))
    assert same([x.grad], [y.grad])


def test_operands_of_sums_are_told_apart() -> None:
    data = [RNG.standard_normal(3) for _ in range(3)]
    for _ in range(2):
        a, b, c = map(Value, data)
        s = a * b * c
        ((s + a) * s).sum().backward()
        first = [v.grad for v in (a, b, c)]
        a, b, c = map(Value, data)
        s = a * b * c
        ((s + c) * s).sum().backward()
        second = [v.grad for v in (a, b, c)]
    x, y, z = data
    p = x * y * z
    assert np.allclose(first[0], y * z * (2 * p + x) + p)
    assert np.allclose(second[0], y * z * (2 * p + z))
    assert np.allclose(second[2], x * y * (2 * p + z) + p)


def test_a_leaf_that_is_entered_twice_gets_both() -> None:
    for _ in range(2):
        v = Value(np.array([1.0, 2.0]))
        y = v * 3.0
        v.data = np.array([5.0, 7.0])
        (y * v).sum().backward()
        assert v.grad.tolist() == [3 * 5 + 3 * 1, 3 * 7 + 3 * 2]


def test_changes_in_place_are_found() -> None:
    for _ in range(2):
        x, w, b = X.copy(), Value(W), Value(B)
        loss = network(x, w, b)
        x[2, 1] += 1e-9
        with pytest.raises(TapeError, match=r"#0 \(float64 \(5, 3\)\) was changed in place"):
            loss.backward()
        w, b = Value(W), Value(B)
        network(X, w, b).backward()


def test_cotangents_that_are_0_meet_partials_that_are_not_finite() -> None:
    (gradient,) = gradients(lambda x: mg.where(x > 0, mg.sqrt(x), 0.0).sum(), np.array([0.0, 4.0]))
    assert gradient.tolist() == [0.0, 0.25]


def test_what_was_swept_is_not_held() -> None:
    x = Value(X.copy())
    watched, data = weakref.ref(x), weakref.ref(x.data)
    (x * x).sum().backward()
    del x
    gc.collect()
    assert watched() is None
    assert data() is None


def test_a_wide_dtype_in_between() -> None:
    """Where dtypes meet, every share has its operand's."""
    for _ in range(2):
        x, w = Value(X.astype(np.float32)), Value(W)
        (x @ w).sum().backward()
        assert (x.grad.dtype, w.grad.dtype) == (np.float32, np.float64)


def test_threads_sweep_at_the_same_time() -> None:
    expected = gradients(network, X, W, B)
    wrong: list[Any] = []

    def work() -> None:
        for _ in range(50):
            found = gradients(network, X, W, B)
            if not same(found, expected):
                wrong.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_wrong_share_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison has teeth: compiled programs know nothing of a product that is changed here."""
    expected = compiled(lambda x: mg.tanh(x).sum(), X)
    monkeypatch.setattr(elementwise, "array_product", lambda ct, partial: scaling.array_product(ct, partial) * 1.0000001)
    assert not same(gradients(lambda x: mg.tanh(x).sum(), X), expected)
