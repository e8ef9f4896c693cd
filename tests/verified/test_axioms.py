"""The axioms against Arb balls: at thousands of points of each domain none is false, and together they are consistent.

A ball encloses the true value, so a comparison of disjoint balls is certain.  Points at which 64 bits cannot decide an inequality
are looked at again with more bits; an equation can only fail to be refuted, so both of its sides must be known to 20 bits for a
point to count.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import flint
import pytest
import z3

from micrograd import evaluate
from micrograd.carriers.arb.carrier import ArbCarrier, ball
from micrograd.carriers.smtlib import Script, atoms, instance, unfold
from micrograd.verified import Condition, parse_condition, postorder, variables
from micrograd.verified.axioms import AXIOMS, Axiom
from micrograd.verified.expr import EULER, PI, as_expr, const

POINTS = 10_000
PRECISIONS = (64, 256, 1024, 8192)
SHARP_BITS = 20
EDGES = [Fraction(n, d) for n, d in ((0, 1), (1, 1), (-1, 1), (1, 2), (2, 1), (10, 1), (-10, 1), (355, 113), (22, 7), (157, 100))]
NEIGHBOURS = [Fraction(s, 2**k) for s in (-1, 1) for k in (20, 52, 60)]

# --- a statement as a function of a point, with three truth values ---------------------------------------------------

CARRIER = ArbCarrier()


class Sharp:
    """Counts the comparisons whose operands were known well enough to mean something."""

    def __init__(self) -> None:
        self.blunt = 0

    def look(self, *operands: Any) -> None:
        """Note operands that are known to fewer than 20 bits (exact zero is known)."""
        self.blunt += any(not a.is_finite() or (a.rel_accuracy_bits() < SHARP_BITS and not abs(a) < 2**-40) for a in operands)


Statement: TypeAlias = Callable[[Mapping[str, Any], Sharp], bool | None]


def compiled(condition: Condition) -> Statement:
    """The condition as straight-line code over balls: None where the balls cannot tell, False only where it is certainly false.

    An equation between overlapping balls counts as None; ``and``, ``or`` and ``not`` follow Kleene.
    """
    order = postorder([condition])
    place = {node: i for i, node in enumerate(order)}
    rows = [(node.key, [place[child] for child in node.key[1:]] if node.head.arity else []) for node in order]

    def run(point: Mapping[str, Any], sharp: Sharp) -> bool | None:
        values: list[Any] = []
        for key, operands in rows:
            values.append(_value(key, [values[i] for i in operands], point, sharp))
        truth: bool | None = values[-1]
        return truth

    return run


def _value(key: tuple[Any, ...], operands: list[Any], point: Mapping[str, Any], sharp: Sharp) -> Any:
    which = key[0]
    if not which.arity:
        return point[key[1]] if which.name == "var" else key[1] if which.name == "bool" else _leaf(key)
    if which.name in ("and", "or"):
        settling = which.name == "or"
        return settling if settling in operands else None if None in operands else not settling
    if which.name == "not":
        return None if operands[0] is None else not operands[0]
    if which.boolean:
        sharp.look(*operands)
        return CARRIER.compare(which, *operands)
    if which.name == "powi":
        operands[1] = key[2].key[1]
    return CARRIER.functions[which.name](*operands)


def _leaf(key: tuple[Any, ...]) -> Any:
    return CARRIER.number(key[1]) if key[0].name == "const" else CARRIER.symbol(key[0])


def verdict(statement: Statement, point: Mapping[str, Fraction], equation: bool) -> tuple[bool | None, bool]:
    """Truth at an exact point, with as many bits as it takes, and whether all that was compared was known sharply."""
    truth, sharp = None, Sharp()
    for precision in PRECISIONS:
        sharp = Sharp()
        with flint.ctx.workprec(precision):
            truth = statement({name: ball(value) for name, value in point.items()}, sharp)
        if truth is not None or (equation and not sharp.blunt):
            break
    return truth, not sharp.blunt


# --- points ----------------------------------------------------------------------------------------------------------


def coordinates(generator: random.Random) -> Iterator[Fraction]:
    """Without end: edges and their neighbours, then both signs and all magnitudes from 2**-60 to 2**40, and small rationals."""
    for edge in EDGES:
        yield edge
        yield from (edge + step for step in NEIGHBOURS)
    while True:
        sign = generator.choice((-1, 1))
        yield sign * Fraction(generator.getrandbits(20) + 1, 2**20) * Fraction(2) ** generator.randint(-60, 40)
        yield sign * Fraction(generator.randint(0, 4000), generator.randint(1, 1000))
        yield generator.choice(EDGES) + sign * Fraction(generator.getrandbits(10), 2 ** generator.randint(10, 60))
        yield Fraction(generator.getrandbits(30), 2**30)


def points(axiom: Axiom, count: int) -> Iterator[dict[str, Fraction]]:
    """So many exact points of the hypothesis's set."""
    generator = random.Random(axiom.name)
    hypothesis = compiled(parse_condition(axiom.hypothesis))
    streams = {name: coordinates(random.Random(f"{axiom.name} {name}")) for name in axiom.params}
    drawn: dict[str, list[Fraction]] = {name: [] for name in axiom.params}
    found = 0
    while found < count:
        point: dict[str, Fraction] = {}
        for name, stream in streams.items():
            drawn[name].append(next(stream))
            point[name] = drawn[name][-1] if name == axiom.params[0] else generator.choice(drawn[name])
        with flint.ctx.workprec(256):
            inside = hypothesis({name: ball(value) for name, value in point.items()}, Sharp())
        if inside is True:
            found += 1
            yield point


