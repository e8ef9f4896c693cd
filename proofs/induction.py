"""All expressions: one obligation per constructor, with the package's own `tangent` and `gradient` executed on it.

By structural induction, ``diff(e, x)`` is the derivative of e for every expression e, if for every constructor p, given that the operands
f, g have the derivatives f′, g′, what the code returns for p(f, g) equals Σ ∂ᵢp·(operand i)′, the derivative by the chain rule.  The
code looks at operands only through the table of their tangents, and at a tangent only to see whether it is absent (0), 1 or -1; so each
constructor is run with every pattern of tangents from {0, 1, -1, f′}.  The reverse sweep is run on every constructor likewise.

`combine`, the only place where differentiation simplifies, has its eight cases here too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from micrograd.verified import differentiation
from micrograd.verified.differentiation import combine, gradient, tangent
from micrograd.verified.expr import MINUS_ONE, ONE, ZERO, Expr, all_of, as_expr, const, eq, substitute, var, where
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import Primitive
from proofs.language import equation, sentence
from proofs.obligation import Mutant, Obligation

OPAQUE = {"0": ZERO, "1": ONE, "-1": MINUS_ONE}


def _patterns(arity: int) -> Iterator[tuple[str, ...]]:
    for pattern in product(("0", "1", "-1", "'"), repeat=arity):
        if any(mark != "0" for mark in pattern):
            yield pattern


def _instances(row: Primitive) -> Iterator[tuple[str, Expr, list[Expr], list[Expr]]]:
    """Applications to opaque operands: a label, the node, the operands that move, their partials by the row."""
    if row.name == "powi":
        for n in (-2, -1, 0, 2, 3):
            f = var("f")
            node = f**n
            expected = as_expr(0) if n == 0 else n * f ** (n - 1)
            yield f"powi_{n}".replace("-", "minus_"), node, [f], [expected]
        return
    operands = [var(name) for name in "fgh"[: row.arity]]
    binding: dict[Expr, Expr] = dict(zip(row.variables, operands, strict=True))
    partials = [substitute(t, dict(binding)) for t in row.partial_templates if t is not None]
    yield row.name, substitute(row.application, dict(binding)), operands, partials


def constructor(row: Primitive) -> Iterator[Obligation]:
    """Forward and reverse on one constructor."""
    domain = [substitute(row.domain_template, {v: var(n) for v, n in zip(row.variables, "fgh", strict=False)})]
    if row.name == "powi":
        domain = []
    for label, node, operands, partials in _instances(row):
        negative = label.startswith("powi_minus")
        given = [eq(operands[0], 0).__invert__()] if negative else domain
        for pattern in _patterns(len(operands)):
            tangents = [OPAQUE.get(mark, var(f"d{f}")) for mark, f in zip(pattern, operands, strict=True)]
            expected = as_expr(0)
            for partial, dt in zip(partials, tangents, strict=True):
                expected = expected + partial * dt
            shown = ", ".join(f"d{f} = {t}" for f, t in zip(operands, tangents, strict=True))
            yield equation(
                f"induction.{label}.forward_{'_'.join(pattern)}".replace("-1", "m1").replace("'", "d"),
                f"tangent({node}) with {shown} is Σ ∂ᵢ·dᵢ",
                tangent(node, dict(zip(operands, tangents, strict=True))),
                expected,
                hypotheses=given,
                definitions=False,
                partial=False,
            )
        found = gradient(node, operands)
        yield sentence(
            f"induction.{label}.reverse",
            f"gradient({node}) is ({', '.join(map(str, partials))})",
            all_of(*[eq(a, b) for a, b in zip(found, partials, strict=True)]),
            hypotheses=given,
            definitions=False,
            partial=False,
        )


def choice() -> Iterator[Obligation]:
    """``where``: the derivative of the chosen branch, forward and reverse."""
    c, f, g, df, dg = (var(name) for name in ("c", "f", "g", "df", "dg"))
    node = where(c > 0, f, g)
    for seeds in ({f: df, g: dg}, {f: df}, {g: dg}, {f: ONE}, {g: MINUS_ONE}):
        expected = where(c > 0, seeds.get(f, ZERO), seeds.get(g, ZERO))
        names = "_".join(f"{leaf}_{t}" for leaf, t in seeds.items()).replace("-1", "m1")
        yield equation(f"induction.where.forward_{names}", f"tangent({node}) is the chosen branch's", tangent(node, dict(seeds)), expected)
    first, second = gradient(node, [f, g])
    yield sentence(
        "induction.where.reverse",
        f"the adjoint goes to the chosen branch of {node} only",
        eq(first, where(c > 0, 1, 0)) & eq(second, where(c > 0, 0, 1)),
    )
    nested = where(c > 0, f * where(f > 1, g, f), g)
    yield sentence(
        "induction.where.nested",
        f"guards nest: the gradient of {nested}",
        eq(gradient(nested, [f])[0], where(c > 0, where(f > 1, g, 2 * f), 0))
        & eq(gradient(nested, [g])[0], where(c > 0, where(f > 1, f, 0), 1)),
    )


def combining() -> Iterator[Obligation]:
    """combine(total, p, t) = total + p·t, whatever it leaves out."""
    p, t, total = var("p"), var("t"), var("total")
    for i, (start, partial, factor) in enumerate(product((None, total), (p, ONE, MINUS_ONE, ZERO, const(3)), (t, ONE, MINUS_ONE))):
        result = combine(start, partial, factor)
        left = ZERO if result is None else result
        right = (ZERO if start is None else start) + partial * factor
        yield equation(f"induction.combine.{i + 1}", f"combine({start}, {partial}, {factor}) = {right}", left, right)


def obligations() -> Iterator[Obligation]:
    """Every constructor, ``where``, and `combine`."""
    for row in PRIMITIVES.values():
        yield from constructor(row)
    yield from choice()
    yield from combining()


def _wrong_combines() -> Iterator[tuple[str, object]]:
    def no_sign(total: Expr | None, partial: Expr, factor: Expr) -> Expr | None:
        return combine(total, ONE if partial is MINUS_ONE else partial, factor)

    def forgets(total: Expr | None, partial: Expr, factor: Expr) -> Expr | None:
        return combine(None, partial, factor)

    def drops_factor(total: Expr | None, partial: Expr, factor: Expr) -> Expr | None:
        return combine(total, partial, ONE)

    def drops_partial(total: Expr | None, partial: Expr, factor: Expr) -> Expr | None:
        return combine(total, ONE, factor)

    yield "the sign of a partial -1 is lost", no_sign
    yield "the terms before are overwritten", forgets
    yield "the factor is dropped", drops_factor
    yield "the partial is dropped", drops_partial


def mutants() -> Iterator[Mutant]:
    """The chain rule of the running code, broken in four ways, on constructors that can tell."""
    for change, wrong in _wrong_combines():
        original = differentiation.combine
        differentiation.combine = wrong  # type: ignore[assignment]
        try:
            found = [o for name in ("mul", "sub", "tanh") for o in constructor(PRIMITIVES[name])]
        finally:
            differentiation.combine = original
        yield Mutant("induction.combine", change, tuple(found))
