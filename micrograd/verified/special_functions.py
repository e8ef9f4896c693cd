"""Special functions: rows like those of the registry, but with derivatives that are cited (`micrograd.verified.cited`), not proved.

They can be written, parsed, differentiated and evaluated like the primitives; a theorem about them lists what it cites.  An operand whose
derivative is None (the order of a Bessel function) must not depend on the variable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from micrograd.verified.expr import HEADS, Expr, ExprLike, as_expr, build
from micrograd.verified.primitives import extend_axioms, register
from micrograd.verified.row import Cited, Definition, Evidence, Primitive

_POLES = "x > 0 or x != floor(x)"


def _row(
    signature: str, partials: tuple[str | None, ...], evidence: Evidence, domain: str = "True", *, defined: str | None = None
) -> Primitive:
    name, params = signature.rstrip(")").split("(")
    return Primitive(name, tuple(params.split(", ")), partials, evidence, domain, defined)


# fmt: off
ROWS = [
    _row("gamma(x)", ("gamma(x)*digamma(x)",), Cited("gamma_deriv"), _POLES),
    _row("lgamma(x)", ("digamma(x)",), Cited("lgamma_deriv"), _POLES),
    _row("digamma(x)", ("trigamma(x)",), Cited("digamma_deriv"), _POLES),
    _row("trigamma(x)", ("polygamma(2, x)",), Cited("trigamma_deriv"), _POLES),
    _row("polygamma(n, x)", (None, "polygamma(n + 1, x)"), Cited("polygamma_deriv"), f"n >= 0 and n == floor(n) and ({_POLES})"),
    _row("betaln(a, b)", ("digamma(a) - digamma(a + b)", "digamma(b) - digamma(a + b)"),
         Definition("lgamma(a) + lgamma(b) - lgamma(a + b)"), "a > 0 and b > 0"),
    _row("beta(a, b)", ("beta(a, b)*(digamma(a) - digamma(a + b))", "beta(a, b)*(digamma(b) - digamma(a + b))"),
         Definition("exp(lgamma(a) + lgamma(b) - lgamma(a + b))"), "a > 0 and b > 0"),
    _row("airyai(x)", ("airyaiprime(x)",), Cited("airy_deriv")),
    _row("airyaiprime(x)", ("x*airyai(x)",), Cited("airy_deriv")),
    _row("airybi(x)", ("airybiprime(x)",), Cited("airy_deriv")),
    _row("airybiprime(x)", ("x*airybi(x)",), Cited("airy_deriv")),
    _row("besselj(n, x)", (None, "(besselj(n - 1, x) - besselj(n + 1, x))/2"), Cited("bessel_deriv"), "x > 0"),
    _row("bessely(n, x)", (None, "(bessely(n - 1, x) - bessely(n + 1, x))/2"), Cited("bessel_deriv"), "x > 0"),
    _row("besseli(n, x)", (None, "(besseli(n - 1, x) + besseli(n + 1, x))/2"), Cited("bessel_deriv"), "x > 0"),
    _row("besselk(n, x)", (None, "-(besselk(n - 1, x) + besselk(n + 1, x))/2"), Cited("bessel_deriv"), "x > 0"),
    _row("expint(n, x)", (None, "-expint(n - 1, x)"), Cited("expint_deriv"), "x > 0"),
    _row("fresnels(x)", ("sin(pi/2*x**2)",), Cited("fresnel_deriv")),
    _row("fresnelc(x)", ("cos(pi/2*x**2)",), Cited("fresnel_deriv")),
    _row("lambertw(x)", ("1/(x + exp(lambertw(x)))",), Cited("lambertw_deriv"), "x > -exp(-1)"),
    _row("ndtri(p)", ("sqrt(2*pi)*exp(ndtri(p)**2/2)",), Cited("ndtri_deriv"), "p > 0 and p < 1"),
    _row("owens_t(h, a)", ("-exp(-h**2/2)*erf(a*h/sqrt(2))/(2*sqrt(2*pi))", "exp(-(a**2 + 1)*h**2/2)/(2*pi*(a**2 + 1))"),
         Cited("owens_t_deriv")),
    _row("gammainc(a, x)", (None, "exp(-x)*x**(a - 1)/gamma(a)"), Cited("incomplete_gamma_deriv"), "a > 0 and x > 0"),
    _row("gammaincc(a, x)", (None, "-exp(-x)*x**(a - 1)/gamma(a)"), Cited("incomplete_gamma_deriv"), "a > 0 and x > 0"),
    _row("betainc(a, b, c)", (None, None, "c**(a - 1)*(1 - c)**(b - 1)/beta(a, b)"), Cited("incomplete_beta_deriv"),
         "a > 0 and b > 0 and c > 0 and c < 1"),
]
# fmt: on

SPECIAL: Mapping[str, Primitive] = register(ROWS, soft=True)
"""Every special function by name."""
extend_axioms(SPECIAL, {name: {"beta_def"} for name in ("beta", "betaln")})


def _function(name: str) -> Callable[..., Expr]:
    row = SPECIAL[name]

    def apply(*arguments: ExprLike) -> Expr:
        if len(arguments) != row.arity:
            raise TypeError(f"{name} takes {row.arity} arguments ({', '.join(row.params)}), not {len(arguments)}")
        made: Expr = build(HEADS[name], *[as_expr(a) for a in arguments])
        return made

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"The expression {name}({', '.join(row.params)})."
    return apply


gamma = _function("gamma")
lgamma = _function("lgamma")
digamma = _function("digamma")
trigamma = _function("trigamma")
polygamma = _function("polygamma")
beta = _function("beta")
betaln = _function("betaln")
airyai = _function("airyai")
airyaiprime = _function("airyaiprime")
airybi = _function("airybi")
airybiprime = _function("airybiprime")
besselj = _function("besselj")
bessely = _function("bessely")
besseli = _function("besseli")
besselk = _function("besselk")
expint = _function("expint")
fresnels = _function("fresnels")
fresnelc = _function("fresnelc")
lambertw = _function("lambertw")
ndtri = _function("ndtri")
owens_t = _function("owens_t")
gammainc = _function("gammainc")
gammaincc = _function("gammaincc")
betainc = _function("betainc")
