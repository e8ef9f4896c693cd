"""Every computed value has its gradient after ``backward()``: numbers and arrays, with and without a tape of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import micrograd.engine as me
from micrograd.engine import Tape, Value, grad
from tests.engine.programs import COMMON, MIXING, STEPS, Program, programs

RNG = np.random.default_rng(5)
Context = Callable[[], AbstractContextManager[Any]]
TAPES: dict[str, Context] = {"implicit": nullcontext, "explicit": Tape}


@pytest.mark.parametrize("tape", TAPES)
def test_the_first_lesson(tape: str) -> None:
    with TAPES[tape]():
        f = Value(3.0)
        g = f**2
        h = g * 1.0
        h.backward()
    assert (f.grad, g.grad, h.grad) == (6.0, 1.0, 1.0)


def _branches(x: Any) -> list[Any]:
    a = x * 2.0
    b = me.where(a > 1, a, x)
    c = b**2
    return [a, b, c, me.sum(c * a)]


@pytest.mark.parametrize("tape", TAPES)
@pytest.mark.parametrize("x", [1.5, np.array([1.5, 0.25]), np.float32(1.5)], ids=["number", "array", "scalar"])
def test_programs_with_powers_and_choices(tape: str, x: Any) -> None:
    with TAPES[tape]():
        a, b, c, loss = _branches(Value(x))
        loss.backward()
    given = np.asarray(x, float)
    taken = 2 * given > 1
    value = np.where(taken, 2 * given, given)
    assert np.allclose(c.grad, 2 * given)
    assert np.allclose(b.grad, 2 * given * 2 * value)
    assert np.allclose(a.grad, value**2 + np.where(taken, 2 * given * 2 * value, 0))
    assert loss.grad == 1


def _results(program: Program, leaves: list[Any]) -> tuple[list[Value], Value]:
    """Every computed value, and the sum of what no step uses."""
    nodes = list(leaves)
    for step in program.steps:
        nodes.append(STEPS[step.name](*[nodes[place] for place in step.places], **step.options))
    computed = [node for node in nodes[len(leaves) :] if isinstance(node, Value)]
    used = {place for step in program.steps for place in step.places}
    total = me.sum(nodes[0])
    for place in range(len(leaves), len(nodes)):
        if place not in used:
            total = total + me.sum(nodes[place])
    return computed, total


def _cut(program: Program, place: int, leaves: list[Any]) -> Callable[[Any], Any]:
    """The result as a function of what one step computes."""

    def result(value: Any) -> Any:
        nodes = list(leaves)
        for k, step in enumerate(program.steps):
            made = STEPS[step.name](*[nodes[p] for p in step.places], **step.options)
            nodes.append(value if k == place else made)
        used = {p for step in program.steps for p in step.places}
        total = me.sum(nodes[0])
        for p in range(len(leaves), len(nodes)):
            if p not in used:
                total = total + me.sum(nodes[p])
        return total

    return result


@settings(max_examples=60, deadline=None)
@given(programs([*COMMON, *MIXING], size=6))
def test_every_value_of_a_random_program(program: Program) -> None:
    """Its gradient is that of the rest of the program, taken as a function of it."""
    plain = list(program.leaves)
    for tape in TAPES.values():
        with tape():
            leaves = [Value(x) if k < program.inputs else x for k, x in enumerate(plain)]
            nodes, total = _results(program, leaves)
            total.backward()
        for place, node in enumerate(nodes if len(nodes) == len(program.steps) else []):
            expected = grad(_cut(program, place, plain))(np.asarray(node.data) if np.ndim(node.data) else float(node.data))
            assert np.allclose(node.grad, expected, rtol=1e-9, atol=1e-12), program.steps[place]


def test_every_step_of_a_loop_has_them() -> None:
    x, w = RNG.standard_normal((4, 3)), RNG.standard_normal((3, 2))
    seen = []
    for _ in range(4):
        weights = Value(w)
        hidden = me.relu(x @ weights)
        shifted = hidden + 1.0
        loss = (shifted * shifted).sum()
        loss.backward()
        seen.append([weights.grad, hidden.grad, shifted.grad, np.asarray(loss.grad)])
    for adjoints in seen:
        assert all(a.tobytes() == b.tobytes() for a, b in zip(adjoints, seen[0], strict=True))
    assert np.array_equal(seen[-1][1], 2 * (np.maximum(x @ w, 0) + 1))


@pytest.mark.parametrize("steps", [1, 4])
def test_gradients_of_leaves_and_of_computed_values_are_apart(steps: int) -> None:
    for _ in range(steps):
        x, z = Value(np.ones(3)), Value(np.zeros(3))
        y = x + z
        u = y + 0.0
        u.sum().backward()
        x.grad *= 5.0
        z.grad[:] = 7.0
        assert y.grad.tolist() == [1.0, 1.0, 1.0]
        with pytest.raises(ValueError, match="read-only"):
            y.grad[0] = 2.0


def test_a_cotangent_that_changes_later() -> None:
    x = Value(np.ones(2))
    y = x * 2.0
    ct = np.ones(2)
    y.backward(ct)
    ct[:] = 9.0
    assert y.grad.tolist() == [1.0, 1.0]


def test_values_of_tapes_that_have_ended() -> None:
    """A value that goes on being used has the gradient of all of its uses."""
    x = Value(np.array([2.0]))
    a = x * 3.0
    b = a * a
    b.sum().backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([12.0], [1.0])
    x.zero_grad()
    c = a * b  # on another tape
    c.sum().backward()
    assert c.grad.tolist() == [1.0]
    assert b.grad.tolist() == [6.0]
    assert a.grad.tolist() == [36.0 + 2 * 6.0 * 6.0]
    assert x.grad.tolist() == [3 * (36.0 + 72.0)]


def test_tapes_that_link_to_each_other_in_any_order() -> None:
    """Each is swept once, after all that link to it."""
    x = Value(2.0)
    a = x * 3.0
    a.backward()
    b = a * a
    b.backward()
    x.zero_grad()
    c = a * b + a
    c.backward()
    assert (c.grad, b.grad, a.grad, x.grad) == (1, 6.0, 36.0 + 72.0 + 1.0, 3 * 109.0)


@pytest.mark.parametrize("tape", TAPES)
def test_constants_have_theirs_when_asked(tape: str) -> None:
    """As a drawing of the graph shows them."""
    with TAPES[tape]():
        x = Value(np.array([1.0, 2.0]))
        y = x * 3.0 + np.array([0.5, 0.5])
        loss = (y * y).sum()
        loss.backward()
    inner = next(v for v in y._prev if v._op == "*")
    (three,) = [v for v in inner._prev if v is not x]
    assert three.data == 3.0
    assert three.grad == float((2 * y.data * x.data).sum())
    (half,) = [v for v in y._prev if v is not inner]
    assert half.grad.tolist() == (2 * y.data).tolist()


def test_the_table_of_a_tape_shows_them() -> None:
    with Tape() as tape:
        x = Value(np.array([1.0, 2.0]))
        (x * 3.0).sum().backward()
    assert [entry.adjoint if np.ndim(entry.adjoint) == 0 else entry.adjoint.tolist() for entry in tape] == [
        [3.0, 3.0],
        3.0,
        [1.0, 1.0],
        1.0,
    ]


def test_literals_occur_once_on_a_tape_of_numbers() -> None:
    with Tape() as tape:
        x = Value(2.0)
        y = x * 0.5 + 0.5 - 0.0 + -0.0
        z = y / 3 + 3.0 * y - 3
        z.backward()
    constants = [entry.value for entry in tape if entry.operation == "const"][1:]
    assert [str(value) for value in constants] == ["0.5", "0.0", "-0.0", "3", "3.0"]
    assert (x.grad, y.grad) == (0.5 * (1 / 3 + 3), 1 / 3 + 3)
