"""NumPy's sums, products, extrema and means, for functions that are traced."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd.trace.arrays import NUMPY, Function, array, elementwise, is_exact, is_sequence, listed, plain, without_truths, wrapped
from micrograd.trace.floats import Float
from micrograd.trace.functions import maximum, minimum
from micrograd.trace.lookalikes.modules import Table
from micrograd.trace.lookalikes.signatures import like
from micrograd.trace.reals import both, condition_of, decided, either, exact, is_truth
from micrograd.trace.runs import refuse
from micrograd.trace.ufuncs import UFUNCS

REDUCTIONS: Table = {}
"""By name."""


def _numbers(a: Any) -> Any:
    """The entries, with 1 and 0 for truth values; integers as they are."""
    return without_truths(plain(listed(a)))


def _float_or_refused(name: str, dtype: Any) -> None:
    if not is_exact(dtype):
        refuse(f"numpy.{name}(…, dtype=…) of integers is not among the options that can be traced")


def _initial(initial: Any) -> dict[str, Any]:
    return {} if type(initial).__name__ == "_NoValueType" or initial is None else {"initial": initial}


@like("sum", REDUCTIONS)
def total(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None) -> Any:
    """``numpy.sum``."""
    _float_or_refused("sum", dtype)
    add: Any = np.add
    return wrapped(add.reduce(_numbers(a), axis=axis, keepdims=flag(keepdims), **_initial(initial)))


@like("prod", REDUCTIONS)
def _product(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None) -> Any:
    _float_or_refused("prod", dtype)
    multiply: Any = np.multiply
    return wrapped(multiply.reduce(_numbers(a), axis=axis, keepdims=flag(keepdims), **_initial(initial)))


def flag(keepdims: Any) -> bool:
    """An option that may be left out, as NumPy does by a value of its own."""
    return False if type(keepdims).__name__ == "_NoValueType" else bool(keepdims)


def _extremum(names: Sequence[str], pick: Function) -> None:
    def apply(a: Any, axis: Any = None, keepdims: Any = False, initial: Any = None) -> Any:
        entries = plain(listed(a))
        if entries.dtype != object:
            return wrapped(getattr(np, names[0])(entries, axis=axis, keepdims=flag(keepdims), **_initial(initial)))
        if entries.size and any(is_truth(x) for x in entries.ravel()):
            refuse(f"numpy.{names[0]} of conditions: use numpy.any or numpy.all")
        if axis is None and not flag(keepdims):
            start = list(_initial(initial).values())
            return functools.reduce(pick, start + entries.ravel().tolist())
        loop = np.frompyfunc(pick, 2, 1)
        return wrapped(_reduced(loop, entries, axis, flag(keepdims), initial))

    for name in names:
        like(name, REDUCTIONS)(apply)


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
        entries = np.frompyfunc(lambda x: decided(condition_of(x)), 1, 1)(plain(listed(a)).astype(object))
        if axis is None and not flag(keepdims):
            return functools.reduce(pick, plain(entries).ravel().tolist(), name == "all")
        return wrapped(_reduced(np.frompyfunc(pick, 2, 1), entries, axis, flag(keepdims), None))

    like(name, REDUCTIONS)(apply)


_quantified("any", either)
_quantified("all", both)


def _count(a: Any, axis: Any) -> int:
    shape = plain(a).shape
    axes = range(len(shape)) if axis is None else [axis] if isinstance(axis, int | np.integer) else axis
    return math.prod(shape[i] for i in axes)


def _divided(total: Any, count: int) -> Any:
    if count <= 0:
        refuse("a mean of no numbers, or a variance of too few")
    return UFUNCS["divide"](total, exact(count)) if not is_sequence(total) else total / exact(count)


@like("mean", REDUCTIONS)
def _mean(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Any:
    _float_or_refused("mean", dtype)
    return _divided(total(a, axis, None, keepdims), _count(a, axis))


@like("var", REDUCTIONS)
def _variance(a: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False) -> Any:
    _float_or_refused("var", dtype)
    if not isinstance(ddof, int):
        refuse("numpy.var with a ddof that is not an integer")
    deviations = array(a, Float) - _mean(a, axis, None, True)
    return _divided(total(deviations * deviations, axis, None, keepdims), _count(a, axis) - ddof)


@like("std", REDUCTIONS)
def _deviation(a: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False) -> Any:
    return elementwise(UFUNCS["sqrt"])(_variance(a, axis, dtype, ddof, keepdims))


@like("average", REDUCTIONS)
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
    kept = flag(keepdims)
    return NUMPY["divide"](total(values * shares, axis, None, kept), total(shares, axis, None, kept))
