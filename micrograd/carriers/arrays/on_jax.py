"""Evaluation over JAX arrays, for `micrograd.nn.export`; none of JAX's own derivatives is used.

The functions are those of `micrograd.carriers.arrays.formulas` over ``jax.numpy``, those of ``jax.scipy.special``, and a few that only
JAX needs.  A primitive that has none of these is computed by its definition.  What consists of numbers alone is a float.  Outside of a
domain, and at poles, NaN and infinities come out as in IEEE arithmetic.

JAX (``pip install 'micrograd-verified[jax]'``) is imported when a function is first needed.

Trust: ``jax.numpy`` and ``jax.scipy.special``.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from micrograd.carriers.arrays.formulas import elementwise_functions
from micrograd.carriers.carrier import COMPARE, nearest_float
from micrograd.carriers.definitions import meaning
from micrograd.carriers.floats.functions import FUNCTIONS as FLOAT_FUNCTIONS
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import AND, BOOL, CONST, NOT, OR, PI, POWI, WHERE, Node, postorder
from micrograd.verified.registry import REGISTRY
from micrograd.verified.row import Primitive


@cache
def functions() -> Mapping[str, Callable[..., Any]]:
    """The functions by primitive, for operands of which at least one is an array."""
    jnp = importlib.import_module("jax.numpy")
    special = importlib.import_module("jax.scipy.special")
    lax = importlib.import_module("jax.lax")

    def erfcx(x: Any) -> Any:
        """exp(x²)·erfc(x); beyond 5 by forty levels of its continued fraction, which settles there to double precision."""
        large, small = jnp.maximum(x, 5.0), jnp.minimum(x, 5.0)
        fraction = large
        for n in range(40, 0, -1):
            fraction = large + (n / 2.0) / fraction
        return jnp.where(x > 5.0, 1.0 / (fraction * math.sqrt(math.pi)), jnp.exp(small**2) * special.erfc(small))

    return {
        **_of_scipy(jnp, special),
        **elementwise_functions(jnp),
        "powi": lambda x, n: lax.integer_pow(x, n) if abs(n) < 2**31 else jnp.power(x, float(n)),
        "cbrt": jnp.cbrt,
        "logaddexp": jnp.logaddexp,
        "erf": special.erf,
        "erfc": special.erfc,
        "erfcx": erfcx,
        "trigamma": lambda x: special.polygamma(1, x),
        "polygamma": lambda n, x: jnp.where(
            (n >= 0) & (n == jnp.floor(n)) & ((x > 0) | (n <= 3)), special.polygamma(jnp.asarray(n).astype(int), x), jnp.nan
        ),
    }


_DIFFERENT = frozenset(("expint", "polygamma"))
"""Functions that JAX has for whole orders only; and polygamma, which for high orders it has for positive numbers only."""


def _of_scipy(jnp: Any, special: Any) -> dict[str, Callable[..., Any]]:
    """The functions that ``jax.scipy.special`` has under SciPy's name; NaN where ours is undefined."""

    def apply(row: Primitive) -> Callable[..., Any]:
        theirs = getattr(special, str(row.scipy))

        def function(*operands: Any) -> Any:
            defined = value_on_jax(row.defined_template, dict(zip(row.variables, operands, strict=True)))
            return jnp.where(defined, theirs(*operands), jnp.nan)

        return function

    rows = [row for row in REGISTRY.values() if row.scipy is not None and row.name not in _DIFFERENT]
    return {row.name: apply(row) for row in rows if hasattr(special, str(row.scipy))}


def check_known(expression: Node) -> None:
    """See that every part can be computed.

    Raises:
        UnsupportedPrimitive: it cannot.
    """
    for node in postorder([expression]):
        row = node.head.row
        if row is not None and row.name not in functions():
            body = meaning(row)
            if body is None:
                raise UnsupportedPrimitive(f"{row.name} has no JAX implementation")
            check_known(body)


def value_on_jax(expression: Node, values: dict[Any, Any]) -> Any:
    """The value, from those of the variables; every part once."""
    for node in postorder([expression]):
        if node not in values:
            values[node] = _node(node.key, values)
    return values[expression]


def _node(key: tuple[Any, ...], values: Mapping[Any, Any]) -> Any:
    which = key[0]
    if which is CONST:
        return nearest_float(key[1])
    if which is BOOL:
        return key[1]
    if not which.arity:
        return math.pi if which is PI else math.e
    operands = [values[child] for child in key[1:]]
    if which is POWI:
        operands[1] = key[2].key[1]
    return _logic(which, operands) if which.row is None else _primitive(which.row, operands)


def _logic(which: Any, operands: list[Any]) -> Any:
    jnp = importlib.import_module("jax.numpy")
    if which in COMPARE:
        return COMPARE[which](*operands)
    return {WHERE: jnp.where, NOT: jnp.logical_not, AND: jnp.logical_and, OR: jnp.logical_or}[which](*operands)


def _primitive(row: Primitive, operands: list[Any]) -> Any:
    if all(isinstance(operand, float | int) for operand in operands):
        return FLOAT_FUNCTIONS[row.name](*operands)
    function = functions().get(row.name)
    if function is None:
        body = meaning(row)
        assert body is not None, "check_known has seen to that"
        return value_on_jax(body, dict(zip(row.variables, operands, strict=True)))
    return function(*operands)
