"""Expressions to SMT-LIB 2.6 over the reals: the translator that every proof goes through.

Arithmetic, comparisons, ``where`` and integer powers are translated as they are; a primitive with a `Definition` is replaced by its body
first.  What remains, ``exp(u)``, ``sin(u)``, …, becomes an *atom*: a fresh real constant per distinct term, with congruence stated for
every pair of atoms of one function (u = v implies exp(u) = exp(v)).  Nothing is known about an atom but what a
script asserts.  Square roots, cube roots and pi come with their defining axiom.

Division is total in SMT-LIB, so a script is only meaningful together with the definedness of its terms: see `proofs.language`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from micrograd.verified.axioms import AXIOMS
from micrograd.verified.cited import FACTS
from micrograd.verified.expr import (
    BOOL,
    CONST,
    EULER,
    PI,
    POWI,
    VAR,
    Condition,
    Node,
    build,
    negate,
    postorder,
    substitute,
    var,
)
from micrograd.verified.parsing import parse_condition
from micrograd.verified.row import Definition, compile_template

MAX_POWER = 24
"""Integer powers up to this size are written out as products."""

_OPERATORS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "neg": "-",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "=",
    "ne": "distinct",
    "and": "and",
    "or": "or",
    "not": "not",
    "where": "ite",
}
_DEFINING = {"sqrt": "sqrt_def", "cbrt": "cbrt_def"}


def unfold(root: Any) -> Any:
    """Replace every primitive that has a `Definition` by its body, until only base functions are left."""
    while True:
        done: dict[Any, Any] = {}
        changed = False
        for node in postorder([root]):
            key = node.key
            if not key[0].arity:
                done[node] = node
                continue
            children = [done[child] for child in key[1:]]
            row = key[0].row
            if row is not None and isinstance(row.evidence, Definition):
                done[node] = compile_template(row.definition, row.params)((key[0], *children))
                changed = True
            else:
                done[node] = build(key[0], *children)
        root = done[root]
        if not changed:
            return root


def instance(name: str, arguments: Sequence[Node]) -> Condition:
    """An axiom, or a fact that is cited, at given arguments: ``not hypothesis or statement``."""
    axiom = AXIOMS.get(name) or FACTS[name]
    binding: dict[Any, Any] = {var(p): a for p, a in zip(axiom.params, arguments, strict=True)}
    statement = substitute(parse_condition(axiom.statement), binding)
    hypothesis = substitute(parse_condition(axiom.hypothesis), binding)
    return negate(hypothesis) | statement


def _is_atom(node: Any) -> bool:
    which = node.head
    if which is POWI:
        return bool(abs(node.key[2].key[1]) > MAX_POWER)
    return bool(which.arity) and which.name not in _OPERATORS


def atoms(roots: Iterable[Node]) -> list[Any]:
    """The transcendental terms, children first."""
    return [node for node in postorder(roots) if _is_atom(node)]


def _number(value: int | Fraction) -> str:
    top = f"{abs(value.numerator)}.0"
    text = top if value.denominator == 1 else f"(/ {top} {value.denominator}.0)"
    return f"(- {text})" if value < 0 else text


def _symbol(name: str) -> str:
    return f"|{name}|" if name in _RESERVED else name


_RESERVED = frozenset(
    [
        "pi",
        "e",
        "abs",
        "div",
        "mod",
        "is_int",
        "to_real",
        "to_int",
        "let",
        "forall",
        "exists",
        "par",
        "as",
        "distinct",
        "ite",
        "and",
        "or",
        "not",
        "xor",
        "true",
        "false",
    ]
)


class Script:
    """An SMT-LIB script under construction: assertions over shared definitions.

    Attributes:
        axioms: the defining axioms that were added for square roots, cube roots and pi.
    """

    def __init__(self, conditions: Sequence[Condition], *, definitions: bool = True) -> None:
        self.conditions = [unfold(c) if definitions else c for c in conditions]
        self.axioms: set[str] = set()
        self.background: list[Condition] = []
        self._add_background(definitions)
        self.order = postorder([*self.conditions, *self.background])
        self.names: dict[Any, str] = {}
        self.lines: list[str] = []
        self._define()

    def _add_background(self, definitions: bool) -> None:
        known = atoms(self.conditions)
        for node in known if definitions else []:
            name = _DEFINING.get(node.head.name)
            if name is not None:
                self.axioms.add(name)
                self.background.append(unfold(instance(name, node.args)))
        by_head: dict[Any, list[Any]] = {}
        for node in atoms([*self.conditions, *self.background]):
            by_head.setdefault(node.head, []).append(node)
        for nodes in by_head.values():
            for i, first in enumerate(nodes):
                self.background.extend(_congruence(first, second) for second in nodes[:i])
        everything = postorder([*self.conditions, *self.background])
        if definitions and any(node.head is PI for node in everything):
            self.axioms.add("pi_bounds")
            self.background.append(instance("pi_bounds", ()))

    def _define(self) -> None:
        uses: dict[Any, int] = {}
        for node in self.order:
            for child in node.args:
                uses[child] = uses.get(child, 0) + 1
        counter = 0
        for node in self.order:
            key = node.key
            which = key[0]
            if which is CONST:
                self.names[node] = _number(key[1])
            elif which is BOOL:
                self.names[node] = "true" if key[1] else "false"
            elif which is VAR or which in (PI, EULER):
                self.names[node] = key[1] if which is VAR else which.name
                self.names[node] = _symbol(self.names[node])
                self.lines.append(f"(declare-const {self.names[node]} Real)")
            elif _is_atom(node):
                counter += 1
                name = self.names[node] = f"{which.name}!{counter}"
                self.lines.append(f"(declare-const {name} Real) ; {_brief(node)}")
            else:
                text = self._application(key)
                if uses.get(node, 0) > 1:
                    counter += 1
                    sort = "Bool" if which.boolean else "Real"
                    self.lines.append(f"(define-fun t!{counter} () {sort} {text})")
                    text = f"t!{counter}"
                self.names[node] = text

    def _application(self, key: tuple[Any, ...]) -> str:
        which = key[0]
        if which is POWI:
            base, n = self.names[key[1]], key[2].key[1]
            product = "1.0" if n == 0 else base if abs(n) == 1 else f"(* {' '.join([base] * abs(n))})"
            return f"(/ 1.0 {product})" if n < 0 else product
        return f"({_OPERATORS[which.name]} {' '.join(self.names[child] for child in key[1:])})"

    def text(self, assertions: int | None = None) -> str:
        """The script: the background, and the first ``assertions`` of the conditions asserted (default: all)."""
        wanted = self.conditions if assertions is None else self.conditions[:assertions]
        body = [f"(assert {self.names[c]})" for c in [*self.background, *wanted]]
        return "\n".join([*self.lines, *body]) + "\n"


def _congruence(first: Any, second: Any) -> Condition:
    from micrograd.verified.expr import ne

    same = negate(ne(first, second))
    different = [ne(a, b) for a, b in zip(first.args, second.args, strict=True)]
    total = different[0]
    for condition in different[1:]:
        total = total | condition
    return total | same


def _brief(node: Node) -> str:
    text = str(node).replace("\n", " ")
    return text if len(text) <= 100 else f"{text[:97]}..."


def declarations(script: str) -> Iterator[str]:
    """The names that a script declares."""
    for line in script.splitlines():
        if line.startswith("(declare-const "):
            yield line.split()[1]
