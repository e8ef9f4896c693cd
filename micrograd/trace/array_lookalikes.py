"""NumPy's functions for functions that are traced: `NUMPY` and `LINALG`, tables by name.

Each is called by the signature of NumPy's function of that name (`micrograd.trace.signatures`).  *Structural* functions, which
move entries without looking at them, or combine them by ``+``, ``*`` and ``<`` only, are NumPy's own.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd.trace.arrays import (
    UFUNCS,
    Array,
    array,
    boxed,
    either,
    is_exact,
    plain,
    ufunc,
    without_truths,
    wrapped,
)
from micrograd.trace.arrays import both as both_of
from micrograd.trace.lookalikes import MATH, Lookalike, elementwise, is_sequence, remember, sinc
from micrograd.trace.reals import (
    Real,
    Truth,
    condition_of,
    decided,
    exact,
    is_nonfinite,
    is_truth,
    maximum,
    minimum,
    quietly,
    refuse,
    select,
    shadow_of,
)
from micrograd.trace.signatures import reads
from micrograd.trace.standard import Float

remember(np)
Function = Callable[..., Any]
NUMPY: dict[str, Any] = {}
"""What a traced function finds under ``numpy``."""
LINALG: dict[str, Any] = {}
"""What it finds under ``numpy.linalg``."""

# fmt: off
_SIGNATURES = {
    "array": "object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, ndmax=0, like=None",
    "asarray": "a, dtype=None, order=None, *, device=None, copy=None, like=None",
    "asanyarray": "a, dtype=None, order=None, *, device=None, copy=None, like=None",
    "ascontiguousarray": "a, dtype=None, *, like=None",
    "arange": "start=None, stop=None, step=1, dtype=None, *, device=None, like=None",
    "where": "condition, x=None, y=None, /",
    "zeros": "shape, dtype=None, order='C', *, device=None, like=None",
    "empty": "shape, dtype=None, order='C', *, device=None, like=None",
}
# fmt: on


def _like(name: str, table: dict[str, Any] = NUMPY, module: Any = np) -> Callable[[Function], Function]:
    """Enter a look-alike, called by the signature of NumPy's function of this name."""

    def enter(function: Function) -> Function:
        if not hasattr(module, name):
            return function
        signature = _SIGNATURES.get(name) or inspect.signature(getattr(module, name))
        table[name] = reads(f"{module.__name__}.{name}", signature)(function)
        return function

    return enter


# --- making arrays -----------------------------------------------------------------------------------------------------


@_like("array")
def _array(object: Any, dtype: Any = None, copy: Any = True) -> Any:
    if copy is not True:
        refuse("numpy.array(…, copy=…) is not among the options that can be traced")
    return array(object, dtype)


@_like("asarray")
@_like("asanyarray")
@_like("ascontiguousarray")
def _as_array(a: Any, dtype: Any = None) -> Any:
    if (
        isinstance(a, Array)
        and (dtype is None or dtype is Float or np.dtype(dtype) == a.dtype)
        and (dtype is not Float or a.dtype == float)
    ):
        return a
    return array(a, dtype)


@_like("copy")
def _copy(a: Any) -> Any:
    return array(a)


def _full(shape: Any, value: Any, dtype: Any) -> Any:
    if not is_exact(dtype):
        return wrapped(np.full(shape, value if isinstance(value, int | np.integer) else int(exact(value)), dtype=dtype))
    made = np.empty(shape, dtype=object)
    made.fill(value)
    return made.view(Array)


@_like("zeros")
def _zeros(shape: Any, dtype: Any = Float) -> Any:
    return _full(shape, exact(0), dtype)


@_like("ones")
def _ones(shape: Any, dtype: Any = Float) -> Any:
    return _full(shape, exact(1), dtype)


@_like("empty")
def _empty(shape: Any, dtype: Any = Float) -> Any:
    return _full(shape, None, dtype) if is_exact(dtype) else _full(shape, 0, dtype)


