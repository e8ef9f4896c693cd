"""`Value` as a user meets it: numbers of Karpathy's micrograd, operators, gradients that add up, copies, dtypes."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from micrograd import evaluate
from micrograd.engine import DtypeError, ShapeError, Tape, TapeError, Value, no_grad
from micrograd.verified import Expr, const, diff, var

# --- the program of micrograd's README ---------------------------------------------------------------------------------


def readme(a: Any, b: Any, relu: Callable[[Any], Any]) -> Any:
    """The example of Karpathy's README, for numbers of any kind."""
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + relu(b + a)
    d += 3 * d + relu(b - a)
    e = c - d
    f = e**2
    g = f / 2
    g += 10 / f
    return g


def test_the_example_of_the_readme() -> None:
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_the_example_of_the_readme_exactly() -> None:
    """The derivatives of the formula in rational numbers; e = -7, so g = 49/2 + 10/49."""
    x, y = var("a"), var("b")

    def on_expressions(v: Expr) -> Expr:
        from micrograd.verified import relu

        return relu(v)

    formula = readme(x, y, on_expressions)
    point = {"a": Fraction(-4), "b": Fraction(2)}
    a, b = Value(-4), Value(2)
    g = readme(a, b, Value.relu)
    g.backward()
    assert evaluate(formula, point) == Fraction(49, 2) + Fraction(10, 49)
    # integers up to the quotients 10/f and f/2: at most two roundings of each of the terms, which are 2 for each derivative
    for value, exact in zip(
        (g.data, a.grad, b.grad), (evaluate(d, point) for d in (formula, diff(formula, x), diff(formula, y))), strict=True
    ):
        assert abs(Fraction(value) - exact) <= 4 * Fraction(np.spacing(abs(float(exact))))


@pytest.mark.parametrize("kind", [float, int, np.float64, lambda v: np.array([float(v)])], ids=["float", "int", "float64", "array"])
def test_the_example_on_every_kind_of_number(kind: Callable[[float], Any]) -> None:
    a, b = Value(kind(-4)), Value(kind(2))
    readme(a, b, Value.relu).backward()
    c, d = Value(-4.0), Value(2.0)
    readme(c, d, Value.relu).backward()
    assert [float(np.ravel(v.grad)[0]) for v in (a, b)] == [c.grad, d.grad]


# --- operators ---------------------------------------------------------------------------------------------------------

BINARY: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Fraction, Fraction], tuple[Fraction, Fraction]]]] = {
    "+": (operator.add, lambda x, y: (Fraction(1), Fraction(1))),
    "-": (operator.sub, lambda x, y: (Fraction(1), Fraction(-1))),
    "*": (operator.mul, lambda x, y: (y, x)),
    "/": (operator.truediv, lambda x, y: (1 / y, -x / y**2)),
}
OTHERS = [2, 2.0, np.float64(2.0), np.int64(2), np.float32(2.0), np.array(2.0), -0.5]


@pytest.mark.parametrize("symbol", BINARY)
@pytest.mark.parametrize("other", OTHERS, ids=lambda o: f"{type(o).__name__}({o})")
def test_numbers_on_both_sides(symbol: str, other: Any) -> None:
    apply, partials = BINARY[symbol]
    number = Fraction(float(other))
    for swapped in (False, True):
        x = Value(4.0)
        y = apply(other, x) if swapped else apply(x, other)
        y.backward()
        pair = (number, Fraction(4)) if swapped else (Fraction(4), number)
        assert isinstance(y, Value)
        assert float(y.data) == apply(*pair)  # powers of two: floats are exact
        assert float(x.grad) == partials(*pair)[swapped]


@pytest.mark.parametrize("symbol", BINARY)
def test_operators_of_two_values(symbol: str) -> None:
    apply, partials = BINARY[symbol]
    x, y = Value(4.0), Value(-0.5)
    z = apply(x, y)
    z.backward()
    assert z.data == apply(4, Fraction(-1, 2))
    assert (x.grad, y.grad) == partials(Fraction(4), Fraction(-1, 2))


