"""Export to JAX: every primitive's value and derivative, our choices at kinks, higher orders, models, and two devices."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import micrograd as mg
import micrograd.engine as me
from micrograd.nn import GELU, ArrayModule, Dropout, Linear, ReLU, Sequential, Sigmoid, Softplus, Tanh, multilayer, to_jax, to_jax_function
from micrograd.verified.primitives import PRIMITIVES

jax: Any = pytest.importorskip("jax")
jnp: Any = pytest.importorskip("jax.numpy")
ROOT = Path(__file__).resolve().parents[2]
EPS = float(np.finfo(np.float32).eps)


def application(name: str) -> Any:
    """The primitive applied to variables named as its parameters."""
    params = list(map(mg.var, PRIMITIVES[name].params))
    if name == "powi":
        return params[0] ** 3
    operators: dict[str, Any] = {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "pow": lambda a, b: a**b,
        "neg": lambda a: -a,
    }
    public = me.functions.NAMES.get(name, name)
    return operators[name](*params) if name in operators else getattr(mg, public)(*params)


@pytest.mark.parametrize("name", list(PRIMITIVES))
def test_every_primitive_and_its_derivatives(name: str) -> None:
    """At points of the domain, against double precision: values and slopes within 30 roundings of float32, as far as the condition allows.

    The condition is measured: how much the double result moves when the arguments move by a rounding.
    """
    expression = application(name)
    wrt = [x for x in map(mg.var, PRIMITIVES[name].params) if x in mg.variables(expression)]
    function = to_jax_function(expression, wrt)
    domain = mg.domain(expression)
    candidates = [0.3, 0.7, 1.5, -0.4, -1.7, 2.6]
    checked = 0
    for i, first in enumerate(candidates):
        point = [float(np.float32(v)) for v in (first, candidates[(i + 2) % 6])[: len(wrt)]]
        env = dict(zip(wrt, point, strict=True))
        if mg.evaluate(domain, env) is not True:
            continue
        checked += 1
        for exact, found in [
            (expression, function(*point)),
            *((part, jax.grad(function, k)(*point)) for k, part in enumerate(mg.gradient(expression, wrt))),
        ]:
            value = mg.evaluate(exact, env)
            moved = [mg.evaluate(exact, {**env, x: v * (1 + s * EPS)}, on_domain="ieee") for x, v in env.items() for s in (-1, 1)]
            spread = sum(abs(m - value) for m in moved if math.isfinite(m))
            assert found.dtype == np.float32
            assert abs(float(found) - value) <= 30 * (EPS * abs(value) + spread) + 1e-30, (exact, env)
    assert checked


def test_kinks_are_ours() -> None:
    x, y = mg.var("x"), mg.var("y")
    slopes = jax.vmap(jax.grad(to_jax_function(mg.relu(x), [x])))(jnp.array([-1.0, 0.0, 2.0]))
    assert slopes.tolist() == [0.0, 0.0, 1.0]
    for expression in (mg.absolute(x) + 0 * y, mg.maximum(x, y), mg.minimum(x, y)):
        function = to_jax_function(expression, [x, y])
        ours = [float(mg.evaluate(part, {x: 0.0, y: 0.0})) for part in mg.gradient(expression, [x, y])]
        assert [float(jax.grad(function, k)(0.0, 0.0)) for k in (0, 1)] == ours


def test_the_derivative_is_ours_and_not_that_of_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function whose gradient we replace has the replaced one, so JAX does not differentiate on its own."""
    x = mg.var("x")
    monkeypatch.setattr("micrograd.nn.export.gradient", lambda expression, wrt: [mg.const(42)])
    assert float(jax.grad(to_jax_function(x**2, [x]))(1.0)) == 42.0


def test_higher_orders_and_transformations() -> None:
    x, y = mg.var("x"), mg.var("y")
    f = to_jax_function(mg.exp(x) * y**3, [x, y])
    point = (jnp.array(0.5), jnp.array(2.0))
    hessian = np.array(jax.hessian(lambda v: f(v[0], v[1]))(jnp.stack(point)))
    e = math.exp(0.5)
    assert hessian == pytest.approx(e * np.array([[8.0, 12.0], [12.0, 12.0]]), rel=20 * EPS)
    assert float(jax.grad(jax.grad(jax.grad(f, 1), 1), 1)(*point)) == pytest.approx(6 * e, rel=20 * EPS)
    value, tangent = jax.jit(lambda a, b: jax.jvp(f, (a, b), (jnp.ones(()), jnp.zeros(()))))(*point)
    assert float(value) == float(tangent) == pytest.approx(8 * e, rel=20 * EPS)


