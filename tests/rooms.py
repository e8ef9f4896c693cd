"""Rooms: everything that has to work for a primitive as soon as it has a row.

Each room takes a row and raises what is wrong.  `LACKS` says which room has no place for which rows, and why; it is as strict as the rooms:
a room that works for a row that is listed fails too.

The values are compared with balls, and balls with the row's definition, if there is one; derivatives with differences of balls.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from importlib import import_module
from itertools import product
from typing import Any

import flint
import numpy as np
import sympy
import z3
from flint import arb

import micrograd as mg
from docs.generate import HERE, OPERATORS, primitives_page
from micrograd import engine
from micrograd.carriers.arb.carrier import arb_carrier, ball
from micrograd.carriers.arrays.on_jax import check_known
from micrograd.carriers.floats.functions import ULPS as OWN
from micrograd.carriers.smtlib import Script
from micrograd.carriers.walk import by_definition
from micrograd.trace.lookalikes.mathematics import MATH
from micrograd.trace.lookalikes.numpy_functions import NUMPY
from micrograd.trace.lookalikes.special import MICROGRAD, SPECIAL
from micrograd.trace.reals import Real
from micrograd.verified.expr import Expr, as_expr, eq
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import Cited, Definition, Primitive
from proofs.primitives import prove

BITS = 200
ULPS = 4.0
CANDIDATES = (0.625, 1.75, -0.375, -2.25, 3.0, 0.1875, 2.0)


class Lacks(AssertionError):
    """What the room says that it does not have for this row."""


def _check(holds: Any, what: object = "") -> None:
    if not holds:
        raise AssertionError(what)


# --- what is true ------------------------------------------------------------------------------------------------------


def applied(row: Primitive) -> tuple[Expr, tuple[Expr, ...]]:
    """The primitive of its parameters, and those that are variables; the exponent of an integer power is 3."""
    if row.name == "powi":
        return row.variables[0] ** 3, row.variables[:1]
    return row.application, row.variables


def on_balls(row: Primitive, *operands: Any) -> Any:
    """The function over balls."""
    function = arb_carrier().function(row)
    if function is None:
        raise Lacks("no function over balls")
    return function(*operands, *([3] if row.name == "powi" else []))


@cache
def points(row: Primitive) -> tuple[tuple[float, ...], ...]:
    """Some points of the domain, where it is smooth."""
    _, variables = applied(row)
    found = []
    for point in product(CANDIDATES, repeat=len(variables)):
        env: dict[str, Any] = dict(zip(row.params, map(arb, point), strict=False)) | ({"n": arb(3)} if row.name == "powi" else {})
        with flint.ctx.workprec(BITS):
            if mg.evaluate(row.domain_template, {"_": arb(0), **env}) is True:
                found.append(point)
    _check(found, "no candidate is in the domain")
    return tuple(found[:: max(1, len(found) // 3)][:3])


def close(value: Any, exact: Any, ulps: float = ULPS) -> bool:
    """Whether a float is within so many units in the last place of a ball."""
    return bool(abs(arb(float(value)) - exact) <= arb(ulps * math.ulp(float(exact.mid()))))


def value_at(row: Primitive, point: tuple[float, ...]) -> Any:
    """The true value."""
    with flint.ctx.workprec(BITS):
        return on_balls(row, *map(arb, point))


def slopes(row: Primitive) -> Iterator[tuple[int, Expr]]:
    """The operands that have a derivative, and the row's partials."""
    for place, template in enumerate(row.partial_templates):
        if template is not None:
            yield place, mg.parse("3*x**2") if row.name == "powi" else template


def at(row: Primitive, template: Expr, point: tuple[float, ...]) -> Any:
    """The true value of an expression over the row's parameters."""
    with flint.ctx.workprec(BITS):
        return mg.evaluate(template, {"_": arb(0), **dict(zip(row.params, map(arb, point), strict=False))})


# --- the rooms ---------------------------------------------------------------------------------------------------------


