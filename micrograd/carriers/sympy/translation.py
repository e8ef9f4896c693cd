"""To SymPy and back.

Variables become real SymPy symbols of the same name.  `from_sympy` reads the arithmetic and the functions that the registry has a
name for; anything else raises `UnsupportedPrimitive` with SymPy's name for it.  The translation keeps the value, not the form: SymPy
reorders and combines terms on its own.  A primitive that SymPy has no name for is translated by its definition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

from micrograd.carriers.definitions import meaning
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import (
    BOOL,
    CONST,
    FALSE,
    HEADS,
    MAX_BITS,
    PI,
    POWI,
    TRUE,
    VAR,
    WHERE,
    Condition,
    Expr,
    Node,
    all_of,
    any_of,
    build,
    choose,
    constant,
    e,
    head,
    negate,
    pi,
    postorder,
    var,
)

_LOGIC = {"lt": "Lt", "le": "Le", "gt": "Gt", "ge": "Ge", "eq": "Eq", "ne": "Ne", "and": "And", "or": "Or", "not": "Not"}


MAX_EXPONENT = 4096
MAX_ARGUMENT = 1000
MAX_BINARY_EXPONENT = 20_000
_POWERS = frozenset(("pow", "powi", "square", "exp2", "exp10"))
_FACTORIALS = frozenset(("gamma", "lgamma", "digamma", "trigamma", "polygamma", "gammainc", "gammaincc", "beta", "betaln"))
_NUMERICAL = frozenset(("floor", "ceil", "trunc", "max", "min", "abs", "sign", "relu", *_LOGIC))


def _would_write_out(name: str, operands: list[Any]) -> bool:
    """Whether SymPy would compute a number that may be very long: of a power, of a factorial, or digits to compare or to round."""
    if name in _POWERS:
        exponent = operands[-1] if name != "square" else 2
        return not operands[0].is_Symbol and getattr(exponent, "is_number", True) and bool(abs(exponent) > MAX_EXPONENT)
    if name in _FACTORIALS:
        return any(x.is_Rational and abs(x) > MAX_ARGUMENT for x in operands)
    if name in _NUMERICAL:
        return any(part.is_number and not part.is_Rational for x in operands for part in (x, *x.args) if hasattr(part, "is_number"))
    return False


def to_sympy(root: Node) -> Any:
    """The expression (or condition) as a SymPy object.  Linear in the graph, apart from what SymPy does on its own.

    What SymPy would write out as a very long number, such as 10**10**10, stays as it is, and so does what contains it.

    >>> from micrograd.verified import var, log
    >>> x = var("x"); to_sympy(log(x)**2).diff()
    2*log(x)/x
    """
    from micrograd.carriers.sympy.functions import FUNCTIONS
    from micrograd.carriers.sympy.special import TO

    return _translated(root, {}, set(), {**FUNCTIONS, **TO})


def _translated(root: Node, done: dict[Any, Any], kept: set[Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    """The translation over what is ``done`` already; ``kept`` are the nodes that SymPy must not compute with."""
    import sympy

    for node in postorder([root]):
        if node in done:
            continue
        if node.args:
            operands = [done[child] for child in node.args]
            if any(child in kept for child in node.args) or _would_write_out(node.head.name, operands):
                kept.add(node)
        row = node.head.row
        if row is None or row.name in functions or row.name == "powi":
            with sympy.evaluate(node not in kept):
                done[node] = _node(node.key, done, functions)
        else:
            body = meaning(row)
            if body is None:
                raise UnsupportedPrimitive(f"{row.name} has no counterpart in SymPy")
            inside = dict(zip(row.variables, operands, strict=True))
            done[node] = _translated(body, inside, set(row.variables if node in kept else ()), functions)
    return done[root]


def _node(key: tuple[Any, ...], done: dict[Any, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    """One node, over its translated operands."""
    import sympy

    which = key[0]
    if which is VAR:
        return sympy.Symbol(key[1], real=True)
    if which is CONST:
        return sympy.Rational(key[1].numerator, key[1].denominator)
    if which is BOOL:
        return sympy.true if key[1] else sympy.false
    if not which.arity:
        return sympy.pi if which is PI else sympy.E
    operands = [done[child] for child in key[1:]]
    if which is WHERE:
        condition, a, b = operands
        return sympy.Piecewise((a, condition), (b, True))
    if which.name in _LOGIC:
        return getattr(sympy, _LOGIC[which.name])(*operands)
    if which is POWI:
        return operands[0] ** key[2].key[1]
    return functions[which.name](*operands)


def _fold(name: str) -> Callable[..., Any]:
    which = head(name, 2)
    return lambda *parts: reduce(lambda a, b: build(which, a, b), parts)


def _piecewise(*parts: Any) -> Expr:
    """Pairs (value, condition), the first that holds; without a final ``True`` the value beyond is undefined, 0/0."""
    result: Any = build(head("div", 2), constant(0), constant(0))
    for value, condition in reversed(parts):
        result = choose(condition, value, result)
    return result  # type: ignore[no-any-return]


_COMPARISONS = {
    "StrictLessThan": "lt",
    "LessThan": "le",
    "StrictGreaterThan": "gt",
    "GreaterThan": "ge",
    "Equality": "eq",
    "Unequality": "ne",
}
_FOLDED = {"Add": "add", "Mul": "mul", "Max": "max", "Min": "min"}
"""Functions of any number of operands."""


def _leaf(node: Any) -> Any:
    import sympy

    if node.is_Symbol:
        return var(node.name)
    if node.is_Rational:
        return _number(node, int(node.p).bit_length() + int(node.q).bit_length(), lambda: Fraction(int(node.p), int(node.q)))
    if node.is_Float:
        *_, exponent, bits = node._mpf_
        return _number(node, abs(exponent) + bits, lambda: _exact(node))
    if node is sympy.pi or node is sympy.E:
        return pi if node is sympy.pi else e
    if node in (sympy.true, sympy.false):
        return TRUE if node is sympy.true else FALSE
    raise UnsupportedPrimitive(f"SymPy's {node!r} has no counterpart")


def _number(node: Any, bits: int, value: Callable[[], Fraction]) -> Expr:
    if bits > MAX_BITS:
        raise UnsupportedPrimitive(f"SymPy's {type(node).__name__} of more than {MAX_BITS} bits is too long for a constant")
    return constant(value())


def _exact(node: Any) -> Fraction:
    sign, mantissa, exponent, _ = node._mpf_
    if abs(exponent) > MAX_BINARY_EXPONENT:
        raise UnsupportedPrimitive(f"a SymPy Float with an exponent of {exponent} is not written out")
    value: Fraction = Fraction(int(mantissa)) * Fraction(2) ** exponent
    return -value if sign else value


def _convert(node: Any, parts: list[Any]) -> Any:
    kind = type(node).__name__
    if kind == "Pow":
        return build(head("exp", 1), parts[1]) if parts[0] is e else _power(*parts)
    if kind == "Piecewise":
        return _piecewise(*parts)
    if kind in ("And", "Or"):
        return (all_of if kind == "And" else any_of)(*parts)
    if kind == "Not":
        return negate(parts[0])
    from micrograd.carriers.sympy.functions import OURS
    from micrograd.carriers.sympy.special import from_special, log_of

    special = log_of(parts[0]) if kind == "log" and len(parts) == 1 else from_special(node, parts)
    if special is not None:
        return special
    if kind == "log" and len(parts) == 2:
        return build(head("div", 2), *[build(head("log", 1), part) for part in parts])
    if kind in _FOLDED:
        return _fold(_FOLDED[kind])(*parts)
    name = OURS.get(kind) or _COMPARISONS.get(kind)
    if name is None:
        raise UnsupportedPrimitive(f"SymPy's {kind} has no counterpart in the registry")
    return build(_head(name, len(parts)), *parts)


def _head(name: str, arity: int) -> Any:
    which = HEADS[name]
    if which.arity != arity:
        raise UnsupportedPrimitive(f"{name} takes {which.arity} operands, not {arity}")
    return which


def _power(base: Expr, exponent: Expr) -> Any:
    if exponent is constant(Fraction(1, 2)):
        return build(head("sqrt", 1), base)
    if exponent is constant(Fraction(-1, 2)):
        return build(head("div", 2), constant(1), build(head("sqrt", 1), base))
    return build(head("pow", 2), base, exponent)


def from_sympy(root: Any) -> Expr | Condition:
    """The expression that a SymPy object denotes over the reals.

    >>> import sympy
    >>> x = sympy.Symbol("x"); from_sympy(sympy.sin(x) / 3)
    1/3*sin(x)

    Raises:
        UnsupportedPrimitive: a SymPy function without a counterpart; two different symbols of the same name.
    """
    import sympy

    if not isinstance(root, sympy.Basic):
        raise TypeError(f"from_sympy takes a SymPy object, not {type(root).__name__}; use parse() for text")
    done: dict[Any, Any] = {}
    symbols: dict[str, Any] = {}
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if node in done:
            continue
        if not node.args or node.is_Rational:
            if node.is_Symbol and symbols.setdefault(node.name, node) != node:
                raise UnsupportedPrimitive(
                    f"two different SymPy symbols are called {node.name}; give them the same assumptions, or other names"
                )
            done[node] = _leaf(node)
        elif ready:
            parts = [done[child] for child in node.args]
            done[node] = tuple(parts) if type(node).__name__ == "ExprCondPair" else _convert(node, parts)
        else:
            if any(child.__class__ is sympy.Tuple for child in node.args):
                raise UnsupportedPrimitive(f"SymPy's {type(node).__name__} has no counterpart in the registry")
            stack.append((node, True))
            stack.extend((child, False) for child in node.args)
    return done[root]  # type: ignore[no-any-return]
