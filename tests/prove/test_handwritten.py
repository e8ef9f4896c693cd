"""What a claim means: how it is matched with its function, what must be claimed, and what is refused, at every entry point."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import micrograd as mg
from micrograd.prove import (
    EmptyDomain,
    ForeignVariable,
    Proved,
    Refuted,
    Unknown,
    Verdicts,
    prove_derivative,
    prove_equal,
    prove_gradient,
    prove_hessian,
    prove_jacobian,
)
from micrograd.prove.refute import without_search
from micrograd.testing import assert_derivative, assert_gradient, assert_hessian, assert_jacobian, proves_gradient_of
from micrograd.verified.errors import MicrogradError
from tests.each import each

Check = Callable[[], Any]


def product(x: float, y: float) -> float:
    return x**2 * y


def apart(x: float, *, k: float) -> float:
    return x * k**2


# --- names and positions -----------------------------------------------------------------------------------------------

SWAPPED: dict[str, Check] = {
    "gradient": lambda: prove_gradient(product, lambda y, x: (2 * x * y, x**2)),
    "by position": lambda: prove_gradient(product, lambda y, x: (2 * y * x, y**2)),
    "dict": lambda: prove_gradient(product, lambda y, x: {"x": 2 * x * y, "y": x**2}),
    "derivative": lambda: prove_derivative(product, lambda y, x: 2 * x * y, wrt="x"),
    "Hessian": lambda: prove_hessian(product, lambda y, x: [[2 * y, 2 * x], [2 * x, 0]]),
    "Jacobian": lambda: prove_jacobian(product, lambda y, x: [[2 * x * y, x**2]]),
    "equality": lambda: prove_equal(product, lambda y, x: x**2 * y),
    "one name": lambda: prove_gradient(product, lambda y, t: (2 * y * t, y**2)),
    "the other name": lambda: prove_gradient(product, lambda t, x: (2 * t * x, t**2)),
    "default": lambda: prove_gradient(product, lambda a, b, x=1: (2 * a * b, a**2)),
    "entry": lambda: prove_gradient(product, [lambda y, x: 2 * x * y, "x**2"]),
    "assert_gradient": lambda: assert_gradient(product, lambda y, x: (2 * x * y, x**2)),
    "assert_derivative": lambda: assert_derivative(product, lambda y, x: 2 * x * y, wrt="x"),
    "assert_hessian": lambda: assert_hessian(product, lambda y, x: [[2 * y, 2 * x], [2 * x, 0]]),
    "assert_jacobian": lambda: assert_jacobian(product, lambda y, x: [[2 * x * y, x**2]]),
    "decorator": lambda: proves_gradient_of(product)(lambda y, x: (2 * x * y, x**2)).verdict(),  # type: ignore[attr-defined]
    "text": lambda: prove_gradient("x**2*y", lambda y, x: (2 * x * y, x**2)),
    "text, Hessian": lambda: prove_hessian("x**2*y", lambda y, x: [[2 * y, 2 * x], [2 * x, 0]]),
    "text, wrt": lambda: prove_gradient("x**2*y", lambda x, y: (x**2, 2 * x * y), wrt=["y", "x"]),
}


@pytest.mark.parametrize("check", SWAPPED.values(), ids=SWAPPED)
def test_names_that_disagree_with_positions(check: Check) -> None:
    with pytest.raises(ValueError, match="names and positions disagree"):
        check()


MATCHED: dict[str, Check] = {
    "other names": lambda: prove_gradient(product, lambda a, b: (2 * a * b, a**2)),
    "one other name": lambda: prove_gradient(product, lambda x, b: (2 * x * b, x**2)),
    "default": lambda: prove_gradient(product, lambda x, b=7: (2 * x * b, x**2)),
    "more defaults": lambda: prove_gradient(product, lambda a, b, c=2: (c * a * b, a**2)),
    "any number": lambda: prove_gradient(product, lambda *p: (2 * p[0] * p[1], p[0] ** 2)),
    "the rest": lambda: prove_gradient(product, lambda x, *p: (2 * x * p[0], x**2)),
    "keyword-only": lambda: prove_gradient(apart, lambda x, *, k: (k**2, 2 * x * k)),
    "both ways": lambda: prove_gradient(apart, lambda x, k: (k**2, 2 * x * k)),
    "derivative": lambda: prove_derivative(product, lambda a, b: a**2, wrt="y"),
    "Hessian": lambda: prove_hessian(product, lambda a, b: [[2 * b, 2 * a], [2 * a, 0]]),
    "Jacobian": lambda: prove_jacobian(lambda x, y: [x * y, x], lambda a, b: [[b, a], [1, 0]]),
    "equality": lambda: prove_equal(product, lambda a, b: b * a * a),
    "entries": lambda: prove_gradient(product, [lambda a, b: 2 * a * b, lambda a, b: a**2]),
    "texts": lambda: prove_gradient(product, ["2*x*y", "x**2"]),
    "text": lambda: prove_gradient("x**2*y", lambda x, y: (2 * x * y, x**2)),
    "text, any number": lambda: prove_gradient("x**2*y", lambda *p: (2 * p[0] * p[1], p[0] ** 2)),
    "text, dict": lambda: prove_gradient("x**2*y", lambda y, x: {"x": 2 * x * y, "y": x**2}),
    "text, wrt": lambda: prove_gradient("x**2*y", lambda y, x: (x**2, 2 * x * y), wrt=["y", "x"]),
    "arrays": lambda: prove_gradient(lambda a, v: a * (v @ v), lambda s, w: (w @ w, 2 * s * w), shapes={"v": 3}),
}


@pytest.mark.parametrize("check", MATCHED.values(), ids=MATCHED)
def test_matched_as_a_call(check: Check) -> None:
    assert check().verdict == "proved"


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (lambda x: (2 * x, 1), "too many positional arguments"),
        (lambda x, y, z: (2 * x * y, x**2), "missing a required argument"),
        (lambda x, *, y: (2 * x * y, x**2), "too many positional arguments"),
        (lambda: (0, 0), "too many positional arguments"),
    ],
)
def test_a_claim_that_cannot_be_called_like_the_function(claim: Any, reason: str) -> None:
    for check in (prove_gradient, assert_gradient, prove_hessian):
        with pytest.raises(ValueError, match=reason):
            check(product, claim)


def test_an_array_is_one_argument() -> None:
    def energy(v: Any) -> Any:
        return v @ v

    with pytest.raises(ValueError, match="an array cannot be among what"):
        prove_gradient(energy, lambda *v: [2 * x for x in v], shapes={"v": 2})


# --- what must be claimed ----------------------------------------------------------------------------------------------

NOTHING: dict[str, tuple[Check, str]] = {
    "empty dict": (lambda: prove_gradient("x**2", {}), "no partial derivative is claimed for x"),
    "missing": (lambda: prove_gradient("x**2*y", {"x": "2*x*y"}), "no partial derivative is claimed for y"),
    "missing of a function": (lambda: prove_gradient(product, {"y": "x**2"}), "no partial derivative is claimed for x"),
    "empty list": (lambda: prove_gradient("x**2", []), "0 partial derivatives are claimed for the 1 variables x"),
    "asserted": (lambda: assert_gradient("x**2", {}, wrt="x"), "no partial derivative is claimed for x"),
    "asserted of a function": (lambda: assert_gradient(product, lambda x, y: {}), "no partial derivative is claimed for x, y"),
    "unknown key": (lambda: prove_gradient("x**2", {"x": "2*x", "y": 0}), "y is no variable of the function"),
    "unknown parameter": (lambda: prove_gradient(product, {"x": 0, "z": 0}), "the function has no variable z"),
    "not asked": (lambda: prove_gradient("x*y", {"x": "y", "y": "x"}, wrt=["x"]), "claimed for y, which is not among x"),
    "twice": (lambda: prove_gradient("x**2", {"x": "2*x", mg.var("x"): "3*x"}), "x is claimed twice"),
    "twice in an array": (lambda: assert_gradient(lambda v: v @ v, {"v": [0, 0], "v0": 0}, shapes={"v": 2}), "v0 is claimed twice"),
    "no variables": (lambda: prove_gradient("5", {}), "the function has no variables"),
    "no wrt": (lambda: prove_gradient("x", [], wrt=[]), "wrt: no variable is named"),
    "wrt twice": (lambda: prove_gradient("x", [1, 1], wrt=["x", "x"]), "wrt: x is named twice"),
    "wrt of an array twice": (lambda: assert_gradient(lambda v: v @ v, [], wrt=["v", "v0"], shapes={"v": 2}), "v0 is named twice"),
    "Hessian": (lambda: prove_hessian("x*y", []), "2 rows of 2 entries, not 0 entries"),
    "Hessian row": (lambda: prove_hessian("x*y", [[0, 1], []]), "2 rows of 2 entries, not 2 entries"),
    "ragged Hessian": (lambda: prove_hessian("x*y", [[0, 1, 1], [0]]), "a row of 1 entries where there are 2"),
    "flat Hessian": (lambda: prove_hessian("x*y", [0, 1, 1, 0]), "a row of 1 entries where there are 2"),
    "Hessian of nothing": (lambda: prove_hessian("5", []), "the function has no variables"),
    "Jacobian of nothing": (lambda: prove_jacobian([], [], wrt="x"), "returns nothing"),
    "Jacobian": (lambda: prove_jacobian(["x", "y"], [[1, 0]]), "2 rows of 2 entries, not 2 entries"),
    "equality with nothing": (lambda: prove_equal("x", ()), "b: one number is needed, not 0"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("check", "reason"), NOTHING.values(), ids=NOTHING)
def test_nothing_claimed_is_an_error(check: Check, reason: str) -> None:
    with pytest.raises(ValueError) as caught:
        check()
    assert reason in str(caught.value)


def test_there_are_no_verdicts_on_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        Verdicts({})


EMPTY: dict[str, Check] = {
    "derivative": lambda: prove_derivative("x", "1", "x > 1 and x < 0", wrt="x"),
    "gradient": lambda: prove_gradient("x*y", ["y", "x"], "x**2 + y**2 < 0"),
    "Hessian": lambda: prove_hessian("x**2", [[2]], "x > 1 and x < 0"),
    "Jacobian": lambda: prove_jacobian(["x"], [[1]], "x > 1 and x < 0"),
    "equality": lambda: prove_equal("x", "x", "x > 1 and x < 0"),
    "equality, False": lambda: prove_equal("x", "x", False),
    "equality, wrong": lambda: prove_equal("x", "x + 1", "x > 1 and x < 0"),
    "nowhere defined": lambda: prove_equal("sqrt(-1 - x**2)", "x"),
    "not defined there": lambda: prove_equal("log(x)", "log(x)", "x < 0"),
    "constant": lambda: prove_equal("log(-1)", "5"),
    "assert_gradient": lambda: assert_gradient("x", {"x": 1}, "x > 1 and x < 0"),
}


@pytest.mark.parametrize("check", EMPTY.values(), ids=EMPTY)
@pytest.mark.parametrize("alone", [False, True])
def test_empty_domains(check: Check, alone: bool) -> None:
    if not alone:
        with pytest.raises(EmptyDomain):
            check()
        return
    with without_search(), pytest.raises(EmptyDomain):
        check()


def test_equalities_about_something_are_decided() -> None:
    assert prove_equal("sqrt(x**2)", "x", "x >= 0").verdict == "proved"
    assert prove_equal("2", "1 + 1").verdict == "proved"
    assert prove_equal("log(x)", "log(x)", "x == 7").verdict == "proved"
    assert prove_equal("x/x", "1").verdict == "proved"
    assert prove_equal("1", "x/x").verdict == "refuted"


# --- variables that are not used ---------------------------------------------------------------------------------------


def test_parameters_that_are_not_used_are_variables() -> None:
    found = prove_gradient(lambda a, b: a**2, lambda a, b: (2 * a, 0))
    assert list(found) == ["a", "b"]
    assert found.verdict == "proved"
    found = prove_gradient(lambda a, b: a**2, lambda a, b: (2 * b, 0))
    assert [v.verdict for v in found.values()] == ["refuted", "proved"]
    with pytest.raises(AssertionError, match="REFUTED"):
        assert_gradient(lambda a, b: a**2, lambda a, b: (2 * b, 0))
    with pytest.raises(AssertionError, match="REFUTED"):
        assert_derivative(lambda a, b: a**2, lambda a, b: 2 * b, wrt="a")
    assert prove_derivative(lambda a, b: a**2, 0, wrt="b").verdict == "proved"
    assert prove_derivative(lambda a, b: a**2, "b", wrt="b").verdict == "refuted"
    assert prove_hessian(lambda a, b: a**2, [[2, 0], [0, 0]]).verdict == "proved"
    assert prove_hessian(lambda a, b: a**2, [[2, "b"], [0, 0]]).verdict == "refuted"
    assert prove_equal(lambda a, b: a**2, lambda a, b: a * b).verdict == "refuted"
    assert prove_gradient(lambda v: v[0] ** 2, lambda v: (2 * v[0], 0, 0), shapes={"v": 3}).verdict == "proved"


def test_wrt_and_the_domain_make_variables_known() -> None:
    assert prove_derivative("5", 0, wrt="x").verdict == "proved"
    assert prove_gradient("x**2", {"x": "2*x", "y": 0}, wrt=["x", "y"]).verdict == "proved"
    assert prove_gradient("x**2", ["2*y", 0], wrt=["x", "y"]).verdict == "refuted"
    assert prove_derivative("x**2", "2*y", "y > 0", wrt="x").verdict == "refuted"
    with pytest.raises(ForeignVariable):
        prove_derivative("x**2", "2*y", wrt="x")
    with pytest.raises(ValueError, match="its parameter z is no variable"):
        prove_derivative("x**2", lambda z: 2, wrt="x")


# --- bad input ---------------------------------------------------------------------------------------------------------

_loop: list[Any] = []
_loop.append(_loop)
BAD: dict[str, Any] = {
    "None": None,
    "bytes": b"x",
    "nan": math.nan,
    "array nan": np.float64("nan"),
    "huge": 10**5000,
    "tiny": Fraction(1, 10**5000),
    "object": object(),
    "numbers as keys": {1: "x"},
    "set": {"x", "y"},
    "text": "x +",
    "no text": "",
    "surrogate": "x\ud800",
    "digits": "9" * 5000,
    "complex": 1j,
    "complex array": np.array([1j, 2j]),
    "type": int,
    "built in": len,
    "any names": lambda **names: 0,
    "list that holds itself": _loop,
    "truth": np.True_,
    "list of None": [None, None],
    "Decimal": Decimal("nan"),
    "module": math,
    "objects": np.array([None, 1]),
    "dict in a list": [{}, {}],
}
ENTRY_POINTS: dict[str, Callable[[Any], Any]] = {
    "prove_derivative f": lambda bad: prove_derivative(bad, "1", wrt="x"),
    "prove_derivative wrt": lambda bad: prove_derivative("x*y", "1", wrt=bad),
    "prove_derivative claim": lambda bad: prove_derivative("x*y", bad, wrt="x"),
    "prove_derivative domain": lambda bad: prove_derivative("x*y", "y", bad, wrt="x"),
    "prove_derivative shapes": lambda bad: prove_derivative("x*y", "y", wrt="x", shapes=bad),
    "prove_derivative timeout": lambda bad: prove_derivative("x*y", "y", wrt="x", timeout=bad),
    "prove_gradient f": lambda bad: prove_gradient(bad, ["y", "x"]),
    "prove_gradient claim": lambda bad: prove_gradient(product, bad),
    "prove_gradient wrt": lambda bad: prove_gradient(product, ["y", "x"], wrt=bad),
    "prove_hessian f": lambda bad: prove_hessian(bad, [[0, 1], [1, 0]]),
    "prove_hessian claim": lambda bad: prove_hessian(product, bad),
    "prove_jacobian f": lambda bad: prove_jacobian(bad, [[0, 1]]),
    "prove_jacobian claim": lambda bad: prove_jacobian(product, bad),
    "prove_equal a": lambda bad: prove_equal(bad, "x"),
    "prove_equal b": lambda bad: prove_equal("x", bad),
    "prove_equal domain": lambda bad: prove_equal("x", "x", bad),
    "assert_derivative df": lambda bad: assert_derivative("x", bad, wrt="x"),
    "assert_gradient df": lambda bad: assert_gradient("x*y", bad),
    "assert_hessian d2f": lambda bad: assert_hessian("x*y", bad),
    "proves_gradient_of f": lambda bad: proves_gradient_of(bad)(lambda x, y: (y, x)).verdict(),  # type: ignore[attr-defined]
}
NOT_BAD = {
    *(("None", name) for name in ("prove_derivative domain", "prove_derivative shapes", "prove_gradient wrt", "prove_equal domain")),
    *(("huge", name) for name in ("prove_derivative timeout",)),
    *(("tiny", name) for name in ("prove_derivative timeout",)),
    *(("any names", name) for name in ("prove_derivative claim", "prove_equal a", "prove_equal b", "assert_derivative df")),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_input_is_an_error_of_ours(bad: str) -> None:
    each([entry for entry in ENTRY_POINTS if (bad, entry) not in NOT_BAD], lambda entry: _is_refused(bad, entry))


def _is_refused(bad: str, entry: str) -> None:
    with pytest.raises((MicrogradError, TypeError, ValueError)) as caught:
        ENTRY_POINTS[entry](BAD[bad])
    assert not isinstance(caught.value, UnicodeError)
    assert "micrograd" in str(caught.traceback[-1].path)


def test_numbers_of_every_kind() -> None:
    for number in (2, 2.0, Fraction(2), Decimal(2), np.float32(2), np.int64(2), np.array(2.0)):
        assert prove_derivative("2*x", number, wrt="x").verdict == "proved"  # type: ignore[arg-type]


# --- results -----------------------------------------------------------------------------------------------------------


def test_results_can_be_pickled_and_copied() -> None:
    results = [
        prove_derivative("abs(x)", "sign(x)", "True", wrt="x"),
        prove_derivative("x**2", "x", wrt="x"),
        prove_gradient(product, ["2*x*y", "x"]),
        prove_hessian("x*y", [[0, 1], [1, 0]]),
        mg.derive(mg.log(mg.var("x")), mg.var("x")),
        EmptyDomain("empty"),
        ForeignVariable("foreign"),
    ]
    assert isinstance(results[0], Proved)
    assert isinstance(results[1], Refuted)
    unknown = Unknown(results[0].theorem, 0.5, "a reason", "evidence")
    for result in [*results, unknown]:
        for other in (pickle.loads(pickle.dumps(result)), copy.copy(result), copy.deepcopy(result)):
            assert type(other) is type(result)
            assert str(other) == str(result)
