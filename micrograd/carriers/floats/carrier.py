"""Evaluation over Python floats.

A primitive without a float function is rounded from a ball (`micrograd.carriers.arb.rounding`), and so is every expression that
contains one: as a whole, since derivatives cancel and overflow where operations are rounded one by one.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from micrograd.carriers.carrier import Carrier, nearest_float
from micrograd.carriers.floats.forms import FORMS
from micrograd.carriers.floats.functions import FUNCTIONS, rounded
from micrograd.carriers.forms import BY_ROOT
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import PI
from micrograd.verified.row import Primitive

_QUICK: dict[str, Callable[..., Any]] = {
    "div": operator.truediv,
    **{name: getattr(math, name) for name in ("sin", "cos", "exp", "log", "sqrt")},
}
"""C functions with the values of the float carrier's; they raise where that gives NaN or an infinity."""


def _quick_power(careful: Callable[[float, int], float]) -> Callable[[float, float], float]:
    """Integer powers with the exponent as a float; one that a float may have rounded is refused."""

    def power(x: float, n: float) -> float:
        if n == 2.0:
            return x * x
        if -1e15 < n < 1e15:
            return careful(x, int(n))
        raise OverflowError("take the exact exponent")

    return power


class FloatCarrier(Carrier):
    """Floats; see the module's text."""

    name = "float"
    finite = -math.inf
    forms = FORMS
    by_root = BY_ROOT
    number = staticmethod(nearest_float)

    def __init__(self) -> None:
        super().__init__(FUNCTIONS, {**_QUICK, "powi": _quick_power(FUNCTIONS["powi"])})

    def fallback(self, row: Primitive) -> Callable[..., float] | None:
        try:
            return rounded(row.name)
        except UnsupportedPrimitive:
            return None

    def sharper(self, root: Any, inputs: Mapping[str, float]) -> float | None:
        from micrograd.carriers.arb.rounding import nearest

        return nearest(root, inputs) if all(math.isfinite(x) for x in inputs.values()) else None

    def symbol(self, which: Any) -> float:
        return math.pi if which is PI else math.e


@cache
def float_carrier() -> FloatCarrier:
    """The carrier, made when it is first needed."""
    return FloatCarrier()