@pytest.mark.parametrize("symbol", BINARY)
def test_both_operands_may_be_the_same_value(symbol: str) -> None:
    apply, partials = BINARY[symbol]
    x = Value(4.0)
    apply(x, x).backward()
    assert x.grad == sum(partials(Fraction(4), Fraction(4)))


@pytest.mark.parametrize(
    ("f", "value", "slope"),
    [
        (operator.neg, -4.0, -1.0),
        (operator.pos, 4.0, 1.0),
        (abs, 4.0, 1.0),
        (lambda x: x**2, 16.0, 8.0),
        (lambda x: x**0, 1.0, 0.0),
        (lambda x: x**1, 4.0, 1.0),
        (lambda x: x**-1, 0.25, -0.0625),
        (lambda x: x**0.5, 2.0, 0.25),
        (lambda x: x**2.0, 16.0, 8.0),
        (lambda x: x**-0.5, 0.5, -0.0625),
        (lambda x: x ** Value(2.0), 16.0, 8.0),
        (lambda x: x.sqrt(), 2.0, 0.25),
        (lambda x: x.relu(), 4.0, 1.0),
        (lambda x: (-x).relu(), 0.0, 0.0),
        (lambda x: (x - x).relu(), 0.0, 0.0),
        (lambda x: (x - 4).tanh(), 0.0, 1.0),
        (lambda x: (x - 4).sigmoid(), 0.5, 0.25),
        (lambda x: (x - 4).exp(), 1.0, 1.0),
        (lambda x: (x - 3).log(), 0.0, 1.0),
    ],
)
def test_unary_operators_and_powers(f: Callable[[Value], Value], value: float, slope: float) -> None:
    x = Value(4.0)
    y = f(x)
    y.backward()
    assert (y.data, x.grad) == (value, slope)


def test_power_with_a_value_as_exponent() -> None:
    n = Value(3.0)
    (2**n).backward()
    assert n.grad == pytest.approx(8 * np.log(2), rel=4 * 2.0**-52)  # log, pow, and a product: an ulp each
    with pytest.raises(TypeError):
        n ** "2"


def test_sum_of_python_and_products_in_place() -> None:
    xs = [Value(float(i)) for i in range(5)]
    total: Any = sum(xs)
    total *= 2
    total -= 1
    total /= 4
    total.backward()
    assert total.data == 4.75
    assert [x.grad for x in xs] == [0.5] * 5


# --- what a value shows ------------------------------------------------------------------------------------------------


def test_integers_stay_and_repr_is_that_of_micrograd() -> None:
    x = Value(2)
    assert repr(x) == "Value(data=2, grad=0)"
    assert type(x.data) is int
    y = x * 3 + 1
    assert repr(y) == "Value(data=7, grad=0)"
    assert type(y.data) is int
    y.backward()
    assert x.grad == 3
    assert repr(y) == "Value(data=7, grad=1)"
    assert (x / 2).data == 1.0
    assert type((x**2).data) is int
    assert (x**-1).data == 0.5


def test_large_integer_powers_become_floats() -> None:
    assert (Value(10) ** 400).data == np.inf
    assert (Value(0) ** -1).data == np.inf
    assert type((Value(-1) ** 10**9).data) in (int, float)


def test_operands_and_symbols() -> None:
    a, b = Value(2.0), Value(-3.0)
    c = a * b
    assert c._prev == {a, b}
    assert a._prev == set()
    assert a._op == ""
    symbols = {"+": a + b, "*": c, "-": a - b, "/": a / b, "ReLU": a.relu(), "**": a**2, "tanh": a.tanh()}
    assert {value._op for value in symbols.values()} == set(symbols)
    assert {v.data for v in (c + 1)._prev} == {-6.0, 1}


