"""Classes, objects and attributes in traced functions, where no sample shows a difference: samples are switched off."""

from __future__ import annotations

import abc
import builtins
import collections
import enum
import functools
import inspect
import math
import types
import typing
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy import special

from micrograd.prove import prove_equal
from micrograd.prove.refute import without_search
from micrograd.trace import tracing
from micrograd.trace.lookalikes import modules
from micrograd.trace.tracing import trace
from micrograd.verified.errors import UnsupportedPrimitive


@pytest.fixture(autouse=True)
def unsampled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tracing, "disagreement", lambda *arguments: "")
    with without_search():
        yield


Function = Callable[..., Any]


def read(function: Function, formula: str, domain: str = "True") -> None:
    assert prove_equal(function, formula, domain).verdict == "proved"


def refused(function: Function, message: str) -> None:
    with pytest.raises(UnsupportedPrimitive, match=message):
        trace(function)


# --- classes -----------------------------------------------------------------------------------------------------------


class Shape:
    sides = 0

    def area(self) -> float:
        return 1.0

    def is_own(self) -> bool:
        return isinstance(self, __class__) and issubclass(__class__, Shape)  # type: ignore[name-defined]


class Square(Shape):
    "A square."

    def area(self) -> float:
        return 2.0


class Abstract(abc.ABC):
    @abc.abstractmethod
    def value(self) -> float: ...


class Concrete(Abstract):
    def value(self) -> float:
        return 2.0


@Abstract.register
class Registered:
    def value(self) -> float:
        return 3.0


class Measured:
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, v: float) -> None:
        self.v = v

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Measured) and self.v == other.v


class Marked(Measured):
    def mark(self) -> int:
        return 1


class Typed(typing.NamedTuple):
    a: float
    b: float = 2.0


Pair = collections.namedtuple("Pair", "a b")
PAIR, TYPED, SQUARE = Pair(1, 2), Typed(1.0), Square()


class Fixed:
    pass


class Free(Fixed):
    def f(self) -> float:
        return 1.0


def matched(value: Any, x: Any) -> Any:
    match value:
        case Marked():
            return 3 * x
        case Measured():
            return 2 * x
        case Pair(1, b):
            return 5 * x * b
        case _:
            return x


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda x: 2 * x if isinstance(Square(), Shape) else x, "2*x"),
        (lambda x: 2 * x if isinstance(SQUARE, (int, Shape)) else x, "2*x"),
        (lambda x: 2 * x if not isinstance(Shape(), Square) else x, "2*x"),
        (lambda x: 2 * x if issubclass(Square, Shape) and not issubclass(Shape, Square) else x, "2*x"),
        (lambda x: 2 * x if isinstance(Concrete(), Abstract) and issubclass(Concrete, Abstract) else x, "2*x"),
        (lambda x: Registered().value() * x if isinstance(Registered(), Abstract) else x, "3*x"),
        (lambda x: 2 * x if Measured(x) == Marked(x) and Measured(x) != Marked(x + 1) else x, "2*x"),
        (lambda x: matched(Marked(1.0), x) + matched(Measured(1.0), x) + matched(SQUARE, x) + matched(Pair(1, 2), x), "16*x"),
        (lambda x: 2 * x if isinstance(PAIR, Pair) and isinstance(TYPED, Typed) and type(PAIR) is Pair else x, "2*x"),
        (lambda x: 2 * x if isinstance(Pair(x, x), Pair) and isinstance(Pair(x, x), tuple) else x, "2*x"),
        (lambda x: 2 * x if isinstance(Free(), Fixed) and not isinstance(Fixed(), Free) else x, "2*x"),
        (lambda x: 2 * x if Square().is_own() and SQUARE.is_own() else x, "2*x"),
        (lambda x: x * Typed(x).b, "2*x"),
    ],
)
def test_classes_of_objects(function: Function, formula: str) -> None:
    read(function, formula)


def local(x: Any) -> Any:
    class Cube(Shape):
        def area(self) -> Any:
            return 6 * super().area()

    cube = Cube()
    return x * cube.area() if isinstance(cube, Shape) and isinstance(cube, Cube) and not isinstance(SQUARE, Cube) else x


