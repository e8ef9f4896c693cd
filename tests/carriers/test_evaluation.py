"""Evaluation: floats, exact fractions, NumPy arrays and Arb balls agree; only what is needed has to be defined; faults are named.

Tolerances are derived.  The float carrier states for each primitive how many ulps it may be off (`ULPS`); so from balls that
contain the operands, Arb gives a ball that contains the exact value, and widened by that many ulps it must contain the float
result.  By induction this holds at every node of an expression, however long (as long as nothing overflows).
"""

from __future__ import annotations

import math
import pickle
import sys
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from micrograd import MissingVariable, evaluate
from micrograd.carriers.arb.carrier import ArbCarrier, ball
from micrograd.carriers.floats.functions import ULPS
from micrograd.verified import (
    PRIMITIVES,
    Condition,
    DomainError,
    Expr,
    FloatRangeError,
    MicrogradError,
    UnsupportedPrimitive,
    acosh,
    asin,
    atan,
    ceil,
    const,
    cos,
    cosh,
    e,
    eq,
    erf,
    exp,
    floor,
    hypot,
    log,
    maximum,
    minimum,
    ne,
    parse,
    parse_condition,
    pi,
    postorder,
    relu,
    sign,
    sin,
    sqrt,
    tanh,
    trunc,
    var,
    where,
)
from micrograd.verified.expr import EQ, GE, GT, HEADS, LE, LT, NE, build
from tests.verified.strategies import NAMES, RATIONAL, conditions, expressions, points, untimed

x, y, z = var("x"), var("y"), var("z")
LARGEST = sys.float_info.max


def _contains(enclosure: Any, exact: Fraction) -> bool:
    """Whether the rational number itself lies in the ball (``arb.contains`` would round it to a ball first)."""
    distance = enclosure.mid().fmpq() - flint.fmpq(exact.numerator, exact.denominator)
    return bool(abs(distance) <= enclosure.rad().fmpq())


# --- one kind of number at a time ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "value"),
    [
        pytest.param(x + y, 2.5, id="add"),
        pytest.param(x - y, 0.5, id="sub"),
        pytest.param(x * y, 1.5, id="mul"),
        pytest.param(x / y, 1.5, id="div"),
        pytest.param(x**3, 3.375, id="powi"),
        pytest.param(sqrt(x + y - Fraction(1, 4)), 1.5, id="sqrt"),
        pytest.param(where(x > y, x, y), 1.5, id="where"),
        pytest.param(x > y, True, id="condition"),
        pytest.param(eq(x, y), False, id="equality"),
        pytest.param(const(Fraction(1, 3)), 1 / 3, id="constant"),
        pytest.param(pi, math.pi, id="pi"),
        pytest.param(e, math.e, id="e"),
    ],
)
def test_floats(node: Expr | Condition, value: Any) -> None:
    result = evaluate(node, x=1.5, y=1)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("value", [2, np.float64(2), np.float32(2), np.int8(2), np.uint64(2)], ids=lambda v: type(v).__name__)
def test_scalars_become_floats(value: Any) -> None:
    result = evaluate(x / 3, x=value)
    assert type(result) is float
    assert result == 2 / 3


@pytest.mark.parametrize(
    ("node", "value"),
    [
        pytest.param(x / 3 + y, Fraction(-1, 3), id="arithmetic"),
        pytest.param(x**-3, Fraction(8), id="powi"),
        pytest.param(sqrt(x**2), Fraction(1, 2), id="rational root"),
        pytest.param((4 * x**2) ** (x), Fraction(1), id="rational power"),
        pytest.param(floor(y) + ceil(x), Fraction(0), id="floor and ceil"),
        pytest.param(trunc(y * 3), Fraction(-1), id="trunc"),
        pytest.param(abs(y) * sign(y), Fraction(-1, 2), id="abs and sign"),
        pytest.param(maximum(x, y) - minimum(x, y), Fraction(1), id="max and min"),
        pytest.param(relu(y) + relu(x), Fraction(1, 2), id="relu"),
        pytest.param(where(x > 0, x, log(y)), Fraction(1, 2), id="where"),
        pytest.param(x + 0.1, Fraction(1, 2) + Fraction(0.1), id="float constants are exact"),
        pytest.param(hypot(6 * x, 8 * y), Fraction(5), id="hypot"),
    ],
)
def test_fractions_are_exact(node: Expr, value: Fraction) -> None:
    result = evaluate(node, x=Fraction(1, 2), y=Fraction(-1, 2))
    assert result == value
    assert type(result) is Fraction


