"""Replaying a certificate of a verdict, and the statement that it proves.

The claim says what is proved: that an expression is the derivative of another, or the derivative of its derivative, all over a domain, or
that two expressions are equal.  The checker derives the goals from the claim alone; each line of the
certificate works on the first goal that is left, and after the last line none may be left.  So a certificate cannot leave out a case, and
its words are not believed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from micrograd.verified.check_statement import described
from micrograd.verified.check_table import BOOLEAN
from micrograd.verified.checker import Replay, rows_axioms
from micrograd.verified.cited import CITED
from micrograd.verified.errors import CertificateError
from micrograd.verified.registry import REGISTRY
from micrograd.verified.verdicts import constants, points
from micrograd.verified.verdicts.cell import Cell, Oracle
from micrograd.verified.verdicts.goals import Goal, Goals
from micrograd.verified.verdicts.polynomials import MAX_WORK, ZERO, index, require
from micrograd.verified.verdicts.quotients import quotient
from micrograd.verified.verdicts.rules import axioms_of_rules
from micrograd.verified.verdicts.smallness import small, steep
from micrograd.verified.verdicts.solvers import settle
from micrograd.verified.verdicts.values import show_value

FORMAT = "micrograd-verdict"
VERSION = 1
_MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What reading data of the wrong form raises."""
CLAIMS: Mapping[str, tuple[str, ...]] = {
    "derivative": ("function", "wrt", "claim", "domain"),
    "second": ("function", "wrt", "claim", "domain", "slope", "around"),
    "equality": ("a", "b", "domain"),
}
"""The parts of a claim by kind: numbers of nodes; ``wrt`` is a list of them.

``second`` is the claim about a derivative of a derivative, with an expression for the first one, ``slope``, on a set, ``around``.
"""
VARIABLES = {"derivative": 1, "second": 2, "equality": 0}
CONDITIONS = frozenset(("domain", "around"))


@cache
def rows_digest() -> str:
    """SHA-256 of the rows that certificates of verdicts rely on."""
    rows = [repr((r.name, r.params, r.partials, r.domain, r.defined, r.evidence, r.values, r.within)) for r in REGISTRY.values()]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


class Verdict:
    """A certificate at work: the goals that are left, and the cell of the first.

    Attributes:
        goals: what is left to show; the last is the first.
        used: names of the rules that were used.
        sentences: what the solver has settled.
    """

    def __init__(self, oracle: Callable[[str], bool] = settle) -> None:
        self.replay = Replay({"nodes": []})
        self.table = self.replay.table
        self.place: list[int] = []
        self.work = [MAX_WORK]
        self.forms = Goals(self.replay, self.work)
        self.used: set[str] = set()
        self.sentences: list[str] = []
        self.goals: list[Goal] = []
        self.cell: Cell | None = None
        self.oracle: Oracle = self.settled(oracle)

    def settled(self, oracle: Callable[[str], bool]) -> Oracle:
        """The solver, which is asked each sentence once."""
        known: dict[str, bool] = {}

        def ask(sentence: str) -> bool:
            if sentence not in known:
                known[sentence] = oracle(sentence)
            if known[sentence] and sentence not in self.sentences:
                self.sentences.append(sentence)
            return known[sentence]

        return ask

    # --- claims

    def add_node(self, entry: Any) -> int:
        """File a node of the certificate; returns its number there."""
        require(isinstance(entry, list) and bool(entry), "an entry is a list")
        self.place.append(self.replay.read_node(len(self.place), entry, self.place))
        return len(self.place) - 1

    def node(self, number: Any) -> int:
        """A node of the certificate in the table."""
        return self.place[index(number, len(self.place))]

    def claim(self, data: Mapping[str, Any]) -> tuple[Any, ...]:
        """Set the goals from the claim; returns the statement: a kind of `PARTS` and numbers of nodes in the table."""
        kind = str(data.get("kind"))
        require(kind in CLAIMS and set(data) == {"kind", *CLAIMS[kind]}, f"the claim is none of {', '.join(CLAIMS)}")
        parts = {name: self.node(data[name]) for name in CLAIMS[kind] if name != "wrt"}
        for name, node in parts.items():
            require((self.table.keys[node][0] in BOOLEAN) is (name in CONDITIONS), f"{name} is of the wrong sort")
        xs = [self.node(x) for x in data.get("wrt", ())]
        require(len(xs) == VARIABLES[kind] and all(self.table.keys[x][0] == "var" for x in xs), "wrt lists the variables")
        goals = getattr(self.forms, kind)(*xs, **parts)
        self.push(list(goals))
        first, second, *rest = parts.values()
        return ("e", "v", "w")[len(xs)], first, *xs, second, rest[0]

    def push(self, goals: Sequence[Goal]) -> None:
        """New goals, in their order, before those that are left."""
        self.goals += [goal for goal in reversed(goals) if goal.literals is not None]
        self.cell = None

    # --- lines

    def line(self, line: Any) -> None:
        """One line: on the first goal that is left."""
        require(bool(self.goals), "nothing is left to show")
        kind, *data = line
        if kind in CUTS:
            require(self.cell is None, "a cell is cut before anything is said about it")
            parts = CUTS[kind](self.forms, self.goals[-1], *[self.node(number) for number in data])
            self.close()
            self.push(parts)
            self.used.add(kind)
            return
        self.step(kind, data)

    def step(self, kind: Any, data: list[Any]) -> None:
        """A line that adds to what is known about the cell, or ends it."""
        goal, cell = self.goals[-1], self.current()
        if kind == "val":
            node, top, bottom, factors, *hints = data
            show_value(cell, self.node(node), top, bottom, factors, hints)
        elif kind == "hyp":
            cell.hyp(self.node(data[0]), data[1])
        elif kind == "def":
            cell.define(self.node(data[0]), self.node(data[1]), data[2])
        elif kind == "cmp":
            cell.compare(self.node(data[0]), data[1])
        elif kind == "gen":
            cell.gen(data[0], *([self.node(data[1])] if data[0] == "var" else data[1:]))
        elif kind in AT_POINTS:
            require(goal.problem is not None, "there is no function here whose pieces could meet")
            assert goal.problem is not None
            goals = AT_POINTS[kind](points.Point(self.forms, cell, goal.problem), data)
            if goals is not None:
                self.close()
                self.push(goals)
        elif kind == "have":
            self.have(goal, cell, self.node(data[0]))
            return
        elif kind == "end":
            require(goal.sides is not None, "here it is to be shown that there are no points")
            assert goal.sides is not None
            a, b = (cell.value_of(side) for side in goal.sides)
            same = cell.ring.same(a, b) if not data else cell.sign_by(cell.ring.sum(a, b, -1), cell.factored(data[0])) <= ZERO
            require(same, "the sides differ")
            self.close()
            return
        else:
            PLAIN[kind](cell, *data)
        self.used.add(kind)
        if cell.empty:
            self.close()

    def current(self) -> Cell:
        """The cell of the first goal."""
        if self.cell is None:
            literals = self.goals[-1].literals
            assert literals is not None
            self.cell = Cell(self.table, literals, self.node, self.oracle, self.work, self.used)
        return self.cell

    def close(self) -> None:
        """The first goal is shown."""
        self.goals.pop()
        self.cell = None

    def have(self, goal: Goal, cell: Cell, condition: int) -> None:
        """A condition that is shown in the cell becomes one of its literals."""
        require(cell.truth(condition) is True, "the condition is not shown")
        self.close()
        self.push([self.forms.with_literals(goal, [condition])])

    # --- results

    def axioms(self) -> list[str]:
        """Axioms and cited facts: of the derivatives, of the rules, of the rows whose definitions were used."""
        heads = {name for name in self.used if name in REGISTRY} | self.replay.heads
        return sorted({*rows_axioms(heads, set()), *axioms_of_rules(self.used)})


