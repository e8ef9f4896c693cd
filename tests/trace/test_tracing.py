"""Python functions become the expressions that they say, or are refused with the reason."""

from __future__ import annotations

import copy
import dataclasses
import functools
import itertools
import linecache
import math
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from math import exp as exponential
from math import pi as half_turn
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy import tanh as np_tanh

import micrograd as mg
from micrograd.prove import prove_equal
from micrograd.trace.cases import CASES
from micrograd.trace.readings import certain, nearest, reading
from micrograd.trace.tracing import trace
from micrograd.verified.errors import UnsupportedPrimitive

# --- floats ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "1/2"),
        (0.1, "1/10"),
        (-2.75, "-11/4"),
        (1e-17, "1/100000000000000000"),
        (1e22, str(10**22)),
        (2.0**80, str(2**80)),
        (2.0**-40, f"1/{2**40}"),
        (0.0, "0"),
        (-0.0, "0"),
    ],
    ids=str,
)
def test_certain(value: float, text: str) -> None:
    assert certain(value) is mg.parse(text)


@pytest.mark.parametrize("value", [1 / 3, 1 / 1001, 0.1 + 0.2, math.pi, 1 / 3600], ids=str)
def test_uncertain(value: float) -> None:
    assert certain(value) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "1/3"),
        (-2 / 7, "-2/7"),
        (0.1 + 0.2, "3/10"),
        (math.pi, "pi"),
        (math.tau, "2*pi"),
        (-math.pi, "-pi"),
        (math.pi / 180, "pi/180"),
        (180 / math.pi, "180/pi"),
        (math.e, "e"),
        (math.sqrt(2), "sqrt(2)"),
        (1 / math.sqrt(2 * math.pi), "1/sqrt(2*pi)"),
        (0.5 * math.log(2 * math.pi), "log(2*pi)/2"),
    ],
    ids=str,
)
def test_nearest(value: float, text: str) -> None:
    found = nearest(value)
    assert found is not None
    assert mg.to_sympy(found).equals(mg.to_sympy(mg.parse(text)))
    assert float(mg.evaluate(found)) == pytest.approx(value, rel=1e-15, abs=0)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_readings_are_within_two_units_in_the_last_place(value: float) -> None:
    for found in (certain(value), nearest(value)):
        # 2, and 1 for the evaluation of a multiple of a constant
        assert found is None or abs(float(mg.evaluate(found, {})) - value) <= 3 * math.ulp(value)


@given(st.decimals(-(10**6), 10**6, places=6))
def test_decimals_are_themselves(value: Any) -> None:
    assert certain(float(value)) is mg.const(Fraction(value))


# --- functions ---------------------------------------------------------------------------------------------------------

PI_HERE = math.pi
RATE = 0.25
DATA = np.array([0.5, 1.5])
POINTS = [0.1, 0.2]
MATRIX = np.array([[1.0, 2.0], [3.0, 4.0]])


def helper(x: float) -> float:
    return math.sin(x) + exponential(x)


def with_helper(x: float) -> float:
    return RATE * helper(x)


def factorial_power(x: float, n: int = 3) -> float:
    return x if n == 1 else x * factorial_power(x, n - 1)


def imports_inside(x: float) -> float:
    import math as m

    from numpy import cos

    return m.exp(cos(x))


def piecewise(x: float) -> float:
    if x == 0:
        return 1.0
    return math.sin(x) / x


def validated(x: float) -> float:
    if x <= 0:
        raise ValueError("x must be positive")
    return math.log(x)


def asserted(x: float) -> float:
    assert x > 0, f"{x} must be positive"
    return math.log(x)


def outside(x: float) -> float:
    return -math.inf if x < 0 else float("nan") if x == 0 else x


def series(x: float, terms: int = 3) -> float:
    return sum(x**k / math.factorial(k) for k in range(1, terms + 1))


def best_of(x: float, y: float) -> float:
    best = -math.inf
    for value in (x, y):
        best = max(best, value)
    return best


def nested(x: float) -> float:
    if 0 < x < 1:
        return x
    elif not x <= 0 and x > -1:
        return 2 * x
    return 3 * x


def counter() -> Callable[[float], float]:
    scale = 0.5
    return lambda x: scale * x


class Model:
    """Has state, methods and constants of its class."""

    power = 2

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def inner(self, x: float) -> float:
        return math.cos(x) ** self.power

    def loss(self, x: float) -> float:
        return self.scale * self.inner(x)

    def __call__(self, x: float) -> float:
        return self.loss(x)


