"""What the proof check reports: text for a reader, JSON for a program, SMT-LIB files for another solver.

The text lists each theorem with its hypotheses, the axioms it rests on, and who confirmed it; then totals, failures, and all
axioms in use with their statements, and what is cited instead of proved, so that a reader knows what is believed and what is shown.
Nothing is decided here.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from micrograd.files import write_atomically
from proofs.obligation import Obligation
from proofs.solvers import Outcome, Status, logic_of

FORMAT = 1
WIDTH = 120
LISTED = 25
"""At most this many mutants that no counter-model killed are named in the text; the JSON file has all."""

MEANING: Mapping[Status, str] = {
    "proved": "proved",
    "refuted": "refuted as stated",
    "checked": "cited; checked with Arb",
    "false": "does not hold as stated",
    "vacuous": "says nothing",
    "identity": "an identity fails",
    "unconfirmed": "the model is not confirmed",
    "disagree": "the oracles contradict each other",
    "unknown": "no answer",
    "error": "cannot be settled",
}
_MARKS = {"proved": ("✓", "32"), "refuted": ("≠", "36"), "checked": ("≈", "36"), "unknown": ("?", "1;33")}
_FAILED = ("✗", "1;31")


@dataclass(frozen=True, slots=True)
class Theorem:
    """An obligation with its outcome, and what cvc5 says if it was asked."""

    obligation: Obligation
    outcome: Outcome
    cvc5: Outcome | None = None


@dataclass(frozen=True, slots=True)
class MutantResult:
    """What became of a mutant: killed by a counter-model or a failed identity (``refuted``), killed because no proof was found
    (``not proved``), ``survived``, or ``error``: its obligations cannot be read."""

    name: str
    family: str
    change: str
    verdict: Literal["refuted", "not proved", "survived", "error"]
    evidence: str = ""

    @property
    def killed(self) -> bool:
        """Whether the proofs notice the change."""
        return self.verdict in ("refuted", "not proved")


@dataclass(slots=True)
class Results:
    """Everything there is to report.

    Attributes:
        titles: family names with a line of text, in order.
        theorems: in the order of the families.
        axioms: statements and citations of the axioms by name.
        versions: of the oracles that were used.
        mutants: None if they were not tried.
        problems: families that cannot be loaded and the like; each fails the run.
        seconds: duration of the run.
    """

    titles: dict[str, str]
    theorems: list[Theorem]
    axioms: Mapping[str, Any]
    versions: Mapping[str, str]
    mutants: list[MutantResult] | None = None
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failed(self) -> list[Theorem]:
        """What is not settled as stated although there is an answer."""
        return [theorem for theorem in self.theorems if not theorem.outcome.settled and theorem.outcome.status != "unknown"]

    @property
    def unanswered(self) -> list[Theorem]:
        """What the solvers did not settle within their limits."""
        return [theorem for theorem in self.theorems if theorem.outcome.status == "unknown"]

    @property
    def only_unanswered(self) -> bool:
        """Whether nothing is wrong but that something has no answer."""
        return bool(self.unanswered) and not self.failed and not self.problems and all(mutant.killed for mutant in self.mutants or ())

    @property
    def ok(self) -> bool:
        """Whether everything is settled as stated, and every mutant killed."""
        return not (self.failed or self.unanswered or self.problems) and all(mutant.killed for mutant in self.mutants or ())

    @property
    def axioms_in_use(self) -> dict[str, int]:
        """Axioms that settled theorems list, with the number of these theorems."""
        return dict(sorted(Counter(a for t in self.theorems if t.outcome.settled for a in t.obligation.axioms).items()))


# --- text ------------------------------------------------------------------------------------------------------------


def text(results: Results, *, colour: bool = False, quiet: bool = False) -> Iterator[str]:
    """Lines of the report, at most `WIDTH` columns unless a single word is longer."""

    def paint(code: str, words: str) -> str:
        return f"\x1b[{code}m{words}\x1b[0m" if colour and words else words

    if not quiet:
        yield from _introduction(results)
        for family, title in results.titles.items():
            theorems = [t for t in results.theorems if t.obligation.family == family]
            if theorems:
                yield ""
                yield paint("1", _cut(f"{family} — {title}" if title else family))
                for theorem in theorems:
                    yield from _theorem(theorem, paint)
        yield ""
    yield from _totals(results)
    if not quiet:
        yield from _axioms(results)
    yield from _cvc5(results)
    yield from _mutants(results, paint)
    for title, group in (("Failed", results.failed), ("No answer", results.unanswered)):
        if group:
            yield ""
            yield paint("1;31", f"{title} ({len(group)})")
            for theorem in group:
                yield from _theorem(theorem, paint)
    for problem in results.problems:
        yield from _wrap(paint("1;31", "✗ "), f"{problem}", "  ")
    yield ""
    yield paint("1" if results.ok else "1;31", last_line(results))


def last_line(results: Results) -> str:
    """The summary in one line."""
    statuses = Counter(theorem.outcome.status for theorem in results.theorems)
    parts = [
        f"{statuses['proved']} theorem{'' if statuses['proved'] == 1 else 's'} proved",
        f"{statuses['refuted']} refuted as stated",
        f"{len(results.failed) + len(results.problems)} failed",
    ]
    if results.unanswered:
        parts.append(f"{len(results.unanswered)} without an answer")
    if statuses["checked"]:
        parts.append(f"{statuses['checked']} cited and checked")
    if results.mutants is not None:
        parts.append(f"{sum(m.killed for m in results.mutants)} of {len(results.mutants)} mutants killed")
    cached = sum(theorem.outcome.cached for theorem in results.theorems)
    return f"{', '.join(parts)}, in {results.seconds:.1f} s" + (f" ({cached} from the cache)" if cached else "")


def _introduction(results: Results) -> Iterator[str]:
    used = ", ".join(f"{oracle} {version}" for oracle, version in results.versions.items())
    yield f"Theorems of micrograd, settled by {used}"
    yield "✓ proved   ≠ refuted as stated: the law fails, by a counterexample that was replayed   ≈ cited, checked with Arb"
    yield "✗ failed   ? no answer within the limits"
    if any(theorem.outcome.cached for theorem in results.theorems):
        yield "Times in parentheses are those of an earlier run, whose result is used again (--no-cache settles all afresh)."


def _theorem(theorem: Theorem, paint: Any) -> Iterator[str]:
    obligation, outcome = theorem.obligation, theorem.outcome
    mark, code = _MARKS.get(outcome.status, _FAILED)
    oracles = [*outcome.oracles, *(theorem.cvc5.oracles if theorem.cvc5 else ())]
    right = f"{' '.join(oracles)} {duration(outcome):>9}"
    gap = WIDTH - 2 - len(obligation.name) - len(right)
    yield paint(code, mark) + " " + obligation.name + (" " * gap if gap > 0 else "  ") + paint("2", right)
    yield from _wrap("    ", obligation.statement, "      ")
    if obligation.hypotheses:
        yield from _wrap("    if  ", "; ".join(obligation.hypotheses), "        ")
    if obligation.axioms:
        yield from _wrap("    by  ", ", ".join(obligation.axioms), "        ")
    if not outcome.settled:
        yield from _wrap("    ", f"{MEANING[outcome.status]}: {outcome.evidence}", "      ")
    elif outcome.evidence:
        yield from _wrap("    ", f"[{outcome.evidence}]", "     ")


def duration(outcome: Outcome) -> str:
    """Seconds to three digits, in parentheses if they are those of an earlier run."""
    seconds = outcome.seconds
    words = f"{1000 * seconds:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"
    return f"({words})" if outcome.cached else words


def _totals(results: Results) -> Iterator[str]:
    columns = f"{'stated':>9} {'proved':>9} {'refuted as stated':>18} {'checked':>9} {'no answer':>10} {'failed':>9} {'time':>10}"
    yield f"{'family':<20} {columns}"
    for family in [*results.titles, None]:
        theorems = [t for t in results.theorems if family in (None, t.obligation.family)]
        statuses = Counter(t.outcome.status for t in theorems)
        failed = len(theorems) - sum(statuses[word] for word in ("proved", "refuted", "checked", "unknown"))
        if theorems or family is None:
            yield (
                f"{family or 'all':<20} {len(theorems):>9} {statuses['proved']:>9} {statuses['refuted']:>18} {statuses['checked']:>9}"
                f" {statuses['unknown']:>10} {failed:>9}"
                f" {sum(t.outcome.seconds for t in theorems):>8.1f} s"
            )


def _axioms(results: Results) -> Iterator[str]:
    used = results.axioms_in_use
    without = sum(t.outcome.status in ("proved", "refuted") and not t.obligation.axioms for t in results.theorems)
    yield ""
    yield f"Axioms in use ({len(used)}); {without} theorems use none"
    for name, count in used.items():
        axiom = results.axioms[name]
        yield from _wrap("  ", f"{axiom}   [{axiom.citation}; {count} theorem{'' if count == 1 else 's'}]", "      ")


def cvc5_counts(results: Results) -> dict[str, int] | None:
    """How often cvc5 agrees, does not decide, and contradicts; None if it was not asked."""
    asked = Counter(theorem.cvc5.status for theorem in results.theorems if theorem.cvc5 is not None)
    if not asked and "cvc5" not in results.versions:
        return None
    total, agrees, contradicts = sum(asked.values()), asked["proved"], asked["disagree"]
    return {"asked": total, "agrees": agrees, "undecided": total - agrees - contradicts, "contradicts": contradicts}


def _cvc5(results: Results) -> Iterator[str]:
    counts = cvc5_counts(results)
    if counts is not None:
        yield ""
        yield (
            f"cvc5 agrees on {counts['agrees']} of {counts['asked']}"
            f" ({counts['undecided']} undecided, {counts['contradicts']} contradicted)"
        )


def _mutants(results: Results, paint: Any) -> Iterator[str]:
    if results.mutants is None:
        return
    yield ""
    yield f"{'mutants of':<20} {'tried':>9} {'killed':>9} {'by refutation':>18} {'by no proof':>12}"
    for family in [*dict.fromkeys(mutant.family for mutant in results.mutants), None]:
        group = [mutant for mutant in results.mutants if family in (None, mutant.family)]
        verdicts = Counter(mutant.verdict for mutant in group)
        killed = verdicts["refuted"] + verdicts["not proved"]
        yield f"{family or 'all':<20} {len(group):>9} {killed:>9} {verdicts['refuted']:>18} {verdicts['not proved']:>12}"
    unrefuted = [mutant for mutant in results.mutants if mutant.verdict == "not proved"]
    if unrefuted:
        yield "Killed because no proof was found, without a counter-model:"
    for mutant in unrefuted[:LISTED]:
        yield from _wrap("  ", f"{mutant.name}: {mutant.change}   [{mutant.evidence}]", "      ")
    if len(unrefuted) > LISTED:
        yield f"  … and {len(unrefuted) - LISTED} more (--json lists all)"
    for mutant in results.mutants:
        if not mutant.killed:
            word = "SURVIVED" if mutant.verdict == "survived" else "BROKEN"
            evidence = f"   [{mutant.evidence}]" if mutant.evidence else ""
            yield from _wrap(paint("1;31", f"  ✗ {word} "), f"{mutant.name}: {mutant.change}{evidence}", "      ")


def _wrap(first: str, words: str, rest: str) -> Iterator[str]:
    """The words behind ``first``, folded at spaces; colours in ``first`` do not count."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", first)
    folded = textwrap.wrap(
        " ".join(words.split()), WIDTH, initial_indent="·" * len(plain), subsequent_indent=rest, break_on_hyphens=False,
        break_long_words=False,
    )  # fmt: skip
    for i, line in enumerate(folded or [plain]):
        yield first + line[len(plain) :] if i == 0 else line


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"


