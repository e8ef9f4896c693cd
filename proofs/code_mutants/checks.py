"""What must notice that the code is broken: claims for the prover alone, proof obligations, tests without the search for counterexamples.

All of it runs in the process that has the broken program.  `baseline` runs everything on the program as it is; what passes there, how long
it takes, and which functions it enters decides what `noticed` runs: quick ones first, nothing that fails anyway, and for the prover's files
only what enters the function that is broken.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib import import_module
from typing import Any

import pytest

from proofs.code_mutants.changes import ROOT, Mutant

CLAIMS = 60
"""Claims that are false, made at random, besides those of the tables."""
SECONDS = 5.0
"""For a claim, of the prover's time."""
PROOF_STEPS = 3_000_000
"""Z3's steps for an obligation."""
SLOW_CLAIM = 0.25
SLOW_TEST = 1.5
"""Seconds from which a check is too slow to be run on every mutant."""
SUITE = 25.0
"""Seconds of tests for each mutant."""
QUICK = 4.0
"""Seconds of tests and of claims for each mutant in a quick pass, in which the prover's proof obligations, which are many, are left out."""

_CORE = (
    "tests/verified/test_kernel.py",
    "tests/verified/test_differentiation.py",
    "tests/verified/test_simplification.py",
    "tests/verified/test_registry.py",
    "tests/verified/test_special_functions.py",
    "tests/verified/test_certificate.py",
    "tests/verified/test_axioms.py",
    "tests/carriers/test_evaluation.py",
    "tests/proofs/test_language.py",
)
_PROVE = (
    "tests/prove/test_regressions.py",
    "tests/prove/points/test_removable.py",
    "tests/prove/test_decide.py",
    "tests/prove/test_handwritten_kinds.py",
    "tests/prove/test_soundness.py",
    "tests/prove/test_axioms.py",
)
_TRACING = (
    "tests/trace/test_infinities.py",
    "tests/trace/test_constants.py",
    "tests/trace/test_tracing_hidden.py",
    "tests/trace/test_tracing.py",
    "tests/trace/test_tracing_constructs.py",
)
_OWN = {
    "prove/normal": ("tests/prove/normal/test_cell.py",),
    "trace": _TRACING,
    "trace/lookalikes": ("tests/trace/test_standard.py", "tests/trace/test_numerics.py", "tests/trace/test_special.py", *_TRACING),
}
"""Tests of files that are not named after them, by folder."""
_CHECKER = (
    "tests/verified/verdicts/test_forged.py",
    "tests/verified/verdicts/test_bad_input.py",
    "tests/verified/verdicts/test_rules.py",
    "tests/prove/certificates/test_certificates.py",
)
_FAMILIES = ("induction", "hypotheses", "rewrites", "primitives", "special_functions")
ROWS = ("primitives", "activations", "special_functions")
"""Files of rows: what they say of ranges, of parity and of normal forms is proved besides, and the axioms that they name are compared with
those of their proofs."""


@dataclass(frozen=True)
class Plan:
    """What is run on the mutants of a file."""

    tests: tuple[str, ...]
    families: tuple[str, ...]


def plan(file: str) -> Plan:
    """By the part of the program."""
    if "/verdicts/" in file:
        return Plan(_CHECKER + _PROVE, ("verdict_rules",))
    if _in_the_prover(file):
        return Plan(own(file) + _PROVE, ("rules",))
    return Plan(tuple(dict.fromkeys(own(file) + _CORE)), _FAMILIES + (("columns", "rules") if _stem(file) in ROWS else ()))


def _stem(file: str) -> str:
    return file.rpartition("/")[2].removesuffix(".py")


def own(file: str) -> tuple[str, ...]:
    """Test files that are about the file first of all."""
    if _stem(file) in ROWS:
        return ("tests/proofs/test_language.py",)
    folder = file.rpartition("/")[0].removeprefix("micrograd/")
    named = f"tests/{folder}/test_{_stem(file)}.py"
    found = (named,) if (ROOT / named).exists() and named not in _CORE + _PROVE else ()
    return tuple(dict.fromkeys((*found, *_OWN.get(folder, ()))))


