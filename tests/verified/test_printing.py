"""Printing: what is written is read back as the same object, with no more parentheses than needed, and in linear space."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd.verified import PRIMITIVES, Condition, Expr, const, e, gradient, pi, sin, substitute, var, where
from micrograd.verified.expr import FALSE, HEADS, TRUE, build, count_nodes, eq, ne
from micrograd.verified.parsing import parse_any
from micrograd.verified.printing import shared_parts, to_text
from tests.verified.strategies import conditions, expressions, untimed

x, y, z = var("x"), var("y"), var("z")

# --- round trip ------------------------------------------------------------------------------------------------------


@untimed
@given(expressions())
def test_expressions_round_trip(root: Expr) -> None:
    assert parse_any(str(root)) is root


@untimed
@given(conditions())
def test_conditions_round_trip(root: Condition) -> None:
    assert parse_any(str(root)) is root


@untimed
@given(expressions(names=("t1", "t2", "t4"), max_operations=40))
def test_expressions_with_names_of_parts_round_trip(root: Expr) -> None:
    assert parse_any(str(root)) is root


LEAVES: list[Expr] = [x, const(2), const(-2), const(Fraction(2, 3)), const(Fraction(-2, 3)), const(0), pi, e]
TRUTHS: list[Condition] = [x > 0, eq(x, y), ne(y, 1), (x > 0) & (y > 0), (x > 0) | (y > 0), ~(x > 0), TRUE, FALSE]


def _over(name: str, operands: list[Any]) -> list[Any]:
    return [build(HEADS[name], *chosen) for chosen in product(operands, repeat=HEADS[name].arity)]


_ARITHMETIC = ("add", "sub", "mul", "div", "neg", "pow")


@pytest.mark.parametrize("outer", _ARITHMETIC)
@pytest.mark.parametrize("inner", [*_ARITHMETIC, "abs"])
def test_every_nesting_of_two_operators_round_trips(outer: str, inner: str) -> None:
    for node in _over(outer, [*LEAVES[:5], *_over(inner, LEAVES[:5])]):
        assert parse_any(str(node)) is node


@pytest.mark.parametrize("outer", ["and", "or", "not"])
@pytest.mark.parametrize("inner", ["and", "or", "not"])
def test_every_nesting_of_two_connectives_round_trips(outer: str, inner: str) -> None:
    for node in _over(outer, [*TRUTHS, *_over(inner, TRUTHS)]):
        assert parse_any(str(node)) is node


@pytest.mark.parametrize("name", [name for name, row in PRIMITIVES.items() if row.arity == 1])
def test_functions_of_constants_round_trip(name: str) -> None:
    for leaf in LEAVES:
        node = build(HEADS[name], leaf)
        assert parse_any(str(node)) is node


@pytest.mark.parametrize(
    "value",
    [7**1459, 2**4096, -(2**5000), Fraction(2**5000, 3), Fraction(-1, 3**4000), 10**4000],
    ids=["7**1459", "2**4096", "-2**5000", "2**5000/3", "-1/3**4000", "10**4000"],
)
def test_large_constants_round_trip(value: int | Fraction) -> None:
    for node in (const(value), x - const(value), x * const(value), const(value) ** x, const(value) * x):
        assert parse_any(str(node)) is node


# --- form ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "text"),
    [
        pytest.param(x + y - z, "x + y - z", id="left sum"),
        pytest.param(x - (y + z), "x - (y + z)", id="right sum"),
        pytest.param(x * y / z, "x*y/z", id="left product"),
        pytest.param(x * (y / z), "x*(y/z)", id="right product"),
        pytest.param((x + y) * z, "(x + y)*z", id="sum in product"),
        pytest.param(x ** (y**z), "x**y**z", id="right power"),
        pytest.param((x**y) ** z, "(x**y)**z", id="left power"),
        pytest.param(-(x**2), "-x**2", id="minus of power"),
        pytest.param((-x) ** 2, "(-x)**2", id="power of minus"),
        pytest.param(-(x * y), "-(x*y)", id="minus of product"),
        pytest.param((-x) * y, "-x*y", id="product of minus"),
        pytest.param(x**-2, "x**-2", id="negative exponent"),
        pytest.param(x ** Fraction(1, 2), "x**(1/2)", id="fraction as exponent"),
        pytest.param(const(Fraction(2, 3)) ** x, "(2/3)**x", id="fraction as base"),
        pytest.param(Fraction(2, 3) * x, "2/3*x", id="fraction as left factor"),
        pytest.param(x * Fraction(2, 3), "x*(2/3)", id="fraction as right factor"),
        pytest.param(x - const(-2), "x - -2", id="minus a negative number"),
        pytest.param(build(HEADS["atan2"], y, x), "atan2(y, x)", id="call"),
        pytest.param(where((x > 0) & ~(y <= 1), x, -1), "where(x > 0 and not y <= 1, x, -1)", id="where"),
        pytest.param(((x > 0) | (y > 0)) & eq(x, y), "(x > 0 or y > 0) and x == y", id="or in and"),
        pytest.param(~((x > 0) & (y > 0)), "not (x > 0 and y > 0)", id="not of and"),
        pytest.param(pi * e, "pi*e", id="symbols"),
        pytest.param(TRUE, "True", id="true"),
    ],
)
def test_form(node: Expr | Condition, text: str) -> None:
    assert str(node) == text
    assert repr(node) == text


# --- shared parts ----------------------------------------------------------------------------------------------------


def _doubled(levels: int) -> Expr:
    node: Expr = x
    for level in range(levels):
        node = sin(node) * node + level
    return node


def test_small_graphs_are_written_as_trees() -> None:
    assert str(_doubled(2)) == "sin(sin(x)*x + 0)*(sin(x)*x + 0) + 1"
    assert shared_parts([x]) == []


@pytest.mark.parametrize("levels", [10, 20, 200, 2000])
def test_shared_parts_are_named_once(levels: int) -> None:
    node = _doubled(levels)
    text = str(node)
    assert parse_any(text) is node
    names = re.findall(r"(t\d+) = ", text)
    assert len(names) == len(set(names)) == levels - 1
    assert ";" in text


def test_text_is_linear_in_the_graph() -> None:
    """Each level adds the same words; only the names of parts and the constants grow, by at most one digit each."""
    n = 500
    short, long = len(str(_doubled(n))), len(str(_doubled(2 * n)))
    words = 5  # numbers on a line: the part's name, twice the name of the part before, and the level
    assert long <= 2 * short + words * 2 * n


def test_the_gradient_of_a_product_is_written_in_linear_space() -> None:
    names = [var(f"x{i}") for i in range(300)]
    node: Expr = names[0]
    for name in names[1:]:
        node = node * name
    total = sum(gradient(node, names), start=const(0))
    longest = len("t9999 = t9999*x999; ") + len(" + t9999*x999")
    assert len(str(total)) <= longest * count_nodes(total)
    assert parse_any(str(total)) is total


def test_names_of_parts_avoid_variables() -> None:
    node = substitute(_doubled(20), {x: var("t1") + var("t3") * var("t10")})
    text = str(node)
    taken = set(re.findall(r"(t\d+) = ", text))
    assert taken
    assert not taken & {"t1", "t3", "t10"}
    assert parse_any(text) is node


def test_shared_conditions_are_named() -> None:
    condition = _doubled(20) > 0
    node = where(condition, x, y) * where(~condition, y, x)
    text = str(node)
    assert re.search(r"(t\d+) = [^;]* > 0; where\(\1, x, y\)\*where\(not \1, y, x\)", text) is not None
    assert parse_any(text) is node


@untimed
@given(st.integers(1, 60), st.integers(0, 5))
def test_powers_by_repeated_squaring_round_trip(levels: int, extra: int) -> None:
    node = x + extra
    for _ in range(levels):
        node = node * node
    assert parse_any(to_text(node)) is node
