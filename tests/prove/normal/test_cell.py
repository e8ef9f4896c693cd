"""A normal form has the value of its expression: at points, in the cell that has the signs that are there."""

from __future__ import annotations

from contextlib import nullcontext
from fractions import Fraction

import flint
import pytest

import micrograd as mg
from micrograd.carriers.arb.precision import precision
from micrograd.prove.normal.cell import NeedSplit, Plan, Refine
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.prove.normal.ring import CAPACITY, ROOMS, TooLarge
from micrograd.prove.normal.signs import ANY, MAX_DEGREE, NEGATIVE, NONNEGATIVE, NONPOSITIVE, NONZERO, POSITIVE, ZERO, Signs
from micrograd.prove.normal.special import MAX_SHIFT, _small_positive
from micrograd.prove.solver import Term, one_session

POINTS = [
    {"x": Fraction(3, 10), "y": Fraction(-7, 5), "n": Fraction(1, 3)},
    {"x": Fraction(-9, 4), "y": Fraction(1, 2), "n": Fraction(7, 3)},
    {"x": Fraction(17, 5), "y": Fraction(-1, 8), "n": Fraction(-5, 3)},
    {"x": Fraction(0), "y": Fraction(2), "n": Fraction(1, 2)},
]

FORMS = [
    # expressions of one cell, in the order in which they are read; one that has no value at a point is left out there
    "x + 2*y; (x**2 - y**2)/(x - y); x/y - y/x; (x + y)**3; x**-2; (x*y)**-3/(x + 1); 3/7; -x - -y",
    "exp(x); exp(-x); exp(x/2); exp(x/3 + y); exp(2*x - 3*y); exp(x*y); exp(-x*y/2); exp(1); e*exp(-1); exp(0*x)",
    "exp(y); exp(x + y); exp(2*log(x**2)); exp(log(x**2)/2); exp(3*log(-y)); exp(log(2)/3); exp(-log(x**2)*3/4)",
    "log(x**2); log(12*x**2); log(x**2*y**4); log(exp(x)*x**2); log(sqrt(x**2 + 1)); log(8/27); log(x**2/3); log(2); log(-y)",
    "sqrt(x**2); sqrt(x**2*(y**2 + 1)); sqrt(x**2 + 1); (x**2 + 1)**(3/2); (x**2 + 1)**(-1/4); (x**2 + 1)**(5/3)",
    "sqrt(-x); sqrt(-x)**2; (-x)**(3/2); (-x)**(-5/2); (-x)**(1/3); (-8*x)**(2/3); sqrt(-y); sqrt(2)*sqrt(3); sqrt(12)",
    "sqrt(x); x**(1/3); x**(-1/6); x**(7/2); sqrt(4*x); sqrt(x)/x; sqrt(exp(x)); exp(3*x)**(1/6); sqrt(sqrt(x) + 1)",
    "cbrt(x); cbrt(y)**2; cbrt(-x); cbrt(x*y); cbrt(8*x**3); abs(x); abs(x*y)**3; abs(x - y); abs(-x)**(1/2)",
    "x**2*sqrt(1 - sin(x)**2); sqrt(1 - cos(x)**2); sqrt(cos(y)**2); (1 - sin(x)**2)**(3/2)",
    "sin(x); cos(x); sin(-x); cos(-2*x); sin(3*x); sin(x/2); cos(x + y); sin(2*x - y/3); cos(5*x*y); sin(x)**2 + cos(x)**2",
    "sin(x + pi/6); cos(x - pi/4); sin(2*x + pi/3); cos(x + pi/2); sin(x + 3*pi/4); cos(x - 7*pi/6); sin(5*pi/3); cos(11*pi/6)",
    "sin(pi/6); cos(pi/4); sin(pi); cos(pi); sin(3*pi/2); cos(2*pi/3); sin(pi/5); cos(pi/12); sin(-pi/4); sin(7*pi + x)",
    "atan(x); sin(atan(x)); cos(atan(x)); sin(2*atan(x) + y); cos(3*atan(x)); sin(atan(x)/2); atan(-x); atan(1); atan(-1); atan(0)",
    "asin(x/4); acos(x/4); sin(asin(x/4)); cos(asin(x/4)); atan2(x, y); atan2(y, x); atan2(-x, y); atan2(x, -3); atan2(0, y)",
    "erf(x); erf(-x); erf(2*y); erf(x) + erfc(x); tanh(x); sinh(x)*cosh(x); sigmoid(x); softplus(y); logaddexp(x, y); asinh(x)",
    "floor(x); floor(x + 3); floor(-x); floor(x - 1/2); floor(7/3); floor(-7/3); ceil(x); trunc(y); floor(2 - x); x - floor(x)",
    "where(x > y, x, y); max(x, y); min(x, y); sign(x*y); relu(x); where(x > 0 and y > 0, 1, 2); where(x > 0 or not (y > 0), 3, 4)",
    "(x**2)**y; abs(x)**y; abs(x)**(-y); abs(x)**(2*y + 1); (x**2 + 1)**n; 2**x; 2**(x/2)*2**-y; exp(y*log(x**2)); (x**2 + 1)**(n + 2)",
    "lgamma(x + 4); lgamma(x + 6); lgamma(x + 3); lgamma(5); gamma(5); gamma(x + 4); gamma(x + 6); gamma(x + 3); gamma(n); gamma(n + 2)",
    "gamma(n - 4); gamma(n - 2); gamma(n - 7); gamma(n)",
    "digamma(n); digamma(n + 2); digamma(n - 3); trigamma(n); trigamma(n + 2); trigamma(n - 3); polygamma(0, n); polygamma(1, n + 1)",
    "polygamma(2, x + 3); polygamma(2, x + 5); polygamma(3, x + 3); polygamma(3, x + 4); polygamma(2, x + 4)",
    "besselj(1, x); besselj(2, x); besselj(0, x); besselj(4, x); besselj(-2, x); besseli(1, x); besseli(2, x); "
    "besseli(-1, x); besseli(4, x)",
    "besselj(n, x); besselj(n + 1, x); besselj(n + 3, x); besselj(n - 1, x); besselj(n - 2, x)",
    "bessely(n, x); bessely(n + 2, x); bessely(n - 2, x); besselk(n, x); besselk(n + 3, x); besselk(n - 1, x); besselk(n - 3, x)",
    "besseli(n, x); besseli(n + 2, x); besseli(n - 2, x); expint(n + 4, x); expint(n + 6, x); expint(n + 3, x); expint(0, x); expint(2, x)",
    "lambertw(x + 3); exp(lambertw(x + 3)); exp(-2*lambertw(x + 3) + y); lambertw(0); lambertw(x + 3)*exp(lambertw(x + 3)); "
    "exp(lambertw(x + 3)/2 - y)",
]


