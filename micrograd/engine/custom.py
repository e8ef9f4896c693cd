"""Operations of users' own: a function with a cotangent rule of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

from micrograd.engine.errors import ShapeError, TapeError
from micrograd.engine.kinds import describe, shape_of
from micrograd.engine.operation import Operation, Recorded, plain_data


class _Custom(Operation):
    """The operation behind a `custom_vjp` function."""

    saves = True

    def __init__(self, name: str, forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
        super().__init__(name)
        self.forward, self.backward = forward, backward

    def value(self, *operands: Any) -> Any:
        return self.forward(*operands)[0]

    def value_and_saved(self, *operands: Any) -> tuple[Any, Any]:
        result = self.forward(*operands)
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(f"{self.name}: forward must return the result and what backward needs, as a pair")
        return result

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any, *, saved: Any = None) -> Any:
        if isinstance(ct, Recorded) or any(isinstance(x, Recorded) for x in operands):
            _, saved = self.forward(*operands)  # again, on values, so that the rule itself is differentiated
        shares = self.backward(saved, ct)
        if not isinstance(shares, tuple | list) or len(shares) != len(operands):
            raise TypeError(f"{self.name}: backward must return a tuple of {len(operands)} cotangents")
        share = shares[place]
        if share is not None and shape_of(plain_data(share)) != shape_of(plain_data(operands[place])):
            given, wanted = describe(plain_data(share)), describe(plain_data(operands[place]))
            raise ShapeError(f"{self.name}: backward gave {given} as cotangent {place} of an operand {wanted}")
        return share

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any, *, saved: Any = None) -> Any:
        raise TapeError(f"{self.name} has a rule for reverse mode only (custom_vjp); use grad() or vjp()")


class custom_vjp:
    """A function of numbers or arrays whose cotangent rule is given, not derived.

    >>> from micrograd.engine import exp, grad
    >>> @custom_vjp
    ... def softplus(x):
    ...     return np.logaddexp(x, 0.0)
    >>> import numpy as np
    >>> softplus.defvjp(lambda x: (np.logaddexp(x, 0.0), x), lambda x, ct: (ct / (1 + exp(-x)),))
    >>> grad(softplus)(0.0)
    0.5

    ``defvjp(forward, backward)``: ``forward(*operands)`` returns the result and what ``backward`` needs;
    ``backward(needed, ct)`` returns one cotangent per operand (None for 0).  The rule is believed, not proved.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.operation: _Custom | None = None
        update_wrapper(self, function)

    def defvjp(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
        """Give the rule."""
        self.operation = _Custom(getattr(self.function, "__name__", "custom"), forward, backward)

    def __call__(self, *operands: Any) -> Any:
        if not any(isinstance(x, Recorded) for x in operands):
            return self.function(*operands)
        if self.operation is None:
            raise TypeError(f"{self.__name__}: defvjp() has not been called")  # type: ignore[attr-defined]
        return self.operation(*operands)
