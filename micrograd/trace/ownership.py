"""To whom a function, a class or a module belongs: the user, Python, or a library that is known by name."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import CodeType, FunctionType, GetSetDescriptorType, MemberDescriptorType, NoneType
from typing import Any

import numpy as np

PACKAGE = str(Path(__file__).resolve().parents[1])
_STANDARD = tuple({sysconfig.get_paths()["stdlib"], sysconfig.get_paths()["platstdlib"]})
NUMERIC = ("numpy", "scipy", "micrograd", "math", "cmath", "torch", "jax", "sympy", "autograd", "mpmath", "random", "statistics")
"""Libraries whose functions are numeric: read by a table, or refused."""
TOOLS = ("pytest", "_pytest", "pluggy", "hypothesis")
"""Libraries for tests."""


def is_users(code: CodeType) -> bool:
    """Whether the code is neither of the standard library, nor of NumPy and the like, nor of this package."""
    name = code.co_filename
    if name.startswith("<frozen") or name.startswith(PACKAGE):
        return False
    parts = Path(name).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1] not in NUMERIC + TOOLS
    return not name.startswith(_STANDARD)


_PLAIN = (bool, int, float, complex, str, bytes, NoneType, Fraction, Decimal)


def is_plain(value: Any) -> bool:
    """Whether a value is a number of Python's, a text, or a tuple of such."""
    return (isinstance(value, _PLAIN) and not isinstance(value, np.generic)) or (
        isinstance(value, tuple | frozenset) and all(map(is_plain, value))
    )


def is_foreign(cls: type) -> bool:
    """Whether a class belongs to Python or to a library that is known by name."""
    return cls.__module__.split(".")[0] in NUMERIC or is_standard(cls.__module__)


def is_inert(cls: type) -> bool:
    """Whether a class without methods holds only what need not be rebuilt."""
    return all(
        is_plain(x) or isinstance(x, _NO_MEMBERS) or _is_of_named_tuple(base, name, x)
        for base in cls.__mro__
        if not is_foreign(base)
        for name, x in vars(base).items()
        if not (name.startswith("__") and name.endswith("__"))
    )


def _is_of_named_tuple(cls: type, name: str, member: Any) -> bool:
    """Whether a member was written by ``collections.namedtuple``."""
    if not (issubclass(cls, tuple) and hasattr(cls, "_make")):
        return False
    if name == "_field_defaults":
        return all(map(is_plain, member.values()))
    return name in _OF_TUPLES or type(member).__name__ == "_tuplegetter"


_NO_MEMBERS = (MemberDescriptorType, GetSetDescriptorType)
_OF_TUPLES = ("__new__", "_make", "_replace", "__repr__", "_asdict", "__getnewargs__")


def members_of(cls: type) -> dict[str, Any]:
    """What a class and its bases define, but for what Python itself has put there."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if not is_foreign(base):
            for name, x in vars(base).items():
                special = name.startswith("__") and name.endswith("__") and not isinstance(x, FunctionType | staticmethod | classmethod)
                if not (special or name.startswith("_abc_") or isinstance(x, _NO_MEMBERS)):
                    found[name] = x
    return found


def is_generated(function: Any) -> bool:
    """Whether a method was written by ``dataclasses``."""
    return isinstance(function, FunctionType) and function.__code__.co_qualname.startswith("__create_fn__")


def held_in_slots(made: Any) -> Iterator[tuple[type, str, Any]]:
    """The values in the slots of a user's class, each with the class that has the slot and the slot's name in it."""
    for base in type(made).__mro__:
        if is_foreign(base):
            continue
        for name, slot in vars(base).items():
            if isinstance(slot, MemberDescriptorType):
                with suppress(AttributeError):  # nothing was ever stored there
                    yield base, name, slot.__get__(made)


def is_standard(name: str) -> bool:
    """Whether a module belongs to Python."""
    file = getattr(sys.modules.get(name), "__file__", None)
    of_python = file is None or (file.startswith(_STANDARD) and "site-packages" not in file)
    return name.split(".")[0] in sys.stdlib_module_names and of_python


def is_users_class(cls: type) -> bool:
    """Whether a class has methods that somebody wrote in Python, outside of the libraries."""
    if is_foreign(cls):
        return False
    members = vars(cls).items()
    if issubclass(cls, tuple) and hasattr(cls, "_make"):
        members = {name: x for name, x in members if name not in _OF_TUPLES}.items()
    functions = (x.__func__ if isinstance(x, staticmethod | classmethod) else x for _, x in members)
    return any(isinstance(x, FunctionType | property) and (isinstance(x, property) or is_users(x.__code__)) for x in functions) or any(
        is_users_class(b) for b in cls.__bases__
    )
