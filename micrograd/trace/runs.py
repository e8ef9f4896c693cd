"""The trace that runs, as the values in it see it: it says which case is run, which numbers constants are, and refuses."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, NoReturn, Protocol

from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import TRUE, Condition, Expr


class Run(Protocol):
    """A traced run, as the values in it see it.

    Attributes:
        shows: whether the function prints.
        existence: where expressions have values, as far as it was asked.
        asked: the conditions by which something is chosen.
    """

    shows: bool
    existence: dict[Any, Condition]
    asked: dict[Condition, None]

    @property
    def numpy(self) -> bool:
        """Whether numbers may be NumPy's, which raise nothing when they are divided by 0."""

    def holds(self, condition: Condition) -> bool:
        """Whether the condition holds in the case that is run."""

    def require(self, expression: Expr) -> None:
        """Note that the run ends with an error where the expression has no value."""

    def assume(self, condition: Condition) -> None:
        """Note that the run is read rightly only where the condition holds."""

    def constant(self, value: float) -> Expr | None:
        """The number that a float of unknown origin stands for; None if that is not certain."""

    def refuse(self, reason: str, error: type[UnsupportedPrimitive] = ...) -> NoReturn:
        """End the trace."""


RUN: ContextVar[Run | None] = ContextVar("RUN", default=None)
"""The trace that runs in this thread."""


def refuse(reason: str, error: type[UnsupportedPrimitive] = UnsupportedPrimitive) -> NoReturn:
    """Say why a function cannot be traced."""
    run = RUN.get()
    if run is not None:
        run.refuse(reason, error)
    raise error(reason)


def holds(condition: Condition) -> bool:
    """Whether a condition on the arguments holds in the case that is run."""
    run = RUN.get()
    if run is None:
        raise TypeError(f"the truth of `{condition}` depends on the arguments of a function that is no longer traced")
    return run.holds(condition)


def assume(condition: Condition) -> None:
    """Note that the function is read rightly only where a condition holds."""
    run = RUN.get()
    if run is not None and condition is not TRUE:
        run.assume(condition)


def abridged(value: object) -> str:
    """The text of a value, cut to what a message can hold."""
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
