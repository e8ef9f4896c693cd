"""Each primitive's partial derivatives, from its evidence.

For a row with a `Witness` (K, r), writing a for the operands and h for the increments, and assuming the domain and |hᵢ| <= r:

* ``bounds``: K >= 0 and r > 0;
* ``step_k``: the intermediate facts, each from those before it;
* ``remainder``: f(a+h) is defined, and |f(a+h) - f(a) - Σ ∂ᵢf(a)·hᵢ| <= K·Σ hᵢ².

For a row with a `Definition`: ``domain`` (the row's domain lies in the definition's), and ``partial_x`` (the derivative of the
definition is defined there and equals the row's partial).  Integer powers go by induction on the exponent.

For a row that is `Joined` from pieces fᵢ, taken where cᵢ holds: ``conditions`` (the operands of all cᵢ are continuous, so that where the
negation of cᵢ holds strictly, fᵢ is not taken near the point either), and for each i, on the domain and wherever the negation of cᵢ does
*not* hold strictly: ``piece_i.smooth`` (fᵢ is smooth there), ``piece_i.value`` (fᵢ = f) and ``piece_i.partial_x`` (∂fᵢ = ∂f).  So all
pieces that are taken near a point have the value and the slopes of f in it, and `calculus.joined` bounds the remainder of f by the largest
of theirs.  At the points ``at`` the remainder of f itself is bounded, as for a `Witness`.

For every row: ``partials_defined`` on the domain.  At a kink: ``subgradient`` (the inequality that puts the stated choice into the sub- or
superdifferential) and ``not_differentiable`` (no d, K, r satisfy the quadratic remainder there).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from micrograd.verified.differentiation import defined, diff, domain, gradient, interiors
from micrograd.verified.expr import TRUE, Condition, Expr, add, all_of, as_expr, eq, negate, substitute, var
from micrograd.verified.functions import absolute, minimum
from micrograd.verified.parsing import parse, parse_condition
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import Cited, Definition, Induction, Joined, Primitive, Witness
from proofs.language import equation, sentence
from proofs.mutation import mutations
from proofs.obligation import Mutant, Obligation

_INCREMENT = re.compile(r"\bd[a-z]\b")
"""Mentions the increment of an operand."""


def _increments(row: Primitive) -> list[Expr]:
    return [var(f"d{name}") for name in row.params]


def _moved(row: Primitive, expression: Expr) -> Expr:
    """The expression at a + h."""
    return substitute(expression, {v: v + dv for v, dv in zip(row.variables, _increments(row), strict=True)})


def _given(row: Primitive) -> str:
    return "" if row.domain == "True" else f"{row.domain}  ⊢  "


def _application(row: Primitive) -> str:
    return f"{row.name}({', '.join(row.params)})"


def _partials(row: Primitive) -> list[tuple[str, Expr]]:
    return [(name, t) for name, t in zip(row.params, row.partial_templates, strict=True) if t is not None]


def by_witness(row: Primitive, evidence: Witness, family: str = "primitives", at: Condition = TRUE) -> Iterator[Obligation]:
    """The quadratic remainder of a base function; or of another, at some points of its domain."""
    prefix = f"{family}.{row.name}"
    K, r = parse(evidence.K), parse(evidence.r)
    increments = _increments(row)
    near = [absolute(dx) <= r for dx in increments]
    yield sentence(
        f"{prefix}.bounds",
        f"{_given(row)}K = {evidence.K} >= 0 and r = {evidence.r} > 0",
        (K >= 0) & (r > 0),
        hypotheses=[row.domain_template, at],
        uses=[use for use in evidence.uses if not _INCREMENT.search(use)],
    )
    hypotheses = [row.domain_template, at, *near]
    steps_done: list[Condition] = []
    for i, text in enumerate(evidence.steps, start=1):
        step = parse_condition(text)
        yield sentence(f"{prefix}.step_{i}", text, step, hypotheses=hypotheses, uses=evidence.uses, known=steps_done)
        steps_done.append(step)
    linear = row.application
    for (_, partial), dx in zip(_partials(row), increments, strict=True):
        linear = linear + partial * dx
    moved = _moved(row, row.application)
    squares = as_expr(0)
    for dx in increments:
        squares = add(squares, dx**2)
    yield sentence(
        f"{prefix}.remainder",
        f"{_given(row)}|{row.name}(a+h) - {row.name}(a) - ∂{row.name}(a)·h| <= ({evidence.K})·|h|²  for |h| <= {evidence.r}",
        absolute(moved - linear) <= K * squares,
        hypotheses=hypotheses,
        uses=evidence.uses,
        known=steps_done,
    )


def by_definition(row: Primitive, evidence: Definition, family: str = "primitives") -> Iterator[Obligation]:
    """The derivative of the definition is the row's partial."""
    prefix = f"{family}.{row.name}"
    body = parse(evidence.body)
    yield sentence(
        f"{prefix}.domain",
        f"{_given(row)}{evidence.body} is smooth: {domain(body)}",
        domain(body),
        hypotheses=[row.domain_template],
        uses=evidence.uses,
    )
    for name, partial in _partials(row):
        yield equation(
            f"{prefix}.partial_{name}",
            f"{_given(row)}∂{_application(row)}/∂{name} = {partial}   (derivative of {evidence.body})",
            diff(body, var(name)),
            partial,
            hypotheses=[row.domain_template],
            uses=evidence.uses,
        )


