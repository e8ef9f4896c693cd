"""`Value`: a number or an array that remembers what was done to it.

A value is a handle on an entry of a tape (`micrograd.engine.tape`).  Operators record; ``backward()`` sweeps.

``.grad`` of a leaf adds up over calls of ``backward()`` until ``zero_grad()`` (or ``v.grad = 0``), so that the gradient of a sum may be
taken term by term.  The same ``backward()`` twice does not add up: it is an error until the gradients are reset.
``.grad`` of a computed value is its adjoint in the last sweep over its tape.

``==`` compares identity, as Python does by default; ``<``, ``<=``, ``>``, ``>=`` give truth values for each entry.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd.engine.errors import ShapeError, TapeError
from micrograd.engine.kinds import describe, differentiable, is_symbolic, shape_of
from micrograd.engine.operators import Operators
from micrograd.engine.sweep import adjoint_at, backward
from micrograd.engine.tape import NO_TAPE, UNREGISTERED, Tape, current_tape

_new = object.__new__


class Value(Operators):
    """A float, a floating-point array, an expression or an array of expressions, with reverse-mode differentiation.

    >>> x = Value(3.0)
    >>> y = x * x + 1
    >>> y.backward()
    >>> x.grad
    6.0

    Args:
        data: a number, a floating-point array (its dtype is kept), a list of numbers, an expression, or an object array of these.
        label: what it is called in pictures; ``v.label`` of a computed value may be set as well.

    Raises:
        DtypeError: integer, truth-value or complex arrays, text.
    """

    __slots__ = ()

    def __init__(self, data: Any, label: str = "") -> None:
        if isinstance(data, Value):
            raise TypeError("this is a Value already; v.detach() makes a leaf of its data")
        self._data = data if data.__class__ is float else differentiable(data, "Value")
        self._grad = 0
        self._tape = UNREGISTERED
        if label:
            self._label = label
        tape = current_tape()
        if tape is not None and tape is not NO_TAPE and tape.explicit:
            self._tape, self._index = tape, tape.leaf(self, self._data)

    # --- what is known of it

    @property
    def data(self) -> Any:
        """The number or array.  A leaf's may be replaced or changed in place; a computed array is read-only."""
        tape = self._tape
        if tape is UNREGISTERED:
            return self._data
        if tape.tracing:
            raise TapeError("a program that reads .data cannot be compiled: the number would be frozen; compute with the value itself")
        data = self._data
        if data.__class__ is np.ndarray and not hasattr(self, "_grad"):
            data = data.view()
            data.flags.writeable = False
        return data

    @data.setter
    def data(self, data: Any) -> None:
        if self._tape is UNREGISTERED and data is self._data:
            return
        if not hasattr(self, "_grad"):
            raise TapeError("the data of a computed value cannot be replaced; make a new Value")
        if data.__class__ is not float and data is not self._data:
            data = differentiable(data, "Value.data")
        self._data = data
        self._tape = UNREGISTERED

    @property
    def grad(self) -> Any:
        """The gradient; 0 before any ``backward()``.  A computed array's is read-only."""
        try:
            return self._grad
        except AttributeError:
            return adjoint_at(self._tape, self._index)

    @grad.setter
    def grad(self, grad: Any) -> None:
        if self._tape is not UNREGISTERED and not hasattr(self, "_grad"):
            raise TapeError("the gradient of a computed value cannot be set")
        self._grad = 0 if grad is None else grad

    def zero_grad(self) -> None:
        """Reset the gradient of a leaf."""
        self.grad = 0

    def detach(self) -> Value:
        """A leaf with the same data and no history."""
        return Value.leaf(self._data)

    def backward(self, cotangent: Any = None) -> None:
        """Add the derivatives of this value to ``.grad`` of every leaf that it was computed from.

        Linear in the number of entries recorded.

        Args:
            cotangent: for an array result, the weights of its entries (same shape); a single number needs none.

        Raises:
            ShapeError: an array result without a cotangent, or one of another shape.
            TapeError: the same backward() again without zero_grad(); an array was changed in place; nothing was recorded.
        """
        backward(self, cotangent)

    @property
    def _prev(self) -> set[Value]:
        """Its operands, as values (for drawing)."""
        if self._tape is UNREGISTERED:
            return set()
        tape, index = self._tape.origin(self._index)
        return {value_at(tape, i) for i in tape.operands(index)}

    @property
    def _op(self) -> str:
        """The symbol of its operation; empty for leaves."""
        if self.is_leaf or self._tape is UNREGISTERED:
            return ""
        tape, index = self._tape.origin(self._index)
        name: str = tape.ops[index].name
        return _SYMBOLS.get(name, name)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data}, grad={self.grad}{label})"

    def _number(self, what: str) -> Any:
        if self.size != 1:
            raise ShapeError(f"{what} of an array ({describe(self._data)}): there is one only for a single entry")
        if self._tape is not None and self._tape is not UNREGISTERED and self._tape.tracing:
            raise TapeError(f"{what} of a value depends on the data, so the program cannot be compiled; use where(condition, a, b)")
        return self._data

    def __float__(self) -> float:
        return float(self.item())

    def __bool__(self) -> bool:
        return bool(self._number("the truth"))

    def item(self) -> float:
        """The number, of a value with one entry."""
        data = self._number("the number")
        return data if is_symbolic(data) and not shape_of(data) else np.asarray(data).item()

    def __copy__(self) -> Value:
        return self.detach()

    def __deepcopy__(self, memo: Any) -> Value:
        data = self._data.copy() if isinstance(self._data, np.ndarray) else self._data
        copy: Value = Value.leaf(data)
        copy.label = self.label
        memo[id(self)] = copy
        return copy

    def __reduce__(self) -> Any:
        return _unpickled, (self._data, self.grad, self.label)


def value_at(tape: Tape, index: int) -> Any:
    """The handle on an entry: one object as long as it is held."""
    value = tape.leaves.get(index)
    if value is None:
        value = tape.handles.get(index)
    if value is None:
        value = tape.handles[index] = _new(Value)
        value._tape, value._index, value._data = tape, index, tape.data[index]
    return value


_SYMBOLS: dict[str, str] = {"add": "+", "mul": "*", "sub": "-", "div": "/", "relu": "ReLU", "powi": "**", "pow": "**", "neg": "neg"}


def _unpickled(data: Any, grad: Any, label: str = "") -> Value:
    value: Value = Value.leaf(data)
    value._grad, value.label = grad, label
    return value
