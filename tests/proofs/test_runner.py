"""The proof check as a command, on small families made for the purpose: what it settles, refuses, remembers and reports."""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import z3

from proofs import cache, report, runner, solvers, z3_answers
from proofs.cache import Cache
from proofs.obligation import Mutant, Obligation
from proofs.runner import Task
from proofs.solvers import CVC5_SECONDS, SECONDS, STEPS, Outcome, second_opinion, settle

command: Any = importlib.import_module("proofs.__main__")
ROOT = Path(__file__).resolve().parents[2]

X = "(declare-const x Real)"
HARD = "(declare-const x Int)(declare-const y Int)(declare-const z Int)(assert (= (+ (* x x x) (* y y y) (* z z z)) 42))"
SQUARE = Obligation("fake.square", "fake", "x² >= 0 for all real x", f"{X}(assert (not (>= (* x x) 0.0)))")
FALSE = Obligation("fake.false", "fake", "x > 0 for all real x", f"{X}(assert (not (> x 0.0)))")
BOUND = Obligation(
    "fake.bound",
    "fake",
    "x² > 1\nif x > 1",
    f"{X}(assert (> x 1.0))(assert (not (> (* x x) 1.0)))",
    witness=f"{X}(assert (> x 1.0))",
    hypotheses=("x > 1",),
    axioms=("exp_add",),
)
VACUOUS = replace(
    BOUND,
    name="fake.vacuous",
    smtlib=f"{X}(assert (> x 1.0))(assert (< x 1.0))(assert (not (> x 5.0)))",
    witness=f"{X}(assert (> x 1.0))(assert (< x 1.0))",
)
UNKNOWN = Obligation("fake.unknown", "fake", "42 is not a sum of three cubes", HARD)
EQUAL = Obligation(
    "fake.equal",
    "fake",
    "1/(s + 1) = (s - 1)/(x - 1) where s² = x",
    "(assert false)",
    identities=(("1/(s + 1)", "(s - 1)/(x - 1)"),),
    relations=("s**2 - x",),
)
UNEQUAL = replace(EQUAL, name="fake.unequal", identities=(("x + 1", "1 + x"), ("s", "x")))
REFUTED = Obligation(
    "fake.refuted",
    "fake",
    "x² = x fails",
    f"{X}(assert (not (= (* x x) x)))(assert (= (* 2.0 x) 3.0))",
    expected="sat",
    replay="replaying:confirm",
)
REPLAYING = """
import os, time
from fractions import Fraction

def confirm(name, model):
    x = Fraction(model["x"])
    print("noise on stdout that must not reach the report")
    if x * x == x:
        raise ValueError(f"{x} is no counterexample")
    return f"{name}: {x}² is {x * x}"

def deny(name, model):
    raise ValueError("not on this machine")

def silent(name, model):
    return None

def sleep(name, model):
    time.sleep(60)

def crash(name, model):
    os.kill(os.getpid(), 11)

def passes(name, data):
    return f"{name} agrees: {' '.join(data)}"

def fails(name, data):
    raise AssertionError("off by one")

def stay(name, model):
    open(f"started-{os.getpid()}", "w").close()
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "replaying.py").write_text(REPLAYING)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "replaying", raising=False)
    monkeypatch.setattr(command, "FILE", tmp_path / "cache" / "results.json")
    monkeypatch.chdir(tmp_path)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command on obligations and mutants given as one family; returns exit code, stdout and stderr."""

    def run(obligations: list[Obligation], *options: str, mutants: list[Mutant] | None = None) -> tuple[int, str, str]:
        module = ModuleType("proofs.fake", "Fake theorems.\n\nMore text.")
        module.obligations = lambda: iter(obligations)  # type: ignore[attr-defined]
        if mutants is not None:
            module.mutants = lambda: iter(mutants)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "proofs.fake", module)
        code = command.main(["-j", "1", *options], families=["fake"])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


