"""What a traced function computes with: `Real` in the place of floats, `Truth` in the place of their comparisons.

A `Real` is an expression that behaves as a Python float does: ``==`` compares values and not structure, ``if`` on a comparison asks the
running trace which case it is in, and what needs the digits of a float (``int``, ``round``, formatting, hashing) is an error that says so.
A `Real` that is a constant is as good as a number and may be used as one.
"""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Callable
from contextvars import ContextVar
from decimal import Decimal
from fractions import Fraction
from typing import Any, NoReturn, Protocol

from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import (
    CONST,
    EQ,
    FALSE,
    GE,
    GT,
    HEADS,
    LE,
    LT,
    NE,
    ONE,
    TRUE,
    ZERO,
    Condition,
    Expr,
    Head,
    add,
    build,
    choose,
    compare,
    conjunction,
    constant,
    disjunction,
    div,
    mul,
    neg,
    negate,
    power,
    sub,
)
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.prove.readings import is_inferred, read


class Run(Protocol):
    """A traced run, as the values in it see it."""

    def holds(self, condition: Condition) -> bool:
        """Whether the condition holds in the case that is run."""

    def note(self, value: float) -> None:
        """A float was read as another number than its decimal."""

    def refuse(self, reason: str) -> NoReturn:
        """End the trace."""


RUN: ContextVar[Run | None] = ContextVar("RUN", default=None)
"""The trace that runs in this thread."""


def refuse(reason: str) -> NoReturn:
    """Say why a function cannot be traced."""
    run = RUN.get()
    if run is not None:
        run.refuse(reason)
    raise UnsupportedPrimitive(reason)


def lower(value: Any) -> Any:
    """The expression of a number, also of a truth value as 1 or 0; NotImplemented for what is not a number."""
    if value.__class__ is Real:
        return value.expr
    if isinstance(value, Expr):
        return value
    if value.__class__ is Truth:
        return choose(value.condition, ONE, ZERO)
    if isinstance(value, numbers.Integral):
        return constant(int(value))
    if isinstance(value, float):
        exact = float(value)
        run = RUN.get()
        if run is not None and is_inferred(exact):
            run.note(exact)
        return read(exact)
    if isinstance(value, numbers.Rational):
        return constant(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, Decimal) or type(value).__name__ in ("float32", "float16"):
        text = str(value)
        return read(float(text)) if not math.isfinite(float(text)) else constant(Fraction(text))
    if type(value).__name__ in ("bool", "bool_"):
        return constant(int(value))
    return NotImplemented


def raised(value: Any) -> Any:
    """An expression as a `Real`, a condition as a `Truth`, anything else as it is."""
    if isinstance(value, Expr):
        return Real(value)
    return decided(value) if isinstance(value, Condition) else value


def decided(condition: Condition) -> Any:
    """A condition as a `Truth`; as a bool if it is settled."""
    if condition is TRUE or condition is FALSE:
        return condition is TRUE
    return Truth(condition)


def condition_of(value: Any) -> Condition:
    """The condition of something that is used as one: a number is true unless it is 0."""
    if value.__class__ is Truth:
        return value.condition
    if isinstance(value, Condition):
        return value
    if isinstance(value, Real | Expr):
        return compare(NE, lower(value), ZERO)
    return TRUE if value else FALSE


def _arithmetic(make: Callable[[Expr, Expr], Expr]) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    def forward(self: Any, other: Any) -> Any:
        right = lower(other)
        return NotImplemented if right is NotImplemented else Real(make(lower(self), right))

    def backward(self: Any, other: Any) -> Any:
        left = lower(other)
        return NotImplemented if left is NotImplemented else Real(make(left, lower(self)))

    return forward, backward


def floor_division(a: Expr, b: Expr) -> Expr:
    """a // b."""
    return build(HEADS["floor"], div(a, b))  # type: ignore[no-any-return]


def remainder(a: Expr, b: Expr) -> Expr:
    """a % b, with the sign of b."""
    return sub(a, mul(b, floor_division(a, b)))


_PYTHON: dict[Head, Callable[[Any, Any], Any]] = {
    LT: operator.lt,
    LE: operator.le,
    GT: operator.gt,
    GE: operator.ge,
    EQ: operator.eq,
    NE: operator.ne,
}


def _comparison(which: Head) -> Callable[[Any, Any], Any]:
    settle = _PYTHON[which]

    def compare_values(self: Any, other: Any) -> Any:
        if isinstance(other, float) and not math.isfinite(other):
            return settle(0.0, other)
        right = lower(other)
        return NotImplemented if right is NotImplemented else decided(compare(which, lower(self), right))

    return compare_values


class _Numeric:
    """Arithmetic and comparisons, which numbers and truth values share."""

    __slots__ = ()

    __add__, __radd__ = _arithmetic(add)
    __sub__, __rsub__ = _arithmetic(sub)
    __mul__, __rmul__ = _arithmetic(mul)
    __truediv__, __rtruediv__ = _arithmetic(div)
    __pow__, __rpow__ = _arithmetic(power)
    __floordiv__, __rfloordiv__ = _arithmetic(floor_division)
    __mod__, __rmod__ = _arithmetic(remainder)
    __lt__, __le__, __gt__, __ge__ = (_comparison(which) for which in (LT, LE, GT, GE))
    __eq__, __ne__ = _comparison(EQ), _comparison(NE)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __neg__(self) -> Real:
        return Real(neg(lower(self)))

    def __pos__(self) -> Real:
        return Real(lower(self))

    def __abs__(self) -> Real:
        return Real(build(HEADS["abs"], lower(self)))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from micrograd.verified.backends.numpy_tracing import apply_ufunc

        return apply_ufunc(ufunc, method, inputs, kwargs)


