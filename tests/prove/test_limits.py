"""Claims that are made to be too much: each gets a verdict, and nothing is written out that has no bound."""

from __future__ import annotations

import itertools
import time
from contextlib import nullcontext
from decimal import Decimal
from fractions import Fraction

import pytest

import micrograd as mg
from micrograd.carriers.evaluation import evaluate_exactly
from micrograd.prove import EmptyDomain, Unknown, prove_derivative, prove_equal, solver
from micrograd.prove.cells import Cell, Prover
from micrograd.prove.limits import OutOfTime, TooLarge, remaining, shown, tick, within
from micrograd.prove.normal.cell import Plan
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.prove.normal.ring import MAX_BITS, Element
from micrograd.prove.refute import without_search
from micrograd.prove.solver import Session
from micrograd.prove.verdicts import Statement
from micrograd.trace.reals import lower
from micrograd.verified.expr import var

LONG = "0x" + "f" * 3_400

CLAIMS = [
    ("x**(2**(2**x))", "1", "x > 6"),
    ("x**(2**(2**x))", "1", "x > 30"),
    ("x*exp(10**9)", "exp(10**9)", "True"),
    ("x*exp(-10**18)", "exp(-10**18)", "True"),
    ("x*exp(exp(exp(exp(10))))", "exp(exp(exp(exp(10))))", "True"),
    ("csc(x)", "-csc(x)*cot(x) + max(0, x - 10**8)", "sin(x) != 0"),
    ("(x + 1)**100000", "100000*(x + 1)**99999", "True"),
    ("(x + 10**500)**1500", "1500*(x + 10**500)**1499", "True"),
    ("(x + y + z + w)**400", "400*(x + y + z + w)**399", "True"),
    ("10**10**10*x", "10**10**10", "True"),
    ("x**10**10", "10**10*x**(10**10 - 1)", "x > 0"),
    ("x**(1/1000003)", "1/1000003*x**(1/1000003 - 1)", "x > 0"),
    (f"x**(1/{'7' * 3000})", f"1/{'7' * 3000}*x**(1/{'7' * 3000} - 1)", "x > 0"),
    (f"x*{LONG}", LONG, "True"),
    (f"x/{LONG}", "1", f"x == {LONG}"),
    ("x**2", "2*x + 1", f"x > {LONG}"),
    ("*".join(f"(x + {i})" for i in range(500)), "1", "True"),
    ("floor(floor(x**9)**9)", "0", "x > 10**300"),
    ("log(x**1260 - 1)", "1260*x**1259/(x**1260 - 1)", "x > 2"),
    (f"log({(10**80 + 129) * (10**81 + 187)}*x)", "1/x", "x > 0"),
    ("gamma(10**30)*x", "gamma(10**30)", "True"),
    ("besselj(10**7, 10**7*x)", "1", "x > 1"),
    ("polygamma(10**6, x)", "polygamma(10**6 + 1, x)", "x > 0"),
    ("sind(10**4000*x)", "1", "True"),
    ("exp(399*x)*exp(x/397)*exp(x/389)", "(399 + 1/397 + 1/389)*exp(399*x)*exp(x/397)*exp(x/389)", "True"),
    ("(sqrt(x + y + 1) + sqrt(x))**400", "1", "x > 0 and y > 0"),
]


@pytest.mark.parametrize("search", [True, False], ids=["search", "alone"])
@pytest.mark.parametrize(("f", "claim", "domain"), CLAIMS, ids=[c[0][:24] for c in CLAIMS])
def test_there_is_a_verdict(f: str, claim: str, domain: str, search: bool) -> None:
    with nullcontext() if search else without_search():
        try:
            verdict = prove_derivative(f, claim, domain, wrt="x", timeout=1)
        except EmptyDomain:
            return
    assert len(str(verdict)) > 0
    assert len(verdict.to_json()) > 0


def test_large_powers_that_cancel_are_still_proved() -> None:
    assert prove_derivative("(x + 1)**1000", "1000*(x + 1)**999", "True", wrt="x")
    assert prove_derivative("x*1e3999", "1e3999", "True", wrt="x")
    assert prove_equal("log(1000003*x)", "log(x) + log(1000003)", "x > 0")


