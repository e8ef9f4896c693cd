"""Every rule of the normal forms, with its side conditions: what happens to each function, recurrence and angle in each cell.

`micrograd.prove.normal.normaliser` is run on opaque arguments (`proofs.normalising`); of what it does in a cell with the literals C on a
function f, and for every row of the table below, this is proved:

* ``value``: C, and f has a value  ⊢  the normal form has a value, the same;
* ``claim``: C, and all that was required of the arguments  ⊢  f has a value (what a claim must show is enough);
* ``needed``: C, and f has a value  ⊢  all that was required (what is learnt from a function's being defined is true);
* ``facts``: C, and f has a value  ⊢  the signs of generators, their relations, and all inequalities that Z3 is told;
* ``empty``: where the cell is given up as empty: C  ⊢  f has no value.

Identities of special functions are cited (`micrograd.verified.cited`): their names are among the axioms of the theorems here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any, TypeAlias

from micrograd.carriers.smtlib import unfold
from micrograd.verified.differentiation import defined
from micrograd.verified.expr import TRUE, Condition, Expr, all_of, any_of, eq, negate, postorder, var, variables
from micrograd.verified.parsing import parse, parse_condition
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.row import Induction, Primitive
from micrograd.verified.special_functions import SPECIAL
from proofs.language import fact, sentence
from proofs.normalising import Run, rooted, runs
from proofs.obligation import Obligation
from proofs.opaque import implies
from proofs.values import meaning

FAMILY = "rules"
ROWS = {**PRIMITIVES, **SPECIAL}

# fmt: off
_TABLE: list[tuple[str, str, str, str, str]] = [
    # label            term                    given              uses                                                     before
    # --- exponentials and logarithms
    ("exp_sum",        "exp(u + v)",           "",                "exp_add(u, v)",                                         "exp(u); exp(v)"),
    ("exp_difference", "exp(u - v)",           "",                "exp_add(u - v, v); exp_pos(v)",                         "exp(u); exp(v)"),
    ("exp_multiple",   "exp(3*u)",             "",                "exp_add(u, u); exp_add(2*u, u)",                        "exp(u)"),
    ("exp_opposite",   "exp(-u)",              "",                "exp_neg(u); exp_pos(u)",                                "exp(u)"),
    ("exp_half",       "exp(u)*exp(u/2)",      "",                "exp_add(u/2, u/2); exp_add(u, u/2)",                    "exp(u)"),
    ("exp_log_2",      "exp(2*log(x))",        "",                "exp_log(x); exp_add(log(x), log(x))",                   ""),
    ("exp_minus_log",  "exp(-log(x))",         "",                "exp_log(x); exp_neg(log(x))",                           ""),
    ("exp_half_log",   "exp(log(x)/2)",        "",                "exp_log(x); exp_add(log(x)/2, log(x)/2); exp_pos(log(x)/2)", ""),
    ("exp_log_sum",    "exp(u + 3*log(x))",    "",
     "exp_log(x); exp_add(log(x), log(x)); exp_add(2*log(x), log(x)); exp_add(u, 3*log(x))", ""),
    ("exp_log_abs",    "exp(log(abs(x)))",     "",                "exp_log(abs(x))",                                       ""),
    ("log_product",    "log(x*y)",             "x > 0",           "log_mul(x, y)",                                         ""),
    ("log_negatives",  "log(x*y)",             "x < 0",           "log_mul(-x, -y)",                                       ""),
    ("log_quotient",   "log(x/y)",             "y > 0",           "log_mul(x/y, y)",                                       ""),
    ("log_square",     "log(x**2)",            "",                "log_mul(abs(x), abs(x))",                               ""),
    ("log_cube",       "log(x**3)",            "",                "log_mul(x, x); log_mul(x**2, x)",                       ""),
    ("log_opposite",   "log(-x)",              "",                "",                                                      ""),
    ("log_root",       "log(sqrt(x))",         "",                "log_mul(sqrt(x), sqrt(x))",                             ""),
    ("log_exp",        "log(exp(u)*x)",        "",
     "exp_pos(u); log_mul(exp(u), x); exp_log(exp(u)); exp_injective(log(exp(u)), u)", ""),
    ("log_number",     "log(3/4)",             "",                "log_mul(3/4, 2); log_mul(3/2, 2)",                      "log(2)"),
    # --- roots and powers
    ("sqrt_product",   "sqrt(x*y)",            "",                "",                                                      ""),
    ("sqrt_quotient",  "sqrt(x/y)",            "",                "",                                                      ""),
    ("sqrt_square",    "sqrt(x**2)",           "",                "",                                                      ""),
    ("sqrt_cube",      "sqrt(x**3)",           "",                "",                                                      ""),
    ("sqrt_mixed",     "sqrt(x**2*y)",         "",                "",                                                      ""),
    ("sqrt_number",    "sqrt(12)",             "",                "",                                                      ""),
    ("sqrt_inverse",   "sqrt(1/x)",            "",                "",                                                      ""),
    ("sqrt_exp",       "sqrt(exp(u))",         "",                "exp_add(u/2, u/2); exp_pos(u/2)",                       ""),
    ("sqrt_sine",      "sqrt(1 - sin(u)**2)",  "",                "sin_cos_norm(u)",                                       ""),
    ("sqrt_cosine",    "sqrt(1 - cos(u)**2)",  "",                "sin_cos_norm(u)",                                       ""),
    ("cbrt_product",   "cbrt(x*y)",            "",                "",                                                      ""),
    ("cbrt_square",    "cbrt(x**2)",           "",                "",                                                      ""),
    ("power_3_2",      "x**(3/2)",             "",                "floor_def(3/2, 3/2)",                                   ""),
    ("power_minus_1_2", "x**(-1/2)",           "",                "floor_def(-1/2, -1/2)",                                 ""),
    ("power_2_3",      "x**(2/3)",             "",                "floor_def(2/3, 2/3)",                                   ""),
    ("power_1_4",      "sqrt(x)*x**(1/4)",     "",                "floor_def(1/4, 1/4)",                                   "sqrt(x)"),
    ("power_of_power", "(x**2)**(3/2)",        "",                "floor_def(3/2, 3/2)",                                   ""),
    # --- angles
    ("sin_sum",        "sin(u + v)",           "",                "sin_add(u, v)",                                         "sin(u); sin(v)"),
    ("cos_sum",        "cos(u + v)",           "",                "cos_add(u, v)",                                         "sin(u); sin(v)"),
    ("cos_difference", "cos(u - v)",           "",                "cos_add(u, -v); trig_neg(v)",                           "sin(u); sin(v)"),
    ("sin_double",     "sin(2*u)",             "",                "sin_add(u, u); sin_cos_norm(u)",                        "sin(u)"),
    ("cos_triple",     "cos(3*u)",             "",                "sin_add(u, u); cos_add(u, u); cos_add(2*u, u); sin_cos_norm(u)", "sin(u)"),
    ("sin_opposite",   "sin(-u)",              "",                "trig_neg(u)",                                           ""),
    ("cos_opposite",   "cos(-2*u)",            "",                "trig_neg(2*u); cos_add(u, u); sin_cos_norm(u)",         "sin(u)"),
    ("sin_half",       "sin(u)*sin(u/2)",      "",                "sin_add(u/2, u/2); cos_add(u/2, u/2); sin_cos_norm(u/2)", "sin(u)"),
    ("sin_atan",       "sin(atan(u))",         "",                "atan_def(u); sin_cos_norm(atan(u))",                    ""),
    ("cos_atan",       "cos(atan(u))",         "",                "atan_def(u); sin_cos_norm(atan(u))",                    ""),
    ("cos_2_atan",     "cos(2*atan(u))",       "",
     "atan_def(u); sin_cos_norm(atan(u)); cos_add(atan(u), atan(u))", ""),
    ("sin_minus_atan", "sin(-atan(u))",        "",                "atan_def(u); sin_cos_norm(atan(u)); trig_neg(atan(u))", ""),
    ("atan_odd",       "atan(-u)",             "",                "atan_sub(0, u); atan_bounds(0)",                        "atan(u)"),
    ("atan_zero",      "atan(0)",              "",                "atan_bounds(0)",                                        ""),
    ("atan_one",       "atan(1)",              "",                "atan_one()",                                            ""),
    ("atan_root",      "atan(sqrt(3))",        "",
     "atan_one(); sqrt_def(3); atan_sub(1/sqrt(3), -(1/sqrt(3))); atan_sub(0, 1/sqrt(3)); atan_sub(sqrt(3), 1); atan_sub(1/sqrt(3), 1); "
     "atan_sub(0, (sqrt(3) - 1)/(1 + sqrt(3))); atan_bounds(0)", ""),
    ("atan_part_of_root", "atan(-sqrt(3)/3)",  "",
     "atan_one(); sqrt_def(3); atan_sub(sqrt(3)/3, -sqrt(3)/3); atan_sub(0, sqrt(3)/3); atan_sub(sqrt(3), 1); atan_sub(sqrt(3)/3, 1); "
     "atan_sub(0, (sqrt(3) - 1)/(1 + sqrt(3))); atan_bounds(0)", ""),
    ("atan_minus_one", "atan(-1)",             "",                "atan_one(); atan_sub(0, 1); atan_bounds(0)",           ""),
    ("erf_odd",        "erf(-u)",              "",                "erf_odd(u)",                                            "erf(u)"),
    # --- steps
    ("floor_shift",    "floor(x + 3)",         "",                "floor_def(x, x); floor_def(x + 3, x + 3)",              "floor(x)"),
    ("floor_opposite", "floor(-x)",            "",                "floor_def(x, x); floor_def(-x, -x)",                    "floor(x)"),
    ("floor_number",   "floor(-5/2)",          "",                "floor_def(-5/2, -5/2)",                                 ""),
    # --- special functions
    ("lgamma_up",      "lgamma(x + 2)",        "x > 0",           "lgamma_step(x); lgamma_step(x + 1); log_mul(x, x + 1)", "lgamma(x)"),
    ("lgamma_down",    "lgamma(x - 1)",        "",                "lgamma_step(x - 1)",                               "lgamma(x)"),
    ("lgamma_anywhere", "lgamma(x + 1)",       "",                "lgamma_step(x)",                                   "lgamma(x)"),
    ("lgamma_number",  "lgamma(3)",            "",                "lgamma_step(2); lgamma_step(1); gamma_one(); exp_log(1); exp_zero(); exp_injective(log(1), 0)", ""),
    ("gamma_up",       "gamma(x + 1)",         "x < 0",           "gamma_step(x); lgamma_def(x + 1)",                "gamma(x)"),
    ("gamma_down",     "gamma(x - 1)",         "x < 0",           "gamma_step(x - 1)",                               "gamma(x)"),
    ("gamma_number",   "gamma(4)",             "",                "gamma_step(1); gamma_step(2); gamma_step(3); gamma_one()", ""),
    ("digamma_up",     "digamma(x + 2)",       "",                "digamma_step(x); digamma_step(x + 1); floor_def(x + 1, x + 1)", "digamma(x)"),
    ("digamma_down",   "digamma(x - 1)",       "",                "digamma_step(x - 1)",                               "digamma(x)"),
    ("trigamma_up",    "trigamma(x + 1)",      "",                "trigamma_step(x)",                                   "trigamma(x)"),
    ("trigamma_down",  "trigamma(x - 1)",      "",                "trigamma_step(x - 1)",                               "trigamma(x)"),
    ("polygamma_0",    "polygamma(0, x)",      "",                "polygamma_def(x); floor_def(0, 0)",                     ""),
    ("polygamma_1",    "polygamma(1, x)",      "",                "polygamma_def(x); floor_def(1, 1)",                     ""),
    ("polygamma_2_up", "polygamma(2, x + 1)",  "",                "polygamma_2_step(x); floor_def(2, 2)",                  "polygamma(2, x)"),
    ("polygamma_3_down", "polygamma(3, x - 1)", "",               "polygamma_3_step(x - 1); floor_def(3, 3)",              "polygamma(3, x)"),
    *[(f"{bessel}_{label}", f"{bessel}({order}, x)", "x > 0",     f"{bessel}_step({first}, x); {bessel}_step({second}, x)", f"{bessel}(n, x)")
      for bessel in ("besselj", "bessely", "besseli", "besselk")
      for label, order, first, second in (("up", "n + 1", "n", "n"), ("up_2", "n + 2", "n + 1", "n + 1"), ("up_3", "n + 3", "n + 1", "n + 2"),
                                          ("down", "n - 1", "n", "n"), ("down_2", "n - 2", "n", "n - 1"))],
    ("expint_0",       "expint(0, x)",         "x > 0",           "expint_zero(x); exp_neg(x); exp_pos(x)",       ""),
    ("expint_up",      "expint(n + 1, x)",     "x > 0",           "expint_step(n, x); exp_neg(x); exp_pos(x)",       "expint(n, x)"),
    ("expint_up_2",    "expint(n + 2, x)",     "x > 0",
     "expint_step(n, x); expint_step(n + 1, x); exp_neg(x); exp_pos(x)", "expint(n, x)"),
    ("expint_down",    "expint(n - 1, x)",     "x > 0",           "expint_step(n - 1, x); exp_neg(x); exp_pos(x)",   "expint(n, x)"),
    ("lambertw_zero",  "lambertw(0)",          "",                "lambertw_def(0); exp_pos(lambertw(0)); exp_pos(-1)",    ""),
    ("exp_lambertw",   "exp(lambertw(x))",     "",                "lambertw_def(x); exp_neg(1); exp_pos(1)",               ""),
    ("exp_minus_lambertw", "exp(-2*lambertw(x))", "",             "lambertw_def(x); exp_neg(2*lambertw(x)); exp_add(lambertw(x), lambertw(x)); exp_neg(1); exp_pos(1)", ""),
]
ANGLES = [Fraction(k, d) for d in (6, 4) for k in range(-d, 2 * d + 1) if d == 6 or k % 2]
"""Multiples of π whose sines and cosines have exact values."""
# fmt: on


def _plain_uses(row: Primitive) -> list[str]:
    """The instances that the row's proof lists, but for those about increments."""
    found = [use for use in getattr(row.evidence, "uses", ()) if not any(f"d{p}" in use for p in row.params)]
    return [*found, *row.normal]


