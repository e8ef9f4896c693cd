"""NumPy for functions that are traced: arrays of `Real`, and the functions that work on them.

`Array` is an object array whose ufuncs are those of `micrograd.verified.prove.reals`; comparisons give arrays of conditions, and
``a[a > 0] = 0`` chooses entry by entry.  `NUMPY` is the table of functions that a traced function finds under ``numpy``.
"""

from __future__ import annotations

import contextlib
import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd.verified.expr import conjunction, disjunction, negate
from micrograd.verified.prove.lookalikes import (
    MATH,
    Float,
    Lookalike,
    copysign,
    elementwise,
    exact,
    fmod,
    formula,
    is_finite,
    is_infinite,
    is_nan,
    is_sequence,
    power,
    sinc,
)
from micrograd.verified.prove.reals import (
    REGISTRY,
    Real,
    Truth,
    condition_of,
    decided,
    maximum,
    minimum,
    refuse,
    select,
)

Function = Callable[..., Any]


class Array(np.ndarray[Any, Any]):
    """An array of numbers, or of conditions, that are traced."""

    __hash__ = None

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return apply_ufunc(ufunc, method, inputs, kwargs)

    def __getitem__(self, key: Any) -> Any:
        mask = _mask(key)
        if mask is not None and mask.dtype == object:
            refuse("an index by a condition: how many entries it selects depends on the arguments; use numpy.where")
        return super().__getitem__(key if mask is None else mask)

    def __setitem__(self, key: Any, value: Any) -> None:
        mask = _mask(key)
        if mask is None or mask.dtype != object:
            super().__setitem__(key if mask is None else mask, _traced(value))
            return
        super().__setitem__(..., broadcast(select, (np.broadcast_to(mask, self.shape), value, self)))

    def astype(self, dtype: Any, *arguments: Any, **options: Any) -> Any:
        if is_exact(dtype):
            return broadcast(exact, (self,))
        return np.array(_plain(self).tolist(), dtype=dtype)


def _mask(key: Any) -> np.ndarray[Any, Any] | None:
    if isinstance(key, Truth):
        key = _boxed(key)
    if not (isinstance(key, np.ndarray) and key.dtype == object):
        return None
    if all(isinstance(x, bool | np.bool_) for x in key.ravel()):
        return np.asarray(key, dtype=bool)
    return _plain(key) if any(isinstance(x, Truth) for x in key.ravel()) else None


def _boxed(value: Any) -> np.ndarray[Any, Any]:
    box = np.empty((), dtype=object)
    box[()] = value.item() if isinstance(value, np.generic) else value
    return box


def _plain(value: Any) -> np.ndarray[Any, Any]:
    """As an array of NumPy's own class; entries that are traced are objects."""
    if isinstance(value, np.ndarray):
        return value.view(np.ndarray)
    if is_sequence(value):
        return np.array([_plain(x) for x in value], dtype=object) if _has_arrays(value) else np.array(value, dtype=object)
    return _boxed(value)


def _has_arrays(values: Any) -> bool:
    return any(isinstance(x, np.ndarray) and x.ndim for x in values)


def _traced(value: Any) -> Any:
    return array(value) if is_sequence(value) else exact(value)


def _wrapped(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_wrapped(x) for x in value)
    if isinstance(value, np.ndarray) and value.dtype == object:
        if value.ndim == 0:
            return value[()]
        if value.size and all(isinstance(x, bool | np.bool_) for x in value.ravel()):
            return value.astype(bool)
        return value.view(Array)
    return value


def broadcast(function: Function, operands: Sequence[Any]) -> Any:
    """The function entry by entry."""
    loop = np.frompyfunc(function, len(operands), 1)
    return _wrapped(loop(*[_plain(x) for x in operands]))


def is_exact(dtype: Any) -> bool:
    """Whether entries of this type are real numbers here: floats and objects."""
    return dtype is None or dtype is Float or np.dtype(dtype).kind in "fO"


