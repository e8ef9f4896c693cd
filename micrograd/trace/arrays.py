"""NumPy's arrays for functions that are traced: arrays of `Real`, and the ufuncs that work on them.

`Array` is an array of objects, or of integers, whose ufuncs are those of `micrograd.trace.reals`; comparisons give arrays of
conditions, and ``a[a > 0] = 0`` chooses entry by entry.  The functions that a traced function finds under ``numpy`` are in
`micrograd.trace.array_lookalikes`; an attribute of an array that is not read is refused by name.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd.trace.lookalikes import angle, copysign, fmod, is_finite, is_infinite, is_nan, is_sequence, power
from micrograd.trace.reals import (
    REGISTRY,
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
    short,
)
from micrograd.trace.standard import Float
from micrograd.verified.expr import conjunction, disjunction, negate

Function = Callable[..., Any]

# fmt: off
_PASSED = frozenset((
    "shape", "ndim", "size", "T", "mT", "tolist", "copy", "reshape", "ravel", "flatten", "transpose", "squeeze", "swapaxes", "item",
    "sort", "flat", "conj", "conjugate", "astype", "fill", "dtype",
))
METHODS = frozenset((
    "all", "any", "argmax", "argmin", "clip", "cumprod", "cumsum", "diagonal", "dot", "max", "mean", "min", "prod", "repeat", "std",
    "sum", "take", "trace", "var",
))
# fmt: on
"""Methods that are NumPy's functions of the same name."""


class Array(np.ndarray[Any, Any]):
    """An array of numbers, or of conditions, that are traced, or of integers."""

    __hash__ = None

    def __getattribute__(self, name: str) -> Any:
        if name in _PASSED or name.startswith("__"):
            return super().__getattribute__(name)
        if name in METHODS:
            from micrograd.trace.array_lookalikes import NUMPY

            return functools.partial(NUMPY[name], self)
        if not hasattr(np.ndarray, name):
            raise AttributeError(f"'numpy.ndarray' object has no attribute {name!r}")
        refuse(f"`.{name}` of an array is not among the attributes that can be traced")

    @property
    def dtype(self) -> Any:
        """That of the array in whose place this is."""
        entries = plain(self)
        return entries.dtype if entries.dtype != object else np.dtype(bool if _are_truths(entries) else float)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return apply_ufunc(ufunc, method, inputs, kwargs)

    def __getitem__(self, key: Any) -> Any:
        mask = _mask(key)
        if mask is not None and mask.dtype == object:
            refuse("an index by a condition: how many entries it selects depends on the arguments; use numpy.where")
        return super().__getitem__(_index(key) if mask is None else mask)

    def __setitem__(self, key: Any, value: Any) -> None:
        mask, entries = _mask(key), plain(self)
        if entries.dtype == object and _are_truths(entries) and not _are_truths(plain(value)):
            refuse("a number is stored in an array of conditions, and becomes a condition in NumPy")
        stored = _traced(value) if entries.dtype == object else plain(value)
        if mask is None or mask.dtype != object:
            super().__setitem__(_index(key) if mask is None else mask, stored)
            return
        if plain(value).size != 1 or mask.shape != self.shape[: mask.ndim]:
            refuse("entries chosen by a condition are given more than one number: use numpy.where")
        wide = mask.reshape(mask.shape + (1,) * (self.ndim - mask.ndim))
        super().__setitem__(..., broadcast(select, (np.broadcast_to(wide, self.shape), plain(value).reshape(()), self)))

    def fill(self, value: Any) -> None:
        self[...] = value

    def astype(self, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: bool = True, copy: Any = True) -> Any:
        if not copy:
            refuse("astype(…, copy=False) is not among the options that can be traced")
        return broadcast(exact, (self,)) if is_exact(dtype) else array(self, dtype)


def _index(key: Any) -> Any:
    """An index without arrays of this class, which NumPy's own indexing does not know."""
    if isinstance(key, tuple):
        return tuple(map(_index, key))
    return plain(key) if isinstance(key, Array) else key


def _mask(key: Any) -> np.ndarray[Any, Any] | None:
    if isinstance(key, Truth):
        key = boxed(key)
    if not isinstance(key, np.ndarray) or plain(key).dtype != object:
        return None
    entries = plain(key)
    if all(isinstance(x, bool | np.bool_) for x in entries.ravel()):
        return np.asarray(entries, dtype=bool)
    return entries if any(isinstance(x, Truth) for x in entries.ravel()) else None