NEAR = 4
"""Sums and differences of floors are told to be integers as far as this from 0."""


def _whole(roots: Sequence[Any]) -> list[Condition]:
    """Floors are integers, and so are their sums and differences: at most -4, or -3, …, or 3, or at least 4."""
    floors = [node for node in postorder(roots) if node.head.name == "floor"]
    terms = [*floors, *(a - b for a, b in combinations(floors, 2)), *(a + b for a, b in combinations(floors, 2))]
    steps = range(1 - NEAR, NEAR)
    return [any_of(t <= -NEAR, *[eq(t, k) for k in steps], t >= NEAR) for t in terms]


def _sentence(name: str, statement: str, goal: Condition, uses: Sequence[str]) -> Obligation:
    return sentence(name, statement, goal, uses=uses, known=_whole([unfold(goal), *(fact(use)[0] for use in uses)]))


Told: TypeAlias = set[tuple[Condition, ...]]
"""Facts that are stated already: a cell and what is known in it."""


def of_primitive(row: Primitive, told: Told) -> Iterator[Obligation]:
    """The rule for one primitive on opaque operands."""
    if isinstance(row.evidence, Induction):
        for exponent in (-2, -1, 0, 3):
            power = var("x") ** exponent
            yield from validated(f"powi_{exponent}".replace("-", "minus_"), power, power, [], [], told)
        return
    yield from validated(row.name, row.application, meaning(row.application), _plain_uses(row), [], told)


