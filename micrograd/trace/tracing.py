"""Python functions as expressions: a function is called with symbols, and what it returns is its formula.

`trace` runs a copy of the function whose ``math``, ``numpy``, ``scipy.special`` and ``micrograd`` are look-alikes on expressions.  The
function itself, its globals and its arguments are not touched, and nothing is patched.

* **Variables** are the parameters without defaults; a parameter for a vector or a matrix is one whose shape is given, by ``shapes`` or by
  an annotation ``Annotated[..., 3]``; one that is annotated ``tuple[float, float]`` is a tuple.  Its entries are ``x0, x1, …`` or
  ``x0_0, x0_1, …``.
* **Constants** are the numbers that are written: 0.1 is 1/10, 1/3600 that quotient, and ``math.pi`` is π
  (`micrograd.trace.readings`).  A float of which this cannot be said is refused as an `UncertainConstant`.
* **Branches** on values are traced by cases: the function runs once for each sequence of answers (`micrograd.trace.cases`), and the results
  are joined by ``where``.  Loops have a length that does not depend on values.
* **Errors**: a case that ends with ``raise ValueError`` (ArithmeticError, AssertionError) or returns NaN or an infinity is one where the
  function has no value.

A trace cannot see what the function does apart from returning its value, such as printing.  The trace is made twice, and a function
that is not the same twice is refused.  Then the function itself is run at a few points, in floats, and what differs from its formula there
is refused too (`micrograd.trace.sampling`); a function that prints is not run.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from micrograd.trace.arguments import Arguments, Shape, TupleShape, argument_of
from micrograd.trace.cases import Cases
from micrograd.trace.readings import current_reading
from micrograd.trace.reals import Real
from micrograd.trace.rebuilding import Rebuilder
from micrograd.trace.results import joined, same
from micrograd.trace.runs import RUN
from micrograd.trace.sampling import disagreement
from micrograd.verified.errors import MicrogradError, UnsupportedPrimitive
from micrograd.verified.expr import TRUE, Condition, var


@dataclass(frozen=True)
class Parameters:
    """The parameters of a function as variables.

    Attributes:
        names: the variables, in the order of the parameters.
        shapes: the shape of each parameter that is a variable, () for a number.
    """

    names: tuple[str, ...]
    shapes: Mapping[str, Shape]

    def variables(self, parameter: str) -> tuple[str, ...]:
        """The variables of a parameter, in the order of its entries; of a variable, itself."""
        start = 0
        for name, shape in self.shapes.items():
            if name == parameter:
                return self.names[start : start + math.prod(shape)]
            start += math.prod(shape)
        return (parameter,)

    def written(self) -> dict[str, str]:
        """How the user writes each variable: ``A[0, 1]`` for an entry of an array."""
        return {
            variable: f"{parameter}[{', '.join(map(str, place))}]" if shape else parameter
            for parameter, shape in self.shapes.items()
            for variable, place in zip(self.variables(parameter), product(*map(range, shape)), strict=True)
        }

    def symbols(self, parameter: str) -> Any:
        """A parameter as a traced function gets it: a number, or an array or a tuple of numbers."""
        return argument_of([Real(var(name)) for name in self.variables(parameter)], self.shapes[parameter])


@dataclass(frozen=True)
class Traced(Parameters):
    """A function as formulas.

    Attributes:
        result: an expression, or nested lists, tuples and dicts of expressions, as the function returns them; arrays are lists.
        cases: how many ways through the function there are.
        readings: which constants were read as a number other than their decimal, in words.
        assumed: where the function is what was read: elsewhere it may compute a number from NaN, an infinity or a complex number.
    """

    result: Any
    cases: int
    readings: tuple[str, ...]
    assumed: Condition = TRUE


def parameters_of(function: Callable[..., Any], shapes: Mapping[str, int | Sequence[int]] | None = None) -> Parameters:
    """The variables of a function, which is not traced.

    Raises:
        UnsupportedPrimitive: it has no parameters that can be told.
    """
    arguments = Arguments(function, _title(function), None, shapes or {})
    return Parameters(arguments.names, arguments.shapes)


def trace(
    function: Callable[..., Any],
    names: Sequence[str] | None = None,
    *,
    shapes: Mapping[str, int | Sequence[int]] | None = None,
    domain: Condition | None = None,
    truths: bool = False,
) -> Traced:
    """The formula of a Python function.

    >>> import math
    >>> def f(x, y):
    ...     return 0.5 * x * math.exp(-y) if x > 0 else 0.0
    >>> trace(f).result
    where(x > 0, 1/2*x*exp(-y), 0)
    >>> trace(lambda v: (v @ v) ** 0.5, shapes={"v": 2}).result
    (v0*v0 + v1*v1)**(1/2)

    Args:
        function: a function, a method, a lambda, an object that can be called, or `functools.partial` of one.
        names: names of the variables instead of the parameters' names; as many as there are parameters, or as there are entries.
        shapes: length, or shape, of the parameters that are vectors or arrays.
        domain: where the function is wanted; elsewhere it may have values where its formula has none.
        truths: whether it returns conditions, which are 1 or 0 in the result, instead of numbers.

    Raises:
        UnsupportedPrimitive: the function does what cannot be traced; the message says what, and where.
    """
    if not callable(function):
        raise TypeError(f"trace() takes a function, not {function!r}")
    return copy_context().run(_trace, function, names, shapes or {}, domain, truths)


def _trace(
    function: Callable[..., Any],
    names: Sequence[str] | None,
    shapes: Mapping[str, int | Sequence[int]],
    domain: Condition | None,
    truths: bool,
) -> Traced:
    title = _title(function)
    rebuilder = Rebuilder()
    run = Cases(title, rebuilder, truths)
    token = RUN.set(run)
    try:
        arguments = Arguments(function, title, names, shapes)
        rebuilt = _rebuilt(rebuilder, function, title)
        run.arrays = any(shape and not isinstance(shape, TupleShape) for shape in arguments.shapes.values())
        if rebuilt is function and not hasattr(rebuilt, "__code__"):
            raise UnsupportedPrimitive(f"{title} is not written in Python, so there is nothing to trace")
        first, second = (joined(run.tree(functools.partial(arguments.call, rebuilt)), title) for _ in range(2))
        changed = rebuilder.found.changed()
    finally:
        rebuilder.found.restore()
        RUN.reset(token)
    if run.numpy and not {"raise", "call"}.isdisjoint(np.geterr().values()):
        raise UnsupportedPrimitive(f"{title} uses NumPy, which was told by numpy.seterr to raise errors")
    if not same(first, second):
        raise UnsupportedPrimitive(f"{title} is not the same twice: it uses random numbers, the time, or something that it changes")
    if changed is not None:
        kind = type(changed).__name__
        raise UnsupportedPrimitive(f"{title} changes an object that it finds and does not make ({kind}): it keeps state between calls")
    numbers = functools.partial(arguments.call, function)
    difference = "" if run.shows else disagreement(numbers, arguments.names, first, domain, run.asked)
    if difference:
        raise UnsupportedPrimitive(f"{title} computes something else than what was read: {difference}")
    return Traced(arguments.names, arguments.shapes, first, run.count, tuple(current_reading().notes), run.assumed)


def _title(function: Any) -> str:
    return getattr(function, "__qualname__", None) or repr(function)


def _rebuilt(rebuilder: Rebuilder, function: Any, title: str) -> Any:
    try:
        return rebuilder.convert(function)
    except MicrogradError:
        raise
    except Exception as reason:  # what a function holds may be anything
        raise UnsupportedPrimitive(f"{title} holds what cannot be traced: {type(reason).__name__}: {reason}") from reason
