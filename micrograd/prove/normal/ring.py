"""Fractions of polynomials over ℚ in generators that stand for variables and for transcendental terms.

A generator may have a relation, such as R² = x for R = sqrt(x) or s² = 1 - c² for a sine and its cosine: numerators and
denominators are kept reduced by the relations.  A fraction whose numerator reduces to 0 is 0 at every point where the
generators' values exist, satisfy the relations and make no denominator 0.  The converse does not hold: what is not recognised as 0 may
still be 0.

flint cannot be interrupted: what it is given is bounded beforehand, by terms, degrees and the bits of coefficients.

Polynomials are flint's ``fmpq_mpoly`` in lexicographic order; younger generators are larger, and a relation expresses a power of
its generator by older ones.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

import flint

from micrograd.prove.limits import TooLarge as TooLarge
from micrograd.prove.limits import Unsupported as Unsupported
from micrograd.prove.limits import shown, tick

CAPACITY = 96
"""Generators that a ring has room for, at most."""

ROOMS = (8, 16, 32, CAPACITY)
"""Rooms of rings, the next one when there are more generators: every operation of flint costs what the room is, used or not."""

MAX_TERMS = 20_000
"""A polynomial with more terms is given up."""

MAX_POWER = 2000
"""Higher powers are not written out."""

MAX_BITS = 20_000
"""Longer coefficients are given up."""

MAX_WORK = 5_000_000
"""Products of terms in one multiplication, counted more often for long coefficients."""

MAX_ELIMINATION = 200_000_000
"""The size of linear equations: their number, the cube of that of the unknowns, and bits, multiplied."""

MAX_FACTORING = (6000, 500, 5000)
"""Terms, degree and bits of polynomials that are factored."""

MAX_GCD = 4_000_000
"""Bits in the coefficients of two polynomials whose common divisor is looked for."""


class ZeroDenominator(Unsupported):
    """A rule divides by 0: it does not apply here, which says nothing about the cell."""


class Ring:
    """The polynomials; generators are numbered from 0 in the order of their creation.

    Attributes:
        room: for how many there is room.
        one: the polynomial 1.
        generators: the polynomials that are generators.
    """

    def __init__(self, room: int = CAPACITY) -> None:
        self.room = room
        self._context = flint.fmpq_mpoly_ctx.get([f"g{i}" for i in range(room)], "lex")
        self._all = self._context.gens()[::-1]
        self.one = self._context.constant(1)
        self.generators: list[Any] = []
        self._relations: list[tuple[int, int, Any]] = []
        self._keys: dict[tuple[Any, ...], list[tuple[Any, int]]] = {}
        self._known = 0

    def key(self, polynomial: Any) -> int:
        """The polynomial's number: the same for equal ones."""
        terms = len(polynomial)
        outline = (terms, polynomial.coefficient(0).p, polynomial.coefficient(terms - 1).p) if terms else (0,)
        alike = self._keys.setdefault(outline, [])
        for other, number in alike:
            if other == polynomial:
                return number
        self._known += 1
        alike.append((polynomial, self._known))
        return self._known

    def new(self) -> Any:
        """The next generator."""
        if len(self.generators) == self.room:
            raise TooLarge(f"more than {self.room} different terms")
        self.generators.append(self._all[len(self.generators)])
        return self.generators[-1]

    def relate(self, index: int, degree: int, lower: Any) -> None:
        """From now on the generator to the power of degree is the polynomial ``lower`` in older generators."""
        self._relations.insert(0, (self.room - 1 - index, degree, self.generators[index] ** degree - lower))
        self._relations.sort(key=lambda relation: relation[0])

    def related_back(self, polynomial: Any, c: int, s: int) -> Any:
        """The same, of generators with the relation s² = 1 - c², by c² = 1 - s²."""
        exchanged = list(self._context.gens())
        a, b = self.room - 1 - c, self.room - 1 - s
        exchanged[a], exchanged[b] = exchanged[b], exchanged[a]
        relation = self.generators[s] ** 2 - (self.one - self.generators[c] ** 2)
        return divmod(polynomial.compose(*exchanged), relation)[1].compose(*exchanged)

    def constant(self, value: int | Fraction) -> Any:
        """A rational number as a polynomial."""
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
            raise TooLarge(f"a number of more than {MAX_BITS} bits")
        return self.one * flint.fmpq(value.numerator, value.denominator)

    def reduce(self, polynomial: Any) -> Any:
        """The remainder under the relations, youngest generator first."""
        if not self._relations:
            return polynomial
        degrees = polynomial.degrees()
        for place, degree, relation in self._relations:
            if degrees[place] >= degree:
                _check_reduction(polynomial, degrees[place] // degree, relation)
                polynomial = divmod(polynomial, relation)[1]
                degrees = polynomial.degrees()
        return polynomial

    def used(self, polynomial: Any) -> list[int]:
        """Numbers of the generators that occur."""
        return [self.room - 1 - place for place, degree in enumerate(polynomial.degrees()) if degree > 0]

    def degree(self, polynomial: Any, index: int) -> int:
        """The degree in one generator."""
        return int(polynomial.degrees()[self.room - 1 - index])

    def terms(self, polynomial: Any) -> list[tuple[Fraction, list[tuple[int, int]]]]:
        """Coefficients and monomials; a monomial lists generators and their powers."""
        return [
            (
                Fraction(int(coefficient.p), int(coefficient.q)),
                [(self.room - 1 - place, int(power)) for place, power in enumerate(monomial) if power],
            )
            for monomial, coefficient in polynomial.to_dict().items()
        ]

    def slope(self, polynomial: Any, index: int, without: list[int]) -> Any:
        """The factor of the generator in the terms that have it to the power 1 and none of the others listed."""
        derivative = polynomial.derivative(self.room - 1 - index)
        zero = {f"g{self.room - 1 - other}": 0 for other in without}
        return derivative.subs(zero) if zero else derivative


class Element:
    """A fraction; immutable."""

    __slots__ = ("den", "num", "ring")

    def __init__(self, ring: Ring, num: Any, den: Any) -> None:
        self.ring = ring
        self.num = num
        self.den = den

    @staticmethod
    def make(ring: Ring, num: Any, den: Any) -> Element:
        """The reduced fraction without common factors."""
        tick()
        num, den = ring.reduce(num), ring.reduce(den)
        if den.is_zero():
            raise ZeroDenominator
        if num.is_zero():
            return Element(ring, num, ring.one)
        size = _size(num), _size(den)
        if not den.is_constant():
            if sum(size) > MAX_GCD:
                raise TooLarge("fractions of polynomials with too many digits")
            common = num.gcd(den)
            if not common.is_one():
                num, den = num / common, den / common
        leading = den.leading_coefficient()
        if leading != 1:
            num, den = num / leading, den / leading
        return Element(ring, num, den)

    def __bool__(self) -> bool:
        return not self.num.is_zero()

    def __add__(self, other: Element) -> Element:
        if self.den == other.den:
            return Element.make(self.ring, self.num + other.num, self.den)
        common = self.den.gcd(other.den)
        left, right = other.den / common, self.den / common
        return Element.make(self.ring, product(self.num, left) + product(other.num, right), product(self.den, left))

    def __neg__(self) -> Element:
        return Element(self.ring, -self.num, self.den)

    def __sub__(self, other: Element) -> Element:
        return self + -other

    def __mul__(self, other: Element) -> Element:
        return Element.make(self.ring, product(self.num, other.num), product(self.den, other.den))

    def inverse(self) -> Element:
        """1 over it.

        Raises:
            ZeroDenominator: it is 0.
        """
        return Element.make(self.ring, self.den, self.num)

    def __pow__(self, n: int) -> Element:
        if abs(n) > MAX_POWER:
            raise TooLarge(f"the power {shown(n)}")
        if n < 0:
            return self.inverse() ** -n
        result, base = Element(self.ring, self.ring.one, self.ring.one), self
        while n:
            if n & 1:
                result = result * base
            n >>= 1
            base = base * base if n else base
        return result

    def scaled(self, value: int | Fraction) -> Element:
        """A rational multiple."""
        return Element.make(self.ring, product(self.num, self.ring.constant(value)), self.den)

    def number(self) -> Fraction | None:
        """The rational number that it is, if it is one."""
        if not (self.num.is_constant() and self.den.is_constant()):
            return None
        if self.num.is_zero():
            return Fraction(0)
        ratio = self.num.leading_coefficient() / self.den.leading_coefficient()
        return Fraction(int(ratio.p), int(ratio.q))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Element) and not (self - other)

    __hash__ = None  # type: ignore[assignment]


