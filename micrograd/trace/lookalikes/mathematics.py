"""Python's ``math`` on numbers that are traced: the table `MATH`."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterable
from typing import Any

from micrograd.trace.floats import angle, copysign, fmod, is_finite, is_infinite, is_nan, power
from micrograd.trace.functions import ALIASES, COMMON, REGISTRY, Function, has_value_everywhere, raising
from micrograd.trace.lookalikes.modules import Table, remember
from micrograd.trace.lost import existing, sure, uncomplexed
from micrograd.trace.numerals import unboxed
from micrograd.trace.reals import Real, exact
from micrograd.trace.runs import assume
from micrograd.verified.expr import ZERO, pi
from micrograd.verified.expr import e as euler


def _rounded(name: str) -> Function:
    settle: Function = getattr(math, name)

    def apply(x: Any, /) -> Any:
        if isinstance(x, float) and not math.isfinite(x):
            return settle(x)
        number = exact(x)
        if number.value is not None:
            return settle(number)
        made = REGISTRY[name](number)
        made.whole = math.inf if number.whole is None else number.whole
        return made

    return apply


def _logarithm(x: Any, base: Any = None, /) -> Any:
    return REGISTRY["log"](x) if base is None else REGISTRY["log"](x) / REGISTRY["log"](base)


def _hypotenuse(*coordinates: Any) -> Any:
    if len(coordinates) == 2:
        return REGISTRY["hypot"](*coordinates)
    return REGISTRY["sqrt"](sum((x * x for x in map(exact, coordinates)), Real(ZERO, 0.0)))


def _product(values: Iterable[Any], /, *, start: Any = 1) -> Any:
    return functools.reduce(operator.mul, values, start)


def _sum_of_products(p: Iterable[Any], q: Iterable[Any], /) -> Any:
    return sum(a * b for a, b in zip(p, q, strict=True))


def _distance(p: Iterable[Any], q: Iterable[Any], /) -> Any:
    return _hypotenuse(*[exact(a) - exact(b) for a, b in zip(p, q, strict=True)])


def _parts(x: Any, /) -> tuple[Any, Any]:
    whole = REGISTRY["trunc"](sure(exact(x)))
    return sure(exact(x)) - whole, whole


def _is_close(a: Any, b: Any, *, rel_tol: Any = 1e-09, abs_tol: Any = 0.0) -> Any:
    size = REGISTRY["max"](REGISTRY["abs"](a), REGISTRY["abs"](b))
    return REGISTRY["abs"](exact(a) - exact(b)) <= REGISTRY["max"](exact(rel_tol) * size, exact(abs_tol))


_TABLE: Table = {
    **{name: REGISTRY[target] for name, target in {**{name: name for name in COMMON}, **ALIASES}.items() if hasattr(math, name)},
    **{name: REGISTRY[name] for name in ("gamma", "lgamma")},
    **{name: _rounded(name) for name in ("floor", "ceil", "trunc")},
    **{name: getattr(math, name) for name in ("comb", "factorial", "gcd", "isqrt", "lcm", "perm", "inf", "nan")},
    "log": _logarithm,
    "atan2": angle,
    "hypot": _hypotenuse,
    "dist": _distance,
    "pow": power,
    "copysign": copysign,
    "fmod": fmod,
    "fsum": lambda values, /: sum(values, Real(ZERO, 0.0)),
    "prod": _product,
    "sumprod": _sum_of_products,
    "isclose": _is_close,
    "modf": _parts,
    "isfinite": is_finite,
    "isnan": is_nan,
    "isinf": is_infinite,
    "pi": Real(pi, math.pi),
    "e": Real(euler, math.e),
    "tau": Real(2 * pi, math.tau),
}


_FINITE = ("sin", "cos", "tan", "floor", "ceil", "trunc")
"""Functions that have a value everywhere and are errors for infinities."""


def _of_reals(name: str, function: Function) -> Function:
    """A function that refuses complex numbers of Python's, and takes the real part of NumPy's."""
    if not has_value_everywhere(name):
        return raising(function)

    def apply(*operands: Any, **options: Any) -> Any:
        operands = tuple(map(unboxed, operands))
        if name in _FINITE:
            assume(existing(*operands))
        return function(*map(uncomplexed, operands), **options)

    apply.__name__ = apply.__qualname__ = name
    return apply


MATH: Table = {name: x if not callable(x) or isinstance(x, Real) else _of_reals(name, x) for name, x in _TABLE.items()}

remember(math)
