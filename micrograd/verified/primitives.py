"""Elementary functions: arithmetic, roots, exponentials, angles, hyperbolic functions, the error function, steps.

`micrograd.verified.row` explains the columns, `micrograd.verified.registry` what reads them.  References "DLMF" are to the NIST Digital
Library of Mathematical Functions.
"""

from __future__ import annotations

from micrograd.verified.registry import PRIMITIVES as PRIMITIVES
from micrograd.verified.registry import Rows
from micrograd.verified.registry import axioms_of as axioms_of
from micrograd.verified.row import Definition, Induction, Witness


def _abbreviates(body: str, *uses: str) -> Definition:
    """The evidence of a row that is an abbreviation of the body."""
    return Definition(body, uses)


_rows = Rows()
_row, _operator = _rows.function, _rows.operator

# fmt: off
# --- arithmetic
_operator("add(x, y)", ("1", "1"), Witness(K="0"), latex="{0} + {1}", numpy="add")
_operator("sub(x, y)", ("1", "-1"), Witness(K="0"), latex="{0} - {1}", numpy="subtract")
_operator("mul(x, y)", ("y", "x"), Witness(K="1"), latex=r"{0} \cdot {1}", numpy="multiply")
_operator("div(x, y)", ("1/y", "-(x/y/y)"), Witness(
    K="2/y**2*(1 + abs(x)/abs(y))", r="abs(y)/2",
    steps=("abs(y + dy) >= abs(y)/2",
           "(x + dx)/(y + dy) - x/y - 1/y*dx + x/y/y*dy == dy*(x*dy - y*dx)/(y**2*(y + dy))",
           "abs(dy*(x*dy - y*dx)) <= (abs(x) + abs(y))*(dx**2 + dy**2)",
           "abs(dy*(x*dy - y*dx)/(y**2*(y + dy))) <= (abs(x) + abs(y))*(dx**2 + dy**2)/(y**2*abs(y + dy))",
           "1/abs(y + dy) <= 2/abs(y)")),
    "y != 0", latex=r"\frac{{{0}}}{{{1}}}", numpy="divide")
_operator("neg(x)", ("-1",), Witness(K="0"), latex="-{0}", parity="odd", numpy="negative")
_operator("powi(x, n)", ("where(n == 0, 0, n*x**(n - 1))", None), Induction(), "n >= 0 or x != 0", latex="{0}^{{{1}}}")
_operator("pow(x, y)", ("y*x**(y - 1)", "log(x)*x**y"),
    _abbreviates("exp(y*log(x))", "exp_add((y - 1)*log(x), log(x))", "exp_log(x)"), "x > 0",
    defined="x > 0 or x == 0 and y > 0 or y == floor(y) and (x != 0 or y >= 0)", latex="{0}^{{{1}}}",
    reference="DLMF 4.2.26",
    values=(("x == 0 and y > 0", "0"), ("x != 0 and y == 0", "1"), ("x == 0 and y == 0", "1"),
            ("y == floor(y) and x < 0", "cos(pi*y)*exp(y*log(-x))")),
    numpy="power", normal=("exp_zero()",))
reciprocal = _row("reciprocal(x)", ("-reciprocal(x)**2",), _abbreviates("1/x"), "x != 0", latex=r"\frac{{1}}{{{0}}}",
    range="value != 0", parity="odd", numpy="reciprocal")
square = _row("square(x)", ("2*x",), _abbreviates("x*x"), latex="{0}^2", range="value >= 0", parity="even", numpy="square")
# --- roots
sqrt = _row("sqrt(x)", ("1/(2*sqrt(x))",), Witness(
    K="1/sqrt(x)**3", r="x", axioms=("sqrt_def",),
    steps=("sqrt(x) > 0", "sqrt(x + dx) - sqrt(x) == dx/(sqrt(x + dx) + sqrt(x))",
           "sqrt(x + dx) - sqrt(x) - dx/(2*sqrt(x)) == -(sqrt(x + dx) - sqrt(x))**2/(2*sqrt(x))",
           "(sqrt(x + dx) - sqrt(x))**2*sqrt(x)**2 <= dx**2")),
    "x > 0", defined="x >= 0", latex=r"\sqrt{{{0}}}", reference="DLMF 4.2.26", range="value >= 0", numpy="sqrt")
