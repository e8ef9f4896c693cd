"""The theorem about the reverse sweep: settled by the solver, and claim by claim true of the sums themselves, of real tapes and loops."""

from __future__ import annotations

import doctest
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd.verified.errors import ProofError
from proofs import loops, sweep, tape_sums, terms
from proofs.loops import (
    LOOPS,
    Body,
    Tape,
    accumulate,
    crossed,
    derivatives,
    first,
    negated,
    no_loop,
    overwrite,
    replay,
    reread,
    stale,
    without_bar,
    without_partial,
)
from proofs.loops import sweep as run_sweep
from proofs.obligation import Mutant, Obligation
from proofs.solvers import settle
from proofs.sweep import Claim
from proofs.tape_sums import Trace
from proofs.terms import Term, eq, holds, script

OBLIGATIONS = {o.name: o for o in sweep.obligations()}
CLAIMS = {claim.name: claim for claim in sweep.claims()}
MUTANTS = list(sweep.mutants())
LESS = [m for m in MUTANTS if m.change.startswith("without ") or (" <= " in m.change and "(" not in m.change)]
WRONG_BODIES = [stale, overwrite, first, crossed, negated, without_partial, without_bar, no_loop]


# --- the solver ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("obligation", OBLIGATIONS.values(), ids=OBLIGATIONS)
def test_every_obligation_is_settled(obligation: Obligation) -> None:
    outcome = settle(obligation)
    assert outcome.settled, outcome
    assert outcome.status == ("refuted" if obligation.expected == "sat" else "proved")


def fails(mutant: Mutant) -> bool:
    outcomes = [settle(obligation) for obligation in mutant.obligations]
    assert all(outcome.status != "error" for outcome in outcomes), outcomes
    return not all(outcome.settled for outcome in outcomes)


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m not in LESS], ids=lambda m: f"{m.name}-{m.change}")
def test_every_wrong_loop_and_every_wrong_claim_fails(mutant: Mutant) -> None:
    assert fails(mutant)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", LESS, ids=lambda m: f"{m.name}-{m.change}")
def test_every_hypothesis_and_every_reason_is_needed(mutant: Mutant) -> None:
    assert fails(mutant)


def test_there_is_a_mutant_for_every_hypothesis_and_every_reason() -> None:
    parts = sum(len(claim.given) + len(claim.facts) + sum(c.head == "<" for c in claim.given) for claim in CLAIMS.values())
    assert len(LESS) == parts > 250
    assert len(MUTANTS) - len(LESS) > 30


def test_arrays_have_every_claim_of_the_proof() -> None:
    vectors = {name.removeprefix("arrays.") for name in CLAIMS if name.startswith("arrays.")}
    only_numbers = {"partial", "linear", "shares_commute", "stale_apart"}
    assert vectors == {name for name in CLAIMS if not name.startswith("arrays.")} - only_numbers
    assert {name for name, o in OBLIGATIONS.items() if o.expected == "sat"} == set(LOOPS)
    for name, obligation in OBLIGATIONS.items():
        assert ("Vec" in obligation.smtlib) == name.startswith("sweep.arrays.") or "Real" not in obligation.smtlib


# --- the claims, evaluated on the sums themselves --------------------------------------------------------------------

SIZE = 5
Vector = tuple[Fraction, Fraction]
small = st.sampled_from([Fraction(n, d) for n, d in ((0, 1), (1, 1), (-1, 1), (2, 1), (1, 2))])
vector = st.tuples(small, small)


def dot(u: Vector, t: Vector) -> Fraction:
    return u[0] * t[0] + u[1] * t[1]


def plus(u: Vector, t: Vector) -> Vector:
    return u[0] + t[0], u[1] + t[1]


OPERATIONS: dict[str, Callable[..., Any]] = {
    "select": lambda a, i: a.get(i, a["else"]),
    "store": lambda a, i, new: {**a, i: new},
    "ite": lambda c, t, e: t if c else e,
    "=>": lambda p, q: not p or q,
    "and": lambda p, q: p and q,
    "or": lambda p, q: p or q,
    "not": lambda p: not p,
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "plus": plus,
    "ip": dot,
    "jvp": lambda d, t: (dot(d[0], t), dot(d[1], t)),
    "vjp": lambda d, u: (d[0][0] * u[0] + d[1][0] * u[1], d[0][1] * u[0] + d[1][1] * u[1]),
}


