"""Interning: one object per structure, and the release of those that nothing refers to.

Nodes are filed in one table under their keys.  ``dict.setdefault`` is atomic, so threads need no lock to make nodes.

The table refers to every node.  A node to which nothing but the table refers is dropped by `release`, in time linear in the size of
the table: parents are made after their children, so one pass from the newest to the oldest finds all of them, without recursion.
Python's garbage collector calls `release` when it collects everything, and when the table has grown to three times what was in use:
memory stays within a small multiple of what is needed, and ``gc.collect()`` frees all that can be freed.  Where the collector is switched
off, `file_node` releases when the table has grown to six times what was in use.  (A weak reference for each node would free it at once, but
costs more than the node itself.)

Nodes do not change.  ``node.key = …`` is refused.  ``object.__setattr__`` cannot be refused without making every reading of a key slow, but
a node that was changed by it is no longer filed under its key: `is_intact` sees that, and the kernel asks.

Trust: the kernel relies on "same structure, same object".  `release` decides and drops in one chain of C functions, during which no
other thread of an interpreter with a global lock runs; in an interpreter without that lock nothing is released.
"""

from __future__ import annotations

import gc
import operator
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import compress, repeat
from typing import Any, TypeVar


class Interned:
    """An object that is known by its key; made by `file_node` only, and not to be changed."""

    __slots__ = ("__weakref__", "key")
    key: tuple[Any, ...]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a node does not change: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a node does not change: {name!r} cannot be deleted")


_N = TypeVar("_N", bound=Interned)
Key = tuple[Any, ...]
_set_key = Interned.__dict__["key"].__set__
_new = object.__new__

_table: dict[Key, Any] = {}
_releasing = threading.Lock()
_ROOM = 100_000
"""For this many new nodes a pass over the table is not worthwhile."""
_next_release = _ROOM
_patience = 2 * _ROOM
"""Once the table has this many nodes, making another one calls `release`, whatever the collector does."""
_GLOBAL_LOCK = getattr(sys, "_is_gil_enabled", lambda: True)()
if not _GLOBAL_LOCK:
    _patience = sys.maxsize


def file_node(cls: type[_N], key: Key, table: dict[Key, Any] = _table, new: Any = _new, set_key: Any = _set_key) -> _N:
    """The one node with this key, which is known to be well-formed.  O(1); one entry of a dictionary for each node."""
    node = new(cls)
    set_key(node, key)
    if len(table) > _patience:
        release()
    return table.setdefault(key, node)  # type: ignore[no-any-return]


def file_as(cls: type[_N], filed: Key, key: Key) -> _N:
    """The one node with this key, filed under another whose hash is computed without running Python code."""
    node: _N | None = _table.get(filed)
    if node is None:
        node = _new(cls)
        _set_key(node, key)
        return _table.setdefault(filed, node)  # type: ignore[no-any-return]
    return node


def is_intact(node: Any) -> bool:
    """Whether the node is the one that is filed under its key: then nobody has changed it.  O(1)."""
    key = node.key
    payload = key[-1]
    filed = key if payload.__class__ is not Fraction else (key[0], payload.numerator, payload.denominator)
    return _table.get(filed) is node


def _reference_counts(nodes: list[Any]) -> Iterator[int]:
    """The counts of the nodes, taken from the end; each leaves the list before it is counted."""
    return map(sys.getrefcount, map(nodes.pop, repeat(-1, len(nodes))))


def _unreferenced_count() -> int:
    """What `_reference_counts` says of an object to which only one table refers."""
    table = {(): _new(object)}
    return next(_reference_counts(list(table.values())))


_UNREFERENCED = _unreferenced_count()


def release() -> int:
    """Drop the nodes that nothing refers to; return how many are left.

    Called by the garbage collector; there is no need to call it, except to see the effect at once.
    """
    global _next_release, _patience
    if _GLOBAL_LOCK and _releasing.acquire(blocking=False):
        try:
            keys = list(_table)
            nodes = list(_table.values())[: len(keys)]
            unreferenced = map(operator.eq, _reference_counts(nodes), repeat(_UNREFERENCED))
            del nodes
            newest_first = map(keys.pop, repeat(-1, len(keys)))
            deque(map(_table.pop, compress(newest_first, unreferenced)), maxlen=0)
            _next_release = 3 * len(_table) + _ROOM
            _patience = 2 * _next_release
        finally:
            _releasing.release()
    return len(_table)


def _collected(phase: str, info: dict[str, int], table: dict[Key, Any] = _table) -> None:
    """Called by the garbage collector."""
    if phase == "stop" and (info["generation"] == 2 or len(table) > _next_release):
        release()


gc.callbacks.append(_collected)


@contextmanager
def paused_collection() -> Iterator[None]:
    """Keep the cyclic garbage collector from running inside: expressions have no cycles, and walking them again and again costs
    more than the work itself."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def live_nodes() -> int:
    """Number of nodes in use in this process (for tests of sharing and of memory)."""
    return release()
