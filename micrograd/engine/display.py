"""Pictures of a tape: a text table, Mermaid, Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from micrograd.engine.tape import Entry, Tape


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


def to_table(tape: Tape) -> str:
    """One line per entry: place, operation with the places of its operands, value, adjoint."""
    swept = bool(tape.adjoints)
    rows = [(f"#{e.place}", _name(e), short(e.value), short(e.adjoint) if swept else "") for e in tape]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(4)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _label(entry: Entry, swept: bool) -> str:
    adjoint = f", adjoint {short(entry.adjoint)}" if swept else ""
    return f"{entry.operation} = {short(entry.value)}{adjoint}"


def to_mermaid(tape: Tape) -> str:
    """A flowchart from leaves to results."""
    lines = ["flowchart LR"]
    for entry in tape:
        text = _label(entry, bool(tape.adjoints)).replace('"', "'")
        lines.append(f'  n{entry.place}["#{entry.place} {text}"]')
        lines += [f"  n{i} --> n{entry.place}" for i in entry.operands]
    return "\n".join(lines) + "\n"


def to_dot(tape: Tape) -> str:
    """A directed graph from leaves to results."""
    lines = ["digraph tape {", "  rankdir=LR;", "  node [shape=box];"]
    for entry in tape:
        text = _label(entry, bool(tape.adjoints)).replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'  n{entry.place} [label="#{entry.place} {text}"];')
        lines += [f"  n{i} -> n{entry.place};" for i in entry.operands]
    return "\n".join([*lines, "}"]) + "\n"
