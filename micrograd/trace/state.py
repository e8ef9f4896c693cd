"""State that a function keeps between calls, which a trace cannot see: code that assigns it, and objects that a run changes."""

from __future__ import annotations

import dis
import enum
import functools
import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from micrograd.trace.arrays import Array, plain
from micrograd.trace.lookalikes.hooks import is_traced
from micrograd.trace.lookalikes.modules import Lookalike, ModuleView, Refused
from micrograd.trace.ownership import held_in_slots, is_foreign, is_plain
from micrograd.trace.reals import Real, Truth, shadow_of
from micrograd.trace.runs import refuse
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
        return plain(made).ravel().tolist()
    if isinstance(made, Lookalike | ModuleView | Refused | ModuleType):
        return None
    if isinstance(made, type):
        return None if is_foreign(made) else _of_class(made)
    slots = {(base, name): x for base, name, x in held_in_slots(made)}
    return {**vars(made), **slots} if hasattr(made, "__dict__") else slots or None


def _of_class(cls: type) -> dict[Any, Any]:
    """The attributes of a class, and those of the members of an enumeration."""
    found: dict[Any, Any] = {name: x for name, x in vars(cls).items() if name != "__annotations__"}
    for member in cls if issubclass(cls, enum.Enum) else ():
        found.update({(member, name): x for name, x in vars(member).items()})
    return found


def is_same_state(after: Any, before: Any) -> bool:
    """Whether an object holds the same as before."""
    if isinstance(before, set):
        return bool(after == before)
    if isinstance(before, dict):
        return list(after) == list(before) and all(a is b for a, b in zip(after.values(), before.values(), strict=True))
    return len(after) == len(before) and all(
        a is b or (isinstance(a, int) and type(a) is type(b) and a == b) for a, b in zip(after, before, strict=True)
    )


class Found:
    """The objects that a run finds and does not make, and what they held when they were found."""

    def __init__(self) -> None:
        self._states: dict[int, tuple[Any, Any]] = {}

    def keep(self, made: Any) -> None:
        """Note what an object holds."""
        state = state_of(made)
        if state is None:
            return
        self._states[id(made)] = made, state
        inner = (
            made.keywords if isinstance(made, functools.partial) else None if isinstance(made, type) else getattr(made, "__dict__", None)
        )
        if isinstance(inner, dict):
            self._states[id(inner)] = inner, inner.copy()

    def stored(self, target: Any) -> Any:
        """What an attribute or an entry is stored in.

        Raises:
            UnsupportedPrimitive: it was found: even what is taken back may have been seen elsewhere in the meantime.
        """
        if id(target) in self._states or (isinstance(target, np.ndarray) and self._shares(target)):
            kind = target.__qualname__ if isinstance(target, type) else type(target).__name__
            refuse(f"it changes an object that it finds and does not make ({kind}): it keeps state between calls")
        return target

    def _shares(self, entries: Any) -> bool:
        """Whether these are entries of an array that was found."""
        return any(isinstance(made, np.ndarray) and np.may_share_memory(made, entries) for made, _ in self._states.values())

    def changed(self) -> Any:
        """An object that does not hold what it held; None if there is none."""
        return next((made for made, before in self._states.values() if not is_same_state(state_of(made), before)), None)

    def restore(self) -> None:
        """Give users' classes, which a trace does not copy if they have no methods, the attributes that they had."""
        for made, before in self._states.values():
            if isinstance(made, type) and not is_same_state(state_of(made), before):
                _restore(made, before)

    def cached(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that remembers its results in Python: each call makes them anew here, and so none of them may be changed."""

        keys: list[Any] = []

        def call(*arguments: Any, **options: Any) -> Any:
            _check_key((*arguments, *options.values()), keys)
            result = function(*arguments, **options)
            self._remembered(result, "a function that remembers its results")
            return result

        return call

    def cached_property(self, function: Callable[[Any], Any], name: str) -> CachedProperty:
        """A ``functools.cached_property``."""
        return CachedProperty(self, function, name)

    def extend(self, instance: Any, name: str, value: Any) -> None:
        """Give an object a new attribute, which one that was found keeps for later calls."""
        found = id(instance) in self._states
        if found:
            if is_traced(value):
                refuse(f"the cached property {name} of an object that the function does not make keeps what depends on the arguments")
            self._remembered(value, f"the cached property {name}")
        vars(instance)[name] = value
        if found:
            self.keep(instance)

    def _remembered(self, value: Any, what: str) -> None:
        """Keep all that a value holds.

        Raises:
            UnsupportedPrimitive: an iterator, which is used up; an object has been changed, and the value may depend on that.
        """
        changed = self.changed()
        if changed is not None:
            refuse(f"{what} is used while an object that the function does not make ({type(changed).__name__}) is changed")
        stack, seen = [value], set[int]()
        while stack:
            top = stack.pop()
            if id(top) in seen or isinstance(top, str | bytes | int | Real | Truth | type | FunctionType):
                continue
            seen.add(id(top))
            if hasattr(type(top), "__next__"):
                refuse(f"{what} gives an iterator, which can be used once")
            self.keep(top)
            parts = top if isinstance(top, tuple | frozenset) else state_of(top)
            stack += [*parts.keys(), *parts.values()] if isinstance(parts, dict) else parts or ()


def _check_key(key: tuple[Any, ...], keys: list[Any]) -> None:
    """Refuse arguments that may be equal to earlier ones of which a function has remembered another result.

    Raises:
        TypeError: they cannot be remembered.
    """
    for x in key:
        if not isinstance(x, Real):
            hash(x)
            equality: Any = type(x).__eq__
            if not is_plain(x) and equality is not object.__eq__ and not isinstance(x, type):
                refuse(f"a function that remembers its results is given an object that is compared by its value ({type(x).__name__})")
    for other in keys:
        pairs = list(zip(key, other, strict=False)) if len(key) == len(other) else [(0, 1)]
        if all(_is_equal(a, b) for a, b in pairs) and any(type(a) is not type(b) or _sign(a) != _sign(b) for a, b in pairs):
            refuse("a function that remembers its results is given arguments that are equal and not the same, such as 0 and -0.0")
    keys.append(key)


def _is_equal(a: Any, b: Any) -> bool:
    """Whether two arguments are equal; of those that depend on others, whether they are the same number."""
    first, second = (x.expr if isinstance(x, Real) and x.shadow is None else None for x in (a, b))
    return first is second if first is not None or second is not None else bool(a == b)


def _sign(x: Any) -> float:
    shadow = shadow_of(x) if isinstance(x, Real | float) else None
    return math.copysign(1.0, shadow) if shadow == 0 else 1.0


def _restore(cls: type, before: Mapping[Any, Any]) -> None:
    after = state_of(cls)
    for key in [key for key in {**before, **after} if before.get(key, _NOTHING) is not after.get(key, _NOTHING)]:
        owner, name = key if isinstance(key, tuple) else (cls, key)
        with suppress(AttributeError, TypeError):
            setattr(owner, name, before[key]) if key in before else delattr(owner, name)


_NOTHING = object()


class CachedProperty:
    """``functools.cached_property`` as a traced function sees it."""

    def __init__(self, found: Found, function: Callable[[Any], Any], name: str) -> None:
        self.found, self.function, self.name = found, function, name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        if self.name not in vars(instance):
            self.found.extend(instance, self.name, self.function(instance))
        return vars(instance)[self.name]


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
