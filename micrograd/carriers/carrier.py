"""What a kind of number has to offer, so that expressions can be evaluated over it.

A `Carrier` has functions by the names of primitives, and ways to make its numbers and to compare them.  A primitive that a carrier has no
function for falls back on what the registry's row says (`Carrier.fallback`): balls and fractions evaluate its definition, floats round
a ball, arrays go through floats.  So a new row can be evaluated over everything; a carrier gets a function of its own where the
fallback is not accurate or not fast enough.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

from micrograd.verified.expr import EQ, GE, GT, HEADS, LE, LT, NE, Head
from micrograd.verified.row import Primitive

OnDomain = Literal["raise", "ieee"]
COMPARE: dict[Any, Callable[[Any, Any], Any]] = {
    LT: operator.lt,
    LE: operator.le,
    GT: operator.gt,
    GE: operator.ge,
    EQ: operator.eq,
    NE: operator.ne,
}


class Table(dict[str, Callable[..., Any]]):
    """Functions by primitive: those that are entered, and, when it is asked for, the fallback of any other."""

    def __init__(self, entered: Mapping[str, Callable[..., Any]], fallback: Callable[[str], Callable[..., Any]]) -> None:
        super().__init__(entered)
        self.fallback = fallback

    def __missing__(self, name: str) -> Callable[..., Any]:
        return self.fallback(name)


class Carrier:
    """How one kind of number computes: its functions by primitive name, its constants, and which results need a second look."""

    name = "number"
    finite: Any = 0
    """Values strictly between this and its negative are beyond suspicion."""
    alone: AbstractContextManager[Any] = nullcontext()
    """Held during an evaluation, where threads share a setting."""
    forms: Mapping[str, Callable[..., Any]] = {}
    """The composite forms that it computes as a whole, by name."""
    by_root: Mapping[Head, Mapping[Head, Any]] = {}
    """What `micrograd.carriers.forms.BY_ROOT` says of these."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]], quick: Mapping[str, Callable[..., Any]] | None = None) -> None:
        """Take the functions by primitive name, and quicker ones that give the same values or raise."""
        self.functions = functions
        self.by_head = {HEADS[name]: f for name, f in functions.items() if name in HEADS and name != "powi" and HEADS[name].arity < 3}
        self.by_head.update({HEADS[name]: f for name, f in (quick or {}).items()})
        self.fallbacks: dict[Primitive, Callable[..., Any] | None] = {}

    def function(self, row: Primitive) -> Callable[..., Any] | None:
        """The function of a primitive, its own or the fallback; None if there is none."""
        own = self.functions.get(row.name)
        if own is not None:
            return own
        if row not in self.fallbacks:
            self.fallbacks[row] = self.fallback(row)
        return self.fallbacks[row]

    def fallback(self, row: Primitive) -> Callable[..., Any] | None:
        """The function of a primitive that it has no function for; None if there is none."""
        raise NotImplementedError

    def sharper(self, root: Any, inputs: Mapping[str, Any]) -> Any:
        """A better value of an expression in which a fallback was used; None where there is none."""
        return None

    def number(self, value: Any) -> Any:
        """An input value or an exact constant in this kind of number."""
        raise NotImplementedError

    def symbol(self, which: Any) -> Any:
        """pi or e."""
        raise NotImplementedError

    def compare(self, which: Any, a: Any, b: Any) -> bool | None:
        """Truth of a comparison; None where it cannot be told."""
        return bool(COMPARE[which](a, b))

    def either(self, a: Any, b: Any) -> Any:
        """What ``where`` gives when its condition cannot be told."""
        raise AssertionError(f"the truth of a comparison of a {self.name} is always known")

    def unknown(self) -> Any:
        """What it gives then if one of the values does not exist."""
        raise AssertionError(f"the truth of a comparison of a {self.name} is always known")

    def suspicious(self, value: Any) -> bool:
        """Whether the result may come from outside of the domain (or from overflow)."""
        return True

    def is_nan(self, value: Any) -> bool:
        """Whether the value is not a number."""
        return bool(value != value)


def nearest_float(value: Any) -> float:
    """An exact number as a float; beyond the largest, an infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
