"""Operations on arrays: against exact linear algebra in integers, symbolic derivatives in enclosures, and at kinks and extremes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import flint
import numpy as np
import pytest
from flint import arb

from micrograd import engine as mg
from micrograd import evaluate
from micrograd.carriers.arb.carrier import ball
from micrograd.engine import Value
from micrograd.engine.broadcasting import cast
from micrograd.engine.functions import FUNCTIONS, NAMES
from micrograd.engine.softmax_operations import NARROW, buffers_for, residual_of, terms_of
from micrograd.verified import PRIMITIVES, diff, domain, var, variables
from tests.engine.programs import UNIT, enclosures
from tests.verified.test_registry import samples

# --- every primitive ---------------------------------------------------------------------------------------------------

UNARY_AND_BINARY = [row for row in PRIMITIVES.values() if row.name != "powi"]


def float_points(row: Any) -> list[dict[str, float]]:
    """Points of the registry's tests, rounded to floats, that still lie in the domain."""
    condition = domain(row.application)
    rounded = [{name: float(value) for name, value in point.items()} for point in samples(row.application)]
    return [p for p in rounded if evaluate(condition, {**{n: arb(v) for n, v in p.items()}, "_": arb(0)}) is True]


@pytest.mark.parametrize("row", UNARY_AND_BINARY, ids=lambda row: row.name)
def test_partials_lie_in_the_enclosures_of_the_symbolic_derivative(row: Any) -> None:
    """On numbers one by one, and on all of them as an array."""
    function = FUNCTIONS[NAMES.get(row.name, row.name)]
    names = [str(v.key[1]) for v in row.variables]
    formulas = [diff(row.application, v) for v in row.variables]
    points = float_points(row)
    assert len(points) >= 6
    columns = [Value(np.array([point[name] for point in points])) for name in names]
    with np.errstate(all="ignore"):
        function(*columns).backward(np.ones(len(points)))
    for k, point in enumerate(points):
        values = [Value(point[name]) for name in names]
        function(*values).backward()
        for value, column, enclosed in zip(values, columns, enclosures(formulas, point), strict=True):
            on_arrays = float(np.broadcast_to(column.grad, len(points))[k])
            for grad in (float(value.grad), on_arrays):
                assert enclosed.contains(grad) or beyond(grad, enclosed), f"{row.name} at {point}: {grad!r} not in {enclosed}"


def beyond(value: float, enclosed: Any) -> bool:
    """Whether an infinity stands for a number that exceeds the largest float."""
    return math.isinf(value) and bool(enclosed * math.copysign(1.0, value) >= np.finfo(float).max)


@pytest.mark.parametrize("n", [-3, -1, 0, 1, 2, 3, 7])
def test_integer_powers(n: int) -> None:
    for x in (-2.0, 0.5, 4.0, 0.0):
        if x == 0 and n < 0:
            continue
        slope = float(n * Fraction(x) ** (n - 1)) if n else 0.0
        for data in (x, np.array([x, x])):
            v = Value(data)
            y = v**n
            y.backward(None if isinstance(data, float) else np.ones(2))
            assert np.all(y.data == float(Fraction(x) ** n))
            assert np.all(v.grad == slope)


# --- kinks: the registry's choice --------------------------------------------------------------------------------------

KINKS: list[tuple[str, tuple[float, ...], tuple[float, ...]]] = [
    ("relu", (0.0,), (0.0,)),
    ("relu", (-0.0,), (0.0,)),
    ("absolute", (0.0,), (0.0,)),
    ("sign", (0.0,), (0.0,)),
    ("maximum", (1.5, 1.5), (1.0, 0.0)),
    ("minimum", (1.5, 1.5), (1.0, 0.0)),
    ("maximum", (0.0, -0.0), (1.0, 0.0)),
    ("floor", (2.0,), (0.0,)),
    ("ceil", (2.0,), (0.0,)),
    ("trunc", (-2.0,), (0.0,)),
]


