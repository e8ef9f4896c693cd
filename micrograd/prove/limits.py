"""How much work a claim may take.

Inside a verdict, work is bounded by *counts*: steps of the solver, cases, points, terms, bits.  So the same claim gets the same answer on
a busy machine.  Seconds are only the outermost limit; a verdict that ran into it says so (`TIME_IS_OVER`).

A library that is at work cannot be interrupted, so what is given to it is bounded beforehand by its size; `tick` is called between its
operations.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction

TIME_IS_OVER = "time is over"
"""The reason begins with these words if another time limit might change the verdict."""

_deadline: ContextVar[float] = ContextVar("_deadline", default=float("inf"))


class OutOfTime(Exception):
    """The time that was given is over."""


class Unsupported(Exception):
    """A step that cannot be taken; nothing follows from that."""


class TooLarge(Unsupported):
    """The work outgrows what is reasonable."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Limit what is done inside to so many seconds; an outer limit stays in force."""
    token = _deadline.set(min(_deadline.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


def shown(number: int | Fraction) -> str:
    """A number for messages: its digits if they are few.  Python refuses to write thousands of them."""
    bits = max(number.numerator.bit_length(), number.denominator.bit_length())
    return str(number) if bits <= 200 else f"(a number of {bits} bits)"


def remaining() -> float:
    """Seconds that are left; infinity without a limit."""
    return _deadline.get() - time.monotonic()


def tick() -> None:
    """Raise `OutOfTime` when it is."""
    if time.monotonic() > _deadline.get():
        raise OutOfTime
