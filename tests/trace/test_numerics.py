"""NumPy's and SciPy's functions over arrays in traced code: the formulas have their values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd.prove import prove_gradient
from micrograd.trace.tracing import trace
from micrograd.verified import evaluate
from micrograd.verified.errors import UnsupportedPrimitive

KERNEL, LONG = np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 4.0, 5.0, 7.0])


MODES: tuple[Any, ...] = ("full", "same", "valid")


def _convolved(kernel: Any, mode: Any) -> Callable[[Any], Any]:
    return lambda x: np.convolve(x, kernel, mode)


def _correlated(mode: Any) -> Callable[[Any], Any]:
    return lambda x: np.correlate(x, KERNEL, mode=mode)


def _scattered(x: Any) -> Any:
    z = np.zeros(3)
    np.add.at(z, [0, 0, 1], x[:3])
    np.subtract.at(z, 2, x[0])
    np.multiply.at(z, (np.array([1]),), 2.0)
    return z


def _definite(x: Any) -> Any:
    return x @ x.T + np.eye(len(x))


VECTORS: dict[str, Callable[[Any], Any]] = {
    **{f"convolve {mode} with {len(kernel)}": _convolved(kernel, mode) for mode in MODES for kernel in (KERNEL, LONG, KERNEL[:2])},
    **{f"correlate {mode}": _correlated(mode) for mode in MODES},
    "correlate in full with a longer one": lambda x: np.correlate(x, LONG, "full"),
    "trapezoid": lambda x: np.trapezoid(x, dx=0.5),
    "trapezoid between places": lambda x: np.trapezoid(x, x=[0, 1, 3, 4.5]),
    "polyval": lambda x: np.polyval([1.5, 2, 3], x),
    "polyval with coefficients": lambda x: np.polyval(x, 2.0),
    "interp": lambda x: np.interp(x, np.array([0, 0.5, 2]), np.array([0, 1.0, 4])),
    "interp of values": lambda x: np.interp(0.25, [0, 0.5, 2, 3], x),
    "median of four": lambda x: np.median(x),
    "median of three": lambda x: np.median(x[:3]),
    "cov": lambda x: np.cov(x),
    "cov biased": lambda x: np.cov(x, bias=True),
    "ptp": lambda x: np.ptp(x),
    "isclose": lambda x: np.where(np.isclose(x, 0.3), 1.0, x),
    "allclose": lambda x: x.sum() if np.allclose(x, 0.3, atol=2.0) else 2 * x[0],
    "math.isclose": lambda x: 1.0 if math.isclose(x[0], 0.31, rel_tol=0.1) else x[0],
    "modf": lambda x: math.modf(x[1])[0] + math.modf(x[1])[1] * 2,
    "count_nonzero": lambda x: np.count_nonzero(x > 0) * x.sum(),
    "sum where": lambda x: np.sum(x, where=x > 0),
    "prod where": lambda x: np.prod(x, where=np.array([True, False, True, True])),
    "add.at": _scattered,
    "diagflat": lambda x: np.diagflat(x),
    "fix": lambda x: np.fix(3 * x),
    "flipud": lambda x: np.flipud(x) * x,
    "atleast_3d": lambda x: np.atleast_3d(x),
    "any along the only axis": lambda x: x * np.any(x > 2.5, axis=0),
    "all along all axes": lambda x: x * np.all(x < 2.5, axis=(0,)),
    "max along the only axis": lambda x: np.max(x, axis=0, initial=3.0) + np.max(x, axis=-1),
}
MATRICES: dict[str, Callable[[Any], Any]] = {
    "trapezoid along an axis": lambda A: np.trapezoid(A, axis=0),
    "median along an axis": lambda A: np.median(A, axis=1),
    "cov of rows": lambda A: np.cov(A),
    "cov of columns": lambda A: np.cov(A, rowvar=False, ddof=0),
    "slogdet": lambda A: np.linalg.slogdet(A).logabsdet * np.linalg.slogdet(A)[0],
    "cholesky": lambda A: np.linalg.cholesky(_definite(A)),
    "take_along_axis": lambda A: np.take_along_axis(A, np.array([[0], [1], [1]]), axis=1),
    "triu_indices": lambda A: A[np.triu_indices(3)].sum(),
    "tril_indices": lambda A: A[np.tril_indices(3, -1)],
    "ptp along an axis": lambda A: np.ptp(A, axis=0),
}


def _same(f: Callable[[Any], Any], shape: tuple[int, ...]) -> None:
    numbers = np.array([0.3, -1.2, 2.0, 0.7, 1.9, -0.4, 0.25, 3.0, 1.1])[: math.prod(shape)]
    traced = trace(f, shapes={f.__code__.co_varnames[0]: shape})
    values = dict(zip(traced.names, numbers.tolist(), strict=True))
    found = np.array([float(evaluate(x, values)) for x in np.ravel(np.array(traced.result, dtype=object))])
    assert found == pytest.approx(np.ravel(f(numbers.reshape(shape))), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", VECTORS)
def test_functions_of_vectors(name: str) -> None:
    _same(VECTORS[name], (4,))


@pytest.mark.parametrize("name", MATRICES)
def test_functions_of_matrices(name: str) -> None:
    _same(MATRICES[name], (3, 3))


def test_functions_of_scipys_linear_algebra() -> None:
    linalg = pytest.importorskip("scipy.linalg")
    right = np.array([1.0, 2.0, 3.0])
    cases: list[Callable[[Any], Any]] = [
        lambda A: linalg.cholesky(_definite(A)),
        lambda A: linalg.cholesky(_definite(A), lower=True),
        lambda A: linalg.solve_triangular(A, right),
        lambda A: linalg.solve_triangular(A, right, lower=True),
        lambda A: linalg.solve_triangular(A, right, trans=1),
        lambda A: linalg.solve_triangular(A, np.eye(3), lower=True, trans="T", unit_diagonal=True),
        lambda A: linalg.det(A) * linalg.inv(A),
        lambda A: linalg.solve(A, right),
    ]
    for f in cases:
        _same(f, (3, 3))


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: np.interp(x[0], [0, 1, 1], [1, 2, 3]), "constants in increasing order"),
        (lambda x: np.interp(x[0], [0, x[1]], [1, 2]), "constants in increasing order"),
        (lambda x: np.interp(x[0], [0, 1], [1, 2], left=0), "left=…"),
        (lambda x: np.convolve(x.reshape(2, 2), x)[0], "2 dimensions"),
        (lambda x: np.correlate(x, LONG, "same"), "the longer vector behind"),
        (lambda x: np.isclose(x, 0, equal_nan=True).sum() * x[0], "equal_nan=…"),
        (lambda x: np.maximum.at(x, 0, 1), "at is not among"),
        (lambda x: np.max(x, axis=1), "axis 1 is out of bounds"),
        (lambda x: np.all(x.reshape(2, 2) > 0, axis=(0, -2)) * x[0], "an axis is given twice"),
        (lambda x: x[0] / np.mean(x, axis=1), "axis 1 is out of bounds"),
    ],
)
def test_what_is_not_read_is_refused_by_name(f: Callable[[Any], Any], message: str) -> None:
    with pytest.raises((UnsupportedPrimitive, ValueError), match=message):
        trace(f, shapes={"x": 4})


def test_gradients() -> None:
    def weighted(x: Any) -> Any:
        return np.convolve(x, np.array([1.0, 2.0])).sum()

    assert prove_gradient(weighted, lambda x: np.array([3, 3, 3]), shapes={"x": 3}).verdict == "proved"

    def volume(A: Any) -> Any:
        return np.linalg.slogdet(A)[1]

    assert prove_gradient(volume, lambda A: np.linalg.inv(A).T, "det(A) != 0", shapes={"A": (2, 2)}).verdict == "proved"
    assert prove_gradient(volume, lambda A: np.linalg.inv(A), "det(A) > 0", shapes={"A": (2, 2)}).verdict == "refuted"
    middle = prove_gradient(lambda y: np.median(y), [0, 1, 0], "y[0] < y[1] and y[1] < y[2]", shapes={"y": 3})
    assert middle.verdict == "proved"
