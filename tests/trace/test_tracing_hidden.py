"""What a trace could pass by where no sample shows it: reading alone is tested, with samples switched off, but in the last section."""

from __future__ import annotations

import collections
import enum
import functools
import math
import types
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd.prove import prove_derivative, prove_equal, prove_gradient
from micrograd.prove.refute import without_search
from micrograd.trace import tracing
from micrograd.trace.readings import UncertainConstant
from micrograd.trace.tracing import trace
from micrograd.verified.errors import UnsupportedPrimitive


@pytest.fixture
def unsampled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tracing, "disagreement", lambda *arguments: "")
    with without_search():
        yield


def hiding(x: Any) -> Any:
    """What is read wrongly as it stands, and refused when its code is instrumented."""
    return 7 * x if (x > 1000) is True else x


class Holder:
    part = functools.partial(hiding)


class Base:
    third = 1 / 3

    def slope(self, x: Any) -> Any:
        return hiding(x)

    @classmethod
    def scaled(cls, x: Any) -> Any:
        return cls.third * x


class Derived(Base):
    def slope(self, x: Any) -> Any:
        return super().slope(x)

    def named(self, x: Any) -> Any:
        return super(Derived, self).slope(x)  # noqa: UP008

    @classmethod
    def scaled(cls, x: Any) -> Any:
        return 2 * super().scaled(x)


SPACE = types.SimpleNamespace(f=hiding)
ORDERED = collections.OrderedDict(f=hiding)
DEFAULT: Any = collections.defaultdict(lambda: hiding)
QUEUE = collections.deque([hiding])
PROXY = types.MappingProxyType({"f": hiding})
METHOD = types.MethodType(functools.partial(lambda one, x: hiding(x)), 1)
BARE = Holder()
BARE.__dict__["f"] = hiding


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize(
    "function",
    [
        lambda x: SPACE.f(x),
        lambda x: ORDERED["f"](x),
        lambda x: DEFAULT["f"](x),
        lambda x: QUEUE[0](x),
        lambda x: PROXY["f"](x),
        lambda x: BARE.__dict__["f"](x),
        lambda x: BARE.f(x),  # type: ignore[attr-defined]
        lambda x: Holder.part(x),
        lambda x: METHOD(x),
        Derived().slope,
        Derived().named,
    ],
)
def test_functions_are_read_wherever_they_are_held(function: Callable[[Any], Any]) -> None:
    with pytest.raises(UnsupportedPrimitive, match="`is` between"):
        trace(function)


def test_methods_of_bases() -> None:
    assert str(trace(Derived.scaled).result) == "2*(1/3*x)"
    assert prove_equal(Derived().scaled, "2*x/3").verdict == "proved"


COUNT = iter(range(10**6))


@pytest.mark.usefixtures("unsampled")
def test_objects_of_the_standard_library_are_refused_when_they_are_used() -> None:
    with pytest.raises(UnsupportedPrimitive, match="range_iterator"):
        trace(lambda x: x + next(COUNT))
    with pytest.raises(UnsupportedPrimitive, match="range_iterator"):
        trace(lambda x: x if COUNT == 3 else 2 * x)  # type: ignore[comparison-overlap]
    assert next(COUNT) == 0


def test_a_queue_that_is_changed_keeps_state_and_stays_as_it_is() -> None:
    queue: collections.deque[Any] = collections.deque([1.0], maxlen=1)

    def appending(x: Any) -> Any:
        queue.append(x)
        return x

    with pytest.raises(UnsupportedPrimitive, match="changes an object"):
        trace(appending)
    assert list(queue) == [1.0]


# --- errors of values that are not used --------------------------------------------------------------------------------


def unused(x: Any) -> Any:
    r = math.sqrt(x)
    return r if x > 1 else x


def useless(x: Any) -> Any:
    math.log(x)
    return 1.0


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize(
    ("function", "region"),
    [
        (unused, "x >= 0"),
        (useless, "x > 0"),
        (lambda x: np.where(x > 0, math.log(x), 1.0), "x > 0"),
        (lambda x: 1.0 if (x > -5) & (math.sqrt(x + 5) >= 0) else 2.0, "x >= -5"),
        (lambda x: math.acos(x) * 0 + 1, "x >= -1 and x <= 1"),
        (lambda x: math.sqrt(x), "x >= 0"),
        (lambda x: 1.0 if math.log(x) > 0 else 2.0, "x > 0"),
    ],
)
def test_an_error_ends_the_function_wherever_it_is_raised(function: Callable[[Any], Any], region: str) -> None:
    from micrograd.verified.differentiation import defined
    from micrograd.verified.expr import ONE, ZERO, choose
    from micrograd.verified.parsing import parse_condition

    found = choose(defined(trace(function).result), ONE, ZERO)
    assert prove_equal(found, choose(parse_condition(region), ONE, ZERO), "True").verdict == "proved"


