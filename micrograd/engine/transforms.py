"""Functions that turn functions into their derivatives: `grad`, `vjp`, `jvp`, `jacobian`, `hessian`, `hvp`.

Each runs the function once on values and then moves along the tape.  They nest to any order: inside another transformation the rules
themselves are recorded, so that derivatives can be differentiated again.

Arguments may be numbers, floating-point arrays, expressions, or nested dicts, lists and tuples of these.  Plain arguments give
plain results; a `Value` as an argument gives values, which remember where they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

import numpy as np

from micrograd.engine.array_operations import identity, reshape, stack
from micrograd.engine.errors import ShapeError
from micrograd.engine.kinds import check_cotangent, describe, differentiable, ones_like, shape_of, zeros_like
from micrograd.engine.operation import Recorded, plain_data
from micrograd.engine.sweep import idle, sweep
from micrograd.engine.tangents import push_forward
from micrograd.engine.tape import NO_TAPE, Tape, current_tape, recording_tape
from micrograd.engine.trees import flatten
from micrograd.engine.value import Value, value_at

Function = Callable[..., Any]


class _Run:
    """One run of a function, recorded inside its block: its inputs and outputs as values.

    A nested run records on the tape of the run (or the program) around it, any other on a tape of its own.
    """

    def __init__(self, tape: Tape, nested: bool) -> None:
        self.tape, self.nested = tape, nested
        self.inputs: list[Value] = []

    def __enter__(self) -> _Run:
        if not self.nested:
            self.tape.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        if not self.nested:
            self.tape.__exit__(*exception)

    def enter(self, leaves: list[Any], what: str) -> list[Value]:
        """Inputs as values of their own, so that nothing else that depends on the same data counts."""
        for leaf in leaves:
            if isinstance(leaf, Value):
                self.inputs.append(identity(leaf))
            else:
                value = Value.leaf(differentiable(leaf, what))
                value.place_on(self.tape)
                self.inputs.append(value)
        return self.inputs

    def _operand(self) -> Any:
        return (lambda index: value_at(self.tape, index)) if self.nested else None

    def place(self, output: Any) -> int | None:
        """Where an output stands on the tape; None for what does not depend on the inputs."""
        return output._index if isinstance(output, Value) and output._tape is self.tape else None

    def pull(self, seeds: list[tuple[int | None, Any]]) -> list[Any]:
        """The inputs' cotangents for cotangents of outputs, given as (place, cotangent)."""
        tape, places = self.tape, [x._index for x in self.inputs]
        start: dict[int, Any] = {}
        for k, ct in seeds:
            if k is not None:
                start[k] = ct if k not in start else start[k] + ct
        if not start:
            return [self._zero(x) for x in self.inputs]
        resting = None if tape.plain and not self.nested else idle(tape, max(start), places)
        found = sweep(tape, start, resting, self._operand(), kept=places)
        return [self._zero(x) if i >= len(found) or found[i] is None else found[i] for x, i in zip(self.inputs, places, strict=True)]

    def push(self, tangents: list[Any]) -> dict[int, Any]:
        """Tangents of all entries for tangents of the inputs."""
        start = {x._index: tangent for x, tangent in zip(self.inputs, tangents, strict=True)}
        with np.errstate(all="ignore"):
            return push_forward(self.tape, start, self._operand())

    def _zero(self, x: Value) -> Any:
        return zeros_like(x.primal)

    def out(self, result: Any) -> Any:
        """A result for the caller: values stay values inside another transformation."""
        leaves, rebuild = flatten(result)
        return rebuild([leaf if self.nested else _owned(plain_data(leaf)) for leaf in leaves])


def _owned(data: Any) -> Any:
    """An array of which there is no other view."""
    return data.copy() if data.__class__ is np.ndarray and (data.base is not None or not data.flags.writeable) else data


def _running(leaves: list[Any]) -> _Run:
    tape = current_tape()
    inside = tape is not None and tape is not NO_TAPE and tape.transforming
    if inside or (tape is not NO_TAPE and any(isinstance(leaf, Recorded) for leaf in leaves)):
        return _Run(recording_tape(), nested=True)
    tape = Tape()
    tape.transforming = True
    return _Run(tape, nested=False)


