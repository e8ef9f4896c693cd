"""Signs: the tables and deductions of the prover, run on every set of signs, and what they say of real numbers.

* ``times``, ``plus``, ``power``: signs of products, sums and integer powers, for every pair of sets;
* ``terms``, ``learn``: what `Knowledge` says of polynomials, and what it concludes from a fact about a product;
* ``shape``: the sign of a function from the signs of its operands, for every function;
* ``vanishing``: what follows from an equation;  ``opposite``, ``by_sign``: negations and cuts;  ``linear``: solutions of equations;
* ``drift``, ``floor``: signs next to a point from the first derivative that is not 0, and the step of a floor there;
* ``series``: products and inverses of power series.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from types import SimpleNamespace
from typing import Any

from micrograd.carriers.evaluation import evaluate
from micrograd.prove import cells, linear
from micrograd.prove.normal import signs
from micrograd.prove.normal.cell import Plan
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.prove.normal.ring import Element, Ring
from micrograd.prove.normal.shape import shape
from micrograd.prove.normal.signs import Infeasible, Knowledge, Signs
from micrograd.prove.points import beside, removable
from micrograd.verified.differentiation import defined, diff
from micrograd.verified.expr import (
    AND,
    CONST,
    EQ,
    FALSE,
    NOT,
    OR,
    TRUE,
    Condition,
    Expr,
    all_of,
    any_of,
    as_expr,
    build,
    compare,
    const,
    eq,
    ne,
    negate,
    postorder,
    substitute,
    var,
    variables,
)
from micrograd.verified.functions import absolute, exp
from micrograd.verified.parsing import parse
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.special_functions import SPECIAL
from proofs.conditions import truth
from proofs.language import sentence
from proofs.normalising import rooted, signed
from proofs.obligation import Obligation
from proofs.opaque import COMPARISONS, implies, same

FAMILY = "signs"
_parse = cache(parse)
SETS: list[Signs] = [frozenset(c) for k in range(4) for c in combinations((-1, 0, 1), k)]
X, Y = var("x"), var("y")


def _name(signs_: Signs) -> str:
    return "".join({-1: "n", 0: "z", 1: "p"}[s] for s in sorted(signs_)) or "none"


def _sentence(name: str, statement: str, goal: Condition, **options: Any) -> Obligation:
    return sentence(f"{FAMILY}.{name}", statement, goal, **options)


# --- sets of signs -----------------------------------------------------------------------------------------------------


def tables() -> Iterator[Obligation]:
    """Products, sums and powers."""
    for a in SETS:
        both = [(signed(X, a) & signed(Y, b), b) for b in SETS]
        of_product = [implies(given, signed(X * Y, signs.times(a, b))) for given, b in both]
        yield _sentence(f"times.{_name(a)}", f"signs of x·y for x in {sorted(a)} and y in any set", all_of(*of_product))
        of_sum = [implies(given, signed(X + Y, signs.plus(a, b))) for given, b in both]
        yield _sentence(f"plus.{_name(a)}", f"signs of x + y for x in {sorted(a)} and y in any set", all_of(*of_sum))
        powers = []
        for n in range(-3, 5):
            given = signed(X, a) & (TRUE if n > 0 else ne(X, 0))
            powers.append(implies(given, signed(X**n, signs.power(a, n))) if n else TRUE)
        yield _sentence(f"power.{_name(a)}", f"signs of x**n for x in {sorted(a)}, n from -3 to 4 but 0", all_of(*powers))


# --- what is known of polynomials --------------------------------------------------------------------------------------

_POLYNOMIALS = ("a + b", "a*b + 1", "a**2 + b", "a**2 + b**2 + 1", "a**3 - b", "a*b - a", "-a**2 - b**2", "a**2*b + 2*b", "a - b + 3")
_PRODUCTS = ("a*b", "a*b**2", "a/b", "a**2*b", "-a*b", "a**2*b**2", "a**3/b", "a/b**2", "-a**2")


def _two(first: Signs, second: Signs) -> tuple[Knowledge, list[Element]]:
    """Knowledge of two generators with these signs."""
    ring = Ring()
    know = Knowledge(ring)
    elements = []
    for own in (first, second):
        generator = ring.new()
        know.generator_signs.append(own)
        elements.append(Element(ring, generator, ring.one))
    return know, elements


def _element(text: str, values: dict[str, Element]) -> Element:
    """An expression over generators."""
    table: dict[Any, Any] = {}
    ring = next(iter(values.values())).ring
    for node in postorder([_parse(text)]):
        head, *children = node.key
        if head.name == "var":
            table[node] = values[children[0]]
        elif head is CONST:
            table[node] = Element(ring, ring.constant(children[0]), ring.one)
        else:
            parts = [table[c] for c in children]
            table[node] = _combined(head.name, parts, children)
    result: Element = table[_parse(text)]
    return result


def _combined(name: str, parts: list[Element], children: list[Any]) -> Element:
    if name == "neg":
        return -parts[0]
    if name == "powi":
        return parts[0] ** int(children[1].key[1])
    if name == "div":
        return parts[0] * parts[1].inverse()
    return {"add": lambda: parts[0] + parts[1], "sub": lambda: parts[0] - parts[1], "mul": lambda: parts[0] * parts[1]}[name]()


def knowledge() -> Iterator[Obligation]:
    """Signs of polynomials from those of their terms; of factors from those of a product; of a product from a fact about another."""
    a, b = var("a"), var("b")
    sets = SETS[1:]
    for text, first in product(_POLYNOMIALS, sets):
        goals = []
        for second in sets:
            know, (ga, gb) = _two(first, second)
            found = know.quick(_element(text, {"a": ga, "b": gb}).num)
            goals.append(implies(signed(a, first) & signed(b, second), signed(_parse(text), found)))
        label = _POLYNOMIALS.index(text) + 1
        yield _sentence(f"terms.{label}.{_name(first)}", f"signs of {text} from those of a in {sorted(first)} and of b", all_of(*goals))
    for text, first in product(_PRODUCTS, sets):
        goals = [goal for second, allowed in product(sets, sets) for goal in _learnt(text, first, second, allowed)]
        label = _PRODUCTS.index(text) + 1
        yield _sentence(
            f"learn.{label}.{_name(first)}", f"what follows from a sign of {text} for a in {sorted(first)} and any b", all_of(*goals)
        )


def _learnt(text: str, first: Signs, second: Signs, allowed: Signs) -> Iterator[Condition]:
    """What `Knowledge.learn` concludes, and what it says afterwards of similar products."""
    a, b, term = var("a"), var("b"), _parse(text)
    given = signed(a, first) & signed(b, second) & defined(term) & signed(term, allowed)
    know, (ga, gb) = _two(first, second)
    values = {"a": ga, "b": gb}
    try:
        know.learn(_element(text, values), allowed)
    except Infeasible:
        yield negate(given)
        return
    yield implies(given, signed(a, know.quick(ga.num)) & signed(b, know.quick(gb.num)))
    for other in ("a*b", "a*b**3", "a**3/b", "-2*a*b"):
        factors = know.factor(_element(other, values))
        if len(factors[1]) > 1:
            yield implies(given & defined(_parse(other)), signed(_parse(other), know._from_compound(*factors)))


# --- signs by shape ----------------------------------------------------------------------------------------------------

_SHAPES = {"p": exp(X), "n": -exp(X), "z": const(0), "zp": X**2, "nz": -(X**2), "nzp": X}
"""Terms whose signs are known by their shape."""


def shapes() -> Iterator[Obligation]:
    """The sign of every function, from the signs of its operands."""
    representatives = {label: shape(term) for label, term in _SHAPES.items()}
    for label, found in representatives.items():
        yield _sentence(f"shape.{label}", f"the sign of {_SHAPES[label]}", signed(_SHAPES[label], found), uses=["exp_pos(x)"])
    for row in (*PRIMITIVES.values(), *SPECIAL.values()):
        names = ["u", "v", "w"][: row.arity]
        goals = []
        for labels in product(_SHAPES, repeat=row.arity):
            operands: list[Any] = [_SHAPES[label] for label in labels]
            opaque: list[Any] = [var(name) for name in names]
            if row.name == "powi":
                if labels[1] != "p":
                    continue
                for n in (const(n) for n in range(-3, 4) if n != 1):
                    goals += _shape_of(row, [operands[0], n], [opaque[0], n], labels)
            else:
                goals += _shape_of(row, operands, opaque, labels)
        if goals:
            uses = list(dict.fromkeys(use for name in names for use in (f"exp_pos({name})", f"exp_neg({name})")))
            total = all_of(*goals)
            term = build(row.head, *[var(n) for n in names]) if row.name != "powi" else var("u") ** 2
            yield _sentence(f"shape.{row.name}", f"the sign of {term} for all signs of operands", total, uses=_shape_uses(row.name, uses))


def _shape_uses(name: str, plain: list[str]) -> list[str]:
    if name in ("exp2", "exp10"):
        return [f"exp_pos(u*log({name[3:]}))"]
    if name == "softplus":
        return [*plain, "log_pos(1 + exp(u))"]
    return plain if name in ("exp", "cosh", "sech", "sigmoid") else []


def _shape_of(row: Any, operands: list[Any], opaque: list[Any], labels: tuple[str, ...]) -> list[Condition]:
    """The claim of `shape` about a function of opaque operands of the representatives' signs; nothing if it makes none."""
    node = build(row.head, *operands)
    found = shape(node)
    if len(found) == 3 or node.head is not row.head:
        return []
    term = build(row.head, *opaque)
    given = all_of(*[signed(u, shape(_SHAPES[label])) for u, label in zip(opaque, labels, strict=True) if u.head is not CONST])
    return [implies(given & defined(term), signed(term, found))]


