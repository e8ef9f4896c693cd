"""Oracle steps: sentences of real arithmetic that the checker writes itself, and a solver settles.

A sentence says what the cell has established about its generators: their signs, relations and facts; inequalities about exponentials,
logarithms and the like; and the negation of what is to be shown.  All of this holds at every point of the cell at which the negation does;
so if the sentence has no model, there is no such point.  A quotient N/D is a variable q with q·D = N.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from micrograd.verified.verdicts.polynomials import ANY, ONE, Factored, Number, Polynomial, Ring, Signs, Value, bits, generator

MAX_TERMS, MAX_DEGREE, MAX_MIXED_DEGREE, MAX_BITS = 60, 40, 8, 2000
"""Facts with more terms, a higher degree (in several generators), or longer numbers are left out: solvers heed no limit on these."""


class Atom:
    """What a generator stands for: ``kind`` is var, pi, exp, log, cos, sin, root or the name of a function.

    ``arguments`` are the operands as values; for log|p| and |p|^(1/m), ``inner`` is p and ``order`` is m; ``node`` is that of a variable.
    A function is extended to all operands in some fixed way, Lambert's W by -1/2, others by 0; rules speak of it only where it has a value.
    """

    def __init__(self, kind: str, arguments: Sequence[Value] = (), inner: Polynomial | None = None, order: int = 1, node: int = -1) -> None:
        self.kind, self.arguments, self.inner, self.order, self.node = kind, tuple(arguments), inner, order, node


class Knowledge(Protocol):
    """What a cell has established."""

    ring: Ring
    atoms: list[Atom]
    atom_signs: list[Signs]
    signs: dict[frozenset[tuple[tuple[tuple[int, int], ...], Number]], Signs]
    facts: list[tuple[Factored, Signs]]


def question(known: Knowledge, negated: tuple[Polynomial, Signs] | None, ordered: bool) -> str:
    """The sentence; with ``ordered`` it also says that exp is increasing, for each two exponentials and logarithms."""
    lines = ["(set-logic QF_NRA)"]
    lines += [f"(declare-const g{g} Real)" for g in range(len(known.atoms))]
    for g, (atom, signs) in enumerate(zip(known.atoms, known.atom_signs, strict=True)):
        lines += [f"(assert {_has(generator(g), signs)})"] if signs != ANY else []
        lines += _about(g, atom)
    for g, (m, low) in known.ring.relations.items():
        if m <= MAX_DEGREE and small(low):
            lines.append(f"(assert (= {_polynomial(generator(g, m))} {_polynomial(low)}))")
    lines += [f"(assert {_has(dict(p), signs)})" for p, signs in known.signs.items() if signs != ANY and small(dict(p))]
    lines += [f"(assert {text})" for factored, signs in known.facts for text in _fact(factored, signs)]
    if ordered:
        lines += _order(known.atoms)
    if negated is not None:
        lines.append(f"(assert {_has(*negated)})")
    return "\n".join([*lines, "(check-sat)"]) + "\n"


def _number(c: Number) -> str:
    if c < 0:
        return f"(- {_number(-c)})"
    return str(c) if isinstance(c, int) or c.denominator == 1 else f"(/ {c.numerator} {c.denominator})"


def _polynomial(p: Polynomial) -> str:
    terms = [" ".join([_number(c), *[f"g{g}" for g, n in monomial for _ in range(n)]]) for monomial, c in p.items()]
    written = [f"(* {term})" if " g" in term else term for term in terms]
    return f"(+ {' '.join(written)})" if len(written) > 1 else written[0] if written else "0"


def small(p: Polynomial) -> bool:
    """Whether a solver can be asked about a polynomial."""
    several = len({g for monomial in p for g, _ in monomial}) > 1
    degree = max((sum(n for _, n in monomial) for monomial in p), default=0)
    return len(p) <= MAX_TERMS and degree <= (MAX_MIXED_DEGREE if several else MAX_DEGREE) and bits(p) <= MAX_BITS


def _is_small(atom: Atom) -> bool:
    return all(small(p) for argument in atom.arguments for p in argument) and (atom.inner is None or small(atom.inner))


def _has(p: Polynomial, signs: Signs) -> str:
    """The polynomial has one of the signs."""
    parts = [f"({relation} {_polynomial(p)} 0)" for sign, relation in ((-1, "<"), (0, "="), (1, ">")) if sign in signs]
    return f"(or {' '.join(parts)})" if len(parts) > 1 else parts[0] if parts else "false"


def _fact(factored: Factored, allowed: Signs) -> Iterator[str]:
    """A product has one of the signs: said of its factors to odd powers, whose product has the same sign where the others are not 0."""
    content, factors = factored
    if allowed == ANY or not all(small(p) for p, _ in factors):
        return
    parts = [_polynomial(p) for p, e in factors for _ in range(2 - e % 2)]
    product = f"(* {' '.join([_number(content), *parts])})" if parts else _number(content)
    relations = [relation for sign, relation in ((-1, "<"), (0, "="), (1, ">")) if sign in allowed]
    yield f"(or false {' '.join(f'({relation} {product} 0)' for relation in relations)})"


def _quotient(name: str, value: Value) -> tuple[str, list[str]]:
    """A term for the value, and what defines it."""
    top, bottom = value
    if bottom == ONE:
        return _polynomial(top), []
    return name, [f"(declare-const {name} Real)", f"(assert (= (* {name} {_polynomial(bottom)}) {_polynomial(top)}))"]


def _size(p: Polynomial) -> str:
    return f"(ite (>= {_polynomial(p)} 0) {_polynomial(p)} (- {_polynomial(p)}))"


def _about(g: int, atom: Atom) -> list[str]:
    """Inequalities about one generator."""
    z = f"g{g}"
    if not _is_small(atom):
        return []
    if atom.kind == "pi":
        return [f"(assert (and (< 3 {z}) (< {z} 4)))"]
    if atom.kind == "log" and atom.inner is not None:
        size = _size(atom.inner)
        return [f"(assert (and (<= {z} (- {size} 1)) (= (> {size} 1) (> {z} 0)) (= (< {size} 1) (< {z} 0))))"]
    if atom.kind not in ("exp", "erf", "atan"):
        return []
    q, lines = _quotient(f"q{g}", atom.arguments[0])
    if atom.kind == "exp":
        return [*lines, f"(assert (and (>= {z} (+ 1 {q})) (= (> {q} 0) (> {z} 1)) (= (< {q} 0) (< {z} 1))))"]
    bound = "1" if atom.kind == "erf" else "(/ 8 5)"
    return [*lines, f"(assert (and (< (- {bound}) {z}) (< {z} {bound}) (= (> {q} 0) (> {z} 0)) (= (< {q} 0) (< {z} 0))))"]


def _order(atoms: Sequence[Atom]) -> Iterator[str]:
    """exp is increasing: of each exponential the exponent and itself, of each logarithm itself and the size of its argument."""
    rungs: list[tuple[str, str]] = []
    for g, atom in enumerate(atoms):
        if not _is_small(atom):
            continue
        if atom.kind == "exp":
            rungs.append((_quotient(f"q{g}", atom.arguments[0])[0], f"g{g}"))
        elif atom.kind == "log" and atom.inner is not None:
            rungs.append((f"g{g}", _size(atom.inner)))
    for place, (u, x) in enumerate(rungs):
        for v, y in rungs[:place]:
            yield f"(assert (and (= (< {u} {v}) (< {x} {y})) (= (> {u} {v}) (> {x} {y}))))"
