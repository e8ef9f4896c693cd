"""Exponentials and logarithms.

* exp(u): the exponents of a cell have a basis over ℚ, found by elimination; exp(Σ n·b) = Π exp(b)^n, exp(q·log|p| + u) = |p|^q·exp(u), and
  exp(k·W(v)) = (v/W(v))^k for Lambert's W;
* log|w|: the sum of e·log|p| over the irreducible factors p^e of w, numbers included;
* |p|^q of a factor that is an exponential or a root is applied to what is inside.

Z3 is told 1 + u <= exp(u), that exp(u) > 1 exactly for u > 0, log|p| + 1 <= |p|, and, of a few of them, that exp is increasing.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import flint

from micrograd.prove import solver
from micrograd.prove.limits import shown
from micrograd.prove.normal.cell import Atom, Terms
from micrograd.prove.normal.ring import Element, TooLarge, coordinates
from micrograd.prove.normal.roots import root
from micrograd.prove.normal.rule import Rule, Rules
from micrograd.prove.normal.signs import NEGATIVE, NONZERO, POSITIVE
from micrograd.verified.expr import Expr, const
from micrograd.verified.functions import absolute, exp, log

MAX_FACTORED_BITS = 96
"""Longer integers count as one prime: factoring cannot be interrupted."""
MAX_LADDER = 8
"""Exponentials and logarithms whose order is told to Z3."""
MAX_MULTIPLE = 400
"""Higher powers of exponentials are not written out."""
FEW_TERMS = 6
"""Exponents with more terms are not taken apart."""

# --- logarithms ------------------------------------------------------------------------------------------------------


def logarithm(n: Terms, w: Element) -> Element:
    """log|w| for w not 0."""
    content, factors = n.know.factor(w)
    total = n.zero
    for prime, e in primes(content):
        total = total + _log_atom(n, n.ring.constant(prime), const(prime)).scaled(e)
    for p, e in factors:
        total = total + _log_of_factor(n, p).scaled(e)
    return total


def primes(value: Fraction) -> list[tuple[int, int]]:
    """Primes and their powers in |value|; a very large number counts as one prime."""
    found: list[tuple[int, int]] = []
    for number, sign in ((abs(value.numerator), 1), (value.denominator, -1)):
        if number.bit_length() > MAX_FACTORED_BITS:
            found.append((number, sign))
        elif number > 1:
            found.extend((int(p), sign * int(e)) for p, e in flint.fmpz(number).factor())
    return found


def _log_of_factor(n: Terms, p: Any) -> Element:
    index = n.as_generator(p)
    if index is not None:
        atom = n.atoms[index]
        if atom.kind == "exp":
            return atom.arguments[0]
        if atom.kind == "root":
            return _log_of_factor(n, atom.polynomial).scaled(Fraction(1, atom.order))
    return _log_atom(n, p, None)


def _log_atom(n: Terms, p: Any, number: Expr | None) -> Element:
    for i, atom in n.of_kind("log"):
        if atom.polynomial == p:
            return n.element(i)
    if number is not None:
        index = n.generator(Atom("log", log(number), polynomial=p), POSITIVE)
        _tell_order(n, index)
        return n.element(index)
    argument = n.to_expression(p)
    signs = n.know.quick(p)
    inner = argument if signs == POSITIVE else -argument if signs == NEGATIVE else absolute(argument)
    index = n.generator(Atom("log", log(inner), polynomial=p))

    def facts() -> Iterable[Any]:
        z, value = n.know.real(index), n.know.translate(p)
        size = solver.absolute(value)
        return [z + 1 <= size, (size > 1) == (z > 0), solver.implies(value != 0, (size < 1) == (z < 0))]

    n.know.background.append(facts)
    _tell_order(n, index)
    return n.element(index)


# --- the order of exponentials and logarithms ------------------------------------------------------------------------


def _tell_order(n: Terms, index: int) -> None:
    """Tell Z3 that exp is increasing, for a new exponential or logarithm and each older one."""
    ladder = [i for i, _ in n.of_kind("exp", "log")]
    if len(ladder) > MAX_LADDER or index not in ladder:
        return
    for other in ladder:
        if other != index:
            n.know.ladder.append(lambda other=other: _order(n, index, other))  # type: ignore[misc]


def _order(n: Terms, first: int, second: int) -> list[Any]:
    (low, low_exp, defined), (high, high_exp, also) = _rung(n, first), _rung(n, second)
    return [*defined, *also, (low < high) == (low_exp < high_exp), (low > high) == (low_exp > high_exp)]


def _rung(n: Terms, index: int) -> tuple[Any, Any, list[Any]]:
    """A number u and exp(u), for Z3: of an exponential the exponent and itself, of a logarithm itself and its argument."""
    atom = n.atoms[index]
    if atom.kind == "exp":
        value, defining = n.for_z3(atom.arguments[0])
        return value, n.know.real(index), defining
    argument = n.know.translate(atom.polynomial)
    size = solver.absolute(argument)
    return n.know.real(index), size, [size > 0]


# --- exponentials ----------------------------------------------------------------------------------------------------


def exponential(n: Terms, u: Element) -> Element:
    """exp(u)."""
    rest, logs = n.split(u, "log")
    rest, result = _without_lambert(n, rest)
    odd: list[Any] = []
    for q, index in logs:
        p = n.atoms[index].polynomial
        if q.denominator == 1:
            result = result * Element.make(n.ring, p, n.ring.one) ** int(q)
            if q % 2 and not p.is_constant():
                odd.append(p)
        else:
            result = result * power_of_factor(n, p, q)
    if odd and n.sign_of_product(odd) < 0:
        result = -result
    return result * _monomial(n, rest)


def _without_lambert(n: Terms, u: Element) -> tuple[Element, Element]:
    """u without its integer multiples of Lambert's W, and exp of these: exp(W(v)) = v/W(v) for v not 0."""
    factor = n.one
    if next(n.of_kind("lambertw"), None) is None:
        return u, factor
    rest, products = n.split(u, "lambertw")
    for q, index in products:
        v = n.atoms[index].arguments[0]
        if q.denominator == 1 and n.decide(v, NONZERO):
            factor = factor * (v * n.element(index).inverse()) ** int(q)
        else:
            rest = rest + n.element(index).scaled(q)
    return rest, factor