@pytest.mark.parametrize("as_data", [float, lambda v: np.array([v, v]), np.float32], ids=["float", "array", "float32"])
@pytest.mark.parametrize(("name", "operands", "slopes"), KINKS)
def test_kinks(name: str, operands: tuple[float, ...], slopes: tuple[float, ...], as_data: Callable[[float], Any]) -> None:
    values = [Value(as_data(v)) for v in operands]
    y = getattr(mg, name)(*values)
    y.backward(None if not y.shape else np.ones(2))
    assert [np.unique(v.grad).tolist() for v in values] == [[slope] for slope in slopes]
    assert set(slopes) <= {0.0, 1.0}


def test_kinks_are_those_of_symbolic_differentiation() -> None:
    for name, operands, slopes in KINKS:
        row = next(row for row in PRIMITIVES.values() if NAMES.get(row.name, row.name) == name)
        point = {str(v.key[1]): Fraction(x) for v, x in zip(row.variables, operands, strict=True)}
        found = [evaluate(diff(row.application, v), point) for v in row.variables]
        assert found == [Fraction(s) for s in slopes], name


# --- linear operations: exactly, on integers ---------------------------------------------------------------------------


def integers(*shape: int) -> Any:
    """A floating-point array of small integers, all different."""
    return (np.arange(math.prod(shape)) * 7 % 23 - 9.0).reshape(shape)


def check_linear(f: Callable[..., Any], *operands: Any, jointly: bool = False) -> None:
    """∂(ct·f)/∂x at an entry is ct·f(unit vector): f must be linear in each operand, or in all together.  Sums of integers are exact."""
    values = [Value(x) for x in operands]
    y = f(*values)
    ct = integers(*y.shape) + 1.0
    assert np.array_equal(y.data, f(*operands))
    y.backward(ct if y.shape else float(ct))
    for place, value in enumerate(values):
        expected = np.zeros(value.shape)
        for index in np.ndindex(*value.shape):
            unit = np.zeros(value.shape)
            unit[index] = 1.0
            others = [unit if i == place else 0.0 * x if jointly else x for i, x in enumerate(operands)]
            expected[index] = np.sum(ct * f(*others))
        assert np.shape(value.grad) == value.shape
        assert np.array_equal(value.grad, expected)


MATMULS = [
    ((3,), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3,)),
    ((2, 3), (3, 4)),
    ((4, 2, 3), (4, 3, 2)),
    ((4, 2, 3), (3, 2)),
    ((2, 3), (4, 3, 2)),
    ((4, 1, 2, 3), (5, 3, 2)),
    ((3,), (4, 3, 2)),
    ((4, 2, 3), (3,)),
    ((1, 3), (3, 1)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 3)),
    ((0,), (0,)),
]


@pytest.mark.parametrize(("left", "right"), MATMULS, ids=str)
def test_matmul(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    check_linear(lambda a, b: mg.matmul(a, b), integers(*left), integers(*right))


def test_matmul_of_a_matrix_with_itself() -> None:
    a = integers(3, 3)
    x = Value(a)
    (x @ x).backward(np.ones((3, 3)))
    assert np.array_equal(x.grad, np.ones((3, 3)) @ a.T + a.T @ np.ones((3, 3)))


BROADCASTS: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((), (3,)),
    ((2, 3), (3,)),
    ((2, 3), (2, 1)),
    ((2, 1), (1, 3)),
    ((4, 1, 3), (2, 1)),
    ((1, 1), (2, 3)),
    ((0, 3), (1, 3)),
    ((2, 0), (2, 1)),
    ((3,), (1,)),
]


@pytest.mark.parametrize(("left", "right"), BROADCASTS, ids=str)
@pytest.mark.parametrize("swap", [False, True])
def test_broadcasting(left: tuple[int, ...], right: tuple[int, ...], swap: bool) -> None:
    a, b = integers(*left), integers(*right)
    check_linear(mg.mul, *((b, a) if swap else (a, b)))
    x, y = Value(a), Value(b)
    z = x - y
    ct = integers(*z.shape)
    z.backward(ct)
    assert np.array_equal(x.grad, summed(ct, left))
    assert np.array_equal(y.grad, -summed(ct, right))


