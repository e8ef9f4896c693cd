"""Choosing between two values, and the comparisons to choose by.  Conditions are not differentiated."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd.engine.broadcasting import broadcast_like, unbroadcast
from micrograd.engine.errors import ShapeError
from micrograd.engine.kinds import describe, entrywise, is_symbolic
from micrograd.engine.operation import Operation, plain_data
from micrograd.verified import expr as expressions
from micrograd.verified.expr import ZERO, Head, Node

ndarray = np.ndarray


class Where(Operation):
    """y = a where the condition holds, else b; the condition is not differentiated."""

    def value(self, condition: Any, a: Any, b: Any) -> Any:
        if is_symbolic(condition) or is_symbolic(a) or is_symbolic(b):
            return _choose(condition, a, b)
        if condition.__class__ is not ndarray and a.__class__ is not ndarray and b.__class__ is not ndarray:
            return a if condition else b
        try:
            return np.where(condition, a, b)
        except ValueError:
            raise ShapeError(f"where: {describe(condition)}, {describe(a)} and {describe(b)} do not broadcast") from None

    def share(self, ct: Any, place: int, condition: Any) -> Any:
        """ct where the operand was chosen, else 0."""
        zero = zero_of(ct)
        return where(condition, ct, zero) if place == 1 else where(condition, zero, ct)

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return None if place == 0 else unbroadcast(self.share(ct, place, operands[0]), operands[place])

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        if place == 0:
            return None
        return broadcast_like(self.share(tangent, place, operands[0]), output)


def zero_of(ct: Any) -> Any:
    """A zero that does not change the dtype of what it meets."""
    return ZERO if is_symbolic(plain_data(ct)) else 0.0


def _choice(condition: Any, a: Any, b: Any) -> Any:
    return expressions.where(_condition(condition), a, b)


_choose = entrywise(_choice, 3)
where = Where("where")


class Truth(Operation):
    """A truth value for each entry; its derivative is 0."""

    truth = True
    compare: Callable[..., Any]
    """Over plain data."""

    def value(self, *operands: Any) -> Any:
        if any(map(is_symbolic, operands)):
            return self.on_expressions(*operands)
        try:
            return self.compare(*operands)
        except ValueError:
            raise ShapeError(f"{self.name}: {' and '.join(map(describe, operands))} do not broadcast") from None

    on_expressions: Callable[..., Any]

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return None

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        return None


class Comparison(Truth):
    """A comparison of numbers."""

    def __init__(self, name: str, compare: Callable[[Any, Any], Any], head: Head) -> None:
        super().__init__(name)
        self.compare = compare
        self.on_expressions = entrywise(lambda a, b: expressions.compare(head, *map(expressions.as_expr, (a, b))), 2)


class Connective(Truth):
    """And, or, not of truth values."""

    def __init__(self, name: str, compare: Callable[..., Any], join: Callable[..., Any], arity: int) -> None:
        super().__init__(name)
        self.compare = compare
        self.on_expressions = entrywise(lambda *parts: join(*map(_condition, parts)), arity)


def _condition(truth: Any) -> Any:
    return truth if isinstance(truth, Node) else expressions.TRUE if truth else expressions.FALSE


CONNECTIVES = {
    "and": Connective("logical_and", np.logical_and, expressions.all_of, 2),
    "or": Connective("logical_or", np.logical_or, expressions.any_of, 2),
    "not": Connective("logical_not", np.logical_not, expressions.negate, 1),
}
logical_not = CONNECTIVES["not"]
COMPARISONS = {
    head.name: Comparison(head.name, compare, head)
    for head, compare in [
        (expressions.LT, operator.lt),
        (expressions.LE, operator.le),
        (expressions.GT, operator.gt),
        (expressions.GE, operator.ge),
        (expressions.EQ, operator.eq),
        (expressions.NE, operator.ne),
    ]
}
