"""The benchmark of the flow counts calls between packages, of this layout and of the old one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import flow


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/t/micrograd/prove/normal/cell.py", "prove"),
        ("/t/micrograd/verified/expr.py", "verified"),
        ("/t/micrograd/verified/prove/normal.py", "verified/prove"),
        ("/t/micrograd/verified/backends/arb/carrier.py", "verified/backends"),
        ("/t/micrograd/files.py", "micrograd"),
        ("/t/numpy/core.py", None),
    ],
)
def test_packages(file: str, expected: str | None) -> None:
    assert flow.package("/t/micrograd", file) == expected


def test_the_claim_is_counted_and_calls_between_packages_are_few(capfd: pytest.CaptureFixture[str]) -> None:
    assert flow.main(["--json", "--functions", "3"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["crossings"] == sum(found["pairs"].values())
    assert 0 < found["crossings"] <= 1507 / 2  # what they were when `verified` held the prover
    assert len(found["functions"]) == 3
    assert found["pairs"]["prove -> carriers"] > 0


def test_another_tree_is_looked_at(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "micrograd" / "prove").mkdir(parents=True)
    (tmp_path / "micrograd" / "__init__.py").write_text("raise ValueError('the other tree')\n", encoding="utf-8")
    assert flow.main(["--tree", str(tmp_path)]) != 0
    assert "the other tree" in capfd.readouterr().err
