"""Enclosures at one point, whose parts are shared."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import pytest

from micrograd.carriers.arb.carrier import arb_carrier
from micrograd.carriers.arb.enclosures import Enclosures
from micrograd.verified.errors import DomainError
from micrograd.verified.parsing import parse, parse_condition
from micrograd.verified.registry import REGISTRY
from micrograd.verified.row import Primitive


def shown(ball: Any) -> tuple[str, str]:
    """Midpoint and radius."""
    return ball.mid().str(200), ball.rad().str(20)


def test_values_are_those_of_an_evaluation_alone() -> None:
    point = {"x": Fraction(2, 7), "y": Fraction(-3)}
    texts = ("exp(x*y)", "exp(x*y) - sin(y)", "log(y)", "where(x > 0, exp(x*y), log(y))", "x", "log(y) + 1", "sin(y)/(7*x - 2)")
    together = Enclosures(point)
    for bits in (64, 192, 64):
        for text in texts:
            try:
                alone = Enclosures(point)(parse(text), bits)
            except DomainError as reason:
                with pytest.raises(DomainError, match=str(reason).partition("(")[0]):
                    together(parse(text), bits)
                continue
            assert shown(together(parse(text), bits)) == shown(alone)


def test_precision_is_that_of_each_call() -> None:
    before = flint.ctx.prec
    balls = Enclosures({"x": Fraction(1, 3)})
    few, many = balls(parse("exp(x)"), 64), balls(parse("exp(x)"), 768)
    assert few.rad() > 10**50 * many.rad()
    assert few.overlaps(many)
    assert balls(parse_condition("exp(log(x)) == x"), 64) is None
    assert flint.ctx.prec == before


@pytest.mark.parametrize("row", REGISTRY.values(), ids=lambda row: row.name)
@pytest.mark.parametrize("odd", ["nan", "inf", "-inf", "0 +/- inf"])
def test_what_is_not_finite_stays_so(row: Primitive, odd: str) -> None:
    function = arb_carrier().function(row)
    if function is None:
        return
    places = range(1 if row.name == "powi" else row.arity)
    for place in places:
        operands: list[Any] = [flint.arb("0.5")] * row.arity
        if row.name == "powi":
            operands[1] = 2
        operands[place] = flint.arb(odd)
        assert function(*operands).is_nan()


def test_an_infinity_is_no_value() -> None:
    # at 64 bits the root is of a ball around 0, and has no value: nothing follows for its function
    term = parse("1/erfcx(sqrt(sqrt(2)*sqrt(2) - 2 + x**2))")
    balls = Enclosures({"x": Fraction(1, 10**20)})
    assert not balls(term, 64).is_finite()
    assert balls(parse_condition("erfcx(sqrt(sqrt(2)*sqrt(2) - 2 + x**2)) > 2"), 64) is None
    assert balls(term, 192).overlaps(balls(parse("1/erfcx(x)"), 192))


UNDEFINED = "1/(exp(log(x)) - x) > 0"
"""A condition that is undefined at every point, which no precision tells."""


@pytest.mark.parametrize("second", ["x > 1", "x < 1", UNDEFINED])
@pytest.mark.parametrize("shape", ["{0} or {1}", "{0} and {1}", "not ({0} and {1})", "not {0} or {1}", "({0} or x > 1) and {1}"])
def test_what_comes_second_says_nothing_where_the_first_may_be_undefined(shape: str, second: str) -> None:
    balls = Enclosures({"x": Fraction(3)})
    assert balls(parse_condition(shape.format(UNDEFINED, second)), 64) is None
    assert not balls(parse(f"where({shape.format(UNDEFINED, second)}, 1, 2)"), 64).is_finite()


def test_what_is_defined_and_not_known_may_be_settled_by_the_second() -> None:
    balls = Enclosures({"x": Fraction(3)})
    same = "exp(log(x)) > x"
    assert balls(parse_condition(f"{same} or x > 1"), 64) is True
    assert balls(parse_condition(f"{same} and x < 1"), 64) is False
    assert balls(parse_condition(f"{same} and {UNDEFINED}"), 64) is None
    assert balls(parse_condition(f"({same} and {UNDEFINED}) or x > 1"), 64) is None
    assert balls(parse_condition(f"x > 1 or {UNDEFINED}"), 64) is True
    union = balls(parse(f"where({same}, 1, 2)"), 64)
    assert union.contains(1)
    assert union.contains(2)
