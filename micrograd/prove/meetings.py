"""Points where an expression is 0, found from other points by changing one variable, in which the expression is linear or quadratic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from math import isqrt

from micrograd.prove.at_point import PRECISIONS, AtPoint, Point
from micrograd.prove.cells import solution
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import CONST, Expr, variables

POINT_BITS = 2000
"""Coordinates that are computed have at most this many bits."""


class Meetings:
    """``meet(h, start)``: points with h = 0, for variables in this order; what is found out about h is kept."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._zeros: dict[Expr, list[_Zeros]] = {}

    def __call__(self, h: Expr, start: Point, limit: int = 6) -> Iterator[Point]:
        """Points with h = 0 that differ from the start in one variable."""
        found = 0
        if h not in self._zeros:
            mentioned = {x.key[1] for x in variables(h)}
            self._zeros[h] = [_Zeros(h, name) for name in self.names if name in mentioned]
        for zeros in self._zeros[h]:
            for root in zeros(start):
                if max(root.numerator.bit_length(), root.denominator.bit_length()) > POINT_BITS:
                    continue
                yield {**start, zeros.name: root}
                found += 1
                if found >= limit:
                    return


class _Zeros:
    """Where an expression is 0 as a function of one variable, others being given."""

    def __init__(self, h: Expr, name: str) -> None:
        self.h, self.name = h, name

    @cached_property
    def solution(self) -> Expr | None:
        """The only zero, if the expression is c·x + rest with a number c."""
        return solution(self.h, self.name)

    def __call__(self, start: Point) -> list[Fraction]:
        zero = self.solution
        try:
            if zero is None:
                return self._by_interpolation(start)
            return [Fraction(zero.key[1] if zero.head is CONST else AtPoint(start).exactly(zero))]
        except (MicrogradError, TypeError):
            return self._tried(start)

    def _by_interpolation(self, start: Point) -> list[Fraction]:
        """By Newton's divided differences at 3, 1, 2, if they give the value at 5 too.

        Raises:
            MicrogradError: a value is not rational.
        """
        a, b, c, d = (AtPoint({**start, self.name: Fraction(t)}).exactly(self.h) for t in (3, 1, 2, 5))
        first = (b - a) / -2
        second = ((c - b) - first) / -1
        predicted = a + first * 2 + second * 2 * 4
        if predicted != d:
            return self._tried(start)
        # h(t) = a + first·(t - 3) + second·(t - 3)(t - 1)
        p, q, r = second, first - 4 * second, a - 3 * first + 3 * second
        if not p:
            return [-r / q] if q else []
        discriminant = q * q - 4 * p * r
        root = _square_root(discriminant)
        return [] if root is None else [(-q + root) / (2 * p), (-q - root) / (2 * p)]

    def _tried(self, start: Point) -> list[Fraction]:
        """Among a few small numbers."""
        found = []
        for t in (0, 1, -1, 2):
            try:
                value = AtPoint({**start, self.name: Fraction(t)}).ball(self.h, PRECISIONS[0])
            except MicrogradError:
                continue
            if value.is_exact() and value == 0:
                found.append(Fraction(t))
        return found


def _square_root(value: Fraction) -> Fraction | None:
    if value < 0:
        return None
    top, bottom = isqrt(value.numerator), isqrt(value.denominator)
    return Fraction(top, bottom) if top * top == value.numerator and bottom * bottom == value.denominator else None
