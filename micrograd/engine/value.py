"""`Value`: a number or an array that remembers what was done to it.

A value is a handle on an entry of a tape (`micrograd.engine.tape`).  Operators record; ``backward()`` sweeps.

``.grad`` of a leaf adds up over calls of ``backward()`` until ``zero_grad()`` (or ``v.grad = 0``), so that the gradient of a sum may be
taken term by term.  What does not add up is the same ``backward()`` twice: that is an error until the gradients were reset.
``.grad`` of a computed value is its adjoint in the last sweep over its tape.

``==`` compares identity, as Python does by default; ``<``, ``<=``, ``>``, ``>=`` give truth values for each entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from micrograd.engine import array_operations as arrays
from micrograd.engine.data import describe, differentiable, is_plain, is_symbolic, shape_of
from micrograd.engine.errors import DtypeError, ShapeError, TapeError
from micrograd.engine.integers import IntegerInput, resolved
from micrograd.engine.operations import COMPARISONS, OPERATIONS, Elementwise, Operation, Recorded, powi
from micrograd.engine.sweep import adjoint_at, backward
from micrograd.engine.tape import ENOUGH, LEAF, NO_TAPE, UNREGISTERED, Tape, constant_operand, current_tape, recording

ADD, SUB, MUL, DIV, NEG, RELU = (OPERATIONS[name] for name in ("add", "sub", "mul", "div", "neg", "relu"))
_new = object.__new__
_NO_OPTIONS: dict[str, Any] = {}


class Value(Recorded):
    """A float, a floating-point array, an expression or an array of expressions, with reverse-mode differentiation.

    >>> x = Value(3.0)
    >>> y = x * x + 1
    >>> y.backward()
    >>> x.grad
    6.0

    Args:
        data: a number, a floating-point array (its dtype is kept), a list of numbers, an expression, or an object array of these.

    Raises:
        DtypeError: integer, truth-value or complex arrays, text.
    """

    __slots__ = ("__weakref__", "_data", "_grad", "_index", "_tape")
    _data: Any
    _grad: Any
    _index: int
    _tape: Any
    __array_priority__ = 1000.0

    def __init__(self, data: Any) -> None:
        if isinstance(data, Value):
            raise TypeError("this is a Value already; v.detach() makes a leaf of its data")
        self._data = data if data.__class__ is float else differentiable(data, "Value")
        self._grad = 0
        self._tape = UNREGISTERED
        tape = current_tape()
        if tape is not None and tape is not NO_TAPE and tape.explicit:
            self._tape, self._index = tape, tape.leaf(self, self._data)

    # --- recording

    @classmethod
    def record(cls, operation: Operation, operands: tuple[Any, ...], options: dict[str, Any]) -> Value:
        """Apply an operation and record it on the current tape."""
        tape = current_tape()
        if tape is None or tape.room < 0 or (len(tape.ops) > ENOUGH and not tape.explicit):
            if tape is NO_TAPE:
                return cls._leaf(operation.value(*[x._data if x.__class__ is Value else x for x in operands], **options))
            tape = recording()
        primals, ops = tape.data, tape.ops
        places, given, guarded = [], [], False
        for x in operands:
            if x.__class__ is not Value:
                i = constant_operand(tape, x, operation.name)
            elif x._tape is tape:
                i = x._index
            else:
                i = x.place_on(tape)
            places.append(i)
            given.append(primals[i])
            guarded = guarded or ops[i] is LEAF
        if options or operation.saves:
            data = _with_options(tape, operation, given, options)
        else:
            data = operation.value(*given)
        value = _new(cls)
        value._tape, value._index, value._data = tape, len(ops), data
        if data.__class__ is np.ndarray:
            tape.plain = False
            tape.room -= data.size
        elif tape.plain:
            tape.plain = not options and len(places) <= 2 and is_plain(data)
        if tape.plain:
            tape.lefts.append(places[0])
            tape.rights.append(places[1] if len(places) == 2 else None)
        else:
            if guarded and operation.reads:
                tape.guard(places if operation.reads is True else places[: operation.reads])
            tape.lefts.append(tuple(places))
            tape.rights.append(options)
        ops.append(operation)
        primals.append(data)
        return value

    @classmethod
    def _leaf(cls, data: Any) -> Value:
        value = _new(cls)
        value._data, value._grad, value._tape = data, 0, UNREGISTERED
        return value

    def place_on(self, tape: Tape) -> int:
        """Its entry on a tape; entered if it is a leaf, or a value of an ended implicit tape."""
        mine = self._tape
        if mine is tape:
            return self._index
        if mine is UNREGISTERED or hasattr(self, "_grad"):
            index = tape.leaf(self, self._data)
            self._tape, self._index = tape, index
            return index
        if mine.explicit or not mine.ended:
            state = "an ended tape" if mine.ended else "a tape that still records elsewhere"
            raise TapeError(f"a computed value ({describe(self._data)}) of {state} cannot enter another tape; use v.detach()")
        self._index, self._tape = tape.link(mine, self._index), tape
        return self._index

    # --- what is known of it

    @property
    def is_leaf(self) -> bool:
        """Whether it is an input (or detached), not computed."""
        return hasattr(self, "_grad")

    @property
    def primal(self) -> Any:
        """The data, for operations."""
        return self._data

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
        return Value._leaf(self._data)

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

    shape = property(lambda self: shape_of(self._data), doc="The shape; () for numbers.")
    ndim = property(lambda self: len(shape_of(self._data)), doc="The number of axes.")
    size = property(lambda self: getattr(self._data, "size", 1), doc="The number of entries.")

    @property
    def dtype(self) -> Any:
        """The dtype; float64 for Python numbers."""
        return getattr(self._data, "dtype", np.dtype(object if is_symbolic(self._data) else np.float64))

    @property
    def T(self) -> Value:
        """All axes in reverse order."""
        return arrays.transpose(self, axes=tuple(reversed(range(self.ndim))))

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
        return f"Value(data={self._data}, grad={self.grad})"

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a Value that is a single number has no len()")
        return self.shape[0]

    def __iter__(self) -> Iterator[Value]:
        return (self[i] for i in range(len(self)))

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

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise DtypeError("a Value does not turn into an array silently, because that would cut it from its history; use v.data")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if ufunc is np.matmul and method == "__call__" and not kwargs:  # array @ value
            return Value.record(arrays.matmul, inputs, _NO_OPTIONS)
        from micrograd.engine.numpy_protocol import ufunc_call

        return ufunc_call(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        from micrograd.engine.numpy_protocol import function_call

        return function_call(function, args, kwargs)

    def __copy__(self) -> Value:
        return self.detach()

    def __deepcopy__(self, memo: Any) -> Value:
        data = self._data.copy() if isinstance(self._data, np.ndarray) else self._data
        copy = memo[id(self)] = Value._leaf(data)
        return copy

    def __reduce__(self) -> Any:
        return _unpickled, (self._data, self.grad)

    # --- operators; those of the scalar inner loop have the recording written out.
    # A leaf may be shared by threads, each of which enters it on its own tape: ``_index`` is read right after the test of ``_tape``, with
    # no call in between at which another thread could run.

    def __add__(self, other: Any) -> Value:
        tape = current_tape()
        if self._tape is tape:
            left = self._index
            if other.__class__ is Value:
                right = other._index if other._tape is tape else other.place_on(tape)
                term = other._data
            elif other.__class__ is float and tape.plain:
                right = tape.floats.get(other)
                right = tape.number(other) if right is None else right
                term = other
            else:
                return Value.record(ADD, (self, other), _NO_OPTIONS)
            ops = tape.ops
            index = len(ops)
            if index > ENOUGH and not tape.explicit:
                return Value.record(ADD, (self, other), _NO_OPTIONS)
            value = _new(Value)
            if tape.plain:
                value._data = data = self._data + term
                tape.lefts.append(left)
                tape.rights.append(right)
            elif tape.room < 0:
                return Value.record(ADD, (self, other), _NO_OPTIONS)
            else:
                try:
                    value._data = data = self._data + term
                except ValueError:
                    return Value.record(ADD, (self, other), _NO_OPTIONS)
                tape.room -= getattr(data, "size", 1)
                tape.lefts.append((left, right))
                tape.rights.append(_NO_OPTIONS)
            value._tape, value._index = tape, index
            ops.append(ADD)
            tape.data.append(data)
            return value
        return Value.record(ADD, (self, other), _NO_OPTIONS)

    def __mul__(self, other: Any) -> Value:
        tape = current_tape()
        if self._tape is tape and tape.plain:
            left = self._index
            if other.__class__ is float:
                right = tape.floats.get(other)
                right = tape.number(other) if right is None else right
                factor = other
            elif other.__class__ is Value and other._tape is tape:
                right, factor = other._index, other._data
            else:
                return _on_numbers(MUL, self, other)
            ops = tape.ops
            index = len(ops)
            if index > ENOUGH and not tape.explicit:
                return Value.record(MUL, (self, other), _NO_OPTIONS)
            value = _new(Value)
            value._data = data = self._data * factor
            value._tape, value._index = tape, index
            ops.append(MUL)
            tape.lefts.append(left)
            tape.rights.append(right)
            tape.data.append(data)
            return value
        return Value.record(MUL, (self, other), _NO_OPTIONS)

    def __sub__(self, other: Any) -> Value:
        return _on_numbers(SUB, self, other)

    def __radd__(self, other: Any) -> Value:
        return _on_numbers(ADD, other, self)

    def __rmul__(self, other: Any) -> Value:
        return _on_numbers(MUL, other, self)

    def __rsub__(self, other: Any) -> Value:
        return _on_numbers(SUB, other, self)

    def __truediv__(self, other: Any) -> Value:
        return _on_numbers(DIV, self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return _on_numbers(DIV, other, self)

    def __neg__(self) -> Value:
        return NEG(self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return OPERATIONS["abs"](self)

    def __pow__(self, other: Any) -> Value:
        if isinstance(other, int | float | np.integer | np.floating) and other == int(other) and not isinstance(other, bool):
            return powi(self, n=int(other))
        return OPERATIONS["pow"](self, other)

    def __rpow__(self, other: Any) -> Value:
        return OPERATIONS["pow"](other, self)

    def __matmul__(self, other: Any) -> Value:
        return Value.record(arrays.matmul, (self, other), _NO_OPTIONS)

    def __rmatmul__(self, other: Any) -> Value:
        return Value.record(arrays.matmul, (other, self), _NO_OPTIONS)

    def __lt__(self, other: Any) -> Value:
        return COMPARISONS["lt"](self, other)

    def __le__(self, other: Any) -> Value:
        return COMPARISONS["le"](self, other)

    def __gt__(self, other: Any) -> Value:
        return COMPARISONS["gt"](self, other)

    def __ge__(self, other: Any) -> Value:
        return COMPARISONS["ge"](self, other)

    def __getitem__(self, index: Any) -> Value:
        if not self.shape:
            raise ShapeError(f"indexing a single number with {index!r}")
        return arrays.take(self, index=_plain_index(index))

    # --- methods

    def relu(self) -> Value:
        """max(x, 0); the derivative at 0 is 0."""
        tape = current_tape()
        if self._tape is tape and tape.plain:
            place = self._index
            data = self._data
            value = _new(Value)
            value._data = data = 0.0 if data <= 0 else data
            value._tape = tape
            ops = tape.ops
            value._index = len(ops)
            ops.append(RELU)
            tape.lefts.append(place)
            tape.rights.append(None)
            tape.data.append(data)
            return value
        return RELU(self)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Value:
        """The sum over all axes or some."""
        from micrograd.engine.functions import sum as sum_

        return sum_(self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Value:
        """The mean over all axes or some."""
        from micrograd.engine.functions import mean

        return mean(self, axis, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Value:
        """The largest entry; equal ones share the derivative."""
        from micrograd.engine.functions import max as max_

        return max_(self, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Value:
        """The smallest entry; equal ones share the derivative."""
        from micrograd.engine.functions import min as min_

        return min_(self, axis, keepdims)

    def reshape(self, *shape: Any) -> Value:
        """The same entries in another shape; one length may be -1."""
        from micrograd.engine.functions import reshape

        return reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Value:
        """The axes in another order, by default reversed."""
        from micrograd.engine.functions import transpose

        return transpose(self, (axes[0] if len(axes) == 1 else axes) or None)

    def exp(self) -> Value:
        """e to the power x."""
        return OPERATIONS["exp"](self)

    def log(self) -> Value:
        """The natural logarithm, for x > 0."""
        return OPERATIONS["log"](self)

    def tanh(self) -> Value:
        """The hyperbolic tangent."""
        return OPERATIONS["tanh"](self)

    def sigmoid(self) -> Value:
        """1/(1 + exp(-x))."""
        return OPERATIONS["sigmoid"](self)

    def sqrt(self) -> Value:
        """The square root, for x >= 0."""
        return OPERATIONS["sqrt"](self)


def _on_numbers(operation: Elementwise, left: Any, right: Any) -> Value:
    """`Value.record` for two operands, faster where the tape is one of numbers and each is on it, or is a Python number."""
    tape = current_tape()
    if tape is not None and tape.plain and (len(tape.ops) <= ENOUGH or tape.explicit):
        i = left._index if left.__class__ is Value and left._tape is tape else None
        j = right._index if right.__class__ is Value and right._tape is tape else None
        if (i is not None or left.__class__ in _NUMBERS) and (j is not None or right.__class__ in _NUMBERS):
            value = _new(Value)
            value._data = data = operation.on_floats(left if i is None else left._data, right if j is None else right._data)
            i = tape.number(left) if i is None else i
            j = tape.number(right) if j is None else j
            value._tape, value._index = tape, len(tape.ops)
            tape.ops.append(operation)
            tape.lefts.append(i)
            tape.rights.append(j)
            tape.data.append(data)
            return value
    return Value.record(operation, (left, right), _NO_OPTIONS)


_NUMBERS = frozenset([float, int])


def _with_options(tape: Tape, operation: Operation, given: list[Any], options: dict[str, Any]) -> Any:
    """The result of an operation with options, which may get what is saved for the derivatives."""
    if tape.tracing:
        return operation.value(*given, **{name: resolved(option) for name, option in options.items()})
    if operation.saves:
        data, options["saved"] = operation.value_and_saved(*given, **options)
        return data
    return operation.value(*given, **options)


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


def _plain_index(index: Any) -> Any:
    """An index without values in it."""
    if isinstance(index, tuple):
        return tuple(map(_plain_index, index))
    if isinstance(index, list):
        return np.asarray(index)
    if isinstance(index, IntegerInput):
        return index
    if isinstance(index, Value):
        raise DtypeError("an index is not differentiated: use v.data of an index that was computed")
    return index


def _unpickled(data: Any, grad: Any) -> Value:
    value = Value._leaf(data)
    value._grad = grad
    return value
