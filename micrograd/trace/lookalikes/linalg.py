"""NumPy's ``numpy.linalg`` for functions that are traced: the table `LINALG`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from micrograd.trace.arrays import NUMPY, array, elementwise, plain
from micrograd.trace.floats import Float
from micrograd.trace.lookalikes.modules import Table
from micrograd.trace.lookalikes.reductions import flag, total
from micrograd.trace.lookalikes.signatures import like
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
    entries = array(x, Float)
    of_vectors = entries.ndim == 1 if axis is None else isinstance(axis, int)
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
    if n == 1:
        return array([[1 / determinant]])
    minors = [[(-1) ** (i + j) * _expanded(np.delete(np.delete(matrix, j, 0), i, 1)) for j in range(n)] for i in range(n)]
    return array([[ROUNDABOUT * (minor / determinant) for minor in row] for row in minors], Float)


@like("solve", LINALG, np.linalg)
def _solution(a: Any, b: Any) -> Any:
    return ROUNDABOUT * (_inverse(a) @ array(b, Float))
