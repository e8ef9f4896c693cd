"""How far values and derivatives in floats are from the true ones: the worst error of each function, in units in the last place.

python -m docs.accuracy                  measure, and write docs/accuracy.json, from which ``python -m docs.generate`` makes a table
python -m docs.accuracy NAME ... -v      measure some functions and print where each is worst
--points N                               so many points for each function of the registry (default 20000); a tenth for a special function

Operands are exact doubles from all over the range: every exponent down to the subnormal numbers, close to the edges of domains, to
zeros and to poles, and pairs that are close to each other.  The truth is a ball of Arb's, the row's partial at as many bits as it takes
to be sure of 80; ``tests/verified/test_registry.py`` compares the partials themselves with power series.  Every point counts
at which the true value is an ordinary double: normal, not beyond the largest.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import flint
import numpy as np
from flint import arb

from micrograd import engine
from micrograd.engine.functions import NAMES
from micrograd.verified import diff, evaluate
from micrograd.verified.backends.arb_carrier import ArbCarrier
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import Expr, as_expr
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import Primitive
from micrograd.verified.special_functions import SPECIAL

FILE = Path(__file__).parent / "accuracy.json"
SMALLEST, LARGEST = sys.float_info.min, sys.float_info.max
PRECISIONS = (192, 768, 3072, 12288)
SURE = 80

# --- points ------------------------------------------------------------------------------------------------------------

CENTRES = [0.25, 0.3, 0.5, 0.625, 0.7, 1.0, 1.5, 2.0, 3.0, 8.0, 22.0, 26.5, 28.0, 38.0, 345.0, 700.0, 709.78, 745.2, 1e8, 1e9]
CENTRES += [math.pi / 2, math.pi, math.e, math.log(2.0), 1 / math.e, 30.0, 45.0, 60.0, 90.0, 180.0, 360.0, 1.4616321449683623]


def _anything(rng: random.Random) -> float:
    """Every exponent is as likely."""
    return math.ldexp(rng.uniform(0.5, 1.0), rng.randint(-1073, 1024))


def _moderate(rng: random.Random) -> float:
    return math.exp2(rng.uniform(-30.0, 30.0))


def _small(rng: random.Random) -> float:
    return rng.uniform(0.0, 3.0)


def _large(rng: random.Random) -> float:
    return rng.uniform(0.0, 760.0)


def _near(rng: random.Random) -> float:
    """Close to where a formula changes, has a zero or a pole, or to a multiple of that."""
    centre = rng.choice(CENTRES) * rng.choice([1, 1, 1, 2, 3, 4, 5, 7, 11])
    return centre * (1.0 + rng.choice([-1.0, 1.0]) * math.ldexp(rng.random(), -rng.randint(0, 53)))


def _edge(rng: random.Random) -> float:
    return rng.choice([math.ulp(0.0), 3e-323, SMALLEST, LARGEST, LARGEST / 2, 1.0, 1e-200, 1e-160, 1e160, 1e-170, 1e300, 2.0**52 + 0.5])


KINDS = (_anything, _anything, _moderate, _small, _small, _large, _near, _near, _edge)


def number(rng: random.Random) -> float:
    """A double of either sign."""
    return rng.choice([-1.0, 1.0]) * rng.choice(KINDS)(rng)


def _close(x: float, rng: random.Random) -> float:
    """A number related to x: of similar size, almost equal, or at a moderate distance."""
    match rng.randrange(4):
        case 0:
            return x * rng.choice([-1.0, 1.0]) * math.exp2(rng.uniform(-60.0, 60.0))
        case 1:
            return x * (1.0 + math.ldexp(rng.uniform(-1.0, 1.0), -rng.randint(0, 52)))
        case 2:
            return x + rng.uniform(-40.0, 40.0)
        case _:
            return x + rng.uniform(-800.0, 800.0)


def _power(rng: random.Random) -> tuple[float, float]:
    """x and y such that x**y, or x**y/x, is a double, as a rule."""
    x = abs(number(rng))
    log = math.log(x) if x else 1.0
    y = rng.uniform(-745.0, 745.0) / (log or 1.0)
    match rng.randrange(4):
        case 0:
            return x, y
        case 1:
            return x, math.copysign(math.exp2(rng.uniform(-60.0, 3.0)), y)
        case 2:
            return x, float(round(max(-1e15, min(1e15, y))))
        case _:
            return -x, float(round(max(-1e15, min(1e15, y))))


ORDERS = {"besselj", "bessely", "besseli", "besselk", "expint"}
POSITIVE = {"beta", "betaln", "gammainc", "gammaincc", "betainc"}


def _special(name: str, rng: random.Random) -> tuple[float, ...]:
    """Operands for a special function: parameters that are moderate, so that Arb's sums end."""
    if name in ORDERS:
        n = rng.choice([float(rng.randint(-3, 30)), rng.uniform(-3.0, 30.0)])
        return n, rng.choice([abs(_anything(rng)), _large(rng), _small(rng), _moderate(rng), _near(rng)])
    if name == "polygamma":
        return float(rng.randint(0, 12)), number(rng)
    if name in ("gammainc", "gammaincc"):
        a = rng.choice([_small, _large, _moderate])(rng)
        return a, a * math.exp2(rng.choice([rng.uniform(-2.0, 2.0), rng.uniform(-30.0, 3.0), rng.uniform(-900.0, 0.0)]))
    if name in ("beta", "betaln"):
        a = rng.choice([_small, _large, _moderate, _anything])(rng)
        return a, rng.choice([_small(rng), _large(rng), abs(_close(a, rng)), _moderate(rng)])
    if name == "betainc":
        c = rng.choice([rng.random(), math.exp2(-rng.uniform(0, 1000.0)), 1.0 - math.ldexp(rng.random(), -rng.randint(0, 53))])
        return rng.choice([_small, _large])(rng), rng.choice([_small, _large])(rng), c
    if name == "ndtri":
        return (
            rng.choice([rng.random(), _anything(rng), 1.0 - math.ldexp(rng.random(), -rng.randint(0, 53)), 0.5 + rng.uniform(-1e-3, 1e-3)]),
        )
    if name == "owens_t":
        return rng.choice([_small, _moderate, _large])(rng) * rng.choice([-1.0, 1.0]), rng.choice([_small, _moderate])(rng)
    if name == "lambertw" and rng.random() < 0.5:
        return (-math.exp(-1.0) * (1.0 - math.ldexp(rng.random(), -rng.randint(0, 53))),)
    if name in ("fresnels", "fresnelc"):
        return (rng.choice([_small, _moderate, _near, _anything])(rng) * rng.choice([-1.0, 1.0]),)
    return tuple(number(rng) for _ in range(SPECIAL[name].arity))


