"""What a traced function computes with: `Real` in the place of floats, `Truth` in the place of their comparisons.

A `Real` is an expression that behaves as a Python float does: ``==`` compares values and not structure, ``if`` on a comparison asks the
running trace which case it is in, and what needs the digits of a float (``int``, ``round``, formatting, hashing) is an error that says so.
The class has a method for each of Python's operators, and so more methods than a class should have.

A `Real` that is a constant carries its *shadow*, the float that Python computes in its place (`micrograd.trace.shadows`).  Such a constant
may be used as a number, rounded or compared, as long as the exact number and the float give the same answer.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from micrograd.trace import infinities
from micrograd.trace.lost import assumption, existing, is_lost, sure
from micrograd.trace.numerals import is_nonfinite, numeral, unboxed
from micrograd.trace.readings import shortest
from micrograd.trace.runs import RUN, abridged, assume, holds, refuse
from micrograd.trace.shadows import by_operator, check_comparison, check_jump, computed
from micrograd.trace.shadows import shadow_of as shadow_of
from micrograd.trace.whole import check_python, combined, size_of
from micrograd.trace.whole import is_truth as is_truth
from micrograd.verified.expr import CONST, FALSE, HEADS, NE, ONE, TRUE, ZERO, Condition, Expr, all_of, build, choose, compare, constant

Operator = Callable[[Any, Any], Any]

_apply_ufunc: list[Callable[..., Any]] = []
"""How NumPy's ufuncs work on traced numbers; set by `micrograd.trace.ufuncs`, which is above this module (`dispatch_ufuncs`)."""


def dispatch_ufuncs(apply: Callable[..., Any]) -> None:
    """Make NumPy's ufuncs work in this way on numbers that are traced."""
    _apply_ufunc[:] = [apply]


def lower(value: Any) -> Any:
    """The expression of a number, or of a truth value as 1 or 0; NotImplemented for anything else."""
    if type(value) is Real:
        return value.expr
    if isinstance(value, Expr):
        return value
    if type(value) is Truth:
        return choose(value.condition, ONE, ZERO)
    return numeral(value)


def exact(x: Any) -> Any:
    """A number as one that is traced; infinities and NaN as they are."""
    x = unboxed(x)
    if is_nonfinite(x) or type(x) is Real:
        return x
    expression = lower(x)
    if expression is NotImplemented:
        raise TypeError(f"a number is needed, not {type(x).__name__}")
    return Real(expression, shadow_of(x), assumed=assumption(x), whole=size_of(x))


def raised(
    value: Any, shadow: float | None = None, quiet: bool = True, lost: bool = False, assumed: Condition = TRUE, whole: Any = None
) -> Any:
    """An expression as a `Real`, a condition as a `Truth`, anything else as it is."""
    if isinstance(value, Expr):
        return Real(value, shadow, quiet, lost, assumed, whole)
    return decided(value, assumed) if isinstance(value, Condition) else value


def decided(condition: Condition, assumed: Condition = TRUE) -> Any:
    """A condition as a `Truth`; as a bool if it is settled."""
    if condition is TRUE or condition is FALSE:
        assume(assumed)
        return condition is TRUE
    return Truth(condition, assumed)


def condition_of(value: Any) -> Condition:
    """The condition of something that is used as one: a number is true unless it is 0."""
    if type(value) is Truth:
        return value.condition
    if isinstance(value, Condition):
        return value
    if isinstance(value, Real | Expr):
        assume(existing(value))
        return compare(NE, lower(value), ZERO)
    return TRUE if value else FALSE


def both(a: Any, b: Any) -> Any:
    """a and b."""
    return decided(condition_of(a) & condition_of(b), assumption(a, b))


def either(a: Any, b: Any) -> Any:
    """a or b."""
    return decided(condition_of(a) | condition_of(b), assumption(a, b))


def one_of(a: Any, b: Any) -> Any:
    """a or b and not both."""
    first, second = condition_of(a), condition_of(b)
    return decided((first | second) & ~(first & second), assumption(a, b))


def opposite(a: Any) -> Any:
    """not a."""
    return decided(~condition_of(a), assumption(a))


def short(value: Any) -> str:
    """The text of a value, cut to what a message can hold."""
    return abridged(value.expr if type(value) is Real else value.condition if type(value) is Truth else value)


def rational(value: Any) -> Any:
    """The exact number that a constant is; None for what is irrational or depends on the arguments."""
    expression = lower(value)
    return expression.key[1] if expression.head is CONST else None


def is_quiet(operand: Any) -> bool:
    """Whether computing the operand raised nothing."""
    return type(operand) is not Real or operand.quiet


def _nonzero(operand: Any) -> bool:
    shadow = shadow_of(operand)
    return shadow is not None and shadow != 0


