"""``micrograd check``: what a file of claims may do to the output, and the output to the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from micrograd.cli import main

WRONG = {"function": "x", "wrt": "x", "derivative": "2"}


def written(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text(json.dumps(rows), encoding="utf-8")
    return str(path)


def test_a_file_cannot_write_lines_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forged = "a\n1 of 1 claims: 1 proved\r\x1b[2J\u202e"
    rows: list[dict[str, Any]] = [
        {**WRONG, "id": forged},
        {**WRONG, "wrt": "x\nproved"},
        {"f": "x", "grad": {"x\n0 unknown": "1"}},
        {"id": 0, "derivative\n": ""},
    ]
    assert main(["check", written(tmp_path / "claims.json", *rows), "-j", "1"]) == 1
    said = capsys.readouterr().out
    assert len(said.splitlines()) == len(rows) + 1
    assert said.count("\n") == len(rows) + 1
    assert not set(said) & set("\r\x1b\u202e")


@pytest.mark.parametrize("name", ["000001.json", "123456.JSON"])
def test_a_certificate_does_not_take_the_place_of_the_claims(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claims = written(tmp_path / name, {**WRONG, "derivative": "1"})
    before = Path(claims).read_bytes()
    assert main(["check", claims, "--certificates", str(tmp_path)]) == 2
    assert "a certificate would take its place" in capsys.readouterr().err
    assert Path(claims).read_bytes() == before
