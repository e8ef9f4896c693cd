"""The reports of ``micrograd check``: for people, for programs, and in the formats that build servers read.

* ``text``: a line for each claim that is not proved, and the counts;
* ``json``: a list with all that is known of every claim;
* ``junit``: JUnit's XML, a test case for each claim, valid by the schema of Jenkins (``junit-10.xsd`` of its plugin xUnit).  As in the exit
  code, what is unknown counts as failed;
* ``sarif``: SARIF 2.1.0, a result for each claim that is not proved;
* ``github``: such results as workflow commands of GitHub Actions, which annotate the file.

A report on a run that was cut short says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, NamedTuple, TextIO
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from micrograd import __version__
from micrograd.prove.service.results import Results, word
from micrograd.prove.service.tables import STDIN, spoken
from micrograd.terminal import one_line

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HALVES = "[\ud800-\udfff]"
"""Halves of surrogate pairs, which no encoding has."""

MAX_REASON = 300
"""Longer reasons are cut."""

MAX_TITLE = 200
"""Longer titles are cut; GitHub's own limit is 255."""


class Finding(NamedTuple):
    """How the formats see a verdict: an element of JUnit's, a level of SARIF's and GitHub's, and what it means."""

    element: str
    level: str
    meaning: str


FINDINGS = {
    "refuted": Finding("failure", "error", "The derivative is wrong at a point of its domain."),
    "unknown": Finding("failure", "warning", "The derivative was neither proved nor refuted."),
    "error": Finding("error", "error", "The row cannot be used."),
    "internal": Finding("error", "error", "The prover failed on this claim."),
}
"""Every verdict but ``proved``."""


@dataclass(frozen=True)
class Report:
    """What there is to report: the verdicts, on how many claims there should be some, and the exit code."""

    results: Results
    total: int
    code: int

    @property
    def missing(self) -> str:
        """What is to be said if there are fewer."""
        known = len(self.results)
        return f"the run was cut short: {known} of {self.total} claims have a verdict" if known < self.total else ""

    def findings(self) -> Iterator[tuple[dict[str, Any], Finding]]:
        """The entries that are not proved."""
        for entry in self.results:
            if word(entry) in FINDINGS:
                yield entry, FINDINGS[word(entry)]


def write(report: Report, form: str, out: TextIO, *, ascii_only: bool = False) -> None:
    """Write a report in one of the `FORMATS`; with `ascii_only` the other characters are escaped, where the format has escapes."""
    for piece in FORMATS[form](report):
        out.write(ESCAPES[form](piece) if ascii_only and form in ESCAPES else piece)


# --- what is said of a claim -----------------------------------------------------------------------------------------


def _name(entry: dict[str, Any]) -> str:
    return f"{entry['id']} d/d{entry['wrt']}" if entry["wrt"] else str(entry["id"])


def _finding(entry: dict[str, Any]) -> str:
    """The counterexample and the reason, as what follows the verdict."""
    point = ", ".join(f"{name} = {value}" for name, value in (entry["witness"] or {}).items())
    values = f" claimed {entry['claimed']}, true {entry['true']};" if "claimed" in entry else ""
    return one_line(f"{f' at {point}' if point else ''}:{values} {entry['reason'][:MAX_REASON]}")


def _place(entry: dict[str, Any]) -> str:
    """``FILE:LINE``, as far as it is known."""
    return one_line(spoken(entry["file"])) + (f":{entry['line']}" if "line" in entry else "")


# --- text ------------------------------------------------------------------------------------------------------------


def text(report: Report) -> Iterator[str]:
    """What is not proved, and the counts."""
    for entry, _ in report.findings():
        yield f"{entry['verdict']:8} {one_line(_name(entry))} ({_place(entry)}){_finding(entry)}\n"
    yield _counts(report)


def _counts(report: Report) -> str:
    counts = report.results.counts
    words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("proved", *FINDINGS) if counts[verdict])
    spent = sorted(report.results.seconds) or [0.0]
    known = f"{len(report.results)} of {report.total} claims: {words or 'none'}"
    return f"{known}; median {spent[len(spent) // 2]:.3f} s, longest {spent[-1]:.2f} s\n"


# --- JSON ------------------------------------------------------------------------------------------------------------


def as_json(report: Report) -> Iterator[str]:
    """The entries as a list."""
    yield "["
    for number, entry in enumerate(report.results):
        listed = json.dumps(entry, indent=1, ensure_ascii=False).replace("\n", "\n ")
        yield ("," if number else "") + f"\n {_escaped(listed, HALVES)}"
    yield "\n]\n" if len(report.results) else "]\n"


def _escaped(listed: str, characters: str) -> str:
    return re.sub(characters, lambda found: json.dumps(found[0])[1:-1], listed)


