"""Scale, by counting nodes and characters (never by the clock): long chains, many variables, deep text, high orders.

The size that runs on every commit is the small one of each pair; the size of the design, 10**6, is marked slow.
"""

from __future__ import annotations

import gc
import pickle
from fractions import Fraction
from math import prod

import numpy as np
import pytest

from micrograd import evaluate
from micrograd.verified import (
    Expr,
    ParseError,
    const,
    defined,
    diff,
    domain,
    exp,
    from_json,
    gradient,
    hessian,
    log,
    parse,
    simplify,
    sin,
    substitute,
    to_json,
    to_latex,
    var,
    where,
)
from micrograd.verified.expr import MAX_BITS, count_nodes, live_nodes, paused_collection, postorder

x, y = var("x"), var("y")
SLOW = pytest.mark.slow
LENGTHS = [pytest.param(2 * 10**4, id="2e4"), pytest.param(10**5, id="1e5", marks=SLOW), pytest.param(10**6, id="1e6", marks=SLOW)]
SIZES = [pytest.param(2 * 10**4, id="2e4"), pytest.param(10**5, id="1e5", marks=SLOW)]


def sum_chain(n: int) -> Expr:
    """x + x + y + x + y …: n sums, as text a flat sum."""
    node: Expr = x
    with paused_collection():
        for i in range(n):
            node = node + (y if i % 2 else x)
    return node


