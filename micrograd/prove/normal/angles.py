"""Sines, cosines and their inverses.

The angles of a cell have a basis over ℚ, as the exponents have; the addition theorems, sin² = 1 - cos², and exact values at multiples of
π/4 and π/6, and by these of π/12, do the rest.  An integer multiple of atan(v) is left for sin(atan(v)) = v/sqrt(1 + v²),
cos(atan(v)) = 1/sqrt(1 + v²).  asin and atan2 are written with atan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, TypeAlias

from micrograd.prove.limits import shown
from micrograd.prove.normal.cell import Atom, Terms
from micrograd.prove.normal.opaque import opaque
from micrograd.prove.normal.powers import rational_power
from micrograd.prove.normal.ring import Element, TooLarge, coordinates
from micrograd.prove.normal.roots import root
from micrograd.prove.normal.rule import Rule, Rules
from micrograd.prove.normal.signs import NONZERO, POSITIVE, ZERO
from micrograd.verified.functions import atan, cos, sin

MAX_MULTIPLE = 64
"""Higher multiples of an angle are not written out."""

Pair: TypeAlias = tuple[Element, Element]
"""Sine and cosine of an angle."""


def sine_and_cosine(n: Terms, u: Element) -> Pair:
    """(sin u, cos u)."""
    result = (n.zero, n.one)
    rest, arcs = n.split(u, "atan")
    for q, index in arcs:
        if q.denominator != 1 or abs(q) > MAX_MULTIPLE:
            rest = rest + n.element(index).scaled(q)
            continue
        v = n.atoms[index].arguments[0]
        radius = rational_power(n, n.one + v * v, Fraction(-1, 2))
        result = _rotate(result, _multiple((v * radius, radius), int(q)))
    rest, turns = n.split(rest, "pi")
    for q, index in turns:
        exact = _multiple_of_pi(n, q)
        if exact is None:  # the nearest multiple of π/2, and an angle of at most π/4
            quarters = round(2 * q)
            exact = _rotate(_quarters(n, quarters), _angle(n, n.element(index).scaled(q - Fraction(quarters, 2))))
        result = _rotate(result, exact)
    return _rotate(result, _angle(n, rest)) if rest else result


def _rotate(a: Pair, b: Pair) -> Pair:
    """Of a sum of two angles."""
    return a[0] * b[1] + a[1] * b[0], a[1] * b[1] - a[0] * b[0]


def _multiple(a: Pair, k: int) -> Pair:
    """Of a multiple of an angle."""
    base = a if k > 0 else (-a[0], a[1])
    result = base
    for _ in range(abs(k) - 1):
        result = _rotate(result, base)
    return result


def _angle(n: Terms, u: Element) -> Pair:
    """(sin u, cos u) by the basis of the angles."""
    q = coordinates(n.ring, u, [b for b, _, _ in n.angles])
    if q is None:
        _new_angle(n, u)
        return _angle(n, u)
    result = (n.zero, n.one)
    for (basis, c, s), k in zip(n.angles, q, strict=True):
        if k.denominator != 1:
            raise n.plan.divide(n.atoms[c].key, k.denominator)
        if abs(k) > MAX_MULTIPLE:
            raise TooLarge(f"{shown(k)} times the angle {n.express(basis)}")
        if k:
            result = _rotate(result, _multiple((n.element(s), n.element(c)), int(k)))
    return result


def _quarters(n: Terms, k: int) -> Pair:
    """Of k·π/2."""
    found = _multiple_of_pi(n, Fraction(k, 2))
    assert found is not None
    return found


def _multiple_of_pi(n: Terms, q: Fraction) -> Pair | None:
    """Sine and cosine of q·π for the multiples of π/12."""
    q %= 2
    if 12 % q.denominator:
        return None
    if q.denominator == 12:
        first, second = _multiple_of_pi(n, q - Fraction(1, 4)), _multiple_of_pi(n, Fraction(1, 4))
        assert first is not None
        assert second is not None
        return _rotate(first, second)
    quarter, rest = divmod(q, Fraction(1, 2))
    half = n.number(Fraction(1, 2))
    table: dict[Fraction, Callable[[], Pair]] = {
        Fraction(0): lambda: (n.zero, n.one),
        Fraction(1, 6): lambda: (half, root(n, n.ring.constant(3), 2) * half),
        Fraction(1, 4): lambda: (root(n, n.ring.constant(2), 2) * half,) * 2,
        Fraction(1, 3): lambda: (root(n, n.ring.constant(3), 2) * half, half),
    }
    s, c = table[rest]()
    for _ in range(int(quarter)):
        s, c = c, -s
    return s, c


def _new_angle(n: Terms, u: Element) -> None:
    if u.num.leading_coefficient() < 0:
        u = -u
    key = f"angle {n.express(u)}"
    u = u.scaled(Fraction(1, n.plan.parts.get(key, 1)))
    argument = n.express(u)
    c = n.generator(Atom("cos", cos(argument), (u,), key=key))
    s = n.generator(Atom("sin", sin(argument), (u,)))
    n.angles.append((u, c, s))
    n.ring.relate(s, 2, n.ring.one - n.ring.generators[c] ** 2)

    def facts() -> Iterable[Any]:
        x, y = n.know.real(c), n.know.real(s)
        return [x * x + y * y == 1, x <= 1, x >= -1, y <= 1, y >= -1]

    n.know.background.append(facts)


# --- the rules -------------------------------------------------------------------------------------------------------


_TURNS = {Fraction(0): Fraction(0), Fraction(1): Fraction(1, 4), Fraction(3): Fraction(1, 3), Fraction(1, 3): Fraction(1, 6)}
"""By the square of a tangent: the angle between 0 and π/2, divided by π."""


def _atan(n: Terms, node: Any, u: Element) -> Element:
    turn = _TURNS.get((u * u).number() if len(u.num) < 2 and len(u.den) == 1 else None)  # type: ignore[arg-type]
    if turn is not None:
        return n.pi().scaled(turn if not u or n.decide(u, POSITIVE) else -turn)
    return opaque(n, "atan", (u,), atan)


def _asin(n: Terms, node: Any, u: Element) -> Element:
    gap = (n.one - u) * (n.one + u)
    if 0 in n.know.of(gap) and n.decide(gap, ZERO):
        return n.pi().scaled(Fraction(1 if n.decide(u, POSITIVE) else -1, 2))
    n.require(gap, POSITIVE, lambda: f"-1 <= {node.key[1]} and {node.key[1]} <= 1")
    return _atan(n, node, u * rational_power(n, gap, Fraction(-1, 2)))


def _atan2(n: Terms, node: Any, y: Element, x: Element) -> Element:
    if not (n.know.of(x) <= POSITIVE or n.know.of(y) <= NONZERO) and n.decide(y, ZERO):
        if n.decide(x, POSITIVE):
            return n.zero
        n.require(x, NONZERO, lambda: f"{node.key[2]} != 0 or {node.key[1]} != 0")
        return n.pi()
    divisor = rational_power(n, x * x + y * y, Fraction(1, 2)) + x
    n.know.learn(divisor, POSITIVE)
    return _atan(n, node, y * divisor.inverse()).scaled(2)


_EXACT = "at_0_pi at_1_6_pi at_1_4_pi at_1_3_pi at_1_2_pi at_minus_1_6_pi from_1_2_pi from_1_pi from_3_2_pi from_1_4_pi from_minus_1_3_pi"
"""Some of the multiples of π whose sines and cosines are proved, and of those that are added to an angle."""

RULES: Rules = {
    "sin": Rule(
        lambda n, node, u: sine_and_cosine(n, u)[0],
        "sin sin_sum sin_double sin_opposite sin_half sin_atan sin_minus_atan " + " ".join(f"sin_{q}" for q in _EXACT.split()),
    ),
    "cos": Rule(
        lambda n, node, u: sine_and_cosine(n, u)[1],
        "cos cos_sum cos_difference cos_triple cos_opposite cos_atan cos_2_atan " + " ".join(f"cos_{q}" for q in _EXACT.split()),
    ),
    "atan": Rule(_atan, "atan atan_odd atan_zero atan_one atan_minus_one atan_root atan_part_of_root"),
    "asin": Rule(_asin, "asin"),
    "atan2": Rule(_atan2, "atan2"),
}
