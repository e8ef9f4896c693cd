"""Many obligations on several processes, with limits that are enforced from outside.

Each worker is a process with a pipe.  One that does not answer within its limit is killed and replaced, and its obligation counts as
unknown: a solver need not listen to be stopped.  Workers ignore Ctrl-C and end with their parent.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from proofs.obligation import Mutant, Obligation
from proofs.solvers import SETTLED, Status, second_opinion, settle

SECOND_TIMEOUT = 5.0
"""Seconds for the second solver."""

GRACE = 5.0
"""Seconds beyond the sum of the solver's limits before a worker is killed."""

T = TypeVar("T", Obligation, Mutant)


@dataclass(frozen=True, slots=True)
class Result:
    """How a task came out.

    Attributes:
        name: the obligation's name, or the mutant's with its change.
        status: see `proofs.solvers.Outcome`.
        oracles: who said yes.
        seconds: time taken.
        evidence: a counter-model, the line of a replay, or what went wrong.
    """

    name: str
    status: Status
    oracles: tuple[str, ...] = ()
    seconds: float = 0.0
    evidence: str = ""

    @property
    def settled(self) -> bool:
        """Whether it came out as stated."""
        return self.status in SETTLED


def prove(obligation: Obligation, timeout: float, second: str | None) -> Result:
    """Put an obligation to its oracles, and to the second solver if there is one."""
    outcome = settle(obligation, timeout)
    status, oracles, evidence = outcome.status, outcome.oracles, outcome.evidence
    seconds = outcome.seconds
    if second is not None and outcome.settled:
        opinion = second_opinion(obligation, min(timeout, SECOND_TIMEOUT))
        seconds += opinion.seconds
        oracles += opinion.oracles
        if opinion.status == "disagree":
            status, evidence = "disagree", opinion.evidence
    return Result(obligation.name, status, oracles, seconds, evidence)


def try_mutant(mutant: Mutant, timeout: float) -> Result:
    """Settle a mutant's obligations until one is not proved; then it is killed."""
    start = time.perf_counter()
    status: Any = "proved"
    evidence = "every proof still goes through"
    for obligation in mutant.obligations:
        outcome = settle(obligation, timeout)
        if not outcome.settled:
            status, evidence = outcome.status, f"{obligation.name}: {outcome.evidence}"
            break
    return Result(f"{mutant.name}: {mutant.change}", status, (), time.perf_counter() - start, evidence)


def _work(pipe: Connection, timeout: float, second: str | None) -> None:
    """A worker: takes tasks from the pipe until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        result = try_mutant(task, timeout) if isinstance(task, Mutant) else prove(task, timeout, second)
        try:
            pipe.send(result)
        except (BrokenPipeError, OSError):
            return


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    task: Any = None
    deadline: float = 0.0


class Pool:
    """Worker processes; use as a context manager, so that none is left behind."""

    def __init__(self, jobs: int, timeout: float, second: str | None = None) -> None:
        self.jobs, self.timeout, self.second = jobs, timeout, second
        self.context = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
        self.workers: list[_Worker] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self.workers:
            self._end(worker)

    def _start(self) -> _Worker:
        ours, theirs = self.context.Pipe()
        process: Any = self.context.Process(target=_work, args=(theirs, self.timeout, self.second), daemon=True)  # type: ignore[attr-defined]
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _end(self, worker: _Worker) -> None:
        worker.pipe.close()
        worker.process.terminate()
        worker.process.join(1)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()

    def _limit(self, task: Any) -> float:
        checks = len(task.obligations) * 2 if isinstance(task, Mutant) else 3
        return checks * self.timeout + GRACE

    def _give(self, worker: _Worker, task: Any) -> None:
        worker.task, worker.deadline = task, time.monotonic() + self._limit(task)
        worker.pipe.send(task)

    def _collect(self, worker: _Worker) -> tuple[Any, Result]:
        task, worker.task = worker.task, None
        try:
            return task, worker.pipe.recv()
        except (EOFError, OSError):
            self._replace(worker)
            return task, Result(task.name, "unknown", evidence="the worker process died")

    def _replace(self, worker: _Worker) -> None:
        self._end(worker)
        fresh = self._start()
        worker.process, worker.pipe = fresh.process, fresh.pipe

    def run(self, tasks: Iterable[T]) -> Iterator[tuple[T, Result]]:
        """Results as they come, each with its task."""
        waiting = deque(tasks)
        while len(self.workers) < min(self.jobs, len(waiting)):
            self.workers.append(self._start())
        while waiting or any(worker.task is not None for worker in self.workers):
            for worker in self.workers:
                if worker.task is None and waiting:
                    self._give(worker, waiting.popleft())
            busy = {worker.pipe: worker for worker in self.workers if worker.task is not None}
            nearest = min(worker.deadline for worker in busy.values())
            for pipe in wait(list(busy), timeout=max(0.0, nearest - time.monotonic())):
                yield self._collect(busy[pipe])  # type: ignore[index]
            for worker in busy.values():
                if worker.task is not None and time.monotonic() > worker.deadline:
                    task, worker.task = worker.task, None
                    self._replace(worker)
                    yield task, Result(task.name, "unknown", evidence=f"no answer within {self._limit(task):g} s; killed")


def run(tasks: list[T], *, jobs: int, timeout: float, second: str | None, done: Callable[[T, Result], None]) -> None:
    """Settle all tasks, calling ``done`` for each as it is finished; starts no process if there is nothing to do."""
    if tasks:
        with Pool(min(jobs, len(tasks)), timeout, second) as pool:
            for task, result in pool.run(tasks):
                done(task, result)
