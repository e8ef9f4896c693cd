"""Networks of single numbers: Karpathy's two published checks with exact numbers, the module interface, and training."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from typing import Any

import pytest

from micrograd.engine import Value
from micrograd.nn import MLP, Layer, Module, Neuron


class Dual:
    """a + b·ε over the rational numbers, with ε² = 0: forward differentiation, for reference."""

    def __init__(self, value: Fraction | int, slope: Fraction | int = 0) -> None:
        self.value, self.slope = Fraction(value), Fraction(slope)

    def __add__(self, other: Dual | int) -> Dual:
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other: Dual | int) -> Dual:
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    def __truediv__(self, other: Dual | int) -> Dual:
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value / other.value, (self.slope * other.value - self.value * other.slope) / other.value**2)

    def __rtruediv__(self, other: int) -> Dual:
        return Dual(other) / self

    def __neg__(self) -> Dual:
        return self * -1

    def __sub__(self, other: Dual) -> Dual:
        return self + -other

    def __pow__(self, n: int) -> Dual:
        result = Dual(1)
        for _ in range(n):
            result = result * self
        return result

    def relu(self) -> Dual:
        return self if self.value > 0 else Dual(0)

    __radd__, __rmul__ = __add__, __mul__


# --- the published checks ----------------------------------------------------------------------------------------------


def sanity(x: Any) -> tuple[Any, Any]:
    """The program of ``test_sanity_check``."""
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    return x, y


def test_sanity_check() -> None:
    """At x = -4: z = -10, q = 40, h = 100, y = 100 + 40 - 160; dy/dx = 2·z·3 + (1 + x)·(z + 3x) + q = -60 + 66 + 40."""
    x, y = sanity(Value(-4.0))
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)
    _, exact = sanity(Dual(-4, 1))
    assert (exact.value, exact.slope) == (-20, 46)


def more(a: Any, b: Any) -> Any:
    """The program of ``test_more_ops``."""
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2
    g += 10 / f
    return g


def test_more_operations() -> None:
    """At a = -4, b = 2: c = -1, d = 6, e = -7, g = 49/2 + 10/49.

    There dg/de = e - 20/e³, de/da = 3 - (4·3·b - 1) and de/db = 4 - (4·3·(a + 3b²) + 1).
    """
    a, b = Value(-4.0), Value(2.0)
    g = more(a, b)
    g.backward()
    value = Fraction(49, 2) + Fraction(10, 49)
    slope = -7 + Fraction(20, 343)
    exact = (value, slope * (3 - 12 * 2 + 1), slope * (4 - 12 * (-4 + 12) - 1))
    by_duals = [more(Dual(-4, 1), Dual(2)), more(Dual(-4), Dual(2, 1))]
    assert (by_duals[0].value, by_duals[0].slope, by_duals[1].slope) == exact
    # integers, but for 10/f and its derivative -(10/f)/f: three roundings and the sum's; each is within u of the largest term
    for found, truth in zip((g.data, a.grad, b.grad), exact, strict=True):
        assert abs(Fraction(found) - truth) <= 4 * Fraction(math.ulp(float(truth)))
    assert [f"{v:.4f}" for v in (g.data, a.grad, b.grad)] == ["24.7041", "138.8338", "645.5773"]


def test_the_checks_can_fail() -> None:
    x, y = sanity(Value(-4.0))
    (y + x).backward()
    assert x.grad == 47.0


# --- modules -----------------------------------------------------------------------------------------------------------


def test_a_neuron() -> None:
    neuron = Neuron(2)
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, -1.0, 0.25
    x = [Value(3.0), Value(0.5)]
    y = neuron(x)
    y.backward()
    assert y.data == 1.25
    assert [p.grad for p in neuron.parameters()] == [3.0, 0.5, 1.0]
    assert [v.grad for v in x] == [0.5, -1.0]
    dead = neuron([-3.0, 0.5])
    neuron.zero_grad()
    dead.backward()
    assert dead.data == 0.0
    assert [p.grad for p in neuron.parameters()] == [0, 0, 0]
    neuron.nonlin = False
    assert neuron([-3.0, 0.5]).data == -1.75


def test_parameters_and_their_order() -> None:
    random.seed(3)
    model = MLP(2, [3, 1])
    random.seed(3)
    drawn = [random.uniform(-1, 1) for _ in range(2 * 3 + 3)]
    weights = [p.data for p in model.parameters() if p.data != 0]
    assert weights == drawn
    assert [p.data for p in model.parameters()] == [*drawn[0:2], 0, *drawn[2:4], 0, *drawn[4:6], 0, *drawn[6:9], 0]
    assert model.parameters() == [p for layer in model.layers for neuron in layer.neurons for p in [*neuron.w, neuron.b]]
    assert len(MLP(2, [16, 16, 1]).parameters()) == 337
    assert Module().parameters() == []


def test_reprs() -> None:
    assert repr(Neuron(2)) == "ReLUNeuron(2)"
    assert repr(Neuron(3, nonlin=False)) == "LinearNeuron(3)"
    assert repr(Layer(2, 2)) == "Layer of [ReLUNeuron(2), ReLUNeuron(2)]"
    assert repr(MLP(2, [1, 1])) == "MLP of [Layer of [ReLUNeuron(2)], Layer of [LinearNeuron(1)]]"


def test_layers_give_one_value_or_a_list() -> None:
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    out = Layer(2, 3)([1.0, 2.0])
    assert isinstance(out, list)
    assert len(out) == 3
    assert isinstance(MLP(2, [4, 1])([1.0, 2.0]), Value)
    assert len(MLP(2, [4, 2])([1.0, 2.0])) == 2


def test_only_the_last_layer_is_linear() -> None:
    model = MLP(2, [3, 3, 2])
    assert [[n.nonlin for n in layer.neurons] for layer in model.layers] == [[True] * 3, [True] * 3, [False] * 2]


def test_zero_grad() -> None:
    model = MLP(2, [4, 1])
    model([1.0, -2.0]).backward()
    assert any(p.grad != 0 for p in model.parameters())
    model.zero_grad()
    assert all(p.grad == 0 for p in model.parameters())


def test_a_network_against_rational_arithmetic() -> None:
    """Weights in eighths: all products are exact, so gradients must be exact too."""
    rng = random.Random(5)
    model = MLP(3, [4, 4, 1])
    for p in model.parameters():
        p.data = rng.randint(-8, 8) / 8
    x = [0.5, -1.25, 2.0]
    model(x).backward()
    values = [Fraction(p.data) for p in model.parameters()]
    for k, parameter in enumerate(model.parameters()):
        duals = iter([Dual(v, int(i == k)) for i, v in enumerate(values)])
        out: list[Any] = [Dual(Fraction(v)) for v in x]
        for layer in model.layers:
            neurons = []
            for neuron in layer.neurons:
                weights = [next(duals) for _ in neuron.w]
                act = next(duals)
                for w, v in zip(weights, out, strict=True):
                    act = act + w * v
                neurons.append(act.relu() if neuron.nonlin else act)
            out = neurons
        assert parameter.grad == out[0].slope


# --- training ----------------------------------------------------------------------------------------------------------


def moons(count: int, rng: random.Random) -> tuple[list[list[float]], list[int]]:
    """Two interleaved half circles with noise; targets are ±1."""
    xs, ys = [], []
    for k in range(count):
        t = math.pi * rng.random()
        upper = k % 2 == 0
        point = (math.cos(t), math.sin(t)) if upper else (1.0 - math.cos(t), 0.5 - math.sin(t))
        xs.append([v + rng.gauss(0.0, 0.1) for v in point])
        ys.append(1 if upper else -1)
    return xs, ys


def loss_and_accuracy(model: MLP, xs: list[list[float]], ys: list[int]) -> tuple[Value, float]:
    """The loss of the demonstration: mean hinge and 1e-4 times the squares of the weights."""
    scores = [model(x) for x in xs]
    losses = [(1 + -y * score).relu() for y, score in zip(ys, scores, strict=True)]
    data_loss: Any = sum(losses) * (1.0 / len(losses))
    decay = 1e-4 * sum(p * p for p in model.parameters())
    return data_loss + decay, sum((y > 0) == (score.data > 0) for y, score in zip(ys, scores, strict=True)) / len(ys)


def test_the_demonstration_trains() -> None:
    random.seed(1337)
    xs, ys = moons(60, random.Random(1337))
    model = MLP(2, [8, 8, 1])
    losses = []
    accuracy = 0.0
    for k in range(60):
        total, accuracy = loss_and_accuracy(model, xs, ys)
        model.zero_grad()
        total.backward()
        losses.append(total.data)
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 60) * p.grad
    assert losses[-1] < 0.1 < 0.5 < losses[0]
    assert accuracy >= 0.95


def test_steps_are_the_same_each_time() -> None:
    results = []
    for _ in range(2):
        random.seed(7)
        xs, ys = moons(10, random.Random(7))
        model = MLP(2, [4, 1])
        for _ in range(3):
            total, _ = loss_and_accuracy(model, xs, ys)
            model.zero_grad()
            total.backward()
            for p in model.parameters():
                p.data -= 0.1 * p.grad
        results.append([p.data for p in model.parameters()])
    assert results[0] == results[1]


def test_forgetting_zero_grad_adds_up() -> None:
    random.seed(1)
    model = MLP(2, [3, 1])
    model([1.0, 2.0]).backward()
    first = [p.grad for p in model.parameters()]
    model([1.0, 2.0]).backward()
    assert [p.grad for p in model.parameters()] == pytest.approx([2 * g for g in first], rel=0.0, abs=0.0)
