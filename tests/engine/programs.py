"""Random programs for the tape, and enclosures of what they compute in floats.

A `Program` is a list of steps over leaves and earlier results, drawn as a graph: results are used again, an operand may occur twice,
shapes broadcast.  It is built along with its values, and a step is taken only where it is smooth with a margin and of moderate size; so
every program drawn can be checked.

The same program runs on numbers, on arrays, on values, and on expressions with one variable per entry of each leaf, constants included.
As the constructors of expressions fold constants only, a gradient on expressions then records the very operations of the gradient in
floats.  `enclosures` evaluates it in balls that grow by the rounding error of each operation (running error analysis, N. Higham,
Accuracy and Stability of Numerical Algorithms, 2nd ed., 3.3), so each must hold the float that was computed:

* an operation with an error of at most m ulps: m·(2u·|y| + η), with u = 2⁻⁵³ and η = 2⁻¹⁰⁷⁴;
* a sum of n terms, in any order of summation: n·u·Σ|xᵢ| (ibid., 4.2), where the magnitudes of terms are carried along;
* log Σ exp(xᵢ) with its largest term taken out first: Σ wᵢ·|xᵢ - max| <= n/e for the subtractions, 12 for exp, n for the sum, 12·log(n)
  for log, all times u, and u·|y| for the last addition: at most u·(16·n + |y|) together.

Without rounding (``unit=0``) the balls enclose the exact value.
"""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import flint
import numpy as np
from hypothesis import strategies as st

from micrograd import engine as mg
from micrograd import evaluate
from micrograd.carriers.arb.carrier import arb_carrier, ball
from micrograd.carriers.arrays.functions import ULPS
from micrograd.engine.functions import FUNCTIONS, NAMES
from micrograd.verified import PRIMITIVES, Expr, domain, postorder, var
from micrograd.verified.expr import CONST, VAR, WHERE, build

UNIT = 2.0**-53
TINIEST = flint.arb(2) ** -1074
MARGIN = flint.arb(2) ** -16
SAME = flint.arb(2) ** -24
LARGEST, SMALLEST = 256.0, 1 / 256
ENTRIES = 12
EXACT = {"abs", "sign", "relu", "max", "min", "floor", "ceil", "trunc"}

# --- enclosures ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Enclosed:
    """A ball, and the terms of the sum that it is: how many, and the sum of their magnitudes."""

    ball: Any
    terms: int
    magnitude: Any


def _single(value: Any) -> Enclosed:
    return Enclosed(value, 1, abs(value))


def _wider(value: Any, error: Any) -> Any:
    return value + flint.arb(0, error.abs_upper())


def _holds(name: str, a: Any, b: Any) -> bool | None:
    """A comparison.  Programs keep different operands `MARGIN` apart, so balls that overlap, if narrow, are of one and the same number."""
    if a.overlaps(b):
        same = bool(abs(a - b) < SAME)
        return name in ("le", "ge", "eq") if same else None
    return {"eq": False, "ne": True, "lt": bool(a < b), "le": bool(a < b), "gt": bool(a > b), "ge": bool(a > b)}[name]


_CONNECTIVES: Mapping[str, Callable[..., bool]] = {"and": operator.and_, "or": operator.or_, "not": operator.not_}