def value(term: Term, env: Mapping[str, Any]) -> Any:
    """The value of a term where W and G are sums over the arrays of ``env``, and vectors are pairs of fractions."""
    parts = [value(part, env) for part in term.args]

    def product(a: Any, m: int) -> Fraction:
        u, t = (OPERATIONS["select"](array, m) for array in (a, env["x"]))
        return dot(u, t) if isinstance(u, tuple) else u * t

    if term.head == "W":
        return sum((product(parts[0], m) for m in range(parts[1])), Fraction(0))
    if term.head == "G":
        return sum((product(parts[0], m) for m in range(parts[1], env["r"] + 1) if env["leaf"](m)), Fraction(0))
    if term.head in ("T", "leaf"):
        return env[term.head](parts[0])
    if term.head in OPERATIONS:
        return OPERATIONS[term.head](*parts)
    if term.head in env:
        return env[term.head]
    return int(term.head) if term.sort == "Int" else Fraction(term.head)


@st.composite
def environments(draw: st.DrawFn, vectors: bool) -> dict[str, Any]:
    number = vector if vectors else small
    array = st.builds(
        lambda rest, values: {"else": rest, **dict(enumerate(values))}, number, st.lists(number, min_size=SIZE, max_size=SIZE)
    )
    place = st.integers(0, SIZE - 1)
    env: dict[str, Any] = {name: draw(place) for name in ("i", "j", "k", "m", "n", "p", "q", "r", "last")}
    env |= {name: draw(array) for name in "abcox"}
    env |= {name: draw(st.tuples(vector, vector) if vectors else small) for name in "de"}
    env |= {"s": draw(number), "total": draw(small), "zero": (Fraction(0), Fraction(0))}
    leaves, remaining = draw(st.sets(st.integers(-1, SIZE))), draw(array)
    env |= {"leaf": leaves.__contains__, "T": lambda j: OPERATIONS["select"](remaining, j)}
    if draw(st.booleans()):  # what hypotheses ask for, so that they hold more often
        number_0 = env["zero"] if vectors else Fraction(0)
        env["x"] = {m: draw(st.sampled_from([t, number_0])) for m, t in env["x"].items()}
        env["a"][env["k"]] = draw(st.sampled_from([env["a"][env["k"]], env["b"][env["k"]], number_0]))
    return env


@pytest.mark.parametrize("name", CLAIMS)
@settings(max_examples=6)
@given(data=st.data())
def test_claims_hold_of_the_sums_themselves(name: str, data: st.DataObject) -> None:
    _holds_of_the_sums(name, data)


@pytest.mark.slow
@pytest.mark.parametrize("name", CLAIMS)
@settings(max_examples=100)
@given(data=st.data())
def test_claims_hold_of_many_sums(name: str, data: st.DataObject) -> None:
    _holds_of_the_sums(name, data)


def _holds_of_the_sums(name: str, data: st.DataObject) -> None:
    claim = CLAIMS[name]
    env = data.draw(environments(vectors=name.startswith("arrays.")))
    if not name.endswith(("gradient", "independent")):  # their lemma supposes that only leaf j moves
        for fact in claim.facts:
            assert value(fact, env), str(fact)
    if all(value(condition, env) for condition in (*claim.given, *claim.facts)):
        assert value(claim.goal, env)


STEPS = ("step_unary", "step_binary", "order", "arrays.step_unary", "arrays.step_binary", "arrays.order")


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
@given(data=st.data())
def test_steps_hold_on_every_tape(name: str, data: st.DataObject) -> None:
    claim = CLAIMS[name]
    env = data.draw(environments(vectors=name.startswith("arrays.")))
    env["k"] = data.draw(st.integers(2, SIZE - 1))
    env["j"] = env["k"] - 1
    env["p"], env["q"] = (data.draw(st.integers(0, env["j"] - ("order" in name))) for _ in range(2))
    for condition in claim.given:
        if condition.head == "=" and condition.args[0].head == "select":
            env["x"] = {**env["x"], value(condition.args[0].args[1], env): value(condition.args[1], env)}
    assert all(value(condition, env) for condition in (*claim.given, *claim.facts))
    assert value(claim.goal, env)


