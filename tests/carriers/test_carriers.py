"""Floats and arrays against Arb at high precision, all over the range of floats and at the edges.

The bounds of the float carrier are measured by the same test with more points:

    CARRIER_POINTS=1000000 pytest tests/carriers/test_carriers.py -k within_its_ulps -s
"""

from __future__ import annotations

import math
import os
from typing import Any

import flint
import numpy as np
import pytest
from flint import arb

from micrograd.carriers.arrays import functions as numpy_functions
from micrograd.carriers.floats import functions as float_functions
from micrograd.verified import PRIMITIVES
from tests.carriers.carrier_samples import LARGEST, PRECISION, SMALLEST, is_defined, operands, reference

FLOAT = float_functions.FUNCTIONS
NUMPY = numpy_functions.FUNCTIONS

POINTS = int(os.environ.get("CARRIER_POINTS", "1500"))


def error_in_ulps(value: float, exact: Any) -> float:
    """Error in ulps of the exact value; an infinity stands for the number after the largest."""
    middle = float(exact.mid())
    ulp = math.ulp(middle) if abs(middle) <= LARGEST else math.ulp(LARGEST)
    with flint.ctx.workprec(PRECISION):
        if math.isinf(value) and exact * value > 0:
            if abs(middle) > LARGEST:
                return 0.0
            error = arb(2) ** 1024 - abs(exact)
        else:
            error = abs(arb(value) - exact)
        return float((error / arb(ulp)).mid())


def is_narrow(exact: Any) -> bool:
    return bool(exact.is_finite()) and (exact.is_exact() or exact.rel_accuracy_bits() > 80)


@pytest.mark.parametrize("name", FLOAT)
def test_float_is_within_its_ulps(name: str) -> None:
    worst = 0.0
    for values in operands(name, POINTS):
        value, exact = FLOAT[name](*values), reference(name, values)
        if not is_defined(name, *values):
            assert not math.isfinite(value), (values, value)
            continue
        assert not math.isnan(value), values
        if not is_narrow(exact):
            assert value == 0.0 or math.isinf(value), (values, value, exact)
            unknown = exact.is_nan() and math.isinf(value)
            assert unknown or float(exact.lower()) <= value <= float(exact.upper()), (values, value, exact)
            continue
        ulps = error_in_ulps(value, exact)
        worst = max(worst, ulps)
        assert ulps <= float_functions.ULPS[name], (values, value, ulps)
    print(f"{name}: {worst:.3f} of {float_functions.ULPS[name]} ulps")


SPECIAL = [math.inf, -math.inf, math.nan, 0.0, -0.0, 1.0, -2.5, LARGEST, SMALLEST]


@pytest.mark.parametrize("name", FLOAT)
def test_floats_never_raise_and_nan_stays(name: str) -> None:
    for x in SPECIAL:
        others = [()] if PRIMITIVES[name].arity == 1 else [(2,), (-3,)] if name == "powi" else [(y,) for y in SPECIAL]
        for rest in others:
            value = FLOAT[name](x, *rest)
            assert isinstance(value, float)
            has_nan = any(math.isnan(v) for v in (x, *rest))
            ieee = (name == "pow" and (x == 1 or rest == (0.0,))) or (name == "hypot" and math.inf in map(abs, (x, *rest)))
            assert math.isnan(value) or not has_nan or ieee, (x, rest, value)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("reciprocal", (-0.0,), -math.inf),
        ("div", (1.0, -0.0), -math.inf),
        ("div", (0.0, 0.0), math.nan),
        ("log", (0.0,), -math.inf),
        ("log1p", (-1.0,), -math.inf),
        ("log", (-1.0,), math.nan),
        ("atanh", (-1.0,), -math.inf),
        ("acoth", (-1.0,), -math.inf),
        ("asech", (0.0,), math.inf),
        ("acsch", (-0.0,), -math.inf),
        ("pow", (0.0, -1.0), math.inf),
        ("pow", (-0.0, -1.0), -math.inf),
        ("pow", (-0.0, -2.0), math.inf),
        ("pow", (-8.0, 1 / 3), math.nan),
        ("pow", (-2.0, 1025.0), -math.inf),
        ("pow", (-2.0, 1e300), math.inf),
        ("powi", (-1.0, 2**60 + 1), -1.0),
        ("powi", (-2.0, 10**40 + 1), -math.inf),
        ("powi", (-1.0, 10**400 + 1), -1.0),
        ("powi", (0.5, -(10**400)), math.inf),
        ("atan2", (0.0, 0.0), math.nan),
        ("atan2", (-0.0, -1.0), math.pi),
        ("acot", (0.0,), math.nan),
        ("tand", (90.0,), math.inf),
        ("tand", (270.0,), -math.inf),
        ("tand", (-90.0,), -math.inf),
        ("tand", (45.0,), 1.0),
        ("tand", (-225.0,), -1.0),
        ("sind", (30.0,), 0.5),
        ("sind", (-150.0,), -0.5),
        ("sind", (180.0,), 0.0),
        ("sind", (1e22,), math.sin(math.radians(1e22 % 360))),
        ("cosd", (60.0,), 0.5),
        ("cosd", (90.0,), 0.0),
        ("secd", (90.0,), math.inf),
        ("cscd", (30.0,), 2.0),
        ("sinpi", (1.0,), 0.0),
        ("sinpi", (-0.5,), -1.0),
        ("cospi", (0.5,), 0.0),
        ("asind", (0.5,), 30.0),
        ("acosd", (-0.5,), 120.0),
        ("atand", (1.0,), 45.0),
        ("asecd", (-2.0,), 120.0),
        ("exp10", (2.0,), 100.0),
        ("erfcx", (-30.0,), math.inf),
        ("sigmoid", (-math.inf,), 0.0),
        ("softplus", (math.inf,), math.inf),
        ("logaddexp", (-math.inf, -math.inf), -math.inf),
        ("logaddexp", (math.inf, -math.inf), math.inf),
        ("ceil", (-0.5,), -0.0),
        ("floor", (-math.inf,), -math.inf),
        ("sign", (-0.0,), 0.0),
    ],
)
def test_special_values_of_floats_and_arrays(name: str, values: tuple[Any, ...], expected: float) -> None:
    with np.errstate(all="ignore"):
        on_arrays = NUMPY[name](*[np.array([v]) if isinstance(v, float) else v for v in values])
    allowed = [expected] if expected in (0.0, 0.5, 1.0, 2.0, -0.5, -1.0) or not math.isfinite(expected) else expected_neighbours(expected)
    for value in (FLOAT[name](*values), float(on_arrays[0])):
        assert any(value == v or (v != v and value != value) for v in allowed), value
        assert math.copysign(1.0, value) == math.copysign(1.0, expected) or value != value


