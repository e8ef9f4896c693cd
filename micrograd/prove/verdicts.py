"""Verdicts: `Proved`, `Refuted`, `Unknown`.

``bool(verdict)`` is True for `Proved` and False for `Refuted`; of an `Unknown` it raises `Undecided`, so that "not proved" is never
mistaken for "wrong" or for "right".  ``verdict.verdict`` is one of the three words as text.  `Verdicts` are those on several derivatives.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import Any, TypeAlias

from micrograd.prove.limits import TIME_IS_OVER
from micrograd.verified.errors import MicrogradError
from micrograd.verified.wengert import number_text


class Undecided(MicrogradError):
    """The truth of an `Unknown` verdict was asked for."""


class NoCertificate(Exception):
    """A proof has a step for which there is no rule, or that the checker refuses."""


class NotAsked(NoCertificate):
    """There can be no proof, and nothing is to be tried but the search for a counterexample."""


@dataclass(frozen=True)
class Statement:
    """What a verdict is about: for all points with ``hypothesis``, d/d``wrt`` ``function`` = ``claim`` (or function = claim)."""

    function: str
    wrt: str | None
    claim: str
    hypothesis: str

    def __str__(self) -> str:
        left = f"d/d{self.wrt} [{self.function}]" if self.wrt else self.function
        given = "" if self.hypothesis == "True" else f"{self.hypothesis}  ⊢  "
        return f"{given}{left} = {self.claim}"


@dataclass(frozen=True)
class Verdict:
    """What the three have in common.

    Attributes:
        theorem: the statement that is proved, refuted or left open.
        seconds: the time it took.
    """

    theorem: Statement
    seconds: float = 0.0

    verdict = ""

    @property
    def detail(self) -> str:
        """What there is to say beside the word, in a line."""
        return ""

    @property
    def certificate(self) -> dict[str, Any] | None:
        """What the checker (`micrograd.verified.verdicts`) has accepted: of each proof, and of nothing else."""
        return None

    def to_dict(self) -> dict[str, Any]:
        """As plain data; numbers that are exact are written as text."""
        return {"verdict": self.verdict, "statement": str(self.theorem), "seconds": round(self.seconds, 4)}

    def to_json(self, indent: int | None = None) -> str:
        """As JSON."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)


@dataclass(frozen=True)
class Proved(Verdict):
    """The claim is right at every point of the domain where the function is differentiable.

    Attributes:
        axioms: the axioms of analysis and the cited facts on which the proof rests.
        oracles: the programs that are trusted with steps of it.
        notes: points of the domain that needed a look of their own: kinks, edges, joins.
        certificate: the proof, as plain data.
    """

    axioms: tuple[str, ...] = ()
    oracles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    certificate: dict[str, Any] | None = field(default=None, repr=False, compare=False)

    verdict = "proved"

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        lines = [f"PROVED   {self.theorem}"]
        lines += [f"  note     {note}" for note in self.notes]
        lines.append(f"  axioms   {', '.join(self.axioms) or 'none'}")
        lines.append(f"  oracles  {', '.join(self.oracles) or 'none'}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "axioms": list(self.axioms), "oracles": list(self.oracles), "notes": list(self.notes)}


@dataclass(frozen=True)
class Root:
    """An irrational coordinate: the only thing that is known of it is that it solves an equation, and where.

    Attributes:
        equation: as text.
        low, high: rational numbers below and above it.
    """

    equation: str
    low: Fraction
    high: Fraction

    def __float__(self) -> float:
        return float((self.low + self.high) / 2)

    def __str__(self) -> str:
        return f"{float(self)!r}… with {self.equation}"


@dataclass(frozen=True)
class Refuted(Verdict):
    """At this point of the domain the function is differentiable and the claim is not its derivative.

    Attributes:
        point: exact coordinates: rational numbers, or a `Root` of an equation of the domain.
        claimed, true: enclosures as text, or "undefined".
        reason: in words.
    """

    point: Mapping[str, Fraction | Root] = field(default_factory=dict)
    claimed: str = ""
    true: str = ""
    reason: str = ""

    verdict = "refuted"

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        where = ", ".join(f"{name} = {_coordinate(value)}" for name, value in self.point.items()) or "everywhere"
        return f"REFUTED  {self.theorem}\n  at       {where}\n  claimed  {self.claimed}\n  true     {self.true}\n  because  {self.reason}"

    @property
    def detail(self) -> str:
        where = ", ".join(f"{name} = {_coordinate(value)}" for name, value in self.point.items()) or "everywhere"
        return f"claimed {self.claimed}, true {self.true} at {where}"

    def to_dict(self) -> dict[str, Any]:
        point = {name: _coordinate(value) for name, value in self.point.items()}
        return {**super().to_dict(), "witness": point, "claimed": self.claimed, "true": self.true, "reason": self.reason}


def _coordinate(value: Fraction | Root) -> str:
    return str(value) if isinstance(value, Root) else number_text(value)


@dataclass(frozen=True)
class Unknown(Verdict):
    """Neither a proof nor a counterexample was found.

    Attributes:
        reason: what stood in the way.
        evidence: what was tried, for example at how many points both sides agree.
    """

    reason: str = ""
    evidence: str = ""

    verdict = "unknown"

    @property
    def timed_out(self) -> bool:
        """Whether more time, or a faster machine, might change the verdict; then the reason begins with "time is over"."""
        return self.reason.startswith(TIME_IS_OVER)

    @property
    def detail(self) -> str:
        return self.reason

    def __bool__(self) -> bool:
        raise Undecided(f"neither proved nor refuted: {self.reason}; ask for verdict.verdict instead of its truth")

    def __str__(self) -> str:
        return f"UNKNOWN  {self.theorem}\n  because  {self.reason}\n  evidence {self.evidence}"

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "reason": self.reason, "evidence": self.evidence}


