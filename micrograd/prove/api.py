"""`prove_derivative`, `prove_gradient`, `prove_hessian`, `prove_jacobian`, `prove_equal`: the verdict on what somebody wrote by hand.

Functions and claims are expressions, texts in the expression language, or Python functions, which are traced
(`micrograd.trace.tracing`).  A domain is a condition or its text; left out, it is the open set on which the function is smooth.
How claims are read is said in `micrograd.prove.handwritten`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, TypeAlias

from micrograd.prove.decide import DEFAULT_TIMEOUT, EmptyDomain, decide, prove_equal_on
from micrograd.prove.handwritten import Handwritten, Shapes
from micrograd.prove.reading_constants import reads_constants
from micrograd.prove.second import decide_second
from micrograd.prove.verdicts import AnyVerdict, Proved, Refuted, Undecided, Unknown
from micrograd.prove.written import DomainLike, seconds
from micrograd.verified.differentiation import defined
from micrograd.verified.expr import TRUE, ZERO, Condition, Expr, all_of, var

FunctionLike: TypeAlias = Expr | str | int | Callable[..., Any]
ClaimLike: TypeAlias = FunctionLike | Sequence[Any] | Mapping[Any, Any]


class Verdicts(Mapping[Any, AnyVerdict]):
    """Verdicts by variable, or by pairs of variables for a Hessian.

    ``bool()`` is True if all are proved, False if one is refuted, and raises `Undecided` otherwise.
    """

    def __init__(self, entries: Mapping[Any, AnyVerdict]) -> None:
        self._entries = dict(entries)
        if not self._entries:
            raise ValueError("there are no verdicts on nothing")

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
    claim: ClaimLike,
    domain: DomainLike = None,
    *,
    shapes: Shapes | None = None,
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
        claim: what is said to be the derivative; a Python function takes the arguments of ``f``, as in a call.
        domain: a condition or its text; None for the open set on which f is smooth.
        shapes: the shapes of parameters that are arrays, as in ``{"x": 3}``.
        timeout: seconds after which the verdict is `Unknown`.
        constants: ``"written"``, or ``"nearest"`` to read 0.7071067811865476 as √2/2; the verdict says so.

    Returns:
        `Proved`, `Refuted` with an exact rational point, or `Unknown`.  Points of the domain where f is not differentiable are listed in
        the notes of a proof; where f is differentiable and the claim undefined, the claim is wrong.

    Raises:
        EmptyDomain: no point of the domain is known.  ForeignVariable: the claim mentions a variable that f and the domain do not.
        ParseError, UnsupportedPrimitive: unusable input.  TypeError, ValueError: the same; they name the argument.
    """
    timeout, read = seconds(timeout), Handwritten(f, wrt=wrt, domain=domain, shapes=shapes)
    x = var(read.variable())
    return decide(read.function, x, read.derivative(claim), read.domain, known=read.known, timeout=timeout)


@reads_constants(lambda names: names)
def prove_gradient(
    f: FunctionLike,
    claim: ClaimLike,
    domain: DomainLike = None,
    *,
    wrt: str | Expr | Sequence[str | Expr] | None = None,
    shapes: Shapes | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
) -> Verdicts:
    """Whether the claims are the partial derivatives of ``f``.

    >>> prove_gradient("x**2*y", {"x": "2*x*y", "y": "x**2"})
    <proved: x: proved, y: proved>

    Args:
        f: the function.
        claim: a partial derivative for each variable: by name, or in the order of ``wrt``; or a Python function that returns them.
        domain: as for `prove_derivative`.
        wrt: the variables, in the order of the claims; by default the parameters of a Python function, else the names in order.
        shapes: as for `prove_derivative`.
        timeout: seconds for each.
        constants: as for `prove_derivative`.
    """
    timeout, read = seconds(timeout), Handwritten(f, wrt=wrt, domain=domain, shapes=shapes)
    function, entries = read.function, read.gradient(claim)
    return Verdicts({x: decide(function, var(x), entry, read.domain, known=read.known, timeout=timeout) for x, entry in entries.items()})


