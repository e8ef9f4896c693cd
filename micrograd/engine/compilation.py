"""Compilation: run a function once, then replay it as straight-line Python that calls NumPy.

`compile` records a run of the function on a tape, its derivatives included, drops what the results do not need, and writes one statement
per entry: array operations into buffers that were allocated once, arithmetic on numbers as expressions.  The same operations are
applied to the same operands in the same order, so results are equal bit for bit to those of the function itself (in derivatives with
respect to numbers the sign of a zero may differ).

What is frozen: whatever is not an argument (arrays of the enclosing scope are referred to, not copied), and every choice that Python
made while the function ran.  A choice that depends on the data is refused while recording: ``if v > 0``, ``float(v)``,
``v.data``.  Arguments that are integer arrays (labels, indices) remain arguments if they go straight into `cross_entropy` or an index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

import numpy as np

from micrograd.engine.codegen import Program
from micrograd.engine.errors import TapeError
from micrograd.engine.integers import IntegerInput
from micrograd.engine.kinds import describe
from micrograd.engine.operation import Recorded
from micrograd.engine.tape import Tape, recording_on
from micrograd.engine.trees import build, split
from micrograd.engine.value import Value


def _kind(leaf: Any) -> Any:
    """The properties of an argument for which a program is recorded: an array's dtype and shape, the value of anything but a float."""
    if leaf.__class__ is np.ndarray:
        dtype = leaf.dtype
        return leaf.shape, dtype.char, dtype.isnative
    if leaf.__class__ is float:
        return float
    if isinstance(leaf, np.floating):
        return leaf.dtype.char
    if isinstance(leaf, Recorded):
        raise TapeError("a compiled function takes plain numbers and arrays, not values; differentiate inside of it")
    return leaf.__class__, leaf


_FLAT = "flat"
"""The structure of arguments that are arrays and floats, without containers."""


class Compiled:
    """A function that replays recorded programs; see `compile`.

    Attributes:
        programs: one for each combination of shapes and dtypes seen so far.
    """

    def __init__(self, function: Callable[..., Any], limit: int = 16) -> None:
        self.function, self.limit = function, limit
        self.programs: dict[Any, Program] = {}
        update_wrapper(self, function)

    def __call__(self, *args: Any) -> Any:
        leaves: Sequence[Any] = args
        shape: Any = _FLAT
        for arg in args:
            if arg.__class__ is not np.ndarray and arg.__class__ is not float:
                leaves, shape = split(args)
                break
        key = (shape, *[_kind(leaf) for leaf in leaves])
        program = self.programs.get(key)
        if program is None:
            if len(self.programs) >= self.limit:
                raise TapeError(
                    f"{self._name()}: {self.limit} combinations of shapes were compiled already; raise limit= or pad the arguments"
                )
            program = self.programs[key] = self.record(leaves, split(args)[1])
        result = program(leaves)
        return self.function(*args) if result is NotImplemented else result

    def record(self, leaves: Sequence[Any], shape: Any) -> Program:
        """Run the function on a tape and make a program of it."""
        tape = Tape()
        tape.tracing = tape.transforming = True
        inputs: list[Any] = []
        with recording_on(tape), np.errstate(all="ignore"):
            for place, leaf in enumerate(leaves):
                inputs.append(_input(tape, leaf, place))
            result = self.function(*build(shape, inputs))
        outputs, result_shape = split(result)
        for output in outputs:
            if not isinstance(output, Value | int | float | np.ndarray | np.generic):
                raise TypeError(f"{self._name()}: returned {type(output).__name__}; numbers and arrays can be compiled")
        tape.tracing = False
        program = Program(tape, inputs, outputs, result_shape)
        tape.end()
        return program

    def source(self) -> str:
        """The Python source of the last program, for reading."""
        if not self.programs:
            raise TapeError(f"{self._name()}: nothing was compiled yet; call it once")
        return next(reversed(self.programs.values())).source

    def _name(self) -> str:
        return f"compiled {getattr(self.function, '__name__', 'function')}"


def _input(tape: Tape, leaf: Any, place: int) -> Any:
    if leaf.__class__ is float or isinstance(leaf, np.floating) or (leaf.__class__ is np.ndarray and leaf.dtype.kind == "f"):
        value = Value.leaf(leaf)
        value.place_on(tape)
        return value
    if leaf.__class__ is np.ndarray and leaf.dtype.kind in "iub":
        return IntegerInput(leaf, place)
    if leaf.__class__ is np.ndarray:
        raise TypeError(f"compile: an argument of dtype {describe(leaf)} cannot be compiled")
    return leaf


def compile(f: Callable[..., Any], *example_args: Any, limit: int = 16) -> Compiled:
    """f, recorded once for each combination of shapes and dtypes, then replayed without a tape.

    >>> from micrograd.engine import grad
    >>> slope = compile(grad(lambda x, y: (x * y).sum()))
    >>> slope(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array([3., 4.])

    Args:
        f: a function of numbers, arrays and containers of these, also one made by `grad` or `value_and_grad`.
        example_args: if given, the first recording is made now.
        limit: the most combinations that are compiled.

    Raises:
        TapeError: f looks at data to choose what to do; or too many combinations.
    """
    compiled = Compiled(f, limit)
    if example_args:
        compiled(*example_args)
    return compiled
