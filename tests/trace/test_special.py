"""SciPy's special functions and distributions in traced code: the same values as SciPy's, and proofs about them."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest

from micrograd.prove import prove_derivative, prove_equal, prove_gradient, prove_jacobian
from micrograd.trace.lookalikes.special import _FORMULAS
from micrograd.trace.lookalikes.stats import DISTRIBUTIONS, Distribution
from micrograd.trace.tracing import trace
from micrograd.verified import evaluate, parse
from micrograd.verified.errors import MicrogradError, UnsupportedPrimitive

special = pytest.importorskip("scipy.special")
stats = pytest.importorskip("scipy.stats")

POINTS = (-3.0, -1.5, -1.0, -0.3, 0.0, 0.2, 0.5, 1.0, 1.7, 2.0, 3.0, 8.0)
SHAPES = ((0.7, 0.3), (2.5, 0.6), (3.0, 0.25), (0.4, 0.2), (4.0, 0.5), (-1.0, 2.0))
WHOLE = ("kn", "yn")
"""Functions whose first operand is an integer in SciPy."""


def ours(text: str, values: dict[str, float]) -> float:
    try:
        return float(evaluate(parse(text), values))
    except (MicrogradError, ArithmeticError):
        return math.nan


def same(a: float, b: float) -> bool:
    return (not math.isfinite(a) and not math.isfinite(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize("law", DISTRIBUTIONS, ids=lambda law: law.name)
def test_distributions_have_the_values_of_scipy(law: Distribution) -> None:
    compared = 0
    for (method, text), x, shape in product(law.formulas().items(), POINTS, {shape[: len(law.parameters)] for shape in SHAPES}):
        given = dict(zip(law.parameters, shape, strict=True))
        with np.errstate(all="ignore"):
            theirs = float(getattr(getattr(stats, law.name), method)(x, *shape))
        mine = ours(text, {"x": x, **given})
        at_edge = ours(f"where({law.edge}, 1, 0)", {"x": x}) == 1
        assert same(mine, theirs) or (at_edge and math.isnan(mine)), (method, x, shape)
        compared += math.isfinite(mine)
    assert compared > 10


@pytest.mark.parametrize("name", _FORMULAS)
def test_formulas_have_the_values_of_scipy(name: str) -> None:
    text, *parameters = _FORMULAS[name]
    compared = 0
    for values in product((-2.0, -1.0, 0.0, 1.0, 2.0, 2.5), repeat=len(parameters)):
        if name in WHOLE and not values[0].is_integer():
            continue
        try:
            with np.errstate(all="ignore"):
                theirs = getattr(special, name)(*[int(v) if name in WHOLE and i == 0 else v for i, v in enumerate(values)])
        except ValueError:
            continue
        theirs = math.nan if isinstance(theirs, complex) else float(theirs)
        assert same(ours(text, dict(zip(parameters, values, strict=True))), theirs), values
        compared += math.isfinite(theirs)
    assert compared > 1


@pytest.mark.parametrize(
    "f",
    [
        lambda x: special.logsumexp(x),
        lambda x: special.logsumexp(x, axis=1)[0],
        lambda x: special.logsumexp(x, axis=0, keepdims=True)[0, 1],
        lambda x: special.logsumexp(x, axis=1, b=np.array([0.5, 2.0]))[1],
        lambda x: special.softmax(x)[0, 1],
        lambda x: special.softmax(x, axis=0)[1, 0],
        lambda x: special.log_softmax(x, axis=1)[1, 1],
        lambda x: special.log_softmax(x)[1, 0],
        lambda x: stats.norm.logpdf(x, loc=x.mean(), scale=2).sum(),
        lambda x: stats.norm(1, scale=3).logpdf(x).sum(),
    ],
)
def test_arrays_along_axes(f: Any) -> None:
    traced = trace(f, shapes={"x": (2, 2)})
    numbers = [0.3, -1.2, 2.0, 0.7]
    found = float(evaluate(traced.result, dict(zip(traced.names, numbers, strict=True))))
    assert found == pytest.approx(float(f(np.array(numbers).reshape(2, 2))), rel=1e-12)


def test_special_functions_are_read_by_each_of_their_names() -> None:
    cases: list[tuple[Any, Any, str]] = [
        (lambda x: math.lgamma(x), lambda x: special.psi(x), "x > 0"),
        (lambda x: special.gammaln(x), lambda x: special.digamma(x), "x > 0"),
        (lambda x: special.j0(x), lambda x: -special.jv(1, x), "x > 0"),
        (lambda x: special.ndtri(x), lambda x: math.sqrt(2 * math.pi) * math.exp(special.ndtri(x) ** 2 / 2), "0 < x and x < 1"),
        (lambda x: special.lambertw(x).real, lambda x: 1 / (x + np.exp(special.lambertw(x).real)), "x > 0"),
    ]
    for f, claim, region in cases:
        assert prove_derivative(f, claim, region, wrt="x").verdict == "proved"


def test_likelihoods() -> None:
    norm = stats.norm
    assert prove_derivative(lambda x, m, s: norm.logpdf(x, m, s), lambda x, m, s: (x - m) / s**2, "s > 0", wrt="m").verdict == "proved"
    wrong = prove_derivative(lambda x, m, s: norm.logpdf(x, m, s), lambda x, m, s: (x - m) ** 2 / s**3, "s > 0", wrt="s")
    assert wrong.verdict == "refuted"
    assert prove_derivative(lambda x: norm.logcdf(x), lambda x: norm.pdf(x) / norm.cdf(x), wrt="x").verdict == "proved"
    assert prove_derivative(lambda m: stats.poisson.logpmf(3, m), lambda m: 3 / m - 1, "m > 0", wrt="m").verdict == "proved"


@pytest.mark.parametrize(
    ("f", "claim", "domain"),
    [
        (lambda y, p: y * stats.geom.pmf(1, p), "where(p == 1, 7, p)", "p > 0 and p <= 1"),
        (lambda y, p: y * stats.bernoulli.pmf(1, p), "where(p == 0, 7, p)", "p >= 0 and p <= 1"),
        (lambda y, p: y * stats.poisson.pmf(2, p), "where(p == 0, 7, p**2*exp(-p)/2)", "p >= 0"),
        (lambda y, p: y * special.gammainc(2, p), "where(p == 0, 7, gammainc(2, p))", "p >= 0"),
        (lambda y, p: y * special.betainc(2, 3, p - 0.3), "where(p == 3/10, 7, betainc(2, 3, p - 3/10))", "p >= 0.3 and p < 1"),
        (lambda y, p: y * special.expn(2, p - 0.3), "where(p == 3/10, 7, expint(2, p - 3/10))", "p >= 0.3"),
        (lambda y, p: y * stats.gamma.pdf(p, 3, loc=0.3), "where(p == 3/10, 55, (p - 3/10)**2*exp(3/10 - p)/2)", "p >= 0.3"),
    ],
)
def test_where_scipy_has_a_value_and_the_formula_none_nothing_is_proved(f: Any, claim: str, domain: str) -> None:
    assert prove_derivative(f, claim, domain, wrt="y").verdict == "unknown"
    inside = domain.replace(">=", ">").replace("<=", "<")
    assert prove_derivative(f, claim, inside, wrt="y").verdict == "proved"


@pytest.mark.parametrize(
    ("f", "formula"),
    [
        (lambda x: max(0.0, special.log1p(x - 31)), "max(0, log1p(x - 31))"),
        (lambda x: np.exp(special.entr(x - 31)), "exp(entr(x - 31))"),
        (lambda x: 1 / special.gamma(x - 31), "1/gamma(x - 31)"),
        (lambda x: special.expit(special.logit(x - 30.5)), "sigmoid(logit(x - 61/2))"),
        (lambda x: max(0.0, special.logsumexp([0.0], b=[abs(x - 30.5) - 0.5])), "max(0, log(exp(0)*(abs(x - 61/2) - 1/2)))"),
    ],
)
def test_special_functions_without_a_value_raise_nothing(f: Any, formula: str) -> None:
    assert prove_equal(f, formula, "x > 29.1 and x < 33.2").verdict == "unknown"


WHOLE_FORMULAS = {"expn": "expint({}, x)", "kn": "besselk({}, x)", "yn": "bessely({}, x)"}


@pytest.mark.parametrize("name", WHOLE_FORMULAS)
def test_orders_are_integers_where_scipy_truncates_them(name: str) -> None:
    function, formula = getattr(special, name), WHOLE_FORMULAS[name]

    def between(x: Any) -> Any:
        return function(1 + min(max(0.0, x - 30), 1.0), x)  # of an order that is no integer for 30 < x < 31

    for order in (0, 1, 2, 2.0, np.int64(3)):
        assert prove_equal(lambda x, n=order: function(n, x), formula.format(round(order)), "x > 0").verdict == "proved"
    for order in (2.5, 0.5, -0.5, np.float64(1e-9)):
        with pytest.raises(UnsupportedPrimitive, match=rf"{name} of the order .*, which is none of those that are read: n == floor\(n\)"):
            prove_equal(lambda x, n=order: function(n, x), formula.format(order), "x > 0")
    for claim in (formula.format("1 + min(max(0, x - 30), 1)"), formula.format("1 + where(x > 31, 1, 0)")):
        assert prove_equal(between, claim, "x > 29 and x < 33").verdict == "unknown"
        assert prove_equal(claim, between, "x > 29 and x < 33").verdict == "unknown"
        assert prove_equal(between, claim, "x > 31 and x < 33").verdict == "proved"


def test_orders_that_are_rounded_to_another_integer_are_refused() -> None:
    assert math.floor((0.1 + 0.7) * 10) == 7
    with pytest.raises(UnsupportedPrimitive, match="rounding errors decide"):
        trace(lambda x: special.kn((0.1 + 0.7) * 10, x))


def test_orders_below_0() -> None:
    assert prove_equal(lambda x: special.kn(-2, x), "besselk(-2, x)", "x > 0").verdict == "proved"
    assert prove_equal(lambda x: special.jn(-1.5, x), lambda x: special.jv(-1.5, x), "x > 0").verdict == "proved"
    with pytest.raises(UnsupportedPrimitive, match="expn of the order -1"):  # NaN in SciPy
        trace(lambda x: special.expn(-1, x))


def test_gradients_of_softmax() -> None:
    def jacobian(z: Any) -> Any:
        p = special.softmax(z)
        return np.diag(p) - np.outer(p, p)

    assert prove_jacobian(lambda z: special.softmax(z), jacobian, shapes={"z": 3}).verdict == "proved"
    verdict = prove_gradient(
        lambda x: np.sum(special.log_softmax(x, axis=1)[:, 0]),
        lambda x: np.array([[1, 0], [1, 0]]) - special.softmax(x, axis=1),
        shapes={"x": (2, 2)},
    )
    assert verdict.verdict == "proved"


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: stats.norm.entropy(x), "scipy.stats.norm.entropy is not among"),
        (lambda x: stats.skewnorm.pdf(x, 1), "scipy.stats.skewnorm is not among"),
        (lambda x: stats.norm.pdf(x, 0, 1, 2), "norm.pdf"),
        (lambda x: stats.norm.pdf(x, loc=0, location=1), "norm.pdf"),
        (lambda x: stats.gamma.pdf(x), "gamma.pdf"),
        (lambda x: stats.gamma(scale=1).pdf(x), "a is missing"),
        (lambda x: special.logsumexp(np.array([x, 1]), return_sign=True)[0], "return_sign"),
        (lambda x: special.lambertw(x, 1).real, "k=…"),
    ],
)
def test_what_is_not_read_is_refused_by_name(f: Any, message: str) -> None:
    with pytest.raises((UnsupportedPrimitive, TypeError), match=message.replace("(", r"\(")):
        trace(f)
