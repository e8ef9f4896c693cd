"""The usual distributions of ``scipy.stats`` on numbers that are traced: the table `STATS`.

A continuous distribution is given for the location 0 and the scale 1 by its support, the logarithm of its density, and as far as the
registry has it, its distribution function; ``loc`` and ``scale`` move and stretch it.  Outside of the support the density is 0, and its
logarithm has no value.  Where a parameter is none that the distribution has, nothing has a value, as SciPy gives NaN.  At some edges
SciPy has values where the formulas have none; so a claim about a distribution holds where they have.

The formulas are those of SciPy's documentation; the tests compare every method with SciPy.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from micrograd.trace.arrays import elementwise
from micrograd.trace.functions import continued, formula
from micrograd.trace.lookalikes.modules import Table
from micrograd.trace.runs import refuse

_NOWHERE = "0/0"


@dataclass(frozen=True)
class Distribution:
    """A distribution of SciPy's, as far as it is read.

    Attributes:
        name: SciPy's.
        parameters: names of the shape parameters.
        valid: the condition on them.
        support: the condition on x under which the density is given by ``density``; where it is not, the density is 0.
        density: the logarithm of the density or of the probability at x.
        below: the distribution function on the support.
        above: 1 - ``below``; by default that.
        before: where the distribution function is 0.
        edge: points beside the support at which the density depends on the parameters in ways that are not read.
        methods: further methods by their formulas, which hold for all x.
        discrete: whether it is one of integers, without a scale.
    """

    name: str
    parameters: tuple[str, ...]
    density: str
    support: str = "True"
    below: str | None = None
    above: str | None = None
    before: str = "False"
    valid: str = "True"
    edge: str = "False"
    methods: Mapping[str, str] = field(default_factory=dict)
    discrete: bool = False

    def formulas(self) -> dict[str, str]:
        """The methods that are read, for the location 0 and the scale 1."""
        point = "pmf" if self.discrete else "pdf"
        found = {
            f"log{point}": f"where({self.support}, {self.density}, {_NOWHERE})",
            point: f"where({self.support}, exp({self.density}), where({self.edge}, {_NOWHERE}, 0))",
        }
        if self.below is not None:
            above = self.above or f"1 - ({self.below})"
            found |= {
                "cdf": f"where({self.before}, 0, where({self.support}, {self.below}, 1))",
                "sf": f"where({self.before}, 1, where({self.support}, {above}, 0))",
                "logcdf": f"where({self.before}, {_NOWHERE}, where({self.support}, log({self.below}), 0))",
                "logsf": f"where({self.before}, 0, where({self.support}, log({above}), {_NOWHERE}))",
            }
        return {name: f"where({self.valid}, {text}, {_NOWHERE})" for name, text in {**found, **self.methods}.items()}


# fmt: off
DISTRIBUTIONS = (
    Distribution("norm", (), "-x**2/2 - log(2*pi)/2", below="erfc(-x/sqrt(2))/2", above="erfc(x/sqrt(2))/2",
        methods={"logcdf": "log_ndtr(x)", "logsf": "log_ndtr(-x)"}),
    Distribution("expon", (), "-x", "x >= 0", "-expm1(-x)", "exp(-x)", "x < 0", methods={"logsf": "where(x < 0, 0, -x)"}),
    Distribution("laplace", (), "-abs(x) - log(2)", below="where(x > 0, 1 - exp(-x)/2, exp(x)/2)",
        above="where(x > 0, exp(-x)/2, 1 - exp(x)/2)"),
    Distribution("logistic", (), "-x - 2*log1p(exp(-x))", below="sigmoid(x)", above="sigmoid(-x)",
        methods={"logcdf": "log_sigmoid(x)", "logsf": "log_sigmoid(-x)"}),
    Distribution("cauchy", (), "-log(pi) - log1p(x**2)", below="1/2 + atan(x)/pi", above="1/2 - atan(x)/pi"),
    Distribution("gumbel_r", (), "-x - exp(-x)", below="exp(-exp(-x))", above="-expm1(-exp(-x))", methods={"logcdf": "-exp(-x)"}),
    Distribution("gumbel_l", (), "x - exp(x)", below="-expm1(-exp(x))", above="exp(-exp(x))", methods={"logsf": "-exp(x)"}),
    Distribution("uniform", (), "0", "x >= 0 and x <= 1", "x", "1 - x", "x <= 0"),
    Distribution("halfnorm", (), "log(2/pi)/2 - x**2/2", "x >= 0", "erf(x/sqrt(2))", "erfc(x/sqrt(2))", "x < 0"),
    Distribution("rayleigh", (), "log(x) - x**2/2", "x > 0", "-expm1(-x**2/2)", "exp(-x**2/2)", "x <= 0"),
    Distribution("maxwell", (), "log(2/pi)/2 + 2*log(x) - x**2/2", "x > 0"),
    Distribution("gamma", ("a",), "(a - 1)*log(x) - x - lgamma(a)", "x > 0",
        "gammainc(a, x)", "gammaincc(a, x)", "x <= 0", "a > 0", "x == 0"),
    Distribution("chi2", ("df",), "(df/2 - 1)*log(x) - x/2 - lgamma(df/2) - df/2*log(2)", "x > 0",
        "gammainc(df/2, x/2)", "gammaincc(df/2, x/2)", "x <= 0", "df > 0", "x == 0"),
    Distribution("invgamma", ("a",), "-(a + 1)*log(x) - lgamma(a) - 1/x", "x > 0",
        "gammaincc(a, 1/x)", "gammainc(a, 1/x)", "x <= 0", "a > 0"),
    Distribution("beta", ("a", "b"), "(a - 1)*log(x) + (b - 1)*log1p(-x) - betaln(a, b)", "x > 0 and x < 1",
        "betainc(a, b, x)", "betainc(b, a, 1 - x)", "x <= 0", "a > 0 and b > 0", "x == 0 or x == 1"),
    Distribution("t", ("df",), "lgamma((df + 1)/2) - lgamma(df/2) - log(df*pi)/2 - (df + 1)/2*log1p(x**2/df)", valid="df > 0"),
    Distribution("lognorm", ("s",), "-log(x)**2/(2*s**2) - log(s*x*sqrt(2*pi))", "x > 0",
        "erfc(-log(x)/(s*sqrt(2)))/2", "erfc(log(x)/(s*sqrt(2)))/2", "x <= 0", "s > 0"),
    Distribution("weibull_min", ("c",), "log(c) + (c - 1)*log(x) - x**c", "x > 0",
        "-expm1(-x**c)", "exp(-x**c)", "x <= 0", "c > 0", "x == 0",
        {"logsf": "where(x <= 0, 0, -x**c)"}),
    Distribution("pareto", ("b",), "log(b) - (b + 1)*log(x)", "x >= 1", "1 - x**-b", "x**-b", "x < 1", "b > 0"),
    Distribution("poisson", ("mu",), "xlogy(x, mu) - mu - lgamma(x + 1)", "x >= 0 and x == floor(x)", valid="mu >= 0", discrete=True),
    Distribution("bernoulli", ("p",), "xlogy(x, p) + xlog1py(1 - x, -p)", "x == 0 or x == 1", valid="p >= 0 and p <= 1", discrete=True),
    Distribution("binom", ("n", "p"), "lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1) + xlogy(x, p) + xlog1py(n - x, -p)",
        "x >= 0 and x <= n and x == floor(x)", valid="n >= 0 and n == floor(n) and p >= 0 and p <= 1", discrete=True),
    Distribution("geom", ("p",), "log(p) + (x - 1)*log1p(-p)", "x >= 1 and x == floor(x)", valid="p > 0 and p < 1", discrete=True),
    Distribution("nbinom", ("n", "p"), "lgamma(n + x) - lgamma(x + 1) - lgamma(n) + n*log(p) + xlog1py(x, -p)",
        "x >= 0 and x == floor(x)", valid="n > 0 and p > 0 and p <= 1", discrete=True),
)
# fmt: on

_LOGARITHMS = ("logpdf",)
_SCALED = ("pdf",)


class TracedDistribution:
    """A distribution as a traced function sees it: its methods, and itself with its parameters given."""

    def __init__(self, distribution: Distribution) -> None:
        self._distribution = distribution
        self._methods = {
            name: elementwise(continued(formula(text, "x", *distribution.parameters))) for name, text in distribution.formulas().items()
        }

    def __call__(self, *arguments: Any, **named: Any) -> Frozen:
        return Frozen(self, arguments, named)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in self._methods:
            refuse(f"scipy.stats.{self._distribution.name}.{name} is not among the functions that can be traced")
        return functools.partial(self._value, name)

    def _value(self, method: str, x: Any, *arguments: Any, **named: Any) -> Any:
        given = self._bound(method, arguments, named)
        z = x - given["loc"]
        if not self._distribution.discrete:
            z = _divided(z, given["scale"])
        value = self._methods[method](z, *[given[name] for name in self._distribution.parameters])
        if method in _LOGARITHMS:
            return value - _log_scale(given["scale"])
        return _divided(value, given["scale"]) if method in _SCALED else value

    def _bound(self, method: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        """Parameters by name, from a call by position or by name."""
        title = f"{self._distribution.name}.{method}()"
        places = (*self._distribution.parameters, "loc", *(() if self._distribution.discrete else ("scale",)))
        given: dict[str, Any] = dict(zip(places, arguments, strict=False))
        twice = given.keys() & named.keys()
        if len(arguments) > len(places) or twice or not named.keys() <= set(places):
            raise TypeError(f"{title} takes {', '.join(places)}, each once")
        given |= named
        missing = [name for name in self._distribution.parameters if name not in given]
        if missing:
            raise TypeError(f"{title}: {', '.join(missing)} is missing")
        return {"loc": 0, "scale": 1, **given}


_divided = elementwise(formula("where(s > 0, z/s, 0/0)", "z", "s"))
_log_scale = elementwise(formula("log(s)", "s"))


class Frozen:
    """A distribution whose parameters are given."""

    def __init__(self, distribution: TracedDistribution, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        self._distribution, self._arguments, self._named = distribution, arguments, named
        distribution._bound("__call__", arguments, named)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._distribution, name)
        return lambda x: method(x, *self._arguments, **self._named)


STATS: Table = {each.name: TracedDistribution(each) for each in DISTRIBUTIONS}