def summed(ct: Any, shape: tuple[int, ...]) -> Any:
    """Each entry added where it came from."""
    total = np.zeros(shape)
    places = np.broadcast_to(np.arange(math.prod(shape)).reshape(shape), ct.shape)
    np.add.at(total.reshape(-1), places.ravel(), ct.ravel())
    return total


CUBE = (2, 3, 2)
AXES = [None, 0, 1, 2, -1, (0, 1), (0, 2), (-1, 0), (0, 1, 2), ()]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES, ids=str)
def test_sums_and_means(axis: Any, keepdims: bool) -> None:
    x = integers(*CUBE)
    check_linear(lambda v: mg.sum(v, axis, keepdims), x)
    assert np.array_equal(mg.sum(x, axis, keepdims), np.sum(x, axis=axis, keepdims=keepdims))
    v = Value(x)
    y = mg.mean(v, axis, keepdims)
    assert y.shape == np.mean(x, axis=axis, keepdims=keepdims).shape
    assert np.array_equal(y.data, np.sum(x, axis=axis, keepdims=keepdims) / (x.size / y.size))
    y.backward(np.ones(y.shape))
    assert np.array_equal(v.grad, np.full(CUBE, 1 / (x.size / y.size)))


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_sums_over_no_entries(shape: tuple[int, ...]) -> None:
    v = Value(np.zeros(shape))
    y = v.sum()
    y.backward()
    assert y.data == 0.0
    assert v.grad.shape == shape


SHAPING: dict[str, Callable[[Any], Any]] = {
    "reshape": lambda v: mg.reshape(v, (3, 4)),
    "reshape with -1": lambda v: mg.reshape(v, (-1, 6)),
    "reshape to a vector": lambda v: mg.reshape(v, 12),
    "ravel": mg.ravel,
    "transpose": mg.transpose,
    "transpose by axes": lambda v: mg.transpose(v, (1, 2, 0)),
    "transpose by negative axes": lambda v: mg.transpose(v, (-1, 0, 1)),
    "expand_dims": lambda v: mg.expand_dims(v, 1),
    "expand_dims at the end": lambda v: mg.expand_dims(v, -1),
    "squeeze": lambda v: mg.squeeze(mg.expand_dims(v, 0)),
    "squeeze an axis": lambda v: mg.squeeze(mg.reshape(v, (1, 12, 1)), -1),
    "broadcast_to": lambda v: mg.broadcast_to(v, (4, *CUBE)),
    "broadcast_to along a unit axis": lambda v: mg.broadcast_to(mg.reshape(v, (1, 12)), (3, 12)),
    "concatenate": lambda v: mg.concatenate([v, 2.0 * v, v], axis=1),
    "stack": lambda v: mg.stack([v, v], axis=-1),
    "stack of entries": lambda v: mg.stack([v[0, 0, 0], v[1, 2, 1], v[0, 0, 0]]),
    "integer": lambda v: v[1],
    "slice": lambda v: v[:, ::2],
    "backwards": lambda v: v[::-1, ::-1],
    "ellipsis": lambda v: v[..., 0],
    "new axis": lambda v: v[None, :, 1],
    "list": lambda v: v[[0, 0, 1, 0]],
    "array of indices": lambda v: v[np.array([[0, 1], [1, 1]]), np.array([2, 2])],
    "mask": lambda v: v[np.arange(12).reshape(CUBE) % 3 == 0],
    "mask of an axis": lambda v: v[:, np.array([True, False, True])],
    "empty": lambda v: v[:0],
    "empty list": lambda v: v[np.array([], dtype=int)],
    "one entry": lambda v: v[1, 2, 0],
}


@pytest.mark.parametrize("name", SHAPING)
def test_shapes_and_indices(name: str) -> None:
    check_linear(SHAPING[name], integers(*CUBE))


def test_concatenating_arrays_of_several_lengths() -> None:
    for axis in (0, -2):
        joined = partial(lambda axis, *parts: mg.concatenate(parts, axis=axis), axis)
        check_linear(joined, integers(1, 2), integers(0, 2), integers(3, 2), jointly=True)


