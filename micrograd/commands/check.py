"""``micrograd check``: files of claims."""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrograd.commands.arguments import jobs, seconds
from micrograd.terminal import CODES, FAILED, code_of, complain, progress, shows_unicode, uninterrupted

if TYPE_CHECKING:
    from micrograd.commands.reports import Report
    from micrograd.prove.service.results import Results
    from micrograd.prove.service.tables import Claim

EPILOG = f"""\
A file is a list of objects with 'function', 'wrt', 'derivative' and 'domain', or with 'f', 'grad' and 'domain'.  The end of its name
says how it is written.  JSON (any other name, and standard input):

  [{{"id": "log10", "function": "log10(x)", "wrt": "x", "derivative": "1/(x*log(10))", "domain": "x > 0"}},
   {{"id": "bowl", "f": "x**2 + y**2", "grad": {{"x": "2*x", "y": "2*y"}}}}]

JSON lines (.jsonl, .ndjson), an object a line; or TOML (.toml):

  [[claim]]
  id = "log10"
  function = "log10(x)"
  wrt = "x"
  derivative = "1/(x*log(10))"
  domain = "x > 0"

'vars' lists the variables of a gradient, so that none can be missing; 'hess' has rows in that order. Other keys are ignored,
unless they look like a misspelling of one of these.

examples:
  micrograd check rules.json
  micrograd check rules.toml more.jsonl -j 2 --timeout 5 --output verdicts.json
  micrograd check rules.json --certificates proofs/ && python -m micrograd.verified.check proofs/
  micrograd check rules.json --format json | python -m json.tool
  micrograd check rules.json --format junit --output report.xml
  micrograd check rules.json --format github
  generate | micrograd check -

exit code: 0 all proved, 1 something refuted, 2 unusable input, 3 nothing refuted but something unknown,
  {CODES}
  (what is known by then is printed and written to --output)
"""

FORMATS = ("text", "json", "junit", "sarif", "github")
"""The keys of `micrograd.commands.reports.FORMATS`, which is not loaded for a help text."""

_CERTIFICATE = re.compile(r"[0-9]{6,}\.json", re.IGNORECASE)
"""The names of the files in a folder of certificates."""


def add_parser(subparsers: Any) -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "check",
        help="prove or refute files of derivatives",
        description="Prove or refute every derivative in files of JSON, JSON lines or TOML.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="file", help="a file of claims; - for standard input")
    parser.add_argument("-j", "--jobs", type=jobs, default=_processors(), metavar="N", help="worker processes (default: one a core)")
    parser.add_argument("--timeout", type=seconds, default=10.0, metavar="S", help="seconds for a claim (default: 10)")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the report to a file too (as JSON where the format is text or github)"
    )
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument("--format", choices=FORMATS, help="how the verdicts are printed (default: text)")
    formats.add_argument("--json", action="store_const", dest="format", const="json", help="the same as --format json")
    parser.add_argument("--certificates", type=Path, metavar="DIR", help="write each proof's certificate to this folder")
    parser.set_defaults(run=run)


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


def run(options: argparse.Namespace) -> int:
    """Decide every claim of the files."""
    from micrograd.commands.reports import Report
    from micrograd.prove.service.results import Results
    from micrograd.prove.service.tables import TableError, read_table

    problem = _bad_output(options)
    if problem:
        return complain("micrograd check", problem, 2)
    try:
        tables = [read_table(path) for path in options.files]
    except TableError as reason:
        return complain("micrograd check", str(reason), 2)
    results, total = Results(), sum(map(len, tables))
    cut_short = _decide(itertools.chain.from_iterable(tables), total, results, options)
    report = Report(results, total, cut_short or results.exit_code())
    written = _write(report, options)
    _print(report, options)
    return cut_short or written or report.code


def _bad_output(options: argparse.Namespace) -> str:
    """Why the verdicts could not be written: better to know before an hour of proving than after."""
    output, certificates = options.output, options.certificates
    if certificates is not None and not certificates.is_dir():
        return f"{certificates}: there is no such folder for certificates"
    if certificates is not None:
        for path in (*options.files, *([output] if output is not None else [])):
            if _CERTIFICATE.fullmatch(path.name) and path.parent.is_dir() and path.parent.samefile(certificates):
                return f"{path}: a certificate would take its place"
    if output is None:
        return ""
    folder = Path(os.path.realpath(output)).parent
    if not folder.is_dir():
        return f"{output}: there is no folder {folder}"
    if output.is_dir():
        return f"{output} is a directory, not a file"
    if output.is_file() and any(path.exists() and output.samefile(path) for path in options.files):
        return f"{output}: the verdicts would take the place of the claims"
    if not os.access(output if output.exists() and not output.is_file() else folder, os.W_OK):
        return f"{output}: no permission to write there"
    return ""


def _decide(claims: Iterable[Claim], total: int, results: Results, options: argparse.Namespace) -> int:
    """Add the verdicts to the results; the exit code if something cut the work short, else 0."""
    from micrograd.prove.service.pool import WorkerError, decide_all
    from micrograd.prove.service.results import result

    if options.certificates is not None:
        claims = (replace(claim, task={**claim.task, "certificate": True}) for claim in claims)
    answers = decide_all(claims, jobs=min(options.jobs, total), timeout=options.timeout)
    try:
        with progress(total, "claim") as bar:
            for place, claim, answer in answers:
                kept = _certificate(options.certificates, place, answer)
                results.add(place, {**result(claim, answer), **kept})
                bar.update()
    except KeyboardInterrupt as interruption:
        code = code_of(interruption)
        return complain("micrograd check", f"interrupted; {len(results)} of {total} verdicts are kept", code)
    except OSError as reason:
        return complain("micrograd check", f"{options.certificates}: {reason.strerror or reason}", FAILED)
    except WorkerError as reason:
        return complain("micrograd check", f"{reason}; {len(results)} of {total} verdicts are kept", FAILED)
    finally:
        answers.close()  # type: ignore[attr-defined]
    return 0


def _certificate(folder: Path | None, place: int, answer: dict[str, Any]) -> dict[str, str]:
    """Write the certificate of an answer that has one; returns the name of the file, for the list of verdicts."""
    from micrograd.files import write_atomically

    certificate = answer.pop("certificate", None)
    if folder is None or certificate is None:
        return {}
    name = f"{place + 1:06d}.json"
    write_atomically(folder / name, json.dumps(certificate))
    return {"certificate": name}


def _write(report: Report, options: argparse.Namespace) -> int:
    """Write the report to a file; the exit code if that cannot be done, else 0."""
    from micrograd.commands.reports import write
    from micrograd.files import replacing

    if options.output is None:
        return 0
    form = options.format if options.format in ("junit", "sarif") else "json"
    try:
        with uninterrupted(), replacing(options.output) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="\n")
            write(report, form, text)
            text.detach()
    except OSError as reason:
        return complain("micrograd check", f"{options.output}: {reason.strerror or reason}", FAILED)
    return 0


def _print(report: Report, options: argparse.Namespace) -> None:
    from micrograd.commands.reports import write

    write(report, options.format or "text", sys.stdout, ascii_only=not shows_unicode())
