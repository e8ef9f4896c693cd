"""Balls against mpmath and against points inside of them; SymPy's values and derivatives; fractions."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import flint
import mpmath
import pytest
import sympy
from flint import arb

from micrograd import evaluate, to_sympy
from micrograd.carriers.fractions import fraction_carrier
from micrograd.verified import PRIMITIVES
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import build, constant
from tests.carriers.carrier_samples import ARB, DEFINED, PRECISION, ball, is_defined, operands, reference
from tests.prove.oracle import Numbers

FRACTION: dict[str, Any] = {name: f for name, row in PRIMITIVES.items() if (f := fraction_carrier().function(row)) is not None}
"""Over fractions: functions, and definitions that are rational."""

# Arb

MP = mpmath.mp.clone()
MP.prec = 320


def _mp_degrees(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(x * MP.pi / 180)


def _mp_cbrt(x: Any) -> Any:
    return MP.sign(x) * MP.cbrt(abs(x))


_MP_SCALE, _MP_ALPHA = MP.mpf("1.0507009873554804934193349852946"), MP.mpf("1.6732632423543772848170429916717")
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
    "log_sigmoid": lambda x: -MP.log1p(MP.exp(-x)),
    "mish": lambda x: x * MP.tanh(MP.log1p(MP.exp(x))),
    "elu": lambda x: x if x > 0 else MP.expm1(x),
    "celu": lambda x, alpha: x if x > 0 else alpha * MP.expm1(x / alpha),
    "selu": lambda x: _MP_SCALE * (x if x > 0 else _MP_ALPHA * MP.expm1(x)),
    "log_ndtr": lambda x: MP.log1p(-MP.ncdf(-x)) if x > 0 else MP.log(MP.ncdf(x)),
    "sinc": lambda x: MP.sincpi(x),
    "remainder": lambda x, y: x - y * MP.floor(x / y),
    **{f"{f}d": _mp_degrees(getattr(MP, f)) for f in ("sin", "cos", "tan", "cot", "sec", "csc")},
    **{f"a{f}d": (lambda x, f=f: getattr(MP, f"a{f}")(x) * 180 / MP.pi) for f in ("sin", "cos", "tan", "cot", "sec", "csc")},
}


def as_mp(x: Any) -> Any:
    """An exact float, or a ball's end point."""
    return x if isinstance(x, int) else MP.mpf(x)


def as_arb(value: Any, magnitude: int) -> Any:
    """An mpmath number as a ball of radius 2**-250 times the larger of its size and a magnitude; mpmath works at 320 bits."""
    sign, man, exp, _ = value._mpf_
    with flint.ctx.workprec(400):
        exact = arb(int(man)) * arb(2) ** int(exp) * (-1 if sign else 1)
        return exact + arb(0, (abs(exact).max(arb(magnitude)) * arb(2) ** -250).upper())


def moderate(name: str, count: int) -> Iterator[tuple[Any, ...]]:
    """Operands where the function is defined, of magnitudes with which mpmath can cope."""
    for values in operands(name, count):
        small = all(abs(v) < (1000 if isinstance(v, int) else 200) and (v == 0 or abs(v) > 1e-20) for v in values)
        if small and is_defined(name, *values):
            yield values


@pytest.mark.parametrize("name", ARB)
def test_balls_enclose_mpmath(name: str) -> None:
    function = MPMATH.get(name) or getattr(MP, name, None) or getattr(Numbers(MP, {}), f"_{name}")
    magnitude = 1 if name in ("sind", "cosd", "tand", "cotd") else 0  # mpmath multiplies by a rounded pi, so it has no exact zeros
    seen = 0
    for values in moderate(name, 150):
        with flint.ctx.workprec(120):
            value = ARB[name](*map(ball, values))
        expected = as_arb(MP.mpf(function(*map(as_mp, values))), magnitude)
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
        balls: list[Any] = [v if isinstance(v, int) else arb(v, r) for v, r in zip(values, radii, strict=True)]
        wide = ARB[name](*balls)
        finite += wide.is_finite()
        if not wide.is_finite():
            continue
        for _ in range(4):
            t = rng.choice([-1.0, 0.0, 1.0, rng.uniform(-1.0, 1.0)])
            inner = [v if isinstance(v, int) else v + t * r for v, r in zip(values, radii, strict=True)]
            inner = [v if isinstance(v, int) or b.contains(arb(v)) else float(b.mid()) for v, b in zip(inner, balls, strict=True)]
            assert is_defined(name, *inner), (values, radii, inner)
            exact = reference(name, tuple(inner))
            assert wide.contains(exact) or wide.overlaps(exact), (values, radii, inner, wide, exact)
    assert finite > 10