def test_classes_made_in_the_function() -> None:
    read(local, "6*x")


class Chosen(abc.ABC):  # noqa: B024
    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        return other is Square


def test_a_class_that_chooses_its_subclasses_is_refused() -> None:
    refused(lambda x: 2 * x if isinstance(SQUARE, Chosen) else x, "Chosen, which decides itself")


# --- attributes --------------------------------------------------------------------------------------------------------


class Slotted:
    "With slots."

    __slots__ = ("a", "b")

    class Inner:
        def f(self) -> None: ...

    def __init__(self, a: float, b: float) -> None:
        self.a, self.b = a, b

    def total(self) -> Any:
        return sum(getattr(self, name) for name in self.__slots__)


class Open:
    def __init__(self, x: Any) -> None:
        self.__dict__.update(a=x, b=x)

    def total(self) -> Any:
        return sum(self.__dict__.values())


class Annotated:
    a: float
    b: float

    def f(self) -> None: ...


def keywords(*, k: float = 0.0) -> float:
    "Documented."
    return k


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda x: Slotted(x, 2 * x).total(), "3*x"),
        (lambda x: Open(x).total(), "2*x"),
        (lambda x: x * len(Slotted.__doc__ or "") + len(keywords.__doc__ or ""), "11*x + 11"),
        (lambda x: 2 * x if Slotted.Inner.__qualname__ == "Slotted.Inner" and keywords.__name__ == "keywords" else x, "2*x"),
        (lambda x: 2 * x if Slotted(x, x).__class__ is Slotted and [].__class__ is list else x, "2*x"),
        (lambda x: 2 * x if np.array([x]).__class__ is np.ndarray else x, "2*x"),
        (lambda x: Shape.area(SQUARE) * x + Square.__call__().__class__.area(SQUARE), "x + 2"),
        (lambda x: 2 * x if math.__name__ == "math" and np.__name__ == "numpy" else x, "2*x"),
    ],
)
def test_attributes_that_are_read(function: Function, formula: str) -> None:
    read(function, formula)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * len(Annotated.__annotations__),
        lambda x: x * len(getattr(Annotated, "__annotations__", ())),
        lambda x: 2 * x if hasattr(math.log, "__annotations__") else x,
        lambda x: x * len(Square.__mro__),
        lambda x: x * len(Square.__bases__),
        lambda x: x * len(Shape.__subclasses__()),
        lambda x: 2 * x if "__slots__" in Annotated.__dict__ else x,
        lambda x: x * len(keywords.__code__.co_consts),
        lambda x: x * len(keywords.__globals__),
        lambda x: x * len(keywords.__kwdefaults__ or ()),
        lambda x: x * len(typing.get_type_hints(keywords)),
        lambda x: 2 * x if math.log.__name__ == "log" else x,
        lambda x: 2 * x if isinstance(math.sqrt, types.FunctionType) else x,
        lambda x: 2 * x if isinstance(math, types.ModuleType) else x,
        lambda x: 2 * x if "exp" in math.__dict__ else x,
        lambda x: 2 * x if np.array([x]).__array__().dtype == float else x,
        lambda x: 2 * x if type(Square) is type else x,
    ],
)
def test_attributes_that_are_not_what_they_are_in_python(function: Function) -> None:
    refused(function, "traced|whether|class Square")


class Fallback:
    def __init__(self, x: Any) -> None:
        self.x = x

    @property
    def shape(self) -> Any:
        return self.x.shape

    @property
    def expr(self) -> Any:
        return self.x.expr

    def __getattr__(self, name: str) -> Any:
        return getattr(self.x, name) if name == "size" else 5.0


@pytest.mark.parametrize(
    "function",
    [
        lambda x: 2 * x if hasattr(Fallback(x), "shape") else x,
        lambda x: Fallback(x).shape * x,
        lambda x: Fallback(x).size * x,
        lambda x: x.item(),
        lambda x: x.sum(),
        lambda x: (x > 0).all() * x,
    ],
)
def test_what_only_some_numbers_have_is_refused(function: Function) -> None:
    refused(function, "not the same for ints, floats and NumPy's floats")


