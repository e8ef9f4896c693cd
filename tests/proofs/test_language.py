"""The language of obligations: the translator against exact evaluation, and what makes an obligation meaningful."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
import z3
from hypothesis import example, given, settings
from hypothesis import strategies as st

import proofs
from micrograd import evaluate
from micrograd.carriers.smtlib import Script, declarations
from micrograd.verified import Condition, DomainError, defined, eq, parse_condition, var, variables
from micrograd.verified.axioms import AXIOMS
from micrograd.verified.cited import CITED_AS, FACTS
from micrograd.verified.expr import FALSE, TRUE, as_expr, negate, postorder
from micrograd.verified.primitives import PRIMITIVES, axioms_of
from micrograd.verified.row import Witness
from micrograd.verified.special_functions import SPECIAL
from proofs.language import conditions as parsed
from proofs.language import fact, sentence, split_call
from proofs.lemmas import DEFINITIONS, LEMMAS, axioms_behind
from proofs.obligation import Obligation
from tests.verified.strategies import conditions

ARITHMETIC = ("add", "sub", "mul", "div", "neg", "powi", "reciprocal", "square", "abs", "sign", "relu", "max", "min")
MODULES = [name for _, name, _ in pkgutil.iter_modules(proofs.__path__) if not name.startswith("_")]


def ask(script: str) -> str:
    """The solver's answer."""
    solver = z3.Solver()
    solver.set("timeout", 30_000)
    solver.from_string(script)
    return str(solver.check())


def proved(obligation: Obligation) -> bool:
    """Whether goal and witness come out as they must."""
    answer = ask(obligation.smtlib)
    assert answer != "unknown"
    return answer == obligation.expected and (obligation.witness is None or ask(obligation.witness) == "sat")


def claim(goal: str, *hypotheses: str, uses: Sequence[str] = ()) -> Obligation:
    return sentence("test.claim", goal, parse_condition(goal), hypotheses=parsed(*hypotheses), uses=uses)


# --- the translator against exact evaluation -------------------------------------------------------------------------

rationals = st.fractions(-8, 8, max_denominator=9)
points = st.fixed_dictionaries(dict.fromkeys(("x", "y", "z"), rationals))


def at_xyz(*values: str) -> dict[str, Fraction]:
    return dict(zip("xyz", map(Fraction, values), strict=True))


def at(point: dict[str, Fraction]) -> list[Condition]:
    return [eq(var(name), as_expr(value)) for name, value in point.items()]


def exact_truth(condition: Condition, point: dict[str, Fraction]) -> bool | None:
    """The value, None where there is none."""
    try:
        return bool(evaluate(condition, point))
    except DomainError:
        return None


@settings(max_examples=200, deadline=None)
@given(conditions(ARITHMETIC, max_depth=7, max_operations=8), points)
@example(parse_condition("x**-3*y**4 - abs(z) < max(x, -y)/(1 + z**2)"), at_xyz("-2/3", "5", "0"))
@example(parse_condition("where(x >= y, x/y, y**3) == min(x, 2) or not z != 1/3"), at_xyz("1", "1", "1/3"))
@example(parse_condition("sign(x) == 0 and relu(-y) > 0"), at_xyz("0", "-1/7", "0"))
def test_scripts_say_what_exact_evaluation_says(condition: Condition, point: dict[str, Fraction]) -> None:
    truth = exact_truth(condition, point)
    exists = exact_truth(defined(condition), point)
    assert exists is (truth is not None)
    assert ask(Script([*at(point), defined(condition)]).text()) == ("sat" if exists else "unsat")
    if truth is not None:
        assert ask(Script([*at(point), condition]).text()) == ("sat" if truth else "unsat")
        assert ask(Script([*at(point), negate(condition)]).text()) == ("unsat" if truth else "sat")


@settings(max_examples=60, deadline=None)
@given(conditions(ARITHMETIC, max_depth=6, max_operations=6), points)
def test_a_true_condition_is_proved_at_a_point_and_its_negation_is_not(condition: Condition, point: dict[str, Fraction]) -> None:
    truth = exact_truth(condition, point)
    for goal, expected in ((condition, truth is True), (negate(condition), truth is False)):
        assert proved(sentence("test.point", "", goal, hypotheses=at(point))) is expected


@settings(max_examples=100, deadline=None)
@given(conditions(max_depth=6, max_operations=8))
def test_scripts_declare_what_they_use(condition: Condition) -> None:
    script = Script([condition])
    declared = list(declarations(script.text()))
    assert len(set(declared)) == len(declared)
    assert {str(v) for v in variables(script.conditions[0])} <= {name.strip("|") for name in declared}
    z3.Solver().from_string(script.text())


def test_reserved_words_of_the_solver_are_names_here() -> None:
    goal = eq(var("let") * var("par"), var("par") * var("let"))
    assert proved(sentence("test.reserved", "", goal))


# --- definedness -----------------------------------------------------------------------------------------------------

