"""Functions of values, under their NumPy names.

Each works on values (recording), on plain floats and arrays, and on expressions.  Elementwise functions broadcast; those of the registry
have its domains and its choices at kinks.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.engine import array_operations as arrays
from micrograd.engine import softmax_operations as softmaxes
from micrograd.engine.broadcasting import broadcast_to as _broadcast_to
from micrograd.engine.broadcasting import cast
from micrograd.engine.choosing import COMPARISONS
from micrograd.engine.choosing import where as _where
from micrograd.engine.elementwise import OPERATIONS
from micrograd.engine.errors import ShapeError
from micrograd.engine.integers import IntegerInput
from micrograd.engine.kinds import describe, shape_of
from micrograd.engine.operation import Recorded, plain_data
from micrograd.verified.primitives import PRIMITIVES


def _function(name: str) -> Callable[..., Any]:
    operation, row = OPERATIONS[name], PRIMITIVES[name]
    arity = row.arity

    def apply(*operands: Any) -> Any:
        if len(operands) != arity:
            raise TypeError(f"{name}() takes {arity} operand{'s' if arity > 1 else ''}, not {len(operands)}")
        return operation(*operands)

    apply.__name__ = apply.__qualname__ = row.public
    kink = f"  At the kink {row.kink} the derivative is the registry's choice." if row.kink else ""
    where_ = "" if row.domain == "True" else f"  Smooth where {row.domain}."
    apply.__doc__ = f"{name}({', '.join(row.params)}), elementwise.{where_}{kink}"
    return apply


NAMES = {row.name: row.public for row in PRIMITIVES.values() if row.public != row.name}
"""Public names of primitives, where they differ."""
FUNCTIONS = {row.public: _function(row.name) for row in PRIMITIVES.values() if row.name != "powi"}
"""The registry's functions under their public names."""


def _axes(x: Any, axis: Any, what: str) -> tuple[int, ...]:
    count = len(shape_of(plain_data(x)))
    given = range(count) if axis is None else (axis,) if isinstance(axis, int | np.integer) else tuple(axis)
    axes = tuple(int(i) + count if i < 0 else int(i) for i in given)
    if builtins.any(not 0 <= i < count for i in axes) or len(set(axes)) != len(axes):
        raise ShapeError(f"{what}: axis {axis} of {describe(plain_data(x))}")
    return axes


_SEQUENCES = (list, tuple)
_HALF = np.dtype(np.float16)


def _as_array(x: Any) -> Any:
    """Lists of values become one value; lists of numbers an array."""
    if isinstance(x, _SEQUENCES):
        return stack(x) if builtins.any(isinstance(entry, Recorded | list | tuple) for entry in x) else np.asarray(x)
    return x


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum over all axes or some; 0 over no entries."""
    x = _as_array(x)
    if not shape_of(plain_data(x)):
        return x
    return arrays.sum_(x, axes=_axes(x, axis, "sum"), keepdims=keepdims)


def _in_single(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, computed in float32 if its operand is of float16, which holds no count or sum beyond 65,504."""

    first = function.__code__.co_varnames[0]

    @wraps(function)
    def apply(*args: Any, **kwargs: Any) -> Any:
        given, rest = (args[0], args[1:]) if args or first not in kwargs else (kwargs.pop(first), ())
        x = _as_array(given)
        dtype = getattr(plain_data(x), "dtype", None)
        if dtype is None or dtype != _HALF:
            return function(x, *rest, **kwargs)
        return cast(function(cast(x, dtype=np.float32), *rest, **kwargs), dtype=np.float16)

    return apply