@reads_constants(lambda names: ((0, x) for x in names))
def prove_jacobian(
    f: ClaimLike,
    claim: ClaimLike,
    domain: DomainLike = None,
    *,
    wrt: str | Expr | Sequence[str | Expr] | None = None,
    shapes: Shapes | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
) -> Verdicts:
    """Whether the rows of claims are the partial derivatives of what ``f`` returns; the keys of the result are (component, variable).

    >>> prove_jacobian(["x*y", "x"], [["y", "x"], [1, 0]]).verdict
    'proved'

    The arguments are those of `prove_gradient`; ``f`` may be a list.
    """
    timeout, read = seconds(timeout), Handwritten(f, wrt=wrt, domain=domain, shapes=shapes)
    found: dict[tuple[int, str], AnyVerdict] = {}
    for i, (component, row) in enumerate(zip(read.components, read.jacobian(claim), strict=True)):
        for x, entry in zip(read.names, row, strict=True):
            found[i, x] = decide(component, var(x), entry, read.domain, known=read.known, timeout=timeout)
    return Verdicts(found)


@reads_constants(lambda names: product(names, names))
def prove_hessian(
    f: FunctionLike,
    claim: Any,
    domain: DomainLike = None,
    *,
    wrt: str | Expr | Sequence[str | Expr] | None = None,
    shapes: Shapes | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
) -> Verdicts:
    """Whether the rows of claims are the second partial derivatives of ``f``; the keys of the result are pairs of variables.

    >>> prove_hessian("x**2*y", [["2*y", "2*x"], ["2*x", 0]]).verdict
    'proved'

    The arguments are those of `prove_gradient`.
    """
    timeout, read = seconds(timeout), Handwritten(f, wrt=wrt, domain=domain, shapes=shapes)
    function, table = read.function, read.hessian(claim)
    found: dict[tuple[str, str], AnyVerdict] = {}
    for first, row in zip(read.names, table, strict=True):
        for second, entry in zip(read.names, row, strict=True):
            x, y = var(first), var(second)
            found[first, second] = decide_second(function, x, y, entry, read.domain, known=read.known, timeout=timeout)
    return Verdicts(found)


@reads_constants()
def prove_equal(
    a: FunctionLike,
    b: FunctionLike,
    domain: DomainLike = None,
    *,
    shapes: Shapes | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
) -> AnyVerdict:
    """Whether ``b`` is defined and equal to ``a`` at every point of the domain where ``a`` is defined.

    >>> prove_equal("sqrt(x**2)", "abs(x)").verdict, prove_equal("sqrt(x**2)", "x").verdict
    ('proved', 'refuted')

    The arguments are those of `prove_derivative`; functions are matched as there.

    Raises:
        EmptyDomain: no point of the domain is known at which ``a`` is defined.
    """
    timeout, read = seconds(timeout), Handwritten(a, domain=domain, shapes=shapes, what="a")
    stated = TRUE if read.domain is None else read.domain
    first = read.value(read.components[0] if len(read.components) == 1 else a, "a")
    verdict = prove_equal_on(first, read.value(b, "b"), stated, timeout=timeout)
    return verdict if isinstance(verdict, Refuted) else _about_something(verdict, first, stated, timeout)


def _about_something(verdict: Proved | Unknown, a: Expr, domain: Condition, timeout: float) -> AnyVerdict:
    """The verdict, if a point is known of the domain at which a is defined: there the function 0 has the derivative 0."""
    region = all_of(domain, defined(a))
    if region is TRUE:
        return verdict
    try:
        found = decide(ZERO, var("x"), ZERO, region, timeout=timeout)
    except EmptyDomain as reason:
        raise EmptyDomain(f"nothing is said to be equal: {reason}") from None
    if isinstance(found, Unknown):
        return Unknown(verdict.theorem, verdict.seconds, found.reason, found.evidence)
    return verdict
