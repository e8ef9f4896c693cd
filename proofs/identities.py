"""Identities between rational expressions, settled twice and without a solver.

An identity is a pair of texts in the expression language that use ``+ - * /``, integer powers, rational numbers and names
only; transcendental terms have been replaced by *atoms* (names) before, and what is known of the atoms is given as
``relations``: texts that vanish, such as ``s**2 - x``.  The claim is that lhs = rhs wherever both sides are defined and
every relation is 0.  It holds if the numerator of lhs - rhs lies in the ideal that the relations generate, and that is
decided twice, by code that shares nothing below the parser and the walk over the expression:

* SymPy: elements of a field of fractions over ℚ, ``groebner`` and ``PolyElement.rem`` (pure Python: SymPy is kept from
  handing its arithmetic to flint);
* python-flint: pairs of ``fmpq_mpoly``, division by the relations, and Buchberger's algorithm if that is not enough.

A denominator that vanishes under the relations makes an identity false here: such a claim says nothing.

Trust: `micrograd.verified.parse` reads the texts; an error of one of the two libraries shows as a disagreement, which is an error
of its own (`Disagreement`) and never a verdict.
"""

from __future__ import annotations

import operator
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from importlib import import_module
from typing import Any, NamedTuple, Protocol

MAX_EXPONENT = 10_000
"""Larger integer powers are refused: their expansion would not fit in memory."""

GROEBNER_LIMITS = (500, 20_000, 100_000)
"""Polynomials in the basis, terms in one of them, bits in a coefficient; beyond, flint gives up."""


class IdentityError(ValueError):
    """The texts are not what an identity is made of, or are too large to settle."""


class Disagreement(ArithmeticError):
    """SymPy and flint give different verdicts on the same identity."""


class Undefined(ArithmeticError):
    """A denominator vanishes identically under the relations."""


class Verdict(NamedTuple):
    """Whether the identity holds, and a line that says why."""

    ok: bool
    detail: str


class Algebra(Protocol):
    """A field of rational functions whose elements know ``+ - * /`` and ``**`` (exponent ≥ 0)."""

    def __init__(self, names: Sequence[str]) -> None: ...

    def generator(self, name: str) -> Any: ...

    def number(self, value: Fraction) -> Any: ...

    def impose(self, relations: Sequence[Any]) -> None:
        """From now on the numerators of these elements vanish."""

    def remainder(self, element: Any) -> Any:
        """The numerator modulo the relations; falsy exactly if it lies in their ideal."""


# --- from text to an element of an algebra ---------------------------------------------------------------------------

OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "neg": operator.neg,
    "square": lambda a: a * a,
}


def read(text: str) -> list[Any]:
    """The nodes of the expression, children before parents, the root last."""
    verified = import_module("micrograd.verified")
    nodes: list[Any] = verified.postorder([verified.parse(text)])
    return nodes


def names_of(program: Sequence[Any]) -> set[str]:
    """Names of the variables of a program made by `read`."""
    return {str(node.key[1]) for node in program if node.head.name == "var"}


def evaluate(program: Sequence[Any], algebra: Algebra) -> Any:
    """The value of the program's last node.

    Raises:
        Undefined: a denominator vanishes modulo the relations imposed so far.
        IdentityError: an operation that is not rational arithmetic.
    """
    value: dict[Any, Any] = {}
    for node in program:
        name, args = node.head.name, node.key[1:]
        if name == "var":
            value[node] = algebra.generator(str(args[0]))
        elif name == "const":
            value[node] = algebra.number(Fraction(args[0]))
        elif name == "div":
            value[node] = value[args[0]] * _inverse(args[1], value[args[1]], algebra)
        elif name == "reciprocal":
            value[node] = _inverse(args[0], value[args[0]], algebra)
        elif name == "powi":
            exponent = _exponent(args[1])
            base = _inverse(args[0], value[args[0]], algebra) if exponent < 0 else value[args[0]]
            value[node] = base ** abs(exponent) if exponent else algebra.number(Fraction(1))
        elif name in OPERATIONS:
            value[node] = OPERATIONS[name](*(value[a] for a in args))
        else:
            raise IdentityError(f"{name!r} is not rational arithmetic: put an atom in place of the term")
    return value[program[-1]]


