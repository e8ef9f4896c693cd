"""NumPy's arrays for functions that are traced: arrays of `Real`, of conditions, or of integers.

`Array` is an array whose ufuncs are those of `micrograd.trace.ufuncs`; comparisons give arrays of conditions, and ``a[a > 0] = 0`` chooses
entry by entry.  An attribute of an array that is not read is refused by name; methods are NumPy's functions of the same name, which
`micrograd.trace.lookalikes` enters into the table `NUMPY`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd.trace.floats import Float, as_float
from micrograd.trace.functions import select
from micrograd.trace.lost import fresh, uncomplexed
from micrograd.trace.numerals import unboxed
from micrograd.trace.reals import Numeric, Truth, exact, is_truth
from micrograd.trace.runs import refuse
from micrograd.trace.whole import check_sizes, check_types, size_of

Function = Callable[..., Any]

NUMPY: dict[str, Any] = {}
"""What a traced function finds under ``numpy``, as far as it is entered."""

# fmt: off
_PASSED = frozenset((
    "shape", "ndim", "size", "T", "mT", "tolist", "copy", "reshape", "ravel", "flatten", "transpose", "squeeze", "swapaxes", "item",
    "sort", "flat", "conj", "conjugate", "astype", "fill", "dtype",
))
_METHODS = frozenset((
    "all", "any", "argmax", "argmin", "clip", "cumprod", "cumsum", "diagonal", "dot", "max", "mean", "min", "prod", "repeat", "std",
    "sum", "take", "trace", "var",
))
# fmt: on
"""Methods that are NumPy's functions of the same name."""


class Array(np.ndarray[Any, Any]):
    """An array of numbers, or of conditions, that are traced, or of integers."""

    __hash__ = None

    def __getattribute__(self, name: str) -> Any:
        if name in _PASSED or name.startswith("__"):
            return super().__getattribute__(name)
        if name in _METHODS:
            return functools.partial(NUMPY[name], self)
        if not hasattr(np.ndarray, name):
            raise AttributeError(f"'numpy.ndarray' object has no attribute {name!r}")
        refuse(f"`.{name}` of an array is not among the attributes that can be traced")

    @property
    def dtype(self) -> Any:
        """That of the array in whose place this is."""
        entries = plain(self)
        return entries.dtype if entries.dtype != object else np.dtype(_kind(entries))

    @property
    def flat(self) -> Any:
        """The entries in a row."""
        return Flat(self)

    __array_ufunc__ = Numeric.__array_ufunc__

    def __getitem__(self, key: Any) -> Any:
        mask = _mask(key)
        if mask is not None and mask.dtype == object:
            refuse("an index by a condition: how many entries it selects depends on the arguments; use numpy.where")
        return fresh(super().__getitem__(unwrapped(key) if mask is None else mask))

    def tolist(self) -> Any:
        return _renewed(plain(self).tolist())

    def item(self, *place: Any) -> Any:
        return fresh(super().item(*place))

    def __setitem__(self, key: Any, value: Any) -> None:
        mask, entries = _mask(key), plain(self)
        given = stored(value, entries)
        if mask is None or mask.dtype != object:
            super().__setitem__(unwrapped(key) if mask is None else mask, given if given.ndim else given[()])
            return
        if given.size != 1 or mask.shape != self.shape[: mask.ndim]:
            refuse("entries chosen by a condition are given more than one number: use numpy.where")
        wide = mask.reshape(mask.shape + (1,) * (self.ndim - mask.ndim))
        super().__setitem__(..., broadcast(select, (np.broadcast_to(wide, self.shape), given.reshape(()), self)))

    def sort(self, *arguments: Any, **options: Any) -> None:
        check_ordered("sort", self)
        super().sort(*arguments, **options)

    def fill(self, value: Any) -> None:
        self[...] = value

    def conj(self) -> Any:
        """The array itself, as its entries are real."""
        for entry in plain(self).ravel().tolist():
            uncomplexed(entry)
        return self

    conjugate = conj

    def astype(self, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: bool = True, copy: Any = True) -> Any:
        if not copy:
            refuse("astype(…, copy=False) is not among the options that can be traced")
        return array(self, dtype)


