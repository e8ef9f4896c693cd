"""`prove_derivative`, `prove_gradient`, `prove_hessian`, `prove_jacobian`, `prove_equal`: the verdict on what somebody wrote by hand.

Functions and claims are expressions, texts in the expression language, or Python functions, which are traced
(`micrograd.trace.tracing`).  A domain is a condition or its text; left out, it is the open set on which the function is smooth.
Each of them makes a `micrograd.prove.claims.Claim`; how claims are read is said in `micrograd.prove.handwritten`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from micrograd.prove.claims import Claim
from micrograd.prove.decide import DEFAULT_TIMEOUT
from micrograd.prove.handwritten import Shapes
from micrograd.prove.verdicts import AnyVerdict, Verdicts
from micrograd.prove.written import DomainLike
from micrograd.verified.expr import Expr


class SympyExpression(Protocol):
    """An expression of SymPy's."""

    @property
    def free_symbols(self) -> set[Any]: ...


FunctionLike: TypeAlias = Expr | str | int | Callable[..., Any] | SympyExpression
ClaimLike: TypeAlias = FunctionLike | Sequence[Any] | Mapping[Any, Any]


def prove_derivative(
    f: FunctionLike,
    wrt: str | Expr | None,
    claim: ClaimLike,
    domain: DomainLike = None,
    *,
    shapes: Shapes | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
    integers: str | Expr | Sequence[str | Expr] = (),
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
        domain: a condition, its text, or a function of the same parameters that returns one; None for the open set on which f is smooth.
            Of a function of arrays, a text may name them: ``"all(x > 0)"``, ``"q[0]**2 + q[1]**2 > 0"``.
        shapes: the shapes of parameters that are arrays, as in ``{"x": 3}``.
        timeout: seconds after which the verdict is `Unknown`.
        constants: ``"written"``, or ``"nearest"`` to read 0.7071067811865476 as √2/2; the verdict says so.
        integers: variables that are integers, such as the exponent in ``x**n``.

    Returns:
        `Proved`, `Refuted` with an exact point, or `Unknown`.  Points of the domain where f is not differentiable are listed in
        the notes of a proof; where f is differentiable and the claim undefined, the claim is wrong.

    Raises:
        EmptyDomain: no point of the domain is known.  ForeignVariable: the claim mentions a variable that f and the domain do not.
        ParseError, UnsupportedPrimitive: unusable input.  TypeError, ValueError: the same; they name the argument.
    """
    return Claim("derivative", f, claim, domain, wrt=wrt, shapes=shapes, constants=constants, integers=integers).verdict(timeout)


def prove_gradient(
    f: FunctionLike,
    claim: ClaimLike | None = None,
    domain: DomainLike = None,
    *,
    wrt: str | Expr | Sequence[str | Expr] | None = None,
    shapes: Shapes | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
    integers: str | Expr | Sequence[str | Expr] = (),
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
        shapes: as for `prove_derivative`.
        timeout: seconds for each partial derivative.
        constants, integers: as for `prove_derivative`.
    """
    return Claim("gradient", f, claim, domain, wrt=wrt, shapes=shapes, constants=constants, integers=integers).verdicts(timeout)


def prove_jacobian(
    f: ClaimLike,
    claim: ClaimLike,
    domain: DomainLike = None,
    *,
    wrt: str | Expr | Sequence[str | Expr] | None = None,
    shapes: Shapes | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
    integers: str | Expr | Sequence[str | Expr] = (),
) -> Verdicts:
    """Whether the rows of claims are the partial derivatives of what ``f`` returns; the keys of the result are (component, variable).

    >>> prove_jacobian(["x*y", "x"], [["y", "x"], [1, 0]]).verdict
    'proved'

    The arguments are those of `prove_gradient`; ``f`` may be a list.
    """
    return Claim("Jacobian", f, claim, domain, wrt=wrt, shapes=shapes, constants=constants, integers=integers).verdicts(timeout)


def prove_hessian(
    f: FunctionLike,
    claim: Any,
    domain: DomainLike = None,
    *,
    wrt: str | Expr | Sequence[str | Expr] | None = None,
    shapes: Shapes | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
    integers: str | Expr | Sequence[str | Expr] = (),
) -> Verdicts:
    """Whether the rows of claims are the second partial derivatives of ``f``; the keys of the result are pairs of variables.

    >>> prove_hessian("x**2*y", [["2*y", "2*x"], ["2*x", 0]]).verdict
    'proved'

    The arguments are those of `prove_gradient`.
    """
    return Claim("Hessian", f, claim, domain, wrt=wrt, shapes=shapes, constants=constants, integers=integers).verdicts(timeout)


def prove_equal(
    a: FunctionLike,
    b: FunctionLike,
    domain: DomainLike = None,
    *,
    shapes: Shapes | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    constants: str = "written",
    integers: str | Expr | Sequence[str | Expr] = (),
) -> AnyVerdict:
    """Whether ``b`` is defined and equal to ``a`` at every point of the domain where ``a`` is defined.

    >>> prove_equal("sqrt(x**2)", "abs(x)").verdict, prove_equal("sqrt(x**2)", "x").verdict
    ('proved', 'refuted')

    The arguments are those of `prove_derivative`; functions are matched as there.  Without a domain the equality is said of all points.

    Raises:
        EmptyDomain: no point of the domain is known at which ``a`` is defined.
    """
    return Claim("equality", a, b, domain, shapes=shapes, constants=constants, integers=integers, words=("a", "b")).verdict(timeout)
