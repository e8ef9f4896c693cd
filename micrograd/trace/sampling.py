"""A traced function against its formula, at a few points in floats: the safety net for everything that a trace may have missed.

The function itself is called, with numbers.  A point says nothing if Python raises an error there, or gives NaN, an infinity or a complex
number, or if the result depends on the last digits of the point.  Elsewhere the formula must have a value, and the same one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from micrograd.carriers.evaluation import evaluate
from micrograd.trace.corners import corners
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import ONE, ZERO, Condition, Expr, choose

TOLERANCE = 1e-6
"""How far floats may be from the formula, relative to the larger of both and of 1e-3."""

_GENERIC = (0.7390851332151607, 1.3247179572447461, 2.685452001065306, 0.2614972128476428, 3.359885666243178, 0.5671432904097838)
# fmt: off
_POINTS: tuple[tuple[float, ...], ...] = (
    _GENERIC,
    tuple(-x for x in _GENERIC),
    (0.2614972128476428, 0.6180339887498949, 0.4142135623730951, 0.8346268416740732, 0.1234567890123457),
    (-0.7642236535892206, 1.7320508075688772, 0.5963473623231941, -1.4513692348833810, 2.2360679774997896, -0.3036630028987326),
    (1.9021605831040, -0.6434105462883380, -1.1865691104156254, 0.7475979202534114),
    (12.566370614359172, 7.389056098930650, 20.085536923187668, 5.263789013914325),
    (3.0, 2.0, 5.0, 1.0, 4.0),
    (-2.0, 3.0, -1.0, 4.0, -5.0),
    (0.013104768, 0.0290988, 0.00871193, 0.0571),
    (1414.2135623730951, 2236.067977499790, 1732.0508075688772),
    (-3316.624790355400, -1870.8286933869707, -2645.7513110645905),
    (3605551275.463989, 5385164807.134504, 4358898943.540674),
    (-2828427124.746190, -6164414002.968976, -4582575694.955840),
)
# fmt: on
"""Coordinates, used in turn, and in another order for each variable."""

_LIMITED = TypeError, AttributeError, NameError
_BY_ROUNDING = OverflowError, ZeroDivisionError, FloatingPointError
"""Errors of floats where numbers have a value."""


def disagreement(
    call: Callable[[Mapping[str, float]], Any],
    names: Sequence[str],
    result: Any,
    domain: Condition | None = None,
    asked: Iterable[Condition] = (),
) -> str:
    """Where a function and its formula differ, in words; nothing if they agree wherever they can be compared.

    A function may have values outside of the domain where its formula has none.  The point 0 is tried if there is a domain; and points
    on either side of the comparisons that the function and the domain make (`micrograd.trace.corners`).
    """
    errors: list[BaseException] = []
    compared, formulas = 0, list(_flat(result))
    unread: BaseException | None = None
    fixed = [*_points(names, domain is not None)]
    conditions = [*asked, *([] if domain is None else [domain])]
    for point in chain(fixed, corners(conditions, names, fixed[:2])):
        before = len(errors)
        values = _computed(call, point, errors)
        if values is None and len(errors) > before and not isinstance(errors[-1], _LIMITED + _BY_ROUNDING):
            unread = errors[-1] if all(_has_value(x, point) for x in formulas) else unread
        if values is None or not _is_steady(call, point, values):
            continue
        compared += 1
        reason = _compared(values, formulas, point, domain)
        if reason:
            where = ", ".join(f"{name} = {value!r}" for name, value in point.items())
            return f"{reason}{f' at {where}' if where else ''}"
    if not compared and errors and (unread is not None or all(isinstance(x, _LIMITED) for x in errors)):
        error = errors[0] if unread is None else unread
        return f"it raises {type(error).__name__} at each point that was tried: {error}"
    return ""


def _points(names: Sequence[str], with_zero: bool) -> Iterator[dict[str, float]]:
    rows = (*_POINTS, (0.0,)) if with_zero else _POINTS
    for row in rows if names else ((),):
        yield {name: row[(i + i // len(row)) % len(row)] + (i // len(row)) / 8 for i, name in enumerate(names)}


def _computed(call: Callable[[Mapping[str, float]], Any], point: Mapping[str, float], errors: list[BaseException]) -> list[Any] | None:
    """What Python gives; None if it does not return finite numbers."""
    for convert in (float, np.float64):
        try:
            with np.errstate(all="ignore"):
                values = list(_flat(call({name: convert(value) for name, value in point.items()})))
        except (TypeError, AttributeError, NameError) as reason:
            errors.append(reason)
            continue
        except Exception as reason:  # the user's code may raise anything
            errors.append(reason)
            return None
        return values if all(_is_number(x) for x in values) else None
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number | np.bool_ | Expr) and not isinstance(value, complex | np.complexfloating)


def _flat(value: Any) -> Iterator[Any]:
    stack = [value]
    while stack:
        top = stack.pop()
        if isinstance(top, Mapping):
            stack.extend(reversed([top[key] for key in top]))
        elif isinstance(top, list | tuple):
            stack.extend(reversed(top))
        elif isinstance(top, np.ndarray):
            stack.append(top.tolist())
        else:
            yield top


def _is_steady(call: Callable[[Mapping[str, float]], Any], point: Mapping[str, float], values: list[Any]) -> bool:
    """Whether the results are the same a little next to the point: not at jumps, and not where rounding errors decide."""
    for step, spread in ((1e-11, 0.0), (-1e-11, 0.0), (0.0, 1e-11)):  # all in one direction, and each in its own
        moved = {name: value * (1 + step + spread * (i * 0.618 % 1 - 0.4)) for i, (name, value) in enumerate(point.items())}
        beside = _computed(call, moved, [])
        if beside is None or len(beside) != len(values):
            return False
        if not all(_is_near(a, b) or not math.isfinite(_value(a)) for a, b in zip(values, beside, strict=True)):
            return False
    return True


def _value(value: Any) -> float:
    try:
        return float(evaluate(value, {}) if isinstance(value, Expr) else value)
    except (MicrogradError, ArithmeticError):
        return math.nan


def _is_near(a: Any, b: Any) -> bool:
    first, second = _value(a), _value(b)
    return abs(first - second) <= TOLERANCE * max(abs(first), abs(second), 1e-3)


def _compared(values: list[Any], formulas: list[Any], point: Mapping[str, float], domain: Condition | None) -> str:
    if len(values) != len(formulas):
        return f"{len(values)} numbers instead of {len(formulas)}"
    for value, formula, read in zip(map(_value, values), formulas, _read(formulas, point), strict=True):
        if math.isinf(value) or (read is not None and not math.isfinite(read)):
            continue
        if read is None and not (math.isnan(value) or _has_value(formula, point)) and _is_within(point, domain):
            return f"{value!r}, where the formula has no value"
        if read is not None and not _is_near(value, read):
            return f"{value!r} instead of {read!r}"
    return ""


def _read(formulas: list[Any], point: Mapping[str, float]) -> list[float | None]:
    """The values of the formulas, None where there is none; infinite where floats overflow."""
    try:
        return [float(x) for x in evaluate(formulas, dict(point))]
    except (MicrogradError, ArithmeticError):
        return [_read_one(formula, point) for formula in formulas]


def _read_one(formula: Any, point: Mapping[str, float]) -> float | None:
    try:
        return float(evaluate(formula, dict(point)))
    except OverflowError:
        return math.inf
    except (MicrogradError, ArithmeticError):
        return None


def _is_within(point: Mapping[str, float], domain: Condition | None) -> bool:
    if domain is None:
        return True
    try:
        return bool(evaluate(choose(domain, ONE, ZERO), dict(point)))
    except (MicrogradError, ArithmeticError):
        return False


def _has_value(formula: Expr, point: Mapping[str, float]) -> bool:
    """Whether the formula has a value that floats lose."""
    from flint import arb

    try:
        evaluate(formula, {name: arb(value) for name, value in point.items()})
    except (MicrogradError, ArithmeticError):
        return False
    return True
