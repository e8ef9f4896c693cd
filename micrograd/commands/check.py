"""``micrograd check``: a file of claims."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

EPILOG = """\
The file is a JSON list of objects with 'function', 'wrt', 'derivative' and 'domain', or with 'f', 'grad' and 'domain':

  [{"id": "log10", "function": "log10(x)", "wrt": "x", "derivative": "1/(x*log(10))", "domain": "x > 0"},
   {"id": "bowl", "f": "x**2 + y**2", "grad": {"x": "2*x", "y": "2*y"}}]

examples:
  micrograd check rules.json
  micrograd check rules.json -j 2 --timeout 5 --output verdicts.json
  micrograd check rules.json --json | python -m json.tool

exit code: 0 all proved, 1 something refuted, 2 unusable input, 3 nothing refuted but something unknown
"""


def add_parser(subparsers: Any) -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "check",
        help="prove or refute a file of derivatives",
        description="Prove or refute every derivative in a JSON file.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="a JSON file")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="worker processes (default: one a core)")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="S", help="seconds for a claim (default: 10)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the verdicts to a JSON file")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Decide every claim of the file."""
    from micrograd.verified.prove.tables import TableError, exit_code, read_table, write_atomically

    problem = _bad_options(options)
    if problem:
        return _unusable(problem)
    try:
        claims = read_table(options.file)
    except TableError as reason:
        return _unusable(str(reason))
    results, interrupted = _decide(claims, options)
    text = json.dumps(results, indent=1, ensure_ascii=False)
    if options.output is not None:
        try:
            write_atomically(options.output, text + "\n")
        except OSError as reason:
            return _unusable(f"{options.output}: {reason.strerror or reason}")
    print(text if options.json else summary(results, len(claims)))
    return 130 if interrupted else exit_code([r["verdict"] for r in results])


def _bad_options(options: argparse.Namespace) -> str:
    if options.jobs < 1:
        return f"--jobs is at least 1, not {options.jobs}"
    if not options.timeout > 0:
        return f"--timeout is a positive number of seconds, not {options.timeout:g}"
    if options.output is not None and not options.output.absolute().parent.is_dir():
        return f"{options.output}: there is no folder {options.output.absolute().parent}"
    return ""


def _decide(claims: list[Any], options: argparse.Namespace) -> tuple[list[dict[str, Any]], bool]:
    """The results in the order of the file, and whether Ctrl-C cut them short."""
    from micrograd.verified.prove.pool import decide_all
    from micrograd.verified.prove.tables import result

    found: dict[int, dict[str, Any]] = {}
    places = []
    for place, claim in enumerate(claims):
        if claim.error:
            found[place] = result(claim, {"verdict": "error", "reason": claim.error})
        else:
            places.append(place)
    tasks = [claims[place].task for place in places]
    interrupted = False
    answers = decide_all(tasks, jobs=options.jobs, timeout=options.timeout)
    try:
        for i, answer in _progress(answers, len(tasks)):
            found[places[i]] = result(claims[places[i]], answer)
    except KeyboardInterrupt:
        interrupted = True
        print(f"micrograd check: interrupted; {len(found)} of {len(claims)} verdicts are kept", file=sys.stderr)
    finally:
        answers.close()  # type: ignore[attr-defined]
    return [found[place] for place in sorted(found)], interrupted


def _progress(answers: Any, total: int) -> Any:
    if not sys.stderr.isatty():
        return answers
    try:
        from tqdm import tqdm
    except ImportError:
        return answers
    return tqdm(answers, total=total, unit="claim", leave=False)


def _unusable(reason: str) -> int:
    print(f"micrograd check: {reason}", file=sys.stderr)
    return 2


def summary(results: list[dict[str, Any]], total: int) -> str:
    """What is not proved, and the counts."""
    lines = []
    for entry in results:
        if entry["verdict"] == "proved":
            continue
        witness = ", ".join(f"{n} = {v}" for n, v in (entry["witness"] or {}).items())
        where = f" at {witness}:" if witness else ":"
        values = f" claimed {entry['claimed']}, true {entry['true']};" if "claimed" in entry else ""
        lines.append(f"{entry['verdict']:8} {entry['id']} d/d{entry['wrt']}{where}{values} {entry['reason'][:300]}")
    counts = Counter(entry["verdict"] for entry in results)
    words = ", ".join(f"{counts[word]} {word}" for word in ("proved", "refuted", "unknown", "error") if counts[word])
    seconds = sorted(entry["seconds"] for entry in results) or [0.0]
    lines.append(
        f"{len(results)} of {total} claims: {words or 'none'}; median {seconds[len(seconds) // 2]:.3f} s, longest {seconds[-1]:.2f} s"
    )
    return "\n".join(lines)
