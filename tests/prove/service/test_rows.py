"""Tables in JSON, JSON lines and TOML: the same claims, the lines on which their rows begin, and texts that are no tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from micrograd.cli import main
from micrograd.prove.service import tables
from micrograd.prove.service.rows import toml_rows
from micrograd.prove.service.tables import TableError, read_table

ROWS: list[dict[str, Any]] = [
    {"id": "derivative", "function": "x**2", "wrt": "x", "derivative": "2*x", "domain": "x > 0"},
    {"id": "gradient", "f": "x*y", "vars": ["x", "y"], "grad": {"x": "y", "y": "x"}},
    {"id": "hessian", "f": "x*y", "vars": ["x", "y"], "hess": [["0", "1"], ["1", "0"]]},
    {"id": 4, "function": "x", "wrt": "x", "wrong_derivative": "2", "right_derivative": "1", "source": {"page": 3}},
    {"id": "no claim", "function": "x", "notes": "é ⊢ \n [[claim]] \u2028"},
]
ROW = json.dumps(ROWS[0])
TABLE = '[[claim]]\nid = "a"\nf = "x"\nwrt = "x"\nderivative = "1"\n'


def toml(value: Any) -> str:
    """A value of JSON as one of TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(entry)}" for key, entry in value.items()) + "}"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


TEXTS = {
    "claims.json": json.dumps(ROWS),
    "claims": json.dumps(ROWS, indent=2),
    "claims.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS),
    "claims.NDJSON": "\r\n".join(map(json.dumps, ROWS)),
    "claims.toml": "".join("[[claim]]\n" + "".join(f"{k} = {toml(v)}\n" for k, v in row.items()) for row in ROWS),
    "list.toml": f"claim = {toml(ROWS)}",
}


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("name", TEXTS)
def test_every_format_makes_the_same_claims(name: str, tmp_path: Path) -> None:
    found = [(claim.id, claim.wrt, claim.task, claim.error) for claim in read_table(written(tmp_path / name, TEXTS[name]))]
    expected = [found for row in map(tables.claims_of, ROWS, range(9)) for found in row]
    assert found == [(claim.id, claim.wrt, claim.task, claim.error) for claim in expected]
    assert len(found) == 1 + 2 + 4 + 2 + 1


def test_the_example_of_the_guide(tmp_path: Path) -> None:
    guide = Path(__file__).parents[3].joinpath("docs", "prove.md").read_text("utf-8")
    example = guide.split("```toml\n")[1].split("```")[0]
    assert [(c.id, c.wrt, c.error) for c in read_table(written(tmp_path / "a.toml", example))] == [
        ("log10", "x", ""), ("bowl", "x", ""), ("bowl", "y", "")
    ]  # fmt: skip


IN_A_STRING = f'{TABLE}notes = """\n[[claim]]\n[[claim]] # """\n{TABLE}'
DECOY = "notes = '''\n[[claim]]'''\n"


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("a.json", ROW, [1]),
        ("a.json", f"\n\n {ROW}", [3]),
        ("a.json", f"[{ROW}, {ROW},\n\n{ROW}\n,{ROW}]", [1, 1, 3, 4]),
        ("a.json", f"[\r\n{ROW},\r\n3]", [2, 3]),
        ("a.json", json.dumps([ROWS[0]] * 3, indent=1), [2, 9, 16]),
        ("a.jsonl", f"{ROW}\n 3 \n{ROW}", [1, 2, 3]),
        ("a.jsonl", f'{ROW}\r\n{{"id": "\u2028\x85"}}\n', [1, 2]),
        ("a.toml", TABLE * 3, [1, 6, 11]),
        ("a.toml", f"# [[claim]]\n\n \t[[ claim\t]] # yes\n{TABLE}", [3, 4]),
        ("a.toml", (TABLE + TABLE).replace("\n", "\r\n"), [1, 6]),
        ("a.toml", f"{TABLE}[claim.notes]\nline = 3\n{TABLE}", [1, 8]),
        ("a.toml", IN_A_STRING, [1, 9]),
        ("a.toml", TABLE + DECOY + TABLE, [1, 8]),
        ("a.toml", f'[["claim"]]\n{DECOY}{TABLE}', [0, 4]),
        ("a.toml", f"[[claim]] # 'quoted'\n{TABLE}", [0, 2]),
        ("a.toml", "claim = [\n{id = 1},\n3]", [0, 0]),
    ],
)
def test_the_lines_of_rows(name: str, text: str, lines: list[int], tmp_path: Path) -> None:
    path = written(tmp_path / name, text)
    claims = list(read_table(path))
    assert [claim.line for claim in claims] == lines
    assert {claim.file for claim in claims} == {str(path)}
    assert not any(key.startswith("line_") for claim in claims for key in claim.task)


