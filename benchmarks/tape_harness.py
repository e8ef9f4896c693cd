"""Parts, engines and child processes of the tape benchmark.

A *part* is a task with several *cases*; an *engine* solves it by a `Runner`: an object that computes numbers to compare (``check``) and
measures itself once (``run``).  Each engine of a case lives in a child process of its own, on one core (where the system lets a process
choose) and with one thread for BLAS.  All of them are started first and then run in turn, so that a slow moment of the machine meets
every engine.  Time is the processor time of the child process: what a clock on the wall shows when nothing else runs.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import math
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from statistics import median
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

STARTUP_SECONDS = 120.0
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
}
clock = time.process_time
COMPILATION = "micrograd.engine.compilation"


@dataclass(frozen=True)
class Checked:
    """What an engine computed, as arrays that the other engines must reproduce; and its peak of memory, if that was measured."""

    values: list[Array]
    bytes_per_operation: float | None = None


class Runner(Protocol):
    """One engine at work on one case."""

    def check(self) -> Checked: ...

    def run(self) -> float:
        """Seconds per step."""


@dataclass(frozen=True)
class Engine:
    """A row of a part's table of engines: what must be importable, what makes the runner, whether garbage is collected."""

    name: str
    needs: str
    start: Callable[[Any], Runner]
    collected: bool = True

    @property
    def is_ours(self) -> bool:
        return self.name.startswith("ours")


@dataclass(frozen=True)
class Case:
    """One line of figures: ``columns`` are labels, each with its factor from seconds per step; ``tolerance`` is relative."""

    name: str
    columns: tuple[tuple[str, float], ...]
    tolerance: float
    settings: Any


@dataclass(frozen=True)
class Part:
    """One task for all engines."""

    name: str
    title: str
    engines: tuple[Engine, ...]


@dataclass
class Outcome:
    """What came out of one (case, engine): status "ok", "timeout" or "fails"; seconds per step of each timed run."""

    status: str = "ok"
    detail: str = ""
    runs: list[float] = field(default_factory=list)
    checked: Checked | None = None

    @property
    def seconds(self) -> float:
        return median(self.runs)

    def plain(self) -> dict[str, Any]:
        """As JSON data, without the numbers that were compared."""
        data: dict[str, Any] = {"status": self.status, "detail": self.detail}
        if self.status == "ok":
            data |= {"seconds": self.seconds, "runs": self.runs}
        if self.checked and self.checked.bytes_per_operation is not None:
            data["bytes per operation"] = self.checked.bytes_per_operation
        return data


def compile_ours(function: Callable[..., Any], *example: Any) -> Callable[..., Any]:
    """Ours, compiled for arguments like the example: the one place that knows how that is called."""
    compiled: Callable[..., Any] = importlib.import_module(COMPILATION).compile(function, *example)
    return compiled


def is_installed(engine: Engine) -> bool:
    try:
        return importlib.util.find_spec(engine.needs) is not None
    except ImportError:
        return False


def seconds_per_call(step: Callable[[], object], at_least: float) -> float:
    """Mean seconds of a call, over as many calls as fill the time asked for."""
    calls, start = 0, clock()
    while True:
        step()
        calls += 1
        elapsed = clock() - start
        if elapsed >= at_least:
            return elapsed / calls


@contextmanager
def one_thread() -> Iterator[None]:
    """Child processes started inside find the environment that keeps BLAS to one thread."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def one_core() -> None:
    """Keep this process on one core: libraries with thread pools of their own then neither gain from a second one nor wait for it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def serve(connection: Connection, engine: Engine, settings: Any) -> None:
    """In the child process: answer "check" and "run" for as long as the parent asks."""
    one_core()
    if not engine.collected:
        gc.disable()
    try:
        runner = engine.start(settings)
        answers: dict[str, Callable[[], object]] = {"check": runner.check, "run": runner.run}
        while True:
            connection.send(answers[connection.recv()]())
            if not engine.collected:
                gc.collect()  # between the runs, untimed: the memory of one run must not slow down the next
    except EOFError:
        return
    except Exception as error:  # whatever a peer raises is its result here
        connection.send(f"{type(error).__name__}: {error}"[:200])


class Worker:
    """The parent's side of one child process."""

    def __init__(self, engine: Engine, settings: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.child = context.Process(target=serve, args=(theirs, engine, settings), daemon=True)
        with one_thread():
            self.child.start()
        theirs.close()
        self.outcome = Outcome()
        self.spent = 0.0

    def ask(self, request: str, limit: float) -> Any:
        """The answer, or None when there is none: the outcome says why."""
        if self.outcome.status != "ok":
            return None
        started = time.perf_counter()
        try:
            self.connection.send(request)
            if not self.connection.poll(limit):
                return self.fail("timeout", f"over {limit:g} s")
            answer = self.connection.recv()
        except (EOFError, OSError):
            self.child.join()
            return self.fail("fails", f"exit status {self.child.exitcode}")
        self.spent += time.perf_counter() - started
        return self.fail("fails", answer) if isinstance(answer, str) else answer

    def fail(self, status: str, detail: str) -> None:
        self.outcome.status, self.outcome.detail = status, detail
        self.stop()

    def stop(self) -> None:
        self.child.kill()
        self.child.join()


def measure(engines: Sequence[Engine], case: Case, repeats: int, limit: float) -> dict[str, Outcome]:
    """Check all engines, then a warm-up and up to `repeats` timed runs of each in turn.

    An engine gets no more turns once it has spent the limit, and is stopped when one answer takes longer than that.
    """
    with ExitStack() as stack:
        workers = [Worker(engine, case.settings) for engine in engines]
        for worker in workers:
            stack.callback(worker.stop)
        for worker in workers:
            worker.outcome.checked = worker.ask("check", STARTUP_SECONDS + limit)
            worker.spent = 0.0
        for _ in range(repeats + 1):
            for worker in workers:
                if worker.spent < limit and (seconds := worker.ask("run", limit)) is not None:
                    worker.outcome.runs.append(seconds)
        for worker in workers:
            worker.outcome.runs = worker.outcome.runs[1:] or worker.outcome.runs
        return {engine.name: worker.outcome for engine, worker in zip(engines, workers, strict=True)}


def difference(a: Sequence[Array], b: Sequence[Array]) -> float:
    """The largest difference of two arrays, relative to their largest entry; infinite where shapes differ or a number is not finite."""
    worst = 0.0
    for one, other in zip(a, b, strict=True):
        if one.shape != other.shape or not (np.isfinite(one).all() and np.isfinite(other).all()):
            return math.inf
        size = max(np.abs(one).max(initial=0.0), np.abs(other).max(initial=0.0))
        worst = max(worst, float(np.abs(one - other).max(initial=0.0) / size) if size else 0.0)
    return worst


def disagreement(outcomes: dict[str, Outcome]) -> float:
    """The largest difference between the first engine's numbers and any other's."""
    checked = [outcome.checked.values for outcome in outcomes.values() if outcome.checked]
    return max((difference(checked[0], values) for values in checked[1:]), default=0.0)
