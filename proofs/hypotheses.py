"""The hypothesis half of the theorem: what a domain promises, and what each rule of the kernel does with hypotheses.

By structural induction on expressions, the hypothesis H that `kernel.derive` states has three properties: it holds on an open set; the
function has a value there; and the condition of every ``where`` keeps its truth value nearby, so that the branch that is taken is
the function.  One obligation per constructor, with the package's own code executed on opaque operands (`proofs.opaque`):

* ``open``: each primitive's own domain is an open set, if its operands are continuous;
* ``primitive``, ``cases``, ``continuous``, ``replace``, ``congruence``, …: the conclusion of the rule follows from its premises;
* ``interiors``, ``connectives``, ``conjuncts``, ``defined``: conditions (`proofs.conditions`);
* ``extent``: where a primitive has a value is where its definition has one, but for the exceptions in the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from micrograd.verified import differentiation, kernel
from micrograd.verified.differentiation import defined, domain
from micrograd.verified.expr import (
    AND,
    FALSE,
    HEADS,
    NOT,
    OR,
    TRUE,
    WHERE,
    ZERO,
    Condition,
    Expr,
    all_of,
    any_of,
    as_expr,
    build,
    compare,
    const,
    eq,
    negate,
    pi,
    postorder,
    substitute,
    var,
    where,
)
from micrograd.verified.functions import sin
from micrograd.verified.parsing import parse_condition
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.rewrites import CONSTANTS, INTEGERS, REWRITES
from micrograd.verified.row import Definition, Primitive
from micrograd.verified.special_functions import SPECIAL
from proofs import conditions
from proofs.conditions import FAMILY, ROWS, F, G, P, Q, U, V, opaque_operands, opaquely
from proofs.language import equation, sentence
from proofs.obligation import Obligation
from proofs.opaque import COMPARISONS, K, X, derivative_of, flag, implies, meaning, near, premise, remainder, same, stays, transfer

# --- primitives ------------------------------------------------------------------------------------------------------


def _templates(row: Primitive, operands: list[Expr]) -> tuple[list[Expr | None], Condition]:
    """The row's partials and its domain at the operands."""
    binding: dict[Expr, Any] = dict(zip(row.variables, operands, strict=True))
    return [None if t is None else substitute(t, binding) for t in row.partial_templates], substitute(row.domain_template, binding)


def primitive(row: Primitive) -> Iterator[Obligation]:
    """The chain rule of the kernel, and the step of `domain`, on opaque operands; operands without a partial stand still."""
    operands = opaque_operands(row)
    node = build(row.head, *operands)
    partials, own = _templates(row, operands)
    slopes = [ZERO if partial is None else var(f"d{p}") for partial, p in zip(partials, row.params, strict=True)]
    flags = [TRUE if partial is None else flag(f"in_{p}") for partial, p in zip(partials, row.params, strict=True)]
    theorem = kernel.primitive(node, [derivative_of(*parts) for parts in zip(operands, slopes, flags, strict=True)])
    statement: Any = theorem.statement
    expected = all_of(*flags, own)
    step = differentiation.domain_step(node.key, dict(zip(operands, flags, strict=True)), {})
    yield opaquely(f"primitive.{row.name}.hypothesis", f"the rule, and domain({node}), ask for {expected}",
                 same(statement.hypothesis, expected) & same(step, expected))  # fmt: skip
    total = as_expr(0)
    for partial, slope in zip(partials, slopes, strict=True):
        total = total if partial is None else total + partial * slope
    yield equation(f"{FAMILY}.primitive.{row.name}.derivative", f"the rule gives the derivative {total} of {node}",
                   statement.derivative, total, hypotheses=[own], definitions=False, partial=False)  # fmt: skip
    if own is not TRUE:
        yield opened(row)


