"""Every rule of the normal forms, with its side conditions: what happens to each function, recurrence and angle in each cell.

`micrograd.verified.prove.normal` is run on opaque arguments (`proofs.normalising`); of what it does in a cell with the literals C on a
function f, and for every row of the table below, this is proved:

* ``value``: C, and f has a value  ⊢  the normal form has a value, the same;
* ``claim``: C, and all that was required of the arguments  ⊢  f has a value (what a claim must show is enough);
* ``needed``: C, and f has a value  ⊢  all that was required (what is learnt from a function that is defined is true);
* ``facts``: C, and f has a value  ⊢  the signs of generators, their relations, and all inequalities that Z3 is told;
* ``empty``: where the cell is given up as empty: C  ⊢  f has no value.

Identities of special functions are cited (`micrograd.verified.cited`): their names are among the axioms of the theorems here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from micrograd.verified.differentiation import defined
from micrograd.verified.expr import TRUE, Condition, Expr, all_of, build, eq, negate, postorder, substitute, var, variables, where
from micrograd.verified.parsing import parse, parse_condition
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import Definition, Induction, Primitive
from micrograd.verified.special_functions import SPECIAL
from proofs.language import sentence
from proofs.normalising import Run, runs
from proofs.obligation import Obligation
from proofs.opaque import implies
from proofs.values import EXTENSIONS

FAMILY = "rules"
ROWS = {**PRIMITIVES, **SPECIAL}

# fmt: off
USES = {
    "pow": "floor_def(0, 0); exp_zero()",
    "exp10": "log_mul(2, 5); exp_add(x*log(2), x*log(5))",
    "log10": "log_mul(2, 5); log_pos(2); log_pos(5)",
    "sinh": "exp_neg(x); exp_pos(x)",
    "cosh": "exp_neg(x); exp_pos(x)",
    "csch": "exp_neg(x); exp_pos(x)",
    "atanh": "log_mul((1 + x)/(1 - x), 1 - x)",
    "acoth": "log_mul((1 + 1/x)/(1 - 1/x), abs(x - 1))",
    "asech": "log_mul((1 + sqrt((1 - x)*(1 + x)))/x, abs(x))",
    "acsch": "log_mul(1/x + sqrt((1/x)**2 + 1), abs(x))",
    "ceil": "floor_def(x, x); floor_def(-x, -x)",
    "trunc": "floor_def(-x, -x)",
    "gamma": "lgamma_def(x)",
    "beta": "exp_add(lgamma(a), lgamma(b)); exp_add(lgamma(a) + lgamma(b) - lgamma(a + b), lgamma(a + b)); exp_pos(lgamma(a + b))",
    "lambertw": "exp_neg(1); exp_pos(1)",
}
"""By primitive: instances of axioms and lemmas beyond those of its row."""

_TABLE: list[tuple[str, str, str, str, str]] = [
    # label           term                      given              uses                                                     before
    ("exp_sum",       "exp(u + v)",             "",                "exp_add(u, v)",                                         "exp(u); exp(v)"),
    ("exp_difference", "exp(u - v)",            "",                "exp_add(u - v, v); exp_pos(v)",                         "exp(u); exp(v)"),
    ("exp_multiple",  "exp(3*u)",               "",                "exp_add(u, u); exp_add(2*u, u)",                        "exp(u)"),
    ("exp_opposite",  "exp(-u)",                "",                "exp_neg(u); exp_pos(u)",                                "exp(u)"),
]
# fmt: on


def _plain_uses(row: Primitive) -> list[str]:
    """The instances that the row's proof lists, but for those about increments."""
    found = [use for use in getattr(row.evidence, "uses", ()) if not any(f"d{p}" in use for p in row.params)]
    return [*found, *filter(None, USES.get(row.name, "").split("; "))]


def meaning(root: Any) -> Any:
    """The term with primitives replaced by what they are said to be: their definitions, and `EXTENSIONS` where these say nothing."""
    while True:
        done: dict[Any, Any] = {}
        changed = False
        for node in postorder([root]):
            head, *children = node.key
            if not head.arity:
                done[node] = node
                continue
            done[node] = new = build(head, *[done[c] for c in children])
            row = head.row
            if row is not None and isinstance(row.evidence, Definition):
                done[node] = substitute(_extended(row), dict(zip(row.variables, new.key[1:], strict=True)))
                changed = True
        root = done[root]
        if not changed:
            return root


def _extended(row: Primitive) -> Expr:
    assert row.definition is not None
    total = row.definition
    for condition, value in EXTENSIONS.get(row.name, ()):
        if value is not None:
            total = where(parse_condition(condition), parse(value), total)
    return total


