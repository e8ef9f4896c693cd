"""What used to be broken without a proof noticing: each break of the code must leave an obligation that fails, and the mending must not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from micrograd.prove.normal import angles, exponentials
from micrograd.prove.points import beside
from micrograd.verified import derive, differentiation, kernel, parse, var
from micrograd.verified.expr import EQ, where
from micrograd.verified.special_functions import SPECIAL
from proofs import broken, cited, conditions, hypotheses, rules
from proofs import signs as sign_rules
from proofs.obligation import Obligation
from proofs.solvers import settle

STEPS = 3_000_000
Parts = Callable[[], Iterable[Obligation]]


def failing(part: Parts) -> list[str]:
    """Names of the obligations that are not settled as stated, with what became of them."""
    found = []
    for obligation in part():
        outcome = settle(obligation, STEPS)
        assert outcome.status != "error", outcome
        found += [] if outcome.settled else [f"{obligation.name}: {outcome.status}"]
    return found


def named(make: Callable[..., Iterator[Obligation]], *words: str) -> Parts:
    return lambda: [o for o in make() if any(word in o.name for word in words)]


EQUALITY = [(differentiation, "_interior_pair", broken._closed_equality)]
WHERE = [(module, "domain_step", broken._condition_dropped) for module in (differentiation, kernel)]
CASES = [(kernel, "cases", broken._everywhere("cases"))]
BREAKS: dict[str, tuple[list[tuple[Any, str, Any]], Parts]] = {
    "the interior of ==": (EQUALITY, lambda: conditions.interior_of_comparison(EQ)),
    "where drops the domain of its condition": (WHERE, hypotheses.where_step),
    "kernel.cases with the wrong hypothesis": (CASES, named(hypotheses.cases, ".le.", ".eq.")),
    "the sign of cos(q + pi/2)": ([(angles, "_multiple_of_pi", broken._half_turn_sign)], named(rules.of_angles, "_from_1_2_pi")),
    "the parity in drift": ([(beside.Beside, "drift", broken._same_parity)], sign_rules.drifts),
    "exp(u) >= 2 + u": (broken.told(exponentials, "_new_exponent", lambda z, u: z >= u + 2), lambda: rules.of_rows("exp")),
}


LONG = ("the sign of cos(q + pi/2)", "the parity in drift")


@pytest.mark.parametrize("what", [pytest.param(what, marks=pytest.mark.slow if what in LONG else ()) for what in BREAKS])
def test_broken_code_is_noticed(what: str) -> None:
    changes, part = BREAKS[what]
    assert not failing(part)
    with broken.patched(changes):
        assert failing(part)
    assert not failing(part)


def test_three_errors_at_once_do_not_hide_each_other() -> None:
    x = var("x")
    jump = where(parse("floor(x)") > 0, 1, 0)
    assert "x != floor(x)" in str(derive(jump, x))
    with broken.patched([*EQUALITY, *WHERE, *CASES]):
        assert not derive(jump, x).hypotheses, "the theorem is false: it claims a slope at jumps"
        assert failing(hypotheses.where_step)
        assert failing(named(hypotheses.cases, ".eq."))
        assert failing(lambda: conditions.interior_of_comparison(EQ))


@pytest.mark.parametrize("defined", ["-1 < x and x < 1", "-1 < x and x <= 1", "True"])
def test_a_set_that_is_too_small_or_too_large_is_noticed(defined: str) -> None:
    row = dataclasses.replace(conditions.ROWS["asin"], defined=defined)
    assert failing(lambda: hypotheses.extent(row))
    assert failing(lambda: cited.extents(row))
    assert not failing(lambda: hypotheses.extent(conditions.ROWS["asin"]))
    assert not failing(lambda: cited.extents(conditions.ROWS["asin"]))


@pytest.mark.parametrize("wrong", ["-expint(n, x)", "-expint(n + 1, x)", "-expint(n - 2, x)", "expint(n - 1, x)"])
def test_a_derivative_that_is_cited_with_the_wrong_index_is_noticed(wrong: str) -> None:
    row = SPECIAL["expint"]
    assert failing(lambda: cited.partials(row, {1: parse(wrong)}))
    assert not failing(lambda: cited.partials(row))


def test_every_fact_about_a_function_is_read() -> None:
    from proofs.normalising import runs

    told = {str(fact) for run in runs(parse("exp(u)")) for fact in run.facts}
    assert {"exp(u) > 0", "exp(u) >= 1 + u"} <= told
    bounds = {str(fact) for run in runs(parse("atan(u)")) for fact in run.facts}
    assert any("8/5" in text for text in bounds)


def test_domains_that_are_not_open_are_noticed() -> None:
    for name, domain in (("sqrt", "x >= 0"), ("max", "x <= y"), ("floor", "x == floor(x)")):
        row = dataclasses.replace(conditions.ROWS[name], domain=domain)
        assert failing(lambda row=row: [hypotheses.opened(row)]), name  # type: ignore[misc]


def test_the_patch_is_taken_back() -> None:
    before = kernel.cases
    with broken.patched(CASES):
        assert kernel.cases is not before
    assert kernel.cases is before
