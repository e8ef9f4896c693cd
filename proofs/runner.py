"""Running tasks in worker processes that can be stopped.

Solvers are limited by counts of steps; the seconds of a task are the outermost limit.  A solver does not always listen to that either, so
each task runs in a process of its own pool and is killed, with the process, when its time is over.  `run` yields each task with its
outcomes as they come; whatever happens to a worker (killed, crashed, out of memory) becomes an outcome and never an exception.

* Tasks and outcomes are plain data.  The message protocol over a pipe: the worker sends ``ready`` once, then, for each task
  it receives, ``step`` messages and one ``done``.
* Workers are started by a fork server that has loaded the solvers once, or spawned where there is none.
* Workers ignore SIGINT; the parent stops them.  A worker whose parent dies exits.

Trust: nothing here decides anything; a lost task is a task that failed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import connection
from typing import Any, Literal, TypeAlias

from proofs.obligation import Obligation
from proofs.solvers import SECONDS, Note, Outcome, second_opinion, settle

GRACE_SECONDS = 2.0
"""How long a worker may exceed a task's time before it is killed."""

START_SECONDS = 600.0
"""How long a worker may take to start."""

Result: TypeAlias = "tuple[Task, tuple[Outcome, ...]]"


@dataclass(frozen=True, slots=True)
class Task:
    """Something to run.

    Attributes:
        kind: ``settle`` one obligation, ask ``cvc5`` about one, or try a ``mutant``: settle one after the other until
            one is not settled.
        name: of the obligation or the mutant; unique within a kind.
        obligations: what to settle.
        steps: of the solver, for each question.
        seconds: the outermost limit for each obligation.
    """

    kind: Literal["settle", "cvc5", "mutant"]
    name: str
    obligations: tuple[Obligation, ...]
    steps: int
    seconds: float = SECONDS

    @property
    def limit(self) -> float:
        """Time for the whole task."""
        return self.seconds * max(1, len(self.obligations))


def perform(task: Task, note: Note = lambda step: None) -> tuple[Outcome, ...]:
    """Run a task in this process; a mutant's outcomes end with the first that is not settled as stated."""
    if task.kind == "cvc5":
        return tuple(second_opinion(obligation, task.steps, note) for obligation in task.obligations)
    outcomes: list[Outcome] = []
    for obligation in task.obligations:
        outcomes.append(settle(obligation, task.steps, task.seconds, note))
        if task.kind == "mutant" and not outcomes[-1].settled:
            break
    return tuple(outcomes)


def default_jobs() -> int:
    """Number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# --- the worker's side -----------------------------------------------------------------------------------------------


def _serve(pipe: Any, libraries: Sequence[str]) -> None:
    """Main loop of a worker; it loads the libraries before it is ready, so that no task's time pays for that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for library in libraries:
        with suppress(ImportError):
            import_module(library)
    with suppress(EOFError, OSError):
        pipe.send(("ready", None))
        while True:
            task = pipe.recv()
            pipe.send(("done", perform(task, lambda step: pipe.send(("step", step)))))


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


# --- the parent's side -----------------------------------------------------------------------------------------------


class _Worker:
    """A process, the pipe to it, and what it is doing."""

    def __init__(self, context: Any, libraries: Sequence[str]) -> None:
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, libraries), daemon=True)
        self.process.start()
        theirs.close()
        self.ready = False
        self.alive = True
        self.task: Task | None = None
        self.step = "start"
        self.seconds = START_SECONDS
        self.deadline = time.monotonic() + START_SECONDS

    @property
    def busy(self) -> bool:
        return self.task is not None or not self.ready

    def assign(self, task: Task) -> bool:
        """Hand over a task; False if the worker is gone."""
        try:
            self.pipe.send(task)
        except OSError:
            return False
        self.task, self.step, self.seconds = task, "start", task.limit
        self.deadline = time.monotonic() + task.limit + GRACE_SECONDS
        return True

    def receive(self) -> tuple[Outcome, ...]:
        """Take one message; outcomes if it ends the task or the worker."""
        try:
            kind, content = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(1)
            code = self.process.exitcode
            how = f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"
            return self.abandon("error", f"{self.step}: the process ended {how}")
        if kind == "step":
            self.step = content
        self.ready = True
        if kind != "done":
            return ()
        return tuple(content) or (Outcome("error", (), 0.0, "nothing to do"),)

    def abandon(self, status: Literal["unknown", "error"], evidence: str) -> tuple[Outcome, ...]:
        """Stop the process; what is to be said of its task."""
        self.stop()
        return (Outcome(status, (), self.seconds, evidence),)

    def stop(self) -> None:
        self.alive = False
        self.process.kill()
        self.process.join()
        self.pipe.close()


def run(tasks: Sequence[Task], jobs: int) -> Generator[Result, None, None]:
    """Run the tasks on ``jobs`` processes; yields (task, outcomes) in the order of completion.

    A task that is lost has one outcome, ``unknown`` (its time is over) or ``error`` (the process died or did not start).
    Closing the iterator stops all workers at once.
    """
    pending = deque(tasks)
    workers: list[_Worker] = []
    libraries = _libraries(tasks)
    context = _context(libraries)
    try:
        while pending or any(worker.task for worker in workers):
            _fill(workers, pending, jobs, lambda: _Worker(context, libraries))
            for worker, outcomes in _wait(workers):
                task, worker.task = worker.task, None
                if task is None and not worker.ready and pending:
                    task = pending.popleft()
                if task is not None:
                    yield task, outcomes
            workers[:] = [worker for worker in workers if worker.alive]
    finally:
        with _interrupts_held():
            for worker in workers:
                if worker.alive:
                    worker.stop()


def _libraries(tasks: Sequence[Task]) -> list[str]:
    """What the tasks will import."""
    found = ["z3"] if any(task.kind != "cvc5" for task in tasks) else []
    found += ["cvc5"] if any(task.kind == "cvc5" for task in tasks) else []
    found += ["sympy", "flint", "micrograd.verified"] if any(o.identities or o.check for task in tasks for o in task.obligations) else []
    return found


def _context(libraries: list[str]) -> Any:
    os.environ["SYMPY_GROUND_TYPES"] = "python"
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(libraries)
    return context


def _fill(workers: list[_Worker], pending: deque[Task], jobs: int, start: Callable[[], _Worker]) -> None:
    """Give each idle worker a task and start workers that are missing."""
    for worker in workers:
        if pending and not worker.busy and worker.assign(pending[0]):
            pending.popleft()
    starting = sum(not worker.ready for worker in workers)
    with _interrupts_held():
        while len(workers) < jobs and starting < len(pending):
            workers.append(start())
            starting += 1


def _wait(workers: Sequence[_Worker]) -> Iterator[tuple[_Worker, tuple[Outcome, ...]]]:
    """Wait for messages or for the next deadline; yields the workers whose task, or life, has come to an end."""
    soonest = min((worker.deadline for worker in workers if worker.busy), default=time.monotonic())
    readable = connection.wait([worker.pipe for worker in workers], max(0.0, soonest - time.monotonic()))
    for worker in workers:
        outcomes: tuple[Outcome, ...] = ()
        if worker.pipe in readable:
            outcomes = worker.receive()
        elif worker.busy and time.monotonic() > worker.deadline:
            outcomes = worker.abandon("unknown", f"{worker.step}: no answer within {worker.seconds:g} s, stopped")
        if outcomes:
            yield worker, outcomes


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Deliver Ctrl-C later; processes that start meanwhile never get one."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)