def _assumed(operation: Operator, a: Any, b: Any) -> Condition:
    """Where the result of an operation is what was read: x/∞ is 0, x % ∞ is x, and the power 0 of anything is 1."""
    if operation in _ALWAYS:
        return assumption(a, b)
    return all_of(assumption(a), existing(b)) if operation is operator.truediv else existing(a, b)


_NEVER_NEGATIVE = frozenset(("abs", "sqrt", "exp", "square", "hypot", "cosh", "sigmoid"))


def _loses(operation: Operator, base: Expr, b: Any) -> bool:
    """Whether an operation may give NaN, an infinity or a complex number without an error."""
    run = RUN.get()
    numpy = run is None or run.numpy
    if operation in _ALWAYS or (operation is not operator.pow and (not numpy or _nonzero(b))):
        return False
    if operation is not operator.pow:
        return True
    n = rational(b)
    if n is not None and n.denominator == 1:
        return numpy and n < 0
    return not ((base.head is CONST and base.key[1] > 0) or (base.head.name in _NEVER_NEGATIVE and n is not None and (n > 0 or not numpy)))


_ALWAYS = (operator.add, operator.sub, operator.mul)


def _stays_quiet(operation: Operator, a: Any, b: Any) -> bool:
    """Whether the operation raises nothing where it has no value, or has one everywhere."""
    if not (is_quiet(a) and is_quiet(b)):
        return False
    return (
        operation in _ALWAYS or (operation is operator.truediv and _nonzero(b)) or (operation is operator.pow and (shadow_of(b) or -1) > 0)
    )


def _arithmetic(operation: Operator, make: Operator | None = None) -> tuple[Operator, Operator]:
    of_expressions = make or operation

    def apply(a: Any, b: Any) -> Any:
        left, right = (x if is_nonfinite(x) else lower(x) for x in (a, b))
        if left is NotImplemented or right is NotImplemented or isinstance(a, Decimal) or isinstance(b, Decimal):
            return NotImplemented  # Python computes with no float and decimal together
        if is_nonfinite(a) or is_nonfinite(b):
            found = exact(infinities.arithmetic(operation, left, right, (shadow_of(a), shadow_of(b))))
            assume(existing(a, b))
            return found
        if operation is operator.add and is_truth(a) and is_truth(b):
            refuse("the sum of two conditions: it is a number in Python, and a condition in NumPy; write `1 if … else 0` or numpy.where")
        if operation is not operator.truediv and is_truth(a) and is_truth(b):
            if operation is operator.mul:
                return both(a, b)  # so that a sum of such is refused
            check_python(operation.__name__, a)
        if operation in (operator.floordiv, operator.mod):
            check_jump(operation.__name__, operation, (shadow_of(a), shadow_of(b)), (rational(a), rational(b)))
            if size_of(a) is not None and size_of(b) is not None:
                assume(compare(NE, right, ZERO))  # where NumPy's integers give 0
        return Real(
            of_expressions(left, right),
            computed(by_operator(operation), shadow_of(a), shadow_of(b)),
            _stays_quiet(operation, a, b),
            is_lost(a, b) or _loses(operation, left, b),
            _assumed(operation, a, b),
            combined(operation, a, b),
        )

    return apply, lambda self, other: apply(other, self)


def _floor_division(a: Expr, b: Expr) -> Expr:
    """a // b."""
    return build(HEADS["floor"], a / b)  # type: ignore[no-any-return]


def _remainder(a: Expr, b: Expr) -> Expr:
    """a % b, with the sign of b."""
    return a - b * _floor_division(a, b)


def _comparison(name: str) -> Operator:
    which, settle = HEADS[name], getattr(operator, name)

    def compare_values(self: Any, other: Any) -> Any:
        assumed = existing(self, other)
        if is_nonfinite(other):
            return raised(infinities.comparison(settle, lower(self), other), assumed=assumed)
        right = lower(other)
        if right is NotImplemented:
            if isinstance(other, complex):
                refuse(f"a comparison of `{short(self)}` with the complex number {other}")
            return NotImplemented
        condition = compare(which, lower(self), right)
        a, b = shadow_of(self), shadow_of(other)
        if a is not None and b is not None and (lower(self) is not right or a != b):
            check_comparison(condition, settle(a, b), a, b)
        return decided(condition, assumed)

    return compare_values


_OF_NUMBERS = frozenset(name for name in (*dir(int), *dir(float)) if not name.startswith("_"))
"""Attributes that Python's numbers have: that one is missing here is never seen by the function, which might do without."""


