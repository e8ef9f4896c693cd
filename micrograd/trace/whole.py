"""Python's and NumPy's integers among traced numbers: what they do that real numbers do not.

NumPy's integers overflow without an error, have no negative powers, and give 0 where they are divided by 0; an array of them cuts off
what is stored.  So a traced number says whether it is one: `Real.whole` is None for a float, and a bound of the size of an integer.  The
bound is infinite for an integer of Python's of which nothing is known, and NaN for a number that is an integer for some arguments only.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd.trace.runs import RUN, refuse

LARGEST = 2**63
"""What is less than this is an integer of NumPy's, as its functions make them."""

_TRACED = __name__.replace("whole", "reals")
"""The module of the classes of traced values, which is above this one."""


def size_of(x: Any) -> Any:
    """A bound of the size of an integer or a truth value; None for a float, and for what is no number."""
    if isinstance(x, int | np.integer | np.bool_):
        size = abs(int(x))
        return size if size < LARGEST else math.inf
    return x.whole if type(x).__module__ == _TRACED else None


def is_truth(value: Any) -> bool:
    """Whether a value is a truth value."""
    return isinstance(value, bool | np.bool_) or (type(value).__module__ == _TRACED and type(value).__name__ == "Truth")


def _largest(*sizes: Any) -> Any:
    return math.nan if any(size != size for size in sizes) else max(sizes)


def combined(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """The bound of a + b and so on; None for a float."""
    first, second = size_of(a), size_of(b)
    if first is None or second is None or operation is operator.truediv:
        return None
    check_types(a, b)
    if operation is operator.pow:
        return _of_power(a, b, first, second)
    if operation is operator.floordiv or operation is operator.mod:
        return first if operation is operator.floordiv else second
    return _limited(operator.mul if operation is operator.mul else operator.add, first, second, _is_constant(a) and _is_constant(b))


def _limited(bound: Callable[[Any, Any], Any], first: Any, second: Any, constant: bool) -> Any:
    """A bound of a result, if NumPy has integers of this size."""
    if first != first or second != second or math.inf in (first, second):
        return _largest(first, second)
    size = bound(first, second)
    if size < LARGEST:
        return size
    if not constant:
        refuse("an integer of more than 63 bits, which overflows in NumPy without an error: make its operands floats")
    return math.inf


def _of_power(a: Any, b: Any, first: Any, second: Any) -> Any:
    if isinstance(b, bool | np.bool_) or type(b).__name__ == "Truth":
        return _largest(first, 1)
    if _is_constant(b):
        n = int(getattr(b, "shadow", b))
        if n < 0 and not (_is_constant(a) or first == math.inf):
            refuse("a negative power of an integer, which is an error in NumPy: make it a float")
        if n < 0:
            return None
        return _limited(lambda size, n: LARGEST if n * math.log2(max(size, 1)) > 64 else size**n, first, n, _is_constant(a))
    refuse(
        "a power of integers with an exponent that depends on the arguments: in Python it may take all memory, and NumPy's is another; "
        "write the base as a float"
    )


def _is_constant(x: Any) -> bool:
    return isinstance(x, int | np.integer | np.bool_) or getattr(x, "shadow", None) is not None


_KEEPS = frozenset(("abs", "floor", "ceil", "trunc", "max", "min"))


def of_function(name: str, operands: tuple[Any, ...]) -> Any:
    """The bound of a function's value; None for a float."""
    if name not in _KEEPS and name not in ("sign", "square"):
        return None
    sizes = [*map(size_of, operands)]
    if None in sizes:
        return None
    return combined(operator.mul, *operands, *operands) if name == "square" else 1 if name == "sign" else _largest(*sizes)


def of_choice(a: Any, b: Any) -> Any:
    """The bound of what NumPy makes of two numbers, one of which is chosen; None if one of them is a float, and the other becomes one."""
    sizes = size_of(a), size_of(b)
    if None in sizes:
        return None
    check_types(a, b)
    return _largest(*sizes)


def is_odd(x: Any) -> bool:
    """Whether a number, or an array, is of small or unsigned integers of NumPy's."""
    return isinstance(x, np.integer | np.ndarray) and x.dtype.kind in "iu" and x.dtype != int


def check_python(what: str, operand: Any) -> None:
    """Refuse what gives a number for Python's truth values, and not for NumPy's."""
    run = RUN.get()
    if is_truth(operand) and (run is None or run.numpy):
        refuse(f"`{what}` of conditions, which is a number in Python, and a condition or an error in NumPy: write `1 if … else 0`")


def check_types(*operands: Any) -> None:
    """Refuse integers of NumPy's that overflow where others do not, among integers or truth values that are traced."""
    if any(map(is_odd, operands)):
        refuse("small or unsigned integers of NumPy's, which overflow without an error, among integers or conditions: make them floats")


def check_sizes(title: str, *operands: Any) -> None:
    """Refuse a function of NumPy's on integers that it may have no room for."""
    sizes = [*map(size_of, operands)]
    if None not in sizes and math.inf in sizes:
        refuse(f"{title} of an integer of Python's of which no bound is known, where NumPy's overflow: use numpy.floor and so on, or float")
