"""Operations on arrays: sums, products of matrices, shapes, selection, and the reductions that networks need.

Each rule is checked in `proofs`: executed on arrays of expressions, it must equal the symbolic derivative of every entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd.engine.broadcasting import broadcast_to, sum_objects, unbroadcast
from micrograd.engine.choosing import COMPARISONS, where
from micrograd.engine.elementwise import OPERATIONS
from micrograd.engine.errors import ShapeError
from micrograd.engine.kinds import as_objects, describe, is_symbolic, shape_of
from micrograd.engine.operation import Operation, plain_data
from micrograd.engine.scaling import scaled
from micrograd.verified.expr import ONE, ZERO, Expr

Axes = tuple[int, ...]
_add_reduce: Any = np.add.reduce
_product: Any = np.matmul
_max_reduce: Any = np.maximum.reduce
add, sub, mul, div, neg = (OPERATIONS[name] for name in ("add", "sub", "mul", "div", "neg"))
exp, log = OPERATIONS["exp"], OPERATIONS["log"]


class LinearMap(Operation):
    """y = A·x with one operand; the tangent of y is A applied to the tangent of x."""

    reads = False

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, **options: Any) -> Any:
        return self(tangent, **options)


class Sum(LinearMap):
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


class Reshape(LinearMap):
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


class Transpose(LinearMap):
    """Axes in another order."""

    def value(self, x: Any, *, axes: Axes) -> Any:
        return np.transpose(x, axes)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes) -> Any:
        return transpose(ct, axes=tuple(int(i) for i in np.argsort(axes)))


class Take(LinearMap):
    """x[index]: integers, slices, None, ..., arrays of integers or of truth values, repeated or not."""

    def value(self, x: Any, *, index: Any) -> Any:
        try:
            return x[index]
        except IndexError as error:
            raise ShapeError(f"indexing {describe(x)}: {error}") from None

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, index: Any) -> Any:
        return put(ct, index=index, shape=shape_of(plain_data(operands[0])))


class Put(LinearMap):
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
        matrices = _are_matrices(a, b)
        if not matrices and (shape_of(a) == () or shape_of(b) == ()):
            raise ShapeError(f"matmul: {describe(a)} @ {describe(b)}; use * for numbers")
        try:
            return _product(a, b) if matrices or not (is_symbolic(a) or is_symbolic(b)) else _matmul_objects(a, b)
        except ValueError:
            raise ShapeError(f"matmul: {describe(a)} @ {describe(b)}") from None

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        a, b, *_ = operands
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
    shape = shape_of(plain_data(operand))
    if len(shape) > 1:
        return unbroadcast(share, operand)
    given = shape_of(plain_data(share))
    if len(given) > 2:
        share = sum_(share, axes=tuple(range(len(given) - 2)), keepdims=False)
    return unbroadcast(reshape(share, shape=shape), operand)


class WeightedSums(Operation):
    """x @ w + b, in one entry; b broadcasts to the product."""

    reads = 2

    def value(self, x: Any, w: Any, b: Any) -> Any:
        product = y = None
        try:
            product = matmul.value(x, w)
            in_place = product.__class__ is b.__class__ is np.ndarray and product.dtype is b.dtype and not b.dtype.hasobject
            y = np.add(product, b, product) if in_place else add.value(product, b)
        except ValueError:
            pass
        if y is None or shape_of(y) != shape_of(product):
            shape = f"{shape_of(product)}, the shape of the product"
            fault = "there is no such product" if product is None else f"the last does not broadcast to {shape}"
            raise ShapeError(f"linear: {describe(x)} @ {describe(w)} + {describe(b)}: {fault}")
        return y

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return unbroadcast(ct, operands[2]) if place == 2 else matmul.vjp(ct, place, operands, output)

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        if place < 2:
            return matmul.jvp(tangent, place, operands[:2], output)
        return broadcast_to(tangent, shape=shape_of(plain_data(output)))


class Ties(Operation):
    """How many truth values hold along axes, which are kept; in a dtype that holds the number exactly.  Its derivative is 0."""

    truth = True

    def value(self, attained: Any, *, axes: Axes, dtype: Any) -> Any:
        return _add_reduce(attained, axis=axes, keepdims=True, dtype=dtype)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes, dtype: Any) -> Any:
        return None

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes, dtype: Any) -> Any:
        return None


def counting_dtype(x: Any) -> Any:
    """A floating dtype, no narrower than the data's, in which every number of its entries is exact: float16 ends at 65,504."""
    return np.result_type(x.dtype, np.float32 if x.size <= 1 << 24 else np.float64)


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

    def shared(self, ct: Any, operands: Sequence[Any], output: Any, axes: Axes, keepdims: bool) -> Any:
        """ct/m at the m entries that attain the extremum, else 0; ct has the reduced axes or the shape of the operand."""
        data = plain_data(operands[0])
        attained = COMPARISONS["eq"](operands[0], restored(output, data.shape, axes, keepdims))
        if is_symbolic(data):
            attained = where(attained, ONE, ZERO)
            return mul(div(ct, sum_(attained, axes=axes, keepdims=True)), attained)
        return scaled(div(ct, ties(attained, axes=axes, dtype=counting_dtype(data))), attained)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes, keepdims: bool) -> Any:
        ct = restored(ct, shape_of(plain_data(operands[0])), axes, keepdims)
        return unbroadcast(self.shared(ct, operands, output, axes, keepdims), operands[0])

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, axes: Axes, keepdims: bool) -> Any:
        return unbroadcast(sum_(self.shared(tangent, operands, output, axes, keepdims), axes=axes, keepdims=keepdims), output)


def _folded(combine: Any, x: Any, axis: int) -> Any:
    parts = np.split(x, x.shape[axis], axis=axis)
    total = parts[0]
    for part in parts[1:]:
        total = combine(total, part)
    return total


def _without(x: Any, axes: Axes) -> Any:
    x = x.reshape(tuple(n for i, n in enumerate(x.shape) if i not in axes))
    return x if x.shape else x.item()


class Identity(LinearMap):
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
linear = WeightedSums("linear")
ties = Ties("ties")
largest = Extremum("max", "max")
smallest = Extremum("min", "min")
