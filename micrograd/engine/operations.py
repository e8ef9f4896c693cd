"""Operations: how each computes a value, pulls a cotangent back, and pushes a tangent forward.

For y = f(x₁, …, xₙ) an operation knows

* ``value(x₁, …, xₙ)``: y, over plain data (floats, arrays, expressions);
* ``vjp(ct, i, (x₁, …, xₙ), y)``: (∂y/∂xᵢ)ᵀ·ct, the share of operand i in the cotangent ct;
* ``jvp(ṫ, i, (x₁, …, xₙ), y)``: (∂y/∂xᵢ)·ṫ, what the tangent ṫ of operand i adds to the tangent of y.

Rules are written with operations.  Applied to plain data they compute; applied to values on a tape they are recorded, so a
derivative can be differentiated again; applied to expressions they give formulas, which `proofs` compares with symbolic
differentiation.  Elementwise rules are not written at all: they come from the registry of `micrograd.verified`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd.carriers.arrays.forms import FORMS as FORMS_ON_ARRAYS
from micrograd.carriers.arrays.functions import ARRAYS
from micrograd.carriers.arrays.functions import FUNCTIONS as ON_ARRAYS
from micrograd.carriers.floats.forms import FORMS as FORMS_ON_FLOATS
from micrograd.carriers.floats.functions import FUNCTIONS as ON_FLOATS
from micrograd.carriers.forms import FORMS, STEEP, Form, Match, find, walk
from micrograd.engine.data import as_objects, describe, elementwise, is_plain, is_symbolic, shape_of, zeros_like
from micrograd.engine.errors import ShapeError
from micrograd.verified import expr as expressions
from micrograd.verified.differentiation import diff
from micrograd.verified.expr import CONST, EULER, HEADS, MINUS_ONE, ONE, PI, VAR, WHERE, ZERO, Head, Node
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import compile_template

ndarray = np.ndarray
_BOOL = np.dtype(bool)
_add_reduce: Any = np.add.reduce


class Recorded:
    """Base of the values that remember what was done to them; their class offers ``record``."""

    __slots__ = ()

    @property
    def primal(self) -> Any:
        """The data, for operations."""
        raise NotImplementedError


class Operation:
    """See the module's text.  ``options`` are what is not differentiated: axes, shapes, indices, labels."""

    truth = False
    """Whether the result is a truth value, which has no derivative."""
    reads: bool | int = True
    """Whether the derivatives depend on the operands' values; a number says, on those of so many of the first."""
    permanent = True
    """Whether it is one of the engine's, which may be remembered; a user's may hold data."""
    saves = False
    """Whether a by-product of the value is kept for the derivatives."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __call__(self, *operands: Any, **options: Any) -> Any:
        for operand in operands:
            if isinstance(operand, Recorded):
                return operand.__class__.record(self, operands, options)  # type: ignore[attr-defined]
        return self.value(*operands, **options)

    value: Callable[..., Any]
    """value(*operands, **options): the result over plain data."""
    value_and_saved: Callable[..., tuple[Any, Any]]
    """The result, and what ``vjp`` and ``jvp`` get as the option ``saved``; for operations with `saves`."""
    vjp: Callable[..., Any]
    """vjp(ct, place, operands, output, **options): the operand's share, with its shape; None where it is 0 throughout."""
    pull: Callable[..., None]
    """pull(bar, places, data, adjoints): all shares at once; for operations on numbers with many operands."""
    jvp: Callable[..., Any]
    """jvp(tangent, place, operands, output, **options): what it adds to the output's tangent; None where that is 0."""


# --- shapes ----------------------------------------------------------------------------------------------------------


class BroadcastTo(Operation):
    """Repeat along new and along unit axes: y[i, j] = x[j]."""

    reads = False

    def value(self, x: Any, *, shape: tuple[int, ...]) -> Any:
        if x.__class__ is not ndarray and is_symbolic(x):
            x = as_objects([x]).reshape(())
        return np.broadcast_to(x, shape) if shape or x.__class__ is ndarray else x

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, shape: tuple[int, ...]) -> Any:
        return sum_to(ct, shape=shape_of(plain_data(operands[0])))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, shape: tuple[int, ...]) -> Any:
        return broadcast_to(tangent, shape=shape)


