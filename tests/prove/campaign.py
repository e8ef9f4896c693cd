"""Many claims for the prover alone: ``python -m tests.prove.campaign --claims 10000 --seed 1``.

Each is false at a point that the oracle confirms, and each fourth is tried without its defect too, with the search for counterexamples.
Answers are kept in ``.campaign/``; a run that was interrupted goes on where it stopped, unless the prover or the claims have changed.  Exit
code: 0 no wrong verdict and no crash, 1 there is one, 130 interrupted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.prove.bed import Claim, made, twin, word

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".campaign"
HUNG = 120
"""Seconds after which a claim counts as a crash."""


def fingerprint() -> str:
    """Of everything that an answer depends on."""
    total = hashlib.sha256()
    for folder in ("micrograd/verified", "micrograd/carriers", "micrograd/trace", "micrograd/prove", "tests/prove"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            total.update(path.read_bytes())
    return total.hexdigest()[:12]


def _hung(number: int, frame: object) -> None:
    raise TimeoutError(f"no answer within {HUNG} s")


def _made(seed: int) -> Claim | None:
    """The claim of a number; None where the oracle has no witness for it, or takes too long to find one."""
    try:
        return made(random.Random(f"campaign {seed}"))
    except TimeoutError:
        signal.alarm(HUNG)
        return None


def attempt(seed: int) -> dict[str, Any]:
    """The answers to one claim and perhaps its twin, with what is wrong with them."""
    signal.signal(signal.SIGALRM, _hung)
    signal.alarm(HUNG)
    try:
        claim = _made(seed)
        if claim is None:
            return {"seed": seed, "kind": "none", "word": "none"}
        found = {"seed": seed, "kind": claim.kind, "word": word(claim).partition(":")[0]}
        faults = [str(claim)] if found["word"] in ("proved", "nothing there") or str(found["word"]).startswith("crash") else []
        other = twin(claim) if seed % 4 == 0 else None
        if other is not None:
            found["twin"] = word(other, search=True).partition(":")[0]
            faults += [str(other)] if found["twin"] == "refuted" or str(found["twin"]).startswith("crash") else []
        return {**found, "faults": faults} if faults else found
    except TimeoutError as reason:
        return {"seed": seed, "kind": "hung", "word": f"crash {reason}", "faults": [f"seed {seed}"]}
    finally:
        signal.alarm(0)


def _worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _known(file: Path) -> dict[int, dict[str, Any]]:
    known: dict[int, dict[str, Any]] = {}
    with suppress(FileNotFoundError):
        for line in file.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                entry = json.loads(line)
                known[entry["seed"]] = entry
    return known


def _shown(entries: Iterator[dict[str, Any]], total: int) -> Iterator[dict[str, Any]]:
    if sys.stderr.isatty():
        with suppress(ImportError):
            from tqdm import tqdm

            entries = iter(tqdm(entries, total=total, unit=" claims", leave=False, file=sys.stderr))
    yield from entries


def run(seeds: list[int], file: Path, jobs: int) -> Iterator[dict[str, Any]]:
    """Try the claims, and keep each answer at once."""
    file.parent.mkdir(exist_ok=True)
    with multiprocessing.get_context("fork").Pool(jobs, _worker, maxtasksperchild=200) as pool, file.open("a", encoding="utf-8") as out:
        for entry in _shown(pool.imap_unordered(attempt, seeds, chunksize=4), len(seeds)):
            out.write(json.dumps(entry) + "\n")
            out.flush()
            yield entry


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove.campaign", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--claims", type=int, default=10_000, metavar="N", help="how many (default: 10000)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="another seed, other claims (default: 0)")
    parser.add_argument("--jobs", "-j", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (default: all processors)")
    options = parser.parse_args(argv)
    wanted = range(options.seed * 10**7, options.seed * 10**7 + options.claims)
    file = KEPT / f"claims-{options.seed}-{fingerprint()}.jsonl"
    known = {seed: entry for seed, entry in _known(file).items() if seed in wanted}
    interrupted = False
    try:
        for entry in run([seed for seed in wanted if seed not in known], file, options.jobs):
            known[entry["seed"]] = entry
            if entry.get("faults"):
                print(f"WRONG {entry['word']} {entry.get('twin', '')}", *entry["faults"], sep="\n  ", flush=True)
    except KeyboardInterrupt:
        interrupted = True
    print(summary(known))
    if interrupted:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    return 1 if any(entry.get("faults") for entry in known.values()) else 0


def summary(known: dict[int, dict[str, Any]]) -> str:
    """The answers, counted."""
    kinds = sorted({entry["kind"] for entry in known.values()})
    lines = [f"{'kind':<12} {'claims':>7}  answers"]
    for kind in kinds:
        words = Counter(entry["word"] for entry in known.values() if entry["kind"] == kind)
        lines.append(f"{kind:<12} {sum(words.values()):>7}  {', '.join(f'{n} {word}' for word, n in words.most_common())}")
    twins = Counter(entry["twin"] for entry in known.values() if "twin" in entry)
    lines.append(f"{'true twins':<12} {sum(twins.values()):>7}  {', '.join(f'{n} {word}' for word, n in twins.most_common())}")
    wrong = sum(bool(entry.get("faults")) for entry in known.values())
    lines.append(f"{len(known)} claims, {wrong} wrong verdicts or crashes")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
