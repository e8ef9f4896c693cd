"""What is to be said of what somebody wrote by hand: `prove_derivative`, `prove_gradient`, …, `prove_vjp`, `prove_equal`.

All of them are called alike: a function, what is claimed of it, a domain, and options by name.  Functions and claims are expressions,
texts in the expression language, expressions of SymPy, or Python functions, which are traced (`micrograd.trace.tracing`).  A domain is a
condition, its text, or a function that returns one; left out, it is the open set on which the function is smooth.
Each of them makes a `micrograd.prove.claims.Claim`; how claims are read is said in `micrograd.prove.handwritten`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from micrograd.prove.claims import Claim, Meaning
from micrograd.prove.decide import DEFAULT_TIMEOUT
from micrograd.prove.handwritten import Shapes
from micrograd.prove.verdicts import AnyVerdict, Verdicts
from micrograd.prove.written import DomainLike
from micrograd.verified.expr import Expr


class SympyExpression(Protocol):
    """An expression of SymPy's."""

    @property
    def free_symbols(self) -> set[Any]: ...


Variables: TypeAlias = str | Expr | Sequence[str | Expr]
FunctionLike: TypeAlias = Expr | str | int | Callable[..., Any] | SympyExpression
ClaimLike: TypeAlias = FunctionLike | Sequence[Any] | Mapping[Any, Any]


def prove_derivative(
    f: FunctionLike,
    claim: ClaimLike,
    domain: DomainLike = None,
    *,
    wrt: str | Expr | None = None,
    shapes: Shapes | None = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float = DEFAULT_TIMEOUT,
) -> AnyVerdict:
    """Whether ``claim`` is the derivative of ``f`` at every point of the domain.

    >>> print(prove_derivative("x*log(x)", "log(x) + 1", "x > 0").verdict)
    proved
    >>> prove_derivative("log10(x)", "1/(x*2.302585092994046)", "x > 0").verdict
    'refuted'
    >>> prove_derivative("x*y", "y", wrt="x").verdict
    'proved'

    Args:
        f: an expression, its text, an expression of SymPy's, or a Python function.
        claim: what is said to be the derivative; a Python function takes the arguments of ``f``, as in a call.
        domain: a condition, its text, or a function of the same parameters that returns one; None for the open set on which f is smooth.
            Of a function of arrays, a text may name them: ``"all(x > 0)"``, ``"q[0]**2 + q[1]**2 > 0"``.
        wrt: the variable; None if there is only one.
        shapes: the shapes of parameters that are arrays, as in ``{"x": 3}``.
        integers: variables that are integers, such as the exponent in ``x**n``.
        constraints: further conditions on the arguments, each as a domain is written, such as ``["sum(p) == 1"]``.
        assume: a condition that is taken for granted, as a domain is written; it is part of the statement.
        constants: ``"exact"``, or ``"nearest"`` to read 0.7071067811865476 as √2/2; the verdict says so.
        timeout: seconds after which the verdict is `Unknown`.

    Returns:
        `Proved`, `Refuted` with an exact point, or `Unknown`.  Points of the domain where f is not differentiable are listed in
        the notes of a proof; where f is differentiable and the claim undefined, the claim is wrong.

    Raises:
        EmptyDomain: no point of the domain is known.  ForeignVariable: the claim mentions a variable that f and the domain do not.
        ParseError, UnsupportedPrimitive: unusable input.  TypeError, ValueError: the same; they name the argument.
    """
    how = Meaning(shapes, integers, constraints, assume, constants)
    return Claim("derivative", f, claim, domain, wrt=wrt, how=how).verdict(timeout)


def prove_gradient(
    f: FunctionLike,
    claim: ClaimLike | None = None,
    domain: DomainLike = None,
    *,
    wrt: str | Expr | Sequence[str | Expr] | None = None,
    shapes: Shapes | None = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float = DEFAULT_TIMEOUT,
) -> Verdicts:
    """Whether the claims are the partial derivatives of ``f``.

    >>> prove_gradient("x**2*y", {"x": "2*x*y", "y": "x**2"})
    <proved: x: proved, y: proved>

    Args:
        f: the function.
        claim: a partial derivative for each variable: by name, or in the order of ``wrt``; or a Python function that returns them.  None if
            ``f`` returns its value and its gradient together, as SciPy's ``jac=True`` means it.
        domain: as for `prove_derivative`.
        wrt: the variables, in the order of the claims; by default the parameters of a Python function, else the names in order.
        shapes, integers, constraints, assume, constants: as for `prove_derivative`.
        timeout: seconds for each partial derivative.
    """
    how = Meaning(shapes, integers, constraints, assume, constants)
    return Claim("gradient", f, claim, domain, wrt=wrt, how=how).verdicts(timeout)


