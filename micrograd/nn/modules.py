"""Networks of arrays: `ArrayModule`, `Linear`, `Sequential`; activations and dropout are in `activations`.

A module keeps its parameters as `Value` leaves and has two faces:

* ``model(x)`` computes with these leaves, so that ``loss.backward()`` fills their ``.grad``;
* ``model.apply(params, x)`` is a pure function of a dict of arrays (or values) by dotted name, which `micrograd.engine.grad` and
  `micrograd.engine.compile` take.

A module of your own is a class with `Value` attributes (parameters), module attributes or lists of modules (its parts), and ``apply``.
Its third argument holds the functions to compute with, by default those of `micrograd.engine`; a module that uses these and
operators only can be exported to JAX as well (`micrograd.nn.export`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

import micrograd.engine as engine
from micrograd.engine import ShapeError, Value
from micrograd.nn.errors import StateError
from micrograd.nn.initialisers import Initialiser, he_normal, zeros

Array = npt.NDArray[Any]
Self = TypeVar("Self", bound="ArrayModule")


def scope(params: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The parameters of one part, by their names inside of it.

    >>> scope({"0.weight": 1, "0.bias": 2, "1.weight": 3}, "0")
    {'weight': 1, 'bias': 2}
    """
    start = f"{name}."
    return {key[len(start) :]: value for key, value in params.items() if key.startswith(start)}


