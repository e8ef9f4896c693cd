"""What is read of a function is what Python computes, or it is refused: a table of snippets, compared with Python's own answers.

The comparison that `trace` makes itself is switched off here, so that reading alone is tested.
"""

from __future__ import annotations

import contextlib
import copy
import fractions
import functools
import itertools
import math
import operator
import pickle
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import micrograd as mg
from micrograd.trace import tracing
from micrograd.trace.tracing import trace
from micrograd.verified.errors import MicrogradError, UnsupportedPrimitive

POINTS = [0.7390851332151607, -1.3247179572447461, 2.685452001065306, 3.0, -2.0, 0.0, 1.0, -0.2614972128476428, 7.389056098930650]
RATE = 1 / 3600
WEIGHTS = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).reshape(2, 3)
IN_PLACE: dict[str, Any] = {"add": operator.iadd, "divide": operator.itruediv}


class Wrapped:
    """A decorator that is a class, and changes what it decorates."""

    def __init__(self, function: Callable[[float], float]) -> None:
        functools.update_wrapper(self, function)
        self.function = function

    def __call__(self, x: float) -> float:
        return self.function(x) * 2


@Wrapped
def doubled_by_class(x: float) -> float:
    return x * x


def tripled(function: Callable[..., float]) -> Callable[..., float]:
    @functools.wraps(function)
    def inner(*args: float, **kwargs: float) -> float:
        return 3 * function(*args, **kwargs)

    return inner


@tripled
def tripled_by_function(x: float) -> float:
    return x * x


@functools.singledispatch
def dispatched(x: Any) -> Any:
    return x


@dispatched.register
def _(x: float) -> float:
    return 2 * x


@dispatched.register
def _(x: int) -> int:
    return 3 * x


class Cached:
    @functools.cached_property
    def scale(self) -> float:
        return 1 / 3

    def f(self, x: float) -> float:
        return self.scale * x


memory: dict[str, float] = {}
history: list[float] = []


def remembers(x: float) -> float:
    if "x" not in memory:
        memory["x"] = x
    return memory["x"]


def appends(x: float) -> float:
    history.append(x)
    return x


class Suppressing:
    def __enter__(self) -> None: ...

    def __exit__(self, *arguments: object) -> bool:
        return True


def with_suppress(x: float) -> float:
    with contextlib.suppress(ZeroDivisionError):
        return 1 / 0 * x
    return x


def with_users(x: float) -> float:
    with Suppressing():
        raise ValueError
    return x


def with_errstate(x: float) -> Any:
    with np.errstate(all="ignore"):
        return np.exp(x)


def finally_returns(x: float) -> float:
    try:
        raise ValueError
    finally:
        return x  # noqa: B012


def finally_is_harmless(x: float) -> float:
    try:
        y = 2 * x
    finally:
        x = 1.0
    return y + x


def raises_with_text(x: float) -> float:
    if x < 0:
        raise ValueError("negative: %g, {}".format(x) % x, f"{x:.3f}")  # noqa: UP032
    return x


def loop(x: float) -> float:
    total = 0.0
    for k in range(1, 5):
        total += x**k / k
    return total


def while_loop(x: float) -> float:
    n = 0
    while n < 3:
        x = x / 2
        n += 1
    return x


def in_place(v: Any) -> Any:
    w = v
    w += 1
    w[0] = 5 * v[1]
    return v


def view(v: Any) -> Any:
    w = v[1:]
    w *= 2
    return v


def asarray_is_the_same(v: Any) -> Any:
    w = np.asarray(v)
    w[0] = 5.0
    return v * 1


def array_is_a_copy(v: Any) -> Any:
    w = np.array(v)
    w[0] = 5.0
    return v * 1


def integers_truncate(v: Any) -> Any:
    w = np.zeros_like(np.array([1, 2, 3]))
    w[0] = 2.7
    return w + v


def full_of_integers(v: Any) -> Any:
    w = np.full(3, 1)
    w[0] = 2.7
    return w * v


def masked(v: Any) -> Any:
    w = v.copy()
    w[w > 0] = 0.5
    return w


def masked_rows(v: Any) -> Any:
    w = np.outer(v, v)
    w[v > 1] = 0.0
    return w.sum()


def masked_by_many(v: Any) -> Any:
    w = v.copy()
    w[v > 0] = 2 * v
    return w


def matched(x: float) -> float:
    match x > 0:
        case True:
            return x
        case _:
            return 2 * x


def out_argument(v: Any) -> Any:
    w = np.zeros(3)
    np.multiply(v, v, out=w)
    return w


def out_by_position(v: Any) -> Any:
    w = np.zeros(3)
    np.multiply(v, v, w)
    return w


def aliased_list(x: float) -> float:
    a = [x, 2 * x]
    b = a
    b[0] = 5.0
    return a[0] + a[1]


def default_list(x: float, seen: list[float] = []) -> float:  # noqa: B006
    seen.append(1.0)
    return x * len(seen)


def late_closures(x: float) -> float:
    functions: list[Any] = [lambda y: y * k for k in range(3)]  # noqa: B023
    return float(sum(f(x) for f in functions))


def walrus(x: float) -> float:
    return y * y if (y := x + 1) > 0 else -y


def chained(x: float) -> float:
    return 1.0 * x if -1 < x < 2 <= x + 5 else 3.0


def generator_inside(x: float) -> float:
    def powers() -> Iterator[float]:
        for k in range(3):
            yield x**k

    return sum(powers())