def test_wrong_claims_are_false_of_the_sums_too() -> None:
    a, k = {"else": Fraction(0), 0: Fraction(1)}, 1
    env = {"a": a, "x": {"else": Fraction(1)}, "k": k, "p": 0, "q": 0, "d": Fraction(1), "e": Fraction(1), "r": 1}
    a[k], env["x"][k] = Fraction(1), Fraction(2)  # type: ignore[index]
    right, wrong = CLAIMS["step_binary"], {claim.name: claim for claim in sweep.refutations()}["stale"]
    assert value(right.goal, env)
    assert not value(wrong.goal, env)


# --- loops on tapes of fractions -------------------------------------------------------------------------------------


@st.composite
def tapes(draw: st.DrawFn) -> Tape:
    tape: Tape = [[]]
    for k in range(1, draw(st.integers(2, 9))):
        tape.append(draw(st.lists(st.tuples(st.integers(0, k - 1), small), max_size=4)))
    return tape


def falling(tape: Tape, body: Body) -> list[Fraction]:
    return run_sweep(tape, [(k, body) for k in reversed(range(len(tape)))])


@given(tapes())
def test_the_sweep_gives_the_derivatives(tape: Tape) -> None:
    for body in (accumulate, reread):
        found = falling(tape, body)
        assert [a for a, shares in zip(found, tape, strict=True) if not shares] == [
            d for d, shares in zip(derivatives(tape), tape, strict=True) if not shares
        ]


@given(tapes())
def test_entries_with_adjoint_0_may_be_passed_over(tape: Tape) -> None:
    adjoints = falling(tape, accumulate)
    assert run_sweep(tape, [(k, accumulate) for k in reversed(range(len(tape))) if adjoints[k] != 0]) == adjoints


@given(tapes(), tapes(), small, small)
def test_two_roots_give_the_sum(tape: Tape, later: Tape, s: Fraction, t: Fraction) -> None:
    root, other = len(tape) - 1, len(tape) // 2
    both = [*tape, *later, [(root, s), (other, t), (root, t)]]
    alone = [falling(tape[: n + 1], accumulate) for n in (root, other)]
    padded = [[*adjoints, *[Fraction(0)] * (len(tape) - len(adjoints))] for adjoints in alone]
    expected = [(s + t) * a + t * b for a, b in zip(*padded, strict=True)]
    assert falling(both, accumulate)[: len(tape)] == expected


@pytest.mark.parametrize("body", WRONG_BODIES, ids=lambda body: body.__name__)
def test_wrong_bodies_give_wrong_derivatives(body: Body) -> None:
    two, three = Fraction(2), Fraction(3)
    tape: Tape = [[], [(0, three)], [(0, two), (0, three), (1, two)], [(2, two), (1, three)]]
    assert derivatives(tape)[0] == falling(tape, accumulate)[0] == 2 * (2 + 3 + 2 * 3) + 3 * 3
    assert falling(tape, body)[0] != derivatives(tape)[0]


def test_derivatives_of_square_and_of_a_leaf() -> None:
    x = Fraction(7)
    assert derivatives([[], [(0, x), (0, x)]])[0] == 14
    assert derivatives([[], []]) == [0, 1]
    assert derivatives([[]]) == [1]


MODEL = {"k": "1", "p": "0", "q": "0", "j": "1", "d": "1/2", "e": "2", "a_p": "3", "a_q": "3", "a_k": "-1", "a_j": "1"}


