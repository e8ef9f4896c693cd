"""Random programs: the tape's gradient in floats, the tape's gradient in expressions, and the symbolic gradient agree.

Each float must lie in an enclosure of all that rounding can do to it, and the symbolic derivative of the program's result, computed by
`micrograd.verified` without any tape, must be what the tape computes on expressions; see `tests.engine.programs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flint
import numpy as np
import pytest
from hypothesis import given, settings

from micrograd.engine import Tape, Value, broadcasting, elementwise
from micrograd.verified import Expr, gradient
from micrograd.verified.expr import as_expr
from tests.engine.programs import COMMON, ELEMENTWISE, MIXING, STEPS, Program, Step, enclosures, entries, programs

SHARP = flint.arb(2) ** -150
"""What is computed at 256 bits agrees to so much."""
TELLING = flint.arb(2) ** -20
"""No enclosure is wider, so that each says something: a wrong term would be seen.  Most are narrower than 2⁻⁴⁰."""


def on_tape(program: Program, leaves: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The result and the gradients of the inputs' entries; constants enter as they are."""
    inputs = [Value(leaf) for leaf in leaves[: program.inputs]]
    result = program(*inputs, *leaves[program.inputs :])
    result.backward()
    grads: list[Any] = []
    for value in inputs:
        assert np.shape(value.grad) == value.shape or value.grad == 0
        grads += entries(np.broadcast_to(value.grad, value.shape)) if value.shape else [value.grad]
    return result.data, grads


def check(program: Program) -> None:
    """The theorem of the module's text for one program."""
    result, grads = on_tape(program, program.leaves)
    symbols, env = program.symbols(), program.env()
    traced, formulas = on_tape(program, symbols)
    (formula,) = entries(traced)
    assert entries(program(*symbols)) == [formula], "without a tape the program is another one"
    inputs = [v for leaf in symbols[: program.inputs] for v in entries(leaf)]
    compare(["result", *inputs], [result, *grads], [formula, *formulas], [formula, *gradient(formula, inputs)], env)


def compare(names: Sequence[Any], floats: Sequence[Any], ours: Sequence[Any], theirs: Sequence[Expr], env: dict[str, float]) -> None:
    """Floats lie in the enclosures of what was recorded on expressions, and this equals the reference."""
    recorded = [as_expr(formula) for formula in ours]
    rounded, exact, derived = enclosures(recorded, env), enclosures(recorded, env, unit=0.0), enclosures(theirs, env, unit=0.0)
    for name, value, ball, formula, truth in zip(names, floats, rounded, exact, derived, strict=True):
        scale = 1 + abs(truth)
        assert abs(formula - truth) < SHARP * scale, f"{name}: {formula} on expressions, {truth} by symbolic differentiation"
        assert ball.rad() < TELLING * scale, f"{name}: {ball} says too little"
        assert ball.contains(float(value)), f"{name}: {float(value)!r} is not in {ball}"


SCALAR = programs([*COMMON, *ELEMENTWISE], shapes=[()], size=12)
ARRAY = programs([*COMMON, *COMMON, *MIXING, *MIXING], size=10)
ENTRYWISE = programs([*COMMON, *ELEMENTWISE], shapes=[(3,)], size=8)


@settings(max_examples=150)
@given(SCALAR)
def test_gradients_of_scalar_programs(program: Program) -> None:
    check(program)


@settings(max_examples=150)
@given(ARRAY)
def test_gradients_of_array_programs(program: Program) -> None:
    check(program)


@pytest.mark.slow
@settings(max_examples=3000)
@given(programs([*COMMON, *STEPS], size=14))
def test_gradients_of_many_programs(program: Program) -> None:
    check(program)


@pytest.mark.parametrize("name", STEPS)
def test_gradients_of_programs_with_the_step(name: str) -> None:
    shapes = [(3,), (2, 2), (2, 3)] if name in MIXING else [(), (3,), (1, 3)]
    with_it = programs([name, name, name, "*", "tanh"], shapes, size=6).filter(lambda program: any(s.name == name for s in program.steps))

    @settings(max_examples=6)
    @given(with_it)
    def run(program: Program) -> None:
        check(program)

    run()


@settings(max_examples=80)
@given(ENTRYWISE)
def test_entries_of_an_array_are_treated_as_numbers_are(program: Program) -> None:
    """Enclosures made from the array program hold the gradients of the program run on one entry after the other."""
    symbols, env = program.symbols(), program.env()
    _, formulas = on_tape(program, symbols)
    balls = enclosures([as_expr(f) for f in formulas], env)
    for place in range(3):
        _, grads = on_tape(program, [leaf.tolist()[place] for leaf in program.leaves])
        for value, ball in zip(grads, balls[place::3], strict=True):
            assert ball.contains(float(value))


@settings(max_examples=80)
@given(ARRAY)
def test_an_explicit_tape_and_an_implicit_one_give_the_same_bits(program: Program) -> None:
    _, implicit = on_tape(program, program.leaves)
    with Tape():
        _, explicit = on_tape(program, program.leaves)
    assert np.array_equal(implicit, explicit)


# --- what the check notices --------------------------------------------------------------------------------------------

SAMPLE = Program(
    [np.array([0.5, -1.25, 2.0]), 0.75, np.array([[1.5], [-0.25]])],
    2,
    [
        Step("*", (0, 0), {}),
        Step("-", (3, 2), {}),
        Step("tanh", (4,), {}),
        Step("*", (5, 1), {}),
        Step("logsumexp", (6,), {"axis": 0, "keepdims": False}),
    ],
)


def test_the_sample_passes() -> None:
    check(SAMPLE)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("mul", lambda operands, output: operands[1] * (1 + 2.0**-40)),  # far below any tolerance that one would guess
        ("tanh", lambda operands, output: 1 + output * output),
    ],
    ids=["mul", "tanh"],
)
def test_a_wrong_partial_on_arrays_is_noticed(name: str, wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    operation = elementwise.OPERATIONS[name]
    monkeypatch.setattr(operation, "array_partials", [wrong, *operation.array_partials[1:]])
    with pytest.raises(AssertionError, match="is not in"):
        check(SAMPLE)


def test_a_wrong_rule_on_all_data_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    for partials in ("partials", "array_partials"):
        monkeypatch.setattr(elementwise.OPERATIONS["tanh"], partials, [lambda operands, output: 1 - output])
    with pytest.raises(AssertionError, match="by symbolic differentiation"):
        check(SAMPLE)


def test_a_share_that_counts_twice_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    original = broadcasting.SumTo.value
    monkeypatch.setattr(broadcasting.SumTo, "value", lambda self, x, shape: original(self, x, shape=shape) * 2)
    with pytest.raises(AssertionError, match="by symbolic differentiation"):
        check(SAMPLE)
