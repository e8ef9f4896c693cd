"""Which room of the house imports which, read from the source with ``ast``; and what ``import micrograd`` loads.

Every import counts: at the top of a module, inside of a function, under ``if TYPE_CHECKING``, by ``import_module("micrograd…")``, and any
string that is the name of a module.  The sources are read once per process.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "files": (),
    "terminal": (),
    "isolation": (),
    "installation": (),
    "verified": ("files", "terminal", "isolation", "installation"),
    "carriers": ("verified",),
    "trace": ("carriers",),
    "prove": ("trace", "carriers"),
    "testing": ("prove",),
    "engine": ("carriers",),
    "nn": ("engine",),
    "data": ("verified",),
    "training": ("nn", "data"),
    "": ("carriers", "prove"),
    "commands": ("training", "prove", ""),
    "cli": ("commands",),
    "__main__": ("cli",),
}
"""The rooms, packages and root modules of `micrograd` alike, from the bottom up, each with those that it stands on; "" is
``micrograd/__init__``.  A room imports what is below it, directly or through others, and nothing else."""

LAZY = "micrograd.verified.verdicts.solvers"
"""The module of the core that loads Z3, and only when a certificate has a sentence for it: nothing else of the core needs it."""

USES: Mapping[str, frozenset[str]] = {
    "terminal": frozenset({"tqdm"}),
    "verified": frozenset({"z3"}),
    "carriers": frozenset({"numpy", "sympy", "flint", "jax"}),
    "trace": frozenset({"numpy", "flint"}),
    "prove": frozenset({"flint", "z3"}),
    "testing": frozenset({"pytest"}),
    "engine": frozenset({"numpy"}),
    "nn": frozenset({"numpy", "safetensors", "jax"}),
    "data": frozenset({"numpy"}),
    "training": frozenset({"numpy", "flint", "matplotlib", "PIL"}),
}
"""What a room imports beside the standard library; a room that is not here uses nothing else."""

SHIMS = frozenset(
    {
        ("micrograd.verified", "micrograd.carriers.evaluation"),
        ("micrograd.verified", "micrograd.carriers.sympy.translation"),
        ("micrograd.verified.prove", "micrograd.prove"),
    }
)
"""The exceptions: names that users know from where they were once.  Nobody inside takes them from there."""

KNOWN = frozenset({("proofs.language", "proofs.lemmas")})
"""Imports that close a circle and are not yet gone: (module, what it imports).  One that is gone must be removed here."""

SOLVERS = frozenset({"sympy", "numpy", "flint", "z3", "cvc5", "mpmath", "scipy"})

Graph = Mapping[str, frozenset[str]]


# --- reading ---------------------------------------------------------------------------------------------------------


@cache
def _trees(package: str) -> Mapping[str, ast.Module]:
    """The modules of a package by name."""
    found = {}
    for path in sorted(ROOT.joinpath(package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def _from(node: ast.ImportFrom, module: str, known: Iterable[str]) -> Iterator[str]:
    assert node.level == 0, f"{module} imports relatively; say from where"
    assert node.module is not None
    for alias in node.names:
        below = f"{node.module}.{alias.name}"
        yield below if below in known else node.module


def _loaded_by_name(tree: ast.AST) -> Iterator[ast.expr]:
    """The arguments of ``import_module`` and ``__import__``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
            if name in ("import_module", "__import__"):
                yield node.args[0]


def _named(argument: ast.expr, known: Iterable[str]) -> Iterator[str]:
    """What ``import_module(argument)`` may load: with ``f"micrograd.commands.{name}"`` each module there but ``__main__``."""
    match argument:
        case ast.Constant(value=str(name)):
            yield name
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), ast.FormattedValue()]):
            names = ((module, module.removeprefix(start)) for module in known if module.startswith(start))
            yield from (module for module, name in names if "." not in name and name != "__main__")


