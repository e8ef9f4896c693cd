"""NaN, infinities and complex numbers that come back as numbers, and the sign of a sum's zero: never taken for the formula's values."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd.prove import Unknown, claims, prove_derivative, prove_equal, prove_gradient, prove_hessian, prove_jacobian
from micrograd.prove.limits import TIME_IS_OVER
from micrograd.prove.verdicts import Statement
from micrograd.trace import sampling
from micrograd.trace.tracing import trace
from micrograd.verified.errors import UnsupportedPrimitive


@pytest.fixture(autouse=True)
def read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No point is tried but those of the list, which are where nothing is hidden."""
    monkeypatch.setattr(sampling, "corners", lambda *arguments: ())


AROUND_0 = "-0.2 < x and x < 0.5"

SWALLOWED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "the size of a complex number": (lambda x: abs(x**0.5), "1/(2*sqrt(x))"),
    "its real part": (lambda x: (x**0.5).real, "1/(2*sqrt(x))"),
    "it equals": (lambda x: 1.0 if x**0.5 == 3 else 2.0, "0/sqrt(x)"),
    "it does not equal": (lambda x: 2.0 if x**0.5 != 3 else 1.0, "0/sqrt(x)"),
    "it is among": (lambda x: 1.0 if x**0.5 in (3, 4) else 2.0, "0/sqrt(x)"),
    "a variable power": (lambda x: abs((x - 1) ** x), "0/x"),
    "a comparison": (lambda x: 1.0 if np.sqrt(x) > 1 else 2.0, "0/sqrt(x)"),
    "numpy.where": (lambda x: np.where(np.sqrt(x) > 1, 1.0, 2.0), "0/sqrt(x)"),
    "the power 0": (lambda x: np.sqrt(x) ** 0, "0/sqrt(x)"),
    "a power of 1": (lambda x: 1.0 ** np.sqrt(x), "0/sqrt(x)"),
    "numpy.power": (lambda x: np.power(1.0, np.sqrt(x)), "0/sqrt(x)"),
    "math.pow": (lambda x: math.pow(1.0, np.sqrt(x)), "0/sqrt(x)"),
    "max": (lambda x: max(0.0, np.sqrt(x) - 1), "0/sqrt(x)"),
    "min": (lambda x: min(1.0, np.sqrt(x)), "1/(2*sqrt(x))"),
    "sorted": (lambda x: sorted([0.0, np.sqrt(x)])[0], "0/sqrt(x)"),
    "numpy.any": (lambda x: 1.0 * np.any([np.sqrt(x), 0]), "0/sqrt(x)"),
    "numpy.logical_not": (lambda x: 1.0 * np.logical_not(np.sqrt(x)), "0/sqrt(x)"),
    "numpy.argmax": (lambda x: 1.0 * np.argmax([0, np.sqrt(x)]), "0/sqrt(x)"),
    "numpy.maximum of an infinity": (lambda x: np.maximum(np.log(np.abs(x)), -5.0), "where(abs(x) > exp(-5), 1/x, 0/x)"),
    "a quotient by an infinity": (lambda x: 1 / np.divide(1.0, x - 0.25), "(x - 1/4)/(x - 1/4)"),
    "exp of an infinity": (lambda x: np.exp(2 * np.log(np.abs(x - 0.25))), "2*(x - 1/4)*(x - 1/4)/(x - 1/4)"),
    "atan of an infinity": (lambda x: np.arctan(1 / np.square(x - 0.25)), "-2*(x - 1/4)/((x - 1/4)**4 + 1)*(x - 1/4)/(x - 1/4)"),
    "a remainder by an infinity": (lambda x: 0.25 % np.divide(1.0, np.abs(x)), "0/x"),
}


@pytest.mark.parametrize("name", SWALLOWED)
def test_what_swallows_is_not_proved_where_there_is_no_value(name: str) -> None:
    f, claim = SWALLOWED[name]
    try:
        verdict = prove_derivative(f, claim, AROUND_0, wrt="x")
    except UnsupportedPrimitive:
        return
    assert isinstance(verdict, Unknown)
    assert "state a domain" in verdict.reason


