"""What a traced function computes with: `Real` in the place of floats, `Truth` in the place of their comparisons.

A `Real` is an expression that behaves as a Python float does: ``==`` compares values and not structure, ``if`` on a comparison asks the
running trace which case it is in, and what needs the digits of a float (``int``, ``round``, formatting, hashing) is an error that says so.

A `Real` that is a constant carries its *shadow*, the float that Python computes in its place.  Such a constant may be used as a number,
rounded or compared, as long as the exact number and the float give the same answer.
"""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from decimal import Decimal, getcontext
from fractions import Fraction
from itertools import product
from typing import Any, NoReturn, Protocol

from micrograd.trace.readings import UNDEFINED, UncertainConstant, certain, shortest
from micrograd.verified.differentiation import defined
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

MAX_DECIMALS = 4000


class Run(Protocol):
    """A traced run, as the values in it see it.

    Attributes:
        shows: whether the function prints.
    """

    shows: bool

    def holds(self, condition: Condition) -> bool:
        """Whether the condition holds in the case that is run."""

    def require(self, expression: Expr, quiet: Sequence[Expr]) -> None:
        """Note that the run ends with an error where the expression has no value, if its operands that raise nothing have values."""

    def constant(self, value: float) -> Expr | None:
        """The number that a float of unknown origin stands for; None if that is not certain."""

    def refuse(self, reason: str, error: type[UnsupportedPrimitive] = ...) -> NoReturn:
        """End the trace."""


RUN: ContextVar[Run | None] = ContextVar("RUN", default=None)
"""The trace that runs in this thread."""


def refuse(reason: str, error: type[UnsupportedPrimitive] = UnsupportedPrimitive) -> NoReturn:
    """Say why a function cannot be traced."""
    run = RUN.get()
    if run is not None:
        run.refuse(reason, error)
    raise error(reason)


def lower(value: Any) -> Any:
    """The expression of a number, also of a truth value as 1 or 0; NotImplemented for what is not a number."""
    if type(value) is Real:
        return value.expr
    if isinstance(value, Expr):
        return value
    if type(value) is Truth:
        return choose(value.condition, ONE, ZERO)
    if isinstance(value, numbers.Integral):
        return constant(int(value))
    if isinstance(value, float):
        return _origin(float(value))
    if isinstance(value, numbers.Rational):
        if _is_binary(int(value.numerator), int(value.denominator)):
            refuse(
                f"the fraction {value} comes from a float, and means its binary value or the decimal that was written", UncertainConstant
            )
        return constant(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, Decimal):
        if not value.is_finite():
            return UNDEFINED
        if len(value.as_tuple().digits) >= getcontext().prec:
            refuse(f"the decimal {value} was rounded, or comes from a float: which number it stands for is not certain", UncertainConstant)
        if max(abs(value.adjusted()), len(value.as_tuple().digits)) > MAX_DECIMALS:
            refuse(f"the decimal {value:.3e} is too long to be written out")
        return constant(Fraction(value))
    name = type(value).__name__
    if name in ("float32", "float16", "longdouble"):
        return _rounded_otherwise(value, name)
    return constant(int(value)) if name in ("bool", "bool_") else NotImplemented


def _is_binary(numerator: int, denominator: int) -> bool:
    """Whether a fraction has the denominator of a float of many digits."""
    return denominator & -denominator >= 2**40 and abs(numerator) >= 2**20


def _origin(value: float) -> Expr:
    if not math.isfinite(value):
        return UNDEFINED
    run = RUN.get()
    found = certain(value) if run is None else run.constant(value)
    return found if found is not None else unreadable(value)


def _rounded_otherwise(value: Any, name: str) -> Expr:
    """A float of another precision, if that does not matter: 0.5 is 1/2, and what 0.1 was meant to be is not known."""
    found = certain(float(value)) if math.isfinite(value) and float(value) == value else None
    if found is None:
        refuse(f"a number of type {name} is rounded in another way than a Python float: {value}", UncertainConstant)
    return found


