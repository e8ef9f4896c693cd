"""Points where a quotient has no value, but may have a limit: sin(x)/x at 0.

Beside the point the function is there one piece, a quotient n/d of terms that are smooth at the point.  Let the derivatives of both below
the k-th be 0 there.  If the k-th of d is not, then n/d = V + S·h + O(h²) for V = n⁽ᵏ⁾/d⁽ᵏ⁾ and
S = (n⁽ᵏ⁺¹⁾·d⁽ᵏ⁾ - n⁽ᵏ⁾·d⁽ᵏ⁺¹⁾)/((k + 1)·(d⁽ᵏ⁾)²): where the function has the value V, S is its derivative, and where it has another, there
is none.  If the k-th of d is 0 and that of n is not, n/d has no limit, so there is no derivative.

A line ``quotient [[F, F], …] G`` goes through the derivatives of n and d, in turn; G is the function's value less V.
"""

from __future__ import annotations

from typing import Any

from micrograd.verified.errors import CertificateError
from micrograd.verified.verdicts.goals import Goal
from micrograd.verified.verdicts.points import MAX_ORDER, Point
from micrograd.verified.verdicts.polynomials import ZERO, require

MAX_POWER = 12


def fraction(point: Point, root: int) -> tuple[int, int]:
    """Terms n and d: where a term has a value, d is not 0 and the term is n/d."""
    table, found = point.goals.table, dict[int, tuple[int, int]]()
    arithmetic = ("add", "sub", "mul", "div", "neg", "powi")
    for node in point.goals.below([root], (), arithmetic.__contains__):
        name, *operands = table.keys[node]
        found[node] = node, table.one
        if name not in arithmetic or (name == "powi" and abs(table.keys[operands[1]][1]) > MAX_POWER):
            continue
        (a, b), (c, d) = found[operands[0]], found[operands[-1]]
        if b == d == table.one and name != "div" and (name != "powi" or table.keys[operands[1]][1] >= 0):
            continue
        if name in ("add", "sub"):
            found[node] = table.make(name, times(point, a, d), times(point, c, b)), times(point, b, d)
        elif name == "mul":
            found[node] = times(point, a, c), times(point, b, d)
        elif name == "div":
            found[node] = times(point, a, d), times(point, b, c)
        elif name == "neg":
            found[node] = table.make("neg", a), b
        else:
            n = table.keys[operands[1]][1]
            top, bottom = (table.make("powi", part, table.const(abs(n))) for part in (a, b))
            found[node] = (top, bottom) if n >= 0 else (bottom, top)
    return found[root]


def times(point: Point, a: int, b: int) -> int:
    """a·b; a factor that is the number 1 is left out."""
    table = point.goals.table
    return b if a == table.one else a if b == table.one else table.make("mul", a, b)


def quotient(point: Point, data: list[Any]) -> list[Goal]:
    """One line; see the module's text."""
    pairs, gap = data
    left, right = point.pieces()
    require(left == right, "the pieces of the two sides are not the same")
    n, d = fraction(point, left)
    cell = point.cell
    for k, (above, below) in enumerate(pairs[: MAX_ORDER + 1]):
        top, bottom = point.value(n), point.value(d)
        of_top, of_bottom = cell.sign_by(top, cell.factored(above)), cell.sign_by(bottom, cell.factored(below))
        next_n, next_d = point.smooth(n), point.smooth(d)
        if of_bottom <= ZERO and 0 not in of_top:
            return []
        if 0 not in of_bottom:
            limit = cell.ring.product_of(top, (bottom[1], bottom[0]))
            signs = cell.sign_by(cell.ring.sum(point.value(point.problem.function), limit, -1), cell.factored(gap))
            require(signs <= ZERO or 0 not in signs, "the value may or may not be the limit")
            return [] if 0 not in signs else [Goal(tuple(cell.literals), (slope(point, k, n, d, next_n, next_d), point.problem.claim))]
        require(of_top <= ZERO and of_bottom <= ZERO, "the first derivative that is not 0 remains open")
        n, d = next_n, next_d
    raise CertificateError("no derivative is shown that is not 0")


def slope(point: Point, k: int, n: int, d: int, next_n: int, next_d: int) -> int:
    """S at the point."""
    table = point.goals.table
    difference = table.make("sub", table.make("mul", next_n, d), table.make("mul", n, next_d))
    return point.here(table.make("div", difference, table.make("mul", table.const(k + 1), table.make("powi", d, table.const(2)))))
