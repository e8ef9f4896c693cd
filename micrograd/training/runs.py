"""A run's folder: settings, metrics, checkpoints and pictures, written so that nothing is lost at a crash.

* ``config.json``: the settings;
* ``metrics.jsonl``: one line an epoch;
* ``last.safetensors``, ``best.safetensors``: everything that the rest of the run depends on, and the best model so far;
* ``receipts.jsonl``: rigorous enclosures of gradients, if asked for;
* ``curves.png``, ``wrong.png``, ``boundary.png``: pictures, if matplotlib is there;
* ``lock``: held by the process that trains.

A line that a checkpoint knows of is on the disk before the checkpoint is.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from micrograd.files import read_bytes, write_atomically
from micrograd.nn import CheckpointError, load, save
from micrograd.nn.saving import checkpoints_can_be_written
from micrograd.training.errors import TrainingError
from micrograd.training.settings import Settings

METRICS = ("loss", "test_loss", "accuracy", "lr", "seconds", "examples_per_second")
"""The numbers in a line of ``metrics.jsonl``, besides the epoch."""

ERRORS = ("max_relative_error", "max_roundoffs", "max_ulps", "within_1_ulp", "within_4_ulps", "within_16_ulps")
"""The numbers of a receipt and of each of its arrays, besides the count of entries."""

MAX_BYTES = 1 << 30
"""Larger files of lines are not read."""


class Run:
    """The folder of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """A file of the run."""
        return self.folder / name

    @classmethod
    def create(cls, folder: Path, settings: Settings) -> Run:
        """A new folder; one that holds a run already is refused.

        Raises:
            TrainingError: the folder cannot be used; a package is missing.
        """
        cls.require()
        run = cls(folder)
        if run.path("config.json").exists():
            raise TrainingError(f"{folder} holds a run already: continue it with --resume {folder}, or choose another folder", 2)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(run.path("config.json"), json.dumps(settings.to_dict(), indent=2) + "\n")
        except OSError as reason:
            raise TrainingError(f"{folder}: {reason.strerror or reason}", 2) from None
        return run

    @staticmethod
    def unused(parent: Path, name: str) -> Path:
        """A path below the parent at which there is nothing: the name, or the name with a number."""
        for number in count(1):
            path = parent / (name if number == 1 else f"{name}-{number}")
            if not os.path.lexists(path):
                return path
        raise AssertionError

    @staticmethod
    def require() -> None:
        """Make sure, before there is anything to lose, that checkpoints can be written.

        Raises:
            TrainingError: a package is missing.
        """
        if not checkpoints_can_be_written():
            raise TrainingError("checkpoints need the package safetensors: pip install 'micrograd-verified[train]'", 2)

    @classmethod
    def open(cls, folder: Path) -> tuple[Run, Settings]:
        """An existing run and its settings.

        Raises:
            TrainingError: there is none.
        """
        run = cls(folder)
        try:
            data = json.loads(read_bytes(run.path("config.json"), MAX_BYTES).decode("utf-8"))
        except OSError as reason:
            raise TrainingError(f"{folder} holds no run: config.json: {reason.strerror or reason}", 2) from None
        except (ValueError, RecursionError) as reason:
            raise TrainingError(f"{run.path('config.json')} is not JSON: {reason}", 2) from None
        if not isinstance(data, dict):
            raise TrainingError(f"{run.path('config.json')} is not an object", 2)
        try:
            return run, Settings.from_dict(data)
        except TrainingError as reason:
            raise TrainingError(f"{run.path('config.json')}: {reason}", 2) from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run's lock; a lock of a process that was killed is free again.

        Raises:
            TrainingError: another process holds it.
        """
        try:
            file = self.path("lock").open("a+")
        except OSError as reason:
            raise TrainingError(f"{self.folder}: {reason.strerror or reason}", 2) from None
        with file:
            if not _try_lock(file.fileno()):
                raise TrainingError(f"{self.folder} is in use by another process", 2)
            yield

    # --- metrics

    def metrics(self) -> list[dict[str, Any]]:
        """The lines written so far; a last line that was cut off is left out."""
        return _lines(self.path("metrics.jsonl"), _is_metrics)

    def receipts(self) -> list[dict[str, Any]]:
        """The receipts written so far."""
        found = _lines(self.path("receipts.jsonl"), _is_receipt)
        return [entry for entry in found if entry["arrays"].keys() == found[0]["arrays"].keys()]

    def append(self, name: str, entry: Mapping[str, Any]) -> None:
        """Add a line to a file of lines.

        Raises:
            TrainingError: the disk is full, or the folder is gone.
        """
        try:
            with self.path(name).open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError as reason:
            raise TrainingError(f"{self.path(name)} could not be written: {reason.strerror or reason}") from None

    def rewind(self, epoch: int) -> None:
        """Forget the lines after an epoch: what a checkpoint does not know of is done again.

        Raises:
            TrainingError: the disk is full, or there is no permission.
        """
        for name, is_entry in LINES.items():
            path = self.path(name)
            kept = [entry for entry in _lines(path, is_entry) if entry["epoch"] <= epoch]
            try:
                if path.exists():
                    write_atomically(path, "".join(json.dumps(entry) + "\n" for entry in kept))
            except OSError as reason:
                raise TrainingError(f"{path} could not be written: {reason.strerror or reason}") from None

    # --- checkpoints

    def save(self, name: str, tensors: Mapping[str, Any], metadata: Mapping[str, str]) -> None:
        """Write a checkpoint, whole or not at all.

        Raises:
            TrainingError: the disk is full, or the folder is gone.
        """
        try:
            for lines in LINES:
                _flush(self.path(lines))
            save(self.path(f"{name}.safetensors"), tensors, metadata)
        except (OSError, CheckpointError) as reason:
            raise TrainingError(f"the checkpoint could not be saved, the one before is whole: {reason}") from None

    def load(self, name: str) -> tuple[dict[str, Any], dict[str, str]] | None:
        """A checkpoint, or None if there is none.

        Raises:
            TrainingError: it is there, and cannot be read.
        """
        path = self.path(f"{name}.safetensors")
        if not os.path.lexists(path):
            return None
        try:
            return load(path)
        except CheckpointError as reason:
            raise TrainingError(str(reason), 2) from None


def _lines(path: Path, is_entry: Callable[[Any], bool]) -> list[dict[str, Any]]:
    """The entries of a file of lines, up to the first that is none."""
    found: list[dict[str, Any]] = []
    with contextlib.suppress(OSError):
        for line in read_bytes(path, MAX_BYTES).decode("utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                break
            if not is_entry(entry):
                break
            found.append(entry)
    return found


def _has_numbers(entry: Any, names: Iterable[str]) -> bool:
    return isinstance(entry, dict) and all(isinstance(v := entry.get(n), int | float) and not isinstance(v, bool) for n in names)


def _is_metrics(entry: Any) -> bool:
    return _has_numbers(entry, ("epoch", *METRICS)) and isinstance(entry["epoch"], int)


def _is_receipt(entry: Any) -> bool:
    def is_count(row: Any) -> bool:
        return _has_numbers(row, ("entries", *ERRORS)) and row["entries"] > 0

    arrays = entry.get("arrays") if is_count(entry) and isinstance(entry.get("epoch"), int) else None
    return isinstance(arrays, dict) and bool(arrays) and all(map(is_count, arrays.values()))


LINES: dict[str, Callable[[Any], bool]] = {"metrics.jsonl": _is_metrics, "receipts.jsonl": _is_receipt}
"""The files of lines, and what their entries are."""


def _flush(path: Path) -> None:
    """What was written to a file is on the disk, if there is such a file."""
    if path.exists():
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _try_lock(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:
        return _try_lock_windows(handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _try_lock_windows(handle: int) -> bool:
    import importlib

    msvcrt: Any = importlib.import_module("msvcrt")
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True