def test_a_true_claim_is_not_refuted_there() -> None:
    assert prove_equal(2, lambda x: 1.0 if np.sqrt(x) > 1 else 2.0, AROUND_0).verdict == "unknown"
    assert prove_equal("x - 1/2", lambda x: 1 / np.divide(1.0, x - 0.5), "True").verdict == "unknown"
    hidden = prove_derivative(lambda x: 1.0 if np.sqrt((x - 5) * (x - 5.25)) > 1 else 2.0, "0/sqrt((x - 5)*(x - 21/4))", "True", wrt="x")
    assert hidden.verdict == "unknown"


def _five_at(x: Any, test: Callable[[Any], Any]) -> Any:
    return np.where(test(np.divide(x - 0.3, x - 0.3)), np.abs(x - 0.3), 5.0)  # 5 at x = 0.3, where the quotient is NaN


EVERYWHERE: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "two functions": (lambda x: _five_at(x, lambda q: q > 0), lambda x: np.abs(x - 0.3), {}),
    "an equation": (lambda x: _five_at(x, lambda q: q == 1), lambda x: np.abs(x - 0.3), {}),
    "a text on the right": (lambda x: _five_at(x, lambda q: q > 0), "abs(x - 3/10)", {}),
    "a text on the left": ("abs(x - 3/10)", lambda x: _five_at(x, lambda q: q > 0), {}),
    "all points": (lambda x: _five_at(x, lambda q: q > 0), lambda x: np.abs(x - 0.3), {"domain": "True"}),
    "integers": (lambda x, n: n * _five_at(x, lambda q: q > 0), lambda x, n: n * np.abs(x - 0.3), {"integers": "n"}),
}


@pytest.mark.parametrize("name", EVERYWHERE)
def test_equalities_without_a_domain_are_said_of_all_points(name: str) -> None:
    a, b, options = EVERYWHERE[name]
    verdict = prove_equal(a, b, **options)
    assert isinstance(verdict, Unknown)
    assert "state a domain on which x - 3/10 != 0" in verdict.reason
    assert prove_equal(a, b, "x != 3/10", integers=options.get("integers", ())).verdict == "proved"


def test_nothing_is_assumed_of_a_claim_where_the_function_has_no_value() -> None:
    assert prove_equal("sqrt(x)", lambda x: np.maximum(np.sqrt(x), 0)).verdict == "proved"
    assert prove_equal("sqrt(x)", lambda x: np.maximum(np.sqrt(x), 0), "True").verdict == "proved"
    assert prove_equal(lambda x: np.maximum(np.sqrt(x), 0), "sqrt(x)").verdict == "unknown"
    assert prove_derivative("sqrt(x)", lambda x: 1 / (2 * abs(x**0.5)), "x != 0", wrt="x").verdict == "proved"


def test_what_is_assumed_holds_where_each_component_is_claimed() -> None:
    def table(x: Any) -> Any:
        return [[np.where(np.divide(x - 0.3, x - 0.3) > 0, 1.0, 1.0)], [np.sign(x - 0.3)]]

    for f in (["x", "abs(x - 3/10)"], lambda x: [x, np.abs(x - 0.3)]):
        verdicts = prove_jacobian(f, table, wrt="x")
        assert all(isinstance(v, Unknown) and "state a domain" in v.reason for v in verdicts.values())
        assert prove_jacobian(f, table, "x != 3/10", wrt="x").verdict == "proved"
    hessian = prove_hessian("x**2", lambda x: [[2 * table(x)[0][0]]])
    assert all(isinstance(v, Unknown) and "state a domain" in v.reason for v in hessian.values())


@pytest.mark.parametrize("timeout", [1e-9, 1e-5])
def test_time_that_is_over_is_the_reason(timeout: float) -> None:
    verdict = prove_equal(lambda x: np.maximum(np.sqrt(x), 0), "sqrt(x)", "x > 0", timeout=timeout)
    assert isinstance(verdict, Unknown)
    assert verdict.timed_out


