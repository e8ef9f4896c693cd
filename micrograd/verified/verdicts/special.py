"""Values of special functions by their recurrences, which are cited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from micrograd.verified.verdicts.cell import Cell
from micrograd.verified.verdicts.polynomials import Value

RECURRENCES: dict[str, Callable[[Cell, list[Any], list[Any]], Value]] = {}
"""By function: its value from the values of others; the operands are nodes, the rest are hints."""
