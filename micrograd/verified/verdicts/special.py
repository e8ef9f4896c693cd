"""Values of special functions by recurrences, closed forms and reflections, which are cited.

A line ``["val", node, N, D, F, "by", how, …]`` names the terms from which the value follows; they have values already, so they are where
their functions are defined, and so is the node itself:

* ``step node₀``: f(v + k) from f(v) for the Γ family and an integer k: v + min(k, 0) is not a pole, so none of v, …, v + k is;
* ``three node₁ node₂ F``: a Bessel function from its two neighbours below or above, where x != 0;
* ``expint node₀ exp F``: E(n ± 1) from E(n) and exp(-x), by a division by n or x that is not by 0;
* ``number …``, ``zero …``, ``origin F``, ``turn q``: values at integers, at 0, and of atan where it is a multiple q·π;
* ``same node₀``, ``exp node₀ …``: a function that is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import factorial
from typing import Any

from micrograd.verified.errors import CertificateError
from micrograd.verified.verdicts.cell import Cell
from micrograd.verified.verdicts.polynomials import (
    NOTHING,
    ONE,
    POSITIVE,
    UNIT,
    ZERO,
    Number,
    Polynomial,
    Value,
    constant,
    generator,
    plus,
    read_number,
    require,
    scaled,
)

MAX_SHIFT = 64
BESSEL: Mapping[str, tuple[int, int]] = {"besselj": (1, -1), "bessely": (1, -1), "besseli": (-1, 1), "besselk": (1, 1)}
"""(a, b) of C(n + 1) = a·(2n/x)·C(n) + b·C(n - 1)."""


def number(value: Value) -> Number:
    """The number that a value is.

    Raises:
        CertificateError: it is none.
    """
    top, bottom = value
    require(set(top) <= {UNIT} and set(bottom) == {UNIT}, "not a number")
    return Fraction(top.get(UNIT, 0)) / bottom[UNIT]


def _difference(cell: Cell, a: Value, b: Value) -> int:
    """a - b, which must be an integer of moderate size."""
    top, bottom = cell.ring.sum(a, b, -1)
    slope = next((Fraction(c) / bottom[m] for m, c in top.items() if m in bottom), Fraction(0))
    require(cell.ring.same((top, bottom), (constant(slope), ONE)), "the operands do not differ by a number")
    require(slope.denominator == 1 and abs(slope) <= MAX_SHIFT, "the operands do not differ by a small integer")
    return int(slope)


def _function(cell: Cell, data: Any, name: str) -> tuple[Value, list[int]]:
    """The value of a term with that function, and its operands."""
    node = cell.place(data)
    which, *operands = cell.table.keys[node]
    require(which == name, f"not a term with {name}")
    return cell.value_of(node), operands


# --- the Γ family ------------------------------------------------------------------------------------------------------


def _gamma_step(cell: Cell, name: str, operands: list[int], data: list[Any]) -> Value:
    total, others = _function(cell, data[0], name)
    u, v = cell.value_of(operands[-1]), cell.value_of(others[-1])
    k, order = _difference(cell, u, v), 0
    if name == "polygamma":
        order = _order(cell, operands[0])
        require(order == _order(cell, others[0]), "another order")
    elif name != "gamma":
        order = {"lgamma": -1, "digamma": 0, "trigamma": 1}[name]
    ring, low = cell.ring, v if k >= 0 else u
    for i in range(abs(k)):
        w = ring.sum(low, (constant(i), ONE))
        up = k > 0
        if name == "gamma":
            total = ring.product_of(total, w if up else (w[1], w[0]))
        elif name == "lgamma":
            total = ring.sum(total, _log_of(cell, w, data[1][i]), 1 if up else -1)
        else:
            # ψ⁽ᵐ⁾(w + 1) = ψ⁽ᵐ⁾(w) + (-1)ᵐ·m!/wᵐ⁺¹
            power = ring.power(w[1], order + 1), ring.power(w[0], order + 1)
            total = ring.sum(total, power, (-1) ** order * factorial(order) * (1 if up else -1))
    return total


def _order(cell: Cell, node: int) -> int:
    order = number(cell.value_of(node))
    require(order.denominator == 1 and 0 <= order <= MAX_SHIFT, "the order of polygamma is a small integer")
    return int(order)


def _log_of(cell: Cell, w: Value, hints: Any) -> Value:
    """log|w| by a factored form."""
    factored = cell.factored(hints[0])
    cell.sign_by(w, factored)
    return cell.log_of_product(factored, hints[1])


def _gamma_number(cell: Cell, name: str, operands: list[int], data: list[Any]) -> Value:
    """Γ(n) = (n - 1)! for an integer n > 0."""
    n = number(cell.value_of(operands[0]))
    require(name in ("gamma", "lgamma") and n.denominator == 1 and 0 < n <= MAX_SHIFT, "not Γ of a small positive integer")
    value = factorial(int(n) - 1)
    return cell.log_of_product((value, []), data[0]) if name == "lgamma" else (constant(value), ONE)


def exact(cell: Cell, q: Fraction) -> tuple[Polynomial, Polynomial]:
    """(cos, sin) of q·π for multiples of 1/12, by the roots of 2 and 3; of odd ones by the addition formulas."""
    quarter, rest = divmod(q % 2, Fraction(1, 2))
    require(rest.denominator in (1, 3, 4, 6, 12), "not a multiple of π/12")
    if rest.denominator == 12:
        (a, b), (c, s), times = exact(cell, q - Fraction(1, 4)), exact(cell, Fraction(1, 4)), cell.ring.times
        return plus(times(a, c), times(b, s), -1), plus(times(b, c), times(a, s))
    half = constant(Fraction(1, 2))
    if rest.denominator == 1:
        c, s = ONE, NOTHING
    elif rest.denominator == 4:
        c, s = _half_root(cell, 2), _half_root(cell, 2)
    else:
        c, s = (_half_root(cell, 3), half) if rest.denominator == 6 else (half, _half_root(cell, 3))
    for _ in range(int(quarter)):
        c, s = scaled(s, -1), c
    return c, s


def _half_root(cell: Cell, n: int) -> Polynomial:
    """√n/2."""
    for g, atom in enumerate(cell.atoms):
        if atom.kind == "root" and atom.inner == constant(n) and atom.order % 2 == 0:
            return scaled(generator(g, atom.order // 2), Fraction(1, 2))
    raise CertificateError(f"there is no generator for the root of {n}")


def _turn(cell: Cell, name: str, operands: list[int], data: list[Any]) -> Value:
    """atan(N/D) = q·π where N·cos(q·π) = D·sin(q·π), for the q of 0, ±1/6, ±1/4, ±1/3."""
    (top, bottom), q, times = cell.value_of(operands[0]), Fraction(read_number(data[0])), cell.ring.times
    c, s = (ONE, constant(4 * q)) if q.denominator == 4 else exact(cell, q)
    require(name == "atan" and abs(q) < Fraction(1, 2), "not an angle that atan gives")
    require(cell.ring.equal(times(top, c), times(bottom, s)), "not the tangent of this angle")
    return (scaled(generator(cell.find("pi")), q) if q else NOTHING), ONE


def _gamma_exp(cell: Cell, name: str, operands: list[int], data: list[Any]) -> Value:
    """Γ(u) = exp(log Γ(u)) for u > 0: V > 0 and log V = log Γ(u)."""
    logarithm, others = _function(cell, data[0], "lgamma")
    require(name == "gamma" and cell.ring.same(cell.value_of(operands[0]), cell.value_of(others[0])), "another operand")
    require(cell.sign_by(cell.value_of(operands[0]), cell.factored(data[1])) <= POSITIVE, "the operand may not be positive")
    factored = cell.factored(data[2])
    value = cell.ring.product(factored)
    require(cell.sign_by(value, factored) <= POSITIVE, "an exponential is positive")
    require(cell.ring.same(cell.log_of_product(factored, data[3]), logarithm), "the logarithm is not that of Γ")
    return value


def _polygamma_same(cell: Cell, name: str, operands: list[int], data: list[Any]) -> Value:
    """ψ⁽⁰⁾ = ψ, ψ⁽¹⁾ = ψ′."""
    require(name == "polygamma" and _order(cell, operands[0]) < 2, "only the orders 0 and 1 have names of their own")
    value, others = _function(cell, data[0], "trigamma" if _order(cell, operands[0]) else "digamma")
    require(cell.ring.same(cell.value_of(operands[1]), cell.value_of(others[0])), "another operand")
    return value


# --- Bessel functions, exponential integrals, Lambert's W -----------------------------------------------------------------


def _three(cell: Cell, name: str, operands: list[int], data: list[Any]) -> Value:
    """C(n + 1) = a·(2n/x)·C(n) + b·C(n - 1), or the same solved for C(n - 1)."""
    require(name in BESSEL, "not a Bessel function")
    a, b = BESSEL[name]
    (near, one), (far, two) = (_function(cell, node, name) for node in data[:2])
    ring, x = cell.ring, cell.value_of(operands[1])
    require(all(ring.same(x, cell.value_of(other[1])) for other in (one, two)), "another operand")
    require(0 not in cell.sign_by(x, cell.factored(data[2])), "the recurrence divides by x")
    n = cell.value_of(one[0])
    side = _difference(cell, cell.value_of(operands[0]), n)
    require(abs(side) == 1 and _difference(cell, n, cell.value_of(two[0])) == side, "three neighbouring orders")
    middle = ring.product_of(ring.product_of(n, (x[1], x[0])), near)
    if side == 1:
        return ring.sum((scaled(middle[0], 2 * a), middle[1]), far, b)
    return ring.sum((scaled(far[0], Fraction(1, b)), far[1]), middle, Fraction(-2 * a, b))


def _zero(cell: Cell, name: str, operands: list[int], data: list[Any]) -> Value:
    """J and I at 0: 1 for order 0, and 0 for other orders that have a value."""
    require(name in ("besselj", "besseli"), f"no value of {name} at 0")
    require(cell.sign_by(cell.value_of(operands[1]), cell.factored(data[0])) <= ZERO, "the operand may not be 0")
    signs = cell.sign_by(cell.value_of(operands[0]), cell.factored(data[1]))
    require(signs <= ZERO or 0 not in signs, "the order may or may not be 0")
    return (ONE if signs <= ZERO else NOTHING), ONE


def _origin(cell: Cell, name: str, operands: list[int], data: list[Any]) -> Value:
    """W(0) = 0."""
    require(name == "lambertw", f"no value of {name} at 0")
    require(cell.sign_by(cell.value_of(operands[0]), cell.factored(data[0])) <= ZERO, "the operand may not be 0")
    return NOTHING, ONE


def _expint(cell: Cell, name: str, operands: list[int], data: list[Any]) -> Value:
    """n·E(n + 1) = exp(-x) - x·E(n), E(0) = exp(-x)/x; where E has a value, x > 0."""
    exponential, (opposite,) = _function(cell, data[0], "exp")
    ring, x = cell.ring, cell.value_of(operands[1])
    require(name == "expint" and ring.same(cell.value_of(opposite), (scaled(x[0], -1), x[1])), "not exp(-x)")
    order = cell.value_of(operands[0])
    if len(data) == 1:
        require(ring.same(order, (NOTHING, ONE)), "the order may not be 0")
        return ring.product_of(exponential, (x[1], x[0]))
    known, others = _function(cell, data[1], name)
    n = cell.value_of(others[0])
    require(ring.same(x, cell.value_of(others[1])), "another operand")
    side = _difference(cell, order, n)
    require(abs(side) == 1, "not a neighbouring order")
    if side == 1:
        require(0 not in cell.sign_by(n, cell.factored(data[2])), "the recurrence divides by the order")
        return ring.product_of(ring.sum(exponential, ring.product_of(x, known), -1), (n[1], n[0]))
    return ring.product_of(ring.sum(exponential, ring.product_of(order, known), -1), (x[1], x[0]))


HOW: Mapping[str, Callable[[Cell, str, list[int], list[Any]], Value]] = {
    "step": _gamma_step,
    "number": _gamma_number,
    "turn": _turn,
    "exp": _gamma_exp,
    "same": _polygamma_same,
    "three": _three,
    "zero": _zero,
    "origin": _origin,
    "expint": _expint,
}
_FAMILY = frozenset(("gamma", "lgamma", "digamma", "trigamma", "polygamma"))


def special_value(cell: Cell, name: str, operands: list[int], how: Any, data: list[Any]) -> Value:
    """The value of a special function by one of the ways of the module's text."""
    require(how != "step" or name in _FAMILY, f"{name} has no such recurrence")
    cell.used.add(f"special {how}")
    return HOW[how](cell, name, operands, data)
