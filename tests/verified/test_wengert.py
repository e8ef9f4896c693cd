"""Wengert lists and JSON: the same object comes back, and every kind of bad data is refused with its place."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd.verified import Condition, Expr, ParseError, const, from_json, pi, sin, to_json, var, where
from micrograd.verified.expr import TRUE, count_nodes
from micrograd.verified.wengert import FORMAT, VERSION, from_wengert, number_text, number_value, read_entries, to_wengert
from tests.verified.strategies import conditions, expressions, numbers, untimed

x, y = var("x"), var("y")


def _document(entries: Any, **changes: Any) -> str:
    return json.dumps({"format": FORMAT, "version": VERSION, "entries": entries} | changes)


# --- round trip ------------------------------------------------------------------------------------------------------


@untimed
@given(st.one_of(expressions(), conditions()))
def test_json_round_trips(root: Expr | Condition) -> None:
    assert from_json(to_json(root)) is root
    assert from_json(to_json(root, indent=2)) is root


@untimed
@given(st.lists(st.one_of(expressions(), conditions()), min_size=1, max_size=4))
def test_several_roots_share_one_list(roots: list[Expr | Condition]) -> None:
    entries = to_wengert(roots)
    assert len(entries) == count_nodes(*roots) + 1
    assert all(a is b for a, b in zip(read_entries(entries), roots, strict=True))


@untimed
@given(expressions())
def test_entries_refer_to_earlier_ones_only(root: Expr) -> None:
    for number, (name, *rest) in enumerate(to_wengert([root])):
        if name not in ("var", "const", "bool"):
            assert all(0 <= i < number for i in rest)


@untimed
@given(numbers())
def test_numbers_round_trip(value: int | Fraction) -> None:
    again = number_value(number_text(value))
    assert again == value


def test_the_form_is_the_documented_one() -> None:
    entries = to_wengert([where(x > Fraction(1, 3), sin(x) * pi, -x)])
    assert entries == [
        ["var", "x"],
        ["const", "1/3"],
        ["gt", 0, 1],
        ["sin", 0],
        ["pi"],
        ["mul", 3, 4],
        ["neg", 0],
        ["where", 2, 5, 6],
        ["roots", 7],
    ]
    assert to_wengert([TRUE]) == [["bool", 1], ["roots", 0]]
    assert json.loads(to_json(x)) == {"format": FORMAT, "version": 1, "entries": [["var", "x"], ["roots", 0]]}


def test_reading_folds_as_the_constructors_do() -> None:
    assert from_wengert([["const", "2"], ["const", "3"], ["div", 0, 1], ["roots", 2]]) is const(Fraction(2, 3))


# --- bad data --------------------------------------------------------------------------------------------------------

X = ["var", "x"]

BAD_ENTRIES: list[Any] = [
    # not a list of entries
    pytest.param(None, 0, id="nothing"),
    pytest.param([], 0, id="empty"),
    pytest.param({"0": X}, 0, id="an object"),
    pytest.param("var", 0, id="a string"),
    pytest.param(5, 0, id="a number"),
    # entries that are not entries
    pytest.param([None, ["roots", 0]], 0, id="null entry"),
    pytest.param([X, 5, ["roots", 1]], 1, id="number entry"),
    pytest.param(["var", ["roots", 0]], 0, id="string entry"),
    pytest.param([X, [], ["roots", 1]], 1, id="empty entry"),
    pytest.param([X, {"sin": 0}, ["roots", 1]], 1, id="object entry"),
    pytest.param([[["var"], "x"], ["roots", 0]], 0, id="a list as head"),
    # heads
    pytest.param([X, ["gammma", 0], ["roots", 1]], 1, id="unknown head"),
    pytest.param([X, ["Sin", 0], ["roots", 1]], 1, id="head in capitals"),
    pytest.param([X, [0, 0], ["roots", 1]], 1, id="number as head"),
    pytest.param([X, ["__class__", 0], ["roots", 1]], 1, id="attribute as head"),
    # operands
    pytest.param([X, ["sin"], ["roots", 1]], 1, id="no operand"),
    pytest.param([X, ["sin", 0, 0], ["roots", 1]], 1, id="too many operands"),
    pytest.param([X, ["add", 0], ["roots", 1]], 1, id="too few operands"),
    pytest.param([X, ["sin", 1], ["roots", 1]], 1, id="itself as operand"),
    pytest.param([X, ["sin", 2], X, ["roots", 1]], 1, id="later operand"),
    pytest.param([X, ["sin", -1], ["roots", 1]], 1, id="negative operand"),
    pytest.param([X, ["sin", "0"], ["roots", 1]], 1, id="string as operand"),
    pytest.param([X, ["sin", 0.0], ["roots", 1]], 1, id="float as operand"),
    pytest.param([X, X, ["sin", True], ["roots", 2]], 2, id="truth value as operand"),
    pytest.param([X, ["sin", None], ["roots", 1]], 1, id="null as operand"),
    pytest.param([X, ["pi", 0], ["roots", 1]], 1, id="operand of pi"),
    pytest.param([X, ["and", 0, 0], ["roots", 1]], 1, id="number in and"),
    pytest.param([X, ["where", 0, 0, 0], ["roots", 1]], 1, id="number as condition"),
    pytest.param([["bool", 1], ["sin", 0], ["roots", 1]], 1, id="condition in sin"),
    pytest.param([["bool", 1], ["lt", 0, 0], ["roots", 1]], 1, id="condition in comparison"),
    pytest.param([["bool", 1], X, ["where", 0, 1, 0], ["roots", 2]], 2, id="condition as branch"),
    # variables
    pytest.param([["var"], ["roots", 0]], 0, id="variable without name"),
    pytest.param([["var", "1x"], ["roots", 0]], 0, id="bad name"),
    pytest.param([["var", "é"], ["roots", 0]], 0, id="non-ASCII name"),
    pytest.param([["var", "sin"], ["roots", 0]], 0, id="reserved name"),
    pytest.param([["var", 3], ["roots", 0]], 0, id="number as name"),
    pytest.param([["var", ["x"]], ["roots", 0]], 0, id="list as name"),
    pytest.param([["var", "x", "y"], ["roots", 0]], 0, id="two names"),
    # constants
    pytest.param([["const"], ["roots", 0]], 0, id="constant without value"),
    pytest.param([["const", "1", "2"], ["roots", 0]], 0, id="two values"),
    pytest.param([["const", 3], ["roots", 0]], 0, id="number as value"),
    pytest.param([["const", 0.5], ["roots", 0]], 0, id="float as value"),
    pytest.param([["const", None], ["roots", 0]], 0, id="null as value"),
    pytest.param([["const", True], ["roots", 0]], 0, id="truth value as value"),
    pytest.param([["const", ["1"]], ["roots", 0]], 0, id="list as value"),
    pytest.param([["const", ""], ["roots", 0]], 0, id="empty value"),
    pytest.param([["const", "x"], ["roots", 0]], 0, id="word as value"),
    pytest.param([["const", "nan"], ["roots", 0]], 0, id="nan"),
    pytest.param([["const", "0.5"], ["roots", 0]], 0, id="decimal point"),
    pytest.param([["const", "1e3"], ["roots", 0]], 0, id="exponent"),
    pytest.param([["const", " 1"], ["roots", 0]], 0, id="leading space"),
    pytest.param([["const", "1/ 2"], ["roots", 0]], 0, id="inner space"),
    pytest.param([["const", "1_0"], ["roots", 0]], 0, id="underscore"),
    pytest.param([["const", "+5"], ["roots", 0]], 0, id="plus sign"),
    pytest.param([["const", "٣"], ["roots", 0]], 0, id="Arabic digit"),
    pytest.param([["const", "1/0"], ["roots", 0]], 0, id="division by zero"),
    pytest.param([["const", "1/-2"], ["roots", 0]], 0, id="negative denominator"),
    pytest.param([["const", "1/2/3"], ["roots", 0]], 0, id="two slashes"),
    pytest.param([["const", "0x"], ["roots", 0]], 0, id="hexadecimal without digits"),
    pytest.param([["const", "9" * 5000], ["roots", 0]], 0, id="long decimal"),
    # truth values
    pytest.param([["bool"], ["roots", 0]], 0, id="truth without value"),
    pytest.param([["bool", 2], ["roots", 0]], 0, id="truth value 2"),
    pytest.param([["bool", "1"], ["roots", 0]], 0, id="truth value as string"),
    # roots
    pytest.param([X], 0, id="no roots"),
    pytest.param([X, ["sin", 0]], 1, id="last entry is not roots"),
    pytest.param([["roots", 0], ["roots", 0]], 0, id="roots too early"),
    pytest.param([X, 5], 1, id="number as roots"),
    pytest.param([X, {"roots": 0}], 1, id="object as roots"),
    pytest.param([X, ["roots"]], 1, id="no root"),
    pytest.param([X, ["roots", 0, 0]], 1, id="two roots"),
    pytest.param([X, ["roots", 1]], 1, id="root beyond the end"),
    pytest.param([X, ["roots", -1]], 1, id="negative root"),
    pytest.param([X, ["roots", "0"]], 1, id="string as root"),
    pytest.param([X, ["roots", 0.0]], 1, id="float as root"),
    pytest.param([X, ["roots", False]], 1, id="truth value as root"),
]


@pytest.mark.parametrize(("entries", "position"), BAD_ENTRIES)
def test_bad_entries_are_refused_with_their_number(entries: Any, position: int) -> None:
    for read in (lambda: from_wengert(entries), lambda: from_json(_document(entries))):
        with pytest.raises(ParseError) as caught:
            read()
        assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "position"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param("{", 1, id="unfinished"),
        pytest.param('{"format": x}', 11, id="not JSON"),
        pytest.param("[" * 100_000, 0, id="deep"),
        pytest.param("9" * 5000, 0, id="long number"),
        pytest.param("null", 0, id="null"),
        pytest.param("[]", 0, id="list"),
        pytest.param(_document([X, ["roots", 0]], format="other"), 0, id="other format"),
        pytest.param(_document([X, ["roots", 0]], version=2), 0, id="other version"),
        pytest.param(_document([X, ["roots", 0]], version="1"), 0, id="version as string"),
        pytest.param(json.dumps({"format": FORMAT, "version": VERSION}), 0, id="no entries"),
    ],
)
def test_bad_documents_are_refused(text: str, position: int) -> None:
    with pytest.raises(ParseError) as caught:
        from_json(text)
    assert caught.value.position == position


_WORDS = st.sampled_from(["x", "sin", "const", "1/2", "roots", "var"])
_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.floats(), _WORDS),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=12,
)


def _outcome(entries: Any) -> Expr | Condition | ParseError:
    try:
        return from_wengert(entries)  # type: ignore[no-any-return]
    except ParseError as error:
        return error


@untimed
@given(st.one_of(_json, st.lists(st.lists(_json, max_size=3), max_size=4)))
def test_arbitrary_data_is_read_or_refused(entries: Any) -> None:
    found = _outcome(entries)
    if isinstance(found, ParseError):
        assert found.position >= 0
    else:
        assert from_wengert(to_wengert([found])) is found


@untimed
@given(expressions(max_operations=6), st.data())
def test_damaged_lists_are_read_or_refused(root: Expr, data: st.DataObject) -> None:
    entries = to_wengert([root])
    number = data.draw(st.integers(0, len(entries) - 1))
    place = data.draw(st.integers(0, len(entries[number]) - 1))
    entries[number][place] = data.draw(_json)
    found = _outcome(entries)
    if isinstance(found, ParseError):
        assert number <= found.position < len(entries)
    else:
        assert from_wengert(to_wengert([found])) is found
