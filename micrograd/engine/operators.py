"""What Python's operators, NumPy's functions and the methods of arrays do with a value: each records an operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from micrograd.engine import functions as f
from micrograd.engine.array_operations import matmul, take
from micrograd.engine.elementwise import OPERATIONS, powi
from micrograd.engine.errors import DtypeError, ShapeError
from micrograd.engine.integers import IntegerInput
from micrograd.engine.kinds import is_symbolic, shape_of
from micrograd.engine.numpy_protocol import function_call, ufunc_call
from micrograd.engine.recording import Handle, operator

ADD, SUB, MUL, DIV, NEG, ABS = (OPERATIONS[name] for name in ("add", "sub", "mul", "div", "neg", "abs"))


def _method(name: str) -> Any:
    """A function of the registry as a method."""
    method = operator(OPERATIONS[name])
    method.__doc__ = getattr(f, name).__doc__
    return method


class Operators(Handle):
    """The operators of a value, and its methods."""

    __slots__ = ()
    __array_priority__ = 1000.0

    # --- operators

    __add__, __radd__ = operator(ADD), operator(ADD, reflected=True)
    __sub__, __rsub__ = operator(SUB), operator(SUB, reflected=True)
    __mul__, __rmul__ = operator(MUL), operator(MUL, reflected=True)
    __truediv__, __rtruediv__ = operator(DIV), operator(DIV, reflected=True)
    __neg__, __abs__ = operator(NEG), operator(ABS)

    def __pos__(self) -> Any:
        return self

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, int | float | np.integer | np.floating) and other == int(other) and not isinstance(other, bool):
            return powi(self, n=int(other))
        return OPERATIONS["pow"](self, other)

    def __rpow__(self, other: Any) -> Any:
        return OPERATIONS["pow"](other, self)

    def __matmul__(self, other: Any) -> Any:
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return matmul(other, self)

    def __getitem__(self, index: Any) -> Any:
        if not shape_of(self._data):
            raise ShapeError(f"indexing a single number with {index!r}")
        return take(self, index=_plain_index(index))

    __lt__, __le__, __gt__, __ge__ = f.less, f.less_equal, f.greater, f.greater_equal

    # --- NumPy

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise DtypeError("a Value does not turn into an array silently, because that would cut it from its history; use v.data")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return ufunc_call(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function_call(function, args, kwargs)

    # --- as an array has them

    shape = property(lambda self: shape_of(self._data), doc="The shape; () for numbers.")
    ndim = property(lambda self: len(shape_of(self._data)), doc="The number of axes.")
    size = property(lambda self: getattr(self._data, "size", 1), doc="The number of entries.")
    T = property(lambda self: f.transpose(self), doc="All axes in reverse order.")

    @property
    def dtype(self) -> Any:
        """The dtype; float64 for Python numbers."""
        return getattr(self._data, "dtype", np.dtype(object if is_symbolic(self._data) else np.float64))

    def __len__(self) -> int:
        shape = shape_of(self._data)
        if not shape:
            raise TypeError("a Value that is a single number has no len()")
        return shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def reshape(self, *shape: Any) -> Any:
        """The same entries in another shape; one length may be -1."""
        return f.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order, by default reversed."""
        return f.transpose(self, (axes[0] if len(axes) == 1 else axes) or None)

    sum, mean, max, min = f.sum, f.mean, f.max, f.min
    relu, exp, log, tanh, sigmoid, sqrt = map(_method, ("relu", "exp", "log", "tanh", "sigmoid", "sqrt"))


def _plain_index(index: Any) -> Any:
    """An index without values in it."""
    if isinstance(index, tuple):
        return tuple(map(_plain_index, index))
    if isinstance(index, list):
        return np.asarray(index)
    if isinstance(index, IntegerInput):
        return index
    if isinstance(index, Handle):
        raise DtypeError("an index is not differentiated: use v.data of an index that was computed")
    return index