def parts(statement: Condition) -> list[Condition]:
    """The members of a conjunction, so that each is judged by its own measure."""
    stack, found = [statement], []
    while stack:
        node = stack.pop()
        if node.head.name == "and":
            stack.extend(node.key[:0:-1])
        else:
            found.append(node)
    return found


def survey(axiom: Axiom, part: Condition, count: int = POINTS) -> tuple[int, int, int]:
    """At how many points the part is certainly true, was compared sharply, and is certainly false (stops at the first)."""
    statement, equation = compiled(part), part.head.name == "eq"
    true = sharp = 0
    for point in points(axiom, count):
        truth, known = verdict(statement, point, equation)
        if truth is False:
            return true, sharp, 1
        true += truth is True
        sharp += known
    return true, sharp, 0


# --- the tests -------------------------------------------------------------------------------------------------------

PARTS = [(axiom, part) for axiom in AXIOMS.values() for part in parts(parse_condition(axiom.statement))]
each_part = pytest.mark.parametrize(("axiom", "part"), PARTS, ids=[f"{axiom.name}: {part}" for axiom, part in PARTS])


@each_part
def test_no_point_contradicts_an_axiom(axiom: Axiom, part: Condition) -> None:
    _agrees(axiom, part, 2_000)


@pytest.mark.slow
@each_part
def test_none_of_many_points_contradicts_an_axiom(axiom: Axiom, part: Condition) -> None:
    _agrees(axiom, part, POINTS)


def _agrees(axiom: Axiom, part: Condition, most: int) -> None:
    """Never false; inequalities are certain, and equations are compared sharply, at 99 of 100 points.

    What is left are points where an inequality holds with equality, and differences that no precision above tells from zero.
    """
    count = most if variables(part) else 1
    true, sharp, false = survey(axiom, part, count)
    assert false == 0
    known = sharp if part.head.name == "eq" else true
    assert known * 100 >= count * 99


