"""SymPy both ways and LaTeX.  (NumPy scalars: ``test_expr``; NumPy arrays: ``test_evaluation``.)

SymPy is a second opinion: its values and its derivatives of what we hand over must overlap our Arb balls.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from micrograd import evaluate, from_sympy, to_sympy
from micrograd.carriers.arb.carrier import ball
from micrograd.verified import (
    PRIMITIVES,
    Condition,
    DomainError,
    Expr,
    MicrogradError,
    UnsupportedPrimitive,
    const,
    diff,
    e,
    eq,
    exp,
    log,
    ne,
    parse,
    parse_condition,
    pi,
    sin,
    sqrt,
    to_latex,
    var,
    where,
)
from micrograd.verified.expr import FALSE, TRUE
from micrograd.verified.row import Primitive
from tests.verified.strategies import ARITHMETIC, conditions, expressions, untimed

x, y = var("x"), var("y")
SX, SY = sympy.Symbol("x", real=True), sympy.Symbol("y", real=True)
DIGITS, BITS = 30, 200
WITHOUT_DERIVATIVE_IN_SYMPY = ("floor", "ceil", "trunc", "remainder")
"""SymPy leaves the derivatives of its integer parts unevaluated; between the jumps they are 0."""
CANDIDATES = [Fraction(v) for v in ("1/3", "4/5", "-2/3", "5/4", "-7/4", "3", "-4", "29/2")]


def _points(row: Primitive) -> list[dict[str, Any]]:
    """Exact points of the row's domain (the exponent of powi is an integer)."""
    choices = [[Fraction(3), Fraction(-2)] if name == "n" else CANDIDATES for name in row.params]
    found = [dict(zip(row.params, values, strict=True)) for values in product(*choices)]
    with flint.ctx.workprec(BITS):
        return [p for p in found if evaluate(row.domain_template, {name: ball(v) for name, v in p.items()}) is True]


def _sympy_ball(value: Any, point: dict[str, Fraction]) -> Any:
    """SymPy's value to `DIGITS` digits as a ball."""
    numbers = {sympy.Symbol(name, real=True): sympy.Rational(v.numerator, v.denominator) for name, v in point.items()}
    number = value.subs(numbers).evalf(DIGITS)
    assert number.is_Float or number.is_Rational, number
    middle = arb(str(number))
    return middle + arb(0, middle.abs_upper() * arb(10) ** (1 - DIGITS))


def _our_ball(node: Expr, point: dict[str, Fraction]) -> Any:
    value = evaluate(node, {name: ball(v) for name, v in point.items()} | {"unused": arb(0)})
    assert value.rad() <= max(value.abs_upper(), arb(1)) * arb(10) ** -DIGITS, (node, value)
    return value


def _applied(row: Primitive, point: dict[str, Fraction]) -> Expr:
    """The primitive over its parameters; an integer exponent is written as a constant."""
    if row.name == "powi":
        return var("x") ** int(point["n"])
    return row.application


# --- to SymPy --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRIMITIVES)
def test_sympy_agrees_on_values_and_derivatives(name: str) -> None:
    row = PRIMITIVES[name]
    points = _points(row)
    assert len(points) >= 2
    with flint.ctx.workprec(BITS):
        for point in points[:: max(1, len(points) // 6)]:
            if name == "log_ndtr" and point["x"] > 10:
                continue  # SymPy computes log(1 - erfc(x/sqrt(2))/2), and takes the difference for 1
            node = _applied(row, point)
            there = to_sympy(node)
            assert _sympy_ball(there, point).overlaps(_our_ball(node, point)), point
            for x_i in node.args if name != "powi" else [x]:
                derivative = there.diff(sympy.Symbol(str(x_i), real=True))
                assert derivative.has(sympy.Derivative) is (name in WITHOUT_DERIVATIVE_IN_SYMPY)
                if name in WITHOUT_DERIVATIVE_IN_SYMPY:
                    derivative = derivative.replace(sympy.Derivative, lambda *_: sympy.Integer(0)).doit()
                assert _sympy_ball(derivative, point).overlaps(_our_ball(diff(node, x_i), point)), (x_i, point)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        pytest.param(x, SX, id="variable"),
        pytest.param(const(Fraction(2, 3)), sympy.Rational(2, 3), id="fraction"),
        pytest.param(const(0.1), sympy.Rational(3602879701896397, 36028797018963968), id="float"),
        pytest.param(const(7**3000), sympy.Integer(7) ** 3000, id="large"),
        pytest.param(pi + e, sympy.pi + sympy.E, id="symbols"),
        pytest.param(log(x) ** 2 / y, sympy.log(SX) ** 2 / SY, id="expression"),
        pytest.param(where(x > 0, x, -y), sympy.Piecewise((SX, SX > 0), (-SY, True)), id="where"),
        pytest.param((x > 0) & ~(y <= 1), sympy.And(SX > 0, SY > 1), id="condition"),
        pytest.param(eq(x, 1) | ne(y, 2), sympy.Or(sympy.Eq(SX, 1), sympy.Ne(SY, 2)), id="equations"),
        pytest.param(TRUE, sympy.true, id="true"),
        pytest.param(FALSE, sympy.false, id="false"),
    ],
)
def test_to_sympy(node: Expr | Condition, expected: Any) -> None:
    assert to_sympy(node) == expected