def names(row: Primitive) -> None:
    """Functions of this name build expressions; the engine has the same name."""
    if row.name in OPERATORS:
        return
    name = row.public
    _check(getattr(mg, name)(*row.variables) is row.application)


def parsing(row: Primitive) -> None:
    """What is printed is read back, in texts and in JSON."""
    expression, _ = applied(row)
    _check(mg.parse(str(expression)) is expression, str(expression))
    _check(mg.from_json(mg.to_json(expression)) is expression)


def latex(row: Primitive) -> None:
    """LaTeX with every operand, and with braces that match."""
    expression, variables = applied(row)
    text = mg.to_latex(expression)
    _check(text.count("{") == text.count("}"), text)
    _check(all(x.args == () and str(x) in text for x in variables), text)


def balls(row: Primitive) -> None:
    """Balls are narrow, and enclose the definition; of what may be anything they say nothing."""
    for point in points(row):
        value = value_at(row, point)
        _check(value.is_exact() or value.rel_accuracy_bits() > BITS // 2, (point, value))
        if isinstance(row.evidence, Definition):
            with flint.ctx.workprec(BITS):
                body = by_definition(arb_carrier(), row, "ieee")
                meaning: Any = None if body is None else body(*map(arb, point))
                _check(meaning is None or not meaning.is_finite() or meaning.overlaps(value), (point, value, meaning))
    _check(not on_balls(row, *[arb("nan")] * len(applied(row)[1])).is_finite())


def differentiation(row: Primitive) -> None:
    """`mg.diff` is the slope of the balls' values."""
    expression, variables = applied(row)
    for (place, template), point in product(slopes(row), points(row)):
        with flint.ctx.workprec(4 * BITS):
            step = arb(2) ** -BITS
            ahead, behind = ([arb(x) + s * step * (i == place) for i, x in enumerate(point)] for s in (1, -1))
            slope = (on_balls(row, *ahead) - on_balls(row, *behind)) / (2 * step)
            for derivative in (template, mg.diff(expression, variables[place])):
                exact = at(row, derivative, point)
                _check(abs(slope - exact) < arb(2) ** (-BITS // 2), (place, point, slope, exact))


def certificates(row: Primitive) -> None:
    """Derivatives have certificates, which are checked."""
    expression, variables = applied(row)
    for place, _ in slopes(row):
        found = mg.check_certificate(json.loads(json.dumps(mg.certificate(expression, variables[place]))))
        _check(bool(found["cited"]) == bool(_citations(row)), found)


def _citations(row: Primitive) -> set[str]:
    from micrograd.verified.cited import CITED
    from micrograd.verified.primitives import axioms_of

    return set(axioms_of(row)) & set(CITED)


def floats(row: Primitive) -> None:
    """Floats are close to the values, and so are derivatives."""
    expression, variables = applied(row)
    for point in points(row):
        env = dict(zip(variables, point, strict=True))
        _check(close(mg.evaluate(expression, env), value_at(row, point)), point)
        for place, template in slopes(row):
            _check(close(mg.evaluate(mg.diff(expression, variables[place]), env), at(row, template, point), 8.0), (place, point))


def arrays(row: Primitive) -> None:
    """Arrays have the values of floats, and keep their dtype."""
    expression, variables = applied(row)
    for dtype in (np.float64, np.float32):
        columns = dict(zip(variables, (np.array(column, dtype=dtype) for column in zip(*points(row), strict=True)), strict=True))
        result = mg.evaluate(expression, columns)
        _check((result.dtype, result.shape) == (dtype, (len(points(row)),)))
        for point, value in zip(points(row), result.tolist(), strict=True):
            exact = value_at(row, point)
            error = 8.0 * np.finfo(dtype).eps * float(abs(exact).mid())
            _check(abs(arb(value) - exact) <= error, (dtype, point, value))


def fractions(row: Primitive) -> None:
    """Fractions are exact, or refused."""
    expression, variables = applied(row)
    exact = 0
    for point in (*points(row), *[numbers[: len(variables)] for numbers in ((3.0, 4.0, 1.0), (64.0, 0.5, 1.0))]):
        try:
            value = mg.evaluate(expression, dict(zip(variables, map(Fraction, point), strict=True)))
        except (mg.UnsupportedPrimitive, mg.DomainError):
            continue
        _check(ball(value).overlaps(on_balls(row, *map(arb, point))), (point, value))
        exact += 1
    if not exact:
        raise Lacks("no rational values")


def to_sympy(row: Primitive) -> None:
    """SymPy has the same values."""
    expression, variables = applied(row)
    theirs = mg.to_sympy(expression)
    for point in points(row)[:2]:
        where = dict(zip((sympy.Symbol(str(x), real=True) for x in variables), map(sympy.Rational, point), strict=True))
        value, exact = sympy.N(theirs.subs(where), 20), value_at(row, point)
        _check(abs(arb(str(sympy.re(value))) - exact) <= abs(exact) * arb("1e-17"), (point, value))


def from_sympy(row: Primitive) -> None:
    """What is read back from SymPy has the same values."""
    expression, _ = applied(row)
    try:
        back: Any = mg.from_sympy(mg.to_sympy(expression))
    except mg.UnsupportedPrimitive as error:
        raise Lacks(str(error)) from None
    for point in points(row):
        with flint.ctx.workprec(BITS):
            env = {"_": arb(0), **dict(zip(row.params, map(arb, point), strict=False))}
            _check(mg.evaluate(as_expr(back), env).overlaps(value_at(row, point)), (point, back))


def smtlib(row: Primitive) -> None:
    """A script for Z3, which reads it."""
    expression, _ = applied(row)
    script = Script([eq(expression, mg.var("value"))])
    context = z3.Context()
    _check(len(z3.parse_smt2_string(script.text(), ctx=context)) >= 1)


def values(row: Primitive) -> None:
    """The engine's function: of plain numbers, of values, and its gradients."""
    _, variables = applied(row)
    name = row.public
    function = (lambda x: x**3) if row.name == "powi" else engine.functions.FUNCTIONS.get(name)
    if function is None:
        raise Lacks("the engine does not have it")
    for point in points(row):
        leaves = [engine.Value(x) for x in point]
        result = function(*leaves)
        _check(close(result.data, value_at(row, point)), point)
        _check(close(function(*point), value_at(row, point)), point)
        result.backward()
        for place, template in slopes(row):
            _check(close(leaves[place].grad, at(row, template, point), 8.0), (place, point))
    _check(row.name == "powi" or getattr(engine, name) is function)
    _check(len(variables) == len(points(row)[0]))


def jax(row: Primitive) -> None:
    """A function of JAX arrays, in float32, with our derivatives."""
    from micrograd.nn import to_jax_function

    grad: Any = import_module("jax").grad  # its types are more than mypy can keep
    expression, variables = applied(row)
    try:
        check_known(expression)
    except mg.UnsupportedPrimitive as error:
        raise Lacks(str(error)) from None
    function = to_jax_function(expression, variables)
    for point in points(row)[:1]:
        exact = float(value_at(row, point).mid())
        _check(abs(float(function(*point)) - exact) <= 1e-5 * max(abs(exact), 0.1), point)
        for place, template in slopes(row):
            slope = float(at(row, template, point).mid())
            _check(abs(float(grad(function, place)(*point)) - slope) <= 1e-4 * max(abs(slope), 0.1), (place, point))


def tracing(row: Primitive) -> None:
    """Code that calls the function, under any of its names, is read as the primitive."""
    if row.name in OPERATORS:
        return
    public = row.public
    if public not in MICROGRAD:
        raise Lacks("its calls are not read")
    reals = [Real(x) for x in row.variables]
    tables = [(MICROGRAD, public)]
    tables += [] if row.numpy is None else [(NUMPY, row.numpy)]
    tables += [(MATH, row.name)] if hasattr(math, row.name) and row.name not in ("log", "hypot") else []
    tables += [] if row.scipy is None else [(SPECIAL, row.scipy)]
    for table, name in tables:
        if name not in table:
            raise Lacks(f"{name} is not read")
        made = table[name](*reals)
        for point in points(row):  # some are read as what they mean
            _check(at(row, made.expr, point).overlaps(value_at(row, point)), (name, made.expr))


def proofs(row: Primitive) -> None:
    """There are obligations, and they are among those of the run; a derivative that is cited names its source."""
    found = [obligation.name for obligation in prove(row, _family(row))]
    _check(all(f".{row.name}." in name for name in found), found)
    _check(set(found) <= _obligations(_family(row)), found)
    if isinstance(row.evidence, Cited):
        _check(_citations(row))
    _check(found)


def _family(row: Primitive) -> str:
    return "primitives" if row.name in mg.PRIMITIVES else "special_functions"


@cache
def _obligations(family: str) -> frozenset[str]:
    return frozenset(obligation.name for obligation in import_module(f"proofs.{family}").obligations())


def docs(row: Primitive) -> None:
    """The reference has a line."""
    call = OPERATORS.get(row.name, f"{row.name}({', '.join(row.params)})")
    _check(f"| `{call}` |" in _page())


@cache
def _page() -> str:
    return primitives_page()


def accuracy(row: Primitive) -> None:
    """The table of accuracy has it, below its bound."""
    entry = json.loads((HERE / "accuracy.json").read_text(encoding="utf-8"))["worst"].get(row.name)
    if entry is None:
        raise Lacks("its accuracy was not measured: python -m benchmarks.accuracy NAME --save")
    bounded = entry.values() if row.name not in PRIMITIVES or row.name in OWN else [entry["value"]]
    _check(all(error < ULPS for what in bounded for error in what.values()))


ROOMS: dict[str, Callable[[Primitive], None]] = {
    room.__name__: room
    for room in (
        *(names, parsing, latex, balls, differentiation, certificates, floats, arrays, fractions, to_sympy, from_sympy, smtlib, values),
        *(jax, tracing, proofs, docs, accuracy),
    )
}
"""Every room by name."""


def check(room: str, row: Primitive) -> None:
    """Try a room for a row, at a precision at which comparisons with balls tell.

    Raises:
        AssertionError: what is wrong; `Lacks`: the room says that it has no place for the row.
    """
    with flint.ctx.workprec(BITS):
        ROOMS[room](row)


# fmt: off
RATIONAL = frozenset((
    "add", "sub", "mul", "div", "neg", "powi", "pow", "reciprocal", "square", "sqrt", "cbrt", "hypot", "abs", "sign", "relu", "max", "min",
    "floor", "ceil", "trunc", "softsign", "hardtanh", "hardsigmoid", "hardswish", "smoothstep", "copysign", "remainder",
))
# fmt: on
"""Primitives with values that are rational: all the others have no place among fractions.  A table of its own, on purpose: what the carrier
says is compared with it."""


_NOT_IN_JAX = frozenset(name for name in mg.SPECIAL if name.startswith(("airy", "bessel", "fresnel")) or name in ("lambertw", "expint"))


def lacks(room: str, row: Primitive) -> str:
    """Why the room has no place for the row; empty if it must have one."""
    if room == "fractions" and row.name not in RATIONAL:
        return "its values are irrational"
    if room == "tracing" and row.name == "remainder":
        return "numpy.remainder is not read"
    if room == "jax" and row.name in _NOT_IN_JAX:
        return "JAX has no such function"
    if room == "from_sympy" and row.name == "owens_t":
        return "an integral is not read back"
    if room == "from_sympy" and row.within is not None and row.name not in mg.SPECIAL:
        return "where it has no value by agreement, SymPy has nan, which is not read back"
    if row.name in mg.SPECIAL and room == "values":
        return "special functions are for expressions only"
    return ""
