"""Special functions: rows whose derivatives are cited (`micrograd.verified.cited`), not proved.

They can be written, parsed, differentiated and evaluated like the primitives; a theorem about them lists what it cites.  An operand whose
derivative is None (the order of a Bessel function) must not depend on the variable.
"""

from __future__ import annotations

import micrograd.verified.primitives  # noqa: F401  the rows are made of these
from micrograd.verified.registry import SPECIAL as SPECIAL
from micrograd.verified.registry import Rows
from micrograd.verified.row import Cited, Definition

_POLES = "x > 0 or x != floor(x)"
_ENTIRE = "x > 0 or n == floor(n)"
"""J and I of integer order are entire; of other orders they are real for x > 0 only, and 0 or infinite at 0."""
_AND_ZERO = "x > 0 or n == floor(n) or x == 0 and n > 0"
_NEIGHBOURING_INTEGERS = tuple(
    f"floor_def({a}, {b})"
    for a, b in (
        ("n + 1", "floor(n + 1)"),
        ("n", "floor(n + 1)"),
        ("n - 1", "floor(floor(n - 1) + 1)"),
        ("floor(n - 1) + 1", "n"),
        ("floor(n - 1) + 1", "floor(floor(n - 1) + 1)"),
    )
)
"""n + 1 and n - 1 are integers if n is one."""
_NEXT_INTEGER = ("floor_def(n + 1, floor(n + 1))", "floor_def(n, floor(n + 1))")
"""n + 1 is an integer if n is one."""
_TWO_IS_AN_INTEGER = (
    "floor_def(0, floor(1))",
    "floor_def(1, floor(1))",
    "floor_def(1, floor(2))",
    "floor_def(2, floor(2))",
)


def _cited(fact: str, *uses: str) -> Cited:
    """The evidence of a row whose derivative is a fact of the literature."""
    return Cited(fact, uses)


_rows = Rows(soft=True)
_row = _rows.function

# fmt: off
gamma = _row("gamma(x)", ("gamma(x)*digamma(x)",), _cited("gamma_deriv"), _POLES, latex=r"\Gamma\left({0}\right)", scipy="gamma",
    normal=("lgamma_def(x)",))
lgamma = _row("lgamma(x)", ("digamma(x)",), _cited("lgamma_deriv"), _POLES, latex=r"\operatorname{{ln\Gamma}}\left({0}\right)",
    scipy="gammaln")
digamma = _row("digamma(x)", ("trigamma(x)",), _cited("digamma_deriv"), _POLES, latex=r"\psi\left({0}\right)", scipy="digamma")
trigamma = _row("trigamma(x)", ("polygamma(2, x)",), _cited("trigamma_deriv", *_TWO_IS_AN_INTEGER), _POLES,
    latex=r"\psi^{{\prime}}\left({0}\right)")
polygamma = _row("polygamma(n, x)", (None, "polygamma(n + 1, x)"), _cited("polygamma_deriv", *_NEXT_INTEGER),
    f"n >= 0 and n == floor(n) and ({_POLES})", latex=r"\psi^{{\left({0}\right)}}\left({1}\right)", scipy="polygamma")
betaln = _row("betaln(a, b)", ("digamma(a) - digamma(a + b)", "digamma(b) - digamma(a + b)"),
    Definition("lgamma(a) + lgamma(b) - lgamma(a + b)", cites="beta_def"), "a > 0 and b > 0",
    latex=r"\operatorname{{ln\mathrm{{B}}}}\left({0}, {1}\right)", within="a > 0 and b > 0", scipy="betaln")
beta = _row("beta(a, b)", ("beta(a, b)*(digamma(a) - digamma(a + b))", "beta(a, b)*(digamma(b) - digamma(a + b))"),
    Definition("exp(lgamma(a) + lgamma(b) - lgamma(a + b))", cites="beta_def"), "a > 0 and b > 0",
    latex=r"\mathrm{{B}}\left({0}, {1}\right)",
    within="a > 0 and b > 0", scipy="beta",
    normal=("exp_add(lgamma(a), lgamma(b))", "exp_add(lgamma(a) + lgamma(b) - lgamma(a + b), lgamma(a + b))", "exp_pos(lgamma(a + b))"))
