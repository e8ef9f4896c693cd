"""The float table: which laws of the real field survive rounding, and where the others break.

Formulas.  The other proofs of this package speak of real numbers and use laws such as::

    x + y = y + x        (x + y) + z = x + (y + z)        x * (y + z) = x * y + x * z        x * (1 / x) = 1

For IEEE 754 binary16, binary32 and binary64 (round to nearest, ties to even) each is settled one way or the other: it
*holds* (its negation is unsatisfiable in the SMT theory of floating-point numbers) or it *fails* (a model, which
`replay` runs again on the machine).  A law that fails but holds under a condition has a row for each.  Where it fails
for ordinary numbers, the counterexample has *normal* operands and results: no NaN, infinity or underflow to blame.

Two equalities.  ``≡`` (SMT-LIB ``=``): the same float, all NaNs being one, -0 and +0 being two.  ``==`` (``fp.eq``):
-0 == +0, and NaN equals nothing.  Each statement says which one it uses, and whether it includes NaN, ±∞ and -0.

A row of `LAWS` is written once, in S-expressions, and read as the solver's script, as text, and on the machine.

Trust.  A failure needs no trust in the solver: the machine confirms it.  What holds rests on the solver's bit-blasting;
the tests evaluate those rows on all binary16 values (one variable) or on a grid of hard cases.  binary64 is Python's
float, binary32 NumPy's; NumPy rounds binary16 from binary32, exactly for + - * / and √ as 24 >= 2 * 11 + 2 (Figueroa).
A row lacks a format where Z3 needs more than a few seconds (in a context of its own: names seen before slow it down).

References: IEEE 754-2019, sections 3-6; SMT-LIB theory FloatingPoint; S. A. Figueroa, "When is double rounding
innocuous?" (SIGNUM 1995); J.-M. Muller et al., *Handbook of Floating-Point Arithmetic*, 2nd ed. (2018), chapters 2-4.
"""

from __future__ import annotations

import operator
import re
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

    def literal(self, token: str) -> str:
        bits = "".join(f"{byte:08b}" for byte in struct.pack(">" + self.code, float(token)))
        return f"(fp #b{bits[0]} #b{bits[1 : 1 + self.exponent]} #b{bits[1 + self.exponent :]})"

    def decode(self, text: str) -> Scalar:
        """The float with the given bit pattern: ``0x`` and one hexadecimal digit for each four bits."""
        if not re.fullmatch(f"0x[0-9a-fA-F]{{{(self.exponent + self.significand) // 4}}}", text):
            raise ProofError(f"{text!r} is not a bit pattern of {self.name}")
        return self.number(struct.unpack(">" + self.code, bytes.fromhex(text[2:]))[0])


FORMATS = (
    Format("binary16", 5, 11, "e", numpy.float16),
    Format("binary32", 8, 24, "f", numpy.float32),
    Format("binary64", 11, 53, "d", float),
)


def _same(a: Scalar, b: Scalar) -> Scalar:
    return ((a == b) & (numpy.signbit(a) == numpy.signbit(b))) | (numpy.isnan(a) & numpy.isnan(b))


def _normal(a: Scalar) -> Scalar:
    return numpy.isfinite(a) & (abs(a) >= numpy.finfo(numpy.asarray(a).dtype).smallest_normal)


@dataclass(frozen=True, slots=True)
class Operation:
    """A head of the S-expressions: how the solver, the reader and the machine read it."""

    head: str
    smtlib: str
    text: str
    machine: Callable[..., Scalar]
    binds: bool = False  # whether compound arguments need parentheses in the text


