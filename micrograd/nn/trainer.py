"""Training: `Batches` in buffers that are used again, a compiled `Step`, and a `Trainer` whose state can be saved.

    for x, labels in batches:      # gather rows, scale them to floats; x and labels are the same two buffers each time
        loss = step(x, labels)     # value and gradient, one compiled program; then the optimiser, in place

Everything random comes from generators that are given, so the same seed gives the same bits on one machine with the same libraries; and
`Trainer.state_dict` holds the generators' states, so that a run continues bit for bit where it was saved, between epochs or within one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from micrograd.engine import Compiled, ShapeError, compile, no_grad, value_and_grad
from micrograd.nn.activations import Dropout
from micrograd.nn.errors import StateError
from micrograd.nn.losses import accuracy
from micrograd.nn.modules import ArrayModule
from micrograd.nn.optimisers import Optimiser

Array = npt.NDArray[Any]


def generator_state(rng: np.random.Generator) -> str:
    """The state of a generator as JSON."""
    return json.dumps(rng.bit_generator.state, default=lambda part: part.tolist())


def set_generator_state(rng: np.random.Generator, state: str) -> None:
    """Put a generator into a state that `generator_state` gave.

    >>> rng = np.random.default_rng(0)
    >>> state = generator_state(rng)
    >>> first = rng.random()
    >>> set_generator_state(rng, state)
    >>> rng.random() == first
    True

    Raises:
        StateError: it is the state of another kind of generator, or no state at all.
    """
    kind = type(rng.bit_generator).__name__
    try:
        found = json.loads(
            state, object_hook=lambda part: {k: np.array(v, np.uint64) if isinstance(v, list) else v for k, v in part.items()}
        )
        if found["bit_generator"] != kind:
            raise StateError(f"the state is one of a {found['bit_generator']} generator, not of {kind}")
        rng.bit_generator.state = found
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, StateError):
            raise
        raise StateError(f"this is not the state of a {kind} generator: {error}") from None


class Batches:
    """Shuffled passes over a data set; iterating gives one pass of pairs (inputs, labels).

    >>> images = np.arange(8, dtype=np.uint8).reshape(4, 2)
    >>> passes = Batches(images, np.arange(4), 3, np.random.default_rng(0), scale=1.0)
    >>> [(x.tolist(), labels.tolist()) for x, labels in passes]
    [([[4.0, 5.0], [0.0, 1.0], [2.0, 3.0]], [2, 0, 1]), ([[6.0, 7.0]], [3])]

    The two arrays are buffers that the next pair overwrites; the last pair may be shorter.  The data set is not copied.

    Args:
        images: numbers of any kind, one row (or array) for each example, without gaps in memory.
        labels: one for each example.
        batch: the number of examples in a pair.
        rng: shuffles; None keeps the order.
        scale: what the numbers are multiplied by; None for floats that are taken as they are.
        dtype: of the inputs that come out.
    """

    def __init__(
        self,
        images: Array,
        labels: Array,
        batch: int,
        rng: np.random.Generator | None,
        scale: float | None = 1 / 255,
        dtype: Any = np.float32,
    ) -> None:
        if len(images) != len(labels) or not len(images):
            raise ShapeError(f"batches: {len(images)} images and {len(labels)} labels; as many of both are needed, and at least one")
        if batch < 1:
            raise ValueError(f"batches: a batch has at least one example, not {batch}")
        if not images.flags.c_contiguous:
            raise ValueError("batches: the images have gaps in memory; use numpy.ascontiguousarray(images)")
        if scale is None and images.dtype != dtype:
            raise ValueError(f"batches: images of {images.dtype} need a scale to become {np.dtype(dtype)}")
        self.images, self.labels = images, np.ascontiguousarray(labels)
        self.batch, self.rng, self.scale = min(batch, len(images)), rng, scale
        self.x = np.empty((self.batch, *images.shape[1:]), dtype)
        self.raw = self.x if scale is None else np.empty(self.x.shape, images.dtype)
        self.y = np.empty((self.batch, *self.labels.shape[1:]), labels.dtype)
        self.factor = np.array(scale, dtype) if scale is not None else None
        self.order = np.arange(len(images))
        self.position = 0
        self.started: str | None = None
        self._resuming = False

    def __len__(self) -> int:
        return -(-len(self.images) // self.batch)

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        if self._resuming:
            self._resuming = False
        else:
            self.position = 0
            self._shuffle()
        rest = len(self.images) % self.batch
        while self.position < len(self):
            start = self.position * self.batch
            self.position += 1
            full = self.position < len(self) or not rest
            yield self._gather(self.order[start : start + self.batch], self.batch if full else rest)
        self.position, self.started = 0, None

    def _shuffle(self) -> None:
        if self.rng is not None:
            self.started = generator_state(self.rng)
            self.order[:] = np.arange(len(self.order))
            self.rng.shuffle(self.order)

    def _gather(self, index: Array, count: int) -> tuple[Array, Array]:
        """The examples, in the first rows of the buffers.  With ``mode="clip"`` NumPy gathers without a buffer of its own."""
        x, raw, y = (self.x, self.raw, self.y) if count == self.batch else (self.x[:count], self.raw[:count], self.y[:count])
        np.take(self.images, index, 0, raw, "clip")
        np.take(self.labels, index, 0, y, "clip")
        if self.factor is not None:
            np.copyto(x, raw, "unsafe")
            np.multiply(x, self.factor, x)
        return x, y

    def state_dict(self) -> dict[str, Any]:
        """Where the pass stands: the number of pairs given out, and the generator's state before the pass and now."""
        now = None if self.rng is None else generator_state(self.rng)
        return {"position": self.position, "started": self.started, "now": now}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue there: the next iteration gives the rest of that pass.

        Raises:
            StateError: not a state of these batches.
        """
        if state.keys() != {"position", "started", "now"} or not isinstance(state["position"], int):
            raise StateError("this is not a state of batches: it has a position, started and now")
        if (state["now"] is None) != (self.rng is None) or not 0 <= state["position"] <= len(self):
            raise StateError(f"the state is at pair {state['position']}; these batches have {len(self)}, or they shuffle and it did not")
        if self.rng is not None:
            before = generator_state(self.rng)
            try:
                set_generator_state(self.rng, state["now"])
                if state["started"] is not None:
                    set_generator_state(self.rng, state["started"])
                    self._shuffle()
                    set_generator_state(self.rng, state["now"])
            except StateError:
                set_generator_state(self.rng, before)
                raise
        self.position, self._resuming = state["position"], state["position"] > 0


def batches(
    images: Array, labels: Array, batch: int, rng: np.random.Generator | None, scale: float | None = 1 / 255, dtype: Any = np.float32
) -> Batches:
    """Shuffled passes over a data set; see `Batches`."""
    return Batches(images, labels, batch, rng, scale, dtype)


class Step:
    """One step of training: loss and gradients by a compiled program, then the optimiser; see `make_step`.

    A program is recorded for each shape of inputs and for each combination of the modules' modes.
    """

    def __init__(self, model: ArrayModule, loss: Callable[[Any, Any], Any], optimiser: Optimiser, compiled: bool = True) -> None:
        arrays = model.arrays()
        if list(arrays) != list(optimiser.arrays) or any(arrays[name] is not p for name, p in optimiser.arrays.items()):
            raise StateError("the optimiser was made from parameters other than the model's")
        self.model, self.loss, self.optimiser, self.compiled = model, loss, optimiser, compiled
        self.arrays = list(arrays.values())
        self.modules = [part for _, part in model.modules()]
        self.dropouts = {f"{name}.mask" if name else "mask": part for name, part in model.modules() if isinstance(part, Dropout)}
        self._programs: dict[Any, Callable[..., Any]] = {}
        self._last: tuple[Any, Any, Any, Any] = None, None, None, None
        self._masks: dict[Any, list[tuple[Dropout, Array]]] = {}

    def __call__(self, x: Array, targets: Array) -> Any:
        """Train on these examples; the loss before the step."""
        modes = [part.training for part in self.modules]
        leaves = (*self.arrays, *(self._drawn(x, tuple(modes)) if self.dropouts else ()), x, targets)
        last_x, last_targets, last_modes, program = self._last
        if x is last_x and targets is last_targets and modes == last_modes:
            result = program(leaves)
        else:
            result = NotImplemented
        if result is NotImplemented:  # other arrays, or the program leaves these numbers to the tape
            result = self._slowly(modes, leaves)
        self.optimiser.update(result[1], own=True)
        return result[0]

    def _slowly(self, modes: list[bool], leaves: Sequence[Any]) -> Any:
        """Value and gradients; the function is compiled at the first call with arrays of these shapes."""
        x, targets = leaves[-2:]
        key = (tuple(modes), x.shape, x.dtype, targets.shape, targets.dtype)
        if key not in self._programs:
            function = self._function()
            self._programs[key] = compile(function) if self.compiled else function
        function = self._programs[key]
        result = function(*leaves)
        if isinstance(function, Compiled):
            (program,) = function.programs.values()
            self._last = x, targets, modes, program
        return result

    def _function(self) -> Callable[..., Any]:
        """Value and gradients as a function of the parameters, the masks of the active dropout layers, the inputs and the targets."""
        names = [*self.optimiser.arrays, *(name for name, part in self.dropouts.items() if part.active)]

        def loss(*leaves: Any) -> Any:
            return self.loss(self.model.apply(dict(zip(names, leaves, strict=False)), leaves[-2]), leaves[-1])

        return value_and_grad(loss, tuple(range(len(self.arrays))))

    def _drawn(self, x: Array, modes: tuple[bool, ...]) -> list[Array]:
        """New masks for the active dropout layers, in buffers that are used again."""
        key = (x.shape, modes)
        if key not in self._masks:
            self._masks[key] = self._make_masks(x, [part for part in self.dropouts.values() if part.active])
        return [part.fill(mask) for part, mask in self._masks[key]]

    def _make_masks(self, x: Array, active: list[Dropout]) -> list[tuple[Dropout, Array]]:
        """Buffers of the shapes that a trial run asks for; the trial leaves the generators as they were."""
        before = [generator_state(part.rng) for part in active]
        for part in active:
            part.shapes = []
        with no_grad():
            self.model.apply(self.model.arrays(), x)
        for part, state in zip(active, before, strict=True):
            set_generator_state(part.rng, state)
            if len(part.shapes) != 1:
                raise StateError(f"{part!r} is applied {len(part.shapes)} times in one run; a compiled step needs one module for each")
        return [(part, np.empty(part.shapes[0], self.arrays[0].dtype)) for part in active]


def make_step(
    model: ArrayModule,
    loss: Callable[[Any, Any], Any],
    optimiser: Optimiser,
    batch_shape: tuple[int, ...] | None = None,
    *,
    compiled: bool = True,
) -> Step:
    """A function ``(inputs, targets) -> loss`` that trains the model in place.

    >>> from micrograd.nn import SGD, Linear, Sequential, Tanh, cross_entropy
    >>> rng = np.random.default_rng(0)
    >>> model = Sequential(Linear(2, 8, rng=rng), Tanh(), Linear(8, 2, rng=rng))
    >>> step = make_step(model, cross_entropy, SGD(model, lr=0.5), (4, 2))
    >>> x, labels = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), np.array([0, 1, 1, 0])
    >>> losses = [float(step(x, labels)) for _ in range(200)]
    >>> losses[-1] < 0.1 < losses[0]
    True

    Args:
        model: a program is compiled for its mode and for each shape of inputs, at most 16.
        loss: of the model's output and the targets, a single number.
        optimiser: made from this model.
        batch_shape: of the inputs, to be told now whether the model takes them.
        compiled: False runs the tape each time, for comparison and for looking inside.

    Raises:
        StateError: the optimiser was made from other parameters.  ShapeError: the model does not take inputs of batch_shape.
    """
    step = Step(model, loss, optimiser, compiled)
    if batch_shape is not None:
        model.predict(np.zeros(batch_shape, step.arrays[0].dtype))
    return step


def evaluate(
    model: ArrayModule,
    loss: Callable[[Any, Any], Any],
    images: Array,
    labels: Array,
    *,
    batch: int = 1000,
    scale: float | None = 1 / 255,
    dtype: Any = np.float32,
) -> tuple[float, float]:
    """Mean loss and accuracy over a data set, without training and in its order."""
    total, right = 0.0, 0.0
    for x, y in Batches(images, labels, batch, None, scale, dtype):
        scores = model.predict(x)
        total += float(loss(scores, y)) * len(y)
        right += accuracy(scores, y) * len(y)
    return total / len(images), right / len(images)


class Trainer:
    """A model, its optimiser and its data, with a state that can be saved.

    Args:
        model, loss, optimiser: as in `make_step`.
        data: the passes over the training set.
    """

    def __init__(self, model: ArrayModule, loss: Callable[[Any, Any], Any], optimiser: Optimiser, data: Batches) -> None:
        self.model, self.loss, self.optimiser, self.data = model, loss, optimiser, data
        self.step = make_step(model, loss, optimiser, data.x.shape)

    def epoch(self) -> float:
        """Train on one pass (after `load_state_dict`, on the rest of it); the mean loss of its examples."""
        total, count = 0.0, 0
        for x, y in self.data:
            total += float(self.step(x, y)) * len(y)
            count += len(y)
        return total / count if count else 0.0

    def generators(self) -> list[np.random.Generator]:
        """All generators that training draws from, each once."""
        drawn = [self.data.rng, *(part.rng for _, part in self.model.modules() if isinstance(part, Dropout))]
        return list({id(rng): rng for rng in drawn if rng is not None}.values())

    def state_dict(self) -> tuple[dict[str, Array], dict[str, str]]:
        """Everything that the rest of the run depends on, except for settings and data: arrays and texts, as `save` takes them."""
        tensors = {f"model.{name}": array for name, array in self.model.state_dict().items()}
        tensors |= {f"optimiser.{name}": array for name, array in self.optimiser.state_dict().items()}
        metadata = {f"generator.{i}": generator_state(rng) for i, rng in enumerate(self.generators())}
        return tensors, {"batches": json.dumps(self.data.state_dict()), **metadata}

    def load_state_dict(self, tensors: Mapping[str, Any], metadata: Mapping[str, str]) -> None:
        """Continue bit for bit from a state of a trainer with the same settings and data; other texts in the metadata are ignored.

        Raises:
            StateError: something is missing or does not fit; then nothing was changed.
        """
        generators = self.generators()
        wanted = ["batches", *(f"generator.{i}" for i in range(len(generators)))]
        for name in wanted:
            if name not in metadata:
                raise StateError(f"the state of the training has no {name!r}")
        before = self.state_dict()
        try:
            self._load(tensors, metadata, generators)
        except StateError:
            self._load(*before, generators)
            raise

    def _load(self, tensors: Mapping[str, Any], metadata: Mapping[str, str], generators: list[np.random.Generator]) -> None:
        parts: dict[str, dict[str, Any]] = {"model": {}, "optimiser": {}}
        for name, tensor in tensors.items():
            part, _, rest = name.partition(".")
            if part not in parts:
                raise StateError(f"the state of the training has an unexpected array {name!r}")
            parts[part][rest] = tensor
        self.model.load_state_dict(parts["model"])
        self.optimiser.load_state_dict(parts["optimiser"])
        try:
            place = json.loads(metadata["batches"])
        except ValueError:
            raise StateError("the state of the batches is not JSON") from None
        if not isinstance(place, dict):
            raise StateError("the state of the batches is not a record")
        self.data.load_state_dict(place)
        for i, rng in enumerate(generators):
            set_generator_state(rng, metadata[f"generator.{i}"])
