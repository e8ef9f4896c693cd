"""Modules without parameters: activations, elementwise, and dropout.

    Tanh, ReLU, Sigmoid, Softplus   the functions of the registry, with their proved derivatives (relu'(0) = 0)
    GELU                            x·Φ(x) = x·(1 + erf(x/√2))/2; with ``approximate=True`` x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2
    Dropout(p)                      x·m/(1 - p), where m is 0 with probability p, else 1; in evaluation, x

NumPy has no erf of its own, so the exact GELU costs about a microsecond for each entry; the approximate one is at C speed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

import micrograd.engine as engine
from micrograd.engine import ShapeError, TapeError, Value
from micrograd.engine.tape import current_tape
from micrograd.nn.modules import ArrayModule


class _Activation(ArrayModule):
    """A function of the registry, by its name."""

    function = ""

    def apply(self, params: Mapping[str, Any], x: Any, f: Any = engine) -> Any:
        return getattr(f, self.function)(x)


class Tanh(_Activation):
    """tanh(x).

    >>> Tanh()(np.zeros(2))
    array([0., 0.])
    """

    function = "tanh"


class ReLU(_Activation):
    """max(x, 0); the derivative at 0 is 0."""

    function = "relu"


class Sigmoid(_Activation):
    """1/(1 + exp(-x))."""

    function = "sigmoid"


class Softplus(_Activation):
    """log(1 + exp(x))."""

    function = "softplus"


class Identity(ArrayModule):
    """x itself."""

    def apply(self, params: Mapping[str, Any], x: Any, f: Any = engine) -> Any:
        return x


class GELU(ArrayModule):
    """x·Φ(x), Φ the distribution function of the normal distribution.

    >>> GELU()(np.array([-1.0, 0.0, 1.0])).round(4)
    array([-0.1587,  0.    ,  0.8413])
    """

    def __init__(self, approximate: bool = False) -> None:
        self.approximate = approximate

    def apply(self, params: Mapping[str, Any], x: Any, f: Any = engine) -> Any:
        if self.approximate:
            return 0.5 * x * (1.0 + f.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
        return 0.5 * x * (1.0 + f.erf(x * math.sqrt(0.5)))

    def settings(self) -> str:
        return "approximate=True" if self.approximate else ""


class Dropout(ArrayModule):
    """Zero each entry with probability p and divide the others by 1 - p; in evaluation, do nothing.

    >>> layer = Dropout(0.5, np.random.default_rng(0))
    >>> layer(np.ones(6))
    array([2., 0., 0., 0., 2., 2.])
    >>> layer.eval()(np.ones(6))
    array([1., 1., 1., 1., 1., 1.])

    A mask can be given to ``apply`` as the parameter ``mask``.  A compiled function needs that, since what is drawn while it is recorded
    would stay the same for ever; `micrograd.nn.make_step` does so.

    Attributes:
        shapes: of the masks that were drawn since it was last emptied.
    """

    def __init__(self, p: float, rng: np.random.Generator) -> None:
        if not 0 <= p < 1:
            raise ValueError(f"Dropout: p must be at least 0 and below 1, not {p}")
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"Dropout: rng must be a numpy.random.Generator, not {type(rng).__name__}")
        self.p, self.rng = p, rng
        self.shapes: list[tuple[int, ...]] = []

    @property
    def active(self) -> bool:
        """Whether it changes anything in the present mode."""
        return self.training and self.p > 0

    def apply(self, params: Mapping[str, Any], x: Any, f: Any = engine) -> Any:
        if not self.active:
            return x
        mask = params.get("mask")
        if mask is None:
            draw = getattr(f, "dropout_mask", None)
            return x * (self._drawn(x) if draw is None else draw(self.p, x))
        if mask.shape != x.shape:
            raise ShapeError(f"{self!r}: the mask has shape {mask.shape}, the input {x.shape}")
        return x * mask

    def _drawn(self, x: Any) -> npt.NDArray[Any]:
        tape = current_tape()
        if getattr(tape, "tracing", False):
            raise TapeError(f"{self!r}: a compiled function would keep its first mask for ever; give the mask in params (see make_step)")
        data = x.data if isinstance(x, Value) else np.asarray(x)
        self.shapes = [*self.shapes[-7:], data.shape]
        return self.fill(np.empty(data.shape, data.dtype))

    def fill(self, mask: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Draw a mask into an array of floats."""
        if mask.dtype in (np.float32, np.float64):
            self.rng.random(out=mask, dtype=mask.dtype.type)
        else:
            mask[...] = self.rng.random(mask.shape)
        np.greater_equal(mask, self.p, out=mask)
        np.multiply(mask, 1 / (1 - self.p), out=mask)
        return mask

    def settings(self) -> str:
        return f"{self.p:g}"


ACTIVATIONS: Mapping[str, type[ArrayModule]] = {
    "tanh": Tanh,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "softplus": Softplus,
    "gelu": GELU,
    "identity": Identity,
}
"""Activations by name."""
