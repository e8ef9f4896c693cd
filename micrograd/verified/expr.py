"""The expression language: everything that makes, takes apart and walks expressions.

An expression is a graph of interned, immutable nodes (`.nodes`, `.interning`) with heads (`.heads`): real expressions are `Expr`
(`.arithmetic`), truth values `Condition` (`.conditions`).  `.building` makes nodes by their heads, `.walks` goes over graphs.

Trust: the kernel relies on "same structure, same object" and on the exact arithmetic of ``fractions``.
"""

from __future__ import annotations

from micrograd.verified.arithmetic import *
from micrograd.verified.building import *
from micrograd.verified.conditions import *
from micrograd.verified.heads import *
from micrograd.verified.interning import *
from micrograd.verified.names import *
from micrograd.verified.nodes import *
from micrograd.verified.walks import *

__all__ = [
    "Condition",
    "Expr",
    "all_of",
    "any_of",
    "const",
    "e",
    "eq",
    "ne",
    "paused_collection",
    "pi",
    "postorder",
    "substitute",
    "var",
    "variables",
    "where",
]
