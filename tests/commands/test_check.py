"""``micrograd check``: what a file of claims may do to the output, and the output to the file."""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from micrograd.cli import build_parser, main
from micrograd.commands.check import FORMATS
from micrograd.prove.service import pool, worker
from micrograd.prove.service.results import Results

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


# --- formats ---------------------------------------------------------------------------------------------------------

ROWS: list[dict[str, Any]] = [
    {"id": 'right "]]>', "function": "x**2", "wrt": "x", "derivative": "2*x"},
    {"id": "gradient\n::error::", "f": "x*y", "grad": {"x": "y", "y": "x"}, "hess": [["0", "1"], ["1", "0"]]},
    {"id": "pair \ud800%0A\x1b", "function": "x**2", "wrt": "x", "wrong_derivative": "x", "right_derivative": "2*x"},
]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
TOML = """
[[claim]]
id = 'right "]]>'
function = "x**2"
wrt = "x"
derivative = "2*x"

[[claim]]
id = "gradient\\n::error::"
f = "x*y"
grad = {x = "y", y = "x"}
hess = [["0", "1"], ["1", "0"]]

[[claim]]
id = "pair"
function = "x**2"
wrt = "x"
wrong_derivative = "x"
right_derivative = "2*x"
"""


def verdicts(form: str, printed: str) -> list[bool]:
    """Whether each claim of a report is proved; for formats that leave out what is proved, what they have."""
    if form == "json":
        return [entry["verdict"] == "proved" for entry in json.loads(printed)]
    if form == "junit":
        return [len(case) == 0 for case in ElementTree.fromstring(printed).iter("testcase")]
    if form == "sarif":
        return [entry["level"] == "none" for entry in json.loads(printed)["runs"][0]["results"]]
    return [False] * (len(printed.splitlines()) - 1)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, target = tmp_path / "claims.jsonl", tmp_path / "report"
    path.write_text(LINES)
    assert main(["check", str(path), "-j", "1", "--format", form, "--output", str(target)]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    right = [True] * 7 + [False] + [True]
    assert verdicts(form, out) == (right if form in ("json", "junit") else [False])
    if form in ("text", "github"):
        assert verdicts("json", target.read_text("utf-8")) == right
    else:
        assert target.read_text("utf-8") == out


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"derivative": "1"}, 0),
        ({"derivative": "2"}, 1),
        ({"derivative": "where(x == pi, 2, 1)", "domain": "True"}, 3),
        ({"derivative": 1}, 2),
    ],
    ids=["proved", "refuted", "unknown", "error"],
)
def test_exit_codes_are_those_of_every_format(
    form: str, row: dict[str, Any], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_this_process(monkeypatch)
    assert main(["check", written(tmp_path / "claims.json", {"function": "x", "wrt": "x", **row}), "--format", form]) == code
    assert set(verdicts(form, capsys.readouterr().out)) <= {code == 0}


def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide claims without workers."""
    monkeypatch.setattr(pool.Worker, "decide", lambda self, task, timeout: worker.answer({**task, "timeout": timeout}))


def test_json_is_a_format(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    in_this_process(monkeypatch)
    path = written(tmp_path / "claims.json", *ROWS)
    printed = []
    for words in (["--json"], ["--format", "json"]):
        assert main(["check", path, *words]) == 1
        printed.append([{**entry, "seconds": 0} for entry in json.loads(capsys.readouterr().out)])
    assert printed[0] == printed[1]
    for words in (["--json", "--format", "text"], ["--format", "sarif", "--json"], ["--format", "xml"]):
        assert main(["check", path, *words]) == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(("name", "text"), [("a.json", json.dumps(ROWS)), ("a.jsonl", LINES), ("a.toml", TOML)])
def test_certificates_of_every_kind_of_file(name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_this_process(monkeypatch)
    (path := tmp_path / name).write_text(text)
    (folder := tmp_path / "proofs").mkdir()
    assert main(["check", str(path), "--certificates", str(folder), "--output", str(tmp_path / "verdicts")]) == 1
    entries = json.loads((tmp_path / "verdicts").read_text("utf-8"))
    assert [entry["verdict"] for entry in entries] == ["proved"] * 7 + ["refuted", "proved"]
    assert sorted(path.name for path in folder.iterdir()) == [entry["certificate"] for entry in entries if entry["verdict"] == "proved"]
    assert all(json.loads(path.read_text("utf-8")) for path in folder.iterdir())


def test_several_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    in_this_process(monkeypatch)
    lines, tables = tmp_path / "a.jsonl", tmp_path / "b.toml"
    lines.write_text(LINES)
    tables.write_text(TOML)
    assert main(["check", str(tables), str(lines), "--json"]) == 1
    entries = json.loads(capsys.readouterr().out)
    assert [entry["file"] for entry in entries] == [str(tables)] * 9 + [str(lines)] * 9
    assert [entry["line"] for entry in entries] == [2] + [8] * 6 + [14] * 2 + [1] + [2] * 6 + [3] * 2
    assert main(["check", str(tables), str(lines), "--output", str(lines)]) == 2
    assert lines.read_text() == LINES
    lines.write_text(f"{LINES}{{")
    assert main(["check", str(tables), str(lines)]) == 2
    assert main(["check", str(tables), str(tmp_path / "none.json")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 3)
    assert f"{lines} is not JSON lines: Expecting property name enclosed in double quotes at line 4, column 2" in err


@pytest.mark.parametrize("form", ["json", "junit", "sarif", "github"])
def test_a_report_is_whole_when_the_run_is_cut_short(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_this_process(monkeypatch)
    add = Results.add

    def interrupted(self: Results, place: int, entry: dict[str, Any]) -> None:
        add(self, place, entry)
        raise KeyboardInterrupt

    monkeypatch.setattr(Results, "add", interrupted)
    target = tmp_path / "report"
    assert main(["check", written(tmp_path / "claims.json", *ROWS), "-j", "1", "--format", form, "--output", str(target)]) == 130
    out, err = capsys.readouterr()
    assert err == "micrograd check: interrupted; 1 of 9 verdicts are kept\n"
    assert verdicts(form, out) == {"json": [True], "junit": [True, False], "sarif": [], "github": [False]}[form]
    assert verdicts("json" if form == "github" else form, target.read_text("utf-8"))[:1] == ([True] if form != "sarif" else [])
    assert form == "json" or "1 of 9 claims have a verdict" in out


# --- the hook --------------------------------------------------------------------------------------------------------


def test_the_hook_is_a_command_that_takes_files() -> None:
    root = Path(__file__).parents[2]
    lines = (root / ".pre-commit-hooks.yaml").read_text("utf-8").splitlines()
    hook = dict(line[2:].split(" #")[0].split(": ", 1) for line in lines)
    program, *words = shlex.split(hook["entry"])
    assert hook["id"] in (root / "docs" / "prove.md").read_text("utf-8")
    assert program in tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    options = build_parser().parse_args([*words, "--timeout", "5", "a.json", "b.toml"])
    assert [str(path) for path in options.files] == ["a.json", "b.toml"]