def by_pieces(row: Primitive, evidence: Joined, family: str = "primitives") -> Iterator[Obligation]:
    """Every piece that is taken at a point or close to it has the value and the slopes of the whole."""
    prefix = f"{family}.{row.name}"
    at = parse_condition(evidence.at)
    domain_, uses = [row.domain_template, negate(at)], evidence.uses
    conditions = all_of(*[domain(condition) for condition, _ in row.pieces])
    yield sentence(f"{prefix}.conditions", f"the cases of {row.definition} depend on continuous terms", conditions, hypotheses=domain_)
    for i, (condition, piece) in enumerate(row.pieces, start=1):
        goals = {"smooth": (f"{piece} is smooth", domain(piece)), "value": (f"{row.application} = {piece}", eq(row.application, piece))}
        for name, partial in _partials(row):
            words = f"∂{_application(row)}/∂{name} = {partial}   (derivative of {piece})"
            goals[f"partial_{name}"] = words, eq(diff(piece, var(name)), partial)
        away = interiors(condition, {})[1]
        for label, (words, goal) in goals.items():
            statement = f"{_given(row)}where {condition}, or close to it,  {words}"
            yield sentence(f"{prefix}.piece_{i}.{label}", statement, away | goal, hypotheses=domain_, uses=uses)
    if evidence.witness is not None:
        yield from by_witness(row, evidence.witness, family, at)


EXPONENTS = (-3, -2, -1, 0, 2, 3, 4, 5)
"""The integer powers whose derivative by the row is compared with that of the product written out."""


def by_induction(row: Primitive) -> Iterator[Obligation]:
    """Integer powers: the formula for n gives that for n + 1 by the product rule, and that for -n by the quotient rule.

    u stands for x**(n-1), v for x**n = u·x; the derivative of x**n is n·u by hypothesis.
    """
    u, v, x, n = (var(name) for name in "uvxn")
    power = eq(v, u * x)
    yield equation("primitives.powi.zero", "d(x**0) = 0, the derivative of 1", diff(x**0, x), as_expr(0), definitions=False)
    product = gradient(v * x, [v, x])
    yield equation(
        "primitives.powi.successor",
        "d(x**n) = n·x**(n-1) implies d(x**n·x) = (n+1)·x**n",
        substitute(product[0] * (n * u) + product[1], {v: u * x}),
        (n + 1) * (u * x),
    )
    inverse = diff(1 / v, v)
    yield sentence(
        "primitives.powi.negative",
        "x != 0, n >= 1, d(x**n) = n·x**(n-1)  ⊢  d(1/x**n) = -n·(1/x**(n+1))",
        eq(inverse * (n * u), -n / (v * x)),
        hypotheses=[parse_condition("x != 0"), parse_condition("v != 0"), power],
    )
    make = row.rules[0][3]
    for exponent in EXPONENTS:
        steps = as_expr(1)
        for _ in range(abs(exponent)):
            steps = steps * x
        meaning = steps if exponent > 0 else 1 / steps
        yield equation(
            f"primitives.powi.at_{exponent}".replace("-", "minus_"),
            f"d(x**{exponent}) as the row has it is the derivative of the product",
            make((row.head, x, as_expr(exponent))),
            diff(meaning, x),
            hypotheses=[parse_condition("x != 0")] if exponent < 0 else [],
        )


def partials_defined(row: Primitive, family: str = "primitives") -> Iterator[Obligation]:
    """On the domain the primitive and every partial have a value."""
    if row.name == "powi":
        return
    goal = all_of(row.defined_template, *(defined(partial) for _, partial in _partials(row)))
    instances = getattr(row.evidence, "uses", ())
    yield sentence(
        f"{family}.{row.name}.partials_defined",
        f"{_given(row)}{', '.join(map(str, [row.application, *(p for _, p in _partials(row))]))} are defined",
        goal,
        hypotheses=[row.domain_template],
        uses=[use for use in instances if not _INCREMENT.search(use)],
    )


