"""Transformations: against symbolic derivatives, against each other, nested to any order, over containers, and on bad input."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pytest

import micrograd.engine as me
from micrograd import evaluate
from micrograd.engine import DtypeError, ShapeError, TapeError, Value, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from micrograd.engine.trees import flatten, map_leaves
from micrograd.verified import PRIMITIVES, diff, domain, gradient, var
from micrograd.verified import hessian as symbolic_hessian

x0 = np.array([0.5, 1.5, -1.0])
u, v, w = (var(name) for name in "uvw")

SMOOTH = {
    "polynomial": lambda f, x: x[0] ** 3 * x[1] - 2 * x[1] * x[2] ** 2 + x[0],
    "transcendental": lambda f, x: f.exp(x[0] * x[1]) * f.sin(x[2]) + f.tanh(x[1] / x[0]),
    "shared": lambda f, x: (x[0] * x[1] + x[2]) ** 2 * (x[0] * x[1] + x[2]) / (1 + x[2] ** 2),
    "log": lambda f, x: f.log(1 + x[0] ** 2) * f.sqrt(x[1] + 2) + f.softplus(x[2]),
}


def close(a: Any, b: Any, ulps: float = 64) -> bool:
    """Within some ulps of the larger entry: each value is a short sum of products of correctly computed factors."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= ulps * np.finfo(float).eps * max(1.0, float(np.abs(b).max(initial=0.0)))))


def symbolic(name: str) -> Any:
    import micrograd.verified as mv

    return SMOOTH[name](mv, [u, v, w])


AT = dict(zip("uvw", x0.tolist(), strict=True))


@pytest.mark.parametrize("name", SMOOTH)
class TestAgainstSymbolic:
    def test_gradient(self, name: str) -> None:
        found = grad(lambda x: SMOOTH[name](me, x))(x0)
        assert close(found, evaluate(gradient(symbolic(name), [u, v, w]), AT))

    def test_hessian(self, name: str) -> None:
        expected = [evaluate(row, AT) for row in symbolic_hessian(symbolic(name), [u, v, w])]
        assert close(hessian(lambda x: SMOOTH[name](me, x))(x0), expected, 512)

    def test_hessian_vector_product_and_symmetry(self, name: str) -> None:
        f = lambda x: SMOOTH[name](me, x)  # noqa: E731
        table = hessian(f)(x0)
        for i in range(3):
            assert close(hvp(f, (x0,), (np.eye(3)[i],)), table[:, i], 512)
        assert close(table, table.T, 512)

    def test_third_derivatives(self, name: str) -> None:
        third = jacobian(hessian(lambda x: SMOOTH[name](me, x)))(x0)
        expected = [[evaluate(gradient(e, [u, v, w]), AT) for e in row] for row in symbolic_hessian(symbolic(name), [u, v, w])]
        assert close(third, expected, 4096)

    def test_forward_and_reverse_are_dual(self, name: str) -> None:
        f = lambda x: me.stack([SMOOTH[name](me, x), x[0] * x[1]])  # noqa: E731
        t, ct = np.array([0.3, -0.7, 1.1]), np.array([2.0, -0.5])
        (_, moved), (_, pull) = jvp(f, (x0,), (t,)), vjp(f, x0)
        assert math.isclose(float(ct @ moved), float(pull(ct)[0] @ t), rel_tol=1e-13)


SINGLE = [n for n, row in PRIMITIVES.items() if row.arity == 1 and n not in ("sign", "floor", "ceil", "trunc", "relu", "abs", "neg")]
POINTS = {"acosh": 1.75, "acoth": 1.75, "asec": 1.75, "acsc": 1.75, "asecd": 1.75, "acscd": 1.75}


@pytest.mark.parametrize("name", SINGLE)
def test_orders_one_to_three_of_each_function(name: str) -> None:
    """Nested `grad` against the symbolic derivatives, at a point of the domain."""
    import micrograd.verified as mv

    f: Any = getattr(me, name)
    point = POINTS.get(name, 0.375)
    expression = getattr(mv, name)(u)
    assert evaluate(domain(expression), u=point)
    for order in (1, 2, 3):
        f = grad(f)
        expected = evaluate(diff(expression, u, order), u=point)
        assert math.isclose(f(point), expected, rel_tol=1e-11, abs_tol=1e-15), order


