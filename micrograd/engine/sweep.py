"""The reverse sweep: from the adjoint of a result to the adjoints of everything it was computed from.

With W(adj, n) = Σ_{m<n} adj[m]·ẋ[m], where ẋ are tangents that move along the tape, processing entry k keeps W: what entry k
contributed, adj[k]·ẋ[k], is handed to its operands.  `proofs.sweep` proves this for all graphs, operands that occur twice included: each
share is added to what is there *now*, one after the other.

Adjoints are exact zeros until something is added; an entry with none is passed over.  After ``backward()`` the tape holds the adjoint of
every entry that was computed and of every leaf; those of constants are computed when they are asked for.

`sweep` is one loop, longer than a function should be: a call for each entry of a tape of numbers would take as long as the rest.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from micrograd.engine.elementwise import OPERATIONS
from micrograd.engine.errors import ShapeError, TapeError
from micrograd.engine.kinds import check_cotangent, describe, is_plain, ones_like, shape_of
from micrograd.engine.tape import NO_TAPE, UNREGISTERED, Tape, current_tape, end_implicit
from micrograd.verified.expr import Condition, Expr

ADD, SUB, MUL, RELU = (OPERATIONS[name] for name in ("add", "sub", "mul", "relu"))


def idle(tape: Tape, top: int, wrt: Any) -> set[int]:
    """Which entries up to ``top`` do not depend on the entries ``wrt``."""
    resting = set(range(top + 1)).difference(wrt)
    for k in range(top + 1):
        if k in resting and not tape.ops[k].truth and not resting.issuperset(tape.operands(k)):
            resting.discard(k)
    return resting


class _Lookup:
    """Operands that are made when they are asked for."""

    def __init__(self, operand: Any) -> None:
        self.operand = operand

    def __getitem__(self, index: int) -> Any:
        return self.operand(index)


@np.errstate(all="ignore")
def sweep(tape: Tape, seeds: dict[int, Any], resting: Any = None, operand: Any = None, kept: Any = None) -> list[Any]:
    """Adjoints, None for 0.  Linear in the number of entries below the seeds.

    On a tape of numbers, all entries get their adjoints, 0.0 for 0, and the commonest operations are written out.

    Args:
        tape: the entries.
        seeds: adjoints to start from, by entry.
        resting: the entries whose adjoints are not wanted, by default constants.
        operand: gives the operand at an entry; by default its data.  (Values instead make the adjoints differentiable.)
        kept: the computed entries whose adjoints are kept, by default all.
    """
    top = max(seeds)
    numbers = tape.plain and operand is None and all(map(is_plain, seeds.values()))
    adjoints: list[Any] = [0.0 if numbers else None] * (top + 1)
    for index, seed in seeds.items():
        adjoints[index] = seed
    resting = () if numbers else tape.constants if resting is None else resting
    add: Any = operator.add if numbers else ADD
    guards = tape.guards
    checked: set[int] = set()
    data = tape.data if operand is None else _Lookup(operand)
    k = top + 1
    entries = zip(tape.ops[top::-1], tape.lefts[top::-1], tape.rights[top::-1], reversed(adjoints), strict=True)
    for operation, left, right, bar in entries:
        k -= 1
        if left is None or bar is None:
            continue
        if numbers:
            if bar == 0.0:
                continue
            if operation is MUL:
                adjoints[left] += bar * data[right]
                adjoints[right] += bar * data[left]
                continue
            if operation is ADD:
                adjoints[left] += bar
                adjoints[right] += bar
                continue
            if operation is RELU:
                if data[left] > 0:
                    adjoints[left] += bar
                continue
            if operation is SUB:
                adjoints[left] += bar
                adjoints[right] -= bar
                continue
            if left.__class__ is tuple and operation.pull is not None:
                operation.pull(bar, left, data, adjoints)
                continue
        if left.__class__ is tuple:
            places, options = left, right
        else:
            places, options = (left,) if right is None else (left, right), None
        if k in guards and not resting.issuperset(places):
            tape.check_unchanged(k, checked)
        operands, output = [], data[k]
        for i in places:
            operands.append(data[i])
        for place, i in enumerate(places):
            if i not in resting:
                if options:
                    share = operation.vjp(bar, place, operands, output, **options)
                else:
                    share = operation.vjp(bar, place, operands, output)
                if share is not None:
                    old = adjoints[i]
                    adjoints[i] = share if old is None else add(old, share)
        if kept is not None and k not in kept:
            adjoints[k] = None
    return adjoints


def backward(root: Any, cotangent: Any) -> None:
    """`Value.backward`: sweep the value's tape, and the tapes it links to; add to the leaves' gradients."""
    tape = root._tape
    if current_tape() is NO_TAPE:
        raise TapeError("backward() inside no_grad(): nothing is recorded there")
    seed = _seed(root, cotangent)
    if tape is UNREGISTERED or tape is None:
        root.grad = root.grad + seed  # a leaf by itself: d(x)/d(x) = 1
        return
    end_implicit(tape)
    index = root._index
    found, tapes = _gradients(tape, {index: seed})
    if cotangent is None and index in tape.swept and any(_is_set(leaf._grad) for leaf in found):
        raise TapeError("backward() from the same value again would count its gradient twice; call zero_grad() on the leaves first")
    tape.swept.add(index)
    held = _held(tapes) if any(adjoint.__class__ is np.ndarray for adjoint in found.values()) else set()
    for leaf, adjoint in found.items():
        if adjoint.__class__ is np.ndarray:
            if adjoint.base is not None or id(adjoint) in held:
                adjoint = adjoint.copy()
            held.add(id(adjoint))
        grad = leaf._grad
        leaf._grad = adjoint if grad.__class__ in _PLAIN and not grad else grad + adjoint


def _held(tapes: list[Tape]) -> set[int]:
    """Which arrays are adjoints of computed values: a leaf's gradient, which may be written to, must be none of these."""
    return {id(adjoint) for tape in tapes for adjoint, places in zip(tape.adjoints, tape.lefts, strict=False) if places is not None}