# --- JSON ------------------------------------------------------------------------------------------------------------


def as_json(results: Results) -> dict[str, Any]:
    """The report as plain data: totals, theorems, axioms in use, mutants."""
    statuses = Counter(theorem.outcome.status for theorem in results.theorems)
    mutants = results.mutants
    return {
        "format": FORMAT,
        "ok": results.ok,
        "python": sys.version.split()[0],
        "versions": dict(results.versions),
        "totals": {
            "theorems": len(results.theorems),
            "proved": statuses["proved"],
            "refuted": statuses["refuted"],
            "checked": statuses["checked"],
            "failed": len(results.failed),
            "unanswered": len(results.unanswered),
            "seconds": round(results.seconds, 3),
        },
        "problems": list(results.problems),
        "families": [{"name": name, "title": title} for name, title in results.titles.items()],
        "theorems": [_theorem_as_json(theorem) for theorem in results.theorems],
        "axioms": [
            {"name": name, "statement": str(results.axioms[name]), "citation": results.axioms[name].citation, "theorems": n}
            for name, n in results.axioms_in_use.items()
        ],
        "cvc5": cvc5_counts(results),
        "mutants": None
        if mutants is None
        else {
            "tried": len(mutants),
            "killed": sum(m.killed for m in mutants),
            "survivors": [m.name for m in mutants if not m.killed],
            "list": [
                {"name": m.name, "family": m.family, "change": m.change, "verdict": m.verdict, "evidence": m.evidence} for m in mutants
            ],
        },
    }


