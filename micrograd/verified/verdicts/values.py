"""The value of a term in a cell: one rule for each kind, with its side conditions.

A line ``["val", node, N, D, F, …]`` says that the node has the value N/D, where F is a factored form of D; what follows are the rule's
own hints, factored forms above all.  Each rule below computes from the values of the operands what the value must be, or shows by what
the value is known that it is this one, and refuses the line otherwise.  The rules never ask for a value that is not shown.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from micrograd.verified.check_table import defined_of, definition_of, values_of
from micrograd.verified.errors import CertificateError
from micrograd.verified.registry import REGISTRY
from micrograd.verified.row import Definition
from micrograd.verified.verdicts.cell import Cell
from micrograd.verified.verdicts.polynomials import (
    MAX_POWER,
    NEGATIVE,
    NONNEGATIVE,
    NONPOSITIVE,
    NOTHING,
    ONE,
    POSITIVE,
    ZERO,
    Ring,
    Value,
    constant,
    generator,
    index,
    plus,
    read_number,
    require,
    scaled,
)
from micrograd.verified.verdicts.rules import ODD
from micrograd.verified.verdicts.special import exact, special_value

MAX_MULTIPLE = 64


def show_value(cell: Cell, node: int, top: Any, bottom: Any, factors: Any, hints: list[Any]) -> None:
    """One line; see the module's text."""
    name, *operands = cell.table.keys[node]
    value = cell.fraction(top, bottom, factors)
    rule = RULES.get(name)
    if hints[:1] == ["by"]:
        _show_defined(cell, name, operands)
        expected = special_value(cell, name, operands, hints[1], hints[2:])
    elif hints[:1] == ["stated"] and name in REGISTRY:
        cell.used.add(name)
        expected = _stated(cell, name, operands, hints[1])
    elif rule is not None:
        cell.used.add(name)
        expected = rule(cell, operands, value, hints)
    elif name in REGISTRY and isinstance(REGISTRY[name].evidence, Definition) and hints[:1] != ["app"]:
        cell.used.add(name)
        expected = _unfold(cell, name, operands)
    else:
        expected = _application(cell, name, operands, hints)
    require(cell.ring.same(value, expected), f"this is not the value of {name}")
    cell.values[node] = value


# --- rules: operands, the value that is claimed, hints; they return what the value is ----------------------------------


