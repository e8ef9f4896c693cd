"""NumPy's sums, products, extrema and means, for functions that are traced."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd.trace.arrays import (
    NUMPY,
    Function,
    array,
    elementwise,
    is_exact,
    is_sequence,
    listed,
    of_none,
    plain,
    without_truths,
    wrapped,
)
from micrograd.trace.floats import Float, summed
from micrograd.trace.functions import maximum, minimum, require_nonzero, select
from micrograd.trace.lookalikes.modules import Table
from micrograd.trace.lookalikes.signatures import like
from micrograd.trace.lost import assumption, sure
from micrograd.trace.numerals import unboxed
from micrograd.trace.reals import both, condition_of, decided, either, exact, is_truth
from micrograd.trace.runs import refuse
from micrograd.trace.ufuncs import UFUNCS

REDUCTIONS: Table = {}
"""By name."""


def _typed(name: str, a: Any, dtype: Any) -> Any:
    """An operand as an array, of numbers of this type if one is told."""
    if not is_exact(dtype):
        refuse(f"numpy.{name}(…, dtype=…) of integers is not among the options that can be traced")
    return listed(a) if dtype is None else array(a, dtype)


def _initial(initial: Any) -> dict[str, Any]:
    return {} if type(initial).__name__ == "_NoValueType" or initial is None else {"initial": initial}


def _folded(name: str, ufunc: Any) -> Function:
    @like(name, REDUCTIONS)
    def apply(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
        numbers = without_truths(plain(_typed(name, a, dtype)))  # integers as they are
        if type(where).__name__ != "_NoValueType" and where is not True:
            numbers = plain(elementwise(lambda chosen, x: select(chosen, x, ufunc.identity))(listed(where), numbers))
        result = of_none(wrapped(ufunc.reduce(numbers, axis=axis, keepdims=flag(keepdims), **_initial(initial))), numbers)
        return elementwise(summed)(result) if name == "sum" and numbers.dtype == object else result

    return apply


total, _product = _folded("sum", np.add), _folded("prod", np.multiply)


def flag(keepdims: Any) -> bool:
    """An option that may be left out, as NumPy does by a value of its own."""
    return False if type(keepdims).__name__ == "_NoValueType" else bool(keepdims)


def _picked(pick: Function, entries: Any, axis: Any, keepdims: Any, start: list[Any]) -> Any:
    """The entries joined by a function of two, along one axis, several, or all."""
    if axis is None and not flag(keepdims):
        return functools.reduce(pick, start + plain(entries).ravel().tolist())
    loop = np.frompyfunc(pick, 2, 1)
    axes = sorted(_axes(entries, axis), reverse=True)
    for each in axes:
        entries = loop.reduce(entries, axis=each, keepdims=flag(keepdims))
    made = unboxed(wrapped(entries if axes else entries.copy(order="K")))
    return elementwise(functools.partial(pick, start[0]))(made) if start else made


def _axes(entries: Any, axis: Any) -> Sequence[int]:
    """The axes that are meant, each once, counted from the first."""
    given = range(entries.ndim) if axis is None else [axis] if isinstance(axis, int | np.integer) else axis
    for x in given:
        if not -entries.ndim <= x < entries.ndim:
            raise ValueError(f"axis {x} is out of bounds for an array of dimension {entries.ndim}")
    found = [x % entries.ndim for x in given]
    if len(set(found)) < len(found):
        raise ValueError("an axis is given twice")
    return found


def _extremum(names: Sequence[str], pick: Function) -> None:
    def apply(a: Any, axis: Any = None, keepdims: Any = False, initial: Any = None) -> Any:
        entries = plain(listed(a))
        if entries.dtype != object:
            return wrapped(getattr(np, names[0])(entries, axis=axis, keepdims=flag(keepdims), **_initial(initial)))
        if entries.size and any(is_truth(x) for x in entries.ravel()):
            refuse(f"numpy.{names[0]} of conditions: use numpy.any or numpy.all")
        return _picked(pick, entries, axis, keepdims, list(_initial(initial).values()))

    for name in names:
        like(name, REDUCTIONS)(apply)


def _quantified(name: str, pick: Function) -> None:
    def apply(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
        entries = np.frompyfunc(lambda x: decided(condition_of(x), assumption(x)), 1, 1)(plain(listed(a)).astype(object))
        return _picked(pick, entries, axis, keepdims, [name == "all"])

    like(name, REDUCTIONS)(apply)


_extremum(("max", "amax"), maximum)
_extremum(("min", "amin"), minimum)
_quantified("any", either)
_quantified("all", both)


def _count(a: Any, axis: Any) -> int:
    entries = plain(a)
    return math.prod(entries.shape[i] for i in _axes(entries, axis))


def _divided(total: Any, count: int) -> Any:
    if count <= 0:
        refuse("a mean of no numbers, or a variance of too few")
    return UFUNCS["divide"](total, exact(count)) if not is_sequence(total) else total / exact(count)


@like("mean", REDUCTIONS)
def _mean(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Any:
    return _divided(total(_typed("mean", a, dtype), axis, None, keepdims), _count(a, axis))


@like("var", REDUCTIONS)
def _variance(a: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False) -> Any:
    if not isinstance(ddof, int):
        refuse("numpy.var with a ddof that is not an integer")
    deviations = elementwise(sure)(array(_typed("var", a, dtype), Float) - _mean(a, axis, None, True))  # their sizes, for complex numbers
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
    whole = total(shares, axis, None, kept)
    for entry in plain(whole).ravel():
        require_nonzero(entry, *plain(shares).ravel())
    return NUMPY["divide"](total(values * shares, axis, None, kept), whole)
