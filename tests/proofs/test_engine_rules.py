"""The family of engine rules: nothing of the engine is left out, and breaking rules for mutants leaves no trace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from micrograd import evaluate
from micrograd.engine import Tape, Value, affine, array_operations, broadcasting, choosing, elementwise, scaling, softmax_operations
from micrograd.engine.elementwise import OPERATIONS
from micrograd.engine.operation import Operation, plain_data
from micrograd.verified import PRIMITIVES
from micrograd.verified.expr import ONE, ZERO, Expr
from proofs import engine_rules
from tests.carriers.carrier_samples import operands as samples

NOT_DIFFERENTIATED = {"lt", "le", "gt", "ge", "eq", "ne", "logical_and", "logical_or", "logical_not", "lost", "ties"}


def test_every_operation_has_a_case() -> None:
    found = {
        thing.name
        for module in (broadcasting, choosing, scaling, elementwise, array_operations, softmax_operations, affine)
        for thing in vars(module).values()
        if isinstance(thing, Operation)
    }
    found |= set(OPERATIONS)
    covered = {case.operation.name for case in engine_rules.CASES}
    assert found - covered == NOT_DIFFERENTIATED & found


def test_names_are_unique() -> None:
    names = [o.name for o in engine_rules.obligations()]
    assert len(set(names)) == len(names)
    assert len({case.name for case in engine_rules.CASES}) == len(engine_rules.CASES)


def test_mutants_leave_no_trace() -> None:
    before = [o.smtlib for o in engine_rules.obligations()]
    mutants = list(engine_rules.mutants())
    assert len(mutants) > 300
    assert [o.smtlib for o in engine_rules.obligations()] == before


def test_mutants_say_something_else() -> None:
    right = {o.name: o.smtlib for o in engine_rules.obligations()}
    for mutant in engine_rules.mutants():
        assert any(o.smtlib != right[o.name] for o in mutant.obligations), mutant


def test_cases_have_a_fact_for_each_reduction_of_exponentials() -> None:
    uses = [case.name for case in engine_rules.CASES if case.uses]
    assert uses == ["logsumexp", "logsumexp_rows", "log_softmax", "cross_entropy", "cross_entropy_residual"]


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in engine_rules._CONSTANT])
def test_partials_on_arrays_are_those_that_are_proved(name: str) -> None:
    """The quick partials for plain arrays come from the same templates: they agree with those that run on expressions."""
    operation, row = OPERATIONS[name], PRIMITIVES[name]
    points = list(samples(name, 20))
    operands = [np.array(column, dtype=float) for column in zip(*points, strict=True)]
    with np.errstate(all="ignore"):
        output = operation.value(*operands)
        for place in range(operation.arity):
            quick, general = operation.array_partials[place], operation.partials[place]
            if isinstance(quick, Expr):
                assert quick is general
                assert quick in (ZERO, ONE, -ONE)
                continue
            assert np.array_equal(quick(operands, output), general(operands, output), equal_nan=True)
            template = row.partial_templates[place]
            assert template is not None
            values = evaluate(template, dict(zip(row.params, operands, strict=True)), on_domain="ieee")
            assert np.allclose(np.broadcast_to(quick(operands, output), output.shape), values, rtol=1e-12, atol=0.0, equal_nan=True)


@pytest.mark.parametrize("case", engine_rules.CASES, ids=lambda case: case.name)
def test_rules_on_values_are_those_on_data(case: engine_rules.Case) -> None:
    """Inside another transformation the rules get values: cotangent, operands and output."""
    operation, options = case.operation, case.options
    data = [*case.fixed, *(engine_rules._variables("abdfgh"[n], shape) for n, shape in enumerate(case.shapes))]
    output = operation.value(*data, **options)
    ct = engine_rules._variables("ct", np.shape(output) if isinstance(output, np.ndarray) else ())
    with Tape():
        values = [*case.fixed, *map(Value, data[len(case.fixed) :])]
        for place in range(len(case.fixed), len(data)):
            expected = operation.vjp(ct, place, data, output, **options)
            found = operation.vjp(Value(ct), place, values, Value(output), **options)
            check_same(found, expected)
            t = engine_rules._variables("t", np.shape(data[place]) if isinstance(data[place], np.ndarray) else ())
            check_same(operation.jvp(Value(t), place, values, Value(output), **options), operation.jvp(t, place, data, output, **options))


def check_same(found: Any, expected: Any) -> None:
    if expected is None:
        assert found is None
        return
    found = plain_data(found)
    assert np.shape(found) == np.shape(expected)
    assert engine_rules._entries(found) == engine_rules._entries(expected)
