"""Files of claims, read one object at a time.

A file is a JSON list of objects.  Each object makes one claim or several:

* ``function``, ``wrt``, ``derivative``;
* ``function``, ``wrt``, ``wrong_derivative`` and ``right_derivative`` (or one of them): two claims;
* ``function``, ``grad`` (an object from variables to texts) and, if wanted, ``hess`` (rows in the order of ``vars``, or else of ``grad``);
* ``function``, ``vars``, ``hess``.

``f`` is another name for ``function``.  ``domain`` and ``id`` may stand in every object, and ``vars``, a list of the variables: then none
may be missing in ``grad``.  Other keys are notes for people and mean nothing here (``source``, ``notes`` …), but a key that looks like one
of those above, misspelled, is refused: ``domian`` would widen the claim.  So is a key that occurs twice.

An object that cannot be used gives a verdict ``error`` that says why; the others are decided.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from micrograd.files import read_text
from micrograd.verified.errors import MicrogradError

MAX_BYTES = 256 * 1024 * 1024
"""Larger files are refused."""

MAX_DIGITS = 4000
"""Longer integers are not read."""

STDIN = Path("-")
CLAIMS = ("derivative", "wrong_derivative", "right_derivative", "grad", "hess")
"""The keys that claim something."""

TOGETHER = ({"wrong_derivative", "right_derivative"}, {"grad", "hess"})
"""Those that may stand in one object."""

KEYS = ("id", "function", "f", "wrt", "domain", "vars", *CLAIMS)
WORDS = {
    "domain": """dom where when given assume assumes assuming assumption assumptions condition conditions constraint constraints
        hypothesis hypotheses precondition preconditions restriction restrictions requires""",
    "grad": "gradient gradients jac jacobian partial partials",
    "hess": "hessian hessians",
    "vars": "variable variables",
    "derivative": "deriv diff",
}
LOOKALIKES = {word: key for key, words in WORDS.items() for word in words.split()}
"""Keys that are other words for one of ours."""


class TableError(MicrogradError, ValueError):
    """A file that is not a table of claims."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a table; ``error`` says why it cannot be used."""

    id: str
    wrt: str
    task: dict[str, Any] = field(default_factory=dict)
    error: str = ""


# --- the file --------------------------------------------------------------------------------------------------------


class Table:
    """The claims of a text; each time that they are iterated over, they are read anew, so that they take no memory.

    Raises:
        TableError: not a JSON list of objects, or nothing is claimed.
    """

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        try:
            self._length = sum(1 for _ in self)
        except RecursionError:
            raise TableError(f"{name} is nested too deeply to be a table") from None
        except json.JSONDecodeError as reason:
            raise TableError(f"{name} is not JSON: {reason.msg} at line {reason.lineno}, column {reason.colno}") from None
        except TypeError as reason:
            raise TableError(f"{name} holds {reason}; a table is a list of objects") from None
        if not self._length:
            raise TableError(f"{name} claims nothing: the list is empty")

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Claim]:
        for place, row in enumerate(_rows(self._text)):
            yield from claims_of(row, place)


def read_table(path: Path) -> Table:
    """The claims of a file, or of standard input if the path is ``-``.

    Raises:
        TableError: not a readable JSON list of reasonable size, or nothing is claimed.
    """
    name = "standard input" if path == STDIN else str(path)
    try:
        return Table(read_text(0 if path == STDIN else path, MAX_BYTES), name)
    except OSError as reason:
        raise TableError(f"{name}: {reason.strerror or reason}") from None
    except UnicodeDecodeError as reason:
        raise TableError(f"{name} is not UTF-8 text: {reason.reason} at byte {reason.start}") from None


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


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(pairs)


def _integer(digits: str) -> Any:
    return int(digits) if len(digits) <= MAX_DIGITS else Unreadable(f"a number of {len(digits)} digits")