CUTS: Mapping[str, Callable[..., list[Goal]]] = {
    "or": Goals.either,
    "sign": Goals.by_sign,
    "put": Goals.solved,
    "fix": Goals.fixed,
    "sum": Goals.summed,
    "keep": Goals.kept,
    "same": Goals.same,
    "none": Goals.without_value,
}
"""Lines that cut a goal into others; their data are numbers of nodes."""

AT_POINTS: Mapping[str, Callable[[points.Point, list[Any]], list[Goal] | None]] = {
    **points.LINES,
    "quotient": quotient,
    "small": small,
    "steep": steep,
}
"""Lines about points: the goals that take the place of the cell's, or None where the cell goes on."""

PLAIN: Mapping[str, Callable[..., None]] = {
    "use": lambda cell, number: cell.use(index(number, len(cell.facts))),
    "about": Cell.about,
    "ask": Cell.ask,
    "empty": Cell.vacant,
    "terms": Cell.terms,
    "bound": constants.bound,
}
"""Lines about generators alone."""


def check_verdict(data: Any, oracle: Callable[[str], bool] = settle) -> dict[str, Any]:
    """Replay a certificate; returns ``{"steps", "nodes", "axioms", "cited", "oracles", "sentences", "statement"}``.

    Raises:
        CertificateError: with the number of the first line that does not follow.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != VERSION:
        raise CertificateError(f"not a {FORMAT} of version {VERSION}")
    if data.get("registry") != rows_digest():
        raise CertificateError("made with another registry of rules")
    verdict = Verdict(oracle)
    try:
        nodes, lines = data["nodes"], data["lines"]
        require(
            isinstance(nodes, list) and isinstance(lines, list) and set(data) == KEYS,
            f"a certificate has the parts {', '.join(sorted(KEYS))}",
        )
        for entry in nodes:
            verdict.add_node(entry)
        statement = verdict.claim(data["claim"])
    except _MALFORMED as error:
        raise CertificateError(f"malformed: {str(error)[:200]}") from None
    for number, line in enumerate(lines):
        try:
            verdict.line(line)
        except CertificateError as error:
            raise CertificateError(str(error), number) from None
        except _MALFORMED as error:
            raise CertificateError(str(error)[:200] or type(error).__name__, number) from None
    if verdict.goals:
        raise CertificateError(f"{len(verdict.goals)} cases are left open")
    axioms = verdict.axioms()
    return {
        "steps": len(lines),
        "nodes": len(nodes),
        "axioms": axioms,
        "cited": [name for name in axioms if name in CITED],
        "oracles": ["z3"],
        "sentences": verdict.sentences,
        "statement": described(verdict.table, statement),
    }


KEYS = frozenset(("format", "version", "registry", "nodes", "claim", "lines"))
