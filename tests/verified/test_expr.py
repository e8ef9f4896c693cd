"""Expressions: interning, exact constants, operators, refusals, copies, threads and memory."""

from __future__ import annotations

import copy
import gc
import keyword
import math
import operator
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograd.verified as mg
from micrograd.verified import PRIMITIVES, Condition, Expr, const, e, pi, var, where
from micrograd.verified.expr import (
    CONST,
    CONSTRUCTORS,
    FALSE,
    FOLD_BITS,
    FUNCTION_NAMES,
    HEADS,
    NAMES_RESERVED,
    ONE,
    TRUE,
    VAR,
    build,
    count_nodes,
    fresh_variable,
    intern_node,
    live_nodes,
    named,
    paused_collection,
    postorder,
)
from tests.each import each
from tests.verified.strategies import conditions, expressions, numbers, untimed

x, y = var("x"), var("y")
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

# --- interning -------------------------------------------------------------------------------------------------------


@untimed
@given(expressions())
def test_the_same_structure_is_the_same_object(root: Expr) -> None:
    rebuilt: dict[Any, Any] = {}
    for node in postorder([root]):
        key = node.key
        if not key[0].arity:
            rebuilt[node] = var(key[1]) if key[0].name == "var" else const(key[1]) if key[0].name == "const" else node
        else:
            rebuilt[node] = build(key[0], *[rebuilt[child] for child in key[1:]])
    assert rebuilt[root] is root
    assert root == rebuilt[root]
    assert hash(root) == hash(rebuilt[root])


def test_different_structure_is_a_different_object() -> None:
    assert x + y is not y + x
    assert x + x is not 2 * x
    assert x != y
    others: list[object] = [1, "x", None]
    assert x not in others
    assert len({x + 1, x + 1, 1 + x}) == 2


def test_equality_of_values_is_a_condition_of_its_own() -> None:
    assert isinstance(mg.eq(x, 1), Condition)
    assert mg.eq(x, 1) is mg.eq(x, 1)
    assert mg.ne(x, y) is not mg.ne(y, x)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_node_tells_its_head_and_its_operands(name: str) -> None:
    operands = [var(p) for p in PRIMITIVES[name].params]
    if name == "powi":
        operands[1] = const(3)
    node = build(HEADS[name], *operands)
    assert node.head is HEADS[name]
    assert node.args == tuple(operands)


def test_nodes_are_not_made_by_their_class() -> None:
    with pytest.raises(TypeError, match="made by var"):
        Expr()
    with pytest.raises(TypeError, match="made by var"):
        Condition()


@pytest.mark.parametrize("attribute", ["value", "__dict__"])
def test_nodes_carry_no_other_attributes(attribute: str) -> None:
    with pytest.raises(AttributeError):
        setattr(x, attribute, {})


# --- constants -------------------------------------------------------------------------------------------------------


@untimed
@given(numbers(), numbers(), st.sampled_from(["+", "-", "*", "/"]))
def test_arithmetic_on_constants_folds_exactly(a: int | Fraction, b: int | Fraction, symbol: str) -> None:
    if symbol == "/" and b == 0:
        return
    exact = OPERATORS[symbol](Fraction(a), Fraction(b))
    node = OPERATORS[symbol](const(a), const(b))
    fits = max(exact.numerator.bit_length(), exact.denominator.bit_length()) <= FOLD_BITS
    integers = symbol == "/" and Fraction(a).denominator == Fraction(b).denominator == 1
    assert node.head.name == "const" if fits or integers else node.head.name != "const"
    assert mg.evaluate(node, z=Fraction(0)) == exact


