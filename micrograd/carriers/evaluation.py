"""Evaluation over floats, NumPy arrays, exact fractions and Arb balls.

The kind of number is taken from the values given: an ndarray makes it NumPy, an Arb ball Arb, a ``Fraction`` exact; else floats.
One pass over the graph, without recursion; shared parts are evaluated once.

Only what is needed has to be defined: in ``where(c, a, b)`` the branch that is not chosen may be anything.  A value outside of
a function's domain raises `DomainError`, which names the function and the condition; with ``on_domain="ieee"`` NaN and infinities come out
as they do in IEEE arithmetic.  Overflow of a value that exists gives ±inf, as in C; a NaN that arises from such infinities raises
`FloatRangeError`.  For Arb balls an indeterminate (NaN) ball is a legitimate answer, "not known at this precision".
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction
from functools import cache
from typing import Any, Literal, overload

from micrograd.carriers.forms import BY_ROOT, INTEGER_POWER_SLOPE, Match
from micrograd.verified.errors import DomainError, FloatRangeError, MicrogradError, UnsupportedPrimitive
from micrograd.verified.expr import (
    AND,
    BOOL,
    CONST,
    EQ,
    GE,
    GT,
    HEADS,
    LE,
    LT,
    NE,
    NOT,
    OR,
    PI,
    POWI,
    VAR,
    WHERE,
    Condition,
    Expr,
    Head,
    Node,
    as_expr,
    named,
    paused_collection,
    postorder,
)

OnDomain = Literal["raise", "ieee"]
COMPARE: dict[Any, Callable[[Any, Any], Any]] = {
    LT: operator.lt,
    LE: operator.le,
    GT: operator.gt,
    GE: operator.ge,
    EQ: operator.eq,
    NE: operator.ne,
}


_QUICK: dict[str, Callable[..., Any]] = {
    "div": operator.truediv,
    **{name: getattr(math, name) for name in ("sin", "cos", "exp", "log", "sqrt")},
}
"""C functions with the values of the float carrier's; they raise where that gives NaN or an infinity."""


def _quick_power(careful: Callable[[float, int], float]) -> Callable[[float, float], float]:
    """Integer powers with the exponent as a float; one that a float may have rounded is refused."""

    def power(x: float, n: float) -> float:
        if n == 2.0:
            return x * x
        if -1e15 < n < 1e15:
            return careful(x, int(n))
        raise OverflowError("take the exact exponent")

    return power


@cache
def special_functions(kind: str) -> Mapping[str, Callable[..., Any]]:
    """The special functions over a kind of number (``FLOAT``, ``NUMPY`` or ``ARB``; else none); none without python-flint."""
    if not kind:
        return {}
    try:
        from micrograd.carriers.arb import special_values
    except ImportError:  # pragma: no cover - python-flint is a declared dependency
        return {}
    functions: Mapping[str, Callable[..., Any]] = getattr(special_values, kind)
    return functions


class Carrier:
    """How one kind of number computes: its functions by primitive name, its constants, and which results need a second look."""

    name = "float"
    special = "FLOAT"
    finite: Any = -math.inf
    """Values strictly between this and its negative are beyond suspicion."""
    alone: AbstractContextManager[Any] = nullcontext()
    """Held during an evaluation, where threads share a setting."""

    def __init__(self) -> None:
        from micrograd.carriers.floats.forms import FORMS
        from micrograd.carriers.floats.functions import FUNCTIONS

        self.use(FUNCTIONS, {**_QUICK, "powi": _quick_power(FUNCTIONS["powi"])})
        self.forms, self.by_root = FORMS, BY_ROOT

    forms: Mapping[str, Callable[..., Any]] = {}
    """The composite forms that it computes as a whole, by name."""
    by_root: Mapping[Head, Mapping[Head, Any]] = {}
    """What `micrograd.carriers.forms.BY_ROOT` says of these."""

    def use(self, functions: Mapping[str, Callable[..., Any]], quick: Mapping[str, Callable[..., Any]] | None = None) -> None:
        """Set the functions by primitive name, and quicker ones that give the same values or raise."""
        self.functions = functions
        self.by_head = {HEADS[name]: f for name, f in functions.items() if name in HEADS and name != "powi" and HEADS[name].arity < 3}
        self.by_head.update({HEADS[name]: f for name, f in (quick or {}).items()})

    def number(self, value: Any) -> Any:
        """An input value or an exact constant in this kind of number."""
        if value.__class__ is float:
            return value
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf

    def symbol(self, which: Any) -> Any:
        """pi or e."""
        return math.pi if which is PI else math.e

    def compare(self, which: Any, a: Any, b: Any) -> bool | None:
        """Truth of a comparison; None where it cannot be told."""
        return bool(COMPARE[which](a, b))

    def either(self, a: Any, b: Any) -> Any:
        """What ``where`` gives when its condition cannot be told."""
        raise AssertionError(f"the truth of a comparison of a {self.name} is always known")

    def unknown(self) -> Any:
        """What it gives then if one of the values does not exist."""
        raise AssertionError(f"the truth of a comparison of a {self.name} is always known")

    def suspicious(self, value: Any) -> bool:
        """Whether the result may come from outside of the domain (or from overflow)."""
        return True

    def is_nan(self, value: Any) -> bool:
        """Whether the value is not a number."""
        return bool(value != value)


