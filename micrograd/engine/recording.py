"""Recording of what the steps of a network consist of, written out: as `Value.record`, with fewer calls.

Each function here falls back on `Value.record` for anything out of the ordinary, and the entry it makes is the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd.engine.array_operations import is_plain_linear, linear
from micrograd.engine.operations import Elementwise
from micrograd.engine.softmax_operations import cross_entropy
from micrograd.engine.tape import ENOUGH, LEAF, NO_TAPE, current_tape, recording
from micrograd.engine.value import Value

_new = object.__new__
_NO_OPTIONS: dict[str, Any] = {}


def record_unary(operation: Elementwise, x: Value) -> Value:
    """`Value.record` for a function of an array that was computed."""
    tape, given = current_tape(), x._data
    if x._tape is not tape or tape.room < 0 or len(tape.ops) > ENOUGH or given.__class__ is not np.ndarray or given.dtype.hasobject:
        return Value.record(operation, (x,), _NO_OPTIONS)
    ops, places = tape.ops, (x._index,)
    value = _new(Value)
    value._data = data = operation.on_arrays(given)
    value._tape, value._index = tape, len(ops)
    if operation.reads and ops[places[0]] is LEAF:
        tape.guard(places)
    tape.room -= data.size
    ops.append(operation)
    tape.lefts.append(places)
    tape.rights.append(_NO_OPTIONS)
    tape.data.append(data)
    return value


def record_linear(x: Any, w: Value, b: Any) -> Value:
    """`Value.record` for x @ w + b of plain matrices and a plain row."""
    tape = current_tape()
    given = x._data if x.__class__ is Value else x
    if b.__class__ is not Value or tape is NO_TAPE or not is_plain_linear(given, w._data, b._data):
        return Value.record(linear, (x, w, b), _NO_OPTIONS)
    if tape is None:
        tape = recording()
    elif tape.room < 0 or len(tape.ops) > ENOUGH:
        return Value.record(linear, (x, w, b), _NO_OPTIONS)
    ops, primals = tape.ops, tape.data
    i = x.place_on(tape) if x.__class__ is Value else tape.leaf(None, x)
    places = i, w.place_on(tape), b.place_on(tape)
    value = _new(Value)
    value._data = data = linear.on_matrices(given, w._data, b._data)
    value._tape, value._index = tape, len(ops)
    tape.guard(places[:2])
    tape.room -= data.size
    ops.append(linear)
    tape.lefts.append(places)
    tape.rights.append(_NO_OPTIONS)
    primals.append(data)
    return value


def record_cross_entropy(x: Value, labels: Any) -> Value:
    """`Value.record` for the cross-entropy of an array that was computed."""
    tape, given = current_tape(), x._data
    if x._tape is not tape or tape.room < 0 or len(tape.ops) > ENOUGH or given.__class__ is not np.ndarray:
        return Value.record(cross_entropy, (x,), {"labels": labels})
    data, saved = cross_entropy.value_and_saved(given, labels=labels)
    ops, places = tape.ops, (x._index,)
    value = _new(Value)
    value._data = data
    value._tape, value._index = tape, len(ops)
    if ops[places[0]] is LEAF:
        tape.guard(places)
    tape.room -= 1
    ops.append(cross_entropy)
    tape.lefts.append(places)
    tape.rights.append({"labels": labels, "saved": saved})
    tape.data.append(data)
    return value