@dataclass
class Baseline:
    """How the program as it is fares.

    Attributes:
        limit: seconds of claims and of tests, as they were taken, for each mutant.
        claims: claims with the prover's answer, seconds, the functions of the prover that they enter, and a number; those that are answered
            rightly and quickly.
        obligations: digests of what is to be proved, by family.
        tests: seconds and functions of each test that passes, by file.
    """

    limit: float = float("inf")
    claims: list[tuple[dict[str, Any], str, float, list[str], int]] = field(default_factory=list)
    obligations: dict[str, dict[str, str]] = field(default_factory=dict)
    tests: dict[str, dict[str, tuple[float, list[str]]]] = field(default_factory=dict)

    def favour(self, answer: str | None) -> None:
        """Try first what has noticed a mutant: it may notice the next one too."""
        label = (answer or "").partition(":")[0]
        number = label.removeprefix("claim ")
        if label != number:
            self.claims.sort(key=lambda entry: entry[4] != int(number))

    def add(self, part: str, result: Any) -> None:
        """Take the result of a part in (`baseline`)."""
        if part == "claims":
            self.claims = result
        elif part.endswith(".py"):
            self.tests[part] = result
        else:
            self.obligations[part] = result


class Entered:
    """The functions of the prover that are entered meanwhile, as "file::name", and the time it takes; the time includes the watching."""

    def __init__(self) -> None:
        self.codes: set[Any] = set()

    def __enter__(self) -> Entered:
        self.start = time.process_time()
        sys.setprofile(self._see)
        return self

    def _see(self, frame: Any, event: str, argument: Any) -> None:
        if event == "call":
            self.codes.add(frame.f_code)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        self.seconds = time.process_time() - self.start

    @property
    def functions(self) -> list[str]:
        """In order of the alphabet."""
        return sorted({_label(code) for code in self.codes if _in_the_prover(code.co_filename)})


def _label(code: Any) -> str:
    parts = [part for part in code.co_qualname.split(".") if not part.startswith("<")]
    return f"micrograd/{code.co_filename.rpartition('/micrograd/')[2]}::{'.'.join(parts)}"


def _in_the_prover(file: str) -> bool:
    """Or in the checker of its certificates, without which it proves nothing."""
    return any(part in file for part in ("micrograd/prove/", "micrograd/trace/", "micrograd/verified/verdicts/"))


def concerns(mutant: Mutant, functions: list[str]) -> bool:
    """Whether a check that enters these functions can notice the mutant; the body of a class runs when it is imported."""
    if not _in_the_prover(mutant.file) or not mutant.function or mutant.function.rpartition(".")[2].lstrip("_")[:1].isupper():
        return True
    return f"{mutant.file}::{mutant.function}" in functions


# --- claims for the prover alone ---------------------------------------------------------------------------------------


def _all_claims() -> Iterator[Any]:
    """Claims that are true, then claims whose defect hides."""
    from tests.prove import bed
    from tests.prove.guards import GUARDED
    from tests.prove.test_regressions import RIGHT, WRONG

    for row in GUARDED:
        stated = "y > 0" if "log(y)" in row.function else "True"
        yield bed.Claim("true", "derivative", row.function, row.slope, stated, "", None)
        if row.second:
            yield bed.Claim("true", "hessian", row.function, row.second, stated, "", None)
    for table, witness in ((RIGHT, None), (WRONG, {"x": "0"})):
        for function, claim, stated in table.values():
            yield bed.Claim("regression", "derivative", function, claim, stated, "", witness)
    for name in bed.FUNCTIONS:
        yield from _with_twin(bed.made(random.Random(name), partial(bed.primitive, name=name, stated="True")))
    for seed in range(CLAIMS):
        yield from _with_twin(bed.made(random.Random(f"mutants {seed}")))


def _with_twin(claim: Any) -> Iterator[Any]:
    from tests.prove.bed import twin

    if claim is not None:
        yield claim
        other = twin(claim)
        if other is not None:
            yield other


def _claims() -> list[tuple[dict[str, Any], str, float, list[str], int]]:
    from tests.prove.bed import word

    found: list[tuple[dict[str, Any], str, float, list[str], int]] = []
    for claim in _all_claims():
        with Entered() as entered:
            answer = word(claim, seconds=2 * SLOW_CLAIM)
        seconds = entered.seconds
        wrong = answer in ("proved", "nothing there") if claim.witness else answer != "proved"
        if not wrong and not answer.startswith("crash") and seconds < SLOW_CLAIM:
            found.append((asdict(claim), answer, seconds, entered.functions, len(found)))
    return sorted(found, key=lambda entry: entry[2])


def _claim_noticed(baseline: Baseline, mutant: Mutant) -> str | None:
    from tests.prove.bed import Claim, word

    left = baseline.limit
    for fields, answer, seconds, functions, number in baseline.claims:
        if not concerns(mutant, functions):
            continue
        left -= seconds
        if left < 0:
            break
        claim = Claim(**fields)
        now = word(claim, seconds=SECONDS)
        if now.startswith("crash"):
            return f"claim {number}: {now.partition(':')[0]}: {claim}"
        if claim.witness is None and now != answer:
            return f"claim {number}: {now}, no longer {answer}: {claim}"
        if claim.witness is not None and now in ("proved", "nothing there"):
            return f"claim {number}: {now}: {claim}"
    return None


