"""What is said when the older package of the same name has touched our files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import micrograd

PACKAGE = Path(micrograd.__file__).parent


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The folder of a copy of the package."""
    folder = tmp_path / "micrograd"
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__", "sample"))
    return folder


def run(folder: Path, statement: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(folder.parent)!r}); {statement}"]
    return subprocess.run(program, capture_output=True, text=True, check=False)


def gone(folder: Path) -> None:
    (folder / "__init__.py").unlink()


def replaced(folder: Path) -> None:
    (folder / "__init__.py").write_text("")


@pytest.mark.parametrize("change", [gone, replaced])
@pytest.mark.parametrize(
    "statement", ["import micrograd.engine", "from micrograd.verified import parse", "import sys, micrograd.cli as c; sys.exit(c.main([]))"]
)
def test_an_init_file_that_is_not_ours(copied: Path, change: Callable[[Path], None], statement: str) -> None:
    change(copied)
    done = run(copied, statement)
    assert done.returncode not in (0, 2)
    message = done.stderr.splitlines()[-1]
    assert "ImportError: micrograd/__init__.py is gone, or belongs to another package" in message
    assert "pip uninstall micrograd; pip install --force-reinstall --no-deps micrograd-verified" in message


@pytest.mark.parametrize("name", ["engine.py", "nn.py"])
def test_both_packages(copied: Path, name: str) -> None:
    (copied / name).write_text("raise AssertionError\n")
    done = run(copied, "import micrograd.engine, micrograd.nn; print(micrograd.__version__)")
    assert done.returncode == 0
    assert done.stdout == f"{micrograd.__version__}\n"
    assert f"{copied / name} is not of micrograd-verified" in done.stderr
    assert done.stderr.count("RuntimeWarning") == 1


@pytest.mark.parametrize("statement", ["import micrograd", "import micrograd.engine", "import micrograd.verified", "import micrograd.cli"])
def test_nothing_is_said_of_a_whole_package(copied: Path, statement: str) -> None:
    done = run(copied, statement)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
