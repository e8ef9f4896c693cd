"""What is known at the points of one cell.

A cell is a set of literals: comparisons that hold, which means that both sides have values.  Lines of a certificate add to what is
known:

* ``gen``: a generator that stands for a term, defined at every point of the cell;
* ``val``: *e ↦ N/D*: the term e has a value, it is N/D, and D is not 0 (`micrograd.verified.verdicts.values`);
* ``hyp``: the literal a R b with values of a and b gives the signs of a - b; ``def``: what has a value below a literal has its operands in
  its domain; both give signs of c·Π pᵉ, from which those of each p follow as far as the others are known; ``use`` draws these
  conclusions again;
* ``cmp``: the truth of a comparison, from the signs of the difference of its sides;
* ``ask``: a solver shows that a polynomial has none of the other signs; ``empty``: that the cell has no points.

If a polynomial is left without a sign, the cell has no points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from micrograd.verified.check_table import BOOLEAN, Table, definition_of
from micrograd.verified.errors import CertificateError
from micrograd.verified.registry import REGISTRY
from micrograd.verified.row import Definition
from micrograd.verified.verdicts.oracle import Atom, question, small
from micrograd.verified.verdicts.polynomials import (
    ANY,
    MAX_BITS,
    MAX_POWER,
    NONNEGATIVE,
    NONPOSITIVE,
    NONZERO,
    NOTHING,
    ONE,
    POSITIVE,
    RELATION,
    ZERO,
    Factored,
    Polynomial,
    Ring,
    Signs,
    Value,
    constant,
    generator,
    index,
    key,
    plus,
    read_factored,
    read_number,
    read_polynomial,
    read_signs,
    require,
    scaled,
    sign_of,
    sign_plus,
    sign_power,
    sign_times,
)
from micrograd.verified.verdicts.rules import RULES

QUESTION = 20_000
"""Work that counts for a question to a solver."""
Oracle = Callable[[str], bool]
"""Whether a sentence of real arithmetic is shown to have no model."""


ABOUT = {
    "floor": (("over", NONNEGATIVE), ("under", POSITIVE)),
    "lambertw": (("next", POSITIVE), ("like", ANY)),
}
"""For a generator g of a function of u: u - g, g + 1 - u or g + 1 has one of the signs, or g has the sign of u."""


class Cell:
    """The knowledge about one cell; ``empty`` says that it has no points."""

    def __init__(
        self, table: Table, literals: Sequence[int], place: Callable[[Any], int], oracle: Oracle, work: list[int], used: set[str]
    ) -> None:
        self.table, self.literals, self.place, self.oracle, self.used = table, list(literals), place, oracle, used
        self.ring = Ring(work)
        self.atoms: list[Atom] = []
        self.atom_signs: list[Signs] = []
        self.signs: dict[frozenset[Any], Signs] = {}
        self.facts: list[tuple[Factored, Signs]] = []
        self.values: dict[int, Value] = {}
        self.truths: dict[int, bool] = {}
        self.below: dict[int, set[int]] = {}
        self.shown: set[int] = set()
        self.beside: dict[tuple[int, int], bool] = {}
        self.small: set[tuple[int, int]] = set()
        self.empty = False

    # --- reading

    def polynomial(self, data: Any) -> Polynomial:
        """A polynomial over the generators that there are."""
        return read_polynomial(data, len(self.atoms))

    def factored(self, data: Any) -> Factored:
        """A factored form over the generators that there are."""
        return read_factored(data, len(self.atoms))

    def fraction(self, top: Any, bottom: Any, factors: Any) -> Value:
        """A fraction whose denominator is shown not to be 0; it is its factored form, or of one factor."""
        value = self.polynomial(top), self.polynomial(bottom)
        if value[1] != ONE:
            require(0 not in self.sign_by((value[1], ONE), self.factored(factors)), "a denominator may be 0")
        return value

    def value_of(self, node: int) -> Value:
        """The value that an earlier line has shown."""
        if node not in self.values:
            raise CertificateError(f"no value of {self.table.keys[node][0]} is shown yet")
        return self.values[node]

    # --- signs

    def sign(self, p: Polynomial) -> Signs:
        """Signs of a polynomial: by its terms, and what is recorded."""
        total = ZERO
        for monomial, c in p.items():
            signs = sign_of(c)
            for g, n in monomial:
                signs = sign_times(signs, sign_power(self.atom_signs[g] & self.signs.get(key(generator(g)), ANY), n))
            total = sign_plus(total, signs)
        return total & self.signs.get(key(p), ANY)

    def sign_by(self, value: Value, factored: Factored) -> Signs:
        """Signs of a value by a factored form of it, whose denominators are not 0."""
        require(self.ring.same(value, self.ring.product(factored)), "the factors do not multiply to the value")
        total = sign_of(factored[0])
        for p, e in factored[1]:
            signs = self.sign(p)
            require(e > 0 or 0 not in signs, "a factor of a denominator may be 0")
            total = sign_times(total, sign_power(signs, e))
        return total

    def record(self, p: Polynomial, signs: Signs) -> None:
        """A polynomial has one of the signs."""
        signs &= self.sign(p)
        self.signs[key(p)] = signs
        self.empty = self.empty or not signs

    def learn(self, value: Value, signs: Signs, factored: Factored) -> None:
        """A value has one of the signs."""
        self.sign_by(value, factored)
        self.facts.append((factored, signs))
        self.use(len(self.facts) - 1)

    def use(self, number: int) -> None:
        """What a fact says about each factor, given what is known of the others."""
        for p, signs in self.conclusions(number):
            self.record(p, signs)

    def conclusions(self, number: int) -> Iterator[tuple[Polynomial, Signs]]:
        """Factors of a fact of which it excludes signs, and the signs that are left; where none are, there are no points."""
        (content, factors), allowed = self.facts[number]
        self.ring.spend(len(factors) * sum(len(p) for p, _ in factors))
        if not factors and not sign_of(content) & allowed:
            yield constant(1), ZERO
        for place, (p, e) in enumerate(factors):
            others = sign_of(content)
            for other, (q, n) in enumerate(factors):
                if other != place:
                    others = sign_times(others, sign_power(self.sign(q), n))
            known = self.sign(p)
            left = frozenset(s for s in known if sign_times(others, sign_power(frozenset((s,)), e)) & allowed)
            if left != known or not left:
                yield p, left

    # --- truth

    def difference(self, comparison: int) -> tuple[Value, Signs]:
        """The difference of a comparison's sides, and its signs where the comparison holds."""
        name, *sides = self.table.keys[comparison]
        require(name in RELATION, "not a comparison")
        return self.ring.sum(self.value_of(sides[0]), self.value_of(sides[1]), -1), RELATION[name]

    def truth(self, condition: int) -> bool | None:
        """Of a condition, from the truth of its comparisons; ``and`` and ``or`` look at the second part if the first does not decide."""
        found: dict[int, bool | None] = {}
        nodes = self.table.below([condition], BOOLEAN.__contains__)
        self.ring.spend(4 * len(nodes))
        for node in nodes:
            name, *parts = self.table.keys[node]
            if name == "bool":
                found[node] = parts[0]
            elif name == "not":
                part = found[parts[0]]
                found[node] = None if part is None else not part
            elif name in ("and", "or"):
                first = found[parts[0]]
                found[node] = found[parts[1]] if first is (name == "and") else first
            else:
                found[node] = self.truths.get(node)
        return found[condition]

    def have_values(self, literal: int) -> set[int]:
        """Terms that have a value where the literal, a comparison, holds; of a disjunction only one part need have one."""
        require(self.table.keys[literal][0] in RELATION, "not a comparison")
        if literal not in self.below:
            found: set[int] = set()
            stack = list(self.table.keys[literal][1:])
            while stack:
                node = stack.pop()
                name, *operands = self.table.keys[node]
                if node in found or name in ("var", "const", "bool"):
                    continue
                found.add(node)
                self.ring.spend(8)  # each literal has a set of its own
                row = REGISTRY.get(name)
                if name in ("where", "and", "or"):  # later parts are looked at only if the first asks for them
                    operands = operands[:1]
                elif row is not None and isinstance(row.evidence, Definition) and not row.values and row.within is None:
                    self.used.add(name)
                    stack.append(definition_of(name)(self.table, operands))
                stack += operands
            self.below[literal] = found
        return self.below[literal]

    # --- lines

    def hyp(self, literal: int, factors: Any) -> None:
        """A literal of the cell holds."""
        require(literal in self.literals, "not a literal of this cell")
        value, signs = self.difference(literal)
        self.learn(value, signs, self.factored(factors))

    def define(self, literal: int, node: int, factors: Any) -> None:
        """What has a value below a literal is in its domain."""
        require(literal in self.literals and node in self.have_values(literal), "not a term below a literal of this cell")
        name, *operands = self.table.keys[node]
        signs: Signs | None = {"div": NONZERO, "log": POSITIVE, "sqrt": NONNEGATIVE}.get(name)
        if name in ("pow", "powi") and self.table.keys[operands[1]][0] == "const":
            q = Fraction(self.table.keys[operands[1]][1])
            if q.denominator > 1:
                signs = NONNEGATIVE if q > 0 else POSITIVE
            elif q < 0:
                signs = NONZERO
        require(signs is not None, f"{name} says nothing of its operands")
        assert signs is not None
        self.learn(self.value_of(operands[-1] if name == "div" else operands[0]), signs, self.factored(factors))

    def compare(self, comparison: int, factors: Any) -> None:
        """The truth of a comparison."""
        value, wanted = self.difference(comparison)
        signs = self.sign_by(value, self.factored(factors))
        require(signs <= wanted or not signs & wanted, "the comparison remains open")
        self.truths[comparison] = signs <= wanted

    def ask(self, polynomial: Any, signs: Any, ordered: Any) -> None:
        """A solver excludes all other signs of a polynomial."""
        p, left = self.polynomial(polynomial), read_signs(signs)
        require(small(p), "a polynomial that is too large for a solver")
        require(self.settled((p, self.sign(p) - left), ordered), "the solver does not show it")
        self.record(p, left)

    def vacant(self, ordered: Any) -> None:
        """A solver shows that the cell has no points."""
        require(self.settled(None, ordered), "the solver does not show it")
        self.empty = True

    def settled(self, negated: tuple[Polynomial, Signs] | None, ordered: Any) -> bool:
        """Whether a solver shows that nothing of the kind is possible."""
        sentence = question(self, negated, ordered is True)
        self.ring.spend(QUESTION + len(sentence))
        return self.oracle(sentence)

    def terms(self, polynomial: Any) -> None:
        """Each term of a sum that is 0 and has no terms of the other sign is 0."""
        p = self.polynomial(polynomial)
        require(self.sign(p) <= ZERO, "the sum may be other than 0")
        parts = [{monomial: c} for monomial, c in p.items()]
        require(any(all(self.sign(part) <= side for part in parts) for side in (NONNEGATIVE, NONPOSITIVE)), "terms of both signs")
        for monomial in p:
            self.record({monomial: 1}, ZERO)
            if len(monomial) == 1:
                self.record(generator(monomial[0][0]), ZERO)

    def about(self, number: Any, which: Any, factors: Any) -> None:
        """What is known of every value of a function: see `ABOUT`."""
        g = index(number, len(self.atoms))
        atom = self.atoms[g]
        facts = ABOUT.get(atom.kind, ())
        shown, signs = facts[index(which, len(facts))]
        self.used.add(atom.kind + " facts")
        u = atom.arguments[0]
        value: Value = generator(g), ONE
        if shown == "over":
            value = self.ring.sum(u, value, -1)
        elif shown == "under":
            value = self.ring.sum(self.ring.sum(value, (ONE, ONE)), u, -1)
        elif shown == "next":
            value = self.ring.sum(value, (ONE, ONE))
        else:
            signs = self.sign_by(u, self.factored(factors[1]))
            factors = factors[0]
        self.learn(value, signs, self.factored(factors))

    def gen(self, kind: Any, *data: Any) -> None:
        """A new generator."""
        if kind in GENERATORS:
            GENERATORS[kind](self, *data)
        else:
            self.application(kind, *data)

    # --- generators

    def add(self, atom: Atom, signs: Signs = ANY) -> int:
        """File a generator; what is said of its kind counts as used."""
        self.used.update({atom.kind} & RULES.keys())
        self.atoms.append(atom)
        self.atom_signs.append(signs)
        return len(self.atoms) - 1

    def find(self, kind: str, node: int = -1) -> int:
        """The generator of a variable, or of a constant."""
        for g, atom in enumerate(self.atoms):
            if atom.kind == kind and atom.node == node:
                return g
        raise CertificateError(f"there is no generator for {kind}")

    def logarithm(self, polynomial: Any) -> None:
        """log|p| for p that is not 0."""
        p = self.polynomial(polynomial)
        require(0 not in self.sign(p), "a logarithm of 0")
        large = set(p) == {()} and p[()] > 1
        self.add(Atom("log", inner=p), POSITIVE if large else ANY)

    def root(self, polynomial: Any, order: Any) -> None:
        """|p|^(1/m) for p >= 0 or p <= 0."""
        p, m, g = self.polynomial(polynomial), index(order, MAX_POWER + 1), len(self.atoms)
        signs = self.sign(p)
        require(m >= 2 and (signs <= NONNEGATIVE or signs <= NONPOSITIVE), "a root of what may have either sign")
        self.ring.relations[g] = (m, p if signs <= NONNEGATIVE else scaled(p, -1))
        self.add(Atom("root", inner=p, order=m), NONNEGATIVE if 0 in signs else POSITIVE)

    def application(self, name: Any, *data: Any) -> None:
        """A function of values; where it has no value the generator is 0."""
        require(isinstance(name, str) and name in REGISTRY and len(data) == REGISTRY[name].arity, "not a function with so many operands")
        self.add(Atom(name, [self.fraction(*argument) for argument in data]))

    def log_of(self, p: Polynomial) -> Value:
        """log|p| of a factor that is not 0, by a generator for it, or by what p is."""
        self.ring.spend(1 + len(self.atoms))  # products of roots of products of roots have many factors
        for g, atom in enumerate(self.atoms):
            if atom.kind == "log" and atom.inner == p:
                return generator(g), ONE
            if p == generator(g) and atom.kind == "exp":
                return atom.arguments[0]
            if p == generator(g) and g in self.shown and atom.kind == "lambertw":  # W·exp(W) = u
                above, below = (self.log_of(part) if part != ONE else (NOTHING, ONE) for part in atom.arguments[0])
                return self.ring.sum(self.ring.sum(above, below, -1), (p, ONE), -1)
            if p == generator(g) and atom.kind == "root":
                assert atom.inner is not None
                top, bottom = self.log_of(atom.inner)
                return top, scaled(bottom, atom.order)
        ((monomial, c),) = p.items() if len(p) == 1 else (((), 0),)
        if c == 1 and sum(n for _, n in monomial) > 1:  # of a product of powers, by its factors
            total: Value = NOTHING, ONE
            for g, n in monomial:
                total = self.ring.sum(total, self.log_of(generator(g)), n)
            return total
        raise CertificateError("there is no generator for the logarithm of a factor")

    def log_of_product(self, factored: Factored, numbers: Sequence[tuple[Any, Any]]) -> Value:
        """log|c·Π pᵉ|, with c = Π qⁿ: none of the factors is 0."""
        content = Fraction(1)
        parts = list(factored[1])
        for text, n in numbers:
            require(n.__class__ is int and abs(n) <= MAX_POWER, "an exponent of a number")
            q = read_number(text)
            require(q > 0 and _length(q) * abs(n) <= 2 * MAX_BITS, "a number whose power is too long")
            content *= Fraction(q) ** n
            require(_length(content) <= 2 * MAX_BITS, "numbers whose product is too long")
            parts.append((constant(q), n))
        require(content == abs(factored[0]), "the numbers do not multiply to the content")
        total: Value = constant(0), ONE
        for p, e in parts:
            require(0 not in self.sign(p), "a logarithm of 0")
            total = self.ring.sum(total, self.log_of(p), e)
        return total


