"""Operations on arrays: sums, products of matrices, shapes, selection, and the reductions that networks need.

Each rule is checked in `proofs`: executed on arrays of expressions, it must equal the symbolic derivative of every entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from micrograd.engine.data import as_objects, describe, is_symbolic, shape_of
from micrograd.engine.errors import DtypeError, ShapeError
from micrograd.engine.operations import (
    COMPARISONS,
    OPERATIONS,
    Operation,
    Recorded,
    broadcast_to,
    plain_data,
    sum_objects,
    where,
)
from micrograd.verified.expr import ONE, ZERO, Expr

Axes = tuple[int, ...]
_add_reduce: Any = np.add.reduce
_product: Any = np.matmul
_max_reduce: Any = np.maximum.reduce
add, sub, mul, div, neg = (OPERATIONS[name] for name in ("add", "sub", "mul", "div", "neg"))
exp, log = OPERATIONS["exp"], OPERATIONS["log"]


class Linear(Operation):
    """y = A·x with one operand; the tangent of y is A applied to the tangent of x."""

    reads = False

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, **options: Any) -> Any:
        return self(tangent, **options)


class Sum(Linear):
    """Sum over axes; the cotangent is repeated along them."""

    def value(self, x: Any, *, axes: Axes, keepdims: bool) -> Any:
        if is_symbolic(x):
            total = sum_objects(x, axes, keepdims)
            return total if total.shape or not isinstance(total.item(), Expr) else total.item()
        return _add_reduce(x, axis=axes, keepdims=keepdims)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes, keepdims: bool) -> Any:
        shape = shape_of(plain_data(operands[0]))
        return broadcast_to(restored(ct, shape, axes, keepdims), shape=shape)


def restored(reduced: Any, shape: tuple[int, ...], axes: Axes, keepdims: bool) -> Any:
    """What was reduced over axes, with these axes put back as unit axes."""
    if keepdims:
        return reduced
    return reshape(reduced, shape=tuple(1 if i in axes else n for i, n in enumerate(shape)))


class Reshape(Linear):
    """The same entries in another shape."""

    def value(self, x: Any, *, shape: tuple[int, ...]) -> Any:
        if x.__class__ is not np.ndarray:
            x = as_objects([x]) if is_symbolic(x) else np.asarray(x)
        try:
            return x.reshape(shape)
        except ValueError:
            raise ShapeError(f"reshape: {describe(x)} does not have the entries of shape {shape}") from None

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, shape: tuple[int, ...]) -> Any:
        given = shape_of(plain_data(operands[0]))
        if not given and isinstance(plain_data(operands[0]), Expr | float | int):
            return take(reshape(ct, shape=(1,)), index=0)
        return reshape(ct, shape=given)


class Transpose(Linear):
    """Axes in another order."""

    def value(self, x: Any, *, axes: Axes) -> Any:
        return np.transpose(x, axes)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes) -> Any:
        return transpose(ct, axes=tuple(int(i) for i in np.argsort(axes)))


class Take(Linear):
    """x[index]: integers, slices, None, ..., arrays of integers or of truth values, repeated or not."""

    def value(self, x: Any, *, index: Any) -> Any:
        try:
            return x[index]
        except IndexError as error:
            raise ShapeError(f"indexing {describe(x)}: {error}") from None

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, index: Any) -> Any:
        return put(ct, index=index, shape=shape_of(plain_data(operands[0])))


class Put(Linear):
    """Zeros of a shape, to which x is added at the index; an index that occurs twice gets both (the transpose of `Take`)."""

    def value(self, x: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
        if is_symbolic(x):
            y: Any = np.full(shape, ZERO, dtype=object)
        else:
            y = np.zeros(shape, dtype=getattr(x, "dtype", np.float64))
        if _is_basic(index):
            y[index] = x
        else:
            np.add.at(y, index, x)
        return y

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
        return take(ct, index=index)


def _is_basic(index: Any) -> bool:
    """Whether an index cannot name an entry twice: integers, slices, None and ..."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or isinstance(part, slice | int | np.integer) for part in parts)


