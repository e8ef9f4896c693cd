"""Break the code, one change at a time, and see that every change is noticed.

    python -m proofs.code_mutants                     every mutant of the files on which verdicts and theorems rest
    python -m proofs.code_mutants --sample 400        a fixed sample of 400
    python -m proofs.code_mutants --each 20           a fixed sample of 20 from each file
    python -m proofs.code_mutants -k special.py       only mutants whose name contains the text
    python -m proofs.code_mutants --list              names only

Results are kept in .campaign/, so that an interrupted run goes on where it stopped, unless code or checks have changed.
Exit code: 0 every mutant is noticed or explained, 1 one is not, or something fails without one, 2 bad usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

from proofs.code_mutants.changes import ROOT, Mutant, mutants, unbroken
from proofs.code_mutants.checks import QUICK, Baseline, own, plan
from proofs.code_mutants.checks import parts as needed
from proofs.code_mutants.explained import EXPLAINED, Explained

PARTS = ("verified", "prove", "trace")
LEFT_OUT = {
    "*/__init__.py": "names of other modules",
    **dict.fromkeys(("verified/expr.py", "verified/functions.py", "verified/prove.py", "verified/given.py"), "names of other modules"),
    **dict.fromkeys(("verified/axioms.py", "verified/cited.py"), "what is believed, and tested against enclosures"),
    **dict.fromkeys(("verified/check.py", "verified/certificate_files.py"), "commands and files: what is in them is checked elsewhere"),
    **dict.fromkeys(("verified/errors.py", "verified/latex.py", "verified/statements.py", "prove/verdicts.py"), "texts for people"),
    **dict.fromkeys(
        ("prove/refute.py", "prove/meetings.py", "prove/at_point.py", "prove/at_root.py"),
        "counterexamples: the checks here do without the search for them",
    ),
    "prove/certificates/*": "what it writes is checked; `tests.prove.certificates.errors` breaks it",
    "prove/service/*": "processes, in which the same is done",
    "prove/api.py": "the functions for users, which only pass on what they are given",
    "prove/normal/rule.py": "what a rule is",
}
"""Files of these parts that are not broken, and why."""
FILES = tuple(
    path.relative_to(ROOT).as_posix()
    for part in PARTS
    for path in sorted((ROOT / "micrograd" / part).rglob("*.py"))
    if not any(fnmatchcase(path.relative_to(ROOT / "micrograd").as_posix(), pattern) for pattern in LEFT_OUT)
)
KEPT = ROOT / ".campaign"


def fingerprint() -> str:
    """Of everything that the result for a mutant depends on."""
    total = hashlib.sha256()
    for folder in (
        "micrograd/verified",
        "micrograd/carriers",
        "micrograd/trace",
        "micrograd/prove",
        "tests/prove",
        "tests/verified",
        "proofs",
    ):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name not in ("explained.py", "__main__.py", "server.py"):
                total.update(path.read_bytes())
    return total.hexdigest()[:12]


def selected(files: Sequence[str], pattern: str | None, sample: int | None, each: int | None = None) -> list[Mutant]:
    """The mutants to try, in order; a sample, of all or of each file, is the same in every run and contains the smaller ones."""
    there = [mutants(file) for file in files if (ROOT / file).exists()]
    if pattern is not None:
        there = [[mutant for mutant in found if pattern in mutant.name] for found in there]
    return _sample([mutant for found in there for mutant in _sample(found, each)], sample)


def _sample(found: list[Mutant], size: int | None) -> list[Mutant]:
    if size is None:
        return found
    chosen = set(sorted((mutant.name for mutant in found), key=lambda name: hashlib.sha256(name.encode()).digest())[:size])
    return [mutant for mutant in found if mutant.name in chosen]


def explanation(name: str) -> Explained | None:
    """Why nothing notices the mutant, if that is known."""
    return next((entry for entry in EXPLAINED if fnmatchcase(name, _literal(entry.pattern))), None)


def _literal(pattern: str) -> str:
    """A pattern in which only * means anything."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


class _Bar:
    """A progress bar on stderr, as `micrograd.terminal.progress`, which cannot be imported here: the package is broken first."""

    def __init__(self, total: int) -> None:
        self.bar: Any = None
        if sys.stderr.isatty():
            with suppress(ImportError):
                from tqdm import tqdm

                self.bar = tqdm(total=total, unit=" mutants", leave=False, file=sys.stderr)

    def update(self) -> None:
        if self.bar is not None:
            self.bar.update()