@_in_single
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean over all axes or some.

    Raises:
        ShapeError: over no entries.
    """
    shape = shape_of(plain_data(x))
    if not shape:
        return x
    axes = _axes(x, axis, "mean")
    count = math.prod(shape[i] for i in axes)
    if not count:
        raise ShapeError(f"mean: no entries along axes {axes} of {describe(plain_data(x))}")
    return OPERATIONS["div"](arrays.sum_(x, axes=axes, keepdims=keepdims), count)


def _extremum(operation: Any) -> Callable[..., Any]:
    def apply(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        x = _as_array(x)
        return operation(x, axes=_axes(x, axis, operation.name), keepdims=keepdims) if shape_of(plain_data(x)) else x

    return apply


max = _extremum(arrays.largest)
max.__doc__ = "The largest entry along all axes or some; where several are largest, they share the derivative equally."
min = _extremum(arrays.smallest)
min.__doc__ = "The smallest entry along all axes or some; where several are smallest, they share the derivative equally."


def matmul(a: Any, b: Any) -> Any:
    """a @ b: vectors, matrices and stacks of matrices, as in NumPy."""
    return arrays.matmul(_as_array(a), _as_array(b))


def linear(x: Any, w: Any, b: Any) -> Any:
    """x @ w + b: rows x, weights w with a column for each result, biases b; one entry of the tape.

    >>> from micrograd.engine import Value
    >>> print(linear(Value([[1.0, 2.0]]), np.array([[3.0], [4.0]]), np.array([5.0])).data)
    [[16.]]

    Raises:
        ShapeError: x @ w does not exist, or b does not broadcast to its shape.
    """
    return arrays.linear(_as_array(x), _as_array(w), _as_array(b))


def dot(a: Any, b: Any) -> Any:
    """The product of two vectors, or of matrices."""
    return matmul(a, b) if shape_of(plain_data(a)) and shape_of(plain_data(b)) else OPERATIONS["mul"](a, b)


def reshape(x: Any, shape: Any) -> Any:
    """The same entries in another shape; one length may be -1."""
    data = plain_data(x)
    wanted = tuple(int(n) for n in ((shape,) if isinstance(shape, int | np.integer) else shape))
    if wanted.count(-1) == 1:
        rest = math.prod(n for n in wanted if n != -1)
        size = getattr(data, "size", 1)
        if rest and size % rest == 0:
            wanted = tuple(size // rest if n == -1 else n for n in wanted)
    if builtins.any(n < 0 for n in wanted) or math.prod(wanted) != getattr(data, "size", 1):
        raise ShapeError(f"reshape: {describe(data)} does not have the entries of shape {tuple(shape) if np.iterable(shape) else shape}")
    return arrays.reshape(x, shape=wanted)


def ravel(x: Any) -> Any:
    """All entries in one axis."""
    return reshape(x, (-1,))


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order, by default reversed."""
    count = len(shape_of(plain_data(x)))
    order = tuple(reversed(range(count))) if axes is None else tuple(int(i) % count if count else int(i) for i in axes)
    if sorted(order) != list(range(count)):
        raise ShapeError(f"transpose: axes {axes} of {describe(plain_data(x))}")
    return arrays.transpose(x, axes=order)


def expand_dims(x: Any, axis: int) -> Any:
    """A new unit axis."""
    shape = list(shape_of(plain_data(x)))
    shape.insert(axis if axis >= 0 else len(shape) + 1 + axis, 1)
    return reshape(x, shape)


def squeeze(x: Any, axis: Any = None) -> Any:
    """Without unit axes."""
    shape = shape_of(plain_data(x))
    axes = tuple(i for i, n in enumerate(shape) if n == 1) if axis is None else _axes(x, axis, "squeeze")
    if builtins.any(shape[i] != 1 for i in axes):
        raise ShapeError(f"squeeze: axis {axis} of {describe(plain_data(x))} is not of length 1")
    return reshape(x, tuple(n for i, n in enumerate(shape) if i not in axes))


def broadcast_to(x: Any, shape: Sequence[int]) -> Any:
    """Repeated along new axes and unit axes."""
    wanted, given = tuple(shape), shape_of(plain_data(x))
    if len(given) > len(wanted) or builtins.any(a not in (1, b) for a, b in zip(reversed(given), reversed(wanted), strict=False)):
        raise ShapeError(f"broadcast_to: {describe(plain_data(x))} does not broadcast to {wanted}")
    return _broadcast_to(x, shape=wanted)


def concatenate(xs: Sequence[Any], axis: int = 0) -> Any:
    """Arrays one after the other along an axis."""
    if not len(xs):
        raise ShapeError("concatenate: no arrays")
    return arrays.concatenate(*xs, axis=_axes(xs[0], axis, "concatenate")[0])