@dataclasses.dataclass(frozen=True)
class Normal:
    """With a property and a static method."""

    mean: float
    variance: float = 0.25

    @property
    def deviation(self) -> float:
        return math.sqrt(self.variance)

    @staticmethod
    def square(x: float) -> float:
        return x**2

    def log_density(self, x: float) -> float:
        return -self.square(x - self.mean) / (2 * self.variance) - math.log(self.deviation)


def doubled(function: Callable[..., float]) -> Callable[..., float]:
    @functools.wraps(function)
    def inner(*arguments: float) -> float:
        return 2 * function(*arguments)

    return inner


@functools.lru_cache
def cached(x: float) -> float:
    return math.exp(x)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (with_helper, "1/4*(sin(x) + exp(x))"),
        (factorial_power, "x*(x*x)"),
        (imports_inside, "exp(cos(x))"),
        (piecewise, "where(x == 0, 1, sin(x)/x)"),
        (validated, "where(x <= 0, 1/0, log(x))"),
        (asserted, "where(x > 0, log(x), 1/0)"),
        (outside, "where(x < 0, 1/0, where(x == 0, 1/0, x))"),
        (series, "x/1 + x**2/2 + x**3/6"),
        (best_of, "max(x, y)"),
        (nested, "where(x > 0, where(x < 1, x, 2*x), 3*x)"),
        (counter(), "1/2*x"),
        (doubled(helper), "2*(sin(x) + exp(x))"),
        (cached, "exp(x)"),
        (Model(0.3).loss, "3/10*cos(x)**2"),
        (Model(0.3), "3/10*cos(x)**2"),
        (Normal(0.1).log_density, "-(x - 1/10)**2/(2*(1/4)) - log(sqrt(1/4))"),
        (lambda x: Model(x).loss(x), "x*cos(x)**2"),
        (functools.partial(lambda a, x: a * x, 0.1), "1/10*x"),
        (functools.partial(lambda x, a: a * x, a=0.1), "1/10*x"),
        (math.sin, "sin(x)"),
        (np.arctan, "atan(x)"),
        (lambda x: PI_HERE * x + half_turn + math.pi, "pi*x + pi + pi"),
        (lambda x: np_tanh(x) + mg.softplus(x), "tanh(x) + softplus(x)"),
        (lambda x: mg.where(x > 0, x, mg.pi), "where(x > 0, x, pi)"),
        (lambda x: (1 / 3) * x + 2**0.5, "1/3*x + sqrt(2)"),
        (lambda x: math.log(x, 10) + math.log(x), "log(x)/log(10) + log(x)"),
        (lambda x: max(x, 0) - min(x, 1), "max(x, 0) - min(x, 1)"),
        (lambda x: abs(x) // 2 + x % 2, "floor(abs(x)/2) + (x - 2*floor(x/2))"),
        (lambda x: float(np.exp(x)) if isinstance(x, int | float) else 0, "exp(x)"),
        (lambda x: x if not isinstance(x, str) and not hasattr(x, "__len__") else 0, "x"),
        (lambda x: (x > 0) * x, "where(x > 0, 1, 0)*x"),
        (lambda x: np.log(x) if np.isfinite(np.log(x)) else 0, "where(x > 0, log(x), 0)"),
        (lambda x: x if math.isfinite(x) and not np.isnan(x) and x < math.inf else 0, "x"),
        (lambda x: np.where(x > 0, x, 0) + np.clip(x, -1, 1), "where(x > 0, x, 0) + min(max(x, -1), 1)"),
        (lambda x: np.select([x < 0, x < 1], [0, x], 1), "where(x < 0, 0, where(x < 1, x, 1))"),
        (lambda x: np.sqrt(2 * np.pi) * x ** int(2.0), "sqrt(2*pi)*x**2"),
        (lambda x: x.real if not hasattr(x, "append") else x, "x"),
        (lambda mu: np.sum((DATA - mu) ** 2), "(1/2 - mu)**2 + (3/2 - mu)**2"),
        (lambda mu: np.mean(DATA) - mu + sum(POINTS), "1 - mu + 3/10"),
        (lambda a, b: math.hypot(a, b) + math.dist([a], [b]), "hypot(a, b) + sqrt((a - b)*(a - b))"),
        (lambda x: np.linalg.det(np.array([[x, 1.0], [2.0, x]])), "x*x - 2"),
        (lambda x: 5, "5"),
    ],
)
def test_formulas(function: Callable[..., Any], text: str) -> None:
    found, expected = trace(function).result, mg.parse(text)
    assert found is expected or prove_equal(expected, found), f"{found} is not {expected}"


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (lambda x: x @ x, "x0*x0 + x1*x1"),
        (lambda x: np.sum(x * x), "x0*x0 + x1*x1"),
        (lambda x: np.dot(x, x) - x.dot(x), "x0*x0 + x1*x1 - (x0*x0 + x1*x1)"),
        (lambda x: x @ MATRIX, ["x0*1 + x1*3", "x0*2 + x1*4"]),
        (lambda x: MATRIX @ x, ["1*x0 + 2*x1", "3*x0 + 4*x1"]),
        (lambda x: x[::-1], ["x1", "x0"]),
        (lambda x: [a * b for a, b in itertools.pairwise(x)], ["x0*x1"]),
        (lambda x: np.exp(-x), ["exp(-x0)", "exp(-x1)"]),
        (lambda x: np.where(x > 0, x, 0.5), ["where(x0 > 0, x0, 1/2)", "where(x1 > 0, x1, 1/2)"]),
        (lambda x: np.linalg.norm(x), "sqrt(x0*x0 + x1*x1)"),
        (lambda x: np.max(x) + x.max(), "max(x0, x1) + max(x0, x1)"),
        (lambda x: x.mean() + np.prod(x), "(x0 + x1)/2 + x0*x1"),
        (lambda x: np.stack([x, 2 * x]), [["x0", "x1"], ["2*x0", "2*x1"]]),
        (lambda x: np.array([[x[0], 0.0], [1 / 3, x[1] ** 2]]), [["x0", "0"], ["1/3", "x1**2"]]),
        (lambda x: np.add.reduce(x) + np.logaddexp.reduce(x), "x0 + x1 + logaddexp(x0, x1)"),
        (lambda x: np.outer(x, x)[0, 1] + np.einsum("i,i", x, x), "x0*x1 + (0 + x0*x0 + x1*x1)"),
        (lambda x: x[0] if np.all(x > 0) else x[1], "where(x0 > 0 and x1 > 0, x0, x1)"),
        (lambda x: x[np.argmax(x)], "where(x1 > x0, x1, x0)"),
        (lambda x: sorted(x)[0], "where(x1 < x0, x1, x0)"),
        (lambda x: np.hypot(x[0], x[1]) + np.sign(x[0]), "hypot(x0, x1) + sign(x0)"),
        (lambda x: np.vectorize(lambda a: a + 1)(x), ["x0 + 1", "x1 + 1"]),
        (lambda x: np.diff(x)[0] + np.linspace(0, 1, 2) @ x, "x1 - x0 + (0*x0 + 1*x1)"),
    ],
)
def test_vectors(function: Callable[..., Any], result: Any) -> None:
    found = trace(function, shapes={"x": 2}).result
    assert _texts(found) == _texts(result)


