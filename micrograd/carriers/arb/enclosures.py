"""Enclosures at one point: several expressions, at several precisions, with everything that they share computed once for each precision."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from micrograd.carriers.arb.carrier import arb_carrier
from micrograd.carriers.arb.precision import precision
from micrograd.carriers.walk import Walk
from micrograd.verified.expr import Node


class Enclosures:
    """Values at a rational point as balls.

    Args:
        point: values by name.
    """

    def __init__(self, point: Mapping[str, Fraction]) -> None:
        self._point = point
        self._runs: dict[int, Walk] = {}

    def __call__(self, expression: Node, bits: int) -> Any:
        """The ball at this precision, or a truth value; None where the truth of a condition is not known.

        Raises:
            ArithmeticError: a needed part is undefined.  UnsupportedPrimitive: a function that cannot be enclosed.
        """
        with precision(bits):
            run = self._runs.get(bits)
            if run is None:
                run = self._runs[bits] = Walk(arb_carrier(), self._point, "raise")
            return run.run([expression])[0]
