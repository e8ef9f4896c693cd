"""Which exact number is meant by one that Python or NumPy computed: integers, floats, fractions, decimals, floats of other precision.

A number that may stand for two is refused as an `UncertainConstant` (`micrograd.trace.readings`).
"""

from __future__ import annotations

import math
import numbers
from decimal import Decimal, getcontext
from fractions import Fraction
from types import FunctionType
from typing import Any, NoReturn

import numpy as np

from micrograd.trace.ownership import is_foreign
from micrograd.trace.readings import UNDEFINED, UncertainConstant, certain
from micrograd.trace.runs import RUN, refuse
from micrograd.verified.expr import Expr, constant

MAX_DECIMALS = 4000


def numeral(value: Any) -> Any:
    """The expression of a number that is not traced; NotImplemented for what is not a number."""
    if type(value) not in _USUAL and _computes_itself(type(value)):
        refuse(f"a number of the class {type(value).__qualname__}, which computes in its own way")
    if isinstance(value, numbers.Integral):
        return constant(int(value))
    if isinstance(value, float):
        return _of_float(float(value))
    if isinstance(value, numbers.Rational):
        if _is_binary(int(value.numerator), int(value.denominator)):
            refuse(
                f"the fraction {value} comes from a float, and may mean its binary value or the decimal that was written", UncertainConstant
            )
        return constant(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, Decimal):
        return _of_decimal(value)
    if isinstance(value, np.floating):
        return _rounded_otherwise(value, type(value).__name__)
    return constant(int(value)) if isinstance(value, np.bool_) else NotImplemented


_USUAL = (int, float, bool, Fraction, Decimal)
_OPERATIONS = {name for cls in (int, float, Fraction) for name in dir(cls) if name.startswith("__")}
_OPERATIONS -= {"__init__", "__repr__", "__str__", "__format__"}


def _computes_itself(cls: type) -> bool:
    """Whether somebody wrote operations for a class of numbers."""
    if not issubclass(cls, numbers.Number):
        return False
    members = (vars(base).items() for base in cls.__mro__ if not is_foreign(base))
    return any(name in _OPERATIONS and isinstance(x, FunctionType) for items in members for name, x in items)


def unboxed(value: Any) -> Any:
    """The entry of an array without dimensions, which is a number to functions of numbers; anything else as it is."""
    return np.ndarray.__getitem__(value, ()) if isinstance(value, np.ndarray) and value.ndim == 0 else value


def _is_binary(numerator: int, denominator: int) -> bool:
    """Whether a fraction has the denominator of a float of many digits."""
    return denominator & -denominator >= 2**40 and abs(numerator) >= 2**20


def _of_float(value: float) -> Expr:
    if not math.isfinite(value):
        return UNDEFINED
    run = RUN.get()
    found = certain(value) if run is None else run.constant(value)
    return found if found is not None else _unreadable(value)


def _unreadable(value: float) -> NoReturn:
    refuse(
        f"the constant {value!r} was computed where its formula cannot be seen, and is no short decimal: which number it stands for "
        "is not certain; write the formula in the function, or a fractions.Fraction",
        UncertainConstant,
    )


def _of_decimal(value: Decimal) -> Expr:
    if not value.is_finite():
        return UNDEFINED
    if len(value.as_tuple().digits) >= getcontext().prec:
        refuse(f"the decimal {value} was rounded, or comes from a float: which number it stands for is not certain", UncertainConstant)
    if max(abs(value.adjusted()), len(value.as_tuple().digits)) > MAX_DECIMALS:
        refuse(f"the decimal {value:.3e} is too long to be written out")
    return constant(Fraction(value))


def _rounded_otherwise(value: Any, name: str) -> Expr:
    """A float of another precision, if that does not matter: 0.5 is 1/2, and what 0.1 was meant to be is not known."""
    is_written = math.isfinite(value) and Fraction(str(value)) == Fraction(float(value))
    if not is_written:
        refuse(f"a number of type {name} is rounded in another way than a Python float: {value}", UncertainConstant)
    return constant(Fraction(float(value)))


def is_nonfinite(value: Any) -> bool:
    """Whether a value is an infinity or NaN."""
    return isinstance(value, float) and not math.isfinite(value)
