"""What a traced function learns about objects: their classes and attributes.

About what stands in the place of a number, an answer is given if it is the same for an int, a float and NumPy's float; about all others,
if it is that of Python's object.  The rest is refused.
"""

from __future__ import annotations

import builtins
import enum
from collections import deque
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, MethodType, NoneType
from typing import Any

import numpy as np

from micrograd.trace.arrays import Array
from micrograd.trace.floats import Float, Float64
from micrograd.trace.lookalikes.hooks import Text
from micrograd.trace.lookalikes.modules import Lookalike, ModuleView, Refused, refuse_use
from micrograd.trace.lost import uncomplexed
from micrograd.trace.ownership import is_foreign, is_users
from micrograd.trace.reals import Real, Truth, short
from micrograd.trace.runs import RUN, refuse

# --- classes -----------------------------------------------------------------------------------------------------------


def _probes(value: Real | Truth) -> list[Any]:
    """What may stand in the place of a value."""
    return [True, np.bool_(True)] if isinstance(value, Truth) else [1, 1.0, np.float64(1.0)]


def _agreed(question: str, value: Real | Truth, ask: Callable[[Any], Any]) -> Any:
    uncomplexed(value)
    answers = [ask(probe) for probe in _probes(value)]
    if any(answer != answers[0] for answer in answers):
        refuse(f"{question} of `{short(value)}` is not the same for ints, floats and NumPy's floats")
    return answers[0]


def _check_class(value: Any, question: str) -> None:
    """Refuse to say of which class something is that stands in the place of another object."""
    if isinstance(value, Text):
        refuse(f"{question} of the text of a number that depends on the arguments")
    if type(value) is Refused:
        refuse_use(value)
    if isinstance(value, Lookalike | ModuleView) or (isinstance(value, FunctionType) and not is_users(value.__code__)):
        refuse(f"{question} of {value.__name__}, in whose place another object is traced")


def is_instance(value: Any, classes: Any, /) -> bool:
    """``isinstance``."""
    _check_class(value, "isinstance")
    if not isinstance(value, Real | Truth):
        return isinstance(value, builtins.type if classes is type_of else classes)
    plain = _plain(classes)
    return bool(_agreed("isinstance", value, lambda probe: isinstance(probe, plain)))


def is_subclass(cls: Any, classes: Any, /) -> bool:
    """``issubclass``."""
    return issubclass(_plain(cls), _plain(classes))


def _plain(classes: Any) -> Any:
    """A class, or a tuple or union of classes, with the true ``float``, ``numpy.float64`` and ``type`` in it."""
    if isinstance(classes, tuple):
        return tuple(map(_plain, classes))
    if not isinstance(classes, type) and hasattr(classes, "__args__"):
        return tuple(map(_plain, classes.__args__))
    for mine, pythons in ((Float, builtins.float), (Float64, np.float64), (type_of, builtins.type)):
        if classes is mine:
            return pythons
    return classes


def type_of(value: Any, *more: Any) -> Any:
    """``type``."""
    if more:
        return type(value, *more)
    _check_class(value, "type(…)")
    if isinstance(value, Real | Truth):
        refuse(f"type(…) of `{short(value)}` is not the same for ints, floats and NumPy's floats")
    if isinstance(value, type):
        refuse(f"type(…) of the class {value.__qualname__}")
    if isinstance(value, float):
        return Float
    return np.ndarray if type(value) is Array else type(value)


# --- attributes --------------------------------------------------------------------------------------------------------

_AS_THEY_ARE = (list, tuple, dict, set, frozenset, deque, str, bytes, int, bool, complex, range, NoneType, object)
"""Classes of objects that a traced function finds as they are in Python."""

# fmt: off
_METHODS = frozenset(f"__{name}__" for name in (
    "init", "new", "post_init", "call", "enter", "exit", "iter", "next", "reversed", "len", "length_hint", "contains", "getitem",
    "setitem", "delitem", "missing", "setattr", "delattr", "get", "set", "delete", "init_subclass", "bool", "int", "float",
    "complex", "index", "round", "trunc", "floor", "ceil", "abs", "neg", "pos", "invert", "eq", "ne", "lt", "le", "gt", "ge",
    "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "and", "or", "xor", "lshift", "rshift", "radd",
    "rsub", "rmul", "rmatmul", "rtruediv", "rfloordiv", "rmod", "rdivmod", "rpow", "rand", "ror", "rxor", "iadd", "isub", "imul",
    "imatmul", "itruediv", "ifloordiv", "imod", "ipow", "repr", "str", "format",
))
# fmt: on
"""Special methods, which are read as others are."""

