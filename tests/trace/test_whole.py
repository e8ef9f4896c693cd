"""Integers in traced functions: where Python's and NumPy's are not what real numbers are, they are refused or assumed away."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd.carriers.evaluation import evaluate
from micrograd.prove import prove_derivative
from micrograd.trace import sampling, tracing
from micrograd.trace.tracing import trace
from micrograd.verified.errors import UnsupportedPrimitive


@pytest.fixture(autouse=True)
def read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No point is tried but those of the list, which are where nothing is hidden."""
    monkeypatch.setattr(sampling, "corners", lambda *arguments: ())


HIDDEN = "30 < x and x < 31 and x != 30.2 and x != 30.4"

HUNDRED = np.int8(100)


def _between(x: Any) -> Any:
    """Where no sample is."""
    return (x > 30.2) & (x < 30.4)


def _steps(x: Any) -> Any:
    return np.where(np.array([x > 0]), 1, 2)


def _cut_off(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        entries = make(x)
        entries[0] = x / 3
        return entries[0]

    return f


def _filled(x: Any) -> Any:
    entries = _steps(x)
    entries.fill(x / 3)
    return entries[0]


def _in_place(x: Any) -> Any:
    entries = _steps(x)
    entries += np.array([x / 3])
    return entries[0]


CUT_OFF: dict[str, Callable[[Any], Any]] = {
    "a choice": _cut_off(_steps),
    "select": _cut_off(lambda x: np.select([np.array([x > 0])], [1])),
    "what is like a choice": _cut_off(lambda x: np.zeros_like(_steps(x))),
    "what is like a choice and full": _cut_off(lambda x: np.full_like(_steps(x), 7)),
    "full": _cut_off(lambda x: np.full(1, math.floor(x))),
    "array": _cut_off(lambda x: np.array([math.floor(x), 1])),
    "conditions times 1": _cut_off(lambda x: np.array([x > 0]) * 1),
    "a sum of conditions": _cut_off(lambda x: np.sum([[x > 0]], axis=0)),
    "sums of conditions": _cut_off(lambda x: np.cumsum([x > 0])),
    "a count": _cut_off(lambda x: np.count_nonzero(np.array([[x > 0]]), axis=0)),
    "a sum of choices": _cut_off(lambda x: _steps(x) + 3),
    "a square of choices": _cut_off(lambda x: _steps(x) ** 2),
    "signs of choices": _cut_off(lambda x: np.sign(_steps(x))),
    "the larger of choices": _cut_off(lambda x: np.maximum(_steps(x), 1)),
    "a remainder of choices": _cut_off(lambda x: _steps(x) % 3),
    "a choice that is moved": _cut_off(lambda x: np.concatenate([_steps(x), [4]])),
    "a number that is an integer for some arguments": _cut_off(lambda x: np.array([max(x - 40, 2)])),
    "fill": _filled,
    "in place": _in_place,
    "insert": lambda x: np.insert(_steps(x), 0, x / 3)[0],
    "pad": lambda x: np.pad(_steps(x), 1, constant_values=x / 3)[0],
}


@pytest.mark.parametrize("name", CUT_OFF)
def test_what_an_array_of_integers_would_cut_off_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedPrimitive, match=r"integer|digits"):
        trace(CUT_OFF[name])


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a power that overflows": (lambda x: x * np.power(2, math.floor(x)), "no bound is known"),
    "a product that overflows": (lambda x: x * np.multiply(math.floor(x), math.floor(x)), "no bound is known"),
    "a choice among Python's": (lambda x: x * np.where(x > 0, math.floor(x), 1), "no bound is known"),
    "a square that overflows": (lambda x: x * np.where(_between(x), 2**40, 1) ** 2, "more than 63 bits"),
    "another product": (lambda x: x * (np.where(_between(x), 2**40, 1) * np.where(_between(x), 2**40, 1)), "more than 63 bits"),
    "a sum that overflows": (lambda x: x * (np.where(_between(x), 2**62, 1) + 2**62), "more than 63 bits"),
    "small integers": (lambda x: x * (np.where(_between(x), HUNDRED, HUNDRED) * 2), "small or unsigned"),
    "a reciprocal": (lambda x: x * np.reciprocal(np.where(_between(x), 2, 1)), "reciprocal of the integer"),
    "a reciprocal for some arguments": (lambda x: x * np.reciprocal(max(x - 40, 2)), "reciprocal of the integer"),
    "a negative power": (lambda x: x * np.where(_between(x), 2, 1) ** -1, "negative power"),
    "a power of Python's, which may be of any length": (lambda x: x * 2 ** math.floor(x), "exponent that depends"),
    "a power of choices": (lambda x: x * 2 ** np.where(_between(x), -1, 1), "exponent that depends"),
    "a first value of vectorize": (lambda x: np.vectorize(lambda t: 1 if t > 1 else t / 3)(np.array([2.0, x]))[1], "vectorize"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_integers_do_otherwise_is_refused(name: str) -> None:
    f, reason = REFUSED[name]
    with pytest.raises(UnsupportedPrimitive, match=reason):
        trace(f)


@pytest.mark.parametrize(
    ("f", "claim"),
    [
        (lambda x: x * (5 // np.where(_between(x), 0, 1)), "5/where(x > 30.2 and x < 30.4, 0, 1)"),
        (lambda x: x * (5 % np.where(_between(x), 0, 1)), "0/where(x > 30.2 and x < 30.4, 0, 1)"),
        (lambda x: x * np.floor_divide(5, np.where(_between(x), 0, 1)), "5/where(x > 30.2 and x < 30.4, 0, 1)"),
    ],
)
def test_integers_divided_by_0_are_0_in_numpy(f: Any, claim: str) -> None:
    assert prove_derivative(f, claim, HIDDEN, wrt="x").verdict == "unknown"
    assert prove_derivative(f, claim, "x > 31", wrt="x").verdict == "proved"


def _masked(x: Any) -> Any:
    entries = np.zeros(2)
    entries[0] = np.where(x > 0, 1, -1)  # becomes a float
    entries[1] = x / 3
    entries[0] = entries[0] + x
    return entries[0] * entries[1]


READ: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a sign": (lambda x: np.where(x > 0, 1, -1) * x, "where(x > 0, 1, -1)"),
    "its square": (lambda x: np.where(x > 0, 1, -1) ** 2 * x, "1"),
    "a count": (lambda x: x * np.sum([x > 0, x > 1, x > 0.5]), "(where(x > 0, 1, 0) + where(x > 1, 1, 0) + where(x > 1/2, 1, 0))"),
    "a mean of conditions": (lambda x: x * np.mean([x > 0, x > 1]), "(where(x > 0, 1, 0) + where(x > 1, 1, 0))/2"),
    "an integer of Python's": (lambda x: math.floor(x) ** 2 * x, "floor(x)**2"),
    "a power of two": (lambda x: 2.0 ** math.floor(x) * x, "2**floor(x)"),
    "an inverse": (lambda x: x / np.where(x > 0, 2, 4), "1/where(x > 0, 2, 4)"),
    "integers among floats": (lambda x: np.array([math.floor(x), 0.5, x])[2] * 2, "2"),
    "what is stored in floats": (_masked, "(2*x + where(x > 0, 1, -1))/3"),
    "a padded vector": (lambda x: np.sum(np.pad(np.array([x, 2 * x]), 1, constant_values=x)), "5"),
    "a vector and an entry": (lambda x: np.insert(np.array([x, 2.0]), 1, 3 * x) @ np.array([1.0, 2.0, 3.0]), "7"),
    "entries in a row": (lambda x: sum(np.array([[x, x], [2 * x, 1.0]]).flat), "4"),
}


@pytest.mark.parametrize("name", READ)
def test_integers_that_do_as_real_numbers_do_are_read(name: str) -> None:
    f, claim = READ[name]
    assert prove_derivative(f, claim, "x > 0.1 and x != floor(x) and x != 0.5", wrt="x").verdict == "proved"


def test_views_stay_views() -> None:
    def f(x: Any) -> Any:
        entries = np.zeros((2, 2))
        np.ravel(entries)[1] = x
        np.atleast_1d(entries)[1, 0] = x * x
        entries.flat[3] = 3 * x
        return np.sum(entries)

    assert str(trace(f).result).replace(" ", "") in ("x+x*x+3*x", "0+x+(x*x+3*x)", "0+x+x*x+3*x")


def test_a_row_of_what_is_no_row_in_memory() -> None:
    def f(x: Any) -> Any:
        entries = np.zeros((2, 2)).T
        entries.flat[0] = x
        return np.sum(entries)

    assert prove_derivative(f, "1", wrt="x").verdict == "proved"


ONE, SMALL = np.uint8(1), np.array([127], dtype="int8")

LIKE_NUMPY: dict[str, Callable[[Any], Any]] = {
    "convolve": lambda x: _stored_in(np.convolve([1, 2], [3, 4]), x),
    "correlate": lambda x: _stored_in(np.correlate([1, 2], [3, 4]), x),
    "polyval": lambda x: _stored_in(np.polyval([1, 2], np.array([3, 4])), x),
    "a polynomial that overflows": lambda x: x * np.polyval([1, 0, 0], np.array([10**10]))[0],
    "fmod": lambda x: _stored_in(np.fmod(np.array([7, 8]), 3), x),
    "fmod by 0": lambda x: np.fmod(np.array([7, 8]), np.array([0, 3]))[0] * 1.0 + x,
    "fmod of conditions": lambda x: np.fmod(np.array([x > 0]), np.array([0]))[0] * 1.0 + x,
    "a small number and a condition": lambda x: x * (np.int32(2147483647) + (x > 0)),
    "an unsigned number and a condition": lambda x: x * (ONE - (x > 0) * 2),
    "small numbers and conditions": lambda x: x * (SMALL + np.array([x > 0]))[0],
    "small numbers in a list": lambda x: x * (np.array([np.int8(127), x > 0]) * 2)[0],
    "the larger of small numbers": lambda x: x * (np.maximum(SMALL, np.array([x > 0])) * 2)[0],
    "a product of small matrices": lambda x: x * np.dot(SMALL, np.array([(x > 0) * 2])),
    "a triangle of conditions": lambda x: x * (lambda m: (m + m)[0, 0])(np.triu(np.array([[x > 0, False], [False, False]]))),
    "a diagonal of conditions": lambda x: x * (lambda m: (m + m)[0, 0])(np.diag(np.array([x > 0, False]))),
    "sizes of conditions": lambda x: x * (lambda t: abs(t) + abs(t))(np.sqrt(x * x) > 1),
    "a difference of conditions": lambda x: x * (lambda t: t - t)(np.sqrt(x * x) > 1) + x,
    "a negative condition": lambda x: x * -(np.sqrt(x * x) > 1),
    "a limit in an array": lambda x: 2 * x if np.array([math.exp(-math.inf)]).dtype == float else x,
    "a quotient in an array": lambda x: 2 * x if np.array([1.0 / math.inf]).dtype == float else x,
}


def _stored_in(entries: Any, x: Any) -> Any:
    entries[0] = x / 3
    return entries[0] * 1.0


@pytest.mark.parametrize("name", LIKE_NUMPY)
def test_integers_are_read_as_numpys_or_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "disagreement", lambda *arguments: "")
    try:
        read = trace(LIKE_NUMPY[name])
    except UnsupportedPrimitive:
        return
    with np.errstate(all="ignore"):
        assert float(evaluate(read.result, {"x": 30.3})) == pytest.approx(float(LIKE_NUMPY[name](30.3)))


READ_AS_NUMPYS = ("a polynomial that overflows", "fmod by 0", "a limit in an array", "a quotient in an array")


@pytest.mark.parametrize("name", READ_AS_NUMPYS)
def test_integers_that_are_read(name: str) -> None:
    trace(LIKE_NUMPY[name])


def test_python_counts_conditions() -> None:
    assert str(trace(lambda x: abs(x > 1) * x).result) == "abs(where(x > 1, 1, 0))*x"