class _Enclosing:
    """Evaluation of expressions in such balls."""

    def __init__(self, env: Mapping[str, float], unit: float) -> None:
        self.unit = flint.arb(unit)
        self.tiny = TINIEST if unit else flint.arb(0)
        self.env = env
        self.values: dict[Any, Any] = {}

    def rounded(self, value: Any, ulps: float, extra: Any = 0) -> Enclosed:
        """The result of an operation with that error."""
        return _single(_wider(value, ulps * (2 * self.unit * abs(value) + self.tiny) + self.unit * extra))

    def node(self, node: Any) -> Any:
        which, *children = node.key
        name = which.name
        if which is VAR:
            return _single(flint.arb(self.env[children[0]]))
        if which is CONST:
            return self.rounded(ball(children[0]), 0 if float(children[0]) == children[0] else 1)
        if not which.arity:
            return self.rounded(flint.arb.pi() if name == "pi" else flint.arb(1).exp(), 1)
        operands = [self.values[child] for child in children]
        if which.boolean:
            return _CONNECTIVES[name](*operands) if name in _CONNECTIVES else _holds(name, operands[0].ball, operands[1].ball)
        if which is WHERE:
            assert operands[0] is not None, f"{node} cannot be told"
            return operands[1] if operands[0] else operands[2]
        balls = [operand.ball for operand in operands]
        if name in ("add", "sub"):
            terms, magnitude = operands[0].terms + operands[1].terms, operands[0].magnitude + operands[1].magnitude
            total = balls[0] + balls[1] if name == "add" else balls[0] - balls[1]
            return Enclosed(_wider(total, self.unit * terms * magnitude), terms, magnitude)
        if name == "neg":
            return Enclosed(-balls[0], operands[0].terms, operands[0].magnitude)
        on_balls: Any = arb_carrier().function(PRIMITIVES[name])
        value = on_balls(balls[0], children[1].key[1]) if name == "powi" else on_balls(*balls)
        if name in EXACT:
            return _single(value)
        if name in ("mul", "div"):
            return self.rounded(value, 0.5)
        return self.rounded(value, ULPS, 16 * operands[0].terms + abs(value) if name == "log" else 0)


def enclosures(roots: Sequence[Expr], env: Mapping[str, float], unit: float = UNIT) -> list[Any]:
    """A ball for each expression, that holds what floats with this unit roundoff give."""
    evaluation = _Enclosing(env, unit)
    with flint.ctx.workprec(256):
        for node in postorder(roots):
            evaluation.values[node] = evaluation.node(node)
    return [evaluation.values[root].ball for root in roots]


# --- programs --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One application: of which step of `STEPS`, to which nodes, with which options."""

    name: str
    places: tuple[int, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Program:
    """See the module's text.  ``leaves`` are inputs, then constants.  The result is the sum of the first
    input and of all that no step uses."""

    leaves: list[Any]
    inputs: int
    steps: list[Step]

    def __call__(self, *leaves: Any) -> Any:
        """The result, a single number; the arguments are the inputs and the constants."""
        nodes = list(leaves)
        for step in self.steps:
            nodes.append(STEPS[step.name](*[nodes[place] for place in step.places], **step.options))
        used = {place for step in self.steps for place in step.places}
        total = mg.sum(nodes[0])
        for place in range(len(leaves), len(nodes)):
            if place not in used:
                total = total + mg.sum(nodes[place])
        return total

    def elementwise(self, *leaves: Any) -> Any:
        """The same for programs without steps that mix entries: one result for each entry."""
        nodes = list(leaves)
        for step in self.steps:
            nodes.append(STEPS[step.name](*[nodes[place] for place in step.places], **step.options))
        return nodes[-1]

    def symbols(self) -> list[Any]:
        """A variable for each entry of each leaf."""
        return [_named(f"v{place}", leaf) for place, leaf in enumerate(self.leaves)]

    def env(self) -> dict[str, float]:
        """The entries by variable."""
        named = zip(self.symbols(), self.leaves, strict=True)
        return {str(v): float(x) for vs, xs in named for v, x in zip(entries(vs), entries(xs), strict=True)}


def entries(data: Any) -> list[Any]:
    """The entries of an array; of a number, itself."""
    return data.ravel().tolist() if isinstance(data, np.ndarray) else [data]


def _named(name: str, leaf: Any) -> Any:
    if not isinstance(leaf, np.ndarray):
        return var(name)
    named = np.empty(leaf.shape, dtype=object)
    for place, index in enumerate(np.ndindex(*leaf.shape)):
        named[index] = var(f"{name}_{place}")
    return named


def _shape(x: Any) -> tuple[int, ...]:
    return x.shape if isinstance(x, np.ndarray) else ()


PUBLIC = {name: FUNCTIONS[NAMES.get(name, name)] for name in PRIMITIVES if name != "powi"}
OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
OF_OPERATOR = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": mg.sum,
    "mean": mg.mean,
    "largest": mg.max,
    "smallest": mg.min,
    "logsumexp": mg.logsumexp,
}
ALONG: dict[str, Callable[..., Any]] = {"softmax": mg.softmax, "log_softmax": mg.log_softmax}

