"""The kernel: what it derives is what `diff` computes, and nothing but its rules makes a theorem."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings

from micrograd.verified import (
    CertificateError,
    Expr,
    ProofError,
    Theorem,
    const,
    derive,
    derive_simplified,
    diff,
    domain,
    exp,
    log,
    parse,
    pi,
    sign,
    sin,
    sqrt,
    var,
    variables,
    where,
)
from micrograd.verified import kernel as k
from micrograd.verified.axioms import AXIOMS
from micrograd.verified.certificates import certificate_of, theorem_from
from micrograd.verified.differentiation import conjuncts, domain_table
from micrograd.verified.expr import TRUE, postorder
from micrograd.verified.primitives import PRIMITIVES, axioms_of
from micrograd.verified.row import Primitive
from tests.verified.strategies import expressions
from tests.verified.test_registry import APPLICATIONS

x, y = var("x"), var("y")
CHOICE = where(x > 0, log(x), sin(x))

# --- what is derived -------------------------------------------------------------------------------------------------


def assert_derives_diff(expression: Expr, variable: Expr) -> None:
    theorem = derive(expression, variable)
    hypothesis = domain_table([expression])[expression]
    assert theorem.statement == k.HasDeriv(expression, variable, diff(expression, variable), hypothesis)
    assert theorem.derivative is diff(expression, variable)
    assert theorem.hypotheses == tuple(conjuncts(domain(expression)))


@pytest.mark.parametrize("application", APPLICATIONS, ids=str)
def test_every_primitive_has_its_theorem(application: Expr) -> None:
    for variable in (*variables(application), var("elsewhere")):
        assert_derives_diff(application, variable)


@settings(max_examples=200, deadline=None)
@given(expressions())
def test_random_expressions_have_their_theorems(expression: Expr) -> None:
    for variable in (x, y):
        assert_derives_diff(expression, variable)


@settings(max_examples=100, deadline=None)
@given(expressions())
def test_the_proof_is_linear_in_the_graph(expression: Expr) -> None:
    steps = list(k.proof(derive(expression, x)))
    assert len(steps) == len(postorder([expression]))
    assert len({id(step) for step in steps}) == len(steps)
    seen: set[int] = set()
    for step in steps:
        assert all(id(premise) in seen for premise in step.premises), "a premise comes after its conclusion"
        seen.add(id(step))


def test_a_deep_chain_has_a_theorem() -> None:
    node: Expr = x
    for _ in range(20_000):
        node = sin(node) + x
    assert derive(node, x).derivative is diff(node, x)


def test_conditions_over_conditions_are_walked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ``where`` of a chain has the condition of the one before, and one comparison more."""
    from micrograd.verified import differentiation

    count = 0
    pair = differentiation._interior_pair

    def counted(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        return pair(*arguments)

    condition, chain = x > 0, x
    for i in range(1, 100):
        condition = condition & (x > i)
        chain = where(condition, chain, x * i)
    monkeypatch.setattr(differentiation, "_interior_pair", counted)
    theorem = derive(chain, x)
    assert count <= 200
    assert theorem.hypotheses == tuple(conjuncts(domain_table([chain])[chain]))
    assert pickle.loads(pickle.dumps(theorem)).statement == theorem.statement
    assert count <= 600


def test_theorems_read_well() -> None:
    assert str(derive(log(x), x)) == "x > 0 ⊢ d/dx log(x) = 1/x"
    assert repr(derive(x * y, x)) == "<⊢ d/dx x*y = y>"
    assert str(k.reflexive(x)) == "⊢ x ⊑ x"
    assert "continuous" in str(k.continuous(x > 0, x, [k.leaf(x, x), k.leaf(const(0), x)]))


# --- provenance ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", PRIMITIVES.values(), ids=lambda row: row.name)
def test_axioms_and_oracle_of_a_primitive(row: Primitive) -> None:
    application = row.application if None not in row.partials else x**3
    theorem = derive(application, variables(application)[0])
    assert theorem.axioms == tuple(sorted(axioms_of(row)))
    assert theorem.oracles == ("z3",)


def test_axioms_are_united() -> None:
    left, right = derive(sin(x), x), derive(exp(x), x)
    both = derive(sin(x) * exp(x), x)
    assert set(left.axioms).isdisjoint(right.axioms)
    assert left.axioms != ()
    assert set(both.axioms) == {*left.axioms, *right.axioms}
    assert set(derive(where(sqrt(x) > 0, sin(x), y), x).axioms) == {*left.axioms, *derive(sqrt(x), x).axioms}
    assert set(both.axioms) <= set(AXIOMS)


def test_axioms_of_rewrites_are_united() -> None:
    expression = x * exp(const(0)) * y
    plain, simple = derive(x * y, x), derive_simplified(expression, x)
    assert plain.axioms == ()
    assert {"exp_add", "exp_ge"} <= set(simple.axioms)
    refinement = k.rewrite("sin_cos_norm", {"a": x})
    assert "sin_cos_norm" in refinement.axioms
    assert refinement.oracles == ("z3",)


def test_what_needs_no_oracle_names_none() -> None:
    for theorem in (k.leaf(x, x), k.reflexive(x), k.congruence(sin(x), [k.reflexive(x)]), derive(const(3), x)):
        assert (theorem.axioms, theorem.oracles) == ((), ())
    assert derive(where(x > 0, 1, 2), x).oracles == ("z3",)


# --- forging ---------------------------------------------------------------------------------------------------------

FALSE_STATEMENT = k.HasDeriv(x, x, const(7), TRUE)


@pytest.mark.parametrize("seal", [None, object(), "seal", True, Theorem])
def test_the_constructor_refuses(seal: object) -> None:
    with pytest.raises(ProofError):
        Theorem(seal, FALSE_STATEMENT, ("leaf",), ())


@pytest.mark.parametrize("name", ["statement", "rule", "premises", "other"])
def test_a_theorem_does_not_change(name: str) -> None:
    theorem = derive(x * x, x)
    before = theorem.statement
    with pytest.raises(AttributeError):
        setattr(theorem, name, FALSE_STATEMENT)
    with pytest.raises(AttributeError):
        delattr(theorem, name)
    assert theorem.statement is before
    assert not hasattr(theorem, "__dict__")


def test_an_uninitialised_theorem_is_of_no_use() -> None:
    empty: Theorem = object.__new__(Theorem)
    uses: list[Callable[[], Any]] = [
        lambda: empty.statement,
        lambda: empty.derivative,
        lambda: empty.axioms,
        lambda: str(empty),
        lambda: pickle.dumps(empty),
        lambda: k.primitive(sin(x), [empty]),
        lambda: k.transitive(empty, empty),
        lambda: next(k.proof(empty)).rule,
    ]
    for use in uses:
        with pytest.raises((AttributeError, ProofError)):
            use()


def test_premises_that_are_not_theorems_are_refused() -> None:
    fake: Any = SimpleNamespace(statement=FALSE_STATEMENT, rule=("leaf",), premises=(), derivative=const(7), function=x)
    refines: Any = SimpleNamespace(statement=k.Refines(const(1), const(7)), rule=("reflexive",), premises=())
    real = derive(x, x)
    forgeries: list[Callable[[], Theorem]] = [
        lambda: k.primitive(sin(x), [fake]),
        lambda: k.cases(where(x > 0, x, x), [fake, fake, fake]),
        lambda: k.continuous(x > 0, x, [fake, k.leaf(const(0), x)]),
        lambda: k.replace(real, refines),
        lambda: k.replace(fake, k.reflexive(const(7))),
        lambda: k.congruence(sin(const(1)), [refines]),
        lambda: k.transitive(k.reflexive(const(1)), refines),
    ]
    for forge in forgeries:
        with pytest.raises(ProofError):
            forge()


def test_theorems_are_not_unpickled_from_tampered_certificates() -> None:
    data = certificate_of(derive(x * x, x))
    data["steps"][-1][3] = data["steps"][-1][1]
    with pytest.raises(CertificateError):
        theorem_from(data)


# --- the rules refuse wrong premises ---------------------------------------------------------------------------------

X, Y, ZERO, ONE = k.leaf(x, x), k.leaf(y, x), k.leaf(const(0), x), k.leaf(const(1), x)
POSITIVE = k.continuous(x > 0, x, [X, ZERO])
LOG, SIN = derive(log(x), x), derive(sin(x), x)

WRONG: dict[str, Callable[[], object]] = {
    "leaf of an inner node": lambda: k.leaf(x + 1, x),
    "leaf with respect to a constant": lambda: k.leaf(x, const(1)),
    "leaf with respect to pi": lambda: k.leaf(x, pi),
    "leaf with respect to an expression": lambda: k.leaf(x, x + 1),
    "leaf of a truth value": lambda: k.leaf(TRUE, x),  # type: ignore[arg-type]
    "primitive of a leaf": lambda: k.primitive(x, []),
    "primitive of where": lambda: k.primitive(CHOICE, [POSITIVE, LOG, SIN]),
    "primitive of a condition": lambda: k.primitive(x > 0, [X, ZERO]),  # type: ignore[arg-type]
    "primitive with a premise missing": lambda: k.primitive(x * y, [X]),
    "primitive with a premise too many": lambda: k.primitive(sin(x), [X, X]),
    "primitive with premises swapped": lambda: k.primitive(x * y, [Y, X]),
    "primitive about another operand": lambda: k.primitive(sin(x), [Y]),
    "primitive with respect to two variables": lambda: k.primitive(x * y, [X, k.leaf(y, y)]),
    "primitive with a refinement": lambda: k.primitive(sin(x), [k.reflexive(x)]),
    "primitive with a continuity": lambda: k.primitive(sin(x), [POSITIVE]),
    "continuous with a premise missing": lambda: k.continuous(x > 0, x, [X]),
    "continuous without premises": lambda: k.continuous(x > 0, x, []),
    "continuous with premises swapped": lambda: k.continuous(x > 0, x, [ZERO, X]),
    "continuous with respect to another variable": lambda: k.continuous(x > 0, y, [X, ZERO]),
    "continuous with a refinement": lambda: k.continuous(x > 0, x, [k.reflexive(x), ZERO]),
    "continuous with a premise too many": lambda: k.continuous(TRUE, x, [X]),
    "continuous of an expression": lambda: k.continuous(x * y, x, [X, Y]),  # type: ignore[arg-type]
    "continuous of a variable": lambda: k.continuous(x, x, []),  # type: ignore[arg-type]
    "continuous with respect to a constant": lambda: k.continuous(TRUE, const(1), []),
    "cases of a primitive": lambda: k.cases(x * y, [POSITIVE, LOG, SIN]),
    "cases with a premise missing": lambda: k.cases(CHOICE, [POSITIVE, LOG]),
    "cases with branches swapped": lambda: k.cases(CHOICE, [POSITIVE, SIN, LOG]),
    "cases without continuity": lambda: k.cases(CHOICE, [X, LOG, SIN]),
    "cases with another condition": lambda: k.cases(CHOICE, [k.continuous(x < 0, x, [X, ZERO]), LOG, SIN]),
    "cases with another variable": lambda: k.cases(CHOICE, [POSITIVE, LOG, derive(sin(x), y)]),
    "cases with a refinement": lambda: k.cases(CHOICE, [POSITIVE, LOG, k.reflexive(sin(x))]),
    "replace by an unrelated refinement": lambda: k.replace(SIN, k.reflexive(x)),
    "replace by a derivative": lambda: k.replace(SIN, SIN),
    "replace in a refinement": lambda: k.replace(k.reflexive(x), k.reflexive(x)),
    "rewrite by an unknown rule": lambda: k.rewrite("x_is_y", {"a": x}),
    "rewrite without a binding": lambda: k.rewrite("add_zero", {}),
    "rewrite with a binding too many": lambda: k.rewrite("add_zero", {"a": x, "b": y}),
    "rewrite with a condition for an expression": lambda: k.rewrite("add_zero", {"a": x > 0}),
    "rewrite with a variable for a constant": lambda: k.rewrite("mul_const", {"a": x, "p": y}),
    "rewrite against its condition": lambda: k.rewrite("abs_const", {"p": const(-1)}),
    "congruence with a premise missing": lambda: k.congruence(x * y, [k.reflexive(x)]),
    "congruence without premises": lambda: k.congruence(sin(x), []),
    "congruence about other operands": lambda: k.congruence(x * y, [k.reflexive(y), k.reflexive(x)]),
    "congruence with a derivative": lambda: k.congruence(sin(x), [X]),
    "congruence of a leaf": lambda: k.congruence(x, []),
    "transitive where nothing meets": lambda: k.transitive(k.reflexive(x), k.reflexive(y)),
    "transitive with a derivative": lambda: k.transitive(k.reflexive(x), X),
    "derivative of a refinement": lambda: k.reflexive(x).derivative,
    "derive with respect to a constant": lambda: derive(x, const(2)),
    "derive with respect to an expression": lambda: derive(x, x * x),
    "derive a condition": lambda: derive(x > 0, x).derivative,  # type: ignore[arg-type]
}


@pytest.mark.parametrize("attempt", WRONG.values(), ids=list(WRONG))
def test_a_rule_refuses_what_does_not_fit(attempt: Callable[[], object]) -> None:
    with pytest.raises(ProofError):
        attempt()


class Pretender:
    """Says that it is a theorem, an expression or whatever is wanted."""

    premises, rule = (), ("leaf",)

    def __init__(self, claimed_class: type, **attributes: object) -> None:
        self.claimed_class = claimed_class
        self.__dict__.update(attributes)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return self.claimed_class


class Wavering(dict[str, Any]):
    """A binding that shows a good constant when it is looked at first, and another later."""

    def __init__(self) -> None:
        super().__init__(p=const(2))
        self.reads = 0

    def items(self) -> Any:
        self.reads += 1
        return {"p": const(2 if self.reads == 1 else -2)}.items()


class Twofold(list[Any]):
    """Premises that are others each time that they are looked through."""

    def __init__(self, *rounds: list[Any]) -> None:
        super().__init__(rounds[0])
        self.rounds = list(rounds)

    def __iter__(self) -> Any:
        return iter(self.rounds.pop(0) if len(self.rounds) > 1 else self.rounds[0])


def test_objects_that_lie_about_their_class_are_refused() -> None:
    false = Pretender(Theorem, statement=k.HasDeriv(sin(x), x, const(7), TRUE))
    assert isinstance(false, Theorem)
    with pytest.raises(ProofError):
        k.primitive(exp(sin(x)), [false])
    with pytest.raises(ProofError):
        k.continuous(sin(x) > 0, x, [false, k.leaf(const(0), x)])
    with pytest.raises(ProofError):
        k.congruence(exp(x), [Pretender(Theorem, statement=k.Refines(x, const(7)))])
    with pytest.raises((ProofError, TypeError)):
        k.leaf(Pretender(Expr, key=const(3).key), x)
    with pytest.raises(TypeError):
        x + Pretender(Expr, key=const(3).key)


def test_what_a_rule_has_checked_is_what_it_uses() -> None:
    made = k.rewrite("abs_const", Wavering()).statement
    assert made == k.Refines(parse("abs(2)"), const(2))
    theorem = k.primitive(x * y, Twofold([X, Y], [Y, Y]))
    assert theorem.premises == (X, Y)


def test_the_premises_above_are_good_ones() -> None:
    """The rules accept the same premises in their right places, so the refusals mean something."""
    assert k.primitive(x * y, [X, Y]).derivative is y
    assert k.primitive(sin(x), [X]).derivative is diff(sin(x), x)
    assert k.cases(CHOICE, [POSITIVE, LOG, SIN]).derivative is diff(CHOICE, x)
    assert k.continuous(TRUE, x, []).hypotheses == ()
    assert k.rewrite("abs_const", {"p": const(1)}).statement == k.Refines(parse("abs(1)"), const(1))
    assert k.congruence(x * y, [k.reflexive(x), k.reflexive(y)]).statement == k.Refines(x * y, x * y)
    assert k.replace(SIN, k.reflexive(SIN.derivative)).statement == SIN.statement


def test_kinks_and_edges_are_not_in_the_hypotheses() -> None:
    assert derive(where(x >= 0, x, -x), x).hypotheses == ((x > 0) | (x < 0),)
    assert derive(sign(x), x).hypotheses != ()


# --- copies ----------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(expressions(max_operations=10))
def test_pickled_theorems_are_replayed(expression: Expr) -> None:
    for theorem in (derive(expression, x), derive_simplified(expression, x)):
        again = pickle.loads(pickle.dumps(theorem))
        assert isinstance(again, Theorem)
        assert again.statement == theorem.statement
        assert (again.axioms, again.oracles, again.rule) == (theorem.axioms, theorem.oracles, theorem.rule)


def test_refinements_and_continuity_are_pickled_too() -> None:
    for theorem in (k.reflexive(x), k.rewrite("mul_const", {"a": x, "p": const(3)}), POSITIVE, k.leaf(y, x)):
        assert pickle.loads(pickle.dumps(theorem)).statement == theorem.statement


def test_copies_are_the_theorem_itself() -> None:
    theorem = derive(sin(x) * y, x)
    assert copy.copy(theorem) is theorem
    assert copy.deepcopy(theorem) is theorem
    assert copy.deepcopy([theorem])[0] is theorem
