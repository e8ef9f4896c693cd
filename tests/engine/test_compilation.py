"""Compiled functions: equal to the functions bit for bit, for every shape; refused where they would be wrong."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import micrograd.engine as me
from micrograd.engine import ShapeError, TapeError, Value, compile, grad, hessian, value_and_grad
from micrograd.engine.codegen import Names
from micrograd.engine.elementwise import COMPOSITES, OPERATIONS
from micrograd.engine.trees import flatten

rng = np.random.default_rng(7)


def same(a: Any, b: Any) -> bool:
    """Bit for bit, containers included."""
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray | np.generic):
        return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
    return type(a) is type(b) and (a == b or (a != a and b != b))


def net(p: Any, x: Any, y: Any) -> Any:
    return me.cross_entropy(me.relu(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"], y)


def parameters(dtype: Any) -> dict[str, Any]:
    shapes = {"W1": (6, 5), "b1": (5,), "W2": (5, 3), "b2": (3,)}
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}


def matrix(*shape: int) -> Any:
    return rng.normal(size=shape)


PROGRAMS: dict[str, tuple[Any, Any]] = {
    "elementwise": (lambda x, y: me.exp(x) * me.tanh(y) / (1 + x * x), lambda: (matrix(3, 4), matrix(4))),
    "reductions": (lambda x: me.max(x, 1).sum() + me.logsumexp(x) - me.mean(x, 0)[1], lambda: (matrix(3, 4),)),
    "gradient": (grad(lambda x: (me.sin(x) @ x).sum()), lambda: (matrix(4, 4),)),
    "where": (grad(lambda x: me.where(x > 0, me.log(x), x * x).sum()), lambda: (matrix(20),)),
    "hessian": (hessian(lambda x: me.softplus(x).sum() * x[0]), lambda: (matrix(3),)),
    "slices": (grad(lambda x: (x[1:] * x[:-1]).sum() + x[[0, 0, 2]].sum()), lambda: (matrix(5),)),
    "joined": (lambda x, y: me.concatenate([x, y * 2]).reshape(2, -1).T, lambda: (matrix(3), matrix(3))),
    "numbers": (value_and_grad(lambda a, b: (a * b + me.sin(a)) ** 2 / (b - 0.5) - a, (0, 1)), lambda: (0.75, 2.5)),
    "relu of numbers": (grad(lambda a, b: (a * b).relu() * 3 + me.maximum(a, b)), lambda: (float(rng.normal()), float(rng.normal()))),
    "arguments as results": (lambda x, y: (x, x + 0 * y, x.T), lambda: (matrix(2, 2), matrix(2, 2))),
    "powers": (grad(lambda x: (x**3 + x**-2 + x**2).sum()), lambda: (matrix(3) + 4,)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_equal_bit_for_bit_on_new_data(name: str) -> None:
    f, draw = PROGRAMS[name]
    compiled = compile(f)
    with np.errstate(all="ignore"):
        for _ in range(5):
            args = draw()
            assert same(compiled(*args), f(*args))
    assert len(compiled.programs) == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_step(dtype: Any) -> None:
    f = value_and_grad(net)
    step = compile(f)
    for rows in (7, 7, 4, 7):
        p, x, y = parameters(dtype), matrix(rows, 6).astype(dtype), rng.integers(0, 3, rows)
        assert same(step(p, x, y), f(p, x, y))
    assert len(step.programs) == 2  # two batch sizes
    assert step.source().count("terms_of(") == 1


@pytest.mark.parametrize("name", ["+", "*", "/", "@", "where", "hypot"])
def test_where_dtypes_meet(name: str) -> None:
    """Every gradient has the dtype of its operand, and so has every derivative of it."""
    operations: dict[str, Any] = {"+": me.add, "*": me.mul, "/": me.div, "@": me.matmul, "hypot": me.hypot}
    operation = operations.get(name, lambda a, b: me.where(me.less(a, b), a, b))
    single, double = matrix(3, 3).astype(np.float32), matrix(3, 3)
    first = grad(lambda a, b: me.sum(me.tanh(operation(a, b)) * b), argnums=(0, 1))
    second = grad(lambda a, b: me.sum(first(a, b)[0] ** 2) + me.sum(first(a, b)[1] ** 2), argnums=(0, 1))
    for f in (first, second):
        compiled = compile(f)
        for args in ((single, double), (double, single), (single[0], double), (single, double[0])):
            assert same(compiled(*args), f(*args))
            assert [g.dtype for g in f(*args)] == [x.dtype for x in args]


W, B = matrix(6, 3), matrix(1, 3)[0]


@pytest.mark.parametrize(
    ("x", "w", "b"),
    [
        (matrix(5, 6), W, B),
        (matrix(1, 6)[0], W, B),
        (matrix(10, 6).reshape(2, 5, 6), W, B),
        (matrix(5, 6), W, 0.25),
        (matrix(5, 6), W, matrix(5, 1)),
        (matrix(5, 6).astype(np.float32), W.astype(np.float32), B),
        (matrix(5, 6).astype(np.float32), W, B.astype(np.float32)),
        (matrix(1, 6)[0], W[:, 0], 0.25),
    ],
    ids=["rows", "vector", "stack", "number", "column", "wide bias", "wide weights", "single"],
)
def test_linear(x: Any, w: Any, b: Any) -> None:
    f = value_and_grad(lambda x, w, b: me.sum(me.tanh(me.linear(x, w, b))), argnums=(0, 1, 2))
    compiled = compile(f)
    for _ in range(2):
        assert same(compiled(x, w, b), f(x, w, b))


def test_the_same_logits_with_two_kinds_of_labels() -> None:
    fixed = np.array([0, 2, 1])

    def f(x: Any, first: Any, second: Any) -> Any:
        return me.cross_entropy(x, first) + 2 * me.cross_entropy(x, second) + 4 * me.cross_entropy(x, fixed)

    step = compile(value_and_grad(f))
    for _ in range(2):
        args = matrix(3, 4), rng.integers(0, 4, 3), rng.integers(0, 4, 3)
        assert same(step(*args), value_and_grad(f)(*args))


@pytest.mark.parametrize("wrong", [-1, 3])
def test_labels_are_checked_at_every_call(wrong: int) -> None:
    x, labels = matrix(4, 3), np.array([0, 1, 2, 1])
    step = compile(grad(lambda x, first, second: me.cross_entropy(x, first) + me.cross_entropy(x, second)))
    step(x, labels, labels)
    bad = labels.copy()
    bad[2] = wrong
    for pair in ((bad, labels), (labels, bad)):
        with pytest.raises(ShapeError, match=f"label {wrong} is out of range for 3 classes"):
            step(x, *pair)


def test_equal_to_backward() -> None:
    p, x, y = parameters(np.float32), matrix(7, 6).astype(np.float32), rng.integers(0, 3, 7)
    values = {name: Value(array) for name, array in p.items()}
    loss = net(values, x, y)
    loss.backward()
    value, gradient = compile(value_and_grad(net))(p, x, y)
    assert same(loss.data, value)
    assert all(same(values[name].grad, gradient[name]) for name in p)


def test_results_are_not_overwritten_by_the_next_call() -> None:
    f = compile(lambda x: (x * 2, (x * 2).T, x * 2 + 1))
    first = f(np.ones((2, 2)))
    kept = [part.copy() for part in first]
    f(np.full((2, 2), 7.0))
    assert all(same(a, b) for a, b in zip(first, kept, strict=True))


def test_arguments_are_not_written_to() -> None:
    x = matrix(3, 3)
    before = x.copy()
    compile(grad(lambda x: (me.relu(x) @ x).sum()))(x)
    assert same(x, before)


def test_a_result_that_is_an_argument_is_a_copy() -> None:
    x = matrix(2, 2)
    out, view = compile(lambda x: (x, x.T))(x)
    out[0, 0] = view[1, 1] = 99.0
    assert 99.0 not in x


def test_new_dtypes_and_static_arguments_are_recorded_anew() -> None:
    f = compile(lambda x, n: x**n)
    assert f(3.0, 2) == 9.0
    assert f(3.0, 3) == 27.0
    assert f(np.float32(3), 2).dtype == np.float32
    assert len(f.programs) == 3


def test_labels_and_indices_are_arguments() -> None:
    f = compile(lambda x, i: x[i].sum())
    x = np.arange(5.0)
    assert f(x, np.array([0, 1])) == 1.0
    assert f(x, np.array([4, 4])) == 8.0
    assert len(f.programs) == 1


def test_values_outside_of_the_domain() -> None:
    """What only the function itself can tell is left to it."""
    f = grad(lambda x: me.where(x > 1, me.sqrt(x), x).sum())
    compiled = compile(f)
    with np.errstate(all="ignore"):
        for x in (np.array([4.0, 0.5]), np.array([0.0, 4.0]), np.array([0.0, -1.0])):
            assert same(compiled(x), f(x))
    quotient = compile(lambda a, b: a / b)
    assert quotient(1.0, 2.0) == 0.5
    with pytest.raises(ZeroDivisionError):  # as without compilation
        quotient(1.0, 0.0)


REFUSED = {
    "truth": lambda x: x if x.sum() > 0 else -x,
    "number": lambda x: x * float(x.sum()),
    "data": lambda x: x * x.data,
    "item": lambda x: x * x.sum().item(),
}


@pytest.mark.parametrize("name", REFUSED)
def test_choices_that_depend_on_data_are_refused(name: str) -> None:
    with pytest.raises(TapeError, match="compiled"):
        compile(REFUSED[name])(np.ones(3))


@pytest.mark.parametrize("f", [lambda x, y: x * (y + 1), lambda x, y: np.eye(3)[y] @ x, lambda x, y: x[int(y[0])]])
def test_arithmetic_with_integer_arguments_is_refused(f: Any) -> None:
    with pytest.raises(TapeError, match="integer argument"):
        compile(f)(np.ones(3), np.array([0, 1, 2]))


def test_too_many_shapes() -> None:
    f = compile(lambda x: x * 2, limit=2)
    f(np.ones(1)), f(np.ones(2))
    with pytest.raises(TapeError, match="2 combinations"):
        f(np.ones(3))


def test_values_are_refused_as_arguments() -> None:
    with pytest.raises(TapeError, match="plain numbers"):
        compile(lambda x: x)(Value(1.0))


def test_work_is_linear() -> None:
    """One statement or expression for each operation of the program."""

    def chain(n: int) -> Any:
        def f(x: Any, z: Any) -> Any:
            y = x
            for _ in range(n):
                y = (y * x + z) * 0.5
            return y

        return f

    lengths = [len(compile(value_and_grad(chain(n), (0, 1)), 0.5, 0.25).source()) for n in (500, 1000, 2000)]
    assert 1.9 < lengths[1] / lengths[0] < 2.3
    assert 1.9 < lengths[2] / lengths[1] < 2.3


def test_third_derivatives_through_broadcasting_and_sums() -> None:
    """Inside another transformation operands are values; eager at third order, compiled already at second."""
    x, b = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]), np.array([1.0, -2.0, 0.5])

    def broadcast(b: Any) -> Any:
        return me.sum((x * b) ** 3)

    def summed(b: Any) -> Any:
        return me.sum(me.sum(x * b, axis=0) ** 3)

    for f, coefficients in ((broadcast, (x**3).sum(0)), (summed, x.sum(0) ** 3)):

        def first(b: Any, f: Any = f) -> Any:
            return grad(f)(b)

        def second(b: Any, first: Any = first) -> Any:
            return grad(lambda b: me.sum(first(b)))(b)

        def third(b: Any, second: Any = second) -> Any:
            return grad(lambda b: me.sum(second(b)))(b)

        for derivative, expected in ((first, 3 * b**2), (second, 6 * b), (third, 6 * np.ones(3))):
            assert np.allclose(derivative(b), coefficients * expected, rtol=1e-13)
            assert same(compile(derivative)(b), derivative(b))


# --- names and memory of results -----------------------------------------------------------------------------------------

CONSTANTS: list[Any] = [100.0, -0.0, 7, True, 10**30, np.float32(2.5), np.arange(1000.0), np.ones((2, 2), np.float32), np.arange(3), None]


MAKERS: list[tuple[Any, bool]] = [
    (lambda a, b: a + b, False),
    (lambda a, b: a * 2.0, True),
    (lambda a, b: a * 1, True),
    (lambda a, b: me.tanh(a), True),
    (lambda a, b: a[:1], True),
    (lambda a, b: me.reshape(a, (1, -1))[0], False),
    (lambda a, b: a, True),
    (lambda a, b: me.where(a > b, a, b), False),
    (lambda a, b: me.relu(a) + 0.5, True),
    (lambda a, b: me.broadcast_to(a[0], np.shape(b)), False),
    (lambda a, b: me.transpose(a), False),
]
"""Steps, and whether they take arrays of any length."""


@st.composite
def results(draw: Any) -> tuple[tuple[int, int], Any]:
    """How long the arguments are, and a function of two arrays that returns arguments, constants, repetitions, views and containers."""
    length = draw(st.sampled_from([1, 3, 600, 1000]))
    picks = draw(st.lists(st.tuples(st.integers(0, len(MAKERS) - 1), st.integers(0, 30)), min_size=1, max_size=12))
    nest = draw(st.sampled_from(["tuple", "list", "dict", "pairs"]))

    def f(x: Any, y: Any) -> Any:
        made: list[Any] = [x, y, x + y, x * 2.0]
        for kind, k in picks:
            a, b = made[k % len(made)], made[(k // 3) % len(made)]
            step, alone = MAKERS[kind]
            fits = np.shape(a) == np.shape(b) == (length,) or alone
            made.append(step(a, b) if fits else x)
        found = [CONSTANTS[k % len(CONSTANTS)] if kind % 4 == 0 else made[k % len(made)] for kind, k in picks]
        if nest == "dict":
            return {("r" if n % 2 else "v") + str(n): value for n, value in enumerate(found)}
        return tuple(found) if nest == "tuple" else [(value, n) for n, value in enumerate(found)] if nest == "pairs" else found

    return (length, draw(st.integers(0, 2**32 - 1))), f


@settings(max_examples=150, deadline=None)
@given(results())
def test_every_kind_of_result(drawn: tuple[tuple[int, int], Any]) -> None:
    """Equal to the function's own; later calls and writing into results change nothing."""
    (length, seed), f = drawn
    numbers = np.random.default_rng(seed)
    compiled = compile(f)
    earlier: list[tuple[Any, Any]] = []
    for _ in range(3):
        x, y = numbers.normal(size=length), numbers.normal(size=length)
        found, expected = compiled(x, y), copy.deepcopy(f(x, y))
        assert same(found, expected)
        earlier.append((found, expected))
    assert all(same(found, expected) for found, expected in earlier)
    for found, _ in earlier[:2]:
        for leaf in flatten(found)[0]:
            if isinstance(leaf, np.ndarray):
                leaf[...] = 77
    assert same(*earlier[2])
    assert same(compiled(x, y), expected)


