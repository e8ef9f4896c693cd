"""The rows of a table as a text has them, one after the other, and the line on which each begins.

* `JsonRows`: a list of objects, or one object;
* `JsonLines`: an object in each line, and nothing else: neither blank lines nor a list around them;
* `toml_rows`: an array of tables, ``[[claim]]``, and nothing else.

A key that stands twice, a number that is too long, NaN and infinities are kept as such in a row: they are errors where they mean something.
(TOML itself refuses a key that stands twice.)
"""

from __future__ import annotations

import json
import math
import re
import secrets
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

MAX_DIGITS = 4000
"""Longer integers are not read."""


class Malformed(ValueError):
    """A text that has no rows; the message continues a sentence that begins with the file's name."""


class Row(NamedTuple):
    """An entry of a table; the line counts from 1 and is 0 if it is not known."""

    value: Any
    line: int


class Repeated(dict[str, Any]):
    """An object in which a key occurs twice: ``keys_twice``."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.keys_twice = sorted({name for name in names if names.count(name) > 1}) if len(names) < 1000 else ["…"]


@dataclass(frozen=True)
class Unreadable:
    """A number that is not read; it is an error where it means something."""

    what: str


# --- JSON ------------------------------------------------------------------------------------------------------------


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(pairs)


def _integer(digits: str) -> Any:
    return int(digits) if len(digits) <= MAX_DIGITS else Unreadable(f"a number of {len(digits)} digits")


def _constant(word: str) -> Unreadable:
    return Unreadable(f"{word}, which is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)
_SPACE = re.compile(r"[ \t\n\r]*")
_LINE = re.compile(r"([^\n]+)\n?|\n")


class JsonRows:
    """The entries of a JSON list, or the only object; each time that they are iterated over, they are read anew."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[Row]:
        """The rows.

        Raises:
            Malformed: not JSON, or neither a list nor an object.  RecursionError: nested too deeply.
        """
        line = before = 0
        try:
            for value, place in _entries(self._text):
                line += self._text.count("\n", before, place)
                before = place
                yield Row(value, line + 1)
        except json.JSONDecodeError as reason:
            raise Malformed(f"is not JSON: {reason.msg} at line {reason.lineno}, column {reason.colno}") from None


def _entries(text: str) -> Iterator[tuple[Any, int]]:
    """The entries with their places in the text."""
    place = _after_space(text, 0)
    if not text.startswith("[", place):
        only, end = _DECODER.raw_decode(text, place)
        if not isinstance(only, dict):
            raise Malformed(f"holds {kind(only)}; a table is a list of objects")
        yield only, place
    else:
        end = _after_space(text, place + 1)
        more = not text.startswith("]", end)
        while more:
            place = _after_space(text, end)
            row, end = _DECODER.raw_decode(text, place)
            yield row, place
            end = _after_space(text, end)
            more = text.startswith(",", end)
            if not more and not text.startswith("]", end):
                raise json.JSONDecodeError("Expecting ',' or ']'", text, end)
            end += more
        end += 1
    if _after_space(text, end) != len(text):
        raise json.JSONDecodeError("Extra data", text, end)


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


class JsonLines:
    """The values in the lines of a text; each time that they are iterated over, they are read anew."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[Row]:
        """The rows.

        Raises:
            Malformed: a line is not JSON, or blank.  RecursionError: nested too deeply.
        """
        for number, line in enumerate(_LINE.finditer(self._text), 1):
            yield Row(_of_line(line[1] or "", number), number)


def _of_line(line: str, number: int) -> Any:
    place = _after_space(line, 0)
    if place == len(line):
        raise Malformed(f"is not JSON lines: line {number} is blank")
    try:
        value, end = _DECODER.raw_decode(line, place)
        if _after_space(line, end) != len(line):
            raise json.JSONDecodeError("Extra data", line, end)
    except json.JSONDecodeError as reason:
        raise Malformed(f"is not JSON lines: {reason.msg} at line {number}, column {reason.colno}") from None
    return value


# --- TOML ------------------------------------------------------------------------------------------------------------

_HEADER = re.compile(r"""^[ \t]*\[\[[ \t]*claim[ \t]*\]\][ \t]*(?:\#[^\n"']*)?\r?$""", re.MULTILINE)
"""A line that begins a row, if it does not stand in a string.  With quotation marks it might also end one."""


def toml_rows(text: str) -> list[Row]:
    """The tables of the array ``claim``.

    Raises:
        Malformed: not TOML, or something else than that array.  RecursionError: nested too deeply.
    """
    tables = _tables(text)
    key = f"line_{secrets.token_hex(8)}"
    places = (table.get(key, 0) if isinstance(table, dict) else 0 for table in _tables(_with_lines(text, key)))
    return [Row(_checked(table), line) for table, line in zip(tables, places, strict=True)]


def _with_lines(text: str, key: str) -> str:
    """The text with the number of its line after each header, as a value of the row: if the header is in a string, it is no value."""
    line = before = 0

    def numbered(header: re.Match[str]) -> str:
        nonlocal line, before
        line += text.count("\n", before, header.start())
        before = header.start()
        return f"{header[0]}\n{key} = {line + 1}"

    return _HEADER.sub(numbered, text)


def _tables(text: str) -> list[Any]:
    try:
        found = tomllib.loads(text, parse_float=_float)
    except tomllib.TOMLDecodeError as reason:
        raise Malformed(f"is not TOML: {reason}") from None
    except ValueError:
        raise Malformed("is not TOML: a number has thousands of digits") from None
    for other in (key for key in found if key != "claim"):
        raise Malformed(f"has {other!r} at the top; a table of claims is an array [[claim]] and nothing else")
    tables = found.get("claim", [])
    if not isinstance(tables, list):
        raise Malformed(f"has {kind(tables)} with the name 'claim'; a table of claims is an array [[claim]]")
    return tables


def _float(word: str) -> Any:
    number = float(word)
    return number if math.isfinite(number) else Unreadable(f"{word}, which is no number")


def _checked(table: Any) -> Any:
    """A row without integers that TOML does not have."""
    if not isinstance(table, dict):
        return table
    beyond = {key: Unreadable("a number beyond 64 bits") for key, v in table.items() if isinstance(v, int) and not -(2**63) <= v < 2**63}
    return {**table, **beyond}


# --- what is said of values ------------------------------------------------------------------------------------------

_KINDS = {
    "NoneType": "null", "bool": "a truth value", "int": "a number", "float": "a number", "str": "text", "list": "a list",
    "date": "a date", "time": "a time", "datetime": "a date",
}  # fmt: skip


def kind(value: Any) -> str:
    """What JSON calls a value."""
    return value.what if isinstance(value, Unreadable) else _KINDS.get(type(value).__name__, "an object")