cbrt = _row("cbrt(x)", ("1/(3*cbrt(x)**2)",), Witness(
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
    "x != 0", defined="True", latex=r"\sqrt[3]{{{0}}}", parity="odd", numpy="cbrt", scipy="cbrt")
hypot = _row("hypot(x, y)", ("x/hypot(x, y)", "y/hypot(x, y)"), _abbreviates("sqrt(x**2 + y**2)"), "x != 0 or y != 0",
    defined="True", range="value >= 0", numpy="hypot")
# --- exponentials and logarithms
exp = _row("exp(x)", ("exp(x)",), Witness(
    K="2*exp(x)", r="1/2", uses=("exp_add(x, dx)", "exp_near_zero(dx)", "exp_pos(x)"), axioms=("exp_add", "exp_ge")),
    latex="e^{{{0}}}", reference="DLMF 4.7.6", range="value > 0", by=("exp_pos(x)",), numpy="exp")
exp2 = _row("exp2(x)", ("log(2)*exp2(x)",), _abbreviates("exp(x*log(2))"), latex="2^{{{0}}}", range="value > 0",
    by=("exp_pos(x*log(2))",), numpy="exp2", scipy="exp2")
exp10 = _row("exp10(x)", ("log(10)*exp10(x)",), _abbreviates("exp(x*log(10))"), latex="10^{{{0}}}", range="value > 0",
    by=("exp_pos(x*log(10))",), scipy="exp10", normal=("log_mul(2, 5)", "exp_add(x*log(2), x*log(5))"))
expm1 = _row("expm1(x)", ("exp(x)",), _abbreviates("exp(x) - 1"), range="value > -1", by=("exp_pos(x)",), numpy="expm1",
    scipy="expm1")
log = _row("log(x)", ("1/x",), Witness(
    K="2/x**2", r="x/2", uses=("log_mul(x, 1 + dx/x)", "log_near_one(1 + dx/x)"), axioms=("exp_add", "exp_ge", "exp_log"),
    steps=("x + dx == x*(1 + dx/x)", "abs(log(1 + dx/x) - dx/x) <= 2*(dx/x)**2")),
    "x > 0", latex=r"\log\left({0}\right)", reference="DLMF 4.7.1", numpy="log")
log2 = _row("log2(x)", ("1/log(2)/x",), _abbreviates("log(x)/log(2)", "log_pos(2)"), "x > 0", latex=r"\log_2\left({0}\right)",
    numpy="log2")
log10 = _row("log10(x)", ("1/log(10)/x",), _abbreviates("log(x)/log(10)", "log_pos(10)"), "x > 0", latex=r"\log_{{10}}\left({0}\right)",
    numpy="log10", normal=("log_mul(2, 5)",))
log1p = _row("log1p(x)", ("1/(1 + x)",), _abbreviates("log(1 + x)"), "x > -1", numpy="log1p", scipy="log1p")
# --- trigonometric
sin = _row("sin(x)", ("cos(x)",), Witness(
    K="2", uses=("sin_add(x, dx)", "trig_near_zero(dx)", "sin_cos_norm(x)"),
    axioms=("sin_add", "cos_add", "sin_cos_norm", "sin_bounds"),
    steps=("abs(sin(x)) <= 1", "abs(cos(x)) <= 1")), reference="DLMF 4.20.1", range="-1 <= value and value <= 1", parity="odd",
    by=("sin_cos_norm(x)", "trig_neg(x)"), latex=r"\sin\left({0}\right)", numpy="sin")
cos = _row("cos(x)", ("-sin(x)",), Witness(
    K="2", uses=("cos_add(x, dx)", "trig_near_zero(dx)", "sin_cos_norm(x)"),
    axioms=("sin_add", "cos_add", "sin_cos_norm", "sin_bounds"),
    steps=("abs(sin(x)) <= 1", "abs(cos(x)) <= 1")), reference="DLMF 4.20.2", range="-1 <= value and value <= 1", parity="even",
    by=("sin_cos_norm(x)", "trig_neg(x)"), latex=r"\cos\left({0}\right)", numpy="cos")
tan = _row("tan(x)", ("1 + tan(x)**2",), _abbreviates("sin(x)/cos(x)"), "cos(x) != 0", reference="DLMF 4.20.3", parity="odd",
    by=("trig_neg(x)",), latex=r"\tan\left({0}\right)", numpy="tan")
cot = _row("cot(x)", ("-csc(x)**2",), _abbreviates("cos(x)/sin(x)", "sin_cos_norm(x)"), "sin(x) != 0", reference="DLMF 4.20.6",
    parity="odd", by=("trig_neg(x)",), latex=r"\cot\left({0}\right)")
sec = _row("sec(x)", ("sec(x)*tan(x)",), _abbreviates("1/cos(x)"), "cos(x) != 0", reference="DLMF 4.20.5",
    range="value >= 1 or value <= -1", parity="even", by=("sin_cos_norm(x)", "trig_neg(x)"), latex=r"\sec\left({0}\right)")
csc = _row("csc(x)", ("-csc(x)*cot(x)",), _abbreviates("1/sin(x)"), "sin(x) != 0", reference="DLMF 4.20.4",
    range="value >= 1 or value <= -1", parity="odd", by=("sin_cos_norm(x)", "trig_neg(x)"), latex=r"\csc\left({0}\right)")
asin = _row("asin(x)", ("1/sqrt((1 - x)*(1 + x))",), _abbreviates("atan(x/sqrt((1 - x)*(1 + x)))"), "-1 < x and x < 1",
    defined="-1 <= x and x <= 1", latex=r"\arcsin\left({0}\right)", reference="DLMF 4.24.7", range="-pi/2 <= value and value <= pi/2",
    parity="odd", by=("atan_range(x/sqrt((1 - x)*(1 + x)))", "atan_sub(0, x/sqrt((1 - x)*(1 + x)))", "atan_bounds(0)"),
    values=(("x == 1", "pi/2"), ("x == -1", "-pi/2")), numpy="arcsin")
acos = _row("acos(x)", ("-1/sqrt((1 - x)*(1 + x))",), _abbreviates("pi/2 - asin(x)"), "-1 < x and x < 1",
    defined="-1 <= x and x <= 1", latex=r"\arccos\left({0}\right)", reference="DLMF 4.24.8", range="0 <= value and value <= pi",
    by=("atan_range(x/sqrt((1 - x)*(1 + x)))",), numpy="arccos")
atan = _row("atan(x)", ("1/(1 + x**2)",), Witness(
    K="3", r="1/2", uses=("atan_sub(x + dx, x)", "atan_near_zero((x + dx - x)/(1 + (x + dx)*x))"),
    axioms=("atan_sub", "atan_bounds"),
    steps=("abs(x*dx)*4 <= 1 + x**2", "(1 + (x + dx)*x)*4 >= 3*(1 + x**2)",
           "dx/(1 + (x + dx)*x) - dx/(1 + x**2) == -dx**2*x/((1 + (x + dx)*x)*(1 + x**2))",
           "(1 + (x + dx)*x)*(1 + x**2) >= 3/4*(1 + x**2)**2",
           "(1 + x**2)**2 >= 2*abs(x)",
           "abs(dx**2*x) <= dx**2*((1 + (x + dx)*x)*(1 + x**2))",
           "abs(dx**2*x/((1 + (x + dx)*x)*(1 + x**2))) <= dx**2",
           "(1 + (x + dx)*x)**2 >= 9/16", "(dx/(1 + (x + dx)*x))**2 <= 16/9*dx**2")),
    latex=r"\arctan\left({0}\right)", reference="DLMF 4.24.9", range="-pi/2 < value and value < pi/2", parity="odd",
    by=("atan_range(x)", "atan_sub(0, x)", "atan_bounds(0)"), numpy="arctan")
atan2 = _row("atan2(y, x)", ("x/hypot(x, y)/hypot(x, y)", "-(y/hypot(x, y)/hypot(x, y))"),
    _abbreviates("2*atan(y/(hypot(x, y) + x))"), "x > 0 or y != 0", defined="x != 0 or y != 0", range="-pi < value and value <= pi",
    by=("atan_range(y/(hypot(x, y) + x))",), values=(("y == 0 and x < 0", "pi"),), numpy="arctan2")
acot = _row("acot(x)", ("-1/(1 + x**2)",), _abbreviates("atan(1/x)"), "x != 0", reference="DLMF 4.24.12",
    range="-pi/2 < value and value < pi/2", parity="odd", by=("atan_range(1/x)", "atan_sub(0, 1/x)", "atan_bounds(0)"))
asec = _row("asec(x)", ("1/(abs(x)*sqrt((x - 1)*(x + 1)))",), _abbreviates("acos(1/x)"), "x > 1 or x < -1",
    defined="x >= 1 or x <= -1", reference="DLMF 4.24.11")
acsc = _row("acsc(x)", ("-1/(abs(x)*sqrt((x - 1)*(x + 1)))",), _abbreviates("asin(1/x)"), "x > 1 or x < -1",
    defined="x >= 1 or x <= -1", reference="DLMF 4.24.10", parity="odd",
    by=("atan_sub(0, 1/x/sqrt((1 - 1/x)*(1 + 1/x)))", "atan_bounds(0)"))
sinpi = _row("sinpi(x)", ("pi*cospi(x)",), _abbreviates("sin(pi*x)"), range="-1 <= value and value <= 1", parity="odd",
    by=("sin_cos_norm(pi*x)", "trig_neg(pi*x)"))
cospi = _row("cospi(x)", ("-pi*sinpi(x)",), _abbreviates("cos(pi*x)"), range="-1 <= value and value <= 1", parity="even",
    by=("sin_cos_norm(pi*x)", "trig_neg(pi*x)"))
# --- angles in degrees
deg2rad = _row("deg2rad(x)", ("pi/180",), _abbreviates("x*pi/180"), parity="odd", numpy="deg2rad")
rad2deg = _row("rad2deg(x)", ("180/pi",), _abbreviates("x*180/pi"), parity="odd", numpy="rad2deg")
sind = _row("sind(x)", ("pi/180*cosd(x)",), _abbreviates("sin(x*pi/180)"), range="-1 <= value and value <= 1", parity="odd",
    by=("sin_cos_norm(x*pi/180)", "trig_neg(x*pi/180)"), scipy="sindg")
cosd = _row("cosd(x)", ("-pi/180*sind(x)",), _abbreviates("cos(x*pi/180)"), range="-1 <= value and value <= 1", parity="even",
    by=("sin_cos_norm(x*pi/180)", "trig_neg(x*pi/180)"), scipy="cosdg")
tand = _row("tand(x)", ("pi/180*(1 + tand(x)**2)",), _abbreviates("tan(x*pi/180)"), "cosd(x) != 0", parity="odd",
    by=("trig_neg(x*pi/180)",), scipy="tandg")
cotd = _row("cotd(x)", ("-pi/180*cscd(x)*cscd(x)",), _abbreviates("cot(x*pi/180)"), "sind(x) != 0", parity="odd",
    by=("trig_neg(x*pi/180)",), scipy="cotdg")
secd = _row("secd(x)", ("pi/180*secd(x)*tand(x)",), _abbreviates("sec(x*pi/180)"), "cosd(x) != 0",
    range="value >= 1 or value <= -1", parity="even", by=("sin_cos_norm(x*pi/180)", "trig_neg(x*pi/180)"))
cscd = _row("cscd(x)", ("-pi/180*cscd(x)*cotd(x)",), _abbreviates("csc(x*pi/180)"), "sind(x) != 0",
    range="value >= 1 or value <= -1", parity="odd", by=("sin_cos_norm(x*pi/180)", "trig_neg(x*pi/180)"))
asind = _row("asind(x)", ("180/pi/sqrt((1 - x)*(1 + x))",), _abbreviates("asin(x)*180/pi"), "-1 < x and x < 1",
    defined="-1 <= x and x <= 1", parity="odd", by=("atan_sub(0, x/sqrt((1 - x)*(1 + x)))", "atan_bounds(0)"))
acosd = _row("acosd(x)", ("-180/pi/sqrt((1 - x)*(1 + x))",), _abbreviates("acos(x)*180/pi"), "-1 < x and x < 1",
    defined="-1 <= x and x <= 1")
atand = _row("atand(x)", ("180/pi/hypot(1, x)/hypot(1, x)",), _abbreviates("atan(x)*180/pi"), parity="odd",
    by=("atan_sub(0, x)", "atan_bounds(0)"))
acotd = _row("acotd(x)", ("-180/pi/hypot(1, x)/hypot(1, x)",), _abbreviates("acot(x)*180/pi"), "x != 0",
    parity="odd", by=("atan_sub(0, 1/x)", "atan_bounds(0)"))
asecd = _row("asecd(x)", ("180/pi/abs(x)/sqrt((x - 1)*(x + 1))",), _abbreviates("asec(x)*180/pi"),
    "x > 1 or x < -1", defined="x >= 1 or x <= -1")
acscd = _row("acscd(x)", ("-180/pi/abs(x)/sqrt((x - 1)*(x + 1))",), _abbreviates("acsc(x)*180/pi"),
    "x > 1 or x < -1", defined="x >= 1 or x <= -1", parity="odd", by=("atan_sub(0, 1/x/sqrt((1 - 1/x)*(1 + 1/x)))", "atan_bounds(0)"))
# --- hyperbolic
sinh = _row("sinh(x)", ("cosh(x)",), _abbreviates("(exp(x) - exp(-x))/2"), reference="DLMF 4.34.1", parity="odd",
    latex=r"\sinh\left({0}\right)", numpy="sinh", normal=("exp_neg(x)",))
cosh = _row("cosh(x)", ("sinh(x)",), _abbreviates("(exp(x) + exp(-x))/2"), reference="DLMF 4.34.2", range="value >= 1",
    parity="even", by=("exp_neg(x)", "exp_pos(x)"), latex=r"\cosh\left({0}\right)", numpy="cosh", normal=("exp_neg(x)",))
tanh = _row("tanh(x)", ("sech(x)**2",), _abbreviates("sinh(x)/cosh(x)", "exp_neg(x)"), reference="DLMF 4.34.3",
    range="-1 < value and value < 1", parity="odd", by=("exp_neg(x)",), latex=r"\tanh\left({0}\right)", numpy="tanh")
coth = _row("coth(x)", ("-csch(x)**2",), _abbreviates("cosh(x)/sinh(x)", "exp_neg(x)", "sinh_nonzero(x)"), "x != 0",
    reference="DLMF 4.34.6", range="value > 1 or value < -1", parity="odd",
    by=("exp_neg(x)", "sinh_nonzero(-x)"), latex=r"\coth\left({0}\right)")
sech = _row("sech(x)", ("-sech(x)*tanh(x)",), _abbreviates("1/cosh(x)", "exp_neg(x)"), reference="DLMF 4.34.5",
    range="0 < value and value <= 1", parity="even", by=("exp_neg(x)", "exp_pos(x)"))
csch = _row("csch(x)", ("-csch(x)*coth(x)",), _abbreviates("1/sinh(x)", "sinh_nonzero(x)"), "x != 0", reference="DLMF 4.34.4",
    range="value != 0", parity="odd", by=("sinh_nonzero(-x)",), normal=("exp_neg(x)",))
asinh = _row("asinh(x)", ("1/hypot(x, 1)",), _abbreviates("log(x + sqrt(x**2 + 1))"), reference="DLMF 4.37.16", parity="odd",
    by=("log_mul(x + sqrt(x**2 + 1), -x + sqrt(x**2 + 1))", "exp_log(1)", "exp_zero()", "exp_injective(log(1), 0)"), numpy="arcsinh")
acosh = _row("acosh(x)", ("1/(sqrt(x - 1)*sqrt(x + 1))",), _abbreviates("log(x + sqrt(x - 1)*sqrt(x + 1))"), "x > 1",
    defined="x >= 1", reference="DLMF 4.37.21", range="value >= 0",
    by=("log_pos(x + sqrt(x - 1)*sqrt(x + 1))", "exp_log(1)", "exp_zero()", "exp_injective(log(1), 0)"), numpy="arccosh")
atanh = _row("atanh(x)", ("1/((1 - x)*(1 + x))",), _abbreviates("log((1 + x)/(1 - x))/2"), "-1 < x and x < 1",
    reference="DLMF 4.37.24", parity="odd",
    by=("log_mul((1 + x)/(1 - x), (1 - x)/(1 + x))", "exp_log(1)", "exp_zero()", "exp_injective(log(1), 0)"), numpy="arctanh",
    normal=("log_mul((1 + x)/(1 - x), 1 - x)",))
acoth = _row("acoth(x)", ("1/((1 - x)*(1 + x))",), _abbreviates("atanh(1/x)"), "x > 1 or x < -1", reference="DLMF 4.37.9",
    parity="odd", by=("log_mul((1 + 1/x)/(1 - 1/x), (1 - 1/x)/(1 + 1/x))", "exp_log(1)", "exp_zero()", "exp_injective(log(1), 0)"),
    normal=("log_mul((1 + 1/x)/(1 - 1/x), abs(x - 1))",))
asech = _row("asech(x)", ("-1/(x*sqrt((1 - x)*(1 + x)))",), _abbreviates("log((1 + sqrt((1 - x)*(1 + x)))/x)"), "0 < x and x < 1",
    defined="0 < x and x <= 1", reference="DLMF 4.37.8", range="value >= 0",
    by=("log_pos((1 + sqrt((1 - x)*(1 + x)))/x)", "exp_log(1)", "exp_zero()", "exp_injective(log(1), 0)"),
    normal=("log_mul((1 + sqrt((1 - x)*(1 + x)))/x, abs(x))",))
acsch = _row("acsch(x)", ("-1/(abs(x)*sqrt(x**2 + 1))",), _abbreviates("asinh(1/x)"), "x != 0", reference="DLMF 4.37.7",
    parity="odd",
    by=("log_mul(1/x + sqrt((1/x)**2 + 1), -1/x + sqrt((1/x)**2 + 1))", "exp_log(1)", "exp_zero()", "exp_injective(log(1), 0)"),
    normal=("log_mul(1/x + sqrt((1/x)**2 + 1), abs(x))",))
# --- activations and statistics
sigmoid = _row("sigmoid(x)", ("sigmoid(x)*sigmoid(-x)",), _abbreviates("1/(1 + exp(-x))", "exp_neg(x)", "exp_pos(x)"),
    latex=r"\sigma\left({0}\right)", range="0 < value and value < 1", by=("exp_pos(-x)",), scipy="expit")
softplus = _row("softplus(x)", ("sigmoid(x)",), _abbreviates("log(1 + exp(x))", "exp_neg(x)", "exp_pos(x)"), range="value > 0",
    by=("log_pos(1 + exp(x))", "exp_pos(x)"))
logaddexp = _row("logaddexp(x, y)", ("sigmoid(x - y)", "sigmoid(y - x)"), _abbreviates(
    "log(exp(x) + exp(y))", "exp_add(-(x - y), x)", "exp_add(-(y - x), y)", "exp_pos(y)", "exp_pos(-(y - x))"), numpy="logaddexp")
erf = _row("erf(x)", ("2/sqrt(pi)*exp(-x**2)",), Witness(K="1", uses=("erf_def(x, x + dx)",), axioms=("erf_def",)),
    reference="DLMF 7.10.1; 7.2.1", range="-1 < value and value < 1", parity="odd", by=("erf_bounds(x)", "erf_odd(x)"), scipy="erf")
erfc = _row("erfc(x)", ("-2/sqrt(pi)*exp(-x**2)",), _abbreviates("1 - erf(x)"), reference="DLMF 7.2.2",
    range="0 < value and value < 2", by=("erf_bounds(x)",), scipy="erfc")
erfcx = _row("erfcx(x)", ("-(2/sqrt(pi) - 2*x*erfcx(x))",),
    _abbreviates("exp(x**2)*erfc(x)", "exp_neg(x**2)"), reference="DLMF 7.2.3; 7.10.2", range="value > 0",
    by=("erf_bounds(x)", "exp_pos(x**2)"), scipy="erfcx")
# --- piecewise
absolute = _row("abs(x)", ("sign(x)",), _abbreviates("where(x >= 0, x, -x)"), "x != 0", defined="True",
    latex=r"\left\vert {0} \right\vert",
    kink="x == 0", shape="convex", range="value >= 0", parity="even", corner="x == 0", numpy="absolute")
sign = _row("sign(x)", ("0",), _abbreviates("where(x > 0, 1, where(x < 0, -1, 0))"), "x != 0", defined="True",
    range="-1 <= value and value <= 1", parity="odd", corner="x == 0", numpy="sign")
relu = _row("relu(x)", ("where(x > 0, 1, 0)",), _abbreviates("where(x > 0, x, 0)"), "x != 0", defined="True",
    kink="x == 0", shape="convex", range="value >= 0", corner="x == 0")
maximum = _row("max(x, y)", ("where(x >= y, 1, 0)", "where(x >= y, 0, 1)"), _abbreviates("where(x >= y, x, y)"), "x != y",
    defined="True", latex=r"\max\left({0}, {1}\right)", kink="x == y", shape="convex", corner="x == y", numpy="maximum")
minimum = _row("min(x, y)", ("where(x <= y, 1, 0)", "where(x <= y, 0, 1)"), _abbreviates("where(x <= y, x, y)"), "x != y",
    defined="True", latex=r"\min\left({0}, {1}\right)", kink="x == y", shape="concave", corner="x == y", numpy="minimum")
floor = _row("floor(x)", ("0",), Witness(
    K="0", r="min(x - floor(x), floor(x) + 1 - x)/2", uses=("floor_def(x, x)", "floor_def(x, x + dx)"), axioms=("floor_def",)),
    "x != floor(x)", defined="True", latex=r"\lfloor {0} \rfloor", corner="x == floor(x)", numpy="floor")
ceil = _row("ceil(x)", ("0",), _abbreviates("-floor(-x)"), "x != ceil(x)", defined="True", latex=r"\lceil {0} \rceil",
    corner="x == ceil(x)", numpy="ceil", normal=("floor_def(-x, -x)",))
trunc = _row("trunc(x)", ("0",), _abbreviates("where(x >= 0, floor(x), -floor(-x))", "floor_def(x, x)"), "x != trunc(x)",
    defined="True", parity="odd", by=("floor_def(x, x)",), numpy="trunc", normal=("floor_def(-x, -x)",))
# fmt: on

_rows.register(globals())
