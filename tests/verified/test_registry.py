"""The registry's rows against Taylor series over Arb balls, at the edges of their domains and at their kinks.

The reference is independent of the partials: the function itself is evaluated on ``arb_series`` (x + t), which yields enclosures
of its derivatives by power series arithmetic.  Those that ``arb_series`` does not know are evaluated through their definition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from math import comb, factorial, inf, isfinite, isnan
from typing import Any

import flint
import pytest

from micrograd import evaluate
from micrograd.carriers.arb.carrier import ball
from micrograd.verified import (
    CITED,
    DomainError,
    Expr,
    FloatRangeError,
    defined,
    diff,
    domain,
    parse_condition,
    pi,
    postorder,
    substitute,
    var,
    variables,
)
from micrograd.verified.axioms import AXIOMS
from micrograd.verified.expr import ZERO, Condition, as_expr, const, negate
from micrograd.verified.primitives import PRIMITIVES, axioms_of
from micrograd.verified.row import Definition, Induction, Joined, Primitive, Witness

ORDER = 3
PRECISIONS = (128, 512, 2048, 8192)
SHARP_BITS = 40
NEGLIGIBLE = flint.arb(2) ** -1000

# --- functions of power series ---------------------------------------------------------------------------------------


def _power(s: Any, n: int) -> Any:
    result = flint.arb_series([1], prec=ORDER + 1)
    for _ in range(abs(n)):
        result = result * s
    return result if n >= 0 else 1 / result


def _cbrt(s: Any) -> Any:
    return (s.log() / 3).exp() if s[0] > 0 else -((-s).log() / 3).exp()


def _floor(s: Any) -> Any:
    low = s[0].floor()
    if not low < s[0] < low + 1:
        raise ValueError("the series does not stay between two integers")
    return flint.arb_series([low], prec=ORDER + 1)


KNOWN = ("exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sqrt", "erf", "erfc")
SERIES: Mapping[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "cbrt": _cbrt,
    "floor": _floor,
    "sinpi": flint.arb_series.sin_pi,
    "cospi": flint.arb_series.cos_pi,
    **{name: getattr(flint.arb_series, name) for name in KNOWN},
}
HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a.is_exact() and b.is_exact() and a == b,
    "ne": lambda a, b: not a.overlaps(b),
}
OPPOSITE = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}


def _truth(name: str, operands: Sequence[Any]) -> bool:
    if name == "not":
        return not operands[0]
    if name in ("and", "or"):
        return all(operands) if name == "and" else any(operands)
    a, b = (operand[0] for operand in operands)
    if HOLDS[name](a, b):
        return True
    if HOLDS[OPPOSITE[name]](a, b):
        return False
    raise ValueError(f"{name} of {a} and {b} cannot be told")


def series(root: Expr | Condition, env: Mapping[str, Any]) -> Any:
    """The expression as a power series in t, its variables being the given series; a condition at t = 0."""
    values: dict[Any, Any] = {}
    for node in postorder([root]):
        which, *rest = node.key
        name = which.name
        operands = [values[child] for child in rest] if which.arity else []
        if name == "div" and operands[1][0] == 0 and node is not root:  # perhaps in a branch that is not taken
            values[node] = None
            continue
        if name != "where" and any(operand is None for operand in operands):
            values[node] = None
            continue
        if name == "var":
            values[node] = env[rest[0]]
        elif not which.arity:
            values[node] = rest[0] if name == "bool" else flint.arb_series([evaluate(node, _=flint.arb(0))], prec=ORDER + 1)
        elif which.boolean:
            values[node] = _truth(name, operands)
        elif name == "where":
            values[node] = operands[1] if operands[0] else operands[2]
        elif name == "powi":
            values[node] = _power(operands[0], rest[1].key[1])
        elif name in SERIES:
            values[node] = SERIES[name](*operands)
        else:
            row = PRIMITIVES[name]
            assert row.definition is not None, f"{name} needs a power series here"
            values[node] = series(row.definition, dict(zip(row.params, operands, strict=True)))
    if values[root] is None:
        raise ValueError(f"{root} has no series")
    return values[root]


def taylor(root: Expr, point: Mapping[str, Fraction], direction: Mapping[str, int]) -> list[Any]:
    """Enclosures of the derivatives of order 0, 1, … of root(point + t·direction) at t = 0."""
    env = {name: flint.arb_series([ball(value), direction.get(name, 0)], prec=ORDER + 1) for name, value in point.items()}
    cap = flint.ctx.cap
    flint.ctx.cap = ORDER + 1
    try:
        found = series(root, env)
    finally:
        flint.ctx.cap = cap
    return [found[k] * factorial(k) for k in range(ORDER + 1)]


def sharp(value: Any) -> bool:
    """Whether a ball says something: 40 bits of relative accuracy, or as good as zero."""
    return bool(value.is_finite()) and (value.rel_accuracy_bits() >= SHARP_BITS or bool(abs(value) < NEGLIGIBLE))


def assert_same(label: str, left: Callable[[], Sequence[Any]], right: Callable[[], Sequence[Any]]) -> None:
    """Enclosures computed in two ways overlap at every precision, and are sharp at some precision."""
    a: Sequence[Any] = ()
    b: Sequence[Any] = ()
    for precision in PRECISIONS:
        with flint.ctx.workprec(precision):
            a, b = left(), right()
        for k, (p, q) in enumerate(zip(a, b, strict=True)):
            assert p.overlaps(q), f"{label}, entry {k}: {p} and {q}"
        if all(map(sharp, [*a, *b])):
            return
    raise AssertionError(f"{label}: no sharp enclosure: {a}, {b}")


# --- where to look ---------------------------------------------------------------------------------------------------

TINY, NEAR = Fraction(1, 2**40), Fraction(1, 2**30)
MAGNITUDES = [TINY, *(Fraction(n, d) for n, d in ((1, 1000), (1, 3), (1, 2), (7, 8), (1, 1), (3, 2), (2, 1), (22, 7), (45, 1)))]
MAGNITUDES += [1 - NEAR, 1 + NEAR, 90 - NEAR, *(Fraction(n, d) for n, d in ((90, 1), (180, 1), (7001, 7), (1234567, 3)))]
POINTS = [Fraction(0), *MAGNITUDES, *[-m for m in MAGNITUDES]]
PAIRS = [(POINTS[i], POINTS[(7 * i + 5 * j) % len(POINTS)]) for i in range(0, len(POINTS), 2) for j in range(4)]


def instances(row: Primitive) -> Iterator[Expr]:
    """The primitive applied to its parameters, or to several literals where an operand is a literal."""
    if None not in row.partials:
        yield row.application
        return
    literal = row.variables[row.partials.index(None)]
    for n in (-3, -2, -1, 0, 2, 3, 5):
        yield substitute(row.application, {literal: n})


def holds(condition: Condition, point: Mapping[str, Fraction]) -> bool | None:
    """Truth at an exact point, by balls: None where 128 bits cannot tell."""
    with flint.ctx.workprec(128):
        found: bool | None = evaluate(condition, {**{name: ball(v) for name, v in point.items()}, "_": flint.arb(0)})
    return found


@cache
def samples(application: Expr) -> tuple[dict[str, Fraction], ...]:
    """Exact points of the domain: all that the list above offers."""
    names = [str(v.key[1]) for v in variables(application)]
    where, exists = domain(application), defined(application)
    tuples = [(p,) for p in POINTS] if len(names) < 2 else PAIRS
    found = [dict(zip(names, values, strict=False)) for values in tuples]
    return tuple(p for p in found if holds(exists, p) is True and holds(where, p) is True)


APPLICATIONS = [application for row in PRIMITIVES.values() for application in instances(row)]
each_row = pytest.mark.parametrize("row", PRIMITIVES.values(), ids=list(PRIMITIVES))
each_application = pytest.mark.parametrize("application", APPLICATIONS, ids=str)

# --- derivatives -----------------------------------------------------------------------------------------------------


def derivatives(application: Expr, direction: Mapping[str, int]) -> list[Expr]:
    """Derivatives of order 0, 1, 2, 3 of t ↦ application(x + t·direction), from `diff` alone."""
    names = [str(v.key[1]) for v in variables(application)] or ["x"]
    (x, u), (y, v) = [(variable, direction.get(str(variable), 0)) for variable in map(var, (names * 2)[:2])]
    if len(names) == 1:
        return [diff(application, x, k) * u**k for k in range(ORDER + 1)]
    found = []
    for k in range(ORDER + 1):
        total: Expr = ZERO
        for j in range(k + 1):
            weight = comb(k, j) * u ** (k - j) * v**j
            total = total + weight * diff(diff(application, x, k - j), y, j) if weight else total
        found.append(total)
    return found


@each_application
def test_derivatives_up_to_order_three_lie_in_the_taylor_enclosure(application: Expr) -> None:
    names = [str(v.key[1]) for v in variables(application)] or ["x"]
    directions = [{names[0]: 1}] if len(names) == 1 else [{names[0]: 1}, {names[1]: 1}, {names[0]: 1, names[1]: 1}]
    points = samples(application)
    evidence = application.head.row.evidence
    if isinstance(evidence, Joined):  # at a join the second derivative may jump, and at a removable point the series is a quotient 0/0
        smooth = [domain(diff(application, x, k)) for x in variables(application) for k in range(ORDER)]
        away = negate(parse_condition(evidence.at))
        points = tuple(p for p in points if all(holds(condition, p) for condition in (*smooth, away)))
    assert len(points) >= 6, "too few points of the domain"
    for direction in directions:
        symbolic = derivatives(application, direction)
        for point in points[:40]:
            _compare(application, symbolic, point, direction)


def _compare(application: Expr, symbolic: Sequence[Expr], point: Mapping[str, Fraction], direction: Mapping[str, int]) -> None:
    def by_rules() -> list[Any]:
        return list(evaluate(symbolic, {**{name: ball(value) for name, value in point.items()}, "_": flint.arb(0)}))

    assert_same(f"{application} at {point} along {direction}", by_rules, lambda: taylor(application, point, direction))


JOINED = [row.application for row in PRIMITIVES.values() if isinstance(row.evidence, Joined)]


@pytest.mark.parametrize("application", JOINED, ids=str)
def test_at_joins_the_slopes_are_those_of_difference_quotients(application: Expr) -> None:
    row = application.head.row
    tiny = Fraction(1, 2**100)
    slopes = [domain(diff(application, x)) for x in row.variables]
    joins = [point for point in samples(application) if not all(holds(condition, point) for condition in slopes)]
    assert joins
    for point in joins:
        for x, partial in zip(row.variables, row.partial_templates, strict=True):
            with flint.ctx.workprec(512):
                ends = [{**point, str(x): point.get(str(x), Fraction(0)) + step} for step in (tiny, Fraction(0), -tiny)]
                right, here, left = (evaluate(application, {"_": flint.arb(0), **{n: ball(v) for n, v in end.items()}}) for end in ends)
                slope = evaluate(partial, {"_": flint.arb(0), **{n: ball(v) for n, v in point.items()}})
                for quotient in ((right - here) / ball(tiny), (here - left) / ball(tiny)):
                    assert abs(quotient - slope) < flint.arb(2) ** -30, f"{application} at {point}: {quotient}, not {slope}"


def test_a_wrong_partial_is_noticed() -> None:
    tanh = PRIMITIVES["tanh"].application
    x = PRIMITIVES["tanh"].variables[0]
    wrong = [tanh, 1 + tanh**2, diff(tanh, x, 2), diff(tanh, x, 3)]
    with pytest.raises(AssertionError, match="entry 1"):
        _compare(tanh, wrong, {"x": Fraction(1, 3)}, {"x": 1})


@each_application
def test_table_is_closed_under_differentiation(application: Expr) -> None:
    for x in variables(application):
        for k in range(1, ORDER + 1):
            heads = {node.head for node in postorder([diff(application, x, k)])}
            assert all(h.row is not None or h.name in STRUCTURE or h.boolean for h in heads)


STRUCTURE = {"var", "const", "pi", "e", "where"}

# --- domains ---------------------------------------------------------------------------------------------------------

CANDIDATES: list[Expr] = [as_expr(n) for n in (0, 1, -1, 2, -3, 90, 180, -90)] + [pi / 2, pi, -pi / 2]
EDGED = [row for row in PRIMITIVES.values() if row.domain != "True" and None not in row.partials]


def _truth_at(condition: Condition, binding: dict[Expr, Any]) -> bool | None:
    with flint.ctx.workprec(256):
        found: bool | None = evaluate(substitute(condition, binding), _=flint.arb(0))
    return found


def edges(row: Primitive) -> Iterator[tuple[dict[Expr, Any], dict[Expr, Any]]]:
    """Points where the domain ends, each with a neighbour inside."""
    steps = [s for s in product((0, NEAR, -NEAR), repeat=row.arity) if any(s)]
    for values in product(CANDIDATES, repeat=row.arity):
        edge: dict[Expr, Any] = dict(zip(row.variables, values, strict=True))
        if _truth_at(row.domain_template, edge) is True:
            continue
        for step in steps:
            inside: dict[Expr, Any] = {x: edge[x] + s for x, s in zip(row.variables, step, strict=True)}
            if _truth_at(row.domain_template, inside) is True:
                yield edge, inside


@pytest.mark.parametrize("row", EDGED, ids=lambda row: row.name)
def test_inside_the_edge_of_the_domain_everything_has_a_value(row: Primitive) -> None:
    found = list(edges(row))
    assert found, "the domain ends nowhere among the candidates"
    for _, inside in found[:60]:
        for expression in (row.application, *(diff(row.application, x) for x in row.variables)):
            exact = substitute(expression, inside)
            with flint.ctx.workprec(256):
                assert evaluate(exact, _=flint.arb(0)).is_finite()
            assert not isnan(evaluate(exact))


@pytest.mark.parametrize("row", EDGED, ids=lambda row: row.name)
def test_at_the_edge_the_value_exists_exactly_where_the_row_says(row: Primitive) -> None:
    found = [edge for edge, _ in edges(row)]
    assert found
    for edge in found:
        _assert_defined(substitute(row.application, edge), _truth_at(row.defined_template, edge))


def _assert_defined(expression: Expr, exists: bool | None) -> None:
    """An irrational edge (tan at pi/2) is never told from its neighbours: the ball is then indeterminate."""
    if exists is False:
        with pytest.raises(DomainError):
            evaluate(expression)
        with pytest.raises(DomainError):
            evaluate(expression, _=flint.arb(0))
    else:
        assert evaluate(expression, _=flint.arb(0)).is_finite() is (exists is True)
        assert exists is None or isfinite(evaluate(expression))


POSITIVE = (5e-324, 1e-310, 1e-9, 0.25, 0.5, 1 - 2**-53, 1.0, 1 + 2**-52, 2.0, 3.5, 90.0, 180.0, 700.0, 1e9, 1e300)
GRID = [0.0, *POSITIVE, *(-value for value in POSITIVE)]


def value_or_none(expression: Expr, point: Mapping[str, Any]) -> Any:
    """The value, or None where a `DomainError` says that there is none."""
    try:
        return evaluate(expression, point)
    except DomainError:
        return None
    except FloatRangeError:  # there is a value, and floats lose it
        return inf


@each_application
def test_evaluation_raises_exactly_outside_of_the_stated_set(application: Expr) -> None:
    names = [str(v.key[1]) for v in variables(application)]
    exists = defined(application)
    for values in product(GRID, repeat=len(names)):
        point = dict(zip(names, values, strict=True))
        value = value_or_none(application, point)
        assert (value is not None) == evaluate(exists, point), f"{application} at {point} gives {value}"
        assert value is None or not isnan(value), f"{application} at {point}"


# --- kinks -----------------------------------------------------------------------------------------------------------

KINKED = [row for row in PRIMITIVES.values() if row.kink is not None]


@pytest.mark.parametrize("row", KINKED, ids=lambda row: row.name)
def test_subgradient_inequality_at_the_kink(row: Primitive) -> None:
    assert row.shape in ("convex", "concave")
    steps = [Fraction(n, 8) for n in (-40, -9, -1, 0, 1, 9, 40)]
    kink = parse_condition(str(row.kink))
    points = [p for p in product([Fraction(n, 2) for n in (-3, 0, 5)], repeat=row.arity) if _at(row, kink, p)]
    assert points
    for point in points:
        slope = [_at(row, diff(row.application, x), point) for x in row.variables]
        for step in product(steps, repeat=row.arity):
            moved = [p + h for p, h in zip(point, step, strict=True)]
            change = _at(row, row.application, moved) - _at(row, row.application, point)
            rest = change - sum(d * h for d, h in zip(slope, step, strict=True))
            assert rest >= 0 if row.shape == "convex" else rest <= 0


def _at(row: Primitive, expression: Any, values: Sequence[Fraction]) -> Any:
    return evaluate(expression, dict(zip(row.params, values, strict=True)))


@pytest.mark.parametrize("row", KINKED, ids=lambda row: row.name)
def test_domain_excludes_the_kink(row: Primitive) -> None:
    zero: dict[Expr, Any] = dict.fromkeys(row.variables, const(0))
    assert _truth_at(parse_condition(str(row.kink)), zero) is True
    assert _truth_at(row.domain_template, zero) is False
    assert _truth_at(row.defined_template, zero) is True


# --- the rows themselves ---------------------------------------------------------------------------------------------


def test_size_of_the_tables() -> None:
    assert len(PRIMITIVES) >= 45
    assert len(AXIOMS) <= 16


@each_row
def test_row_is_well_formed(row: Primitive) -> None:
    assert isinstance(row.evidence, Definition | Witness | Induction)
    assert re.fullmatch(r"(DLMF \d+(\.\d+)+(; \d+(\.\d+)+)*|(torch|scipy|numpy|GLSL)\b.*)?", row.reference)
    assert len(row.partials) == row.arity == row.head.arity
    assert (row.kink is None) == (row.shape is None)
    assert row.name == row.head.name
    assert PRIMITIVES[row.name] is row
    assert row.head.row is row


@each_row
def test_templates_speak_of_the_parameters_only(row: Primitive) -> None:
    templates = [row.domain_template, row.defined_template, row.definition, *row.partial_templates]
    for template in templates:
        if template is not None:
            assert set(variables(template)) <= set(row.variables)


@each_row
def test_domain_lies_in_the_set_where_the_value_exists(row: Primitive) -> None:
    for application in instances(row):
        for values in PAIRS if row.arity == 2 else [(p,) for p in POINTS]:
            point = dict(zip(row.params, values, strict=False))
            if holds(domain(application), point) is True:
                assert holds(defined(application), point) is not False


@each_row
def test_axioms_of_a_row_are_axioms(row: Primitive) -> None:
    assert axioms_of(row) <= {*AXIOMS, *CITED}
    assert axioms_of(row) <= set(AXIOMS) or row.name == "log_ndtr", "it needs that erf is greater than -1"
    if isinstance(row.evidence, Witness):
        assert set(row.evidence.axioms) <= axioms_of(row)


def test_integer_powers_rest_on_no_axiom() -> None:
    """Induction is on the product rule; the partial for a literal exponent, which does not move, is not used."""
    assert axioms_of(PRIMITIVES["powi"]) == frozenset()
    assert axioms_of(PRIMITIVES["pow"])


def _states_a_derivative(text: str) -> bool:
    """Whether f(u) and f(v) occur next to a multiple of u - v, as in f(v) - f(u) - d·(v - u)."""
    nodes = postorder([parse_condition(text)])
    factors = [n.key[i] for n in nodes if n.head.name in ("mul", "powi") for i in (1, 2)]
    for difference in (n for n in factors if n.head.name == "sub"):
        ends = set(difference.key[1:])
        for h in {n.head for n in nodes}:
            if h.arity == 1 and ends <= {n.key[1] for n in nodes if n.head is h}:
                return True
    return False


def test_no_axiom_states_a_derivative_but_the_definition_of_erf() -> None:
    assert [name for name, axiom in AXIOMS.items() if _states_a_derivative(axiom.statement)] == ["erf_def"]


def test_every_axiom_is_needed() -> None:
    used = frozenset().union(*map(axioms_of, PRIMITIVES.values()))
    assert used - set(CITED) | {"e_def"} == set(AXIOMS), "e_def is what the constant e means; it needs no primitive"
