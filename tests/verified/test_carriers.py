"""Every carrier against Arb at high precision, Arb against mpmath, and all of them at the edges.

The bounds of the float carrier are measured by the same test with more points:

    CARRIER_POINTS=1000000 pytest tests/verified/test_carriers.py -k within_its_ulps -s
"""

from __future__ import annotations

import math
import os
import random
import struct
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
import sympy
from flint import arb

from micrograd.verified import PRIMITIVES, evaluate
from micrograd.verified.backends import arb_functions, float_functions, fraction_functions, numpy_functions, sympy_functions

FLOAT = float_functions.FUNCTIONS
ARB = arb_functions.FUNCTIONS
NUMPY = numpy_functions.FUNCTIONS
SYMPY = sympy_functions.FUNCTIONS
FRACTION = fraction_functions.FUNCTIONS

POINTS = int(os.environ.get("CARRIER_POINTS", "800"))
PRECISION = 256
LARGEST = sys.float_info.max
SMALLEST = math.ulp(0.0)
EDGES = [0.0, SMALLEST, sys.float_info.min, 1e-290, 1e-200, 1e-9, 0.25, 0.5, 0.625, 1.0, 2.0, 8.0, 22.0, 28.0, 30.0, 45.0, 60.0, 90.0]
EDGES += [180.0, 270.0, 360.0, 450.0, 709.78, 745.2, 1e8, 1e9, 2.0**52, 2.0**53, 1e22, 1e100, 1e290, LARGEST]
EDGES += [math.nextafter(1.0, 0.0), math.nextafter(1.0, 2.0), math.pi, math.pi / 2, math.log(2.0), 26.64, 26.5]
EDGES += [-x for x in EDGES]
CENTRES = [0.5, 0.625, 1.0, 2.0, 8.0, 22.0, 28.0, 1e8, 1e9, 1e-9, math.pi / 2, math.pi, 30.0, 45.0, 90.0, 360.0]

# Where each function has a value, for those that are not defined everywhere; independent of the registry.
DEFINED: dict[str, Callable[..., bool]] = {
    "div": lambda x, y: y != 0,
    "reciprocal": lambda x: x != 0,
    "powi": lambda x, n: x != 0 or n >= 0,
    "pow": lambda x, y: x > 0 or (x == 0 and y > 0) or (y == math.floor(y) and (x != 0 or y >= 0)),
    "sqrt": lambda x: x >= 0,
    "log": lambda x: x > 0,
    "log2": lambda x: x > 0,
    "log10": lambda x: x > 0,
    "log1p": lambda x: x > -1,
    "cot": lambda x: x != 0,
    "csc": lambda x: x != 0,
    "asin": lambda x: -1 <= x <= 1,
    "acos": lambda x: -1 <= x <= 1,
    "atan2": lambda y, x: x != 0 or y != 0,
    "acot": lambda x: x != 0,
    "asec": lambda x: x >= 1 or x <= -1,
    "acsc": lambda x: x >= 1 or x <= -1,
    "tand": lambda x: math.fmod(x, 180) not in (90, -90),
    "secd": lambda x: math.fmod(x, 180) not in (90, -90),
    "cotd": lambda x: math.fmod(x, 180) != 0,
    "cscd": lambda x: math.fmod(x, 180) != 0,
    "asind": lambda x: -1 <= x <= 1,
    "acosd": lambda x: -1 <= x <= 1,
    "acotd": lambda x: x != 0,
    "asecd": lambda x: x >= 1 or x <= -1,
    "acscd": lambda x: x >= 1 or x <= -1,
    "coth": lambda x: x != 0,
    "csch": lambda x: x != 0,
    "acosh": lambda x: x >= 1,
    "atanh": lambda x: -1 < x < 1,
    "acoth": lambda x: x > 1 or x < -1,
    "asech": lambda x: 0 < x <= 1,
    "acsch": lambda x: x != 0,
}


def is_defined(name: str, *operands: Any) -> bool:
    return name not in DEFINED or DEFINED[name](*operands)


