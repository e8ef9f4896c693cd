"""The command that replays certificates, with the standard library only.

    python -m micrograd.verified.check [--json] [--solver NAME] FILE [FILE ...]

A file holds the certificate of a derivative or that of a verdict; of a folder, every file whose name ends with ``.json`` is checked.  For
each certificate it prints the statement that was checked, as it reads it from the steps of the proof itself: function, variable,
derivative, hypotheses, axioms, the facts that are cited and not proved, and how many sentences of real arithmetic a solver had to settle.
Nothing is printed from words in the file.  A long statement is abbreviated; that is said, with the statement's digest.

Exit code 0: every certificate proves its claim; 1: one does not; 2: a file cannot be read; further codes as in `micrograd.terminal`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from micrograd.terminal import CODES, Parser, complain, run
from micrograd.verified.certificate_files import read_certificate
from micrograd.verified.check_statement import lines
from micrograd.verified.checker import check_certificate
from micrograd.verified.errors import CertificateError
from micrograd.verified.expr import paused_collection
from micrograd.verified.verdicts.check import FORMAT, check_verdict
from micrograd.verified.verdicts.solvers import SOLVERS


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; see the module's text."""
    return run("micrograd.verified.check", lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    parser = Parser(
        prog="python -m micrograd.verified.check",
        description="Replay certificates of derivatives and of verdicts, and print what they prove.",
        epilog=f"exit code 0: all proved; 1: one does not prove its claim; 2: a file cannot be read; {CODES}",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a certificate in JSON, or a folder of them")
    parser.add_argument("--solver", choices=sorted(SOLVERS), default="all", help="who settles the oracle steps of verdicts (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each file, one a line")
    options = parser.parse_args(arguments)
    worst = 0
    for path in _files(options.files):
        code, found = _checked(path, SOLVERS[options.solver])
        worst = max(worst, code)
        if options.json:
            print(json.dumps({"file": path, **found}))
        elif code:
            complain(_printable(path), found["error"], code)
        else:
            print("\n".join(_report(path, found)))
    return worst


def _files(paths: Sequence[str]) -> list[str]:
    """The files that are named, and those in the folders that are."""
    found: list[str] = []
    for path in paths:
        inside = sorted(str(file) for file in Path(path).glob("*.json")) if Path(path).is_dir() else []
        found += inside or [path]
    return found


def _checked(path: str, oracle: Callable[[str], bool]) -> tuple[int, dict[str, Any]]:
    """Exit code and what is known about one file."""
    try:
        with paused_collection():
            data = read_certificate(path)
            of_verdict = isinstance(data, dict) and data.get("format") == FORMAT
            summary = check_verdict(data, oracle) if of_verdict else check_certificate(data, statement=True)
    except (OSError, ValueError) as error:
        return 2, {"proved": False, "error": _printable(getattr(error, "strerror", None) or str(error))}
    except CertificateError as error:
        return 1, {"proved": False, "error": f"REJECTED: {_printable(str(error))}"}
    except (MemoryError, RecursionError) as error:
        return 2, {"proved": False, "error": f"cannot be read: {type(error).__name__}"}
    summary.pop("text", None)
    return 0, {"proved": True, **summary}


def _report(path: str, found: dict[str, Any]) -> list[str]:
    axioms = ", ".join(name for name in found["axioms"] if name not in found["cited"]) or "none"
    words = f"axioms: {axioms}" + (f"; cited, not proved: {', '.join(found['cited'])}" if found["cited"] else "")
    if "sentences" in found:
        words += f"; oracle steps: {len(found['sentences'])}"
    first = f"{_printable(path)}: proved in {found['steps']} steps over {found['nodes']} nodes; {words}"
    return [first, *[f"    {line}" for line in lines(found["statement"])]]


def _printable(text: str) -> str:
    """The text on one line, with everything that could disturb the reader written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text[:1000])


if __name__ == "__main__":
    sys.exit(main())