# --- settling one obligation -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("obligation", "status", "oracles", "evidence"),
    [
        (SQUARE, "proved", ("z3",), ""),
        (BOUND, "proved", ("z3",), ""),
        (EQUAL, "proved", ("z3", "sympy", "flint"), "settled by folding"),
        (replace(EQUAL, smtlib=""), "proved", ("sympy", "flint"), ""),
        (REFUTED, "refuted", ("z3", "replay"), "fake.refuted: 3/2² is 9/4"),
        (replace(REFUTED, replay=None), "refuted", ("z3",), ""),
        (FALSE, "false", (), "counter-model: x = "),
        (replace(SQUARE, expected="sat"), "false", (), "no model exists"),
        (VACUOUS, "vacuous", (), "the hypotheses contradict each other"),
        (replace(VACUOUS, witness=BOUND.witness), "vacuous", (), "the assumptions"),
        (UNEQUAL, "identity", ("z3",), "s = x fails"),
        (replace(REFUTED, replay="replaying:deny"), "unconfirmed", ("z3",), "x = 3/2: ValueError: not on this machine"),
        (replace(REFUTED, replay="replaying:silent"), "error", ("z3",), "returned None"),
        (replace(REFUTED, replay="replaying:nothing"), "error", ("z3",), "cannot be loaded"),
        (replace(REFUTED, replay="nowhere:confirm"), "error", ("z3",), "cannot be loaded"),
        (replace(REFUTED, replay="replaying:sleep"), "unknown", ("z3",), "no answer within"),
        (UNKNOWN, "unknown", (), "Z3: no answer within 20,000 steps ("),
        (replace(SQUARE, smtlib="(assert (foo))"), "error", (), "cannot read the script"),
        (replace(SQUARE, smtlib=""), "error", (), "nothing to settle"),
        (replace(SQUARE, smtlib=SQUARE.smtlib + "(check-sat)"), "error", (), "check-sat"),
        (replace(BOUND, witness=None), "error", (), "hypotheses"),
        (replace(BOUND, witness=HARD), "unknown", (), "Z3 on the hypotheses"),
        (replace(EQUAL, identities=(("x +", "x"),)), "error", ("z3",), "ParseError"),
        (replace(EQUAL, identities=(("sin(x)", "x"),)), "error", ("z3",), "not rational"),
    ],
    ids=lambda value: value.name if isinstance(value, Obligation) else None,
)
def test_settle(obligation: Obligation, status: str, oracles: tuple[str, ...], evidence: str) -> None:
    outcome = settle(obligation, steps=20_000 if status == "unknown" else STEPS, seconds=0.4 if "sleep" in str(obligation.replay) else 600)
    assert (outcome.status, outcome.oracles) == (status, oracles), outcome
    assert evidence in outcome.evidence
    assert outcome.settled == (status in ("proved", "refuted"))


