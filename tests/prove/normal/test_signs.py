"""What is known of signs, and how Z3 is told of it."""

from __future__ import annotations

from contextlib import nullcontext
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

import micrograd as mg
from micrograd.prove import prove_derivative
from micrograd.prove.limits import TooLarge
from micrograd.prove.normal import signs as module
from micrograd.prove.normal.cell import Plan
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.prove.normal.signs import (
    ANY,
    NEGATIVE,
    NONNEGATIVE,
    NONPOSITIVE,
    NONZERO,
    POSITIVE,
    ZERO,
    Infeasible,
    Signs,
    plus,
    power,
    times,
)
from micrograd.prove.solver import Session, one_session

ALL: list[Signs] = [ANY, POSITIVE, NEGATIVE, ZERO, NONNEGATIVE, NONPOSITIVE, NONZERO]
EXAMPLES = {-1: (-3, -2), 0: (0,), 1: (2, 3)}
"""Numbers of each sign, between which all can happen that happens between numbers of their signs."""


def sign(x: int) -> int:
    return (x > 0) - (x < 0)


@pytest.mark.parametrize(("a", "b"), list(product(ALL, ALL)))
def test_signs_of_sums_and_products(a: Signs, b: Signs) -> None:
    pairs = [(x, y) for s in a for x in EXAMPLES[s] for t in b for y in (*EXAMPLES[t], *(-x for x in EXAMPLES[s] if sign(-x) == t))]
    assert plus(a, b) == {sign(x + y) for x, y in pairs}
    assert times(a, b) == {sign(x * y) for x, y in pairs}


@pytest.mark.parametrize("a", ALL)
def test_signs_of_powers(a: Signs) -> None:
    for n in range(1, 5):
        assert power(a, n) == {sign(s**n) for s in a}


@pytest.mark.parametrize("signs", ALL)
@pytest.mark.parametrize("known", [POSITIVE, NEGATIVE, ZERO])
def test_a_constraint_is_impossible_where_its_signs_are(known: Signs, signs: Signs) -> None:
    n = Normaliser(Plan())
    with one_session():
        know, x = n.know, n(mg.parse("x"))
        solver, _ = know.session().solver("here", False)
        know.session().tell(solver, [know.constraint(x.num, known)])
        assert know.session().impossible(solver, know.constraint(x.num, signs)) == (not known & signs)


@pytest.mark.parametrize("signs", ALL)
@pytest.mark.parametrize("even", [1, 2])
def test_a_fact_about_a_product_is_told_as_it_is(signs: Signs, even: int) -> None:
    """x·y^e has one of some signs: with y known, x has those that follow, and no others are excluded."""
    for y_sign in (POSITIVE, NEGATIVE):
        n = Normaliser(Plan())
        with one_session():
            x, y = n(mg.parse("x")), n(mg.parse("y"))
            n.know.learn(x * y**even, signs)
            n.know.learn(y, y_sign)
            expected = signs if even == 2 or y_sign == POSITIVE else times(signs, NEGATIVE)
            assert n.know.of(x) == expected


def test_what_is_not_0_has_no_factor_0_and_no_denominator_is() -> None:
    for signs in (POSITIVE, NEGATIVE, NONZERO, NONNEGATIVE, ANY):
        n = Normaliser(Plan())
        with one_session():
            x, y = n(mg.parse("x")), n(mg.parse("y"))
            n.know.learn(x * y.inverse(), signs)
            assert (0 in n.know.quick(x.num)) == (0 in signs)
            assert 0 not in n.know.quick(y.num)


def test_signs_of_constants() -> None:
    n = Normaliser(Plan())
    for value in (3, 1, Fraction(1, 2)):
        assert n.know.quick(n.ring.constant(value)) == POSITIVE
        assert n.know.quick(n.ring.constant(-value)) == NEGATIVE
    assert n.know.quick(n.ring.constant(0)) == ZERO


