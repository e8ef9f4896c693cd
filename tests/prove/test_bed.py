"""The prover alone, without its search for counterexamples, on claims whose defect hides; and the search on claims that are true."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd.verified import diff, parse, var
from micrograd.verified.special_functions import SPECIAL
from tests.prove import bed
from tests.prove.bed import FUNCTIONS, Claim, equality, fault, guard, hessian, is_false, made, primitive, twin, word
from tests.prove.guards import GUARDED, Guarded
from tests.prove.hidden import DOMAINS, HIDDEN, UNDEFINED, WRONG, WRONG_ON_CURVE, Hidden
from tests.prove.oracle import Far, slope, value

QUICK = 0.35
"""Seconds for a claim in the fast tests: enough for most proofs, and a verdict that is not reached is not wrong.

On a busy machine these tests see less, but they fail no sooner.  The slow ones give each claim more time."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "slow" not in request.keywords:
        monkeypatch.setattr(bed, "SECONDS", QUICK)


def _check(seed: str, maker: Any, count: int = 1) -> None:
    r = random.Random(seed)
    for _ in range(count):
        claim = made(r, maker)
        assert claim is not None, "no claim that is false came out"
        assert fault(claim, seconds=bed.SECONDS) is None


# --- every row of every table ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function(name: str) -> None:
    _check(name, lambda r: primitive(r, name))


@pytest.mark.parametrize("row", GUARDED, ids=lambda row: row.function)
def test_every_guard(row: Guarded) -> None:
    _check(row.function, lambda r: guard(r, row))


@pytest.mark.parametrize("row", [row for row in GUARDED if row.second], ids=lambda row: row.function)
def test_every_second_derivative(row: Guarded) -> None:
    _check(row.function, lambda r: hessian(r, row))


@pytest.mark.parametrize("row", UNDEFINED, ids=str)
def test_every_way_to_have_no_value(row: tuple[str, str, str]) -> None:
    _check(str(row), lambda r: primitive(r, r.choice(["square", "sin", "exp", "abs", "atan"]), undefined=row))


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_in_equations(name: str) -> None:
    _check(name, lambda r: equality(r, name), 3)


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_often(name: str) -> None:
    _check(f"{name} often", lambda r: primitive(r, name), 5)


@pytest.mark.slow
@pytest.mark.parametrize("row", GUARDED, ids=lambda row: row.function)
def test_every_guard_often(row: Guarded) -> None:
    _check(f"{row.function} often", lambda r: guard(r, row), 5)


@pytest.mark.slow
@pytest.mark.parametrize("hidden", HIDDEN, ids=lambda hidden: hidden.condition)
def test_every_hidden_set(hidden: Hidden) -> None:
    _check(hidden.condition, lambda r: primitive(r, hidden=hidden), 3)


@pytest.mark.slow
@pytest.mark.parametrize("stated", DOMAINS)
def test_every_domain(stated: str) -> None:
    _check(stated, lambda r: primitive(r, stated=stated), 3)


@pytest.mark.slow
@pytest.mark.parametrize("template", [*WRONG, *WRONG_ON_CURVE])
def test_every_way_to_be_wrong(template: str) -> None:
    curves = [h for h in HIDDEN if h.difference]
    _check(template, lambda r: primitive(r, template=template, hidden=r.choice(curves)), 3)


# --- at random ---------------------------------------------------------------------------------------------------------


def _random(r: random.Random) -> None:
    claim = made(r)
    if claim is not None:
        assert fault(claim, seconds=bed.SECONDS) is None


@settings(max_examples=50)
@given(st.randoms(use_true_random=False))
def test_hidden_defects(r: random.Random) -> None:
    _random(r)


@pytest.mark.slow
@settings(max_examples=1000)
@given(st.randoms(use_true_random=False))
def test_many_hidden_defects(r: random.Random) -> None:
    _random(r)


