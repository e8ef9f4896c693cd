"""A certificate in the making: its nodes and lines, and the checker that has accepted them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from micrograd.prove.limits import tick
from micrograd.prove.verdicts import NoCertificate
from micrograd.verified.check_statement import nodes_of
from micrograd.verified.errors import CertificateError
from micrograd.verified.expr import BOOL, CONST, Expr, Node, postorder
from micrograd.verified.verdicts.check import Verdict
from micrograd.verified.verdicts.solvers import settle
from micrograd.verified.wengert import number_text

MAX_LINES = 20_000


class NotShown(NoCertificate):
    """Something must be known of a sign that is not known."""

    def __init__(self, text: str, expression: Expr | None) -> None:
        super().__init__(text)
        self.expression = expression


class Draft:
    """A certificate as far as it is written.

    Attributes:
        verdict: the checker, which has seen every line.
        nodes, lines: as in the certificate.
        number: places of nodes.
    """

    def __init__(self, oracle: Callable[[str], bool] = settle) -> None:
        self.verdict = Verdict(oracle)
        self.nodes: list[list[Any]] = []
        self.number: dict[Any, int] = {}
        self.lines: list[list[Any]] = []

    def place(self, root: Node) -> int:
        """The number of a node in the certificate, which is entered if need be."""
        if root not in self.number:
            for node in postorder([root]):
                if node not in self.number:
                    head, *rest = node.key
                    entry: list[Any]
                    if head is CONST:
                        entry = ["const", number_text(rest[0])]
                    elif head.leaf:
                        entry = [head.name, int(rest[0]) if head is BOOL else rest[0]]
                    else:
                        entry = [head.name, *[self.number[child] for child in rest]]
                    self.number[node] = self.verdict.add_node(entry)
                    self.nodes.append(entry)
        return self.number[root]

    def write(self, *line: Any) -> None:
        """A line that the checker accepts.

        Raises:
            NoCertificate: it does not.
        """
        tick()
        if len(self.lines) >= MAX_LINES:
            raise NoCertificate(f"more than {MAX_LINES} lines")
        try:
            self.verdict.line(list(line))
        except CertificateError as refusal:
            raise NoCertificate(f"{line[0]}: {refusal}") from None
        self.lines.append(list(line))

    def expressions(self, numbers: Sequence[int]) -> list[Any]:
        """Nodes of the checker's table."""
        return nodes_of(self.verdict.table, numbers)

    def tried(self, kind: str, *nodes: Node) -> bool:
        """Whether the checker accepts a cut."""
        try:
            self.write(kind, *[self.place(node) for node in nodes])
        except NoCertificate:
            return False
        return True

    def state(self) -> tuple[Any, ...]:
        """Where the certificate stands; see `restore`."""
        verdict = self.verdict
        return len(self.lines), list(verdict.goals), set(verdict.used), list(verdict.sentences), set(verdict.replay.heads)

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take back what was written since, when no cell was at work."""
        lines, goals, used, sentences, heads = state
        del self.lines[lines:]
        verdict = self.verdict
        verdict.goals, verdict.cell = list(goals), None
        verdict.used.clear()
        verdict.used |= used
        verdict.sentences[:] = sentences
        verdict.replay.heads.clear()
        verdict.replay.heads |= heads
