"""What a rule of the normal forms is: how a function of normal forms is put into normal form, and by which theorems.

The theorems are obligations of ``python -m proofs``, named without their last parts: ``rules.log_product`` stands for
``rules.log_product.1.value``, ``rules.log_product.1.facts`` and so on, one for each cell and each thing that is said there.  What is proved
by running the rule itself: the value, what is required of arguments, and what Z3 is told of new generators.  A rule without a theorem
cannot be written; a test looks up every name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from micrograd.prove.normal.ring import Element

Step: TypeAlias = Callable[..., Element]
"""``step(terms, node, *operands)``: the normal form of a node from the normal forms of its operands."""


class Rule:
    """A step with its theorems.

    Attributes:
        step: what the rule does.
        theorems: what proves it.
        total: whether the step itself requires what the function needs to have a value; otherwise the registry's condition is looked at
            first.
    """

    __slots__ = ("step", "theorems", "total")

    def __init__(self, step: Step, theorems: str, *, total: bool = True) -> None:
        self.step = step
        self.theorems = tuple(f"rules.{name}" for name in theorems.split())
        self.total = total
        if not self.theorems:
            raise ValueError("a rule needs the name of its theorem")


Rules: TypeAlias = Mapping[str, Rule]
"""Rules by the names of their functions."""