def test_lists_of_values() -> None:
    xs = [Value(float(i)) for i in range(4)]
    y = mg.array(xs)
    y.backward(np.array([1.0, 2.0, 3.0, 4.0]))
    assert y.data.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert [float(x.grad) for x in xs] == [1.0, 2.0, 3.0, 4.0]
    rows = mg.sum([[xs[0], xs[1]], [xs[2], xs[3]]], axis=0)
    assert rows.data.tolist() == [2.0, 4.0]


# --- the largest and the smallest ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES[:-1], ids=str)
@pytest.mark.parametrize("name", ["max", "min"])
def test_extrema_share_among_ties(name: str, axis: Any, keepdims: bool) -> None:
    x = np.array([3.0, 1.0, 3.0, 3.0, -2.0, 1.0, 1.0, 3.0, 0.0, 3.0, -2.0, -2.0]).reshape(CUBE)
    v = Value(x)
    y = getattr(mg, name)(v, axis, keepdims)
    reference = getattr(np, name)(x, axis=axis, keepdims=True)
    assert np.array_equal(y.data, getattr(np, name)(x, axis=axis, keepdims=keepdims))
    y.backward(np.ones(y.shape))
    attained = x == reference
    assert np.array_equal(v.grad, attained / np.sum(attained, axis=axis, keepdims=True))


def test_extremum_of_a_number() -> None:
    x = Value(2.0)
    assert mg.max(x) is x
    assert mg.sum(x) is x
    assert mg.logsumexp(x) is x


# --- where -------------------------------------------------------------------------------------------------------------

BAD: dict[str, tuple[Callable[[Any], Any], float]] = {
    "log": (mg.log, 0.0),
    "log of a negative number": (mg.log, -1.0),
    "sqrt": (mg.sqrt, 0.0),
    "sqrt of a negative number": (mg.sqrt, -1.0),
    "reciprocal": (mg.reciprocal, 0.0),
    "division": (lambda x: 1.0 / x, 0.0),
    "power": (lambda x: x**-2, 0.0),
    "pow": (lambda x: x**0.5, 0.0),
    "overflow": (mg.exp, 1e4),
    "atanh": (mg.atanh, 1.0),
    "asin": (mg.asin, 2.0),
}


@pytest.mark.parametrize("name", BAD)
def test_no_nan_comes_back_from_what_was_not_chosen(name: str) -> None:
    f, bad = BAD[name]
    with np.errstate(all="ignore"):
        x = Value(np.array([bad, 0.25]))
        ok = np.array([False, True])
        mg.where(ok, f(x), 3.0 * x).sum().backward()
        y = Value(0.25)
        f(y).backward()
        assert x.grad[0] == 3.0
        assert abs(x.grad[1] - y.grad) <= 8 * np.spacing(abs(y.grad))  # two implementations of one function, each within its ulps
        z = Value(bad)
        mg.where(False, f(z), 3.0 * z).backward()
        assert z.grad == 3.0


def test_where_broadcasts() -> None:
    a, b = Value(np.array([1.0, 2.0])), Value(5.0)
    condition = np.array([[True, False], [True, True], [False, False]])
    y = mg.where(condition, a, b)
    y.backward(np.ones((3, 2)))
    assert a.grad.tolist() == [2.0, 1.0]
    assert b.grad == 3.0
    x = Value(np.array([-1.0, 2.0]))
    mg.where(x > 0, x * x, -x).sum().backward()
    assert x.grad.tolist() == [-1.0, 4.0]


# --- the whole range of floats -----------------------------------------------------------------------------------------

