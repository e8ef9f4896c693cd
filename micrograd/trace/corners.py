"""Points in each of the regions that a function's comparisons make, so that a branch does not go unseen where it is narrow.

A comparison of a and b is looked at along one variable at a time.  Places of a grid, at which numbers of the comparison are too, show
where a - b changes its sign and where it comes close to 0; between two places where it is 0 there is a region.  These are points to try,
found in floats, and nothing follows from one that is not found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise

from micrograd.carriers.evaluation import evaluate
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import CONST, EQ, GE, GT, LE, LT, NE, Condition, Expr, postorder, variables

LINES, REGIONS, POINTS = 40, 12, 60
"""How many comparisons are looked at along a line, how many regions on a line are, and how many points are tried, at most."""

_STEPS = 40
_GRID = sorted({0.0, *(sign * 10.0 ** (k / 2) for k in range(-6, 21) for sign in (1, -1))})
_COMPARED = (LT, LE, GT, GE, EQ, NE)


def corners(conditions: Iterable[Condition], names: Sequence[str], bases: Sequence[Mapping[str, float]]) -> Iterator[dict[str, float]]:
    """Points in the regions that the comparisons in these conditions make, near the base points; the work is bounded."""
    differences: dict[Expr, set[str]] = {}
    for node in postorder(list(conditions)):
        if node.head in _COMPARED:
            h = node.args[0] - node.args[1]
            differences[h] = {x.key[1] for x in variables(h)}
    yield from islice(_found(differences, names, bases), POINTS)


def _found(differences: Mapping[Expr, set[str]], names: Sequence[str], bases: Sequence[Mapping[str, float]]) -> Iterator[dict[str, float]]:
    """Points that differ from a base point in one coordinate, and then some that differ in all."""
    rows: dict[str, dict[float, None]] = {}
    lines = 0
    for base in bases:
        for name in names:
            along = [h for h, mentioned in differences.items() if name in mentioned][: LINES - lines]
            lines += len(along)
            zeros = {zero for h in along for zero in _zeros(_line(h, name, base), _places(h))}
            for place in _between(sorted(zeros, key=abs)[:REGIONS]):
                rows.setdefault(name, {})[place] = None
                yield {**base, name: place}
    if len(rows) > 1:
        columns = {name: [*places] for name, places in rows.items()}
        for i in range(max(map(len, columns.values()))):
            yield {**bases[0], **{name: column[i % len(column)] for name, column in columns.items()}}


def _line(h: Expr, name: str, base: Mapping[str, float]) -> Callable[[float], float]:
    """h as a function of one variable, NaN where it has no value."""

    def value(t: float) -> float:
        try:
            return float(evaluate(h, {**base, name: t}))
        except (MicrogradError, ArithmeticError):
            return math.nan

    return value


def _places(h: Expr) -> list[float]:
    """The grid, and the numbers that occur."""
    numbers = {float(node.key[1]) for node in postorder([h]) if node.head is CONST and abs(node.key[1]) < 10**15}
    return sorted({*_GRID, *numbers, *(-x for x in numbers)})


def _between(zeros: list[float]) -> list[float]:
    """A place in each interval between zeros, one before the first and one behind the last."""
    if not zeros:
        return []
    zeros = sorted(zeros)
    outside = zeros[0] - max(1.0, abs(zeros[0]) / 2), zeros[-1] + max(1.0, abs(zeros[-1]) / 2)
    return [*((a + b) / 2 for a, b in pairwise(zeros)), *outside]


def _zeros(h: Callable[[float], float], places: Sequence[float]) -> Iterator[float]:
    """Where h changes its sign or is 0."""
    known = [(t, value) for t, value in ((t, h(t)) for t in places) if math.isfinite(value)]
    near = [
        _closest(h, a, b, c)
        for (a, u), (b, v), (c, w) in zip(known, known[1:], known[2:], strict=False)
        if abs(v) <= min(abs(u), abs(w)) and u * v > 0 and v * w > 0
    ]
    for (a, u), (b, v) in pairwise(sorted([*known, *near])):
        if u == 0:
            yield a
        elif u * v < 0:
            yield _zero(h, a, b, u)


def _closest(h: Callable[[float], float], low: float, middle: float, high: float) -> tuple[float, float]:
    """Where h comes closest to 0, or is beyond it, between two places: by ever smaller steps."""
    value = h(middle)
    sign = math.copysign(1.0, value)
    for _ in range(_STEPS):
        tried = [(sign * h(t), t) for t in ((low + middle) / 2, (middle + high) / 2)]
        least, t = min((pair for pair in tried if pair[0] == pair[0]), default=(math.inf, middle))
        if least < sign * value:
            low, high = (low, middle) if t < middle else (middle, high)
            middle, value = t, sign * least
        else:
            low, high = (low + middle) / 2, (middle + high) / 2
        if sign * value < 0:
            break
    return middle, value


def _zero(h: Callable[[float], float], low: float, high: float, start: float) -> float:
    """A zero of h between two places with other signs, by halving."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if h(middle) * start > 0 else (low, middle)
    return (low + high) / 2