def _texts(result: Any) -> Any:
    if isinstance(result, list | tuple):
        return [_texts(x) for x in result]
    return str(mg.simplify(mg.parse(result) if isinstance(result, str) else result))


def clipped_gradient(x: Any) -> Any:
    gradient = np.zeros_like(x)
    gradient[0] = x[0] * x[1]
    gradient[1:] = x[1:] ** 2
    gradient[x > 1] = 0
    x += 1
    return gradient


def test_entries_are_assigned_also_by_conditions() -> None:
    expected = ["where(x0 > 1, 0, x0*x1)", "where(x1 > 1, 0, x1**2)"]
    assert _texts(trace(clipped_gradient, shapes={"x": 2}).result) == _texts(expected)


def test_matrices() -> None:
    traced = trace(lambda a: a[0, 1] * a.T[0, 1], shapes={"a": (2, 2)})
    assert traced.names == ("a0_0", "a0_1", "a1_0", "a1_1")
    assert str(traced.result) == "a0_1*a1_0"


# --- parameters --------------------------------------------------------------------------------------------------------


def keywords(x: float, a: float = 2.0, *, b: float) -> float:
    return a * x + b


def annotated(x: Annotated[Any, 2], y: tuple[float, float]) -> Any:
    return x[0] * y[1]


@pytest.mark.parametrize(
    ("function", "names", "variables", "text"),
    [
        (keywords, None, ("x", "b"), "2*x + b"),
        (keywords, ["x", "a", "b"], ("x", "a", "b"), "a*x + b"),
        (keywords, ["p", "q"], ("p", "q"), "2*p + q"),
        (annotated, None, ("x0", "x1", "y0", "y1"), "x0*y1"),
        (annotated, ["a", "b"], ("a0", "a1", "b0", "b1"), "a0*b1"),
        (annotated, ["a", "b", "c", "d"], ("a", "b", "c", "d"), "a*d"),
        (lambda v: v @ v, ["p", "q"], ("p", "q"), "p*p + q*q"),
        (lambda *v: v[0] * v[1], ["p", "q"], ("p", "q"), "p*q"),
        (lambda: 1, None, (), "1"),
    ],
)
def test_parameters(function: Callable[..., Any], names: Sequence[str] | None, variables: tuple[str, ...], text: str) -> None:
    traced = trace(function, names)
    assert traced.names == variables
    assert str(traced.result) == text


