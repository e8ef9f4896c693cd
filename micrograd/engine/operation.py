"""Operations: how each computes a value, pulls a cotangent back, and pushes a tangent forward.

For y = f(x₁, …, xₙ) an operation knows

* ``value(x₁, …, xₙ)``: y, over plain data (floats, arrays, expressions);
* ``vjp(ct, i, (x₁, …, xₙ), y)``: (∂y/∂xᵢ)ᵀ·ct, the share of operand i in the cotangent ct;
* ``jvp(ṫ, i, (x₁, …, xₙ), y)``: (∂y/∂xᵢ)·ṫ, what the tangent ṫ of operand i adds to the tangent of y.

Rules are written with operations.  Applied to plain data they compute; applied to values on a tape they are recorded, so a
derivative can be differentiated again; applied to expressions they give formulas, which `proofs` compares with symbolic
differentiation.

The operations are defined in `broadcasting`, `choosing`, `scaling`, `elementwise`, `array_operations` and `softmax_operations`, each of
which needs only those before it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Recorded:
    """Base of the values that remember what was done to them; their class offers ``record``."""

    __slots__ = ()

    @property
    def primal(self) -> Any:
        """The data, for operations."""
        raise NotImplementedError


class Operation:
    """See the module's text.  ``options`` are what is not differentiated: axes, shapes, indices, labels."""

    truth = False
    """Whether the result is a truth value, which has no derivative."""
    reads: bool | int = True
    """Whether the derivatives depend on the operands' values; a number n: only on those of the first n."""
    saves = False
    """Whether a by-product of the value is kept for the derivatives."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __call__(self, *operands: Any, **options: Any) -> Any:
        for operand in operands:
            if isinstance(operand, Recorded):
                return operand.__class__.record(self, operands, options)  # type: ignore[attr-defined]
        return self.value(*operands, **options)

    value: Callable[..., Any]
    """value(*operands, **options): the result over plain data."""
    value_and_saved: Callable[..., tuple[Any, Any]]
    """The result, and what ``vjp`` and ``jvp`` get as the option ``saved``; for operations with `saves`."""
    vjp: Callable[..., Any]
    """vjp(ct, place, operands, output, **options): the operand's share, with its shape; None where it is 0 throughout."""
    pull: Callable[..., None] | None = None
    """pull(bar, places, data, adjoints): all shares at once on a tape of numbers; for operations with many operands."""
    jvp: Callable[..., Any]
    """jvp(tangent, place, operands, output, **options): what it adds to the output's tangent; None where that is 0."""


def plain_data(x: Any) -> Any:
    """The data of a recorded value; anything else as it is."""
    return x.primal if isinstance(x, Recorded) else x