def test_what_is_assumed_and_not_settled_in_time_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object, **__: object) -> Unknown:
        return Unknown(Statement("0", None, "1", "True"), 0.0, f"{TIME_IS_OVER}: no proof yet")

    assert prove_derivative(lambda x: np.maximum(np.log(x), 0), "1/x", "x > 1", wrt="x").verdict == "proved"
    monkeypatch.setattr(claims, "decide_equality", late)
    verdict = prove_derivative(lambda x: np.maximum(np.log(x), 0), "1/x", "x > 1", wrt="x")
    assert isinstance(verdict, Unknown)
    assert verdict.timed_out
    assert prove_derivative("max(log(x), 0)", "1/x", "x > 1", wrt="x").verdict == "proved"


COLUMN, SCALE = np.array([2.0, 3.0]), np.float64(2.0)

BACK: dict[str, tuple[Callable[[Any], Any], str, str | None]] = {
    "the imaginary part": (lambda x: x**2 + (((x - 30) * (x - 31)) ** 0.5).imag, "2*x", None),
    "numpy.abs": (lambda x: np.abs(((x - 30) * (x - 31)) ** 0.5), "(2*x - 61)/(2*sqrt((x - 30)*(x - 31)))", "x != 30 and x != 31"),
    "a norm": (lambda x: np.linalg.norm([((x - 30) * (x - 31)) ** 0.5]), "(2*x - 61)/(2*sqrt((x - 30)*(x - 31)))", "x != 30 and x != 31"),
    "a variance": (lambda x: np.var([((x - 30) * (x - 31)) ** 0.5, 0]), "(2*x - 61)/4", "x != 30 and x != 31"),
    "isfinite": (lambda x: x if np.isfinite(((x - 30) * (x - 31)) ** 0.5) else 0.0, "where((x - 30)*(x - 31) >= 0, 1, 0)", "x != 30"),
    "an entry of a constant": (lambda x: 1 / (1 / ((x - 0.3) * COLUMN[0])), "where(x == 3/10, 77, 2)", "True"),
    "a number of NumPy's": (lambda x: 1 / (1 / ((x - 0.3) * SCALE)), "where(x == 3/10, 77, 2)", "True"),
    "a sum": (lambda x: 1 / (1 / np.sum([x - 0.3] * 2)), "where(x == 3/10, 77, 2)", "True"),
    "a power": (lambda x: (((x - 0.3) * COLUMN[0]) ** -1) ** -1, "where(x == 3/10, 77, 2)", "True"),
    "an array": (lambda x: 1 / (1 / np.array([2 * x - 0.6])[0]), "where(x == 3/10, 77, 2)", "True"),
    "math.exp": (
        lambda x: math.exp(-1 / ((x - 0.3) * COLUMN[0]) ** 2),
        "where(x == 3/10, 5, exp(-1/(2*x - 3/5)**2)*4/(2*x - 3/5)**3)",
        "True",
    ),
}


@pytest.mark.parametrize("name", BACK)
def test_what_comes_back_between_the_points_that_are_tried(name: str) -> None:
    f, claim, domain = BACK[name]
    assert prove_derivative(f, claim, domain, wrt="x").verdict == "unknown"


BETWEEN = "x > 29 and x < 33"


def _stored(x: Any) -> Any:
    entries = np.zeros(1)
    entries[0] = np.sqrt((x - 31) ** (1 / 3))
    return entries[0]


def _imported(x: Any) -> Any:
    import numpy

    return math.exp(-((numpy.float64(1) / (x - 31)) ** 2))


PASSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a float of a complex number": (lambda x: float(np.sqrt((x - 31) ** (1 / 3))), "(x - 31)**(1/6)"),
    "one that is stored": (_stored, "(x - 31)**(1/6)"),
    "one that is converted": (lambda x: np.array([(x - 31) ** (1 / 3)]).astype(float)[0], "(x - 31)**(1/3)"),
    "one in an array of floats": (lambda x: np.asarray(np.array([(x - 31) ** (1 / 3)]), dtype=float)[0], "(x - 31)**(1/3)"),
    "one that math takes": (lambda x: math.sin(np.sqrt((x - 31) ** (1 / 3))), "sin((x - 31)**(1/6))"),
    "a condition that selects an infinity": (lambda x: np.where(np.log(x - 31) > 9, np.inf, x), "x + 0*log(x - 31)"),
    "a quotient by an infinity": (lambda x: max(0.0, np.log(x - 31) / np.inf), "0*log(x - 31)"),
    "NumPy inside of the function": (_imported, "exp(-(1/(x - 31))**2)"),
    "an angle": (lambda x: np.arctan2(np.exp(np.log(x - 31)), x), "atan2(exp(log(x - 31)), x)"),
    "the last of equal steps": (lambda x: np.linspace(np.log(x - 31), x, 3)[-1], "log(x - 31)*0 + x"),
    "a node of an interpolation": (lambda x: np.interp(0.0, [0.0, 1.0], [x, np.divide(1, x - 31)]), "x + 0/(x - 31)"),
    "a fraction of an infinity": (lambda x: math.modf(np.divide(1, x - 31))[0], "1/(x - 31) - trunc(1/(x - 31))"),
}


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("name", PASSED)
def test_nothing_is_lost_on_the_way(name: str) -> None:
    f, formula = PASSED[name]
    assert prove_equal(f, formula, BETWEEN).verdict != "proved"
    assert prove_equal(formula, f, BETWEEN).verdict != "refuted" or name in ("the last of equal steps", "a node of an interpolation")


def test_errors_of_values_that_are_not_used_though_numpy_passes_nan_on() -> None:
    def slope(x: Any) -> Any:
        math.log(np.log(x))
        return 2 * x

    def square(x: Any) -> Any:
        math.log(np.log(x))
        return x * x

    assert prove_derivative("x**2", slope, "x > 0", wrt="x").verdict == "refuted"
    assert prove_derivative("x**2", slope, "x > 1", wrt="x").verdict == "proved"
    assert prove_derivative(square, "where(x < 1, 0, 2*x)", "x > 0", wrt="x").verdict != "refuted"


def test_what_is_selected_away_does_not_matter() -> None:
    def flat(x: Any) -> Any:
        return np.where(x == 0, 0, np.exp(-1 / x**2))

    def slope(x: Any) -> Any:
        return np.where(x == 0, 0, 2 / x**3 * np.exp(-1 / x**2))

    assert prove_derivative(flat, slope, "True", wrt="x").verdict == "proved"
    assert prove_gradient(lambda x: np.sum(flat(x)), slope, "True", shapes={"x": 2}).verdict == "proved"
    assert prove_derivative(lambda x: 0.0 if x == 0 else np.exp(-1 / x**2), lambda x: slope(x), "True", wrt="x").verdict == "proved"
    assert prove_derivative(lambda x: 1 / (1 / x), lambda x: x / x, "True", wrt="x").verdict == "proved"


@pytest.mark.parametrize(
    "domain",
    [
        lambda x: x > -500 and abs((x + 100) ** 0.5) < 1000,
        lambda x: x > -500 and np.logical_not(np.log(x + 100) > 30),
        lambda x: 1 / (1 / np.sum([x - 0.3])) > -1,
    ],
)
def test_domains_that_swallow_are_refused(domain: Any) -> None:
    with pytest.raises(UnsupportedPrimitive, match=r"write it as text|computes something else"):
        prove_derivative("x**2", "2*x", domain, wrt="x")


@pytest.mark.parametrize(
    ("f", "claim", "domain"),
    [
        (lambda x: np.exp(-1 / x), lambda x: np.exp(-1 / x) / x**2, "x > 0"),
        (lambda x: abs(x) ** 0.5, lambda x: 0.5 / abs(x) ** 0.5 * np.sign(x), "x != 0"),
        (lambda x: np.where(np.log(x) > 0, x, 1 / x), lambda x: np.where(np.log(x) > 0, 1.0, -1 / x**2), "x > 0 and x != 1"),
        (lambda x: abs(x**1.5), lambda x: 1.5 * math.sqrt(x), "x > 0"),
        (lambda x: 1.0 / math.log(x), lambda x: -1 / (x * math.log(x) ** 2), "x > 1"),
        (lambda x: math.exp(math.log(x)), "1", "x > -1"),
        (lambda x: np.sqrt(x) * np.log(x), "log(x)/(2*sqrt(x)) + 1/sqrt(x)", "x > -1"),
    ],
)
def test_what_is_read_rightly_on_the_domain_is_proved(f: Any, claim: Any, domain: str) -> None:
    assert prove_derivative(f, claim, domain, wrt="x").verdict == "proved"