@pytest.mark.parametrize(
    ("function", "options", "reason"),
    [
        (lambda e: e, {}, "'e' is reserved; choose another variable name; rename the variables by names="),
        (lambda x, y: x, {"names": ["a", "a"]}, "variables need different names, not a, a"),
        (lambda x, y: x, {"names": ["a"]}, "has the parameters x, y, which do not take 1 variables"),
        (lambda x: x, {"shapes": {"y": 2}}, "has no parameter y, whose shape is given"),
        (lambda x: x, {"shapes": {"x": 0}}, "a shape consists of positive lengths, not 0"),
    ],
)
def test_unusable_parameters(function: Callable[..., Any], options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError) as caught:
        trace(function, **options)
    assert reason in str(caught.value)


# --- what is refused ---------------------------------------------------------------------------------------------------

calls = [0]
total = 0


def halving(x: float) -> float:
    while x > 1:
        x = x / 2
    return x


def branches_in_a_loop(x: Any) -> Any:
    return sum(v if v > 0 else 0 for v in x)


def appends(x: float) -> float:
    calls.append(1)
    return x * len(calls)


def assigns(x: float) -> float:
    global total
    total += 1
    return x * total


def encloses() -> Callable[[float], float]:
    n = 0

    def inner(x: float) -> float:
        nonlocal n
        n += 1
        return n * x

    return inner


def catches(x: float) -> float:
    try:
        return math.log(x)
    except ValueError:
        return 0.0


def catches_all(x: float) -> float:
    try:
        return math.log(x)
    except:  # noqa: E722
        return 0.0


def generator(x: float) -> Iterator[float]:
    yield x


def endless(x: float) -> float:
    return endless(x) + 1


def two_shapes(x: float) -> Any:
    return x if x > 0 else (x, x)


def swallowed(x: float) -> float:
    import contextlib

    with contextlib.suppress(Exception):
        return float(int(x))
    return 0.0


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (halving, "a loop whose length depends on a value cannot be traced"),
        (appends, "is not the same twice"),
        (lambda x: random.random() * x, "random.random is not among the functions that can be traced"),
        (assigns, "assigns the global total: it keeps state between calls"),
        (encloses(), "assigns n of the enclosing function"),
        (catches, "an `except` clause: for which values it is taken cannot be traced"),
        (catches_all, "an `except` clause"),
        (generator, "is a generator or a coroutine"),
        (endless, "calls itself without end"),
        (two_shapes, "returns results of different shapes, one where x > 0 and another where not x > 0"),
        (swallowed, "contextlib.suppress is not among the functions that can be traced"),
        (lambda x: 1 if x else 2, "the truth of the number `x` is asked for, which depends on the arguments: write `x != 0`"),
        (lambda x: int(x), "int(…) needs the digits of a number, and `x` depends on the arguments"),
        (lambda x: round(x, 2), "round(…) needs the digits"),
        (lambda x: {x: 1}[x], "hash(…), as for a dictionary's key or a set, needs the digits"),
        (lambda x: complex(x, 1), "a function that works on floats only"),
        (lambda x: [1, 2][x], "is used as an index or a length"),
        (lambda x: x[0], "a vector needs its length: shapes="),
        (lambda x: x.T @ x, "`.T` of the number `x`, which is not the same"),
        (lambda x: sum(x), "a vector needs its length: shapes="),
        (lambda x: math.ulp(x), "math.ulp is not among the functions that can be traced"),
        (lambda x: np.fft.fft(x), "numpy.fft is not among the functions that can be traced"),
        (lambda x: np.nextafter(x, 1), "numpy.nextafter is not among the functions that can be traced"),
        (lambda x: np.zeros(2)[np.array([x, x]) > 0].sum(), "how many entries it selects depends on the arguments"),
        (lambda x: 0 if np.isnan(np.log(x)) else 1, "which of the undefined values are NaN and which are infinite cannot be traced"),
        (lambda x: None, "returns nothing"),
        (lambda x: "text", "returns 'text', which is not a number"),
        (lambda x: unknown_name * x, "NameError: name 'unknown_name' is not defined"),  # type: ignore[name-defined]  # noqa: F821
        (lambda x: 1 / 0, "ZeroDivisionError"),
        (len, "is not written in Python, so there is nothing to trace"),
        (math.ulp, "math.ulp is not among the functions that can be traced"),
        (dict.get, "there is nothing to trace"),
    ],
)
def test_refused(function: Callable[..., Any], reason: str) -> None:
    with pytest.raises(UnsupportedPrimitive) as caught:
        trace(function)
    assert reason in str(caught.value)