def coordinates(ring: Ring, target: Element, basis: list[Element]) -> list[Fraction] | None:
    """Rational q with target = Σ q_i·basis_i, if there are such; by elimination over ℚ."""
    if not target:
        return [Fraction(0)] * len(basis)
    elements = [*basis, target]
    common = ring.one
    for element in elements:
        common = product(common, element.den / common.gcd(element.den))
    columns = [ring.reduce(product(element.num, common / element.den)).to_dict() for element in elements]
    rows: dict[Any, list[Any]] = {}
    for j, column in enumerate(columns):
        for monomial, coefficient in column.items():
            rows.setdefault(monomial, [0] * len(columns))[j] = coefficient
    return _solve(list(rows.values()), len(basis))


def _solve(rows: list[list[Any]], unknowns: int) -> list[Fraction] | None:
    """The solution of the linear equations ``row[:unknowns]·q = row[unknowns]``; free unknowns are 0."""
    if not rows:
        return [Fraction(0)] * unknowns
    longest = max(max(c.p.bit_length(), c.q.bit_length()) for row in rows for c in row if c)
    if len(rows) * (unknowns + 1) ** 3 * longest > MAX_ELIMINATION:
        raise TooLarge("linear equations with too many digits")
    reduced, rank = flint.fmpq_mat(rows).rref()
    solution = [Fraction(0)] * unknowns
    for i in range(rank):
        leading = next(j for j in range(unknowns + 1) if reduced[i, j])
        if leading == unknowns:
            return None
        solution[leading] = Fraction(int(reduced[i, unknowns].p), int(reduced[i, unknowns].q))
    return solution