def test_a_claim_that_raises_is_wrong() -> None:
    assert prove_derivative(lambda x: x, useless, "True", wrt="x").verdict == "refuted"
    assert prove_derivative(lambda x: x, useless, "x > 0", wrt="x").verdict == "proved"


def test_a_value_that_is_used_is_not_guarded() -> None:
    assert str(trace(lambda x: x * math.log(x)).result) == "x*log(x)"


# --- conditions as numbers, jumps, replaced functions ------------------------------------------------------------------


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize(
    "function",
    [
        lambda v: ((v > 200) * (v < 900) + (v > 300)).sum(),
        lambda v: (np.maximum(v > 200, v > 300) + np.minimum(v > 100, v > 50)).sum(),
        lambda v: np.all(v > 1) * np.any(v > 2) + np.all(v > 3),
    ],
)
def test_sums_of_conditions_are_refused(function: Callable[[Any], Any]) -> None:
    with pytest.raises(UnsupportedPrimitive, match="the sum of two conditions"):
        trace(function, shapes={"v": 2})


def test_products_of_conditions_count() -> None:
    claim = prove_gradient(
        lambda v: (v * ((v > 0) * (v < 1))).sum(),
        lambda v: ((v > 0) & (v < 1)).astype(int),
        "v0 > 1 and v1 > 0 and v1 < 1",
        shapes={"v": 2},
    )
    assert claim.verdict == "proved"


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * (1.0 // 0.1),
        lambda x: x * (1.0 % 0.1),
        lambda x: x * divmod(1.0, 0.1)[0],
        lambda x: x * math.fmod(1.0, 0.1),
        lambda x: x * np.floor(0.29 * 100),
        lambda x: x * np.ceil(0.28 * 100),
        lambda x: x * np.floor(math.log(8) / math.log(2) - 3),
        lambda x: x * np.sign(0.1 + 0.2 - 0.3),
        lambda x: x * np.heaviside(0.1 + 0.2 - 0.3, 0.0),
        lambda x: x * math.atan2(0.3 - 0.1 - 0.2, -1.0),
    ],
)
def test_jumps_at_constants_are_refused_where_rounding_errors_decide(function: Callable[[Any], Any]) -> None:
    with pytest.raises(UnsupportedPrimitive, match="rounding errors decide"):
        trace(function)