def unreadable(value: float) -> NoReturn:
    """Refuse a float of unknown origin."""
    refuse(
        f"the constant {value!r} was computed where its formula cannot be seen, and is no short decimal: which number it stands for "
        "is not certain; write the formula in the function, or a fractions.Fraction",
        UncertainConstant,
    )


def is_nonfinite(value: Any) -> bool:
    """Whether a value is an infinity or NaN."""
    return isinstance(value, float) and not math.isfinite(value)


def exact(x: Any) -> Any:
    """A number as one that is traced; infinities and NaN as they are."""
    if is_nonfinite(x) or type(x) is Real:
        return x
    expression = lower(x)
    if expression is NotImplemented:
        raise TypeError(f"a number is needed, not {type(x).__name__}")
    return Real(expression, shadow_of(x))


def raised(value: Any, shadow: float | None = None, quiet: bool = True) -> Any:
    """An expression as a `Real`, a condition as a `Truth`, anything else as it is."""
    if isinstance(value, Expr):
        return Real(value, shadow, quiet)
    return decided(value) if isinstance(value, Condition) else value


def decided(condition: Condition) -> Any:
    """A condition as a `Truth`; as a bool if it is settled."""
    if condition is TRUE or condition is FALSE:
        return condition is TRUE
    return Truth(condition)


def condition_of(value: Any) -> Condition:
    """The condition of something that is used as one: a number is true unless it is 0."""
    if type(value) is Truth:
        return value.condition
    if isinstance(value, Condition):
        return value
    if isinstance(value, Real | Expr):
        return compare(NE, lower(value), ZERO)
    return TRUE if value else FALSE


def is_truth(value: Any) -> bool:
    """Whether a value is a truth value."""
    return type(value) is Truth or type(value).__name__ in ("bool", "bool_")


# --- the floats beside the numbers -------------------------------------------------------------------------------------


def shadow_of(value: Any) -> Any:
    """The number that Python computes with in the place of a constant; None for what depends on the arguments."""
    if type(value) is Real:
        return value.shadow
    if isinstance(value, bool | int | float):
        return value
    return float(value) if isinstance(value, Fraction | Decimal) else None


def _computed(function: Callable[..., Any], *shadows: Any) -> float | None:
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


def _total(operand: Any) -> bool:
    return type(operand) is not Real or operand.quiet


def _nonzero(operand: Any) -> bool:
    shadow = shadow_of(operand)
    return shadow is not None and shadow != 0


_ALWAYS = (operator.add, operator.sub, operator.mul)


