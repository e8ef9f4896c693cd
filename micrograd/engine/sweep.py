"""The reverse sweep: from the adjoint of a result to the adjoints of everything it was computed from.

With W(adj, n) = Σ_{m<n} adj[m]·ẋ[m], where ẋ are tangents that move along the tape, processing entry k keeps W: what entry k
contributed, adj[k]·ẋ[k], is handed to its operands.  `proofs.sweep` proves this for all graphs, operands that occur twice included: each
share is added to what is there *now*, one after the other.

Adjoints are exact zeros until something is added; an entry with none is passed over.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd.engine.data import check_cotangent, describe, ones_like, shape_of
from micrograd.engine.errors import ShapeError, TapeError
from micrograd.engine.operations import OPERATIONS
from micrograd.engine.plans import planned_gradients
from micrograd.engine.tape import NO_TAPE, UNREGISTERED, Tape, current_tape, end_implicit

ADD, SUB, MUL, RELU = (OPERATIONS[name] for name in ("add", "sub", "mul", "relu"))


_NO_OPTIONS: dict[str, Any] = {}


def sweep_numbers(tape: Tape, seeds: dict[int, Any]) -> list[Any]:
    """Adjoints on a tape of Python numbers.  One pass; the commonest operations are written out."""
    top = max(seeds)
    adjoints: list[Any] = [0.0] * (top + 1)
    for index, seed in seeds.items():
        adjoints[index] = seed
    data = tape.data
    k = top + 1
    entries = zip(tape.ops[top::-1], tape.lefts[top::-1], tape.rights[top::-1], reversed(adjoints), strict=True)
    for operation, left, right, bar in entries:
        k -= 1
        if bar == 0.0 or left is None:
            continue
        if operation is MUL:
            adjoints[left] += bar * data[right]
            adjoints[right] += bar * data[left]
        elif operation is ADD:
            adjoints[left] += bar
            adjoints[right] += bar
        elif operation is RELU:
            if data[left] > 0:
                adjoints[left] += bar
        elif operation is SUB:
            adjoints[left] += bar
            adjoints[right] -= bar
        elif left.__class__ is tuple:
            operation.pull(bar, left, data, adjoints)
        else:
            places = (left,) if right is None else (left, right)
            operands = tuple([data[i] for i in places])
            for place, i in enumerate(places):
                share = operation.vjp(bar, place, operands, data[k])
                if share is not None:
                    adjoints[i] += share
    return adjoints


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


def sweep(tape: Tape, seeds: dict[int, Any], wrt: Any = None, operand: Any = None, keep: bool = True) -> list[Any]:
    """Adjoints, None for 0.  Linear in the number of entries below the seeds.

    Args:
        tape: the entries.
        seeds: adjoints to start from, by entry.
        wrt: the entries whose adjoints are wanted, by default all leaves; what does not lead to them is passed over.
        operand: gives the operand at an entry; by default its data.  (Values instead make the adjoints differentiable.)
        keep: whether the adjoints of computed entries are kept.
    """
    top = max(seeds)
    resting = tape.constants if wrt is None else idle(tape, top, wrt)
    adjoints: list[Any] = [None] * (top + 1)
    for index, seed in seeds.items():
        adjoints[index] = seed
    kept = wrt or ()
    guards, checked = tape.guards, set()
    ops, lefts, rights = tape.ops, tape.lefts, tape.rights
    data = tape.data if operand is None else _Lookup(operand)
    for k in range(top, -1, -1):
        bar = adjoints[k]
        places = lefts[k]
        if bar is None or places is None or k in resting:
            continue
        operation, options = ops[k], rights[k]
        if places.__class__ is not tuple:
            places, options = tape.operands(k), _NO_OPTIONS
        if k in guards:
            for i in guards[k]:
                if i not in checked:
                    checked.add(i)
                    tape.check_unchanged(i)
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
                    adjoints[i] = share if old is None else ADD(old, share)
        if not keep and k not in kept:
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
    found = _gradients(tape, {index: seed})
    if cotangent is None and index in tape.swept and any(_is_set(leaf._grad) for leaf in found):
        raise TapeError("backward() from the same value again would count its gradient twice; call zero_grad() on the leaves first")
    tape.swept.add(index)
    given = {id(seed)}
    for leaf, adjoint in found.items():
        if adjoint.__class__ is np.ndarray:
            if adjoint.base is not None or id(adjoint) in given:
                adjoint = adjoint.copy()
            given.add(id(adjoint))
        grad = leaf._grad
        leaf._grad = adjoint if grad.__class__ in _PLAIN and not grad else grad + adjoint


_PLAIN = frozenset([int, float])


def _is_set(grad: Any) -> bool:
    """Whether a gradient is other than the number 0 that stands for "none yet"."""
    return grad.__class__ not in _PLAIN or bool(grad)


def _seed(root: Any, cotangent: Any) -> Any:
    data = root._data
    if cotangent is not None:
        return check_cotangent(cotangent, data, "backward()")
    if isinstance(data, np.floating):
        return data.__class__(1)
    if data.__class__ in _PLAIN:
        return 1
    if shape_of(data) != () and data.size != 1:
        raise ShapeError(f"backward() of an array ({describe(data)}) needs a cotangent of its shape, or take a sum first")
    return ones_like(data)


def _gradients(tape: Tape, seeds: dict[int, Any]) -> dict[Any, Any]:
    """Leaves with their adjoints, from this tape and all that it links to; later tapes first."""
    if not tape.links:
        gradients = None if tape.plain or tape.explicit else planned_gradients(tape, seeds)
        return _merge(_adjoints(tape, seeds), tape, {}) if gradients is None else gradients
    found: dict[Any, Any] = {}
    waiting: dict[int, tuple[Tape, dict[int, Any]]] = {tape.serial: (tape, dict(seeds))}
    while waiting:
        tape, seeds = waiting.pop(max(waiting))
        adjoints = _adjoints(tape, seeds)
        _merge(adjoints, tape, found)
        for index, (linked, there) in tape.links.items():
            if index < len(adjoints) and adjoints[index] is not None:
                _, more = waiting.setdefault(linked.serial, (linked, {}))
                more[there] = adjoints[index] if there not in more else ADD(more[there], adjoints[index])
    return found


def _merge(adjoints: list[Any], tape: Tape, found: dict[Any, Any]) -> dict[Any, Any]:
    """Add the leaves' adjoints to those found on other tapes; a leaf may stand on a tape more than once."""
    count = len(adjoints)
    for index, leaf in tape.leaves.items():
        if index < count and (adjoint := adjoints[index]) is not None:
            found[leaf] = adjoint if leaf not in found else ADD(found[leaf], adjoint)
    return found


def _adjoints(tape: Tape, seeds: dict[int, Any]) -> list[Any]:
    if tape.plain:
        tape.adjoints = sweep_numbers(tape, seeds)
        return tape.adjoints
    with np.errstate(all="ignore"):
        adjoints = sweep(tape, seeds, keep=tape.explicit)
    tape.adjoints = adjoints if tape.explicit else []
    return adjoints
