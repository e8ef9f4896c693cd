"""Running the normal forms on opaque arguments, and saying what they did as sentences.

A proof of a hand-written derivative works through cells (`micrograd.verified.prove.cells`); in each it puts both sides into normal form
(`micrograd.verified.prove.normal`), which asks for a cut where a sign is not known.  `runs` does the same with one expression, whose variables
stand for anything, and keeps what happened in each cell: the literals, the normal form, what was required for the expression to be
defined, and all that Z3 was told about its parts.  `proofs.rules` proves all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import z3

from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import (
    CONST,
    FALSE,
    POW,
    TRUE,
    Condition,
    Expr,
    all_of,
    any_of,
    build,
    choose,
    compare,
    const,
    eq,
    ne,
    negate,
    postorder,
)
from micrograd.verified.functions import cbrt, sqrt
from micrograd.verified.prove.cells import Prover, by_sign, flatten
from micrograd.verified.prove.normal import NeedSplit, Normaliser, Plan, Refine, Unsupported
from micrograd.verified.prove.ring import CAPACITY, TooLarge, ZeroDenominator
from micrograd.verified.prove.signs import Infeasible, Signs

MAX_CELLS = 200
_UNSIGNED = {frozenset((1,)): "gt", frozenset((-1,)): "lt", frozenset((0,)): "eq", frozenset((0, 1)): "ge", frozenset((-1, 0)): "le"}


@dataclass
class Run:
    """What happened in one cell.

    Attributes:
        literals: the cell.
        result: the normal form, read back; None if the cell was found to be empty.
        required: conditions that were asked of the arguments.
        facts: what is known of the generators: signs, relations, and what Z3 is told.
    """

    literals: list[Condition]
    result: Any = None
    required: list[Condition] = field(default_factory=list)
    facts: list[Condition] = field(default_factory=list)


def runs(root: Any, given: Sequence[Condition] = (), before: Sequence[Expr] = ()) -> Iterator[Run]:
    """The root in normal form, cell by cell; a cell in which there is no normal form is left out.

    Args:
        root: an expression or a condition.
        given: literals of the whole.
        before: expressions that have been put into normal form already, so that their atoms are known.
    """
    stack: list[tuple[list[Condition], Plan]] = [(list(given), Plan())]
    count = 0
    while stack:
        literals, plan = stack.pop()
        count += 1
        if count > MAX_CELLS:
            raise ValueError(f"{root} needs more than {MAX_CELLS} cells")
        n = Normaliser(plan)
        try:
            yield _run(n, root, literals, before)
        except Refine:
            stack.append((literals, plan))
        except NeedSplit as need:
            stack.extend(([*literals, literal], Plan()) for literal in by_sign(need.expression))
        except Infeasible:
            yield Run(literals)
        except (Unsupported, TooLarge, ZeroDenominator, MicrogradError):
            continue


def _run(n: Normaliser, root: Any, literals: list[Condition], before: Sequence[Expr]) -> Run:
    Prover(float("inf")).learn(n, list(flatten(literals)))
    for expression in before:
        n(expression)
    n.obligations = []
    form = n(root)
    result = rooted(n.express(form)) if not isinstance(form, bool) else (TRUE if form else FALSE)
    required = [rooted(signed(n.express(o.element), o.allowed)) for o in n.obligations]
    return Run(literals, result, required, list(_facts(n)))


# --- what is known ---------------------------------------------------------------------------------------------------


def signed(expression: Expr, signs: Signs) -> Condition:
    """The expression has one of the signs."""
    zero = const(0)
    if signs in _UNSIGNED:
        return build(_HEAD[_UNSIGNED[signs]], expression, zero)
    if signs == frozenset((-1, 1)):
        return ne(expression, zero)
    return TRUE if len(signs) == 3 else FALSE


def _facts(n: Normaliser) -> Iterator[Condition]:
    """Signs of generators, their relations, and all that Z3 is told about them."""
    for atom, signs in zip(n.atoms, n.know.generator_signs, strict=True):
        yield rooted(signed(atom.expression, signs))
    for place, _, polynomial in n.ring._relations:
        assert place < CAPACITY
        yield rooted(eq(n.to_expression(polynomial), const(0)))
    for source in (n.know.background, n.know.ladder):
        for make in source:
            for term in make():
                yield rooted(from_z3(term, n))


# --- reading back ----------------------------------------------------------------------------------------------------

_ROOTS = {2: lambda w: sqrt(w), 3: lambda w: cbrt(w), 4: lambda w: sqrt(sqrt(w)), 6: lambda w: cbrt(sqrt(w))}


def rooted(root: Any) -> Any:
    """The same with ``w**(1/m)``, a root of what is not negative, written with ``sqrt`` and ``cbrt``, of which proofs know what they are."""
    done: dict[Any, Any] = {}
    for node in postorder([root]):
        head, *children = node.key
        if not head.arity:
            done[node] = node
            continue
        new = [done[c] for c in children]
        exponent = new[1].key[1] if head is POW and new[1].key[0] is CONST else None
        if isinstance(exponent, Fraction) and exponent.denominator in _ROOTS:
            done[node] = _ROOTS[exponent.denominator](new[0]) ** exponent.numerator
        else:
            done[node] = build(head, *new)
    return done[root]


_LOGIC = {z3.Z3_OP_AND: all_of, z3.Z3_OP_OR: any_of, z3.Z3_OP_NOT: negate}


def from_z3(term: Any, n: Normaliser) -> Any:
    """A term over the normaliser's generators in the expression language.

    Raises:
        ValueError: an operation that is not read.
    """
    done: dict[int, Any] = {}
    stack = [term]
    while stack:
        node = stack[-1]
        waiting = [c for c in node.children() if c.get_id() not in done]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        done[node.get_id()] = _read(node, [done[c.get_id()] for c in node.children()], n)
    return done[term.get_id()]


def _read(node: Any, parts: list[Any], n: Normaliser) -> Any:
    if z3.is_rational_value(node):
        return const(Fraction(node.numerator_as_long(), node.denominator_as_long()))
    if z3.is_true(node) or z3.is_false(node):
        return TRUE if z3.is_true(node) else FALSE
    kind = node.decl().kind()
    if kind == z3.Z3_OP_UNINTERPRETED and not parts:
        return _constant(str(node), n)
    if kind in _LOGIC:
        return _LOGIC[kind](*parts)
    if kind == z3.Z3_OP_IMPLIES:
        return negate(parts[0]) | parts[1]
    if kind in (z3.Z3_OP_EQ, z3.Z3_OP_IFF) and isinstance(parts[0], Condition):
        return (negate(parts[0]) | parts[1]) & (negate(parts[1]) | parts[0])
    if kind == z3.Z3_OP_DISTINCT:
        return ne(*parts)
    if kind in _COMPARED:
        return compare(_HEAD[_COMPARED[kind]], *parts)
    if kind == z3.Z3_OP_ITE:
        return choose(*parts)
    if kind in _ARITHMETIC:
        total = parts[0]
        for part in parts[1:]:
            total = build(_HEAD[_ARITHMETIC[kind]], total, part)
        return total
    if kind == z3.Z3_OP_UMINUS:
        return -parts[0]
    raise ValueError(f"Z3 is told something that is not read here: {node}")


def _constant(name: str, n: Normaliser) -> Expr:
    """A generator; or the quotient that a fresh constant stands for (`Normaliser._value`), of which there is one."""
    if name.startswith("g"):
        return n.atoms[int(name[1:])].expression
    quotients = {str(n.express(a)): n.express(a) for atom in n.atoms for a in atom.arguments if not a.den.is_constant()}
    if len(quotients) != 1:
        raise ValueError(f"{name} may stand for any of {', '.join(quotients)}")
    return next(iter(quotients.values()))


from micrograd.verified.expr import HEADS as _HEAD  # noqa: E402

_COMPARED = {z3.Z3_OP_EQ: "eq", z3.Z3_OP_LT: "lt", z3.Z3_OP_LE: "le", z3.Z3_OP_GT: "gt", z3.Z3_OP_GE: "ge"}
_ARITHMETIC = {z3.Z3_OP_ADD: "add", z3.Z3_OP_SUB: "sub", z3.Z3_OP_MUL: "mul", z3.Z3_OP_DIV: "div"}
