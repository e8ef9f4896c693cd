"""The sample project passes its own tests, as a user would run them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import micrograd as mg

PROJECT = Path(__file__).parents[2] / "examples" / "handwritten"


def test_the_project_passes(tmp_path: Path) -> None:
    copy = tmp_path / "project"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"], cwd=copy, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.strip().splitlines()
    assert "9 passed" in lines[-1]
    assert any("derivatives proved" in line for line in lines)


def test_the_counterexample_of_the_readme_is_one() -> None:
    """Its first line is what is printed, and at its point the two values differ as it says."""
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    block = text.split("```\nREFUTED")[1].split("```")[0]
    script = "from arm import *; from micrograd.testing import assert_jacobian; assert_jacobian(forward, wrong_jacobian)"
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    statement, place, *values = block.strip().splitlines()[:4]
    assert f"AssertionError: REFUTED  {statement.strip()}\n" in done.stderr
    point = {name: Fraction(value) for name, value in (pair.split(" = ") for pair in place.split(maxsplit=1)[1].split(", "))}
    function, claim = statement.split("[", 1)[1].split("] = ")
    for line, expression in zip(values, (mg.parse(claim), mg.diff(mg.parse(function), mg.var("wrist"))), strict=True):
        shown = float(line.split("[")[1].split()[0])
        assert shown == pytest.approx(mg.evaluate(expression, {name: float(x) for name, x in point.items()}), rel=1e-12)