def _chosen(args: tuple[Any, ...], kwargs: dict[str, Any], argnums: Any, argnames: Any, what: str) -> Any:
    """The arguments to differentiate, as one tree."""
    if argnames is not None:
        names = (argnames,) if isinstance(argnames, str) else tuple(argnames)
        for name in names:
            if name not in kwargs:
                raise TypeError(f"{what}: no keyword argument {name!r} was given")
        return {name: kwargs[name] for name in names} if not isinstance(argnames, str) else kwargs[argnames]
    for i in (argnums,) if isinstance(argnums, int) else argnums:
        if not -len(args) <= i < len(args):
            raise TypeError(f"{what}: there is no positional argument {i}; {len(args)} were given")
    return args[argnums] if isinstance(argnums, int) else tuple(args[i] for i in argnums)


def _replaced(args: tuple[Any, ...], kwargs: dict[str, Any], argnums: Any, argnames: Any, tree: Any) -> tuple[Any, Any]:
    """The arguments with the chosen ones replaced."""
    if argnames is not None:
        return args, {**kwargs, **({argnames: tree} if isinstance(argnames, str) else tree)}
    new = list(args)
    for i, part in zip((argnums,), (tree,), strict=True) if isinstance(argnums, int) else zip(argnums, tree, strict=True):
        new[i] = part
    return tuple(new), kwargs


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0, *, argnames: Any = None, has_aux: bool = False) -> Function:
    """A function that returns f's value and its gradient.

    >>> import numpy as np
    >>> value, gradient = value_and_grad(lambda x: (x**2).sum())(np.array([1.0, 2.0]))
    >>> float(value), gradient
    (5.0, array([2., 4.]))

    Args:
        f: returns a single number (with ``has_aux``, that number and anything else).
        argnums: which positional argument to differentiate, or several; the gradient has their structure.
        argnames: instead, the name or names of keyword arguments.

    Raises:
        ShapeError: f returns an array.  DtypeError: an argument cannot be differentiated.
    """

    @wraps(f)
    def apply(*args: Any, **kwargs: Any) -> Any:
        leaves, rebuild = flatten(_chosen(args, kwargs, argnums, argnames, "grad"))
        with _running(leaves) as run:
            inputs = rebuild(list(run.enter(leaves, "grad: argument")))
            new_args, new_kwargs = _replaced(args, kwargs, argnums, argnames, inputs)
            result = f(*new_args, **new_kwargs)
            value, aux = result if has_aux else (result, None)
            gradient = rebuild(run.pull([(run.place(value), _unit(value, "grad"))]))
            shown = (run.out(value), run.out(aux)) if has_aux else run.out(value)
            return shown, run.out(gradient)

    return apply


def _unit(value: Any, what: str) -> Any:
    data = plain_data(value)
    if shape_of(data) != () and data.size != 1:
        raise ShapeError(f"{what}: the function must return a single number, not {describe(data)}; see jacobian() and vjp()")
    return 1.0 if type(data) in (int, float) else ones_like(differentiable(data, f"{what}: result"))


