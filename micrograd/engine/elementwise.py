"""Elementwise operations, from the registry of `micrograd.verified`: no rule is written here.

An operation's value is the primitive's over floats, arrays or expressions, with broadcasting; its partial derivatives are the registry's,
compiled by `micrograd.engine.partials`.  Two things are added: what a power does at the edge of its domain, and powers with a literal
whole number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd.carriers.arrays.forms import FORMS as FORMS_ON_ARRAYS
from micrograd.carriers.arrays.functions import ARRAYS
from micrograd.carriers.arrays.functions import FUNCTIONS as ON_ARRAYS
from micrograd.carriers.carrier import Table
from micrograd.carriers.floats.forms import FORMS as FORMS_ON_FLOATS
from micrograd.carriers.floats.functions import FUNCTIONS as ON_FLOATS
from micrograd.carriers.forms import FORMS, STEEP, Form
from micrograd.engine.broadcasting import broadcast_like, unbroadcast
from micrograd.engine.choosing import COMPARISONS, CONNECTIVES, where
from micrograd.engine.errors import ShapeError
from micrograd.engine.kinds import describe, entrywise, is_plain, is_symbolic
from micrograd.engine.operation import Operation, plain_data
from micrograd.engine.partials import Reading, compile_partial
from micrograd.engine.scaling import array_product, scaled
from micrograd.verified import expr as expressions
from micrograd.verified.differentiation import diff
from micrograd.verified.expr import HEADS, MINUS_ONE, ONE, ZERO, Node
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import compile_template

ndarray = np.ndarray


class Elementwise(Operation):
    """A primitive of the registry, with broadcasting.  ``partials[i]`` is 0, 1, -1, or makes ∂y/∂xᵢ."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.arity = PRIMITIVES[name].arity
        self.on_floats, self.on_arrays = ON_FLOATS[name], ARRAYS[name]
        head = HEADS[name]
        self.on_expressions = entrywise(lambda *parts: expressions.build(head, *map(expressions.as_expr, parts)), self.arity)
        self.partials: list[Any] = []
        self.array_partials: list[Any] = []
        """The same, for plain arrays only: without looking at what kind of data it is at every step."""

    def value(self, *operands: Any) -> Any:
        plain = True
        for x in operands:
            if x.__class__ is ndarray:
                if x.dtype.hasobject:
                    return self.on_expressions(*operands)
                plain = False
            elif x.__class__ is not float and x.__class__ is not int:
                if isinstance(x, Node):
                    return self.on_expressions(*operands)
                plain = False
        if plain:
            return self.on_floats(*operands)
        try:
            return self.on_arrays(*operands)
        except ValueError:
            raise ShapeError(f"{self.name}: {' and '.join(map(describe, operands))} do not broadcast") from None

    def share(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        """ct·∂y/∂xᵢ, before summing over what was broadcast; None for 0."""
        partial = self.partials[place]
        if partial is ONE:
            return ct
        if partial is MINUS_ONE:
            return NEG(ct)
        return None if partial is ZERO else scaled(ct, partial(operands, output))

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        if ct.__class__ is ndarray and output.__class__ is ndarray and not ct.dtype.hasobject and not output.dtype.hasobject:
            partial = self.array_partials[place]
            if partial is not MINUS_ONE and partial is not ZERO:
                share, operand = ct if partial is ONE else array_product(ct, partial(operands, output)), operands[place]
                if operand.__class__ is ndarray and share.shape == operand.shape and share.dtype is operand.dtype:
                    return share
                return unbroadcast(share, operand)
        share = self.share(ct, place, operands, output)
        return None if share is None else unbroadcast(share, operands[place])

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        share = self.share(tangent, place, operands, output)
        return None if share is None else broadcast_like(share, output)


class Composite(Elementwise):
    """A form that floats compute as a whole (`micrograd.carriers.forms`); it occurs in the partials of primitives."""

    def __init__(self, form: Form) -> None:
        Operation.__init__(self, form.name)
        self.form, self.arity = form, len(form.params)
        self.on_floats, self.on_arrays = FORMS_ON_FLOATS[form.name], FORMS_ON_ARRAYS[form.name]
        make = compile_template(form.template, form.params)
        self.on_expressions = entrywise(lambda *parts: make((None, *map(expressions.as_expr, parts))), self.arity)
        self.partials, self.array_partials = [], []


class _AtRest(Elementwise):
    """An operation that does not depend on an operand where a condition fails, even if its partial is not finite there."""

    def moves(self, place: int, operands: Sequence[Any], output: Any) -> Any:
        """The condition; None where there is none."""
        raise NotImplementedError

    def share(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        moves = self.moves(place, operands, output)
        if moves is not None:
            ct = scaled(ct, where(moves, ONE, ZERO) if is_symbolic(plain_data(moves)) else moves)
        return scaled(ct, self.partials[place](operands, output))

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return unbroadcast(self.share(ct, place, operands, output), operands[place])


class Power(_AtRest):
    """x**y.  Besides x > 0, where the registry's partials hold,

    * x**0 is 1 for every x: its partial with respect to x is 0, also at x = 0;
    * 0**y is 0 for every y > 0: its partial with respect to y is 0 there;
    * y·x**(y-1) holds for whole numbers y at x < 0 as well, and at x = 0 for y >= 1; for 0 < y < 1 the slope at 0 is infinite;
    * with respect to y there is no derivative at x < 0 (NaN), nor at 0**0 (-inf, the one from the right).
    """

    def moves(self, place: int, operands: Sequence[Any], output: Any) -> Any:
        return COMPARISONS["ne"](operands[1] if place == 0 else output, 0)


class PowerSlope(_AtRest, Composite):
    """y·x**(y-1), which is 1 for every x where y = 1."""

    def moves(self, place: int, operands: Sequence[Any], output: Any) -> Any:
        return COMPARISONS["ne"](operands[1], 1) if place == 0 else None


class IntegerPower(Operation):
    """x**n with a literal integer n; the partial is n·x**(n-1)."""

    def __init__(self) -> None:
        super().__init__("powi")
        self.on_floats, self.on_arrays = ON_FLOATS["powi"], ARRAYS["powi"]
        self.on_expressions = entrywise(lambda x, n: expressions.power(expressions.as_expr(x), expressions.as_expr(n)), 2)

    def value(self, x: Any, *, n: int) -> Any:
        if is_symbolic(x):
            return self.on_expressions(x, n)
        if x.__class__ is int:
            x = float(x) if n < 0 or abs(x) > 1 < abs(n) > 64 else x
            return x**n if x.__class__ is int else self.on_floats(x, n)
        if is_plain(x):
            return self.on_floats(x, n)
        return x * x if n == 2 else self.on_arrays(x, n)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, n: int) -> Any:
        if n == 0:
            return None
        return scaled(ct, integer_power_slope(operands[0], n=n) if n != 1 else 1)

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, n: int) -> Any:
        return self.vjp(tangent, place, operands, output, n=n)


