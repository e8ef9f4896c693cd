"""NumPy's ``numpy.linalg`` for functions that are traced: the table `LINALG`."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from micrograd.trace.arrays import NUMPY, array, elementwise, is_sequence, plain
from micrograd.trace.floats import Float
from micrograd.trace.functions import formula, raising, require_nonzero, required
from micrograd.trace.lookalikes.modules import Table
from micrograd.trace.lookalikes.reductions import flag, total
from micrograd.trace.lookalikes.signatures import like, reads
from micrograd.trace.lost import sure
from micrograd.trace.numerals import is_nonfinite
from micrograd.trace.reals import exact
from micrograd.trace.runs import refuse
from micrograd.trace.ufuncs import UFUNCS

LINALG: Table = {}
"""What it finds under ``numpy.linalg``."""

ROUNDABOUT = 1
"""A factor of what LAPACK computes by elimination, and not as it is read: of such products `zero_sign` says nothing."""


@like("norm", LINALG, np.linalg)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    entries = elementwise(sure)(array(x, Float))  # of complex numbers it is real
    of_vectors = entries.ndim == 1 if axis is None else isinstance(axis, int)
    if entries.ndim == 0 and axis is not None:
        raise ValueError("a number has no axes")
    order = ord if ord is None or isinstance(ord, str) or is_nonfinite(ord) else exact(ord).value
    if not of_vectors and not (order is None or order == "fro"):
        refuse(f"numpy.linalg.norm of matrices, of order {ord}, is not among the functions that can be traced")
    if order == "fro" and (of_vectors or (axis is None and entries.ndim != 2)):
        raise ValueError("the Frobenius norm is one of matrices")
    if order == 1:
        return total(abs(entries), axis, None, keepdims)
    if order in (math.inf, -math.inf):
        return NUMPY["max" if order > 0 else "min"](abs(entries), axis=axis, keepdims=flag(keepdims))
    if order not in (None, 2, "fro"):
        refuse(f"numpy.linalg.norm of order {ord} is not among the functions that can be traced")
    return elementwise(UFUNCS["sqrt"])(total(entries * entries, axis, None, keepdims))


def _square(a: Any, name: str) -> Any:
    matrix = array(a, Float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] > 4:
        refuse(f"numpy.linalg.{name} is traced for square matrices of up to 4 rows, not for shape {matrix.shape}")
    return plain(matrix)


@like("det", LINALG, np.linalg)
def _determinant(a: Any) -> Any:
    return ROUNDABOUT * _expanded(_square(a, "det"))


def _expanded(matrix: Any) -> Any:
    if len(matrix) == 1:
        return matrix[0, 0]
    minors = (np.delete(np.delete(matrix, 0, 0), j, 1) for j in range(len(matrix)))
    return sum((-1) ** j * matrix[0, j] * _expanded(minor) for j, minor in enumerate(minors))


@like("inv", LINALG, np.linalg)
def _inverse(a: Any) -> Any:
    matrix = _square(a, "inv")
    n, determinant = len(matrix), _expanded(matrix)
    require_nonzero(determinant, *matrix.ravel())
    if n == 1:
        return array([[1 / determinant]])
    minors = [[(-1) ** (i + j) * _expanded(np.delete(np.delete(matrix, j, 0), i, 1)) for j in range(n)] for i in range(n)]
    return array([[ROUNDABOUT * (minor / determinant) for minor in row] for row in minors], Float)


@like("slogdet", LINALG, np.linalg)
def _log_determinant(a: Any) -> Any:
    determinant = _determinant(a)
    return _SignAndLog(UFUNCS["sign"](determinant), UFUNCS["log"](abs(determinant)))


class _SignAndLog(NamedTuple):
    sign: Any
    logabsdet: Any


@like("cholesky", LINALG, np.linalg)
def _cholesky(a: Any, *, upper: Any = False) -> Any:
    matrix = array(a, Float)
    matrix = _square(matrix.T if upper else matrix, "cholesky")
    n = len(matrix)
    factor = np.full((n, n), exact(0), dtype=object)
    for j in range(n):
        pivot = matrix[j, j] - sum(factor[j, k] * factor[j, k] for k in range(j))
        factor[j, j] = _positive_root(pivot)
        for i in range(j + 1, n):
            factor[i, j] = (matrix[i, j] - sum(factor[i, k] * factor[j, k] for k in range(j))) / factor[j, j]
    return array(factor.T if upper else factor, Float)


_positive_root = raising(formula("where(p > 0, sqrt(p), 0/0)", "p"))
"""The root of a pivot: NumPy raises an error if the matrix is not positive definite."""


def _triangular(a: Any, b: Any, trans: Any = 0, lower: Any = False, unit_diagonal: Any = False) -> Any:
    """``scipy.linalg.solve_triangular``."""
    matrix, right = plain(array(a, Float)), plain(array(b, Float))
    if trans not in (0, 1, "N", "T"):
        raise ValueError(f"trans: 0 or 1 is needed, not {trans!r}")
    if trans in (1, "T"):
        matrix, lower = matrix.T, not lower
    n = len(matrix)
    found = np.array(right, dtype=object)
    order = range(n) if lower else range(n - 1, -1, -1)
    for i in order:
        known = range(i) if lower else range(i + 1, n)
        rest = right[i] - sum(matrix[i, k] * found[k] for k in known)
        if not unit_diagonal:
            require_nonzero(matrix[i, i])
        found[i] = rest if unit_diagonal else rest / matrix[i, i]
    return array(found, Float)


def _upper_cholesky(a: Any, lower: Any = False) -> Any:
    """``scipy.linalg.cholesky``."""
    return LINALG["cholesky"](a, upper=not lower)


def _size(a: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    """``scipy.linalg.norm``."""
    return LINALG["norm"](a, ord, axis, keepdims)


@like("solve", LINALG, np.linalg)
def _solution(a: Any, b: Any) -> Any:
    return ROUNDABOUT * (_inverse(a) @ array(b, Float))


_MATRIX = "a, overwrite_a=False, check_finite=True"
_SYSTEM = "a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None, transposed=False"
_FINITE: Table = {
    "norm": reads("scipy.linalg.norm", "a, ord=None, axis=None, keepdims=False, check_finite=True")(_size),
    "det": reads("scipy.linalg.det", _MATRIX)(_determinant),
    "inv": reads("scipy.linalg.inv", _MATRIX)(_inverse),
    "solve": reads("scipy.linalg.solve", _SYSTEM)(_solution),
    "cholesky": reads("scipy.linalg.cholesky", "a, lower=False, overwrite_a=False, check_finite=True")(_upper_cholesky),
    "solve_triangular": reads(
        "scipy.linalg.solve_triangular", "a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True"
    )(_triangular),
}


def _of_finite(function: Any) -> Any:
    """A function of SciPy's, which raises an error if one of its arrays has an entry that is NaN or infinite."""

    def apply(*arguments: Any, **options: Any) -> Any:
        for operand in (*arguments, *(x for key, x in options.items() if key in ("a", "b"))):
            for entry in plain(array(operand, Float)).ravel() if is_sequence(operand) else ():
                required(entry)
        return function(*arguments, **options)

    apply.__name__ = apply.__qualname__ = function.__name__
    return apply


OF_SCIPY: Table = {name: _of_finite(function) for name, function in _FINITE.items()}
"""What it finds under ``scipy.linalg``."""
