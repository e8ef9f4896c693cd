"""Symbolic gradients side by side: build + gradient + one evaluation.

What is measured.  For each family of functions, the wall-clock time of three stages, added up:

* *build*: make the variables and, with the engine's own operators, the scalar expression;
* *gradient*: its symbolic gradient with respect to **all** variables;
* *evaluate*: whatever the engine needs to turn the gradient into numbers (`lambdify`, `Function`, compilation) and the
  value of every gradient entry at one point.

How.  Each (family, engine) runs in a fresh process: one warm-up, then up to `--repeats` timed runs, fewer when together
they would exceed the limit; the median is printed.  A run that takes longer than `--limit` seconds is killed and
printed as "> limit", one that raises, crashes (usually recursion) or wants more than 8 GiB as "fails".  The garbage
collector is as Python sets it, for everyone; caches stay warm from one run to the next; drawing random numbers and
releasing expressions are not timed.  The gradients of all engines must agree entry by entry to a relative 1e-9,
otherwise the program exits with status 1.  Engines that are not installed are left out.  jax is measured as
trace + jit.  All expressions are scalar, the MLP's too: a library of arrays would be handed matrices.

Ratios are peer / ours: above 1, ours is faster.  Where no peer finishes, the limit gives a lower bound ("> ").

Run it from the root of the source tree:  python -m benchmarks.symbolic  (--help shows the other modes)
"""

from __future__ import annotations

import argparse
import functools
import gc
import importlib
import importlib.util
import json
import math
import multiprocessing
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.symbolic_families import ENGINES, FAMILIES, OURS, STAGES, Family, Run, installed_engines

TOLERANCE = 1e-9
STARTUP_SECONDS = 120.0
MEMORY_BYTES = 8 << 30
SCALES = (1_000, 10_000, 100_000, 1_000_000)
SCALING_LIMIT = 120.0
PLAIN_NODES = 200_000
BY_NAME = {family.name: family for family in FAMILIES}

EXAMPLES = """examples:
  python -m benchmarks.symbolic                              every family on every installed engine (minutes)
  python -m benchmarks.symbolic --only nested mlp            two families
  python -m benchmarks.symbolic --engines micrograd casadi   two engines
  python -m benchmarks.symbolic --limit 5 --repeats 3        quicker, rougher
  python -m benchmarks.symbolic --scaling                    our cost per node from 1e3 to 1e6 nodes
  python -m benchmarks.symbolic --nodes                      our nodes against plain slotted objects
  python -m benchmarks.symbolic --json symbolic.json         write the figures as well
"""


@dataclass
class Outcome:
    """What came out of one (family, engine): status "ok", "timeout" or "fails", and the timed runs."""

    status: str
    detail: str = ""
    runs: list[Run] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return median(sum(run.seconds) for run in self.runs)

    @property
    def stages(self) -> list[float]:
        """Median seconds of build, gradient and evaluate, each by itself."""
        return [median(run.seconds[i] for run in self.runs) for i in range(len(STAGES))]

    def ratio(self, ours: Outcome, limit: float) -> float | None:
        """Their time over ours; from the limit when they did not finish; None when either fails."""
        if self.status == "fails" or ours.status != "ok":
            return None
        return (self.seconds if self.status == "ok" else limit) / ours.seconds

    def plain(self) -> dict[str, Any]:
        """As JSON data, without the gradient's values."""
        data: dict[str, Any] = {"status": self.status, "detail": self.detail}
        if self.status == "ok":
            data |= {"seconds": self.seconds, "runs": [list(run.seconds) for run in self.runs]}
            data |= {"stages": dict(zip(STAGES, self.stages, strict=True)), "nodes": list(self.runs[-1].nodes)}
        return data


def bound_memory() -> None:
    """A peer that expands a shared graph into a tree shall fail, not take the machine with it (POSIX only)."""
    if importlib.util.find_spec("resource"):
        resource: Any = importlib.import_module("resource")
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def serve(connection: Connection, engine_name: str, family_name: str, size: int) -> None:
    """In the child process: "ready", then one run after another for as long as the parent listens.

    Each starts after a garbage collection, which makes ours forget the nodes of the run before.
    """
    bound_memory()
    try:
        engine, family = ENGINES[engine_name](), BY_NAME[family_name]
        point, recipe = family.plan(size)
        connection.send("ready")
        while True:
            gc.collect()
            connection.send(engine.run(family, point, recipe))
    except Exception as error:  # whatever a peer raises is its result here
        connection.send(type(error).__name__)