def prove_jacobian(
    f: ClaimLike,
    claim: ClaimLike,
    domain: DomainLike = None,
    *,
    wrt: str | Expr | Sequence[str | Expr] | None = None,
    shapes: Shapes | None = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float = DEFAULT_TIMEOUT,
) -> Verdicts:
    """Whether the rows of claims are the partial derivatives of what ``f`` returns; the keys of the result are (component, variable).

    >>> prove_jacobian(["x*y", "x"], [["y", "x"], [1, 0]]).verdict
    'proved'

    The arguments are those of `prove_gradient`; ``f`` may be a list.
    """
    how = Meaning(shapes, integers, constraints, assume, constants)
    return Claim("Jacobian", f, claim, domain, wrt=wrt, how=how).verdicts(timeout)


def prove_hessian(
    f: FunctionLike,
    claim: ClaimLike,
    domain: DomainLike = None,
    *,
    wrt: str | Expr | Sequence[str | Expr] | None = None,
    shapes: Shapes | None = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float = DEFAULT_TIMEOUT,
) -> Verdicts:
    """Whether the rows of claims are the second partial derivatives of ``f``; the keys of the result are pairs of variables.

    >>> prove_hessian("x**2*y", [["2*y", "2*x"], ["2*x", 0]]).verdict
    'proved'

    The arguments are those of `prove_gradient`.
    """
    how = Meaning(shapes, integers, constraints, assume, constants)
    return Claim("Hessian", f, claim, domain, wrt=wrt, how=how).verdicts(timeout)


def prove_vjp(
    f: ClaimLike,
    claim: ClaimLike,
    domain: DomainLike = None,
    *,
    wrt: str | Expr | Sequence[str | Expr] | None = None,
    shapes: Shapes | None = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float = DEFAULT_TIMEOUT,
) -> Verdicts:
    """Whether ``claim`` is the vector-Jacobian product of ``f``: the gradient of v·f, for every v.

    >>> import math
    >>> def polar(r, t):
    ...     return r * math.cos(t), r * math.sin(t)
    >>> def backward(r, t, v):
    ...     return v[0] * math.cos(t) + v[1] * math.sin(t), r * (v[1] * math.cos(t) - v[0] * math.sin(t))
    >>> prove_vjp(polar, backward)
    <proved: r: proved, t: proved>

    Args:
        f: the function; it may return a number, or an array, list or tuple of numbers.
        claim: a Python function that takes what ``f`` takes and then v, which has the shape of what ``f`` returns; or texts, in which
            v is called ``v`` if it is a number, else ``v0``, ``v1``, and so on.
        domain, wrt, shapes, integers, constraints, assume, constants, timeout: as for `prove_gradient`.
    """
    how = Meaning(shapes, integers, constraints, assume, constants)
    return Claim("vector-Jacobian product", f, claim, domain, wrt=wrt, how=how).verdicts(timeout)


def prove_equal(
    a: FunctionLike,
    b: FunctionLike,
    domain: DomainLike = None,
    *,
    shapes: Shapes | None = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float = DEFAULT_TIMEOUT,
) -> AnyVerdict:
    """Whether ``b`` is defined and equal to ``a`` at every point of the domain where ``a`` is defined.

    >>> prove_equal("sqrt(x**2)", "abs(x)").verdict, prove_equal("sqrt(x**2)", "x").verdict
    ('proved', 'refuted')

    The arguments are those of `prove_derivative`; functions are matched as there.  Without a domain the equality is said of all points.

    Raises:
        EmptyDomain: no point of the domain is known at which ``a`` is defined.
    """
    how = Meaning(shapes, integers, constraints, assume, constants)
    return Claim("equality", a, b, domain, how=how, words=("a", "b")).verdict(timeout)
