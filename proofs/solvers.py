"""Settling one obligation: Z3, the identity check, replay on the machine, and cvc5 as a second opinion.

An `Obligation` is settled as stated when all of these hold; the first that does not ends the attempt:

1. Z3 gives the ``expected`` answer to ``smtlib`` (`proofs.z3_answers`); the evidence names the strategy, if it is not the
   plain one.  ``unknown`` settles nothing.
2. The hypotheses can hold: Z3 answers ``sat`` to ``witness``, and does not answer ``unsat`` to ``smtlib`` without its last
   assertion, which is the negated goal (so that axioms, lemmas and hypotheses together are not contradictory either).
3. SymPy and flint confirm every pair in ``identities``.
4. For ``expected = "sat"``, the ``replay`` function confirms the model outside the solver; without one, the model must
   satisfy the script when it is evaluated.
5. What is cited, not proved, passes its ``check``.

Z3 is limited by its own count of steps, so that a theorem that is proved on one machine is proved on any, whatever its load.  Seconds are
the outermost limit; a theorem that runs into it has *no answer* (``unknown``), which does not mean that it is false.

Everything here runs in a worker process (`proofs.runner`) and works on plain text.

Trust: Z3's ``unsat`` is believed.  Its ``sat`` is confirmed by replay or by evaluation of the model.
"""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, TypeAlias

from proofs.identities import Disagreement, check
from proofs.obligation import Obligation
from proofs.z3_answers import Answer, Limits, UnreadableScript, ask_z3

Status: TypeAlias = Literal["proved", "refuted", "checked", "false", "vacuous", "identity", "unconfirmed", "disagree", "unknown", "error"]
Note: TypeAlias = Callable[[str], None]

SETTLED: frozenset[Status] = frozenset(["proved", "refuted", "checked"])
"""Settled as stated: an ``unsat`` obligation is proved, a ``sat`` obligation is refuted with a confirmed model, a citation checked."""

STEPS = 60_000_000
"""Z3's steps for one question; no theorem of this package needs even a third of them."""

SECONDS = 900.0
"""The outermost limit for one obligation."""

CONSISTENCY_STEPS = 50_000
"""For the search for a contradiction among the assumptions; to find none is no failure."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an obligation.

    Attributes:
        status: see `SETTLED`; ``false`` has a counter-model (or none where one was promised), ``vacuous`` contradictory
            hypotheses, ``identity`` an identity that fails, ``unconfirmed`` a model that replay rejects, ``disagree`` two
            oracles that contradict each other, ``unknown`` no answer within the limits, ``error`` an obligation that cannot be read.
        oracles: who said yes.
        seconds: time it took.
        evidence: a line for the report.
        model: values of the constants, if there is a model.
        cached: taken from an earlier run.
    """

    status: Status
    oracles: tuple[str, ...] = ()
    seconds: float = 0.0
    evidence: str = ""
    model: Mapping[str, str] = field(default_factory=dict)
    cached: bool = False

    @property
    def settled(self) -> bool:
        """Whether the obligation is settled as stated."""
        return self.status in SETTLED


class Unsettled(Exception):
    """Ends an attempt with a status, evidence, and perhaps a model."""

    def __init__(self, status: Status, evidence: str, model: Mapping[str, str] | None = None) -> None:
        super().__init__(evidence)
        self.status = status
        self.evidence = evidence
        self.model = model or {}


def settle(obligation: Obligation, steps: int = STEPS, seconds: float = SECONDS, note: Note = lambda step: None) -> Outcome:
    """Try everything the obligation asks for; never raises for what the obligation contains.

    Args:
        obligation: what is claimed.
        steps: of Z3, for each question.
        seconds: for everything together, as far as the libraries listen; the caller enforces it.
        note: told the step that begins.
    """
    started = time.perf_counter()
    status: Status = obligation.stated
    oracles: list[str] = []
    evidence: list[str] = []
    model: Mapping[str, str] = {}
    try:
        model = _steps(obligation, Limits(steps, time.monotonic() + seconds), note, oracles, evidence)
    except Unsettled as reason:
        status, evidence, model = reason.status, [reason.evidence], reason.model
    except TimeoutError:
        status, evidence = "unknown", [f"no answer within {seconds:g} s"]
    except UnreadableScript as reason:
        status, evidence = "error", [str(reason)]
    except Disagreement as reason:
        status, evidence = "disagree", [str(reason)]
    except Exception as reason:
        status, evidence = "error", [describe(reason)]
    return Outcome(status, tuple(oracles), time.perf_counter() - started, "; ".join(filter(None, evidence)), model)


