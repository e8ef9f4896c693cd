"""Modules of arrays: names, modes, states, the two faces of a model, and errors that name what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import micrograd.engine as me
from micrograd.engine import ShapeError, TapeError, Value
from micrograd.nn import GELU, ArrayModule, Dropout, Identity, Linear, ReLU, Sequential, Sigmoid, Softplus, StateError, Tanh, multilayer
from micrograd.nn import cross_entropy as loss_of

EPS32 = float(np.finfo(np.float32).eps)


def small(seed: int = 0, dtype: Any = np.float64) -> Sequential:
    rng = np.random.default_rng(seed)
    return Sequential(Linear(3, 4, rng=rng, dtype=dtype), Tanh(), Sequential(Linear(4, 2, rng=rng, dtype=dtype, bias=False)))


class Residual(ArrayModule):
    """x + scale·second(tanh(first(x))), written by a user."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.layers = [Linear(3, 5, rng=rng, dtype=np.float64), Linear(5, 3, rng=rng, dtype=np.float64)]
        self.scale = Value(np.array([0.5]))

    def apply(self, params: Mapping[str, Any], x: Any, f: Any = me) -> Any:
        from micrograd.nn.modules import scope

        hidden = f.tanh(self.layers[0].apply(scope(params, "layers.0"), x, f))
        return x + params["scale"] * self.layers[1].apply(scope(params, "layers.1"), hidden, f)


def test_names_and_order() -> None:
    model = small()
    assert list(model.named_parameters()) == ["0.weight", "0.bias", "2.0.weight"]
    assert [p.shape for p in model.parameters()] == [(3, 4), (4,), (4, 2)]
    assert model.num_parameters == 12 + 4 + 8
    assert all(array is p.data for array, p in zip(model.arrays().values(), model.parameters(), strict=True))
    assert list(Residual(np.random.default_rng(0)).named_parameters()) == [
        "scale",
        "layers.0.weight",
        "layers.0.bias",
        "layers.1.weight",
        "layers.1.bias",
    ]


def test_reprs_and_summary() -> None:
    model = small()
    assert repr(model) == "Sequential(Linear(3, 4), Tanh(), Sequential(Linear(4, 2, bias=False)))"
    lines = model.summary().splitlines()
    assert lines[0].split() == ["0", "Linear(3,", "4)", "16"]
    assert lines[-1].split() == ["parameters", "24"]
    assert repr(Dropout(0.25, np.random.default_rng(0))) == "Dropout(0.25)"
    assert repr(GELU(approximate=True)) == "GELU(approximate=True)"
    assert (len(model), repr(model[1])) == (3, "Tanh()")


def test_both_faces_give_the_same_bits() -> None:
    model = small()
    x = np.random.default_rng(1).standard_normal((5, 3))
    w, b, v = model.arrays().values()
    by_hand = np.tanh(x @ w + b) @ v
    assert np.array_equal(model.apply(model.arrays(), x), by_hand)
    assert isinstance(model(x), Value)
    assert np.array_equal(model(x).data, by_hand)
    assert np.array_equal(model.predict(x), by_hand)


def test_gradients_of_both_faces_are_equal() -> None:
    model = small()
    x, labels = np.random.default_rng(1).standard_normal((5, 3)), np.array([0, 1, 1, 0, 1])
    loss_of(model(x), labels).backward()
    pure = me.grad(lambda params: loss_of(model.apply(params, x), labels))(model.arrays())
    compiled = me.compile(me.grad(lambda params, x, labels: loss_of(model.apply(params, x), labels)))(model.arrays(), x, labels)
    for name, p in model.named_parameters().items():
        assert np.array_equal(p.grad, pure[name])
        assert np.array_equal(p.grad, compiled[name])
        assert np.abs(p.grad).max() > 1e-3
    model.zero_grad()
    assert all(np.all(p.grad == 0) for p in model.parameters())


