"""The examples of docs/nn.md."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "nn.md"


def test_guide_examples() -> None:
    pytest.importorskip("safetensors")
    result = doctest.testfile(str(GUIDE), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted >= 30
    assert result.failed == 0


def test_the_example_on_one_device() -> None:
    pytest.importorskip("jax")
    (program,) = re.findall(r"```python\n(# On one device.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    exec(program, {})
