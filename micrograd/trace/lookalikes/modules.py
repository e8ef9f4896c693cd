"""Modules as a traced function sees them: tables from names to functions on numbers that are traced.

A name that a module has and its table has not is refused by name, and so is what somebody has put in the place of the module's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType, ModuleType
from typing import Any, NoReturn

import numpy as np

from micrograd.trace.ownership import is_foreign, is_users
from micrograd.trace.runs import refuse
from micrograd.verified.errors import UnsupportedPrimitive

Table = dict[str, Any]

_ORIGINALS: dict[str, dict[str, Any]] = {}
"""What modules held when they were first looked at."""


def remember(module: ModuleType) -> dict[str, Any]:
    """What a module holds, or held when this was first asked for; without what belonged to no library even then."""
    if module.__name__ not in _ORIGINALS:
        _ORIGINALS[module.__name__] = {name: x if _is_of_library(x, name) else None for name, x in vars(module).items()}
    return _ORIGINALS[module.__name__]


def _is_of_library(value: Any, name: str) -> bool:
    """Whether a library gave its name to an object that one of its modules holds."""
    if isinstance(value, FunctionType):
        return not is_users(value.__code__)
    if isinstance(value, np.ufunc):
        return value.__name__ in (name, _ALIASES.get(name)) or getattr(np, name, None) is value
    return is_foreign(value if isinstance(value, type) else type(value))


_ALIASES = {"digamma": "psi", "jn": "jv"}


class Lookalike:
    """A module as a traced function sees it.  What somebody has put in the place of the module's own is refused."""

    def __init__(self, module: ModuleType, table: Mapping[str, Any]) -> None:
        self.__dict__.update({"<module>": module, "<table>": table, "<original>": remember(module), "__name__": module.__name__})

    def __getattr__(self, name: str) -> Any:
        module, table, original = (self.__dict__[key] for key in ("<module>", "<table>", "<original>"))
        if name in table:
            if name in original and getattr(module, name, None) is not original[name]:
                refuse(f"{self.__name__}.{name} has been replaced, and is not the function that can be traced")
            return table[name]
        if not hasattr(module, name):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        refuse(f"{self.__name__}.{name} is not among the functions that can be traced")

    def __setattr__(self, name: str, value: Any) -> None:
        refuse(f"the function assigns {self.__name__}.{name}")


class ModuleView:
    """A user's module as a traced function sees it: what it holds is converted."""

    def __init__(self, module: ModuleType, convert: Callable[[Any], Any]) -> None:
        self.__dict__.update({"<module>": module, "<convert>": convert, "__name__": module.__name__})

    def __getattr__(self, name: str) -> Any:
        return self.__dict__["<convert>"](getattr(self.__dict__["<module>"], name))

    def __setattr__(self, name: str, value: Any) -> None:
        raise UnsupportedPrimitive(f"the function assigns {self.__name__}.{name}: it keeps state")


def refuse_use(refused: Any, *arguments: Any, **options: Any) -> NoReturn:
    """Say what cannot be traced where it is used."""
    refuse(f"{refused.__dict__['<name>']} is not among the functions that can be traced")


class Refused:
    """What cannot be traced, under its name: it is refused when it is used."""

    def __init__(self, name: str) -> None:
        self.__dict__["<name>"] = name

    __call__ = __iter__ = __next__ = __len__ = __getitem__ = __contains__ = __bool__ = refuse_use
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = refuse_use
    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> Any:
        refuse(f"{self.__dict__['<name>']}.{name} is not among the functions that can be traced")
