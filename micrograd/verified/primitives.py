"""The registry: one row per primitive, and everything else follows from it.

`micrograd.verified.row` explains the fields.  To add an operation, add a row and make ``python -m proofs`` pass: the parser, the
derivative, the domain, the certificates, the tests and the documentation all read this table.

References "DLMF" are to the NIST Digital Library of Mathematical Functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from micrograd.verified.cited import CITED
from micrograd.verified.expr import FUNCTION_NAMES, HEADS, SOFT_NAMES, Node, head, postorder
from micrograd.verified.heads import give_row
from micrograd.verified.row import Cited, Definition, Evidence, Induction, Primitive, Witness


def _row(
    signature: str,
    partials: tuple[str | None, ...],
    evidence: Evidence,
    domain: str = "True",
    *,
    defined: str | None = None,
    latex: str | None = None,
    kink: str | None = None,
    shape: str | None = None,
    see: str = "",
) -> Primitive:
    name, params = signature.rstrip(")").split("(")
    return Primitive(name, tuple(params.split(", ")), partials, evidence, domain, defined, latex, kink, shape, see)


def _abbreviates(body: str, *uses: str) -> Definition:
    return Definition(body, uses)


# fmt: off
ROWS: tuple[Primitive, ...] = (
    # --- arithmetic
    _row("add(x, y)", ("1", "1"), Witness(K="0"), latex="{0} + {1}"),
    _row("sub(x, y)", ("1", "-1"), Witness(K="0"), latex="{0} - {1}"),
    _row("mul(x, y)", ("y", "x"), Witness(K="1"), latex=r"{0} \cdot {1}"),
    _row("div(x, y)", ("1/y", "-(x/y/y)"), Witness(
        K="2/y**2*(1 + abs(x)/abs(y))", r="abs(y)/2",
        steps=("abs(y + dy) >= abs(y)/2",
               "(x + dx)/(y + dy) - x/y - 1/y*dx + x/y/y*dy == dy*(x*dy - y*dx)/(y**2*(y + dy))",
               "abs(dy*(x*dy - y*dx)) <= (abs(x) + abs(y))*(dx**2 + dy**2)",
               "abs(dy*(x*dy - y*dx)/(y**2*(y + dy))) <= (abs(x) + abs(y))*(dx**2 + dy**2)/(y**2*abs(y + dy))",
               "1/abs(y + dy) <= 2/abs(y)")),
         "y != 0", latex=r"\frac{{{0}}}{{{1}}}"),
    _row("neg(x)", ("-1",), Witness(K="0"), latex="-{0}"),
    _row("powi(x, n)", ("where(n == 0, 0, n*x**(n - 1))", None), Induction(), "n >= 0 or x != 0", latex="{0}^{{{1}}}"),
    _row("pow(x, y)", ("y*x**(y - 1)", "log(x)*x**y"),
         _abbreviates("exp(y*log(x))", "exp_add((y - 1)*log(x), log(x))", "exp_log(x)"), "x > 0",
         defined="x > 0 or x == 0 and y > 0 or y == floor(y) and (x != 0 or y >= 0)", latex="{0}^{{{1}}}",
         see="DLMF 4.2.26"),
    _row("reciprocal(x)", ("-reciprocal(x)**2",), _abbreviates("1/x"), "x != 0", latex=r"\frac{{1}}{{{0}}}"),
    _row("square(x)", ("2*x",), _abbreviates("x*x"), latex="{0}^2"),
    # --- roots
    _row("sqrt(x)", ("1/(2*sqrt(x))",), Witness(
        K="1/sqrt(x)**3", r="x", axioms=("sqrt_def",),
        steps=("sqrt(x) > 0", "sqrt(x + dx) - sqrt(x) == dx/(sqrt(x + dx) + sqrt(x))",
               "sqrt(x + dx) - sqrt(x) - dx/(2*sqrt(x)) == -(sqrt(x + dx) - sqrt(x))**2/(2*sqrt(x))",
               "(sqrt(x + dx) - sqrt(x))**2*sqrt(x)**2 <= dx**2")),
         "x > 0", defined="x >= 0", latex=r"\sqrt{{{0}}}", see="DLMF 4.2.26"),
    _row("cbrt(x)", ("1/(3*cbrt(x)**2)",), Witness(
        K="3/abs(cbrt(x))**5", r="abs(x)/2", axioms=("cbrt_def",),
        steps=("cbrt(x) != 0",
               "dx == (cbrt(x + dx) - cbrt(x))*(cbrt(x + dx)**2 + cbrt(x + dx)*cbrt(x) + cbrt(x)**2)",
               "4*(cbrt(x + dx)**2 + cbrt(x + dx)*cbrt(x) + cbrt(x)**2) >= 3*cbrt(x)**2",
               "abs(dx) >= abs(cbrt(x + dx) - cbrt(x))*cbrt(x)**2*3/4",
               "dx**2 >= (cbrt(x + dx) - cbrt(x))**2*cbrt(x)**4*9/16",
               "abs(cbrt(x + dx))**3 <= abs(cbrt(x))**3*3/2",
               "abs(cbrt(x + dx)) <= abs(cbrt(x))*3/2",
               "cbrt(x + dx) - cbrt(x) - dx/(3*cbrt(x)**2) == -(cbrt(x + dx) - cbrt(x))**2*(cbrt(x + dx) + 2*cbrt(x))/(3*cbrt(x)**2)",
               "abs(cbrt(x + dx) + 2*cbrt(x)) <= abs(cbrt(x))*7/2",
               "(cbrt(x + dx) - cbrt(x))**2 <= 16/9*dx**2/cbrt(x)**4",
               "abs(-(cbrt(x + dx) - cbrt(x))**2*(cbrt(x + dx) + 2*cbrt(x))/(3*cbrt(x)**2)) "
               "<= (cbrt(x + dx) - cbrt(x))**2*7/(6*abs(cbrt(x)))",
               "(cbrt(x + dx) - cbrt(x))**2*7/(6*abs(cbrt(x))) <= 16/9*dx**2/cbrt(x)**4*7/(6*abs(cbrt(x)))",
               "cbrt(x)**4*abs(cbrt(x)) == abs(cbrt(x))**5",
               "16/9*dx**2/cbrt(x)**4*7/(6*abs(cbrt(x))) == 56/27*dx**2/abs(cbrt(x))**5")),
         "x != 0", defined="True", latex=r"\sqrt[3]{{{0}}}"),
    _row("hypot(x, y)", ("x/hypot(x, y)", "y/hypot(x, y)"), _abbreviates("sqrt(x**2 + y**2)"), "x != 0 or y != 0",
         defined="True"),
    # --- exponentials and logarithms
    _row("exp(x)", ("exp(x)",), Witness(
        K="2*exp(x)", r="1/2", uses=("exp_add(x, dx)", "exp_near_zero(dx)", "exp_pos(x)"), axioms=("exp_add", "exp_ge")),
         latex="e^{{{0}}}", see="DLMF 4.7.6"),
    _row("exp2(x)", ("log(2)*exp2(x)",), _abbreviates("exp(x*log(2))"), latex="2^{{{0}}}"),
    _row("exp10(x)", ("log(10)*exp10(x)",), _abbreviates("exp(x*log(10))"), latex="10^{{{0}}}"),
    _row("expm1(x)", ("exp(x)",), _abbreviates("exp(x) - 1")),
    _row("log(x)", ("1/x",), Witness(
        K="2/x**2", r="x/2", uses=("log_mul(x, 1 + dx/x)", "log_near_one(1 + dx/x)"), axioms=("exp_add", "exp_ge", "exp_log"),
        steps=("x + dx == x*(1 + dx/x)", "abs(log(1 + dx/x) - dx/x) <= 2*(dx/x)**2")),
         "x > 0", latex=r"\log\left({0}\right)", see="DLMF 4.7.1"),
    _row("log2(x)", ("1/log(2)/x",), _abbreviates("log(x)/log(2)", "log_pos(2)"), "x > 0", latex=r"\log_2\left({0}\right)"),
    _row("log10(x)", ("1/log(10)/x",), _abbreviates("log(x)/log(10)", "log_pos(10)"), "x > 0", latex=r"\log_{{10}}\left({0}\right)"),
    _row("log1p(x)", ("1/(1 + x)",), _abbreviates("log(1 + x)"), "x > -1"),
    # --- trigonometric
    _row("sin(x)", ("cos(x)",), Witness(
        K="2", uses=("sin_add(x, dx)", "trig_near_zero(dx)", "sin_cos_norm(x)"),
        axioms=("sin_add", "cos_add", "sin_cos_norm", "sin_bounds"),
        steps=("abs(sin(x)) <= 1", "abs(cos(x)) <= 1")), see="DLMF 4.20.1"),
    _row("cos(x)", ("-sin(x)",), Witness(
        K="2", uses=("cos_add(x, dx)", "trig_near_zero(dx)", "sin_cos_norm(x)"),
        axioms=("sin_add", "cos_add", "sin_cos_norm", "sin_bounds"),
        steps=("abs(sin(x)) <= 1", "abs(cos(x)) <= 1")), see="DLMF 4.20.2"),
    _row("tan(x)", ("1 + tan(x)**2",), _abbreviates("sin(x)/cos(x)"), "cos(x) != 0", see="DLMF 4.20.3"),
    _row("cot(x)", ("-csc(x)**2",), _abbreviates("cos(x)/sin(x)", "sin_cos_norm(x)"), "sin(x) != 0", see="DLMF 4.20.6"),
    _row("sec(x)", ("sec(x)*tan(x)",), _abbreviates("1/cos(x)"), "cos(x) != 0", see="DLMF 4.20.5"),
    _row("csc(x)", ("-csc(x)*cot(x)",), _abbreviates("1/sin(x)"), "sin(x) != 0", see="DLMF 4.20.4"),
    _row("asin(x)", ("1/sqrt((1 - x)*(1 + x))",), _abbreviates("atan(x/sqrt((1 - x)*(1 + x)))"), "-1 < x and x < 1",
         defined="-1 <= x and x <= 1", latex=r"\arcsin\left({0}\right)", see="DLMF 4.24.7"),
    _row("acos(x)", ("-1/sqrt((1 - x)*(1 + x))",), _abbreviates("pi/2 - asin(x)"), "-1 < x and x < 1",
         defined="-1 <= x and x <= 1", latex=r"\arccos\left({0}\right)", see="DLMF 4.24.8"),
    _row("atan(x)", ("1/(1 + x**2)",), Witness(
        K="3", r="1/2", uses=("atan_sub(x + dx, x)", "atan_near_zero((x + dx - x)/(1 + (x + dx)*x))"),
        axioms=("atan_sub", "atan_bounds"),
        steps=("abs(x*dx)*4 <= 1 + x**2", "(1 + (x + dx)*x)*4 >= 3*(1 + x**2)",
               "dx/(1 + (x + dx)*x) - dx/(1 + x**2) == -dx**2*x/((1 + (x + dx)*x)*(1 + x**2))",
               "(1 + (x + dx)*x)*(1 + x**2) >= 3/4*(1 + x**2)**2",
               "(1 + x**2)**2 >= 2*abs(x)",
               "abs(dx**2*x) <= dx**2*((1 + (x + dx)*x)*(1 + x**2))",
               "abs(dx**2*x/((1 + (x + dx)*x)*(1 + x**2))) <= dx**2",
               "(1 + (x + dx)*x)**2 >= 9/16", "(dx/(1 + (x + dx)*x))**2 <= 16/9*dx**2")),
         latex=r"\arctan\left({0}\right)", see="DLMF 4.24.9"),
    _row("atan2(y, x)", ("x/hypot(x, y)/hypot(x, y)", "-(y/hypot(x, y)/hypot(x, y))"),
         _abbreviates("2*atan(y/(hypot(x, y) + x))"), "x > 0 or y != 0", defined="x != 0 or y != 0"),
    _row("acot(x)", ("-1/(1 + x**2)",), _abbreviates("atan(1/x)"), "x != 0", see="DLMF 4.24.12"),
    _row("asec(x)", ("1/(abs(x)*sqrt((x - 1)*(x + 1)))",), _abbreviates("acos(1/x)"), "x > 1 or x < -1",
         defined="x >= 1 or x <= -1", see="DLMF 4.24.11"),
    _row("acsc(x)", ("-1/(abs(x)*sqrt((x - 1)*(x + 1)))",), _abbreviates("asin(1/x)"), "x > 1 or x < -1",
         defined="x >= 1 or x <= -1", see="DLMF 4.24.10"),
    _row("sinpi(x)", ("pi*cospi(x)",), _abbreviates("sin(pi*x)")),
    _row("cospi(x)", ("-pi*sinpi(x)",), _abbreviates("cos(pi*x)")),
    # --- angles in degrees
    _row("deg2rad(x)", ("pi/180",), _abbreviates("x*pi/180")),
    _row("rad2deg(x)", ("180/pi",), _abbreviates("x*180/pi", "pi_bounds()")),
    _row("sind(x)", ("pi/180*cosd(x)",), _abbreviates("sin(x*pi/180)")),
    _row("cosd(x)", ("-pi/180*sind(x)",), _abbreviates("cos(x*pi/180)")),
    _row("tand(x)", ("pi/180*(1 + tand(x)**2)",), _abbreviates("tan(x*pi/180)"), "cosd(x) != 0"),
    _row("cotd(x)", ("-pi/180*cscd(x)*cscd(x)",), _abbreviates("cot(x*pi/180)"), "sind(x) != 0"),
    _row("secd(x)", ("pi/180*secd(x)*tand(x)",), _abbreviates("sec(x*pi/180)"), "cosd(x) != 0"),
    _row("cscd(x)", ("-pi/180*cscd(x)*cotd(x)",), _abbreviates("csc(x*pi/180)"), "sind(x) != 0"),
    _row("asind(x)", ("180/pi/sqrt((1 - x)*(1 + x))",), _abbreviates("asin(x)*180/pi", "pi_bounds()"), "-1 < x and x < 1",
         defined="-1 <= x and x <= 1"),
    _row("acosd(x)", ("-180/pi/sqrt((1 - x)*(1 + x))",), _abbreviates("acos(x)*180/pi", "pi_bounds()"), "-1 < x and x < 1",
         defined="-1 <= x and x <= 1"),
    _row("atand(x)", ("180/pi/hypot(1, x)/hypot(1, x)",), _abbreviates("atan(x)*180/pi", "pi_bounds()")),
    _row("acotd(x)", ("-180/pi/hypot(1, x)/hypot(1, x)",), _abbreviates("acot(x)*180/pi", "pi_bounds()"), "x != 0"),
    _row("asecd(x)", ("180/pi/abs(x)/sqrt((x - 1)*(x + 1))",), _abbreviates("asec(x)*180/pi", "pi_bounds()"),
         "x > 1 or x < -1", defined="x >= 1 or x <= -1"),
    _row("acscd(x)", ("-180/pi/abs(x)/sqrt((x - 1)*(x + 1))",), _abbreviates("acsc(x)*180/pi", "pi_bounds()"),
         "x > 1 or x < -1", defined="x >= 1 or x <= -1"),
    # --- hyperbolic
    _row("sinh(x)", ("cosh(x)",), _abbreviates("(exp(x) - exp(-x))/2"), see="DLMF 4.34.1"),
    _row("cosh(x)", ("sinh(x)",), _abbreviates("(exp(x) + exp(-x))/2"), see="DLMF 4.34.2"),
    _row("tanh(x)", ("sech(x)**2",), _abbreviates("sinh(x)/cosh(x)", "exp_neg(x)", "exp_pos(x)"), see="DLMF 4.34.3"),
    _row("coth(x)", ("-csch(x)**2",), _abbreviates("cosh(x)/sinh(x)", "exp_neg(x)", "sinh_nonzero(x)"), "x != 0",
         see="DLMF 4.34.6"),
    _row("sech(x)", ("-sech(x)*tanh(x)",), _abbreviates("1/cosh(x)", "exp_neg(x)", "exp_pos(x)"), see="DLMF 4.34.5"),
    _row("csch(x)", ("-csch(x)*coth(x)",), _abbreviates("1/sinh(x)", "sinh_nonzero(x)"), "x != 0", see="DLMF 4.34.4"),
    _row("asinh(x)", ("1/hypot(x, 1)",), _abbreviates("log(x + sqrt(x**2 + 1))"), see="DLMF 4.37.16"),
    _row("acosh(x)", ("1/(sqrt(x - 1)*sqrt(x + 1))",), _abbreviates("log(x + sqrt(x - 1)*sqrt(x + 1))"), "x > 1",
         defined="x >= 1", see="DLMF 4.37.21"),
    _row("atanh(x)", ("1/((1 - x)*(1 + x))",), _abbreviates("log((1 + x)/(1 - x))/2"), "-1 < x and x < 1",
         see="DLMF 4.37.24"),
    _row("acoth(x)", ("1/((1 - x)*(1 + x))",), _abbreviates("atanh(1/x)"), "x > 1 or x < -1", see="DLMF 4.37.9"),
    _row("asech(x)", ("-1/(x*sqrt((1 - x)*(1 + x)))",), _abbreviates("log((1 + sqrt((1 - x)*(1 + x)))/x)"), "0 < x and x < 1",
         defined="0 < x and x <= 1", see="DLMF 4.37.8"),
    _row("acsch(x)", ("-1/(abs(x)*sqrt(x**2 + 1))",), _abbreviates("asinh(1/x)"), "x != 0", see="DLMF 4.37.7"),
    # --- activations and statistics
    _row("sigmoid(x)", ("sigmoid(x)*sigmoid(-x)",), _abbreviates("1/(1 + exp(-x))", "exp_neg(x)", "exp_pos(x)"),
         latex=r"\sigma\left({0}\right)"),
    _row("softplus(x)", ("sigmoid(x)",), _abbreviates("log(1 + exp(x))", "exp_neg(x)", "exp_pos(x)")),
    _row("logaddexp(x, y)", ("sigmoid(x - y)", "sigmoid(y - x)"), _abbreviates(
        "log(exp(x) + exp(y))", "exp_add(-(x - y), x)", "exp_add(-(y - x), y)", "exp_pos(x)", "exp_pos(y)",
        "exp_pos(-(x - y))", "exp_pos(-(y - x))")),
    _row("erf(x)", ("2/sqrt(pi)*exp(-x**2)",), Witness(K="1", uses=("erf_def(x, x + dx)",), axioms=("erf_def",)),
         see="DLMF 7.10.1; 7.2.1"),
    _row("erfc(x)", ("-2/sqrt(pi)*exp(-x**2)",), _abbreviates("1 - erf(x)"), see="DLMF 7.2.2"),
    _row("erfcx(x)", ("-(2/sqrt(pi) - 2*x*erfcx(x))",),
         _abbreviates("exp(x**2)*erfc(x)", "exp_neg(x**2)", "pi_bounds()"), see="DLMF 7.2.3; 7.10.2"),
    # --- piecewise
    _row("abs(x)", ("sign(x)",), _abbreviates("where(x >= 0, x, -x)"), "x != 0", defined="True", latex=r"\left\vert {0} \right\vert",
         kink="x == 0", shape="convex"),
    _row("sign(x)", ("0",), _abbreviates("where(x > 0, 1, where(x < 0, -1, 0))"), "x != 0", defined="True"),
    _row("relu(x)", ("where(x > 0, 1, 0)",), _abbreviates("where(x > 0, x, 0)"), "x != 0", defined="True",
         kink="x == 0", shape="convex"),
    _row("max(x, y)", ("where(x >= y, 1, 0)", "where(x >= y, 0, 1)"), _abbreviates("where(x >= y, x, y)"), "x != y",
         defined="True", latex=r"\max\left({0}, {1}\right)", kink="x == y", shape="convex"),
    _row("min(x, y)", ("where(x <= y, 1, 0)", "where(x <= y, 0, 1)"), _abbreviates("where(x <= y, x, y)"), "x != y",
         defined="True", latex=r"\min\left({0}, {1}\right)", kink="x == y", shape="concave"),
    _row("floor(x)", ("0",), Witness(
        K="0", r="min(x - floor(x), floor(x) + 1 - x)/2", uses=("floor_def(x, x)", "floor_def(x, x + dx)"), axioms=("floor_def",)),
         "x != floor(x)", defined="True", latex=r"\lfloor {0} \rfloor"),
    _row("ceil(x)", ("0",), _abbreviates("-floor(-x)"), "x != ceil(x)", defined="True", latex=r"\lceil {0} \rceil"),
    _row("trunc(x)", ("0",), _abbreviates("where(x >= 0, floor(x), -floor(-x))", "floor_def(x, x)"), "x != trunc(x)",
         defined="True"),
)
# fmt: on


_registry: dict[str, Primitive] = {}
REGISTRY: Mapping[str, Primitive] = MappingProxyType(_registry)
"""Every row that may be used in a proof, by name: those that are proved, and those that are cited."""


def register(rows: Sequence[Primitive], *, soft: bool = False) -> Mapping[str, Primitive]:
    """Make heads and rows know each other, then parse every template, so that a bad row fails here.

    The names of ``soft`` rows remain free for variables: they are functions only where a parenthesis follows.
    """
    for row in rows:
        head(row.name, row.arity)
        if row.name != "powi":
            (SOFT_NAMES if soft else FUNCTION_NAMES).add(row.name)
    for row in rows:
        give_row(HEADS[row.name], row)
    for row in rows:
        if len(row.partials) != row.arity:
            raise ValueError(f"{row.name} has {row.arity} operands and {len(row.partials)} partials")
        give_row(HEADS[row.name], row, row.rules)
        _ = row.make_domain, row.defined_template
    registered = {row.name: row for row in rows}
    _registry.update(registered)
    return MappingProxyType(registered)


PRIMITIVES: Mapping[str, Primitive] = register(ROWS)
"""Every primitive by name."""


def axioms_of(row: Primitive) -> frozenset[str]:
    """The axioms on which the row's proof may rest, those of the primitives it is made of included."""
    return _AXIOMS_OF[row.name]


