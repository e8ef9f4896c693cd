"""Export to JAX: expressions with their proved derivatives, and models built of them.

`to_jax_function` evaluates an expression over JAX arrays and gives JAX its derivative by ``jax.custom_jvp``: the partial derivatives
that `micrograd.gradient` derives, again as such functions.  So ``jax.grad``, ``jax.jvp`` and ``jax.hessian`` use proved derivatives to
every order, with the registry's choices at kinks (relu'(0) = 0, even where JAX would say ½).

`to_jax` gives the parameters of a model as a pytree and its ``apply`` as a function of JAX arrays, which ``jax.jit``, ``jax.grad``,
``jax.vmap`` and ``jax.shard_map`` take.  Its elementwise functions come from `to_jax_function`; matrix products and sums are JAX's.

Trust: that JAX computes its primitives and matrix products right.  Outside of a domain the values are NaN or infinite, without an error.

Needs JAX (``pip install 'micrograd-verified[jax]'``).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from micrograd.carriers.arrays.on_jax import check_known, value_on_jax
from micrograd.nn.modules import ArrayModule
from micrograd.verified import Expr, MicrogradError, gradient, postorder, var
from micrograd.verified.expr import VAR, as_expr
from micrograd.verified.primitives import PRIMITIVES


def _jax() -> Any:
    try:
        return importlib.import_module("jax")
    except ImportError:
        raise MicrogradError("exporting to JAX needs the package jax: pip install 'micrograd-verified[jax]'") from None


def to_jax_function(expression: Any, variables: Sequence[Any]) -> Callable[..., Any]:
    """A JAX function of arrays, one for each variable, that broadcast together; differentiated by proved derivatives.

    The result has the arguments' common floating dtype and their common shape.

    Args:
        expression: an expression, see `micrograd.var` and `micrograd.parse`.
        variables: the variables, or their names, in the order of the function's arguments.

    Raises:
        ValueError: the expression has other variables, or one is named twice.  UnsupportedPrimitive: there is no JAX function for a part.
    """
    jax = _jax()
    expression = as_expr(expression)
    wrt = [x if isinstance(x, Expr) else var(x) for x in variables]
    _check_variables(expression, wrt)
    inner = jax.custom_jvp(_evaluator(expression, wrt, jax.numpy))

    @cache
    def partial(place: int) -> Any:
        return _inner(to_jax_function(gradient(expression, [wrt[place]])[0], wrt))

    def rule(primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
        value = inner(*primals)
        total = jax.numpy.zeros_like(value)
        for place, tangent in enumerate(tangents):
            if not isinstance(tangent, jax.custom_derivatives.SymbolicZero):
                total = total + partial(place)(*primals) * tangent
        return value, total

    inner.defjvp(rule, symbolic_zeros=True)

    def function(*arguments: Any) -> Any:
        if len(arguments) != len(wrt):
            raise TypeError(f"a function of {len(wrt)} variables ({', '.join(map(str, wrt))}) was given {len(arguments)} arguments")
        return inner(*_promoted(jax.numpy, arguments))

    function.inner = inner  # type: ignore[attr-defined]
    function.__doc__ = f"{expression}, with its derivatives by micrograd."
    return function


def _inner(function: Any) -> Any:
    """The function without conversion of its arguments."""
    return function.inner


def _check_variables(expression: Expr, wrt: Sequence[Any]) -> None:
    names = [x.key[1] if x.head is VAR else None for x in wrt]
    if None in names or len(set(names)) < len(names):
        raise ValueError(f"to_jax_function: the variables must be different variables, not {', '.join(map(str, wrt))}")
    missing = sorted({node.key[1] for node in postorder([expression]) if node.head is VAR} - set(names))
    if missing:
        raise ValueError(f"to_jax_function: no argument is named for {', '.join(missing)}")


def _promoted(jnp: Any, arguments: Sequence[Any]) -> list[Any]:
    """The arguments in their common floating dtype."""
    arrays = [jnp.asarray(a) for a in arguments]
    dtype = jnp.result_type(*arguments, *([] if any(jnp.issubdtype(a.dtype, jnp.floating) for a in arrays) else [float]))
    return [a.astype(dtype) for a in arrays]


def _evaluator(expression: Expr, wrt: Sequence[Any], jnp: Any) -> Callable[..., Any]:
    """The expression as a function of arrays of one dtype."""
    check_known(expression)

    def evaluated(*arguments: Any) -> Any:
        value = value_on_jax(expression, dict(zip(wrt, arguments, strict=True)))
        dtype = arguments[0].dtype if arguments else None
        return jnp.broadcast_to(jnp.asarray(value, dtype), jnp.broadcast_shapes(*(a.shape for a in arguments)))

    return evaluated


class JaxFunctions:
    """What `ArrayModule.apply` computes with when it is exported: the registry's functions by name, over JAX arrays.

    Args:
        key: a JAX random key for dropout; None if there is none to apply.
    """

    def __init__(self, key: Any = None) -> None:
        self.key = key

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = _primitive(name)
        if function is None:
            raise AttributeError(f"{name} is not a function that can be exported to JAX")
        return function

    def dropout_mask(self, p: float, x: Any) -> Any:
        """A new mask for dropout with probability p."""
        if self.key is None:
            raise MicrogradError("dropout in training needs a random key: apply(params, x, key=jax.random.key(0)); or call model.eval()")
        random = _jax().random
        self.key, mine = random.split(self.key)
        return random.bernoulli(mine, 1 - p, x.shape).astype(x.dtype) / (1 - p)


@cache
def _primitive(name: str) -> Callable[..., Any] | None:
    row = next((row for row in PRIMITIVES.values() if row.public == name and row.name != "powi"), None)
    return None if row is None else to_jax_function(row.application, row.params)


def to_jax(model: ArrayModule) -> tuple[dict[str, Any], Callable[..., Any]]:
    """The parameters as a dict of JAX arrays by dotted name, and ``apply(params, x, *, key=None)``, a pure function.

    The mode (training or evaluation) is the model's at the time of each trace.  Dropout in training needs a random key.

    Raises:
        MicrogradError: there is no JAX, or the model uses a function that cannot be exported.
    """
    jnp = _jax().numpy
    params = {name: jnp.array(array) for name, array in model.arrays().items()}

    def apply(params: Mapping[str, Any], x: Any, *, key: Any = None) -> Any:
        try:
            return model.apply(params, x, JaxFunctions(key))
        except AttributeError as error:
            if "exported to JAX" in str(error):
                raise MicrogradError(f"{model!r}: {error}") from None
            raise

    return params, apply
