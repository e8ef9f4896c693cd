"""The precision of Arb, which python-flint keeps once for all threads.

Whoever computes with balls holds `PRECISION`, and whoever needs a precision of its own sets it by `precision`: so no thread computes at
another's precision, and each finds what it left.  (A thread that sets ``flint.ctx`` itself while others are at work has no such promise;
the enclosures are right at any precision.)
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import flint

PRECISION = threading.RLock()
"""Held while balls are computed with."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Arb at this precision, for this thread alone."""
    with PRECISION:
        old = flint.ctx.prec
        flint.ctx.prec = bits
        try:
            yield
        finally:
            flint.ctx.prec = old