def _steps(obligation: Obligation, limits: Limits, note: Note, oracles: list[str], evidence: list[str]) -> Mapping[str, str]:
    """All steps; fills the lists, returns the model of a refutation."""
    model: Mapping[str, str] = {}
    _require_well_formed(obligation)
    if obligation.smtlib.strip():
        note("Z3")
        answer = ask_z3(obligation.smtlib, limits)
        evidence.append(_judge(answer, obligation))
        model = answer.model if obligation.expected == "sat" else {}
        note("Z3 on the hypotheses")
        _require_consistent(obligation, limits)
        oracles.append("z3")
    for lhs, rhs in obligation.identities:
        note("SymPy and flint")
        with time_limit(limits.deadline - time.monotonic()):
            verdict = check(lhs, rhs, obligation.relations)
        if not verdict.ok:
            raise Unsettled("identity", verdict.detail)
    oracles.extend(["sympy", "flint"] if obligation.identities else [])
    if obligation.replay is not None and obligation.expected == "sat":
        note("replay")
        with time_limit(limits.deadline - time.monotonic()):
            evidence.append(replay(obligation, model))
        oracles.append("replay")
    if obligation.check is not None:
        note("check")
        with time_limit(limits.deadline - time.monotonic()):
            evidence.append(checked(obligation))
        oracles.append("arb")
    return model


def _require_well_formed(obligation: Obligation) -> None:
    if not obligation.smtlib.strip() and not obligation.identities and obligation.check is None:
        raise Unsettled("error", "nothing to settle: neither a script nor identities nor a check")
    if obligation.check is not None and (obligation.smtlib.strip() or obligation.identities):
        raise Unsettled("error", "what is proved is not cited, and what is checked is not proved")
    if not obligation.smtlib.strip() and obligation.expected == "sat":
        raise Unsettled("error", "a refutation needs a script that has a model")
    if obligation.hypotheses and obligation.witness is None and obligation.expected == "unsat":
        raise Unsettled("error", "hypotheses are stated, but there is no script to show that they can hold")
    if "(check-sat" in obligation.smtlib:
        raise Unsettled("error", "the script contains check-sat")


def _judge(answer: Answer, obligation: Obligation) -> str:
    """Compare Z3's answer with the expected one; the evidence if they agree."""
    if answer.verdict == "unknown":
        raise Unsettled("unknown", f"Z3: {answer.reason or 'unknown'}")
    if answer.verdict == obligation.expected:
        if answer.verdict == "sat" and obligation.replay is None and not answer.evaluated:
            raise Unsettled("unconfirmed", "the model does not satisfy the script when evaluated", answer.model)
        return answer.reason or ("settled by folding of constants" if "(assert false)" in obligation.smtlib else "")
    if answer.verdict == "unsat":
        raise Unsettled("false", "no model exists: the claim that was to be refuted holds")
    confirmed = "" if answer.evaluated else " (not confirmed by evaluation)"
    raise Unsettled("false", f"counter-model{confirmed}: {show_model(answer.model)}", answer.model)


def _require_consistent(obligation: Obligation, limits: Limits) -> None:
    if obligation.witness is not None:
        answer = ask_z3(obligation.witness, limits)
        if answer.verdict == "unsat":
            raise Unsettled("vacuous", "the hypotheses contradict each other")
        if answer.verdict == "unknown":
            raise Unsettled("unknown", f"Z3 on the hypotheses: {answer.reason or 'unknown'}")
    if obligation.expected == "unsat":
        fewer = Limits(min(CONSISTENCY_STEPS, limits.steps), limits.deadline)
        if ask_z3(obligation.smtlib, fewer, last=False, fallbacks=False).verdict == "unsat":
            raise Unsettled("vacuous", "the assumptions (hypotheses, axioms, lemmas) contradict each other")


def describe(reason: BaseException) -> str:
    """An exception as one line."""
    text = " ".join(str(reason).split())
    return f"{type(reason).__name__}: {text}" if text else type(reason).__name__


def show_model(model: Mapping[str, str]) -> str:
    """A model as one line."""
    return ", ".join(f"{name} = {value}" for name, value in model.items()) or "any values"


# --- replay ----------------------------------------------------------------------------------------------------------


