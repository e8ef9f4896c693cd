"""Settling one obligation: Z3, the identity check, replay on the machine, and cvc5 as a second opinion.

An `Obligation` is settled as stated when all of these hold; the first that does not ends the attempt:

1. Z3 gives the ``expected`` answer to ``smtlib``.  The plain solver is asked first; if it gives up, other strategies of Z3
   get what is left of the time, and the evidence names the one that answered.  ``unknown`` settles nothing.
2. The hypotheses can hold: Z3 answers ``sat`` to ``witness``, and does not answer ``unsat`` to ``smtlib`` without its last
   assertion, which is the negated goal (so that axioms, lemmas and hypotheses together are not contradictory either).
3. SymPy and flint confirm every pair in ``identities``.
4. For ``expected = "sat"``, the ``replay`` function confirms the model outside the solver; without one, the model must
   satisfy the script when it is evaluated.

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
from fractions import Fraction
from importlib import import_module
from typing import Any, Literal, TypeAlias

from proofs.identities import Disagreement, check
from proofs.obligation import Obligation

Status: TypeAlias = Literal["proved", "refuted", "false", "vacuous", "identity", "unconfirmed", "disagree", "unknown", "error"]
Note: TypeAlias = Callable[[str], None]

SETTLED: frozenset[Status] = frozenset(["proved", "refuted"])
"""Settled as stated: an ``unsat`` obligation is proved, a ``sat`` obligation is refuted with a confirmed model."""

CONSISTENCY_SECONDS = 2.0
"""Time for the search of a contradiction among the assumptions; none found is no failure."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an obligation.

    Attributes:
        status: see `SETTLED`; ``false`` has a counter-model (or none where one was promised), ``vacuous`` contradictory
            hypotheses, ``identity`` an identity that fails, ``unconfirmed`` a model that replay rejects, ``disagree`` two
            oracles that contradict each other, ``unknown`` no answer in time, ``error`` an obligation that cannot be read.
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


def settle(obligation: Obligation, timeout: float, note: Note = lambda step: None) -> Outcome:
    """Try everything the obligation asks for; never raises for what the obligation contains.

    Args:
        obligation: what is claimed.
        timeout: seconds for all steps together, as far as the libraries listen; the caller enforces it.
        note: told the step that begins.
    """
    started = time.perf_counter()
    status: Status = "refuted" if obligation.expected == "sat" else "proved"
    oracles: list[str] = []
    evidence: list[str] = []
    model: Mapping[str, str] = {}
    try:
        model = _steps(obligation, time.monotonic() + timeout, note, oracles, evidence)
    except Unsettled as reason:
        status, evidence, model = reason.status, [reason.evidence], reason.model
    except TimeoutError:
        status, evidence = "unknown", [f"no answer within {timeout:g} s"]
    except Disagreement as reason:
        status, evidence = "disagree", [str(reason)]
    except Exception as reason:
        status, evidence = "error", [describe(reason)]
    return Outcome(status, tuple(oracles), time.perf_counter() - started, "; ".join(filter(None, evidence)), model)


def _steps(obligation: Obligation, deadline: float, note: Note, oracles: list[str], evidence: list[str]) -> Mapping[str, str]:
    """All steps; fills the lists, returns the model of a refutation."""
    model: Mapping[str, str] = {}
    _require_well_formed(obligation)
    if obligation.smtlib.strip():
        note("Z3")
        answer = ask_z3(obligation.smtlib, deadline - time.monotonic())
        evidence.append(_judge(answer, obligation))
        model = answer.model if obligation.expected == "sat" else {}
        note("Z3 on the hypotheses")
        _require_consistent(obligation, deadline)
        oracles.append("z3")
    for lhs, rhs in obligation.identities:
        note("SymPy and flint")
        with time_limit(deadline - time.monotonic()):
            verdict = check(lhs, rhs, obligation.relations)
        if not verdict.ok:
            raise Unsettled("identity", verdict.detail)
    oracles.extend(["sympy", "flint"] if obligation.identities else [])
    if obligation.replay is not None and obligation.expected == "sat":
        note("replay")
        with time_limit(deadline - time.monotonic()):
            evidence.append(replay(obligation, model))
        oracles.append("replay")
    return model


