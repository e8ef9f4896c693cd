"""Functions of expressions as functions of numbers that are traced: those of the registry, formulas, choices.

Each function of `REGISTRY` also gives what Python computes beside the exact number.  Where a function has no value, `raising` makes it
behave as those of ``math`` do, and `quietly` as NumPy's do.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from micrograd.trace import infinities
from micrograd.trace.lost import assumption, existing, exists, is_lost, sure, uncomplexed
from micrograd.trace.numerals import is_nonfinite, unboxed
from micrograd.trace.reals import Real, condition_of, decided, exact, is_quiet, lower, raised, rational, shadow_of, short
from micrograd.trace.runs import RUN, assume, refuse
from micrograd.trace.shadows import check_jump, computed
from micrograd.trace.whole import of_choice, of_function
from micrograd.verified.expr import CONST, HEADS, TRUE, Expr, all_of, any_of, build, choose, constant, negate, substitute, var
from micrograd.verified.parsing import parse
from micrograd.verified.registry import REGISTRY as ROWS

Function = Callable[..., Any]

# fmt: off
COMMON = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square", "reciprocal", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "deg2rad", "rad2deg", "hypot", "logaddexp", "floor", "ceil", "trunc", "sign",
    "erf", "erfc", "abs",
)
"""Functions with the same name in the registry, ``math`` and NumPy, as far as these have them; listed, as equal names prove nothing."""
ALIASES = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "radians": "deg2rad", "degrees": "rad2deg", "fabs": "abs", "absolute": "abs",
}
"""Other names of the registry's functions in ``math`` and NumPy."""
# fmt: on

_FLOATS: dict[str, Function] = {
    **{name: getattr(math, name) for name in (*COMMON, "atan2", "gamma", "lgamma") if hasattr(math, name)},
    "abs": abs,
    "max": max,
    "min": min,
    "pow": operator.pow,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "deg2rad": math.radians,
    "rad2deg": math.degrees,
}
"""What Python computes for a function."""

_RATIONAL: dict[str, Function] = {
    "abs": abs,
    "max": max,
    "min": min,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "sign": lambda x: (x > 0) - (x < 0),
}
"""Functions that give a fraction for fractions."""


_JUMPS: dict[str, Function] = {
    **{name: _RATIONAL[name] for name in ("floor", "ceil", "trunc", "sign")},
    "atan2": math.atan2,
    "fmod": lambda x, y: math.fmod(x, y) if isinstance(x, float) or isinstance(y, float) else x - y * math.trunc(Fraction(x) / y),
}
"""Functions that are not continuous."""


_PASSES_ON = frozenset((
    "sqrt", "cbrt", "log", "log2", "log10", "log1p", "square", "sin", "cos", "tan", "sinh", "cosh", "asinh", "acosh", "asin", "acos",
    "floor", "ceil", "trunc", "deg2rad", "rad2deg", "neg", "where",
))  # fmt: skip
"""Functions that give NaN, or an infinity, for NaN and for an infinity."""


def on_numbers(make: Function, name: str = "", *, total: bool = False) -> Function:
    """A function of expressions as a function of numbers that are traced."""
    floats = _FLOATS.get(name)

    def apply(*operands: Any) -> Any:
        operands = tuple(map(unboxed, operands))
        lowered = [x if is_nonfinite(x) else lower(x) for x in operands]
        for operand, expression in zip(operands, lowered, strict=True):
            if expression is NotImplemented:
                raise TypeError(f"{name or 'the function'} takes numbers, not {type(operand).__name__}")
        if any(map(is_nonfinite, operands)):
            found = infinities.apply(name, lowered)
            return next((x for x, y in zip(operands, lowered, strict=True) if y is found), exact(found))
        if name in _JUMPS:
            check_jump(name, _JUMPS[name], [*map(shadow_of, operands)], [*map(rational, operands)])
        shadow = None if floats is None else computed(floats, *map(shadow_of, operands))
        assumed = assumption(*operands) if name in _PASSES_ON else existing(*operands)
        quiet = total and all(map(is_quiet, operands))
        return raised(make(*lowered), shadow, quiet, is_lost(*operands), assumed, of_function(name, operands))

    apply.__name__ = apply.__qualname__ = name or "apply"
    return apply


def primitive(name: str) -> Function:
    """A function of the registry, on numbers that are traced."""
    which = HEADS[name]
    row = ROWS[name]

    def make(*operands: Expr) -> Any:
        if len(operands) != row.arity:
            raise TypeError(f"{name}() takes {row.arity} operand{'s' if row.arity > 1 else ''}, not {len(operands)}")
        if name in _RATIONAL and all(x.head is CONST for x in operands):
            return constant(Fraction(_RATIONAL[name](*[x.key[1] for x in operands])))
        return build(which, *operands)

    return on_numbers(make, name, total=has_value_everywhere(name))


