"""Functions of networks and of statistics over Python floats, and those of their derivatives that cancel.

A derivative with a zero x₀ is written as a sum of terms that all vanish there and have one sign, with x - x₀ to twice the precision:
silu'(x) is sigmoid(x)/(1 + exp(x)) times (x - x₀) + exp(x₀)·(exp(x - x₀) - 1).  That of gelu is a Taylor series around its zero.  x/alpha
is carried to twice the precision, since exp would amplify its rounding.  Where exp(x) is no normal number before x·exp(x) is none, it is
taken in halves.

No function raises on floats; what is undefined is not finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from math import inf, nan
from typing import Any

from micrograd.carriers.floats import hyperbolic, trigonometry
from micrograd.carriers.floats.double_double import PI, Pair, product_error
from micrograd.carriers.floats.error_functions import erfcx, scaled_tail, upper_tail
from micrograd.verified.parsing import parse

SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772
SILU_ZERO: Pair = (-1.2784645427610737, -1.0946994183093437e-16)
SILU_RATE = 0.2784645427610738
"""exp of the zero of silu'."""
MISH_ZERO: Pair = (-1.1924312145154952, -4.8484829848031044e-17)
MISH_RATES = (0.3684065968836178, 0.027951242009170138, 0.3733670191691929)
"""4·y², y³ and y·(4·x + 6) at the zero of mish', where y = exp(x)."""
GELU_ZERO: Pair = (-0.7517915246935645, 1.4956759177009883e-17)
GELU_SERIES = (
    *(-8.950037692726255e-11, 1.4506418938779426e-10, 1.90319840501314e-09, -1.396942086426202e-09, -3.5459866461783865e-08),
    *(-1.6044265494246427e-09, 5.702764979242107e-07, 4.3284506257392273e-07, -7.74846130700372e-06, -1.121438018842664e-05),
    *(8.615947861116571e-05, 0.00018633974623233514, -0.0007448268386746817, -0.002239538068073497, 0.004539228379125415),
    *(0.019421679838189067, -0.014771522148244337, -0.1140082332972217, -0.018199676398671087, 0.388284982990552, 0.4314939923140469),
)
"""Taylor coefficients of gelu' around its zero, the constant 0 left out, in the order of Horner's rule."""
DENSITY: Pair = (0.3989422804014327, -2.49232720227773e-17)
"""1/sqrt(2*pi), the normal density at 0."""
HAZARD = 0.7978845608028654
"""sqrt(2/pi), the normal hazard at 0."""
ONE_OVER_E: Pair = (0.36787944117144233, -1.2428753672788363e-17)
CELU_SERIES = tuple((k - 1) / math.factorial(k) for k in range(24, 1, -1))
SINC_SERIES = (
    *(1.3217901389162318e-12, -7.365893777096947e-11, 3.4330769499642866e-09, -1.3148481279991994e-07, 4.049947846619244e-06),
    *(-9.766223126318933e-05, 0.001781145516372852, -0.023460810354558236, 0.2091827825412384, -1.1445109447325053),
    *(3.2469697011334144, -3.289868133696453),
)
"""(-1)**k*2*k*pi**(2*k)/(2*k + 1)!: the derivative of sinc divided by x is the series in x**2, in the order of Horner's rule."""


def polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    """The polynomial without a constant, by Horner's rule."""
    total: Any = 0.0
    for c in coefficients:
        total = (total + c) * x
    return total


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return inf


def _times_exp(factor: float, x: float) -> float:
    """factor*exp(x) for x <= 0, also where exp(x) is no normal number."""
    if x > -700.0:
        return factor * math.exp(x)
    half = math.exp(0.5 * x)
    return factor * half * half


# --- sigmoids and ramps


def gudermannian(x: float) -> float:
    """atan(sinh(x)), without overflow."""
    return 2.0 * math.atan(hyperbolic.tanh(0.5 * x))


def softsign(x: float) -> float:
    """x/(1 + |x|)."""
    return x / (1.0 + abs(x)) if abs(x) < inf else math.copysign(1.0, x) if x == x else x


def logit(x: float) -> float:
    """log(x/(1 - x)); around 1/2, where it has its zero, 2*atanh(2*x - 1); ±inf at 0 and 1, NaN beyond."""
    if not 0.0 < x < 1.0:
        return -inf if x == 0.0 else inf if x == 1.0 else nan
    return 2.0 * math.atanh(2.0 * x - 1.0) if 0.25 <= x <= 0.75 else math.log(x / (1.0 - x))


def hardtanh(x: float) -> float:
    """x between -1 and 1."""
    return 1.0 if x > 1.0 else -1.0 if x < -1.0 else x


def hardsigmoid(x: float) -> float:
    """(x + 3)/6 between 0 and 1."""
    return 1.0 if x > 3.0 else 0.0 if x < -3.0 else (x + 3.0) / 6.0


def smoothstep(x: float) -> float:
    """x**2*(3 - 2*x) between 0 and 1."""
    return 0.0 if x <= 0.0 else 1.0 if x >= 1.0 else x * (x * (3.0 - 2.0 * x))