def replay(obligation: Obligation, model: Mapping[str, str]) -> str:
    """The evidence that the obligation's replay function gives for the model.

    Raises:
        Unsettled: there is no such function, it raises, or it returns no text.
    """
    module, _, name = (obligation.replay or "").partition(":")
    try:
        function = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as reason:
        raise Unsettled("error", f"replay {obligation.replay!r} cannot be loaded: {describe(reason)}") from None
    try:
        evidence = function(obligation.name, dict(model))
    except TimeoutError:
        raise
    except Exception as reason:
        raise Unsettled("unconfirmed", f"replay of {show_model(model)}: {describe(reason)}", model) from None
    if not isinstance(evidence, str) or not evidence.strip():
        raise Unsettled("error", f"replay {obligation.replay!r} returned {evidence!r}, not a line of evidence")
    return " ".join(evidence.split())


def checked(obligation: Obligation) -> str:
    """The evidence that the obligation's check gives.

    Raises:
        Unsettled: the check does not pass.
    """
    module, _, name = (obligation.check or "").partition(":")
    try:
        function = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as reason:
        raise Unsettled("error", f"check {obligation.check!r} cannot be loaded: {describe(reason)}") from None
    try:
        return str(function(obligation.name, obligation.data))
    except AssertionError as reason:
        raise Unsettled("false", str(reason)) from None


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in Python code that runs longer; code of a library is interrupted when it returns to Python."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def expired(number: int, frame: object) -> None:
        raise TimeoutError

    previous = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


# --- cvc5 ------------------------------------------------------------------------------------------------------------


CVC5_STEPS = 1_000_000
"""cvc5's resource limit for one script."""
CVC5_SECONDS = 20.0
"""The outermost limit of a second opinion: there are scripts on which cvc5 does not count its work.  Without one no theorem changes."""


def second_opinion(obligation: Obligation, steps: int = CVC5_STEPS, note: Note = lambda step: None) -> Outcome:
    """What cvc5 says of the same scripts: ``proved`` if it agrees, ``disagree`` if it contradicts, else ``unknown``."""
    started = time.perf_counter()
    note("cvc5")
    wanted = [(obligation.smtlib, obligation.expected)]
    if obligation.witness is not None:
        wanted.append((obligation.witness, "sat"))
    status: Status = "proved"
    evidence = ""
    for script, expected in wanted:
        verdict, reason = ask_cvc5(script, steps)
        if verdict not in (expected, "unknown"):
            status, evidence = "disagree", f"cvc5 says {verdict} where {expected} was expected"
            break
        if verdict == "unknown" and script is obligation.smtlib:
            status, evidence = "unknown", f"cvc5: {reason}"
            break
    return Outcome(status, ("cvc5",) if status == "proved" else (), time.perf_counter() - started, evidence)


_REAL_CONSTANT = re.compile(r"\(declare-(?:const \S+|fun \S+ \(\s*\)) (?:Real|Bool)\)")
_NOT_REAL = re.compile(r"\(declare-|\b(?:forall|exists|Int|Array|String|BitVec|RoundingMode|to_int|is_int)\b|[fF]loat")


def logic_of(script: str) -> str:
    """``QF_NRA`` for a script without ``set-logic`` that speaks of real and Boolean constants only, else ``ALL``.

    >>> logic_of("(declare-const x Real)(assert (< (* x x) 0.0))")
    'QF_NRA'
    """
    return "ALL" if _NOT_REAL.search(_REAL_CONSTANT.sub("", script)) else "QF_NRA"


def ask_cvc5(script: str, steps: int) -> tuple[str, str]:
    """cvc5's verdict on the conjunction of the script's assertions, and a reason if it is ``unknown``."""
    cvc5: Any = import_module("cvc5")
    try:
        manager = cvc5.TermManager()
        solver = cvc5.Solver(manager)
        solver.setOption("rlimit-per", str(steps))
        solver.setOption("fp-exp", "true")  # binary16 too
        if "(set-logic" not in script:
            solver.setLogic(logic_of(script))
        parser = cvc5.InputParser(solver)
        parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "script")
        symbols = parser.getSymbolManager()
        while not (command := parser.nextCommand()).isNull():
            command.invoke(solver, symbols)
        result = solver.checkSat()
    except RuntimeError as reason:
        return "unknown", f"cannot read the script: {str(reason).partition('. ')[0]}"
    if result.isUnknown():
        return "unknown", str(result.getUnknownExplanation()).rpartition(".")[2].lower()
    return ("sat" if result.isSat() else "unsat"), ""
