"""What ``micrograd check`` reports, format by format, of claims whose names are hostile."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import Any
from xml.etree import ElementTree

import pytest

from micrograd.commands import check
from micrograd.commands.reports import FORMATS, Report, write
from micrograd.prove.service.results import Results, result
from micrograd.prove.service.tables import Claim

NAMES = [
    "plain", '"]]>', "'\"<&>", "a\nb\r\nc\td", "::error::x", "%0A%25", "a,b:c=d", "\x00\x1b[2J\x7f\x85", "\ud800 \udfff \U0001f600",
    "\ufffe", "{0} }{ [text](http://example.org)", "##[error]x", "é ⊢", " ", "", "x" * 100_000,
]  # fmt: skip
REFUTED = {"verdict": "refuted", "seconds": 0.5, "witness": {"x": "-1/3"}, "claimed": "1", "true": "2", "reason": "disjoint"}
ANSWERS: dict[str, dict[str, Any]] = {
    "proved": {"verdict": "proved", "seconds": 0.25, "axioms": ["exp_add"]},
    "refuted": REFUTED,
    "unknown": {"verdict": "unknown", "seconds": 1.0, "reason": "a difference\nremains", "evidence": "none at 9 points"},
    "error": {"verdict": "error", "reason": "the row is '<null>' &c. ]]>"},
    "internal": {"verdict": "error", "internal": True, "reason": "internal error: ZeroDivisionError: %"},
}
XML = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


def report(*claims: tuple[Claim, str], missing: int = 0, code: int = 0) -> Report:
    results = Results()
    for place, (claim, verdict) in enumerate(claims):
        results.add(place, result(claim, ANSWERS[verdict]))
    return Report(results, len(claims) + missing, code or results.exit_code())


def printed(form: str, what: Report, *, ascii_only: bool = False) -> str:
    write(what, form, out := io.StringIO(), ascii_only=ascii_only)
    return out.getvalue()


EACH = report(*((Claim(verdict, "x", file="a/b.jsonl", line=line), verdict) for line, verdict in enumerate(ANSWERS, 1)))
HOSTILE = report(*((Claim(name, "x", file="a.json", line=1), "refuted") for name in NAMES))
CUT = report((Claim("a", "x", file="a.json"), "proved"), missing=2, code=130)


def test_the_command_knows_the_formats() -> None:
    assert tuple(FORMATS) == check.FORMATS


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("what", [EACH, HOSTILE, CUT, report()], ids=["each", "hostile", "cut", "none"])
def test_reports_are_ascii_where_they_must(form: str, what: Report) -> None:
    if form in ("json", "junit", "sarif"):
        assert printed(form, what, ascii_only=True).isascii()
    else:  # lines for people: the stream says what it does not have
        assert printed(form, what, ascii_only=True) == printed(form, what)


# --- text and JSON ---------------------------------------------------------------------------------------------------


def test_text() -> None:
    assert printed("text", EACH).splitlines() == [
        "refuted  refuted d/dx (a/b.jsonl:2) at x = -1/3: claimed 1, true 2; disjoint",
        r"unknown  unknown d/dx (a/b.jsonl:3): a difference\nremains",
        "error    error d/dx (a/b.jsonl:4): the row is '<null>' &c. ]]>",
        "error    internal d/dx (a/b.jsonl:5): internal error: ZeroDivisionError: %",
        "5 of 5 claims: 1 proved, 1 refuted, 1 unknown, 1 error, 1 internal; median 0.250 s, longest 1.00 s",
    ]
    assert printed("text", CUT).startswith("1 of 3 claims: 1 proved;")


@pytest.mark.parametrize("ascii_only", [False, True])
def test_json_has_everything(ascii_only: bool) -> None:
    entries = json.loads(printed("json", HOSTILE, ascii_only=ascii_only))
    assert entries == list(HOSTILE.results)
    assert printed("json", HOSTILE).encode("utf-8")
    assert [entry["id"] for entry in entries] == NAMES
    assert [entry.get("line") for entry in json.loads(printed("json", EACH))] == [1, 2, 3, 4, 5]
    assert "line" not in json.loads(printed("json", CUT))[0]
    assert json.loads(printed("json", report())) == []


# --- JUnit -----------------------------------------------------------------------------------------------------------

SUITE = {"name", "tests", "failures", "errors", "time"}
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": (SUITE, {"testsuite"}),
    "testsuite": (SUITE | {"skipped"}, {"testcase"}),
    "testcase": ({"classname", "name", "time"}, {"failure", "error"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
}
"""What is used of the schema: the attributes, and what an element may contain."""


def parsed(text: str) -> ElementTree.Element:
    """The root of a report that is valid, and whose totals are right."""
    assert XML.fullmatch(text)
    root = ElementTree.fromstring(text.encode("utf-8"))
    for element in root.iter():
        attributes, children = ALLOWED[element.tag]
        assert element.keys() == [key for key in element.keys() if key in attributes], element.tag  # noqa: SIM118
        assert {child.tag for child in element} <= children
        assert re.fullmatch(r"\d+\.\d{3}", element.get("time", "0.000"))
    for totals in (root, *root):
        assert int(totals.get("tests", "")) == len(list(root.iter("testcase")))
        assert int(totals.get("failures", "")) == len(list(root.iter("failure")))
        assert int(totals.get("errors", "")) == len(list(root.iter("error")))
    return root


def test_junit_has_a_case_for_each_claim() -> None:
    root = parsed(printed("junit", EACH))
    cases = list(root.iter("testcase"))
    assert [(case.get("classname"), case.get("name")) for case in cases] == [("a/b.jsonl", f"{verdict} d/dx") for verdict in ANSWERS]
    assert [[(problem.tag, problem.get("type")) for problem in case] for case in cases] == [
        [], [("failure", "refuted")], [("failure", "unknown")], [("error", "error")], [("error", "internal")]
    ]  # fmt: skip
    assert cases[1][0].get("message") == "refuted at x = -1/3: claimed 1, true 2; disjoint"
    assert cases[1][0].text == "a/b.jsonl:2: refuted at x = -1/3: claimed 1, true 2; disjoint"
    assert cases[3][0].text == "a/b.jsonl:4: error: the row is '<null>' &c. ]]>"
    assert "none at 9 points" in (cases[2][0].text or "")
    assert (root.get("time"), cases[0].get("time")) == ("1.750", "0.250")


@pytest.mark.parametrize("ascii_only", [False, True])
def test_names_in_junit(ascii_only: bool) -> None:
    found = [case.get("name") for case in parsed(printed("junit", HOSTILE, ascii_only=ascii_only)).iter("testcase")]
    for name, shown in zip(NAMES, found, strict=True):
        assert shown == f"{name} d/dx" or not XML.fullmatch(name)
    assert found[NAMES.index("\x00\x1b[2J\x7f\x85")] == "\\x00\\x1b[2J\x7f\x85 d/dx"
    assert found[NAMES.index("\ud800 \udfff \U0001f600")] == "\\ud800 \\udfff \U0001f600 d/dx"


def test_junit_says_what_is_missing() -> None:
    first, last = parsed(printed("junit", CUT)).iter("testcase")
    assert len(first) == 0
    assert last[0].get("message") == "the run was cut short: 1 of 3 claims have a verdict"
    assert not list(parsed(printed("junit", report())).iter("testcase"))


# --- SARIF -----------------------------------------------------------------------------------------------------------


def run(what: Report) -> dict[str, Any]:
    """The only run of a log, after a look at what the specification asks of it."""
    log = json.loads(printed("sarif", what))
    assert list(log) == ["version", "$schema", "runs"]
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("/sarif-schema-2.1.0.json")
    (found,) = log["runs"]
    driver = found["tool"]["driver"]
    assert driver["name"] == "micrograd"
    assert driver["version"]
    for entry in found["results"]:
        assert driver["rules"][entry["ruleIndex"]]["id"] == entry["ruleId"]
        assert entry["level"] in ("error", "warning", "note", "none")
        assert placeholders(entry["message"]["text"]) == []
        assert not re.search(r"\[[^\]]*\]\(", entry["message"]["text"]), "a link"
        assert entry["message"]["text"].isprintable()
    assert isinstance(found["invocations"][0]["executionSuccessful"], bool)
    return dict(found)


def placeholders(message: str) -> list[str]:
    """What is not doubled, of braces."""
    return re.findall(r"[{}]", message.replace("{{", "").replace("}}", ""))


def test_sarif_has_a_result_for_what_is_not_proved() -> None:
    found = run(EACH)
    assert [(entry["ruleId"], entry["level"]) for entry in found["results"]] == [
        ("refuted", "error"), ("unknown", "warning"), ("error", "error"), ("internal", "error")
    ]  # fmt: skip
    first = found["results"][0]
    assert first["message"] == {"text": "refuted refuted d/dx at x = -1/3: claimed 1, true 2; disjoint"}
    assert first["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "a/b.jsonl"}, "region": {"startLine": 2}}}]
    assert found["invocations"] == [{"executionSuccessful": True, "exitCode": 1, "toolExecutionNotifications": []}]


def test_names_in_sarif() -> None:
    texts = [entry["message"]["text"] for entry in run(HOSTILE)["results"]]
    assert len(texts) == len(NAMES)
    assert "{{0}} }}{{ [text] (http://example.org) d/dx" in texts[NAMES.index("{0} }{ [text](http://example.org)")]
    assert "\\ud800" in texts[NAMES.index("\ud800 \udfff \U0001f600")]


def test_sarif_says_what_is_missing() -> None:
    (invocation,) = run(CUT)["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 130)
    assert invocation["toolExecutionNotifications"] == [
        {"level": "error", "message": {"text": "the run was cut short: 1 of 3 claims have a verdict"}}
    ]
    assert run(report())["results"] == []


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a.json", "a.json"),
        ("../a b/é:%.json", "../a%20b/%C3%A9%3A%25.json"),
        ("a:b.json", "a%3Ab.json"),
        ("\udcff#?.json", "%FF%23%3F.json"),
        pytest.param("/a b/c.json", "file:///a%20b/c.json", marks=pytest.mark.skipif(sys.platform == "win32", reason="drives")),
    ],
)
def test_places_in_sarif(file: str, uri: str) -> None:
    (entry,) = run(report((Claim("a", "x", file=file), "refuted")))["results"]
    assert entry["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": uri}}}]


def test_standard_input_is_no_place() -> None:
    what = report((Claim("a", "x", file="-", line=3), "refuted"))
    assert run(what)["results"][0]["locations"] == []
    assert commands(printed("github", what)) == [("error", {"title": "a d/dx"}, "refuted at x = -1/3: claimed 1, true 2; disjoint")]
    assert "(standard input:3)" in printed("text", what)


# --- GitHub ----------------------------------------------------------------------------------------------------------


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands in a log, read as GitHub's runner reads them."""

    def plain(part: str, *codes: str) -> str:
        for code in codes:  # the percent sign is the last
            part = part.replace(code, chr(int(code[1:], 16)))
        return part

    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        if line.lstrip().startswith("::"):
            command, message = line.lstrip()[2:].split("::", 1)
            name, _, listed = command.partition(" ")
            pairs = (pair.split("=", 1) for pair in listed.split(",") if pair)
            properties = {key: plain(value, "%0D", "%0A", "%3A", "%2C", "%25") for key, value in pairs}
            found.append((name, properties, plain(message, "%0D", "%0A", "%25")))
    return found


