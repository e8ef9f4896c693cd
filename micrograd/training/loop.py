"""The training loop: epochs, checkpoints, progress, and what to do when the loss is no longer a number."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from micrograd.nn import StateError
from micrograd.training.errors import TrainingError
from micrograd.training.problems import prepare
from micrograd.training.receipts import Receipts
from micrograd.training.runs import Run
from micrograd.training.settings import Settings

SAVE_SECONDS = 1.0
"""A checkpoint is written at the end of an epoch if the last one is older than this."""

Watcher = Callable[[dict[str, Any]], None]
State = tuple[dict[str, Any], dict[str, str]]


@dataclass
class Outcome:
    """How a run ended.

    Attributes:
        metrics: one entry an epoch.
        best: the best test accuracy, and its epoch.
        note: where the data came from, in words.
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
        DataError: the data set cannot be used.
    """
    loop = Loop(settings, watch)
    if run is None:
        return loop.finish()
    with run.locked():
        loop.attach(run, resume=resume)
        return loop.finish()


class Loop:
    """One call of `train`, in steps: load the data and build the network, `attach` a folder that is locked, `finish`."""

    def __init__(self, settings: Settings, watch: Watcher | None = None) -> None:
        self.settings, self.watch = settings, watch
        self.run: Run | None = None
        self.problem = prepare(settings)
        self.trainer = self.problem.trainer
        self.metrics: list[dict[str, Any]] = []
        self.epoch = 0
        self.best = (-1.0, 0)
        self.best_state: dict[str, Any] | None = None
        self.saved = time.monotonic()
        self.receipts = Receipts(settings, self.trainer)

    def attach(self, run: Run, *, resume: bool) -> None:
        """Keep everything in this folder from now on; with ``resume`` stand where its last checkpoint does.

        Raises:
            TrainingError: the checkpoint cannot be used; a package is missing.
        """
        run.require()
        self.run = run
        state = run.load("last") if resume else None
        if state is not None:
            self._restore(state, f"{run.path('last.safetensors')} does not fit these settings")
        run.rewind(self.epoch)
        self.metrics = run.metrics()
        self.receipts.found = run.receipts()

    def _restore(self, state: State, refusal: str) -> None:
        tensors, metadata = state
        try:
            self.trainer.load_state_dict(tensors, metadata)
            self.epoch = int(metadata["epoch"])
            accuracy, epoch = json.loads(metadata["best"])
            self.best = (float(accuracy), int(epoch))
            settings, data = dict(json.loads(metadata["settings"])), metadata["data"]
        except KeyError as reason:
            raise TrainingError(f"{refusal}: it has no {reason}", 2) from None
        except (StateError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError) as reason:
            raise TrainingError(f"{refusal}: {reason}", 2) from None
        now = json.loads(json.dumps(self.settings.to_dict()))
        changed = [name for name in now if now[name] != settings.get(name) and name != "data"]
        if changed:
            raise TrainingError(f"{refusal}: it was saved with another {', '.join(changed)}", 2)
        if data != self.problem.digest:
            raise TrainingError(f"{refusal}: the data are not those that the run was started with; now they are {self.problem.note}", 2)

    def finish(self) -> Outcome:
        """All epochs that are left.

        Raises:
            TrainingError: the loss is not finite, or something cannot be written.
        """
        while self.epoch < self.settings.epochs:
            self.one_epoch()
        self.save(force=True)
        return Outcome(self.metrics, self.best, self.problem.note, self.receipts.found)

    def one_epoch(self) -> None:
        """One pass over the data, the test, and what is written down."""
        start = time.monotonic()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # `broken` says in one line what NumPy would warn of
            loss = self.passes()
            seconds = time.monotonic() - start
            test_loss, accuracy = self.problem.test()
        if not math.isfinite(test_loss):
            self.broken("test loss", test_loss, (self.epoch + 1) * len(self.trainer.data))
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
                entry = self.receipts.take(x, y, self.epoch + 1, number)
                if entry is None:
                    self.broken("gradient", math.nan, number)
                if self.run is not None:
                    self.run.append("receipts.jsonl", entry)
            loss = float(step(x, y))
            if not math.isfinite(loss):
                self.broken("loss", loss, number)
            total += loss * len(y)
            count += len(y)
        return total / count

    def broken(self, what: str, number: float, step: int) -> NoReturn:
        """Stop: the network is no longer one of finite numbers."""
        kept = ""
        if self.run is not None and self.run.path("last.safetensors").exists():
            kept = f"; the last good checkpoint is {self.run.path('last.safetensors')}"
        raise TrainingError(f"the {what} is {number} at step {step} (epoch {self.epoch + 1}): try a smaller --lr{kept}")

    def save(self, force: bool = False) -> None:
        """Write the checkpoints, if it is time.

        Raises:
            TrainingError: they cannot be written; those before are whole.
        """
        if self.run is None or not (force or time.monotonic() - self.saved > SAVE_SECONDS):
            return
        tensors, metadata = self.trainer.state_dict()
        extra = {"epoch": str(self.epoch), "best": json.dumps(self.best), "data": self.problem.digest}
        extra["settings"] = json.dumps(self.settings.to_dict())
        if self.best_state is not None:
            best = {f"model.{name}": np.asarray(a) for name, a in self.best_state.items()}
            self.run.save("best", best, {**extra, "epoch": str(self.best[1])})
            self.best_state = None
        self.run.save("last", tensors, {**metadata, **extra})
        self.saved = time.monotonic()
