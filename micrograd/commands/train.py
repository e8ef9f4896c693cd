"""``micrograd train``: train a network, with everything about the run kept in a folder."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

EPILOG = """\
examples:
  micrograd train xor
  micrograd train mnist --out runs/first
  micrograd train mnist --hidden 256 128 --epochs 30 --dropout 0.2 --optimiser adam --lr 0.002 --schedule onecycle
  micrograd train mnist --receipts 5 --out runs/checked
  micrograd train --resume runs/first

exit code: 0 done, 1 the training failed, 2 unusable input, 130 interrupted (continue with --resume)
"""


def add_parser(subparsers: Any) -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "train",
        help="train a network on xor, moons, MNIST, …",
        description="Train a network; its folder keeps settings, metrics, checkpoints and pictures.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    tasks = ("xor", "linear", "moons", "spirals", "mnist", "fashion-mnist")
    parser.add_argument("task", nargs="?", choices=tasks, help="the data set")
    add = parser.add_argument_group("settings (each task has its own defaults)").add_argument
    add("--hidden", type=int, nargs="+", metavar="N", help="widths of the hidden layers")
    add("--activation", metavar="NAME", help="relu, tanh, sigmoid, softplus, gelu")
    add("--epochs", type=int, metavar="N", help="passes over the training set")
    add("--batch", type=int, metavar="N", help="examples in a step; 0 for all")
    add("--lr", type=float, metavar="RATE", help="learning rate")
    add("--optimiser", "--optimizer", metavar="NAME", help="sgd, adam, adamw")
    add("--momentum", type=float, metavar="M", help="of sgd")
    add("--nesterov", action="store_true", default=None, help="Nesterov momentum, of sgd")
    add("--weight-decay", type=float, metavar="D", help="of the optimiser")
    add("--schedule", metavar="NAME", help="constant, cosine, onecycle")
    add("--dropout", type=float, metavar="P", help="probability of dropping a hidden number")
    add("--dtype", metavar="TYPE", help="float32 or float64")
    add("--seed", type=int, metavar="S", help="of everything random (default: 0)")
    add("--data", metavar="DIR", help="a folder with the files of the data set")
    add("--receipts", type=int, metavar="N", help="enclose the gradient rigorously at N random steps (points of the plane: every step)")
    parser.add_argument("--out", type=Path, metavar="RUN", help="the run's folder (default: runs/TASK-TIME)")
    parser.add_argument("--resume", type=Path, metavar="RUN", help="continue a run, bit for bit")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of the matrix products (default: 1; these nets are small)")
    parser.add_argument("--json", action="store_true", help="print the last metrics as JSON")
    parser.set_defaults(run=run)


_SETTINGS = [
    "hidden",
    "activation",
    "epochs",
    "batch",
    "lr",
    "optimiser",
    "momentum",
    "nesterov",
    "weight_decay",
    "schedule",
    "dropout",
    "dtype",
    "seed",
    "data",
    "receipts",
]


def run(options: argparse.Namespace) -> int:
    """Train."""
    set_threads(options.threads)
    from micrograd.data import DataError
    from micrograd.training import TrainingError

    try:
        return _run(options)
    except TrainingError as reason:
        print(f"micrograd train: {reason}", file=sys.stderr)
        return reason.code
    except DataError as reason:
        print(f"micrograd train: {reason}", file=sys.stderr)
        return 2


def set_threads(threads: int | None) -> None:
    """How many threads NumPy's matrix products use; only before NumPy is imported has this an effect."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        if threads is not None:
            os.environ[name] = str(threads)
        else:
            os.environ.setdefault(name, "1")


