"""Pictures of a tape: a text table, Mermaid, Graphviz."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np


class Entry(NamedTuple):
    """One entry of a tape, for looking at it."""

    place: int
    operation: str
    operands: tuple[int, ...]
    value: Any
    adjoint: Any
    """None before there was a sweep, and where it is 0."""
    label: str = ""


def short(data: Any) -> str:
    """A number as text; of an array its dtype and shape, or its entries if they are few."""
    if data is None:
        return "0"
    if isinstance(data, np.ndarray) and data.size > 4:
        return f"{data.dtype}{list(data.shape)}"
    if isinstance(data, np.ndarray):
        return np.array2string(data, precision=4, separator=",").replace("\n", "")
    return f"{data:.6g}" if isinstance(data, float | int | np.floating) and not isinstance(data, bool) else str(data)


def _name(entry: Entry) -> str:
    operands = ",".join(map(str, entry.operands))
    name = entry.operation.capitalize()
    return f"{name}({operands})" if operands else name


def to_table(entries: Iterable[Entry], swept: bool) -> str:
    """One line per entry: place, label, operation with the places of its operands, value, adjoint; no column that is empty throughout."""
    rows = [(f"#{e.place}", e.label, _name(e), short(e.value), short(e.adjoint) if swept else "") for e in entries]
    columns = [column for column in zip(*rows, strict=True) if any(column)]
    widths = [max(map(len, column)) for column in columns]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in zip(*columns, strict=True)
    )


def _text(entry: Entry, swept: bool) -> str:
    label = f" {entry.label}:" if entry.label else ""
    adjoint = f", adjoint {short(entry.adjoint)}" if swept else ""
    return f"#{entry.place}{label} {entry.operation} = {short(entry.value)}{adjoint}"


def to_mermaid(entries: Iterable[Entry], swept: bool) -> str:
    """A flowchart from leaves to results."""
    lines = ["flowchart LR"]
    for entry in entries:
        text = _text(entry, swept).replace('"', "'").replace("\n", " ")
        lines.append(f'  n{entry.place}["{text}"]')
        lines += [f"  n{i} --> n{entry.place}" for i in entry.operands]
    return "\n".join(lines) + "\n"


def to_dot(entries: Iterable[Entry], swept: bool) -> str:
    """A directed graph from leaves to results."""
    lines = ["digraph tape {", "  rankdir=LR;", "  node [shape=box];"]
    for entry in entries:
        text = _text(entry, swept).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
        lines.append(f'  n{entry.place} [label="{text}"];')
        lines += [f"  n{i} -> n{entry.place};" for i in entry.operands]
    return "\n".join([*lines, "}"]) + "\n"