def _kept(file: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found
    return {}


def _lines(file: Path) -> list[list[Any]]:
    """The values in a file of JSON lines; a line that is not whole is left out."""
    found = []
    with suppress(FileNotFoundError):
        for line in file.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                found.append(json.loads(line))
    return found


def _known_baseline(files: list[str], file: Path, options: argparse.Namespace) -> Baseline:
    """The baseline, each part of which is kept between runs; most tests are left out of a quick pass unless they are there."""
    from proofs.code_mutants.server import find_baseline

    parts: dict[str, Any] = _kept(file)
    about = {test for file in files for test in own(file)}
    wanted = [part for part in needed(files) if part in parts or part in about or not (options.quick and part.endswith(".py"))]
    for part, result, seconds in find_baseline([part for part in wanted if part not in parts], options.jobs):
        print(f"baseline  {part}: {len(result)} checks, {seconds:.0f} s", flush=True)
        parts[part] = result
        file.write_text(json.dumps(parts), encoding="utf-8")
    known = Baseline(QUICK) if options.quick else Baseline()
    for part in wanted:
        known.add(part, parts[part])
    return known


def attempts(chosen: Sequence[Mutant], known: Baseline, jobs: int) -> Iterator[tuple[str, str | None]]:
    """For each mutant by name, what notices it, or None."""
    from proofs.code_mutants.server import CPU_SECONDS, QUICK_CPU_SECONDS, attempt, forked

    work = [(mutant.name, partial(attempt, mutant, known)) for mutant in chosen]
    for name, answer, _ in forked(work, jobs, CPU_SECONDS if known.limit > QUICK else QUICK_CPU_SECONDS):
        found = answer["result"] if "result" in answer else answer.get("ended") or answer["error"]
        known.favour(found)
        yield name, found


def run(chosen: Sequence[Mutant], options: argparse.Namespace) -> dict[str, str | None]:
    """Try the mutants; what is known from a run before is not tried again."""
    from proofs.code_mutants.server import prepare

    prepare()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the forks are to end with this process
    KEPT.mkdir(exist_ok=True)
    mark = fingerprint()
    log, spared = KEPT / f"mutants-{mark}.jsonl", KEPT / f"spared-{mark}.jsonl"
    files = sorted({mutant.file for mutant in chosen})
    known = _known_baseline(files, KEPT / f"baseline-{mark}.json", options)
    if options.control:
        for name, answer in attempts([unbroken(file) for file in {plan(file): file for file in files}.values()], known, options.jobs):
            print(f"control   {name.partition('::')[0]}: {answer or 'nothing is noticed'}", flush=True)
            options.unstable |= answer is not None
        if options.unstable:
            return {}
    wanted = {mutant.name for mutant in chosen}
    earlier = [entry for file in ([spared, log] if options.quick else [log]) for entry in _lines(file)]
    results: dict[str, str | None] = {name: answer for name, answer in earlier if name in wanted}
    left = [mutant for mutant in chosen if mutant.name not in results]
    bar = _Bar(len(left))
    with log.open("a", encoding="utf-8") as final, spared.open("a", encoding="utf-8") as later:
        try:
            for name, answer in attempts(left, known, options.jobs):
                results[name] = answer
                out = later if options.quick and answer is None else final
                out.write(json.dumps([name, answer]) + "\n")
                out.flush()
                bar.update()
                if answer is None and explanation(name) is None:
                    print(f"SURVIVED  {name}", flush=True)
        except KeyboardInterrupt:
            print("interrupted; the same command goes on from here", file=sys.stderr)
            options.interrupted = True
    return results


def report(chosen: Sequence[Mutant], results: dict[str, str | None]) -> tuple[str, int]:
    """The result in lines, and how many are neither noticed nor explained."""
    lines = [f"{'file':<52} {'mutants':>8} {'noticed':>8} {'explained':>10} {'survived':>9}"]
    total: Counter[str] = Counter()
    survivors = []
    for file in dict.fromkeys(mutant.file for mutant in chosen):
        tried = [mutant.name for mutant in chosen if mutant.file == file and mutant.name in results]
        unnoticed = [name for name in tried if results[name] is None]
        open_ones = [name for name in unnoticed if explanation(name) is None]
        survivors += open_ones
        row = {"tried": len(tried), "noticed": len(tried) - len(unnoticed), "open": len(open_ones)}
        row["explained"] = len(unnoticed) - len(open_ones)
        total.update(row)
        lines.append(f"{file:<52} {row['tried']:>8} {row['noticed']:>8} {row['explained']:>10} {row['open']:>9}")
    lines.append(f"{'all':<52} {total['tried']:>8} {total['noticed']:>8} {total['explained']:>10} {total['open']:>9}")
    how = Counter(_kind(answer) for answer in results.values() if answer)
    lines.append("noticed by: " + ", ".join(f"{n} {word}" for word, n in how.most_common(12)))
    for name in survivors:
        lines.append(f"SURVIVED  {name}")
    there = [mutant.name for file in FILES for mutant in mutants(file)]
    unused = [e.pattern for e in EXPLAINED if not any(fnmatchcase(name, _literal(e.pattern)) for name in there)]
    lines += [f"explained, but there is no such mutant any more: {pattern}" for pattern in unused]
    return "\n".join(lines), len(survivors)


def _kind(answer: str) -> str:
    """What noticed a mutant, in few words."""
    first, _, rest = answer.partition(":")
    return f"claim {rest.partition(':')[0].partition('[')[0].strip()}" if first.startswith("claim ") else first[:40]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    title, _, examples = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m proofs.code_mutants", description=title, epilog=examples, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="files to break (default: all that verdicts and theorems rest on)")
    parser.add_argument("-k", metavar="TEXT", dest="pattern", help="only mutants whose name contains TEXT")
    parser.add_argument("--sample", type=int, metavar="N", help="only N mutants, the same in every run")
    parser.add_argument("--each", type=int, metavar="N", help="only N mutants of each file, the same in every run")
    parser.add_argument("-j", type=int, metavar="N", dest="jobs", default=os.cpu_count() or 1, help="processes (default: all processors)")
    parser.add_argument("--quick", action="store_true", help="for a few seconds each; the same command without it tries survivors again")
    parser.add_argument("--control", action="store_true", help="see first that nothing is noticed where nothing is broken")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    options = parser.parse_args(argv)
    options.interrupted = options.unstable = False
    chosen = selected(options.files or FILES, options.pattern, options.sample, options.each)
    if not chosen:
        print("code_mutants: no mutant matches", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(mutant.name for mutant in chosen))
        return 0
    text, survivors = report(chosen, run(chosen, options))
    print(text)
    return 130 if options.interrupted else 1 if survivors or options.unstable else 0


if __name__ == "__main__":
    sys.exit(main())
