"""The ``micrograd`` command: a thin front to `micrograd.commands`.

Exit codes: those of `micrograd.terminal`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from micrograd.terminal import Parser, run

COMMANDS = ("prove", "check", "data", "train", "predict")
"""The subcommands, in the order of the help text."""


_FORMATTER = argparse.RawDescriptionHelpFormatter
"""Keeps the examples in the epilogs as they are written."""


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command."""
    parser = Parser(
        prog="micrograd", description="Differentiation in which every derivative comes with a proof.", formatter_class=_FORMATTER
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"micrograd.commands.{name}").add_parser(subparsers)
    for child in subparsers.choices.values():
        child.formatter_class = _FORMATTER
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns its exit code."""
    return run("micrograd", lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.version:
        from micrograd import __version__

        print(f"micrograd {__version__}")
        return 0
    if options.command is None:
        parser.print_help()
        return 2
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