def select(condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, else b; by cases if one of them is an infinity or NaN."""
    if is_nonfinite(a) or is_nonfinite(b):
        return a if bool(decided(condition_of(condition), assumption(condition))) else b
    chosen, run = condition_of(condition), RUN.get()
    if run is not None:
        run.asked[chosen] = None
    quiet = all(map(is_quiet, (condition, a, b)))
    made = on_numbers(lambda x, y: choose(chosen, x, y), "where")(a, b)
    if type(made) is not Real:
        return made
    yes, no = assumption(a), assumption(b)
    assumed = all_of(
        assumption(condition),
        TRUE if yes is TRUE else any_of(negate(chosen), yes),
        TRUE if no is TRUE else any_of(chosen, no),
    )
    return Real(made.expr, None, quiet, made.lost, assumed, of_choice(a, b))


def _without_value(numpy_name: str, operands: tuple[Any, ...]) -> float:
    """The NaN or infinity that NumPy gives for constants."""
    with np.errstate(all="ignore"):
        found = float(getattr(np, numpy_name)(*map(shadow_of, operands)))
    if math.isfinite(found):
        refuse(f"numpy.{numpy_name}({', '.join(map(short, operands))}), which has no value and is {found!r} in floats")
    return found


def silent(function: Function) -> Function:
    """A function that gives NaN or an infinity where it has no value, and raises nothing."""

    def apply(*operands: Any) -> Any:
        made = function(*operands)
        if type(made) is not Real:
            return made
        lost = made.lost or (made.shadow is None and exists(made.expr) is not TRUE)
        return Real(made.expr, made.shadow, all(map(is_quiet, operands)), lost, made.assumed, made.whole)

    apply.__name__ = apply.__qualname__ = getattr(function, "__name__", "apply")
    return apply


def quietly(function: Function, numpy_name: str) -> Function:
    """The function as NumPy computes it: without a value it gives NaN or an infinity, and raises nothing, not even of constants."""
    of_numbers = silent(function)

    def apply(*operands: Any) -> Any:
        try:
            return of_numbers(*operands)
        except (ZeroDivisionError, ValueError):
            return _without_value(numpy_name, operands)

    apply.__name__ = apply.__qualname__ = of_numbers.__name__
    return apply


def continued(function: Function) -> Function:
    """A function that may have values where its formula has none: it is what was read where the formula has a value."""
    of_numbers = silent(function)

    def apply(*operands: Any) -> Any:
        made = of_numbers(*operands)
        return sure(made) if type(made) is Real else made

    apply.__name__ = apply.__qualname__ = of_numbers.__name__
    return apply


def required(made: Any) -> Any:
    """A number that is an error where it has no value, even if it is not used."""
    run = RUN.get()
    if run is not None and type(made) is Real and made.shadow is None:
        assume(made.assumed)
        run.require(made.expr)
    return made


def require_nonzero(number: Any, *operands: Any) -> None:
    """Note an error where a number is 0 that is computed of these operands; of NaN there may be none."""
    if is_lost(number, *operands):
        assume(existing(number, *operands))
    required(exact(1) / exact(number))


def raising(function: Function) -> Function:
    """The function as ``math`` computes it: where it has no value it raises an error, even if its value is not used."""

    def apply(*operands: Any, **options: Any) -> Any:
        operands = tuple(map(unboxed, operands))
        made = function(*map(uncomplexed, operands), **options)
        if is_lost(*operands):
            assume(existing(*operands))  # of NaN there may be no error
        return required(made)

    apply.__name__ = apply.__qualname__ = getattr(function, "__name__", "apply")
    return apply


def formula(text: str, *parameters: str) -> Function:
    """A function that is given by its text."""
    body, names = parse(text), [var(name) for name in parameters]
    return on_numbers(lambda *operands: substitute(body, dict(zip(names, operands, strict=True))), text)


def has_value_everywhere(name: str) -> bool:
    """Whether a function of the registry has a value everywhere."""
    row = ROWS.get(name)
    return row is not None and (row.defined or row.domain) == "True"


REGISTRY: dict[str, Function] = {name: primitive(name) for name in ROWS if name not in ("powi", "neg")}
"""The registry's functions by name."""
maximum, minimum, absolute = (REGISTRY[name] for name in ("max", "min", "abs"))

OF_NUMPY: dict[str, Function] = {
    name: REGISTRY[target]
    for name, target in {**{name: name for name in COMMON}, **ALIASES}.items()
    if isinstance(getattr(np, name, None), np.ufunc)
}
"""The registry's functions under the names of NumPy's ufuncs."""


def _as_method(function: Function) -> Function:
    return lambda self, *more: function(self, *more)


for _name, _function in OF_NUMPY.items():
    if getattr(np, _name).__name__ == _name:  # NumPy's loops over objects call the method that has the ufunc's name
        setattr(Real, _name, _as_method(_function))
