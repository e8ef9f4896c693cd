"""Primitives as SymPy expressions.

`FUNCTIONS` maps the name of a primitive to its function, SymPy expressions to an expression.  The operands are meant to be real; then
values and SymPy's derivatives agree with ours wherever ours exist.  SymPy has a name for most; what is left out is translated by its
definition (`micrograd.carriers.sympy.translation`).  cbrt is defined by cases, because SymPy's powers are those of complex numbers.

Trust: SymPy, which we use as a second opinion only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy import Integer, Max, Min, Piecewise, Rational, nan, zoo

# fmt: off
NAMES: Mapping[str, str] = {
    **{name: name for name in (
        "exp", "log", "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec", "acsc", "atan2", "sinh", "cosh",
        "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh", "acoth", "asech", "acsch", "erf", "erfc", "sign", "floor",
    )},
    "abs": "Abs",
    "ceil": "ceiling",
}
# fmt: on
"""Primitives that are functions of SymPy, and their names there."""
OURS: Mapping[str, str] = {theirs: ours for ours, theirs in NAMES.items()}
"""The other way round."""


def _cbrt(x: Any) -> Any:
    third = Rational(1, 3)
    return Piecewise((x**third, x >= 0), (-((-x) ** third), True))


def _extremum(function: Callable[..., Any]) -> Callable[..., Any]:
    """Max or Min; of what SymPy cannot compare because it is undefined (nan, zoo), nan."""

    def apply(*operands: Any) -> Any:
        return nan if any(sympy.sympify(x).has(nan, zoo) for x in operands) else function(*operands)

    return apply


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(sympy, theirs) for name, theirs in NAMES.items()},
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "pow": lambda x, y: x**y,
    "sqrt": sympy.sqrt,
    "cbrt": _cbrt,
    "exp2": lambda x: Integer(2) ** x,
    "exp10": lambda x: Integer(10) ** x,
    "relu": lambda x: _extremum(Max)(x, 0),
    "max": _extremum(Max),
    "min": _extremum(Min),
}
"""The function of each primitive that is not translated by its definition."""