_ROWS = (
    Operation("+", "(fp.add RNE {0} {1})", "{0} + {1}", operator.add, True),
    Operation("-", "(fp.sub RNE {0} {1})", "{0} − {1}", operator.sub, True),
    Operation("*", "(fp.mul RNE {0} {1})", "{0} * {1}", operator.mul, True),
    Operation("/", "(fp.div RNE {0} {1})", "{0} / {1}", numpy.divide, True),  # Python's own raises at 0
    Operation("neg", "(fp.neg {0})", "−{0}", operator.neg, True),
    Operation("sqrt", "(fp.sqrt RNE {0})", "√{0}", numpy.sqrt, True),
    Operation("abs", "(fp.abs {0})", "|{0}|", abs),
    Operation("≡", "(= {0} {1})", "{0} ≡ {1}", _same),
    Operation("==", "(fp.eq {0} {1})", "{0} == {1}", operator.eq),
    Operation("<", "(fp.lt {0} {1})", "{0} < {1}", operator.lt),
    Operation("<=", "(fp.leq {0} {1})", "{0} ≤ {1}", operator.le),
    Operation("or", "(or {0} {1})", "{0} or {1}", numpy.logical_or),
    Operation("not", "(not {0})", "not {0}", numpy.logical_not),
    Operation("iff", "(= {0} {1})", "{0} iff {1}", operator.eq),
    Operation("number", "(not (fp.isNaN {0}))", "{0} is not NaN", lambda a: ~numpy.isnan(a)),
    Operation("finite", "(not (or (fp.isNaN {0}) (fp.isInfinite {0})))", "{0} is finite", numpy.isfinite),
    Operation("normal", "(fp.isNormal {0})", "{0} is normal", _normal),
    Operation("nonzero", "(not (fp.isZero {0}))", "{0} is not ±0", lambda a: a != 0),
)
OPERATIONS = {row.head: row for row in _ROWS}

NOTES = {
    "number": "±∞ and −0 are included",
    "finite": "finite excludes NaN and ±∞, not −0",
    "normal": "normal excludes NaN, ±∞, subnormals and ±0",
    "≡": "≡ is the same float: NaN ≡ NaN, −0 ≢ +0",
    "==": "== is IEEE equality: −0 == +0, NaN equals nothing",
    "<": "NaN < nothing, −0 < +0 is false",
    "<=": "NaN ≤ nothing, −0 ≤ +0 ≤ −0",
}


def _fold(term: str, leaf: Callable[[str], T], node: Callable[[Operation, list[T]], T]) -> T:
    """Read an S-expression from the leaves up: ``leaf`` of each atom, ``node`` of each operation and its arguments."""
    heads: list[Operation] = []
    frames: list[list[T]] = [[]]
    tokens = iter(term.replace("(", " ( ").replace(")", " ) ").split())
    for token in tokens:
        if token == "(":
            heads.append(OPERATIONS[next(tokens)])
            frames.append([])
        elif token == ")":
            arguments = frames.pop()
            frames[-1].append(node(heads.pop(), arguments))
        else:
            frames[-1].append(leaf(token))
    (result,) = frames[0]
    return result


def _to_smtlib(term: str, form: Format) -> str:
    return _fold(term, lambda t: t if t.isalpha() else form.literal(t), lambda head, args: head.smtlib.format(*args))


def _to_text(term: str) -> str:
    def node(head: Operation, args: list[str]) -> str:
        return head.text.format(*(f"({a})" if head.binds and (" " in a or a.startswith("−")) else a for a in args))

    return _fold(term, lambda token: token.replace("-", "−"), node)


def evaluate(term: str, form: Format, values: Mapping[str, Scalar]) -> Scalar:
    """The value of the term on the machine, every operation rounded to the given format."""
    with numpy.errstate(all="ignore"):
        return _fold(
            term,
            lambda token: values[token] if token.isalpha() else form.number(float(token)),
            lambda head, args: head.machine(*args),
        )


HOLDS, FAILS = "holds", "fails"


