"""Certificates: theorems as flat data that anybody can replay.

A certificate is a JSON object, linear in the proof::

    {"format": "micrograd-certificate", "version": 1, "registry": <digest of the rules>,
     "nodes": [...],      expressions as a Wengert list, each node once
     "steps": [...],      [rule, ...nodes of the statement, [premises], ...parameters], premises earlier
     "claim": {"function": i, "wrt": j, "derivative": k, "hypothesis": l, "text": "…"},
     "axioms": [...], "oracles": [...]}

``python -m micrograd.verified.check FILE`` replays it with a checker of its own that shares no code with the kernel, only the rows of the
registry and of the rewrite table.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from micrograd.files import write_atomically
from micrograd.verified import kernel
from micrograd.verified.checker import FORMAT, VERSION, check_certificate, claim_text, registry_digest
from micrograd.verified.expr import Expr, paused_collection
from micrograd.verified.rewrites import REWRITES
from micrograd.verified.simplification import derive_simplified
from micrograd.verified.wengert import read_entries, to_wengert

_CLAIM_PARTS: dict[type, tuple[str, ...]] = {
    kernel.HasDeriv: ("function", "wrt", "derivative", "hypothesis"),
    kernel.Continuous: ("condition", "wrt", "hypothesis"),
    kernel.Refines: ("a", "b"),
}


@paused_collection()
def certificate_of(theorem: kernel.Theorem) -> dict[str, Any]:
    """The certificate of any theorem.  Linear in its proof."""
    order = list(kernel.proof(theorem))
    nodes: dict[Any, int] = {}
    for step in order:
        for part in step.statement:
            nodes.setdefault(part, len(nodes))
    kernel.check_intact(nodes)
    entries = to_wengert(list(nodes))
    place = dict(zip(nodes, entries.pop()[1:], strict=True))
    number = {id(step): i for i, step in enumerate(order)}
    steps = [
        [step.rule[0], *[place[part] for part in step.statement], [number[id(p)] for p in step.premises], *step.rule[1:]] for step in order
    ]
    names = _CLAIM_PARTS[type(theorem.statement)]
    claim: dict[str, Any] = {name: place[part] for name, part in zip(names, theorem.statement, strict=True)}
    claim["text"] = claim_text(entries, claim)
    return {
        "format": FORMAT,
        "version": VERSION,
        "registry": registry_digest(),
        "nodes": entries,
        "steps": steps,
        "claim": claim,
        "axioms": list(theorem.axioms),
        "oracles": list(theorem.oracles),
    }


def certificate(expression: Expr, x: Expr, *, simplify: bool = False) -> dict[str, Any]:
    """The certificate that ``diff(expression, x)`` is right, as plain data for ``json.dumps``.

    >>> from micrograd.verified import var, sin
    >>> x = var("x"); certificate(sin(x), x)["claim"]["text"]
    '⊢ d/dx sin(x) = cos(x)'
    """
    return certificate_of(derive_simplified(expression, x) if simplify else kernel.derive(expression, x))


def write_certificate(path: str | os.PathLike[str], data: Mapping[str, Any]) -> None:
    """Write a certificate as JSON, atomically: the file is complete or not there."""
    write_atomically(path, json.dumps(data))


def theorem_from(data: Mapping[str, Any]) -> kernel.Theorem:
    """Replay a certificate through the kernel, after checking it.  Used by pickle.

    Raises:
        CertificateError: it does not check.
    """
    check_certificate(data)
    entries = data["nodes"]
    nodes: list[Any] = read_entries([*entries, ["roots", *range(len(entries))]])
    theorems: list[kernel.Theorem] = []
    for step in data["steps"]:
        theorems.append(_replay(step, nodes, theorems))
    return theorems[-1]


def _replay(step: list[Any], nodes: list[Any], theorems: list[kernel.Theorem]) -> kernel.Theorem:
    place = next(i for i, part in enumerate(step) if isinstance(part, list))
    subject: Any = nodes[step[1]]
    premises = [theorems[i] for i in step[place]]
    rule = step[0]
    if rule == "leaf":
        return kernel.leaf(subject, nodes[step[2]])
    if rule == "continuous":
        return kernel.continuous(subject, nodes[step[2]], premises)
    if rule == "reflexive":
        return kernel.reflexive(subject)
    if rule == "rewrite":
        names = REWRITES[step[-1]].metavariables
        bound = [premise.statement[0] for premise in premises]
        return kernel.rewrite(step[-1], dict(zip(names, bound, strict=True)))
    if rule in ("primitive", "cases", "congruence"):
        return getattr(kernel, rule)(subject, premises)  # type: ignore[no-any-return]
    return getattr(kernel, rule)(*premises)  # type: ignore[no-any-return]


# What is read back from a pickle is proved anew, by the checker and by the rules.
kernel.pickled.give(lambda theorem: (theorem_from, (certificate_of(theorem),)))


__all__ = ["certificate", "write_certificate"]
