"""Real expressions: leaves, and arithmetic that is exact on constants.

Constants are exact: ``int`` or ``Fraction``; a Python float stands for exactly its binary value.  ``==`` compares structure; the
*condition* "a equals b" is `eq`.

Constructors fold arithmetic on constants (``2/3`` is one constant, in at most `FOLD_BITS` bits; larger results stay symbolic).  They do
nothing else: every other rewriting is `micrograd.verified.simplify`, where each rule is a theorem.

Trust: the kernel relies on the exact arithmetic of ``fractions``.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar

from micrograd.verified.conditions import FALSE, TRUE, Condition, compare
from micrograd.verified.heads import (
    ADD,
    CONST,
    DIV,
    EQ,
    EULER,
    GE,
    GT,
    HEADS,
    LE,
    LT,
    MUL,
    NE,
    NEG,
    PI,
    POW,
    POWI,
    SUB,
    VAR,
    WHERE,
    Head,
)
from micrograd.verified.interning import file_as, file_node
from micrograd.verified.names import FUNCTION_NAMES, NAMES_RESERVED, is_fresh, is_name
from micrograd.verified.nodes import Node, ill_sorted

FOLD_BITS = 4096
"""Exact folding of constants stops where a numerator or a denominator, of an operand or of the result, exceeds this many bits."""
MAX_BITS = 1 << 16
"""Constants have at most this many bits in numerator and denominator; longer ones are refused."""


class Expr(Node):
    """A real-valued expression.  ``+ - * / **`` and comparisons build expressions and conditions."""

    __slots__ = ()

    def __add__(self, other: ExprLike) -> Expr:
        if type(other) is Expr and self.key[0] is not CONST:
            return file_node(Expr, (ADD, self, other))
        return _binary(add, self, other)

    def __radd__(self, other: ExprLike) -> Expr:
        return _binary(add, other, self)

    def __sub__(self, other: ExprLike) -> Expr:
        return _binary(sub, self, other)

    def __rsub__(self, other: ExprLike) -> Expr:
        return _binary(sub, other, self)

    def __mul__(self, other: ExprLike) -> Expr:
        if type(other) is Expr and self.key[0] is not CONST:
            return file_node(Expr, (MUL, self, other))
        return _binary(mul, self, other)

    def __rmul__(self, other: ExprLike) -> Expr:
        return _binary(mul, other, self)

    def __truediv__(self, other: ExprLike) -> Expr:
        return _binary(div, self, other)

    def __rtruediv__(self, other: ExprLike) -> Expr:
        return _binary(div, other, self)

    def __pow__(self, other: ExprLike) -> Expr:
        return _binary(power, self, other)

    def __rpow__(self, other: ExprLike) -> Expr:
        return _binary(power, other, self)

    def __neg__(self) -> Expr:
        return neg(self)

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return file_node(Expr, (HEADS["abs"], self))

    def __lt__(self, other: ExprLike) -> Condition:
        return _compare(LT, self, other)

    def __le__(self, other: ExprLike) -> Condition:
        return _compare(LE, self, other)

    def __gt__(self, other: ExprLike) -> Condition:
        return _compare(GT, self, other)

    def __ge__(self, other: ExprLike) -> Condition:
        return _compare(GE, self, other)

    def __bool__(self) -> bool:
        raise TypeError(f"`{self!r}` is an expression, neither true nor false; compare it, as in `x > 0`")

    def __float__(self) -> float:
        if self.key[0] is CONST:
            return float(self.key[1])
        raise TypeError(f"`{self!r}` is symbolic; use evaluate(expression, {{name: value}}) for a number")


ExprLike: TypeAlias = Expr | int | float | Fraction
N = TypeVar("N", Expr, Condition)

# --- leaves ----------------------------------------------------------------------------------------------------------


def const(value: ExprLike) -> Expr:
    """The exact constant; a float denotes its binary value.

    >>> const(0.5) + const(Fraction(1, 3))
    5/6

    Raises:
        TypeError: not a real number.  ValueError: NaN or infinite, or more than `MAX_BITS` bits.
    """
    made = _coerce(value)
    if made is NotImplemented:
        raise TypeError(f"{value!r} of type {type(value).__name__} is not a real number")
    return made  # type: ignore[no-any-return]


def constant(value: int | Fraction) -> Expr:
    """The constant of an exact number: an integral Fraction is stored as its int."""
    if type(value) is Fraction:
        p, q = value.numerator, value.denominator
        return file_node(Expr, (CONST, p)) if q == 1 else file_as(Expr, (CONST, p, q), (CONST, value))
    return file_node(Expr, (CONST, value))


def bounded(value: int | Fraction) -> Expr:
    """`constant`, if the number has at most `MAX_BITS` bits.

    Raises:
        ValueError: it has more.
    """
    if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        raise ValueError(f"the number has more than {MAX_BITS} bits; no constant is that long")
    return constant(value)


def _coerce(value: Any) -> Any:
    if isinstance(value, Expr):
        return value
    if type(value) is int or type(value) is Fraction:
        return bounded(value)
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        raise TypeError("a truth value is not a number; use where(condition, 1, 0)")
    if isinstance(value, numbers.Integral):
        return bounded(int(value))
    if isinstance(value, numbers.Rational):
        return bounded(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, numbers.Real):
        if not math.isfinite(value):
            raise ValueError(f"{value!r} is not a real number")
        number: Any = value if hasattr(value, "as_integer_ratio") else float(value)
        return bounded(Fraction(*map(int, number.as_integer_ratio())))
    return NotImplemented


as_expr = const
"""Turn a number into a constant and leave an expression as it is."""


def var(name: str) -> Expr:
    """The variable of that name.

    >>> x = var("x"); (x + 1) * x
    (x + 1)*x

    Raises:
        ValueError: not an ASCII identifier, or a reserved word, or a function's name.
    """
    if not isinstance(name, str):
        raise TypeError(f"a variable's name is a str, not {type(name).__name__}")
    name = str.__str__(name)
    if not is_name(name):
        raise ValueError(f"{name!r} is not a variable name: ASCII letters, digits and _, no digit first")
    if name in NAMES_RESERVED or name in FUNCTION_NAMES:
        raise ValueError(f"{name!r} is reserved; choose another variable name")
    return file_node(Expr, (VAR, name))


def named(name: str) -> Expr:
    """The variable with a name that was read off a node: as `var`, but the names of `fresh_variable` are allowed too."""
    return file_node(Expr, (VAR, name)) if "@" in name and is_fresh(name) else var(name)


ZERO, ONE, MINUS_ONE = constant(0), constant(1), constant(-1)
pi: Expr = file_node(Expr, (PI,))
e: Expr = file_node(Expr, (EULER,))

# --- arithmetic ------------------------------------------------------------------------------------------------------


def _binary(make: Callable[[Expr, Expr], Expr], a: Any, b: Any) -> Expr:
    a, b = _coerce(a), _coerce(b)
    return NotImplemented if a is NotImplemented or b is NotImplemented else make(a, b)


def fits(value: int | Fraction) -> bool:
    """Whether exact folding may produce this number."""
    return value.numerator.bit_length() <= FOLD_BITS and value.denominator.bit_length() <= FOLD_BITS


def add(a: Expr, b: Expr) -> Expr:
    """a + b."""
    if a.key[0] is CONST and b.key[0] is CONST and fits(a.key[1]) and fits(b.key[1]):
        value = a.key[1] + b.key[1]
        if fits(value):
            return constant(value)
    if type(a) is not Expr or type(b) is not Expr:
        raise ill_sorted(ADD, a, b)
    return file_node(Expr, (ADD, a, b))


def sub(a: Expr, b: Expr) -> Expr:
    """a - b."""
    if a.key[0] is CONST and b.key[0] is CONST and fits(a.key[1]) and fits(b.key[1]):
        value = a.key[1] - b.key[1]
        if fits(value):
            return constant(value)
    if type(a) is not Expr or type(b) is not Expr:
        raise ill_sorted(SUB, a, b)
    return file_node(Expr, (SUB, a, b))


def mul(a: Expr, b: Expr) -> Expr:
    """a * b."""
    if a.key[0] is CONST and b.key[0] is CONST and fits(a.key[1]) and fits(b.key[1]):
        value = a.key[1] * b.key[1]
        if fits(value):
            return constant(value)
    if type(a) is not Expr or type(b) is not Expr:
        raise ill_sorted(MUL, a, b)
    return file_node(Expr, (MUL, a, b))


def div(a: Expr, b: Expr) -> Expr:
    """a / b; undefined where b is 0 (``1/0`` stays symbolic)."""
    if a.key[0] is CONST and b.key[0] is CONST and b.key[1] != 0:
        p, q = a.key[1], b.key[1]
        if type(p) is int and type(q) is int:
            return constant(Fraction(p, q))
        if fits(p) and fits(q):
            value = Fraction(p) / q
            if fits(value):
                return constant(value)
    if type(a) is not Expr or type(b) is not Expr:
        raise ill_sorted(DIV, a, b)
    return file_node(Expr, (DIV, a, b))


def neg(a: Expr) -> Expr:
    """-a."""
    if a.key[0] is CONST:
        return constant(-a.key[1])
    if not isinstance(a, Expr):
        raise ill_sorted(NEG, a)
    return file_node(Expr, (NEG, a))


def fold_power(base: int | Fraction, n: int) -> int | Fraction | None:
    """base**n if it is defined and within `FOLD_BITS`, else None; never computes a large number."""
    if base == 0 and n < 0:
        return None
    if base not in (0, 1, -1):
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(n) > FOLD_BITS or (bits - 1) * abs(n) > FOLD_BITS:
            return None
    elif abs(n) > 2:
        n = 2 + n % 2
    value = Fraction(base) ** n
    return value if fits(value) else None


def power(a: Expr, b: Expr) -> Expr:
    """a ** b over the reals: a > 0, or an integer b (and a != 0 if b < 0), or a = 0 with b > 0; a ** 0 is 1.

    An integer constant exponent makes the primitive ``powi``, any other exponent ``pow``; ``a ** 1`` is ``a``.
    """
    if type(a) is not Expr or type(b) is not Expr:
        raise ill_sorted(POW, a, b)
    if b.key[0] is not CONST or type(b.key[1]) is not int:
        return file_node(Expr, (POW, a, b))
    n = b.key[1]
    if n == 1:
        return a
    if a.key[0] is CONST:
        value = fold_power(a.key[1], n)
        if value is not None:
            return constant(value)
    return file_node(Expr, (POWI, a, b))


# --- comparing and choosing ------------------------------------------------------------------------------------------


def _compare(which: Head, a: Any, b: Any) -> Condition:
    a, b = _coerce(a), _coerce(b)
    return NotImplemented if a is NotImplemented or b is NotImplemented else compare(which, a, b)


def eq(a: ExprLike, b: ExprLike) -> Condition:
    """The condition a = b."""
    return compare(EQ, as_expr(a), as_expr(b))


def ne(a: ExprLike, b: ExprLike) -> Condition:
    """The condition a ≠ b."""
    return compare(NE, as_expr(a), as_expr(b))


def where(condition: Condition | bool, a: ExprLike, b: ExprLike) -> Expr:
    """a where the condition holds, else b; only the chosen branch needs to be defined.

    >>> x = var("x"); where(x > 0, x, -x)
    where(x > 0, x, -x)
    """
    if isinstance(condition, bool):
        condition = TRUE if condition else FALSE
    if not isinstance(condition, Condition):
        raise TypeError(f"where() chooses by a condition such as `x > 0`, not by {condition!r}")
    return choose(condition, as_expr(a), as_expr(b))


def choose(condition: Condition, a: Expr, b: Expr) -> Expr:
    """`where` on nodes; if the condition is settled, just the branch that it chooses."""
    if type(condition) is not Condition or type(a) is not Expr or type(b) is not Expr:
        raise ill_sorted(WHERE, condition, a, b)
    if condition is TRUE:
        return a
    if condition is FALSE:
        return b
    return file_node(Expr, (WHERE, condition, a, b))
