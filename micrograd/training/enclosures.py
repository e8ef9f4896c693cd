"""Rigorous enclosures, in Arb, of a network's loss and of its gradient.

Everything starts from the exact binary values of weights and inputs.  By the chain rule through the layers:

    affine        u = x·W + b              ∂W = xᵀ·ct,  ∂b = 1ᵀ·ct,  ct ← ct·Wᵀ
    activation    v = φ(u), entry by entry  ct ← ct ∘ φ'(u)
    the loss      mean over rows of log Σⱼ exp(sⱼ - s_label);  ct = (softmax(s) - onehot(label))/rows

Formulas are written so that nothing cancels (1 - tanh² is sech², p - 1 is minus the sum of the others), so that with `BITS` bits an
enclosure is far narrower than a unit in the last place of a float64.  The slope of ReLU at 0 is 0, as it is in the engine; where a ball
holds 0 and other numbers, it is [0, 1].  This is a separate program: it shares no code with the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flint
import numpy as np
import numpy.typing as npt

from micrograd.carriers.arb.precision import precision as precision
from micrograd.nn import Linear
from micrograd.training.errors import TrainingError

Array = npt.NDArray[Any]
BITS = 192


def exact(array: Array) -> Any:
    """An array of floats as a matrix of exact balls."""
    rows = np.atleast_2d(np.asarray(array, np.float64))
    return flint.arb_mat(rows.shape[0], rows.shape[1], [flint.arb(v) for v in rows.ravel().tolist()])


def enclose(model: Any, arrays: dict[str, Array], x: Array, labels: Array) -> tuple[Any, dict[str, Any]]:
    """The mean cross-entropy, and by parameter a matrix of enclosures of its gradient.

    Raises:
        TrainingError: the model has a layer that is not covered here.
    """
    layers = [(name, part) for name, part in model.modules() if not list(part.children())]
    value = exact(x)
    trail: list[tuple[str, Any, Any]] = []
    for name, layer in layers:
        trail.append((name, layer, value))
        value = _forward(name, layer, value, arrays)
    loss, ct = _cross_entropy(value, labels)
    gradients: dict[str, Any] = {}
    for name, layer, inputs in reversed(trail):
        if isinstance(layer, Linear):
            weight, bias = _key(name, "weight"), _key(name, "bias")
            gradients[weight] = inputs.transpose() * ct
            if bias in arrays:
                gradients[bias] = flint.arb_mat(1, ct.nrows(), [flint.arb(1)] * ct.nrows()) * ct
            if layer is not layers[0][1]:
                ct = ct * exact(arrays[weight]).transpose()
        else:
            slope = _functions(layer)[1]
            slopes = _entrywise(slope, inputs)
            ct = _entrywise(lambda g, s: g * s, ct, slopes)
    return loss, gradients


def _key(name: str, what: str) -> str:
    return f"{name}.{what}" if name else what


def _forward(name: str, layer: Any, value: Any, arrays: dict[str, Array]) -> Any:
    if not isinstance(layer, Linear):
        return _entrywise(_functions(layer)[0], value)
    result = value * exact(arrays[_key(name, "weight")])
    bias = _key(name, "bias")
    if bias in arrays:
        ones = flint.arb_mat(result.nrows(), 1, [flint.arb(1)] * result.nrows())
        result = result + ones * exact(arrays[bias])
    return result


def _sigmoid(u: Any) -> Any:
    return 1 / (1 + (-u).exp())


def _softplus(u: Any) -> Any:
    return u + (-u).exp().log1p() if u > 0 else u.exp().log1p()


def _relu(u: Any) -> Any:
    return u if u > 0 else flint.arb(0) if u <= 0 else u.union(flint.arb(0))


def _step(u: Any) -> Any:
    return flint.arb(1) if u > 0 else flint.arb(0) if u <= 0 else flint.arb(0).union(flint.arb(1))


Function = Callable[[Any], Any]
FUNCTIONS: dict[str, tuple[Function, Function]] = {
    "Identity": (lambda u: u, lambda u: flint.arb(1)),
    "ReLU": (_relu, _step),
    "Sigmoid": (_sigmoid, lambda u: _sigmoid(u) * _sigmoid(-u)),
    "Softplus": (_softplus, _sigmoid),
    "Tanh": (lambda u: u.tanh(), lambda u: u.sech() ** 2),
}
"""Activations and their derivatives, by the name of the module."""


def _functions(layer: Any) -> tuple[Function, Function]:
    kind = type(layer).__name__
    if kind not in FUNCTIONS:
        raise TrainingError(f"receipts know no {kind}", 2)
    return FUNCTIONS[kind]


def _entrywise(f: Any, *matrices: Any) -> Any:
    first = matrices[0]
    entries = zip(*(m.entries() for m in matrices), strict=True)
    return flint.arb_mat(first.nrows(), first.ncols(), [f(*row) for row in entries])


def _cross_entropy(scores: Any, labels: Array) -> tuple[Any, Any]:
    """Mean cross-entropy of softmax, and its derivative by the scores."""
    rows, columns = scores.nrows(), scores.ncols()
    total, slopes = flint.arb(0), []
    for i, label in enumerate(np.asarray(labels).tolist()):
        weights = [(scores[i, j] - scores[i, label]).exp() for j in range(columns)]
        others = sum((w for j, w in enumerate(weights) if j != label), flint.arb(0))
        total += others.log1p()
        slopes += [(-others if j == label else w) / ((1 + others) * rows) for j, w in enumerate(weights)]
    return total / rows, flint.arb_mat(rows, columns, slopes)
