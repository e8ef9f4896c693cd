"""The benchmark of verdicts runs on a small file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.verdicts import main


def test_it_prints_a_table_for_each_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"id": "a", "function": "x**2", "wrt": "x", "derivative": "2*x", "domain": "True", "fragment": "elementary", "expected": "proved"},
        {"id": "b", "function": "x**2", "wrt": "x", "derivative": "x", "domain": "True", "fragment": "elementary", "expected": "refuted"},
    ]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows))
    assert main([str(path), "--sympy", "2"]) == 0
    text = capsys.readouterr().out
    for line in ("ours: 2 claims", "numerical: 2 claims", "SymPy: 2 claims", "expected refuted  differs"):
        assert line in text