def _are_truths(entries: np.ndarray[Any, Any]) -> bool:
    return entries.dtype == bool or (entries.size > 0 and all(is_truth(x) for x in entries.ravel()))


def boxed(value: Any) -> np.ndarray[Any, Any]:
    """An array without dimensions that holds this value."""
    box = np.empty((), dtype=object)
    box[()] = value.item() if isinstance(value, np.generic) else value
    return box


def plain(value: Any) -> np.ndarray[Any, Any]:
    """As an array of NumPy's own class; entries that are traced are objects."""
    if isinstance(value, np.ndarray):
        if type(value) not in (np.ndarray, Array):
            refuse(f"an array of the class {type(value).__qualname__} is not among those that can be traced")
        return np.ndarray.view(value, np.ndarray)
    if is_sequence(value):
        return np.array([plain(x) for x in value], dtype=object) if _has_arrays(value) else np.array(value, dtype=object)
    return boxed(value)


def _has_arrays(values: Any) -> bool:
    return any(isinstance(x, np.ndarray) and x.ndim for x in values)


def _traced(value: Any) -> Any:
    if is_sequence(value):
        return plain(array(value))
    return value if is_truth(value) else exact(value)


def wrapped(value: Any) -> Any:
    """What NumPy gave, as a traced function is to see it."""
    if isinstance(value, tuple | list):
        return type(value)(wrapped(x) for x in value)
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            return value[()]
        if value.dtype == object and value.size and all(isinstance(x, bool | np.bool_) for x in value.ravel()):
            value = value.astype(bool)
        return value.view(Array)
    return value


def broadcast(function: Function, operands: Sequence[Any]) -> Any:
    """The function entry by entry."""
    loop = np.frompyfunc(function, len(operands), 1)
    return wrapped(loop(*[plain(x).astype(object) for x in operands]))


def is_exact(dtype: Any) -> bool:
    """Whether entries of this type are real numbers here: Python's floats, and objects.

    Raises:
        UnsupportedPrimitive: other floats, which are rounded in another way.
    """
    if dtype is None or dtype is Float:
        return True
    kind = np.dtype(dtype)
    if kind.kind in "fc" and kind != np.dtype(float):
        refuse(f"numbers of type {kind} are rounded in another way than Python's floats, and cannot be traced")
    return kind.kind in "fO"