def test_time_is_said_in_its_own_word() -> None:
    verdict = prove_derivative("sin(x)**2", "sin(2*x)", "True", wrt="x", timeout=1e-9)
    assert isinstance(verdict, Unknown)
    assert verdict.timed_out
    assert verdict.reason.startswith("time is over")
    assert verdict.to_dict()["reason"] == verdict.reason
    equal = prove_equal("sin(x)**2", "1 - cos(x)**2", timeout=1e-9)
    assert isinstance(equal, Unknown)
    assert equal.timed_out
    assert not Unknown(Statement("x", "x", "1", "True"), 0.0, "a difference remains").timed_out


def test_limits_of_time_are_nested() -> None:
    with within(1000):
        assert remaining() > 900
        with within(5000):
            assert remaining() <= 1000
        with within(-1), pytest.raises(OutOfTime):
            tick()
        tick()
    assert remaining() == float("inf")


def test_the_clock_is_asked_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """After any number of looks at the clock the time may be over, and the verdict says so: nobody keeps that from the top."""
    normal = prove_derivative("x*abs(x) + sqrt(x**2 + 1)", "2*abs(x) + x/sqrt(x**2 + 1)", "True", wrt="x")
    assert normal
    for steps in (3, 10, 30, 100, 300):
        count = itertools.count()
        monkeypatch.setattr(time, "monotonic", lambda count=count, steps=steps: 1e9 if next(count) > steps else 0.0)
        verdict = prove_derivative("x*abs(x) + sqrt(x**2 + 1)", "2*abs(x) + x/sqrt(x**2 + 1)", "True", wrt="x", timeout=1)
        assert isinstance(verdict, Unknown)
        assert verdict.timed_out
        monkeypatch.undo()


def test_products_are_bounded_before_they_are_computed() -> None:
    n = Normaliser(Plan())
    x = n(var("x"))
    dense = (x + n.one) ** 900
    with pytest.raises(TooLarge):
        dense * (dense + n(var("y")) ** 3) ** 9
    with pytest.raises(TooLarge):
        n.number(1 << (MAX_BITS + 1))
    with pytest.raises(TooLarge):
        Element.make(n.ring, n.ring.constant(1 << (MAX_BITS - 1)) * 4, n.ring.one)


def test_fractions_are_bounded_before_they_are_computed() -> None:
    tower = mg.parse("x")
    for _ in range(40):
        tower = tower * tower
    with pytest.raises(mg.UnsupportedPrimitive):
        mg.evaluate(tower, x=Fraction(3, 2))
    with pytest.raises(mg.UnsupportedPrimitive):
        evaluate_exactly(mg.parse("x**9000"), {"x": Fraction(3)}, 8192)
    assert evaluate_exactly(mg.parse("x**4000"), {"x": Fraction(3)}, 8192) == Fraction(3) ** 4000
    assert mg.evaluate(mg.parse("x**100000 + 1/3"), x=Fraction(1, 2)) == Fraction(1, 2) ** 100000 + Fraction(1, 3)


def test_long_numbers_in_messages() -> None:
    assert shown(Fraction(-7, 3)) == "-7/3"
    assert shown(1 << 50_000) == "(a number of 50001 bits)"


def test_decimals_keep_their_value_or_are_refused() -> None:
    assert lower(Decimal("1e400")) is mg.const(10**400)
    with pytest.raises(mg.UnsupportedPrimitive, match="too long"):
        lower(Decimal("1e1000000000"))


def test_a_question_has_its_own_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for each question: a hard one does not use up the steps of the next."""
    monkeypatch.setattr(solver, "STEPS", 3000)
    session = Session()
    names = [session.variable(f"v{i}") for i in range(6)]
    hard, _ = session.solver("hard", True)
    for a, b, c in itertools.combinations(names, 3):
        session.tell(hard, [a * a * b + b * c * c + -(a * b * c * c * a) + 1 == session.product([a, a, a]) * b])
    for k in range(5):
        session.impossible(hard, names[k] * names[k + 1] > k)
    easy, new = session.solver("easy", False)
    assert new
    session.tell(easy, [names[0] > 0])
    assert session.impossible(easy, names[0] * names[0] < 0)
    assert not session.impossible(easy, names[0] > 1)


def test_constants_are_zero_by_counted_cases() -> None:
    assert Prover(12).agree(Cell([], (mg.parse("0"), mg.parse("sin(1)**2 + cos(1)**2 - 1"))))
    prover = Prover(1)
    assert not prover.agree(Cell([mg.parse_condition("x > 0 or x < 0")], (mg.parse("x"), mg.parse("x"))))
    assert prover.report.failures == ["more than 1 cases"]
