"""Optimisers: `SGD`, `Adam`, `AdamW`, which change parameter arrays in place.

    SGD     g ← g + λ·p;  v ← μ·v + g;  d = v (Nesterov: g + μ·v; μ = 0: g);  p ← p - η·d
    Adam    g ← g + λ·p;  m ← β₁·m + (1 - β₁)·g;  v ← β₂·v + (1 - β₂)·g²;
            p ← p - η/(1 - β₁ᵗ) · m/(√v/√(1 - β₂ᵗ) + ε)                             in step t = 1, 2, …
    AdamW   p ← (1 - η·λ)·p, then Adam with λ = 0

These are PyTorch's formulas.  η is the learning rate times ``schedule(steps done)``.  A step allocates no arrays: every intermediate result
has its buffer, and numbers are stored in the parameter's dtype, so float32 stays float32.

References: Sutskever et al., "On the importance of initialization and momentum" (2013); Kingma and Ba, "Adam" (2015); Loshchilov and
Hutter, "Decoupled weight decay regularization" (2019).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from micrograd.engine import Value
from micrograd.nn.errors import StateError
from micrograd.nn.modules import ArrayModule, check_state
from micrograd.nn.schedules import Constant, Schedule

Array = npt.NDArray[Any]


def _at_least_zero(what: str, **numbers: float) -> None:
    for name, number in numbers.items():
        if not 0 <= number < math.inf:
            raise ValueError(f"{what}: {name} must be at least 0 and finite, not {number}")


class Optimiser:
    """The common part: which arrays, which learning rate, which buffers.

    Args:
        parameters: a module, or arrays (or `Value` leaves) by name; floating-point arrays that can be written to.
        lr: the learning rate.
        schedule: a function of the number of steps done, whose value multiplies the learning rate.

    Attributes:
        steps: the number of steps done.
    """

    state_names: tuple[str, ...] = ()
    """Names of the buffers that belong to the state; each has one array for each parameter."""

    def __init__(self, parameters: ArrayModule | Mapping[str, Any], lr: float, schedule: Schedule | None = None) -> None:
        what = type(self).__name__
        _at_least_zero(what, lr=lr)
        given = parameters.named_parameters() if isinstance(parameters, ArrayModule) else dict(parameters)
        self.values = {name: p for name, p in given.items() if isinstance(p, Value)}
        self.arrays: dict[str, Array] = {name: p.data if isinstance(p, Value) else p for name, p in given.items()}
        if not self.arrays:
            raise ValueError(f"{what}: there are no parameters")
        for name, array in self.arrays.items():
            if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or not array.flags.writeable:
                raise TypeError(f"{what}: parameter {name} must be a floating-point array that can be written to")
        self.lr, self.schedule = lr, Constant() if schedule is None else schedule
        self.steps = 0
        self.buffers = {kind: {name: np.zeros_like(p) for name, p in self.arrays.items()} for kind in self.state_names}
        self._numbers = {dtype: np.zeros(8, dtype) for dtype in {p.dtype for p in self.arrays.values()}}
        self._last_numbers: tuple[float, ...] | None = None
        self._slots = [self._slot(name, p) for name, p in self.arrays.items()]

    def _slot(self, name: str, p: Array) -> tuple[Array, ...]:
        """What a step needs of one parameter: the array, its state, two buffers, then numbers as 0-dimensional arrays."""
        state = [buffers[name] for buffers in self.buffers.values()]
        numbers = self._numbers[p.dtype]
        return (p, *state, np.empty_like(p), np.empty_like(p), *[numbers[i : i + 1].reshape(()) for i in range(8)])

    def rate(self) -> float:
        """The learning rate of the next step."""
        return self.lr * self.schedule(self.steps)

    def step(self, gradients: Mapping[str, Any] | None = None) -> None:
        """Change all parameters once.

        Args:
            gradients: arrays by the parameters' names; by default the ``.grad`` of the values that the optimiser was made of.

        Raises:
            StateError: a gradient is missing or has another shape; a parameter was given another array.
        """
        if gradients is None:
            for name, value in self.values.items():
                if value.data is not self.arrays[name]:
                    raise StateError(f"parameter {name} was given another array; change it in place, or make a new optimiser")
            if len(self.values) < len(self.arrays):
                raise StateError("step() without gradients is for parameters that are values; give the gradients by name")
            found: Iterable[Any] = [_or_zeros(value.grad, self.arrays[name]) for name, value in self.values.items()]
        else:
            if gradients.keys() != self.arrays.keys():
                different = ", ".join(sorted(gradients.keys() ^ self.arrays.keys()))
                raise StateError(f"gradients and parameters have different names: {different}")
            found = [gradients[name] for name in self.arrays]
        self.update(list(found))

    def update(self, gradients: Sequence[Any], own: bool = False) -> None:
        """`step`, with gradients in the order of the parameters; with ``own`` they may be overwritten, and their shapes are right."""
        if not own:
            self._check_shapes(gradients)
        numbers = self.numbers()
        if numbers != self._last_numbers:
            self._last_numbers = numbers
            for buffer in self._numbers.values():
                buffer[: len(numbers)] = numbers
        self.change_all(gradients, own)
        self.steps += 1

    def _check_shapes(self, gradients: Sequence[Any]) -> None:
        for (name, p), g in zip(self.arrays.items(), gradients, strict=True):
            if g.shape != p.shape:
                raise StateError(f"the gradient of {name} has shape {g.shape}, not {p.shape}")

    def change_all(self, gradients: Sequence[Any], own: bool) -> None:
        """Change all parameters, once the numbers of the step are in place."""
        for slot, g in zip(self._slots, gradients, strict=True):
            self.change(g, *slot)

    def numbers(self) -> tuple[float, ...]:
        """The numbers that `change` needs in this step."""
        raise NotImplementedError

    def change(self, g: Array, p: Array, *rest: Array) -> None:
        """Change one parameter: its gradient, array, state, two buffers, and the numbers of this step."""
        raise NotImplementedError

    def zero_grad(self) -> None:
        """Reset the gradients of the values that the optimiser was made of."""
        for value in self.values.values():
            value.grad = 0

    def state_dict(self) -> dict[str, Array]:
        """Copies of all that the next step depends on, except the parameters and the settings: ``steps``, ``momentum.0.weight``, …"""
        state = {f"{kind}.{name}": b.copy() for kind, buffers in self.buffers.items() for name, b in buffers.items()}
        return {"steps": np.array(self.steps, np.int64), **state}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state.

        Raises:
            StateError: names, shapes or dtypes differ; then nothing was changed.
        """
        mine = {f"{kind}.{name}": b for kind, buffers in self.buffers.items() for name, b in buffers.items()}
        check_state({"steps": np.array(0, np.int64), **mine}, state, type(self).__name__)
        for name, buffer in mine.items():
            np.copyto(buffer, state[name])
        self.steps = int(state["steps"])

    def settings(self) -> dict[str, Any]:
        """The settings by name."""
        return {"lr": self.lr, "schedule": self.schedule}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.settings().items())})"