def test_perturbations_are_not_confused() -> None:
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda x: grad(lambda y: x * x * y)(x))(3.0) == 6.0  # x inside and outside


def test_mixed_partials_in_every_order() -> None:
    f = lambda x, y, z: me.exp(x * y) * me.sin(z) * y  # noqa: E731
    values = []
    for order in [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)]:
        g: Any = f
        for place in order:
            g = grad(g, place)
        values.append(g(0.3, 0.7, 0.2))
    assert max(values) - min(values) <= 32 * np.finfo(float).eps * abs(values[0])


class Pair(NamedTuple):
    weight: Any
    bias: Any


def test_containers_keep_their_structure() -> None:
    layers = {"first": Pair(np.ones((2, 3)), np.zeros(3)), "rest": [np.full((3, 1), 0.5), (0.25, None)]}

    def f(p: Any, x: Any) -> Any:
        h = me.tanh(x @ p["first"].weight + p["first"].bias)
        return (h @ p["rest"][0]).sum() * p["rest"][1][0]

    value, found = value_and_grad(f)(layers, np.ones((4, 2)))
    assert isinstance(found["first"], Pair)
    assert found["first"].weight.shape == (2, 3)
    assert isinstance(found["rest"][1], tuple)
    assert found["rest"][1][1] is None
    assert float(found["rest"][1][0]) == pytest.approx(float(value) / 0.25, rel=1e-15)


def test_several_arguments_and_keywords() -> None:
    f = lambda x, y, *, z: x * y * z  # noqa: E731
    assert grad(f, (0, 1))(2.0, 3.0, z=4.0) == (12.0, 8.0)
    assert grad(f, -1)(2.0, 3.0, z=4.0) == 8.0
    assert grad(f, argnames="z")(2.0, 3.0, z=4.0) == 6.0
    assert grad(f, argnames=["z"])(2.0, 3.0, z=4.0) == {"z": 6.0}
    assert value_and_grad(lambda x: (x * x, "note"), has_aux=True)(3.0) == ((9.0, "note"), 6.0)


def test_flatten_and_rebuild() -> None:
    tree = {"a": [1, (2, None)], "b": Pair(3, {})}
    leaves, rebuild = flatten(tree)
    assert leaves == [1, 2, 3]
    assert rebuild(leaves) == tree
    assert map_leaves(lambda n: n + 1, tree) == {"a": [2, (3, None)], "b": Pair(4, {})}


def test_what_the_result_does_not_depend_on_has_gradient_zero() -> None:
    assert grad(lambda x, y: x * 2, 1)(1.0, 5.0) == 0.0
    assert grad(lambda x: 7.0)(1.0) == 0.0
    assert (grad(lambda x: x[0] * 1.0)(x0) == [1.0, 0.0, 0.0]).all()


def test_an_argument_as_the_result() -> None:
    assert grad(lambda x: x)(3.0) == 1.0
    out, pull = vjp(lambda x: (x, x * 2), x0)
    assert (pull((np.ones(3), np.ones(3)))[0] == 3.0).all()
    assert (out[0] == x0).all()


def test_results_belong_to_the_caller() -> None:
    found = grad(lambda x: x.sum())(x0)
    found[0] = 5.0  # a broadcast view would refuse
    assert (grad(lambda x: x.sum())(x0) == 1.0).all()


def test_dtype_is_kept() -> None:
    assert grad(lambda x: (x * x).sum())(x0.astype(np.float32)).dtype == np.float32


def test_values_in_values_out() -> None:
    x = Value(np.array([1.0, 2.0]))
    inner = grad(lambda y: (y**3).sum())(x)
    assert isinstance(inner, Value)
    inner.sum().backward()
    assert (x.grad == [6.0, 12.0]).all()


