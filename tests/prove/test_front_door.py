"""All of ``prove_*`` and ``assert_*`` are called alike; further conditions; backward passes; the former order of arguments."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import micrograd as mg
import micrograd.testing
from micrograd import prove
from micrograd.prove import Proved, Refuted, prove_derivative, prove_equal, prove_gradient, prove_hessian, prove_jacobian, prove_vjp
from micrograd.testing import assert_derivative, assert_vjp
from micrograd.verified.errors import ParseError

ALIKE = ("derivative", "gradient", "jacobian", "hessian", "vjp")
OPTIONS = ("wrt", "shapes", "integers", "constraints", "assume", "constants", "timeout")


@pytest.mark.parametrize("name", ALIKE)
def test_all_are_called_alike(name: str) -> None:
    proving = inspect.signature(getattr(prove, f"prove_{name}")).parameters
    asserting = inspect.signature(getattr(micrograd.testing, f"assert_{name}")).parameters
    assert tuple(proving) == ("f", "claim", "domain", *OPTIONS)
    assert next(iter(asserting)) == "f"
    assert tuple(asserting)[2:] == ("domain", *OPTIONS, "allow_unknown")
    for parameters in (proving, asserting):
        assert all(parameters[option].kind is inspect.Parameter.KEYWORD_ONLY for option in OPTIONS)


@pytest.mark.parametrize("name", [f"prove_{word}" for word in (*ALIKE, "equal")])
def test_the_top_has_them_too(name: str) -> None:
    assert getattr(mg, name) is getattr(prove, name)
    assert name in dir(mg)


def test_the_top_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="prove_nothing"):
        _ = mg.prove_nothing


def test_the_former_name_has_the_former_order() -> None:
    from micrograd.verified import prove as former

    with pytest.warns(DeprecationWarning, match="wrt="):
        assert former.prove_derivative("x*y", "x", "y", "x > 0").verdict == "proved"
    with pytest.warns(DeprecationWarning, match="wrt="):
        assert former.prove_derivative("x*sqrt(2)/2", "x", "0.7071067811865476", constants="written").verdict == "refuted"


# --- further conditions ------------------------------------------------------------------------------------------------


def test_constraints_are_part_of_the_statement() -> None:
    plain = prove_derivative("x*y", "where(y > 0, y, 7)", wrt="x")
    assert isinstance(plain, Refuted)
    bound = prove_derivative("x*y", "where(y > 0, y, 7)", wrt="x", constraints=["y > 1", "x > y"], assume="x < 100")
    assert isinstance(bound, Proved)
    assert {part.strip() for part in bound.theorem.hypothesis.split("and")} == {"y > 1", "x > y", "x < 100"}
    assert prove_derivative("log(x)*y", "y/x", "y > 0", wrt="x", assume=mg.parse_condition("x > 0")).verdict == "proved"


def test_constraints_keep_where_the_function_has_a_value() -> None:
    found = prove_derivative("log(x)*y", "y/x", wrt="x", assume="y > 0")
    assert found.verdict == "proved"
    assert "x > 0" in found.theorem.hypothesis


def test_constraints_on_arrays_and_as_functions() -> None:
    def entropy(p: Any) -> Any:
        return -np.sum(p * np.log(p))

    def slope(p: Any) -> Any:
        return -np.log(p) - np.sum(p)  # 1 only on the simplex

    assert prove_gradient(entropy, slope, "all(p > 0)", shapes={"p": 2}).verdict == "refuted"
    assert prove_gradient(entropy, slope, "all(p > 0)", shapes={"p": 2}, constraints=["sum(p) == 1"]).verdict == "proved"
    assert prove_gradient(entropy, slope, assume=lambda p: np.all(p > 0) and np.sum(p) == 1, shapes={"p": 2}).verdict == "proved"


def test_equalities_and_second_derivatives_under_constraints() -> None:
    assert prove_equal("sqrt(x**2)", "x", assume="x >= 0").verdict == "proved"
    assert prove_equal("x**2 + y**2", 1, constraints=["x**2 + y**2 == 1"]).verdict == "proved"
    assert prove_hessian("x**3", [["where(x > 0, 6*x, 5)"]], constraints=["x > 0"]).verdict == "proved"
    assert prove_jacobian(["x*y", "x"], [["y", "x"], ["where(y < 0, 7, 1)", 0]], assume="y > 0").verdict == "proved"


def test_further_conditions_leave_each_component_its_own_points() -> None:
    f, claim = ["x", "log(x)"], [["where(x > 0, 1, 5)"], ["1/x"]]
    for options in ({}, {"constraints": ["True"]}, {"assume": "x < 7"}):
        found = prove_jacobian(f, claim, **options)
        assert [found[0, "x"].verdict, found[1, "x"].verdict] == ["refuted", "proved"]


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"integers": 3}, TypeError, "integers: a variable or a list"),
        ({"constraints": "x > 0"}, TypeError, "constraints: a list of conditions is needed"),
        ({"constraints": ["x > 0", "x +"]}, ParseError, r"constraints\[1\]: "),
        ({"constraints": [3]}, TypeError, r"constraints\[0\]: "),
        ({"assume": "x"}, ParseError, "assume: "),
        ({"assume": "x > 0 and x < 0"}, prove.EmptyDomain, "x < 0"),
    ],
)
def test_conditions_that_cannot_be_read_name_their_argument(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        prove_derivative("x**2", "2*x", **options)


def test_assertions_take_them_too() -> None:
    assert_derivative("abs(x)", 1, assume="x > 0")
    with pytest.raises(AssertionError, match="REFUTED"):
        assert_derivative("abs(x)", 1, assume="x < 0")
    assert_derivative("x**n", "n*x**(n - 1)", "x != 0", wrt="x", integers="n")


# --- backward passes ---------------------------------------------------------------------------------------------------


def _polar(r: Any, t: Any) -> Any:
    return r * math.cos(t), r * math.sin(t)


def _polar_backward(r: Any, t: Any, v: Any) -> Any:
    return v[0] * math.cos(t) + v[1] * math.sin(t), r * (v[1] * math.cos(t) - v[0] * math.sin(t))


def _linear(W: Any, x: Any) -> Any:
    return W @ x


def _linear_backward(W: Any, x: Any, grad_output: Any) -> Any:
    return np.outer(grad_output, x), W.T @ grad_output


def _transposed(W: Any, x: Any, grad_output: Any) -> Any:
    return np.outer(x, grad_output), W.T @ grad_output


BACKWARD: dict[str, tuple[Callable[..., Any], Any, dict[str, Any], str]] = {
    "a tuple": (_polar, _polar_backward, {}, "proved"),
    "a tuple, with a wrong sign": (_polar, lambda r, t, v: (_polar_backward(r, t, v)[0], -_polar_backward(r, t, v)[1]), {}, "refuted"),
    "a number": (lambda x, y: x * y**2, lambda x, y, g: (g * y**2, 2 * g * x * y), {}, "proved"),
    "a number, without its cotangent": (lambda x, y: x * y**2, lambda x, y, g: (y**2, 2 * g * x * y), {}, "refuted"),
    "by name": (lambda x, y: x * y, lambda x, y, g: {"y": g * x, "x": g * y}, {}, "proved"),
    "a function of NumPy's": (np.exp, lambda x, g: g * np.exp(x), {"shapes": {"x": 3}}, "proved"),
    "entry by entry": (lambda x: np.exp(x), lambda x, g: g * np.exp(x), {"shapes": {"x": 3}}, "proved"),
    "softmax": (
        lambda x: np.exp(x) / np.sum(np.exp(x)),
        lambda x, g: (lambda s: s * (g - np.sum(g * s)))(np.exp(x) / np.sum(np.exp(x))),
        {"shapes": {"x": 3}},
        "proved",
    ),
    "a product": (_linear, _linear_backward, {"shapes": {"W": (2, 2), "x": 2}}, "proved"),
    "a product, transposed": (_linear, _transposed, {"shapes": {"W": (2, 2), "x": 2}}, "refuted"),
    "a matrix": (lambda A: A.T, lambda A, G: G.T, {"shapes": {"A": (2, 3)}}, "proved"),
    "a parameter named v": (lambda v: v**2, lambda v, w: 2 * v * w, {}, "proved"),
    "one variable": (_polar, lambda r, t, v: v[0] * math.cos(t) + v[1] * math.sin(t), {"wrt": "r"}, "proved"),
}


@pytest.mark.parametrize("name", BACKWARD)
def test_backward_passes(name: str) -> None:
    f, backward, options, verdict = BACKWARD[name]
    assert prove_vjp(f, backward, **options).verdict == verdict


def test_backward_passes_as_text() -> None:
    assert prove_vjp("x*y", {"x": "v*y", "y": "v*x"}).verdict == "proved"
    assert prove_vjp(["x*y", "x"], ["v0*y + v1", "v0*x"]).verdict == "proved"
    assert prove_vjp(["x*y", "x"], ["v0*y + v0", "v0*x"]).verdict == "refuted"
    assert prove_vjp("x*y", lambda x, y, v: (v * y, v * x)).verdict == "proved"


def test_a_backward_pass_takes_one_argument_more() -> None:
    with pytest.raises(ValueError, match="it takes"):
        prove_vjp(lambda x, y: x * y, lambda x, y: (y, x))
    with pytest.raises(ValueError, match="partial derivative"):
        prove_vjp(lambda x, y: x * y, lambda x, y, g: g * y)


def test_a_backward_pass_for_each_parameter() -> None:
    passes = {"x": lambda x, y, v: v * y, "y": lambda x, y, v: v * x}
    assert prove_vjp(lambda x, y: x * y, passes).verdict == "proved"
    assert prove_vjp(lambda x, y: x * y, [*passes.values()]).verdict == "proved"
    assert prove_vjp(lambda x, y: x * y, [*passes.values()][::-1]).verdict == "refuted"
    assert str(prove_vjp("x**2", ["2*v*x"])["x"].theorem) == "d/dx [v*x**2] = 2*v*x"


def test_what_returns_nothing_has_no_backward_pass() -> None:
    with pytest.raises(ValueError, match="returns nothing"):
        prove_vjp(lambda x: [], lambda x, v: x)


def test_a_cotangent_that_is_no_array_is_refused() -> None:
    with pytest.raises(ValueError, match="parts of different shapes"):
        prove_vjp(lambda x: (x, x * np.ones(3)), lambda x, v: v[0] + np.sum(v[1]))
    with pytest.raises(ValueError, match="parts of different shapes"):
        prove_vjp(lambda x: [[x], [x, x**2]], lambda x, v: v[0] + v[1] + 2 * x * v[2])


@pytest.mark.parametrize("options", [{"domain": "v > 0"}, {"constraints": ["v == 0"]}, {"integers": ["v"]}, {"wrt": ["x", "v"]}])
def test_a_cotangent_is_any(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cotangent"):
        prove_vjp("x*y", ["y*v", "x*v"], **options)


def test_a_backward_pass_as_assertion() -> None:
    assert_vjp(_linear, _linear_backward, shapes={"W": (2, 2), "x": 2})
    with pytest.raises(AssertionError, match="REFUTED"):
        assert_vjp(_linear, _transposed, shapes={"W": (2, 2), "x": 2})


def test_a_kink_is_no_fault_of_a_backward_pass() -> None:
    found = prove_vjp(lambda x: np.maximum(x, 0), lambda x, g: g * (x > 0), shapes={"x": 2})
    assert found.verdict == "proved"


# --- several verdicts as text ------------------------------------------------------------------------------------------


def test_several_verdicts_have_a_line_each() -> None:
    lines = str(prove_hessian("x**2*y", [["2*y", "2*x"], ["2*x", 1]])).splitlines()
    assert lines[:3] == ["proved   x, x", "proved   x, y", "proved   y, x"]
    assert lines[3].startswith("refuted  y, y  claimed 1.0")
    assert "at x = " in lines[3]


def test_entries_are_called_as_the_user_writes_them() -> None:
    found = prove_gradient(lambda A, b: np.sum(A**2) * b, lambda A, b: (2 * A * b, np.sum(A**2)), shapes={"A": (2, 2)})
    assert str(found).splitlines() == [f"proved   {name}" for name in ("A[0, 0]", "A[0, 1]", "A[1, 0]", "A[1, 1]", "b")]
    assert list(found) == ["A0_0", "A0_1", "A1_0", "A1_1", "b"]
    assert found.explain().count("PROVED") == 5


def test_many_verdicts_fit_on_a_screen_and_what_is_open_comes_first() -> None:
    found = prove_gradient(lambda x: np.sum(x**2), lambda x: 2 * x + np.arange(60) // 59 * (x - x + 1), shapes={"x": 60})
    lines = str(found).splitlines()
    assert len(lines) == 25
    assert lines[-1] == "and 36 proved"
    assert lines[-2].startswith("refuted  x[59]  claimed")
    assert all(len(line) < 140 for line in lines)


def test_the_number_that_an_array_gives() -> None:
    assert prove_gradient(lambda x: (x @ x).item(), lambda x: 2 * x, shapes={"x": 2}, integers=None).verdict == "proved"
    assert prove_gradient(lambda x: np.sum(x**2).item(), lambda x: 2 * x, shapes={"x": 2}).verdict == "proved"