def test_fractions_with_other_numbers_are_exact() -> None:
    assert evaluate(x + y + z, x=Fraction(1, 3), y=2, z=0.1) == Fraction(7, 3) + Fraction(0.1)


@pytest.mark.parametrize("node", [sin(x), exp(x), pi * x, sqrt(x), x**x, erf(x)], ids=str)
def test_irrational_values_are_no_fractions(node: Expr) -> None:
    with pytest.raises(UnsupportedPrimitive, match=r"rational|Fraction"):
        evaluate(node, x=Fraction(1, 2))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_arrays_keep_their_dtype(dtype: type) -> None:
    at: Any = np.array([0.5, 1.0, 2.0], dtype=dtype)
    for node in (x * Fraction(1, 3), sin(x) + pi, where(x > 1, exp(x), x**3), tanh(x) / 7 + e, x**y):
        result = evaluate(node, x=at, y=2.0)
        assert result.dtype == dtype, node
        assert result.shape == (3,)


@pytest.mark.parametrize("name", [name for name, row in PRIMITIVES.items() if row.arity == 1])
def test_every_function_keeps_the_dtype_of_arrays(name: str) -> None:
    result = evaluate(build(HEADS[name], x), x=np.array([0.25, 0.5, 2.0], dtype=np.float32), on_domain="ieee")
    assert result.dtype == np.float32
    assert result.shape == (3,)


def test_arrays_broadcast() -> None:
    result = evaluate([x * y, x, const(2), x > y], x=np.array([[1.0], [2.0]]), y=np.array([3.0, 0.5, 1.0]))
    assert [r.shape for r in result] == [(2, 3)] * 4
    assert result[0].tolist() == [[3.0, 0.5, 1.0], [6.0, 1.0, 2.0]]
    assert result[3].tolist() == [[False, True, False], [False, True, True]]


def test_arrays_meet_scalars() -> None:
    assert evaluate(x + y, x=np.array([1, 2]), y=1).tolist() == [2.0, 3.0]
    assert evaluate(x, x=np.array(3.0)).shape == ()
    assert evaluate(sin(x), x=np.array([])).shape == (0,)


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        evaluate(x + y, x=np.ones(2), y=np.ones(3))


@pytest.mark.parametrize("array", [np.array([v]) for v in ("a", 1j, True, None)], ids=lambda a: str(a.dtype))
def test_arrays_of_something_else_are_refused(array: Any) -> None:
    with pytest.raises(TypeError, match="the value of x must be an array of real numbers"):
        evaluate(x, x=array)


def test_masks_are_not_lost() -> None:
    masked = np.ma.array([1.0, -1.0], mask=[False, True])
    with pytest.raises(TypeError, match="the value of x"):
        evaluate(x + 1, x=masked[:1])


def test_balls_enclose() -> None:
    third = evaluate(x / 3, x=arb(1))
    assert _contains(third, Fraction(1, 3))
    assert third.rad() < arb(2) ** (2 - flint.ctx.prec)
    assert evaluate(x + y, x=arb(1), y=Fraction(1, 2)) == arb(1.5)
    assert evaluate(pi * x, x=arb(1)).overlaps(arb.pi())
    assert evaluate(e * x, x=arb(1)).overlaps(arb(1).exp())


def test_balls_at_more_digits() -> None:
    with flint.ctx.workprec(1000):
        value = evaluate(sin(x) ** 2 + cos(x) ** 2, x=arb(1) / 3)
        assert value.contains(1)
        assert value.rad() < arb(2) ** -980


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        pytest.param(x > 0, None, id="not known"),
        pytest.param(x < 3, True, id="known"),
        pytest.param(x >= 3, False, id="known to fail"),
        pytest.param(eq(x, x), None, id="equality of a ball with itself"),
        pytest.param(ne(x, 5), True, id="apart"),
        pytest.param((x > 0) & (x < 3), None, id="unknown and true"),
        pytest.param((x > 0) & (x > 3), False, id="unknown and false"),
        pytest.param((x > 0) | (x < 3), True, id="unknown or true"),
        pytest.param((x > 3) | (x > 0), None, id="false or unknown"),
        pytest.param(~(x > 0), None, id="not unknown"),
    ],
)
def test_comparisons_of_balls(condition: Condition, truth: bool | None) -> None:
    assert evaluate(condition, x=arb(0, 1)) is truth