def test_a_graph_can_be_walked() -> None:
    a, b = Value(2.0), Value(-3.0)
    root = (a * b + a).relu()
    seen, stack, ops = set(), [root], []
    while stack:
        node = stack.pop()
        ops.append(node._op)
        for child in node._prev:
            seen.add(child.data)
            stack.append(child)
    assert sorted(filter(None, ops)) == ["*", "+", "ReLU"]
    assert seen == {2.0, -3.0, -6.0, -4.0}


def test_comparisons_give_truth_values() -> None:
    a, b = Value(1.0), Value(2.0)
    assert bool(a < b) is True
    assert bool(a > b) is False
    assert bool(a <= 1) is True
    assert bool(b <= 2) is True
    assert (Value(np.array([1.0, 3.0])) > 2).data.tolist() == [False, True]
    assert (a == b) is False
    assert (a == a) is True
    assert len({a, b, a}) == 2
    assert sorted([b, a], key=float) == [a, b]
    assert max(a, b) is b
    assert max(Value(float("nan")), b).data != max(Value(float("nan")), b).data


def test_conversions() -> None:
    assert float(Value(2)) == 2.0
    assert Value(np.array([[2.5]])).item() == 2.5
    assert bool(Value(0.0)) is False
    assert len(Value(np.zeros((3, 2)))) == 3
    with pytest.raises(TypeError, match="single number"):
        len(Value(1.0))
    rows = list(Value(np.array([[1.0, 2.0], [3.0, 4.0]])))
    assert [row.data.tolist() for row in rows] == [[1.0, 2.0], [3.0, 4.0]]
    assert (Value(1.0).shape, Value(1.0).ndim, Value(1.0).size, Value(1.0).dtype) == ((), 0, 1, np.float64)
    with pytest.raises(TypeError, match="already"):
        Value(Value(1.0))


# --- gradients ---------------------------------------------------------------------------------------------------------


def test_gradients_of_leaves_add_up_until_they_are_reset() -> None:
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0
    (2 * x).backward()
    assert x.grad == 8.0
    x.zero_grad()
    assert x.grad == 0
    (x * x).backward()
    assert x.grad == 6.0
    x.grad = 0
    assert x.grad == 0


@pytest.mark.parametrize("data", [3.0, 3, np.array([3.0]), np.array(3.0), const(3)], ids=["float", "int", "array", "0d", "Expr"])
def test_the_same_backward_twice_is_an_error(data: Any) -> None:
    x = Value(data)
    y = x * x
    y.backward()
    with pytest.raises(TapeError, match="zero_grad"):
        y.backward()
    assert float(evaluate(x.grad)) == 6.0 if isinstance(data, Expr) else np.all(x.grad == 6.0)
    x.zero_grad()
    y.backward()
    assert float(evaluate(x.grad)) == 6.0 if isinstance(data, Expr) else np.all(x.grad == 6.0)


def test_two_results_of_one_tape() -> None:
    x = Value(3.0)
    y = x * x
    z = 2 * x
    y.backward()
    z.backward()
    assert x.grad == 8.0
    w = y + z
    w.backward()
    assert x.grad == 16.0


def test_backward_after_more_computation() -> None:
    x = Value(3.0)
    y = x * x
    y.backward()
    z = y * x  # y stands on an ended tape: it is linked
    z.backward()
    assert x.grad == 6.0 + 27.0
    x.zero_grad()
    (z * y).backward()
    assert x.grad == 5 * 3.0**4


def test_a_chain_of_ended_tapes() -> None:
    x = Value(1.5)
    y = x * 1
    exact = Fraction(3, 2)
    for _ in range(6):
        y = y * x
        y.backward()
    x.zero_grad()
    (y + y).backward()
    assert y.data == exact**7
    assert x.grad == 2 * 7 * exact**6


