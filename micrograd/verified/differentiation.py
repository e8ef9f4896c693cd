"""Symbolic differentiation: forward (tangents), reverse (adjoints), higher orders, and domains.

* `tangent`: d/dt of an expression whose leaves move with given tangents: Σ ∂ᵢf(u)·uᵢ′ at every node (the chain rule).
* `diff`: the tangent with x′ = 1; memoised over the graph, so linear in its size.  The k-th derivative repeats it.
* `gradient`: adjoints from the root down; its cost is a small constant times the function's, whatever the number of variables.
* `domain`: where the function is smooth and the derivative is right, a condition, linear in the graph.

The only rewriting done here is that of `combine`: products and sums with the constants 0, 1 and -1 are left out.  These eight
cases are theorems, and `proofs.induction` runs this very code on every primitive with opaque operands.

Inside ``where(c, a, b)`` each branch counts only where it is chosen: adjoints that come out of a branch carry the branch's condition,
so that no derivative of a branch is evaluated where the branch is not taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import (
    ADD,
    AND,
    BOOL,
    CONST,
    EQ,
    FALSE,
    GE,
    GT,
    LE,
    LT,
    MINUS_ONE,
    MUL,
    NE,
    NOT,
    ONE,
    OR,
    TRUE,
    VAR,
    WHERE,
    ZERO,
    Condition,
    Expr,
    Node,
    add,
    all_of,
    choose,
    compare,
    conjunction,
    disjunction,
    file_node,
    mul,
    neg,
    negate,
    paused_collection,
    postorder,
    sub,
)
from micrograd.verified.heads import Rules


def combine(total: Expr | None, partial: Expr, factor: Expr) -> Expr | None:
    """total + partial·factor, where None is 0, with terms 0 left out and factors ±1 not written.

    This is the only place where differentiation simplifies.
    """
    if partial is ZERO or factor is ZERO:
        return total
    if partial is ONE:
        term = factor
    elif partial is MINUS_ONE:
        return neg(factor) if total is None else sub(total, factor)
    elif factor is ONE:
        term = partial
    else:
        # A product with a constant may fold; `mul` and `add` look for that.
        term = mul(partial, factor) if factor.key[0] is CONST else file_node(Expr, (MUL, partial, factor))
    if total is None:
        return term
    return add(total, term) if term.key[0] is CONST else file_node(Expr, (ADD, total, term))


def _rules(node: Any) -> Rules:
    """Called for a node whose head has no rules: it cannot be differentiated."""
    raise UnsupportedPrimitive(f"{node.key[0].name} has no row in the registry, so it has no derivative")


def _is_variable(x: object) -> Expr:
    if not isinstance(x, Expr) or x.key[0] is not VAR:
        raise TypeError(f"differentiate with respect to a variable, not {x!r}")
    return x


# --- forward ---------------------------------------------------------------------------------------------------------


def tangent_table(roots: Sequence[Expr], tangents: Mapping[Expr, Expr]) -> dict[Any, Expr]:
    """Tangents of all nodes below the roots that move when the given leaves do; a node that is absent has tangent 0.

    Linear in the number of nodes.
    """
    with paused_collection():
        return _tangents(postorder(roots), tangents)


def _tangents(order: Iterable[Any], tangents: Mapping[Expr, Expr]) -> dict[Any, Expr]:
    table: dict[Any, Expr] = {}
    get = table.get
    for node in order:
        key = node.key
        which = key[0]
        if not which.arity:
            if node in tangents and tangents[node] is not ZERO:
                table[node] = tangents[node]
        elif which is WHERE:
            a, b = get(key[2]), get(key[3])
            if a is not None or b is not None:
                table[node] = choose(key[1], ZERO if a is None else a, ZERO if b is None else b)
        elif not which.boolean:
            total = None
            for place, fixed, operand, make in which.rules or _rules(node):
                factor = get(key[place])
                if factor is not None:
                    partial = fixed if fixed is not None else (key[operand] if operand else make(key))
                    total = combine(total, partial, factor)
            if total is not None:
                table[node] = total
    return table


def tangent(expression: Expr, tangents: Mapping[Expr, Expr]) -> Expr:
    """The derivative of the expression when its leaves (variables) have the given derivatives."""
    return tangent_table([expression], tangents).get(expression, ZERO)


def diff(expression: Expr, x: Expr, n: int = 1) -> Expr:
    """The n-th derivative with respect to the variable x.

    True on `domain(expression)`, and for n > 1 where the lower derivatives have theirs: ``softsign`` is differentiable once at 0.  At kinks
    (``abs``, ``relu``, ``max``, …) it gives the registry's stated choice.  Linear in the number of nodes for each order.

    >>> from micrograd.verified import var, sin
    >>> x = var("x"); diff(sin(x**2), x)
    cos(x**2)*(2*x)

    Raises:
        TypeError: x is not a variable.  ValueError: n < 0.
    """
    if n.__class__ is not int or n < 0:
        raise ValueError(f"the order of a derivative is an integer >= 0, not {n!r}")
    if not isinstance(expression, Expr):
        raise TypeError(f"only an expression has a derivative, not {expression!r}")
    seed = {_is_variable(x): ONE}
    for _ in range(n):
        expression = tangent(expression, seed)
    return expression


# --- reverse ---------------------------------------------------------------------------------------------------------


def _active(root: Expr, wrt: Sequence[Expr]) -> tuple[list[Any], dict[Any, bool]]:
    """The inner nodes that depend on one of the variables, parents first; and for each real-valued node whether it does."""
    moving: dict[Any, bool] = dict.fromkeys(wrt, True)
    found: list[Any] = []
    stack: list[Any] = [root]
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        if node is not None:
            if node not in moving:
                moving[node] = False
                key = node.key
                if key[0].arity and not key[0].boolean:
                    push(node)
                    push(None)
                    stack.extend(key[1:])
            continue
        node = pop()
        for child in node.key[1:]:
            if moving[child]:
                moving[node] = True
                found.append(node)
                break
    found.reverse()
    return found, moving


class _Adjoints:
    """Adjoints by node; those that count only where a condition holds keep it in ``guards``."""

    def __init__(self, root: Expr, wrt: Sequence[Expr]) -> None:
        self.active, self.wanted = _active(root, wrt)
        self.table: dict[Any, Expr] = {root: ONE}
        self.guards: dict[Any, Condition] = {}

    def sweep(self) -> None:
        """Process every active node, parents first: hand each operand its share of the adjoint."""
        table, guards, wanted = self.table, self.guards, self.wanted
        get = table.get
        for node in self.active:
            bar = get(node)
            if bar is None:
                continue
            key = node.key
            if key[0] is WHERE:
                self.branches(key, bar, guards.get(node, TRUE))
                continue
            guarded = bool(guards)
            for place, fixed, operand, make in key[0].rules or _rules(node):
                child = key[place]
                if not wanted[child]:
                    continue
                partial = fixed if fixed is not None else (key[operand] if operand else make(key))
                if guarded and (node in guards or child in guards):
                    share = combine(None, partial, bar)
                    if share is not None:
                        self.give(child, share, guards.get(node, TRUE))
                else:
                    total = combine(get(child), partial, bar)
                    if total is not None:
                        table[child] = total

    def branches(self, key: tuple[Any, ...], bar: Expr, guard: Condition) -> None:
        """``where(c, a, b)``: a gets the adjoint where c holds, b where it fails."""
        _, condition, first, second = key
        if self.wanted[first]:
            self.give(first, bar, conjunction(guard, condition))
        if self.wanted[second]:
            self.give(second, bar, conjunction(guard, negate(condition)))

    def give(self, child: Any, share: Expr, guard: Condition) -> None:
        """Add a share that counts where the guard holds."""
        old = self.table.get(child)
        if old is None:
            self.table[child] = share
            total_guard = guard
        else:
            old_guard = self.guards.pop(child, TRUE)
            if old_guard is guard:
                self.table[child] = add(old, share)
                total_guard = guard
            else:
                self.table[child] = add(choose(old_guard, old, ZERO), choose(guard, share, ZERO))
                total_guard = TRUE if TRUE in (guard, old_guard) else disjunction(old_guard, guard)
        if total_guard is not TRUE:
            self.guards[child] = total_guard

    def of(self, x: Expr) -> Expr:
        """The finished adjoint of a variable."""
        bar = self.table.get(x)
        return ZERO if bar is None else choose(self.guards.get(x, TRUE), bar, ZERO)


def gradient(expression: Expr, xs: Sequence[Expr]) -> list[Expr]:
    """The partial derivatives with respect to the variables xs, by one reverse sweep.

    All entries share their common parts; together they have at most a small constant times the function's number of nodes.

    >>> from micrograd.verified import var
    >>> x, y = var("x"), var("y"); gradient(x * y + x, [x, y])
    [1 + y, x]
    """
    wrt = [_is_variable(x) for x in xs]
    if not isinstance(expression, Expr):
        raise TypeError(f"only an expression has a gradient, not {expression!r}")
    with paused_collection():
        adjoints = _Adjoints(expression, wrt)
        adjoints.sweep()
    return [adjoints.of(x) for x in wrt]


def hessian(expression: Expr, xs: Sequence[Expr]) -> list[list[Expr]]:
    """The second derivatives, row by row: the gradient of each entry of the gradient."""
    return [gradient(entry, xs) for entry in gradient(expression, xs)]


# --- domains ---------------------------------------------------------------------------------------------------------

_STRICT = {LE: LT, GE: GT}
_OPPOSITE = {LT: GE, LE: GT, GT: LE, GE: LT, EQ: NE, NE: EQ}


Interiors: TypeAlias = dict[Condition, tuple[Condition, Condition]]


def interiors(condition: Condition, found: Interiors) -> tuple[Condition, Condition]:
    """Strict conditions that imply the condition, and that imply its negation (open sets, both).

    ``a <= b`` gives ``a < b`` and ``a > b``; ``a == b`` gives nothing and ``a != b``; ``and``, ``or`` and ``not`` as in logic.  ``found``
    remembers what is known, so that a family of conditions is walked once.
    """
    stack: list[Any] = [condition]
    while stack:
        node = stack[-1]
        which = node.key[0]
        waiting = [] if which in _OPPOSITE or not which.arity else [c for c in node.key[1:] if c not in found]
        if waiting and node not in found:
            stack.extend(waiting)
            continue
        stack.pop()
        if node not in found:
            found[node] = _interior_pair(node, found)
    return found[condition]


def _interior_pair(node: Condition, found: Interiors) -> tuple[Condition, Condition]:
    which, *operands = node.key
    if which in _OPPOSITE:
        kinds = [_STRICT.get(kind, kind) for kind in (which, _OPPOSITE[which])]
        holds, fails = (FALSE if kind is EQ else compare(kind, *operands) for kind in kinds)
        return holds, fails
    if which is NOT:
        holds, fails = found[operands[0]]
        return fails, holds
    if which is BOOL:
        return node, negate(node)
    (a, not_a), (b, not_b) = found[operands[0]], found[operands[1]]
    if which is AND:
        return conjunction(a, b), disjunction(not_a, not_b)
    return disjunction(a, b), conjunction(not_a, not_b)


def domain_step(key: tuple[Any, ...], domains: Mapping[Any, Condition], known: Interiors) -> Condition:
    """The domain of a node from its key and the domains of its operands.

    A primitive: all operands' domains and its own condition.  ``where(c, a, b)``: the domain of c's operands, and either the interior of
    c with the domain of a, or the interior of not-c with the domain of b.  A condition: that its operands are smooth.
    """
    which = key[0]
    if which is WHERE:
        holds, fails = interiors(key[1], known)
        first, second = conjunction(holds, domains[key[2]]), conjunction(fails, domains[key[3]])
        return conjunction(domains[key[1]], disjunction(first, second))
    total = TRUE
    for child in key[1:]:
        total = conjunction(total, domains[child])
    row = which.row
    if row is not None and row.make_domain is not None:
        total = conjunction(total, row.make_domain(key))
    return total


@paused_collection()
def domain_table(roots: Sequence[Node]) -> dict[Any, Condition]:
    """The domain of every node below the roots.  Linear in the number of nodes."""
    domains: dict[Any, Condition] = {}
    known: Interiors = {}
    for node in postorder(roots):
        domains[node] = domain_step(node.key, domains, known) if node.key[0].arity else TRUE
    return domains


def conjuncts(condition: Condition) -> list[Condition]:
    """The distinct members of a conjunction, in order of first occurrence; nested conjunctions are opened."""
    found: dict[Condition, None] = {}
    seen: set[Condition] = set()
    stack = [condition]
    while stack:
        node = stack.pop()
        if node.key[0] is AND:
            if node not in seen:
                seen.add(node)
                stack.extend((node.key[2], node.key[1]))
        elif node is not TRUE:
            found[node] = None
    return list(found)


def domain(expression: Node) -> Condition:
    """An open set on which the expression is smooth and its derivative as computed is right.

    >>> from micrograd.verified import var, log, sqrt
    >>> x = var("x"); domain(log(x) / sqrt(1 - x))
    x > 0 and 1 - x > 0 and sqrt(1 - x) != 0

    At kinks (``abs(x)`` at 0) and on the edge of a closed set (``sqrt(x)`` at 0) the condition is false although the function has a
    value there: see `defined`.
    """
    return all_of(*conjuncts(domain_table([expression])[expression]))


def defined(expression: Node) -> Condition:
    """Where the expression has a value: kinks and closed edges included.

    >>> from micrograd.verified import var, sqrt
    >>> x = var("x"); defined(sqrt(x) + abs(x))
    x >= 0
    """
    table: dict[Any, Condition] = {}
    for node in postorder([expression]):
        table[node] = defined_step(node.key, table) if node.key[0].arity else TRUE
    return all_of(*conjuncts(table[expression]))


def defined_step(key: tuple[Any, ...], table: Mapping[Any, Condition]) -> Condition:
    """Where a node has a value, from its key and where its operands have one."""
    which = key[0]
    if which is WHERE or which is AND or which is OR:
        return _lazily_defined(key, table)
    total = all_of(*[table[child] for child in key[1:]])
    row = which.row
    return total if row is None or row.make_defined is None else conjunction(total, row.make_defined(key))


def _lazily_defined(key: tuple[Any, ...], table: Mapping[Any, Condition]) -> Condition:
    """Definedness of what looks at its later operands only if the first asks for them."""
    which, first, second = key[:3]
    ok = table[second]
    if which is WHERE:
        rest = table[key[3]]
        if ok is TRUE and rest is TRUE:
            return table[first]
        return conjunction(table[first], disjunction(conjunction(first, ok), conjunction(negate(first), rest)))
    if ok is TRUE:
        return table[first]
    skipped = negate(first) if which is AND else first
    return conjunction(table[first], disjunction(skipped, ok))


__all__ = ["defined", "diff", "domain", "gradient", "hessian"]