def _run(options: argparse.Namespace) -> int:
    from micrograd.training import Run, Settings, TrainingError
    from micrograd.training.loop import prepare_loop

    given = {name: getattr(options, name) for name in _SETTINGS}
    if options.resume is not None:
        if options.task or options.out or any(value is not None for value in given.values()):
            raise TrainingError("--resume continues with the run's own settings: give nothing else", 2)
        folder, settings = Run.open(options.resume)
    elif options.task is None:
        raise TrainingError("say what to train: xor, linear, moons, spirals, mnist or fashion-mnist", 2)
    else:
        if given["hidden"] is not None:
            given["hidden"] = tuple(given["hidden"])
        settings = Settings.of(options.task, **given)
        folder = Run.create(options.out or Path("runs") / f"{options.task}-{time.strftime('%Y%m%d-%H%M%S')}", settings)
    with folder.locked():
        loop = prepare_loop(settings, folder, resume=options.resume is not None)
        watch = Progress(settings.epochs, loop.epoch, quiet=options.json)
        watch.say(f"{settings.task}: {loop.problem.note}")
        watch.say(f"{loop.trainer.model!r}, {loop.trainer.model.num_parameters} weights; run folder {folder.folder}")
        loop.watch = watch
        try:
            outcome = loop.finish()
        except KeyboardInterrupt:
            watch.close()
            print(f"micrograd train: interrupted; continue with: micrograd train --resume {folder.folder}", file=sys.stderr)
            return 130
        watch.close()
        _report(outcome, loop, folder, options.json)
    return 0


def _report(outcome: Any, loop: Any, folder: Any, as_json: bool) -> None:
    from micrograd.training import pictures

    drawn = pictures.draw_all(loop.problem, outcome.metrics, folder.folder)
    if as_json:
        print(
            json.dumps({**outcome.metrics[-1], "best_accuracy": outcome.best[0], "best_epoch": outcome.best[1], "run": str(folder.folder)})
        )
        return
    last = outcome.metrics[-1]
    best = f"best {100 * outcome.best[0]:.2f} % (epoch {outcome.best[1]})"
    print(f"test accuracy {100 * last['accuracy']:.2f} % after {last['epoch']} epochs; {best}")
    print(f"  loss      {pictures.sparkline([entry['loss'] for entry in outcome.metrics])}")
    print(f"  accuracy  {pictures.sparkline([entry['accuracy'] for entry in outcome.metrics])}")
    if outcome.receipts:
        ulps = max(entry["max_ulps"] for entry in outcome.receipts)
        relative = max(entry["max_relative_error"] for entry in outcome.receipts)
        print(
            f"  receipts  {len(outcome.receipts)} steps: gradients within {relative:.2g} of their largest entry ({ulps:.3g} ulps at worst)"
        )
    if drawn:
        print(f"  pictures  {', '.join(path.name for path in drawn)} in {folder.folder}")
    elif not pictures.available():
        print("  pictures need matplotlib: pip install 'micrograd-verified[train]'")


class Progress:
    """Shows the epochs as they are finished: a bar on a terminal, else a line now and then."""

    def __init__(self, epochs: int, done: int, *, quiet: bool) -> None:
        self.epochs, self.quiet = epochs, quiet
        self.bar: Any = None
        self.last = 0.0
        if sys.stderr.isatty() and not quiet:
            try:
                from tqdm import tqdm

                self.bar = tqdm(total=epochs, initial=done, unit="epoch", leave=False)
            except ImportError:
                pass

    def say(self, text: str) -> None:
        """A line about the run."""
        if not self.quiet:
            print(text, flush=True)

    def __call__(self, entry: dict[str, Any]) -> None:
        text = f"loss {entry['loss']:.4f}, test accuracy {100 * entry['accuracy']:.2f} %, {entry['examples_per_second']:,} examples/s"
        if self.bar is not None:
            self.bar.set_postfix_str(text)
            self.bar.update()
        elif not self.quiet and (time.monotonic() - self.last > 1 or entry["epoch"] == self.epochs):
            self.last = time.monotonic()
            print(f"epoch {entry['epoch']}/{self.epochs}: {text}", flush=True)

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()
