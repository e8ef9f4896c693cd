"""First weights: zeros, uniform, normal, and the variances of He and of Glorot.

    uniform(a): U[-a, a]            normal(s): N(0, s²)
    he_*:       variance 2/n_in     glorot_*:  variance 2/(n_in + n_out)         a uniform of variance v has a = √(3v)

An initialiser is a function ``(rng, shape, dtype) -> array``; n_in and n_out are the first and the last length of the shape.  Numbers are
drawn in double precision and rounded once, so the same seed gives the same network in every dtype, up to that rounding.

References: He et al., "Delving deep into rectifiers" (2015); Glorot and Bengio, "Understanding the difficulty of training deep
feedforward neural networks" (2010).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

Shape = tuple[int, ...]
Initialiser = Callable[[np.random.Generator, Shape, Any], npt.NDArray[Any]]


def zeros(rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> npt.NDArray[Any]:
    """Zeros; nothing is drawn."""
    return np.zeros(shape, dtype)


def _uniform(rng: np.random.Generator, shape: Shape, dtype: Any = np.float32, *, limit: float) -> npt.NDArray[Any]:
    return rng.uniform(-limit, limit, shape).astype(dtype)


def _normal(rng: np.random.Generator, shape: Shape, dtype: Any = np.float32, *, deviation: float) -> npt.NDArray[Any]:
    return (rng.standard_normal(shape) * deviation).astype(dtype)


def uniform(limit: float) -> Initialiser:
    """Uniform in [-limit, limit].

    >>> uniform(0.5)(np.random.default_rng(0), (2, 2), np.float64).round(3)
    array([[ 0.137, -0.23 ],
           [-0.459, -0.483]])
    """
    return partial(_uniform, limit=_positive("uniform", limit))


def normal(deviation: float) -> Initialiser:
    """Normal with mean 0 and this standard deviation."""
    return partial(_normal, deviation=_positive("normal", deviation))


def _positive(name: str, width: float) -> float:
    if not 0 < width < math.inf:
        raise ValueError(f"{name}: the width must be positive and finite, not {width}")
    return width


def _fans(shape: Shape) -> tuple[int, int]:
    if len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"he and glorot are for matrices with entries, not for shape {shape}")
    return shape[0], shape[-1]


def he_normal(rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> npt.NDArray[Any]:
    """Normal with variance 2/n_in, for relu.

    >>> he_normal(np.random.default_rng(0), (2, 3)).dtype
    dtype('float32')
    """
    n_in, _ = _fans(shape)
    return _normal(rng, shape, dtype, deviation=math.sqrt(2 / n_in))


def he_uniform(rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> npt.NDArray[Any]:
    """Uniform with variance 2/n_in, for relu."""
    n_in, _ = _fans(shape)
    return _uniform(rng, shape, dtype, limit=math.sqrt(6 / n_in))


def glorot_normal(rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> npt.NDArray[Any]:
    """Normal with variance 2/(n_in + n_out), for tanh and sigmoid."""
    return _normal(rng, shape, dtype, deviation=math.sqrt(2 / sum(_fans(shape))))


def glorot_uniform(rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> npt.NDArray[Any]:
    """Uniform with variance 2/(n_in + n_out), for tanh and sigmoid."""
    return _uniform(rng, shape, dtype, limit=math.sqrt(6 / sum(_fans(shape))))


INITIALISERS: Mapping[str, Initialiser] = {
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "glorot_normal": glorot_normal,
    "glorot_uniform": glorot_uniform,
    "zeros": zeros,
}
"""The initialisers that need no width, by name."""
