"""The float table: each row is settled as it says, by the solver and, independently, on the machine."""

from __future__ import annotations

import math
import re
import struct
from typing import Any

import numpy
import pytest
import z3

from micrograd.verified.errors import ProofError
from proofs import floats
from proofs.floats import FAILS, FORMATS, HOLDS, LAWS, Format, Law
from proofs.obligation import Mutant, Obligation

OBLIGATIONS = {o.name: o for o in floats.obligations()}
BINARY16, BINARY32, BINARY64 = FORMATS
MUTANTS = list(floats.mutants())
SLOW = "floats.add_le_add_nonneg.binary16"
QUICK = """
    add_comm add_assoc add_zero add_zero_ieee add_negzero add_neg_finite sub_self sub_eq_add_neg neg_neg add_self
    mul_comm mul_assoc distrib mul_one mul_zero mul_zero_finite neg_one_mul mul_recip div_one trichotomy
"""
FAST = [n for n in OBLIGATIONS if n.endswith("binary16") and n != SLOW]
WIDE = [f"floats.{law}.{form}" for law in QUICK.split() for form in ("binary32", "binary64")]
HARD_CASES = (
    *(
        0.0,
        -0.0,
        math.inf,
        -math.inf,
        math.nan,
        1.0,
        -1.0,
        2.0,
        -3.0,
        0.5,
        1 / 3,
        7.0,
        49.0,
        2047.0,
        2048.0,
        40000.0,
        -65504.0,
    ),
    *(2.0**-24, -(2.0**-24), 3 * 2.0**-24, 2.0**-14, 2.0**-14 - 2.0**-24, 1 + 2.0**-10, 1 - 2.0**-11),
)


def bits(form: Format, value: float) -> str:
    return "0x" + struct.pack(">" + form.code, value).hex()


def limits(form: Format) -> tuple[float, ...]:
    info = numpy.finfo(numpy.dtype(form.code))
    small, largest, eps = float(info.smallest_subnormal), float(info.max), float(info.eps)
    return (
        small,
        -small,
        float(info.smallest_normal),
        float(info.smallest_normal) - small,
        largest,
        -largest,
        1 + eps,
        1 - eps / 2,
    )


def ask(script: str) -> tuple[str, dict[str, str]]:
    """Z3's answer in a context of its own, since its speed depends on what it has seen before; the model as bits."""
    context = z3.Context()
    solver = z3.Solver(ctx=context)
    solver.set("timeout", 600_000)
    solver.from_string(script)
    answer = str(solver.check())
    model = {}
    if answer == "sat":
        for name, exponent, significand in re.findall(r"declare-const (\w) \(_ FloatingPoint (\d+) (\d+)\)", script):
            value = solver.model().eval(z3.FP(name, z3.FPSort(int(exponent), int(significand), context)), model_completion=True)
            form = next(f for f in FORMATS if f.significand == int(significand))
            pattern = z3.simplify(z3.fpToIEEEBV(value, ctx=context))
            model[name] = bits(form, math.nan) if value.isNaN() else f"0x{pattern.as_long():0{pattern.size() // 4}x}"
    return answer, model


def check(obligation: Obligation) -> None:
    answer, model = ask(obligation.smtlib)
    assert answer == obligation.expected
    if obligation.witness is not None:
        assert ask(obligation.witness)[0] == "sat"
    if answer == "sat":
        assert obligation.replay == "proofs.floats:replay"
        assert floats.replay(obligation.name, model).startswith("x = ")


@pytest.mark.parametrize("name", FAST)
def test_rows_settle_in_binary16(name: str) -> None:
    check(OBLIGATIONS[name])


@pytest.mark.parametrize("name", WIDE)
def test_quick_rows_settle_in_wider_formats(name: str) -> None:
    check(OBLIGATIONS[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in OBLIGATIONS if name not in FAST + WIDE])
def test_other_rows_settle(name: str) -> None:
    check(OBLIGATIONS[name])


