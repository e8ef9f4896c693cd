"""What a float has and a real number has not: the type ``float``, literals, the sign of a zero, NaN.

Functions that see the sign of a zero (``copysign``, ``atan2``) are read where that sign can be told, and refused elsewhere.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from micrograd.trace.functions import REGISTRY, absolute, formula, on_numbers
from micrograd.trace.lost import assumption, existing, fresh, uncomplexed
from micrograd.trace.readings import UncertainConstant, current_reading
from micrograd.trace.reals import Real, decided, exact, lower, shadow_of, short
from micrograd.trace.runs import assume, refuse
from micrograd.trace.shadows import computed
from micrograd.verified.differentiation import defined
from micrograd.verified.expr import (
    ADD,
    CONST,
    DIV,
    EQ,
    MUL,
    NEG,
    ONE,
    POW,
    POWI,
    SUB,
    TRUE,
    VAR,
    ZERO,
    Expr,
    choose,
    compare,
    pi,
    postorder,
)


class _FloatType(type):
    def __call__(cls, value: Any = 0, /) -> Any:
        if isinstance(value, str):
            return literal(value.strip())
        if cls is Float64 and (isinstance(value, list | tuple) or np.ndim(value)):
            refuse("numpy.float64 of an array, which is an array: write .astype(float)")
        if getattr(value, "size", 1) == 1 and hasattr(value, "ravel"):
            value = value.ravel()[0]
        return as_float(value)

    def __instancecheck__(cls, value: Any) -> bool:
        if cls is Float64 and isinstance(value, builtins.float | Real):
            refuse(f"isinstance of `{short(value)}`, which may be a float or one of NumPy's")
        return isinstance(value, builtins.float | Real)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, np.float64 if cls is Float64 else builtins.float)

    def __eq__(cls, other: object) -> bool:
        if other is builtins.float or other is np.float64:
            refuse(f"whether the class {cls.__name__} is that of a number")
        return cls is other

    __hash__ = type.__hash__

    def __getattr__(cls, name: str) -> Any:
        if hasattr(np.float64 if cls is Float64 else builtins.float, name):
            refuse(f"{cls.__name__}.{name} is not among the functions that can be traced")
        raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")

    @property
    def dtype(cls) -> Any:
        """By which NumPy knows this class as its type of floats."""
        return np.dtype(builtins.float)


class Float(metaclass=_FloatType):
    """``float``: a number that is traced stays what it is."""


class Float64(metaclass=_FloatType):
    """``numpy.float64``, which converts numbers as ``float`` does."""


Float.__name__ = Float.__qualname__ = "float"
Float64.__name__ = Float64.__qualname__ = "float64"
Float.__module__, Float64.__module__ = "builtins", "numpy"


def as_float(value: Any) -> Any:
    """A number as one that is a float."""
    number = uncomplexed(exact(value))
    if type(number) is not Real or number.whole is None:
        return fresh(number) if type(number) is Real else number
    return Real(number.expr, computed(builtins.float, number.shadow), number.quiet, number.lost, number.assumed)


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


def zero_sign(value: Any) -> int | None:
    """The sign of the zero, 1 or -1, that the float is where the number is 0; None where it cannot be told.

    Arguments are never -0.0.  A sum is -0.0 only if both terms are; a product with a positive constant has the sign of the other factor.
    Of the factor 1 nothing is said: determinants are read with such factors, and computed in another way.
    """
    shadow = shadow_of(value)
    if shadow is not None:
        return int(math.copysign(1, shadow))
    root = lower(value)
    signs: dict[Any, int | None] = {}
    for node in postorder([root]):
        signs[node] = _zero_sign(node, signs)
    return signs[root]


def _zero_sign(node: Any, signs: Mapping[Any, int | None]) -> int | None:
    """`zero_sign` of a node from those of its operands."""
    which, *operands = node.key
    if which is VAR or (which is CONST and operands[0] != 0) or which.name in _NEVER_MINUS_ZERO:
        return 1
    if which is NEG:
        sign = signs[operands[0]]
        return None if sign is None else -sign
    if which is ADD:
        positive = 1 in (signs[operands[0]], signs[operands[1]])
    elif which is SUB:
        positive = (signs[operands[0]] == 1 or signs[operands[1]] == -1) and not _may_be_remainder(*operands)
    elif which is MUL:
        a, b = operands
        positive = a is b or any(_is_positive(k) and k is not ONE and signs[u] == 1 for k, u in ((a, b), (b, a)))
    elif which is DIV:
        positive = _is_positive(operands[1]) and signs[operands[0]] == 1
    elif which is POWI:
        n = operands[1].key[1]
        positive = n > 0 and (n % 2 == 0 or signs[operands[0]] == 1)
    else:
        positive = False
    return 1 if positive else None


def _may_be_remainder(a: Expr, b: Expr) -> bool:
    """Whether a - b may be how ``%``, ``fmod`` or ``modf`` is read, and not have the sign of a difference where it is 0.

    That of ``%`` has the sign of the divisor there, those of ``fmod`` and ``modf`` the sign of the dividend.
    """
    if any(node.head.name == "trunc" for node in postorder([b])):
        return True
    return b.head is MUL and b.args[1].head.name == "floor" and not _is_positive(b.args[0])


def _is_positive(expression: Expr) -> bool:
    return expression.head is CONST and expression.key[1] > 0


def summed(value: Any) -> Any:
    """What a sum that starts from 0 gives: never -0.0 for a single term that is; by a factor 1, of which nothing is said."""
    return 1 * value if type(value) is Real and zero_sign(value) == -1 else value


_WITH_SIGN = {1: formula("where(y >= 0, x, -x)", "x", "y"), -1: formula("where(y > 0, x, -x)", "x", "y")}


def copysign(x: Any, y: Any, /) -> Any:
    """|x| with the sign of y, which a float has even where it is 0."""
    size, shadow = absolute(x), shadow_of(y)
    if shadow is not None:
        return size if math.copysign(1, shadow) > 0 else -size
    sign = zero_sign(y)
    if sign is None:
        refuse(f"copysign(…, {short(y)}): where this is 0, its sign in floats cannot be told")
    return _WITH_SIGN[sign](size, y)


def angle(y: Any, x: Any, /) -> Any:
    """atan2: beside the negative half-axis and at the origin its value depends on the signs of zeros."""
    first, second = shadow_of(y), shadow_of(x)
    if first is not None and second is not None and first == second == 0:
        turns = round(math.atan2(first, second) / math.pi)
        return exact(turns) * Real(pi, math.pi) if turns else exact(0)
    found = REGISTRY["atan2"](y, x)
    if type(found) is not Real or (first is not None and second is not None):
        return found
    a, b = lower(y), lower(x)
    if _is_positive(b) or _is_nonzero(a):
        return found
    sign = zero_sign(y)
    if sign is None:
        refuse(f"atan2({short(y)}, …): where this is 0, its sign in floats cannot be told")
    if sign < 0:
        return -angle(-exact(y), x)
    if _is_nonzero(b):
        return found
    other = zero_sign(x)
    if other is None:
        refuse(f"atan2({short(y)}, {short(x)}): where both are 0, their signs in floats cannot be told")
    origin = compare(EQ, a, ZERO) & compare(EQ, b, ZERO)
    return Real(choose(origin, ZERO if other > 0 else pi, found.expr), None, found.quiet, found.lost, found.assumed)


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
    if number.lost and any(node.head is POW for node in postorder([number.expr])):
        assume(existing(number))  # complex numbers are finite
    return decided(where, assumption(number))


def _not_a_number(name: str, settle: Callable[..., Any]) -> Callable[..., Any]:
    def apply(x: Any, /) -> bool:
        if isinstance(x, float):
            return bool(settle(x))
        if is_finite(x) is not True:
            refuse(f"{name}({short(x)}): which of the undefined values are NaN and which are infinite cannot be traced; use isfinite")
        return False

    return apply


is_nan, is_infinite = _not_a_number("isnan", math.isnan), _not_a_number("isinf", math.isinf)
