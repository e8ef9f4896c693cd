"""Differentiation: its algebra at random points, guards, exact polynomials, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import factorial
from typing import Any

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd import evaluate
from micrograd.verified import (
    DomainError,
    Expr,
    absolute,
    atan,
    const,
    diff,
    erf,
    exp,
    gradient,
    hessian,
    log,
    logaddexp,
    maximum,
    minimum,
    postorder,
    relu,
    sigmoid,
    sign,
    sin,
    softplus,
    sqrt,
    substitute,
    tanh,
    var,
    where,
)
from micrograd.verified.expr import MINUS_ONE, ONE, ZERO, count_nodes
from tests.verified.strategies import expressions
from tests.verified.test_random import Point, balls, located, located_pairs
from tests.verified.test_registry import assert_same

x, y, z = var("x"), var("y"), var("z")
pairs = located_pairs()


def assert_equal_at(point: Point, left: Expr, right: Expr) -> None:
    """Enclosures of both at the point overlap and are sharp."""
    assert_same(f"{left} and {right} at {point}", lambda: [evaluate(left, balls(point))], lambda: [evaluate(right, balls(point))])


# --- algebra ---------------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(pairs, st.fractions(-5, 5, max_denominator=9), st.fractions(-5, 5, max_denominator=9))
def test_linearity(pair: tuple[Expr, Expr, Point], a: Fraction, b: Fraction) -> None:
    f, g, point = pair
    assert_equal_at(point, diff(a * f + b * g, x), a * diff(f, x) + b * diff(g, x))
    assert_equal_at(point, diff(f - g, x), diff(f, x) - diff(g, x))
    assert_equal_at(point, diff(-f, x), -diff(f, x))


@settings(max_examples=100, deadline=None)
@given(pairs)
def test_product_and_quotient_rule(pair: tuple[Expr, Expr, Point]) -> None:
    f, g, point = pair
    df, dg = diff(f, x), diff(g, x)
    assert_equal_at(point, diff(f * g, x), df * g + f * dg)
    below = 1 + g * g
    assert_equal_at(point, diff(f / below, x), (df * below - f * (2 * g * dg)) / below**2)
    assert_equal_at(point, diff(f * g, x, 2), diff(f, x, 2) * g + 2 * df * dg + f * diff(g, x, 2))


OUTER: list[Callable[[Expr], Expr]] = [
    sin,
    atan,
    tanh,
    erf,
    sigmoid,
    softplus,
    lambda u: u**3 - 2 * u,
    lambda u: 1 / (1 + u**2),
    lambda u: exp(-u * u),
    lambda u: sqrt(1 + u * u),
    lambda u: log(2 + sin(u)),
]


@settings(max_examples=150, deadline=None)
@given(located(), st.sampled_from(OUTER))
def test_chain_rule(case: tuple[Expr, Point], outer: Callable[[Expr], Expr]) -> None:
    f, point = case
    slope = substitute(diff(outer(z), z), {z: f})
    assert_equal_at(point, diff(outer(f), x), slope * diff(f, x))


@settings(max_examples=100, deadline=None)
@given(pairs)
def test_chain_rule_of_two_operands(pair: tuple[Expr, Expr, Point]) -> None:
    f, g, point = pair
    outer = logaddexp(y, z) * sin(y - z)
    along = [substitute(diff(outer, v), {y: f, z: g}) for v in (y, z)]
    assert_equal_at(point, diff(substitute(outer, {y: f, z: g}), x), along[0] * diff(f, x) + along[1] * diff(g, x))


@settings(max_examples=100, deadline=None)
@given(located())
def test_mixed_second_partials_are_equal(case: tuple[Expr, Point]) -> None:
    f, point = case
    assert_equal_at(point, diff(diff(f, x), y), diff(diff(f, y), x))
    h = hessian(f, [x, y])
    assert_equal_at(point, h[0][1], h[1][0])
    assert_equal_at(point, h[0][1], diff(diff(f, x), y))
    assert_equal_at(point, h[0][0], diff(f, x, 2))
    assert_equal_at(point, h[1][1], diff(f, y, 2))


@settings(max_examples=200, deadline=None)
@given(located())
def test_reverse_equals_forward(case: tuple[Expr, Point]) -> None:
    f, point = case
    backward = gradient(f, [x, y, z])
    for variable, entry in zip((x, y, z), backward, strict=True):
        assert_equal_at(point, entry, diff(f, variable))
    assert backward[2] is ZERO


@settings(max_examples=100, deadline=None)
@given(expressions())
def test_a_variable_that_does_not_occur_has_derivative_zero(expression: Expr) -> None:
    elsewhere = var("elsewhere")
    assert diff(expression, elsewhere) is ZERO
    assert gradient(expression, [elsewhere, x]) == [ZERO, gradient(expression, [x])[0]]
    assert diff(expression, x, 0) is expression
    assert diff(expression, x, 2) is diff(diff(expression, x), x)


def test_gradient_of_the_variable_itself() -> None:
    assert gradient(x, [x, y]) == [ONE, ZERO]
    assert gradient(x - y, [y, x, y]) == [MINUS_ONE, ONE, MINUS_ONE]
    assert gradient(const(3), [x]) == [ZERO]
    assert gradient(x * y, []) == []
    assert hessian(x * y, [x, y]) == [[ZERO, ONE], [ONE, ZERO]]


# --- guards ----------------------------------------------------------------------------------------------------------

ROOT, LOG = sqrt(x), log(x)
GUARDED: list[tuple[Expr, dict[str, float], list[float]]] = [
    (where(x > 0, ROOT, 0), {"x": -1.0}, [0.0, 0.0]),
    (where(x > 0, ROOT, y), {"x": -1.0, "y": 2.0}, [0.0, 1.0]),
    (where(x > 0, ROOT, 0), {"x": 4.0}, [0.25, 0.0]),
    (where(x <= 0, y, where(y > 0, LOG * y, x)), {"x": 1.0, "y": -1.0}, [1.0, 0.0]),
    (where(x <= 0, y, where(y > 0, LOG * y, x)), {"x": -1.0, "y": 3.0}, [0.0, 1.0]),
    (where(x > 0, LOG * y, where(x < -1, LOG + y, y * y)), {"x": -0.5, "y": 3.0}, [0.0, 6.0]),
    (where(x > 0, LOG, 0) + where(x > 0, LOG * LOG, y), {"x": -2.0, "y": 1.0}, [0.0, 1.0]),
    (where(x > 0, LOG, x) * 2, {"x": -2.0}, [2.0, 0.0]),
    (where(x > 1, 1 / (x - 1), 1 / (x + 1)), {"x": 1.0}, [-0.25, 0.0]),
    (where((x > 0) & (LOG > 0), LOG, y), {"x": -3.0, "y": 0.0}, [0.0, 1.0]),
    (where((x <= 0) | (LOG > 0), y * y, LOG), {"x": -3.0, "y": 5.0}, [0.0, 10.0]),
    (sin(where(x > 0, where(x > 1, sqrt(x - 1), 0) + ROOT, y)), {"x": -1.0, "y": 0.0}, [0.0, 1.0]),
    (x * where(y > 0, log(y), exp(y)) + where(y > 0, log(y), 0), {"x": 3.0, "y": 0.0}, [1.0, 3.0]),
]


@pytest.mark.parametrize(("function", "point", "expected"), GUARDED, ids=[str(row[0]) for row in GUARDED])
def test_a_branch_not_taken_is_not_evaluated(function: Expr, point: dict[str, float], expected: list[float]) -> None:
    point = {"y": 0.0, **point}
    assert evaluate(gradient(function, [x, y]), point) == expected
    assert evaluate([diff(function, x), diff(function, y)], point) == expected
    for row in hessian(function, [x, y]):
        assert all(value == value for value in evaluate(row, point))


@settings(max_examples=150, deadline=None)
@given(pairs, expressions(names=("x", "y"), max_operations=8))
def test_undefined_branches_do_not_matter(pair: tuple[Expr, Expr, Point], anything: Expr) -> None:
    """Branches that share parts with what is taken, and are undefined somewhere or everywhere."""
    f, g, point = pair
    bad = anything * f + log(-1 - g * g)
    never, ever = x < point["x"] - 1, x > point["x"] - 1
    guarded = where(ever, f * g, bad) + where(never, f * bad, f) * where(never | (y < point["y"] - 1), sqrt(bad), g)
    plain = f * g + f * g
    for variable, entry in zip((x, y), gradient(guarded, [x, y]), strict=True):
        assert_equal_at(point, entry, diff(plain, variable))
        assert_equal_at(point, diff(guarded, variable), diff(plain, variable))
    assert_equal_at(point, hessian(guarded, [x, y])[0][1], diff(diff(plain, x), y))


def test_undefined_where_it_is_needed_is_still_an_error() -> None:
    for entry in (diff(where(x > 0, 0, ROOT), x), gradient(where(x > 0, 0, ROOT), [x])[0]):
        with pytest.raises(DomainError):
            evaluate(entry, x=-1.0)


@pytest.mark.parametrize(
    ("function", "slopes"),
    [
        (absolute(x), [0.0, 0.0]),
        (sign(x), [0.0, 0.0]),
        (relu(x), [0.0, 0.0]),
        (maximum(x, y), [1.0, 0.0]),
        (minimum(x, y), [1.0, 0.0]),
        (where(x >= y, x, y), [1.0, 0.0]),
        (where(x > y, x, y), [0.0, 1.0]),
    ],
    ids=str,
)
def test_at_a_kink_forward_and_reverse_make_the_same_choice(function: Expr, slopes: list[float]) -> None:
    origin = {"x": 0.0, "y": 0.0}
    assert evaluate([diff(function, x), diff(function, y)], origin) == slopes
    assert evaluate(gradient(function, [x, y]), origin) == slopes


# --- polynomials and powers ------------------------------------------------------------------------------------------

coefficients = st.lists(st.fractions(-9, 9, max_denominator=12), min_size=1, max_size=9)
rationals = st.fractions(-6, 6, max_denominator=8)


@settings(max_examples=100, deadline=None)
@given(coefficients, rationals, st.integers(0, 6))
def test_derivatives_of_polynomials_are_exact(numbers: list[Fraction], at: Fraction, order: int) -> None:
    reference = flint.fmpq_poly([flint.fmpq(c.numerator, c.denominator) for c in numbers])
    for _ in range(order):
        reference = reference.derivative()
    value = reference(flint.fmpq(at.numerator, at.denominator))
    horner: Expr = const(0)
    powers: Expr = const(0)
    for n, number in enumerate(numbers):
        powers = powers + number * x**n
    for number in reversed(numbers):
        horner = horner * x + number
    for form in (horner, powers):
        found = evaluate(diff(form, x, order), x=at)
        assert (found.numerator, found.denominator) == (int(value.p), int(value.q))


@pytest.mark.parametrize("order", [-1, 1.0, True, "1"])
def test_the_order_of_a_derivative_is_a_natural_number(order: Any) -> None:
    with pytest.raises(ValueError, match="the order of a derivative is an integer >= 0"):
        diff(x**2, x, order)


@pytest.mark.parametrize("n", range(-6, 8))
@pytest.mark.parametrize("order", range(5))
def test_integer_powers(n: int, order: int) -> None:
    expected = Fraction(1)
    for k in range(order):
        expected *= n - k
    for at in (Fraction(-3), Fraction(2, 5), *([Fraction(0)] if n >= 0 else [])):
        value = expected * at ** (n - order) if expected else Fraction(0)
        assert evaluate(diff(x**n, x, order), x=at) == value


def test_powers_fold_as_they_should() -> None:
    assert diff(x**0, x) is ZERO
    assert diff(x**1, x) is ONE
    assert evaluate(x**0, x=Fraction(0)) == 1
    assert evaluate(diff(x**7, x, 7), x=Fraction(3)) == factorial(7)
    assert evaluate(diff(x**3, x, 4), x=Fraction(0)) == 0


# --- size ------------------------------------------------------------------------------------------------------------


def _chain(length: int) -> Expr:
    node: Expr = x
    for _ in range(length):
        node = sin(node * node) + y
    return node


@pytest.mark.parametrize(
    "derive",
    [
        lambda e: [diff(e, x)],
        lambda e: gradient(e, [x, y]),
        lambda e: [diff(e, x, 2)],
        lambda e: [entry for row in hessian(e, [x, y]) for entry in row],
    ],
    ids=["diff", "gradient", "second", "hessian"],
)
def test_derivatives_of_shared_graphs_stay_linear(derive: Callable[[Expr], list[Expr]]) -> None:
    a, b, c = (count_nodes(*derive(_chain(n))) for n in (20, 40, 60))
    assert c - b == b - a > 0


def test_long_chains_do_not_recurse() -> None:
    deep = _chain(30_000)
    assert count_nodes(diff(deep, x)) > 30_000
    assert count_nodes(*gradient(deep, [x, y])) > 30_000


def test_gradient_of_many_variables_is_cheap() -> None:
    """Each further variable adds the same few nodes to function and gradient together."""
    sizes = []
    for n in (50, 100, 150):
        names = [var(f"v{i}") for i in range(n)]
        total: Expr = const(0)
        for variable in names:
            total = total + sin(variable) * total
        sizes.append(len(postorder([total, *gradient(total, names)])))
    assert sizes[2] - sizes[1] == sizes[1] - sizes[0] > 0


# --- what is refused -------------------------------------------------------------------------------------------------

NOT_VARIABLES: list[Any] = [x + 1, const(2), "x", None, 1, x > 0, sin(x), [x]]


@pytest.mark.parametrize("wrong", NOT_VARIABLES, ids=repr)
def test_only_variables_are_differentiated_by(wrong: Any) -> None:
    with pytest.raises(TypeError):
        diff(x * x, wrong)
    with pytest.raises(TypeError):
        gradient(x * x, [x, wrong])
    with pytest.raises(TypeError):
        hessian(x * x, [wrong])


@pytest.mark.parametrize("wrong", [x > 0, 3, "x", None, [x]], ids=repr)
def test_only_expressions_are_differentiated(wrong: Any) -> None:
    with pytest.raises(TypeError):
        diff(wrong, x)
    with pytest.raises(TypeError):
        gradient(wrong, [x])


@pytest.mark.parametrize("n", [-1, 1.0, 1.5, "1", None, True])
def test_the_order_is_a_natural_number(n: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        diff(x * x, x, n)
