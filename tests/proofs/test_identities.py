"""Identities between rational expressions: both oracles say yes to what holds, and no to what does not."""

from __future__ import annotations

import random
import subprocess
import sys
from fractions import Fraction

import pytest

from micrograd.verified import ParseError
from proofs import identities
from proofs.identities import ORACLES, Disagreement, IdentityError, Verdict, check, decide

TRUE = [
    ("x + y", "y + x", []),
    ("(x**2 - 1)/(x - 1)", "x + 1", []),
    ("1/(1 - x) - 1/(1 + x)", "2*x/(1 - x**2)", []),
    ("(2/3)*x - -x", "5*x/3", []),
    ("x**-2", "reciprocal(x)/x", []),
    ("square(x - y)", "x**2 - 2*x*y + y**2", []),
    ("x**0", "1", []),
    ("3", "6/2", []),
    ("1/(s + 1)", "(s - 1)/(x - 1)", ["s**2 - x"]),
    ("1/(2*s)", "s/(2*x)", ["s**2 - x"]),
    ("c**4 - s**4", "1 - 2*s**2", ["s**2 + c**2 - 1"]),
    ("(1 - t**2)/(1 + t**2)", "c**2 - s**2", ["s**2 + c**2 - 1", "t*c - s"]),
    ("a/x", "x/a", ["a**2 - x**2"]),
    ("a", "c", ["3*a - 2/5*b", "b - 15/2*c"]),
    ("a", "c", ["a/d - c/d"]),
    ("a*b", "1", ["a*c - 1", "b*d - 1", "c*d - 1"]),  # needs a Groebner basis: no leading term divides a*b
]
FALSE = [
    ("x*y", "x + y", []),
    ("x", "-x", []),
    ("1", "2", []),
    ("s", "x", ["s**2 - x"]),
    ("s", "-s", ["s**2 - x"]),
    ("a", "x", ["a**2 - x**2"]),
    ("x/0", "x/0", []),
    ("x/(x - x)", "x/(x - x)", []),
    ("1/(s**2 - x)", "1/(s**2 - x)", ["s**2 - x"]),
    ("(s**2 - x)**-1", "0", ["s**2 - x"]),
    ("1", "2", ["x", "x - 1"]),
    ("1", "2", ["1/(x - x)"]),
]


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize(("lhs", "rhs", "relations"), TRUE)
def test_what_holds(oracle: str, lhs: str, rhs: str, relations: list[str]) -> None:
    assert decide(oracle, lhs, rhs, relations).ok
    assert decide(oracle, rhs, lhs, relations[::-1]).ok


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize(("lhs", "rhs", "relations"), FALSE)
def test_what_does_not_hold(oracle: str, lhs: str, rhs: str, relations: list[str]) -> None:
    verdict = decide(oracle, lhs, rhs, relations)
    assert not verdict.ok
    assert verdict.detail


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize("text", ["sin(x)", "x**y", "x**(1/2)", "x**20000", "pi", "where(x > 0, x, y)"])
def test_what_is_no_rational_expression(oracle: str, text: str) -> None:
    with pytest.raises(IdentityError):
        decide(oracle, text, "x")


def test_what_is_no_expression() -> None:
    with pytest.raises(ParseError):
        check("x +", "x")


def test_detail_names_the_claim_and_the_difference() -> None:
    verdict = check("x*y", "x + y")
    assert verdict == Verdict(False, "x*y = x + y fails: the numerator of the difference is x*y - x - y, not 0")


def test_oracles_that_differ_are_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities.FlintAlgebra, "remainder", lambda self, element: element.numer - element.numer + 1)
    with pytest.raises(Disagreement, match="flint"):
        check("x", "x")


def test_deep_and_wide_expressions_need_no_recursion() -> None:
    deep = "x"
    for _ in range(3000):
        deep = f"({deep} + 1)"
    assert check(deep, "x + 3000").ok
    wide = " + ".join(f"x{i}" for i in range(60))
    assert check(f"({wide})*y", "y*(" + wide + ")").ok


def test_random_identities_agree_with_exact_evaluation() -> None:
    """Expressions are called equal exactly if they are equal at random points: a chance of error below 1e-9 (Schwartz-Zippel)."""
    chance = random.Random(7)

    def expression(depth: int) -> str:
        if depth == 0:
            return chance.choice(["x", "y", "1", "2", "3"])
        a, b = expression(depth - 1), expression(depth - 1)
        return chance.choice([f"({a} + {b})", f"({a} - {b})", f"({a}*{b})", f"({a})**2", f"({a})/(({b})**2 + 1)"])

    for _ in range(60):
        lhs, rhs = expression(3), expression(1)
        points = [{"x": Fraction(chance.randint(-999, 999), 97), "y": Fraction(chance.randint(-999, 999), 89)} for _ in range(4)]
        values = [(eval(lhs, {}, point), eval(rhs, {}, point)) for point in points]
        expected = all(a == b for a, b in values)
        assert check(lhs, rhs).ok == expected, (lhs, rhs)
        assert check(f"{lhs}*({rhs})", f"({rhs})*{lhs}").ok


def test_sympy_does_not_hand_its_arithmetic_to_flint() -> None:
    program = (
        "import sys; from proofs.identities import decide; assert decide('sympy', 'x + x', '2*x').ok;"
        "from sympy.external.gmpy import GROUND_TYPES; assert GROUND_TYPES == 'python', GROUND_TYPES;"
        "assert 'flint' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