Factors = list[tuple[Any, int]]
"""Irreducible polynomials and their powers."""


def factor(element: Element, cache: dict[int, tuple[Fraction, Factors]]) -> tuple[Fraction, Factors]:
    """(c, [(p, e), …]) with element = c·Π p^e, the p irreducible over ℚ, each with a positive leading coefficient."""
    content = Fraction(1)
    powers: dict[int, tuple[Any, int]] = {}
    key = element.ring.key
    if element.den.is_one() and not element.num.is_constant():
        place = key(element.num)
        if place not in cache:
            cache[place] = _irreducible(element.num)
        return cache[place][0], list(cache[place][1])
    for polynomial, sign in ((element.num, 1), (element.den, -1)):
        if polynomial.is_constant():
            leading = polynomial.leading_coefficient()
            content *= Fraction(int(leading.p), int(leading.q)) ** sign
            continue
        place = key(polynomial)
        if place not in cache:
            cache[place] = _irreducible(polynomial)
        content *= cache[place][0] ** sign
        for p, e in cache[place][1]:
            powers[key(p)] = (p, powers.get(key(p), (p, 0))[1] + sign * e)
    return content, [(p, e) for p, e in powers.values() if e]


def bits(polynomial: Any) -> int:
    """The length of the longest coefficient."""
    return max((max(c.p.bit_length(), c.q.bit_length()) for c in polynomial.coeffs()), default=0)


def _size(polynomial: Any) -> int:
    """Bits of all coefficients, at most; raises `TooLarge`."""
    if len(polynomial) > MAX_TERMS:
        raise TooLarge(f"more than {MAX_TERMS} terms")
    longest = bits(polynomial)
    if longest > MAX_BITS:
        raise TooLarge(f"a coefficient of more than {MAX_BITS} bits")
    return len(polynomial) * longest


def product(a: Any, b: Any) -> Any:
    """a·b, unless that is too much work."""
    pairs = len(a) * len(b)
    if pairs * (1 + bits(a) * bits(b) / 2**20) > MAX_WORK:
        raise TooLarge("a product of polynomials with too many terms")
    return a * b


def _check_reduction(polynomial: Any, times: int, relation: Any) -> None:
    """A relation's right side, to the power of the number of times that it is put in, must stay small."""
    terms = len(relation) - 1
    if times < 2:
        return
    if times > MAX_POWER or times * bits(relation) > MAX_BITS or len(polynomial) * comb(times + terms - 1, times) > MAX_WORK:
        raise TooLarge("a power of a root with too many terms")


def _irreducible(polynomial: Any) -> tuple[Fraction, Factors]:
    tick()
    degree = polynomial.total_degree() - polynomial.term_content().total_degree()
    if any(a > b for a, b in zip((len(polynomial), degree, bits(polynomial)), MAX_FACTORING, strict=True)):
        raise TooLarge("a polynomial that is too large to be factored")
    content, factors = polynomial.factor()
    total = Fraction(int(content.p), int(content.q))
    found: Factors = []
    for p, e in factors:
        if p.leading_coefficient() < 0:
            p, total = -p, total * (-1) ** int(e)
        found.append((p, int(e)))
    return total, found
