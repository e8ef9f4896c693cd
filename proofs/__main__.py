"""Check every proof: ``python -m proofs`` (see ``--help``)."""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from proofs.cache import ROOT, Cache, environment, write_atomically
from proofs.obligation import Mutant, Obligation
from proofs.report import Report, as_data
from proofs.runner import Result, run

FAMILIES = {
    "seed": "the eight theorems of the original project, for all subexpressions and all real assignments",
    "calculus": "what a quadratic remainder means, and how it composes",
    "lemmas": "what follows from the axioms",
    "primitives": "the partial derivatives of every primitive, from its evidence",
    "induction": "all expressions: the running code of diff and gradient on every constructor",
    "rewrites": "every rule of the simplifier",
    "floats": "which laws of real arithmetic hold for IEEE 754 floats",
}
MUTANT_TIMEOUT = 2.0
EXAMPLES = """\
examples:
  python -m proofs                       check everything, with a report
  python -m proofs -k primitives.tanh    one primitive ('*' and '?' are wildcards)
  python -m proofs --mutants             break every formula and see the proofs fail
  python -m proofs --solver cvc5         ask a second solver
  python -m proofs --smtlib obligations  write one SMT-LIB file per obligation
  python -m proofs --json report.json    a report for machines

exit code: 0 everything came out as stated; 1 something did not; 2 wrong usage; 130 interrupted
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m proofs", description="Check every proof of the package.", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.add_argument("-k", metavar="PATTERN", help="only obligations whose name contains the pattern")
    made.add_argument("-j", metavar="N", type=int, default=os.cpu_count() or 1, help="worker processes (default: all cores)")
    made.add_argument("--timeout", metavar="S", type=float, default=20.0, help="seconds per question to a solver (default: 20)")
    made.add_argument("--solver", choices=["cvc5"], help="ask a second solver too; a disagreement fails")
    made.add_argument("--mutants", action="store_true", help="also check that deliberate errors break the proofs")
    made.add_argument("--no-cache", action="store_true", help="ignore and do not write remembered results")
    made.add_argument("--json", metavar="FILE", type=Path, help="write a report for machines")
    made.add_argument("--smtlib", metavar="DIR", type=Path, help="write one SMT-LIB file per obligation")
    made.add_argument("-q", "--quiet", action="store_true", help="print only totals and failures")
    return made


def matches(name: str, pattern: str | None) -> bool:
    """Whether a name contains the pattern; ``*`` and ``?`` are wildcards."""
    return pattern is None or fnmatch.fnmatchcase(name, f"*{pattern}*")


def gather(pattern: str | None) -> list[Obligation]:
    """The obligations of all families."""
    found = [o for family in FAMILIES for o in import_module(f"proofs.{family}").obligations()]
    names = [o.name for o in found]
    if len(set(names)) != len(names):
        raise AssertionError(f"obligations share a name: {sorted({n for n in names if names.count(n) > 1})}")
    return [o for o in found if matches(o.name, pattern)]


def gather_mutants(pattern: str | None) -> list[Mutant]:
    """The mutants of all families that have any."""
    modules = [import_module(f"proofs.{family}") for family in FAMILIES]
    return [m for module in modules if hasattr(module, "mutants") for m in module.mutants() if matches(m.name, pattern)]


def write_smtlib(directory: Path, obligations: Sequence[Obligation]) -> None:
    """One replayable script per obligation."""
    directory.mkdir(parents=True, exist_ok=True)
    for o in obligations:
        text = " ".join(o.statement.split())
        head = f"; {o.name}\n; {text}\n(set-info :status {o.expected})\n"
        logic = "" if "(set-logic" in o.smtlib else "(set-logic QF_NRA)\n"
        safe = o.name.replace("'", "_prime").replace("/", "_")
        write_atomically(directory / f"{safe}.smt2", f"{head}{logic}{o.smtlib}(check-sat)\n")


class _Progress:
    """A progress bar on a terminal, nothing elsewhere."""

    def __init__(self, total: int, label: str) -> None:
        self.bar: Any = None
        if total and sys.stderr.isatty() and find_spec("tqdm") is not None:
            from tqdm import tqdm

            self.bar = tqdm(total=total, desc=label, unit="", leave=False)

    def step(self) -> None:
        if self.bar is not None:
            self.bar.update()

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def settle_all(obligations: list[Obligation], options: argparse.Namespace) -> dict[str, Result]:
    """Results by name, from the cache where possible."""
    cache = Cache(ROOT / ".proofs-cache" / "results.json", environment(options.solver), enabled=not options.no_cache)
    results = {o.name: r for o in obligations if (r := cache.get(o)) is not None} if cache.enabled else {}
    todo = [o for o in obligations if o.name not in results]
    progress = _Progress(len(todo), "proofs")

    def done(obligation: Obligation, result: Result) -> None:
        results[obligation.name] = result
        cache.put(obligation, result)
        progress.step()

    try:
        run(todo, jobs=options.j, timeout=options.timeout, second=options.solver, done=done)
    finally:
        progress.close()
        cache.save()
    if cache.note:
        print(f"note: {cache.note}", file=sys.stderr)
    return results


def try_mutants(mutants: list[Mutant], options: argparse.Namespace) -> list[tuple[Mutant, Result]]:
    """Outcomes in the order of the mutants."""
    progress = _Progress(len(mutants), "mutants")
    outcomes: dict[int, Result] = {}

    def done(mutant: Mutant, result: Result) -> None:
        outcomes[id(mutant)] = result
        progress.step()

    # Tasks come back as the very objects that were handed out, so identity tells them apart.
    try:
        run(mutants, jobs=options.j, timeout=min(options.timeout, MUTANT_TIMEOUT), second=None, done=done)
    finally:
        progress.close()
    return [(mutant, outcomes[id(mutant)]) for mutant in mutants]


def usage(message: str) -> int:
    """Say what is wrong with the call."""
    print(f"python -m proofs: {message}", file=sys.stderr)
    return 2


def check(options: argparse.Namespace) -> int:
    """Do what the options say; returns the exit code."""
    start = time.perf_counter()
    if options.j < 1 or options.timeout <= 0:
        return usage("-j takes a number of processes >= 1, --timeout a number of seconds > 0")
    if options.solver is not None and find_spec(options.solver) is None:
        return usage(f"--solver {options.solver} needs the package {options.solver}: pip install {options.solver}")
    obligations = gather(options.k)
    if not obligations:
        return usage(f"no obligation's name contains {options.k!r}")
    if options.smtlib is not None:
        write_smtlib(options.smtlib, obligations)
    results = settle_all(obligations, options)
    outcomes = try_mutants(gather_mutants(options.k), options) if options.mutants else []
    report = Report(sys.stdout, FAMILIES)
    if not options.quiet:
        for family in FAMILIES:
            mine = [o for o in obligations if o.family == family]
            if mine:
                report.family(family, mine, results)
    if options.mutants:
        report.mutants(outcomes)
    if options.json is not None:
        write_atomically(options.json, json.dumps(as_data(obligations, results, outcomes), indent=1))
    report.summary(obligations, results, time.perf_counter() - start, options.solver)
    survivors = any(result.settled for _, result in outcomes)
    return int(survivors or any(not result.settled for result in results.values()))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    options = parser().parse_args(arguments)
    try:
        return check(options)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except OSError as error:
        return usage(f"{error.filename}: {error.strerror}")


if __name__ == "__main__":
    sys.exit(main())
