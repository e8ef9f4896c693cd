"""Attributes that cannot be changed, by assignment or by ``object.__setattr__``.

A slot of a class can be set through the class: ``object.__setattr__(thing, "name", value)`` finds the slot's descriptor there, whatever
the class says in ``__setattr__``.  Here the descriptor is taken out of the class and a read-only one is put in its place.

Trust: this keeps out everything but a deliberate search for private objects (``gc``, ``ctypes``, names that begin with an underscore).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar, overload

C = TypeVar("C", bound=type)
V = TypeVar("V")


def seal(cls: type, name: str) -> Callable[[Any, Any], None]:
    """Make a slot of the class read-only; what is returned is the only way to set it."""
    slot = cls.__dict__[name]
    setattr(cls, name, property(slot.__get__, doc=f"The {name}; it does not change."))
    return slot.__set__  # type: ignore[no-any-return]


def set_once(cls: C) -> C:
    """Class decorator: what the class's slots hold is set once, usually by ``__init__``, and never again."""
    for name in cls.__dict__["__slots__"]:
        slot = cls.__dict__[name]
        setattr(cls, name, property(slot.__get__, partial(_give, slot), doc=f"The {name}; it does not change."))
    return cls


def _give(slot: Any, thing: Any, value: Any) -> None:
    try:
        slot.__get__(thing)
    except AttributeError:
        slot.__set__(thing, value)
    else:
        raise AttributeError(f"{slot.__name__} of a {type(thing).__name__} does not change")


class Remembering:
    """Base of classes with `lazy` attributes."""

    __slots__ = ("_memory",)


_memory: Any = Remembering.__dict__["_memory"]
del Remembering._memory  # type: ignore[attr-defined]


class lazy(Generic[V]):
    """Like `functools.cached_property`, for a class derived from `Remembering`; what was computed cannot be replaced."""

    def __init__(self, make: Callable[[Any], V]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, thing: None, owner: type | None = None) -> lazy[V]: ...

    @overload
    def __get__(self, thing: object, owner: type | None = None) -> V: ...

    def __get__(self, thing: Any, owner: type | None = None) -> Any:
        if thing is None:
            return self
        try:
            known = _memory.__get__(thing)
        except AttributeError:
            known = {}
            _memory.__set__(thing, known)
        if self not in known:
            known[self] = self._make(thing)
        return known[self]

    def __set__(self, thing: object, value: object) -> None:
        raise AttributeError(f"{self._make.__name__} of a {type(thing).__name__} does not change")