def points(row: Primitive, count: int) -> Iterator[tuple[Any, ...]]:
    """Operands of a function: a fixed sample."""
    rng = random.Random(row.name)
    for _ in range(count):
        if row.name in SPECIAL:
            yield _special(row.name, rng)
        elif row.arity == 1:
            yield (number(rng),)
        elif row.name in ("pow", "powi") and rng.random() < 0.8:
            yield _power(rng)
        else:
            x = number(rng)
            yield x, number(rng) if rng.random() < 0.5 else _close(x, rng)


def integer_points(count: int) -> Iterator[tuple[float, int]]:
    """Bases and exponents of integer powers."""
    for x, y in points(PRIMITIVES["powi"], count):
        yield x, int(max(-1e18, min(1e18, y))) if y == y else 2


# --- truth -------------------------------------------------------------------------------------------------------------


class _Arb(ArbCarrier):
    pass


_CARRIER = ArbCarrier()


def truth(expression: Expr, env: dict[str, Any]) -> Any:
    """The value as a narrow ball, or None where there is none or it cannot be had."""
    for bits in PRECISIONS:
        with flint.ctx.workprec(bits):
            try:
                value = evaluate(expression, {name: arb(x) if isinstance(x, float) else x for name, x in env.items()} | {"_": arb(0)})
            except (MicrogradError, OverflowError, ValueError):
                return None
            if value.is_finite() and (value.is_exact() or value.rel_accuracy_bits() > SURE):
                return value
            if value.is_finite() and abs(value) < arb(2) ** -1200:
                return None
    return None


