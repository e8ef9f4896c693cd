"""Constants are the numbers that are written: literals, what is computed from them, what the compiler has folded, and what was captured."""

from __future__ import annotations

import dataclasses
import functools
import linecache
import math
import re
from collections.abc import Callable
from fractions import Fraction
from math import e as base
from math import pi as half_turn
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import micrograd as mg
from micrograd.prove import prove_derivative, prove_equal, prove_gradient, prove_hessian
from micrograd.trace.readings import UncertainConstant, reading
from micrograd.trace.tracing import trace
from micrograd.verified.errors import UnsupportedPrimitive

PER_HOUR = 1 / 3600
MINUTES = 1440
ROOT = math.sqrt(2) / 2
LITERAL_ROOT = 0.7071067811865476
PLANCK = 6.62607015e-34 / (2 * math.pi)
DENSITY: float = 1 / np.sqrt(2 * np.pi)
TABLE = {"third": 1 / 3, "list": [2 / 7, 0.1]}
ARRAY = np.array([0.1, 1 / 3, math.pi])
RANDOM = np.random.default_rng(0).normal(size=3)
FIRST, SECOND = 0.1 + 0.2, 2**-0.5
GRID, STEPS = np.linspace(0, 1, 11), np.arange(0, 1, 0.1)
CERTAIN = np.array([0.125, 0.3, 2.0, 1e-7])
AMBIGUOUS = {"a": 0.30000000000000004, "b": 0.1 + 0.2}


def default(x: float, k: float = 1 / 3601, *, j: float = math.log(8)) -> float:
    return k * x + j


class Scaled:
    scale = 1 / 3
    shares = (1 / 7, 0.1)

    def __init__(self) -> None:
        self.rate = 5 / 9

    def f(self, x: float) -> float:
        return self.scale * x + self.shares[0] + self.rate


@dataclasses.dataclass
class Record:
    a: float = 2 / 3

    def f(self, x: float) -> float:
        return self.a * x


def closure() -> Callable[[float], float]:
    c = 1 / 999
    d = math.sqrt(2) / 2
    return lambda x: c * x + d


def augmented(x: float) -> float:
    x /= 3
    n: Any = 2
    n **= -3
    return x * n  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda x: x * (1 / 3600), "x/3600"),
        (lambda x: 1 / 1001 + 0 * x, "1/1001"),
        (lambda x: x * (1 / MINUTES), "x/1440"),
        (lambda x: 2 / 3 * x + 10**-3, "2/3*x + 1/1000"),
        (lambda x: 1e-3 * 7 * x + 0.1 + 0.2, "7/1000*x + 3/10"),
        (lambda x: 7**0.5 + 11**0.5 * x, "sqrt(7) + sqrt(11)*x"),
        (lambda x: math.sqrt(7) + np.sqrt(11) * x + math.log(8), "sqrt(7) + sqrt(11)*x + log(8)"),
        (lambda x: PER_HOUR * x, "x/3600"),
        (lambda x: ROOT * x, "sqrt(2)/2*x"),
        (lambda x: LITERAL_ROOT * x, "7071067811865476/10**16*x"),
        (lambda x: 0.7071067811865476 * x, "7071067811865476/10**16*x"),
        (lambda x: 0.39894228040143267794 * x, "39894228040143267794/10**20*x"),
        (lambda x: 1_000.25e-3 * x, "100025/100000*x"),
        (lambda x: PLANCK * x, "662607015/10**42/(2*pi)*x"),
        (lambda x: DENSITY * x, "x/sqrt(2*pi)"),
        (lambda x: TABLE["third"] * x + TABLE["list"][0] + TABLE["list"][1], "x/3 + 2/7 + 1/10"),  # type: ignore[index]
        (lambda x: np.sum(ARRAY * x), "x/10 + x/3 + pi*x"),
        (lambda x: np.sum(GRID * x) + np.sum(STEPS), "(1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10)/10*x + 45/10"),
        (lambda x: np.sum(CERTAIN * x), "(1/8 + 3/10 + 2 + 1/10**7)*x"),
        (lambda x: FIRST * x + SECOND, "3/10*x + 2**(-1/2)"),
        (lambda x: half_turn * x + base, "pi*x + e"),
        (default, "x/3601 + log(8)"),
        (Scaled().f, "x/3 + 1/7 + 5/9"),
        (Record().f, "2/3*x"),
        (Record(5 / 7).f, "5/7*x"),
        (functools.partial(lambda x, k: k * x, k=3 / 11), "3/11*x"),
        (closure(), "x/999 + sqrt(2)/2"),
        (augmented, "x/3/8"),
        (lambda x: (lambda y, k=1 / 3: k * y)(x), "x/3"),
        (lambda x: np.array([1, 2, 4]).mean() * x + np.arange(3)[1] / 7, "7/3*x + 1/7"),
        (lambda x: Fraction(1, 3) * x + float(Fraction(1, 7)), "x/3 + 1/7"),
        (lambda x: sum([1, 2, 3]) / len([1, 2, 3, 4, 5, 6, 7]) * x, "6/7*x"),
        (lambda x: float("0.1") * x, "x/10"),
    ],
)
def test_exact(function: Callable[..., Any], text: str) -> None:
    found = trace(function).result
    assert prove_equal(text, found).verdict == "proved", f"{found} is not {text}"


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(RANDOM * x),
        lambda x: AMBIGUOUS["a"] * x,
        functools.partial(lambda k, x: k * x, float(RANDOM[0])),
        Record(float(RANDOM[1])).f,
        lambda x: 1e-400 * x,
    ],
)
def test_uncertain(function: Callable[..., Any]) -> None:
    with pytest.raises(UncertainConstant):
        trace(function)
    verdict = prove_derivative(function, "1", wrt="x")
    assert verdict.verdict == "unknown"
    assert "the constant" in verdict.reason  # type: ignore[union-attr]


