"""Deciding hand-written derivatives, beside SymPy and a numerical checker, in one run.

    python -m benchmarks.verdicts                       ../shared/corpus if it is there, else the museum's exhibits
    python -m benchmarks.verdicts FILE … --sympy 100    other files; at most 100 claims for SymPy (0: none)
    python -m benchmarks.verdicts --ours                only decide each claim, entries of Hessians too

* *ours*: `micrograd.prove`, each claim in this process;
* *SymPy*: ``simplify(diff(f) - claim) == 0``, in a process of its own with a time limit; True counts as proved, all else as unknown;
* *numerical*: central differences at ten random points of the domain, relative tolerance 1e-5; it cannot prove: "agrees" or "differs".
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import micrograd as mg
from micrograd.prove.service.tables import Claim, read_table
from micrograd.prove.service.worker import answer

ROOT = Path(__file__).parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
MUSEUM = ROOT / "examples" / "museum" / "bugs.json"
SYMPY_SECONDS = 10.0


def files(given: list[Path]) -> list[Path]:
    """The tables to decide."""
    if given:
        return given
    return sorted(p for p in CORPUS.glob("*.json")) if CORPUS.is_dir() else [MUSEUM]


def truths(path: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """What is known of the claims of a file: fragment and expected verdict by id and variable."""
    import json

    found: dict[tuple[str, str], tuple[str, str]] = {}
    for row in json.loads(path.read_text(encoding="utf-8")):
        fragment = row.get("fragment", "-")
        expected = row.get("expected", {})
        if "grad" in row:
            for name in row["grad"]:
                found[row["id"], name] = fragment, expected.get(name, "-")
        elif "wrong_derivative" in row and isinstance(row.get("wrt"), str):
            found[f"{row['id']}/wrong", row["wrt"]] = fragment, "refuted"
            found[f"{row['id']}/right", row["wrt"]] = fragment, "proved"
        elif isinstance(row.get("wrt"), str):
            found[row["id"], row["wrt"]] = fragment, expected or "-"
    return found


def ours(claim: Claim) -> str:
    """Our verdict."""
    return str(answer({**claim.task, "timeout": 20.0})["verdict"])


def _sympy(task: dict[str, Any], out: Any) -> None:
    import sympy

    start = time.perf_counter()
    f, claim = (mg.to_sympy(mg.parse(task[key])) for key in ("function", "derivative"))
    x = sympy.Symbol(task["wrt"], real=True)
    same = bool(sympy.simplify(sympy.diff(f, x) - claim) == 0)
    out.put((same, time.perf_counter() - start))


def sympy_says(claim: Claim) -> tuple[str, float]:
    """SymPy's verdict, with a time limit, and its seconds without the start of the process."""
    context: Any = multiprocessing.get_context("spawn")
    out = context.Queue()
    process = context.Process(target=_sympy, args=(claim.task, out))
    process.start()
    process.join(SYMPY_SECONDS + 5)
    if process.is_alive():
        process.kill()
        process.join()
        return "time", SYMPY_SECONDS
    if process.exitcode:
        return "error", 0.0
    same, seconds = out.get()
    return "proved" if same else "unknown", seconds


def numerical(claim: Claim) -> str:
    """What central differences say."""
    rng = random.Random(0)
    f, g = mg.parse(claim.task["function"]), mg.parse(claim.task["derivative"])
    domain = mg.parse_condition(claim.task["domain"] or "True")
    names = [str(v) for v in mg.variables(f, g, domain)]
    seen = 0
    for _ in range(3000):
        point = {name: rng.uniform(-3, 3) for name in names}
        try:
            if not mg.evaluate(domain, point):
                continue
            x, h = point[claim.wrt], 1e-6 * (1 + abs(point[claim.wrt]))
            high, low = (mg.evaluate(f, {**point, claim.wrt: x + s * h}) for s in (1, -1))
            slope, said = (high - low) / (2 * h), mg.evaluate(g, point)
        except (ArithmeticError, KeyError):
            continue
        if abs(slope - said) > 1e-5 * (1 + abs(slope)):
            return "differs"
        seen += 1
        if seen == 10:
            return "agrees"
    return "agrees" if seen else "no point"


def main(arguments: list[str] | None = None) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verdicts", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--sympy", type=int, default=60, metavar="N", help="at most N claims for SymPy (default: 60)")
    parser.add_argument("--ours", action="store_true", help="only decide each claim, entries of Hessians too")
    options = parser.parse_args(arguments)
    known: dict[tuple[str, str], tuple[str, str]] = {}
    claims: list[Claim] = []
    for path in files(options.files):
        known |= truths(path)
        claims += [c for c in read_table(path) if not c.error and (options.ours or "/hess" not in c.id)]
    sample = random.Random(0).sample(claims, min(options.sympy, len(claims)))
    engines: dict[str, tuple[Callable[[Claim], Any], list[Claim]]] = {
        "ours": (ours, claims),
        "numerical": (numerical, claims),
        "SymPy": (sympy_says, sample),
    }
    if options.ours:
        engines = {"ours": (ours, claims)}
    for name, (engine, chosen) in engines.items():
        table: Counter[tuple[str, str, str]] = Counter()
        seconds = []
        for claim in chosen:
            start = time.perf_counter()
            said = engine(claim)
            verdict, spent = said if isinstance(said, tuple) else (said, time.perf_counter() - start)
            seconds.append(spent)
            table[(*known.get((claim.id, claim.wrt), ("-", "-")), verdict)] += 1
        if not chosen:
            continue
        seconds.sort()
        worst = seconds[min(len(seconds) - 1, len(seconds) * 99 // 100)]
        times = f"median {seconds[len(seconds) // 2]:.4f} s, 99 % within {worst:.3f} s, longest {seconds[-1]:.2f} s"
        print(f"\n{name}: {len(chosen)} claims; {times}")
        for (fragment, expected, verdict), count in sorted(table.items()):
            print(f"  {fragment:12} expected {expected:8} {verdict:8} {count:5}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
