"""The float table: which laws of the real field survive rounding, and where the others break.

Formulas.  Every proof of this package speaks of real numbers.  Real-field reasoning uses laws such as::

    x + y = y + x        (x + y) + z = x + (y + z)        x * (y + z) = x * y + x * z        x * (1 / x) = 1

For IEEE 754 binary16, binary32 and binary64 (round to nearest, ties to even) each of them is settled one way or the
other: it *holds* (the negation is unsatisfiable in the SMT theory of floating-point numbers) or it *fails* (the negation
has a model, which `replay` runs again on the machine).  A law that fails in general and holds under a condition has a
row for each, so that the condition is on record.  Where a law fails for ordinary numbers, its row asks for a
counterexample whose operands and results are all *normal*: no NaN, infinity, overflow or underflow to blame.

Two equalities.  ``≡`` (SMT-LIB ``=``): the same float, all NaNs being one, -0 and +0 being two.  ``==`` (SMT-LIB
``fp.eq``, and ``==`` of IEEE 754): -0 == +0, and NaN equals nothing.  Every statement says which one it uses, and
whether NaN, the infinities and -0 are included.

Defined here: `LAWS`, one row of data for each law; `obligations`; `replay`; `mutants`; `table`.  A row is written once,
as S-expressions over the heads in `OPERATIONS`; the script for the solver, the text for the reader and the evaluation on
the machine are three readings of the same row.

Trust.  A failure needs no trust in the solver: the machine confirms it.  What holds rests on the solver's bit-blasting;
the tests also evaluate the rows of one variable on every binary16 value.  binary64 is evaluated by Python floats,
binary32 by NumPy; NumPy rounds binary16 results from binary32, which is exact rounding for + - * / and the square root
because 24 >= 2 * 11 + 2 (Figueroa).  Rows that lack a format are those that Z3 does not settle there in a few seconds;
nothing is claimed about them.

References: IEEE 754-2019, sections 3-6; SMT-LIB theory FloatingPoint; S. A. Figueroa, "When is double rounding
innocuous?" (SIGNUM 1995); J.-M. Muller et al., *Handbook of Floating-Point Arithmetic*, 2nd ed. (2018), chapters 2-4.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy

from micrograd.verified.errors import ProofError
from proofs.obligation import Mutant, Obligation

T = TypeVar("T")
Scalar = Any  # float, numpy.float16 or numpy.float32, an array of them, or the bool of a comparison


@dataclass(frozen=True, slots=True)
class Format:
    """An IEEE 754 binary format: its field widths, its `struct` code, and the type that computes in it here."""

    name: str
    exponent: int
    significand: int
    code: str
    number: Callable[[float], Scalar]

    @property
    def width(self) -> int:
        return self.exponent + self.significand

    def literal(self, token: str) -> str:
        """The SMT-LIB constant for a number that the format represents exactly."""
        bits = f"{int.from_bytes(struct.pack('>' + self.code, float(token)), 'big'):0{self.width}b}"
        return f"(fp #b{bits[0]} #b{bits[1 : 1 + self.exponent]} #b{bits[1 + self.exponent :]})"

    def decode(self, text: str) -> Scalar:
        """The float with the given bit pattern, ``0x`` and exactly ``width / 4`` hexadecimal digits."""
        if not text.startswith("0x") or len(text) != 2 + self.width // 4:
            raise ProofError(f"{text!r} is not a bit pattern of {self.name}")
        try:
            return self.number(struct.unpack(">" + self.code, bytes.fromhex(text[2:]))[0])
        except ValueError as error:
            raise ProofError(f"{text!r} is not hexadecimal") from error


FORMATS = (
    Format("binary16", 5, 11, "e", numpy.float16),
    Format("binary32", 8, 24, "f", numpy.float32),
    Format("binary64", 11, 53, "d", float),
)


def _same(a: Scalar, b: Scalar) -> Scalar:
    return ((a == b) & (numpy.signbit(a) == numpy.signbit(b))) | (numpy.isnan(a) & numpy.isnan(b))


def _divide(a: Scalar, b: Scalar) -> Scalar:
    quotient = numpy.divide(a, b)  # Python's own division raises at 0
    return float(quotient) if isinstance(a, float) else quotient


def _normal(a: Scalar) -> Scalar:
    return numpy.isfinite(a) & (abs(a) >= numpy.finfo(numpy.asarray(a).dtype).smallest_normal)


@dataclass(frozen=True, slots=True)
class Operation:
    """A head of the S-expressions: how the solver, the reader and the machine read it."""

    smtlib: str
    text: str
    machine: Callable[..., Scalar]
    binds: bool = False  # whether compound arguments need parentheses in the text


OPERATIONS = {
    "+": Operation("(fp.add RNE {0} {1})", "{0} + {1}", operator.add, True),
    "-": Operation("(fp.sub RNE {0} {1})", "{0} − {1}", operator.sub, True),
    "*": Operation("(fp.mul RNE {0} {1})", "{0} * {1}", operator.mul, True),
    "/": Operation("(fp.div RNE {0} {1})", "{0} / {1}", _divide, True),
    "neg": Operation("(fp.neg {0})", "−{0}", operator.neg, True),
    "sqrt": Operation("(fp.sqrt RNE {0})", "√{0}", numpy.sqrt, True),
    "abs": Operation("(fp.abs {0})", "|{0}|", abs),
    "≡": Operation("(= {0} {1})", "{0} ≡ {1}", _same),
    "==": Operation("(fp.eq {0} {1})", "{0} == {1}", operator.eq),
    "<": Operation("(fp.lt {0} {1})", "{0} < {1}", operator.lt),
    "<=": Operation("(fp.leq {0} {1})", "{0} ≤ {1}", operator.le),
    "or": Operation("(or {0} {1})", "{0} or {1}", numpy.logical_or),
    "iff": Operation("(= {0} {1})", "{0} iff {1}", operator.eq),
    "number": Operation("(not (fp.isNaN {0}))", "{0} is not NaN", lambda a: ~numpy.isnan(a)),
    "finite": Operation("(not (or (fp.isNaN {0}) (fp.isInfinite {0})))", "{0} is finite", numpy.isfinite),
    "normal": Operation("(fp.isNormal {0})", "{0} is normal", _normal),
    "nonzero": Operation("(not (fp.isZero {0}))", "{0} is not ±0", lambda a: a != 0),
}

NOTES = {
    "number": "±∞ and −0 are included",
    "finite": "finite excludes NaN and ±∞, not −0",
    "normal": "normal excludes NaN, ±∞, subnormals and ±0",
    "≡": "≡ is the same float: NaN ≡ NaN, −0 ≢ +0",
    "==": "== is IEEE equality: −0 == +0, NaN equals nothing",
    "<": "NaN is neither < nor ≤ nor > anything",
    "<=": "NaN is neither < nor ≤ nor > anything",
}


def _fold(term: str, leaf: Callable[[str], T], node: Callable[[str, list[T]], T]) -> T:
    """Read an S-expression from the leaves up: ``leaf`` of each atom, ``node`` of each head and its arguments."""
    heads: list[str] = []
    frames: list[list[T]] = [[]]
    tokens = iter(term.replace("(", " ( ").replace(")", " ) ").split())
    for token in tokens:
        if token == "(":
            heads.append(next(tokens))
            frames.append([])
        elif token == ")":
            arguments = frames.pop()
            frames[-1].append(node(heads.pop(), arguments))
        else:
            frames[-1].append(leaf(token))
    (result,) = frames[0]
    return result


def to_smtlib(term: str, form: Format) -> str:
    """The term as SMT-LIB in the given format."""
    return _fold(
        term,
        lambda token: token if token.isalpha() else form.literal(token),
        lambda head, arguments: OPERATIONS[head].smtlib.format(*arguments),
    )


def to_text(term: str) -> str:
    """The term as a reader writes it."""

    def node(head: str, arguments: list[str]) -> str:
        operation = OPERATIONS[head]
        if operation.binds:
            arguments = [f"({a})" if " " in a or a.startswith("−") else a for a in arguments]
        return operation.text.format(*arguments)

    return _fold(term, lambda token: token.replace("-", "−"), node)


def evaluate(term: str, form: Format, values: Mapping[str, Scalar]) -> Scalar:
    """The value of the term on the machine, every operation rounded to the given format."""
    with numpy.errstate(all="ignore"):
        return _fold(
            term,
            lambda token: values[token] if token.isalpha() else form.number(float(token)),
            lambda head, arguments: OPERATIONS[head].machine(*arguments),
        )


HOLDS, FAILS = "holds", "fails"
ALL = tuple(form.name for form in FORMATS)
SMALL = ("binary16", "binary32")


@dataclass(frozen=True, slots=True)
class Law:
    """A row: ``left relation right`` for all floats that satisfy ``given``, and the verdict on it.

    Attributes:
        name: what the law is called; rows on the same law share the beginning of the name.
        verdict: ``HOLDS`` or ``FAILS``; the same in each of ``formats``.
        left, relation, right: the claim.
        given: the side conditions, a part of the law.
        search: where to look for the counterexample of a law that fails.  Not a part of the law: a model is a model.
        formats: the formats in which the row is settled.
    """

    name: str
    verdict: str
    left: str
    relation: str
    right: str
    given: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    formats: tuple[str, ...] = ALL

    @property
    def claim(self) -> str:
        return f"({self.relation} {self.left} {self.right})"

    @property
    def words(self) -> list[str]:
        return " ".join((self.claim, *self.given)).replace("(", " ").replace(")", " ").split()

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(name for name in "xyz" if name in self.words)

    @property
    def statement(self) -> str:
        """The law in words, with what it says about NaN, the infinities and -0."""
        groups: dict[str, list[str]] = {}
        for condition in map(to_text, self.given):
            subject, _, predicate = condition.partition(" is ")
            groups.setdefault(predicate, []).append(subject)
        conditions = ", ".join(f"{', '.join(subjects)} {predicate}".strip() for predicate, subjects in groups.items())
        notes = [note for word, note in NOTES.items() if word in self.words]
        if not {"number", "finite", "normal"} & set(self.words):
            notes.insert(0, "NaN, ±∞ and −0 are included")
        scope = f"all {', '.join(self.variables)}" + (f" with {conditions}" if conditions else "")
        return f"{to_text(self.claim)} for {scope} ({'; '.join(notes)})"


def _each(condition: str, *terms: str) -> tuple[str, ...]:
    return tuple(f"({condition} {term})" for term in terms)


def _ordinary(name: str, left: str, relation: str, right: str, *given: str, search: tuple[str, ...] = ()) -> Law:
    """A law that fails even where every operand and every result is normal."""
    terms = {variable: None for variable in "xyz" if variable in f"{left} {right}"}

    def visit(head: str, parts: list[str]) -> str:
        term = f"({head} {' '.join(parts)})"
        if OPERATIONS[head].binds:
            terms[term] = None
        return term

    _fold(f"({relation} {left} {right})", str, visit)
    return Law(name, FAILS, left, relation, right, (*given, *_each("normal", *terms)), search)


_X, _XY, _NUMBER_X, _NUMBER_XY = (_each(p, *v) for p in ("finite", "number") for v in ("x", "xy"))

# fmt: off
LAWS = (
    # The additive group.
    Law("add_comm",           HOLDS, "(+ x y)", "≡", "(+ y x)"),
    _ordinary("add_assoc",           "(+ (+ x y) z)", "==", "(+ x (+ y z))", search=("(== y 2)", "(== z -1)", "(< 0 x)")),
    Law("add_zero",           FAILS, "(+ x 0)", "≡", "x", _X),
    Law("add_zero_ieee",      HOLDS, "(+ x 0)", "==", "x", _NUMBER_X),
    Law("add_negzero",        HOLDS, "(+ x -0)", "≡", "x"),
    Law("sub_zero",           HOLDS, "(- x 0)", "≡", "x"),
    Law("zero_sub",           FAILS, "(- 0 x)", "≡", "(neg x)", _X),
    Law("zero_sub_ieee",      HOLDS, "(- 0 x)", "==", "(neg x)", _NUMBER_X),
    Law("add_neg",            FAILS, "(+ x (neg x))", "==", "0", _NUMBER_X),
    Law("add_neg_finite",     HOLDS, "(+ x (neg x))", "≡", "0", _X),
    Law("sub_self",           FAILS, "(- x x)", "==", "0", _NUMBER_X),
    Law("sub_self_finite",    HOLDS, "(- x x)", "≡", "0", _X),
    Law("sub_eq_add_neg",     HOLDS, "(- x y)", "≡", "(+ x (neg y))"),
    Law("sub_neg",            HOLDS, "(- x (neg y))", "≡", "(+ x y)"),
    Law("neg_neg",            HOLDS, "(neg (neg x))", "≡", "x"),
    Law("neg_add",            FAILS, "(neg (+ x y))", "≡", "(+ (neg x) (neg y))", _XY, search=("(== x 1)",)),
    Law("neg_add_finite",     HOLDS, "(neg (+ x y))", "==", "(- (neg x) y)", _XY),
    Law("add_self",           HOLDS, "(+ x x)", "≡", "(* 2 x)"),
    _ordinary("add_sub_cancel",      "(- (+ x y) y)", "==", "x", search=("(== y 1)",)),
    _ordinary("add_right_cancel",    "(== (+ x z) (+ y z))", "iff", "(== x y)", search=("(== x 0.5)", "(== z 1)")),
    Law("sub_eq_zero",        FAILS, "(== (- x y) 0)", "iff", "(== x y)", _NUMBER_XY),
    Law("sub_eq_zero_finite", HOLDS, "(== (- x y) 0)", "iff", "(== x y)", _XY),
    # The multiplicative group, and the two together.
    Law("mul_comm",           HOLDS, "(* x y)", "≡", "(* y x)"),
    _ordinary("mul_assoc",           "(* (* x y) z)", "==", "(* x (* y z))", search=("(== y 3)", "(== z 5)")),
    _ordinary("distrib",             "(* x (+ y z))", "==", "(+ (* x y) (* x z))", search=("(== y 3)", "(== z 4)")),
    Law("mul_one",            HOLDS, "(* x 1)", "≡", "x"),
    Law("mul_zero",           FAILS, "(* x 0)", "≡", "0", _X),
    Law("mul_zero_ieee",      FAILS, "(* x 0)", "==", "0", _NUMBER_X),
    Law("mul_zero_finite",    HOLDS, "(* x 0)", "==", "0", _X),
    Law("neg_one_mul",        HOLDS, "(* -1 x)", "≡", "(neg x)"),
    Law("mul_neg",            HOLDS, "(* x (neg y))", "≡", "(neg (* x y))"),
    Law("neg_mul_neg",        HOLDS, "(* (neg x) (neg y))", "≡", "(* x y)"),
    Law("mul_eq_zero",        FAILS, "(== (* x y) 0)", "iff", "(or (== x 0) (== y 0))", _each("normal", "x", "y"),
        search=("(< 0 x)", "(< 0 y)")),
    _ordinary("mul_recip",           "(* x (/ 1 x))", "==", "1", search=("(or (== x 41) (== x 49))",)),
    _ordinary("recip_recip",         "(/ 1 (/ 1 x))", "==", "x", search=("(or (== x 7) (== x 49))",)),
    Law("div_self",           HOLDS, "(/ x x)", "≡", "1", ("(finite x)", "(nonzero x)"), formats=SMALL),
    Law("div_self_normal",    HOLDS, "(/ x x)", "≡", "1", _each("normal", "x")),
    Law("div_one",            HOLDS, "(/ x 1)", "≡", "x"),
    Law("div_two",            HOLDS, "(/ x 2)", "≡", "(* 0.5 x)"),
    Law("double_div_two",     HOLDS, "(/ (* 2 x) 2)", "≡", "x", _each("finite", "(* 2 x)")),
    Law("half_add_half",      FAILS, "(+ (/ x 2) (/ x 2))", "==", "x", _X),
    _ordinary("div_eq_mul_recip",    "(/ x y)", "==", "(* x (/ 1 y))", search=("(== x 5)", "(== y 3)")),
    _ordinary("mul_div_cancel",      "(/ (* x y) y)", "==", "x", search=("(== x (/ 1 3))", "(== y 25)")),
    _ordinary("div_mul_cancel",      "(* (/ x y) y)", "==", "x", search=("(== x 1)", "(or (== y 41) (== y 49))")),
    Law("neg_div",            HOLDS, "(/ (neg x) y)", "≡", "(neg (/ x y))", formats=SMALL),
    Law("neg_div_normal",     HOLDS, "(/ (neg x) y)", "≡", "(neg (/ x y))", _each("normal", "x", "y")),
    _ordinary("sqrt_square",         "(* (sqrt x) (sqrt x))", "==", "x", search=("(or (== x 2) (== x 3))",)),
    # Equality and order.
    Law("eq_refl",            FAILS, "x", "==", "x"),
    Law("eq_refl_number",     HOLDS, "x", "==", "x", _NUMBER_X),
    Law("recip_congr",        FAILS, "(/ 1 x)", "==", "(/ 1 y)", ("(== x y)", *_XY), search=("(== x 0)",)),
    Law("le_trans",           HOLDS, "x", "<=", "z", ("(<= x y)", "(<= y z)")),
    Law("le_antisymm",        FAILS, "x", "≡", "y", ("(<= x y)", "(<= y x)")),
    Law("le_antisymm_ieee",   HOLDS, "x", "==", "y", ("(<= x y)", "(<= y x)")),
    Law("trichotomy",         FAILS, "(or (< x y) (== x y))", "or", "(< y x)"),
    Law("trichotomy_number",  HOLDS, "(or (< x y) (== x y))", "or", "(< y x)", _NUMBER_XY),
    Law("neg_le_neg",         HOLDS, "(neg y)", "<=", "(neg x)", ("(<= x y)",)),
    Law("add_le_add",         FAILS, "(+ x z)", "<=", "(+ y z)", ("(<= x y)", "(number z)"),
        search=("(== x (/ -1 0))", "(== z (/ 1 0))")),
    Law("add_le_add_nonneg",  HOLDS, "(+ x z)", "<=", "(+ y z)", ("(<= x y)", "(<= 0 x)", "(<= 0 z)"), formats=ALL[:1]),
    _ordinary("add_lt_add",          "(+ x z)", "<", "(+ y z)", "(< x y)", search=("(== x 0.5)", "(== z 1)")),
    Law("le_add_nonneg",      HOLDS, "x", "<=", "(+ x y)", ("(<= 0 y)", "(number (+ x y))")),
    Law("lt_iff_sub_pos",     HOLDS, "(< x y)", "iff", "(< 0 (- y x))", _XY),
    _ordinary("lt_add_one",          "x", "<", "(+ x 1)"),
    _ordinary("lt_midpoint",         "x", "<", "(* 0.5 (+ x y))", "(< x y)"),
    Law("abs_add",            HOLDS, "(abs (+ x y))", "<=", "(+ (abs x) (abs y))", _each("number", "(+ x y)")),
    Law("abs_mul",            HOLDS, "(abs (* x y))", "≡", "(* (abs x) (abs y))"),
    Law("square_nonneg",      HOLDS, "0", "<=", "(* x x)", _NUMBER_X),
    Law("mul_nonneg",         HOLDS, "0", "<=", "(* x y)", ("(<= 0 x)", "(<= 0 y)", *_XY)),
    Law("mul_pos",            FAILS, "0", "<", "(* x y)", ("(< 0 x)", "(< 0 y)", *_each("normal", "x", "y"))),
    Law("abs_mul_le_one",     HOLDS, "(abs (* x y))", "<=", "1", ("(<= (abs x) 1)", "(<= (abs y) 1)")),
)
# fmt: on
BY_NAME = {law.name: law for law in LAWS}


def _script(law: Law, form: Format, assertions: tuple[str, ...]) -> str:
    lines = ["(set-logic QF_FP)"]
    lines += [f"(declare-const {name} (_ FloatingPoint {form.exponent} {form.significand}))" for name in law.variables]
    lines += [f"(assert {to_smtlib(assertion, form)})" for assertion in law.given + assertions]
    return "\n".join(lines) + "\n"


def obligation(law: Law, form: Format) -> Obligation:
    """The obligation that settles the law in the format: no counterexample, or one that the machine confirms."""
    fails = law.verdict == FAILS
    script = _script(law, form, law.search) + f"(assert (not {to_smtlib(law.claim, form)}))\n"
    return Obligation(
        name=f"floats.{law.name}.{form.name}",
        family="floats",
        statement=f"{law.verdict} in {form.name}: {law.statement}",
        smtlib=script,
        expected="sat" if fails else "unsat",
        witness=_script(law, form, ()) if law.given and not fails else None,  # a model of the script satisfies them
        hypotheses=tuple(map(to_text, law.given)),
        replay="proofs.floats:replay" if fails else None,
    )


def obligations() -> Iterator[Obligation]:
    """Every law in every format in which it is settled."""
    for law in LAWS:
        for form in FORMATS:
            if form.name in law.formats:
                yield obligation(law, form)


def _show(value: Scalar) -> str:
    mantissa, exponent_mark, exponent = float(value).hex().partition("p")
    return (mantissa.rstrip("0").rstrip(".") if exponent_mark else mantissa) + exponent_mark + exponent


def _evidence(law: Law, form: Format, values: Mapping[str, Scalar]) -> str:
    sides = []
    for side in (law.left, law.right):
        value = evaluate(side, form, values)
        truth = isinstance(value, (bool, numpy.bool_))
        sides.append(f"{to_text(side)} is {str(bool(value)).lower()}" if truth else f"{to_text(side)} = {_show(value)}")
    if law.relation in ("≡", "==", "iff") and law.left.startswith("("):
        return " but ".join(sides)
    compound = [text for side, text in zip((law.left, law.right), sides, strict=True) if side.startswith("(")]
    return f"not {to_text(law.claim)}" + (f", as {' and '.join(compound)}" if compound else "")


def replay(name: str, model: dict[str, str]) -> str:
    """Confirm on the machine that the model breaks the law, and say how.

    Args:
        name: the name of an obligation, ``floats.<law>.<format>``.
        model: the bit pattern of each variable in hexadecimal, e.g. ``{"x": "0x3ff0000000000000"}``.

    Returns:
        One line: the values, and both sides of the law as the machine computes them.

    Raises:
        ProofError: the name or a value cannot be read, a side condition does not hold, or the law does hold.

    >>> replay("floats.mul_recip.binary64", {"x": "0x4048800000000000"})
    'x = 0x1.88p+5: x * (1 / x) = 0x1.fffffffffffffp-1 but 1 = 0x1p+0'
    """
    family, law_name, form_name = (*name.split("."), "", "")[:3]
    law = BY_NAME.get(law_name)
    form = next((form for form in FORMATS if form.name == form_name), None)
    if family != "floats" or law is None or form is None:
        raise ProofError(f"{name!r} names no row of the float table")
    missing = [variable for variable in law.variables if variable not in model]
    if missing:
        raise ProofError(f"{name}: no value for {', '.join(missing)}")
    values = {variable: form.decode(model[variable]) for variable in law.variables}
    point = ", ".join(f"{variable} = {_show(value)}" for variable, value in values.items())
    for condition in law.given:
        if not evaluate(condition, form, values):
            raise ProofError(f"{name}: {point} does not satisfy: {to_text(condition)}")
    if evaluate(law.claim, form, values):
        raise ProofError(f"{name}: {point} satisfies {to_text(law.claim)}")
    return f"{point}: {_evidence(law, form, values)}"


# A row that holds, and a wrong claim in its place: (law, left, relation, right).
_WRONG = (
    ("add_comm", "(- x y)", "≡", "(- y x)"),
    ("add_negzero", "(+ x 0)", "≡", "x"),
    ("add_self", "(+ x x)", "≡", "(* 2 (abs x))"),
    ("neg_neg", "(neg x)", "≡", "x"),
    ("sub_eq_add_neg", "(- x y)", "≡", "(+ (neg x) y)"),
    ("mul_comm", "(/ x y)", "≡", "(/ y x)"),
    ("mul_neg", "(* x (neg y))", "≡", "(* x y)"),
    ("neg_one_mul", "(* -1 x)", "≡", "x"),
    ("abs_add", "(+ (abs x) (abs y))", "<=", "(abs (+ x y))"),
    ("square_nonneg", "0", "<", "(* x x)"),
)


def mutants() -> Iterator[Mutant]:
    """Wrong claims in place of those that hold, and each law that holds without one of its side conditions."""
    form = FORMATS[0]
    for name, left, relation, right in _WRONG:
        law = BY_NAME[name]
        wrong = replace(law, left=left, relation=relation, right=right)
        yield Mutant(f"floats.{name}", f"{to_text(law.claim)}  ->  {to_text(wrong.claim)}", (obligation(wrong, form),))
    for law in LAWS:
        for condition in law.given if law.verdict == HOLDS else ():
            weaker = replace(law, given=tuple(other for other in law.given if other != condition))
            change = f"{to_text(law.claim)}  without  {to_text(condition)}"
            yield Mutant(f"floats.{law.name}", change, (obligation(weaker, form),))


def table(results: Mapping[str, str]) -> str:
    """Laws and verdicts in Markdown; ``results`` maps names of settled obligations to their lines of evidence."""
    lines = ["| law | " + " | ".join(ALL) + " |", "| --- |" + " --- |" * len(ALL)]
    for law in LAWS:
        cells = [law.statement]
        for form_name in ALL:
            evidence = results.get(f"floats.{law.name}.{form_name}")
            settled = "not run" if evidence is None else "proved" if law.verdict == HOLDS else f"fails: {evidence}"
            cells.append(settled if form_name in law.formats else "—")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
