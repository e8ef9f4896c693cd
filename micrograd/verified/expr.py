"""Expressions: immutable, interned, exact.

An expression is a node whose ``key`` is ``(head, *children)``; a leaf's key is ``(head, payload)``.  Nodes are *interned*: two
structurally equal expressions are the same object, so that equality is ``is``, hashing is O(1), and shared subterms stay
shared.  A node that nobody refers to is released.

Real expressions are `Expr`, truth values are `Condition`.  Constants are exact: ``int`` or ``Fraction``; a Python float stands for
exactly its binary value.  ``==`` compares structure; the *condition* "a equals b" is `eq(a, b)`.

Constructors fold arithmetic on constants (``2/3`` is one constant, in at most `FOLD_BITS` bits; larger results stay
symbolic) and settle comparisons of constants.  They do nothing else: every other rewriting is `micrograd.verified.simplify`, where each
rule is a theorem.

Trust: the kernel relies on "same structure, same object" and on the exact arithmetic of ``fractions``.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

from micrograd.verified.heads import ADD as ADD
from micrograd.verified.heads import AND as AND
from micrograd.verified.heads import BOOL as BOOL
from micrograd.verified.heads import CONST as CONST
from micrograd.verified.heads import DIV as DIV
from micrograd.verified.heads import EQ as EQ
from micrograd.verified.heads import EULER as EULER
from micrograd.verified.heads import GE as GE
from micrograd.verified.heads import GT as GT
from micrograd.verified.heads import HEADS as HEADS
from micrograd.verified.heads import LE as LE
from micrograd.verified.heads import LT as LT
from micrograd.verified.heads import MUL as MUL
from micrograd.verified.heads import NE as NE
from micrograd.verified.heads import NEG as NEG
from micrograd.verified.heads import NOT as NOT
from micrograd.verified.heads import OR as OR
from micrograd.verified.heads import PI as PI
from micrograd.verified.heads import POW as POW
from micrograd.verified.heads import POWI as POWI
from micrograd.verified.heads import SUB as SUB
from micrograd.verified.heads import VAR as VAR
from micrograd.verified.heads import WHERE as WHERE
from micrograd.verified.heads import Head as Head
from micrograd.verified.heads import head as head
from micrograd.verified.interning import Interned, file_as
from micrograd.verified.interning import file_node as file_node
from micrograd.verified.interning import is_intact as is_intact
from micrograd.verified.interning import live_nodes as live_nodes
from micrograd.verified.interning import paused_collection as paused_collection
from micrograd.verified.names import FUNCTION_NAMES as FUNCTION_NAMES
from micrograd.verified.names import NAMES_RESERVED as NAMES_RESERVED
from micrograd.verified.names import SOFT_NAMES as SOFT_NAMES
from micrograd.verified.names import is_fresh, is_variable_name
from micrograd.verified.names import is_name as is_name

FOLD_BITS = 4096
"""Exact folding of constants stops where a numerator or a denominator, of an operand or of the result, exceeds this many bits."""
MAX_BITS = 1 << 16
"""Constants have at most this many bits in numerator and denominator; more is refused where they come in."""


class Node(Interned):
    """A node of the expression graph; see the module's text.  Made by the constructor functions only, and never changed."""

    __slots__ = ()

    def __init__(self) -> None:
        raise TypeError("expressions are made by var(), const(), parse() and operators")

    def __init_subclass__(cls) -> None:
        if cls.__module__ != __name__:
            raise TypeError("there are no expressions but those of this package: Node, Expr and Condition have no further subclasses")

    @property
    def head(self) -> Head:
        """The head at the root."""
        return self.key[0]  # type: ignore[no-any-return]

    @property
    def args(self) -> tuple[Any, ...]:
        """The children; empty for leaves."""
        return () if self.key[0].leaf else self.key[1:]

    def __copy__(self) -> Node:
        return self

    def __deepcopy__(self, memo: object) -> Node:
        return self

    def __str__(self) -> str:
        from micrograd.verified.printing import to_text

        return to_text(self)

    def __repr__(self) -> str:
        text = str(self)
        return text if len(text) <= 2000 else f"{text[:2000]}… ({len(text)} characters)"

    def __reduce__(self) -> tuple[Any, ...]:
        from micrograd.verified.wengert import from_wengert, to_wengert

        return from_wengert, (to_wengert([self]),)

    def _repr_latex_(self) -> str:
        from micrograd.verified.latex import to_latex

        return f"${to_latex(self)}$"