class Concatenate(Operation):
    """Arrays one after the other along an axis."""

    reads = False

    def value(self, *xs: Any, axis: int) -> Any:
        try:
            return np.concatenate(xs, axis=axis)
        except ValueError:
            raise ShapeError(f"concatenate along axis {axis}: {', '.join(map(describe, xs))}") from None

    def place_of(self, place: int, operands: Sequence[Any], axis: int) -> tuple[slice, ...]:
        """Where an operand stands in the result."""
        start = sum(shape_of(plain_data(x))[axis] for x in operands[:place])
        stop = start + shape_of(plain_data(operands[place]))[axis]
        return (slice(None),) * axis + (slice(start, stop),)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, axis: int) -> Any:
        return take(ct, index=self.place_of(place, operands, axis))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, axis: int) -> Any:
        return put(tangent, index=self.place_of(place, operands, axis), shape=shape_of(plain_data(output)))


class Stack(Operation):
    """Numbers or arrays of one shape along a new axis."""

    reads = False

    def value(self, *xs: Any, axis: int) -> Any:
        if any(map(is_symbolic, xs)):
            xs = tuple(x if x.__class__ is np.ndarray else as_objects([x]).reshape(()) for x in xs)
        try:
            return np.stack(xs, axis=axis)
        except ValueError:
            raise ShapeError(f"stack: shapes differ: {', '.join(map(describe, xs))}") from None

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, axis: int) -> Any:
        return take(ct, index=(*(slice(None),) * axis, place))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, axis: int) -> Any:
        return put(tangent, index=(*(slice(None),) * axis, place), shape=shape_of(plain_data(output)))


class MatMul(Operation):
    """a @ b as in NumPy: vectors, matrices, and stacks of matrices that broadcast."""

    def value(self, a: Any, b: Any) -> Any:
        if _are_matrices(a, b) and a.shape[1] == b.shape[0]:
            return _product(a, b)
        if shape_of(a) == () or shape_of(b) == ():
            raise ShapeError(f"matmul: {describe(a)} @ {describe(b)}; use * for numbers")
        try:
            return np.matmul(a, b) if not (is_symbolic(a) or is_symbolic(b)) else _matmul_objects(a, b)
        except ValueError:
            raise ShapeError(f"matmul: {describe(a)} @ {describe(b)}") from None

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        a, b = operands
        if ct.__class__ is np.ndarray and _are_matrices(a, b):
            share = _product(ct, b.T) if place == 0 else _product(a.T, ct)
            dtype = operands[place].dtype
            return share if share.dtype is dtype else share.astype(dtype)
        ct = _as_matrix_product(ct, a, b)
        if len(shape_of(plain_data(a))) == 1:
            a = reshape(a, shape=(1, *shape_of(plain_data(a))))
        if len(shape_of(plain_data(b))) == 1:
            b = reshape(b, shape=(*shape_of(plain_data(b)), 1))
        share = matmul(ct, swapped(b)) if place == 0 else matmul(swapped(a), ct)
        return _summed_as(share, operands[place], place)

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return matmul(tangent, operands[1]) if place == 0 else matmul(operands[0], tangent)


def _are_matrices(a: Any, b: Any) -> bool:
    """Whether both are plain matrices of numbers."""
    if a.__class__ is not np.ndarray or b.__class__ is not np.ndarray or a.ndim != 2 or b.ndim != 2 or a.dtype.hasobject:
        return False
    return a.dtype is b.dtype or not b.dtype.hasobject


def _matmul_objects(a: Any, b: Any) -> Any:
    if not a.shape[-1]:
        return np.full(np.matmul(np.empty(a.shape), np.empty(b.shape)).shape, ZERO, dtype=object)
    product = np.matmul(a, b) if a.dtype.hasobject and b.dtype.hasobject else np.matmul(a.astype(object), b.astype(object))
    return product


def swapped(x: Any) -> Any:
    """The last two axes exchanged."""
    if x.__class__ is np.ndarray:
        return x.swapaxes(-1, -2)
    count = len(shape_of(plain_data(x)))
    return transpose(x, axes=(*range(count - 2), count - 1, count - 2))


def _as_matrix_product(ct: Any, a: Any, b: Any) -> Any:
    """The cotangent with the unit axes that a vector operand left out."""
    shape = shape_of(plain_data(ct))
    if len(shape_of(plain_data(b))) == 1:
        shape = (*shape, 1)
    if len(shape_of(plain_data(a))) == 1:
        shape = (*shape[:-1], 1, shape[-1])
    return ct if shape == shape_of(plain_data(ct)) else reshape(ct, shape=shape)