def test_quotients_of_entries_of_arrays_raise_nothing() -> None:
    assert str(trace(lambda x: np.exp(-1 / x[0] ** 2), shapes={"x": 1}).assumed) != "True"
    assert str(trace(lambda x: math.exp(-1 / x**2)).assumed) == "True"

    def flat(x: Any) -> Any:
        return np.sum(np.exp(-1 / (x - 0.25) ** 2))

    def slope(x: Any) -> Any:
        return 2 / (x - 0.25) ** 3 * np.exp(-1 / (x - 0.25) ** 2)

    assert prove_gradient(flat, slope, "True", shapes={"x": 2}).verdict == "unknown"
    assert prove_gradient(flat, slope, "all(x != 0.25)", shapes={"x": 2}).verdict == "proved"


@pytest.mark.parametrize(
    "f",
    [
        lambda x: math.copysign(1.0, sum([-abs(x - 0.5)])),
        lambda x: math.copysign(1.0, sum(-t for t in [abs(x)])),
        lambda x: math.copysign(1.0, sum([-abs(x)], 0)),
        lambda x: math.copysign(1.0, sum(np.array([-abs(x)]))),
        lambda x: math.copysign(1.0, np.sum([-abs(x)])),
        lambda x: math.copysign(1.0, np.array([-abs(x)]).sum()),
        lambda x: math.copysign(1.0, np.add.reduce([-abs(x)])),
        lambda x: math.copysign(1.0, np.trace([[-abs(x)]])),
        lambda x: math.copysign(1.0, np.mean([-abs(x)])),
        lambda x: math.copysign(1.0, math.fsum([-abs(x)])),
    ],
)
def test_a_sum_of_one_term_starts_from_0(f: Any) -> None:
    with pytest.raises(UnsupportedPrimitive, match="its sign in floats cannot be told"):
        prove_equal(f, -1)


def test_what_looks_past_a_number_is_refused() -> None:
    def doubled(x: Any) -> Any:
        return x if object.__getattribute__(x, "__class__") is not float or not 5 < x < 5.01 else 2.0 * x

    with pytest.raises(UnsupportedPrimitive, match="__getattribute__"):
        trace(doubled)


def _below(x: Any) -> Any:
    """Negative only between 30.2 and 30.4, where no sample is."""
    return (x - 30.3) ** 2 - 0.01


def _root(x: Any) -> Any:
    return _below(x) ** (1 / 3)


HIDDEN = "30 < x and x < 31 and x != 30.2 and x != 30.4"
SLOPE = "2*(x - 30.3)/3*((x - 30.3)**2 - 0.01)**(-2/3)"


def _by_mask(x: Any) -> Any:
    entries = np.zeros(1)
    entries[np.array([x > -1000])] = _root(x)
    return entries[0]


def _by_row(x: Any) -> Any:
    entries = np.zeros((1, 1))
    entries.flat[0] = _root(x)
    return entries[0, 0]


def _in_place(x: Any) -> Any:
    entries = np.zeros(1)
    entries += np.array([_root(x)])
    return entries[0]


