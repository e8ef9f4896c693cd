"""Functions of networks and of statistics, each defined by elementary ones.

The names are those of PyTorch, JAX, SciPy or NumPy, and so are the conventions; where these differ, the row says whose it follows.
"""

from __future__ import annotations

from micrograd.verified.registry import Rows

_rows = Rows(soft=True)
_row = _rows.function

# fmt: off
# fmt: on

_rows.register(globals())
