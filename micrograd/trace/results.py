"""What a traced function returned in each of its cases, and all of it as one result, joined by ``where``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from micrograd.trace.lost import assumption
from micrograd.trace.readings import UNDEFINED
from micrograd.trace.reals import is_truth, lower, short
from micrograd.trace.runs import assume
from micrograd.verified.differentiation import conjuncts, defined
from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import EQ, GE, GT, LE, LT, NE, TRUE, WHERE, Condition, Expr, Node, all_of, choose, negate


@dataclass
class Leaf:
    """One way through the function, and what it ended with."""

    value: Any
    raised: BaseException | None = None


@dataclass
class Fork:
    """A question, and what the function does after each answer."""

    condition: Condition
    after: dict[bool, Any] = field(default_factory=dict)


def _mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """A dict, list or tuple with the function's values in the place of the entries."""
    if isinstance(value, Mapping):
        return {key: function(x) for key, x in value.items()}
    return (tuple if isinstance(value, tuple) else list)(map(function, value))


def lowered(value: Any, title: str, truths: bool = False) -> Any:
    """What a function returned, with expressions for its numbers; 1 and 0 for its conditions, if these are wanted."""
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        value = value.tolist()
    if isinstance(value, Mapping | tuple | list):
        return _mapped(lambda x: lowered(x, title, truths), value)
    assume(assumption(value))
    wanted = is_truth(value) if truths else not isinstance(value, bool)
    expression = lower(value) if wanted else NotImplemented
    if expression is NotImplemented:
        kind = "condition, such as x > 0: a condition is needed" if truths else "number"
        what = "nothing" if value is None else f"{short(value)!r}, which is not a {kind}"
        raise UnsupportedPrimitive(f"{title} returns {what}")
    return expression


def guarded(value: Any, required: Collection[Expr], path: Sequence[Condition]) -> Any:
    """The results of a run, without a value wherever one of the required expressions has none, even if its value is not used."""
    if not required:
        return value
    if not isinstance(value, Expr):
        return _mapped(lambda x: guarded(x, required, path), value)
    used = _used([value, *(x for x in path if x.head in _COMPARED)])
    known = {*conjuncts(defined(value))}
    guard = all_of(*[c for x in required if x not in used for c in conjuncts(defined(x)) if c not in known])
    return value if guard is TRUE else choose(guard, value, UNDEFINED)


_COMPARED = (LT, LE, GT, GE, EQ, NE)


def _used(nodes: list[Any]) -> set[Any]:
    """The parts that must have a value if expressions and comparisons have one; of a choice only its condition, if that is a comparison."""
    seen: set[Any] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        head, *children = node.key
        if head is WHERE:
            children = [x for x in children[:1] if x.head in _COMPARED]
        stack += [x for x in children if isinstance(x, Node)]
    return seen


def joined(tree: Leaf | Fork, title: str) -> Any:
    """The results of all cases as one, joined by ``where``."""
    order: list[Leaf | Fork] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        order.append(node)
        if isinstance(node, Fork):
            stack += [node.after[True], node.after[False]]
    model = next((node.value for node in order if isinstance(node, Leaf) and node.raised is None), None)
    if model is None:
        reason = next(node.raised for node in order if isinstance(node, Leaf))
        raise UnsupportedPrimitive(f"{title} raises {type(reason).__name__} in each case: {reason}")
    done: dict[int, Any] = {}
    for node in reversed(order):
        if isinstance(node, Leaf):
            done[id(node)] = node.value if node.raised is None else _undefined(model)
        else:
            done[id(node)] = _choice(node.condition, done[id(node.after[True])], done[id(node.after[False])], title)
    return done[id(tree)]


def _undefined(model: Any) -> Any:
    return UNDEFINED if isinstance(model, Expr) else _mapped(_undefined, model)


def _choice(condition: Condition, yes: Any, no: Any, title: str) -> Any:
    if isinstance(yes, Expr) and isinstance(no, Expr):
        if yes is no and defined(condition) is TRUE:
            return yes
        return choose(condition, yes, no)
    if isinstance(yes, dict) and isinstance(no, dict) and yes.keys() == no.keys():
        return {key: _choice(condition, yes[key], no[key], title) for key in yes}
    if isinstance(yes, list | tuple) and isinstance(no, list | tuple) and len(yes) == len(no):
        return type(yes)(_choice(condition, a, b, title) for a, b in zip(yes, no, strict=True))
    raise UnsupportedPrimitive(f"{title} returns results of different shapes, one where {condition} and another where {negate(condition)}")


def same(a: Any, b: Any) -> bool:
    """Whether two results are the same expressions in the same places."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return a is b