def test_variables_are_real_symbols() -> None:
    assert to_sympy(x).is_real is True
    assert to_sympy(sqrt(x**2)) == sympy.Abs(SX)


# --- from SymPy ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "text"),
    [
        pytest.param(SX + SY, "x + y", id="sum"),
        pytest.param(sympy.Symbol("x"), "x", id="symbol without assumptions"),
        pytest.param(SX**3, "x**3", id="power"),
        pytest.param(1 / SX, "x**-1", id="reciprocal"),
        pytest.param(sympy.sqrt(SX), "sqrt(x)", id="sqrt"),
        pytest.param(1 / sympy.sqrt(SX), "1/sqrt(x)", id="one over sqrt"),
        pytest.param(SX**SY, "x**y", id="real power"),
        pytest.param(sympy.exp(SX), "exp(x)", id="exp"),
        pytest.param(sympy.E, "e", id="e"),
        pytest.param(sympy.pi, "pi", id="pi"),
        pytest.param(sympy.Rational(-2, 3), "-2/3", id="rational"),
        pytest.param(sympy.Float("0.5"), "1/2", id="float"),
        pytest.param(sympy.log(SX, evaluate=False), "log(x)", id="log"),
        pytest.param(sympy.Abs(SX), "abs(x)", id="abs"),
        pytest.param(sympy.sign(SX), "sign(x)", id="sign"),
        pytest.param(sympy.floor(SX), "floor(x)", id="floor"),
        pytest.param(sympy.ceiling(SX), "ceil(x)", id="ceiling"),
        pytest.param(sympy.atan2(SY, SX), "atan2(y, x)", id="atan2"),
        pytest.param(sympy.acosh(SX), "acosh(x)", id="acosh"),
        pytest.param(sympy.erfc(SX), "erfc(x)", id="erfc"),
        pytest.param(sympy.Piecewise((SX, SX > 0), (SY, True)), "where(x > 0, x, y)", id="piecewise"),
        pytest.param(sympy.Piecewise((SX, SX > 0)), "where(x > 0, x, 0/0)", id="partial piecewise"),
    ],
)
def test_from_sympy(there: Any, text: str) -> None:
    assert from_sympy(there) is parse(text)


@pytest.mark.parametrize(
    ("there", "text"),
    [
        pytest.param(SX < SY, "x < y", id="less"),
        pytest.param(sympy.Eq(SX, SY), "x == y", id="equation"),
        pytest.param(sympy.Ne(SX, 1), "x != 1", id="unequal"),
        pytest.param(sympy.Not(sympy.And(SX > 0, sympy.Eq(SY, 1)), evaluate=False), "not (x > 0 and y == 1)", id="not and"),
        pytest.param(sympy.true, "True", id="true"),
    ],
)
def test_conditions_from_sympy(there: Any, text: str) -> None:
    point = {"x": 0.5, "y": 1.0}
    node = from_sympy(there)
    assert isinstance(node, Condition)
    assert evaluate(node, point) == evaluate(parse_condition(text), point)


def test_floats_of_sympy_are_exact() -> None:
    assert from_sympy(sympy.Float(0.1)) is const(0.1)
    assert from_sympy(sympy.Float(-3.0e-300)) is const(-3.0e-300)
    third = sympy.Rational(1, 3).evalf(50)
    node = from_sympy(third)
    assert isinstance(node, Expr)
    assert abs(node.key[1] - Fraction(1, 3)) <= Fraction(1, 10**50)