def quotients(x: float) -> float:
    n = 1440
    y = x * (1 / n)
    y /= 7
    y *= 10**-3
    return y + x * 1e-3 * 7 + 2 / 3 * x


def literal_if(x: float) -> float:
    return x if 0.1 + 0.2 == 0.3 else 2 * x


def literal_truth(x: float) -> float:
    return x if (0.1 + 0.2 - 0.3) else 2 * x


SCALARS: dict[str, Callable[..., Any]] = {
    # meaning
    "class decorator": doubled_by_class,
    "wraps": tripled_by_function,
    "singledispatch": dispatched,
    "singledispatch inside": lambda x: dispatched(x),
    "cached property": Cached().f,
    "remembers": remembers,
    "appends": appends,
    "appends a method": lambda x, push=history.append: (push(x), x)[1],
    "is True": lambda x: x if (x > 0) is True else 2 * x,
    "is not False": lambda x: x if (x > 0) is not False else 2 * x,
    "is": lambda x: 1.0 if x is x else 2 * x,
    "is number": lambda x: 1.0 if x is RATE else 2 * x,
    "is None": lambda x: 1.0 if x is None else 2 * x,
    "operator.is_": lambda x: x if operator.is_(x > 0, True) else 2 * x,
    "match": matched,
    "suppress": with_suppress,
    "users with": with_users,
    "errstate": with_errstate,
    "finally returns": finally_returns,
    "finally": finally_is_harmless,
    "error text": raises_with_text,
    "invert": lambda x: ~(x > 0) * x,
    "invert np": lambda x: np.invert(x > 0) * x,
    "bit and": lambda x: ((x > 0) & 2) * x,
    "bit or": lambda x: ((x > 0) | 2) * x,
    "bit xor": lambda x: (2 ^ (x > 0)) * x,
    "bits of conditions": lambda x: ((x > 0) & (x < 1) | (x < -1)) * x,
    "condition + 1": lambda x: ((x > 0) + 1) * x,
    "condition + condition": lambda x: ((x > 0) + (x > 1)) * x,
    "condition - condition": lambda x: ((x > 0) - (x < 0)) * x,
    "condition * condition": lambda x: (x > 0) * (x > 1) * x,
    "-condition": lambda x: -(x > 0) * x,
    "sum of conditions": lambda x: sum([x > 0, x > 1, x > 2]) * x,
    "type": lambda x: 1.0 if type(x) is float else x,
    "type name": lambda x: len(type(x).__name__) * x,
    "class": lambda x: 1.0 if x.__class__ is float else x,
    "class name": lambda x: len(x.__class__.__name__) * x,
    "isinstance float": lambda x: 1.0 if isinstance(x, float) else x,
    "isinstance int": lambda x: 1.0 if isinstance(x, int) else x,
    "isinstance number": lambda x: 1.0 if isinstance(x, int | float) else x,
    "isinstance tuple": lambda x: 1.0 if isinstance(x, (int, float)) else x,
    "isinstance array": lambda x: 1.0 if isinstance(x, np.ndarray) else x,
    "isinstance np.floating": lambda x: 1.0 if isinstance(x, np.floating) else x,
    "hasattr": lambda x: 1.0 if hasattr(x, "shape") else x,
    "hasattr ours": lambda x: 1.0 if hasattr(x, "expr") else x,
    "getattr default": lambda x: getattr(x, "expr", 5.0) * x,
    "dir": lambda x: len(dir(x)) * x,
    "f-string": lambda x: len(f"{x}") * x,
    "f-string number": lambda x: float(f"{x:.2f}"),
    "f-string int": lambda x: int(f"{x:.0f}"),
    "f-string compare": lambda x: x if f"{x}" == "1.0" else 2 * x,
    "f-string constant": lambda x: len(f"{0.5}") * x,
    "str": lambda x: len(str(x)) * x,
    "repr": lambda x: len(repr(x)) * x,
    "format": lambda x: float(format(x, ".2f")),
    "percent": lambda x: float("%.2f" % x),  # noqa: UP031
    "percent s": lambda x: len("%s" % x) * x,  # noqa: UP031
    "str of list": lambda x: len(str([x])) * x,
    "f-string of list": lambda x: len(f"{[x]}") * x,
    "hash": lambda x: hash(x) * 1.0,
    "id": lambda x: (id(x) > 0) * x,
    "dict key": lambda x: {x: 1.0}.get(x, 2.0),
    "set": lambda x: len({x, x + 1, x}) * x,
    "in list": lambda x: x if x in [1.0, 2.0, 3.0] else 2 * x,
    "in tuple": lambda x: x if x in (1, 3) else 2 * x,
    "in range": lambda x: x if x in range(4) else 2 * x,
    "in set": lambda x: x if x in {1.0, 3.0} else 2 * x,
    "sorted": lambda x: sorted([x, 1.0, -x])[0],
    "sorted key": lambda x: sorted([x, 1.0, 2.0], key=lambda t: -t)[0],
    "int": lambda x: int(x) * 1.0,
    "bool": lambda x: bool(x) * x,
    "round": lambda x: round(x),
    "round digits": lambda x: round(x, 1),
    "int of condition": lambda x: int(x > 0) * x,
    "index by condition": lambda x: [x, 2 * x][x > 0],
    "round constant": lambda x: round(2.675, 2) * x,
    "round certain constant": lambda x: round(2.6751, 2) * x,
    "int constant": lambda x: int(0.29 * 100) * x,
    "floor constant": lambda x: math.floor(0.7 * 10 / 7 * 3) * x,
    "constant comparison": literal_if,
    "constant truth": literal_truth,
    "irrational comparison": lambda x: x if math.sqrt(2) ** 2 == 2 else 2 * x,
    "irrational order": lambda x: x if math.sqrt(2) > 1.4 else 2 * x,
    "min nan": lambda x: min(x, math.nan),
    "nan min": lambda x: min(math.nan, x),
    "max nan": lambda x: max(x, float("nan")),
    "np.minimum nan": lambda x: np.minimum(x, np.nan),
    "np.fmin nan": lambda x: np.fmin(x, np.nan),
    "min inf": lambda x: min(x, math.inf) + max(x, -math.inf),
    "max inf": lambda x: 1 / max(x, math.inf),
    "x / inf": lambda x: x / math.inf,
    "inf / x": lambda x: 1 / (math.inf / x),
    "x * inf": lambda x: math.exp(-abs(x * math.inf)),
    "x + inf": lambda x: math.exp(-(x + math.inf)),
    "inf - x": lambda x: 1 / (math.inf - x),
    "exp(-inf)": lambda x: x + math.exp(-math.inf),
    "tanh(inf)": lambda x: x * math.tanh(math.inf) * np.tanh(-np.inf),
    "x ** inf": lambda x: x**-math.inf,
    "x < inf": lambda x: x if x < math.inf else 2 * x,
    "x == nan": lambda x: x if x == math.nan else 2 * x,
    "np.minimum inf": lambda x: 2 * np.minimum(x, np.inf),
    "np.clip inf": lambda x: np.clip(x, -np.inf, np.inf),
    "where nan": lambda x: np.where(x > 0, x, np.nan),
    "where inf": lambda x: np.minimum(np.where(x > 0, np.inf, x), 3.0),
    "where -inf exp": lambda x: np.exp(np.where(x > 0, -np.inf, x)),
    "inf literal": lambda x: min(x, 1e400),
    "float inf": lambda x: min(x, float("inf")),
    "atan2(0, 0)": lambda x: math.atan2(0, 0) + x,
    "atan2(0.0, -0.0)": lambda x: math.atan2(0.0, -0.0) + x,
    "atan2(-0.0, x)": lambda x: math.atan2(-0.0, x),
    "atan2(x, x)": lambda x: math.atan2(x, x),
    "atan2(-x, x)": lambda x: math.atan2(-x, x) if x != 0 else 0.0,
    "np.arctan2": lambda x: np.arctan2(x, x),
    "copysign -0.0": lambda x: math.copysign(x, -0.0),
    "copysign 0.0": lambda x: math.copysign(x, 0.0),
    "copysign x": lambda x: math.copysign(1, x),
    "copysign -x": lambda x: math.copysign(1, -x),
    "copysign 2x": lambda x: math.copysign(1, -2 * x),
    "copysign x - 1": lambda x: math.copysign(1, x - 1),
    "np.copysign": lambda x: np.copysign(3.0, x),
    "pow": lambda x: pow(x, 2) + pow(10, -3) * x + pow(2, 3),
    "pow mod": lambda x: pow(7, 3, 5) * x,
    "0 ** 0": lambda x: x**0 + 0**0,
    "cube root": lambda x: x ** (1 / 3),
    "floor division": lambda x: x // 0.25 + (-x) // 0.25 + x // -0.25,
    "mod": lambda x: x % 0.25 + (-x) % 0.25 + x % -0.25,
    "rmod": lambda x: 7 % (x + 10.1) + (-7) % (x + 10.1),
    "divmod": lambda x: divmod(x, 0.3)[0] + divmod(x, 0.3)[1],
    "fmod": lambda x: math.fmod(x, 0.3) + math.fmod(-x, 0.3) + math.fmod(x, -0.3),
    "remainder": lambda x: math.remainder(x, 0.3),
    "np.mod": lambda x: np.mod(x, 0.25) + np.fmod(-x, 0.3) + np.remainder(x, -0.25) + np.floor_divide(x, -0.25),
    "integers": lambda x: (-7 // 2) * x + (-7 % 3) + 7 // -2 + (1 << 3) + (6 & 3),
    "np.int overflow": lambda x: np.int32(2) ** np.int32(31) * x,
    "np.int64": lambda x: np.int64(3) * x + np.int64(1) / 3 + x / np.int64(7),
    "np.float64": lambda x: np.float64(0.5) * x + np.float64(2.0) ** x,
    "np.float32": lambda x: np.float32(0.1) * x,
    "np.float32 of x": lambda x: np.float32(x) * 1.0,
    "np.bitwise_and": lambda x: np.bitwise_and(6, 3) * x,
    "np.power": lambda x: np.power(2, 3) * x + np.power(x, 2) + np.float_power(2, -1),
    "np.reciprocal": lambda x: np.reciprocal(2) * x + np.reciprocal(4.0),
    "np.reciprocal x": lambda x: np.reciprocal(x),
    "np.any one": lambda x: np.any([x]) * 3,
    "np.all one": lambda x: np.all(np.array([x])) * 3,
    "np.logical": lambda x: np.logical_and(x, x > 1) * 2 + np.logical_or(x > 0, x > 1) * 1 + np.logical_xor(x > 0, x > 1) * x,
    "np.sum of conditions": lambda x: np.sum([x > 0, x > 1]) * x,
    "np.sum of one": lambda x: np.sum([x > 0]) * x,
    "np.mean of conditions": lambda x: np.mean([x > 0, x > 1, x > -1]) * x,
    "np.where numbers": lambda x: np.where(x, 1.0, 2.0),
    "np.where conditions": lambda x: np.where(x > 0, x > 1, x < -1) * x,
    "np.select": lambda x: np.select([x > 1, x > 0], [x, 2 * x], default=-1.0),
    "np.heaviside": lambda x: np.heaviside(x, 0.5),
    "np.sinc": lambda x: np.sinc(x),
    "np.sign": lambda x: np.sign(x) + np.sign(-2),
    "np.isfinite": lambda x: 1.0 if np.isfinite(np.log(x)) else 2.0,
    "math.isfinite": lambda x: 1.0 if math.isfinite(1 / x) else 2.0,
    "math.isfinite log": lambda x: 1.0 if math.isfinite(math.log(x)) else 2.0,
    "np.isnan": lambda x: 1.0 if np.isnan(x) else 2 * x,
    "np.nan_to_num": lambda x: np.nan_to_num(np.log(x)),
    "np.round": lambda x: np.round(x, 1),
    "np.rint": lambda x: np.rint(x),
    "np.array int": lambda x: np.array([x, 1.0]).astype(int)[0] * 1.0,
    "np.asarray int": lambda x: np.asarray([x, 2.7], dtype=int)[1] * 1.0,
    "np.asarray constants": lambda x: np.asarray([1.5, 2.7], dtype=int)[1] * x,
    "np.array ndmin": lambda x: np.array([x, x], ndmin=2).shape[0] * x,
    "np.array float32": lambda x: np.array([x, 0.1], dtype=np.float32).sum(),
    "np.array text": lambda x: np.array([x, 0.1], dtype="float32").sum(),
    "np.array copy": lambda x: np.array([x, x], copy=True)[0],
    "np.zeros": lambda x: (np.zeros(2, int) + x).sum() + np.zeros((2,), dtype=float).sum(),
    "np.empty": lambda x: np.empty(2).sum() * 0 + x,
    "np.eye": lambda x: (np.eye(2, k=1) * x).sum() + (np.identity(2, dtype=int) * x).sum(),
    "np.identity": lambda x: np.identity(2, int)[0, 0] / 2 * x,
    "np.full": lambda x: np.full(2, x).sum() + np.full((2,), 3)[0] / 2,
    "np.full_like": lambda x: np.full_like(np.array([1, 2]), 0.7).sum() + x,
    "np.arange": lambda x: (np.arange(0, 1, 0.1) * x).sum(),
    "np.arange float": lambda x: (np.arange(1, 1.3, 0.1) * x).sum(),
    "np.arange int": lambda x: (np.arange(5) / 3 * x).sum() + np.arange(1, 4)[1] / 7,
    "np.arange dtype": lambda x: (np.arange(3, dtype=float) / 3 * x).sum(),
    "np.arange keywords": lambda x: (np.arange(1, stop=4, step=2) * x).sum(),
    "np.linspace": lambda x: (np.linspace(0, 1, 4) * x).sum(),
    "np.linspace one": lambda x: (np.linspace(2, 5, 1) * x).sum(),
    "np.linspace endpoint": lambda x: (np.linspace(0, 1, 4, endpoint=False) * x).sum(),
    "np.linspace positional": lambda x: (np.linspace(0, 1, 4, False) * x).sum(),
    "np.linspace int": lambda x: (np.linspace(0, 10, 4, dtype=int) * x).sum(),
    "np.linspace retstep": lambda x: np.linspace(0, 1, 4, retstep=True)[1] * x,
    "np.vectorize": lambda x: np.vectorize(lambda a: a * a)(np.array([x, 2.0])).sum(),
    "np.vectorize otypes": lambda x: np.vectorize(lambda a: a * 0.5, otypes=[int])(np.array([x, 2.0])).sum() * 1.0,
    "np.vectorize first int": lambda x: np.vectorize(lambda a: 0 if a > 100 else a)(np.array([200.0, x])).sum(),
    "np.vectorize ints": lambda x: (np.vectorize(lambda a: 1 if a > 100 else 2)(np.array([200.0, 3.0])) * x).sum(),
    "np.interp": lambda x: np.interp(x, [0.0, 1.0], [0.0, 2.0]),
    "np.add dtype": lambda x: np.add(x, 1.7, dtype=float),
    "np.add where": lambda x: np.add(x, 1.7, where=False),
    "np.add.reduce": lambda x: np.add.reduce([x, 1.0, 2.0]) + np.multiply.reduce([x, 2.0]),
    "np.maximum.reduce": lambda x: np.maximum.reduce([x, 1.0, -x], initial=0.5),
    "np.logical_and.reduce": lambda x: np.logical_and.reduce([x > 0, x < 2]) * x,
    "np.add.accumulate": lambda x: np.add.accumulate([x, 1.0, 2.0])[2],
    "np.subtract.outer": lambda x: np.subtract.outer([x, 1.0], [1.0, 2.0]).sum(),
    "np.add.at": lambda x: [np.add.at(np.array([x, 1.0]), [0, 0], 1.0), x][1],  # type: ignore[func-returns-value]
    "np.isscalar": lambda x: 1.0 if np.isscalar(x) else x,
    "np.ndim": lambda x: (np.ndim(x) + np.size(x)) * x,
    "np.float64 methods": lambda x: np.sum([x, x]).item() + np.max([x, 1.0]),
    "concatenated integers": lambda x: (np.concatenate([np.array([1, 2]), np.array([x])]) / 3).sum(),
    "stacked integers": lambda x: np.hstack([np.array([1]), np.array([x])])[0] / 3,
    "integer array mean": lambda x: np.array([1, 2, 4]).mean() * x + np.array([1, 2, 4]).std() + np.mean([1, 2, 4]),
    "integer array power": lambda x: (np.array([1, 2, 4]) ** 2 * x).sum() + (np.array([1, 2, 4]) ** -1.0).sum(),
    "integer overflow": lambda x: (np.array([200], dtype=np.uint8) + np.array([100], dtype=np.uint8))[0] * x,
    "integer sum": lambda x: np.array([1, 2, 4]).sum() / 3 * x + np.cumsum([1, 2, 4])[2] / 7,
    "integer in place": lambda x: IN_PLACE["add"](np.array([1, 2]), 1)[0] * x,
    "bool array": lambda x: (np.array([True, False]) + np.array([True, True]))[0] * x,
    "bool sum": lambda x: np.array([True, True]).sum() * x + np.mean([True, False]),
    # control
    "random": lambda x: random.random() * x,
    "time": lambda x: time.time() * x,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)) * x,
    "copy": lambda x: copy.copy(x) + copy.deepcopy([x, 1.0])[0],
    "eval": lambda x: eval("x * 0.1"),
    "globals": lambda x: len(globals()) * x,
    "loop": loop,
    "while": while_loop,
    "range of x": lambda x: sum(1.0 for _ in range(int(x))),
    "aliased list": aliased_list,
    "default list": default_list,
    "late closures": late_closures,
    "walrus": walrus,
    "chained": chained,
    "generator": generator_inside,
    "any": lambda x: 1.0 if any([x > 5, x > 0]) else x,
    "all": lambda x: 1.0 if all(t > 0 for t in (x, x + 1)) else x,
    "reduce": lambda x: functools.reduce(operator.truediv, [x, 3, 7]) + functools.reduce(operator.truediv, [1, 3, 7]),
    "operator": lambda x: operator.truediv(1, 3) * x + operator.pow(10, -3),
    "itertools": lambda x: list(itertools.accumulate([x, 2.0, 3.0], operator.mul))[2],
    "fractions": lambda x: fractions.Fraction(1, 3) * x,
    "fractions float": lambda x: float(fractions.Fraction(1, 3)) * x,
    "complex": lambda x: abs(complex(0, 1) * x),
    "real": lambda x: x.real + x.imag + x.conjugate(),
    "is_integer": lambda x: 1.0 if x.is_integer() else x,
    "as_integer_ratio": lambda x: x.as_integer_ratio()[0] * 1.0,
    "hex": lambda x: len(x.hex()) * 1.0,
    "bool of text": lambda x: 1.0 if f"{x}" else x,
    "print": lambda x: print("x") or x,
    "max key": lambda x: max([x, 1.0, -3.0], key=abs),
    "min default": lambda x: min([], default=3.0) * x,
    "min strange": lambda x: min((x, 1.0), (1.0, x))[0],
    "sum start": lambda x: sum([x, 2 * x], 1.5) + sum([], 0.5),
    "fsum": lambda x: math.fsum([x, 0.1, 0.2]) + math.prod([x, 2], start=3) + math.dist([x, 1.0], [0.0, 2.0]),
    "hypot": lambda x: math.hypot(x) + math.hypot(x, 1.0) + math.hypot(x, 1.0, 2.0),
    "log base": lambda x: math.log(abs(x) + 1, 2) + math.log(8, 2),
    "floor": lambda x: math.floor(x) + math.ceil(x) + math.trunc(x) + math.floor(2.5),
    "math": lambda x: math.degrees(x) + math.radians(x) + math.fabs(x) + math.cbrt(x) + math.exp2(x),
    "math names": lambda x: math.comb(5, 2) * x + math.factorial(4) + math.gcd(12, 8) + math.isqrt(17),
    "isclose": lambda x: 1.0 if math.isclose(x, 3.0) else x,
    "frexp": lambda x: math.frexp(x)[0],
    "nextafter": lambda x: math.nextafter(x, 5.0),
    "micrograd": lambda x: mg.const(0.1) * x,
    # constants
    "quotients": quotients,
    "module constant": lambda x: RATE * x,
    "tiny": lambda x: 1e-400 + x,
    "digits": lambda x: 0.1234567890123456789 * x,
    "underscores": lambda x: 1_000.5 * x + 0.000_001,
}

