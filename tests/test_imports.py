"""The direction of imports, read from the source with ``ast``, and what ``import micrograd`` loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VERIFIED = "micrograd.verified"
SOLVERS = ("sympy", "numpy", "flint", "z3", "cvc5", "mpmath", "scipy")
CORE = (
    *("given", "heads", "nodes", "conditions", "arithmetic", "building", "walks", "expr"),
    *("parsing", "wengert", "printing", "row", "registry", "primitives", "functions"),
    *("differentiation", "kernel", "simplification", "certificates"),
)
"""The trusted core from the bottom up: nothing imports what stands after it, directly or through others."""
LAZY = f"{VERIFIED}.verdicts.solvers"
"""The module that loads Z3, when a certificate has a sentence for it; the checker is used without it otherwise."""
LAYERS = ("verified", "engine", "nn", "cli")
"""The packages from the bottom up."""


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _trees(package: str) -> dict[str, ast.Module]:
    """The modules of a package by name."""
    folder = ROOT.joinpath(*package.split("."))
    return {_module_name(path): ast.parse(path.read_text()) for path in sorted(folder.rglob("*.py"))}


def _type_checking(tree: ast.AST) -> set[ast.AST]:
    """What stands in ``if TYPE_CHECKING:`` blocks."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            found.update(below for statement in node.body for below in ast.walk(statement))
    return found


def _inside_functions(tree: ast.AST) -> set[ast.AST]:
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))
    return {below for function in functions for below in ast.walk(function)}


def _targets(node: ast.AST, module: str) -> Iterator[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{module} imports relatively; say from where"
        assert node.module is not None
        submodules = [f"{node.module}.{alias.name}" for alias in node.names]
        known = _trees("micrograd")
        yield from (name for name in submodules if name in known)
        if not all(name in known for name in submodules):
            yield node.module


def imports(module: str, tree: ast.Module, *, functions: bool = True) -> set[str]:
    """What a module imports: at its top, and inside of its functions if wanted; imports for types only do not count."""
    left_out = _type_checking(tree) | (set() if functions else _inside_functions(tree))
    return {target for node in ast.walk(tree) if node not in left_out for target in _targets(node, module)}


def _graph(package: str, *, functions: bool = True) -> dict[str, set[str]]:
    return {module: imports(module, tree, functions=functions) for module, tree in _trees(package).items()}


def _below(module: str, graph: dict[str, set[str]]) -> set[str]:
    """All modules that a module imports, directly or not; packages themselves (their ``__init__``) do not count."""
    found: set[str] = set()
    stack = [module]
    while stack:
        for target in graph.get(stack.pop(), set()) - found:
            found.add(target)
            stack.append(target)
    return found


def _is_inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


# --- the checks can fail ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "at_top", "anywhere"),
    [
        pytest.param("import numpy", {"numpy"}, {"numpy"}, id="import"),
        pytest.param("import numpy as np, z3", {"numpy", "z3"}, {"numpy", "z3"}, id="two"),
        pytest.param("from sympy.core import Add", {"sympy.core"}, {"sympy.core"}, id="from"),
        pytest.param("from micrograd.verified import row", {f"{VERIFIED}.row"}, {f"{VERIFIED}.row"}, id="module"),
        pytest.param("def f():\n    import flint", set(), {"flint"}, id="in a function"),
        pytest.param("class A:\n    import flint", {"flint"}, {"flint"}, id="in a class"),
        pytest.param("try:\n    import flint\nexcept ImportError:\n    pass", {"flint"}, {"flint"}, id="in try"),
        pytest.param("if TYPE_CHECKING:\n    import flint", set(), set(), id="for types"),
    ],
)
def test_imports_are_seen(source: str, at_top: set[str], anywhere: set[str]) -> None:
    tree = ast.parse(source)
    assert imports("m", tree, functions=False) == at_top
    assert imports("m", tree) == anywhere


def test_the_core_is_there() -> None:
    assert {f"{VERIFIED}.{name}" for name in CORE} <= _trees(VERIFIED).keys()
    assert f"{VERIFIED}.expr" in _below(f"{VERIFIED}.kernel", _graph(VERIFIED))


