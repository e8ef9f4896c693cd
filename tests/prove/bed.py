"""Claims whose only defect hides where no search finds it, each shown to be false by the oracle, and their twins, which are true.

A claim is made from a function with a derivative that is right, a hidden set, and a way to be wrong on it (`tests.prove.hidden`); it is
kept only if the oracle, which shares nothing with the prover, confirms the fault at a point of the set.  Its twin is the same claim on the
domain without the set: it is true.  `fault` runs the prover without its search for counterexamples and says what is wrong with the answer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import mpmath

from micrograd.prove.api import prove_derivative, prove_equal, prove_hessian
from micrograd.prove.decide import EmptyDomain
from micrograd.prove.refute import without_search
from micrograd.verified import Condition, Expr, diff, domain, parse, substitute, var, variables
from micrograd.verified.errors import MicrogradError
from micrograd.verified.parsing import parse_condition
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.special_functions import SPECIAL
from tests.prove import special_values as special_values
from tests.prove.guards import GUARDED, OUTER, PAIRS, Guarded
from tests.prove.hidden import DOMAINS, HIDDEN, NAMES, UNDEFINED, WRONG, WRONG_ON_CURVE, Hidden
from tests.prove.oracle import Far, OutOfReach, Point, Undefined, slope, value

FUNCTIONS = {**PRIMITIVES, **SPECIAL}
ARGUMENTS: tuple[str, ...] = (
    "x",
    "x",
    "x",
    "x + 1/2",
    "2*x",
    "-x",
    "x**2",
    "x*y",
    "x/y",
    "x + y",
    "sin(x)",
    "exp(x)",
    "1/x",
    "abs(x)",
    "x**3 + x",
)
ARGUMENTS += ("where(x == 0, 0, x)",)
ORDERS = ("0", "1", "2", "-1", "n", "1/2", "3", "y")
OTHERS = {"y": ("3/2", "2", "1/3"), "n": ("0", "1", "2")}
ATTEMPTS = 200
SECONDS = 2.0


@dataclass(frozen=True)
class Claim:
    """A claim for the prover.

    Attributes:
        kind: what made it.
        call: "derivative", "hessian" (by x, or by x and y if there are entries) or "equal".
        function, claim, domain: texts; no domain means where the function is smooth.
        hidden: the set on which it is wrong.
        witness: a point where it is wrong, as texts; None for a true claim.
        wrt: the variable.
        entries: the second partial derivatives by xx, xy, yx, yy, where the claim is that by ``place``.
        place: 0 to 3.
    """

    kind: str
    call: str
    function: str
    claim: str
    domain: str | None
    hidden: str
    witness: Mapping[str, str] | None
    wrt: str = "x"
    entries: tuple[str, ...] = ()
    place: int = 0

    def __str__(self) -> str:
        at = ", ".join(f"{name} = {text}" for name, text in (self.witness or {}).items())
        truth = f"false at {at}" if self.witness else "true"
        what = f"{list(self.entries)}, of which entry {self.place} is {self.claim!r}" if self.entries else f"{self.claim!r}"
        return f"[{self.kind}] {self.call} of {self.function!r} by {self.wrt} is {what} on {self.domain!r}: {truth}"


# --- truth -------------------------------------------------------------------------------------------------------------


def at(point: Mapping[str, str]) -> Point:
    """The numbers that texts stand for."""
    return {name: value(parse(text), {}, Far) for name, text in point.items()}


def second_slope(f: Expr, name: str, point: Point) -> Any:
    """The second derivative by difference quotients, None where none is seen."""

    def quotient(h: Any, shift: int) -> Any:
        a, b, c = (value(f, {**point, name: point[name] + (k + shift) * h}, Far) for k in (-1, 0, 1))
        return (a - 2 * b + c) / h**2

    try:
        found = [quotient(mpmath.mpf(10) ** -k, shift) for k in (18, 19) for shift in (-1, 0, 1)]
    except (Undefined, OutOfReach):
        return None
    return found[1] if max(found) - min(found) <= 1e-6 * (1 + abs(found[1])) else None


def mixed_slope(f: Expr, point: Point) -> Any:
    """The second derivative by x and y by difference quotients, None where none is seen."""

    def quotient(h: Any) -> Any:
        corners = [(a, b) for a in (1, -1) for b in (1, -1)]
        return sum(a * b * value(f, {**point, "x": point["x"] + a * h, "y": point["y"] + b * h}, Far) for a, b in corners) / (4 * h**2)

    try:
        found = [quotient(mpmath.mpf(10) ** -k) for k in (18, 19)]
    except (Undefined, OutOfReach):
        return None
    return found[1] if abs(found[0] - found[1]) <= 1e-6 * (1 + abs(found[1])) else None


def true_value(claim: Claim, point: Point) -> Any:
    """What the claim should be at the point; None if nothing is claimed there or it cannot be seen."""
    f = parse(claim.function)
    if claim.call == "derivative":
        return slope(f, claim.wrt, point, Far)
    if claim.call == "hessian":
        return mixed_slope(f, point) if claim.place in (1, 2) else second_slope(f, "y" if claim.place == 3 else claim.wrt, point)
    try:
        return value(f, point, Far)
    except (Undefined, OutOfReach):
        return None


def is_false(claim: Claim) -> bool:
    """Whether the oracle sees that the claim is false at its witness."""
    if claim.witness is None:
        return False
    try:
        point = at(claim.witness)
        region = domain(parse(claim.function)) if claim.domain is None else parse_condition(claim.domain)
        if value(region, point, Far) is not True:
            return False
    except (Undefined, OutOfReach):
        return False
    true = true_value(claim, point)
    if true is None:
        return False
    try:
        claimed = value(parse(claim.claim), point, Far)
    except Undefined:
        return True
    except OutOfReach:
        return False
    return bool(abs(claimed - true) > 1e-6 * (1e-9 + abs(true)))


def twin(claim: Claim) -> Claim | None:
    """The claim without the set on which it is wrong, which is true; None if it is wrong outright."""
    if claim.kind == "points":
        return None
    f = parse(claim.function)
    parts = [f"not ({claim.hidden})"] + ([claim.domain] if claim.domain else [])
    if claim.domain is None or claim.kind in ("primitive", "names"):
        parts.append(str(domain(f)))
    return replace(claim, domain=" and ".join(f"({part})" for part in parts), witness=None)


# --- making claims -----------------------------------------------------------------------------------------------------


def _application(r: random.Random, name: str) -> str:
    row = FUNCTIONS[name]
    if name == "powi":
        return f"({r.choice(ARGUMENTS)})**{r.choice([2, 3, -1, -2, 5])}"
    operands = []
    for i, (parameter, partial) in enumerate(zip(row.params, row.partials, strict=True)):
        if partial is None:
            operands.append(r.choice(ORDERS) if parameter == "n" else r.choice(["1", "2", "y", "3/2", "n + 1"]))
        elif row.arity > 1 and i != row.arity - 1 and r.random() < 0.4:
            operands.append(r.choice(["y", "2", "1/2", "y + 1"]))
        else:
            operands.append(r.choice(ARGUMENTS))
    if name in ("add", "sub", "mul", "div", "neg", "pow"):
        sign = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "neg": "-"}[name]
        return f"-({operands[0]})" if name == "neg" else f"({operands[0]}) {sign} ({operands[1]})"
    return f"{name}({', '.join(operands)})"


def _witness(r: random.Random, hidden: Hidden, nodes: list[Any]) -> dict[str, str]:
    first, _, second = r.choice(hidden.points).partition(";")
    point = {"x": first.strip()}
    if second:
        point["y"] = second.strip()
    for name in sorted({v.key[1] for v in variables(*nodes)}):
        if name not in point:
            point[name] = r.choice(OTHERS.get(name, ("1/2", "2", "5/3")))
    return point


def _defect(r: random.Random, right: str, hidden: Hidden, template: str | None, undefined: tuple[str, str, str] | None) -> str:
    """The right claim with a defect on the hidden set."""
    if template is None:
        template = r.choice(WRONG_ON_CURVE if hidden.difference and r.random() < 0.6 else WRONG)
        if undefined is not None:
            template = r.choice([t for t in WRONG if "{B}" in t])
    other = r.choice([f"2*({right}) + 1", f"{right} + 1", f"-({right}) - 1", "x + 10**6", f"({right})/2 + 3"])
    text, bad, good = undefined or r.choice(UNDEFINED)
    without = text.format(u=f"where({hidden.condition}, {bad}, {good})")
    return template.format(c=f"({right})", w=other, H=hidden.condition, h=hidden.difference, B=without)


def _finished(r: random.Random, kind: str, call: str, function: str, claim: str, stated: str | None, hidden: Hidden) -> Claim:
    nodes: list[Any] = [parse(function), parse(claim)] + ([parse_condition(stated)] if stated else [])
    for v in variables(nodes[1]):
        # variables of the claim must be known: by the domain, or added to the function, whose slope that does not change
        if call != "equal" and v is not var("x") and v not in variables(nodes[0], *nodes[2:]):
            if stated is None:
                function = f"{function} + {v}"
            else:
                stated = f"({stated}) and {v} == {v}"
    return Claim(kind, call, function, claim, stated, hidden.condition, _witness(r, hidden, nodes))


Made = Callable[[random.Random], Claim]


def primitive(
    r: random.Random, name: str | None = None, hidden: Hidden | None = None, template: str | None = None,
    undefined: tuple[str, str, str] | None = None, stated: str | None = None,
) -> Claim:  # fmt: skip
    """A derivative of one function of the registry, of a simple operand."""
    f = parse(_application(r, name or r.choice(list(FUNCTIONS))))
    right = str(diff(f, var("x")))
    hidden = hidden or r.choice(HIDDEN)
    claim = _defect(r, right, hidden, template, undefined)
    return _finished(r, "primitive", "derivative", str(f), claim, stated or r.choice([None, "True", *DOMAINS]), hidden)


def _guarded(r: random.Random, row: Guarded | None) -> tuple[Guarded, Hidden]:
    row = row or r.choice(GUARDED)
    meet = r.choice(row.meets)
    return row, Hidden(f"x == {meet}", (meet,), f"x - ({meet})") if r.random() < 0.6 else r.choice(HIDDEN)


def guard(r: random.Random, row: Guarded | None = None) -> Claim:
    """The derivative of a function with a guard, wrong where pieces meet or somewhere else."""
    row, hidden = _guarded(r, row)
    claim = _defect(r, row.slope, hidden, None, None)
    stated = "y > 0" if "log(y)" in row.function else r.choice(["True", "True", r.choice(DOMAINS)])
    return _finished(r, "guard", "derivative", row.function, claim, stated, hidden)


def nested(r: random.Random) -> Claim:
    """Guards inside of functions, sums and products of guards, guards on a curve."""
    row, hidden = _guarded(r, None)
    function, right = row.function, row.slope
    if r.random() < 0.5:
        other = r.choice(GUARDED)
        shape = r.choice(PAIRS)
        function, right = (t.format(u=f"({function})", d=f"({right})", v=f"({other.function})", e=f"({other.slope})") for t in shape)
    if r.random() < 0.7:
        shape = r.choice(OUTER)
        function, right = (t.format(u=f"({function})", d=f"({right})") for t in shape)
    if r.random() < 0.4:
        # the same on a curve: x - y**3 for x
        moved: dict[Expr, Any] = {var("x"): var("x") - var("y") ** 3}
        function, right = str(substitute(parse(function), moved)), str(substitute(parse(right), moved))
        hidden = HIDDEN[[h.condition for h in HIDDEN].index("x == y**3")]
    stated = "y > 0" if "log(y)" in function or r.random() < 0.3 else "True"
    return _finished(r, "nested", "derivative", function, _defect(r, right, hidden, None, None), stated, hidden)


def joined(r: random.Random) -> Claim:
    """A guard at a hidden set that gives the function's value there: the rules of differentiation take it for a constant."""
    hidden = r.choice([h for h in HIDDEN if h.difference])
    smooth = r.choice(["x**2", "x**3 + x", "sin(x)", "exp(x/7)", "atan(x)", "x*y", "1/(1 + x**2)", "besselj(0, x)", "erf(x)"])
    point = r.choice(hidden.points).partition(";")[0].strip()
    there = str(substitute(parse(smooth), {var("x"): parse(point)}))
    if r.random() < 0.5:
        there = smooth
    function = r.choice([f"where({hidden.condition}, {there}, {smooth})", f"where(not ({hidden.condition}), {smooth}, {there})"])
    function = function if r.random() < 0.6 else f"{function} + y*({function})"
    f = parse(function)
    right = str(diff(parse(smooth), var("x")))
    if "y*(" in function:
        right = f"(1 + y)*({right})"
    claim = str(diff(f, var("x"))) if r.random() < 0.4 else _defect(r, right, hidden, None, None)
    return _finished(r, "joined", "derivative", str(f), claim, "True", hidden)