class Condition(Node):
    """A truth value that depends on variables: a comparison, or ``&``, ``|``, ``~`` of conditions."""

    __slots__ = ()

    def __and__(self, other: Condition) -> Condition:
        return all_of(self, other) if isinstance(other, Condition) else NotImplemented

    def __or__(self, other: Condition) -> Condition:
        return any_of(self, other) if isinstance(other, Condition) else NotImplemented

    def __invert__(self) -> Condition:
        return negate(self)

    def __bool__(self) -> bool:
        if self.key[0] is BOOL:
            return bool(self.key[1])
        raise TypeError(
            f"the truth of `{self!r}` depends on its variables: use where(condition, a, b) to choose, "
            "& | ~ to combine, and write a < b < c as (a < b) & (b < c)"
        )


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


def fresh_variable(stem: str, *nodes: Node) -> Expr:
    """A variable that occurs in none of the nodes, and whose name no user can have written: ``stem@1``, ``stem@2``, ….

    Linear in the graph of the nodes.  The same stem and nodes give the same variable.  It can be evaluated, substituted and printed; what
    reads text, JSON, pickles and certificates refuses it.  `named` gives it back by its name.

    >>> x = var("x"); fresh_variable("x", x**2)
    x@1

    Raises:
        ValueError: the stem is neither an identifier nor the name of a fresh variable.
    """
    if is_fresh(stem):
        stem = stem[: stem.index("@")]
    if not is_name(stem):
        raise ValueError(f"{stem!r} is not a variable name: ASCII letters, digits and _, no digit first")
    taken = {node.key[1] for node in postorder(nodes) if node.key[0] is VAR}
    number = 1
    while f"{stem}@{number}" in taken:
        number += 1
    return file_node(Expr, (VAR, f"{stem}@{number}"))


def named(name: str) -> Expr:
    """The variable of a name that was read off a node: `var`, and the variables of `fresh_variable` too."""
    return file_node(Expr, (VAR, name)) if "@" in name and is_fresh(name) else var(name)


ZERO, ONE, MINUS_ONE = constant(0), constant(1), constant(-1)
TRUE: Condition = file_node(Condition, (BOOL, True))
FALSE: Condition = file_node(Condition, (BOOL, False))
pi: Expr = file_node(Expr, (PI,))
e: Expr = file_node(Expr, (EULER,))

# --- arithmetic ------------------------------------------------------------------------------------------------------


def _binary(make: Callable[[Expr, Expr], Expr], a: Any, b: Any) -> Expr:
    a, b = _coerce(a), _coerce(b)
    return NotImplemented if a is NotImplemented or b is NotImplemented else make(a, b)


def _ill_sorted(which: Head, *operands: Any) -> TypeError:
    return TypeError(f"{which.name} cannot stand over ({', '.join(type(operand).__name__ for operand in operands)})")


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
        raise _ill_sorted(ADD, a, b)
    return file_node(Expr, (ADD, a, b))


def sub(a: Expr, b: Expr) -> Expr:
    """a - b."""
    if a.key[0] is CONST and b.key[0] is CONST and fits(a.key[1]) and fits(b.key[1]):
        value = a.key[1] - b.key[1]
        if fits(value):
            return constant(value)
    if type(a) is not Expr or type(b) is not Expr:
        raise _ill_sorted(SUB, a, b)
    return file_node(Expr, (SUB, a, b))