# --- equations and conditions ------------------------------------------------------------------------------------------

_TERMS = ("x", "y", "x**2", "y**2", "x*y", "x**2*y**2", "x**4", "exp(x)", "sqrt(x)", "1", "sqrt(x)*y**2", "exp(x)*y**2")


def equations() -> Iterator[Obligation]:
    """What is concluded from an equation between sums and products."""
    for first in _TERMS:
        goals = []
        for second, sign in product(_TERMS, (1, -1)):
            left, right = _parse(first), _parse(second)
            equation = eq(left + right if sign > 0 else left - right, 0)
            if equation.head is EQ:
                goals += _vanishing(equation)
        for power in ("x**2*exp(y)", "x*(1 + y**2)", "x*exp(y)", "-(x**3)*exp(y)", "x**2", "x*y"):
            goals += _vanishing(eq(_parse(power) * _parse(first), 0)) if first != "1" else _vanishing(eq(_parse(power), 0))
        label = _TERMS.index(first) + 1
        uses = ["exp_pos(x)", "exp_pos(y)"]
        yield _sentence(f"vanishing.{label}", f"what follows from equations with {first}", all_of(*goals), uses=uses)


def _vanishing(equation: Condition) -> list[Condition]:
    squares = cells.vanishing(Normaliser(Plan()), equation)
    return [implies(defined(equation) & equation, rooted(all_of(*squares)))] if squares else []


