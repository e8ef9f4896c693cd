"""What is recorded by the shorter way is what `Value.record` records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd import engine as mg
from micrograd.engine import Tape, Value, recording, tape, value
from micrograd.engine.array_operations import linear
from micrograd.engine.elementwise import OPERATIONS
from micrograd.engine.softmax_operations import cross_entropy
from micrograd.verified import var

X, W, B = np.linspace(-1, 1, 6).reshape(2, 3), np.linspace(0, 1, 12).reshape(3, 4), np.arange(4.0)
LABELS = np.array([1, 3])
Operands = Callable[[], tuple[Any, ...]]

OPERANDS: dict[str, Operands] = {
    "leaf": lambda: (Value(X),),
    "computed": lambda: (Value(X) * 2.0,),
    "constant": lambda: (Value(X) * 0 + X,),
    "number": lambda: (Value(0.5),),
    "single": lambda: (Value(X.astype(np.float32)),),
    "expression": lambda: (Value(var("t")),),
}
LINEAR: dict[str, Operands] = {
    "plain rows": lambda: (X, Value(W), Value(B)),
    "leaves": lambda: (Value(X), Value(W), Value(B)),
    "computed": lambda: (Value(X) * 2.0, Value(W), Value(B)),
    "plain bias": lambda: (X, Value(W), B),
    "vector": lambda: (X[0], Value(W), Value(B)),
    "dtypes": lambda: (X.astype(np.float32), Value(W), Value(B)),
    "number": lambda: (X, Value(W), Value(2.0)),
    "stack": lambda: (X[None], Value(W), Value(B)),
    "one weight": lambda: (lambda w: (w, w, w[0]))(Value(np.eye(3))),
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


@pytest.mark.parametrize("kind", OPERANDS)
@pytest.mark.parametrize("name", ["relu", "exp", "neg"])
def test_functions_of_one_operand(kind: str, name: str) -> None:
    operation = OPERATIONS[name]
    both(OPERANDS[kind], lambda x: recording.record_unary(operation, x), lambda x: Value.record(operation, (x,), {}))


@pytest.mark.parametrize("kind", LINEAR)
def test_linear(kind: str) -> None:
    both(LINEAR[kind], recording.record_linear, lambda *operands: Value.record(linear, operands, {}))


@pytest.mark.parametrize("kind", ["leaf", "computed", "single"])
def test_cross_entropy(kind: str) -> None:
    both(
        OPERANDS[kind],
        lambda x: recording.record_cross_entropy(x, LABELS % 3),
        lambda x: Value.record(cross_entropy, (x,), {"labels": LABELS % 3}),
    )


WIDE, ROW = Value(np.eye(40)), Value(np.zeros(40))
STEPS: dict[str, Callable[[Value], Value]] = {
    "function": mg.relu,
    "linear": lambda x: mg.linear(x, WIDE, ROW),
    "cross-entropy": lambda x: mg.cross_entropy(x, np.zeros(4, int)),
}


@pytest.fixture
def short_tapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 entries, or 6400 numbers."""
    for module in (tape, value, recording):
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
