"""Results of earlier runs, filed under everything that they depend on.

The key of a result is the SHA-256 of what was settled (scripts, identities, relations, expected answer, check and replay), of the sources
of all modules under ``micrograd/verified`` and ``proofs`` (and of the module that holds a check or replay, if it is another), and of the
versions of Python and of the libraries.  Only results that are settled as stated are kept, so that a failure is always tried again; a
result that does not say what the obligation states is ignored.

The file lies in the user's cache directory (``$XDG_CACHE_HOME`` or ``~/.cache``), never in the working tree: a cache cannot come with a
checkout.  A file that cannot be read is ignored and rebuilt; where none can be written, the run goes on without.

Trust: whoever can write the file can make a run believe anything.  ``--no-cache`` reads nothing; ``make check`` uses it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable
from importlib import metadata, util
from pathlib import Path
from typing import Any

from micrograd.files import write_atomically
from proofs.obligation import Obligation
from proofs.solvers import SETTLED, Outcome

FORMAT = 2
CAPACITY = 20_000
"""Entries that are kept, the most recent ones."""

ROOT = Path(__file__).resolve().parent.parent
_TREE = hashlib.sha256(str(ROOT).encode()).hexdigest()[:16]
FILE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "micrograd-verified" / f"proofs-{_TREE}.json"
SOURCES = ("micrograd", "proofs")
"""The directories whose modules are executed when statements are made and settled."""
DISTRIBUTIONS = {"z3": "z3-solver", "sympy": "sympy", "flint": "python-flint", "cvc5": "cvc5"}


def versions() -> dict[str, str]:
    """Version of each oracle that is installed, without importing it."""
    found = {}
    for oracle, distribution in DISTRIBUTIONS.items():
        try:
            found[oracle] = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return found


class Cache:
    """Settled results by key, in memory and, if a file is given, on disk.

    Attributes:
        notes: what went wrong with the file, as lines for the user.
    """

    def __init__(self, file: Path | None = FILE) -> None:
        self.notes: list[str] = []
        self._file = file
        self._versions = versions()
        self._sources: dict[str, str] = {}
        self._entries: dict[str, dict[str, Any]] = self._read()
        self._fresh: dict[str, dict[str, Any]] = {}

    def key(self, obligation: Obligation, oracle: str = "z3") -> str:
        """The key of what ``oracle`` ("z3" with all that belongs to a proof, or "cvc5") says of the obligation."""
        parts = [FORMAT, oracle, obligation.smtlib, obligation.expected, obligation.witness, platform.python_version()]
        parts += [bool(obligation.hypotheses), obligation.identities, obligation.relations, self._versions, self._everything()]
        for function in (obligation.check, obligation.replay):
            if function is not None:
                parts += [obligation.name, function, obligation.data, platform.machine(), self._module(function)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def get(self, key: str, stated: str) -> Outcome | None:
        """The result of an earlier run, if it is what is stated (`Obligation.stated`; "proved" of a second solver)."""
        entry = self._entries.get(key)
        if entry is None or entry["status"] != stated:
            return None
        return Outcome(entry["status"], tuple(entry["oracles"]), entry["seconds"], entry["evidence"], entry["model"], cached=True)

    def put(self, key: str, name: str, outcome: Outcome) -> None:
        """Remember a result if it is settled as stated."""
        if outcome.settled:
            self._entries[key] = self._fresh[key] = {
                "name": name,
                "status": outcome.status,
                "oracles": list(outcome.oracles),
                "seconds": round(outcome.seconds, 6),
                "evidence": outcome.evidence,
                "model": dict(outcome.model),
            }

    def timings(self) -> dict[str, float]:
        """Seconds that each obligation took when it was last settled, whatever its content was then."""
        return {entry["name"]: entry["seconds"] for entry in self._entries.values()}

    def save(self) -> None:
        """Write what is new, together with what other processes have written in the meantime."""
        if self._file is None or not self._fresh:
            return
        entries = self._read() | self._fresh
        kept = dict(list(entries.items())[-CAPACITY:])
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, json.dumps({"format": FORMAT, "entries": kept}, indent=0) + "\n")
        except OSError as reason:
            self._give_up(reason)
        self._fresh = {}

    def _give_up(self, reason: OSError) -> None:
        self.notes.append(f"no cache: {self._file}: {reason.strerror or reason}")
        self._file = None

    def _read(self) -> dict[str, dict[str, Any]]:
        if self._file is None:
            return {}
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                return {}
            return {key: entry for key, entry in content["entries"].items() if _is_sound(entry)}
        except FileNotFoundError:
            return {}
        except OSError as reason:
            self._give_up(reason)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self.notes.append(f"{self._file} is damaged: it is ignored and rebuilt")
        return {}

    def _everything(self) -> str:
        """A digest of all modules of `SOURCES`."""
        if "" not in self._sources:
            paths = sorted(path for directory in SOURCES for path in (ROOT / directory).rglob("*.py"))
            self._sources[""] = _digest(paths)
        return self._sources[""]

    def _module(self, function: str) -> str:
        """A digest of the module that holds a function."""
        module = function.partition(":")[0]
        if module not in self._sources:
            try:
                spec = util.find_spec(module)
            except (ImportError, ValueError, AttributeError):
                spec = None
            self._sources[module] = _digest([Path(spec.origin)] if spec is not None and spec.origin else [])
        return self._sources[module]


def _digest(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name}\0".encode())
        try:
            total.update(path.read_bytes())
        except OSError:
            total.update(b"(no source)")
    return total.hexdigest()


def _is_sound(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and entry.get("status") in SETTLED
        and isinstance(entry.get("seconds"), int | float)
        and all(isinstance(entry.get(key), str) for key in ("name", "evidence"))
        and isinstance(entry.get("oracles"), list)
        and isinstance(entry.get("model"), dict)
    )