_PLAIN = frozenset([int, float])


def _is_set(grad: Any) -> bool:
    """Whether a gradient is other than the number 0 that stands for "none yet"."""
    return grad.__class__ not in _PLAIN or bool(grad)


def _seed(root: Any, cotangent: Any) -> Any:
    data = root._data
    if cotangent is not None:
        given = check_cotangent(cotangent, data, "backward()")
        return given.copy() if given.__class__ is np.ndarray else given
    if isinstance(data, np.floating):
        return data.__class__(1)
    if data.__class__ in _PLAIN:
        return 1
    if shape_of(data) != () and data.size != 1:
        raise ShapeError(f"backward() of an array ({describe(data)}) needs a cotangent of its shape, or take a sum first")
    return ones_like(data)


def _gradients(tape: Tape, seeds: dict[int, Any]) -> tuple[dict[Any, Any], list[Tape]]:
    """Leaves with their adjoints, from this tape and all that it links to; and the tapes that were swept."""
    if not tape.links:
        return _merge(_adjoints(tape, seeds), tape, {}), [tape]
    found: dict[Any, Any] = {}
    waiting, swept = {tape: dict(seeds)}, []
    for current in _linked(tape):
        if current not in waiting:
            continue
        swept.append(current)
        adjoints = _adjoints(current, waiting.pop(current))
        _merge(adjoints, current, found)
        for index, (linked, there) in current.links.items():
            if index < len(adjoints) and adjoints[index] is not None:
                more = waiting.setdefault(linked, {})
                more[there] = adjoints[index] if there not in more else ADD(more[there], adjoints[index])
    return found, swept


def _linked(tape: Tape) -> list[Tape]:
    """A tape and all that it links to, each before those that it links to itself."""
    done: dict[Tape, bool] = {}
    order: list[Tape] = []
    stack = [tape]
    while stack:
        top = stack[-1]
        if top not in done:
            done[top] = False
            stack += [linked for linked, _ in top.links.values() if linked not in done]
            continue
        stack.pop()
        if not done[top]:
            done[top] = True
            order.append(top)
    return order[::-1]


def _merge(adjoints: list[Any], tape: Tape, found: dict[Any, Any]) -> dict[Any, Any]:
    """Add the leaves' adjoints to those found on other tapes; a leaf may stand on a tape more than once."""
    count = len(adjoints)
    for index, leaf in tape.leaves.items():
        if index < count and (adjoint := adjoints[index]) is not None:
            found[leaf] = adjoint if leaf not in found else ADD(found[leaf], adjoint)
    return found


def _adjoints(tape: Tape, seeds: dict[int, Any]) -> list[Any]:
    tape.adjoints = sweep(tape, seeds)
    tape.complete = fill_constants
    return tape.adjoints


# --- looking ---------------------------------------------------------------------------------------------------------


def adjoint_at(tape: Tape, index: int) -> Any:
    """The adjoint of an entry in the last sweep over the tape that computed it, 0 before any; arrays are read-only."""
    tape, index = tape.origin(index)
    if index in tape.constants:
        fill_constants(tape)
    adjoint = tape.adjoints[index] if index < len(tape.adjoints) else None
    if adjoint.__class__ is np.ndarray:
        adjoint = adjoint.view()
        adjoint.flags.writeable = False
    return 0 if adjoint is None else adjoint


def fill_constants(tape: Tape) -> None:
    """Compute the adjoints of a tape's constants, which the sweep over arrays passes over, with the data that the entries have now.

    Raises:
        TapeError: an array on which they depend was changed in place.
    """
    adjoints = tape.adjoints
    missing = {i for i in tape.constants if i < len(adjoints) and adjoints[i] is None}
    if not missing:
        return
    moving = {i for i in missing if _is_differentiable(tape.data[i])}
    known = {k: adjoint for k, adjoint in enumerate(adjoints) if adjoint is not None}
    found = sweep(tape, known, set(range(len(adjoints))) - moving)
    for i in missing:
        adjoints[i] = 0 if i >= len(found) or found[i] is None else found[i]


def _is_differentiable(data: Any) -> bool:
    """Whether a constant consists of numbers that could vary: not of truth values or whole numbers."""
    if isinstance(data, np.ndarray | np.generic):
        return data.dtype.kind in "fO" and not (data.dtype.hasobject and any(isinstance(x, Condition) for x in data.ravel()))
    return is_plain(data) or isinstance(data, Expr)