def points(r: random.Random) -> Claim:
    """A claim that is wrong outright, on a domain of few points or of a tail."""
    f = parse(_application(r, r.choice(list(FUNCTIONS))))
    hidden = r.choice(HIDDEN)
    wrong = r.choice([f"2*({diff(f, var('x'))}) + 1", "x + 10**6", "1/0", "log(-x**2 - 1)", f"{diff(f, var('x'))} + 1"])
    claim = f"where({hidden.condition}, {wrong}, {diff(f, var('x'))})" if r.random() < 0.5 else wrong
    more = r.choice(["x == 12", "x > 10**15", "x == 1/2", "x**2 == 3"])
    stated = r.choice([hidden.condition, f"({hidden.condition}) or {more}", f"({hidden.condition}) and ({r.choice(DOMAINS)}) or {more}"])
    return _finished(r, "points", "derivative", str(f), claim, stated, hidden)


def equality(r: random.Random, name: str | None = None) -> Claim:
    """Two expressions that differ on a hidden set."""
    f = _application(r, name or r.choice(list(FUNCTIONS)))
    hidden = r.choice(HIDDEN)
    stated = r.choice(["True", "True", r.choice(DOMAINS)])
    return _finished(r, "equal", "equal", f, _defect(r, f, hidden, None, None), stated, hidden)


