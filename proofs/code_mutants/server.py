"""Broken programs in processes of their own: the libraries are imported once, each mutant is a fork that imports the package changed.

The checkout is never touched: an import hook gives the mutated module its broken code.  A process that uses up its CPU time or memory has
noticed the mutation too: the program does not work.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from typing import Any

from proofs.code_mutants import checks
from proofs.code_mutants.changes import ROOT, Mutant, broken
from proofs.code_mutants.checks import Baseline

LIBRARIES = ("z3", "sympy", "flint", "numpy", "mpmath", "hypothesis", "hypothesis.strategies", "pytest", "_pytest.assertion.rewrite")
CPU_SECONDS = 240
"""What the checks need at most, several times over."""
QUICK_CPU_SECONDS = 30
"""The same for a quick pass."""
MEMORY = 4 * 2**30


def module_of(file: str) -> str:
    """The name of the module in a file."""
    return file.removesuffix(".py").replace("/", ".")


class _Broken(SourceFileLoader):
    def __init__(self, name: str, path: str, code: Any) -> None:
        super().__init__(name, path)
        self.code = code

    def get_code(self, fullname: str) -> Any:
        return self.code


class Hook(MetaPathFinder):
    """Gives one module its broken code."""

    def __init__(self, mutant: Mutant) -> None:
        self.module = module_of(mutant.file)
        self.path = str(ROOT / mutant.file)
        self.code = compile(broken(mutant), self.path, "exec")

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != self.module:
            return None
        return spec_from_file_location(name, self.path, loader=_Broken(name, self.path, self.code))


def prepare() -> None:
    """Import the libraries, and nothing of the package."""
    from importlib import import_module

    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    for name in LIBRARIES:
        import_module(name)
    loaded = [name for name in sys.modules if name == "micrograd" or name.startswith("micrograd.")]
    if loaded:
        raise RuntimeError(f"the package is imported already: {loaded[0]}")


def attempt(mutant: Mutant, known: Baseline) -> str | None:
    """What notices the mutant, in this process."""
    sys.meta_path.insert(0, Hook(mutant))
    try:
        return checks.noticed(mutant, known)
    except MemoryError:
        return "memory is used up"
    except BaseException as reason:
        return f"{type(reason).__name__}: {reason}"[:300]


def _limit(cpu: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child(work: Callable[[], Any], out: int, cpu: int) -> None:
    """Run the work in a fresh fork, send its result, and end the process whatever happens."""
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        _limit(cpu)
        time.monotonic = time.process_time  # limits in seconds are those of the processor here: many forks run at once
        os.chdir(ROOT)
        answer = json.dumps({"result": work()})
    except BaseException:
        answer = json.dumps({"error": traceback.format_exc()[-1500:]})
    with os.fdopen(out, "w") as pipe:
        pipe.write(answer)
    os._exit(0)


class _Job:
    """A fork at work."""

    def __init__(self, key: Any, work: Callable[[], Any], cpu: int) -> None:
        self.key = key
        self.started = time.monotonic()
        read, write = os.pipe()
        self.process = os.fork()
        if not self.process:
            os.close(read)
            _child(work, write, cpu)
        os.close(write)
        self.read = read

    def finish(self) -> tuple[Any, dict[str, Any], float]:
        """The key, the answer and the seconds of CPU of a process that has ended or closed its pipe."""
        with os.fdopen(self.read) as stream:
            text = stream.read()
        _, status, used = os.wait4(self.process, 0)
        seconds = used.ru_utime + used.ru_stime
        if text:
            return self.key, json.loads(text), seconds
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)
        word = "time is used up" if number == signal.SIGXCPU else f"the process ended with {number}"
        return self.key, {"ended": word}, seconds

    def stop(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.read)


def forked(work: Sequence[tuple[Any, Callable[[], Any]]], jobs: int, cpu: int = CPU_SECONDS) -> Iterator[tuple[Any, dict[str, Any], float]]:
    """Results of work in forks, as they come; the forks end with the iteration."""
    import selectors

    running: dict[int, _Job] = {}
    waiting = list(reversed(work))
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    key, task = waiting.pop()
                    job = _Job(key, task, cpu)
                    running[job.read] = job
                    selector.register(job.read, selectors.EVENT_READ)
                for ready, _ in selector.select():
                    selector.unregister(ready.fd)
                    yield running.pop(ready.fd).finish()
        finally:
            for job in running.values():
                job.stop()


def find_baseline(names: Sequence[str], jobs: int) -> Iterator[tuple[str, Any, float]]:
    """How the program as it is fares on parts of the baseline: name, result and seconds of each.

    Raises:
        RuntimeError: a part cannot be had.
    """
    for part, answer, seconds in forked([(part, partial(checks.baseline, part)) for part in names], jobs, cpu=1200):
        if "result" not in answer:
            raise RuntimeError(f"{part}: {answer.get('error') or answer.get('ended')}")
        yield part, answer["result"], seconds
