"""The training loop: epochs, checkpoints, progress, and what to do when the loss is no longer a number."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from micrograd.nn import CheckpointError, StateError
from micrograd.training.errors import TrainingError
from micrograd.training.problems import Problem, prepare
from micrograd.training.receipts import Receipts
from micrograd.training.runs import Run
from micrograd.training.settings import Settings

SAVE_SECONDS = 1.0
"""A checkpoint is written at the end of an epoch if the last one is older than this."""

Watcher = Callable[[dict[str, Any]], None]


@dataclass
class Outcome:
    """How a run ended.

    Attributes:
        metrics: one entry an epoch.
        best: the best test accuracy, and its epoch.
        receipts: rigorous enclosures of gradients.
    """

    metrics: list[dict[str, Any]]
    best: tuple[float, int]
    note: str
    receipts: list[dict[str, Any]] = field(default_factory=list)


def train(settings: Settings, run: Run | None = None, *, resume: bool = False, watch: Watcher | None = None) -> Outcome:
    """Train to the end of the settings' epochs.

    Args:
        settings: what to train, and how.
        run: where everything is kept; None keeps nothing.
        resume: continue from the run's last checkpoint, bit for bit.
        watch: is shown every entry of the metrics.

    Raises:
        TrainingError: the loss is not finite, a file cannot be used, the run is in use, …
    """
    if run is None:
        return Loop(settings, None, watch).finish()
    with run.locked():
        loop = prepare_loop(settings, run, resume=resume)
        loop.watch = watch
        return loop.finish()


def prepare_loop(settings: Settings, run: Run, *, resume: bool) -> Loop:
    """A loop that stands where the run's last checkpoint does, or at the start; the run must be locked."""
    loop = Loop(settings, run, None)
    loop.restore(_checkpoint(run) if resume else None)
    return loop


def _checkpoint(run: Run) -> tuple[dict[str, Any], dict[str, str]] | None:
    try:
        return run.load("last")
    except CheckpointError as reason:
        raise TrainingError(str(reason)) from None


class Loop:
    """One call of `train`."""

    def __init__(self, settings: Settings, run: Run | None, watch: Watcher | None) -> None:
        self.settings, self.run, self.watch = settings, run, watch
        self.problem: Problem = prepare(settings)
        self.trainer = self.problem.trainer
        self.metrics: list[dict[str, Any]] = []
        self.epoch = 0
        self.best = (-1.0, 0)
        self.saved = time.monotonic()
        steps = settings.epochs * len(self.trainer.data)
        self.receipts = Receipts(settings, steps)

    def finish(self) -> Outcome:
        """All epochs that are left."""
        while self.epoch < self.settings.epochs:
            self.one_epoch()
        self.save(force=True)
        return Outcome(self.metrics, self.best, self.problem.note, self.receipts.found)

    def restore(self, state: tuple[dict[str, Any], dict[str, str]] | None) -> None:
        """Continue from a checkpoint, or from nothing."""
        assert self.run is not None
        if state is not None:
            tensors, metadata = state
            try:
                self.trainer.load_state_dict(tensors, metadata)
                self.epoch = int(metadata["epoch"])
                accuracy, epoch = json.loads(metadata["best"])
                self.best = (float(accuracy), int(epoch))
            except (StateError, KeyError, ValueError) as reason:
                raise TrainingError(f"{self.run.path('last.safetensors')} does not fit these settings: {reason}") from None
        self.run.rewind(self.epoch)
        self.metrics = self.run.metrics()
        self.receipts.found = [entry for entry in self.receipts.read(self.run) if entry["epoch"] <= self.epoch]

    def one_epoch(self) -> None:
        """One pass over the data, the test, and what is written down."""
        start = time.monotonic()
        with np.errstate(over="ignore", invalid="ignore"):  # a loss that is not finite is found, and said in one line
            loss = self.passes()
        seconds = time.monotonic() - start
        test_loss, accuracy = self.problem.test()
        self.epoch += 1
        entry = {
            "epoch": self.epoch,
            "loss": loss,
            "test_loss": test_loss,
            "accuracy": accuracy,
            "lr": self.trainer.optimiser.rate(),
            "seconds": round(seconds, 4),
            "examples_per_second": round(len(self.trainer.data.images) / max(seconds, 1e-9)),
        }
        self.metrics.append(entry)
        if self.run is not None:
            self.run.append("metrics.jsonl", entry)
        if accuracy > self.best[0]:
            self.best = (accuracy, self.epoch)
            self.best_state = self.trainer.model.state_dict() if self.run is not None else None
        self.save()
        if self.watch is not None:
            self.watch(entry)

    def passes(self) -> float:
        """Train on each batch once; the mean loss."""
        data, step = self.trainer.data, self.trainer.step
        total, count = 0.0, 0
        for x, y in data:
            number = self.epoch * len(data) + data.position
            if self.receipts.due(number):
                entry = self.receipts.take(self.trainer, x, y, self.epoch + 1, number)
                if self.run is not None:
                    self.run.append("receipts.jsonl", entry)
            loss = float(step(x, y))
            if not math.isfinite(loss):
                self.broken(number, loss)
            total += loss * len(y)
            count += len(y)
        return total / count

    def broken(self, step: int, loss: float) -> None:
        """Stop: the loss is not finite."""
        kept = ""
        if self.run is not None and self.run.path("last.safetensors").exists():
            kept = f"; the last good checkpoint is {self.run.path('last.safetensors')}"
        raise TrainingError(f"the loss is {loss} at step {step} (epoch {self.epoch + 1}): try a smaller --lr{kept}")

    def save(self, force: bool = False) -> None:
        """Write the checkpoints, if it is time."""
        if self.run is None or not (force or time.monotonic() - self.saved > SAVE_SECONDS):
            return
        tensors, metadata = self.trainer.state_dict()
        extra = {"epoch": str(self.epoch), "best": json.dumps(self.best), "settings": json.dumps(self.settings.to_dict())}
        best = getattr(self, "best_state", None)
        if best is not None:
            self.run.save("best", {f"model.{name}": np.asarray(a) for name, a in best.items()}, {**extra, "epoch": str(self.best[1])})
            self.best_state = None
        self.run.save("last", tensors, {**metadata, **extra})
        self.saved = time.monotonic()