def test_uncertain_constants_make_each_verdict_unknown() -> None:
    def f(x: float, y: float) -> Any:
        return np.sum(RANDOM * x) + y

    found = prove_gradient(f, lambda x, y: (np.sum(RANDOM), 1))
    assert {key: verdict.verdict for key, verdict in found.items()} == {"x": "unknown", "y": "unknown"}
    assert prove_hessian(f, [[0, 0], [0, 0]]).verdict == "unknown"
    assert prove_equal(f, f).verdict == "unknown"


# --- the nearest constants ---------------------------------------------------------------------------------------------

DENSITY_CLAIM = "-x*exp(-x**2/2)*0.3989422804014327"


@pytest.mark.parametrize(
    ("f", "claim", "note"),
    [
        ("x*sqrt(2)/2", "0.7071067811865476", "the constant 0.7071067811865476 is read as sqrt(2)/2"),
        (lambda x: x * math.sqrt(2) / 2, lambda x: 0.7071067811865476, "the constant 0.7071067811865476 is read as sqrt(2)/2"),
        ("2**x", "2**x*0.6931471805599453", "the constant 0.6931471805599453 is read as log(2)"),
        ("exp(-x**2/2)/sqrt(2*pi)", DENSITY_CLAIM, "the constant 0.3989422804014327 is read as 1/sqrt(2*pi)"),
        ("x/3", "0.3333333333333333", "the constant 0.3333333333333333 is read as 1/3"),
        (lambda x: x * math.sqrt(2) / 2, lambda x: LITERAL_ROOT, "the constant 0.7071067811865476 is read as sqrt(2)/2"),
    ],
)
def test_nearest_constants_are_read_when_asked_for(f: Any, claim: Any, note: str) -> None:
    assert prove_derivative(f, claim, wrt="x").verdict == "refuted"
    found = prove_derivative(f, claim, wrt="x", constants="nearest")
    assert found.verdict == "proved"
    assert note in found.notes  # type: ignore[union-attr]


def test_refutations_say_how_constants_were_read() -> None:
    found = prove_derivative("x*sqrt(3)/2", "0.7071067811865476", wrt="x", constants="nearest")
    assert found.verdict == "refuted"
    assert "is read as sqrt(2)/2" in found.reason  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["12345678901234567*x", "x/2**60", "0.123456789012345678901234567890*x", "1e400*x"])
def test_other_numbers_stay_what_they_are(text: str) -> None:
    expression = mg.parse(text)
    with reading("nearest") as how:
        assert how.of_text(expression) is expression


def test_no_such_reading() -> None:
    with pytest.raises(ValueError, match="constants is one of 'exact', 'nearest', not 'precise'"):
        prove_derivative("x", "1", wrt="x", constants="precise")


# --- without the source ------------------------------------------------------------------------------------------------

PROGRAM = """
import math
def folded(x): return x*(1/3600) + 0.5
def written(x): return x*0.0002777777777777778
def short(x): return 0.1*x + 2.5
def sums(x): return x*(0.1 + 0.2)
def quotient(x):
    n = 7
    return x*(1/n)
def dyadic(x):
    n = 8
    return x*(1/n)
def root(x): return 2**0.5*x
def identity(x): return x if (x > 0) is True else 0.0
def with_none(x): return 2*x if x is None else x
def text(x): return len(f"{x}")*x
def caught(x):
    try: return math.log(x)
    except ValueError: return 0.0
def managed(x):
    with open("x"): return x
def classy(x): return len(x.__class__.__name__)*x
def matched(x):
    match x:
        case float(): return x
    return 2*x
"""


def _program(name: str, filename: str) -> Callable[..., Any]:
    space: dict[str, Any] = {"__name__": "somebody"}
    exec(compile(PROGRAM, filename, "exec"), space)
    return space[name]  # type: ignore[no-any-return]


READ = {"folded": "x/3600 + 1/2", "short": "x/10 + 5/2", "sums": "3/10*x", "dyadic": "x/8", "with_none": "x"}


@pytest.mark.parametrize("name", re.findall(r"^def (\w+)", PROGRAM, re.MULTILINE))
def test_code_without_source(name: str) -> None:
    function = _program(name, "<nothing>")
    if name in READ:
        assert prove_equal(READ[name], trace(function).result).verdict == "proved"
    else:
        with pytest.raises(UnsupportedPrimitive):
            trace(function)


MORE = {"written": "x*0.0002777777777777778", "quotient": "x/7", "root": "sqrt(2)*x"}


@pytest.mark.parametrize(("name", "text"), [*READ.items(), *MORE.items()])
def test_code_with_source(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(linecache.cache, "<something>", (len(PROGRAM), None, PROGRAM.splitlines(True), "<something>"))
    assert prove_equal(text, trace(_program(name, "<something>")).result).verdict == "proved"


def test_a_file_that_has_changed_since_is_no_source(tmp_path: Path) -> None:
    path = tmp_path / "changed.py"
    path.write_text(PROGRAM.replace("3600", "3601").replace("0.1*x", "0.3*x"))
    assert str(trace(_program("short", str(path))).result) == "1/10*x + 5/2"
    assert prove_equal("x/3600 + 1/2", trace(_program("folded", str(path))).result).verdict == "proved"
