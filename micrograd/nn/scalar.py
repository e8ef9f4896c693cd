"""Networks of single numbers, for teaching: each weight is a `Value` of its own.

The classes, their arguments and the numbers they give are those of Karpathy's micrograd.  Weights are drawn uniformly from [-1, 1] by
Python's ``random``, weight by weight; biases are 0; hidden layers apply relu, the last layer is linear.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from micrograd.engine.affine import affine
from micrograd.engine.value import Value


class Module:
    """Something with parameters."""

    def zero_grad(self) -> None:
        """Reset the gradients of all parameters."""
        for p in self.parameters():
            p.grad = 0

    def parameters(self) -> list[Value]:
        """All parameters, in a fixed order."""
        return []


class Neuron(Module):
    """relu(w·x + b), or w·x + b with ``nonlin=False``."""

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0)
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Any]) -> Value:
        w = self.w
        if len(x) != len(w):
            w, x = w[: len(x)], x[: len(w)]
        act: Value = affine(self.b, *w, *x)
        return act.relu() if self.nonlin else act

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """Neurons side by side; one neuron gives its value, more a list."""

    def __init__(self, nin: int, nout: int, **kwargs: Any) -> None:
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x: Sequence[Any]) -> Any:
        out = [n(x) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        return [p for n in self.neurons for p in n.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(str(n) for n in self.neurons)}]"


class MLP(Module):
    """Layers one after the other; the last one is linear.

    >>> model = MLP(2, [16, 16, 1])
    >>> len(model.parameters())
    337
    """

    def __init__(self, nin: int, nouts: Sequence[int]) -> None:
        sizes = [nin, *nouts]
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=i != len(nouts) - 1) for i in range(len(nouts))]

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(str(layer) for layer in self.layers)}]"