class SumTo(Operation):
    """Sum over the axes that broadcasting from ``shape`` would add or repeat."""

    reads = False

    def value(self, x: Any, *, shape: tuple[int, ...]) -> Any:
        given = shape_of(x)
        if given == shape:
            return x
        extra = len(given) - len(shape)
        axes = tuple(range(extra)) + tuple(i for i in range(extra, len(given)) if shape[i - extra] == 1 != given[i])
        total = _add_reduce(x, axis=axes, keepdims=True) if not is_symbolic(x) else sum_objects(x, axes, True)
        total = total.reshape(shape)
        return total if shape or total.dtype.hasobject is False else total.item()

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, shape: tuple[int, ...]) -> Any:
        return broadcast_to(ct, shape=shape_of(plain_data(operands[0])))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, shape: tuple[int, ...]) -> Any:
        return sum_to(tangent, shape=shape)


def sum_objects(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """A sum of expressions; an empty one is the expression 0."""
    if not x.size:
        shape = _add_reduce(np.empty(x.shape), axis=axes, keepdims=keepdims).shape
        return np.full(shape, ZERO, dtype=object)
    total = _add_reduce(x, axis=axes, keepdims=keepdims)
    return total if total.__class__ is ndarray else as_objects([total]).reshape(())


class Cast(Operation):
    """The same entries in another floating dtype; over the reals, y = x."""

    reads = False

    def value(self, x: Any, *, dtype: Any) -> Any:
        return x if is_symbolic(x) else x.astype(dtype)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, dtype: Any) -> Any:
        return cast(ct, dtype=getattr(plain_data(operands[0]), "dtype", dtype))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, dtype: Any) -> Any:
        return cast(tangent, dtype=dtype)


cast = Cast("cast")
broadcast_to = BroadcastTo("broadcast_to")
sum_to = SumTo("sum_to")


def plain_data(x: Any) -> Any:
    """The data of a recorded value; anything else as it is."""
    return x.primal if isinstance(x, Recorded) else x


def unbroadcast(share: Any, operand: Any) -> Any:
    """The share of an operand that was broadcast, summed to the operand's shape and in its dtype."""
    if share.__class__ is ndarray and operand.__class__ is ndarray and share.dtype is operand.dtype and not share.dtype.hasobject:
        given, shape = share.shape, operand.shape
        if given == shape:
            return share
        if given[1:] == shape:
            return _add_reduce(share, 0)
    shape = shape_of(plain_data(operand))
    if shape_of(plain_data(share)) != shape:
        share = sum_to(share, shape=shape)
    given = getattr(plain_data(share), "dtype", None)
    wanted = getattr(plain_data(operand), "dtype", given)
    return share if given is None or given == wanted else cast(share, dtype=wanted)


# --- elementwise operations, from the registry -----------------------------------------------------------------------

Partial = Callable[[Sequence[Any], Any], Any]
"""Makes a partial derivative from the operands and the output."""


