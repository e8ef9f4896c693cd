"""How far values and derivatives in floats are from the true ones: the worst error of each function, in units in the last place.

    python -m benchmarks.accuracy                  measure everything and write docs/accuracy.json (docs/primitives.md has the table)
    python -m benchmarks.accuracy erf pow          measure some functions and print where each is worst; --save to replace their entries
    python -m benchmarks.accuracy --points 5000    5,000 points for each function (a tenth of them for a special function)

Operands are exact doubles from all over the range: every exponent down to the subnormal numbers, close to the edges of domains, to
zeros and to poles, and pairs that are close to each other.  The truth is a ball of Arb's: the function, or the row's partial, with as many
bits as it takes to be sure of 80; ``tests/verified/test_registry.py`` compares the partials themselves with power series, and
``tests/verified/test_special_functions.py`` with differences of values.  Every point of the domain counts at which the true value is
a normal double.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flint
import numpy as np
from flint import arb

from micrograd import engine, evaluate
from micrograd.carriers.floats.functions import ULPS
from micrograd.engine.functions import NAMES
from micrograd.verified import diff, var
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import NE, TRUE, Condition, Expr, as_expr, compare
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import Primitive
from micrograd.verified.special_functions import SPECIAL

FILE = Path(__file__).parent.parent / "docs" / "accuracy.json"
SMALLEST, LARGEST = sys.float_info.min, sys.float_info.max
PRECISIONS = (192, 768, 3072, 12288)
SURE = 80

# --- points ------------------------------------------------------------------------------------------------------------

CENTRES = [0.25, 0.3, 0.5, 0.625, 0.7, 1.0, 1.5, 2.0, 3.0, 8.0, 22.0, 26.5, 28.0, 38.0, 345.0, 700.0, 709.78, 745.2, 1024.0, 1e8, 1e9]
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
    """The ends of the range, and where squares leave it."""
    x = rng.choice([math.ulp(0.0), 3e-323, SMALLEST, LARGEST / 4.0, 1.0, 1e-200, 1e-160, 1e160, 1e-170, 1e300, 2.0**52 + 0.5, 1.4e154])
    return x * rng.choice([1.0, rng.uniform(0.1, 4.0)])


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


EXPONENTS = (-1000, -65, -20, -7, -3, -1, 2, 3, 7, 8, 20, 65, 1000)
"""Integer powers that are measured."""


def bases(n: int, count: int) -> Iterator[tuple[float]]:
    """Bases whose n-th power, or n times the power before, is a double, as a rule."""
    rng = random.Random(n)
    for _ in range(count):
        x = math.exp2(rng.uniform(-1074.0, 1030.0) / rng.choice([n, n - 1 or 1]) if rng.random() < 0.8 else rng.uniform(-1.0, 1.0))
        yield (rng.choice([-1.0, 1.0]) * x,)


# --- truth -------------------------------------------------------------------------------------------------------------


def truth(expression: Expr, env: dict[str, Any]) -> Any:
    """The value at exact balls as a narrow ball, or None where there is none or it cannot be had."""
    for bits in PRECISIONS:
        with flint.ctx.workprec(bits):
            try:
                value = evaluate(expression, {"_": arb(0), **env})
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

Points = list[tuple[Any, ...]]
Way = Callable[[Points], list[float]]


def _scalars(compute: Callable[..., Any]) -> Way:
    def apply(rows: Points) -> list[float]:
        results = []
        for row in rows:
            try:
                with np.errstate(all="ignore"):
                    results.append(float(compute(*row)))
            except (MicrogradError, ArithmeticError):
                results.append(math.nan)
        return results

    return apply


def _arrays(compute: Callable[..., Any]) -> Way:
    def apply(rows: Points) -> list[float]:
        columns = [np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)]
        with np.errstate(all="ignore"):
            result: list[float] = np.broadcast_to(compute(*columns), columns[0].shape).tolist()
        return result

    return apply


WAYS = ("evaluate", "evaluate, arrays", "engine", "engine, arrays")


@dataclass(frozen=True)
class Case:
    """A value or a derivative that is measured.

    Attributes:
        function: whose it is.
        what: ``value`` or ``d/dx``.
        expression: what is evaluated.
        exact: what is true: the function, or the row's partial.
        domain: where.
        variables: the operands that are given.
        apply: the function of the engine, if there is one.
        place: the operand by which it is differentiated; None for a value.
    """

    function: str
    what: str
    expression: Expr
    exact: Expr
    domain: Condition
    variables: tuple[str, ...]
    apply: Callable[..., Any] | None
    place: int | None

    def ways(self) -> dict[str, Way]:
        """How it is computed over floats and over arrays."""

        def symbolic(*operands: Any) -> Any:
            return evaluate(self.expression, dict(zip(self.variables, operands, strict=True)), on_domain="ieee")

        found = {WAYS[0]: _scalars(symbolic), WAYS[1]: _arrays(symbolic)}
        function, place = self.apply, self.place
        if function is None or place is None:
            return found

        def pulled(*columns: Any) -> Any:
            out, pull = engine.vjp(function, *columns)
            return pull(np.ones_like(out))[place]

        return {**found, WAYS[2]: _scalars(engine.grad(function, place)), WAYS[3]: _arrays(pulled)}


def cases(row: Primitive) -> Iterator[Case]:
    """The value and every derivative of a function of the registry."""
    function = getattr(engine, NAMES.get(row.name, row.name), None) if row.name in ULPS else None
    yield Case(row.name, "value", row.application, row.application, row.defined_template, row.params, function, None)
    for place, (variable, template) in enumerate(zip(row.variables, row.partial_templates, strict=True)):
        if template is not None:
            slope = diff(row.application, variable)
            yield Case(row.name, f"d/d{variable}", slope, template, row.domain_template, row.params, function, place)


def integer_power(n: int) -> Iterator[Case]:
    """The value and the derivative of x**n."""
    x = var("x")
    domain = compare(NE, x, as_expr(0)) if n < 0 else TRUE
    yield Case("powi", "value", x**n, x**n, domain, ("x",), None, None)
    yield Case("powi", "d/dx", diff(x**n, x), n * x ** (n - 1), domain, ("x",), lambda base: base**n, 0)


# --- measuring ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Worst:
    """The worst error of a case in one way, where it was, and how many points there were."""

    case: Case
    way: str
    ulps: float
    at: tuple[Any, ...]
    points: int


def measure(case: Case, sample: Points) -> Iterator[Worst]:
    """The worst error in each way; none if nothing is an ordinary double."""
    chosen = []
    for point in sample:
        env = dict(zip(case.variables, map(arb, point), strict=True))
        if evaluate(case.domain, {"_": arb(0), **env}):
            exact = truth(case.exact, env)
            if ordinary(exact):
                chosen.append((point, exact))
    if not chosen:
        return
    for way, compute in case.ways().items():
        results = compute([point for point, _ in chosen])
        errors = [ulps(value, exact) for value, (_, exact) in zip(results, chosen, strict=True)]
        worst = max(range(len(errors)), key=errors.__getitem__)
        yield Worst(case, way, errors[worst], chosen[worst][0], len(chosen))


def measure_function(name: str, count: int) -> Iterator[Worst]:
    """The worst errors of a function at ``count`` points (for each exponent, of an integer power)."""
    if name == "powi":
        for n in EXPONENTS:
            for case in integer_power(n):
                yield from measure(case, list(bases(n, count // len(EXPONENTS))))
        return
    row = {**PRIMITIVES, **SPECIAL}[name]
    sample = list(points(row, count))
    for case in cases(row):
        yield from measure(case, sample)


def _report(names: Sequence[str], count: int) -> dict[str, dict[str, dict[str, float]]]:
    """Errors by function, by what is computed, and by way, rounded up to tenths."""
    report: dict[str, dict[str, dict[str, float]]] = {}
    for name in names:
        for worst in measure_function(name, count // 10 if name in SPECIAL else count):
            print(f"{name:12} {worst.case.what:6} {worst.way:17} {worst.ulps:8.3g} ulps at {worst.at} ({worst.points} points)", flush=True)
            found = report.setdefault(name, {}).setdefault(worst.case.what, {})
            found[worst.way] = max(found.get(worst.way, 0.0), math.ceil(worst.ulps * 10.0) / 10.0 if worst.ulps < math.inf else math.inf)
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; see the module's text."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description="Worst errors of values and derivatives, in ulps.")
    parser.add_argument("names", nargs="*", help="functions of the registry; all by default")
    parser.add_argument("--points", type=int, default=5000)
    parser.add_argument("--save", action="store_true", help="replace the entries of the named functions")
    options = parser.parse_args(arguments)
    names = options.names or [*PRIMITIVES, *SPECIAL]
    report = _report(names, options.points)
    if options.names and options.save:
        old = json.loads(FILE.read_text(encoding="utf-8"))
        options.points = min(options.points, old["points"])
        report = old["worst"] | report
    if options.save or not options.names:
        worst = {name: report[name] for name in [*PRIMITIVES, *SPECIAL] if name in report}
        FILE.write_text(json.dumps({"points": options.points, "worst": worst}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