EXTREMES = [0.0, 1e-300, 1e-8, 0.5, 30.0, 40.0, 700.0, 745.0, 1e4, 1e154, 1e308, np.finfo(float).max]
EXTREMES += [-x for x in EXTREMES]


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "tanh", "erf", "relu", "atan", "sech"])
def test_activations_over_the_whole_range(name: str) -> None:
    function, row = FUNCTIONS[name], PRIMITIVES[name]
    formulas = [row.application, diff(row.application, row.variables[0])]
    (variable,) = map(str, variables(row.application))
    with np.errstate(under="ignore", over="ignore"):
        on_arrays = Value(np.array(EXTREMES))
        values = function(on_arrays)
        values.backward(np.ones(len(EXTREMES)))
    for k, x in enumerate(EXTREMES):
        v = Value(x)
        y = function(v)
        y.backward()
        balls = enclosures(formulas, {variable: x})
        for found, enclosed in zip(((y.data, values.data[k]), (v.grad, on_arrays.grad[k])), balls, strict=True):
            for value in found:
                assert math.isfinite(value)
                assert enclosed.contains(float(value)) or not enclosed.is_finite(), f"{name} at {x}: {value} not in {enclosed}"
                if not enclosed.is_finite():  # beyond the exponents of the reference
                    assert 0.0 <= value <= 5e-324


WIDE = 2200
"""Bits in which sums of the largest and the smallest floats are exact."""


def shifted(row: Sequence[float]) -> tuple[Any, list[Any]]:
    """log Σ exp(xᵢ) and its derivatives."""
    top = max(map(arb, row))
    weights = [(arb(x) - top).exp() for x in row]
    total = sum(weights, arb(0))
    return top + total.log(), [w / total for w in weights]


ROWS = [list(row) for row in itertools.product([0.0, 1.0, -3.5, 1e4, -1e4, 1e308, -1e308], repeat=2)]
ROWS += [[x] * 5 for x in (0.0, 700.0, -1e308, 1e308)] + [[1e-300, -1e-300, 0.0], [709.0, 710.0, 711.0], [-745.0, -746.0, 0.0]]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_logsumexp_and_softmax_over_the_whole_range(row: list[float]) -> None:
    """The value errs by u(16n + |y|), see `tests.engine.programs`.

    A weight exp(xᵢ - y) inherits that, and u·|xᵢ - y| of the difference, where |xᵢ - y| <= |xᵢ - max| + log(n) and t·exp(-t) < 1, and 12u
    of exp.  So weights are no better than the largest logit's last place, u·|y|: but never more than 1.
    """
    x = Value(np.array(row))
    y = mg.logsumexp(x)
    y.backward()
    with flint.ctx.workprec(WIDE):
        value, weights = shifted(row)
        n = len(row)
        assert abs(arb(float(y.data)) - value) <= UNIT * (16 * n + abs(value))
        for grad, weight in zip(x.grad.tolist(), weights, strict=True):
            assert 0.0 <= grad <= 1.0 + UNIT * 16 * n
            assert abs(arb(grad) - weight) <= UNIT * (weight * (16 * n + abs(value) + n + 12) + 1) + arb(2) ** -1074


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_softmax_over_the_whole_range(row: list[float]) -> None:
    """exp(dᵢ - log Σ exp(dⱼ)) with dᵢ = xᵢ - max rounded once: the exponent errs by
    u(|dᵢ| + 16n), and t·exp(-t) < 1 bounds what a large one does."""
    found = mg.softmax(np.array(row))
    with flint.ctx.workprec(WIDE):
        _, weights = shifted(row)
        for value, weight in zip(found.tolist(), weights, strict=True):
            assert abs(arb(value) - weight) <= UNIT * (weight * (16 * len(row) + 12) + 1) + arb(2) ** -1074


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_cross_entropy_over_the_whole_range(row: list[float]) -> None:
    """log Σ exp(xⱼ - max) errs by u(16n), the label's difference by u·|xᵢ - max|, and in their difference nothing cancels."""
    n = len(row)
    for label in range(n):
        x = Value(np.array([row]))
        loss = mg.cross_entropy(x, [label])
        loss.backward()
        with flint.ctx.workprec(WIDE):
            value, weights = shifted(row)
            exact = value - arb(row[label])
            if exact > float(np.finfo(float).max):
                assert loss.data == np.inf
            else:
                assert abs(arb(float(loss.data)) - exact) <= UNIT * (16 * n + 2 * abs(exact))
            for i, grad in enumerate(x.grad[0].tolist()):
                assert abs(arb(grad) - (weights[i] - (i == label))) <= UNIT * (16 * n + n + 12)