class Elementwise(Operation):
    """A primitive of the registry, with broadcasting.  ``partials[i]`` is 0, 1, -1, or makes ∂y/∂xᵢ."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.arity = PRIMITIVES[name].arity
        self.on_floats, self.on_arrays = ON_FLOATS[name], ARRAYS[name]
        head = HEADS[name]
        self.on_expressions = elementwise(lambda *parts: expressions.build(head, *map(expressions.as_expr, parts)), self.arity)
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
        if share is None or shape_of(plain_data(share)) == shape_of(plain_data(output)):
            return share
        return broadcast_to(share, shape=shape_of(plain_data(output)))


class Composite(Elementwise):
    """A form that floats compute as a whole (`micrograd.carriers.forms`); it occurs in the partials of primitives."""

    def __init__(self, form: Form) -> None:
        Operation.__init__(self, form.name)
        self.form, self.arity = form, len(form.params)
        self.on_floats, self.on_arrays = FORMS_ON_FLOATS[form.name], FORMS_ON_ARRAYS[form.name]
        make = compile_template(form.template, form.params)
        self.on_expressions = elementwise(lambda *parts: make((None, *map(expressions.as_expr, parts))), self.arity)
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
        self.on_expressions = elementwise(lambda x, n: expressions.power(expressions.as_expr(x), expressions.as_expr(n)), 2)

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


def array_product(ct: Any, partial: Any) -> Any:
    """`scaled` for plain arrays."""
    product = ct * partial
    if np.isfinite(product).all():
        return product
    truth = (partial.__class__ is ndarray and partial.dtype is _BOOL) or isinstance(partial, bool | np.bool_)
    nothing = np.logical_not(partial) if truth else (ct == 0) & ~np.isfinite(partial)
    return np.where(nothing, product.dtype.type(0), product)


class Scaled(Operation):
    """ct·partial, except that nothing comes back, whatever the other factor is, where

    * the cotangent is 0 and the partial is not finite: a cotangent is exactly 0 where a branch of ``where`` is not taken, and the
      branch's derivative need not exist there;
    * the partial is the truth value False: such are the partials of functions that do not depend on the operand around the point (a
      clipped one, the smaller of two for ``maximum``), and a function of what stands still stands still, even where it has no slope.
    """

    def value(self, ct: Any, partial: Any) -> Any:
        if is_symbolic(ct) or is_symbolic(partial):
            return MUL.value(ct, partial)
        if ct.__class__ is ndarray or partial.__class__ is ndarray:
            return array_product(ct, partial)
        product = ct * partial
        if product - product == 0:
            return product
        nothing = not partial if isinstance(partial, bool | np.bool_) else ct == 0 and partial - partial != 0
        return zeros_like(product) if nothing else product

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        share = scaled(ct, operands[1 - place])
        if not is_symbolic(plain_data(share)):
            share = where(lost(*operands), 0.0, share)
        return unbroadcast(share, operands[place])

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        share = scaled(tangent, operands[1 - place])
        if not is_symbolic(plain_data(share)):
            share = where(lost(*operands), 0.0, share)
        shape = shape_of(plain_data(output))
        return share if shape_of(plain_data(share)) == shape else broadcast_to(share, shape=shape)


class Lost(Operation):
    """Whether a cotangent is 0 where the partial is not finite; see `Scaled`."""

    truth = True

    def value(self, ct: Any, partial: Any) -> Any:
        return np.logical_and(np.equal(ct, 0), np.logical_not(np.isfinite(partial)))


scaled, lost = Scaled("scaled"), Lost("lost")


class Where(Operation):
    """y = a where the condition holds, else b; the condition is not differentiated."""

    def value(self, condition: Any, a: Any, b: Any) -> Any:
        if is_symbolic(condition) or is_symbolic(a) or is_symbolic(b):
            return _choose(condition, a, b)
        if condition.__class__ is not ndarray and a.__class__ is not ndarray and b.__class__ is not ndarray:
            return a if condition else b
        try:
            return np.where(condition, a, b)
        except ValueError:
            raise ShapeError(f"where: {describe(condition)}, {describe(a)} and {describe(b)} do not broadcast") from None

    def share(self, ct: Any, place: int, condition: Any) -> Any:
        """ct where the operand was chosen, else 0."""
        zero = zero_of(ct)
        return where(condition, ct, zero) if place == 1 else where(condition, zero, ct)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return None if place == 0 else unbroadcast(self.share(ct, place, operands[0]), operands[place])

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        if place == 0:
            return None
        share = self.share(tangent, place, operands[0])
        shape = shape_of(plain_data(output))
        return share if shape_of(plain_data(share)) == shape else broadcast_to(share, shape=shape)


def zero_of(ct: Any) -> Any:
    """A zero that does not change the dtype of what it meets."""
    return ZERO if is_symbolic(plain_data(ct)) else 0.0


def _choice(condition: Any, a: Any, b: Any) -> Any:
    if not isinstance(condition, Node):
        condition = expressions.TRUE if condition else expressions.FALSE
    return expressions.where(condition, a, b)


_choose = elementwise(_choice, 3)
where = Where("where")


class Comparison(Operation):
    """A truth value for each entry; its derivative is 0."""

    truth = True

    def __init__(self, name: str, compare: Callable[[Any, Any], Any], head: Head) -> None:
        super().__init__(name)
        self.compare = compare
        self.on_expressions = elementwise(lambda a, b: expressions.compare(head, *map(expressions.as_expr, (a, b))), 2)

    def value(self, a: Any, b: Any) -> Any:
        if is_symbolic(a) or is_symbolic(b):
            return self.on_expressions(a, b)
        try:
            return self.compare(a, b)
        except ValueError:
            raise ShapeError(f"{self.name}: {describe(a)} and {describe(b)} do not broadcast") from None

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return None

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return None


class LogicalNot(Operation):
    """The opposite truth value for each entry; its derivative is 0."""

    truth = True

    def value(self, a: Any) -> Any:
        return not a if isinstance(a, bool) else np.logical_not(a)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return None

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return None


logical_not = LogicalNot("logical_not")
COMPARISONS = {
    head.name: Comparison(head.name, compare, head)
    for head, compare in [
        (expressions.LT, operator.lt),
        (expressions.LE, operator.le),
        (expressions.GT, operator.gt),
        (expressions.GE, operator.ge),
        (expressions.EQ, operator.eq),
        (expressions.NE, operator.ne),
    ]
}

OPERATIONS: dict[str, Elementwise] = {name: (Power if name == "pow" else Elementwise)(name) for name in PRIMITIVES if name != "powi"}
"""The elementwise operations by the registry's names."""
powi, integer_power_slope = IntegerPower(), IntegerPowerSlope("integer_power_slope")
COMPOSITES: dict[str, Composite] = {form.name: (PowerSlope if form.name == "power_slope" else Composite)(form) for form in reversed(FORMS)}
"""The composite forms by name."""
MUL, NEG = OPERATIONS["mul"], OPERATIONS["neg"]
for _name in ("add", "sub", "neg"):
    OPERATIONS[_name].reads = False


