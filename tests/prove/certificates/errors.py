"""A prover with an error, against many false claims: ``python -m tests.prove.certificates.errors --errors 100 --claims 2000``.

The errors are those of `tests.prove.certificates.attacks`, then single changes of the prover's code (`proofs.code_mutants.changes`), a
fixed sample of all its files.  With each of them the prover writes certificates of claims that are false at points that no search finds;
the checker, which has no error, must accept none.  Edits are random changes of certificates, put under wrong claims.

Answers are kept in ``.campaign/``; a run that was interrupted goes on where it stopped, unless the code has changed.  Exit code: 0 nothing
was accepted, 1 something was, 130 interrupted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from proofs.code_mutants.__main__ import fingerprint
from proofs.code_mutants.changes import ROOT, Mutant, mutants
from proofs.code_mutants.server import Hook, forked, prepare

KEPT = ROOT / ".campaign"
FILES = (
    *(f"micrograd/prove/{name}.py" for name in ("cells", "linear", "solver")),
    *(f"micrograd/prove/certificates/{name}.py" for name in ("draft", "hints", "leaf", "points", "special", "strict", "writer")),
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "micrograd/prove/normal").glob("*.py")) if path.name != "__init__.py"),
)
"""The code that finds proofs and writes certificates; what asks the checker is not among it."""
CHUNK = 100
"""Claims that one process tries."""
CPU_SECONDS = 300
Work = tuple[str, Callable[[], Any]]


def changes(count: int) -> list[Mutant]:
    """A fixed sample of single changes of the code; a larger one contains the smaller ones."""
    found = [mutant for file in FILES for mutant in mutants(file)]
    return sorted(found, key=lambda mutant: hashlib.sha256(mutant.name.encode()).digest())[:count]


def claims(seeds: range) -> list[dict[str, Any]]:
    """False claims by their numbers; where the oracle finds no witness, there is none."""
    from tests.prove.bed import made

    found = (made(random.Random(f"error {seed}")) for seed in seeds)
    return [asdict(claim) for claim in found if claim is not None]


def accepted(error: Mutant | str, tried: Sequence[dict[str, Any]]) -> list[str]:
    """Claims that have a certificate although they are false, in this process, which is given the error."""
    if isinstance(error, Mutant):
        sys.meta_path.insert(0, Hook(error))
    from tests.prove.bed import Claim
    from tests.prove.certificates import attacks

    found = []
    with attacks.broken(error) if isinstance(error, str) and error else nullcontext():
        for claim in (Claim(**entry) for entry in tried):
            with suppress(Exception):  # a prover that is broken may break down
                found += [str(claim)] if attacks.accepted(claim) else []
    return found


def edits(start: int) -> list[str]:
    """Edits by their numbers that are accepted."""
    from tests.prove.certificates.test_edits import check

    found = []
    for seed in range(start, start + 10 * CHUNK):
        try:
            check(seed)
        except AssertionError as reason:
            found.append(str(reason))
    return found


def named() -> list[str]:
    """The errors that have names."""
    from tests.prove.certificates.attacks import ERRORS

    return list(ERRORS)


def false_claims(options: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    """The claims, in the pieces in which they are tried; a piece whose process broke down is missing."""
    pieces = [range(start, min(start + CHUNK, options.claims)) for start in range(0, options.claims, CHUNK)]
    answers = done([(f"claims {piece}", partial(claims, piece)) for piece in pieces], options)
    return {name: answer["result"] for name, answer in answers if "result" in answer}


def tasks(tried: dict[str, list[dict[str, Any]]], options: argparse.Namespace) -> Iterator[Work]:
    """What is to be done, by name; processes of their own find out what it is about."""
    errors = dict(done([("named errors", named)], options))["named errors"]["result"]
    chosen: list[Mutant | str] = [*errors, *changes(max(options.errors - len(errors), 0))][: options.errors]
    for error in chosen:
        for name, piece in tried.items():
            yield f"{error if isinstance(error, str) else error.name} | {name}", partial(accepted, error, piece)
    for start in range(10**6, 10**6 + options.edits, 10 * CHUNK):
        yield f"edits {start}", partial(edits, start)


def done(work: Iterable[Work], options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Results by name; what is known is not done again."""
    file: Path = KEPT / f"errors-{fingerprint()}.jsonl"
    known: dict[str, Any] = {}
    with suppress(FileNotFoundError):
        for line in file.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                name, answer = json.loads(line)
                known[name] = answer
    wanted = list(work)
    yield from ((name, known[name]) for name, _ in wanted if name in known)
    KEPT.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        for name, answer, _ in forked([(name, task) for name, task in wanted if name not in known], options.jobs, CPU_SECONDS):
            out.write(json.dumps([name, answer]) + "\n")
            out.flush()
            yield name, answer


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove.certificates.errors", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--errors", type=int, default=100, metavar="N", help="how many errors of the prover (default: 100)")
    parser.add_argument("--claims", type=int, default=2000, metavar="N", help="false claims for each (default: 2000)")
    parser.add_argument("--edits", type=int, default=100_000, metavar="N", help="edits of certificates (default: 100000)")
    parser.add_argument("--jobs", "-j", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (default: all processors)")
    options = parser.parse_args(argv)
    prepare()
    total = ended = 0
    wrong: list[str] = []
    try:
        tried = false_claims(options)
        for name, answer in done(tasks(tried, options), options):
            total += 1
            ended += "result" not in answer
            for text in answer.get("result", ()):
                wrong.append(text)
                print(f"ACCEPTED  {name}: {text}", flush=True)
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    print(
        f"{options.errors} errors, {sum(map(len, tried.values()))} false claims each, {options.edits} edits: {len(wrong)} accepted; "
        f"{ended} of {total} processes broke down or used up their time"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