@pytest.mark.parametrize(
    ("node", "value"),
    [
        pytest.param(const(2) / 3, Fraction(2, 3), id="2/3"),
        pytest.param(const(4) / 2, 2, id="4/2"),
        pytest.param(const(2) ** 10, 1024, id="2**10"),
        pytest.param(const(2) ** -2, Fraction(1, 4), id="2**-2"),
        pytest.param(const(Fraction(2, 3)) ** 3, Fraction(8, 27), id="(2/3)**3"),
        pytest.param(const(0) ** 0, 1, id="0**0"),
        pytest.param((-const(1)) ** (10**30 + 1), -1, id="(-1)**odd"),
        pytest.param((-const(1)) ** (10**30), 1, id="(-1)**even"),
        pytest.param(const(1) ** (-(10**30)), 1, id="1**-huge"),
        pytest.param(const(0) ** (10**30), 0, id="0**huge"),
        pytest.param(-const(5), -5, id="-5"),
        pytest.param(const(2) ** (FOLD_BITS - 1), 2 ** (FOLD_BITS - 1), id="largest power of 2"),
    ],
)
def test_one_constant(node: Expr, value: int | Fraction) -> None:
    assert node is const(value)
    assert node.key == (HEADS["const"], value)
    assert type(node.key[1]) is type(value)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: const(2) ** FOLD_BITS, id="2**4096"),
        pytest.param(lambda: const(2) ** -FOLD_BITS, id="2**-4096"),
        pytest.param(lambda: const(9) ** (const(9) ** (const(9) ** 9)), id="9**9**9**9"),
        pytest.param(lambda: mg.parse("9**9**9**9"), id="parsed 9**9**9**9"),
        pytest.param(lambda: mg.parse("1/3**-9**9**9"), id="parsed 1/3**-9**9**9"),
        pytest.param(lambda: const(2 ** (FOLD_BITS - 1)) + const(2 ** (FOLD_BITS - 1)), id="sum"),
        pytest.param(lambda: const(2 ** (FOLD_BITS - 1)) * 4, id="product"),
        pytest.param(lambda: -const(2**FOLD_BITS - 1) - 1, id="difference"),
        pytest.param(lambda: const(1) / 0, id="1/0"),
        pytest.param(lambda: const(0) ** -1, id="0**-1"),
        pytest.param(lambda: const(4) ** Fraction(1, 2), id="4**(1/2)"),
    ],
)
def test_these_stay_symbolic(make: Callable[[], Expr]) -> None:
    node = make()
    assert node.args
    assert mg.parse(str(node)) is node


@untimed
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_denotes_its_binary_value(value: float) -> None:
    node = const(value)
    assert node.key[1] == Fraction(value)
    assert float(node) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan"), np.float32("inf")], ids=repr)
def test_what_is_not_finite_is_refused(value: float) -> None:
    for make in (const, lambda v: x + v, lambda v: v * x, mg.sin, lambda v: x < v):
        with pytest.raises(ValueError, match="is not a real number"):
            make(value)


@pytest.mark.parametrize("value", [True, False, np.True_], ids=repr)
def test_truth_values_are_refused(value: Any) -> None:
    for make in (const, lambda v: x + v, lambda v: v * x, mg.sin, lambda v: x < v):
        with pytest.raises(TypeError, match="a truth value is not a number"):
            make(value)


@pytest.mark.parametrize("value", [1j, "1", b"1", None, [1], (), Decimal("0.1"), x > 0, object], ids=lambda v: type(v).__name__)
def test_what_is_not_a_number_is_refused(value: Any) -> None:
    for make in (const, mg.sin, lambda v: mg.hypot(x, v)):
        with pytest.raises(TypeError, match="is not a real number"):
            make(value)
    for apply in (*OPERATORS.values(), *COMPARISONS.values()):
        with pytest.raises(TypeError):
            apply(x, value)
        with pytest.raises(TypeError):
            apply(value, x)


def test_extended_precision_is_not_rounded_away() -> None:
    extended: Any = np.longdouble(1) + np.finfo(np.longdouble).eps
    assert const(extended).key[1] == 1 + Fraction(float(np.finfo(np.longdouble).eps))


def test_constants_and_names_are_of_the_very_classes() -> None:
    """A class may say that it is ``int`` or ``str`` and compute or print something else."""

    class Number(int):
        __class__ = int  # type: ignore[assignment]

        def __add__(self, other: object) -> int:
            return 5

    class Ratio(Fraction):
        __class__ = Fraction  # type: ignore[assignment]

    class Name(str):
        __class__ = str  # type: ignore[assignment]

    assert const(Number(97811)) + 1 == const(97812)
    assert type(const(Number(97813)).key[1]) is int
    assert type(const(Ratio(1, 97815)).key[1]) is Fraction
    assert type(var(Name("unheard_of")).key[1]) is str
    for key in ((CONST, Number(97817)), (CONST, Ratio(1, 97819)), (VAR, Name("unheard_of_too"))):
        with pytest.raises(TypeError, match="not the key of a node"):
            intern_node(Expr, key)


# --- operators -------------------------------------------------------------------------------------------------------

SCALARS = [
    pytest.param(3, 3, id="int"),
    pytest.param(-2, -2, id="negative"),
    pytest.param(10**400, 10**400, id="huge"),
    pytest.param(0.1, Fraction(0.1), id="float"),
    pytest.param(2.0, 2, id="integral float"),
    pytest.param(-0.0, 0, id="minus zero"),
    pytest.param(Fraction(1, 3), Fraction(1, 3), id="Fraction"),
    pytest.param(Fraction(6, 3), 2, id="integral Fraction"),
    pytest.param(np.float64(0.1), Fraction(0.1), id="float64"),
    pytest.param(np.float32(0.1), Fraction(float(np.float32(0.1))), id="float32"),
    pytest.param(np.float16(0.1), Fraction(float(np.float16(0.1))), id="float16"),
    pytest.param(np.int64(-7), -7, id="int64"),
    pytest.param(np.uint8(200), 200, id="uint8"),
]


