"""Functions of networks and of statistics, each defined by elementary ones.

The names are those of PyTorch, JAX, SciPy or NumPy, and so are the conventions; where these differ, the row says whose it follows.
"""

from __future__ import annotations

import micrograd.verified.primitives  # noqa: F401  the rows are made of these
from micrograd.verified.registry import Rows
from micrograd.verified.row import Definition, Joined, Witness

_rows = Rows(soft=True)
_row = _rows.function

_SCALE, _ALPHA = "1.0507009873554804934193349852946", "1.6732632423543772848170429916717"

# fmt: off
gudermannian = _row("gudermannian(x)", ("sech(x)",), Definition("atan(sinh(x))", ("exp_neg(x)",)),
    reference="DLMF 4.23.41", latex=r"\operatorname{{gd}}\left({0}\right)", range="-pi/2 < value and value < pi/2", parity="odd",
    by=("atan_range(sinh(x))", "atan_sub(0, sinh(x))", "atan_bounds(0)"))
# --- sigmoids and ramps
softsign = _row("softsign(x)", ("1/(1 + abs(x))**2",), Joined("where(x >= 0, x/(1 + x), x/(1 - x))"),
    reference="torch.nn.functional.softsign: x/(1 + |x|)", range="-1 < value and value < 1", parity="odd")
log_sigmoid = _row("log_sigmoid(x)", ("sigmoid(-x)",), Definition("-softplus(-x)", ("exp_pos(x)",)),
    reference="torch.nn.functional.logsigmoid", range="value < 0", by=("exp_pos(-x)", "log_pos(1 + exp(-x))"), scipy="log_expit",
    normal=("log_mul(exp(x), 1 + exp(-x))", "exp_neg(x)", "exp_log(exp(x))", "exp_injective(log(exp(x)), x)"))
logit = _row("logit(x)", ("1/(x*(1 - x))",), Definition("log(x/(1 - x))"), "0 < x and x < 1",
    reference="scipy.special.logit; without a value at 0 and 1", scipy="logit", normal=("log_mul(x/(1 - x), 1 - x)",))
hardtanh = _row("hardtanh(x)", ("where(abs(x) < 1, 1, 0)",), Definition("where(x > 1, 1, where(x < -1, -1, x))"),
    "x != 1 and x != -1", defined="True", reference="torch.nn.functional.hardtanh between -1 and 1",
    range="-1 <= value and value <= 1", parity="odd", corner="x == 1 or x == -1")
hardsigmoid = _row("hardsigmoid(x)", ("where(abs(x) < 3, 1/6, 0)",), Definition("where(x > 3, 1, where(x < -3, 0, x/6 + 1/2))"),
    "x != 3 and x != -3", defined="True", reference="torch.nn.functional.hardsigmoid",
    range="0 <= value and value <= 1", corner="x == 3 or x == -3")
smoothstep = _row("smoothstep(x)", ("where(x <= 0, 0, where(x >= 1, 0, 6*x*(1 - x)))",),
    Joined("where(x <= 0, 0, where(x >= 1, 1, x**2*(3 - 2*x)))"), reference="GLSL smoothstep between 0 and 1",
    range="0 <= value and value <= 1")
# --- activations
silu = _row("silu(x)", ("silu(x)*sigmoid(-x) + sigmoid(x)",), Definition("x*sigmoid(x)", ("exp_neg(x)", "exp_pos(x)")),
    reference="torch.nn.functional.silu; also called swish")
gelu = _row("gelu(x)", ("x/(sqrt(2)*sqrt(pi))*exp(-(x/sqrt(2))**2) + erfc(-x/sqrt(2))/2",),
    Definition("x*(erfc(-x/sqrt(2))/2)"),
    reference="torch.nn.functional.gelu, exact: x times the normal distribution function (JAX's default is an approximation)",
    normal=("erf_odd(x/sqrt(2))",))
mish = _row("mish(x)", ("x*sech(softplus(x))**2*sigmoid(x) + tanh(softplus(x))",),
    Definition("x*tanh(softplus(x))", ("exp_neg(x)", "exp_pos(x)", "exp_neg(softplus(x))")),
    reference="torch.nn.functional.mish", normal=("exp_log(1 + exp(x))",))
elu = _row("elu(x)", ("where(x > 0, 1, exp(x))",), Joined("where(x > 0, x, expm1(x))", ("exp_zero()",)),
    reference="torch.nn.functional.elu with alpha = 1, the one value for which it is smooth at 0", range="value > -1", by=("exp_pos(x)",))
