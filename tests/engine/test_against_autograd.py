"""The same random programs under HIPS autograd, where that is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from tests.engine.programs import STEPS, Program, programs
from tests.engine.test_programs import TELLING, on_tape

autograd = pytest.importorskip("autograd")
anp = pytest.importorskip("autograd.numpy")

SHARED = ["exp", "log", "tanh", "sqrt", "sin", "cos", "sinh", "cosh", "arctan", "log1p", "expm1", "square", "logaddexp"]
OURS = {"arctan": "atan"}
THEIRS: dict[str, Any] = {OURS.get(name, name): getattr(anp, name) for name in SHARED}
THEIRS |= {name: STEPS[name] for name in ("+", "-", "*", "/", "power", "take")}
THEIRS |= {"sum": anp.sum, "mean": anp.mean, "transpose": anp.transpose, "reshape": anp.reshape, "matmul": anp.matmul}


def by_autograd(program: Program) -> list[float]:
    """The gradient of the inputs' entries."""

    def f(inputs: Any) -> Any:
        nodes = [*inputs, *program.leaves[program.inputs :]]
        count = len(nodes)
        for step in program.steps:
            nodes.append(THEIRS[step.name](*[nodes[place] for place in step.places], **step.options))
        used = {place for step in program.steps for place in step.places}
        ends = [anp.sum(nodes[place]) for place in range(count, len(nodes)) if place not in used]
        return sum(ends, anp.sum(nodes[0]))

    grads = autograd.grad(f)([np.asarray(leaf) for leaf in program.leaves[: program.inputs]])
    return [float(x) for grad in grads for x in np.ravel(grad)]


@settings(max_examples=300)
@given(programs(list(THEIRS), size=10))
def test_gradients_are_those_of_autograd(program: Program) -> None:
    _, ours = on_tape(program, program.leaves)
    theirs = by_autograd(program)
    for a, b in zip(ours, theirs, strict=True):
        assert abs(float(a) - b) <= 2 * float(TELLING) * (1 + abs(b))  # the width that enclosures of such programs have at most