def test_undecided_choices_give_the_union() -> None:
    value = evaluate(where(x > 0, 1, 2), x=arb(0, 1))
    assert value.contains(1)
    assert value.contains(2)
    assert not evaluate(where(x > 0, log(x), 2), x=arb(0, 1)).is_finite()


# --- carriers agree --------------------------------------------------------------------------------------------------


def _widened(value: Any, name: str) -> Any:
    """The exact values in a ball, with the error that the float carrier allows itself."""
    ulp = max(value.abs_upper() * arb(2) ** -52, arb(2) ** -1074)
    return value + arb(0, ulp * ULPS.get(name, 1.0))  # what is rounded from a ball is within an ulp


def _enclosure(carrier: ArbCarrier, key: tuple[Any, ...], balls: list[Any]) -> Any:
    """The ball in which the float result must lie (a truth value or None for a condition)."""
    which = key[0]
    if which.name == "where":
        condition, a, b = balls
        return carrier.either(a, b) if condition is None else a if condition else b
    if which in (LT, LE, GT, GE, EQ, NE):
        return carrier.compare(which, *balls)
    if which.name == "not":
        return None if balls[0] is None else not balls[0]
    if which.boolean:
        decisive = which.name == "or"
        return decisive if decisive in balls else None if None in balls else not decisive
    if which.name == "powi":
        balls = [balls[0], key[2].key[1]]
    function: Any = carrier.function(which.row)
    return _widened(function(*balls), which.name)


def _leaf_ball(carrier: ArbCarrier, key: tuple[Any, ...], env: Mapping[str, float]) -> Any:
    if key[0].name == "var":
        return ball(env[key[1]])
    if key[0].boolean:
        return key[1]
    return _widened(carrier.number(key[1]) if key[0].name == "const" else carrier.symbol(key[0]), "div")


def _check_floats(order: list[Any], env: Mapping[str, float], results: list[Any]) -> int:
    """Compare float results at all nodes with their enclosures; the number of nodes that were compared."""
    carrier, known = ArbCarrier(), {}
    for node, result in zip(order, results, strict=True):
        key = node.key
        if not key[0].arity:
            known[node] = _leaf_ball(carrier, key, env)
        elif all(child in known for child in key[1:]):
            known[node] = _enclosure(carrier, key, [known[child] for child in key[1:]])
        else:
            continue
        found = known[node]
        if isinstance(node, Condition):
            assert found is None or found is bool(result), node
        elif not found.is_finite():
            del known[node]
        elif math.isfinite(result):
            assert found.contains(ball(result)), f"{node}: {result} is not in {found}"
        else:
            assert not math.isnan(result), node
            assert found.abs_upper() >= LARGEST, node
            del known[node]
    return len(known)


@untimed
@given(st.one_of(expressions(), conditions()), points())
def test_floats_lie_in_their_enclosures(root: Expr | Condition, env: dict[str, float]) -> None:
    order = postorder([root])
    with flint.ctx.workprec(120):
        _check_floats(order, env, evaluate(order, env, on_domain="ieee"))


def test_enclosures_are_tight_enough_to_see_an_error() -> None:
    """The check above fails for a value that is wrong in the twelfth digit, at every operation of a long expression."""
    root = sin(x) * exp(y) / (1 + cosh(x * y)) - atan(z) ** 3 + log(hypot(x, y))
    order, env = postorder([root]), {"x": 0.7, "y": -1.2, "z": 2.5}
    results = evaluate(order, env)
    assert _check_floats(order, env, results) == len(order)
    for place, node in enumerate(order):
        if node.args:
            wrong = [*results[:place], results[place] * (1 + 1e-12), *results[place + 1 :]]
            with pytest.raises(AssertionError, match="is not in"):
                _check_floats(order, env, wrong)


def _ball_value(root: Expr, balls: Mapping[str, Any]) -> Any:
    """The enclosure; not a number where a part is certainly undefined."""
    try:
        return evaluate(root, balls)
    except DomainError:
        return arb("nan")


_rationals = st.builds(Fraction, st.integers(-9, 9), st.integers(1, 5))