# --- proof obligations -------------------------------------------------------------------------------------------------


def _obligations(family: str) -> dict[str, Any]:
    return {o.name: o for o in import_module(f"proofs.{family}").obligations()}


def _digest(obligation: Any) -> str:
    return hashlib.sha256(repr(obligation).encode()).hexdigest()


def _proof_noticed(baseline: Baseline, families: tuple[str, ...]) -> str | None:
    """The first obligation that has become another one and is not proved; one that is the same as before is settled as before."""
    from proofs.solvers import settle

    for family in families:
        known = baseline.obligations.get(family, {})
        found = _obligations(family)
        lost = known.keys() - found.keys()
        if lost:
            return f"proofs: {sorted(lost)[0]} is not stated any more"
        changed = [o for name, o in found.items() if known.get(name) != _digest(o)]
        for obligation in changed[:25]:
            outcome = settle(obligation, PROOF_STEPS)
            if not outcome.settled:
                return f"proofs: {obligation.name}: {outcome.status}"
    return None


# --- tests -------------------------------------------------------------------------------------------------------------


class _Watcher:
    """A plugin of pytest: which tests run, in which order, and how they end."""

    def __init__(self, wanted: dict[str, float] | None) -> None:
        self.wanted = wanted
        self.seen: dict[str, tuple[float, list[str]]] = {}
        self.failed: list[str] = []

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self.wanted is not None:
            wanted = self.wanted
            items[:] = sorted((item for item in items if item.nodeid in wanted), key=lambda item: wanted[item.nodeid])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        if self.wanted is not None:
            return (yield)
        with Entered() as entered:
            result = yield
        self.seen[item.nodeid] = entered.seconds, entered.functions
        return result

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid or "collection")


def _pytest(files: tuple[str, ...], watcher: _Watcher, *options: str) -> None:
    from micrograd.prove.refute import without_search

    with without_search():
        plain = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain", "--no-header", "--tb=no"]
        pytest.main([*plain, *options, *files], plugins=[watcher])


def _test_noticed(baseline: Baseline, files: tuple[str, ...], mutant: Mutant) -> str | None:
    chosen: dict[str, float] = {}
    left = min(SUITE, baseline.limit)
    for file in files:
        share = left if file == files[-1] else max(left / 3, 5.0)
        for name, (seconds, functions) in sorted(baseline.tests.get(file, {}).items(), key=lambda entry: entry[1][0]):
            if seconds > share:
                break
            if not concerns(mutant, functions):
                continue
            chosen[name] = seconds
            share -= seconds
            left -= seconds
    if not chosen:
        return None
    watcher = _Watcher(chosen)
    _pytest(tuple(dict.fromkeys(name.partition("::")[0] for name in chosen)), watcher, "-x")
    return f"tests: {watcher.failed[0]}" if watcher.failed else None


# --- both --------------------------------------------------------------------------------------------------------------


def baseline(part: str) -> Any:
    """One part of the baseline: "claims", a family or a test file."""
    if part == "claims":
        return _claims()
    if not part.endswith(".py"):
        return {name: _digest(o) for name, o in _obligations(part).items()}
    watcher = _Watcher(None)
    _pytest((part,), watcher)
    return {name: seen for name, seen in watcher.seen.items() if name not in watcher.failed and seen[0] < SLOW_TEST}


def parts(files: list[str]) -> list[str]:
    """The parts of the baseline that mutants of the files need."""
    plans = [plan(file) for file in files]
    tests = [test for p in plans for test in p.tests]
    families = [family for p in plans for family in p.families]
    return list(dict.fromkeys(["claims", *families, *tests]))


def noticed(mutant: Mutant, known: Baseline) -> str | None:
    """What notices that the code is broken, None if nothing does."""
    todo = plan(mutant.file)
    sys.setrecursionlimit(5000)
    claims = partial(_claim_noticed, known, mutant)
    tests = partial(_test_noticed, known, todo.tests, mutant)
    proofs = partial(_proof_noticed, known, todo.families)
    checks = [claims, tests, proofs] if _in_the_prover(mutant.file) else [proofs, tests, claims]
    if known.limit < SUITE and checks[-1] is proofs:
        checks = checks[:-1]
    for check in checks:
        found = check()
        if found is not None:
            return found
    return None