# --- activations


def silu(x: float) -> float:
    """x*sigmoid(x)."""
    if x >= 0.0:
        return x / (1.0 + math.exp(-x))
    if x < -800.0:
        return -0.0
    return _times_exp(x, x) / (1.0 + math.exp(x))


def silu_slope(x: float) -> float:
    """sigmoid(x)*(1 + x*sigmoid(-x))."""
    if x > 0.0:
        e = math.exp(-x)
        return (1.0 + x * (e / (1.0 + e))) / (1.0 + e)
    if x < -800.0:
        return -0.0
    d = x - SILU_ZERO[0] - SILU_ZERO[1]
    e = math.exp(x)
    value = _times_exp(d + SILU_RATE * math.expm1(d) if x > -2.0 else 1.0 + x + e, x)
    return value / ((1.0 + e) * (1.0 + e)) if x > -1.0 else value - value * (e * (2.0 + e) / ((1.0 + e) * (1.0 + e)))


def gelu(x: float) -> float:
    """x times the normal distribution function."""
    if x >= 0.0:
        return x * (1.0 - upper_tail(x))
    return x * upper_tail(-x, 2.0**200) * 2.0**-200 if x > -40.0 else -0.0 if x == x else x


def gelu_slope(x: float) -> float:
    """The normal distribution function plus x times the density."""
    square = x * x
    if x < -1.25:
        if x < -40.0:
            return -0.0
        half = math.exp(-0.25 * square)
        high, low = scaled_tail(-x)
        linear = DENSITY[0] * x
        value = (linear + 0.5 * high + (product_error(DENSITY[0], x, linear) + DENSITY[1] * x + 0.5 * low)) * half * half
        return value - value * (0.5 * product_error(x, x, square))
    if x <= -0.25:
        return float(polynomial(GELU_SERIES, x - GELU_ZERO[0] - GELU_ZERO[1]))
    return (
        (upper_tail(-x) if x < 0.0 else 1.0 - upper_tail(x)) + DENSITY[0] * x * math.exp(-0.5 * square)
        if x < 40.0
        else 1.0
        if x == x
        else x
    )


def mish(x: float) -> float:
    """x*tanh(softplus(x)), where tanh is written with exp(-|x|)."""
    if x >= 0.0:
        e = math.exp(-x)
        return x * ((1.0 + 2.0 * e) / (1.0 + 2.0 * e * (1.0 + e)))
    if x < -800.0:
        return -0.0
    y = math.exp(x)
    return _times_exp(x * (y + 2.0) / (y * (y + 2.0) + 2.0), x)


def mish_slope(x: float) -> float:
    """exp(x)*(4*(x + 1) + 4*exp(2*x) + exp(3*x) + exp(x)*(4*x + 6))/(2 + 2*exp(x) + exp(2*x))**2; for x > 0 by its distance from 1."""
    if x > 0.0:
        e = math.exp(-x)
        root = 1.0 + 2.0 * e * (1.0 + e)
        return 1.0 + e * e * (4.0 * x - 2.0 + 4.0 * e * (x - 1.0 - e)) / (root * root) if x < 800.0 else 1.0
    if x < -800.0:
        return -0.0
    d = x - MISH_ZERO[0] - MISH_ZERO[1]
    y, u = math.exp(x), math.expm1(d)
    b, c, linear = MISH_RATES
    rest = y * (2.0 + y)
    root = 2.0 + rest
    value = _times_exp(4.0 * d * (1.0 + y) + u * (b * (2.0 + u) + c * (3.0 + u * (3.0 + u)) + linear), x)
    if x > -1.0:
        value /= root * root
        return value - value * (2.0 * (2.0 - root + rest) / root)
    return 0.25 * (value - value * (rest * (4.0 + rest) / (root * root)))


def elu(x: float) -> float:
    """expm1(x) below 0."""
    return x if x > 0.0 else math.expm1(x)


def selu(x: float) -> float:
    """A multiple of elu with the constants of self-normalizing networks."""
    return SCALE * x if x > 0.0 else SCALE * (ALPHA * math.expm1(x))


def ratio(x: float, y: float) -> Pair:
    """x/y and what it lost in rounding, for any numbers of which y is not 0; a quotient that is not finite is alone."""
    if not y:
        return (math.copysign(inf, x) * math.copysign(1.0, y) if x and x == x else nan), 0.0
    if y - y or x - x:
        return x / y, 0.0
    (a, m), (b, n) = math.frexp(x), math.frexp(y)
    q = a / b
    if m - n > 1000:
        return math.copysign(inf, q), 0.0
    return math.ldexp(q, m - n), math.ldexp((a - q * b - product_error(q, b, q * b)) / b, m - n)