def _inverse(node: Any, element: Any, algebra: Algebra) -> Any:
    if not algebra.remainder(element):
        raise Undefined(f"the denominator {_shorten(str(node))} vanishes identically")
    return algebra.number(Fraction(1)) / element


def _exponent(node: Any) -> int:
    exponent = node.key[1] if node.head.name == "const" else None
    if not isinstance(exponent, int) or abs(exponent) > MAX_EXPONENT:
        raise IdentityError(f"the exponent {_shorten(str(node))} is not an integer of at most {MAX_EXPONENT}")
    return exponent


# --- SymPy -----------------------------------------------------------------------------------------------------------


class SymPyAlgebra:
    """ℚ(names) by ``sympy.polys.fields``; each operation cancels common factors."""

    def __init__(self, names: Sequence[str]) -> None:
        if "sympy" not in sys.modules:
            os.environ["SYMPY_GROUND_TYPES"] = "python"
        rings = import_module("sympy.polys.rings")
        self._domain = import_module("sympy.polys.domains").QQ
        self._order = import_module("sympy.polys.orderings").grevlex
        self._groebner = import_module("sympy.polys.groebnertools").groebner
        self._ring = rings.PolyRing(list(names) or ["_"], self._domain, self._order)
        self._field = self._ring.to_field()
        self._generators = dict(zip(names, self._field.gens, strict=False))
        self._basis: list[Any] = []

    def generator(self, name: str) -> Any:
        return self._generators[name]

    def number(self, value: Fraction) -> Any:
        return self._field(self._domain(value.numerator, value.denominator))

    def impose(self, relations: Sequence[Any]) -> None:
        polynomials = [r.numer for r in relations if r]
        self._basis = self._groebner(polynomials, self._ring) if polynomials else []

    def remainder(self, element: Any) -> Any:
        return element.numer.rem(self._basis) if self._basis else element.numer


# --- python-flint ----------------------------------------------------------------------------------------------------


class Quotient:
    """A fraction of two ``fmpq_mpoly`` without common factor."""

    __slots__ = ("denom", "numer")

    def __init__(self, numer: Any, denom: Any) -> None:
        common = numer.gcd(denom)
        self.numer = numer if common.is_one() else numer / common
        self.denom = denom if common.is_one() else denom / common

    def __bool__(self) -> bool:
        return not self.numer.is_zero()

    def __add__(self, other: Quotient) -> Quotient:
        if self.denom == other.denom:
            return Quotient(self.numer + other.numer, self.denom)
        return Quotient(self.numer * other.denom + other.numer * self.denom, self.denom * other.denom)

    def __neg__(self) -> Quotient:
        return Quotient(-self.numer, self.denom)

    def __sub__(self, other: Quotient) -> Quotient:
        return self + -other

    def __mul__(self, other: Quotient) -> Quotient:
        return Quotient(self.numer * other.numer, self.denom * other.denom)

    def __truediv__(self, other: Quotient) -> Quotient:
        return Quotient(self.numer * other.denom, self.denom * other.numer)

    def __pow__(self, exponent: int) -> Quotient:
        return Quotient(self.numer**exponent, self.denom**exponent)