def power_of_factor(n: Terms, p: Any, q: Fraction) -> Element:
    """|p|^q for an irreducible p."""
    index = n.as_generator(p)
    if index is not None and n.atoms[index].kind == "exp":
        return exponential(n, n.atoms[index].arguments[0].scaled(q))
    if index is not None and n.atoms[index].kind == "root":
        atom = n.atoms[index]
        return power_of_factor(n, atom.polynomial, q / atom.order)
    whole, rest = q.numerator // q.denominator, q - q.numerator // q.denominator
    result = n.one
    if whole:
        base = Element.make(n.ring, p, n.ring.one)
        if whole % 2 and not p.is_constant() and n.weak(p) < 0:
            base = -base
        result = base**whole
    if rest:
        result = result * root(n, p, rest.denominator) ** rest.numerator
    return result


def _monomial(n: Terms, u: Element) -> Element:
    """exp(u) as a product of powers of exponentials of basis elements."""
    if not u:
        return n.one
    q = coordinates(n.ring, u, [b for b, _ in n.exponents])
    if q is None:
        terms = _summands(n, u)
        if len(terms) > 1:
            result = n.one
            for term in terms:
                result = result * _monomial(n, term)
            return result
        _new_exponent(n, u)
        return _monomial(n, u)
    result = n.one
    for (_basis, index), k in zip(n.exponents, q, strict=True):
        if k.denominator != 1:
            raise n.plan.divide(n.atoms[index].key, k.denominator)
        if abs(k) > MAX_MULTIPLE:
            raise TooLarge(f"a power {shown(k)} of an exponential")
        if k:
            result = result * n.element(index) ** int(k)
    return result


def _summands(n: Terms, u: Element) -> list[Element]:
    """u as a sum with one term of the numerator each, if these are few."""
    if not 1 < len(u.num) <= FEW_TERMS:
        return [u]
    found = []
    for coefficient, monomial in n.ring.terms(u.num):
        top = n.ring.constant(coefficient)
        for g, k in monomial:
            top = top * n.ring.generators[g] ** k
        found.append(Element.make(n.ring, top, u.den))
    return found


def _new_exponent(n: Terms, u: Element) -> None:
    if u.num.leading_coefficient() < 0:
        u = -u
    key = f"exp {n.express(u)}"
    u = u.scaled(Fraction(1, n.plan.parts.get(key, 1)))
    index = n.generator(Atom("exp", exp(n.express(u)), (u,), key=key), POSITIVE)
    n.exponents.append((u, index))

    def facts() -> Iterable[Any]:
        z, value = n.know.real(index), n.for_z3(u)
        return [z > 0, *value[1], z >= 1 + value[0], (value[0] > 0) == (z > 1), (value[0] < 0) == (z < 1)]

    n.know.background.append(facts)
    _tell_order(n, index)


# --- the rules -------------------------------------------------------------------------------------------------------


def _log(n: Terms, node: Any, u: Element) -> Element:
    n.require(u, POSITIVE, lambda: f"{node.key[1]} > 0")
    return logarithm(n, u)


RULES: Rules = {
    "exp": Rule(
        lambda n, node, u: exponential(n, u),
        """exp exp_sum exp_difference exp_multiple exp_opposite exp_half exp_log_2 exp_minus_log exp_half_log exp_log_sum exp_log_abs
        exp_lambertw exp_minus_lambertw""",
    ),
    "log": Rule(
        _log,
        "log log_product log_negatives log_quotient log_square log_cube log_opposite log_root log_exp log_number",
    ),
}
