"""Files of claims, read one object at a time.

A file is a list of objects: JSON, JSON lines or TOML (`micrograd.prove.service.rows`).  Each object makes one claim or several:

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
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from micrograd.files import read_text
from micrograd.prove.service.rows import JsonLines, JsonRows, Malformed, Repeated, Row, kind, toml_rows
from micrograd.verified.errors import MicrogradError

MAX_BYTES = 256 * 1024 * 1024
"""Larger files are refused."""

READERS: dict[str, tuple[Callable[[str], Iterable[Row]], int]] = {
    ".jsonl": (JsonLines, MAX_BYTES),
    ".ndjson": (JsonLines, MAX_BYTES),
    ".toml": (toml_rows, MAX_BYTES // 16),  # in memory as a whole, and slowly read
}
"""How files are read, and up to how many bytes, by the ends of their names; any other name is JSON."""

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
    """One claim of a table; ``error`` says why it cannot be used, ``line`` is where its row begins, 0 if that is not known."""

    id: str
    wrt: str
    task: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    file: str = ""
    line: int = 0


# --- the file --------------------------------------------------------------------------------------------------------


class Table:
    """The claims of a file's rows; the file is a path, or ``-``.  Each time that they are iterated over, they are made anew.

    Raises:
        TableError: the text has no rows that can be read.
    """

    def __init__(self, rows: Iterable[Row], file: str) -> None:
        self._rows = rows
        self._file = file
        self._length = sum(1 for _ in self)
        if not self._length:
            raise TableError(f"{spoken(file)} claims nothing: it has no rows")

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Claim]:
        for place, row in enumerate(self._rows):
            for claim in claims_of(row.value, place):
                yield replace(claim, file=self._file, line=row.line)


def read_table(path: Path) -> Table:
    """The claims of a file, or of standard input if the path is ``-``; the end of the name says what it is, and any other is JSON.

    Raises:
        TableError: not readable as what it is, of no reasonable size, or nothing is claimed.
    """
    name = spoken(str(path))
    reader, limit = READERS.get(path.suffix.lower(), (JsonRows, MAX_BYTES))
    try:
        return Table(reader(read_text(0 if path == STDIN else path, limit)), str(path))
    except OSError as reason:
        raise TableError(f"{name}: {reason.strerror or reason}") from None
    except UnicodeDecodeError as reason:
        raise TableError(f"{name} is not UTF-8 text: {reason.reason} at byte {reason.start}") from None
    except RecursionError:
        raise TableError(f"{name} is nested too deeply to be a table") from None
    except Malformed as reason:
        raise TableError(f"{name} {reason}") from None


def spoken(file: str) -> str:
    """What a file is called."""
    return "standard input" if file == str(STDIN) else file


# --- a row -----------------------------------------------------------------------------------------------------------


def claims_of(row: Any, place: int) -> Iterator[Claim]:
    """The claims that one object makes."""
    name = f"row {place}"
    if not isinstance(row, dict):
        yield Claim(name, "", error=f"the row is {kind(row)}, not an object")
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
        return f"'id' is {kind(name)}, not text"
    names = row.get("vars")
    if names is not None and not (isinstance(names, list) and names and all(isinstance(n, str) for n in names)):
        return f"'vars' is {kind(names)}, not a list of variables"
    if names is not None and len(set(names)) < len(names):
        return "'vars' has a variable twice"
    if row.get("domain") is not None and not isinstance(row["domain"], str):
        return f"'domain' is {kind(row['domain'])}, not text"
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
        return f"'grad' is {kind(grad)}, not an object from variables to texts"
    if isinstance(grad, Repeated):
        return f"{', '.join(map(repr, grad.keys_twice))} occurs twice in 'grad'"
    if not grad:
        return "'grad' is empty: nothing is claimed"
    for missing in set(names or ()) - grad.keys():
        return f"'grad' lacks the derivative with respect to {missing!r}"
    for foreign in grad.keys() - set(names or grad):
        return f"'grad' has {foreign!r}, which is not among 'vars'"
    return next((f"the derivative with respect to {x!r} is {kind(t)}, not text" for x, t in grad.items() if not isinstance(t, str)), "")


def _bad_hessian(row: dict[str, Any]) -> str:
    rows, size = row["hess"], len(_order(row))
    if not size:
        return "'hess' without 'grad' needs 'vars', the variables in the order of its rows"
    if not (isinstance(rows, list) and len(rows) == size and all(isinstance(r, list) and len(r) == size for r in rows)):
        return f"'hess' is not a square of {size} times {size} texts"
    return next((f"an entry of 'hess' is {kind(entry)}, not text" for r in rows for entry in r if not isinstance(entry, str)), "")


def _not_text(row: dict[str, Any], key: str) -> str:
    if key not in row:
        return f"the row has no {key!r}"
    return "" if isinstance(row[key], str) else f"{key!r} is {kind(row[key])}, not text"


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
