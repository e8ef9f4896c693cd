"""NumPy's arrays in traced functions: what is an array, a view, a copy or the same object in NumPy is that here, or is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special
import scipy.stats

from micrograd.carriers.evaluation import evaluate
from micrograd.trace import tracing
from micrograd.trace.tracing import trace
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import ONE, ZERO, choose

Function = Callable[[Any], Any]


@pytest.fixture(autouse=True)
def unsampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong is to be refused by what reads it, and not by the points that are tried."""
    monkeypatch.setattr(tracing, "disagreement", lambda *arguments: "")


def assert_read(function: Function, x: float = 30.25) -> None:
    """Assert that the formula of a function has the function's value."""
    assert float(evaluate(trace(function).result, {"x": x})) == pytest.approx(float(function(x)), rel=1e-12)


def assert_refused(function: Function, message: str) -> None:
    with pytest.raises(UnsupportedPrimitive, match=message):
        trace(function)


def _doubled(make: Function, start: Function | None = None) -> Function:
    """What is left of a number if an array that was made of it is doubled in place; another name of the array sees that."""

    def f(x: Any) -> Any:
        first: Any = start(x) if start else None
        made = make(first if start else x)
        other = made
        made *= 2
        return np.sum(first if start else other)

    return f


WITHOUT_DIMENSIONS: dict[str, Function] = {
    "where": lambda x: np.where(x > 0, x, -x),
    "select": lambda x: np.select([x > 0], [x], 0.0),
    "vectorize": lambda x: np.vectorize(lambda t: t * 1.0)(x),
    "array": lambda x: np.array(x),
    "asarray": lambda x: np.asarray(x),
    "copy": lambda x: np.copy(x),
    "full": lambda x: np.full((), x),
    "cov": lambda x: np.cov(np.array([x, 1.0])),
    "tensordot": lambda x: np.tensordot(np.array([x, 1.0]), np.array([2.0, 3.0]), 1),
    "zeros": lambda x: np.zeros(()) + 0.0 * x + np.ones(()),
    "reshape of a number": lambda x: np.reshape(x, ()),
    "an entry, as a view": lambda x: np.array([x, 1.0])[0, ...],
}


@pytest.mark.parametrize("name", WITHOUT_DIMENSIONS)
def test_arrays_without_dimensions_change_in_place(name: str) -> None:
    assert_read(_doubled(WITHOUT_DIMENSIONS[name]))


@pytest.mark.parametrize("name", WITHOUT_DIMENSIONS)
def test_what_is_an_array_says_so(name: str) -> None:
    make = WITHOUT_DIMENSIONS[name]
    assert_read(lambda x: x * (2 if np.isscalar(make(x)) else 1))
    assert_read(lambda x: x * (2 if isinstance(make(x), np.ndarray) else 1))
    assert_read(lambda x: x * (2 if isinstance(make(x), int | float) else 1))
    assert_read(lambda x: x * (2 if hasattr(make(x), "__len__") else 1))


@pytest.mark.parametrize("name", WITHOUT_DIMENSIONS)
@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda r: abs(r) + r**2 - 3 / r, id="arithmetic"),
        pytest.param(lambda r: math.exp(-r / 90) + math.hypot(r, 1) + math.atan2(1.0, r), id="math"),
        pytest.param(lambda r: np.exp(-r / 90) + np.maximum(r, 2) + np.hypot(r, 1), id="numpy"),
        pytest.param(lambda r: scipy.special.expit(r / 90) + scipy.stats.norm.pdf(r, r, 2.0), id="scipy"),
        pytest.param(lambda r: float(r) + min(r, 3.0) + max(1.0, r) + sum([r, r]) + np.mean(r), id="builtins"),
        pytest.param(lambda r: 2.0 if r > 0 and r != 1 and not r < 0 else 1.0, id="conditions"),
        pytest.param(lambda r: np.array([r, 1.0]).sum() + np.stack([r, r])[1] + np.hstack([r, [2.0]])[0] + np.full(2, r)[1], id="entries"),
        pytest.param(lambda r: np.where(r > 1, r, 0.0) + np.clip(r, 0, 1) + np.interp(r, [0.0, 90.0], [0.0, 1.0]), id="choices"),
        pytest.param(lambda r: np.linalg.norm([r, r]) + np.polyval([r, 1.0], r) + np.linspace(0, r, 3)[1], id="formulas"),
    ],
)
def test_arrays_without_dimensions_are_numbers(name: str, use: Function) -> None:
    make = WITHOUT_DIMENSIONS[name]
    assert_read(lambda x: use(make(x)))


