"""Normal forms: an expression as a fraction of polynomials in atoms, within a cell.

Inside a cell conditions are decided, ``where`` takes one of its branches, and each function is put into normal form by its rule (`RULES`,
from tables by kind: ``powers``, ``exponentials``, ``angles``, ``pieces``, ``opaque``, ``special``), by its definition, or as an atom of
which nothing is known but its arguments.

If the difference of two expressions comes out as 0, they are equal at every point of the cell where both are defined.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from micrograd.prove.limits import tick
from micrograd.prove.normal import angles, exponentials, opaque, pieces, powers, special
from micrograd.prove.normal.cell import Atom, Plan, Terms
from micrograd.prove.normal.rule import Rule
from micrograd.prove.normal.signs import NEGATIVE, NONZERO, RELATION
from micrograd.verified.expr import AND, CONST, EULER, NOT, OR, PI, POW, TRUE, VAR, WHERE, Head
from micrograd.verified.heads import Maker
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import Definition, compile_template

RULES: dict[str, Rule] = {
    **powers.RULES,
    **exponentials.RULES,
    **angles.RULES,
    **pieces.RULES,
    **opaque.RULES,
    **special.RULES,
}
"""All rules, by function."""


@cache
def _unfolding(head: Head) -> Maker | None:
    """What makes the definition of a function without a rule, from a node's key; None for others."""
    row = head.row
    if row is None or head.name in RULES or not isinstance(row.evidence, Definition) or row.definition is None:
        return None
    return compile_template(row.definition, row.params)


@cache
def _integral_power(head: Head) -> tuple[Maker, Maker] | None:
    """For x**y: the condition, and the value, that the row states for negative x and integers y."""
    if head is not POW or head.row is None:
        return None
    where, value = head.row.stated[-1]
    return compile_template(where, head.row.params), compile_template(value, head.row.params)


@cache
def _existence(head: Head) -> Maker | None:
    """What makes the condition that is looked at before the function, from a node's key: for elementary functions, whose rules or
    definitions see to that, there is none, unless the definition is used ``within`` some points only."""
    row = head.row
    if row is None or (head.name in RULES and RULES[head.name].total):
        return None
    everywhere = isinstance(row.evidence, Definition) and head.name in PRIMITIVES and row.within is None
    return None if everywhere else row.make_defined


class Normaliser(Terms):
    """Normal forms of expressions in one cell."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.memo: dict[Any, Any] = {}
        self._bodies: dict[Any, Any] = {}

    def __call__(self, root: Any) -> Any:
        """The normal form of an expression; the truth of a condition."""
        memo = self.memo
        stack = [root]
        while stack:
            tick()
            node = stack[-1]
            if node in memo:
                stack.pop()
                continue
            wanted = self._wanted(node)
            if wanted:
                stack.extend(wanted)
                continue
            stack.pop()
            memo[node] = self._leaf(node) if not node.key[0].arity else self._apply(node)
        return memo[root]

    def _wanted(self, node: Any) -> list[Any]:
        """What must be known before the node."""
        head, *children = node.key
        if not head.arity:
            return []
        memo = self.memo
        if head in (WHERE, AND, OR):
            if children[0] not in memo:
                return [children[0]]
            truth = memo[children[0]]
            if head is WHERE:
                chosen = children[1] if truth else children[2]
            elif truth is (head is AND):
                chosen = children[1]
            else:
                return []
            return [] if chosen in memo else [chosen]
        # a definition may leave an operand out, as celu's does for x > 0, but the function has no value where an operand has none
        waiting = [child for child in children if child not in memo]
        if waiting:
            return waiting
        integral = _integral_power(head)
        if integral is not None and self.know.of(memo[children[0]]) <= NEGATIVE and memo[children[1]].number() is None:
            where, value = (make(node.key) for make in integral)
            if where not in memo:
                return [where]
            if memo[where]:
                self._bodies[node] = value
                return [] if value in memo else [value]
        unfold = _unfolding(head)
        condition = self._defined(node)
        if condition is not TRUE and condition not in memo:
            return [condition]
        if unfold is None or (condition is not TRUE and not memo[condition]):
            return []
        body = self._bodies.get(node)
        if body is None:
            body = self._bodies[node] = unfold(node.key)
        return [] if body in memo else [body]

    def _defined(self, node: Any) -> Any:
        """Where a function has a value, if that must be looked at before."""
        make = _existence(node.key[0])
        return TRUE if make is None else make(node.key)

    def _leaf(self, node: Any) -> Any:
        """A number, a variable, a symbol or a truth value."""
        head = node.key[0]
        if head is CONST:
            return self.number(node.key[1])
        if head is VAR:
            return self.element(self.generator(Atom("var", node)))  # once: it is remembered
        if head is PI:
            return self.pi()
        return exponentials.exponential(self, self.one) if head is EULER else node.key[1]

    def _apply(self, node: Any) -> Any:
        head, *children = node.key
        memo = self.memo
        if head is WHERE:
            return memo[children[1] if memo[children[0]] else children[2]]
        if head in (AND, OR):
            truth = memo[children[0]]
            return memo[children[1]] if truth is (head is AND) else truth
        if head is NOT:
            return not memo[children[0]]
        if head in RELATION:
            return self.decide(memo[children[0]] - memo[children[1]], RELATION[head])
        condition = self._defined(node)
        if condition is not TRUE and not memo[condition]:
            self.require(self.zero, NONZERO, lambda: str(condition))
        if node in self._bodies:
            return memo[self._bodies[node]]
        rule = RULES.get(head.name)
        if rule is not None:
            return rule.step(self, node, *[memo[c] for c in children])
        return opaque.opaque(self, head.name, tuple(memo[c] for c in children), opaque.maker(head.name))