STEPS: Mapping[str, Callable[..., Any]] = {
    **PUBLIC,
    **OPERATORS,
    **REDUCTIONS,
    **ALONG,
    "power": lambda x, n: x**n,
    "where": lambda a, b, c: mg.where(mg.less(a, b), a, c),
    "clip": lambda x: mg.clip(x, -1.0, 1.0),
    "reshape": mg.reshape,
    "transpose": mg.transpose,
    "take": lambda x, index: x[index],
    "concatenate": lambda a, b, axis: mg.concatenate([a, b], axis),
    "stack": lambda a, b, axis: mg.stack([a, b], axis),
    "matmul": operator.matmul,
    "linear": mg.linear,
    "gram": lambda a: a @ mg.transpose(a),
    "broadcast_to": mg.broadcast_to,
    "expand_dims": mg.expand_dims,
    "squeeze": mg.squeeze,
    "mse": mg.mse,
    "hinge": mg.hinge,
    "cross_entropy": mg.cross_entropy,
}
ELEMENTWISE = [*PUBLIC, *OPERATORS, "power", "where", "clip"]
COMMON = ["+", "-", "*", "/", "*", "+", "power", "where", "tanh", "exp", "log", "relu"]
MIXING = [name for name in STEPS if name not in ELEMENTWISE]


def _axes(shape: tuple[int, ...]) -> list[Any]:
    count = len(shape)
    return [None, *range(count), *([-1, tuple(range(count))] if count else [])]


def _take(shape: tuple[int, ...], choice: int) -> Any:
    last = shape[0] - 1
    indices: list[Any] = [
        0,
        -1,
        slice(None, None, -1),
        [last, 0, last],
        None,
        (Ellipsis, 0),
        np.arange(shape[0]) != 1,
        np.array([[0, last], [0, 0]]),
    ]
    return indices[choice % len(indices)]


def _options(name: str, shapes: Sequence[tuple[int, ...]], choice: int) -> dict[str, Any] | None:
    """Options for a step that mixes entries; None if it does not fit."""
    shape = shapes[0]
    size = int(np.prod(shape))
    if name in REDUCTIONS:
        axes = _axes(shape)
        return {"axis": axes[choice % len(axes)], "keepdims": choice % 2 == 1}
    if name in ALONG:
        return {"axis": choice % len(shape) - (choice % 2) * len(shape)} if shape else None
    if name == "reshape":
        wanted = [(-1,), (1, size), (size, 1), (-1, 2), shape[::-1], (2, -1, 1)][choice % 6]
        return {"shape": wanted} if 2 not in wanted or size % 2 == 0 else None
    if name == "transpose":
        return {"axes": None if choice % 2 else tuple(np.roll(range(len(shape)), choice).tolist())}
    if name == "take":
        return {"index": _take(shape, choice)} if shape else None
    if name in ("concatenate", "stack"):
        return {"axis": choice % max(1, len(shape))} if shapes[0] == shapes[1] and (shape or name == "stack") else None
    if name == "broadcast_to":
        return {"shape": (2, *shape)}
    if name == "expand_dims":
        return {"axis": choice % (len(shape) + 1) - (choice % 2) * (len(shape) + 1)}
    if name == "cross_entropy":
        return {"labels": (np.arange(shape[0]) * choice) % shape[1]} if len(shape) == 2 else None
    if name in ("mse", "hinge"):
        return {} if shapes[0] == shapes[1] else None
    fits = name in ("squeeze", "gram") or (name in ("matmul", "linear") and len(shapes[0]) > 0 < len(shapes[1]))
    return {} if fits and (name != "gram" or len(shape) == 2) else None


@cache
def _domain(name: str) -> Any:
    row = PRIMITIVES[name]
    return domain(build(row.head, *[var(p) for p in row.params]))


def _around(x: float) -> Any:
    return flint.arb(x, MARGIN * max(1.0, abs(x)))


