"""Derivatives where pieces meet.

On either side of a point a function is an expression without conditions (`micrograd.prove.points.beside`), smooth but for what is small
there (`micrograd.prove.points.smallness`), or extends to one that is smooth (`micrograd.prove.points.removable`); it is differentiable at
the point if both have the point's value and one slope.
"""

from __future__ import annotations

from collections.abc import Mapping

from micrograd.prove.points.beside import Beside, Judge, opened
from micrograd.prove.points.removable import extension
from micrograd.prove.points.smallness import apart_from_small
from micrograd.verified.differentiation import defined, diff
from micrograd.verified.expr import FALSE, Expr, const


def derivative_at(f: Expr, x: Expr, at: Expr, judge: Judge, same: Mapping[Expr, Expr] | None = None) -> Expr | str:
    """The derivative of f with respect to x at the point, or in a word why there is none: "kink", "jump", "edge", "undefined".

    Args:
        f: the function.
        x: the variable.
        at: its value at the point; x itself for a point that is described by what the judge knows.
        judge: who knows the signs there.
        same: terms and what they are at the point.

    Raises:
        Undecided: a sign is not known.
    """
    near = Beside(x, at, judge, same)
    # of the function as it is written: what it is taken apart into may have values where it has none
    exists, f = opened(defined(f)), opened(f)
    if not judge.holds(near.put(exists)):
        return "undefined"
    if any(near.piece(exists, side) is FALSE for side in (-1, 1)):
        return "edge"
    left, here, right = (near.piece(f, side) for side in (-1, 0, 1))
    value = near.put(here)
    if left is here is right and _power_of(near, left):
        return const(0)
    beside = [_local(near, piece, side) for piece, side in ((left, -1), (right, 1))]
    if any(judge.sign(limit - value) for limit, _ in beside):
        return "jump"
    slope = beside[0][1]
    if left is not right and judge.sign(beside[1][1] - slope):
        return "kink"
    return slope


def _local(near: Beside, piece: Expr, side: int) -> tuple[Expr, Expr]:
    """Value and slope at the point of what a piece is on a side, or extends to."""
    if near.smooth(piece):
        return near.put(piece), near.put(diff(piece, near.x))
    extended = extension(near, piece)
    return apart_from_small(near, piece, side) if extended is None else extended


def _power_of(near: Beside, piece: Expr) -> bool:
    """Whether the piece is x**p at x = 0 with p > 1 that does not move: |x**p - 0| <= |x|·|x|**(p - 1), so its slope is 0."""
    if piece.head.name != "pow" or piece.key[1] is not near.x or near.moves(piece.key[2]):
        return False
    return near.judge.sign(near.at) == 0 and near.judge.sign(near.put(piece.key[2]) - 1) > 0