def test_names_cannot_meet() -> None:
    """A pooled result, constants, and the numbers of results; arguments, options and keys."""
    f = compile(lambda v: (v + 1.0, 100.0, 101.0, 102.0))
    for _ in range(2):
        assert f(np.arange(1000.0))[1:] == (100.0, 101.0, 102.0)
    names = [new for letter in ("a", "a1", "b") for new in [Names().new(letter)]]
    assert len(set(names)) == 3
    given = Names(np=np, terms_of=print)
    assert len({given.new(letter) for letter in "abcabcabc" for _ in range(20)}) == 180
    assert given.function("np", np) == "np"
    for name, function in (("np", print), ("b1", print)):
        with pytest.raises(ValueError, match="not free"):
            given.function(name, function)


def test_a_part_of_a_buffer_is_not_a_result() -> None:
    f = compile(lambda x: ((x * 2.0)[1:], me.transpose(x * 3.0), me.reshape(x * 4.0, (1, 3))[0]))
    first = f(np.ones(3))
    f(np.zeros(3))
    assert [part.tolist() for part in first] == [[2.0, 2.0], [3.0] * 3, [4.0] * 3]


def test_values_of_tapes_that_have_ended_are_constants() -> None:
    w = Value(np.ones(3))
    v = w * 2.0
    v.sum().backward()
    f = compile(lambda x: x * v.detach() + v)
    assert f(np.ones(3)).tolist() == [4.0, 4.0, 4.0]


