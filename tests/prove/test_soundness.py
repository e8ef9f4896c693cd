"""Random claims: what is proved must hold, and what is refuted must fail, by an oracle that shares nothing with the prover."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd.prove.decide import EmptyDomain, ForeignVariable, decide
from micrograd.prove.verdicts import AnyVerdict, Proved, Refuted, Root
from micrograd.verified import Condition, Expr, diff, variables
from tests.prove.claims import meant, problem
from tests.prove.oracle import OutOfReach, Point, Undefined, differences, fault, inside, roots, value

GRID = [k / 8 + 0.0137 for k in range(-40, 41)]


def points(seed: int, nodes: list[Any], names: list[str], count: int) -> list[Point]:
    """Random points, small rational ones, and points where something in the expressions vanishes."""
    r = random.Random(seed)
    small = [mpmath.mpf(k) / 2 for k in range(-6, 7)] + [mpmath.mpf(10) / 3, mpmath.mpf(-7) / 5, mpmath.mpf(7), mpmath.mpf(-30)]
    found: list[Point] = []
    for i in range(count):
        found.append({n: r.choice(small) if i % 2 else mpmath.mpf(r.uniform(-4, 4)) for n in names})
    for h in differences(*nodes):
        mentioned = [v.key[1] for v in variables(h)]
        for name in mentioned[:2]:
            for start in ({n: r.choice(small) for n in names}, {n: mpmath.mpf(r.uniform(-3, 3)) for n in names})[: len(names)]:
                for t in list(roots(h, name, start, GRID))[:6]:
                    found.append({**start, name: t})
    return found


def out_of_reach(nodes: list[Any], point: Point) -> bool:
    """Whether the oracle cannot compute something at the point."""
    for node in nodes:
        try:
            value(node, point)
        except OutOfReach:
            return True
        except Undefined:
            continue
    return False


def objection(f: Expr, claim: Expr, stated: Condition | None, verdict: AnyVerdict, seed: int, count: int = 60) -> str | None:
    """Why the verdict is wrong, if that is seen."""
    region = meant(f, stated)
    names = [v.key[1] for v in variables(f, claim, region)] or ["x"]
    if "x" not in names:
        names.append("x")
    if isinstance(verdict, Proved):
        for point in points(seed, [f, claim, region, diff(f, variables(f)[0])], names, count):
            if inside(region, point):
                wrong = fault(f, "x", claim, point)
                if wrong:
                    return f"proved, but at { {k: mpmath.nstr(v, 12) for k, v in point.items()} } {wrong}"
    if isinstance(verdict, Refuted):
        if any(isinstance(v, Root) for v in verdict.point.values()):
            return None
        point = {n: mpmath.mpf(v.numerator) / v.denominator for n, v in verdict.point.items() if isinstance(v, Fraction)}
        point = {**dict.fromkeys(names, mpmath.mpf(0)), **point}
        if out_of_reach([f, claim, region], point):
            return None
        if not inside(region, point):
            return "refuted at a point outside of the domain"
        if fault(f, "x", claim, point, 1e-15) is None:
            return "refuted at a point where no fault is seen"
    return None


def check(seed: int) -> None:
    f, claim, stated, _ = problem(seed)
    try:
        verdict = decide(f, _x(f), claim, stated, timeout=2)
    except (EmptyDomain, ForeignVariable):
        return
    wrong = objection(f, claim, stated, verdict, seed, count=20)
    assert wrong is None, f"{wrong}\n{verdict}"


def _x(f: Expr) -> Expr:
    return next(v for v in variables(f) if v.key[1] == "x")


@pytest.mark.uncertified  # of random claims, one in a hundred asks for a rule that the checker does not have
@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_verdicts_on_random_claims(seed: int) -> None:
    check(seed)


@pytest.mark.slow
@pytest.mark.uncertified
@settings(max_examples=1500)
@given(st.integers(0, 10**9))
def test_verdicts_on_many_random_claims(seed: int) -> None:
    check(seed)