def opened(row: Primitive) -> Obligation:
    """The row's domain is an open set: its comparisons are strict, between terms that are continuous there."""
    still = [v for v, partial in zip(row.variables, row.partials, strict=True) if partial is None]
    template = row.domain_template
    continuity = []
    for node in postorder([template]):
        if node.head in COMPARISONS:
            u, v = node.args
            moved = (near(u, still), near(v, still))
            strict = implies(u < v, moved[0] < moved[1]) & implies(u > v, moved[0] > moved[1])
            continuity.append(implies(domain(u) & domain(v), strict))
    return opaquely(f"primitive.{row.name}.open", f"{row.domain}: an open set", near(template, still), template, *continuity)


def extent(row: Primitive) -> Iterator[Obligation]:
    """Where the row says that it has a value, its definition has one, or an exception says what it is; and nowhere else."""
    if not isinstance(row.evidence, Definition) or row.definition is None:
        return
    inside = defined(row.definition)
    if row.within is not None:
        inside = inside & parse_condition(row.within)
    exceptions = [parse_condition(text) for text, _ in row.values]
    expected = any_of(inside, *exceptions)
    yield sentence(
        f"{FAMILY}.extent.{row.name}",
        f"{row.name} has a value exactly where {row.evidence.body} has one" + (" and where stated" if exceptions else ""),
        same(row.defined_template, expected),
        uses=[*row.evidence.uses, *(["floor_def(0, 0)"] if row.name == "pow" else [])],
        partial=False,
    )


# --- where -----------------------------------------------------------------------------------------------------------

U2, V2 = var("u2"), var("v2")


def _conditions() -> Iterator[tuple[str, Condition]]:
    """Conditions that `cases` is run on: every comparison, every connective."""
    for which in COMPARISONS:
        yield which.name, compare(which, U, V)
    first, second = U <= V, eq(U2, V2)
    yield "and", first & second
    yield "or", first | second
    yield "not", negate(first & negate(second))
    yield "mixed", (first | second) & negate((U2 > V2) | second)


def cases() -> Iterator[Obligation]:
    """``where``: the conclusion of the kernel's rule follows from its premises."""
    slopes = {"moving": (var("df"), var("dg")), "still": (ZERO, ZERO), "first": (var("df"), ZERO)}
    for (label, condition), (pattern, (df, dg)) in product(_conditions(), slopes.items()):
        if pattern != "moving" and label not in ("lt", "eq"):
            continue
        node = where(condition, F, G)
        steady, in_f, in_g = flag("in_c"), flag("in_f"), flag("in_g")
        pairs = [n.args for n in postorder([condition]) if n.head in COMPARISONS]
        given = [K >= 0, stays(steady), *[implies(steady, transfer(u, v)) for u, v in pairs]]
        for value, slope, inside in ((F, df, in_f), (G, dg, in_g)):
            given.append(implies(inside, near(inside) & remainder(value, near(value), slope)))
        continuity = premise(kernel.Continuous(condition, X, steady))
        theorem = kernel.cases(node, [continuity, derivative_of(F, df, in_f), derivative_of(G, dg, in_g)])
        name = f"cases.{label}.{pattern}"
        yield opaquely(name, f"the conclusion about {node} follows from the premises", meaning(theorem), *given)
        statement: Any = theorem.statement
        needed = implies(statement.hypothesis, steady & ((condition & in_f) | (negate(condition) & in_g)))
        agreed = same(statement.hypothesis, differentiation.domain_step(node.key, {condition: steady, F: in_f, G: in_g}, {}))
        yield opaquely(f"{name}.asks", f"its hypothesis, domain({node}), asks for the condition's and the chosen branch's", needed & agreed)


