"""The README's examples, the docstrings' examples, and the generated pages."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import micrograd
from docs.generate import pages

ROOT = Path(__file__).parent.parent


def _modules() -> list[str]:
    found = pkgutil.walk_packages(micrograd.__path__, "micrograd.")
    return ["micrograd", *(module.name for module in found if not module.name.endswith("__main__"))]


def test_readme_examples() -> None:
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert result.attempted >= 20
    assert result.failed == 0


@pytest.mark.parametrize(("page", "least"), [("engine.md", 30), ("prove.md", 10), ("train.md", 3)])
def test_guide_examples(page: str, least: int) -> None:
    result = doctest.testfile(str(ROOT / "docs" / page), module_relative=False)
    assert result.attempted >= least
    assert result.failed == 0


@pytest.mark.parametrize("name", _modules())
def test_docstring_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_generated_pages_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == pages()[path], "run python -m docs.generate"
