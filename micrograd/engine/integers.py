"""Integer arguments of functions that are being compiled."""

from __future__ import annotations

from typing import Any

from micrograd.engine.errors import TapeError


class IntegerInput:
    """Stands for an integer array while a function is recorded: it may be an index or the labels of a loss, nothing else."""

    def __init__(self, array: Any, place: int) -> None:
        self.array, self.place = array, place
        self.shape, self.dtype, self.size, self.ndim, self.itemsize = array.shape, array.dtype, array.size, array.ndim, array.itemsize

    def __len__(self) -> int:
        return len(self.array)

    def _refused(self, *args: Any, **kwargs: Any) -> Any:
        raise TapeError(
            "an integer argument of a compiled function goes into an index or into cross_entropy as it is; "
            "compute with it outside, and pass the result"
        )

    __array__ = __getitem__ = __iter__ = __int__ = __index__ = __bool__ = _refused
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __lt__ = __le__ = __gt__ = __ge__ = _refused
    __array_ufunc__ = None


def resolved(option: Any) -> Any:
    """An option with the arrays in place of what stands for them."""
    if isinstance(option, IntegerInput):
        return option.array
    if isinstance(option, tuple):
        return tuple(map(resolved, option))
    return option