def _theorem_as_json(theorem: Theorem) -> dict[str, Any]:
    obligation, outcome = theorem.obligation, theorem.outcome
    return {
        "name": obligation.name,
        "family": obligation.family,
        "statement": obligation.statement,
        "hypotheses": list(obligation.hypotheses),
        "axioms": list(obligation.axioms),
        "expected": obligation.expected,
        "status": outcome.status,
        "oracles": [*outcome.oracles, *(theorem.cvc5.oracles if theorem.cvc5 else ())],
        "seconds": round(outcome.seconds, 6),
        "cached": outcome.cached,
        "evidence": outcome.evidence,
        "model": dict(outcome.model),
        "cvc5": None if theorem.cvc5 is None else {"status": theorem.cvc5.status, "evidence": theorem.cvc5.evidence},
    }


def write_json(results: Results, path: Path) -> None:
    """Write `as_json` in one step.  Raises OSError."""
    write_atomically(path, json.dumps(as_json(results), indent=1, ensure_ascii=False) + "\n")


# --- SMT-LIB ---------------------------------------------------------------------------------------------------------


def smtlib_script(script: str, status: str, comments: Iterable[str]) -> str:
    """A script for any solver: comments, the expected status, a logic if none is set, and ``check-sat``."""
    lines = [f"; {line}".rstrip() for comment in comments for line in comment.splitlines() or [""]]
    lines.append(f"(set-info :status {status})")
    if "(set-logic" not in script:
        lines.append(f"(set-logic {logic_of(script)})")
    return "\n".join([*lines, script.strip("\n"), "(check-sat)", ""])


def write_smtlib(obligations: Sequence[Obligation], directory: Path) -> int:
    """One ``.smt2`` file for each obligation that has a script, its hypotheses alone in ``witness/``; the number of obligations.

    Raises:
        OSError: the directory cannot be made or written.
    """
    (directory / "witness").mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for obligation in obligations:
        if not obligation.smtlib.strip():
            continue
        base = stem = re.sub(r"[^A-Za-z0-9_.-]", "_", obligation.name).lstrip(".") or "_"
        while stem.lower() in taken:
            stem = f"{base}-{len(taken)}"
        taken.add(stem.lower())
        comments = [obligation.name, obligation.statement, *(f"if {hypothesis}" for hypothesis in obligation.hypotheses)]
        script = smtlib_script(obligation.smtlib, obligation.expected, comments)
        write_atomically(directory / f"{stem}.smt2", script)
        if obligation.witness is not None:
            script = smtlib_script(obligation.witness, "sat", [f"{obligation.name}: the hypotheses can hold", *comments[2:]])
            write_atomically(directory / "witness" / f"{stem}.smt2", script)
    return len(taken)
