"""Sweeps written out as source give the gradients of the general sweep, bit for bit, and are used only where they fit."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import micrograd.engine as mg
from micrograd.engine import Tape, TapeError, Value, operations, plans
from micrograd.engine.functions import FUNCTIONS as FUNCTIONS_BY_NAME
from micrograd.engine.functions import NAMES
from micrograd.verified import PRIMITIVES
from tests.carriers.carrier_samples import operands as samples
from tests.engine.programs import COMMON, MIXING, Program, programs

Function = Callable[..., Value]
RNG = np.random.default_rng(11)
X, W, B = RNG.standard_normal((5, 3)), RNG.standard_normal((3, 4)), RNG.standard_normal(4)
LABELS = np.array([0, 3, 1, 1, 2])


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    plans.forget()
    yield
    plans.forget()


def written() -> list[str]:
    """The sources that were written so far."""
    return [plan.source for known in plans._known.values() for plan in known if plan.source is not None]


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


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("constants", [(), (0,), (1, 2)])
def test_the_same_gradients_before_and_after(name: str, dtype: Any, constants: Sequence[int]) -> None:
    data = [x.astype(dtype) for x in (X, W, B)]
    runs = [gradients(FUNCTIONS[name], *data, constants=constants) for _ in range(plans.OFTEN + 2)]
    assert len(written()) == 1 or name == "powers"
    assert all(same(run, runs[0]) for run in runs)
    assert [g.dtype for g in map(np.asarray, runs[-1])] == [g.dtype for g in map(np.asarray, runs[0])]


@pytest.mark.parametrize("name", [name for name in PRIMITIVES if name != "powi"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_functions_keep_their_dtype(name: str, dtype: Any) -> None:
    """One operand is broadcast, if there are two."""
    columns = np.array(list(samples(name, 8))[:6]).clip(-1000, 1000).astype(dtype).T
    data = [columns[0]] if len(columns) == 1 else [np.stack([columns[0]] * 2), columns[1]]
    function = FUNCTIONS_BY_NAME[NAMES.get(name, name)]
    with np.errstate(all="ignore"):
        runs = [gradients(lambda *x: function(*x).sum(), *data) for _ in range(plans.OFTEN + 1)]
    assert same(runs[-1], runs[0])
    assert {np.asarray(g).dtype for g in runs[-1]} <= {np.dtype(dtype), np.dtype(int)}


def test_random_programs() -> None:
    """And most of them have a plan."""
    plain: list[bool] = []

    @settings(max_examples=300)
    @given(programs([*COMMON, *MIXING, *MIXING], shapes=[(3,), (2, 2), (2, 1), (2, 3)], size=10))
    def run(program: Program) -> None:
        plans.forget()
        leaves = [np.asarray(leaf) for leaf in program.leaves]
        rest = range(program.inputs, len(leaves))
        runs = [gradients(program, *leaves, constants=rest) for _ in range(plans.OFTEN + 1)]
        assert same(runs[-1], runs[0])
        plain.append(bool(written()))

    run()
    assert sum(plain) > len(plain) / 2


def test_a_plan_that_does_not_fit_is_given_up() -> None:
    """x**0 has no share, which is known only when the rule is asked."""
    for _ in range(plans.OFTEN + 2):
        assert gradients(lambda x: (x**0 * np.ones(3)).sum(), X)[0] == 0
    (plan,) = next(iter(plans._known.values()))
    assert plan.source is not None
    assert plan.run is None


def test_a_plan_is_written_once_the_program_was_seen_often() -> None:
    for n in range(plans.OFTEN + 3):
        assert len(written()) == (n >= plans.OFTEN)
        gradients(network, X, W, B)
    (source,) = written()
    assert "matmul(" in source


def test_other_data_of_the_same_shapes() -> None:
    for _ in range(plans.OFTEN):
        gradients(network, X, W, B)
    planned = gradients(network, -X, W + 1, B * 2)
    plans.forget()
    assert same(planned, gradients(network, -X, W + 1, B * 2))


def test_other_shapes_dtypes_constants_and_operands_are_other_programs() -> None:
    """Each is run in turn, and often, with the same operations in the same order."""
    square, other = RNG.standard_normal((3, 3)), RNG.standard_normal((3, 3))
    cases: list[tuple[Function, tuple[Any, ...], tuple[int, ...]]] = [
        (lambda a, b: (a @ b).sum(), (square, other), ()),
        (lambda a, b: (b @ a).sum(), (square, other), ()),
        (lambda a, b: (a @ a).sum(), (square, other), ()),
        (lambda a, b: (a @ b).sum(), (square, other), (0,)),
        (lambda a, b: (a @ b).sum(), (square, other), (1,)),
        (lambda a, b: (a @ b).sum(), (square[:2], other), ()),
        (lambda a, b: (a @ b).sum(), (square.astype(np.float32), other.astype(np.float32)), ()),
        (lambda a, b: (a @ b).sum(), (square, other[:, 0]), ()),
        (lambda a, b: (a @ b).sum(0)[1], (square, other), ()),
        (lambda a, b: (a @ b).sum(1)[1], (square, other), ()),
    ]
    expected = [gradients(f, *data, constants=constants) for f, data, constants in cases]
    for _ in range(plans.OFTEN + 2):
        for (f, data, constants), gradient in zip(cases, expected, strict=True):
            assert same(gradients(f, *data, constants=constants), gradient)


@pytest.mark.parametrize(
    ("f", "often", "then"),
    [
        (lambda x, b: (x * b).sum(), (X, X[0]), (X, X[:, :1])),
        (lambda x, b: (x + b).sum(), (X, X[0]), (X, X)),
        (lambda x, b: (x @ b).sum(), (X, W), (X, W[:, 0])),
        (lambda x, b: (mg.reshape(x, b.shape) * b).sum(), (W, np.ones(12)), (W, np.ones((4, 3)))),
    ],
    ids=["columns", "same shape", "vector", "reshaped"],
)
def test_a_plan_for_some_shapes_is_not_run_on_others(f: Function, often: tuple[Any, ...], then: tuple[Any, ...]) -> None:
    expected = gradients(f, *then)
    plans.forget()
    for _ in range(plans.OFTEN + 1):
        gradients(f, *often)
    assert len(written()) == 1
    found = gradients(f, *then)
    assert same(found, expected)
    assert [g.shape for g in found] == [x.shape for x in then]


def test_a_plan_for_a_shape_that_an_option_made_is_not_run_on_another() -> None:
    """The leaves are the same, the option is not."""
    x, b = np.arange(1.0, 13.0), np.ones(12)
    for _ in range(plans.OFTEN + 1):
        gradients(lambda x, b: (mg.reshape(x, (12,)) * b).sum(), x, b)
    assert len(written()) == 1
    _, gradient = gradients(lambda x, b: (mg.reshape(x, (1, 12)) * b).sum(), x, b)
    assert gradient.tolist() == x.tolist()


def test_a_cotangent_of_another_dtype() -> None:
    """Shares get the dtype of their operands, as in the general sweep."""
    for dtype in (*[np.float32] * (plans.OFTEN + 1), np.float64):
        x = Value(X.astype(np.float32))
        mg.tanh(x).backward(np.full(X.shape, 1 / 3, dtype))
        assert x.grad.dtype == np.float32
    with Tape():
        y = Value(X.astype(np.float32))
        mg.tanh(y).backward(np.full(X.shape, 1 / 3))
    assert same([x.grad], [y.grad])


def test_options_are_those_of_the_run() -> None:
    """Labels, indices and axes are no part of a plan."""
    square = RNG.standard_normal((4, 4))
    for k in [*range(plans.OFTEN), 1, 0, 3]:
        (gradient,) = gradients(lambda x, k=k: (x * x).sum(axis=k % 2)[k % 4], square)
        expected = np.zeros((4, 4))
        expected[(slice(None), k % 4) if k % 2 == 0 else k % 4] = 1
        assert np.array_equal(gradient, 2 * square * expected)
    for k in [*range(plans.OFTEN), 2, 0]:
        labels = (LABELS + k) % 4
        planned = gradients(lambda x, w, b, labels=labels: mg.cross_entropy(x @ w + b, labels), X, W, B)
        with Tape():
            v = [Value(x) for x in (X, W, B)]
            mg.cross_entropy(v[0] @ v[1] + v[2], labels).backward()
        assert same(planned, [x.grad for x in v])


def test_operands_of_sums_are_told_apart() -> None:
    """A sum records its operands in a way of its own."""
    data = [RNG.standard_normal(3) for _ in range(3)]
    for _ in range(plans.OFTEN + 2):
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
    for _ in range(plans.OFTEN + 2):
        v = Value(np.array([1.0, 2.0]))
        y = v * 3.0
        v.data = np.array([5.0, 7.0])
        (y * v).sum().backward()
        assert v.grad.tolist() == [3 * 5 + 3 * 1, 3 * 7 + 3 * 2]


def test_changes_in_place_are_found() -> None:
    for n in range(plans.OFTEN + 2):
        x, w, b = X.copy(), Value(W), Value(B)
        loss = network(x, w, b)
        x[2, 1] += 1e-9
        with pytest.raises(TapeError, match=r"#0 \(float64 \(5, 3\)\) was changed in place"):
            loss.backward()
        w, b = Value(W), Value(B)
        network(X, w, b).backward()
        assert len(written()) == (n + 1 >= plans.OFTEN // 2)


def test_cotangents_that_are_0_meet_partials_that_are_not_finite() -> None:
    """The general sweep drops these products, and so does a plan."""
    for _ in range(plans.OFTEN + 2):
        (gradient,) = gradients(lambda x: mg.where(x > 0, mg.sqrt(x), 0.0).sum(), np.array([0.0, 4.0]))
        assert gradient.tolist() == [0.0, 0.25]


def test_no_plan_for_what_is_looked_at_or_mixed() -> None:
    for _ in range(plans.OFTEN + 2):
        with Tape() as tape:
            x, w, b = map(Value, (X, W, B))
            network(x, w, b).backward()
        assert tape.adjoints[x._index] is not None
        gradients(network, X.astype(np.float32), W, B)
        gradients(lambda x: mg.sum(Value(3.0) * Value(4.0) * x), X)
    assert written() == []


def test_so_many_plans_are_kept() -> None:
    for n in range(plans.PROGRAMS + 20):

        def f(x: Any, n: int = n) -> Any:
            for _ in range(n % (plans.PROGRAMS + 10)):
                x = x * 1.5
            return x.sum()

        gradients(f, X)
    assert len(plans._known) <= plans.PROGRAMS
    plans.forget()
    for n in range(3 * plans.VARIANTS):
        gradients(lambda x: (x * x).sum(), np.ones(n + 1))
    (known,) = plans._known.values()
    assert len(known) <= plans.VARIANTS


def test_no_plan_holds_data() -> None:
    for _ in range(plans.OFTEN + 1):
        x = Value(X.copy())
        watched = weakref.ref(x)
        data = weakref.ref(x.data)
        (x * x).sum().backward()
    assert written()
    del x
    gc.collect()
    assert watched() is None
    assert data() is None


def test_no_plan_holds_a_users_operation() -> None:
    for _ in range(plans.OFTEN + 1):
        double = mg.custom_vjp(lambda x: 2 * x)
        double.defvjp(lambda x: (2 * x, None), lambda saved, ct: (2 * ct,))
        x = Value(X)
        double(x).sum().backward()
        assert (x.grad == 2).all()
    assert not plans._known


def test_a_wide_dtype_in_between() -> None:
    """Where dtypes meet, every share has its operand's."""
    for _ in range(plans.OFTEN + 2):
        x, w = Value(X.astype(np.float32)), Value(W)
        (x @ w).sum().backward()
        assert (x.grad.dtype, w.grad.dtype) == (np.float32, np.float64)


def test_threads_share_plans() -> None:
    expected = gradients(network, X, W, B)
    plans.forget()
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


def test_a_wrong_plan_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison has teeth: with the product of a share changed, gradients differ once a plan runs."""
    monkeypatch.setattr(plans, "array_product", lambda ct, partial: operations.array_product(ct, partial) * 1.0000001)
    runs = [gradients(lambda x: mg.tanh(x).sum(), X) for _ in range(plans.OFTEN + 1)]
    assert not same(runs[-1], runs[0])
