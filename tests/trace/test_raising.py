"""Errors that NumPy and SciPy raise, or do not raise: where a function has no value, and where it must be refused."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import scipy.linalg

from micrograd.carriers.evaluation import evaluate
from micrograd.prove import prove_derivative
from micrograd.prove.refute import without_search
from micrograd.trace import tracing
from micrograd.trace.tracing import trace
from micrograd.verified.errors import DomainError, UnsupportedPrimitive

Function = Callable[[Any], Any]


@pytest.fixture(autouse=True)
def unsampled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is wrong is to be refused by what reads it, and not by the points that are tried."""
    monkeypatch.setattr(tracing, "disagreement", lambda *arguments: "")
    with without_search():
        yield


def _rows(x: Any) -> Any:
    return np.array([[x - 30, 0.0], [0.0, 1.0]])


UNUSED: dict[str, tuple[Function, str]] = {
    "inv": (lambda x: (np.linalg.inv(_rows(x)), x)[1], "x == 30"),
    "inv of one": (lambda x: (np.linalg.inv(np.array([[x - 30]])), x)[1], "x == 30"),
    "inv, of which an entry is used": (lambda x: x + 0 * np.linalg.inv(_rows(x))[1, 1] if x > 2 else x, "x == 30"),
    "solve": (lambda x: (np.linalg.solve(_rows(x), np.array([1.0, 1.0])), x)[1], "x == 30"),
    "cholesky": (lambda x: (np.linalg.cholesky(_rows(x)), x)[1], "x <= 30"),
    "average": (lambda x: (np.average(np.array([x, 1.0]), weights=np.array([x - 30, 0.0])), x)[1], "x == 30"),
    "solve_triangular": (lambda x: (scipy.linalg.solve_triangular(_rows(x), np.array([1.0, 2.0])), x)[1], "x == 30"),
    "scipy.linalg.inv": (lambda x: (scipy.linalg.inv(_rows(x)), x)[1], "x == 30"),
    "scipy.linalg.cholesky": (lambda x: (scipy.linalg.cholesky(_rows(x), lower=True), x)[1], "x <= 30"),
    "scipy.linalg.det of NaN": (lambda x: (scipy.linalg.det(np.sqrt(np.array([[x - 30]]))), x)[1], "x < 30"),
    "scipy.linalg.norm of NaN": (lambda x: (scipy.linalg.norm(np.sqrt(np.array([x - 30]))), x)[1], "x < 30"),
}


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("name", UNUSED)
def test_errors_in_values_that_are_not_used(name: str) -> None:
    function, nowhere = UNUSED[name]
    read = trace(function).result
    for x in (29.0, 30.0, 31.0):
        try:
            expected = function(x)
        except (np.linalg.LinAlgError, ZeroDivisionError, ValueError):
            with pytest.raises(DomainError):
                evaluate(read, {"x": x})
        else:
            assert evaluate(read, {"x": x}) == expected
    assert prove_derivative(function, f"where({nowhere}, 5, 1)", wrt="x").verdict == "proved"


def test_of_nan_no_error_is_said_to_be_raised() -> None:
    read = trace(lambda x: (np.linalg.inv(np.sqrt(np.array([[x - 30]]))), x)[1])
    assert str(read.assumed) == "x - 30 >= 0"  # elsewhere NumPy computes NaN


ZEROS: dict[str, Function] = {
    "an entry": lambda x: x + np.exp(-1 / np.zeros(2)[0] ** 2),
    "a number": lambda x: x if 1 / np.float64(0.0) > 3 else 2 * x,
    "a remainder": lambda x: x if not (1.0 % np.float64(0.0) > 3) else 2 * x,
    "a floor": lambda x: x if 1.0 // np.float64(0.0) > 3 else 2 * x,
    "a negative power": lambda x: x if np.zeros(1)[0] ** -1.0 > 3 else 2 * x,
    "a sum of nothing": lambda x: x if 1 / np.sum(np.array([x])[:0]) > 3 else 2 * x,
    "an infinity": lambda x: x if np.inf / np.zeros(1)[0] > 3 else 2 * x,
}


@pytest.mark.parametrize("name", ZEROS)
def test_divisions_by_zeros_of_numpys_are_refused(name: str) -> None:
    with pytest.raises(UnsupportedPrimitive, match="a division of constants by 0"):
        trace(ZEROS[name])


def test_divisions_by_zeros_of_pythons_are_errors() -> None:
    assert str(trace(lambda x: x if x > 0 else 1 / 0.0).result) == "where(x > 0, x, 1/0)"


def _quotient(x: Any) -> Any:
    v = np.array([x - 30.0])
    return np.where(v == 0, 1.0, np.sin(v) / v)[0]


def _raised(x: Any) -> Any:
    with np.errstate(all="raise"):
        return _quotient(x)


def _raised_by_a_filter(x: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return _quotient(x)


def _raised_by_an_action(x: Any) -> Any:
    with warnings.catch_warnings(action="error"):
        return _quotient(x)


def _recorded(x: Any) -> Any:
    with warnings.catch_warnings(record=True) as seen:
        _quotient(x)
    return x * (1 + len(seen))


@pytest.mark.parametrize("function", [_raised, _raised_by_a_filter, _raised_by_an_action, _recorded])
def test_warnings_that_are_errors_or_seen_are_refused(function: Function) -> None:
    with pytest.raises(UnsupportedPrimitive, match=r"than to warn|as errors, or recorded"):
        trace(function)


def _ignored(x: Any) -> Any:
    with np.errstate(divide="ignore", invalid="warn"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        warnings.warn("nobody sees this", stacklevel=1)
        return _quotient(x)


def test_warnings_that_are_ignored_are_read() -> None:
    assert trace(_ignored).result is trace(_quotient).result
