"""What people write, as expressions and conditions: texts, numbers, arrays, nested lists.

Each function gets the name of the argument that it reads, and every error begins with it.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar

from micrograd.trace.readings import current_reading
from micrograd.verified.errors import MicrogradError, ParseError
from micrograd.verified.expr import CONST, Condition, Expr, as_expr, postorder
from micrograd.verified.parsing import parse, parse_condition

N = TypeVar("N", Expr, Condition)
DomainLike: TypeAlias = Condition | str | bool | Callable[..., Any] | None

ENTRIES = 1 << 17
"""The most entries that a claim, or the arguments of a function, may have."""
BITS = 14_000
"""Numbers of more bits cannot be printed (Python converts 4,300 digits)."""


def is_function(value: Any) -> bool:
    """Whether it is a Python function, or something else to be called."""
    return callable(value) and not isinstance(value, Expr | Condition)


def entry(value: Any, what: str) -> Expr:
    """An expression of its text, a number, or itself.

    Raises:
        TypeError: something else.  ValueError: NaN, an infinity, a number that is too long.  ParseError: text that cannot be read.
    """
    if isinstance(value, str):
        return _printable(_read(parse, value, what), what)
    value = _of_sympy(value)
    if isinstance(value, Expr):
        return _printable(value, what)
    if hasattr(value, "tolist") and getattr(value, "shape", None) == ():
        value = value.tolist()
    if isinstance(value, Decimal) and value.is_finite():
        value = Fraction(value)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{what}: an expression, its text or a number is needed, not {_named(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{what}: {value} is not a real number")
    if isinstance(value, float):
        return current_reading().of_float(float(value), what)
    try:
        exact: Any = value
        return _printable(as_expr(exact), what)
    except TypeError as reason:
        raise TypeError(f"{what}: {reason}") from None


def _of_sympy(value: Any) -> Any:
    """An expression or a condition of SymPy's as one of ours; anything else as it is."""
    if type(value).__module__.split(".")[0] != "sympy":
        return value
    from micrograd.carriers.sympy.translation import from_sympy

    return from_sympy(value)


def condition(domain: Any, what: str = "domain") -> Condition | None:
    """A condition of its text, or itself; None stays None.

    Raises:
        TypeError: something else.  ParseError: text that cannot be read.
    """
    if isinstance(domain, bool):
        domain = str(domain)
    if isinstance(domain, str):
        domain = _read(parse_condition, domain, what)
    domain = _of_sympy(domain)
    if domain is None or isinstance(domain, Condition):
        return domain if domain is None else _printable(domain, what)
    raise TypeError(f"{what}: a condition or its text is needed, such as 'x > 0', not {_named(domain)}")


def seconds(timeout: Any) -> float:
    """A number of seconds.

    Raises:
        TypeError: no number.  ValueError: not positive.
    """
    if isinstance(timeout, bool) or not isinstance(timeout, numbers.Real):
        raise TypeError(f"timeout: a number of seconds is needed, not {_named(timeout)}")
    given: Any = timeout
    if not given > 0:
        raise ValueError(f"timeout: a positive number of seconds is needed, not {shown(given)}")
    return float(min(given, 1e9))


def leaves(value: Any, what: str) -> Iterator[Any]:
    """The entries of nested lists, tuples and arrays, in order; what is none of these, itself.

    Raises:
        TypeError: a set or a dict.  ValueError: more than `ENTRIES`.
    """
    stack, seen = [value], 0
    while stack:
        top = as_list(stack.pop())
        seen += 1
        if seen > ENTRIES:
            raise ValueError(f"{what}: more than {ENTRIES} entries, or a list that holds itself")
        if isinstance(top, list | tuple):
            stack.extend(reversed(top))
        elif isinstance(top, set | frozenset | Mapping):
            raise TypeError(f"{what}: ordered entries are needed, not {_named(top)}")
        else:
            yield top


def rows(value: Any, width: int, what: str) -> Iterator[list[Any]]:
    """The parts of nested lists that have this many entries, in order: the rows, if the lists are those of a matrix.

    Raises:
        ValueError: a part that has fewer, or cannot be divided.
    """
    stack = [value]
    while stack:
        top = as_list(stack.pop())
        found = list(leaves(top, what))
        if len(found) == width:
            yield found
        elif len(found) > width and isinstance(top, list | tuple):
            stack.extend(reversed(top))
        else:
            raise ValueError(f"{what}: a row of {len(found)} entries where there are {width}")


def as_list(value: Any) -> Any:
    """Arrays and iterators as lists; anything else as it is."""
    if hasattr(value, "tolist") and not isinstance(value, type):
        return value.tolist()
    if isinstance(value, str | bytes | list | tuple | Mapping | set | frozenset | type) or not isinstance(value, Iterable):
        return value
    return list(value)


def _read(parse: Callable[[str], N], text: str, what: str) -> N:
    try:
        return current_reading().of_text(parse(text))
    except ParseError as reason:
        raise ParseError(f"{what}: {reason.reason}", position=reason.position, text=text) from None
    except MicrogradError:
        raise
    except ValueError as reason:
        raise ValueError(f"{what}: {reason}") from None


def _printable(node: N, what: str) -> N:
    for part in postorder([node]):
        if part.head is CONST:
            number = part.key[1]
            if max(abs(number.numerator), number.denominator).bit_length() > BITS:
                raise ValueError(f"{what}: a number of more than {BITS} bits")
    return node


def _named(value: Any) -> str:
    return "None" if value is None else type(value).__name__


def shown(value: Any) -> str:
    """A value in a message: its text if it has a short one, else its type."""
    try:
        text = repr(value)
    except Exception:  # anything may be given, and its text may fail
        text = ""
    return text if 0 < len(text) <= 80 else _named(value)