def _constant(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    return constant(operands[0]), ONE


def _variable(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    return generator(cell.find("var", cell.table.node(("var", operands[0])))), ONE


def _pi(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    return generator(cell.find("pi")), ONE


def _sum(cell: Cell, operands: list[Any], value: Value, hints: list[Any], sign: int) -> Value:
    """N₁/D₁ ± N₂/D₂; with hints q₁, q₂: D = D₁·q₁ = D₂·q₂ and N = N₁·q₁ ± N₂·q₂."""
    (top, bottom), (other, below), times = cell.value_of(operands[0]), cell.value_of(operands[1]), cell.ring.times
    if not hints:
        return cell.ring.sum((top, bottom), (other, below), sign)
    first, second = (cell.polynomial(hint) for hint in hints)
    whole = cell.ring.equal(times(bottom, first), value[1]) and cell.ring.equal(times(below, second), value[1])
    require(whole, "not a common denominator")
    return plus(times(top, first), times(other, second), sign), value[1]


def _add(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    return _sum(cell, operands, value, hints, 1)


def _sub(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    return _sum(cell, operands, value, hints, -1)


def _mul(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    return cell.ring.product_of(cell.value_of(operands[0]), cell.value_of(operands[1]))


def _neg(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    top, bottom = cell.value_of(operands[0])
    return scaled(top, -1), bottom


def _div(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    """b != 0."""
    a, b = (cell.value_of(operand) for operand in operands)
    require(0 not in cell.sign_by(b, cell.factored(hints[0])), "the divisor may be 0")
    return cell.ring.product_of(a, (b[1], b[0]))


def _absolute(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    """u of a known sign."""
    top, bottom = u = cell.value_of(operands[0])
    signs = cell.sign_by(u, cell.factored(hints[0]))
    require(signs <= NONNEGATIVE or signs <= NONPOSITIVE, "the sign of what is inside of abs() remains open")
    return u if signs <= NONNEGATIVE else (scaled(top, -1), bottom)


def _where(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    """The branch that is taken."""
    truth = cell.truth(operands[0])
    require(truth is not None, "the condition of a where() remains open")
    return cell.value_of(operands[1 if truth else 2])


def _exponential(cell: Cell, u: Value, value: Value, hints: list[Any]) -> Value:
    """V > 0 and log V = u."""
    factored = cell.factored(hints[0])
    require(cell.sign_by(value, factored) <= POSITIVE, "an exponential is positive")
    require(cell.ring.same(cell.log_of_product(factored, hints[1]), u), "the logarithm is not the exponent")
    return value


def _exp(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    return _exponential(cell, cell.value_of(operands[0]), value, hints)


def _e(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    return _exponential(cell, (ONE, ONE), value, hints)


def _log(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    """u = c·Π pᵉ > 0: the sum of e·log|p| and the logarithm of c."""
    u, factored = cell.value_of(operands[0]), cell.factored(hints[0])
    require(cell.sign_by(u, factored) <= POSITIVE, "a logarithm of what may not be positive")
    return cell.log_of_product(factored, hints[1])


def _rational_power(cell: Cell, operand: int, q: Fraction, value: Value, hints: list[Any], *, odd: bool = False) -> Value:
    """V = uᵏ, or V^m = uᵏ with u >= 0 and V >= 0; u is not 0 where k < 0.  An odd root has the sign of u."""
    u, k, m = cell.value_of(operand), q.numerator, q.denominator
    require(abs(k) <= MAX_POWER and m <= MAX_POWER, "a power that is too high")
    if m > 1 and not odd:
        require(cell.sign_by(u, cell.factored(hints[0])) <= (NONNEGATIVE if k > 0 else POSITIVE), "a root of what may be negative")
        require(cell.sign_by(value, cell.factored(hints[1])) <= NONNEGATIVE, "a root is not negative")
    elif k < 0:
        require(0 not in cell.sign_by(u, cell.factored(hints[0])), "the base of a negative power may be 0")
    top, bottom = u if k >= 0 else (u[1], u[0])
    power = cell.ring.power
    raised = power(top, abs(k)), power(bottom, abs(k))
    if m == 1:
        return raised
    require(cell.ring.same((cell.ring.reduce(power(value[0], m)), cell.ring.reduce(power(value[1], m))), raised), "not this root")
    return value


def _sqrt(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    return _rational_power(cell, operands[0], Fraction(1, 2), value, hints)


def _cbrt(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    return _rational_power(cell, operands[0], Fraction(1, 3), value, hints, odd=True)


def _pow(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    """x**q for a number q, or where y has this value; 0**y by the sign of y; x**y = exp(y·log x) for x > 0."""
    base, exponent = operands
    kind, *number = cell.table.keys[exponent]
    if kind == "const":
        return _rational_power(cell, base, Fraction(number[0]), value, hints)
    if hints[:1] == ["number"]:
        q = Fraction(read_number(hints[1]))
        require(cell.ring.same(cell.value_of(exponent), (constant(q), ONE)), "the exponent may be another number")
        cell.used.add("stated pow")
        return _rational_power(cell, base, q, value, hints[2:])
    x, y, factored = cell.value_of(base), cell.value_of(exponent), cell.factored(hints[0])
    signs = cell.sign_by(x, factored)
    if signs <= ZERO:
        signs = cell.sign_by(y, cell.factored(hints[1]))
        require(signs <= ZERO or signs <= POSITIVE, "0 to a power that may be negative")
        return (ONE if signs <= ZERO else NOTHING), ONE
    require(signs <= POSITIVE, "a power of what may not be positive")
    return _exponential(cell, cell.ring.product_of(cell.log_of_product(factored, hints[1]), y), value, hints[2:])


def _sine(cell: Cell, operands: list[Any], hints: list[Any]) -> tuple[Value, Value]:
    """(sin u, cos u) for u = Σ n·b + q·π over angles b, by the addition formulas; b is that of a generator cos(b), or an arc atan(v)."""
    ring, total = cell.ring, (NOTHING, ONE)
    here: tuple[Value, Value] = (NOTHING, ONE), (ONE, ONE)
    for g, n, *root in hints[0]:
        atom = cell.atoms[index(g, len(cell.atoms))]
        require(atom.kind in ("cos", "atan") and n.__class__ is int and abs(n) <= MAX_MULTIPLE, "an angle")
        if atom.kind == "atan":
            total = ring.sum(total, (generator(g), ONE), n)
            s, c = _arc(cell, atom.arguments[0], *root)
        else:
            total = ring.sum(total, atom.arguments[0], n)
            s, c = (generator(g + 1), ONE), (generator(g), ONE)
        for _ in range(abs(n)):
            here = _turned(ring, here, (s if n > 0 else (scaled(s[0], -1), s[1]), c))
    if len(hints) > 1:
        q = Fraction(read_number(hints[1]))
        total = ring.sum(total, (generator(cell.find("pi")), ONE), q)
        x, y = exact(cell, q)
        here = _turned(ring, here, ((y, ONE), (x, ONE)))
        cell.used.add("turn")
    require(ring.same(total, cell.value_of(operands[0])), "the angles do not add up")
    return here


def _turned(ring: Ring, a: tuple[Value, Value], b: tuple[Value, Value]) -> tuple[Value, Value]:
    """(sin, cos) of a sum of two angles."""
    (s, c), (t, d) = a, b
    times = ring.product_of
    pair = ring.sum(times(s, d), times(c, t)), ring.sum(times(c, d), times(s, t), -1)
    return tuple((ring.reduce(top), ring.reduce(bottom)) for top, bottom in pair)  # type: ignore[return-value]


def _arc(cell: Cell, v: Value, root: Any, factors: Any, below: Any) -> tuple[Value, Value]:
    """(sin, cos) of atan(N/D): N/r and D/r for r = √(N² + D²), or both with the other sign where D < 0."""
    (top, bottom), r, ring = v, cell.polynomial(root), cell.ring
    require(ring.equal(ring.times(r, r), plus(ring.times(top, top), ring.times(bottom, bottom))), "not the root for this arc")
    require(cell.sign_by((r, ONE), cell.factored(factors)) <= NONNEGATIVE, "the root for an arc may be negative")
    signs = cell.sign_by((bottom, ONE), cell.factored(below))
    require(signs <= POSITIVE or signs <= NEGATIVE, "the sign of the denominator remains open")
    cell.used.add("arc")
    sign = 1 if signs <= POSITIVE else -1
    return (scaled(top, sign), r), (scaled(bottom, sign), r)


def _sin(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    return _sine(cell, operands, hints)[0]


def _cos(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    return _sine(cell, operands, hints)[1]


def _floor(cell: Cell, operands: list[Any], value: Value, hints: list[Any]) -> Value:
    """The integer V with V <= u < V + 1; ⌊v + n⌋ = ⌊v⌋ + n."""
    g, slope, n, *rest = hints
    require(slope.__class__ is int and abs(slope) <= 1 and n.__class__ is int, "an integer is ±a floor, and an integer")
    whole: Value = constant(n), ONE
    u = cell.value_of(operands[0])
    if slope:
        atom = cell.atoms[index(g, len(cell.atoms))]
        require(atom.kind == "floor", "not a floor")
        whole = plus(whole[0], generator(g), slope), ONE
        if slope == 1 and not rest:
            require(cell.ring.same(u, cell.ring.sum(atom.arguments[0], (constant(n), ONE))), "not the argument of this floor")
            return whole
    over = cell.ring.sum(u, whole, -1)
    require(cell.sign_by(over, cell.factored(rest[0])) <= NONNEGATIVE, "the floor may be above")
    require(cell.sign_by(cell.ring.sum((ONE, ONE), over, -1), cell.factored(rest[1])) <= POSITIVE, "the floor may be below")
    return whole


def _unfold(cell: Cell, name: str, operands: list[Any]) -> Value:
    """The value of the definition; of a function that is taken for fewer operands, where it is defined."""
    cell.used.add("unfold")
    if REGISTRY[name].within is not None:
        _show_defined(cell, name, operands)
    return cell.value_of(definition_of(name)(cell.table, operands))


def _stated(cell: Cell, name: str, operands: list[Any], number: Any) -> Value:
    """A value that the row states, where its definition has none: asin(1) = π/2."""
    cases = values_of(name)
    condition, value = (made(cell.table, operands) for made in cases[index(number, len(cases))])
    require(cell.truth(condition) is True, "where the row states this value is not shown")
    _show_defined(cell, name, operands)
    cell.used.add("stated pow" if name == "pow" else "stated")
    return cell.value_of(value)


def _application(cell: Cell, name: str, operands: list[Any], hints: list[Any]) -> Value:
    """The generator of the same function of the same operands, or of their opposites for an odd function; it has a value."""
    if name not in REGISTRY or hints[:1] != ["app"]:
        raise CertificateError(f"there is no rule for the value of {name}")
    g, sign = index(hints[1], len(cell.atoms)), hints[2]
    require(sign.__class__ is int and (sign == 1 or (sign == -1 and name in ODD)), "only an odd function changes its sign with its operand")
    atom = cell.atoms[g]
    require(atom.kind == name, f"not a generator for {name}")
    for (top, bottom), operand in zip(atom.arguments, operands, strict=True):
        require(cell.ring.same((scaled(top, sign), bottom), cell.value_of(operand)), "another operand")
    _show_defined(cell, name, operands)
    cell.used.update((name, "app"))
    cell.shown.add(g)
    return scaled(generator(g), sign), ONE


def _show_defined(cell: Cell, name: str, operands: list[Any]) -> None:
    """The operands have values, and the function has one there."""
    require(name in REGISTRY and all(operand in cell.values for operand in operands), f"{name} may have no operands")
    require(cell.truth(defined_of(name)(cell.table, operands)) is True, f"{name} may have no value")


Rule = Callable[[Cell, list[Any], Value, list[Any]], Value]

RULES: dict[str, Rule] = {
    "const": _constant,
    "var": _variable,
    "pi": _pi,
    "e": _e,
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "neg": _neg,
    "div": _div,
    "abs": _absolute,
    "where": _where,
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "cbrt": _cbrt,
    "pow": _pow,
    "powi": _pow,
    "sin": _sin,
    "cos": _cos,
    "floor": _floor,
}
