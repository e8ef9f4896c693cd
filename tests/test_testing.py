"""Derivatives as tests: the assertions, the decorators, and the plugin in sessions of its own."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import micrograd as mg
from micrograd.testing import (
    Assertion,
    UndecidedWarning,
    assert_derivative,
    assert_gradient,
    assert_hessian,
    assert_jacobian,
    proves_gradient_of,
    proves_hessian_of,
    proves_jacobian_of,
)
from micrograd.verified.errors import UnsupportedPrimitive

ROOT = Path(__file__).parents[1]


def product(x: float, y: float) -> float:
    return x**2 * y


def energy(v: Any) -> Any:
    return v @ v / 2


def polar(r: float, t: float) -> tuple[float, float]:
    return r * math.cos(t), r * math.sin(t)


# --- assertions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim",
    [
        lambda x, y: (2 * x * y, x**2),
        lambda x, y: np.array([2 * x * y, x**2]),
        lambda x, y: {"y": x**2, "x": 2 * x * y},
        lambda *both: (2 * both[0] * both[1], both[0] ** 2),
        lambda x, t=0: (2 * x * t, x**2),
        lambda a, b: [2 * a * b, a**2],
        ["2*x*y", "x**2"],
        {"y": lambda x, y: x**2, "x": mg.parse("2*x*y")},
    ],
    ids=["tuple", "array", "dict", "any number", "default", "places", "texts", "mixed"],
)
def test_forms_of_a_gradient(claim: Any) -> None:
    assert_gradient(product, claim)


def test_parameters_of_several_shapes() -> None:
    def f(a: float, v: Any, m: Any) -> Any:
        return a * (v @ m @ v)

    def df(a: float, v: Any, m: Any) -> Any:
        return {"a": v @ m @ v, "v": a * (m + m.T) @ v, "m": a * np.outer(v, v)}

    shapes: dict[str, Any] = {"v": 2, "m": (2, 2)}
    assert_gradient(f, df, shapes=shapes)
    assert_gradient(f, lambda a, v, m: a * (m + m.T) @ v, wrt="v", shapes=shapes)
    assert_gradient(f, lambda a, v, m: tuple(df(a, v, m).values()), shapes=shapes)


def test_expressions_and_texts() -> None:
    x = mg.var("x")
    assert_derivative(x * mg.log(x), mg.log(x) + 1, domain="x > 0")
    assert_derivative("x*y", "y", wrt="x")
    assert_derivative(lambda x: x if x > 0 else 0.0, lambda x: 1 if x > 0 else 0, domain="x != 0")
    assert_gradient("x**2*y", lambda x, y: (2 * x * y, x**2))
    assert_hessian(product, lambda x, y: [[2 * y, 2 * x], [2 * x, 0]])
    assert_hessian(energy, lambda v: np.eye(3), shapes={"v": 3})
    assert_jacobian(polar, lambda r, t: [[math.cos(t), -r * math.sin(t)], [math.sin(t), r * math.cos(t)]])


def test_the_counterexample_is_the_message() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_gradient(product, lambda x, y: (2 * x * y, x))
    lines = str(caught.value).splitlines()
    assert lines[0] == "REFUTED  d/dy [x**2*y] = x"
    assert [line.split()[0] for line in lines[1:]] == ["at", "claimed", "true", "because"]


@pytest.mark.parametrize(
    ("check", "wrong"),
    [
        (lambda: assert_derivative("x**2", "x"), "d/dx [x**2] = x"),
        (lambda: assert_hessian(product, [["2*y", "2*x"], ["x", 0]]), "d/dx [d/dy [x**2*y]] = x"),
        (lambda: assert_jacobian(polar, [["cos(t)", "-r*sin(t)"], ["sin(t)", "cos(t)"]]), "d/dt [r*sin(t)] = cos(t)"),
    ],
    ids=["derivative", "Hessian", "Jacobian"],
)
def test_what_is_wrong_fails(check: Callable[[], None], wrong: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check()
    assert str(caught.value).startswith(f"REFUTED  {wrong}\n")


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (lambda: assert_gradient(product, [1]), "1 partial derivatives are claimed for the 2 variables x, y"),
        (lambda: assert_gradient(product, {"x": "2*x*y"}), "no partial derivative is claimed for y"),
        (lambda: assert_derivative(product, "x"), "say with respect to which of x, y by wrt="),
        (lambda: assert_hessian(product, [[1, 2]]), "the Hessian with respect to x, y has 2 rows of 2 entries, not 2"),
        (lambda: assert_gradient(polar, [1, 2]), "a gradient is that of one number, and the function returns 2"),
        (lambda: assert_gradient(energy, lambda v: v, "w > 0", shapes={"v": 2}), "the domain mentions w; the variables are v0, v1"),
    ],
    ids=["too few", "dict", "wrt", "Hessian", "vector", "domain"],
)
def test_unusable_claims(check: Callable[[], None], reason: str) -> None:
    with pytest.raises(ValueError) as caught:
        check()
    assert reason in str(caught.value)


def test_what_cannot_be_traced_is_no_failed_assertion() -> None:
    with pytest.raises(UnsupportedPrimitive, match="vector needs its length"):
        assert_gradient(lambda v: v[0], lambda v: [1, 0])


HARD, HARD_WRITTEN = "x*cos(pi/7)*cos(2*pi/7)*cos(4*pi/7)", "-1/8"
"""True, and beyond the prover, which knows no identities of fractions of pi."""


def test_undecided_fails_with_its_reason_unless_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match=r"UNKNOWN(.|\n)*because"):
        assert_derivative(HARD, HARD_WRITTEN)
    with pytest.raises(pytest.skip.Exception, match="UNKNOWN"):
        assert_derivative(HARD, HARD_WRITTEN, allow_unknown=True)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with pytest.warns(UndecidedWarning, match="UNKNOWN"):
        assert_derivative(HARD, HARD_WRITTEN, allow_unknown=True)


# --- decorators --------------------------------------------------------------------------------------------------------


def test_a_decorated_function_is_the_same_function() -> None:
    def gradient(x: float, y: float) -> tuple[float, float]:
        return 2 * x * y, x**2

    decorated = proves_gradient_of(product)(gradient)
    assert decorated is gradient
    assert decorated(1.0, 2.0) == (4.0, 1.0)
    verdict: Callable[[], Any] = decorated.__dict__["verdict"]
    assert verdict().verdict == "proved"
    assert verdict() is verdict()


def test_decorators_of_all_kinds() -> None:
    hessian: Any = proves_hessian_of(product)(lambda x, y: [[2 * y, 2 * x], [2 * x, 0]])
    jacobian: Any = proves_jacobian_of(polar)(lambda r, t: [[math.cos(t), -r * math.sin(t)], [math.sin(t), r]])
    assert hessian.verdict().verdict == "proved"
    assert jacobian.verdict().verdict == "refuted"
    assert jacobian.verdict()[1, "t"].verdict == "refuted"
    assert isinstance(vars(hessian)["__micrograd_claim__"], Assertion)


# --- the plugin --------------------------------------------------------------------------------------------------------

FORMULAS = """
from micrograd.testing import proves_gradient_of