class Numeric:
    """Arithmetic and comparisons, which numbers and truth values share."""

    __slots__ = ()

    __add__, __radd__ = _arithmetic(operator.add)
    __sub__, __rsub__ = _arithmetic(operator.sub)
    __mul__, __rmul__ = _arithmetic(operator.mul)
    __truediv__, __rtruediv__ = _arithmetic(operator.truediv)
    __pow__, __rpow__ = _arithmetic(operator.pow)
    __floordiv__, __rfloordiv__ = _arithmetic(operator.floordiv, _floor_division)
    __mod__, __rmod__ = _arithmetic(operator.mod, _remainder)
    __lt__, __le__, __gt__, __ge__ = map(_comparison, ("lt", "le", "gt", "ge"))
    __eq__, __ne__ = _comparison("eq"), _comparison("ne")

    def __getattr__(self, name: str) -> Any:
        if name in _OF_NUMBERS:
            refuse(f"`.{name}` of `{short(self)}`, which is not the same for ints, floats and NumPy's floats")
        raise AttributeError(f"number object has no attribute {name!r}")

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __neg__(self) -> Real:
        check_python("-", self)
        return Real(-lower(self), computed(operator.neg, shadow_of(self)), is_quiet(self), is_lost(self), assumption(self), size_of(self))

    def __pos__(self) -> Real:
        check_python("+", self)
        return Real(lower(self), shadow_of(self), is_quiet(self), is_lost(self), assumption(self), size_of(self))

    def __abs__(self) -> Real:
        check_python("abs", self)
        made = build(HEADS["abs"], lower(self)) if rational(self) is None else constant(abs(rational(self)))
        return Real(made, computed(abs, shadow_of(self)), is_quiet(self), is_lost(self), existing(self), size_of(self))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return _apply_ufunc[0](ufunc, method, inputs, kwargs)

    def __repr__(self) -> str:
        return _as_text(self, None)

    def __str__(self) -> str:
        return _as_text(self, "")

    def __format__(self, specification: str) -> str:
        return _as_text(self, specification)


def _as_text(value: Any, specification: str | None) -> str:
    run = RUN.get()
    if run is None:
        return short(value)
    if specification is None and run.numpy:
        refuse(f"repr(…) of `{short(value)}`, as within a list: it is not the same for floats and NumPy's floats")
    shadow = shadow_of(value)
    if shadow is None:
        refuse(f"the text of `{short(value)}`, which depends on the arguments")
    if isinstance(shadow, int):
        refuse(f"the text of `{short(value)}`, which is not the same for ints and floats")
    return format(shadow, specification) if specification else repr(shadow)


class Real(Numeric):
    """A real number that depends on the traced function's arguments.

    Attributes:
        expr: its expression.
        shadow: of a constant, the float that Python computes in its place.
        quiet: whether computing it raises nothing, in Python or NumPy, where it has no value.
        lost: whether it may be NaN, infinite or complex where it has no value, without an error.
        assumed: where it is what was read.
        whole: None for a float, a bound of the size of an integer (`micrograd.trace.whole`).
    """

    __slots__ = ("assumed", "expr", "lost", "quiet", "shadow", "whole")

    def __init__(
        self, expr: Expr, shadow: float | None = None, quiet: bool = True, lost: bool = False, assumed: Condition = TRUE, whole: Any = None
    ) -> None:
        self.expr, self.shadow, self.quiet, self.lost, self.assumed, self.whole = expr, shadow, quiet, lost, assumed, whole

    @property
    def value(self) -> Any:
        """The number, if it is a constant."""
        return rational(self)

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
        return sure(self)  # type: ignore[no-any-return]

    @property
    def imag(self) -> Any:
        return Real(ZERO, 0.0, assumed=existing(self)) if self.lost else 0

    def item(self) -> Real:
        return sure(self)  # type: ignore[no-any-return]

    conjugate = item


class Truth(Numeric):
    """A condition on the arguments.  ``bool()`` of it is what the running case says."""

    __slots__ = ("assumed", "condition")
    __hash__ = None  # type: ignore[assignment]
    whole = 1

    def __init__(self, condition: Condition, assumed: Condition = TRUE) -> None:
        self.condition, self.assumed = condition, assumed

    def __bool__(self) -> bool:
        assume(self.assumed)
        return holds(self.condition)

    def __int__(self) -> int:
        return 1 if self else 0

    def __index__(self) -> int:
        check_python("an index by", self)
        return int(self)

    def _other(self, other: Any, use: str) -> Any:
        if not is_truth(other):
            refuse(f"`{use}` of the condition `{self.condition}` and {short(other)}, which is a number: this works on its bits")
        return other

    def __and__(self, other: Any) -> Any:
        return both(self, self._other(other, "&"))

    def __or__(self, other: Any) -> Any:
        return either(self, self._other(other, "|"))

    def __xor__(self, other: Any) -> Any:
        return one_of(self, self._other(other, "^"))

    def __invert__(self) -> Any:
        refuse(f"`~` of the condition `{self.condition}` is -1 or -2 in Python, and its opposite in NumPy: write `not`")

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__