def _require_well_formed(obligation: Obligation) -> None:
    if not obligation.smtlib.strip() and not obligation.identities:
        raise Unsettled("error", "nothing to settle: neither a script nor identities")
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


def _require_consistent(obligation: Obligation, deadline: float) -> None:
    if obligation.witness is not None:
        answer = ask_z3(obligation.witness, deadline - time.monotonic())
        if answer.verdict == "unsat":
            raise Unsettled("vacuous", "the hypotheses contradict each other")
        if answer.verdict == "unknown":
            raise Unsettled("unknown", f"Z3 on the hypotheses: {answer.reason or 'unknown'}")
    if obligation.expected == "unsat":
        seconds = min(CONSISTENCY_SECONDS, deadline - time.monotonic())
        if ask_z3(obligation.smtlib, seconds, last=False, fallbacks=False).verdict == "unsat":
            raise Unsettled("vacuous", "the assumptions (hypotheses, axioms, lemmas) contradict each other")


def describe(reason: BaseException) -> str:
    """An exception as one line."""
    text = " ".join(str(reason).split())
    return f"{type(reason).__name__}: {text}" if text else type(reason).__name__


def show_model(model: Mapping[str, str]) -> str:
    """A model as one line."""
    return ", ".join(f"{name} = {value}" for name, value in model.items()) or "any values"


# --- Z3 --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What Z3 says: the verdict, the strategy that found it (or the reason why there is none), a model."""

    verdict: Literal["sat", "unsat", "unknown"]
    reason: str = ""
    model: Mapping[str, str] = field(default_factory=dict)
    evaluated: bool = False


_STRATEGIES: tuple[tuple[str, Callable[[Any, Any], Any]], ...] = (
    ("", lambda z3, context: z3.Solver(ctx=context)),
    ("by Z3's SMT core", lambda z3, context: z3.SimpleSolver(ctx=context)),
    ("by Z3's QF_NRA strategy", lambda z3, context: z3.SolverFor("QF_NRA", ctx=context)),
)
_FLOATING_POINT = re.compile(r"FloatingPoint|\bFloat(16|32|64|128)\b|\(fp ")


def ask_z3(script: str, seconds: float, *, last: bool = True, fallbacks: bool = True) -> Answer:
    """Z3's answer to the conjunction of the script's assertions, without the last one unless ``last``.

    Each strategy gets half of the time that is left, the final one all of it.

    Raises:
        Unsettled: the script cannot be read.
    """
    z3: Any = import_module("z3")
    deadline = time.monotonic() + seconds
    strategies = _STRATEGIES if fallbacks and not _FLOATING_POINT.search(script) else _STRATEGIES[:1]
    reasons: list[str] = []
    for i, (label, make) in enumerate(strategies):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        share = left if i == len(strategies) - 1 else left / 2
        try:
            found = _run_z3(z3, make, script, max(1, int(1000 * share)), last)
        except z3.Z3Exception as reason:
            raise Unsettled("error", f"Z3 cannot read the script: {_z3_message(reason)}") from None
        if found.verdict != "unknown":
            return Answer(found.verdict, label, found.model, found.evaluated)
        reasons.append(found.reason)
    tried = ", ".join(dict.fromkeys(reasons)) or "no time left"
    return Answer("unknown", f"{tried} ({len(reasons)} of its strategies in {max(seconds, 0):.3g} s)")