def _constant(word: str) -> Unreadable:
    return Unreadable(f"{word}, which is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)
_SPACE = re.compile(r"[ \t\n\r]*")


def _rows(text: str) -> Iterator[Any]:
    """The entries of a JSON list, or the only object, one after the other.

    Raises:
        json.JSONDecodeError: not JSON.  TypeError: neither a list nor an object.  RecursionError: nested too deeply.
    """
    place = _after_space(text, 0)
    if not text.startswith("[", place):
        only, place = _DECODER.raw_decode(text, place)
        if not isinstance(only, dict):
            raise TypeError(_kind(only))
        yield only
    else:
        place = _after_space(text, place + 1)
        more = not text.startswith("]", place)
        while more:
            row, place = _DECODER.raw_decode(text, _after_space(text, place))
            yield row
            place = _after_space(text, place)
            more = text.startswith(",", place)
            if not more and not text.startswith("]", place):
                raise json.JSONDecodeError("Expecting ',' or ']'", text, place)
            place += more
        place += 1
    if _after_space(text, place) != len(text):
        raise json.JSONDecodeError("Extra data", text, place)


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


# --- a row -----------------------------------------------------------------------------------------------------------


def claims_of(row: Any, place: int) -> Iterator[Claim]:
    """The claims that one object makes."""
    name = f"row {place}"
    if not isinstance(row, dict):
        yield Claim(name, "", error=f"the row is {_kind(row)}, not an object")
        return
    if isinstance(row.get("id"), str | int | float) and not isinstance(row["id"], bool):
        name = str(row["id"])
    problem = _problem(row)
    if problem:
        yield Claim(name, row["wrt"] if isinstance(row.get("wrt"), str) else "", error=problem)
    elif "grad" in row or "hess" in row:
        yield from _partial_claims(row, name)
    else:
        for key, suffix in (("derivative", ""), ("wrong_derivative", "/wrong"), ("right_derivative", "/right")):
            if key in row:
                yield _claim(row, name + suffix, row["wrt"], row[key])


def _claim(row: dict[str, Any], name: str, wrt: str, derivative: str, second: str = "") -> Claim:
    task = {"function": row.get("function", row.get("f")), "wrt": wrt, "derivative": derivative, "domain": row.get("domain")}
    return Claim(name, f"{second},{wrt}", {**task, "second": second}) if second else Claim(name, wrt, task)


def _partial_claims(row: dict[str, Any], name: str) -> Iterator[Claim]:
    for wrt, derivative in row.get("grad", {}).items():
        yield _claim(row, name, wrt, derivative)
    order = _order(row)
    for first, entries in zip(order, row.get("hess", []), strict="hess" in row):
        for second, entry in zip(order, entries, strict=True):
            yield _claim(row, f"{name}/hess", second, entry, first)


def _order(row: dict[str, Any]) -> list[str]:
    """The variables in the order of the Hessian's rows."""
    return list(row["vars"] if row.get("vars") is not None else row.get("grad", {}))


def _problem(row: dict[str, Any]) -> str:
    """Why an object cannot be used; nothing if it can."""
    claimed = [key for key in CLAIMS if key in row]
    if isinstance(row, Repeated):
        return f"{', '.join(map(repr, row.keys_twice))} occurs twice in the object"
    misspelled = next(((key, meant) for key in row if (meant := _meant(key))), None)
    if misspelled:
        return f"unknown key {misspelled[0]!r}: is {misspelled[1]!r} meant?"
    if not claimed:
        return "the row has neither 'derivative' nor 'grad'"
    if len(claimed) > 1 and set(claimed) not in TOGETHER:
        return f"the row makes two claims: {' and '.join(map(repr, claimed))}"
    if "function" in row and "f" in row:
        return "the row has two functions: 'function' and 'f'"
    return _bad_value(row) or (_bad_partials(row) if {"grad", "hess"} & row.keys() else _bad_derivative(row))


def _bad_value(row: dict[str, Any]) -> str:
    """What is wrong with the fields that every kind of row has."""
    name = row.get("id")
    if isinstance(name, bool) or not (name is None or isinstance(name, str | int | float)):
        return f"'id' is {_kind(name)}, not text"
    names = row.get("vars")
    if names is not None and not (isinstance(names, list) and names and all(isinstance(n, str) for n in names)):
        return f"'vars' is {_kind(names)}, not a list of variables"
    if names is not None and len(set(names)) < len(names):
        return "'vars' has a variable twice"
    if row.get("domain") is not None and not isinstance(row["domain"], str):
        return f"'domain' is {_kind(row['domain'])}, not text"
    return _not_text(row, "f" if "f" in row else "function")


def _bad_derivative(row: dict[str, Any]) -> str:
    found = _not_text(row, "wrt") or next((text for key in CLAIMS if key in row and (text := _not_text(row, key))), "")
    if found or row.get("vars") is None or row["wrt"] in row["vars"]:
        return found
    return f"'wrt' is {row['wrt']!r}, which is not among 'vars'"


def _bad_partials(row: dict[str, Any]) -> str:
    if "wrt" in row:
        return "'wrt' has no place beside 'grad' and 'hess'"
    return ("grad" in row and _bad_gradient(row)) or ("hess" in row and _bad_hessian(row)) or ""


def _bad_gradient(row: dict[str, Any]) -> str:
    grad, names = row["grad"], row.get("vars")
    if not isinstance(grad, dict):
        return f"'grad' is {_kind(grad)}, not an object from variables to texts"
    if isinstance(grad, Repeated):
        return f"{', '.join(map(repr, grad.keys_twice))} occurs twice in 'grad'"
    if not grad:
        return "'grad' is empty: nothing is claimed"
    for missing in set(names or ()) - grad.keys():
        return f"'grad' lacks the derivative with respect to {missing!r}"
    for foreign in grad.keys() - set(names or grad):
        return f"'grad' has {foreign!r}, which is not among 'vars'"
    return next((f"the derivative with respect to {x!r} is {_kind(t)}, not text" for x, t in grad.items() if not isinstance(t, str)), "")


def _bad_hessian(row: dict[str, Any]) -> str:
    rows, size = row["hess"], len(_order(row))
    if not size:
        return "'hess' without 'grad' needs 'vars', the variables in the order of its rows"
    if not (isinstance(rows, list) and len(rows) == size and all(isinstance(r, list) and len(r) == size for r in rows)):
        return f"'hess' is not a square of {size} times {size} texts"
    return next((f"an entry of 'hess' is {_kind(entry)}, not text" for r in rows for entry in r if not isinstance(entry, str)), "")


def _not_text(row: dict[str, Any], key: str) -> str:
    if key not in row:
        return f"the row has no {key!r}"
    return "" if isinstance(row[key], str) else f"{key!r} is {_kind(row[key])}, not text"


def _kind(value: Any) -> str:
    """What JSON calls a value."""
    words = {type(None): "null", bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list"}
    if isinstance(value, Unreadable):
        return value.what
    return words.get(type(value), "an object")


@cache
def _plain(key: str) -> str:
    return re.sub(r"[\s_\-]+", "", key.casefold())


def _meant(key: str) -> str:
    """The key of ours that another one is too near to; nothing if it is ours, or like none."""
    if key in KEYS:
        return ""
    if len(key) > 40:
        return ""
    plain = _plain(key)
    if plain in LOOKALIKES:
        return LOOKALIKES[plain]
    for known in KEYS:
        if plain == _plain(known) or (len(known) > 2 and sorted(plain) == sorted(_plain(known))):
            return known
    near = difflib.get_close_matches(plain, [_plain(known) for known in KEYS if len(known) > 2], 1, 0.8)
    return next((known for known in KEYS if near and _plain(known) == near[0]), "")
