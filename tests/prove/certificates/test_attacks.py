"""False claims never get a certificate, whatever is broken in the prover."""

from __future__ import annotations

import random
from functools import cache

import pytest

from micrograd.prove.refute import without_search
from tests.prove.bed import Claim, fault
from tests.prove.certificates.attacks import ERRORS, accepted, broken, false_claims


@cache
def claims(seed: int, count: int) -> list[Claim]:
    return false_claims(seed, count)


LONG = ("nothing is ever 0", "special functions have values everywhere")
"""Errors that keep the prover busy."""


def test_false_claims_have_no_certificate() -> None:
    assert not [str(claim) for claim in claims(1, 25) if accepted(claim)]


@pytest.mark.slow
def test_many_false_claims_have_no_certificate() -> None:
    assert not [str(claim) for claim in claims(2, 1000) if accepted(claim)]


@pytest.mark.parametrize("error", [pytest.param(name, marks=[pytest.mark.slow] if name in LONG else []) for name in ERRORS])
def test_an_error_in_the_prover(error: str) -> None:
    sample = random.Random(error).sample(claims(1, 25), 3)
    with broken(error):
        assert not [str(claim) for claim in sample if accepted(claim)]


@pytest.mark.slow
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_in_the_prover_on_many_claims(error: str) -> None:
    with broken(error):
        assert not [str(claim) for claim in claims(3, 50) if accepted(claim)]


@pytest.mark.slow
def test_the_errors_would_be_believed() -> None:
    """Without the checker some of these provers call a false claim proved: so the tests above can fail."""
    believed = set()
    for error in ERRORS:
        with broken(error), without_search():
            if any((fault(claim) or "").startswith("proved") for claim in claims(3, 50)):
                believed.add(error)
    assert len(believed) >= 5
