"""Recording: how an operation on values becomes an entry of a tape.

There is one way, `Handle.record`.  `operator` makes Python's operators, which do the same in fewer steps where all is numbers, for the sake
of scalar inner loops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy import ndarray

from micrograd.engine.elementwise import Elementwise
from micrograd.engine.errors import TapeError
from micrograd.engine.integers import resolved
from micrograd.engine.kinds import describe
from micrograd.engine.operation import Operation, Recorded
from micrograd.engine.tape import ENOUGH, LEAF, NO_TAPE, UNREGISTERED, Tape, current_tape, recording_tape

_NO_OPTIONS: dict[str, Any] = {}
_NUMBERS = frozenset([float, int])
_new = object.__new__


class Handle(Recorded):
    """A handle on an entry of a tape: the data, the tape and the place.

    A leaf has a gradient of its own, ``_grad``; its tape is `UNREGISTERED` until it meets an operation.  It may be shared by threads,
    each of which enters it on its own tape: ``_index`` is read right after the test of ``_tape``, with no call in between at which
    another thread could run.
    """

    __slots__ = ("__weakref__", "_data", "_grad", "_index", "_label", "_tape")
    _data: Any
    _grad: Any
    _index: int
    _label: str
    _tape: Any

    @classmethod
    def record(cls, operation: Operation, operands: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Apply an operation and record it on the current tape."""
        tape = current_tape()
        if tape is None or tape.room < 0 or (len(tape.ops) > ENOUGH and not tape.explicit):
            if tape is NO_TAPE:
                return cls.leaf(operation.value(*[x._data if x.__class__ is cls else x for x in operands], **options))
            tape = recording_tape()
        primals, ops = tape.data, tape.ops
        places, given = [], []
        for x in operands:
            if x.__class__ is cls:
                places.append(x._index if x._tape is tape else x.place_on(tape))
                given.append(x._data)
            else:
                i = tape.constant(x, operation.name)
                places.append(i)
                given.append(primals[i])
        if options or operation.saves:
            data = _with_options(tape, operation, given, options)
        else:
            data = operation.value(*given)
        value = _new(cls)
        value._tape, value._index, value._data = tape, len(ops), data
        if tape.plain and data.__class__ in _NUMBERS and not options:
            few = len(places) <= 2
            tape.lefts.append(places[0] if few else tuple(places))
            tape.rights.append(places[1] if few and len(places) == 2 else None)
        else:
            tape.plain = False
            if data.__class__ is ndarray:
                tape.room -= data.size
            if operation.reads:
                for i in places:
                    if ops[i] is LEAF and primals[i].__class__ is ndarray:
                        tape.guard(places if operation.reads is True else places[: operation.reads])
                        break
            tape.lefts.append(tuple(places))
            tape.rights.append(options or _NO_OPTIONS)
        ops.append(operation)
        primals.append(data)
        return value

    @classmethod
    def leaf(cls, data: Any) -> Any:
        """A leaf with this data, which must be differentiable."""
        value = _new(cls)
        value._data, value._grad, value._tape = data, 0, UNREGISTERED
        return value

    def place_on(self, tape: Tape) -> int:
        """Its entry on a tape; entered if it is a leaf, or a value of an ended implicit tape."""
        mine = self._tape
        if mine is tape:
            return self._index
        if mine is UNREGISTERED or hasattr(self, "_grad"):
            index = tape.leaf(self, self._data)
            self._tape, self._index = tape, index
            return index
        if mine.explicit or not mine.ended:
            state = "an ended tape" if mine.ended else "a tape that still records elsewhere"
            raise TapeError(f"a computed value ({describe(self._data)}) of {state} cannot enter another tape; use v.detach()")
        self._index, self._tape = tape.link(mine, self._index), tape
        return self._index

    @property
    def primal(self) -> Any:
        """The data, for operations."""
        return self._data

    @property
    def is_leaf(self) -> bool:
        """Whether it is an input (or detached), not computed."""
        return hasattr(self, "_grad")

    @property
    def label(self) -> str:
        """What it is called in pictures; empty unless it was given."""
        if hasattr(self, "_grad"):
            return getattr(self, "_label", "")
        tape, index = self._tape.origin(self._index)
        return tape.label(index)

    @label.setter
    def label(self, label: str) -> None:
        if hasattr(self, "_grad"):
            self._label = label
        else:
            tape, index = self._tape.origin(self._index)
            tape.labels[index] = label


def operator(operation: Elementwise, reflected: bool = False) -> Callable[..., Any]:
    """A method that records an operation of one or two operands, of which a value is the first (the second if ``reflected``).

    Where all operands are numbers on a tape of numbers it does what `Handle.record` would, and looks at nothing else.
    """
    apply = _of_one(operation) if operation.arity == 1 else _of_two(operation, reflected)
    apply.__name__, apply.__doc__ = operation.name, f"{operation.name}, elementwise."
    return apply


def _of_one(operation: Elementwise) -> Callable[[Any], Any]:
    on_floats = operation.on_floats

    def apply(self: Any) -> Any:
        tape = current_tape()
        if self._tape is tape and tape.plain:
            i, ops = self._index, tape.ops
            index = len(ops)
            if index <= ENOUGH or tape.explicit:
                value = _new(self.__class__)
                value._data = data = on_floats(self._data)
                value._tape, value._index = tape, index
                ops.append(operation)
                tape.lefts.append(i)
                tape.rights.append(None)
                tape.data.append(data)
                return value
        return self.record(operation, (self,), _NO_OPTIONS)

    return apply


def _of_two(operation: Elementwise, reflected: bool) -> Callable[[Any, Any], Any]:
    on_floats = operation.on_floats

    def apply(self: Any, other: Any) -> Any:
        tape = current_tape()
        if self._tape is tape and tape.plain:
            kind, i = self.__class__, self._index
            if other.__class__ is kind and other._tape is tape:
                j, data = other._index, on_floats(self._data, other._data)
            elif other.__class__ is float or other.__class__ is int:
                data = on_floats(other, self._data) if reflected else on_floats(self._data, other)
                j = tape.numbers[other.__class__].get(other)
                if j is None:
                    j = tape.number(other)
                if reflected:
                    i, j = j, i
            else:
                return self.record(operation, (other, self) if reflected else (self, other), _NO_OPTIONS)
            ops = tape.ops
            index = len(ops)
            if index <= ENOUGH or tape.explicit:
                value = _new(kind)
                value._tape, value._index, value._data = tape, index, data
                ops.append(operation)
                tape.lefts.append(i)
                tape.rights.append(j)
                tape.data.append(data)
                return value
        return self.record(operation, (other, self) if reflected else (self, other), _NO_OPTIONS)

    return apply


def _with_options(tape: Tape, operation: Operation, given: list[Any], options: dict[str, Any]) -> Any:
    """The result of an operation with options, which may get what is saved for the derivatives."""
    if tape.tracing:
        return operation.value(*given, **{name: resolved(option) for name, option in options.items()})
    if operation.saves:
        data, options["saved"] = operation.value_and_saved(*given, **options)
        return data
    return operation.value(*given, **options)
