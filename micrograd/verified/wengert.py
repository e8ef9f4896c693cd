"""Wengert lists: an expression graph as flat, portable data.

A graph is written as a list of entries, children before parents, each ``[head, *indices]``; a leaf is ``["var", name]``,
``["const", "p/q"]`` or ``["bool", 0 or 1]``.  Shared subterms are written once, so the list is linear in the graph.  JSON, pickling and
certificates all use this form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from micrograd.verified.errors import ParseError
from micrograd.verified.expr import (
    BOOL,
    CONST,
    FALSE,
    HEADS,
    MAX_BITS,
    TRUE,
    Condition,
    Expr,
    Node,
    build,
    constant,
    paused_collection,
    postorder,
    var,
)
from micrograd.verified.nodes import pickled

FORMAT = "micrograd-expression"
VERSION = 1
_INTEGER = rf"0x[0-9a-f]{{1,{MAX_BITS // 4}}}|[0-9]{{1,4300}}"
_NUMBER = re.compile(rf"(-?)({_INTEGER})(?:/({_INTEGER}))?")


def number_text(value: int | Fraction) -> str:
    """The exact number as text: decimal, or hexadecimal where decimal text would be slow to read."""
    if value.denominator != 1:
        return f"{number_text(value.numerator)}/{number_text(value.denominator)}"
    return str(value.numerator) if value.numerator.bit_length() <= 4096 else hex(value.numerator)


def number_value(text: object) -> int | Fraction:
    """The inverse of `number_text`; raises ValueError on anything else."""
    if type(text) is not str:
        raise ValueError(f"a {type(text).__name__} is not an exact number of at most {MAX_BITS} bits")
    return _number_value(text)


@lru_cache(maxsize=1024)
def _number_value(text: str) -> int | Fraction:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not an exact number of at most {MAX_BITS} bits")
    sign, top, bottom = match.groups()
    numerator, denominator = (int(part, 16 if part.startswith("0x") else 10) for part in (top, bottom or "1"))
    if denominator == 0:
        raise ValueError("division by zero")
    value = -numerator if sign else numerator
    return Fraction(value, denominator) if bottom else value


@paused_collection()
def to_wengert(roots: Sequence[Node]) -> list[list[Any]]:
    """The graph below the roots as flat entries; the last entry is ``["roots", *indices]``."""
    index: dict[Any, int] = {}
    entries: list[list[Any]] = []
    for node in postorder(roots):
        key = node.key
        index[node] = len(entries)
        if key[0] is CONST:
            entries.append(["const", number_text(key[1])])
        elif key[0].leaf:
            entries.append([key[0].name, int(key[1]) if key[0] is BOOL else key[1]])
        else:
            entries.append([key[0].name, *[index[child] for child in key[1:]]])
    entries.append(["roots", *[index[root] for root in roots]])
    return entries


def _node(entry: Any, made: list[Any]) -> Any:
    """Build one entry over the nodes made so far; raises ValueError, TypeError or KeyError on bad data."""
    name, *rest = entry
    if name in ("var", "const", "bool"):
        (payload,) = rest
        if name == "bool":
            return (FALSE, TRUE)[[0, 1].index(payload)]
        return var(payload) if name == "var" else constant(number_value(payload))
    which = HEADS[name]
    if len(rest) != which.arity or which.leaf:
        raise ValueError(f"{name} takes {which.arity} operands, not {len(rest)}")
    if any(i.__class__ is not int or not 0 <= i < len(made) for i in rest):
        raise ValueError("an operand must refer to an earlier entry")
    children = [made[i] for i in rest]
    for position, child in enumerate(children):
        wants_condition = which.name in ("and", "or", "not") or (which.name == "where" and position == 0)
        if isinstance(child, Condition) is not wants_condition:
            raise ValueError(f"operand {position} of {name} has the wrong sort")
    return build(which, *children)


@paused_collection()
def read_entries(entries: Any) -> list[Any]:
    """The roots of a Wengert list.

    Raises:
        ParseError: with the number of the bad entry.
    """
    made: list[Any] = []
    if not isinstance(entries, list) or not entries:
        raise ParseError("a Wengert list has at least one entry", position=0)
    for number, entry in enumerate(entries):
        try:
            if number == len(entries) - 1:
                if entry[0] != "roots":
                    raise ValueError("the last entry names the roots")
                if any(i.__class__ is not int or not 0 <= i < len(made) for i in entry[1:]):
                    raise ValueError("a root must refer to an entry")
                return [made[i] for i in entry[1:]]
            made.append(_node(entry, made))
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise ParseError(f"entry {number} of the Wengert list is not usable: {error}", position=number) from None
    raise AssertionError("unreachable")


def from_wengert(entries: Any) -> Any:
    """The single root of a Wengert list; VAR, CONST and BOOL entries are leaves.  Used by pickle."""
    roots = read_entries(entries)
    if len(roots) != 1:
        raise ParseError(f"expected one root, found {len(roots)}", position=len(entries) - 1)
    return roots[0]


def to_json(root: Node, *, indent: int | None = None) -> str:
    """The expression as JSON text: ``{"format", "version", "entries"}``, linear in the graph."""
    return json.dumps({"format": FORMAT, "version": VERSION, "entries": to_wengert([root])}, indent=indent)


def from_json(text: str) -> Expr | Condition:
    """Read what `to_json` wrote.

    Raises:
        ParseError: not JSON, another format, or an entry that does not fit.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not JSON: {error}", position=getattr(error, "pos", 0)) from None
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != VERSION:
        raise ParseError(f"not a {FORMAT} of version {VERSION}", position=0)
    return from_wengert(data.get("entries"))  # type: ignore[no-any-return]


pickled.give(lambda node: (from_wengert, (to_wengert([node]),)))

__all__ = ["from_json", "to_json"]
