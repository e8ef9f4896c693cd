"""Names of variables: which can be written, which are taken, and which are fresh."""

from __future__ import annotations

import re
from types import ModuleType

# fmt: off
NAMES_RESERVED = frozenset([
    "pi", "e", "and", "or", "not", "True", "False", "None", "if", "else", "elif", "lambda", "for", "while", "in", "is", "import",
    "from", "def", "class", "return", "yield", "await", "async", "with", "as", "try", "except", "finally", "raise", "del",
    "global", "nonlocal", "pass", "break", "continue", "assert", "inf", "nan",
])
# fmt: on
FUNCTION_NAMES: set[str] = {"where"}
SOFT_NAMES: set[str] = set()
"""Names that the parser reads as calls; filled by the registry."""

_FRESH = re.compile(r"[A-Za-z_][A-Za-z_0-9]*@[1-9][0-9]{0,8}", re.ASCII)
"""The names that `fresh_variable` gives: neither `var` nor the parser takes them, so they cannot collide with a user's names."""


def exported(*modules: ModuleType) -> list[str]:
    """What the modules export together."""
    return [name for module in modules for name in vars(module)["__all__"]]


def is_fresh(name: str) -> bool:
    """Whether the name is one that `fresh_variable` gives."""
    return _FRESH.fullmatch(name) is not None


def is_name(text: str) -> bool:
    """Whether the text is an identifier: ASCII letters, digits and underscores, no digit first."""
    return text.isidentifier() and text.isascii()


def is_variable_name(name: object) -> bool:
    """Whether a variable may have this name: one that `var` takes, or a fresh one.  Exactly a ``str``, not of a class derived from it."""
    if type(name) is not str:
        return False
    text = str(name)
    return (is_name(text) and text not in NAMES_RESERVED and text not in FUNCTION_NAMES) or is_fresh(text)
