"""Evaluation over NumPy arrays, elementwise with broadcasting.

All branches are computed, but a fault counts only where its value is used: every node carries a mask of the places where it is undefined,
and ``where`` takes the mask of the chosen branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from micrograd.carriers.arrays.forms import FORMS
from micrograd.carriers.arrays.functions import ARRAYS, FUNCTIONS
from micrograd.carriers.carrier import COMPARE, OnDomain, nearest_float
from micrograd.carriers.floats.carrier import float_carrier
from micrograd.carriers.forms import INTEGER_POWER_SLOPE, Match, inside, walk
from micrograd.carriers.walk import values as over
from micrograd.verified.errors import DomainError, FloatRangeError, MicrogradError
from micrograd.verified.expr import AND, CONST, NOT, OR, PI, POWI, VAR, WHERE, Expr, Node, var, variables

_Mask = Any  # a Boolean array, or False where nothing is undefined


def _leaf(key: tuple[Any, ...]) -> Any:
    which = key[0]
    if which is VAR:
        raise KeyError(key[1])
    if which is CONST:
        return nearest_float(key[1])
    if which.boolean:
        return key[1]
    return np.pi if which is PI else np.e


def _apply(key: tuple[Any, ...], operands: list[Any]) -> Any:
    which = key[0]
    if which is NOT:
        return np.logical_not(operands[0])
    if which.boolean:
        return COMPARE[which](*operands)
    function = FUNCTIONS[which.name]
    if which is POWI:
        return function(operands[0], key[2].key[1])
    return function(*operands)


def _lazy(key: tuple[Any, ...], values: dict[Any, Any], masks: dict[Any, _Mask]) -> tuple[Any, _Mask]:
    """Value and mask of ``where``, ``and`` and ``or``."""
    which, first, second = key[:3]
    truth = values[first]
    if which is WHERE:
        third = key[3]
        bad = np.where(truth, masks[second], masks[third])
        return np.where(truth, values[second], values[third]), masks[first] | bad
    looked_at = truth if which is AND else np.logical_not(truth)
    join = np.logical_and if which is AND else np.logical_or
    return join(truth, values[second]), masks[first] | (looked_at & masks[second])


def _undefined(key: tuple[Any, ...], operands: list[Any], value: Any) -> _Mask:
    """Where a primitive is undefined, or a NaN comes out of numbers; looked at only if its value is not finite somewhere."""
    row = key[0].row
    if row is None or np.all(np.isfinite(value)):
        return False
    lost = np.isnan(value)
    for operand in operands:
        lost = lost & ~np.isnan(operand)
    if row.make_defined is None:
        return lost
    arrays = {name: np.asarray(operand) for name, operand in zip(row.params, operands, strict=True)}
    return lost | np.logical_not(evaluate_arrays([row.defined_template], arrays, "ieee")[0])


def _composite(node: Any, match: Match, values: dict[Any, Any], masks: dict[Any, _Mask], on_domain: OnDomain) -> None:
    """Add value and mask of a composite form; operation by operation where it is not finite."""
    form, operands = match
    numbers = [values[operand] for operand in operands]
    if form is INTEGER_POWER_SLOPE:
        numbers[1] = operands[1].key[1]
    value = FORMS[form.name](*numbers)
    mask: _Mask = False
    for operand in operands:
        mask = mask | masks[operand]
    finite = np.isfinite(value)
    if not np.all(finite):
        _compute(((inner, None) for inner in inside(node, operands)), values, masks, on_domain)
        value, mask = np.where(np.isnan(value), values[node], value), np.where(finite, mask, masks[node])
    values[node], masks[node] = value, mask


def _compute(nodes: Iterable[tuple[Any, Match | None]], values: dict[Any, Any], masks: dict[Any, _Mask], on_domain: OnDomain) -> None:
    """Add the values and masks of nodes, which come after their operands."""
    for node, match in nodes:
        key = node.key
        if node in values:
            continue
        if not key[0].arity:
            values[node], masks[node] = _leaf(key), False
        elif match is not None:
            _composite(node, match, values, masks, on_domain)
        elif key[0] in (WHERE, AND, OR):
            values[node], masks[node] = _lazy(key, values, masks)
        else:
            operands = [values[child] for child in key[1:]]
            values[node] = _apply(key, operands)
            mask: _Mask = False
            for child in key[1:]:
                mask = mask | masks[child]
            if on_domain == "raise":
                mask = mask | _undefined(key, operands, values[node])
            masks[node] = mask


def evaluate_arrays(roots: Sequence[Node], named: dict[str, Any], on_domain: OnDomain) -> list[Any]:
    """Values of the roots; float dtypes are kept, integers become float64.

    Raises:
        DomainError: naming the operation, the condition and the index of the first undefined element.
    """
    arrays: dict[str, Any] = {}
    for name, value in named.items():
        array = np.asarray(value)
        if array.dtype.kind not in "fiu":
            raise TypeError(f"the value of {name} must be an array of real numbers, not of {array.dtype}")
        arrays[name] = array if array.dtype.kind == "f" else array.astype(np.float64)
        if array.ndim == 0 and not isinstance(value, np.ndarray):
            arrays[name] = float(value)
    values: dict[Any, Any] = {var(name): array for name, array in arrays.items()}
    masks: dict[Any, _Mask] = dict.fromkeys(values, False)
    with np.errstate(all="ignore"):
        _compute(walk(roots), values, masks, on_domain)
    if any(node.head.row is not None and node.head.name not in FUNCTIONS and node.head.name not in ARRAYS for node in values):
        for root in roots:
            if isinstance(root, Expr):
                _sharpen(root, arrays, values, masks)
    shape = np.broadcast_shapes(*(np.shape(array) for array in arrays.values()))
    for root in roots:
        if on_domain == "raise" and np.any(masks[root]):
            _explain(root, arrays, np.broadcast_to(masks[root], shape), shape)
    return [values[root] if np.shape(values[root]) == shape else np.broadcast_to(values[root], shape).copy() for root in roots]


def _sharpen(root: Expr, arrays: dict[str, Any], values: dict[Any, Any], masks: dict[Any, _Mask]) -> None:
    """Round the elements of an expression with special functions from balls, where these tell."""
    from micrograd.carriers.arb.rounding import nearest

    columns = {name: arrays[name] for name in (x.key[1] for x in variables(root))}
    shape = np.broadcast_shapes(*(np.shape(column) for column in columns.values()))
    columns = {name: np.broadcast_to(column, shape) for name, column in columns.items()}
    value, mask = np.array(np.broadcast_to(values[root], shape)), np.array(np.broadcast_to(masks[root], shape))
    for index in np.ndindex(shape):
        point = {name: float(column[index]) for name, column in columns.items()}
        if mask[index]:
            sharp = _alone(root, point)  # an overflow on the way may not matter; what is undefined does
        else:
            sharp = nearest(root, point) if np.all(np.isfinite([*point.values()])) else None
        if sharp is not None:
            value[index], mask[index] = sharp, False
    values[root], masks[root] = value, mask


def _alone(root: Expr, point: dict[str, float]) -> Any:
    """The value at one point over floats; None if there is none."""
    try:
        return over(float_carrier(), [root], point)[0]
    except MicrogradError:
        return None


def _explain(root: Node, arrays: dict[str, Any], mask: Any, shape: tuple[int, ...]) -> None:
    """Raise the error of the first undefined element, by evaluating it as a scalar."""
    index = tuple(int(i) for i in np.argwhere(mask)[0])
    point = {name: float(np.broadcast_to(array, shape)[index]) for name, array in arrays.items()}
    try:
        over(float_carrier(), [root], point)
    except DomainError as error:
        raise DomainError(error.operator, error.condition, f"{error.operands} at index {index}") from None
    raise FloatRangeError(f"a value is lost to overflow at index {index}; evaluate in a wider dtype or with Arb balls")