def where_step() -> Iterator[Obligation]:
    """``where`` over an opaque condition: the step of `domain`."""
    condition = P > 0
    steady, in_f, in_g = flag("in_c"), flag("in_f"), flag("in_g")
    holds, fails = flag("p_in"), flag("p_out")
    key = where(condition, F, G).key
    step = differentiation.domain_step(key, {condition: steady, F: in_f, G: in_g}, {condition: (holds, fails)})
    inner = implies(holds, condition) & implies(fails, negate(condition))
    given = [inner, near(inner), stays(steady), stays(in_f), stays(in_g)]
    given += [implies(steady, stays(holds)), implies(steady, stays(fails))]
    chosen = (condition & in_f) | (negate(condition) & in_g)
    keeps = same(condition, near(condition)) & near(chosen)
    yield opaquely(
        "where.branch", "on the domain, the branch that is taken is the same nearby, and inside its domain", implies(step, keeps), *given
    )
    yield opaquely("where.open", "the domain is open", stays(step), *given)
    yield opaquely("where.condition", "the operands of the condition are smooth on the domain", implies(step, steady))
    reach = implies(steady & ((holds & in_f) | (fails & in_g)), step)
    yield opaquely("where.reach", "nothing more is asked for", reach)


# --- the other rules of the kernel -------------------------------------------------------------------------------------


def continuous() -> Iterator[Obligation]:
    """Conditions: the operands of all comparisons are smooth."""
    in_u, in_v = flag("in_u"), flag("in_v")
    for which in COMPARISONS:
        condition = compare(which, U, V)
        theorem = kernel.continuous(condition, X, [derivative_of(U, var("du"), in_u), derivative_of(V, var("dv"), in_v)])
        yield _continuity(theorem, in_u & in_v, which.name)
    for which in (AND, OR, NOT):
        parts = [P > 0, Q > 0][: which.arity]
        flags = [in_u, in_v][: which.arity]
        premises = [premise(kernel.Continuous(part, X, inside)) for part, inside in zip(parts, flags, strict=True)]
        yield _continuity(kernel.continuous(build(which, *parts), X, premises), all_of(*flags), which.name)
    for truth in (TRUE, FALSE):
        yield _continuity(kernel.continuous(truth, X, []), TRUE, str(truth))


def _continuity(theorem: kernel.Theorem, expected: Condition, label: str) -> Obligation:
    statement: Any = theorem.statement
    words = f"continuity of {statement.condition}: {expected}, no less and no more"
    return opaquely(f"continuous.{label}", words, same(statement.hypothesis, expected))


def leaves() -> Iterator[Obligation]:
    """Variables and constants."""
    t_near = X + var("h")
    for label, node in (("itself", X), ("another", U), ("number", const(3)), ("pi", pi)):
        statement: Any = kernel.leaf(node, X).statement
        moved = substitute(node, {X: t_near})
        goal = statement.hypothesis & remainder(statement.function, moved, statement.derivative)
        words = f"the derivative of {node} with respect to {X} is {statement.derivative}"
        yield sentence(f"{FAMILY}.leaf.{label}", words, goal, hypotheses=[K >= 0])


def replacing() -> Iterator[Obligation]:
    """The derivative of a theorem, refined."""
    in_f, has_a, has_b = flag("in_f"), flag("has_a"), flag("has_b")
    a, b = var("a"), var("b")
    theorem = kernel.replace(derivative_of(F, a, in_f), premise(kernel.Refines(a, b)))
    given = [implies(in_f, has_a & near(in_f) & remainder(F, near(F), a)), implies(has_a, has_b & eq(a, b))]
    statement: Any = theorem.statement
    had = {a: has_a, b: has_b}.get(statement.derivative, FALSE)
    goal = meaning(theorem) & implies(statement.hypothesis, had)
    yield opaquely("replace", "a derivative may be replaced by what refines it, under the same hypothesis", goal, *given)


