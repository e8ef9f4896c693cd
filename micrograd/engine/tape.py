"""The tape: a Wengert list.

Entry k of a tape has an operation, the places of its operands (all < k), and its value (its *primal*).  So the order of the list is
a topological order of the graph, and nothing about the graph needs recursion.  Four flat lists hold the entries; a `Value`
(`micrograd.engine.value`) is a handle on one of them.

Without a ``with Tape()`` block, operations record on an implicit tape of the thread (or of the asynchronous task).  It ends with
``backward()``, or once it has grown over `ENOUGH`: a new one is begun then.  A tape lives as long as a value on it does.  If a
value of an ended implicit tape is used again, it enters the current tape as a *link*, and ``backward()`` follows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from micrograd.engine.display import Entry, to_dot, to_mermaid, to_table
from micrograd.engine.errors import TapeError
from micrograd.engine.kinds import constant, describe, fingerprint, is_plain
from micrograd.engine.operation import Operation

ENOUGH = 1 << 17
"""An implicit tape on which no result was differentiated ends at this many entries, or at 64 times as many numbers in its arrays."""

REMEMBERED = 1 << 10
"""At most this many constants are recognised when they occur again."""

LEAF = Operation("const")
LINK = Operation("link")


class Tape:
    """A list of operations, recorded while the block lasts.

    >>> from micrograd.engine import Value
    >>> with Tape() as tape:
    ...     x, w, b = Value(2), Value(3), Value(1)
    ...     y = w * x + b
    >>> y.backward()
    >>> print(tape)
    #0  Const     2  3
    #1  Const     3  2
    #2  Const     1  1
    #3  Mul(1,0)  6  1
    #4  Add(3,2)  7  1

    The columns are the entry, its value and its adjoint (once there was a ``backward()``).
    """

    def __init__(self) -> None:
        self.plain = True
        """Whether all entries are Python numbers, made by operators: the sweep has a fast path for these."""
        self.room: float = math.inf
        """How many numbers its arrays may still hold; an implicit tape with none left ends at the next opportunity."""
        self.explicit, self.ended, self.tracing, self.transforming = True, False, False, False
        self.ops: list[Operation] = []
        self.lefts: list[Any] = []
        self.rights: list[Any] = []
        self.data: list[Any] = []
        self.leaves: dict[int, Any] = {}
        self.numbers: dict[type, dict[Any, int]] = {float: {}, int: {}}
        """Where constants stand, by class and value."""
        self.links: dict[int, tuple[Tape, int]] = {}
        self.constants: set[int] = set()
        self.fingerprints: dict[int, Any] = {}
        self.guards: dict[int, list[int]] = {}
        self.labels: dict[int, str] = {}
        self.adjoints: list[Any] = []
        self.complete: Callable[[Tape], None] | None = None
        """Computes the adjoints that a sweep left out; the sweep sets it."""
        self.swept: set[int] = set()
        self._handles: WeakValueDictionary[int, Any] | None = None
        self._tokens: list[Token[Any]] = []

    # --- recording

    def leaf(self, value: Any, data: Any) -> int:
        """Enter an input; ``value`` is the handle that gets its gradient, None for a constant."""
        index = self._enter(LEAF, data)
        if data.__class__ is np.ndarray:
            self.room -= data.size
        if value is None:
            self.constants.add(index)
        else:
            self.leaves[index] = value
        return index

    def _enter(self, kind: Operation, data: Any) -> int:
        """An entry without operands."""
        if self.plain and data.__class__ is not float:
            self.plain = is_plain(data)
        self.ops.append(kind)
        self.lefts.append(None)
        self.rights.append(None)
        self.data.append(data)
        return len(self.ops) - 1

    def constant(self, data: Any, name: str) -> int:
        """Enter an operand of the operation ``name`` that is not a value."""
        if data.__class__ is float or data.__class__ is int:
            return self.number(data)
        if data.__class__ is np.ndarray and data.dtype.kind == "f":
            return self.leaf(None, data)
        return self.leaf(None, constant(data, name))

    def number(self, x: float | int) -> int:
        """The entry of a Python number that is a constant: one for all of its occurrences, up to `REMEMBERED` numbers."""
        known = self.numbers[x.__class__]
        place = known.get(x)
        if place is None:
            place = self.leaf(None, x)
            if x and x == x and len(known) < REMEMBERED:  # 0.0 and -0.0 are equal, and not the same
                known[x] = place
        return place

    def link(self, tape: Tape, index: int) -> int:
        """Enter a value of an ended tape."""
        here = self._enter(LINK, tape.data[index])
        self.links[here] = (tape, index)
        return here

    def guard(self, places: Sequence[int]) -> None:
        """Remember the contents of the input arrays that the next entry's derivatives will read: those that meet something that varies."""
        ops, data, constants, marks = self.ops, self.data, self.constants, self.fingerprints
        differentiable = 0
        for i in places:
            if i not in constants:
                differentiable += 1
        guarded = []
        for i in places:
            if ops[i] is LEAF and data[i].__class__ is np.ndarray:
                if i not in marks and (differentiable > (i not in constants) or len(places) == 1):
                    marks[i] = fingerprint(data[i])
                if i in marks:
                    guarded.append(i)
        if guarded:
            self.guards[len(ops)] = guarded

    def full(self) -> bool:
        """Whether an implicit tape should end at the next opportunity."""
        return self.room < 0 or len(self.ops) > ENOUGH

    def end(self) -> None:
        """No more entries; the leaves are free for other tapes."""
        self.ended = True
        for leaf in self.leaves.values():
            if leaf._tape is self:
                leaf._tape = UNREGISTERED

    def __enter__(self) -> Tape:
        if self.ended or self.ops:
            raise TapeError("a tape records once; make a new Tape()")
        self._tokens.append(_tape.set(self))
        return self

    def __exit__(self, *exception: object) -> None:
        _tape.reset(self._tokens.pop())
        self.end()

    # --- looking

    @property
    def handles(self) -> WeakValueDictionary[int, Any]:
        """Handles on entries that were looked up by place."""
        if self._handles is None:
            self._handles = WeakValueDictionary()
        return self._handles

    def origin(self, index: int) -> tuple[Tape, int]:
        """The entry that computed a value: of a link, the one on the tape that it comes from."""
        tape = self
        while index in tape.links:
            tape, index = tape.links[index]
        return tape, index

    def operands(self, index: int) -> tuple[int, ...]:
        """The places of an entry's operands."""
        left, right = self.lefts[index], self.rights[index]
        if left is None:
            return ()
        if left.__class__ is tuple:
            return left
        return (left,) if right is None else (left, right)

    def options(self, index: int) -> dict[str, Any]:
        """The options of an entry's operation."""
        return (self.rights[index] or {}) if self.lefts[index].__class__ is tuple else {}

    def label(self, index: int) -> str:
        """What the user calls the entry."""
        if index in self.leaves:
            return str(self.leaves[index].label)
        tape, there = self.origin(index)
        return tape.labels.get(there, "")

    def __len__(self) -> int:
        return len(self.ops)

    def __iter__(self) -> Iterator[Entry]:
        if self.complete is not None:
            self.complete(self)
        for index, operation in enumerate(self.ops):
            adjoint = self.adjoints[index] if index < len(self.adjoints) else None
            yield Entry(index, operation.name, self.operands(index), self.data[index], adjoint, self.label(index))

    def __str__(self) -> str:
        return to_table(self, bool(self.adjoints))

    def __repr__(self) -> str:
        return f"<tape of {len(self.ops)} entries>"

    def to_mermaid(self) -> str:
        """The graph in Mermaid's language, for Markdown pages and notebooks."""
        return to_mermaid(self, bool(self.adjoints))

    def to_dot(self) -> str:
        """The graph in Graphviz's language."""
        return to_dot(self, bool(self.adjoints))

    def check_unchanged(self, index: int, checked: set[int]) -> None:
        """Raise if an array that an entry's derivatives read was written to since it was recorded; ``checked`` are those already seen."""
        for i in self.guards.get(index, ()):
            if i not in checked:
                checked.add(i)
                before = self.fingerprints[i]
                if before is not None and fingerprint(self.data[i]) != before:
                    raise TapeError(
                        f"entry #{i} ({describe(self.data[i])}) was changed in place after it was recorded, so its gradient cannot be "
                        "computed; assign a new array, or change it after backward()"
                    )