@dataclass(frozen=True, slots=True)
class Law:
    """A row: ``left relation right`` for all floats that satisfy ``given``, and the verdict on it.

    Attributes:
        name: what the law is called; rows on the same law share the beginning of the name.
        verdict: ``HOLDS`` or ``FAILS``, the same in each of ``formats``.
        search: where to look for the counterexample of a law that fails; no part of the law, as a model is a model.
    """

    name: str
    verdict: str
    left: str
    relation: str
    right: str
    given: tuple[str, ...] = ()
    formats: tuple[Format, ...] = FORMATS
    search: tuple[str, ...] = ()

    @property
    def claim(self) -> str:
        return f"({self.relation} {self.left} {self.right})"

    @property
    def words(self) -> list[str]:
        return re.findall(r"[^ ()]+", " ".join((self.claim, *self.given)))

    @property
    def variables(self) -> list[str]:
        return [name for name in "xyz" if name in self.words]

    @property
    def statement(self) -> str:
        """The law in words, with what it says about NaN, the infinities and -0."""
        groups: dict[str, list[str]] = {}
        for condition in map(_to_text, self.given):
            subject, _, predicate = condition.partition(" is ")
            groups.setdefault(predicate, []).append(subject)
        conditions = ", ".join(f"{', '.join(subjects)} {predicate}".strip() for predicate, subjects in groups.items())
        notes = [note for word, note in NOTES.items() if word in self.words]
        if not {"number", "finite", "normal"} & set(self.words):
            notes.insert(0, "NaN, ±∞ and −0 are included")
        scope = f"all {', '.join(self.variables)}" + (f" with {conditions}" if conditions else "")
        return f"{_to_text(self.claim)} for {scope} ({'; '.join(notes)})"


def _each(condition: str, *terms: str) -> tuple[str, ...]:
    return tuple(f"({condition} {term})" for term in terms)


def _ordinary(name: str, left: str, relation: str, right: str, *search: str, given: tuple[str, ...] = ()) -> Law:
    """A law that fails even where every operand and every result is normal."""
    terms = {variable: None for variable in "xyz" if variable in f"{left} {right}"}

    def visit(head: Operation, parts: list[str]) -> str:
        term = f"({head.head} {' '.join(parts)})"
        terms.update({term: None} if head.binds else {})
        return term

    _fold(f"({relation} {left} {right})", str, visit)
    return Law(name, FAILS, left, relation, right, (*given, *_each("normal", *terms)), search=search)


_X, _NUMBER_X, _NORMAL_X = (_each(word, "x") for word in ("finite", "number", "normal"))
_XY, _NUMBER_XY, _NORMAL_XY = (_each(word, "x", "y") for word in ("finite", "number", "normal"))

