"""Parsing: real formulas, Python's precedence, and for every fault a `ParseError` at its place."""

from __future__ import annotations

import builtins
import json
import keyword
import pickle
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from micrograd import evaluate
from micrograd.verified import PRIMITIVES, Condition, Expr, ParseError, const, e, eq, parse, parse_condition, parsing, pi, var
from micrograd.verified.expr import FUNCTION_NAMES, TRUE, live_nodes, neg
from micrograd.verified.parsing import MAX_DIGITS, parse_any
from tests.verified.strategies import untimed

x, y, z = var("x"), var("y"), var("z")

# --- real formulas ---------------------------------------------------------------------------------------------------

FORMULAS = [
    "x + x",
    "-x**2",
    "2*x2*(x1*x2 - 2) + 2*(x1 - 1000000)",
    "(x1 - 1000000)*(x1 - 1000000) + (x2 - 0.000002)*(x2 - 0.000002)",
    "1 / (2 * sqrt(x))",
    "1/(3*cbrt(x)**2)",
    "y * x**(y - 1)",
    "where(x > 0, x**y*log(x), 0)",
    "-x/((x**2 + y**2)*sqrt(x**2 + y**2))",
    "(1 - tanh(x)**2)*2**-3",
    "exp(-((x - 1)**2 + (y + 2)**2)/0.1e1)",
    "sin(pi*x)/(pi*x) - cos(pi*x)",
    "-(pi/180)*csc(x)*cot(x)",
    "e**x + e",
    "2/sqrt(pi)*exp(-x*x)",
    "-2/sqrt(pi)*exp(-(x**2)) + erfc(x)*erfcx(x)",
    "1/(x*log(2)) + log2(x) + log10(x) + log1p(x)",
    "abs(x)*sign(x) - relu(-x)",
    "where(abs(x) < 1e-6, 1 - x**2/6, sin(x)/x)",
    "where(x >= 0, 1/(1 + exp(-x)), exp(x)/(1 + exp(x)))",
    "where(x == 0, 1, where(x < 0, -1, 2))",
    "where(not (x < y) and (y != 0 or x > 1), x/y, hypot(x, y))",
    "where(-1 < x < 1, atanh(x), acoth(x))",
    "max(x, y, z) + min(x, -y)",
    "max(0, 1 - x*y)",
    "100*(x2 - x1**2)**2 + (1 - x1)**2",
    "20 + e - 20*exp(-0.2*sqrt(0.5*(x**2 + y**2))) - exp(0.5*(cos(2*pi*x) + cos(2*pi*y)))",
    "atan2(y, x) + acot(x) - asec(x)*acsc(x)",
    "sind(x)*cosd(x)/tand(x)",
    "asinh(x/y) - acosh(x)/acsch(y)",
    "sech(x)**2 - sech(x)*tanh(x) + csch(x)*coth(x)",
    "floor(x) + ceil(x) - trunc(x)",
    "expm1(x) + exp2(x)*exp10(x)",
    "logaddexp(x, y) + softplus(x) - sigmoid(x)",
    "((((x))))",
    "+x - -y + +-z",
    "2**3**2",
    "2**-x**-2",
    ".5*x + 5.*y + 0.25e-3*z + 1E+2",
    "0x1F*x + 0Xff",
    "reciprocal(square(x))",
    "deg2rad(x) + rad2deg(y) - sinpi(x)*cospi(x)",
    "add(x, mul(y, neg(pow(x, z))))",
    "t1 = sin(x); t2 = t1*t1; t2/(1 + t2)",
    "c = x > 0; where(c, x, 0) + where(not c, 1, y)",
    "x*y\n  + z\t- 1",
]
CONDITIONS = [
    "True",
    "False",
    "x > 0",
    "x != 0 or y != 0",
    "-1 < x < 1",
    "0 < x <= y < z != 1",
    "not x == 0 and not (y > 1 or z <= 2)",
    "not not x > 0",
    "x > 0 and (y < 1 or x*y >= 2) or False",
    "(x > 0) and (y > 0)",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_round_trip(text: str) -> None:
    node = parse(text)
    assert parse(str(node)) is node


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_round_trip(text: str) -> None:
    node = parse_condition(text)
    assert parse_condition(str(node)) is node


CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FIELDS = ("function", "derivative", "wrong_derivative", "right_derivative", "f")


def _texts(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The formulas and the domain of a corpus row."""
    for field in FIELDS:
        if row.get(field) is not None:
            yield field, row[field]
    for name, text in row.get("grad", {}).items():
        yield f"grad.{name}", text
    for i, line in enumerate(row.get("hess") or []):
        for j, text in enumerate(line):
            yield f"hess.{i}.{j}", text
    yield "domain", row["domain"]


def _in_the_language(row: dict[str, Any], texts: list[tuple[str, str]]) -> bool:
    if row["fragment"] in ("elementary", "piecewise"):
        return True
    called = {name for _, text in texts for name in re.findall(r"([A-Za-z_]\w*)\s*\(", text)}
    return bool(row["fragment"] == "special" and called - {"and", "or", "not"} <= FUNCTION_NAMES)


def _corpus() -> Iterator[Any]:
    for name in ("rules", "bugs", "gradients") if CORPUS.is_dir() else ():
        for row in json.loads((CORPUS / f"{name}.json").read_text()):
            texts = list(_texts(row))
            if _in_the_language(row, texts):
                yield pytest.param(texts, id=row["id"])


@pytest.mark.parametrize("texts", list(_corpus()) or [pytest.param([("f", "x"), ("domain", "True")], id="built-in")])
def test_the_corpus_round_trips(texts: list[tuple[str, str]]) -> None:
    for field, text in texts:
        node = parse_condition(text) if field == "domain" else parse(text)
        assert parse_any(str(node)) is node, field


# --- meaning ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "node"),
    [
        pytest.param("x + y*z", x + y * z, id="product in sum"),
        pytest.param("x - y - z", (x - y) - z, id="left sums"),
        pytest.param("x/y*z", (x / y) * z, id="left products"),
        pytest.param("x**y**z", x ** (y**z), id="right powers"),
        pytest.param("-x**2", -(x**2), id="minus of power"),
        pytest.param("(-x)**2", (-x) ** 2, id="power of minus"),
        pytest.param("x**-y", x ** (-y), id="minus in exponent"),
        pytest.param("-x*y", (-x) * y, id="minus in product"),
        pytest.param("x*-y", x * (-y), id="minus as factor"),
        pytest.param("--x", neg(neg(x)), id="two minuses"),
        pytest.param("+x", x, id="plus"),
        pytest.param("2/3*x", const(Fraction(2, 3)) * x, id="folded constants"),
        pytest.param("0.1", const(Fraction(1, 10)), id="exact decimal"),
        pytest.param("1.5e-3", const(Fraction(3, 2000)), id="exponent"),
        pytest.param("007", const(7), id="leading zeros"),
        pytest.param("1e3", const(1000), id="integral decimal"),
        pytest.param("0x10", const(16), id="hexadecimal"),
        pytest.param("e", e, id="e"),
        pytest.param("pi*2", pi * 2, id="pi"),
        pytest.param("max(x, y, z)", parse("max(max(x, y), z)"), id="max of three"),
        pytest.param("a = x; b = a + a; b*a", (x + x) * x, id="shared parts"),
        pytest.param("x = y; x + 1", y + 1, id="a part may have any free name"),
    ],
)
def test_meaning(text: str, node: Expr) -> None:
    assert parse(text) is node


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        pytest.param("x > 0 and y > 0 or z > 0", ((x > 0) & (y > 0)) | (z > 0), id="and before or"),
        pytest.param("not x > 0 and y > 0", ~(x > 0) & (y > 0), id="not before and"),
        pytest.param("x < y < z", (x < y) & (y < z), id="chain"),
        pytest.param("x < y < z and x > 0", ((x < y) & (y < z)) & (x > 0), id="chain in conjunction"),
        pytest.param("x + 1 < y*2", x + 1 < y * 2, id="arithmetic first"),
        pytest.param("x == y", eq(x, y), id="equality"),
        pytest.param("1 < 2", TRUE, id="settled"),
        pytest.param("c = x > 0; not c", ~(x > 0), id="shared condition"),
    ],
)
def test_meaning_of_conditions(text: str, condition: Condition) -> None:
    assert parse_condition(text) is condition


def test_every_function_name_is_a_call() -> None:
    for name, row in PRIMITIVES.items():
        if name != "powi":
            assert parse(f"{name}({', '.join(row.params)})") is row.application


def _python_value(text: str) -> Fraction | None:
    """Python's value of a generated text whose literals are Fractions; None where that is undefined or not rational."""
    try:
        value = eval(re.sub(r"\d+", r"F(\g<0>)", text), {"F": Fraction, "__builtins__": {}})
    except (ZeroDivisionError, OverflowError):
        return None
    return value if isinstance(value, Fraction) else None


_EXPONENTS = ["2", "-1", "0", "3", "-2", "+1", "2**-0"]
_arithmetic = st.recursive(
    st.integers(0, 4).map(str),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", "-", " * ", "/", " - "]), inner).map("".join),
        st.tuples(inner, st.sampled_from(["**", " ** "]), st.sampled_from(_EXPONENTS)).map("".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-{text}"),
        inner.map(lambda text: f"+ {text}"),
    ),
    max_leaves=8,
)


@untimed
@given(_arithmetic)
@example("2**3**2")
@example("-2**2")
@example("2**-1**2")
@example("8/4/2*3")
@example("1-2-3")
@example("- -1**-2")
def test_precedence_is_that_of_python(text: str) -> None:
    expected = _python_value(text)
    node = parse(text)
    if expected is None:
        assert node.args
    else:
        assert evaluate(node, unused=Fraction(0)) == expected


_SYMBOLS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
_comparisons = st.recursive(
    st.one_of(
        st.tuples(st.integers(0, 3), _SYMBOLS, st.integers(0, 3)),
        st.tuples(st.integers(0, 2), _SYMBOLS, st.integers(0, 2), _SYMBOLS, st.just(1)),
    ).map(lambda parts: " ".join(map(str, parts))),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join),
        inner.map(lambda text: f"not {text}"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=6,
)


@untimed
@given(_comparisons)
def test_logic_is_that_of_python(text: str) -> None:
    assert bool(parse_condition(text)) is eval(text, {"__builtins__": {}})
    opened = re.sub(r"\b1\b", "x", text)
    assert evaluate(parse_condition(opened), x=1.0) == eval(text, {"__builtins__": {}})


@untimed
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=0, max_value=10**9))
def test_decimal_literals_are_exact(value: Any) -> None:
    assert parse(str(value)) is const(Fraction(value))