class _NoTape:
    """Stands in the place of a tape inside `no_grad`."""

    ended = True
    tracing = plain = False
    room = -1


NO_TAPE: Any = _NoTape()
UNREGISTERED: Any = _NoTape()
_tape: ContextVar[Any] = ContextVar("tape", default=None)
current_tape = _tape.get


def recording_tape() -> Tape:
    """The tape that records now; an implicit one is begun if there is none."""
    tape = _tape.get()
    if tape is None or (tape.explicit is False and tape.full()):
        if tape is not None:
            tape.end()
        tape = Tape()
        tape.explicit, tape.room = False, 64 * ENOUGH
        _tape.set(tape)
    return tape


def end_implicit(tape: Tape) -> None:
    """End an implicit tape, if this is one and it still records here."""
    if not tape.explicit and not tape.ended and _tape.get() is tape:
        tape.end()
        _tape.set(None)


@contextmanager
def recording_on(tape: Any) -> Iterator[Any]:
    """Record on this tape inside the block."""
    token = _tape.set(tape)
    try:
        yield tape
    finally:
        _tape.reset(token)


def no_grad() -> Any:
    """A block in which nothing is recorded: results are values without history.

    >>> from micrograd.engine import Value
    >>> x = Value(2.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.is_leaf
    True
    """
    return recording_on(NO_TAPE)
