"""The array engine at work: an MNIST-shaped net, 784-32-10, relu, softmax cross-entropy, SGD with rate 0.1.

    h = relu(x·W₁ + b₁),  z = h·W₂ + b₂,  loss = mean over the batch of logsumexp(z) - z[label],  p ← p - rate·∂loss/∂p

Every engine does the same in a step: gather the batch by shuffled indices, loss, gradients, update; for x·W + b torch has ``addmm``, and
ours `linear`.  The images are random numbers, a fifth of them not 0, as in MNIST, so that no data is needed: time does not depend on
what the pixels show.

What is compared is the change of each parameter in `CHECK_STEPS` steps, relative to its largest entry.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.tape_harness import COMPILATION, Array, Case, Checked, Engine, Part, clock, compile_ours

SIZES = (784, 32, 10)
IMAGES = 60_000
RATE = 0.1
SEED = 7
CHECK_STEPS = 5
TOLERANCES = {"float32": 1e-4, "float64": 1e-10}
SETTINGS = (("float32", 16), ("float32", 64), ("float32", 256), ("float64", 64))


@dataclass(frozen=True)
class Settings:
    """One case; steps are per timed run."""

    dtype: str
    batch: int
    steps: int
    images: int = IMAGES


def dataset(settings: Settings) -> tuple[Array, Array]:
    """Images (n, 784) and labels (n,)."""
    rng = np.random.default_rng(SEED)
    images = rng.random((settings.images, SIZES[0]), dtype=np.float32)
    images = np.maximum(images - np.float32(0.8), 0) * np.float32(5)
    return images.astype(settings.dtype, copy=False), rng.integers(0, SIZES[2], settings.images)


def initial_weights(dtype: str, sizes: Sequence[int] = SIZES) -> list[Array]:
    """W₁, b₁, W₂, b₂; biases are not 0, so that a mistake in them shows."""
    rng = np.random.default_rng(SEED + 1)
    weights = []
    for rows, columns in pairwise(sizes):
        weights += [rng.standard_normal((rows, columns)) * (2 / rows) ** 0.5, rng.standard_normal(columns) / 10]
    return [w.astype(dtype) for w in weights]


def gradients(weights: Sequence[Array], x: Array, labels: Array) -> tuple[Any, list[Array]]:
    """Loss and gradients by hand, each intermediate result a new array."""
    w1, b1, w2, b2 = weights
    rows = np.arange(len(labels))
    h = np.maximum(x @ w1 + b1, 0)
    z = h @ w2 + b2
    z -= z.max(axis=1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - z[rows, labels]).mean()
    dz = e / total
    dz[rows, labels] -= 1
    dz /= len(labels)
    da = (dz @ w2.T) * (h > 0)
    return loss, [x.T @ da, da.sum(axis=0), h.T @ dz, dz.sum(axis=0)]


class Buffers:
    """The same by hand with every array allocated once: ``out=`` throughout."""

    def __init__(self, weights: Sequence[Array], batch: int) -> None:
        w1, b1, _, b2 = weights
        dtype = w1.dtype
        self.rows = np.arange(batch)
        self.h, self.da = np.empty((batch, len(b1)), dtype), np.empty((batch, len(b1)), dtype)
        self.z, self.e = np.empty((batch, len(b2)), dtype), np.empty((batch, len(b2)), dtype)
        self.column = np.empty((batch, 1), dtype)
        self.positive = np.empty((batch, len(b1)), bool)
        self.gradients = [np.empty_like(w) for w in weights]

    def __call__(self, weights: Sequence[Array], x: Array, labels: Array) -> tuple[Any, list[Array]]:
        w1, b1, w2, b2 = weights
        h, z, e, da, column, rows = self.h, self.z, self.e, self.da, self.column, self.rows
        np.matmul(x, w1, out=h)
        np.add(h, b1, out=h)
        np.maximum(h, 0, out=h)
        np.matmul(h, w2, out=z)
        np.add(z, b2, out=z)
        np.maximum.reduce(z, axis=1, out=column, keepdims=True)
        np.subtract(z, column, out=z)
        np.exp(z, out=e)
        np.add.reduce(e, axis=1, out=column, keepdims=True)
        np.divide(e, column, out=e)
        likely = e[rows, labels]
        loss = -np.add.reduce(np.log(likely)) / len(rows)
        e[rows, labels] = likely - 1
        np.divide(e, len(rows), out=e)
        np.matmul(e, w2.T, out=da)
        np.greater(h, 0, out=self.positive)
        np.multiply(da, self.positive, out=da)
        g1, c1, g2, c2 = self.gradients
        np.matmul(x.T, da, out=g1)
        np.add.reduce(da, axis=0, out=c1)
        np.matmul(h.T, e, out=g2)
        np.add.reduce(e, axis=0, out=c2)
        return loss, self.gradients


class Training:
    """The runner; an engine says how to load the weights, take a step and give the weights back."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.images: Any
        self.labels: Any
        self.images, self.labels = dataset(settings)
        self.order = np.random.default_rng(SEED + 2)
        self.load(initial_weights(settings.dtype))

    def load(self, weights: list[Array]) -> None:
        """Once, off the clock."""
        self.parameters: Any = weights

    def step(self, index: Any) -> Any:
        """Train on the images of these indices; the loss."""
        raise NotImplementedError

    def weights(self) -> list[Array]:
        return [np.array(p) for p in self.parameters]

    def batches(self, index: Array) -> Iterable[Any]:
        """The rows of an index table, as the engine likes them; off the clock."""
        return list(index)

    def epoch(self, batches: Iterable[Any]) -> None:
        for index in batches:
            self.step(index)

    def shuffled(self, steps: int) -> Array:
        """Indices for this many steps, one batch a row; repeated passes when there are not enough images."""
        wanted = steps * self.settings.batch
        passes = [self.order.permutation(self.settings.images) for _ in range(-(-wanted // self.settings.images))]
        return np.concatenate(passes)[:wanted].reshape(steps, self.settings.batch)

    def check(self) -> Checked:
        before = initial_weights(self.settings.dtype)
        self.epoch(self.batches(self.shuffled(CHECK_STEPS)))
        return Checked([after - start for after, start in zip(self.weights(), before, strict=True)])

    def run(self) -> float:
        batches = self.batches(self.shuffled(self.settings.steps))
        start = clock()
        self.epoch(batches)
        return (clock() - start) / self.settings.steps


class NumPy(Training):
    def step(self, index: Any) -> Any:
        loss, found = gradients(self.parameters, self.images[index], self.labels[index])
        for p, g in zip(self.parameters, found, strict=True):
            p -= RATE * g
        return loss


class NumPyBuffers(Training):
    """``mode="clip"`` because np.take makes a copy of ``out`` otherwise."""

    def load(self, weights: list[Array]) -> None:
        super().load(weights)
        batch = self.settings.batch
        self.by_hand = Buffers(weights, batch)
        self.x, self.y = np.empty((batch, SIZES[0]), self.settings.dtype), np.empty(batch, self.labels.dtype)

    def step(self, index: Any) -> Any:
        np.take(self.images, index, 0, self.x, mode="clip")
        np.take(self.labels, index, 0, self.y, mode="clip")
        loss, found = self.by_hand(self.parameters, self.x, self.y)
        for p, g in zip(self.parameters, found, strict=True):
            np.multiply(g, RATE, out=g)
            np.subtract(p, g, out=p)
        return loss


class Ours(Training):
    def load(self, weights: list[Array]) -> None:
        self.api: Any = importlib.import_module("micrograd.engine")
        self.parameters = list(map(self.api.Value, weights))

    def loss(self, weights: Any, x: Any, labels: Any) -> Any:
        w1, b1, w2, b2 = weights
        api = self.api
        return api.cross_entropy(api.linear(api.relu(api.linear(x, w1, b1)), w2, b2), labels)

    def step(self, index: Any) -> Any:
        loss = self.loss(self.parameters, self.images[index], self.labels[index])
        loss.backward()
        for p in self.parameters:
            p.data -= RATE * p.grad
            p.grad = None
        return loss

    def weights(self) -> list[Array]:
        return [np.array(p.data) for p in self.parameters]


class OursCompiled(Ours):
    def load(self, weights: list[Array]) -> None:
        super().load(weights)
        self.parameters = weights
        example = self.images[: self.settings.batch], self.labels[: self.settings.batch]
        self.program = compile_ours(self.api.value_and_grad(self.loss), weights, *example)

    def step(self, index: Any) -> Any:
        loss, found = self.program(self.parameters, self.images[index], self.labels[index])
        for p, g in zip(self.parameters, found, strict=True):
            g *= RATE
            p -= g
        return loss

    def weights(self) -> list[Array]:
        return [np.array(p) for p in self.parameters]


class Autograd(Training):
    def load(self, weights: list[Array]) -> None:
        super().load(weights)
        numpy: Any = importlib.import_module("autograd.numpy")
        logsumexp: Any = importlib.import_module("autograd.scipy.special").logsumexp
        rows = np.arange(self.settings.batch)

        def loss(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, labels: Any) -> Any:
            z = numpy.maximum(x @ w1 + b1, 0) @ w2 + b2
            return numpy.mean(logsumexp(z, axis=1) - z[rows, labels])

        self.differentiated = importlib.import_module("autograd").value_and_grad(loss, (0, 1, 2, 3))

    def step(self, index: Any) -> Any:
        loss, found = self.differentiated(*self.parameters, self.images[index], self.labels[index])
        for p, g in zip(self.parameters, found, strict=True):
            p -= RATE * g
        return loss


class Torch(Training):
    def load(self, weights: list[Array]) -> None:
        self.api: Any = importlib.import_module("torch")
        self.api.set_num_threads(1)
        self.loss = importlib.import_module("torch.nn.functional").cross_entropy
        self.images, self.labels = self.api.from_numpy(self.images), self.api.from_numpy(self.labels)
        self.parameters = [self.api.from_numpy(w).requires_grad_() for w in weights]

    def batches(self, index: Array) -> Iterable[Any]:
        return list(self.api.from_numpy(index))

    def step(self, index: Any) -> Any:
        torch = self.api
        w1, b1, w2, b2 = self.parameters
        x, labels = self.images.index_select(0, index), self.labels.index_select(0, index)
        loss = self.loss(torch.addmm(b2, torch.relu(torch.addmm(b1, x, w1)), w2), labels)
        loss.backward()
        with torch.no_grad():
            for p in self.parameters:
                p.sub_(p.grad, alpha=RATE)
                p.grad = None
        return loss

    def weights(self) -> list[Array]:
        return [p.detach().numpy().copy() for p in self.parameters]


class Jax(Training):
    """One jitted step, gather and update included, weights donated; batches are made arrays of jax off the clock."""

    def load(self, weights: list[Array]) -> None:
        self.jax: Any = importlib.import_module("jax")
        if self.settings.dtype == "float64":
            self.jax.config.update("jax_enable_x64", True)
        self.api: Any = importlib.import_module("jax.numpy")
        self.images, self.labels = self.api.asarray(self.images), self.api.asarray(self.labels, dtype="int32")
        self.parameters = tuple(map(self.api.array, weights))
        self.jitted = self.jax.jit(self.trained, donate_argnums=0)

    def loss(self, weights: Any, x: Any, labels: Any) -> Any:
        w1, b1, w2, b2 = weights
        z = self.jax.nn.relu(x @ w1 + b1) @ w2 + b2
        picked = self.api.take_along_axis(z, labels[:, None], axis=1)[:, 0]
        return self.api.mean(self.jax.nn.logsumexp(z, axis=1) - picked)

    def trained(self, weights: Any, images: Any, labels: Any, index: Any) -> Any:
        loss, found = self.jax.value_and_grad(self.loss)(weights, images[index], labels[index])
        return tuple(w - RATE * g for w, g in zip(weights, found, strict=True)), loss

    def batches(self, index: Array) -> Iterable[Any]:
        return list(self.api.asarray(index, dtype="int32"))

    def step(self, index: Any) -> Any:
        self.parameters, loss = self.jitted(self.parameters, self.images, self.labels, index)
        return loss

    def epoch(self, batches: Iterable[Any]) -> None:
        super().epoch(batches)
        self.jax.block_until_ready(self.parameters)


class JaxScan(Jax):
    """All steps of a run in one program."""

    def load(self, weights: list[Array]) -> None:
        super().load(weights)
        self.jitted = self.jax.jit(self.scanned, donate_argnums=0)

    def scanned(self, weights: Any, images: Any, labels: Any, index: Any) -> Any:
        return self.jax.lax.scan(lambda carry, rows: self.trained(carry, images, labels, rows), weights, index)

    def batches(self, index: Array) -> Iterable[Any]:
        return [self.api.asarray(index, dtype="int32")]


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


PART = Part(
    "mnist",
    f"MNIST-shaped training, 784-32-10: one epoch of {IMAGES} images, one thread",
    (
        Engine("ours", "micrograd.engine", Ours),
        Engine("ours-compiled", COMPILATION, OursCompiled),
        Engine("numpy", "numpy", NumPy),
        Engine("numpy-out", "numpy", NumPyBuffers),
        Engine("autograd", "autograd", Autograd),
        Engine("torch", "torch", Torch),
        Engine("jax", "jax", Jax),
        Engine("jax-scan", "jax", JaxScan),
    ),
)
