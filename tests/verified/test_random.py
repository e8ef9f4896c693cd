"""Random expressions over all primitives: the derivative against power series, and against SymPy's.

`located` draws a point first and then builds an expression bottom up, taking an operation only where it is smooth at the values
its operands have there; so every example can be checked and none is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import flint
import mpmath
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from micrograd import evaluate, to_sympy
from micrograd.carriers.arb.carrier import ball
from micrograd.verified import Expr, const, diff, domain, gradient, hessian, pi, var, variables, where
from micrograd.verified.expr import EQ, GE, GT, LE, LT, NE, Head, build, compare
from micrograd.verified.primitives import PRIMITIVES
from tests.verified.test_registry import assert_same, instances, samples, sharp, taylor

x, y = var("x"), var("y")
LEAVES = [x, y, const(1), const(Fraction(-1, 2)), const(3), pi]
COMPARISONS = [LT, LE, GT, GE, EQ, NE]
COORDINATES = [Fraction(n, d) for n, d in ((1, 2), (-1, 3), (5, 7), (-5, 4), (3, 1), (-9, 2), (1, 64), (-40, 3), (0, 1))]
LARGEST = flint.arb(2) ** 20
SMALLEST = flint.arb(2) ** -20
Point = dict[str, Fraction]


def balls(point: Point) -> dict[str, Any]:
    """The point as balls, with a dummy that makes the carrier Arb even without variables."""
    return {**{name: ball(value) for name, value in point.items()}, "_": flint.arb(0)}


def _tame(value: Any) -> bool:
    """Exactly 0, or of moderate size: chains of operations then neither overflow nor lose all accuracy."""
    return bool(value.is_finite()) and (bool(value.is_zero()) or bool(abs(value) > SMALLEST and abs(value) < LARGEST))


class _Builder:
    """Nodes built so far with their values at the point."""

    def __init__(self, point: Point) -> None:
        self.point = point
        self.balls = balls(point)
        self.nodes: list[Expr] = []
        self.values: list[Any] = []
        for leaf in LEAVES:
            self.add(leaf)

    def add(self, node: Expr) -> None:
        """Take the node if it is smooth and tame at the point, and not a constant unless a leaf."""
        value = evaluate(node, self.balls, on_domain="ieee")
        if _tame(value):
            self.nodes.append(node)
            self.values.append(value)

    def apply(self, name: str, places: Sequence[int], exponent: int, which: Head) -> None:
        """One more operation, where it is allowed."""
        count = len(self.nodes)
        operands = [self.nodes[count - 1 - place % count] for place in places]
        if name == "where":
            node = where(compare(which, operands[0], operands[1]), operands[0], operands[2])
            if evaluate(domain(node), self.balls) is True:
                self.add(node)
        elif name == "powi":
            self.add_smooth(operands[0] ** exponent)
        else:
            row = PRIMITIVES[name]
            self.add_smooth(build(row.head, *operands[: row.arity]))

    def add_smooth(self, node: Expr) -> None:
        """`add` if the node's own domain holds; the operands' do already."""
        row = node.head.row
        if row is None or row.make_domain is None or evaluate(row.make_domain(node.key), self.balls) is True:
            self.add(node)


NAMES = [*PRIMITIVES, "where", "where", "add", "mul", "sub", "div", "mul"]
operations = st.tuples(
    st.sampled_from(NAMES),
    st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(0, 20)),
    st.integers(-3, 5),
    st.sampled_from(COMPARISONS),
)


@st.composite
def located(draw: Callable[[Any], Any], size: int = 12, names: frozenset[str] | None = None) -> tuple[Expr, Point]:
    """An expression of at most so many operations in x and y, and a point at which it is smooth."""
    builder = _built(draw, size, names)
    return builder.nodes[-1], builder.point


@st.composite
def located_pairs(draw: Callable[[Any], Any], size: int = 10) -> tuple[Expr, Expr, Point]:
    """Two expressions that share parts, and a point at which both are smooth."""
    builder = _built(draw, size, None)
    return builder.nodes[-1], builder.nodes[-1 - draw(st.integers(0, len(builder.nodes) - 1))], builder.point


def _built(draw: Callable[[Any], Any], size: int, names: frozenset[str] | None) -> _Builder:
    builder = _Builder({name: draw(st.sampled_from(COORDINATES)) for name in ("x", "y")})
    for name, places, exponent, which in draw(st.lists(operations, min_size=1, max_size=size)):
        if names is None or name in names:
            builder.apply(name, places, exponent, which)
    return builder


# --- power series ----------------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(located())
def test_diff_lies_in_the_taylor_enclosure(case: tuple[Expr, Point]) -> None:
    expression, point = case
    assert evaluate(domain(expression), balls(point)) is True
    derivatives = [diff(expression, x, k) for k in range(3)]
    assert_same(
        f"{expression} at {point}",
        lambda: list(evaluate(derivatives, balls(point))),
        lambda: taylor(expression, point, {"x": 1})[:3],
    )


@settings(max_examples=150, deadline=None)
@given(located())
def test_gradient_and_hessian_lie_in_the_taylor_enclosure(case: tuple[Expr, Point]) -> None:
    expression, point = case
    slope = gradient(expression, [x, y])
    (a, b), (c, d) = hessian(expression, [x, y])
    along = [expression, slope[0] + slope[1], a + b + c + d]
    assert_same(
        f"{expression} at {point}",
        lambda: list(evaluate(along, balls(point))),
        lambda: taylor(expression, point, {"x": 1, "y": 1})[:3],
    )


def test_a_wrong_derivative_is_noticed() -> None:
    point = {"x": Fraction(1, 2), "y": Fraction(1)}
    with pytest.raises(AssertionError, match="entry 0"):
        assert_same("x*x", lambda: [evaluate(x, balls(point))], lambda: taylor(x * x, point, {"x": 1})[1:2])


# --- SymPy -----------------------------------------------------------------------------------------------------------

UNKNOWN = (sympy.Derivative, sympy.Subs, sympy.DiracDelta, sympy.Heaviside, sympy.AccumBounds)


def sympy_derivative(expression: Expr, variable: Expr) -> Any:
    """SymPy's derivative, or None where it has none or leaves it unevaluated."""
    found = sympy.diff(to_sympy(expression), to_sympy(variable))
    return None if found.has(*UNKNOWN, sympy.nan, sympy.zoo) else found