_MISSING = object()


class _Run:
    """One evaluation; ``faults`` holds what went wrong at nodes that may turn out not to be needed."""

    def __init__(self, carrier: Carrier, env: Mapping[str, Any], on_domain: OnDomain) -> None:
        self.carrier, self.on_domain = carrier, on_domain
        self.inputs = {name: carrier.number(value) for name, value in env.items()}
        self.values: dict[Any, Any] = {named(name): value for name, value in self.inputs.items()}
        self.special = False
        """Whether a special function over floats occurred."""
        self.faults: dict[Any, MicrogradError] = {}
        self.silent = on_domain == "ieee"

    def run(self, roots: Sequence[Node]) -> list[Any]:
        """Values of the roots.  One depth-first walk that computes each node once, after its operands."""
        values, faults, functions = self.values, self.faults, self.carrier.by_head
        suspicious, low, high = self.carrier.suspicious, self.carrier.finite, -self.carrier.finite
        by_root = self.carrier.by_root
        stack: list[Any] = list(roots)
        pop, push, get = stack.pop, stack.append, values.get
        while stack:
            node = pop()
            if node in values:
                continue
            while True:
                key = node.key
                function = functions.get(key[0])
                if function is None or faults:
                    waiting = [child for child in key[1:] if child not in values] if key[0].arity else ()
                    if waiting:
                        push(node)
                        stack.extend(waiting)
                    else:
                        self.other(node, key, key[0])
                    break
                first = get(key[1], _MISSING)
                if first is _MISSING:
                    push(node)
                    node = key[1]
                    continue
                try:
                    if len(key) == 3:
                        second = get(key[2], _MISSING)
                        if second is _MISSING:
                            push(node)
                            node = key[2]
                            continue
                        value = function(first, second)
                    else:
                        value = function(first)
                except (ArithmeticError, ValueError):
                    self.other(node, key, key[0])
                    break
                of_root = by_root.get(key[0])
                if of_root is not None:
                    matcher = of_root.get(key[-1].key[0])
                    if matcher is not None:
                        value = self.whole(matcher(key), value)
                values[node] = value
                if not low < value < high and suspicious(value):
                    self.examine(node, key, None)
                break
        if self.special:
            self.sharpen(roots)
        for root in roots:
            if root in faults:
                raise faults[root]
        return [values[root] for root in roots]

    def sharpen(self, roots: Sequence[Node]) -> None:
        """Round the values of expressions with special functions from balls, where these tell, rather than operation by operation."""
        from micrograd.carriers.arb.special_values import nearest

        if not all(math.isfinite(x) for x in self.inputs.values()):
            return
        for root in roots:
            if isinstance(root, Expr) and isinstance(self.faults.get(root), FloatRangeError | None) and not _only_special(root):
                value = nearest(root, self.inputs)
                if value is not None:
                    self.values[root] = value
                    self.faults.pop(root, None)

    def whole(self, match: Match | None, value: Any) -> Any:
        """The value of a node that may be a composite form and comes to ``value`` operation by operation."""
        if match is None:
            return value
        form, operands = match
        numbers = [self.values[operand] for operand in operands]
        if form is INTEGER_POWER_SLOPE:
            numbers[1] = operands[1].key[1]
        better = self.carrier.forms[form.name](*numbers)
        return value if better != better else better

    def other(self, node: Any, key: tuple[Any, ...], which: Any) -> None:
        """Leaves, conditions, choices, integer powers, and everything once something went wrong."""
        if not which.arity:
            self.leaf(node, key, which)
        elif which is WHERE or which is AND or which is OR:
            self.lazy(node, key, which)
        elif not (self.faults and self.inherited(node, key[1:])):
            operands = [self.values[child] for child in key[1:]]
            if which is NOT:
                self.values[node] = None if operands[0] is None else not operands[0]
            elif which.boolean:
                self.values[node] = self.carrier.compare(which, *operands)
            else:
                self.apply(node, key, operands)

    def leaf(self, node: Any, key: tuple[Any, ...], which: Any) -> None:
        """A constant or a symbol."""
        if which is VAR:
            raise KeyError(key[1])
        if which is CONST:
            self.values[node] = self.carrier.number(key[1])
        elif which is BOOL:
            self.values[node] = key[1]
        else:
            try:
                self.values[node] = self.carrier.symbol(which)
            except UnsupportedPrimitive as error:
                self.fault(node, error)

    def apply(self, node: Any, key: tuple[Any, ...], operands: list[Any]) -> None:
        """One primitive, with care."""
        function = self.carrier.functions.get(key[0].name)
        if function is None:
            function = special_functions(self.carrier.special).get(key[0].name)
            self.special = self.carrier.special == "FLOAT"
        if key[0] is POWI:
            operands[1] = key[2].key[1]
        if function is None:
            self.fault(node, UnsupportedPrimitive(f"{key[0].name} has no value as a {self.carrier.name}"))
            return
        try:
            value = function(*operands)
        except ArithmeticError as error:
            self.examine(node, key, error)
            return
        matcher = self.carrier.by_root.get(key[0], {}).get(key[-1].key[0])
        self.values[node] = value if matcher is None else self.whole(matcher(key), value)
        if self.carrier.suspicious(self.values[node]):
            self.examine(node, key, None)

    def inherited(self, node: Any, children: Iterable[Any]) -> bool:
        """Whether a fault comes up from an operand."""
        for child in children:
            if child in self.faults:
                self.fault(node, self.faults[child])
                return True
        return False

    def lazy(self, node: Any, key: tuple[Any, ...], which: Any) -> None:
        """``where``, ``and`` and ``or`` look only at the operands they need."""
        if self.inherited(node, key[1:2]):
            return
        truth = self.values[key[1]]
        if which is WHERE:
            if truth is None:
                lost = key[2] in self.faults or key[3] in self.faults
                a, b = self.values[key[2]], self.values[key[3]]
                self.values[node] = self.carrier.unknown() if lost else self.carrier.either(a, b)
            elif not self.inherited(node, key[2:3] if truth else key[3:]):
                self.values[node] = self.values[key[2 if truth else 3]]
        elif truth is not None and bool(truth) is (which is OR):
            self.values[node] = truth
        elif truth is None and key[2] in self.faults:
            self.values[node] = None
        elif not self.inherited(node, key[2:]):
            second = self.values[key[2]]
            settled = second is not None and bool(second) is (which is OR)
            self.values[node] = second if truth is not None or settled else None

    def fault(self, node: Any, error: MicrogradError) -> None:
        """Remember a fault; it is raised if the node turns out to be needed."""
        self.faults[node] = error
        self.values[node] = None

    def examine(self, node: Any, key: tuple[Any, ...], error: ArithmeticError | None) -> None:
        """A result that is not finite: outside of the domain, or overflow?"""
        if self.silent and error is None:
            return
        row = key[0].row
        operands = {name: self.values[child] for name, child in zip(row.params, key[1:], strict=True)}
        truth = _Run(self.carrier, operands, "ieee").run([row.defined_template])[0]
        if truth is False:
            shown = ", ".join(f"{name} = {value}" for name, value in operands.items())
            self.fault(node, DomainError(row.name, str(row.defined_template), shown))
        elif error is not None:
            self.fault(node, UnsupportedPrimitive(f"{row.name}: {error}"))
        elif self.carrier.is_nan(self.values[node]) and not any(map(self.carrier.is_nan, operands.values())):
            shown = ", ".join(str(value) for value in operands.values())
            self.fault(node, FloatRangeError(f"{row.name}({shown}) has no value as a float; evaluate with Arb balls instead"))