def _smooth(name: str, operands: Sequence[Any]) -> bool:
    """Whether all entries lie in the domain with a margin."""
    condition = _domain(name)
    columns = [entries(np.asarray(x)) for x in np.broadcast_arrays(*operands)]
    names = PRIMITIVES[name].params
    return all(evaluate(condition, dict(zip(names, map(_around, row), strict=True))) is True for row in zip(*columns, strict=True))


def _apart(x: Any) -> bool:
    """Whether no two entries are close to each other."""
    ordered = np.sort(np.ravel(x))
    return bool(np.all(np.diff(ordered) > 2.0**-8))


def _moderate(x: Any) -> bool:
    """Whether entries are exactly 0 or of moderate size."""
    size = np.abs(np.asarray(x))
    return bool(size.size and size.size <= ENTRIES and np.ndim(x) < 4 and np.all((size == 0) | ((size >= SMALLEST) & (size <= LARGEST))))


@dataclass
class Builder:
    """A program in the making, with the values of its nodes."""

    leaves: list[Any]
    inputs: int
    steps: list[Step] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.values = list(self.leaves)

    def add(self, name: str, places: Sequence[int], choice: int) -> None:
        """One more step, if it fits and is smooth."""
        arity = PRIMITIVES[name].arity if name in PUBLIC else {"power": 1, "where": 3, "clip": 1}.get(name, 2)
        if name in MIXING:
            arity = 3 if name == "linear" else 2 if name in ("concatenate", "stack", "matmul", "mse", "hinge") else 1
        chosen = tuple(len(self.values) - 1 - place % len(self.values) for place in places[:arity])
        operands = [self.values[place] for place in chosen]
        options = self.options(name, operands, choice)
        if options is None:
            return
        try:
            with np.errstate(all="ignore"):
                value = STEPS[name](*operands, **options)
        except ValueError:  # shapes that do not fit
            return
        if _moderate(value):
            self.steps.append(Step(name, chosen, options))
            self.values.append(value)

    def options(self, name: str, operands: Sequence[Any], choice: int) -> dict[str, Any] | None:
        """The options, or None if the step must not be taken."""
        if name in MIXING:
            smooth = {"hinge": lambda: _smooth("relu", [1 - operands[0] * operands[1]]), "largest": lambda: _apart(operands[0])}
            smooth["smallest"] = smooth["largest"]
            options = _options(name, [_shape(x) for x in operands], choice)
            return options if options is not None and smooth.get(name, lambda: True)() else None
        try:
            np.broadcast_shapes(*map(_shape, operands))
        except ValueError:
            return None
        if name == "power":
            n = choice % 7 - 2
            return {"n": n} if n >= 0 or np.all(operands[0] != 0) else None
        if name == "where":
            return {} if _smooth("max", operands[:2]) else None
        if name == "clip":
            return {} if _smooth("max", [operands[0], 1.0]) and _smooth("max", [operands[0], -1.0]) else None
        return {} if _smooth(OF_OPERATOR.get(name, name), operands) else None


SHAPES = [(), (3,), (2, 2), (2, 1), (1, 3), (2, 3)]
nodes = st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 9))


def _leaf(rng: random.Random, shape: tuple[int, ...]) -> Any:
    numbers = [(2 * rng.randint(-24, 24) + 1) / 16 for _ in range(math.prod(shape))]
    return np.array(numbers).reshape(shape) if shape else numbers[0]


@st.composite
def programs(draw: Any, names: Sequence[str], shapes: Sequence[tuple[int, ...]] = SHAPES, size: int = 8) -> Program:
    """A program of at most so many steps over two inputs and a constant."""
    rng = random.Random(draw(st.integers(0, 2**32 - 1)))
    builder = Builder([_leaf(rng, draw(st.sampled_from(shapes))) for _ in range(3)], 2)
    for name, places, choice in draw(st.lists(st.tuples(st.sampled_from(names), nodes, st.integers(0, 40)), min_size=2, max_size=size)):
        builder.add(name, places, choice)
    return Program(builder.leaves, builder.inputs, builder.steps)