celu = _row("celu(x, alpha)", ("where(x > 0, 1, exp(x/alpha))", "where(x > 0, 0, -(x/alpha*exp(x/alpha) - expm1(x/alpha)))"),
    Joined("where(x > 0, x, alpha*expm1(x/alpha))", ("exp_zero()",)), "x > 0 or alpha > 0", within="x > 0 or alpha > 0",
    reference="torch.nn.functional.celu, for positive alpha")
selu = _row("selu(x)", (f"where(x > 0, {_SCALE}, {_SCALE}*{_ALPHA}*exp(x))",),
    Definition(f"where(x > 0, {_SCALE}*x, {_SCALE}*{_ALPHA}*expm1(x))"), "x != 0", defined="True",
    reference="torch.nn.functional.selu, with its decimal constants")
hardswish = _row("hardswish(x)", ("where(x >= 3, 1, where(x <= -3, 0, (2*x + 3)/6))",),
    Definition("where(x > 3, x, where(x < -3, 0, x*(x + 3)/6))"), "x != 3 and x != -3", defined="True",
    reference="torch.nn.functional.hardswish", corner="x == 3 or x == -3")
# --- entropies and distributions
xlogy = _row("xlogy(x, y)", ("log(y)", "x/y"), Definition("where(x == 0 and y <= 0, 0, x*log(y))"), "y > 0", defined="y > 0 or x == 0",
    reference="scipy.special.xlogy: 0 where x is 0", scipy="xlogy")
xlog1py = _row("xlog1py(x, y)", ("log1p(y)", "x/(1 + y)"), Definition("where(x == 0 and y <= -1, 0, x*log1p(y))"), "y > -1",
    defined="y > -1 or x == 0", reference="scipy.special.xlog1py: 0 where x is 0", scipy="xlog1py")
entr = _row("entr(x)", ("-(1 + log(x))",), Definition("where(x == 0, 0, -(x*log(x)))"), "x > 0", defined="x >= 0",
    reference="scipy.special.entr; without a value for x < 0, where SciPy has minus infinity", scipy="entr")
log_ndtr = _row("log_ndtr(x)", ("2/(sqrt(2)*sqrt(pi))/erfcx(-x/sqrt(2))",), Definition("log(erfc(-x/sqrt(2))/2)",
    ("erf_bounds(-x/sqrt(2))", "exp_neg((-x/sqrt(2))**2)")),
    reference="scipy.special.log_ndtr: the logarithm of the normal distribution function", range="value < 0",
    by=("erf_bounds(-x/sqrt(2))", "exp_log(erfc(-x/sqrt(2))/2)", "exp_ge(log(erfc(-x/sqrt(2))/2))"), scipy="log_ndtr",
    normal=("erf_odd(x/sqrt(2))", "log_mul(erfc(-x/sqrt(2))/2, 2)"))
# --- others
sinc = _row("sinc(x)", ("where(x == 0, 0, (cospi(x) - sinc(x))*reciprocal(x))",), Joined(
    "where(x == 0, 1, sinpi(x)/(pi*x))", at="x == 0", witness=Witness(
        K="16", r="1/4", uses=("sin_bounds(pi*dx)", "sin_bounds(-(pi*dx))", "trig_neg(pi*dx)", "trig_near_zero(pi*dx)"),
        steps=("abs(pi*dx) <= 1",
               "dx <= 0 or pi*dx > 0 and 1 - (pi*dx)**2 <= sin(pi*dx)/(pi*dx) and sin(pi*dx)/(pi*dx) <= 1",
               "dx >= 0 or pi*dx < 0 and 1 - (pi*dx)**2 <= sin(pi*dx)/(pi*dx) and sin(pi*dx)/(pi*dx) <= 1",
               "(pi*dx)**2 <= 16*dx**2"))),
    reference="numpy.sinc: sin(pi*x)/(pi*x), and 1 at 0", parity="even", by=("trig_neg(pi*x)",), numpy="sinc")
copysign = _row("copysign(x, y)", ("where(y >= 0, sign(x), -sign(x))", "0"), Definition("where(y >= 0, abs(x), -abs(x))"),
    "x != 0 and y != 0", defined="True", reference="numpy.copysign, but 0 counts as positive, whatever its sign bit", corner="x == 0")
remainder = _row("remainder(x, y)", ("1", "-floor(x/y)"), Definition("x - y*floor(x/y)"), "y != 0 and x/y != floor(x/y)",
    defined="y != 0", reference="numpy.remainder, torch.remainder: it has the sign of y, as % has (math.remainder is another)")
# fmt: on

_rows.register(globals())
