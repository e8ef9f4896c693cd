"""The ways to break a file of Python, in order: each mutant is one change of one node of its syntax tree.

| what is changed | to what |
| --- | --- |
| comparison | its neighbour (< and <=) and its negation |
| ``and``, ``or`` | the other one; one operand dropped |
| ``not``, a minus sign | dropped |
| arithmetic operator | its counterpart; operands of ``-`` and ``/`` swapped |
| integer, truth value | the next one, the other one |
| member of a table: set, tuple, list, dictionary | dropped |
| ``if``, conditional expression | always, never |
| filter of a comprehension | dropped |
| ``return``, ``raise``, ``continue``, ``break``, a call for its effect, an assignment to something that exists | dropped |
| call of two or more operands | the first two swapped |

A mutant is named by its file, its function and the text before and after, not by lines, so that names last while files change.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

_NEIGHBOURS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COUNTERPARTS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        file: path from the root of the project.
        function: qualified name, "" at the top of the file.
        before, after: the changed part, as text.
        within: the statement that holds it, its first line.
        index: which of the nodes of the tree, and which change of it.
    twin: 0, or a number if mutants before it in the file have the same texts.
    """

    file: str
    function: str
    before: str
    after: str
    within: str
    index: tuple[int, int]
    twin: int = 0

    @property
    def name(self) -> str:
        """What identifies it while lines move."""
        place = f" in {self.within}" if self.within != self.before else ""
        number = f" #{self.twin + 1}" if self.twin else ""
        return f"{self.file}::{self.function}: {self.before} -> {self.after}{place}{number}"


WIDTH = 120
"""Of the text of the statement in which a mutant is."""


def _text(node: Any) -> str:
    return " ".join(ast.unparse(node).split()) if isinstance(node, ast.AST) else str(node)


def _compare(node: ast.Compare) -> Iterator[Any]:
    for i, op in enumerate(node.ops):
        for new in _NEIGHBOURS.get(type(op), ()):
            changed = copy.deepcopy(node)
            changed.ops[i] = new()
            yield changed