def test_derivatives_do_not_warn() -> None:
    """As those of the function itself."""
    f = grad(lambda x: (me.clip(x, 0.0, 1.0) ** 0.4).sum())
    assert compile(f)(np.array([-1.0, 0.5])).tolist() == f(np.array([-1.0, 0.5])).tolist()


def test_recorded_partials_are_those_of_arrays() -> None:
    """What is recorded and what is computed at once are rounded alike, for every operation and composite form."""
    generator = np.random.default_rng(3)
    for name, operation in {**OPERATIONS, **COMPOSITES}.items():
        for low, high in ((-2.0, 2.0), (0.1, 0.9), (1.1, 5.0)):
            operands = [generator.uniform(low, high, 50) for _ in range(operation.arity)]
            with np.errstate(all="ignore"):
                output = operation.value(*operands)
                for recorded, at_once in zip(operation.partials, operation.array_partials, strict=True):
                    if callable(recorded):
                        one, other = (1.0 * np.asarray(partial(operands, output)) for partial in (recorded, at_once))
                        assert np.array_equal(one, other, equal_nan=True), name


def test_second_derivatives_of_angles_bit_for_bit() -> None:
    x, y = np.random.default_rng(4).normal(size=(2, 40))

    def slope(x: Any, y: Any) -> Any:
        return grad(lambda x, y: (grad(lambda x, y: me.atan2(x, y).sum())(x, y) * 1.0).sum())(x, y)

    assert np.array_equal(slope(x, y), compile(slope)(x, y))
