"""What instrumented code calls where an operation would bypass the values that it acts on (`micrograd.trace.sources`)."""

from __future__ import annotations

import contextlib
import operator
import warnings
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from micrograd.trace import sources
from micrograd.trace.lookalikes.modules import Refused, refuse_use
from micrograd.trace.ownership import held_in_slots
from micrograd.trace.reals import Real, Truth, exact, short
from micrograd.trace.runs import refuse


def is_traced(value: Any, *, within: bool = False) -> bool:
    """Whether a value is traced, or holds what is; ``within``: whether its attributes count too."""
    stack, seen = [value], set()
    while stack:
        top = stack.pop()
        if isinstance(top, Real | Truth | Text) and not (isinstance(top, Real) and top.shadow is not None):
            return True
        if id(top) in seen or isinstance(top, Real):
            continue
        seen.add(id(top))
        if isinstance(top, Mapping):
            stack += [*top.keys(), *top.values()]
        elif isinstance(top, list | tuple | set | frozenset):
            stack += top
        elif hasattr(top, "tolist") and hasattr(top, "dtype"):
            stack.append(top.tolist())
        elif within:
            stack += [*getattr(top, "__dict__", {}).values(), *(x for _, _, x in held_in_slots(top))]
    return False


class Text:
    """In the place of the text of something that is traced: it may be shown, and nothing can be learned from it."""

    def _unknown(self, *arguments: Any) -> Any:
        refuse("the text of a number that depends on the arguments is used for more than to be shown")

    __str__ = __repr__ = __format__ = __len__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _unknown
    __getitem__ = __iter__ = __contains__ = __bool__ = __int__ = __float__ = __index__ = __mod__ = __mul__ = __rmul__ = _unknown

    def __getattr__(self, name: str) -> Any:
        refuse(f"`.{name}` of the text of a number that depends on the arguments")

    def __add__(self, other: Any) -> Text:
        return self

    __radd__ = __add__


def _is_whole(value: Any, method: str) -> bool:
    """Whether a value is an integer or a truth value that divides others as Python's do."""
    if isinstance(value, int):
        return getattr(type(value), method) is getattr(int, method)
    return isinstance(value, Truth | np.integer | np.bool_)


def divisor(b: Any) -> Any:
    """The right side of a division: integers give a quotient, not its float."""
    return exact(b) if _is_whole(b, "__rtruediv__") else b


def exponent(b: Any) -> Any:
    """The right side of a power: a negative integer gives a quotient."""
    return exact(b) if _is_whole(b, "__rpow__") and not isinstance(b, Truth) and b < 0 else b


_NUMBERS = (int, bool, float, Real, Truth, np.ndarray, np.integer, np.bool_)


def _is_number(value: Any) -> bool:
    """Whether Python or NumPy compute with a value, and not a class that sees what it is divided by."""
    return type(value) in _NUMBERS or isinstance(value, np.ndarray | np.integer)


def quotient(a: Any, b: Any) -> Any:
    """``a / b``."""
    return a / (divisor(b) if _is_number(a) else b)


def power(a: Any, b: Any) -> Any:
    """``a ** b``.  NumPy's integers have no negative powers, and fractions have them as fractions."""
    if isinstance(a, Fraction | Decimal) and not isinstance(b, int):
        return exact(a) ** b
    whole = isinstance(a, np.integer | np.bool_) or (isinstance(a, np.ndarray) and a.dtype.kind in "iub")
    return a ** (exponent(b) if _is_number(a) and not whole else b)


def is_same(a: Any, b: Any) -> bool:
    """``a is b``; whether numbers are the same object is no property of the numbers."""
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Real | Truth) and (isinstance(other, Real | Truth | int | float) or hasattr(other, "dtype")):
            refuse(f"`is` between {short(a)} and {short(b)}: numbers and conditions are compared by `==`")
    return bool(a == b) if isinstance(a, type) and isinstance(b, type) else a is b


def entered(manager: Any) -> Any:
    """The context manager of a ``with``, if it is known to let errors pass."""
    if isinstance(manager, warnings.catch_warnings) and vars(manager).get("_record"):
        refuse("warnings.catch_warnings(record=True): which warnings there are cannot be traced")
    if not isinstance(manager, contextlib.nullcontext | warnings.catch_warnings):
        if isinstance(manager, Refused):
            refuse_use(manager)
        refuse(f"a `with` block of {type(manager).__module__}.{type(manager).__qualname__}: it may hide errors or change what is computed")
    return manager


def subject(value: Any, within: bool) -> Any:
    """What a ``match`` statement looks at; ``within``: whether at attributes too."""
    if is_traced(value) or isinstance(value, Real):
        refuse("a `match` on a number: write it by `if`")
    if within and is_traced(value, within=True):
        refuse("a `match` on numbers within an object: write it by `if`")
    return value


def text(*parts: Any) -> str | Text:
    """An f-string of its parts: texts, and triples of value, conversion and format."""
    if any(is_traced(part[0]) or is_traced(part[2]) for part in parts if type(part) is tuple):
        return Text()
    conversions: dict[int, Callable[[Any], Any]] = {115: str, 114: repr, 97: ascii}
    return "".join(format(conversions.get(part[1], lambda x: x)(part[0]), part[2]) if type(part) is tuple else part for part in parts)


def error(kind: Any) -> Any:
    """An exception without its text."""
    return kind.__new__(kind) if isinstance(kind, type) and issubclass(kind, BaseException) else kind


HOOKS: dict[str, Callable[..., Any]] = {
    sources.QUOTIENT: quotient,
    sources.POWER: power,
    sources.DIVISOR: divisor,
    sources.EXPONENT: exponent,
    sources.IS: is_same,
    sources.IS_NOT: lambda a, b: not is_same(a, b),
    sources.WITH: entered,
    sources.SUBJECT: subject,
    sources.TEXT: text,
    sources.ERROR: error,
    sources.REFUSE: refuse,
}

OPERATORS: dict[str, Callable[..., Any]] = {
    "truediv": quotient,
    "pow": power,
    "itruediv": lambda a, b: vars(operator)["itruediv"](a, divisor(b)),
    "ipow": lambda a, b: vars(operator)["ipow"](a, exponent(b)),
    "is_": is_same,
    "is_not": lambda a, b: not is_same(a, b),
}
"""The functions of Python's ``operator`` that would bypass the hooks."""
