"""The report: theorems by family, then the totals and all axioms in use."""

from __future__ import annotations

import os
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import IO, Any

from micrograd.verified.axioms import AXIOMS
from proofs.obligation import Mutant, Obligation
from proofs.runner import Result

WIDTH = 120
_GOOD, _BAD = "32", "31;1"


class Report:
    """Writes the report to a stream, in colour on a terminal."""

    def __init__(self, stream: IO[str], titles: Mapping[str, str]) -> None:
        self.stream, self.titles = stream, titles
        self.colour = stream.isatty() and "NO_COLOR" not in os.environ

    def line(self, text: str = "", code: str = "") -> None:
        """One line."""
        print(f"\033[{code}m{text}\033[0m" if code and self.colour else text, file=self.stream)

    def paragraph(self, text: str, indent: str) -> None:
        """Text wrapped to the width."""
        self.line(textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False))

    def family(self, name: str, obligations: Sequence[Obligation], results: Mapping[str, Result]) -> None:
        """All theorems of one family."""
        self.line()
        self.line(f"── {name}: {self.titles.get(name, '')} ".ljust(WIDTH, "─"), "1")
        for obligation in obligations:
            self.theorem(obligation, results[obligation.name])

    def theorem(self, obligation: Obligation, result: Result) -> None:
        """One theorem: name, statement, hypotheses, axioms, oracles, time."""
        name = obligation.name.removeprefix(f"{obligation.family}.")
        facts = f"{'+'.join(result.oracles) or '-'}, {result.seconds * 1000:.0f} ms"
        verdict = " does not hold" if result.status == "refuted" else ""
        self.line(
            f"{'✓' if result.settled else '✗'} {name}{verdict}".ljust(WIDTH - len(facts) - 1) + " " + facts,
            _GOOD if result.settled else _BAD,
        )
        self.paragraph(obligation.statement, "    ")
        if obligation.hypotheses:
            self.paragraph(f"given: {'; '.join(obligation.hypotheses)}", "    ")
        if obligation.axioms:
            self.paragraph(f"axioms: {', '.join(obligation.axioms)}", "    ")
        if result.evidence:
            self.paragraph(result.evidence, "    → ")

    def mutants(self, outcomes: Sequence[tuple[Mutant, Result]]) -> None:
        """How many deliberate errors the proofs noticed."""
        self.line()
        self.line("── mutants ".ljust(WIDTH, "─"), "1")
        families = Counter(mutant.name.split(".")[0] for mutant, _ in outcomes)
        for family, total in families.items():
            mine = [result for mutant, result in outcomes if mutant.name.split(".")[0] == family]
            unproved = sum(result.status == "unknown" for result in mine)
            refuted = sum(not result.settled for result in mine) - unproved
            self.line(f"  {family}: {refuted + unproved} of {total} killed ({refuted} refuted, {unproved} no longer provable)")
        for _, result in outcomes:
            if result.settled:
                self.line(f"✗ survivor: {result.name}", _BAD)

    def summary(self, obligations: Sequence[Obligation], results: Mapping[str, Result], seconds: float, second: str | None) -> None:
        """Axioms in use, totals per family, the last line."""
        used = Counter(axiom for obligation in obligations for axiom in obligation.axioms)
        self.line()
        self.line("── axioms in use ".ljust(WIDTH, "─"), "1")
        for name, axiom in AXIOMS.items():
            if name in used:
                self.paragraph(f"{axiom}   [{axiom.citation}; used by {used[name]}]", "  ")
        if not used:
            self.line("  none")
        self.line()
        self.line("── totals ".ljust(WIDTH, "─"), "1")
        for family in dict.fromkeys(o.family for o in obligations):
            self.line(f"  {family}: {counts([results[o.name] for o in obligations if o.family == family])}")
        if second is not None:
            asked = [results[o.name] for o in obligations]
            agree = sum(second in result.oracles for result in asked)
            self.line(f"  {second} agrees on {agree} of {len(asked)}; it gives no answer on the rest")
        every = list(results.values())
        bad = [r for r in every if not r.settled]
        for result in bad:
            self.line(f"✗ {result.name}: {result.status}: {result.evidence}", _BAD)
        self.line(f"{counts(every)}, in {seconds:.1f} s", _BAD if bad else _GOOD)


def counts(results: Sequence[Result]) -> str:
    """``n theorems proved, m refuted as stated, k failed``."""
    tally = Counter(result.status for result in results)
    parts = [f"{tally['proved']} theorems proved"]
    if tally["refuted"]:
        parts.append(f"{tally['refuted']} laws refuted as stated")
    parts.append(f"{sum(not result.settled for result in results)} failed")
    if tally["unknown"]:
        parts.append(f"{tally['unknown']} of these without an answer")
    return ", ".join(parts)


def as_data(obligations: Sequence[Obligation], results: Mapping[str, Result], mutants: Sequence[tuple[Mutant, Result]]) -> dict[str, Any]:
    """The report for machines."""
    rows = []
    for o in obligations:
        r = results[o.name]
        rows.append(
            {
                "name": o.name,
                "family": o.family,
                "statement": o.statement,
                "hypotheses": list(o.hypotheses),
                "axioms": list(o.axioms),
                "status": r.status,
                "oracles": list(r.oracles),
                "seconds": round(r.seconds, 6),
                "evidence": r.evidence,
            }
        )
    tally = Counter(r.status for r in results.values())
    used = {axiom for o in obligations for axiom in o.axioms}
    return {
        "theorems": rows,
        "totals": dict(tally),
        "axioms": {name: str(axiom) for name, axiom in AXIOMS.items() if name in used},
        "mutants": [
            {"name": m.name, "change": m.change, "killed": not r.settled, "how": r.status, "evidence": r.evidence} for m, r in mutants
        ],
    }
