"""The flow from claim to verdict: how often a call goes from one package to another.

    python -m benchmarks.flow                     of this checkout
    python -m benchmarks.flow --tree DIR --json   of another one, also of an old layout

A claim given as text, ``d/dx x*tanh(log1p(exp(x)))`` and its derivative, goes through `prove_derivative` in a process of its own,
and `sys.setprofile` sees every call of a Python function; a generator is called each time that it is resumed.  The caller is the
innermost function on the stack that is the package's: the standard library and other libraries in between are looked through.

A package is a folder directly under ``micrograd``; its sub-folders, as ``prove/normal``, count as itself, and modules beside the folders as
``micrograd``.  In the old layout ``verified`` held packages: there ``verified/prove`` and ``verified/backends`` are packages of their own.

The same claim about another variable is decided first: modules are loaded then, and the tables of the primitives are filled, but nothing
is known of the terms of the claim that is counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FUNCTION = "{x}*tanh(log1p(exp({x})))"
DERIVATIVE = "tanh(log1p(exp({x}))) + {x}*sech(log1p(exp({x})))**2*sigmoid({x})"


@cache
def package(home: str, file: str) -> str | None:
    """The package that a file under ``home``, the folder ``micrograd``, belongs to; None for other files."""
    if not file.startswith(home):
        return None
    folders = file[len(home) :].split("/")[1:-1]
    old = folders[:2] in (["verified", "prove"], ["verified", "backends"])
    return "/".join(folders[: 2 if old else 1]) or "micrograd"


class Crossings:
    """Counts calls by the packages of caller and called.

    Attributes:
        pairs: how often by (from, to).
        calls: all calls within the package.
        functions: how often a function was called from another package, by pair and name.
    """

    def __init__(self, home: Path) -> None:
        self.home = str(home)
        self.pairs: Counter[tuple[str, str]] = Counter()
        self.functions: Counter[tuple[str, str, str]] = Counter()
        self.calls = 0

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """What `sys.setprofile` calls."""
        if event != "call":
            return
        to = package(self.home, frame.f_code.co_filename)
        if to is None:
            return
        self.calls += 1
        caller = frame.f_back
        while caller is not None and (origin := package(self.home, caller.f_code.co_filename)) is None:
            caller = caller.f_back
        if caller is not None and origin is not None and origin != to:
            self.pairs[origin, to] += 1
            self.functions[origin, to, frame.f_code.co_qualname] += 1


def count(tree: Path) -> Crossings:
    """The crossings of one claim, in this process, which has loaded nothing of the package yet.

    Raises:
        RuntimeError: the claim is not proved.
    """
    sys.path.insert(0, str(tree))
    home = tree.resolve() / "micrograd"
    prove = import_module("micrograd.prove" if (home / "prove").is_dir() else "micrograd.verified.prove")
    if not str(prove.__file__).startswith(str(home)):
        raise RuntimeError(f"{prove.__file__} was loaded, which is not in {home}")
    crossings = Crossings(home)
    prove.prove_derivative(FUNCTION.format(x="t"), DERIVATIVE.format(x="t"), wrt="t")
    sys.setprofile(crossings)
    try:
        verdict = prove.prove_derivative(FUNCTION.format(x="x"), DERIVATIVE.format(x="x"), wrt="x")
    finally:
        sys.setprofile(None)
    if verdict.verdict != "proved":
        raise RuntimeError(str(verdict))
    return crossings


def report(crossings: Crossings, functions: int) -> dict[str, Any]:
    """As plain data."""
    return {
        "claim": f"d/dx {FUNCTION.format(x='x')}",
        "calls": crossings.calls,
        "crossings": crossings.pairs.total(),
        "pairs": {f"{a} -> {b}": n for (a, b), n in crossings.pairs.most_common()},
        "functions": {f"{a} -> {b}: {name}": n for (a, b, name), n in crossings.functions.most_common(functions)},
    }


def show(found: dict[str, Any]) -> None:
    """Print the table."""
    print(f"{found['claim']}: {found['crossings']} of {found['calls']} calls go from one package to another")
    for kind in ("pairs", "functions"):
        for name, number in found[kind].items():
            print(f"  {number:6}  {name}")


def main(arguments: list[str] | None = None) -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flow", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tree", type=Path, default=ROOT, metavar="DIR", help="the checkout to look at (default: this one)")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    parser.add_argument("--functions", type=int, default=0, metavar="N", help="also the N functions most often called from elsewhere")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if not options.here:
        inner = [sys.executable, "-P", __file__, "--here", "--tree", str(options.tree.resolve()), "--functions", str(options.functions)]
        done = subprocess.run([*inner, *(["--json"] if options.json else [])], check=False, cwd=options.tree)
        return done.returncode
    found = report(count(options.tree), options.functions)
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        show(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