_NAMES = ("__name__", "__qualname__", "__module__", "__doc__")


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_read(value: Any, name: str) -> bool:
    """Whether an attribute with two underscores is what it is in Python."""
    if type(value) in _AS_THEY_ARE:
        return True
    if isinstance(value, Lookalike | ModuleView):
        return name in ("__name__", "__version__")
    if value is Float or value is Float64:
        return name == "__name__"
    if name in _METHODS:
        return True
    if isinstance(value, type):
        return name in _NAMES or name == "__slots__" or (name == "__members__" and issubclass(value, enum.Enum))
    if isinstance(value, FunctionType):
        return name in _NAMES and is_users(value.__code__)
    if isinstance(value, MethodType):
        return name in (*_NAMES, "__func__", "__self__") and is_users(value.__func__.__code__)
    if isinstance(value, BuiltinFunctionType):
        return name == "__name__"
    return not is_foreign(type(value)) and name in ("__dict__", "__slots__", "__module__", "__doc__")


def attribute(value: Any, name: str) -> Any:
    """``value.name``, of a name with two underscores or one that NumPy's floats have."""
    if isinstance(value, Text):
        refuse(f"`.{name}` of the text of a number that depends on the arguments")
    if isinstance(value, Real | Truth):
        return _of_number(value, name)
    if name == "__class__" and type(value) not in _AS_THEY_ARE:
        return type_of(value)
    if _is_special(name) and not _is_read(value, name):
        refuse(f"`.{name}` of {_described(value)} is not among the attributes that can be traced")
    return getattr(value, name)


def _of_number(value: Real | Truth, name: str) -> Any:
    if _is_special(name):
        refuse(f"`.{name}` of the number `{short(value)}`, which is of no class of Python's")
    run = RUN.get()
    if name == "item" and isinstance(value, Real) and run is not None and run.numpy:
        return value.item  # of what NumPy makes of arrays; a float has none, and the function would end with an error
    found = [hasattr(probe, name) for probe in _probes(value)]
    if not any(found):
        raise AttributeError(f"number object has no attribute {name!r}")
    if not all(found):
        hint = "an argument that is a vector needs its length: shapes={'name': length}"
        refuse(f"`.{name}` of the number `{short(value)}`, which is not the same for ints, floats and NumPy's floats; {hint}")
    return getattr(uncomplexed(value), name)


def _described(value: Any) -> str:
    return getattr(value, "__name__", None) or f"an object of the class {type(value).__qualname__}"


def has_attribute(value: Any, name: str, /) -> bool:
    """``hasattr``."""
    if isinstance(value, Real | Truth):
        return bool(_agreed(f"hasattr(…, {name!r})", value, lambda probe: hasattr(probe, name)))
    if isinstance(value, Lookalike):
        return hasattr(value.__dict__["<module>"], name)
    if _is_special(name) and name != "__class__" and not _is_read(value, name):
        refuse(f"whether {_described(value)} has the attribute {name!r}")
    found = hasattr(value, name)
    if not found:
        _check_missing(value, name)
    return found


def _check_missing(value: Any, name: str) -> None:
    """Refuse to say that a function has no such attribute, as one in whose place this is may have it."""
    if isinstance(value, FunctionType):
        refuse(f"whether the function {value.__name__} has the attribute {name!r}")


def get_attribute(value: Any, name: str, /, *default: Any) -> Any:
    """``getattr``."""
    if isinstance(value, Real | Truth | Text) and (_is_special(name) or default):
        refuse(f"getattr(…, {name!r}) of `{short(value)}`, which is of no class of Python's")
    if default and not hasattr(value, name):
        _check_missing(value, name)
        return default[0]
    return attribute(value, name)