def grad(f: Function, argnums: int | Sequence[int] = 0, *, argnames: Any = None) -> Function:
    """A function that returns the gradient of f; see `value_and_grad`.

    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    both = value_and_grad(f, argnums, argnames=argnames)

    @wraps(f)
    def apply(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return apply


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """f's result, and a function that takes a cotangent of the result to a tuple of cotangents of the arguments.

    >>> out, pull = vjp(lambda x, y: x * y, 2.0, 5.0)
    >>> out, pull(1.0)
    (10.0, (5.0, 2.0))

    Raises:
        ShapeError: a cotangent with another structure or shape than the result.
    """
    leaves, rebuild = flatten(primals)
    with _running(leaves) as run:
        result = f(*rebuild(list(run.enter(leaves, "vjp: argument"))))
        outputs, _ = flatten(result)
        places = [run.place(output) for output in outputs]

    def pull(cotangent: Any) -> tuple[Any, ...]:
        given, _ = flatten(cotangent)
        if len(given) != len(outputs):
            raise ShapeError(f"vjp: {len(given)} cotangents for {len(outputs)} results")
        checked = [
            ct if isinstance(ct, Value) else check_cotangent(ct, plain_data(output), "vjp")
            for output, ct in zip(outputs, given, strict=True)
        ]
        seeds = list(zip(places, checked, strict=True))
        return run.out(rebuild(run.pull(seeds)))

    return run.out(result), pull


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f's result and the derivative of it along the tangents (forward mode).

    >>> jvp(lambda x, y: x * y, (2.0, 5.0), (1.0, 0.0))
    (10.0, 5.0)

    Raises:
        ShapeError: tangents with another structure or shape than the arguments.
    """
    leaves, rebuild = flatten(tuple(primals))
    moves, _ = flatten(tuple(tangents))
    if len(moves) != len(leaves):
        raise ShapeError(f"jvp: {len(moves)} tangents for {len(leaves)} arguments")
    with _running([*leaves, *moves]) as run:
        inputs = run.enter(leaves, "jvp: argument")
        given = [t if isinstance(t, Value) else check_cotangent(t, x.primal, "jvp") for t, x in zip(moves, inputs, strict=True)]
        result = f(*rebuild(list(inputs)))
        moving = run.push(given)
        outputs, rebuild_result = flatten(result)
        derivative = rebuild_result([_tangent_of(run, output, moving) for output in outputs])
        return run.out(result), run.out(derivative)


def _tangent_of(run: _Run, output: Any, moving: dict[int, Any]) -> Any:
    if isinstance(output, Value) and output._tape is run.tape and output._index in moving:
        return moving[output._index]
    return zeros_like(plain_data(output))


def jacobian(f: Function, argnum: int = 0) -> Function:
    """A function that returns all partial derivatives: an array of shape (*result's shape, *argument's shape).

    By rows (reverse) or by columns (forward), whichever are fewer.

    >>> import numpy as np
    >>> jacobian(lambda x: x[::-1] * x)(np.array([2.0, 3.0]))
    array([[3., 2.],
           [3., 2.]])
    """

    @wraps(f)
    def apply(*args: Any, **kwargs: Any) -> Any:
        x = _chosen(args, kwargs, argnum, None, "jacobian")
        with _running([x]) as run:
            (entry,) = run.enter([x], "jacobian: argument")
            new_args, new_kwargs = _replaced(args, kwargs, argnum, None, entry)
            result = f(*new_args, **new_kwargs)
            if isinstance(result, list | tuple):
                result = stack(*result, axis=0)
            data, given = plain_data(result), entry.primal
            rows, columns = getattr(data, "size", 1), getattr(given, "size", 1)
            shape = (*shape_of(data), *shape_of(given))
            if rows <= columns:
                lines = [run.pull([(run.place(result), unit)])[0] for unit in _units(data)]
                return run.out(_assembled(lines, shape, by_rows=True))
            lines = [_tangent_of(run, result, run.push([unit])) for unit in _units(given)]
            return run.out(_assembled(lines, shape, by_rows=False))

    return apply


def _units(data: Any) -> Iterator[Any]:
    """The unit vectors of the data's shape and kind."""
    if shape_of(data) == ():
        yield 1.0 if type(data) in (int, float) else ones_like(data)
        return
    for index in np.ndindex(shape_of(data)):
        unit = zeros_like(data)
        unit[index] = ones_like(data)[index]
        yield unit


def _assembled(lines: list[Any], shape: tuple[int, ...], by_rows: bool) -> Any:
    if shape == ():
        return lines[0]
    if not lines:
        return np.zeros(shape)
    table = stack(*lines, axis=0 if by_rows else len(shape_of(plain_data(lines[0]))))
    return reshape(table, shape=shape)


def hessian(f: Function, argnum: int = 0) -> Function:
    """A function that returns all second derivatives of a single number: shape (*argument's shape, *argument's shape).

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnum), argnum)


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian of f times a vector, without the Hessian: the derivative of the gradient along the tangents.

    Costs a small constant times f.  With one argument, the product has its structure; with more, it is a tuple.

    >>> import numpy as np
    >>> hvp(lambda x: x[0] ** 2 * x[1], (np.array([1.0, 3.0]),), (np.array([1.0, 0.0]),))
    array([6., 2.])
    """
    argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    return jvp(grad(f, argnums), primals, tangents)[1]
