"""The scalar engine at work: the classic demo that separates two half moons.

A net of single numbers, MLP(2, [16, 16, 1]), 100 points, and one step of training on all of them:

    scores = model(points),  loss = mean relu(1 - label·score) + 1e-4·Σ p²,  p ← p - rate·∂loss/∂p

A step costs some 65,000 nodes, as the reference (`benchmarks.closures`) makes them: that count divides the time of every engine.
With the garbage collector on, nothing but its ordinary runs inside the timed steps collects; with it off, the memory of one run is
collected before the next, off the clock.
"""

from __future__ import annotations

import importlib
import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks import closures
from benchmarks.tape_harness import COMPILATION, Case, Checked, Engine, Part, compile_ours, seconds_per_call

POINTS = 100
WIDTHS = (16, 16, 1)
RATE = 0.1
DECAY = 1e-4
SEED = 1337
TOLERANCE = 1e-12
SECONDS_PER_RUN = 0.25

Points = list[list[float]]


def two_moons(points: int, noise: float = 0.1, seed: int = SEED) -> tuple[Points, list[float]]:
    """Two interleaved half circles: the upper one, around (0, 0), is labelled -1, the lower one, around (1, ½), is +1."""
    rng = np.random.default_rng(seed)
    angles = [np.linspace(0.0, np.pi, points // 2), np.linspace(0.0, np.pi, points - points // 2)]
    upper = np.stack([np.cos(angles[0]), np.sin(angles[0])], axis=1)
    lower = np.stack([1.0 - np.cos(angles[1]), 0.5 - np.sin(angles[1])], axis=1)
    xs = np.concatenate([upper, lower]) + noise * rng.standard_normal((points, 2))
    return xs.tolist(), [-1.0] * len(upper) + [1.0] * len(lower)


def total_loss(value: Any, model: Any, rows: Points, labels: Sequence[float]) -> Any:
    """The demo's loss, with an engine's class of values and its model."""
    inputs = [list(map(value, row)) for row in rows]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * score).relu() for yi, score in zip(labels, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    return data_loss + DECAY * sum(p * p for p in model.parameters())


class Scalars:
    """An engine with the classes `Value` and `MLP`."""

    values = ""
    networks = ""

    def __init__(self, points: int) -> None:
        self.value = importlib.import_module(self.values).Value
        self.rows, self.labels = two_moons(points)
        random.seed(SEED)
        self.model = importlib.import_module(self.networks).MLP(2, list(WIDTHS))

    def step(self) -> float:
        """One step of training; the loss before it."""
        loss = total_loss(self.value, self.model, self.rows, self.labels)
        self.model.zero_grad()
        loss.backward()
        for p in self.model.parameters():
            p.data -= RATE * p.grad
        return float(loss.data)

    def check(self) -> Checked:
        loss = self.step()
        return Checked([np.array([loss]), np.array([p.grad for p in self.model.parameters()])])

    def run(self) -> float:
        return seconds_per_call(self.step, SECONDS_PER_RUN)


class Closures(Scalars):
    values = networks = "benchmarks.closures"


class Ours(Scalars):
    values, networks = "micrograd.engine", "micrograd.nn"


def initial_weights() -> list[float]:
    """The parameters of a new model as numbers: weights, then bias, neuron by neuron."""
    random.seed(SEED)
    return [float(p.data) for p in closures.MLP(2, WIDTHS).parameters()]


def score(weights: list[Any], row: Sequence[Any]) -> Any:
    """The model's answer to one point, from a plain list of parameters."""
    x, place = list(row), 0
    for layer, width in enumerate(WIDTHS):
        y = []
        for _ in range(width):
            total = weights[place + len(x)]
            for i, xi in enumerate(x):
                total = total + weights[place + i] * xi
            place += len(x) + 1
            y.append(total if layer == len(WIDTHS) - 1 else total.relu())
        x = y
    return x[0]


def loss_of_weights(weights: list[Any], rows: list[list[Any]], labels: list[Any]) -> Any:
    """The same loss as a function of numbers."""
    losses = [(1 + -yi * score(weights, row)).relu() for yi, row in zip(labels, rows, strict=True)]
    return sum(losses) * (1.0 / len(losses)) + DECAY * sum(w * w for w in weights)


class Compiled:
    """Ours, recorded once: points, labels and weights stay arguments."""

    def __init__(self, points: int) -> None:
        self.rows, self.labels = two_moons(points)
        self.weights = initial_weights()
        value_and_grad = importlib.import_module("micrograd.engine").value_and_grad
        self.program = compile_ours(value_and_grad(loss_of_weights), self.weights, self.rows, self.labels)

    def step(self) -> tuple[float, list[float]]:
        loss, gradient = self.program(self.weights, self.rows, self.labels)
        self.weights = [w - RATE * g for w, g in zip(self.weights, gradient, strict=True)]
        return loss, gradient

    def check(self) -> Checked:
        loss, gradient = self.step()
        return Checked([np.array([loss]), np.array(gradient)])

    def run(self) -> float:
        return seconds_per_call(self.step, SECONDS_PER_RUN)


def count_nodes(points: int) -> int:
    """Nodes of one step's graph in the reference engine."""
    rows, labels = two_moons(points)
    loss = total_loss(closures.Value, closures.MLP(2, WIDTHS), rows, labels)
    return len(closures.ordered(loss))


def cases(points: int = POINTS) -> list[Case]:
    nodes = count_nodes(points)
    kilo = f"{nodes / 1000:.{max(0, 2 - int(math.log10(nodes / 1000)))}f}k" if nodes >= 1000 else str(nodes)
    return [Case(f"{points} points", (("ms/step", 1e3), (f"ns/node of {kilo}", 1e9 / nodes)), TOLERANCE, points)]


PART = Part(
    "moons",
    "two moons, MLP(2, [16, 16, 1]) of scalars, one step: forward, backward, SGD",
    (
        Engine("ours", "micrograd.nn", Ours),
        Engine("ours-nogc", "micrograd.nn", Ours, collected=False),
        Engine("ours-compiled", COMPILATION, Compiled),
        Engine("closures", "benchmarks.closures", Closures),
        Engine("closures-nogc", "benchmarks.closures", Closures, collected=False),
    ),
)
