"""The reference scalar engine: one object and one closure per operation.

The well-known teaching design, in our own words.  An operation makes a new `Value` that keeps the set of its operands and a closure;
called, the closure adds to the operands' gradients.  ``backward()`` orders the graph by a recursive depth-first search with a set of
visited nodes and calls the closures from the last to the first:

    out = f(a, b):    a.grad += ∂f/∂a · out.grad,    b.grad += ∂f/∂b · out.grad

Numbers become nodes; differences and quotients are built from sums, products and powers.  Each closure refers to its own node, so graphs
are reference cycles: only the garbage collector frees them, and how often it runs decides much of the time.

The networks draw their weights as `micrograd.nn` does: uniform in [-1, 1], neuron by neuron; biases are 0; the last layer is linear.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any


def nothing() -> None:
    """What an input does when its gradient is known."""


class Value:
    """A number, its gradient, its operands and how its gradient reaches them."""

    def __init__(self, data: Any, operands: tuple[Value, ...] = (), label: str = "") -> None:
        self.data = data
        self.grad: Any = 0
        self.operands = set(operands)
        self.push: Callable[[], None] = nothing
        self.label = label

    def __add__(self, other: Any) -> Value:
        addend = other if isinstance(other, Value) else Value(other)
        total = Value(self.data + addend.data, (self, addend), "+")

        def push() -> None:
            self.grad += total.grad
            addend.grad += total.grad

        total.push = push
        return total

    def __mul__(self, other: Any) -> Value:
        factor = other if isinstance(other, Value) else Value(other)
        product = Value(self.data * factor.data, (self, factor), "*")

        def push() -> None:
            self.grad += factor.data * product.grad
            factor.grad += self.data * product.grad

        product.push = push
        return product

    def __pow__(self, exponent: float) -> Value:
        power = Value(self.data**exponent, (self,), f"**{exponent}")

        def push() -> None:
            self.grad += exponent * self.data ** (exponent - 1) * power.grad

        power.push = push
        return power

    def relu(self) -> Value:
        """max(x, 0); the derivative at 0 is 0."""
        positive = Value(0 if self.data < 0 else self.data, (self,), "relu")

        def push() -> None:
            self.grad += (positive.data > 0) * positive.grad

        positive.push = push
        return positive

    def __radd__(self, other: float) -> Value:
        return self + other

    def __rmul__(self, other: float) -> Value:
        return self * other

    def __neg__(self) -> Value:
        return self * -1

    def __sub__(self, other: Value | float) -> Value:
        return self + (-other)

    def __rsub__(self, other: float) -> Value:
        return (-self) + other

    def __truediv__(self, other: Value | float) -> Value:
        return self * other**-1

    def __rtruediv__(self, other: float) -> Value:
        return self**-1 * other

    def backward(self) -> None:
        """Add the derivatives of this value to the gradients of everything it was computed from."""
        self.grad = 1
        for node in reversed(ordered(self)):
            node.push()


def ordered(root: Value) -> list[Value]:
    """All nodes below and including the root, each after its operands; recursive, so as deep as Python's limit allows."""
    order: list[Value] = []
    visited: set[Value] = set()

    def visit(node: Value) -> None:
        if node not in visited:
            visited.add(node)
            for operand in node.operands:
                visit(operand)
            order.append(node)

    visit(root)
    return order


class Neuron:
    """relu(w·x + b), or w·x + b."""

    def __init__(self, inputs: int, rectified: bool) -> None:
        self.weights = [Value(random.uniform(-1, 1)) for _ in range(inputs)]
        self.bias = Value(0)
        self.rectified = rectified

    def __call__(self, x: Sequence[Any]) -> Value:
        total = sum((w * xi for w, xi in zip(self.weights, x, strict=True)), self.bias)
        return total.relu() if self.rectified else total


class MLP:
    """Layers of neurons; the last one is linear, and a layer of one neuron gives a value instead of a list."""

    def __init__(self, inputs: int, widths: Sequence[int]) -> None:
        sizes = [inputs, *widths]
        last = len(widths) - 1
        self.layers = [[Neuron(sizes[i], rectified=i != last) for _ in range(width)] for i, width in enumerate(widths)]

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0] if len(x) == 1 else x

    def parameters(self) -> list[Value]:
        """Weights, then bias, neuron by neuron."""
        return [p for layer in self.layers for neuron in layer for p in (*neuron.weights, neuron.bias)]

    def zero_grad(self) -> None:
        """Reset the gradients of all parameters."""
        for p in self.parameters():
            p.grad = 0
