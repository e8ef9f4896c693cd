"""The classes of rebuilt classes, and ``super()`` within them.

A rebuilt class is a subclass of the user's, so that its instances are instances of that class and its bases.  Conversely the rebuilt class
answers for the user's: whatever is an instance or a subclass of that one counts as its own, be it rebuilt or not.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from types import FunctionType
from typing import Any

from micrograd.trace.ownership import is_foreign, is_users

_ASKED: ContextVar[frozenset[type]] = ContextVar("_ASKED", default=frozenset())
"""Classes whose subclasses are being looked for: abstract ones ask all that are derived from them, and so their rebuilt ones."""


class Originals:
    """The users' classes in whose place rebuilt ones stand."""

    def __init__(self) -> None:
        self._classes: dict[int, type] = {}
        self._kinds: dict[type, Any] = {}

    def add(self, made: Any, cls: type) -> None:
        """Note what stands in the place of a class."""
        self._classes[id(made)] = cls

    def of(self, cls: Any) -> Any:
        """The class in whose place this one stands; itself if it is no rebuilt one."""
        return self._classes.get(id(cls), cls)

    def kind(self, kind: Any) -> Any:
        """A subclass of this metaclass for rebuilt classes."""
        if kind not in self._kinds:

            def is_instance(cls: Any, value: Any) -> Any:
                original = self.of(cls)
                return kind.__instancecheck__(cls, value) if original is cls else isinstance(value, original)

            def is_subclass(cls: Any, other: Any) -> Any:
                original = self.of(cls)
                if original is cls:
                    return kind.__subclasscheck__(cls, other)
                if original in _ASKED.get():
                    return False
                token = _ASKED.set(_ASKED.get() | {original})
                try:
                    return issubclass(other, original)
                finally:
                    _ASKED.reset(token)

            bases = (kind,) if kind is type else (self.kind(type), kind)
            self._kinds[kind] = type(kind.__name__, bases, {"__instancecheck__": is_instance, "__subclasscheck__": is_subclass})
        return self._kinds[kind]


def decides_itself(cls: type) -> bool:
    """Whether somebody wrote how subclasses of a class are made, or which these are."""
    members = (vars(base).get(name) for base in cls.__mro__ if not is_foreign(base) for name in ("__init_subclass__", "__subclasshook__"))
    functions = (getattr(x, "__func__", x) for x in members)
    return any(isinstance(x, FunctionType) and is_users(x.__code__) for x in functions)


class Super:
    """``super()`` as a traced function sees it; ``inherited`` finds an attribute of what comes after a class in the order of the bases."""

    __slots__ = ("_place",)

    def __init__(self, inherited: Callable[[type, Any, str], Any], cls: type, instance: Any) -> None:
        object.__setattr__(self, "_place", (inherited, cls, instance))

    def __getattribute__(self, name: str) -> Any:
        inherited, cls, instance = object.__getattribute__(self, "_place")
        return inherited(cls, instance, name)