@untimed
@given(expressions(primitives=RATIONAL, max_depth=5), points(values=_rationals))
def test_fractions_lie_in_their_balls(root: Expr, env: dict[str, Fraction]) -> None:
    with flint.ctx.workprec(300):
        balls = {name: ball(value) for name, value in env.items()}
        try:
            exact = evaluate(root, env)
        except DomainError:
            assert not _ball_value(root, balls).is_finite()
        else:
            enclosure = _ball_value(root, balls)
            assert not enclosure.is_finite() or _contains(enclosure, exact)


CORRECTLY_ROUNDED = tuple(name for name, ulps in ULPS.items() if ulps <= 0.5)
"""Primitives whose float value is determined by the exact one: any two carriers agree to the last bit."""


@untimed
@given(expressions(primitives=CORRECTLY_ROUNDED), st.lists(points(), min_size=1, max_size=4))
def test_arrays_agree_with_floats_to_the_last_bit(root: Expr, at: list[dict[str, float]]) -> None:
    columns = {name: np.array([point[name] for point in at]) for name in NAMES}
    try:
        expected = [evaluate(root, point) for point in at]
    except (DomainError, FloatRangeError) as error:
        with pytest.raises(type(error)):
            evaluate(root, columns)
    else:
        assert evaluate(root, columns).tolist() == expected


@untimed
@given(expressions(), points())
def test_several_roots_have_the_values_of_each(root: Expr, env: dict[str, float]) -> None:
    order = postorder([root])
    together = evaluate(order, env, on_domain="ieee")
    alone = [evaluate(node, env, on_domain="ieee") for node in order]
    assert all(a == b or (a != a and b != b) for a, b in zip(together, alone, strict=True))


def _outcome(root: Expr, env: dict[str, float]) -> Any:
    try:
        return evaluate(root, env)
    except (DomainError, FloatRangeError) as error:
        return error


@untimed
@given(expressions(), points())
def test_a_value_is_real_or_the_reason_is_named(root: Expr, env: dict[str, float]) -> None:
    found = _outcome(root, env)
    if isinstance(found, DomainError):
        assert parse_condition(found.condition) is PRIMITIVES[found.operator].defined_template
    elif isinstance(found, FloatRangeError):
        assert "inf" in str(found)
    else:
        assert not math.isnan(found)


# --- laziness --------------------------------------------------------------------------------------------------------

LAZY = [
    pytest.param(where(x > 0, log(x), x), -2.0, id="second branch"),
    pytest.param(where(x > 0, x, 1 / (x + 2)), None, id="needed branch"),
    pytest.param(where(x < 0, where(x > 0, log(x), 7), sqrt(x)), 7.0, id="nested"),
    pytest.param(where((x > 0) & (log(x) > 0), 1, 2), 2.0, id="and"),
    pytest.param(where((x < 0) | (log(x) > 0), 1, 2), 1.0, id="or"),
    pytest.param(where((log(x) > 0) & (x > 0), 1, 2), None, id="and from the left"),
    pytest.param(where((log(x) > 0) | (x < 0), 1, 2), None, id="or from the left"),
    pytest.param(where(~(log(x) > 0), 1, 2), None, id="not"),
    pytest.param(where(log(x) > 0, 1, 2), None, id="condition"),
    pytest.param(where(x > 0, log(x), 1) + where(x < 0, 1, sqrt(x)), 2.0, id="two choices"),
    pytest.param(where(x > 0, log(x), 1) * log(x), None, id="needed elsewhere"),
    pytest.param(maximum(log(x), 1), None, id="maximum needs both"),
    pytest.param(0 * log(x), None, id="product with zero"),
]


@pytest.mark.parametrize(("node", "value"), LAZY)
@pytest.mark.parametrize("kind", ["float", "array", "ball", "Fraction"])
def test_only_what_is_needed_must_be_defined(node: Expr, value: float | None, kind: str) -> None:
    point: Any = {"float": -2.0, "array": np.array([-2.0]), "ball": arb(-2), "Fraction": Fraction(-2)}[kind]
    if value is not None:
        assert bool(evaluate(node, x=point) == value)
        return
    with pytest.raises((DomainError, UnsupportedPrimitive), match=r"log|div"):
        evaluate(node, x=point)


@pytest.mark.parametrize(("node", "value"), LAZY)
def test_arrays_are_lazy_element_by_element(node: Expr, value: float | None) -> None:
    at = np.array([3.0, -2.0])
    if value is not None:
        assert evaluate(node, x=at).tolist() == [evaluate(node, x=3.0), value]
        return
    with pytest.raises(DomainError, match=r"at index \(1,\)"):
        evaluate(node, x=at)


