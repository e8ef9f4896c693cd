"""Infinity and NaN in traced code: values that a choice may discard.

They stay Python's own floats, beside the numbers that are traced, and meet them in the few ways that have one answer: ``min(x, inf)`` is x,
``x/inf`` is 0, ``exp(-inf)`` is 0, ``x < inf`` holds.  A choice between a number and an infinity is made by cases.  What is left at the
end has no value; any other use is refused.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from micrograd.trace.numerals import is_nonfinite
from micrograd.trace.runs import abridged, holds, refuse
from micrograd.trace.shadows import by_operator
from micrograd.verified.differentiation import defined
from micrograd.verified.expr import EQ, FALSE, GT, LT, NE, TRUE, ZERO, Condition, Expr, compare, constant

Operand = Expr | float
"""A number that is traced, or an infinity or NaN."""

# fmt: off
LIMITS: dict[str, tuple[Any, Any]] = {
    "exp": (math.inf, 0), "exp2": (math.inf, 0), "exp10": (math.inf, 0), "expm1": (math.inf, -1), "softplus": (math.inf, 0),
    "tanh": (1, -1), "sigmoid": (1, 0), "erf": (1, -1), "erfc": (0, 2), "sign": (1, -1), "abs": (math.inf, math.inf),
    "square": (math.inf, math.inf), "cosh": (math.inf, math.inf), "sinh": (math.inf, -math.inf), "cbrt": (math.inf, -math.inf),
    "asinh": (math.inf, -math.inf), "relu": (math.inf, 0), "log": (math.inf, None), "log2": (math.inf, None),
    "log10": (math.inf, None), "log1p": (math.inf, None), "sqrt": (math.inf, None), "reciprocal": (0, 0),
}
# fmt: on
"""What a function is at infinity and at minus infinity; None where Python raises and NumPy gives NaN."""


def _ordered(a: Operand, b: Operand) -> tuple[Any, Any]:
    """The number, and the infinity or NaN that it meets; the first may be one too."""
    return (b, a) if is_nonfinite(a) else (a, b)


def _require_total(what: str, number: Expr) -> None:
    if defined(number) is not TRUE:
        refuse(f"{what} `{abridged(number)}`, which does not have a value everywhere")


def arithmetic(operation: Callable[[Any, Any], Any], a: Operand, b: Operand, shadows: Sequence[Any]) -> Any:
    """a + b and so on, of a number and an infinity or NaN; ``shadows`` are the floats of both, None for what depends on the arguments."""
    if None not in shadows:
        return _native(by_operator(operation)(*shadows), operation)
    number, other = _ordered(a, b)
    if operation is operator.truediv and other is b and not math.isnan(other):
        return number * ZERO
    _require_total(f"{other} meets", number)
    if math.isnan(other) and operation in (operator.add, operator.sub, operator.mul, operator.truediv):
        return math.nan
    if operation in (operator.add, operator.sub):
        return float(operation(0.0, other) if other is b else operation(other, 0.0))
    if operation is operator.mul:
        return other if _holds(compare(GT, number, ZERO)) else -other if _holds(compare(LT, number, ZERO)) else math.nan
    refuse(f"{operation.__name__} of {other} and `{abridged(number)}`: the result depends on the number")


def _holds(condition: Condition) -> bool:
    return condition is TRUE or (condition is not FALSE and holds(condition))


def _native(result: Any, operation: Callable[..., Any]) -> Operand:
    if is_nonfinite(result):
        return float(result)
    if result in (0, 1, -1):
        return constant(int(result))
    refuse(f"{operation.__name__} of an infinity, which is {result}")


def comparison(settle: Callable[[Any, Any], bool], number: Expr, other: float) -> bool | Condition:
    """Whether a number is less than an infinity, and so on; as undefined as the number."""
    found = settle(0.0, other)
    return found if defined(number) is TRUE else compare(EQ if found else NE, number, number)


def apply(name: str, operands: Sequence[Operand]) -> Any:
    """A function of numbers of which one is an infinity or NaN: one of them, an infinity, NaN, or a whole number."""
    if name in ("max", "min") and len(operands) == 2:
        return _extremum(name, *operands)
    if len(operands) == 1 and name in LIMITS:
        value: Any = operands[0]
        limit = math.nan if math.isnan(value) else LIMITS[name][value < 0]
        if limit is not None:
            return float(limit) if is_nonfinite(limit) else constant(int(limit))
    refuse(f"{name or 'a function'} of {', '.join(map(abridged, operands))}")


def _extremum(name: str, a: Operand, b: Operand) -> Any:
    """As NumPy does: NaN stays NaN."""
    number, other = _ordered(a, b)
    if is_nonfinite(number):
        return math.nan if math.isnan(number) or math.isnan(other) else (max if name == "max" else min)(number, other)
    if other == (-math.inf if name == "max" else math.inf):
        return number
    _require_total(f"{name} of {other} and", number)
    return other
