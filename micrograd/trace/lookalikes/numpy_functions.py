"""NumPy for functions that are traced: all of the table `NUMPY`.

Each is called by the signature of NumPy's function of that name (`micrograd.trace.lookalikes.signatures`).  *Structural* functions, which
move entries without looking at them, or combine them by ``+``, ``*`` and ``<`` only, are NumPy's own.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd.trace.arrays import NUMPY as NUMPY
from micrograd.trace.arrays import (
    Array,
    Function,
    array,
    as_floats,
    boxed,
    broadcast,
    check_ordered,
    elementwise,
    has_floats,
    is_exact,
    is_whole,
    listed,
    plain,
    stored,
    without_truths,
    wrapped,
)
from micrograd.trace.floats import Float64, sinc, summed
from micrograd.trace.functions import quietly, select
from micrograd.trace.lookalikes.linalg import LINALG
from micrograd.trace.lookalikes.making import MAKING
from micrograd.trace.lookalikes.mathematics import MATH
from micrograd.trace.lookalikes.modules import Lookalike, remember
from micrograd.trace.lookalikes.reductions import REDUCTIONS
from micrograd.trace.lookalikes.signatures import like
from micrograd.trace.lost import assumption
from micrograd.trace.numerals import unboxed
from micrograd.trace.reals import Real, Truth, both, condition_of, decided, either, exact, is_truth, opposite, short
from micrograd.trace.runs import refuse
from micrograd.trace.ufuncs import UFUNCS, ufunc
from micrograd.trace.whole import check_sizes, check_types, size_of

remember(np)


def _selected(condition: Any, a: Any, b: Any) -> Any:
    """An entry of a choice: that of two truth values is one."""
    if not (is_truth(a) and is_truth(b)):
        check_sizes("numpy.where", a, b)
        return select(condition, a, b)
    chosen = decided(condition_of(condition), assumption(condition))
    return either(both(chosen, a), both(opposite(chosen), b))


@like("where", NUMPY)
def _where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    if x is None or y is None:
        refuse("numpy.where with a condition only is not among the functions that can be traced")
    return _as_array(elementwise(_selected)(condition, x, y))


def _as_array(made: Any) -> Any:
    """A result that is an array in NumPy, even of a single number."""
    return made if isinstance(made, Array) else wrapped(boxed(made))


@like("select", NUMPY)
def _chosen(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    result = default
    for condition, choice in zip(reversed(list(condlist)), reversed(list(choicelist)), strict=True):
        if not (is_truth(unboxed(condition)) or (isinstance(condition, Array) and condition.dtype == bool)):
            refuse(f"numpy.select with the condition {short(condition)}, which is none: an error in NumPy")
        result = _where(condition, choice, result)
    return wrapped(np.array(plain(result), order="C"))


@like("clip", NUMPY)
def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    below, above = (x is None or type(x).__name__ == "_NoValueType" for x in (low, high))
    if below and above:
        return NUMPY["positive"](listed(a))
    result = listed(a) if below else NUMPY["maximum"](listed(a), low)
    return result if above else NUMPY["minimum"](result, high)


@like("vectorize", NUMPY)
def _vectorized(pyfunc: Any = None) -> Any:
    if not callable(pyfunc):
        refuse("numpy.vectorize as a decorator with options")

    def apply(*operands: Any) -> Any:
        first: list[Any] = []

        def entry(*values: Any) -> Any:
            made = pyfunc(*[exact(x) if isinstance(x, float) else x for x in values])
            first.append(made)
            if size_of(first[0]) is not None and (size_of(made) is None or is_truth(made) is not is_truth(first[0])):
                refuse("numpy.vectorize of a function whose first result is an integer: NumPy makes integers of all others")
            return made

        operands = tuple(map(listed, operands))
        return _as_array(elementwise(entry)(*operands))

    return apply


@like("insert", NUMPY)
def _inserted(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    entries = plain(listed(arr))
    return wrapped(np.insert(entries, obj, stored(values, entries), axis))


@like("pad", NUMPY)
def _padded(array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0) -> Any:
    entries = plain(listed(array))
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        refuse(f"numpy.pad(…, {mode!r}): this mode is not among those that can be traced")
    filled = {"constant_values": stored(constant_values, entries)} if mode == "constant" else {}
    return wrapped(np.pad(entries, pad_width, mode, **filled))


# fmt: off
_STRUCTURAL = [
    "append", "array_split", "atleast_1d", "atleast_2d", "atleast_3d", "block", "broadcast_to", "column_stack", "concatenate", "delete",
    "diag", "diagflat", "diagonal", "dstack", "expand_dims", "flip", "fliplr", "flipud", "hsplit", "hstack", "meshgrid",
    "moveaxis", "ndim", "permute_dims", "ravel", "repeat", "reshape", "roll", "rollaxis", "rot90", "shape", "size", "split", "squeeze",
    "stack", "swapaxes", "take", "take_along_axis", "tile", "transpose", "tril", "triu", "vsplit", "vstack",
]
_ARITHMETIC = [
    "cross", "diff", "dot", "einsum", "inner", "kron", "matmul", "outer", "tensordot", "vander", "vdot", "argmax", "argmin",
    "sort",
]
_ORDERING = ["argmax", "argmin", "sort"]
_FILLED = ["diag", "diagflat", "tril", "triu"]
_COUNTING = ["cumprod", "cumsum", "trace"]
_PLACES = ["diag_indices", "ix_", "tril_indices", "triu_indices"]
# fmt: on
_TYPES = ["ndarray", "integer", "int64", "int32", "int_", "intp", "bool_", "generic", "number", "floating", "inexact"]


def _structural(name: str, arithmetic: bool = False, counting: bool = False) -> Function:
    function = getattr(np, name)

    @functools.wraps(function)
    def apply(*arguments: Any, **options: Any) -> Any:
        if arithmetic and any(_has_truths(x) for x in (*arguments, *options.values())):
            refuse(f"numpy.{name} of conditions")
        if name in _ORDERING:
            check_ordered(name, arguments[0] if arguments else next(iter(options.values()), 0))
        dtype = options.pop("dtype", None)
        if options.get("out") is not None or not is_exact(dtype) or (arithmetic and dtype is not None):
            refuse(f"numpy.{name}(…, out=… or dtype=…) is not among the options that can be traced")
        operands = [_operand(x) for x in arguments]
        if arithmetic and all(map(is_whole, arguments)) and any(isinstance(x, np.ndarray) and x.dtype == object for x in operands):
            check_types(*arguments)
        if counting:
            operands[0] = without_truths(plain(listed(arguments[0]) if dtype is None else array(arguments[0], dtype)))
        made = function(*operands, **{key: _operand(x) for key, x in options.items()})
        result = _named(made, operands, arguments)
        if name in _FILLED and array(arguments[0]).dtype == bool:
            result = broadcast(lambda x: x if is_truth(x) else bool(x), (result,))
        if (arithmetic or counting) and name not in ("argmax", "argmin") and any(map(has_floats, arguments)):
            result = as_floats(result)
        return elementwise(summed)(result) if name == "trace" else result if dtype is None else array(result, dtype)

    return apply


def _named(made: Any, operands: Sequence[Any], arguments: Sequence[Any]) -> Any:
    """A result as the traced function is to see it: an operand that NumPy gave back is the same object."""
    if isinstance(made, list | tuple):
        return type(made)(_named(x, operands, arguments) for x in made)
    same = next((given for given, operand in zip(arguments, operands, strict=True) if made is operand), None)
    return same if isinstance(same, Array) else wrapped(_unboxed(made))


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


def _unboxed(made: Any) -> Any:
    """A result whose entries are numbers, and not the arrays without dimensions in which they were handed over."""
    if isinstance(made, list | tuple):
        return type(made)(map(_unboxed, made))
    if not isinstance(made, np.ndarray) or not any(isinstance(x, np.ndarray) for x in made.ravel().tolist()):
        return made
    return np.frompyfunc(lambda x: x[()] if isinstance(x, np.ndarray) else x, 1, 1)(made)


def _error_state(**options: Any) -> Any:
    """``numpy.errstate``, as far as it raises no errors."""
    for key, value in options.items():
        if value not in ("ignore", "warn", None):
            refuse(f"numpy.errstate({key}={value!r}), by which NumPy does more than to warn")
    return contextlib.nullcontext()


def _is_scalar(element: Any) -> bool:
    return isinstance(element, Real | Truth) or np.isscalar(element)


class _Rounded(type):
    """A type of floats that is not Python's: it is refused, and its name is that of a ``dtype``."""

    def __call__(cls, *arguments: Any) -> Any:
        refuse(f"numpy.{cls.__name__}: numbers of this type are rounded in another way than Python's floats")

    def __instancecheck__(cls, value: Any) -> bool:
        refuse(f"isinstance(…, numpy.{cls.__name__}): numbers of this type are rounded in another way than Python's floats")

    @property
    def dtype(cls) -> Any:
        return np.dtype(cls.__name__)


NUMPY |= {**MAKING, **REDUCTIONS, **{name: ufunc(name) for name in UFUNCS}}
NUMPY |= {name: _structural(name) for name in _STRUCTURAL if hasattr(np, name)}
NUMPY |= {name: _structural(name, arithmetic=True) for name in _ARITHMETIC if hasattr(np, name)}
NUMPY |= {name: _structural(name, counting=True) for name in _COUNTING}
NUMPY |= {name: _structural(name) for name in _PLACES}
NUMPY |= {name: getattr(np, name) for name in _TYPES}
NUMPY |= dict.fromkeys(("float64", "double"), Float64)
NUMPY |= {name: _Rounded(name, (), {}) for name in ("float32", "single", "float16", "half", "longdouble")}
NUMPY |= {name: MATH[name] for name in ("pi", "e", "inf", "nan")}
NUMPY |= {
    "fix": NUMPY["trunc"],
    "newaxis": None,
    "sinc": elementwise(quietly(sinc, "sinc")),
    "isscalar": _is_scalar,
    "errstate": _error_state,
    "linalg": Lookalike(np.linalg, LINALG),
}