# --- domains ---------------------------------------------------------------------------------------------------------

OUTSIDE = [
    pytest.param(log(x), {"x": -1.0}, "log", "x > 0", id="log"),
    pytest.param(log(x), {"x": 0.0}, "log", "x > 0", id="log of zero"),
    pytest.param(1 / x, {"x": 0.0}, "div", "y != 0", id="div"),
    pytest.param(x**-2, {"x": 0.0}, "powi", "n >= 0 or x != 0", id="powi"),
    pytest.param(sqrt(x - 1), {"x": 0.5}, "sqrt", "x >= 0", id="sqrt"),
    pytest.param(asin(x), {"x": 1.5}, "asin", "-1 <= x and x <= 1", id="asin"),
    pytest.param(acosh(x), {"x": 0.5}, "acosh", "x >= 1", id="acosh"),
    pytest.param(x ** const(0.5), {"x": -1.0}, "pow", str(PRIMITIVES["pow"].defined_template), id="pow"),
    pytest.param(parse("cotd(x)"), {"x": 180.0}, "cotd", "sind(x) != 0", id="cotd"),
    pytest.param(parse("atan2(x, x)"), {"x": 0.0}, "atan2", "x != 0 or y != 0", id="atan2"),
]


@pytest.mark.parametrize(("node", "env", "operator", "condition"), OUTSIDE)
@pytest.mark.parametrize("kind", [float, arb, lambda v: np.array([1.25, v])], ids=["float", "ball", "array"])
def test_outside_of_the_domain(node: Expr, env: dict[str, float], operator: str, condition: str, kind: Any) -> None:
    with pytest.raises(DomainError) as caught:
        evaluate(node, {name: kind(value) for name, value in env.items()})
    assert caught.value.operator == operator
    assert caught.value.condition == condition
    assert f"it needs {condition}" in str(caught.value)
    assert isinstance(caught.value, ArithmeticError)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)


@pytest.mark.parametrize(
    ("node", "text", "condition"),
    [
        pytest.param(1 / x, "div(x = 1, y = 0)", "y != 0", id="div"),
        pytest.param(x**-1, "powi(x = 0, n = -1)", "n >= 0 or x != 0", id="powi"),
        pytest.param(sqrt(x - 4), "sqrt(x = -4)", "x >= 0", id="sqrt"),
    ],
)
@pytest.mark.parametrize("on_domain", ["raise", "ieee"])
def test_fractions_outside_of_the_domain(node: Expr, text: str, condition: str, on_domain: Any) -> None:
    with pytest.raises(DomainError) as caught:
        evaluate(node, x=Fraction(0), on_domain=on_domain)
    assert str(caught.value) == f"{text} is not defined: it needs {condition}"


def test_the_first_bad_index_is_named() -> None:
    with pytest.raises(DomainError, match=r"log\(x = -1.0 at index \(1, 1\)\)"):
        evaluate(log(x), x=np.array([[1.0, 2.0], [3.0, -1.0], [-2.0, 1.0]]))
    with pytest.raises(DomainError, match=r"div\(x = 1.0, y = 0.0 at index \(0, 2\)\)"):
        evaluate(1 / (x - y), x=np.array([[1.0], [2.0]]), y=np.array([2.0, 3.0, 1.0]))


@pytest.mark.parametrize(
    ("node", "value"),
    [
        pytest.param(log(x), math.nan, id="log"),
        pytest.param(log(x + 1), -math.inf, id="log of zero"),
        pytest.param(1 / (x + 1), math.inf, id="pole"),
        pytest.param((x + 1) / (x + 1), math.nan, id="zero by zero"),
        pytest.param(where(log(x) > 0, 1, 2), 2.0, id="comparison with NaN"),
        pytest.param(sqrt(x) + 1, math.nan, id="NaN goes on"),
    ],
)
def test_ieee_values_outside_of_the_domain(node: Expr, value: float) -> None:
    for result in (evaluate(node, x=-1.0, on_domain="ieee"), evaluate(node, x=np.array([-1.0]), on_domain="ieee")[0]):
        assert result == value or (math.isnan(result) and math.isnan(value))


