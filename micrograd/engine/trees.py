"""Nested containers: dicts, lists and tuples (named ones too) whose leaves are arrays, numbers or values; None has no leaves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

_CONTAINERS = (dict, list, tuple, type(None))


def flatten(tree: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """The leaves in order (of dicts, the order of insertion), and a function that builds such a tree of other leaves.

    >>> leaves, rebuild = flatten({"w": [1.0, 2.0], "b": (3.0,)})
    >>> leaves, rebuild(["x", "y", "z"])
    ([1.0, 2.0, 3.0], {'w': ['x', 'y'], 'b': ('z',)})
    """
    leaves, shape = split(tree)
    return leaves, partial(build, shape)


def split(tree: Any) -> tuple[list[Any], Any]:
    """The leaves, and what the containers look like without them (hashable)."""
    leaves: list[Any] = []
    return leaves, _shape(tree, leaves)


def build(shape: Any, leaves: Any) -> Any:
    """A tree of that shape with these leaves."""
    return _build(shape, iter(leaves))


def _shape(tree: Any, leaves: list[Any]) -> Any:
    if not isinstance(tree, _CONTAINERS):
        leaves.append(tree)
        return None
    if isinstance(tree, dict):
        return type(tree), tuple(tree), tuple([_shape(child, leaves) for child in tree.values()])
    if isinstance(tree, list | tuple):
        return type(tree), None, tuple([_shape(child, leaves) for child in tree])
    return type(None), None, ()


def _build(shape: Any, leaves: Any) -> Any:
    if shape is None:
        return next(leaves)
    kind, keys, children = shape
    made = [_build(child, leaves) for child in children]
    if kind is type(None):
        return None
    if keys is not None:
        return dict(zip(keys, made, strict=True))
    return kind(*made) if hasattr(kind, "_fields") else kind(made)


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with the function applied to each leaf."""
    leaves, rebuild = flatten(tree)
    return rebuild([function(leaf) for leaf in leaves])