airyai = _row("airyai(x)", ("airyaiprime(x)",), _cited("airy_deriv"), latex=r"\operatorname{{Ai}}\left({0}\right)")
airyaiprime = _row("airyaiprime(x)", ("x*airyai(x)",), _cited("airy_deriv"), latex=r"\operatorname{{Ai}}^{{\prime}}\left({0}\right)")
airybi = _row("airybi(x)", ("airybiprime(x)",), _cited("airy_deriv"), latex=r"\operatorname{{Bi}}\left({0}\right)")
airybiprime = _row("airybiprime(x)", ("x*airybi(x)",), _cited("airy_deriv"), latex=r"\operatorname{{Bi}}^{{\prime}}\left({0}\right)")
besselj = _row("besselj(n, x)", (None, "(besselj(n - 1, x) - besselj(n + 1, x))/2"), _cited("bessel_deriv", *_NEIGHBOURING_INTEGERS),
    _ENTIRE, defined=_AND_ZERO,
    latex=r"J_{{{0}}}\left({1}\right)", scipy="jv")
bessely = _row("bessely(n, x)", (None, "(bessely(n - 1, x) - bessely(n + 1, x))/2"), _cited("bessel_deriv"), "x > 0",
    latex=r"Y_{{{0}}}\left({1}\right)", scipy="yv")
besseli = _row("besseli(n, x)", (None, "(besseli(n - 1, x) + besseli(n + 1, x))/2"), _cited("bessel_deriv", *_NEIGHBOURING_INTEGERS),
    _ENTIRE, defined=_AND_ZERO,
    latex=r"I_{{{0}}}\left({1}\right)", scipy="iv")
besselk = _row("besselk(n, x)", (None, "-(besselk(n - 1, x) + besselk(n + 1, x))/2"), _cited("bessel_deriv"), "x > 0",
    latex=r"K_{{{0}}}\left({1}\right)", scipy="kv")
expint = _row("expint(n, x)", (None, "-expint(n - 1, x)"), _cited("expint_deriv"), "x > 0", latex=r"E_{{{0}}}\left({1}\right)",
    scipy="expn")
fresnels = _row("fresnels(x)", ("sinpi(x**2/2)",), _cited("fresnel_deriv"), latex=r"S\left({0}\right)")
fresnelc = _row("fresnelc(x)", ("cospi(x**2/2)",), _cited("fresnel_deriv"), latex=r"C\left({0}\right)")
lambertw = _row("lambertw(x)", ("1/(x + exp(lambertw(x)))",),
    _cited("lambertw_deriv", "lambertw_def(x)", "exp_pos(lambertw(x))"), "x > -exp(-1)",
    latex=r"W\left({0}\right)", range="value > -1", by=("lambertw_range(x)",), normal=("exp_neg(1)", "exp_pos(1)"))
ndtri = _row("ndtri(p)", ("sqrt(2*pi)*exp(ndtri(p)**2/2)",), _cited("ndtri_deriv"), "p > 0 and p < 1",
    latex=r"\Phi^{{-1}}\left({0}\right)",
    scipy="ndtri")
owens_t = _row("owens_t(h, a)", ("-exp(-h**2/2)*erf(a*h/sqrt(2))/(2*sqrt(2*pi))", "exp(-hypot(h, a*h)**2/2)/(2*pi*(a**2 + 1))"),
    _cited("owens_t_deriv"), latex=r"T\left({0}, {1}\right)", scipy="owens_t")
gammainc = _row("gammainc(a, x)", (None, "exp(-x)*x**(a - 1)/gamma(a)"), _cited("incomplete_gamma_deriv", "gamma_positive(a)"),
    "a > 0 and x > 0", latex=r"P\left({0}, {1}\right)", scipy="gammainc")
gammaincc = _row("gammaincc(a, x)", (None, "-exp(-x)*x**(a - 1)/gamma(a)"), _cited("incomplete_gamma_deriv", "gamma_positive(a)"),
    "a > 0 and x > 0", latex=r"Q\left({0}, {1}\right)", scipy="gammaincc")
betainc = _row("betainc(a, b, c)", (None, None, "c**(a - 1)*(1 - c)**(b - 1)/beta(a, b)"),
    _cited("incomplete_beta_deriv", "exp_pos(lgamma(a) + lgamma(b) - lgamma(a + b))"), "a > 0 and b > 0 and c > 0 and c < 1",
    latex=r"I_{{{2}}}\left({0}, {1}\right)", scipy="betainc")
# fmt: on

_rows.register(globals())
