"""NumPy's ufuncs, and the functions that they call, on numbers that are traced and arrays of such.

`UFUNCS` says what each does with one entry.  What NumPy computes for integers and truth values alone is left to NumPy, with its overflow.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd.trace.arrays import (
    Array,
    Function,
    are_truths,
    array,
    elementwise,
    is_exact,
    is_sequence,
    is_whole,
    listed,
    of_none,
    plain,
    stored,
    unwrapped,
    without_truths,
    wrapped,
)
from micrograd.trace.floats import Float, angle, copysign, fmod, is_finite, is_infinite, is_nan, power, summed
from micrograd.trace.functions import OF_NUMPY, REGISTRY, maximum, minimum, quietly, select
from micrograd.trace.lost import assumption, uncomplexed
from micrograd.trace.numerals import is_nonfinite, unboxed
from micrograd.trace.reals import (
    Real,
    both,
    condition_of,
    decided,
    dispatch_ufuncs,
    either,
    exact,
    is_truth,
    one_of,
    opposite,
    shadow_of,
    short,
)
from micrograd.trace.runs import refuse
from micrograd.trace.whole import check_sizes, check_types, combined, size_of
from micrograd.verified.differentiation import defined
from micrograd.verified.expr import TRUE


def _of_truths(name: str, function: Function) -> Function:
    """A function on the bits of numbers, for truth values only."""

    def apply(*operands: Any) -> Any:
        if not all(map(is_truth, operands)):
            refuse(f"numpy.{name} of {', '.join(map(short, operands))}: this works on the bits of numbers")
        return function(*operands)

    return apply


def _quotient(a: Any, b: Any) -> Any:
    first, second = exact(a), exact(b)
    if shadow_of(first) is not None and shadow_of(second) == 0:
        raise ZeroDivisionError  # NumPy gives an infinity or NaN
    return first / second


def _of_numbers(name: str, function: Function) -> Function:
    """A function that NumPy refuses to compute of truth values."""

    def apply(*operands: Any) -> Any:
        if all(map(is_truth, operands)):
            refuse(f"numpy.{name} of conditions, which is an error in NumPy")
        return function(*operands)

    return apply


def _also_of_truths(function: Function, of_truths: Function) -> Function:
    """A function that gives truth values for truth values, as NumPy's do; their sum is no number."""

    def apply(*operands: Any) -> Any:
        return of_truths(*operands) if all(map(is_truth, operands)) else function(*operands)

    return apply


def _ignoring_nan(pick: Function) -> Function:
    def apply(a: Any, b: Any) -> Any:
        for x in (a, b):
            if type(x) is Real and defined(x.expr) is not TRUE:
                refuse(f"numpy.fmax or numpy.fmin of {short(x)}: where this has no value, they give the other operand")
        if is_nonfinite(a) and math.isnan(a):
            return b
        return a if is_nonfinite(b) and math.isnan(b) else pick(a, b)

    return apply


def _of_floats(name: str, function: Function) -> Function:
    """A function that is another one on integers."""

    def apply(x: Any) -> Any:
        if size_of(x) is not None:
            refuse(f"numpy.{name} of the integer {short(x)}")
        return function(x)

    return apply


def _of_integers(name: str, function: Function) -> Function:
    """A function that gives integers for integers, and overflows without an error."""

    def apply(*operands: Any) -> Any:
        check_sizes(f"numpy.{name}", *operands)
        return function(*operands)

    return apply


def _remainder(a: Any, b: Any) -> Any:
    if size_of(a) is not None and size_of(b) is not None:
        refuse("numpy.fmod of integers, which is 0 where it divides by 0: make its operands floats")
    return fmod(a, b)


def _powers(a: Any, b: Any) -> Any:
    made = power(a, b)
    if type(made) is Real:
        made.whole = combined(operator.pow, a, b)
    return made