def array_of(entries: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """An array of these entries."""
    made = np.empty(len(entries), dtype=object)
    made[:] = entries
    return made.reshape(shape).view(Array)


def array(data: Any, dtype: Any = None) -> Any:
    """``numpy.array``: floats become exact numbers, arrays of integers stay what they are."""
    entries = plain(data)
    if not is_exact(dtype):
        return _converted(entries, dtype)
    if dtype is None and entries.dtype.kind in "iub":
        return wrapped(entries.copy())
    if entries.dtype.kind not in "iubfO":
        refuse(f"an array of {entries.dtype} is not among the arrays that can be traced")
    if dtype is None and entries.size and all(isinstance(x, int | np.integer) for x in entries.ravel().tolist()):
        return wrapped(np.array(entries.tolist()))
    if dtype is None and _are_truths(entries):
        return wrapped(entries.astype(object))
    made = np.empty(entries.shape, dtype=object)
    for place in np.ndindex(*entries.shape):
        made[place] = exact(entries[place])
    return wrapped(made) if made.ndim else made.view(Array)


def _converted(entries: np.ndarray[Any, Any], dtype: Any) -> Any:
    """Whole numbers or truth values; of constants only."""
    if entries.dtype == object and np.dtype(dtype).kind in "iub":
        kinds = (bool, int) if np.dtype(dtype).kind == "b" else (int, int)
        entries = np.frompyfunc(lambda x: x if isinstance(x, int | np.integer) else kinds[0](x), 1, 1)(entries)
    return wrapped(np.array(np.asarray(entries).tolist(), dtype=dtype))


# --- ufuncs ------------------------------------------------------------------------------------------------------------


def both(a: Any, b: Any) -> Any:
    """a and b."""
    return decided(conjunction(condition_of(a), condition_of(b)))


def either(a: Any, b: Any) -> Any:
    """a or b."""
    return decided(disjunction(condition_of(a), condition_of(b)))


def _one_of(a: Any, b: Any) -> Any:
    first, second = condition_of(a), condition_of(b)
    return decided(conjunction(disjunction(first, second), negate(conjunction(first, second))))


def opposite(a: Any) -> Any:
    """not a."""
    return decided(negate(condition_of(a)))


def _of_truths(name: str, function: Function) -> Function:
    """A function on the bits of numbers, for truth values only."""

    def apply(*operands: Any) -> Any:
        if not all(map(is_truth, operands)):
            refuse(f"numpy.{name} of {', '.join(map(short, operands))}: the bits of numbers are meant")
        return function(*operands)

    return apply


def _quotient(a: Any, b: Any) -> Any:
    first, second = exact(a), exact(b)
    if shadow_of(first) is not None and shadow_of(second) == 0:
        raise ZeroDivisionError  # NumPy gives an infinity or NaN
    return first / second


def _also_of_truths(function: Function, of_truths: Function) -> Function:
    """A function that gives truth values for truth values, as NumPy's do; their sum is no number."""

    def apply(*operands: Any) -> Any:
        return of_truths(*operands) if all(map(is_truth, operands)) else function(*operands)

    return apply


def _ignoring_nan(pick: Function) -> Function:
    def apply(a: Any, b: Any) -> Any:
        if is_nonfinite(a) and math.isnan(a):
            return b
        return a if is_nonfinite(b) and math.isnan(b) else pick(a, b)

    return apply


def _of_floats(name: str, function: Function) -> Function:
    """A function that is another one on integers."""

    def apply(x: Any) -> Any:
        if isinstance(x, int | np.integer):
            refuse(f"numpy.{name} of the integer {x}")
        return function(x)

    return apply


_ALIASES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh"}
_ALIASES |= {"arctanh": "atanh", "radians": "deg2rad", "degrees": "rad2deg", "fabs": "abs", "absolute": "abs", "abs": "abs"}
# fmt: off
_SAME = [
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square", "sin", "cos", "tan", "asin",
    "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "deg2rad", "rad2deg", "hypot", "logaddexp", "floor",
    "ceil", "trunc", "sign",
]
# fmt: on

_TABLE: dict[str, Function] = {
    **{name: REGISTRY[name] for name in _SAME},
    **{name: REGISTRY[target] for name, target in _ALIASES.items()},
    "arctan2": angle,
    "atan2": angle,
    "reciprocal": _of_floats("reciprocal", REGISTRY["reciprocal"]),
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": _quotient,
    "true_divide": _quotient,
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
    "heaviside": lambda x, h: select(exact(x) < 0, 0, select(exact(x) == 0, h, 1)),
    "logaddexp2": lambda a, b: REGISTRY["log2"](REGISTRY["exp2"](a) + REGISTRY["exp2"](b)),
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "logical_and": both,
    "logical_or": either,
    "logical_not": opposite,
    "logical_xor": _one_of,
    "bitwise_and": _of_truths("bitwise_and", both),
    "bitwise_or": _of_truths("bitwise_or", either),
    "bitwise_xor": _of_truths("bitwise_xor", _one_of),
    "invert": _of_truths("invert", opposite),
    "bitwise_not": _of_truths("bitwise_not", opposite),
    "maximum": _also_of_truths(maximum, either),
    "minimum": _also_of_truths(minimum, both),
    "fmax": _also_of_truths(_ignoring_nan(maximum), either),
    "fmin": _also_of_truths(_ignoring_nan(minimum), both),
    "isfinite": is_finite,
    "isnan": is_nan,
    "isinf": is_infinite,
}
UFUNCS: dict[str, Function] = {name: quietly(function, name) for name, function in _TABLE.items() if hasattr(np, name)}
"""NumPy's elementwise functions by name, on one entry."""

_IN_FLOATS = frozenset(("arctan2", "reciprocal", "logaddexp2", "float_power", "copysign", "heaviside", "fmod", *_SAME, *_ALIASES))
"""Functions whose precision depends on the type of their operands."""

_PRODUCTS = frozenset(("matmul", "vecdot", "matvec", "vecmat"))
"""Generalised ufuncs, which NumPy computes on objects by ``+`` and ``*``."""

# fmt: off
_WHOLE = frozenset((
    "add", "subtract", "multiply", "floor_divide", "remainder", "mod", "power", "pow", "negative", "positive", "absolute", "abs",
    "sign", "square", "minimum", "maximum", "fmin", "fmax", "bitwise_and", "bitwise_or", "bitwise_xor", "invert", "bitwise_not",
    "logical_and", "logical_or", "logical_xor", "logical_not", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
    "isfinite", "isnan", "isinf", *_PRODUCTS,
))
# fmt: on
"""Those that give integers or truth values for integers: NumPy computes them, with its own overflow."""

_LOGICAL = ("logical_and", "logical_or", "logical_xor")


def _is_whole(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return plain(value).dtype.kind in "iub"
    return isinstance(value, int | np.integer | np.bool_)


def apply_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """What a NumPy ufunc gives on operands that are traced."""
    name, title = ufunc.__name__, f"numpy.{ufunc.__name__}"
    out = options.pop("out", None)
    out = out[0] if isinstance(out, tuple) else out
    _check_options(title, options)
    if method not in ("__call__", "reduce", "accumulate", "outer"):
        refuse(f"{title}.{method} is not among the functions that can be traced")
    if name in _WHOLE and all(map(_is_whole, inputs)):
        result = wrapped(getattr(ufunc, method)(*[_index(x) for x in inputs], **options))
    else:
        if name in _IN_FLOATS and any(map(_is_small, inputs)):
            refuse(f"{title} of conditions or small integers, which NumPy computes in less than double precision")
        result = _on_objects(ufunc, method, [plain(x).astype(object) for x in inputs], options)
    return result if out is None else _stored(title, out, result)


def _check_options(title: str, options: dict[str, Any]) -> None:
    defaults = {"casting": "same_kind", "order": "K", "subok": True, "where": True, "signature": None, "dtype": None}
    for key in [key for key in options if key in defaults]:
        value = options.pop(key)
        if value is not defaults[key] and value != defaults[key] and not (key == "dtype" and is_exact(value)):
            refuse(f"{title}(…, {key}=…) is not among the options that can be traced")


def _is_small(value: Any) -> bool:
    """Whether NumPy computes functions of this in less than double precision."""
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "iub":
        return value.dtype.itemsize < 4
    return is_truth(value) or (isinstance(value, np.ndarray) and _are_truths(plain(value)))


def _on_objects(ufunc: Any, method: str, entries: list[np.ndarray[Any, Any]], options: dict[str, Any]) -> Any:
    name = ufunc.__name__
    if name in _PRODUCTS or (name in ("add", "multiply") and method == "reduce"):
        numbers = [without_truths(x) if method == "reduce" else _no_truths(name, x) for x in entries]
        return wrapped(getattr(ufunc, method)(*numbers, **options))
    if name not in UFUNCS:
        refuse(f"numpy.{name} is not among the functions that can be traced")
    if name in _LOGICAL and method != "__call__":
        entries = [np.frompyfunc(lambda x: decided(condition_of(x)), 1, 1)(x) for x in entries]
    return wrapped(getattr(np.frompyfunc(UFUNCS[name], ufunc.nin, 1), method)(*entries, **options))


def without_truths(entries: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The entries with 1 and 0 for truth values, as sums count them."""
    return np.frompyfunc(lambda x: exact(x) if is_truth(x) else x, 1, 1)(entries) if entries.dtype == object else entries


def _no_truths(name: str, entries: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if any(is_truth(x) for x in entries.ravel()):
        refuse(f"numpy.{name} of conditions, which is a condition in NumPy and no number")
    return entries


def _stored(title: str, out: Any, result: Any) -> Any:
    if not isinstance(out, Array) or (plain(out).dtype != object and plain(plain(result)).dtype != plain(out).dtype):
        refuse(f"{title} is told to store its result in an array of another kind")
    np.ndarray.__setitem__(out, ..., result)
    return out


def ufunc(name: str) -> Function:
    """A ufunc's look-alike, with ``reduce``, ``accumulate`` and ``outer``."""
    real: Any = getattr(np, name)
    function = UFUNCS[name]

    def apply(*operands: Any, **options: Any) -> Any:
        if len(operands) > real.nin:
            options["out"], operands = operands[real.nin], operands[: real.nin]
        if len(operands) != real.nin:
            raise TypeError(f"{name}() takes {real.nin} operands, not {len(operands)}")
        if (
            not options
            and not any(is_sequence(x) for x in operands)
            and not any(map(_is_whole, operands))
            and not any(map(is_truth, operands))
        ):
            return function(*operands)
        return apply_ufunc(real, "__call__", [array(x) if isinstance(x, list | tuple) else x for x in operands], options)

    apply.__name__ = name
    for method in ("reduce", "accumulate", "outer"):
        setattr(apply, method, functools.partial(_by_method, real, method))
    return apply


def _by_method(real: Any, method: str, *operands: Any, **options: Any) -> Any:
    count = real.nin if method == "outer" else 1
    if len(operands) != count:
        refuse(f"numpy.{real.__name__}.{method} with options by position: write their names")
    return apply_ufunc(real, method, [array(x) if isinstance(x, list | tuple) else x for x in operands], options)
