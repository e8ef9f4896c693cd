"""What is known of the signs of polynomials in a cell: facts, deduction from terms, and Z3 where that is not enough.

A set of possible signs is a subset of {-1, 0, 1}.  Facts come from hypotheses; each says that a polynomial has one of some signs.
Questions are answered by what is recorded, then by the signs of the terms, then by Z3 (real arithmetic over the generators), which also
knows a few inequalities about each generator (`Knowledge.background`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from fractions import Fraction
from typing import Any

from micrograd.prove import solver
from micrograd.prove.limits import TooLarge
from micrograd.prove.normal.ring import Element, Factors, Ring, bits, factor, product
from micrograd.verified.expr import EQ, GE, GT, LE, LT, NE, Head

Signs = frozenset[int]
ANY: Signs = frozenset((-1, 0, 1))
POSITIVE: Signs = frozenset((1,))
NEGATIVE: Signs = frozenset((-1,))
ZERO: Signs = frozenset((0,))
NONNEGATIVE: Signs = frozenset((0, 1))
NONPOSITIVE: Signs = frozenset((-1, 0))
NONZERO: Signs = frozenset((-1, 1))

RELATION: dict[Head, Signs] = {LT: NEGATIVE, LE: NONPOSITIVE, GT: POSITIVE, GE: NONNEGATIVE, EQ: ZERO, NE: NONZERO}
"""Signs of a - b for a comparison of a with b."""

MAX_TERMS, MAX_DEGREE, MAX_MIXED_DEGREE, MAX_BITS = 60, 20, 8, 2000
"""Larger polynomials, or with longer coefficients, are not given to Z3."""


THEOREMS = {
    "times": "signs.times",
    "plus": "signs.plus",
    "power": "signs.power",
    "Knowledge.quick": "signs.terms",
    "Knowledge.learn": "signs.learn",
    "Knowledge.of": "signs.learn",
}
"""The theorems of ``python -m proofs`` about what is concluded here."""


class Infeasible(Exception):
    """The hypotheses contradict each other."""


def times(a: Signs, b: Signs) -> Signs:
    """Signs of a product."""
    return frozenset(x * y for x in a for y in b)


def power(a: Signs, n: int) -> Signs:
    """Signs of an integer power."""
    return frozenset(x if n % 2 else x * x for x in a)


def plus(a: Signs, b: Signs) -> Signs:
    """Signs of a sum."""
    found: set[int] = set()
    for x in a:
        for y in b:
            found.update((x or y,) if x == y or not (x and y) else (-1, 0, 1))
    return frozenset(found)


class Knowledge:
    """Facts about the polynomials of one ring."""

    def __init__(self, ring: Ring) -> None:
        self.ring = ring
        self.known: dict[int, Signs] = {}
        self.generator_signs: list[Signs] = []
        self.compound: list[tuple[Factors, int, Signs]] = []
        self.facts: list[tuple[Any, Signs]] = []
        self.factor_cache: dict[int, tuple[Fraction, Factors]] = {}
        self.background: list[Callable[[], Iterable[Any]]] = []
        self.ladder: list[Callable[[], Iterable[Any]]] = []
        self.asked: dict[int, Signs] = {}
        self._session: solver.Session | None = None
        self._given: dict[bool, list[int]] = {}
        self._owner = object()

    # --- learning

    def factor(self, element: Element) -> tuple[Fraction, Factors]:
        """See `ring.factor`."""
        return factor(element, self.factor_cache)

    def learn(self, element: Element, allowed: Signs) -> None:
        """The element has one of the signs, and its denominator is not 0.

        Raises:
            Infeasible: that contradicts what is known.
        """
        if not element:
            if 0 not in allowed:
                raise Infeasible
            return
        content, factors = self.factor(element)
        for p, e in factors:
            if e < 0 or 0 not in allowed:
                self._narrow(p, NONZERO)
        sign = 1 if content > 0 else -1
        odd = [(p, e) for p, e in factors if e % 2]
        if not odd:
            even = [(p, e) for p, e in factors if not e % 2]
            if sign not in allowed and 0 not in allowed:
                raise Infeasible
            if sign not in allowed and len(even) == 1:
                self._narrow(even[0][0], ZERO)
        elif allowed != NONZERO:
            self.compound.append((factors, sign, allowed))
        with suppress(TooLarge):
            self.facts.append((self._outline(content, factors), allowed))
        self.deduce()

    def _outline(self, content: Fraction, factors: Factors) -> Any:
        """A polynomial with the sign of a product."""
        total = self.ring.constant(content)
        for p, e in factors:
            total = product(total, p if e % 2 else product(p, p))
        return total

    def deduce(self) -> None:
        """Draw the conclusions about single factors from products whose other factors are known."""
        changed = True
        while changed:
            changed = False
            for entry in list(self.compound):
                factors, sign, allowed = entry
                known = frozenset((sign,))
                open_factors = []
                for p, e in factors:
                    signs = self.quick(p)
                    if len(signs) > 1:
                        open_factors.append((p, e))
                    else:
                        known = times(known, power(signs, e))
                if len(open_factors) > 1:
                    continue
                self.compound.remove(entry)
                changed = True
                if not open_factors:
                    if not known & allowed:
                        raise Infeasible
                    continue
                p, e = open_factors[0]
                possible = frozenset(s for s in self.quick(p) if times(known, power(frozenset((s,)), e)) & allowed)
                self._narrow(p, possible)

    def _narrow(self, p: Any, allowed: Signs) -> None:
        signs = self.quick(p) & allowed
        if not signs:
            raise Infeasible
        self.known[self.ring.key(p)] = signs
        self.asked.clear()

    # --- answering

    def quick(self, p: Any) -> Signs:
        """Possible signs of an irreducible polynomial, without Z3."""
        known = self.known.get(self.ring.key(p), ANY)
        if len(known) == 1:
            return known
        if p.is_constant():
            leading = p.leading_coefficient()
            return frozenset(((leading > 0) - (leading < 0),))
        return known & self._by_terms(p)

    def _by_terms(self, p: Any) -> Signs:
        total = ZERO
        for coefficient, monomial in self.ring.terms(p):
            signs = POSITIVE if coefficient > 0 else NEGATIVE
            for generator, n in monomial:
                signs = times(signs, power(self._of_generator(generator), n))
            total = plus(total, signs)
            if total == ANY:
                break
        return total

    def _of_generator(self, index: int) -> Signs:
        own = self.generator_signs[index]
        return own if len(own) == 1 else own & self.known.get(self.ring.key(self.ring.generators[index]), ANY)

    def of_polynomial(self, p: Any) -> Signs:
        """Possible signs of an irreducible polynomial, as far as they can be found out."""
        signs = self.quick(p)
        if len(signs) == 1:
            return signs
        key = self.ring.key(p)
        if key not in self.asked:
            self.asked[key] = signs - self._refuted(p, signs)
            if not self.asked[key]:
                raise Infeasible
        return self.asked[key]

    def surely(self, element: Element, allowed: Signs) -> bool:
        """Whether the element has one of the signs; Z3 is asked only if that is not plain without it."""
        return self._of_factors(element, self.quick) <= allowed or self.of(element) <= allowed

    def _of_factors(self, element: Element, of: Callable[[Any], Signs]) -> Signs:
        """The signs that those of the factors leave."""
        if not element:
            return ZERO
        content, factors = self.factor(element)
        total = POSITIVE if content > 0 else NEGATIVE
        for p, e in factors:
            total = times(total, power(of(p), e))
        return total

    def of(self, element: Element) -> Signs:
        """Possible signs of an element."""
        total = self._of_factors(element, self.of_polynomial)
        content, factors = self.factor(element) if element else (Fraction(0), [])
        if len(total) > 1 and len(factors) > 1:
            total &= self._from_compound(content, factors)
        return total

    def _from_compound(self, content: Fraction, factors: Factors) -> Signs:
        """From a fact about a product with the same factors to odd powers; a factor to an even power hides the sign where it is 0."""
        odd = {self.ring.key(p) for p, e in factors if e % 2}
        squares = ZERO if any(e % 2 == 0 and 0 in self.quick(p) for p, e in factors) else frozenset()
        found = ANY
        for known, sign, allowed in self.compound:
            if {self.ring.key(p) for p, e in known if e % 2} == odd and not any(e % 2 == 0 and 0 in self.quick(p) for p, e in known):
                flip = frozenset((sign * (1 if content > 0 else -1),))
                found &= times(flip, allowed) | squares
        return found

    # --- Z3

    def session(self) -> solver.Session:
        """Where Z3 is asked about this cell."""
        if self._session is None:
            self._session = solver.current()
        return self._session

    def real(self, index: int) -> solver.Term:
        """Z3's variable for a generator."""
        return self.session().variable(f"g{index}")

    def translate(self, p: Any) -> solver.Term:
        """A polynomial for Z3.

        Raises:
            TooLarge: it is not for Z3.
        """
        if not _small(p):
            raise TooLarge("a polynomial that is too large for Z3")
        session = self.session()
        terms = []
        for coefficient, monomial in self.ring.terms(p):
            parts = [self.real(g) for g, n in monomial for _ in range(n)]
            if coefficient != 1 or not parts:
                parts = [session.number(coefficient), session.product(parts)] if parts else [session.number(coefficient)]
            terms.append(session.product(parts))
        return session.sum(terms)

    def constraint(self, p: Any, signs: Signs) -> solver.Term:
        """For Z3: the polynomial has one of the signs."""
        term = self.translate(p)
        table = {1: term > 0, -1: term < 0, 0: term == 0}
        if len(signs) == 2:
            return {NONNEGATIVE: term >= 0, NONPOSITIVE: term <= 0, NONZERO: term != 0}[signs]
        return table[next(iter(signs))] if len(signs) == 1 else self.session().any_of([table[s] for s in sorted(signs)])

    def _prepare(self, ladder: bool) -> Any:
        """A solver that has been told everything; the order of exponentials and logarithms only if asked for."""
        asked, new = self.session().solver(self._owner, ladder)
        given = self._given[ladder] = [0, 0, 0] if new else self._given[ladder]
        sources = (self.background, self.ladder if ladder else [])
        for i, source in enumerate(sources):
            for make in source[given[i] :]:
                with suppress(TooLarge):
                    self.session().tell(asked, make())
            given[i] = len(source)
        for p, signs in self.facts[given[2] :]:
            if signs != ANY and _small(p):
                self.session().tell(asked, [self.constraint(p, signs)])
        given[2] = len(self.facts)
        return asked

    def _impossible(self, p: Any, signs: Signs, ladder: bool) -> bool:
        """Whether Z3 proves that the polynomial has none of the signs."""
        return self.session().impossible(self._prepare(ladder), self.constraint(p, signs))

    def _refuted(self, p: Any, signs: Signs) -> Signs:
        """Signs that Z3 proves impossible."""
        if not _small(p):
            return frozenset()
        for ladder in (False, True) if self.ladder else (False,):
            for other in (NONPOSITIVE, NONNEGATIVE):
                if self._impossible(p, other & signs, ladder):
                    return other & signs
            out = frozenset(sign for sign in sorted(signs) if self._impossible(p, frozenset((sign,)), ladder))
            if out:
                return out
        return frozenset()

    def contradictory(self) -> bool:
        """Whether Z3 proves that the facts contradict each other."""
        return any(self.session().impossible(self._prepare(ladder)) for ladder in ((False, True) if self.ladder else (False,)))


def _small(p: Any) -> bool:
    """Whether a polynomial is worth giving to Z3: its projections of polynomials of high degree in several variables take minutes, and
    heed neither its count of steps nor its clock."""
    several = sum(1 for degree in p.degrees() if degree) > 1
    return len(p) <= MAX_TERMS and p.total_degree() <= (MAX_MIXED_DEGREE if several else MAX_DEGREE) and bits(p) <= MAX_BITS