def _or_zeros(grad: Any, like: Array) -> Any:
    """A gradient; zeros for a parameter that the loss did not depend on."""
    return grad if isinstance(grad, np.ndarray) else np.full_like(like, grad)


class SGD(Optimiser):
    """Gradient descent with momentum, Nesterov's or plain, and weight decay.

    >>> p = np.array([1.0, 2.0])
    >>> optimiser = SGD({"p": p}, lr=0.5, momentum=0.9)
    >>> for _ in range(2):
    ...     optimiser.step({"p": np.array([1.0, 0.0])})
    >>> p
    array([-0.45,  2.  ])
    """

    def __init__(
        self,
        parameters: ArrayModule | Mapping[str, Any],
        lr: float,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        schedule: Schedule | None = None,
    ) -> None:
        _at_least_zero("SGD", momentum=momentum, weight_decay=weight_decay)
        if nesterov and not momentum:
            raise ValueError("SGD: nesterov needs a momentum above 0")
        self.momentum, self.nesterov, self.weight_decay = momentum, nesterov, weight_decay
        self.state_names = ("momentum",) if momentum else ()
        super().__init__(parameters, lr, schedule)
        self._plain = None if momentum or weight_decay else [(slot[0], slot[1], slot[3]) for slot in self._slots]

    def numbers(self) -> tuple[float, ...]:
        return self.rate(), self.momentum, self.weight_decay

    def change_all(self, gradients: Sequence[Any], own: bool) -> None:
        if self._plain is None:
            super().change_all(gradients, own)
            return
        own = own and len(set(map(id, gradients))) == len(gradients)  # parameters that are added share their gradient
        multiply, subtract = np.multiply, np.subtract
        for (p, work, rate), g in zip(self._plain, gradients, strict=True):
            step = g if own and g.dtype == p.dtype else work
            multiply(g, rate, step)
            subtract(p, step, p)

    def change(self, g: Array, p: Array, *rest: Array) -> None:
        velocity = rest[0] if self.momentum else None
        work, other, rate, momentum, decay = rest[1 if self.momentum else 0 :][:5]
        if self.weight_decay:
            np.multiply(p, decay, other)
            g = np.add(g, other, other)
        if velocity is not None:
            np.multiply(velocity, momentum, velocity)
            np.add(velocity, g, velocity)
            if self.nesterov:
                np.multiply(velocity, momentum, work)
                g = np.add(g, work, work)
            else:
                g = velocity
        np.multiply(g, rate, work)
        np.subtract(p, work, p)

    def settings(self) -> dict[str, Any]:
        mine = {"momentum": self.momentum, "nesterov": self.nesterov, "weight_decay": self.weight_decay}
        return {"lr": self.lr, **mine, "schedule": self.schedule}


