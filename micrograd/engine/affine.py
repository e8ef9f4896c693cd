"""b + w₁·x₁ + … + wₙ·xₙ as one entry of the tape: what a neuron computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from micrograd.engine.broadcasting import broadcast_like, unbroadcast
from micrograd.engine.errors import ShapeError
from micrograd.engine.kinds import describe
from micrograd.engine.operation import Operation
from micrograd.engine.scaling import scaled


class Affine(Operation):
    """y = b + Σ wᵢ·xᵢ, summed from the left; the operands are b, w₁, …, wₙ, x₁, …, xₙ.

    >>> from micrograd.engine import Value
    >>> x = Value(3.0)
    >>> y = affine(Value(1.0), Value(2.0), Value(4.0), x, 5)
    >>> y.backward(); y.data, x.grad
    (27.0, 2.0)
    """

    def value(self, b: Any, *factors: Any) -> Any:
        total, n = b, len(factors) // 2
        try:
            for w, x in zip(factors, factors[n:], strict=False):
                total = total + w * x
        except ValueError:
            raise ShapeError(f"affine: {', '.join(map(describe, (b, *factors)))} do not broadcast") from None
        return total

    def partner(self, place: int, operands: Sequence[Any]) -> Any:
        """What the operand is multiplied by: ∂y/∂wᵢ = xᵢ, ∂y/∂xᵢ = wᵢ."""
        n = len(operands) // 2
        return operands[place + n if place <= n else place - n]

    def share(self, ct: Any, place: int, operands: Sequence[Any]) -> Any:
        """The cotangent or tangent times the partial derivative."""
        return ct if place == 0 else scaled(ct, self.partner(place, operands))

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return unbroadcast(self.share(ct, place, operands), operands[place])

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return broadcast_like(self.share(tangent, place, operands), output)

    def pull(self, bar: float, places: tuple[int, ...], data: list[Any], adjoints: list[Any]) -> None:
        """All shares at once, on a tape of numbers."""
        n = len(places) // 2
        adjoints[places[0]] += bar
        for w, x in zip(places[1 : n + 1], places[n + 1 :], strict=True):
            adjoints[w] += bar * data[x]
            adjoints[x] += bar * data[w]


affine = Affine("affine")
