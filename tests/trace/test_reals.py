"""Numbers that are traced: their expressions, the floats beside constants, and what is refused."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from typing import Any, NoReturn

import pytest

import micrograd as mg
from micrograd.trace.functions import REGISTRY
from micrograd.trace.reals import Real, Truth, exact
from micrograd.trace.runs import RUN
from micrograd.verified.errors import UnsupportedPrimitive

X = Real(mg.var("x"))
ROOT = Real(mg.parse("sqrt(2)"), math.sqrt(2))
POSITIVE = Truth(mg.parse_condition("x > 0"))


def number(value: int | Fraction) -> Real:
    """A constant with its float."""
    return Real(mg.const(value), float(value))


class Running:
    """A trace that runs, of which nothing is asked."""

    shows = False
    numpy = False

    def refuse(self, reason: str, error: type[UnsupportedPrimitive] = UnsupportedPrimitive) -> NoReturn:
        raise error(reason)


@contextmanager
def running() -> Iterator[None]:
    token = RUN.set(Running())  # type: ignore[arg-type]
    try:
        yield
    finally:
        RUN.reset(token)


OPERATIONS = {
    operator.add: "x + 3",
    operator.sub: "x - 3",
    operator.mul: "x*3",
    operator.truediv: "x/3",
    operator.pow: "x**3",
    operator.floordiv: "floor(x/3)",
    operator.mod: "x - 3*floor(x/3)",
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_arithmetic(operation: Callable[[Any, Any], Any]) -> None:
    assert operation(X, 3).expr is mg.parse(OPERATIONS[operation])
    for a, b in ((7, 2), (-7, 2), (Fraction(5, 2), 4)):
        found = operation(number(a), b)
        assert found.shadow == operation(float(a), b)
        for result in (found, operation(Fraction(a), number(b))):
            assert mg.evaluate(result.expr) == float(operation(Fraction(a), b))


def test_what_raises_nothing_is_quiet() -> None:
    loud = Real(mg.parse("log(x)"), None, False)
    for quiet in (X + 1, 1 - X, X * X, X / 2, X**2, -X, abs(X)):
        assert quiet.quiet
    for other in (1 / X, X / X, X**-1, X**X, loud + 1, 1 - loud, -loud, X // X):
        assert not other.quiet


def test_comparisons_of_constants_are_settled_where_floats_agree() -> None:
    assert (number(3) > 2) is True
    assert (number(3) == 4) is False
    assert isinstance(ROOT > 1, Truth)
    assert isinstance(ROOT > 1, Truth)
    assert isinstance(X > 1, Truth)
    for near in (Real(mg.const(Fraction(141421356237, 10**11)), 1.41421356237), Real(mg.parse("2**(1/2)"), math.sqrt(2))):
        with pytest.raises(UnsupportedPrimitive, match="rounding errors decide"):
            near < ROOT  # noqa: B015
    with pytest.raises(UnsupportedPrimitive, match="rounding errors decide"):
        Real(mg.const(Fraction(3, 10)), 0.1 + 0.2) == Real(mg.const(Fraction(3, 10)), 0.3)  # noqa: B015


def test_digits_of_constants() -> None:
    bare = Real(mg.const(Fraction(7, 2)))
    assert [int(bare), math.floor(bare), math.ceil(bare), math.trunc(bare), round(bare)] == [3, 3, 4, 3, 4]
    assert type(round(bare)) is int
    assert round(number(Fraction(7, 4)), 1).value == Fraction(9, 5)
    assert [int(number(3)), round(number(3)), bool(number(0)), bool(number(3))] == [3, 3, False, True]
    table: dict[Any, int] = {number(3): 1}
    assert table[3] == 1
    for value in (X, ROOT, Real(mg.const(1), 0.9999999999999999), Real(mg.const(1), math.inf)):
        with pytest.raises(UnsupportedPrimitive):
            int(value)


def test_floats_of_constants() -> None:
    assert [float(ROOT), float(number(3)), float(Real(mg.const(Fraction(7, 2))))] == [math.sqrt(2), 3.0, 3.5]
    for value in (X, Real(mg.parse("sqrt(2)"))):
        with pytest.raises(UnsupportedPrimitive, match="float"):
            float(value)


def test_functions_of_constants() -> None:
    for value, found in ((0, 0), (Fraction(7, 2), 1), (-3, -1)):
        assert REGISTRY["sign"](number(value)).value == found
    for name, result in (("floor", -2), ("ceil", -1), ("trunc", -1), ("abs", Fraction(3, 2))):
        assert REGISTRY[name](number(Fraction(-3, 2))).value == result
    assert [REGISTRY["max"](number(2), number(3)).value, REGISTRY["min"](number(2), number(3)).value] == [3, 2]
    for name, shadow in (
        ("square", 9.0),
        ("reciprocal", 1 / 3),
        ("sqrt", math.sqrt(3)),
        ("exp", math.exp(3)),
        ("rad2deg", math.degrees(3)),
        ("asinh", math.asinh(3)),
    ):
        assert REGISTRY[name](number(3)).shadow == shadow
        assert REGISTRY[name](X).shadow is None


def test_truth_values() -> None:
    other = Truth(mg.parse_condition("y > 0"))
    assert (POSITIVE & other).condition is mg.parse_condition("x > 0 and y > 0")
    assert (POSITIVE | other).condition is mg.parse_condition("x > 0 or y > 0")
    for bit in (True, False):
        assert (POSITIVE & bit).condition is (POSITIVE.condition & mg.parse_condition(str(bit)))
        assert (POSITIVE | bit).condition is (POSITIVE.condition | mg.parse_condition(str(bit)))
    assert (POSITIVE * other).condition is mg.parse_condition("x > 0 and y > 0")
    assert (POSITIVE * 3).expr is mg.parse("where(x > 0, 1, 0)*3")
    assert (3 * POSITIVE).expr is mg.parse("3*where(x > 0, 1, 0)")
    for bits in (2, X, 1.0):
        with pytest.raises(UnsupportedPrimitive, match="this works on its bits"):
            POSITIVE & bits
    with pytest.raises(UnsupportedPrimitive, match="sum of two conditions"):
        POSITIVE + other
    with pytest.raises(TypeError, match="no longer traced"):
        bool(POSITIVE)


def test_text() -> None:
    assert repr(X) == "x"
    assert f"{X:.3f}" == "x"
    assert repr(number(Fraction(5, 2))) == "5/2"
    with running():
        assert repr(number(Fraction(5, 2))) == "2.5"
        assert f"{ROOT:.3f}" == "1.414"
        assert f"{number(3)}" == "3.0"
        for value in (X, POSITIVE):
            with pytest.raises(UnsupportedPrimitive, match="depends on the arguments"):
                str(value)


def test_exact_numbers() -> None:
    assert exact(X) is X
    assert exact(math.inf) == math.inf
    assert math.isnan(exact(math.nan))
    assert exact(3).value == 3
    assert exact(3).shadow == 3
    assert exact(POSITIVE).expr is mg.parse("where(x > 0, 1, 0)")
    with pytest.raises(TypeError, match="not str"):
        exact("3")


def test_infinity_and_constants() -> None:
    assert (Real(mg.const(Fraction(-1, 2)), -0.5) // math.inf).value == -1
    assert (number(3) / math.inf).value == 0
    assert (number(1) ** math.inf).value == 1
    with pytest.raises(UnsupportedPrimitive):
        number(3) % math.inf
    assert REGISTRY["tanh"](-math.inf).value == -1
    assert REGISTRY["exp"](math.inf) == math.inf


def test_decimals() -> None:
    assert exact(Decimal("0.5")).expr is mg.const(Fraction(1, 2))
    assert exact(Decimal("-12.375")).value == Fraction(-99, 8)
    for value in (Decimal(1) / Decimal(3), Decimal("1e5000")):
        with pytest.raises(UnsupportedPrimitive):
            exact(value)
