"""Partial derivatives, compiled from the registry's templates: functions of the operands and the output.

A template is read in two ways (`Reading`): with operations, for any data, recorded if operands are; and with NumPy's functions, for plain
arrays, without a look at what kind of data it is at every step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd.carriers.evaluation import evaluate
from micrograd.carriers.forms import Match, find, walk
from micrograd.engine.choosing import logical_not, where
from micrograd.engine.kinds import is_symbolic
from micrograd.engine.operation import plain_data
from micrograd.verified.expr import CONST, EULER, MINUS_ONE, ONE, PI, VAR, WHERE, ZERO
from micrograd.verified.row import compile_template

Partial = Callable[[Sequence[Any], Any], Any]
"""Makes a partial derivative from the operands and the output."""


@dataclass(frozen=True)
class Reading:
    """What the nodes of a template are computed with.

    Attributes:
        functions: by the heads' names, comparisons included.
        forms: the composite forms, by name.
        power: x**n as ``power(x, n=n)``.
        arrays: whether all operands are plain arrays or numbers; else they may be values and expressions.
    """

    functions: Mapping[str, Callable[..., Any]]
    forms: Mapping[str, Callable[..., Any]]
    power: Callable[..., Any]
    arrays: bool


def compile_partial(template: Any, application: Any, variables: Sequence[Any], reading: Reading) -> Any:
    """The partial derivative's template as a function of operands and output; 0, 1 and -1 as themselves.

    Where the template repeats the application itself, the output is used.
    """
    if template in (ZERO, ONE, MINUS_ONE):
        return template
    made: dict[Any, Partial] = {application: lambda operands, output: output}
    made |= {x: _operand(i) for i, x in enumerate(variables)}
    for node, match in walk([template]):
        if node not in made:
            made[node] = _node(node, made, reading) if match is None else _form(match, made, application, reading)
    return made[template]


def _operand(place: int) -> Partial:
    return lambda operands, output: operands[place]


def _form(match: Match, made: dict[Any, Partial], application: Any, reading: Reading) -> Partial:
    form, operands = match
    parts = [made[operand] for operand in operands]
    if reading.arrays and form.shared_template is not None and find(application) is None:  # a form is rounded otherwise than what it means
        shared = compile_template(form.shared_template, form.params)((None, *operands))
        parts += [made[application]] * (shared is application)
    return _application(reading.forms[form.name], parts)


def _node(node: Any, made: dict[Any, Partial], reading: Reading) -> Partial:
    if node.head in (CONST, PI, EULER):
        return _fixed(node, reading)
    if node.head is VAR:
        raise ValueError(f"{node} is not an operand")
    parts = [made[child] for child in node.args]
    if node.head is WHERE:
        if node.args[1:] in ((ONE, ZERO), (ZERO, ONE)):
            return _indicator(parts[0], node.args[1] is ZERO, reading)
        return _application(np.where if reading.arrays else where, parts)
    if node.head.name == "powi":
        base, exponent, power = parts[0], node.args[1].key[1], reading.power
        return lambda operands, output: power(base(operands, output), n=exponent)
    return _application(reading.functions[node.head.name], parts)


def _fixed(node: Any, reading: Reading) -> Partial:
    """A constant: exact among expressions, an int or a float among numbers."""
    number = node.key[1] if node.head is CONST and node.key[1].__class__ is int else evaluate(node)
    if reading.arrays:
        return lambda operands, output: number
    return lambda operands, output: node if is_symbolic(plain_data(output)) else number


def _application(function: Callable[..., Any], parts: list[Partial]) -> Partial:
    if len(parts) == 1:
        only = parts[0]
        return lambda operands, output: function(only(operands, output))
    if len(parts) == 2:
        left, right = parts
        return lambda operands, output: function(left(operands, output), right(operands, output))
    return lambda operands, output: function(*[part(operands, output) for part in parts])


def _indicator(condition: Partial, opposite: bool, reading: Reading) -> Partial:
    """1 where the condition holds, else 0 (or the opposite); to NumPy a truth value is such a number."""
    if reading.arrays:
        return _application(np.logical_not, [condition]) if opposite else condition

    def apply(operands: Sequence[Any], output: Any) -> Any:
        holds = condition(operands, output)
        if is_symbolic(plain_data(holds)):
            return where(holds, ZERO, ONE) if opposite else where(holds, ONE, ZERO)
        return logical_not(holds) if opposite else holds

    return apply
