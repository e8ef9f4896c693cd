"""Python's builtins and standard library as a traced function finds them.

A builtin that looks at what its arguments are made of (`type`, `isinstance`, `hasattr`) answers if the answer is the same for an int, a
float and NumPy's float, and is refused otherwise.  Modules that pass objects on without looking at them are what they are; of others,
those functions that are named here; the rest is refused when it is used.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import functools
import math
import operator
from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from micrograd.trace.floats import Float, summed
from micrograd.trace.functions import Function, maximum, minimum
from micrograd.trace.lookalikes.hooks import OPERATORS, Text, power
from micrograd.trace.lookalikes.modules import Lookalike, ModuleView, Refused, Table
from micrograd.trace.lost import uncomplexed
from micrograd.trace.numerals import is_nonfinite
from micrograd.trace.reals import Real, Truth, exact, short
from micrograd.trace.runs import RUN, refuse
from micrograd.trace.whole import size_of


def _probes(value: Real | Truth) -> list[Any]:
    """What may stand in the place of a value."""
    return [True, np.bool_(True)] if isinstance(value, Truth) else [1, 1.0, np.float64(1.0)]


def _agreed(question: str, value: Real | Truth, ask: Callable[[Any], Any]) -> Any:
    uncomplexed(value)
    answers = [ask(probe) for probe in _probes(value)]
    if any(answer != answers[0] for answer in answers):
        refuse(f"{question} of `{short(value)}` is not the same for ints, floats and NumPy's floats")
    return answers[0]


def _is_instance(value: Any, classes: Any, /) -> bool:
    if isinstance(value, Text):
        refuse("isinstance of the text of a number that depends on the arguments")
    if isinstance(value, Refused):
        value._refuse()
    if not isinstance(value, Real | Truth):
        return isinstance(value, builtins.type if classes is _type_of else classes)
    plain = _plain(classes)
    return bool(_agreed("isinstance", value, lambda probe: isinstance(probe, plain)))


def _is_subclass(cls: Any, classes: Any, /) -> bool:
    return issubclass(_plain(cls), _plain(classes))


def _plain(classes: Any) -> Any:
    """A class, or a tuple or union of classes, with Python's ``float`` and ``type`` in it."""
    if isinstance(classes, tuple):
        return tuple(map(_plain, classes))
    if not isinstance(classes, type) and hasattr(classes, "__args__"):
        return tuple(map(_plain, classes.__args__))
    return builtins.float if classes is Float else builtins.type if classes is _type_of else classes


def _type_of(value: Any, *more: Any) -> Any:
    if more:
        return type(value, *more)
    if isinstance(value, Refused):
        value._refuse()
    if isinstance(value, Real | Truth | Text):
        refuse(f"type(…) of `{short(value)}` is not the same for ints, floats and NumPy's floats")
    if isinstance(value, float):
        return Float
    return type(value).__base__ if type(value).__name__ == "Array" else type(value)


def _has_attribute(value: Any, name: str, /) -> bool:
    if isinstance(value, Real | Truth):
        return bool(_agreed(f"hasattr(…, {name!r})", value, lambda probe: hasattr(probe, name)))
    if isinstance(value, Lookalike):
        return hasattr(value._module, name)
    found = hasattr(value, name)
    if not found:
        _check_missing(value, name)
    return found


def _check_missing(value: Any, name: str) -> None:
    """Refuse to say that a function has no such attribute, as one in whose place this is may have it."""
    if isinstance(value, FunctionType):
        refuse(f"whether the function {value.__name__} has the attribute {name!r}")


def _attribute(value: Any, name: str, /, *default: Any) -> Any:
    if isinstance(value, Real | Truth | Text) and (name.startswith("__") or default):
        refuse(f"getattr(…, {name!r}) of `{short(value)}`, which is of no class of Python's")
    if default and not hasattr(value, name):
        _check_missing(value, name)
    return getattr(value, name, *default)


# --- sums and extrema --------------------------------------------------------------------------------------------------


