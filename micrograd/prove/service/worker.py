"""A process that decides claims: one JSON object a line in, one a line out.  `micrograd.prove.service.pool` starts it and asks.

A question and its answer::

    {"id": "5f0c-7", "task": {"function": "x*log(x)", "wrt": "x", "derivative": "log(x) + 1", "domain": "x > 0"}, "timeout": 10}
    {"id": "5f0c-7", "task": {… the same …}, "answer": {"verdict": "proved", …}, "worn": false}

Each answer names its question and repeats the task that was decided.  The first message is none: ``{"id": …, "ready": true}`` says that
the process has loaded what it needs.  ``worn`` asks for the process to be replaced: its memory has grown.

In a task ``certificate`` asks that the answer have the certificate of a proof.
``second`` names a variable by which the function is differentiated first, for entries of a Hessian; ``wrt`` may be null if the
function has one variable.  A task that cannot be used gives the verdict ``error``, and so does an error of the program, with ``internal``.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import time
from typing import Any, BinaryIO

from micrograd.prove.claims import Claim, Question
from micrograd.prove.decide import DEFAULT_TIMEOUT
from micrograd.prove.handwritten import WhichVariable
from micrograd.verified.errors import MicrogradError

GROWTH = 20
"""Megabytes by which a worker may grow after its first claims."""

FIRST_GROWTH = 200
"""Megabytes by which it may grow in its first claims."""

SETTLED = 50
"""How many claims count as the first: caches are being filled, libraries loaded."""

CLAIMS = 5000
"""A worker is replaced after this many claims, however little it has grown."""

SPARE = 10
"""Seconds of processor time beyond a claim's limit, after which the system ends a worker that nothing else has ended."""

WARM_UP = {"function": "abs(x)*exp(x)", "wrt": "x", "derivative": "where(x > 0, exp(x) + x*exp(x), -exp(x) - x*exp(x))", "domain": "x != 0"}
"""Right, and such that everything a worker needs is loaded."""


class Unusable(ValueError):
    """A task that cannot be read; ``missing`` is the field that is not there."""

    def __init__(self, reason: str, missing: str = "") -> None:
        self.missing = missing
        super().__init__(reason)


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """The verdict on one task, as plain data."""
    try:
        return _verdict(task)
    except MemoryError:
        return {"verdict": "unknown", "reason": "the memory allowed to a worker is used up"}
    except RecursionError as reason:
        return {"verdict": "unknown", "reason": f"{type(reason).__name__}: {reason}"}
    except Unusable as reason:
        return {"verdict": "error", "reason": f"{reason}", **({"missing": reason.missing} if reason.missing else {})}
    except MicrogradError as reason:
        return {"verdict": "error", "reason": f"{reason}"}
    except Exception as reason:
        if "out of memory" in str(reason):  # Z3 says it in words
            return {"verdict": "unknown", "reason": f"the memory allowed to a worker is used up: {reason}"}
        return {"verdict": "error", "internal": True, "reason": f"internal error: {type(reason).__name__}: {reason}"}


def _verdict(task: dict[str, Any]) -> dict[str, Any]:
    found = _question(task)(timeout=task.get("timeout", DEFAULT_TIMEOUT))
    wanted = {"certificate": found.certificate} if task.get("certificate") and found.certificate else {}
    return {**found.to_dict(), **wanted}


def _question(task: dict[str, Any]) -> Question:
    """What a task asks.

    Raises:
        Unusable: it cannot be read.
    """
    for key in ("function", "derivative", "domain"):
        text = task.get(key)
        if not isinstance(text, str) and (key != "domain" or text is not None):
            raise Unusable(f"the {key} is text, not {type(text).__name__}")
    kind, words = "second derivative" if task.get("second") else "derivative", ("function", "derivative")
    given = task["function"], task["derivative"], task.get("domain"), task.get("wrt"), task.get("second")
    claim = Claim(kind, *given, words=words)
    try:
        (ask,) = claim.questions().values()
    except WhichVariable as reason:
        raise Unusable(reason.question, missing="wrt") from None
    except (MicrogradError, ValueError, TypeError) as reason:
        raise Unusable(str(reason)) from None
    return ask


# --- the process -----------------------------------------------------------------------------------------------------


class Service:
    """Loads what is needed, says so, and answers until it is replaced."""

    def __init__(self, out: BinaryIO, memory: int) -> None:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # the process that started this one decides what they mean
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
        self.out, self.claims = out, 0
        _limit(memory)
        first = answer({**WARM_UP, "timeout": 60.0})
        if first["verdict"] != "proved":
            raise RuntimeError(f"{WARM_UP['derivative']} was not proved: {first}")
        self.bound = resident() + FIRST_GROWTH
        self.base = 0.0

    def run(self, ready: str, lines: queue.SimpleQueue[bytes]) -> None:
        """Answer the questions as they come."""
        self.send({"id": ready, "ready": True})
        while True:
            question = json.loads(lines.get())
            _limit_processor(question["timeout"] + SPARE)
            found = answer({**question["task"], "timeout": question["timeout"]})
            self.send({"id": question["id"], "task": question["task"], "answer": found, "worn": self.worn(found)})

    def worn(self, found: dict[str, Any]) -> bool:
        """Whether it is time for a new process."""
        self.claims += 1
        size = resident()
        if self.claims <= SETTLED:
            self.base = max(self.base, size)
        elif self.claims == SETTLED + 1:
            self.bound = min(self.bound, self.base + GROWTH)
        return size > self.bound or self.claims >= CLAIMS or bool(found.get("internal"))

    def send(self, message: dict[str, Any]) -> None:
        """One line to the parent; without a parent the process ends."""
        try:
            self.out.write(json.dumps(message).encode("ascii") + b"\n")
            self.out.flush()
        except OSError:
            os._exit(0)


def resident() -> float:
    """Megabytes of memory that this process has, 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0


def _limit(megabytes: int) -> None:
    """Bound the address space of this process, where the system knows how; a crash leaves no image of it."""
    try:
        import resource
    except ImportError:  # not a Unix
        return
    for kind, bound in ((resource.RLIMIT_AS, megabytes * 1024 * 1024), (resource.RLIMIT_CORE, 0)):
        _lower(kind, bound)


def _limit_processor(seconds: float) -> None:
    """Let the system end this process after this much more processor time, even if nothing in it listens and nothing is left to end it."""
    try:
        import resource
    except ImportError:
        return
    _lower(resource.RLIMIT_CPU, int(time.process_time() + seconds) + 1)


def _lower(kind: int, bound: int) -> None:
    import resource

    _, hard = resource.getrlimit(kind)
    try:
        resource.setrlimit(kind, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))
    except (OSError, ValueError, OverflowError):  # a system that does not bound this
        return