def test_jumps_that_rounding_errors_do_not_decide() -> None:
    assert prove_equal(lambda x: x * (7.5 // 2) + 7.5 % 2 + np.floor(0.29) + np.sign(-0.1) + np.floor(3.0), "3*x + 7/2").verdict == "proved"


@pytest.mark.usefixtures("unsampled")
def test_replaced_functions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(math, "sin", math.cos)
    monkeypatch.setattr(np, "tanh", np.exp)
    for function in (lambda x: math.sin(x), lambda x: np.tanh(x)):
        with pytest.raises(UnsupportedPrimitive, match="has been replaced"):
            trace(function)


# --- constants ---------------------------------------------------------------------------------------------------------

BINARY, ROUNDED, LONG = Fraction(0.1), Decimal(1) / Decimal(3), Decimal.from_float(0.1)
ALMOST = 1 - 1e-17
WEIGHTS = np.eye(3).sum(axis=0)
TINY = 1e-400


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize(
    "function",
    [lambda x: x * BINARY, lambda x: x * float(ROUNDED), lambda x: x * float(LONG), lambda x: x * WEIGHTS[0], lambda x: x * TINY],
)
def test_constants_that_are_not_certain(function: Callable[[Any], Any]) -> None:
    with pytest.raises((UncertainConstant, UnsupportedPrimitive)):
        trace(function)


def test_constants_that_a_name_settles() -> None:
    assert prove_equal(lambda x: x * ALMOST, "x*(1 - 10**-17)").verdict == "proved"


@pytest.mark.parametrize("text", ["x*(1 - 1e-17)", "x + 1e-400"])
def test_constants_that_the_compiler_has_lost(text: str) -> None:
    function = eval(f"lambda x: {text}")
    assert prove_derivative(function, 1, "True", wrt="x").verdict == "unknown"


def test_a_dataclass_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    lines = [
        "import dataclasses",
        "@dataclasses.dataclass",
        "class Rate:",
        "    r: float = 1/3600",
        "    def __call__(self, x):",
        "        return self.r*x",
    ]
    source = "\n".join(lines)
    (tmp_path / "rates_for_a_test.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    rate = importlib.import_module("rates_for_a_test").Rate()
    assert prove_derivative(rate, "1/3600", "True", wrt="x").verdict == "proved"


# --- samples -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.where(np.sqrt(x + 1000) >= 0, x, 2 * x),
        lambda x: abs((x + 1000) ** 0.5),
        lambda x: np.maximum(np.log(np.abs(x)), -5.0),
    ],
)
def test_values_without_which_a_function_does(function: Callable[[Any], Any]) -> None:
    with pytest.raises(UnsupportedPrimitive, match="where the formula has no value"):
        prove_derivative(function, 1, "True", wrt="x")


def test_outside_of_the_domain_a_function_may_have_other_values() -> None:
    assert prove_derivative(lambda x: np.exp(-1 / np.square(x)), "2*exp(-1/x**2)/x**3", "x != 0", wrt="x").verdict == "proved"


def test_a_function_that_always_raises() -> None:
    def reciprocal(x: Any) -> Any:
        n = np.int64(2)
        n **= -1
        return n * x

    with pytest.raises(UnsupportedPrimitive, match="raises ValueError at each point"):
        trace(reciprocal)


# --- state between calls ------------------------------------------------------------------------------------------------


class Slotted:
    __slots__ = ("calls",)

    def __init__(self) -> None:
        self.calls = 0

    def call(self) -> int:
        self.calls += 1
        return self.calls


class Plain:
    calls = 0


class Kinds(enum.Enum):
    ONE = 1


class Lazy:
    def __init__(self, k: Any = 2.0) -> None:
        self.k = k

    def __copy__(self) -> Any:
        return self

    @functools.cached_property
    def doubled(self) -> Any:
        return self.k * 2

    @functools.cached_property
    def entries(self) -> list[Any]:
        return [self.k]


class Private:
    __slots__ = ("__held",)

    def __init__(self) -> None:
        self.__held = hiding

    def slope(self, x: Any) -> Any:
        return self.__held(x)


@functools.lru_cache
def remembered_list() -> list[float]:
    return [1.0]


@functools.lru_cache
def remembered_iterator() -> Iterator[float]:
    return iter([1.0])


@functools.lru_cache
def remembered(n: int) -> list[float]:
    return [i / n for i in range(n)]


SLOTTED, LAZY, PRIVATE = Slotted(), Lazy(), Private()


def counts_in_slots(x: Any) -> Any:
    return x if SLOTTED.call() < 1000 else x * x


def counts_in_a_class(x: Any) -> Any:
    Plain.calls += 1
    return x if Plain.calls < 1000 else x * x


def counts_in_a_member(x: Any) -> Any:
    Kinds.ONE.calls = getattr(Kinds.ONE, "calls", 0) + 1  # type: ignore[attr-defined]
    return x if Kinds.ONE.calls < 1000 else x * x  # type: ignore[attr-defined]


def counts_in_a_cache(x: Any) -> Any:
    remembered_list().append(1.0)
    return x if len(remembered_list()) < 1000 else x * x


def uses_up_a_cache(x: Any) -> Any:
    return next(remembered_iterator(), 5.0) * x


def fills_a_lazy_list(x: Any) -> Any:
    LAZY.entries.append(1.0)
    return x if len(LAZY.entries) < 1000 else x * x


def counts_in_a_module(x: Any) -> Any:
    collections.calls = getattr(collections, "calls", 0) + 1  # type: ignore[attr-defined]
    return x if collections.calls < 1000 else x * x  # type: ignore[attr-defined]


class Counting(type):
    calls = 0

    def call(cls) -> int:
        Counting.calls += 1
        return Counting.calls


class Counted(metaclass=Counting):
    pass


def counts_in_a_metaclass(x: Any) -> Any:
    return x if Counted.call() < 1000 else x * x


def caches_an_argument(x: Any) -> Any:
    LAZY.k = x
    found = LAZY.doubled
    LAZY.k = 2.0
    return found


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize(
    "function",
    [
        counts_in_slots,
        counts_in_a_class,
        counts_in_a_member,
        counts_in_a_cache,
        counts_in_a_module,
        counts_in_a_metaclass,
        uses_up_a_cache,
        fills_a_lazy_list,
        caches_an_argument,
        lambda x: PRIVATE.slope(x),
    ],
)
def test_state_is_seen_wherever_it_is_kept(function: Callable[..., Any]) -> None:
    with pytest.raises(UnsupportedPrimitive):
        trace(function)
    assert (Plain.calls, vars(Kinds.ONE).get("calls"), LAZY.k) == (0, None, 2.0)


def own_cache(x: Any) -> Any:
    made = Lazy(x)
    made.entries.append(made.doubled)
    made.k = 0
    return sum(made.entries) + made.doubled


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda x: LAZY.doubled * x + LAZY.entries[0], "4*x + 2"),
        (lambda x: sum(t * x for t in remembered(4)), "3*x/2"),
        (functools.lru_cache(lambda x: x * x), "x**2"),
        (own_cache, "5*x"),
    ],
)
def test_what_is_remembered_is_made_once(function: Callable[..., Any], formula: str) -> None:
    assert prove_equal(function, formula).verdict == "proved"
    assert type(LAZY) is Lazy
    assert type(LAZY.k) is float