def _boolean(node: ast.BoolOp) -> Iterator[Any]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for i in range(len(node.values)):
        rest = [value for j, value in enumerate(node.values) if j != i]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _is_message(node: ast.AST) -> bool:
    """Whether it is a text that is put together from parts."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _binary(node: ast.BinOp) -> Iterator[Any]:
    if _is_message(node.left) or _is_message(node.right):
        return
    new = _COUNTERPARTS.get(type(node.op))
    if new is not None:
        yield ast.BinOp(node.left, new(), node.right)
    if isinstance(node.op, ast.Sub | ast.Div):
        yield ast.BinOp(node.right, node.op, node.left)


def _constant(node: ast.Constant) -> Iterator[Any]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield ast.Constant(node.value + 1)


def _table(node: Any) -> Iterator[Any]:
    if isinstance(node, ast.Dict):
        for i in range(len(node.keys)):
            changed = copy.deepcopy(node)
            del changed.keys[i], changed.values[i]
            yield changed
        return
    if isinstance(getattr(node, "ctx", ast.Load()), ast.Load) and len(node.elts) > 2:
        for i in range(len(node.elts)):
            changed = copy.deepcopy(node)
            del changed.elts[i]
            yield changed


def _call(node: ast.Call) -> Iterator[Any]:
    if len(node.args) >= 2 and not any(isinstance(a, ast.Starred) for a in node.args[:2]) and _text(node.args[0]) != _text(node.args[1]):
        changed = copy.deepcopy(node)
        changed.args[:2] = changed.args[1], changed.args[0]
        yield changed


def _condition(node: Any) -> Iterator[Any]:
    for truth in (True, False):
        changed = copy.copy(node)
        changed.test = ast.Constant(truth)
        yield changed


def _comprehension(node: ast.comprehension) -> Iterator[Any]:
    if node.ifs:
        changed = copy.copy(node)
        changed.ifs = node.ifs[1:]
        yield changed


def _statement(node: ast.stmt) -> Iterator[Any]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    yield ast.Pass()


def _variants(node: ast.AST) -> Iterator[Any]:
    if isinstance(node, ast.Compare):
        yield from _compare(node)
    elif isinstance(node, ast.BoolOp):
        yield from _boolean(node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.BinOp):
        yield from _binary(node)
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.Set | ast.Tuple | ast.List | ast.Dict):
        yield from _table(node)
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.If | ast.IfExp):
        yield from _condition(node)
    elif isinstance(node, ast.comprehension):
        yield from _comprehension(node)
    elif isinstance(node, ast.Expr | ast.AugAssign | ast.Return | ast.Raise | ast.Continue | ast.Break):
        yield from _statement(node)


def _is_annotation(parent: ast.AST, field: str) -> bool:
    return field in ("annotation", "returns", "decorator_list", "type_params", "bases") or isinstance(parent, ast.Import | ast.ImportFrom)


Place = tuple[ast.AST, str, ast.AST | None, ast.AST, str, int | None]
"""A node, its function and statement, and its parent with the field and the position there."""


def _walk(node: ast.AST, function: str, statement: ast.AST | None) -> Iterator[Place]:
    """Nodes with their function, statement and place, in the order of the text; annotations, imports and docstrings left out."""
    for field, content in ast.iter_fields(node):
        if _is_annotation(node, field):
            continue
        for i, child in enumerate(content) if isinstance(content, list) else [(None, content)]:
            if not isinstance(child, ast.AST):
                continue
            inner = f"{function}.{child.name}".lstrip(".") if isinstance(child, ast.FunctionDef | ast.ClassDef) else function
            holder = child if isinstance(child, ast.stmt) else statement
            if _skipped(child) or isinstance(child, ast.JoinedStr):
                continue
            yield child, function, holder, node, field, i
            yield from _walk(child, inner, holder)


def _skipped(node: ast.AST) -> bool:
    """What says nothing at run time: imports for types, aliases, reprs."""
    if isinstance(node, ast.If) and _text(node.test) == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.FunctionDef) and node.name in ("__repr__", "describe", "_where"):
        return True
    return isinstance(node, ast.AnnAssign) and _text(node.annotation) == "TypeAlias"


def _places(tree: ast.Module) -> Iterator[tuple[int, ast.AST, str, ast.AST | None, ast.AST, str, int | None]]:
    for number, place in enumerate(_walk(tree, "", None)):
        yield (number, *place)


def mutants(file: str, source: str | None = None) -> list[Mutant]:
    """Every mutant of a file, in order."""
    return list(_mutants(file, (ROOT / file).read_text(encoding="utf-8") if source is None else source))


def _head(statement: Any) -> str:
    """A statement without what it holds."""
    if hasattr(statement, "body"):
        statement = copy.copy(statement)
        for part in ("body", "orelse", "handlers", "finalbody", "cases"):
            if hasattr(statement, part):
                setattr(statement, part, [ast.Pass()] if part == "body" else [])
        if isinstance(statement, ast.Try | ast.Match):
            return type(statement).__name__.lower()
        return _text(statement).removesuffix(" pass")[:WIDTH]
    return _text(statement)[:WIDTH]


@lru_cache(maxsize=256)
def _mutants(file: str, source: str) -> tuple[Mutant, ...]:
    tree = ast.parse(source)
    heads: dict[int, str] = {}
    found: list[Mutant] = []
    seen: Counter[str] = Counter()
    for number, node, function, statement, parent, field, _ in _places(tree):
        if isinstance(node, ast.Return) and _is_last(node, parent, field):
            continue
        if id(statement) not in heads:
            heads[id(statement)] = _head(statement) if statement is not None else ""
        within = heads[id(statement)]
        variants = list(_variants(node))
        before = _short(node) if variants else ""
        for k, variant in enumerate(variants):
            dropped = _dropped(node, k)
            texts = (before, _short(variant)) if dropped is None else (dropped, "nothing")
            mutant = Mutant(file, function, *texts, within, (number, k))
            found.append(replace(mutant, twin=seen[mutant.name]))
            seen[mutant.name] += 1
    return tuple(found)


def _dropped(node: Any, k: int) -> str | None:
    """The member of a table that its k-th variant lacks."""
    if isinstance(node, ast.Dict):
        return f"{_text(node.keys[k]) if node.keys[k] else '**'}: {_text(node.values[k])}"[:200]
    return _text(node.elts[k])[:200] if isinstance(node, ast.Set | ast.Tuple | ast.List) else None


def _is_last(node: ast.AST, parent: ast.AST, field: str) -> bool:
    """Whether a ``return`` ends its function, so that without it there is no result at all."""
    body = getattr(parent, field)
    return isinstance(parent, ast.FunctionDef) and isinstance(body, list) and body[-1] is node


def _short(node: Any) -> str:
    if isinstance(node, ast.If):
        return f"if {_text(node.test)}"
    if isinstance(node, ast.comprehension):
        return _text(node)
    return _text(node)[:200]


def unbroken(file: str) -> Mutant:
    """The file as it is, in the place of a mutant: nothing may notice it."""
    return Mutant(file, "", "nothing", "nothing", "", (-1, 0))


def broken(mutant: Mutant, source: str | None = None) -> ast.Module:
    """The syntax tree of the file with the change made."""
    tree = ast.parse((ROOT / mutant.file).read_text(encoding="utf-8") if source is None else source)
    if mutant.index[0] < 0:
        return tree
    for number, node, _, _, parent, field, i in _places(tree):
        if number == mutant.index[0]:
            variant = list(_variants(node))[mutant.index[1]]
            if i is None:
                setattr(parent, field, variant)
            else:
                getattr(parent, field)[i] = variant
            return ast.fix_missing_locations(tree)
    raise ValueError(f"there is no such mutant: {mutant.name}")
