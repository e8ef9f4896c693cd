"""Softmax, its logarithm, and the cross-entropy from integer labels.

All are computed relative to the largest entry of a row, so that nothing overflows.  The cross-entropy and its derivative keep their
relative accuracy where the network is sure: log(1 + t) of what the other classes weigh, and minus the sum of their probabilities, instead
of differences of numbers close to 1.

Sums over all classes or rows may not fit into a float16; functions of float16 arrays are computed in float32
(`micrograd.engine.functions`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from micrograd.engine.array_operations import Axes, add, div, exp, log, mul, put, restored, sub, sum_
from micrograd.engine.errors import DtypeError, ShapeError
from micrograd.engine.kinds import as_objects, describe, is_symbolic, shape_of
from micrograd.engine.operation import Operation, plain_data
from micrograd.verified.expr import ONE, ZERO

_add_reduce: Any = np.add.reduce
_max_reduce: Any = np.maximum.reduce
_INDEX = np.dtype(np.intp)


class LogSumExp(Operation):
    """log Σ exp(xᵢ) along axes, computed relative to the largest entry, so that nothing overflows."""

    def value(self, x: Any, *, axes: Axes, keepdims: bool) -> Any:
        if any(x.shape[i] == 0 for i in axes):
            raise ShapeError(f"logsumexp: no entries along axes {axes} of {describe(x)}")
        if is_symbolic(x):
            return log(sum_(exp(x), axes=axes, keepdims=keepdims))
        top = np.maximum.reduce(x, axis=axes, keepdims=True)
        top = np.where(np.isfinite(top), top, 0.0).astype(x.dtype) if not np.isfinite(top).all() else top
        with np.errstate(divide="ignore", over="ignore"):
            y = np.log(_add_reduce(np.exp(x - top), axis=axes, keepdims=True)) + top
        return y if keepdims else y.reshape(tuple(n for i, n in enumerate(x.shape) if i not in axes))

    def weights(self, operands: Sequence[Any], output: Any, axes: Axes, keepdims: bool) -> Any:
        """exp(xᵢ - y), which is the softmax."""
        return exp(sub(operands[0], restored(output, shape_of(plain_data(operands[0])), axes, keepdims)))

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes, keepdims: bool) -> Any:
        shape = shape_of(plain_data(operands[0]))
        return mul(restored(ct, shape, axes, keepdims), self.weights(operands, output, axes, keepdims))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes, keepdims: bool) -> Any:
        return sum_(mul(tangent, self.weights(operands, output, axes, keepdims)), axes=axes, keepdims=keepdims)


class LogSoftmax(Operation):
    """xᵢ - log Σ exp(xⱼ) along axes, relative to the largest entry; its exponential is the softmax."""

    def value(self, x: Any, *, axes: Axes) -> Any:
        if any(x.shape[i] == 0 for i in axes):
            raise ShapeError(f"log_softmax: no entries along axes {axes} of {describe(x)}")
        if is_symbolic(x):
            return sub(x, logsumexp(x, axes=axes, keepdims=True))
        with np.errstate(over="ignore"):
            shifted = x - np.maximum.reduce(x, axis=axes, keepdims=True)
            return shifted - np.log(_add_reduce(np.exp(shifted), axis=axes, keepdims=True))

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes) -> Any:
        return sub(ct, mul(exp(output), sum_(ct, axes=axes, keepdims=True)))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes) -> Any:
        return sub(tangent, sum_(mul(exp(output), tangent), axes=axes, keepdims=True))


class CrossEntropy(Operation):
    """Mean over the rows of -log softmax(x)[label]; labels are integers, one for each row.  The derivative is kept."""

    saves = True

    def value(self, x: Any, *, labels: Any) -> Any:
        check_labels(x, labels)
        if is_symbolic(x):
            losses = sub(logsumexp(x, axes=(1,), keepdims=False), x[_counted(len(labels)), labels])
            return div(sum_(losses, axes=(0,), keepdims=False), len(labels))
        return loss_of(terms_of(x, labels))

    def value_and_saved(self, x: Any, *, labels: Any) -> tuple[Any, Any]:
        check_labels(x, labels)
        if x.dtype.hasobject:
            return self.value(x, labels=labels), None
        terms = terms_of(x, labels)
        return loss_of(terms), residual_of(terms)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, labels: Any, saved: Any = None) -> Any:
        if saved is None or operands[0].__class__ is not np.ndarray:
            return mul(ct, cross_entropy_residual(operands[0], labels=labels))
        return saved * ct if ct.__class__ is saved.dtype.type else mul(ct, saved)

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, labels: Any, saved: Any = None) -> Any:
        return sum_(mul(tangent, cross_entropy_residual(operands[0], labels=labels)), axes=(0, 1), keepdims=False)


NARROW = 32
"""Rows this short are worked on by columns: one operation for each class, along all rows."""
Terms = tuple[int, Any, Any, Any]
Buffers = tuple[Any, Any, Any, Any]
NO_BUFFERS: Buffers = (None, None, None, None)


def buffers_for(x: Any) -> Buffers:
    """Arrays for `terms_of`."""
    rows, columns = x.shape
    shape = (columns, rows) if columns <= NARROW else (rows, columns)
    return np.empty(shape, x.dtype), np.empty(shape, x.dtype), np.empty(rows, x.dtype), np.empty(rows, x.dtype)


@np.errstate(over="ignore")
def terms_of(x: Any, labels: Any, buffers: Buffers = NO_BUFFERS) -> Terms:
    """What loss and derivative have in common, for entries minus the largest of their row.

    Returns:
        The axis of the classes; exponentials, but at the labels minus the sum of the others in their row; the sums of all, minus 1; the
        entries at the labels.  Short rows stand in columns.
    """
    shifted, exponentials, top, others = buffers
    rows, columns = x.shape
    places = labels if labels.dtype is _INDEX else labels.astype(_INDEX)
    if columns <= NARROW:
        if shifted is None:
            shifted = x.T.copy()
        else:
            np.copyto(shifted, x.T)
        np.subtract(shifted, _max_reduce(shifted, 0, None, top), shifted)
        places = places * rows
        places += _counted(rows)
        axis = 0
    else:
        shifted = np.subtract(x, _max_reduce(x, 1, None, top)[:, None], shifted)
        places = places + _starts(rows, columns)
        axis = 1
    exponentials = np.exp(shifted, exponentials)
    flat = exponentials.reshape(-1)
    flat[places] = 0
    others = _add_reduce(exponentials, axis, None, others)
    flat[places] = np.negative(others)
    own = shifted.take(places)
    excess = np.expm1(own)
    excess += others
    return axis, exponentials, excess, own


def loss_of(terms: Terms) -> Any:
    """The mean of log(total) - entry at the label."""
    _, _, excess, own = terms
    return _add_reduce(np.log1p(excess) - own) / len(own)


def residual_of(terms: Terms) -> Any:
    """(softmax - one-hot(labels))/rows; at a label, softmax - 1 is minus the sum of the others."""
    axis, exponentials, excess, _ = terms
    total = excess + 1
    total *= len(total)
    return exponentials / total[:, None] if axis else (exponentials / total).T


class CrossEntropyResidual(Operation):
    """The derivative of the cross-entropy: (softmax(x) - one-hot(labels))/rows."""

    def value(self, x: Any, *, labels: Any) -> Any:
        if not is_symbolic(x):
            return residual_of(terms_of(x, labels))
        rows = _counted(len(labels))
        exponentials = exp(x)
        own = exponentials[rows, labels]
        exponentials[rows, labels] = ZERO
        others = sum_(exponentials, axes=(1,), keepdims=True)
        total = mul(add(others, own[:, None]), len(labels))
        one_hot = put(as_objects([ONE] * len(labels)), index=(rows, labels), shape=x.shape)
        return div(sub(exponentials, mul(one_hot, others)), total)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, labels: Any) -> Any:
        p = exp(sub(operands[0], logsumexp(operands[0], axes=(1,), keepdims=True)))
        weighted = mul(p, ct)
        return div(sub(weighted, mul(p, sum_(weighted, axes=(1,), keepdims=True))), len(labels))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, labels: Any) -> Any:
        return self.vjp(tangent, place, operands, output, labels=labels)  # the Hessian is symmetric


@lru_cache(maxsize=16)
def _starts(rows: int, columns: int) -> Any:
    """Where each row starts in the flat array."""
    return np.arange(0, rows * columns, columns, dtype=np.intp)


@lru_cache(maxsize=16)
def _counted(count: int) -> Any:
    """0, 1, …, count - 1."""
    return np.arange(count)


@lru_cache(maxsize=16)
def _unsigned(dtype: Any) -> Any:
    """The unsigned integers of the same size and byte order."""
    return np.dtype(f"{dtype.byteorder}u{dtype.itemsize}")


def check_labels(x: Any, labels: Any) -> None:
    """Raise unless there is one integer label in range for each row of x."""
    shape = shape_of(x)
    if len(shape) != 2 or labels.shape != shape[:1]:
        raise ShapeError(f"cross_entropy: logits of shape {shape} and labels of shape {labels.shape}; (N, C) and (N,) are needed")
    if labels.dtype.kind not in "iu":
        raise DtypeError(f"cross_entropy: labels must be integers, not {labels.dtype}")
    if not shape[0]:
        raise ShapeError("cross_entropy: the mean over no rows does not exist")
    if _max_reduce(labels.view(_unsigned(labels.dtype))) >= shape[1]:  # a negative one is a large unsigned one
        wrong = labels[(labels < 0) | (labels >= shape[1])][0]
        raise ShapeError(f"cross_entropy: label {wrong} is out of range for {shape[1]} classes")


logsumexp = LogSumExp("logsumexp")
log_softmax = LogSoftmax("log_softmax")
cross_entropy = CrossEntropy("cross_entropy")
cross_entropy_residual = CrossEntropyResidual("cross_entropy_residual")