def _summed_as(share: Any, operand: Any, place: int) -> Any:
    """The share with stacking axes summed away and a vector's unit axis dropped."""
    from micrograd.engine.operations import unbroadcast

    shape = shape_of(plain_data(operand))
    if len(shape) > 1:
        return unbroadcast(share, operand)
    given = shape_of(plain_data(share))
    if len(given) > 2:
        share = sum_(share, axes=tuple(range(len(given) - 2)), keepdims=False)
    return unbroadcast(reshape(share, shape=shape), operand)


class Extremum(Operation):
    """The largest (smallest) entry along axes.  Where several entries are largest, the derivative is shared equally among them."""

    def __init__(self, name: str, pairwise: str) -> None:
        super().__init__(name)
        self.pairwise = OPERATIONS[pairwise]
        self.on_arrays: Any = np.maximum if pairwise == "max" else np.minimum

    def value(self, x: Any, *, axes: Axes, keepdims: bool) -> Any:
        if any(x.shape[i] == 0 for i in axes):
            raise ShapeError(f"{self.name}: no entries along axes {axes} of {describe(x)}")
        if not is_symbolic(x):
            return self.on_arrays.reduce(x, axis=axes, keepdims=keepdims)
        for axis in axes:
            x = _folded(self.pairwise.value, x, axis)
        return x if keepdims else _without(x, axes)

    def chosen(self, operands: Sequence[Any], output: Any, axes: Axes, keepdims: bool) -> Any:
        """1/m at the m entries that attain the extremum, else 0."""
        x = operands[0]
        attained = COMPARISONS["eq"](x, restored(output, shape_of(plain_data(x)), axes, keepdims))
        indicator = where(attained, ONE, ZERO) if is_symbolic(plain_data(x)) else mul(attained, like_one(x))
        return div(indicator, sum_(indicator, axes=axes, keepdims=True))

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes, keepdims: bool) -> Any:
        shape = shape_of(plain_data(operands[0]))
        return mul(restored(ct, shape, axes, keepdims), self.chosen(operands, output, axes, keepdims))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes, keepdims: bool) -> Any:
        return sum_(mul(tangent, self.chosen(operands, output, axes, keepdims)), axes=axes, keepdims=keepdims)


def like_one(x: Any) -> Any:
    """The number 1 in the dtype of the data."""
    dtype = getattr(plain_data(x), "dtype", None)
    return 1.0 if dtype is None else dtype.type(1)


def _folded(combine: Any, x: Any, axis: int) -> Any:
    parts = np.split(x, x.shape[axis], axis=axis)
    total = parts[0]
    for part in parts[1:]:
        total = combine(total, part)
    return total


def _without(x: Any, axes: Axes) -> Any:
    x = x.reshape(tuple(n for i, n in enumerate(x.shape) if i not in axes))
    return x if x.shape else x.item()


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
    """Mean over the rows of -log softmax(x)[label]; labels are integers, one for each row.  The softmax is kept."""

    saves = True

    def value(self, x: Any, *, labels: Any) -> Any:
        return self.value_and_saved(x, labels=labels)[0]

    def value_and_saved(self, x: Any, *, labels: Any) -> tuple[Any, Any]:
        check_labels(x, labels)
        rows = _rows(len(labels))
        if is_symbolic(x):
            losses = sub(logsumexp(x, axes=(1,), keepdims=False), x[rows, labels])
            return div(sum_(losses, axes=(0,), keepdims=False), len(labels)), None
        shifted, totals, weights = softmax_rows(x)
        return loss_of(shifted, totals, labels), weights

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, labels: Any, saved: Any = None) -> Any:
        x = operands[0]
        plain = saved is not None and x.__class__ is np.ndarray
        residual = residual_of(saved, labels) if plain else cross_entropy_residual(x, labels=labels)
        return residual if plain and not isinstance(ct, Recorded) and ct == 1 else mul(ct, residual)

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, labels: Any, saved: Any = None) -> Any:
        return sum_(mul(tangent, cross_entropy_residual(operands[0], labels=labels)), axes=(0, 1), keepdims=False)


NARROW = 32
"""The largest entries of rows this short are found faster by columns."""