VIEWS: dict[str, Function] = {
    "squeeze": lambda v: np.squeeze(v),
    "squeeze, as a method": lambda v: v.squeeze(),
    "reshape": lambda v: np.reshape(v, ()),
    "an entry": lambda v: v[0, ...],
    "transpose": lambda v: np.transpose(v.reshape(())),
    "conj": lambda v: v.conj(),
    "asarray": lambda v: np.asarray(v[0, ...]),
}


@pytest.mark.parametrize("name", VIEWS)
def test_views_without_dimensions(name: str) -> None:
    assert_read(_doubled(VIEWS[name], lambda x: np.array([x])))


def _seen(x: Any) -> Any:
    v = np.array([x])
    s = np.squeeze(v)
    v[0] = 3 * x
    return s + 0.0


def _stepped(x: Any) -> Any:
    a = np.array(3)
    b = a
    a += 1
    return x * b


def _zero_stepped(x: Any) -> Any:
    a = np.zeros((), dtype=int)
    b = a
    a += 1
    return x * (1 + b)


@pytest.mark.parametrize("function", [_seen, _stepped, _zero_stepped])
def test_what_is_stored_shows_in_views(function: Function) -> None:
    assert_read(function)


REFUSED: dict[str, tuple[Function, str]] = {
    "a type that is an array's": (lambda x: x * (1 + np.ndim(np.float64(np.array([x])))), "which is an array"),
    "NumPy's floats": (lambda x: 2 * x if isinstance(np.sqrt(x), np.float64) else x, "isinstance of"),
    "NumPy's infinities": (lambda x: 2 * x if isinstance(np.array([np.inf])[0], np.float64) else x, "a float or one of NumPy's"),
    "objects": (lambda x: np.empty(2, dtype=object)[0], "dtype=object"),
    "a number as condition": (lambda x: np.select([x], [x]) + 0.0, "which is none"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    assert_refused(*REFUSED[name])


def test_float64_is_another_class_than_float() -> None:
    names = {float: 2.0, np.float64: 3.0}
    assert_read(lambda x: x * names[float] + (1 if np.float64 is float else 0))


def _kept(make: Function) -> Function:
    """What is left of an array after what was made of it is added to in place."""

    def f(x: Any) -> Any:
        v = np.array([x, 1.0])
        made = make(v)
        made += 7.0
        return v[0]

    return f


def _by_rows(make: Function) -> Function:
    """What is left of a copy of a transposed array after its entries in a row are added to in place."""

    def f(x: Any) -> Any:
        made = make(np.array([[x, 1.0], [2.0, 3.0]]).T)
        row = made.ravel()
        row += 7.0
        return made[0, 0] + x

    return f


COPIES: dict[str, Function] = {
    "sum of a list": _kept(lambda v: sum([v])),
    "max of no axes": _kept(lambda v: np.max(v, axis=())),
    "clip without bounds": _kept(lambda v: np.clip(v, None, None)),
    "conj": _kept(lambda v: v.conj()),
    "array": _by_rows(np.array),
    "copy": _by_rows(np.copy),
    "astype": _by_rows(lambda A: A.astype(float)),
    "ascontiguousarray": _by_rows(np.ascontiguousarray),
    "zeros_like": _by_rows(np.zeros_like),
    "full_like": _by_rows(lambda A: np.full_like(A, 3.0)),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies_and_views(name: str) -> None:
    assert_read(COPIES[name])


def test_python_adds_to_the_number_0() -> None:
    lists: Any = [[2.0]]
    assert_refused(lambda x: x * sum(lists)[0], "unsupported operand")


def test_sums_of_nothing_are_floats() -> None:
    assert_refused(lambda x: x * (2.0 if isinstance(np.sum(np.array([])), int) else 1.0), "isinstance of")


def _used_up(x: Any) -> Any:
    entries = np.array([x, 1.0]).flat
    return sum(entries) + 7 * sum(entries)


def _stepped_through(x: Any) -> Any:
    v = np.array([[x, 1.0], [2.0, 3.0]])
    entries = v.T.flat
    first = next(entries)
    second = next(entries)
    entries[1] = 5.0
    return (
        100 * first
        + 10 * second
        + 1000 * next(entries)
        + v[1, 0]
        + entries[-1] * len(entries)
        + sum(p * q for p, q in zip(v.flat, v.flat, strict=True))
    )


@pytest.mark.parametrize("function", [_used_up, _stepped_through])
def test_flat_is_an_iterator(function: Function) -> None:
    assert_read(function)


def _v(x: Any) -> Any:
    return np.array([[x, 2 * x], [3 * x, 4.0]])


def _stored(x: Any) -> Any:
    v = _v(x)
    v[0, x > 0] = 7.0
    return v.sum()


INDICES: dict[str, tuple[Function, str]] = {
    "a condition in a tuple": (lambda x: _v(x)[(x > 0,)].sum(), "a condition within an index"),
    "a condition beside a number": (lambda x: _v(x)[0, x > 0].sum(), "a condition within an index"),
    "a condition in a list": (lambda x: _v(x)[[x > 0, True]].sum(), "a condition within an index"),
    "an array of conditions in a tuple": (lambda x: _v(x)[0, np.array([x > 0, x > 1])].sum(), "a condition within an index"),
    "a condition where something is stored": (_stored, "a condition within an index"),
    "a condition of NumPy's as an index": (lambda x: [x, 2 * x][np.sqrt(x * x) > 1], "an index by"),
    "a comparison of flat": (lambda x: x * (_v(x).flat == 1.0), r"a comparison of `\.flat`"),
    "a part of flat": (lambda x: _v(x).flat[:2].sum(), r"an index of `\.flat`"),
    "argmax of NaN": (lambda x: x * (1 + np.argmax(np.array([5.0, np.nan]))), "with NaN"),
    "argmin of NaN": (lambda x: x * (1 + np.array([5.0, np.nan]).argmin()), "with NaN"),
    "sort of NaN": (lambda x: x * np.sort([np.nan, 5.0, x])[0], "with NaN"),
}


@pytest.mark.parametrize("name", INDICES)
def test_indices_that_are_refused(name: str) -> None:
    assert_refused(*INDICES[name])


def test_the_place_of_an_infinity() -> None:
    assert_read(lambda x: x * (1 + np.argmax(np.array([x, np.inf, 5.0])) + np.argmin(np.array([x, 5.0, -np.inf]))))


def _lost(x: Any) -> Any:
    return np.sqrt(np.array([(x - 30.25) ** 2 - 0.01, 1.0]))


ENTRIES: dict[str, Function] = {
    "an entry in a list": lambda x: x if _lost(x)[0] in [_lost(x)[0]] else 2 * x,
    "an entry in a list of the same": lambda x: (lambda v: x if v[0] in [v[0]] else 2 * x)(_lost(x)),
    "lists": lambda x: (lambda v: x if v.tolist() == v.tolist() else 2 * x)(_lost(x)),
    "float": lambda x: (lambda y: x if float(y) in [y] else 2 * x)(_lost(x)[0]),
    "a count": lambda x: (lambda v: x * [v[0], 1.0].count(v[0]))(_lost(x)),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_entries_are_new_objects(name: str) -> None:
    """Here they are NaN, and so not equal, where x is 30.25; what is read is said to hold elsewhere only."""
    assert evaluate(choose(trace(ENTRIES[name]).assumed, ONE, ZERO), {"x": 30.25}) == 0


def test_entries_that_are_nan() -> None:
    assert_read(lambda x: (lambda v: x if v[0] in [v[0]] or v.tolist() == v.tolist() else 2 * x)(np.array([np.nan])))


def test_attributes_of_arrays() -> None:
    assert_read(lambda x: 2 * x if np.array([x]).__class__ is np.ndarray else x)
    assert_refused(lambda x: x * (2.0 if np.array([x]).__array__().dtype == float else 1.0), "__array__")


def test_texts_of_numpys_numbers() -> None:
    assert_read(lambda x: x * len(str(np.float64(2.5))) + len(f"{np.float64(2.5)}"))
    assert_refused(lambda x: x * len(repr(np.float64(2.5))), r"repr\(")
    assert_refused(lambda x: x * len(f"{np.float64(2.5)!r}"), r"repr\(")
