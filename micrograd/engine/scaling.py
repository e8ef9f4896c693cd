"""Products of a cotangent and a partial derivative, in which what is not needed is 0 even where the derivative does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd.engine.broadcasting import broadcast_like, unbroadcast
from micrograd.engine.choosing import where
from micrograd.engine.kinds import entrywise, is_symbolic, zeros_like
from micrograd.engine.operation import Operation, plain_data
from micrograd.verified import expr as expressions

ndarray = np.ndarray
_all_of: Any = np.logical_and.reduce
_BOOL = np.dtype(bool)
_product_of_expressions = entrywise(lambda a, b: expressions.build(expressions.MUL, *map(expressions.as_expr, (a, b))), 2)


def array_product(ct: Any, partial: Any) -> Any:
    """`scaled` for plain arrays."""
    product = ct * partial
    if _all_of(np.isfinite(product), None):
        return product
    truth = (partial.__class__ is ndarray and partial.dtype is _BOOL) or isinstance(partial, bool | np.bool_)
    nothing = np.logical_not(partial) if truth else (ct == 0) & ~np.isfinite(partial)
    return np.where(nothing, product.dtype.type(0), product)


class Scaled(Operation):
    """ct·partial, except that nothing comes back, whatever the other factor is, where

    * the cotangent is 0 and the partial is not finite: a cotangent is exactly 0 where a branch of ``where`` is not taken, and the
      branch's derivative need not exist there;
    * the partial is the truth value False: such are the partials of functions that do not depend on the operand around the point (a
      clipped one, the smaller of two for ``maximum``), and a function of a constant is constant, even where it has no slope.
    """

    def value(self, ct: Any, partial: Any) -> Any:
        if is_symbolic(ct) or is_symbolic(partial):
            return _product_of_expressions(ct, partial)
        if ct.__class__ is ndarray or partial.__class__ is ndarray:
            return array_product(ct, partial)
        product = ct * partial
        if product - product == 0:
            return product
        nothing = not partial if isinstance(partial, bool | np.bool_) else ct == 0 and partial - partial != 0
        return zeros_like(product) if nothing else product

    def vjp(self, ct: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        share = scaled(ct, operands[1 - place])
        if not is_symbolic(plain_data(share)):
            share = where(lost(*operands), 0.0, share)
        return unbroadcast(share, operands[place])

    def jvp(self, tangent: Any, place: int, operands: Sequence[Any], output: Any) -> Any:
        share = scaled(tangent, operands[1 - place])
        if not is_symbolic(plain_data(share)):
            share = where(lost(*operands), 0.0, share)
        return broadcast_like(share, output)


class Lost(Operation):
    """Whether a cotangent is 0 where the partial is not finite; see `Scaled`."""

    truth = True

    def value(self, ct: Any, partial: Any) -> Any:
        return np.logical_and(np.equal(ct, 0), np.logical_not(np.isfinite(partial)))


scaled, lost = Scaled("scaled"), Lost("lost")
