"""The floats that Python computes beside the exact numbers of constants, and where the two may say different things.

A constant's *shadow* is the float in its place.  What jumps, and what compares, is refused where rounding errors would decide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

from micrograd.trace.runs import RUN, refuse
from micrograd.verified.expr import FALSE, TRUE, Condition

_TRACED = __name__.replace("shadows", "reals")
"""The module of the classes of traced values, which is above this one."""


def shadow_of(value: Any) -> Any:
    """The number that Python computes with in the place of a constant; None for what depends on the arguments."""
    if type(value).__module__ == _TRACED:
        return getattr(value, "shadow", None)
    if isinstance(value, bool | int | float):
        return value
    return float(value) if isinstance(value, Fraction | Decimal) else None


def computed(function: Callable[..., Any], *shadows: Any) -> float | None:
    """What Python computes; None if it overflows, or does not give a real number.

    Raises:
        ZeroDivisionError, ValueError: as Python does.
    """
    if any(x is None for x in shadows):
        return None
    try:
        return float(function(*shadows))
    except (OverflowError, TypeError):
        return None


def by_operator(operation: Callable[..., Any]) -> Callable[..., Any]:
    """An operator on Python's floats; refused where it raises an error if the floats may be NumPy's, which give an infinity or NaN."""

    def apply(*operands: Any) -> Any:
        try:
            return operation(*operands)
        except ZeroDivisionError:
            run = RUN.get()
            if run is not None and run.numpy:
                refuse("a division of constants by 0: it is an error in Python, and NaN or an infinity in NumPy")
            raise

    return apply


def check_jump(name: str, function: Callable[..., Any], shadows: Sequence[Any], numbers: Sequence[Any]) -> None:
    """Refuse a function with jumps at constants, if it is not the same for the exact numbers and for what Python has in their place.

    Args:
        name: of the function.
        function: what Python computes.
        shadows: the floats; None for what depends on the arguments.
        numbers: the exact numbers; None for what is irrational.
    """
    if any(x is None or not math.isfinite(x) for x in shadows) or list(numbers) == list(shadows):
        return
    near = [(x - 1e-9 * abs(x) - 1e-12, x + 1e-9 * abs(x) + 1e-12) if e is None else (e,) for x, e in zip(shadows, numbers, strict=True)]
    try:
        found = function(*shadows)
        agree = all(_is_near(float(function(*x)), found) for x in product(*near))
    except (ArithmeticError, ValueError):
        agree = False
    if not agree:
        refuse(f"{name} of {', '.join(map(repr, shadows))}, where rounding errors decide")


def _is_near(a: Any, b: Any) -> bool:
    return bool(abs(a - b) <= 1e-6 * max(abs(a), abs(b), 1e-3))


def check_comparison(condition: Condition, holds: bool, a: Any, b: Any) -> None:
    """Refuse a comparison of constants if Python's floats a and b do not give the same, or are too near to each other to tell."""
    settled = condition is TRUE or condition is FALSE
    if (condition is TRUE) != holds if settled else abs(a - b) <= 1e-9 * max(abs(a), abs(b)):
        refuse(f"a comparison of the constants {a!r} and {b!r}, which rounding errors decide")
