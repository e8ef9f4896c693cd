"""NumPy's functions that are formulas over the entries of arrays: convolutions, integrals, polynomials, interpolation, moments.

They are entered into the table `NUMPY`.  What would have to look at the values of entries is refused, unless these are constants.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from micrograd.trace.arrays import array, elementwise, is_sequence, is_whole, listed, plain, wrapped
from micrograd.trace.floats import Float
from micrograd.trace.functions import REGISTRY, maximum, minimum, select
from micrograd.trace.lookalikes.numpy_functions import NUMPY as NUMPY
from micrograd.trace.lookalikes.reductions import total
from micrograd.trace.lookalikes.signatures import like
from micrograd.trace.lost import sure
from micrograd.trace.numerals import unboxed
from micrograd.trace.reals import Real, Truth, exact
from micrograd.trace.runs import refuse


def _vector(values: Any, name: str) -> list[Any]:
    entries = plain(array(values, Float))
    if entries.ndim > 1:
        refuse(f"numpy.{name} of arrays of {entries.ndim} dimensions is not among the functions that can be traced")
    return [exact(x) for x in entries.ravel()]


def _of_integers(name: str, *operands: Any, **options: Any) -> Any:
    """The integers that a function gives for integers, with NumPy's overflow."""
    entries = [plain(listed(x)) for x in operands]
    if any(isinstance(entry, Real | Truth) for x in entries for entry in x.ravel()):
        refuse(f"numpy.{name} of integers that depend on the arguments: make them floats")
    return wrapped(getattr(np, name)(*[plain(array(x)) for x in operands], **options))


def _products(a: Sequence[Any], b: Sequence[Any]) -> list[Any]:
    """The coefficients of the product of two polynomials."""
    return [sum(a[i] * b[k - i] for i in range(max(0, k - len(b) + 1), min(k + 1, len(a)))) for k in range(len(a) + len(b) - 1)]


def _part(full: list[Any], long: int, short: int, mode: Any) -> Any:
    """What NumPy keeps of a whole convolution of vectors of these lengths."""
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")
    start = {"full": 0, "same": (short - 1) // 2, "valid": short - 1}[mode]
    count = {"full": len(full), "same": long, "valid": long - short + 1}[mode]
    return array(full[start : start + count], Float)


@like("convolve", NUMPY)
def _convolution(a: Any, v: Any, mode: Any = "full") -> Any:
    if is_whole(a) and is_whole(v):
        return _of_integers("convolve", a, v, mode=mode)
    long, short = sorted((_vector(a, "convolve"), _vector(v, "convolve")), key=len, reverse=True)
    return _part(_products(long, short), len(long), len(short), mode)


@like("correlate", NUMPY)
def _correlation(a: Any, v: Any, mode: Any = "valid") -> Any:
    first, second = _vector(a, "correlate"), _vector(v, "correlate")
    if is_whole(a) and is_whole(v):
        return _of_integers("correlate", a, v, mode=mode)
    if not (is_sequence(a) and is_sequence(v)):
        refuse("numpy.correlate of numbers, which is an error in NumPy")
    if len(second) > len(first) and mode != "full":
        refuse("numpy.correlate with the longer vector behind is not among the functions that can be traced")
    return _part(_products(first, [sure(x) for x in second[::-1]]), len(first), len(second), mode)


@like("trapz", NUMPY)
@like("trapezoid", NUMPY)
def _trapezoids(y: Any, x: Any = None, dx: Any = 1, axis: Any = -1) -> Any:
    entries = np.moveaxis(plain(array(y, Float)), axis, -1)
    steps = exact(dx) if x is None else plain(NUMPY["diff"](array(x, Float), axis=-1))
    return total(wrapped(steps * (entries[..., 1:] + entries[..., :-1])) / exact(2), axis=-1)


@like("polyval", NUMPY)
def _polynomial(p: Any, x: Any) -> Any:
    value: Any = 0
    if is_whole(p) and is_whole(x):
        return _of_integers("polyval", p, x)
    points = listed(x)
    if not _vector(p, "polyval"):
        refuse("numpy.polyval without coefficients")
    for coefficient in _vector(p, "polyval"):
        value = value * points + coefficient
    return value


@like("interp", NUMPY)
def _interpolated(x: Any, xp: Any, fp: Any) -> Any:
    places, values = _vector(xp, "interp"), [sure(value) for value in _vector(fp, "interp")]
    known = [place.value for place in places if isinstance(place, Real) and place.value is not None]
    if len(places) != len(values) or not places:
        raise ValueError("fp and xp are not of the same length.")
    if len(known) < len(places) or any(a >= b for a, b in pairwise(known)):
        refuse("numpy.interp between points that are not constants in increasing order")

    def entry(point: Any) -> Any:
        made: Any = values[-1]
        for k in range(len(places) - 2, -1, -1):
            slope = (values[k + 1] - values[k]) / (places[k + 1] - places[k])
            made = select(point < places[k + 1], values[k] + slope * (point - places[k]), made)
        return select(point < places[0], values[0], made)

    made = elementwise(entry)(listed(x) if not isinstance(x, int | float) else exact(x))
    return wrapped(np.array(plain(made), order="C")) if is_sequence(made) else made


def _sorted(entries: Any) -> Any:
    """The entries in order along the last axis, by exchanging neighbours: as minima and maxima, without cases."""
    ordered = entries.copy()
    for last in range(entries.shape[-1] - 1, 0, -1):
        for k in range(last):
            a, b = ordered[..., k].copy(), ordered[..., k + 1].copy()
            ordered[..., k], ordered[..., k + 1] = _lower(a, b), _upper(a, b)
    return ordered


_lower, _upper = np.frompyfunc(minimum, 2, 1), np.frompyfunc(maximum, 2, 1)


@like("median", NUMPY)
def _median(a: Any, axis: Any = None) -> Any:
    entries = plain(array(a, Float))
    entries = entries.reshape(-1) if axis is None else np.moveaxis(entries, axis, -1)
    ordered, n = _sorted(entries), entries.shape[-1]
    middle = ordered[..., n // 2] if n % 2 else (ordered[..., n // 2 - 1] + ordered[..., n // 2]) / exact(2)
    return unboxed(wrapped(middle))


@like("cov", NUMPY)
def _covariances(m: Any, rowvar: Any = True, bias: Any = False, ddof: Any = None) -> Any:
    rows = np.atleast_2d(plain(array(m, Float)))
    rows = rows if rowvar or plain(array(m)).ndim < 2 else rows.T
    n = rows.shape[1]
    lost = (0 if bias else 1) if ddof is None else ddof
    centred = elementwise(sure)(wrapped(rows)) - rows.sum(axis=1, keepdims=True) / exact(n)
    return wrapped(np.squeeze(centred @ centred.T / exact(n - lost)))


@like("ptp", NUMPY)
def _range(a: Any, axis: Any = None) -> Any:
    return NUMPY["max"](a, axis=axis) - NUMPY["min"](a, axis=axis)


@like("isclose", NUMPY)
def _is_close(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08) -> Any:
    distance = elementwise(REGISTRY["abs"])
    first, second = (listed(x) if is_sequence(x) else exact(x) for x in (a, b))
    return distance(first - second) <= exact(atol) + exact(rtol) * distance(second)


@like("allclose", NUMPY)
def _are_close(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08) -> Any:
    return NUMPY["all"](_is_close(a, b, rtol, atol))


@like("count_nonzero", NUMPY)
def _count(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return total(listed(a) != 0 if plain(listed(a)).dtype.kind != "b" else listed(a), axis=axis, keepdims=keepdims)