def number(rng: random.Random) -> float:
    """A float: any bit pattern, or moderate, or near one of the points where a formula changes."""
    sign = rng.choice([-1.0, 1.0])
    match rng.randrange(8):
        case 0:
            x = float(struct.unpack("d", struct.pack("Q", rng.getrandbits(64)))[0])
            return x if math.isfinite(x) else sign
        case 1:
            return rng.uniform(-1.0, 1.0)
        case 2:
            return rng.uniform(-30.0, 30.0)
        case 3:
            return rng.uniform(-800.0, 800.0)
        case 4:
            return sign * 2.0 ** rng.uniform(-60.0, 60.0)
        case 5:
            return sign * 2.0 ** rng.uniform(-3.0, 3.0)
        case 6:
            return sign * rng.choice(CENTRES) * rng.randint(1, 8) * (1.0 + rng.randint(-4, 4) * 2.0**-52)
        case _:
            return sign * rng.choice(CENTRES) * (1.0 + rng.uniform(-1.0, 1.0) * 2.0 ** -rng.randint(1, 50))


def pair(name: str, rng: random.Random) -> tuple[Any, ...]:
    """Operands of a function of two."""
    x, y = number(rng), number(rng)
    kind = rng.randrange(3)
    if name == "powi":
        n = rng.choice([rng.randint(-5, 5), rng.randint(-1000, 1000), rng.randint(-(2**62), 2**62), rng.randint(-(10**30), 10**30)])
        return (math.copysign(math.exp(rng.uniform(-700.0, 700.0) / (abs(n) + 1)), x) if kind else x), n
    if name == "pow" and kind:
        x = abs(x) or 1.0
        return x, rng.uniform(-1.0, 1.0) * min(700.0 / abs(math.log(x) or 1.0), 1e300)
    if name == "pow":
        return x, float(round(y)) if abs(y) < 1000 else y
    if name == "logaddexp" and kind == 1:
        return x, x + rng.uniform(-40.0, 40.0)
    if name == "logaddexp" and kind == 2:
        x = -rng.uniform(0.1, 3.0)
        return x, math.log(-math.expm1(x))
    return x, y


def operands(name: str, count: int) -> Iterator[tuple[Any, ...]]:
    """Operands of a function: the edges, then a fixed random sample."""
    rng = random.Random(name)
    if PRIMITIVES[name].arity == 1:
        yield from ((x,) for x in EDGES)
        yield from ((number(rng),) for _ in range(count))
        return
    second: list[Any] = [0, 1, -1, 2, -3, 2**53 + 1, -(10**20)] if name == "powi" else EDGES[::5] + EDGES[1::7]
    yield from ((x, y) for x in EDGES[::3] for y in second)
    yield from (pair(name, rng) for _ in range(count))


def ball(value: Any) -> Any:
    return value if isinstance(value, int) else arb(value)


def reference(name: str, values: tuple[Any, ...]) -> Any:
    """The exact value as a narrow ball; wide only beyond the range of exponents of Arb."""
    with flint.ctx.workprec(PRECISION):
        return ARB[name](*map(ball, values))


def error_in_ulps(value: float, exact: Any) -> tuple[float, float]:
    """Error in ulps of the exact value, and absolute; an infinity stands for the number after the largest."""
    middle = float(exact.mid())
    ulp = math.ulp(middle) if abs(middle) <= LARGEST else math.ulp(LARGEST)
    with flint.ctx.workprec(PRECISION):
        if math.isinf(value) and exact * value > 0:
            if abs(middle) > LARGEST:
                return 0.0, 0.0
            error = arb(2) ** 1024 - abs(exact)
        else:
            error = abs(arb(value) - exact)
        return float((error / arb(ulp)).mid()), float(error.mid())


def is_narrow(exact: Any) -> bool:
    return bool(exact.is_finite()) and (exact.is_exact() or exact.rel_accuracy_bits() > 80)


