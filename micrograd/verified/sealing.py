"""Attributes that cannot be changed, by assignment or by ``object.__setattr__``.

A slot of a class can be set through the class: ``object.__setattr__(thing, "name", value)`` finds the slot's descriptor there, whatever
the class says in ``__setattr__``.  Here the descriptor is taken out of the class and a read-only one is put in its place.

Trust: this keeps out everything but a deliberate search for private objects (``gc``, ``ctypes``, names that begin with an underscore).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

C = TypeVar("C", bound=type)


def seal(cls: type, name: str) -> Callable[[Any, Any], None]:
    """Make a slot of the class read-only; what is returned is the only way to set it."""
    slot = cls.__dict__[name]
    setattr(cls, name, property(slot.__get__, doc=f"The {name}; it cannot be changed."))
    return slot.__set__  # type: ignore[no-any-return]


def set_once(cls: C) -> C:
    """Class decorator: what the class's slots hold is set once, usually by ``__init__``, and never again."""
    for name in cls.__slots__:  # type: ignore[attr-defined]
        slot = cls.__dict__[name]
        setattr(cls, name, property(slot.__get__, partial(_give, slot), doc=f"The {name}; it cannot be changed."))
    return cls


def _give(slot: Any, thing: Any, value: Any) -> None:
    try:
        slot.__get__(thing)
    except AttributeError:
        slot.__set__(thing, value)
    else:
        raise AttributeError(f"{slot.__name__} of {type(thing).__name__} cannot be changed")