_TABLE: dict[str, Function] = {
    **OF_NUMPY,
    "arctan2": angle,
    "atan2": angle,
    "reciprocal": _of_floats("reciprocal", REGISTRY["reciprocal"]),
    "add": operator.add,
    "subtract": _of_numbers("subtract", operator.sub),
    "multiply": operator.mul,
    "divide": _quotient,
    "true_divide": _quotient,
    "floor_divide": operator.floordiv,
    "remainder": operator.mod,
    "mod": operator.mod,
    "fmod": _remainder,
    "power": _powers,
    "pow": _powers,
    "float_power": power,
    "negative": _of_numbers("negative", operator.neg),
    "positive": _of_numbers("positive", operator.pos),
    "conjugate": operator.pos,
    "conj": operator.pos,
    "copysign": copysign,
    "heaviside": lambda x, h: select(exact(x) < 0, 0.0, select(exact(x) == 0, h, 1.0)),
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
    "logical_xor": one_of,
    "bitwise_and": _of_truths("bitwise_and", both),
    "bitwise_or": _of_truths("bitwise_or", either),
    "bitwise_xor": _of_truths("bitwise_xor", one_of),
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


def _as_ufunc(name: str, function: Function) -> Function:
    function = quietly(_of_integers(name, function) if name in _OVERFLOWING else function, name)
    if any("D" in types.partition("->")[0] for types in getattr(np, name).types):
        return function

    def apply(*operands: Any) -> Any:
        return function(*map(uncomplexed, operands))

    apply.__name__ = apply.__qualname__ = name
    return apply


# fmt: off
_OVERFLOWING = frozenset((
    "add", "subtract", "multiply", "floor_divide", "remainder", "mod", "power", "pow", "negative", "absolute", "abs", "square",
))
# fmt: on
UFUNCS: dict[str, Function] = {name: _as_ufunc(name, function) for name, function in _TABLE.items() if hasattr(np, name)}
"""NumPy's elementwise functions by name, on one entry."""

_IN_FLOATS = frozenset(("logaddexp2", "float_power", "copysign", "heaviside", "fmod", *OF_NUMPY))
"""Functions whose precision depends on the type of their operands."""

_PRODUCTS = frozenset(("matmul", "vecdot", "matvec", "vecmat"))
"""Generalised ufuncs, which NumPy computes on objects by ``+`` and ``*``."""

# fmt: off
_WHOLE = frozenset((
    "add", "subtract", "multiply", "floor_divide", "remainder", "mod", "fmod", "power", "pow", "negative", "positive", "absolute", "abs",
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
    inputs = _typed(title, inputs, options)
    if method not in ("__call__", "reduce", "accumulate", "outer"):
        refuse(f"{title}.{method} is not among the functions that can be traced")
    if name in _WHOLE and all(map(_is_whole, inputs)):
        with np.errstate(all="ignore"):
            result = wrapped(getattr(ufunc, method)(*[unwrapped(x) for x in inputs], **options))
    else:
        if all(map(is_whole, inputs)):
            check_types(*inputs)
        if name in _IN_FLOATS and any(map(_is_small, inputs)):
            refuse(f"{title} of conditions or small integers, which NumPy computes in less than double precision")
        result = _on_objects(ufunc, method, [plain(x).astype(object) for x in inputs], options)
    return result if out is None else _stored(title, out, result)


def _typed(title: str, inputs: Sequence[Any], options: dict[str, Any]) -> Sequence[Any]:
    """The operands as numbers of the type that is told, and no option left that is the usual one."""
    if is_exact(options.get("dtype")) and options.pop("dtype", None) is not None:
        inputs = [array(x, Float) for x in inputs]
    defaults = {"casting": "same_kind", "order": "K", "subok": True, "where": True, "signature": None, "dtype": None}
    for key in [key for key in options if key in defaults]:
        value = options.pop(key)
        if value is not defaults[key] and value != defaults[key]:
            refuse(f"{title}(…, {key}=…) is not among the options that can be traced")
    return inputs


def _is_small(value: Any) -> bool:
    """Whether NumPy computes functions of this in less than double precision."""
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "iub":
        return value.dtype.itemsize < 4
    return is_truth(value) or (isinstance(value, np.ndarray) and are_truths(plain(value)))


def _on_objects(ufunc: Any, method: str, entries: list[np.ndarray[Any, Any]], options: dict[str, Any]) -> Any:
    name = ufunc.__name__
    if name in _PRODUCTS or (name in ("add", "multiply") and method == "reduce"):
        numbers = [without_truths(x) if method == "reduce" else _no_truths(name, x) for x in entries]
        result = of_none(wrapped(getattr(ufunc, method)(*numbers, **options)), numbers[0])
        return elementwise(summed)(result) if (name, method) == ("add", "reduce") else result
    if name not in UFUNCS:
        refuse(f"numpy.{name} is not among the functions that can be traced")
    if name in _LOGICAL and method != "__call__":
        entries = [np.frompyfunc(lambda x: decided(condition_of(x), assumption(x)), 1, 1)(x) for x in entries]
    return wrapped(getattr(np.frompyfunc(UFUNCS[name], ufunc.nin, 1), method)(*entries, **options))


def _no_truths(name: str, entries: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if any(is_truth(x) for x in entries.ravel()):
        refuse(f"numpy.{name} of conditions, which is a condition in NumPy and no number")
    return entries


def _stored(title: str, out: Any, result: Any) -> Any:
    if isinstance(result, np.generic):
        result = np.asarray(result)
    if not isinstance(out, Array) or (plain(out).dtype != object and plain(plain(result)).dtype != plain(out).dtype):
        refuse(f"{title} is told to store its result in an array of another kind")
    np.ndarray.__setitem__(out, ..., stored(result, plain(out)))
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
        if not options and not any(is_sequence(x) or _is_whole(x) or is_truth(x) for x in operands):
            return function(*map(unboxed, operands))
        return apply_ufunc(real, "__call__", [*map(listed, operands)], options)

    apply.__name__ = name
    vars(apply)["at"] = functools.partial(_at, real)
    for method in ("reduce", "accumulate", "outer"):
        setattr(apply, method, functools.partial(_by_method, real, method))
    return apply


def _at(real: Any, a: Any, indices: Any, b: Any, /) -> None:
    """``numpy.add.at``: entries at places that are known."""
    if real.__name__ not in ("add", "subtract", "multiply"):
        refuse(f"numpy.{real.__name__}.at is not among the functions that can be traced")
    if not isinstance(a, Array) or plain(a).dtype != object:
        refuse(f"numpy.{real.__name__}.at of an array of whole numbers")
    places = unwrapped(tuple(map(listed, indices)) if isinstance(indices, tuple) else listed(indices))
    real.at(plain(a), places, stored(b, plain(a)))


def _by_method(real: Any, method: str, *operands: Any, **options: Any) -> Any:
    count = real.nin if method == "outer" else 1
    if len(operands) != count:
        refuse(f"numpy.{real.__name__}.{method} with options by position: write their names")
    return apply_ufunc(real, method, [*map(listed, operands)], options)


dispatch_ufuncs(apply_ufunc)
