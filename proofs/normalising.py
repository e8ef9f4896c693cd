"""Running the normal forms on opaque arguments, and saying what they did as sentences.

A proof of a hand-written derivative works through cells (`micrograd.prove.cells`); in each it puts both sides into normal
form (`micrograd.prove.normal.normaliser`), which asks for a cut where a sign is not known.  `runs` does the same with one expression, whose
variables stand for anything, and keeps what happened in each cell: the literals, the normal form, what was required for the expression
to be defined, and all that Z3 was told about its parts.  `proofs.rules` proves all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from micrograd.prove.cells import Prover, by_sign, flatten
from micrograd.prove.limits import Unsupported
from micrograd.prove.normal.cell import NeedSplit, Plan, Refine
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.prove.normal.ring import CAPACITY, ZeroDenominator
from micrograd.prove.normal.signs import Infeasible, Signs
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import (
    CONST,
    FALSE,
    HEADS,
    POW,
    TRUE,
    Condition,
    Expr,
    all_of,
    any_of,
    build,
    choose,
    const,
    eq,
    ne,
    negate,
    postorder,
)
from micrograd.verified.functions import cbrt, sqrt

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
        except (Unsupported, ZeroDenominator, MicrogradError):
            continue


def _run(n: Normaliser, root: Any, literals: list[Condition], before: Sequence[Expr]) -> Run:
    Prover().learn(n, list(flatten(literals)))
    for expression in before:
        n(expression)
    n.obligations = []
    form = n(root)
    result = rooted(n.express(form)) if not isinstance(form, bool) else (TRUE if form else FALSE)
    required = [rooted(signed(n.express(o.element), o.allowed)) for o in n.obligations]
    return Run(literals, result, required, list(facts_of(n)))


# --- what is known ---------------------------------------------------------------------------------------------------


def signed(expression: Expr, signs: Signs) -> Condition:
    """The expression has one of the signs."""
    zero = const(0)
    if signs in _UNSIGNED:
        condition: Condition = build(HEADS[_UNSIGNED[signs]], expression, zero)
        return condition
    if signs == frozenset((-1, 1)):
        return ne(expression, zero)
    return TRUE if len(signs) == 3 else FALSE


def facts_of(n: Normaliser) -> Iterator[Condition]:
    """Signs of generators, their relations, and all that Z3 is told about them."""
    for atom, signs in zip(n.atoms, n.know.generator_signs, strict=True):
        yield rooted(signed(atom.expression, signs))
    for place, _, polynomial in n.ring._relations:
        assert place < CAPACITY
        yield rooted(eq(n.to_expression(polynomial), const(0)))
    for polynomial, signs in n.know.facts:
        yield rooted(signed(n.to_expression(polynomial), signs))
    for source in (n.know.background, n.know.ladder):
        for make in source:
            for term in make():
                yield rooted(from_z3(term, n))


# --- reading back ----------------------------------------------------------------------------------------------------

_ROOTS = {2: lambda w: sqrt(w), 3: lambda w: cbrt(w), 4: lambda w: sqrt(sqrt(w)), 6: lambda w: cbrt(sqrt(w))}


def rooted(root: Any) -> Any:
    """The same with ``w**(1/m)``, a root of what is not negative, written with ``sqrt`` and ``cbrt``, which have axioms."""
    done: dict[Any, Any] = {}
    for node in postorder([root]):
        head, *children = node.key
        if not head.arity:
            done[node] = node
            continue
        new = [done[c] for c in children]
        exponent = new[1].key[1] if head is POW and new[1].head is CONST else None
        if isinstance(exponent, Fraction) and exponent.denominator in _ROOTS:
            done[node] = _ROOTS[exponent.denominator](new[0]) ** exponent.numerator
        else:
            done[node] = build(head, *new)
    return done[root]


def from_z3(term: Any, n: Normaliser) -> Any:
    """What Z3 is told, a term over the normaliser's generators, in the expression language.

    Raises:
        ValueError: an operation that is not read.
    """
    (root,) = _parsed(term.sexpr() if hasattr(term, "sexpr") else _text(term))
    done: list[Any] = []
    stack: list[Any] = [(root, {})]
    while stack:
        item, names = stack.pop()
        if names is None:
            head, count = item
            parts = done[len(done) - count :]
            del done[len(done) - count :]
            done.append(_applied(head, parts))
        elif isinstance(item, str):
            done.append(names[item] if item in names else _leaf(item, n))
        elif item[0] == "let":
            bound = {name: _inner(value, names, n) for name, value in item[1]}
            stack.append((item[2], {**names, **bound}))
        else:
            stack.append(((item[0], len(item) - 1), None))
            stack.extend((part, names) for part in reversed(item[1:]))
    return done[0]


def _inner(value: Any, names: Any, n: Normaliser) -> Any:
    """The value of a ``let``, which has no other inside."""
    if isinstance(value, str):
        return names[value] if value in names else _leaf(value, n)
    return _applied(value[0], [_inner(part, names, n) for part in value[1:]])


def _text(term: Any) -> str:
    from z3 import z3core

    return str(z3core.Z3_ast_to_string(term.session._context, term.handle))


def _parsed(text: str) -> list[Any]:
    """S-expressions as nested lists."""
    stack: list[list[Any]] = [[]]
    for token in re.findall(r"[()]|[^\s()]+", text):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    return stack[0]


def _leaf(token: str, n: Normaliser) -> Any:
    """A number, a truth value, a generator, or the quotient that a fresh constant stands for (`Terms.for_z3`): there is one."""
    if token in ("true", "false"):
        return TRUE if token == "true" else FALSE
    if token[0].isdigit():
        return const(Fraction(token))
    if re.fullmatch(r"g\d+", token):
        return n.atoms[int(token[1:])].expression
    quotients = {str(n.express(a)): n.express(a) for atom in n.atoms for a in atom.arguments if not a.den.is_constant()}
    if len(quotients) != 1:
        raise ValueError(f"{token} may stand for any of {', '.join(quotients) or 'nothing'}")
    return next(iter(quotients.values()))


def _applied(head: str, parts: list[Any]) -> Any:
    if head in ("and", "or"):
        return (all_of if head == "and" else any_of)(*parts)
    if head == "not":
        return negate(parts[0])
    if head == "=>":
        return negate(parts[0]) | parts[1]
    if head == "ite":
        return choose(*parts)
    if head == "=" and isinstance(parts[0], Condition):
        return (negate(parts[0]) | parts[1]) & (negate(parts[1]) | parts[0])
    if head == "-" and len(parts) == 1:
        return -parts[0]
    if head not in _HEADS:
        raise ValueError(f"Z3 is told something that is not read here: {head}")
    total = parts[0]
    for part in parts[1:]:
        total = build(HEADS[_HEADS[head]], total, part)
    return total


_HEADS = {"=": "eq", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "distinct": "ne", "+": "add", "-": "sub", "*": "mul", "/": "div"}
