"""Claims decided in worker processes: the time limit holds even when a solver does not listen, and so does a memory limit.

A worker that does not answer in its time, plus a grace, is killed and replaced; the claim's verdict is then ``unknown``.  A claim's time
begins when it is handed to a worker that is ready.  An answer counts if it names the question that was asked and repeats its task; a worker
that says anything else is discarded.  `micrograd.prove.service.bootstrap` says how a worker is kept apart from its surroundings.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import json
import os
import pkgutil
import queue
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from micrograd.prove.service.tables import Claim
from micrograd.verified.errors import MicrogradError

GRACE = 0.5
"""Seconds beyond its limit in which a worker may end by itself."""

START = 120.0
"""Seconds in which a new worker must be ready; time in which this process is stopped does not count."""

TRIES = 3
"""At most this many workers may fail to start, one after the other."""

MEMORY = 4096
"""Megabytes of address space for one worker."""

PACKAGES = ("numpy", "sympy", "mpmath", "flint", "z3")
"""What a worker needs besides the standard library and this package."""

FOREIGN = ("PYTHON", "Z3", "SYMPY", "MPMATH", "FLINT")
"""Environment variables with these beginnings do not reach a worker."""

Task: TypeAlias = dict[str, Any]
Answer: TypeAlias = dict[str, Any]
_END = object()


class WorkerError(MicrogradError, RuntimeError):
    """A worker process could not be started."""


class Worker:
    """One process, started when it is first needed, and again when it has ended or is worn."""

    def __init__(self, memory: int = MEMORY) -> None:
        self.memory = memory
        self.process: subprocess.Popen[bytes] | None = None
        self.outbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.numbers = itertools.count(1)
        self.closed = False
        self.lock = threading.Lock()

    def start(self) -> subprocess.Popen[bytes]:
        """The process, ready for a question.

        Raises:
            WorkerError: there is none.
        """
        if self.process is not None and self.process.poll() is None:
            return self.process
        ready = secrets.token_hex(8)
        try:
            process = self._launch(ready)
        except OSError as reason:
            raise WorkerError(f"no worker process: {reason.strerror or reason}") from None
        message = self._hear(START)
        if message == {"id": ready, "ready": True}:
            return process
        self._kill()
        said = message.get("failed") if isinstance(message, dict) and message.get("id") == ready else None
        raise WorkerError(f"no worker process: {said or ('it was not ready in time' if message is None else _ended(process))}")

    def _launch(self, ready: str) -> subprocess.Popen[bytes]:
        with self.lock:
            if self.closed:
                raise WorkerError("the worker was stopped")
            process = subprocess.Popen(
                _command_line(ready, self.memory),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=os.sep,
                env=_environment(),
            )
            self.process = process
            self.outbox, self.inbox = queue.SimpleQueue(), queue.SimpleQueue()
        threading.Thread(target=_speak, args=(process, self.outbox), daemon=True).start()
        threading.Thread(target=_listen, args=(process, self.outbox, self.inbox), daemon=True).start()
        return process

    def _hear(self, seconds: float) -> Any:
        """The next message; None if there is none in this time, `_END` if the process has ended.

        The time is counted in short pieces: a piece that lasts longer than it should is one in which this process was stopped.
        """
        piece = 0.5
        while seconds > 0:
            try:
                return self.inbox.get(timeout=min(piece, seconds))
            except queue.Empty:
                seconds -= piece
        return None

    def decide(self, task: Task, timeout: float) -> Answer:
        """The verdict on a task, in bounded time.

        Raises:
            WorkerError: no process could be started.
        """
        process = self.start()
        name = f"{secrets.token_hex(8)}-{next(self.numbers)}"
        begin = time.monotonic()
        self.outbox.put(json.dumps({"id": name, "task": task, "timeout": timeout}).encode("ascii") + b"\n")
        try:
            message = self.inbox.get(timeout=timeout + GRACE)
        except queue.Empty:
            message = None
        seconds = round(time.monotonic() - begin, 4)
        found, reason = _read(message, name, task)
        if found is None or message.get("worn"):
            self._kill()
        if found is None:
            reason = reason or (_ended(process) if message is _END else f"time is over: the worker was stopped after {seconds:.1f} s")
            return {"verdict": "unknown", "reason": reason, "seconds": seconds}
        return {"seconds": seconds, **found}

    def _kill(self) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            self.outbox.put(None)
            with contextlib.suppress(subprocess.TimeoutExpired):  # the one who listens to it goes on waiting
                process.wait(timeout=0.2)

    def stop(self) -> None:
        """End the process; there will be no other."""
        with self.lock:
            self.closed = True
        self._kill()


def _read(message: Any, name: str, task: Task) -> tuple[Answer | None, str]:
    """The answer in a message, if it is one to this question; else, for a message that is something else, why not."""
    if message is None or message is _END:
        return None, ""
    if not isinstance(message, dict) or message.get("id") != name or message.get("task") != task:
        return None, "the worker's answer was not one to this question; the worker was discarded"
    found = message.get("answer")
    if not isinstance(found, dict) or found.get("verdict") not in ("proved", "refuted", "unknown", "error"):
        return None, "the worker's answer was no verdict; the worker was discarded"
    return found, ""


def _ended(process: subprocess.Popen[bytes]) -> str:
    """How a process came to its end."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=1)
    code = process.returncode
    if code is None or code >= 0:
        return "the worker process ended" if code is None else f"the worker process ended with code {code}"
    with contextlib.suppress(ValueError):
        return f"the worker process died of {signal.Signals(-code).name}"
    return f"the worker process died of signal {-code}"