def test_facts_that_contradict_each_other() -> None:
    n = Normaliser(Plan())
    with one_session():
        x = n(mg.parse("x"))
        n.know.learn(x, POSITIVE)
        assert not n.know.contradictory()
        with pytest.raises(Infeasible):
            n.know.learn(-x, POSITIVE)
        with pytest.raises(Infeasible):
            n.know.learn(n.zero, NONZERO)
        with pytest.raises(Infeasible):
            n.know.learn(-(x * x), POSITIVE)


def test_polynomials_of_high_degree_in_several_variables_are_not_for_z3() -> None:
    """Z3's projections of them take minutes, and heed neither its count of steps nor its clock."""
    for text, given in [("x**20 + 1", True), ("(x + y)**8", True), ("(x + y)**9", False), ("x**21", False)]:
        n = Normaliser(Plan())
        with one_session(), nullcontext() if given else pytest.raises(TooLarge):
            n.know.translate(n(mg.parse(text)).num)


def test_facts_of_high_degree_are_left_out_so_that_there_is_an_answer() -> None:
    u = "abs(x - y**3)*abs(x - y**3)"
    slope = f"2*({u})*(2*(x - y**3))/(1 + ({u})**2)"
    verdict = prove_derivative(f"log(1 + ({u})**2)", f"where(log((x - y**3)**2) > 1, {slope}, {slope})", "y > 0", wrt="x", timeout=60)
    assert verdict.verdict == "refuted"


def test_what_is_known_of_a_product_is_known_of_its_multiples() -> None:
    n = Normaliser(Plan())
    with one_session():
        product = n(mg.parse("x*y"))
        n.know.learn(product, POSITIVE)
        for factor in (1, 3, -1, -3):
            found = n.know._from_compound(*n.know.factor(product.scaled(Fraction(factor))))
            assert found == (POSITIVE if factor > 0 else NEGATIVE)


def test_every_rule_for_sets_of_signs_has_a_theorem() -> None:
    rules = [name for name, rule in vars(module).items() if getattr(rule, "__annotations__", {}).get("return") == "Signs"]
    assert set(rules) == {"times", "plus", "power"} <= module.THEOREMS.keys()


def test_what_is_plain_is_not_asked_of_z3(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def impossible(session: Session, *question: Any) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr(Session, "impossible", impossible)
    n = Normaliser(Plan())
    n.know.learn(n(mg.parse("x + 50")), NONZERO)
    n.obligations = []
    n(mg.parse("exp(y/(x + 50))/(x + 50)**2"))
    assert not n.obligations
    assert not asked
    with one_session():
        assert not n.know.surely(n(mg.parse("x + 51")), NONZERO)
    assert asked
    assert n.know.surely(n.zero, ZERO)
    assert not n.know.surely(n.zero, NONZERO)


def test_what_is_known_of_variables_is_known_of_the_terms_of_a_sum() -> None:
    """Without Z3: no session is open."""
    n = Normaliser(Plan())
    x, y, total = (n(mg.parse(text)) for text in ("x", "y", "x*y + 1"))
    assert n.know.quick(total.num) == ANY
    n.know.learn(x, POSITIVE)
    n.know.learn(y, NONNEGATIVE)
    assert n.know.quick(total.num) == POSITIVE


def test_exponentials_and_logarithms_are_in_the_order_of_their_arguments() -> None:
    for text, facts, expected in (
        ("exp(x) - exp(y)", ["x - y"], POSITIVE),
        ("exp(y) - exp(x)", ["x - y"], NEGATIVE),
        ("exp(x) - exp(y)", ["x + y"], ANY),
        ("log(x) - log(y)", ["y", "x - y"], POSITIVE),
    ):
        n = Normaliser(Plan())
        with one_session():
            for fact in facts:
                n.know.learn(n(mg.parse(fact)), POSITIVE)
            assert n.know.of(n(mg.parse(text))) == expected, text
