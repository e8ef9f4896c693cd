"""Z3's terms and sessions, threads, and memory."""

from __future__ import annotations

import gc
import threading
import weakref
from fractions import Fraction
from typing import Any

import flint
import pytest
from z3 import z3core

import micrograd as mg
from micrograd.carriers.arb.precision import precision
from micrograd.prove import prove_derivative, prove_equal
from micrograd.prove import solver as solver_module
from micrograd.prove.normal.ring import Ring
from micrograd.prove.solver import Session, absolute, current, implies, one_session, where

CLAIMS: list[tuple[str, str, str, str | None]] = [
    ("x*log(x)", "x", "log(x) + 1", "x > 0"),
    ("abs(x**3)", "x", "3*x*abs(x)", "True"),
    ("max(x, y**2)", "x", "where(x > y**2, 1, 0)", "x != y**2"),
    ("sqrt(x**2 + y**2 + 1)", "x", "x/sqrt(x**2 + y**2 + 1)", "x**2 + y > 1"),
    ("erf(x)", "x", "2*exp(-x**2)/sqrt(pi)", None),
    ("log(exp(x) + 1) - sinh(x)", "x", "1/(1 + exp(-x)) - cosh(x)", "x > 1"),
    ("x**2", "x", "where(x > 10**9, 3*x, 2*x)", "True"),
    ("besselj(1, x)", "x", "besselj(0, x) - besselj(1, x)/x", "x > 0"),
]


def decided(claim: tuple[str, str, str, str | None]) -> dict[str, Any]:
    """A verdict without its time."""
    f, x, claimed, domain = claim
    found = prove_derivative(f, claimed, domain, wrt=x).to_dict()
    del found["seconds"]
    return found


def threads_agree(count: int, rounds: int) -> None:
    """Verdicts in threads are those of one thread, beside threads that do everything else; precision is left as it was."""
    expected = [decided(claim) for claim in CLAIMS]
    wrong: list[Any] = []
    over = threading.Event()

    def claims(start: int) -> None:
        try:
            for i in range(rounds):
                place = (start + 3 * i) % len(CLAIMS)
                found = decided(CLAIMS[place])
                if found != expected[place]:
                    wrong.append((found, expected[place]))
                if i % 4 == 0:
                    gc.collect()
        except BaseException as reason:
            wrong.append(reason)

    def everything_else() -> None:
        x, y = mg.var("x"), mg.var("y")
        k = 0
        while not over.is_set():
            k += 1
            f = mg.sin(x * y + k) * mg.exp(x) + mg.sqrt(x * x + 1)
            mg.derive(f, x)
            mg.evaluate(mg.gradient(f, [x, y]), {x: 0.3, y: 0.2})
            mg.evaluate(mg.parse("gamma(x)"), x=1.5)
            bits = mg.evaluate(f, {x: flint.arb(1) / 3, y: flint.arb(2)}).rel_accuracy_bits()
            if not 30 < bits <= 53:
                wrong.append(f"{bits} bits at a precision of 53")

    workers = [threading.Thread(target=claims, args=(i,)) for i in range(count)]
    others = [threading.Thread(target=everything_else) for _ in range(2)]
    for thread in workers + others:
        thread.start()
    for thread in workers:
        thread.join()
    over.set()
    for thread in others:
        thread.join()
    assert not wrong, wrong[:3]
    assert flint.ctx.prec == 53


def test_threads() -> None:
    threads_agree(8, 4)


@pytest.mark.slow
def test_many_threads_many_times() -> None:
    for _ in range(20):
        threads_agree(16, 8)


def test_precision_is_for_one_thread() -> None:
    seen: list[int] = []
    inside, done = threading.Event(), threading.Event()

    def other() -> None:
        inside.wait()
        with precision(100):
            seen.append(flint.ctx.prec)
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with precision(200):
        inside.set()
        assert not done.wait(0.05)
        assert flint.ctx.prec == 200
        with precision(300):
            assert flint.ctx.prec == 300
        assert flint.ctx.prec == 200
    thread.join()
    assert seen == [100]
    assert flint.ctx.prec == 53