def softmax_rows(x: Any) -> tuple[Any, Any, Any]:
    """The rows less their largest entry, their sums of exponentials, and their softmax."""
    shifted, totals, weights = np.empty(x.shape, x.dtype), np.empty((x.shape[0], 1), x.dtype), np.empty(x.shape, x.dtype)
    softmax_into(x, shifted, totals, weights)
    return shifted, totals, weights


@np.errstate(over="ignore")
def softmax_into(x: Any, shifted: Any, totals: Any, weights: Any) -> None:
    """`softmax_rows` into given arrays."""
    if x.shape[1] <= NARROW:
        _max_reduce(x.T.copy(), 0, None, totals[:, 0])
    else:
        _max_reduce(x, 1, None, totals, True)
    np.subtract(x, totals, shifted)
    np.exp(shifted, weights)
    _add_reduce(weights, 1, None, totals, True)
    np.divide(weights, totals, weights)


def loss_of(shifted: Any, totals: Any, labels: Any) -> Any:
    """The mean of log(total) - shifted[label]."""
    losses = np.log(totals[:, 0]) - shifted.take(_places(shifted, labels))
    return _add_reduce(losses) / shifted.dtype.type(len(labels))


def residual_of(weights: Any, labels: Any) -> Any:
    """(softmax - one-hot(labels))/rows, from the softmax."""
    share = weights.dtype.type(1) / weights.dtype.type(len(labels))
    residual = weights * share
    flat = residual.reshape(-1)
    flat[_places(weights, labels)] -= share
    return residual


class CrossEntropyResidual(Operation):
    """The derivative of the cross-entropy: (softmax(x) - one-hot(labels))/rows."""

    def value(self, x: Any, *, labels: Any) -> Any:
        if not is_symbolic(x):
            return residual_of(softmax_rows(x)[2], labels)
        one_hot = put(as_objects([ONE] * len(labels)), index=(_rows(len(labels)), labels), shape=x.shape)
        return div(sub(exp(sub(x, logsumexp(x, axes=(1,), keepdims=True))), one_hot), len(labels))

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


def _places(x: Any, labels: Any) -> Any:
    """Where the entries of the labels stand in the flat array."""
    return np.add(_starts(*x.shape), labels, dtype=np.intp, casting="unsafe")


@lru_cache(maxsize=16)
def _rows(count: int) -> Any:
    """0, 1, …, count - 1."""
    return np.arange(count)


@lru_cache(maxsize=16)
def _unsigned(dtype: Any) -> Any:
    """The unsigned integers of the same size and byte order."""
    return np.dtype(f"{dtype.byteorder}u{dtype.itemsize}")


def check_labels(x: Any, labels: Any) -> None:
    """Raise unless there is one integer label in range for each row of x."""
    if len(shape_of(x)) != 2 or labels.shape != x.shape[:1]:
        raise ShapeError(f"cross_entropy: logits of shape {shape_of(x)} and labels of shape {labels.shape}; (N, C) and (N,) are needed")
    if labels.dtype.kind not in "iu":
        raise DtypeError(f"cross_entropy: labels must be integers, not {labels.dtype}")
    if not len(labels):
        raise ShapeError("cross_entropy: the mean over no rows does not exist")
    if _max_reduce(labels.view(_unsigned(labels.dtype))) >= x.shape[1]:  # a negative one is a large unsigned one
        wrong = labels[(labels < 0) | (labels >= x.shape[1])][0]
        raise ShapeError(f"cross_entropy: label {wrong} is out of range for {x.shape[1]} classes")


class Identity(Linear):
    """y = x: another name for a value, with a cotangent of its own."""

    def value(self, x: Any) -> Any:
        return x

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return ct


identity = Identity("identity")
sum_ = Sum("sum")
reshape = Reshape("reshape")
transpose = Transpose("transpose")
take = Take("take")
put = Put("put")
concatenate = Concatenate("concatenate")
stack = Stack("stack")
matmul = MatMul("matmul")
largest = Extremum("max", "max")
smallest = Extremum("min", "min")
logsumexp = LogSumExp("logsumexp")
log_softmax = LogSoftmax("log_softmax")
cross_entropy = CrossEntropy("cross_entropy")
cross_entropy_residual = CrossEntropyResidual("cross_entropy_residual")
