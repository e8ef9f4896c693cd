"""What is cited instead of proved, and the values that primitives have, compared with Arb.

Balls enclose the true values, so a "no" is certain; a "yes" means that nothing speaks against it at many points, to many bits:

* ``partial``: the derivative of a special function, as `diff` gives it: f(x+d) - f(x) = d·f′(ξ) for some ξ in between;
* ``fact``: each formal fact (`micrograd.verified.cited.FACTS`) at points of its hypothesis;
* ``constant``: bounds of numbers such as pi that proofs hand to Z3;
* ``values``: a primitive has a value exactly where its row says so, and at the ends of its domain the one that its row says.

These are checks, not theorems, and the report counts them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice, product
from random import Random
from typing import Any

from micrograd.carriers.evaluation import evaluate
from micrograd.prove.normal.cell import Plan
from micrograd.prove.normal.normaliser import Normaliser
from micrograd.verified.cited import CITED, CITED_AS, FACTS
from micrograd.verified.differentiation import diff
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import HEADS, Expr, postorder, var, variables
from micrograd.verified.parsing import parse, parse_any, parse_condition
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import Cited, Induction, Primitive
from micrograd.verified.special_functions import SPECIAL
from proofs.mutation import mutations
from proofs.normalising import facts_of
from proofs.obligation import Mutant, Obligation

FAMILY = "cited"
STEP_BITS, WORKING_BITS, SHARP_BITS = 140, 500, 60
POINTS, ENOUGH = 40, 8
_ORDERS = [Fraction(n, 2) for n in (2, 0, 1, 4, 3, 6, 7, 5)]
_PLAIN = [Fraction(s) for s in ("1/3", "-1/2", "2", "7/8", "-9/4", "22/7", "-1/8", "5", "1", "-3", "0", "-1", "10", "1/7")]
_UNIT = [Fraction(s) for s in ("1/3", "1/2", "7/8", "1/100", "99/100", "2/7", "2/3", "3/4", "1/5", "9/10", "3/7")]
_COLUMNS = {"n": _ORDERS, "p": _UNIT, "c": _UNIT}


def _points(names: Sequence[str], condition: Any, seed: str) -> Iterator[dict[str, Fraction]]:
    """Exact points at which the condition holds, in an order that mixes the coordinates."""
    rows = list(product(*[_COLUMNS.get(name, _PLAIN) for name in names]))
    Random(seed).shuffle(rows)
    for row in rows:
        point = dict(zip(names, row, strict=True))
        if _at(condition, point) is True:
            yield point


def _at(node: Any, point: dict[str, Fraction], moved: dict[str, Any] | None = None) -> Any:
    """The value over balls; None if it has none."""
    from micrograd.carriers.arb.carrier import ball

    try:
        return evaluate(node, {"_": ball(0), **{name: ball(value) for name, value in point.items()}, **(moved or {})})
    except MicrogradError:
        return None


def _sharp(value: Any) -> bool:
    return bool(value.is_finite() and (value.rel_accuracy_bits() > SHARP_BITS or abs(value) < 2**-SHARP_BITS))


# --- checks, run by a worker -------------------------------------------------------------------------------------------


def partial(name: str, data: tuple[str, ...]) -> str:
    """A derivative by the mean value theorem."""
    import flint

    from micrograd.carriers.arb.carrier import ball

    function, slope, parameter, domain = data
    f, claimed, condition = parse(function), parse(slope), parse_condition(domain)
    names = sorted({str(v) for v in variables(f, claimed)})
    step, count = Fraction(1, 2**STEP_BITS), 0
    with flint.ctx.workprec(WORKING_BITS):
        for point in islice(_points(names, condition, name), POINTS):
            start, end = ball(point[parameter]), ball(point[parameter] + step)
            first, second = _at(f, point), _at(f, point, {parameter: end})
            between = _at(claimed, point, {parameter: start.union(end)})
            if first is None or second is None:
                continue
            assert between is not None, f"{slope} has no value at {_shown(point)}"
            rise = (second - first) / ball(step)
            if _sharp(rise) and _sharp(between):
                assert rise.overlaps(between), f"the slope of {function} at {_shown(point)} is {rise.str(12)}, not {between.str(12)}"
                count += 1
    assert count >= ENOUGH, f"only {count} points at which both sides are known"
    return f"agrees at {count} points"


def fact(name: str, data: tuple[str, ...]) -> str:
    """A statement at points of its hypothesis."""
    import flint

    statement, hypothesis = parse_condition(data[0]), parse_condition(data[1])
    names = sorted({str(v) for v in variables(statement, hypothesis)})
    count = 0
    with flint.ctx.workprec(WORKING_BITS):
        for point in islice(_points(names, hypothesis, name), POINTS):
            for part in _parts(statement):
                truth = _truth(part, point)
                assert truth is not False, f"{part} fails at {_shown(point)}"
                count += truth is True
    assert count >= (ENOUGH if names else 1), f"only {count} comparisons are certain"
    return f"holds at {count} points"


def _parts(condition: Any) -> list[Any]:
    if condition.head.name == "and":
        return [*_parts(condition.key[1]), *_parts(condition.key[2])]
    return [condition]


def _truth(condition: Any, point: dict[str, Fraction]) -> bool | None:
    """True if it holds, of an equation: to `SHARP_BITS`; False if it certainly fails; else None."""
    if condition.head.name == "eq":
        left, right = (_at(side, point) for side in condition.args)
        if left is None or right is None or not left.overlaps(right):
            return False
        return True if _sharp(left) and _sharp(right) else None
    if condition.head.name == "or":
        found = [_truth(side, point) for side in condition.args]
        return True if True in found else None if None in found else False
    truth: bool | None = _at(condition, point)
    return truth


def values(name: str, data: tuple[str, ...]) -> str:
    """Where a primitive has a value, and which at the ends of its domain."""
    import flint

    from micrograd.carriers.arb.carrier import arb_carrier, ball

    function, condition = data[0], parse_condition(data[1])
    row = HEADS[function].row
    assert row is not None
    apply = arb_carrier().function(row)
    assert apply is not None
    inside = outside = 0
    with flint.ctx.workprec(200):
        for numbers in islice(product(*[_COLUMNS.get(p, _PLAIN) for p in row.params]), 400):
            point = dict(zip(row.params, numbers, strict=True))
            claimed = _at(condition, point)
            value = apply(*[ball(v) for v in numbers])
            if claimed is True:
                assert value.is_finite(), f"{function} has no value at {_shown(point)}"
                inside += 1
            elif claimed is False:
                assert not value.is_finite(), f"{function} has a value at {_shown(point)}: {value.str(12)}"
                outside += 1
        for text, expected in zip(data[2::2], data[3::2], strict=True):
            for point in islice(_points(row.params, parse_condition(text), name), 4):
                value = apply(*[ball(v) for v in point.values()])
                assert value.overlaps(_at(parse_any(expected), point)), f"{function} at {_shown(point)} is {value.str(12)}, not {expected}"
    return f"{inside} points inside, {outside} outside"


def _shown(point: dict[str, Fraction]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in point.items()) or "no variables"


# --- what is checked ---------------------------------------------------------------------------------------------------


def _check(kind: str, label: str, statement: str, *data: str) -> Obligation:
    return Obligation(f"{FAMILY}.{kind}.{label}", FAMILY, statement, "", check=f"proofs.cited:{kind}", data=data)


def partials(row: Primitive, changed: dict[int, Expr] | None = None) -> Iterator[Obligation]:
    """The derivatives of a row that are cited."""
    given = "" if row.domain == "True" else f"{row.domain}  ⊢  "
    for i, (name, template) in enumerate(zip(row.params, row.partials, strict=True)):
        if template is not None and isinstance(row.evidence, Cited):
            slope = changed[i] if changed is not None and i in changed else diff(row.application, var(name))
            words = f"{given}∂{row.application}/∂{name} = {slope}   ({CITED[row.evidence.fact].source})"
            yield _check("partial", f"{row.name}.{name}", words, str(row.application), str(slope), name, row.domain)


def facts() -> Iterator[Obligation]:
    """The formal facts, and bounds of numbers."""
    for name, axiom in FACTS.items():
        words = f"{axiom}   ({CITED_AS[name]}; {CITED[CITED_AS[name]].source})"
        yield _check("fact", name, words, axiom.statement, axiom.hypothesis)
    for label, text in {
        "pi": "pi",
        "e": "e",
        "sqrt_2": "sqrt(2)",
        "log_2": "log(2)",
        "exp_3": "exp(3)",
        "sin_1": "sin(1)",
        "erf_1": "erf(1)",
    }.items():
        n = Normaliser(Plan())
        n(parse(text))
        bounds = [str(c) for c in facts_of(n) if not variables(c) and not any(x.head.name in ("eq", "bool") for x in postorder([c]))]
        yield _check(
            "fact", f"constant_{label}", f"what Z3 is told of {text}: {'; '.join(bounds)}", " and ".join(f"({b})" for b in bounds), "True"
        )


def extents(row: Primitive) -> Iterator[Obligation]:
    """Where the row has a value."""
    if isinstance(row.evidence, Induction):
        return
    exceptions = [text for where, value in row.values if value is not None for text in (where, value)]
    defined = row.domain if row.defined is None else row.defined
    yield _check("values", row.name, f"{row.name} has a value exactly where {defined}", row.name, defined, *exceptions)


def obligations() -> Iterator[Obligation]:
    """All checks."""
    for row in SPECIAL.values():
        yield from partials(row)
    yield from facts()
    for row in (*PRIMITIVES.values(), *SPECIAL.values()):
        yield from extents(row)


def mutants() -> Iterator[Mutant]:
    """Every cited derivative changed; facts with their sides exchanged for others."""
    for row in SPECIAL.values():
        for i, template in enumerate(row.partial_templates):
            for changed in mutations(template, row.domain_template) if template is not None and isinstance(row.evidence, Cited) else ():
                wrong = [o for o in partials(row, {i: changed}) if o.name.endswith(f".{row.params[i]}")]
                yield Mutant(f"{FAMILY}.{row.name}.partial_{row.params[i]}", f"{template}  ->  {changed}", tuple(wrong))
    yield from _wrong_values()


_WRONG_EXTENTS = [
    ("asin", "-1 < x and x < 1"),
    ("asin", "True"),
    ("sqrt", "x > 0"),
    ("log", "x >= 0"),
    ("acosh", "x > 1"),
    ("beta", "True"),
    ("atan2", "True"),
]


def _wrong_values() -> Iterator[Mutant]:
    for name, text in _WRONG_EXTENTS:
        yield Mutant(f"{FAMILY}.values.{name}", f"defined where {text}", (_check("values", name, name, name, text),))
