"""The command that replays certificates, with the standard library only.

    python -m micrograd.verified.check [--json] FILE [FILE ...]

For each certificate it prints the statement that was checked, as it reads it from the steps of the proof itself: function, variable,
derivative, hypotheses, axioms, and the facts that are cited and not proved.  Nothing is printed from words in the file.  A long
statement is abbreviated; that is said, with the statement's digest.

Exit code 0: every certificate proves its claim; 1: one does not; 2: a file cannot be read; further codes as in `micrograd.terminal`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from micrograd.terminal import CODES, Parser, complain, run
from micrograd.verified.check_statement import lines
from micrograd.verified.checker import check_file
from micrograd.verified.errors import CertificateError


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; see the module's text."""
    return run("micrograd.verified.check", lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    parser = Parser(
        prog="python -m micrograd.verified.check",
        description="Replay certificates of derivatives with the standard library only, and print what they prove.",
        epilog=f"exit code 0: all proved; 1: one does not prove its claim; 2: a file cannot be read; {CODES}",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a certificate in JSON")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each file, one a line")
    options = parser.parse_args(arguments)
    worst = 0
    for path in options.files:
        code, found = _checked(path)
        worst = max(worst, code)
        if options.json:
            print(json.dumps({"file": path, **found}))
        elif code:
            complain(_printable(path), found["error"], code)
        else:
            print("\n".join(_report(path, found)))
    return worst


def _checked(path: str) -> tuple[int, dict[str, Any]]:
    """Exit code and what is known about one file."""
    try:
        summary = check_file(path)
    except (OSError, ValueError) as error:
        return 2, {"proved": False, "error": _printable(getattr(error, "strerror", None) or str(error))}
    except CertificateError as error:
        return 1, {"proved": False, "error": f"REJECTED: {_printable(str(error))}"}
    except (MemoryError, RecursionError) as error:
        return 2, {"proved": False, "error": f"cannot be read: {type(error).__name__}"}
    del summary["text"]
    return 0, {"proved": True, **summary}


def _report(path: str, found: dict[str, Any]) -> list[str]:
    axioms = ", ".join(name for name in found["axioms"] if name not in found["cited"]) or "none"
    words = f"axioms: {axioms}" + (f"; cited, not proved: {', '.join(found['cited'])}" if found["cited"] else "")
    first = f"{_printable(path)}: proved in {found['steps']} steps over {found['nodes']} nodes; {words}"
    return [first, *[f"    {line}" for line in lines(found["statement"])]]


def _printable(text: str) -> str:
    """The text on one line, with everything that could disturb the reader written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text[:1000])


if __name__ == "__main__":
    sys.exit(main())
