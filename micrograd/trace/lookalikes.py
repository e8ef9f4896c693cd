"""What a traced function finds under the names of Python's numeric modules: the same functions, on numbers that are traced.

`MATH`, `SPECIAL` (SciPy's ``scipy.special``) and `MICROGRAD` are tables from names to functions; NumPy's is in
`micrograd.trace.arrays`, that of Python's builtins and standard library in `micrograd.trace.standard`.  A name
that a module has and its table has not is refused by name, and so is an option that a look-alike does not read.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, NoReturn

from micrograd.trace.reals import (
    REGISTRY,
    Real,
    absolute,
    decided,
    exact,
    is_certain_everywhere,
    is_total,
    lower,
    on_numbers,
    raising,
    refuse,
    select,
    shadow_of,
    short,
)
from micrograd.trace.signatures import reads
from micrograd.verified.differentiation import defined
from micrograd.verified.expr import (
    ADD,
    CONST,
    EQ,
    GE,
    NEG,
    SUB,
    VAR,
    ZERO,
    Expr,
    choose,
    compare,
    conjunction,
    constant,
    div,
    eq,
    mul,
    ne,
    neg,
    pi,
    sub,
)
from micrograd.verified.expr import e as euler
from micrograd.verified.parsing import parse
from micrograd.verified.primitives import PRIMITIVES

Table = dict[str, Any]
Function = Callable[..., Any]


_ORIGINALS: dict[str, dict[str, Any]] = {}
"""What modules held when they were first looked at."""


def remember(module: ModuleType) -> dict[str, Any]:
    """What a module holds, or held when this was first asked for."""
    return _ORIGINALS.setdefault(module.__name__, dict(vars(module)))


class Lookalike:
    """A module as a traced function sees it.  What somebody has put in the place of the module's own is refused."""

    def __init__(self, module: ModuleType, table: Mapping[str, Any]) -> None:
        self.__dict__.update({"_module": module, "_table": table, "__name__": module.__name__, "_original": remember(module)})

    def __getattr__(self, name: str) -> Any:
        found = self._table.get(name, self)
        if found is not self:
            if name in self._original and getattr(self._module, name, None) is not self._original[name]:
                refuse(f"{self.__name__}.{name} has been replaced, and is not the function that can be traced")
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
    if isinstance(value, list | tuple | range):
        return True
    if not hasattr(value, "__array__"):
        return False
    if type(value).__name__ not in ("ndarray", "Array") and getattr(value, "shape", None) != ():
        refuse(f"an array of the class {type(value).__qualname__} is not among those that can be traced")
    return bool(value.shape != ())


def elementwise(function: Function) -> Function:
    """The function over the entries of arrays, or of lists."""

    @functools.wraps(function)
    def apply(*operands: Any) -> Any:
        if any(is_sequence(x) for x in operands):
            from micrograd.trace.arrays import broadcast

            return broadcast(function, operands)
        return function(*operands)

    return apply


