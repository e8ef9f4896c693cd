"""Symbolic gradients side by side: build + gradient + one evaluation.

What is measured.  For each family below, the wall-clock time of three stages, added up:

* *build*: make the variables and, with the engine's own operators, the scalar expression;
* *gradient*: its symbolic gradient with respect to **all** variables;
* *evaluate*: whatever the engine needs to turn the gradient into numbers (`lambdify`, `Function`, compilation, nothing
  at all for us) and the value of every gradient entry at one point.

How.  Each (family, engine) runs in a fresh process, one warm-up and then up to `--repeats` timed runs (fewer when they
would take longer than the limit together); the median is printed.  A run that exceeds `--limit` seconds is killed and
printed as "> limit"; one that raises or crashes (recursion) as "fails".  The garbage collector is left as Python sets
it, for everyone.  Random numbers are drawn before the clock starts, releasing the expressions is not timed.  The
gradients of all engines must agree entry by entry to a relative 1e-9, or the program exits with status 1.

Peers get their fast path: sums and products of many terms go to `sympy.Add`, `symengine.Mul`, `casadi.sum1`,
`jax.numpy.prod`, … (ours folds `+` and `*`), common subexpressions are eliminated where that is an option, and SymPy's
cache stays warm from one run to the next.  All expressions are scalar, the MLP too: an array library would be given
matrices.  jax is measured as trace + jit and is left out, like any other peer, when it is not installed.

Ratios are peer / ours: above 1, ours is faster.  When no peer finishes, the limit gives a lower bound (">").

    python -m benchmarks.symbolic
    python -m benchmarks.symbolic --scaling
    python -m benchmarks.symbolic --nodes
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.symbolic_families import ENGINES, FAMILIES, FAMILY_NAMES, OURS, Family, Run, installed_engines

TOLERANCE = 1e-9
STARTUP_SECONDS = 120.0
STAGES = ("build", "gradient", "evaluate")
SCALES = (1_000, 10_000, 100_000, 1_000_000)


# Running, each (family, engine) in a process of its own


@dataclass
class Outcome:
    """What came out of one (family, engine): "ok", "timeout" or "fails", and the timed runs."""

    status: str
    detail: str = ""
    runs: list[Run] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return median(sum(run.seconds) for run in self.runs)

    def stage(self, index: int) -> float:
        return median(run.seconds[index] for run in self.runs)


def serve(connection: Connection, engine_name: str, family_name: str, size: int) -> None:
    """In the child: send "ready", then runs for as long as the parent listens; a failure is sent as its name."""
    try:
        engine = ENGINES[engine_name]()
        family = FAMILIES[FAMILY_NAMES.index(family_name)]
        family.plan(size)
        connection.send("ready")
        while True:
            connection.send(engine.run(family, size))
    except Exception as error:  # whatever a peer raises is its result here
        connection.send(type(error).__name__)


def measure(engine: str, family: Family, size: int, repeats: int, limit: float) -> Outcome:
    """A warm-up and up to `repeats` timed runs, of at most `limit` seconds each and about `limit` in total."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=serve, args=(theirs, engine, family.name, size), daemon=True)
    child.start()
    theirs.close()
    outcome = Outcome("ok")
    messages: list[Any] = []
    started, patience = time.perf_counter(), STARTUP_SECONDS
    try:
        while len(messages) < repeats + 2:
            if len(messages) > 2 and time.perf_counter() - started > limit:
                break
            if not ours.poll(patience):
                return Outcome("timeout")
            messages.append(ours.recv())
            if isinstance(messages[-1], str) and messages[-1] != "ready":
                return Outcome("fails", messages[-1])
            if len(messages) == 1:
                started, patience = time.perf_counter(), limit
    except EOFError:
        child.join()
        return Outcome("fails", f"exit {child.exitcode}")
    finally:
        child.kill()
        child.join()
    outcome.runs = messages[2:]
    return outcome


def disagreement(gradients: Iterable[list[float]]) -> float:
    """The largest relative difference, over the entries, between the first gradient and each other one."""
    first, *others = gradients
    worst = 0.0
    for other in others:
        if len(other) != len(first):
            return math.inf
        for a, b in zip(first, other, strict=True):
            error = 0.0 if a == b else abs(a - b) / max(abs(a), abs(b))
            worst = error if error > worst or math.isnan(error) else worst
    return worst


def _cell(outcome: Outcome, limit: float) -> str:
    if outcome.status == "ok":
        return f"{1000 * outcome.seconds:.1f}"
    return f"> {limit:g} s" if outcome.status == "timeout" else f"fails ({outcome.detail})"


def _ratio(outcomes: dict[str, Outcome], limit: float) -> tuple[float, bool]:
    """Best peer over ours, and whether it is only a lower bound."""
    ours = outcomes[OURS].seconds
    peers = [o.seconds for name, o in outcomes.items() if name != OURS and o.status == "ok"]
    return (min(peers) / ours, False) if peers else (limit / ours, True)


