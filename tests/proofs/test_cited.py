"""What is cited: every formal fact passes its check, and a false one does not."""

from __future__ import annotations

import pytest

from micrograd.verified import CITED
from micrograd.verified.cited import CITED_AS, FACTS
from micrograd.verified.row import Cited
from micrograd.verified.special_functions import SPECIAL
from proofs import cited
from proofs.solvers import settle

CHECKS = {o.name: o for o in cited.obligations()}


@pytest.mark.parametrize("name", [name for name in CHECKS if ".fact." in name])
def test_facts_hold(name: str) -> None:
    outcome = settle(CHECKS[name])
    assert outcome.status == "checked", outcome


def test_facts_are_listed_under_a_citation() -> None:
    assert set(CITED_AS) == set(FACTS)
    assert set(CITED_AS.values()) <= set(CITED)


def test_every_cited_derivative_is_checked() -> None:
    for row in SPECIAL.values():
        for parameter, partial in zip(row.params, row.partials, strict=True):
            wanted = partial is not None and isinstance(row.evidence, Cited)
            assert (f"cited.partial.{row.name}.{parameter}" in CHECKS) == wanted


@pytest.mark.parametrize(
    ("statement", "hypothesis"),
    [
        ("gamma(x + 1) == gamma(x)", "x > 0"),
        ("lgamma(x + 1) == lgamma(x) + log(abs(x + 1))", "x > 0 or x != floor(x)"),
        ("digamma(x + 1) == digamma(x) - 1/x", "x > 0"),
        ("n*expint(n + 1, x) == exp(-x) + x*expint(n, x)", "x > 0"),
        ("besseli(n + 1, x) == 2*n/x*besseli(n, x) - besseli(n - 1, x)", "x > 0"),
        ("sin(pi/6) == 1/2 and sin(pi/4) == 1/2", "True"),
        ("314/100 < pi and pi < 314/100", "True"),
        ("-1/2 < erf(x)", "True"),
    ],
)
def test_false_facts_are_noticed(statement: str, hypothesis: str) -> None:
    with pytest.raises(AssertionError):
        cited.fact("t", (statement, hypothesis))
