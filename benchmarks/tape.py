"""The tape engine side by side with its peers: training nets of scalars and of arrays, and long chains.

Parts (`--only`), each described in its module:

* *moons* (`benchmarks.tape_moons`): the classic scalar demo against one closure per operation (`benchmarks.closures`);
* *mnist* (`benchmarks.tape_mnist`): epochs of a small net against NumPy by hand, HIPS autograd, torch and jax;
* *chain* (`benchmarks.tape_chain`): ns and bytes per operation from 10³ to 10⁶ operations;
* *literals* (`benchmarks.tape_literals`): a number as an operand, beside a value.

How.  Each engine of a case has a process of its own, on one core and with one thread for BLAS.  All of them compute a step or more
first, and their losses, gradients or weights must agree, otherwise the program exits with status 1.  Then they run in turn: a warm-up
and `--repeats` timed runs each; medians of processor time are printed.  A run that takes longer than `--limit` seconds is killed and
printed as "> limit"; one that raises or crashes, as "fails".  Peers that are not installed are left out.

Ratios are theirs / ours: above 1, ours is faster.

Run it from the root of the source tree:  python -m benchmarks.tape  (--help shows the options)
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import tape_chain, tape_literals, tape_mnist, tape_moons
from benchmarks.tape_harness import Case, Engine, Outcome, Part, disagreement, is_installed, measure

PARTS: dict[str, Part] = {part.name: part for part in (tape_moons.PART, tape_mnist.PART, tape_chain.PART, tape_literals.PART)}
ENGINES = list(dict.fromkeys(engine.name for part in PARTS.values() for engine in part.engines))
PACKAGES = ("numpy", "autograd", "torch", "jax")
LABEL, CELL = 26, 15

EXAMPLES = """examples:
  python -m benchmarks.tape                                  everything (about ten minutes)
  python -m benchmarks.tape --only moons                     one part
  python -m benchmarks.tape --only mnist --steps 100         per-step times from 100 steps a run, quicker
  python -m benchmarks.tape --only chain --sizes 1000 10000  shorter chains
  python -m benchmarks.tape --engines ours numpy torch       some engines
  python -m benchmarks.tape --json tape.json                 write the figures as well
"""


def number(x: float) -> str:
    """Three digits or so, without an exponent."""
    return f"{x:.0f}" if x >= 100 else f"{x:.3g}" if x >= 0.001 else f"{x:.1e}"


def cell(outcome: Outcome, factor: float, limit: float) -> str:
    if outcome.status == "ok":
        return number(outcome.seconds * factor)
    return f"> {limit:g} s" if outcome.status == "timeout" else "fails"


def ratio_cell(theirs: Outcome, ours: Outcome) -> str:
    both = theirs.status == ours.status == "ok"
    return f"{theirs.seconds / ours.seconds:.2f}" if both else "–"


def line(label: str, cells: Sequence[str]) -> str:
    return f"{label:{LABEL}}" + "".join(f"{text:>{CELL}}" for text in cells)


def cases_of(part: Part, options: argparse.Namespace) -> list[Case]:
    if part.name == "mnist":
        return tape_mnist.cases(options.steps)
    if part.name == "literals":
        return tape_literals.cases()
    return tape_chain.cases(options.sizes) if part.name == "chain" else tape_moons.cases()


def chosen_engines(part: Part, names: Sequence[str]) -> list[Engine]:
    """Those asked for and installed, in the table's order; says which are not installed."""
    asked = [engine for engine in part.engines if engine.name in names]
    for engine in asked:
        if not is_installed(engine):
            print(f"  without {engine.name}: there is no module {engine.needs}")
    return [engine for engine in asked if is_installed(engine)]


