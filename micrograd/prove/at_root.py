"""Points with an irrational coordinate: where an equation has a root between two rational numbers, by the intermediate value theorem.

The sides of the equation differ in sign at the ends, beyond doubt, and their difference is smooth between them.  What holds, with Arb, for
the whole interval holds at the root; the interval is halved as far as the precision wants it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb, fmpq

from micrograd.carriers.arb.enclosures import Enclosures
from micrograd.carriers.arb.precision import precision
from micrograd.prove.at_point import AtPoint, Point
from micrograd.prove.limits import tick
from micrograd.prove.points.beside import Undecided
from micrograd.prove.verdicts import Root
from micrograd.verified.differentiation import domain
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import TRUE, Condition, Expr, build, postorder

PRECISIONS = (64, 192)


class AtRoot:
    """What is known at a point one coordinate of which is a root.

    Args:
        equation: the equation h = 0 as the domain states it.
        h: the difference of its sides.
        start: the other coordinates.
        name: the variable.
        low, high: h has different signs there.
    """

    def __init__(self, equation: Condition, h: Expr, start: Point, name: str, low: Fraction, high: Fraction) -> None:
        self.equation, self.h, self.start, self.name = equation, h, start, name
        self.low, self.high = low, high
        self.below = _sign(h, {**start, name: low})

    @property
    def point(self) -> Mapping[str, Fraction | Root]:
        """The coordinates."""
        return {**self.start, self.name: Root(str(self.equation), self.low, self.high)}

    def narrow(self, bits: int) -> bool:
        """Halve the interval to this many bits; False if a sign cannot be told on the way."""
        while (self.high - self.low) * 2**bits > max(1, abs(self.low)):
            tick()
            middle = (self.low + self.high) / 2
            sign = _sign(self.h, {**self.start, self.name: middle})
            if not sign:
                return False
            if sign == self.below:
                self.low = middle
            else:
                self.high = middle
        return True

    def ball(self, expression: Any, bits: int) -> Any:
        """Value or truth on the whole interval; None for the truth of a condition that is not known.

        Raises:
            ArithmeticError: undefined somewhere in it.
        """
        tick()
        if not self.narrow(bits):
            raise Undecided("the root cannot be told from its neighbours")
        with precision(bits):
            half = (self.high - self.low) / 2
            middle = self.low + half
            whole = arb(fmpq(middle.numerator, middle.denominator)) + arb(0, 1) * arb(fmpq(half.numerator, half.denominator))
            return Enclosures({**self.start, self.name: whole})(expression, bits)

    def surely(self, condition: Condition) -> bool:
        """Whether the condition holds on the whole interval."""
        try:
            return any(self.ball(condition, bits) is True for bits in PRECISIONS)
        except (MicrogradError, Undecided, ArithmeticError):
            return False


def known_true(condition: Condition, equation: Condition) -> Condition:
    """A condition with an equation in it that holds: what is looked at before it must have a value still."""
    done: dict[Any, Any] = {}
    for node in postorder([condition]):
        done[node] = TRUE if node is equation else build(node.head, *[done[c] for c in node.args]) if node.head.arity else node
    return done[condition]  # type: ignore[no-any-return]


def _sign(h: Expr, point: Point) -> int:
    """The sign of h at a rational point; 0 if it cannot be told, or h is 0."""
    try:
        return AtPoint(point).sign(h)
    except Undecided:
        return 0


def roots(equation: Condition, start: Point, places: Iterable[Fraction]) -> Iterator[AtRoot]:
    """Points on an equation that differ from the start in one variable, between two of the places."""
    _, a, b = equation.key
    h: Expr = a - b
    ordered = sorted(set(places))
    for name in start:
        others = {n: value for n, value in start.items() if n != name}
        signs = [(place, _sign(h, {**others, name: place})) for place in ordered]
        for (low, first), (high, second) in pairwise(signs):
            if first * second < 0:
                found = AtRoot(equation, h, others, name, low, high)
                if found.narrow(24) and found.surely(domain(h)):
                    yield found
