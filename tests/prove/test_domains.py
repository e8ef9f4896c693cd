"""Domains over arrays, domains that are functions, integers: what is read, and what is refused by name."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

import micrograd as mg
from micrograd.prove import EmptyDomain, Refuted, prove_derivative, prove_equal, prove_gradient, prove_jacobian
from micrograd.prove.domains import MAX_DEPTH, MAX_LENGTH, read_domain
from micrograd.trace.tracing import parameters_of
from micrograd.verified.errors import MicrogradError, ParseError, UnsupportedPrimitive


def region(domain: Any, **shapes: Any) -> str:
    """A domain over the parameters of these shapes, as text; 1 is a number."""
    given = {name: shape for name, shape in shapes.items() if shape != 1}
    f = eval(f"lambda {', '.join(shapes)}: 0")
    parameters = parameters_of(f, given)
    return str(read_domain(domain, f, parameters, parameters.names, given))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("q[0]**2 + q[1]**2 > 0", "q0**2 + q1**2 > 0"),
        ("all(q > 0)", "q0 > 0 and q1 > 0"),
        ("q > 0", "q0 > 0 and q1 > 0"),
        ("np.all(q > 0)", "q0 > 0 and q1 > 0"),
        ("not all(q > 0)", "not (q0 > 0 and q1 > 0)"),
        ("any(q > 0.1)", "q0 > 1/10 or q1 > 1/10"),
        ("0 < q[0] < q[-1]", "0 < q0 and q0 < q1"),
        ("sum(q) == 1 and t > 0", "q0 + q1 == 1 and t > 0"),
        ("q @ q != 0", "q0*q0 + q1*q1 != 0"),
        ("np.linalg.norm(q) > 0", "sqrt(q0*q0 + q1*q1) > 0"),
        ("A[0, 1] < A[1][0]", "A0_1 < A1_0"),
        ("A[0, :] < A[1, :]", "A0_0 < A1_0 and A0_1 < A1_1"),
        ("A.T[0, 1] == 0", "A1_0 == 0"),
        ("sum(A, axis=0) > 0", "A0_0 + A1_0 > 0 and A0_1 + A1_1 > 0"),
        ("max(q) > max(t, 0)", "max(q0, q1) > max(t, 0)"),
        ("abs(q) < pi/2", "abs(q0) < pi/2 and abs(q1) < pi/2"),
        ("q[0] == 1e-3 or q0 > 1_000.5", "q0 == 1/1000 or q0 > 2001/2"),
        ("len(q) == 2 and q[0] > 0", "q0 > 0"),
        ("det(A) != 0 and q[0] > 0", "1*(0 + 1*A0_0*A1_1 + -1*A0_1*A1_0) != 0 and q0 > 0"),
        ("q[0] > 1/3", "q0 > 1/3"),
        ("norm(q - [1, 2]) > 0", "sqrt((q0 - 1)*(q0 - 1) + (q1 - 2)*(q1 - 2)) > 0"),
        ("q0 > 0 and A0_1 == t", "q0 > 0 and A0_1 == t"),
        ("max(q, 0) > 1", "max(q0, 0) > 1 and max(q1, 0) > 1"),
        ("np.max(q, 0) > 1", "max(q0, q1) > 1"),
        ("numpy.min(A, 1) > 1", "min(A0_0, A0_1) > 1 and min(A1_0, A1_1) > 1"),
        ("np.max(q, axis=0, initial=0) > 1", "max(0, max(q0, q1)) > 1"),
        ("np.maximum(q, t) > 0", "max(q0, t) > 0 and max(q1, t) > 0"),
        ("np.sum(A, 0) > 1", "A0_0 + A1_0 > 1 and A0_1 + A1_1 > 1"),
        ("np.sum(A, (0, 1)) > 1", "A0_0 + A0_1 + A1_0 + A1_1 > 1"),
        ("np.mean(A, 1) > 1", "(A0_0 + A0_1)/2 > 1 and (A1_0 + A1_1)/2 > 1"),
        ("np.any(q > 0, 0)", "q0 > 0 or q1 > 0"),
        ("np.any(q > 0, axis=0)", "q0 > 0 or q1 > 0"),
        ("np.any(A > 0, axis=(0, 1))", "A0_0 > 0 or A0_1 > 0 or (A1_0 > 0 or A1_1 > 0)"),
        ("np.all(A > 0, 1)", "A0_0 > 0 and A0_1 > 0 and (A1_0 > 0 and A1_1 > 0)"),
        ("np.cumsum(q, 0) > 0 and np.diff(q, 1) > 0", "q0 > 0 and q0 + q1 > 0 and q1 - q0 > 0"),
        ("np.trace(A, 1) > 0 and np.diag(A, -1) > 0", "A0_1 > 0 and A1_0 > 0"),
        ("np.linalg.norm(A, 1, 1) > 0", "abs(A0_0) + abs(A0_1) > 0 and abs(A1_0) + abs(A1_1) > 0"),
        ("norm(q, 1) > 0", "abs(q0) + abs(q1) > 0"),
        ("math.log(q[0], 2) > np.arcsin(t)", "log(q0)/log(2) > asin(t)"),
        ("q > [1, 2] and np.array([1, t]) * 2 > q", "q0 > 1 and q1 > 2 and (1*2 > q0 and t*2 > q1)"),
        ("np.all(q[2:] > 0) and q[0] > 0", "q0 > 0"),
        ("not (np.sqrt(q[0]) >= 2)", "not sqrt(q0) >= 2"),
    ],
)
def test_texts_over_arrays(text: str, expected: str) -> None:
    assert region(text, q=2, A=(2, 2), t=1) == str(mg.parse_condition(expected))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q[0]", "a condition is needed"),
        ("q + 1", "a condition is needed"),
        ("q[2] > 0", "out of bounds"),
        ("q[t] > 0", "an index is a whole number"),
        ("t[0] > q[0]", "t has no entries"),
        ("r[0] > q[0]", "r is none of"),
        ("q.shape == 2", ".shape is not read"),
        ("q.sum() > 0", "is not among the functions"),
        ("__import__('os').system('true') or q[0] > 0", "is not among the functions"),
        ("[x for x in q] > 0", "ListComp is not read"),
        ("(lambda: q)() > 0", "is not among the functions"),
        ("q[0] > 0 & t", "is not read in a condition"),
        ("q[0] is t", "`is` and `in`"),
        ("q[0] > 'a'", "is no number"),
        ("q[0] > 1j", "is no number"),
        ("q + A > [1, 2, 3]", "could not be broadcast"),
        ("q[0] > " + "-" * 200 + "1", f"more than {MAX_DEPTH} levels"),
        ("q[0] > 0 if t > 0 else q[1] > 0", "IfExp is not read"),
        ("sum(q, **{'axis': 0}) > 0", "** is not read"),
        ("sum(*q) > 0", "Starred is not read"),
        ("sum(q, 1) > 0", "sum takes one vector, or an axis"),
        ("sum(A) > 0", "sum takes one vector, or an axis"),
        ("np.max(q, t) > 0", "an index is a whole number"),
        ("np.max(q, 1) > 0", "axis 1 is out of bounds"),
        ("np.any(A > 0, (0, 0))", "an axis is given twice"),
        ("[q[0], [1, 2]] > q", "the rows of an array have the same length"),
        ("q > [[1], [2, 3]]", "the rows of an array have the same length"),
        ("[1] + [2] < q", "a list is an array beside one only"),
        ("[q[0]] * 2 > q", "a list is an array beside one only"),
        ("[q[0], 1] > [0, 2]", "a list is an array beside one only"),
        ("math.norm(q) > 0", "math.norm is not among the functions"),
        ("np.norm(q) > 0", "np.norm is not among the functions"),
        ("np.linalg.sqrt(q) > 0", "np.linalg.sqrt is not among the functions"),
        ("np.sigmoid(q) > 0", "np.sigmoid is not among the functions"),
        ("math.max(q) > 0", "math.max is not among the functions"),
        ("math.remainder(q[0], 2) > 0", "math.remainder is not among the functions"),
        ("np.reciprocal(2) < q[0]", "np.reciprocal is not among the functions"),
        ("np.linalg.pi < q[0]", ".pi is not read"),
        ("math.sqrt(q) > 0", "takes numbers"),
        ("q[2:] > 0", "has no entries"),
        ("max() > q[0]", "missing a required argument"),
    ],
)
def test_what_is_not_read_is_refused(text: str, message: str) -> None:
    with pytest.raises((MicrogradError, ValueError), match="domain: ") as found:
        region(text, q=2, A=(2, 2), t=1)
    assert message in str(found.value)


def test_parameters_hide_modules_and_functions() -> None:
    for text in ("np.sum(q) > 0", "sum(q) > 0"):
        with pytest.raises(ParseError, match="is not among the functions"):
            region(text, q=2, np=1, sum=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not " * 2000 + "q[0] > 0", f"more than {MAX_DEPTH} levels|nested too deeply"),
        ("not " * 2000 + "q0 > 0 and q0", "'and' takes conditions"),
        ("q" + ".a" * 5000 + " > 0", f"more than {MAX_DEPTH} levels|nested too deeply"),
        ("np" + ".a" * 5000 + "(q) > 0", f"more than {MAX_DEPTH} levels|nested too deeply"),
        ("q" + "[0]" * 5000 + " > 0", f"more than {MAX_DEPTH} levels|nested too deeply"),
        ("q[0] > " + "-" * 5000 + "1", f"more than {MAX_DEPTH} levels|nested too deeply"),
        ("q[0] > " + "(" * 5000 + "1" + ")" * 5000, "too many nested parentheses|nested too deeply"),
        ("q[0] > 1e9999999", "more than 4000 digits"),
        ("q[0] > 1e-9999999", "more than 4000 digits"),
        ("q0 > 1e9999999", "more than 4000 digits"),
        ("q[0] > 0x" + "f" * 90_000, "more than 14000 bits"),
        ("q0 > 0x" + "f" * 90_000, "more than"),
        ("q[0] > " + "9" * 90_000, "4300 digits"),
        ("q[0x" + "f" * 90_000 + "] > 0", "indices"),
        ("(0x" + "f" * 90_000 + ")(q) > 0", "digits"),
        ("q[0] > 0 and " * 10_000 + "q[1] > 0", f"more than {MAX_LENGTH} characters"),
        ("q[0] > 0 q", "invalid syntax"),
        ("[1]+(" * 80 + "q" + ")" * 80 + " > t[0]", "t has no entries"),
    ],
    ids=lambda text: text[:20],
)
def test_texts_of_any_size_end_in_a_clean_error_at_once(text: str, message: str) -> None:
    start = time.monotonic()
    with pytest.raises((ParseError, ValueError), match=f"domain: .*({message})"):
        region(text, q=2, t=1)
    assert time.monotonic() - start < 5


def test_where_a_part_has_no_value_a_point_is_not_in_the_domain() -> None:
    assert prove_equal("abs(x)", "x", "not (sqrt(x) >= 2)").verdict == "proved"
    assert prove_equal(lambda x: abs(x[0]), lambda x: x[0], "not (np.sqrt(x[0]) >= 2)", shapes={"x": 1}).verdict == "proved"
    assert prove_equal("abs(x)", "x", "sqrt(x) >= 2 or x > -1").verdict != "refuted"
    assert prove_equal("abs(x)", "x", "x > -1 or sqrt(x) >= 2").verdict == "refuted"
    with pytest.raises(UnsupportedPrimitive, match=r"write it as text|has no value"):  # NumPy says that NaN >= 2 is false
        prove_equal("abs(x)", "x", lambda x: np.logical_not(np.sqrt(x) >= 2))


def test_functions_that_return_truth_values() -> None:
    assert region(lambda q, t: True, q=2, t=1) == "True"
    assert region(lambda q, t: False, q=2, t=1) == "False"
    assert region(lambda q, t: len(q) == 2, q=2, t=1) == "True"
    assert region(lambda q, t: True if t > 0 else q[0] > t, q=2, t=1) == "t > 0 or not t > 0 and q0 > t"
    assert region(lambda q, t: [True, t > 0], q=2, t=1) == "t > 0"
    assert prove_derivative(lambda x: x * x, "2*x", lambda x: True, wrt="x").verdict == "proved"
    with pytest.raises(EmptyDomain):
        prove_derivative(lambda x: x * x, "2*x", lambda x: False, wrt="x")


@pytest.mark.parametrize(
    "domain",
    [
        lambda q, t: 1,
        lambda q, t: 0.0,
        lambda q, t: [],
        lambda q, t: q[2:] > 0,
        lambda q, t: [t > 0, 1],
        lambda q, t: t > 0 and 1,
        lambda q, t: np.where(t > 0, 1, 0),
        lambda q, t: "t > 0",
    ],
)
def test_functions_that_return_no_condition_are_refused(domain: Any) -> None:
    with pytest.raises(TypeError, match=r"a condition is needed"):
        region(domain, q=2, t=1)
    with pytest.raises(UnsupportedPrimitive, match="returns nothing"):
        region(lambda q, t: None, q=2, t=1)


def test_domains_that_are_functions() -> None:
    assert region(lambda q, t: q[0] > t, q=2, t=1) == "q0 > t"
    assert region(lambda q, t: 0 < t < 1, q=2, t=1) == "t > 0 and t < 1"
    assert region(lambda q, t: q > 0, q=2, t=1) == "q0 > 0 and q1 > 0"
    assert region(lambda q, t: np.all(q > 0) and t != 0, q=2, t=1) == "q0 > 0 and q1 > 0 and t != 0"
    with pytest.raises(TypeError, match="a condition is needed"):
        region(lambda q, t: q[0] + t, q=2, t=1)
    with pytest.raises(ValueError, match="names and positions disagree"):
        region(lambda t, q: t > 0, q=2, t=1)
    assert prove_derivative("sqrt(x)", "1/(2*sqrt(x))", lambda x: x > 0, wrt="x").verdict == "proved"
    assert prove_equal("abs(x)", "x", lambda x: x >= 0).verdict == "proved"
    assert prove_equal("abs(x)", "x", lambda x: x <= 0).verdict == "refuted"


def test_gradients_over_domains_of_arrays() -> None:
    def unit(q: Any) -> Any:
        return q / np.sqrt(q @ q)

    for domain in ("q[0]**2 + q[1]**2 > 0", "norm(q) > 0", lambda q: q @ q > 0, "q0 != 0 or q1 != 0"):
        assert prove_gradient(lambda q: np.sqrt(q @ q), unit, domain, shapes={"q": 2}).verdict == "proved"
    wrong = prove_gradient(lambda q: np.sqrt(q @ q), lambda q: q, "sum(q) == 3", shapes={"q": 2})
    assert wrong.verdict == "refuted"
    assert all(sum(map(float, verdict.point.values())) == pytest.approx(3) for verdict in wrong.values() if isinstance(verdict, Refuted))
    assert prove_jacobian(lambda x: np.log(x), lambda x: np.diag(1 / x), "all(x > 0)", shapes={"x": 2}).verdict == "proved"


def test_integers() -> None:
    assert prove_equal("floor(n)", "n", "True", integers="n").verdict == "proved"
    assert prove_derivative("x*floor(n)", "n", "True", wrt="x", integers=["n"]).verdict == "proved"
    assert prove_derivative("x*floor(n)", "n", "True", wrt="x").verdict == "refuted"
    assert prove_derivative("log(x)*floor(n)", "n/x", wrt="x", integers=["n"]).verdict == "proved"
    assert prove_derivative("x**n", "n*x**(n - 1)", "x != 0", wrt="x", integers=["n"]).verdict == "proved"
    assert prove_derivative(lambda x, n: x**n, lambda x, n: n * x ** (n - 1), "n >= 2", wrt="x", integers=["n"]).verdict == "proved"
    assert prove_derivative("x**n", "n*x**(n - 1)", "x < 0", wrt="x").verdict != "refuted"
    with pytest.raises(TypeError, match="integers: the name of a variable is needed"):
        prove_derivative("x*n", "n", wrt="x", integers=[3])  # type: ignore[list-item]


def test_a_value_and_its_gradient_together() -> None:
    def both(x: Any) -> Any:
        return x @ x, 2 * x

    assert prove_gradient(both, shapes={"x": 3}).verdict == "proved"
    assert prove_gradient(lambda x: (x @ x, x), shapes={"x": 3}).verdict == "refuted"
    assert prove_gradient(lambda x, y: (x * y, (y, x))).verdict == "proved"
    for f in (lambda x: x @ x, lambda x: (x @ x, 2 * x, x)):
        with pytest.raises(ValueError, match="return its value and its gradient together"):
            prove_gradient(f, shapes={"x": 3})


def test_claims_by_parameter_that_are_functions() -> None:
    claim = {"A": lambda A, x: np.outer(x, x), "x": lambda A, x: (A + A.T) @ x}
    verdict = prove_gradient(lambda A, x: np.einsum("i,ij,j", x, A, x), claim, shapes={"A": (2, 2), "x": 2})
    assert verdict.verdict == "proved"
    assert len(verdict) == 6


def test_expressions_of_sympy() -> None:
    sympy = pytest.importorskip("sympy")
    x = sympy.Symbol("x", real=True)
    assert prove_derivative(sympy.log(x) * x, sympy.log(x) + 1, x > 0, wrt="x").verdict == "proved"
    assert prove_derivative(x**2, x, wrt="x").verdict == "refuted"
    assert prove_gradient(x**2, [sympy.diff(x**2, x)]).verdict == "proved"
