"""State that a function keeps between calls, which a trace cannot see: code that assigns it, and objects that a run changes."""

from __future__ import annotations

import dis
from collections import deque
from collections.abc import Iterator
from types import CodeType, ModuleType
from typing import Any

from micrograd.trace.arrays import Array
from micrograd.trace.lookalikes.modules import Lookalike, ModuleView, Refused
from micrograd.trace.ownership import is_users_class
from micrograd.trace.sources import codes
from micrograd.verified.errors import UnsupportedPrimitive


def global_names(code: CodeType) -> Iterator[str]:
    """The names of globals that the code reads."""
    for each in codes(code):
        for instruction in dis.get_instructions(each):
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                yield instruction.argval


def state_of(made: Any) -> Any:
    """What an object holds, if that can change."""
    if isinstance(made, dict | list | set | deque):
        return made.copy()
    if isinstance(made, Array):
        return made.ravel().tolist()
    if isinstance(made, type) and not is_users_class(made):
        return None
    return dict(vars(made)) if hasattr(made, "__dict__") and not isinstance(made, Lookalike | ModuleView | Refused | ModuleType) else None


def is_same_state(after: Any, before: Any) -> bool:
    """Whether an object holds the same as before."""
    if isinstance(before, set):
        return bool(after == before)
    if isinstance(before, dict):
        return list(after) == list(before) and all(a is b for a, b in zip(after.values(), before.values(), strict=True))
    return len(after) == len(before) and all(a is b or (isinstance(a, int) and a == b) for a, b in zip(after, before, strict=True))


def check(code: CodeType, name: str) -> None:
    """Refuse code that does what a trace cannot see.

    Raises:
        UnsupportedPrimitive: names the function and what it does.
    """
    if code.co_flags & (0x20 | 0x80 | 0x200):
        raise UnsupportedPrimitive(f"{name} is a generator or a coroutine, and has no value to trace")
    free = set(code.co_freevars)
    for each in codes(code):
        for instruction in dis.get_instructions(each):
            what, place = instruction.opname, instruction.positions
            where = f"{name}, line {each.co_firstlineno if place is None else place.lineno}:"
            if what in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                raise UnsupportedPrimitive(f"{where} it assigns the global {instruction.argval}: it keeps state between calls")
            if what in ("STORE_DEREF", "DELETE_DEREF") and instruction.argval in free:
                raise UnsupportedPrimitive(
                    f"{where} it assigns {instruction.argval} of the enclosing function: it keeps state between calls"
                )
