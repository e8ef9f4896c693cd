"""A function of one variable next to a point, without conditions.

Close to the point, on one side of it, every comparison in a function has one truth value, found from the sign of the difference of its
sides there: the sign of its value at the point or, where that is 0, of its first derivative that is not.  So on either side the
function is an expression without conditions.

The signs are asked of a `Judge`: of exact numbers, or of a cell with symbols.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, Protocol

from micrograd.carriers.carrier import COMPARE
from micrograd.prove.points.steps import may_step, taken_apart
from micrograd.verified.differentiation import diff, domain
from micrograd.verified.expr import AND, FALSE, NOT, OR, TRUE, VAR, WHERE, ZERO, Condition, Expr, build, const, named, postorder, substitute
from micrograd.verified.functions import floor
from micrograd.verified.row import compile_template

MAX_ORDER = 4


class Undecided(Exception):
    """A sign or a truth value could not be found."""


class Judge(Protocol):
    """Who knows the signs of expressions without the variable of differentiation."""

    def sign(self, expression: Expr) -> int: ...

    def holds(self, condition: Condition) -> bool: ...


def _names_beside(nodes: Iterable[Any]) -> Iterator[str]:
    """Names of variables that occur in none of the nodes."""
    taken = {node.key[1] for node in nodes if node.head is VAR}
    return (name for number in count(1) if (name := f"still@{number}") not in taken)


def opened(root: Any) -> Any:
    """The expression with ``abs``, ``max``, ``copysign`` and their like written with ``where`` and ``floor``."""
    while True:
        done: dict[Any, Any] = {}
        changed = False
        for node in postorder([root]):
            head, *children = node.key
            if not head.arity:
                done[node] = node
                continue
            new = [done[c] for c in children]
            row = head.row
            if row is not None and taken_apart(row):
                done[node] = compile_template(row.definition, row.params)((head, *new))
                changed = True
            else:
                done[node] = build(head, *new)
        root = done[root]
        if not changed:
            return root


class Beside:
    """The function near ``x = at``."""

    def __init__(self, x: Expr, at: Expr, judge: Judge, same: Mapping[Expr, Expr] | None = None) -> None:
        self.x = x
        self.at = at
        self.judge = judge
        self.same: dict[Expr, Any] = dict(same or {})

    def put(self, expression: Any) -> Any:
        """The expression at the point, where some terms have a simpler form (``same``)."""
        moved = substitute(expression, {self.x: self.at})
        return substitute(moved, self.same) if self.same else moved

    def moves(self, expression: Any) -> bool:
        """Whether it mentions x."""
        return any(node is self.x for node in postorder([expression]))

    def moving(self, expression: Any) -> set[Any]:
        """The nodes at an expression and below that mention x."""
        return mentioning(expression, {self.x})

    def smooth(self, h: Expr) -> bool:
        """Whether an expression with a value at the point is smooth in x there; terms without x may be anything that has a value."""
        order = postorder([h])
        moving = self.moving(h)
        if any(moves_a_parameter(node, moving) for node in moving):
            return False
        names = _names_beside(order)
        still: dict[Any, Any] = {
            node: named(next(names)) for node in order if node.head.arity and node not in moving and isinstance(node, Expr)
        }
        condition = domain(substitute(h, still))
        back: dict[Any, Any] = {v: term for term, v in still.items()}
        return self.judge.holds(self.put(substitute(condition, back)))

    def sign(self, h: Expr, side: int) -> int:
        """The sign of a smooth expression close to the point, on a side (-1, 1) or at it (0)."""
        if not self.moves(h):
            return self.judge.sign(h)
        value = self.judge.sign(self.put(h))
        if not side:
            return value
        if value:
            self.continuous(h)
            return value
        return self.drift(h, side)

    def drift(self, u: Expr, side: int) -> int:
        """The sign next to the point of what a smooth expression gains over its value there."""
        h = u
        for order in range(1, MAX_ORDER + 1):
            if not self.smooth(h):
                break
            h = diff(h, self.x)
            if h is ZERO:
                return 0
            value = self.judge.sign(self.put(h))
            if value:
                return value if order % 2 == 0 else value * side
        raise Undecided(f"the sign of {u} next to the point")

    def continuous(self, h: Expr) -> None:
        """Make sure that a condition-free expression that has a value at the point is continuous there, as far as it has values.

        Functions that may step are so where they are smooth; x**y, unless it is 0**0 with both moving.

        Raises:
            Undecided: it may not be.
        """
        moving = self.moving(h)
        for node in moving:
            row = node.head.row
            if row is not None and may_step(row) and (moves_a_parameter(node, moving) or not self._stays(node, moving)):
                raise Undecided(f"the sign of {h} next to the point")

    def _stays(self, node: Any, moving: set[Any]) -> bool:
        """Whether a function that may step does not do so at the point."""
        head, *operands = node.key
        if head.name == "pow" and any(operand not in moving for operand in operands):
            return True
        if head.name == "pow" and any(self.judge.sign(self.put(operand)) for operand in operands):
            return True
        return self.judge.holds(self.put(head.row.make_domain(node.key)))

    def piece(self, root: Any, side: int) -> Any:
        """The expression without conditions that it is on one side, or at the point (side 0)."""
        done: dict[Any, Any] = {}
        stack = [root]
        while stack:
            node = stack[-1]
            if node in done:
                stack.pop()
                continue
            head, *children = node.key
            wanted = self._wanted(head, children, done)
            if wanted:
                stack.extend(wanted)
                continue
            stack.pop()
            done[node] = self._resolved(node, done, side)
        return done[root]

    def _wanted(self, head: Any, children: list[Any], done: dict[Any, Any]) -> list[Any]:
        if not head.arity:
            return []
        if head in (WHERE, AND, OR):
            if children[0] not in done:
                return [children[0]]
            truth = done[children[0]] is TRUE
            if head is WHERE:
                chosen = children[1] if truth else children[2]
            elif truth is (head is AND):
                chosen = children[1]
            else:
                return []
            return [] if chosen in done else [chosen]
        return [c for c in children if c not in done]

    def _resolved(self, node: Any, done: dict[Any, Any], side: int) -> Any:
        head, *children = node.key
        if not head.arity:
            return node
        if head is WHERE:
            return done[children[1] if done[children[0]] is TRUE else children[2]]
        if head in (AND, OR):
            truth = done[children[0]] is TRUE
            return done[children[1]] if truth is (head is AND) else done[children[0]]
        if head is NOT:
            return FALSE if done[children[0]] is TRUE else TRUE
        new = [done[c] for c in children]
        if head in COMPARE:
            truth = COMPARE[head](self.sign(new[0] - new[1], side), 0)
            return TRUE if truth else FALSE
        if head.name == "floor":
            return self._floor(new[0], side)
        if head.name == "pow" and not self.moves(new[0]) and self.judge.sign(new[0]) == 0 and self.sign(new[1], side) > 0:
            return const(0)
        return build(head, *new)

    def _floor(self, u: Expr, side: int) -> Expr:
        if not self.moves(u):
            return build_floor(u)
        below = build_floor(self.put(u))
        if side and self.judge.sign(self.put(u) - below) == 0:
            return below - 1 if self.drift(u, side) < 0 else below
        if side:
            self.continuous(u)
        return below


def mentioning(expression: Any, variables: set[Any]) -> set[Any]:
    """The nodes at an expression and below that mention one of the variables."""
    found = set(variables)
    for node in postorder([expression]):
        if node.head.arity and not found.isdisjoint(node.args):
            found.add(node)
    return found


def moves_a_parameter(node: Any, moving: set[Any]) -> bool:
    """Whether a function's operand moves for which it has no partial derivative: nothing is known of how it depends on that."""
    row = node.head.row
    return row is not None and any(p is None and operand in moving for p, operand in zip(row.partials, node.args, strict=True))


def build_floor(u: Expr) -> Expr:
    """The floor, a number if u is one."""
    if u.head.name == "const":
        value = u.key[1]
        return const(value.numerator // value.denominator)
    return floor(u)