# --- how it is started -----------------------------------------------------------------------------------------------


def _command_line(ready: str, memory: int) -> list[str]:
    text = pkgutil.get_data(__package__, "bootstrap.py")
    if text is None or not sys.executable:
        raise WorkerError("no worker process: there is no interpreter to start, or no text of micrograd.prove.service.bootstrap")
    others = {name: place for name in PACKAGES if (place := _folder(name))}
    setup = {"parent": os.getpid(), "home": _folder("micrograd"), "others": others, "memory": memory, "ready": ready}
    return [sys.executable, "-s", "-P", *(["-B"] if sys.dont_write_bytecode else []), "-c", text.decode("utf-8"), json.dumps(setup)]


def _folder(package: str) -> str:
    """The folder in which this process finds a package."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return ""
    places = list(spec.submodule_search_locations or []) if spec is not None else []
    return os.path.dirname(os.path.abspath(places[0])) if places else ""


def _environment() -> dict[str, str]:
    """The environment without what changes how Python and the solvers work."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(FOREIGN)}
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def _speak(process: subprocess.Popen[bytes], outbox: queue.SimpleQueue[Any]) -> None:
    """Write what is to be asked: not where the answers are waited for, because a process that is stopped reads nothing."""
    assert process.stdin is not None
    with contextlib.suppress(OSError, ValueError), process.stdin:
        while (line := outbox.get()) is not None:
            process.stdin.write(line)
            process.stdin.flush()


def _listen(process: subprocess.Popen[bytes], outbox: queue.SimpleQueue[Any], inbox: queue.SimpleQueue[Any]) -> None:
    """Pass the messages of a process on, and say when it has ended."""
    assert process.stdout is not None
    with contextlib.suppress(OSError, ValueError, RecursionError), process.stdout:
        for line in process.stdout:
            inbox.put(json.loads(line))
    outbox.put(None)
    process.wait()
    inbox.put(_END)


# --- many claims -----------------------------------------------------------------------------------------------------


def decide_all(claims: Iterable[Claim], *, jobs: int, timeout: float, memory: int = MEMORY) -> Iterator[tuple[int, Claim, Answer]]:
    """Each claim's place, the claim and its verdict, as they are finished; claims are taken from the iterable when a worker is free.

    Closing the iterator, as an exception in its consumer does, ends the workers.

    Raises:
        WorkerError: no worker can be started.
    """
    crew = _Crew(claims, jobs, timeout, memory)
    try:
        yield from crew.answers()
    finally:
        crew.stop()


class _Crew:
    """Threads with a worker each."""

    def __init__(self, claims: Iterable[Claim], jobs: int, timeout: float, memory: int) -> None:
        self.waiting = enumerate(claims)
        self.timeout = timeout
        self.lock = threading.Lock()
        self.done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.failures = 0
        self.stopping = False
        self.workers = [Worker(memory) for _ in range(jobs)]
        self.threads = [threading.Thread(target=self.serve, args=(worker,), daemon=True) for worker in self.workers]

    def answers(self) -> Iterator[tuple[int, Claim, Answer]]:
        """What the threads find, until all of them have come to the end."""
        for thread in self.threads:
            thread.start()
        running = len(self.threads)
        while running:
            try:
                found = self.done.get(timeout=0.2)  # short, so that Ctrl-C is heard on every system
            except queue.Empty:
                continue
            if found is _END:
                running -= 1
            elif isinstance(found, BaseException):
                raise found
            else:
                yield found

    def serve(self, worker: Worker) -> None:
        """Decide claims while there are any."""
        try:
            while (taken := self.take()) is not None:
                place, claim = taken
                self.done.put((place, claim, self.decide(worker, claim)))
        except BaseException as reason:
            self.done.put(reason)
        worker.stop()
        self.done.put(_END)

    def take(self) -> tuple[int, Claim] | None:
        """The next claim."""
        with self.lock:
            return None if self.stopping else next(self.waiting, None)

    def decide(self, worker: Worker, claim: Claim) -> Answer:
        """The verdict on a claim; that there is no worker now may be because the memory is short, and pass."""
        if claim.error:
            return {"verdict": "error", "reason": claim.error}
        try:
            found = worker.decide(claim.task, self.timeout)
        except WorkerError as reason:
            with self.lock:
                self.failures += 1
                if self.failures >= TRIES and not self.stopping:
                    raise
            return {"verdict": "unknown", "reason": str(reason)}
        with self.lock:
            self.failures = 0
        return found

    def stop(self) -> None:
        """End the workers; what they are at is lost."""
        with self.lock:
            self.stopping = True
        for worker in self.workers:
            worker.stop()
        for thread in self.threads:
            if thread.is_alive():
                thread.join(timeout=5)