def value(expression: mg.Expr, point: dict[str, Fraction]) -> flint.arb | None:
    """A ball around the value; None where it has none."""
    with precision(200):
        try:
            found = mg.evaluate(expression, {name: flint.arb(flint.fmpq(q.numerator, q.denominator)) for name, q in point.items()})
        except (ArithmeticError, mg.MicrogradError):
            return None
    return found if found.is_finite() else None


def signs_there(expression: mg.Expr, point: dict[str, Fraction]) -> Signs:
    """The sign at the point, where there must be one that is known."""
    there = value(expression, point)
    assert there is not None, expression
    assert there == 0 or 0 not in there, expression
    return POSITIVE if there > 0 else NEGATIVE if there < 0 else ZERO


def cell_of(texts: list[str], point: dict[str, Fraction]) -> tuple[Normaliser, list[mg.Expr]]:
    """A cell to which the point belongs, and normal forms in it: each sign that is asked for is told as it is there."""
    plan = Plan()
    facts: list[tuple[mg.Expr, Signs]] = []
    for _ in range(60):
        n = Normaliser(plan)
        try:
            for expression, sign in facts:
                n.know.learn(n(expression), sign)
            elements = [n(mg.parse(text)) for text in texts]
            return n, [n.express(element) for element in elements]
        except Refine:
            continue
        except NeedSplit as need:
            facts.append((need.expression, signs_there(need.expression, point)))
    raise AssertionError("no end")


