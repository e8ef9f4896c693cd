"""The sizes of modules, classes and functions, read from the source.

What is longer says in its module's docstring why, with the words "long on purpose" or "long because".
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINES, METHODS, FUNCTION_LINES = 450, 30, 50

KNOWN = frozenset({"micrograd/carriers/walk.py::run", "micrograd/engine/sweep.py::sweep"})
"""What is too long and not yet split.  One that is short enough must be removed here."""


def too_long(source: str) -> dict[str, str]:
    """What is too long in a module ("" is the module itself), and how long it is."""
    tree = ast.parse(source)
    docstring = " ".join((ast.get_docstring(tree) or "").split())
    if "long on purpose" in docstring or "long because" in docstring:
        return {}
    lines = len(source.splitlines())
    found = {"": f"{lines} lines"} if lines > LINES else {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods = sum(isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) for member in node.body)
            if methods > METHODS:
                found[node.name] = f"{methods} methods"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES:
                found[node.name] = f"{lines} lines"
    return found


@cache
def _measured() -> dict[str, str]:
    return {
        f"{path.relative_to(ROOT).as_posix()}{'::' if name else ''}{name}": size
        for package in ("micrograd", "proofs")
        for path in sorted((ROOT / package).rglob("*.py"))
        for name, size in too_long(path.read_text(encoding="utf-8")).items()
    }


def test_nothing_is_too_long() -> None:
    assert not {name: size for name, size in _measured().items() if name not in KNOWN}


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_known_sizes(name: str) -> None:
    assert name in _measured(), f"{name} is short enough now: remove it from the table KNOWN"


METHOD = "    def m(self): ...\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("x = 1\n" * LINES, {}, id="module"),
        pytest.param("x = 1\n" * (LINES + 1), {"": "451 lines"}, id="long module"),
        pytest.param('"""It is long on\npurpose: a table."""\n' + "x = 1\n" * LINES, {}, id="explained"),
        pytest.param('"""Long because it is."""\n' + "x = 1\n" * LINES, {"": "451 lines"}, id="explained in other words"),
        pytest.param("class A:\n" + METHOD * METHODS, {}, id="class"),
        pytest.param("class A:\n" + METHOD * (METHODS + 1), {"A": "31 methods"}, id="long class"),
        pytest.param("def f():\n" + "    x = 1\n" * (FUNCTION_LINES - 1), {}, id="function"),
        pytest.param("class A:\n  async def f(self):\n" + "    x = 1\n" * FUNCTION_LINES, {"f": "51 lines"}, id="long method"),
    ],
)
def test_sizes_are_measured(source: str, expected: dict[str, str]) -> None:
    assert too_long(source) == expected