def celu(x: float, alpha: float) -> float:
    """alpha*expm1(x/alpha) below 0; NaN there unless alpha > 0."""
    if x > 0.0 and alpha == alpha:
        return x
    if not alpha > 0.0:
        return nan
    t, low = ratio(x, alpha)
    if not t < -1e-17:
        return x
    if t < -800.0:
        return -alpha
    e = math.expm1(t)
    return alpha * (e + low * (e + 1.0))


def exp_of_quotient(x: float, y: float) -> float:
    """exp(x/y)."""
    t, low = ratio(x, y)
    value = _exp(t)
    return value + value * low if abs(t) < 800.0 else value


def celu_rate(x: float, y: float) -> float:
    """(t - 1)*exp(t) + 1, where t = x/y."""
    t, low = ratio(x, y)
    if not abs(t) < 800.0:
        return 1.0 if t < 0.0 else t * inf
    if -1.5 < t < 1.0:
        return float(polynomial(CELU_SERIES, t)) * t + low * t * math.exp(t)
    e = _exp(t)
    return 1.0 + ((t - 1.0) * e + low * t * e)


def hardswish(x: float) -> float:
    """x*(x + 3)/6 between -3 and 3."""
    return x if x > 3.0 else 0.0 if x < -3.0 else x * ((x + 3.0) / 6.0)


# --- entropies and distributions


def log(x: float) -> float:
    """-inf at 0, NaN below."""
    return math.log(x) if x > 0.0 else -inf if x == 0.0 else nan


def xlogy(x: float, y: float) -> float:
    """x*log(y); 0 where x is 0 and y a number."""
    return 0.0 if x == 0.0 and y <= 0.0 else x * log(y)


def xlog1py(x: float, y: float) -> float:
    """x*log1p(y); 0 where x is 0 and y a number."""
    if y > -1.0:
        return x * math.log1p(y)
    return 0.0 if x == 0.0 and y <= -1.0 else x * -inf if y == -1.0 else nan


def entr(x: float) -> float:
    """-x*log(x), and 0 at 0; NaN below."""
    return -(x * math.log(x)) if x > 0.0 else 0.0 if x == 0.0 else nan


def one_plus_log(x: float) -> float:
    """1 + log(x), with a zero at 1/e."""
    if 0.2 < x < 0.6:
        return math.log1p(math.e * (x - ONE_OVER_E[0] - ONE_OVER_E[1]))
    return 1.0 + log(x)


def log_ndtr(x: float) -> float:
    """The logarithm of the normal distribution function."""
    if x >= 0.0:
        return math.log1p(-upper_tail(x))
    return (
        math.log(upper_tail(-x))
        if x > -1.0
        else log(0.5 * erfcx(-math.sqrt(0.5) * x)) - 0.5 * x * x
        if x > -1e160
        else -inf
        if x == x
        else x
    )


def normal_hazard(x: float) -> float:
    """The density over the distribution function of the normal law; for x < 0 it is about -x."""
    if x >= 0.0:
        square = x * x
        if not square < 1500.0:
            return 0.0
        e = math.exp(-0.5 * square)
        return DENSITY[0] * (e - e * (0.5 * product_error(x, x, square))) / (1.0 - upper_tail(x))
    return HAZARD / erfcx(-math.sqrt(0.5) * x) if x > -1e10 else -x


# --- others


def sinc(x: float) -> float:
    """sin(pi*x)/(pi*x), and 1 at 0."""
    if abs(x) < 1e-9:
        return 1.0
    angle = PI[0] * x
    value = trigonometry.sinpi(x) / angle
    if not value or not abs(x) < 1e200:
        return value
    return value - value * ((product_error(PI[0], x, angle) + PI[1] * x) / angle)


@cache
def _sinc_slope_of_balls() -> Callable[[float], float | None]:
    from micrograd.carriers.arb.rounding import nearest

    template = parse("(cospi(x) - sinc(x))*reciprocal(x)")
    return lambda x: nearest(template, {"x": x})


def sinc_slope(x: float) -> float:
    """(cos(pi*x) - sinc(x))/x, not at 0: around that a series; rounded from a ball close to the other zeros."""
    if abs(x) < 0.5:
        return float(x * (polynomial(SINC_SERIES[:-1], x * x) + SINC_SERIES[-1]))
    cosine, sine = trigonometry.cospi(x), sinc(x)
    difference = cosine - sine
    if abs(difference) < 0.6 * abs(cosine):
        sharp = _sinc_slope_of_balls()(x)
        return difference / x if sharp is None else sharp
    return difference / x


def copysign(x: float, y: float) -> float:
    """|x| with the sign of y, where zeros count as positive."""
    return math.copysign(x, y + 0.0) if y == y else y


def remainder(x: float, y: float) -> float:
    """x - y*floor(x/y), with the sign of y; NaN for y = 0."""
    return x % y if y and x - x == 0.0 else nan


def floor_of_quotient(x: float, y: float) -> float:
    """floor(x/y) of the quotient before it is rounded."""
    if y and x - x == 0.0 and y - y == 0.0:
        return x // y
    return math.copysign(inf, x) * math.copysign(1.0, y) if x and x == x and y == y else nan