def close_to(n: Normaliser, point: dict[str, Fraction]) -> list[Term]:
    """For Z3: what the cell's generators stand for is close to what it is at the point."""
    facts = []
    for index, atom in enumerate(n.atoms):
        there = value(atom.expression, point)
        assert there is not None, atom.expression
        with precision(200):
            near = Fraction(float(there.mid()))
        width = (1 + abs(near)) / 10**9
        facts += [n.know.real(index) > near - width, n.know.real(index) < near + width]
    return facts


def values_of(row: str, point: dict[str, Fraction]) -> dict[str, flint.arb]:
    """The expressions of a row that have values at the point."""
    there = {text: value(mg.parse(text), point) for text in row.split("; ")}
    return {text: ball for text, ball in there.items() if ball is not None}


each_row = pytest.mark.parametrize("row", FORMS, ids=[row.partition(";")[0] for row in FORMS])
at_each_point = pytest.mark.parametrize("point", POINTS, ids=range(len(POINTS)))


@each_row
@at_each_point
def test_a_normal_form_has_the_value_of_its_expression(row: str, point: dict[str, Fraction]) -> None:
    there = values_of(row, point)
    with one_session():
        _, found = cell_of([*there], point)
    for text, expression in zip(there, found, strict=True):
        result = value(expression, point)
        assert result is not None, f"{text} became {expression}, which has no value at {point}"
        assert result.overlaps(there[text]), f"{text} became {expression} at {point}"
        assert result.rel_accuracy_bits() > 60 or abs(result) < 1e-30, f"{text} became {expression} at {point}"


@each_row
@at_each_point
def test_what_z3_is_told_of_a_cell_is_true_at_its_points(row: str, point: dict[str, Fraction]) -> None:
    with one_session():
        n, _ = cell_of([*values_of(row, point)], point)
        n.know.background.append(lambda: close_to(n, point))
        assert not n.know.contradictory()


def test_what_is_false_at_a_point_is_seen_to_be() -> None:
    point = POINTS[0]
    with one_session():
        n, _ = cell_of(["exp(x)", "atan(y)"], point)
        n.know.background.append(lambda: close_to(n, point))
        n.know.learn(n(mg.parse("exp(x) - 1.35")), POSITIVE)
        assert n.know.contradictory()


def test_values_at_positive_integers_are_for_these_only() -> None:
    n = Normaliser(Plan())
    for value, expected in ((1, 1), (4, 4), (MAX_SHIFT, MAX_SHIFT), (MAX_SHIFT + 1, 0), (0, 0), (-1, 0), (Fraction(3, 2), 0)):
        assert _small_positive(n.number(value)) == expected
    assert _small_positive(n(mg.parse("x"))) == 0


def test_the_sign_of_a_product_of_open_factors_is_open_unless_it_is_known() -> None:
    for signs, expected in ((POSITIVE, 1), (NONNEGATIVE, 1), (NEGATIVE, -1), (NONPOSITIVE, -1), (ANY, None), (NONZERO, None)):
        n = Normaliser(Plan())
        with one_session():
            x, y = n(mg.parse("x")), n(mg.parse("y"))
            n.know.learn(x * y, signs)
            with nullcontext() if expected else pytest.raises(NeedSplit):
                assert n.sign_of_product([x.num, y.num]) == expected


