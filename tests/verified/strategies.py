"""Hypothesis strategies for expressions, conditions and points, derived from the registry.

An expression is grown as a graph: leaves first, then one operation after another over what is there already, so that parts
are shared as they are in real use.  Every row of `PRIMITIVES` is drawn, with ``where`` and conditions; a new row is covered at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from micrograd.verified import PRIMITIVES, Condition, Expr, const, e, pi, var
from micrograd.verified.expr import FALSE, HEADS, TRUE, build, choose

untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For every property: nothing is judged by the clock, whatever else the machine is doing."""

MAX_DEPTH = 12
NAMES = ("x", "y", "z")
OPERATIONS = tuple(PRIMITIVES)
COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
CONNECTIVES = ("and", "or", "not")
ARITHMETIC = ("add", "sub", "mul", "div", "neg", "powi", "reciprocal", "square")
RATIONAL = (*ARITHMETIC, "abs", "sign", "relu", "max", "min", "floor", "ceil", "trunc")
"""The primitives whose value at rational operands is rational."""

integers = st.integers(-6, 6)
exponents = st.integers(-3, 4)
KINDS = st.sampled_from(["primitive", "primitive", "primitive", "truth", "where"])


def numbers() -> st.SearchStrategy[int | Fraction]:
    """Exact constants: mostly small, sometimes with hundreds of digits."""
    small = st.builds(Fraction, st.integers(-20, 20), st.integers(1, 12))
    large = st.builds(lambda n, k: n * 7**k, integers, st.integers(0, 3000))
    return st.one_of(integers, small, small, large)


def floats() -> st.SearchStrategy[float]:
    """Ordinary floats, zeros of both signs and the neighbours of 0, 1 and -1 included."""
    special = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 1.0 - 2.0**-53, 1.0 + 2.0**-52, 2.0**-1074, 90.0, 180.0])
    return st.one_of(st.floats(-8.0, 8.0), special)


def points(names: Sequence[str] = NAMES, values: st.SearchStrategy[Any] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """A value for each variable."""
    drawn = floats() if values is None else values
    return st.fixed_dictionaries(dict.fromkeys(names, drawn))


@dataclass
class Pool:
    """Nodes made so far, with their depths; operands are drawn from here."""

    draw: Any
    primitives: Sequence[str]
    max_depth: int
    reals: list[Expr]
    truths: list[Condition]
    depth: dict[Any, int] = field(default_factory=dict)

    def pick(self, nodes: Sequence[Any]) -> Any:
        """An operand that leaves room for a node above it: often one of the latest, so that graphs get deep."""
        fitting = [node for node in nodes if self.depth.get(node, 0) < self.max_depth]
        latest = self.draw(st.integers(0, 3))
        return fitting[-min(latest, len(fitting))] if latest else fitting[-self.draw(st.integers(1, len(fitting)))]

    def keep(self, node: Any, operands: Sequence[Any]) -> Any:
        """File a new node."""
        depth = 1 + max(self.depth.get(operand, 0) for operand in operands)
        self.depth[node] = min(depth, self.depth.get(node, depth)) if node.args else 0
        (self.truths if isinstance(node, Condition) else self.reals).append(node)
        return node

    def real(self, name: str) -> Expr:
        """One more real node."""
        if name == "where":
            for kind in self.draw(st.sampled_from([(), (COMPARISONS,), (CONNECTIVES,), (COMPARISONS, CONNECTIVES)])):
                self.truth(self.draw(st.sampled_from(kind)))
            operands = [self.pick(self.truths), self.pick(self.reals), self.pick(self.reals)]
            return self.keep(choose(*operands), operands)  # type: ignore[no-any-return]
        operands = [self.pick(self.reals) for _ in range(HEADS[name].arity)]
        if name == "powi":
            operands[1] = const(self.draw(exponents))
        return self.keep(build(HEADS[name], *operands), operands)  # type: ignore[no-any-return]

    def truth(self, name: str) -> Condition:
        """One more condition."""
        nodes: Sequence[Any] = self.truths if name in CONNECTIVES else self.reals
        operands = [self.pick(nodes) for _ in range(HEADS[name].arity)]
        return self.keep(build(HEADS[name], *operands), operands)  # type: ignore[no-any-return]

    def grow(self, operations: int) -> None:
        """Operations of every kind; many of them conditions and choices, which single rows of the registry would outnumber."""
        for _ in range(operations):
            kind = self.draw(KINDS)
            if kind == "truth":
                self.truth(self.draw(st.sampled_from([*COMPARISONS, *CONNECTIVES])))
            else:
                self.real(self.name(kind))

    def name(self, kind: str) -> str:
        """What stands at the root of the next real node."""
        return "where" if kind == "where" else self.draw(st.sampled_from(self.primitives))


def _pool(draw: Any, primitives: Sequence[str], names: Sequence[str], max_depth: int) -> Pool:
    symbols = [pi, e] if set(primitives) - set(RATIONAL) else []
    variables = [var(name) for name in names]
    constants = [const(value) for value in draw(st.lists(numbers(), max_size=3))]
    pool = Pool(draw, primitives, max_depth, [*symbols, *constants, *variables], [TRUE, FALSE])
    for other in (const(1), variables[-1]):
        pool.keep(build(HEADS[draw(st.sampled_from(COMPARISONS))], variables[0], other), [other])
    return pool


@st.composite
def expressions(
    draw: Any,
    primitives: Sequence[str] = OPERATIONS,
    names: Sequence[str] = NAMES,
    max_depth: int = MAX_DEPTH,
    max_operations: int = 20,
) -> Expr:
    """A random expression of at most that depth, over the given primitives, ``where`` and conditions."""
    pool = _pool(draw, primitives, names, max_depth - 1)
    pool.grow(draw(st.integers(0, max_operations)))
    pool.max_depth = max_depth
    return pool.real(pool.name(draw(KINDS)))


@st.composite
def conditions(
    draw: Any,
    primitives: Sequence[str] = OPERATIONS,
    names: Sequence[str] = NAMES,
    max_depth: int = MAX_DEPTH,
    max_operations: int = 20,
) -> Condition:
    """A random condition of at most that depth."""
    pool = _pool(draw, primitives, names, max_depth - 1)
    pool.grow(draw(st.integers(0, max_operations)))
    pool.max_depth = max_depth
    return pool.truth(draw(st.sampled_from([*COMPARISONS, *CONNECTIVES])))