def conditions() -> Iterator[Obligation]:
    """Negations pushed down, and cuts that leave nothing out."""
    p, q = X > 0, Y <= 1
    compared = [compare(which, X, Y) for which in COMPARISONS]
    for condition in (*compared, *(build(which, *[p, q][: which.arity]) for which in (AND, OR, NOT))):
        by_arithmetic = eq(truth(condition), 0)
        yield _sentence(f"opposite.{condition.head.name}", f"the opposite of {condition}", same(cells.opposite(condition), by_arithmetic))
    for settled in (TRUE, FALSE):
        yield _sentence(f"opposite.{settled}", f"the opposite of {settled}", same(cells.opposite(settled), negate(settled)))
    for label, text in {"variable": "x", "root": "sqrt(x)", "quotient": "x/y", "logarithm": "log(x)"}.items():
        cut = cells.by_sign(_parse(text))
        yield _sentence(f"by_sign.{label}", f"{', '.join(map(str, cut))}: one of them holds", any_of(*[lazily(c) for c in cut]))


def lazily(condition: Condition) -> Condition:
    """The condition where its terms have values."""
    return defined(condition) & condition


def solutions() -> Iterator[Obligation]:
    """h = c·x + rest."""
    found = 0
    for text in ("x", "y", "x + y", "y - x", "x - 3", "-x", "3*x", "x*3 - y", "x/2 + 1", "2*(x - y)/3", "-(x + x)", "exp(y) - 2*x", "5"):
        h = _parse(text)
        parts = linear.linear_in(h, "x")
        if parts is None:
            continue
        found += 1
        slope, rest = parts
        free = TRUE if X not in variables(rest) else FALSE
        yield _sentence(f"linear.{found}", f"{h} = ({slope})·x + ({rest})", eq(h, const(slope) * X + rest) & free)
        value = cells.solution(h, "x")
        if value is not None:
            goal = same(eq(h, 0), eq(X, value))
            yield _sentence(f"linear.{found}.solution", f"{h} = 0 exactly for x = {value}", goal)