def imports(module: str, tree: ast.AST, known: Iterable[str]) -> frozenset[str]:
    """What a module imports, wherever in it; `known` are the modules that there are."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                found.update(alias.name for alias in node.names)
            case ast.ImportFrom():
                found.update(_from(node, module, known))
            case ast.Constant(value=str(text)) if text in known and text.startswith("micrograd."):
                found.add(text)
    for argument in _loaded_by_name(tree):
        found.update(_named(argument, known))
    return frozenset(found - {module})


@cache
def _graph(package: str) -> Graph:
    trees = _trees(package)
    return {module: imports(module, tree, trees.keys()) for module, tree in trees.items()}


def _without(graph: Graph, edges: frozenset[tuple[str, str]]) -> Graph:
    return {module: frozenset(target for target in targets if (module, target) not in edges) for module, targets in graph.items()}


def _below(module: str, graph: Graph) -> frozenset[str]:
    """All modules that a module imports, directly or through others."""
    found: set[str] = set()
    stack = [module]
    while stack:
        new = graph.get(stack.pop(), frozenset()) - found
        found |= new
        stack += new
    return frozenset(found)


def _circle(graph: Graph) -> list[str]:
    """The shortest way from a module back to itself; empty if there is none."""
    circles: list[list[str]] = []
    for start in graph:
        ways = [[start]]
        seen = {start}
        for way in ways:
            if start in graph.get(way[-1], ()):
                circles.append([*way, start])
                break
            for target in sorted(graph.get(way[-1], frozenset()) - seen):
                seen.add(target)
                ways.append([*way, target])
    return min(circles, key=len, default=[])


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def _is_inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _members(package: str, graph: Graph) -> Graph:
    """The graph of a package's direct members: a package in it is one member, with all that is inside."""

    def member(module: str) -> str:
        return ".".join(module.split(".")[: package.count(".") + 2])

    found: dict[str, set[str]] = {}
    for module, targets in graph.items():
        if module.startswith(f"{package}."):
            inside = {member(target) for target in targets if target.startswith(f"{package}.")}
            found.setdefault(member(module), set()).update(inside - {member(module)})
    return {module: frozenset(targets) for module, targets in found.items()}


def _packages(name: str) -> list[str]:
    return sorted(".".join(path.parent.relative_to(ROOT).parts) for path in ROOT.joinpath(name).rglob("__init__.py"))


# --- the checks can fail ---------------------------------------------------------------------------------------------

SOME = (
    "micrograd",
    "micrograd.verified",
    "micrograd.verified.row",
    "micrograd.commands",
    "micrograd.commands.check",
    "micrograd.commands.data",
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("import numpy as np, z3", {"numpy", "z3"}, id="import"),
        pytest.param("from sympy.core import Add", {"sympy.core"}, id="from"),
        pytest.param("from micrograd.verified import row", {"micrograd.verified.row"}, id="module"),
        pytest.param("from micrograd.verified import row, parse", {"micrograd.verified.row", "micrograd.verified"}, id="module and name"),
        pytest.param("def f():\n    import flint", {"flint"}, id="in a function"),
        pytest.param("class A:\n    import flint", {"flint"}, id="in a class"),
        pytest.param("try:\n    import flint\nexcept ImportError:\n    pass", {"flint"}, id="in try"),
        pytest.param("if TYPE_CHECKING:\n    import flint", {"flint"}, id="for types"),
        pytest.param("import_module('flint.types')", {"flint.types"}, id="by a call"),
        pytest.param("importlib.import_module('micrograd.verified.row')", {"micrograd.verified.row"}, id="by an attribute"),
        pytest.param("__import__('flint')", {"flint"}, id="by __import__"),
        pytest.param(
            "import_module(f'micrograd.commands.{name}')", {"micrograd.commands.check", "micrograd.commands.data"}, id="with a prefix"
        ),
        pytest.param("import_module(f'micrograd.{name}')", {"micrograd.verified", "micrograd.commands"}, id="with a short prefix"),
        pytest.param("PLACES = {'row': 'micrograd.verified.row'}", {"micrograd.verified.row"}, id="named in a table"),
        pytest.param("'see micrograd.verified.row'", set(), id="mentioned"),
    ],
)
def test_imports_are_seen(source: str, expected: set[str]) -> None:
    assert imports("m", ast.parse(source), SOME) == expected