@pytest.mark.parametrize(
    "there",
    [
        pytest.param(sympy.Ei(SX), id="Ei"),
        pytest.param(sympy.jn(2, SX), id="spherical Bessel"),
        pytest.param(sympy.Function("f")(SX), id="undefined function"),
        pytest.param(sympy.Derivative(sympy.Function("f")(SX), SX), id="derivative"),
        pytest.param(sympy.Integral(sympy.exp(SX**3), SX), id="integral"),
        pytest.param(sympy.Sum(SX, (SX, 1, SY)), id="sum"),
        pytest.param(sympy.I * SX, id="imaginary"),
        pytest.param(sympy.oo, id="infinity"),
        pytest.param(sympy.zoo, id="complex infinity"),
        pytest.param(sympy.nan, id="nan"),
        pytest.param(sympy.EulerGamma, id="Euler's gamma"),
        pytest.param(sympy.Xor(SX > 0, SY > 0), id="xor"),
        pytest.param(sympy.Tuple(SX, SY), id="tuple"),
        pytest.param(sympy.Interval(0, 1), id="interval"),
        pytest.param(sympy.Matrix([[SX]]).as_immutable(), id="matrix"),
        pytest.param(sympy.LambertW(SX, -1), id="LambertW of the lower branch"),
        pytest.param(sympy.conjugate(sympy.Symbol("w")), id="conjugate"),
        pytest.param(sympy.log(sympy.Symbol("w") * sympy.I), id="complex logarithm"),
    ],
)
def test_what_has_no_counterpart_is_refused(there: Any) -> None:
    with pytest.raises(UnsupportedPrimitive):
        from_sympy(there)


@pytest.mark.parametrize("name", ["a b", "x'", "sin", "lambda", "α", "x_{1}", ""])
def test_symbols_that_are_no_names_are_refused(name: str) -> None:
    with pytest.raises((MicrogradError, ValueError), match="name"):
        from_sympy(sympy.Symbol(name) + 1)


@pytest.mark.parametrize("value", ["x", 3, 0.5, None, [SX], SX.func], ids=lambda v: type(v).__name__)
def test_only_sympy_objects_are_read(value: Any) -> None:
    with pytest.raises(TypeError, match="takes a SymPy object"):
        from_sympy(value)