@pytest.mark.parametrize("label", ["by Z3's SMT core", "by Z3's QF_NRA strategy"])
def test_unknown_is_followed_by_other_strategies(monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    nothing = ("", lambda *_: z3_answers.Answer("unknown", "gave up"))
    others = [strategy for strategy in z3_answers._STRATEGIES if strategy[0] == label]
    monkeypatch.setattr(z3_answers, "_STRATEGIES", (nothing, *others))
    assert settle(SQUARE).evidence == label
    monkeypatch.setattr(z3_answers, "_STRATEGIES", (nothing,))
    assert settle(SQUARE, 5000).evidence == "Z3: no answer within 5,000 steps (gave up)"


def test_values_are_tried_where_procedures_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    only = [strategy for strategy in z3_answers._STRATEGIES if strategy[0] == "by Z3 with values tried"]
    monkeypatch.setattr(z3_answers, "_STRATEGIES", only)
    assert settle(FALSE).status == "false"
    assert settle(SQUARE, 5000).status == "unknown"
    assert settle(replace(SQUARE, smtlib="(assert false)"), 5000).status == "unknown"


def test_models_are_text() -> None:
    script = """
        (declare-const r Real)(declare-const a Real)(declare-const n Int)(declare-const p Bool)(declare-const free Real)
        (declare-const nan Float64)(declare-const h (_ FloatingPoint 5 11))(declare-const s Float32)
        (declare-fun f (Real) Real)(declare-const b (_ BitVec 12))
        (assert (and (= r (/ 3.0 (- 4.0))) (= (* a a) 2.0) (> a 0.0) (= n (- 7)) p (< free (+ free 1.0)) (= (f r) 2.0)))
        (assert (and (fp.isNaN nan) (= h (fp #b1 #b00000 #b0000000000)) (= s (fp #b0 #xff #b00000000000000000000000)) (= b #x00a)))
    """
    model = dict(z3_answers.ask_z3(script, z3_answers.Limits(STEPS, time.monotonic() + 600)).model)
    assert set(model.pop("f")) & set("2")
    assert model.pop("a").startswith("1.41421356")
    assert re.fullmatch(r"-?\d+(/\d+)?", model.pop("free"))
    assert model == {
        "r": "-3/4", "n": "-7", "p": "True", "nan": "0x7ff8000000000000", "h": "0x8000", "s": "0x7f800000", "b": "0x00a",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("script", "logic"),
    [
        (SQUARE.smtlib, "QF_NRA"),
        ("(declare-fun x () Real)\n(declare-const |p| Bool) ; exp(0)\n(assert (= x 0.0))", "QF_NRA"),
        (HARD, "ALL"),
        ("(declare-fun f (Real) Real)", "ALL"),
        ("(declare-const x Float64)", "ALL"),
        ("(assert (forall ((x Real)) (= x x)))", "ALL"),
    ],
)
def test_logic_of_scripts(script: str, logic: str) -> None:
    assert solvers.logic_of(script) == logic


# --- cvc5 ------------------------------------------------------------------------------------------------------------


def test_second_opinion() -> None:
    pytest.importorskip("cvc5")
    assert second_opinion(BOUND).status == "proved"
    assert second_opinion(REFUTED).status == "proved"
    assert second_opinion(replace(SQUARE, expected="sat")).status == "disagree"
    assert second_opinion(replace(BOUND, witness=VACUOUS.witness)).status == "disagree"
    assert second_opinion(replace(SQUARE, smtlib="(assert (foo))")).status == "unknown"


def test_cvc5_agreement_is_counted(check: Run) -> None:
    pytest.importorskip("cvc5")
    code, out, _ = check([SQUARE, REFUTED, EQUAL], "--solver", "cvc5", "--json", "r.json")
    assert code == 0
    assert "cvc5 agrees on 3 of 3 (0 undecided, 0 contradicted)" in out
    assert json.loads(Path("r.json").read_text())["theorems"][0]["oracles"] == ["z3", "cvc5"]


def test_cvc5_reads_half_precision() -> None:
    pytest.importorskip("cvc5")
    half = "(declare-const x (_ FloatingPoint 5 11))(assert (not (fp.leq (fp.abs x) (fp.abs x))))(assert (not (fp.isNaN x)))"
    assert second_opinion(replace(SQUARE, smtlib=half)).status == "proved"


def test_a_second_opinion_is_not_waited_for(check: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    limits: dict[str, set[float]] = {}

    def run(tasks: list[Task], jobs: int) -> Iterator[runner.Result]:
        for task in tasks:
            limits.setdefault(task.kind, set()).add(task.limit)
            yield task, (Outcome("unknown" if task.kind == "cvc5" else "proved", evidence="no answer"),)

    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr(command, "versions", lambda: {"z3": "1", "sympy": "1", "flint": "1", "cvc5": "1"})
    code, out, _ = check([SQUARE], "--solver", "cvc5")
    assert code == 0
    assert "cvc5 agrees on 0 of 1 (1 undecided, 0 contradicted)" in out
    assert limits["cvc5"] == {CVC5_SECONDS}
    assert limits["settle"] == {SECONDS}


def test_a_contradiction_of_cvc5_fails_the_run(check: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(tasks: list[Task], jobs: int) -> Iterator[runner.Result]:
        for task in tasks:
            yield task, (Outcome("disagree" if task.kind == "cvc5" else "proved", evidence="cvc5 says sat"),)

    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr(command, "versions", lambda: {"z3": "1", "sympy": "1", "flint": "1", "cvc5": "1"})
    code, out, _ = check([SQUARE], "--solver", "cvc5")
    assert code == 1
    assert "1 contradicted" in out
    assert "the oracles contradict each other: cvc5 says sat" in out


@pytest.mark.parametrize(("absent", "option"), [("cvc5", ["--solver", "cvc5"]), ("flint", [])])
def test_a_missing_solver_is_bad_usage(check: Run, monkeypatch: pytest.MonkeyPatch, absent: str, option: list[str]) -> None:
    present = {oracle: "1" for oracle in cache.DISTRIBUTIONS if oracle != absent}
    monkeypatch.setattr(command, "versions", lambda: present)
    code, _, err = check([SQUARE], *option)
    assert code == 2
    assert f"{absent} not installed; try: python -m pip install" in err


# --- workers ---------------------------------------------------------------------------------------------------------


def test_lost_tasks_fail_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.0)
    sleeper = replace(REFUTED, name="fake.sleeper", replay="replaying:sleep")
    crasher = replace(REFUTED, name="fake.crasher", replay="replaying:crash")
    tasks = [Task("settle", o.name, (o,), STEPS) for o in (crasher, SQUARE, BOUND)]
    tasks.insert(1, Task("settle", sleeper.name, (sleeper,), STEPS, 0.0))
    outcomes = {task.name: outcomes[0] for task, outcomes in runner.run(tasks, 2)}
    assert outcomes["fake.sleeper"].status == "unknown"
    assert (outcomes["fake.crasher"].status, outcomes["fake.crasher"].evidence) == ("error", "replay: the process ended by signal 11")
    assert outcomes["fake.square"].settled
    assert outcomes["fake.bound"].settled


def test_a_worker_that_cannot_start_fails_its_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "START_SECONDS", -1.0)
    results = list(runner.run([Task("settle", o.name, (o,), STEPS) for o in (SQUARE, BOUND)], 2))
    assert [outcomes[0].status for _, outcomes in results] == ["unknown", "unknown"]


# --- the command -----------------------------------------------------------------------------------------------------


def test_everything_settled(check: Run) -> None:
    code, out, err = check([SQUARE, BOUND, EQUAL, REFUTED])
    assert (code, err) == (0, "")
    assert "fake — Fake theorems." in out
    assert "✓ fake.bound" in out
    assert "    if  x > 1" in out
    assert "    by  exp_add" in out
    assert "≠ fake.refuted" in out
    assert "[fake.refuted: 3/2² is 9/4]" in out
    assert "exp_add(x, y): exp(x + y) == exp(x)*exp(y)" in out
    assert "noise" not in out
    assert re.search(r"^3 theorems proved, 1 refuted as stated, 0 failed, in \d+\.\d s\n\Z", out, re.MULTILINE)
    assert max(map(len, out.splitlines())) <= report.WIDTH
    assert "\x1b" not in out


def test_a_failure_shows_its_counter_model(check: Run) -> None:
    code, out, _ = check([SQUARE, FALSE], "--quiet")
    assert code == 1
    assert "fake.square" not in out
    assert re.search(r"✗ fake\.false.*does not hold as stated: counter-model: x = 0\n", out, re.DOTALL)
    assert "1 theorem proved, 0 refuted as stated, 1 failed" in out


def test_no_answer_is_not_a_failure(check: Run) -> None:
    code, out, _ = check([UNKNOWN, SQUARE], "--steps", "20000", "--json", "r.json")
    assert code == 3
    assert "? fake.unknown" in out
    assert "no answer: Z3: no answer within 20,000 steps" in out
    assert "No answer (1)" in out
    assert "1 theorem proved, 0 refuted as stated, 0 failed, 1 without an answer" in out
    totals = json.loads(Path("r.json").read_text())["totals"]
    assert (totals["failed"], totals["unanswered"]) == (0, 1)
    assert check([UNKNOWN, FALSE], "--steps", "20000")[0] == 1


def test_seconds_are_the_outermost_limit(check: Run) -> None:
    code, out, _ = check([replace(REFUTED, replay="replaying:sleep")], "--timeout", "0.4")
    assert code == 3
    assert "no answer: no answer within 0.4 s" in out


def test_what_is_cited_is_checked_and_counted_apart(check: Run) -> None:
    right = Obligation("fake.right", "fake", "cited", "", check="replaying:passes", data=("a", "b"))
    code, out, _ = check([SQUARE, right])
    assert code == 0
    assert "≈ fake.right" in out
    assert "[fake.right agrees: a b]" in out
    assert "1 theorem proved, 0 refuted as stated, 0 failed, 1 cited and checked" in out
    assert "from the cache" in check([SQUARE, right])[1]
    code, out, _ = check([replace(right, check="replaying:fails")])
    assert code == 1
    assert "does not hold as stated: off by one" in out
    assert settle(replace(right, smtlib=SQUARE.smtlib)).status == "error"
    assert settle(replace(right, check="replaying:nothing")).status == "error"


@pytest.mark.parametrize(
    ("obligations", "message"),
    [([replace(SQUARE, axioms=("made_up",))], "there is no axiom 'made_up'"), ([SQUARE, SQUARE], "two theorems are called")],
)
def test_faulty_statements_fail(check: Run, obligations: list[Obligation], message: str) -> None:
    code, out, _ = check(obligations)
    assert code == 1
    assert message in out


def test_a_family_that_cannot_be_loaded_fails_the_run(check: Run, capsys: pytest.CaptureFixture[str]) -> None:
    check([SQUARE])
    assert command.main(["--quiet"], families=["fake", "nowhere"]) == 1
    assert "family 'nowhere' cannot be loaded: ModuleNotFoundError" in capsys.readouterr().out


def test_selection(check: Run) -> None:
    assert "1 theorem proved" in check([SQUARE, FALSE], "-k", "SQU")[1]
    assert "1 theorem proved" in check([SQUARE, FALSE], "-k", "*.sq[tu]are")[1]
    code, out, err = check([SQUARE, FALSE], "-k", "cosine")
    assert (code, out) == (2, "")
    assert err == "proofs: no theorem matches 'cosine'\n"


def test_list_settles_nothing(check: Run) -> None:
    assert check([SQUARE, BOUND], "--list") == (0, "fake.square: x² >= 0 for all real x\nfake.bound: x² > 1 if x > 1\n", "")


@pytest.mark.parametrize(
    "options", [["-j", "0"], ["-j", "x"], ["--timeout", "-1"], ["--timeout", "nan"], ["--steps", "0"], ["--solver", "mathsat"]]
)
def test_bad_options(check: Run, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        check([SQUARE], *options)
    assert stopped.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--json", "no/such/dir/r.json"], ["--json", "."], ["--smtlib", "replaying.py"]])
def test_reports_that_cannot_be_written_are_bad_usage(check: Run, options: list[str]) -> None:
    code, _, err = check([SQUARE], *options)
    assert code == 2
    assert re.fullmatch(r"proofs: --(json|smtlib) \S+: .+\n", err)


# --- mutants ---------------------------------------------------------------------------------------------------------


def test_mutants(check: Run) -> None:
    refuted = Mutant("fake.square", "x²  ->  x", (SQUARE, FALSE))
    unequal = Mutant("fake.equal", "s  ->  x", (UNEQUAL,))
    unproved = Mutant("fake.cubes", "43  ->  42", (UNKNOWN,))
    code, out, _ = check([SQUARE], "--mutants", "--steps", "20000", "--json", "r.json", mutants=[refuted, unequal, unproved])
    assert code == 0
    assert "3 of 3 mutants killed" in out
    assert "fake.cubes: 43 -> 42 [Z3: no answer within 20,000 steps" in out
    verdicts = [mutant["verdict"] for mutant in json.loads(Path("r.json").read_text())["mutants"]["list"]]
    assert verdicts == ["refuted", "refuted", "not proved"]


@pytest.mark.parametrize(
    ("mutant", "message"),
    [
        (Mutant("fake.square", "x² -> x·x", (SQUARE,)), "SURVIVED fake.square: x² -> x·x"),
        (Mutant("fake.bound", "x² -> x·x", (BOUND,)), "SURVIVED fake.bound"),
        (Mutant("fake.empty", "nothing", ()), "SURVIVED fake.empty"),
        (Mutant("fake.broken", "no script", (replace(SQUARE, smtlib="(assert (foo))"),)), "BROKEN fake.broken"),
    ],
)
def test_mutants_that_are_not_killed_fail_the_run(check: Run, mutant: Mutant, message: str) -> None:
    code, out, _ = check([SQUARE], "--mutants", mutants=[mutant])
    assert code == 1
    assert message in out
    assert "0 of 1 mutants killed" in out


@pytest.mark.slow
def test_a_mutant_is_not_killed_by_lack_of_steps(check: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "MUTANT_STEPS", 1)
    code, out, _ = check([FALSE], "--mutants", mutants=[Mutant("fake.square", "x²  ->  x·x", (SQUARE,))])
    assert code == 1
    assert "SURVIVED fake.square" in out


# --- cache -----------------------------------------------------------------------------------------------------------


def test_results_are_used_again_without_workers(check: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    first = check([SQUARE, BOUND, REFUTED])
    monkeypatch.setattr(command, "run", None)
    code, out, err = check([SQUARE, BOUND, REFUTED])
    assert (first[0], code, err) == (0, 0, "")
    assert "(3 from the cache)" in out
    assert "[fake.refuted: 3/2² is 9/4]" in out


def test_a_result_that_is_not_what_is_stated_is_ignored(check: Run) -> None:
    check([SQUARE])
    content = json.loads(command.FILE.read_text())
    for entry in content["entries"].values():
        entry["status"] = "refuted"
    command.FILE.write_text(json.dumps(content))
    code, out, _ = check([SQUARE])
    assert code == 0
    assert "1 theorem proved, 0 refuted as stated, 0 failed" in out
    assert "from the cache" not in out


def test_no_cache_comes_with_a_checkout() -> None:
    assert not cache.FILE.is_relative_to(ROOT)


def test_failures_are_tried_again(check: Run) -> None:
    check([SQUARE, FALSE])
    assert "(1 from the cache)" in check([SQUARE, FALSE])[1]


def test_no_cache_reads_and_writes_nothing(check: Run) -> None:
    check([SQUARE], "--no-cache")
    assert not command.FILE.exists()
    check([SQUARE])
    assert "from the cache" not in check([SQUARE], "--no-cache")[1]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1, "entries": 7}', '{"format": 99}', '{"format": 1, "entries": {"k": 1}}'])
def test_a_damaged_cache_is_rebuilt(check: Run, content: str) -> None:
    command.FILE.parent.mkdir()
    command.FILE.write_text(content)
    assert check([SQUARE])[0] == 0
    code, out, err = check([SQUARE])
    assert (code, err) == (0, "")
    assert "(1 from the cache)" in out


def test_an_unwritable_cache_is_a_note(check: Run) -> None:
    command.FILE.parent.write_text("a file where the directory should be")
    code, _, err = check([SQUARE])
    assert code == 0
    assert re.fullmatch(r"proofs: no cache: .*\n", err)


@pytest.mark.parametrize(
    "change",
    [
        {"smtlib": SQUARE.smtlib + " "},
        {"expected": "sat"},
        {"witness": X},
        {"identities": (("x", "x"),)},
        {"relations": ("x",)},
        {"hypotheses": ("x > 0",)},
        {"replay": "replaying:confirm"},
    ],
)
def test_the_key_depends_on_what_is_claimed(change: dict[str, Any]) -> None:
    store = Cache(None)
    assert store.key(replace(SQUARE, **change)) != store.key(SQUARE)


def test_the_key_depends_on_the_checker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = {Cache(None).key(REFUTED), Cache(None).key(REFUTED, "cvc5")}
    (tmp_path / "replaying.py").write_text(REPLAYING + "\n")
    keys.add(Cache(None).key(REFUTED))
    monkeypatch.setattr(cache, "versions", lambda: {"z3": "0"})
    keys.add(Cache(None).key(REFUTED))
    monkeypatch.setattr(cache, "ROOT", tmp_path)
    keys.add(Cache(None).key(REFUTED))
    assert len(keys) == 5


@pytest.mark.parametrize(
    "module", ["micrograd/verified/heads.py", "micrograd/verified/interning.py", "micrograd/prove/new.py", "proofs/x.py"]
)
def test_the_key_depends_on_every_module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str) -> None:
    tree = tmp_path / "tree"
    for name in ("micrograd/verified/heads.py", "micrograd/verified/interning.py", "proofs/solvers.py"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("x = 1\n")
    monkeypatch.setattr(cache, "ROOT", tree)
    before = Cache(None).key(SQUARE)
    (tree / module).parent.mkdir(parents=True, exist_ok=True)
    (tree / module).write_text("x = 2\n")
    assert Cache(None).key(SQUARE) != before


# --- reports ---------------------------------------------------------------------------------------------------------


def test_json_report(check: Run) -> None:
    check([BOUND, FALSE], "--json", "r.json")
    content = json.loads(Path("r.json").read_text())
    assert content["totals"] == content["totals"] | {"theorems": 2, "proved": 1, "refuted": 0, "failed": 1}
    assert content["ok"] is False
    bound, false = content["theorems"]
    assert bound["hypotheses"] == ["x > 1"]
    assert (bound["status"], bound["oracles"], bound["axioms"]) == ("proved", ["z3"], ["exp_add"])
    assert (false["status"], false["model"]) == ("false", {"x": "0"})
    assert [axiom["name"] for axiom in content["axioms"]] == ["exp_add"]


def test_smtlib_files_can_be_replayed(check: Run) -> None:
    odd = replace(SQUARE, name="fake.grad'/../x y", statement="two\nlines\r\nhere")
    check([BOUND, REFUTED, odd, replace(SQUARE, name="fake.grad_.._.x_y"), replace(EQUAL, smtlib="")], "--smtlib", "out")
    files = sorted(Path("out").glob("*.smt2"))
    assert len(files) == 4
    for file in [*files, *Path("out/witness").glob("*.smt2")]:
        text = file.read_text()
        status = re.search(r"\(set-info :status (\w+)\)", text)
        assert status is not None
        assert text.rstrip().endswith("(check-sat)")
        solver = z3.Solver()
        solver.from_string(text)
        assert str(solver.check()) == status[1]
    assert "; fake.bound\n; x² > 1\n; if x > 1\n" in Path("out/fake.bound.smt2").read_text()
    assert [file.name for file in Path("out/witness").iterdir()] == ["fake.bound.smt2"]


# --- interruption ----------------------------------------------------------------------------------------------------

INTERRUPTED = """
    import signal
    import sys
    from pathlib import Path
    from types import ModuleType
    import proofs.__main__ as command
    from proofs.obligation import Obligation

    def obligations():
        yield Obligation("fake.first", "fake", "quick", "(assert false)")
        for i in range(3):
            yield Obligation(f"fake.{i}", "fake", "slow", "(declare-const x Real)(assert (> x 0.0))", "sat", replay="replaying:stay")

    if __name__ == "__main__":
        signal.signal(signal.SIGINT, signal.default_int_handler)  # shells start what runs in the background without one
        sys.modules["proofs.fake"] = ModuleType("proofs.fake")
        sys.modules["proofs.fake"].obligations = obligations
        command.FILE = Path("cache.json")
        sys.exit(command.main(["-j", "2", "--json", "r.json", "--timeout", "50"], families=["fake"]))
"""


@pytest.fixture
def working(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The command in a session of its own, with its workers at work."""
    (tmp_path / "interrupted.py").write_text(textwrap.dedent(INTERRUPTED))
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    process = subprocess.Popen(
        [sys.executable, "interrupted.py"], cwd=tmp_path, env=environment, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        _wait_for(lambda: len(list(tmp_path.glob("started-*"))) == 2)
        yield process
    finally:
        if _group_is_alive(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def _group_is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("to_all", [False, True], ids=["parent", "terminal"])
def test_interrupt_stops_everything(working: subprocess.Popen[str], tmp_path: Path, to_all: bool) -> None:
    (os.killpg if to_all else os.kill)(working.pid, signal.SIGINT)
    out, err = working.communicate(timeout=120)
    assert working.returncode == 130
    assert (out, err) == ("", "proofs: interrupted\n")
    _wait_for(lambda: not _group_is_alive(working.pid))
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(("started", "__pycache__"))} == {
        "interrupted.py", "replaying.py", "cache.json",
    }  # fmt: skip
    assert [entry["name"] for entry in json.loads(Path("cache.json").read_text())["entries"].values()] == ["fake.first (settle)"]


def test_workers_do_not_survive_their_parent(working: subprocess.Popen[str]) -> None:
    working.kill()
    working.communicate(timeout=120)
    _wait_for(lambda: not _group_is_alive(working.pid))
