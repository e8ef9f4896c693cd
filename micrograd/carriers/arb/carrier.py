"""Evaluation over Arb balls: rigorous enclosures at the precision of ``flint.ctx``.

A comparison of balls that overlap has no truth value; ``where`` then gives the union of its branches.  A primitive without a function
over balls is enclosed by its definition, which the registry proves to be equal; wherever that is undefined, the ball is not a number.

A ball that is not finite may stand for what has no value.  So no function is asked about one, and what is not finite is always the ball
that is not a number: an infinity would compare as numbers do, and its reciprocal is the number 0.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

from micrograd.carriers.carrier import COMPARE, Carrier
from micrograd.carriers.walk import by_definition
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import EQ, GE, GT, LE, LT, NE, PI
from micrograd.verified.row import Primitive

try:
    import flint
except ImportError as error:  # pragma: no cover - python-flint is a declared dependency
    raise UnsupportedPrimitive("Arb balls need python-flint: pip install python-flint") from error

from micrograd.carriers.arb.functions import FUNCTIONS
from micrograd.carriers.arb.precision import PRECISION
from micrograd.carriers.arb.special_values import SPECIAL

_NOT_A_NUMBER = flint.arb("nan")
_OPPOSITE = {LT: GE, LE: GT, GT: LE, GE: LT}


def ball(value: int | float | Fraction) -> Any:
    """The smallest ball at the current precision around an exact number."""
    exact = Fraction(value)
    return flint.arb(flint.fmpq(exact.numerator, exact.denominator))


def of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function over finite balls; the ball that is not a number for others, and for results that are not finite."""

    def apply(*operands: Any) -> Any:
        for operand in operands:
            if operand.__class__ is flint.arb and not operand.is_finite():
                return _NOT_A_NUMBER
        value = function(*operands)
        return value if value.is_finite() else _NOT_A_NUMBER

    return apply


class ArbCarrier(Carrier):
    """Balls; see the module's text."""

    name = "Arb ball"
    finite = 0
    alone = PRECISION

    def __init__(self) -> None:
        super().__init__({name: of_numbers(function) for name, function in {**FUNCTIONS, **SPECIAL}.items()})

    def fallback(self, row: Primitive) -> Callable[..., Any] | None:
        # A comparison with what may be anything is undecided, and a union of branches would look like an enclosure.
        enclosure = by_definition(self, row, "ieee")
        return None if enclosure is None else of_numbers(enclosure)

    def number(self, value: Any) -> Any:
        return value if isinstance(value, flint.arb) else ball(value)

    def symbol(self, which: Any) -> Any:
        return flint.arb.pi() if which is PI else flint.arb(1).exp()

    def compare(self, which: Any, a: Any, b: Any) -> bool | None:
        if which is EQ or which is NE:
            same = True if a.is_exact() and b.is_exact() and a == b else None if a.overlaps(b) else False
            return same if which is EQ or same is None else not same
        if COMPARE[which](a, b):
            return True
        return False if COMPARE[_OPPOSITE[which]](a, b) else None

    def either(self, a: Any, b: Any) -> Any:
        return a.union(b)

    def unknown(self) -> Any:
        return _NOT_A_NUMBER

    def suspicious(self, value: Any) -> bool:
        return not value.is_finite()

    def is_nan(self, value: Any) -> bool:
        return True


@cache
def arb_carrier() -> ArbCarrier:
    """The carrier, made when it is first needed."""
    return ArbCarrier()
