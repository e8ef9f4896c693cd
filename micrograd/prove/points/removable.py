"""Removable singularities: value and slope at a point of quotients whose numerator and denominator vanish there.

Close to the point a smooth expression is a Taylor series in h = x - at, and a quotient of two such series, whose denominator has a first
coefficient that is not 0, is a Laurent series.  If no negative power is left, the quotient has a smooth extension to the point, with
value and slope the coefficients of 1 and h: sin(x)/x has 1 and 0 at 0.  Coefficients are expressions; whether one is 0 is asked of
the judge.
"""

from __future__ import annotations

from math import factorial

from micrograd.prove.points.beside import Beside
from micrograd.verified.differentiation import diff, domain
from micrograd.verified.expr import Expr, const, postorder
from micrograd.verified.row import Joined

TERMS = 7
"""Coefficients that are computed of each series."""

Series = tuple[int, list[Expr]]
"""(v, [c0, c1, …]): c0·h^v + c1·h^(v + 1) + …"""


def extension(near: Beside, piece: Expr) -> tuple[Expr, Expr] | None:
    """Value and slope at the point of the smooth extension of an expression, if one is found."""
    series = _series(near, piece)
    if series is None:
        return None
    v, coefficients = series
    if v < 0 or len(coefficients) + v < 2:
        return None
    padded = [const(0)] * v + coefficients
    return padded[0], padded[1]


def _series(near: Beside, expression: Expr) -> Series | None:
    if has_series(expression) and near.judge.holds(near.put(domain(expression))):
        return _taylor(near, expression)
    name, children = expression.head.name, expression.key[1:]
    if name not in ("add", "sub", "mul", "div", "neg", "powi"):
        return None
    parts = [_series(near, child) for child in (children[:1] if name == "powi" else children)]
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    if name == "neg":
        return known[0][0], [-c for c in known[0][1]]
    if name in ("add", "sub"):
        return _sum(known[0], known[1], 1 if name == "add" else -1)
    if name == "mul":
        return _product(known[0], known[1])
    if name == "div":
        inverse = _inverse(near, known[1])
        return None if inverse is None else _stripped(near, _product(known[0], inverse))
    return _power(near, known[0], children[1].key[1])


def has_series(expression: Expr) -> bool:
    """Whether the expression is smooth to all orders on its domain; one that is joined from pieces may be so to the first order only."""
    rows = (node.head.row for node in postorder([expression]))
    return not any(row is not None and isinstance(row.evidence, Joined) for row in rows)


def _taylor(near: Beside, expression: Expr) -> Series:
    coefficients = []
    for k in range(TERMS):
        coefficients.append(near.put(expression) / factorial(k) if k > 1 else near.put(expression))
        expression = diff(expression, near.x)
    return 0, coefficients


def _sum(a: Series, b: Series, sign: int) -> Series:
    low = min(a[0], b[0])
    count = min(a[0] + len(a[1]), b[0] + len(b[1])) - low
    total = []
    for i in range(count):
        first = a[1][i + low - a[0]] if i + low >= a[0] else const(0)
        second = b[1][i + low - b[0]] if i + low >= b[0] else const(0)
        total.append(first + second if sign > 0 else first - second)
    return low, total


def _product(a: Series, b: Series) -> Series:
    count = min(len(a[1]), len(b[1]))
    total = []
    for k in range(count):
        entry = a[1][0] * b[1][k]
        for i in range(1, k + 1):
            entry = entry + a[1][i] * b[1][k - i]
        total.append(entry)
    return a[0] + b[0], total


def _stripped(near: Beside, a: Series) -> Series | None:
    """Without leading coefficients that are 0; None if nothing is left."""
    for i, c in enumerate(a[1]):
        if near.judge.sign(c):
            return a[0] + i, a[1][i:]
    return None


def _inverse(near: Beside, a: Series) -> Series | None:
    stripped = _stripped(near, a)
    if stripped is None:
        return None
    v, c = stripped
    found = [1 / c[0]]
    for k in range(1, len(c)):
        entry = c[1] * found[k - 1]
        for i in range(2, k + 1):
            entry = entry + c[i] * found[k - i]
        found.append(-entry / c[0])
    return -v, found


def _power(near: Beside, a: Series, n: int) -> Series | None:
    base = a if n >= 0 else _inverse(near, a)
    if base is None or abs(n) > 12:
        return None
    result: Series = (0, [const(1)] + [const(0)] * (TERMS - 1))
    for _ in range(abs(n)):
        result = _product(result, base)
    return result
