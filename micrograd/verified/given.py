"""Functions that an upper module hands to a lower one, which cannot import it.

A node is printed by the printer, which is written in terms of nodes; a theorem is pickled as its certificate, which is written in terms of
theorems.  The module below has a `Given` for what it needs; the module above fills it when it is imported, once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Given:
    """A function that is given later, once, and never replaced."""

    __slots__ = ("_function", "_what")

    def __init__(self, what: str) -> None:
        self._what = what
        self._function: Callable[..., Any] | None = None

    def give(self, function: Callable[..., Any]) -> None:
        """Fill it.

        Raises:
            ValueError: it was given before.
        """
        if self._function is not None:
            raise ValueError(f"{self._what} is given already")
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        if self._function is None:
            raise RuntimeError(f"{self._what} is not given yet")
        return self._function(*arguments)