def test_expressions_as_arguments() -> None:
    found = grad(lambda x: x**3 + me.sin(x))(u)
    assert evaluate(found, u=0.5) == pytest.approx(3 * 0.25 + math.cos(0.5), rel=1e-15)


def test_second_derivative_through_the_untaken_branch() -> None:
    f = lambda x: me.where(x > 0, me.log(x), x**2).sum()  # noqa: E731
    with np.errstate(all="ignore"):
        assert (hessian(f)(np.array([0.0, 2.0])) == [[2.0, 0.0], [0.0, -0.25]]).all()


def test_a_zero_cotangent_does_not_hide_a_second_derivative() -> None:
    assert grad(grad(lambda x, y: x * x * y, 0), 1)(3.0, 0.0) == 6.0


@pytest.mark.parametrize(("shape_in", "shape_out"), [((3,), (2,)), ((2,), (5,)), ((2, 2), (2,)), ((), (3,)), ((3,), ()), ((), ())])
def test_jacobian_shapes(shape_in: tuple[int, ...], shape_out: tuple[int, ...]) -> None:
    rows, columns = int(np.prod(shape_out)), int(np.prod(shape_in))
    matrix = np.arange(1.0, rows * columns + 1).reshape(rows, columns)
    f = lambda x: me.reshape(matrix @ me.reshape(x, (columns,)), shape_out)  # noqa: E731
    found = jacobian(f)(np.ones(shape_in))
    assert found.shape == (*shape_out, *shape_in)
    assert (found.reshape(rows, columns) == matrix).all()


def test_custom_rule() -> None:
    @me.custom_vjp
    def clipped(x: Any) -> Any:
        return np.minimum(x, 1.0)

    with pytest.raises(TypeError, match="defvjp"):
        grad(clipped)(2.0)
    clipped.defvjp(lambda x: (np.minimum(x, 1.0) if isinstance(x, float) else me.minimum(x, 1.0), x), lambda x, ct: (ct * x,))
    assert clipped(3.0) == 1.0
    assert grad(clipped)(3.0) == 3.0  # as the rule says, not as the function is
    assert grad(grad(clipped))(3.0) == 1.0
    with pytest.raises(TapeError, match="reverse mode only"):
        jvp(clipped, (3.0,), (1.0,))


def test_custom_rule_of_the_wrong_shape() -> None:
    @me.custom_vjp
    def f(x: Any) -> Any:
        return x

    f.defvjp(lambda x: (x, None), lambda _, ct: (ct[:1],))
    with pytest.raises(ShapeError, match=r"f: backward gave .* as cotangent 0"):
        grad(lambda x: f(x).sum())(x0)


BAD = {
    "array result": (lambda: grad(lambda x: x * 2)(x0), ShapeError, "must return a single number"),
    "integers": (lambda: grad(lambda x: x.sum())(np.arange(3)), DtypeError, "int64"),
    "no such argument": (lambda: grad(lambda x: x, 3)(1.0), TypeError, "no positional argument 3"),
    "no such name": (lambda: grad(lambda x: x, argnames="z")(1.0), TypeError, "'z'"),
    "text": (lambda: grad(lambda x: x)("three"), DtypeError, "str"),
    "tangent's shape": (lambda: jvp(lambda x: x, (x0,), (np.ones(2),)), ShapeError, r"\(2,\)"),
    "tangents missing": (lambda: jvp(lambda x: x, (x0,), ()), ShapeError, "0 tangents for 1"),
    "cotangent's shape": (lambda: vjp(lambda x: x, x0)[1](np.ones(2)), ShapeError, r"\(2,\)"),
    "cotangents missing": (lambda: vjp(lambda x: (x, x), x0)[1](x0), ShapeError, "1 cotangents for 2"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    call: Any
    call, error, message = BAD[name]
    with pytest.raises(error, match=message):
        call()


def test_inside_no_grad() -> None:
    with me.no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0  # a transformation brings its own tape


def test_minimize_with_scipy() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    f = lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2  # noqa: E731
    found = optimize.minimize(value_and_grad(f), np.array([-1.2, 1.0]), jac=True, method="BFGS")
    assert np.abs(found.x - 1.0).max() < 1e-4