NEEDS_MORE = [
    ("1/x*x == 1", "x != 0"),
    ("1/x == 1/x", "x != 0"),
    ("x/y - x/y == 0", "y != 0"),
    ("x**-2 >= 0", "x != 0"),
    ("log(x) <= log(x)", "x > 0"),
    ("sqrt(x) >= 0", "x >= 0"),
    ("reciprocal(x) == 1/x", "x != 0"),
    ("tan(x)*cos(x) == sin(x)", "cos(x) != 0"),
    ("asin(x) == asin(x)", "-1 < x and x < 1"),
    ("acosh(x) == acosh(x)", "x > 2"),
    ("x**y == x**y", "x > 0"),
    ("where(x > 0, 1, 1/y) == 1", "x > 0"),
    ("x == 0 or x/x == 1", "True"),
    ("x != 0 and 1/x != 0", "x != 0"),
]


@pytest.mark.parametrize(("goal", "needed"), NEEDS_MORE, ids=[goal for goal, _ in NEEDS_MORE])
def test_a_goal_must_be_defined_to_be_proved(goal: str, needed: str) -> None:
    assert proved(claim(goal, needed))
    if needed != "True":
        assert not proved(claim(goal))


def test_definedness_is_not_asked_for_where_it_is_waived() -> None:
    goal = parse_condition("1/x == 1/x")
    assert proved(sentence("test.waived", "", goal, partial=False))


@pytest.mark.parametrize(
    ("goal", "hypotheses", "expected"),
    [
        ("x**2 >= 0", [], True),
        ("x**3 >= 0", [], False),
        ("exp(x) == exp(y)", ["x == y"], True),
        ("exp(x) == exp(y)", [], False),
        ("sin(x + 1) == sin(1 + x)", [], True),
        ("sin(x) == cos(x)", [], False),
        ("sqrt(x)*sqrt(x) == x", ["x >= 0"], True),
        ("sqrt(x) == x", ["x >= 0"], False),
        ("cbrt(x)**3 == x", [], True),
        ("pi > 2", [], True),
        ("pi > 7/2", [], False),
        ("abs(x) == max(x, -x)", [], True),
        ("relu(x) == (x + abs(x))/2", [], True),
        ("tanh(x) < 1", [], False),
    ],
)
def test_what_follows_and_what_does_not(goal: str, hypotheses: list[str], expected: bool) -> None:
    assert proved(claim(goal, *hypotheses)) is expected


def test_facts_are_used() -> None:
    assert not proved(claim("exp(x) > 0"))
    assert proved(claim("exp(x) > 0", uses=["exp_pos(x)"]))
    assert not proved(claim("exp(x) > 0", uses=["exp_pos(y)"]))


# --- hypotheses that cannot hold -------------------------------------------------------------------------------------

INCONSISTENT = [["x > 0", "x < 0"], ["x**2 < 0"], ["x == 1", "x != 1"], ["abs(x) < y", "y < 0"], ["sqrt(x) < 0", "x >= 0"]]
INCONSISTENT += [["False"]]


@pytest.mark.parametrize("hypotheses", INCONSISTENT, ids=str)
def test_inconsistent_hypotheses_are_noticed(hypotheses: list[str]) -> None:
    obligation = claim("x == x + 1", *hypotheses)
    assert ask(obligation.smtlib) == "unsat", "everything follows from them"
    assert obligation.witness is not None
    assert ask(obligation.witness) == "unsat"
    assert not proved(obligation)


def test_the_witness_holds_the_hypotheses_only() -> None:
    obligation = claim("x > 1", "x > 2", "y == x")
    assert obligation.hypotheses == ("x > 2", "y == x")
    assert obligation.witness is not None
    assert ask(obligation.witness) == "sat"
    assert obligation.witness.count("(assert") == 2
    assert obligation.smtlib.count("(assert") == 3
    assert claim("x == x").witness is None


# --- facts and lemmas ------------------------------------------------------------------------------------------------


def _reachable(name: str) -> set[str]:
    """Axioms that can be reached through ``uses``, by a search of its own."""
    todo, seen = [name], set()
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            if current in LEMMAS:
                todo += [split_call(use)[0] for use in LEMMAS[current].uses]
    return seen & set(AXIOMS)


@pytest.mark.parametrize("name", LEMMAS)
def test_the_axioms_behind_a_lemma_are_all_that_it_reaches(name: str) -> None:
    assert axioms_behind(name) == _reachable(name)
    assert (axioms_behind(name) == frozenset()) == (name in DEFINITIONS)


def test_lemmas_use_axioms_and_earlier_lemmas_only() -> None:
    earlier = set(AXIOMS)
    for name, lemma in LEMMAS.items():
        assert {split_call(use)[0] for use in lemma.uses} <= earlier, f"{name} looks ahead: the reasoning may be circular"
        earlier.add(name)


@pytest.mark.parametrize("name", [*AXIOMS, *LEMMAS])
def test_an_instance_brings_its_axioms_along(name: str) -> None:
    params = (AXIOMS[name] if name in AXIOMS else LEMMAS[name]).params
    condition, names = fact(f"{name}({', '.join(['2*z + 1', 'z/3'][: len(params)])})")
    assert isinstance(condition, Condition)
    assert names == ({name} if name in AXIOMS else axioms_behind(name))
    assert {str(v) for v in variables(condition)} <= {"z"}


