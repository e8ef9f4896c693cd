"""What must notice that the code is broken: claims for the prover alone, proof obligations, and tests without the search for counterexamples.

All of it runs in the process that has the broken program.  `baseline` runs everything on the program as it is; what passes there, and how long it takes,
is what `noticed` goes by: quick checks first, and nothing that fails anyway.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import Any

CLAIMS = 260
"""Claims that are false, made at random, besides those of the tables."""
SECONDS = 5.0
PROOF_STEPS = 3_000_000
"""Z3's steps for an obligation."""
"""For a claim, of the prover's time."""
SLOW_CLAIM = 0.4
SLOW_TEST = 2.0
"""Seconds from which a check is too slow to be run on every mutant."""
SUITE = 40.0
"""Seconds of tests for each mutant."""

_CORE = (
    "tests/verified/test_kernel.py",
    "tests/verified/test_differentiation.py",
    "tests/verified/test_simplification.py",
    "tests/verified/test_registry.py",
    "tests/verified/test_special_functions.py",
    "tests/verified/test_certificate.py",
    "tests/verified/test_axioms.py",
    "tests/verified/test_evaluation.py",
    "tests/proofs/test_language.py",
)
_PROVE = (
    "tests/prove/test_regressions.py",
    "tests/prove/test_removable.py",
    "tests/prove/test_decide.py",
    "tests/prove/test_handwritten_kinds.py",
    "tests/prove/test_soundness.py",
)
_FAMILIES = ("induction", "rewrites", "primitives", "special_functions", "normal_forms", "interiors")


@dataclass(frozen=True)
class Plan:
    """What is run on the mutants of a file."""

    tests: tuple[str, ...]
    families: tuple[str, ...]
    claims: bool


def plan(file: str) -> Plan:
    """By the part of the program."""
    if "/prove/" in file:
        return Plan(_own(file) + _PROVE, ("normal_forms",), claims=True)
    return Plan(_own(file) + _CORE, _FAMILIES, claims=True)


def _own(file: str) -> tuple[str, ...]:
    """Test files that are named after the file."""
    from proofs.code_mutants.changes import ROOT

    stem = file.rpartition("/")[2].removesuffix(".py")
    folder = "prove" if "/prove/" in file else "verified"
    own = f"tests/{folder}/test_{stem}.py"
    return (own,) if (ROOT / own).exists() and own not in _CORE + _PROVE else ()


@dataclass
class Baseline:
    """How the program as it is fares.

    Attributes:
        claims: claims with the prover's answer and seconds, those that are answered rightly and quickly.
        obligations: digests of what is to be proved, by family.
        tests: seconds of each test that passes, by file.
    """

    claims: list[tuple[dict[str, Any], str, float]] = field(default_factory=list)
    obligations: dict[str, dict[str, str]] = field(default_factory=dict)
    tests: dict[str, dict[str, float]] = field(default_factory=dict)


# --- claims for the prover alone ---------------------------------------------------------------------------------------


def _all_claims() -> Iterator[Any]:
    """Claims that are true, then claims whose defect hides."""
    from tests.prove import bed
    from tests.prove.guards import GUARDED
    from tests.prove.hidden import UNDEFINED
    from tests.prove.test_regressions import RIGHT, WRONG

    for row in GUARDED:
        stated = "y > 0" if "log(y)" in row.function else "True"
        yield bed.Claim("true", "derivative", row.function, row.slope, stated, "", None)
        if row.second:
            yield bed.Claim("true", "hessian", row.function, row.second, stated, "", None)
    for table, witness in ((RIGHT, None), (WRONG, {"x": "0"})):
        for function, claim, stated in table.values():
            yield bed.Claim("regression", "derivative", function, claim, stated, "", witness)
    for i, (name, more) in enumerate([(name, {}) for name in bed.FUNCTIONS] + [("sin", {"undefined": row}) for row in UNDEFINED]):
        found = bed.made(random.Random(f"{name} {i}"), lambda r, name=name, more=more: bed.primitive(r, name, **more))
        yield from _with_twin(found)
    for seed in range(CLAIMS):
        yield from _with_twin(bed.made(random.Random(f"mutants {seed}")))


def _with_twin(claim: Any) -> Iterator[Any]:
    from tests.prove.bed import twin

    if claim is not None:
        yield claim
        yield twin(claim)


def _claims() -> list[tuple[dict[str, Any], str, float]]:
    from tests.prove.bed import word

    found = []
    for claim in _all_claims():
        start = time.process_time()
        answer = word(claim, seconds=SECONDS)
        seconds = time.process_time() - start
        wrong = answer in ("proved", "nothing there") if claim.witness else answer != "proved"
        if not wrong and not answer.startswith("crash") and seconds < SLOW_CLAIM:
            found.append((asdict(claim), answer, seconds))
    return sorted(found, key=lambda entry: entry[2])


def _claim_noticed(baseline: Baseline) -> str | None:
    from tests.prove.bed import Claim, word

    for fields, answer, _ in baseline.claims:
        claim = Claim(**fields)
        now = word(claim, seconds=SECONDS)
        if now.startswith("crash"):
            return f"{now.partition(':')[0]}: {claim}"
        if claim.witness is None and now != answer:
            return f"{now}, no longer {answer}: {claim}"
        if claim.witness is not None and now in ("proved", "nothing there"):
            return f"{now}: {claim}"
    return None


# --- proof obligations -------------------------------------------------------------------------------------------------


def _obligations(family: str) -> dict[str, Any]:
    try:
        module = import_module(f"proofs.{family}")
    except ModuleNotFoundError:
        return {}
    return {o.name: o for o in module.obligations()}


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
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self.wanted is not None:
            wanted = self.wanted
            items[:] = sorted((item for item in items if item.nodeid in wanted), key=lambda item: wanted[item.nodeid])

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid or "collection")


def _pytest(files: tuple[str, ...], watcher: _Watcher, *options: str) -> None:
    import pytest

    from micrograd.verified.prove.refute import without_search

    with without_search():
        pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", "--tb=no", *options, *files], plugins=[watcher])


def _test_noticed(baseline: Baseline, files: tuple[str, ...]) -> str | None:
    chosen: dict[str, float] = {}
    left = SUITE
    for file in files:
        share = left if file == files[-1] else max(left / 3, 5.0)
        for name, seconds in sorted(baseline.tests.get(file, {}).items(), key=lambda entry: entry[1]):
            if seconds > share:
                break
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
    return {name: s for name, s in watcher.seconds.items() if name not in watcher.failed and s < SLOW_TEST}


def parts(files: list[str]) -> list[str]:
    """The parts of the baseline that mutants of the files need."""
    plans = [plan(file) for file in files]
    tests = [test for p in plans for test in p.tests]
    families = [family for p in plans for family in p.families]
    return list(dict.fromkeys(["claims", *families, *tests]))


def noticed(file: str, known: Baseline) -> str | None:
    """What notices that the file is broken, None if nothing does."""
    todo = plan(file)
    sys.setrecursionlimit(5000)
    if "/prove/" in file:
        return _claim_noticed(known) or _test_noticed(known, todo.tests) or _proof_noticed(known, todo.families)
    return _proof_noticed(known, todo.families) or _test_noticed(known, todo.tests) or _claim_noticed(known)
