"""The constants of a program by value: which exact number an expression of literals has that Python computed before the trace.

``RATE = 1/3600`` is a float by the time that a function which uses it is traced, and so are a default, an argument of ``Model(1/3600)``
and the entries of an array.  `Constants` evaluates every expression of the program's files that consists of literals, of names that are
bound to such expressions, and of functions of ``math`` and ``numpy``; an unknown float that has the value of one of them is that number.
Nothing of the program is run.  Two such expressions with the same float and different numbers settle nothing.
"""

from __future__ import annotations

import ast
import math
import operator
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from micrograd.carriers.evaluation import evaluate
from micrograd.trace.functions import ALIASES, COMMON, REGISTRY
from micrograd.trace.readings import Reading, certain, current_reading
from micrograd.trace.reals import Real, exact
from micrograd.trace.runs import RUN
from micrograd.trace.sources import literal_text, source_of, tree_of
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import CONST, Expr, constant, count_nodes, pi, var
from micrograd.verified.expr import e as euler

ALTERNATIVES = 8
"""How many values of one expression are followed, for names that are bound more than once."""


def _power(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int) and a.bit_length() * abs(b) > 4096:
        raise OverflowError("a power of more digits than anybody means as a constant")
    return a ** (exact(b) if isinstance(b, int) and b < 0 else b)


GRID = 10_000
"""How many entries of a grid are followed."""

_OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: exact(a) / b,
    ast.Pow: _power,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_UNREAD = ("square", "reciprocal", "floor", "ceil", "trunc", "sign", "logaddexp")
_FUNCTIONS = {name: REGISTRY[name] for name in (*COMMON, "pow") if name not in _UNREAD}
"""The functions whose values are followed."""


class Constants:
    """What the files of a program say about floats."""

    def __init__(self) -> None:
        self._files: dict[str, None] = {}
        self._names: list[str] = []

    def include(self, filename: str) -> None:
        """Look into this file too, and into those of its directory that it imports."""
        self._files.setdefault(filename)

    @contextmanager
    def named(self, name: str) -> Iterator[None]:
        """Look first at what this name is bound to."""
        self._names.append(name)
        try:
            yield
        finally:
            self._names.pop()

    def find(self, value: float) -> tuple[bool, Expr | None]:
        """Whether the files say anything about a float, and which number it is; None if they say different things."""
        for name in (*self._names[-1:], None):
            found: set[Expr] = set()
            for filename in self._files:
                table = _table(filename, name)
                found |= table.get(value) or _beside(table, value)
            known = certain(value)
            if found and known is not None and not (name is not None and self._is_settled(name)):
                found.add(known)
            if found:
                number = _agreed(found)
                if number is not None:
                    current_reading().found(value, number)
                return True, number
        return False, None

    def _is_settled(self, name: str) -> bool:
        """Whether every expression that this name is bound to is a constant."""
        how = current_reading().nearest
        evaluators = [_evaluator(source, how) for source in map(source_of, self._files) if source is not None]
        with _lock:
            return all(x is None or x.is_settled(name) for x in evaluators)


def _agreed(found: set[Expr]) -> Expr | None:
    """The number that all of these are, to 60 digits; written as a fraction if it is one, else in the shortest way."""
    from micrograd.carriers.arb.precision import precision

    if len(found) < 2:
        return next(iter(found), None)
    exprs = sorted(found, key=lambda x: (x.head is not CONST, count_nodes(x), str(x)))
    with precision(200):
        balls = [_ball(x) for x in exprs]
    return exprs[0] if all(ball is not None and balls[0].overlaps(ball) for ball in balls) else None


def _ball(expression: Expr) -> Any:
    from flint import arb

    try:
        found = evaluate(expression + var("_") * 0, {"_": arb(0)})
    except MicrogradError:
        return None
    return found if found.rel_accuracy_bits() > 150 or found == 0 else None


def _beside(table: dict[float, set[Expr]], value: float) -> set[Expr]:
    """Functions need not be rounded alike in ``math`` and ``numpy``."""
    near = (math.nextafter(value, math.inf), math.nextafter(value, -math.inf))
    return {x for other in near for x in table.get(other, ()) if x.head is not CONST}


