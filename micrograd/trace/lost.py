"""NaN, infinities and complex numbers that come back as numbers: where a traced number is what was read.

A `Real` is *lost* if it may be NaN, infinite or complex, without an error, where its expression has no value.  Operations that give a
number for these are right where their operands exist; that is what the result *assumes* (`Real.assumed`), and what is made of it.  A choice
assumes of either side what that assumes where it is chosen, so that what is selected away does not matter.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from micrograd.trace.runs import RUN, assume
from micrograd.verified.differentiation import defined_step
from micrograd.verified.expr import CONST, POW, TRUE, Condition, Expr, all_of, postorder

_TRACED = __name__.replace("lost", "reals")
"""The module of the classes of traced values, which is above this one."""


def is_lost(*operands: Any) -> bool:
    """Whether one of the operands may be NaN, infinite or complex without an error."""
    return any(type(x).__module__ == _TRACED and type(x).__name__ == "Real" and x.lost for x in operands)


def assumption(*values: Any) -> Condition:
    """Where values are what was read."""
    found = dict.fromkeys(x.assumed for x in values if type(x).__module__ == _TRACED and x.assumed is not TRUE)
    return all_of(*found)


def existing(*operands: Any) -> Condition:
    """Where an operation is what was read that gives a number for NaN, an infinity or a complex number."""
    return all_of(assumption(*operands), *[exists(x.expr) for x in operands if is_lost(x)])


def exists(expression: Expr) -> Condition:
    """Where an expression has a value; what is known of its parts is kept for the run, so that a run asks once about each node."""
    run = RUN.get()
    table: dict[Any, Condition] = {} if run is None else run.existence
    stack: list[Any] = [expression]
    while stack:
        node = stack[-1]
        waiting = [child for child in node.args if child not in table] if node.head.arity and node not in table else []
        if waiting:
            stack += waiting
            continue
        stack.pop()
        if node not in table:
            table[node] = defined_step(node.key, table) if node.head.arity else TRUE
    return table[expression]


def sure(x: Any) -> Any:
    """A number as an operand of what gives a number for NaN, an infinity or a complex number."""
    return type(x)(x.expr, x.shadow, x.quiet, x.lost, existing(x), x.whole) if is_lost(x) else x


def fresh(x: Any) -> Any:
    """A number as another object, as NumPy makes one for each look at an entry: containers take the same object for equal, be it NaN."""
    if is_lost(x):
        return type(x)(x.expr, x.shadow, x.quiet, x.lost, x.assumed, x.whole)
    return x + 0.0 if type(x) is float and x != x else x


def uncomplexed(x: Any) -> Any:
    """A number where a complex one becomes real, or is an error, even if it is not used: what is made of powers is assumed to exist."""
    if is_lost(x) and any(map(_may_be_complex, postorder([x.expr]))):
        assume(existing(x))
    return x


def _may_be_complex(node: Any) -> bool:
    if node.head is not POW:
        return False
    exponent = node.args[1]
    return exponent.head is not CONST or Fraction(exponent.key[1]).denominator != 1