class Adam(Optimiser):
    """Adam; the weight decay is added to the gradient.

    >>> p = np.array([1.0])
    >>> Adam({"p": p}, lr=0.1).step({"p": np.array([5.0])})
    >>> p.round(6)
    array([0.9])
    """

    state_names = ("first", "second")
    decoupled = False
    """Whether the weight decay shrinks the parameter (AdamW) instead of changing the gradient."""

    def __init__(
        self,
        parameters: ArrayModule | Mapping[str, Any],
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        schedule: Schedule | None = None,
    ) -> None:
        _at_least_zero(type(self).__name__, eps=eps, weight_decay=weight_decay)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"{type(self).__name__}: betas must be at least 0 and below 1, not {betas}")
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        super().__init__(parameters, lr, schedule)

    def numbers(self) -> tuple[float, ...]:
        rate, (b1, b2), t = self.rate(), self.betas, self.steps + 1
        decay = 1 - rate * self.weight_decay if self.decoupled else self.weight_decay
        return rate / (1 - b1**t), b1, 1 - b1, b2, 1 - b2, math.sqrt(1 - b2**t), self.eps, decay

    def change(self, g: Array, p: Array, *rest: Array) -> None:
        first, second, work, other, size, b1, c1, b2, c2, root, eps, decay = rest
        if self.weight_decay and self.decoupled:
            np.multiply(p, decay, p)
        elif self.weight_decay:
            np.multiply(p, decay, other)
            g = np.add(g, other, other)
        np.multiply(first, b1, first)
        np.multiply(g, c1, work)
        np.add(first, work, first)
        np.multiply(second, b2, second)
        np.multiply(g, g, work)
        np.multiply(work, c2, work)
        np.add(second, work, second)
        np.sqrt(second, work)
        np.divide(work, root, work)
        np.add(work, eps, work)
        np.divide(first, work, work)
        np.multiply(work, size, work)
        np.subtract(p, work, p)

    def settings(self) -> dict[str, Any]:
        mine = {"betas": self.betas, "eps": self.eps, "weight_decay": self.weight_decay}
        return {"lr": self.lr, **mine, "schedule": self.schedule}


class AdamW(Adam):
    """Adam with decoupled weight decay, by default 0.01."""

    decoupled = True

    def __init__(
        self,
        parameters: ArrayModule | Mapping[str, Any],
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        schedule: Schedule | None = None,
    ) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay, schedule=schedule)


OPTIMISERS: Mapping[str, type[SGD] | type[Adam]] = {"sgd": SGD, "adam": Adam, "adamw": AdamW}
"""Optimisers by name."""
