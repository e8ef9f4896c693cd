"""Training on MNIST from bytes, side by side: one epoch of a 784-32-10 net, relu, softmax cross-entropy, SGD with rate 0.1.

Every engine does the same work on the clock: shuffle the indices, and for each batch gather rows of bytes, scale them to floats by 1/255,
loss, gradients, update.  No engine may keep a copy of the images as floats.

* *numpy*: by hand, each intermediate result a new array;
* *numpy-out*: by hand, every array allocated once and ``out=`` throughout;
* *autograd*, *torch*: HIPS autograd and eager PyTorch;
* *jax*: one jitted step, gather and update included, weights donated;
* *ours-eager*: `micrograd.nn` with ``loss.backward()`` and ``optimiser.step()``;
* *ours-step*: `micrograd.nn.Batches` and `micrograd.nn.make_step`, compiled.

Data: MNIST's files if they are found in the folder ``mnist`` of ``$MICROGRAD_DATA`` or of ``../shared/data``, otherwise random bytes of
that shape, a fifth of them not 0; time does not depend on what the pixels show.

How: as `benchmarks.tape` does (one process and one core for each engine, one thread for BLAS, runs in turn, medians of processor time).
The changes of all weights in a few steps must agree, otherwise the program exits with status 1.

Run it from the root of the source tree:  python -m benchmarks.mnist  (--help shows the options)
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import tape
from benchmarks.tape_harness import Array, Case, Checked, Engine, Part, clock
from benchmarks.tape_mnist import (
    CHECK_STEPS,
    IMAGES,
    RATE,
    SEED,
    SETTINGS,
    SIZES,
    TOLERANCES,
    Autograd,
    Jax,
    NumPy,
    NumPyBuffers,
    Settings,
    Torch,
    Training,
    gradients,
    initial_weights,
)

SCALE = 1 / 255
ORDER = 11
"""Seed of the shuffles: in the steps that are compared no input of relu is within 1e-5 of the kink, where a rounding would decide."""
FILES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")


def folder() -> Path | None:
    """Where MNIST's files are, if anywhere."""
    found = [os.environ.get("MICROGRAD_DATA"), Path(__file__).resolve().parents[2] / "shared" / "data"]
    for path in (Path(place) / "mnist" for place in found if place):
        if all((path / name).is_file() for name in FILES):
            return path
    return None


def dataset(count: int) -> tuple[Array, Array]:
    """The first images as bytes (n, 784), and their labels."""
    path = folder()
    if path is not None and count <= IMAGES:
        images, labels = (gzip.decompress((path / name).read_bytes()) for name in FILES)
        pixels = np.frombuffer(images, np.uint8, offset=16).reshape(-1, SIZES[0])[:count]
        return pixels, np.frombuffer(labels, np.uint8, offset=8)[:count].astype(np.int64)
    rng = np.random.default_rng(SEED)
    pixels = rng.integers(0, 256, (count, SIZES[0]), dtype=np.uint8)
    pixels[rng.random(pixels.shape, dtype=np.float32) < 0.8] = 0
    return pixels, rng.integers(0, SIZES[2], count)