def test_linked_arrays() -> None:
    x = Value(np.array([1.0, 2.0]))
    y = x * x
    y.sum().backward()
    (y * x).sum().backward()
    assert x.grad.tolist() == [2.0 + 3.0, 4.0 + 12.0]


def test_leaf_data_replaced_between_uses() -> None:
    x = Value(3.0)
    y = x * x
    x.data = 5.0
    z = x * 10
    (y + z).backward()
    assert (y + z).data == 59.0
    assert x.grad == 6.0 + 10.0
    assert x.data == 5.0


def test_an_update_between_steps() -> None:
    x = Value(np.array([1.0, -2.0]))
    for _ in range(3):
        loss = (x * x).sum()
        x.zero_grad()
        loss.backward()
        x.data = x.data - 0.25 * x.grad
    assert x.data.tolist() == [0.125, -0.25]


def test_an_update_in_place() -> None:
    x = Value(np.array([1.0, -2.0]))
    for _ in range(3):
        loss = (x * x).sum()
        x.zero_grad()
        loss.backward()
        x.data -= 0.25 * x.grad
    assert x.data.tolist() == [0.125, -0.25]


def test_the_gradient_of_a_computed_value_is_its_adjoint() -> None:
    x = Value(3.0)
    y = x * x
    z = y * 5
    z.backward()
    assert (z.grad, y.grad) == (1, 5.0)
    with pytest.raises(TapeError, match="cannot be set"):
        y.grad = 0
    with pytest.raises(TapeError, match="cannot be replaced"):
        y.data = 1.0


def test_backward_of_a_leaf() -> None:
    x = Value(3.0)
    x.backward()
    assert x.grad == 1
    v = Value(np.array([1.0, 2.0]))
    v.backward(np.array([5.0, 7.0]))
    assert v.grad.tolist() == [5.0, 7.0]


def test_gradients_do_not_share_memory() -> None:
    x, y = Value(np.ones((2, 2))), Value(np.ones((2, 2)))
    (x + y).backward(np.ones((2, 2)))
    x.grad[0, 0] = 9.0
    assert y.grad[0, 0] == 1.0
    seed = np.ones((2, 2))
    z = Value(np.ones((2, 2)))
    (z + 0.0).backward(seed)
    z.grad[...] = 3.0
    assert seed.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    broadcast = Value(np.ones(3))
    broadcast.sum().backward()
    broadcast.grad[0] = 2.0
    assert broadcast.grad.tolist() == [2.0, 1.0, 1.0]


def test_a_leaf_that_does_not_take_part_keeps_its_gradient() -> None:
    x, y = Value(3.0), Value(4.0)
    (x * 2).backward()
    assert y.grad == 0
    unused = y * 2
    (x * 3).backward()
    assert y.grad == 0
    unused.backward()
    assert y.grad == 2


def test_no_grad_and_detach() -> None:
    x = Value(3.0)
    with no_grad():
        y = x * x
        w = Value(1.0)
    assert y.is_leaf
    assert w.is_leaf
    z = x * y
    z.backward()
    assert (x.grad, y.grad) == (9.0, 3.0)
    x.zero_grad()
    (x * (x * x).detach()).backward()
    assert x.grad == 9.0
    computed = x * x
    assert not computed.is_leaf
    assert computed.detach().is_leaf
    with no_grad(), no_grad():
        pass
    assert not (x * x).is_leaf


def test_no_grad_ends_with_an_exception() -> None:
    def fail() -> None:
        with no_grad():
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not (Value(1.0) * 2).is_leaf


# --- copies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [2, 2.5, np.array([1.0, 2.0]), np.float32(3.0)], ids=["int", "float", "array", "float32"])
def test_pickling(data: Any) -> None:
    x = Value(data)
    (x * 3).backward(None if np.ndim(data) == 0 else np.ones(2))
    again = pickle.loads(pickle.dumps(x))
    assert again.is_leaf
    assert np.array_equal(again.data, x.data)
    assert type(again.data) is type(x.data)
    assert np.array_equal(again.grad, x.grad)
    computed = pickle.loads(pickle.dumps(x * 2))
    assert computed.is_leaf
    assert np.array_equal(computed.data, (x * 2).data)


