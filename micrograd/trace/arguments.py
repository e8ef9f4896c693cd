"""The parameters of a traced function as variables, and how it is called with them.

A parameter for a number is one variable; a parameter for a vector or a matrix, whose shape is given or annotated, is one variable for each
entry, ``x0, x1, …`` or ``x0_0, x0_1, …``, and so is one that is annotated as a tuple.
"""

from __future__ import annotations

import functools
import inspect
import math
import typing
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from micrograd.trace.arrays import array_of
from micrograd.trace.reals import Real
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import var

Shape = tuple[int, ...]


class TupleShape(tuple[int, ...]):
    """The shape of a parameter that is a tuple of Python's, and no array."""

    __slots__ = ()


def argument_of(symbols: Sequence[Any], shape: Shape) -> Any:
    """A parameter of this shape: a number, an array or a tuple."""
    if isinstance(shape, TupleShape):
        return tuple(symbols)
    return array_of(symbols, shape) if shape else symbols[0]


class Arguments:
    """The variables of a function, and how it is called with them."""

    def __init__(self, function: Any, title: str, names: Sequence[str] | None, shapes: Mapping[str, int | Sequence[int]]) -> None:
        try:
            signature = signature_of(function)
        except (ValueError, TypeError):
            raise UnsupportedPrimitive(f"{title} is not written in Python, so there is nothing to trace") from None
        _check_signature(function, title, signature)
        self.title = title
        every = signature.parameters.values()
        chosen = [p for p in every if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        wanted = [p for p in chosen if p.default is p.empty or (names is not None and p.name in names) or p.name in shapes]
        self.rest = next((p.name for p in every if p.kind is p.VAR_POSITIONAL), None)
        unknown = set(shapes) - {p.name for p in chosen}
        if unknown:
            raise ValueError(f"{title} has no parameter {', '.join(sorted(unknown))}, whose shape is given")
        hints = _hints(function)
        self.shapes = {p.name: _shape(shapes[p.name]) if p.name in shapes else _annotated(hints.get(p.name)) for p in wanted}
        if names is not None:
            self._fit(len(names), chosen)
        elif self.rest is not None:
            raise UnsupportedPrimitive(f"{title} takes any number of arguments: say which by names=[...]")
        entries = self._entries(names)
        self.names = tuple(name for group in entries.values() for name in group)
        self.symbols = {name: [self._symbol(entry) for entry in group] for name, group in entries.items()}
        self.words = _by_name(chosen, self.shapes)
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"{title}: variables need different names, not {', '.join(self.names)}")

    def _fit(self, count: int, chosen: list[inspect.Parameter]) -> None:
        """Make the parameters take as many variables as there are names."""
        total = sum(math.prod(shape) for shape in self.shapes.values())
        if count in (total, len(self.shapes)) and (count or not chosen) and self.rest is None:
            return
        if self.rest is not None and count >= total:
            self.shapes[self.rest] = (count - total,)
            return
        if count == len(chosen):
            self.shapes = {p.name: self.shapes.get(p.name, ()) for p in chosen}
            return
        scalars = [name for name, shape in self.shapes.items() if shape == ()]
        if len(scalars) == 1 and count > total:
            self.shapes[scalars[0]] = (count - total + 1,)
            return
        raise ValueError(f"{self.title} has the parameters {', '.join(self.shapes) or 'none'}, which do not take {count} variables")

    def _entries(self, names: Sequence[str] | None) -> dict[str, list[str]]:
        total = sum(math.prod(shape) for shape in self.shapes.values())
        if names is not None and len(names) == total:
            flat = iter(names)
            return {name: [next(flat) for _ in range(math.prod(shape))] for name, shape in self.shapes.items()}
        heads = list(names) if names is not None else list(self.shapes)
        return {name: [*entry_names(head, shape)] for head, (name, shape) in zip(heads, self.shapes.items(), strict=True)}

    def _symbol(self, name: str) -> Real:
        try:
            return Real(var(name))
        except ValueError as reason:
            raise ValueError(f"{self.title}: {reason}; rename the variables by names=[...]") from None

    def call(self, function: Callable[..., Any], numbers: Mapping[str, Any] | None = None) -> Any:
        """The function's value at its symbols, or at numbers by name; in arrays that are new for each call."""
        values = {name: self._argument(name) if numbers is None else self._numeric(name, numbers) for name in self.shapes}
        rest = values.pop(self.rest, []) if self.rest is not None else []
        named = {name: values.pop(name) for name in self.words}
        return function(*values.values(), *rest, **named)

    def _argument(self, name: str) -> Any:
        return argument_of(self.symbols[name], self.shapes[name])

    def _numeric(self, name: str, numbers: Mapping[str, Any]) -> Any:
        entries = [numbers[symbol.expr.key[1]] for symbol in self.symbols[name]]
        if self.shapes[name] == ():
            return entries[0]
        if isinstance(self.shapes[name], TupleShape):
            return tuple(entries)
        return np.array(entries, dtype=float).reshape(self.shapes[name])


def signature_of(function: Any) -> inspect.Signature:
    """The function's own signature; of a wrapper that takes any arguments, that of what it wraps."""
    try:
        own = inspect.signature(function, follow_wrapped=False)
    except (ValueError, TypeError):  # a function of functools.lru_cache
        return inspect.signature(function)
    open_ended = all(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in own.parameters.values())
    return inspect.signature(function) if open_ended else own


def _check_signature(function: Any, title: str, signature: inspect.Signature) -> None:
    """Refuse a function whose ``__signature__`` gives other names to its parameters than its code."""
    code = getattr(function, "__code__", None)
    names = () if code is None else code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if "__signature__" in getattr(function, "__dict__", {}) and names != tuple(signature.parameters)[: len(names)]:
        raise UnsupportedPrimitive(f"{title} has a __signature__ with other parameters than its own: {', '.join(names)}")


def _by_name(parameters: list[inspect.Parameter], given: Mapping[str, Any]) -> set[str]:
    """The parameters that are given by name, as one before them keeps its default."""
    names = set()
    skipped = False
    for p in parameters:
        if p.name not in given:
            skipped = True
        elif skipped or p.kind is p.KEYWORD_ONLY:
            names.add(p.name)
    return names


def entry_names(name: str, shape: Shape) -> tuple[str, ...]:
    """The variables of a parameter: x0, x1, … for a vector x, x0_0, x0_1, … for a matrix."""
    return tuple(name + "_".join(map(str, place)) for place in product(*map(range, shape))) if shape else (name,)


def _shape(given: int | Sequence[int]) -> Shape:
    shape = (given,) if isinstance(given, int) else given if isinstance(given, TupleShape) else tuple(given)
    if not all(isinstance(n, int) and n > 0 for n in shape):
        raise ValueError(f"a shape consists of positive lengths, not {given!r}")
    return shape


def _hints(function: Any) -> dict[str, Any]:
    target = function.func if isinstance(function, functools.partial) else function
    target = target if hasattr(target, "__code__") or inspect.ismethod(target) else vars(type(target)).get("__call__", target)
    try:
        return typing.get_type_hints(target, include_extras=True)
    except Exception:  # annotations may be anything, and may fail
        return {}


def _annotated(hint: Any) -> Shape:
    if typing.get_origin(hint) is typing.Annotated:
        for extra in typing.get_args(hint)[1:]:
            if isinstance(extra, int) or (isinstance(extra, tuple) and all(isinstance(n, int) for n in extra)):
                return _shape(extra)
    if typing.get_origin(hint) is tuple:
        entries = typing.get_args(hint)
        if entries and all(entry in (float, int) for entry in entries):
            return TupleShape((len(entries),))
    return ()
