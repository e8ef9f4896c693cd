"""Points of the plane in two or more classes, from a generator that is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Points = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]


def _count(n: int, least: int) -> int:
    if n < least:
        raise ValueError(f"at least {least} points are needed, not {n}")
    return n


def xor() -> Points:
    """The four corners of the unit square, labelled by exclusive or.

    >>> xor()[1].tolist()
    [0, 1, 1, 0]
    """
    return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])


def linear(n: int = 200, *, rng: np.random.Generator, margin: float = 0.1) -> Points:
    """Points of the square [-1, 1]² on the two sides of a random line, none closer to it than the margin.

    Args:
        n: how many.
        rng: draws them.
        margin: the least distance from the line, 0 or more and below 1.
    """
    _count(n, 2)
    if not 0 <= margin < 1:
        raise ValueError(f"the margin is at least 0 and less than 1, not {margin}")
    angle = rng.uniform(0, 2 * np.pi)
    normal = np.array([np.cos(angle), np.sin(angle)])
    kept: list[npt.NDArray[np.float64]] = []
    found = 0
    while found < n:
        points = rng.uniform(-1, 1, (2 * n, 2))
        points = points[np.abs(points @ normal) >= margin]
        kept.append(points)
        found += len(points)
    inputs = np.concatenate(kept)[:n]
    return inputs, (inputs @ normal > 0).astype(np.int64)


def moons(n: int = 200, *, rng: np.random.Generator, noise: float = 0.1) -> Points:
    """Two interleaved half circles with Gaussian noise, in random order."""
    _count(n, 2)
    first = n // 2
    outer, inner = np.linspace(0, np.pi, first), np.linspace(0, np.pi, n - first)
    inputs = np.concatenate(
        [np.stack([np.cos(outer), np.sin(outer)], 1), np.stack([1 - np.cos(inner), 0.5 - np.sin(inner)], 1)]
    ) + noise * rng.standard_normal((n, 2))
    labels = np.repeat(np.array([0, 1]), [first, n - first])
    return _shuffled(inputs, labels, rng)


def spirals(n: int = 300, *, rng: np.random.Generator, classes: int = 3, noise: float = 0.2) -> Points:
    """Spiral arms that wind around the origin, one for each class, in random order."""
    _count(n, classes)
    labels = np.arange(n) % classes
    radius = rng.uniform(0.05, 1, n)
    angle = 4 * radius + labels * 2 * np.pi / classes + noise * rng.standard_normal(n) * radius
    inputs = np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1)
    return _shuffled(inputs, labels, rng)


def _shuffled(inputs: npt.NDArray[Any], labels: npt.NDArray[Any], rng: np.random.Generator) -> Points:
    order = rng.permutation(len(inputs))
    return inputs[order], labels[order].astype(np.int64)
