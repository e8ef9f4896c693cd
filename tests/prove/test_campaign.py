"""The campaign: answers are kept, a run goes on where it stopped, and what is wrong is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.prove import campaign


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """The seeds that are tried, of which the third has a wrong verdict."""
    seeds: list[int] = []

    def run(wanted: list[int], file: Path, jobs: int) -> Iterator[dict[str, Any]]:
        for seed in wanted:
            seeds.append(seed)
            entry: dict[str, Any] = {"seed": seed, "kind": "guard", "word": "unknown"}
            if seed % 10 == 3:
                entry |= {"word": "proved", "faults": ["a claim"]}
            if seed % 10 == 7 and len(seeds) == 8:
                raise KeyboardInterrupt
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(entry) + "\n")
            yield entry

    monkeypatch.setattr(campaign, "KEPT", tmp_path)
    monkeypatch.setattr(campaign, "run", run)
    return seeds


def test_no_wrong_verdict(tried: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert campaign.main(["--claims", "3"]) == 0
    assert tried == [0, 1, 2]
    assert "3 claims, 0 wrong verdicts or crashes" in capsys.readouterr().out


def test_a_wrong_verdict_is_told_and_remembered(tried: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert campaign.main(["--claims", "5"]) == 1
    assert "WRONG proved" in capsys.readouterr().out
    assert campaign.main(["--claims", "5"]) == 1
    assert tried == [0, 1, 2, 3, 4]


def test_an_interrupted_run_goes_on(tried: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert campaign.main(["--claims", "9", "--seed", "2"]) == 130
    assert "7 claims, 1 wrong" in capsys.readouterr().out
    assert campaign.main(["--claims", "9", "--seed", "2"]) == 1
    assert [seed - 20_000_000 for seed in tried] == [0, 1, 2, 3, 4, 5, 6, 7, 7, 8]


def test_one_claim() -> None:
    entry = campaign.attempt(4)
    assert entry["word"] in ("unknown", "refuted", "empty", "none")
    assert "faults" not in entry