def compare(families: Sequence[Family], engines: Sequence[str], repeats: int, limit: float) -> dict[str, Any]:
    """Measure and print the table; returns it as plain data."""
    print(f"milliseconds for build + gradient + one evaluation, median of {repeats}; ratio = best peer / ours\n")
    print(f"{'family':18}" + "".join(f"{name:>18}" for name in engines) + f"{'ratio':>9}")
    rows: dict[str, Any] = {}
    ratios: list[float] = []
    worst = 0.0
    for family in families:
        outcomes = {name: measure(name, family, family.size, repeats, limit) for name in engines}
        if outcomes[OURS].status != "ok":
            raise SystemExit(f"{OURS} {outcomes[OURS].status} on {family.name}: {outcomes[OURS].detail}")
        ratio, bound = _ratio(outcomes, limit)
        ratios.append(ratio)
        worst = max(worst, disagreement([o.runs[0].values for o in outcomes.values() if o.status == "ok"]))
        cells = "".join(f"{_cell(outcome, limit):>18}" for outcome in outcomes.values())
        print(f"{family.name:18}{cells}{('> ' if bound else '') + f'{ratio:.2f}':>9}", flush=True)
        rows[family.name] = {
            "formula": family.formula,
            "ratio": ratio,
            "engines": {
                name: {
                    "status": o.status,
                    "detail": o.detail,
                    "seconds": o.seconds,
                    "stages": dict(zip(STAGES, map(o.stage, range(3)), strict=True)),
                }
                if o.status == "ok"
                else {"status": o.status, "detail": o.detail}
                for name, o in outcomes.items()
            },
        }
    print(f"\nworst ratio {min(ratios):.2f}, median ratio {median(ratios):.2f}; gradients agree to {worst:.1e}")
    return {"families": rows, "median_ratio": median(ratios), "worst_ratio": min(ratios), "disagreement": worst}


def scaling(sizes: Sequence[int]) -> dict[str, Any]:
    """Print nanoseconds per node of ours at each size, for the chain and the sum; returns them."""
    engine = ENGINES[OURS]()
    rows: dict[str, Any] = {}
    print(f"nanoseconds per node of function and gradient\n\n{'family':10}{'nodes':>10}" + "".join(f"{s:>10}" for s in (*STAGES, "total")))
    for name, share in (("chain", 3), ("sum", 16)):
        family = FAMILIES[FAMILY_NAMES.index(name)]
        totals = []
        for size in sizes:
            runs = [engine.run(family, max(1, size // share)) for _ in range(max(2, 20_000 // size))][1:]
            nodes = sum(runs[0].nodes)
            times = [median(run.seconds[i] for run in runs) / nodes * 1e9 for i in range(3)]
            totals.append(sum(times))
            print(f"{name:10}{nodes:>10}" + "".join(f"{t:>10.0f}" for t in (*times, sum(times))), flush=True)
        rows[name] = {"nanoseconds": totals, "max_over_min": max(totals) / min(totals)}
        print(f"{name}: largest / smallest = {rows[name]['max_over_min']:.2f}\n")
    return rows


class _Plain:
    """An object with slots that is not interned."""

    __slots__ = ("args", "op")

    def __init__(self, op: str, args: tuple[Any, ...]) -> None:
        self.op, self.args = op, args


def nodes(count: int = 1_000_000) -> dict[str, float]:
    """Print the time to construct a node beside that of a plain slotted object."""
    from micrograd.verified import var
    from micrograd.verified.expr import add

    x = var("x")

    def interned() -> Any:
        e = x
        for _ in range(count):
            e = add(e, x)
        return e

    def plain() -> Any:
        start = e = _Plain("var", ())
        for _ in range(count):
            e = _Plain("add", (e, start))
        return e

    def best(make: Callable[[], Any]) -> float:
        found = []
        for _ in range(3):
            start = time.perf_counter()
            made = make()
            found.append((time.perf_counter() - start) / count * 1e9)
            del made
        return min(found)

    result = {"interned": best(interned), "plain": best(plain)}
    result["ratio"] = result["interned"] / result["plain"]
    print("nanoseconds per node: interned {interned:.0f}, plain {plain:.0f}, ratio {ratio:.2f}".format(**result))
    return result


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.symbolic",
        description="Symbolic gradients side by side with SymPy, SymEngine, CasADi and jax.",
        epilog="examples:\n  python -m benchmarks.symbolic --only nested --engines casadi\n  python -m benchmarks.symbolic --scaling",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--only", action="append", choices=FAMILY_NAMES, help="a family (repeatable; default: all)")
    made.add_argument("--engines", nargs="+", choices=list(ENGINES), help="peers (default: all that are installed)")
    made.add_argument("--repeats", type=int, default=5, metavar="N", help="timed runs (default: 5)")
    made.add_argument("--limit", type=float, default=20.0, metavar="S", help="seconds a run may take (default: 20)")
    made.add_argument("--scaling", action="store_true", help="time per node of ours from 1e3 to 1e6 nodes instead")
    made.add_argument("--nodes", action="store_true", help="time to construct a node instead")
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    options = parser().parse_args(arguments)
    data: dict[str, Any]
    if options.nodes:
        data = nodes()
    elif options.scaling:
        data = scaling(SCALES)
    else:
        chosen = [name for name in ENGINES if name == OURS or name in (options.engines or installed_engines())]
        families = [family for family in FAMILIES if not options.only or family.name in options.only]
        data = compare(families, chosen, options.repeats, options.limit)
    if options.json is not None:
        options.json.write_text(json.dumps(data, indent=1), encoding="utf-8")
    return int(data.get("disagreement", 0.0) > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
