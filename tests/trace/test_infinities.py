"""Infinity in traced code: what functions are there, against NumPy, and the sign of a product with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from micrograd.prove import Proved, prove_derivative
from micrograd.prove.refute import without_search
from micrograd.trace.infinities import LIMITS
from micrograd.trace.tracing import trace
from micrograd.verified.errors import MicrogradError, UnsupportedPrimitive

NUMPY: dict[str, Callable[[Any], Any]] = {
    "exp10": lambda v: np.power(10.0, v),
    "softplus": lambda v: np.logaddexp(0.0, v),
    "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
    "erf": math.erf,
    "erfc": math.erfc,
    "asinh": np.arcsinh,
    "relu": lambda v: np.maximum(v, 0.0),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_are_those_of_numpy(name: str) -> None:
    function: Callable[[Any], Any] = NUMPY[name] if name in NUMPY else getattr(np, name)
    with np.errstate(all="ignore"):
        found = [float(function(v)) for v in (math.inf, -math.inf)]
    assert [None if math.isnan(v) else v for v in found] == list(LIMITS[name])


@pytest.mark.parametrize(
    ("function", "slope", "domain"),
    [
        (lambda x: x + math.exp(x * math.inf), "1", "x < 0"),
        (lambda x: x + math.exp(-(x * math.inf)), "1", "x > 0"),
        (lambda x: min(x * math.inf, 3 * x), "3", "x > 0"),
        (lambda x: max(x * math.inf, 3 * x), "3", "x < 0"),
        (lambda x: x + math.exp(-x - math.inf), "1", "True"),
        (lambda x: x + np.exp(-np.maximum(-np.inf, np.inf)), "1", "True"),
        (lambda x: x + np.exp(np.minimum(-np.inf, np.inf)), "1", "True"),
        (lambda x: x + np.exp(-np.maximum(x, np.inf)), "1", "True"),
        (lambda x: x + np.exp(np.minimum(-np.inf, x)), "1", "True"),
    ],
)
def test_arithmetic_goes_by_signs(function: Callable[[Any], Any], slope: str, domain: str) -> None:
    assert isinstance(prove_derivative(function, slope, domain, wrt="x"), Proved)


@pytest.mark.parametrize(
    ("function", "slope", "domain"),
    [
        (lambda x: x + math.exp(-(x * math.inf)), "1", "x < 0"),
        (lambda x: min(x * math.inf, 3 * x), "3", "x < 0"),
        (lambda x: min(math.log(x), math.inf), "1/x", "x != 0"),
        (lambda x: x + 1 / max(math.log(x), math.inf), "1", "x != 0"),
        (lambda x: x + 1 / np.maximum(np.log(x), np.inf), "1", "x != 0"),
        (lambda x: x + math.exp(-math.inf - math.log(x)), "1", "x != 0"),
    ],
)
def test_what_has_no_value_is_not_proved(function: Callable[[Any], Any], slope: str, domain: str) -> None:
    with without_search(), suppress(MicrogradError):  # refused, or nothing is claimed
        assert not isinstance(prove_derivative(function, slope, domain, wrt="x"), Proved)


@pytest.mark.parametrize("function", [lambda x: x % math.inf, lambda x: x // -math.inf, lambda x: math.inf**x])
def test_a_result_that_depends_on_the_number_is_refused(function: Callable[[Any], Any]) -> None:
    with pytest.raises(UnsupportedPrimitive, match="the result depends on the number"):
        trace(function)


def test_the_extremum_of_infinity_and_what_may_be_undefined_is_refused() -> None:
    with pytest.raises(UnsupportedPrimitive, match="max of inf and `1/x`, which does not have a value everywhere"):
        prove_derivative(lambda x: x + np.exp(-np.maximum(1 / x, np.inf)), "1", "True", wrt="x")