def _renewed(entries: Any) -> Any:
    return list(map(_renewed, entries)) if isinstance(entries, list) else fresh(entries)


class Flat:
    """``ndarray.flat``: the entries in a row, which an iteration uses up."""

    def __init__(self, entries: Array) -> None:
        self._array, self._places = entries, iter(np.ndindex(*entries.shape))

    def __iter__(self) -> Flat:
        return self

    def __next__(self) -> Any:
        return self._array[next(self._places)]

    def __len__(self) -> int:
        return int(self._array.size)

    def _place(self, key: Any) -> Any:
        if not isinstance(key, int | np.integer) or isinstance(key, bool):
            refuse("an index of `.flat` that is not an integer: use .reshape(-1)")
        if not -len(self) <= key < len(self):
            raise IndexError(f"index {key} is out of bounds for size {len(self)}")
        self._places = iter(np.ndindex(*self._array.shape))  # as NumPy begins anew
        return np.unravel_index(key % len(self), self._array.shape)

    def __getitem__(self, key: Any) -> Any:
        return self._array[self._place(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._array[self._place(key)] = value

    def __getattr__(self, name: str) -> Any:
        refuse(f"`.flat.{name}` of an array: use .reshape(-1)")

    def __eq__(self, other: object) -> Any:
        refuse("a comparison of `.flat`, which compares the entries: use .reshape(-1)")

    __hash__ = object.__hash__


def check_ordered(name: str, value: Any) -> None:
    """Refuse a function that looks for an order, and finds NaN, which NumPy puts last or first."""
    entries = plain(listed(value))
    if entries.dtype == object and any(isinstance(x, float) and x != x for x in entries.ravel()):
        refuse(f"numpy.{name} of an array with NaN")


def unwrapped(key: Any) -> Any:
    """An index without arrays of this class, which NumPy's own indexing does not know."""
    if isinstance(key, tuple):
        return tuple(map(unwrapped, key))
    if isinstance(key, Truth) or (isinstance(key, list | Array) and any(isinstance(x, Truth) for x in plain(key).ravel())):
        refuse("a condition within an index: how many entries it selects depends on the arguments; use numpy.where")
    return plain(key) if isinstance(key, Array) else key


def _mask(key: Any) -> np.ndarray[Any, Any] | None:
    if isinstance(key, Truth):
        key = boxed(key)
    if not isinstance(key, np.ndarray) or plain(key).dtype != object:
        return None
    entries = plain(key)
    if all(isinstance(x, bool | np.bool_) for x in entries.ravel()):
        return np.asarray(entries, dtype=bool)
    return entries if any(isinstance(x, Truth) for x in entries.ravel()) else None


def are_truths(entries: np.ndarray[Any, Any]) -> bool:
    """Whether all entries are truth values, and there are some."""
    return entries.dtype == bool or (entries.size > 0 and all(is_truth(x) for x in entries.ravel()))


def boxed(value: Any) -> np.ndarray[Any, Any]:
    """An array without dimensions that holds this value."""
    box = np.empty((), dtype=object)
    box[()] = value.item() if isinstance(value, np.generic) else value
    return box


def plain(value: Any) -> np.ndarray[Any, Any]:
    """As an array of NumPy's own class; entries that are traced are objects."""
    if isinstance(value, np.ndarray):
        if type(value) not in (np.ndarray, Array):
            refuse(f"an array of the class {type(value).__qualname__} is not among those that can be traced")
        return np.ndarray.view(value, np.ndarray)
    if is_sequence(value):
        return np.array([plain(x) for x in value] if _has_arrays(value) else _unboxed(value), dtype=object)
    if hasattr(type(value), "__len__") and hasattr(type(value), "__getitem__") and not isinstance(value, str | bytes | dict):
        refuse(f"an object of the class {type(value).__qualname__}, which NumPy takes for an array,")
    return boxed(value)


def _unboxed(values: Any) -> Any:
    """A list, and lists in it, with numbers for arrays without dimensions."""
    return [_unboxed(x) for x in values] if isinstance(values, list | tuple) else unboxed(values)


def _has_arrays(values: Any) -> bool:
    return any(isinstance(x, np.ndarray) and x.ndim for x in values)


def stored(value: Any, entries: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A value as an array with these entries takes it: one of floats converts it, any other would cut it off."""
    if entries.dtype != object:
        return plain(value)
    kind, given = _kind(entries), plain(array(value))
    if kind is float:
        return np.asarray(np.frompyfunc(as_float, 1, 1)(given), dtype=object)
    if _KINDS.index(_kind(given)) > _KINDS.index(kind):
        refuse(f"a number is stored in an array of {'conditions' if kind is bool else 'integers'}, and becomes another one in NumPy")
    return given if kind is bool else _settled(given.astype(object), int)


_KINDS = (bool, int, float)


def _kind(entries: np.ndarray[Any, Any]) -> type:
    """The type that NumPy's array has in the place of this one."""
    if entries.dtype != object:
        return {"b": bool, "i": int, "u": int}.get(entries.dtype.kind, float)
    if are_truths(entries):
        return bool
    return int if entries.size and all(size_of(x) is not None for x in entries.ravel().tolist()) else float


def _settled(entries: np.ndarray[Any, Any], kind: type) -> np.ndarray[Any, Any]:
    """The entries as numbers of this type, which all entries of an array have."""
    convert = as_float if kind is float else exact
    return np.asarray(np.frompyfunc(lambda x: x if size_of(x) is None else convert(x), 1, 1)(entries), dtype=object)


def wrapped(value: Any) -> Any:
    """What NumPy gave, as a traced function is to see it."""
    if isinstance(value, tuple | list):
        return type(value)(wrapped(x) for x in value)
    if isinstance(value, np.ndarray):
        value = plain(value)
        if value.dtype == object and value.size and all(isinstance(x, bool | np.bool_) for x in value.ravel()):
            value = value.astype(bool)
        return _of_one_type(value).view(Array)
    return value


def _of_one_type(entries: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if entries.dtype != object:
        return entries
    kind, values = _kind(entries), entries.ravel().tolist()
    if kind is not float:
        check_types(*values)
    if kind is int:
        check_sizes("an array", *values)
    mixed = kind is not bool and any(is_truth(x) or (kind is float and size_of(x) is not None) for x in values)
    return _settled(entries, kind) if mixed else entries


def broadcast(function: Function, operands: Sequence[Any]) -> Any:
    """The function entry by entry."""
    loop = np.frompyfunc(function, len(operands), 1)
    return wrapped(loop(*[plain(x).astype(object) for x in operands]))


def is_exact(dtype: Any) -> bool:
    """Whether entries of this type are real numbers here: Python's floats.

    Raises:
        UnsupportedPrimitive: other floats, which are rounded in another way; objects, which may be of any class.
    """
    if dtype is None or dtype is Float:
        return True
    kind = np.dtype(dtype)
    if kind.kind in "fc" and kind != np.dtype(float):
        refuse(f"numbers of type {kind} are rounded in another way than Python's floats, and cannot be traced")
    if kind.kind == "O":
        refuse("an array of objects (dtype=object) is not among the arrays that can be traced")
    return bool(kind.kind == "f")


def array_of(entries: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """An array of these entries."""
    made = np.empty(len(entries), dtype=object)
    made[:] = entries
    return made.reshape(shape).view(Array)


def array(data: Any, dtype: Any = None) -> Any:
    """``numpy.array``: floats become exact numbers, arrays of integers stay what they are."""
    entries = plain(data)
    if not is_exact(dtype):
        return _converted(entries, dtype)
    if dtype is None and entries.dtype.kind in "iub":
        return wrapped(entries.copy(order="K"))
    if entries.dtype.kind not in "iubfO":
        refuse(f"an array of {entries.dtype} is not among the arrays that can be traced")
    if dtype is None and entries.size and all(isinstance(x, int | np.integer) for x in entries.ravel().tolist()):
        return laid_out(np.array(entries.tolist()), entries)
    if dtype is None and are_truths(entries):
        return wrapped(entries.astype(object))
    made = np.empty_like(entries, dtype=object)
    for place in np.ndindex(*entries.shape):
        made[place] = exact(entries[place]) if dtype is None else as_float(entries[place])
    return wrapped(made)


def _converted(entries: np.ndarray[Any, Any], dtype: Any) -> Any:
    """Whole numbers or truth values; of constants only."""
    if entries.dtype == object and np.dtype(dtype).kind in "iub":
        kinds = (bool, int) if np.dtype(dtype).kind == "b" else (int, int)
        entries = np.frompyfunc(lambda x: x if isinstance(x, int | np.integer) else kinds[0](x), 1, 1)(entries)
    return laid_out(np.array(np.asarray(entries).tolist(), dtype=dtype), np.asarray(entries))


def laid_out(made: Any, entries: np.ndarray[Any, Any]) -> Any:
    """An array in the memory order of these entries, as NumPy's copies are: which of its reshapes are views depends on that."""
    copy = np.empty_like(entries, dtype=plain(made).dtype)
    copy[...] = plain(made)
    return wrapped(copy)


def of_none(result: Any, entries: np.ndarray[Any, Any]) -> Any:
    """A sum or product of no numbers: a float, and not the integer with which NumPy's loops over objects begin."""
    return as_floats(result) if entries.dtype == object and entries.size == 0 else result


def as_floats(made: Any) -> Any:
    """Numbers of which those that are integers become floats."""
    entries = plain(made)
    if entries.dtype == object and all(size_of(x) is None for x in entries.ravel()):
        return made
    settled = wrapped(_settled(entries.astype(object), float))
    return settled if isinstance(made, np.ndarray) else unboxed(settled)


def is_whole(value: Any) -> bool:
    """Whether an operand is an integer, a truth value, or an array or list of such."""
    given = listed(value)
    return bool(given.dtype.kind in "iub" if isinstance(given, np.ndarray) else size_of(given) is not None)


def has_floats(value: Any) -> bool:
    """Whether an operand is an array of floats, or a list that becomes one."""
    given = listed(value)
    return isinstance(given, Array) and bool(given.dtype == float)


def is_sequence(value: Any) -> bool:
    """Whether the value has entries."""
    if isinstance(value, list | tuple | range):
        return True
    if not hasattr(value, "__array__"):
        return False
    if type(value).__name__ not in ("ndarray", "Array") and getattr(value, "shape", None) != ():
        refuse(f"an array of the class {type(value).__qualname__} is not among those that can be traced")
    return bool(value.shape != ())


def elementwise(function: Function) -> Function:
    """The function over the entries of arrays, or of lists."""

    @functools.wraps(function)
    def apply(*operands: Any) -> Any:
        if any(is_sequence(x) for x in operands):
            return broadcast(function, operands)
        return function(*map(unboxed, operands))

    return apply


def listed(a: Any) -> Any:
    """A list as an array; anything else as it is."""
    return array(a) if isinstance(a, list | tuple) else a


def without_truths(entries: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The entries with 1 and 0 for truth values, as sums count them."""
    if entries.dtype != object:
        return entries
    return np.asarray(np.frompyfunc(lambda x: exact(x) if is_truth(x) else x, 1, 1)(entries), dtype=object)
