"""The campaign with errors in the prover: which errors, and that an accepted claim would be told."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from proofs.code_mutants.changes import ROOT, Mutant
from tests.prove.certificates import errors


def test_a_larger_sample_contains_the_smaller_one() -> None:
    few, many = errors.changes(5), errors.changes(120)
    assert many[:5] == few
    assert len({mutant.name for mutant in many}) == 120
    assert len({mutant.file for mutant in many}) > 12


def test_what_asks_the_checker_has_no_errors() -> None:
    assert all((ROOT / file).exists() for file in errors.FILES)
    assert not [file for file in errors.FILES if "certify" in file or "verified" in file]


def test_results_are_kept_and_an_error_of_a_process_is_no_acceptance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "KEPT", tmp_path)
    options = argparse.Namespace(jobs=1)

    def broken() -> list[str]:
        raise RuntimeError

    first = dict(errors.done([("a", lambda: ["a claim"]), ("b", broken)], options))
    assert first["a"] == {"result": ["a claim"]}
    assert "RuntimeError" in first["b"]["error"]
    assert dict(errors.done([("a", broken), ("b", broken)], options)) == first


def test_one_error() -> None:
    assert errors.accepted("every cell is empty", _two()) == []


def test_what_is_accepted_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.prove.certificates import attacks

    monkeypatch.setattr(attacks, "accepted", lambda claim: claim.claim == "3*x")
    assert len(errors.accepted("", _two())) == 1


def _two() -> list[dict[str, Any]]:
    from tests.prove.bed import Claim

    return [asdict(Claim("test", "derivative", "x**2", claim, "x > 0", "x == 1", {"x": "1"})) for claim in ("3*x", "4*x")]


def test_mutants_are_changes_of_the_prover() -> None:
    assert all(isinstance(change, Mutant) and change.file.startswith("micrograd/prove/") for change in errors.changes(50))