def test_relative_imports_are_refused() -> None:
    with pytest.raises(AssertionError, match="relatively"):
        imports("m", ast.parse("from . import row"), SOME)


def test_circles_are_found() -> None:
    graph = {"p.a": frozenset({"p.b"}), "p.b": frozenset({"p.q.c"}), "p.q.c": frozenset({"p.a"}), "p.q.d": frozenset({"p.a"})}
    assert set(_circle(graph)) == {"p.a", "p.b", "p.q.c"}
    assert _circle(_without(graph, frozenset({("p.b", "p.q.c")}))) == []


def test_circles_of_packages_are_found() -> None:
    graph = {"p.q.a": frozenset({"p.r.a"}), "p.r.b": frozenset({"p.q.b"}), "p.q.b": frozenset[str](), "p.r.a": frozenset[str]()}
    assert _circle(graph) == []
    assert set(_circle(_members("p", graph))) == {"p.q", "p.r"}


# --- rooms -----------------------------------------------------------------------------------------------------------


def test_every_room_is_in_the_table() -> None:
    assert {_room(module) for module in _trees("micrograd")} == RESTS_ON.keys()


def test_the_table_is_written_from_the_bottom_up() -> None:
    seen: set[str] = set()
    for room, below in RESTS_ON.items():
        assert seen.issuperset(below), room
        seen.add(room)


@pytest.mark.parametrize("room", RESTS_ON, ids=lambda room: room or "micrograd")
def test_rooms_import_downwards(room: str) -> None:
    allowed = {room, *_below(room, {name: frozenset(below) for name, below in RESTS_ON.items()})}
    graph = _without(_graph("micrograd"), SHIMS | KNOWN)
    wrong = [
        f"{module} → {target}"
        for module, targets in graph.items()
        for target in targets
        if _room(module) == room and _is_inside(target, "micrograd") and _room(target) not in allowed
    ]
    assert not wrong


@pytest.mark.parametrize("room", RESTS_ON, ids=lambda room: room or "micrograd")
def test_rooms_use_the_dependencies_of_the_table(room: str) -> None:
    modules = {target for module, targets in _graph("micrograd").items() if _room(module) == room for target in targets}
    used = {target.split(".")[0] for target in modules} - {"micrograd", "msvcrt"} - sys.stdlib_module_names
    assert used == USES.get(room, frozenset())


def test_proofs_import_no_tests() -> None:
    above = {"tests", "benchmarks", "docs", "examples"}
    users = {module for module, targets in _graph("proofs").items() if above & {target.split(".")[0] for target in targets}}
    assert users <= {"proofs.code_mutants.checks"}, "only what measures the tests imports them"


# --- circles ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["micrograd", "proofs"])
def test_there_are_no_circles_of_modules(package: str) -> None:
    circle = _circle(_without(_graph(package), SHIMS | KNOWN))
    assert not circle, " → ".join(circle)


@pytest.mark.parametrize("package", [*_packages("micrograd"), *_packages("proofs")])
def test_the_members_of_a_package_form_no_circles(package: str) -> None:
    circle = _circle(_members(package, _without(_graph(package.split(".")[0]), SHIMS | KNOWN)))
    assert not circle, " → ".join(circle)


@pytest.mark.parametrize(("module", "target"), sorted(KNOWN), ids=lambda name: name.removeprefix("micrograd."))
def test_known_violations_still_exist(module: str, target: str) -> None:
    graph = _graph(module.split(".")[0])
    assert target in graph.get(module, ()), f"{module} no longer imports {target}: remove it from the table KNOWN"
    assert module in _below(target, graph), f"that {module} imports {target} closes no circle any more: remove it from the table KNOWN"