def _table(filename: str, name: str | None) -> dict[float, set[Expr]]:
    source = source_of(filename)
    return {} if source is None else _constants_of(source, filename, name, current_reading().nearest)


_lock = threading.Lock()


@lru_cache(maxsize=64)
def _evaluator(source: str, nearest: bool) -> _Evaluator | None:
    tree = tree_of(source)
    return None if tree is None else _Evaluator(source, tree, Reading("nearest" if nearest else "exact"))


@lru_cache(maxsize=512)
def _constants_of(source: str, filename: str, name: str | None, nearest: bool) -> dict[float, set[Expr]]:
    """The constants of a file, or of what a name is bound to in it, by their floats; also those of the files that it imports."""
    evaluator, found = _evaluator(source, nearest), dict[float, set[Expr]]()
    if evaluator is None:
        return found
    token = RUN.set(None)
    try:
        with _lock:  # values are remembered while they are found
            values = [value for node in evaluator.nodes(name) for value in (*evaluator.values(node), *evaluator.grid(node))]
    finally:
        RUN.reset(token)
    for value in values:
        if isinstance(value, Real) and value.shadow is not None and math.isfinite(value.shadow):
            found.setdefault(value.shadow, set()).add(value.expr)
    for other in _imported(evaluator.tree, filename):
        for key, numbers in _constants_of(source_of(other) or "", other, name, nearest).items():
            found.setdefault(key, set()).update(numbers)
    return found


