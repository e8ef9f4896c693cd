"""Composite forms: expressions that floats compute better as a whole than operation by operation.

Derivatives contain them.  exp(-x**2) amplifies the rounding of x**2, sigmoid(x - y) that of the difference; x/hypot(x, y) loses its digits
where hypot is subnormal or overflows, while the ratio is an ordinary number; and so on.  `FORMS` lists them.  Over the reals a form
means what its template says: expressions, proofs and balls know nothing of it.  The float and array carriers compute it by a
function of its own (`micrograd.carriers.floats.forms`, `micrograd.carriers.arrays.forms`), under the form's name.

A form is found by its structure.  Where the template has ``y - 1`` or ``-y`` and the expression a number, y is the number from which that
would have been folded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from micrograd.verified.expr import CONST, NEG, POWI, SUB, VAR, Expr, constant, var
from micrograd.verified.heads import MUL, Head
from micrograd.verified.parsing import parse
from micrograd.verified.primitives import PRIMITIVES


@dataclass(frozen=True)
class Form:
    """One form.

    Attributes:
        name: as the carriers call it.
        text: what it means, over ``params``.
        shared: a part of it that may be known already; the carrier over arrays can then be given it.
    """

    name: str
    text: str
    params: tuple[str, ...]
    shared: str | None = None

    @cached_property
    def template(self) -> Expr:
        """What it means."""
        return parse(self.text)

    @cached_property
    def shared_template(self) -> Expr | None:
        """The part that may be known already."""
        return None if self.shared is None else parse(self.shared)

    @cached_property
    def variables(self) -> tuple[Expr, ...]:
        """The parameters as variables."""
        return tuple(var(name) for name in self.params)


FORMS: tuple[Form, ...] = (
    Form("gaussian", "exp(-x**2)", ("x",)),
    Form("gaussian_of_radius", "exp(-hypot(x, y*x)**2/2)", ("x", "y")),
    Form("half_gaussian", "exp(-x**2/2)", ("x",)),
    Form("sinpi_of_half_square", "sinpi(x**2/2)", ("x",)),
    Form("cospi_of_half_square", "cospi(x**2/2)", ("x",)),
    Form("sigmoid_of_difference", "sigmoid(x - y)", ("x", "y")),
    Form("quotient_slope", "-(x/y/y)", ("x", "y"), "x/y"),
    Form("exp2_slope", "log(2)*exp2(x)", ("x",), "exp2(x)"),
    Form("power_slope", "y*x**(y - 1)", ("x", "y")),
    Form("power_rate", "log(x)*x**y", ("x", "y"), "x**y"),
    Form("inverse_direction", "x/hypot(x, y)/hypot(x, y)", ("x", "y")),
    Form("inverse_direction_of_second", "x/hypot(y, x)/hypot(y, x)", ("x", "y")),
    Form("direction", "x/hypot(x, y)", ("x", "y"), "hypot(x, y)"),
    Form("direction_of_second", "x/hypot(y, x)", ("x", "y"), "hypot(y, x)"),
    Form("root_of_square_minus_one", "sqrt((x - 1)*(x + 1))", ("x",)),
    Form("erfcx_slope", "-(2/sqrt(pi) - 2*x*erfcx(x))", ("x",)),
    Form("silu_slope", "silu(x)*sigmoid(-x) + sigmoid(x)", ("x",)),
    Form("gelu_slope", "x/(sqrt(2)*sqrt(pi))*exp(-(x/sqrt(2))**2) + erfc(-x/sqrt(2))/2", ("x",)),
    Form("mish_slope", "x*sech(softplus(x))**2*sigmoid(x) + tanh(softplus(x))", ("x",)),
    Form("normal_hazard", "2/(sqrt(2)*sqrt(pi))/erfcx(-x/sqrt(2))", ("x",)),
    Form("sinc_slope", "(cospi(x) - sinc(x))*reciprocal(x)", ("x",)),
    Form("exp_of_quotient", "exp(x/y)", ("x", "y")),
    Form("celu_rate", "x/y*exp(x/y) - expm1(x/y)", ("x", "y")),
    Form("one_plus_log", "1 + log(x)", ("x",)),
    Form("floor_of_quotient", "floor(x/y)", ("x", "y")),
)
"""Every form; what is tried first comes first."""
INTEGER_POWER_SLOPE = Form("integer_power_slope", "n*x**(n - 1)", ("x", "n"))
"""The derivative of an integer power, for exponents so large that the product can be an ordinary number where the power is not."""
STEEP = 7
"""The least exponent that is so large."""

Match = tuple[Form, Sequence[Any]]
"""A form and what its parameters stand for."""
Key = tuple[Any, ...]


def _matcher(forms: Sequence[Form]) -> Callable[[Key], Match | None]:
    """A function that looks for these forms, which have the same root and the same head of the last operand."""
    patterns = [(form, form.template.args, *_probe(form.template.args)) for form in forms]

    def match(key: Key) -> Match | None:
        for form, parts, i, j, head in patterns:
            if i:
                seen = key[i].key[j].head if j else key[i].head
                if seen is not head and seen is not CONST:
                    continue
            bound: dict[str, Any] = {}
            if _binds(parts, key[1:], bound):
                return form, [bound[name] for name in form.params]
        return None

    return match


def _probe(operands: Sequence[Any]) -> tuple[int, int, Head | None]:
    """Where to look first, since most nodes differ there: operand i's part j, the operand itself if j = 0, and its head; 0 for nowhere.

    A part of the last operand, if one is no parameter; else the first operand, since the head of the last is known.
    """
    first, last = operands[0], operands[-1]
    for j, part in enumerate(last.args if last.head.arity else (), start=1):
        if part.head.arity:
            return len(operands), j, part.head
    return (0, 0, None) if first is last or first.head is VAR else (1, 0, first.head)


def _integer_power_slope(key: Key) -> Match | None:
    """n*x**(n - 1) with a literal n."""
    factor, power = key[1:]
    if factor.head is CONST:
        n = factor.key[1]
        if power.key[2].key[1] == n - 1 and abs(n) >= STEEP:
            return INTEGER_POWER_SLOPE, [power.key[1], factor]
    return None


def _by_root() -> dict[Head, dict[Head, Callable[[Key], Match | None]]]:
    grouped: dict[tuple[Head, Head], list[Form]] = {}
    for form in FORMS:
        root, *operands = form.template.key
        assert root.name in PRIMITIVES
        grouped.setdefault((root, operands[-1].head), []).append(form)
    found: dict[Head, dict[Head, Callable[[Key], Match | None]]] = {root: {} for root, _ in grouped}
    for (root, last), forms in grouped.items():
        found[root][last] = _matcher(forms)
    found[MUL][POWI] = _integer_power_slope
    return found


BY_ROOT = _by_root()
"""What recognises forms, by the head at the root and the head of its last operand."""


def find(node: Any) -> Match | None:
    """The form that a node has; None if it has none."""
    key = node.key
    of_root = BY_ROOT.get(key[0])
    matcher = None if of_root is None else of_root.get(key[-1].head)
    return None if matcher is None else matcher(key)


def _binds(patterns: Iterable[Any], nodes: Iterable[Any], bound: dict[str, Any]) -> bool:
    """Whether the nodes are instances of the patterns; ``bound`` gets what the parameters stand for."""
    stack = list(zip(patterns, nodes, strict=True))
    while stack:
        pattern, found = stack.pop()
        which = pattern.head
        if which is VAR:
            if bound.setdefault(pattern.key[1], found) is not found:
                return False
        elif found.head is CONST and which is not CONST:
            folded = _unfolded(pattern, found)
            if folded is None:
                return False
            stack.append(folded)
        elif not which.arity:
            if pattern is not found:
                return False
        elif found.head is not which:
            return False
        else:
            stack.extend(zip(pattern.key[1:], found.key[1:], strict=True))
    return True


def _unfolded(pattern: Any, number: Any) -> tuple[Any, Any] | None:
    """The parameter of ``y - 1`` or ``-y``, and the number that it was."""
    if pattern.head is SUB and pattern.key[2].head is CONST:
        return pattern.key[1], constant(number.key[1] + pattern.key[2].key[1])
    return (pattern.key[1], constant(-number.key[1])) if pattern.head is NEG else None


def walk(roots: Sequence[Any]) -> Iterator[tuple[Any, Match | None]]:
    """The nodes that have to be computed, operands first, each with its form; the inside of a form is left out."""
    found: dict[Any, Match | None] = {}
    done: set[Any] = set()
    stack = list(roots)
    while stack:
        node = stack[-1]
        if node in done:
            stack.pop()
            continue
        if node not in found:
            found[node] = find(node) if node.head.arity else None
        match = found[node]
        operands = match[1] if match is not None else node.args
        waiting = [operand for operand in operands if operand not in done]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        done.add(node)
        yield node, match


def inside(root: Any, operands: Sequence[Any]) -> list[Any]:
    """The nodes of which a form is made, its operands left out; operands first."""
    found: list[Any] = []
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in operands:
            found.append(node)
            stack.extend(node.args)
    return found[::-1]
