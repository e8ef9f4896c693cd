"""Domains as people write them: conditions, texts over the names of a function's parameters, functions of the same parameters.

Of a function of arrays a text may name entries and whole arrays, as in ``"q[0]**2 + q[1]**2 > 0"``, ``"all(x > 0)"`` or
``"sum(p) == 1"``: it is read as Python's expression over NumPy arrays, with the functions of `FUNCTIONS` and of the expression language.
A function with the name of a module before it is that of the module: ``max(x, 0)`` is the larger one of each entry and 0, ``np.max(x, 0)``
the largest entry along the first axis.  A condition on an array holds if it holds for each entry; it has no value, and the point does not
belong to the domain, where a part on which it depends has none.  Nothing is executed: the text is walked, and what is not listed here is
refused.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from micrograd.prove.written import condition, entry, is_function, leaves
from micrograd.trace.arguments import TupleShape
from micrograd.trace.arrays import Array, elementwise, listed, plain
from micrograd.trace.functions import ALIASES, REGISTRY, select
from micrograd.trace.lookalikes.linalg import LINALG
from micrograd.trace.lookalikes.mathematics import MATH
from micrograd.trace.lookalikes.numpy_functions import NUMPY
from micrograd.trace.matching import trace_called, trace_named
from micrograd.trace.numerals import is_nonfinite
from micrograd.trace.reals import Real, condition_of, decided, is_truth
from micrograd.trace.tracing import Parameters
from micrograd.verified.errors import MicrogradError, ParseError, UnsupportedPrimitive
from micrograd.verified.expr import (
    EQ,
    FALSE,
    ONE,
    TRUE,
    WHERE,
    ZERO,
    Condition,
    Expr,
    all_of,
    any_of,
    compare,
    constant,
    e,
    negate,
    pi,
    var,
)
from micrograd.verified.functions import floor

Function = Callable[..., Any]


def _several(name: str) -> Function:
    """``max`` and ``min``: of an array, or of their operands."""

    def apply(*operands: Any, **options: Any) -> Any:
        if len(operands) < 2 or options:
            return NUMPY[name](*operands, **options)
        return reduce(elementwise(REGISTRY[name]), operands)

    return apply


def _sum(a: Any, *places: int, **options: Any) -> Any:
    """``sum`` of a vector, or along an axis: for a matrix, or a second operand, Python's is not NumPy's."""
    if places or (plain(a).ndim > 1 and not options):
        raise ValueError("sum takes one vector, or an axis, as in sum(x, axis=0); NumPy's is np.sum")
    return NUMPY["sum"](a, **options)


_REDUCTIONS = ("all", "any", "sum", "prod", "mean", "var", "cumsum", "diff", "trace", "diag", "max", "min", "norm")
"""Functions of one array, whose other operands are options."""

FUNCTIONS: Mapping[str, Function] = {
    **{name: elementwise(function) for name, function in REGISTRY.items()},
    **{name: NUMPY[name] for name in ("all", "any", "prod", "mean", "var", "dot", "cumsum", "diff", "trace", "diag", "outer")},
    **{name: _several(name) for name in ("max", "min")},
    **{name: getattr(NUMPY["linalg"], name) for name in ("norm", "det")},
    "sum": _sum,
    "where": elementwise(select),
    "len": lambda x: len(plain(x)),
}
"""What a text over arrays may call, by name."""
_OF_MODULES = {*FUNCTIONS, *ALIASES, "array", "maximum", "minimum"} - {"add", "pow", "reciprocal"}
"""What it may call as a module's function; NumPy has others for integers under the names that are left out."""
_NUMPY, _LINALG, _MATH = ({name: table[name] for name in _OF_MODULES & table.keys()} for table in (NUMPY, LINALG, MATH))
_MODULES: Mapping[str, Mapping[str, Function]] = {
    "": FUNCTIONS,
    **dict.fromkeys(("np", "numpy"), _NUMPY),
    **dict.fromkeys(("np.linalg", "numpy.linalg"), _LINALG),
    "math": _MATH,
}
"""What it may call, by what stands before the name."""
_CONSTANTS = {"pi": pi, "e": e}

