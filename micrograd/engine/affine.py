"""b + w₁·x₁ + … + wₙ·xₙ of single numbers, as one entry of the tape: what a neuron computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from micrograd.engine.operations import Operation, scaled
from micrograd.engine.tape import NO_TAPE, constant_operand, current_tape, recording
from micrograd.engine.value import Value

_new = object.__new__


class Affine(Operation):
    """y = b + Σ wᵢ·xᵢ, summed from the left; the operands are b, w₁, …, wₙ, x₁, …, xₙ."""

    def value(self, b: Any, *factors: Any) -> Any:
        n = len(factors) // 2
        total = b
        for w, x in zip(factors[:n], factors[n:], strict=True):
            total = total + w * x
        return total

    def partner(self, place: int, operands: Sequence[Any]) -> Any:
        """What the operand is multiplied by: ∂y/∂wᵢ = xᵢ, ∂y/∂xᵢ = wᵢ."""
        n = len(operands) // 2
        return operands[place + n if place <= n else place - n]

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return ct if place == 0 else scaled(ct, self.partner(place, operands))

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return self.vjp(tangent, place, operands, output)

    def pull(self, bar: float, places: tuple[int, ...], data: list[Any], adjoints: list[Any]) -> None:
        """All shares at once, on a tape of numbers."""
        n = len(places) // 2
        adjoints[places[0]] += bar
        for w, x in zip(places[1 : n + 1], places[n + 1 :], strict=True):
            adjoints[w] += bar * data[x]
            adjoints[x] += bar * data[w]


affine_operation = Affine("affine")


def affine(b: Value, weights: Sequence[Value], inputs: Sequence[Any]) -> Value:
    """b + Σ wᵢ·xᵢ, with as many terms as the shorter of the two has; one entry if all are numbers, else operation by operation.

    >>> x = Value(3.0)
    >>> y = affine(Value(1.0), [Value(2.0), Value(4.0)], [x, 5])
    >>> y.backward(); y.data, x.grad
    (27.0, 2.0)
    """
    tape = current_tape()
    if tape is None or not (tape is NO_TAPE or tape.explicit):
        tape = recording()
    count = min(len(weights), len(inputs))
    numbers = tape is not NO_TAPE and tape.plain and not tape.tracing and b._data.__class__ in _PLAIN
    for w in weights:
        numbers = numbers and (w._tape is tape or w._data.__class__ in _PLAIN)
    for x in inputs:
        numbers = numbers and (x._data if x.__class__ is Value else x).__class__ in _PLAIN
    if not numbers:
        return _step_by_step(b, weights, inputs)
    places = [b._index if b._tape is tape else b.place_on(tape)]
    for w in weights[:count]:
        places.append(w._index if w._tape is tape else w.place_on(tape))
    for x in inputs[:count]:
        if x.__class__ is Value:
            places.append(x._index if x._tape is tape else x.place_on(tape))
        else:
            places.append(constant_operand(tape, x, "affine"))
    total = b._data
    for w, x in zip(weights, inputs, strict=False):
        total = total + w._data * (x._data if x.__class__ is Value else x)
    value = _new(Value)
    value._data, value._tape, value._index = total, tape, len(tape.ops)
    tape.ops.append(affine_operation)
    tape.lefts.append(tuple(places))
    tape.rights.append(_NO_OPTIONS)
    tape.data.append(total)
    return value


_PLAIN = frozenset([float, int])
_NO_OPTIONS: dict[str, Any] = {}


def _step_by_step(b: Value, weights: Sequence[Value], inputs: Sequence[Any]) -> Value:
    total = b
    for w, x in zip(weights, inputs, strict=False):
        total = total + w * x
    return total