LAWS = (
    # The additive group.
    Law("add_comm",          HOLDS, "(+ x y)", "≡", "(+ y x)"),
    _ordinary("add_assoc",          "(+ (+ x y) z)", "==", "(+ x (+ y z))", "(≡ x (/ 1 3))", "(≡ y 1)", "(≡ z 1)"),
    Law("add_zero",          FAILS, "(+ x 0)", "≡", "x", _X),
    Law("add_zero_ieee",     HOLDS, "(+ x 0)", "==", "x", _NUMBER_X),
    Law("add_negzero",       HOLDS, "(+ x -0)", "≡", "x"),
    Law("sub_zero",          HOLDS, "(- x 0)", "≡", "x"),
    Law("zero_sub",          FAILS, "(- 0 x)", "≡", "(neg x)", _X),
    Law("zero_sub_ieee",     HOLDS, "(- 0 x)", "==", "(neg x)", _NUMBER_X),
    Law("add_neg",           FAILS, "(+ x (neg x))", "==", "0", _NUMBER_X),
    Law("add_neg_finite",    HOLDS, "(+ x (neg x))", "≡", "0", _X),
    Law("sub_self",          FAILS, "(- x x)", "==", "0", _NUMBER_X),
    Law("sub_self_finite",   HOLDS, "(- x x)", "≡", "0", _X),
    Law("sub_eq_add_neg",    HOLDS, "(- x y)", "≡", "(+ x (neg y))"),
    Law("neg_neg",           HOLDS, "(neg (neg x))", "≡", "x"),
    Law("neg_add",           FAILS, "(neg (+ x y))", "≡", "(+ (neg x) (neg y))", _XY, search=("(≡ x 1)", "(≡ y -1)")),
    Law("neg_add_finite",    HOLDS, "(neg (+ x y))", "==", "(- (neg x) y)", _XY),
    Law("add_self",          HOLDS, "(+ x x)", "≡", "(* 2 x)"),
    _ordinary("add_sub_cancel",     "(- (+ x y) y)", "==", "x", "(≡ y 1)"),
    _ordinary("add_right_cancel",   "(== (+ x z) (+ y z))", "iff", "(== x y)", "(≡ x 0.5)", "(≡ z 1)"),
    Law("eq_of_sub",         FAILS, "(== (- x y) 0)", "iff", "(== x y)", _NUMBER_XY, search=("(≡ x (/ 1 0))",)),
    Law("eq_of_sub_finite",  HOLDS, "(== (- x y) 0)", "iff", "(== x y)", _X),
    # The multiplicative group, and the two together.
    Law("mul_comm",          HOLDS, "(* x y)", "≡", "(* y x)"),
    _ordinary("mul_assoc",          "(* (* x y) z)", "==", "(* x (* y z))", "(≡ x (/ 1 3))", "(≡ y 7)", "(≡ z 3)"),
    _ordinary("distrib",            "(* x (+ y z))", "==", "(+ (* x y) (* x z))",
        "(≡ x (/ 1 3))", "(≡ y 4)", "(≡ z 7)"),
    Law("mul_one",           HOLDS, "(* x 1)", "≡", "x"),
    Law("mul_zero",          FAILS, "(* x 0)", "≡", "0", _X),
    Law("mul_zero_ieee",     FAILS, "(* x 0)", "==", "0", _NUMBER_X),
    Law("mul_zero_finite",   HOLDS, "(* x 0)", "==", "0", _X),
    Law("neg_one_mul",       HOLDS, "(* -1 x)", "≡", "(neg x)"),
    Law("mul_neg",           HOLDS, "(* x (neg y))", "≡", "(neg (* x y))"),
    Law("neg_mul_neg",       HOLDS, "(* (neg x) (neg y))", "≡", "(* x y)"),
    Law("mul_eq_zero",       FAILS, "(== (* x y) 0)", "iff", "(or (== x 0) (== y 0))", _NORMAL_XY, search=("(≡ x y)",)),
    _ordinary("mul_recip",          "(* x (/ 1 x))", "==", "1", "(≡ x 503)"),
    _ordinary("recip_recip",        "(/ 1 (/ 1 x))", "==", "x", "(≡ x 123)"),
    Law("div_self",          HOLDS, "(/ x x)", "≡", "1", ("(finite x)", "(nonzero x)"), FORMATS[:2]),
    Law("div_self_normal",   HOLDS, "(/ x x)", "≡", "1", _NORMAL_X, FORMATS[2:]),
    Law("div_one",           HOLDS, "(/ x 1)", "≡", "x"),
    Law("div_two",           HOLDS, "(/ x 2)", "≡", "(* 0.5 x)"),
    Law("double_div_two",    HOLDS, "(/ (* 2 x) 2)", "≡", "x", _each("finite", "(* 2 x)")),
    Law("half_add_half",     FAILS, "(+ (/ x 2) (/ x 2))", "==", "x", _X),
    _ordinary("div_eq_mul_recip",   "(/ x y)", "==", "(* x (/ 1 y))", "(≡ x 5)", "(≡ y 3)"),
    _ordinary("mul_div_cancel",     "(/ (* x y) y)", "==", "x", "(≡ x (/ 1 3))", "(≡ y 25)"),
    _ordinary("div_mul_cancel",     "(* (/ x y) y)", "==", "x", "(≡ x 1)", "(≡ y 503)"),
    Law("neg_div",           HOLDS, "(/ (neg x) y)", "≡", "(neg (/ x y))", formats=FORMATS[:2]),
    Law("neg_div_normal",    HOLDS, "(/ (neg x) y)", "≡", "(neg (/ x y))", _NORMAL_XY, FORMATS[2:]),
    _ordinary("sqrt_square",        "(* (sqrt x) (sqrt x))", "==", "x", "(≡ x 7)"),
    # Equality and order.
    Law("eq_refl",           FAILS, "x", "==", "x"),
    Law("eq_refl_number",    HOLDS, "x", "==", "x", _NUMBER_X),
    Law("recip_congr",       FAILS, "(/ 1 x)", "==", "(/ 1 y)", ("(== x y)", *_XY), search=("(≡ x 0)", "(≡ y -0)")),
    Law("le_trans",          HOLDS, "x", "<=", "z", ("(<= x y)", "(<= y z)")),
    Law("le_antisymm",       FAILS, "x", "≡", "y", ("(<= x y)", "(<= y x)")),
    Law("le_antisymm_ieee",  HOLDS, "x", "==", "y", ("(<= x y)", "(<= y x)")),
    Law("trichotomy",        FAILS, "(or (< x y) (== x y))", "or", "(< y x)"),
    Law("trichotomy_number", HOLDS, "(or (< x y) (== x y))", "or", "(< y x)", _NUMBER_XY),
    Law("neg_le_neg",        HOLDS, "(neg y)", "<=", "(neg x)", ("(<= x y)",)),
    Law("add_le_add",        FAILS, "(+ x z)", "<=", "(+ y z)", ("(<= x y)", "(number z)"), search=("(≡ x (/ -1 0))",)),
    Law("add_le_add_nonneg", HOLDS, "(+ x z)", "<=", "(+ y z)", ("(<= x y)", "(<= 0 x)", "(<= 0 z)"), FORMATS[:1]),
    _ordinary("add_lt_add",         "(+ x z)", "<", "(+ y z)", "(≡ x 0.5)", "(≡ z 1)", given=("(< x y)",)),
    Law("le_add_nonneg",     HOLDS, "x", "<=", "(+ x y)", ("(<= 0 y)", "(number (+ x y))")),
    Law("lt_iff_sub_pos",    HOLDS, "(< x y)", "iff", "(< 0 (- y x))"),
    _ordinary("lt_add_one",         "x", "<", "(+ x 1)"),
    _ordinary("lt_midpoint",        "x", "<", "(* 0.5 (+ x y))", "(≡ x 1)", given=("(< x y)",)),
    Law("abs_add",           HOLDS, "(abs (+ x y))", "<=", "(+ (abs x) (abs y))", _each("number", "(+ x y)")),
    Law("abs_mul",           HOLDS, "(abs (* x y))", "≡", "(* (abs x) (abs y))"),
    Law("square_nonneg",     HOLDS, "0", "<=", "(* x x)", _NUMBER_X),
    Law("mul_nonneg",        HOLDS, "0", "<=", "(* x y)", ("(<= 0 x)", "(<= 0 y)", *_XY)),
    Law("abs_mul_le_one",    HOLDS, "(abs (* x y))", "<=", "1", ("(<= (abs x) 1)", "(<= (abs y) 1)")),
)  # fmt: skip
_SETTLED = {f"floats.{law.name}.{form.name}": (law, form) for law in LAWS for form in FORMATS if form in law.formats}


