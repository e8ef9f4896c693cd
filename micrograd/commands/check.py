"""``micrograd check``: a file of claims."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from micrograd.commands.arguments import jobs, seconds
from micrograd.terminal import CODES, FAILED, code_of, complain, one_line, progress, shows_unicode, uninterrupted

EPILOG = f"""\
The file is a JSON list of objects with 'function', 'wrt', 'derivative' and 'domain', or with 'f', 'grad' and 'domain':

  [{{"id": "log10", "function": "log10(x)", "wrt": "x", "derivative": "1/(x*log(10))", "domain": "x > 0"}},
   {{"id": "bowl", "f": "x**2 + y**2", "grad": {{"x": "2*x", "y": "2*y"}}}}]

'vars' lists the variables of a gradient, so that none can be missing; 'hess' has rows in that order. Other keys are ignored,
unless they look like a misspelling of one of these.

examples:
  micrograd check rules.json
  micrograd check rules.json -j 2 --timeout 5 --output verdicts.json
  micrograd check rules.json --certificates proofs/ && python -m micrograd.verified.check proofs/
  micrograd check rules.json --json | python -m json.tool
  generate | micrograd check -

exit code: 0 all proved, 1 something refuted, 2 unusable input, 3 nothing refuted but something unknown,
  {CODES}
  (what is known by then is written to --output)
"""


_CERTIFICATE = re.compile(r"[0-9]{6,}\.json", re.IGNORECASE)
"""The names of the files in a folder of certificates."""


def add_parser(subparsers: Any) -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "check",
        help="prove or refute a file of derivatives",
        description="Prove or refute every derivative in a JSON file.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="a JSON file; - for standard input")
    parser.add_argument("-j", "--jobs", type=jobs, default=_processors(), metavar="N", help="worker processes (default: one a core)")
    parser.add_argument("--timeout", type=seconds, default=10.0, metavar="S", help="seconds for a claim (default: 10)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the verdicts to a JSON file")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    parser.add_argument("--certificates", type=Path, metavar="DIR", help="write each proof's certificate to this folder")
    parser.set_defaults(run=run)


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


def run(options: argparse.Namespace) -> int:
    """Decide every claim of the file."""
    from micrograd.prove.service.results import Results
    from micrograd.prove.service.tables import TableError, read_table

    problem = _bad_output(options)
    if problem:
        return complain("micrograd check", problem, 2)
    try:
        table = read_table(options.file)
    except TableError as reason:
        return complain("micrograd check", str(reason), 2)
    results = Results()
    cut_short = _decide(table, results, options)
    written = _write(results, options.output)
    _print(results, len(table), as_json=options.json)
    return cut_short or written or results.exit_code()


def _bad_output(options: argparse.Namespace) -> str:
    """Why the verdicts could not be written: better to know before an hour of proving than after."""
    output, certificates = options.output, options.certificates
    if certificates is not None and not certificates.is_dir():
        return f"{certificates}: there is no such folder for certificates"
    if certificates is not None:
        for path in (options.file, *([output] if output is not None else [])):
            if _CERTIFICATE.fullmatch(path.name) and path.parent.is_dir() and path.parent.samefile(certificates):
                return f"{path}: a certificate would take its place"
    if output is None:
        return ""
    folder = Path(os.path.realpath(output)).parent
    if not folder.is_dir():
        return f"{output}: there is no folder {folder}"
    if output.is_dir():
        return f"{output} is a directory, not a file"
    if output.is_file() and options.file.exists() and output.samefile(options.file):
        return f"{output}: the verdicts would take the place of the claims"
    if not os.access(output if output.exists() and not output.is_file() else folder, os.W_OK):
        return f"{output}: no permission to write there"
    return ""


def _decide(table: Any, results: Any, options: argparse.Namespace) -> int:
    """Add the verdicts to the results; the exit code if something cut the work short, else 0."""
    from micrograd.prove.service.pool import WorkerError, decide_all
    from micrograd.prove.service.results import result

    claims = table if options.certificates is None else (replace(claim, task={**claim.task, "certificate": True}) for claim in table)
    answers = decide_all(claims, jobs=min(options.jobs, len(table)), timeout=options.timeout)
    try:
        with progress(len(table), "claim") as bar:
            for place, claim, answer in answers:
                kept = _certificate(options.certificates, place, answer)
                results.add(place, {**result(claim, answer), **kept})
                bar.update()
    except KeyboardInterrupt as interruption:
        code = code_of(interruption)
        return complain("micrograd check", f"interrupted; {len(results)} of {len(table)} verdicts are kept", code)
    except OSError as reason:
        return complain("micrograd check", f"{options.certificates}: {reason.strerror or reason}", FAILED)
    except WorkerError as reason:
        return complain("micrograd check", f"{reason}; {len(results)} of {len(table)} verdicts are kept", FAILED)
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


def _write(results: Any, output: Path | None) -> int:
    """Write the verdicts to a file; the exit code if that cannot be done, else 0."""
    from micrograd.files import replacing

    if output is None:
        return 0
    try:
        with uninterrupted(), replacing(output) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="\n")
            results.write(text)
            text.detach()
    except OSError as reason:
        return complain("micrograd check", f"{output}: {reason.strerror or reason}", FAILED)
    return 0


def _print(results: Any, total: int, *, as_json: bool) -> None:
    if as_json:
        results.write(sys.stdout, ascii_only=not shows_unicode())
        return
    for line in summary(results, total):
        print(line)


def summary(results: Any, total: int) -> Iterator[str]:
    """What is not proved, and the counts."""
    for entry in results:
        if entry["verdict"] == "proved":
            continue
        name, wrt, reason = map(one_line, (entry["id"], entry["wrt"], entry["reason"][:300]))
        witness = ", ".join(f"{n} = {v}" for n, v in (entry["witness"] or {}).items())
        where = f" at {witness}:" if witness else ":"
        values = f" claimed {entry['claimed']}, true {entry['true']};" if "claimed" in entry else ""
        yield f"{entry['verdict']:8} {name} d/d{wrt}{where}{values} {reason}"
    order = ("proved", "refuted", "unknown", "error", "internal")
    words = ", ".join(f"{results.counts[word]} {word}" for word in order if results.counts[word])
    spent = sorted(results.seconds) or [0.0]
    yield f"{len(results)} of {total} claims: {words or 'none'}; median {spent[len(spent) // 2]:.3f} s, longest {spent[-1]:.2f} s"