# --- next to a point ----------------------------------------------------------------------------------------------------


class ExactJudge:
    """Signs of expressions whose variables have given rational values."""

    def __init__(self, **values: int | Fraction) -> None:
        self.values = {name: Fraction(value) for name, value in values.items()}

    def sign(self, expression: Expr) -> int:
        value = evaluate(expression, self.values)
        return int(value > 0) - int(value < 0)

    def holds(self, condition: Condition) -> bool:
        return bool(evaluate(condition, self.values))


def _beside(moving: Expr, **values: int | Fraction) -> beside.Beside:
    """Beside 0, where the other variables have these values."""
    return beside.Beside(moving, as_expr(0), ExactJudge(**values))


def drifts() -> Iterator[Obligation]:
    """u(a + h) - u(a) = c·h^k/k! + r with |r| <= K·|h|^(k+1): its sign for small h by the first derivative that is not 0."""
    c, h, rest, bound = var("c"), var("h"), var("r"), var("K")
    moving = var("t")
    for order, sign, side in product(range(1, 5), (1, -1), (1, -1)):
        u = const(7) + var("c") * moving**order
        found = _beside(moving, c=sign).drift(u, side)
        factorial = [1, 1, 2, 6, 24][order]
        size = absolute(h)
        given = [signed(c, frozenset((sign,))), signed(h, frozenset((side,))), bound >= 0]
        given += [absolute(rest) <= bound * size ** (order + 1), factorial * bound * size < absolute(c)]
        change = c * h**order / factorial + rest
        label = f"drift.{order}.{'up' if sign > 0 else 'down'}.{'right' if side > 0 else 'left'}"
        words = f"derivative {order} is the first that is not 0, with sign {sign}: on side {side} the change has the sign {found}"
        yield _sentence(label, words, signed(change, frozenset((found,))), hypotheses=given)


def floors() -> Iterator[Obligation]:
    """The floor next to a point at which the operand is an integer or is none."""
    moving, change, m = var("t"), var("d"), var("m")
    places: list[tuple[str, int | Fraction, int, int]] = [
        (f"integer_{slope}_{side}".replace("-", "minus_"), 3, slope, side) for slope, side in product((1, -2), (1, -1))
    ]
    for label, constant, slope, side in [*places, ("between", Fraction(7, 2), 1, 1)]:
        found = _beside(moving)._floor(const(constant) + slope * moving, side)
        step = found.key[1] - constant if found.head is CONST else 0
        moves = 1 if slope * side > 0 else -1
        small = [signed(change, frozenset((moves,))), absolute(change) < Fraction(1, 2)]
        value = const(constant) + change
        if label == "between":
            goal = (found <= value) & (value < found + 1)
        else:
            goal = (m + step <= m + change) & (m + change < m + step + 1)
        yield _sentence(f"floor.{label}", f"the floor next to a point: {found}", goal, hypotheses=small)


