"""Proved results, remembered by content.

The key of an obligation is a hash of everything that its result depends on: its text, the versions of the oracles, and the source of
the code that asks them.  Only results that came out as stated are kept.  A cache that cannot be read is ignored and
rebuilt; one that cannot be written is done without.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from proofs.obligation import Obligation
from proofs.solvers import Result

ROOT = Path(__file__).resolve().parent.parent
FORMAT = 1
_SOURCES = ("solvers.py", "identities.py", "obligation.py", "floats.py")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def environment(second: str | None) -> str:
    """What results depend on besides the obligation."""
    packages = ["z3-solver", "sympy", "python-flint", *([second] if second else [])]
    parts = [str(FORMAT), *[f"{package} {_version(package)}" for package in packages]]
    for name in _SOURCES:
        path = ROOT / "proofs" / name
        parts.append(hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else name)
    return "\n".join(parts)


class Cache:
    """A JSON file of results by key.

    Attributes:
        note: why nothing is kept, if so.
    """

    def __init__(self, path: Path, context: str, *, enabled: bool = True) -> None:
        self.path, self.context, self.enabled = path, context, enabled
        self.note = ""
        self.results: dict[str, dict[str, object]] = {}
        self.dirty = False
        if enabled:
            self._read()

    def _read(self) -> None:
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            if data["format"] == FORMAT and isinstance(data["results"], dict):
                self.results = data["results"]
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            self.note = "the proof cache could not be read and is rebuilt"

    def key(self, obligation: Obligation) -> str:
        """The hash of an obligation in this environment."""
        text = json.dumps([self.context, dataclasses.asdict(obligation)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def get(self, obligation: Obligation) -> Result | None:
        """The remembered result, if there is one and it makes sense."""
        entry = self.results.get(self.key(obligation))
        try:
            if entry is not None:
                found = Result(**{**entry, "oracles": tuple(entry["oracles"])})  # type: ignore[arg-type]
                if found.settled and found.name == obligation.name:
                    return found
        except (TypeError, KeyError):
            pass
        return None

    def put(self, obligation: Obligation, result: Result) -> None:
        """Remember a result that came out as stated."""
        if result.settled:
            self.results[self.key(obligation)] = dataclasses.asdict(result)
            self.dirty = True

    def save(self) -> None:
        """Write the file, atomically."""
        if not (self.enabled and self.dirty):
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, json.dumps({"format": FORMAT, "results": self.results}))
            self.dirty = False
        except OSError as error:
            self.note = f"the proof cache could not be written: {error.strerror}"


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that it is complete or not there."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