VECTORS: dict[str, Callable[..., Any]] = {
    "in place": in_place,
    "view": view,
    "asarray": asarray_is_the_same,
    "array": array_is_a_copy,
    "integers truncate": integers_truncate,
    "full of integers": full_of_integers,
    "masked": masked,
    "masked rows": masked_rows,
    "masked by many": masked_by_many,
    "out": out_argument,
    "out by position": out_by_position,
    "sum axis": lambda v: np.sum(np.outer(v, v), axis=1) + np.sum(np.outer(v, v), 0) + np.outer(v, v).sum(axis=-1),
    "sum dtype by position": lambda v: np.sum(v, 0, float),
    "sum int": lambda v: np.sum(v, dtype=int),
    "sum keepdims": lambda v: np.sum(np.outer(v, v), axis=(0, 1), keepdims=True)[0],
    "sum initial": lambda v: np.sum(v, initial=2.0) + v.sum(initial=1.0),
    "sum where": lambda v: np.sum(v, where=[True, False, True]),
    "mean": lambda v: np.mean(np.outer(v, v), axis=(0, 1)) + np.outer(v, v).mean(0) + v.mean(keepdims=True),
    "mean by position": lambda v: np.mean(v, 0, None, None, True),
    "var": lambda v: np.var(v, ddof=1) + np.std(v, ddof=2) + v.var() + v.std(ddof=1) + np.var(np.outer(v, v), axis=1, ddof=1),
    "var by position": lambda v: np.var(v, 0, None, None, 1),
    "var correction": lambda v: np.var(v, correction=1),
    "std mean": lambda v: np.std(v, mean=0.0),
    "max": lambda v: np.max(v) + np.outer(v, v).max(axis=0) + np.min(v, initial=0.5) + v.min(keepdims=True),
    "max axes": lambda v: np.max(np.outer(v, v), axis=(0, 1)) + np.amax(v),
    "max where": lambda v: np.max(v, where=[True, False, True], initial=-1.0),
    "min inf": lambda v: np.min(np.where([True, False, True], v, np.inf)),
    "min inf by condition": lambda v: np.min(np.where(v > 0, v, np.inf), initial=4.0),
    "prod": lambda v: np.prod(v) + np.outer(v, v).prod(axis=0) + v.prod(initial=2.0),
    "any": lambda v: np.any(v > 0) * 1.0 + (v > 1).all() * 2.0 + np.any(np.outer(v, v) > 1, axis=1) * v,
    "average": lambda v: np.average(v, weights=[1, 2, 3]),
    "average axis": lambda v: np.average(np.outer(v, v), axis=0, weights=[1.0, 2.0, 3.0]),
    "average rows": lambda v: np.average(WEIGHTS * v, axis=0, weights=[1.0, 2.0]) + np.average(WEIGHTS * v, axis=1, weights=[1, 2, 3])[0],
    "average full": lambda v: np.average(WEIGHTS * v, axis=1, weights=WEIGHTS)[1],
    "average all": lambda v: np.average(WEIGHTS * v, weights=WEIGHTS) + np.average(WEIGHTS * v),
    "average returned": lambda v: np.average(v, weights=[1, 2, 3], returned=True)[1],
    "average keepdims": lambda v: np.average(WEIGHTS * v, axis=1, weights=WEIGHTS, keepdims=True).shape[1] * v,
    "norm": lambda v: np.linalg.norm(v) + np.linalg.norm(v, 1) + np.linalg.norm(v, np.inf) + np.linalg.norm(v, -np.inf),
    "norm 2": lambda v: np.linalg.norm(v, ord=2) + np.linalg.norm(v, 2.0),
    "norm 3": lambda v: np.linalg.norm(v, 3),
    "norm 0": lambda v: np.linalg.norm(v, 0),
    "norm matrix": lambda v: np.linalg.norm(np.outer(v, v + 1)) + np.linalg.norm(np.outer(v, v + 1), "fro"),
    "norm matrix 1": lambda v: np.linalg.norm(np.outer(v, v + 1), 1),
    "norm matrix 1 axes": lambda v: np.linalg.norm(np.outer(v, v + 1), 1, axis=(0, 1)),
    "norm matrix 2 axes": lambda v: np.linalg.norm(np.outer(v, v + 1), 2, axis=(0, 1)),
    "norm matrix inf": lambda v: np.linalg.norm(np.outer(v, v + 1), np.inf),
    "norm rows": lambda v: np.linalg.norm(np.outer(v, v + 1), axis=1) + np.linalg.norm(np.outer(v, v), 1, 0),
    "norm keepdims": lambda v: np.linalg.norm(np.outer(v, v), axis=1, keepdims=True).shape[1] * v,
    "norm vector fro": lambda v: np.linalg.norm(v, "fro"),
    "det": lambda v: np.linalg.det(np.diag(v) + np.outer(v, v)) + np.linalg.det([[1, 2], [3, 4]]),
    "inv": lambda v: np.linalg.inv(np.diag(v) + 9 * np.eye(3))[0],
    "solve": lambda v: np.linalg.solve(np.array([[2, 1, 0], [0, 3, 1], [1, 0, 4]]), v),
    "slogdet": lambda v: np.linalg.slogdet(np.diag(v))[1],
    "dot": lambda v: v.dot(v) + np.dot(v, [1, 2, 3]) + v @ np.array([0.1, 0.2, 0.3]) + np.inner(v, v) + np.vdot(v, v),
    "dot of conditions": lambda v: np.dot(v > 0, v > 1) * 1.0,
    "matmul of conditions": lambda v: ((v > 0) @ (v > 0)) * 1.0,
    "conditions add": lambda v: ((v > 0) + (v > 1)) * v,
    "conditions subtract": lambda v: ((v > 0) * 1 - (v > 1)) * v,
    "conditions multiply": lambda v: (v > 0) * (v > 1) * v,
    "conditions and": lambda v: ((v > 0) & (v < 1) | ~(v > -1)) * v,
    "conditions sum": lambda v: (v > 0).sum() * v + np.sum(v > 1, axis=0) + np.cumsum(v > 0),
    "conditions mean": lambda v: (v > 0).mean() * v + np.count_nonzero(v > 0),
    "conditions max": lambda v: np.max(v > 0) * v,
    "conditions diff": lambda v: np.diff(v > 0) * 1.0,
    "conditions astype": lambda v: (v > 0).astype(float) * v,
    "conditions astype int": lambda v: (v > 0).astype(int) * v,
    "conditions stored": lambda v: operator.setitem(m := v > 0, 0, v[0]) or m * 1.0,
    "scalar conditions": lambda v: ((np.sum(v) > 0) + (v[0] > 0)) * 1.0,
    "bits": lambda v: np.bitwise_and(v > 0, v > 1) * 1.0,
    "cumsum": lambda v: np.cumsum(v) + v.cumsum() + np.cumprod(v) + np.diff(v, prepend=0.0),
    "cumsum int": lambda v: np.cumsum(v, dtype=int),
    "clip": lambda v: np.clip(v, 0, 1) + v.clip(-1, 2) + np.clip(v, None, 1.5) + np.clip(v, a_min=0.1, a_max=None),
    "clip min": lambda v: np.clip(v, min=0.0, max=1.0),
    "clip out": lambda v: np.clip(v, 0, 1, np.zeros(3)),
    "round": lambda v: v.round(1),
    "dtype": lambda v: 1.0 if v.dtype == float else 2.0,
    "dtype object": lambda v: 1.0 if v.dtype == object else 2.0,
    "dtype of conditions": lambda v: 1.0 if (v > 0).dtype == bool else 2.0,
    "zeros of dtype": lambda v: np.zeros(3, dtype=v.dtype) + v,
    "nbytes": lambda v: v.nbytes * 1.0,
    "type of array": lambda v: 1.0 if type(v) is np.ndarray else 2.0,
    "isinstance array": lambda v: 1.0 if isinstance(v, np.ndarray) else 2.0,
    "type of entry": lambda v: 1.0 if isinstance(v[0], float) else 2.0,
    "astype": lambda v: v.astype(float) + v.astype("float64"),
    "astype int": lambda v: v.astype(int),
    "astype float32": lambda v: v.astype(np.float32),
    "astype object": lambda v: v.astype(object) * 2,
    "sort": lambda v: np.sort(v) + sorted(v)[0],
    "sort in place": lambda v: v.sort() or v,
    "argmax": lambda v: v[np.argmax(v)] + v[v.argmin()] + np.argmax(v),
    "argsort": lambda v: v[np.argsort(v)],
    "nonzero": lambda v: np.nonzero(v > 0)[0].size * 1.0,
    "where one": lambda v: np.where(v > 0)[0].size * 1.0,
    "selected": lambda v: v[v > 0].sum(),
    "selected by constants": lambda v: v[np.array([True, False, True])].sum() + v[[0, 2]].sum() + v[np.arange(3) > 0].sum(),
    "take": lambda v: np.take(v, [0, 2]).sum() + v.take(1) + np.take(v, 5, mode="wrap") + v.repeat(2).sum(),
    "flat": lambda v: sum(v.flat) + v.ravel()[0] + v.flatten()[1] + v.reshape(3, 1)[2, 0] + v.T[0],
    "broadcast": lambda v: (v[:, None] * v[None, :])[0] + (v[:, np.newaxis] + np.array([1, 2])).sum(),
    "einsum": lambda v: np.einsum("i,j->ij", v, v)[0] + np.einsum("i->", v),
    "structure": lambda v: np.concatenate([v, [1.0]])[:3] + np.stack([v, v], axis=1)[:, 0] + np.tile(v, 2)[:3] + np.roll(v, 1) + v[::-1],
    "structure 2": lambda v: np.tril(np.outer(v, v)).sum() + np.diag(v)[0] + np.trace(np.outer(v, v)) + np.pad(v, 1)[1:4] + np.flip(v),
    "structure 3": lambda v: np.kron(v, [1, 2])[:3] + np.cross(v, [1.0, 2.0, 3.0]) + np.vander(v)[:, 0] + np.insert(v, 0, 1.0)[:3],
    "structure 4": lambda v: np.append(v, 1.0)[1:] + np.delete(np.append(v, 1.0), 0) + np.meshgrid(v, v)[0][0] + np.squeeze(v[None]),
    "split": lambda v: np.split(v, 3)[1] + np.array_split(v, 2)[0].sum() + np.vstack([v, v])[1],
    "einsum optimize": lambda v: np.einsum("i,i", v, v, optimize=True) * v,
    "tensordot": lambda v: np.tensordot(v, v, axes=0)[0] + np.tensordot(v, v, 1),
    "logaddexp": lambda v: np.logaddexp.reduce(v) + np.logaddexp(v, 0) + np.logaddexp2(v, 1.0),
    "hypot": lambda v: np.hypot(v, 1) + np.arctan2(v, 2.0) + np.maximum(v, 0) + np.fmax(v, 1) + np.cbrt(v),
    "log of conditions": lambda v: np.where(v > 0, np.log(v), 0.0),
    "isfinite": lambda v: np.where(np.isfinite(np.log(v)), 1.0, 2.0),
    "quotient": lambda v: np.where(v > 0, v / np.array([0.0, 1.0, 2.0]), v),
    "loop": lambda v: sum(a * b for a, b in itertools.pairwise(v)) + len(v) + v.shape[0] / 7 + v.size,
    "unpack": lambda v: (lambda a, b, c: a * b + c)(*v),
    "list of array": lambda v: next(iter(v)) + v.tolist()[1] + v[-1] + v.item(0),
    "in array": lambda v: 1.0 if 1.0 in v else 2.0,
    "str of array": lambda v: len(str(v)) * 1.0,
    "fill": lambda v: v.fill(2.5) or v,
    "apply": lambda v: np.apply_along_axis(lambda a: a * 2, 0, v),
    "compare arrays": lambda v: np.where(v == np.array([1.0, 0.0, 3.0]), v, 2 * v),
    "array_equal": lambda v: 1.0 if np.array_equal(v, v) else 2.0,
    "power": lambda v: v**2 + 2**v + v**-1 + np.power(v, 3) + np.square(v),
    "matrix power": lambda v: (np.array([[1, 1], [1, 0]]) @ np.array([[1, 1], [1, 0]]))[0, 0] / 3 * v,
    "ones": lambda v: np.ones_like(v) * 2 + np.zeros_like(v) + np.full_like(v, 0.7) + np.ones(3) / 3,
    "ones of int": lambda v: np.ones_like([1, 2, 3]) / 3 * v,
    "float32 zeros": lambda v: np.zeros(3, dtype=np.float32) + v,
    "in place division": lambda v: IN_PLACE["divide"](v, 3),
    "in place integers": lambda v: IN_PLACE["divide"](np.array([1, 2, 3]), 3) + v,
}