@pytest.mark.parametrize(
    ("name", "changes", "evidence"),
    [
        ("stale", {}, "∂#2/∂#0 = 1/2, but the loop gives 1"),
        ("overwrite", {}, "∂#2/∂#0 = 1/2, but the loop gives -2"),
        ("first", {}, "∂#2/∂#0 = 1/2, but the loop gives 5/2"),
        ("rising", {"k": "2"}, "#1 = 1/2·#0, #2 = 2·#1, #3 = 3·#0 + 1·#1 + -1·#2: ∂#3/∂#0 = 5/2, but the loop gives 7/2"),
        ("again", {}, "#0 leaf, #1 = 1/2·#0, #2 = 1·#1: ∂#2/∂#0 = 1/2, but the loop gives 3/2"),
    ],
)
def test_replay_confirms(name: str, changes: dict[str, str], evidence: str) -> None:
    assert replay(f"sweep.{name}", MODEL | changes).endswith(evidence)


@pytest.mark.parametrize(
    ("name", "changes", "complaint"),
    [
        ("sweep.stale", {"k": "2", "q": "1"}, "gives the derivatives"),
        ("sweep.stale", {"e": "0", "d": "0"}, "gives the derivatives"),
        ("sweep.overwrite", {"a_p": "0", "a_q": "0", "q": "1", "k": "2"}, "gives the derivatives"),
        ("sweep.again", {"d": "0"}, "gives the derivatives"),
        ("sweep.stale", {"p": "1"}, "refers to a later one"),
        ("sweep.rising", {"j": "0", "k": "1"}, "refers to a later one"),
        ("sweep.stale", {"k": "1/2"}, "not places on a small tape"),
        ("sweep.stale", {"p": "-1"}, "not places on a small tape"),
        ("sweep.stale", {"k": "1000000"}, "not places on a small tape"),
        ("sweep.stale", {"d": "1.4142135623?"}, "no rational value of d"),
        ("sweep.stale", {"a_k": "K(Int, 0)"}, "no rational value of a_k"),
        ("sweep.step_binary", {}, "no refutation"),
    ],
)
def test_replay_rejects(name: str, changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(ProofError, match=complaint):
        replay(name, MODEL | changes)


def test_replay_rejects_a_model_without_a_value() -> None:
    with pytest.raises(ProofError, match="no rational value of a_q: None"):
        replay("sweep.stale", {name: text for name, text in MODEL.items() if name != "a_q"})


# --- terms -----------------------------------------------------------------------------------------------------------

A, K, D = Term("a", "(Array Int Real)"), Term("k", "Int"), Term("d", "Real")


def test_terms_as_text_and_as_smtlib() -> None:
    trace = Trace(A).run(accumulate, K, (K + 1, D))
    assert trace.now.smtlib == "(store a (+ k 1) (+ (select a (+ k 1)) (* d (select a k))))"
    assert str(trace.now) == "a[k + 1 := a[k + 1] + d·a[k]]"
    assert str(D * (A[K] + D)) == "d·(a[k] + d)"
    assert str(holds("not", eq(K, 3))) == "not (k = 3)"
    assert str(eq(Term("x", "(Array Int Vec)")[K], Term("zero", "Vec"))) == "ẋ[k] = 0"


def test_a_script_declares_what_occurs() -> None:
    vector_array = Term("a", "(Array Int Vec)")
    text = script([eq(Term("W", "Real", (vector_array, K)), Term("ip", "Real", (vector_array[K], vector_array[K])))])
    assert text.splitlines() == [
        "(declare-sort Vec 0)",
        "(declare-fun W ((Array Int Vec) Int) Real)",
        "(declare-fun a () (Array Int Vec))",
        "(declare-fun ip (Vec Vec) Real)",
        "(declare-fun k () Int)",
        "(assert (= (W a k) (ip (select a k) (select a k))))",
    ]


def test_a_term_is_no_truth_value() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        assert 0 <= K < K + 1


@pytest.mark.parametrize("module", [sweep, loops, tape_sums, terms], ids=lambda module: module.__name__)
def test_docstring_examples(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


def test_claims_state_what_they_suppose() -> None:
    claim: Claim = CLAIMS["step_binary"]
    assert claim.obligation().hypotheses == ("0 <= p", "p < k", "0 <= q", "q < k", "ẋ[k] = d·ẋ[p] + e·ẋ[q]")
    assert CLAIMS["arrays.step_binary"].obligation().hypotheses[-1] == "ẋ[k] = jvp(d, ẋ[p]) + jvp(e, ẋ[q])"