TO_FLOAT: dict[str, Callable[[Any], Any]] = {
    "full": lambda x: np.full(1, _root(x), dtype=float)[0],
    "full_like": lambda x: np.full_like(np.zeros(1), _root(x))[0],
    "full_like of integers": lambda x: np.full_like([1], _root(x), dtype=float)[0],
    "sum": lambda x: np.sum([_root(x)], dtype=float),
    "mean": lambda x: np.mean([_root(x)], dtype=float),
    "prod": lambda x: np.prod([_root(x)], dtype=float),
    "cumsum": lambda x: np.cumsum([_root(x)], dtype=float)[0],
    "trace": lambda x: np.trace([[_root(x)]], dtype=float),
    "add.reduce": lambda x: np.add.reduce([_root(x)], dtype=float),
    "multiply.reduce": lambda x: np.multiply.reduce([_root(x)], dtype=float),
    "add.accumulate": lambda x: np.add.accumulate([_root(x)], dtype=float)[0],
    "concatenate": lambda x: np.concatenate([[_root(x)]], dtype=float, casting="unsafe")[0],
    "stack": lambda x: np.stack([[_root(x)]], dtype=float, casting="unsafe")[0, 0],
    "einsum": lambda x: np.einsum("i->", [_root(x)], dtype=float, casting="unsafe"),
    "a store by a condition": _by_mask,
    "a store by the number in a row": _by_row,
    "a store in place": _in_place,
    "insert": lambda x: np.insert(np.zeros(1), 0, _root(x))[0],
    "pad": lambda x: np.pad(np.zeros(1), 1, constant_values=_root(x))[0],
}


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("name", TO_FLOAT)
def test_a_complex_number_becomes_real_only_by_an_assumption(name: str) -> None:
    f = TO_FLOAT[name]
    try:
        verdict = prove_derivative(f, SLOPE, HIDDEN, wrt="x")
    except UnsupportedPrimitive:
        assert name == "einsum"
        return
    assert isinstance(verdict, Unknown)
    assert "state a domain" in verdict.reason
    assert prove_derivative(f, SLOPE, "x > 31", wrt="x").verdict == "proved"


ASKED: dict[str, Callable[[Any], Any]] = {
    "a class": lambda x: x**2 if isinstance(_root(x), complex) else 3 * x,
    "classes": lambda x: 3 * x if isinstance(_root(x), (int, float)) else x**2,
    "a kind of numbers": lambda x: 3 * x if isinstance(_root(x), numbers.Real) else x**2,
    "an attribute": lambda x: 3 * x if hasattr(_root(x), "__floor__") else x**2,
}


@pytest.mark.parametrize("name", ASKED)
def test_what_a_number_is_depends_on_its_being_real(name: str) -> None:
    assert prove_derivative(ASKED[name], "3", HIDDEN, wrt="x").verdict == "unknown"
    assert prove_derivative(ASKED[name], "3", "x > 31", wrt="x").verdict == "proved"


UNUSED: dict[str, Callable[[Any], Any]] = {
    "a logarithm of what may be NaN": lambda x: math.log(np.sqrt(_below(x)) + 2),
    "a logarithm of a quotient that may be NaN": lambda x: math.log(1 / np.sqrt(_below(x))),
    "a logarithm of what NaN chooses": lambda x: math.log(np.where(np.sqrt(_below(x)) < -1, -1.0, 2.0)),
    "a logarithm of what may be infinite": lambda x: math.log(np.divide(1.0, np.sqrt(_below(x)))),
    "an exponential of what may be complex": lambda x: math.exp(_root(x)),
    "a float of what may be complex": lambda x: float(_root(x)),
    "an integer of what may be NaN": lambda x: math.floor(np.sqrt(_below(x))),
    "a sine of what may be infinite": lambda x: math.sin(np.divide(1.0, np.sqrt(_below(x)))),
    "a function that NumPy has not of complex numbers": lambda x: np.floor(_root(x)),
    "a store": _in_place,
}


@pytest.mark.parametrize("name", UNUSED)
def test_errors_of_what_is_not_used_are_assumed_away(name: str) -> None:
    def square(x: Any) -> Any:
        UNUSED[name](x)
        return x * x

    for claim in ("2*x", "where(x > 30.2 and x < 30.4, 7, 2*x)"):
        assert prove_derivative(square, claim, HIDDEN, wrt="x").verdict == "unknown"
    assert prove_derivative(square, "2*x", "x > 31", wrt="x").verdict == "proved"
