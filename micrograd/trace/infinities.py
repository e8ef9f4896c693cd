"""Infinity and NaN in traced code: values that may be selected away.

They stay Python's own floats, beside the numbers that are traced, and meet them in the few ways that have one answer: ``min(x, inf)`` is x,
``x/inf`` is 0, ``exp(-inf)`` is 0, ``x < inf`` holds.  A choice between a number and an infinity is made by cases.  What is left at the
end has no value; any other use is refused.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from micrograd.trace import reals
from micrograd.verified.differentiation import defined
from micrograd.verified.expr import EQ, NE, TRUE, ZERO, compare, mul

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


def _is_total(number: Any) -> bool:
    """Whether a number that is traced has a value wherever its variables have."""
    return defined(reals.lower(number)) is TRUE


def arithmetic(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """a + b and so on, of a number and an infinity or NaN."""
    constants = [x if isinstance(x, float) else reals.shadow_of(x) for x in (a, b)]
    if None not in constants:
        return _native(operation(*constants), operation)
    number, other = (b, a) if reals.is_nonfinite(a) else (a, b)
    if operation is operator.truediv and other is b and not math.isnan(other):
        return reals.Real(mul(reals.lower(number), ZERO))
    if not _is_total(number):
        reals.refuse(f"{other} meets `{reals.short(number)}`, which does not have a value everywhere")
    if math.isnan(other) and operation in (operator.add, operator.sub, operator.mul, operator.truediv):
        return math.nan
    if operation in (operator.add, operator.sub):
        return operation(0.0, other) if other is b else operation(other, 0.0)
    if operation is operator.mul:
        return other if number > 0 else -other if number < 0 else math.nan
    reals.refuse(f"{operation.__name__} of {other} and `{reals.short(number)}`: the result depends on the number")


def _native(result: Any, operation: Callable[..., Any]) -> Any:
    if reals.is_nonfinite(result):
        return result
    if result in (0, 1, -1):
        return reals.exact(int(result))
    reals.refuse(f"{operation.__name__} of an infinity, which is {result}")


def comparison(settle: Callable[[Any, Any], bool], number: Any, other: float) -> Any:
    """Whether a number is less than an infinity, and so on; as undefined as the number."""
    holds, expression = settle(0.0, other), reals.lower(number)
    if defined(expression) is TRUE:
        return holds
    return reals.decided(compare(EQ if holds else NE, expression, expression))


def apply(name: str, operands: Sequence[Any]) -> Any:
    """A function of numbers of which one is an infinity or NaN."""
    if name in ("max", "min") and len(operands) == 2:
        return _extremum(name, *operands)
    if len(operands) == 1 and name in LIMITS:
        value = operands[0]
        limit = math.nan if math.isnan(value) else LIMITS[name][value < 0]
        if limit is not None:
            return limit if reals.is_nonfinite(limit) else reals.exact(limit)
    reals.refuse(f"{name or 'a function'} of {', '.join(map(reals.short, operands))}")


def _extremum(name: str, a: Any, b: Any) -> Any:
    """As NumPy does: NaN stays NaN."""
    number, other = (b, a) if reals.is_nonfinite(a) else (a, b)
    if reals.is_nonfinite(number):
        return math.nan if math.isnan(number) or math.isnan(other) else (max if name == "max" else min)(a, b)
    if other == (-math.inf if name == "max" else math.inf):
        return number
    if not _is_total(number):
        reals.refuse(f"{name} of {other} and `{reals.short(number)}`, which does not have a value everywhere")
    return other
