"""Python's builtins and standard library as a traced function finds them.

Builtins that look at what their arguments are made of (`type`, `isinstance`, `hasattr`) are in `micrograd.trace.lookalikes.objects`.
Modules that pass objects on without looking at them are what they are; of others, those functions that are named here; the rest is refused
when it is used.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import functools
import math
import operator
import warnings
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import numpy as np

from micrograd.trace.floats import Float, summed
from micrograd.trace.functions import Function, maximum, minimum
from micrograd.trace.lookalikes.hooks import OPERATORS, power
from micrograd.trace.lookalikes.modules import Lookalike, ModuleView, Refused, Table, remember
from micrograd.trace.lookalikes.objects import get_attribute, has_attribute, is_instance, is_subclass, type_of
from micrograd.trace.numerals import is_nonfinite
from micrograd.trace.reals import Real, Truth, exact
from micrograd.trace.runs import RUN, refuse
from micrograd.trace.whole import size_of

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
        numbers = any(isinstance(x, Real) for x in items) and not any(isinstance(x, Truth | np.ndarray) for x in items)
        if key is not None or default.keys() - {"default"} or not numbers:
            return usual(*([items] if len(values) == 1 else items), key=key, **default)
        return functools.reduce(better, items)

    return apply


def _sum(values: Iterable[Any], /, start: Any = 0) -> Any:
    items = [exact(x) if isinstance(x, Truth) else x for x in values]
    if items and type(start) is int and start == 0:
        items[0] = items[0] if isinstance(items[0], Real) else 0 + items[0]
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
    "isinstance": is_instance,
    "issubclass": is_subclass,
    "type": type_of,
    "hasattr": has_attribute,
    "getattr": get_attribute,
    "max": _extremum(maximum, max, operator.gt),
    "min": _extremum(minimum, min, operator.lt),
    "sum": _sum,
    "pow": _power,
    "print": _shown,
    **{name: Refused(name) for name in _OPAQUE},
}

remember(builtins)


def replaced_builtins() -> Table:
    """Builtins that are not what they were, as a traced function sees them."""
    original = remember(builtins)
    changed = (name for name, x in vars(builtins).items() if x is not original.get(name, original))
    return {name: Refused(f"{name}, which has been replaced or added among the builtins,") for name in changed}


# --- the standard library ----------------------------------------------------------------------------------------------

# fmt: off
TRANSPARENT = frozenset((
    "itertools", "collections", "collections.abc", "dataclasses", "typing", "abc", "enum", "numbers", "types", "fractions",
    "logging", "__future__", "typing_extensions",
))
# fmt: on
"""Modules whose functions pass on what they are given."""


def _filtering(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that says what warnings do: which must not be to raise errors, and they must not be looked at."""

    def apply(*arguments: Any, record: Any = False, module: Any = "", **options: Any) -> Any:
        actions = [*arguments[:1], *(x for key, x in options.items() if key == "action")]
        if record or (module and function is warnings.catch_warnings) or any(x not in _ACTIONS for x in actions):
            refuse(f"warnings.{function.__name__} with warnings as errors, or recorded")
        return function(*arguments, **options, **({"module": module} if module else {}))

    return apply


_ACTIONS = ("ignore", "default", "always", "module", "once", None)
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
    "warnings": {
        "warn": warnings.warn,
        **{name: _filtering(getattr(warnings, name)) for name in ("catch_warnings", "simplefilter", "filterwarnings")},
    },
    "contextlib": {"nullcontext": contextlib.nullcontext},
    "copy": {name: getattr(copy, name) for name in ("copy", "deepcopy")},
}
"""Functions of other modules."""
NAMED["_operator"] = NAMED["operator"]
NAMED["_functools"] = NAMED["functools"]


_INSTEAD: dict[str, Table] = {
    **{home: {"get_type_hints": Refused("typing.get_type_hints")} for home in ("typing", "typing_extensions")},
}
"""Functions of these modules that look at what they are given."""


def standard_module(module: ModuleType) -> Any:
    """A module of the standard library as a traced function sees it."""
    if module.__name__ in TRANSPARENT:
        return ModuleView(module, lambda held: _passed(module.__name__, held))
    return Lookalike(module, NAMED.get(module.__name__, {}))


def _passed(home: str, held: Any) -> Any:
    """What a module whose functions pass on what they are given holds."""
    if isinstance(held, ModuleType):
        return standard_module(held)
    return _INSTEAD.get(home, {}).get(getattr(held, "__name__", ""), held)


def standard_object(value: Any, home: str, name: str) -> Any:
    """A function or class of the standard library as a traced function sees it."""
    if isinstance(value, type) and issubclass(value, BaseException):
        return value
    if home == "builtins":
        return BUILTINS.get(name, value)
    if home in TRANSPARENT:
        return _passed(home, value)
    return NAMED.get(home, {}).get(name, Refused(f"{home}.{name}"))
