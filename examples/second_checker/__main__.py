"""The rows of the registry and of the rewrite table as data: ``python -m examples.second_checker > rows.json``."""

from __future__ import annotations

import json
from typing import Any

from micrograd.verified.checker import registry_digest
from micrograd.verified.expr import HEADS, Node
from micrograd.verified.names import FUNCTION_NAMES, NAMES_RESERVED
from micrograd.verified.registry import REGISTRY
from micrograd.verified.rewrites import CONSTANTS, INTEGERS, REWRITES
from micrograd.verified.wengert import to_wengert


def tree(node: Node | None) -> Any:
    """An expression as a Wengert list without its roots."""
    return None if node is None else to_wengert([node])[:-1]


def rows() -> dict[str, Any]:
    """All that a checker must be told."""
    return {
        "registry": registry_digest(),
        "reserved": sorted(FUNCTION_NAMES | NAMES_RESERVED),
        "heads": {name: [head.arity, head.boolean] for name, head in HEADS.items()},
        "rows": {
            name: {"params": row.params, "partials": [tree(t) for t in row.partial_templates], "domain": tree(row.domain_template)}
            for name, row in REGISTRY.items()
        },
        "rewrites": {
            name: {
                "variables": rule.metavariables,
                "constants": sorted(set(rule.metavariables) & CONSTANTS),
                "integers": sorted(set(rule.metavariables) & INTEGERS),
                "left": tree(rule.pattern),
                "right": tree(rule.replacement),
                "condition": tree(rule.guard),
            }
            for name, rule in REWRITES.items()
        },
    }


if __name__ == "__main__":
    print(json.dumps(rows()))