def variable(cell: Cell, node: int) -> None:
    """A variable."""
    require(cell.table.keys[node][0] == "var", "not a variable")
    cell.add(Atom("var", node=node))


def pi(cell: Cell) -> None:
    """π."""
    cell.used.add("pi")
    cell.add(Atom("pi"), POSITIVE)


def exponential(cell: Cell, top: Any, bottom: Any, factors: Any) -> None:
    """exp(N/D)."""
    cell.add(Atom("exp", [cell.fraction(top, bottom, factors)]), POSITIVE)


def cosine(cell: Cell, top: Any, bottom: Any, factors: Any) -> None:
    """cos(N/D), and after it sin(N/D) with sin² = 1 - cos²."""
    argument = cell.fraction(top, bottom, factors)
    c = cell.add(Atom("cos", [argument]))
    s = cell.add(Atom("sin", [argument]))
    cell.ring.relations[s] = (2, plus(ONE, generator(c, 2), -1))


GENERATORS: Mapping[str, Callable[..., None]] = {
    "var": variable,
    "pi": pi,
    "exp": exponential,
    "log": Cell.logarithm,
    "cos": cosine,
    "root": Cell.root,
}
"""What makes a generator of each kind; others are functions."""


def _length(q: Fraction | int) -> int:
    return max(q.numerator.bit_length(), q.denominator.bit_length())