@untimed
@given(st.integers(0, 10**40))
def test_integer_literals_are_exact(value: int) -> None:
    assert parse(str(value)) is parse(hex(value)) is const(value)


# --- faults ----------------------------------------------------------------------------------------------------------

FAULTS = [
    # names and calls
    ("foo(x)", 0, "'foo' is not a function"),
    ("1 + sinn(x)", 4, "did you mean 'sin'?"),
    ("print(x)", 0, "'print' is not a function"),
    ("exec('1')", 0, "'exec' is not a function"),
    ("__import__('os').system('true')", 0, "'__import__' is not a function"),
    ("powi(x, 2)", 0, "'powi' is not a function"),
    ("var(x)", 0, "'var' is not a function"),
    ("x(y)", 0, "'x' is not a function"),
    ("2*x(y)", 2, "'x' is not a function"),
    ("pi(x)", 0, "'pi' is not a function"),
    ("(x)(y)", 2, "is not a function"),
    ("2(3)", 1, "an operator is missing before '('"),
    ("sin", 0, "'sin' is a function: write sin(...)"),
    ("sin + 1", 0, "'sin' is a function"),
    ("x*sin x", 2, "'sin' is a function"),
    # arity and sorts
    ("sin(x, y)", 0, "sin takes 1 argument, not 2"),
    ("1 - hypot(x)", 4, "hypot takes 2 arguments, not 1"),
    ("max(x)", 0, "max takes 2 arguments, not 1"),
    ("where(x > 0, 1)", 0, "where takes 3 arguments, not 2"),
    ("where(x, 1, 2)", 0, "argument 1 of where must be a condition"),
    ("where(x > 0, y > 0, 2)", 0, "argument 2 of where must be a number"),
    ("2*abs(x > 0)", 2, "argument 1 of abs must be a number"),
    ("max(x, y > 0)", 0, "argument 2 of max must be a number"),
    ("max(x, y, z > 0)", 0, "argument 3 of max must be a number"),
    ("x > 0 + (y > 0)", 6, "'+' takes numbers"),
    ("(x > 0) < 1", 8, "'<' takes numbers"),
    ("-(x > 0)", 0, "'-' takes numbers"),
    ("(x > 0)**2", 7, "'**' takes numbers"),
    ("x and y", 2, "'and' takes conditions"),
    ("x > 0 or y", 6, "'or' takes conditions"),
    ("not x", 0, "'not' takes conditions"),
    ("True + 1", 5, "'+' takes numbers"),
    # parentheses
    ("(x", 0, "'(' is never closed"),
    ("x + ((y)", 4, "'(' is never closed"),
    ("sin(x", 0, "'(' is never closed"),
    ("x)", 1, "unbalanced ')'"),
    ("(x))", 3, "unbalanced ')'"),
    ("()", 1, "an expression is missing between the parentheses"),
    ("sin()", 4, "an expression is missing between the parentheses"),
    ("sin(x,)", 6, "an operand is missing before ')'"),
    ("sin(,x)", 4, "an operand is missing before ','"),
    ("(x + )", 5, "an operand is missing before ')'"),
    # what Python has and this language has not
    ("x.y", 1, "attribute access is not part of the language"),
    ("x.__class__.__bases__", 1, "attribute access is not part of the language"),
    ("1.0.real", 3, "attribute access is not part of the language"),
    ("x, y", 1, "a comma outside of a call"),
    ("(x, y)", 2, "tuples are not part of the language"),
    ("sin((x, y))", 6, "tuples are not part of the language"),
    ("[x for x in y]", 0, "unexpected character '['"),
    ("(x for x in y)", 3, "an operator is missing before 'for'"),
    ("{x}", 0, "unexpected character '{'"),
    ("x[0]", 1, "an operator is missing before '['"),
    ("lambda x: x", 0, "'lambda' is not part of the language"),
    ("x if x > 0 else y", 2, "an operator is missing before 'if'"),
    ("x := 2", 2, "an operator is missing before ':'"),
    ("(y := 2)", 3, "an operator is missing before ':'"),
    ("x = y = 2; x", 6, "'=' names a shared part"),
    ("sin(x=2)", 5, "'=' names a shared part"),
    ("x == y = 2", 7, "'=' names a shared part"),
    ("f'{x}'", 1, 'an operator is missing before "\'"'),
    ('"x"', 0, "unexpected character '\"'"),
    ("'abc'", 0, 'unexpected character "\'"'),
    ("b'x'", 1, 'an operator is missing before "\'"'),
    ("`x`", 0, "unexpected character '`'"),
    ("x # comment", 2, "an operator is missing before '#'"),
    ("x % y", 2, "an operator is missing before '%'"),
    ("x // y", 3, "an operand is missing before '/'"),
    ("x @ y", 2, "an operator is missing before '@'"),
    ("x & y", 2, "an operator is missing before '&'"),
    ("x | y", 2, "an operator is missing before '|'"),
    ("x ^ y", 2, "an operator is missing before '^'"),
    ("~x", 0, "unexpected character '~'"),
    ("x <> y", 3, "an operand is missing before '>'"),
    ("x is y", 2, "an operator is missing before 'is'"),
    ("x not in y", 2, "an operator is missing before 'not'"),
    ("x \\\n+ y", 2, "an operator is missing before '\\\\'"),
    ("None", 0, "'None' is not part of the language"),
    ("1 + nan", 4, "'nan' is not part of the language"),
    ("inf", 0, "'inf' is not part of the language"),
    ("...", 0, "unexpected character '.'"),
    # missing operands and operators
    ("", 0, "the text is empty"),
    ("  \n", 3, "the text is empty"),
    ("x +", 3, "the expression ends where an operand is expected"),
    ("x > 0 and ", 10, "the expression ends where an operand is expected"),
    ("sin(", 4, "the expression ends where an operand is expected"),
    ("* x", 0, "an operand is missing before '*'"),
    ("x + * y", 4, "an operand is missing before '*'"),
    ("x y", 2, "an operator is missing before 'y'"),
    ("2x", 1, "an operator is missing before 'x'"),
    ("x > 0 y", 6, "an operator is missing before 'y'"),
    # numbers
    ("1e999999999", 0, f"the literal has more than {MAX_DIGITS} digits"),
    ("x + 1e-999999999", 4, f"the literal has more than {MAX_DIGITS} digits"),
    ("1e4001", 0, f"the literal has more than {MAX_DIGITS} digits"),
    ("1_000", 1, "an operator is missing before '_000'"),
    ("1..2", 2, "an operator is missing before '.2'"),
    ("0x", 1, "an operator is missing before 'x'"),
    ("0b101", 1, "an operator is missing before 'b101'"),
    ("1j", 1, "an operator is missing before 'j'"),
    ("1e", 1, "an operator is missing before 'e'"),
    # characters
    ("x\0", 1, "an operator is missing before '\\x00'"),
    ("\0", 0, "unexpected character '\\x00'"),
    ("x + é", 4, "unexpected character 'é'"),
    ("xé", 1, "an operator is missing before 'é'"),
    ("ｘ", 0, "unexpected character 'ｘ'"),
    ("１", 0, "unexpected character '１'"),
    ("x²", 1, "an operator is missing before '²'"),
    ("x − y", 2, "an operator is missing before '−'"),
    ("x\u00a0+ y", 1, "an operator is missing before '\\xa0'"),
    ("\ud800", 0, "unexpected character '\\ud800'"),
    # shared parts
    ("x = 1", 5, "the last part must be an expression without a name"),
    ("x = 1;", 6, "the expression ends where an operand is expected"),
    ("x;", 1, "nothing may follow the unnamed expression"),
    ("x; y", 1, "nothing may follow the unnamed expression"),
    (";x", 0, "the expression ends where an operand is expected"),
    ("pi = 3; pi", 0, "'pi' cannot name a shared part"),
    ("sin = 3; sin", 0, "'sin' cannot name a shared part"),
    ("lambda = 3; x", 0, "'lambda' cannot name a shared part"),
    ("1 = x; x", 0, "'1' cannot name a shared part"),
    ("é = x; x", 0, "'é' cannot name a shared part"),
    ("a = x; a = y; a", 7, "'a' already has a meaning"),
    ("a = x + b; b = y; a", 11, "'b' already has a meaning"),
]


