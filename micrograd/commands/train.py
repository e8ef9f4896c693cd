"""``micrograd train``: train a network, with everything about the run kept in a folder."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

from micrograd.terminal import CODES, code_of, complain, json_text, progress

EPILOG = f"""\
examples:
  micrograd train xor
  micrograd train mnist --out runs/first
  micrograd train mnist --hidden 256 128 --epochs 20 --batch 128 --dropout 0.2 --optimiser adam --schedule onecycle
  micrograd train mnist --receipts 5 --out runs/checked
  micrograd train --resume runs/first

exit code: 0 done, 1 the training failed, 2 unusable input,
  {CODES} (continue with --resume)
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
    add("--activation", metavar="NAME", help="relu, tanh, sigmoid, softplus, gelu, identity")
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
    add("--receipts", type=int, metavar="N", help="enclose the gradient rigorously at N random steps (at most 200 weights: at every step)")
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
    if options.threads is not None and options.threads < 1:
        return _failed(f"--threads is at least 1, not {options.threads}", 2)
    set_threads(options.threads)
    from micrograd.data import DataError
    from micrograd.training import TrainingError

    try:
        return _run(options)
    except TrainingError as reason:
        return _failed(str(reason), reason.code)
    except DataError as reason:
        return _failed(str(reason), 2)
    except MemoryError:
        return _failed("there is not enough memory for this network with this batch", 1)
    except OSError as reason:
        if not reason.filename:  # not of a file: of the output
            raise
        return _failed(f"{reason.filename}: {reason.strerror or reason}", 1)


def _failed(text: str, code: int) -> int:
    return complain("micrograd train", text, code)


def set_threads(threads: int | None) -> None:
    """Set how many threads NumPy's matrix products use; this has an effect only before NumPy is imported."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        if threads is not None:
            os.environ[name] = str(threads)
        else:
            os.environ.setdefault(name, "1")


def _run(options: argparse.Namespace) -> int:
    from micrograd.training import Run, pictures
    from micrograd.training.loop import Loop

    resume = options.resume is not None
    settings = _settings(options)
    Run.require()
    loop = Loop(settings)
    if resume:
        folder = Run(options.resume)
    else:
        place = options.out or Run.unused(Path("runs"), f"{options.task}-{time.strftime('%Y%m%d-%H%M%S')}")
        folder = Run.create(place, settings)
    with folder.locked():
        loop.attach(folder, resume=resume)
        loop.watch = watch = Progress(settings.epochs, loop.epoch, quiet=options.json)
        watch.say(f"{settings.task}: {loop.problem.note}")
        watch.say(f"{loop.trainer.model!r}, {loop.trainer.model.num_parameters} weights; run folder {folder.folder}")
        if not pictures.available():
            watch.say("no pictures will be drawn: they need matplotlib (pip install 'micrograd-verified[train]')")
        try:
            outcome = loop.finish()
        except KeyboardInterrupt as interruption:
            watch.close()
            return _failed(f"interrupted; continue with: micrograd train --resume {folder.folder}", code_of(interruption))
        finally:
            watch.close()
        _report(outcome, loop, folder, options.json)
    return 0


def _settings(options: argparse.Namespace) -> Any:
    from micrograd.training import Run, Settings, TrainingError

    given = {name: getattr(options, name) for name in _SETTINGS}
    if options.resume is not None:
        if options.task or options.out or any(value is not None for value in given.values()):
            raise TrainingError("--resume continues with the run's own settings: give nothing else", 2)
        return Run.open(options.resume)[1]
    if options.task is None:
        raise TrainingError("say what to train: xor, linear, moons, spirals, mnist or fashion-mnist", 2)
    if given["hidden"] is not None:
        given["hidden"] = tuple(given["hidden"])
    if given["data"] is not None:
        given["data"] = os.path.abspath(given["data"])  # so that the run can be continued from another folder
    return Settings.of(options.task, **given)


def _report(outcome: Any, loop: Any, folder: Any, as_json: bool) -> None:
    from micrograd.training import pictures
    from micrograd.training.receipts import summary, table

    try:
        drawn = pictures.draw_all(loop.problem, outcome.metrics, folder.folder)
    except OSError as reason:
        drawn = []
        _failed(f"the run is complete, but its pictures could not be drawn: {reason.strerror or reason}", 0)
    last = outcome.metrics[-1] if outcome.metrics else {}
    if as_json:
        facts = {**last, "best_accuracy": outcome.best[0], "best_epoch": outcome.best[1], "run": str(folder.folder)}
        print(json_text(facts | ({"receipts": summary(outcome.receipts)} if outcome.receipts else {})))
        return
    if not last:
        print(f"{folder.path('metrics.jsonl')} is gone; the network is complete")
        return
    last = outcome.metrics[-1]
    best = f"best {100 * outcome.best[0]:.2f} % (epoch {outcome.best[1]})"
    print(f"test accuracy {100 * last['accuracy']:.2f} % after {last['epoch']} epochs; {best}")
    print(f"  loss      {pictures.sparkline([entry['loss'] for entry in outcome.metrics])}")
    print(f"  accuracy  {pictures.sparkline([entry['accuracy'] for entry in outcome.metrics])}")
    if outcome.receipts:
        count = len(outcome.receipts)
        print(f"  receipts  {count} step{'s' * (count > 1)}: how far the gradients are from the exact ones, at most")
        print("".join(f"    {line}\n" for line in table(outcome.receipts)), end="")
    if drawn:
        print(f"  pictures  {', '.join(path.name for path in drawn)} in {folder.folder}")


class Progress:
    """Shows the epochs as they finish: a bar on a terminal, else a line now and then."""

    def __init__(self, epochs: int, done: int, *, quiet: bool) -> None:
        self.epochs, self.quiet = epochs, quiet
        self.bar = progress(epochs, "epoch", quiet=quiet, initial=done)
        self.last = 0.0

    def say(self, text: str) -> None:
        """A line about the run."""
        if not self.quiet:
            print(text, flush=True)

    def __call__(self, entry: dict[str, Any]) -> None:
        text = f"loss {entry['loss']:.4f}, test accuracy {100 * entry['accuracy']:.2f} %, {entry['examples_per_second']:,} examples/s"
        if not self.bar.disable:
            self.bar.set_postfix_str(text)
            self.bar.update()
        elif not self.quiet and (time.monotonic() - self.last > 1 or entry["epoch"] == self.epochs):
            self.last = time.monotonic()
            print(f"epoch {entry['epoch']}/{self.epochs}: {text}", flush=True)

    def close(self) -> None:
        """Take the bar away."""
        self.bar.close()
