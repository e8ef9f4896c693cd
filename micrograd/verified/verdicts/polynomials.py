"""Polynomials over ℚ in generators, their relations, and signs.

A polynomial is ``{monomial: coefficient}`` without coefficients 0; a monomial is ``((g, n), …)`` with increasing g and all n > 0.  A
generator stands for a real number at each point of a cell.  A *relation* gᵐ = p holds for some, with p in older generators; a polynomial
that reduces to 0 is 0 at every point.  A *value* is a fraction (N, D) whose denominator is not 0 at any point of the cell.

A set of possible signs is a subset of {-1, 0, 1}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any, TypeAlias

from micrograd.verified.errors import CertificateError
from micrograd.verified.wengert import number_value

Number: TypeAlias = int | Fraction
Monomial: TypeAlias = tuple[tuple[int, int], ...]
Polynomial: TypeAlias = dict[Monomial, Number]
Value: TypeAlias = tuple[Polynomial, Polynomial]
Factored: TypeAlias = tuple[Number, list[tuple[Polynomial, int]]]
"""(c, [(p, e), …]) for c·Π pᵉ."""
Signs: TypeAlias = frozenset[int]

ANY, NONE = frozenset((-1, 0, 1)), frozenset[int]()
POSITIVE, NEGATIVE, ZERO = frozenset((1,)), frozenset((-1,)), frozenset((0,))
NONNEGATIVE, NONPOSITIVE, NONZERO = POSITIVE | ZERO, NEGATIVE | ZERO, POSITIVE | NEGATIVE
RELATION = {"lt": NEGATIVE, "le": NONPOSITIVE, "gt": POSITIVE, "ge": NONNEGATIVE, "eq": ZERO, "ne": NONZERO}
"""The signs of a - b where the comparison of a and b holds."""

MAX_POWER = 2000
MAX_BITS = 1 << 14
"""A coefficient in a certificate has at most so many bits."""
MAX_COMMON = 1 << 16
MAX_WORK = 5_000_000
"""Products of two terms in one certificate, counted more often for long coefficients."""
UNIT: Monomial = ()
ONE: Polynomial = {UNIT: 1}
NOTHING: Polynomial = {}


def require(truth: bool, text: str) -> None:
    """Refuse the certificate unless it is so."""
    if not truth:
        raise CertificateError(text)


# --- reading ---------------------------------------------------------------------------------------------------------


def index(value: Any, limit: int) -> int:
    """A number 0 <= value < limit."""
    if value.__class__ is not int or not 0 <= value < limit:
        raise CertificateError(f"{str(value)[:20]} is not a number below {limit}")
    return int(value)


def read_number(text: Any) -> Number:
    """An exact number of moderate length."""
    value = number_value(text)
    require(max(value.numerator.bit_length(), value.denominator.bit_length()) <= MAX_BITS, f"a number of more than {MAX_BITS} bits")
    return value.numerator if value.denominator == 1 else value


def read_polynomial(terms: Any, generators: int) -> Polynomial:
    """``[[c, [g, n, g, n, …]], …]`` with numbers c as text, over so many generators."""
    found: Polynomial = {}
    for coefficient, flat in terms:
        monomial = tuple(zip(flat[::2], flat[1::2], strict=True))
        last = -1
        for g, n in monomial:
            index(g, generators)
            require(last < g and index(n, MAX_POWER + 1) > 0, "a monomial lists generators in their order, with powers > 0")
            last = g
        require(monomial not in found, "a monomial occurs twice")
        found[monomial] = read_number(coefficient)
        require(found[monomial] != 0, "a coefficient is 0")
    return found


def read_factored(data: Any, generators: int) -> Factored:
    """``[c, [[p, e], …]]``."""
    content, factors = data
    found = [(read_polynomial(p, generators), _exponent(e)) for p, e in factors]
    require(all(p for p, _ in found), "a factor is 0")
    return read_number(content), found


def _exponent(e: Any) -> int:
    require(e.__class__ is int and e != 0 and abs(e) <= MAX_POWER, "the exponent of a factor")
    return e  # type: ignore[no-any-return]


# --- polynomials -----------------------------------------------------------------------------------------------------


def constant(value: Number) -> Polynomial:
    """A number."""
    return {UNIT: value} if value else {}


def generator(g: int, n: int = 1) -> Polynomial:
    """A power of a generator."""
    return {((g, n),): 1}


def key(p: Polynomial) -> frozenset[tuple[Monomial, Number]]:
    """What is equal for equal polynomials."""
    return frozenset(p.items())


def plus(a: Polynomial, b: Polynomial, factor: Number = 1) -> Polynomial:
    """a + factor·b."""
    total = dict(a)
    for monomial, c in b.items():
        c = total.get(monomial, 0) + factor * c
        if c:
            total[monomial] = c
        else:
            del total[monomial]
    return total


def scaled(a: Polynomial, factor: Number) -> Polynomial:
    """factor·a."""
    return {monomial: c * factor for monomial, c in a.items()} if factor else {}


def _together(a: Monomial, b: Monomial) -> Monomial:
    if not a or not b:
        return a or b
    powers = dict(a)
    for g, n in b:
        powers[g] = powers.get(g, 0) + n
    return tuple(sorted(powers.items()))


def bits(p: Mapping[Monomial, Number]) -> int:
    """The length of the longest number in it."""
    return max((max(c.numerator.bit_length(), c.denominator.bit_length()) for c in p.values()), default=0)


class Ring:
    """Products, powers and remainders.

    Attributes:
        relations: by generator g: (m, p) for gᵐ = p.
        work: what may still be spent, shared by the cells of a certificate.
    """

    def __init__(self, work: list[int]) -> None:
        self.relations: dict[int, tuple[int, Polynomial]] = {}
        self.work = work

    def spend(self, steps: int) -> None:
        """Count work."""
        self.work[0] -= steps
        require(self.work[0] >= 0, "the certificate asks for too much work")

    def whole(self, p: Polynomial) -> tuple[Mapping[Monomial, int], int]:
        """Integers and their common denominator, which must not be too long."""
        common = 1
        for c in p.values():
            common = lcm(common, c.denominator)
            require(common.bit_length() <= MAX_COMMON, f"a common denominator of more than {MAX_COMMON} bits")
        self.spend(len(p) * (common.bit_length() >> 8))
        return {monomial: c.numerator * (common // c.denominator) for monomial, c in p.items()}, common

    def times(self, a: Polynomial, b: Polynomial) -> Polynomial:
        """a·b, unless that is too much work."""
        if a == ONE or b == ONE:
            return b if a == ONE else a
        (first, left), (second, right) = self.whole(a), self.whole(b)
        self.spend(len(a) * len(b) * (1 + (bits(first) * bits(second) >> 16)))
        total: dict[Monomial, int] = {}
        for m, c in first.items():
            for k, d in second.items():
                both = _together(m, k)
                total[both] = total.get(both, 0) + c * d
        if left == right == 1:
            return {monomial: c for monomial, c in total.items() if c}
        return {monomial: Fraction(c, left * right) for monomial, c in total.items() if c}

    def power(self, a: Polynomial, n: int) -> Polynomial:
        """aⁿ for n >= 0."""
        require(n <= MAX_POWER, f"a power above {MAX_POWER}")
        result = ONE
        for bit in bin(n)[2:]:
            result = self.times(result, result)
            if bit == "1":
                result = self.times(result, a)
        return result

    def reduce(self, p: Polynomial) -> Polynomial:
        """The remainder by the relations, youngest generator first: only those of its own generators are looked at."""
        relations = self.relations
        while (g := max((i for monomial in p for i, n in monomial if i in relations and n >= relations[i][0]), default=-1)) >= 0:
            m, low = relations[g]
            by_multiple: dict[int, Polynomial] = {}
            for monomial, c in p.items():
                n = next((k for i, k in monomial if i == g), 0)
                rest = tuple((i, k if i != g else n % m) for i, k in monomial if i != g or n % m)
                by_multiple.setdefault(n // m, {})[rest] = c
            p = NOTHING
            for multiple, part in by_multiple.items():
                p = plus(p, self.times(part, self.power(low, multiple)))
        return p

    def same(self, v: Value, w: Value) -> bool:
        """Whether two fractions are equal at every point."""
        if v[1] == w[1]:
            return self.equal(v[0], w[0])
        return not self.reduce(plus(self.times(v[0], w[1]), self.times(w[0], v[1]), -1))

    def equal(self, p: Polynomial, q: Polynomial) -> bool:
        """Whether two polynomials are equal at every point."""
        return p == q or not self.reduce(plus(p, q, -1))

    def product(self, factored: Factored) -> Value:
        """The fraction that a factored form is."""
        top, bottom = constant(factored[0]), ONE
        for p, e in factored[1]:
            if e > 0:
                top = self.times(top, self.power(p, e))
            else:
                bottom = self.times(bottom, self.power(p, -e))
        return top, bottom

    def sum(self, v: Value, w: Value, factor: Number = 1) -> Value:
        """v + factor·w."""
        if v[1] == w[1]:
            return plus(v[0], w[0], factor), v[1]
        return plus(self.times(v[0], w[1]), self.times(w[0], v[1]), factor), self.times(v[1], w[1])

    def product_of(self, v: Value, w: Value) -> Value:
        """v·w."""
        return self.times(v[0], w[0]), self.times(v[1], w[1])


# --- signs -----------------------------------------------------------------------------------------------------------


def sign_of(c: Number) -> Signs:
    """The sign of a number."""
    return POSITIVE if c > 0 else NEGATIVE if c < 0 else ZERO


def sign_times(a: Signs, b: Signs) -> Signs:
    """Signs of a product."""
    return frozenset(x * y for x in a for y in b)


def sign_power(a: Signs, n: int) -> Signs:
    """Signs of an integer power other than 0."""
    return frozenset(x if n % 2 else x * x for x in a)


def sign_plus(a: Signs, b: Signs) -> Signs:
    """Signs of a sum."""
    return frozenset(s for x in a for y in b for s in ((x or y,) if x == y or not (x and y) else (-1, 0, 1)))


def read_signs(data: Sequence[Any]) -> Signs:
    """Signs as a list of -1, 0, 1."""
    found: Iterable[int] = data
    require(isinstance(data, list) and all(s.__class__ is int and -1 <= s <= 1 for s in data), "signs are a list of -1, 0, 1")
    return frozenset(found)
