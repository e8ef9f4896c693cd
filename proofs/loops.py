"""Loop bodies of the reverse sweep, right and wrong, and small tapes of fractions on which they are run.

A body processes one entry of a tape: it gets the array of adjoints, the place of the entry, and its operands with their partials.  Being
written with ``[]``, ``+`` and ``*`` only, it runs on fractions here and on terms in `proofs.sweep`, where a wrong one is refuted by a
model; `replay` turns the model into a tape, and compares the adjoints with derivatives that were computed forward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from micrograd.verified.errors import ProofError

Shares: TypeAlias = "Sequence[tuple[Any, Any]]"
Body: TypeAlias = "Callable[[Any, Any, Shares], None]"
Tape: TypeAlias = "list[list[tuple[int, Fraction]]]"


def accumulate(a: Any, k: Any, shares: Shares) -> None:
    """Process entry k: add to the adjoint of each operand its share, the partial times ``bar``."""
    bar = a[k]
    for i, d in shares:
        a[i] += d * bar


def reread(a: Any, k: Any, shares: Shares) -> None:
    """The same, but a[k] is read anew for each share."""
    for i, d in shares:
        a[i] += d * a[k]


def stale(a: Any, k: Any, shares: Shares) -> None:
    """Wrong: all adjoints are read before the first is written."""
    bar = a[k]
    sums = [a[i] + d * bar for i, d in shares]
    for (i, _), new in zip(shares, sums, strict=True):
        a[i] = new


def overwrite(a: Any, k: Any, shares: Shares) -> None:
    """Wrong: what the operand has from other entries is lost."""
    bar = a[k]
    for i, d in shares:
        a[i] = d * bar


def first(a: Any, k: Any, shares: Shares) -> None:
    """Wrong: only the first operand gets a share."""
    accumulate(a, k, shares[:1])


def crossed(a: Any, k: Any, shares: Shares) -> None:
    """Wrong: partials of other operands."""
    accumulate(a, k, [(i, d) for (i, _), (_, d) in zip(shares, shares[::-1], strict=True)])


def negated(a: Any, k: Any, shares: Shares) -> None:
    """Wrong: the sign."""
    bar = a[k]
    for i, d in shares:
        a[i] = a[i] - d * bar


def without_partial(a: Any, k: Any, shares: Shares) -> None:
    """Wrong: the partial is dropped."""
    bar = a[k]
    for i, _ in shares:
        a[i] += bar


def without_bar(a: Any, k: Any, shares: Shares) -> None:
    """Wrong: the adjoint of the entry is dropped."""
    for i, d in shares:
        a[i] += d


def no_loop(a: Any, k: Any, shares: Shares) -> None:
    """Wrong: nothing is done."""


# --- tapes of fractions ----------------------------------------------------------------------------------------------


def derivatives(tape: Tape) -> list[Fraction]:
    """∂root/∂leaf for each leaf of a tape of linear entries, and 0 for other entries; the root is the last.  By tangents, forward.

    >>> derivatives([[], [(0, Fraction(2)), (0, Fraction(3))]])
    [Fraction(5, 1), Fraction(0, 1)]
    """
    found = []
    for leaf, operands in enumerate(tape):
        x: list[Fraction] = []
        for m, shares in enumerate(tape):
            x.append(sum((d * x[i] for i, d in shares), Fraction(m == leaf)))
        found.append(Fraction(0) if operands else x[-1])
    return found


def sweep(tape: Tape, steps: Iterable[tuple[int, Body]], times: int = 1) -> list[Fraction]:
    """Adjoints after these steps, each an entry and the body that processes it, with seed 1 at the last entry.

    >>> sweep([[], [(0, Fraction(2)), (0, Fraction(3))]], [(1, accumulate)])
    [Fraction(5, 1), Fraction(1, 1)]
    """
    adjoints, steps = [Fraction(0)] * len(tape), list(steps)
    for _ in range(times):
        adjoints[-1] = Fraction(1)
        for k, body in steps:
            body(adjoints, k, tape[k])
    return adjoints


# --- wrong loops on the tape of a model ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loop:
    """A wrong loop, and how to build a tape from a model.

    Attributes:
        entries: inner entries in the order in which the loop processes them, with operands and partials, by name.
        adjoints: entries with the names of their adjoints before.
        body: the loop body.
        times: how often the sweep runs on the same adjoints.
    """

    entries: Mapping[str, Sequence[tuple[str, str]]]
    adjoints: Mapping[str, str]
    body: Body = accumulate
    times: int = 1


_BINARY, _BEFORE = {"k": (("p", "d"), ("q", "e"))}, {"p": "a_p", "q": "a_q", "k": "a_k"}
LOOPS = {
    "sweep.stale": Loop(_BINARY, _BEFORE, stale),
    "sweep.overwrite": Loop(_BINARY, _BEFORE, overwrite),
    "sweep.first": Loop(_BINARY, _BEFORE, first),
    "sweep.rising": Loop({"j": (("p", "d"),), "k": (("j", "e"),)}, {"p": "a_p", "j": "a_j", "k": "a_k"}),
    "sweep.again": Loop({"k": (("p", "d"),)}, {"k": "one"}, times=2),
}


def _read(model: Mapping[str, str], name: str) -> Fraction:
    try:
        return Fraction(model[name])
    except (KeyError, ValueError):
        raise ProofError(f"the model has no rational value of {name}: {model.get(name)!r}") from None


def tape_of(loop: Loop, model: Mapping[str, str]) -> tuple[Tape, list[int]]:
    """The model's tape, with the loop's entries in their order; a root on top gives them the model's adjoints.

    Raises:
        ProofError: a value is missing, or an entry does not refer to earlier ones.
    """
    names = {*loop.entries, *(i for operands in loop.entries.values() for i, _ in operands)}
    places = {name: _read(model, name) for name in sorted(names)}
    if any(value.denominator != 1 or not 0 <= value <= 9 for value in places.values()):
        raise ProofError(f"not places on a small tape: {model}")
    at = {name: int(value) for name, value in places.items()}
    tape: Tape = [[] for _ in range(max(at.values()) + 1)]
    for entry, operands in loop.entries.items():
        tape[at[entry]] = [(at[i], _read(model, d)) for i, d in operands]
    if any(i >= m for m, shares in enumerate(tape) for i, _ in shares):
        raise ProofError(f"an entry refers to a later one: {model}")
    tape.append(sorted({at[i]: _read(model, value) for i, value in loop.adjoints.items()}.items()))
    return tape, [at[entry] for entry in loop.entries]


def replay(name: str, model: Mapping[str, str]) -> str:
    """Run the wrong loop on the model's tape, in fractions, and say where it differs from the derivative.

    Args:
        name: the name of a refutation, such as ``sweep.stale``.
        model: places of entries, partials, and adjoints.

    Raises:
        ProofError: the name or a value cannot be read, or the adjoints of the leaves are right.

    >>> replay("sweep.stale", {"k": "1", "p": "0", "q": "0", "d": "2", "e": "3", "a_p": "0", "a_q": "0", "a_k": "1"})
    '#0 leaf, #1 = 2·#0 + 3·#0, #2 = 0·#0 + 1·#1: ∂#2/∂#0 = 5, but the loop gives 3'
    """
    if name not in LOOPS:
        raise ProofError(f"{name!r} is no refutation of a loop")
    loop = LOOPS[name]
    tape, order = tape_of(loop, {"one": "1", **model})
    root = len(tape) - 1
    found = sweep(tape, [(root, accumulate), *((k, loop.body) for k in order)], loop.times)
    shown = ", ".join(f"#{m} " + ("= " + " + ".join(f"{d}·#{i}" for i, d in shares) if shares else "leaf") for m, shares in enumerate(tape))
    for m, right in enumerate(derivatives(tape)):
        if not tape[m] and found[m] != right:
            return f"{shown}: ∂#{root}/∂#{m} = {right}, but the loop gives {found[m]}"
    raise ProofError(f"{shown}: the loop gives the derivatives")
