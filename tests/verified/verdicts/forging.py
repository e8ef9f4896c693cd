"""Certificates written by hand: lines in which ``"@x + 1"`` stands for the number of a node, and ``"g0**2 - 1"`` for a polynomial."""

from __future__ import annotations

from typing import Any

from micrograd.verified.expr import POWI, Node
from micrograd.verified.parsing import parse, parse_any
from micrograd.verified.verdicts.check import FORMAT, VERSION, rows_digest
from micrograd.verified.wengert import to_wengert

ONE = [["1", []]]


def polynomial(text: str) -> list[Any]:
    """A sum of products of generators and numbers, as in ``2*g0**2*g1 - 1/3``."""
    terms: list[Any] = []
    stack = [(parse(text), 1)]
    while stack:
        node, sign = stack.pop()
        if node.head.name in ("add", "sub"):
            stack += [(node.args[1], sign if node.head.name == "add" else -sign), (node.args[0], sign)]
            continue
        if node.head.name == "neg":
            stack.append((node.args[0], -sign))
            continue
        number, powers = _term(node)
        if number:
            terms.append([str(sign * number), [x for pair in sorted(powers.items()) for x in pair]])
    return terms


def _term(node: Any) -> tuple[Any, dict[int, int]]:
    number: Any = 1
    powers: dict[int, int] = {}
    stack = [node]
    while stack:
        node = stack.pop()
        if node.head.name == "mul":
            stack += node.args
        elif node.head.name == "const":
            number *= node.key[1]
        else:
            base, n = (node.args[0], node.args[1].key[1]) if node.head is POWI else (node, 1)
            g = int(base.key[1][1:])
            powers[g] = powers.get(g, 0) + n
    return number, powers


class Forger:
    """Makes a certificate from texts."""

    def __init__(self, **claim: Any) -> None:
        self.roots: list[Node] = []
        self.claim = {"kind": "equality" if "a" in claim else "derivative", **claim}

    def made(self, *lines: Any) -> dict[str, Any]:
        """The certificate with these lines."""
        wanted = [self.parts(), [self.resolved(line) for line in lines]]
        entries = to_wengert(self.roots)
        place = entries.pop()[1:]
        claim, rest = self.numbered(wanted, place)
        return {"format": FORMAT, "version": VERSION, "registry": rows_digest(), "nodes": entries, "claim": claim, "lines": rest}

    def parts(self) -> dict[str, Any]:
        """The claim with references."""
        found = dict(self.claim)
        for key, text in self.claim.items():
            if key != "kind":
                found[key] = self.resolved("@" + text if isinstance(text, str) else ["@" + one for one in text])
        return found

    def resolved(self, data: Any) -> Any:
        """Texts of nodes as references, texts of polynomials as polynomials."""
        if isinstance(data, list | tuple):
            return [self.resolved(part) for part in data]
        if isinstance(data, str) and data.startswith("@"):
            root = parse_any(data[1:])
            if root not in self.roots:
                self.roots.append(root)
            return ("node", self.roots.index(root))
        return polynomial(data[1:]) if isinstance(data, str) and data.startswith("=") else data

    def numbered(self, data: Any, place: list[int]) -> Any:
        """References as numbers."""
        if isinstance(data, tuple):
            return place[data[1]]
        if isinstance(data, dict):
            return {key: self.numbered(value, place) for key, value in data.items()}
        return [self.numbered(value, place) for value in data] if isinstance(data, list) else data


def factors(*parts: Any, c: str = "1") -> list[Any]:
    """``factors("g0", ("g1", -2))``: a factored form."""
    return [c, [["=" + part, 1] if isinstance(part, str) else ["=" + part[0], part[1]] for part in parts]]


def value(node: str, top: str, bottom: str = "1", below: Any = (), *hints: Any) -> list[Any]:
    """A ``val`` line."""
    return ["val", "@" + node, "=" + top, "=" + bottom, list(below), *hints]