# --- the exceptions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("module", "target"), sorted(SHIMS))
def test_exceptions_still_exist(module: str, target: str) -> None:
    assert target in _graph("micrograd")[module]


def test_modules_are_loaded_by_names_that_can_be_read() -> None:
    hidden = {
        module
        for module, tree in _trees("micrograd").items()
        for argument in _loaded_by_name(tree)
        if not any(_named(argument, _trees("micrograd")))
    }
    assert hidden == {"micrograd.verified", "micrograd.trace.rebuilding"}
    # The first takes names from a table, which is read; the second imports what a user's function imports.


def test_nobody_inside_uses_the_former_place_of_the_prover() -> None:
    users = [
        module for package in ("micrograd", "proofs") for module, below in _graph(package).items() if "micrograd.verified.prove" in below
    ]
    assert not users


def test_nobody_inside_takes_moved_names_from_their_former_place() -> None:
    moved = {"MissingVariable", "evaluate", "from_sympy", "to_sympy"}
    for module, tree in [*_trees("micrograd").items(), *_trees("proofs").items()]:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "micrograd.verified":
                assert not moved & {alias.name for alias in node.names}, module


# --- what is trusted -------------------------------------------------------------------------------------------------


def test_the_core_hides_no_imports() -> None:
    for module, tree in _trees("micrograd").items():
        if _room(module) == "verified" and module != LAZY:
            hiding = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.If)]
            assert not [node for outer in hiding for node in ast.walk(outer) if isinstance(node, ast.Import | ast.ImportFrom)], module


def test_expressions_do_not_know_what_is_done_with_them() -> None:
    below = _below("micrograd.verified.expr", _without(_graph("micrograd"), SHIMS | KNOWN))
    names = ("row", "primitives", "differentiation", "rewrites", "simplification", "kernel", "certificates", "checker", "parsing")
    assert not below & {f"micrograd.verified.{name}" for name in names}


def test_the_checker_of_certificates_is_independent_of_the_kernel() -> None:
    below = _below("micrograd.verified.checker", _without(_graph("micrograd"), SHIMS | KNOWN))
    assert "micrograd.verified.primitives" in below
    assert not below & {f"micrograd.verified.{name}" for name in ("kernel", "certificates", "simplification")}
    assert {target.split(".")[0] for target in below} <= {"micrograd", *sys.stdlib_module_names}


# --- what is loaded --------------------------------------------------------------------------------------------------


def _loaded(statements: str) -> set[str]:
    """The top-level modules in memory after the statements, in a new interpreter."""
    script = f"{statements}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_importing_micrograd_loads_no_dependency() -> None:
    loaded = _loaded("import micrograd")
    assert "micrograd" in loaded
    assert not loaded & SOLVERS


def test_proving_and_evaluating_floats_loads_no_dependency() -> None:
    loaded = _loaded(
        "import micrograd as mg\n"
        "x = mg.var('x')\n"
        "theorem = mg.derive_simplified(mg.log(x)*mg.erfc(x), x)\n"
        "mg.check_certificate(mg.certificate(mg.log(x), x))\n"
        "mg.evaluate(theorem.derivative, x=0.5)\n"
        "mg.to_latex(mg.from_json(mg.to_json(mg.parse(str(theorem.derivative)))))\n"
    )
    assert not loaded & SOLVERS


@pytest.mark.parametrize(
    ("statements", "dependency"),
    [
        pytest.param("mg.to_sympy(x)", "sympy", id="to_sympy"),
        pytest.param("import numpy; mg.evaluate(x, x=numpy.ones(2))", "numpy", id="arrays"),
        pytest.param("import flint; mg.evaluate(x, x=flint.arb(1))", "flint", id="balls"),
    ],
)
def test_dependencies_are_loaded_when_asked_for(statements: str, dependency: str) -> None:
    loaded = _loaded(f"import micrograd as mg\nx = mg.var('x')\n{statements}")
    assert dependency in loaded
    assert not loaded & {"z3", "cvc5"}