def _only_special(root: Node) -> bool:
    """Whether this is one special function of numbers or variables, whose float is the nearest already."""
    return not root.key[0].arity or all(not child.key[0].arity for child in root.key[1:])


class _FractionCarrier(Carrier):
    """Exact rational numbers, for the operations that stay rational, within so many bits."""

    name = "Fraction"
    special = ""
    finite = 0

    def __init__(self, bits: int) -> None:
        from micrograd.carriers.fractions import functions_within

        self.use(functions_within(bits))

    def number(self, value: Any) -> Any:
        if value.__class__ is Fraction:
            return value  # of any length: results are passed on
        node = as_expr(value)
        if node.key[0] is not CONST:
            raise TypeError(f"{value!r} is not a number")
        return Fraction(node.key[1])

    def symbol(self, which: Any) -> Any:
        raise UnsupportedPrimitive(f"{which.name} is not a rational number")

    def suspicious(self, value: Any) -> bool:
        return False

    def is_nan(self, value: Any) -> bool:
        return False


FRACTION_BITS = 1 << 24
"""Fractions with a longer numerator or denominator are refused."""


@cache
def _fractions(bits: int) -> Carrier:
    return _FractionCarrier(bits)


@cache
def _carrier(kind: str) -> Carrier:
    if kind == "arb":
        from micrograd.carriers.arb.carrier import ArbCarrier

        return ArbCarrier()
    return _fractions(FRACTION_BITS) if kind == "Fraction" else Carrier()


