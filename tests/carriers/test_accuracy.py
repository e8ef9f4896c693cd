"""Values and derivatives in floats and arrays are within four ulps of the true ones, all over the range of floats.

``python -m benchmarks.accuracy`` measures the same with more points; docs/primitives.md has its table.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest

from benchmarks import accuracy
from micrograd import engine, evaluate
from micrograd.carriers.arrays import forms as numpy_forms
from micrograd.carriers.floats import forms as float_forms
from micrograd.carriers.forms import FORMS, INTEGER_POWER_SLOPE, find
from micrograd.verified import DomainError, FloatRangeError, const, diff, parse, var, variables
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.special_functions import SPECIAL

LIMIT = 4.0
FUNCTIONS = [*PRIMITIVES, *SPECIAL]
SLOW_TO_MEASURE = {"owens_t", "betainc", "fresnels", "fresnelc"}
x, y = var("x"), var("y")


def check(name: str, count: int) -> None:
    found = list(accuracy.measure_function(name, count))
    for worst in found:
        assert worst.ulps <= LIMIT, worst
    ways = {(worst.case.what, worst.way) for worst in found}
    row = {**PRIMITIVES, **SPECIAL}[name]
    moving = [f"d/d{p}" for p, partial in zip(row.params, row.partials, strict=True) if partial not in (None, "0")]
    for what in moving:
        assert {(what, way) for way in accuracy.WAYS[: 2 if name in SPECIAL else 4]} <= ways
    assert {("value", accuracy.WAYS[0]), ("value", accuracy.WAYS[1])} <= ways
    assert max(worst.points for worst in found) >= (count // len(accuracy.EXPONENTS) if name == "powi" else count) // 8


@pytest.mark.parametrize("name", FUNCTIONS)
def test_within_four_ulps(name: str) -> None:
    check(name, 10 if name in SLOW_TO_MEASURE else 30 if name in SPECIAL else 120)


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_within_four_ulps_at_many_points(name: str) -> None:
    check(name, 1000 if name in SPECIAL else 10_000)


def test_the_published_table_is_complete_and_within_the_limit() -> None:
    report = json.loads(accuracy.FILE.read_text(encoding="utf-8"))["worst"]
    assert list(report) == FUNCTIONS
    for name, found in report.items():
        for what, errors in found.items():
            assert max(errors.values()) <= LIMIT, (name, what, errors)


def test_the_measurement_sees_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(float_forms.FORMS, "gaussian", lambda x: math.exp(-(x * x)))
    worst = {w.way: w.ulps for w in accuracy.measure_function("erf", 500) if w.case.what != "value"}
    assert worst["evaluate"] > 50.0
    assert worst["evaluate, arrays"] <= LIMIT


# --- the points at which derivatives used to be wrong, against mpmath ------------------------------------------------

MP = mpmath.mp.clone()
MP.dps = 400


def _erfcx_slope(x: Any) -> Any:
    return mpmath.quad(lambda t: -2 * t * mpmath.exp(-t * t - 2 * x * t), [0, 1 / x, 10 / x, 100 / x]) * 2 / mpmath.sqrt(mpmath.pi)


WRONG: list[tuple[str, int, tuple[float, ...], Callable[..., Any]]] = [
    ("erfcx", 0, (1e9,), lambda x: -1 / (MP.sqrt(MP.pi) * x**2) * (1 - MP.mpf(3) / (2 * x**2))),
    ("erfcx", 0, (7.0,), _erfcx_slope),
    ("atan2", 0, (1e160, 1e160), lambda y, x: x / (x**2 + y**2)),
    ("atan2", 1, (1e-170, 3e-170), lambda y, x: -y / (x**2 + y**2)),
    ("atan2", 0, (5e-324, 2e-320), lambda y, x: x / (x**2 + y**2)),
    ("pow", 0, (4.28e-311, -1.37e-5), lambda x, y: y * x ** (y - 1)),
    ("pow", 0, (1e300, 0.3), lambda x, y: y * x ** (y - 1)),
    ("pow", 1, (1.19e-155, 2.0), lambda x, y: MP.log(x) * x**y),
    ("pow", 1, (1.5, 1750.5), lambda x, y: MP.log(x) * x**y),
    ("hypot", 0, (5e-324, 5e-324), lambda x, y: x / MP.sqrt(x**2 + y**2)),
    ("hypot", 1, (1.7e308, 1.7e308), lambda x, y: y / MP.sqrt(x**2 + y**2)),
    ("logaddexp", 0, (-552.5858896052986, -2.165499242307816), lambda x, y: MP.exp(x) / (MP.exp(x) + MP.exp(y))),
    ("erf", 0, (22.845090844396623,), lambda x: 2 / MP.sqrt(MP.pi) * MP.exp(-(x**2))),
    ("erfc", 0, (-25.63118463062943,), lambda x: -2 / MP.sqrt(MP.pi) * MP.exp(-(x**2))),
    ("div", 1, (5e-324, -2.3e-9), lambda x, y: -x / y**2),
    ("exp2", 0, (1024.4,), lambda x: MP.log(2) * 2**x),
    ("log2", 0, (8.1e-309,), lambda x: 1 / x / MP.log(2)),
    ("log10", 0, (2.45e-309,), lambda x: 1 / x / MP.log(10)),
    ("atand", 0, (2e154,), lambda x: 180 / MP.pi / (1 + x**2)),
    ("acotd", 0, (-4.5e154,), lambda x: -180 / MP.pi / (1 + x**2)),
    ("asecd", 0, (-2.28e154,), lambda x: 180 / MP.pi / x**2),
    ("acscd", 0, (5e154,), lambda x: -180 / MP.pi / x**2),
    ("cotd", 0, (2.056e-153,), lambda x: -MP.pi / 180 / MP.sin(x * MP.pi / 180) ** 2),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # values overflow where derivatives do not
@pytest.mark.parametrize(("name", "place", "at", "true"), WRONG, ids=lambda value: str(value) if isinstance(value, str | tuple) else "")
def test_known_failures(name: str, place: int, at: tuple[float, ...], true: Callable[..., Any]) -> None:
    exact = MP.mpf(true(*map(MP.mpf, at)))
    row = PRIMITIVES[name]
    slope = diff(row.application, row.variables[place])
    function = getattr(engine, name)
    arrays = [np.array([v, v]) for v in at]
    _, pull = engine.vjp(function, *arrays)
    found = [
        evaluate(slope, dict(zip(row.params, at, strict=True))),
        evaluate(slope, dict(zip(row.params, arrays, strict=True)))[1],
        engine.grad(function, place)(*at),
        engine.compile(engine.grad(function, place))(*at),
        pull(np.ones(2))[place][1],
        engine.compile(engine.grad(lambda *operands: engine.sum(function(*operands)), place))(*arrays)[0],
    ]
    for value in found:
        assert abs(MP.mpf(float(value)) - exact) <= LIMIT * math.ulp(float(exact)), (value, exact)


@pytest.mark.parametrize(
    ("text", "by", "point", "true"),
    [
        ("gammainc(a, x)", "x", {"a": 1055.25, "x": 2721.5}, lambda a, x: MP.exp(-x + (a - 1) * MP.log(x) - MP.loggamma(a))),
        ("betaln(a, b)", "b", {"a": 2.0**-300, "b": 16.25}, lambda a, b: MP.digamma(b) - MP.digamma(a + b)),
        ("fresnels(x)", "x", {"x": 1099999993.5456553}, lambda x: MP.sin(MP.pi / 2 * x**2)),
        ("fresnelc(x)", "x", {"x": -4.2e176}, lambda x: MP.cos(MP.pi / 2 * x**2)),
        ("ndtri(p)", "p", {"p": 0.5}, lambda p: MP.sqrt(2 * MP.pi)),
        ("owens_t(h, a)", "a", {"h": 20.75, "a": 1.07}, lambda h, a: MP.exp(-(a**2 + 1) * h**2 / 2) / (2 * MP.pi * (a**2 + 1))),
        ("polygamma(0, x)", "x", {"x": -300411.55348954746}, lambda x: (MP.pi / MP.sin(MP.pi * x)) ** 2 - MP.polygamma(1, 1 - x)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_special_functions(text: str, by: str, point: dict[str, float], true: Callable[..., Any]) -> None:
    exact = MP.mpf(true(*map(MP.mpf, point.values())))
    slope = diff(parse(text), var(by))
    on_arrays = evaluate(slope, {name: np.array([value, value]) for name, value in point.items()})
    for value in (evaluate(slope, point), *on_arrays):
        assert abs(MP.mpf(float(value)) - exact) <= LIMIT * math.ulp(float(exact)), (value, exact)


# --- composite forms -------------------------------------------------------------------------------------------------


def test_every_form_has_its_functions_and_is_found() -> None:
    names = {form.name for form in (*FORMS, INTEGER_POWER_SLOPE)}
    assert set(float_forms.FORMS) == set(numpy_forms.FORMS) == names
    for form in FORMS:
        match = find(form.template)
        assert match is not None
        assert match[0].name == form.name
        assert tuple(match[1]) == form.variables


@pytest.mark.parametrize(
    ("text", "name", "operands"),
    [
        ("exp(-sin(x)**2)", "gaussian", "sin(x)"),
        ("3*x**2", None, ""),
        ("9*x**8", "integer_power_slope", "x, 9"),
        ("9*x**7", None, ""),
        ("5/2*x**(3/2)", "power_slope", "x, 5/2"),
        ("5/2*x**(5/2)", None, ""),
        ("-(5/x/x)", "quotient_slope", "5, x"),
        ("-(5/x/y)", None, ""),
        ("3/hypot(x, 3)", "direction_of_second", "3, x"),
        ("2/hypot(x, 3)", None, ""),
        ("exp(-x**3)", None, ""),
        ("sigmoid(x - 3)", "sigmoid_of_difference", "x, 3"),
        ("exp(-hypot(2, y*2)**2/2)", "gaussian_of_radius", "2, y"),
    ],
)
def test_what_is_a_form(text: str, name: str | None, operands: str) -> None:
    match = find(parse(text))
    assert (None if match is None else match[0].name) == name
    assert match is None or ", ".join(map(str, match[1])) == operands


ROUNDED_OTHERWISE = {"sinc_slope": 1e-11, "celu_rate": 1e-15, "floor_of_quotient": 1.0}
"""Forms whose operations cancel, or whose quotient may be rounded to a whole number, and by how much that is."""


@pytest.mark.parametrize("form", [*FORMS, INTEGER_POWER_SLOPE], ids=lambda form: form.text)
def test_forms_have_the_values_of_their_operations(form: Any) -> None:
    """Over floats and arrays of any floating dtype, where these are far from the edges of the range."""
    numbers = [0.0, -0.0, 0.25, -1.5, 3.0, 1e-5, -7.0, math.nan]
    second = [9.0, -8.0] if form is INTEGER_POWER_SLOPE else numbers if len(form.params) == 2 else [0.0]
    for a, b in product(numbers, second):
        operands = (a, int(b)) if form is INTEGER_POWER_SLOPE else (a, b)[: len(form.params)]
        value = float_forms.FORMS[form.name](*operands)
        named = dict(zip(form.params, operands, strict=True))
        expected = evaluate(parse("9*x**8" if b == 9 else "-8*x**-9"), x=a, on_domain="ieee") if "n" in named else _apart(form, named)
        slack = ROUNDED_OTHERWISE.get(form.name, 0.0)
        assert value == pytest.approx(expected, rel=1e-12, abs=slack, nan_ok=True) or not math.isfinite(expected)
        for dtype in (np.float64, np.float32):
            arrays = [np.full(3, v, dtype=dtype) if isinstance(v, float) else v for v in operands]
            result = numpy_forms.FORMS[form.name](*arrays)
            assert result.dtype == dtype
            with np.errstate(over="ignore"):
                assert result.tolist() == pytest.approx([float(dtype(value))] * 3, rel=1e-5, abs=slack, nan_ok=True)


def _apart(form: Any, named: dict[str, float]) -> float:
    """The template, operation by operation."""
    with np.errstate(all="ignore"):
        from micrograd.carriers.arrays.functions import FUNCTIONS
        from micrograd.verified.expr import postorder

        values: dict[Any, Any] = {var(name): value for name, value in named.items()}
        for node in postorder([form.template]):
            if node not in values:
                parts = [values[child] for child in node.key[1:]] if node.head.arity else []
                if node.head.name == "powi":
                    parts[1] = node.key[2].key[1]
                values[node] = FUNCTIONS[node.head.name](*parts) if parts else evaluate(node)
        return float(values[form.template])


def test_undefined_forms_say_what_is_undefined() -> None:
    for text, point, operator in [
        ("x/hypot(x, y)", {"x": 0.0, "y": 0.0}, "div"),
        ("-(x/y/y)", {"x": 1.0, "y": 0.0}, "div"),
        ("y*x**(y - 1)", {"x": 0.0, "y": 0.5}, "pow"),
        ("log(x)*x**y", {"x": -1.0, "y": 2.0}, "log"),
        ("-8*x**-9", {"x": 0.0}, "powi"),
    ]:
        for env in (point, {name: np.array([1.0, value]) for name, value in point.items()}):
            with pytest.raises(DomainError) as caught:
                evaluate(parse(text), env)
            assert caught.value.operator == operator


def test_branches_that_are_not_taken_do_not_matter() -> None:
    root = parse("where(x > 0, log(x)*x**y, 0) + exp(-y**2)")
    assert evaluate(root, x=-1.0, y=20.0) == math.exp(-400.0)
    assert evaluate(root, x=np.array([-1.0]), y=20.0).tolist() == [math.exp(-400.0)]


def test_forms_at_infinity_are_those_of_their_operations() -> None:
    a, h = var("a"), var("h")
    slope = parse("exp(-hypot(h, a*h)**2/2)")
    for far in (math.inf, -math.inf):
        assert evaluate(slope, h=1.0, a=far) == 0.0
        assert evaluate(slope, h=np.array([1.0, -2.0]), a=far).tolist() == [0.0, 0.0]
        with pytest.raises(FloatRangeError):
            evaluate(slope, h=0.0, a=far)
        with pytest.raises(FloatRangeError):
            evaluate(slope, h=np.array([0.0]), a=far)
    assert variables(slope) == [a, h]


@pytest.mark.parametrize("n", [10**400, -(10**400), 10**400 + 1, 1 - 10**400])
def test_slopes_of_powers_with_exponents_beyond_all_floats(n: int) -> None:
    slope = diff(var("x") ** n, var("x"))
    sign = 1.0 if n > 0 else -1.0
    odd = 1.0 if (n - 1) % 2 == 0 else -1.0
    small, large = (0.5, 2.0) if n > 0 else (2.0, 0.5)
    expected = {small: 0.0, large: sign * math.inf, 1.0: sign * math.inf, -1.0: odd * sign * math.inf, -small: 0.0}
    for x, value in expected.items():
        assert evaluate(slope, x=x) == value
    assert evaluate(slope, x=np.array([*expected])).tolist() == [*expected.values()]


def test_tanh_keeps_the_sign_of_zero() -> None:
    for at in (-0.0, np.array([-0.0])):
        assert np.signbit(evaluate(parse("tanh(x)"), x=at)).all()
        assert np.all(evaluate(parse("coth(x)"), x=at, on_domain="ieee") == -math.inf)


def test_the_longest_exponents_are_no_obstacle() -> None:
    x, y = var("x"), var("y")
    longest = const(Fraction(2**65536 - 1, 2))
    assert evaluate(y * x**longest, x=0.5, y=1.0) == 0.0


def test_forms_are_differentiated_again() -> None:
    for name, points in (("erf", (0.3,)), ("hypot", (0.3, 1.2)), ("pow", (1.3, 0.7)), ("logaddexp", (1.0, -0.5)), ("div", (2.0, 3.0))):
        row, function = PRIMITIVES[name], getattr(engine, name)
        for place in range(row.arity):
            second = diff(diff(row.application, row.variables[place]), row.variables[place])
            exact = evaluate(second, dict(zip(row.params, points, strict=True)))
            twice = engine.grad(engine.grad(function, place), place)
            assert twice(*points) == pytest.approx(exact, rel=1e-12)
            assert engine.compile(twice)(*points) == pytest.approx(exact, rel=1e-12)
