"""A user's function rebuilt over other globals: its modules are look-alikes, its floats exact, its helpers rebuilt in the same way.

Nothing of the user's is changed: code objects are shared, and globals, closures, defaults, containers and instances are copies.  Only
what the code names is looked at.  Functions of the standard library, of NumPy and of this package stay as they are.

The code is compiled again from its source (`micrograd.trace.sources`).  Without the source the code is used as it is, with exact
constants where they are certain, and more of it is refused.

Refused, because a trace would miss what they do: assignment to globals and to variables of an enclosing function outside of the trace,
``except`` clauses (no traced operation raises), generators and coroutines as the function itself, and changes of objects that the
function finds and does not make.
"""

from __future__ import annotations

import builtins
import copy
import dataclasses
import datetime
import enum
import functools
import gc
import logging
import re
import sys
from collections import defaultdict, deque
from contextlib import nullcontext
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePath
from types import (
    CellType,
    CodeType,
    EllipsisType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
    NotImplementedType,
    SimpleNamespace,
)
from typing import Any

import numpy as np

from micrograd.trace import blind
from micrograd.trace.arrays import Array, array, is_exact
from micrograd.trace.classes import Originals, Super, decides_itself
from micrograd.trace.constants import Constants
from micrograd.trace.floats import literal
from micrograd.trace.lookalikes.hooks import HOOKS
from micrograd.trace.lookalikes.linalg import LINALG, OF_SCIPY
from micrograd.trace.lookalikes.mathematics import MATH
from micrograd.trace.lookalikes.modules import Lookalike, ModuleView, Refused
from micrograd.trace.lookalikes.numerics import NUMPY
from micrograd.trace.lookalikes.objects import attribute
from micrograd.trace.lookalikes.special import MICROGRAD, SPECIAL
from micrograd.trace.lookalikes.standard import BUILTINS, replaced_builtins, standard_module, standard_object
from micrograd.trace.lookalikes.stats import STATS
from micrograd.trace.ownership import (
    NUMERIC,
    TOOLS,
    held_in_slots,
    is_foreign,
    is_generated,
    is_inert,
    is_plain,
    is_standard,
    is_users,
    is_users_class,
    members_of,
)
from micrograd.trace.reals import Real, Truth, exact
from micrograd.trace.runs import refuse
from micrograd.trace.sources import ATTRIBUTE, STORED, codes, instrumented
from micrograd.trace.state import Found, check, global_names
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import Expr, Node

_LIKE_NUMPY = ("numpy", "jax.numpy", "autograd.numpy")
_WITH_ARRAYS = frozenset(NUMERIC) - {"math", "cmath", "random", "statistics"}
_PLACES = ("numpy", "numpy.linalg", "scipy.special", "scipy.stats", "scipy.linalg")
_BUILT_IN = (int, float, str, bytes, tuple, list, dict, set, frozenset, Fraction, Decimal)


