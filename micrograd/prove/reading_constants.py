"""What ``constants=`` does, and what happens to a claim with a constant that nobody can read.

A function decorated with `reads_constants` runs with constants read in the way that it is asked for, and its verdicts say which of them
were read as another number than they are written.  A constant that is not certain makes the verdict `Unknown`, with that reason.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

from micrograd.prove.verdicts import Proved, Refuted, Statement, Unknown, Verdict
from micrograd.trace.readings import Reading, UncertainConstant, reading

F = TypeVar("F", bound=Callable[..., Any])


def reads_constants(keys: Callable[[list[str]], Iterable[Any]] | None = None) -> Callable[[F], F]:
    """Let a function that decides claims have the option ``constants``.

    Args:
        keys: the keys of its verdicts, from the names of the variables; None if it gives one verdict.
    """

    def decorate(function: F) -> F:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def decide(*arguments: Any, **options: Any) -> Any:
            given = signature.bind(*arguments, **options).arguments
            with reading(given.get("constants", "written")) as how:
                try:
                    found = function(*arguments, **options)
                except UncertainConstant as reason:
                    return _unknown(list(given.values()), given, str(reason), keys)
            return _noted(found, how)

        return cast(F, decide)

    return decorate


def _text(value: Any) -> str:
    return getattr(value, "__qualname__", None) or str(value)


def _unknown(values: list[Any], given: dict[str, Any], reason: str, keys: Callable[[list[str]], Iterable[Any]] | None) -> Any:
    from micrograd.prove.api import Verdicts

    f, claim = values[0], next(given[key] for key in ("claim", "b") if key in given)
    names, domain = _names(f, given.get("wrt")), _text(given.get("domain") or "True")
    if keys is None:
        wrt = names[0] if "claim" in given and names else None
        return Unknown(Statement(_text(f), wrt, _text(claim), domain), reason=reason)
    found = {}
    for key in keys(names or ["?"]):
        wrt = ", d".join(map(str, key)) if isinstance(key, tuple) else str(key)
        found[key] = Unknown(Statement(_text(f), wrt, _text(claim), domain), reason=reason)
    return Verdicts(found)


def _names(f: Any, wrt: Any) -> list[str]:
    if wrt is not None:
        return [str(x) for x in wrt] if isinstance(wrt, Sequence) and not isinstance(wrt, str) else [str(wrt)]
    try:
        return [p.name for p in inspect.signature(f).parameters.values() if p.default is p.empty]
    except (TypeError, ValueError):
        return []


def _noted(found: Any, how: Reading) -> Any:
    """The verdicts, with the readings that were inferred."""
    if not how.notes:
        return found
    if not isinstance(found, Verdict):
        return type(found)({key: _noted(verdict, how) for key, verdict in found.items()})
    notes = tuple(how.notes)
    if isinstance(found, Proved):
        return replace(found, notes=(*found.notes, *notes))
    if isinstance(found, Refuted):
        return replace(found, reason="; ".join((found.reason, *notes)))
    return replace(found, reason="; ".join((found.reason, *notes))) if isinstance(found, Unknown) else found
