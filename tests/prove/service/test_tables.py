"""``micrograd prove`` and ``micrograd check`` as commands, and files that are not what they should be."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from micrograd.cli import main
from micrograd.commands.reports import Report, write
from micrograd.prove.service.results import Results, result
from micrograd.prove.service.tables import Claim, TableError, read_table

GOOD = {"id": "good", "function": "x**2", "wrt": "x", "derivative": "2*x", "domain": "True"}
WRONG = {"id": "wrong", "function": "x**2", "wrt": "x", "derivative": "x", "domain": "True"}


def command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    options = {"capture_output": True, "text": True, "timeout": 120, "check": False, **options}
    return subprocess.run([sys.executable, "-m", "micrograd", *arguments], **options)


@contextmanager
def started(script: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A program that runs meanwhile; nothing of it is left, however the test ends."""
    with subprocess.Popen([sys.executable, "-c", script, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


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
def test_unusable_input_of_prove(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", *arguments]) == 2
    out, err = capsys.readouterr()
    assert text in err
    assert (out, err.count("\n")) == ("", 1)


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
def test_files_that_are_not_tables(tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content.encode("latin-1"))
    assert main(["check", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


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


# --- rows ------------------------------------------------------------------------------------------------------------

NAN, LONG = float("nan"), "9" * 5000
GRAD: dict[str, Any] = {"f": "x*y", "vars": ["x", "y"], "grad": {"x": "y", "y": "x"}}
HESS: dict[str, Any] = {**GRAD, "hess": [["0", "1"], ["1", "0"]]}


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


UNUSABLE: list[tuple[Any, str]] = [
    # nothing is claimed, or not everything
    ({**GRAD, "grad": {}}, "empty"),
    ({**GRAD, "grad": {"x": "y"}}, "'y'"),
    ({**GRAD, "vars": ["x"]}, "'y'"),
    ({**GRAD, "vars": ["x", "y", "x"]}, "twice"),
    ({**GRAD, "vars": []}, "'vars'"),
    ({**GRAD, "vars": "xy"}, "'vars'"),
    ({**GRAD, "vars": {"x": 1}}, "'vars'"),
    ({**GRAD, "grad": None}, "null"),
    ({**GRAD, "grad": ["y", "x"]}, "a list"),
    ({**GRAD, "grad": {"x": "y", "y": None}}, "null"),
    ({**GRAD, "grad": {"x": "y", "y": True}}, "a truth value"),
    ({**HESS, "hess": None}, "'hess'"),
    ({**HESS, "hess": []}, "square"),
    ({**HESS, "hess": [["0"], ["1"]]}, "square"),
    ({**HESS, "hess": [["0", "1"], "10"]}, "square"),
    ({**HESS, "hess": [["0", "1"], ["1", 0]]}, "a number"),
    (without(HESS, "grad", "vars"), "'vars'"),
    ({**without(HESS, "grad"), "vars": None}, "'vars'"),
    (without(GOOD, "derivative"), "neither"),
    (without(GOOD, "function"), "function"),
    (without(GOOD, "wrt"), "'wrt'"),
    ({**GOOD, "derivative": None}, "null"),
    ({**GOOD, "derivative": False}, "a truth value"),
    ({**GOOD, "function": ["x"]}, "a list"),
    ({**GOOD, "wrt": 1}, "a number"),
    ({**GOOD, "domain": True}, "a truth value"),
    ({**GOOD, "domain": {}}, "an object"),
    ({**GOOD, "vars": ["y"]}, "'x'"),
    ({**GOOD, "derivative": NAN}, "NaN"),
    ({**GOOD, "derivative": float("inf")}, "Infinity"),
    ({**GOOD, "id": True}, "'id'"),
    ({**GOOD, "id": ["a"]}, "'id'"),
    ({**GOOD, "id": NAN}, "'id'"),
    # two claims
    ({**GRAD, "derivative": "y"}, "two claims"),
    ({**GOOD, "wrong_derivative": "x"}, "two claims"),
    ({**GOOD, "right_derivative": "x"}, "two claims"),
    ({**GRAD, "wrong_derivative": "x"}, "two claims"),
    ({**GOOD, "hess": [["2"]]}, "two claims"),
    ({**GOOD, "f": "x**2"}, "two functions"),
    ({**GRAD, "wrt": "x"}, "'wrt'"),
    # keys that are not read
    ({**GOOD, "domian": "x > 0"}, "'domain'"),
    ({**GOOD, "Domain": "x > 0"}, "'domain'"),
    ({**GOOD, " domain": "x > 0"}, "'domain'"),
    ({**GOOD, "domains": "x > 0"}, "'domain'"),
    ({**GOOD, "assumptions": "x > 0"}, "'domain'"),
    ({**GOOD, "where": "x > 0"}, "'domain'"),
    ({**GRAD, "hessian": [["0", "1"], ["1", "0"]]}, "'hess'"),
    ({**GRAD, "var": ["x", "y"]}, "'vars'"),
    ({**GOOD, "gradient": {"x": "1"}}, "'grad'"),
    ({**GOOD, "wrong-derivative": "x"}, "'wrong_derivative'"),
    ({**GOOD, "wtr": "x"}, "'wrt'"),
    # no objects
    (None, "null"), ("x", "text"), (5, "a number"), ([], "a list"), (True, "a truth value"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "text"), UNUSABLE, ids=lambda value: json.dumps(value)[:70])
def test_rows_that_are_not_read_exactly(row: Any, text: str, tmp_path: Path) -> None:
    (path := tmp_path / "claims.json").write_text(json.dumps([row]))
    (claim,) = read_table(path)
    assert text in claim.error
    assert not claim.task


def test_keys_that_stand_twice_and_long_numbers(tmp_path: Path) -> None:
    path = tmp_path / "claims.json"
    for row, text in (
        ('{"function": "x", "wrt": "x", "derivative": "1", "derivative": "2"}', "'derivative' occurs twice"),
        ('{"function": "x", "wrt": "x", "derivative": "1", "domain": "x > 0", "domain": "True"}', "'domain' occurs twice"),
        ('{"f": "x", "grad": {"x": "1", "x": "2"}}', "'x' occurs twice in 'grad'"),
        ('{"function": "x", "wrt": "x", "derivative": LONG}', "a number of 5000 digits"),
        ('{"id": -LONG, "function": "x", "wrt": "x", "derivative": "1"}', "a number of 5001 digits"),
    ):
        path.write_text(f"[{row.replace('LONG', LONG)}]")
        (claim,) = read_table(path)
        assert text in claim.error


@pytest.mark.parametrize(
    "row",
    [
        GOOD, GRAD, HESS, without(HESS, "grad"), without(GRAD, "vars"), {**GOOD, "vars": None, "domain": None}, {**HESS, "vars": None},
        {**without(GOOD, "derivative"), "wrong_derivative": "x"}, {**without(GOOD, "derivative"), "right_derivative": "2*x"},
        {**without(GOOD, "function"), "f": "x"}, {**GOOD, "id": 5}, {**GOOD, "id": None}, {**GOOD, "vars": ["x", "y"]},
        {**GOOD, "source": {"a": [NAN]}, "notes": None, "expected": 9**999, "kind": "", "fragment": "", "probe_points": [], "title": "t"},
        {**GOOD, "source_repo": "", "source_path": "", "extra_functions": [], "scope": "", "status": "", "ref": "", "project": ""},
    ],
    ids=lambda row: ",".join(row),
)  # fmt: skip
def test_rows_that_are_read(row: dict[str, Any], tmp_path: Path) -> None:
    (path := tmp_path / "claims.json").write_text(json.dumps(row))
    claims = list(read_table(path))
    assert claims
    assert not any(claim.error for claim in claims)
    hessian = [claim for claim in claims if claim.id.endswith("/hess")]
    assert len(hessian) == (4 if "hess" in row else 0)
    assert all(claim.wrt == f"{claim.task['second']},{claim.task['wrt']}" for claim in hessian)


@pytest.mark.parametrize(
    ("text", "length"),
    [("{}", 1), (" [ {} , 1 ] ", 2), ("\ufeff[{}]", 1), ("[{},]", 0), ("[{} {}]", 0), ("[{}]]", 0), ("[,{}]", 0), ("[{}", 0), ("[{},", 0),
     ("[]", 0), (" [ ] ", 0), ("{} {}", 0), ("1", 0), ("[{}]\u00a0", 0), ("[01]", 0), ("['a']", 0)],
)  # fmt: skip
def test_lists_are_read_as_json_has_them(text: str, length: int, tmp_path: Path) -> None:
    (path := tmp_path / "claims.json").write_text(text, encoding="utf-8")
    if length:
        assert len(read_table(path)) == len(json.loads(path.read_text("utf-8-sig"))) == length or text == "{}"
    else:
        with pytest.raises(TableError):
            read_table(path)


# --- results ---------------------------------------------------------------------------------------------------------


def test_results_take_little_memory_and_come_in_order() -> None:
    results, order = Results(), list(range(4_000))
    random.Random(0).shuffle(order)
    answer = {"verdict": "proved", "seconds": 0.25, "axioms": ["exp_add", "exp_positive"], "oracles": ["normal form"], "notes": ["x = 0"]}
    tracemalloc.start()
    for place in order:
        results.add(place, result(Claim(f"row {place}", "x"), answer))
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert [entry["id"] for entry in results] == [f"row {place}" for place in range(4_000)]
    assert size < 4_000 * 100
    for some in (results, Results()):
        write(Report(some, len(some), 0), "json", out := io.StringIO())
        assert json.loads(out.getvalue()) == list(some)


# --- the command -----------------------------------------------------------------------------------------------------


def test_half_a_pair_and_other_letters(tmp_path: Path) -> None:
    rows = [{**GOOD, "id": "é ⊢ \ud800"}, {**GOOD, "function": "\ud800"}, {**GOOD, "derivative": "\udfff"}]
    source, target = tmp_path / "claims.json", tmp_path / "verdicts.json"
    source.write_text(json.dumps(rows))
    for encoding, words in (("utf-8", ["--json"]), ("ascii", ["--json"]), ("ascii", [])):
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        done = command("check", str(source), "-j", "1", "--output", str(target), *words, env=environment, encoding=encoding)
        assert (done.returncode, done.stderr) == (2, "")
        entries = json.loads(target.read_text("utf-8"))
        assert [entry["verdict"] for entry in entries] == ["proved", "error", "error"]
        assert entries[0]["id"] == rows[0]["id"]
        if words:
            assert json.loads(done.stdout)[0]["id"] == rows[0]["id"]


def test_standard_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "micrograd", "check", "-", "-j", "1"], input=json.dumps([WRONG]), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")


def test_options_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (source := tmp_path / "claims.json").write_text(json.dumps([GOOD]))
    for words, text in (
        (["--output", str(tmp_path / "none" / "v.json")], "no folder"),
        (["--output", str(tmp_path)], "directory"),
        (["--output", str(source)], "take the place"),
        (["-j", "0"], "processes"),
        (["-j", "1000000"], "processes"),
        (["--timeout", "nan"], "positive"),
        (["--timeout", "inf"], "positive"),
        (["--timeout", "0"], "positive"),
        (["--timeout", "soon"], "positive"),
    ):
        assert main(["check", str(source), *words]) == 2
        out, err = capsys.readouterr()
        assert text in err
        assert (out, err.count("\n")) == ("", 1)
    assert json.loads(source.read_text()) == [GOOD]


FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))"


@pytest.mark.skipif(sys.platform == "win32", reason="limits")
def test_an_output_that_cannot_be_written_is_said_and_the_summary_printed(tmp_path: Path) -> None:
    source, target = tmp_path / "claims.json", tmp_path / "verdicts.json"
    source.write_text(json.dumps([GOOD]))
    target.write_text("old")
    script = f"{FULL}\nimport sys, micrograd.cli; sys.exit(micrograd.cli.main())"
    words = ["check", str(source), "-j", "1", "--output", str(target)]
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "verdicts.json: File too large" in done.stderr
    assert "1 proved" in done.stdout
    assert target.read_text() == "old"


SAID = """
import sys, micrograd.cli, micrograd.prove.service.results as results
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests themselves run in the background, it is ignored
signal.signal(signal.SIGHUP, signal.SIG_DFL)
add = results.Results.add
def said(self, place, entry):
    add(self, place, entry)
    if place == 0: print("the first", file=sys.stderr, flush=True)
results.Results.add = said
sys.exit(micrograd.cli.main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_interruption_keeps_what_is_finished(name: str, tmp_path: Path) -> None:
    number = getattr(signal, name)
    slow = [{**GOOD, "id": str(i), "function": "x**2*sin(x)" + " + x" * i, "derivative": "0"} for i in range(3000)]
    source, target = tmp_path / "claims.json", tmp_path / "verdicts.json"
    source.write_text(json.dumps([GOOD, *slow]))
    with started(SAID, "check", str(source), "-j", "1", "--output", str(target)) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "the first\n"
        workers = children(process.pid)
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 128 + number, errors
    assert "verdicts are kept" in errors
    kept = json.loads(target.read_text())
    assert 0 < len(kept) < 3001
    assert kept[0]["verdict"] == "proved"
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_interruption_of_prove_ends_its_worker(name: str) -> None:
    script = SAID.replace("results.Results.add = said", "import micrograd.prove.service.pool as p\nstart = p.Worker.start") + ""
    script = script.replace(
        "sys.exit(",
        "p.Worker.start = lambda self: (start(self), print('the first', file=sys.stderr, flush=True), signal.pause())\nsys.exit(",
    )
    with started(script, "prove", "x", "--claim", "1") as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "the first\n"
        (worker,) = children(process.pid)
        process.send_signal(getattr(signal, name))
        process.communicate(timeout=120)
    assert process.returncode == 128 + getattr(signal, name)
    assert not Path(f"/proc/{worker}").exists()


def children(process: int) -> list[int]:
    """The processes that a process has started, on Linux."""
    found = []
    for path in Path("/proc").glob(f"{process}/task/*/children"):
        found += [int(word) for word in path.read_text().split()]
    return found