FALSE_AXIOMS = {
    "exp_ge": "exp(x) >= 1 + 2*x",
    "exp_add": "exp(x + y) == exp(x)*exp(y) + x*y/1000000",
    "exp_log": "exp(log(x)) == abs(x - 1) + 1",
    "sin_add": "sin(x + y) == sin(x)*cos(y) - cos(x)*sin(y)",
    "cos_add": "cos(x + y) == cos(x)*cos(y) + sin(x)*sin(y)",
    "sin_cos_norm": "sin(x)**2 - cos(x)**2 == 1",
    "sin_bounds": "x*cos(x) >= sin(x)",
    "atan_sub": "atan(x) - atan(y) == atan((x - y)/(1 - x*y))",
    "atan_bounds": "x/(1 + x**2) >= atan(x)",
    "sqrt_def": "sqrt(x)**2 == x + 1/10**9",
    "cbrt_def": "cbrt(x)**3 == abs(x)",
    "floor_def": "x <= floor(x)",
    "erf_def": "abs(erf(y) - erf(x) - 2/sqrt(pi)*exp(-x**2)*(y - x)) <= (y - x)**2/3",
    "pi_bounds": "pi < 3",
    "e_def": "exp(1) == e + 1/10**15",
}


@pytest.mark.parametrize("axiom", AXIOMS.values(), ids=list(AXIOMS))
def test_a_false_axiom_is_noticed(axiom: Axiom) -> None:
    part = parse_condition(FALSE_AXIOMS[axiom.name])
    assert survey(axiom, part, POINTS if axiom.params else 1)[2] == 1


@pytest.mark.parametrize("axiom", AXIOMS.values(), ids=list(AXIOMS))
def test_axiom_is_stated_well(axiom: Axiom) -> None:
    statement, hypothesis = parse_condition(axiom.statement), parse_condition(axiom.hypothesis)
    assert {str(v) for v in variables(statement, hypothesis)} <= set(axiom.params)
    assert axiom.citation
    assert axiom.name in str(axiom)
    assert axiom.statement in str(axiom)


# --- together --------------------------------------------------------------------------------------------------------

WIDTH = Fraction(1, 2**30)
VALUES = [Fraction(0), Fraction(1, 2), Fraction(1)]


def instances() -> list[Condition]:
    """Every axiom at a handful of points."""
    found = []
    for name, axiom in AXIOMS.items():
        tuples: list[Sequence[Fraction]] = [(value,) for value in VALUES] if len(axiom.params) == 1 else [()]
        if len(axiom.params) == 2:
            tuples = [(Fraction(1, 2), Fraction(1, 2)), (Fraction(1), Fraction(0)), (Fraction(1), Fraction(1, 2))]
        found += [unfold(instance(name, [const(value) for value in values])) for values in tuples]
    return [condition for condition in found if condition.head.name != "bool"]


def enclosures(conditions: Sequence[Condition]) -> list[Condition]:
    """Each transcendental term lies in its Arb enclosure, widened to a rational interval."""
    nodes = [*atoms(conditions), *(n for n in postorder(conditions) if n.head in (PI, EULER))]
    bounds = []
    for node in nodes:
        with flint.ctx.workprec(128):
            value = evaluate(node, _=flint.arb(0))
        assert value.is_finite()
        exact = value.mid().fmpq()
        middle = Fraction(round(Fraction(int(exact.p), int(exact.q)) * 2**60), 2**60)
        bounds += [as_expr(middle - WIDTH) <= node, node <= as_expr(middle + WIDTH)]
    return bounds


def answer(conditions: Sequence[Condition]) -> str:
    solver = z3.SolverFor("QF_NRA")
    solver.set("timeout", 60_000)
    solver.from_string(Script(conditions).text())
    return str(solver.check())


def test_the_axioms_are_consistent_together() -> None:
    conditions = instances()
    conditions += enclosures(conditions)
    assert len(conditions) > 60
    assert answer(conditions) == "sat"


def test_an_inconsistent_set_of_axioms_is_noticed() -> None:
    conditions = instances()
    wrong = parse_condition("exp(1/2) >= 1 + 2*(1/2)")
    assert answer([*conditions, *enclosures(conditions), wrong]) == "unsat"