def test_copies_are_leaves_with_data_of_their_own() -> None:
    x = Value(np.array([1.0, 2.0]))
    deep = copy.deepcopy({"a": [x, x]})["a"]
    assert deep[0] is deep[1]
    deep[0].data[0] = 7.0
    assert x.data.tolist() == [1.0, 2.0]
    assert copy.copy(x).is_leaf
    y = copy.copy(x * 2)
    assert y.is_leaf
    assert y.data.tolist() == [2.0, 4.0]


# --- dtypes ------------------------------------------------------------------------------------------------------------

DTYPES = [np.float16, np.float32, np.float64]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "f",
    [
        lambda x: (x * 2 + 1).sum(),
        lambda x: (2.0 / (x + 3)).mean(),
        lambda x: x.exp().sum(axis=0).max(),
        lambda x: (x @ x.T).sum(),
        lambda x: (x**2).sum(),
        lambda x: (x.sigmoid() * x.relu()).sum(),
        lambda x: x.reshape(-1)[[0, 0, 1]].sum(),
        lambda x: (x / x.sum(axis=1, keepdims=True)).max(),
        lambda x: (abs(x) ** 0.5).sum(),
    ],
)
def test_dtypes_are_kept(dtype: Any, f: Callable[[Value], Value]) -> None:
    x = Value(np.array([[1.0, 2.0], [0.5, 0.25]], dtype=dtype))
    y = f(x)
    y.backward()
    assert y.dtype == dtype
    assert x.grad.dtype == dtype
    assert x.grad.shape == (2, 2)


def test_gradients_have_the_dtype_of_the_data_when_dtypes_meet() -> None:
    x, y = Value(np.ones(2, dtype=np.float32)), Value(np.ones(2, dtype=np.float64))
    z = x * y
    z.backward(np.ones(2))
    assert z.dtype == np.float64
    assert (x.grad.dtype, y.grad.dtype) == (np.float32, np.float64)


def test_numpy_numbers() -> None:
    assert type(Value(np.float64(2.0)).data) is float
    assert type(Value(np.int32(2)).data) is int
    x = Value(np.float32(2.0))
    (x * x).backward()
    assert x.dtype == np.float32
    assert x.grad == 4.0


def test_lists_become_arrays() -> None:
    assert Value([1, 2]).data.tolist() == [1.0, 2.0]
    assert Value([[1.0, 2.0]]).shape == (1, 2)


def test_expressions_as_data() -> None:
    x, y = var("x"), var("y")
    a, b = Value(x), Value(y)
    z = a * b + a
    z.backward()
    assert z.data is x * y + x
    assert evaluate(a.grad, x=Fraction(2), y=Fraction(5)) == 6
    assert evaluate(b.grad, x=Fraction(2), y=Fraction(5)) == 2


def test_a_computed_array_is_read_only() -> None:
    x = Value(np.ones(2))
    y = x * 2
    with pytest.raises(ValueError, match="read-only"):
        y.data[0] = 1.0
    x.data[0] = 5.0
    assert (x * 1).data.tolist() == [5.0, 1.0]


def test_indexing() -> None:
    x = Value(np.arange(6.0).reshape(2, 3))
    with pytest.raises(ShapeError, match="out of bounds"):
        x[5]
    with pytest.raises(ShapeError, match="single number"):
        Value(1.0)[0]
    with pytest.raises(DtypeError, match=r"v\.data"):
        x[Value(1.0)]
    with Tape() as tape:
        leaf = Value(np.arange(3.0))
        leaf[1]
    assert [entry.operation for entry in tape] == ["const", "take"]