def validated(
    label: str, root: Any, means: Any, uses: Sequence[str], given: Sequence[Condition], told: Told, before: Sequence[Expr] = ()
) -> Iterator[Obligation]:
    """All that is to be proved of the normal form of a term."""
    earlier = all_of(*[defined(expression) for expression in before])
    for i, run in enumerate(runs(root, given, before), start=1):
        yield from _of_run(f"{FAMILY}.{label}.{i}", root, means, uses, all_of(*run.literals, earlier), run, told)


def _of_run(name: str, root: Any, means: Any, uses: Sequence[str], cell: Condition, run: Run, told: Told) -> Iterator[Obligation]:
    exists = defined(root)
    inside = cell & exists
    uses = [*uses, *_floors(cell & exists)]
    shown = f"{cell}  ⊢  " if cell is not TRUE else ""
    if run.result is None:
        yield _sentence(
            f"{name}.empty",
            f"{shown}{root} has no value",
            implies(cell, negate(exists)),
            known([cell, exists], [use for use in uses if "_step(" not in use]),
        )
        return
    same = eq(means, run.result) if isinstance(run.result, Expr) else implies(means, run.result) & implies(run.result, means)
    odd = [f"atan_sub(0, {n.key[1]})" for n in postorder([run.result]) if n.head.name == "atan"]
    yield _sentence(
        f"{name}.value", f"{shown}{root} = {run.result}", implies(inside, same), [*uses, *odd, *(["atan_bounds(0)"] if odd else [])]
    )
    required = all_of(*run.required)
    uses = [use for use in uses if "_step(" not in use]
    if exists is not TRUE:
        yield _sentence(f"{name}.claim", f"{shown}{root} has a value if {required}", implies(cell & required, exists), uses)
    if required is not TRUE:
        yield _sentence(f"{name}.needed", f"{shown}{root} has a value only if {required}", implies(inside, required), uses)
    facts = [fact for fact in dict.fromkeys(run.facts) if fact is not TRUE and variables(fact)]
    if facts and (inside, *facts) not in told:
        told.add((inside, *facts))
        words = "; ".join(map(str, facts))
        yield _sentence(f"{name}.facts", f"{shown}{words}", implies(inside, all_of(*facts)), known(facts, _floors(inside)))