# --- kinks -----------------------------------------------------------------------------------------------------------


def kinks(row: Primitive) -> Iterator[Obligation]:
    """At a kink: the stated subgradient is one, and there is no derivative."""
    increments = _increments(row)
    if row.kink is not None:
        change = _moved(row, row.application) - row.application
        linear = as_expr(0)
        for (_, partial), dx in zip(_partials(row), increments, strict=True):
            linear = linear + partial * dx
        below = row.shape == "convex"
        yield sentence(
            f"primitives.{row.name}.subgradient",
            f"{row.kink}  ⊢  {row.name}(a+h) - {row.name}(a) {'>=' if below else '<='} ∂{row.name}(a)·h  for all h "
            f"({'sub' if below else 'super'}gradient)",
            change >= linear if below else change <= linear,
            hypotheses=[parse_condition(row.kink)],
        )
    if row.corner is not None:
        yield _not_differentiable(row, parse_condition(row.corner))


def _not_differentiable(row: Primitive, at: Condition) -> Obligation:
    d, K, r, x = var("d"), var("K"), var("r"), row.variables[0]
    t = minimum(r, 1 / (absolute(d) + K + 1)) / 16  # small enough for slopes that differ by 1/8
    f = row.application
    bounds = []
    for h in (t, -t):
        moved = substitute(f, {x: x + h})
        bounds.append(absolute(moved - f - d * h) <= K * h**2)
    uses = []
    if row.name in ("floor", "ceil"):
        point = "x" if row.name == "floor" else "-x"
        step = "min(r, 1/(abs(d) + K + 1))/16"
        uses = [f"floor_def({point}, {point} - {step})", f"floor_def({point} - {step}, {point})"]
        uses += [f"floor_def({point} - 1, {point} - {step})"]
    return sentence(
        f"primitives.{row.name}.not_differentiable",
        f"{at}  ⊢  no d, K >= 0, r > 0 bound the remainder of {row.name} by K·h² for |h| <= r",
        negate(all_of(*bounds)),
        hypotheses=[at, K >= 0, r > 0],
        uses=uses,
    )


# --- the family ------------------------------------------------------------------------------------------------------


def prove(row: Primitive, family: str = "primitives") -> Iterator[Obligation]:
    """Every obligation of one row; nothing about partials that are cited, but that they are defined."""
    if isinstance(row.evidence, Witness):
        yield from by_witness(row, row.evidence)
    elif isinstance(row.evidence, Joined):
        yield from by_pieces(row, row.evidence, family)
    elif isinstance(row.evidence, Definition):
        yield from by_definition(row, row.evidence, family)
    elif isinstance(row.evidence, Induction):
        yield from by_induction(row)
    yield from partials_defined(row, family)
    yield from kinks(row)


def obligations() -> Iterator[Obligation]:
    """All rows."""
    for row in PRIMITIVES.values():
        yield from prove(row)


def mutants() -> Iterator[Mutant]:
    """Every partial of every row, changed in every way that `proofs.mutation` knows, and every domain dropped."""
    for row in PRIMITIVES.values():
        yield from variants(row)


def variants(row: Primitive, family: str = "primitives") -> Iterator[Mutant]:
    """The mutants of one row; partials that are cited have none."""
    for i, (name, template) in enumerate(zip(row.params, row.partial_templates, strict=True)):
        changes = () if template is None or isinstance(row.evidence, Cited) else mutations(template, row.domain_template)
        for changed in changes:
            partials = tuple(str(changed) if j == i else text for j, text in enumerate(row.partials))
            mutant = dataclasses.replace(row, partials=partials)
            wanted = [o for o in prove(mutant, family) if o.name.endswith(_TELLING) or o.name.endswith(f".partial_{name}")]
            yield Mutant(f"{family}.{row.name}.partial_{name}", f"{template} -> {changed}", tuple(wanted))
    if row.domain != "True" and row.name != "powi":
        everywhere = dataclasses.replace(row, domain="True", defined=row.defined or row.domain)
        yield Mutant(f"{family}.{row.name}.domain", f"{row.domain} -> True", tuple(prove(everywhere, family)))


_TELLING = (".remainder", *(f".at_{exponent}".replace("-", "minus_") for exponent in EXPONENTS))
"""The obligations, besides those of the partial itself, in which a wrong partial must show."""