def pieces() -> Iterator[Obligation]:
    """Comparisons next to a point, from the sign of the difference."""
    moving, d = var("t"), var("d")
    for which, value, side in product(COMPARISONS, (-1, 0, 1), (-1, 1)):
        difference = const(value) + moving
        found = _beside(moving).piece(compare(which, difference, as_expr(0)), side)
        sign = value or side
        goal = same(compare(which, d, as_expr(0)), found)
        label = f"piece.{which.name}.{_name(frozenset((value,)))}.{'right' if side > 0 else 'left'}"
        yield _sentence(
            label, f"a difference with the value {value}, on side {side}: {found}", goal, hypotheses=[signed(d, frozenset((sign,)))]
        )


# --- power series ------------------------------------------------------------------------------------------------------


def series() -> Iterator[Obligation]:
    """Coefficients of sums, products, inverses and powers of power series, against the product written out."""
    near: Any = SimpleNamespace(judge=SimpleNamespace(sign=lambda expression: 1))
    a = [var(f"a{i}") for i in range(4)]
    b = [var(f"b{i}") for i in range(4)]

    def written(p: list[Expr], q: list[Expr]) -> list[Expr]:
        rows = []
        for k in range(4):
            total = as_expr(0)
            for i in range(k + 1):
                total = total + p[i] * q[k - i]
            rows.append(total)
        return rows

    def agree(name: str, words: str, left: list[Expr], right: list[Expr], *given: Condition) -> Obligation:
        return _sentence(f"series.{name}", words, all_of(*[eq(x, y) for x, y in zip(left, right, strict=True)]), hypotheses=given)

    low, found = removable._product((1, a), (-2, b))
    yield agree("product", "coefficients of a product; its lowest power", [*found, as_expr(low)], [*written(a, b), as_expr(-1)])
    low, found = removable._sum((1, a), (0, b), -1)
    yield agree("difference", "coefficients of a difference", found, [-b[0], *(x - y for x, y in zip(a, b[1:], strict=False))])
    nonzero = ne(a[0], 0)
    inverse = removable._inverse(near, (1, a))
    assert inverse is not None
    one: list[Expr] = [as_expr(1), *[as_expr(0)] * 3]
    yield agree("inverse", "a series times its inverse is 1", [*written(a, inverse[1]), as_expr(inverse[0])], [*one, as_expr(-1)], nonzero)
    cube = removable._power(near, (1, a), 3)
    assert cube is not None
    yield agree("power", "the cube of a series", [*cube[1][:4], as_expr(cube[0])], [*written(written(a, a), a), as_expr(3)])
    moving = var("t")
    polynomial = sum((c * moving**i if i > 1 else c * moving if i else c for i, c in enumerate(a)), as_expr(0))
    taylor = removable._taylor(_beside(moving), polynomial)[1]
    yield agree("taylor", "coefficients of a polynomial's series", taylor[:4], a)
    yield agree("slope", "the coefficient of h is the derivative", [taylor[1]], [near_zero(diff(polynomial, moving), moving)])


def near_zero(expression: Expr, moving: Expr) -> Expr:
    """The expression at 0."""
    return substitute(expression, {moving: 0})


def obligations() -> Iterator[Obligation]:
    """All of it."""
    yield from tables()
    yield from knowledge()
    yield from shapes()
    yield from equations()
    yield from conditions()
    yield from solutions()
    yield from drifts()
    yield from floors()
    yield from pieces()
    yield from series()
