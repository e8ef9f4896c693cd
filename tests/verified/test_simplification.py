"""Simplification: each rule on instances of its pattern, and the whole on random expressions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

import flint
import pytest
from hypothesis import given, settings

from micrograd import evaluate
from micrograd.verified import (
    Expr,
    ProofError,
    check_certificate,
    const,
    cos,
    defined,
    diff,
    domain,
    exp,
    kernel,
    parse,
    postorder,
    simplify,
    sin,
    var,
    variables,
    where,
)
from micrograd.verified.certificates import certificate_of
from micrograd.verified.expr import TRUE, substitute
from micrograd.verified.rewrites import BY_HEAD, CONSTANTS, INTEGERS, REWRITES, Rewrite
from micrograd.verified.simplification import derive_simplified, refinement
from tests.verified.strategies import expressions
from tests.verified.test_random import Point, balls, located
from tests.verified.test_registry import POINTS, assert_same, holds

x, y, z = var("x"), var("y"), var("z")
CONSTANT_VALUES = [Fraction(n, d) for n, d in ((0, 1), (1, 1), (-1, 1), (2, 1), (-3, 1), (1, 2), (-2, 3), (7, 5))]
each_rule = pytest.mark.parametrize("rule", REWRITES.values(), ids=list(REWRITES))


def bindings(rule: Rewrite, admitted: bool = True) -> Iterator[dict[str, Expr]]:
    """Metavariables bound to opaque expressions and to every choice of constants that the rule admits (or refuses)."""
    constants = [name for name in rule.metavariables if name in CONSTANTS]
    others: dict[str, Expr] = {
        name: opaque for name, opaque in zip("ab", (x + sin(y), y * cos(z)), strict=True) if name in rule.metavariables
    }
    for values in product(CONSTANT_VALUES, repeat=len(constants)):
        binding = {**others, **{name: const(value) for name, value in zip(constants, values, strict=True)}}
        if rule.admits(binding) is admitted:
            yield binding


# --- rules -----------------------------------------------------------------------------------------------------------


@each_rule
def test_a_rule_matches_its_own_pattern(rule: Rewrite) -> None:
    pattern = rule.pattern
    assert rule in BY_HEAD[pattern.head]
    fired = 0
    for binding in bindings(rule):
        left, right = rule.instance(binding)
        if left.head is not pattern.head and left.head.name != "powi":
            continue  # constants folded: nothing is left to rewrite
        found = rule.match(left)
        fired += found is not None and rule.instance(found) == (left, right)
    assert fired > 0


@each_rule
def test_the_theorem_of_a_rule_is_its_instance(rule: Rewrite) -> None:
    binding = next(bindings(rule))
    theorem = kernel.rewrite(rule.name, binding)
    assert theorem.statement == kernel.Refines(*rule.instance(binding))
    assert set(rule.axioms) <= set(theorem.axioms)
    check_certificate(certificate_of(theorem))


@each_rule
def test_both_sides_agree_at_points(rule: Rewrite) -> None:
    checked = 0
    for binding in bindings(rule):
        leaves = {name: node if name in CONSTANTS else var(name) for name, node in binding.items()}
        left, right = rule.instance(leaves)
        names = [str(v.key[1]) for v in variables(left)]
        for values in product(POINTS[::3], repeat=len(names)):
            checked += _agree(left, right, dict(zip(names, values, strict=True)))
    assert checked >= 1


def _agree(left: Expr, right: Expr, point: dict[str, Fraction]) -> bool:
    if holds(defined(left), point) is not True:
        return False
    assert holds(defined(right), point) is True, f"{left} → {right} loses {point}"
    assert_same(f"{left} → {right}", lambda: [evaluate(left, balls(point))], lambda: [evaluate(right, balls(point))])
    return True


GUARDED = [rule for rule in REWRITES.values() if rule.guard is not TRUE]
WITH_CONSTANTS = [rule for rule in REWRITES.values() if CONSTANTS & set(rule.metavariables)]


@pytest.mark.parametrize("rule", GUARDED, ids=lambda rule: rule.name)
def test_a_condition_on_constants_is_enforced(rule: Rewrite) -> None:
    refused = list(bindings(rule, admitted=False))
    assert refused
    for binding in refused:
        with pytest.raises(ProofError):
            kernel.rewrite(rule.name, binding)
        left = rule.instance(binding)[0]
        assert rule.match(left) is None or rule.admits(rule.match(left) or {})


@pytest.mark.parametrize("rule", WITH_CONSTANTS, ids=lambda rule: rule.name)
def test_constants_must_be_constants(rule: Rewrite) -> None:
    binding = next(bindings(rule))
    for name in CONSTANTS & set(rule.metavariables):
        wrong = [x, sin(const(1)), parse("pi")] + ([const(Fraction(3, 2))] if name in INTEGERS else [])
        for value in wrong:
            with pytest.raises(ProofError):
                kernel.rewrite(rule.name, {**binding, name: value})


def test_rules_about_equal_parts_need_equal_parts() -> None:
    assert REWRITES["sub_self"].match(x - y) is None
    assert REWRITES["sin_cos_norm"].match(sin(x) ** 2 + cos(y) ** 2) is None
    assert REWRITES["div_self"].match(x / x) == {"a": x}


def _values(node: Expr, point: Point) -> list[Any]:
    return [evaluate(node, balls(point))]


# --- simplify --------------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(located())
def test_simplify_keeps_the_value(case: tuple[Expr, Point]) -> None:
    expression, point = case
    for node in (expression, diff(expression, x)):
        simple = simplify(node)
        assert_same(f"{node} → {simple}", partial(_values, node, point), partial(_values, simple, point))


@settings(max_examples=200, deadline=None)
@given(expressions(max_operations=12))
def test_simplify_loses_no_point(expression: Expr) -> None:
    simple = simplify(expression)
    for value in POINTS[::4]:
        point = {"x": value, "y": -value / 3, "z": value + 1}
        if holds(defined(expression), point) is True:
            assert holds(defined(simple), point) is not False
            with flint.ctx.workprec(256):
                before, after = (evaluate(node, balls(point), on_domain="ieee") for node in (expression, simple))
            assert before.is_nan() or after.overlaps(before)


@settings(max_examples=200, deadline=None)
@given(expressions(max_operations=12))
def test_simplify_is_idempotent(expression: Expr) -> None:
    simple = simplify(expression)
    assert simplify(simple) is simple


@settings(max_examples=100, deadline=None)
@given(expressions(max_operations=12))
def test_the_theorem_of_a_simplification_checks(expression: Expr) -> None:
    theorem = refinement(expression)
    assert theorem.statement == kernel.Refines(expression, simplify(expression))
    check_certificate(certificate_of(theorem))
    derived = derive_simplified(expression, x)
    assert derived.derivative is simplify(diff(expression, x))
    assert derived.hypotheses == kernel.derive(expression, x).hypotheses
    check_certificate(certificate_of(derived))


@settings(max_examples=100, deadline=None)
@given(expressions(max_operations=12))
def test_no_variable_appears_from_nowhere(expression: Expr) -> None:
    assert set(variables(simplify(expression))) <= set(variables(expression))


def test_conditions_are_simplified_too() -> None:
    assert simplify((x + 0 > 0) & (y * 1 < exp(parse("log(z)")))) is (x > 0) & (y < z)


def test_shared_parts_are_simplified_once() -> None:
    node: Expr = x
    for _ in range(2_000):
        node = node * 1 + node * 0 + sin(node)
    simple = simplify(node)
    assert len(postorder([simple])) < len(postorder([node]))
    assert not any(n.head.name == "mul" for n in postorder([simple]))


def test_examples() -> None:
    assert simplify(diff(x**3, x)) is 3 * x**2
    assert simplify(x - x) is const(0)
    assert simplify(where(y > 0, x * 1, x)) is x
    assert simplify(parse("sqrt(x**2)")) is parse("abs(x)")
    assert domain(simplify(x / x)) is TRUE
    assert substitute(simplify(x + 0), {x: y}) is y


def test_fixed_points_stay() -> None:
    for text in ("x", "pi", "3/4", "x + y", "log(x)/x", "sin(x)*exp(y)"):
        node: Any = parse(text)
        assert simplify(node) is node