_NOT_NUMBERS = (str, bytes, complex, bool, Node, type(None))


def _is_number(kind: type) -> bool:
    """Whether values of this type are real numbers or plain arrays."""
    if kind.__name__ in ("ndarray", "arb"):
        return True
    return hasattr(kind, "__float__") and not hasattr(kind, "__len__") and kind.__name__ not in ("bool_", "bool")


def _named(env: Mapping[Any, Any]) -> dict[str, Any]:
    """The environment by variable name; keys may be names or variables."""
    named: dict[str, Any] = {}
    for key, value in env.items():
        name = key.key[1] if key.__class__ is Expr and key.key[0] is VAR else key
        if name.__class__ is not str:
            raise TypeError(f"values are given by variable, not by {key!r}")
        kind = type(value)
        if kind is not float and (isinstance(value, _NOT_NUMBERS) or not _is_number(kind)):
            raise TypeError(f"the value of {name} must be a real number or an array, not {value!r}")
        named[name] = value
    return named


def _check_present(roots: Sequence[Node], env: Mapping[str, Any]) -> None:
    missing = sorted({n.key[1] for n in postorder(roots) if n.key[0] is VAR and n.key[1] not in env})
    if missing:
        raise MissingVariable(f"no value given for {', '.join(missing)}")


class MissingVariable(MicrogradError, KeyError):
    """A variable of the expression was given no value."""

    def __str__(self) -> str:
        return str(self.args[0])


@overload
def evaluate(expression: Node, env: Mapping[Any, Any] | None = ..., /, *, on_domain: OnDomain = ..., **values: Any) -> Any: ...
@overload
def evaluate(
    expression: Sequence[Node], env: Mapping[Any, Any] | None = ..., /, *, on_domain: OnDomain = ..., **values: Any
) -> list[Any]: ...
def evaluate(
    expression: Node | Sequence[Node],
    env: Mapping[Any, Any] | None = None,
    /,
    *,
    on_domain: OnDomain = "raise",
    **values: Any,
) -> Any:
    """The value of an expression or condition, or the values of several in one pass.

    >>> from fractions import Fraction
    >>> from micrograd.verified import var, exp
    >>> x = var("x")
    >>> evaluate(exp(x) - 1, x=0.0), evaluate(x / 3, {x: Fraction(1, 2)})
    (0.0, Fraction(1, 6))

    Args:
        expression: an expression, a condition, or a sequence of them.
        env: values by variable or by name; more as keywords.  Floats, ints, NumPy arrays (broadcast together), Fractions, or Arb balls.
        on_domain: ``"raise"``, or ``"ieee"`` for NaN and infinities outside of a domain.

    Raises:
        DomainError: a needed part is undefined.  MissingVariable: a variable has no value.  UnsupportedPrimitive: not
        expressible in this kind of number.
    """
    if on_domain not in ("raise", "ieee"):
        raise ValueError(f"on_domain is 'raise' or 'ieee', not {on_domain!r}")
    single = isinstance(expression, Node)
    several = expression if isinstance(expression, Iterable) else (None,)
    roots: list[Any] = [expression] if isinstance(expression, Node) else list(several)
    if not all(isinstance(root, Expr | Condition) for root in roots):
        raise TypeError("evaluate() takes an expression, a condition or a sequence of them")
    named = _named({**(env or {}), **values})
    try:
        results = _evaluate(roots, named, on_domain)
    except KeyError:
        _check_present(roots, named)
        raise
    return results[0] if single else results


def _evaluate(roots: list[Any], named: dict[str, Any], on_domain: OnDomain) -> list[Any]:
    kinds = {type(value).__name__ for value in named.values()}
    if "ndarray" in kinds:
        from micrograd.carriers.arrays.evaluation import evaluate_arrays

        _check_present(roots, named)
        return evaluate_arrays(roots, named, on_domain)
    carrier = _carrier("arb" if "arb" in kinds else "Fraction" if "Fraction" in kinds else "float")
    with paused_collection(), carrier.alone:
        return _Run(carrier, named, on_domain).run(roots)


def evaluate_exactly(expression: Node, point: Mapping[str, Fraction], bits: int) -> Any:
    """The value at a rational point as a Fraction; numbers with more bits are refused before they are computed.

    Raises:
        ArithmeticError: a needed part is undefined.  UnsupportedPrimitive: it is not rational, or too long.
    """
    with paused_collection():
        return _Run(_fractions(bits), point, "raise").run([expression])[0]