# what has to be read, and not refused
SCALARS_THAT_ARE_READ = """
wraps; class decorator; is None; errstate; finally; error text; bits of conditions; condition + 1; condition * condition;
condition - condition; -condition; sum of conditions; isinstance number; isinstance tuple; isinstance array; in list; in
tuple; in range; sorted; int of condition; index by condition; round certain constant; irrational order; min nan; nan min;
min inf; x / inf; exp(-inf); tanh(inf); x < inf; np.minimum inf; np.clip inf; where nan; where inf; where -inf exp; copysign
x; copysign -0.0; pow; mod; floor division; fmod; np.mod; integers; np.float64; np.any one; np.logical; np.select; np.where
conditions; np.arange; np.linspace; np.vectorize; loop; while; aliased list; late closures; walrus; chained; generator; any;
all; reduce; operator; itertools; fractions; print; max key; sum start; fsum; hypot; log base; floor; math; quotients; module
constant; digits; underscores; integer array mean; concatenated integers; atan2(0, 0); cached property; np.sum of conditions
"""
VECTORS_THAT_ARE_READ = """
in place; view; asarray; array; masked; masked rows; out; sum axis; sum keepdims; sum initial; mean; var; max; max axes; min
inf; min inf by condition; prod; any; average; average axis; average rows; average full; average all; norm; norm 2; norm
matrix; norm rows; det; inv; solve; dot; conditions multiply; conditions and; conditions sum; conditions astype; cumsum;
clip; clip min; dtype; zeros of dtype; isinstance array; astype; sort; argmax; selected by constants; take; flat; broadcast;
einsum; structure; structure 2; structure 3; structure 4; split; tensordot; logaddexp; hypot; log of conditions; isfinite;
quotient; loop; unpack; list of array; fill; power; matrix power; ones; ones of int; in place division
"""


