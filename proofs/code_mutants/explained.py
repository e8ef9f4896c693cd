"""Mutants that nothing notices, and why that is right.

``equivalent``: no input can tell the difference.  ``weaker``: a proof is found less often (UNKNOWN instead of PROVED), and nothing wrong
becomes provable.  ``speed``: only the time changes.  ``words``: only a message changes.
"""

from __future__ import annotations

from typing import NamedTuple


class Explained(NamedTuple):
    """A pattern of names of mutants (`proofs.code_mutants.changes.Mutant.name`, * for any text), the kind, and the reason."""

    pattern: str
    kind: str
    reason: str


EXPLAINED: tuple[Explained, ...] = (
    Explained(
        "micrograd/verified/prove/cells.py::Prover.empty: Unsupported -> nothing in try",
        "words",
        "Prover.step catches the same exception and records a failure: the cell is not settled either way",
    ),
)
