"""SciPy's ``scipy.special``, and this package's own functions, on numbers that are traced: the tables `SPECIAL` and `MICROGRAD`."""

from __future__ import annotations

from typing import Any

from micrograd.trace.arrays import array, elementwise, is_sequence
from micrograd.trace.functions import REGISTRY, formula, on_numbers, select
from micrograd.trace.lookalikes.modules import Table
from micrograd.trace.lookalikes.signatures import reads
from micrograd.trace.reals import Real, exact
from micrograd.trace.runs import refuse
from micrograd.verified.expr import e as euler
from micrograd.verified.expr import eq, ne, pi
from micrograd.verified.primitives import PRIMITIVES


def _entries(values: Any) -> list[Any]:
    return [exact(x) for x in values] if is_sequence(values) and not hasattr(values, "ravel") else [exact(x) for x in values.ravel()]


@reads("scipy.special.logsumexp", "a, axis=None, b=None, keepdims=False, return_sign=False")
def _log_sum_exp(a: Any, axis: Any = None) -> Any:
    if axis is not None and getattr(a, "ndim", 1) > 1:
        refuse("scipy.special.logsumexp with an axis is not among the functions that can be traced")
    return REGISTRY["log"](sum(REGISTRY["exp"](x) for x in _entries(a)))


@reads("scipy.special.softmax", "x, axis=None")
def _softmax(x: Any, axis: Any = None) -> Any:
    if axis is not None and getattr(x, "ndim", 1) > 1:
        refuse("scipy.special.softmax with an axis is not among the functions that can be traced")
    powers = [REGISTRY["exp"](entry) for entry in _entries(x)]
    made = array([p / sum(powers) for p in powers])
    return made.reshape(x.shape) if hasattr(x, "shape") else made


SPECIAL: Table = {
    **{row.scipy: elementwise(REGISTRY[row.name]) for row in PRIMITIVES.values() if row.scipy is not None},
    "rel_entr": elementwise(formula("where(x == 0 and y >= 0, 0, x*(log(x) - log(y)))", "x", "y")),
    "ndtr": elementwise(formula("erfc(-x/sqrt(2))/2", "x")),
    "exprel": elementwise(formula("where(x == 0, 1, expm1(x)/x)", "x")),
    "logsumexp": _log_sum_exp,
    "softmax": _softmax,
}

_LATER = {"gammaln": "lgamma", "loggamma": "lgamma", "gamma": "gamma", "digamma": "digamma", "psi": "digamma", "polygamma": "polygamma"}
SPECIAL |= {name: elementwise(REGISTRY[target]) for name, target in _LATER.items() if target in REGISTRY}


def _exact_constant(value: Any, /) -> Any:
    if type(value) is Real and value.shadow is not None:
        refuse("micrograd.const of a float is its binary value, not the decimal that is written")
    return exact(value)


_PUBLIC = {"abs": "absolute", "max": "maximum", "min": "minimum"}
MICROGRAD: Table = {
    **{_PUBLIC.get(name, name): elementwise(function) for name, function in REGISTRY.items()},
    "where": elementwise(select),
    "const": _exact_constant,
    "eq": on_numbers(eq, "eq"),
    "ne": on_numbers(ne, "ne"),
    "pi": Real(pi),
    "e": Real(euler),
}