BAD = [
    ("a.json", "", "is not JSON: Expecting value at line 1"),
    ("a.json", "[]", "claims nothing"),
    ("a.json", "3", "holds a number"),
    ("a.jsonl", "", "claims nothing"),
    ("a.jsonl", "\n", "line 1 is blank"),
    ("a.jsonl", f"{ROW}\n\n{ROW}", "line 2 is blank"),
    ("a.jsonl", f"{ROW}\n{ROW}\n \t\r\n", "line 3 is blank"),
    ("a.jsonl", f"{ROW}\n{ROW[:-1]}\n{ROW}", "at line 2, column"),
    ("a.jsonl", f"{ROW}\n{ROW} {ROW}", "Extra data at line 2, column"),
    ("a.jsonl", json.dumps(ROWS, indent=1), "at line 1, column"),
    ("a.jsonl", f"{ROW}\n{'[' * 100_000}", "nested too deeply"),
    ("a.jsonl", ROW.encode() + b"\n\xff", f"not UTF-8 text: invalid start byte at byte {len(ROW) + 1}"),
    ("a.jsonl", ROW.encode("utf-16"), "not UTF-8 text"),
    ("a.toml", "", "claims nothing"),
    ("a.toml", "# nothing\n", "claims nothing"),
    ("a.toml", "claim = []", "claims nothing"),
    ("a.toml", TABLE[:-2], "is not TOML: Unterminated string"),
    ("a.toml", f"{TABLE}id = 3\n{TABLE}", "is not TOML: Cannot overwrite a value"),
    ("a.toml", f"{TABLE}[claim.id]\n", "is not TOML"),
    ("a.toml", '[claim]\nf = "x"\n', "an object with the name 'claim'"),
    ("a.toml", "claim = 2020-01-01", "a date with the name 'claim'"),
    ("a.toml", f"{TABLE}[[claims]]\n", "has 'claims' at the top"),
    ("a.toml", f"title = 'rules'\n{TABLE}", "has 'title' at the top"),
    ("a.toml", f"{TABLE}n = {'9' * 9000}", "thousands of digits"),
    ("a.toml", f"a = {'[' * 50_000}", "nested too deeply"),
    ("a.toml", TABLE.replace('"1"', '"\\ud800"'), "not a Unicode scalar value (at line 5"),
    ("a.toml", TABLE.encode() + b"\0", "not UTF-8 text: a NUL byte"),
    ("a.toml", ROW, "is not TOML"),
]


@pytest.mark.parametrize(("name", "text", "said"), BAD, ids=lambda value: repr(value)[:40])
def test_texts_that_are_no_tables(name: str, text: str | bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / name, text)
    for form in ("text", "junit"):
        assert main(["check", str(path), "--format", form]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert err.startswith(f"micrograd check: {path} ")
        assert said in err


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", '{"f": "x", "wrt": "x", "derivative": "1", "f": "x"}', "'f' occurs twice"),
        ("a.jsonl", '{"f": "x", "wrt": "x", "derivative": NaN}', "NaN"),
        ("a.jsonl", f"[{ROW}]", "a list"),
        ("a.toml", "claim = [3]", "a number"),
        ("a.toml", TABLE.replace('"a"', "nan"), "'id' is nan"),
        ("a.toml", TABLE.replace('"a"', "1e9999"), "'id' is 1e9999"),
        ("a.toml", TABLE.replace('"a"', "9223372036854775808"), "beyond 64 bits"),
        ("a.toml", TABLE.replace('"a"', f"0x{'f' * 9000}"), "beyond 64 bits"),
        ("a.toml", TABLE.replace('"a"', "12:00:00"), "'id' is a time"),
        ("a.toml", TABLE.replace('"1"', "2020-01-01"), "'derivative' is a date"),
        ("a.toml", TABLE.replace('"1"', "1"), "'derivative' is a number"),
        ("a.toml", f'{TABLE}domian = "x > 0"', "'domain'"),
    ],
)
def test_rows_that_are_not_read(name: str, text: str, said: str, tmp_path: Path) -> None:
    (claim,) = read_table(written(tmp_path / name, text))
    assert said in claim.error
    assert not claim.task


def test_a_toml_file_is_smaller_than_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.toml", TABLE)
    with path.open("ab") as file:
        file.write(b"#" * 2000)
    monkeypatch.setitem(tables.READERS, ".toml", (toml_rows, 1000))
    with pytest.raises(TableError, match="larger than"):
        read_table(path)