def _floors(condition: Condition) -> list[str]:
    """What the floors in a condition are."""
    floors = [node.key[1] for node in postorder([condition]) if node.head.name == "floor"]
    return [f"floor_def({u}, {u})" for u in floors]


def known(roots: Sequence[Any], uses: Sequence[str]) -> list[str]:
    """Instances of axioms and lemmas about every transcendental term, and about the order of exponentials and logarithms."""
    found: list[str] = list(uses)
    rungs: list[str] = []
    for node in postorder(roots):
        name, children = node.head.name, node.args
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
    "atan": ("atan_range({0})", "atan_bounds(0)", "atan_bounds({0})", "atan_bounds(-({0}))", "atan_sub(0, {0})"),
    "erf": ("erf_bounds({0})",),
    "floor": ("floor_def({0}, {0})",),
    "lambertw": ("lambertw_def({0})", "lambertw_range({0})", "exp_pos(lambertw({0}))"),
}


def of_angles(told: Told | None = None) -> Iterator[Obligation]:
    """Sine and cosine at exact multiples of π, and at these added to an opaque angle."""
    told = set() if told is None else told
    for q in ANGLES:
        quarter, rest = divmod(abs(q), Fraction(1, 2))
        uses = ["angle_90()", "trig_zero()"]
        uses += [f"angle_{180 * rest}()"] if rest else []
        for k in range(int(quarter)):
            uses += [f"{f}_add({k}/2*pi, pi/2)" for f in ("sin", "cos")]
        uses += [f"{f}_add({quarter}/2*pi, {rest}*pi)" for f in ("sin", "cos") if rest and quarter]
        uses += [f"trig_neg({abs(q)}*pi)", f"sin_add(u, {q}*pi)", f"cos_add(u, {q}*pi)", "sin_cos_norm(u)"]
        label = f"{q}".replace("/", "_").replace("-", "minus_")
        for name in ("sin", "cos"):
            alone = parse(f"{name}({q}*pi)")
            yield from validated(f"{name}_at_{label}_pi", alone, alone, [use for use in uses if "u" not in use.partition("(")[2]], [], told)
            moved = parse(f"{name}(u + {q}*pi)")
            yield from validated(f"{name}_from_{label}_pi", moved, moved, uses, [], told, [parse("sin(u)")])


def of_rows(*names: str) -> Iterator[Obligation]:
    """Some functions."""
    told: Told = set()
    for name in names:
        yield from of_primitive(ROWS[name], told)


def of_labels(*labels: str) -> Iterator[Obligation]:
    """Some rows of the table."""
    yield from of_table(set(), [row for row in _TABLE if row[0] in labels])


def of_table(told: Told, rows: Sequence[Sequence[str]] = _TABLE) -> Iterator[Obligation]:
    """The rows of the table."""
    for label, text, given, uses, before in rows:
        root = parse(text)
        conditions = [parse_condition(given)] if given else []
        earlier = [parse(t) for t in before.split("; ")] if before else []
        yield from validated(label, root, meaning(rooted(root)), [use for use in uses.split("; ") if use], conditions, told, earlier)


def obligations() -> Iterator[Obligation]:
    """Every function, every row of the table."""
    told: Told = set()
    for row in ROWS.values():
        yield from of_primitive(row, told)
    yield from of_table(told)
    yield from of_angles(told)