@pytest.mark.parametrize("f", [mg.logsumexp, mg.softmax, mg.log_softmax, lambda v: mg.cross_entropy(v.reshape(1, -1), [0])])
def test_masked_entries_weigh_nothing(f: Callable[[Any], Any]) -> None:
    """-inf stands for an entry that is not there."""
    masked, small = Value(np.array([1.0, -np.inf, 2.0])), Value(np.array([1.0, 2.0]))
    y, z = f(masked), f(small)
    kept = np.array([0, 2])
    assert np.array_equal(y.data[kept] if y.shape else y.data, z.data)
    with np.errstate(invalid="ignore"):
        y.backward(np.array([1.0, 0.0, 0.0]) if y.shape else None)
        z.backward(np.array([1.0, 0.0]) if z.shape else None)
    assert masked.grad[1] == 0.0
    assert np.array_equal(masked.grad[kept], small.grad)


@pytest.mark.parametrize(("row", "expected"), [([np.inf, 1.0], np.inf), ([-np.inf, -np.inf], -np.inf), ([np.nan, 1.0], np.nan)])
def test_logsumexp_of_infinities(row: list[float], expected: float) -> None:
    assert np.array_equal(mg.logsumexp(np.array(row)), expected, equal_nan=True)
    assert np.array_equal(mg.logsumexp(Value(np.array(row))).data, expected, equal_nan=True)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_stable_functions_in_small_dtypes(dtype: Any) -> None:
    large = float(np.finfo(dtype).max)
    x = Value(np.array([[large, 0.0, -large]], dtype=dtype))
    with np.errstate(over="ignore"):  # the logarithm of the last weight is beyond the dtype
        y = mg.softmax(x)
    assert y.data.tolist() == [[1.0, 0.0, 0.0]]
    assert y.dtype == dtype
    loss = mg.cross_entropy(x, [0])
    loss.backward()
    assert loss.data == 0.0
    assert x.grad.dtype == dtype
    assert x.grad.tolist() == [[0.0, 0.0, 0.0]]
    v = Value(np.array([large, -large], dtype=dtype))
    mg.softplus(v).backward(np.ones(2, dtype=dtype))
    assert v.grad.tolist() == [1.0, 0.0]


# --- losses and clip ---------------------------------------------------------------------------------------------------


def test_cross_entropy_of_equal_logits() -> None:
    """log C, and (1/C - [i = label])/N, exactly up to the rounding of log and of 1/N."""
    x = Value(np.zeros((2, 4)))
    loss = mg.cross_entropy(x, np.array([1, 3]))
    loss.backward()
    assert abs(arb(float(loss.data)) - arb(4).log()) <= 4 * UNIT * 2
    assert x.grad.tolist() == [[0.125, -0.375, 0.125, 0.125], [0.125, 0.125, 0.125, -0.375]]


@pytest.mark.parametrize("labels", [[0, 1, 1], *[np.array([0, 1, 1], dtype=dtype) for dtype in ("u1", "i4", "u8", ">i4", ">u2")]], ids=repr)
def test_cross_entropy_is_the_composition(labels: Any) -> None:
    data = np.array([[1.0, -2.0], [0.25, 0.5], [3.0, 3.0]])
    x, y = Value(data), Value(data)
    loss = mg.cross_entropy(x, labels)
    other = -mg.log_softmax(y)[np.arange(3), np.asarray(labels)].mean()
    loss.backward()
    other.backward()
    size = float(np.abs(data).max()) + 1
    assert abs(float(loss.data) - float(other.data)) <= 2 * UNIT * (16 * 2 + 2 * size)
    assert np.all(np.abs(x.grad - y.grad) <= 2 * UNIT * (20 * 2 + 14 + 2 * size))


@pytest.mark.parametrize("columns", [1, NARROW, NARROW + 1])
def test_short_and_long_rows_with_and_without_buffers(columns: int) -> None:
    x = np.random.default_rng(5).standard_normal((7, columns))
    labels = np.arange(7) % columns
    residual = residual_of(terms_of(x, labels))
    weights = np.exp(x - x.max(axis=1, keepdims=True))
    expected = weights / weights.sum(axis=1, keepdims=True)
    expected[range(7), labels] -= 1
    assert np.allclose(residual, expected / 7, rtol=1e-13, atol=columns * UNIT)
    assert np.array_equal(residual_of(terms_of(x, labels, buffers_for(x))), residual)


