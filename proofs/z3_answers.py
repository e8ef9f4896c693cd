"""Asking Z3 whether a script is satisfiable, and reading its models.

The plain solver is asked first.  If it gives up, so are other strategies: values are tried for some of the constants, which finds
counter-models that a decision procedure misses, then Z3's SMT core and its strategy for real arithmetic are asked.  Each works in a Z3
context of its own, so that an answer does not depend on earlier questions, and each has the same number of Z3's steps (``rlimit``), so that
it does not depend on the machine or its load either.  Seconds are the outermost limit only.

Trust: ``unsat`` is Z3's word.  ``sat`` comes with a model, and with whether the script's assertions evaluate to true in it.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from importlib import import_module
from typing import Any, Literal, TypeAlias

from micrograd.isolation import find_the_solver

Strategy: TypeAlias = "Callable[[Any, Any, Sequence[Any], Limits], Answer]"

TRIALS = 60
TRIAL_STEPS = 100_000
TRIAL_VALUES = ("1", "-1", "2", "1/2", "-2", "-1/2", "1/4", "3", "-3", "1/8", "9/8")


class UnreadableScript(ValueError):
    """Z3 cannot parse the script."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Z3 says: the verdict, the strategy that found it (or the reason why there is none), a model."""

    verdict: Literal["sat", "unsat", "unknown"]
    reason: str = ""
    model: Mapping[str, str] = field(default_factory=dict)
    evaluated: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How long Z3 may work on one question: steps (its ``rlimit``), and a moment of `time.monotonic` at which everything ends."""

    steps: int
    deadline: float

    @property
    def milliseconds(self) -> int:
        """What is left until the deadline."""
        return max(1, min(int(1000 * (self.deadline - time.monotonic())), 2**31))


def ask_z3(script: str, limits: Limits, *, last: bool = True, fallbacks: bool = True) -> Answer:
    """Z3's answer to the conjunction of the script's assertions, without the last one unless ``last``.

    >>> ask_z3("(declare-const x Real)(assert (= (* x x x) 8.0))", Limits(10**6, time.monotonic() + 60)).model
    {'x': '2'}

    Raises:
        UnreadableScript: as it says.
    """
    find_the_solver()
    z3: Any = import_module("z3")
    strategies = _STRATEGIES if fallbacks and not _FLOATING_POINT.search(script) else _STRATEGIES[:1]
    reasons: list[str] = []
    for label, strategy in strategies:
        if time.monotonic() >= limits.deadline:
            raise TimeoutError
        context = z3.Context()
        assertions = _assertions(z3, context, script)
        found = strategy(z3, context, assertions if last else assertions[:-1], limits)
        if found.verdict != "unknown":
            return Answer(found.verdict, label, found.model, found.evaluated)
        reasons.append(found.reason)
    tried = ", ".join(dict.fromkeys(filter(None, reasons)))
    return Answer("unknown", f"no answer within {limits.steps:,} steps ({tried or 'none found'})")


def _assertions(z3: Any, context: Any, script: str) -> list[Any]:
    solver = z3.Solver(ctx=context)
    try:
        solver.from_string(script)
    except z3.Z3Exception as reason:
        raise UnreadableScript(f"Z3 cannot read the script: {_message(reason)}") from None
    return list(solver.assertions())


def _check(z3: Any, solver: Any, assertions: Sequence[Any], limits: Limits, steps: int | None = None) -> Answer:
    solver.set("rlimit", steps or limits.steps)
    solver.set("timeout", limits.milliseconds)
    solver.add(*assertions)
    verdict = str(solver.check())
    if verdict == "sat":
        model = solver.model()
        evaluated = all(z3.is_true(model.eval(a, model_completion=True)) for a in assertions)
        return Answer("sat", "", model_as_text(z3, assertions, model), evaluated)
    if verdict == "unsat":
        return Answer("unsat")
    return Answer("unknown", " ".join(str(solver.reason_unknown()).split()))


def _plain(z3: Any, context: Any, assertions: Sequence[Any], limits: Limits) -> Answer:
    return _check(z3, z3.Solver(ctx=context), assertions, limits)


def _smt_core(z3: Any, context: Any, assertions: Sequence[Any], limits: Limits) -> Answer:
    return _check(z3, z3.SimpleSolver(ctx=context), assertions, limits)


def _real_arithmetic(z3: Any, context: Any, assertions: Sequence[Any], limits: Limits) -> Answer:
    return _check(z3, z3.SolverFor("QF_NRA", ctx=context), assertions, limits)


def _trial(z3: Any, context: Any, assertions: Sequence[Any], limits: Limits) -> Answer:
    """Look for a model in which some of the real constants have small rational values; never says ``unsat``."""
    symbols = _symbols(z3, assertions)
    constants = [d() for _, d in sorted(symbols.items()) if d.arity() == 0 and d.range() == z3.RealSort(context)]
    chance = random.Random(0)
    for _ in range(TRIALS if constants else 0):
        if time.monotonic() >= limits.deadline:
            raise TimeoutError
        fixed = [c == z3.RealVal(chance.choice(TRIAL_VALUES), context) for c in constants if chance.random() < 0.5]
        found = _check(z3, z3.Solver(ctx=context), [*assertions, *fixed], limits, min(TRIAL_STEPS, limits.steps))
        if found.verdict == "sat":
            return found
    return Answer("unknown")


_STRATEGIES: tuple[tuple[str, Strategy], ...] = (
    ("", _plain),
    ("by Z3 with values tried", _trial),
    ("by Z3's SMT core", _smt_core),
    ("by Z3's QF_NRA strategy", _real_arithmetic),
)
_FLOATING_POINT = re.compile(r"FloatingPoint|\bFloat(16|32|64|128)\b|\(fp ")


# --- text ------------------------------------------------------------------------------------------------------------


def _message(reason: Exception) -> str:
    text = str(reason.args[0].decode() if reason.args and isinstance(reason.args[0], bytes) else reason)
    return " ".join(text.replace('(error "', "").replace('")', "").split())


def model_as_text(z3: Any, assertions: Sequence[Any], model: Any) -> dict[str, str]:
    """Values of all constants of the script by name, then the interpretations of its functions, of those that the model has.

    Reals are exact (``3/4``; an algebraic number is a decimal that ends in ``?``), floats are their bits in hexadecimal.
    """
    values: dict[str, str] = {}
    functions = {d.name(): d for d in model.decls() if d.kind() == z3.Z3_OP_UNINTERPRETED}
    for name, symbol in (functions | _symbols(z3, assertions)).items():
        if symbol.arity() == 0:
            values[name] = _value_as_text(z3, model.eval(symbol(), model_completion=True))
        elif name in functions:
            values[name] = " ".join(str(model[symbol]).split())
    return dict(sorted(values.items()))


def _symbols(z3: Any, assertions: Sequence[Any]) -> dict[str, Any]:
    """The uninterpreted constants and functions of the assertions by name."""
    found: dict[str, Any] = {}
    stack, seen = list(assertions), set()
    while stack:
        term = stack.pop()
        if term.get_id() in seen:
            continue
        seen.add(term.get_id())
        if z3.is_app(term) and term.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found.setdefault(term.decl().name(), term.decl())
        stack.extend(term.children())
    return found


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
