"""`prove_derivative`, `prove_gradient`, `prove_hessian`, `prove_equal`: the verdict on what somebody wrote by hand.

Functions and claims are expressions, texts in the expression language, or Python functions, which are traced
(`micrograd.verified.prove.tracing`).  A domain is a condition or its text; left out, it is the open set on which the function is smooth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, TypeAlias

from micrograd.verified.expr import TRUE, Condition, Expr, as_expr, var
from micrograd.verified.parsing import parse, parse_condition
from micrograd.verified.prove.decide import DEFAULT_TIMEOUT, decide, names_in, prove_equal_on
from micrograd.verified.prove.reading_constants import reads_constants
from micrograd.verified.prove.readings import READING
from micrograd.verified.prove.second import decide_second
from micrograd.verified.prove.verdicts import AnyVerdict, Undecided

FunctionLike: TypeAlias = Expr | str | int | Callable[..., Any]
DomainLike: TypeAlias = Condition | str | bool | None
ClaimLike: TypeAlias = FunctionLike | Sequence[Any] | Mapping[Any, Any]


class Verdicts(Mapping[Any, AnyVerdict]):
    """Verdicts by variable, or by pairs of variables for a Hessian.

    ``bool()`` is True if all are proved, False if one is refuted, and raises `Undecided` otherwise.
    """

    def __init__(self, entries: Mapping[Any, AnyVerdict]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, key: Any) -> AnyVerdict:
        found: AnyVerdict = self._entries[key]
        return found

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def verdict(self) -> str:
        """The worst of the words: "refuted", "unknown" or "proved"."""
        words = {v.verdict for v in self._entries.values()}
        return next((word for word in ("refuted", "unknown") if word in words), "proved")

    def __bool__(self) -> bool:
        if self.verdict == "unknown":
            raise Undecided("neither proved nor refuted: ask for verdicts.verdict instead of their truth")
        return self.verdict == "proved"

    def __str__(self) -> str:
        return "\n".join(str(v) for v in self._entries.values())

    def __repr__(self) -> str:
        return f"<{self.verdict}: {', '.join(f'{k}: {v.verdict}' for k, v in self._entries.items())}>"

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"verdict": self.verdict, "entries": {str(k): v.to_dict() for k, v in self._entries.items()}}


@reads_constants()
def prove_derivative(
    f: FunctionLike,
    wrt: str | Expr | None,
    claim: FunctionLike,
    domain: DomainLike = None,
    *,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
) -> AnyVerdict:
    """Whether ``claim`` is the derivative of ``f`` with respect to ``wrt`` at every point of the domain.

    >>> print(prove_derivative("x*log(x)", "x", "log(x) + 1", "x > 0").verdict)
    proved
    >>> prove_derivative("log10(x)", "x", "1/(x*2.302585092994046)", "x > 0").verdict
    'refuted'

    Args:
        f: an expression, its text, or a Python function.
        wrt: the variable; None if there is only one.
        claim: what is said to be the derivative.
        domain: a condition or its text; None for the open set on which f is smooth.
        timeout: seconds after which the verdict is `Unknown`.
        constants: ``"written"``, or ``"nearest"`` to read 0.7071067811865476 as √2/2; the verdict says so.

    Returns:
        `Proved`, `Refuted` with an exact rational point, or `Unknown`.  Points of the domain where f is not differentiable are listed in
        the notes of a proof; where f is differentiable and the claim undefined, the claim is wrong.

    Raises:
        EmptyDomain: no point of the domain is known.  ForeignVariable: the claim mentions a variable that f and the domain do not.
        ParseError, UnsupportedPrimitive: unusable input.
    """
    function, names = expression_of(f)
    x = _variable(wrt, function, names)
    return decide(function, x, expression_of(claim, names)[0], _condition(domain), timeout=timeout)


@reads_constants(lambda names: names)
def prove_gradient(
    f: FunctionLike,
    claim: ClaimLike,
    domain: DomainLike = None,
    *,
    wrt: Sequence[str | Expr] | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
) -> Verdicts:
    """Whether the claims are the partial derivatives of ``f``.

    >>> prove_gradient("x**2*y", {"x": "2*x*y", "y": "x**2"})
    <proved: x: proved, y: proved>

    Args:
        f: the function.
        claim: partial derivatives by variable, or in the order of ``wrt``; or a Python function that returns them.
        domain: as for `prove_derivative`.
        wrt: the variables, in the order of the claims; by default the parameters of a Python function, else the names in order.
        timeout: seconds for each.
        constants: as for `prove_derivative`.
    """
    function, names = expression_of(f)
    order = [_name(x) for x in wrt] if wrt is not None else names or sorted(names_in(function))
    entries = _entries(claim, order, names)
    condition = _condition(domain)
    return Verdicts({name: decide(function, var(name), entry, condition, timeout=timeout) for name, entry in entries.items()})


@reads_constants(lambda names: product(names, names))
def prove_hessian(
    f: FunctionLike,
    claim: Any,
    domain: DomainLike = None,
    *,
    wrt: Sequence[str | Expr] | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
) -> Verdicts:
    """Whether the rows of claims are the second partial derivatives of ``f``; the keys of the result are pairs of variables.

    >>> prove_hessian("x**2*y", [["2*y", "2*x"], ["2*x", 0]]).verdict
    'proved'
    """
    function, names = expression_of(f)
    order = [_name(x) for x in wrt] if wrt is not None else names or sorted(names_in(function))
    rows = _called(claim, names) if callable(claim) else claim
    condition = _condition(domain)
    table = [list(row) for row in rows]
    if len(table) != len(order) or any(len(row) != len(order) for row in table):
        raise ValueError(f"the Hessian with respect to {', '.join(order)} has {len(order)} rows of {len(order)} entries")
    found: dict[tuple[str, str], AnyVerdict] = {}
    for first, row in zip(order, table, strict=True):
        for second, entry in zip(order, row, strict=True):
            made = expression_of(entry)[0]
            found[first, second] = decide_second(function, var(first), var(second), made, condition, timeout=timeout)
    return Verdicts(found)


@reads_constants()
def prove_equal(
    a: FunctionLike,
    b: FunctionLike,
    domain: DomainLike = None,
    *,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
) -> AnyVerdict:
    """Whether ``b`` is defined and equal to ``a`` at every point of the domain where ``a`` is defined.

    >>> prove_equal("sqrt(x**2)", "abs(x)").verdict, prove_equal("sqrt(x**2)", "x").verdict
    ('proved', 'refuted')
    """
    first, names = expression_of(a)
    condition = _condition(domain)
    return prove_equal_on(first, expression_of(b, names)[0], TRUE if condition is None else condition, timeout=timeout)


# --- from what people write to expressions -----------------------------------------------------------------------------


def expression_of(f: FunctionLike, names: Sequence[str] | None = None) -> tuple[Expr, list[str] | None]:
    """An expression, and the names of the parameters if it was a Python function."""
    if isinstance(f, str):
        return READING.get().of_text(parse(f)), None
    if isinstance(f, Expr) or not callable(f):
        return as_expr(f), None
    from micrograd.verified.prove.tracing import trace

    traced = trace(f, names)
    result = traced.result
    if not isinstance(result, Expr):
        result = as_expr(result)
    return result, list(traced.names)


def _called(f: Callable[..., Any], names: Sequence[str] | None) -> Any:
    from micrograd.verified.prove.tracing import trace

    return trace(f, names).result


def _entries(claim: ClaimLike, order: Sequence[str], names: Sequence[str] | None) -> dict[str, Expr]:
    if not isinstance(claim, Expr | str) and callable(claim):
        claim = _called(claim, names)
    if isinstance(claim, Mapping):
        return {_name(x): expression_of(entry)[0] for x, entry in claim.items()}
    if isinstance(claim, Expr | str | int | float):
        claim = [claim]
    entries: list[Any] = list(claim)  # type: ignore[arg-type]
    if len(entries) != len(order):
        raise ValueError(f"{len(entries)} partial derivatives are claimed for the {len(order)} variables {', '.join(order)}")
    return {name: expression_of(entry)[0] for name, entry in zip(order, entries, strict=True)}


def _name(x: str | Expr) -> str:
    return x if isinstance(x, str) else str(x)


def _variable(wrt: str | Expr | None, f: Expr, names: Sequence[str] | None) -> Expr:
    if wrt is not None:
        return var(_name(wrt))
    known = list(names or sorted(names_in(f)))
    if len(known) != 1:
        raise ValueError(f"say with respect to which of {', '.join(known) or 'no variables'} by wrt=")
    return var(known[0])


def _condition(domain: DomainLike) -> Condition | None:
    if domain is None or isinstance(domain, Condition):
        return domain
    if isinstance(domain, bool):
        return parse_condition(str(domain))
    if isinstance(domain, str):
        return READING.get().of_text(parse_condition(domain))
    raise TypeError(f"a domain is a condition or its text, not {domain!r}")
