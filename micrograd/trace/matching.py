"""A claim that is a Python function: its parameters get what a call with the function's own arguments would give them.

Positional parameters are matched by position, keyword-only ones by name, as Python does.  Names that say otherwise, as in
``f(x, y)`` with ``df(y, x)``, are an error: one of the two is not meant.  Where the function is no Python function, its variables have
names only, and the claim's parameters are these.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

from micrograd.trace.arguments import signature_of
from micrograd.trace.tracing import Parameters, Traced, trace
from micrograd.verified.expr import Condition

Kind = inspect.Parameter


def _signature(function: Callable[..., Any], what: str) -> inspect.Signature:
    try:
        return signature_of(function)
    except (ValueError, TypeError):
        raise TypeError(f"{what}: {function!r} is not written in Python, so there is nothing to read") from None


def trace_called(
    claim: Callable[..., Any], function: Callable[..., Any], traced: Parameters, domain: Condition, what: str, *, truths: bool = False
) -> Traced:
    """The claim, called as the function was when it was traced; with further parameters, if there are more than it has.

    ``truths``: whether it returns conditions, as for `micrograd.trace.tracing.trace`.

    Raises:
        ValueError: such a call does not fit the claim, or its names say something else than its positions.
    """
    own = _signature(function, what).parameters
    words = {name for name in traced.shapes if name in own and own[name].kind is Kind.KEYWORD_ONLY}
    signature = _signature(claim, what)
    try:
        bound = signature.bind(
            *[name for name in traced.shapes if name not in words], **{name: name for name in traced.shapes if name in words}
        ).arguments
    except TypeError as reason:
        raise ValueError(f"{what}: it takes {signature}, and the function is called with {_listed(traced.shapes)}: {reason}") from None
    kinds = {name: signature.parameters[name].kind for name in bound}
    if Kind.VAR_KEYWORD in kinds.values():
        raise ValueError(f"{what}: parameters that are taken as **{next(n for n, k in kinds.items() if k is Kind.VAR_KEYWORD)} need names")
    _check_names(signature, {p: q for p, q in bound.items() if kinds[p] is not Kind.VAR_POSITIONAL}, traced.shapes, what)
    return _trace_bound(claim, bound, kinds, traced, domain, what, truths)


def _check_names(signature: inspect.Signature, given: Mapping[str, str], parameters: Collection[str], what: str) -> None:
    for mine, other in given.items():
        if mine != other and (mine in parameters or other in signature.parameters):
            raise ValueError(
                f"{what}: names and positions disagree: the function takes ({', '.join(parameters)}), the claim {signature}, so that a "
                f"call gives {other} to {mine}; write the parameters in the same order"
            )


def _trace_bound(
    claim: Any, bound: Mapping[str, Any], kinds: Mapping[str, Any], traced: Parameters, domain: Condition, what: str, truths: bool
) -> Traced:
    shapes: dict[str, Sequence[int]] = {}
    names: list[str] = []
    for mine, others in bound.items():
        rest = kinds[mine] is Kind.VAR_POSITIONAL
        if rest and any(traced.shapes[other] for other in others):
            raise ValueError(f"{what}: an array cannot be among what *{mine} takes")
        if not rest:
            shapes[mine] = traced.shapes[others]
        names += [name for other in (others if rest else [others]) for name in traced.variables(other)]
    return trace(claim, names, shapes=shapes, domain=domain, truths=truths) if names else trace(claim, domain=domain, truths=truths)


def trace_named(
    claim: Callable[..., Any],
    order: Sequence[str],
    known: Collection[str],
    shapes: Any,
    domain: Condition,
    what: str,
    *,
    truths: bool = False,
) -> Traced:
    """The claim, whose parameters are the variables of these names; ``known`` are all that there are, ``order`` is that of the results.

    ``truths``: whether it returns conditions, as for `micrograd.trace.tracing.trace`.

    Raises:
        ValueError: a parameter that is none of them; parameters in another order.
    """
    parameters = _signature(claim, what).parameters.values()
    if any(p.kind is Kind.VAR_POSITIONAL for p in parameters) and not any(p.default is p.empty for p in parameters if p.kind < 2):
        return trace(claim, order, shapes=shapes, domain=domain, truths=truths)
    traced = trace(claim, shapes=shapes, domain=domain, truths=truths)
    unknown = [name for name in traced.names if name not in known]
    if unknown:
        raise ValueError(f"{what}: its parameter {_listed(unknown)} is no variable of the function, which has {_listed(known)}")
    places = [order.index(name) for name in traced.names if name in order]
    if any(a > b for a, b in pairwise(places)) and not isinstance(traced.result, Mapping):
        raise ValueError(
            f"{what}: names and positions disagree: the claim takes ({', '.join(traced.names)}), and the derivatives are in the order "
            f"{_listed(order)}; write the parameters in this order, or say another by wrt="
        )
    return traced


def _listed(names: Collection[str]) -> str:
    return ", ".join(names) or "none"
