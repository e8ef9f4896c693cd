"""NumPy's functions that make arrays, for functions that are traced."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from micrograd.trace.arrays import Array, array, is_exact, is_sequence, laid_out, plain, wrapped
from micrograd.trace.floats import Float, as_float
from micrograd.trace.lookalikes.modules import Table
from micrograd.trace.lookalikes.signatures import like
from micrograd.trace.lost import uncomplexed
from micrograd.trace.reals import exact, is_truth, shadow_of
from micrograd.trace.runs import refuse

MAKING: Table = {}
"""By name."""


@like("array", MAKING)
def _array(object: Any, dtype: Any = None, copy: Any = True) -> Any:
    if copy is not True:
        refuse("numpy.array(…, copy=…) is not among the options that can be traced")
    return array(object, dtype)


@like("asarray", MAKING)
@like("asanyarray", MAKING)
def _as_array(a: Any, dtype: Any = None) -> Any:
    if (
        isinstance(a, Array)
        and (dtype is None or dtype is Float or np.dtype(dtype) == a.dtype)
        and (dtype is not Float or a.dtype == float)
    ):
        for entry in [] if dtype is None else plain(a).ravel().tolist():
            uncomplexed(entry)
        return a
    return array(a, dtype)


@like("ascontiguousarray", MAKING)
def _in_a_row(a: Any, dtype: Any = None) -> Any:
    made = _as_array(a, dtype)
    return made if made.ndim and plain(made).flags.c_contiguous else wrapped(np.ascontiguousarray(plain(made)))


@like("copy", MAKING)
def _copy(a: Any) -> Any:
    return array(a)


def _full(shape: Any, value: Any, dtype: Any) -> Any:
    if not is_exact(dtype):
        return wrapped(np.full(shape, value if isinstance(value, int | np.integer) else int(exact(value)), dtype=dtype))
    made = np.empty(shape, dtype=object)
    made.fill(value)
    return wrapped(made)


@like("full", MAKING)
def _filled(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    if is_sequence(fill_value):
        refuse("numpy.full with an array to fill with")
    if dtype is None and isinstance(fill_value, int | np.integer | np.bool_):
        return wrapped(np.full(shape, fill_value))
    if dtype is None:
        return _full(shape, fill_value if is_truth(fill_value) else exact(fill_value), dtype)
    return _full(shape, as_float(fill_value) if is_exact(dtype) else exact(fill_value), dtype)


def _type_like(a: Any, dtype: Any) -> Any:
    return dtype if dtype is not None else array(a).dtype


def _all_of(number: int | None, name: str) -> None:
    """Enter ``zeros`` and ``zeros_like``, and so on; None is no number."""

    def made(shape: Any, dtype: Any = Float) -> Any:
        return _full(shape, None if number is None and is_exact(dtype) else as_float(number or 0), dtype)

    like(name, MAKING)(made)
    like(f"{name}_like", MAKING)(lambda a, dtype=None: laid_out(made(plain(a).shape, _type_like(a, dtype)), plain(a)))


_all_of(0, "zeros")
_all_of(1, "ones")
_all_of(None, "empty")


@like("full_like", MAKING)
def _full_like(a: Any, fill_value: Any, dtype: Any = None) -> Any:
    return laid_out(_filled(plain(a).shape, fill_value, _type_like(a, dtype)), plain(a))


@like("eye", MAKING)
def _eye(N: int, M: int | None = None, k: int = 0, dtype: Any = Float) -> Any:
    whole = np.eye(N, M, k, dtype=int)
    return array(whole.tolist(), Float) if is_exact(dtype) else wrapped(whole.astype(dtype))


@like("identity", MAKING)
def _identity(n: int, dtype: Any = Float) -> Any:
    return _eye(n, dtype=dtype)


@like("arange", MAKING)
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


@like("linspace", MAKING)
def _spaced(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None) -> Any:
    if not is_exact(dtype):
        refuse("numpy.linspace(…, dtype=…) of integers is not among the options that can be traced")
    first, last, gaps = exact(start), exact(stop), (num - 1 if endpoint else num) or 1
    made = [first + (last - first) * i / exact(gaps) for i in range(num)]
    return array([*made[:-1], last] if endpoint and num > 1 else made, Float)