@pytest.mark.parametrize(("text", "position", "reason"), FAULTS, ids=[ascii(text) for text, _, _ in FAULTS])
def test_faults_are_located(text: str, position: int, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_any(text)
    assert caught.value.position == position
    assert reason in caught.value.reason
    assert f"at position {position}" in str(caught.value)


@pytest.mark.parametrize("word", [w for w in keyword.kwlist if w not in ("True", "False", "and", "or", "not")])
def test_keywords_are_refused_where_they_stand(word: str) -> None:
    for text, position in ((word, 0), (f"x + {word}", 4), (f"x {word}", 2), (f"sin({word})", 4)):
        with pytest.raises(ParseError) as caught:
            parse(text)
        assert caught.value.position == position


def test_too_many_digits() -> None:
    assert parse("1" * MAX_DIGITS) is const(int("1" * MAX_DIGITS))
    with pytest.raises(ParseError, match="digits") as caught:
        parse("x*" + "1" * (MAX_DIGITS + 1))
    assert caught.value.position == 2
    with pytest.raises(ParseError, match=f"the literal has more than {MAX_DIGITS} digits"):
        parse("1e" + "9" * 5000)
    assert parse("0x" + "f" * 5000) is const(16**5000 - 1)


@pytest.mark.parametrize("text", [b"x", None, 3, ["x"], var("x")], ids=lambda v: type(v).__name__)
def test_only_text_is_parsed(text: Any) -> None:
    with pytest.raises(TypeError, match="takes a str"):
        parse(text)


def test_the_other_sort_is_refused() -> None:
    with pytest.raises(ParseError, match="a condition, where an expression"):
        parse("x > 0")
    with pytest.raises(ParseError, match="an expression, where a condition"):
        parse_condition("x")


def test_the_message_quotes_the_place_only() -> None:
    with pytest.raises(ParseError) as caught:
        parse("x + " * 20_000 + "$" + " + x" * 20_000)
    assert caught.value.position == 80_000
    assert "'$'" in str(caught.value)
    assert len(str(caught.value)) < 200


def test_parse_errors_are_value_errors_and_pickle() -> None:
    with pytest.raises(ValueError) as caught:
        parse("x +")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is ParseError
    assert (again.position, again.reason, str(again)) == (3, caught.value.reason, str(caught.value))  # type: ignore[attr-defined]


def test_a_failed_parse_leaves_nothing_behind() -> None:
    before = live_nodes()
    with pytest.raises(ParseError):
        parse("never1 + never2*never3 + (")
    assert live_nodes() == before


# --- arbitrary text --------------------------------------------------------------------------------------------------

_WORDS = [
    *["x", "y", "t1", "sin", "max", "where", "pi", "e", "and", "or", "not", "True", "if", "lambda", "print", "__import__"],
    *["1", "2.5", "1e3", "0x2", "+", "-", "*", "/", "**", "<", "<=", "==", "=", ";", ",", "(", ")", ".", " ", "\n"],
    *["é", "'", "[", ":", "\0"],
]


def _outcome(text: str) -> Expr | Condition | ParseError:
    try:
        return parse_any(text)
    except ParseError as error:
        return error


def _only_parse_errors(text: str) -> None:
    found = _outcome(text)
    if isinstance(found, ParseError):
        assert 0 <= found.position <= len(text)
    else:
        assert parse_any(str(found)) is found


@untimed
@given(st.text(max_size=60))
def test_arbitrary_text_parses_or_is_refused(text: str) -> None:
    _only_parse_errors(text)


@untimed
@given(st.lists(st.sampled_from(_WORDS), max_size=14).map("".join))
def test_arbitrary_tokens_parse_or_are_refused(text: str) -> None:
    _only_parse_errors(text)


@untimed
@given(st.sampled_from(FORMULAS), st.data())
def test_damaged_formulas_parse_or_are_refused(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(0, 3))
    _only_parse_errors(text[:place] + data.draw(st.sampled_from(_WORDS)) + text[place + gone :])


@pytest.mark.parametrize("text", ["__import__('os')", "print(1)", "eval('1')", "exec('x')", "(lambda: 1)()", "x.real"])
def test_nothing_is_ever_evaluated(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*arguments: object, **keywords: object) -> None:
        raise AssertionError("text was evaluated")

    with monkeypatch.context() as patch:
        for name in ("eval", "exec", "compile"):
            patch.setattr(builtins, name, forbidden)
        with pytest.raises(ParseError):
            parse(text)
        node = parse("sin(x)**2 + 1")
    assert str(node) == "sin(x)**2 + 1"


# --- bounds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [2, 3, 5])
def test_blocks_of_tokens_make_no_difference(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        "t1 = sin(x); t2 = t1*t1; where(0 < x < 1 and not y > 2, t2 + -t1, max(1, 2, t1))**2",
        "x",
        "(x))",
        "sin x",
        "x +",
        "1 < x + (y > 2)",
        "f(x)",
    ]
    texts += ["a = 1; a = 2; a", "x; y", "sin = x; x", "(x, y)", "x.y", "", "((", "-True", "x = y", "0.5e3 * x ** - 2"]

    def outcome(text: str) -> Any:
        try:
            return parsing.parse_any(text)
        except ParseError as error:
            return str(error), error.position

    expected = [outcome(text) for text in texts]
    monkeypatch.setattr(parsing, "_BLOCK", block)
    assert [outcome(text) for text in texts] == expected


def test_the_rest_of_a_wrong_text_is_not_read() -> None:
    parser = parsing._Parser("x x" + " + y" * 10**5)
    with pytest.raises(ParseError, match="an operator is missing"):
        parser.program()
    assert parser.before + len(parser.tokens) <= 2 * parsing._BLOCK


def test_tokens_that_were_read_are_forgotten() -> None:
    parser = parsing._Parser("x" + " + y" * 10**4)
    parser.program()
    assert len(parser.tokens) <= 2 * parsing._BLOCK


def test_long_texts_are_refused_at_once() -> None:
    with pytest.raises(ParseError, match="more than 16777216 characters"):
        parse("x" * (parsing.MAX_CHARACTERS + 1))


@pytest.mark.parametrize("text", ["(" * 10**4, "-" * 10**4, "x**" * 10**4, "sin(" * 10**4])
def test_what_is_open_is_bounded(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MAX_PENDING", 100)
    with pytest.raises(ParseError, match="more than 100 operators and parentheses are open"):
        parse(text)


@pytest.mark.parametrize("text", ["1e1000000000", "1e-1000000000", "9" * 5000, "0x" + "f" * 20000, "1e" + "9" * 10**6, "." + "1" * 10**6])
def test_long_numbers_are_refused(text: str) -> None:
    with pytest.raises(ParseError, match="the literal has more than"):
        parse(f"{text}*x")


def test_powers_of_numbers_are_not_computed() -> None:
    assert str(parse("10**10**10")) == "10**10000000000"


def test_constants_are_bounded() -> None:
    with pytest.raises(ValueError, match="more than 65536 bits"):
        const(2**70000)
    assert parse(str(const(2**65535))) is const(2**65535)