class _Recorder:
    """Tells what reaches the right operand of ``**``."""

    def __rpow__(self, other: object) -> object:
        return other


ROUNDS_POWERS = isinstance(Fraction(1, 3) ** _Recorder(), float)
"""Whether this Python's ``Fraction.__pow__`` hands a float to foreign types, which no foreign type can undo (gh-119189)."""


@pytest.mark.parametrize(("scalar", "value"), SCALARS)
@pytest.mark.parametrize("symbol", OPERATORS)
def test_operators_take_numbers_on_the_right(symbol: str, scalar: Any, value: int | Fraction) -> None:
    assert OPERATORS[symbol](x, scalar) is OPERATORS[symbol](x, const(value))


@pytest.mark.parametrize(("scalar", "value"), SCALARS)
@pytest.mark.parametrize("symbol", [symbol for symbol in OPERATORS if symbol != "**"])
def test_operators_take_numbers_on_the_left(symbol: str, scalar: Any, value: int | Fraction) -> None:
    assert OPERATORS[symbol](scalar, x) is OPERATORS[symbol](const(value), x)


@pytest.mark.parametrize(("scalar", "value"), [p for p in SCALARS if p.id != "Fraction"])
def test_powers_take_numbers_as_base(scalar: Any, value: int | Fraction) -> None:
    assert scalar**x is const(value) ** x


@pytest.mark.xfail(ROUNDS_POWERS, reason="this Python rounds a Fraction to a float before __rpow__ sees it", strict=True)
def test_powers_take_fractions_as_base() -> None:
    assert Fraction(1, 3) ** x is const(Fraction(1, 3)) ** x


@pytest.mark.parametrize(("scalar", "value"), SCALARS)
@pytest.mark.parametrize("symbol", COMPARISONS)
def test_comparisons_take_numbers_on_both_sides(symbol: str, scalar: Any, value: int | Fraction) -> None:
    assert COMPARISONS[symbol](x, scalar) is COMPARISONS[symbol](x, const(value))
    assert COMPARISONS[symbol](scalar, x) is COMPARISONS[MIRRORED[symbol]](x, const(value))


@pytest.mark.parametrize(
    ("node", "text"),
    [
        pytest.param(x + y, "x + y", id="add"),
        pytest.param(1 - x, "1 - x", id="sub"),
        pytest.param(-x, "-x", id="neg"),
        pytest.param(+x, "x", id="pos"),
        pytest.param(abs(x), "abs(x)", id="abs"),
        pytest.param(x**1, "x", id="first power"),
        pytest.param(x**0, "x**0", id="zeroth power"),
        pytest.param(x**2.0, "x**2", id="integral float power"),
        pytest.param(x**0.5, "x**(1/2)", id="fractional power"),
        pytest.param(2**x, "2**x", id="number to a power"),
    ],
)
def test_operators(node: Expr, text: str) -> None:
    assert str(node) == text


def test_integer_powers_and_real_powers_are_two_primitives() -> None:
    assert (x**2).head.name == "powi"
    assert (x**0.5).head.name == "pow"
    assert (x**y).head.name == "pow"


@pytest.mark.parametrize("apply", [operator.floordiv, operator.mod, divmod, operator.matmul], ids=lambda f: f.__name__)
def test_operators_outside_of_the_language_are_refused(apply: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(TypeError):
        apply(x, 2)


def test_numpy_arrays_of_expressions_work_elementwise() -> None:
    assert list(np.array([1.0, 2.0]) * x) == [1 * x, 2 * x]


def test_functions_build_their_heads() -> None:
    for name in sorted(set(PRIMITIVES) - set(map(operator.attrgetter("name"), CONSTRUCTORS))):
        function = getattr(mg, {"abs": "absolute", "max": "maximum", "min": "minimum"}.get(name, name))
        assert function(*[x] * PRIMITIVES[name].arity).head is HEADS[name]


# --- conditions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda: bool(x > 0), id="bool"),
        pytest.param(lambda: 0 < x < 1, id="chain"),
        pytest.param(lambda: (x > 0) and (y > 0), id="and"),
        pytest.param(lambda: not (x > 0), id="not"),
        pytest.param(lambda: max(x, y), id="max"),
        pytest.param(lambda: sorted([y, x]), id="sorted"),
        pytest.param(lambda: 1 if mg.eq(x, 1) else 0, id="if"),
    ],
)
def test_the_truth_of_a_condition_is_refused(ask: Callable[[], Any]) -> None:
    with pytest.raises(TypeError, match="depends on its variables: use where"):
        ask()


