"""Points at which the carriers are tested, where the functions are defined, and their values to 256 bits."""

from __future__ import annotations

import math
import random
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Any

import flint
from flint import arb

from micrograd.carriers.arb.carrier import arb_carrier
from micrograd.verified import PRIMITIVES

PRECISION = 256
ARB: dict[str, Any] = {name: arb_carrier().function(row) for name, row in PRIMITIVES.items()}
"""Over balls: functions, and definitions where there is none."""
LARGEST = sys.float_info.max
SMALLEST = math.ulp(0.0)
EDGES = [0.0, SMALLEST, sys.float_info.min, 1e-290, 1e-200, 1e-9, 0.25, 0.5, 0.625, 1.0, 2.0, 8.0, 22.0, 28.0, 30.0, 45.0, 60.0, 90.0]
EDGES += [180.0, 270.0, 360.0, 450.0, 709.78, 745.2, 1e8, 1e9, 2.0**52, 2.0**53, 1e22, 1e100, 1e290, LARGEST]
EDGES += [math.nextafter(1.0, 0.0), math.nextafter(1.0, 2.0), math.pi, math.pi / 2, math.log(2.0), 26.64, 26.5]
# where formulas that do not carry their roundings along err most
EDGES += [
    1.0275775030939067,
    2.052959478039642,
    0.9709484444456071,
    1.7878060336904187e308,
    6.3757570302291815e-307,
    1.599138787019001e-279,
]
EDGES += [-x for x in EDGES if x]
CENTRES = [0.5, 0.625, 1.0, 2.0, 8.0, 22.0, 28.0, 1e8, 1e9, 1e-9, math.pi / 2, math.pi, 30.0, 45.0, 90.0, 360.0]

# Where each function has a value, for those that are not defined everywhere; independent of the registry.
DEFINED: dict[str, Callable[..., bool]] = {
    "div": lambda x, y: y != 0,
    "reciprocal": lambda x: x != 0,
    "powi": lambda x, n: x != 0 or n >= 0,
    "pow": lambda x, y: x > 0 or (x == 0 and y > 0) or (y == math.floor(y) and (x != 0 or y >= 0)),
    "sqrt": lambda x: x >= 0,
    "log": lambda x: x > 0,
    "log2": lambda x: x > 0,
    "log10": lambda x: x > 0,
    "log1p": lambda x: x > -1,
    "cot": lambda x: x != 0,
    "csc": lambda x: x != 0,
    "asin": lambda x: -1 <= x <= 1,
    "acos": lambda x: -1 <= x <= 1,
    "atan2": lambda y, x: x != 0 or y != 0,
    "acot": lambda x: x != 0,
    "asec": lambda x: x >= 1 or x <= -1,
    "acsc": lambda x: x >= 1 or x <= -1,
    "tand": lambda x: math.fmod(x, 180) not in (90, -90),
    "secd": lambda x: math.fmod(x, 180) not in (90, -90),
    "cotd": lambda x: math.fmod(x, 180) != 0,
    "cscd": lambda x: math.fmod(x, 180) != 0,
    "asind": lambda x: -1 <= x <= 1,
    "acosd": lambda x: -1 <= x <= 1,
    "acotd": lambda x: x != 0,
    "asecd": lambda x: x >= 1 or x <= -1,
    "acscd": lambda x: x >= 1 or x <= -1,
    "coth": lambda x: x != 0,
    "csch": lambda x: x != 0,
    "acosh": lambda x: x >= 1,
    "atanh": lambda x: -1 < x < 1,
    "acoth": lambda x: x > 1 or x < -1,
    "asech": lambda x: 0 < x <= 1,
    "acsch": lambda x: x != 0,
    "logit": lambda x: 0 < x < 1,
    "celu": lambda x, alpha: x > 0 or alpha > 0,
    "xlogy": lambda x, y: y > 0 or x == 0,
    "xlog1py": lambda x, y: y > -1 or x == 0,
    "entr": lambda x: x >= 0,
    "remainder": lambda x, y: y != 0,
}


def is_defined(name: str, *operands: Any) -> bool:
    return name not in DEFINED or DEFINED[name](*operands)


def number(rng: random.Random) -> float:
    """A float: any bit pattern, or moderate, or near one of the points where a formula changes."""
    sign = rng.choice([-1.0, 1.0])
    match rng.randrange(8):
        case 0:
            x = float(struct.unpack("d", struct.pack("Q", rng.getrandbits(64)))[0])
            return x if math.isfinite(x) else sign
        case 1:
            return rng.uniform(-1.0, 1.0)
        case 2:
            return rng.uniform(-30.0, 30.0)
        case 3:
            return rng.uniform(-800.0, 800.0)
        case 4:
            return sign * math.exp2(rng.uniform(-60.0, 60.0))
        case 5:
            return sign * math.exp2(rng.uniform(-3.0, 3.0))
        case 6:
            return sign * rng.choice(CENTRES) * rng.randint(1, 8) * (1.0 + rng.randint(-4, 4) * 2.0**-52)
        case _:
            return sign * rng.choice(CENTRES) * (1.0 + rng.uniform(-1.0, 1.0) * 2.0 ** -rng.randint(1, 50))


def pair(name: str, rng: random.Random) -> tuple[Any, ...]:
    """Operands of a function of two."""
    x, y = number(rng), number(rng)
    kind = rng.randrange(4)
    if name == "powi":
        n = rng.choice([rng.randint(-5, 5), rng.randint(-1000, 1000), rng.randint(-(2**62), 2**62), rng.randint(-(10**30), 10**30)])
        return (math.copysign(math.exp(rng.uniform(-700.0, 700.0) / (abs(n) + 1)), x) if kind else x), n
    if name == "pow" and kind:
        x = abs(x) or 1.0
        return x, rng.uniform(-1.0, 1.0) * min(700.0 / abs(math.log(x) or 1.0), 1e300)
    if name == "pow":
        return x, float(round(y)) if abs(y) < 1000 else y
    if name == "logaddexp" and kind == 1:
        return x, x + rng.uniform(-40.0, 40.0)
    if name == "logaddexp" and kind == 2:
        return math.exp2(rng.uniform(-55.0, -20.0)), -rng.uniform(10.0, 40.0)
    if name == "logaddexp" and kind == 3:
        x = -rng.uniform(0.1, 3.0)
        return x, math.log(-math.expm1(x))
    return x, y


def operands(name: str, count: int) -> Iterator[tuple[Any, ...]]:
    """Operands of a function: the edges, then a fixed random sample."""
    rng = random.Random(name)
    if PRIMITIVES[name].arity == 1:
        yield from ((x,) for x in EDGES)
        yield from ((number(rng),) for _ in range(count))
        return
    second: list[Any] = [0, 1, -1, 2, -3, 2**53 + 1, -(10**20)] if name == "powi" else EDGES[::5] + EDGES[1::7]
    yield from ((x, y) for x in EDGES[::3] for y in second)
    yield from (pair(name, rng) for _ in range(count))


def ball(value: Any) -> Any:
    return value if isinstance(value, int) else arb(value)


def reference(name: str, values: tuple[Any, ...]) -> Any:
    """The exact value as a narrow ball; wide only beyond the range of exponents of Arb."""
    with flint.ctx.workprec(PRECISION):
        return ARB[name](*map(ball, values))