@pytest.mark.parametrize("carrier", [FLOAT, ARB, NUMPY, SYMPY], ids=["float", "arb", "numpy", "sympy"])
def test_every_primitive_has_a_function(carrier: Any) -> None:
    assert set(carrier) == set(PRIMITIVES)
    assert set(float_functions.ULPS) == set(PRIMITIVES)
    assert set(FRACTION) < set(PRIMITIVES)


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
            low, high = float(exact.lower()), float(exact.upper())
            assert low <= value <= high or (low != low and math.isinf(value)), (values, value, exact)
            continue
        ulps, absolute = error_in_ulps(value, exact)
        if absolute > float_functions.ABSOLUTE.get(name, 0.0):
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
        ("atan2", (0.0, 0.0), math.nan),
        ("atan2", (-0.0, -1.0), -math.pi),
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
        ("sign", (-0.0,), -0.0),
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
        assert error <= max(allowed * ulp, numpy_functions.ABSOLUTE.get(name, 0.0) * float(finfo.eps)), (values, value, exact)


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


# Arb

MP = mpmath.mp.clone()
MP.prec = 320


def _mp_degrees(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(x * MP.pi / 180)


def _mp_cbrt(x: Any) -> Any:
    return MP.sign(x) * MP.cbrt(abs(x))


MPMATH: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "powi": lambda x, n: x**n,
    "pow": lambda x, y: MP.power(x, y),
    "reciprocal": lambda x: 1 / x,
    "square": lambda x: x * x,
    "cbrt": _mp_cbrt,
    "exp2": lambda x: MP.power(2, x),
    "exp10": lambda x: MP.power(10, x),
    "log2": lambda x: MP.log(x) / MP.log(2),
    "sigmoid": lambda x: 1 / (1 + MP.exp(-x)),
    "softplus": lambda x: MP.log1p(MP.exp(x)),
    "logaddexp": lambda x, y: MP.log(MP.exp(x) + MP.exp(y)),
    "erfcx": lambda x: MP.exp(x * x) * MP.erfc(x),
    "deg2rad": lambda x: x * MP.pi / 180,
    "rad2deg": lambda x: x * 180 / MP.pi,
    "abs": abs,
    "relu": lambda x: max(x, MP.mpf(0)),
    "max": max,
    "min": min,
    "trunc": lambda x: MP.floor(x) if x > 0 else MP.ceil(x),
    **{f"{f}d": _mp_degrees(getattr(MP, f)) for f in ("sin", "cos", "tan", "cot", "sec", "csc")},
    **{f"a{f}d": (lambda x, f=f: getattr(MP, f"a{f}")(x) * 180 / MP.pi) for f in ("sin", "cos", "tan", "cot", "sec", "csc")},
}


def as_mp(x: Any) -> Any:
    """An exact float, or a ball's end point."""
    return x if isinstance(x, int) else MP.mpf(x)


def as_arb(value: Any) -> Any:
    """An mpmath number as a ball of relative radius 2**-250, within which mpmath at 320 bits is trusted."""
    sign, man, exp, _ = value._mpf_
    with flint.ctx.workprec(400):
        exact = arb(int(man)) * arb(2) ** int(exp) * (-1 if sign else 1)
        return exact + arb(0, (abs(exact) * arb(2) ** -250).upper())


def moderate(name: str, count: int) -> Iterator[tuple[Any, ...]]:
    """Operands where the function is defined, of magnitudes with which mpmath can cope."""
    for values in operands(name, count):
        small = all(isinstance(v, int) and abs(v) < 1000 or isinstance(v, float) and (v == 0 or 1e-20 < abs(v) < 200) for v in values)
        if small and is_defined(name, *values):
            yield values


@pytest.mark.parametrize("name", ARB)
def test_balls_enclose_mpmath(name: str) -> None:
    function = MPMATH.get(name) or getattr(MP, name)
    seen = 0
    for values in moderate(name, 150):
        with flint.ctx.workprec(120):
            value = ARB[name](*map(ball, values))
        expected = as_arb(MP.mpf(function(*map(as_mp, values))))
        assert value.overlaps(expected), (values, value, expected)
        assert value.is_exact() or value.rel_accuracy_bits() > 40, (values, value)
        seen += 1
    assert seen > 20