def test_overflow_is_no_domain_error() -> None:
    assert evaluate(exp(x), x=1000.0) == math.inf
    assert evaluate(-exp(x), x=np.array([1000.0]))[0] == -math.inf
    assert evaluate(1 / exp(x), x=1000.0) == 0.0
    assert evaluate(x, x=10**400) == math.inf
    assert evaluate(10 ** const(400) * x, x=-1.0) == -math.inf


@pytest.mark.parametrize("node", [exp(x) - exp(x), exp(x) / exp(x), exp(x) * (1 / exp(x)), sin(exp(x))], ids=str)
@pytest.mark.parametrize("kind", [float, lambda v: np.array([1.0, v])], ids=["float", "array"])
def test_lost_to_overflow(node: Expr, kind: Any) -> None:
    assert math.isnan(np.ravel(evaluate(node, x=kind(1000.0), on_domain="ieee"))[-1])
    with pytest.raises(FloatRangeError, match="inf"):
        evaluate(node, x=kind(1000.0))


def test_what_overflow_loses_balls_know() -> None:
    assert evaluate(exp(x) / exp(x), x=arb(1000)).contains(1)
    assert not evaluate(log(x), x=arb(0, 1)).is_finite()


def test_nan_in_gives_nan_out() -> None:
    assert math.isnan(evaluate(x + 1, x=math.nan))
    assert math.isnan(evaluate(sin(x), x=np.array([math.nan]))[0])


def test_constants_beyond_floats() -> None:
    huge = const(10) ** 400
    assert evaluate(huge / const(10) ** 399 * x, x=1.0) == 10.0
    assert evaluate(where(x > -(10 ** const(400)), 1, 2), x=-LARGEST) == 1.0


# --- arguments -------------------------------------------------------------------------------------------------------


def test_variables_are_given_by_name_or_by_node() -> None:
    assert evaluate(x - y, {x: 3.0, "y": 1.0}) == 2.0
    assert evaluate(x - y, {x: 3.0}, y=1.0) == 2.0
    assert evaluate(x, {"x": 1.0, "other": 5.0}) == 1.0
    assert evaluate([x, x > 1, x * 2], x=2.0) == [2.0, True, 4.0]
    assert evaluate([], x=2.0) == []


@pytest.mark.parametrize("value", [1.0, np.ones(2), arb(1), Fraction(1)], ids=lambda v: type(v).__name__)
def test_missing_variables_are_named(value: Any) -> None:
    with pytest.raises(MissingVariable, match=r"^no value given for x, z$") as caught:
        evaluate(x + y * z, y=value)
    assert isinstance(caught.value, KeyError | MicrogradError)


@pytest.mark.parametrize(
    "value",
    ["1", b"1", 1j, None, True, np.True_, x, [1.0], (1.0,), {"a": 1}, object()],
    ids=lambda v: type(v).__name__,
)
def test_values_that_are_no_numbers_are_named(value: Any) -> None:
    with pytest.raises(TypeError, match="the value of x must be"):
        evaluate(x, x=value)


@pytest.mark.parametrize("key", [3, x + 1, None, const(2)], ids=str)
def test_keys_that_are_no_variables_are_refused(key: Any) -> None:
    with pytest.raises(TypeError, match="values are given by variable"):
        evaluate(x, {key: 1.0, x: 2.0})


@pytest.mark.parametrize("expression", ["x", 3, None, [x, 3], [[x]]], ids=str)
def test_only_expressions_are_evaluated(expression: Any) -> None:
    with pytest.raises(TypeError, match="takes an expression"):
        evaluate(expression, x=1.0)


def test_unknown_modes_are_refused() -> None:
    with pytest.raises(ValueError, match="on_domain"):
        evaluate(x, x=1.0, on_domain="ignore")  # type: ignore[call-overload]


def test_what_cannot_be_told_is_no_fault() -> None:
    """With a ball around 0 the condition has no truth value, so an undefined branch makes the answer indeterminate, not an error."""
    around_zero = arb(0, 0.5)
    assert evaluate(where(x > 0, log(const(-1)), x), x=around_zero).is_nan()
    assert evaluate((x > 0) & (log(const(-1)) > 0), x=around_zero) is None
    assert evaluate((x > 0) | (log(const(-1)) > 0), x=around_zero) is None
    with pytest.raises(DomainError):
        evaluate(where(x > 0, log(const(-1)), x), x=arb(1))
