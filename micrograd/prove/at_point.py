"""Values, signs and truth at one rational point: by exact numbers where everything is rational, else by Arb at growing precision."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from micrograd.carriers.arb.enclosures import Enclosures
from micrograd.carriers.evaluation import evaluate_exactly
from micrograd.prove.cells import Cell, Prover
from micrograd.prove.limits import tick
from micrograd.prove.points.beside import Undecided
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import TRUE, Condition, Expr, Node, const, named, substitute

Point: TypeAlias = dict[str, Fraction]
PRECISIONS = (64, 192, 768)
EXACT_BITS = 8192
FEW_CELLS = 12
"""How many cases may be used to show that a constant is 0."""


class AtPoint:
    """What is known at a point; a `micrograd.prove.points.beside.Judge`."""

    def __init__(self, point: Point) -> None:
        self.point = point
        self._balls = Enclosures(point)

    def ball(self, expression: Node, bits: int) -> Any:
        """Value or truth with Arb; None for the truth of a condition that is not known.

        Raises:
            ArithmeticError: undefined there.
        """
        tick()
        return self._balls(expression, bits)

    def exactly(self, expression: Node) -> Any:
        """Value or truth by exact numbers of moderate length.

        Raises:
            ArithmeticError: undefined there.  UnsupportedPrimitive: not rational, or too long.
        """
        tick()
        return evaluate_exactly(expression, self.point, EXACT_BITS)

    def surely(self, condition: Condition) -> bool | None:
        """Whether the condition holds; None where that is not known.  Undefined counts as not."""
        if condition is TRUE:
            return True
        for bits in PRECISIONS[:2]:
            try:
                truth = self.ball(condition, bits)
            except MicrogradError as reason:
                return False if isinstance(reason, ArithmeticError) else None
            if truth is True or truth is False:
                return truth
        try:
            truth = self.exactly(condition)
        except MicrogradError:
            return None
        return truth if isinstance(truth, bool) else None

    def sign(self, expression: Expr) -> int:
        try:
            value = self.exactly(expression)
            return int(value > 0) - int(value < 0)
        except ArithmeticError as undefined:
            raise Undecided(str(undefined)) from None
        except MicrogradError:
            pass
        for bits in PRECISIONS:
            try:
                value = self.ball(expression, bits)
            except MicrogradError as reason:
                raise Undecided(str(reason)) from None
            if value > 0 or value < 0:
                return 1 if value > 0 else -1
            if value.is_exact() and value == 0:
                return 0
        if self._is_zero(expression):
            return 0
        raise Undecided(f"the sign of {expression}")

    def _is_zero(self, expression: Expr) -> bool:
        """By normal forms."""
        table: dict[Expr, Any] = {named(name): const(value) for name, value in self.point.items()}
        exact = substitute(expression, table)
        return Prover(FEW_CELLS).agree(Cell([], (const(0), exact)))

    def holds(self, condition: Condition) -> bool:
        truth = self.surely(condition)
        if truth is None:
            raise Undecided(f"whether {condition}")
        return truth