def points(law: Law, form: Format) -> dict[str, Any]:
    """All binary16 values for one variable, otherwise every combination of hard cases."""
    values: Any = numpy.array((*HARD_CASES, *limits(form)), dtype=form.code)
    if form is BINARY16 and len(law.variables) == 1:
        values = numpy.arange(2**16, dtype=numpy.uint16).view(numpy.float16)
    return dict(zip(law.variables, numpy.meshgrid(*[values] * len(law.variables)), strict=True))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
@pytest.mark.parametrize("law", [law for law in LAWS if law.verdict == HOLDS], ids=lambda law: law.name)
def test_what_holds_has_no_counterexample_on_the_machine(law: Law, form: Format) -> None:
    with numpy.errstate(all="ignore"):
        values = points(law, form)
        holds = floats.evaluate(law.claim, form, values)
        given = numpy.logical_and.reduce([numpy.full(holds.shape, True), *(floats.evaluate(c, form, values) for c in law.given)])
    assert given.any()
    assert not (given & ~holds).any()


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_the_solver_and_the_machine_read_a_row_alike(law: Law) -> None:
    form = law.formats[0]
    *given, negated = z3.parse_smt2_string(floats._script(law, form, f"(not {law.claim})"))
    sort, width = z3.FPSort(form.exponent, form.significand), form.exponent + form.significand
    cases = (*HARD_CASES, *limits(form))
    for i in range(len(cases)):
        values = {name: cases[i * step % len(cases)] for name, step in zip(law.variables, (1, 3, 7), strict=False)}
        pattern = {name: int(bits(form, value), 16) for name, value in values.items()}
        ground = [(z3.FP(v, sort), z3.fpBVToFP(z3.BitVecVal(pattern[v], width), sort)) for v in values]
        machine = {name: form.decode(bits(form, value)) for name, value in values.items()}
        for term, condition in zip([*given, negated], [*law.given, f"(not {law.claim})"], strict=True):
            assert z3.is_true(z3.simplify(z3.substitute(term, *ground))) == bool(floats.evaluate(condition, form, machine))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_fails(mutant: Mutant) -> None:
    assert any(ask(o.smtlib)[0] == "sat" for o in mutant.obligations)


def test_every_row_is_well_formed() -> None:
    assert len({law.name for law in LAWS}) == len(LAWS) >= 40
    assert len(OBLIGATIONS) == sum(len(law.formats) for law in LAWS)
    for o in OBLIGATIONS.values():
        assert o.family == "floats"
        assert "(set-logic QF_FP)" in o.smtlib
        assert "check-sat" not in o.smtlib
        assert (o.replay is None) == (o.expected == "unsat") == o.statement.startswith("holds")
        for named in (r"NaN", r"±∞", r"−0|±0"):
            assert re.search(named, o.statement), o.statement


def test_every_literal_is_exact() -> None:
    for law in LAWS:
        for token in re.findall(r"(?<=[ ])-?[0-9.]+", " ".join((law.claim, *law.given, *law.search))):
            for form in FORMATS:
                assert form.decode(bits(form, float(token))) == float(token)


def test_statements() -> None:
    statement = {name: o.statement for name, o in OBLIGATIONS.items()}
    assert statement["floats.add_comm.binary64"] == (
        "holds in binary64: x + y ≡ y + x for all x, y (NaN, ±∞ and −0 are included; ≡ is the same float: NaN ≡ NaN, −0 ≢ +0)"
    )
    assert statement["floats.add_right_cancel.binary16"].startswith(
        "fails in binary16: x + z == y + z iff x == y for all x, y, z with x, y, z, x + z, y + z normal ("
    )
    assert OBLIGATIONS["floats.div_self.binary32"].hypotheses == ("x is finite", "x is not ±0")