class FlintAlgebra:
    """ℚ(names) by pairs of ``fmpq_mpoly``; the relations are completed to a Groebner basis only when they must be."""

    def __init__(self, names: Sequence[str]) -> None:
        self._flint: Any = import_module("flint")
        self._names = list(names) or ["_"]
        self._context = self._flint.fmpq_mpoly_ctx.get(self._names, "degrevlex")
        self._one = self._context.constant(1)
        self._generators = dict(zip(self._names, self._context.gens(), strict=True))
        self._relations: list[Any] = []
        self._complete = True

    def generator(self, name: str) -> Any:
        return Quotient(self._generators[name], self._one)

    def number(self, value: Fraction) -> Any:
        return Quotient(self._one * self._flint.fmpq(value.numerator, value.denominator), self._one)

    def impose(self, relations: Sequence[Any]) -> None:
        self._relations = [r.numer for r in relations if r]
        self._complete = not self._relations

    def remainder(self, element: Any) -> Any:
        rest = self._divide(element.numer)
        if not rest.is_zero() and not self._complete:
            self._relations, self._complete = self._groebner_basis(), True
            rest = self._divide(rest)
        return rest

    def _divide(self, polynomial: Any) -> Any:
        """Divide until no leading term of a relation divides a term of the rest; each pass makes it smaller."""
        changed = True
        while changed:
            changed = False
            for relation in self._relations:
                quotient, polynomial = divmod(polynomial, relation)
                changed = changed or not quotient.is_zero()
        return polynomial

    def _groebner_basis(self) -> list[Any]:
        flint = self._flint
        integral = flint.fmpz_mpoly_ctx.get(self._names, "degrevlex")
        cleared = [integral.from_dict(_clear_denominators(r.to_dict())) for r in self._relations]
        basis, finished = flint.fmpz_mpoly_vec(cleared, integral).buchberger_naive(limits=GROEBNER_LIMITS)
        if not finished:
            raise IdentityError("flint: the relations have no Groebner basis of reasonable size")
        return [self._context.from_dict({m: int(c) for m, c in g.to_dict().items()}) for g in basis if not g.is_zero()]


def _clear_denominators(terms: Mapping[Any, Any]) -> dict[Any, int]:
    common = 1
    for coefficient in terms.values():
        common *= int(coefficient.q) // _gcd(common, int(coefficient.q))
    return {monomial: int(coefficient.p) * common // int(coefficient.q) for monomial, coefficient in terms.items()}


def _gcd(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


# --- verdicts --------------------------------------------------------------------------------------------------------

ORACLES: Mapping[str, type[Algebra]] = {"sympy": SymPyAlgebra, "flint": FlintAlgebra}
"""The two who must both say yes."""


def decide(oracle: str, lhs: str, rhs: str, relations: Sequence[str] = ()) -> Verdict:
    """What one oracle says of ``lhs = rhs`` under the relations.

    >>> decide("flint", "(x**2 - 1)/(x - 1)", "x + 1")
    Verdict(ok=True, detail='the difference is 0')

    Raises:
        IdentityError: not a pair of rational expressions, or too large.
        ParseError: not an expression at all.
    """
    programs = [read(text) for text in (lhs, rhs, *relations)]
    algebra = ORACLES[oracle](sorted(set().union(*(names_of(program) for program in programs))))
    try:
        algebra.impose([evaluate(program, algebra) for program in programs[2:]])
        if not algebra.remainder(algebra.number(Fraction(1))):
            return Verdict(False, "the relations contradict each other")
        difference = evaluate(programs[0], algebra) - evaluate(programs[1], algebra)
        rest = algebra.remainder(difference)
    except Undefined as reason:
        return Verdict(False, str(reason))
    if rest:
        return Verdict(False, f"the numerator of the difference is {_shorten(str(rest))}, not 0")
    return Verdict(True, "the difference is 0")


def check(lhs: str, rhs: str, relations: Sequence[str] = ()) -> Verdict:
    """The common verdict of all oracles on ``lhs = rhs`` under the relations.

    >>> check("1/(s + 1)", "(s - 1)/(x - 1)", ["s**2 - x"]).ok
    True
    >>> check("x*y", "x + y")
    Verdict(ok=False, detail='x*y = x + y fails: the numerator of the difference is x*y - x - y, not 0')

    Raises:
        Disagreement: the oracles differ.
        IdentityError, ParseError: as for `decide`.
    """
    verdicts = {oracle: decide(oracle, lhs, rhs, relations) for oracle in ORACLES}
    claim = f"{_shorten(lhs)} = {_shorten(rhs)}"
    if len({verdict.ok for verdict in verdicts.values()}) > 1:
        raise Disagreement(f"{claim}: " + "; ".join(f"{o}: {v.detail}" for o, v in verdicts.items()))
    verdict = verdicts["sympy"]
    return verdict if verdict.ok else Verdict(False, f"{claim} fails: {verdict.detail}")


def _shorten(text: str, length: int = 300) -> str:
    return text if len(text) <= length else f"{text[:length]}…"