def _extremum(pick: Function, usual: Function, precedes: Callable[[Any, Any], Any]) -> Function:
    """``min`` or ``max``: the first value that no other precedes."""

    def better(best: Any, value: Any) -> Any:
        if is_nonfinite(best) or is_nonfinite(value):
            return value if precedes(value, best) else best
        made = pick(best, value)
        if type(made) is Real and (size_of(best) is None) is not (size_of(value) is None):
            made.whole = math.nan
        return made

    def apply(*values: Any, key: Any = None, **default: Any) -> Any:
        items = list(values[0]) if len(values) == 1 else list(values)
        numbers = any(isinstance(x, Real) for x in items) and not any(isinstance(x, Truth) for x in items)
        if key is not None or default.keys() - {"default"} or not numbers:
            return usual(*([items] if len(values) == 1 else items), key=key, **default)
        return functools.reduce(better, items)

    return apply


def _sum(values: Iterable[Any], /, start: Any = 0) -> Any:
    items = [exact(x) if isinstance(x, Truth) else x for x in values]
    if items and type(start) is int and start == 0:
        return summed(functools.reduce(operator.add, items))
    return functools.reduce(operator.add, items, start)


def _power(base: Any, exp: Any, mod: Any = None) -> Any:
    return power(base, exp) if mod is None else pow(base, exp, mod)


def _shown(*values: Any, **options: Any) -> None:
    """``print``, which shows nothing in a trace."""
    run = RUN.get()
    if run is not None:
        run.shows = True


# fmt: off
_OPAQUE = [
    "id", "eval", "exec", "compile", "globals", "locals", "vars", "dir", "open", "input", "breakpoint", "memoryview", "help", "exit",
    "quit", "aiter", "anext",
]
# fmt: on
BUILTINS: Table = {
    "float": Float,
    "isinstance": _is_instance,
    "issubclass": _is_subclass,
    "type": _type_of,
    "hasattr": _has_attribute,
    "getattr": _attribute,
    "max": _extremum(maximum, max, operator.gt),
    "min": _extremum(minimum, min, operator.lt),
    "sum": _sum,
    "pow": _power,
    "print": _shown,
    **{name: Refused(name) for name in _OPAQUE},
}

# --- the standard library ----------------------------------------------------------------------------------------------

# fmt: off
TRANSPARENT = frozenset((
    "itertools", "collections", "collections.abc", "dataclasses", "typing", "abc", "enum", "numbers", "types", "fractions", "warnings",
    "logging", "__future__", "typing_extensions",
))
# fmt: on
"""Modules whose functions pass on what they are given."""

_NO_OPERATORS = ("index", "length_hint", "call", "attrgetter", "methodcaller")

NAMED: dict[str, Table] = {
    "builtins": {**{name: x for name, x in vars(builtins).items() if not name.startswith("_") and name != "super"}, **BUILTINS},
    "operator": {
        **{name: x for name, x in vars(operator).items() if not name.startswith("_") and name not in _NO_OPERATORS},
        **OPERATORS,
    },
    "functools": {
        name: getattr(functools, name) for name in ("reduce", "partial", "wraps", "update_wrapper", "cmp_to_key", "total_ordering")
    },
    "contextlib": {"nullcontext": contextlib.nullcontext},
    "copy": {name: getattr(copy, name) for name in ("copy", "deepcopy")},
}
"""Functions of other modules."""
NAMED["_operator"] = NAMED["operator"]
NAMED["_functools"] = NAMED["functools"]


def standard_module(module: ModuleType) -> Any:
    """A module of the standard library as a traced function sees it."""
    if module.__name__ in TRANSPARENT:
        return ModuleView(module, lambda held: standard_module(held) if isinstance(held, ModuleType) else held)
    return Lookalike(module, NAMED.get(module.__name__, {}))


def standard_object(value: Any, home: str, name: str) -> Any:
    """A function or class of the standard library as a traced function sees it."""
    if isinstance(value, type) and issubclass(value, BaseException):
        return value
    if home == "builtins":
        return BUILTINS.get(name, value)
    if home in TRANSPARENT:
        return value
    return NAMED.get(home, {}).get(name, Refused(f"{home}.{name}"))
