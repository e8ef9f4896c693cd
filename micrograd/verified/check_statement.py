"""What a certificate proves, as the checker reads it off the steps that it has replayed: in the expression language, in bounded space.

The text of a statement comes from the checker's own table of nodes, never from words in the certificate.  Parts that occur often are named
once (``t1 = …``), so that the text is linear in the statement's graph; a long text is cut after `LIMIT` characters and says so.  The
*digest* is that of the whole statement: SHA-256 of its Wengert list, so equal statements have equal digests, however long.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from micrograd.verified.check_table import Table
from micrograd.verified.differentiation import conjuncts
from micrograd.verified.expr import FALSE, HEADS, TRUE, Node, build, constant, var
from micrograd.verified.printing import shared_names, write
from micrograd.verified.wengert import to_wengert

LIMIT = 4000
"""At most this many characters of each part of a statement are written."""
MANY = 40
"""At most this many hypotheses and named parts are written."""

PARTS = {
    "d": ("function", "variable", "derivative"),
    "c": ("condition", "variable"),
    "r": ("expression", "refined by"),
    "v": ("function", "variable", "derivative"),
    "w": ("function", "variable", "then", "derivative"),
    "e": ("expression", "equal to"),
}
"""What a statement is about, by its kind."""


def nodes_of(table: Table, numbers: Sequence[int]) -> list[Node]:
    """Nodes of a table as expressions.  Linear; no recursion."""
    made: dict[int, Any] = {}
    stack = list(numbers)
    while stack:
        number = stack[-1]
        name, *rest = table.keys[number]
        leaf = name in ("var", "const", "bool")
        waiting = [] if leaf or number in made else [operand for operand in rest if operand not in made]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        if number not in made:
            made[number] = _leaf(name, rest[0]) if leaf else build(HEADS[name], *[made[operand] for operand in rest])
    return [made[number] for number in numbers]


def _leaf(name: str, payload: Any) -> Node:
    if name == "bool":
        return TRUE if payload else FALSE
    return var(payload) if name == "var" else constant(payload)


def digest(nodes: Sequence[Node]) -> str:
    """The digest of a statement about these nodes, however long it is."""
    return hashlib.sha256(json.dumps(to_wengert(nodes)).encode()).hexdigest()


def described(table: Table, statement: tuple[Any, ...]) -> dict[str, Any]:
    """The statement ``(kind, *numbers of nodes)`` in words.

    Returns ``{part: text, …, "hypotheses": [text, …], "where": {name: text}, "digest": …, "nodes": …, "abbreviated": bool}``; "where" holds
    the parts that are named once for all.  "abbreviated" says that something was cut or left out.
    """
    kind, *numbers = statement
    nodes = nodes_of(table, numbers)
    parts = nodes if kind == "r" else nodes[:-1]
    hypotheses = [] if kind == "r" else conjuncts(nodes[-1])  # type: ignore[arg-type]
    names = shared_names([*parts, *hypotheses])
    texts = [_cut(write(part, names)) for part in parts]
    given = [_cut(write(hypothesis, names)) for hypothesis in hypotheses[:MANY]]
    where = {name: _cut(write(node, names, unnamed=node)) for node, name in islice(names.items(), MANY)}
    found: dict[str, Any] = {name: text for name, (text, _) in zip(PARTS[kind], texts, strict=True)}
    found["hypotheses"] = [text for text, _ in given]
    found["where"] = {name: text for name, (text, _) in where.items()}
    found["digest"] = digest(nodes)
    found["nodes"] = len(to_wengert(nodes)) - 1
    found["unwritten"] = max(0, len(hypotheses) - MANY) + max(0, len(names) - MANY)
    found["abbreviated"] = bool(found["unwritten"]) or any(cut for _, cut in chain(texts, given, where.values()))
    return found


def _cut(pieces: Iterable[str]) -> tuple[str, bool]:
    """The text of the pieces as far as the limit, and whether something is missing."""
    found: list[str] = []
    length = 0
    for piece in pieces:
        found.append(piece[: LIMIT + 1])
        length += len(piece)
        if length > LIMIT:
            return "".join(found)[:LIMIT] + " …", True
    return "".join(found), False


def lines(description: dict[str, Any]) -> Iterator[str]:
    """What `described` returns, as lines for people."""
    labels = [name for parts in PARTS.values() for name in parts]
    rows = [(name, description[name]) for name in dict.fromkeys(labels) if name in description]
    if "refined by" not in description:
        rows += [("hypotheses" if i == 0 else "", text) for i, text in enumerate(description["hypotheses"] or ["none"])]
    rows += [("where" if i == 0 else "", f"{name} = {text}") for i, (name, text) in enumerate(description["where"].items())]
    for label, text in rows:
        yield f"{label + ':' if label else '':<13}{text}"
    if description["abbreviated"]:
        more = f", {description['unwritten']} hypotheses or named parts are left out" if description["unwritten"] else ""
        yield f"abbreviated: the statement has {description['nodes']} nodes{more}; its digest is {description['digest']}"