class Real(_Numeric):
    """A real number that depends on the traced function's arguments."""

    __slots__ = ("expr",)

    shape: tuple[int, ...] = ()
    ndim = 0
    size = 1
    imag = 0

    def __init__(self, expr: Expr) -> None:
        self.expr = expr

    @property
    def value(self) -> int | Fraction | None:
        """The number, if it is a constant."""
        return self.expr.key[1] if self.expr.key[0] is CONST else None

    def _number(self, use: str) -> int | Fraction:
        value = self.value
        if value is None:
            refuse(f"{use} needs the digits of a number, and `{_short(self.expr)}` depends on the arguments")
        return value

    def __bool__(self) -> bool:
        value = self.value
        if value is None:
            text = _short(self.expr)
            refuse(f"the truth of the number `{text}` is asked for, which depends on the arguments: write `{text} != 0`")
        return value != 0

    def __float__(self) -> float:
        return float(self._number("float(…), or a function that works on floats only,"))

    def __int__(self) -> int:
        return int(self._number("int(…)"))

    def __round__(self, digits: int | None = None) -> Any:
        return round(self._number("round(…)"), digits)

    def __trunc__(self) -> int:
        return math.trunc(self._number("math.trunc(…)"))

    def __floor__(self) -> int:
        return math.floor(self._number("math.floor(…)"))

    def __ceil__(self) -> int:
        return math.ceil(self._number("math.ceil(…)"))

    def __hash__(self) -> int:
        return hash(self._number("hash(…), as for a dictionary's key or a set,"))

    def __index__(self) -> int:
        refuse(f"`{_short(self.expr)}` is used as an index or a length, which a float cannot be")

    def __format__(self, specification: str) -> str:
        return str(self) if self.value is None or not specification else format(float(self), specification)

    def __repr__(self) -> str:
        return _short(self.expr)

    @property
    def real(self) -> Real:
        return self

    def item(self) -> Real:
        return self

    copy = conjugate = sum = mean = item


class Truth(_Numeric):
    """A condition on the arguments.  ``bool()`` of it is what the running case says."""

    __slots__ = ("condition",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, condition: Condition) -> None:
        self.condition = condition

    def __bool__(self) -> bool:
        run = RUN.get()
        if run is None:
            raise TypeError(f"the truth of `{self.condition}` depends on the arguments of a function that is no longer traced")
        return run.holds(self.condition)

    def __and__(self, other: Any) -> Any:
        return decided(conjunction(self.condition, condition_of(other)))

    def __or__(self, other: Any) -> Any:
        return decided(disjunction(self.condition, condition_of(other)))

    def __xor__(self, other: Any) -> Any:
        second = condition_of(other)
        both = conjunction(self.condition, second)
        return decided(conjunction(disjunction(self.condition, second), negate(both)))

    def __invert__(self) -> Any:
        return decided(negate(self.condition))

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __repr__(self) -> str:
        return str(self.condition)


def _short(expression: Expr) -> str:
    text = str(expression)
    return text if len(text) <= 60 else f"{text[:57]}..."


def on_numbers(make: Callable[..., Any], name: str = "") -> Callable[..., Any]:
    """A function of expressions as a function of numbers that are traced."""

    def apply(*operands: Any) -> Any:
        lowered = [lower(x) for x in operands]
        for operand, expression in zip(operands, lowered, strict=True):
            if expression is NotImplemented:
                raise TypeError(f"{name or 'the function'} takes numbers, not {type(operand).__name__}")
        return raised(make(*lowered))

    apply.__name__ = apply.__qualname__ = name or "apply"
    return apply


def primitive(name: str) -> Callable[..., Any]:
    """A function of the registry, on numbers that are traced."""
    which = HEADS[name]
    row = PRIMITIVES[name]

    def make(*operands: Expr) -> Any:
        if len(operands) != row.arity:
            raise TypeError(f"{name}() takes {row.arity} operand{'s' if row.arity > 1 else ''}, not {len(operands)}")
        return build(which, *operands)

    return on_numbers(make, name)


def select(condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, else b."""
    return on_numbers(lambda x, y: choose(condition_of(condition), x, y), "where")(a, b)


REGISTRY: dict[str, Callable[..., Any]] = {name: primitive(name) for name in PRIMITIVES if name not in ("powi", "neg")}
"""The registry's functions by name."""
maximum, minimum, absolute, sign = (REGISTRY[name] for name in ("max", "min", "abs", "sign"))

_METHODS = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh"}
_METHODS |= {"arctanh": "atanh", "radians": "deg2rad", "degrees": "rad2deg", "fabs": "abs"}
# fmt: off
_SAME = [
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square", "reciprocal", "sin", "cos", "tan", "sinh",
    "cosh", "tanh", "deg2rad", "rad2deg", "hypot", "floor", "ceil", "trunc", "logaddexp",
]
# fmt: on
_METHODS |= {name: name for name in _SAME}
for _name, _target in _METHODS.items():  # NumPy's loops over objects call the method that has the function's name
    setattr(Real, _name, (lambda f: lambda self, *more: f(self, *more))(REGISTRY[_target]))
