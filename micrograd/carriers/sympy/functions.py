"""Primitives as SymPy expressions.

`FUNCTIONS` maps the name of a primitive to its function, SymPy expressions to an expression; ``powi`` takes an int as its
exponent.  The operands are meant to be real; then values and SymPy's derivatives agree with ours wherever ours exist.
SymPy has a name for most; the others are written by definition, and cbrt and trunc by cases, because SymPy's powers and
integer parts are those of complex numbers.

Trust: SymPy, which we use as a second opinion only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy import Integer, Max, Min, Piecewise, Rational, exp, log, nan, pi, sqrt, zoo

_DEGREE = pi / 180


def _cbrt(x: Any) -> Any:
    third = Rational(1, 3)
    return Piecewise((x**third, x >= 0), (-((-x) ** third), True))


def _trunc(x: Any) -> Any:
    return Piecewise((sympy.floor(x), x >= 0), (sympy.ceiling(x), True))


def _of_degrees(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(x * _DEGREE)


def _in_degrees(inverse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: inverse(x) / _DEGREE


def _extremum(function: Callable[..., Any]) -> Callable[..., Any]:
    """Max or Min; of what SymPy cannot compare because it is undefined (nan, zoo), nan."""

    def apply(*operands: Any) -> Any:
        return nan if any(sympy.sympify(x).has(nan, zoo) for x in operands) else function(*operands)

    return apply


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "powi": lambda x, n: x ** Integer(n),
    "pow": lambda x, y: x**y,
    "reciprocal": lambda x: 1 / x,
    "square": lambda x: x**2,
    "sqrt": sqrt,
    "cbrt": _cbrt,
    "hypot": lambda x, y: sqrt(x**2 + y**2),
    "exp": exp,
    "exp2": lambda x: Integer(2) ** x,
    "exp10": lambda x: Integer(10) ** x,
    "expm1": lambda x: exp(x) - 1,
    "log": log,
    "log2": lambda x: log(x) / log(2),
    "log10": lambda x: log(x) / log(10),
    "log1p": lambda x: log(1 + x),
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "cot": sympy.cot,
    "sec": sympy.sec,
    "csc": sympy.csc,
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
    "atan2": sympy.atan2,
    "acot": sympy.acot,
    "asec": sympy.asec,
    "acsc": sympy.acsc,
    "sinpi": lambda x: sympy.sin(pi * x),
    "cospi": lambda x: sympy.cos(pi * x),
    "deg2rad": lambda x: x * _DEGREE,
    "rad2deg": lambda x: x / _DEGREE,
    "sind": _of_degrees(sympy.sin),
    "cosd": _of_degrees(sympy.cos),
    "tand": _of_degrees(sympy.tan),
    "cotd": _of_degrees(sympy.cot),
    "secd": _of_degrees(sympy.sec),
    "cscd": _of_degrees(sympy.csc),
    "asind": _in_degrees(sympy.asin),
    "acosd": _in_degrees(sympy.acos),
    "atand": _in_degrees(sympy.atan),
    "acotd": _in_degrees(sympy.acot),
    "asecd": _in_degrees(sympy.asec),
    "acscd": _in_degrees(sympy.acsc),
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "coth": sympy.coth,
    "sech": sympy.sech,
    "csch": sympy.csch,
    "asinh": sympy.asinh,
    "acosh": sympy.acosh,
    "atanh": sympy.atanh,
    "acoth": sympy.acoth,
    "asech": sympy.asech,
    "acsch": sympy.acsch,
    "sigmoid": lambda x: 1 / (1 + exp(-x)),
    "softplus": lambda x: log(1 + exp(x)),
    "logaddexp": lambda x, y: log(exp(x) + exp(y)),
    "erf": sympy.erf,
    "erfc": sympy.erfc,
    "erfcx": lambda x: exp(x**2) * sympy.erfc(x),
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "relu": lambda x: _extremum(Max)(x, 0),
    "max": _extremum(Max),
    "min": _extremum(Min),
    "floor": sympy.floor,
    "ceil": sympy.ceiling,
    "trunc": _trunc,
}
"""The function of each primitive."""