def test_what_no_number_has_is_missing() -> None:
    read(lambda x: Fallback(x).expr * x, "5*x")
    refused(lambda x: x.sqrt() * x, "number object has no attribute 'sqrt'")
    refused(lambda x: x.value * x, "number object has no attribute 'value'")
    refused(lambda x: (x > 0).condition * x, "number object has no attribute 'condition'")


class Names:
    _name = 2.0


def test_what_is_refused_hides_its_own_attributes() -> None:
    refused(lambda x: x * len(Chosen._name), "is not among")  # type: ignore[attr-defined]
    read(lambda x: Names._name * x, "2*x")


# --- numbers of NumPy's in objects -------------------------------------------------------------------------------------

SINGLE, HALF = np.float32(1.0), np.float16(1.0)


class Scale:
    one = np.float64(1.0)


class Scales(enum.Enum):
    ONE = np.float64(1.0)


class Single:
    one = np.float32(1.0)


@dataclass
class Scaled:
    one: float = np.float64(1.0)


HELD: Any = types.SimpleNamespace(one=np.float64(1.0))
LISTED, TUPLED = [np.float64(1.0)], ({"one": np.float64(1.0)},)


def one_over(one: Any, x: Any) -> Any:
    return x if 1 / (one * (x - 30.0)) != 0 else 2 * x


def by_default(x: Any, one: Any = np.float64(1.0)) -> Any:  # noqa: B008
    return one_over(one, x)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: one_over(Scale.one, x),
        lambda x: one_over(Scaled().one, x),
        lambda x: one_over(HELD.one, x),
        lambda x: one_over(LISTED[0], x),
        lambda x: one_over(TUPLED[0]["one"], x),
        by_default,
    ],
)
def test_numbers_of_numpys_are_noticed_wherever_they_are(function: Function) -> None:
    read(function, "x", "x != 30")
    assert prove_equal(function, "x", "True").verdict == "unknown"


@pytest.mark.parametrize("function", [lambda x: SINGLE * x, lambda x: HALF * x, lambda x: Single.one * x])
def test_floats_of_other_precision_are_refused(function: Function) -> None:
    refused(function, "rounded in another way")


def test_members_of_enumerations_that_are_numbers_of_numpys_are_refused() -> None:
    refused(lambda x: one_over(Scales.ONE.value, x), "Scales")


# --- classes that override what Python has -----------------------------------------------------------------------------


class Doubled(property):
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return 2 * super().__get__(instance, owner)


class Cached(functools.cached_property[Any]):
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return 2 * super().__get__(instance, owner)


class Static(staticmethod):  # type: ignore[type-arg]
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return lambda v: 2 * v


class Part(functools.partial):  # type: ignore[type-arg]
    def __call__(self, *arguments: Any) -> Any:
        return 2 * super().__call__(*arguments)


class Queue(collections.deque):  # type: ignore[type-arg]
    def total(self) -> Any:
        return sum(v if isinstance(v, float) else 0 for v in self)


class Own:
    def __init__(self, x: Any) -> None:
        self.x = x

    @Doubled
    def doubled(self) -> Any:
        return self.x

    @Cached
    def cached(self) -> Any:
        return self.x

    @Static
    def static(v: Any) -> Any:
        return v


PART, QUEUE = Part(lambda t: t), Queue([1.5, 2.5])


@pytest.mark.parametrize(
    "function",
    [
        lambda x: Own(x).doubled,
        lambda x: Own(x).cached,
        lambda x: Own(x).static(x),
        lambda x: PART(x),
        lambda x: QUEUE.total() * x,
    ],
)
def test_classes_that_override_what_python_has_are_refused(function: Function) -> None:
    refused(function, "is not among")


class Item:
    def __init__(self, v: float) -> None:
        self.v = v

    def get(self, t: Any) -> Any:
        return t * self.v if (t > 1000) is True else t


def made() -> Item:
    return Item(3.0)


def helper(t: Any) -> Any:
    return 2 * t if (t > 1000) is True else t


@dataclass(frozen=True)
class Outer:
    item: Any = field(default_factory=made)
    function: Any = helper
    entries: list[float] = field(default_factory=list)
    weight: float = 1 / 3