LINES, WIDTH = 24, 110
"""How many lines the text of several verdicts has, and how many characters what it says of each."""


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


AnyVerdict: TypeAlias = Proved | Refuted | Unknown


class Verdicts(Mapping[Any, AnyVerdict]):
    """Verdicts by variable, or by pairs of variables for a Hessian.

    ``bool()`` is True if all are proved, False if one is refuted, and raises `Undecided` otherwise.  As text there is a line for each that
    is not proved, as far as they fit on a screen, and `explain` says all.

    Args:
        entries: the verdicts.
        labels: how the user writes what each is about, if that is not its key.
    """

    def __init__(self, entries: Mapping[Any, AnyVerdict], labels: Mapping[Any, str] | None = None) -> None:
        self._entries, self._labels = dict(entries), dict(labels or {})
        if not self._entries:
            raise ValueError("there are no verdicts on nothing")

    def __getitem__(self, key: Any) -> AnyVerdict:
        found: AnyVerdict = self._entries[key]
        return found

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def verdict(self) -> str:
        """The worst of the words: "refuted", "unknown" or "proved"."""
        words = {v.verdict for v in self._entries.values()}
        return next((word for word in ("refuted", "unknown") if word in words), "proved")

    def __bool__(self) -> bool:
        if self.verdict == "unknown":
            raise Undecided("neither proved nor refuted: ask for verdicts.verdict instead of their truth")
        return self.verdict == "proved"

    def _label(self, key: Any) -> str:
        return self._labels.get(key) or ", ".join(map(str, key if isinstance(key, tuple) else (key,)))

    def __str__(self) -> str:
        open_ones = {key: v for key, v in self._entries.items() if v.verdict != "proved"}
        room = LINES - min(len(open_ones), LINES)
        shown = {key: v for key, v in self._entries.items() if key in open_ones} | dict(islice(self._proved(), room))
        chosen = [key for key in self._entries if key in shown][:LINES]
        width = max(len(self._label(key)) for key in chosen)
        lines = [
            f"{self._entries[key].verdict:<8} {self._label(key):<{width}}  {_cut(self._entries[key].detail)}".rstrip() for key in chosen
        ]
        rest = Counter(v.verdict for key, v in self._entries.items() if key not in set(chosen))
        return "\n".join([*lines, *([f"and {', '.join(f'{n} {word}' for word, n in rest.items())}"] if rest else [])])

    def _proved(self) -> Iterator[tuple[Any, AnyVerdict]]:
        return ((key, v) for key, v in self._entries.items() if v.verdict == "proved")

    def explain(self) -> str:
        """Each verdict in full."""
        return "\n".join(map(str, self._entries.values()))

    def __repr__(self) -> str:
        return f"<{self.verdict}: {', '.join(f'{k}: {v.verdict}' for k, v in self._entries.items())}>"

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"verdict": self.verdict, "entries": {str(k): v.to_dict() for k, v in self._entries.items()}}