# --- JUnit -----------------------------------------------------------------------------------------------------------

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not have, not even escaped: control characters, halves of pairs, U+FFFE and U+FFFF."""


def junit(report: Report) -> Iterator[str]:
    """A test case for each claim, and one that is an error if claims are missing."""
    counts, missing = report.results.counts, report.missing
    elements = [finding.element for verdict, finding in FINDINGS.items() for _ in range(counts[verdict])]
    totals: dict[str, str | int] = {
        "name": "micrograd check",
        "tests": len(report.results) + bool(missing),
        "failures": elements.count("failure"),
        "errors": elements.count("error") + bool(missing),
        "time": _seconds(sum(report.results.seconds)),
    }
    yield f'<?xml version="1.0" encoding="utf-8"?>\n{_tag("testsuites", **totals)}>\n{_tag("testsuite", **totals, skipped=0)}>\n'
    for entry in report.results:
        case = _tag("testcase", classname=spoken(entry["file"]), name=_name(entry), time=_seconds(entry["seconds"]))
        yield case + (f">\n{_problem(entry)}</testcase>\n" if word(entry) in FINDINGS else "/>\n")
    if missing:
        case = _tag("testcase", classname="micrograd check", name="all claims are decided", time=_seconds(0))
        yield f"{case}>\n{_tag('error', type='interrupted', message=missing)}/>\n</testcase>\n"
    yield "</testsuite>\n</testsuites>\n"


def _problem(entry: dict[str, Any]) -> str:
    element, said = FINDINGS[word(entry)].element, f"{entry['verdict']}{_finding(entry)}"
    evidence = f"\n{one_line(entry['evidence'])}" if entry.get("evidence") else ""
    return f"{_tag(element, type=word(entry), message=said)}>{escape(f'{_place(entry)}: {said}{evidence}')}</{element}>\n"


def _tag(element: str, /, **attributes: str | int) -> str:
    """The beginning of an element, without its bracket."""
    return f"<{element}" + "".join(f" {key}={quoteattr(_in_xml(str(value)))}" for key, value in attributes.items())


def _in_xml(content: str) -> str:
    """A text in which escapes stand for the characters that XML does not have."""
    return _NOT_XML.sub(lambda found: one_line(found[0]), content)


def _seconds(number: float) -> str:
    return f"{number:.3f}"


# --- SARIF -----------------------------------------------------------------------------------------------------------


def sarif(report: Report) -> Iterator[str]:
    """A log with one run; its results come one after the other."""
    rules = [
        {"id": verdict, "shortDescription": {"text": finding.meaning}, "defaultConfiguration": {"level": finding.level}}
        for verdict, finding in FINDINGS.items()
    ]
    notes = [{"level": "error", "message": _message(report.missing)}] if report.missing else []
    run = {
        "tool": {"driver": {"name": "micrograd", "version": __version__, "rules": rules}},
        "invocations": [{"executionSuccessful": not notes, "exitCode": report.code, "toolExecutionNotifications": notes}],
    }
    yield f'{{"version": "2.1.0", "$schema": "{SCHEMA}", "runs": [{json.dumps(run)[:-1]}, "results": ['
    for number, (entry, finding) in enumerate(report.findings()):
        yield ("," if number else "") + "\n" + json.dumps(_sarif_result(entry, finding))
    yield "\n]}]}\n"


def _sarif_result(entry: dict[str, Any], finding: Finding) -> dict[str, Any]:
    return {
        "ruleId": word(entry),
        "ruleIndex": list(FINDINGS).index(word(entry)),
        "level": finding.level,
        "message": _message(f"{entry['verdict']} {one_line(_name(entry))}{_finding(entry)}"),
        "locations": _locations(entry),
    }


def _message(content: str) -> dict[str, str]:
    """A message without placeholders, ``{0}``, and links, ``[text](address)``."""
    return {"text": content.replace("{", "{{").replace("}", "}}").replace("](", "] (")}


def _locations(entry: dict[str, Any]) -> list[dict[str, Any]]:
    if not _is_file(entry):
        return []
    region = {"region": {"startLine": entry["line"]}} if "line" in entry else {}
    return [{"physicalLocation": {"artifactLocation": {"uri": _uri(entry["file"])}, **region}}]


def _is_file(entry: dict[str, Any]) -> bool:
    return bool(entry["file"] != str(STDIN))


def _uri(file: str) -> str:
    """A relative path stays relative: to the folder in which the command runs, for a build server that of the repository."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix().encode("utf-8", "surrogateescape"))


# --- GitHub ----------------------------------------------------------------------------------------------------------


def github(report: Report) -> Iterator[str]:
    """Workflow commands, ``::error file=…,line=…,title=…::message``, and the counts."""
    for entry, finding in report.findings():
        place = {"file": entry["file"], **({"line": entry["line"]} if "line" in entry else {})} if _is_file(entry) else {}
        title = one_line(_name(entry))[:MAX_TITLE]
        yield _workflow_command(finding.level, f"{entry['verdict']}{_finding(entry)}", **place, title=title)
    if report.missing:
        yield _workflow_command("error", report.missing, title="micrograd check")
    yield _counts(report)


def _workflow_command(name: str, message: str, **properties: str | int) -> str:
    listed = ",".join(f"{key}={_data(str(value)).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(message)}\n"


def _data(content: str) -> str:
    return content.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


# --- all of them -----------------------------------------------------------------------------------------------------

FORMATS: dict[str, Callable[[Report], Iterator[str]]] = {"text": text, "json": as_json, "junit": junit, "sarif": sarif, "github": github}
"""The formats by the names that ``--format`` takes."""

ESCAPES: dict[str, Callable[[str], str]] = {
    "json": lambda piece: _escaped(piece, "[^\0-\x7f]"),
    "junit": lambda piece: piece.encode("ascii", "xmlcharrefreplace").decode("ascii"),
}
"""How formats write the characters that ASCII does not have; SARIF's is ASCII anyway."""