def array_of(entries: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """An array of these entries."""
    made = np.empty(len(entries), dtype=object)
    made[:] = entries
    return made.reshape(shape).view(Array)


def array(data: Any, dtype: Any = None, **options: Any) -> Any:
    """``numpy.array``: floats become exact numbers, arrays of integers stay what they are."""
    if not is_exact(dtype):
        return np.array(_plain(data).tolist(), dtype=dtype)
    entries = _plain(data)
    whole = all(isinstance(x, int | np.integer | np.bool_) for x in entries.ravel().tolist())
    if whole and dtype is None:
        return np.array(entries.tolist())
    if all(isinstance(x, Truth | bool) for x in entries.ravel()):
        return _wrapped(entries.astype(object))
    made = np.empty(entries.shape, dtype=object)
    for place in np.ndindex(*entries.shape):
        made[place] = exact(entries[place])
    return made.view(Array)


# --- ufuncs ------------------------------------------------------------------------------------------------------------


def _both(a: Any, b: Any) -> Any:
    return decided(conjunction(condition_of(a), condition_of(b)))


def _either(a: Any, b: Any) -> Any:
    return decided(disjunction(condition_of(a), condition_of(b)))


def _not(a: Any) -> Any:
    return decided(negate(condition_of(a)))


def _clip(x: Any, low: Any, high: Any) -> Any:
    x = x if low is None else maximum(x, low)
    return x if high is None else minimum(x, high)


_ALIASES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh"}
_ALIASES |= {"arctanh": "atanh", "radians": "deg2rad", "degrees": "rad2deg", "fabs": "abs", "absolute": "abs", "abs": "abs"}
# fmt: off
_SAME = [
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square", "reciprocal", "sin", "cos", "tan", "asin",
    "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "deg2rad", "rad2deg", "hypot", "logaddexp", "floor",
    "ceil", "trunc", "sign",
]
# fmt: on

UFUNCS: dict[str, Function] = {
    **{name: REGISTRY[name] for name in _SAME},
    **{name: REGISTRY[target] for name, target in _ALIASES.items()},
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "true_divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "remainder": operator.mod,
    "mod": operator.mod,
    "fmod": fmod,
    "power": power,
    "pow": power,
    "float_power": power,
    "negative": operator.neg,
    "positive": operator.pos,
    "conjugate": operator.pos,
    "conj": operator.pos,
    "copysign": copysign,
    "heaviside": formula("where(x < 0, 0, where(x == 0, h, 1))", "x", "h"),
    "logaddexp2": lambda a, b: REGISTRY["log2"](REGISTRY["exp2"](a) + REGISTRY["exp2"](b)),
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "logical_and": _both,
    "logical_or": _either,
    "logical_not": _not,
    "logical_xor": lambda a, b: Truth(condition_of(a)) ^ b,
    "bitwise_and": _both,
    "bitwise_or": _either,
    "bitwise_xor": lambda a, b: Truth(condition_of(a)) ^ b,
    "invert": _not,
    "bitwise_not": _not,
    "maximum": maximum,
    "minimum": minimum,
    "fmax": maximum,
    "fmin": minimum,
    "clip": _clip,
    "isfinite": is_finite,
    "isnan": is_nan,
    "isinf": is_infinite,
}
"""NumPy's elementwise functions by name, on one entry."""

_NATIVE = frozenset(("matmul", "vecdot", "matvec", "vecmat"))
"""Generalised ufuncs, which NumPy computes on objects by ``+`` and ``*``."""


def apply_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """What a NumPy ufunc gives on operands that are traced."""
    name = ufunc.__name__
    out = options.pop("out", None)
    options = {key: value for key, value in options.items() if key not in ("dtype", "casting", "subok", "order")}
    if options.pop("where", True) is not True:
        refuse(f"numpy.{name}(…, where=…) is not among the functions that can be traced; use numpy.where")
    plain = [_plain(x) if i == 0 or method != "at" else x for i, x in enumerate(inputs)]
    if method == "at":
        refuse(f"numpy.{name}.at is not among the functions that can be traced")
    if name in _NATIVE or (name in ("add", "multiply") and method == "reduce"):
        result = _wrapped(getattr(ufunc, method)(*[x.astype(object) for x in plain], **options))
    elif name in UFUNCS:
        result = _wrapped(getattr(np.frompyfunc(UFUNCS[name], ufunc.nin, 1), method)(*plain, **options))
    else:
        refuse(f"numpy.{name} is not among the functions that can be traced")
    if out is None or out[0] is None:
        return result
    if out[0].dtype != object:
        refuse(f"numpy.{name} is told to store a traced number in an array of {out[0].dtype}")
    out[0][...] = result
    return out[0]


def _ufunc(name: str, function: Function) -> Function:
    """A ufunc's look-alike, with ``reduce``, ``accumulate`` and ``outer``."""
    apply: Any = elementwise(function)
    for method in ("reduce", "accumulate", "outer"):
        setattr(apply, method, functools.partial(_by_method, getattr(np, name), method))
    return apply  # type: ignore[no-any-return]


def _by_method(ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
    return apply_ufunc(ufunc, method, operands, options)


# --- the functions -----------------------------------------------------------------------------------------------------


def _filled(value: Any) -> Function:
    def make(shape: Any, dtype: Any = None, **options: Any) -> Any:
        return _full(shape, value, dtype)

    return make


def _full(shape: Any, value: Any, dtype: Any = None, **options: Any) -> Any:
    if not is_exact(dtype):
        return np.full(shape, int(value), dtype=dtype)
    made = np.empty(shape, dtype=object)
    made.fill(exact(value))
    return made.view(Array)


def _filled_like(value: Any) -> Function:
    return lambda a, dtype=None, **options: _full(np.shape(_plain(a)), value, dtype)


def _identity(n: int, m: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    whole = np.eye(n, m, k, dtype=int)
    return array(whole.tolist(), Float) if is_exact(dtype) else whole.astype(dtype)


def _steps(*bounds: Any, dtype: Any = None) -> Any:
    if all(isinstance(x, int | np.integer) for x in bounds) and (dtype is None or not is_exact(dtype)):
        return np.arange(*bounds, dtype=dtype)
    start, stop, step = {1: (0, *bounds, 1), 2: (*bounds, 1), 3: bounds}[len(bounds)]
    first, last, gap = exact(start), exact(stop), exact(step)
    return array([first + i * gap for i in range(math.ceil((last - first) / gap))], Float)


def _spaced(start: Any, stop: Any, num: int = 50, endpoint: bool = True, **options: Any) -> Any:
    first, last = exact(start), exact(stop)
    gaps = num - 1 if endpoint else num
    return array([first + (last - first) * i / gaps for i in range(num)], Float)


def _where(condition: Any, *branches: Any) -> Any:
    if len(branches) != 2:
        refuse("numpy.where with a condition only is not among the functions that can be traced")
    return elementwise(select)(condition, *branches)


def _chosen(conditions: Sequence[Any], choices: Sequence[Any], default: Any = 0) -> Any:
    result = default
    for condition, choice in zip(reversed(list(conditions)), reversed(list(choices)), strict=True):
        result = _where(condition, choice, result)
    return result


def _structural(name: str) -> Function:
    function = getattr(np, name)

    @functools.wraps(function)
    def apply(*arguments: Any, **options: Any) -> Any:
        return _wrapped(function(*[_operand(x) for x in arguments], **{key: _operand(x) for key, x in options.items()}))

    return apply


def _operand(value: Any) -> Any:
    """A list of numbers that are traced as an array; a list of arrays as a list."""
    if isinstance(value, Real | Truth):
        return _boxed(value).view(Array)
    if isinstance(value, list | tuple) and any(isinstance(x, Real | Truth | np.ndarray | list | tuple) for x in value):
        return type(value)(_operand(x) for x in value)
    return value


def _folded(pick: Function) -> Function:
    def apply(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
        entries = _plain(a).astype(object)
        if axis is None:
            return functools.reduce(pick, entries.ravel().tolist())
        return _wrapped(np.frompyfunc(pick, 2, 1).reduce(entries, axis=axis, keepdims=keepdims))

    return apply


def _total(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    add: Any = np.add
    return _wrapped(add.reduce(_plain(a).astype(object), axis=axis, keepdims=keepdims))


def _count(a: Any, axis: Any) -> int:
    shape = _plain(a).shape
    axes = range(len(shape)) if axis is None else [axis] if isinstance(axis, int) else axis
    return math.prod(shape[i] for i in axes)


def _mean(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return _total(a, axis, keepdims) / exact(_count(a, axis))


def _variance(a: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    deviations = array(a, Float) - _mean(a, axis, True)
    return _total(deviations * deviations, axis, keepdims) / exact(_count(a, axis) - ddof)


def _deviation(a: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    return elementwise(REGISTRY["sqrt"])(_variance(a, axis, ddof, keepdims))


def _average(a: Any, axis: Any = None, weights: Any = None) -> Any:
    if weights is None:
        return _mean(a, axis)
    return _total(array(a, Float) * weights, axis) / _total(weights)


# --- numpy.linalg ------------------------------------------------------------------------------------------------------


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    entries = array(x, Float)
    if ord not in (None, 2, 1, math.inf, "fro") or (entries.ndim > 1 and axis is None and ord not in (None, "fro")):
        refuse(f"numpy.linalg.norm of order {ord} is not among the functions that can be traced")
    if ord == 1:
        return _total(abs(entries), axis, keepdims)
    if ord == math.inf:
        return _folded(maximum)(abs(entries), axis, keepdims)
    return elementwise(REGISTRY["sqrt"])(_total(entries * entries, axis, keepdims))


def _square(a: Any, name: str) -> Any:
    matrix = array(a, Float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] > 4:
        refuse(f"numpy.linalg.{name} is traced for square matrices of up to 4 rows, not for shape {matrix.shape}")
    return matrix


def _determinant(a: Any) -> Any:
    matrix = _square(a, "det")
    if len(matrix) == 1:
        return matrix[0, 0]
    minors = (np.delete(np.delete(matrix, 0, 0), j, 1) for j in range(len(matrix)))
    return sum((-1) ** j * matrix[0, j] * _determinant(minor) for j, minor in enumerate(minors))


def _inverse(a: Any) -> Any:
    matrix = _square(a, "inv")
    n, determinant = len(matrix), _determinant(matrix)
    if n == 1:
        return array([[1 / determinant]])
    return array(
        [[(-1) ** (i + j) * _determinant(np.delete(np.delete(matrix, j, 0), i, 1)) / determinant for j in range(n)] for i in range(n)],
        Float,
    )


def _solution(a: Any, b: Any) -> Any:
    return _inverse(a) @ array(b, Float)


LINALG: dict[str, Any] = {"norm": _norm, "det": _determinant, "inv": _inverse, "solve": _solution}

# fmt: off
_STRUCTURAL = [
    "append", "array_split", "atleast_1d", "atleast_2d", "block", "broadcast_to", "column_stack", "concatenate", "cross", "cumprod",
    "cumsum", "delete", "diag", "diagonal", "diff", "dot", "dstack", "einsum", "expand_dims", "flip", "hsplit", "hstack", "inner",
    "insert", "kron", "matmul", "meshgrid", "moveaxis", "ndim", "outer", "pad", "permute_dims", "ravel", "repeat", "reshape",
    "roll", "rollaxis", "rot90", "shape", "size", "split", "squeeze", "stack", "swapaxes", "take", "tensordot", "tile", "trace",
    "transpose", "tril", "triu", "vander", "vdot", "vsplit", "vstack", "argmax", "argmin", "sort",
]
# fmt: on
_TYPES = ["ndarray", "integer", "int64", "int32", "int_", "intp", "bool_", "generic", "number", "floating", "inexact"]

NUMPY: dict[str, Any] = {
    **{name: _ufunc(name, function) for name, function in UFUNCS.items() if hasattr(np, name)},
    **{name: _structural(name) for name in _STRUCTURAL if hasattr(np, name)},
    **{name: getattr(np, name) for name in _TYPES},
    **dict.fromkeys(("float64", "float32", "double", "float16", "longdouble"), Float),
    **dict.fromkeys(("array", "asarray", "ascontiguousarray", "asanyarray", "asfarray", "copy"), array),
    **{name: MATH[name] for name in ("pi", "e", "inf", "nan")},
    "newaxis": None,
    "zeros": _filled(0),
    "empty": _filled(0),
    "ones": _filled(1),
    "full": _full,
    "zeros_like": _filled_like(0),
    "empty_like": _filled_like(0),
    "ones_like": _filled_like(1),
    "full_like": lambda a, value, dtype=None, **options: _full(np.shape(_plain(a)), value, dtype),
    "eye": _identity,
    "identity": _identity,
    "arange": _steps,
    "linspace": _spaced,
    "where": _where,
    "select": _chosen,
    "sinc": elementwise(sinc),
    "sum": _total,
    "prod": _folded(operator.mul),
    "mean": _mean,
    "average": _average,
    "var": _variance,
    "std": _deviation,
    "max": _folded(maximum),
    "amax": _folded(maximum),
    "min": _folded(minimum),
    "amin": _folded(minimum),
    "any": _folded(_either),
    "all": _folded(_both),
    "isscalar": lambda x: isinstance(x, Real) or np.isscalar(x),
    "errstate": lambda **options: contextlib.nullcontext(),
    "seterr": lambda **options: {},
    "vectorize": lambda function, **options: elementwise(function),
}
NUMPY["linalg"] = Lookalike(np.linalg, LINALG)
