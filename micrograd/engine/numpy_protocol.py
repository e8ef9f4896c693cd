"""NumPy's functions on values: ``np.exp(v)``, ``np.sum(v, axis=0)``, ``array @ v``.

What is not in the tables is refused by name; nothing turns a value into an array behind the user's back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from micrograd.engine import functions as f
from micrograd.engine.array_operations import matmul
from micrograd.engine.choosing import COMPARISONS
from micrograd.engine.elementwise import OPERATIONS, powi
from micrograd.engine.operation import Recorded

_RENAMED = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "true_divide": "div",
    "negative": "neg",
    "absolute": "abs",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "maximum": "max",
    "minimum": "min",
}
_SAME = [
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "sqrt",
    "cbrt",
    "square",
    "reciprocal",
    "hypot",
    "sign",
    "logaddexp",
    "floor",
    "ceil",
    "trunc",
    "deg2rad",
    "rad2deg",
]


def _power(a: Any, b: Any) -> Any:
    if not isinstance(a, Recorded) and isinstance(b, Recorded):
        return OPERATIONS["pow"](a, b)
    if isinstance(b, int | np.integer):
        return powi(a, n=int(b))
    return a**b


_BY_NAME: Mapping[str, Callable[..., Any]] = {
    **{name: OPERATIONS[ours] for name, ours in _RENAMED.items()},
    **{name: OPERATIONS[name] for name in _SAME},
    **{name: COMPARISONS[ours] for name, ours in [("less", "lt"), ("less_equal", "le"), ("greater", "gt"), ("greater_equal", "ge")]},
    "equal": COMPARISONS["eq"],
    "not_equal": COMPARISONS["ne"],
    "power": _power,
    "float_power": _power,
    "positive": lambda x: x,
    "radians": OPERATIONS["deg2rad"],
    "degrees": OPERATIONS["rad2deg"],
    "fabs": OPERATIONS["abs"],
    "matmul": matmul,
}
UFUNCS: Mapping[Any, Callable[..., Any]] = {getattr(np, name): ours for name, ours in _BY_NAME.items()}
"""NumPy's ufuncs."""

FUNCTIONS: Mapping[Any, Callable[..., Any]] = {
    np.sum: f.sum,
    np.mean: f.mean,
    np.max: f.max,
    np.min: f.min,
    np.amax: f.max,
    np.amin: f.min,
    np.dot: f.dot,
    np.reshape: f.reshape,
    np.ravel: f.ravel,
    np.transpose: f.transpose,
    np.expand_dims: f.expand_dims,
    np.squeeze: f.squeeze,
    np.broadcast_to: f.broadcast_to,
    np.concatenate: f.concatenate,
    np.stack: f.stack,
    np.where: f.where,
    np.clip: f.clip,
    np.shape: lambda v: v.shape,
    np.ndim: lambda v: v.ndim,
    np.size: lambda v: v.size,
}
"""NumPy's other functions."""


def ufunc_call(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What a ufunc does when one of its operands is a value."""
    operation = UFUNCS.get(ufunc)
    if operation is not None and method == "__call__" and not options:
        return operation(*inputs)
    if operation is None or method not in ("__call__", "reduce"):
        call = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        raise TypeError(f"numpy.{call} is not differentiable here; use a function of micrograd.engine, or v.data for the number")
    if method == "reduce":
        return _reduction(ufunc.__name__, inputs, options)
    if any(value is not None for key, value in options.items() if key != "casting"):
        raise TypeError(f"numpy.{ufunc.__name__} on a Value takes no {', '.join(options)}")
    return operation(*inputs)


def _reduction(name: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    reduce = {"add": f.sum, "maximum": f.max, "minimum": f.min}.get(name)
    if reduce is None:
        raise TypeError(f"numpy.{name}.reduce is not differentiable here")
    lost = [key for key, value in options.items() if key not in ("axis", "keepdims") and value is not None and value is not np._NoValue]
    if lost:
        raise TypeError(f"numpy.{name}.reduce on a Value takes no {', '.join(lost)}")
    return reduce(inputs[0], options.get("axis", 0), bool(options.get("keepdims", False)))


def function_call(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What a function of NumPy does when one of its arguments is a value."""
    ours = FUNCTIONS.get(function)
    if ours is None:
        name = f"{function.__module__}.{function.__name__}"
        raise TypeError(f"{name} is not differentiable here; use a function of micrograd.engine, or v.data for the array")
    given = {key: value for key, value in options.items() if value is not None and value is not np._NoValue}
    return ours(*args, **given)
