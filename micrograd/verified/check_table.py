"""The checker's own table of nodes: integers for structures, templates, folding of constants, strict interiors.

Written apart from `micrograd.verified.expr` on purpose, so that an error there is not repeated here.  Standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Any

from micrograd.verified.expr import FOLD_BITS, HEADS
from micrograd.verified.functions import REGISTRY

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}
OPPOSITE = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}
_LEAVES = frozenset(("var", "const", "bool"))
_LOGIC = frozenset(("where", "and", "or", "not"))
_STRICT = {"le": "lt", "ge": "gt"}
ARITY = MappingProxyType({name: which.arity for name, which in HEADS.items()})
BOOLEAN = frozenset(name for name, which in HEADS.items() if which.boolean)
PLAIN = frozenset(name for name, arity in ARITY.items() if arity == 2 and name not in ("pow", "powi", "and", "or"))
"""Heads with two real operands that are in canonical form unless both are constants."""

Template = Callable[["Table", Sequence[int]], int]


# --- templates -------------------------------------------------------------------------------------------------------


def template(node: Any, names: Sequence[str]) -> Template:
    """A function that builds an instance of a (small) template in a table, from the operands' numbers."""
    which, *rest = node.key
    if which.name == "var":
        place = list(names).index(rest[0])
        return lambda table, operands: operands[place]
    if not which.arity:
        fixed = (which.name, *rest)
        return lambda table, operands: table.node(fixed)
    parts = [template(child, names) for child in rest]
    name = which.name
    if len(parts) == 2:
        left, right = parts
        return lambda table, operands: table.make(name, left(table, operands), right(table, operands))
    return lambda table, operands: table.make(name, *[part(table, operands) for part in parts])


@cache
def partials_of(name: str) -> tuple[Template | None, ...]:
    """The template of each partial; None for an operand that must not move."""
    row = REGISTRY[name]
    return tuple(None if t is None else template(t, row.params) for t in row.partial_templates)


@cache
def domain_of(name: str) -> Template | None:
    """The template of a primitive's domain; None where that is everything."""
    row = REGISTRY[name]
    return None if row.domain == "True" else template(row.domain_template, row.params)


@cache
def defined_of(name: str) -> Template:
    """The template of where a primitive has a value."""
    row = REGISTRY[name]
    return template(row.defined_template, row.params)


@cache
def definition_of(name: str) -> Template:
    """The template of a primitive's definition."""
    row = REGISTRY[name]
    return template(row.definition, row.params)


@cache
def values_of(name: str) -> tuple[tuple[Template, Template], ...]:
    """Templates of a primitive's column ``values``: conditions, and the values there."""
    row = REGISTRY[name]
    return tuple((template(condition, row.params), template(value, row.params)) for condition, value in row.stated)


# --- the table of nodes ----------------------------------------------------------------------------------------------