class ArrayModule:
    """Something with parameters that are arrays.

    Attributes:
        training: whether `train` (the default) or `eval` was called last; dropout looks at it.
    """

    training = True

    def apply(self, params: Mapping[str, Any], x: Any, f: Any = engine) -> Any:
        """The output for these parameters: a pure function, but for the random numbers of dropout.

        Args:
            params: arrays or values by dotted name, as in `arrays` or `named_parameters`.
            x: the input; the first axis counts the examples.
            f: the functions to compute with.
        """
        raise NotImplementedError(f"{type(self).__name__} has no apply(params, x, f)")

    def __call__(self, x: Any) -> Any:
        return self.apply(self.named_parameters(), x)

    def children(self) -> dict[str, ArrayModule]:
        """The parts, by attribute; those of lists as ``list.0``, ``list.1``."""
        found: dict[str, ArrayModule] = {}
        for name, thing in vars(self).items():
            if isinstance(thing, ArrayModule):
                found[name] = thing
            elif isinstance(thing, list | tuple):
                found |= {f"{name}.{i}": part for i, part in enumerate(thing) if isinstance(part, ArrayModule)}
        return found

    def modules(self) -> Iterator[tuple[str, ArrayModule]]:
        """This module (named "") and all below it, by dotted name.

        Raises:
            StateError: a module occurs twice; weights cannot be shared that way.
        """
        seen: dict[int, str] = {}
        stack: list[tuple[str, ArrayModule]] = [("", self)]
        while stack:
            name, module = stack.pop()
            if id(module) in seen:
                raise StateError(f"the same {type(module).__name__} occurs twice, as {seen[id(module)]!r} and {name!r}; make two modules")
            seen[id(module)] = name
            yield name, module
            stack.extend((f"{name}.{part}" if name else part, child) for part, child in reversed(module.children().items()))

    def named_parameters(self) -> dict[str, Value]:
        """The parameters by dotted name, in a fixed order."""
        found: dict[str, Value] = {}
        for name, module in self.modules():
            start = f"{name}." if name else ""
            found |= {start + key: thing for key, thing in vars(module).items() if isinstance(thing, Value)}
        return found

    def parameters(self) -> list[Value]:
        """The parameters, in a fixed order."""
        return list(self.named_parameters().values())

    def arrays(self) -> dict[str, Array]:
        """The arrays of the parameters themselves, not copies: what `apply` takes and what optimisers change in place."""
        return {name: p.data for name, p in self.named_parameters().items()}

    def zero_grad(self) -> None:
        """Reset the gradients of all parameters."""
        for p in self.parameters():
            p.grad = 0

    @property
    def num_parameters(self) -> int:
        """The number of single numbers in all parameters."""
        return sum(p.size for p in self.parameters())

    def predict(self, x: Any) -> Any:
        """The output as a plain array: nothing is recorded, and dropout does nothing."""
        was = {module: module.training for _, module in self.modules()}
        try:
            return self.eval().apply(self.arrays(), x)
        finally:
            for module, training in was.items():
                module.training = training

    # --- modes

    def train(self: Self, training: bool = True) -> Self:
        """Switch to training (dropout at work), in all parts; returns the module."""
        for _, module in self.modules():
            module.training = training
        return self

    def eval(self: Self) -> Self:
        """Switch to evaluation (no dropout), in all parts; returns the module."""
        return self.train(False)

    # --- state

    def state_dict(self) -> dict[str, Array]:
        """Copies of all parameters by dotted name."""
        return {name: array.copy() for name, array in self.arrays().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Copy arrays into the parameters.

        Raises:
            StateError: a name is missing or unexpected, a shape or a dtype differs; then nothing was changed.
        """
        mine = self.arrays()
        check_state(mine, state, type(self).__name__)
        for name, array in mine.items():
            np.copyto(array, state[name])

    # --- printing

    def settings(self) -> str:
        """The arguments of ``repr``."""
        return ", ".join(repr(child) for child in self.children().values())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.settings()})"

    def summary(self) -> str:
        """A table for people: each part with parameters or without parts of its own, and the number of its parameters."""
        rows = [(name, repr(m), str(m.num_parameters or "")) for name, m in self.modules() if not m.children()]
        rows.append(("", "parameters", str(self.num_parameters)))
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        return "\n".join(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}".rstrip() for row in rows)


def check_state(mine: Mapping[str, Array], state: Mapping[str, Any], what: str) -> None:
    """Raise a `StateError` unless the state has exactly the names, shapes and dtypes of these arrays."""
    problems = [f"{name} is missing" for name in mine if name not in state]
    problems += [f"{name} is not expected" for name in state if name not in mine]
    for name in mine:
        if name in state:
            has, given = mine[name], state[name]
            if not isinstance(given, np.ndarray | np.generic):
                problems.append(f"{name} is a {type(given).__name__}, not an array")
            elif given.shape != has.shape:
                problems.append(f"{name} has shape {given.shape}, not {has.shape}")
            elif given.dtype != has.dtype:
                problems.append(f"{name} is {given.dtype}, not {has.dtype}")
    if problems:
        more = f", and {len(problems) - 4} more" if len(problems) > 4 else ""
        raise StateError(f"the state does not fit this {what}: {', '.join(problems[:4])}{more}")


class Linear(ArrayModule):
    """x @ weight + bias.

    >>> layer = Linear(3, 2, rng=np.random.default_rng(0))
    >>> layer, layer.num_parameters
    (Linear(3, 2), 8)
    >>> layer(np.ones((4, 3), np.float32)).shape
    (4, 2)

    Args:
        n_in, n_out: the lengths of rows of the input and of the output.
        rng: where the weights are drawn from.
        init: see `micrograd.nn.initialisers`; the bias starts with zeros.
        dtype: of the parameters.
        bias: whether there is one.
    """

    def __init__(
        self, n_in: int, n_out: int, *, rng: np.random.Generator, init: Initialiser = he_normal, dtype: Any = np.float32, bias: bool = True
    ) -> None:
        for name, n in (("n_in", n_in), ("n_out", n_out)):
            if not isinstance(n, int | np.integer) or n < 1:
                raise ValueError(f"Linear: {name} must be a positive integer, not {n!r}")
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"Linear: rng must be a numpy.random.Generator, not {type(rng).__name__}")
        if np.dtype(dtype).kind != "f":
            raise TypeError(f"Linear: dtype must be a floating type, not {np.dtype(dtype)}")
        self.n_in, self.n_out = int(n_in), int(n_out)
        self.weight = Value(init(rng, (self.n_in, self.n_out), dtype))
        self.bias = Value(zeros(rng, (self.n_out,), dtype)) if bias else None

    def apply(self, params: Mapping[str, Any], x: Any, f: Any = engine) -> Any:
        shape = x.shape if hasattr(x, "shape") else np.shape(x)
        if not shape or shape[-1] != self.n_in:
            raise ShapeError(f"{self!r}: the input must have rows of {self.n_in}, not shape {tuple(shape)}")
        weight = parameter(self, params, "weight")
        if self.bias is None:
            return x @ weight
        bias = parameter(self, params, "bias")
        return engine.linear(x, weight, bias) if f is engine else x @ weight + bias

    def settings(self) -> str:
        return f"{self.n_in}, {self.n_out}{'' if self.bias is not None else ', bias=False'}"


def parameter(module: ArrayModule, params: Mapping[str, Any], name: str) -> Any:
    """One of the parameters given to ``apply``.

    Raises:
        StateError: it was not given.
    """
    try:
        return params[name]
    except KeyError:
        raise StateError(f"{module!r}: no parameter {name!r} was given; there are {', '.join(params) or 'none'}") from None


class Sequential(ArrayModule):
    """Modules one after the other; parameters are named by place: ``0.weight``.

    >>> rng = np.random.default_rng(0)
    >>> model = Sequential(Linear(2, 8, rng=rng), Linear(8, 1, rng=rng, bias=False))
    >>> model
    Sequential(Linear(2, 8), Linear(8, 1, bias=False))
    >>> print(model.summary())
    0  Linear(2, 8)              24
    1  Linear(8, 1, bias=False)   8
       parameters                32
    """

    def __init__(self, *modules: ArrayModule) -> None:
        for i, module in enumerate(modules):
            if not isinstance(module, ArrayModule):
                raise TypeError(f"Sequential: part {i} is a {type(module).__name__}, not a module of arrays")
        self.parts = modules

    def children(self) -> dict[str, ArrayModule]:
        return {str(i): part for i, part in enumerate(self.parts)}

    def apply(self, params: Mapping[str, Any], x: Any, f: Any = engine) -> Any:
        for i, part in enumerate(self.parts):
            x = part.apply(scope(params, str(i)), x, f)
        return x

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, i: int) -> ArrayModule:
        return self.parts[i]


def multilayer(
    sizes: list[int] | tuple[int, ...],
    activation: Callable[[], ArrayModule],
    *,
    rng: np.random.Generator,
    init: Initialiser = he_normal,
    dtype: Any = np.float32,
) -> Sequential:
    """Linear layers of these sizes with an activation between any two; the last one is linear.

    >>> from micrograd.nn.activations import Tanh
    >>> multilayer([2, 8, 2], Tanh, rng=np.random.default_rng(0))
    Sequential(Linear(2, 8), Tanh(), Linear(8, 2))

    Raises:
        ValueError: fewer than two sizes.
    """
    if len(sizes) < 2:
        raise ValueError(f"multilayer: an input and an output size are needed, not {list(sizes)}")
    parts: list[ArrayModule] = []
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        if i:
            parts.append(activation())
        parts.append(Linear(n_in, n_out, rng=rng, init=init, dtype=dtype))
    return Sequential(*parts)
