"""The code of a function, compiled again from its source, so that nothing that a trace needs is lost.

Python's compiler folds ``1/3600`` into a float, and some operations leave no trace on the values that they are given.  So the file that
holds a function is compiled a second time, never run, with its syntax tree changed:

* a float is the name of a literal, ``0.1``, found among the builtins of the traced function;
* ``a / b`` and ``a ** b`` are computed by hooks, which make integers exact where Python would give a float;
* ``is``, ``with``, ``match``, f-strings, names such as ``__class__``, and what only some numbers have, such as ``shape``, pass what they
  act on through hooks, which refuse what is traced;
* what an attribute or an entry is stored in passes a hook, which refuses what the function finds and does not make;
* the text of an error is dropped, ``except`` and a ``return`` within ``finally`` are refused when they are reached.

`instrumented` finds the code that belongs to a function by everything the compiler says about it: name, instructions, positions, constants.
A file that has changed since it was imported has no such code.
"""

from __future__ import annotations

import ast
import linecache
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from types import CodeType
from typing import Any

import numpy as np

from micrograd.trace.reals import Numeric, Real, Truth

QUOTIENT, POWER, DIVISOR, EXPONENT, IS, IS_NOT = "<quotient>", "<power>", "<divisor>", "<exponent>", "<is>", "<is not>"
WITH, SUBJECT, TEXT, ERROR, ATTRIBUTE, REFUSE = "<with>", "<subject>", "<text>", "<error>", "<attribute>", "<refuse>"
STORED = "<stored>"
"""Names of the hooks; none can be a name in a program."""

LOOKED_AT = frozenset(
    name
    for cls in (Real, Truth, Numeric, np.float64)
    for name in dir(cls)
    if not name.startswith("__") and name not in ("real", "imag", "conjugate")
)
"""Attributes that some numbers have and others have not, and those that only what stands in their place has."""

EXCEPT = "an `except` clause: for which values it is taken cannot be traced; test them by `if`"
FINALLY = "a `finally` clause that leaves: it would hide errors"


def source_of(filename: str) -> str | None:
    """The text of a file, a notebook's cell or a doctest; None if there is none."""
    lines = linecache.getlines(filename)
    return "".join(lines) or None


def instrumented(code: CodeType) -> CodeType | None:
    """The changed code of a function; None if there is no source, or it is not what was compiled."""
    source = source_of(code.co_filename)
    return None if source is None else _twins(source, code.co_filename).get(code)


_lock = threading.Lock()


def _quietly(make: Callable[[], Any]) -> Any:
    """A tree or code without the warnings that Python gave when it compiled the file; None for what is not Python."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return make()
        except (SyntaxError, ValueError, RecursionError):
            return None


@lru_cache(maxsize=64)
def tree_of(source: str) -> ast.Module | None:
    """The syntax tree; None for what is not Python."""
    return _quietly(lambda: ast.parse(source))  # type: ignore[no-any-return]


@lru_cache(maxsize=64)
def _twins(source: str, filename: str) -> _Twins:
    tree, copy = tree_of(source), _quietly(lambda: ast.parse(source))
    if tree is None or copy is None:
        return _Twins((), ())
    changed = _quietly(lambda: _Instrument(source).visit(copy))
    if changed is None:
        return _Twins((), ())
    plain, made = (_quietly(partial(compile, each, filename, "exec", dont_inherit=True)) for each in (tree, changed))
    return _Twins((), ()) if plain is None or made is None else _Twins(codes(plain), codes(made))


class _Twins:
    """The changed code for each code of a file."""

    def __init__(self, plain: Iterable[CodeType], made: Iterable[CodeType]) -> None:
        self._exact: dict[Any, CodeType | None] = {}
        self._alike: dict[Any, CodeType | None] = {}
        first, second = list(plain), list(made)
        if [_name(x) for x in first] != [_name(x) for x in second]:
            return
        for a, b in zip(first, second, strict=True):
            self._exact[_identity(a)] = b
            self._alike[_likeness(a)] = None if _likeness(a) in self._alike else b

    def get(self, code: CodeType) -> CodeType | None:
        """The changed code.  Of one whose assertions pytest has rewritten, that with the same name, place, variables and floats."""
        found = self._exact.get(_identity(code))
        rewritten = any(name.startswith("@py") for name in (*code.co_names, *code.co_varnames))
        return self._alike.get(_likeness(code)) if found is None and rewritten else found


def codes(code: CodeType) -> Iterator[CodeType]:
    """The code and all that is in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def _name(code: CodeType) -> tuple[str, int]:
    return code.co_name, code.co_firstlineno


def _floats(constants: Any) -> Iterator[str]:
    for x in constants:
        if isinstance(x, float | complex):
            yield repr(x)
        elif isinstance(x, tuple | frozenset):
            yield from _floats(x)


def _identity(code: CodeType) -> Any:
    constants = tuple(repr(x) for x in code.co_consts if not isinstance(x, CodeType))
    return code.co_qualname, code.co_firstlineno, code.co_code, constants, code.co_names, code.co_freevars, tuple(code.co_positions())


def _likeness(code: CodeType) -> Any:
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return code.co_qualname, code.co_firstlineno, arguments, code.co_freevars, frozenset(_floats(code.co_consts))


