"""Claims: a function, what is said of it, and how both are meant.  ``prove_*``, ``assert_*`` and the workers all make one of these.

A claim is read (`micrograd.prove.handwritten`) as one question for each derivative that is claimed, or for an equality; each question has
a verdict of its own.  Constants are read in the way that is asked for, and the verdicts say which of them were read as a number other than
the one that is written; a constant whose meaning is uncertain makes the verdict `Unknown`.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, TypeAlias

from micrograd.prove.decide import DEFAULT_TIMEOUT, EmptyDomain, decide
from micrograd.prove.equal import decide_equality
from micrograd.prove.handwritten import Handwritten, Shapes, Wrt
from micrograd.prove.limits import within
from micrograd.prove.second import decide_second
from micrograd.prove.verdicts import AnyVerdict, Proved, Statement, Unknown, Verdicts
from micrograd.prove.written import DomainLike, seconds, shown
from micrograd.trace.readings import Reading, UncertainConstant, reading
from micrograd.trace.runs import abridged
from micrograd.verified.expr import ONE, TRUE, ZERO, Condition, Expr, choose, var

Question: TypeAlias = Callable[..., AnyVerdict]
"""``question(timeout=seconds)``: the verdict."""


@dataclass(frozen=True)
class Meaning:
    """How a function and what is claimed of it are meant.

    Attributes:
        shapes: the shapes of parameters that are arrays.
        integers: variables that are integers.
        constraints: further conditions, each as a domain is written.
        assume: one more, that is taken for granted.
        constants: "exact" or "nearest".
    """

    shapes: Shapes | None = None
    integers: str | Expr | Sequence[str | Expr] | None = None
    constraints: Sequence[DomainLike] = ()
    assume: DomainLike = None
    constants: str = "exact"

    def further(self) -> list[tuple[str, DomainLike]]:
        """The conditions beside the domain, with the names of the arguments.

        Raises:
            TypeError: the constraints are no list.
        """
        if not isinstance(self.constraints, list | tuple):
            raise TypeError(f"constraints: a list of conditions is needed, not {shown(self.constraints)}")
        return [*((f"constraints[{i}]", given) for i, given in enumerate(self.constraints)), ("assume", self.assume)]


@dataclass(frozen=True)
class Claim:
    """What is said of a function.

    Attributes:
        kind: "derivative", "gradient", "Jacobian", "Hessian", "vector-Jacobian product", "second derivative" or "equality".
        function: an expression, its text, or a Python function; for a Jacobian also a list.
        claimed: what is said to be its derivatives, or equal to it.
        domain: for which points; None for the open set on which the function is smooth, and for an equality for all.
        wrt: the variables, in the order of the derivatives.
        first: the variable of the first derivative, for a second derivative.
        how: how all of it is meant.
        words: what messages call the function and what is claimed.
    """

    kind: str
    function: Any
    claimed: Any
    domain: DomainLike = None
    wrt: Wrt = None
    first: Any = None
    how: Meaning = Meaning()
    words: tuple[str, str] = ("f", "claim")

    def questions(self) -> dict[Any, Question]:
        """The questions that it asks, by variable, by pair of variables, or by component and variable.

        Raises:
            TypeError, ValueError, MicrogradError: the claim cannot be read.
        """
        return self._read()[0]

    def _read(self) -> tuple[dict[Any, Question], Handwritten]:
        read = Handwritten(
            self.function,
            wrt=self.wrt,
            domain=TRUE if self.domain is None and self.kind == "equality" else self.domain,
            shapes=self.how.shapes,
            integers=self.how.integers,
            further=self.how.further(),
            together=self.kind == "gradient" and self.claimed is None,
            what=self.words[0],
        )
        return _KINDS[self.kind][0](self, read), read

    def verdicts(self, timeout: float = DEFAULT_TIMEOUT) -> Verdicts:
        """The verdict on each derivative, each in at most this many seconds."""
        found, labels = self._decided(timeout)
        return Verdicts(found, labels)

    def verdict(self, timeout: float = DEFAULT_TIMEOUT) -> AnyVerdict:
        """The verdict on a claim that asks one question."""
        (found,) = self._decided(timeout)[0].values()
        return found

    def _decided(self, timeout: float) -> tuple[dict[Any, AnyVerdict], dict[Any, str]]:
        """The verdicts, and how the user writes what each is about."""
        with reading(self.how.constants) as how:
            try:
                limit = seconds(timeout)
                questions, read = self._read()
                start = time.monotonic()
                doubt = _in_doubt(read, limit / 2)
                limit -= time.monotonic() - start
                if doubt:
                    return self._unread(questions, doubt), {}
                found = {key: ask(timeout=limit) for key, ask in questions.items()}
            except UncertainConstant as reason:
                return self._unread(_KINDS[self.kind][1](_names(self.function, self.wrt)), str(reason)), {}
        return {key: _noted(verdict, how) for key, verdict in found.items()}, {key: read.label(key) for key in found}

    def _unread(self, keys: Iterable[Any], reason: str) -> dict[Any, AnyVerdict]:
        """The verdicts on a claim that is not certainly what was read."""
        found: dict[Any, AnyVerdict] = {}
        for key in keys:
            wrt = ", d".join(map(str, key)) if isinstance(key, tuple) else key
            domain = "True" if self.domain is None else _text(self.domain)
            found[key] = Unknown(Statement(_text(self.function), wrt, _text(self.claimed), domain), reason=reason)
        return found


# --- the kinds of claims ---------------------------------------------------------------------------------------------


def _derivative(claim: Claim, read: Handwritten) -> dict[Any, Question]:
    x, what = read.variable(), claim.words[1]
    return {x: partial(decide, read.function, var(x), read.derivative(claim.claimed, what), read.region(read.function), known=read.known)}


def _gradient(claim: Claim, read: Handwritten) -> dict[Any, Question]:
    function, entries = read.function, read.gradient(read.second if claim.claimed is None else claim.claimed)
    return {x: partial(decide, function, var(x), entry, read.region(function), known=read.known) for x, entry in entries.items()}


def _jacobian(claim: Claim, read: Handwritten) -> dict[Any, Question]:
    return {
        (i, x): partial(decide, component, var(x), entry, read.region(component), known=read.known)
        for i, (component, row) in enumerate(zip(read.components, read.jacobian(claim.claimed), strict=True))
        for x, entry in zip(read.names, row, strict=True)
    }


def _hessian(claim: Claim, read: Handwritten) -> dict[Any, Question]:
    function, table = read.function, read.hessian(claim.claimed)
    return {
        (x, y): partial(decide_second, function, var(x), var(y), entry, read.region(function), known=read.known)
        for x, row in zip(read.names, table, strict=True)
        for y, entry in zip(read.names, row, strict=True)
    }


def _vjp(claim: Claim, read: Handwritten) -> dict[Any, Question]:
    function, entries = read.vjp(claim.claimed, claim.words[1])
    return {x: partial(decide, function, var(x), entry, read.region(function), known=read.known) for x, entry in entries.items()}


def _second(claim: Claim, read: Handwritten) -> dict[Any, Question]:
    """One entry of a Hessian."""
    (x,), y = read.named(claim.first, "wrt"), read.variable()
    entry = read.derivative(claim.claimed, claim.words[1])
    return {(x, y): partial(decide_second, read.function, var(x), var(y), entry, read.region(read.function), known=read.known)}


def _equality(claim: Claim, read: Handwritten) -> dict[Any, Question]:
    stated = TRUE if read.domain is None else read.domain
    first = read.value(read.components[0] if len(read.components) == 1 else claim.function, claim.words[0])
    return {None: partial(decide_equality, first, read.value(claim.claimed, claim.words[1]), stated)}


_KINDS: dict[str, tuple[Callable[[Claim, Handwritten], dict[Any, Question]], Callable[[list[str]], Iterable[Any]]]] = {
    "derivative": (_derivative, lambda names: names[:1] or [None]),
    "gradient": (_gradient, lambda names: names or ["?"]),
    "Jacobian": (_jacobian, lambda names: ((0, x) for x in names or ["?"])),
    "Hessian": (_hessian, lambda names: product(names or ["?"], repeat=2)),
    "vector-Jacobian product": (_vjp, lambda names: names or ["?"]),
    "second derivative": (_second, lambda names: product(names[:1] or ["?"], repeat=2)),
    "equality": (_equality, lambda names: [None]),
}
"""By kind: the questions; and, for a claim that could not be read, the keys of its verdicts, from the names of its variables."""


# --- constants -------------------------------------------------------------------------------------------------------


def _in_doubt(read: Handwritten, limit: float) -> str:
    """Why Python functions may be something else than what was read where the claim is made; nothing if they are not."""
    doubts = [(assumed, region) for assumed, region in dict.fromkeys(read.doubts()) if assumed is not TRUE]
    if not doubts:
        return ""
    with within(limit):
        return next(filter(None, (_doubt(assumed, region, limit) for assumed, region in doubts)), "")


def _doubt(assumed: Condition, region: Condition, limit: float) -> str:
    """Why the condition may not hold all over the region; nothing if it does, or if there is no such point."""
    try:
        found = decide_equality(ZERO, choose(assumed, ZERO, ONE), region, timeout=limit)
    except EmptyDomain:
        return ""
    if isinstance(found, Proved):
        return ""
    if isinstance(found, Unknown) and found.timed_out:
        return found.reason
    return (
        "Python may compute a number from NaN, an infinity or a complex number where the formula has no value, or another one where SciPy "
        f"truncates an order; state a domain on which {abridged(assumed)}"
    )


def _text(value: Any) -> str:
    return getattr(value, "__qualname__", None) or str(value)


def _names(f: Any, wrt: Any) -> list[str]:
    """Names of the variables of a claim that was not read."""
    if wrt is not None:
        return [str(x) for x in wrt] if isinstance(wrt, Sequence) and not isinstance(wrt, str) else [str(wrt)]
    try:
        return [p.name for p in inspect.signature(f).parameters.values() if p.default is p.empty]
    except (TypeError, ValueError):
        return []


def _noted(found: AnyVerdict, how: Reading) -> AnyVerdict:
    """The verdict, with the readings that were inferred."""
    notes = tuple(how.notes)
    if not notes:
        return found
    if isinstance(found, Proved):
        return replace(found, notes=(*found.notes, *notes))
    return replace(found, reason="; ".join((found.reason, *notes)))