def test_a_module_of_ones_own() -> None:
    model = Residual(np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((5, 3))
    (w, b), (v, c) = ((layer.weight.data, layer.bias.data) for layer in model.layers if layer.bias is not None)
    assert np.array_equal(model.predict(x), x + 0.5 * (np.tanh(x @ w + b) @ v + c))
    model(x).sum().backward()
    assert all(p.grad.shape == p.shape for p in model.parameters())


def test_the_same_seed_gives_the_same_bits() -> None:
    one, other, third = small(3).arrays(), small(3).arrays(), small(4).arrays()
    assert all(np.array_equal(one[name], other[name]) for name in one)
    assert not np.array_equal(one["0.weight"], third["0.weight"])
    narrow = small(3, np.float32).arrays()
    assert all(np.array_equal(one[name].astype(np.float32), narrow[name]) for name in one)


def test_float32_stays_float32() -> None:
    model = multilayer([3, 4, 2], ReLU, rng=np.random.default_rng(0))
    x = np.ones((5, 3), np.float32)
    assert model(x).dtype == np.float32
    loss = loss_of(model(x), np.array([0, 1, 1, 0, 1]))
    loss.backward()
    assert {p.grad.dtype for p in model.parameters()} == {np.dtype(np.float32)}


# --- states


def test_states_round_trip_in_place() -> None:
    model, other = small(1), small(2)
    arrays = other.arrays()
    other.load_state_dict(model.state_dict())
    assert all(np.array_equal(arrays[name], array) for name, array in model.arrays().items())
    state = model.state_dict()
    state["0.bias"] += 1.0
    assert not np.array_equal(state["0.bias"], model.arrays()["0.bias"]), "a state is a copy"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda s: s.pop("0.bias"), "0.bias is missing", id="missing"),
        pytest.param(lambda s: s.update(extra=np.ones(1)), "extra is not expected", id="unexpected"),
        pytest.param(lambda s: s.update({"0.bias": np.ones(5)}), r"0.bias has shape \(5,\), not \(4,\)", id="shape"),
        pytest.param(lambda s: s.update({"0.bias": np.ones(4, np.float32)}), "0.bias is float32, not float64", id="dtype"),
        pytest.param(lambda s: s.update({"0.bias": [1.0] * 4}), "0.bias is a list, not an array", id="kind"),
    ],
)
def test_a_wrong_state_changes_nothing(change: Any, message: str) -> None:
    model = small(1)
    before, state = model.state_dict(), small(2).state_dict()
    change(state)
    with pytest.raises(StateError, match=message):
        model.load_state_dict(state)
    assert all(np.array_equal(before[name], array) for name, array in model.arrays().items())


def test_many_problems_are_one_line() -> None:
    with pytest.raises(StateError) as caught:
        small().load_state_dict({f"x{i}": np.ones(1) for i in range(9)})
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith("and 8 more")


# --- errors


def test_errors_name_the_layer() -> None:
    model = small()
    with pytest.raises(ShapeError, match=r"Linear\(3, 4\): the input must have rows of 3, not shape \(5, 2\)"):
        model(np.ones((5, 2)))
    with pytest.raises(StateError, match=r"Linear\(3, 4\): no parameter 'weight'"):
        model.apply({}, np.ones((5, 3)))
    with pytest.raises(ValueError, match="n_in must be a positive integer, not 0"):
        Linear(0, 2, rng=np.random.default_rng(0))
    with pytest.raises(TypeError, match="rng must be a"):
        Linear(1, 2, rng=0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="floating type, not int64"):
        Linear(1, 2, rng=np.random.default_rng(0), dtype=np.int64)
    with pytest.raises(TypeError, match="part 1 is a function"):
        Sequential(Tanh(), lambda x: x)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="an input and an output size"):
        multilayer([3], Tanh, rng=np.random.default_rng(0))
    with pytest.raises(NotImplementedError, match="ArrayModule has no apply"):
        ArrayModule()(np.ones(1))


