"""NumPy's functions and operators on values: each gives what `micrograd.engine` gives, and what is not there is refused by name."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd import engine as mg
from micrograd.engine import Value
from micrograd.engine.numpy_protocol import FUNCTIONS, UFUNCS

DATA = np.array([[1.5, 0.5, 2.0], [0.25, 3.0, 1.0]])
INSIDE = {"arcsin", "arccos", "arctanh"}
"""Those whose domain is within (-1, 1)."""
ROUNDING = {"floor", "ceil", "trunc", "sign"}
COMPARING = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}


def operand(name: str) -> Any:
    return DATA / 8 if name in INSIDE else DATA + 1.125


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda u: u.__name__)
def test_every_ufunc_of_the_table(ufunc: Any) -> None:
    name = ufunc.__name__
    data = operand(name)
    other = data.T if name == "matmul" else np.float64(2) if "power" in name else data[::-1] * 1.5
    operands: list[Any] = [Value(data)] if ufunc.nin == 1 else [Value(data), other]
    y = ufunc(*operands)
    assert isinstance(y, Value)
    expected = ufunc(data) if ufunc.nin == 1 else ufunc(data, other)
    assert y.shape == expected.shape
    if name in COMPARING:
        assert y.data.dtype == bool
        assert np.array_equal(y.data, expected)
        return
    # two formulas for one function, each within 6 ulps
    assert np.all(np.abs(y.data - expected) <= 12 * np.spacing(np.abs(expected)))
    y.backward(np.ones(y.shape))
    moves = operands[0].grad
    assert np.all(moves == 0) if name in ROUNDING else np.any(moves != 0)
    assert np.shape(moves) in ((), data.shape)


@pytest.mark.parametrize("ufunc", [np.add, np.subtract, np.multiply, np.divide, np.maximum, np.arctan2, np.hypot, np.logaddexp, np.less])
@pytest.mark.parametrize("other", [1, 1.5, np.float64(1.5), DATA, np.array(1.5)], ids=["int", "float", "float64", "array", "0d"])
def test_ufuncs_with_plain_operands_on_both_sides(ufunc: Any, other: Any) -> None:
    v = Value(DATA)
    for y, expected in ((ufunc(v, other), ufunc(DATA, other)), (ufunc(other, v), ufunc(other, DATA))):
        assert isinstance(y, Value)
        assert np.all(np.abs(1.0 * y.data - expected) <= 12 * np.spacing(np.abs(1.0 * expected)))


def test_ufuncs_on_numbers() -> None:
    x = Value(1.0)
    y: Any = np.add(np.exp(x - 1), 1)
    y.backward()
    assert (y.data, x.grad) == (2.0, 1.0)
    z: Any = np.multiply(2, Value(3))
    assert (z.data, type(z.data)) == (6, int)


CALLS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sum": (np.sum, mg.sum),
    "sum axis": (lambda v: np.sum(v, axis=0), lambda v: mg.sum(v, 0)),
    "sum keepdims": (lambda v: np.sum(v, axis=1, keepdims=True), lambda v: mg.sum(v, 1, True)),
    "sum axes": (lambda v: np.sum(v, axis=(0, 1)), lambda v: mg.sum(v, (0, 1))),
    "mean": (lambda v: np.mean(v, axis=-1), lambda v: mg.mean(v, -1)),
    "max": (lambda v: np.max(v, axis=0), lambda v: mg.max(v, 0)),
    "min": (np.min, mg.min),
    "amax": (np.amax, mg.max),
    "amin": (np.amin, mg.min),
    "dot": (lambda v: np.dot(v, DATA.T), lambda v: mg.dot(v, DATA.T)),
    "reshape": (lambda v: np.reshape(v, (3, 2)), lambda v: mg.reshape(v, (3, 2))),
    "ravel": (np.ravel, mg.ravel),
    "transpose": (np.transpose, mg.transpose),
    "transpose axes": (lambda v: np.transpose(v, (1, 0)), lambda v: mg.transpose(v, (1, 0))),
    "expand_dims": (lambda v: np.expand_dims(v, 0), lambda v: mg.expand_dims(v, 0)),
    "squeeze": (lambda v: np.squeeze(v[None]), lambda v: mg.squeeze(v[None])),
    "broadcast_to": (lambda v: np.broadcast_to(v, (2, 2, 3)), lambda v: mg.broadcast_to(v, (2, 2, 3))),
    "concatenate": (lambda v: np.concatenate([v, DATA]), lambda v: mg.concatenate([v, DATA])),
    "concatenate axis": (lambda v: np.concatenate([DATA, v], axis=1), lambda v: mg.concatenate([DATA, v], axis=1)),
    "stack": (lambda v: np.stack([v, v], axis=1), lambda v: mg.stack([v, v], axis=1)),
    "where": (lambda v: np.where(DATA > 1, v, 0.0), lambda v: mg.where(DATA > 1, v, 0.0)),
    "where on a value": (lambda v: np.where(v > 1, v, v * 2.0), lambda v: mg.where(v > 1, v, v * 2.0)),
    "clip": (lambda v: np.clip(v, 0.5, 1.5), lambda v: mg.clip(v, 0.5, 1.5)),
    "add.reduce": (lambda v: np.add.reduce(v, axis=1), lambda v: mg.sum(v, 1)),
    "add.reduce by default": (np.add.reduce, lambda v: mg.sum(v, 0)),
    "maximum.reduce": (lambda v: np.maximum.reduce(v, axis=1), lambda v: mg.max(v, 1)),
    "minimum.reduce": (np.minimum.reduce, lambda v: mg.min(v, 0)),
    "method": (lambda v: v.sum(axis=0).max(), lambda v: mg.max(mg.sum(v, 0))),
    "matmul right": (lambda v: v @ DATA.T, lambda v: mg.matmul(v, DATA.T)),
    "matmul left": (lambda v: DATA.T @ v, lambda v: mg.matmul(DATA.T, v)),
    "array on the left": (lambda v: DATA * v - DATA / v, lambda v: mg.sub(mg.mul(DATA, v), mg.div(DATA, v))),
    "power": (lambda v: np.power(v, 2), lambda v: v**2),
    "square root": (lambda v: np.power(v, 0.5), lambda v: v**0.5),
    "power of a number": (lambda v: np.power(2.0, v), lambda v: 2.0**v),
}


@pytest.mark.parametrize("name", CALLS)
def test_functions_and_operators(name: str) -> None:
    theirs, ours = CALLS[name]
    u, v = Value(DATA), Value(DATA)
    y, z = theirs(u), ours(v)
    assert isinstance(y, Value)
    assert np.array_equal(y.data, z.data)
    assert np.all(np.abs(y.data - theirs(DATA)) <= 12 * np.spacing(np.abs(theirs(DATA))))
    for result in (y, z):
        result.backward(np.ones(result.shape))
    assert np.array_equal(u.grad, v.grad)


def test_all_functions_of_the_table_were_called() -> None:
    called = {name.split()[0] for name in CALLS} | {"shape", "ndim", "size"}
    assert {function.__name__ for function in FUNCTIONS} <= called
    v = Value(DATA)
    assert (np.shape(v), np.ndim(v), np.size(v)) == ((2, 3), 2, 6)


def test_a_matrix_in_place_operator() -> None:
    array = DATA.copy()
    array_before = array
    with pytest.raises(TypeError, match=r"add"):
        np.add(array, Value(DATA), out=array)
    array = array + Value(DATA)
    assert isinstance(array, Value)
    assert np.array_equal(array_before, DATA)


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "fft": (np.fft.fft, "numpy.fft.fft"),
    "linalg": (np.linalg.inv, "numpy.linalg.inv"),
    "svd": (np.linalg.svd, "numpy.linalg.svd"),
    "median": (np.median, "numpy.median"),
    "std": (np.std, "numpy.std"),
    "sort": (np.sort, "numpy.sort"),
    "cumsum": (np.cumsum, "numpy.cumsum"),
    "einsum": (lambda v: np.einsum("ij->j", v), "numpy.einsum"),
    "interp": (lambda v: np.interp(v, [0, 1], [0, 1]), "numpy.interp"),
    "gamma": (np.i0, "numpy.i0"),
    "spacing": (np.spacing, "numpy.spacing"),
    "fmod": (lambda v: np.fmod(v, 2), "numpy.fmod"),
    "floor_divide": (lambda v: np.floor_divide(v, 2), "numpy.floor_divide"),
    "isnan": (np.isnan, "numpy.isnan"),
    "outer": (lambda v: np.multiply.outer(v, v), r"numpy.multiply.outer"),
    "accumulate": (np.add.accumulate, r"numpy.add.accumulate"),
    "at": (lambda v: np.add.at(v, [0], 1.0), r"numpy.add.at"),
    "reduceat": (lambda v: np.add.reduceat(v, [0]), r"numpy.add.reduceat"),
    "multiply.reduce": (np.multiply.reduce, r"numpy.multiply.reduce"),
    "out": (lambda v: np.exp(v, out=np.zeros((2, 3))), r"numpy.exp .* out"),
    "where": (lambda v: np.exp(v, where=DATA > 1), r"numpy.exp .* where"),
    "dtype": (lambda v: np.exp(v, dtype=np.float32), r"numpy.exp .* dtype"),
    "modf": (np.modf, "numpy.modf"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_there_is_refused_by_name(name: str) -> None:
    call, message = REFUSED[name]
    with pytest.raises(TypeError, match=message):
        call(Value(DATA))


LOST: dict[str, Any] = {"out": np.zeros(3), "dtype": np.float32, "where": DATA > 1, "initial": 5.0}


@pytest.mark.parametrize("option", LOST)
@pytest.mark.parametrize(
    "function",
    [np.sum, np.add.reduce, np.max, np.maximum.reduce, np.minimum.reduce],
    ids=["sum", "add.reduce", "max", "maximum.reduce", "minimum.reduce"],
)
def test_options_that_would_be_lost_are_refused(function: Any, option: str) -> None:
    if function is np.max and option == "dtype":
        option = "out"
    with pytest.raises(TypeError, match=option):
        function(Value(DATA), axis=0, **{option: LOST[option]})
    assert function(Value(DATA), axis=0, keepdims=True).shape == (1, 3)


@pytest.mark.parametrize("data", [1.0, DATA], ids=["number", "array"])
def test_no_silent_arrays(data: Any) -> None:
    v = Value(data)
    with pytest.raises(TypeError, match=r"v\.data"):
        np.asarray(v)
    with pytest.raises(TypeError):
        np.array([v, v])
    with pytest.raises(TypeError):
        np.zeros(3)[:] = v
    with pytest.raises(TypeError):
        np.array(v, dtype=float)


@pytest.mark.parametrize("apply", [operator.iadd, operator.imul], ids=lambda f: f.__name__)
def test_an_array_does_not_swallow_a_value(apply: Any) -> None:
    array = DATA.copy()
    with pytest.raises(TypeError):
        apply(array, Value(DATA))
    assert np.array_equal(array, DATA)