def _run_z3(z3: Any, make: Callable[[Any, Any], Any], script: str, milliseconds: int, last: bool) -> Answer:
    """One strategy, in a context of its own: the answer does not depend on what was asked before."""
    context = z3.Context()
    solver = make(z3, context)
    solver.set("timeout", milliseconds)
    solver.from_string(script)
    if not last:
        assertions = list(solver.assertions())[:-1]
        solver.reset()
        solver.add(*assertions)
    verdict = str(solver.check())
    if verdict == "sat":
        model = solver.model()
        evaluated = all(z3.is_true(model.eval(a, model_completion=True)) for a in solver.assertions())
        return Answer("sat", "", model_as_text(z3, solver, model), evaluated)
    if verdict == "unsat":
        return Answer("unsat")
    return Answer("unknown", " ".join(str(solver.reason_unknown()).split()))


def _z3_message(reason: Exception) -> str:
    text = str(reason.args[0].decode() if reason.args and isinstance(reason.args[0], bytes) else reason)
    return " ".join(text.replace('(error "', "").replace('")', "").split())


def model_as_text(z3: Any, solver: Any, model: Any) -> dict[str, str]:
    """Values of all constants of the script by name, then the interpretations of its functions.

    Reals are exact (``3/4``; an algebraic number is a decimal that ends in ``?``), floats are their bits in hexadecimal.
    """
    values: dict[str, str] = {}
    for declaration in _declarations(z3, solver.assertions(), model):
        if declaration.arity() == 0:
            values[declaration.name()] = _value_as_text(z3, model.eval(declaration(), model_completion=True))
    for declaration in model.decls():
        if declaration.arity() and declaration.kind() == z3.Z3_OP_UNINTERPRETED:
            values[declaration.name()] = " ".join(str(model[declaration]).split())
    return dict(sorted(values.items()))


def _declarations(z3: Any, assertions: Any, model: Any) -> list[Any]:
    """The uninterpreted symbols of the assertions, each once."""
    found = {d.name(): d for d in model.decls() if d.kind() == z3.Z3_OP_UNINTERPRETED}
    stack, seen = list(assertions), set()
    while stack:
        term = stack.pop()
        if term.get_id() in seen:
            continue
        seen.add(term.get_id())
        if z3.is_app(term) and term.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found.setdefault(term.decl().name(), term.decl())
        stack.extend(term.children())
    return list(found.values())


def _value_as_text(z3: Any, value: Any) -> str:
    if z3.is_rational_value(value):
        return str(Fraction(value.numerator_as_long(), value.denominator_as_long()))
    if z3.is_algebraic_value(value):
        return str(value.as_decimal(20))
    if isinstance(value, z3.FPNumRef):
        exponent, significand = value.ebits(), value.sbits()
        if value.isNaN():
            bits = ((1 << exponent) - 1) << (significand - 1) | 1 << (significand - 2)
        else:
            bits = z3.simplify(z3.fpToIEEEBV(value, ctx=value.ctx)).as_long()
        return f"0x{bits:0{(exponent + significand + 3) // 4}x}"
    if z3.is_bv_value(value):
        return f"0x{value.as_long():0{(value.size() + 3) // 4}x}"
    return " ".join(str(value).split())


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


def second_opinion(obligation: Obligation, timeout: float, note: Note = lambda step: None) -> Outcome:
    """What cvc5 says of the same scripts: ``proved`` if it agrees, ``disagree`` if it contradicts, else ``unknown``."""
    started = time.perf_counter()
    note("cvc5")
    wanted = [(obligation.smtlib, obligation.expected)]
    if obligation.witness is not None:
        wanted.append((obligation.witness, "sat"))
    status: Status = "proved"
    evidence = ""
    for script, expected in wanted:
        left = timeout - (time.perf_counter() - started)
        verdict, reason = ask_cvc5(script, left) if left > 0 else ("unknown", "no time left")
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


def ask_cvc5(script: str, seconds: float) -> tuple[str, str]:
    """cvc5's verdict on the conjunction of the script's assertions, and a reason if it is ``unknown``."""
    cvc5: Any = import_module("cvc5")
    try:
        manager = cvc5.TermManager()
        solver = cvc5.Solver(manager)
        solver.setOption("tlimit-per", str(max(1, int(1000 * seconds))))
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
