"""``micrograd prove`` and ``micrograd check`` as commands, and files that are not what they should be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from micrograd.verified.prove.pool import Worker, decide_all
from micrograd.verified.prove.results import Results, result
from micrograd.verified.prove.tables import Claim, TableError, read_table

GOOD = {"id": "good", "function": "x**2", "wrt": "x", "derivative": "2*x", "domain": "True"}
WRONG = {"id": "wrong", "function": "x**2", "wrt": "x", "derivative": "x", "domain": "True"}


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "micrograd", *arguments], capture_output=True, text=True, timeout=120, check=False)


def test_prove() -> None:
    done = command("prove", "x*log1p(y)", "--wrt", "x", "--claim", "where(x == 0, 0, log1p(y))", "--domain", "y > -1")
    assert done.returncode == 1
    assert "REFUTED" in done.stdout
    assert "x = 0" in done.stdout
    done = command("prove", "acosh(x)", "--claim", "1/sqrt(x**2 - 1)", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["verdict"] == "proved"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["x*y", "--claim", "y"], "--wrt"),
        (["x*(", "--claim", "y"], "position"),
        (["x", "--claim", "q"], "q"),
        (["x", "--claim", "1", "--domain", "x <"], "domain"),
        (["x", "--claim", "1", "--domain", "x < 0 and x > 1"], "empty"),
        (["x", "--claim", "1", "--timeout", "-1"], "positive"),
    ],
)
def test_unusable_input_of_prove(arguments: list[str], text: str) -> None:
    done = command("prove", *arguments)
    assert done.returncode == 2, done.stdout
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_check_decides_the_good_rows_and_explains_the_bad(tmp_path: Path) -> None:
    rows: list[Any] = [
        GOOD,
        WRONG,
        {"id": "gradient", "f": "x*y**2", "grad": {"x": "y**2", "y": "2*x*y"}, "vars": ["x", "y"], "hess": [["0", "2*y"], ["2*y", "2*x"]]},
        {"id": "museum", "function": "x**2", "wrt": "x", "wrong_derivative": "x", "right_derivative": "2*x", "domain": "True"},
        {"id": "no claim", "function": "x", "wrt": "x"},
        {"id": "number", "function": 3, "wrt": "x", "derivative": "1"},
        {"id": "syntax", "function": "x +", "wrt": "x", "derivative": "1"},
        {"id": "unheard of", "function": "frob(x)", "wrt": "x", "derivative": "1"},
        "text",
        None,
    ]
    source, target = tmp_path / "claims.json", tmp_path / "verdicts.json"
    source.write_text(json.dumps(rows))
    done = command("check", str(source), "-j", "2", "--output", str(target))
    assert done.returncode == 1, done.stderr
    found = {(r["id"], r["wrt"]): r for r in json.loads(target.read_text())}
    assert found["good", "x"]["verdict"] == "proved"
    assert found["wrong", "x"]["verdict"] == "refuted"
    assert set(found["wrong", "x"]["witness"]) == {"x"}
    assert all(found["gradient", v]["verdict"] == "proved" for v in "xy")
    assert all(found["gradient/hess", f"{a},{b}"]["verdict"] == "proved" for a in "xy" for b in "xy")
    assert found["museum/wrong", "x"]["verdict"] == "refuted"
    assert found["museum/right", "x"]["verdict"] == "proved"
    errors = [r for r in found.values() if r["verdict"] == "error"]
    assert len(errors) == 6
    assert all(r["reason"] for r in errors)
    for entry in found.values():
        assert {"id", "wrt", "verdict", "seconds", "axioms", "oracles", "witness", "reason"} <= set(entry)


@pytest.mark.parametrize("content", ["", "{", "3", '"text"', "[1, 2", "\ud800".encode("utf-16", "surrogatepass").decode("latin-1")])
def test_files_that_are_not_tables(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content.encode("latin-1"))
    done = command("check", str(path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr


def test_missing_files_directories_and_huge_files(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="No such file"):
        read_table(tmp_path / "none.json")
    with pytest.raises(TableError, match="directory"):
        read_table(tmp_path)
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(TableError, match="NUL"):
        read_table(huge)
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000 + "]" * 100_000)
    with pytest.raises(TableError):
        read_table(deep)


def test_exit_codes() -> None:
    for words, code in (("proved", 0), ("proved unknown", 3), ("unknown error", 2), ("error internal", 4), ("internal refuted", 1)):
        results = Results()
        for place, word in enumerate(words.split()):
            internal = word == "internal"
            results.add(place, result(Claim("", "x"), {"verdict": "error" if internal else word, "internal": internal}))
        assert results.exit_code() == code, words


def test_the_time_limit_holds_when_a_worker_does_not_listen() -> None:
    worker = Worker(4096)
    try:
        process = worker.start()
        os.kill(process.pid, signal.SIGSTOP)
        begin = time.monotonic()
        answer = worker.decide({"function": "x", "wrt": "x", "derivative": "1", "domain": "True"}, 0.5)
        assert answer["verdict"] == "unknown"
        assert "time is over" in answer["reason"]
        assert time.monotonic() - begin < 10
        again = worker.decide({"function": "x", "wrt": "x", "derivative": "1", "domain": "True"}, 5)
        assert again["verdict"] == "proved"
    finally:
        worker.stop()


def test_workers_end_with_the_iterator() -> None:
    answers = decide_all([Claim("", "x", {"function": "x", "wrt": "x", "derivative": "1", "domain": "True"})] * 6, jobs=2, timeout=5)
    _, _, answer = next(answers)
    assert answer["verdict"] == "proved"
    answers.close()  # type: ignore[attr-defined]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_interruption_keeps_what_is_finished(tmp_path: Path) -> None:
    slow = [{**GOOD, "id": str(i), "function": "x**2*sin(x)" + " + x" * i, "derivative": "0"} for i in range(3000)]
    source, target = tmp_path / "claims.json", tmp_path / "verdicts.json"
    source.write_text(json.dumps([GOOD, *slow]))
    process = subprocess.Popen(
        [sys.executable, "-m", "micrograd", "check", str(source), "-j", "1", "--output", str(target)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    kept = json.loads(target.read_text())
    assert 0 < len(kept) < 3001
    assert kept[0]["verdict"] == "proved"