def test_what_dataclasses_wrote_is_rebuilt() -> None:
    refused(lambda x: Outer().item.get(x), "`is` between")
    refused(lambda x: Outer().function(x), "`is` between")
    read(lambda x: Outer().weight * x + len(Outer().entries) + Outer(1.0).item, "x/3 + 1")
    refused(lambda x: Outer().__setattr__("weight", x), "FrozenInstanceError")


# --- what the function finds -------------------------------------------------------------------------------------------

ROW = np.zeros(4)
PART_OF_ROW, TABLE = ROW[:2], {"k": 0.0}
PROXY, SHAPE = types.MappingProxyType(TABLE), Open(0.0)
ENTRIES, SCALED_BY = SHAPE.__dict__, functools.partial(lambda x, k: k * x, k=2.0)
SWITCHES = [True]


def through_an_array(x: Any) -> Any:
    ROW[0] = x
    y = PART_OF_ROW[0]
    ROW[0] = 0.0
    return x + y


def through_a_view(x: Any) -> Any:
    row = ROW[1:]
    row[0] = x
    y = PART_OF_ROW[1]
    row[0] = 0.0
    return x + y


def through_a_proxy(x: Any) -> Any:
    TABLE["k"] = x
    y = PROXY["k"]
    TABLE["k"] = 0.0
    return x + y


def through_its_dict(x: Any) -> Any:
    SHAPE.__dict__["a"] = x
    y = ENTRIES["a"]
    SHAPE.__dict__["a"] = 0.0
    return x + y


def through_keywords(x: Any) -> Any:
    SCALED_BY.keywords["k"] = x
    y = SCALED_BY(1.0)
    SCALED_BY.keywords["k"] = 2.0
    return x + y


def through_attributes(x: Any) -> Any:
    SHAPE.a = x  # type: ignore[attr-defined]
    y = ENTRIES["a"]
    setattr(SHAPE, "a", 0.0)  # noqa: B010
    return x + y


def through_a_class(x: Any) -> Any:
    Shape.sides = 1
    y = x * (1 + Square.sides)
    Shape.sides = 0
    return y


def through_setattr(x: Any) -> Any:
    setattr(Shape, "sides", 1)  # noqa: B010
    y = x * (1 + Square.sides)
    setattr(Shape, "sides", 0)  # noqa: B010
    return y


@pytest.mark.parametrize(
    "function",
    [
        through_an_array,
        through_a_view,
        through_a_proxy,
        through_its_dict,
        through_keywords,
        through_attributes,
        through_a_class,
        through_setattr,
    ],
)
def test_changes_that_are_taken_back_are_changes(function: Function) -> None:
    refused(function, "changes an object that it finds and does not make")


def switches(x: Any) -> Any:
    SWITCHES.append(1)  # type: ignore[arg-type]
    SWITCHES.remove(True)
    return 2 * x if SWITCHES[0] is True else x


def test_a_number_in_the_place_of_a_truth_value_is_a_change() -> None:
    refused(switches, "changes an object that it finds")


def misnamed(x: Any, y: Any) -> Any:
    return x - y


misnamed.__signature__ = inspect.signature(lambda y, x: 0)  # type: ignore[attr-defined]


def test_a_signature_that_is_not_the_functions_is_refused() -> None:
    refused(misnamed, "has a __signature__ with other parameters")


def own_changes(x: Any) -> Any:
    row, table, shape = ROW.copy(), dict(PROXY), Open(x)
    row[0], table["k"], shape.a = x, x, 3 * x  # type: ignore[attr-defined]
    row[0] += x
    del table["k"]
    return row.sum() + len(table) + shape.total() + PROXY["k"]


def test_what_the_function_makes_may_be_changed() -> None:
    read(own_changes, "6*x")


# --- parameters that are tuples ----------------------------------------------------------------------------------------


def joined(p: tuple[float, float]) -> Any:
    return sum(p + p[:1]) * (1.0 if isinstance(p, tuple) else 7.0)