def hessian(r: random.Random, row: Guarded | None = None) -> Claim:
    """A second derivative of a function with a guard."""
    row, hidden = _guarded(r, row or r.choice([row for row in GUARDED if row.second]))
    stated = "y > 0" if "log(y)" in row.function else r.choice(["True", "True", r.choice(DOMAINS)])
    return _finished(r, "hessian", "hessian", row.function, _defect(r, row.second, hidden, None, None), stated, hidden)


def mixed(r: random.Random) -> Claim:
    """Second derivatives of y·f(x), of which one is wrong."""
    row, hidden = _guarded(r, r.choice([row for row in GUARDED if row.second and "y" not in row.function]))
    entries = [f"y*({row.second})", row.slope, row.slope, "0"]
    place = r.randrange(4)
    claim = _defect(r, entries[place], hidden, None, None)
    found = _finished(r, "mixed", "hessian", f"y*({row.function})", claim, r.choice(["True", "y > 0", "x >= 0"]), hidden)
    return replace(found, entries=tuple(entries), place=place)


def renamed(claim: Claim, table: Mapping[str, str]) -> Claim:
    """The claim with other names for its variables."""
    replacements: dict[Expr, Any] = {var(old): var(new) for old, new in table.items()}
    function, told = (str(substitute(parse(text), replacements)) for text in (claim.function, claim.claim))
    stated, hidden = (None if text is None else str(_put(text, replacements)) for text in (claim.domain, claim.hidden))
    witness = None if claim.witness is None else {table.get(name, name): text for name, text in claim.witness.items()}
    return Claim(claim.kind, claim.call, function, told, stated, hidden or "", witness, table.get(claim.wrt, claim.wrt))