# --- there and back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRIMITIVES)
def test_values_survive_the_way_there_and_back(name: str) -> None:
    row = PRIMITIVES[name]
    points = _points(row)
    with flint.ctx.workprec(BITS):
        for point in points[:: max(1, len(points) // 3)]:
            node = _applied(row, point)
            if name == "celu":  # where it has no value by agreement, SymPy has nan
                with pytest.raises(UnsupportedPrimitive, match="nan"):
                    from_sympy(to_sympy(node))
                continue
            again = from_sympy(to_sympy(node))
            assert isinstance(again, Expr)
            assert _our_ball(again, point).overlaps(_our_ball(node, point)), (again, point)


SMOOTH = (*ARITHMETIC, "sqrt", "exp", "log", "sin", "cos", "atan", "abs", "max")


@untimed
@given(expressions(primitives=SMOOTH, names=("x", "y"), max_depth=4, max_operations=5), st.sampled_from(CANDIDATES))
def test_values_of_random_expressions_survive(root: Expr, value: Fraction) -> None:
    point = {"x": ball(value), "y": ball(1 - value)}
    with flint.ctx.workprec(BITS):
        try:
            before = evaluate(root, point)
        except DomainError:
            return
        there = to_sympy(root)
        if before.is_finite() and not there.has(sympy.zoo, sympy.nan, sympy.oo, sympy.I):
            after = evaluate(from_sympy(there), point)
            assert not after.is_finite() or after.overlaps(before)


def test_derivatives_by_sympy_come_back() -> None:
    node = x**2 * exp(-x) * sin(x * y)
    theirs, ours = from_sympy(sympy.diff(to_sympy(node), SX)), diff(node, x)
    with flint.ctx.workprec(BITS):
        at = {"x": arb(3) / 7, "y": arb(5) / 3}
        assert evaluate(theirs - ours, at).contains(0)  # type: ignore[operator]
        assert not evaluate(theirs * (1 + Fraction(1, 10**40)) - ours, at).contains(0)  # type: ignore[operator]


def test_numpy_scalars_come_in_as_exact_constants() -> None:
    assert to_sympy(x * np.float64(0.5)) == SX / 2
    assert to_sympy(x + float(np.float32(3))) == SX + 3


# --- LaTeX -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "latex"),
    [
        pytest.param(x + y, "x + y", id="sum"),
        pytest.param(x - (y - 1), r"x - \left(y - 1\right)", id="nested difference"),
        pytest.param(2 * x, "2 x", id="number times variable"),
        pytest.param(x * y, r"x \cdot y", id="product"),
        pytest.param(2 * const(3) ** x, r"2 \cdot 3^{x}", id="number times power of a number"),
        pytest.param(2 * parse("exp2(x)"), r"2 \cdot 2^{x}", id="number times exp2"),
        pytest.param(x / (y + 1), r"\frac{x}{y + 1}", id="quotient"),
        pytest.param((x + 1) ** 2, r"\left(x + 1\right)^{2}", id="power"),
        pytest.param((x**y) ** 2, r"\left(x^{y}\right)^{2}", id="power of power"),
        pytest.param(-(x + y), r"-\left(x + y\right)", id="minus"),
        pytest.param(x - const(-2), r"x - -2", id="minus a negative number"),
        pytest.param(const(Fraction(-2, 3)) ** x, r"\left(-\frac{2}{3}\right)^{x}", id="fraction as base"),
        pytest.param(sin(x), r"\sin\left(x\right)", id="function"),
        pytest.param(parse("asinh(x)"), r"\operatorname{asinh}\left(x\right)", id="operatorname"),
        pytest.param(parse("atan2(y, x)"), r"\operatorname{atan2}\left(y, x\right)", id="two operands"),
        pytest.param(sqrt(x), r"\sqrt{x}", id="root"),
        pytest.param(exp(-x), "e^{-x}", id="exponential"),
        pytest.param(pi * e, r"\pi \cdot e", id="symbols"),
        pytest.param(var("alpha"), r"\alpha", id="Greek"),
        pytest.param(var("x12"), "x_{12}", id="index"),
        pytest.param(var("x_i_j"), "x_{i,j}", id="two indices"),
        pytest.param(var("theta_0"), r"\theta_{0}", id="Greek with index"),
        pytest.param(var("speed"), r"\mathrm{speed}", id="word"),
        pytest.param(where(x > 0, x, 0), r"\begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}", id="where"),
        pytest.param((x <= 0) | ~eq(y, 1) & ne(x, y), r"x \le 0 \lor \lnot y = 1 \land x \ne y", id="condition"),
    ],
)
def test_latex(node: Expr | Condition, latex: str) -> None:
    assert to_latex(node) == latex
    assert node._repr_latex_() == f"${latex}$"


_OPENING = {"{": "}", r"\left": r"\right", r"\begin": r"\end"}


def _balanced(text: str) -> bool:
    """Whether braces, ``\\left … \\right`` and ``\\begin … \\end`` are properly nested."""
    waiting: list[str] = []
    for token in re.findall(r"\\(?:left|right|begin|end)\b|[{}]", text):
        if token in _OPENING:
            waiting.append(_OPENING[token])
        elif not waiting or waiting.pop() != token:
            return False
    return not waiting


@pytest.mark.parametrize("text", ["{", "}", "{}}", r"\left(x", r"\left( \frac{1}{2 \right) }", r"\begin{cases}", r"\right)"])
def test_the_check_of_balance_can_fail(text: str) -> None:
    assert not _balanced(text)


@untimed
@given(st.one_of(expressions(), conditions()))
def test_latex_is_balanced(root: Expr | Condition) -> None:
    assert _balanced(to_latex(root))


@pytest.mark.parametrize("name", PRIMITIVES)
def test_latex_of_every_primitive_names_its_operands(name: str) -> None:
    row = PRIMITIVES[name]
    text = to_latex(row.application)
    assert _balanced(text)
    assert all(parameter in text for parameter in row.params)


def test_latex_of_large_constants() -> None:
    assert to_latex(const(7**6000)).startswith(("1", "7", "0x", "\\"))


def test_latex_of_a_swelling_graph_names_its_parts() -> None:
    node: Expr = x
    for i in range(50):
        node = sin(node) * node + i
    text = to_latex(node)
    assert text.startswith("\\begin{aligned}\nt_{1} &= ")
    assert _balanced(text)
    assert len(text) < 50 * len(r"t_{50} &= \sin\left(t_{49}\right) \cdot t_{49} + 49 \\" "\n") + 100


def test_an_extremum_of_what_is_undefined() -> None:
    for text in ("max(1/sin(pi), x)", "min(x, 1/sin(pi) + x)", "relu(1/sin(pi))"):
        assert to_sympy(parse(text)) is sympy.nan


def test_symbols_of_the_same_name_are_told_apart() -> None:
    """To SymPy they are different, so their difference is not 0."""
    real, positive, plain = sympy.Symbol("x", real=True), sympy.Symbol("x", positive=True), sympy.Symbol("x")
    for one, other in ((real, positive), (plain, real), (sympy.Dummy("x"), sympy.Dummy("x")), (plain, sympy.Dummy("x"))):
        with pytest.raises(UnsupportedPrimitive, match="two different SymPy symbols are called x"):
            from_sympy(one - other)
        with pytest.raises(UnsupportedPrimitive, match="two different SymPy symbols are called x"):
            from_sympy(sympy.Piecewise((1, one > other), (2, True)))
    assert from_sympy(positive**2 + sympy.sin(positive)) == from_sympy(plain**2 + sympy.sin(plain))


def test_long_numbers_of_sympy_are_refused() -> None:
    for number in (sympy.Float("1e100000"), sympy.Float("1e-100000"), sympy.Integer(10) ** 30000, sympy.Rational(1, 10**30000)):
        with pytest.raises(UnsupportedPrimitive, match="too long for a constant"):
            from_sympy(number)