def _imported(tree: ast.Module, filename: str) -> Iterator[str]:
    """The user's files from which a module imports names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            module = sys.modules.get(node.module)
            file = getattr(module, "__file__", None) or ""
            if file != filename and file.endswith(".py") and "site-packages" not in file and node.module.split(".")[0] not in _LIBRARY:
                yield file


_LIBRARY = sys.stdlib_module_names | {"micrograd"}


_CONSTANT = (ast.BinOp, ast.UnaryOp, ast.Constant, ast.Call, ast.Attribute, ast.Name)


def _grid(function: str, bounds: list[Any]) -> list[Any]:
    """The entries, exact and as NumPy computes them; none if rounding errors decide how many there are."""
    floats = [x if isinstance(x, int) else x.shadow for x in bounds]
    if function == "linspace":
        first, last, count = (*bounds, 50)[:3] if len(bounds) > 1 else (0, 0, 0)
        step: Any = exact(last - first) / ((count - 1) or 1) if type(count) is int else 0
    else:
        first, last, step = {1: (0, *bounds, 1), 2: (*bounds, 1), 3: tuple(bounds)}[len(bounds)]
        size = exact(last - first) / step
        count = math.ceil(size.value) if size.value is not None else 0
    if type(count) is not int or not 0 < count <= GRID:
        return []
    made = getattr(np, function)(*floats).tolist()
    return [Real(exact(first + i * step).expr, float(x)) for i, x in enumerate(made)] if len(made) == count else []


class _Evaluator:
    """The values of expressions of constants: each a number, with the float that Python computes beside it."""

    def __init__(self, source: str, tree: ast.Module, how: Reading) -> None:
        self.tree = tree
        self._lines = [line.encode() for line in source.split("\n")]
        self._how = how
        self._bound: dict[str, list[ast.expr]] = {}
        self._modules: set[str] = set()
        self._imports: dict[str, str] = {}
        self._done: dict[ast.AST, list[Any]] = {}
        for node in ast.walk(tree):
            self._bind(node)

    def _bind(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, ast.arguments):
            positional = [*node.posonlyargs, *node.args][-len(node.defaults) :] if node.defaults else []
            pairs: Iterable[Any] = [*zip(positional, node.defaults, strict=True), *zip(node.kwonlyargs, node.kw_defaults, strict=True)]
            for parameter, default in pairs:
                if default is not None:
                    self._bound.setdefault(parameter.arg, []).append(default)
        elif isinstance(node, ast.Import):
            self._modules |= {x.asname or x.name for x in node.names if x.name in ("math", "numpy")}
        elif isinstance(node, ast.ImportFrom) and node.module in ("math", "numpy"):
            self._imports.update({x.asname or x.name: x.name for x in node.names})

    def _assign(self, target: ast.AST, value: ast.expr) -> None:
        if isinstance(target, ast.Name | ast.Attribute):
            self._bound.setdefault(target.id if isinstance(target, ast.Name) else target.attr, []).append(value)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for each, part in zip(target.elts, value.elts, strict=True):
                self._assign(each, part)

    def nodes(self, name: str | None) -> Iterator[ast.AST]:
        """The expressions that may be constants: of the file, or in what a name is bound to."""
        roots: list[ast.AST] = [self.tree] if name is None else list(self._bound.get(name, ()))
        for root in roots:
            yield from (node for node in ast.walk(root) if isinstance(node, _CONSTANT))

    def is_settled(self, name: str) -> bool:
        """Whether everything that a name is bound to is a constant."""
        return all(self.values(node) for node in self._bound.get(name, ()))

    def values(self, node: ast.AST) -> list[Any]:
        """Numbers that an expression may have; none if it is not one of constants."""
        if node not in self._done:
            self._done[node] = []  # a name that is bound to itself has no value
            with suppress(MicrogradError, ArithmeticError, ValueError, TypeError, RecursionError):
                self._done[node] = self._values(node)[:ALTERNATIVES]
        return self._done[node]

    def grid(self, node: ast.AST) -> list[Any]:
        """The entries of ``numpy.linspace(…)`` and ``numpy.arange(…)`` of constants."""
        name = ast.unparse(node.func) if isinstance(node, ast.Call) and not node.keywords else ""
        module, _, function = name.rpartition(".")
        if not (isinstance(node, ast.Call) and module in self._modules and function in ("linspace", "arange")):
            return []
        bounds = [self.values(x) for x in node.args]
        if not 0 < len(bounds) <= 3 or not all(len(x) == 1 for x in bounds):
            return []
        with suppress(MicrogradError, ArithmeticError, ValueError, TypeError):
            return _grid(function, [x[0] for x in bounds])
        return []

    def _values(self, node: ast.AST) -> list[Any]:
        if isinstance(node, ast.Constant):
            return self._literal(node)
        if isinstance(node, ast.Name):
            named = [x for bound in self._bound.get(node.id, ()) for x in self.values(bound)]
            return named + self._named(self._imports.get(node.id, ""))
        if isinstance(node, ast.Attribute):
            known = self._named(node.attr) if ast.unparse(node.value) in self._modules else []
            return known + [x for bound in self._bound.get(node.attr, ()) for x in self.values(bound)]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            return [-x if isinstance(node.op, ast.USub) else x for x in self.values(node.operand)]
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
            return self._applied(_OPERATIONS[type(node.op)], node.left, node.right)
        if isinstance(node, ast.Call) and not node.keywords:
            function = self._function(node.func)
            return self._applied(function, *node.args) if function is not None else []
        return []

    def _literal(self, node: ast.Constant) -> list[Any]:
        if isinstance(node.value, float) and math.isfinite(node.value):
            if node.value == 0 and any(digit in literal_text(node, self._lines).lower().split("e")[0] for digit in "123456789"):
                return [Real(constant(Fraction(n, 10**400)), 0.0) for n in (1, 2)]  # less than any float: no number is certain
            return [Real(self._how.literal(literal_text(node, self._lines)), node.value)]
        return [node.value] if type(node.value) is int and node.value.bit_length() < 4096 else []

    def _named(self, name: str) -> list[Any]:
        known = {"pi": (pi, math.pi), "e": (euler, math.e), "tau": (2 * pi, math.tau)}
        return [Real(*known[name])] if name in known else []

    def _function(self, node: ast.expr) -> Callable[..., Any] | None:
        if isinstance(node, ast.Attribute):
            name = node.attr if ast.unparse(node.value) in self._modules else ""
        elif isinstance(node, ast.Name):
            name = self._imports.get(node.id, node.id if node.id in ("float", "abs") else "")
        else:
            return None
        return exact if name in ("float", "float64") else _FUNCTIONS.get(ALIASES.get(name, name))

    def _applied(self, function: Callable[..., Any], *operands: ast.AST) -> list[Any]:
        made: list[Any] = []
        for values in product(*[self.values(x) for x in operands]):
            if len(made) == ALTERNATIVES:
                break
            try:
                made.append(function(*values))
            except (MicrogradError, ArithmeticError, ValueError, TypeError):
                continue
        return made