def _put(text: str, replacements: dict[Expr, Any]) -> Condition:
    return substitute(parse_condition(text), replacements)


def names(r: random.Random) -> Claim:
    """A claim about variables whose names something inside may want for itself."""
    claim = r.choice([guard, nested, joined, primitive, equality])(r)
    taken = r.sample(NAMES, 3)
    table = dict(zip(r.sample(["x", "y", "n"], 3), taken, strict=True))
    if r.random() < 0.6:
        table = {"y": "x_here"} if r.random() < 0.6 else {"x": "y_here", "y": "_"}
    used = {name for text in (claim.function, claim.claim) for name in (v.key[1] for v in variables(parse(text)))}
    if used & set(table.values()) - set(table):
        return claim
    return replace(renamed(claim, table), kind="names")


MAKERS: tuple[Made, ...] = (primitive, primitive, primitive, guard, guard, nested, nested, joined, points, equality, hessian, mixed, names)


def made(r: random.Random, maker: Made | None = None) -> Claim | None:
    """A claim that is false, from one source of randomness; None if none came out."""
    for _ in range(ATTEMPTS):
        try:
            claim = (maker or r.choice(MAKERS))(r)
            if is_false(claim):
                return claim
        except (MicrogradError, ZeroDivisionError, OverflowError, ValueError, mpmath.mp.NoConvergence):
            continue
    return None


# --- judging -----------------------------------------------------------------------------------------------------------


def answer(claim: Claim, seconds: float = SECONDS) -> Any:
    """The verdict.  Raises: what the call raises."""
    if claim.call == "derivative":
        return prove_derivative(claim.function, claim.claim, claim.domain, wrt=claim.wrt, timeout=seconds)
    if claim.entries:
        a, b, c, d = (claim.claim if i == claim.place else entry for i, entry in enumerate(claim.entries))
        return prove_hessian(claim.function, [[a, b], [c, d]], claim.domain, wrt=["x", "y"], timeout=seconds)
    if claim.call == "hessian":
        return prove_hessian(claim.function, [[claim.claim]], claim.domain, wrt=[claim.wrt], timeout=seconds)
    return prove_equal(claim.function, claim.claim, claim.domain, timeout=seconds)


def word(claim: Claim, *, search: bool = False, seconds: float = SECONDS) -> str:
    """The verdict in a word; "empty" if the domain is said to have no points that are known, "crash …" for an exception."""
    try:
        if search:
            return str(answer(claim, seconds).verdict)
        with without_search():
            return str(answer(claim, seconds).verdict)
    except EmptyDomain as reason:
        return "nothing there" if str(reason).endswith("is empty") else "empty"
    except Exception as reason:
        return f"crash {type(reason).__name__}: {reason}"[:300]


def fault(claim: Claim, *, search: bool = False, seconds: float = SECONDS) -> str | None:
    """What is wrong with the prover's answer, None if nothing is."""
    found = word(claim, search=search, seconds=seconds)
    if found.startswith("crash"):
        return f"{found}\n{claim}"
    if found in (("refuted",) if claim.witness is None else ("proved", "nothing there")):
        return f"{found}\n{claim}"
    return None