def test_a_module_that_occurs_twice_is_refused() -> None:
    layer = Linear(2, 2, rng=np.random.default_rng(0))
    with pytest.raises(StateError, match="occurs twice, as '0' and '2'"):
        Sequential(layer, Tanh(), layer).parameters()


# --- activations and dropout

SQRT2 = 2.0**0.5
ACTIVATIONS: list[Any] = [
    (Tanh(), np.tanh),
    (ReLU(), lambda x: np.maximum(x, 0)),
    (Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
    (Softplus(), lambda x: np.log(1 + np.exp(x))),
    (Identity(), lambda x: x),
    (GELU(approximate=True), lambda x: x / (1 + np.exp(-2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))),
]


@pytest.mark.parametrize(("module", "formula"), [pytest.param(*row, id=repr(row[0])) for row in ACTIVATIONS])
def test_activations(module: ArrayModule, formula: Any) -> None:
    """Against textbook formulas, which are well conditioned on [-3, 3]: twenty roundings."""
    x = np.linspace(-3, 3, 25)
    assert module(x) == pytest.approx(formula(x), rel=20 * 2.0**-52, abs=20 * 2.0**-52)
    assert module(x.astype(np.float32)).dtype == np.float32


def test_gelu_is_x_times_the_normal_distribution() -> None:
    """Φ(1) = 0.841344746068543, from tables."""
    assert GELU()(np.array([1.0, -1.0])) == pytest.approx([0.841344746068543, -0.158655253931457], rel=1e-14)
    assert me.grad(lambda x: GELU()(x).sum())(np.array([0.0])) == pytest.approx([0.5], rel=1e-15)


def test_dropout_in_both_modes() -> None:
    layer = Dropout(0.25, np.random.default_rng(0))
    x = np.ones((100, 100))
    dropped = layer(x)
    assert set(np.unique(dropped)) == {0.0, 1 / 0.75}
    # 10,000 trials: five standard deviations of the fraction
    assert abs(np.mean(dropped == 0) - 0.25) < 5 * (0.25 * 0.75 / 10_000) ** 0.5
    assert not np.array_equal(dropped, layer(x))
    assert layer.eval()(x) is x
    assert not np.array_equal(layer.train()(x), x)
    assert Dropout(0.0, np.random.default_rng(0))(x) is x
    assert layer(x.astype(np.float32)).dtype == np.float32


def test_modes_reach_all_parts_and_predict_restores_them() -> None:
    rng = np.random.default_rng(0)
    model = Sequential(Sequential(Dropout(0.5, rng)), Linear(3, 2, rng=rng))
    assert model.train() is model
    x = np.ones((4, 3), np.float32)
    assert np.array_equal(model.predict(x), model.predict(x))
    assert all(part.training for _, part in model.modules())
    model.eval()
    assert not any(part.training for _, part in model.modules())


def test_gradients_go_through_the_mask() -> None:
    layer = Dropout(0.5, np.random.default_rng(0))
    x = Value(np.ones(20))
    y = layer(x)
    y.sum().backward()
    assert np.array_equal(x.grad, y.data)


def test_dropout_is_not_frozen_by_compilation() -> None:
    layer = Dropout(0.5, np.random.default_rng(0))
    with pytest.raises(TapeError, match=r"Dropout\(0.5\): a compiled function would keep its first mask"):
        me.compile(lambda x: layer(x).sum())(np.ones(3))
    program = me.compile(lambda x, mask: layer.apply({"mask": mask}, x).sum())
    assert program(np.ones(3), np.array([0.0, 2.0, 2.0])) == 4.0
    with pytest.raises(ShapeError, match=r"the mask has shape \(2,\), the input \(3,\)"):
        layer.apply({"mask": np.ones(2)}, np.ones(3))


@pytest.mark.parametrize("p", [-0.1, 1.0, float("nan")])
def test_dropout_of_a_wrong_probability(p: float) -> None:
    with pytest.raises(ValueError, match="p must be at least 0 and below 1"):
        Dropout(p, np.random.default_rng(0))