@pytest.mark.parametrize(
    ("name", "values", "evidence"),
    [
        ("add_assoc.binary16", (2048, 1, 1), "(x + y) + z = 0x1p+11 but x + (y + z) = 0x1.004p+11"),
        ("add_assoc.binary32", (2**24, 1, 1), "(x + y) + z = 0x1p+24 but x + (y + z) = 0x1.000002p+24"),
        (
            "add_assoc.binary64",
            (0.1, 0.2, 0.3),
            "(x + y) + z = 0x1.3333333333334p-1 but x + (y + z) = 0x1.3333333333333p-1",
        ),
        ("add_zero.binary64", (-0.0,), "x = -0x0p+0: not x + 0 ≡ x, as x + 0 = 0x0p+0"),
        ("mul_zero_ieee.binary32", (math.inf,), "x = inf: not x * 0 == 0, as x * 0 = nan"),
        ("recip_congr.binary64", (0.0, -0.0), "1 / x = inf but 1 / y = -inf"),
        ("eq_refl.binary16", (math.nan,), "x = nan: not x == x"),
        ("mul_recip.binary64", (49,), "x = 0x1.88p+5: not x * (1 / x) == 1, as x * (1 / x) = 0x1.fffffffffffffp-1"),
        ("mul_eq_zero.binary64", (1e-200, 1e-200), "x * y == 0 is true but x == 0 or y == 0 is false"),
    ],
)
def test_replay_confirms(name: str, values: tuple[float, ...], evidence: str) -> None:
    form = next(form for form in FORMATS if name.endswith(form.name))
    assert floats.replay(f"floats.{name}", {v: bits(form, value) for v, value in zip("xyz", values, strict=False)}).endswith(evidence)


@pytest.mark.parametrize(
    ("name", "model", "complaint"),
    [
        ("floats.add_assoc.binary64", {"x": 1.0, "y": 2.0, "z": 3.0}, "satisfies"),
        ("floats.add_assoc.binary64", {"x": math.inf, "y": -math.inf, "z": 1.0}, "does not satisfy: x is normal"),
        (
            "floats.add_assoc.binary64",
            {"x": 2.0**1023, "y": 2.0**1023, "z": -(2.0**1023)},
            r"does not satisfy: x \+ y is normal",
        ),
        ("floats.add_assoc.binary64", {"x": 1.0, "y": 2.0}, "not a bit pattern"),
        ("floats.add_comm.binary64", {"x": math.nan, "y": -0.0}, "satisfies"),
        ("floats.div_self.binary64", {"x": 1.0}, "names no row"),
        ("floats.no_such_law.binary64", {"x": 1.0}, "names no row"),
        ("add_zero", {"x": -0.0}, "names no row"),
    ],
)
def test_replay_rejects(name: str, model: dict[str, float], complaint: str) -> None:
    with pytest.raises(ProofError, match=complaint):
        floats.replay(name, {variable: bits(BINARY64, value) for variable, value in model.items()})


@pytest.mark.parametrize("text", ["0x8000", "8000000000000000", "0x800000000000000g", "-0.0", ""])
def test_replay_rejects_what_is_not_a_bit_pattern(text: str) -> None:
    with pytest.raises(ProofError, match="not a bit pattern of binary64"):
        floats.replay("floats.add_zero.binary64", {"x": text})


def test_the_machine_computes_in_each_format() -> None:
    for form, kind in zip(FORMATS, (numpy.float16, numpy.float32, float), strict=True):
        values = {"x": form.number(1.0), "y": form.number(3.0)}
        assert isinstance(floats.evaluate("(+ x y)", form, values), kind)
        assert isinstance(floats.evaluate("(/ x y)", form, values), kind)
        assert floats.evaluate("(/ x y)", form, values) == form.decode(bits(form, 1 / 3))
        assert floats.evaluate("(/ x 0)", form, values) == math.inf


def test_table() -> None:
    text = floats.table({"floats.abs_mul.binary16": "by Z3", "floats.add_assoc.binary64": "x = |evidence|"})
    rows = dict(zip([law.name for law in LAWS], text.splitlines()[2:], strict=True))
    assert rows["abs_mul"].startswith(r"| \|x * y\| ≡ \|x\| * \|y\| for all x, y (")
    assert rows["abs_mul"].endswith("| proved | not run | not run |")
    assert rows["add_assoc"].endswith(r"| not run | not run | fails: x = \|evidence\| |")
    assert rows["div_self"].endswith("| not run | not run | — |")
    assert {law.verdict for law in LAWS} == {HOLDS, FAILS}