_BINARY: Mapping[type[ast.operator], Function] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: Mapping[type[ast.cmpop], Function] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
MAX_LENGTH = 100_000
"""Characters of a text over arrays."""
MAX_DEPTH = 100
"""How deep one may be nested."""


def read_domain(
    domain: Any, f: Any, parameters: Parameters | None, names: Sequence[str], shapes: Any, what: str = "domain"
) -> Condition | None:
    """The domain as a condition on variables; None stays None.

    Args:
        domain: a condition, its text, or a function that returns one and takes what ``f`` takes.
        f: the function that the claim is about.
        parameters: its parameters, if it is a Python function.
        names: else its variables.
        shapes: the shapes that are given.
        what: the name of the argument, for messages.

    Raises:
        TypeError: no condition.  ValueError, ParseError: a text that cannot be read.  UnsupportedPrimitive: a function that cannot be
            traced.
    """
    if is_function(domain):
        traced = (
            trace_named(domain, names, names, shapes, TRUE, what, truths=True)
            if parameters is None
            else trace_called(domain, f, parameters, TRUE, what, truths=True)
        )
        if traced.assumed is not TRUE:
            raise UnsupportedPrimitive(f"{what}: Python may compute a number from NaN, an infinity or a complex number; write it as text")
        conditions = [_truth_of(x, {}, what) for x in leaves(traced.result, what)]
        if not conditions:
            raise TypeError(f"{what}: a condition is needed, such as x > 0, and the function returns none")
        return all_of(*conditions)
    if isinstance(domain, str) and parameters is not None:
        tree = _over_arrays(domain, parameters, what)
        if tree is not None:
            domain = _Reader(domain, parameters, what).condition(tree)
    return condition(domain, what)


def whole(names: Sequence[str]) -> Condition:
    """The condition that variables are integers."""
    return all_of(*[compare(EQ, var(name), floor(var(name))) for name in names])


def _truth_of(result: Expr, known: Mapping[Condition, bool], what: str) -> Condition:
    """The condition that a traced function returned, as 1 or 0."""
    if result is ONE or result is ZERO:
        return TRUE if result is ONE else FALSE
    if result.head is not WHERE:
        raise TypeError(f"{what}: a condition is needed, such as x > 0, and the function returns {result}")
    test: Condition
    test, yes, no = result.key[1:]
    if test in known:
        return _truth_of(yes if known[test] else no, known, what)
    first, second = _truth_of(yes, {**known, test: True}, what), _truth_of(no, {**known, test: False}, what)
    if second is FALSE:
        return all_of(test, first)
    if first is FALSE:
        return all_of(negate(test), second)
    return any_of(test if first is TRUE else all_of(test, first), negate(test) if second is TRUE else all_of(negate(test), second))


def _over_arrays(text: str, parameters: Parameters, what: str) -> ast.expr | None:
    """The text as a tree, if it names an array; else it is one of the expression language.

    Raises:
        ParseError: it names one, and is no expression of Python's, or too long.
    """
    text, arrays = text.strip(), {name for name, shape in parameters.shapes.items() if shape}
    if arrays.isdisjoint(re.findall(r"\w+", text)):
        return None
    if len(text) > MAX_LENGTH:
        raise ParseError(f"{what}: more than {MAX_LENGTH} characters", position=MAX_LENGTH, text=text)
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError) as reason:
        position = max(0, (getattr(reason, "offset", None) or 1) - 1)
        raise ParseError(f"{what}: {getattr(reason, 'msg', reason)}", position=position, text=text) from None
    except (MemoryError, RecursionError):
        raise ParseError(f"{what}: nested too deeply to be read", position=0, text=text) from None
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return None if named.isdisjoint(arrays) else tree


def _entries(value: Any) -> list[Any]:
    return plain(value).ravel().tolist() if isinstance(value, Array) else [value]