def test_the_truth_of_an_expression_is_refused() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(x)
    with pytest.raises(TypeError, match="is symbolic"):
        float(x)


@untimed
@given(numbers(), numbers())
def test_comparisons_of_constants_are_settled(a: int | Fraction, b: int | Fraction) -> None:
    for apply in COMPARISONS.values():
        assert apply(const(a), const(b)) is (TRUE if apply(a, b) else FALSE)
    assert bool(mg.eq(a, b)) is (a == b)
    assert bool(mg.ne(a, b)) is (a != b)


def test_settled_conditions_vanish() -> None:
    c = x > 0
    assert c & TRUE is c
    assert TRUE & c is c
    assert c & c is c
    assert FALSE & c is FALSE
    assert c | FALSE is c
    assert FALSE | c is c
    assert TRUE | c is TRUE
    assert ~TRUE is FALSE
    assert mg.all_of() is TRUE
    assert mg.any_of() is FALSE


@pytest.mark.parametrize("other", [1, True, x, None], ids=repr)
def test_conditions_combine_with_conditions_only(other: Any) -> None:
    with pytest.raises(TypeError):
        (x > 0) & other
    with pytest.raises(TypeError):
        (x > 0) | other
    with pytest.raises(TypeError):
        (x > 0) + 1  # type: ignore[operator]


@pytest.mark.parametrize("condition", [1, x, None, "x > 0"], ids=repr)
def test_where_chooses_by_conditions_only(condition: Any) -> None:
    with pytest.raises(TypeError, match="chooses by a condition"):
        where(condition, x, y)


def test_where_on_settled_conditions_leaves_its_branch() -> None:
    assert where(True, x, y) is x
    assert where(const(1) > 2, x, y) is y
    assert str(where(x > 0, x, 2)) == "where(x > 0, x, 2)"


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "1x", "a b", "é", "x²", "ｘ", "a.b", "x\n", "x\0", "-x", "x!"], ids=ascii)
def test_names_must_be_ascii_identifiers(name: str) -> None:
    with pytest.raises(ValueError, match="is not a variable name"):
        var(name)


def test_reserved_names_are_refused() -> None:
    each(sorted({*keyword.kwlist, *FUNCTION_NAMES, "pi", "e", "nan", "inf"}), _is_reserved)


def _is_reserved(name: str) -> None:
    with pytest.raises(ValueError, match="is reserved"):
        var(name)
    with pytest.raises(mg.ParseError):
        mg.parse(f"{name} := 1")


@pytest.mark.parametrize("name", [None, 3, b"x", ["x"], x], ids=lambda v: type(v).__name__)
def test_names_are_strings(name: Any) -> None:
    with pytest.raises(TypeError, match="name is a str"):
        var(name)


@untimed
@given(st.from_regex(r"[A-Za-z_][A-Za-z_0-9]{0,8}", fullmatch=True))
def test_a_variable_or_an_error(name: str) -> None:
    if name in NAMES_RESERVED or name in FUNCTION_NAMES:
        with pytest.raises(ValueError, match="reserved"):
            var(name)
    else:
        assert mg.parse(str(var(name))) is var(name)


# --- walks -----------------------------------------------------------------------------------------------------------


@untimed
@given(expressions())
def test_postorder_lists_each_node_once_after_its_operands(root: Expr) -> None:
    order = postorder([root])
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order) == count_nodes(root)
    assert order[-1] is root
    assert all(place[child] < place[node] for node in order for child in node.args)
    assert mg.variables(root) == sorted((n for n in order if n.head.name == "var"), key=str)


def test_substitution_is_simultaneous_and_folds() -> None:
    assert mg.substitute(x / y, {x: y, y: x}) is y / x
    assert mg.substitute(x + y, {x: 1, y: Fraction(1, 2)}) is const(Fraction(3, 2))
    assert mg.substitute(mg.sin(x) ** 2, {mg.sin(x): y}) is y**2
    assert mg.substitute(where(x > 0, x, y), {x: 2}) is const(2)
    with pytest.raises(TypeError, match="not a real number"):
        mg.substitute(x, {x: "y"})  # type: ignore[dict-item]


# --- copies ----------------------------------------------------------------------------------------------------------


