"""Reading files of certificates: JSON with exact numbers of moderate length, in which no key occurs twice."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from micrograd.files import read_text
from micrograd.verified.errors import CertificateError
from micrograd.verified.expr import paused_collection

MAX_BYTES = 256 << 20
"""Longer files are not read."""


def read_certificate(path: str) -> Any:
    """The data of one file: JSON with exact numbers of moderate length, in which no key occurs twice.

    Raises:
        OSError: it cannot be read.  CertificateError: it is not such a file.
    """
    try:
        raw = read_text(path, MAX_BYTES)
    except UnicodeDecodeError as error:
        raise CertificateError(f"not UTF-8 text: {error.reason} at byte {error.start}") from None
    with paused_collection():
        try:
            return json.loads(raw, parse_int=_index, parse_float=_no_number, parse_constant=_no_number, object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            raise CertificateError(f"not JSON: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are different."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _index(text: str) -> int:
    """A number of a node or a step; a long one is refused before it is read."""
    return int(text) if len(text) <= 18 else _no_number(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]} is not a number that certificates have")