class Rebuilder:
    """Everything that one trace has rebuilt; each object once."""

    def __init__(self) -> None:
        self._done: dict[int, Any] = {}
        self._alive: list[Any] = []
        self._globals: dict[int, dict[str, Any]] = {}
        self._codes: dict[int, CodeType] = {}
        self.found = Found()
        self._originals = Originals()
        self._builtins = {
            **vars(builtins),
            **BUILTINS,
            **replaced_builtins(),
            **HOOKS,
            ATTRIBUTE: attribute,
            STORED: self.found.stored,
            "setattr": lambda target, name, value, /: setattr(self.found.stored(target), name, value),
            "delattr": lambda target, name, /: delattr(self.found.stored(target), name),
            "__import__": self._import,
            "super": self._super,
        }
        self.constants = Constants()
        self.numpy = False

    def is_rebuilt(self, code: CodeType) -> bool:
        """Whether the code belongs to a rebuilt function."""
        return id(code) in self._codes

    def convert(self, value: Any) -> Any:
        """The value as a traced function is to see it.

        Raises:
            UnsupportedPrimitive: a function that cannot be traced.
        """
        self.numpy = self.numpy or isinstance(value, np.generic)
        if isinstance(value, _BUILT_IN) and is_users_class(type(value)):
            return self._instance(value)
        if isinstance(value, str | bytes | bool | int | Real | Truth) or value is None:
            return value
        if isinstance(value, float | Expr):
            return exact(value)
        if isinstance(value, Fraction | Decimal):
            exact(value)  # which refuses those that were rounded
            return value
        if id(value) in self._done:
            return self._done[id(value)]
        made = self._remember(value, self._converted(value))
        self.found.keep(made)
        return made

    def _remember(self, value: Any, made: Any) -> Any:
        self._done[id(value)] = made
        self._alive.append(value)
        return made

    def _converted(self, value: Any) -> Any:
        if isinstance(value, ModuleType):
            return self.module(value)
        if isinstance(value, FunctionType):
            return self._function(value)
        if isinstance(value, MethodType):
            return self._method(value)
        if type(value) is functools.partial:
            function = self.convert(value.func)
            words = {key: self._held(key, x) for key, x in value.keywords.items()}
            return functools.partial(function, *[self.convert(x) for x in value.args], **words)
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, list | tuple | dict | set | frozenset | deque | MappingProxyType):
            return self._container(value)
        if hasattr(value, "__array__"):
            return self._array(value)
        if isinstance(value, _Cached) or type(value).__module__.split(".")[0] == "numba":
            wrapped = getattr(value, "__wrapped__", None) or getattr(value, "py_func", None)
            if isinstance(wrapped, FunctionType):
                made = self.convert(wrapped)
                return self.found.cached(made) if isinstance(value, _Cached) else made
        if callable(value) and not is_users_class(type(value)):
            return self._named(value)
        return self._instance(value)

    def _array(self, value: Any) -> Any:
        """An array, or a number of NumPy's."""
        self.numpy = True
        if type(value) in (np.ndarray, Array):
            return array(value) if is_exact(value.dtype) or value.dtype.kind in "iub" else Refused(f"an array of {value.dtype}")
        if isinstance(value, np.generic):
            is_exact(value.dtype)  # which refuses floats that are rounded in another way
            return value
        return Refused(f"an object of the class {type(value).__qualname__}")

    def module(self, module: Any) -> Any:
        """A module's look-alike, or a view of a user's module."""
        if not isinstance(module, ModuleType):
            return module
        name = module.__name__
        self.numpy = self.numpy or name.split(".")[0] in _WITH_ARRAYS
        if name == "math":
            return Lookalike(module, MATH)
        if name in _LIKE_NUMPY or name in ("numpy.linalg", "jax.numpy.linalg"):
            return Lookalike(module, LINALG if name.endswith("linalg") else NUMPY)
        if name == "scipy":
            return ModuleView(module, self.convert)
        if name in ("scipy.special", "jax.scipy.special"):
            return Lookalike(module, SPECIAL)
        if name == "scipy.linalg":
            return Lookalike(module, OF_SCIPY)
        if name == "scipy.stats":
            return Lookalike(module, STATS)
        if name.split(".")[0] == "micrograd":
            return Lookalike(module, MICROGRAD)
        if name.split(".")[0] in NUMERIC:
            return Lookalike(module, {})
        file = getattr(module, "__file__", None)
        if name.split(".")[0] in TOOLS:
            return Refused(name)
        if file is None or is_standard(name):
            return standard_module(module)
        return ModuleView(module, self.convert)

    def _import(self, name: str, *arguments: Any, **options: Any) -> Any:
        return self.module(builtins.__import__(name, *arguments, **options))

    def _container(self, value: Any) -> Any:
        kind = type(value)
        if kind is MappingProxyType:
            return MappingProxyType(self.convert(*gc.get_referents(value)))
        if isinstance(value, tuple) and hasattr(kind, "_make"):
            rebuilt = self.convert(kind)
            return rebuilt if isinstance(rebuilt, Refused) else tuple.__new__(rebuilt, [self.convert(x) for x in value])
        if not is_foreign(kind) and (is_users_class(kind) or not is_inert(kind)):
            return Refused(f"an object of the class {kind.__qualname__}")
        if isinstance(value, tuple | set | frozenset):
            return kind(self.convert(x) for x in value)
        made: Any = self._remember(value, copy.copy(value))
        made.clear()
        if isinstance(value, dict):
            made.update({self.convert(key): self.convert(x) for key, x in value.items()})
        else:
            made.extend(self.convert(x) for x in value)
        if isinstance(value, defaultdict):
            made.default_factory = self.convert(value.default_factory)
        return made

    # --- functions -----------------------------------------------------------------------------------------------------

    def _function(self, function: FunctionType) -> Any:
        if not is_users(function.__code__):
            return self._named(function)
        if self.is_rebuilt(function.__code__):
            return function
        check(function.__code__, function.__qualname__)
        code = self._code(function.__code__, function.__qualname__)
        names = self._globals.setdefault(
            id(function.__globals__), {"__builtins__": self._builtins, "__name__": function.__globals__.get("__name__")}
        )
        self._alive.append(function.__globals__)
        cells = tuple(CellType() for _ in function.__closure__ or ())
        made = FunctionType(code, names, function.__name__, None, cells)
        self._remember(function, made)
        made.__qualname__, made.__module__, made.__doc__ = function.__qualname__, function.__module__, function.__doc__
        vars(made).update({key: self._attribute(key, x) for key, x in vars(function).items() if not key.startswith("__")})
        self._give_defaults(made, function)
        for cell, original, name in zip(cells, function.__closure__ or (), code.co_freevars, strict=True):
            try:
                content = original.cell_contents
            except ValueError:
                continue
            cell.cell_contents = self._held(name, content)
            if name == "__class__":
                self._originals.add(cell.cell_contents, content)
        for name in global_names(function.__code__):
            if name in function.__globals__ and name not in names:
                names[name] = None  # so that helpers that call each other end
                names[name] = self._held(name, function.__globals__[name])
        return made

    def _give_defaults(self, made: FunctionType, function: FunctionType) -> None:
        made.__kwdefaults__ = {key: self._held(key, x) for key, x in (function.__kwdefaults__ or {}).items()}
        positional = function.__code__.co_varnames[: function.__code__.co_argcount]
        defaults = function.__defaults__ or ()
        made.__defaults__ = tuple(map(self._held, positional[len(positional) - len(defaults) :], defaults)) or None

    def _generated(self, function: FunctionType) -> FunctionType:
        """A method that ``dataclasses`` wrote, over defaults and factories that are rebuilt."""
        names = function.__code__.co_freevars
        cells = [
            CellType(self._held(name, cell.cell_contents)) if name == "cls" or "_dflt_" in name else cell
            for name, cell in zip(names, function.__closure__ or (), strict=True)
        ]
        made = FunctionType(function.__code__, function.__globals__, function.__name__, None, tuple(cells))
        self._give_defaults(made, function)
        return made

    def _attribute(self, name: str, value: Any) -> Any:
        """An attribute of a function, which may be there for others than the function."""
        if not (is_plain(value) or isinstance(value, FunctionType | list | dict | np.ndarray)):
            return Refused(f"the attribute {name} of a function")
        try:
            return self._held(name, value)
        except UnsupportedPrimitive:
            return Refused(f"the attribute {name} of a function")

    def _held(self, name: str, value: Any) -> Any:
        """The value that a name holds, as a traced function is to see it."""
        with self.constants.named(name):
            return self.convert(value)

    def _code(self, code: CodeType, name: str) -> CodeType:
        """The code with exact constants: from its source, or as it is."""
        self.constants.include(code.co_filename)
        made = instrumented(code) or blind.with_constants(code, name)
        for each in codes(made):
            self._codes[id(each)] = each
            self._builtins.update({name: literal(name) for name in each.co_names if name[:1].isdigit() or name[:1] == "."})
        return made

    def _method(self, method: MethodType) -> Any:
        return MethodType(self.convert(method.__func__), self.convert(method.__self__))

    def _named(self, function: Any) -> Any:
        """The look-alike of a function of a module that is not the user's, found by its name."""
        name = getattr(function, "__name__", None) or str(getattr(function, "name", ""))  # SciPy's distributions have names of their own
        home = getattr(function, "__module__", None) or type(function).__module__
        if isinstance(function, FunctionType):
            home = function.__globals__.get("__name__", home)  # a decorator of the standard library gives its functions other names
            name = function.__code__.co_name if home == "functools" else name
        owner = getattr(function, "__self__", None)
        if owner is not None and not isinstance(owner, ModuleType | type):
            return Refused(f"{name} of an object ({type(owner).__name__}) that the function did not make")
        top = home.split(".")[0]
        if top not in NUMERIC:
            return standard_object(function, home, name)
        for place in _PLACES if top in ("numpy", "scipy") else (home, top):
            module = sys.modules.get(place)
            if module is not None and getattr(module, name, None) is function:
                return getattr(self.module(module), name)
        return Refused(f"{home}.{name}")

    # --- classes and instances -----------------------------------------------------------------------------------------

    def _class(self, cls: type) -> Any:
        if cls.__module__ == "numpy":
            return getattr(self.module(sys.modules["numpy"]), cls.__name__)
        if is_standard(cls.__module__):
            return standard_object(cls, cls.__module__, cls.__name__)
        if issubclass(cls, enum.Enum):
            return cls if all(is_plain(x.value) for x in cls) and not is_users_class(cls) else Refused(f"the class {cls.__qualname__}")
        if is_users_class(type(cls)) or decides_itself(cls):
            return Refused(f"the class {cls.__qualname__}, which decides itself how it is made,")
        file = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""
        if isinstance(file, str) and file.endswith(".py"):
            self.constants.include(file)
        if not is_users_class(cls) and is_inert(cls):
            return cls
        namespace = {"__slots__": (), "__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
        try:
            made: Any = self._originals.kind(type(cls))(cls.__name__, (cls,), namespace)
        except TypeError:
            return Refused(f"the class {cls.__qualname__}")
        del made.__slots__  # so that those of the original are found
        self._remember(cls, made)
        self._originals.add(made, cls)
        for name, member in members_of(cls).items():
            with self.constants.named(name):
                setattr(made, name, self._member(member, name))
        return made

    def _member(self, member: Any, name: str) -> Any:
        try:
            return self._rebuilt_member(member)
        except UnsupportedPrimitive as reason:
            text, kind = str(reason), type(reason)
            if name.startswith("__"):  # Python looks for something else if a special method cannot be had
                return lambda *arguments: refuse(text, kind)
            return property(lambda instance: refuse(text, kind))

    def _rebuilt_member(self, member: Any) -> Any:
        kind = type(member)
        if isinstance(member, _DESCRIPTORS) and kind not in _DESCRIPTORS:
            raise UnsupportedPrimitive(f"{kind.__qualname__}, a class of descriptors of its own, is not among those that can be traced")
        if is_generated(member):
            return self._generated(member)
        if isinstance(member, property):
            return property(*[None if x is None else self.convert(x) for x in (member.fget, member.fset, member.fdel)])
        if isinstance(member, staticmethod | classmethod):
            return kind(self.convert(member.__func__))
        if isinstance(member, functools.cached_property):
            return self.found.cached_property(self.convert(member.func), member.attrname or "")
        if type(member).__module__ == "functools" and not isinstance(member, _Cached | functools.partial):
            raise UnsupportedPrimitive(f"functools.{type(member).__name__} is not among the functions that can be traced")
        return self.convert(member)

    def _instance(self, value: Any) -> Any:
        cls = type(value)
        if isinstance(value, enum.Enum) and not is_users_class(cls):
            return value if is_plain(value.value) else Refused(f"{cls.__qualname__}.{value.name}")
        if isinstance(value, _INERT) or cls.__module__.startswith("numpy"):
            return value
        if cls is SimpleNamespace:
            made = self._remember(value, SimpleNamespace())
            vars(made).update({name: self._held(name, x) for name, x in vars(value).items()})
            return made
        if is_foreign(cls):
            return Refused(f"an object of the class {cls.__module__}.{cls.__qualname__}")
        if isinstance(value, _BUILT_IN):
            return Refused(f"an object of the class {cls.__qualname__}")
        rebuilt = self.convert(cls)
        if isinstance(rebuilt, Refused):
            return rebuilt
        try:
            made = object.__new__(rebuilt)
        except TypeError:
            return Refused(f"an object of the class {cls.__qualname__}")
        self._remember(value, made)
        for name, x in list(getattr(value, "__dict__", {}).items()):
            made.__dict__[name] = self._held(name, x)
        for base, name, x in held_in_slots(value):
            vars(base)[name].__set__(made, self._held(name, x))
        return made

    def _super(self, cls: Any = None, instance: Any = None) -> Any:
        """``super()``, whose methods are rebuilt as all others are."""
        if cls is None:
            frame = sys._getframe(1)
            cls, instance = frame.f_locals["__class__"], frame.f_locals[frame.f_code.co_varnames[0]]
        return Super(self._inherited, self._originals.of(cls), instance)

    def _inherited(self, cls: type, instance: Any, name: str) -> Any:
        """An attribute of what comes after a class in the order of an instance's bases."""
        owner = instance if isinstance(instance, type) else type(instance)
        order = owner.__mro__
        for base in order[order.index(cls) + 1 :]:
            if name in vars(base):
                member = vars(base)[name]
                if is_foreign(base):
                    break
                member = self._rebuilt_member(member)
                bound = getattr(type(member), "__get__", None)
                return member if bound is None else bound(member, None if owner is instance else instance, owner)
        return getattr(super(cls, instance), name)


_DESCRIPTORS = (property, staticmethod, classmethod, functools.cached_property)
_Cached = type(functools.lru_cache(lambda: None))
_INERT: tuple[type, ...] = (
    complex,
    range,
    slice,
    EllipsisType,
    NotImplementedType,
    re.Pattern,
    PurePath,
    datetime.date,
    datetime.timedelta,
)
_INERT += (logging.Logger, nullcontext, Node, Lookalike, ModuleView, Refused, type(dataclasses.MISSING))
_INERT += (vars(dataclasses)["_HAS_DEFAULT_FACTORY_CLASS"],)
"""Objects that hold no functions and no numbers that a trace would have to read."""
