"""Evaluation over Arb balls: rigorous enclosures at the precision of ``flint.ctx``.

A comparison of balls that overlap has no truth value; ``where`` then gives the union of its branches.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from micrograd.carriers.evaluation import COMPARE, Carrier
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import EQ, GE, GT, LE, LT, NE, PI

try:
    import flint
except ImportError as error:  # pragma: no cover - python-flint is a declared dependency
    raise UnsupportedPrimitive("Arb balls need python-flint: pip install python-flint") from error

from micrograd.carriers.arb.precision import PRECISION

_OPPOSITE = {LT: GE, LE: GT, GT: LE, GE: LT}


def ball(value: int | float | Fraction) -> Any:
    """The smallest ball at the current precision around an exact number."""
    exact = Fraction(value)
    return flint.arb(flint.fmpq(exact.numerator, exact.denominator))


class ArbCarrier(Carrier):
    """Balls; see the module's text."""

    name = "Arb ball"
    special = "ARB"
    finite = 0
    alone = PRECISION

    def __init__(self) -> None:
        from micrograd.carriers.arb.functions import FUNCTIONS

        self.use(FUNCTIONS)

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
        return flint.arb("nan")

    def suspicious(self, value: Any) -> bool:
        return not value.is_finite()

    def is_nan(self, value: Any) -> bool:
        return True
