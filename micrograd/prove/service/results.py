"""The verdicts on a file of claims: kept in little memory, read in the order of the claims, and what they mean together."""

from __future__ import annotations

import json
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any

from micrograd.prove.service.tables import Claim
from micrograd.terminal import FAILED

EXIT = {"proved": 0, "refuted": 1, "error": 2, "unknown": 3}
"""The exit code of a verdict; an error of the program has `FAILED`."""

BLOCK = 256


def result(claim: Claim, answer: dict[str, Any]) -> dict[str, Any]:
    """One entry of the list of verdicts."""
    return {
        "id": claim.id,
        "wrt": claim.wrt,
        "file": claim.file,
        **({"line": claim.line} if claim.line else {}),
        "verdict": answer["verdict"],
        "seconds": answer.get("seconds", 0.0),
        "axioms": answer.get("axioms", []),
        "oracles": answer.get("oracles", []),
        "witness": answer.get("witness"),
        "reason": answer.get("reason", ""),
        **{key: answer[key] for key in ("claimed", "true", "notes", "evidence", "internal") if answer.get(key)},
    }


def word(entry: dict[str, Any]) -> str:
    """The verdict of an entry; ``internal`` for an error of the program."""
    return "internal" if entry.get("internal") else str(entry["verdict"])


class Results:
    """Entries by their places, compressed: a hundred thousand of them take a few megabytes."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.seconds = array("d")
        self._open: dict[int, dict[int, str]] = {}
        self._blocks: dict[int, bytes] = {}

    def __len__(self) -> int:
        return self.counts.total()

    def add(self, place: int, entry: dict[str, Any]) -> None:
        """Keep the entry for this place."""
        self.counts[word(entry)] += 1
        self.seconds.append(entry["seconds"])
        block = self._open.setdefault(place // BLOCK, {})
        block[place] = json.dumps(entry)
        if len(block) == BLOCK:
            self._blocks[place // BLOCK] = _packed(self._open.pop(place // BLOCK))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The entries in the order of their places."""
        for number in sorted(self._blocks.keys() | self._open.keys()):
            lines = _unpacked(self._blocks[number]) if number in self._blocks else [line for _, line in sorted(self._open[number].items())]
            yield from map(json.loads, lines)

    def exit_code(self) -> int:
        """1 if something is refuted, else 4 for an error of the program, else 2 for unusable input, else 3 if unknown, else 0."""
        codes = {**EXIT, "internal": FAILED}
        return next((codes[word] for word in ("refuted", "internal", "error", "unknown") if self.counts[word]), 0)


def _packed(block: dict[int, str]) -> bytes:
    return zlib.compress("\n".join(line for _, line in sorted(block.items())).encode("ascii"), 6)


def _unpacked(data: bytes) -> list[str]:
    return zlib.decompress(data).decode("ascii").split("\n")