def compare(part: Part, cases: Sequence[Case], engines: Sequence[Engine], options: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    """Measure and print one part; its figures, and whether the engines agree."""
    names = [engine.name for engine in engines]
    print(line("", [*names, "agree to"]), flush=True)
    results: dict[str, dict[str, Outcome]] = {}
    agree, figures = True, {}
    for case in cases:
        outcomes = results[case.name] = measure(engines, case, options.repeats, options.limit)
        worst = disagreement(outcomes)
        agree = agree and worst <= case.tolerance
        for i, (label, factor) in enumerate(case.columns):
            cells = [cell(outcomes[name], factor, options.limit) for name in names]
            print(line(f"{case.name} {label}", [*cells, f"{worst:.0e}" if i == 0 else ""]), flush=True)
        for name in names:
            if outcomes[name].status == "fails":
                print(f"    {name}: {outcomes[name].detail}")
        if worst > case.tolerance:
            print(f"    the engines DISAGREE: relative difference {worst:.1e}, allowed {case.tolerance:.1e}")
        figures[case.name] = {"disagreement": worst} | {name: outcome.plain() for name, outcome in outcomes.items()}
    print_memory(results)
    print_ratios(results, engines)
    return figures, agree


def print_memory(results: dict[str, dict[str, Outcome]]) -> None:
    """Bytes per operation in the largest case, if any engine measured it."""
    name, outcomes = list(results.items())[-1]
    sizes = [outcome.checked.bytes_per_operation if outcome.checked else None for outcome in outcomes.values()]
    if any(sizes):
        print(line(f"{name} bytes/op.", ["–" if size is None else number(size) for size in sizes]))


def print_ratios(results: dict[str, dict[str, Outcome]], engines: Sequence[Engine]) -> None:
    """A table theirs / ours for each engine of ours."""
    peers = [engine.name for engine in engines if not engine.is_ours]
    for ours in (engine.name for engine in engines if engine.is_ours):
        if peers:
            print(f"\ntheirs / {ours}\n" + line("", peers))
        for case, outcomes in results.items():
            if peers:
                print(line(case, [ratio_cell(outcomes[peer], outcomes[ours]) for peer in peers]))


def versions() -> dict[str, str]:
    """What was measured, and where."""
    found = {"python": platform.python_version(), "machine": platform.machine(), "cpus": str(os.cpu_count())}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.tape",
        description="The tape engine and its peers, side by side.  Parts:\n"
        + "\n".join(f"  {part.name:8} {part.title}" for part in PARTS.values()),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--only", nargs="+", choices=list(PARTS), metavar="PART", default=list(PARTS), help="parts to measure")
    made.add_argument("--engines", nargs="+", choices=ENGINES, metavar="ENGINE", default=ENGINES, help=", ".join(ENGINES))
    made.add_argument("--repeats", type=int, default=5, help="timed runs after the warm-up (default 5)")
    made.add_argument("--limit", type=float, default=30.0, help="seconds for one engine in one case (default 30)")
    made.add_argument("--steps", type=int, help="mnist: steps per run (default: an epoch)")
    made.add_argument("--sizes", type=int, nargs="+", default=list(tape_chain.SIZES), metavar="N", help="chain: numbers of operations")
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the parts that the command line asks for; 1 if engines disagree."""
    arguments = parser()
    options = arguments.parse_args(argv)
    if options.repeats < 1 or options.limit <= 0 or (options.steps is not None and options.steps < 1):
        arguments.error("--repeats, --limit and --steps must be positive")
    if min(options.sizes) < 4:
        arguments.error("--sizes: a chain has at least 4 operations")
    figures: dict[str, Any] = {"versions": versions(), "repeats": options.repeats, "limit": options.limit, "parts": {}}
    agree = True
    for name in options.only:
        part = PARTS[name]
        print(f"\n{part.title}; medians of {options.repeats}")
        engines = chosen_engines(part, options.engines)
        if not engines:
            print("  no engine")
            continue
        figures["parts"][name], agrees = compare(part, cases_of(part, options), engines, options)
        agree = agree and agrees
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if agree else 1


if __name__ == "__main__":
    raise SystemExit(main())
