"""Stating obligations in the expression language.

`sentence` turns hypotheses and a goal, all conditions over real variables, into an `Obligation`.  What it adds:

* the goal must also be *defined* (no division by zero, no logarithm of a negative number) wherever the hypotheses hold: in
  SMT-LIB ``x/0`` is an arbitrary number, so a proof without this would prove nothing about points where something is undefined;
* instances of axioms, cited facts and lemmas, as named in ``uses``; the axioms behind a lemma are listed with the obligation;
* a second script with the hypotheses alone, which must be satisfiable.

Identities (``goal`` is ``left == right`` between rational expressions over atoms) are also handed to SymPy and to exact polynomial
normal form, with the algebraic relations between the atoms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from micrograd.carriers.smtlib import Script, atoms, instance, unfold
from micrograd.verified.axioms import AXIOMS
from micrograd.verified.cited import FACTS
from micrograd.verified.differentiation import conjuncts, defined
from micrograd.verified.expr import EULER, PI, Condition, Expr, conjunction, eq, negate, postorder, substitute, var
from micrograd.verified.parsing import parse_any, parse_condition
from proofs.identities import decide
from proofs.obligation import Obligation

_CALL = re.compile(r"(\w+)\((.*)\)")
_RATIONAL = frozenset(["add", "sub", "mul", "div", "neg", "powi", "var", "const", "pi", "e"])


def split_call(text: str) -> tuple[str, list[Any]]:
    """``name(a, b)`` as a name and parsed arguments."""
    match = _CALL.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an instance of an axiom or lemma")
    parts, depth = [""], 0
    for character in match.group(2):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return match.group(1), [parse_any(part) for part in parts if part.strip()]


def fact(text: str) -> tuple[Condition, frozenset[str]]:
    """An instance of an axiom or a lemma as a condition, with the axioms that it rests on."""
    from proofs.lemmas import LEMMAS, axioms_behind

    name, arguments = split_call(text)
    if name in AXIOMS or name in FACTS:
        return instance(name, arguments), frozenset((name,))
    lemma = LEMMAS[name]
    binding: dict[Any, Any] = {var(p): a for p, a in zip(lemma.params, arguments, strict=True)}
    statement = substitute(parse_condition(lemma.statement), binding)
    hypothesis = substitute(parse_condition(lemma.hypothesis), binding)
    return negate(hypothesis) | statement, axioms_behind(name)


def sentence(
    name: str,
    statement: str,
    goal: Condition,
    *,
    hypotheses: Sequence[Condition] = (),
    uses: Sequence[str] = (),
    known: Sequence[Condition] = (),
    identity: tuple[Expr, Expr] | None = None,
    definitions: bool = True,
    partial: bool = True,
) -> Obligation:
    """The obligation "for all real values, hypotheses imply that the goal is defined and true".

    Args:
        name: dotted name; its first part is the family.
        statement: one line for the report.
        goal: what is to be shown.
        hypotheses: what is assumed.
        uses: instances of axioms and lemmas, as text.
        known: facts established by earlier obligations of the same proof.
        identity: both sides, if the goal is an equation that other oracles can check.
        definitions: whether primitives are replaced by their definitions.
        partial: whether terms may be undefined, so that definedness is part of the goal.
    """
    facts = [fact(text) for text in uses]
    target = unfold(goal) if definitions else goal
    if partial:
        target = conjunction(defined(target), target)
    assumed = [c for h in hypotheses for c in conjuncts(h)]
    conditions = [*assumed, *known, *[condition for condition, _ in facts], negate(target)]
    script = Script(conditions, definitions=definitions)
    axioms = script.axioms.union(*(names for _, names in facts))
    texts, relations = _identity(identity, assumed, uses) if identity is not None else ((), ())
    return Obligation(
        name=name,
        family=name.split(".")[0],
        statement=statement,
        smtlib=script.text(),
        witness=script.text(len(assumed)) if assumed else None,
        hypotheses=tuple(map(str, assumed)),
        axioms=tuple(sorted(axioms)),
        identities=texts,
        relations=relations,
    )


# --- identities for SymPy and for polynomial normal form -------------------------------------------------------------


def _identity(
    sides: tuple[Expr, Expr], hypotheses: Sequence[Condition], uses: Sequence[str]
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Both sides with atoms replaced by variables, and polynomials that vanish; nothing if the sides are not rational."""
    both = [unfold(side) for side in sides]
    facts = [unfold(fact(text)[0]) for text in uses]
    names = _atom_names([*both, *facts])
    left, right = (_replace(side, names) for side in both)
    if not (_is_rational(left) and _is_rational(right)):
        return (), ()
    found = [*[_replace(r, names) for r in _relations(names, facts)], *_same_atoms(names)]
    usable = [r for r in found if _is_rational(r)]
    return ((str(left), str(right)),), tuple(str(r) for r in usable)


def _atom_names(roots: Sequence[Any]) -> dict[Any, Expr]:
    symbols = [node for node in postorder(roots) if node.head in (PI, EULER)]
    return {node: var(f"_{node.head.name}_{i}") for i, node in enumerate([*atoms(roots), *symbols])}


def _replace(root: Any, names: dict[Any, Expr]) -> Any:
    """Replace outermost atoms by their variables."""
    return substitute(root, dict(names.items()))


def _relations(names: dict[Any, Expr], facts: Sequence[Condition]) -> list[Expr]:
    """Polynomials over atoms that vanish: s² - u for square roots, c³ - u for cube roots, and equations among the facts."""
    found: list[Expr] = []
    for node in names:
        if node.head.name == "sqrt":
            found.append(node**2 - node.key[1])
        elif node.head.name == "cbrt":
            found.append(node**3 - node.key[1])
    for condition in facts:
        for part in conjuncts(condition):
            if part.head.name == "or":
                part = part.key[2]
            if part.head.name == "eq":
                found.append(part.key[1] - part.key[2])
    return found


def _same_atoms(names: dict[Any, Expr]) -> list[Expr]:
    """Differences of atoms of one function at arguments that are equal as rational expressions."""
    found: list[Expr] = []
    rational = [n for n in names if len(n.key) == 2 and _is_rational(_replace(n.key[1], names))]
    for i, first in enumerate(rational):
        for second in rational[:i]:
            if first.head is second.head:
                a, b = (str(_replace(n.key[1], names)) for n in (first, second))
                if decide("flint", a, b).ok:
                    found.append(names[first] - names[second])
    return found


def _is_rational(root: Any) -> bool:
    return all(node.head.name in _RATIONAL for node in postorder([root]))


def equation(name: str, statement: str, left: Expr, right: Expr, **options: Any) -> Obligation:
    """`sentence` for ``left == right``, with the other oracles."""
    return sentence(name, statement, eq(left, right), identity=(left, right), **options)


def conditions(*texts: str) -> list[Condition]:
    """Parse several conditions."""
    return [parse_condition(text) for text in texts]
