"""Signs that expressions have by their shape, from their operations and numbers alone.

The theorem about a function's entry in `SHAPES` is ``signs.shape.NAME`` of ``python -m proofs``.
"""

from __future__ import annotations

from collections.abc import Callable

from micrograd.prove.normal.signs import ANY, NEGATIVE, NONNEGATIVE, POSITIVE, RELATION, Signs, plus, power, times
from micrograd.verified.expr import CONST, EULER, PI, Condition, Expr, postorder

SHAPES: dict[str, Callable[..., Signs]] = {
    "add": lambda node, a, b: plus(a, b),
    "sub": lambda node, a, b: plus(a, times(b, NEGATIVE)),
    "mul": lambda node, a, b: times(a, b),
    "div": lambda node, a, b: times(a, b),
    "neg": lambda node, a: times(a, NEGATIVE),
    "powi": lambda node, a, n: power(a, node.key[2].key[1]) if node.key[2].key[1] else POSITIVE,
    "abs": lambda node, a: power(a, 2),
    "square": lambda node, a: power(a, 2),
    "sqrt": lambda node, a: POSITIVE if a == POSITIVE else NONNEGATIVE,
    "hypot": lambda node, a, b: NONNEGATIVE,
    **dict.fromkeys(("exp", "cosh", "sech", "sigmoid", "softplus", "exp2", "exp10"), lambda node, a: POSITIVE),
}
"""By function: its possible signs from a node and those of its operands."""


def shape(expression: Expr) -> Signs:
    """Possible signs of an expression, from its operations and numbers alone."""
    table: dict[Expr, Signs] = {}
    for node in postorder([expression]):
        head, *children = node.key
        if head is CONST:
            table[node] = frozenset(((children[0] > 0) - (children[0] < 0),))
        elif head is PI or head is EULER:
            table[node] = POSITIVE
        else:
            rule = SHAPES.get(head.name)
            table[node] = ANY if rule is None else rule(node, *[table.get(c, ANY) for c in children])
    return table[expression]


def always(condition: Condition) -> bool:
    """Whether a comparison with 0 holds for the shape of its terms alone, as ``abs(x) + 1 > 0`` does."""
    which = condition.head
    return which in RELATION and shape(condition.key[1] - condition.key[2]) <= RELATION[which]