def ordinary(value: Any) -> bool:
    """Whether a ball is within the range of normal doubles."""
    return value is not None and bool(abs(value) >= SMALLEST) and bool(abs(value) <= LARGEST)


def ulps(value: float, exact: Any) -> float:
    """Error in units in the last place of the exact value."""
    if not math.isfinite(value):
        return math.inf
    with flint.ctx.workprec(256):
        return abs(float((arb(value) - exact) / arb(math.ulp(float(exact.mid())))))


# --- ways to compute ---------------------------------------------------------------------------------------------------


def _scalars(compute: Callable[..., Any]) -> Callable[[list[tuple[Any, ...]]], list[float]]:
    def apply(rows: list[tuple[Any, ...]]) -> list[float]:
        results = []
        for row in rows:
            try:
                with np.errstate(all="ignore"):
                    results.append(float(compute(*row)))
            except (MicrogradError, ArithmeticError):
                results.append(math.nan)
        return results

    return apply


def _arrays(compute: Callable[..., Any]) -> Callable[[list[tuple[Any, ...]]], list[float]]:
    def apply(rows: list[tuple[Any, ...]]) -> list[float]:
        columns = [np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)]
        with np.errstate(all="ignore"):
            result: list[float] = np.broadcast_to(compute(*columns), columns[0].shape).tolist()
        return result

    return apply


def ways(row: Primitive, expression: Expr, place: int | None) -> dict[str, Callable[[list[tuple[Any, ...]]], list[float]]]:
    """How a value (place None) or a partial derivative is computed over floats and over arrays."""
    names = row.params

    def symbolic(*operands: Any) -> Any:
        return evaluate(expression, dict(zip(names, operands, strict=True)), on_domain="ieee")

    found = {"evaluate": _scalars(symbolic), "evaluate, arrays": _arrays(symbolic)}
    if row.name in SPECIAL or place is None:
        return found
    function = getattr(engine, NAMES.get(row.name, row.name), None)
    if function is not None:
        slope = engine.grad(function, place)
        found["engine"] = _scalars(lambda *operands: slope(*operands))

        def pulled(*columns: Any) -> Any:
            out, pull = engine.vjp(function, *columns)
            return pull(np.ones_like(out))[place]

        found["engine, arrays"] = _arrays(pulled)
    return found


# --- measuring ---------------------------------------------------------------------------------------------------------


def measure(row: Primitive, count: int) -> list[tuple[str, str, float, tuple[Any, ...], float, float]]:
    """For the value and each partial, and each way: the worst error, where, what came out, and the truth."""
    sample = list(points(row, count))
    found = []
    for place in (None, *range(row.arity)):
        if place is not None and row.partials[place] is None:
            continue
        variable = None if place is None else row.variables[place]
        expression = row.application if variable is None else diff(row.application, variable)
        template = row.application if place is None else row.partial_templates[place]
        exact = [(p, truth(as_expr(template), dict(zip(row.params, p, strict=True)))) for p in sample]
        domain = row.domain_template if place is not None else row.defined_template
        chosen = [(p, v) for p, v in exact if ordinary(v) and evaluate(domain, {**dict(zip(row.params, map(arb, p), strict=True))})]
        if not chosen:
            continue
        what = "value" if variable is None else f"d/d{variable}"
        for way, compute in ways(row, expression, place).items():
            results = compute([p for p, _ in chosen])
            worst = max(((ulps(got, v), p, got, float(v.mid())) for (p, v), got in zip(chosen, results, strict=True)), key=lambda e: e[0])
            found.append((what, way, *worst))
    return found


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m docs.accuracy")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--points", type=int, default=20000)
    parser.add_argument("-v", action="store_true")
    options = parser.parse_args(arguments)
    rows = {**PRIMITIVES, **SPECIAL}
    for name in options.names or [n for n in rows if n != "powi"]:
        row = rows[name]
        for what, way, error, where, got, true in measure(row, options.points // (10 if name in SPECIAL else 1)):
            if options.v or error > 4:
                print(f"{name:12} {what:8} {way:18} {error:10.3g}  at {where}: {got!r} not {true!r}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
