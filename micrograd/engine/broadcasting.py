"""Broadcasting and its transpose: repeating entries along axes, summing over them, and the share of an operand that was broadcast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd.engine.kinds import as_objects, is_symbolic, shape_of
from micrograd.engine.operation import Operation, plain_data
from micrograd.verified.expr import ZERO

ndarray = np.ndarray
_add_reduce: Any = np.add.reduce


class BroadcastTo(Operation):
    """Repeat along new and along unit axes: y[i, j] = x[j]."""

    reads = False

    def value(self, x: Any, *, shape: tuple[int, ...]) -> Any:
        if x.__class__ is not ndarray and is_symbolic(x):
            x = as_objects([x]).reshape(())
        return np.broadcast_to(x, shape) if shape or x.__class__ is ndarray else x

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, shape: tuple[int, ...]) -> Any:
        return sum_to(ct, shape=shape_of(plain_data(operands[0])))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, shape: tuple[int, ...]) -> Any:
        return broadcast_to(tangent, shape=shape)


class SumTo(Operation):
    """Sum over the axes that broadcasting from ``shape`` would add or repeat."""

    reads = False

    def value(self, x: Any, *, shape: tuple[int, ...]) -> Any:
        given = shape_of(x)
        if given == shape:
            return x
        extra = len(given) - len(shape)
        axes = tuple(range(extra)) + tuple(i for i in range(extra, len(given)) if shape[i - extra] == 1 != given[i])
        total = _add_reduce(x, axis=axes, keepdims=True) if not is_symbolic(x) else sum_objects(x, axes, True)
        total = total.reshape(shape)
        return total if shape or total.dtype.hasobject is False else total.item()

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, shape: tuple[int, ...]) -> Any:
        return broadcast_to(ct, shape=shape_of(plain_data(operands[0])))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, shape: tuple[int, ...]) -> Any:
        return sum_to(tangent, shape=shape)


def sum_objects(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """A sum of expressions; an empty one is the expression 0."""
    if not x.size:
        shape = _add_reduce(np.empty(x.shape), axis=axes, keepdims=keepdims).shape
        return np.full(shape, ZERO, dtype=object)
    total = _add_reduce(x, axis=axes, keepdims=keepdims)
    return total if total.__class__ is ndarray else as_objects([total]).reshape(())


class Cast(Operation):
    """The same entries in another floating dtype; over the reals, y = x."""

    reads = False

    def value(self, x: Any, *, dtype: Any) -> Any:
        return x if is_symbolic(x) else x.astype(dtype)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, dtype: Any) -> Any:
        return cast(ct, dtype=getattr(plain_data(operands[0]), "dtype", dtype))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, dtype: Any) -> Any:
        return cast(tangent, dtype=dtype)


cast = Cast("cast")
broadcast_to = BroadcastTo("broadcast_to")
sum_to = SumTo("sum_to")


def unbroadcast(share: Any, operand: Any) -> Any:
    """The share of an operand that was broadcast, summed to the operand's shape and in its dtype."""
    if share.__class__ is ndarray and operand.__class__ is ndarray and share.dtype is operand.dtype and not share.dtype.hasobject:
        given, shape = share.shape, operand.shape
        if given == shape:
            return share
        if given[1:] == shape:
            return _add_reduce(share, 0)
    shape = shape_of(plain_data(operand))
    if shape_of(plain_data(share)) != shape:
        share = sum_to(share, shape=shape)
    given = getattr(plain_data(share), "dtype", None)
    wanted = getattr(plain_data(operand), "dtype", given)
    return share if given is None or given == wanted else cast(share, dtype=wanted)


def broadcast_like(share: Any, output: Any) -> Any:
    """An operand's part of a tangent, repeated to the shape of the output."""
    shape = shape_of(plain_data(output))
    return share if shape_of(plain_data(share)) == shape else broadcast_to(share, shape=shape)