@_like("full")
def _filled(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    if is_sequence(fill_value):
        refuse("numpy.full with an array to fill with")
    if dtype is None and isinstance(fill_value, int | np.integer | np.bool_):
        return wrapped(np.full(shape, fill_value))
    return _full(shape, fill_value if is_truth(fill_value) and dtype is None else exact(fill_value), dtype)


def _type_like(a: Any, dtype: Any) -> Any:
    return dtype if dtype is not None else array(a).dtype


@_like("zeros_like")
def _zeros_like(a: Any, dtype: Any = None) -> Any:
    return _full(plain(a).shape, exact(0), _type_like(a, dtype))


@_like("ones_like")
def _ones_like(a: Any, dtype: Any = None) -> Any:
    return _full(plain(a).shape, exact(1), _type_like(a, dtype))


@_like("empty_like")
def _empty_like(a: Any, dtype: Any = None) -> Any:
    return _empty(plain(a).shape, _type_like(a, dtype))


@_like("full_like")
def _full_like(a: Any, fill_value: Any, dtype: Any = None) -> Any:
    return _filled(plain(a).shape, fill_value, _type_like(a, dtype))


@_like("eye")
def _eye(N: int, M: int | None = None, k: int = 0, dtype: Any = Float) -> Any:
    whole = np.eye(N, M, k, dtype=int)
    return array(whole.tolist(), Float) if is_exact(dtype) else wrapped(whole.astype(dtype))


@_like("identity")
def _identity(n: int, dtype: Any = Float) -> Any:
    return _eye(n, dtype=dtype)


@_like("arange")
def _steps(start: Any = None, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    start, stop = (0, start) if stop is None else (0 if start is None else start, stop)
    bounds = (start, stop, step)
    if all(isinstance(x, int | np.integer) for x in bounds) and (dtype is None or not is_exact(dtype)):
        return wrapped(np.arange(*bounds, dtype=dtype))
    if not is_exact(dtype):
        refuse("numpy.arange of floats as integers")
    first, last, gap = map(exact, bounds)
    shadows = [shadow_of(x) for x in (first, last, gap)]
    if None in shadows or first.value is None or last.value is None or gap.value is None:
        refuse("numpy.arange with bounds that depend on the arguments, or are irrational")
    count = max(math.ceil((last.value - first.value) / gap.value), 0)
    if count != len(np.arange(*shadows)):
        refuse("numpy.arange with floats: rounding errors decide about the last entry")
    return array([first + i * gap for i in range(count)], Float)


@_like("linspace")
def _spaced(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None) -> Any:
    if not is_exact(dtype):
        refuse("numpy.linspace(…, dtype=…) of integers is not among the options that can be traced")
    first, last, gaps = exact(start), exact(stop), (num - 1 if endpoint else num) or 1
    return array([first + (last - first) * i / exact(gaps) for i in range(num)], Float)


# --- choosing ----------------------------------------------------------------------------------------------------------


def _selected(condition: Any, a: Any, b: Any) -> Any:
    """An entry of a choice: that of two truth values is one."""
    if not (is_truth(a) and is_truth(b)):
        return select(condition, a, b)
    chosen, opposite = decided(condition_of(condition)), decided(condition_of(b))
    return either(both_of(chosen, a), both_of(UFUNCS["logical_not"](chosen), opposite))


@_like("where")
def _where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    if x is None or y is None:
        refuse("numpy.where with a condition only is not among the functions that can be traced")
    return elementwise(_selected)(condition, x, y)


@_like("select")
def _chosen(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    result = default
    for condition, choice in zip(reversed(list(condlist)), reversed(list(choicelist)), strict=True):
        result = _where(condition, choice, result)
    return result


@_like("clip")
def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    result = array(a) if isinstance(a, list | tuple) else a
    result = result if low is None or type(low).__name__ == "_NoValueType" else NUMPY["maximum"](result, low)
    return result if high is None or type(high).__name__ == "_NoValueType" else NUMPY["minimum"](result, high)


# --- sums and extrema --------------------------------------------------------------------------------------------------


def _numbers(a: Any) -> Any:
    """The entries, with 1 and 0 for truth values; integers as they are."""
    return without_truths(plain(array(a) if isinstance(a, list | tuple) else a))


def _float_or_refused(name: str, dtype: Any) -> None:
    if not is_exact(dtype):
        refuse(f"numpy.{name}(…, dtype=…) of integers is not among the options that can be traced")


def _initial(initial: Any) -> dict[str, Any]:
    return {} if type(initial).__name__ == "_NoValueType" or initial is None else {"initial": initial}


@_like("sum")
def _total(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None) -> Any:
    _float_or_refused("sum", dtype)
    add: Any = np.add
    return wrapped(add.reduce(_numbers(a), axis=axis, keepdims=_flag(keepdims), **_initial(initial)))


@_like("prod")
def _product(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None) -> Any:
    _float_or_refused("prod", dtype)
    multiply: Any = np.multiply
    return wrapped(multiply.reduce(_numbers(a), axis=axis, keepdims=_flag(keepdims), **_initial(initial)))


def _flag(keepdims: Any) -> bool:
    return False if type(keepdims).__name__ == "_NoValueType" else bool(keepdims)


def _extremum(names: Sequence[str], pick: Function) -> None:
    def apply(a: Any, axis: Any = None, keepdims: Any = False, initial: Any = None) -> Any:
        entries = plain(array(a) if isinstance(a, list | tuple) else a)
        if entries.dtype != object:
            return wrapped(getattr(np, names[0])(entries, axis=axis, keepdims=_flag(keepdims), **_initial(initial)))
        if entries.size and any(is_truth(x) for x in entries.ravel()):
            refuse(f"numpy.{names[0]} of conditions: use numpy.any or numpy.all")
        if axis is None and not _flag(keepdims):
            start = list(_initial(initial).values())
            return functools.reduce(pick, start + entries.ravel().tolist())
        loop = np.frompyfunc(pick, 2, 1)
        return wrapped(_reduced(loop, entries, axis, _flag(keepdims), initial))

    for name in names:
        _like(name)(apply)


def _reduced(loop: Any, entries: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
    """A reduction along one axis, several, or all."""
    axes = range(entries.ndim) if axis is None else [axis] if isinstance(axis, int | np.integer) else list(axis)
    for each in sorted((x % entries.ndim for x in axes), reverse=True):
        entries = loop.reduce(entries, axis=each, keepdims=keepdims)
    start = list(_initial(initial).values())
    return np.frompyfunc(lambda x: loop(start[0], x), 1, 1)(entries) if start else entries


_extremum(("max", "amax"), maximum)
_extremum(("min", "amin"), minimum)


def _quantified(name: str, pick: Function) -> None:
    def apply(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
        entries = np.frompyfunc(lambda x: decided(condition_of(x)), 1, 1)(
            plain(array(a) if isinstance(a, list | tuple) else a).astype(object)
        )
        if axis is None and not _flag(keepdims):
            return functools.reduce(pick, plain(entries).ravel().tolist(), name == "all")
        return wrapped(_reduced(np.frompyfunc(pick, 2, 1), entries, axis, _flag(keepdims), None))

    _like(name)(apply)


_quantified("any", either)
_quantified("all", both_of)


def _count(a: Any, axis: Any) -> int:
    shape = plain(a).shape
    axes = range(len(shape)) if axis is None else [axis] if isinstance(axis, int | np.integer) else axis
    return math.prod(shape[i] for i in axes)


def _divided(total: Any, count: int) -> Any:
    if count <= 0:
        refuse("a mean of no numbers, or a variance of too few")
    return UFUNCS["divide"](total, exact(count)) if not is_sequence(total) else total / exact(count)


@_like("mean")
def _mean(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Any:
    _float_or_refused("mean", dtype)
    return _divided(_total(a, axis, None, keepdims), _count(a, axis))


@_like("var")
def _variance(a: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False) -> Any:
    _float_or_refused("var", dtype)
    if not isinstance(ddof, int):
        refuse("numpy.var with a ddof that is not an integer")
    deviations = array(a, Float) - _mean(a, axis, None, True)
    return _divided(_total(deviations * deviations, axis, None, keepdims), _count(a, axis) - ddof)


@_like("std")
def _deviation(a: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False) -> Any:
    return elementwise(UFUNCS["sqrt"])(_variance(a, axis, dtype, ddof, keepdims))


@_like("average")
def _average(a: Any, axis: Any = None, weights: Any = None, *, keepdims: Any = False) -> Any:
    if weights is None:
        return _mean(a, axis, None, keepdims)
    values, shares = array(a, Float), array(weights, Float)
    if values.shape != shares.shape:
        if shares.ndim != 1 or not isinstance(axis, int) or shares.shape[0] != values.shape[axis]:
            refuse("numpy.average with weights of another shape that are not those of one axis")
        place = axis % values.ndim
        shares = shares.reshape((1,) * place + shares.shape + (1,) * (values.ndim - place - 1))
        shares = array(np.broadcast_to(plain(shares), values.shape), Float)
    kept = _flag(keepdims)
    return NUMPY["divide"](_total(values * shares, axis, None, kept), _total(shares, axis, None, kept))


@_like("vectorize")
def _vectorized(pyfunc: Any = None) -> Any:
    if not callable(pyfunc):
        refuse("numpy.vectorize as a decorator with options")

    def apply(*operands: Any) -> Any:
        first: list[Any] = []

        def entry(*values: Any) -> Any:
            made = pyfunc(*[exact(x) if isinstance(x, float) else x for x in values])
            first.append(made)
            if isinstance(first[0], int | Truth | np.integer | np.bool_) and type(made) is not type(first[0]):
                refuse("numpy.vectorize of a function whose first result is an integer: NumPy makes integers of all others")
            return made

        operands = tuple(array(x) if isinstance(x, list | tuple) else x for x in operands)
        return elementwise(entry)(*operands)

    return apply


# --- structure ---------------------------------------------------------------------------------------------------------

# fmt: off
_STRUCTURAL = [
    "append", "array_split", "atleast_1d", "atleast_2d", "block", "broadcast_to", "column_stack", "concatenate", "delete", "diag",
    "diagonal", "dstack", "expand_dims", "flip", "hsplit", "hstack", "insert", "meshgrid", "moveaxis", "ndim", "permute_dims",
    "ravel", "repeat", "reshape", "roll", "rollaxis", "rot90", "shape", "size", "split", "squeeze", "stack", "swapaxes", "take",
    "tile", "transpose", "tril", "triu", "vsplit", "vstack",
]
_ARITHMETIC = [
    "cross", "diff", "dot", "einsum", "inner", "kron", "matmul", "outer", "pad", "tensordot", "vander", "vdot", "argmax", "argmin",
    "sort",
]
_COUNTING = ["cumprod", "cumsum", "trace"]
# fmt: on
_TYPES = ["ndarray", "integer", "int64", "int32", "int_", "intp", "bool_", "generic", "number", "floating", "inexact"]


def _structural(name: str, arithmetic: bool = False, counting: bool = False) -> Function:
    function = getattr(np, name)

    @functools.wraps(function)
    def apply(*arguments: Any, **options: Any) -> Any:
        if arithmetic and any(_has_truths(x) for x in (*arguments, *options.values())):
            refuse(f"numpy.{name} of conditions")
        if options.get("out") is not None or not is_exact(options.pop("dtype", None)):
            refuse(f"numpy.{name}(…, out=… or dtype=…) is not among the options that can be traced")
        operands = [without_truths(_operand(x)) if counting and isinstance(x, Array) else _operand(x) for x in arguments]
        return wrapped(function(*operands, **{key: _operand(x) for key, x in options.items()}))

    return apply


def _has_truths(value: Any) -> bool:
    if isinstance(value, Array):
        entries = plain(value)
        return entries.dtype == bool or (entries.dtype == object and any(is_truth(x) for x in entries.ravel()))
    return any(map(_has_truths, value)) if isinstance(value, list | tuple) else isinstance(value, Truth)


def _operand(value: Any) -> Any:
    """Arrays as NumPy's own, a list of traced numbers as one, a list of arrays as a list."""
    if isinstance(value, Real | Truth):
        return boxed(value)
    if isinstance(value, Array):
        return plain(value)
    if isinstance(value, list | tuple) and any(isinstance(x, Real | Truth | np.ndarray | list | tuple) for x in value):
        return type(value)(_operand(x) for x in value)
    return value


# --- numpy.linalg ------------------------------------------------------------------------------------------------------


@_like("norm", LINALG, np.linalg)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    entries = array(x, Float)
    of_vectors = entries.ndim == 1 if axis is None else isinstance(axis, int)
    order = ord if ord is None or isinstance(ord, str) or is_nonfinite(ord) else exact(ord).value
    if not of_vectors and not (order is None or order == "fro"):
        refuse(f"numpy.linalg.norm of matrices, of order {ord}, is not among the functions that can be traced")
    if order == "fro" and (of_vectors or (axis is None and entries.ndim != 2)):
        raise ValueError("the Frobenius norm is one of matrices")
    if order == 1:
        return _total(abs(entries), axis, None, keepdims)
    if order in (math.inf, -math.inf):
        return NUMPY["max" if order > 0 else "min"](abs(entries), axis=axis, keepdims=_flag(keepdims))
    if order not in (None, 2, "fro"):
        refuse(f"numpy.linalg.norm of order {ord} is not among the functions that can be traced")
    return elementwise(UFUNCS["sqrt"])(_total(entries * entries, axis, None, keepdims))


def _square(a: Any, name: str) -> Any:
    matrix = array(a, Float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] > 4:
        refuse(f"numpy.linalg.{name} is traced for square matrices of up to 4 rows, not for shape {matrix.shape}")
    return plain(matrix)


@_like("det", LINALG, np.linalg)
def _determinant(a: Any) -> Any:
    return _expanded(_square(a, "det"))


def _expanded(matrix: Any) -> Any:
    if len(matrix) == 1:
        return matrix[0, 0]
    minors = (np.delete(np.delete(matrix, 0, 0), j, 1) for j in range(len(matrix)))
    return sum((-1) ** j * matrix[0, j] * _expanded(minor) for j, minor in enumerate(minors))


@_like("inv", LINALG, np.linalg)
def _inverse(a: Any) -> Any:
    matrix = _square(a, "inv")
    n, determinant = len(matrix), _expanded(matrix)
    if n == 1:
        return array([[1 / determinant]])
    return array(
        [[(-1) ** (i + j) * _expanded(np.delete(np.delete(matrix, j, 0), i, 1)) / determinant for j in range(n)] for i in range(n)],
        Float,
    )


@_like("solve", LINALG, np.linalg)
def _solution(a: Any, b: Any) -> Any:
    return _inverse(a) @ array(b, Float)


# --- the table ---------------------------------------------------------------------------------------------------------


def _is_scalar(element: Any) -> bool:
    return isinstance(element, Real | Truth) or np.isscalar(element)


class _Rounded(type):
    """A type of floats that is not Python's: it is refused, and its name is that of a ``dtype``."""

    def __call__(cls, *arguments: Any) -> Any:
        refuse(f"numpy.{cls.__name__}: numbers of this type are rounded in another way than Python's floats")

    @property
    def dtype(cls) -> Any:
        return np.dtype(cls.__name__)


NUMPY |= {name: ufunc(name) for name in UFUNCS}
NUMPY |= {name: _structural(name) for name in _STRUCTURAL if hasattr(np, name)}
NUMPY |= {name: _structural(name, arithmetic=True) for name in _ARITHMETIC if hasattr(np, name)}
NUMPY |= {name: _structural(name, counting=True) for name in _COUNTING}
NUMPY |= {name: getattr(np, name) for name in _TYPES}
NUMPY |= dict.fromkeys(("float64", "double"), Float)
NUMPY |= {name: _Rounded(name, (), {}) for name in ("float32", "single", "float16", "half", "longdouble")}
NUMPY |= {name: MATH[name] for name in ("pi", "e", "inf", "nan")}
NUMPY |= {
    "newaxis": None,
    "sinc": elementwise(quietly(sinc, "sinc")),
    "isscalar": _is_scalar,
    "errstate": lambda **options: contextlib.nullcontext(),
    "linalg": Lookalike(np.linalg, LINALG),
}