def test_the_line_is_named() -> None:
    line = halving.__code__.co_firstlineno + 1
    with pytest.raises(UnsupportedPrimitive, match=f"halving, line {line}: more than {CASES} cases"):
        trace(halving)


def test_no_function() -> None:
    with pytest.raises(TypeError, match="takes a function"):
        trace("x**2")  # type: ignore[arg-type]


def test_cases_are_bounded() -> None:
    assert trace(branches_in_a_loop, shapes={"x": 6}).cases == CASES
    with pytest.raises(UnsupportedPrimitive, match=r"2\*\*n cases"):
        trace(branches_in_a_loop, shapes={"x": 7})


def test_nothing_of_the_users_is_changed() -> None:
    copy.copy(Model(0.1))  # Python keeps the names of slots in a class that was ever copied
    before = list(calls), DATA.copy(), vars(Model).copy(), math.exp, helper.__globals__ is globals()
    trace(with_helper)
    trace(Model(0.1).loss)
    with pytest.raises(UnsupportedPrimitive):
        trace(appends)
    after = list(calls), DATA.copy(), vars(Model).copy(), math.exp, helper.__globals__ is globals()
    assert before[0] == after[0]
    assert (before[1] == after[1]).all()
    assert before[2:] == after[2:]
    assert helper(0.0) == 1.0


def test_readings_that_are_not_as_written_are_told() -> None:
    def f(x: float) -> float:
        return 0.7071067811865476 * x + 1 / 3

    assert trace(f).readings == ()
    with reading("nearest"):
        traced = trace(f)
    assert str(traced.result) == "sqrt(2)/2*x + 1/3"
    assert traced.readings == ("the constant 0.7071067811865476 is read as sqrt(2)/2",)


def test_threads() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda i: trace(piecewise if i % 2 else validated).result, range(40)))
    assert len(set(found[::2])) == len(set(found[1::2])) == 1


def test_modules_of_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_formulas.py").write_text("import math\nK = 0.5\ndef f(x):\n    return K * math.exp(x)\n")
    monkeypatch.syspath_prepend(tmp_path)
    import own_formulas  # type: ignore[import-not-found]

    assert str(trace(lambda x: own_formulas.f(x) + own_formulas.K).result) == "1/2*exp(x) + 1/2"


SMOOTH: dict[str, tuple[Callable[..., Any], tuple[float, ...]]] = {
    "helper": (with_helper, (0.7,)),
    "normal": (Normal(0.1).log_density, (0.7,)),
    "piecewise": (piecewise, (0.7,)),
    "nested": (nested, (1.5,)),
    "hypot": (lambda a, b: math.hypot(a, b) / math.atan2(a, b), (0.3, 0.4)),
    "numpy": (lambda a, b: np.sqrt(a) * np.log1p(b) ** np.cbrt(a) + np.heaviside(a, 0.5) + np.sinc(b), (0.3, 0.4)),
    "math": (lambda a, b: math.expm1(a) + math.erf(b) - math.degrees(a) + math.copysign(a, -b) + math.fmod(b, 0.3), (0.3, 0.4)),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_values_agree(name: str) -> None:
    """The formula at floats is the function at floats, to the few rounding errors of a dozen operations."""
    function, point = SMOOTH[name]
    traced = trace(function)
    found = mg.evaluate(traced.result, dict(zip(traced.names, point, strict=True)))
    assert found == pytest.approx(function(*point), rel=32 * 2**-52)


def test_what_a_function_holds_may_be_anything() -> None:
    odd = np.array([0.1, None], dtype=object)
    with pytest.raises(UnsupportedPrimitive, match="dtype=object"):
        trace(lambda x: odd[0] * x)


def test_long_expressions() -> None:
    space: dict[str, Any] = {}
    source = f"def f(x):\n    return {' + '.join(['x*0.1'] * 900)}\n"
    linecache.cache["<long>"] = (len(source), None, source.splitlines(True), "<long>")
    exec(compile(source, "<long>", "exec"), space)
    assert str(trace(space["f"]).result).count("x*(1/10)") == 900