def measure(engine: str, family: Family, size: int, repeats: int, limit: float) -> Outcome:
    """A warm-up and up to `repeats` runs, each of at most `limit` seconds; no new run once the limit is spent."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=serve, args=(theirs, engine, family.name, size), daemon=True)
    child.start()
    theirs.close()
    runs: list[Run] = []
    try:
        if not ours.poll(STARTUP_SECONDS):
            return Outcome("fails", "does not start")
        message, started = ours.recv(), time.perf_counter()
        while not isinstance(message, str) or message == "ready":
            if len(runs) > repeats or (len(runs) > 1 and time.perf_counter() - started > limit):
                return Outcome("ok", "", runs[1:])
            if not ours.poll(limit):
                return Outcome("timeout", f"over {limit:g} s")
            message = ours.recv()
            if isinstance(message, Run):
                runs.append(message)
        return Outcome("fails", message)
    except EOFError:
        child.join()
        return Outcome("fails", f"exit status {child.exitcode}")
    finally:
        child.kill()
        child.join()


def disagreement(gradients: Iterable[Sequence[float]]) -> float:
    """The largest relative difference of an entry between the first gradient and any other; infinite if one is NaN."""
    first, *others = gradients
    worst = 0.0
    for other in others:
        if len(other) != len(first):
            return math.inf
        for a, b in zip(first, other, strict=True):
            if not (math.isfinite(a) and math.isfinite(b)):
                return math.inf
            worst = max(worst, 0.0 if a == b else abs(a - b) / max(abs(a), abs(b)))
    return worst


def best_peer(outcomes: dict[str, Outcome], limit: float) -> tuple[float, str, bool] | None:
    """The smallest ratio over the peers, the peer, and whether it is only a lower bound because nobody finished."""
    ratios = [
        (ratio, name, outcome.status != "ok")
        for name, outcome in outcomes.items()
        if name != OURS and (ratio := outcome.ratio(outcomes[OURS], limit)) is not None
    ]
    return min(ratios, key=lambda row: (row[2], row[0]), default=None)


def cell(outcome: Outcome, limit: float) -> str:
    if outcome.status == "ok":
        return f"{outcome.seconds * 1e3:.{2 if outcome.seconds < 0.1 else 0}f}"
    return f"> {limit:g} s" if outcome.status == "timeout" else "fails"


def ratio_cell(outcome: Outcome, ours: Outcome, limit: float) -> str:
    ratio = outcome.ratio(ours, limit)
    if ratio is None:
        return "–"
    return ("> " if outcome.status == "timeout" else "") + f"{ratio:.{1 if ratio < 100 else 0}f}"


def compare(names: Sequence[str], engines: Sequence[str], repeats: int, limit: float) -> tuple[dict[str, Any], bool]:
    """Measure and print both tables; returns the figures and whether all gradients agree."""
    results: dict[str, dict[str, Outcome]] = {}
    print(f"build + gradient + one evaluation, ms; medians of up to {repeats} runs, limit {limit:g} s", flush=True)
    print(f"{'family':18}" + "".join(f"{name:>15}" for name in engines) + f"{'agree to':>11}", flush=True)
    worst = 0.0
    for name in names:
        print(f"{name:18}", end="", flush=True)
        outcomes = results[name] = {}
        for engine in engines:
            outcomes[engine] = measure(engine, BY_NAME[name], BY_NAME[name].size, repeats, limit)
            print(f"{cell(outcomes[engine], limit):>15}", end="", flush=True)
        finished = [outcome.runs[-1].values for outcome in outcomes.values() if outcome.status == "ok"]
        difference = disagreement(finished) if finished else 0.0
        worst = max(worst, difference)
        print(f"{difference:>11.0e}" if len(finished) > 1 else f"{'–':>11}", flush=True)
    figures: dict[str, Any] = {name: {e: o.plain() for e, o in outcomes.items()} for name, outcomes in results.items()}
    if OURS in engines:
        print_stages(results)
        print_ratios(results, [engine for engine in engines if engine != OURS], limit)
    if worst > TOLERANCE:
        print(f"\nthe gradients DISAGREE: relative difference {worst:.1e}, allowed {TOLERANCE:.0e}")
    return {"limit": limit, "repeats": repeats, "families": figures, "disagreement": worst}, worst <= TOLERANCE


def print_stages(results: dict[str, dict[str, Outcome]]) -> None:
    print(f"\nours by stage, ms\n{'family':18}{'nodes':>10}{'in gradient':>13}" + "".join(f"{s:>11}" for s in STAGES))
    for name, outcomes in results.items():
        if outcomes[OURS].status == "ok":
            nodes, gradient_nodes = outcomes[OURS].runs[-1].nodes
            stages = "".join(f"{seconds * 1e3:>11.2f}" for seconds in outcomes[OURS].stages)
            print(f"{name:18}{nodes:>10}{gradient_nodes:>13}{stages}")


def print_ratios(results: dict[str, dict[str, Outcome]], peers: Sequence[str], limit: float) -> None:
    print(f"\ntheirs / ours\n{'family':18}" + "".join(f"{name:>15}" for name in peers) + f"{'best peer':>25}")
    best = []
    for name, outcomes in results.items():
        row = "".join(f"{ratio_cell(outcomes[peer], outcomes[OURS], limit):>15}" for peer in peers)
        found = best_peer(outcomes, limit)
        if found:
            best.append(found)
        label = f"{'> ' if found[2] else ''}{found[0]:.1f} {found[1]}" if found else "–"
        print(f"{name:18}{row}{label:>25}")
    if best:
        bound = "at least " if any(row[2] for row in best) else ""
        print(f"median over families of the best peer's ratio: {bound}{median(row[0] for row in best):.1f}")


def scaling(repeats: int, scales: Sequence[int] = SCALES) -> dict[str, Any]:
    """Print our ns per node at several sizes: per node of the function, for evaluate per node of the gradient."""
    results: dict[str, Any] = {}
    for name, nodes_per_unit in (("chain", 1), ("sum", 3)):
        print(f"\n{name}: ns per node\n{'nodes':>10}{'in gradient':>13}" + "".join(f"{stage:>11}" for stage in STAGES))
        rows = []
        for scale in scales:
            outcome = measure(OURS, BY_NAME[name], scale // nodes_per_unit, repeats, SCALING_LIMIT)
            if outcome.status != "ok":
                print(f"{scale:>10} {outcome.status} {outcome.detail}")
                continue
            nodes, gradient_nodes = outcome.runs[-1].nodes
            per_node = [1e9 * s / n for s, n in zip(outcome.stages, (nodes, nodes, gradient_nodes), strict=True)]
            rows.append((nodes, gradient_nodes, per_node))
            print(f"{nodes:>10}{gradient_nodes:>13}" + "".join(f"{ns:>11.0f}" for ns in per_node), flush=True)
        if rows:
            spread = [max(column) / min(column) for column in zip(*(row[2] for row in rows), strict=True)]
            print(f"{'max / min':>23}" + "".join(f"{ratio:>11.2f}" for ratio in spread))
            results[name] = {"nodes, nodes in gradient, ns per stage": rows, "max / min per stage": spread}
    results["plain"] = plain_scaling(repeats, scales)
    return results


def plain_scaling(repeats: int, scales: Sequence[int]) -> dict[str, Any]:
    """Print the limit for the first stage: ns per plain slotted object, with the garbage collector on and off."""
    rows: dict[int, list[float]] = {}
    print(f"\nplain slotted objects: ns per node\n{'nodes':>10}{'collected':>24}{'collection off':>22}")
    for scale in scales:
        rows[scale] = []
        for collected in (True, False):
            times = []
            for _ in range(repeats):
                gc.collect()
                if not collected:
                    gc.disable()
                start = time.perf_counter()
                made = alternate(Plain("var", ("x",)), Plain("var", ("z",)), scale)
                times.append(time.perf_counter() - start)
                gc.enable()
                while made.args[0].__class__ is Plain:
                    made = made.args[0]
            rows[scale].append(1e9 * median(times) / scale)
        print(f"{scale:>10}{rows[scale][0]:>24.0f}{rows[scale][1]:>22.0f}", flush=True)
    spread = [max(column) / min(column) for column in zip(*rows.values(), strict=True)]
    print(f"{'max / min':>10}{spread[0]:>24.2f}{spread[1]:>22.2f}")
    return {"ns per node, collected and not": rows, "max / min": spread}


class Plain:
    """The cheapest node Python offers with operators: slots, not interned, nothing checked."""

    __slots__ = ("args", "op")

    def __init__(self, op: str, args: tuple[Any, ...]) -> None:
        self.op = op
        self.args = args

    def __add__(self, other: Plain) -> Plain:
        return Plain("add", (self, other))

    def __mul__(self, other: Plain) -> Plain:
        return Plain("mul", (self, other))


def alternate(x: Any, z: Any, nodes: int) -> Any:
    """A chain of additions and multiplications, made by operators."""
    y = x
    for _ in range(nodes // 2):
        y = (y + z) * x
    return y


def constructed(x: Plain, z: Plain, nodes: int) -> Plain:
    """The same chain of plain nodes, made by calling the class: no operator's dispatch."""
    y = x
    for _ in range(nodes // 2):
        y = Plain("mul", (Plain("add", (y, z)), x))
    return y


def construction(nodes: int, repeats: int) -> dict[str, float]:
    """Print and return ns per node: plain nodes by class and by operators, ours new, and ours made once more."""
    var: Callable[[str], Any] = importlib.import_module("micrograd.verified").var
    plain, ours = (Plain("var", ("x",)), Plain("var", ("z",))), (var("x"), var("z"))
    kept: list[Any] = []
    makers: dict[str, Callable[[], Any]] = {
        "plain, class": functools.partial(constructed, *plain, nodes),
        "plain, operators": functools.partial(alternate, *plain, nodes),
        "ours, new": functools.partial(alternate, *ours, nodes),
        "ours, existing": functools.partial(alternate, *ours, nodes),
    }
    figures = {}
    for name, make in makers.items():
        if name == "ours, existing":
            kept.append(make())
        times = []
        for _ in range(repeats + 1):
            gc.collect()
            start = time.perf_counter()
            made = make()
            times.append(time.perf_counter() - start)
            del made
        figures[name] = 1e9 * median(times[1:]) / nodes
    print(f"construction, ns per node, chain of {nodes} nodes; and relative to plain nodes by class and by operators")
    for name, ns in figures.items():
        by_class, by_operators = ns / figures["plain, class"], ns / figures["plain, operators"]
        print(f"{name:18}{ns:>8.0f}{by_class:>8.2f}{by_operators:>8.2f}")
    return figures


def main(argv: Sequence[str] | None = None) -> int:
    """Run the mode that the command line asks for; 1 if the gradients disagree."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.symbolic",
        description="Symbolic gradients of ours and of peers, side by side.  Families:\n"
        + "\n".join(f"  {family.name:18} {family.formula}" for family in FAMILIES),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--scaling", action="store_true", help="our ns per node from 1e3 to 1e6 nodes")
    mode.add_argument("--nodes", action="store_true", help="our node construction against plain slotted objects")
    parser.add_argument("--only", nargs="+", choices=list(BY_NAME), metavar="FAMILY", default=list(BY_NAME))
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), metavar="ENGINE", default=installed_engines())
    parser.add_argument("--repeats", type=int, default=5, help="timed runs after the warm-up (default 5)")
    parser.add_argument("--limit", type=float, default=20.0, help="seconds for one run of a peer (default 20)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    options = parser.parse_args(argv)
    missing = [name for name in options.engines if name not in installed_engines()]
    if missing or options.repeats < 1 or options.limit <= 0:
        parser.error(f"not installed: {', '.join(missing)}" if missing else "--repeats and --limit must be positive")
    figures: Any
    agree = True
    if options.scaling:
        figures = scaling(options.repeats)
    elif options.nodes:
        figures = construction(PLAIN_NODES, options.repeats)
    else:
        figures, agree = compare(options.only, options.engines, options.repeats, options.limit)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if agree else 1


if __name__ == "__main__":
    raise SystemExit(main())