def expected_neighbours(value: float) -> list[float]:
    """A value and the floats next to it, for what is not exactly representable on the way."""
    return [math.nextafter(value, -math.inf), value, math.nextafter(value, math.inf)]


# NumPy


def samples(name: str, dtype: Any, count: int) -> list[Any]:
    """Operands as arrays of a dtype, finite there."""
    limit = float(np.finfo(dtype).max)
    chosen = [v for v in operands(name, count) if all(isinstance(x, int) or abs(x) <= limit for x in v)]
    if name == "powi":
        return [np.array([v[0] for v in chosen]).astype(dtype), 3]
    return [np.array(column).astype(dtype) for column in zip(*chosen, strict=True)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("name", NUMPY)
def test_arrays_agree_with_floats_and_keep_their_dtype(name: str, dtype: Any) -> None:
    finfo = np.finfo(dtype)
    with np.errstate(all="ignore"):
        arrays = samples(name, dtype, POINTS // 4)
        result = NUMPY[name](*arrays)
    assert result.dtype == dtype
    assert result.shape == arrays[0].shape
    allowed = numpy_functions.ULPS + float_functions.ULPS[name]
    for i, value in enumerate(result.astype(float).tolist()):
        values = [a if isinstance(a, int) else float(a[i]) for a in arrays]
        exact = FLOAT[name](*values)
        if not is_defined(name, *values):
            assert not math.isfinite(value), (values, value)
            continue
        ulp = max(float(finfo.smallest_subnormal), math.ldexp(float(finfo.eps), math.frexp(min(abs(exact), float(finfo.max)))[1] - 1))
        nearest = min(max(value, -float(finfo.max)), float(finfo.max))
        error = abs(nearest - min(max(exact, -float(finfo.max)), float(finfo.max)))
        assert error <= allowed * ulp, (values, value, exact)


@pytest.mark.parametrize("name", NUMPY)
def test_arrays_broadcast_and_python_floats_stay(name: str) -> None:
    arity = PRIMITIVES[name].arity
    second: list[Any] = [] if arity == 1 else [3 if name == "powi" else 1.5]
    for dtype in (np.float64, np.float32, np.float16):
        array = np.full((2, 3), 0.75, dtype=dtype)
        with np.errstate(all="ignore"):
            result = NUMPY[name](array, *second)
            scalar = NUMPY[name](array[:1, :1].reshape(()), *second)
        assert (result.dtype, result.shape) == (dtype, (2, 3))
        assert (scalar.dtype, scalar.shape) == (dtype, ())
    assert type(NUMPY[name](0.75, *second)) is float
    if arity == 2 and name != "powi":
        column, row = np.full((3, 1), 0.5, dtype=np.float32), np.full((1, 4), 2.0, dtype=np.float32)
        assert NUMPY[name](column, row).shape == (3, 4)
        assert NUMPY[name](2.0, row).dtype == np.float32


@pytest.mark.parametrize("n", [2**24 + 1, 2**53 + 1, -(2**60 + 1), 10**30 + 1])
def test_large_integer_powers_of_arrays_keep_their_sign(n: int) -> None:
    x = np.array([-1.0, 1.0, -0.5, -2.0])
    for dtype in (np.float64, np.float32):
        with np.errstate(all="ignore"):
            value = NUMPY["powi"](x.astype(dtype), n)
        assert value.dtype == dtype
        assert value.tolist() == [FLOAT["powi"](v, n) for v in x.tolist()]
