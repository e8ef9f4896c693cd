"""Normal forms: an expression as a fraction of polynomials in atoms, within a cell.

A cell is a list of hypotheses.  Inside it conditions are decided, ``where`` takes one of its branches, |p| is p or -p, and

* exp(u): the exponents of a problem get a basis over ℚ, found by elimination; exp(Σ n·b) = Π exp(b)^n, exp(q·log|p| + u) = |p|^q·exp(u);
* log(w): the sum of e·log|p| over the irreducible factors p^e of w, numbers included;
* roots: w^(a/b) is the product of |p|^(e·a/b), with a generator R = |p|^(1/m) and its relation R^m = ±p;
* sin, cos: a basis of the angles over ℚ as for exp, the addition theorems, sin² = 1 - cos², exact values at multiples of π/4 and π/6;
* floor, atan, erf and whatever has no definition: one atom for each distinct argument, up to sign and whole steps.

If the difference of two expressions comes out as 0, they are equal at every point of the cell where both are defined.

Where a sign is not known `NeedSplit` asks for the cell to be cut; `Refine` asks for another start with finer generators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any

import flint

from micrograd.carriers.arb.carrier import ball
from micrograd.carriers.arb.precision import precision
from micrograd.carriers.evaluation import evaluate
from micrograd.prove import solver
from micrograd.prove.limits import shown, tick
from micrograd.prove.normal.ring import CAPACITY, MAX_POWER, Element, Ring, TooLarge, Unsupported, coordinates
from micrograd.prove.normal.signs import (
    ANY,
    MAX_DEGREE,
    NEGATIVE,
    NONNEGATIVE,
    NONPOSITIVE,
    NONZERO,
    POSITIVE,
    ZERO,
    Knowledge,
    Signs,
)
from micrograd.prove.normal.special import SPECIAL, special_exponential
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import (
    AND,
    BOOL,
    CONST,
    EQ,
    EULER,
    GE,
    GT,
    LE,
    LT,
    NE,
    NOT,
    OR,
    PI,
    TRUE,
    VAR,
    WHERE,
    Condition,
    Expr,
    const,
    named,
)
from micrograd.verified.functions import absolute, atan, exp, floor, log
from micrograd.verified.functions import cos as cos_
from micrograd.verified.functions import sin as sin_
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import Definition, compile_template

RELATION: dict[Any, Signs] = {LT: NEGATIVE, LE: NONPOSITIVE, GT: POSITIVE, GE: NONNEGATIVE, EQ: ZERO, NE: NONZERO}
MAX_MULTIPLE = 64
MAX_FACTORED_BITS = 96
"""Longer integers count as one prime: factoring cannot be interrupted."""
MAX_EXPONENT = 2000
"""Constants beyond two to this power, or closer to 0, have a sign and no bounds."""
CONSTANT_BITS = 64
MAX_LADDER = 8
"""Exponentials and logarithms whose order is told to Z3."""
ODD_OPAQUE = frozenset(("atan", "erf"))


class NeedSplit(Exception):
    """The sign of an expression must be known to go on."""

    def __init__(self, expression: Expr) -> None:
        super().__init__(str(expression))
        self.expression = expression


class NeedBranch(Exception):
    """A hypothesis is a disjunction."""

    def __init__(self, alternatives: tuple[Condition, ...]) -> None:
        self.alternatives = alternatives


class Refine(Exception):
    """Start again: a basis element must be divided."""


@dataclass
class Plan:
    """How basis elements are divided; what is learnt in one start and used in the next."""

    parts: dict[str, int] = field(default_factory=dict)

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


class Normaliser:
    """Normal forms of expressions in one cell."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ring = Ring()
        self.know = Knowledge(self.ring)
        self.atoms: list[Atom] = []
        self.exponents: list[tuple[Element, int]] = []
        self.angles: list[tuple[Element, int, int]] = []
        self.memo: dict[Any, Any] = {}
        self.obligations: list[Obligation] | None = None
        self.axioms: set[str] = set()
        self.oracles: set[str] = {"flint"}
        self.one = Element(self.ring, self.ring.one, self.ring.one)
        self.zero = Element(self.ring, self.ring.constant(0), self.ring.one)
        self.variables: dict[str, int] = {}

    # --- generators

    def number(self, value: int | Fraction) -> Element:
        """A rational number."""
        return Element(self.ring, self.ring.constant(value), self.ring.one)

    def generator(self, atom: Atom, signs: Signs = ANY) -> Element:
        """A new generator for the atom."""
        g = self.ring.new()
        self.atoms.append(atom)
        self.know.generator_signs.append(signs)
        self._bound_constant(len(self.atoms) - 1, atom)
        return Element(self.ring, g, self.ring.one)

    def element(self, index: int) -> Element:
        """A generator as an element."""
        return Element(self.ring, self.ring.generators[index], self.ring.one)

    def _bound_constant(self, index: int, atom: Atom) -> None:
        """Tell Z3 rational bounds of a generator that has no variables."""
        if any(n.key[0] is VAR for n in _below(atom.expression)):
            return
        value = _enclosure(atom.expression)
        if value is None:
            return
        self.oracles.add("arb")
        if value > 0:
            self.know.generator_signs[index] = POSITIVE
        elif value < 0:
            self.know.generator_signs[index] = NEGATIVE
        bounds = _bounds(value)
        if bounds is not None:
            low, high = bounds
            self.know.background.append(lambda: [self.know.real(index) > low, self.know.real(index) < high])

    def variable(self, name: str) -> Element:
        """A variable."""
        if name not in self.variables:
            self.generator(Atom("var", named(name)))
            self.variables[name] = len(self.atoms) - 1
        return self.element(self.variables[name])

    def pi(self) -> Element:
        """The number pi."""
        for i, atom in enumerate(self.atoms):
            if atom.kind == "pi":
                return self.element(i)
        self.axioms.add("pi_bounds")
        from micrograd.verified.expr import file_node

        return self.generator(Atom("pi", file_node(Expr, (PI,))), POSITIVE)

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

    # --- signs

    def strict(self, p: Any) -> int:
        """The sign of an irreducible polynomial, 0 included; asks for a split if it is not known."""
        signs = self.know.of_polynomial(p)
        if len(signs) > 1:
            raise NeedSplit(self.to_expression(p))
        return next(iter(signs))

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
        signs = self.know.of(element)
        if signs <= wanted:
            return True
        if not signs & wanted:
            return False
        _, factors = self.know.factor(element)
        unknown = [p for p, _ in factors if len(self.know.of_polynomial(p)) > 1]
        unknown.sort(key=lambda p: (len(p), len(self.ring.used(p))))
        raise NeedSplit(self.to_expression(unknown[0]))

    def require(self, element: Element, allowed: Signs, text: Callable[[], str]) -> None:
        """The element has one of the signs wherever the term is defined: an obligation of the claim, else a fact."""
        if self.obligations is not None:
            if self.know.of(element) <= allowed:
                return
            self.obligations.append(Obligation(element, allowed, text()))
        self.know.learn(element, allowed)

    # --- powers, exponentials, logarithms

    def logarithm(self, w: Element) -> Element:
        """log|w| for w not 0."""
        self.axioms.update(("exp_log", "exp_add"))
        content, factors = self.know.factor(w)
        total = self.zero
        for prime, e in primes(content):
            total = total + self._log_atom(self.ring.constant(prime), const(prime)).scaled(e)
        for p, e in factors:
            total = total + self._log_of_factor(p).scaled(e)
        return total

    def _log_of_factor(self, p: Any) -> Element:
        index = self.as_generator(p)
        if index is not None:
            atom = self.atoms[index]
            if atom.kind == "exp":
                return atom.arguments[0]
            if atom.kind == "root":
                return self._log_of_factor(atom.polynomial).scaled(Fraction(1, atom.order))
        return self._log_atom(p, None)

    def _log_atom(self, p: Any, number: Expr | None) -> Element:
        for i, atom in enumerate(self.atoms):
            if atom.kind == "log" and atom.polynomial == p:
                return self.element(i)
        if number is not None:
            self.generator(Atom("log", log(number), polynomial=p), POSITIVE)
            self._monotone(len(self.atoms) - 1)
            return self.element(len(self.atoms) - 1)
        argument = self.to_expression(p)
        signs = self.know.quick(p)
        inner = argument if signs == POSITIVE else -argument if signs == NEGATIVE else absolute(argument)
        self.generator(Atom("log", log(inner), polynomial=p))
        index = len(self.atoms) - 1

        def facts() -> Iterable[Any]:
            z, value = self.know.real(index), self.know.translate(p)
            size = solver.absolute(value)
            return [z + 1 <= size, (size > 1) == (z > 0), solver.implies(value != 0, (size < 1) == (z < 0))]

        self.know.background.append(facts)
        self._monotone(index)
        return self.element(index)

    def _monotone(self, index: int) -> None:
        """Tell Z3 that exp is increasing, for a new exponential or logarithm and each older one."""
        ladder = [i for i, atom in enumerate(self.atoms) if atom.kind in ("exp", "log")]
        if len(ladder) > MAX_LADDER or index not in ladder:
            return
        for other in ladder:
            if other != index:
                self.know.ladder.append(lambda other=other: self._order(index, other))  # type: ignore[misc]

    def _order(self, first: int, second: int) -> list[Any]:
        (low, low_exp, defined), (high, high_exp, also) = self._rung(first), self._rung(second)
        return [*defined, *also, (low < high) == (low_exp < high_exp), (low > high) == (low_exp > high_exp)]

    def _rung(self, index: int) -> tuple[Any, Any, list[Any]]:
        """A number u and exp(u), for Z3: of an exponential the exponent and itself, of a logarithm itself and its argument."""
        atom = self.atoms[index]
        if atom.kind == "exp":
            value, defining = self._value(atom.arguments[0])
            return value, self.know.real(index), defining
        argument = self.know.translate(atom.polynomial)
        size = solver.absolute(argument)
        return self.know.real(index), size, [size > 0]

    def as_generator(self, p: Any) -> int | None:
        used = self.ring.used(p)
        return used[0] if len(used) == 1 and p == self.ring.generators[used[0]] else None

    def rational_power(self, w: Element, q: Fraction) -> Element:
        """|w|^q for w not 0, or w >= 0 and q > 0."""
        if q.denominator == 1 and q.numerator % 2 == 0:
            return w**q.numerator
        if not w:
            return self.zero
        content, factors = self.know.factor(self._as_square(w))
        result = self.one
        for prime, e in primes(content):
            result = result * self._factor_power(self.ring.constant(prime), e * q)
        odd: list[Any] = []
        for p, e in factors:
            n = e * q
            if n.denominator == 1:
                result = result * Element.make(self.ring, p, self.ring.one) ** int(n)
                if n % 2:
                    odd.append(p)
            else:
                result = result * self._factor_power(p, n)
        return -result if self._sign_of_product(odd) < 0 else result

    def _as_square(self, w: Element) -> Element:
        """The same with cos² written as 1 - sin² where that has fewer factors to an odd power."""
        best, score = w, self._oddness(w)
        for _, c, s in self.angles:
            if score and self.ring.degree(best.num, c) + self.ring.degree(best.den, c) >= 2:
                other = Element(self.ring, self._cos_to_sin(best.num, c, s), self._cos_to_sin(best.den, c, s))
                if self._oddness(other) < score:
                    best, score = other, self._oddness(other)
        return best

    def _oddness(self, w: Element) -> int:
        return sum(e % 2 * len(p) for p, e in self.know.factor(w)[1])

    def _cos_to_sin(self, p: Any, c: int, s: int) -> Any:
        cosine, sine = self.ring.generators[c], self.ring.generators[s]
        return divmod(p.compose(*self._swapped(c, s)), sine**2 - (self.ring.one - cosine**2))[1].compose(*self._swapped(c, s))

    def _swapped(self, a: int, b: int) -> list[Any]:
        images = list(self.ring.one.context().gens())
        images[CAPACITY - 1 - a], images[CAPACITY - 1 - b] = images[CAPACITY - 1 - b], images[CAPACITY - 1 - a]
        return images

    def _sign_of_product(self, factors: list[Any]) -> int:
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

    def _factor_power(self, p: Any, q: Fraction) -> Element:
        """|p|^q for an irreducible p."""
        index = self.as_generator(p)
        if index is not None and self.atoms[index].kind == "exp":
            return self.exponential(self.atoms[index].arguments[0].scaled(q))
        if index is not None and self.atoms[index].kind == "root":
            atom = self.atoms[index]
            return self._factor_power(atom.polynomial, q / atom.order)
        whole, rest = q.numerator // q.denominator, q - q.numerator // q.denominator
        result = self.one
        if whole:
            base = Element.make(self.ring, p, self.ring.one)
            if whole % 2 and not p.is_constant() and self.weak(p) < 0:
                base = -base
            result = base**whole
        if rest:
            result = result * self._root(p, rest.denominator) ** rest.numerator
        return result

    def _root(self, p: Any, m: int) -> Element:
        """|p|^(1/m) for an irreducible p."""
        if m > MAX_POWER:
            raise TooLarge(f"a root of order {shown(m)}")
        for i, atom in enumerate(self.atoms):
            if atom.kind == "root" and atom.polynomial == p:
                if atom.order % m:
                    raise self.plan.divide(atom.key, lcm(atom.order, m))
                return self.element(i) ** (atom.order // m)
        sign = 1 if p.is_constant() else self.weak(p)
        inner = self.to_expression(p * sign)
        key = f"root {inner}"
        order = lcm(m, self.plan.parts.get(key, m))
        expression = inner ** Fraction(1, order)
        self.axioms.update(("sqrt_def",) if order == 2 else ("cbrt_def",) if order == 3 else ("exp_log", "exp_add"))
        signs = POSITIVE if p.is_constant() or 0 not in self.know.quick(p) else NONNEGATIVE
        root = self.generator(Atom("root", expression, polynomial=p, order=order, key=key), signs)
        index = len(self.atoms) - 1
        self.ring.relate(index, order, p * sign)

        def facts() -> Iterable[Any]:
            z, value = self.know.real(index), self.know.translate(p)
            size = solver.absolute(value)
            return [z >= 0, self.know.session().product([z] * order) == size] if order <= MAX_DEGREE else [z >= 0]

        self.know.background.append(facts)
        return root ** (order // m)

    def exponential(self, u: Element) -> Element:
        """exp(u)."""
        self.axioms.update(("exp_add", "exp_ge"))
        rest, logs = self.split(u, "log")
        result = self.one
        if any(atom.kind == "lambertw" for atom in self.atoms):
            rest, factor = special_exponential(self, rest)
            result = factor
        odd: list[Any] = []
        for q, index in logs:
            p = self.atoms[index].polynomial
            if q.denominator == 1:
                result = result * Element.make(self.ring, p, self.ring.one) ** int(q)
                if q % 2 and not p.is_constant():
                    odd.append(p)
            else:
                result = result * self._factor_power(p, q)
        if odd and self._sign_of_product(odd) < 0:
            result = -result
        return result * self._monomial(rest)

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

    def _monomial(self, u: Element) -> Element:
        """exp(u) as a product of powers of exponentials of basis elements."""
        if not u:
            return self.one
        q = coordinates(self.ring, u, [b for b, _ in self.exponents])
        if q is None:
            terms = self._terms(u)
            if len(terms) > 1:
                result = self.one
                for term in terms:
                    result = result * self._monomial(term)
                return result
            self._new_exponent(u)
            return self._monomial(u)
        result = self.one
        for (_basis, index), n in zip(self.exponents, q, strict=True):
            if n.denominator != 1:
                raise self.plan.divide(self.atoms[index].key, n.denominator)
            if abs(n) > 400:
                raise TooLarge(f"a power {shown(n)} of an exponential")
            if n:
                result = result * self.element(index) ** int(n)
        return result

    def _terms(self, u: Element) -> list[Element]:
        """u as a sum with one term of the numerator each, if these are few."""
        if not 1 < len(u.num) <= 6:
            return [u]
        found = []
        for coefficient, monomial in self.ring.terms(u.num):
            top = self.ring.constant(coefficient)
            for g, n in monomial:
                top = top * self.ring.generators[g] ** n
            found.append(Element.make(self.ring, top, u.den))
        return found

    def _new_exponent(self, u: Element) -> None:
        if u.num.leading_coefficient() < 0:
            u = -u
        key = f"exp {self.express(u)}"
        u = u.scaled(Fraction(1, self.plan.parts.get(key, 1)))
        self.generator(Atom("exp", exp(self.express(u)), (u,), key=key), POSITIVE)
        index = len(self.atoms) - 1
        self.exponents.append((u, index))

        def facts() -> Iterable[Any]:
            z, value = self.know.real(index), self._value(u)
            return [z > 0, *value[1], z >= 1 + value[0], (value[0] > 0) == (z > 1), (value[0] < 0) == (z < 1)]

        self.know.background.append(facts)
        self._monotone(index)

    def _value(self, u: Element) -> tuple[Any, list[Any]]:
        """An element for Z3: a term, and what defines it."""
        if u.den.is_constant():
            return self.know.translate(u.num / u.den.leading_coefficient()), []
        fresh = self.know.session().fresh()
        bottom = self.know.translate(u.den)
        return fresh, [fresh * bottom == self.know.translate(u.num), bottom != 0]

    # --- angles

    def sine_and_cosine(self, u: Element) -> tuple[Element, Element]:
        """(sin u, cos u)."""
        self.axioms.update(("sin_add", "cos_add", "sin_cos_norm"))
        result = (self.zero, self.one)
        rest, arcs = self.split(u, "atan")
        if arcs:
            self.axioms.add("atan_def")
        for q, index in arcs:
            if q.denominator != 1 or abs(q) > MAX_MULTIPLE:
                rest = rest + self.element(index).scaled(q)
                continue
            v = self.atoms[index].arguments[0]
            radius = self.rational_power(self.one + v * v, Fraction(-1, 2))
            result = _rotate(result, _multiple((v * radius, radius), int(q)))
        rest, turns = self.split(rest, "pi")
        for q, index in turns:
            exact = self._multiple_of_pi(q)
            result = _rotate(result, exact if exact is not None else self._angle(self.element(index).scaled(q)))
        return _rotate(result, self._angle(rest)) if rest else result

    def _angle(self, u: Element) -> tuple[Element, Element]:
        """(sin u, cos u) by the basis of the angles."""
        q = coordinates(self.ring, u, [b for b, _, _ in self.angles])
        if q is None:
            self._new_angle(u)
            return self._angle(u)
        result = (self.zero, self.one)
        for (basis, c, s), n in zip(self.angles, q, strict=True):
            if n.denominator != 1:
                raise self.plan.divide(self.atoms[c].key, n.denominator)
            if abs(n) > MAX_MULTIPLE:
                raise TooLarge(f"the {shown(n)}-fold of the angle {self.express(basis)}")
            if n:
                result = _rotate(result, _multiple((self.element(s), self.element(c)), int(n)))
        return result

    def _multiple_of_pi(self, q: Fraction) -> tuple[Element, Element] | None:
        """Sine and cosine of q·π for the multiples of π/4 and π/6."""
        q %= 2
        if 12 % q.denominator or q.denominator == 12:
            return None
        if q:
            self.axioms.add("pi_angles")
        quarter, rest = divmod(q, Fraction(1, 2))
        half = self.number(Fraction(1, 2))
        table: dict[Fraction, Callable[[], tuple[Element, Element]]] = {
            Fraction(0): lambda: (self.zero, self.one),
            Fraction(1, 6): lambda: (half, self._root(self.ring.constant(3), 2) * half),
            Fraction(1, 4): lambda: (self._root(self.ring.constant(2), 2) * half,) * 2,
            Fraction(1, 3): lambda: (self._root(self.ring.constant(3), 2) * half, half),
        }
        s, c = table[rest]()
        for _ in range(int(quarter)):
            s, c = c, -s
        return s, c

    def _new_angle(self, u: Element) -> None:
        if u.num.leading_coefficient() < 0:
            u = -u
        key = f"angle {self.express(u)}"
        u = u.scaled(Fraction(1, self.plan.parts.get(key, 1)))
        argument = self.express(u)
        self.generator(Atom("cos", cos_(argument), (u,), key=key))
        self.generator(Atom("sin", sin_(argument), (u,)))
        c, s = len(self.atoms) - 2, len(self.atoms) - 1
        self.angles.append((u, c, s))
        self.ring.relate(s, 2, self.ring.one - self.ring.generators[c] ** 2)

        def facts() -> Iterable[Any]:
            x, y = self.know.real(c), self.know.real(s)
            return [x * x + y * y == 1, x <= 1, x >= -1, y <= 1, y >= -1]

        self.know.background.append(facts)

    # --- atoms without relations

    def opaque(self, name: str, arguments: tuple[Element, ...], make: Callable[..., Expr]) -> Element:
        """A term of which nothing is known but its arguments."""
        if name in ODD_OPAQUE and arguments[0].num.leading_coefficient() < 0:
            return -self.opaque(name, (-arguments[0],), make)
        for i, atom in enumerate(self.atoms):
            if atom.kind == name and all(a == b for a, b in zip(atom.arguments, arguments, strict=True)):
                return self.element(i)
        result = self.generator(Atom(name, make(*[self.express(a) for a in arguments]), arguments))
        index = len(self.atoms) - 1
        if name in ODD_OPAQUE:
            self.axioms.add("erf_bounds" if name == "erf" else "atan_def")
            self.know.background.append(lambda: self._odd_facts(index, arguments[0], Fraction(1) if name == "erf" else Fraction(8, 5)))
        return result

    def _odd_facts(self, index: int, u: Element, bound: Fraction) -> list[Any]:
        z = self.know.real(index)
        value, defining = self._value(u)
        return [*defining, z < bound, z > -bound, (value > 0) == (z > 0), (value < 0) == (z < 0)]

    def floor(self, u: Element) -> Element:
        """The floor of u."""
        self.axioms.add("floor_def")
        number = u.number()
        if number is not None:
            return self.number(number.numerator // number.denominator)
        if u.num.leading_coefficient() < 0:
            below = self.floor(-u)
            whole = self.decide(-u - below, ZERO)
            return -below if whole else -below - self.one
        for i, atom in enumerate(self.atoms):
            if atom.kind == "floor":
                steps = (u - atom.arguments[0]).number()
                if steps is not None and steps.denominator == 1:
                    return self.element(i) + self.number(steps)
        result = self.generator(Atom("floor", floor(self.express(u)), (u,)))
        self.know.learn(u - result, NONNEGATIVE)
        self.know.learn(result + self.one - u, POSITIVE)
        return result

    # --- evaluation

    def __call__(self, root: Any) -> Any:
        """The normal form of an expression; the truth of a condition."""
        memo = self.memo
        stack = [root]
        while stack:
            tick()
            node = stack[-1]
            if node in memo:
                stack.pop()
                continue
            wanted = self._wanted(node)
            if wanted:
                stack.extend(wanted)
                continue
            stack.pop()
            memo[node] = self._apply(node)
        return memo[root]

    def _wanted(self, node: Any) -> list[Any]:
        """What must be known before the node."""
        head, *children = node.key
        if not head.arity:
            return []
        memo = self.memo
        if head in (WHERE, AND, OR):
            if children[0] not in memo:
                return [children[0]]
            truth = memo[children[0]]
            if head is WHERE:
                chosen = children[1] if truth else children[2]
            elif truth is (head is AND):
                chosen = children[1]
            else:
                return []
            return [] if chosen in memo else [chosen]
        row = head.row
        unfolds = row is not None and isinstance(row.evidence, Definition) and head.name not in _DIRECT
        waiting = [] if unfolds else [child for child in children if child not in memo]
        if waiting:
            return waiting
        condition = self._defined(node)
        if condition is not TRUE and condition not in memo:
            return [condition]
        if not unfolds or (condition is not TRUE and not memo[condition]):
            return []
        body = self._unfolded(node)
        return [] if body in memo else [body]

    def _defined(self, node: Any) -> Condition:
        """Where a special function has a value; for the elementary ones their rules or their definitions see to that."""
        name, row = node.key[0].name, node.key[0].row
        if row is None or row.make_defined is None or has_own_rule(name):
            return TRUE
        if isinstance(row.evidence, Definition) and name in PRIMITIVES:
            return TRUE
        condition: Condition = row.make_defined(node.key)
        return condition

    def _unfolded(self, node: Any) -> Any:
        row = node.key[0].row
        return compile_template(row.definition, row.params)(node.key)

    def _apply(self, node: Any) -> Any:
        head, *children = node.key
        memo = self.memo
        if head is CONST:
            return self.number(children[0])
        if head is VAR:
            return self.variable(children[0])
        if head is PI:
            return self.pi()
        if head is EULER:
            return self.exponential(self.one)
        if head is BOOL:
            return children[0]
        if head is WHERE:
            return memo[children[1] if memo[children[0]] else children[2]]
        if head in (AND, OR):
            truth = memo[children[0]]
            return memo[children[1]] if truth is (head is AND) else truth
        if head is NOT:
            return not memo[children[0]]
        if head in RELATION:
            return self.decide(memo[children[0]] - memo[children[1]], RELATION[head])
        condition = self._defined(node)
        if condition is not TRUE and not memo[condition]:
            self.require(self.zero, NONZERO, lambda: str(condition))
        direct = _DIRECT.get(head.name)
        if direct is not None:
            return direct(self, node, *[memo[c] for c in children])
        row = head.row
        if row is not None and isinstance(row.evidence, Definition):
            return memo[self._unfolded(node)]
        from micrograd.verified.expr import build

        return self.opaque(head.name, tuple(memo[c] for c in children), lambda *a: build(head, *a))


# --- functions with a rule of their own --------------------------------------------------------------------------------


def _divide(n: Normaliser, node: Any, a: Element, b: Element) -> Element:
    n.require(b, NONZERO, lambda: f"{node.key[2]} != 0")
    return a * b.inverse()


def _integer_power(n: Normaliser, node: Any, base: Element, exponent: Element) -> Element:
    k: int = node.key[2].key[1]
    if abs(k) > 2000:
        raise TooLarge(f"the power {shown(k)}")
    if k < 0:
        n.require(base, NONZERO, lambda: f"{node.key[1]} != 0")
    return base**k


def _general_power(n: Normaliser, node: Any, base: Element, exponent: Element) -> Element:
    q = exponent.number()
    text = str(node.key[1])
    if q is not None and q.denominator == 1:
        if q < 0:
            n.require(base, NONZERO, lambda: f"{text} != 0")
        return base ** int(q)
    if q is not None:
        n.require(base, NONNEGATIVE if q > 0 else POSITIVE, lambda: f"{text} {'>=' if q > 0 else '>'} 0")
        return n.rational_power(base, q)
    if n.decide(base, POSITIVE):
        return n.exponential(exponent * n.logarithm(base))
    if n.decide(base, ZERO):
        if n.decide(exponent, ZERO):
            return n.one
        n.require(exponent, POSITIVE, lambda: f"{node.key[2]} > 0")
        return n.zero
    raise Unsupported(f"{node} with a negative base")


def _square_root(n: Normaliser, node: Any, u: Element) -> Element:
    n.require(u, NONNEGATIVE, lambda: f"{node.key[1]} >= 0")
    return n.rational_power(u, Fraction(1, 2))


def _cube_root(n: Normaliser, node: Any, u: Element) -> Element:
    if not u:
        return n.zero
    negative = n.decide(u, NEGATIVE)
    root = n.rational_power(u, Fraction(1, 3))
    return -root if negative else root


def _log(n: Normaliser, node: Any, u: Element) -> Element:
    n.require(u, POSITIVE, lambda: f"{node.key[1]} > 0")
    return n.logarithm(u)


def _atan(n: Normaliser, node: Any, u: Element) -> Element:
    number = u.number()
    if number in (0, 1, -1):
        n.axioms.add("pi_angles")
        return n.pi().scaled(Fraction(number or 0) / 4)
    return n.opaque("atan", (u,), atan)


def _asin(n: Normaliser, node: Any, u: Element) -> Element:
    gap = (n.one - u) * (n.one + u)
    if 0 in n.know.of(gap) and n.decide(gap, ZERO):
        return n.pi().scaled(Fraction(1 if n.decide(u, POSITIVE) else -1, 2))
    n.require(gap, POSITIVE, lambda: f"-1 <= {node.key[1]} and {node.key[1]} <= 1")
    return _atan(n, node, u * n.rational_power(gap, Fraction(-1, 2)))


def _atan2(n: Normaliser, node: Any, y: Element, x: Element) -> Element:
    if not (n.know.of(x) <= POSITIVE or n.know.of(y) <= NONZERO) and n.decide(y, ZERO):
        if n.decide(x, POSITIVE):
            return n.zero
        n.require(x, NONZERO, lambda: f"{node.key[2]} != 0 or {node.key[1]} != 0")
        return n.pi()
    divisor = n.rational_power(x * x + y * y, Fraction(1, 2)) + x
    n.know.learn(divisor, POSITIVE)
    return _atan(n, node, y * divisor.inverse()).scaled(2)


def _absolute(n: Normaliser, node: Any, u: Element) -> Element:
    signs = n.know.of(u)
    if signs <= NONNEGATIVE:
        return u
    if signs <= NONPOSITIVE:
        return -u
    return u if n.decide(u, NONNEGATIVE) else -u


_DIRECT: dict[str, Callable[..., Element]] = {
    "add": lambda n, node, a, b: a + b,
    "sub": lambda n, node, a, b: a - b,
    "mul": lambda n, node, a, b: a * b,
    "neg": lambda n, node, a: -a,
    "div": _divide,
    "powi": _integer_power,
    "pow": _general_power,
    "sqrt": _square_root,
    "cbrt": _cube_root,
    "exp": lambda n, node, u: n.exponential(u),
    "log": _log,
    "sin": lambda n, node, u: n.sine_and_cosine(u)[0],
    "cos": lambda n, node, u: n.sine_and_cosine(u)[1],
    "atan": _atan,
    "asin": _asin,
    "atan2": _atan2,
    "floor": lambda n, node, u: n.floor(u),
    "abs": _absolute,
    **SPECIAL,
}


def has_own_rule(name: str) -> bool:
    """Whether the rule for a function of that name sees to it that the function has a value."""
    return name in _DIRECT and name not in SPECIAL


# --- small helpers -----------------------------------------------------------------------------------------------------


def _rotate(a: tuple[Element, Element], b: tuple[Element, Element]) -> tuple[Element, Element]:
    """Sine and cosine of a sum of two angles."""
    return a[0] * b[1] + a[1] * b[0], a[1] * b[1] - a[0] * b[0]


def _multiple(a: tuple[Element, Element], n: int) -> tuple[Element, Element]:
    """Sine and cosine of a multiple of an angle."""
    base = a if n > 0 else (-a[0], a[1])
    result = base
    for _ in range(abs(n) - 1):
        result = _rotate(result, base)
    return result


def primes(value: Fraction) -> list[tuple[int, int]]:
    """Primes and their powers in |value|; a very large number counts as one prime."""
    found: list[tuple[int, int]] = []
    for number, sign in ((abs(value.numerator), 1), (value.denominator, -1)):
        if number.bit_length() > MAX_FACTORED_BITS:
            found.append((number, sign))
        elif number > 1:
            found.extend((int(p), sign * int(e)) for p, e in flint.fmpz(number).factor())
    return found


def _below(expression: Expr) -> Iterable[Any]:
    from micrograd.verified.expr import postorder

    return postorder([expression])


def _enclosure(expression: Expr) -> Any:
    """A finite ball around a constant."""
    with precision(CONSTANT_BITS):
        try:
            value = evaluate(expression, {"_": ball(0)})
        except (ArithmeticError, UnsupportedPrimitive):
            return None
    return value if value.is_finite() else None


def _bounds(value: Any) -> tuple[Fraction, Fraction] | None:
    """Rational bounds of a ball, if they are neither very large nor very close to 0."""
    with precision(CONSTANT_BITS):
        ends = [bound.man_exp() for bound in (value.lower(), value.upper())]
    if any(abs(exponent) > MAX_EXPONENT for _, exponent in ends):
        return None
    low, high = (Fraction(int(mantissa)) * Fraction(2) ** int(exponent) for mantissa, exponent in ends)
    return _coarse(low, -1), _coarse(high, 1)


def _coarse(value: Fraction, direction: int) -> Fraction:
    """The value rounded outward to about nine digits."""
    scale = 10**9
    scaled = value * scale
    return Fraction(scaled.numerator // scaled.denominator + (1 if direction > 0 else 0) - (1 if direction < 0 else 0), scale)