def _is_to_be_read(name: str, names: str) -> bool:
    return name in " ".join(names.split()).split("; ")


def _python(function: Callable[..., Any], argument: Any) -> list[float] | None:
    """What Python computes; None if it does not give numbers."""
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(function(copy.copy(argument))).ravel().tolist()
        return None if any(isinstance(x, complex) for x in found) else [float(x) for x in found]
    except Exception:
        return None


def _formula(result: Any, point: dict[str, float]) -> list[float]:
    flat, stack = [], [result]
    while stack:
        top = stack.pop()
        if isinstance(top, list | tuple):
            stack.extend(reversed(top))
        else:
            flat.append(top)
    found = []
    for each in flat:
        try:
            found.append(float(mg.evaluate(each, point)))
        except MicrogradError:
            found.append(math.nan)
    return found


def _traced(function: Callable[..., Any], **options: Any) -> Any:
    try:
        return trace(function, **options)
    except UnsupportedPrimitive:
        return None


@pytest.fixture(autouse=True)
def _reading_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "disagreement", lambda *arguments: "")


def compared(function: Callable[..., Any], argument: Any, result: Any, point: dict[str, float]) -> None:
    """What Python computes is what was read."""
    _compare(function, argument, _python(function, argument), _formula(result, point))


def _compare(function: Callable[..., Any], argument: Any, expected: list[float] | None, found: list[float]) -> None:
    if expected is None:
        return
    assert len(expected) == len(found)
    for a, b in zip(expected, found, strict=True):
        if math.isfinite(a) or math.isfinite(b):
            assert a == pytest.approx(b, rel=1e-9, abs=1e-9), f"Python: {a}, read: {b}, at {argument}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SCALARS)
def test_scalars(name: str) -> None:
    function = SCALARS[name]
    traced = _traced(function)
    assert traced is not None or not _is_to_be_read(name, SCALARS_THAT_ARE_READ)
    if traced is None:
        return
    for x in POINTS:
        memory.clear()
        compared(function, x, traced.result, {traced.names[0]: x})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", VECTORS)
def test_vectors(name: str) -> None:
    function = VECTORS[name]
    traced = _traced(function, shapes={"v": 3})
    assert traced is not None or not _is_to_be_read(name, VECTORS_THAT_ARE_READ)
    if traced is None:
        return
    for k in range(len(POINTS)):
        point = [POINTS[k], POINTS[(k + 2) % len(POINTS)], POINTS[(k + 5) % len(POINTS)]]
        compared(function, np.array(point), traced.result, dict(zip(traced.names, point, strict=True)))
