"""Claims decided in worker processes: the time limit holds even when a solver does not listen, and so does a memory limit.

A worker that does not answer in its time, plus a grace, is killed and replaced; the claim's verdict is then ``unknown``.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

GRACE = 1.0
"""Seconds beyond its limit in which a worker may end by itself."""

START = 60.0
"""Seconds in which a new worker must be ready."""

MEMORY = 4096
"""Megabytes of address space for one worker."""

Task = dict[str, Any]
Answer = dict[str, Any]


class Worker:
    """One process, started when it is first needed."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self.process: subprocess.Popen[str] | None = None
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def start(self) -> subprocess.Popen[str]:
        """The running process."""
        if self.process is None or self.process.poll() is not None:
            environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
            self.process = subprocess.Popen(
                [sys.executable, "-m", "micrograd.verified.prove.worker", str(self.memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env=environment,
            )
            self.lines = queue.SimpleQueue()
            threading.Thread(target=_listen, args=(self.process, self.lines), daemon=True).start()
            self._ask({"function": "x", "wrt": "x", "derivative": "1", "domain": "True"}, START)
        return self.process

    def _ask(self, task: Task, seconds: float) -> Answer | None:
        process = self.process
        assert process is not None
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(task) + "\n")
            process.stdin.flush()
        except OSError:
            return None
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            return None
        return json.loads(line) if line else None

    def decide(self, task: Task, timeout: float) -> Answer:
        """The verdict on a task, in bounded time."""
        self.start()
        begin = time.monotonic()
        found = self._ask({**task, "timeout": timeout}, timeout + GRACE)
        seconds = time.monotonic() - begin
        if found is None:
            over = seconds >= timeout
            self.stop()
            reason = f"time is over: the worker was stopped after {seconds:.1f} s" if over else "the worker process died"
            return {"verdict": "unknown", "reason": reason, "seconds": round(seconds, 4)}
        return {"seconds": round(seconds, 4), **found}

    def stop(self) -> None:
        """End the process."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            if process.stdin is not None:
                with contextlib.suppress(OSError):
                    process.stdin.close()


def _listen(process: subprocess.Popen[str], lines: queue.SimpleQueue[str]) -> None:
    """Pass the lines of a process on; an empty one says that it has ended."""
    assert process.stdout is not None
    with contextlib.suppress(OSError, ValueError), process.stdout:
        for line in process.stdout:
            lines.put(line)
    lines.put("")


def decide_all(tasks: Sequence[Task], *, jobs: int, timeout: float, memory: int = MEMORY) -> Iterator[tuple[int, Answer]]:
    """Pairs of a task's place and its verdict, as they are finished.

    Closing the iterator, as an exception in its consumer does, ends the workers.
    """
    waiting: queue.SimpleQueue[tuple[int, Task]] = queue.SimpleQueue()
    for pair in enumerate(tasks):
        waiting.put(pair)
    done: queue.SimpleQueue[tuple[int, Answer]] = queue.SimpleQueue()
    workers = [Worker(memory) for _ in range(min(jobs, len(tasks)) or 1)]
    stopping = threading.Event()

    def serve(worker: Worker) -> None:
        while not stopping.is_set():
            try:
                place, task = waiting.get_nowait()
            except queue.Empty:
                break
            try:
                found = worker.decide(task, timeout)
            except Exception as reason:  # a worker that cannot be started must not be waited for
                found = {"verdict": "unknown", "reason": f"no worker process: {reason}"}
            done.put((place, found))
        worker.stop()

    threads = [threading.Thread(target=serve, args=(worker,), daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        for _ in tasks:
            while True:
                try:
                    pair = done.get(timeout=0.2)  # short, so that Ctrl-C is heard
                    break
                except queue.Empty:
                    continue
            yield pair
    finally:
        stopping.set()
        for worker in workers:
            worker.stop()
        for thread in threads:
            thread.join(timeout=5)