class _Reader:
    """One text, walked over symbols."""

    def __init__(self, text: str, parameters: Parameters, what: str) -> None:
        self.text, self.what = text.strip(), what
        self.lines = self.text.encode().splitlines()  # columns of the tree are those of bytes
        self.symbols: dict[str, Any] = {name: Real(var(name)) for name in parameters.names}
        self.tuples = {name for name, shape in parameters.shapes.items() if isinstance(shape, TupleShape)}
        for name in parameters.shapes:
            self.symbols[name] = listed(parameters.symbols(name))

    def condition(self, tree: ast.expr) -> Condition:
        """The condition that a text is."""
        self.check_depth(tree)
        try:
            return self.truth(tree)
        except UnsupportedPrimitive as reason:
            raise UnsupportedPrimitive(f"{self.what}: {reason}") from None
        except MicrogradError:
            raise
        except (ValueError, TypeError, IndexError, ArithmeticError) as reason:
            raise ValueError(f"{self.what}: {reason}") from None

    def check_depth(self, tree: ast.expr) -> None:
        """Refuse a text that is nested too deeply to be walked."""
        level: list[ast.AST] = [tree]
        for _ in range(MAX_DEPTH):
            level = [child for node in level for child in ast.iter_child_nodes(node)]
            if not level:
                return
        raise self.refuse(tree, f"more than {MAX_DEPTH} levels")

    def refuse(self, node: ast.AST, reason: str) -> ParseError:
        """The error that a part of the text is."""
        position = getattr(node, "col_offset", 0)
        return ParseError(f"{self.what}: {reason}", position=position, text=self.text)

    def truth(self, node: ast.expr) -> Condition:
        """A part that is a condition."""
        if isinstance(node, ast.BoolOp):
            return (all_of if isinstance(node.op, ast.And) else any_of)(*map(self.truth, node.values))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return negate(self.truth(node.operand))
        entries = _entries(self.value(node))
        if not entries:
            raise self.refuse(node, f"{ast.unparse(node)} has no entries")
        if not all(map(is_truth, entries)):
            raise self.refuse(node, "a condition is needed, such as x > 0, and not a number")
        return all_of(*map(condition_of, entries))

    def value(self, node: ast.expr) -> Any:
        """A part: a number, a truth value, or an array of such."""
        read = _PARTS.get(type(node))
        if read is None:
            raise self.refuse(node, f"{type(node).__name__} is not read in a condition")
        return read(self, node)

    def _constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, bool):
            return node.value
        if not isinstance(node.value, int | float):
            raise self.refuse(node, f"{node.value!r} is no number")
        if isinstance(node.value, int):
            return Real(constant(node.value))
        written = self.lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode()
        return Real(entry(written.replace("_", ""), self.what))

    def _name(self, node: ast.Name) -> Any:
        if node.id in self.symbols:
            return self.symbols[node.id]
        if node.id in _CONSTANTS:
            return Real(_CONSTANTS[node.id])
        raise self.refuse(node, f"{node.id} is none of {', '.join(self.symbols)}")

    def _attribute(self, node: ast.Attribute) -> Any:
        if node.attr in _CONSTANTS and self.module(node) in ("np", "numpy", "math"):
            return Real(_CONSTANTS[node.attr])
        if node.attr != "T":
            raise self.refuse(node, f".{node.attr} is not read in a condition")
        return plain(self.value(node.value)).T.view(Array)

    def is_list(self, node: ast.expr) -> bool:
        """Whether a part is a list or a tuple of Python's: one that is written, a parameter, or a slice of such."""
        while isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            node = node.value
        return isinstance(node, ast.List | ast.Tuple) or (isinstance(node, ast.Name) and node.id in self.tuples)

    def operands(self, *nodes: ast.expr) -> list[Any]:
        """What an operator joins.  Beside another list, or a number, a list of Python's is no array: it is joined, or repeated."""
        values, lists = list(map(self.value, nodes)), list(map(self.is_list, nodes))
        arrays = [isinstance(x, Array) and not is_list for x, is_list in zip(values, lists, strict=True)]
        for i, node in enumerate(nodes):
            if lists[i] and not all(arrays[max(0, i - 1) : i] + arrays[i + 1 : i + 2]):
                raise self.refuse(node, "a list is an array beside one only: write np.array")
        return values

    def _binary(self, node: ast.BinOp) -> Any:
        if type(node.op) not in _BINARY:
            raise self.refuse(node, "this operator is not read in a condition: conditions are joined by and, or")
        return _BINARY[type(node.op)](*self.operands(node.left, node.right))

    def _unary(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.USub):
            return -self.value(node.operand)
        if isinstance(node.op, ast.UAdd):
            return self.value(node.operand)
        return self._connected(node)

    def _connected(self, node: ast.expr) -> Any:
        return decided(self.truth(node))

    def _compare(self, node: ast.Compare) -> Any:
        sides = self.operands(node.left, *node.comparators)
        if any(type(x) not in _COMPARISONS for x in node.ops):
            raise self.refuse(node, "`is` and `in` are not read in a condition")
        made = [_COMPARISONS[type(x)](a, b) for x, a, b in zip(node.ops, sides, sides[1:], strict=False)]
        return made[0] if len(made) == 1 else reduce(NUMPY["logical_and"], made)

    def _subscript(self, node: ast.Subscript) -> Any:
        found = self.value(node.value)
        if not isinstance(found, Array):
            raise self.refuse(node, f"{ast.unparse(node.value)} has no entries")
        return found[self.index(node.slice)]

    def index(self, node: ast.expr | None) -> Any:
        """A place in an array, or an option: whole numbers that are written out."""
        if isinstance(node, ast.Tuple):
            return tuple(map(self.index, node.elts))
        if isinstance(node, ast.Slice):
            return slice(*(None if part is None else self.index(part) for part in (node.lower, node.upper, node.step)))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self.index(node.operand)
        if isinstance(node, ast.Constant) and (node.value in (None, Ellipsis) or isinstance(node.value, int)):
            return node.value
        raise self.refuse(node or ast.Constant(None), "an index is a whole number that is written out")

    def module(self, node: ast.Attribute) -> str:
        """What stands before a name, if that is no parameter."""
        module = ast.unparse(node.value)
        return "a parameter" if module.partition(".")[0] in self.symbols else module

    def function(self, node: ast.expr) -> tuple[str, str]:
        """The module and the name of a function that is called."""
        module, name = (self.module(node), node.attr) if isinstance(node, ast.Attribute) else ("", getattr(node, "id", ""))
        if name not in _MODULES.get(module, ()) or (not module and name in self.symbols):
            raise self.refuse(node, f"{ast.unparse(node)} is not among the functions that are read in a domain")
        return module, name

    def _call(self, node: ast.Call) -> Any:
        module, name = self.function(node.func)
        count = 1 if name in _REDUCTIONS and (module or name not in ("max", "min")) else len(node.args)
        operands, places = node.args[:count], node.args[count:]
        if any(word.arg is None for word in node.keywords):
            raise self.refuse(node, "** is not read in a condition")
        options = {str(word.arg): self.index(word.value) for word in node.keywords}
        found = _MODULES[module][name](*map(self.value, operands), *map(self.index, places), **options)
        if any(map(is_nonfinite, _entries(found))):
            raise self.refuse(node, f"{ast.unparse(node)} is not a number")
        return Real(constant(found)) if type(found) is int else found

    def _sequence(self, node: ast.List | ast.Tuple) -> Any:
        entries = [self.value(x) for x in node.elts]
        if len({plain(x).shape for x in entries}) > 1:
            raise self.refuse(node, "the rows of an array have the same length")
        return NUMPY["array"](entries)


_PARTS: Mapping[type[ast.expr], Function] = {
    ast.Constant: _Reader._constant,
    ast.Name: _Reader._name,
    ast.Attribute: _Reader._attribute,
    ast.BinOp: _Reader._binary,
    ast.UnaryOp: _Reader._unary,
    ast.BoolOp: _Reader._connected,
    ast.Compare: _Reader._compare,
    ast.Subscript: _Reader._subscript,
    ast.Call: _Reader._call,
    ast.List: _Reader._sequence,
    ast.Tuple: _Reader._sequence,
}