@pytest.mark.parametrize("text", ["exp_pos", "nothing(x)", "exp_pos(x", "exp_pos()", "exp_pos(x, y)", "exp_add(x)"])
def test_bad_instances_are_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        fact(text)


def test_calls_are_split_at_outer_commas() -> None:
    name, arguments = split_call("atan_sub(max(x, y), (x - y)/(1 + x*y))")
    assert name == "atan_sub"
    assert [str(a) for a in arguments] == ["max(x, y)", "(x - y)/(1 + x*y)"]


# --- all families ----------------------------------------------------------------------------------------------------


COSTLY = ("rules", "signs")
"""Families whose theorems take ten seconds to state."""


@cache
def family(name: str) -> tuple[Obligation, ...]:
    module = importlib.import_module(f"proofs.{name}")
    return tuple(module.obligations()) if hasattr(module, "obligations") else ()


def test_there_are_families() -> None:
    cheap = [name for name in MODULES if name not in COSTLY and family(name)]
    assert {"seed", "calculus", "induction", "lemmas", "primitives", "rewrites", "special_functions", "sweep"} <= set(cheap)
    assert all(hasattr(importlib.import_module(f"proofs.{name}"), "obligations") for name in COSTLY)


ON_CITED_FACTS = {"log_ndtr"}
"""Proved rows whose proofs use facts that are cited: that erfc is positive."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] if name in COSTLY else []) for name in MODULES])
def test_the_obligations_of_a_family_are_well_formed(name: str) -> None:
    """Names belong to one family and stand once in it; axioms are in the table; scripts declare a name once and ask nothing."""
    names = [obligation.name for obligation in family(name)]
    assert sorted(set(names)) == sorted(names)
    known = {*AXIOMS, *FACTS} if name in ("special_functions", "columns", "verdict_rules", *COSTLY) else {*AXIOMS}
    for obligation in family(name):
        assert obligation.family == obligation.name.split(".")[0]
        assert name in (obligation.family, "conditions") or name.startswith(f"{obligation.family}_")  # engine_rules: of the engine
        assert obligation.statement
        cited = {*FACTS} if obligation.name.split(".")[-2] in ON_CITED_FACTS or obligation.name.endswith(tuple(ON_CITED_FACTS)) else set()
        assert set(obligation.axioms) <= known | cited, obligation.name
        declared = list(declarations(obligation.smtlib))
        assert len(set(declared)) == len(declared), obligation.name
        assert "check-sat" not in obligation.smtlib


def test_proved_rows_rest_on_axioms_but_for_those_that_are_listed() -> None:
    assert {name for name, row in PRIMITIVES.items() if not axioms_of(row) <= {*AXIOMS}} == ON_CITED_FACTS


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_row_declares_the_axioms_that_its_proofs_use(name: str) -> None:
    mine = [o for o in family("primitives") if o.name.split(".")[1] == name]
    assert mine
    for obligation in mine:
        assert set(obligation.axioms) <= axioms_of(PRIMITIVES[name]), obligation.name


@pytest.mark.parametrize("name", SPECIAL)
def test_a_special_function_declares_the_axioms_that_its_proofs_use(name: str) -> None:
    for obligation in family("special_functions"):
        if obligation.name.split(".")[1] == name:
            assert {CITED_AS.get(axiom, axiom) for axiom in obligation.axioms} <= axioms_of(SPECIAL[name]), obligation.name


@pytest.mark.parametrize("name", [name for name, row in PRIMITIVES.items() if isinstance(row.evidence, Witness)])
def test_a_witness_names_the_axioms_of_its_proof_and_no_others(name: str) -> None:
    """Itself, though functions in its partials, such as cos in that of sin, may bring the same; roots and pi in them bring their own."""
    row: Any = PRIMITIVES[name]
    inside = {node.head.name for node in postorder([t for t in row.partial_templates if t is not None])} - {name}
    brought = {axiom for part, axiom in {"sqrt": "sqrt_def", "cbrt": "cbrt_def", "pi": "pi_bounds"}.items() if part in inside}
    used = {axiom for o in family("primitives") if o.name.split(".")[1] == name for axiom in o.axioms}
    assert used - brought == set(row.evidence.axioms)


def test_a_rewrite_declares_the_axioms_that_its_proof_uses() -> None:
    from micrograd.verified import kernel
    from micrograd.verified.rewrites import CONSTANTS, REWRITES

    for obligation in family("rewrites"):
        rule = REWRITES[obligation.name.split(".")[1]]
        binding: dict[str, Any] = {m: as_expr(2) if m in CONSTANTS else var(m) for m in rule.metavariables}
        assert set(obligation.axioms) <= set(kernel.rewrite(rule.name, binding).axioms), obligation.name


def test_truth_values_are_translated() -> None:
    assert ask(Script([TRUE]).text()) == "sat"
    assert ask(Script([FALSE]).text()) == "unsat"