def test_a_parameter_that_is_a_tuple_is_no_array() -> None:
    assert prove_equal(joined, "2*p0 + p1").verdict == "proved"
    assert prove_equal(joined, lambda q: q[0] * 2 + q[1] if len(q + q) == 4 else 0.0).verdict == "proved"
    assert prove_equal(joined, "2*p0 + p1", "p[0] > 0 and max(p) < 5").verdict == "proved"
    assert prove_equal(joined, "2*p0 + p1", lambda p: len(p + p) == 4).verdict == "proved"
    with pytest.raises(ValueError, match="a list is an array beside one only"):
        prove_equal(joined, "2*p0 + p1", "sum(p + p[:1]) > 0")
    assert prove_equal(joined_or_added, "2*p0 + 2*p1", shapes={"p": 2}).verdict == "proved"


def joined_or_added(p: tuple[float, float]) -> Any:
    return sum(p + p)


# --- the same number, and another object -------------------------------------------------------------------------------


def root(x: Any) -> Any:
    return np.sqrt(x - 3)


def roots(x: Any) -> Any:
    return np.sqrt(np.array([x - 3, x - 3]))


def looked_at_twice(x: Any) -> Any:
    v = roots(x)
    return x if v[0] in [v[0]] else 2 * x


def listed_twice(x: Any) -> Any:
    v = roots(x)
    return x if v.tolist() == v.tolist() else 2 * x


def iterated_twice(x: Any) -> Any:
    v = roots(x)
    return x if list(v) == list(v) else 2 * x


def converted(x: Any) -> Any:
    y = root(x)
    return x if float(y) in [y] else 2 * x


def conjugated(x: Any) -> Any:
    y = root(x)
    return x if y.conjugate() in [y] and y.real in [y] else 2 * x


def item(x: Any) -> Any:
    v = roots(x)
    return x if v[:1].item() in v.tolist() else 2 * x


@pytest.mark.parametrize("function", [looked_at_twice, listed_twice, iterated_twice, converted, conjugated, item])
def test_nan_is_not_itself_as_another_object(function: Function) -> None:
    read(function, "x", "x > 3")
    assert prove_equal(function, "x", "True").verdict == "unknown"


def same_nan(x: Any) -> Any:
    v, same = np.array([np.nan]), math.nan
    return x if v[0] not in [v[0]] and v.tolist() != [np.nan] and same in [same] else 2 * x


def test_constants_that_are_nan() -> None:
    read(same_nan, "x")


# --- numbers of other classes ------------------------------------------------------------------------------------------


class Priced(float):
    def __rmul__(self, other: Any) -> Any:
        return 7.0


class Ratio(Fraction):
    def __radd__(self, other: Any) -> Any:
        return 7.0

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = Fraction.__hash__


class Named(float):
    def name(self) -> str:
        return "half"


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * Priced(1.0),
        lambda x: x + Ratio(1, 2),
        lambda x: x if x == Ratio(1, 2) else 2 * x,
        lambda x: (np.array([x]) * Priced(1.0))[0],
    ],
)
def test_numbers_that_compute_in_their_own_way_are_refused(function: Function) -> None:
    refused(function, "computes in its own way")


def test_numbers_of_other_classes_that_compute_as_python_does() -> None:
    read(lambda x: x * Named(0.5), "x/2")


# --- what somebody has replaced ----------------------------------------------------------------------------------------


def test_what_was_replaced_before_it_was_looked_at_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("scipy.special")
    vars(module).update(vars(special), expit=lambda t: 7 * t, erf=np.sin)
    monkeypatch.setattr(modules, "_ORIGINALS", {})
    seen = modules.Lookalike(module, {"expit": 1, "erf": 2, "digamma": 3})
    assert seen.digamma == 3
    for name in ("expit", "erf"):
        with pytest.raises(UnsupportedPrimitive, match="has been replaced"):
            getattr(seen, name)


@pytest.mark.parametrize(("name", "function"), [("sum", lambda x: sum([x, 1.0])), ("abs", lambda x: abs(x))])
def test_builtins_that_are_replaced_are_refused(name: str, function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtins, name, lambda *arguments: 7.0)
    refused(function, f"{name}, which has been replaced")


# --- functions that remember -------------------------------------------------------------------------------------------


@functools.lru_cache
def signed(k: Any) -> float:
    return math.copysign(1.0, k)


@functools.lru_cache
def is_true(k: Any) -> float:
    return 2.0 if k is True else 1.0