@pytest.mark.parametrize("name", ARB)
def test_wide_balls_enclose_the_values_inside(name: str) -> None:
    rng = random.Random(name)
    finite = 0
    for values in moderate(name, 150):
        radii = [0.0 if isinstance(v, int) else rng.choice([0.0, 1e-9, 0.1, 1.0, abs(v)]) for v in values]
        wide = ARB[name](*[v if isinstance(v, int) else arb(v, r) for v, r in zip(values, radii, strict=True)])
        for _ in range(4):
            t = rng.choice([-1.0, 0.0, 1.0, rng.uniform(-1.0, 1.0)])
            inner = [v if isinstance(v, int) else v + t * r * (1 - 2.0**-40) for v, r in zip(values, radii, strict=True)]
            if wide.is_finite():
                assert is_defined(name, *inner), (values, radii, inner)
                exact = reference(name, tuple(inner))
                assert wide.contains(exact) or wide.overlaps(exact), (values, radii, inner, wide, exact)
        finite += wide.is_finite()
    assert finite > 10


@pytest.mark.parametrize("name", sorted(DEFINED))
def test_balls_are_undefined_exactly_outside_of_the_domain(name: str) -> None:
    for values in operands(name, 200):
        value = reference(name, values)
        if not is_defined(name, *values):
            assert value.is_nan(), (values, value)
        elif all(abs(v) < 1e20 for v in values):
            assert value.is_finite(), (values, value)


@pytest.mark.parametrize("name", ARB)
def test_nan_balls_stay(name: str) -> None:
    undefined = arb("nan")
    rest: list[Any] = [] if PRIMITIVES[name].arity == 1 else [0 if name == "powi" else arb(1)]
    assert not ARB[name](undefined, *rest).is_finite()
    if rest and name != "powi":
        assert not ARB[name](arb(1), undefined).is_finite()


def test_exact_angles_give_exact_balls() -> None:
    for name, x, expected in (
        ("sind", 30, arb(0.5)),
        ("sind", 180, arb(0)),
        ("cosd", 60, arb(0.5)),
        ("tand", 45, arb(1)),
        ("sinpi", 1, arb(0)),
    ):
        value = ARB[name](arb(x))
        assert value.is_exact()
        assert value == expected
    assert ARB["log2"](arb(8)) == 3
    assert ARB["powi"](arb(0, 1), 2).lower() >= 0


# SymPy


def sympy_arguments(values: tuple[Any, ...]) -> list[Any]:
    return [v if isinstance(v, int) else sympy.Rational(v) for v in values]


def some(name: str) -> list[tuple[Any, ...]]:
    """A dozen points inside of the domain, away from kinks; SymPy is slow."""
    points = [(2.5,), (-2.5,), (0.3,), (-0.3,), (1.25,), (-7.75,)]
    if PRIMITIVES[name].arity == 2:
        points = [(1.5, 0.7), (0.3, -2.25), (-1.25, 2.5), (-3.5, -0.75)]
    if name in ("powi", "pow"):
        points = [(1.5, 3), (-0.7, 2), (-2.5, -3)] if name == "powi" else [(1.5, 0.7), (0.3, -2.25), (4.0, 0.5)]
    return [values for values in points if is_defined(name, *values)]


@pytest.mark.parametrize("name", SYMPY)
def test_sympy_has_the_same_values(name: str) -> None:
    for values in some(name):
        value = SYMPY[name](*sympy_arguments(values)).evalf(30)
        exact = reference(name, values)
        with flint.ctx.workprec(PRECISION):
            assert abs(arb(str(value)) - exact) <= abs(exact) * arb("1e-28"), (values, value, exact)


