"""Evaluation over floats, NumPy arrays, exact fractions and Arb balls.

The kind of number is taken from the values given: an ndarray makes it NumPy, an Arb ball Arb, a ``Fraction`` exact; else floats.
One pass over the graph, without recursion; shared parts are evaluated once (`micrograd.carriers.walk`).

Only what is needed has to be defined: in ``where(c, a, b)`` the branch that is not chosen may be anything.  A value outside of
a function's domain raises `DomainError`, which names the function and the condition; with ``on_domain="ieee"`` NaN and infinities come out
as they do in IEEE arithmetic.  Overflow of a value that exists gives ±inf, as in C; a NaN that arises from such infinities raises
`FloatRangeError`.  For Arb balls an indeterminate (NaN) ball is a legitimate answer, "not known at this precision".

NumPy and python-flint are imported when they are first needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, overload

from micrograd.carriers.carrier import Carrier, OnDomain
from micrograd.carriers.floats.carrier import float_carrier
from micrograd.carriers.fractions import fraction_carrier
from micrograd.carriers.walk import values as over
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import VAR, Condition, Expr, Node, postorder

_NOT_NUMBERS = (str, bytes, complex, bool, Node, type(None))


def _is_number(kind: type) -> bool:
    """Whether values of this type are real numbers or plain arrays."""
    if kind.__name__ in ("ndarray", "arb"):
        return True
    return hasattr(kind, "__float__") and not hasattr(kind, "__len__") and kind.__name__ not in ("bool_", "bool")


def _named(env: Mapping[Any, Any]) -> dict[str, Any]:
    """The environment by variable name; keys may be names or variables."""
    named: dict[str, Any] = {}
    for key, value in env.items():
        name = key.key[1] if key.__class__ is Expr and key.head is VAR else key
        if name.__class__ is not str:
            raise TypeError(f"values are given by variable, not by {key!r}")
        kind = type(value)
        if kind is not float and (isinstance(value, _NOT_NUMBERS) or not _is_number(kind)):
            raise TypeError(f"the value of {name} must be a real number or an array, not {value!r}")
        named[name] = value
    return named


def _check_present(roots: Sequence[Node], env: Mapping[str, Any]) -> None:
    missing = sorted({n.key[1] for n in postorder(roots) if n.head is VAR and n.key[1] not in env})
    if missing:
        raise MissingVariable(f"no value given for {', '.join(missing)}")


class MissingVariable(MicrogradError, KeyError):
    """A variable of the expression was given no value."""

    def __str__(self) -> str:
        return str(self.args[0])


@overload
def evaluate(expression: Node, env: Mapping[Any, Any] | None = ..., /, *, on_domain: OnDomain = ..., **values: Any) -> Any: ...
@overload
def evaluate(
    expression: Sequence[Node], env: Mapping[Any, Any] | None = ..., /, *, on_domain: OnDomain = ..., **values: Any
) -> list[Any]: ...
def evaluate(
    expression: Node | Sequence[Node],
    env: Mapping[Any, Any] | None = None,
    /,
    *,
    on_domain: OnDomain = "raise",
    **values: Any,
) -> Any:
    """The value of an expression or condition, or the values of several in one pass.

    >>> from fractions import Fraction
    >>> from micrograd.verified import var, exp
    >>> x = var("x")
    >>> evaluate(exp(x) - 1, x=0.0), evaluate(x / 3, {x: Fraction(1, 2)})
    (0.0, Fraction(1, 6))

    Args:
        expression: an expression, a condition, or a sequence of them.
        env: values by variable or by name; more as keywords.  Floats, ints, NumPy arrays (broadcast together), Fractions, or Arb balls.
        on_domain: ``"raise"``, or ``"ieee"`` for NaN and infinities outside of a domain.

    Raises:
        DomainError: a needed part is undefined.  MissingVariable: a variable has no value.  UnsupportedPrimitive: not
        expressible in this kind of number.
    """
    if on_domain not in ("raise", "ieee"):
        raise ValueError(f"on_domain is 'raise' or 'ieee', not {on_domain!r}")
    single = isinstance(expression, Node)
    several = expression if isinstance(expression, Iterable) else (None,)
    roots: list[Any] = [expression] if isinstance(expression, Node) else list(several)
    if not all(isinstance(root, Expr | Condition) for root in roots):
        raise TypeError("evaluate() takes an expression, a condition or a sequence of them")
    named = _named({**(env or {}), **values})
    try:
        results = _evaluate(roots, named, on_domain)
    except KeyError:
        _check_present(roots, named)
        raise
    return results[0] if single else results


def _evaluate(roots: list[Any], named: dict[str, Any], on_domain: OnDomain) -> list[Any]:
    kinds = {type(value).__name__ for value in named.values()}
    if "ndarray" in kinds:
        from micrograd.carriers.arrays.evaluation import evaluate_arrays

        _check_present(roots, named)
        return evaluate_arrays(roots, named, on_domain)
    return over(_carrier(kinds), roots, named, on_domain)


def _carrier(kinds: set[str]) -> Carrier:
    if "arb" in kinds:
        from micrograd.carriers.arb.carrier import arb_carrier

        return arb_carrier()
    return fraction_carrier() if "Fraction" in kinds else float_carrier()


def evaluate_exactly(expression: Node, point: Mapping[str, Fraction], bits: int) -> Any:
    """The value at a rational point as a Fraction; numbers with more bits are refused before they are computed.

    Raises:
        ArithmeticError: a needed part is undefined.  UnsupportedPrimitive: it is not rational, or too long.
    """
    return over(fraction_carrier(bits), [expression], point)[0]
