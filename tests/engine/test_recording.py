"""What is recorded by the shorter way is what `Value.record` records; tapes do not grow without bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd import engine as mg
from micrograd.engine import Tape, Value, recording, tape
from micrograd.engine.elementwise import OPERATIONS, Elementwise
from micrograd.verified import var

X = np.linspace(-1, 1, 6).reshape(2, 3)
Operands = Callable[[], tuple[Any, ...]]

OPERANDS: dict[str, Operands] = {
    "leaf": lambda: (Value(X),),
    "computed": lambda: (Value(X) * 2.0,),
    "number": lambda: (Value(0.5),),
    "computed number": lambda: (Value(0.5) * 3,),
    "expression": lambda: (Value(var("t")),),
    "two leaves": lambda: (Value(0.5), Value(2)),
    "two results": lambda: (Value(0.5) * 3.0, -Value(2.0)),
    "the same twice": lambda: (lambda x: (x, x))(Value(0.5) * 3.0),
    "literal on the right": lambda: (Value(0.5) * 3.0, 3.0),
    "literal on the left": lambda: (7, Value(0.5) * 3.0),
    "negative zero": lambda: (-0.0, Value(2.0) * 3.0),
    "array and number": lambda: (Value(X) * 2.0, 3),
    "number and array": lambda: (2.0, Value(X)),
    "two arrays": lambda: (Value(X), X),
}


def written(record: Callable[..., Value], *operands: Any) -> Any:
    """Everything that the tape knows after recording."""
    value = record(*operands)
    assert value._tape is not None
    tape = value._tape
    entries = [(e.operation, e.operands, np.asarray(e.value, dtype=object).tolist(), getattr(e.value, "dtype", None)) for e in tape]
    options = [{k: np.asarray(v).tolist() for k, v in given.items()} if isinstance(given, dict) else given for given in tape.rights]
    return entries, options, tape.guards, tape.fingerprints, tape.constants, tape.plain, value._index


def both(operands: Operands, short: Callable[..., Value], general: Callable[..., Value]) -> None:
    with Tape():
        found = written(short, *operands())
    with Tape():
        assert found == written(general, *operands())


def _by_operator(operation: Elementwise, *operands: Any) -> Any:
    if isinstance(operands[0], Value):
        return recording.operator(operation)(*operands)
    return recording.operator(operation, reflected=True)(*reversed(operands))


@pytest.mark.parametrize("kind", OPERANDS)
@pytest.mark.parametrize("name", ["relu", "neg", "add", "mul", "div"])
def test_numbers_are_recorded_as_everything_is(kind: str, name: str) -> None:
    operation = OPERATIONS[name]
    with Tape():
        count = len(OPERANDS[kind]())
    if operation.arity == count:
        both(
            OPERANDS[kind],
            lambda *operands: _by_operator(operation, *operands),
            lambda *operands: Value.record(operation, operands, {}),
        )


@pytest.mark.parametrize("other", [1.5, 3, Value(2.0)], ids=["float", "int", "value"])
def test_an_equal_literal_is_entered_once(other: Any) -> None:
    """Also among arrays: a loop that scales by a number does not grow by a constant each time."""
    for start in (0.5, X):
        with Tape() as tape:
            y = Value(start)
            for _ in range(10):
                y = y * other
        assert len(tape) == 12


WIDE, ROW = Value(np.eye(40)), Value(np.zeros(40))
STEPS: dict[str, Callable[[Value], Value]] = {
    "function": mg.relu,
    "linear": lambda x: mg.linear(x, WIDE, ROW),
    "cross-entropy": lambda x: mg.cross_entropy(x, np.zeros(4, int)),
}


@pytest.fixture
def short_tapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 entries, or 6400 numbers."""
    for module in (tape, recording):
        monkeypatch.setattr(module, "ENOUGH", 100)


@pytest.mark.usefixtures("short_tapes")
@pytest.mark.parametrize("name", ["function", "linear"])
def test_loops_over_large_arrays_do_not_grow_without_bound(name: str) -> None:
    x = Value(np.ones((4, 40)))
    longest = 0
    for _ in range(300):
        x = STEPS[name](x)
        longest = max(longest, len(x._tape))
    assert longest <= 48


@pytest.mark.usefixtures("short_tapes")
@pytest.mark.parametrize("name", STEPS)
def test_loops_over_one_small_array_do_not_grow_without_bound(name: str) -> None:
    """Of which the results are not used again."""
    x = Value(np.ones((4, 40 if name == "linear" else 2))) * 1.0
    longest = 0
    for _ in range(300):
        longest = max(longest, len(STEPS[name](x)._tape))
    assert longest <= 108
