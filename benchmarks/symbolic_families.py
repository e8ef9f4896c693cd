"""Engines and families of the symbolic benchmark.

An engine is a small adapter: make variables, add, multiply, differentiate, evaluate.  A family is written once, against
that adapter: a point, a recipe of random choices drawn before the clock starts, and a function that builds the
expression from the engine's variables by ordinary operators.  Adding a peer or a family is one row of `ENGINES` or
`FAMILIES`.

Peers get their fast path: sums and products of many terms go to `sympy.Add`, `symengine.Mul`, `casadi.sum1`,
`jax.numpy.prod` (ours folds + and *), and SymPy and SymEngine eliminate common subexpressions; because that pays for
some families and costs for others, SymEngine is measured with and without.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import math
import operator
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

STAGES = ("build", "gradient", "evaluate")


@dataclass(frozen=True)
class Run:
    """One run: seconds per stage, the gradient, and (ours only) the distinct nodes of function and gradient."""

    seconds: tuple[float, float, float]
    values: list[float]
    nodes: tuple[int, int] = (0, 0)


class Engine:
    """What a family may ask of an engine; `module` also holds its elementary functions."""

    module = ""

    def __init__(self) -> None:
        self.api: Any = importlib.import_module(self.module)
        self.sin, self.exp, self.tanh = (getattr(self.api, name) for name in ("sin", "exp", "tanh"))

    def variables(self, count: int) -> list[Any]:
        return [self.api.Symbol(f"x{i}") for i in range(count)]

    def add(self, terms: Sequence[Any]) -> Any:
        return self.api.Add(*terms)

    def mul(self, factors: Sequence[Any]) -> Any:
        return self.api.Mul(*factors)

    def gradient(self, e: Any, xs: list[Any]) -> Any:
        return [e.diff(x) for x in xs]

    def evaluate(self, gradient: Any, xs: list[Any], point: list[float]) -> list[float]:
        raise NotImplementedError

    def nodes(self, e: Any, gradient: Any) -> tuple[int, int]:
        return (0, 0)

    def run(self, family: Family, point: list[float], recipe: Any) -> Run:
        """Build, differentiate, evaluate; the clock runs for these three only."""
        start = time.perf_counter()
        xs = self.variables(len(point))
        e = family.build(self, xs, recipe)
        built = time.perf_counter()
        gradient = self.gradient(e, xs)
        differentiated = time.perf_counter()
        values = self.evaluate(gradient, xs, point)
        seconds = (built - start, differentiated - built, time.perf_counter() - differentiated)
        return Run(seconds, values, self.nodes(e, gradient))


class Micrograd(Engine):
    module = "micrograd.verified"

    def variables(self, count: int) -> list[Any]:
        return [self.api.var(f"x{i}") for i in range(count)]

    def add(self, terms: Sequence[Any]) -> Any:
        return functools.reduce(operator.add, terms)

    def mul(self, factors: Sequence[Any]) -> Any:
        return functools.reduce(operator.mul, factors)

    def gradient(self, e: Any, xs: list[Any]) -> Any:
        return self.api.gradient(e, xs)

    def evaluate(self, gradient: Any, xs: list[Any], point: list[float]) -> list[float]:
        values: list[float] = self.api.evaluate(gradient, {f"x{i}": value for i, value in enumerate(point)})
        return values

    def nodes(self, e: Any, gradient: Any) -> tuple[int, int]:
        return len(self.api.postorder([e])), len(self.api.postorder(gradient))


class SymPy(Engine):
    module = "sympy"

    def evaluate(self, gradient: Any, xs: list[Any], point: list[float]) -> list[float]:
        return [float(v) for v in self.api.lambdify(xs, gradient, cse=True, modules="math")(*point)]


class SymEngine(Engine):
    """`Lambdify` by closures: for one evaluation several times faster, in all, than compiling with LLVM."""

    module = "symengine"
    cse = False

    def evaluate(self, gradient: Any, xs: list[Any], point: list[float]) -> list[float]:
        function = self.api.Lambdify(xs, gradient, cse=self.cse, backend="lambda")
        values: list[float] = function(point).ravel().tolist()
        return values


class SymEngineCse(SymEngine):
    cse = True


class CasADi(Engine):
    module = "casadi"

    def variables(self, count: int) -> list[Any]:
        return [self.api.SX.sym(f"x{i}") for i in range(count)]

    def add(self, terms: Sequence[Any]) -> Any:
        return self.api.sum1(self.api.vertcat(*terms))

    def mul(self, factors: Sequence[Any]) -> Any:
        return functools.reduce(operator.mul, factors)

    def gradient(self, e: Any, xs: list[Any]) -> Any:
        return self.api.gradient(e, self.api.vertcat(*xs))

    def evaluate(self, gradient: Any, xs: list[Any], point: list[float]) -> list[float]:
        function = self.api.Function("g", [self.api.vertcat(*xs)], [gradient])
        values: list[float] = function(point).full().ravel().tolist()
        return values


class Jax(Engine):
    """Tracing interleaves build and gradient, so both are reported as gradient, and XLA's compilation as evaluate."""

    module = "jax.numpy"

    def add(self, terms: Sequence[Any]) -> Any:
        return self.api.sum(self.api.stack(terms))

    def mul(self, factors: Sequence[Any]) -> Any:
        return self.api.prod(self.api.stack(factors))

    def __init__(self) -> None:
        super().__init__()
        self.jax: Any = importlib.import_module("jax")
        self.jax.config.update("jax_enable_x64", True)

    def run(self, family: Family, point: list[float], recipe: Any) -> Run:
        start = time.perf_counter()
        array = self.api.array(point)
        traced = self.jax.jit(self.jax.grad(lambda xs: family.build(self, list(xs), recipe))).lower(array)
        lowered = time.perf_counter()
        values = traced.compile()(array).tolist()
        return Run((0.0, lowered - start, time.perf_counter() - lowered), values)