def test_cross_entropy_keeps_its_accuracy_where_the_network_is_sure() -> None:
    """A margin of 50: softmax - 1 is 0 in floats, and so is log(1 + exp(-50)); the loss and its derivative are not."""
    for columns in (2, NARROW + 8):
        x = Value(np.zeros((1, columns)))
        x.data[0, 1:] = -50.0
        loss = mg.cross_entropy(x, np.array([0]))
        loss.backward()
        others = (columns - 1) * math.exp(-50)
        assert math.isclose(loss.item(), others, rel_tol=1e-14)
        assert math.isclose(x.grad[0, 0], -others, rel_tol=1e-14)


def test_cross_entropy_of_half_precision() -> None:
    """More rows than a float16 can count."""
    rows = 70_000
    x = Value(np.zeros((rows, 2), np.float16))
    loss = mg.cross_entropy(x, np.zeros(rows, np.uint8))
    loss.backward()
    assert loss.dtype == x.grad.dtype == np.float16
    assert loss.item() == np.float16(math.log(2))
    assert x.grad[0].tolist() == np.array([-0.5 / rows, 0.5 / rows], np.float16).tolist()


def test_mse() -> None:
    prediction, target = Value(np.array([1.0, 2.0, 4.0, 0.0])), Value(np.array([0.0, 4.0, 4.0, -1.0]))
    loss = mg.mse(prediction, target)
    loss.backward()
    assert loss.data == (1 + 4 + 0 + 1) / 4
    assert prediction.grad.tolist() == [0.5, -1.0, 0.0, 0.5]
    assert target.grad.tolist() == [-0.5, 1.0, 0.0, -0.5]
    assert mg.mse(2.0, Value(5.0)).data == 9.0


def test_hinge() -> None:
    scores = Value(np.array([0.5, 2.0, 1.0, -1.0]))
    loss = mg.hinge(scores, np.array([1.0, 1.0, 1.0, 1.0]))
    loss.backward()
    assert loss.data == (0.5 + 0 + 0 + 2) / 4
    assert scores.grad.tolist() == [-0.25, 0.0, 0.0, -0.25]  # at the kink, score·target = 1, it is 0


def test_clip() -> None:
    x = Value(np.array([-2.0, -1.0, 0.5, 1.0, 3.0]))
    y = mg.clip(x, -1.0, 1.0)
    y.backward(np.ones(5))
    assert y.data.tolist() == [-1.0, -1.0, 0.5, 1.0, 1.0]
    assert x.grad.tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]
    low = Value(0.0)
    mg.clip(Value(np.array([-1.0, -2.0])), low, 5.0).sum().backward()
    assert low.grad == 2.0


def test_functions_of_plain_data_give_plain_data() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert type(mg.sum(x, axis=0)) is np.ndarray
    assert type(mg.exp(0.0)) is float
    assert mg.logsumexp(x).shape == ()
    assert mg.matmul(x, x).tolist() == (x @ x).tolist()
    v = var("v")
    assert evaluate(mg.tanh(v), v=ball(0)).contains(0.0)


def test_tangents_of_degrees_do_not_warn_off_their_poles() -> None:
    """Warnings are errors here: the quotient that is not taken must not divide by 0."""
    assert mg.tand(np.array([0.0, 180.0, 45.0])).tolist() == [0.0, 0.0, 1.0]
    assert mg.cotd(np.array([90.0, 270.0, 45.0])).tolist() == [0.0, 0.0, 1.0]


def test_a_cast_gives_back_the_dtype_of_its_operand() -> None:
    x = Value(np.array([1 / 3, 2.0]))
    y = cast(x, dtype=np.dtype(np.float32))
    y.sum().backward()
    assert (y.dtype, x.grad.dtype) == (np.float32, np.float64)
    _, moved = mg.jvp(lambda t: cast(t, dtype=np.dtype(np.float32)), (x.data,), (x.data,))
    assert moved.dtype == np.float32