def _quiet(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> bool:
    """Whether the operation raises nothing where it has no value, or has one everywhere."""
    if not (_total(a) and _total(b)):
        return False
    return (
        operation in _ALWAYS or (operation is operator.truediv and _nonzero(b)) or (operation is operator.pow and (shadow_of(b) or -1) > 0)
    )


def _arithmetic(
    operation: Callable[[Any, Any], Any], make: Callable[[Expr, Expr], Expr]
) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    def apply(a: Any, b: Any) -> Any:
        if is_nonfinite(a) or is_nonfinite(b):
            from micrograd.trace import infinities

            return infinities.arithmetic(operation, a, b)
        left, right = lower(a), lower(b)
        if left is NotImplemented or right is NotImplemented:
            return NotImplemented
        if operation is operator.add and is_truth(a) and is_truth(b):
            refuse("the sum of two conditions: it is a number in Python, and a condition in NumPy; write `1 if … else 0` or numpy.where")
        if operation is operator.mul and is_truth(a) and is_truth(b):
            return decided(conjunction(condition_of(a), condition_of(b)))  # so that a sum of such is refused
        if operation in (operator.floordiv, operator.mod):
            check_jump(operation.__name__, operation, (a, b))
        return Real(make(left, right), _computed(operation, shadow_of(a), shadow_of(b)), _quiet(operation, a, b))

    return apply, lambda self, other: apply(other, self)


def _near(a: Any, b: Any) -> bool:
    return bool(abs(a - b) <= 1e-6 * max(abs(a), abs(b), 1e-3))


def check_jump(name: str, function: Callable[..., Any], operands: Sequence[Any]) -> None:
    """Refuse a function with jumps at constants, if it is not the same for the exact numbers and for what Python has in their place."""
    shadows = [shadow_of(x) for x in operands]
    if any(x is None or not math.isfinite(x) for x in shadows):
        return
    exactly = [lower(x).key[1] if lower(x).key[0] is CONST else None for x in operands]
    if exactly == shadows:
        return
    size = [1e-9 * abs(x) + 1e-12 for x in shadows]
    others = (
        [exactly]
        if None not in exactly
        else [
            [x + s * h if e is None else x for x, s, e, h in zip(shadows, signs, exactly, size, strict=True)]
            for signs in product((-1, 1), repeat=len(size))
        ]
    )
    try:
        found = function(*shadows)
        agree = all(_near(float(function(*x)), found) for x in others)
    except (ArithmeticError, ValueError):
        agree = False
    if not agree:
        refuse(f"{name} of {', '.join(map(repr, shadows))}, where rounding errors decide")


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
        if is_nonfinite(other):
            from micrograd.trace import infinities

            return infinities.comparison(settle, self, other)
        right = lower(other)
        if right is NotImplemented:
            return NotImplemented
        condition = compare(which, lower(self), right)
        a, b = shadow_of(self), shadow_of(other)
        return decided(condition) if a is None or b is None else _agreed(condition, settle(a, b), a, b)

    return compare_values


def _agreed(condition: Condition, computed: bool, a: Any, b: Any) -> Any:
    """The truth of a comparison of constants, if Python's floats give the same."""
    settled = condition is TRUE or condition is FALSE
    if (condition is TRUE) != computed if settled else abs(a - b) <= 1e-9 * max(abs(a), abs(b)):
        refuse(f"a comparison of the constants {a!r} and {b!r}, which rounding errors decide")
    return decided(condition)


class _Numeric:
    """Arithmetic and comparisons, which numbers and truth values share."""

    __slots__ = ()

    __add__, __radd__ = _arithmetic(operator.add, add)
    __sub__, __rsub__ = _arithmetic(operator.sub, sub)
    __mul__, __rmul__ = _arithmetic(operator.mul, mul)
    __truediv__, __rtruediv__ = _arithmetic(operator.truediv, div)
    __pow__, __rpow__ = _arithmetic(operator.pow, power)
    __floordiv__, __rfloordiv__ = _arithmetic(operator.floordiv, floor_division)
    __mod__, __rmod__ = _arithmetic(operator.mod, remainder)
    __lt__, __le__, __gt__, __ge__ = (_comparison(which) for which in (LT, LE, GT, GE))
    __eq__, __ne__ = _comparison(EQ), _comparison(NE)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __neg__(self) -> Real:
        return Real(neg(lower(self)), _computed(operator.neg, shadow_of(self)), _total(self))

    def __pos__(self) -> Real:
        return Real(lower(self), shadow_of(self), _total(self))

    def __abs__(self) -> Real:
        return REGISTRY["abs"](self)  # type: ignore[no-any-return]

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from micrograd.trace.arrays import apply_ufunc

        return apply_ufunc(ufunc, method, inputs, kwargs)

    def __repr__(self) -> str:
        return _as_text(self, "")

    def __format__(self, specification: str) -> str:
        return _as_text(self, specification)


def _as_text(value: Any, specification: str) -> str:
    if RUN.get() is None:
        return short(value)
    shadow = shadow_of(value)
    if shadow is None:
        refuse(f"the text of `{short(value)}`, which depends on the arguments")
    return format(float(shadow), specification) if specification else repr(float(shadow))


class Real(_Numeric):
    """A real number that depends on the traced function's arguments.

    Attributes:
        expr: its expression.
        shadow: of a constant, the float that Python computes in its place.
        quiet: whether computing it raises nothing, in Python or NumPy, where it has no value.
    """

    __slots__ = ("expr", "quiet", "shadow")

    shape: tuple[int, ...] = ()
    ndim = 0
    size = 1
    imag = 0

    def __init__(self, expr: Expr, shadow: float | None = None, quiet: bool = True) -> None:
        self.expr, self.shadow, self.quiet = expr, shadow, quiet

    @property
    def value(self) -> int | Fraction | None:
        """The number, if it is a constant."""
        return self.expr.key[1] if self.expr.key[0] is CONST else None

    def _settled(self, use: str, function: Callable[[Any], Any]) -> Any:
        """A function's value at a constant, if it is the same at the float beside it."""
        value = self.value
        if value is None:
            refuse(f"{use} needs the digits of a number, and `{short(self)}` {self._why()}")
        result = function(value)
        if self.shadow is not None and not (math.isfinite(self.shadow) and function(self.shadow) == result):
            refuse(f"{use} of {short(self)}, which is {self.shadow!r} in floats: rounding errors decide the result")
        return result

    def _why(self) -> str:
        return "depends on the arguments" if self.shadow is None else "is irrational"

    def __bool__(self) -> bool:
        if self.value is None and self.shadow is None:
            text = short(self)
            refuse(f"the truth of the number `{text}` is asked for, which depends on the arguments: write `{text} != 0`")
        return bool(self._settled("the truth of a number", bool))

    def __float__(self) -> float:
        if self.shadow is not None:
            return self.shadow
        return float(self._settled("float(…), or a function that works on floats only,", lambda value: value))

    def __int__(self) -> int:
        return int(self._settled("int(…)", int))

    def __round__(self, digits: int | None = None) -> Any:
        def rounded(value: Any) -> Any:
            found = round(value, digits)
            return shortest(found) if isinstance(found, float) else found

        found = self._settled("round(…)", rounded)
        return found if digits is None else Real(constant(Fraction(found)), float(found))

    def __trunc__(self) -> int:
        return int(self._settled("math.trunc(…)", math.trunc))

    def __floor__(self) -> int:
        return int(self._settled("math.floor(…)", math.floor))

    def __ceil__(self) -> int:
        return int(self._settled("math.ceil(…)", math.ceil))

    def __hash__(self) -> int:
        use = "hash(…), as for a dictionary's key or a set,"
        return hash(self._settled(use, lambda value: shortest(value) if isinstance(value, float) else value))

    def __index__(self) -> int:
        refuse(f"`{short(self)}` is used as an index or a length, which a float cannot be")

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

    def __int__(self) -> int:
        return 1 if self else 0

    __index__ = __int__

    def _other(self, other: Any, use: str) -> Condition:
        if not is_truth(other):
            refuse(f"`{use}` of the condition `{self.condition}` and {short(other)}, which is a number: its bits are meant")
        return condition_of(other)

    def __and__(self, other: Any) -> Any:
        return decided(conjunction(self.condition, self._other(other, "&")))

    def __or__(self, other: Any) -> Any:
        return decided(disjunction(self.condition, self._other(other, "|")))

    def __xor__(self, other: Any) -> Any:
        second = self._other(other, "^")
        both = conjunction(self.condition, second)
        return decided(conjunction(disjunction(self.condition, second), negate(both)))

    def __invert__(self) -> Any:
        refuse(f"`~` of the condition `{self.condition}` is -1 or -2 in Python, and its opposite in NumPy: write `not`")

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__


def short(value: Any) -> str:
    """The text of a value, cut to what a message can hold."""
    if type(value) is Real:
        value = value.expr
    elif type(value) is Truth:
        value = value.condition
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


# --- functions ---------------------------------------------------------------------------------------------------------

_FLOATS: dict[str, Callable[..., Any]] = {
    **{name: getattr(math, name) for name in PRIMITIVES if hasattr(math, name)},
    "abs": abs,
    "max": max,
    "min": min,
    "pow": operator.pow,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "deg2rad": math.radians,
    "rad2deg": math.degrees,
}
"""What Python computes for a function."""

_RATIONAL: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "max": max,
    "min": min,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "sign": lambda x: (x > 0) - (x < 0),
}
"""Functions that give a fraction for fractions."""


