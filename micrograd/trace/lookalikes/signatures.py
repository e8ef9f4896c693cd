"""Calls of look-alikes are read by the signatures of the functions that they stand for.

`reads` binds the arguments of a call as the real function would, by position or by name, and passes on those that the look-alike has
parameters for.  Any other argument is refused by name, unless it is what the real function takes by default: an option is never ignored.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd.trace.runs import refuse

Function = Callable[..., Any]


def _written(text: str) -> inspect.Signature:
    """The signature that is written as ``"a, axis=None, *, where=True"``."""
    scope: dict[str, Any] = {}
    exec(f"def function({text}): pass", scope)
    return inspect.signature(scope["function"])


def reads(name: str, signature: inspect.Signature | str | None = None) -> Callable[[Function], Function]:
    """Let a look-alike be called as the function of this name is.

    Args:
        name: the name in messages, such as ``numpy.mean``.
        signature: of the real function, as text if Python cannot tell it.
    """
    real = _written(signature) if isinstance(signature, str) else signature

    def decorate(function: Function) -> Function:
        own = inspect.signature(function)
        handled = set(own.parameters)
        whole = real if real is not None else own
        rest = next((p.name for p in whole.parameters.values() if p.kind is p.VAR_POSITIONAL), None)

        def apply(*arguments: Any, **options: Any) -> Any:
            try:
                bound = whole.bind(*arguments, **options).arguments
            except TypeError as reason:
                raise TypeError(f"{name}(): {reason}") from None
            listed = bound.pop(rest, ()) if rest is not None else ()
            extra = next((p.name for p in whole.parameters.values() if p.kind is p.VAR_KEYWORD), "")
            given = {**{key: x for key, x in bound.items() if key != extra}, **bound.get(extra, {})}
            for key in [key for key in given if key not in handled]:
                parameter = whole.parameters.get(key)
                if parameter is None or not _is_default(given.pop(key), parameter.default):
                    refuse(f"{name}(…, {key}=…) is not among the options that can be traced")
            return function(*listed, **given) if rest is not None else _called(function, own, given)

        apply.__name__ = apply.__qualname__ = name.split(".")[-1]
        return apply

    return decorate


def _called(function: Function, own: inspect.Signature, given: dict[str, Any]) -> Any:
    """A call by name, and by position where the look-alike's parameters have no names."""
    first = [p.name for p in own.parameters.values() if p.kind is p.POSITIONAL_ONLY and p.name in given]
    return function(*[given.pop(name) for name in first], **given)


def _is_default(value: Any, default: Any) -> bool:
    if value is default or type(value).__name__ == "_NoValueType":
        return True
    return type(value) is type(default) and isinstance(value, bool | int | str) and value == default


# fmt: off
_WRITTEN = {
    "array": "object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, ndmax=0, like=None",
    "asarray": "a, dtype=None, order=None, *, device=None, copy=None, like=None",
    "asanyarray": "a, dtype=None, order=None, *, device=None, copy=None, like=None",
    "ascontiguousarray": "a, dtype=None, *, like=None",
    "arange": "start=None, stop=None, step=1, dtype=None, *, device=None, like=None",
    "where": "condition, x=None, y=None, /",
    "zeros": "shape, dtype=None, order='C', *, device=None, like=None",
    "empty": "shape, dtype=None, order='C', *, device=None, like=None",
    "empty_like": "a, dtype=None, order='K', subok=True, shape=None, *, device=None",
}
# fmt: on


def like(name: str, table: dict[str, Any], module: Any = np) -> Callable[[Function], Function]:
    """Enter a look-alike, called by the signature of NumPy's function of this name."""

    def enter(function: Function) -> Function:
        if not hasattr(module, name):
            return function
        signature = _WRITTEN.get(name) or inspect.signature(getattr(module, name))
        table[name] = reads(f"{module.__name__}.{name}", signature)(function)
        return function

    return enter