def deep_chain(n: int) -> Expr:
    """sin(… sin(x) + 1 … + 1): n operations, nested as deeply."""
    node: Expr = x
    with paused_collection():
        for _ in range(n // 2):
            node = sin(node) + 1
    return node


def shared_chain(n: int) -> Expr:
    """node*node + 1 over and over, n operations: a tree of it would have 2**(n/2) leaves."""
    node: Expr = x
    with paused_collection():
        for _ in range(n // 2):
            node = node * node + 1
    return node


# --- a long chain ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", LENGTHS)
def test_a_chain_builds(n: int) -> None:
    assert count_nodes(sum_chain(n)) == n + 2
    assert count_nodes(deep_chain(n)) == n + 2
    assert count_nodes(shared_chain(n)) == n + 2


@pytest.mark.parametrize("n", LENGTHS)
def test_a_chain_differentiates(n: int) -> None:
    node = deep_chain(n)
    derivative = diff(node, x)
    assert count_nodes(node, derivative) <= 3 * n + 2  # per sine: itself, a sum, its cosine, a product
    assert gradient(node, [x])[0].head is derivative.head
    assert count_nodes(node, *gradient(node, [x])) <= 3 * n + 2
    assert diff(sum_chain(n), y) is const(n // 2)


@pytest.mark.parametrize("n", LENGTHS)
def test_a_chain_evaluates(n: int) -> None:
    assert evaluate(sum_chain(n), x=1.0, y=2.0) == 1.0 + n // 2 * 3.0
    value = evaluate(deep_chain(n), x=0.5)
    assert 0.0 <= value <= 2.0


@pytest.mark.parametrize("n", SIZES)
def test_a_chain_evaluates_in_every_carrier(n: int) -> None:
    node = sum_chain(n)
    assert evaluate(node, x=Fraction(1), y=Fraction(1, 2)) == 1 + Fraction(3 * n, 4)
    assert evaluate(node, x=np.ones(2), y=np.zeros(2)).tolist() == [1.0 + n // 2] * 2


@pytest.mark.parametrize("n", LENGTHS)
def test_a_chain_prints_and_parses(n: int) -> None:
    for node in (sum_chain(n), deep_chain(n)):
        text = str(node)
        assert len(text) <= 12 * n
        assert parse(text) is node


@pytest.mark.parametrize("n", SIZES)
def test_a_shared_chain_prints_and_parses(n: int) -> None:
    node = shared_chain(n)
    text = str(node)
    assert len(text) <= n * len("t100000 = t100000*t100000 + 1; ")
    assert parse(text) is node


@pytest.mark.parametrize("n", LENGTHS)
def test_a_chain_pickles(n: int) -> None:
    node = deep_chain(n)
    assert pickle.loads(pickle.dumps(node)) is node


@pytest.mark.parametrize("n", SIZES)
def test_a_chain_goes_through_json(n: int) -> None:
    node = shared_chain(n)
    assert from_json(to_json(node)) is node


@pytest.mark.parametrize("n", SIZES)
def test_other_walks_over_a_chain(n: int) -> None:
    node = deep_chain(n)
    assert len(postorder([node])) == n + 2
    assert substitute(substitute(node, {x: y}), {y: x}) is node
    assert str(defined(node)) == str(domain(node)) == "True"
    assert len(to_latex(node)) <= n * len(r"\sin\left(\right) + 1")


@pytest.mark.parametrize("n", [2000])
def test_simplifying_a_chain(n: int) -> None:
    assert count_nodes(simplify(sum_chain(n) * 1)) <= n + 3  # x, y, and x + x becomes 2*x


@pytest.mark.parametrize("n", SIZES)
def test_nested_choices(n: int) -> None:
    node: Expr = x
    for i in range(n // 2):
        node = where(node > i, node, x + i)
    assert evaluate(node, x=0.0) == evaluate(node, x=np.zeros(1))[0]
    assert parse(str(node)) is node


@pytest.mark.parametrize("n", LENGTHS)
def test_a_chain_is_released_without_recursion(n: int) -> None:
    gc.collect()
    before = live_nodes()
    node = deep_chain(n)
    derivative = diff(node, x)
    assert live_nodes() >= before + 2 * n - 10
    del node, derivative
    assert live_nodes() == before


# --- many variables --------------------------------------------------------------------------------------------------


def test_the_gradient_of_a_product_of_a_thousand_variables() -> None:
    names = [var(f"x{i}") for i in range(1000)]
    node = prod(names[1:], start=names[0])
    partials = gradient(node, names)
    assert count_nodes(node, *partials) <= 4 * 999 + 1000
    values: dict[str, Fraction] = {f"x{i}": Fraction(i + 1, i + 2) for i in range(1000)}
    whole, *parts = evaluate([node, *partials], values)
    assert whole == Fraction(1, 1001)
    assert parts == [whole / value for value in values.values()]


def _mixture(n: int) -> tuple[Expr, list[Expr]]:
    names = [var(f"x{i}") for i in range(n)]
    node: Expr = names[0]
    for name in names[1:]:
        node = log(exp(node) + name * name) / (name - node) + sin(node * name)
    return node, names


@pytest.mark.parametrize("n", [50, 400])
def test_the_gradient_is_linear_in_the_function(n: int) -> None:
    """Each further variable adds the same number of nodes, to the function and to its gradient."""

    def counts(size: int) -> tuple[int, int]:
        node, names = _mixture(size)
        return count_nodes(node), count_nodes(node, *gradient(node, names))

    (first, first_all), (second, second_all) = counts(10), counts(11)
    at_n, at_2n = counts(n), counts(2 * n)
    assert at_2n[0] - at_n[0] == n * (second - first)
    assert at_2n[1] - at_n[1] == n * (second_all - first_all)
    assert at_2n[1] <= 4 * at_2n[0]


def test_the_hessian_shares_its_parts() -> None:
    names = [var(f"x{i}") for i in range(30)]
    node = prod(names[1:], start=names[0])
    rows = hessian(node, names)
    assert count_nodes(*[entry for row in rows for entry in row]) <= 4 * 4 * 30 * 30
    assert evaluate(rows[3][5], dict.fromkeys(names, 2.0)) == 2.0**28
    assert evaluate(rows[3][3], dict.fromkeys(names, 2.0)) == 0.0


# --- high orders -----------------------------------------------------------------------------------------------------


def test_repeated_derivatives_stay_linear_for_a_product_of_exponentials() -> None:
    assert diff(exp(x), x, 50) is exp(x)
    sizes = [count_nodes(diff(sin(x), x, k)) for k in range(1, 9)]
    assert max(sizes) <= 8 + 3
    values = [evaluate(diff(sin(x), x, k), x=0.0) for k in range(9)]
    assert values == [0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0, -1.0, 0.0]


@pytest.mark.parametrize("k", [4, 8, 12])
def test_the_kth_derivative_by_repeated_diff(k: int) -> None:
    """The k-th derivative of x**k is k!, of 1/(1 - x) at 0 as well, and of exp(-x**2) at 0 it is a Hermite number."""
    factorial = prod(range(1, k + 1))
    assert evaluate(diff(x**k, x, k), x=Fraction(1)) == factorial
    assert evaluate(diff(1 / (1 - x), x, k), x=Fraction(0)) == factorial
    assert diff(diff(sin(x * x), x, k - 1), x) is diff(sin(x * x), x, k)
    hermite = (-1) ** (k // 2) * factorial // prod(range(1, k // 2 + 1))
    assert evaluate(diff(exp(-x * x), x, k), x=0.0) == hermite


def test_each_order_is_linear_in_the_one_before() -> None:
    """A node of one order gives a bounded number of nodes of the next: partial, product and sum per operand."""
    node = exp(-x * x) * log(1 + x * x)
    for _ in range(6):
        following = diff(node, x)
        assert count_nodes(following) <= 8 * count_nodes(node)
        node = following


# --- depth and length of text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", LENGTHS)
def test_deep_parentheses(n: int) -> None:
    assert parse("(" * n + "x" + ")" * n) is x
    with pytest.raises(ParseError, match="never closed") as caught:
        parse("(" * n + "x" + ")" * (n - 1))
    assert caught.value.position == 0
    with pytest.raises(ParseError, match="unbalanced") as caught:
        parse("(" * n + "x" + ")" * (n + 1))
    assert caught.value.position == 2 * n + 1


@pytest.mark.parametrize("n", LENGTHS)
def test_deep_nesting_of_every_kind(n: int) -> None:
    assert count_nodes(parse("sin(" * n + "x" + ")" * n)) == n + 1
    assert count_nodes(parse("-" * n + "x")) == n + 1
    assert count_nodes(parse("x**" * n + "y")) == n + 2
    assert count_nodes(parse("(x + " * n + "x" + ")" * n)) == n + 1
    assert parse("+" * n + "x") is x
    text = "where(x > 0, " * (n // 10) + "x" + ", y)" * (n // 10)
    assert count_nodes(parse(text)) == n // 10 + 4


@pytest.mark.parametrize("size", [pytest.param(10**6, id="1 MB"), pytest.param(10**7, id="10 MB", marks=SLOW)])
def test_long_text(size: int) -> None:
    piece = "3*x*sin(x) - y/(1 + x**2) + "
    text = piece * (size // len(piece)) + "x"
    node = parse(text)
    terms = 2 * (size // len(piece))
    assert count_nodes(node) == 11 + terms  # the parts of the terms, and a sum per term
    assert parse(str(node)) is node


@pytest.mark.parametrize("size", [pytest.param(10**6, id="1 MB"), pytest.param(10**7, id="10 MB", marks=SLOW)])
def test_long_numbers_and_names(size: int) -> None:
    with pytest.raises(ParseError, match="digits") as caught:
        parse("x + " + "7" * size)
    assert caught.value.position == 4
    with pytest.raises(ParseError, match="bits"):
        parse("0x" + "f" * size)
    assert parse("0x" + "f" * (MAX_BITS // 4)) is const(2**MAX_BITS - 1)
    name = "a" * size
    assert parse(f"{name} + 1") is var(name) + 1
