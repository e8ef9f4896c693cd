"""What a float has and a real number has not: the type ``float``, literals, the sign of a zero, NaN.

Functions that see the sign of a zero (``copysign``, ``atan2``) are read where that sign can be told, and refused elsewhere.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd.trace.functions import REGISTRY, absolute, formula, on_numbers
from micrograd.trace.readings import UncertainConstant, current_reading
from micrograd.trace.reals import Real, decided, exact, lower, shadow_of, short
from micrograd.trace.runs import refuse
from micrograd.verified.differentiation import defined
from micrograd.verified.expr import ADD, CONST, EQ, NEG, SUB, TRUE, VAR, ZERO, Expr, choose, compare, pi


class _FloatType(type):
    def __call__(cls, value: Any = 0, /) -> Any:
        if isinstance(value, str):
            return literal(value.strip())
        if getattr(value, "size", 1) == 1 and hasattr(value, "ravel"):
            value = value.ravel()[0]
        number = exact(value)
        return Real(number.expr, builtins.float(value), number.quiet) if isinstance(value, int) else number

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, builtins.float | Real)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, builtins.float)

    def __getattr__(cls, name: str) -> Any:
        if hasattr(builtins.float, name):
            refuse(f"float.{name} is not among the functions that can be traced")
        raise AttributeError(f"type object 'float' has no attribute {name!r}")

    @property
    def dtype(cls) -> Any:
        """By which NumPy knows this class as its type of floats."""
        return np.dtype(builtins.float)


class Float(metaclass=_FloatType):
    """``float``: a number that is traced stays what it is."""


Float.__name__ = Float.__qualname__ = "float"
Float.__module__ = "builtins"


def literal(text: str) -> Any:
    """The number that a literal, or the text of one, stands for; infinities and NaN as they are."""
    value = builtins.float(text)
    if not math.isfinite(value):
        return value
    try:
        return Real(current_reading().literal(text), value)
    except UncertainConstant as reason:
        refuse(str(reason), UncertainConstant)


_NEVER_MINUS_ZERO = frozenset(("abs", "exp", "cosh", "square", "hypot", "sigmoid"))


def _has_plain_zero(value: Any) -> bool:
    """Whether the float is certainly never -0.0 where the number is 0; of variables, and of sums with them, that is not certain."""
    shadow = shadow_of(value)
    if shadow is not None:
        return math.copysign(1, shadow) > 0
    stack = [lower(value)]
    while stack:
        which, *operands = stack.pop().key
        if which is VAR or (which is CONST and operands[0] != 0) or which.name in _NEVER_MINUS_ZERO:
            return True
        if which is ADD:
            stack += operands
        elif which is SUB:
            stack.append(operands[0])
    return False


_WITH_SIGN = formula("where(y >= 0, x, -x)", "x", "y")


def copysign(x: Any, y: Any, /) -> Any:
    """|x| with the sign of y, which a float has even where it is 0."""
    size, sign = absolute(x), shadow_of(y)
    if sign is not None:
        return size if math.copysign(1, sign) > 0 else -size
    head, *operands = lower(y).key
    if head is NEG:
        return -copysign(x, Real(operands[0]))
    if not _has_plain_zero(y):
        refuse(f"copysign(…, {short(y)}): where this is 0, its sign in floats cannot be told")
    return _WITH_SIGN(size, y)


def angle(y: Any, x: Any, /) -> Any:
    """atan2, which floats have at the origin too."""
    first, second = shadow_of(y), shadow_of(x)
    if first is not None and second is not None and first == second == 0:
        turns = round(math.atan2(first, second) / math.pi)
        return exact(turns) * Real(pi, math.pi) if turns else exact(0)
    if first is not None and first == 0 and math.copysign(1, first) < 0:
        return -angle(exact(0), x)
    head, *operands = lower(y).key
    if head is NEG:
        return -angle(Real(operands[0]), x)
    found = REGISTRY["atan2"](y, x)
    if type(found) is not Real or None not in (first, second) or not (_has_plain_zero(y) and _has_plain_zero(x)):
        return found
    a, b = lower(y), lower(x)
    if _is_nonzero(a) or _is_nonzero(b):
        return found
    origin = compare(EQ, a, ZERO) & compare(EQ, b, ZERO)
    return Real(choose(origin, ZERO, found.expr))


def _is_nonzero(expression: Expr) -> bool:
    return expression.head is CONST and expression.key[1] != 0


power = on_numbers(operator.pow, "pow")
fmod = on_numbers(lambda x, y: x - y * REGISTRY["trunc"](x / y).expr, "fmod")
sinc = formula("where(x == 0, 1, sinpi(x)/(pi*x))", "x")


def is_finite(x: Any, /) -> Any:
    """Where the number has a value: what has none is NaN or infinite in floats, if it was computed by what does not raise."""
    if isinstance(x, float) and not math.isfinite(x):
        return False
    number = exact(x)
    where = defined(number.expr)
    if where is not TRUE and not number.quiet:
        refuse(f"isfinite({short(number)}): where this has no value, Python may raise an error instead")
    return decided(where)


def _not_a_number(name: str, settle: Callable[..., Any]) -> Callable[..., Any]:
    def apply(x: Any, /) -> bool:
        if isinstance(x, float):
            return bool(settle(x))
        if is_finite(x) is not True:
            refuse(f"{name}({short(x)}): which of the undefined values are NaN and which are infinite cannot be traced; use isfinite")
        return False

    return apply


is_nan, is_infinite = _not_a_number("isnan", math.isnan), _not_a_number("isinf", math.isinf)