def refining() -> Iterator[Obligation]:
    """Reflexivity, transitivity and instances of rewrite rules."""
    a, b, c = var("a"), var("b"), var("c")
    has = {name: flag(f"has_{name}") for name in (a, b, c)}

    def refines(first: Any, second: Any) -> Condition:
        return implies(has[first], has[second] & eq(first, second))

    statement: Any = kernel.reflexive(a).statement
    yield opaquely("reflexive", "everything refines itself", refines(statement.a, statement.b))
    statement = kernel.transitive(premise(kernel.Refines(a, b)), premise(kernel.Refines(b, c))).statement
    yield opaquely(
        "transitive", "a ⊑ b and b ⊑ c give a ⊑ c", refines(a, c) & refines(statement.a, statement.b), refines(a, b), refines(b, c)
    )
    for rule in REWRITES.values():
        binding = {m: as_expr(_constant(rule, m)) if m in CONSTANTS else var(f"{m}_") for m in rule.metavariables}
        statement = kernel.rewrite(rule.name, binding).statement
        left, right = rule.instance(binding)
        yield opaquely(
            f"rewrite.{rule.name}", f"the kernel's instance of {rule.left} → {rule.right}", eq(statement.a, left) & eq(statement.b, right)
        )


def _constant(rule: Any, name: str) -> int:
    """A constant that the rule's guard admits."""
    for value in (2, 3, 1, 0):
        trial = {m: as_expr(value) for m in rule.metavariables}
        if rule.admits(trial):
            return value
    raise ValueError(f"no value of {name} satisfies {rule.condition} ({sorted(INTEGERS)})")


HEADS_TO_REFINE = [*PRIMITIVES, *SPECIAL, "where", "and", "or", "not", *(which.name for which in COMPARISONS)]


def congruence(name: str) -> Obligation:
    """The operands of one constructor, refined: where the old node has a value, the new one has the same."""
    which = HEADS[name]
    kinds = [which.boolean and which not in COMPARISONS] * which.arity
    if which is WHERE:
        kinds = [True, False, False]
    old = [var(f"a{i}") > 0 if kind else var(f"a{i}") for i, kind in enumerate(kinds)]
    new = [var(f"b{i}") > 0 if kind else var(f"b{i}") for i, kind in enumerate(kinds)]
    if name == "powi":
        old[1] = new[1] = const(3)
    has_old = {part: flag(f"has_a{i}") for i, part in enumerate(old)}
    has_new = {part: flag(f"has_b{i}") for i, part in enumerate(new)}
    node = build(which, *old)
    statement: Any = kernel.congruence(node, [premise(kernel.Refines(a, b)) for a, b in zip(old, new, strict=True)]).statement
    given = [implies(has_old[a], has_new[b] & _equal(a, b)) for a, b in zip(old, new, strict=True)]
    before, after = differentiation.defined_step(node.key, has_old), differentiation.defined_step(statement.b.key, has_new)
    goal = implies(before, after & _equal(statement.a, statement.b))
    return opaquely(f"congruence.{name}", f"{node} ⊑ {statement.b} if the operands refine each other", goal, *given)


def _equal(a: Any, b: Any) -> Condition:
    return same(a, b) if isinstance(a, Condition) else eq(a, b)


def whole() -> Iterator[Obligation]:
    """`derive`, `domain` and `defined` put the steps together."""
    expressions = {"nested": where(sin(X) > 0, where(eq(X, U), X * U, X / U), X**-2), "chain": sin(X / U) ** 3}
    for label, expression in expressions.items():
        theorem = kernel.derive(expression, X)
        statement: Any = theorem.statement
        yield opaquely(
            f"derive.{label}", f"the hypothesis about {expression} is its domain", same(statement.hypothesis, domain(expression))
        )
        yield opaquely(f"derive.{label}.value", f"{expression} has a value on its domain", implies(domain(expression), defined(expression)))


# --- the family ------------------------------------------------------------------------------------------------------


def obligations() -> Iterator[Obligation]:
    """All steps."""
    for row in ROWS.values():
        yield from primitive(row)
        yield from extent(row)
    yield from where_step()
    yield from cases()
    yield from continuous()
    yield from leaves()
    yield from replacing()
    yield from refining()
    for name in HEADS_TO_REFINE:
        yield congruence(name)
    yield from conditions.obligations()
    yield from whole()