ENGINES: dict[str, type[Engine]] = {
    "micrograd": Micrograd,
    "casadi": CasADi,
    "symengine": SymEngine,
    "symengine+cse": SymEngineCse,
    "sympy+cse": SymPy,
    "jax": Jax,
}
OURS = "micrograd"


def installed_engines() -> list[str]:
    """The engines that can be imported here, ours first."""
    return [name for name, engine in ENGINES.items() if importlib.util.find_spec(engine.module.split(".")[0])]


@dataclass(frozen=True)
class Family:
    """One function family; `plan(size)` gives the point (one number per variable) and the recipe for `build`."""

    name: str
    size: int
    small: int
    formula: str
    plan: Callable[[int], tuple[list[float], Any]]
    build: Callable[[Engine, list[Any], Any], Any]


def plan_product(size: int) -> tuple[list[float], Any]:
    return [1 + (i % 7 - 3) / 64 for i in range(size)], None


def build_product(f: Engine, xs: list[Any], recipe: Any) -> Any:
    return f.mul(xs)


def build_nested(f: Engine, xs: list[Any], depth: int) -> Any:
    """Below 0 the map sin(x)·exp(x) + x has the attracting fixed point −π, so every value is finite."""
    y = xs[0]
    for _ in range(depth):
        y = f.sin(y) * f.exp(y) + y
    return y


TERMS: tuple[Callable[[Engine, Any, Any, int], Any], ...] = (
    lambda f, x, y, c: c * x * y,
    lambda f, x, y, c: c * f.sin(x) * y,
    lambda f, x, y, c: c * f.exp(x * y),
    lambda f, x, y, c: x / (y * y + c),
    lambda f, x, y, c: c * f.tanh(x + y),
)


def plan_sum(size: int) -> tuple[list[float], Any]:
    """√size variables, so that terms share subterms to the same extent at every size."""
    rng = random.Random(size)
    count = math.isqrt(size)
    recipe = [(rng.choice(TERMS), rng.randrange(count), rng.randrange(count), rng.randint(2, 99)) for _ in range(size)]
    return [rng.uniform(0.1, 1.0) for _ in range(count)], recipe


def build_sum(f: Engine, xs: list[Any], recipe: Any) -> Any:
    return f.add([term(f, xs[i], xs[j], c) for term, i, j, c in recipe])


def plan_mlp(size: int) -> tuple[list[float], Any]:
    """`size` hidden units, twice as many inputs, at most ten outputs; weights small enough not to saturate tanh."""
    rng = random.Random(size)
    inputs, outputs = 2 * size, min(10, size)
    weights = size * (inputs + 1) + outputs * (size + 1)
    data = [2 + i % 5 for i in range(inputs)]
    return [rng.uniform(-1.0, 1.0) / (4 * math.sqrt(size)) for _ in range(weights)], (data, size, outputs)


def build_mlp(f: Engine, xs: list[Any], recipe: Any) -> Any:
    data, hidden, outputs = recipe
    weights = iter(xs)
    layer = dense(f, dense(f, data, hidden, weights), outputs, weights)
    return f.add([(y - target) ** 2 for target, y in enumerate(layer, start=2)])


def dense(f: Engine, inputs: Sequence[Any], units: int, weights: Iterator[Any]) -> list[Any]:
    return [f.tanh(f.add([*(next(weights) * x for x in inputs), next(weights)])) for _ in range(units)]


CHAIN_LINKS: tuple[Callable[[Engine, Any, Any, Any], Any], ...] = (
    lambda f, y, x, z: f.sin(y),
    lambda f, y, x, z: y * x,
    lambda f, y, x, z: y + z,
)


def build_chain(f: Engine, xs: list[Any], links: int) -> Any:
    """Iterates y ← x·sin(y) + z at a point where it contracts slowly (by 0.99 a turn): the gradient stays finite."""
    x, z = xs
    y = x
    for i in range(links):
        y = CHAIN_LINKS[i % 3](f, y, x, z)
    return y


FAMILIES: tuple[Family, ...] = (
    Family("speelpenning-100", 100, 5, "x1·x2·…·xn, n = 100", plan_product, build_product),
    Family("speelpenning-1000", 1000, 8, "x1·x2·…·xn, n = 1000", plan_product, build_product),
    Family("nested", 500, 4, "f(f(…f(x))), f = sin·exp + x, depth 500, x = −½", lambda n: ([-0.5], n), build_nested),
    Family("sum", 10_000, 12, "sum of 1e4 random terms in 100 variables", plan_sum, build_sum),
    Family("mlp", 60, 3, "2-layer tanh MLP 120-60-10, squared error, all weights", plan_mlp, build_mlp),
    Family("chain", 100_000, 10, "y ← sin y, y·x, y + z, …; 1e5 operations", lambda n: ([2.0, -0.685], n), build_chain),
)
FAMILY_NAMES = [family.name for family in FAMILIES]