_JUMPS: dict[str, Callable[..., Any]] = {
    **{name: _RATIONAL[name] for name in ("floor", "ceil", "trunc", "sign")},
    "atan2": math.atan2,
    "fmod": lambda x, y: math.fmod(x, y) if isinstance(x, float) or isinstance(y, float) else x - y * math.trunc(Fraction(x) / y),
}
"""Functions that are not continuous."""


def on_numbers(make: Callable[..., Any], name: str = "", *, total: bool = False) -> Callable[..., Any]:
    """A function of expressions as a function of numbers that are traced."""
    floats = _FLOATS.get(name)

    def apply(*operands: Any) -> Any:
        if any(is_nonfinite(x) for x in operands):
            from micrograd.trace import infinities

            return infinities.apply(name, operands)
        lowered = [lower(x) for x in operands]
        for operand, expression in zip(operands, lowered, strict=True):
            if expression is NotImplemented:
                raise TypeError(f"{name or 'the function'} takes numbers, not {type(operand).__name__}")
        if name in _JUMPS:
            check_jump(name, _JUMPS[name], operands)
        shadow = None if floats is None else _computed(floats, *map(shadow_of, operands))
        return raised(make(*lowered), shadow, total and all(map(_total, operands)))

    apply.__name__ = apply.__qualname__ = name or "apply"
    return apply


