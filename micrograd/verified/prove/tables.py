"""Files of claims: reading them, deciding each claim, writing the verdicts.

A file is a JSON list of objects.  Each object makes one claim or several:

* ``function``, ``wrt``, ``derivative`` and, if wanted, ``domain``;
* ``f``, ``grad`` (an object from variables to texts), ``domain``, and, if wanted, ``hess`` (rows in the order of ``vars``);
* ``function``, ``wrt``, ``wrong_derivative`` and ``right_derivative``: two claims.

An object that cannot be used gives a verdict ``error`` that says why; the others are decided.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micrograd.verified.errors import MicrogradError

MAX_BYTES = 256 * 1024 * 1024
"""Larger files are refused."""

EXIT = {"proved": 0, "refuted": 1, "error": 2, "unknown": 3}


class TableError(MicrogradError, ValueError):
    """A file that is not a table of claims."""


@dataclass(frozen=True)
class Claim:
    """One claim of a table; ``error`` says why it cannot be used."""

    id: str
    wrt: str
    task: dict[str, Any]
    error: str = ""


def read_table(path: Path) -> list[Claim]:
    """The claims of a file.

    Raises:
        TableError: not a readable JSON list of reasonable size.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise TableError(f"{path} is a directory, not a file")
        if size > MAX_BYTES:
            raise TableError(f"{path} has {size / 2**20:.0f} MB; split it: at most {MAX_BYTES // 2**20} MB are read at a time")
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as reason:
        raise TableError(f"{path}: {reason.strerror or reason}") from None
    except UnicodeDecodeError as reason:
        raise TableError(f"{path} is not UTF-8 text: {reason.reason} at byte {reason.start}") from None
    except RecursionError:
        raise TableError(f"{path} is nested too deeply to be a table") from None
    except json.JSONDecodeError as reason:
        raise TableError(f"{path} is not JSON: {reason.msg} at line {reason.lineno}, column {reason.colno}") from None
    if isinstance(data, dict):
        data = [data]
    if not isinstance(data, list):
        raise TableError(f"{path} holds {type(data).__name__}; a table is a list of objects")
    return [claim for place, row in enumerate(data) for claim in claims_of(row, place)]


def claims_of(row: Any, place: int) -> Iterator[Claim]:
    """The claims that one object makes."""
    name = f"row {place}"
    if not isinstance(row, dict):
        yield Claim(name, "", {}, f"the row is {type(row).__name__}, not an object")
        return
    name = str(row.get("id", name))
    if "grad" in row:
        yield from _gradient_claims(row, name)
        return
    for field, suffix in (("derivative", ""), ("wrong_derivative", "/wrong"), ("right_derivative", "/right")):
        if field in row:
            yield _claim(row, name + suffix, row.get("wrt"), row.get("function", row.get("f")), row[field])
    if not row.keys() & {"derivative", "wrong_derivative", "right_derivative"}:
        yield Claim(name, str(row.get("wrt", "")), {}, "the row has neither 'derivative' nor 'grad'")


def _gradient_claims(row: dict[str, Any], name: str) -> Iterator[Claim]:
    function = row.get("f", row.get("function"))
    if not isinstance(row["grad"], dict):
        yield Claim(name, "", {}, "'grad' is not an object from variables to texts")
        return
    for wrt, derivative in row["grad"].items():
        yield _claim(row, name, wrt, function, derivative)
    if "hess" not in row:
        return
    names = row.get("vars", list(row["grad"]))
    rows = row["hess"]
    if not (isinstance(rows, list) and len(rows) == len(names) and all(isinstance(r, list) and len(r) == len(names) for r in rows)):
        yield Claim(f"{name}/hess", "", {}, f"'hess' is not a square of {len(names)} times {len(names)} texts")
        return
    for first, entries in zip(names, rows, strict=True):
        for second, entry in zip(names, entries, strict=True):
            claim = _claim(row, f"{name}/hess", second, function, entry)
            yield Claim(claim.id, f"{first},{second}", {**claim.task, "second": first}, claim.error)


def _claim(row: dict[str, Any], name: str, wrt: Any, function: Any, derivative: Any) -> Claim:
    for what, value in (("function", function), ("wrt", wrt), ("derivative", derivative)):
        if not isinstance(value, str):
            missing = f"the row has no {what!r}" if value is None else f"{what!r} is {type(value).__name__}, not text"
            return Claim(name, str(wrt or ""), {}, missing)
    domain = row.get("domain")
    if domain is not None and not isinstance(domain, str):
        return Claim(name, wrt, {}, f"'domain' is {type(domain).__name__}, not text")
    return Claim(name, wrt, {"function": function, "wrt": wrt, "derivative": derivative, "domain": domain})


def result(claim: Claim, answer: dict[str, Any]) -> dict[str, Any]:
    """One entry of the list of verdicts."""
    return {
        "id": claim.id,
        "wrt": claim.wrt,
        "verdict": answer["verdict"],
        "seconds": answer.get("seconds", 0.0),
        "axioms": answer.get("axioms", []),
        "oracles": answer.get("oracles", []),
        "witness": answer.get("witness"),
        "reason": answer.get("reason", ""),
        **{key: answer[key] for key in ("claimed", "true", "notes", "evidence") if answer.get(key)},
    }


def exit_code(verdicts: list[str]) -> int:
    """1 if something is refuted, else 2 if something could not be used, else 3 if something is unknown, else 0."""
    return next((EXIT[word] for word in ("refuted", "error", "unknown") if word in verdicts), 0)


def write_atomically(path: Path, text: str) -> None:
    """Write a whole file or nothing."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", text=True)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
