"""``micrograd prove``: one claim."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from micrograd.commands.arguments import seconds
from micrograd.files import write_atomically
from micrograd.terminal import CODES, FAILED, complain, json_text

EPILOG = f"""\
examples:
  micrograd prove "x*tanh(log1p(exp(x)))" --wrt x --claim "tanh(log1p(exp(x))) + x*sech(log1p(exp(x)))**2*sigmoid(x)"
  micrograd prove "x*log1p(y)" --wrt x --claim "where(x == 0, 0, log1p(y))" --domain "y > -1"
  micrograd prove "acosh(x)" --claim "1/sqrt(x**2 - 1)" --json
  micrograd prove "log(x)" --claim "1/x" --certificate log.json && python -m micrograd.verified.check log.json

exit code: 0 proved, 1 refuted, 2 unusable input, 3 unknown,
  {CODES}
"""


def add_parser(subparsers: Any) -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "prove",
        help="prove or refute one derivative",
        description="Prove or refute that CLAIM is the derivative of FUNCTION for all points of the domain.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("function", help="the function, in the expression language (Python syntax)")
    parser.add_argument("--wrt", metavar="VAR", help="the variable; may be left out if there is only one")
    parser.add_argument("--claim", required=True, metavar="EXPR", help="what is said to be the derivative")
    parser.add_argument("--domain", metavar="COND", help="for which points; by default where the function is smooth")
    parser.add_argument("--timeout", type=seconds, default=20.0, metavar="S", help="seconds (default: 20)")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="write the proof's certificate")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Decide the claim in a worker process, and print the verdict."""
    from micrograd.prove.service.pool import Worker, WorkerError
    from micrograd.prove.service.results import EXIT

    worker = Worker()
    try:
        task = {"function": options.function, "wrt": options.wrt, "derivative": options.claim, "domain": options.domain}
        task |= {"certificate": True} if options.certificate else {}
        answer = worker.decide(task, options.timeout)
    except WorkerError as reason:
        return complain("micrograd prove", str(reason), FAILED)
    finally:
        worker.stop()
    if answer["verdict"] == "error":
        how = ": --wrt VAR" if answer.get("missing") == "wrt" else ""
        return complain("micrograd prove", answer["reason"] + how, FAILED if answer.get("internal") else 2)
    certificate = answer.pop("certificate", None)
    if certificate is not None:
        try:
            write_atomically(options.certificate, json.dumps(certificate))
        except OSError as reason:
            return complain("micrograd prove", f"{options.certificate}: {reason.strerror or reason}", FAILED)
    print(json_text(answer, indent=2) if options.json else in_words(answer))
    return EXIT[answer["verdict"]]


def in_words(answer: dict[str, Any]) -> str:
    """A verdict that came from a worker, for people."""
    lines = [f"{answer['verdict'].upper():8} {answer.get('statement', '')}".rstrip()]
    witness = answer.get("witness")
    if witness is not None:
        lines.append("  at       " + (", ".join(f"{name} = {value}" for name, value in witness.items()) or "everywhere"))
    for key in ("claimed", "true", "reason", "evidence"):
        if answer.get(key):
            lines.append(f"  {'because' if key == 'reason' else key:8} {answer[key]}")
    lines += [f"  note     {note}" for note in answer.get("notes", [])]
    for key in ("axioms", "oracles"):
        if key in answer:
            lines.append(f"  {key:8} {', '.join(answer[key]) or 'none'}")
    lines.append(f"  seconds  {answer.get('seconds', 0.0)}")
    return "\n".join(lines)
