"""What a traced function finds under the names of Python's numeric modules: the same functions, on numbers that are traced.

`MATH`, `SPECIAL` (SciPy's ``scipy.special``), `MICROGRAD` and `BUILTINS` are tables from names to functions; NumPy's is in
`micrograd.verified.backends.numpy_tracing`.  A name that a module has and its table has not is refused by name.
"""

from __future__ import annotations

import builtins
import functools
import math
import operator
import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from micrograd.verified.differentiation import defined
from micrograd.verified.expr import GE as AT_LEAST
from micrograd.verified.expr import ZERO, Expr, as_expr, choose, compare, constant, div, eq, mul, ne, neg, pi, sub
from micrograd.verified.expr import e as euler
from micrograd.verified.parsing import parse
from micrograd.verified.prove.reals import (
    REGISTRY,
    Real,
    Truth,
    absolute,
    decided,
    lower,
    maximum,
    minimum,
    on_numbers,
    raised,
    refuse,
    select,
)

Table = dict[str, Any]
Function = Callable[..., Any]


class Lookalike:
    """A module as a traced function sees it."""

    def __init__(self, module: ModuleType, table: Mapping[str, Any]) -> None:
        self.__dict__.update({"_module": module, "_table": table, "__name__": module.__name__})

    def __getattr__(self, name: str) -> Any:
        found = self._table.get(name, self)
        if found is not self:
            return found
        if not hasattr(self._module, name):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        refuse(f"{self.__name__}.{name} is not among the functions that can be traced")

    def __setattr__(self, name: str, value: Any) -> None:
        refuse(f"the function assigns {self.__name__}.{name}")


def formula(text: str, *parameters: str) -> Function:
    """A function that is given by its text."""
    from micrograd.verified.expr import substitute, var

    body, names = parse(text), [var(name) for name in parameters]
    return on_numbers(lambda *operands: substitute(body, dict(zip(names, operands, strict=True))), text)


def is_sequence(value: Any) -> bool:
    """Whether the value has entries."""
    return isinstance(value, list | tuple) or (hasattr(value, "__array__") and getattr(value, "shape", ()) != ())


def elementwise(function: Function) -> Function:
    """The function over the entries of arrays, or of lists."""

    @functools.wraps(function)
    def apply(*operands: Any) -> Any:
        if any(is_sequence(x) for x in operands):
            from micrograd.verified.backends.numpy_tracing import broadcast

            return broadcast(function, operands)
        return function(*operands)

    return apply


# --- math ------------------------------------------------------------------------------------------------------------


def _rounded(name: str) -> Function:
    settle: Function = getattr(math, name)

    def apply(x: Any) -> Any:
        expression = lower(x)
        if isinstance(expression, Expr) and Real(expression).value is not None:
            return settle(Real(expression).value)
        return REGISTRY[name](x)

    return apply


def _logarithm(x: Any, base: Any = None) -> Any:
    return REGISTRY["log"](x) if base is None else REGISTRY["log"](x) / REGISTRY["log"](base)


def _hypotenuse(*coordinates: Any) -> Any:
    if len(coordinates) == 2:
        return REGISTRY["hypot"](*coordinates)
    return REGISTRY["sqrt"](sum(x * x for x in map(exact, coordinates)))


def exact(x: Any) -> Any:
    """A number as one that is traced."""
    expression = lower(x)
    if expression is NotImplemented:
        raise TypeError(f"a number is needed, not {type(x).__name__}")
    return Real(expression)


def _product(values: Iterable[Any], *, start: Any = 1) -> Any:
    return functools.reduce(operator.mul, values, start)


def _sum_of_products(p: Iterable[Any], q: Iterable[Any]) -> Any:
    return sum(a * b for a, b in zip(p, q, strict=True))


def _distance(p: Iterable[Any], q: Iterable[Any]) -> Any:
    return _hypotenuse(*[exact(a) - exact(b) for a, b in zip(p, q, strict=True)])


