"""Products, quotients, powers: |w|^(a/b) is the product of |p|^(e·a/b) over the irreducible factors p^e of w, numbers included."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from micrograd.prove.limits import shown
from micrograd.prove.normal.cell import Terms
from micrograd.prove.normal.exponentials import exponential, logarithm, power_of_factor, primes
from micrograd.prove.normal.ring import MAX_POWER, Element, TooLarge, Unsupported
from micrograd.prove.normal.rule import Rule, Rules
from micrograd.prove.normal.signs import NEGATIVE, NONNEGATIVE, NONZERO, POSITIVE, ZERO


def rational_power(n: Terms, w: Element, q: Fraction) -> Element:
    """|w|^q for w not 0, or w >= 0 and q > 0."""
    if q.denominator == 1 and q.numerator % 2 == 0:
        return w**q.numerator
    if not w:
        return n.zero
    content, factors = n.know.factor(_as_square(n, w))
    result = n.one
    for prime, e in primes(content):
        result = result * power_of_factor(n, n.ring.constant(prime), e * q)
    odd: list[Any] = []
    for p, e in factors:
        k = e * q
        if k.denominator == 1:
            result = result * Element.make(n.ring, p, n.ring.one) ** int(k)
            if k % 2:
                odd.append(p)
        else:
            result = result * power_of_factor(n, p, k)
    return -result if n.sign_of_product(odd) < 0 else result


def _as_square(n: Terms, w: Element) -> Element:
    """The same with cos² written as 1 - sin² where that has fewer factors to an odd power."""
    best, score = w, _oddness(n, w)
    for _, c, s in n.angles:
        if score and n.ring.degree(best.num, c) + n.ring.degree(best.den, c) >= 2:
            other = Element(n.ring, *(n.ring.related_back(p, c, s) for p in (best.num, best.den)))
            if _oddness(n, other) < score:
                best, score = other, _oddness(n, other)
    return best


def _oddness(n: Terms, w: Element) -> int:
    return sum(e % 2 * len(p) for p, e in n.know.factor(w)[1])


# --- the rules -------------------------------------------------------------------------------------------------------


def _divide(n: Terms, node: Any, a: Element, b: Element) -> Element:
    n.require(b, NONZERO, lambda: f"{node.key[2]} != 0")
    return a * b.inverse()


def _integer_power(n: Terms, node: Any, base: Element, exponent: Element) -> Element:
    k: int = node.key[2].key[1]
    if abs(k) > MAX_POWER:
        raise TooLarge(f"the power {shown(k)}")
    if k < 0:
        n.require(base, NONZERO, lambda: f"{node.key[1]} != 0")
    return base**k


def _general_power(n: Terms, node: Any, base: Element, exponent: Element) -> Element:
    q = exponent.number()
    text = str(node.key[1])
    if q is not None and q.denominator == 1:
        if q < 0:
            n.require(base, NONZERO, lambda: f"{text} != 0")
        return base ** int(q)
    if q is not None:
        n.require(base, NONNEGATIVE if q > 0 else POSITIVE, lambda: f"{text} {'>=' if q > 0 else '>'} 0")
        return rational_power(n, base, q)
    if n.decide(base, POSITIVE):
        return exponential(n, exponent * logarithm(n, base))
    if n.decide(base, ZERO):
        if n.decide(exponent, ZERO):
            return n.one
        n.require(exponent, POSITIVE, lambda: f"{node.key[2]} > 0")
        return n.zero
    raise Unsupported(f"{node} with a negative base")


def _square_root(n: Terms, node: Any, u: Element) -> Element:
    n.require(u, NONNEGATIVE, lambda: f"{node.key[1]} >= 0")
    return rational_power(n, u, Fraction(1, 2))


def _cube_root(n: Terms, node: Any, u: Element) -> Element:
    if not u:
        return n.zero
    negative = n.decide(u, NEGATIVE)
    found = rational_power(n, u, Fraction(1, 3))
    return -found if negative else found


RULES: Rules = {
    "add": Rule(lambda n, node, a, b: a + b, "add"),
    "sub": Rule(lambda n, node, a, b: a - b, "sub"),
    "mul": Rule(lambda n, node, a, b: a * b, "mul"),
    "neg": Rule(lambda n, node, a: -a, "neg"),
    "div": Rule(_divide, "div"),
    "powi": Rule(_integer_power, "powi_minus_2 powi_minus_1 powi_0 powi_3"),
    "pow": Rule(_general_power, "pow power_3_2 power_minus_1_2 power_2_3 power_1_4 power_of_power"),
    "sqrt": Rule(
        _square_root,
        """sqrt sqrt_product sqrt_quotient sqrt_square sqrt_cube sqrt_mixed sqrt_number sqrt_inverse sqrt_exp sqrt_sine sqrt_cosine""",
    ),
    "cbrt": Rule(_cube_root, "cbrt cbrt_product cbrt_square"),
}