def _with_integers(obligation: Obligation) -> Obligation:
    """The script told that floors are integers."""
    lines = []
    for line in obligation.smtlib.splitlines():
        lines.append(line)
        if line.startswith("(declare-const floor!"):
            name = line.split()[1]
            lines += [f"(declare-const int!{name} Int)", f"(assert (= {name} (to_real int!{name})))"]
    return replace(obligation, smtlib="\n".join(lines) + "\n")


def _sentence(name: str, statement: str, goal: Condition, uses: Sequence[str]) -> Obligation:
    return _with_integers(sentence(name, statement, goal, uses=uses))


def of_primitive(row: Primitive) -> Iterator[Obligation]:
    """The rule for one primitive on opaque operands."""
    if isinstance(row.evidence, Induction):
        for exponent in (-2, -1, 0, 3):
            power = var("x") ** exponent
            yield from validated(f"powi_{exponent}".replace("-", "minus_"), power, power, [], [])
        return
    yield from validated(row.name, row.application, meaning(row.application), _plain_uses(row), [])


def validated(
    label: str, root: Any, means: Any, uses: Sequence[str], given: Sequence[Condition], before: Sequence[Expr] = ()
) -> Iterator[Obligation]:
    """All that is to be proved of the normal form of a term."""
    for i, run in enumerate(runs(root, given, before), start=1):
        yield from _of_run(f"{FAMILY}.{label}.{i}", root, means, uses, run)


def _of_run(name: str, root: Any, means: Any, uses: Sequence[str], run: Run) -> Iterator[Obligation]:
    cell = all_of(*run.literals)
    exists = defined(root)
    inside = cell & exists
    shown = f"{cell}  ⊢  " if cell is not TRUE else ""
    if run.result is None:
        yield _sentence(f"{name}.empty", f"{shown}{root} has no value", implies(cell, negate(exists)), known([cell, exists], uses))
        return
    same = eq(means, run.result) if isinstance(run.result, Expr) else implies(means, run.result) & implies(run.result, means)
    odd = [f"atan_sub(0, {n.key[1]})" for n in postorder([run.result]) if n.key[0].name == "atan"]
    yield _sentence(f"{name}.value", f"{shown}{root} = {run.result}", implies(inside, same), [*uses, *odd, *(["atan_bounds(0)"] if odd else [])])
    required = all_of(*run.required)
    if exists is not TRUE:
        yield _sentence(f"{name}.claim", f"{shown}{root} has a value if {required}", implies(cell & required, exists), uses)
    if required is not TRUE:
        yield _sentence(f"{name}.needed", f"{shown}{root} has a value only if {required}", implies(inside, required), uses)
    facts = [fact for fact in dict.fromkeys(run.facts) if fact is not TRUE and variables(fact)]
    if facts:
        words = "; ".join(map(str, facts))
        yield _sentence(f"{name}.facts", f"{shown}{words}", implies(inside, all_of(*facts)), known(facts, ()))


def known(roots: Sequence[Any], uses: Sequence[str]) -> list[str]:
    """Instances of axioms and lemmas about every transcendental term, and about the order of exponentials and logarithms."""
    found: list[str] = list(uses)
    rungs: list[str] = []
    for node in postorder(roots):
        name, children = node.key[0].name, node.key[1:]
        if name in ("exp", "log"):
            u = str(children[0]) if name == "exp" else str(node)
            rungs.append(u)
            found += [f"exp_log({children[0]})"] if name == "log" else []
            found += [f"exp_ge({u})", f"exp_ge(-({u}))", f"exp_neg({u})", f"exp_pos({u})"]
        elif name in _ABOUT:
            found += [text.format(*children) for text in _ABOUT[name]]
    for a, b in combinations(dict.fromkeys(rungs), 2):
        found += [f"exp_strict({a}, {b})", f"exp_strict({b}, {a})"]
    return list(dict.fromkeys(found))


_ABOUT = {
    "sin": ("sin_cos_norm({0})",),
    "atan": ("atan_def({0})", "atan_bounds(0)", "atan_bounds({0})", "atan_bounds(-({0}))", "atan_sub(0, {0})"),
    "erf": ("erf_bounds({0})",),
    "floor": ("floor_def({0}, {0})",),
    "lambertw": ("lambertw_def({0})", "lambertw_range({0})"),
}


def of_table() -> Iterator[Obligation]:
    """The rows of the table."""
    for label, text, given, uses, before in _TABLE:
        root = parse(text)
        conditions = [parse_condition(given)] if given else []
        earlier = [parse(t) for t in before.split("; ")] if before else []
        yield from validated(label, root, meaning(root), [use for use in uses.split("; ") if use], conditions, earlier)


def obligations() -> Iterator[Obligation]:
    """Every function, every row of the table."""
    for row in PRIMITIVES.values():
        yield from of_primitive(row)
    for row in SPECIAL.values():
        yield from of_primitive(row)
    yield from of_table()