def mul(a: Expr, b: Expr) -> Expr:
    """a * b."""
    if a.key[0] is CONST and b.key[0] is CONST and fits(a.key[1]) and fits(b.key[1]):
        value = a.key[1] * b.key[1]
        if fits(value):
            return constant(value)
    if type(a) is not Expr or type(b) is not Expr:
        raise _ill_sorted(MUL, a, b)
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
        raise _ill_sorted(DIV, a, b)
    return file_node(Expr, (DIV, a, b))


def neg(a: Expr) -> Expr:
    """-a."""
    if a.key[0] is CONST:
        return constant(-a.key[1])
    if not isinstance(a, Expr):
        raise _ill_sorted(NEG, a)
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
        raise _ill_sorted(POW, a, b)
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


# --- conditions ------------------------------------------------------------------------------------------------------

_COMPARISONS: dict[Head, Callable[[Any, Any], bool]] = {
    LT: lambda a, b: a < b,
    LE: lambda a, b: a <= b,
    GT: lambda a, b: a > b,
    GE: lambda a, b: a >= b,
    EQ: lambda a, b: a == b,
    NE: lambda a, b: a != b,
}


def compare(which: Head, a: Expr, b: Expr) -> Condition:
    """The comparison, settled at once between constants."""
    if a.key[0] is CONST and b.key[0] is CONST:
        return TRUE if _COMPARISONS[which](a.key[1], b.key[1]) else FALSE
    if type(a) is not Expr or type(b) is not Expr:
        raise _ill_sorted(which, a, b)
    return file_node(Condition, (which, a, b))


def _compare(which: Head, a: Any, b: Any) -> Condition:
    a, b = _coerce(a), _coerce(b)
    return NotImplemented if a is NotImplemented or b is NotImplemented else compare(which, a, b)


def eq(a: ExprLike, b: ExprLike) -> Condition:
    """The condition a = b."""
    return compare(EQ, as_expr(a), as_expr(b))


def ne(a: ExprLike, b: ExprLike) -> Condition:
    """The condition a ≠ b."""
    return compare(NE, as_expr(a), as_expr(b))


def conjunction(a: Condition, b: Condition) -> Condition:
    """a and b; b is looked at only where a holds."""
    if type(a) is not Condition or type(b) is not Condition:
        raise _ill_sorted(AND, a, b)
    if a is TRUE or a is b:
        return b
    if b is TRUE or a is FALSE:
        return a
    return file_node(Condition, (AND, a, b))


def disjunction(a: Condition, b: Condition) -> Condition:
    """a or b; b is looked at only where a fails."""
    if type(a) is not Condition or type(b) is not Condition:
        raise _ill_sorted(OR, a, b)
    if a is FALSE or a is b:
        return b
    if b is FALSE or a is TRUE:
        return a
    return file_node(Condition, (OR, a, b))


def all_of(*conditions: Condition) -> Condition:
    """The conjunction, left to right."""
    result = TRUE
    for condition in conditions:
        result = conjunction(result, condition)
    return result


def any_of(*conditions: Condition) -> Condition:
    """The disjunction, left to right."""
    result = FALSE
    for condition in conditions:
        result = disjunction(result, condition)
    return result


def negate(condition: Condition) -> Condition:
    """not c."""
    if type(condition) is not Condition:
        raise _ill_sorted(NOT, condition)
    if condition is TRUE or condition is FALSE:
        return FALSE if condition is TRUE else TRUE
    return file_node(Condition, (NOT, condition))


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
    """`where` on nodes; a settled condition leaves its branch."""
    if type(condition) is not Condition or type(a) is not Expr or type(b) is not Expr:
        raise _ill_sorted(WHERE, condition, a, b)
    if condition is TRUE:
        return a
    if condition is FALSE:
        return b
    return file_node(Expr, (WHERE, condition, a, b))


# --- making nodes by head --------------------------------------------------------------------------------------------

CONSTRUCTORS: Mapping[Head, Callable[..., Any]] = MappingProxyType(
    {
        ADD: add,
        SUB: sub,
        MUL: mul,
        DIV: div,
        NEG: neg,
        POW: power,
        POWI: power,
        WHERE: choose,
        AND: conjunction,
        OR: disjunction,
        NOT: negate,
        **{h: (lambda a, b, h=h: compare(h, a, b)) for h in _COMPARISONS},
    }
)