# --- what is missing, and what Python does instead ----------------------------------------------------------------------

HALF, SEVEN, TENTH, SINGLE = Fraction(1, 2), Decimal(-7), Decimal("0.10"), np.array([0.5], dtype=np.float32)
WHOLE = np.array([1, 2])


class Whole:
    def __init__(self, x: Any) -> None:
        self.x = x

    @property
    def part(self) -> Any:
        return 1.0 if self.x.is_integer() else 0.0


class Divided:
    """What a class does with the number by which it is divided."""

    def __truediv__(self, other: Any) -> Any:
        return len(str(other))

    __pow__ = __rtruediv__ = __truediv__


class Generated:
    def __iter__(self) -> Iterator[Any]:
        yield 1.0

    def __getitem__(self, place: int) -> Any:
        return place


class Sequenced:
    """What NumPy takes for an array."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, place: int) -> Any:
        return [2.0, 3.0][place]

    def __rmul__(self, other: Any) -> Any:
        return 7.0


def scaled(x: Any) -> Any:
    return getattr(scaled, "scale", 1.0) * x if hasattr(scaled, "scale") else x


scaled.scale = 3.0  # type: ignore[attr-defined]


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize(
    "function",
    [
        lambda x: getattr(Whole(x), "part", 7.0),
        lambda x: x if hasattr(Whole(x), "part") else 2 * x,
        lambda x: x if hasattr(float, "fromhex") else 2 * x,
        lambda x: x if hasattr(np.add, "reduceat") else 2 * x,
        lambda x: 5.0 if x == 7 + 0j else x,
        lambda x: 5.0 if x in (7 + 0j, 9) else x,
        lambda x: 2 * x if isinstance(max(x > 0, x > 1), bool) else x,
        lambda x: 2 * x if SINGLE.dtype == np.float32 else x,
        lambda x: 2 * x if isinstance(np.float64(x), np.float32) else x,
        lambda x: (WHOLE**-1)[0] * x,
        lambda x: np.int64(2) ** -1 * x,
        lambda x: (-(np.array([x, 1.0]) > 0))[0] * x,  # type: ignore[misc]
        lambda x: ((np.array([x, 1.0]) > 0) - (np.array([x, 1.0]) > 1))[0] * x,
        lambda x: (np.array([x, 1.0]) * Sequenced())[0],
        lambda x: sum(Generated()) * x,
        lambda x: SEVEN * x,
        lambda x: np.fmax(np.log(x), 0.0),
        lambda x: np.fmin(0.0, np.sqrt(x) + 1),
    ],
)
def test_what_is_missing_is_not_done_without(function: Callable[..., Any]) -> None:
    with pytest.raises(UnsupportedPrimitive):
        trace(function)


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (scaled, "3*x"),
        (lambda x: 2 * x if isinstance(HALF, Fraction) and isinstance(HALF / 3, Fraction) else x, "2*x"),
        (lambda x: 2 * x if hasattr(SEVEN, "quantize") else x, "2*x"),
        (lambda x: float(SEVEN // 2) * x + float(SEVEN % 2) + float((SEVEN / 1) // 2), "-3*x - 4"),
        (lambda x: (len(str(TENTH)) + len(f"{TENTH}") + len(str(HALF))) * x, "11*x"),
        (lambda x: HALF * x + HALF**-2 + HALF // 3 + x / HALF + x**HALF, "x/2 + 4 + 2*x + sqrt(x)"),
        (lambda x: (Divided() / 2 + 2 / Divided() + Divided() ** -2) * x, "4*x"),
        (lambda x: x if issubclass(float, int | float) and float.__name__ == "float" else 2 * x, "x"),
        (lambda x: x * len(str(float)), "15*x"),
    ],
)
def test_what_python_does_with_other_numbers(function: Callable[..., Any], formula: str) -> None:
    assert prove_equal(function, formula).verdict == "proved"