def test_shapes_and_dtypes() -> None:
    x, y = mg.var("x"), mg.var("y")
    f = to_jax_function(x * y + mg.pi, ["x", "y"])
    a, b = jnp.ones((3, 1)), jnp.arange(4.0)
    assert f(a, b).shape == (3, 4)
    assert f(1, 2).dtype == np.float32
    assert f(a.astype(jnp.float16), 2.0).dtype == np.float16
    assert to_jax_function(mg.const(2), [x])(b).tolist() == [2.0] * 4
    gradient = jax.grad(lambda a, b: f(a, b).sum(), (0, 1))(a, b)
    assert [g.tolist() for g in gradient] == [[[6.0]] * 3, [3.0] * 4]
    where = to_jax_function(mg.where((x > 0) & ~(y > 1), x, y), [x, y])
    assert where(jnp.array([1.0, -1.0, 1.0]), jnp.array([0.5, 0.5, 2.0])).tolist() == [1.0, 0.5, 2.0]


def test_errors() -> None:
    x, y = mg.var("x"), mg.var("y")
    with pytest.raises(ValueError, match="no argument is named for y"):
        to_jax_function(x * y, [x])
    with pytest.raises(ValueError, match="must be different variables"):
        to_jax_function(x * y, [x, x, y])
    with pytest.raises(TypeError, match=r"a function of 2 variables \(x, y\) was given 1 arguments"):
        to_jax_function(x * y, [x, y])(1.0)


def test_without_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(mg.MicrogradError, match=r"needs the package jax: pip install 'micrograd-verified\[jax\]'"):
        to_jax(Tanh())


# --- models


def test_models_give_the_same_numbers_and_gradients() -> None:
    rng = np.random.default_rng(0)
    parts = [Tanh(), GELU(), GELU(approximate=True), Softplus(), Sigmoid(), ReLU()]
    model = Sequential(*(part for activation in parts for part in (Linear(5, 5, rng=rng), activation)))
    x = rng.standard_normal((7, 5)).astype(np.float32)
    params, apply = to_jax(model)
    assert list(params) == list(model.arrays())
    # six layers with sums of five products: some hundred roundings of numbers below 10
    assert np.asarray(jax.jit(apply)(params, x)) == pytest.approx(model.predict(x), abs=1000 * EPS)
    ours = me.grad(lambda p: model.apply(p, x).sum())(model.arrays())
    theirs = jax.grad(lambda p: apply(p, x).sum())(params)
    for name, g in ours.items():
        assert np.asarray(theirs[name]) == pytest.approx(g, abs=1000 * EPS * max(1.0, float(np.abs(g).max())))


def test_dropout_needs_a_key() -> None:
    rng = np.random.default_rng(0)
    model = Sequential(Dropout(0.5, rng), Dropout(0.5, rng))
    params, apply = to_jax(model)
    x = np.ones((50, 50), np.float32)
    with pytest.raises(mg.MicrogradError, match="needs a random key"):
        apply(params, x)
    one, again, other = (apply(params, x, key=jax.random.key(k)) for k in (0, 0, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert set(np.unique(one)) == {0.0, 4.0}
    # 2,500 trials with probability ¼: five standard deviations
    assert abs(float((one > 0).mean()) - 0.25) < 5 * (0.25 * 0.75 / 2500) ** 0.5
    model.eval()
    assert np.array_equal(apply(params, x), x)


def test_what_cannot_be_exported_is_named() -> None:
    class Softmax(ArrayModule):
        def apply(self, params: Mapping[str, Any], x: Any, f: Any = me) -> Any:
            return f.softmax(x)

    assert Softmax()(np.zeros((1, 2))).tolist() == [[0.5, 0.5]]
    params, apply = to_jax(Softmax())
    with pytest.raises(mg.MicrogradError, match="softmax is not a function that can be exported"):
        apply(params, np.ones((1, 2)))


def test_the_model_keeps_its_arrays() -> None:
    model = multilayer([2, 3, 2], Tanh, rng=np.random.default_rng(0))
    params, _ = to_jax(model)
    model.arrays()["0.weight"][:] = 0.0
    assert np.asarray(params["0.weight"]).any(), "the exported parameters are copies"


# --- the example of the guide, on two devices


def test_data_parallel_training_of_the_guide() -> None:
    (program,) = re.findall(r"```python\n(# Two devices.*?)```", (ROOT / "docs" / "nn.md").read_text(encoding="utf-8"), re.DOTALL)
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["2", "devices", "agree"]
