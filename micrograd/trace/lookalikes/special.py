"""SciPy's ``scipy.special``, and this package's own functions, on numbers that are traced: the tables `SPECIAL` and `MICROGRAD`.

A function that SciPy has under a name of its own, or that is made of others, is written as its formula over the registry's functions.
Where a formula has no value, SciPy's function has none, or is infinite; a claim about one that is continued there (`_CONTINUED`) holds
where the formula has a value, and one about a function that takes integers (`_ORDERS`) where its order is one.
"""

from __future__ import annotations

from typing import Any

from micrograd.carriers.evaluation import evaluate
from micrograd.trace.arrays import array, elementwise
from micrograd.trace.floats import Float
from micrograd.trace.functions import REGISTRY, Function, continued, formula, on_numbers, select, silent
from micrograd.trace.lookalikes.modules import Table
from micrograd.trace.lookalikes.reductions import total
from micrograd.trace.lookalikes.signatures import reads
from micrograd.trace.reals import Real, exact, short
from micrograd.trace.runs import refuse
from micrograd.verified.expr import ONE, ZERO, all_of, choose, eq, ne, pi, substitute, var
from micrograd.verified.expr import e as euler
from micrograd.verified.parsing import parse_condition
from micrograd.verified.registry import REGISTRY as ROWS

_exp, _log = elementwise(silent(REGISTRY["exp"])), elementwise(silent(REGISTRY["log"]))


@reads("scipy.special.logsumexp", "a, axis=None, b=None, keepdims=False, return_sign=False")
def _log_sum_exp(a: Any, axis: Any = None, b: Any = None, keepdims: Any = False) -> Any:
    powers = _exp(array(a, Float))
    return _log(total(powers if b is None else powers * array(b), axis, None, keepdims))


@reads("scipy.special.softmax", "x, axis=None")
def _softmax(x: Any, axis: Any = None) -> Any:
    powers = _exp(array(x, Float))
    return powers / total(powers, axis, None, True)


@reads("scipy.special.log_softmax", "x, axis=None")
def _log_softmax(x: Any, axis: Any = None) -> Any:
    entries = array(x, Float)
    return entries - _log(total(_exp(entries), axis, None, True))


@reads("scipy.special.lambertw", "z, k=0, tol=1e-8")
def _principal(z: Any) -> Any:
    return elementwise(continued(REGISTRY["lambertw"]))(z)


_FORMULAS: dict[str, tuple[str, ...]] = {
    "boxcox": ("where(x < 0, 0/0, where(l == 0, log(x), (x**l - 1)/l))", "x", "l"),
    "cosm1": ("cos(x) - 1", "x"),
    "exp1": ("expint(1, x)", "x"),
    "exprel": ("where(x == 0, 1, expm1(x)/x)", "x"),
    "huber": ("where(d >= 0, where(abs(r) <= d, r**2/2, d*(abs(r) - d/2)), 0/0)", "d", "r"),
    "i0": ("besseli(0, x)", "x"),
    "i1": ("besseli(1, x)", "x"),
    "inv_boxcox": ("where(l == 0, exp(y), where(l > 0 and l*y == -1, 0, exp(log1p(l*y)/l)))", "y", "l"),
    "ive": ("besseli(n, x)*exp(-abs(x))", "n", "x"),
    "j0": ("besselj(0, x)", "x"),
    "j1": ("besselj(1, x)", "x"),
    "jn": ("besselj(n, x)", "n", "x"),
    "k0": ("besselk(0, x)", "x"),
    "k1": ("besselk(1, x)", "x"),
    "kl_div": ("where(x == 0 and y >= 0, y, x*(log(x) - log(y)) - x + y)", "x", "y"),
    "kn": ("besselk(n, x)", "n", "x"),
    "kve": ("besselk(n, x)*exp(x)", "n", "x"),
    "loggamma": ("where(x > 0, lgamma(x), 0/0)", "x"),
    "ndtr": ("erfc(-x/sqrt(2))/2", "x"),
    "pseudo_huber": ("where(d == 0, 0, where(d > 0, d**2*(sqrt(1 + (r/d)**2) - 1), 0/0))", "d", "r"),
    "psi": ("digamma(x)", "x"),
    "rel_entr": ("where(x == 0 and y >= 0, 0, x*(log(x) - log(y)))", "x", "y"),
    "y0": ("bessely(0, x)", "x"),
    "y1": ("bessely(1, x)", "x"),
    "yn": ("bessely(n, x)", "n", "x"),
}
"""Functions by their formulas: text and parameters."""

_CONTINUED = frozenset((
    "beta", "betainc", "betaln", "exp1", "expn", "gammainc", "gammaincc", "lambertw", "polygamma",
))  # fmt: skip
"""Functions that SciPy continues: to the ends of their domains, or to negative or complex numbers."""

_ORDERS = {"expn": "n == floor(n) and n >= 0", "kn": "n == floor(n)", "yn": "n == floor(n)"}
"""Functions whose first operand SciPy truncates to an integer, and for which orders they are their formulas."""


def _of_whole_orders(name: str, function: Function) -> Function:
    """A function that is what was read for the orders of `_ORDERS`: others are refused, or it assumes that the order is none of them."""
    orders, n = parse_condition(_ORDERS[name]), var("n")

    def apply(order: Any, *operands: Any) -> Any:
        made, number = function(order, *operands), exact(order)
        if type(made) is not Real or type(number) is not Real:
            return made
        wanted = substitute(orders, {n: number.expr})
        if number.value is None:
            return Real(made.expr, made.shadow, made.quiet, made.lost, all_of(made.assumed, wanted))
        if int(number) != number.value or not evaluate(choose(wanted, ONE, ZERO), {}):
            refuse(f"scipy.special.{name} of the order {short(number)}, which is none of those that are read: {_ORDERS[name]}")
        return made

    apply.__name__ = apply.__qualname__ = name
    return apply


_BY_ENTRY: Table = {
    **{str(row.scipy): REGISTRY[row.name] for row in ROWS.values() if row.scipy is not None},
    **{name: formula(*written) for name, written in _FORMULAS.items()},
}


def _entry(name: str) -> Function:
    found = (continued if name in _CONTINUED else silent)(_BY_ENTRY[name])
    return elementwise(_of_whole_orders(name, found) if name in _ORDERS else found)


SPECIAL: Table = {
    **{name: _entry(name) for name in _BY_ENTRY},
    "lambertw": _principal,
    "log_softmax": _log_softmax,
    "logsumexp": _log_sum_exp,
    "softmax": _softmax,
}


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