class OnBytes(Training):
    """A runner on bytes.  Shuffling is on the clock; making an engine's own index arrays of the result is not."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.images, self.labels = dataset(settings.images)
        self.order = np.random.default_rng(ORDER)
        self.scale = np.dtype(settings.dtype).type(SCALE)
        self.load(initial_weights(settings.dtype))

    def gathered(self, index: Any) -> Any:
        return self.images[index] * self.scale

    def run(self) -> float:
        start = clock()
        table = self.shuffled(self.settings.steps)
        spent = clock() - start
        batches = self.batches(table)
        start = clock()
        self.epoch(batches)
        return (clock() - start + spent) / self.settings.steps


class NumPyOnBytes(OnBytes, NumPy):
    def step(self, index: Any) -> Any:
        loss, found = gradients(self.parameters, self.gathered(index), self.labels[index])
        for p, g in zip(self.parameters, found, strict=True):
            p -= RATE * g
        return loss


class NumPyBuffersOnBytes(OnBytes, NumPyBuffers):
    def load(self, weights: list[Array]) -> None:
        super().load(weights)
        self.raw = np.empty(self.x.shape, np.uint8)
        self.factor = np.array(self.scale)

    def step(self, index: Any) -> Any:
        np.take(self.images, index, 0, self.raw, mode="clip")
        np.take(self.labels, index, 0, self.y, mode="clip")
        np.multiply(self.raw, self.factor, out=self.x)
        loss, found = self.by_hand(self.parameters, self.x, self.y)
        for p, g in zip(self.parameters, found, strict=True):
            np.multiply(g, RATE, out=g)
            np.subtract(p, g, out=p)
        return loss


class AutogradOnBytes(OnBytes, Autograd):
    def step(self, index: Any) -> Any:
        loss, found = self.differentiated(*self.parameters, self.gathered(index), self.labels[index])
        for p, g in zip(self.parameters, found, strict=True):
            p -= RATE * g
        return loss


class TorchOnBytes(OnBytes, Torch):
    def load(self, weights: list[Array]) -> None:
        self.images, self.labels = self.images.copy(), self.labels.copy()  # torch warns of arrays that are read-only
        super().load(weights)
        self.dtype = getattr(self.api, self.settings.dtype)

    def step(self, index: Any) -> Any:
        torch = self.api
        w1, b1, w2, b2 = self.parameters
        x, labels = self.images.index_select(0, index).to(self.dtype).mul_(float(self.scale)), self.labels.index_select(0, index)
        loss = self.loss(torch.addmm(b2, torch.relu(torch.addmm(b1, x, w1)), w2), labels)
        loss.backward()
        with torch.no_grad():
            for p in self.parameters:
                p.sub_(p.grad, alpha=RATE)
                p.grad = None
        return loss


class JaxOnBytes(OnBytes, Jax):
    def trained(self, weights: Any, images: Any, labels: Any, index: Any) -> Any:
        x = images[index].astype(self.settings.dtype) * self.scale
        loss, found = self.jax.value_and_grad(self.loss)(weights, x, labels[index])
        return tuple(w - RATE * g for w, g in zip(weights, found, strict=True)), loss


class OursEager(OnBytes):
    def load(self, weights: list[Array]) -> None:
        nn: Any = importlib.import_module("micrograd.nn")
        self.model = nn.multilayer(SIZES, nn.ReLU, rng=np.random.default_rng(0), dtype=self.settings.dtype)
        self.model.load_state_dict(dict(zip(self.model.arrays(), weights, strict=True)))
        self.parameters = list(self.model.arrays().values())
        self.optimiser = nn.SGD(self.model, lr=RATE)
        self.cross_entropy = nn.cross_entropy

    def step(self, index: Any) -> Any:
        loss = self.cross_entropy(self.model(self.gathered(index)), self.labels[index])
        loss.backward()
        self.optimiser.step()
        self.optimiser.zero_grad()
        return loss


class OursStep(OursEager):
    """Batches are shuffled by the engine itself, with the same generator, so in the same order."""

    def load(self, weights: list[Array]) -> None:
        super().load(weights)
        nn: Any = importlib.import_module("micrograd.nn")
        self.data = nn.Batches(self.images, self.labels, self.settings.batch, self.order, scale=SCALE, dtype=self.settings.dtype)
        self.trained = nn.make_step(self.model, nn.cross_entropy, self.optimiser, self.data.x.shape)

    def train(self, steps: int) -> None:
        while steps > 0:
            for x, labels in islice(self.data, steps):
                if len(x) == self.settings.batch:
                    self.trained(x, labels)
                steps -= 1

    def check(self) -> Checked:
        before = initial_weights(self.settings.dtype)
        self.train(CHECK_STEPS)
        return Checked([after - start for after, start in zip(self.weights(), before, strict=True)])

    def run(self) -> float:
        start = clock()
        self.train(self.settings.steps)
        return (clock() - start) / self.settings.steps


PART = Part(
    "mnist",
    f"MNIST from bytes, 784-32-10: one epoch of {IMAGES} images, one thread",
    (
        Engine("numpy", "numpy", NumPyOnBytes),
        Engine("numpy-out", "numpy", NumPyBuffersOnBytes),
        Engine("autograd", "autograd", AutogradOnBytes),
        Engine("torch", "torch", TorchOnBytes),
        Engine("jax", "jax", JaxOnBytes),
        Engine("ours-eager", "micrograd.nn", OursEager),
        Engine("ours-step", "micrograd.nn.trainer", OursStep),
    ),
)


def cases(steps: int | None = None, images: int = IMAGES) -> list[Case]:
    """Four cases; a run is an epoch unless the number of steps is given."""
    return [
        Case(
            f"{dtype.replace('float', 'f')} B{batch}",
            (("s/epoch", images / batch),),
            TOLERANCES[dtype],
            Settings(dtype, batch, steps or max(1, images // batch), images),
        )
        for dtype, batch in SETTINGS
    ]


def parser() -> argparse.ArgumentParser:
    names = [engine.name for engine in PART.engines]
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.mnist",
        description=str(__doc__),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--engines", nargs="+", choices=names, metavar="ENGINE", default=names, help=", ".join(names))
    made.add_argument("--repeats", type=int, default=5, help="timed runs after the warm-up (default 5)")
    made.add_argument("--limit", type=float, default=60.0, help="seconds for one engine in one case (default 60)")
    made.add_argument("--steps", type=int, help="steps per run (default: an epoch)")
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; 1 if engines disagree."""
    arguments = parser()
    options = arguments.parse_args(argv)
    if options.repeats < 1 or options.limit <= 0 or (options.steps is not None and options.steps < 1):
        arguments.error("--repeats, --limit and --steps must be positive")
    print(f"{PART.title}; medians of {options.repeats}; {'MNIST' if folder() else 'random bytes'}")
    figures, agree = tape.compare(PART, cases(options.steps), tape.chosen_engines(PART, options.engines), options)
    if options.json:
        written = {"versions": tape.versions(), "repeats": options.repeats, "parts": {PART.name: figures}}
        options.json.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    return 0 if agree else 1


if __name__ == "__main__":
    raise SystemExit(main())
