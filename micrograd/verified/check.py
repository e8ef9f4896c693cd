"""The command that replays certificates, with the standard library only.

    python -m micrograd.verified.check FILE [FILE ...]

Exit code 0: every certificate proves its claim; 1: one does not; 2: a file cannot be read; further codes as in `micrograd.terminal`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from micrograd.terminal import CODES, Parser, complain, run
from micrograd.verified.checker import check_file
from micrograd.verified.cited import CITED
from micrograd.verified.errors import CertificateError


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; see the module's text."""
    return run("micrograd.verified.check", lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    parser = Parser(
        prog="python -m micrograd.verified.check",
        description="Replay certificates of derivatives with the standard library only.",
        epilog=f"exit code 0: all proved; 1: one does not prove its claim; 2: a file cannot be read; {CODES}",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a certificate in JSON")
    worst = 0
    for path in parser.parse_args(arguments).files:
        try:
            summary = check_file(path)
        except OSError as error:
            worst = complain(path, error.strerror or str(error), 2)
        except CertificateError as error:
            worst = max(worst, complain(path, f"REJECTED: {error}", 1))
        else:
            cited = [name for name in summary["axioms"] if name in CITED]
            axioms = ", ".join(name for name in summary["axioms"] if name not in CITED) or "none"
            words = f"axioms: {axioms}" + (f"; cited, not proved: {', '.join(cited)}" if cited else "")
            print(f"{path}: proved in {summary['steps']} steps over {summary['nodes']} nodes; {words}")
    return worst


if __name__ == "__main__":
    sys.exit(main())
