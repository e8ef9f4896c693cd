"""The proof check: settle every theorem of the families, and say what it rests on.

    python -m proofs                           prove everything; answers are kept in the user's cache directory
    python -m proofs -k tanh --no-cache        only theorems whose name contains "tanh", afresh
    python -m proofs --mutants                 also: each deliberate error must break a proof
    python -m proofs --solver cvc5             also: ask a second solver
    python -m proofs --json report.json        also: a report for programs
    python -m proofs --smtlib scripts/         also: one SMT-LIB file per theorem, for any solver

Solvers are limited by their own counts of steps, so that an answer does not depend on the machine or its load.

Exit code: 0 everything is settled as stated, 1 something fails, 2 bad usage or a solver is missing, 3 nothing fails but something has no
answer, 4 an internal error or output that cannot be written, 128 + n ended by signal n.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from micrograd import terminal
from micrograd.terminal import code_of, complain, progress
from proofs import report
from proofs.cache import FILE, Cache, versions
from proofs.obligation import Mutant, Obligation
from proofs.report import MutantResult, Results, Theorem
from proofs.runner import Result, Task, default_jobs, run
from proofs.solvers import CVC5_SECONDS, CVC5_STEPS, SECONDS, STEPS, Outcome, describe

FAMILIES = (
    "seed",
    "calculus",
    "lemmas",
    "primitives",
    "special_functions",
    "columns",
    "induction",
    "hypotheses",
    "rewrites",
    "sweep",
    "engine_rules",
    "normal_forms",
    "rules",
    "signs",
    "verdict_rules",
    "cited",
    "broken",
    "floats",
)
MUTANT_STEPS = 400_000
"""Z3's steps for a mutant at first; one that is neither refuted nor proved gets more."""
MUTANT_MOST = 5_000_000


class UsageError(Exception):
    """What was asked for cannot be done; the message says why."""