# --- layers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", _trees("micrograd"))
def test_packages_import_downwards(module: str) -> None:
    place = next((i for i, layer in enumerate(LAYERS) if _is_inside(module, f"micrograd.{layer}")), len(LAYERS))
    above = {"proofs", "tests", "benchmarks", *(f"micrograd.{layer}" for layer in LAYERS[place + 1 :])}
    for target in imports(module, _trees("micrograd")[module]):
        assert not any(_is_inside(target, upper) for upper in above), f"{module} imports {target}"
        assert target != "micrograd" or place > 1, f"{module} imports the package that contains it"


@pytest.mark.parametrize("place", range(len(CORE)), ids=CORE)
def test_the_core_imports_downwards(place: int) -> None:
    graph = _graph(VERIFIED, functions=False)
    below = _below(f"{VERIFIED}.{CORE[place]}", graph)
    assert not below & {f"{VERIFIED}.{name}" for name in CORE[place:]}


@pytest.mark.parametrize("module", sorted(_trees(VERIFIED)))
def test_the_core_hides_no_imports(module: str) -> None:
    tree = _trees(VERIFIED)[module]
    hidden = {node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)} & (
        _inside_functions(tree) | _type_checking(tree)
    )
    assert not hidden or module == LAZY


@pytest.mark.parametrize("name", CORE)
def test_the_core_uses_the_standard_library_only(name: str) -> None:
    for target in imports(f"{VERIFIED}.{name}", _trees(VERIFIED)[f"{VERIFIED}.{name}"]):
        top = target.split(".")[0]
        assert top == "micrograd" or top in sys.stdlib_module_names, target


@pytest.mark.parametrize("name", CORE)
def test_no_solver_and_no_backend_is_below_the_core(name: str) -> None:
    below = _below(f"{VERIFIED}.{name}", _graph(VERIFIED))
    assert not {target for target in below if target.split(".")[0] in SOLVERS}
    assert not {target for target in below if _is_inside(target, f"{VERIFIED}.backends")}


def test_solvers_are_imported_by_backends_and_the_prover_only() -> None:
    for module, targets in _graph(VERIFIED).items():
        if not _is_inside(module, f"{VERIFIED}.backends") and not _is_inside(module, f"{VERIFIED}.prove") and module != LAZY:
            assert not {target for target in targets if target.split(".")[0] in SOLVERS}, module


def test_expressions_depend_on_nothing_else() -> None:
    parts = {"arithmetic", "building", "conditions", "given", "heads", "interning", "names", "nodes", "walks"}
    assert _below(f"{VERIFIED}.expr", _graph(VERIFIED)) & _trees(VERIFIED).keys() <= {VERIFIED, *(f"{VERIFIED}.{part}" for part in parts)}


def test_the_checker_of_certificates_is_independent_of_the_kernel() -> None:
    graph = _graph(VERIFIED)
    below = _below(f"{VERIFIED}.checker", graph | {f"{VERIFIED}.expr": graph[f"{VERIFIED}.heads"]})
    assert f"{VERIFIED}.primitives" in below
    assert not below & {f"{VERIFIED}.{name}" for name in ("kernel", "certificates", "simplification", "evaluation")}
    assert {target.split(".")[0] for target in below} <= {"micrograd", *sys.stdlib_module_names}


def test_there_are_no_circles_at_import_time() -> None:
    graph = _graph("micrograd", functions=False)
    for module in graph:
        assert module not in _below(module, graph), f"{module} imports itself through {sorted(graph[module])}"


# --- what is loaded --------------------------------------------------------------------------------------------------


def _loaded(statements: str) -> set[str]:
    """The top-level modules in memory after the statements, in a new interpreter."""
    script = f"{statements}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_importing_micrograd_loads_no_dependency() -> None:
    loaded = _loaded("import micrograd")
    assert "micrograd" in loaded
    assert not loaded & set(SOLVERS)


def test_proving_and_evaluating_floats_loads_no_dependency() -> None:
    loaded = _loaded(
        "import micrograd as mg\n"
        "x = mg.var('x')\n"
        "theorem = mg.derive_simplified(mg.log(x)*mg.erfc(x), x)\n"
        "mg.check_certificate(mg.certificate(mg.log(x), x))\n"
        "mg.evaluate(theorem.derivative, x=0.5)\n"
        "mg.to_latex(mg.from_json(mg.to_json(mg.parse(str(theorem.derivative)))))\n"
    )
    assert not loaded & set(SOLVERS)


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