def primitive(name: str) -> Callable[..., Any]:
    """A function of the registry, on numbers that are traced."""
    which = HEADS[name]
    row = PRIMITIVES[name]

    def make(*operands: Expr) -> Any:
        if len(operands) != row.arity:
            raise TypeError(f"{name}() takes {row.arity} operand{'s' if row.arity > 1 else ''}, not {len(operands)}")
        if name in _RATIONAL and all(x.key[0] is CONST for x in operands):
            return constant(Fraction(_RATIONAL[name](*[x.key[1] for x in operands])))
        return build(which, *operands)

    return on_numbers(make, name, total=(row.defined or row.domain) == "True")


def select(condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, else b; by cases if one of them is an infinity or NaN."""
    if is_nonfinite(a) or is_nonfinite(b):
        return a if bool(decided(condition_of(condition))) else b
    chosen = condition_of(condition)
    quiet = _total(condition) and _total(a) and _total(b)
    made = on_numbers(lambda x, y: choose(chosen, x, y), "where")(a, b)
    return Real(made.expr, None, quiet) if type(made) is Real else made


def _without_value(numpy_name: str, operands: tuple[Any, ...]) -> float:
    """The NaN or infinity that NumPy gives for constants."""
    import numpy as np

    with np.errstate(all="ignore"):
        found = float(getattr(np, numpy_name)(*map(shadow_of, operands)))
    if math.isfinite(found):
        refuse(f"numpy.{numpy_name}({', '.join(map(short, operands))}), which has no value and is {found!r} in floats")
    return found


def quietly(function: Callable[..., Any], numpy_name: str) -> Callable[..., Any]:
    """The function as NumPy computes it: without a value it gives NaN or an infinity, and raises nothing."""

    def apply(*operands: Any) -> Any:
        try:
            made = function(*operands)
        except (ZeroDivisionError, ValueError):
            return _without_value(numpy_name, operands)
        return Real(made.expr, made.shadow, all(map(_total, operands))) if type(made) is Real else made

    apply.__name__ = apply.__qualname__ = getattr(function, "__name__", "apply")
    return apply


def raising(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as ``math`` computes it: where it has no value it raises an error, also if its value is not used."""

    def apply(*operands: Any, **options: Any) -> Any:
        made, run = function(*operands, **options), RUN.get()
        if run is not None and type(made) is Real and made.shadow is None:
            run.require(made.expr, [x.expr for x in operands if type(x) is Real and x.quiet])
        return made

    apply.__name__ = apply.__qualname__ = getattr(function, "__name__", "apply")
    return apply


def is_total(name: str) -> bool:
    """Whether a function of the registry has a value everywhere."""
    row = PRIMITIVES.get(name)
    return row is not None and (row.defined or row.domain) == "True"


def is_certain_everywhere(x: Real) -> bool:
    """Whether the number has a value for all values of its variables."""
    return defined(x.expr) is TRUE


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
