"""The terms of one cell: generators, the atoms that they stand for, and what is known of their signs.

A cell is a list of hypotheses.  In it every expression becomes a fraction of polynomials in generators (`micrograd.prove.normal.ring`);
a generator stands for an *atom*: a variable, or a transcendental term of others.  Atoms are made by the rules in the modules beside this
one, which say what relations they have and what Z3 is told of them.

Where a sign is not known `NeedSplit` asks for the cell to be cut; `Refine` asks for another start with finer generators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any

from micrograd.prove.limits import shown
from micrograd.prove.normal.bounds import bounds, enclosure
from micrograd.prove.normal.ring import CAPACITY, MAX_POWER, ROOMS, Element, Ring, Unsupported
from micrograd.prove.normal.signs import ANY, NEGATIVE, NONNEGATIVE, NONPOSITIVE, POSITIVE, Knowledge, Signs
from micrograd.verified.expr import Expr, const, pi, variables


class NeedSplit(Exception):
    """The sign of an expression must be known to go on."""

    def __init__(self, expression: Expr) -> None:
        super().__init__(str(expression))
        self.expression = expression


class Refine(Exception):
    """Start again: a basis element must be divided, or there is no room for another generator."""


@dataclass
class Plan:
    """How basis elements are divided, and for how many generators there is room; what is learnt in one start and used in the next."""

    parts: dict[str, int] = field(default_factory=dict)
    room: int = CAPACITY

    @staticmethod
    def small() -> Plan:
        """One that begins with little room: for those who can start again."""
        return Plan(room=ROOMS[0])

    def enlarge(self, room: int) -> Refine:
        """More room than there was; returns the exception to raise."""
        self.room = max(self.room, next(larger for larger in ROOMS if larger > room))
        return Refine(f"room for {self.room} terms")

    def divide(self, key: str, by: int) -> Refine:
        """Divide a basis element further; returns the exception to raise."""
        self.parts[key] = lcm(self.parts.get(key, 1), by) if key.startswith("root") else self.parts.get(key, 1) * by
        if self.parts[key] > (MAX_POWER if key.startswith("root") else 10**6):
            raise Unsupported(f"{key} would have to be divided by {shown(self.parts[key])}")
        return Refine(key)


@dataclass
class Atom:
    """What a generator stands for."""

    kind: str
    expression: Expr
    arguments: tuple[Element, ...] = ()
    polynomial: Any = None
    order: int = 1
    key: str = ""


@dataclass
class Obligation:
    """What must hold for the claim to be defined: an element has one of the signs."""

    element: Element
    allowed: Signs
    text: str


class Terms:
    """The terms of one cell.

    Attributes:
        plan: how basis elements are divided.
        ring: the polynomials in the generators.
        know: the signs.
        atoms: what the generators stand for, in the order of their numbers.
        exponents: a basis over ℚ of the exponents, each with the generator that is its exponential.
        angles: a basis over ℚ of the angles, each with its cosine and its sine.
        obligations: what the claim must show to be defined; None while facts are learnt.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ring = Ring(plan.room)
        self.know = Knowledge(self.ring)
        self.atoms: list[Atom] = []
        self.exponents: list[tuple[Element, int]] = []
        self.angles: list[tuple[Element, int, int]] = []
        self.obligations: list[Obligation] | None = None
        self.one = Element(self.ring, self.ring.one, self.ring.one)
        self.zero = Element(self.ring, self.ring.constant(0), self.ring.one)

    # --- generators

    def number(self, value: int | Fraction) -> Element:
        """A rational number."""
        return Element(self.ring, self.ring.constant(value), self.ring.one)

    def element(self, index: int) -> Element:
        """A generator as an element."""
        return Element(self.ring, self.ring.generators[index], self.ring.one)

    def generator(self, atom: Atom, signs: Signs = ANY) -> int:
        """The number of a new generator for the atom."""
        if len(self.atoms) == self.ring.room < CAPACITY:
            raise self.plan.enlarge(self.ring.room)
        self.ring.new()
        self.atoms.append(atom)
        self.know.generator_signs.append(signs)
        index = len(self.atoms) - 1
        self._bound_constant(index, atom)
        return index

    def _bound_constant(self, index: int, atom: Atom) -> None:
        """Tell Z3 rational bounds of a generator that has no variables."""
        if variables(atom.expression):
            return
        value = enclosure(atom.expression)
        if value is None:
            return
        if value > 0:
            self.know.generator_signs[index] = POSITIVE
        elif value < 0:
            self.know.generator_signs[index] = NEGATIVE
        found = bounds(value)
        if found is not None:
            low, high = found
            self.know.background.append(lambda: [self.know.real(index) > low, self.know.real(index) < high])

    def of_kind(self, *kinds: str) -> Iterator[tuple[int, Atom]]:
        """The generators of these kinds, with their atoms."""
        return ((i, atom) for i, atom in enumerate(self.atoms) if atom.kind in kinds)

    def pi(self) -> Element:
        """The number pi."""
        known = next((i for i, _ in self.of_kind("pi")), None)
        if known is None:
            known = self.generator(Atom("pi", pi), POSITIVE)
        return self.element(known)

    def as_generator(self, p: Any) -> int | None:
        """The generator that a polynomial is, if it is one."""
        used = self.ring.used(p)
        return used[0] if len(used) == 1 and p == self.ring.generators[used[0]] else None

    def split(self, u: Element, kind: str) -> tuple[Element, list[tuple[Fraction, int]]]:
        """u without its rational multiples of generators of a kind, and those."""
        found: list[tuple[Fraction, int]] = []
        others = [g for g in self.ring.used(u.num) if self.atoms[g].kind == kind]
        for index in others:
            slope = self.ring.slope(u.num, index, others)
            whole = divmod(slope, u.den)[0] if not slope.is_zero() else slope
            q = next((c for c, monomial in self.ring.terms(whole) if not monomial), None)
            if q is not None:
                found.append((q, index))
        rest = u
        for q, index in found:
            rest = rest - self.element(index).scaled(q)
        return rest, found

    # --- reading back

    def to_expression(self, p: Any) -> Expr:
        """A polynomial in the expression language."""
        total: Expr | None = None
        for coefficient, monomial in self.ring.terms(p):
            term: Expr | None = None
            for g, n in monomial:
                one = self.atoms[g].expression ** n if n > 1 else self.atoms[g].expression
                term = one if term is None else term * one
            if term is None:
                term = const(coefficient)
            elif coefficient != 1:
                term = const(coefficient) * term
            total = term if total is None else total + term
        return const(0) if total is None else total

    def express(self, element: Element) -> Expr:
        """An element in the expression language."""
        top = self.to_expression(element.num)
        return top if element.den.is_one() else top / self.to_expression(element.den)

    def for_z3(self, u: Element) -> tuple[Any, list[Any]]:
        """An element for Z3: a term, and what defines it."""
        if u.den.is_constant():
            return self.know.translate(u.num / u.den.leading_coefficient()), []
        fresh = self.know.session().fresh()
        bottom = self.know.translate(u.den)
        return fresh, [fresh * bottom == self.know.translate(u.num), bottom != 0]

    # --- signs

    def weak(self, p: Any) -> int:
        """s with s·p >= 0."""
        signs = self.know.of_polynomial(p)
        if signs <= NONNEGATIVE:
            return 1
        if signs <= NONPOSITIVE:
            return -1
        raise NeedSplit(self.to_expression(p))

    def decide(self, element: Element, wanted: Signs) -> bool:
        """Whether the element's sign is one of those wanted; asks for a split if that is open."""
        if self.know.surely(element, wanted):
            return True
        if not self.know.of(element) & wanted:
            return False
        _, factors = self.know.factor(element)
        unknown = [p for p, _ in factors if len(self.know.of_polynomial(p)) > 1]
        unknown.sort(key=lambda p: (len(p), len(self.ring.used(p))))
        raise NeedSplit(self.to_expression(unknown[0]))

    def sign_of_product(self, factors: list[Any]) -> int:
        """s with s·Π p >= 0 for irreducible polynomials p."""
        total = 1
        unknown = []
        for p in factors:
            signs = self.know.of_polynomial(p)
            if signs <= NONPOSITIVE:
                total = -total
            elif not signs <= NONNEGATIVE:
                unknown.append(p)
        if len(unknown) > 1:
            product = self.one
            for p in unknown:
                product = product * Element(self.ring, p, self.ring.one)
            signs = self.know.of(product)
            if signs <= NONNEGATIVE:
                return total
            if signs <= NONPOSITIVE:
                return -total
        if unknown:
            raise NeedSplit(self.to_expression(unknown[0]))
        return total

    def require(self, element: Element, allowed: Signs, text: Callable[[], str]) -> None:
        """The element has one of the signs wherever the term is defined: an obligation of the claim, else a fact."""
        if self.obligations is not None:
            if self.know.surely(element, allowed):
                return
            self.obligations.append(Obligation(element, allowed, text()))
        self.know.learn(element, allowed)