def _heads_below(*roots: Node | None) -> set[str]:
    return {n.key[0].name for n in postorder([r for r in roots if r is not None]) if n.key[0].arity or n.key[0].name in ("pi", "e")}


def _closure() -> dict[str, frozenset[str]]:
    """Axioms per primitive: its own, and those of every head that occurs in its definition or its templates."""
    own = {"pi": {"pi_bounds"}, "e": {"e_def", "exp_add", "exp_ge"}}
    for name, row in PRIMITIVES.items():
        own[name] = set(row.evidence.axioms) if isinstance(row.evidence, Witness) else set()
    below = {
        name: _heads_below(row.definition, *row.partial_templates, row.domain_template) & own.keys()
        for name, row in PRIMITIVES.items()
        if not isinstance(row.evidence, Induction)
    }
    changed = True
    while changed:
        changed = False
        for name, parts in below.items():
            union = own[name].union(*(own[part] for part in parts))
            changed |= union != own[name]
            own[name] = union
    return {name: frozenset(names) for name, names in own.items()}


_AXIOMS_OF = _closure()


def extend_axioms(rows: Mapping[str, Primitive], more: Mapping[str, set[str]]) -> None:
    """Let `axioms_of` know rows that are registered later: what they cite, and the axioms of what their templates are made of."""
    own: dict[str, set[str]] = {}
    below: dict[str, set[str]] = {}
    for name, row in rows.items():
        own[name] = set(more.get(name, ()))
        if isinstance(row.evidence, Cited):
            own[name] |= {row.evidence.fact} | ({use.partition("(")[0] for use in row.evidence.uses} & CITED.keys())
        below[name] = _heads_below(row.definition, *row.partial_templates, row.domain_template)
    for name in rows:
        reached, stack = set(), [name]
        while stack:
            part = stack.pop()
            if part not in reached:
                reached.add(part)
                stack.extend(below.get(part, ()))
        found = set().union(*(own.get(part, set()) | _AXIOMS_OF.get(part, frozenset()) for part in reached))
        _AXIOMS_OF[name] = frozenset(found)