class IntegerPowerSlope(Operation):
    """n·x**(n-1) with a literal integer n."""

    def value(self, x: Any, *, n: int) -> Any:
        if abs(n) < STEEP or is_symbolic(x) or x.__class__ is int:
            return MUL.value(n, powi.value(x, n=n - 1))
        return FORMS_ON_FLOATS[self.name](x, n) if is_plain(x) else FORMS_ON_ARRAYS[self.name](x, n)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, n: int) -> Any:
        return None if n == 1 else MUL(n, powi.vjp(ct, place, operands, None, n=n - 1))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, n: int) -> Any:
        return self.vjp(tangent, place, operands, output, n=n)


OPERATIONS: dict[str, Elementwise] = {name: (Power if name == "pow" else Elementwise)(name) for name in PRIMITIVES if name != "powi"}
"""The elementwise operations by the registry's names."""
powi, integer_power_slope = IntegerPower(), IntegerPowerSlope("integer_power_slope")
COMPOSITES: dict[str, Composite] = {form.name: (PowerSlope if form.name == "power_slope" else Composite)(form) for form in reversed(FORMS)}
"""The composite forms by name."""
MUL, NEG = OPERATIONS["mul"], OPERATIONS["neg"]
for _name in ("add", "sub", "neg"):
    OPERATIONS[_name].reads = False

_TRUTHS = {**COMPARISONS, **CONNECTIVES}
_ANY_DATA = Reading({**OPERATIONS, **_TRUTHS}, COMPOSITES, powi, arrays=False)
_ON_ARRAYS = Table({**ON_ARRAYS, **{name: truth.compare for name, truth in _TRUTHS.items()}}, ON_ARRAYS.fallback)
_PLAIN_ARRAYS = Reading(_ON_ARRAYS, FORMS_ON_ARRAYS, powi.value, arrays=True)


def _set_partials(operation: Elementwise, templates: Sequence[Any], application: Any, variables: Sequence[Any]) -> None:
    operation.partials = [compile_partial(template, application, variables, _ANY_DATA) for template in templates]
    operation.array_partials = [compile_partial(template, application, variables, _PLAIN_ARRAYS) for template in templates]


for _name, _operation in OPERATIONS.items():
    _row = PRIMITIVES[_name]
    _set_partials(_operation, _row.partial_templates, _row.application, _row.variables)
for _composite in COMPOSITES.values():
    _form = _composite.form
    _set_partials(_composite, [diff(_form.template, x) for x in _form.variables], _form.template, _form.variables)
