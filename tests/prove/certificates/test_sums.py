"""Sums taken apart: which parts are found, and that work grows with their number only."""

from __future__ import annotations

import pytest

import micrograd as mg
from micrograd.prove import prove_derivative
from micrograd.prove.certificates.sums import MAX_TERMS, parts, relevant, terms, total
from micrograd.prove.refute import without_search


@pytest.mark.parametrize(
    ("a", "c", "found"),
    [
        ("x + y + z", "z + x + y", [("x", "x"), ("y", "y"), ("z", "z")]),
        ("x - y - z", "-(y + z) + x", [("x", "x"), ("-y", "-y"), ("-z", "-z")]),
        ("x + x + y + y + z", "2*x + 2*y + z", [("z", "z"), ("x + x", "2*x"), ("y + y", "2*y")]),
        ("x*y + x + y + z", "x*(y + 1) + y + z", [("y", "y"), ("z", "z"), ("x*y + x", "x*(y + 1)")]),
        ("x + y + z + log(y) - log(y)", "x + y + z", [("x", "x"), ("y", "y"), ("z + log(y) - log(y)", "z")]),
        ("2*(x + y/4 + z)", "x*2 + z*2 + y/2", [("2*x", "2*x"), ("1/2*y", "1/2*y"), ("2*z", "2*z")]),
        ("x + y", "y + x", []),
        ("x + y + z", "2*x + 3*y + 4*z", []),
        ("x + y + z", "x*y*z", []),
        ("log(-1 - x**2) + y + z", "y + z + log(-1 - x**2)", []),
    ],
)
def test_parts(a: str, c: str, found: list[tuple[str, str]]) -> None:
    assert [(str(left), str(right)) for left, right in parts(mg.parse(a), mg.parse(c))] == found


def test_terms_come_in_order_with_their_signs() -> None:
    found = terms(mg.parse("a - (b - c) + -(d + e)"))
    assert [(int(factor), str(term)) for factor, term in found] == [(1, "a"), (-1, "b"), (1, "c"), (-1, "d"), (-1, "e")]
    assert str(total(found)) == "a - b + c - d - e"
    assert str(total(found[1:])) == "-b + c - d - e"


def test_a_sum_that_is_shared_many_times_is_left_as_it_is() -> None:
    x = mg.var("x")
    for _ in range(60):
        x = x + x
    assert len(terms(x)) == MAX_TERMS + 1
    assert parts(x, x) == []


def test_numbers_that_are_too_large_for_floats_or_for_the_work_end_the_guess() -> None:
    large = 10**400
    assert parts(mg.parse(f"{large}*x + y + z"), mg.parse(f"{large}*x + y + z")) == []
    chain = mg.var("x")
    for _ in range(9):
        chain = large * (chain + mg.var("y"))
    assert terms(chain) == []
    with without_search():
        assert prove_derivative(f"{large}*x**2 + y*x + z*x", f"z + {large}*2*x + y", "x > 0", wrt="x").verdict == "proved"


def test_relevant_literals() -> None:
    literals = [mg.parse_condition(c) for c in ("x > 0", "x + 1 != 0", "y + 1 != 0", "x + 1 > 0 or y + 1 > 0")]
    assert relevant(literals, [mg.parse("1/(x + 1)")]) == [literals[0], literals[1], literals[3]]


@pytest.mark.parametrize("count", [4, 8, 16])
def test_kinks_of_terms_do_not_multiply(count: int) -> None:
    names = [f"x{i}" for i in range(count)]
    function = " + ".join(f"abs({name} - t)" for name in names)
    claim = " + ".join(f"sign(t - {name})" for name in reversed(names))
    with without_search():
        found = prove_derivative(function, claim, " and ".join(f"{name} != t" for name in names), wrt="t")
    assert found.certificate is not None
    assert sum(line[0] in ("sign", "end") for line in found.certificate["lines"]) <= 6 * count


def test_one_wrong_term_is_not_proved() -> None:
    with without_search():
        found = prove_derivative("abs(x) + x**2 + x**3", "sign(x) + 2*x + where(x == 10**9, 0, 3*x**2)", "x != 0", wrt="x")
    assert found.verdict == "unknown"