@pytest.mark.parametrize("name", sorted(DEFINED))
def test_balls_are_undefined_exactly_outside_of_the_domain(name: str) -> None:
    for values in operands(name, 200):
        value = reference(name, values)
        if not is_defined(name, *values):
            assert value.is_nan(), (values, value)
        elif all(abs(v) < 1e20 for v in values):
            assert value.is_finite(), (values, value)


@pytest.mark.parametrize("x", [-1000.1, -26.1, -1.0, 0.0, 0.5, 1.5, 30.1, 1e5, 1e300])
def test_erfcx_keeps_its_accuracy_where_its_factors_overflow(x: float) -> None:
    with flint.ctx.workprec(60):
        assert ARB["erfcx"](arb(x)).rel_accuracy_bits() > 45


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
        ("sinpi", 1, arb(0)),
    ):
        value = ARB[name](arb(x))
        assert value.is_exact()
        assert value == expected
    assert ARB["log2"](arb(8)) == 3
    assert ARB["powi"](arb(0, 1), 2).lower() > -(2.0**-28)  # a radius has 30 bits


# SymPy


def sympy_arguments(values: tuple[Any, ...]) -> list[Any]:
    return [v if isinstance(v, int) else sympy.Rational(v) for v in values]


def some_points(name: str) -> list[tuple[Any, ...]]:
    """A dozen points inside of the domain, away from kinks; SymPy is slow."""
    points: list[tuple[Any, ...]] = [(2.5,), (-2.5,), (0.3,), (-0.3,), (1.25,), (-7.75,)]
    if PRIMITIVES[name].arity == 2:
        points = [(1.5, 0.7), (0.3, -2.25), (-1.25, 2.5), (-3.5, -0.75)]
    if name in ("powi", "pow"):
        points = [(1.5, 3), (-0.7, 2), (-2.5, -3)] if name == "powi" else [(1.5, 0.7), (0.3, -2.25), (4.0, 0.5)]
    return [values for values in points if is_defined(name, *values)]


def translated(name: str, values: tuple[Any, ...]) -> Any:
    """The primitive as a SymPy expression of its parameters; integer powers have a literal exponent, the second of the values."""
    row = PRIMITIVES[name]
    return to_sympy(build(row.head, row.variables[0], constant(values[1])) if name == "powi" else row.application)


def put_in(expression: Any, name: str, values: tuple[Any, ...]) -> Any:
    """A SymPy expression at values of the primitive's parameters."""
    symbols = [sympy.Symbol(p, real=True) for p in PRIMITIVES[name].params]
    return expression.subs(dict(zip(symbols, sympy_arguments(values), strict=True))).doit()


@pytest.mark.parametrize("name", PRIMITIVES)
def test_sympy_has_the_same_values(name: str) -> None:
    for values in some_points(name):
        value = put_in(translated(name, values), name, values).evalf(30)
        exact = reference(name, values)
        with flint.ctx.workprec(PRECISION):
            assert abs(arb(str(value)) - exact) <= abs(exact) * arb("1e-28"), (values, value, exact)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_sympy_has_the_same_derivatives(name: str) -> None:
    row = PRIMITIVES[name]
    for i, partial in enumerate(row.partial_templates):
        if partial is None:
            continue
        for values in some_points(name):
            derivative = translated(name, values).diff(sympy.Symbol(row.params[i], real=True))
            if name in ("floor", "ceil", "trunc", "remainder"):
                assert derivative.has(sympy.Derivative), "SymPy has learned the derivative of floor: compare it"
                continue
            ours = evaluate(partial, dict(zip(row.params, values, strict=True)))
            theirs = put_in(derivative, name, values).evalf(20)
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
        except (ArithmeticError, UnsupportedPrimitive):
            assert name in ("sqrt", "cbrt", "hypot", "pow") or not is_defined(name, *values)
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
        with pytest.raises((ArithmeticError, UnsupportedPrimitive), match="no exact rational value"):
            FRACTION[name](*values)
    else:
        assert FRACTION[name](*values) == expected


@pytest.mark.parametrize(("name", "values"), [("div", (1, 0)), ("reciprocal", (0,)), ("powi", (0, -1)), ("pow", (0, Fraction(-1, 2)))])
def test_fractions_divide_by_zero_loudly(name: str, values: tuple[Any, ...]) -> None:
    with pytest.raises(ZeroDivisionError):
        FRACTION[name](*[v if name == "powi" and i else Fraction(v) for i, v in enumerate(values)])