def _script(law: Law, form: Format, *terms: str) -> str:
    lines = ["(set-logic QF_FP)"]
    lines += [f"(declare-const {name} (_ FloatingPoint {form.exponent} {form.significand}))" for name in law.variables]
    lines += [f"(assert {_to_smtlib(term, form)})" for term in (*law.given, *terms)]
    return "\n".join(lines) + "\n"


def _obligation(law: Law, form: Format) -> Obligation:
    fails = law.verdict == FAILS
    return Obligation(
        name=f"floats.{law.name}.{form.name}",
        family="floats",
        statement=f"{law.verdict} in {form.name}: {law.statement}",
        smtlib=_script(law, form, *law.search, f"(not {law.claim})"),
        expected="sat" if fails else "unsat",
        witness=_script(law, form) if law.given and not fails else None,  # a counterexample satisfies them itself
        hypotheses=tuple(map(_to_text, law.given)),
        replay="proofs.floats:replay" if fails else None,
    )


def obligations() -> Iterator[Obligation]:
    """Every law in every format in which it is settled."""
    return (_obligation(law, form) for law, form in _SETTLED.values())


def _show(term: str, form: Format, values: Mapping[str, Scalar]) -> str:
    value = evaluate(term, form, values)
    if isinstance(value, (bool, numpy.bool_)):
        return f"{_to_text(term)} is {str(bool(value)).lower()}"
    return f"{_to_text(term)} = {re.sub(r'[.]?0*p', 'p', float(value).hex())}"


