"""The engine's sweeps do what the loop of the theorem does: on random tapes, compared exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from micrograd.engine import Tape, Value
from micrograd.engine.affine import affine
from micrograd.engine.elementwise import OPERATIONS
from micrograd.engine.sweep import sweep
from proofs.loops import accumulate, derivatives
from proofs.loops import sweep as theorem_sweep
from tests.verified.strategies import untimed

PARTIALS: dict[str, Any] = {
    "add": lambda a, b: (1, 1),
    "sub": lambda a, b: (1, -1),
    "mul": lambda a, b: (b, a),
    "neg": lambda a: (-1,),
    "relu": lambda a: (int(a > 0),),
    "affine": lambda b, *f: (1, *f[len(f) // 2 :], *f[: len(f) // 2]),
}


def test_the_table_is_that_of_the_engine() -> None:
    for name, partials in PARTIALS.items():
        if name != "affine":
            operation = OPERATIONS[name]
            operands = [Fraction(3), Fraction(5)][: operation.arity]
            output = operation.value(*map(float, operands))
            assert [operation.vjp(1.0, i, list(map(float, operands)), output) for i in range(len(operands))] == list(partials(*operands))


@st.composite
def programs(draw: st.DrawFn) -> Tape:
    """Integers, so that floats are exact; sharing and operands that occur twice included."""
    with Tape() as tape:
        values = [Value(draw(st.integers(-2, 3))) for _ in range(draw(st.integers(1, 4)))]
        for _ in range(draw(st.integers(1, 7))):
            name = draw(st.sampled_from(list(PARTIALS)))
            pick = st.sampled_from(values)
            if name == "affine":
                count = draw(st.sampled_from([0, 1, 3]))
                values.append(affine(*[draw(pick) for _ in range(2 * count + 1)]))
            else:
                values.append(OPERATIONS[name](*[draw(pick) for _ in range(OPERATIONS[name].arity)]))
    return tape


@untimed
@given(programs())
def test_same_adjoints(tape: Tape) -> None:
    entries = list(tape)
    assume(all(abs(entry.value) < 2**20 for entry in entries))
    linear = []
    for entry in entries:
        partials = PARTIALS[entry.operation](*[tape.data[i] for i in entry.operands]) if entry.operands else ()
        linear.append(list(zip(entry.operands, map(Fraction, partials), strict=True)))
    expected = theorem_sweep(linear, [(k, accumulate) for k in reversed(range(len(linear)))])
    assume(all(abs(adjoint) < 2**50 for adjoint in expected))
    root = len(tape) - 1
    assert tape.plain
    assert [Fraction(a) for a in sweep(tape, {root: 1})] == expected
    general = sweep(tape, {root: 1}, operand=tape.data.__getitem__)
    assert [Fraction(0 if a is None else a) for a in general] == expected
    for k, exact in enumerate(derivatives(linear)):
        if not entries[k].operands:
            assert expected[k] == exact