def f(x, y):
    return x**2 * y

@proves_gradient_of(f)
def right(x, y):
    return 2 * x * y, x**2
"""
TESTS = """
import sys
from unittest.mock import MagicMock
from formulas import f, right
from micrograd.testing import assert_gradient, proves_gradient_of

mock = MagicMock()
again = right

@proves_gradient_of(f)
def test_wrong(x, y):
    return 2 * x * y, x

class TestInAClass:
    def test_assertion(self):
        assert_gradient(f, ["2*x*y", "x**2"])

@proves_gradient_of("x*cos(pi/7)*cos(2*pi/7)*cos(4*pi/7)", allow_unknown=True)
def undecided(x):
    return -0.125
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    (folder / "formulas.py").write_text(FORMULAS)
    (folder / "test_formulas.py").write_text(TESTS)
    return folder


def session(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_gradients_are_collected_proved_and_counted(project: Path) -> None:
    done = session(project, "-v")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    expected = {"right": "PASSED", "test_wrong": "FAILED", "TestInAClass::test_assertion": "PASSED", "undecided": "SKIPPED"}
    for name, outcome in expected.items():
        assert any(line.startswith(f"test_formulas.py::{name} {outcome}") for line in lines), done.stdout
    assert not any("::again" in line or "::mock" in line for line in lines)
    assert "REFUTED  d/dy [x**2*y] = x" in lines
    assert "Traceback" not in done.stdout
    assert "micrograd: 5 of 7 derivatives proved, 1 refuted, 1 unknown" in lines


@pytest.mark.slow
def test_counts_of_several_processes_are_added(project: Path) -> None:
    pytest.importorskip("xdist")
    assert "micrograd: 5 of 7 derivatives proved, 1 refuted, 1 unknown" in session(project, "-n2").stdout.splitlines()


def test_nothing_is_said_where_nothing_is_proved(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text("import sys\ndef test_nothing():\n    assert 'z3' not in sys.modules\n")
    done = session(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "micrograd:" not in done.stdout


def test_static_methods_are_collected(tmp_path: Path) -> None:
    lines = ["from micrograd.testing import proves_gradient_of", "class TestRules:", "    @staticmethod"]
    lines += ['    @proves_gradient_of("x**2")', "    def wrong(x):", "        return 3*x"]
    (tmp_path / "test_static.py").write_text("\n".join(lines))
    done = session(tmp_path)
    assert done.returncode == 1
    assert "1 refuted" in done.stdout


def test_a_claim_is_about_what_the_name_holds(tmp_path: Path) -> None:
    lines = [
        "import functools",
        "from micrograd.testing import proves_gradient_of",
        "def twice(f):",
        "    return functools.wraps(f)(lambda x: 2*f(x))",
        "@twice",
        "@proves_gradient_of('x**2')",
        "def changed(x): return 2*x",
        "@functools.lru_cache",
        "@proves_gradient_of('x**2')",
        "def remembered(x): return 2*x",
        "other = twice(remembered)",
        "class TestRules:",
        "    @proves_gradient_of('x**2')",
        "    @staticmethod",
        "    def below(x): return 3*x",
    ]
    (tmp_path / "test_names.py").write_text("\n".join(lines))
    done = session(tmp_path)
    assert "micrograd: 1 of 3 derivatives proved, 2 refuted" in done.stdout.splitlines(), done.stdout
    assert "d/dx [x**2] = 2*(2*x)" in done.stdout
    assert "d/dx [x**2] = 3*x" in done.stdout


def test_the_timeout_is_an_option(tmp_path: Path) -> None:
    (tmp_path / "test_timeout.py").write_text(
        "from micrograd.testing import _timeout\ndef test_timeout():\n    assert _timeout.get() == 7.5\n"
    )
    assert session(tmp_path, "--micrograd-timeout", "7.5").returncode == 0
    refused = session(tmp_path, "--micrograd-timeout", "0")
    assert refused.returncode == 4
    assert "--micrograd-timeout is a positive number of seconds, not 0" in refused.stderr


def test_outside_of_pytest_neither_pytest_nor_a_solver_is_loaded() -> None:
    script = (
        "import sys\nfrom micrograd.testing import proves_gradient_of\nproves_gradient_of('x**2')(lambda x: 2*x)\n"
        "assert not {'pytest', 'z3', 'flint', 'numpy', 'sympy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, timeout=60)