def stack(xs: Sequence[Any], axis: int = 0) -> Any:
    """Numbers or arrays of one shape along a new axis."""
    xs = [_as_array(x) for x in xs]
    if not xs:
        raise ShapeError("stack: no arrays")
    count = len(shape_of(plain_data(xs[0]))) + 1
    if not -count <= axis < count:
        raise ShapeError(f"stack: axis {axis} of {count} axes")
    return arrays.stack(*xs, axis=axis % count)


array = stack


def where(condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, else b; nothing comes back from what is not chosen, not even NaN."""
    return _where(condition, a, b)


def clip(x: Any, low: Any, high: Any) -> Any:
    """x kept within low and high; at the edges the derivative is that of `maximum` and `minimum`."""
    return OPERATIONS["min"](OPERATIONS["max"](x, low), high)


@_in_single
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log Σ exp(xᵢ), without overflow."""
    return softmaxes.logsumexp(x, axes=_axes(x, axis, "logsumexp"), keepdims=keepdims) if shape_of(plain_data(x)) else x


@_in_single
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """xᵢ - log Σ exp(xⱼ) along an axis."""
    return softmaxes.log_softmax(x, axes=_axes(x, axis, "log_softmax")) if shape_of(plain_data(x)) else OPERATIONS["sub"](x, x)


@_in_single
def softmax(x: Any, axis: Any = -1) -> Any:
    """exp(xᵢ)/Σ exp(xⱼ) along an axis."""
    return OPERATIONS["exp"](log_softmax(x, axis))


@_in_single
def cross_entropy(logits: Any, labels: Any) -> Any:
    """Mean over the rows of -log softmax(logits)[label].

    Args:
        logits: (N, C).  labels: (N,) integers from 0 to C - 1.

    Raises:
        ShapeError: shapes that do not fit, no rows, a label out of range.  DtypeError: labels that are not integers.
    """
    if labels.__class__ is not np.ndarray and not isinstance(labels, IntegerInput):
        labels = np.asarray(labels)
    if labels.dtype.kind == "f" and not labels.size:
        labels = labels.astype(np.intp)
    return softmaxes.cross_entropy(logits, labels=labels)


def mse(prediction: Any, target: Any) -> Any:
    """The mean squared difference; the shapes must be equal."""
    _check_same_shape("mse", prediction, target)
    return mean(OPERATIONS["square"](OPERATIONS["sub"](prediction, target)))


def hinge(scores: Any, targets: Any) -> Any:
    """Mean of max(0, 1 - target·score) for targets ±1; the derivative at the kink is 0."""
    _check_same_shape("hinge", scores, targets)
    return mean(OPERATIONS["relu"](OPERATIONS["sub"](1, OPERATIONS["mul"](targets, scores))))


def _check_same_shape(name: str, a: Any, b: Any) -> None:
    if shape_of(plain_data(a)) != shape_of(plain_data(b)):
        raise ShapeError(f"{name}: {describe(plain_data(a))} and {describe(plain_data(b))} differ in shape")


def power(a: Any, b: Any) -> Any:
    """a ** b; see `Value.__pow__`."""
    if isinstance(b, Recorded):
        return OPERATIONS["pow"](a, b)
    return a**b


def _comparison(name: str) -> Callable[[Any, Any], Any]:
    operation = COMPARISONS[name]

    def apply(a: Any, b: Any) -> Any:
        return operation(a, b)

    return apply


equal, not_equal = _comparison("eq"), _comparison("ne")
less, less_equal, greater, greater_equal = (_comparison(name) for name in ("lt", "le", "gt", "ge"))

if TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Any]:
        """The registry's functions; they are entered below."""


_OWN = [name for name, thing in globals().items() if getattr(thing, "__module__", None) == __name__ and not name.startswith("_")]
if FUNCTIONS.keys() & set(_OWN):
    raise ImportError(f"the registry and the engine both have {', '.join(sorted(FUNCTIONS.keys() & set(_OWN)))}")
globals().update(FUNCTIONS, __all__=[*_OWN, *FUNCTIONS])