def test_terms() -> None:
    s = Session()
    x, y = s.variable("x"), s.variable("y")
    solver, _ = s.solver("me", False)

    def always(fact: Any) -> bool:
        return s.impossible(solver, implies(fact, x < x))

    assert always(absolute(x) >= 0)
    assert always(implies(x > 1, x * x > x))
    assert always(where(x > y, x, y) >= y)
    assert always((x + y) * (x - y) == x * x - y * y)
    assert always(s.product([]) == 1)
    assert always(s.sum([]) == 0)
    assert always(s.any_of([x > 0, x < 1, y == 2]))
    assert always(s.number(Fraction(1, 3)) < Fraction(1, 2))
    assert not always(x != y)
    assert not always(s.fresh() == s.fresh())


def test_facts_of_another_owner_are_forgotten() -> None:
    s = Session()
    x = s.variable("x")
    first, new = s.solver("first", False)
    assert new
    s.tell(first, [x > 0])
    assert s.impossible(first, x < 0)
    assert s.solver("first", False) == (first, False)
    second, new = s.solver("second", False)
    assert new
    assert not s.impossible(second, x < 0)


def test_a_session_ends_with_its_claim() -> None:
    with one_session():
        session = current()
        assert current() is session
        with one_session():
            assert current() is session
        variable = session.variable("x")
    with pytest.raises(RuntimeError, match="has ended"):
        variable > 0  # noqa: B015
    assert current() is not session


def test_a_session_that_is_closed_frees_its_context_once(monkeypatch: pytest.MonkeyPatch) -> None:
    freed: list[Any] = []
    session = Session()
    context, _ = session._context, session.solver("me", False)
    free = z3core.Z3_del_context

    def seen(context: Any) -> None:
        freed.append(context)
        free(context)

    monkeypatch.setattr(z3core, "Z3_del_context", seen)
    session.close()
    session.close()
    assert freed == [context]
    session = Session()
    freed[:] = [session._context]
    del session
    gc.collect()
    assert len(freed) == 2
    assert freed[0] is freed[1]


def test_an_abandoned_session_may_be_freed_by_any_thread() -> None:
    session = Session()
    cycle: list[Any] = [session, session.variable("x") > 0]
    cycle.append(cycle)
    gone = weakref.ref(session)
    del session, cycle
    thread = threading.Thread(target=gc.collect)
    thread.start()
    thread.join()
    assert gone() is None


def test_polynomials_are_known_by_themselves() -> None:
    ring = Ring()
    x, y = ring.new(), ring.new()
    keys = [ring.key(p) for p in (x, y, x + y, x + y - y, x * 2, ring.constant(0), ring.constant(1), x - x, (x + y) ** 2)]
    assert keys[0] == keys[3]
    assert keys[5] == keys[7]
    assert len(set(keys)) == len(keys) - 2


@pytest.mark.slow
def test_memory_is_flat() -> None:
    pytest.importorskip("resource")
    from pathlib import Path

    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("no /proc here")
    quick = [c for c in CLAIMS if "bessel" not in c[0]]

    def megabytes() -> float:
        gc.collect()
        return int(statm.read_text().split()[1]) * 4096 / 1e6

    def calls(count: int) -> None:
        for i in range(count):
            decided(quick[i % len(quick)])

    calls(1000)
    before = megabytes()
    calls(9000)
    assert megabytes() - before < 50


def test_equal_in_threads_with_python_functions() -> None:
    found: list[str] = []

    def work() -> None:
        found.append(prove_equal(lambda x: (x + 1) ** 2, lambda x: x**2 + 2 * x + 1).verdict)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["proved"] * 6


def test_questions_end_by_their_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuted() -> bool:
        s = Session()
        x, y = s.variable("x"), s.variable("y")
        solver, _ = s.solver("me", False)
        s.tell(solver, [x * x + y * y < x * y, x * x * x * y > 1])
        return s.impossible(solver)

    assert refuted()
    monkeypatch.setattr(solver_module, "STEPS", 1)
    assert not refuted()
