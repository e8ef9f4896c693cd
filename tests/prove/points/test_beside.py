"""What functions do next to a point: every row of the registry, in guards, against its values by Arb on both sides."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest

import micrograd as mg
from micrograd.carriers.arb.enclosures import Enclosures
from micrograd.prove.at_point import AtPoint
from micrograd.prove.points.beside import Beside, Undecided
from micrograd.prove.points.onesided import derivative_at
from micrograd.prove.points.steps import may_step, taken_apart
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import AND, CONST, NOT, OR, VAR, WHERE, Expr, build, const, substitute
from micrograd.verified.registry import REGISTRY
from micrograd.verified.row import Primitive

X = mg.var("x")
NEAR = Fraction(1, 2**40)
SMALL = Fraction(1, 2**10)
"""More than any function here moves that does not step, between 0 and `NEAR`."""
STARTS = tuple(map(Fraction, ("0", "1", "-1", "2", "3", "-3", "1/2")))
FEWER = tuple(map(Fraction, ("0", "1", "-1")))
MOVES = ("0", "x", "-x", "x**2", "-x**2")


def lines(row: Primitive) -> list[Expr]:
    """The function along lines and parabolas through the points at which functions here do something, and across integers."""
    starts = STARTS if row.arity == 1 else FEWER
    moves = MOVES if row.arity < 3 else MOVES[:2]
    operands = [const(a) + mg.parse(move) if a else mg.parse(move) for a in starts for move in moves]
    made = (build(row.head, *chosen) for chosen in product(operands, repeat=row.arity) if row.name != "powi" or chosen[1].head is CONST)
    return [g for g in made if X in mg.variables(g)]


def value(g: Expr, at: Fraction) -> Any:
    """Its enclosure; None where it has no value."""
    try:
        ball = Enclosures({"x": at})(g, 128)
    except ArithmeticError:
        return None
    return Fraction(str(ball.mid().str(40, radius=False))) if ball.is_finite() and ball.rad() < 1e-9 else "unknown"


def expected(values: list[Any], level: Fraction) -> int | str:
    """The slope at 0 of ``where(g > level, x, 2*x)``, by g's values on the left, at 0, and on the right."""
    left, here, right = values
    if here is None:
        return "undefined"
    if left is None or right is None:
        return "edge"
    slopes = {1 if v > level else 2 for v in (left, right)}
    return slopes.pop() if len(slopes) == 1 else "kink"


def found(f: Expr) -> int | str | None:
    """The prover's answer; None if it has none."""
    try:
        slope = derivative_at(f, X, const(0), AtPoint({"x": Fraction(0)}))
    except (Undecided, MicrogradError):
        return None
    return slope if isinstance(slope, str) else int(slope.key[1])


@pytest.mark.parametrize("row", REGISTRY.values(), ids=lambda row: row.name)
def test_a_guard_is_not_taken_to_hold_beside_the_point_because_it_does_at_it(row: Primitive) -> None:
    for g in lines(row):
        values = [value(g, at) for at in (-NEAR, Fraction(0), NEAR)]
        if "unknown" in values or values[1] is None:
            continue
        here = values[1]
        levels = {here + SMALL, here - SMALL, *((here + v) / 2 for v in values if v is not None and abs(v - here) > SMALL)}
        for level in levels:
            answer = found(mg.where(g > const(level), X, 2 * X))
            assert answer in (None, expected(values, level)), (g, level, values)


@pytest.mark.parametrize("row", REGISTRY.values(), ids=lambda row: row.name)
def test_a_function_that_is_said_not_to_step_does_not(row: Primitive) -> None:
    if may_step(row):
        return
    for g in lines(row):
        left, here, right = (value(g, at) for at in (-NEAR, Fraction(0), NEAR))
        if here is None or here == "unknown":
            continue
        assert all(v is None or v == "unknown" or abs(v - here) < SMALL for v in (left, right)), g


def test_functions_by_cases_are_taken_apart() -> None:
    apart = {name for name, row in REGISTRY.items() if taken_apart(row)}
    assert {"abs", "sign", "max", "ceil", "trunc", "hardtanh", "copysign", "remainder", "xlogy", "entr"} <= apart
    assert apart.isdisjoint(("sqrt", "hypot", "floor", "softsign", "sinc", "celu", "besselj", "pow", "atan2"))
    assert all(may_step(REGISTRY[name]) for name in (*apart, "floor", "pow", "atan2", "besselj", "betainc"))
    assert not any(may_step(REGISTRY[name]) for name in ("add", "div", "powi", "sqrt", "hypot", "acos", "asec", "celu", "gamma"))


def test_a_function_of_a_parameter_that_moves_is_not_smooth() -> None:
    near = Beside(X, const(0), AtPoint({"x": Fraction(0)}))
    assert near.smooth(mg.parse("besselj(0, x)"))
    assert not near.smooth(mg.parse("besselj(x**2, 0)"))
    assert not near.smooth(mg.parse("x + besselj(x, 1)"))


def test_values_are_those_of_the_function_and_not_of_what_it_is_taken_apart_into() -> None:
    f = substitute(mg.parse("celu(y, -1)"), {mg.var("y"): X})
    assert derivative_at(f, X, const(0), AtPoint({"x": Fraction(0)})) == "undefined"


def looked_at(node: Any) -> tuple[set[str], set[str]]:
    """Variables that are needed where a condition is true, and where it is false; of a number twice the same."""
    head, *children = node.key
    if head is VAR:
        return {children[0]}, {children[0]}
    if not head.arity:
        return set(), set()
    parts = [looked_at(child) for child in children]
    first_true, first_false = parts[0]
    if head is NOT:
        return first_false, first_true
    if head is AND:
        return first_true | parts[1][0], first_false & (first_true | parts[1][1])
    if head is OR:
        return first_true & (first_false | parts[1][0]), first_false | parts[1][1]
    if head is WHERE:
        chosen = (first_true | parts[1][0]) & (first_false | parts[2][0])
        return chosen, chosen
    together = set().union(*(true for true, _ in parts))
    return together, together


@pytest.mark.parametrize("row", [row for row in REGISTRY.values() if taken_apart(row)], ids=lambda row: row.name)
def test_what_is_taken_apart_needs_all_its_operands(row: Primitive) -> None:
    # else a function would seem to have a value where an operand has none
    assert looked_at(row.definition)[0] == set(row.params)


def test_a_definition_may_leave_an_operand_out() -> None:
    assert looked_at(REGISTRY["celu"].definition)[0] == {"x"}