def _compile_partial(template: Any, application: Any, variables: Sequence[Any], on_arrays: bool) -> Any:
    """The partial derivative's template as a function of operands and output; 0, 1 and -1 as themselves.

    Where the template repeats the application itself, the output is used.
    """
    if template in (ZERO, ONE, MINUS_ONE):
        return template
    made: dict[Any, Partial] = {application: lambda operands, output: output}
    made |= {x: _operand(i) for i, x in enumerate(variables)}
    for node, match in walk([template]):
        if node not in made:
            made[node] = _compile_node(node, made, on_arrays) if match is None else _compile_form(match, made, application, on_arrays)
    return made[template]


def _compile_form(match: Match, made: dict[Any, Partial], application: Any, on_arrays: bool) -> Partial:
    form, operands = match
    parts = [made[operand] for operand in operands]
    if not on_arrays:
        return _application(COMPOSITES[form.name], parts)
    shared = None if form.shared_template is None else compile_template(form.shared_template, form.params)((None, *operands))
    if (
        shared is application and find(application) is None
    ):  # a form itself is rounded otherwise than its operations, which would be recorded
        parts.append(made[application])
    return _application(FORMS_ON_ARRAYS[form.name], parts)


def _operand(place: int) -> Partial:
    return lambda operands, output: operands[place]


def _compile_node(node: Any, made: dict[Any, Partial], on_arrays: bool) -> Partial:
    which = node.key[0]
    if which in (CONST, PI, EULER):
        return _fixed(node, on_arrays)
    if which is VAR:
        raise ValueError(f"{node} is not an operand")
    parts = [made[child] for child in node.key[1:]]
    if which is WHERE and node.key[2:] == (ONE, ZERO):
        return parts[0] if on_arrays else _indicator(parts[0])
    if which is WHERE and node.key[2:] == (ZERO, ONE):
        return _application(np.logical_not, parts[:1]) if on_arrays else _indicator(parts[0], opposite=True)
    if which is WHERE:
        return _application(np.where if on_arrays else where, parts)
    if which.name == "powi":
        exponent = node.key[2].key[1]
        raised = powi.value if on_arrays else powi
        return lambda operands, output: raised(parts[0](operands, output), n=exponent)
    if which.name in COMPARISONS:
        comparison = COMPARISONS[which.name]
        return _application(comparison.compare if on_arrays else comparison, parts)
    return _application(ON_ARRAYS[which.name] if on_arrays else OPERATIONS[which.name], parts)


def _fixed(node: Any, on_arrays: bool) -> Partial:
    """A constant: exact among expressions, an int or a float among numbers."""
    from micrograd.carriers.evaluation import evaluate

    number = node.key[1] if node.key[0] is CONST and node.key[1].__class__ is int else evaluate(node)
    if on_arrays:
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


def _indicator(condition: Partial, opposite: bool = False) -> Partial:
    """1 where the condition holds, else 0 (or the opposite); to NumPy a truth value is such a number."""

    def apply(operands: Sequence[Any], output: Any) -> Any:
        holds = condition(operands, output)
        if is_symbolic(plain_data(holds)):
            return where(holds, ZERO, ONE) if opposite else where(holds, ONE, ZERO)
        return logical_not(holds) if opposite else holds

    return apply


def _set_partials(operation: Elementwise, templates: Sequence[Any], application: Any, variables: Sequence[Any]) -> None:
    operation.partials = [_compile_partial(template, application, variables, False) for template in templates]
    operation.array_partials = [_compile_partial(template, application, variables, True) for template in templates]


for _name, _operation in OPERATIONS.items():
    _row = PRIMITIVES[_name]
    _set_partials(_operation, _row.partial_templates, _row.application, _row.variables)
for _composite in COMPOSITES.values():
    _form = _composite.form
    _set_partials(_composite, [diff(_form.template, x) for x in _form.variables], _form.template, _form.variables)
