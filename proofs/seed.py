"""The eight theorems of the project that this one re-imagines, for all subexpressions and all real values.

There they were proved from assumed field axioms of floating-point numbers, which floats do not satisfy; here they are about real
numbers.  Each runs the package's own `tangent` (the code behind ``diff``) on opaque subexpressions f and g with derivatives df and dg.
"""

from __future__ import annotations

from collections.abc import Iterator

from micrograd.verified.differentiation import tangent
from micrograd.verified.expr import ONE, ZERO, Expr, var
from proofs.language import equation
from proofs.obligation import Obligation

f, g, df, dg, x, y, a, b, c = (var(name) for name in ("f", "g", "df", "dg", "x", "y", "a", "b", "c"))

_ROWS: list[tuple[str, str, Expr, dict[Expr, Expr], Expr]] = [
    ("grad_const", "d(c) = 0 for every constant c", c, {x: ONE}, ZERO),
    ("grad_var_self", "d(x)/dx = 1", x, {x: ONE}, ONE),
    ("grad_var_other", "d(y)/dx = 0 for another variable y", y, {x: ONE}, ZERO),
    ("grad_add", "d(f + g) = df + dg", f + g, {f: df, g: dg}, df + dg),
    ("grad_mul", "d(f·g) = df·g + f·dg", f * g, {f: df, g: dg}, df * g + f * dg),
    ("grad_neg", "d(-f) = -df", -f, {f: df}, -df),
    ("grad_square'", "d(x²) = x + x", x**2, {x: ONE}, x + x),
    ("grad_linear_combo", "d(a·f + b·g) = a·df + b·dg for constants a, b", a * f + b * g, {f: df, g: dg}, a * df + b * dg),
]


def obligations() -> Iterator[Obligation]:
    """The eight theorems."""
    for name, statement, expression, tangents, expected in _ROWS:
        yield equation(f"seed.{name}", statement, tangent(expression, tangents), expected)