def build(which: Head, *children: Any) -> Any:
    """The node with this head over these children, as the constructor functions make it."""
    make = CONSTRUCTORS.get(which)
    if make is not None:
        return make(*children)
    cls: Any = Condition if which.boolean else Expr
    return intern_node(cls, (which, *children))


def is_well_formed(key: Any) -> bool:
    """Whether a key says what a node may be: a registered head over as many operands as it takes, of the right sorts; the exponent of
    ``powi`` an integer; a constant an exact number in lowest terms; a variable with a name that variables have."""
    which = key[0]
    if type(which) is not Head or HEADS.get(which.name) is not which:
        return False
    if which.leaf:
        return len(key) == 2 and _PAYLOADS[which](key[1])
    if [type(operand) for operand in key[1:]] != (_SORTS.get(which) or [Expr] * which.arity):
        return False
    return which is not POWI or (key[2].key[0] is CONST and type(key[2].key[1]) is int)


_SORTS: Mapping[Head, list[type]] = {
    WHERE: [Condition, Expr, Expr],
    AND: [Condition, Condition],
    OR: [Condition, Condition],
    NOT: [Condition],
}
"""The sorts of operands, where they are not all expressions."""
_PAYLOADS: dict[Head, Callable[[Any], bool]] = {
    VAR: is_variable_name,
    CONST: lambda value: type(value) is int or (type(value) is Fraction and value.denominator != 1),
    BOOL: lambda value: value is True or value is False,
}


def intern_node(cls: type[N], key: tuple[Any, ...]) -> N:
    """The one node with this key ``(head, *children)`` or ``(head, payload)``, as it stands: nothing is folded.

    Raises:
        TypeError: the key is not that of a well-formed node of this class.
    """
    if type(key) is not tuple or not key or not is_well_formed(key) or key[0].boolean is not (cls is Condition):
        raise TypeError(f"{key!r:.200} is not the key of a node")
    if key[0] is CONST:
        return constant(key[1])  # type: ignore[return-value]
    return file_node(cls, key)


def postorder(roots: Iterable[Node]) -> list[Any]:
    """All distinct nodes below the roots, children before parents.  Linear in the number of nodes; no recursion."""
    order: list[Any] = []
    seen: set[Any] = set()
    stack: list[Any] = list(roots)
    stack.reverse()
    pop, push, emit, mark = stack.pop, stack.append, order.append, seen.add
    while stack:
        node = pop()
        if node is None:
            emit(pop())
        elif node not in seen:
            mark(node)
            key = node.key
            if key[0].arity:
                push(node)
                push(None)
                stack.extend(key[:0:-1])
            else:
                emit(node)
    return order


def variables(*roots: Node) -> list[Expr]:
    """The variables that occur, sorted by name."""
    return sorted((n for n in postorder(roots) if n.key[0] is VAR), key=lambda n: str(n.key[1]))


@paused_collection()
def substitute(root: N, replacements: dict[Expr, ExprLike]) -> N:
    """Replace subexpressions (usually variables) all at once.  Linear; shared parts stay shared.

    >>> x, y = var("x"), var("y"); substitute(x / y, {x: y, y: 2})
    y/2
    """
    done: dict[Any, Any] = {key: as_expr(value) for key, value in replacements.items()}
    for node in postorder([root]):
        if node not in done:
            key = node.key
            done[node] = build(key[0], *[done[c] for c in key[1:]]) if key[0].arity else node
    return done[root]  # type: ignore[no-any-return]


def count_nodes(*roots: Node) -> int:
    """Number of distinct nodes of the graph."""
    return len(postorder(roots))


__all__ = [
    "Condition",
    "Expr",
    "all_of",
    "any_of",
    "const",
    "e",
    "eq",
    "ne",
    "paused_collection",
    "pi",
    "postorder",
    "substitute",
    "var",
    "variables",
    "where",
]
