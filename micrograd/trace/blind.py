"""Code without its source: its constants as far as they are certain, and what it may not do.

The compiler has folded ``1/3600`` into a float; only the width of the text from which it came is known.  A float with more digits than fit
into that text was not written out; if it is a simple fraction, it is that fraction.  Of a float that came from much wider text, something
that was added to it may have been lost.  Every other float of more than `DIGITS
<micrograd.trace.readings>` digits is uncertain.
"""

from __future__ import annotations

import dis
import math
from fractions import Fraction
from types import CodeType
from typing import Any

from micrograd.trace.readings import UncertainConstant, certain
from micrograd.trace.reals import Real
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import constant

_REFUSED = {
    "IS_OP": "`is`",
    "BEFORE_WITH": "a `with` block",
    "PUSH_EXC_INFO": "an `except` or `finally` clause",
    "LOAD_SPECIAL": "a `with` block",
    "FORMAT_VALUE": "an f-string",
    "FORMAT_SIMPLE": "an f-string",
    "FORMAT_WITH_SPEC": "an f-string",
    "MATCH_CLASS": "a `match` statement",
    "MATCH_MAPPING": "a `match` statement",
    "MATCH_SEQUENCE": "a `match` statement",
}


def with_constants(code: CodeType, name: str) -> CodeType:
    """The code with exact constants.

    Raises:
        UnsupportedPrimitive: it does what can be traced only with the source at hand.
    """
    for instruction in dis.get_instructions(code):
        place = instruction.positions
        where = f"{name}, line {code.co_firstlineno if place is None else place.lineno}"
        what = _REFUSED.get(instruction.opname)
        if instruction.opname in ("LOAD_ATTR", "LOAD_METHOD") and str(instruction.argval).startswith("__"):
            what = f"the attribute {instruction.argval}"
        if what is not None:
            raise UnsupportedPrimitive(f"{where}: {what} cannot be traced in code without its source")
    widths = _widths(code)
    return code.replace(co_consts=tuple(_constant(x, name, widths) for x in code.co_consts))


def _constant(value: Any, name: str, widths: dict[float, int]) -> Any:
    if isinstance(value, CodeType):
        return with_constants(value, name)
    if type(value) is tuple:
        return tuple(_constant(x, name, {}) for x in value)
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    width, written = widths.get(value, 0), len(repr(value))
    found = certain(value)
    if (width > 6 and width > written + 2) or (value == 0 and width > written):
        found = None  # such as 1 - 1e-17, or 1e-400
    elif found is None and 0 < width < written - 1:
        found = _fraction(value)
    if found is None:
        reason = "it may have been written so, or computed by the compiler, and there is no source"
        raise UncertainConstant(f"{name}: which number the constant {value!r} stands for is not certain: {reason}")
    return Real(found, value)


def _fraction(value: float) -> Any:
    for limit, units in ((1000, 2), (10_000, 0)):
        simple = Fraction(value).limit_denominator(limit)
        if 0 < abs(simple.numerator) <= 10_000 and abs(float(simple) - value) <= units * math.ulp(value):
            return constant(simple)
    return None


def _widths(code: CodeType) -> dict[float, int]:
    """How many columns of one line each float stood in."""
    found: dict[float, int] = {}
    for instruction in dis.get_instructions(code):
        place = instruction.positions
        if instruction.opname != "LOAD_CONST" or not isinstance(instruction.argval, float) or place is None:
            continue
        if place.lineno == place.end_lineno and place.col_offset is not None and place.end_col_offset is not None:
            width = place.end_col_offset - place.col_offset
            found[instruction.argval] = max(width, found.get(instruction.argval, 0))
    return found
