"""Functions with guards, kinks and joints, whose derivatives are known by mathematics, not by the package.

Each row holds for all real x (and y > 0, n a whole number): function, derivative, second derivative by x ("" where it does not exist
everywhere), points where something meets.
"""

from __future__ import annotations

from typing import NamedTuple


class Guarded(NamedTuple):
    """A function of x with its true derivative on the whole line."""

    function: str
    slope: str
    second: str
    meets: tuple[str, ...]


# fmt: off
GUARDED = tuple(Guarded(*row) for row in (
    # guards that give the value which the function has anyhow
    ("where(x == 0, 0, x*log(y))", "log(y)", "0", ("0",)),
    ("where(x == 0, 0, sin(x))", "cos(x)", "-sin(x)", ("0",)),
    ("where(x == 0, 1, exp(x))", "exp(x)", "exp(x)", ("0",)),
    ("where(x == 2, 4, x**2)", "2*x", "2", ("2",)),
    ("where(x != 2, x**3, 8)", "3*x**2", "6*x", ("2",)),
    ("where(x**2 == 2, 2, x**2)", "2*x", "2", ("sqrt(2)", "-sqrt(2)")),
    ("where(x**2 == 2, 2*x, x**3)", "3*x**2", "6*x", ("sqrt(2)", "-sqrt(2)")),
    ("where(x > 0, x**2, x*x)", "2*x", "2", ("0",)),
    ("where(x >= 1, x**2, 2*x**2 - x**2)", "2*x", "2", ("1",)),
    ("where(x == floor(x), x, x)", "1", "0", ("3", "10**9")),
    ("where(x == y, y*x, x**2)", "2*x", "2", ("3/2",)),
    ("where(x == 0 or x == 1, x, x)*y", "y", "0", ("0", "1")),
    ("where(x == 0, 0, where(x == 1, 1, x))", "1", "0", ("0", "1")),
    ("where(x > 0 and x < 1, x, where(x == 0, 0, x))", "1", "0", ("0", "1")),
    ("where(not (x > 3), x*y, y*x)", "y", "0", ("3",)),
    # identities of kinks
    ("max(x, 0) + min(x, 0)", "1", "0", ("0",)),
    ("y*(max(x, 0) + min(x, 0))", "y", "0", ("0",)),
    ("max(x, 3) + min(x, 3)", "1", "0", ("3",)),
    ("max(x, y) + min(x, y)", "1", "0", ("3/2",)),
    ("max(x, y)*min(x, y)", "y", "0", ("3/2",)),
    ("relu(x) - relu(-x)", "1", "0", ("0",)),
    ("abs(x)*sign(x)", "1", "0", ("0",)),
    ("sign(x)**2*x", "1", "0", ("0",)),
    ("abs(x)**2", "2*x", "2", ("0",)),
    ("abs(x - 1)**2 + abs(x)**2", "4*x - 2", "4", ("0", "1")),
    ("abs(x)*abs(x)", "2*x", "2", ("0",)),
    ("abs(x) + x - 2*max(x, 0)", "0", "0", ("0",)),
    ("max(x, -x) - abs(x) + x**2", "2*x", "2", ("0",)),
    ("x + 0*floor(x)", "1", "0", ("0", "5")),
    ("x + 0*sign(x)", "1", "0", ("0",)),
    ("x + 0*abs(x)", "1", "0", ("0",)),
    ("floor(x) + ceil(-x)", "0", "0", ("0", "7")),
    ("x + trunc(x) - where(x >= 0, floor(x), ceil(x))", "1", "0", ("0", "2")),
    ("sqrt(x**2)**2", "2*x", "2", ("0",)),
    ("cbrt(x)**3", "1", "0", ("0",)),
    ("cbrt(x**3)", "1", "0", ("0",)),
    ("hypot(x, 0)**2", "2*x", "2", ("0",)),
    ("hypot(x, y)**2", "2*x", "2", ("0",)),
    ("cos(abs(x))", "-sin(x)", "-cos(x)", ("0",)),
    ("cosh(abs(x))", "sinh(x)", "cosh(x)", ("0",)),
    ("exp(max(x, 0))*exp(min(x, 0))", "exp(x)", "exp(x)", ("0",)),
    ("sin(x)*sign(x)**2", "cos(x)", "-sin(x)", ("0",)),
    # smooth once
    ("x*abs(x)", "2*abs(x)", "", ("0",)),
    ("abs(x)**3", "3*x*abs(x)", "6*abs(x)", ("0",)),
    ("relu(x)**2", "2*relu(x)", "", ("0",)),
    ("relu(x)**3", "3*relu(x)**2", "6*relu(x)", ("0",)),
    ("max(x, 1)**2 - 2*max(x, 1)", "2*max(x, 1) - 2", "", ("1",)),
    ("where(x > 0, x**2, 0)", "where(x > 0, 2*x, 0)", "", ("0",)),
    ("where(x > 0, x**3, -x**3)", "3*x*abs(x)", "6*abs(x)", ("0",)),
    ("where(x < 1, x**2, 2*x - 1)", "where(x < 1, 2*x, 2)", "", ("1",)),
    ("where(x <= y, x, y + sin(x - y))", "where(x <= y, 1, cos(x - y))", "where(x <= y, 0, -sin(x - y))", ("3/2",)),
    ("where(abs(x) < 1, x**2/2, abs(x) - 1/2)", "max(min(x, 1), -1)", "", ("0", "1", "-1")),
    ("floor(x)*sin(pi*x)**2", "floor(x)*2*pi*sin(pi*x)*cos(pi*x)", "", ("0", "3")),
    ("x**2*sign(x)", "2*abs(x)", "", ("0",)),
    ("abs(x)*sin(x)", "sign(x)*sin(x) + abs(x)*cos(x)", "", ("0",)),
    ("min(x, 0)**2 + max(x, 0)**2", "2*x", "2", ("0",)),
    ("sqrt(abs(x))**4", "2*x", "2", ("0",)),
    ("abs(x)**(3/2)", "3/2*sqrt(abs(x))*sign(x)", "", ("0",)),
    ("cbrt(x)**4", "4/3*cbrt(x)", "", ("0",)),
    # removable points
    ("where(x == 0, 1, sin(x)/x)", "where(x == 0, 0, (x*cos(x) - sin(x))/x**2)",
     "where(x == 0, -1/3, (2*sin(x) - 2*x*cos(x) - x**2*sin(x))/x**3)", ("0",)),
    ("where(x == 0, 1, (exp(x) - 1)/x)", "where(x == 0, 1/2, (x*exp(x) - exp(x) + 1)/x**2)", "", ("0",)),
    ("where(x == 1, 2, (x**2 - 1)/(x - 1))", "1", "0", ("1",)),
    ("where(x == 0, 1, x/tan(x)) + 0*where(sin(x) == 0, 0, x)", "where(x == 0, 0, 1/tan(x) - x/sin(x)**2)", "", ("0",)),
    ("where(x == 0, 0, (1 - cos(x))/x)", "where(x == 0, 1/2, (x*sin(x) - 1 + cos(x))/x**2)", "", ("0",)),
    ("where(x == 0, 0, x**2/x)", "1", "0", ("0",)),
    ("where(x == 0, 0, x*besselj(0, x))", "besselj(0, x) - x*besselj(1, x)", "", ("0",)),
    # special functions at their special points
    ("besselj(0, x)", "-besselj(1, x)", "(besselj(2, x) - besselj(0, x))/2", ("0",)),
    ("besseli(0, x)", "besseli(1, x)", "(besseli(0, x) + besseli(2, x))/2", ("0",)),
    ("besseli(1, x)", "(besseli(0, x) + besseli(2, x))/2", "", ("0",)),
    ("besselj(2, x)*y", "y*(besselj(1, x) - besselj(3, x))/2", "", ("0",)),
    ("airyai(x) + abs(x)**2", "airyaiprime(x) + 2*x", "x*airyai(x) + 2", ("0",)),
    ("erf(abs(x))*sign(x)", "2/sqrt(pi)*exp(-x**2)", "-4*x/sqrt(pi)*exp(-x**2)", ("0",)),
    ("fresnels(x)", "sin(pi/2*x**2)", "pi*x*cos(pi/2*x**2)", ("0",)),
    ("owens_t(x, 0) + x", "1", "0", ("0",)),
    ("lambertw(x**2)", "where(x == 0, 0, 2*x/(x**2 + exp(lambertw(x**2))))", "", ("0",)),
    # powers, roots, logarithms and flat functions that are small where they meet
    ("abs(x)**(3/2)", "3/2*sign(x)*sqrt(abs(x))", "", ("0",)),
    ("cbrt(x)**4", "4/3*cbrt(x)", "", ("0",)),
    ("x*sqrt(abs(x))", "3/2*sqrt(abs(x))", "", ("0",)),
    ("max(x - 1, 0)**(5/2)", "5/2*max(x - 1, 0)**(3/2)", "15/4*sqrt(max(x - 1, 0))", ("1",)),
    ("abs(x - 2)**(4/3)*exp(x)", "exp(x)*(abs(x - 2)**(4/3) + 4/3*sign(x - 2)*cbrt(abs(x - 2)))", "", ("2",)),
    ("where(x == 0, 0, x**2*log(abs(x)))", "where(x == 0, 0, 2*x*log(abs(x)) + x)", "", ("0",)),
    ("where(x == 0, 0, x**2*sin(1/x))", "where(x == 0, 0, 2*x*sin(1/x) - cos(1/x))", "", ("0",)),
    ("where(x > 0, exp(-1/x), 0)", "where(x > 0, exp(-1/x)/x**2, 0)", "where(x > 0, exp(-1/x)*(1 - 2*x)/x**4, 0)", ("0",)),
    ("where(x == 0, 0, exp(-1/x**2))", "where(x == 0, 0, 2*exp(-1/x**2)/x**3)", "", ("0",)),
    # integer powers, of negative numbers too
    ("x**(floor(y**2) + 2)", "(floor(y**2) + 2)*x**(floor(y**2) + 1)", "(floor(y**2) + 2)*(floor(y**2) + 1)*x**floor(y**2)", ("0", "-3")),
))
# fmt: on

OUTER = (
    # smooth functions to put around: with {u} and {d}
    ("sin({u})", "cos({u})*({d})"),
    ("exp({u}/5)", "exp({u}/5)*({d})/5"),
    ("({u})**2", "2*({u})*({d})"),
    ("({u})**3 - {u}", "(3*({u})**2 - 1)*({d})"),
    ("atan({u})", "({d})/(1 + ({u})**2)"),
    ("tanh({u})", "(1 - tanh({u})**2)*({d})"),
    ("log(1 + ({u})**2)", "2*({u})*({d})/(1 + ({u})**2)"),
    ("3*({u}) - 7", "3*({d})"),
    ("y*({u})", "y*({d})"),
    ("where(y > 0, {u}, 0)", "where(y > 0, {d}, 0)"),
    ("where(y**2 == 2, {u}, {u})", "{d}"),
)

PAIRS = (
    # two functions into one: with {u}, {d} and {v}, {e}
    ("{u} + {v}", "{d} + ({e})"),
    ("{u} - 2*({v})", "{d} - 2*({e})"),
    ("({u})*({v})", "({d})*({v}) + ({u})*({e})"),
    ("where(y > 1, {u}, {v})", "where(y > 1, {d}, {e})"),
)
