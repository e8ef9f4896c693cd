"""Names in source that the engine writes.

One `Names` belongs to one piece of source and gives out all of its names: a letter with a number of its own (``v7``), or the name of a
function without one (``terms_of``).  The numbers count up whatever the letter is, so no two things can have the same name.
"""

from __future__ import annotations

from itertools import count
from typing import Any


class Names:
    """The names of one piece of source, and what they stand for (``space``, the source's globals)."""

    def __init__(self, **functions: Any) -> None:
        self.space: dict[str, Any] = {}
        self._numbers = count()
        for name, function in functions.items():
            self.function(name, function)

    def new(self, letter: str) -> str:
        """A name for what the source itself assigns."""
        return f"{letter}{next(self._numbers)}"

    def bind(self, letter: str, thing: Any) -> str:
        """A name for something that is there already."""
        name = self.new(letter)
        self.space[name] = thing
        return name

    def function(self, name: str, function: Any) -> str:
        """A function of the engine, or a module, under its own name."""
        if name[-1].isdigit() or self.space.setdefault(name, function) is not function:
            raise ValueError(f"the name {name} is not free")
        return name