@untimed
@given(st.one_of(expressions(), conditions()))
def test_copies_and_pickles_are_the_same_object(root: Expr | Condition) -> None:
    assert copy.copy(root) is root
    assert copy.deepcopy(root) is root
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(root, protocol)) is root


def test_copies_inside_of_containers() -> None:
    assert copy.deepcopy({"f": [x + 1]})["f"][0] is x + 1
    assert pickle.loads(pickle.dumps([x * y, x * y, pi, e])) == [x * y, x * y, pi, e]


def test_a_pickle_survives_the_process() -> None:
    root = where(mg.log(x) > Fraction(1, 3), mg.sinh(x) ** 2, pi * e)
    script = (
        "import pickle, sys\n"
        "root = pickle.load(sys.stdin.buffer)\n"
        "import micrograd as mg\n"
        f"assert root is mg.parse({str(root)!r}), root\n"
        "sys.stdout.buffer.write(pickle.dumps(root + 1))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], input=pickle.dumps(root), capture_output=True, check=True)
    assert pickle.loads(done.stdout) is root + 1


# --- threads ---------------------------------------------------------------------------------------------------------


@contextmanager
def _eager_switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _in_threads(work: Callable[[], Any], count: int = 8) -> list[Any]:
    barrier, results = threading.Barrier(count), [None] * count

    def run(place: int) -> None:
        barrier.wait()
        results[place] = work()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_threads_that_build_the_same_expressions_get_the_same_objects() -> None:
    def chain(start: int) -> list[Expr]:
        nodes = [x * start]
        for i in range(300):
            nodes.append(mg.sin(nodes[-1] * (start + i)) + y)
        return nodes

    with _eager_switching():
        for start in range(0, 20_000, 1000):
            first, *others = _in_threads(partial(chain, start))
            assert all(a is b for other in others for a, b in zip(first, other, strict=True))


def test_threads_that_release_what_others_build_do_no_harm() -> None:
    def build_and_release() -> bool:
        same = True
        for i in range(3000):
            node = mg.cos(x + i % 3)
            same = same and mg.cos(x + i % 3) is node
            del node
        return same

    with _eager_switching():
        assert all(_in_threads(build_and_release))


# --- memory ----------------------------------------------------------------------------------------------------------


def test_memory_is_released() -> None:
    gc.collect()
    before = live_nodes()
    node = var("x")
    for i in range(20_000):
        node = mg.tanh(node * Fraction(1, 3) + i)
    assert live_nodes() >= before + 79_000
    held = mg.gradient(node, [x])
    del node, held
    assert live_nodes() == before


def test_collection_is_paused_and_resumed() -> None:
    assert gc.isenabled()
    with paused_collection():
        assert not gc.isenabled()
        with paused_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collection_is_resumed_after_an_error() -> None:
    with pytest.raises(mg.MicrogradError):
        mg.evaluate(mg.log(x), x=-1.0)
    assert gc.isenabled()


def test_long_text_is_cut_in_repr() -> None:
    node = x
    for i in range(1000):
        node = node + i
    assert repr(ONE) == "1"
    assert "…" in repr(node)
    assert len(repr(node)) < len(str(node))


# --- fresh variables -------------------------------------------------------------------------------------------------


def test_a_fresh_variable_cannot_meet_a_name_of_a_user() -> None:
    fresh = fresh_variable("x", x)
    with pytest.raises(ValueError, match="is not a variable name"):
        var(str(fresh))
    with pytest.raises(mg.ParseError):
        mg.parse(str(fresh))
    with pytest.raises(mg.ParseError):
        mg.from_json(mg.to_json(fresh))


def test_a_fresh_variable_occurs_in_none_of_the_nodes() -> None:
    first = fresh_variable("x", x)
    second = fresh_variable("x", x + first, first > y)
    third = fresh_variable(str(first), first * second)
    assert len({x, first, second, third}) == 4
    assert fresh_variable("x", x) is first


def test_a_fresh_variable_is_a_variable() -> None:
    fresh = fresh_variable("x", x)
    assert mg.diff(fresh**2, fresh) is 2 * fresh
    assert mg.substitute(fresh * y, {fresh: x}) is x * y
    assert mg.evaluate(fresh + 1, {str(fresh): 2}) == 3
    assert named(str(fresh)) is fresh
    assert named("x") is x


@pytest.mark.parametrize("stem", ["", "1", "x'", "x@", "x@0", "x@1@1", "@1", "é", "x@1\n"])
def test_fresh_variables_have_identifiers_for_stems(stem: str) -> None:
    with pytest.raises(ValueError, match="is not a variable name"):
        fresh_variable(stem)