def replay(name: str, model: dict[str, str]) -> str:
    """Confirm on the machine that the model breaks the law, and say how in one line.

    Args:
        name: the name of an obligation, ``floats.<law>.<format>``.
        model: the bit pattern of each variable in hexadecimal.

    Raises:
        ProofError: the name or a value cannot be read, a side condition does not hold, or the law does hold.

    >>> replay("floats.add_assoc.binary16", {"x": "0x6800", "y": "0x3c00", "z": "0x3c00"})
    'x = 0x1p+11, y = 0x1p+0, z = 0x1p+0: (x + y) + z = 0x1p+11 but x + (y + z) = 0x1.004p+11'
    """
    if name not in _SETTLED:
        raise ProofError(f"{name!r} names no row of the float table")
    law, form = _SETTLED[name]
    values = {variable: form.decode(model.get(variable, "nothing")) for variable in law.variables}
    point = ", ".join(_show(variable, form, values) for variable in values)
    for condition in law.given:
        if not evaluate(condition, form, values):
            raise ProofError(f"{name}: {point} does not satisfy: {_to_text(condition)}")
    if evaluate(law.claim, form, values):
        raise ProofError(f"{name}: {point} satisfies {_to_text(law.claim)}")
    sides = [_show(side, form, values) for side in (law.left, law.right) if side.startswith("(")]
    if law.relation in ("≡", "==", "iff") and len(sides) == 2:
        return f"{point}: {' but '.join(sides)}"
    return f"{point}: not {_to_text(law.claim)}" + (f", as {' and '.join(sides)}" if sides else "")


_WRONG = (  # a law that holds, and a wrong claim in its place
    ("add_comm", "(- x y)", "≡", "(- y x)"),
    ("add_negzero", "(+ x 0)", "≡", "x"),
    ("add_self", "(+ x x)", "≡", "(* 2 (abs x))"),
    ("mul_comm", "(/ x y)", "≡", "(/ y x)"),
    ("abs_add", "(+ (abs x) (abs y))", "<=", "(abs (+ x y))"),
    ("square_nonneg", "0", "<", "(* x x)"),
)


def mutants() -> Iterator[Mutant]:
    """Wrong claims in place of those that hold, and each law that holds without one of its side conditions."""
    laws = {law.name: law for law in LAWS if law.verdict == HOLDS and FORMATS[0] in law.formats}
    pairs = [(laws[name], replace(laws[name], left=a, relation=relation, right=b)) for name, a, relation, b in _WRONG]
    for law in laws.values():
        pairs += [(law, replace(law, given=tuple(c for c in law.given if c != dropped))) for dropped in law.given]
    for law, wrong in pairs:
        change = f"{law.statement}  ->  {wrong.statement}"
        yield Mutant(f"floats.{law.name}", change, (_obligation(wrong, FORMATS[0]),))


def table(results: Mapping[str, str]) -> str:
    """Laws and verdicts in Markdown; ``results`` maps names of settled obligations to their lines of evidence."""
    lines = ["| law | " + " | ".join(form.name for form in FORMATS) + " |", "| --- |" + " --- |" * len(FORMATS)]
    for law in LAWS:
        cells = [law.statement]
        for name in (f"floats.{law.name}.{form.name}" for form in FORMATS):
            verdict = "proved" if law.verdict == HOLDS else f"fails: {results.get(name)}"
            cells.append("—" if name not in _SETTLED else verdict if name in results else "not run")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