@pytest.mark.slow
@settings(max_examples=300)
@given(st.randoms(use_true_random=False))
def test_the_same_claims_without_the_defect_are_not_refuted(r: random.Random) -> None:
    claim = made(r)
    other = None if claim is None else twin(claim)
    if other is not None:
        assert fault(other, search=True) is None


# --- true claims -------------------------------------------------------------------------------------------------------


def _true(row: Guarded) -> list[Claim]:
    stated = "y > 0" if "log(y)" in row.function else "True"
    first = Claim("true", "derivative", row.function, row.slope, stated, "", None)
    return [first] + [Claim("true", "hessian", row.function, row.second, stated, "", None) for _ in [0] if row.second]


@pytest.mark.uncertified
@pytest.mark.parametrize("row", GUARDED, ids=lambda row: row.function)
def test_true_claims_are_not_refuted(row: Guarded) -> None:
    for claim in _true(row):
        assert fault(claim, search=True, seconds=bed.SECONDS) is None


@pytest.mark.uncertified
def test_most_true_claims_are_proved_without_the_search() -> None:
    """Else it would be no wonder that nothing false is proved."""
    words = Counter(word(_true(row)[0], seconds=5.0) for row in GUARDED)
    assert words["proved"] >= PROVED, words


PROVED = 40
"""So many of the rows of `GUARDED` are proved, at least."""


# --- the bed itself ----------------------------------------------------------------------------------------------------


def test_the_oracle_tells_false_from_true() -> None:
    hidden = "x**2 == 2"
    wrong = Claim("bed", "derivative", "x**2", f"where({hidden}, 7, 2*x)", "True", hidden, {"x": "sqrt(2)"})
    assert is_false(wrong)
    assert not is_false(Claim("bed", "derivative", "x**2", "2*x", "True", hidden, {"x": "sqrt(2)"}))
    assert is_false(Claim("bed", "hessian", "x**3", "where(x > 10**9, 0, 6*x)", "True", "x > 10**9", {"x": "10**9 + 1"}))
    assert is_false(Claim("bed", "equal", "x", "x*(x/x)", "True", "x == 0", {"x": "0"}))
    entries = ("2*y**3", "6*x*y**2", "6*x*y**2", "6*x**2*y")
    for place, entry in enumerate(entries):
        for claimed, false in ((entry, False), (f"{entry} + 1", True)):
            claim = Claim("bed", "hessian", "x**2*y**3", claimed, "True", "x == 3", {"x": "3", "y": "5"}, "x", entries, place)
            assert is_false(claim) is false
    assert not is_false(Claim("bed", "derivative", "abs(x)", "7", "True", "x == 0", {"x": "0"})), "there is no derivative"
    other = twin(wrong)
    assert other is not None
    assert other.domain == f"(not ({hidden})) and (True)"
    assert twin(replace(wrong, kind="points")) is None


def test_a_verdict_that_is_wrong_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Claim("bed", "derivative", "x**2", "where(x > 10**9, 7, 2*x)", "True", "x > 10**9", {"x": "10**9 + 1"})
    assert fault(wrong) is None
    other = replace(wrong, witness=None)
    for claim, verdict in ((wrong, "proved"), (wrong, "nothing there"), (other, "refuted"), (wrong, "crash")):
        monkeypatch.setattr(bed, "word", lambda *_, answer=verdict, **__: answer)
        assert fault(claim) is not None


@pytest.mark.parametrize("name", SPECIAL)
def test_the_oracle_and_the_registry_agree_on_special_functions(name: str) -> None:
    """Difference quotients of mpmath's values, and the row's derivative: neither knows the other."""
    simple = {"n": "2", "a": "3/2", "b": "5/3", "h": "1/2"}
    operands = ["x" if i == len(SPECIAL[name].params) - 1 else simple[p] for i, p in enumerate(SPECIAL[name].params)]
    f, point = parse(f"{name}({', '.join(operands)})"), {"x": mpmath.mpf(1) / 3}
    assert abs(slope(f, "x", point, Far) - value(diff(f, var("x")), point, Far)) < 1e-9