def test_github_has_a_command_for_what_is_not_proved() -> None:
    assert commands(printed("github", EACH)) == [
        ("error", {"file": "a/b.jsonl", "line": "2", "title": "refuted d/dx"}, "refuted at x = -1/3: claimed 1, true 2; disjoint"),
        ("warning", {"file": "a/b.jsonl", "line": "3", "title": "unknown d/dx"}, r"unknown: a difference\nremains"),
        ("error", {"file": "a/b.jsonl", "line": "4", "title": "error d/dx"}, "error: the row is '<null>' &c. ]]>"),
        ("error", {"file": "a/b.jsonl", "line": "5", "title": "internal d/dx"}, "error: internal error: ZeroDivisionError: %"),
    ]
    assert printed("github", EACH).splitlines()[-1].startswith("5 of 5 claims: 1 proved, ")


def test_names_in_github() -> None:
    found = commands(printed("github", HOSTILE))
    assert len(found) == len(NAMES)
    for name, (level, properties, message) in zip(NAMES, found, strict=True):
        assert (level, properties["file"], properties["line"]) == ("error", "a.json", "1")
        assert message == "refuted at x = -1/3: claimed 1, true 2; disjoint"
        assert properties["title"] == f"{name} d/dx" or not name.isprintable() or len(name) > 200
        assert len(properties["title"]) <= 200
    assert printed("github", HOSTILE).count("\n") == len(NAMES) + 1


def test_files_in_github() -> None:
    ((_, properties, _),) = commands(printed("github", report((Claim("a", "x", file="C:\\a,b%0A::\r\n.json"), "refuted"))))
    assert properties["file"] == "C:\\a,b%0A::\r\n.json"


def test_github_says_what_is_missing() -> None:
    assert commands(printed("github", CUT)) == [
        ("error", {"title": "micrograd check"}, "the run was cut short: 1 of 3 claims have a verdict")
    ]
