"""Deliberate errors in the code: rules of the kernel, the normal forms, the sign tables, one broken at a time.

Each entry names what is broken, replaces a function by a wrong one, and states the obligations of the part that must notice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from typing import Any, TypeAlias

from micrograd.prove import cells
from micrograd.prove.normal import angles, exponentials, normaliser, shape, signs, special
from micrograd.prove.normal.cell import Terms
from micrograd.prove.normal.rule import Rule
from micrograd.prove.points import beside, removable
from micrograd.verified import differentiation, kernel
from micrograd.verified.expr import AND, EQ, GE, LE, NOT, TRUE, WHERE, all_of, build, eq, var
from micrograd.verified.primitives import PRIMITIVES
from proofs import conditions, hypotheses, rules
from proofs import signs as sign_rules
from proofs.obligation import Mutant, Obligation

Part: TypeAlias = Callable[[], Iterator[Obligation]]
Broken: TypeAlias = tuple[str, str, list[tuple[Any, str, Any]], Part]
"""Name, what is wrong, what is replaced (in what, under which name, by what), and the obligations that must notice."""

_interior_pair = differentiation._interior_pair
_domain_step = differentiation.domain_step


@contextmanager
def patched(changes: list[tuple[Any, str, Any]]) -> Iterator[None]:
    """Attributes of modules and classes, or entries of dictionaries, replaced for a while."""
    before = [(t, name, t[name] if isinstance(t, dict) else vars(t)[name]) for t, name, _ in changes]
    try:
        for target, name, value in changes:
            _put(target, name, value)
        yield
    finally:
        for target, name, old in before:
            _put(target, name, old)


def _put(target: Any, name: str, value: Any) -> None:
    if isinstance(target, dict):
        target[name] = value
    else:
        setattr(target, name, value)


# --- the hypothesis half -----------------------------------------------------------------------------------------------


def _closed_equality(node: Any, found: Any, original: Any = _interior_pair) -> Any:
    holds, fails = original(node, found)
    return (node if node.head is EQ else holds), fails


def _not_strict(node: Any, found: Any, original: Any = _interior_pair) -> Any:
    holds, fails = original(node, found)
    return (node if node.head in (LE, GE) else holds), fails


def _unswapped(node: Any, found: Any, original: Any = _interior_pair) -> Any:
    return found[node.key[1]] if node.head is NOT else original(node, found)


def _one_operand(node: Any, found: Any, original: Any = _interior_pair) -> Any:
    holds, fails = original(node, found)
    return (found[node.key[1]][0] if node.head is AND else holds), fails


def _condition_dropped(key: Any, domains: Any, known: Any, original: Any = _domain_step) -> Any:
    return original(key, {**domains, key[1]: TRUE}, known) if key[0] is WHERE else original(key, domains, known)


def _branch_dropped(key: Any, domains: Any, known: Any, original: Any = _domain_step) -> Any:
    return original(key, {**domains, key[2]: TRUE}, known) if key[0] is WHERE else original(key, domains, known)


def _own_domain_dropped(key: Any, domains: Any, known: Any, original: Any = _domain_step) -> Any:
    return original(key, domains, known) if key[0].row is None else all_of(*[domains[child] for child in key[1:]])


def _first_operand_dropped(key: Any, domains: Any, known: Any, original: Any = _domain_step) -> Any:
    return original(key, domains if key[0] is WHERE else {**domains, key[1]: TRUE}, known)


def _everywhere(rule: str) -> Callable[..., Any]:
    original = getattr(kernel, rule)

    def wrong(*arguments: Any) -> Any:
        theorem = original(*arguments)
        return kernel._make(theorem.statement._replace(hypothesis=TRUE), theorem.rule, theorem.premises)

    return wrong


def _old_derivative(theorem: Any, refinement: Any) -> Any:
    return kernel._make(theorem.statement._replace(derivative=var("c")), ("replace",), (theorem, refinement))


def _swapped(node: Any, premises: Any) -> Any:
    parts = [p.statement.b for p in premises]
    if len(parts) > 1 and node.head.name != "powi":
        parts[-2:] = parts[:-3:-1]
    return kernel._make(kernel.Refines(node, build(node.head, *parts)), ("congruence",), tuple(premises))


def _eager(key: Any, table: Any) -> Any:
    return all_of(*[table[child] for child in key[1:]])


def of_hypotheses() -> Iterator[Broken]:
    """The kernel and the domains."""
    step = [(differentiation, "domain_step"), (kernel, "domain_step")]

    def stepping(wrong: Any) -> list[tuple[Any, str, Any]]:
        return [(module, name, wrong) for module, name in step]

    def by_row() -> Iterator[Obligation]:
        return chain.from_iterable(hypotheses.primitive(PRIMITIVES[name]) for name in ("div", "log", "abs"))

    interiors = conditions.all_interiors
    yield "interiors", "a == b is its own interior", [(differentiation, "_interior_pair", _closed_equality)], interiors
    yield "interiors", "a <= b is its own interior", [(differentiation, "_interior_pair", _not_strict)], interiors
    yield "interiors", "not c has the interiors of c", [(differentiation, "_interior_pair", _unswapped)], interiors
    yield "interiors", "a and b has the interior of a", [(differentiation, "_interior_pair", _one_operand)], interiors
    for part in (hypotheses.where_step, hypotheses.cases):
        yield "where", "the domain of the condition is dropped", stepping(_condition_dropped), part
        yield "where", "the domain of a branch is dropped", stepping(_branch_dropped), part
    yield "domain_step", "the primitive's own domain is dropped", stepping(_own_domain_dropped), by_row
    yield "domain_step", "an operand's domain is dropped", stepping(_first_operand_dropped), by_row
    yield "cases", "the hypothesis is dropped", [(kernel, "cases", _everywhere("cases"))], hypotheses.cases
    yield "primitive", "the hypothesis is dropped", [(kernel, "primitive", _everywhere("primitive"))], by_row
    yield "continuous", "the hypothesis is dropped", [(kernel, "continuous", _everywhere("continuous"))], hypotheses.continuous
    yield "replace", "the hypothesis is dropped", [(kernel, "replace", _everywhere("replace"))], hypotheses.replacing
    yield "replace", "another derivative is put in", [(kernel, "replace", _old_derivative)], hypotheses.replacing
    refined = ("sub", "where", "and", "lt")
    yield "congruence", "operands are swapped", [(kernel, "congruence", _swapped)], lambda: map(hypotheses.congruence, refined)
    yield "defined", "every operand is looked at", [(differentiation, "_lazily_defined", _eager)], conditions.definedness


_WRONG_ROWS = [
    ("sqrt", "domain", "x >= 0"),
    ("max", "domain", "x <= y"),
    ("pow", "domain", "x > 0 or y == floor(y)"),
    ("polygamma", "domain", "n >= 0 and n == floor(n) and x >= 0"),
    ("asin", "defined", "-1 < x and x < 1"),
    ("asin", "defined", "-1 <= x and x < 1"),
    ("asin", "defined", "True"),
    ("acosh", "defined", "x > 1"),
    ("tan", "defined", "True"),
    ("pow", "defined", "x > 0 or x == 0 and y > 0"),
    ("beta", "defined", "True"),
]


# --- normal forms ------------------------------------------------------------------------------------------------------


def told(module: Any, name: str, fact: Callable[[Any, Any], Any]) -> list[tuple[Any, str, Any]]:
    """A function after which Z3 is told something false about the newest generator."""
    original = vars(module)[name]

    def wrong(n: Terms, u: Any) -> None:
        original(n, u)
        index = len(n.atoms) - 1
        n.know.background.append(lambda: [fact(n.know.real(index), n.for_z3(u)[0])])

    return [(module, name, wrong)]


def _quarter_turned(n: Terms, q: Fraction, original: Any = angles._multiple_of_pi) -> Any:
    found = original(n, q)
    return None if found is None else (found[0], -found[1])


def _half_turn_sign(n: Terms, q: Fraction, original: Any = angles._multiple_of_pi) -> Any:
    found = original(n, q)
    return (-found[0], found[1]) if found is not None and q % 2 == Fraction(1, 2) else found


def _not_required(self: Terms, element: Any, allowed: Any, text: Any) -> None:
    self.know.learn(element, allowed)


def _other_rotation(a: Any, b: Any) -> Any:
    return a[0] * b[1] + a[1] * b[0], a[1] * b[1] + a[0] * b[0]


def _wrong_direction(n: Any, kind: Any, u: Any, make: Any, step: Any, original: Any = special._shifted) -> Any:
    return original(n, kind, u, make, lambda n, v: -step(n, v))


def _expint_unsigned(n: Any, node: Any, order: Any, x: Any, original: Any = special._expint) -> Any:
    found = original(n, node, order, x)
    return -found if n.atoms[-1].kind != "expint" else found


def _bessel_with(name: str, a: int, b: int) -> Any:
    with patched([(special._BESSEL, name, (a, b))]):
        return special._bessel(name)


def _stepping(name: str, step: Any) -> list[tuple[Any, str, Any]]:
    """The rule of a function with another step."""
    rule = normaliser.RULES[name]
    return [(normaliser.RULES, name, Rule(step, "wrong", total=rule.total))]


def _only_positive(n: Any, node: Any, u: Any, original: Any = angles._asin) -> Any:
    found = original(n, node, u)
    return -found if n.know.of(u) == signs.NEGATIVE and n.atoms[-1].kind == "pi" else found


def of_rules() -> Iterator[Broken]:
    """Facts told to Z3, angles, recurrences, roots, requirements."""
    rows, table = rules.of_rows, rules.of_labels
    yield "exp", "Z3 is told exp(u) >= 2 + u", told(exponentials, "_new_exponent", lambda z, u: z >= u + 2), lambda: rows("exp")
    yield "exp", "Z3 is told exp(u) <= 1 + u", told(exponentials, "_new_exponent", lambda z, u: z <= u + 1), lambda: rows("exp")
    yield "sin", "Z3 is told sin(u) > 0", told(angles, "_new_angle", lambda z, u: z > 0), lambda: rows("sin")
    yield "angles", "cosines of multiples of pi have the other sign", [(angles, "_multiple_of_pi", _quarter_turned)], rules.of_angles
    yield "angles", "cos(q + pi/2) has the other sign", [(angles, "_multiple_of_pi", _half_turn_sign)], rules.of_angles
    yield (
        "angles",
        "cos(u + v) with the wrong sign",
        [(angles, "_rotate", _other_rotation)],
        lambda: table("cos_sum", "cos_double", "cos_triple"),
    )
    yield (
        "require",
        "nothing is required of arguments",
        [(Terms, "require", _not_required)],
        lambda: rows("log", "sqrt", "div", "asin"),
    )
    yield (
        "defined",
        "special functions have values everywhere",
        [(normaliser.Normaliser, "_defined", lambda self, node: TRUE)],
        lambda: rows("digamma", "beta"),
    )
    yield (
        "roots",
        "the sign of a product is taken for 1",
        [(Terms, "sign_of_product", lambda self, factors: 1)],
        lambda: table("sqrt_square", "sqrt_cube"),
    )
    yield "asin", "asin(-1) = pi/2", _stepping("asin", _only_positive), lambda: rows("asin")
    yield (
        "recurrence",
        "the steps of log-gamma and digamma have the other sign",
        [(special, "_shifted", _wrong_direction)],
        lambda: table("digamma_up", "lgamma_up"),
    )
    yield (
        "recurrence",
        "E(n + 1) has the other sign",
        _stepping("expint", _expint_unsigned),
        lambda: table("expint_up", "expint_down"),
    )
    for name, (a, b) in special._BESSEL.items():
        for wrong in ((-a, b), (a, -b)):
            change = _stepping(name, _bessel_with(name, *wrong))
            yield "recurrence", f"{name} with {wrong} for {(a, b)}", change, lambda name=name: table(f"{name}_up_2", f"{name}_down")  # type: ignore[misc]


# --- signs -------------------------------------------------------------------------------------------------------------


def _no_doubt(a: Any, b: Any) -> Any:
    return frozenset(x or y for x in a for y in b)


def _same_parity(self: Any, u: Any, side: int, original: Any = beside.Beside.drift) -> Any:
    return original(self, u, 1)


def _other_side(self: Any, u: Any, side: int, original: Any = beside.Beside.drift) -> Any:
    return original(self, u, -side) if side else 0


def _one_square(n: Any, equation: Any, original: Any = cells.vanishing) -> Any:
    return original(n, equation) or ([eq(var("x"), 0)] if "x" in str(equation) else [])


def of_signs() -> Iterator[Broken]:
    """Sign tables, deductions, one-sided signs, series."""
    yield "times", "a product has the sign of its first factor", [(signs, "times", lambda a, b: a)], sign_rules.tables
    yield "plus", "a positive and a negative number have a positive sum", [(signs, "plus", _no_doubt)], sign_rules.tables
    yield "power", "odd powers are not negative", [(signs, "power", lambda a, n: frozenset(x * x for x in a))], sign_rules.tables
    yield "terms", "a sum is taken to have the sign of its terms", [(signs, "plus", _no_doubt)], sign_rules.knowledge
    yield "learn", "even powers are read as odd ones", [(signs, "power", lambda a, n: a)], sign_rules.knowledge
    yield "shape", "powers are positive", [(shape, "power", lambda a, n: signs.POSITIVE)], sign_rules.shapes
    yield "shape", "a difference has the sign of a sum", [(shape, "times", lambda a, b: a)], sign_rules.shapes
    yield "vanishing", "x is 0 whenever it occurs in an equation", [(cells, "vanishing", _one_square)], sign_rules.equations
    yield "opposite", "the opposite of < is >", [(cells, "opposite", lambda c: build(c.head, *c.key[:0:-1]))], sign_rules.conditions
    yield "by_sign", "a value of 0 is left out", [(cells, "by_sign", lambda p: [p < 0, p > 0])], sign_rules.conditions
    yield "linear", "the solution has the other sign", [(cells, "solution", _other_solution)], sign_rules.solutions
    yield "drift", "the side does not matter", [(beside.Beside, "drift", _same_parity)], sign_rules.drifts
    yield "drift", "left and right are exchanged", [(beside.Beside, "drift", _other_side)], sign_rules.drifts
    yield "floor", "left and right are exchanged", [(beside.Beside, "drift", _other_side)], sign_rules.floors
    yield (
        "piece",
        "comparisons are those at the point",
        [(beside.Beside, "sign", lambda self, h, side: self.judge.sign(self.put(h)))],
        sign_rules.pieces,
    )
    yield "series", "coefficients are multiplied one by one", [(removable, "_product", _pointwise)], sign_rules.series


def _other_solution(h: Any, name: str, original: Any = cells.solution) -> Any:
    found = original(h, name)
    return None if found is None else -found


def _pointwise(a: Any, b: Any) -> Any:
    return a[0] + b[0], [x * y for x, y in zip(a[1], b[1], strict=False)]


# --- the family ----------------------------------------------------------------------------------------------------------


def obligations() -> Iterator[Obligation]:
    """None: what is right is stated by the families."""
    return iter(())


def mutants() -> Iterator[Mutant]:
    """The code broken, one thing at a time; and rows whose sets are wrong."""
    for family, entries in (("hypotheses", of_hypotheses()), ("rules", of_rules()), ("signs", of_signs())):
        for name, change, changes, part in entries:
            with patched(changes):
                found = tuple(part())
            yield Mutant(f"{family}.{name}", change, found)
    for name, what, text in _WRONG_ROWS:
        row = dataclasses.replace(conditions.ROWS[name], **{what: text})  # type: ignore[arg-type]
        wrong = (hypotheses.opened(row),) if what == "domain" else tuple(hypotheses.extent(row))
        yield Mutant(f"hypotheses.{name}", f"{what} = {text}", wrong)