class Refused:
    """What cannot be traced, under its name: it is refused when it is used."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def _refuse(self, *arguments: Any, **options: Any) -> NoReturn:
        refuse(f"{self._name} is not among the functions that can be traced")

    __call__ = __iter__ = __next__ = __len__ = __getitem__ = __contains__ = __bool__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> Any:
        refuse(f"{self._name}.{name} is not among the functions that can be traced")


# --- math ------------------------------------------------------------------------------------------------------------


def _rounded(name: str) -> Function:
    settle: Function = getattr(math, name)

    def apply(x: Any, /) -> Any:
        if isinstance(x, float) and not math.isfinite(x):
            return settle(x)
        number = exact(x)
        return REGISTRY[name](number) if number.value is None else settle(number)

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


_NEVER_MINUS_ZERO = frozenset(("abs", "exp", "cosh", "square", "hypot", "sigmoid"))


def _has_plain_zero(value: Any) -> bool:
    """Whether the float is never -0.0 where the number is 0, as far as this is plain: variables, and sums with them, are not."""
    shadow = shadow_of(value)
    if shadow is not None:
        return math.copysign(1, shadow) > 0
    stack = [lower(value)]
    while stack:
        which, *operands = stack.pop().key
        if which is VAR or (which is CONST and operands[0] != 0) or which.name in _NEVER_MINUS_ZERO:
            return True
        if which is ADD:
            stack += operands
        elif which is SUB:
            stack.append(operands[0])
    return False


def copysign(x: Any, y: Any, /) -> Any:
    """|x| with the sign of y, of which a float has one also where it is 0."""
    size, sign = absolute(x), shadow_of(y)
    if sign is not None:
        return size if math.copysign(1, sign) > 0 else -size
    head, *operands = lower(y).key
    if head is NEG:
        return -copysign(x, Real(operands[0]))
    if not _has_plain_zero(y):
        refuse(f"copysign(…, {short(y)}): where this is 0, its sign in floats cannot be told")
    return on_numbers(lambda a, b: choose(compare(GE, b, ZERO), a, neg(a)), "copysign")(size, y)


def angle(y: Any, x: Any, /) -> Any:
    """atan2, which floats have at the origin too."""
    first, second = shadow_of(y), shadow_of(x)
    if first is not None and second is not None and first == second == 0:
        turns = round(math.atan2(first, second) / math.pi)
        return exact(turns) * Real(pi, math.pi) if turns else exact(0)
    if first is not None and first == 0 and math.copysign(1, first) < 0:
        return -angle(exact(0), x)
    head, *operands = lower(y).key
    if head is NEG:
        return -angle(Real(operands[0]), x)
    found = REGISTRY["atan2"](y, x)
    if type(found) is not Real or None not in (first, second) or not (_has_plain_zero(y) and _has_plain_zero(x)):
        return found
    a, b = lower(y), lower(x)
    if _is_nonzero(a) or _is_nonzero(b):
        return found
    origin = conjunction(compare(EQ, a, ZERO), compare(EQ, b, ZERO))
    return Real(choose(origin, ZERO, found.expr))


def _is_nonzero(expression: Expr) -> bool:
    return expression.key[0] is CONST and expression.key[1] != 0


power = on_numbers(operator.pow, "pow")
fmod = on_numbers(lambda x, y: sub(x, mul(y, REGISTRY["trunc"](div(x, y)).expr)), "fmod")
sinc = formula("where(x == 0, 1, sinpi(x)/(pi*x))", "x")


def is_finite(x: Any, /) -> Any:
    """Where the number has a value: what has none is NaN or infinite in floats, if it was computed by what does not raise."""
    if isinstance(x, float) and not math.isfinite(x):
        return False
    number = exact(x)
    if is_certain_everywhere(number):
        return True
    if not number.quiet:
        refuse(f"isfinite({short(number)}): where this has no value, Python may raise an error instead")
    return decided(defined(number.expr))


def _not_a_number(name: str, settle: Function) -> Function:
    def apply(x: Any, /) -> bool:
        if isinstance(x, float):
            return bool(settle(x))
        if is_finite(x) is not True:
            refuse(f"{name}({short(x)}): which of the undefined values are NaN and which are infinite cannot be traced; use isfinite")
        return False

    return apply


is_nan, is_infinite = _not_a_number("isnan", math.isnan), _not_a_number("isinf", math.isinf)


# fmt: off
_SAME = [
    "exp", "exp2", "expm1", "log2", "log10", "log1p", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
    "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc",
]
# fmt: on
MATH: Table = {
    **{name: REGISTRY[name] for name in _SAME},
    **{name: _rounded(name) for name in ("floor", "ceil", "trunc")},
    **{name: getattr(math, name) for name in ("comb", "factorial", "gcd", "isqrt", "lcm", "perm", "inf", "nan")},
    "log": _logarithm,
    "atan2": angle,
    "fabs": absolute,
    "degrees": REGISTRY["rad2deg"],
    "radians": REGISTRY["deg2rad"],
    "hypot": _hypotenuse,
    "dist": _distance,
    "pow": power,
    "copysign": copysign,
    "fmod": fmod,
    "fsum": lambda values, /: sum(values, Real(ZERO, 0.0)),
    "prod": _product,
    "sumprod": _sum_of_products,
    "isfinite": is_finite,
    "isnan": is_nan,
    "isinf": is_infinite,
    "pi": Real(pi, math.pi),
    "e": Real(euler, math.e),
    "tau": Real(mul(constant(2), pi), math.tau),
}

# --- scipy.special and micrograd ---------------------------------------------------------------------------------------


def _entries(values: Any) -> list[Any]:
    return [exact(x) for x in values] if is_sequence(values) and not hasattr(values, "ravel") else [exact(x) for x in values.ravel()]


@reads("scipy.special.logsumexp", "a, axis=None, b=None, keepdims=False, return_sign=False")
def _log_sum_exp(a: Any, axis: Any = None) -> Any:
    values = a
    if axis is not None and getattr(values, "ndim", 1) > 1:
        refuse("scipy.special.logsumexp with an axis is not among the functions that can be traced")
    return REGISTRY["log"](sum(REGISTRY["exp"](x) for x in _entries(values)))


@reads("scipy.special.softmax", "x, axis=None")
def _softmax(x: Any, axis: Any = None) -> Any:
    values = x
    from micrograd.trace.arrays import array

    if axis is not None and getattr(values, "ndim", 1) > 1:
        refuse("scipy.special.softmax with an axis is not among the functions that can be traced")
    powers = [REGISTRY["exp"](entry) for entry in _entries(values)]
    made = array([p / sum(powers) for p in powers])
    return made.reshape(values.shape) if hasattr(values, "shape") else made


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
MATH |= {name: REGISTRY[name] for name in ("gamma", "lgamma") if name in REGISTRY}
MATH = {name: x if not callable(x) or isinstance(x, Real) or is_total(name) else raising(x) for name, x in MATH.items()}


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

remember(math)
