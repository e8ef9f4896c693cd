"""Bad input: every mistake is named, none ends in a traceback from inside NumPy, none in a silently wrong gradient."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from micrograd import engine as mg
from micrograd.engine import DtypeError, ShapeError, Tape, TapeError, Value, no_grad
from micrograd.verified import MicrogradError, var


def matrix() -> Value:
    return Value(np.arange(6.0).reshape(2, 3))


NOT_DATA: dict[str, tuple[Any, str]] = {
    "integers": (np.arange(3), r"int64.*\(3,\).*astype\(float\)"),
    "unsigned integers": (np.arange(3, dtype=np.uint8), "uint8"),
    "truth values": (np.array([True, False]), r"bool.*astype\(float\)"),
    "a truth value": (True, "truth value"),
    "a NumPy truth value": (np.bool_(True), "truth value"),
    "a comparison": (np.float64(1.0) > 0, "truth value"),
    "complex numbers": (np.array([1j]), "complex128"),
    "a complex number": (1j, "complex"),
    "text": ("1.0", "str"),
    "an array of text": (np.array(["1.0"]), "<U3"),
    "a list of text": (["1.0"], "<U3"),
    "None": (None, "NoneType"),
    "objects": (np.array([object()], dtype=object), "must hold expressions"),
    "objects that are text": (np.array(["x"], dtype=object), "must hold expressions"),
    "a dictionary": ({"a": 1.0}, "dict"),
    "dates": (np.array(["2020-01-01"], dtype="datetime64[D]"), "datetime64"),
    "records": (np.zeros(2, dtype=[("a", float)]), "cannot be differentiated"),
    "a function": (math.sin, "builtin_function_or_method"),
}


@pytest.mark.parametrize("name", NOT_DATA)
def test_what_cannot_be_differentiated(name: str) -> None:
    data, message = NOT_DATA[name]
    with pytest.raises(DtypeError, match=message):
        Value(data)
    x = Value(1.0)
    with pytest.raises(DtypeError, match=message):
        x.data = data
    assert x.data == 1.0


@pytest.mark.parametrize(
    "name", [name for name in NOT_DATA if not name.endswith(("integers", "truth values", "truth value", "comparison"))]
)
@pytest.mark.parametrize("apply", [lambda x, o: x + o, lambda x, o: mg.mul(o, x)], ids=["operator", "function"])
def test_what_cannot_be_an_operand(name: str, apply: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(TypeError):
        apply(Value(np.ones(1)), NOT_DATA[name][0])


def test_integers_may_be_constants() -> None:
    x = Value(np.ones(3))
    y = x * np.arange(3) + np.array([True, False, True])
    y.backward(np.ones(3))
    assert y.data.tolist() == [1.0, 1.0, 3.0]
    assert x.grad.tolist() == [0.0, 1.0, 2.0]


def test_exact_numbers_among_expressions() -> None:
    v = Value(np.array([var("x"), Fraction(1, 2), 3], dtype=object))
    assert v.shape == (3,)
    assert v.dtype == object


@pytest.mark.parametrize("data", [[[1.0], [1.0, 2.0]], [[1], [2, 3]]])
def test_ragged_lists(data: Any) -> None:
    with pytest.raises(ShapeError, match="differ in length"):
        Value(data)


# --- shapes ------------------------------------------------------------------------------------------------------------

MISFITS: dict[str, tuple[Callable[[], Any], str]] = {
    "add": (lambda: matrix() + np.ones(2), r"add.*\(2, 3\).*\(2,\)"),
    "sub": (lambda: np.ones((3, 2)) - matrix(), r"sub.*\(3, 2\).*\(2, 3\)"),
    "add of values": (lambda: matrix() + Value(np.ones(2)), r"add.*\(2, 3\).*\(2,\)"),
    "mul of values": (lambda: matrix() * Value(np.ones((3, 3))), r"mul.*\(2, 3\).*\(3, 3\)"),
    "maximum": (lambda: mg.maximum(matrix(), np.ones(2)), r"max.*\(2, 3\).*\(2,\)"),
    "logaddexp": (lambda: mg.logaddexp(matrix(), np.ones(2)), r"logaddexp.*\(2, 3\).*\(2,\)"),
    "less": (lambda: matrix() < np.ones(2), r"lt.*\(2, 3\).*\(2,\)"),
    "where": (lambda: mg.where(np.ones(2, dtype=bool), matrix(), 0.0), r"where.*\(2,\).*\(2, 3\)"),
    "matmul": (lambda: matrix() @ matrix(), r"matmul.*\(2, 3\).*\(2, 3\)"),
    "matmul with a number": (lambda: matrix() @ 2.0, r"matmul.*\(2, 3\).*use \*"),
    "number matmul": (lambda: Value(2.0) @ matrix(), r"matmul.*use \*"),
    "stacks of matrices": (lambda: Value(np.ones((2, 2, 3))) @ np.ones((3, 3, 2)), r"matmul.*\(2, 2, 3\).*\(3, 3, 2\)"),
    "dot": (lambda: mg.dot(matrix(), np.ones(2)), r"matmul.*\(2, 3\).*\(2,\)"),
    "reshape": (lambda: matrix().reshape(4, 2), r"reshape.*\(2, 3\).*\(4, 2\)"),
    "reshape with -1": (lambda: matrix().reshape(-1, 4), r"reshape.*\(2, 3\).*\(-1, 4\)"),
    "reshape with two -1": (lambda: matrix().reshape(-1, -1), r"reshape.*\(2, 3\)"),
    "transpose": (lambda: mg.transpose(matrix(), (0, 0)), r"transpose.*\(0, 0\).*\(2, 3\)"),
    "transpose of too many axes": (lambda: mg.transpose(matrix(), (0, 1, 2)), r"transpose"),
    "sum": (lambda: matrix().sum(axis=2), r"sum.*axis 2.*\(2, 3\)"),
    "sum below": (lambda: matrix().sum(axis=-3), r"sum.*axis -3.*\(2, 3\)"),
    "sum twice": (lambda: matrix().sum(axis=(0, -2)), r"sum.*\(0, -2\)"),
    "mean": (lambda: matrix().mean(axis=5), r"mean.*axis 5"),
    "max": (lambda: matrix().max(axis=5), r"max.*axis 5"),
    "logsumexp": (lambda: mg.logsumexp(matrix(), axis=5), r"logsumexp.*axis 5"),
    "softmax": (lambda: mg.softmax(matrix(), axis=5), r"log_softmax.*axis 5"),
    "squeeze": (lambda: mg.squeeze(matrix(), 0), r"squeeze.*axis 0.*\(2, 3\)"),
    "broadcast_to": (lambda: mg.broadcast_to(matrix(), (2, 4)), r"broadcast_to.*\(2, 3\).*\(2, 4\)"),
    "concatenate": (lambda: mg.concatenate([matrix(), Value(np.ones((2, 2)))]), r"concatenate.*axis 0.*\(2, 3\).*\(2, 2\)"),
    "concatenate nothing": (lambda: mg.concatenate([]), r"concatenate: no arrays"),
    "concatenate along no axis": (lambda: mg.concatenate([matrix()], axis=2), r"concatenate.*axis 2"),
    "stack": (lambda: mg.stack([matrix(), Value(1.0)]), r"stack.*\(2, 3\).*float"),
    "stack nothing": (lambda: mg.stack([]), r"stack: no arrays"),
    "stack along no axis": (lambda: mg.stack([matrix()], axis=4), r"stack: axis 4"),
    "index": (lambda: matrix()[2], r"indexing.*\(2, 3\).*out of bounds"),
    "too many indices": (lambda: matrix()[0, 0, 0], r"indexing.*\(2, 3\).*too many"),
    "mask": (lambda: matrix()[np.ones(3, dtype=bool)], r"indexing.*\(2, 3\).*boolean"),
    "float index": (lambda: matrix()[1.5], r"indexing.*\(2, 3\)"),
    "mse": (lambda: mg.mse(matrix(), np.ones(3)), r"mse.*\(2, 3\).*\(3,\)"),
    "hinge": (lambda: mg.hinge(matrix(), np.ones(3)), r"hinge.*\(2, 3\).*\(3,\)"),
    "mean of nothing": (lambda: Value(np.zeros((0, 3))).mean(axis=0), r"mean: no entries.*\(0, 3\)"),
    "max of nothing": (lambda: Value(np.zeros(0)).max(), r"max: no entries.*\(0,\)"),
    "min of nothing": (lambda: Value(np.zeros((2, 0))).min(axis=1), r"min: no entries.*\(2, 0\)"),
    "logsumexp of nothing": (lambda: mg.logsumexp(Value(np.zeros(0))), r"logsumexp: no entries.*\(0,\)"),
    "softmax of nothing": (lambda: mg.softmax(Value(np.zeros((2, 0)))), r"no entries"),
    "mse of nothing": (lambda: mg.mse(Value(np.zeros(0)), np.zeros(0)), r"mean: no entries"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_shapes_that_do_not_fit(name: str) -> None:
    call, message = MISFITS[name]
    with pytest.raises(ShapeError, match=message) as caught:
        call()
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, MicrogradError)


@pytest.mark.parametrize("name", MISFITS)
def test_a_failed_operation_does_not_spoil_the_tape(name: str) -> None:
    with Tape():
        x = Value(np.ones(2))
        with pytest.raises(ShapeError):
            MISFITS[name][0]()
        y = (x * x).sum()
    y.backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_failed_operation_leaves_no_entry() -> None:
    with Tape() as tape:
        x, y = Value(np.ones(2)), Value(np.ones(3))
        for apply in (mg.add, mg.mul, mg.sub, mg.matmul, mg.maximum):
            with pytest.raises(ShapeError):
                apply(x, y)
    assert [entry.operation for entry in tape] == ["const", "const"]


# --- backward ----------------------------------------------------------------------------------------------------------


def test_an_array_needs_a_cotangent() -> None:
    with pytest.raises(ShapeError, match=r"float64 \(2, 3\).*cotangent"):
        (matrix() * 2).backward()
    x = Value(np.array([[3.0]]))
    (x * 2).backward()
    assert x.grad.tolist() == [[2.0]]


@pytest.mark.parametrize(
    ("cotangent", "error", "message"),
    [
        (np.ones(3), ShapeError, r"\(3,\).*\(2, 3\)"),
        (1.0, ShapeError, r"\(\).*\(2, 3\)"),
        (np.ones((2, 3, 1)), ShapeError, r"\(2, 3, 1\)"),
        ("x", DtypeError, "str"),
        (np.ones((2, 3), dtype=int), DtypeError, "int64"),
        (np.ones((2, 3), dtype=complex), DtypeError, "complex128"),
        (True, DtypeError, "truth value"),
    ],
)
def test_cotangents_that_do_not_fit(cotangent: Any, error: type[Exception], message: str) -> None:
    x = matrix()
    y = x * 2
    with pytest.raises(error, match=message):
        y.backward(cotangent)
    assert np.all(x.grad == 0)
    y.backward(np.ones((2, 3)))
    assert np.all(x.grad == 2.0)


def test_a_number_refuses_an_array_as_cotangent() -> None:
    with pytest.raises(ShapeError, match=r"\(3,\)"):
        (Value(2.0) * 3).backward(np.ones(3))


def test_backward_inside_no_grad_is_an_error_and_changes_nothing() -> None:
    x = Value(2.0)
    y = x * x
    with no_grad(), pytest.raises(TapeError, match="no_grad"):
        y.backward()
    assert x.grad == 0
    y.backward()
    assert x.grad == 4.0


def test_truth_values_have_no_gradient() -> None:
    x = Value(np.array([1.0, -1.0]))
    y = x > 0
    with pytest.raises(MicrogradError):
        y.backward()


@pytest.mark.parametrize("when", ["operand", "leaf", "leaf through a view", "argument"])
def test_arrays_changed_in_place(when: str) -> None:
    data, other = np.ones(3), np.full(3, 2.0)
    x = Value(data)
    y = (x * x * other).tanh().sum()
    target = {"operand": other, "leaf": x.data, "leaf through a view": data[1:], "argument": data}[when]
    target[0] = 9.0
    with pytest.raises(TapeError, match="changed in place"):
        y.backward()
    assert np.all(x.grad == 0)


# --- labels ------------------------------------------------------------------------------------------------------------

LABELS: dict[str, tuple[Any, type[Exception], str]] = {
    "out of range": ([0, 3], ShapeError, "label 3 is out of range for 3 classes"),
    "negative": ([-1, 0], ShapeError, "label -1 is out of range"),
    "far out of range": ([0, 2**62], ShapeError, "out of range"),
    "unsigned": (np.array([0, 255], dtype=np.uint8), ShapeError, "label 255"),
    "small and negative": (np.array([0, -1], dtype=np.int8), ShapeError, "label -1"),
    "floats": ([0.0, 1.0], DtypeError, "integers, not float64"),
    "truth values": ([True, False], DtypeError, "integers, not bool"),
    "text": (["0", "1"], DtypeError, "integers, not"),
    "too few": ([0], ShapeError, r"\(2, 3\).*\(1,\)"),
    "too many": ([0, 1, 2], ShapeError, r"\(2, 3\).*\(3,\)"),
    "a matrix": ([[0, 1]], ShapeError, r"\(1, 2\)"),
    "a number": (0, ShapeError, r"\(\)"),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels(name: str) -> None:
    labels, error, message = LABELS[name]
    for logits in (matrix(), matrix().data):
        with pytest.raises(error, match=message):
            mg.cross_entropy(logits, labels)


@pytest.mark.parametrize("logits", [np.ones(3), np.ones((1, 2, 3)), 1.0])
def test_logits_of_other_shapes(logits: Any) -> None:
    with pytest.raises(ShapeError, match="cross_entropy"):
        mg.cross_entropy(Value(logits), [0])


def test_cross_entropy_of_no_rows() -> None:
    with pytest.raises(ShapeError, match="no rows"):
        mg.cross_entropy(Value(np.zeros((0, 3))), [])
    with pytest.raises(ShapeError, match="out of range"):
        mg.cross_entropy(Value(np.zeros((2, 0))), [0, 0])


# --- NaN ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [math.nan, np.array([1.0, math.nan]), np.float32("nan")], ids=["float", "array", "float32"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * x,
        mg.exp,
        mg.sigmoid,
        mg.softplus,
        mg.sqrt,
        lambda x: x**3,
        lambda x: 1.0 / x,
        mg.tanh,
        mg.log,
    ],
)
def test_nan_stays_nan(data: Any, f: Callable[[Any], Any]) -> None:
    x = Value(data)
    y = f(x)
    y.backward(np.ones_like(data) if np.ndim(data) else None)
    assert np.isnan(y.data).any()
    assert np.isnan(x.grad).any()


def test_nan_in_reductions() -> None:
    data = np.array([1.0, math.nan, 2.0])
    for f in (mg.sum, mg.mean, mg.max, mg.min, mg.logsumexp):
        assert math.isnan(f(Value(data)).data)
    assert math.isnan(mg.cross_entropy(Value(data[None]), [0]).data)


def test_relu_of_nan() -> None:
    for data in (math.nan, np.array([math.nan])):
        x = Value(data)
        y = x.relu()
        y.backward()
        assert np.isnan(y.data).all()


def test_infinities_follow_the_arithmetic() -> None:
    x = Value(math.inf)
    y = x - x
    y.backward()
    assert math.isnan(y.data)
    assert x.grad == 0.0
    assert mg.sigmoid(Value(-math.inf)).data == 0.0
    assert Value(1e308).data * 10 == math.inf
    assert (Value(1.0) / 0).data == math.inf


@pytest.mark.parametrize("name", ["exp", "logaddexp", "atan2"])
def test_the_number_of_operands(name: str) -> None:
    f = getattr(mg, name)
    with pytest.raises(TypeError, match=f"{name}\\(\\) takes"):
        f(Value(1.0), 2.0, 3.0)
    with pytest.raises(TypeError, match=f"{name}\\(\\) takes"):
        f()


def test_a_number_or_truth_of_many_entries() -> None:
    for call in (float, bool, lambda v: v.item()):
        with pytest.raises(ShapeError, match=r"float64 \(3,\)"):
            call(Value(np.ones(3)))
    assert float(Value(np.full((1, 1), 2.0))) == 2.0


def test_linear_names_its_operands() -> None:
    w = Value(np.ones((3, 4)))
    with pytest.raises(ShapeError, match=r"linear: float64 \(2, 4\) @ float64 \(3, 4\) \+ float64 \(4,\): there is no such product"):
        mg.linear(np.ones((2, 4)), w, np.zeros(4))
    for shape in ((5,), (2, 1, 4)):
        with pytest.raises(ShapeError, match=r"the last does not broadcast to \(2, 4\), the shape of the product"):
            mg.linear(np.ones((2, 3)), w, Value(np.zeros(shape)))
    with pytest.raises(ShapeError, match="linear: float @"):
        mg.linear(1.0, w, 0.0)