def literal_text(node: ast.Constant, lines: list[bytes]) -> str:
    """The digits of a float as they are written."""
    text = lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode(errors="replace")
    try:
        return text if float(text) == node.value else repr(node.value)
    except ValueError:  # within an f-string, where Python 3.11 counts otherwise
        return repr(node.value)


# --- the change --------------------------------------------------------------------------------------------------------


class _Instrument(ast.NodeTransformer):
    """The tree with literals and hooks."""

    def __init__(self, source: str) -> None:
        self.lines = [line.encode() for line in source.split("\n")]

    def _call(self, at: ast.expr, hook: str, *arguments: ast.expr) -> ast.expr:
        call = ast.Call(ast.Name(hook, ast.Load()), list(arguments), [])
        for node in (call, call.func):
            ast.copy_location(node, at)
        return call

    def _constant(self, at: ast.AST, value: Any) -> ast.expr:
        return ast.copy_location(ast.Constant(value), at)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, float):
            return node
        return ast.copy_location(ast.Name(literal_text(node, self.lines), ast.Load()), node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        spine, left = [node], node.left
        while isinstance(left, ast.BinOp):  # a long sum is deep on its left side
            spine.append(left)
            left = left.left
        result: ast.expr = self.visit(left)
        for each in reversed(spine):
            each.left, each.right = result, self.visit(each.right)
            result = each
            if isinstance(each.op, ast.Div | ast.Pow):
                result = self._call(each, QUOTIENT if isinstance(each.op, ast.Div) else POWER, each.left, each.right)
        return result

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        if isinstance(node.op, ast.Div | ast.Pow):
            node.value = self._call(node.value, DIVISOR if isinstance(node.op, ast.Div) else EXPONENT, node.value)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if not any(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
            return node
        if len(node.ops) > 1:
            return self._call(node, REFUSE, self._constant(node, "a chain of comparisons with `is`"))
        right = node.comparators[0]
        if isinstance(right, ast.Constant) and (right.value is None or right.value is ...):
            return node
        return self._call(node, IS if isinstance(node.ops[0], ast.Is) else IS_NOT, node.left, right)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        name = node.attr
        if not isinstance(node.ctx, ast.Load):
            node.value = self._call(node.value, STORED, node.value)
            return node
        if not (name in LOOKED_AT or (name.startswith("__") and name.endswith("__"))):
            return node
        return self._call(node, ATTRIBUTE, node.value, self._constant(node, name))

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            node.value = self._call(node.value, STORED, node.value)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        parts: list[ast.expr] = []
        for part in node.values:
            if not isinstance(part, ast.FormattedValue):
                parts.append(part)
                continue
            form = self.visit(part.format_spec) if part.format_spec is not None else self._constant(node, "")
            entries = [self.visit(part.value), self._constant(node, part.conversion), form]
            parts.append(ast.copy_location(ast.Tuple(entries, ast.Load()), node))
        return self._call(node, TEXT, *parts)

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        if isinstance(node.exc, ast.Call) and not all(isinstance(x, ast.Constant) for x in node.exc.args):
            node.exc = self._call(node.exc, ERROR, self.visit(node.exc.func))
            return node
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        node.test = self.visit(node.test)
        node.msg = node.msg if isinstance(node.msg, ast.Constant) else None
        return node

    def visit_With(self, node: ast.With) -> ast.stmt:
        self.generic_visit(node)
        for item in node.items:
            item.context_expr = self._call(item.context_expr, WITH, item.context_expr)
        return node

    def visit_Match(self, node: ast.Match) -> ast.stmt:
        within = self._constant(node, any(_looks_within(case.pattern) for case in node.cases))
        node.subject = self._call(node.subject, SUBJECT, self.visit(node.subject), within)
        for case in node.cases:
            case.guard = self.visit(case.guard) if case.guard is not None else None
            case.body = [self.visit(x) for x in case.body]
        return node

    def visit_Try(self, node: ast.Try | ast.TryStar) -> Any:
        self.generic_visit(node)
        reason = EXCEPT if node.handlers else FINALLY if _leaves(node.finalbody) else ""
        if not reason:
            return node
        refusal = ast.Expr(self._call(node, REFUSE, self._constant(node, reason)))  # type: ignore[arg-type]
        return [ast.copy_location(refusal, node), node]

    def visit_TryStar(self, node: ast.TryStar) -> Any:
        return self.visit_Try(node)


def _looks_within(pattern: ast.pattern) -> bool:
    """Whether a pattern looks at attributes or entries, and does not only give them names."""
    parts = [x for x in ast.walk(pattern) if isinstance(x, ast.MatchClass | ast.MatchSequence | ast.MatchMapping)]
    inner = [x for part in parts for x in ast.iter_child_nodes(part) if isinstance(x, ast.pattern)]
    return not all(isinstance(x, ast.MatchStar) or (isinstance(x, ast.MatchAs) and x.pattern is None) for x in inner)


def _leaves(body: list[ast.stmt]) -> bool:
    """Whether statements may leave the block that they are in."""
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Return | ast.Break | ast.Continue):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            stack.extend(ast.iter_child_nodes(node))
    return False