class Table:
    """Nodes as tuples ``(head's name, operands' numbers)``; one number per structure."""

    def __init__(self) -> None:
        self.keys: list[tuple[Any, ...]] = []
        self.numbers: dict[tuple[Any, ...], int] = {}
        self.zero, self.one, self.minus_one = (self.node(("const", value)) for value in (0, 1, -1))
        self.true, self.false = self.node(("bool", True)), self.node(("bool", False))
        self.inside: dict[int, tuple[int, int]] = {}

    def node(self, key: tuple[Any, ...]) -> int:
        """The number of a node."""
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.keys)
            self.keys.append(key)
        return number

    def const(self, value: int | Fraction) -> int:
        """The number of a constant."""
        return self.node(("const", value.numerator if value.denominator == 1 else value))

    def make(self, name: str, *operands: int) -> int:
        """The node over operands, with constants folded as in the expression language."""
        if name in _LOGIC:
            return self.logic(name, operands)
        keys = self.keys
        for operand in operands:
            if keys[operand][0] != "const":
                break
        else:
            folded = self.fold(name, [keys[operand][1] for operand in operands])
            if folded is not None:
                return folded
        if name == "pow" or name == "powi":
            base, exponent = operands
            kind, *value = keys[exponent]
            integer = kind == "const" and value[0].__class__ is int
            if integer and value[0] == 1:
                return base
            name = "powi" if integer else "pow"
        key = (name, *operands)
        number = self.numbers.get(key)
        return self.node(key) if number is None else number

    def below(self, roots: Iterable[int], opened: Callable[[str], bool], known: Container[int] = ()) -> list[int]:
        """The nodes at the roots and below, operands first, each once; only heads that are opened are looked into, and nothing known."""
        order: list[int] = []
        done: set[int] = set()
        stack = list(roots)
        while stack:
            number = stack[-1]
            name, *operands = self.keys[number]
            waiting = []
            if number not in done and number not in known and name not in _LEAVES and opened(name):
                waiting = [operand for operand in operands if operand not in done and operand not in known]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            if number not in done and number not in known:
                done.add(number)
                order.append(number)
        return order

    def fold(self, name: str, values: list[Any]) -> int | None:
        """Exact arithmetic on constants, bounded in size."""
        if name in _COMPARE:
            return self.true if _COMPARE[name](*values) else self.false
        if name == "neg":
            return self.const(-values[0])
        result: int | Fraction | None = None
        if name != "div" and not all(map(_fits, values)):
            return None
        if name == "add":
            result = values[0] + values[1]
        elif name == "sub":
            result = values[0] - values[1]
        elif name == "mul":
            result = values[0] * values[1]
        elif name == "div" and values[1] != 0:
            if values[0].__class__ is int and values[1].__class__ is int:
                return self.const(Fraction(values[0], values[1]))
            if all(map(_fits, values)):
                result = Fraction(values[0]) / values[1]
        elif name in ("pow", "powi") and values[1].__class__ is int:
            result = _power(*values)
        return None if result is None or not _fits(result) else self.const(result)

    def logic(self, name: str, operands: tuple[int, ...]) -> int:
        """``where``, ``and``, ``or``, ``not`` with settled conditions taken out."""
        first = operands[0]
        if name == "and":
            second = operands[1]
            if first == self.true or first == second:
                return second
            return first if second == self.true or first == self.false else self.node((name, first, second))
        if name == "where":
            if first in (self.true, self.false):
                return operands[1] if first == self.true else operands[2]
        elif name == "not":
            if first in (self.true, self.false):
                return self.false if first == self.true else self.true
        else:
            second = operands[1]
            if first in (self.false, second):
                return second
            if second == self.false or first == self.true:
                return first
        return self.node((name, *operands))

    def interiors(self, condition: int) -> tuple[int, int]:
        """Strict conditions that imply the condition, and that imply its negation."""
        stack = [condition]
        while stack:
            number = stack[-1]
            name, *operands = self.keys[number]
            waiting = [] if name in OPPOSITE or name == "bool" else [c for c in operands if c not in self.inside]
            if waiting and number not in self.inside:
                stack += waiting
                continue
            stack.pop()
            self.inside[number] = self.interior_pair(number, name, operands)
        return self.inside[condition]

    def interior_pair(self, number: int, name: str, operands: list[int]) -> tuple[int, int]:
        """`interiors` of one condition from those of its parts."""
        if name in OPPOSITE:
            kinds = [_STRICT.get(kind, kind) for kind in (name, OPPOSITE[name])]
            holds, fails = [self.false if kind == "eq" else self.make(kind, *operands) for kind in kinds]
            return holds, fails
        if name == "bool":
            return number, self.make("not", number)
        inside = [self.inside[operand] for operand in operands]
        if name == "not":
            return inside[0][1], inside[0][0]
        (a, not_a), (b, not_b) = inside
        other = "or" if name == "and" else "and"
        return self.make(name, a, b), self.make(other, not_a, not_b)


def _fits(value: int | Fraction) -> bool:
    return max(value.numerator.bit_length(), value.denominator.bit_length()) <= FOLD_BITS


def _power(base: int | Fraction, n: int) -> int | Fraction | None:
    if base == 0 and n < 0:
        return None
    if base in (0, 1, -1):
        return Fraction(base) ** (2 + n % 2 if abs(n) > 2 else n)
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(n) > FOLD_BITS or (bits - 1) * abs(n) > FOLD_BITS:
        return None
    return Fraction(base) ** n
