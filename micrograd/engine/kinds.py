"""What a tape computes with: Python floats, NumPy arrays, expressions, and arrays of expressions.

The same rules run on each kind.  On expressions they give symbolic derivatives, which is how `proofs` checks them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd.engine.errors import DtypeError, ShapeError
from micrograd.verified.expr import Condition, Expr, Node, as_expr

_PLAIN = (float, int)
_add_reduce: Any = np.add.reduce


def is_plain(data: Any) -> bool:
    """Whether it is a Python number."""
    return data.__class__ is float or data.__class__ is int


def is_symbolic(data: Any) -> bool:
    """Whether it is an expression or an array of expressions."""
    if data.__class__ is np.ndarray:
        return bool(data.dtype.hasobject)
    return isinstance(data, Node)


def shape_of(data: Any) -> tuple[int, ...]:
    """The shape; () for numbers and expressions."""
    return data.shape if data.__class__ is np.ndarray else ()


def describe(data: Any) -> str:
    """Kind and shape, for messages: ``float32 (64, 10)``."""
    if isinstance(data, np.ndarray | np.generic):
        return f"{data.dtype} {data.shape}"
    return type(data).__name__


def differentiable(data: Any, what: str) -> Any:
    """The data as the tape keeps it.

    Raises:
        DtypeError: integers, complex numbers, objects that are not expressions, text.
    """
    if data.__class__ in _PLAIN or isinstance(data, Expr):
        return data
    if isinstance(data, bool | np.bool_):
        raise DtypeError(f"{what}: a truth value has no derivative; use where(condition, a, b)")
    if isinstance(data, float):  # numpy.float64 and other subclasses
        return float(data)
    if isinstance(data, int):
        return int(data)
    if isinstance(data, np.integer):
        return int(data)
    if isinstance(data, list | tuple):
        try:
            data = np.asarray(data)
        except ValueError:
            raise ShapeError(f"{what}: a list whose rows differ in length is not an array") from None
        if data.dtype.kind in "iu":
            data = data.astype(np.float64)
    if not isinstance(data, np.ndarray | np.generic):
        raise DtypeError(f"{what}: a float, a floating-point array or an expression is needed, not {type(data).__name__}")
    if data.dtype.kind == "f":
        return data
    if data.dtype.hasobject:
        return _expressions(data, what)
    hint = "; integers have no derivative: convert with array.astype(float)" if data.dtype.kind in "iub" else ""
    raise DtypeError(f"{what}: an array of dtype {data.dtype} and shape {data.shape} cannot be differentiated{hint}")


def _expressions(data: Any, what: str) -> Any:
    """An array of objects: all must be expressions or exact numbers."""
    try:
        converted = [as_expr(entry) for entry in data.ravel().tolist()]
    except (TypeError, ValueError) as error:
        raise DtypeError(f"{what}: an object array of shape {data.shape} must hold expressions: {error}") from None
    return as_objects(converted).reshape(data.shape)


def as_objects(entries: list[Any]) -> Any:
    """A one-dimensional array of objects, even if they look like sequences."""
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array


def constant(data: Any, what: str) -> Any:
    """A constant operand: as `differentiable`; truth values and integer arrays pass too."""
    if data.__class__ in _PLAIN or isinstance(data, np.bool_ | bool | Condition):
        return data
    if isinstance(data, np.ndarray) and data.dtype.kind in "biu":
        return data
    if isinstance(data, np.ndarray) and data.dtype.hasobject:
        return data if _all_nodes(data) else _expressions(data, what)
    return differentiable(data, what)


def _all_nodes(data: Any) -> bool:
    return all(isinstance(entry, Node) for entry in data.ravel().tolist())


def entrywise(function: Callable[..., Any], arity: int) -> Callable[..., Any]:
    """A function of expressions, over arrays of expressions with broadcasting."""
    over_arrays = np.frompyfunc(function, arity, 1)

    def apply(*operands: Any) -> Any:
        return over_arrays(*operands)

    return apply


def ones_like(data: Any) -> Any:
    """The cotangent 1 in the kind of the data."""
    if data.__class__ is np.ndarray:
        return np.full(data.shape, as_expr(1), dtype=object) if data.dtype.hasobject else np.ones_like(data)
    if isinstance(data, Expr):
        return as_expr(1)
    return data.dtype.type(1) if isinstance(data, np.generic) else 1.0


def zeros_like(data: Any) -> Any:
    """The cotangent 0 in the kind of the data."""
    if data.__class__ is np.ndarray:
        return np.full(data.shape, as_expr(0), dtype=object) if data.dtype.hasobject else np.zeros_like(data)
    if isinstance(data, Expr):
        return as_expr(0)
    return data.dtype.type(0) if isinstance(data, np.generic) else 0.0


def check_cotangent(cotangent: Any, data: Any, what: str) -> Any:
    """The cotangent, which must have the shape of the data."""
    given = differentiable(cotangent, f"{what}: cotangent")
    if shape_of(given) != shape_of(data):
        raise ShapeError(f"{what}: a cotangent of shape {shape_of(given)} for a result of shape {shape_of(data)}")
    return given


def fingerprint(data: Any) -> Any:
    """Something that changes when the array is written to; None for what cannot be written to.  Linear, at memory speed.

    Of large arrays, the sums of the bits of 16 pieces: a change is missed only if it cancels within a piece.
    """
    if data.__class__ is not np.ndarray or data.dtype.hasobject:
        return None
    size = data.nbytes
    if size < 4096:
        return data.tobytes()
    flags = data.flags
    if not flags.c_contiguous:
        data = data.T if flags.f_contiguous else np.ascontiguousarray(data)
    if size % 128 == 0:
        return _add_reduce(data.reshape(16, -1).view(np.uint64), 1).tobytes()
    whole = data.reshape(-1).view(np.uint8)
    pieces = whole[: size // 128 * 128].view(np.uint64).reshape(16, -1)
    return _add_reduce(pieces, 1).tobytes(), whole[size // 128 * 128 :].tobytes()