def main(argv: Sequence[str] | None = None, families: Sequence[str] = FAMILIES) -> int:
    """Run the command with these arguments; returns the exit code.  Bad options raise SystemExit(2)."""
    options = _options(argv)
    try:
        return _check(options, families)
    except UsageError as reason:
        return complain("proofs", str(reason), 2)
    except KeyboardInterrupt as interruption:
        return complain("proofs", "interrupted", code_of(interruption))


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    title, _, examples = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m proofs", description=title, epilog=examples, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("-k", metavar="PATTERN", dest="pattern", help="only names that contain PATTERN, or match it if it has * ? or [")
    add("-j", metavar="N", dest="jobs", type=_positive(int), default=default_jobs(), help="processes (default: all processors)")
    add("--steps", metavar="N", type=_positive(int), default=STEPS, help=f"steps of Z3 for each question (default: {STEPS:,})")
    add("--timeout", metavar="S", type=_positive(float), default=SECONDS, help=f"outermost limit for each theorem (default: {SECONDS:g} s)")
    add("--solver", choices=("z3", "cvc5"), default="z3", help="cvc5: ask cvc5 as well, after Z3")
    add("--mutants", action="store_true", help="also try the deliberate errors: each must break a proof")
    add("--json", metavar="FILE", type=Path, help="write the report as JSON")
    add("--smtlib", metavar="DIR", type=Path, help="write one SMT-LIB file for each theorem")
    add("--no-cache", action="store_true", help="settle everything afresh; keep nothing")
    add("--quiet", action="store_true", help="print totals and failures only")
    add("--list", action="store_true", help="print the names and statements, settle nothing")
    return parser.parse_args(argv)


def _positive(kind: type[int] | type[float]) -> Any:
    def convert(text: str) -> float:
        with suppress(ValueError):
            number = kind(text)
            if 0 < number < 1e10:
                return number
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive {'integer' if kind is int else 'number'}")

    return convert


# --- what there is to settle -----------------------------------------------------------------------------------------


class Statements:
    """Obligations and mutants of all families, as far as the pattern selects them.

    Attributes:
        titles: family names and the first lines of their documentation.
        obligations: in order.
        mutants: pairs of family and mutant.
        problems: families that cannot be loaded, names that occur twice.
    """

    def __init__(self, families: Sequence[str], pattern: str | None, *, mutants: bool) -> None:
        self.titles: dict[str, str] = {}
        self.obligations: list[Obligation] = []
        self.mutants: list[tuple[str, Mutant]] = []
        self.problems: list[str] = []
        for name in families:
            try:
                self._load(name, pattern, mutants)
            except Exception as reason:
                self.problems.append(f"family {name!r} cannot be loaded: {describe(reason)}")
        seen: set[str] = set()
        for obligation in self.obligations:
            if obligation.name in seen:
                self.problems.append(f"two theorems are called {obligation.name!r}")
            seen.add(obligation.name)

    def _load(self, name: str, pattern: str | None, mutants: bool) -> None:
        module = import_module(f"proofs.{name}")
        title = (module.__doc__ or "").strip().partition("\n")[0]
        self.titles.setdefault(name, title)
        for obligation in module.obligations():
            if _selected(obligation.name, pattern):
                self.obligations.append(obligation)
                self.titles.setdefault(obligation.family, title)
        if mutants and hasattr(module, "mutants"):
            self.mutants.extend((name, mutant) for mutant in module.mutants() if _selected(mutant.name, pattern))


def _selected(name: str, pattern: str | None) -> bool:
    if pattern is None:
        return True
    name, pattern = name.lower(), pattern.lower()
    return fnmatchcase(name, pattern) if set(pattern) & set("*?[") else pattern in name


def _axioms(obligations: Iterable[Obligation]) -> Mapping[str, Any]:
    if not any(obligation.axioms for obligation in obligations):
        return {}
    axioms: Mapping[str, Any] = import_module("micrograd.verified.axioms").AXIOMS
    facts: Mapping[str, Any] = import_module("micrograd.verified.cited").FACTS
    return {**axioms, **facts}


# --- the check -------------------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace, families: Sequence[str]) -> int:
    started = time.perf_counter()
    used = _require_usable(options)
    statements = Statements(families, options.pattern, mutants=options.mutants)
    if not (statements.obligations or statements.mutants or statements.problems):
        raise UsageError(f"no theorem matches {options.pattern!r}" if options.pattern else "there are no theorems")
    if options.list:
        _print([f"{o.name}: {' '.join(o.statement.split())}" for o in statements.obligations])
        return _complain(statements.problems)
    if options.smtlib is not None:
        try:
            report.write_smtlib(statements.obligations, options.smtlib)
        except OSError as reason:
            raise UsageError(f"--smtlib {options.smtlib}: {reason.strerror or reason}") from None
    cache = Cache(None if options.no_cache else FILE)
    try:
        theorems = _settle(statements.obligations, options, cache)
        mutants = _try_mutants(statements.mutants, options, cache) if options.mutants else None
    finally:
        cache.save()
        for note in dict.fromkeys(cache.notes):
            print(f"proofs: {note}", file=sys.stderr)
    known = _axioms(statements.obligations)
    results = Results(statements.titles, theorems, known, used, mutants, statements.problems)
    results.seconds = time.perf_counter() - started
    return _publish(results, options)


def _publish(results: Results, options: argparse.Namespace) -> int:
    """Write the reports; the exit code."""
    if options.json is not None:
        try:
            report.write_json(results, options.json)
        except OSError as reason:
            raise UsageError(f"--json {options.json}: {reason.strerror or reason}") from None
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    _print(report.text(results, colour=colour, quiet=options.quiet))
    if results.ok:
        return 0
    return 3 if results.only_unanswered else 1


def _complain(problems: Sequence[str]) -> int:
    for problem in problems:
        print(f"proofs: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _print(lines: Iterable[str]) -> None:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    for line in lines:
        print(line)
    sys.stdout.flush()


def _require_usable(options: argparse.Namespace) -> dict[str, str]:
    """The versions of the oracles; UsageError if one is missing or a report cannot be written."""
    found = versions()
    wanted = ("z3", "sympy", "flint", *(["cvc5"] if options.solver == "cvc5" else []))
    missing = [oracle for oracle in wanted if oracle not in found]
    if missing:
        names = {"z3": "z3-solver", "flint": "python-flint"}
        packages = " ".join(names.get(oracle, oracle) for oracle in missing)
        raise UsageError(f"{' and '.join(missing)} not installed; try: python -m pip install {packages}")
    if options.json is not None and (options.json.is_dir() or not os.access(options.json.parent, os.W_OK)):
        raise UsageError(f"--json {options.json}: cannot be written")
    return {oracle: found[oracle] for oracle in wanted}


def _settle(obligations: Sequence[Obligation], options: argparse.Namespace, cache: Cache) -> list[Theorem]:
    """All obligations, from the cache or by the solvers, in order."""
    known = _axioms(obligations)
    found: dict[str, Outcome] = {}
    second: dict[str, Outcome] = {}
    tasks: list[Task] = []
    keys: dict[tuple[str, str], str] = {}
    for o in obligations:
        unknown = [axiom for axiom in o.axioms if axiom not in known]
        if unknown:
            found[o.name] = Outcome("error", evidence=f"there is no axiom {', '.join(map(repr, unknown))}")
            continue
        wanted: list[tuple[Literal["settle", "cvc5"], str, int, dict[str, Outcome]]] = [("settle", o.stated, options.steps, found)]
        if options.solver == "cvc5" and o.smtlib.strip():
            wanted.append(("cvc5", "proved", CVC5_STEPS, second))
        for kind, stated, steps, answers in wanted:
            key = keys[kind, o.name] = cache.key(o, "z3" if kind == "settle" else kind)
            if (outcome := cache.get(key, stated)) is not None:
                answers[o.name] = outcome
            else:
                seconds = options.timeout if kind == "settle" else min(options.timeout, CVC5_SECONDS)
                tasks.append(Task(kind, o.name, (o,), steps, seconds))
    for task, outcomes in _run(tasks, options, cache, "theorem"):
        (second if task.kind == "cvc5" else found)[task.name] = outcomes[0]
        cache.put(keys[task.kind, task.name], f"{task.name} ({task.kind})", outcomes[0])
    return [_compare(Theorem(o, found[o.name], second.get(o.name))) for o in obligations]


def _compare(theorem: Theorem) -> Theorem:
    """A theorem that cvc5 contradicts is not settled."""
    if theorem.cvc5 is None or theorem.cvc5.status != "disagree":
        return theorem
    return replace(theorem, outcome=replace(theorem.outcome, status="disagree", evidence=theorem.cvc5.evidence))


def _run(tasks: list[Task], options: argparse.Namespace, cache: Cache, unit: str) -> Iterator[Result]:
    """`run` with a progress bar on a terminal; slow tasks first, as far as an earlier run tells."""
    if not tasks:
        return
    slow = cache.timings()
    tasks.sort(key=lambda task: -slow.get(f"{task.name} ({task.kind})", 0.0))
    with closing(run(tasks, min(options.jobs, len(tasks)))) as results, progress(len(tasks), f" {unit}") as bar:
        for result in results:
            bar.update()
            yield result


# --- mutants ---------------------------------------------------------------------------------------------------------


def _try_mutants(mutants: Sequence[tuple[str, Mutant]], options: argparse.Namespace, cache: Cache) -> list[MutantResult]:
    """Try each mutant with few steps, and again with many where no proof was found."""
    everything = dict(enumerate(mutants))
    few, many = min(MUTANT_STEPS, options.steps), min(MUTANT_MOST, options.steps)
    verdicts = _try(everything, few, options, cache)
    doubtful = {i: mutants[i] for i, verdict in verdicts.items() if verdict.verdict == "not proved"}
    if many > few:
        verdicts |= _try(doubtful, many, options, cache)
    return [verdicts[i] for i in everything]


def _try(mutants: Mapping[int, tuple[str, Mutant]], steps: int, options: argparse.Namespace, cache: Cache) -> dict[int, MutantResult]:
    """Try mutants; their obligations that are known to hold are not settled again."""
    verdicts: dict[int, MutantResult] = {}
    tasks: list[Task] = []
    for i, (family, mutant) in mutants.items():
        open_ones = tuple(o for o in mutant.obligations if cache.get(cache.key(o), o.stated) is None)
        if open_ones:
            tasks.append(Task("mutant", str(i), open_ones, steps, options.timeout))
        else:
            verdicts[i] = MutantResult(mutant.name, family, mutant.change, "survived")
    for task, outcomes in _run(tasks, options, cache, "mutant"):
        family, mutant = mutants[int(task.name)]
        for obligation, outcome in zip(task.obligations, outcomes, strict=False):
            cache.put(cache.key(obligation), f"{obligation.name} (mutant)", outcome)
        verdicts[int(task.name)] = _verdict(family, mutant, outcomes[-1])
    return verdicts


def _verdict(family: str, mutant: Mutant, last: Outcome) -> MutantResult:
    if last.settled:
        return MutantResult(mutant.name, family, mutant.change, "survived")
    if last.status == "error":
        return MutantResult(mutant.name, family, mutant.change, "error", last.evidence)
    refuted = last.status in ("false", "identity")
    return MutantResult(mutant.name, family, mutant.change, "refuted" if refuted else "not proved", last.evidence)


if __name__ == "__main__":
    sys.exit(terminal.run("proofs", main))