@functools.lru_cache
def squared(k: Any) -> Any:
    return k * k


remembering: Any = squared


def test_keys_that_are_equal_and_not_the_same_are_refused() -> None:
    refused(lambda x: signed(0.0) * signed(-0.0) * x, "equal and not the same")
    refused(lambda x: is_true(1) * is_true(True) * x, "equal and not the same")
    refused(lambda x: remembering(Measured(1.0)) * x, "unhashable type")
    refused(lambda x: remembering([1]) * x, "unhashable type")
    read(lambda x: signed(1.0) * signed(-2.0) * squared(x) + squared(x) + squared(x + 1) + squared(3) + squared(3), "(x + 1)**2 + 18")


# --- match -------------------------------------------------------------------------------------------------------------


@dataclass
class Holder:
    a: Any


def looks_within(x: Any) -> Any:
    match Holder(x > 0):
        case Holder(a=bool()):
            return 2 * x
        case _:
            return x


def looks_within_a_list(x: Any) -> Any:
    match [x, 0.5]:
        case [float(), 0.5]:
            return 2 * x
        case _:
            return x


def names_only(x: Any) -> Any:
    match Holder(x):
        case Marked():
            return x
        case Holder(a=value):
            return 2 * value
        case _:
            return 3 * x


def test_a_match_may_give_names_to_numbers_and_not_look_at_them() -> None:
    refused(looks_within, "a `match` on numbers within an object")
    refused(looks_within_a_list, "a `match` on a number")
    read(names_only, "2*x")


# --- floats and those of NumPy's ---------------------------------------------------------------------------------------


def raising(x: Any) -> Any:
    return np.sqrt(x) ** 2 + x


def test_what_differs_between_floats_and_those_of_numpys() -> None:
    for function in (
        lambda x: x * len(repr(np.float64(2.5))),
        lambda x: x * len(f"{np.float64(2.5)!r}"),
        lambda x: x * len(str([np.float64(2.5)])),
    ):
        refused(function, "not the same for floats and NumPy's floats")
    read(lambda x: {float: 2.0, np.float64: 3.0}[float] * x if np.float64 is not float and np.float64 not in (float,) else 5 * x, "2*x")
    read(lambda x: 2 * x if issubclass(np.float64, float) and not issubclass(float, np.float64) else x, "2*x")
    read(lambda x: np.ones(2, dtype=np.float64)[0] * x * len(np.float64.__name__ + float.__name__), "12*x")
    refused(lambda x: 2 * x if np.array([x]).dtype.type is np.float64 else x, "whether the class float64")
    refused(lambda x: 2 * x if isinstance(np.inf, np.float64) else x, "may be a float or one of NumPy's")
    read(lambda x: x * len(str(2.5)) + len(repr(0.25)) + (2 if float is float else 3), "3*x + 6")
    read(lambda x: np.float64(x) * len(str(2.5)), "3*x")


def warned(x: Any) -> Any:
    with warnings.catch_warnings(record=True) as found:
        y = np.sqrt(x)
    return y * (1 + len(found))


def failing(x: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return np.where(x == 0, 1.0, np.sin(x) / x)


def silent(x: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.where(x > 0, x, 0.0)


def test_warnings_that_are_looked_at_are_refused() -> None:
    refused(warned, "as errors, or recorded")
    refused(failing, "as errors, or recorded")
    read(silent, "max(x, 0)")


def test_a_number_that_is_an_array_is_refused() -> None:
    refused(lambda x: x * np.ndim(np.float64(np.array([x]))), "which is an array")


def raising_within(x: Any) -> Any:
    with np.errstate(all="raise"):
        return np.sqrt(x)


def test_numpys_errors_may_be_raised() -> None:
    with np.errstate(invalid="raise"):
        refused(raising, r"numpy\.seterr")
    refused(raising_within, "does more than to warn")


class Truth:
    """A name that classes of numbers have too."""

    def __rmul__(self, other: Any) -> Any:
        return 3.0


class bool_:
    def __rmul__(self, other: Any) -> Any:
        return 2.0


def test_classes_are_not_known_by_their_names() -> None:
    read(lambda x: x * bool_() + x * Truth(), "5")