@pytest.mark.parametrize("name", SYMPY)
def test_sympy_has_the_same_derivatives(name: str) -> None:
    row = PRIMITIVES[name]
    symbols = [sympy.Symbol(p, real=True) for p in row.params]
    for i, partial in enumerate(row.partial_templates):
        if partial is None:
            continue
        for values in some(name):
            arguments = [*symbols[:1], values[1]] if name == "powi" else symbols
            derivative = SYMPY[name](*arguments).diff(symbols[i])
            ours = evaluate(partial, dict(zip(row.params, values, strict=True)))
            theirs = derivative.subs(dict(zip(symbols, sympy_arguments(values), strict=True))).doit().evalf(20)
            assert float(theirs) == pytest.approx(ours, rel=1e-13, abs=0.0), (values, derivative)


# Fractions

GRID = [Fraction(n, d) for n in (-27, -8, -4, -1, 0, 1, 2, 4, 8, 27, 10**60) for d in (1, 3, 4, 8, 27)]


@pytest.mark.parametrize("name", FRACTION)
def test_fractions_are_exact(name: str) -> None:
    exponents: list[Any] = [-3, 0, 1, 2] if name == "powi" else [Fraction(1, 2), Fraction(-2, 3), Fraction(3), Fraction(0), Fraction(-1)]
    second = [()] if PRIMITIVES[name].arity == 1 else [(y,) for y in (exponents if name in ("powi", "pow") else GRID[::4])]
    exact = 0
    for values in ((x, *rest) for x in GRID for rest in second):
        try:
            value = FRACTION[name](*values)
        except ZeroDivisionError:
            assert not is_defined(name, *values)
            continue
        except ArithmeticError:
            assert name in ("sqrt", "cbrt", "hypot", "pow")
            continue
        assert isinstance(value, Fraction)
        assert is_defined(name, *values), values
        with flint.ctx.workprec(500):
            balls = [v if isinstance(v, int) else arb(flint.fmpq(v.numerator, v.denominator)) for v in values]
            enclosure = ARB[name](*balls)
            exactly = arb(flint.fmpq(value.numerator, value.denominator))
        assert enclosure.overlaps(exactly) or not enclosure.is_finite(), (values, value, enclosure)
        exact += 1
    assert exact > 10


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("sqrt", (Fraction(9, 16),), Fraction(3, 4)),
        ("sqrt", (Fraction(10**400),), Fraction(10**200)),
        ("sqrt", (Fraction(10**400 + 1),), None),
        ("sqrt", (Fraction(-4),), None),
        ("cbrt", (Fraction(-8, 27),), Fraction(-2, 3)),
        ("cbrt", (Fraction(9),), None),
        ("hypot", (Fraction(3, 5), Fraction(4, 5)), Fraction(1)),
        ("hypot", (Fraction(1), Fraction(1)), None),
        ("pow", (Fraction(4, 9), Fraction(-3, 2)), Fraction(27, 8)),
        ("pow", (Fraction(2), Fraction(1, 10**40)), None),
        ("pow", (Fraction(1), Fraction(1, 10**40)), Fraction(1)),
        ("pow", (Fraction(-8), Fraction(1, 3)), None),
        ("pow", (Fraction(0), Fraction(1, 3)), Fraction(0)),
        ("pow", (Fraction(0), Fraction(0)), Fraction(1)),
        ("floor", (Fraction(-1, 2),), Fraction(-1)),
        ("trunc", (Fraction(-3, 2),), Fraction(-1)),
        ("sign", (Fraction(-3, 2),), Fraction(-1)),
    ],
)
def test_roots_are_exact_or_refused(name: str, values: tuple[Fraction, ...], expected: Fraction | None) -> None:
    if expected is None:
        with pytest.raises(ArithmeticError, match="no exact rational value"):
            FRACTION[name](*values)
    else:
        assert FRACTION[name](*values) == expected


@pytest.mark.parametrize(("name", "values"), [("div", (1, 0)), ("reciprocal", (0,)), ("powi", (0, -1)), ("pow", (0, Fraction(-1, 2)))])
def test_fractions_divide_by_zero_loudly(name: str, values: tuple[Any, ...]) -> None:
    with pytest.raises(ZeroDivisionError):
        FRACTION[name](*[v if name == "powi" and i else Fraction(v) for i, v in enumerate(values)])