def _as_ball(value: Any) -> Any:
    sign, mantissa, exponent, _ = value._mpf_
    exact = flint.arb(int(mantissa)) * flint.arb(2) ** int(exponent)
    return -exact if sign else exact


def sympy_enclosure(formula: Any, point: Point) -> Any:
    """The value of a SymPy expression as a ball, its error read off a computation with twice the digits; None if it is not real.

    Digits are doubled until two results agree in 20 of them; what 1600 digits cannot tell from 0 is 0 up to 10**-800.
    """
    names = sorted(point)
    function = sympy.lambdify([sympy.Symbol(name, real=True) for name in names], formula, "mpmath")
    previous = None
    for digits in (50, 100, 200, 400, 800, 1600):
        with mpmath.workdps(digits):
            value = mpmath.mpmathify(function(*(mpmath.mpf(point[n].numerator) / point[n].denominator for n in names)))
            if not (isinstance(value, mpmath.mpf) and mpmath.isfinite(value)):
                return None
        if previous is not None:
            change = abs(_as_ball(previous) - _as_ball(value))
            if change < abs(_as_ball(value)) * flint.arb(10) ** -20:
                return _widened(_as_ball(value), change)
        previous = value
    return _widened(_as_ball(previous), change + flint.arb(10) ** -800)


def _widened(value: Any, error: Any) -> Any:
    return value + flint.arb(0, (2 * error + abs(value) * flint.arb(10) ** -45).abs_upper())


@settings(max_examples=150, deadline=None)
@given(located(size=6, names=frozenset(NAMES) - {"where"}))
def test_diff_equals_the_derivative_of_sympy(case: tuple[Expr, Point]) -> None:
    expression, point = case
    with flint.ctx.workprec(512):
        formula = sympy_derivative(expression, x)
        assume(formula is not None)
        reference = sympy_enclosure(formula, point)
        assume(reference is not None)
        value = evaluate(diff(expression, x), balls(point))
        assert sharp(value)
        assert value.overlaps(reference), f"{expression} at {point}: {value}, SymPy {formula} = {reference}"


@pytest.mark.parametrize("row", PRIMITIVES.values(), ids=lambda row: row.name)
def test_partials_equal_the_derivatives_of_sympy(row: Any) -> None:
    for application in instances(row):
        for variable in variables(application):
            formula = sympy_derivative(application, variable)
            if formula is None:
                continue
            checked = sum(map(partial(_agrees, application, variable, formula), samples(application)[:20]))
            assert checked >= 3


def _agrees(application: Expr, variable: Expr, formula: Any, point: Point) -> bool:
    with flint.ctx.workprec(512):
        reference = sympy_enclosure(formula, {**{"x": Fraction(0)}, **point})
        if reference is None:
            return False
        value = evaluate(diff(application, variable), balls(point))
        assert value.overlaps(reference), f"d/d{variable} {application} at {point}: {value}, SymPy {formula} = {reference}"
        return True