@pytest.mark.parametrize("terms", [3, ROOMS[0], ROOMS[0] + 1, ROOMS[1] + 1, CAPACITY])
def test_there_is_as_much_room_as_is_needed(terms: int) -> None:
    plan = Plan.small()
    text = " + ".join(f"{i + 1}*x{i}*log(x{i} + 1)" for i in range(terms // 2)) or "x"
    starts = 0
    while True:
        n = Normaliser(plan)
        starts += 1
        try:
            n.obligations = []
            assert n(mg.parse(f"({text})**2 - ({text})*({text})")) == n.zero
            break
        except Refine:
            assert starts < len(ROOMS)
    assert len(n.atoms) <= n.ring.room == plan.room
    assert starts == 1 or len(n.atoms) > ROOMS[starts - 2]


def test_a_cell_has_room_for_so_many_terms_only() -> None:
    n = Normaliser(Plan())
    n.obligations = []
    with pytest.raises(TooLarge, match=f"more than {CAPACITY} different terms"):
        n(mg.parse(" + ".join(f"x{i}" for i in range(CAPACITY + 1))))


SAME = {
    # what is greater than 0, and two expressions with one normal form there
    "sqrt(4*x)": ("x", "2*sqrt(x)"),
    "sqrt(x**3)": ("x", "x*x**(1/2)"),
    "sqrt(1 - cos(x)**2)": ("sin(x)", "sin(x)"),
    "sqrt(1 - sin(x)**2)": ("cos(x)", "cos(x)"),
    "celu(x, y)": ("x", "x"),
    "beta(x, 1/2)": ("x", "exp(lgamma(x) + lgamma(1/2) - lgamma(x + 1/2))"),
}


@pytest.mark.parametrize("text", SAME)
def test_expressions_with_one_normal_form(text: str) -> None:
    positive, other = SAME[text]
    n = Normaliser(Plan())
    with one_session():
        n.know.learn(n(mg.parse(positive)), POSITIVE)
        assert n(mg.parse(text)) == n(mg.parse(other))


@pytest.mark.parametrize(("text", "expected"), [("pi - 3", POSITIVE), ("log(2) - 7/10", NEGATIVE), ("exp(1) - 2718281829/10**9", NEGATIVE)])
def test_constants_are_compared_with_numbers_by_their_bounds(text: str, expected: Signs) -> None:
    n = Normaliser(Plan())
    with one_session():
        assert n.know.of(n(mg.parse(text))) == expected


@pytest.mark.parametrize(
    ("text", "obligations"),
    [
        ("sqrt(x)", ["x >= 0"]),
        ("x**(1/3)", ["x >= 0"]),
        ("x**(-1/3)", ["x > 0"]),
        ("log(x)", ["x > 0"]),
        ("1/x", ["x != 0"]),
        ("x**-2", ["x != 0"]),
        ("sqrt(x) + log(y)/x", ["x != 0", "x >= 0", "y > 0"]),
        ("sqrt(x**2 + 1) + x**2/exp(x)", []),
    ],
)
def test_a_claim_must_show_that_its_terms_have_values(text: str, obligations: list[str]) -> None:
    n = Normaliser(Plan())
    with one_session():
        n.obligations = []
        n(mg.parse(text))
        assert sorted(obligation.text for obligation in n.obligations) == obligations


def test_a_root_is_0_only_where_what_it_is_of_may_be() -> None:
    for text, known, expected in (
        ("sqrt(x)", POSITIVE, POSITIVE),
        ("sqrt(x)", NONNEGATIVE, NONNEGATIVE),
        ("sqrt(-x)", NEGATIVE, POSITIVE),
        ("sqrt(-x)", NONPOSITIVE, NONNEGATIVE),
        ("sqrt(2)", ANY, POSITIVE),
    ):
        n = Normaliser(Plan())
        with one_session():
            n.know.learn(n(mg.parse("x")), known)
            assert n.know.quick(n(mg.parse(text)).num) == expected, text


def test_z3_is_told_of_the_powers_of_a_root_unless_they_are_high() -> None:
    for order, told in ((2, 2), (MAX_DEGREE, 2), (MAX_DEGREE + 1, 1)):
        n = Normaliser(Plan())
        with one_session():
            n.know.learn(n(mg.parse("x")), POSITIVE)
            n(mg.parse(f"x**(1/{order})"))
            (facts,) = n.know.background
            assert len([*facts()]) == told