power = on_numbers(operator.pow, "pow")
copysign = on_numbers(lambda x, y: choose(compare(AT_LEAST, y, ZERO), abs(x), neg(abs(x))), "copysign")
fmod = on_numbers(lambda x, y: sub(x, mul(y, REGISTRY["trunc"](div(x, y)).expr)), "fmod")
sinc = formula("where(x == 0, 1, sinpi(x)/(pi*x))", "x")


def is_finite(x: Any) -> Any:
    """Where the number has a value: what has none is NaN or infinite in floats."""
    expression = lower(x)
    return math.isfinite(x) if expression is NotImplemented else decided(defined(expression))


def _not_a_number(name: str, settle: Function) -> Function:
    def apply(x: Any) -> bool:
        if isinstance(x, float):
            return bool(settle(x))
        if is_finite(x) is not True:
            refuse(f"{name}({x}): which of the undefined values are NaN and which are infinite cannot be traced; use isfinite")
        return False

    return apply


is_nan, is_infinite = _not_a_number("isnan", math.isnan), _not_a_number("isinf", math.isinf)


# fmt: off
_SAME = [
    "exp", "exp2", "expm1", "log2", "log10", "log1p", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh",
    "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc",
]
# fmt: on
MATH: Table = {
    **{name: REGISTRY[name] for name in _SAME},
    **{name: _rounded(name) for name in ("floor", "ceil", "trunc")},
    **{name: getattr(math, name) for name in ("comb", "factorial", "gcd", "isqrt", "lcm", "perm", "inf", "nan")},
    "log": _logarithm,
    "fabs": absolute,
    "degrees": REGISTRY["rad2deg"],
    "radians": REGISTRY["deg2rad"],
    "hypot": _hypotenuse,
    "dist": _distance,
    "pow": power,
    "copysign": copysign,
    "fmod": fmod,
    "fsum": lambda values: sum(values, Real(ZERO)),
    "prod": _product,
    "sumprod": _sum_of_products,
    "isfinite": is_finite,
    "isnan": is_nan,
    "isinf": is_infinite,
    "pi": Real(pi),
    "e": Real(euler),
    "tau": Real(mul(constant(2), pi)),
}

# --- scipy.special and micrograd ---------------------------------------------------------------------------------------


def _entries(values: Any) -> list[Any]:
    return [exact(x) for x in values] if is_sequence(values) and not hasattr(values, "ravel") else [exact(x) for x in values.ravel()]


def _log_sum_exp(values: Any, axis: Any = None) -> Any:
    if axis is not None and getattr(values, "ndim", 1) > 1:
        refuse("scipy.special.logsumexp with an axis is not among the functions that can be traced")
    return REGISTRY["log"](sum(REGISTRY["exp"](x) for x in _entries(values)))


def _softmax(values: Any, axis: Any = None) -> Any:
    from micrograd.verified.backends.numpy_tracing import array

    if axis is not None and getattr(values, "ndim", 1) > 1:
        refuse("scipy.special.softmax with an axis is not among the functions that can be traced")
    powers = [REGISTRY["exp"](x) for x in _entries(values)]
    return array([x / sum(powers) for x in powers])


SPECIAL: Table = {
    **{name: elementwise(REGISTRY[name]) for name in ["erf", "erfc", "erfcx", "exp2", "exp10", "expm1", "log1p", "cbrt"]},
    **{
        name: elementwise(REGISTRY[target])
        for name, target in {"expit": "sigmoid", "sindg": "sind", "cosdg": "cosd", "tandg": "tand", "cotdg": "cotd"}.items()
    },
    "logit": elementwise(formula("log(x/(1 - x))", "x")),
    "log_expit": elementwise(formula("-softplus(-x)", "x")),
    "xlogy": elementwise(formula("where(x == 0, 0, x*log(y))", "x", "y")),
    "xlog1py": elementwise(formula("where(x == 0, 0, x*log1p(y))", "x", "y")),
    "entr": elementwise(formula("where(x == 0, 0, -x*log(x))", "x")),
    "rel_entr": elementwise(formula("where(x == 0, 0, x*log(x/y))", "x", "y")),
    "ndtr": elementwise(formula("erfc(-x/sqrt(2))/2", "x")),
    "log_ndtr": elementwise(formula("log(erfc(-x/sqrt(2))/2)", "x")),
    "exprel": elementwise(formula("where(x == 0, 1, expm1(x)/x)", "x")),
    "logsumexp": _log_sum_exp,
    "softmax": _softmax,
}

_LATER = {"gammaln": "lgamma", "loggamma": "lgamma", "gamma": "gamma", "digamma": "digamma", "psi": "digamma", "polygamma": "polygamma"}
SPECIAL |= {name: elementwise(REGISTRY[target]) for name, target in _LATER.items() if target in REGISTRY}
MATH |= {name: REGISTRY[name] for name in ("gamma", "lgamma") if name in REGISTRY}

_PUBLIC = {"abs": "absolute", "max": "maximum", "min": "minimum"}
MICROGRAD: Table = {
    **{_PUBLIC.get(name, name): elementwise(function) for name, function in REGISTRY.items()},
    "where": elementwise(select),
    "const": on_numbers(as_expr, "const"),
    "eq": on_numbers(eq, "eq"),
    "ne": on_numbers(ne, "ne"),
    "pi": Real(pi),
    "e": Real(euler),
}

# --- builtins ----------------------------------------------------------------------------------------------------------


class _FloatType(type):
    def __call__(cls, value: Any = 0.0) -> Any:
        if isinstance(value, str):
            return raised(lower(float(value))) if math.isfinite(float(value)) else float(value)
        if getattr(value, "size", 1) == 1 and hasattr(value, "ravel"):
            value = value.ravel()[0]
        if isinstance(value, float) and not math.isfinite(value):
            return value
        return exact(value)

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, builtins.float | Real)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, builtins.float)


class Float(metaclass=_FloatType):
    """``float``: a number that is traced stays what it is."""


def _is_instance(value: Any, classes: Any) -> bool:
    if isinstance(classes, tuple):
        return any(_is_instance(value, each) for each in classes)
    if classes is _type_of:
        classes = type
    if not isinstance(value, Real | Truth):
        return isinstance(value, classes)
    if isinstance(classes, type):
        if classes is Float:
            return isinstance(value, Real)
        if issubclass(classes, bool | int) and not issubclass(int, classes):
            return False
        as_numpy = getattr(sys.modules.get("numpy"), "float64", float)
        stands_for = (float, as_numpy) if isinstance(value, Real) else (bool,)
        return any(issubclass(each, classes) for each in stands_for)
    return isinstance(0.0 if isinstance(value, Real) else True, classes)


def _type_of(value: Any, *more: Any) -> Any:
    if more:
        return type(value, *more)
    return Float if isinstance(value, Real | float) else bool if isinstance(value, Truth) else type(value)


def _extremum(pick: Function, usual: Function, lost: float) -> Function:
    def apply(*values: Any, key: Any = None, **default: Any) -> Any:
        items = list(values[0]) if len(values) == 1 else list(values)
        if key is not None or not any(isinstance(x, Real | Truth) for x in items):
            return usual(*([items] if len(values) == 1 else items), key=key, **default)
        items = [x for x in items if not (isinstance(x, float) and x == lost)]
        if any(isinstance(x, float) and x == -lost for x in items):
            return -lost
        return functools.reduce(pick, items)

    return apply


def _sum(values: Iterable[Any], /, start: Any = 0) -> Any:
    items = list(values)
    return (
        functools.reduce(operator.add, items)
        if items and start.__class__ is int and start == 0
        else functools.reduce(operator.add, items, start)
    )


BUILTINS: Table = {
    "float": Float,
    "isinstance": _is_instance,
    "type": _type_of,
    "max": _extremum(maximum, max, -math.inf),
    "min": _extremum(minimum, min, math.inf),
    "sum": _sum,
}
